//! Legal holds: what is covered is destroyed by nobody while one stands.

use accord_formats::logs::TimeSpan;
use serde::{Deserialize, Serialize};

use crate::limits::{HOLD_MARGIN_MS, MAX_HOLD_ID_BYTES, MAX_HOLD_SEGMENTS};
use crate::manifest::{LineCounts, Segment, SegmentId};
use crate::source::is_name;

/// Times before 1990 are those of clocks that were never set.
const EARLIEST_TIME_MS: i64 = 631_152_000_000;
/// A line that tells a time further after its import was written under a wrong clock.
const LATEST_AFTER_IMPORT_MS: i64 = 86_400_000;

/// What a hold covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldCover {
    /// These segments, by name: 1 to [`crate::MAX_HOLD_SEGMENTS`].
    Segments(Vec<SegmentId>),
    /// Those of a source, also what it gets while the hold stands.
    Source(SourceCover),
}

/// The segments of a source that a hold covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceCover {
    /// The source.
    pub source: String,
    /// Only those that may hold a line of this time; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<HoldSpan>,
}

/// A time, by the true clock. What is covered is a day more on either side: clocks are wrong by hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldSpan {
    /// From this instant on, milliseconds since the epoch, UTC.
    pub from_ms: i64,
    /// Up to this one, itself excluded.
    pub to_ms: i64,
}

/// A hold that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Its identifier.
    pub hold: String,
    /// What it covers.
    pub cover: HoldCover,
    /// The record that placed it.
    pub record: u64,
    /// When it was placed, milliseconds since the epoch, UTC.
    pub at_ms: i64,
    /// Who placed it.
    pub who: String,
    /// Why: the order or the case.
    pub why: String,
}

/// What a hold asks of a segment, be it here or destroyed.
#[derive(Debug, Clone, Copy)]
pub(super) struct HoldSubject<'a> {
    pub(super) segment: &'a SegmentId,
    pub(super) lines: LineCounts,
    pub(super) time: Option<TimeSpan>,
    pub(super) clock_offset_ms: Option<i64>,
    pub(super) imported_at_ms: i64,
}

impl<'a> HoldSubject<'a> {
    pub(super) const fn of(segment: &'a Segment) -> Self {
        let manifest = &segment.manifest;
        Self {
            segment: segment.id(),
            lines: manifest.lines,
            time: manifest.time,
            clock_offset_ms: manifest.source.clock_offset_ms,
            imported_at_ms: manifest.imported_at_ms,
        }
    }

    /// Whether each of its lines tells a time that can be believed, and none lies in the span.
    fn surely_outside(&self, span: HoldSpan) -> bool {
        let Some(time) = self.time.filter(|_| self.lines.all_with_time()) else {
            return false;
        };
        let latest = self.imported_at_ms.saturating_add(LATEST_AFTER_IMPORT_MS);
        let offset = self.clock_offset_ms.unwrap_or(0);
        let time = TimeSpan {
            first_ms: time.first_ms.saturating_sub(offset),
            last_ms: time.last_ms.saturating_sub(offset),
        };
        let believed = time.first_ms >= EARLIEST_TIME_MS && time.last_ms <= latest;
        let from_ms = span.from_ms.saturating_sub(HOLD_MARGIN_MS);
        believed && !time.overlaps(from_ms, span.to_ms.saturating_add(HOLD_MARGIN_MS))
    }
}

impl HoldCover {
    /// What is wrong with it, in words.
    pub(super) fn check(&self) -> std::result::Result<(), String> {
        match self {
            Self::Segments(segments) if segments.is_empty() => {
                Err("it covers nothing: name segments".to_owned())
            }
            Self::Segments(segments) if segments.len() > MAX_HOLD_SEGMENTS => Err(format!(
                "it names {} segments, at most {MAX_HOLD_SEGMENTS} are taken: place several, or hold the source",
                segments.len()
            )),
            Self::Source(SourceCover { source, .. }) if !is_name(source) => {
                Err("its source is no name of a source".to_owned())
            }
            Self::Source(SourceCover {
                span: Some(HoldSpan { from_ms, to_ms }),
                ..
            }) if from_ms >= to_ms => Err("its time is empty: the end must be after the start".to_owned()),
            Self::Segments(_) | Self::Source(_) => Ok(()),
        }
    }

    pub(super) fn covers(&self, subject: &HoldSubject<'_>) -> bool {
        match self {
            Self::Segments(segments) => segments.contains(subject.segment),
            Self::Source(SourceCover { source, span }) => {
                source == subject.segment.source() && !span.is_some_and(|span| subject.surely_outside(span))
            }
        }
    }
}

/// Whether it can be a hold's identifier: visible ASCII.
pub(super) fn is_hold_id(text: &str) -> bool {
    (1..=MAX_HOLD_ID_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;
    const IMPORT: i64 = 1_700_000_000_000;

    fn cover(span: Option<(i64, i64)>) -> HoldCover {
        HoldCover::Source(SourceCover {
            source: "isp".to_owned(),
            span: span.map(|(from_ms, to_ms)| HoldSpan { from_ms, to_ms }),
        })
    }

    #[test]
    fn what_a_span_covers() {
        let id = SegmentId::new("isp", 1).unwrap();
        let span = Some((IMPORT - 10 * DAY, IMPORT - 5 * DAY));
        let all = LineCounts {
            parsed: 2,
            with_time: 2,
            ..LineCounts::default()
        };
        let one_without = LineCounts { with_time: 1, ..all };
        let at = |first: i64, last: i64| Some((IMPORT + first, IMPORT + last));
        for (what, lines, time, offset, covered) in [
            ("inside", all, at(-8 * DAY, -7 * DAY), None, true),
            ("around", all, at(-20 * DAY, 0), None, true),
            (
                "before, within the margin",
                all,
                at(-12 * DAY, -11 * DAY),
                None,
                true,
            ),
            (
                "before the margin",
                all,
                at(-12 * DAY, -11 * DAY - 1),
                None,
                false,
            ),
            ("after, within the margin", all, at(-4 * DAY - 1, 0), None, true),
            ("after the margin", all, at(-4 * DAY, 0), None, false),
            ("a clock ahead", all, at(-4 * DAY, 0), Some(DAY), true),
            ("a line without a time", one_without, at(-2 * DAY, 0), None, true),
            ("no time at all", all, None, None, true),
            ("a clock that was never set", all, Some((0, IMPORT)), None, true),
            ("only such", all, Some((0, 1)), None, true),
            ("a day after the import", all, at(-2 * DAY, DAY), None, false),
            ("further after it", all, at(-2 * DAY, DAY + 1), None, true),
            (
                "the ends of the numbers",
                all,
                Some((i64::MIN, i64::MAX)),
                Some(-1),
                true,
            ),
        ] {
            let subject = HoldSubject {
                segment: &id,
                lines,
                time: time.map(|(first_ms, last_ms)| TimeSpan { first_ms, last_ms }),
                clock_offset_ms: offset,
                imported_at_ms: IMPORT,
            };
            assert_eq!(cover(span).covers(&subject), covered, "{what}");
            assert!(cover(None).covers(&subject), "{what}");
            assert!(HoldCover::Segments(vec![id.clone()]).covers(&subject), "{what}");
        }
    }

    #[test]
    fn what_can_be_covered() {
        let ids = |count: usize| (1..=count as u64).map(|number| SegmentId::new("isp", number).unwrap());
        for (what, cover, good) in [
            ("one segment", HoldCover::Segments(ids(1).collect()), true),
            (
                "as many as can be",
                HoldCover::Segments(ids(MAX_HOLD_SEGMENTS).collect()),
                true,
            ),
            (
                "one more",
                HoldCover::Segments(ids(MAX_HOLD_SEGMENTS + 1).collect()),
                false,
            ),
            ("none", HoldCover::Segments(Vec::new()), false),
            ("a source", cover(None), true),
            ("a time", cover(Some((1, 2))), true),
            ("an empty time", cover(Some((2, 2))), false),
        ] {
            assert_eq!(cover.check().is_ok(), good, "{what}");
        }
    }

    #[test]
    fn identifiers() {
        for (id, good) in [
            ("a", true),
            ("2026/17-b:1", true),
            ("", false),
            ("a b", false),
            ("ä", false),
            ("a\n", false),
            (&"x".repeat(MAX_HOLD_ID_BYTES), true),
            (&"x".repeat(MAX_HOLD_ID_BYTES + 1), false),
        ] {
            assert_eq!(is_hold_id(id), good, "{id:?}");
        }
    }
}
