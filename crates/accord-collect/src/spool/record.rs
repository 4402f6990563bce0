//! The records of a spool file.
//!
//! ```text
//! check (8) | length (4, little-endian) | kind (1) | received, ms since the epoch (8) | payload (length)
//! ```
//!
//! `check` is the start of SHA-256 over the file's number (8 bytes) and all that follows `check`. Reading ends at the
//! first record that is not whole: what a crash tore, and all behind it, was never acknowledged. The number is in it
//! so that blocks of an older file that a crash left behind are not taken for records of this one.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::limits::{MAX_APPEND_BYTES, READ_BYTES};

/// Bytes before the payload.
const PREFIX_BYTES: usize = 21;
/// Bytes of a key's digest.
pub(crate) const KEY_BYTES: usize = 32;

/// A digest of a key with its sender, or of an append's bytes.
pub(crate) type Digest32 = [u8; KEY_BYTES];

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The first of each file: who sent what follows, as JSON.
    Header,
    /// Bytes of log.
    Log,
    /// A digest of the idempotency key, then bytes of log.
    Keyed,
    /// One message with line feeds inside, escaped; one line of log.
    Escaped,
}

impl Kind {
    const fn code(self) -> u8 {
        match self {
            Self::Header => 0,
            Self::Log => 1,
            Self::Keyed => 2,
            Self::Escaped => 3,
        }
    }

    const fn of(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Header),
            1 => Some(Self::Log),
            2 => Some(Self::Keyed),
            3 => Some(Self::Escaped),
            _ => None,
        }
    }
}

fn check(number: u64, prefix: &[u8], payload: &[&[u8]]) -> [u8; 8] {
    let mut digest = Sha256::new();
    digest.update(number.to_le_bytes());
    digest.update(prefix);
    for part in payload {
        digest.update(part);
    }
    let mut check = [0; 8];
    for (to, from) in check.iter_mut().zip(digest.finalize()) {
        *to = from;
    }
    check
}

/// Appends a record to `out`.
pub(crate) fn encode(number: u64, kind: Kind, received_ms: i64, payload: &[&[u8]], out: &mut Vec<u8>) {
    let length: usize = payload.iter().map(|part| part.len()).sum();
    let mut prefix = Vec::with_capacity(PREFIX_BYTES - 8);
    prefix.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    prefix.push(kind.code());
    prefix.extend_from_slice(&received_ms.to_le_bytes());
    out.extend_from_slice(&check(number, &prefix, payload));
    out.extend_from_slice(&prefix);
    for part in payload {
        out.extend_from_slice(part);
    }
}

/// Reads the whole records of a spool file.
pub(crate) struct Records {
    file: BufReader<File>,
    number: u64,
    whole_bytes: u64,
    /// The payload of the last record.
    pub(crate) payload: Vec<u8>,
}

impl Records {
    pub(crate) fn open(path: &Path, number: u64) -> io::Result<Self> {
        Ok(Self {
            file: BufReader::with_capacity(READ_BYTES, File::open(path)?),
            number,
            whole_bytes: 0,
            payload: Vec::new(),
        })
    }

    /// Makes the file outlast a power cut.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.get_ref().sync_all()
    }

    /// Bytes of the file that were whole records.
    pub(crate) const fn whole_bytes(&self) -> u64 {
        self.whole_bytes
    }

    /// The next record's kind and time; nothing at the end, or where it is torn.
    pub(crate) fn next(&mut self) -> io::Result<Option<(Kind, i64)>> {
        let mut start = [0; PREFIX_BYTES];
        if !read_whole(&mut self.file, &mut start)? {
            return Ok(None);
        }
        let (said, prefix) = start.split_at(8);
        let [a, b, c, d, kind, time @ ..] = prefix else {
            return Ok(None);
        };
        let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
        let (Some(kind), Ok(time)) = (Kind::of(*kind), <[u8; 8]>::try_from(time)) else {
            return Ok(None);
        };
        if length > MAX_APPEND_BYTES + KEY_BYTES + 1 {
            return Ok(None);
        }
        self.payload.clear();
        (&mut self.file)
            .take(length as u64)
            .read_to_end(&mut self.payload)?;
        if self.payload.len() < length || check(self.number, prefix, &[&self.payload]) != *said {
            return Ok(None);
        }
        self.whole_bytes += (PREFIX_BYTES + length) as u64;
        Ok(Some((kind, i64::from_le_bytes(time))))
    }

    /// The key and the log of a record.
    pub(crate) fn parts(&self, kind: Kind) -> (Option<Digest32>, &[u8]) {
        match kind {
            Kind::Keyed => match self.payload.split_first_chunk::<KEY_BYTES>() {
                Some((key, log)) => (Some(*key), log),
                None => (None, &[]),
            },
            Kind::Header => (None, &[]),
            Kind::Log | Kind::Escaped => (None, &self.payload),
        }
    }
}

/// Fills the buffer; false where the file ends before.
fn read_whole(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], number: u64) -> Vec<(Kind, i64, Vec<u8>)> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("1");
        std::fs::write(&path, bytes).unwrap();
        let mut records = Records::open(&path, number).unwrap();
        let mut found = Vec::new();
        while let Some((kind, time)) = records.next().unwrap() {
            found.push((kind, time, records.payload.clone()));
        }
        found
    }

    #[test]
    fn what_is_written_is_read_and_what_is_torn_ends_it() {
        let mut bytes = Vec::new();
        encode(7, Kind::Header, 1, &[b"{}"], &mut bytes);
        encode(7, Kind::Log, -2, &[b"one", b"\n"], &mut bytes);
        let two = bytes.len();
        encode(7, Kind::Escaped, i64::MAX, &[b""], &mut bytes);
        let all = read(&bytes, 7);
        assert_eq!(all.len(), 3);
        assert_eq!(all[1], (Kind::Log, -2, b"one\n".to_vec()));
        for cut in 0..bytes.len() {
            let expected = usize::from(cut >= 23) + usize::from(cut >= two);
            assert_eq!(read(&bytes[..cut], 7).len(), expected, "cut at {cut}");
        }
        for at in 0..two {
            let mut changed = bytes.clone();
            changed[at] ^= 0x40;
            assert!(
                read(&changed, 7).len() <= usize::from(at >= 23),
                "changed at {at}"
            );
        }
        assert_eq!(read(&bytes, 8), [], "a record of another file");
    }
}
