//! Ledgers written by hand and signed with an organisation's own keys: what a dishonest party can make without any
//! help of its node.

use std::collections::BTreeMap;
use std::sync::Arc;

use accord_ledger::checkpoint::{Checkpoint, origin};
use accord_ledger::tree::Tree;
use accord_ledger::{Class, Clock, Head, Header, LedgerId as HashId, Payload};
use accord_model::control::{ControlEntry, KeyCertified, LedgerOpened, SpaceKind};
use accord_model::{AgreementDigest, EntryRef, LedgerId, OrgName, SpaceId};
use accord_service::keys::{self, NodeKeys};
use serde_json::{Value, json};

use crate::peer::Alter;
use crate::{Org, START_MS};

/// When forged entries and checkpoints say they were made, ms UTC: within the term of every certificate.
const FORGED_MS: u64 = START_MS + 5_000;

/// A ledger that its author's node knows nothing of.
#[derive(Debug, Clone)]
pub struct Forged {
    /// Its id.
    pub id: LedgerId,
    /// Its space.
    pub space: SpaceId,
    org: OrgName,
    keys: NodeKeys,
    headers: Vec<Header>,
    payloads: Vec<Payload>,
    tree: Tree,
}

fn base64(bytes: &[u8]) -> Value {
    serde_json::to_value(accord_formats::peer::Base64(bytes.to_vec())).expect("bytes serialise")
}

impl Forged {
    /// Opens a ledger of an organisation in a space: `seed` are the random bytes of the space's id.
    pub fn open(
        org: &Org,
        id: LedgerId,
        seed: SpaceId,
        kind: SpaceKind,
        agreement: Option<AgreementDigest>,
    ) -> Self {
        let opened = LedgerOpened {
            by: None,
            role: None,
            space: seed,
            space_kind: kind,
            org: org.name.clone(),
            agreement,
        };
        let keys = keys::load(&org.config.dir, &org.name).expect("the node's keys");
        let certified = KeyCertified {
            by: None,
            role: None,
            certificate: keys.certificate.encode(),
        };
        let mut forged = Self {
            id,
            space: opened.space_id(),
            org: org.name.clone(),
            keys,
            headers: Vec::new(),
            payloads: Vec::new(),
            tree: Tree::new(),
        };
        forged.control(opened);
        forged.control(certified);
        forged
    }

    /// A control entry.
    pub fn control(&mut self, entry: impl Into<ControlEntry>) -> EntryRef {
        self.push(Class::Control, &entry.into().to_json(), FORGED_MS, Vec::new())
    }

    /// Any entry.
    pub fn push(&mut self, class: Class, json: &Value, wall_ms: u64, heads: Vec<Head>) -> EntryRef {
        let seq = self.tree.size();
        let salt = [u8::try_from(seq % 251).expect("below 251"); 32];
        let payload = Payload::build(HashId(self.id.0), seq, json, &mut || {
            // Salts only hide; here nothing is hidden.
            salt
        })
        .expect("a payload");
        let counter = u32::try_from(seq).expect("a short ledger");
        let header =
            Header::new(class, Clock { wall_ms, counter }, heads, [3; 16], &payload).expect("a header");
        self.tree.append(header.leaf_hash());
        self.headers.push(header);
        self.payloads.push(payload);
        EntryRef { ledger: self.id, seq }
    }

    /// Its head as a peer tells it.
    fn head(&self) -> Value {
        let checkpoint = Checkpoint {
            origin: origin(self.org.as_str(), &HashId(self.id.0)),
            size: self.tree.size(),
            root: self.tree.root(),
        };
        let note = checkpoint
            .sign(&self.keys.ledger, FORGED_MS / 1_000)
            .expect("a checkpoint");
        json!({
            "ledger": self.id.to_string(),
            "space": self.space.to_string(),
            "org": self.org.to_string(),
            "checkpoint": note.encode(),
        })
    }

    fn entries(&self, question: &Value) -> Value {
        let number = |name: &str| question.get(name).and_then(Value::as_u64).unwrap_or(0);
        let (from, to, held) = (number("from"), number("to"), number("held"));
        let proof = match held {
            0 => Vec::new(),
            held => self
                .tree
                .consistency_proof(held, to)
                .expect("a range of the ledger"),
        };
        let row = |(header, payload): (&Header, &Payload)| json!({"header": base64(&header.encode()), "payload": base64(&payload.encode())});
        let from = usize::try_from(from).expect("a short ledger");
        let rows: Vec<Value> = self
            .headers
            .iter()
            .zip(&self.payloads)
            .skip(from)
            .map(row)
            .collect();
        let proof: Vec<String> = proof.iter().map(ToString::to_string).collect();
        json!({"consistency": proof, "entries": rows})
    }
}

/// Answers that bring these ledgers beside the honest ones.
pub fn forging(ledgers: Vec<Forged>) -> Arc<Alter> {
    let ledgers: BTreeMap<String, Forged> = ledgers
        .into_iter()
        .map(|ledger| (ledger.id.to_string(), ledger))
        .collect();
    Arc::new(move |path, question, mut honest| {
        let asked = question.get("ledger").and_then(Value::as_str).unwrap_or_default();
        match path {
            "/peer/v1/heads" => {
                if let Some(Value::Array(heads)) = honest.get_mut("ledgers") {
                    heads.splice(0..0, ledgers.values().map(Forged::head));
                }
                honest
            }
            "/peer/v1/entries" => ledgers
                .get(asked)
                .map_or(honest, |forged| forged.entries(question)),
            _ => honest,
        }
    })
}
