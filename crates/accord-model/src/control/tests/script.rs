//! A history written line by line: who writes, what they had seen.

use std::collections::{BTreeMap, BTreeSet};

use crate::agreement::Term;
use crate::control::*;
use crate::{AgreementDigest, Category, EntryRef, LedgerId, OrgKind, OrgName, PersonId, Role, SpaceId};

pub const DIGEST: AgreementDigest = AgreementDigest([7; 32]);
pub const SPACE: SpaceId = SpaceId([9; 16]);

pub fn org(name: &str) -> OrgName {
    format!("{name}.example").parse().unwrap()
}

/// A person by a number; tens tell the organisation: 1x agency, 2x isp, 3x vendor, 4x second agency.
pub fn person(number: u8) -> PersonId {
    PersonId([number; 16])
}

pub const OFFICER: u8 = 10;
pub const INVESTIGATOR: u8 = 11;
pub const AGENCY_APPROVER: u8 = 12;
pub const ISP_APPROVER: u8 = 20;
pub const ISP_SECOND: u8 = 21;
pub const RESEARCHER: u8 = 30;
pub const VENDOR_APPROVER: u8 = 31;
pub const SECOND_OFFICER: u8 = 40;
pub const SECOND_APPROVER: u8 = 41;

pub fn hex(byte: &str) -> String {
    byte.repeat(32)
}

#[derive(Clone)]
pub struct Script {
    pub entries: Vec<Noted>,
    pub seen: BTreeMap<EntryRef, BTreeSet<EntryRef>>,
    pub facts: Facts,
    next: BTreeMap<OrgName, u64>,
    pub wall_ms: u64,
}

impl Script {
    pub fn empty(space_kind: SpaceKind) -> Self {
        let parties = BTreeMap::from([
            (org("agency"), OrgKind::Agency),
            (org("isp"), OrgKind::Isp),
            (org("vendor"), OrgKind::Vendor),
            (org("second"), OrgKind::Agency),
        ]);
        let agreement = AgreementFacts {
            signed: parties.keys().cloned().collect(),
            parties,
            opens_cases: true,
            term: Some(Term {
                from_ms: 0,
                until_ms: 1_000_000_000,
            }),
        };
        Self {
            entries: Vec::new(),
            seen: BTreeMap::new(),
            facts: Facts {
                space: SPACE,
                space_kind,
                agreements: BTreeMap::from([(DIGEST, agreement)]),
                verified_signatures: BTreeSet::new(),
                trusted_sizes: BTreeMap::new(),
            },
            next: BTreeMap::new(),
            wall_ms: 1_000,
        }
    }

    /// A case with four parties and their people.
    pub fn case() -> Self {
        let mut script = Self::empty(SpaceKind::Case);
        script.write("agency", opened(DIGEST));
        for name in ["isp", "vendor", "second"] {
            script.write("agency", party_added(name));
        }
        script.write(
            "agency",
            names(AGENCY_APPROVER, AGENCY_APPROVER, &[Role::Approver]),
        );
        script.write(
            "agency",
            names(AGENCY_APPROVER, INVESTIGATOR, &[Role::Investigator]),
        );
        script.write(
            "isp",
            names(ISP_APPROVER, ISP_APPROVER, &[Role::Approver, Role::Custodian]),
        );
        script.write("isp", names(ISP_APPROVER, ISP_SECOND, &[Role::Approver]));
        script.write(
            "vendor",
            names(VENDOR_APPROVER, VENDOR_APPROVER, &[Role::Approver]),
        );
        script.write("vendor", names(VENDOR_APPROVER, RESEARCHER, &[Role::Researcher]));
        script.write(
            "second",
            names(SECOND_APPROVER, SECOND_APPROVER, &[Role::Approver]),
        );
        script.write(
            "second",
            names(SECOND_APPROVER, SECOND_OFFICER, &[Role::CaseOfficer]),
        );
        assert_eq!(script.fold().set_aside, []);
        script
    }

    /// An agreement's space with one proposal by the agency.
    pub fn agreement() -> Self {
        let mut script = Self::empty(SpaceKind::Agreement);
        script.write("agency", proposed(DIGEST));
        assert_eq!(script.fold().set_aside, []);
        script
    }

    pub fn ledger(name: &str) -> LedgerId {
        let mut bytes = [0; 16];
        for (to, from) in bytes.iter_mut().zip(name.bytes()) {
            *to = from;
        }
        LedgerId(bytes)
    }

    fn place(&mut self, name: &str) -> EntryRef {
        let seq = self.next.entry(org(name)).or_default();
        let at = EntryRef {
            ledger: Self::ledger(name),
            seq: *seq,
        };
        *seq += 1;
        at
    }

    fn open_ledger(&mut self, name: &str) {
        if self.next.contains_key(&org(name)) {
            return;
        }
        let body = LedgerOpened {
            by: None,
            role: None,
            space: SPACE,
            space_kind: self.facts.space_kind,
            org: org(name),
            agreement: Some(DIGEST),
        };
        let at = self.place(name);
        self.push(name, at, BTreeSet::new(), body.into());
    }

    fn push(&mut self, name: &str, at: EntryRef, seen: BTreeSet<EntryRef>, entry: ControlEntry) {
        self.seen.insert(at, seen);
        let wall_ms = self.wall_ms;
        self.entries.push(Noted {
            at,
            author: org(name),
            wall_ms,
            entry,
        });
    }

    fn past(&self, at: EntryRef, heads: &[EntryRef]) -> BTreeSet<EntryRef> {
        let own = (0..at.seq).map(|seq| EntryRef {
            ledger: at.ledger,
            seq,
        });
        let mut past = BTreeSet::new();
        for head in own.chain(heads.iter().copied()) {
            past.insert(head);
            past.extend(self.seen.get(&head).into_iter().flatten().copied());
        }
        past
    }

    /// The last entry of every ledger.
    pub fn heads(&self) -> Vec<EntryRef> {
        self.seen.keys().copied().collect()
    }

    /// An entry whose author had seen everything so far.
    pub fn write(&mut self, name: &str, entry: impl Into<ControlEntry>) -> EntryRef {
        self.open_ledger(name);
        let heads = self.heads();
        self.write_seeing(name, &heads, entry)
    }

    /// An entry whose author had seen these entries, what those had seen, and their own ledger.
    pub fn write_seeing(
        &mut self,
        name: &str,
        heads: &[EntryRef],
        entry: impl Into<ControlEntry>,
    ) -> EntryRef {
        self.open_ledger(name);
        let at = self.place(name);
        let past = self.past(at, heads);
        self.push(name, at, past, entry.into());
        at
    }

    /// A content entry: it has a place and a past, and the fold never reads it.
    pub fn content(&mut self, name: &str) -> EntryRef {
        self.open_ledger(name);
        let at = self.place(name);
        let past = self.past(at, &self.heads());
        self.seen.insert(at, past);
        at
    }

    pub fn before(&self, a: EntryRef, b: EntryRef) -> bool {
        self.seen.get(&b).is_some_and(|past| past.contains(&a))
    }

    pub fn fold(&self) -> State {
        fold(&self.entries, &|a, b| self.before(a, b), &self.facts)
    }

    /// Writes the entry and says why it does not count, if it does not.
    pub fn outcome(&mut self, name: &str, entry: impl Into<ControlEntry>) -> Option<Reason> {
        let at = self.write(name, entry);
        self.reason(at)
    }

    pub fn reason(&self, at: EntryRef) -> Option<Reason> {
        let state = self.fold();
        let reason = state
            .set_aside
            .iter()
            .find(|(aside, _)| *aside == at)
            .map(|(_, reason)| reason.clone());
        assert_eq!(state.counts(at), reason.is_none());
        reason
    }
}

pub fn opened(agreement: AgreementDigest) -> CaseOpened {
    CaseOpened {
        by: person(OFFICER),
        role: Role::CaseOfficer,
        agreement,
        operation: "Operation Harbour".to_owned(),
        reference: "AG-2026-17".to_owned(),
        purpose: "Find who runs the botnet.".to_owned(),
    }
}

pub fn party_added(name: &str) -> PartyAdded {
    PartyAdded {
        by: person(OFFICER),
        role: Role::CaseOfficer,
        org: org(name),
        reason: None,
    }
}

pub fn party_removed(name: &str) -> PartyRemoved {
    PartyRemoved {
        by: person(OFFICER),
        role: Role::CaseOfficer,
        org: org(name),
        reason: "done".to_owned(),
    }
}

pub fn names(by: u8, whom: u8, roles: &[Role]) -> MemberAdded {
    MemberAdded {
        by: person(by),
        role: Role::Approver,
        person: person(whom),
        roles: roles.to_vec(),
        until_ms: None,
        scope: None,
    }
}

pub fn takes_off(by: u8, whom: u8) -> MemberRemoved {
    MemberRemoved {
        by: person(by),
        role: Role::Approver,
        person: person(whom),
    }
}

pub fn stage(by: u8, to: Stage) -> CaseStage {
    CaseStage {
        by: person(by),
        role: Role::CaseOfficer,
        to,
        reason: Some("because".to_owned()),
    }
}

pub fn passes(by: u8, to_org: &str, to: u8) -> PenPassed {
    PenPassed {
        by: person(by),
        role: Role::CaseOfficer,
        to_org: org(to_org),
        to: person(to),
    }
}

pub fn takes(by: u8, passed: EntryRef) -> PenTaken {
    PenTaken {
        by: person(by),
        role: Role::CaseOfficer,
        passed,
    }
}

pub fn proposed(digest: AgreementDigest) -> AgreementProposed {
    AgreementProposed {
        by: person(90),
        role: Role::Signatory,
        digest,
        toml: "title = \"x\"".to_owned(),
        cedar: "permit(principal, action, resource);".to_owned(),
        prose_digest: None,
    }
}

pub fn signs(digest: AgreementDigest) -> AgreementSigned {
    AgreementSigned {
        by: person(91),
        role: Role::Signatory,
        digest,
        signature: "\u{2014} isp.example abcd".to_owned(),
    }
}

pub fn instrument(from_ms: u64, to_ms: u64) -> InstrumentRecorded {
    InstrumentRecorded {
        by: person(OFFICER),
        role: Role::CaseOfficer,
        reference: "PO-1".to_owned(),
        authority: "District Court".to_owned(),
        power: "Act 7, section 3".to_owned(),
        scope: Scope {
            categories: vec![Category::LogEvidence],
            text: "flow logs of October".to_owned(),
        },
        addressee: org("isp"),
        from_ms,
        to_ms,
    }
}

pub fn gives(by: u8, request: EntryRef) -> ApprovalGiven {
    ApprovalGiven {
        by: person(by),
        role: Role::Approver,
        request,
        preview: hex("aa"),
        clause: "4.2".to_owned(),
        reason: None,
    }
}

pub fn narrows(by: u8, request: EntryRef) -> ApprovalNarrowed {
    ApprovalNarrowed {
        by: person(by),
        role: Role::Approver,
        request,
        preview: hex("aa"),
        clause: "4.2".to_owned(),
        reason: "too wide".to_owned(),
        narrowing: "without the mail logs".to_owned(),
    }
}

pub fn refuses(by: u8, request: EntryRef) -> ApprovalRefused {
    ApprovalRefused {
        by: person(by),
        role: Role::Approver,
        request,
        preview: None,
        clause: "4.2".to_owned(),
        reason: "not covered".to_owned(),
    }
}

pub fn withdraws(by: u8, request: EntryRef) -> ApprovalWithdrawn {
    ApprovalWithdrawn {
        by: person(by),
        role: Role::Approver,
        request,
        clause: "4.2".to_owned(),
        reason: "a mistake".to_owned(),
    }
}

pub fn hands(by: u8, exhibit: EntryRef, to: &str) -> CustodyHanded {
    CustodyHanded {
        by: person(by),
        role: Role::Approver,
        exhibit,
        to: org(to),
        commitment: hex("cc"),
    }
}

pub fn receives(by: u8, exhibit: EntryRef, from: &str, commitment: &str) -> CustodyReceived {
    CustodyReceived {
        by: person(by),
        role: Role::Investigator,
        exhibit,
        from: org(from),
        commitment: hex(commitment),
    }
}
