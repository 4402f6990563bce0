//! Takes a file as it comes, piece by piece: its header, then chunk after chunk.

use std::sync::Arc;

use evtx::{EvtxFileHeader, HeaderFlags, ParserSettings};

use crate::chunk::Chunk;
use crate::counts::EventCounts;
use crate::limits::Limits;
use crate::{CHUNK_BYTES, HEADER_BYTES};

/// What is read next.
enum Next {
    Header,
    Chunk,
    /// It is no event log: nothing of it is.
    Nothing,
}

/// Reads a file.
pub struct EventReader {
    settings: Arc<ParserSettings>,
    limits: Limits,
    next: Next,
    /// The first part of what is read next.
    buffer: Vec<u8>,
    /// The first byte of `buffer` in the file.
    offset: u64,
    header_chunks: u64,
    counts: EventCounts,
}

impl std::fmt::Debug for EventReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventReader")
            .field("offset", &self.offset)
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

impl Default for EventReader {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl EventReader {
    /// A reader at the start of a file.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        // What texts of one byte a letter mean is not in the file: Windows-1252, as the library has it by itself.
        let settings = ParserSettings::new()
            .indent(false)
            .separate_json_attributes(false)
            .recover_records(true);
        Self {
            settings: Arc::new(settings),
            limits,
            next: Next::Header,
            buffer: Vec::new(),
            offset: 0,
            header_chunks: 0,
            counts: EventCounts::default(),
        }
    }

    /// Takes the next bytes of the file, up to the end of one chunk, and adds the lines of that chunk to `out`: at most
    /// [`Limits::chunk_bytes`]. Returns how many bytes it took; none only where there are none.
    pub fn take(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> usize {
        let wanted = match self.next {
            Next::Header => HEADER_BYTES,
            Next::Chunk => CHUNK_BYTES,
            Next::Nothing => {
                self.offset += bytes.len() as u64;
                return bytes.len();
            }
        };
        let taken = bytes.len().min(wanted.saturating_sub(self.buffer.len()));
        self.buffer
            .extend_from_slice(bytes.get(..taken).unwrap_or_default());
        if self.buffer.len() == wanted {
            self.piece(out);
        }
        taken
    }

    /// The file ends here; adds the lines of a chunk that is cut off.
    #[must_use]
    pub fn finish(mut self, out: &mut Vec<u8>) -> EventCounts {
        if !self.buffer.is_empty() {
            let length = self.buffer.len() as u64;
            match self.next {
                Next::Header => {
                    let most = self.limits.unread_listed;
                    self.counts
                        .unread(most, 0, length, "the file ends within its header");
                }
                Next::Chunk => self.piece(out),
                Next::Nothing => {}
            }
        }
        if matches!(self.next, Next::Nothing) {
            let what = "it does not begin as a Windows event log";
            self.counts
                .unread(self.limits.unread_listed, 0, self.offset, what);
        }
        let found = self.counts.chunks + self.counts.blank_chunks;
        self.counts.missing_chunks = self.header_chunks.saturating_sub(found);
        self.counts
    }

    /// Reads what is in the buffer.
    fn piece(&mut self, out: &mut Vec<u8>) {
        let buffer = std::mem::take(&mut self.buffer);
        let (offset, length) = (self.offset, buffer.len() as u64);
        self.offset += length;
        match self.next {
            Next::Header => self.header(&buffer),
            Next::Chunk => {
                let chunk = Chunk {
                    settings: &self.settings,
                    limits: self.limits,
                    offset,
                    counts: &mut self.counts,
                    out,
                    read_bytes: 0,
                };
                self.buffer = chunk.read(buffer);
            }
            Next::Nothing => {}
        }
    }

    fn header(&mut self, bytes: &[u8]) {
        let Ok(header) = EvtxFileHeader::from_bytes(bytes) else {
            self.next = Next::Nothing;
            return;
        };
        self.counts.is_header_sound = header.validate_checksum();
        self.counts.is_left_open = header.flags.contains(HeaderFlags::DIRTY);
        self.header_chunks = u64::from(header.chunk_count);
        self.next = Next::Chunk;
    }
}
