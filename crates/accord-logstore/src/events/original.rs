//! From a line back to the record that it was rendered from.

use accord_evtx::{CHUNK_BYTES, EventPlace, place_of};

use crate::digest::{Hex, sha256};
use crate::error::{Error, Result};
use crate::manifest::{Segment, SegmentId};
use crate::read::StoredLine;
use crate::store::LogStore;

/// The record of an event as it lies in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginalEvent {
    /// The segment that holds the file.
    pub segment: SegmentId,
    /// Where in the file, and what is known of the record.
    pub place: EventPlace,
    /// Its exact bytes, its header and the copy of its size included. Names and templates that they refer to lie
    /// elsewhere in the record's chunk.
    pub bytes: Vec<u8>,
    /// SHA-256 of `bytes`.
    pub sha256: Hex<32>,
    /// What rendered it.
    pub rendered_by: String,
}

impl LogStore {
    /// The record that a line was rendered from; nothing where the line's segment is not rendered from an event log.
    ///
    /// # Errors
    /// [`Error::NoSuchSegment`] where the original is not here; [`Error::Damaged`], those of the file system.
    pub fn original_event(&self, line: &StoredLine) -> Result<Option<OriginalEvent>> {
        let segment = self.segment(&line.segment)?;
        let Some(rendering) = &segment.manifest.rendered else {
            return Ok(None);
        };
        let original = self.segment(&rendering.segment)?;
        let damaged = |what: String| Error::Damaged {
            segment: line.segment.clone(),
            frame: None,
            what,
        };
        if original.manifest.log.sha256 != rendering.log_sha256 {
            return Err(damaged(format!(
                "segment `{}` does not hold the event log that it was rendered from",
                rendering.segment
            )));
        }
        let nowhere = || damaged(format!("line {} names no record of its event log", line.line));
        let place = place_of(&line.bytes).ok_or_else(nowhere)?;
        let length = usize::try_from(place.length).unwrap_or(usize::MAX);
        if length > CHUNK_BYTES {
            return Err(nowhere());
        }
        let bytes = self.bytes_at(&original, place.offset, length)?;
        if bytes.len() != length || bytes.get(8..16) != Some(&place.record.to_le_bytes()) {
            return Err(nowhere());
        }
        Ok(Some(OriginalEvent {
            segment: rendering.segment.clone(),
            place,
            sha256: sha256(&bytes),
            bytes,
            rendered_by: rendering.by.clone(),
        }))
    }

    /// So many bytes of a log from there on; fewer where it ends before.
    fn bytes_at(&self, segment: &Segment, offset: u64, length: usize) -> Result<Vec<u8>> {
        let mut reader = self.frames(segment)?;
        let mut bytes = Vec::with_capacity(length);
        let mut number = reader.index().partition_point(|frame| frame.raw_end() <= offset);
        while let Some(frame) = reader
            .index()
            .get(number)
            .copied()
            .filter(|_| bytes.len() < length)
        {
            let from = (offset + bytes.len() as u64).saturating_sub(frame.raw_offset);
            let from = usize::try_from(from).unwrap_or(usize::MAX);
            let rest = reader.read(number)?.get(from..).unwrap_or_default();
            let count = rest.len().min(length - bytes.len());
            bytes.extend_from_slice(rest.get(..count).unwrap_or_default());
            number += 1;
        }
        Ok(bytes)
    }
}
