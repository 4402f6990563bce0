//! What is over: segments whose retention has run out.
//!
//! It counts from the import, by the node's clock, and not from what the lines tell. A right log tells no time after its
//! import, so that the later of the two would differ from it only where a source's clock runs ahead, and keep a segment
//! longer for that, or for ever; and no time in the past makes it shorter. Where the node's own clock cannot have been
//! right at the import (before this program existed, or more than a day after now), nothing is over by itself: a person
//! decides.

use super::state::{Keeping, Retention};
use crate::error::Result;
use crate::events::Pairs;
use crate::limits::EARLIEST_IMPORT_MS;
use crate::manifest::{Segment, SegmentId};
use crate::postings::DAY_MS;
use crate::store::LogStore;

/// A segment whose time is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Over {
    /// The segment.
    pub segment: SegmentId,
    /// Days from its import that it was to be kept.
    pub days: u32,
    /// When they were over, milliseconds since the epoch, UTC.
    pub over_since_ms: i64,
    /// The record that set them.
    pub record: u64,
}

/// A segment whose time is over, and which is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBack {
    /// What is over.
    pub over: Over,
    /// The holds that cover it, by their identifiers.
    pub holds: Vec<String>,
}

/// What is over at one time, each in the order of the segments' names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Due {
    /// To be destroyed.
    pub over: Vec<Over>,
    /// Would be destroyed, were they not held.
    pub held: Vec<HeldBack>,
    /// Of a source with a retention, imported at a time that cannot be right: only a person destroys them.
    pub undated: Vec<SegmentId>,
}

/// How long one segment is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SegmentKeeping {
    /// When its retention is over, milliseconds since the epoch, UTC; absent: nobody set one for its source, or its time of
    /// import cannot be right.
    pub over_ms: Option<i64>,
    /// The holds that cover it, by their identifiers.
    pub holds: Vec<String>,
}

/// Days that segments are kept, and the record that says so.
type Days = (u32, u64);

/// When a segment's retention is over.
enum End {
    /// Nobody set one.
    Never,
    /// The node's clock was wrong at its import.
    Undated,
    At(Over),
}

fn end(segment: &Segment, retention: Option<Days>, now_ms: i64) -> End {
    let Some((days, record)) = retention else {
        return End::Never;
    };
    let imported_at_ms = segment.manifest.imported_at_ms;
    if !(EARLIEST_IMPORT_MS..=now_ms.saturating_add(DAY_MS)).contains(&imported_at_ms) {
        return End::Undated;
    }
    End::At(Over {
        segment: segment.id().clone(),
        days,
        over_since_ms: imported_at_ms.saturating_add(i64::from(days).saturating_mul(DAY_MS)),
        record,
    })
}

fn standing(retention: Option<&Retention>) -> Option<Days> {
    retention.and_then(|retention| Some((retention.days?, retention.record)))
}

impl Keeping {
    /// What is over of a segment; nothing where it is not.
    pub(super) fn over(&self, segment: &Segment, now_ms: i64) -> Option<Over> {
        let retention = standing(self.retention(segment.id().source()));
        match end(segment, retention, now_ms) {
            End::At(over) if over.over_since_ms <= now_ms => Some(over),
            End::At(_) | End::Undated | End::Never => None,
        }
    }
}

impl LogStore {
    /// Which segments are over at this time, and which would be but are held, by what.
    #[must_use]
    pub fn due(&self, now_ms: i64) -> Due {
        self.due_by(now_ms, &|keeping, source| standing(keeping.retention(source)))
    }

    /// What would be due at this time if the segments of a source were kept for so many days: to be shown before it is
    /// decided. The record that it names is 0.
    ///
    /// # Errors
    /// [`crate::Error::NoSuchSource`].
    pub fn due_with(&self, source: &str, days: u32, now_ms: i64) -> Result<Due> {
        self.source(source)?;
        Ok(self.due_by(now_ms, &|_, of| (of == source).then_some((days, 0))))
    }

    fn due_by(&self, now_ms: i64, retention: &dyn Fn(&Keeping, &str) -> Option<Days>) -> Due {
        let state = self.state();
        let pairs = Pairs::of(&state.segments);
        let mut due = Due::default();
        for segment in state.segments.values() {
            match end(segment, retention(&state.keeping, segment.id().source()), now_ms) {
                End::Never => {}
                End::Undated => due.undated.push(segment.id().clone()),
                End::At(over) if over.over_since_ms > now_ms => {}
                End::At(over) => match state.keeping.holding(segment, &pairs) {
                    holds if holds.is_empty() => due.over.push(over),
                    holds => due.held.push(HeldBack { over, holds }),
                },
            }
        }
        due
    }

    /// How long a segment is kept, as of this time.
    ///
    /// # Errors
    /// [`crate::Error::NoSuchSegment`], [`crate::Error::Destroyed`].
    pub fn keeping_of(&self, id: &SegmentId, now_ms: i64) -> Result<SegmentKeeping> {
        let state = self.state();
        let segment = state.segment(id)?;
        let retention = standing(state.keeping.retention(id.source()));
        let over_ms = match end(segment, retention, now_ms) {
            End::At(over) => Some(over.over_since_ms),
            End::Never | End::Undated => None,
        };
        let holds = state.keeping.holding(segment, &Pairs::of(&state.segments));
        Ok(SegmentKeeping { over_ms, holds })
    }
}
