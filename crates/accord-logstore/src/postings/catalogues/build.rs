//! Catalogues made from the postings of their segments.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use super::super::BLOCK_KEYS;
use super::super::file::{Absent, Postings};
use super::super::keys::KeyKind;
use super::super::write::Target;
use super::door::Door;
use super::foot::CatalogueFoot;
use super::merge::Unusable;
use super::plan::Plan;
use super::write::write;
use crate::error::{Error, Result};
use crate::hunt::Progress;
use crate::manifest::{Segment, SegmentId};
use crate::store::LogStore;

/// The file's name while it is made.
pub(super) const MADE: &str = "catalogue.bin";

/// When segments that are in no catalogue are put into one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatalogueTime {
    /// Once so many came that asking each of them takes long ([`crate::CATALOGUE_LEAST`],
    /// [`crate::CATALOGUE_LEAST_BYTES`]): for a job that runs now and then.
    OnceEnough,
    /// Now, however few there are.
    Now,
}

/// A segment that is in no catalogue: every question opens its postings, or reads it whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotCatalogued {
    /// The segment.
    pub segment: SegmentId,
    /// Why.
    pub why: String,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CatalogueReport {
    /// How many catalogues.
    pub made: u64,
    /// Segments that those have.
    pub segments: u64,
    /// Segments that were to be in one and have no postings, or damaged ones.
    pub without: Vec<NotCatalogued>,
}

/// A segment with what its postings are opened by.
pub(super) struct Opened {
    pub(super) segment: Arc<Segment>,
    pub(super) door: Door,
    pub(super) always: bool,
}

impl Opened {
    /// Does something with its postings.
    ///
    /// # Errors
    /// Those of the file system, [`Error::Destroyed`]. Postings that cannot be used are the inner error.
    pub(super) fn with(
        &self,
        store: &LogStore,
        act: &mut dyn FnMut(&mut Postings) -> Result<std::result::Result<(), Absent>>,
    ) -> Result<std::result::Result<(), Absent>> {
        match store.postings_by(&self.segment, self.door.clone())? {
            Ok(mut postings) => act(&mut postings),
            Err(absent) => Ok(Err(absent)),
        }
    }

    pub(super) const fn print_bits(&self) -> u32 {
        self.door.foot.print_bits
    }

    pub(super) const fn has_none(&self, kind: KeyKind) -> bool {
        self.door.foot.part(kind).keys == 0
    }

    pub(super) const fn blocks(&self, kind: KeyKind) -> u64 {
        self.door.foot.part(kind).keys.div_ceil(BLOCK_KEYS as u64)
    }
}

impl LogStore {
    /// Puts segments that are in no catalogue into one, so that a question opens only those that may answer. To be called now and
    /// then, and after segments were destroyed, whose catalogues are gone with them.
    ///
    /// # Errors
    /// [`Error::Cancelled`], [`Error::MustReopen`], those of the file system. Postings that are missing or damaged are no error:
    /// they are in the report. After an error the catalogues that were made stand.
    pub fn make_catalogues(
        &self,
        time: CatalogueTime,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<CatalogueReport> {
        let plans = self.catalogues_to_make(time);
        let mut state = Progress::default();
        for plan in &plans {
            let of_plan = Progress::start(plan);
            state.segments_total += of_plan.segments_total;
            state.total_bytes += of_plan.total_bytes;
        }
        let mut report = CatalogueReport::default();
        for plan in plans {
            let of_plan = Progress::start(&plan);
            self.make_catalogue(plan, &mut report, &mut || state.report(progress))?;
            state.segments_done += of_plan.segments_total;
            state.scanned_bytes += of_plan.total_bytes;
            state.report(progress)?;
        }
        Ok(report)
    }

    /// Makes one, of those of the segments that have postings.
    fn make_catalogue(
        &self,
        mut plan: Plan,
        report: &mut CatalogueReport,
        pause: &mut dyn FnMut() -> Result<()>,
    ) -> Result<()> {
        loop {
            let made = self.state().catalogues.postings_made;
            let opened = self.open_all(&plan, &mut |segment, absent| {
                report.without.push(NotCatalogued {
                    segment: segment.clone(),
                    why: absent.to_string(),
                });
            })?;
            let is_loose = |of: &Opened| self.state().catalogues.holding(of.segment.id()).is_none();
            if opened.len() < 2 || !opened.iter().any(is_loose) {
                return Ok(());
            }
            let ids = opened.iter().map(|of| of.segment.id().clone()).collect();
            let room = self.room_of_all("catalogue", ids);
            let written = self.write_catalogue(room.path(), &opened, pause);
            let placed = written.and_then(|written| match written {
                Ok(foot) => Ok(Ok(self.place_catalogue(room.path(), foot, made)?)),
                Err(unusable) => Ok(Err(unusable)),
            });
            let without = match placed {
                Ok(Ok(is_placed)) => {
                    // Postings that were made anew meanwhile: the next call finds what is left to do.
                    report.made += u64::from(is_placed);
                    report.segments += if is_placed { opened.len() as u64 } else { 0 };
                    return Ok(());
                }
                Ok(Err((place, absent))) => {
                    let segment = opened.get(place).map(|of| of.segment.id().clone());
                    let segment = segment.ok_or(Error::MustReopen)?;
                    report.without.push(NotCatalogued {
                        segment: segment.clone(),
                        why: absent.to_string(),
                    });
                    segment
                }
                // The others are put into one without it. A destruction takes the room away: then its segment is the reason.
                Err(error) => match opened
                    .iter()
                    .find_map(|of| self.still_here(of.segment.id()).err())
                {
                    Some(Error::Destroyed { segment, .. }) => segment,
                    _ => return Err(error),
                },
            };
            plan = opened.into_iter().map(|of| of.segment).collect();
            plan.retain(|segment| *segment.id() != without);
        }
    }

    /// Opens the postings of each; those that cannot be used are told, destroyed ones left out.
    fn open_all(&self, plan: &Plan, without: &mut dyn FnMut(&SegmentId, Absent)) -> Result<Vec<Opened>> {
        let mut opened = Vec::with_capacity(plan.len());
        for segment in plan {
            match self.postings(segment) {
                Ok(Ok(postings)) => opened.push(Opened {
                    segment: Arc::clone(segment),
                    door: postings.door(),
                    always: postings.always_tells(),
                }),
                Ok(Err(absent)) => without(segment.id(), absent),
                Err(Error::Destroyed { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(opened)
    }

    fn write_catalogue(
        &self,
        folder: &Path,
        opened: &[Opened],
        pause: &mut dyn FnMut() -> Result<()>,
    ) -> Result<std::result::Result<CatalogueFoot, Unusable>> {
        self.disk
            .create_dir(folder)
            .map_err(Error::file("create", folder))?;
        let path = folder.join(MADE);
        let file = self
            .disk
            .create_file(&path)
            .map_err(Error::file("create", &path))?;
        write(self, opened, Target::File(file), pause)
    }

    /// What the catalogue of these segments would be now; nothing where one of them has no postings that can be used.
    ///
    /// # Errors
    /// As [`LogStore::make_catalogues`]; [`Error::Destroyed`].
    pub(super) fn catalogue_again(
        &self,
        segments: impl Iterator<Item = SegmentId>,
        pause: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Option<CatalogueFoot>> {
        let mut plan = Plan::new();
        for id in segments {
            plan.push(self.segment(&id)?);
        }
        let opened = self.open_all(&plan, &mut |_, _| {})?;
        if opened.len() < plan.len() {
            return Ok(None);
        }
        Ok(write(self, &opened, Target::Digest, pause)?.ok())
    }
}
