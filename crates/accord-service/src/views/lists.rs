//! Lists.

use accord_logstore::{Segment, SourceConfig, UnparsedLines};
use accord_model::control::{SpaceKind, Stage};
use accord_model::{AgreementDigest, OrgName, PersonId, SpaceId};
use serde::{Deserialize, Serialize};

use crate::error::{Result, ServiceError};
use crate::journal::{Space, State};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

/// Lines of the access log in one page.
pub const ACCESS_PAGE: u32 = 200;

/// A case in a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaseSummary {
    /// Its id.
    pub id: SpaceId,
    /// Its operation name.
    pub operation: String,
    /// The opener's reference.
    pub reference: String,
    /// Who opened it.
    pub opened_by: OrgName,
    /// When, ms UTC.
    pub opened_ms: u64,
    /// The agreement it runs under.
    pub agreement: AgreementDigest,
    /// Its purpose.
    pub purpose: String,
    /// Its stage.
    pub stage: Stage,
    /// Its parties.
    pub parties: Vec<OrgName>,
    /// The newest note's time, ms UTC.
    pub newest_ms: u64,
}

/// A segment of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentView {
    /// Its id.
    pub id: String,
    /// The file it came from.
    pub original_name: String,
    /// When it was brought in, ms UTC.
    pub imported_ms: i64,
    /// By whom.
    pub imported_by: String,
    /// The format of its lines.
    pub format: String,
    /// Bytes of the log.
    pub bytes: u64,
    /// SHA-256 of the log.
    pub sha256: String,
    /// Lines.
    pub lines: u64,
    /// Lines that were understood.
    pub parsed: u64,
    /// Lines that were not; header lines of the format and empty ones are neither.
    pub not_parsed: u64,
    /// First and last time stated, ms UTC.
    pub span: Option<(i64, i64)>,
}

impl SegmentView {
    pub(crate) fn of(segment: &Segment) -> Self {
        let manifest = &segment.manifest;
        Self {
            id: segment.id().to_string(),
            original_name: manifest.original_name.clone(),
            imported_ms: manifest.imported_at_ms,
            imported_by: manifest.imported_by.clone(),
            format: manifest.log_format.name().to_owned(),
            bytes: manifest.log.length,
            sha256: hex::encode(manifest.log.sha256.0),
            lines: manifest.lines.total(),
            parsed: manifest.lines.parsed,
            not_parsed: manifest.lines.not_parsed,
            span: manifest.time.map(|span| (span.first_ms, span.last_ms)),
        }
    }
}

/// Some of the lines of a source that were not understood, the newest logs first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NotUnderstood {
    /// The lines.
    pub lines: Vec<LineNotUnderstood>,
    /// Whether the logs were looked through to a limit only, so that there may be others.
    pub ended_early: bool,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineNotUnderstood {
    /// Its segment.
    pub segment: String,
    /// Its number in the log, from 1.
    pub line: u64,
    /// Its beginning; what is no UTF-8 is replaced.
    pub text: String,
    /// Whether it is longer.
    pub is_cut: bool,
}

impl From<UnparsedLines> for NotUnderstood {
    fn from(found: UnparsedLines) -> Self {
        let lines = found.lines.into_iter().map(|line| LineNotUnderstood {
            segment: line.segment.to_string(),
            line: line.line,
            text: String::from_utf8_lossy(&line.bytes).into_owned(),
            is_cut: line.is_cut,
        });
        Self {
            lines: lines.collect(),
            ended_early: found.ended_early,
        }
    }
}

/// A log that was brought in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Imported {
    /// Where its bytes are.
    #[serde(flatten)]
    pub segment: SegmentView,
    /// Whether the source held the same bytes before; then nothing was stored.
    pub held_already: bool,
    /// The segment of its events, where it is a Windows event log: they are searched there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<SegmentView>,
}

/// A log source.
#[derive(Debug, Clone, Serialize)]
pub struct SourceView {
    /// Its settings.
    pub config: SourceConfig,
    /// Its segments.
    pub segments: Vec<SegmentView>,
}

/// A line of the access log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccessView {
    /// Its number; give the least of a page as `before` for the next.
    pub id: u64,
    /// When, ms UTC.
    pub at_ms: u64,
    /// A person's name, or `peer:ORG`.
    pub actor: String,
    /// What was done.
    pub what: String,
    /// To what.
    pub subject: String,
}

impl Node {
    pub(crate) fn summary_of(&self, state: &State, space: &Space) -> Option<CaseSummary> {
        let opened = space.control.case()?;
        let newest = space
            .ledgers
            .iter()
            .filter_map(|id| state.ledgers.get(id)?.headers.last());
        Some(CaseSummary {
            id: space.id,
            operation: opened.case.operation.clone(),
            reference: opened.case.reference.clone(),
            opened_by: opened.org.clone(),
            opened_ms: opened.wall_ms,
            agreement: opened.case.agreement,
            purpose: opened.case.purpose.clone(),
            stage: space.control.stage().unwrap_or(Stage::Lead),
            parties: space.control.parties().keys().cloned().collect(),
            newest_ms: newest
                .map(|header| header.clock.wall_ms)
                .max()
                .unwrap_or(opened.wall_ms),
        })
    }

    /// The cases a person may see, the one with the newest note first.
    pub async fn cases(&self, who: &SignedIn) -> Result<Vec<CaseSummary>> {
        let state = self.read().await?;
        let seen = state
            .spaces
            .values()
            .filter(|space| space.kind == SpaceKind::Case && self.sees_case(space, who));
        let mut cases: Vec<CaseSummary> = seen.filter_map(|space| self.summary_of(&state, space)).collect();
        cases.sort_by_key(|case| (std::cmp::Reverse(case.newest_ms), case.id));
        Ok(cases)
    }

    /// What every honest node of a space folds from its control notes, for the auditor.
    pub async fn control_state(
        &self,
        who: &SignedIn,
        space: SpaceId,
    ) -> Result<accord_model::control::State> {
        Act::Audit.ask(who)?;
        let state = self.read().await?;
        let known = state.spaces.get(&space).ok_or(ServiceError::NotFound("case"))?;
        Ok(known.control.clone())
    }

    /// The random bytes that the ledgers of a space name, for the auditor: its id is made from them.
    pub async fn space_seed(&self, who: &SignedIn, space: SpaceId) -> Result<SpaceId> {
        Act::Audit.ask(who)?;
        let state = self.read().await?;
        let known = state.spaces.get(&space).ok_or(ServiceError::NotFound("case"))?;
        Ok(known.seed)
    }

    /// The spaces known here, agreements and cases, for the auditor.
    pub async fn spaces(&self, who: &SignedIn) -> Result<Vec<(SpaceId, SpaceKind)>> {
        Act::Audit.ask(who)?;
        let state = self.read().await?;
        Ok(state
            .spaces
            .values()
            .map(|space| (space.id, space.kind))
            .collect())
    }

    /// One page of the access log, newest first.
    pub async fn access_log(&self, who: &SignedIn, before: Option<u64>) -> Result<Vec<AccessView>> {
        Act::Audit.ask(who)?;
        let lines = self.store.access_log(before, ACCESS_PAGE).await?;
        let state = self.read().await?;
        let name = |actor: &str| {
            let person: Option<PersonId> = actor.parse().ok();
            person
                .and_then(|id| state.persons.get(&id))
                .map_or_else(|| actor.to_owned(), |person| person.name.clone())
        };
        let text = |line: &serde_json::Value, key: &str| {
            line.get(key)
                .and_then(serde_json::Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        Ok(lines
            .into_iter()
            .map(|(id, line)| AccessView {
                id,
                at_ms: line.at_ms,
                actor: name(&line.actor),
                what: text(&line.record, "what"),
                subject: text(&line.record, "subject"),
            })
            .collect())
    }
}
