//! Postings of segments that lack them: made again from the frames, and put in their place at once.

use std::ops::ControlFlow;

use super::{Gatherer, POSTINGS, Target, write};
use crate::error::{Error, Result};
use crate::hunt::Progress;
use crate::lines::LineSurvey;
use crate::manifest::{Segment, SegmentId};
use crate::store::LogStore;
use crate::verify::Problem;

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BuildReport {
    /// Segments that have postings now and had none, or damaged ones.
    pub built: Vec<SegmentId>,
    /// Segments whose frames are damaged: without postings they are searched as far as they can be read.
    pub problems: Vec<Problem>,
}

impl LogStore {
    /// Makes the postings of one segment, or of all, where they are missing or damaged.
    ///
    /// # Errors
    /// [`Error::NoSuchSegment`]; [`Error::Destroyed`] where the one that is named is, also meanwhile; [`Error::Cancelled`],
    /// [`Error::MustReopen`], those of the file system. Damage is no error: it is in the report.
    pub fn build_postings(
        &self,
        which: Option<&SegmentId>,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<BuildReport> {
        let mut segments = match which {
            Some(id) => vec![self.segment(id)?],
            None => self.segments(),
        };
        let mut kept = Vec::new();
        for segment in segments.drain(..) {
            let whole = match self.postings(&segment) {
                Ok(Ok(postings)) => postings.is_whole()?,
                Ok(Err(_)) => false,
                // Destroyed since they were listed: there is nothing to build.
                Err(Error::Destroyed { .. }) if which.is_none() => continue,
                Err(error) => return Err(error),
            };
            if !whole {
                kept.push(segment);
            }
        }
        let mut report = BuildReport::default();
        let mut state = Progress::start(&kept);
        for segment in &kept {
            match self.build_one(segment, &mut state, progress) {
                Ok(()) => report.built.push(segment.id().clone()),
                Err(Error::Damaged { segment, frame, what }) => {
                    report.problems.push(Problem { segment, frame, what });
                }
                Err(Error::Destroyed { .. }) if which.is_none() => {}
                Err(error) => return Err(error),
            }
            state.segments_done += 1;
            state.report(progress)?;
        }
        Ok(report)
    }

    fn build_one(
        &self,
        segment: &Segment,
        state: &mut Progress,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<()> {
        let room = self.room_of("postings", segment.id());
        let folder = room.path();
        self.disk
            .create_dir(folder)
            .map_err(Error::file("create", folder))?;
        let made = self.build_in(folder, segment, state, progress);
        made.map_err(|error| self.explain(segment.id(), error))
    }

    fn build_in(
        &self,
        folder: &std::path::Path,
        segment: &Segment,
        state: &mut Progress,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<()> {
        let manifest = &segment.manifest;
        let mut reader = self.frames(segment)?;
        let mut survey = LineSurvey::new(manifest.log_format, self.limits.line_bytes);
        let room = folder.join("runs");
        let mut gatherer = Gatherer::new(manifest.log_format, &self.limits, &self.disk, room);
        for number in 0..reader.index().len() {
            let raw = reader.read(number)?;
            survey.piece(u32::try_from(number).unwrap_or(u32::MAX), raw, &mut gatherer)?;
            state.scanned_bytes += raw.len() as u64;
            state.report(progress)?;
        }
        survey.finish(&mut gatherer)?;
        let temporary = folder.join(POSTINGS);
        let file = self
            .disk
            .create_file(&temporary)
            .map_err(Error::file("create", &temporary))?;
        let frames = &manifest.frames;
        write(
            &mut gatherer,
            manifest.log.sha256,
            frames.count,
            frames.index_sha256,
            Target::File(file),
        )?;
        // Under the lock: what was destroyed meanwhile gets no file any more.
        let mut held = self.state();
        held.writable()?;
        held.segment(segment.id())?;
        // What was made of those before must not answer for these.
        self.forget_postings(&mut held, segment.id())?;
        // A rename that fails may have taken effect: what is there is whole either way, and checked when it is used.
        let place = self.layout.segment(segment.id());
        let path = place.join(POSTINGS);
        self.disk
            .rename(&temporary, &path)
            .map_err(Error::file("rename to", &path))?;
        self.layout.sync(&self.disk, &place)
    }
}
