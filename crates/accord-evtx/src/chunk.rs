//! One chunk: its records to lines, what cannot be read to the counts.

use std::error::Error;
use std::sync::Arc;

use evtx::err::{ChunkError, EvtxError};
use evtx::{EvtxChunkData, EvtxRecord, ParserSettings};
use memchr::memmem;

use crate::CHUNK_BYTES;
use crate::counts::EventCounts;
use crate::limits::Limits;
use crate::place::{EventPlace, line};

/// The header of a chunk; records begin after it.
const HEADER_LENGTH: usize = 512;
const CHUNK_HEADER_BYTES: u64 = HEADER_LENGTH as u64;
/// Where the header has the offsets of the names that the chunk's records use.
const NAME_TABLE: std::ops::Range<usize> = 128..384;
/// What a chunk begins with.
const CHUNK_MAGIC: &[u8] = b"ElfChnk\0";
/// What a record begins with.
const RECORD_MAGIC: &[u8] = b"**\0\0";
/// The header of a record, before its binary XML.
const RECORD_HEADER_BYTES: u64 = 24;
/// The copy of a record's size, after it.
const RECORD_TAIL_BYTES: u64 = 4;

/// A chunk of a file, to be read.
pub(crate) struct Chunk<'a> {
    pub(crate) settings: &'a Arc<ParserSettings>,
    pub(crate) limits: Limits,
    /// Its first byte in the file.
    pub(crate) offset: u64,
    pub(crate) counts: &'a mut EventCounts,
    pub(crate) out: &'a mut Vec<u8>,
    /// The bytes of its records that became lines.
    pub(crate) read_bytes: u64,
}

/// Where the reading of a chunk has come to.
struct Way {
    /// The end of the last record that was read or is known.
    end: u64,
    /// Where a record should be and none can be read, and why: it ends where the next one begins.
    gap: Option<(u64, String)>,
    /// How many bytes its lines may still take.
    room: usize,
    bad_checksum: bool,
}

impl Chunk<'_> {
    /// Reads it; returns its buffer, empty, to be used again.
    pub(crate) fn read(mut self, bytes: Vec<u8>) -> Vec<u8> {
        if bytes.iter().all(|byte| *byte == 0) {
            self.counts.blank_chunks += 1;
            return emptied(bytes);
        }
        self.counts.chunks += 1;
        let length = bytes.len() as u64;
        match EvtxChunkData::new(bytes.clone(), false) {
            Ok(data) => {
                let bad_checksum = !data.validate_checksum();
                self.counts.bad_checksum_chunks += u64::from(bad_checksum);
                let read = self.records(data, bad_checksum).map_err(|error| reason(&error));
                match read.or_else(|why| self.without_names(bytes.clone(), bad_checksum, why)) {
                    Ok(end) if bytes.len() < CHUNK_BYTES => {
                        self.unread(end, length.saturating_sub(end), "the file ends within a chunk");
                    }
                    Ok(_) => {}
                    Err(why) => self.unread(0, length, &why),
                }
            }
            Err(error) => {
                self.counts.bad_checksum_chunks += 1;
                self.without_header(&bytes, length, &reason(&error));
            }
        }
        emptied(bytes)
    }

    /// A broken table of names breaks the chunk; without it names are read where the records point to.
    fn without_names(&mut self, mut bytes: Vec<u8>, bad_checksum: bool, why: String) -> Result<u64, String> {
        if let Some(table) = bytes.get_mut(NAME_TABLE) {
            table.fill(0);
        }
        let read = EvtxChunkData::new(bytes, false).and_then(|data| self.records(data, bad_checksum));
        read.map_err(|_| why)
    }

    /// Without a header nothing says where the records are: those that are whole are found as the remnants of an earlier
    /// use are, and the rest is unread.
    fn without_header(&mut self, bytes: &[u8], length: u64, why: &str) {
        let mut made = vec![0; HEADER_LENGTH];
        for (at, part) in [
            (0, CHUNK_MAGIC),
            (40, &128_u32.to_le_bytes()[..]),
            // Where the free room begins: at once.
            (48, &512_u32.to_le_bytes()[..]),
        ] {
            if let Some(place) = made.get_mut(at..at + part.len()) {
                place.copy_from_slice(part);
            }
        }
        made.extend_from_slice(bytes.get(made.len()..).unwrap_or_default());
        if let Ok(data) = EvtxChunkData::new(made, false) {
            // The chunk's table of names is empty: reading it cannot fail.
            let _ = self.records(data, true);
        }
        self.unread(0, length.saturating_sub(self.read_bytes), why);
    }

    /// Reads the records; tells where the last one ends.
    fn records(&mut self, mut data: EvtxChunkData, bad_checksum: bool) -> Result<u64, ChunkError> {
        let length = data.data.len() as u64;
        let live_end = u64::from(data.header.free_space_offset)
            .clamp(CHUNK_HEADER_BYTES, length.max(CHUNK_HEADER_BYTES));
        let mut chunk = data.parse(Arc::clone(self.settings))?;
        let bytes = chunk.data;
        let mut way = Way {
            end: CHUNK_HEADER_BYTES,
            gap: None,
            room: self.limits.chunk_bytes,
            bad_checksum,
        };
        for item in chunk.iter() {
            match item {
                Ok(record) => self.record(record, &mut way),
                Err(EvtxError::FailedToReadRecordAt { offset, source, .. }) => {
                    self.close_gap(&mut way, offset);
                    way.gap = Some((offset, reason(&source)));
                }
                Err(EvtxError::FailedToParseRecord { record_id, source }) => {
                    let (start, length) = find(bytes, way.end, record_id);
                    self.close_gap(&mut way, start);
                    self.unread(start, length, &reason(&source));
                    way.end = start + length;
                }
                Err(error) => {
                    let start = way.end;
                    self.close_gap(&mut way, start);
                    way.gap = Some((start, reason(&error)));
                }
            }
        }
        let end = live_end.max(way.end);
        self.close_gap(&mut way, end);
        Ok(way.end)
    }

    fn record(&mut self, record: EvtxRecord<'_>, way: &mut Way) {
        let start = record.binxml_offset.saturating_sub(RECORD_HEADER_BYTES);
        let length = u64::from(record.binxml_size) + RECORD_HEADER_BYTES + RECORD_TAIL_BYTES;
        self.close_gap(way, start);
        way.end = start + length;
        let place = EventPlace {
            offset: self.offset + start,
            length,
            record: record.event_record_id,
            remnant: record.recovered,
            bad_checksum: way.bad_checksum,
        };
        let what = match record.into_json_bytes() {
            Ok(rendered) => match line(&rendered.data, place) {
                Some(line) if line.len() > self.limits.event_bytes => {
                    format!("its line would have {} bytes", line.len())
                }
                Some(line) if line.len() > way.room => "the lines of its chunk are over the limit".to_owned(),
                Some(line) => {
                    way.room -= line.len();
                    self.out.extend_from_slice(&line);
                    self.counts.events += 1;
                    self.counts.remnants += u64::from(place.remnant);
                    self.read_bytes += length;
                    return;
                }
                None => "it is rendered to no object of one line".to_owned(),
            },
            // Bytes that look like a record in what an earlier log left are none.
            Err(_) if place.remnant => return,
            Err(error) => reason(&error),
        };
        self.unread(start, length, &what);
    }

    /// Where a record could not be read, and the next thing begins here.
    fn close_gap(&mut self, way: &mut Way, here: u64) {
        if let Some((start, what)) = way.gap.take() {
            self.unread(start, here.saturating_sub(start), &what);
            way.end = way.end.max(here);
        }
    }

    fn unread(&mut self, start: u64, length: u64, what: &str) {
        let most = self.limits.unread_listed;
        self.counts.unread(most, self.offset + start, length, what);
    }
}

fn emptied(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.clear();
    bytes
}

/// Where a record of this number stands, from there on, and its length; all that is left where none is seen.
fn find(chunk: &[u8], from: u64, number: u64) -> (u64, u64) {
    let begin = usize::try_from(from).unwrap_or(usize::MAX);
    let rest = chunk.get(begin..).unwrap_or_default();
    let here = |at: &usize| {
        let id = rest.get(at + 8..at + 16);
        id.is_some_and(|id| *id == number.to_le_bytes())
    };
    let Some(at) = memmem::find_iter(rest, RECORD_MAGIC).find(here) else {
        return (from, rest.len() as u64);
    };
    let size = rest.get(at + 4..at + 8).and_then(|size| size.try_into().ok());
    let size = u64::from(size.map_or(0, u32::from_le_bytes));
    let left = (rest.len() - at) as u64;
    (
        from + at as u64,
        size.clamp(RECORD_HEADER_BYTES, left.max(RECORD_HEADER_BYTES))
            .min(left),
    )
}

/// An error with what lies behind it.
fn reason(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut inner = error.source();
    while let Some(error) = inner {
        text.push_str(": ");
        text.push_str(&error.to_string());
        inner = error.source();
    }
    text
}
