//! Lines in, a Parquet file out.

use std::io::{self, Write};
use std::mem::size_of;
use std::sync::Arc;

use accord_formats::logs::{Column, Fields, LineTime, LogFormat, Outcome, Value, WallTime};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::writer::SerializedFileWriter;

use crate::address;
use crate::buffer::{Buffer, Scratch};
use crate::limits::{Limits, ROW_GROUP_ROWS};
use crate::schema::{self, COUNT, Place, Shape};
use crate::timing::{Timing, basis_name, written};

/// The version of the format, in the file's key `accord.columns`.
const VERSION: &str = "1";
/// The version of a file of several logs, in the key `accord.columns_pack`.
const PACK_VERSION: &str = "1";
/// What the program is called in the file.
const CREATED_BY: &str = concat!("accord-columns version ", env!("CARGO_PKG_VERSION"));
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

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Rows.
    pub rows: u64,
    /// Row groups.
    pub row_groups: u64,
    /// Values that have no place in the columns, by a limit or because another of their column came before.
    pub left_out: u64,
}

/// Writes the columns of one log, or of several one after the other: the lines of each in order, each once.
pub struct ColumnsWriter<W: Write + Send> {
    target: Target<W>,
    format: LogFormat,
    timing: Timing,
    /// In a file of several logs, the name of the one that is being written.
    segment: Option<String>,
    limits: Limits,
    shapes: Vec<Shape>,
    buffers: Vec<Buffer>,
    scratch: Scratch,
    /// Rows of the group that is being filled, and the bytes they take in memory.
    rows: usize,
    held: usize,
    written: Written,
}

/// The file, which begins with the first row group: what columns it has is known then.
enum Target<W: Write + Send> {
    NotBegun(W),
    File {
        writer: Box<SerializedFileWriter<W>>,
        /// Of all columns, those that the file has.
        present: Vec<usize>,
    },
    Broken,
}

impl<W: Write + Send> ColumnsWriter<W> {
    /// A writer of the columns of a log of this format. Nothing is written before the first row group is full.
    pub fn new(sink: W, format: LogFormat, timing: Timing) -> Self {
        Self::with_limits(sink, format, timing, Limits::default())
    }

    /// The same with smaller limits, for tests.
    pub fn with_limits(sink: W, format: LogFormat, timing: Timing, limits: Limits) -> Self {
        let shapes = schema::shapes();
        Self {
            target: Target::NotBegun(sink),
            format,
            timing,
            segment: None,
            limits,
            buffers: shapes.iter().map(|shape| Buffer::new(shape.kind)).collect(),
            shapes,
            scratch: Scratch::default(),
            rows: 0,
            held: 0,
            written: Written {
                rows: 0,
                row_groups: 0,
                left_out: 0,
            },
        }
    }

    /// A writer of the columns of several logs, each of which is begun with [`ColumnsWriter::begin_log`]. The file has one
    /// column more, `segment`, before the others.
    pub fn of_several(sink: W, limits: Limits) -> Self {
        let timing = Timing::new("", None, 0);
        Self {
            segment: Some(String::new()),
            ..Self::with_limits(sink, LogFormat::Text, timing, limits)
        }
    }

    /// What follows are the lines of the log of this name: in a file of several logs.
    pub fn begin_log(&mut self, segment: &str, format: LogFormat, timing: Timing) {
        self.segment = Some(segment.to_owned());
        self.format = format;
        self.timing = timing;
    }

    /// Takes the next line: what became of it, its time where it has no record that tells one, and its records. An outcome
    /// of nothing is a line over the line limit, which nobody reads.
    ///
    /// # Errors
    /// Those of the sink. After one the writer takes no more.
    pub fn line(
        &mut self,
        place: &LinePlace,
        outcome: Option<Outcome>,
        time: LineTime,
        records: &[Fields<'_>],
        records_left_out: usize,
    ) -> io::Result<()> {
        if records.is_empty() {
            self.begin(place, outcome, None)?;
            self.time(time, None);
            self.end(0, records_left_out);
            return Ok(());
        }
        for (number, fields) in records.iter().enumerate() {
            self.begin(place, outcome, Some(number))?;
            self.time(fields.time(), fields.wall());
            let left_out = fields.left_out() + self.values(fields);
            let last = number + 1 == records.len();
            self.end(left_out, if last { records_left_out } else { 0 });
        }
        Ok(())
    }

    fn begin(
        &mut self,
        place: &LinePlace,
        outcome: Option<Outcome>,
        record: Option<usize>,
    ) -> io::Result<()> {
        if self.rows >= self.limits.row_group_rows || self.held >= self.limits.row_group_bytes {
            self.flush(false)?;
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
                buffer.push_text_by(row, |bytes| bytes.extend_from_slice(written(wall).as_bytes()));
            });
        }
    }

    /// Takes the values of a record, and says how many had no place.
    fn values(&mut self, fields: &Fields<'_>) -> usize {
        let row = self.row();
        let mut left_out = 0;
        for (column, value) in fields.values() {
            // Of text the message is the line, which is kept already.
            if column == Column::Message && self.format == LogFormat::Text {
                continue;
            }
            let Some(buffer) = self.buffers.get_mut(schema::column(column)) else {
                continue;
            };
            let taken = !schema::is_list(column) && buffer.has(row);
            match value {
                Value::Text(text) => {
                    let text = text.as_bytes();
                    if !taken {
                        buffer.push_text_by(row, |bytes| bytes.extend_from_slice(text));
                        self.held += VALUE_BYTES + text.len();
                    } else if !buffer.ends_in_text(text) {
                        left_out += 1;
                    }
                }
                Value::Number(number) => {
                    let bits = number.cast_signed();
                    if !taken {
                        buffer.push_number(row, bits);
                        self.held += VALUE_BYTES;
                    } else if !buffer.ends_in_number(bits) {
                        left_out += 1;
                    }
                }
                Value::Address(found) => {
                    if !taken {
                        buffer.push_text_by(row, |bytes| address::push(bytes, *found));
                        self.held += VALUE_BYTES + 16;
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
        left_out
    }

    fn end(&mut self, left_out: usize, records_left_out: usize) {
        for (column, count) in [
            (Place::LeftOut, left_out),
            (Place::RecordsLeftOut, records_left_out),
        ] {
            if count > 0 {
                self.place(column, |buffer, row| buffer.push_number(row, count as i64));
            }
        }
        self.rows += 1;
        self.held += 10 * VALUE_BYTES;
        self.written.rows += 1;
        self.written.left_out += left_out as u64;
    }

    fn row(&self) -> u32 {
        u32::try_from(self.rows).unwrap_or(u32::MAX)
    }

    fn place(&mut self, place: Place, push: impl FnOnce(&mut Buffer, u32)) {
        let row = self.row();
        if let Some(buffer) = self.buffers.get_mut(schema::place(place)) {
            push(buffer, row);
        }
    }

    /// Writes the row group. `whole`: it is all there is.
    fn flush(&mut self, whole: bool) -> io::Result<()> {
        let (mut writer, present) = match std::mem::replace(&mut self.target, Target::Broken) {
            Target::NotBegun(sink) => self.start(sink, whole)?,
            Target::File { writer, present } => (writer, present),
            Target::Broken => return Err(broken()),
        };
        if self.rows > 0 {
            self.group(&mut writer, &present).map_err(failed)?;
            self.written.row_groups += 1;
        }
        self.target = Target::File { writer, present };
        self.rows = 0;
        self.held = 0;
        Ok(())
    }

    fn start(&self, sink: W, whole: bool) -> io::Result<(Box<SerializedFileWriter<W>>, Vec<usize>)> {
        let present: Vec<usize> = (0..COUNT)
            .filter(|at| *at != schema::place(Place::Segment) || self.segment.is_some())
            .filter(|at| {
                let required = self.shapes.get(*at).is_some_and(|shape| shape.required);
                let empty = self.buffers.get(*at).is_none_or(Buffer::is_empty);
                !whole || required || !empty
            })
            .collect();
        let columns = || present.iter().filter_map(|at| self.shapes.get(*at));
        let schema = schema::schema(columns()).map_err(failed)?;
        // A small log is not made to clear memory for a large one. A list may have more: its filter is then less sharp.
        let longest = self.buffers.iter().map(Buffer::len).max().unwrap_or(0);
        let most_values = if whole { longest } else { ROW_GROUP_ROWS };
        let mut facts = vec![about("columns", VERSION.to_owned())];
        if self.segment.is_some() {
            facts.push(about("columns_pack", PACK_VERSION.to_owned()));
        } else {
            facts.push(about("log_format", self.format.to_string()));
            if let Some(offset_ms) = self.timing.offset_ms {
                facts.push(about("clock_offset_ms", offset_ms.to_string()));
            }
        }
        let properties = schema::properties(columns(), most_values)
            .map_err(failed)?
            .set_created_by(CREATED_BY.to_owned())
            .set_key_value_metadata(Some(facts))
            .build();
        let writer = SerializedFileWriter::new(sink, schema, Arc::new(properties)).map_err(failed)?;
        Ok((Box::new(writer), present))
    }

    fn group(
        &mut self,
        writer: &mut SerializedFileWriter<W>,
        present: &[usize],
    ) -> parquet::errors::Result<()> {
        let mut group = writer.next_row_group()?;
        for at in present {
            let (Some(shape), Some(buffer)) = (self.shapes.get(*at), self.buffers.get_mut(*at)) else {
                continue;
            };
            let Some(mut column) = group.next_column()? else {
                return Err(ParquetError::General("the schema has too few columns".to_owned()));
            };
            buffer.write(shape, self.rows, column.untyped(), &mut self.scratch)?;
            column.close()?;
        }
        group.close()?;
        Ok(())
    }

    /// After the last line: writes what is left and the file's end, which names the log by its SHA-256, and gives the sink
    /// back.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn finish(self, log_sha256: &str) -> io::Result<(W, Written)> {
        self.end_file(Some(about("log_sha256", log_sha256.to_owned())))
    }

    /// After the last line of the last of several logs. The file names them in its column `segment`.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn finish_several(self) -> io::Result<(W, Written)> {
        self.end_file(None)
    }

    fn end_file(mut self, fact: Option<KeyValue>) -> io::Result<(W, Written)> {
        let whole = self.written.row_groups == 0;
        self.flush(whole)?;
        let Target::File { mut writer, .. } = self.target else {
            return Err(broken());
        };
        if let Some(fact) = fact {
            writer.append_key_value_metadata(fact);
        }
        Ok((writer.into_inner().map_err(failed)?, self.written))
    }
}

fn about(key: &str, value: String) -> KeyValue {
    KeyValue::new(format!("accord.{key}"), value)
}

fn broken() -> io::Error {
    io::Error::other("an earlier write failed")
}

fn failed(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}
