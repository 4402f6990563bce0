//! The watchlist file, version 1: see `docs/spec/watchlist.md`.
//!
//! It holds ids, kinds and canonical texts; fingerprints, filter and directory are derived when it is read, so that no
//! byte of a file from elsewhere is trusted further than a text.

use crate::limits::{MAX_INDICATORS, MAX_STRINGS_BYTES};
use crate::pattern::{Pattern, PatternKind};
use crate::watchlist::{IndicatorId, Watchlist};

/// The first bytes of a watchlist file.
pub const WATCHLIST_MAGIC: [u8; 8] = *b"ACCORDWL";
/// The version that is written.
pub const WATCHLIST_VERSION: u32 = 1;
/// Magic, version, count of indicators, bytes of text.
const HEADER_BYTES: usize = 8 + 4 + 4 + 4;
/// Id, kind and length of one indicator.
const ROW_BYTES: usize = 4 + 1 + 2;
/// The checksum at the end.
const CHECKSUM_BYTES: usize = 8;

/// Why bytes are not a watchlist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WatchlistError {
    /// The file does not start as a watchlist does.
    #[error("this is not a watchlist: build one with `accord watchlist build`")]
    NotAWatchlist,
    /// A version that this program does not know.
    #[error("watchlist version {0} is not known, this program reads version 1: build the watchlist again")]
    UnknownVersion(u32),
    /// The file ends too early or goes on too long.
    #[error(
        "the watchlist is damaged, {expected} bytes were expected, {found} found: build or copy it again"
    )]
    Length {
        /// Bytes that the header announces.
        expected: u64,
        /// Bytes that there are.
        found: u64,
    },
    /// The checksum does not fit.
    #[error("the watchlist is damaged, its checksum does not fit: build or copy it again")]
    Checksum,
    /// The content contradicts itself.
    #[error("the watchlist is damaged, {0}: build it again")]
    Content(&'static str),
}

impl Watchlist {
    /// The bytes of the watchlist file (`docs/spec/watchlist.md`). Equal watchlists give equal bytes.
    pub fn encode(&self) -> Vec<u8> {
        let text_bytes: usize = self.iter().map(|(_, _, text)| text.len()).sum();
        let mut out = Vec::with_capacity(HEADER_BYTES + self.len() * ROW_BYTES + text_bytes + CHECKSUM_BYTES);
        out.extend_from_slice(&WATCHLIST_MAGIC);
        out.extend_from_slice(&WATCHLIST_VERSION.to_le_bytes());
        // The builder holds both within their limits, which are below 2^32.
        out.extend_from_slice(&u32::try_from(self.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(&u32::try_from(text_bytes).unwrap_or(u32::MAX).to_le_bytes());
        for (id, kind, text) in self.iter() {
            out.extend_from_slice(&id.to_le_bytes());
            out.push(kind as u8);
            out.extend_from_slice(&u16::try_from(text.len()).unwrap_or(u16::MAX).to_le_bytes());
        }
        for (_, _, text) in self.iter() {
            out.extend_from_slice(text.as_bytes());
        }
        let checksum = rapidhash::v3::rapidhash_v3(&out);
        out.extend_from_slice(&checksum.to_le_bytes());
        out
    }

    /// Reads the bytes of a watchlist file. Bytes from anywhere are safe to give.
    ///
    /// # Errors
    /// What [`WatchlistError`] lists.
    pub fn decode(bytes: &[u8]) -> Result<Watchlist, WatchlistError> {
        let mut reader = Reader(bytes);
        if reader.take::<8>() != Some(WATCHLIST_MAGIC) {
            return Err(WatchlistError::NotAWatchlist);
        }
        let found = bytes.len() as u64;
        let too_short = WatchlistError::Length {
            expected: (HEADER_BYTES + CHECKSUM_BYTES) as u64,
            found,
        };
        let version = reader.u32().ok_or(too_short.clone())?;
        if version != WATCHLIST_VERSION {
            return Err(WatchlistError::UnknownVersion(version));
        }
        let count = reader.u32().ok_or(too_short.clone())? as usize;
        let text_bytes = reader.u32().ok_or(too_short)? as usize;
        let expected =
            (HEADER_BYTES + CHECKSUM_BYTES) as u64 + (count * ROW_BYTES) as u64 + text_bytes as u64;
        if expected != found {
            return Err(WatchlistError::Length { expected, found });
        }
        let content = bytes.len().saturating_sub(CHECKSUM_BYTES);
        let (content, checksum) = bytes.split_at_checked(content).unwrap_or_default();
        if rapidhash::v3::rapidhash_v3(content).to_le_bytes() != checksum {
            return Err(WatchlistError::Checksum);
        }
        if count > MAX_INDICATORS || text_bytes > MAX_STRINGS_BYTES {
            return Err(WatchlistError::Content("it holds more than a watchlist can"));
        }
        let texts = content
            .get(HEADER_BYTES + count * ROW_BYTES..)
            .unwrap_or_default();
        let rows = rows(&mut reader, count, texts)?;
        Ok(Watchlist::compile(rows.into_iter()))
    }
}

type Row<'b> = (IndicatorId, PatternKind, &'b str);

fn rows<'b>(reader: &mut Reader<'_>, count: usize, texts: &'b [u8]) -> Result<Vec<Row<'b>>, WatchlistError> {
    let mut rest = texts;
    let mut rows: Vec<Row<'b>> = Vec::with_capacity(count);
    for _ in 0..count {
        let (id, kind, length) = (|| Some((reader.u32()?, reader.u8()?, reader.u16()?)))()
            .ok_or(WatchlistError::Content("a row is missing"))?;
        let kind = PatternKind::ALL
            .into_iter()
            .find(|k| *k as u8 == kind)
            .ok_or(WatchlistError::Content("an indicator has an unknown kind"))?;
        let (text, after) = rest
            .split_at_checked(usize::from(length))
            .ok_or(WatchlistError::Content("the lengths go beyond the texts"))?;
        rest = after;
        let text = std::str::from_utf8(text).map_err(|_| WatchlistError::Content("a text is not UTF-8"))?;
        if rows.last().is_some_and(|last| last.0 >= id) {
            return Err(WatchlistError::Content("the ids are not in ascending order"));
        }
        if Pattern::from_canonical(kind, text).is_none() {
            return Err(WatchlistError::Content("an indicator is not in canonical form"));
        }
        rows.push((id, kind, text));
    }
    if !rest.is_empty() {
        return Err(WatchlistError::Content("the texts go beyond the lengths"));
    }
    let mut sorted: Vec<(PatternKind, &str)> = rows.iter().map(|&(_, kind, text)| (kind, text)).collect();
    sorted.sort_unstable();
    if sorted.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
        return Err(WatchlistError::Content("an indicator stands twice"));
    }
    Ok(rows)
}

/// Takes little-endian numbers from the front.
struct Reader<'b>(&'b [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take::<1>().map(u8::from_le_bytes)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }
}
