//! The bodies of the peer protocol, version 1 (`docs/spec/peer.md`). Plain JSON; bytes in base64.
//!
//! Every body is a POST under `/peer/v1/`, signed (`http_signature`) both ways. Nothing here decides what may be
//! in an answer: the service's release gate does.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;

/// Largest body of a request, bytes.
pub const MAX_REQUEST_BYTES: usize = 2 << 20;
/// Largest body of an answer, bytes.
pub const MAX_ANSWER_BYTES: usize = 16 << 20;
/// Most ledgers named in one request.
pub const MAX_KNOWN: usize = 10_000;
/// Most entries in one answer.
pub const MAX_ENTRIES: usize = 500;
/// Most bytes after which an answer of entries or payloads ends early.
pub const ENTRIES_SOFT_BYTES: usize = 4 << 20;
/// Most payloads asked for at once.
pub const MAX_PAYLOADS: usize = 200;
/// Most releases listed in one answer, over all ledgers.
pub const MAX_RELEASED: usize = 1_000;
/// Most looks in one answer.
pub const MAX_LOOKS: usize = 1_000;
/// Most proofs of contradictions in one answer.
pub const MAX_FORKS: usize = 16;
/// Most cosigned checkpoints in one request.
pub const MAX_COSIGNED: usize = 1_000;
/// Most bytes of them that an asker sends at once, so that a question with all else stays below
/// [`MAX_REQUEST_BYTES`].
pub const COSIGNED_SOFT_BYTES: usize = 128 << 10;
/// Bytes of an object in one answer.
pub const OBJECT_CHUNK_BYTES: usize = 4 << 20;

/// Bytes that travel as base64.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Base64(pub Vec<u8>);

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        STANDARD
            .decode(text.as_bytes())
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

/// `join`: an invitation is accepted. The only request by an organisation that is not known yet; it is signed
/// with the peer key of the certificate it carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// The invitation's one-time token.
    pub token: String,
    /// The joining node's certificate, a signed note.
    pub certificate: String,
    /// Where the joining node is reached.
    pub url: String,
}

/// The answer to `join`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Joined {
    /// The inviting organisation.
    pub org: String,
}

/// A ledger as the asker knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Ledger id, hex.
    pub ledger: String,
    /// Entries held.
    pub size: u64,
    /// Root of the tree of the entries held, 64 hex digits: a ledger of the same size with another root is told as
    /// well, so that a fork is found. Absent, only the size is compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// Where its author was proved to have contradicted itself: how many entries the asker still trusts. A proof that
    /// leaves fewer is told. Here the asker's own ledgers are named too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub common: Option<u64>,
}

/// `heads`: what changed?
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadsQuestion {
    /// What the asker holds, of the ledgers that the answerer writes or may follow. Of others it is told nothing.
    pub known: Vec<Known>,
    /// Of each ledger of the answerer (id, hex): the cursor of the last answer. 0, or left out, at first.
    pub released_after: BTreeMap<String, u64>,
    /// Checkpoints that the asker has verified, stored and cosigned since, as notes.
    pub cosigned: Vec<String>,
}

/// The head of a ledger that the asker may follow and does not hold to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerHead {
    /// Ledger id, hex.
    pub ledger: String,
    /// Space id, hex.
    pub space: String,
    /// Whose ledger it is.
    pub org: String,
    /// Its newest checkpoint, a note.
    pub checkpoint: String,
}

/// A proof that a ledger's author has contradicted itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToldFork {
    /// Ledger id, hex.
    pub ledger: String,
    /// The proof (`ledger.md`, section 4). Who is told verifies it.
    pub proof: Base64,
}

/// The answer to `heads`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadsAnswer {
    /// Changed ledgers.
    pub ledgers: Vec<LedgerHead>,
    /// What was released to the asker since its cursors.
    pub released: Vec<ReleasedIn>,
    /// Proofs that leave less of a ledger to be trusted than the asker knows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forks: Vec<ToldFork>,
    /// How many looks there are at what the asker shared.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub looks: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// `looks`: who looked at what the asker shared?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LooksQuestion {
    /// How many looks the asker has been told of already.
    pub after: u64,
}

/// The first look of a person at a note on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WireLook {
    /// The note, an entry of the asker.
    pub entry: String,
    /// The person's id, hex.
    pub by: String,
    /// `read`, `searched`, `exported` or `downloaded`.
    pub way: String,
    /// When, ms since the Unix epoch.
    pub when_ms: u64,
}

/// The answer to `looks`, in the order in which they were kept; at most [`MAX_LOOKS`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LooksAnswer {
    /// The next ones.
    pub looks: Vec<WireLook>,
}

/// Releases of one ledger of the answerer to the asker. They are counted for each recipient and ledger apart, so
/// that the count tells nobody of releases to others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleasedIn {
    /// Ledger id, hex.
    pub ledger: String,
    /// Positions of the entries, in the order of their release.
    pub entries: Vec<u64>,
    /// How many releases of this ledger the asker has now been told: `released_after` of the next question.
    pub cursor: u64,
    /// The duties of each, as its release recorded them: as many as `entries`, or none from a peer that tells none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub duties: Vec<Duty>,
}

/// What a release asks of its recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duty {
    /// When it was released, ms UTC: the retention counts from then.
    pub released_ms: u64,
    /// Days after which the recipient destroys it.
    pub retention_days: u32,
    /// What it may be used for, the agreement's words; at most [`MAX_PURPOSES`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub purposes: Vec<String>,
}

/// Most purposes of one release.
pub const MAX_PURPOSES: usize = 32;

/// `entries`: headers of one ledger, with what payloads the asker may have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntriesQuestion {
    /// Ledger id, hex.
    pub ledger: String,
    /// First position wanted.
    pub from: u64,
    /// Up to this size of the ledger (exclusive).
    pub to: u64,
    /// Size of the checkpoint already held, for the consistency proof; 0 for none.
    pub held: u64,
}

/// One entry on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WireEntry {
    /// Encoded header.
    pub header: Base64,
    /// Encoded payload, as far as it was released to the asker.
    pub payload: Option<Base64>,
}

/// The answer to `entries`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntriesAnswer {
    /// Consistency proof from `held` to `to`, hex hashes; empty when `held` is 0.
    pub consistency: Vec<String>,
    /// Entries from `from` on, as many as fit; at least one when there are any.
    pub entries: Vec<WireEntry>,
}

/// `payloads`: content that was released later than its header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayloadsQuestion {
    /// Entries, `LEDGER/SEQ`, each once.
    pub entries: Vec<String>,
}

/// The answer to `payloads`, in the order of the question: for as many of its entries as fit, at least one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayloadsAnswer {
    /// Encoded payloads; null where nothing is released.
    pub payloads: Vec<Option<Base64>>,
}

/// `object`: the bytes that an entry delivers, in chunks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectQuestion {
    /// The entry that delivers it.
    pub entry: String,
    /// From which byte.
    pub offset: u64,
}

/// The answer to `object`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectAnswer {
    /// Length of the whole object, bytes.
    pub total: u64,
    /// [`OBJECT_CHUNK_BYTES`] from the offset on, or all that is left.
    pub bytes: Base64,
}

/// The body of `nudge` and of answers that say nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}
