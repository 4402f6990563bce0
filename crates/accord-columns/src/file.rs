//! Row groups in, a Parquet file out.

use std::io::{self, Write};
use std::sync::Arc;

use accord_formats::logs::LogFormat;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;

use crate::buffer::Buffer;
use crate::encode::Encoder;
use crate::filler::RowGroup;
use crate::schema::{self, COUNT, Place, Shape};
use crate::timing::Timing;

/// The version of the format, in the file's key `accord.columns`.
const VERSION: &str = "1";
/// The version of a file of several logs, in the key `accord.columns_pack`.
const PACK_VERSION: &str = "1";
/// What the program is called in the file.
const CREATED_BY: &str = concat!("accord-columns version ", env!("CARGO_PKG_VERSION"));

/// Writes row groups into a file, in the order in which they come.
pub struct RowGroupFile<W: Write + Send> {
    target: Target<W>,
    /// Whether it has the lines of several logs.
    is_pack: bool,
    facts: Vec<KeyValue>,
    shapes: Vec<Shape>,
    encoder: Option<Encoder>,
    row_groups: u64,
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

impl<W: Write + Send> RowGroupFile<W> {
    /// A file of the columns of one log. Nothing is written before the first row group.
    pub fn new(sink: W, format: LogFormat, timing: &Timing) -> Self {
        let mut facts = vec![about("log_format", format.to_string())];
        facts.extend(
            timing
                .offset_ms
                .map(|offset| about("clock_offset_ms", offset.to_string())),
        );
        Self::with_facts(sink, facts, false)
    }

    /// A file of the columns of several logs.
    pub(crate) fn of_several(sink: W) -> Self {
        Self::with_facts(sink, vec![about("columns_pack", PACK_VERSION.to_owned())], true)
    }

    fn with_facts(sink: W, mut facts: Vec<KeyValue>, is_pack: bool) -> Self {
        facts.insert(0, about("columns", VERSION.to_owned()));
        Self {
            target: Target::NotBegun(sink),
            is_pack,
            facts,
            shapes: schema::shapes(),
            encoder: None,
            row_groups: 0,
        }
    }

    /// The same, encoded with what another file has left.
    #[must_use]
    pub fn with_encoder(self, encoder: Option<Encoder>) -> Self {
        Self { encoder, ..self }
    }

    /// Leaves what it encoded with to another file.
    pub const fn take_encoder(&mut self) -> Option<Encoder> {
        self.encoder.take()
    }

    /// Writes a row group that more will follow, and leaves it empty.
    ///
    /// # Errors
    /// Those of the sink. After one the file takes no more.
    pub fn group(&mut self, group: &mut RowGroup) -> io::Result<()> {
        self.write(group, false)
    }

    /// Row groups so far.
    #[must_use]
    pub const fn row_groups(&self) -> u64 {
        self.row_groups
    }

    /// Writes the last row group, which may have no rows. A file of one group has no column without any value.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn last_group(&mut self, group: &mut RowGroup) -> io::Result<()> {
        self.write(group, self.row_groups == 0)
    }

    /// After the last row group: writes the file's end, which names the log by its SHA-256, and gives the sink back.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn finish(self, log_sha256: &str) -> io::Result<W> {
        self.end(Some(about("log_sha256", log_sha256.to_owned())))
    }

    /// The same for a file of several logs: it names them in its column `segment`.
    pub(crate) fn finish_several(self) -> io::Result<W> {
        self.end(None)
    }

    fn end(self, fact: Option<KeyValue>) -> io::Result<W> {
        let Target::File { mut writer, .. } = self.target else {
            return Err(broken());
        };
        if let Some(fact) = fact {
            writer.append_key_value_metadata(fact);
        }
        // Its way back to the sink hides what the sink says.
        writer.flush()?;
        writer.into_inner().map_err(failed)
    }

    /// `whole`: it is all there is.
    fn write(&mut self, group: &mut RowGroup, whole: bool) -> io::Result<()> {
        let (mut writer, present) = match std::mem::replace(&mut self.target, Target::Broken) {
            Target::NotBegun(sink) => self.start(sink, group, whole)?,
            Target::File { writer, present } => (writer, present),
            Target::Broken => return Err(broken()),
        };
        if group.rows > 0 {
            self.columns(group, &mut writer, &present).map_err(failed)?;
            self.row_groups += 1;
            group.begin_again();
        }
        self.target = Target::File { writer, present };
        Ok(())
    }

    fn start(
        &self,
        sink: W,
        group: &RowGroup,
        whole: bool,
    ) -> io::Result<(Box<SerializedFileWriter<W>>, Vec<usize>)> {
        let present: Vec<usize> = (0..COUNT)
            .filter(|at| *at != schema::place(Place::Segment) || self.is_pack)
            .filter(|at| {
                let required = self.shapes.get(*at).is_some_and(|shape| shape.required);
                let empty = group.buffers.get(*at).is_none_or(Buffer::is_empty);
                !whole || required || !empty
            })
            .collect();
        let columns = || present.iter().filter_map(|at| self.shapes.get(*at));
        let schema = schema::schema(columns()).map_err(failed)?;
        let properties = WriterProperties::builder()
            .set_writer_version(WriterVersion::PARQUET_1_0)
            .set_created_by(CREATED_BY.to_owned())
            .set_key_value_metadata(Some(self.facts.clone()))
            .build();
        let writer = SerializedFileWriter::new(sink, schema, Arc::new(properties)).map_err(failed)?;
        Ok((Box::new(writer), present))
    }

    fn columns(
        &mut self,
        rows: &mut RowGroup,
        writer: &mut SerializedFileWriter<W>,
        present: &[usize],
    ) -> parquet::errors::Result<()> {
        let columns = writer.schema_descr().columns().to_vec();
        let encoder = match &mut self.encoder {
            Some(encoder) => encoder,
            none => none.insert(Encoder::new()?),
        };
        let mut group = writer.next_row_group()?;
        for (at, column) in present.iter().zip(columns) {
            let (Some(shape), Some(buffer)) = (self.shapes.get(*at), rows.buffers.get_mut(*at)) else {
                continue;
            };
            let chunk = buffer.encode(shape, column, rows.rows, encoder)?;
            group.append_column(&chunk.bytes, chunk.close)?;
            encoder.done(chunk.bytes);
        }
        group.close()?;
        Ok(())
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
