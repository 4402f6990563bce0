//! Every line of chosen segments, in order, for who looks at all of them: Sigma rules (`accord-sigma`).
//!
//! A hunt knows what it looks for and lets postings choose what is read; here every frame is read. What could not be read
//! is told as hunts tell it: damage by its bytes, lines over the limit by their place.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use accord_formats::logs::TimeSpan;
use memchr::{memchr, memchr_iter};

use crate::digest::{Hex, sha256};
use crate::error::{Error, Result};
use crate::events::EventLogs;
use crate::hunt::{HuntDamage, MAX_OVERLONG_LISTED, OverlongLine, Progress};
use crate::manifest::{Frame, Segment, SegmentId};
use crate::store::LogStore;

/// Which segments to walk.
#[derive(Debug, Clone)]
pub struct Walk {
    /// From this instant on, milliseconds since the epoch, UTC.
    pub from_ms: i64,
    /// Up to this instant, itself excluded.
    pub to_ms: i64,
    /// Only these sources; all where absent.
    pub sources: Option<Vec<String>>,
    /// Only these segments of them; all where absent. One that is not there is passed over.
    pub among: Option<BTreeSet<SegmentId>>,
}

impl Walk {
    /// Whether a span of logged times lies in the walk's time, by the true clock of the segment's source.
    #[must_use]
    pub fn is_in_time(&self, segment: &Segment, logged: TimeSpan) -> bool {
        let offset = segment.manifest.source.clock_offset_ms.unwrap_or(0);
        let span = TimeSpan {
            first_ms: logged.first_ms.saturating_sub(offset),
            last_ms: logged.last_ms.saturating_sub(offset),
        };
        span.overlaps(self.from_ms, self.to_ms)
    }
}

/// A line on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WalkedLine<'a> {
    /// Its number in the log, from 1.
    pub line: u64,
    /// Its first byte in the log.
    pub offset: u64,
    /// Its exact bytes, with its line end if it has one; never over the line limit.
    pub bytes: &'a [u8],
}

impl WalkedLine<'_> {
    /// SHA-256 of its bytes.
    #[must_use]
    pub fn sha256(&self) -> Hex<32> {
        sha256(self.bytes)
    }
}

/// Who looks at the lines.
pub trait LineVisitor {
    /// A segment comes next; says whether its lines are wanted. A segment that is not is passed over and counted.
    fn segment(&mut self, segment: &Arc<Segment>) -> bool;

    /// Its next line.
    fn line(&mut self, line: &WalkedLine<'_>);

    /// How many lines it has found so far, for the progress.
    fn found(&self) -> u64;
}

/// What a walk went through, and what it could not read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Walked {
    /// Segments gone through.
    pub segments: u64,
    /// Segments of the chosen sources passed over, because each of their lines tells a time that lies outside.
    pub segments_outside_time: u64,
    /// Segments passed over because the visitor did not want them.
    pub segments_not_wanted: u64,
    /// Bytes of log read.
    pub read_bytes: u64,
    /// Lines over the line limit, which the visitor did not see.
    pub overlong_lines: u64,
    /// The first 1,000 of them.
    pub overlong: Vec<OverlongLine>,
    /// Damaged parts, which the visitor did not see.
    pub damage: Vec<HuntDamage>,
    /// What of Windows event logs the visitor sees elsewhere, and what nowhere.
    pub event_logs: EventLogs,
}

impl Walked {
    /// Whether the visitor saw every line of the segments that it wanted.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.damage.is_empty() && self.overlong_lines == 0 && self.event_logs.is_complete()
    }

    fn overlong(&mut self, line: OverlongLine) {
        self.overlong_lines += 1;
        if self.overlong.len() < MAX_OVERLONG_LISTED {
            self.overlong.push(line);
        }
    }
}

impl LogStore {
    /// Shows every line of the chosen segments, in the order of their names and then of the lines.
    ///
    /// A segment is passed over only when each of its lines tells a time and all of these lie outside. Times of single
    /// lines are the visitor's matter ([`Walk::is_in_time`]).
    ///
    /// # Errors
    /// [`Error::Hunt`] for an empty time, [`Error::NoSuchSource`], [`Error::Cancelled`] when `progress` breaks, those of the
    /// file system. Damage is no error: it is in the result.
    pub fn walk(
        &self,
        walk: &Walk,
        visitor: &mut dyn LineVisitor,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Walked> {
        if walk.from_ms >= walk.to_ms {
            return Err(Error::Hunt(
                "its time is empty: the end must be after the start".to_owned(),
            ));
        }
        let mut walked = Walked::default();
        let mut segments = self.to_walk(walk, &mut walked)?;
        walked.event_logs = self.event_logs(walk.sources.as_deref(), &mut segments);
        let mut state = Progress::start(&segments);
        for segment in &segments {
            if visitor.segment(segment) {
                let passage = Passage {
                    store: self,
                    segment,
                    visitor: &mut *visitor,
                    walked: &mut walked,
                    partial: Vec::new(),
                    before: Before::LineEnd,
                    line: 1,
                    offset: 0,
                };
                passage.run(&mut state, progress)?;
                walked.segments += 1;
            } else {
                state.scanned_bytes += segment.manifest.log.length;
                walked.segments_not_wanted += 1;
            }
            state.segments_done += 1;
            state.report(progress)?;
        }
        Ok(walked)
    }

    fn to_walk(&self, walk: &Walk, walked: &mut Walked) -> Result<Vec<Arc<Segment>>> {
        for name in walk.sources.iter().flatten() {
            self.source(name)?;
        }
        let mut segments = self.segments();
        segments.retain(|segment| {
            walk.sources
                .as_ref()
                .is_none_or(|names| names.iter().any(|name| name == segment.id().source()))
        });
        segments.retain(|segment| {
            let among = walk.among.as_ref();
            among.is_none_or(|among| among.contains(segment.id()))
        });
        segments.retain(|segment| {
            let outside = segment.manifest.lines.all_with_time()
                && segment
                    .manifest
                    .time
                    .is_some_and(|time| !walk.is_in_time(segment, time));
            walked.segments_outside_time += u64::from(outside);
            !outside
        });
        Ok(segments)
    }
}

/// What stands before the next byte of the log.
enum Before {
    /// A line end: the next byte starts a line.
    LineEnd,
    /// The first part of a line, in `partial`.
    Part,
    /// So many bytes of a line over the limit.
    Overlong(u64),
    /// Damage: the line that the next byte belongs to is not whole.
    Damage,
}

/// The way through one segment.
struct Passage<'a> {
    store: &'a LogStore,
    segment: &'a Segment,
    visitor: &'a mut dyn LineVisitor,
    walked: &'a mut Walked,
    partial: Vec<u8>,
    before: Before,
    /// Of the line that `before` is about, or the next one.
    line: u64,
    offset: u64,
}

impl Passage<'_> {
    fn run(
        mut self,
        state: &mut Progress,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<()> {
        let mut reader = match self.store.frames(self.segment) {
            Ok(reader) => reader,
            Err(error) => {
                let length = self.segment.manifest.log.length;
                state.scanned_bytes += length;
                self.walked.damage.push(HuntDamage::of(error, 0, length)?);
                return Ok(());
            }
        };
        for number in 0..reader.index().len() {
            let Some(frame) = reader.index().get(number).copied() else {
                break;
            };
            match reader.read(number) {
                Ok(raw) => {
                    self.walked.read_bytes += raw.len() as u64;
                    self.frame(&frame, raw);
                }
                Err(error) => {
                    // The line that reaches into the damage is not whole either: its known part is named with it.
                    let first = match self.before {
                        Before::Part | Before::Overlong(_) => self.offset,
                        Before::LineEnd | Before::Damage => frame.raw_offset,
                    };
                    self.partial.clear();
                    self.before = Before::Damage;
                    let damage = HuntDamage::of(error, first, frame.raw_end().saturating_sub(first))?;
                    self.walked.damage.push(damage);
                }
            }
            state.scanned_bytes += frame.raw_length;
            state.lines_found = self.visitor.found();
            state.report(progress)?;
        }
        self.end_of_line(&[]);
        Ok(())
    }

    fn frame(&mut self, frame: &Frame, raw: &[u8]) {
        let mut rest = raw;
        if matches!(self.before, Before::Damage) {
            (self.line, self.offset) = (frame.line, frame.raw_offset);
            if !frame.starts_line() {
                // The tail of a line whose start is lost.
                let lost = memchr(b'\n', raw).map_or(raw.len(), |at| at + 1);
                if let Some(damage) = self.walked.damage.last_mut() {
                    damage.raw_length += lost as u64;
                }
                let (tail, after) = raw.split_at_checked(lost).unwrap_or((raw, &[]));
                if tail.last() != Some(&b'\n') {
                    return;
                }
                (self.line, self.offset) = (frame.line + 1, frame.raw_offset + lost as u64);
                rest = after;
            }
            self.before = Before::LineEnd;
        }
        let mut start = 0;
        for end in memchr_iter(b'\n', rest) {
            self.end_of_line(rest.get(start..=end).unwrap_or_default());
            start = end + 1;
        }
        self.grow(rest.get(start..).unwrap_or_default());
    }

    /// Takes a part of a line that does not end in this frame.
    fn grow(&mut self, part: &[u8]) {
        if part.is_empty() {
            return;
        }
        let length = match self.before {
            Before::Overlong(length) => length,
            _ => self.partial.len() as u64,
        } + part.len() as u64;
        if length > self.store.limits.line_bytes as u64 {
            self.partial = Vec::new();
            self.before = Before::Overlong(length);
        } else {
            self.partial.extend_from_slice(part);
            self.before = Before::Part;
        }
    }

    /// Takes the last part of a line: all of it where nothing came before.
    fn end_of_line(&mut self, tail: &[u8]) {
        let limit = self.store.limits.line_bytes as u64;
        let before = match self.before {
            Before::Damage => return,
            Before::LineEnd => 0,
            Before::Part => self.partial.len() as u64,
            Before::Overlong(length) => length,
        };
        let length = before + tail.len() as u64;
        if length == 0 {
            return;
        }
        let (line, offset) = (self.line, self.offset);
        if length > limit {
            self.partial = Vec::new();
            self.walked.overlong(OverlongLine {
                segment: self.segment.id().clone(),
                line,
                offset,
                length,
            });
        } else if before == 0 {
            self.visitor.line(&WalkedLine {
                line,
                offset,
                bytes: tail,
            });
        } else {
            let mut bytes = std::mem::take(&mut self.partial);
            bytes.extend_from_slice(tail);
            self.visitor.line(&WalkedLine {
                line,
                offset,
                bytes: &bytes,
            });
            self.partial = bytes;
            self.partial.clear();
        }
        (self.line, self.offset) = (line + 1, offset + length);
        self.before = Before::LineEnd;
    }
}
