//! From lines to entries: each line is read once, in order, and counted under its keys.

use std::collections::HashMap;
use std::path::PathBuf;

use accord_formats::logs::{LineReader, LineTime, LogFormat, Outcome};
use accord_matcher::{Key, KeyReader};

use super::runs::Run;
use super::table::{Entry, FrameTable, TableKey};
use super::{Cell, DAY_MS, MAX_FRAME_DAYS, NO_DAY};
use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::hunt::MAX_OVERLONG_LISTED;
use crate::limits::Limits;
use crate::lines::{LineSink, SurveyedLine};

/// Entries of one kind of key: those of the frame at hand, those in memory, and those on the disk.
#[derive(Debug)]
pub(super) struct Gathered<K> {
    table: FrameTable<K>,
    pub(super) entries: Vec<Entry<K>>,
    pub(super) runs: Vec<Run<K>>,
    /// All entries so far, those on the disk too.
    pub(super) count: u64,
}

impl<K: TableKey> Gathered<K> {
    fn new() -> Self {
        Self {
            table: FrameTable::default(),
            entries: Vec::new(),
            runs: Vec::new(),
            count: 0,
        }
    }

    fn flush(&mut self, keep: bool) {
        let Self {
            table,
            entries,
            count,
            ..
        } = self;
        table.drain(|entry| {
            if keep {
                entries.push(entry);
                *count += 1;
            }
        });
    }

    fn bytes(&self) -> usize {
        self.entries.len() * size_of::<Entry<K>>()
    }

    fn spill(&mut self, disk: &Disk, path: PathBuf) -> Result<()> {
        if self.entries.is_empty() {
            return Ok(());
        }
        self.entries.sort_unstable();
        self.runs.push(Run::write(disk, path, &self.entries)?);
        self.entries.clear();
        Ok(())
    }
}

/// A line over the line limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overlong {
    pub(crate) line: u64,
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

/// Takes the lines of one log; what it gathers is written by `write`.
#[derive(Debug)]
pub(crate) struct Gatherer {
    format: LogFormat,
    pub(super) line_bytes: u64,
    frame_keys: usize,
    memory: usize,
    /// Where entries go that memory has no room for: made when it is needed, removed by who made the gatherer.
    room: PathBuf,
    has_room: bool,
    disk: Disk,
    keys: KeyReader,
    pub(super) prints: Gathered<u64>,
    pub(super) ipv4: Gathered<u32>,
    pub(super) ipv6: Gathered<u128>,
    pub(super) cells: Vec<Cell>,
    /// Frames with lines that later ones need to be understood.
    pub(super) headers: Vec<u32>,
    /// Frames whose lines have more keys than are kept.
    pub(super) crowded: Vec<u32>,
    pub(super) overlong: u64,
    pub(super) overlong_listed: Vec<Overlong>,
    frame: u32,
    frame_line: u32,
    is_crowded: bool,
    /// The cells of the frame by day.
    days: HashMap<i32, u32>,
}

impl Gatherer {
    pub(crate) fn new(format: LogFormat, limits: &Limits, disk: &Disk, room: PathBuf) -> Self {
        Self {
            format,
            line_bytes: limits.line_bytes as u64,
            frame_keys: limits.frame_keys,
            memory: limits.posting_bytes,
            room,
            has_room: false,
            disk: disk.clone(),
            keys: KeyReader::default(),
            prints: Gathered::new(),
            ipv4: Gathered::new(),
            ipv6: Gathered::new(),
            cells: Vec::new(),
            headers: Vec::new(),
            crowded: Vec::new(),
            overlong: 0,
            overlong_listed: Vec::new(),
            frame: 0,
            frame_line: 0,
            is_crowded: false,
            days: HashMap::new(),
        }
    }

    /// Ends the frame at hand.
    pub(super) fn end_frame(&mut self) -> Result<()> {
        let keep = !self.is_crowded;
        self.prints.flush(keep);
        self.ipv4.flush(keep);
        self.ipv6.flush(keep);
        (self.is_crowded, self.frame_line) = (false, 0);
        self.days.clear();
        if self.prints.bytes() + self.ipv4.bytes() + self.ipv6.bytes() > self.memory {
            if !self.has_room {
                self.disk
                    .create_dir(&self.room)
                    .map_err(Error::file("create", &self.room))?;
                self.has_room = true;
            }
            let path = |kind: &str, number: usize| self.room.join(format!("{kind}-{number}"));
            let paths = [
                path("prints", self.prints.runs.len()),
                path("ipv4", self.ipv4.runs.len()),
                path("ipv6", self.ipv6.runs.len()),
            ];
            let [prints, ipv4, ipv6] = paths;
            self.prints.spill(&self.disk, prints)?;
            self.ipv4.spill(&self.disk, ipv4)?;
            self.ipv6.spill(&self.disk, ipv6)?;
        }
        Ok(())
    }

    /// The cell of a day in the frame at hand.
    fn cell(&mut self, day: i32) -> u32 {
        let day = if self.days.len() < MAX_FRAME_DAYS || self.days.contains_key(&day) {
            day
        } else {
            NO_DAY
        };
        let next = u32::try_from(self.cells.len()).unwrap_or(u32::MAX);
        *self.days.entry(day).or_insert_with(|| {
            self.cells.push(Cell {
                frame: self.frame,
                day,
            });
            next
        })
    }
}

impl LineSink for Gatherer {
    fn line(&mut self, line: &SurveyedLine<'_>) -> Result<()> {
        if line.frame != self.frame {
            self.end_frame()?;
            self.frame = line.frame;
        }
        let is_header = LineReader::is_header(self.format, line.bytes);
        let is_state =
            is_header || line.facts.outcome == Outcome::Header || line.bytes.starts_with(b"#fields\t");
        if is_state && self.headers.last() != Some(&line.frame) {
            self.headers.push(line.frame);
        }
        if self.is_crowded || is_header {
            // No hit of its own, or read in any case: what it says of the format still counts.
            self.keys.line(line.bytes, &mut |_| {});
            return Ok(());
        }
        let cell = self.cell(day_of(line.facts.time));
        let number = self.frame_line;
        let Self {
            keys,
            prints,
            ipv4,
            ipv6,
            ..
        } = self;
        let limit = self.frame_keys;
        let mut held = 0;
        keys.line(line.bytes, &mut |key| {
            // One line alone can be over the limit.
            if held > limit {
                return;
            }
            match key {
                Key::Print(print) => prints.table.add(print, cell, number),
                Key::Ipv4(address) => ipv4.table.add(address, cell, number),
                Key::Ipv6(address) => ipv6.table.add(address, cell, number),
            }
            held = prints.table.len() + ipv4.table.len() + ipv6.table.len();
        });
        self.frame_line += 1;
        if held > limit {
            self.is_crowded = true;
            self.crowded.push(line.frame);
        }
        Ok(())
    }

    fn overlong(&mut self, line: u64, offset: u64, length: u64) {
        self.overlong += 1;
        if self.overlong_listed.len() < MAX_OVERLONG_LISTED {
            self.overlong_listed.push(Overlong { line, offset, length });
        }
    }
}

/// The day since the epoch on which a line stands, as logged; [`NO_DAY`] where it tells none, or more than one.
pub(crate) fn day_of(time: LineTime) -> i32 {
    let day = |ms: i64| i32::try_from(ms.div_euclid(DAY_MS)).unwrap_or(NO_DAY);
    match time {
        LineTime::At(ms) => day(ms),
        LineTime::Within(span) if day(span.first_ms) == day(span.last_ms) => day(span.first_ms),
        LineTime::Within(_) | LineTime::Unknown => NO_DAY,
    }
}
