//! One ledger.

use std::collections::{BTreeMap, BTreeSet};

use accord_ledger::checkpoint::SignedCheckpoint;
use accord_ledger::note::VerifierKey;
use accord_ledger::tree::Tree;
use accord_ledger::{Class, EntryId, Header, Payload};
use accord_model::content::ContentEntry;
use accord_model::control::ControlEntry;
use accord_model::{EntryKind, EntryRef, LedgerId, OrgName, SpaceId};

use crate::search::TermIndex;

/// What an entry says, as far as this node can know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A control entry.
    Control(ControlEntry),
    /// A content entry, whole.
    Content(Box<ContentEntry>),
    /// Content that was not released to this node, or was removed.
    Withheld,
    /// Bytes that are no entry of this version; they stay, and count for nothing.
    Unreadable(String),
}

impl Body {
    /// Reads a payload under its header's class.
    pub(crate) fn read(class: Class, payload: Option<&Payload>) -> Self {
        let Some(payload) = payload else {
            return Self::Withheld;
        };
        let json = payload.to_json();
        let read = match class {
            Class::Control => ControlEntry::from_json(&json).map(Self::Control),
            Class::Content => ContentEntry::from_json(&json).map(|entry| Self::Content(Box::new(entry))),
        };
        read.unwrap_or_else(|error| Self::Unreadable(error.to_string()))
    }

    /// Whether it is who a victim is, sealed.
    fn is_identity(&self) -> bool {
        matches!(self, Self::Content(entry) if entry.kind() == EntryKind::VictimIdentity)
    }
}

/// The newest cosignature of a witness: the size it covers and the whole note line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cosigned {
    pub size: u64,
    pub note: String,
}

/// A proved contradiction of a ledger's author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fork {
    /// The entries from the first on that may be trusted; nothing beyond them counts.
    pub common: u64,
    /// The proof that shows it, encoded.
    pub proof: Vec<u8>,
}

/// A ledger as held.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    pub id: LedgerId,
    pub space: SpaceId,
    pub org: OrgName,
    pub own: bool,
    pub headers: Vec<Header>,
    pub payloads: Vec<Option<Payload>>,
    pub bodies: Vec<Body>,
    pub tree: Tree,
    pub checkpoint: Option<SignedCheckpoint>,
    /// The key its author signs with, from its certificate; `None` until that has been read and verified.
    pub author_key: Option<VerifierKey>,
    pub cosigned: BTreeMap<OrgName, Cosigned>,
    /// What was proved of its author's contradiction.
    pub fork: Option<Fork>,
    /// The positions of sealed identities.
    pub sealed: BTreeSet<u64>,
    /// What its notes are found by.
    pub terms: TermIndex,
}

impl Ledger {
    pub fn new(id: LedgerId, space: SpaceId, org: OrgName, own: bool) -> Self {
        Self {
            id,
            space,
            org,
            own,
            headers: Vec::new(),
            payloads: Vec::new(),
            bodies: Vec::new(),
            tree: Tree::new(),
            checkpoint: None,
            author_key: None,
            cosigned: BTreeMap::new(),
            fork: None,
            sealed: BTreeSet::new(),
            terms: TermIndex::default(),
        }
    }

    /// Whether its author was proved to have contradicted itself.
    pub fn is_forked(&self) -> bool {
        self.fork.is_some()
    }

    /// Whether nothing more of it can count: the part that its two histories share is held.
    pub fn is_closed(&self) -> bool {
        self.fork.as_ref().is_some_and(|fork| self.size() >= fork.common)
    }

    /// How many entries are held.
    pub fn size(&self) -> u64 {
        self.headers.len() as u64
    }

    /// How many of them stand under the newest checkpoint held.
    pub fn covered(&self) -> u64 {
        let signed = self.checkpoint.as_ref();
        signed.map_or(0, |signed| signed.checkpoint().size)
    }

    /// Takes an entry that has been checked.
    pub fn push(&mut self, header: Header, payload: Option<Payload>) {
        let body = Body::read(header.class, payload.as_ref());
        self.sealed.extend(body.is_identity().then_some(header.seq));
        if let Body::Content(entry) = &body {
            self.terms.add(header.seq, entry);
        }
        self.bodies.push(body);
        self.tree.append(header.leaf_hash());
        self.headers.push(header);
        self.payloads.push(payload);
    }

    /// Takes off every entry past the first `size`: what was taken on trial and did not hold.
    pub fn truncate(&mut self, size: u64) {
        let held = usize::try_from(size).unwrap_or(usize::MAX);
        for (seq, body) in (size..).zip(self.bodies.get(held..).unwrap_or_default()) {
            if let Body::Content(entry) = body {
                self.terms.forget(seq, entry);
            }
        }
        self.headers.truncate(held);
        self.payloads.truncate(held);
        self.bodies.truncate(held);
        self.sealed.split_off(&size);
        self.tree.truncate(size);
    }

    /// Takes content that arrives later than its header.
    pub fn fill(&mut self, seq: u64, payload: Payload) {
        let Ok(index) = usize::try_from(seq) else { return };
        if let (Some(header), Some(slot), Some(body)) = (
            self.headers.get(index),
            self.payloads.get_mut(index),
            self.bodies.get_mut(index),
        ) {
            *body = Body::read(header.class, Some(&payload));
            self.sealed.extend(body.is_identity().then_some(header.seq));
            if let Body::Content(entry) = body {
                self.terms.add(seq, entry);
            }
            *slot = Some(payload);
        }
    }

    /// Lets what an entry says go; its header stays.
    pub fn remove(&mut self, seq: u64) {
        let Ok(index) = usize::try_from(seq) else { return };
        if let (Some(slot), Some(body)) = (self.payloads.get_mut(index), self.bodies.get_mut(index)) {
            if let Body::Content(entry) = body {
                self.terms.forget(seq, entry);
            }
            *slot = None;
            *body = Body::Withheld;
        }
    }

    pub fn header(&self, seq: u64) -> Option<&Header> {
        self.headers.get(usize::try_from(seq).ok()?)
    }

    pub fn payload(&self, seq: u64) -> Option<&Payload> {
        self.payloads.get(usize::try_from(seq).ok()?)?.as_ref()
    }

    pub fn body(&self, seq: u64) -> Option<&Body> {
        self.bodies.get(usize::try_from(seq).ok()?)
    }

    /// References, headers and bodies, by position.
    pub fn entries(&self) -> impl Iterator<Item = (EntryRef, &Header, &Body)> {
        let id = self.id;
        self.headers.iter().zip(&self.bodies).map(move |(header, body)| {
            (
                EntryRef {
                    ledger: id,
                    seq: header.seq,
                },
                header,
                body,
            )
        })
    }
}

/// The ledger crate's id of a reference.
pub(crate) fn entry_id(at: EntryRef) -> EntryId {
    EntryId {
        ledger: accord_ledger::LedgerId(at.ledger.0),
        seq: at.seq,
    }
}

/// The ledger crate's id of a ledger.
pub(crate) fn hash_id(ledger: LedgerId) -> accord_ledger::LedgerId {
    accord_ledger::LedgerId(ledger.0)
}
