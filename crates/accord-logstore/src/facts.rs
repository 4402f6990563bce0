//! What every line of a segment says, one after the other: when, and which addresses. For counts that keep no line.

use std::ops::ControlFlow;

use accord_formats::logs::{Depth, LineFacts, LineReader, origin_column};

use crate::error::Result;
use crate::manifest::SegmentId;
use crate::store::LogStore;

impl LogStore {
    /// Reads every line of a segment in order and gives what it says; `take` may break off. `column` names the one that
    /// tells whose line it is; without a name it is the format's own, where it has one. Every frame is checked against
    /// its digest. Lines over the line limit are passed over; how many is the answer.
    ///
    /// # Errors
    /// [`crate::Error::NoSuchSegment`], [`crate::Error::Damaged`], those of the file system.
    pub fn each_line(
        &self,
        id: &SegmentId,
        column: Option<&str>,
        take: &mut dyn FnMut(&LineFacts) -> ControlFlow<()>,
    ) -> Result<u64> {
        let format = self.segment(id)?.manifest.log_format;
        let mut lines = LineReader::new(format);
        if let Some(column) = column.or_else(|| origin_column(format)) {
            lines = lines.under(column);
        }
        self.each_raw(id, &mut |line| take(&lines.line(line, Depth::Full)))
    }

    /// Reads every line of a segment in order, with its line end where it has one; `take` may break off. How many were
    /// too long and passed over is the answer.
    pub(crate) fn each_raw(
        &self,
        id: &SegmentId,
        take: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<u64> {
        let segment = self.segment(id)?;
        let mut reader = self.frames(&segment)?;
        let (mut partial, mut over, mut passed_over) = (Vec::new(), false, 0u64);
        for number in 0..reader.index().len() {
            for piece in reader.read(number)?.split_inclusive(|byte| *byte == b'\n') {
                let fits = partial.len().saturating_add(piece.len()) <= self.limits.line_bytes;
                over |= !fits;
                let whole = partial.is_empty() && piece.ends_with(b"\n");
                if !over && !whole {
                    partial.extend_from_slice(piece);
                }
                if !piece.ends_with(b"\n") {
                    continue;
                }
                if over {
                    passed_over += 1;
                } else {
                    let line = if partial.is_empty() {
                        piece
                    } else {
                        partial.as_slice()
                    };
                    if take(line).is_break() {
                        return Ok(passed_over);
                    }
                }
                partial.clear();
                over = false;
            }
        }
        if over {
            passed_over += 1;
        } else if !partial.is_empty() {
            let _ = take(&partial);
        }
        Ok(passed_over)
    }
}
