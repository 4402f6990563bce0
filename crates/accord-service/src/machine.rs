//! The operator at the node's own machine, while the node is not running: `accord log`, `accord hunt` and `accord sigma`.
//!
//! Whoever can read the node's folder can read its logs; asking for a session there would protect nothing. What is
//! done is therefore not refused but recorded, in the access log, as done by [`MACHINE_ACTOR`]. Nothing here sends
//! anything to anybody, and no case is read but for what it lists, against which stored logs are matched: log store and access
//! log only.

use std::io::Read;
use std::ops::ControlFlow;

use accord_logstore::{
    Answers, CatalogueTime, Error as LogError, Hunt, HuntCounts, HuntResult, Problem, Progress, Questions,
    VerifyReport,
};
use accord_sigma::{SigmaError, SigmaResult, SigmaRules, SigmaRun};
use serde::Serialize;

use crate::SourceConfig;
use crate::error::{Result, ServiceError};
use crate::logs::{Brought, Destroyed, bring_in, source_views};
use crate::node::Node;
use crate::views::{Imported, NotUnderstood, SourceView};

/// Who did it, in the access log and in the manifest of what was imported.
pub const MACHINE_ACTOR: &str = "operator on this machine";

/// What was made from the stored logs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Indexed {
    /// Stored files looked at.
    pub segments: u64,
    /// Of them, those whose postings were made.
    pub postings: u64,
    /// Of them, those whose columns were made.
    pub columns: u64,
    /// Of them, those whose matches were made: none where nothing is listed.
    pub matches: u64,
    /// Stored files that are in a catalogue now and were in none.
    pub catalogued: u64,
    /// Windows event logs whose events were rendered to a stored file of their own.
    pub rendered: u64,
    /// Damage of stored files.
    pub problems: Vec<Problem>,
}

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

    /// Brings a log in: the exact bytes, with digests. What is there already is no error; what was destroyed here is, unless
    /// it is to be taken again.
    pub async fn import_log(
        self,
        source: &str,
        original_name: &str,
        mut bytes: impl Read,
        destroyed: Destroyed,
    ) -> Result<Imported> {
        let now = i64::try_from(self.0.now_ms()).unwrap_or(i64::MAX);
        let logs = &self.0.logs;
        let (imported, what) = tokio::task::block_in_place(|| {
            let brought = Brought {
                source,
                original_name,
                bytes: &mut bytes,
                now_ms: now,
                by: MACHINE_ACTOR,
                destroyed,
            };
            let brought = bring_in(logs, brought)?;
            self.0.learn_names(&brought.0.segment.id);
            Ok::<_, ServiceError>(brought)
        })?;
        self.record(what, &imported.segment.id).await?;
        let mut imported = imported;
        if tokio::task::block_in_place(|| self.0.render_brought(&mut imported, now, MACHINE_ACTOR))?
            && let Some(events) = &imported.events
        {
            self.record("log.rendered", &events.id).await?;
        }
        Ok(imported)
    }

    /// The sources with their segments.
    pub fn sources(self) -> Vec<SourceView> {
        source_views(self.0)
    }

    /// Examples of the lines of a source that were not understood.
    ///
    /// # Errors
    /// Where there is no such source, or its logs cannot be read.
    pub async fn not_understood(self, source: &str) -> Result<NotUnderstood> {
        let found = self.0.logs.unparsed(source)?;
        self.record("log.not-understood-seen", source).await?;
        Ok(found.into())
    }

    /// Verifies every segment again, or those of one source; and the records of what was decided and destroyed.
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
                let mut all = VerifyReport {
                    keeping: self.0.logs.verify_keeping()?,
                    ..VerifyReport::default()
                };
                let segments = self.0.logs.segments();
                for segment in segments.iter().filter(|segment| segment.id().source() == name) {
                    let one = self.0.logs.verify(Some(segment.id()), progress)?;
                    all.segments += one.segments;
                    all.good_frames += one.good_frames;
                    all.good_bytes += one.good_bytes;
                    all.problems.extend(one.problems);
                    all.rendered_again += one.rendered_again;
                    all.rendered_by_another += one.rendered_by_another;
                }
                Ok(all)
            }
        })?;
        let mut report = report;
        report.keeping.problems.extend(self.0.chain_problem().await?);
        self.record("log.verified", source.unwrap_or_default()).await?;
        Ok(report)
    }

    /// Makes what is derived from the stored logs where it is missing or damaged: the events of Windows event logs, postings,
    /// columns, and matches with what is listed now; and puts into catalogues what is in none.
    pub async fn index_logs(
        self,
        source: Option<&str>,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Indexed> {
        if let Some(name) = source {
            self.0.logs.source(name)?;
        }
        // What was never matched is matched against what is listed now.
        self.0.refresh_verdicts().await?;
        self.0.watch_logs().await?;
        let logs = &self.0.logs;
        let watched = logs.watched();
        let now = i64::try_from(self.0.now_ms()).unwrap_or(i64::MAX);
        let indexed = tokio::task::block_in_place(|| {
            let mut indexed = Indexed::default();
            let missing = logs.not_rendered();
            for id in missing
                .iter()
                .filter(|id| source.is_none_or(|name| id.source() == name))
            {
                match logs.render_events(id, now, MACHINE_ACTOR) {
                    Ok(events) => {
                        indexed.rendered += 1;
                        self.0.learn_names(&events.id().to_string());
                    }
                    // Destroyed meanwhile.
                    Err(LogError::NoSuchSegment(_) | LogError::Destroyed { .. }) => {}
                    Err(LogError::Damaged { segment, frame, what }) => {
                        indexed.problems.push(Problem { segment, frame, what });
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            let segments = logs.segments();
            let chosen = segments
                .iter()
                .filter(|segment| source.is_none_or(|name| segment.id().source() == name));
            for segment in chosen {
                let postings = logs.build_postings(Some(segment.id()), progress)?;
                let columns = logs.build_missing_columns(Some(segment.id()), progress)?;
                indexed.segments += 1;
                indexed.postings += postings.built.len() as u64;
                indexed.columns += columns.built.len() as u64;
                let mut problems = postings.problems;
                problems.extend(columns.problems);
                if let Some(watched) = &watched {
                    let matches = logs.build_missing_matches(Some(segment.id()), watched, progress)?;
                    indexed.matches += matches.built.len() as u64;
                    problems.extend(matches.problems);
                }
                // All read the same frames: what one cannot read is told once.
                for problem in problems {
                    if !indexed.problems.contains(&problem) {
                        indexed.problems.push(problem);
                    }
                }
            }
            let before = logs.catalogued_segments();
            logs.make_catalogues(CatalogueTime::Now, progress)?;
            indexed.catalogued = logs.catalogued_segments().saturating_sub(before) as u64;
            Ok::<_, ServiceError>(indexed)
        })?;
        self.record("log.indexed", source.unwrap_or_default()).await?;
        Ok(indexed)
    }

    /// Counts the lines that a hunt would find, without reading one.
    pub async fn count(
        self,
        hunt: &Hunt,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<HuntCounts> {
        self.record("log.counted", &subject_of(hunt)).await?;
        tokio::task::block_in_place(|| self.0.logs.counts(hunt, progress)).map_err(ServiceError::from)
    }

    /// Looks in this node's own logs. Recorded before it runs: whoever stops it has looked all the same.
    pub async fn hunt(
        self,
        hunt: &Hunt,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<HuntResult> {
        self.record("log.hunted", &subject_of(hunt)).await?;
        tokio::task::block_in_place(|| self.0.logs.hunt(hunt, progress)).map_err(ServiceError::from)
    }

    /// Runs Sigma rules over this node's own logs. Recorded before it runs: whoever stops it has looked all the same.
    pub async fn sigma(
        self,
        rules: &SigmaRules,
        run: &SigmaRun,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<SigmaResult> {
        let subject = format!(
            "{} rules in {}",
            rules.rules().len(),
            sources_in_words(run.sources.as_deref())
        );
        self.record("log.sigma-run", &subject).await?;
        tokio::task::block_in_place(|| accord_sigma::run(&self.0.logs, rules, run, progress)).map_err(
            |error| match error {
                SigmaError::Store(error) => ServiceError::from(error),
                error => ServiceError::invalid("rules", error),
            },
        )
    }

    /// Who held what, by this node's own assignment logs. Recorded before it runs: whoever stops it has looked all the
    /// same.
    pub async fn holders(
        self,
        questions: &Questions,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Answers> {
        let sources = sources_in_words(questions.sources.as_deref());
        let subject = format!("{} sightings in {sources}", questions.questions.len());
        self.record("log.holders-asked", &subject).await?;
        tokio::task::block_in_place(|| self.0.logs.holders(questions, progress)).map_err(ServiceError::from)
    }
}

/// What the access log says that a hunt was for.
fn subject_of(hunt: &Hunt) -> String {
    let sources = sources_in_words(hunt.sources.as_deref());
    format!("{} indicators in {sources}", hunt.patterns.len())
}

fn sources_in_words(sources: Option<&[String]>) -> String {
    sources.map_or_else(|| "every source".to_owned(), |names| names.join(", "))
}
