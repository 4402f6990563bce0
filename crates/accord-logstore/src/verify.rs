//! Verification: every byte of a segment read and compared with its manifest.

use std::ops::ControlFlow;
use std::sync::Arc;

use serde::Serialize;

use crate::digest::Digester;
use crate::error::{Error, Result};
use crate::events::Rendered;
use crate::hunt::Progress;
use crate::keeping::KeepingReport;
use crate::lines::LineSurvey;
use crate::manifest::{Segment, SegmentId};
use crate::matches::{MatchesAgain, MatchesFound};
use crate::postings::{Absent, Gatherer, Postings, Target, write};
use crate::store::LogStore;

/// One thing that is not as it was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The segment.
    pub segment: SegmentId,
    /// The frame, from 0, where the problem lies in one.
    pub frame: Option<u64>,
    /// What is wrong.
    pub what: String,
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct VerifyReport {
    /// Segments looked at.
    pub segments: u64,
    /// Frames that were as stored.
    pub good_frames: u64,
    /// Bytes of log that were as stored.
    pub good_bytes: u64,
    /// What was not; empty for a clean store.
    pub problems: Vec<Problem>,
    /// Of the whole store: that what was destroyed is gone. Empty where one segment was verified.
    pub keeping: KeepingReport,
    /// Segments rendered from an event log that were rendered again, and are the same.
    #[serde(skip_serializing_if = "is_none")]
    pub rendered_again: u64,
    /// Segments rendered by another version of the program, which alone can do it again.
    #[serde(skip_serializing_if = "is_none")]
    pub rendered_by_another: u64,
    /// Where a watchlist is in force: segments that were not matched against any, which is no damage.
    #[serde(skip_serializing_if = "is_none")]
    pub without_matches: u64,
}

const fn is_none(count: &u64) -> bool {
    *count == 0
}

impl LogStore {
    /// Verifies one segment, or all: the index, each frame, the digests of the whole log, and what the manifest says
    /// of its lines; of postings, that they are what the frames make, of matches too where the watchlist that made them is in force, and else of these and of columns their digest; of a segment rendered from
    /// an event log, that the log still makes it. Of the whole store also
    /// the chain of decisions, that nothing of what was destroyed is left in it, and that catalogues are what postings make. It does not detect a manifest that was
    /// rewritten together with its frames: that is found by comparing [`Segment::manifest_sha256`] with the custody entry of
    /// the import. A segment that is destroyed meanwhile is left out.
    ///
    /// # Errors
    /// [`Error::NoSuchSegment`], [`Error::Destroyed`] of the one that is named; [`Error::Cancelled`], those of the file system.
    /// Damage is no error: it is in the report.
    pub fn verify(
        &self,
        which: Option<&SegmentId>,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<VerifyReport> {
        let segments = match which {
            Some(id) => vec![self.segment(id)?],
            None => self.segments(),
        };
        let mut report = VerifyReport::default();
        let mut state = Progress::start(&segments);
        for segment in &segments {
            let before = report.problems.len();
            let verified = self.verify_one(segment, &mut report, &mut state, progress);
            let verified = verified.map_err(|error| match error {
                Error::Cancelled => error,
                error => self.explain(segment.id(), error),
            });
            let mut is_here = true;
            match verified {
                Ok(()) => report.segments += 1,
                // Nothing of it can be said any more.
                Err(Error::Destroyed { .. }) if which.is_none() => {
                    report.problems.truncate(before);
                    is_here = false;
                }
                Err(error) => return Err(error),
            }
            if let Some(rendering) = segment.manifest.rendered.as_ref().filter(|_| is_here) {
                match self.render_again(segment, rendering)? {
                    Rendered::Same => report.rendered_again += 1,
                    Rendered::ByAnother => report.rendered_by_another += 1,
                    Rendered::Problem(what) => report.problem(segment, None, &what),
                }
            }
            state.segments_done += 1;
            state.report(progress)?;
        }
        if which.is_none() {
            report.keeping = self.verify_keeping()?;
            let catalogues = self.check_catalogues(state, progress)?;
            report.keeping.problems.extend(catalogues);
        }
        Ok(report)
    }

    fn verify_one(
        &self,
        segment: &Arc<Segment>,
        report: &mut VerifyReport,
        state: &mut Progress,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<()> {
        self.verify_frames(segment, report, state, progress)?;
        match self.check_columns(segment) {
            Err(error @ Error::Columns { .. }) => report.problem(segment, None, &error.to_string()),
            other => other?,
        }
        // Files that were opened before are read on without an error.
        self.still_here(segment.id())
    }

    fn verify_frames(
        &self,
        segment: &Arc<Segment>,
        report: &mut VerifyReport,
        state: &mut Progress,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<()> {
        let manifest = &segment.manifest;
        let mut reader = match self.frames(segment) {
            Ok(reader) => reader,
            Err(error) => return report.take(error),
        };
        let mut digester = Digester::like(&manifest.log);
        let mut survey = LineSurvey::new(manifest.log_format, self.limits.line_bytes);
        let postings = report.postings(segment, self.postings(segment)?)?;
        let watched = self.watched();
        let read = self.matches(segment.id());
        let found = MatchesFound::of(segment, read, watched.as_deref(), &self.limits);
        let mut matches = report.matches(segment, found)?;
        let before = report.problems.len();
        let room = self.room_of("postings", segment.id());
        let runs = room.path().join("runs");
        let mut gatherer = Gatherer::new(manifest.log_format, &self.limits, &self.disk, runs);
        if postings.is_some() {
            // Made now: of what is destroyed meanwhile nothing is written any more.
            self.disk
                .create_dir(room.path())
                .map_err(Error::file("create", room.path()))?;
        }
        for number in 0..reader.index().len() {
            let frame = reader.index().get(number).copied();
            match reader.read(number) {
                Ok(raw) => {
                    report.good_frames += 1;
                    report.good_bytes += raw.len() as u64;
                    digester.update(raw);
                    if let Some(matches) = &mut matches {
                        matches.piece(raw);
                    }
                    let (line, line_offset) = survey.position();
                    let placed =
                        frame.is_some_and(|frame| (frame.line, frame.line_offset) == (line, line_offset));
                    let number = u32::try_from(number).unwrap_or(u32::MAX);
                    if postings.is_some() {
                        survey.piece(number, raw, &mut gatherer)?;
                    } else {
                        survey.piece(number, raw, &mut ())?;
                    }
                    if !placed && report.problems.len() == before {
                        report.problem(
                            segment,
                            frame.map(|frame| frame.frame),
                            "its first line is not the one the index names",
                        );
                    }
                }
                Err(error) => report.take(error)?,
            }
            state.scanned_bytes += frame.map_or(0, |frame| frame.raw_length);
            state.report(progress)?;
        }
        // With a damaged frame the sums differ for that reason alone.
        if report.problems.len() == before {
            if !digester.finish().is_same(&manifest.log) {
                report.problem(segment, None, "the log's digests are not those of the manifest");
            }
            let (lines, time) = survey.finish(&mut gatherer)?;
            if lines.total() != manifest.lines.total() || time != manifest.time {
                report.problem(
                    segment,
                    None,
                    "its lines are not counted or timed as the manifest says",
                );
            }
            if let Some(postings) = postings {
                let (log, frames) = (manifest.log.sha256, &manifest.frames);
                let made = write(
                    &mut gatherer,
                    log,
                    frames.count,
                    frames.index_sha256,
                    Target::Digest,
                )?;
                if made != postings.sha256() {
                    let what = "its postings are not those that its frames make: build them again";
                    report.problem(segment, None, what);
                }
            }
            if matches.is_some_and(|matches| !matches.are_same()) {
                let what =
                    "its matches are not those that its frames and the watchlist make: make them again";
                report.problem(segment, None, what);
            }
        }
        let path = self.layout.segment(segment.id()).join(crate::layout::FRAMES);
        let length = std::fs::metadata(&path)
            .map_err(Error::file("look at", &path))?
            .len();
        if length > manifest.frames.length {
            report.problem(segment, None, "frames.zst goes on after its last frame");
        }
        Ok(())
    }
}

impl VerifyReport {
    /// Whether all is as it was stored.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty() && self.keeping.problems.is_empty()
    }

    /// The postings, where they are there and whole; damage is reported, absence is none.
    fn postings(
        &mut self,
        segment: &Segment,
        postings: std::result::Result<Postings, Absent>,
    ) -> Result<Option<Postings>> {
        match postings {
            Ok(postings) => {
                if postings.is_whole()? {
                    return Ok(Some(postings));
                }
                let what = "its postings are not those that were written: build them again";
                self.problem(segment, None, what);
            }
            Err(Absent::Missing) => {}
            Err(absent) => self.problem(segment, None, &format!("{absent}; build them again")),
        }
        Ok(None)
    }

    /// The matches, where they can be made again; damage is reported, absence is counted.
    fn matches<'w>(
        &mut self,
        segment: &Segment,
        found: Result<MatchesFound<'w>>,
    ) -> Result<Option<Box<MatchesAgain<'w>>>> {
        match found {
            Ok(MatchesFound::Again(again)) => return Ok(Some(again)),
            Ok(MatchesFound::Whole) => {}
            Ok(MatchesFound::Missing) => self.without_matches += 1,
            Err(error @ Error::Matches { .. }) => self.problem(segment, None, &error.to_string()),
            Err(error) => return Err(error),
        }
        Ok(None)
    }

    fn take(&mut self, error: Error) -> Result<()> {
        match error {
            Error::Damaged { segment, frame, what } => {
                self.problems.push(Problem { segment, frame, what });
                Ok(())
            }
            other => Err(other),
        }
    }

    fn problem(&mut self, segment: &Segment, frame: Option<u64>, what: &str) {
        self.problems.push(Problem {
            segment: segment.id().clone(),
            frame,
            what: what.to_owned(),
        });
    }
}
