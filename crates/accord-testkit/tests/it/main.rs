//! Whole nodes against each other: what DESIGN promises, shown.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

mod agreements;
mod asks;
mod collecting;
mod crashes;
mod custody;
mod deciding;
mod disclosure;
mod disruption;
mod drafts;
mod edges;
mod emerging;
mod feeds;
mod feeds_parts;
mod feeds_time;
mod forks;
mod guests;
mod holders;
mod hostile;
mod identities;
mod intel;
mod job;
mod keeping;
mod keys;
mod leads;
mod leads_kept;
mod leaks;
mod limits;
mod log_keeping;
mod log_matches;
mod looks;
mod many;
mod notices;
mod older;
mod own_hunts;
mod parties;
mod parting;
mod pen;
mod previews;
mod protection;
mod refused;
mod reputation;
mod reputation_kept;
mod retained;
mod search;
mod seconded;
mod sharing;
mod similar;
mod sinkholes;
mod spaces;
mod sql;
mod sql_kept;
mod team;
mod threats;
mod trust;
mod uploads;
mod victims;
mod writers;

use accord_model::OrgKind;
use accord_service::{Result, ServiceError};
use accord_testkit::Story;

/// An agency and a provider.
pub const TWO: &[(&str, OrgKind)] = &[("agency", OrgKind::Agency), ("isp", OrgKind::Isp)];
/// With a hosting provider.
pub const THREE: &[(&str, OrgKind)] = &[
    ("agency", OrgKind::Agency),
    ("hosting", OrgKind::HostingProvider),
    ("isp", OrgKind::Isp),
];

/// The rule that refused it.
pub fn denied<T: std::fmt::Debug>(outcome: Result<T>) -> accord_service::Denial {
    match outcome {
        Err(ServiceError::Denied(denial)) => *denial,
        other => panic!("not denied: {other:?}"),
    }
}

/// Whether a text stands in the database of a node.
pub fn is_on_disk(dir: &std::path::Path, text: &str) -> bool {
    let files = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let of_database = files.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("node.db"));
    let mut found = false;
    for path in of_database {
        let bytes = std::fs::read(path).unwrap();
        found |= bytes.windows(text.len()).any(|window| window == text.as_bytes());
    }
    found
}

/// Every organisation folds the same control state of every space that several of them know.
pub async fn same_fold(story: &Story) {
    let mut known = std::collections::BTreeMap::new();
    for name in story.orgs.keys() {
        let (node, who) = story.at(name, "auditor");
        for (space, _) in node.spaces(who).await.unwrap() {
            let state = node.control_state(who, space).await.unwrap();
            let first = known
                .entry(space)
                .or_insert_with(|| (name.clone(), state.clone()));
            assert_eq!(first.1, state, "{} and {name} differ on {space}", first.0);
        }
    }
    assert!(!known.is_empty());
}

/// `fsck` of every organisation finds nothing.
pub async fn clean(story: &mut Story) {
    for org in story.orgs.values_mut() {
        let report = org.fsck().await;
        assert!(report.is_clean(), "{}: {:?}", org.name, report.problems);
    }
}
