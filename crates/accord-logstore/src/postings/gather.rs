//! From lines to entries: each line is read once, in order, and counted under its keys.

use std::collections::HashMap;
use std::path::PathBuf;

use accord_formats::logs::{LineReader, LineTime, LogFormat, Outcome};
use accord_matcher::{KeyReader, KeySink};

use super::entries::Entries;
use super::runs::Run;
use super::table::{FrameTable, MAX_TABLE_KEYS, MAX_WAITING, TableKey};
use super::{Cell, DAY_MS, MAX_FRAME_DAYS, NO_DAY};
use crate::disk::Disk;
use crate::error::{Error, Result};
use crate::hunt::MAX_OVERLONG_LISTED;
use crate::limits::{KEPT_POSTING_BYTES, Limits, MAX_FRAME_KEYS};
use crate::lines::{LineSink, SurveyedLine};

const _: () = assert!(MAX_FRAME_KEYS + 2 * MAX_WAITING < MAX_TABLE_KEYS);

/// Entries of one kind of key: those of the frame at hand, those in memory, and those on the disk.
#[derive(Debug)]
pub(super) struct Gathered<K> {
    table: FrameTable<K>,
    pub(super) entries: Entries<K>,
    pub(super) runs: Vec<Run<K>>,
}

impl<K: TableKey> Gathered<K> {
    fn new() -> Self {
        Self {
            table: FrameTable::default(),
            entries: Entries::default(),
            runs: Vec::new(),
        }
    }

    fn with_entries(entries: Entries<K>) -> Self {
        Self {
            entries,
            ..Self::new()
        }
    }

    fn flush(&mut self, keep: bool) {
        let Self { table, entries, .. } = self;
        table.drain(|entry| {
            if keep {
                entries.push(entry);
            }
        });
    }

    fn spill(&mut self, disk: &Disk, path: PathBuf) -> Result<()> {
        if self.entries.is_empty() {
            return Ok(());
        }
        self.runs.push(Run::write(disk, path, &mut self.entries)?);
        Ok(())
    }
}

/// Counts the keys of one line.
struct LineKeys<'g> {
    prints: &'g mut FrameTable<u64>,
    ipv4: &'g mut FrameTable<u32>,
    ipv6: &'g mut FrameTable<u128>,
    cell: u32,
    /// Its number in the frame.
    line: u32,
    /// One line alone can be over the limit of a frame: beyond this nothing more is counted.
    limit: usize,
}

impl LineKeys<'_> {
    /// How many entries there are at most, what waits counted as if all were new.
    fn most(&self) -> usize {
        self.prints.most() + self.ipv4.most() + self.ipv6.most()
    }

    /// How many entries there are.
    fn settled(&mut self) -> usize {
        self.prints.settle();
        self.ipv4.settle();
        self.ipv6.settle();
        self.most()
    }
}

impl KeySink for LineKeys<'_> {
    #[inline]
    fn print(&mut self, print: u64) {
        if self.prints.most() <= self.limit {
            self.prints.add(print, self.cell, self.line);
        }
    }

    #[inline]
    fn ipv4(&mut self, address: u32) {
        if self.ipv4.most() <= self.limit {
            self.ipv4.add(address, self.cell, self.line);
        }
    }

    #[inline]
    fn ipv6(&mut self, address: u128) {
        if self.ipv6.most() <= self.limit {
            self.ipv6.add(address, self.cell, self.line);
        }
    }
}

/// A line over the line limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overlong {
    pub(crate) line: u64,
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

/// Where entries are gathered, empty.
#[derive(Debug, Default)]
pub(crate) struct KeyRooms {
    prints: Entries<u64>,
    ipv4: Entries<u32>,
    ipv6: Entries<u128>,
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
    /// The day of the line before, and its cell: the next is most often of the same.
    last_day: Option<(i32, u32)>,
}

impl Gatherer {
    pub(crate) fn new(format: LogFormat, limits: &Limits, disk: &Disk, room: PathBuf) -> Self {
        Self {
            format,
            line_bytes: limits.line_bytes as u64,
            frame_keys: limits.frame_keys.min(MAX_FRAME_KEYS),
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
            last_day: None,
        }
    }

    /// Gathers in these rooms.
    pub(crate) fn in_rooms(mut self, rooms: KeyRooms) -> Self {
        self.prints = Gathered::with_entries(rooms.prints);
        self.ipv4 = Gathered::with_entries(rooms.ipv4);
        self.ipv6 = Gathered::with_entries(rooms.ipv6);
        self
    }

    /// The rooms, for the next log.
    pub(crate) fn into_rooms(self) -> KeyRooms {
        KeyRooms {
            prints: self.prints.entries.emptied(KEPT_POSTING_BYTES),
            ipv4: self.ipv4.entries.emptied(KEPT_POSTING_BYTES),
            ipv6: self.ipv6.entries.emptied(KEPT_POSTING_BYTES),
        }
    }

    /// After the last line: does what can be done before [`write`](super::write) knows the log's digest.
    pub(crate) fn settle(&mut self) -> Result<()> {
        self.end_frame()?;
        self.prints.entries.sort();
        self.ipv4.entries.sort();
        self.ipv6.entries.sort();
        Ok(())
    }

    /// Ends the frame at hand.
    fn end_frame(&mut self) -> Result<()> {
        let keep = !self.is_crowded;
        self.prints.flush(keep);
        self.ipv4.flush(keep);
        self.ipv6.flush(keep);
        (self.is_crowded, self.frame_line) = (false, 0);
        self.days.clear();
        self.last_day = None;
        let bytes = self.prints.entries.bytes() + self.ipv4.entries.bytes() + self.ipv6.entries.bytes();
        if bytes > self.memory {
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
        if let Some((last, cell)) = self.last_day
            && last == day
        {
            return cell;
        }
        let cell = self.new_cell(day);
        self.last_day = Some((day, cell));
        cell
    }

    fn new_cell(&mut self, day: i32) -> u32 {
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
        let is_state = is_header || line.outcome == Outcome::Header || line.bytes.starts_with(b"#fields\t");
        if is_state && self.headers.last() != Some(&line.frame) {
            self.headers.push(line.frame);
        }
        if self.is_crowded || is_header {
            // No hit of its own, or read in any case: what it says of the format still counts.
            self.keys.header(line.bytes);
            return Ok(());
        }
        let cell = self.cell(day_of(line.time));
        let limit = self.frame_keys;
        let mut counted = LineKeys {
            prints: &mut self.prints.table,
            ipv4: &mut self.ipv4.table,
            ipv6: &mut self.ipv6.table,
            cell,
            line: self.frame_line,
            // With what waits there are more than the limit either way.
            limit: limit + MAX_WAITING,
        };
        self.keys.line(line.bytes, &mut counted);
        let is_crowded = counted.most() > limit && counted.settled() > limit;
        self.frame_line += 1;
        if is_crowded {
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
