//! A line beside its neighbours, and what it says in fields: for a page that shows one line.

use accord_formats::logs::{Depth, LineReader, LineTime, Outcome, Records};
use memchr::memchr;

use crate::digest::sha256;
use crate::error::Result;
use crate::frames::FrameReader;
use crate::headers::{header_lines, whole_line};
use crate::manifest::{Segment, SegmentId};
use crate::read::{LineAt, StoredLine, holding, start_of};
use crate::store::LogStore;

/// Most lines told on either side of one.
pub const MAX_LINES_AROUND: u64 = 50;
/// Most frames that are read for the lines that say how later ones are to be read: the first and the last of them.
pub const MAX_HEADER_FRAMES: usize = 64;

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidLine {
    /// What became of it.
    pub outcome: Outcome,
    /// Its records; none of a line that is not parsed.
    pub records: Vec<SaidRecord>,
    /// Records beyond the limit of `accord-formats`.
    pub records_left_out: usize,
}

/// What one record of a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidRecord {
    /// When it was written, as logged.
    pub time: LineTime,
    /// The columns, by their OCSF names, in the order of the record.
    pub fields: Vec<(String, String)>,
    /// What no column takes, by the format's own names.
    pub rest: Vec<(String, String)>,
    /// Values that were cut or left out at a limit.
    pub left_out: usize,
}

impl LogStore {
    /// A line with at most so many before and after it, in their order. A neighbour over the line limit is
    /// left out.
    ///
    /// # Errors
    /// Those of [`LogStore::read_line`].
    pub fn lines_around(
        &self,
        id: &SegmentId,
        line: u64,
        before: u64,
        after: u64,
    ) -> Result<Vec<StoredLine>> {
        let asked = self.read_line(id, LineAt::Number(line))?;
        let segment = self.segment(id)?;
        let mut reader = self.frames(&segment)?;
        let first = line.saturating_sub(before.min(MAX_LINES_AROUND)).max(1);
        let count = line - first + 1 + after.min(MAX_LINES_AROUND);
        let Some(offset) = start_of(&mut reader, first)? else {
            return Ok(vec![asked]);
        };
        let mut around = Around {
            id,
            limit: self.limits.line_bytes,
            line: first,
            offset,
            told: Vec::new(),
        };
        around.read(&mut reader, count)?;
        Ok(around.told)
    }

    /// What a line says, with what no column takes. Its format's state is read from where the postings know it to stand,
    /// without them from the start of the log.
    ///
    /// # Errors
    /// Those of [`LogStore::read_line`].
    pub fn what_line_says(&self, id: &SegmentId, line: u64) -> Result<SaidLine> {
        let stored = self.read_line(id, LineAt::Number(line))?;
        let segment = self.segment(id)?;
        let format = segment.manifest.log_format;
        let mut lines = LineReader::new(format);
        if LineReader::is_header(format, &stored.bytes) {
            return Ok(SaidLine {
                outcome: Outcome::Header,
                records: Vec::new(),
                records_left_out: 0,
            });
        }
        self.learn_headers(&segment, stored.offset, &mut lines)?;
        let mut records = Records::with_rest();
        let outcome = lines.fields(&stored.bytes, &mut records);
        let said = records.all().iter().map(|fields| SaidRecord {
            time: fields.time(),
            fields: fields
                .values()
                .map(|(column, value)| (column.name().to_owned(), value.to_string()))
                .collect(),
            rest: fields
                .rest()
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
            left_out: fields.left_out(),
        });
        Ok(SaidLine {
            outcome,
            records: said.collect(),
            records_left_out: records.left_out(),
        })
    }

    fn learn_headers(&self, segment: &Segment, before: u64, lines: &mut LineReader) -> Result<()> {
        let mut reader = self.frames(segment)?;
        let Some((own, _)) = holding(reader.index(), before) else {
            return Ok(());
        };
        let mut wanted = vec![0];
        if let Ok(postings) = self.postings(segment)? {
            let known = postings.headers().iter();
            wanted.extend(known.map(|frame| *frame as usize).filter(|frame| *frame < own));
        }
        wanted.push(own);
        wanted.dedup();
        if wanted.len() > MAX_HEADER_FRAMES {
            wanted.drain(1..=wanted.len() - MAX_HEADER_FRAMES);
        }
        let mut has_names = false;
        for number in wanted {
            let Some(frame) = reader.index().get(number).copied() else {
                continue;
            };
            let raw = reader.read(number)?;
            let end = usize::try_from(before.saturating_sub(frame.raw_offset)).unwrap_or(usize::MAX);
            let block = raw.get(..end.min(raw.len())).unwrap_or_default();
            // What a frame begins with may be the rest of a line of the one before.
            let start = match frame.starts_line() {
                true => 0,
                false => memchr(b'\n', block).map_or(block.len(), |at| at + 1),
            };
            let block = block.get(start..).unwrap_or_default();
            let headers = header_lines(segment.manifest.log_format, has_names, block);
            has_names |= !headers.is_empty();
            for header in headers {
                lines.line(whole_line(block, header), Depth::Time);
            }
        }
        Ok(())
    }
}

/// Lines read one after the other.
struct Around<'a> {
    id: &'a SegmentId,
    limit: usize,
    line: u64,
    offset: u64,
    told: Vec<StoredLine>,
}

impl Around<'_> {
    fn read(&mut self, reader: &mut FrameReader<'_>, count: u64) -> Result<()> {
        let Some((mut number, frame)) = holding(reader.index(), self.offset) else {
            return Ok(());
        };
        let last = self.line.saturating_add(count);
        let mut skip = usize::try_from(self.offset - frame.raw_offset).unwrap_or(usize::MAX);
        let mut part: Vec<u8> = Vec::new();
        let mut length = 0;
        while number < reader.index().len() && self.line < last {
            let mut rest = reader.read(number)?.get(skip..).unwrap_or_default();
            while let Some(end) = memchr(b'\n', rest) {
                let (line, next) = rest.split_at(end + 1);
                length += line.len();
                if length <= self.limit {
                    part.extend_from_slice(line);
                }
                self.end(&mut part, &mut length);
                if self.line >= last {
                    return Ok(());
                }
                rest = next;
            }
            length += rest.len();
            if length <= self.limit {
                part.extend_from_slice(rest);
            }
            number += 1;
            skip = 0;
        }
        if length > 0 {
            self.end(&mut part, &mut length);
        }
        Ok(())
    }

    /// A line ends here; one over the limit is left out.
    fn end(&mut self, part: &mut Vec<u8>, length: &mut usize) {
        let bytes = std::mem::take(part);
        if *length <= self.limit {
            self.told.push(StoredLine {
                segment: self.id.clone(),
                line: self.line,
                offset: self.offset,
                sha256: sha256(&bytes),
                bytes,
            });
        }
        self.line += 1;
        self.offset += *length as u64;
        *length = 0;
    }
}
