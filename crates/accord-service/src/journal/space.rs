//! The ledgers of one agreement or case: causal order, and the control state that every honest node folds.

use std::collections::{BTreeMap, BTreeSet};

use accord_ledger::note::{Note, VerifierKey};
use accord_ledger::order::{Order, Wait};
use accord_model::agreement::Agreement;
use accord_model::control::{self, AgreementFacts, ControlEntry, Facts, Noted, SpaceKind};
use accord_model::{AgreementDigest, EntryRef, LedgerId, OrgName, SpaceId};

use super::ledger::{Body, Ledger, entry_id};

/// A space as held.
#[derive(Debug, Clone)]
pub(crate) struct Space {
    pub id: SpaceId,
    pub kind: SpaceKind,
    /// The agreement a case runs under.
    pub agreement: Option<AgreementDigest>,
    pub ledgers: BTreeSet<LedgerId>,
    pub control: control::State,
    /// References in causal order.
    pub linear: Vec<EntryRef>,
    /// Entries that wait: their causes are not here yet, or they are stamped too far ahead.
    pub waiting: Vec<(EntryRef, String)>,
    /// When the first of them is free, where it waits for its own stamp, ms UTC.
    pub due_ms: Option<u64>,
    /// Readable agreements proposed here (agreement spaces).
    pub proposed: BTreeMap<AgreementDigest, Agreement>,
}

impl Space {
    pub fn new(id: SpaceId, kind: SpaceKind, agreement: Option<AgreementDigest>) -> Self {
        Self {
            id,
            kind,
            agreement,
            ledgers: BTreeSet::new(),
            control: control::State::default(),
            linear: Vec::new(),
            waiting: Vec::new(),
            due_ms: None,
            proposed: BTreeMap::new(),
        }
    }

    /// Folds again from what is held. `facts_of` says what is known of the agreement a case runs under.
    pub fn refold(
        &mut self,
        ledgers: &BTreeMap<LedgerId, Ledger>,
        facts_of: impl Fn(AgreementDigest) -> Option<AgreementFacts>,
        now_ms: u64,
    ) {
        let held: Vec<&Ledger> = self.ledgers.iter().filter_map(|id| ledgers.get(id)).collect();
        let headers = held.iter().flat_map(|ledger| &ledger.headers);
        let order = match Order::new(headers, now_ms) {
            Ok(order) => order,
            Err(error) => {
                // A space that cannot be ordered stands still; it denies, because nothing counts.
                self.control = control::State::default();
                self.linear.clear();
                self.waiting = held
                    .iter()
                    .map(|ledger| {
                        (
                            EntryRef {
                                ledger: ledger.id,
                                seq: 0,
                            },
                            error.to_string(),
                        )
                    })
                    .collect();
                return;
            }
        };
        let reference = |id: accord_ledger::EntryId| EntryRef {
            ledger: LedgerId(id.ledger.0),
            seq: id.seq,
        };
        self.linear = order.linear().iter().map(|id| reference(*id)).collect();
        self.due_ms = order
            .waiting()
            .iter()
            .filter_map(|(_, wait)| match wait {
                Wait::Ahead { until_ms } => Some(*until_ms),
                _ => None,
            })
            .min();
        self.waiting = order
            .waiting()
            .iter()
            .map(|(id, wait)| (reference(*id), format!("{wait:?}")))
            .collect();

        let mut noted = Vec::new();
        for at in &self.linear {
            let Some(ledger) = ledgers.get(&at.ledger) else {
                continue;
            };
            if let (Some(Body::Control(entry)), Some(header)) = (ledger.body(at.seq), ledger.header(at.seq)) {
                noted.push(Noted {
                    at: *at,
                    author: ledger.org.clone(),
                    wall_ms: header.clock.wall_ms,
                    entry: entry.clone(),
                });
            }
        }
        let facts = self.facts(&noted, facts_of);
        let before = |a: EntryRef, b: EntryRef| order.before(entry_id(a), entry_id(b));
        self.control = control::fold(&noted, &before, &facts);
    }

    fn facts(
        &mut self,
        noted: &[Noted],
        facts_of: impl Fn(AgreementDigest) -> Option<AgreementFacts>,
    ) -> Facts {
        let mut agreements = BTreeMap::new();
        let mut verified_signatures = BTreeSet::new();
        if let Some(digest) = self.agreement
            && let Some(facts) = facts_of(digest)
        {
            agreements.insert(digest, facts);
        }
        if self.kind == SpaceKind::Agreement {
            for entry in noted {
                if let ControlEntry::AgreementProposed(said) = &entry.entry
                    && !self.proposed.contains_key(&said.digest)
                    && let Ok(agreement) = Agreement::from_parts(&said.toml, &said.cedar)
                    && agreement.digest() == said.digest
                {
                    self.proposed.insert(said.digest, agreement);
                }
            }
            for (digest, agreement) in &self.proposed {
                agreements.insert(*digest, agreement_facts(agreement, BTreeSet::new()));
            }
            for entry in noted {
                if let ControlEntry::AgreementSigned(said) = &entry.entry
                    && let Some(agreement) = self.proposed.get(&said.digest)
                    && signature_holds(agreement, &entry.author, &said.signature)
                {
                    verified_signatures.insert(entry.at);
                }
            }
        }
        Facts {
            space: self.id,
            space_kind: self.kind,
            agreements,
            verified_signatures,
            trusted_sizes: BTreeMap::new(),
        }
    }

    /// Whether an organisation may follow this space: it is a party of it.
    pub fn is_party(&self, org: &OrgName) -> bool {
        match self.kind {
            SpaceKind::Agreement => self
                .proposed
                .values()
                .any(|agreement| agreement.party(org).is_some()),
            SpaceKind::Case => self.control.party_kind(org).is_some(),
        }
    }
}

/// What the fold needs to know of an agreement.
pub(crate) fn agreement_facts(agreement: &Agreement, signed: BTreeSet<OrgName>) -> AgreementFacts {
    AgreementFacts {
        parties: agreement
            .parties()
            .iter()
            .map(|party| (party.name.clone(), party.kind))
            .collect(),
        signed,
        opens_cases: agreement.allows_cases(),
        term: Some(agreement.terms().term),
    }
}

/// Whether a signature line is by the identity key that the agreement itself names for the organisation.
pub(crate) fn signature_holds(agreement: &Agreement, org: &OrgName, line: &str) -> bool {
    let Some(party) = agreement.party(org) else {
        return false;
    };
    let Ok(identity) = party.identity.parse::<VerifierKey>() else {
        return false;
    };
    if identity.name() != accord_ledger::certificate::identity_key_name(org.as_str()) {
        return false;
    }
    let text = format!("{}\n{}\n", agreement.signing_text(), line.trim_end());
    Note::parse(text.as_bytes()).is_ok_and(|note| note.verify(std::slice::from_ref(&identity)).is_ok())
}
