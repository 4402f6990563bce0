//! Matches of segments, read, and made again from the frames.

use std::ops::ControlFlow;
use std::path::Path;

use accord_formats::logs::LogFormat;

use super::{MATCHES, MatchWalk, SegmentMatches, WalkedMatches, Watched, file};
use crate::error::{Error, Result};
use crate::hunt::Progress;
use crate::manifest::{Segment, SegmentId};
use crate::postings::BuildReport;
use crate::store::LogStore;
use crate::verify::Problem;

impl LogStore {
    /// What the lines of a segment hit when it was matched; nothing where it was not. Reads one small file.
    ///
    /// # Errors
    /// [`Error::NoSuchSegment`], [`Error::Destroyed`]; [`Error::Matches`] where they are damaged; those of the file system.
    pub fn matches(&self, id: &SegmentId) -> Result<Option<SegmentMatches>> {
        let segment = self.segment(id)?;
        self.matches_of(&segment)
    }

    pub(super) fn matches_of(&self, segment: &Segment) -> Result<Option<SegmentMatches>> {
        let found = file::read(&self.layout.segment(segment.id()), segment);
        match found {
            // The folder is renamed away before it is removed: a file may be missing for that reason.
            Ok(Some(matches)) => Ok(Some(matches)),
            other => {
                self.still_here(segment.id())?;
                other
            }
        }
    }

    /// Matches a segment against a watchlist, from its frames, and keeps that in place of the matches that it has. Hunts and
    /// readers of the frames go on meanwhile.
    ///
    /// # Errors
    /// [`Error::NoSuchSegment`]; [`Error::Destroyed`], also where it is meanwhile; [`Error::NoLines`] of a Windows event log,
    /// whose events are another segment; [`Error::Watchlist`] where the watchlist is damaged; [`Error::Damaged`] where a
    /// frame is, [`Error::Cancelled`], those of the file system. After an error the segment has the matches that it had, or
    /// none.
    pub fn build_matches(
        &self,
        id: &SegmentId,
        watched: &Watched,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<SegmentMatches> {
        let segment = self.segment(id)?;
        let room = self.room_of("matches", id);
        let folder = room.path();
        self.disk
            .create_dir(folder)
            .map_err(Error::file("create", folder))?;
        let log = segment.manifest.log.sha256;
        let placed = self.match_again(&segment, watched, progress).and_then(|walked| {
            walked.write(self, folder, log)?;
            self.place_matches(folder, id).map(|()| walked)
        });
        placed
            .map(|walked| walked.read_back(log))
            .map_err(|error| self.explain(id, error))
    }

    /// Makes the matches of one segment, or of all, where they are missing or damaged. Those of another watchlist stay:
    /// what a new indicator hit in the past is a hunt. A Windows event log has none, and is passed over.
    ///
    /// # Errors
    /// [`Error::NoSuchSegment`]; [`Error::Destroyed`] where the one that is named is, also meanwhile; [`Error::Watchlist`],
    /// [`Error::Cancelled`], those of the file system. Damage of frames is no error: it is in the report.
    pub fn build_missing_matches(
        &self,
        which: Option<&SegmentId>,
        watched: &Watched,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<BuildReport> {
        let segments = match which {
            Some(id) => vec![self.segment(id)?],
            None => self.segments(),
        };
        let mut report = BuildReport::default();
        for segment in segments {
            if has_no_lines(&segment) {
                continue;
            }
            match self.matches_of(&segment) {
                Ok(Some(_)) => continue,
                Ok(None) | Err(Error::Matches { .. }) => {}
                // Destroyed since they were listed: there is nothing to build.
                Err(Error::Destroyed { .. }) if which.is_none() => continue,
                Err(error) => return Err(error),
            }
            match self.build_matches(segment.id(), watched, progress) {
                Ok(_) => report.built.push(segment.id().clone()),
                Err(Error::Damaged { segment, frame, what }) => {
                    report.problems.push(Problem { segment, frame, what });
                }
                Err(Error::Destroyed { .. }) if which.is_none() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(report)
    }

    fn match_again(
        &self,
        segment: &Segment,
        watched: &Watched,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<WalkedMatches> {
        let manifest = &segment.manifest;
        let mut walk = MatchWalk::start(watched, manifest.log_format, &self.limits)
            .ok_or_else(|| Error::NoLines(segment.id().clone()))?;
        let mut reader = self.frames(segment)?;
        let mut state = Progress {
            segments_total: 1,
            total_bytes: manifest.log.length,
            ..Progress::default()
        };
        for number in 0..reader.index().len() {
            let raw = reader.read(number)?;
            walk.piece(raw);
            state.scanned_bytes += raw.len() as u64;
            state.report(progress)?;
        }
        walk.done().ok_or_else(|| {
            let said = watched.watchlist().check();
            Error::Watchlist(said.err().map_or_else(String::new, |error| error.to_string()))
        })
    }

    /// Moves matches from a folder under `incoming/` to their segment.
    fn place_matches(&self, from: &Path, id: &SegmentId) -> Result<()> {
        // Under the lock: what was destroyed meanwhile gets no file any more.
        let state = self.state();
        state.segment(id)?;
        // A rename that fails may have taken effect: what is there is whole either way, and checked when it is read.
        let place = self.layout.segment(id);
        let path = place.join(MATCHES);
        self.disk
            .rename(&from.join(MATCHES), &path)
            .map_err(Error::file("rename to", &path))?;
        self.layout.sync(&self.disk, &place)
    }
}

/// Whether a segment is a Windows event log: its events are matched as the lines of the segment rendered from it.
pub(super) fn has_no_lines(segment: &Segment) -> bool {
    segment.manifest.log_format == LogFormat::Evtx
}
