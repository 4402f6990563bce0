//! Everything verified again, from the disk, without starting the node.

use std::ops::ControlFlow;

use accord_ledger::witness::ForkProof;
use accord_store::{Faults, Store};

use crate::config::NodeConfig;
use crate::error::Result;
use crate::journal::State;
use crate::keys;
use crate::log_keeping::{LOG_CHAIN, NotedChain};
use crate::objects::{self, Object};

/// What a check of a node's folder found.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct FsckReport {
    /// Ledgers checked.
    pub ledgers: usize,
    /// Notes checked against header, payload and tree.
    pub entries: u64,
    /// Log segments checked frame by frame.
    pub segments: u64,
    /// Packages checked.
    pub packages: usize,
    /// Attached files checked against their notes.
    pub files: usize,
    /// Drafts of what people brought in.
    pub drafts: usize,
    /// Contradictions of partners, kept as proof.
    pub forks: usize,
    /// What is wrong, in words.
    pub problems: Vec<String>,
}

impl FsckReport {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Checks a node's folder. What cannot even be read is a problem of the report; an error is a folder that is no
/// node's.
pub async fn fsck(config: &NodeConfig, now_ms: u64) -> Result<FsckReport> {
    let mut report = FsckReport::default();
    crate::folder::close_to_others(&config.dir)?;
    keys::load(&config.dir, &config.org)?;
    let store = Store::open(&config.dir.join("node.db"), Faults::none()).await?;
    report.problems.extend(store.check().await?);
    match State::load(&store, config, now_ms).await {
        Err(error) => report.problems.push(error.to_string()),
        Ok(state) => {
            report.ledgers = state.ledgers.len();
            for ledger in state.ledgers.values() {
                report.entries += ledger.size();
                let covered = ledger.covered();
                // Of a followed ledger a pull may have brought a part only; that part was proved when it came.
                if covered > ledger.size() || (ledger.own && covered < ledger.size()) {
                    report.problems.push(format!(
                        "ledger {} has {} notes, its checkpoint covers {covered}",
                        ledger.id,
                        ledger.size()
                    ));
                }
            }
            for release in &state.releases {
                if state.entry(release.at).is_none() {
                    let what = format!(
                        "a release to {} is of {}, which is no note",
                        release.org, release.at
                    );
                    report.problems.push(what);
                }
            }
            for id in &state.objects {
                match Object::of(id) {
                    Some(Object::File(_)) => report.files += 1,
                    Some(Object::Material(_)) => report.drafts += 1,
                    Some(
                        Object::Reading(_) | Object::Guest(..) | Object::Upload(..) | Object::HuntLines(_),
                    ) => {}
                    Some(Object::Package(_)) | None => report.packages += 1,
                }
                let bytes = store.object(id).await?.unwrap_or_default();
                report.problems.extend(objects::problems(&state, id, &bytes));
            }
            for (name, ledger, _, proof) in store.forks().await? {
                report.forks += 1;
                let known = state.ledgers.get(&accord_model::LedgerId(ledger));
                let holds = known
                    .and_then(|ledger| ledger.author_key.as_ref())
                    .is_some_and(|key| {
                        ForkProof::decode(&proof).is_ok_and(|proof| proof.verify(key).is_ok())
                    });
                if !holds {
                    report
                        .problems
                        .push(format!("the kept proof {name} does not hold"));
                }
            }
        }
    }
    let noted = store.documents::<NotedChain>(LOG_CHAIN).await?;
    let noted = noted.into_iter().next().map(|(_, noted)| noted);
    store.close().await;
    let logs = accord_logstore::LogStore::open(&config.dir.join(crate::node::LOGS))?;
    let verified = logs.verify(None, &mut |_| ControlFlow::Continue(()))?;
    report.segments = verified.segments;
    report.problems.extend(
        verified
            .problems
            .iter()
            .map(|problem| format!("{}: {}", problem.segment, problem.what)),
    );
    report.problems.extend(verified.keeping.problems);
    report
        .problems
        .extend(noted.and_then(|noted| noted.problem(&logs)));
    Ok(report)
}
