//! The bytes that are signed: the two files exactly as they are, framed. No normalisation: what could differ
//! without being seen (carriage returns, byte order marks, hidden characters) is refused on reading instead.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::AgreementDigest;

use super::{Agreement, instant};

/// What the canonical bytes begin with: the domain and its version, ending in a zero byte.
pub const DOMAIN: &[u8] = b"accord-agreement/v1\0";

fn canonical(toml: &str, cedar: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(DOMAIN.len() + 16 + toml.len() + cedar.len());
    bytes.extend_from_slice(DOMAIN);
    for part in [toml, cedar] {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

pub(super) fn digest(toml: &str, cedar: &str) -> AgreementDigest {
    AgreementDigest(Sha256::digest(canonical(toml, cedar)).into())
}

impl Agreement {
    /// The domain, then each file with its length in bytes before it (64 bits, big-endian):
    /// `agreement.toml`, `clauses.cedar`.
    pub fn canonical_bytes(&self) -> Vec<u8> {
        canonical(self.toml(), self.cedar())
    }

    /// The text of the C2SP signed note that a party signs: the digest, and in words what is signed. Ends in
    /// a line feed and has no empty line.
    pub fn signing_text(&self) -> String {
        let terms = self.terms();
        let mut text = String::new();
        let _ = writeln!(text, "accord-agreement/v1");
        let _ = writeln!(text, "{}", self.digest());
        let _ = writeln!(text, "{}", terms.title);
        let _ = writeln!(text, "reference {}", terms.reference);
        let _ = writeln!(
            text,
            "term {} {}",
            instant::format(terms.term.from_ms),
            instant::format(terms.term.until_ms)
        );
        for party in &terms.parties {
            let _ = writeln!(text, "party {} {} {}", party.name, party.kind, party.identity);
        }
        if let Some(prose) = &terms.prose {
            let _ = writeln!(text, "prose {} {} prevails", prose.sha256, prose.prevails);
        }
        if let Some(amends) = terms.amends {
            let _ = writeln!(text, "amends {amends}");
        }
        text
    }
}
