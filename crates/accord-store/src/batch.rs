//! A batch: the changes of one act, committed together.

use serde::Serialize;

/// Objects are kept in parts of this size, so that no single row grows without bound.
pub const OBJECT_PART_BYTES: usize = 1 << 20;

/// A line of the access log.
#[derive(Debug, Clone)]
pub struct AccessLine {
    /// When, ms since the Unix epoch, UTC.
    pub at_ms: u64,
    /// Who: a person's id, or `peer:ORG`.
    pub actor: String,
    /// What was done, as JSON.
    pub record: serde_json::Value,
}

#[derive(Debug, Clone)]
pub(crate) enum Op {
    Ledger {
        id: [u8; 16],
        space: [u8; 16],
        org: String,
        own: bool,
    },
    Checkpoint {
        ledger: [u8; 16],
        note: String,
    },
    Entry {
        ledger: [u8; 16],
        seq: u64,
        header: Vec<u8>,
        payload: Option<Vec<u8>>,
    },
    Payload {
        ledger: [u8; 16],
        seq: u64,
        payload: Option<Vec<u8>>,
    },
    Release {
        ledger: [u8; 16],
        seq: u64,
        org: String,
        decided_ms: u64,
        decision: String,
    },
    Cosignature {
        ledger: [u8; 16],
        org: String,
        size: u64,
        line: String,
    },
    Fork {
        id: String,
        ledger: [u8; 16],
        found_ms: u64,
        proof: Vec<u8>,
    },
    Document {
        collection: &'static str,
        id: String,
        record: String,
    },
    Remove {
        collection: &'static str,
        id: String,
    },
    Object {
        id: String,
        bytes: Vec<u8>,
    },
    RemoveObject {
        id: String,
    },
    Access(AccessLine),
}

/// The changes of one act. Order is kept.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    pub(crate) ops: Vec<Op>,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is nothing to commit.
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    /// A ledger becomes known. Known already with the same facts: nothing changes.
    pub fn ledger(&mut self, id: [u8; 16], space: [u8; 16], org: &str, own: bool) {
        self.ops.push(Op::Ledger {
            id,
            space,
            org: org.to_owned(),
            own,
        });
    }

    /// The newest checkpoint of a ledger, a signed note.
    pub fn checkpoint(&mut self, ledger: [u8; 16], note: &str) {
        self.ops.push(Op::Checkpoint {
            ledger,
            note: note.to_owned(),
        });
    }

    /// An entry is added. The same position twice is an error.
    pub fn entry(&mut self, ledger: [u8; 16], seq: u64, header: Vec<u8>, payload: Option<Vec<u8>>) {
        self.ops.push(Op::Entry {
            ledger,
            seq,
            header,
            payload,
        });
    }

    /// A payload arrives, is narrowed, or is removed.
    pub fn payload(&mut self, ledger: [u8; 16], seq: u64, payload: Option<Vec<u8>>) {
        self.ops.push(Op::Payload { ledger, seq, payload });
    }

    /// A release is recorded, with the decision as JSON. A second one for the same recipient changes nothing.
    pub fn release(
        &mut self,
        ledger: [u8; 16],
        seq: u64,
        org: &str,
        decided_ms: u64,
        decision: &impl Serialize,
    ) {
        let decision = serde_json::to_string(decision).unwrap_or_default();
        self.ops.push(Op::Release {
            ledger,
            seq,
            org: org.to_owned(),
            decided_ms,
            decision,
        });
    }

    /// The newest cosignature of an organisation under a ledger.
    pub fn cosignature(&mut self, ledger: [u8; 16], org: &str, size: u64, line: &str) {
        self.ops.push(Op::Cosignature {
            ledger,
            org: org.to_owned(),
            size,
            line: line.to_owned(),
        });
    }

    /// The proof of a fork, kept for ever under an id that is derived from it.
    pub fn fork(&mut self, id: &str, ledger: [u8; 16], found_ms: u64, proof: Vec<u8>) {
        self.ops.push(Op::Fork {
            id: id.to_owned(),
            ledger,
            found_ms,
            proof,
        });
    }

    /// A document is written, whole. `record` must serialise to JSON: plain structs always do.
    pub fn document(&mut self, collection: &'static str, id: &str, record: &impl Serialize) {
        let record = serde_json::to_string(record).unwrap_or_default();
        self.ops.push(Op::Document {
            collection,
            id: id.to_owned(),
            record,
        });
    }

    /// A document is removed.
    pub fn remove(&mut self, collection: &'static str, id: &str) {
        self.ops.push(Op::Remove {
            collection,
            id: id.to_owned(),
        });
    }

    /// An object is written, whole.
    pub fn object(&mut self, id: &str, bytes: Vec<u8>) {
        self.ops.push(Op::Object {
            id: id.to_owned(),
            bytes,
        });
    }

    /// An object is removed.
    pub fn remove_object(&mut self, id: &str) {
        self.ops.push(Op::RemoveObject { id: id.to_owned() });
    }

    /// A line for the access log.
    pub fn access(&mut self, line: AccessLine) {
        self.ops.push(Op::Access(line));
    }
}
