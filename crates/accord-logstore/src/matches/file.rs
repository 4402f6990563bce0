//! `matches.ndjson.zst`: one JSON object a line, as one zstd frame. A head, the entries, their sums, and the digest of all
//! lines before; nothing of it is believed before that was compared.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zstd::zstd_safe::CParameter;

use super::{MATCHES, MatchSums, SegmentMatches, WalkedMatches, WatchlistUsed};
use crate::columns::Sink;
use crate::digest::{Hex, sha256};
use crate::error::{Error, Result};
use crate::limits::MAX_MATCHES_FILE_BYTES;
use crate::manifest::{Segment, SegmentId};
use crate::store::LogStore;

/// The name of the format in the head.
const FORMAT: &str = "accord-log-matches";
/// Its version.
const VERSION: u32 = 1;
/// What made the matches.
pub(super) const MADE_WITH: &str = concat!("accord-logstore ", env!("CARGO_PKG_VERSION"));
/// zstd's own default: matches are few, and read often.
const ZSTD_LEVEL: i32 = 3;

/// What the lines beside those of entries take, and one of those, about.
const HEAD_BYTES: usize = 1024;
const ENTRY_BYTES: usize = 512;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    format: String,
    version: u32,
    log_sha256: Hex<32>,
    made_with: String,
    watchlist: WatchlistUsed,
}

/// The last line but one.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sums {
    sums: MatchSums,
}

/// The last line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    /// Of the lines before, their ends included.
    sha256: Hex<32>,
}

/// Lines on their way into the file, and their digest.
struct Lines {
    encoder: zstd::stream::write::Encoder<'static, Sink>,
    digest: Sha256,
    text: Vec<u8>,
}

impl Lines {
    fn line(&mut self, line: &impl Serialize) -> std::io::Result<()> {
        self.text.clear();
        serde_json::to_writer(&mut self.text, line)?;
        self.text.push(b'\n');
        self.digest.update(&self.text);
        self.encoder.write_all(&self.text)
    }
}

impl WalkedMatches {
    /// Writes and syncs them, in a folder under `incoming/`.
    ///
    /// # Errors
    /// Those of the file system.
    pub(crate) fn write(&self, store: &LogStore, folder: &Path, log_sha256: Hex<32>) -> Result<()> {
        let path = folder.join(MATCHES);
        let sink = Sink::create(store, &path)?;
        let sink = self
            .write_to(sink, log_sha256)
            .map_err(Error::file("write", &path))?;
        sink.finish(&path)?;
        Ok(())
    }

    fn write_to(&self, sink: Sink, log_sha256: Hex<32>) -> std::io::Result<Sink> {
        let mut encoder = zstd::stream::write::Encoder::new(sink, ZSTD_LEVEL)?;
        encoder.include_checksum(true)?;
        // Tables as large as what is written, which most often is next to nothing.
        let hint = u32::try_from(HEAD_BYTES + ENTRY_BYTES * self.entries.len()).unwrap_or(u32::MAX);
        encoder.set_parameter(CParameter::SrcSizeHint(hint))?;
        let mut lines = Lines {
            encoder,
            digest: Sha256::new(),
            text: Vec::new(),
        };
        lines.line(&Head {
            format: FORMAT.to_owned(),
            version: VERSION,
            log_sha256,
            made_with: MADE_WITH.to_owned(),
            watchlist: self.watchlist,
        })?;
        for entry in &self.entries {
            lines.line(entry)?;
        }
        lines.line(&Sums { sums: self.sums })?;
        let end = End {
            sha256: Hex(lines.digest.clone().finalize().into()),
        };
        lines.line(&end)?;
        lines.encoder.finish()
    }

    /// The same as they are read back.
    pub(super) fn read_back(self, log_sha256: Hex<32>) -> SegmentMatches {
        SegmentMatches {
            log_sha256,
            made_with: MADE_WITH.to_owned(),
            watchlist: self.watchlist,
            entries: self.entries,
            sums: self.sums,
        }
    }
}

/// The matches in a segment's folder; nothing where there are none.
///
/// # Errors
/// [`Error::Matches`] where they are not what was written, or of another log; those of the file system.
pub(super) fn read(folder: &Path, segment: &Segment) -> Result<Option<SegmentMatches>> {
    let path = folder.join(MATCHES);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::file("open", path)(error)),
    };
    let text = unpack(file).map_err(|error| damaged(segment.id(), error.to_string()))?;
    parse(segment, &text).map(Some)
}

fn unpack(file: File) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    zstd::stream::read::Decoder::new(file)?
        .take(MAX_MATCHES_FILE_BYTES + 1)
        .read_to_end(&mut text)?;
    Ok(text)
}

fn parse(segment: &Segment, text: &[u8]) -> Result<SegmentMatches> {
    let id = segment.id();
    if text.len() as u64 > MAX_MATCHES_FILE_BYTES {
        return Err(damaged(
            id,
            format!("they are longer than {MAX_MATCHES_FILE_BYTES} bytes"),
        ));
    }
    let (all, end) = last_line(text).ok_or_else(|| damaged(id, "they are cut off"))?;
    let end: End = line(id, end)?;
    if end.sha256 != sha256(all) {
        return Err(damaged(id, "their digest is not the one at their end"));
    }
    let (all, sums) = last_line(all).ok_or_else(|| damaged(id, "they have no sums"))?;
    let Sums { sums } = line(id, sums)?;
    let mut lines = all.split(|byte| *byte == b'\n');
    let head: Head = line(id, lines.next().unwrap_or_default())?;
    if head.format != FORMAT || head.version != VERSION {
        return Err(damaged(id, "they are not of a version that this program knows"));
    }
    if head.log_sha256 != segment.manifest.log.sha256 {
        return Err(damaged(id, "they are of another log"));
    }
    let entries: Vec<_> = lines
        .filter(|text| !text.is_empty())
        .map(|text| line(id, text))
        .collect::<Result<_>>()?;
    if entries.len() as u64 != sums.entries {
        return Err(damaged(id, "they do not hold as many entries as they say"));
    }
    Ok(SegmentMatches {
        log_sha256: head.log_sha256,
        made_with: head.made_with,
        watchlist: head.watchlist,
        entries,
        sums,
    })
}

/// The lines before the last one, and that one without its end; nothing where it has none.
fn last_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.strip_suffix(b"\n")?;
    text.split_at_checked(memchr::memrchr(b'\n', text).map_or(0, |at| at + 1))
}

fn line<T: DeserializeOwned>(id: &SegmentId, text: &[u8]) -> Result<T> {
    serde_json::from_slice(text).map_err(|error| damaged(id, error.to_string()))
}

fn damaged(segment: &SegmentId, what: impl Into<String>) -> Error {
    Error::Matches {
        segment: segment.clone(),
        what: what.into(),
    }
}
