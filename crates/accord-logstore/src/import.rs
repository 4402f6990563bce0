//! Import: one given file becomes one segment, or nothing at all.
//!
//! The frames are written as the input is read, under `incoming/`; then what is derived from them; the manifest comes
//! last. Then the folder is renamed into its source's and that folder synced: only after this the import is acknowledged.
//! A crash before the rename leaves a folder that the next opening removes; after it, a whole segment.
//!
//! Threads share the work: this one reads the input and cuts it into frames; one (`framing`) digests, compresses and writes
//! them; one (`reading`) takes every line apart, once, and fills the columns; one (`keying`) reads the keys of lines for
//! the postings; of a log of more than one row group, one (`columns/groups`) encodes those; where a watchlist is in force,
//! one (`matches`) looks for its entries. A few frames at most wait between them. Files are synced side by side, before
//! the rename: a journal takes them together, where a small import would else wait for one after the other.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::thread::Scope;

use accord_formats::logs::{DETECT_BYTES, LogFormat, TimeSpan, detect};

use crate::collected::Origin;
use crate::columns::{ColumnsFile, WalkedColumns, WrittenColumns};
use crate::digest::{Digests, Hex, sha256};
use crate::disk::DiskFile;
use crate::error::{Error, Result};
use crate::events::BeingRendered;
use crate::framing::{FrameWriter, Pending, Pipe, WrittenFrames, joined};
use crate::input::{Compression, Input};
use crate::layout::{MANIFEST, sync_file};
use crate::limits::MAX_TEXT_BYTES;
use crate::lines::LineStarts;
use crate::manifest::{FORMAT, FrameFile, LineCounts, Manifest, Segment, SegmentId, VERSION};
use crate::matches::{MatchWalk, WalkedMatches, Watched};
use crate::postings::{Gatherer, POSTINGS, Target, write};
use crate::reading::{LineReading, ReadLines};
use crate::source::{FormatSetting, SourceConfig};
use crate::store::{LogStore, State};

const _: () = assert!(DETECT_BYTES <= crate::limits::FRAME_TARGET_BYTES);

/// What is recorded of an acquisition.
pub(crate) struct Acquired<'a> {
    pub(crate) original_name: &'a str,
    pub(crate) imported_at_ms: i64,
    pub(crate) by: &'a str,
    pub(crate) origin: Option<Origin>,
    /// Whether it is taken although the source held it and it was destroyed.
    pub(crate) again: bool,
    /// Of which event log the lines are.
    pub(crate) rendered: Option<&'a BeingRendered<'a>>,
}

/// What an import is of, and where it is made.
struct Making<'a> {
    folder: &'a Path,
    room: &'a Path,
    source: &'a SourceConfig,
    acquired: &'a Acquired<'a>,
}

/// What reading the whole input yields.
struct Written<'s> {
    compression: Compression,
    given: Digests,
    frames: WrittenFrames<'s>,
    read: ReadLog,
}

/// What an import comes to, its files written and synced, before it is anybody's.
struct Imported {
    compression: Compression,
    given: Digests,
    log: Digests,
    frames: FrameFile,
    columns: WrittenColumns,
    format: LogFormat,
    lines: LineCounts,
    time: Option<TimeSpan>,
}

/// What the lines of the input say.
struct ReadLog {
    read_bytes: u64,
    format: LogFormat,
    lines: LineCounts,
    time: Option<TimeSpan>,
    gathered: Gatherer,
    columns: WalkedColumns,
    /// Nothing where no watchlist is in force, or a damaged one.
    matches: Option<WalkedMatches>,
}

/// A log whose format is known, being read.
struct Reading<'s> {
    format: LogFormat,
    lines: Pipe<'s, ReadLines>,
    matches: Option<Pipe<'s, Option<WalkedMatches>>>,
}

impl LogStore {
    /// Imports a file as one segment of a source: the exact bytes, decompressed where it is gzip, zstd or bzip2.
    ///
    /// `original_name` and `by` are recorded as they are; `imported_at_ms` is milliseconds since the epoch, UTC.
    ///
    /// # Errors
    /// [`Error::Duplicate`] where the source holds the same log already; [`Error::DestroyedLog`] where it held it, and it
    /// was destroyed; [`Error::Input`] where the input cannot be read to its end; [`Error::TooLarge`]; those of the file
    /// system. After an error nothing of the import is visible; only after [`Error::MustReopen`], or an error of the last
    /// sync, opening again tells.
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
            again: false,
            rendered: None,
        };
        self.acquire(source, reader, acquired)
    }

    /// As [`LogStore::import`], also of a log that the source held and that was destroyed: a person's explicit choice, to
    /// be asked for after [`Error::DestroyedLog`] said who destroyed it. It becomes a new segment, kept from this import on.
    ///
    /// # Errors
    /// Those of [`LogStore::import`] but [`Error::DestroyedLog`].
    pub fn import_again(
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
            again: true,
            rendered: None,
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
        self.state().writable()?;
        let (folder, room) = (self.room("import"), self.room("postings"));
        self.disk
            .create_dir(folder.path())
            .map_err(Error::file("create", folder.path()))?;
        self.write_and_commit(folder.path(), room.path(), source, reader, acquired)
    }

    fn write_and_commit(
        &self,
        folder: &Path,
        room: &Path,
        source: SourceConfig,
        reader: &mut dyn Read,
        acquired: Acquired<'_>,
    ) -> Result<Arc<Segment>> {
        let making = Making {
            folder,
            room,
            source: &source,
            acquired: &acquired,
        };
        let watched = self.watched();
        let imported =
            std::thread::scope(|scope| self.write_files(scope, &making, reader, watched.as_deref()))?;
        let log_format_set = source.format != FormatSetting::Auto && acquired.rendered.is_none();
        let mut state = self.state();
        state.writable()?;
        let segment = next_id(&state, &source.name, &acquired, &imported.log)?;
        let (_, record) = imported
            .columns
            .record(self, folder, &segment, imported.log.sha256)?;
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            version: VERSION,
            segment,
            source,
            original_name: acquired.original_name.to_owned(),
            imported_at_ms: acquired.imported_at_ms,
            imported_by: acquired.by.to_owned(),
            imported_with: concat!("accord-logstore ", env!("CARGO_PKG_VERSION")).to_owned(),
            compression: imported.compression,
            given: imported.given,
            log: imported.log,
            log_format: imported.format,
            log_format_set,
            lines: imported.lines,
            time: imported.time,
            frames: imported.frames,
            origin: acquired.origin,
            rendered: acquired.rendered.map(BeingRendered::rendering),
        };
        self.commit(folder, manifest, record, &mut state)
    }

    /// Everything but what names the segment.
    fn write_files<'s>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        making: &'s Making<'_>,
        reader: &mut dyn Read,
        watched: Option<&'s Watched>,
    ) -> Result<Imported> {
        let Written {
            compression,
            given,
            frames: WrittenFrames { file, log, syncing },
            read,
        } = self.write_frames(scope, making, reader, watched)?;
        next_id(&self.state(), &making.source.name, making.acquired, &log)?;
        let (columns, folder, sha256) = (read.columns, making.folder, log.sha256);
        let columns = scope.spawn(move || columns.finish(sha256));
        let matches = read
            .matches
            .map(|matches| scope.spawn(move || matches.write(self, folder, sha256)));
        let postings = self.write_postings(folder, read.gathered, sha256, &file);
        // Where several fail, one is told: most often all for one reason.
        let columns = joined(columns)?;
        matches.map_or(Ok(()), joined)?;
        joined(syncing)?;
        postings?;
        Ok(Imported {
            compression,
            given,
            log,
            frames: file,
            columns,
            format: read.format,
            lines: read.lines,
            time: read.time,
        })
    }

    fn write_postings(
        &self,
        folder: &Path,
        mut gathered: Gatherer,
        log: Hex<32>,
        frames: &FrameFile,
    ) -> Result<()> {
        let path = folder.join(POSTINGS);
        let file = self.disk.create_file(&path);
        let target = Target::File(file.map_err(Error::file("create", &path))?);
        write(&mut gathered, log, frames.count, frames.index_sha256, target)?;
        self.key_rooms.give(gathered.into_rooms());
        Ok(())
    }

    /// Writes the manifest, and puts the segment in its place. The record of its columns is synced with it.
    fn commit(
        &self,
        folder: &Path,
        manifest: Manifest,
        record: DiskFile,
        state: &mut State,
    ) -> Result<Arc<Segment>> {
        let (layout, disk) = (&self.layout, &self.disk);
        let path = folder.join(MANIFEST);
        let mut text = serde_json::to_vec_pretty(&manifest)
            .map_err(|error| Error::file("write", &path)(error.into()))?;
        text.push(b'\n');
        let file = layout.write_unsynced(disk, &path, &text)?;
        std::thread::scope(|scope| {
            let record = scope.spawn(|| sync_file(record));
            sync_file(file)?;
            joined(record)
        })?;
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

    fn write_frames<'s>(
        &self,
        scope: &'s Scope<'s, '_>,
        making: &Making<'_>,
        reader: &mut dyn Read,
        watched: Option<&'s Watched>,
    ) -> Result<Written<'s>> {
        let acquired = making.acquired;
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
        let told_by_content =
            acquired.rendered.is_none() && acquired.origin.as_ref().is_none_or(Origin::is_whole_file);
        let input = if told_by_content {
            Input::open(reader)
        } else {
            Input::plain(reader)
        };
        let mut input = input.map_err(failed(Compression::Plain, 0))?;
        let compression = input.compression();
        let writer = FrameWriter::create(scope, self, making.folder)?;
        let framing = Pipe::start(scope, writer);
        let read = self.read_log(scope, &mut input, making, watched, &framing);
        // Where the writing failed, the reading stopped for that reason.
        let frames = framing.finish()?;
        let read = read?;
        let given = input
            .finish()
            .map_err(failed(compression, read.read_bytes))?
            .unwrap_or(frames.log);
        Ok(Written {
            compression,
            given,
            frames,
            read,
        })
    }

    /// Reads the input to its end: its bytes to the frames, its lines to what is derived from them.
    fn read_log<'s>(
        &self,
        scope: &'s Scope<'s, '_>,
        input: &mut Input<'_>,
        making: &Making<'_>,
        watched: Option<&'s Watched>,
        framing: &Pipe<'s, WrittenFrames<'s>>,
    ) -> Result<ReadLog> {
        let compression = input.compression();
        let name = making.acquired.original_name;
        let mut pending = Pending::new(
            self.limits.frame_target_bytes,
            self.limits.frame_max_bytes,
            self.frame_rooms.clone(),
        );
        let mut starts = LineStarts::default();
        let mut reading: Option<Reading<'s>> = None;
        let mut read_bytes = 0_u64;
        loop {
            let count = input.read(pending.space()).map_err(|error| Error::Input {
                name: name.to_owned(),
                compression: compression.name(),
                read_bytes,
                error,
            })?;
            pending.filled(count);
            read_bytes += count as u64;
            self.check_size(name, input, read_bytes)?;
            let end = count == 0;
            if reading.is_none() && !end && pending.bytes().len() < DETECT_BYTES.min(pending.target()) {
                continue;
            }
            let now = match reading.take() {
                Some(now) => now,
                None => self.start_reading(scope, making, watched, pending.bytes())?,
            };
            let Reading { lines, matches, .. } = reading.insert(now);
            let mut taken = true;
            while taken && let Some(raw) = pending.frame(end) {
                let (line, line_offset) = starts.position();
                taken = framing.frame(&raw, line, line_offset)
                    && lines.frame(&raw, line, line_offset)
                    && matches
                        .as_ref()
                        .is_none_or(|matches| matches.frame(&raw, line, line_offset));
                starts.piece(&raw);
            }
            if !taken {
                // Which of them failed, and why, is told where they are waited for.
                let failed = reading.and_then(|reading| reading.lines.finish().err());
                return Err(failed.unwrap_or(Error::Cancelled));
            }
            if end {
                break;
            }
        }
        // The loop ends only with the end of the input, and this is made by then.
        let reading = reading.ok_or(Error::MustReopen)?;
        let lines = reading.lines.finish()?;
        let matches = reading.matches.map(Pipe::finish).transpose()?.flatten();
        pending.leave();
        Ok(ReadLog {
            read_bytes,
            format: reading.format,
            lines: lines.sums.counts,
            time: lines.sums.time,
            gathered: lines.gathered,
            columns: lines.columns,
            matches,
        })
    }

    /// Once enough is there to tell the format.
    fn start_reading<'s>(
        &self,
        scope: &'s Scope<'s, '_>,
        making: &Making<'_>,
        watched: Option<&'s Watched>,
        bytes: &[u8],
    ) -> Result<Reading<'s>> {
        let format = match making.source.format {
            _ if making.acquired.rendered.is_some() => LogFormat::WindowsJson,
            FormatSetting::Auto => detect(bytes),
            FormatSetting::As(format) => format,
        };
        let imported_at_ms = making.acquired.imported_at_ms;
        let columns = ColumnsFile::create(self, making.folder, making.source, format, imported_at_ms)?;
        let gatherer = Gatherer::new(format, &self.limits, &self.disk, making.room.to_path_buf())
            .in_rooms(self.key_rooms.take());
        let lines = LineReading::start(scope, format, self.limits.line_bytes, gatherer, columns);
        Ok(Reading {
            format,
            lines: Pipe::start(scope, lines),
            matches: watched
                .and_then(|watched| MatchWalk::start(watched, format, &self.limits))
                .map(|walk| Pipe::start(scope, walk)),
        })
    }

    fn check_size(&self, name: &str, input: &Input<'_>, read_bytes: u64) -> Result<()> {
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
        if input.compression() != Compression::Plain && expanded {
            return Err(Error::TooLarge {
                what: format!("what `{name}` becomes for each of its bytes"),
                limit: self.limits.expansion,
                advice: "only a bomb does this; if it is a log, decompress it first",
            });
        }
        Ok(())
    }
}

/// The next number of the source, unless it holds these bytes already, or held them: from anywhere, or where they were
/// collected, from the same place. The number of a destroyed segment is never used again. What is rendered from an event log is there
/// where something is that was; it is made again where it was destroyed, as long as the event log is there.
fn next_id(state: &State, source: &str, acquired: &Acquired<'_>, log: &Digests) -> Result<SegmentId> {
    if let Some(being) = acquired.rendered {
        // Of what was destroyed meanwhile nothing is made.
        state.segment(being.original.id())?;
    }
    let mut last = 0;
    for (id, segment) in &state.segments {
        if id.source() != source {
            continue;
        }
        last = last.max(id.number());
        let there = match acquired.rendered {
            // An event log is rendered once, and two may hold the same events.
            Some(being) => {
                let rendering = segment.manifest.rendered.as_ref();
                rendering.is_some_and(|rendering| rendering.segment == *being.original.id())
            }
            None => {
                let same_place = acquired.origin.is_none() || acquired.origin == segment.manifest.origin;
                same_place && segment.manifest.log.is_same(log)
            }
        };
        if there {
            return Err(Error::Duplicate {
                original_name: acquired.original_name.to_owned(),
                segment: id.clone(),
            });
        }
    }
    for (id, gone) in state.keeping.gone_of(source) {
        last = last.max(id.number());
        let is_refused = !acquired.again && acquired.rendered.is_none();
        if is_refused && gone.is_same(log, acquired.origin.as_ref()) {
            return Err(gone.import_error(id, acquired.original_name));
        }
    }
    SegmentId::new(source, last + 1).ok_or_else(|| Error::NoSuchSource(source.to_owned()))
}
