//! The search of one segment: postings to frames, frames to whole lines, lines to the scanner, hits to the result.

use std::ops::ControlFlow;

use accord_formats::logs::{Depth, LineReader, TimeSpan, customer};
use accord_matcher::{Hit, LineHits, Scanner};
use memchr::{memchr, memchr_iter, memrchr};

use super::{Hunt, HuntDamage, HuntHit, HuntLine, HuntResult, OverlongLine, Progress, ReadWhole, Taken};
use crate::digest::sha256;
use crate::error::{Error, Result};
use crate::headers::{header_lines, whole_line};
use crate::manifest::{Frame, Segment};
use crate::matching::Compiled;
use crate::postings::{Asked, Overlong, Probes};
use crate::store::LogStore;

/// Whether a span of logged times lies in the hunt's time, by the true clock; nothing where no time is known.
pub(super) fn in_time(segment: &Segment, span: Option<TimeSpan>, hunt: &Hunt) -> Option<bool> {
    let offset = segment.manifest.source.clock_offset_ms.unwrap_or(0);
    let span = span?;
    let span = TimeSpan {
        first_ms: span.first_ms.saturating_sub(offset),
        last_ms: span.last_ms.saturating_sub(offset),
    };
    Some(span.overlaps(hunt.from_ms, hunt.to_ms))
}

/// Where in the log the next byte lies.
#[derive(Debug, Clone, Copy)]
struct Place {
    line: u64,
    offset: u64,
}

/// What stands before the next byte of the log.
enum Before {
    /// A line end: the next byte starts a line.
    LineEnd,
    /// The first part of a line, in `carry`.
    Part,
    /// The first part of a line over the limit; this many bytes of it.
    Overlong(u64),
    /// Damage: the line that the next byte belongs to is not whole.
    Damage,
    /// Frames that were not read: no line that begins in them is looked for.
    Unread,
}

/// Which frames to read: those with lines that may hit, by number.
struct Plan {
    frames: Vec<bool>,
    overlong: u64,
    overlong_listed: Vec<Overlong>,
}

impl Plan {
    fn want(&mut self, frame: u32) {
        let place = usize::try_from(frame)
            .ok()
            .and_then(|frame| self.frames.get_mut(frame));
        if let Some(wanted) = place {
            *wanted = true;
        }
    }

    /// Frames that say how the lines of later ones are to be read are wanted before any of those.
    fn want_headers(&mut self, headers: &[u32]) {
        let Some(last) = self.frames.iter().rposition(|wanted| *wanted) else {
            return;
        };
        for header in headers.iter().take_while(|header| **header as usize <= last) {
            self.want(*header);
        }
    }
}

pub(super) struct Search<'a> {
    store: &'a LogStore,
    hunt: &'a Hunt,
    compiled: &'a Compiled,
    segment: &'a Segment,
    result: &'a mut HuntResult,
    taken: &'a mut Taken,
    lines: LineReader,
    /// Nothing: every frame is read.
    plan: Option<Plan>,
    has_names: bool,
    before: Before,
    carry: Vec<u8>,
    /// Of the line that `before` is about, or the next one.
    place: Place,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        store: &'a LogStore,
        hunt: &'a Hunt,
        compiled: &'a Compiled,
        segment: &'a Segment,
        result: &'a mut HuntResult,
        taken: &'a mut Taken,
    ) -> Self {
        Self {
            store,
            hunt,
            compiled,
            segment,
            result,
            taken,
            lines: LineReader::new(segment.manifest.log_format),
            plan: None,
            has_names: false,
            before: Before::LineEnd,
            carry: Vec::new(),
            place: Place { line: 1, offset: 0 },
        }
    }

    pub(super) fn run(
        &mut self,
        ask: Option<(&Probes, Option<&Asked<'_>>)>,
        scanner: &mut Scanner<'_>,
        state: &mut Progress,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<()> {
        if let Some((probes, asked)) = ask {
            match self.plan(probes, asked) {
                Ok(plan) => self.plan = plan,
                Err(error) => return self.unread(error, 0, state),
            }
        }
        self.overlong_by_plan();
        if self
            .plan
            .as_ref()
            .is_some_and(|plan| !plan.frames.contains(&true))
        {
            let length = self.segment.manifest.log.length;
            self.result.scanned_bytes += length;
            state.scanned_bytes += length;
            return Ok(());
        }
        let mut reader = match self.store.frames(self.segment) {
            Ok(reader) => reader,
            Err(error) => return self.unread(error, 0, state),
        };
        for number in 0..reader.index().len() {
            let Some(frame) = reader.index().get(number).copied() else {
                break;
            };
            let wanted = self.wants(number);
            if !wanted && !self.goes_on(&frame) {
                self.before = Before::Unread;
                self.result.scanned_bytes += frame.raw_length;
                state.scanned_bytes += frame.raw_length;
                continue;
            }
            match reader.read(number) {
                Ok(raw) => {
                    self.result.scanned_bytes += raw.len() as u64;
                    self.result.read_bytes += raw.len() as u64;
                    if wanted {
                        self.frame(&frame, raw, scanner);
                    } else {
                        if self.tail(&frame, raw, scanner).is_some() {
                            self.before = Before::Unread;
                        }
                    }
                }
                Err(error) => {
                    // The line that reaches into the damage is not whole either: its known part is named with it.
                    let first = match self.before {
                        Before::Part | Before::Overlong(_) => self.place.offset,
                        Before::LineEnd | Before::Damage | Before::Unread => frame.raw_offset,
                    };
                    self.carry.clear();
                    if matches!(error, Error::Destroyed { .. }) {
                        // What was read before stays in the answer; there is nothing more to read.
                        state.scanned_bytes = state.scanned_bytes.saturating_sub(frame.raw_offset - first);
                        self.before = Before::LineEnd;
                        return self.unread(error, first, state);
                    }
                    self.before = Before::Damage;
                    self.damage(error, first, frame.raw_end() - first)?;
                }
            }
            state.scanned_bytes += frame.raw_length;
            state.lines_found = self.result.lines.len() as u64 + self.result.lines_over_max;
            state.report(progress)?;
        }
        self.end(scanner);
        Ok(())
    }

    /// Asks the postings which frames to read; nothing where they cannot tell.
    fn plan(&mut self, probes: &Probes, asked: Option<&Asked<'_>>) -> Result<Option<Plan>> {
        let frames = usize::try_from(self.segment.manifest.frames.count).unwrap_or(0);
        if probes.unanswered.is_empty() && asked.is_some_and(Asked::is_nothing) {
            return Ok(Some(Plan {
                frames: vec![false; frames],
                overlong: 0,
                overlong_listed: Vec::new(),
            }));
        }
        let why = match self.store.postings_asked(self.segment, asked)? {
            Err(absent) => absent.to_string(),
            Ok(_) if !probes.unanswered.is_empty() => {
                format!("no postings answer {} of the patterns", probes.unanswered.len())
            }
            Ok(mut postings) => {
                let (overlong, listed) = postings.overlong();
                let mut plan = Plan {
                    frames: vec![false; frames],
                    overlong,
                    overlong_listed: listed.to_vec(),
                };
                let told = probes.ask(&mut postings, asked, &mut |_, found| plan.want(found.frame))?;
                match told {
                    Ok(()) => {
                        postings.crowded().iter().for_each(|frame| plan.want(*frame));
                        plan.want_headers(postings.headers());
                        return Ok(Some(plan));
                    }
                    Err(absent) => absent.to_string(),
                }
            }
        };
        self.result.read_whole.push(ReadWhole {
            segment: self.segment.id().clone(),
            why,
        });
        Ok(None)
    }

    /// Whether the lines that begin in a frame are looked at.
    fn wants(&self, number: usize) -> bool {
        self.plan
            .as_ref()
            .is_none_or(|plan| plan.frames.get(number).copied().unwrap_or(true))
    }

    /// Whether the line before a frame goes on in it, or what is lost of it.
    fn goes_on(&self, frame: &Frame) -> bool {
        match self.before {
            Before::Part | Before::Overlong(_) => true,
            Before::Damage => !frame.starts_line(),
            Before::LineEnd | Before::Unread => false,
        }
    }

    /// Overlong lines as the postings name them: those of frames that are not read too.
    fn overlong_by_plan(&mut self) {
        let Some(plan) = &self.plan else { return };
        for line in &plan.overlong_listed {
            let Overlong { line, offset, length } = *line;
            let segment = self.segment.id().clone();
            self.result.overlong(OverlongLine {
                segment,
                line,
                offset,
                length,
            });
        }
        self.result.overlong_lines += plan.overlong.saturating_sub(plan.overlong_listed.len() as u64);
    }

    /// Nothing is read of a segment from this byte of its log on.
    fn unread(&mut self, error: Error, first: u64, state: &mut Progress) -> Result<()> {
        let length = self.segment.manifest.log.length.saturating_sub(first);
        state.scanned_bytes += length;
        self.damage(error, first, length)
    }

    fn damage(&mut self, error: Error, raw_offset: u64, raw_length: u64) -> Result<()> {
        self.result
            .damage
            .push(HuntDamage::of(error, raw_offset, raw_length)?);
        Ok(())
    }

    fn frame(&mut self, frame: &Frame, raw: &[u8], scanner: &mut Scanner<'_>) {
        let Some(rest) = self.tail(frame, raw, scanner) else {
            return;
        };
        let whole = memrchr(b'\n', rest).map_or(0, |at| at + 1);
        let (block, tail) = rest.split_at_checked(whole).unwrap_or((rest, &[]));
        self.block(block, scanner);
        if !tail.is_empty() {
            self.before = Before::Part;
            self.grow(tail);
        }
    }

    /// Ends the line that began before a frame, if there is one. What comes after it; nothing where it does not end.
    fn tail<'r>(&mut self, frame: &Frame, raw: &'r [u8], scanner: &mut Scanner<'_>) -> Option<&'r [u8]> {
        if matches!(self.before, Before::Damage | Before::Unread) {
            self.place = Place {
                line: frame.line,
                offset: frame.raw_offset,
            };
            if frame.starts_line() {
                self.before = Before::LineEnd;
            } else {
                // The tail of a line whose start was lost, or not wanted.
                let lost = memchr(b'\n', raw).map_or(raw.len(), |at| at + 1);
                if matches!(self.before, Before::Damage) {
                    self.lengthen_damage(lost);
                }
                let (tail, rest) = raw.split_at_checked(lost).unwrap_or((raw, &[]));
                if tail.last() != Some(&b'\n') {
                    return None;
                }
                self.next_line(frame.raw_offset + lost as u64);
                return Some(rest);
            }
        }
        if matches!(self.before, Before::LineEnd) {
            return Some(raw);
        }
        let line_end = memchr(b'\n', raw).map(|at| at + 1);
        let (tail, rest) = raw
            .split_at_checked(line_end.unwrap_or(raw.len()))
            .unwrap_or((raw, &[]));
        self.grow(tail);
        line_end?;
        self.end(scanner);
        Some(rest)
    }

    fn lengthen_damage(&mut self, lost: usize) {
        if let Some(damage) = self.result.damage.last_mut() {
            damage.raw_length += lost as u64;
        }
    }

    /// Adds a part of the current line.
    fn grow(&mut self, part: &[u8]) {
        let length = match self.before {
            Before::Overlong(length) => length,
            _ => self.carry.len() as u64,
        } + part.len() as u64;
        if length > self.store.limits.line_bytes as u64 {
            self.carry = Vec::new();
            self.before = Before::Overlong(length);
        } else {
            self.carry.extend_from_slice(part);
        }
    }

    /// Ends the line that came in parts, if there is one.
    fn end(&mut self, scanner: &mut Scanner<'_>) {
        match self.before {
            Before::LineEnd | Before::Damage | Before::Unread => {}
            Before::Part => {
                let line = std::mem::take(&mut self.carry);
                self.block(&line, scanner);
                self.carry = line;
                self.carry.clear();
            }
            Before::Overlong(length) => {
                let Place { line, offset } = self.place;
                if self.plan.is_none() {
                    self.result.overlong(OverlongLine {
                        segment: self.segment.id().clone(),
                        line,
                        offset,
                        length,
                    });
                }
                self.next_line(offset + length);
            }
        }
        self.before = Before::LineEnd;
    }

    fn next_line(&mut self, offset: u64) {
        self.place = Place {
            line: self.place.line + 1,
            offset,
        };
        self.before = Before::LineEnd;
    }

    /// Scans whole lines that start at `place`, and moves it behind them.
    fn block(&mut self, block: &[u8], scanner: &mut Scanner<'_>) {
        if block.is_empty() {
            return;
        }
        let limit = self.store.limits.line_bytes;
        if block.len() > limit {
            return self.block_with_overlong(block, scanner);
        }
        let mut found: Vec<(usize, usize, Vec<Hit>)> = Vec::new();
        let lines = scanner.block(block, &mut |line: &LineHits<'_>| {
            found.push((line.number, line.offset, line.hits.to_vec()));
        });
        let headers = header_lines(self.segment.manifest.log_format, self.has_names, block);
        self.has_names |= !headers.is_empty();
        let mut headers = headers.into_iter().peekable();
        for (number, offset, hits) in found {
            let line = whole_line(block, offset);
            while let Some(header) = headers.next_if(|header| *header < offset) {
                self.lines.line(whole_line(block, header), Depth::Time);
            }
            let place = Place {
                line: self.place.line + number as u64,
                offset: self.place.offset + offset as u64,
            };
            self.hit(line, place, &hits);
        }
        for header in headers {
            self.lines.line(whole_line(block, header), Depth::Time);
        }
        self.place = Place {
            line: self.place.line + lines as u64,
            offset: self.place.offset + block.len() as u64,
        };
    }

    /// Only where the line limit is set below the size of a frame: line by line.
    fn block_with_overlong(&mut self, block: &[u8], scanner: &mut Scanner<'_>) {
        let mut start = 0;
        let ends = memchr_iter(b'\n', block).map(|at| at + 1).chain([block.len()]);
        for end in ends {
            let line = block.get(start..end).unwrap_or_default();
            start = end;
            if line.len() > self.store.limits.line_bytes {
                self.before = Before::Overlong(line.len() as u64);
                self.end(scanner);
            } else {
                self.block(line, scanner);
            }
        }
    }

    fn hit(&mut self, bytes: &[u8], place: Place, hits: &[Hit]) {
        let manifest = &self.segment.manifest;
        if LineReader::is_header(manifest.log_format, bytes) {
            return;
        }
        let facts = self.lines.line(bytes, Depth::Full);
        match in_time(self.segment, facts.time.span(), self.hunt) {
            Some(false) => {
                self.result.lines_outside_time += 1;
                return;
            }
            Some(true) => {}
            // It may have been written in time, and nothing says that it was not.
            None => self.result.lines_time_unknown += 1,
        }
        if self.taken.lines_left == 0 || self.taken.bytes_left < bytes.len() {
            // Once one is left out all later ones are: the result is a prefix, not a selection by size.
            self.taken.lines_left = 0;
            self.result.lines_over_max += 1;
            return;
        }
        self.taken.lines_left -= 1;
        self.taken.bytes_left -= bytes.len();
        let hits = hits.iter().map(|hit| {
            let (label, indicator) = self.compiled.indicator(hit.indicator);
            HuntHit {
                label,
                indicator: indicator.to_owned(),
                value: hit.value.clone(),
                kind: hit.kind,
                how: hit.how,
            }
        });
        self.result.lines.push(HuntLine {
            segment: self.segment.id().clone(),
            source: self.segment.id().source().to_owned(),
            segment_sha256: manifest.log.sha256,
            line: place.line,
            offset: place.offset,
            length: bytes.len() as u64,
            sha256: sha256(bytes),
            bytes: bytes.to_vec(),
            time: facts.time,
            customer: customer(&facts.addresses, &manifest.source.customers)
                .map(|address| address.to_string()),
            hits: hits.collect(),
        });
    }
}
