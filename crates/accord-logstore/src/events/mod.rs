//! Windows event logs: what they hold is searched in a second segment, of the events rendered to lines of JSON.
//!
//! The file is kept as any other log, byte for byte, in a segment whose format is `evtx`. It has no lines: nothing of it
//! is searched. From it a segment of lines is made ([`LogStore::render_events`]), whose manifest names the original, what
//! rendered it, and what could not be read. Each line names the place of its record in the original, so that both can be
//! given out together ([`LogStore::original_event`]), and [`LogStore::verify`] makes the lines again and compares them.
//!
//! `docs/spec/log-events.md` is the form of the lines.

mod check;
mod original;
mod render;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use accord_evtx::EventCounts;
use accord_formats::logs::LogFormat;
use serde::{Deserialize, Serialize};

use crate::digest::Hex;
use crate::manifest::{Segment, SegmentId};
use crate::store::LogStore;

pub(crate) use check::Rendered;
pub use original::OriginalEvent;
pub(crate) use render::BeingRendered;

/// How many segments are named in a sentence.
const MAX_NAMED: usize = 5;

/// Of which event log the lines of a segment are, and what made them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rendering {
    /// The segment that holds the file.
    pub segment: SegmentId,
    /// SHA-256 of the file.
    pub log_sha256: Hex<32>,
    /// SHA-256 of that segment's manifest.
    pub manifest_sha256: Hex<32>,
    /// What made the lines, with its version. The same makes the same lines of the same file.
    pub by: String,
    /// When, milliseconds since the epoch, UTC, by the node's clock.
    pub at_ms: i64,
    /// What was read of the file, and what was not.
    pub read: EventCounts,
}

/// The Windows event logs among what was searched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventLogs {
    /// Those passed over, because their events are searched in the segments rendered from them.
    pub passed_over: u64,
    /// Those without such a segment: none of their events was searched.
    pub not_rendered: Vec<SegmentId>,
    /// Records, chunks and ends of files that could not be read when they were rendered, so that they were not searched,
    /// whatever time they are of.
    pub unread: u64,
    /// The rendered segments that lack them: their manifests say more.
    pub unread_in: Vec<SegmentId>,
}

impl EventLogs {
    /// Whether each event of them was searched.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.not_rendered.is_empty() && self.unread == 0
    }

    /// What was not searched, in words.
    #[must_use]
    pub fn gaps(&self) -> Vec<String> {
        let whole = self.not_rendered.iter().map(|segment| {
            format!(
                "{segment} is a Windows event log whose events were not rendered: none of them was searched"
            )
        });
        let parts = (self.unread > 0).then(|| {
            let named: Vec<String> = self
                .unread_in
                .iter()
                .take(MAX_NAMED)
                .map(ToString::to_string)
                .collect();
            let more = if self.unread_in.len() > MAX_NAMED {
                " and others"
            } else {
                ""
            };
            format!(
                "{} parts of Windows event logs could not be read and were not searched ({}{more})",
                self.unread,
                named.join(", ")
            )
        });
        whole.chain(parts).collect()
    }
}

impl LogStore {
    /// The segment that was rendered from an event log.
    #[must_use]
    pub fn rendering_of(&self, original: &SegmentId) -> Option<Arc<Segment>> {
        let state = self.state();
        let rendered = |segment: &&Arc<Segment>| {
            let rendered = segment.manifest.rendered.as_ref();
            rendered.is_some_and(|rendering| rendering.segment == *original)
        };
        state.segments.values().find(rendered).cloned()
    }

    /// The event logs from which no segment was rendered: it failed, or the node stopped before.
    #[must_use]
    pub fn not_rendered(&self) -> Vec<SegmentId> {
        let segments = self.segments();
        let rendered = rendered(&segments);
        let missing = segments
            .iter()
            .filter(|segment| is_event_log(segment) && !rendered.contains(segment.id()));
        missing.map(|segment| segment.id().clone()).collect()
    }

    /// Takes the event logs out that are searched in another segment, and tells what is not searched of the event logs of
    /// these sources.
    pub(crate) fn event_logs(&self, sources: Option<&[String]>, chosen: &mut Vec<Arc<Segment>>) -> EventLogs {
        let mut told = EventLogs::default();
        let mut all = self.segments();
        all.retain(|segment| {
            sources.is_none_or(|names| names.iter().any(|name| name == segment.id().source()))
        });
        let rendered = rendered(&all);
        for segment in &all {
            if is_event_log(segment) && !rendered.contains(segment.id()) {
                told.not_rendered.push(segment.id().clone());
            }
            let Some(rendering) = &segment.manifest.rendered else {
                continue;
            };
            let unread = rendering.read.unread + rendering.read.missing_chunks;
            if unread > 0 {
                told.unread += unread;
                told.unread_in.push(segment.id().clone());
            }
        }
        chosen.retain(|segment| {
            let elsewhere = is_event_log(segment) && rendered.contains(segment.id());
            told.passed_over += u64::from(elsewhere);
            !elsewhere
        });
        told
    }
}

/// Which event log and which rendering belong together.
pub(crate) struct Pairs<'s> {
    segments: &'s BTreeMap<SegmentId, Arc<Segment>>,
    renderings: BTreeMap<&'s SegmentId, &'s Segment>,
}

impl<'s> Pairs<'s> {
    pub(crate) fn of(segments: &'s BTreeMap<SegmentId, Arc<Segment>>) -> Self {
        let renderings = segments.values().filter_map(|segment| {
            let rendering = segment.manifest.rendered.as_ref()?;
            Some((&rendering.segment, segment.as_ref()))
        });
        Self {
            segments,
            renderings: renderings.collect(),
        }
    }

    /// The rendering of an event log, or the event log of a rendering, where it is here.
    pub(crate) fn other(&self, segment: &Segment) -> Option<&'s Segment> {
        match &segment.manifest.rendered {
            Some(rendering) => self.segments.get(&rendering.segment).map(AsRef::as_ref),
            None => self.renderings.get(segment.id()).copied(),
        }
    }
}

fn is_event_log(segment: &Segment) -> bool {
    segment.manifest.log_format == LogFormat::Evtx
}

/// The event logs that segments were rendered from. A segment and what is rendered from it have the same source.
fn rendered(segments: &[Arc<Segment>]) -> BTreeSet<SegmentId> {
    let rendered = segments
        .iter()
        .filter_map(|segment| segment.manifest.rendered.as_ref());
    rendered.map(|rendering| rendering.segment.clone()).collect()
}
