//! The header of an entry: what every party of the space sees, for ever. Its bytes are the leaf of the ledger's
//! tree. It holds nothing about the content but a class, a size class and the payload's root: category, author,
//! title and personal data live in the payload (the declared leak set).

use crate::bytes::{Reader, Short};
use crate::id::{EntryId, Hash, LedgerId};
use crate::payload::{MAX_PAYLOAD_BYTES, Payload};
use crate::tree::{self, MAX_TREE_SIZE};

pub use clock::{Clock, ClockError, MAX_AHEAD_MS};

mod clock;

/// Version of the header's format.
pub const HEADER_VERSION: u8 = 1;
/// Most heads one header cites.
pub const MAX_HEADS: usize = 64;
/// Length of the nonce in bytes (128 random bits: two entries with equal content have different leaves).
pub const NONCE_BYTES: usize = 16;
/// Bytes of a header without heads.
pub const HEADER_FIXED_BYTES: usize = 88;
/// Bytes of one cited head.
pub const HEAD_BYTES: usize = 56;
/// Most bytes of a header.
pub const MAX_HEADER_BYTES: usize = HEADER_FIXED_BYTES + MAX_HEADS * HEAD_BYTES;
/// Largest size class: that of a payload of [`MAX_PAYLOAD_BYTES`].
pub const MAX_SIZE_CLASS: u8 = size_class_of(MAX_PAYLOAD_BYTES);

/// The size class of a length: the exponent of the smallest power of two that is not below it.
pub const fn size_class_of(length: usize) -> u8 {
    // At most 64, so the cast keeps the value.
    if length <= 1 {
        0
    } else {
        (usize::BITS - (length - 1).leading_zeros()) as u8
    }
}

/// Whether an entry steers the case (readable by all parties, never withheld) or holds content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Membership, agreement, approval, custody, recall.
    Control,
    /// Everything else.
    Content,
}

/// What the author had seen of another ledger of the space: its first `size` entries, with this root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Head {
    /// The other ledger.
    pub ledger: LedgerId,
    /// How many entries of it, at least 1.
    pub size: u64,
    /// The RFC 6962 root at that size.
    pub root: Hash,
}

impl Head {
    /// Whether the author saw the same history of that ledger as we hold; none when we hold less than was cited.
    /// `Some(false)` means a fork: the cited ledger's author has shown two histories, or the citing author lies.
    pub fn agrees_with(&self, tree: &tree::Tree) -> Option<bool> {
        tree.root_at(self.size).map(|root| root == self.root)
    }
}

/// The header of an entry. Build it with [`Header::new`]; [`Header::decode`] accepts exactly what
/// [`Header::encode`] writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Control or content.
    pub class: Class,
    /// The ledger it stands in.
    pub ledger: LedgerId,
    /// Its position there, from 0.
    pub seq: u64,
    /// When, by the author's hybrid logical clock.
    pub clock: Clock,
    /// What the author had seen of the other ledgers, ascending by ledger, each once. A ledger left out is one of
    /// which nothing new had been seen since the author's last entry.
    pub heads: Vec<Head>,
    /// Length of the complete payload rounded up to a power of two, as its exponent.
    pub size_class: u8,
    /// 128 random bits.
    pub nonce: [u8; NONCE_BYTES],
    /// Root of the payload's commitments.
    pub payload_root: Hash,
}

/// Bytes or values that are no header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Fewer or more bytes than the header says it has.
    #[error("the header has the wrong length: take it again from its ledger's owner")]
    Length,
    /// A version this program does not know.
    #[error("header version {0} is not known: update this program")]
    Version(u8),
    /// Neither control nor content.
    #[error("header class {0} is not known: 0 is control, 1 is content")]
    Class(u8),
    /// More heads than [`MAX_HEADS`].
    #[error("the header cites {0} heads, {MAX_HEADS} is the most")]
    TooManyHeads(usize),
    /// Heads not ascending by ledger, a ledger twice, its own ledger, or a size out of range.
    #[error(
        "the header's heads are not canonical: ascending by ledger, each once, never its own, sizes from 1 to {MAX_TREE_SIZE}"
    )]
    Heads,
    /// A size class above [`MAX_SIZE_CLASS`].
    #[error("the header's size class {0} is above {MAX_SIZE_CLASS}")]
    SizeClass(u8),
    /// The payload has withheld fields, so its size class is not known.
    #[error("a header is made from the complete payload, this one has withheld fields")]
    Incomplete,
    /// A sequence number no tree reaches.
    #[error("the header's sequence number {0} is not below {MAX_TREE_SIZE}")]
    Sequence(u64),
}

impl From<Short> for HeaderError {
    fn from(_: Short) -> Self {
        Self::Length
    }
}

impl Header {
    /// The header of an entry with this payload, which says ledger, sequence, size class and root. Heads are
    /// sorted here.
    ///
    /// # Errors
    /// [`HeaderError::Incomplete`], [`HeaderError::Heads`], [`HeaderError::TooManyHeads`] or
    /// [`HeaderError::Sequence`].
    pub fn new(
        class: Class,
        clock: Clock,
        mut heads: Vec<Head>,
        nonce: [u8; NONCE_BYTES],
        payload: &Payload,
    ) -> Result<Self, HeaderError> {
        if !payload.is_complete() {
            return Err(HeaderError::Incomplete);
        }
        heads.sort_by_key(|head| head.ledger);
        let EntryId { ledger, seq } = payload.entry();
        let (size_class, payload_root) = (payload.size_class(), payload.root());
        let header = Self {
            class,
            ledger,
            seq,
            clock,
            heads,
            size_class,
            nonce,
            payload_root,
        };
        header.check()?;
        Ok(header)
    }

    /// Which entry this is.
    pub fn id(&self) -> EntryId {
        EntryId {
            ledger: self.ledger,
            seq: self.seq,
        }
    }

    /// Whether the values are in range and the heads in canonical order; always so for a decoded header.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self) -> Result<(), HeaderError> {
        if self.heads.len() > MAX_HEADS {
            return Err(HeaderError::TooManyHeads(self.heads.len()));
        }
        let mut last: Option<LedgerId> = None;
        for head in &self.heads {
            let ascending = last.is_none_or(|last| last < head.ledger);
            if !ascending || head.ledger == self.ledger || head.size == 0 || head.size > MAX_TREE_SIZE {
                return Err(HeaderError::Heads);
            }
            last = Some(head.ledger);
        }
        if self.size_class > MAX_SIZE_CLASS {
            return Err(HeaderError::SizeClass(self.size_class));
        }
        if self.seq >= MAX_TREE_SIZE {
            return Err(HeaderError::Sequence(self.seq));
        }
        Ok(())
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER_FIXED_BYTES + self.heads.len() * HEAD_BYTES);
        out.push(HEADER_VERSION);
        out.push(match self.class {
            Class::Control => 0,
            Class::Content => 1,
        });
        out.extend_from_slice(&self.ledger.0);
        out.extend_from_slice(&self.seq.to_be_bytes());
        out.extend_from_slice(&self.clock.wall_ms.to_be_bytes());
        out.extend_from_slice(&self.clock.counter.to_be_bytes());
        out.push(self.size_class);
        out.extend_from_slice(&self.nonce);
        out.extend_from_slice(&self.payload_root.0);
        // `check` bounds the count by 64; a header built past it encodes to bytes that do not decode.
        out.push(u8::try_from(self.heads.len()).unwrap_or(u8::MAX));
        for head in &self.heads {
            out.extend_from_slice(&head.ledger.0);
            out.extend_from_slice(&head.size.to_be_bytes());
            out.extend_from_slice(&head.root.0);
        }
        out
    }

    /// Reads the canonical bytes of exactly one header.
    ///
    /// # Errors
    /// [`HeaderError`] for anything that [`Header::encode`] would not have written.
    pub fn decode(bytes: &[u8]) -> Result<Self, HeaderError> {
        let mut reader = Reader::new(bytes);
        let version = reader.u8()?;
        if version != HEADER_VERSION {
            return Err(HeaderError::Version(version));
        }
        let class = match reader.u8()? {
            0 => Class::Control,
            1 => Class::Content,
            other => return Err(HeaderError::Class(other)),
        };
        let ledger = LedgerId(reader.array()?);
        let seq = reader.u64()?;
        let clock = Clock {
            wall_ms: reader.u64()?,
            counter: reader.u32()?,
        };
        let size_class = reader.u8()?;
        let nonce = reader.array()?;
        let payload_root = Hash(reader.array()?);
        let count = usize::from(reader.u8()?);
        if count > MAX_HEADS {
            return Err(HeaderError::TooManyHeads(count));
        }
        let mut heads = Vec::with_capacity(count);
        for _ in 0..count {
            heads.push(Head {
                ledger: LedgerId(reader.array()?),
                size: reader.u64()?,
                root: Hash(reader.array()?),
            });
        }
        if !reader.is_empty() {
            return Err(HeaderError::Length);
        }
        let header = Self {
            class,
            ledger,
            seq,
            clock,
            heads,
            size_class,
            nonce,
            payload_root,
        };
        header.check()?;
        Ok(header)
    }

    /// The leaf of the ledger's tree: RFC 6962 leaf hash of the canonical bytes.
    pub fn leaf_hash(&self) -> Hash {
        tree::leaf_hash(&self.encode())
    }
}
