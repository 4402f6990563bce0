//! The outer form of the file: a header with a digest of each section, then the sections.

use sha2::{Digest, Sha256};

use super::WatchfileError;

const MAGIC: &[u8; 8] = b"ACCORDWF";

/// The version that is written, and the only one that is read.
pub(super) const VERSION: u32 = 1;

/// Sections in the order of the file, as messages name them.
const NAMES: [&str; 3] = ["watchlist", "label table", "build report"];

/// Magic, version, number of sections.
const FIXED_BYTES: usize = 8 + 4 + 4;
/// Length and digest of a section.
const ENTRY_BYTES: usize = 8 + 32;
/// Everything before the first section: the fixed part, an entry for each section, the digest of both.
const HEADER_BYTES: usize = FIXED_BYTES + NAMES.len() * ENTRY_BYTES + 32;

/// The sections of a file, their digests checked.
#[derive(Debug)]
pub(super) struct Sections<'a> {
    pub watchlist: &'a [u8],
    pub labels: &'a [u8],
    pub summary: &'a [u8],
}

pub(super) fn has_magic(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

pub(super) fn encode(watchlist: &[u8], labels: &[u8], summary: &[u8]) -> Vec<u8> {
    let sections = [watchlist, labels, summary];
    let mut out = Vec::with_capacity(HEADER_BYTES + sections.iter().map(|s| s.len()).sum::<usize>());
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend_from_slice(&(NAMES.len() as u32).to_le_bytes());
    for section in sections {
        out.extend_from_slice(&(section.len() as u64).to_le_bytes());
        out.extend_from_slice(&Sha256::digest(section));
    }
    let digest = Sha256::digest(&out);
    out.extend_from_slice(&digest);
    sections.iter().for_each(|section| out.extend_from_slice(section));
    out
}

pub(super) fn decode(bytes: &[u8]) -> Result<Sections<'_>, WatchfileError> {
    if !has_magic(bytes) {
        return Err(WatchfileError::NotAWatchfile);
    }
    let length_error = |expected: u64| WatchfileError::Length {
        expected,
        found: bytes.len() as u64,
    };
    let (header, mut rest) = bytes
        .split_at_checked(HEADER_BYTES)
        .ok_or_else(|| length_error(HEADER_BYTES as u64))?;
    let version = u32_at(header, 8).unwrap_or_default();
    if version != VERSION {
        return Err(WatchfileError::Version { found: version });
    }
    let (covered, digest) = header.split_at_checked(HEADER_BYTES - 32).unwrap_or_default();
    if Sha256::digest(covered).as_slice() != digest {
        return Err(WatchfileError::Digest("header"));
    }
    if u32_at(header, 12) != Some(NAMES.len() as u32) {
        return Err(WatchfileError::Content("number of sections"));
    }
    let entries: Vec<&[u8]> = covered
        .get(FIXED_BYTES..)
        .unwrap_or_default()
        .chunks_exact(ENTRY_BYTES)
        .collect();
    let lengths: Vec<u64> = entries.iter().filter_map(|entry| u64_at(entry, 0)).collect();
    let expected = lengths
        .iter()
        .try_fold(HEADER_BYTES as u64, |sum, length| sum.checked_add(*length));
    let expected = expected.ok_or(WatchfileError::Content("section length"))?;
    if expected != bytes.len() as u64 {
        return Err(length_error(expected));
    }
    let mut sections: [&[u8]; NAMES.len()] = [&[]; NAMES.len()];
    for (((slot, name), entry), length) in sections.iter_mut().zip(NAMES).zip(entries).zip(lengths) {
        let (section, tail) = usize::try_from(length)
            .ok()
            .and_then(|length| rest.split_at_checked(length))
            .ok_or_else(|| length_error(expected))?;
        if Some(Sha256::digest(section).as_slice()) != entry.get(8..) {
            return Err(WatchfileError::Digest(name));
        }
        *slot = section;
        rest = tail;
    }
    let [watchlist, labels, summary] = sections;
    Ok(Sections {
        watchlist,
        labels,
        summary,
    })
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..at.checked_add(4)?)?
        .try_into()
        .ok()
        .map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes
        .get(at..at.checked_add(8)?)?
        .try_into()
        .ok()
        .map(u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_every_damage_is_refused() {
        let file = encode(b"watch", b"labels", b"{}");
        let sections = decode(&file).unwrap();
        assert_eq!(
            (sections.watchlist, sections.labels, sections.summary),
            (&b"watch"[..], &b"labels"[..], &b"{}"[..])
        );
        for length in 0..file.len() {
            assert!(decode(&file[..length]).is_err(), "cut at {length}");
        }
        for at in 0..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert!(decode(&changed).is_err(), "changed at {at}");
        }
        let mut longer = file.clone();
        longer.push(0);
        assert!(matches!(decode(&longer), Err(WatchfileError::Length { .. })));
        let mut newer = file;
        newer[8] = 2;
        assert_eq!(decode(&newer).unwrap_err(), WatchfileError::Version { found: 2 });
        assert_eq!(
            decode(b"indicator,family").unwrap_err(),
            WatchfileError::NotAWatchfile
        );
    }
}
