//! This node's own logs: sources, imports, verification.

use std::io::Read;
use std::ops::ControlFlow;

use accord_formats::logs::LogFormat;
use accord_logstore::{Error as LogError, LogStore, SegmentId, SourceConfig};

use crate::error::{Result, ServiceError};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::views::{Imported, NotUnderstood, SegmentView, SourceView};

/// The sources of a node's logs with their segments, whoever looks.
pub(crate) fn source_views(node: &Node) -> Vec<SourceView> {
    let segments = node.logs.segments();
    let sources = node.logs.sources().into_iter().map(|config| SourceView {
        segments: segments
            .iter()
            .filter(|segment| segment.id().source() == config.name)
            .map(|segment| SegmentView::of(segment))
            .collect(),
        config,
    });
    sources.collect()
}

/// Whether a log is taken that was here and was destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destroyed {
    /// It is refused, with who destroyed it and when.
    Refused,
    /// It is taken, as a new stored file that is kept from this import on: a person's explicit choice.
    TakenAgain,
}

/// A log that is brought in.
pub(crate) struct Brought<'a> {
    pub source: &'a str,
    pub original_name: &'a str,
    pub bytes: &'a mut dyn Read,
    pub now_ms: i64,
    pub by: &'a str,
    pub destroyed: Destroyed,
}

/// Brings a log in; with the word for the access log. Bytes that the source holds already are not stored twice: the
/// segment that holds them is the answer, so that an import that was cut off can be sent again.
pub(crate) fn bring_in(logs: &LogStore, brought: Brought<'_>) -> Result<(Imported, &'static str)> {
    let Brought {
        source,
        original_name,
        bytes,
        now_ms,
        by,
        destroyed,
    } = brought;
    let made = match destroyed {
        Destroyed::Refused => logs.import(source, original_name, bytes, now_ms, by),
        Destroyed::TakenAgain => logs.import_again(source, original_name, bytes, now_ms, by),
    };
    let (segment, held_already, what) = match (made, destroyed) {
        (Ok(segment), Destroyed::Refused) => (segment, false, "log.imported"),
        (Ok(segment), Destroyed::TakenAgain) => (segment, false, "log.imported-though-destroyed"),
        (Err(LogError::Duplicate { segment, .. }), _) => {
            (logs.segment(&segment)?, true, "log.imported-again")
        }
        (Err(error), _) => return Err(error.into()),
    };
    let segment = SegmentView::of(&segment);
    Ok((
        Imported {
            segment,
            held_already,
            events: None,
        },
        what,
    ))
}

impl Node {
    /// Adds a log source.
    pub async fn add_source(&self, who: &SignedIn, source: SourceConfig) -> Result<()> {
        Act::ImportLogs.ask(who)?;
        let name = source.name.clone();
        tokio::task::block_in_place(|| self.logs.add_source(source))?;
        self.note_access(who, "log.source-added", &name).await
    }

    /// Whether a person may bring logs in, to be asked before a long body is read.
    pub fn may_import(&self, who: &SignedIn) -> Result<()> {
        Act::ImportLogs.ask(who).map(|_| ())
    }

    /// Brings a log in: the exact bytes, with digests. One that was destroyed here is refused.
    pub async fn import_log(
        &self,
        who: &SignedIn,
        source: &str,
        original_name: &str,
        bytes: impl Read,
    ) -> Result<Imported> {
        self.import_log_that(who, source, original_name, bytes, Destroyed::Refused)
            .await
    }

    /// The same, with what is done where it was destroyed here.
    pub async fn import_log_that(
        &self,
        who: &SignedIn,
        source: &str,
        original_name: &str,
        mut bytes: impl Read,
        destroyed: Destroyed,
    ) -> Result<Imported> {
        Act::ImportLogs.ask(who)?;
        // What comes in is matched against what is listed now.
        self.refresh_verdicts().await?;
        self.watch_logs().await?;
        let now = i64::try_from(self.now_ms()).unwrap_or(i64::MAX);
        let by = format!("{} ({})", who.name, who.person);
        let (imported, what) = tokio::task::block_in_place(|| {
            let brought = Brought {
                source,
                original_name,
                bytes: &mut bytes,
                now_ms: now,
                by: &by,
                destroyed,
            };
            let brought = bring_in(&self.logs, brought)?;
            self.learn_names(&brought.0.segment.id);
            Ok::<_, ServiceError>(brought)
        })?;
        let id = imported.segment.id.clone();
        let seen = match imported.held_already {
            true => Vec::new(),
            false => tokio::task::block_in_place(|| self.seen_in_log(&id)),
        };
        self.act(|state, batch, log| {
            log.person(batch, who, what, &id);
            state.fed.add(batch, seen);
            Ok(())
        })
        .await?;
        let mut imported = imported;
        if tokio::task::block_in_place(|| self.render_brought(&mut imported, now, &by))?
            && let Some(events) = &imported.events
        {
            let seen = tokio::task::block_in_place(|| self.seen_in_log(&events.id));
            self.act(|state, batch, log| {
                log.person(batch, who, "log.rendered", &events.id);
                state.fed.add(batch, seen);
                Ok(())
            })
            .await?;
        }
        Ok(imported)
    }

    /// Renders the events of what was brought in, where it is a Windows event log; says whether that was not done before.
    /// Whatever comes of it, the file itself is kept.
    pub(crate) fn render_brought(&self, imported: &mut Imported, now_ms: i64, by: &str) -> Result<bool> {
        let Some(id) = SegmentId::parse(&imported.segment.id) else {
            return Ok(false);
        };
        if self.logs.segment(&id)?.manifest.log_format != LogFormat::Evtx {
            return Ok(false);
        }
        let before = self.logs.rendering_of(&id).is_some();
        let rendered = self.logs.render_events(&id, now_ms, by)?;
        let events = SegmentView::of(&rendered);
        if !before {
            self.learn_names(&events.id);
        }
        imported.events = Some(events);
        Ok(!before)
    }

    /// The sources of this node's logs with their segments.
    pub async fn sources(&self, who: &SignedIn) -> Result<Vec<SourceView>> {
        if Act::ImportLogs.ask(who).is_err() {
            Act::Approve.ask(who)?;
        }
        Ok(source_views(self))
    }

    /// Examples of the lines of a source that were not understood: for who brings logs in, and written down.
    ///
    /// # Errors
    /// Where the person may not, or there is no such source.
    pub async fn not_understood(&self, who: &SignedIn, source: &str) -> Result<NotUnderstood> {
        Act::ImportLogs.ask(who)?;
        let found = tokio::task::block_in_place(|| self.logs.unparsed(source))?;
        self.note_access(who, "log.not-understood-seen", source).await?;
        Ok(found.into())
    }

    /// Verifies every segment again, and that what was destroyed is gone: problems in words, empty when there are none.
    pub async fn verify_logs(&self, who: &SignedIn) -> Result<Vec<String>> {
        Act::ImportLogs.ask(who)?;
        let report =
            tokio::task::block_in_place(|| self.logs.verify(None, &mut |_| ControlFlow::Continue(())))?;
        self.note_access(who, "log.verified", "").await?;
        let segments = report
            .problems
            .iter()
            .map(|problem| format!("{}: {}", problem.segment, problem.what));
        let chain = self.chain_problem().await?;
        Ok(segments.chain(report.keeping.problems).chain(chain).collect())
    }
}

impl From<std::convert::Infallible> for ServiceError {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}
