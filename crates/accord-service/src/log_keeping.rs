//! How long this node's own logs are kept, what of them is held, and what is destroyed: who decides it, and the job that does
//! it. The log store records each decision in a chain (`docs/spec/log-keeping.md`); the end of the chain is noted in the access
//! log with each, so that nobody cuts it off unseen.
//!
//! Invariants:
//! - The operator, who runs the machine, decides none of it through the product: the approver says how long logs are kept and
//!   that one is destroyed, the approver or the disclosure officer holds.
//! - A hold beats both, in the store, under one lock.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use accord_logstore::{
    CatalogueTime, Decided, Error as LogError, Ground, HoldCover, HoldSpan, KeepingAct, KeepingRecord,
    LogStore, Rule, SegmentId, SourceCover,
};
use accord_model::EntryRef;
use accord_store::Batch;
use serde::{Deserialize, Serialize};

use crate::destroying::ClockLeap;
use crate::error::{Result, ServiceError};
use crate::node::{Log, Node};
use crate::people::SignedIn;
use crate::permit::Act;
use crate::views::SegmentView;

/// With which program things are decided.
const PROGRAM: &str = concat!("accord ", env!("CARGO_PKG_VERSION"));
/// Most stored files that one run of the job destroys; the next goes on.
pub const LOGS_DESTROYED_PER_RUN: usize = 1_000;
/// Stored files that are listed of each kind; all are counted.
pub const LOG_KEEPING_SHOWN: usize = 100;
/// Records in one answer.
pub const LOG_RECORDS_PAGE: usize = 100;
/// Longest reason, bytes.
const REASON_MAX: usize = 1_000;

/// How long the logs of a source are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceKeeping {
    /// The source.
    pub source: String,
    /// Days from the import of each stored file; none: until somebody says otherwise.
    pub days: Option<u32>,
    /// Who said so, as recorded.
    pub who: Option<String>,
    /// Why.
    pub why: Option<String>,
    /// When, ms UTC.
    pub at_ms: Option<i64>,
    /// Stored files.
    pub segments: u64,
    /// Bytes of log in them.
    pub bytes: u64,
    /// When the first of them was imported, ms UTC.
    pub oldest_ms: Option<i64>,
}

/// A hold on logs that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogHold {
    /// Its identifier.
    pub hold: String,
    /// What it covers, in words.
    pub covers: String,
    /// Who placed it, as recorded.
    pub who: String,
    /// Why.
    pub why: String,
    /// When, ms UTC.
    pub at_ms: i64,
}

impl LogHold {
    fn of(hold: accord_logstore::Hold) -> Self {
        Self {
            covers: covers(&hold.cover),
            hold: hold.hold,
            who: hold.who,
            why: hold.why,
            at_ms: hold.at_ms,
        }
    }
}

/// A stored file whose time is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogOver {
    /// Its name.
    pub segment: String,
    /// Since when it is over, ms UTC.
    pub over_since_ms: i64,
    /// The holds that keep it.
    pub held_by: Vec<String>,
}

/// A record of the chain, as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogRecord {
    /// Its number, from 1.
    pub number: u64,
    /// When, ms UTC.
    pub at_ms: i64,
    /// Who.
    pub who: String,
    /// Why.
    pub why: String,
    /// `retention`, `hold`, `lift`, `destroyed`.
    pub act: &'static str,
    /// What it says, in words.
    pub words: String,
}

/// How logs are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogKeeping {
    /// By source.
    pub sources: Vec<SourceKeeping>,
    /// The holds that stand.
    pub holds: Vec<LogHold>,
    /// Stored files that are over, held or not, the first 100.
    pub over: Vec<LogOver>,
    /// How many there are that nothing holds: the job destroys them.
    pub over_total: u64,
    /// How many there are that something holds.
    pub held_total: u64,
    /// Stored files whose import cannot be dated, the first 100: never destroyed by themselves.
    pub undated: Vec<String>,
    /// How many there are.
    pub undated_total: u64,
    /// How many records there are.
    pub records: u64,
    /// SHA-256 of the last, 64 hex digits.
    pub head: String,
    /// The last records, the newest first.
    pub last: Vec<LogRecord>,
    /// For how many days backups hold what is destroyed, as the operator states it.
    pub backup_days: Option<u32>,
    /// The node's clock leapt: until it has run on for a day nothing is destroyed by itself.
    pub clock_leap: Option<ClockLeap>,
}

/// What a retention would come to now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RetentionPreview {
    /// The source.
    pub source: String,
    /// Days from the import.
    pub days: u32,
    /// Stored files that would be destroyed within the hour.
    pub over: u64,
    /// Stored files that would be, and are held.
    pub held: u64,
    /// The first of those that would be destroyed.
    pub first: Vec<String>,
}

/// A stored file, as it would be destroyed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptLog {
    /// It.
    pub segment: SegmentView,
    /// What was rendered from it, where it is a Windows event log: that goes with it.
    pub rendering: Option<String>,
    /// When its time is over, ms UTC; none: nobody set one.
    pub over_ms: Option<i64>,
    /// The holds that keep it.
    pub held_by: Vec<String>,
}

/// What lifting a hold would come to now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LiftPreview {
    /// The hold.
    pub hold: LogHold,
    /// Stored files whose time is over and that nothing else holds: destroyed within the hour.
    pub freed: u64,
    /// The first of them.
    pub first: Vec<String>,
}

/// How long the logs of a source are to be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRetention {
    /// Days from the import of each stored file; none: until somebody says otherwise.
    #[serde(default)]
    pub days: Option<u32>,
    /// Under which law, order or decision.
    pub reason: String,
}

/// A new hold on logs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewLogHold {
    /// Its identifier, never used again.
    pub hold: String,
    /// The order or the case.
    pub reason: String,
    /// Stored files, by name.
    #[serde(default)]
    pub segments: Vec<String>,
    /// Or a source.
    #[serde(default)]
    pub source: Option<String>,
    /// Of the source, only what may hold lines from this instant on, ms UTC.
    #[serde(default)]
    pub from_ms: Option<i64>,
    /// Up to this one, itself excluded.
    #[serde(default)]
    pub to_ms: Option<i64>,
}

/// What an answer says is kept of this node's logs.
pub(crate) struct KeptLogs<'a> {
    pub sources: &'a [String],
    pub span: HoldSpan,
    /// The request's own reference.
    pub reference: &'a str,
}

fn reason(text: &str) -> Result<&str> {
    let text = text.trim();
    if text.is_empty() {
        return Err(ServiceError::invalid(
            "reason",
            "say under which law, order or case",
        ));
    }
    if text.len() > REASON_MAX {
        return Err(ServiceError::invalid(
            "reason",
            format!("at most {REASON_MAX} bytes"),
        ));
    }
    Ok(text)
}

fn segment(text: &str) -> Result<SegmentId> {
    SegmentId::parse(text)
        .ok_or_else(|| ServiceError::invalid("segment", "the name of a stored file, as dns/000012"))
}

/// An instant in words.
fn day(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(
        |_| "an unknown time".to_owned(),
        |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
    )
}

/// What a hold covers, in words.
fn covers(cover: &HoldCover) -> String {
    match cover {
        HoldCover::Segments(names) => {
            let shown: Vec<String> = names.iter().take(5).map(ToString::to_string).collect();
            match names.len().saturating_sub(shown.len()) {
                0 => shown.join(", "),
                more => format!("{} and {more} more", shown.join(", ")),
            }
        }
        HoldCover::Source(SourceCover { source, span: None }) => format!("all of {source}, and what comes"),
        HoldCover::Source(SourceCover {
            source,
            span: Some(span),
        }) => format!(
            "what of {source} may hold lines from {} until {}",
            day(span.from_ms),
            day(span.to_ms)
        ),
    }
}

fn kept_for(days: Option<u32>) -> String {
    days.map_or_else(
        || "until somebody says otherwise".to_owned(),
        |days| format!("for {days} days from the import"),
    )
}

fn record(of: &KeepingRecord) -> LogRecord {
    let (act, words) = match &of.act {
        KeepingAct::Retention { source, days } => {
            ("retention", format!("{source} is kept {}", kept_for(*days)))
        }
        KeepingAct::Hold { hold, cover } => ("hold", format!("{hold} holds {}", covers(cover))),
        KeepingAct::Lift { hold } => ("lift", format!("{hold} holds nothing any more")),
        KeepingAct::Destroyed(gone) => {
            let rule = match gone.rule {
                Rule::ByHand => "by hand".to_owned(),
                Rule::Retention {
                    days, over_since_ms, ..
                } => format!("kept for {days} days, over since {}", day(over_since_ms)),
            };
            let backups = gone.backup_horizon_days.map_or_else(
                || "the operator states nothing of backups".to_owned(),
                |days| format!("backups may hold it for {days} days"),
            );
            let words = format!(
                "{} is destroyed, {rule}: {}, {} bytes, SHA-256 {}; {backups}",
                gone.segment, gone.original_name, gone.log.length, gone.log.sha256
            );
            ("destroyed", words)
        }
    };
    LogRecord {
        number: of.number,
        at_ms: of.at_ms,
        who: of.who.clone(),
        why: of.why.clone(),
        act,
        words,
    }
}

/// How far the chain of decisions had come when its end was last noted, outside the log store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotedChain {
    /// How many records there were.
    count: u64,
    /// SHA-256 of the last, 64 hex digits.
    head: String,
}

pub(crate) const LOG_CHAIN: &str = "log-chain";
const LOG_CHAIN_ID: &str = "chain";

impl NotedChain {
    /// Why the chain of this store cannot be the one that was noted; nothing where it can.
    pub fn problem(&self, logs: &LogStore) -> Option<String> {
        let (count, head) = logs.keeping_head();
        let then = match count.cmp(&self.count) {
            std::cmp::Ordering::Less => None,
            std::cmp::Ordering::Equal => Some(head.to_string()),
            std::cmp::Ordering::Greater => {
                let after = logs.keeping_records(self.count, 1).ok();
                after.and_then(|after| Some(after.first()?.before.to_string()))
            }
        };
        (then.as_ref() != Some(&self.head)).then(|| {
            format!(
                "the records of what was decided about logs are not those that were noted: {} with the last {} were, and there \
                 are {count}; restore the log store from a backup of then or later",
                self.count, self.head
            )
        })
    }
}

/// The hold that an answer to a request for preservation places on one source.
fn hold_of_request(at: EntryRef, number: usize) -> String {
    let ledger: String = at.ledger.to_string().chars().take(16).collect();
    format!("request-{ledger}/{}/{}", at.seq, number + 1)
}

impl Node {
    /// Notes a decision with the end of the chain: in the access log, and where a check finds it.
    fn note_chain(&self, batch: &mut Batch, log: Log, who: Option<&SignedIn>, what: &str, said: &str) {
        let (count, head) = self.logs.keeping_head();
        let subject = format!("{said} of {count}, the last {head}");
        match who {
            Some(who) => log.person(batch, who, what, &subject),
            None => log.node(batch, what, &subject),
        }
        let noted = NotedChain {
            count,
            head: head.to_string(),
        };
        batch.document(LOG_CHAIN, LOG_CHAIN_ID, &noted);
    }

    /// Whether the chain of decisions is the one that was noted; why not, in words.
    pub(crate) async fn chain_problem(&self) -> Result<Option<String>> {
        let noted = self.store.documents::<NotedChain>(LOG_CHAIN).await?;
        let noted = noted.into_iter().next();
        Ok(noted.and_then(|(_, noted)| noted.problem(&self.logs)))
    }

    /// Holds what of these sources may have lines of a time, for an answer that says that it is kept. What stands already
    /// stays as it is.
    pub(crate) fn hold_as_answered(
        &self,
        batch: &mut Batch,
        log: Log,
        who: &SignedIn,
        request: EntryRef,
        kept: &KeptLogs<'_>,
    ) -> Result<()> {
        let standing: BTreeSet<String> = self.logs.holds().into_iter().map(|hold| hold.hold).collect();
        let name = format!("{} ({})", who.name, who.person);
        for (number, source) in kept.sources.iter().enumerate() {
            let hold = hold_of_request(request, number);
            if standing.contains(&hold) {
                continue;
            }
            let why = format!("kept as answered: {}", kept.reference);
            let decided = Decided {
                who: &name,
                why: &why,
                at_ms: self.now_signed(),
                program: PROGRAM,
            };
            let cover = HoldCover::Source(SourceCover {
                source: source.clone(),
                span: Some(kept.span),
            });
            let made = self.logs.place_hold(&hold, cover, &decided)?;
            self.note_chain(
                batch,
                log,
                Some(who),
                "log.held",
                &format!("record {}", made.number),
            );
        }
        Ok(())
    }

    fn now_signed(&self) -> i64 {
        i64::try_from(self.now_ms()).unwrap_or(i64::MAX)
    }

    /// Decides something in the store, and notes it with the end of the chain.
    async fn decide_logs(
        &self,
        who: &SignedIn,
        what: &str,
        why: &str,
        decide: impl FnOnce(&Decided<'_>) -> accord_logstore::Result<KeepingRecord>,
    ) -> Result<LogRecord> {
        let name = format!("{} ({})", who.name, who.person);
        let decided = Decided {
            who: &name,
            why: reason(why)?,
            at_ms: self.now_signed(),
            program: PROGRAM,
        };
        let made = tokio::task::block_in_place(|| decide(&decided))?;
        self.act(|_, batch, log| {
            self.note_chain(batch, log, Some(who), what, &format!("record {}", made.number));
            Ok(())
        })
        .await?;
        Ok(record(&made))
    }

    /// Says for how long the logs of a source are kept, those that are here and those that come.
    pub async fn set_log_retention(
        &self,
        who: &SignedIn,
        source: &str,
        new: &NewRetention,
    ) -> Result<LogRecord> {
        Act::KeepLogs.ask(who)?;
        let logs = self.logs.clone();
        self.decide_logs(who, "log.kept-for", &new.reason, |decided| {
            logs.set_retention(source, new.days, decided)
        })
        .await
    }

    /// What a retention would come to now. Nothing is decided by it.
    pub async fn preview_log_retention(
        &self,
        who: &SignedIn,
        source: &str,
        days: u32,
    ) -> Result<RetentionPreview> {
        Act::KeepLogs.ask(who)?;
        let due = self.logs.due_with(source, days, self.now_signed())?;
        let of_source = |id: &SegmentId| id.source() == source;
        let over: Vec<&SegmentId> = due
            .over
            .iter()
            .map(|over| &over.segment)
            .filter(|id| of_source(id))
            .collect();
        Ok(RetentionPreview {
            source: source.to_owned(),
            days,
            held: due
                .held
                .iter()
                .filter(|held| of_source(&held.over.segment))
                .count() as u64,
            first: over.iter().take(5).map(ToString::to_string).collect(),
            over: over.len() as u64,
        })
    }

    /// A stored file, as it would be destroyed.
    pub async fn kept_log(&self, who: &SignedIn, name: &str) -> Result<KeptLog> {
        Act::SeeLogKeeping.ask(who)?;
        let id = segment(name)?;
        let stored = self.logs.segment(&id)?;
        let keeping = self.logs.keeping_of(&id, self.now_signed())?;
        Ok(KeptLog {
            segment: SegmentView::of(&stored),
            rendering: self
                .logs
                .rendering_of(&id)
                .map(|segment| segment.id().to_string()),
            over_ms: keeping.over_ms,
            held_by: keeping.holds,
        })
    }

    /// What lifting a hold would come to now. Nothing is decided by it.
    pub async fn preview_log_lift(&self, who: &SignedIn, hold: &str) -> Result<LiftPreview> {
        Act::HoldLogs.ask(who)?;
        let stands = self.logs.holds().into_iter().find(|known| known.hold == hold);
        let stands = stands.ok_or(ServiceError::NotFound("hold"))?;
        let held = self.logs.due(self.now_signed()).held;
        let freed = held.iter().filter(|one| one.holds.as_slice() == [hold]);
        let freed: Vec<String> = freed.map(|one| one.over.segment.to_string()).collect();
        Ok(LiftPreview {
            hold: LogHold::of(stands),
            freed: freed.len() as u64,
            first: freed.into_iter().take(5).collect(),
        })
    }

    /// Holds logs: while it stands nothing that it covers is destroyed.
    pub async fn hold_logs(&self, who: &SignedIn, new: &NewLogHold) -> Result<LogRecord> {
        Act::HoldLogs.ask(who)?;
        let cover = match &new.source {
            Some(source) if new.segments.is_empty() => {
                let span = match (new.from_ms, new.to_ms) {
                    (None, None) => None,
                    (from, to) => Some(HoldSpan {
                        from_ms: from.unwrap_or(i64::MIN),
                        to_ms: to.unwrap_or(i64::MAX),
                    }),
                };
                HoldCover::Source(SourceCover {
                    source: source.clone(),
                    span,
                })
            }
            None if !new.segments.is_empty() => HoldCover::Segments(
                new.segments
                    .iter()
                    .map(|name| segment(name))
                    .collect::<Result<_>>()?,
            ),
            _ => {
                let words = "name either a source or stored files";
                return Err(ServiceError::invalid("source", words));
            }
        };
        let logs = self.logs.clone();
        self.decide_logs(who, "log.held", &new.reason, |decided| {
            logs.place_hold(&new.hold, cover, decided)
        })
        .await
    }

    /// Ends a hold on logs. Others that cover the same stand.
    pub async fn lift_log_hold(&self, who: &SignedIn, hold: &str, why: &str) -> Result<LogRecord> {
        Act::HoldLogs.ask(who)?;
        let logs = self.logs.clone();
        self.decide_logs(who, "log.hold-lifted", why, |decided| {
            logs.lift_hold(hold, decided)
        })
        .await
    }

    /// Destroys one stored file by decision. A hold refuses it.
    pub async fn destroy_log(&self, who: &SignedIn, name: &str, why: &str) -> Result<LogRecord> {
        Act::KeepLogs.ask(who)?;
        let id = segment(name)?;
        let (logs, backup_days) = (self.logs.clone(), self.config.backup_days);
        // What was rendered from an event log says what that said: it goes first, or a hold on it keeps both.
        let segments = self.logs.segments();
        let of_it = |segment: &&std::sync::Arc<accord_logstore::Segment>| {
            let rendered = segment.manifest.rendered.as_ref();
            rendered.is_some_and(|rendered| rendered.segment == id)
        };
        for rendered in segments.iter().filter(of_it).map(|segment| segment.id().clone()) {
            let logs = self.logs.clone();
            self.decide_logs(who, "log.destroyed", why, |decided| {
                logs.destroy(&rendered, Ground::ByHand, backup_days, decided)
            })
            .await?;
            self.forget_names(&rendered);
        }
        let gone = self
            .decide_logs(who, "log.destroyed", why, |decided| {
                logs.destroy(&id, Ground::ByHand, backup_days, decided)
            })
            .await?;
        self.forget_names(&id);
        Ok(gone)
    }

    /// How logs are kept: by source, what is held, what is over, and the last decisions.
    pub async fn log_keeping(&self, who: &SignedIn) -> Result<LogKeeping> {
        Act::SeeLogKeeping.ask(who)?;
        let due = self.logs.due(self.now_signed());
        let segments = self.logs.segments();
        let mut sources = Vec::new();
        for config in self.logs.sources() {
            let retention = self.logs.retention(&config.name)?;
            let mut one = SourceKeeping {
                source: config.name.clone(),
                days: retention.as_ref().and_then(|known| known.days),
                who: retention.as_ref().map(|known| known.who.clone()),
                why: retention.as_ref().map(|known| known.why.clone()),
                at_ms: retention.as_ref().map(|known| known.at_ms),
                segments: 0,
                bytes: 0,
                oldest_ms: None,
            };
            for segment in segments
                .iter()
                .filter(|segment| segment.id().source() == config.name)
            {
                let imported = segment.manifest.imported_at_ms;
                one.segments += 1;
                one.bytes += segment.manifest.log.length;
                one.oldest_ms = Some(one.oldest_ms.map_or(imported, |known| known.min(imported)));
            }
            sources.push(one);
        }
        let holds = self.logs.holds().into_iter().map(LogHold::of);
        let over = due.over.iter().map(|over| LogOver {
            segment: over.segment.to_string(),
            over_since_ms: over.over_since_ms,
            held_by: Vec::new(),
        });
        let held = due.held.iter().map(|held| LogOver {
            segment: held.over.segment.to_string(),
            over_since_ms: held.over.over_since_ms,
            held_by: held.holds.clone(),
        });
        let (records, head) = self.logs.keeping_head();
        let after = records.saturating_sub(LOG_RECORDS_PAGE as u64);
        let mut last: Vec<LogRecord> = self
            .logs
            .keeping_records(after, LOG_RECORDS_PAGE)?
            .iter()
            .map(record)
            .collect();
        last.reverse();
        Ok(LogKeeping {
            sources,
            holds: holds.collect(),
            over_total: due.over.len() as u64,
            held_total: due.held.len() as u64,
            over: over.chain(held).take(LOG_KEEPING_SHOWN).collect(),
            undated_total: due.undated.len() as u64,
            undated: due
                .undated
                .iter()
                .take(LOG_KEEPING_SHOWN)
                .map(ToString::to_string)
                .collect(),
            records,
            head: head.to_string(),
            last,
            backup_days: self.config.backup_days,
            clock_leap: self.read().await?.destroy_clock.leap(),
        })
    }

    /// Records after the one of this number, in their order, at most a hundred.
    pub async fn log_records(&self, who: &SignedIn, after: u64) -> Result<Vec<LogRecord>> {
        Act::SeeLogKeeping.ask(who)?;
        let records = self.logs.keeping_records(after, LOG_RECORDS_PAGE)?;
        Ok(records.iter().map(record).collect())
    }

    /// Packs the columns of small stored files, after some were destroyed or came. How many files were packed. It ends early
    /// when the node is closed.
    pub(crate) async fn pack_logs(&self) -> Result<u64> {
        let now_ms = self.now_signed();
        let packed = tokio::task::block_in_place(|| {
            self.logs.pack_columns(now_ms, &mut |_| match self.is_healthy() {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            })
        })?;
        for problem in &packed.problems {
            tracing::warn!(segment = %problem.segment, what = problem.what, "a stored file is in no pack");
        }
        Ok(packed.segments)
    }

    /// Puts stored files into catalogues, once enough came or lost theirs with one that was destroyed. How many were put into
    /// one. It ends early when the node is closed.
    pub(crate) async fn catalogue_logs(&self) -> Result<u64> {
        let made = tokio::task::block_in_place(|| {
            self.logs
                .make_catalogues(CatalogueTime::OnceEnough, &mut |_| match self.is_healthy() {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                })
        })?;
        for without in &made.without {
            tracing::warn!(segment = %without.segment, why = without.why, "a stored file is in no catalogue");
        }
        Ok(made.segments)
    }

    /// Destroys the stored files whose time is over and that nothing holds. How many.
    pub async fn destroy_logs_that_are_over(&self) -> Result<usize> {
        let mut over = self.logs.due(self.now_signed()).over;
        // What was rendered from an event log goes before it: it could not be led back to anything.
        over.sort_by_key(|over| {
            let segment = self.logs.segment(&over.segment);
            segment.is_ok_and(|segment| segment.manifest.rendered.is_none())
        });
        let mut count = 0;
        for over in over.into_iter().take(LOGS_DESTROYED_PER_RUN) {
            let decided = Decided {
                who: "the node",
                why: "its time is over",
                at_ms: self.now_signed(),
                program: PROGRAM,
            };
            let (id, logs) = (over.segment, self.logs.clone());
            let backup_days = self.config.backup_days;
            let made =
                tokio::task::block_in_place(|| logs.destroy(&id, Ground::Retention, backup_days, &decided));
            let made = match made {
                Ok(made) => made,
                // Somebody decided otherwise just now.
                Err(LogError::Held { .. } | LogError::NotOver(_) | LogError::Destroyed { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            self.forget_names(&id);
            let said = format!("{id}: record {}", made.number);
            self.act(|_, batch, log| {
                self.note_chain(batch, log, None, "log.destroyed", &said);
                Ok(())
            })
            .await?;
            count += 1;
        }
        Ok(count)
    }
}
