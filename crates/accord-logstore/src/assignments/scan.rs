//! One pass over a segment: frames to whole lines or records, and of these the ones that can matter.

use std::ops::ControlFlow;

use accord_formats::logs::LogFormat;
use memchr::{memchr, memchr_iter, memrchr};

use super::coverage::Survey;
use super::event::Place;
use super::needles::Needles;
use super::radius;
use super::read::{Read, Reading};
use crate::error::{Error, Result};
use crate::hunt::{HuntDamage, OverlongLine, Progress};
use crate::manifest::Segment;
use crate::store::LogStore;

/// UTF-16 is told by its NULs in the first bytes of a block; its lines are all parsed.
const WIDE_BYTES: usize = 4096;
/// How many overlong lines are listed; all are counted.
const MAX_OVERLONG_LISTED: usize = 1000;

/// What could not be read.
#[derive(Debug, Default)]
pub(super) struct Unread {
    pub(super) damage: Vec<HuntDamage>,
    pub(super) overlong_lines: u64,
    pub(super) overlong: Vec<OverlongLine>,
}

/// A pass over one segment.
pub(super) struct Scan<'a> {
    pub(super) store: &'a LogStore,
    pub(super) segment: &'a Segment,
    /// Which of the segments that are read.
    pub(super) number: u32,
    pub(super) reading: Reading,
    pub(super) needles: &'a Needles,
    pub(super) record_bytes: usize,
    /// Where the first pass notes what the source covers.
    pub(super) survey: Option<&'a mut Survey>,
    pub(super) unread: &'a mut Unread,
    pub(super) take: &'a mut dyn FnMut(Read),
}

/// The bytes that are not read yet, from the start of a line on.
#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    /// The number and the first byte of the line that they start with.
    line: u64,
    offset: u64,
    /// So many bytes before them belong to a line that is over the limit.
    overlong: u64,
    /// They may begin in the middle of something whose start is lost.
    head: Head,
}

/// What the first pending byte is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Head {
    /// The start of a line, and of a record where such are read.
    #[default]
    Whole,
    /// The start of a line; perhaps inside a record.
    Line,
    /// Inside a line.
    Lost,
}

impl Scan<'_> {
    pub(super) fn run(
        mut self,
        state: &mut Progress,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<u64> {
        let mut reader = match self.store.frames(self.segment) {
            Ok(reader) => reader,
            Err(error) => {
                let length = self.segment.manifest.log.length;
                state.scanned_bytes += length;
                self.damage(error, 0, length)?;
                state.report(progress)?;
                return Ok(0);
            }
        };
        let mut pending = Pending {
            line: 1,
            ..Pending::default()
        };
        let mut read_bytes = 0;
        for number in 0..reader.index().len() {
            let Some(frame) = reader.index().get(number).copied() else {
                break;
            };
            match reader.read(number) {
                Ok(raw) => {
                    read_bytes += raw.len() as u64;
                    pending.bytes.extend_from_slice(raw);
                    self.pending(&mut pending);
                }
                Err(error @ Error::Destroyed { .. }) => {
                    // What was read before stays in the answer; there is nothing more to read.
                    let first = pending.offset.saturating_sub(pending.overlong);
                    let length = self.segment.manifest.log.length;
                    self.damage(error, first, length.saturating_sub(first))?;
                    state.scanned_bytes += length.saturating_sub(frame.raw_offset);
                    state.report(progress)?;
                    return Ok(read_bytes);
                }
                Err(error) => {
                    let first = pending.offset.saturating_sub(pending.overlong);
                    self.damage(error, first, frame.raw_end().saturating_sub(first))?;
                    // What follows is read from the next line on; a record must begin anew.
                    let next = reader.index().get(number + 1);
                    let starts = next.is_some_and(|next| next.starts_line());
                    pending = Pending {
                        line: next.map_or(1, |next| next.line),
                        offset: frame.raw_end(),
                        head: if starts { Head::Line } else { Head::Lost },
                        ..Pending::default()
                    };
                }
            }
            state.scanned_bytes += frame.raw_length;
            state.report(progress)?;
        }
        self.finish(&mut pending);
        Ok(read_bytes)
    }

    fn damage(&mut self, error: Error, raw_offset: u64, raw_length: u64) -> Result<()> {
        self.unread
            .damage
            .push(HuntDamage::of(error, raw_offset, raw_length)?);
        Ok(())
    }

    fn is_records(&self) -> bool {
        self.reading.format() == LogFormat::Radius
    }

    /// The longest line or record that is read.
    fn limit(&self) -> usize {
        let lines = self.store.limits.line_bytes;
        if self.is_records() {
            lines.min(self.record_bytes)
        } else {
            lines
        }
    }

    /// Reads what is whole.
    fn pending(&mut self, pending: &mut Pending) {
        if pending.head != Head::Whole {
            let Some(at) = self.first_start(&pending.bytes, pending.head) else {
                skip(pending, last_line(&pending.bytes));
                return;
            };
            skip(pending, at);
            pending.head = Head::Whole;
        }
        if pending.overlong > 0 {
            let Some(end) = memchr(b'\n', &pending.bytes) else {
                pending.overlong += pending.bytes.len() as u64;
                pending.offset += pending.bytes.len() as u64;
                pending.bytes.clear();
                return;
            };
            self.end_overlong(pending, end + 1);
        }
        let whole = self.whole(&pending.bytes);
        if whole > 0 {
            self.block(
                pending.bytes.get(..whole).unwrap_or_default(),
                pending.line,
                pending.offset,
            );
            skip(pending, whole);
        }
        if pending.bytes.len() > self.limit() {
            let ends = last_line(&pending.bytes);
            if ends > 0 {
                // A record without end: its lines so far are passed over.
                self.overlong(pending.line, pending.offset, ends as u64);
                skip(pending, ends);
                pending.head = Head::Line;
            } else {
                pending.overlong = pending.bytes.len() as u64;
                pending.offset += pending.overlong;
                pending.bytes.clear();
            }
        }
    }

    /// After the last frame: what is left is whole.
    fn finish(&mut self, pending: &mut Pending) {
        if pending.head == Head::Lost || (pending.head == Head::Line && self.is_records()) {
            return;
        }
        if pending.overlong > 0 {
            self.end_overlong(pending, pending.bytes.len());
        }
        self.block(&pending.bytes, pending.line, pending.offset);
    }

    fn end_overlong(&mut self, pending: &mut Pending, tail: usize) {
        let start = pending.offset.saturating_sub(pending.overlong);
        self.overlong(pending.line, start, pending.overlong + tail as u64);
        skip(pending, tail);
        pending.overlong = 0;
    }

    fn overlong(&mut self, line: u64, offset: u64, length: u64) {
        self.unread.overlong_lines += 1;
        if self.unread.overlong.len() < MAX_OVERLONG_LISTED {
            self.unread.overlong.push(OverlongLine {
                segment: self.segment.id().clone(),
                line,
                offset,
                length,
            });
        }
    }

    /// How many bytes are whole lines, or whole records.
    fn whole(&self, bytes: &[u8]) -> usize {
        let lines = last_line(bytes);
        if !self.is_records() {
            return lines;
        }
        // Up to the last line that begins a record.
        let mut end = lines;
        while end > 0 {
            let start = start_of_line(bytes, end - 1);
            if bytes.get(start..).is_some_and(radius::begins) {
                return start;
            }
            end = start;
        }
        0
    }

    /// Where, in bytes that may begin inside a line, the first line or record starts.
    fn first_start(&self, bytes: &[u8], head: Head) -> Option<usize> {
        let begins = |at: usize| {
            let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
            (!self.is_records() || radius::begins(rest)).then_some(at)
        };
        let here = (head == Head::Line).then(|| begins(0)).flatten();
        here.or_else(|| memchr_iter(b'\n', bytes).find_map(|at| begins(at + 1)))
    }

    /// Whole lines or records.
    fn block(&mut self, block: &[u8], line: u64, offset: u64) {
        if block.is_empty() {
            return;
        }
        if let Some(survey) = &mut self.survey {
            survey.block(block, &mut self.reading);
        }
        let wide = memchr(0, block.get(..WIDE_BYTES).unwrap_or(block)).is_some();
        let (mut from, mut counted, mut line) = (0, 0, line);
        while from < block.len() {
            let hit = if wide {
                Some(from)
            } else {
                self.needles.next(block, from)
            };
            let Some(hit) = hit else { break };
            let (start, end) = self.unit(block, hit, from);
            line += memchr_iter(b'\n', block.get(counted..start).unwrap_or_default()).count() as u64;
            counted = start;
            let unit = block.get(start..end).unwrap_or_default();
            if unit.len() > self.limit() {
                self.overlong(line, offset + start as u64, unit.len() as u64);
            } else {
                let place = Place {
                    segment: self.number,
                    offset: offset + start as u64,
                    line,
                    length: u32::try_from(unit.len()).unwrap_or(u32::MAX),
                };
                (self.take)(self.reading.unit(unit, place));
            }
            from = end.max(hit + 1);
        }
    }

    /// The line or record that holds a byte; it starts at `from` at the earliest.
    fn unit(&self, block: &[u8], at: usize, from: usize) -> (usize, usize) {
        let end_of_line = |at: usize| {
            let rest = block.get(at..).unwrap_or_default();
            memchr(b'\n', rest).map_or(block.len(), |end| at + end + 1)
        };
        let (mut start, mut end) = (start_of_line(block, at).max(from), end_of_line(at));
        if !self.is_records() {
            return (start, end);
        }
        while start > from && !block.get(start..).is_some_and(radius::begins) {
            start = start_of_line(block, start - 1).max(from);
        }
        while end < block.len() && !block.get(end..).is_some_and(radius::begins) {
            end = end_of_line(end);
        }
        (start, end)
    }
}

/// Moves behind bytes that are done.
fn skip(pending: &mut Pending, bytes: usize) {
    let gone = pending.bytes.get(..bytes).unwrap_or_default();
    pending.line += memchr_iter(b'\n', gone).count() as u64;
    pending.offset += gone.len() as u64;
    pending.bytes.drain(..bytes.min(pending.bytes.len()));
}

/// The end of the last whole line.
fn last_line(bytes: &[u8]) -> usize {
    memrchr(b'\n', bytes).map_or(0, |at| at + 1)
}

/// Where the line starts that holds this byte.
fn start_of_line(bytes: &[u8], at: usize) -> usize {
    bytes
        .get(..at)
        .and_then(|before| memrchr(b'\n', before))
        .map_or(0, |end| end + 1)
}
