//! What a package is made of: lines exactly as their source recorded them, and where they stood in it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::acquisition::Acquisition;
use crate::time::Utc;

/// Most bytes of a package's files together: 192 MiB, below what an archive may hold.
pub const PACKAGE_MAX_BYTES: usize = 192 << 20;
/// Most lines of a package.
pub const PACKAGE_MAX_LINES: usize = 1_000_000;
/// Most sources of a package.
pub const PACKAGE_MAX_SOURCES: usize = 1000;
/// Most bytes of one line, its end included: 64 MiB.
pub const LINE_MAX_BYTES: usize = 64 << 20;
/// Most indicators named for one line.
pub const LINE_MAX_MATCHES: usize = 64;

/// What names the content that lines were taken from.
///
/// A plain digest of bytes that are withheld would let a reader test guesses at them, line by line, so it is for a
/// source that is in the package whole. Otherwise it is a commitment, which its holder opens to a court by giving
/// salt and digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// SHA-256 of the source, every byte of which is in the package.
    Sha256(Hex32),
    /// See [`Origin::commit`].
    Commitment(Hex32),
}

impl Origin {
    /// SHA-256 of `accord-origin-commitment/v1`, a zero byte, the salt, and the SHA-256 of the source segment. The
    /// salt is random, of this package and source alone, and stays with the holder.
    pub fn commit(salt: &[u8; 32], source_sha256: &[u8; 32]) -> Self {
        let digest = Sha256::new()
            .chain_update(b"accord-origin-commitment/v1\0")
            .chain_update(salt)
            .chain_update(source_sha256)
            .finalize();
        Self::Commitment(Hex32(digest.into()))
    }
}

/// 32 bytes, written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hex32(pub [u8; 32]);

impl Hex32 {
    /// The SHA-256 of `bytes`.
    pub fn sha256(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl std::fmt::Display for Hex32 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl std::fmt::Debug for Hex32 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hex32({self})")
    }
}

impl Serialize for Hex32 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hex32 {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(&text, &mut bytes).map_err(serde::de::Error::custom)?;
        if hex::encode(bytes) != text {
            return Err(serde::de::Error::custom("hex digits in lower case are needed"));
        }
        Ok(Self(bytes))
    }
}

/// An indicator that a line was selected for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// The indicator that was asked for.
    pub indicator: String,
    /// The kind of observable: domain, ip, url ...
    pub kind: String,
    /// The value found in the line, in canonical form.
    pub value: String,
    /// How it matched: exact, parent, cidr, port, address, prefix.
    #[serde(rename = "match")]
    pub relation: String,
}

/// One line as its source recorded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceLine {
    /// Its number in the source, from 1.
    pub line: u64,
    /// Its first byte in the (decompressed) source, from 0.
    pub offset: u64,
    /// Its bytes, line end included.
    pub bytes: Vec<u8>,
    /// What it was selected for.
    pub matches: Vec<Match>,
    /// The time it states, if it could be read.
    pub time: Option<Utc>,
}

/// The lines of one source segment, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLines {
    /// The source's name at its holder.
    pub name: String,
    /// What names the segment's content.
    pub origin: Origin,
    /// IANA media type of the lines, such as `text/plain` or `application/x-ndjson`.
    pub media_type: String,
    /// The lines, by strictly ascending offset.
    pub lines: Vec<EvidenceLine>,
}

/// Everything that goes into a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageContent {
    /// What the holder states.
    pub acquisition: Acquisition,
    /// The lines, by source. Source number N becomes `data/original/SOURCE-N.log`.
    pub sources: Vec<SourceLines>,
}

/// One line of `data/lines.ndjson`. A later version withholds a line by leaving out `position` and giving a
/// commitment in place of `sha256`; readers of this version refuse that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineRecord {
    /// The file in the package.
    pub file: String,
    /// The line's first byte in that file.
    pub position: u64,
    /// Its bytes there and in the source, line end included.
    pub length: u64,
    /// SHA-256 of these bytes.
    pub sha256: Hex32,
    /// The source's name.
    pub source: String,
    /// What names the source segment's content.
    pub origin: Origin,
    /// The line's number in the source, from 1.
    pub line: u64,
    /// Its first byte in the source, from 0.
    pub offset: u64,
    /// The time it states; null when none could be read.
    pub time: Option<Utc>,
    /// What it was selected for.
    pub matches: Vec<Match>,
}

/// `data/original/SOURCE-N.log`, N from 1.
pub fn original_path(index: usize) -> String {
    format!("data/original/SOURCE-{}.log", index.saturating_add(1))
}
