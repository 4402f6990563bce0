//! Reading frames: the index checked against the manifest, every frame against its digest.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use crate::digest::{Hex, sha256};
use crate::error::{Error, Result};
use crate::layout::{FRAMES, INDEX};
use crate::limits::FRAME_MAX_BYTES;
use crate::manifest::{Frame, Segment};
use crate::store::LogStore;

/// The frames of one segment, open for reading.
pub(crate) struct FrameReader<'s> {
    store: &'s LogStore,
    /// How many segments were destroyed when it was last seen that this one is there.
    destructions: u64,
    segment: &'s Segment,
    file: File,
    path: PathBuf,
    frames: Vec<Frame>,
    packed: Vec<u8>,
    raw: Vec<u8>,
    decompressor: zstd::bulk::Decompressor<'static>,
}

impl LogStore {
    /// Opens a segment's frames. An index that is not the one that was written is damage of the whole segment.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Destroyed`], those of the file system.
    pub(crate) fn frames<'s>(&'s self, segment: &'s Segment) -> Result<FrameReader<'s>> {
        let opened = self.open_frames(segment);
        opened.map_err(|error| self.explain(segment.id(), error))
    }

    fn open_frames<'s>(&'s self, segment: &'s Segment) -> Result<FrameReader<'s>> {
        // Counted before it is looked for: what is destroyed from here on is seen between frames.
        let destructions = self.destructions();
        let folder = self.layout.segment(segment.id());
        let frames = read_index(segment, &folder.join(INDEX))?;
        let path = folder.join(FRAMES);
        let file = File::open(&path).map_err(Error::file("open", &path))?;
        let decompressor = zstd::bulk::Decompressor::new().map_err(Error::file("decompress", &path))?;
        Ok(FrameReader {
            store: self,
            destructions,
            segment,
            file,
            path,
            frames,
            packed: Vec::new(),
            raw: Vec::new(),
            decompressor,
        })
    }
}

fn read_index(segment: &Segment, path: &std::path::Path) -> Result<Vec<Frame>> {
    let expected = &segment.manifest.frames;
    let damaged = |what: String| Error::Damaged {
        segment: segment.id().clone(),
        frame: None,
        what,
    };
    let file = File::open(path).map_err(Error::file("open", path))?;
    let mut text = Vec::new();
    file.take(expected.index_length.saturating_add(1))
        .read_to_end(&mut text)
        .map_err(Error::file("read", path))?;
    if text.len() as u64 != expected.index_length || sha256(&text) != expected.index_sha256 {
        return Err(damaged(format!(
            "{INDEX} is not the one that the manifest names by digest"
        )));
    }
    let mut frames: Vec<Frame> = Vec::new();
    for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let frame: Frame = serde_json::from_slice(line)
            .map_err(|error| damaged(format!("{INDEX}, frame {}: {error}", frames.len())))?;
        let (offset, raw_offset) = frames
            .last()
            .map_or((0, 0), |last| (last.offset + last.length, last.raw_end()));
        let follows = frame.frame == frames.len() as u64
            && frame.offset == offset
            && frame.raw_offset == raw_offset
            && frame.line_offset <= frame.raw_offset
            && (1..=FRAME_MAX_BYTES as u64).contains(&frame.raw_length)
            // zstd's own bound on what it makes of incompressible bytes is far below this.
            && frame.length <= 2 * FRAME_MAX_BYTES as u64;
        if frame.stored_sha256.is_none() && frame.sha256.is_none() {
            return Err(damaged(format!("{INDEX}: frame {} has no digest", frame.frame)));
        }
        if !follows {
            return Err(damaged(format!(
                "{INDEX}: frame {} does not follow the one before it",
                frame.frame
            )));
        }
        frames.push(frame);
    }
    let raw_length = frames.last().map_or(0, Frame::raw_end);
    if frames.len() as u64 != expected.count || raw_length != segment.manifest.log.length {
        return Err(damaged(format!(
            "{INDEX} does not hold the frames that the manifest counts"
        )));
    }
    Ok(frames)
}

impl FrameReader<'_> {
    /// The index.
    pub(crate) fn index(&self) -> &[Frame] {
        &self.frames
    }

    /// The raw bytes of a frame, checked. Of a segment that was destroyed since, nothing more is read, although its files
    /// are open.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Destroyed`], those of the file system.
    pub(crate) fn read(&mut self, number: usize) -> Result<&[u8]> {
        let destructions = self.store.destructions();
        if destructions != self.destructions {
            self.store.still_here(self.segment.id())?;
            self.destructions = destructions;
        }
        let Some(frame) = self.frames.get(number).copied() else {
            return Ok(&[]);
        };
        let damaged = |what: String| Error::Damaged {
            segment: self.segment.id().clone(),
            frame: Some(frame.frame),
            what,
        };
        self.file
            .seek(SeekFrom::Start(frame.offset))
            .map_err(Error::file("read", &self.path))?;
        self.packed.clear();
        (&mut self.file)
            .take(frame.length)
            .read_to_end(&mut self.packed)
            .map_err(Error::file("read", &self.path))?;
        if self.packed.len() as u64 != frame.length {
            return Err(damaged(format!("{FRAMES} ends inside it")));
        }
        // What is not as it was written is not given to the decoder.
        let is_other =
            |digest: Option<Hex<32>>, bytes: &[u8]| digest.is_some_and(|digest| sha256(bytes) != digest);
        if is_other(frame.stored_sha256, &self.packed) {
            return Err(damaged("its bytes are not those of its digest".to_owned()));
        }
        // At most FRAME_MAX_BYTES, checked with the index; one more byte than announced is an error of the decoder.
        let capacity = usize::try_from(frame.raw_length).unwrap_or(0);
        self.raw.clear();
        self.raw.reserve(capacity);
        let unpacked = self
            .decompressor
            .decompress_to_buffer(&self.packed, &mut self.raw);
        if let Err(error) = unpacked {
            return Err(damaged(format!("it does not decompress ({error})")));
        }
        if self.raw.len() as u64 != frame.raw_length || is_other(frame.sha256, &self.raw) {
            return Err(damaged("its bytes are not those of its digest".to_owned()));
        }
        Ok(&self.raw)
    }
}
