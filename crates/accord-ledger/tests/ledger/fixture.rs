//! Fixed seeds, a small ledger, and its checkpoints.

use accord_ledger::keys::SigningKey;
use accord_ledger::note::{Note, NoteSigner};
use accord_ledger::tree::Tree;
use accord_ledger::{Class, Clock, Hash, Header, LedgerId, Payload};
use accord_ledger::{checkpoint, checkpoint::Checkpoint};
use serde_json::json;
use sha2::{Digest, Sha256};

pub const LEDGER: LedgerId = LedgerId([0xa1; 16]);
pub const OTHER: LedgerId = LedgerId([0xb2; 16]);
pub const TIME_S: u64 = 1_790_000_000;

/// 32 bytes from a label: the seeds and salts of the specification's vectors.
pub fn seed(label: &str) -> [u8; 32] {
    Sha256::digest(format!("accord test seed: {label}")).into()
}

/// Salts `salt 0`, `salt 1`, ... in the order in which they are asked for.
pub fn salts() -> impl FnMut() -> [u8; 32] {
    let mut count = 0;
    move || {
        count += 1;
        seed(&format!("salt {}", count - 1))
    }
}

pub fn signer(org: &str) -> NoteSigner {
    NoteSigner::new(
        &checkpoint::ledger_key_name(org),
        SigningKey::from_seed(&seed(org)),
    )
    .unwrap()
}

pub fn identity(org: &str) -> NoteSigner {
    let name = accord_ledger::certificate::identity_key_name(org);
    NoteSigner::new(&name, SigningKey::from_seed(&seed(&name))).unwrap()
}

pub fn payload(seq: u64) -> Payload {
    let value = json!({"kind": "request.made", "number": seq, "lines": ["a", "b"], "to": {"name": "Ann ~/", "age": null}});
    Payload::build(LEDGER, seq, &value, &mut salts()).unwrap()
}

pub fn header(seq: u64) -> Header {
    let clock = Clock {
        wall_ms: TIME_S * 1000 + seq,
        counter: 0,
    };
    Header::new(Class::Content, clock, Vec::new(), [7; 16], &payload(seq)).unwrap()
}

/// `count` leaves told apart by the label.
pub fn tree(label: &str, count: u64) -> Tree {
    (0..count)
        .map(|index| Hash(seed(&format!("{label} {index}"))))
        .collect()
}

pub fn head(tree: &Tree, size: u64) -> Checkpoint {
    let root = tree.root_at(size).unwrap();
    Checkpoint {
        origin: checkpoint::origin("isp.example", &LEDGER),
        size,
        root,
    }
}

pub fn signed(tree: &Tree, size: u64, time_s: u64) -> Note {
    head(tree, size).sign(&signer("isp.example"), time_s).unwrap()
}
