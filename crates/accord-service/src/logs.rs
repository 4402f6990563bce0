//! This node's own logs: sources, imports, verification.

use std::io::Read;
use std::ops::ControlFlow;

use accord_logstore::SourceConfig;

use crate::error::{Result, ServiceError};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::views::{Imported, SegmentView, SourceView};

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

    /// Brings a log in: the exact bytes, with digests. Bytes that the source holds already are not stored twice: the
    /// segment that holds them is the answer, so that an import that was cut off can be sent again.
    pub async fn import_log(
        &self,
        who: &SignedIn,
        source: &str,
        original_name: &str,
        mut bytes: impl Read,
    ) -> Result<Imported> {
        Act::ImportLogs.ask(who)?;
        let now = i64::try_from(self.now_ms()).unwrap_or(i64::MAX);
        let by = format!("{} ({})", who.name, who.person);
        let imported =
            tokio::task::block_in_place(|| self.logs.import(source, original_name, &mut bytes, now, &by));
        let (segment, held_already) = match imported {
            Ok(segment) => (segment, false),
            Err(accord_logstore::Error::Duplicate { segment, .. }) => (self.logs.segment(&segment)?, true),
            Err(error) => return Err(error.into()),
        };
        let what = if held_already {
            "log.imported-again"
        } else {
            "log.imported"
        };
        self.note_access(who, what, &segment.id().to_string()).await?;
        Ok(Imported {
            segment: SegmentView::of(&segment),
            held_already,
        })
    }

    /// The sources of this node's logs with their segments.
    pub async fn sources(&self, who: &SignedIn) -> Result<Vec<SourceView>> {
        if Act::ImportLogs.ask(who).is_err() {
            Act::Approve.ask(who)?;
        }
        Ok(source_views(self))
    }

    /// Verifies every segment again: problems in words, empty when there are none.
    pub async fn verify_logs(&self, who: &SignedIn) -> Result<Vec<String>> {
        Act::ImportLogs.ask(who)?;
        let report =
            tokio::task::block_in_place(|| self.logs.verify(None, &mut |_| ControlFlow::Continue(())))?;
        self.note_access(who, "log.verified", "").await?;
        Ok(report
            .problems
            .iter()
            .map(|problem| format!("{}: {}", problem.segment, problem.what))
            .collect())
    }
}

impl From<std::convert::Infallible> for ServiceError {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}
