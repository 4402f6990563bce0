//! Reading one line back, byte for byte.

use memchr::{memchr, memchr_iter};

use crate::digest::{Hex, sha256};
use crate::error::{Error, Result};
use crate::frames::FrameReader;
use crate::manifest::{Frame, SegmentId};
use crate::store::LogStore;

/// Which line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineAt {
    /// The n-th, from 1.
    Number(u64),
    /// The one that starts at this byte of the log.
    Offset(u64),
}

impl std::fmt::Display for LineAt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "line {number}"),
            Self::Offset(offset) => write!(f, "byte {offset}"),
        }
    }
}

/// A line as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLine {
    /// The segment.
    pub segment: SegmentId,
    /// Its number, from 1.
    pub line: u64,
    /// Its first byte in the log.
    pub offset: u64,
    /// Its exact bytes, with its line end if it has one.
    pub bytes: Vec<u8>,
    /// SHA-256 of `bytes`.
    pub sha256: Hex<32>,
}

impl LogStore {
    /// Reads one line. Only the frames that hold it are read, and each is checked against its digest.
    ///
    /// # Errors
    /// [`Error::NoSuchSegment`], [`Error::NoSuchLine`] (also for an offset inside a line), [`Error::TooLarge`] for a
    /// line over the line limit, [`Error::Damaged`], those of the file system.
    pub fn read_line(&self, id: &SegmentId, at: LineAt) -> Result<StoredLine> {
        let segment = self.segment(id)?;
        let missing = || Error::NoSuchLine {
            segment: id.clone(),
            at: at.to_string(),
        };
        let mut reader = self.frames(&segment)?;
        let (line, offset) = match at {
            LineAt::Number(number) => (number, start_of(&mut reader, number)?.ok_or_else(missing)?),
            LineAt::Offset(offset) => (number_at(&mut reader, offset)?.ok_or_else(missing)?, offset),
        };
        let bytes = self.line_from(&mut reader, offset)?;
        Ok(StoredLine {
            segment: id.clone(),
            line,
            offset,
            sha256: sha256(&bytes),
            bytes,
        })
    }

    fn line_from(&self, reader: &mut FrameReader<'_>, offset: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let Some((mut number, frame)) = holding(reader.index(), offset) else {
            return Ok(bytes);
        };
        let mut skip = usize::try_from(offset - frame.raw_offset).unwrap_or(usize::MAX);
        while number < reader.index().len() {
            let rest = reader.read(number)?.get(skip..).unwrap_or_default();
            let line_end = memchr(b'\n', rest).map(|at| at + 1);
            let part = rest.get(..line_end.unwrap_or(rest.len())).unwrap_or_default();
            if bytes.len() + part.len() > self.limits.line_bytes {
                return Err(Error::TooLarge {
                    what: format!("the line at byte {offset}"),
                    limit: self.limits.line_bytes as u64,
                    advice: "evidence is never cut: export the segment's original file instead",
                });
            }
            bytes.extend_from_slice(part);
            if line_end.is_some() {
                break;
            }
            number += 1;
            skip = 0;
        }
        Ok(bytes)
    }
}

/// The frame that holds this byte of the log.
pub(crate) fn holding(index: &[Frame], offset: u64) -> Option<(usize, Frame)> {
    let number = index.partition_point(|frame| frame.raw_end() <= offset);
    index.get(number).map(|frame| (number, *frame))
}

/// Where a line starts.
pub(crate) fn start_of(reader: &mut FrameReader<'_>, line: u64) -> Result<Option<u64>> {
    let next = reader.index().partition_point(|frame| frame.line < line);
    if let Some(frame) = reader.index().get(next).filter(|frame| frame.line == line) {
        return Ok(Some(frame.line_offset));
    }
    // It starts inside the frame before, after as many line ends as lie between.
    let Some(number) = next.checked_sub(1) else {
        return Ok(None);
    };
    let Some(frame) = reader.index().get(number).copied() else {
        return Ok(None);
    };
    let nth = usize::try_from(line - frame.line - 1).unwrap_or(usize::MAX);
    let raw = reader.read(number)?;
    let start = memchr_iter(b'\n', raw)
        .nth(nth)
        .map(|at| at + 1)
        .filter(|start| *start < raw.len());
    Ok(start.map(|start| frame.raw_offset + start as u64))
}

/// The number of the line that starts at this byte; nothing where none starts there.
fn number_at(reader: &mut FrameReader<'_>, offset: u64) -> Result<Option<u64>> {
    let Some((number, frame)) = holding(reader.index(), offset) else {
        return Ok(None);
    };
    if offset == frame.line_offset {
        return Ok(Some(frame.line));
    }
    let before = usize::try_from(offset - frame.raw_offset).unwrap_or(usize::MAX);
    let before = reader.read(number)?.get(..before).unwrap_or_default();
    let starts = before.last() == Some(&b'\n');
    Ok(starts.then(|| frame.line + memchr_iter(b'\n', before).count() as u64))
}
