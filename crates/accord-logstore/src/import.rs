//! Import: one given file becomes one segment, or nothing at all.
//!
//! The frames are written as the input is read, under `incoming/`; the manifest comes last. Then the folder is renamed
//! into its source's and that folder synced: only after this the import is acknowledged. A crash before the rename
//! leaves a folder that the next opening removes; after it, a whole segment.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use accord_formats::logs::{DETECT_BYTES, detect};

use crate::collected::Origin;
use crate::digest::{Digester, Digests, Hex, sha256};
use crate::disk::DiskFile;
use crate::error::{Error, Result};
use crate::input::{Compression, Input};
use crate::layout::{FRAMES, INDEX, MANIFEST};
use crate::limits::MAX_TEXT_BYTES;
use crate::lines::LineSurvey;
use crate::manifest::{FORMAT, Frame, FrameFile, Manifest, Segment, SegmentId, VERSION};
use crate::source::{FormatSetting, SourceConfig};
use crate::store::{LogStore, State};

/// zstd's level: its default, near twice as fast as the next that saves anything.
const ZSTD_LEVEL: i32 = 3;
/// Index lines are gathered to this many bytes before they are written.
const INDEX_BUFFER_BYTES: usize = 64 * 1024;

const _: () = assert!(DETECT_BYTES <= crate::limits::FRAME_TARGET_BYTES);

/// What is recorded of an acquisition.
pub(crate) struct Acquired<'a> {
    pub(crate) original_name: &'a str,
    pub(crate) imported_at_ms: i64,
    pub(crate) by: &'a str,
    pub(crate) origin: Option<Origin>,
}

/// What reading the whole input yields.
struct Written {
    compression: Compression,
    given: Digests,
    log: Digests,
    survey: LineSurvey,
    frames: FrameFile,
    format: accord_formats::logs::LogFormat,
}

impl LogStore {
    /// Imports a file as one segment of a source: the exact bytes, decompressed where it is gzip, zstd or bzip2.
    ///
    /// `original_name` and `by` are recorded as they are; `imported_at_ms` is milliseconds since the epoch, UTC.
    ///
    /// # Errors
    /// [`Error::Duplicate`] where the source holds the same log already; [`Error::Input`] where the input cannot be
    /// read to its end; [`Error::TooLarge`]; those of the file system. After an error nothing of the import is
    /// visible; only after [`Error::MustReopen`], or an error of the last sync, opening again tells.
    pub fn import(
        &self,
        source: &str,
        original_name: &str,
        reader: &mut dyn Read,
        imported_at_ms: i64,
        by: &str,
    ) -> Result<Arc<Segment>> {
        let acquired = Acquired {
            original_name,
            imported_at_ms,
            by,
            origin: None,
        };
        self.acquire(source, reader, acquired)
    }

    pub(crate) fn acquire(
        &self,
        source: &str,
        reader: &mut dyn Read,
        acquired: Acquired<'_>,
    ) -> Result<Arc<Segment>> {
        let source = self.source(source)?;
        let (original_name, by) = (acquired.original_name, acquired.by);
        for (what, text) in [("the file's name", original_name), ("the importer's name", by)] {
            if text.len() > MAX_TEXT_BYTES {
                let (what, limit) = (format!("{what} ({} bytes)", text.len()), MAX_TEXT_BYTES as u64);
                return Err(Error::TooLarge {
                    what,
                    limit,
                    advice: "give a shorter one",
                });
            }
        }
        let number = {
            let mut state = self.state();
            if state.must_reopen {
                return Err(Error::MustReopen);
            }
            state.imports += 1;
            state.imports
        };
        let folder = self.layout.incoming().join(format!("import-{number}"));
        self.disk
            .create_dir(&folder)
            .map_err(Error::file("create", &folder))?;
        let result = self.write_and_commit(&folder, source, reader, acquired);
        if result.is_err() && folder.exists() {
            // If this fails too, the next opening removes it.
            let _ = self.disk.remove(&folder);
        }
        result
    }

    fn write_and_commit(
        &self,
        folder: &Path,
        source: SourceConfig,
        reader: &mut dyn Read,
        acquired: Acquired<'_>,
    ) -> Result<Arc<Segment>> {
        let written = self.write_frames(folder, source.format, reader, &acquired)?;
        let log_format_set = source.format != FormatSetting::Auto;
        let (lines, time) = written.survey.finish();
        let mut state = self.state();
        if state.must_reopen {
            return Err(Error::MustReopen);
        }
        let segment = next_id(&state, &source.name, &acquired, &written.log)?;
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            version: VERSION,
            segment,
            source,
            original_name: acquired.original_name.to_owned(),
            imported_at_ms: acquired.imported_at_ms,
            imported_by: acquired.by.to_owned(),
            imported_with: concat!("accord-logstore ", env!("CARGO_PKG_VERSION")).to_owned(),
            compression: written.compression,
            given: written.given,
            log: written.log,
            log_format: written.format,
            log_format_set,
            lines,
            time,
            frames: written.frames,
            origin: acquired.origin,
        };
        self.commit(folder, manifest, &mut state)
    }

    fn commit(&self, folder: &Path, manifest: Manifest, state: &mut State) -> Result<Arc<Segment>> {
        let (layout, disk) = (&self.layout, &self.disk);
        let path = folder.join(MANIFEST);
        let mut text = serde_json::to_vec_pretty(&manifest)
            .map_err(|error| Error::file("write", &path)(error.into()))?;
        text.push(b'\n');
        layout.write_file(disk, &path, &text)?;
        layout.sync(disk, folder)?;
        let place = layout.segment(&manifest.segment);
        // From here on only the disk knows: a rename or sync that reports a failure may have taken effect.
        state.must_reopen = true;
        disk.rename(folder, &place)
            .map_err(Error::file("rename to", &place))?;
        layout.sync(disk, &layout.source_segments(manifest.segment.source()))?;
        state.must_reopen = false;
        let segment = Arc::new(Segment {
            manifest,
            manifest_sha256: sha256(&text),
        });
        state.segments.insert(segment.id().clone(), Arc::clone(&segment));
        Ok(segment)
    }

    fn write_frames(
        &self,
        folder: &Path,
        setting: FormatSetting,
        reader: &mut dyn Read,
        acquired: &Acquired<'_>,
    ) -> Result<Written> {
        let name = acquired.original_name;
        let failed = |compression: Compression, read_bytes: u64| {
            let (name, compression) = (name.to_owned(), compression.name());
            move |error| Error::Input {
                name,
                compression,
                read_bytes,
                error,
            }
        };
        let told_by_content = acquired.origin.as_ref().is_none_or(Origin::is_whole_file);
        let input = if told_by_content {
            Input::open(reader)
        } else {
            Input::plain(reader)
        };
        let mut input = input.map_err(failed(Compression::Plain, 0))?;
        let compression = input.compression();
        let mut writer = FrameWriter::create(self, folder)?;
        let mut pending = Pending::new(self.limits.frame_target_bytes, self.limits.frame_max_bytes);
        let mut survey = None;
        let mut digester = Digester::default();
        let mut read_bytes = 0_u64;
        loop {
            let count = input
                .read(pending.space())
                .map_err(failed(compression, read_bytes))?;
            pending.filled(count);
            read_bytes += count as u64;
            if read_bytes > self.limits.segment_bytes {
                let limit = self.limits.segment_bytes;
                return Err(Error::TooLarge {
                    what: format!("`{name}`"),
                    limit,
                    advice: "split the log and import the parts",
                });
            }
            let expanded = read_bytes > self.limits.expansion_free_bytes
                && read_bytes > input.given_bytes().saturating_mul(self.limits.expansion);
            if compression != Compression::Plain && expanded {
                return Err(Error::TooLarge {
                    what: format!("what `{name}` becomes for each of its bytes"),
                    limit: self.limits.expansion,
                    advice: "only a bomb does this; if it is a log, decompress it first",
                });
            }
            let end = count == 0;
            let survey = if let Some(survey) = &mut survey {
                survey
            } else if end || pending.bytes().len() >= DETECT_BYTES.min(pending.target) {
                let format = match setting {
                    FormatSetting::Auto => detect(pending.bytes()),
                    FormatSetting::As(format) => format,
                };
                survey.insert((LineSurvey::new(format, self.limits.line_bytes), format))
            } else {
                continue;
            };
            while let Some(bytes) = pending.frame(end) {
                digester.update(bytes);
                let (line, line_offset) = survey.0.position();
                writer.frame(bytes, line, line_offset)?;
                survey.0.piece(bytes);
                pending.taken();
            }
            if end {
                break;
            }
        }
        let log = digester.finish();
        let given = input
            .finish()
            .map_err(failed(compression, read_bytes))?
            .unwrap_or(log);
        let frames = writer.finish()?;
        // The loop ends only with the end of the input, and the survey is made by then.
        let (survey, format) = survey.ok_or(Error::MustReopen)?;
        Ok(Written {
            compression,
            given,
            log,
            survey,
            frames,
            format,
        })
    }
}

/// The next number of the source, unless it holds these bytes already: from anywhere, or where they were collected,
/// from the same place.
fn next_id(state: &State, source: &str, acquired: &Acquired<'_>, log: &Digests) -> Result<SegmentId> {
    let mut last = 0;
    for (id, segment) in &state.segments {
        if id.source() != source {
            continue;
        }
        last = last.max(id.number());
        let same_place = acquired.origin.is_none() || acquired.origin == segment.manifest.origin;
        if same_place && segment.manifest.log == *log {
            return Err(Error::Duplicate {
                original_name: acquired.original_name.to_owned(),
                segment: id.clone(),
            });
        }
    }
    SegmentId::new(source, last + 1).ok_or_else(|| Error::NoSuchSource(source.to_owned()))
}

/// Raw bytes that wait for their frame.
struct Pending {
    buffer: Vec<u8>,
    length: usize,
    target: usize,
    max: usize,
    cut: usize,
}

impl Pending {
    fn new(target: usize, max: usize) -> Self {
        let max = max.max(1);
        // One byte more than a frame: a full buffer always yields one, and empty space would read as the end.
        Self {
            buffer: vec![0; max + 1],
            length: 0,
            target: target.clamp(1, max),
            max,
            cut: 0,
        }
    }

    /// Never empty: frames are taken before the buffer is full.
    fn space(&mut self) -> &mut [u8] {
        self.buffer.get_mut(self.length..).unwrap_or_default()
    }

    fn filled(&mut self, count: usize) {
        self.length += count;
    }

    fn bytes(&self) -> &[u8] {
        self.buffer.get(..self.length).unwrap_or_default()
    }

    /// The next frame, where enough is there: up to the last line end within the target; else up to the first after it;
    /// else the maximum. It depends on the log alone, not on how it was read: the same log makes the same frames.
    fn frame(&mut self, end: bool) -> Option<&[u8]> {
        let bytes = self.buffer.get(..self.length).unwrap_or_default();
        self.cut = if bytes.len() <= self.target {
            if !end || bytes.is_empty() {
                return None;
            }
            bytes.len()
        } else {
            let (head, rest) = bytes.split_at_checked(self.target).unwrap_or((bytes, &[]));
            let within = memchr::memrchr(b'\n', head).map(|at| at + 1);
            let after = || memchr::memchr(b'\n', rest).map(|at| self.target + at + 1);
            match within.or_else(after) {
                Some(cut) => cut.min(self.max),
                None if bytes.len() > self.max => self.max,
                None if end => bytes.len(),
                None => return None,
            }
        };
        bytes.get(..self.cut)
    }

    fn taken(&mut self) {
        self.buffer.copy_within(self.cut..self.length, 0);
        self.length -= self.cut;
        self.cut = 0;
    }
}

/// Writes `frames.zst` and `frames.ndjson`.
struct FrameWriter {
    frames: DiskFile,
    index: DiskFile,
    index_text: Vec<u8>,
    index_digest: sha2::Sha256,
    compressor: zstd::bulk::Compressor<'static>,
    raw_offset: u64,
    file: FrameFile,
}

impl FrameWriter {
    fn create(store: &LogStore, folder: &Path) -> Result<Self> {
        let create = |name: &str| {
            let path = folder.join(name);
            store.disk.create_file(&path).map_err(Error::file("create", path))
        };
        let (frames, index) = (create(FRAMES)?, create(INDEX)?);
        let compressor = || {
            let mut compressor = zstd::bulk::Compressor::new(ZSTD_LEVEL)?;
            compressor.include_checksum(true)?;
            compressor.include_contentsize(true)?;
            Ok(compressor)
        };
        let compressor = compressor().map_err(Error::file("compress for", frames.path()))?;
        let file = FrameFile {
            count: 0,
            length: 0,
            index_length: 0,
            index_sha256: Hex([0; 32]),
        };
        Ok(Self {
            frames,
            index,
            index_text: Vec::new(),
            index_digest: sha2::Digest::new(),
            compressor,
            raw_offset: 0,
            file,
        })
    }

    fn frame(&mut self, raw: &[u8], line: u64, line_offset: u64) -> Result<()> {
        let path = self.frames.path().to_path_buf();
        let packed = self
            .compressor
            .compress(raw)
            .map_err(Error::file("compress for", &path))?;
        self.frames
            .write_all(&packed)
            .map_err(Error::file("write", &path))?;
        let frame = Frame {
            frame: self.file.count,
            offset: self.file.length,
            length: packed.len() as u64,
            raw_offset: self.raw_offset,
            raw_length: raw.len() as u64,
            sha256: sha256(raw),
            line,
            line_offset,
        };
        self.file.count += 1;
        self.file.length += frame.length;
        self.raw_offset += frame.raw_length;
        serde_json::to_writer(&mut self.index_text, &frame)
            .map_err(|error| Error::file("write", path)(error.into()))?;
        self.index_text.push(b'\n');
        if self.index_text.len() >= INDEX_BUFFER_BYTES {
            self.flush_index()
        } else {
            Ok(())
        }
    }

    fn flush_index(&mut self) -> Result<()> {
        if self.index_text.is_empty() {
            return Ok(());
        }
        sha2::Digest::update(&mut self.index_digest, &self.index_text);
        self.index
            .write_all(&self.index_text)
            .map_err(Error::file("write", self.index.path()))?;
        self.file.index_length += self.index_text.len() as u64;
        self.index_text.clear();
        Ok(())
    }

    fn finish(mut self) -> Result<FrameFile> {
        self.flush_index()?;
        self.frames
            .sync()
            .map_err(Error::file("sync", self.frames.path()))?;
        self.index
            .sync()
            .map_err(Error::file("sync", self.index.path()))?;
        self.file.index_sha256 = Hex(sha2::Digest::finalize(self.index_digest).into());
        Ok(self.file)
    }
}
