//! Lines in, row groups out: the values of each column, one after the other, as they are encoded.

use std::io;
use std::mem::size_of;

use accord_formats::logs::{Column, Fields, LineTime, LogFormat, Outcome, Value, WallTime};

use crate::address;
use crate::buffer::Buffer;
use crate::limits::{KEPT_BYTES, Limits};
use crate::schema::{self, Place};
use crate::timing::{Timing, basis_name, push_written};

/// What a value takes beside its bytes: its row, and its end or itself.
const VALUE_BYTES: usize = size_of::<u32>() + size_of::<i64>();

/// Where a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinePlace {
    /// The frame that its first byte lies in, from 0.
    pub frame: u64,
    /// Its number, from 1.
    pub line: u64,
    /// Its first byte in the log.
    pub offset: u64,
    /// Its length, bytes, with its line end.
    pub length: u64,
}

/// Rows that are written at once.
#[derive(Debug)]
pub struct RowGroup {
    pub(crate) buffers: Vec<Buffer>,
    pub(crate) rows: usize,
}

impl Default for RowGroup {
    fn default() -> Self {
        Self {
            buffers: schema::shapes()
                .iter()
                .map(|shape| Buffer::new(shape.kind))
                .collect(),
            rows: 0,
        }
    }
}

impl RowGroup {
    /// Once it is encoded. Its room is used again, unless it has become more than one row group needs: in the next, another
    /// column may be the one that takes most.
    pub(crate) fn begin_again(&mut self) {
        self.rows = 0;
        if self.buffers.iter().map(Buffer::room).sum::<usize>() > KEPT_BYTES {
            *self = Self::default();
        }
    }
}

/// Takes a full row group and gives an empty one.
pub type Full<'f> = &'f mut dyn FnMut(RowGroup) -> io::Result<RowGroup>;

/// Puts the records of lines into row groups: the lines of one log, or of several one after the other, each once.
#[derive(Debug)]
pub struct RowFiller {
    format: LogFormat,
    timing: Timing,
    /// In a file of several logs, the name of the one that is being written.
    segment: Option<String>,
    limits: Limits,
    group: RowGroup,
    /// The bytes that the rows of the group take in memory.
    held: usize,
    rows: u64,
    left_out: u64,
}

impl RowFiller {
    /// Of a log of this format. The first row group is filled in an empty one's room.
    pub fn new(format: LogFormat, timing: Timing, limits: Limits, room: RowGroup) -> Self {
        Self {
            format,
            timing,
            segment: None,
            limits,
            group: room,
            held: 0,
            rows: 0,
            left_out: 0,
        }
    }

    /// Of several logs, each of which is begun with [`RowFiller::begin_log`].
    pub(crate) fn of_several(limits: Limits) -> Self {
        Self {
            segment: Some(String::new()),
            ..Self::new(
                LogFormat::Text,
                Timing::new("", None, 0),
                limits,
                RowGroup::default(),
            )
        }
    }

    pub(crate) fn begin_log(&mut self, segment: &str, format: LogFormat, timing: Timing) {
        self.segment = Some(segment.to_owned());
        self.format = format;
        self.timing = timing;
    }

    /// Takes the next line, as [`crate::ColumnsWriter::line`]. Before a row that has no place in the group at hand, that
    /// one is handed over.
    ///
    /// # Errors
    /// Those of `full`.
    pub fn line(
        &mut self,
        place: &LinePlace,
        outcome: Option<Outcome>,
        time: LineTime,
        records: &[Fields<'_>],
        records_left_out: usize,
        full: Full<'_>,
    ) -> io::Result<()> {
        if records.is_empty() {
            self.begin(place, outcome, None, full)?;
            self.time(time, None);
            self.end(0, 0, records_left_out);
            return Ok(());
        }
        for (number, fields) in records.iter().enumerate() {
            self.begin(place, outcome, Some(number), full)?;
            self.time(fields.time(), fields.wall());
            let (held, left_out) = self.values(fields);
            let last = number + 1 == records.len();
            let records_left_out = if last { records_left_out } else { 0 };
            self.end(held, fields.left_out() + left_out, records_left_out);
        }
        Ok(())
    }

    /// Rows so far, and values that had no place in them.
    #[must_use]
    pub const fn counts(&self) -> (u64, u64) {
        (self.rows, self.left_out)
    }

    /// After the last line: the rows of the last group, which may be none.
    #[must_use]
    pub fn finish(self) -> RowGroup {
        self.group
    }

    fn hand_over(&mut self, full: Full<'_>) -> io::Result<()> {
        let group = std::mem::take(&mut self.group);
        // Where that fails, the next row is refused too.
        self.held = usize::MAX;
        self.group = full(group)?;
        self.held = 0;
        Ok(())
    }

    fn begin(
        &mut self,
        place: &LinePlace,
        outcome: Option<Outcome>,
        record: Option<usize>,
        full: Full<'_>,
    ) -> io::Result<()> {
        if self.group.rows >= self.limits.row_group_rows || self.held >= self.limits.row_group_bytes {
            self.hand_over(full)?;
        }
        if let Some(segment) = self.segment.take() {
            self.place(Place::Segment, |buffer, _| {
                buffer.push_required_text_by(|bytes| bytes.extend_from_slice(segment.as_bytes()));
            });
            self.held += VALUE_BYTES + segment.len();
            self.segment = Some(segment);
        }
        for (column, number) in [
            (Place::Frame, place.frame),
            (Place::Line, place.line),
            (Place::LineOffset, place.offset),
            (Place::LineLength, place.length),
        ] {
            // A log is at most 64 GiB.
            self.place(column, |buffer, _| buffer.push_required_number(number as i64));
        }
        if let Some(record) = record {
            self.place(Place::Record, |buffer, row| {
                buffer.push_number(row, record as i64)
            });
        }
        let outcome: &[u8] = match outcome {
            Some(Outcome::Parsed) => b"parsed",
            Some(Outcome::NotParsed) => b"not-parsed",
            Some(Outcome::Header) => b"header",
            Some(Outcome::Blank) => b"blank",
            None => b"too-long",
        };
        self.place(Place::Outcome, |buffer, _| {
            buffer.push_required_text_by(|bytes| bytes.extend_from_slice(outcome));
        });
        Ok(())
    }

    fn time(&mut self, time: LineTime, wall: Option<WallTime>) {
        let times = self.timing.times(time, wall);
        for (column, ms) in [
            (Place::Time, times.first_ms),
            (Place::TimeLast, times.last_ms),
            (Place::TimeCorrected, times.corrected_ms),
        ] {
            if let Some(ms) = ms {
                self.place(column, |buffer, row| buffer.push_number(row, ms));
            }
        }
        if let Some(basis) = times.basis {
            let name = basis_name(basis).as_bytes();
            self.place(Place::TimeBasis, |buffer, row| {
                buffer.push_text_by(row, |bytes| bytes.extend_from_slice(name));
            });
        }
        if times.doubtful {
            self.place(Place::TimeDoubtful, |buffer, row| buffer.push_number(row, 1));
        }
        if let Some(wall) = times.written {
            self.place(Place::TimeWritten, |buffer, row| {
                buffer.push_text_by(row, |bytes| push_written(bytes, wall));
            });
        }
    }

    /// Takes the values of a record; says how much memory they take, and how many had no place.
    fn values(&mut self, fields: &Fields<'_>) -> (usize, usize) {
        let row = self.row();
        let (mut held, mut left_out) = (0, 0);
        for (column, value) in fields.values() {
            // Of text the message is the line, which is kept already.
            if column == Column::Message && self.format == LogFormat::Text {
                continue;
            }
            let Some(buffer) = self.group.buffers.get_mut(schema::column(column)) else {
                continue;
            };
            let taken = !schema::is_list(column) && buffer.has(row);
            match value {
                Value::Text(text) => {
                    let text = text.as_bytes();
                    if !taken {
                        buffer.push_text_by(row, |bytes| bytes.extend_from_slice(text));
                        held += VALUE_BYTES + text.len();
                    } else if !buffer.ends_in_text(text) {
                        left_out += 1;
                    }
                }
                Value::Number(number) => {
                    let bits = number.cast_signed();
                    if !taken {
                        buffer.push_number(row, bits);
                        held += VALUE_BYTES;
                    } else if !buffer.ends_in_number(bits) {
                        left_out += 1;
                    }
                }
                Value::Address(found) => {
                    if !taken {
                        buffer.push_text_by(row, |bytes| address::push(bytes, *found));
                        held += VALUE_BYTES + 16;
                        continue;
                    }
                    let mut text = Vec::new();
                    address::push(&mut text, *found);
                    if !buffer.ends_in_text(&text) {
                        left_out += 1;
                    }
                }
            }
        }
        (held, left_out)
    }

    /// `held` is what the values of the record take.
    fn end(&mut self, held: usize, left_out: usize, records_left_out: usize) {
        for (column, count) in [
            (Place::LeftOut, left_out),
            (Place::RecordsLeftOut, records_left_out),
        ] {
            if count > 0 {
                self.place(column, |buffer, row| buffer.push_number(row, count as i64));
            }
        }
        self.group.rows += 1;
        self.held += held + 10 * VALUE_BYTES;
        self.rows += 1;
        self.left_out += left_out as u64;
    }

    fn row(&self) -> u32 {
        u32::try_from(self.group.rows).unwrap_or(u32::MAX)
    }

    fn place(&mut self, place: Place, push: impl FnOnce(&mut Buffer, u32)) {
        let row = self.row();
        if let Some(buffer) = self.group.buffers.get_mut(schema::place(place)) {
            push(buffer, row);
        }
    }
}
