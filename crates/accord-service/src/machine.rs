//! The operator at the node's own machine, while the node is not running: `accord log` and `accord hunt`.
//!
//! Whoever can read the node's folder can read its logs; asking for a session there would protect nothing. What is
//! done is therefore not refused but recorded, in the access log, as done by [`MACHINE_ACTOR`]. Nothing here sends
//! anything to anybody, and no case is read: log store and access log only.

use std::io::Read;
use std::ops::ControlFlow;

use accord_logstore::{Answers, Hunt, HuntResult, Progress, Questions, VerifyReport};

use crate::SourceConfig;
use crate::error::{Result, ServiceError};
use crate::logs::{bring_in, source_views};
use crate::node::Node;
use crate::views::{Imported, SourceView};

/// Who did it, in the access log and in the manifest of what was imported.
pub const MACHINE_ACTOR: &str = "operator on this machine";

/// The node in the hands of who sits at its machine.
#[derive(Debug, Clone, Copy)]
pub struct OnThisMachine<'a>(&'a Node);

impl Node {
    /// For the commands that open a node's folder while it is not served.
    pub fn on_this_machine(&self) -> OnThisMachine<'_> {
        OnThisMachine(self)
    }
}

impl OnThisMachine<'_> {
    async fn record(self, what: &str, subject: &str) -> Result<()> {
        self.0
            .act(|_, batch, log| {
                log.machine(batch, what, subject);
                Ok(())
            })
            .await
    }

    /// Adds a log source. Adding it again with the same settings changes nothing.
    pub async fn add_source(self, source: SourceConfig) -> Result<()> {
        let name = source.name.clone();
        tokio::task::block_in_place(|| self.0.logs.add_source(source))?;
        self.record("log.source-added", &name).await
    }

    /// The settings of a source, so that a batch of files fails before the first is read.
    pub fn source(self, name: &str) -> Result<SourceConfig> {
        Ok(self.0.logs.source(name)?)
    }

    /// Brings a log in: the exact bytes, with digests. What is there already is no error.
    pub async fn import_log(
        self,
        source: &str,
        original_name: &str,
        mut bytes: impl Read,
    ) -> Result<Imported> {
        let now = i64::try_from(self.0.now_ms()).unwrap_or(i64::MAX);
        let logs = &self.0.logs;
        let (imported, what) = tokio::task::block_in_place(|| {
            let brought = bring_in(logs, source, original_name, &mut bytes, now, MACHINE_ACTOR)?;
            self.0.learn_names(&brought.0.segment.id);
            Ok::<_, ServiceError>(brought)
        })?;
        self.record(what, &imported.segment.id).await?;
        Ok(imported)
    }

    /// The sources with their segments.
    pub fn sources(self) -> Vec<SourceView> {
        source_views(self.0)
    }

    /// Verifies every segment again, or those of one source.
    pub async fn verify_logs(
        self,
        source: Option<&str>,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<VerifyReport> {
        if let Some(name) = source {
            self.0.logs.source(name)?;
        }
        let report = tokio::task::block_in_place(|| match source {
            None => self.0.logs.verify(None, progress),
            Some(name) => {
                let mut all = VerifyReport::default();
                let segments = self.0.logs.segments();
                for segment in segments.iter().filter(|segment| segment.id().source() == name) {
                    let one = self.0.logs.verify(Some(segment.id()), progress)?;
                    all.segments += one.segments;
                    all.good_frames += one.good_frames;
                    all.good_bytes += one.good_bytes;
                    all.problems.extend(one.problems);
                }
                Ok(all)
            }
        })?;
        self.record("log.verified", source.unwrap_or_default()).await?;
        Ok(report)
    }

    /// Looks in this node's own logs. Recorded before it runs: whoever stops it has looked all the same.
    pub async fn hunt(
        self,
        hunt: &Hunt,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<HuntResult> {
        let sources = match &hunt.sources {
            Some(names) => names.join(", "),
            None => "every source".to_owned(),
        };
        let subject = format!("{} indicators in {sources}", hunt.patterns.len());
        self.record("log.hunted", &subject).await?;
        tokio::task::block_in_place(|| self.0.logs.hunt(hunt, progress)).map_err(ServiceError::from)
    }

    /// Who held what, by this node's own assignment logs. Recorded before it runs: whoever stops it has looked all the
    /// same.
    pub async fn holders(
        self,
        questions: &Questions,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Answers> {
        let sources = match &questions.sources {
            Some(names) => names.join(", "),
            None => "every source".to_owned(),
        };
        let subject = format!("{} sightings in {sources}", questions.questions.len());
        self.record("log.holders-asked", &subject).await?;
        tokio::task::block_in_place(|| self.0.logs.holders(questions, progress)).map_err(ServiceError::from)
    }
}
