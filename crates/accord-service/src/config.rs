//! What a node is told when it starts.

use std::path::PathBuf;

use accord_model::{OrgKind, OrgName};

/// Whether people must have a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TotpPolicy {
    /// Nobody signs in without a one-time code; the first sign-in enrols one.
    Required,
    /// Who has enrolled must use it; who has not, need not. For demonstrations.
    Optional,
}

/// Cost of argon2id (RFC 9106).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordCost {
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
}

impl Default for PasswordCost {
    /// RFC 9106, second recommended option: 64 MiB, 3 passes.
    fn default() -> Self {
        Self {
            memory_kib: 65_536,
            passes: 3,
        }
    }
}

/// What a node takes from one peer. Not in the configuration file: tests lower it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerLimits {
    /// Most bytes of notes (headers and contents) in one pull; the rest comes with the next.
    pub pull_bytes: u64,
    /// Most ledgers first heard of from one peer, whoever wrote them.
    pub ledgers: u64,
    /// Largest package, bytes: what can be read as one.
    pub object_bytes: u64,
    /// How long one pull may go on asking.
    pub pull_time: std::time::Duration,
}

impl Default for PeerLimits {
    fn default() -> Self {
        Self {
            pull_bytes: 256 << 20,
            ledgers: 4_000,
            object_bytes: accord_formats::archive::ARCHIVE_MAX_BYTES as u64,
            pull_time: std::time::Duration::from_secs(600),
        }
    }
}

/// The configuration of a node, as the service needs it.
#[derive(Debug, Clone)]
pub struct NodeConfig {
    /// The node's folder.
    pub dir: PathBuf,
    /// The organisation.
    pub org: OrgName,
    /// Its kind.
    pub kind: OrgKind,
    /// Where peers reach this node: `https://HOST[:PORT]`, or `http://` on the loopback.
    pub url: String,
    /// The second factor.
    pub totp: TotpPolicy,
    /// Cost of a password.
    pub password_cost: PasswordCost,
    /// Whether the node pulls from peers by itself; tests and the demo pull when they want to.
    pub pull_every_s: Option<u64>,
    /// What it takes from one peer.
    pub peer_limits: PeerLimits,
    /// How many days backups of this node are kept: receipts for what was deleted or destroyed say until when a copy is
    /// still in one. None: there are no backups.
    pub backup_days: Option<u32>,
    /// Hosts inside one's own network that feeds may be read from, `HOST` or `HOST:PORT`, also over `http://`; all others
    /// must have public addresses and `https://`.
    pub feeds_inside: Vec<String>,
    /// Keys that publishers of feeds ask for, each for one host.
    pub feed_keys: Vec<accord_client::FeedKey>,
}

impl NodeConfig {
    /// Until when backups hold what is removed now, ms UTC.
    pub fn backup_until_ms(&self, now_ms: u64) -> Option<u64> {
        let days = self.backup_days?;
        Some(now_ms.saturating_add(u64::from(days).saturating_mul(24 * 3_600_000)))
    }
}
