//! The ledgers of one agreement or case: causal order, and the control state that every honest node folds.

use std::collections::{BTreeMap, BTreeSet};

use accord_ledger::certificate::{Revocation, SealingRevocation};
use accord_ledger::note::{Note, VerifierKey};
use accord_ledger::order::{MAX_LEDGERS, Order, Wait};
use accord_ledger::{Class, Clock};
use accord_model::agreement::Agreement;
use accord_model::control::{self, AgreementFacts, ControlEntry, Facts, LedgerOpened, Noted, SpaceKind};
use accord_model::{AgreementDigest, EntryKind, EntryRef, LedgerId, OrgName, SpaceId};

use super::ledger::{Body, Ledger, entry_id, hash_id};
use crate::made::{Made, Version, new_version};

/// Most ledgers of one organisation in one space that count: its own and those it opened anew, after a restored backup
/// or with a new key. Of more, those with the lowest ids count, whatever arrived first.
pub(crate) const LEDGERS_PER_ORG_MAX: usize = 8;
/// Most ledgers of one organisation in one space that are kept.
pub(crate) const LEDGERS_HELD_MAX: usize = 64;

/// Of the ledgers of a space, by organisation and id, those too many to count: past the first
/// [`LEDGERS_PER_ORG_MAX`] of their organisation, or, when there are more than can be ordered, the later ones of
/// those that have several. It depends on the ledgers only; no organisation crowds out the first ledger of another.
fn too_many<'a>(ledgers: impl IntoIterator<Item = (&'a OrgName, LedgerId)>) -> BTreeSet<LedgerId> {
    let mut by_org: BTreeMap<&OrgName, BTreeSet<LedgerId>> = BTreeMap::new();
    for (org, id) in ledgers {
        by_org.entry(org).or_default().insert(id);
    }
    let ranked = by_org.into_values().flat_map(|ids| ids.into_iter().enumerate());
    let mut ranked: Vec<(usize, LedgerId)> = ranked.collect();
    ranked.sort_unstable();
    let all = ranked.into_iter().enumerate();
    all.filter(|(place, (rank, _))| *place >= MAX_LEDGERS || *rank >= LEDGERS_PER_ORG_MAX)
        .map(|(_, (_, id))| id)
        .collect()
}

/// A space as held.
#[derive(Debug, Clone)]
pub(crate) struct Space {
    pub id: SpaceId,
    /// The random bytes that its id is made from.
    pub seed: SpaceId,
    pub kind: SpaceKind,
    /// The agreement a case runs under.
    pub agreement: Option<AgreementDigest>,
    pub ledgers: BTreeSet<LedgerId>,
    pub control: control::State,
    /// What the organisations here have revoked, as their identity keys say.
    pub revoked: Vec<Revocation>,
    /// The same of keys that others seal to.
    pub revoked_seals: Vec<SealingRevocation>,
    /// Of ledgers whose key was revoked: how many entries are trusted.
    pub trusted: BTreeMap<LedgerId, u64>,
    /// Which entries had seen which; none before the first fold.
    order: Option<Order>,
    /// How many entries of each ledger count.
    pub counted: BTreeMap<LedgerId, u64>,
    /// Another one after every change but a note at the end, and never one that there was before.
    folded: u64,
    /// What was made of it.
    pub made: Made,
    /// Where what counts stands in `linear`, by its kind; what was withheld is in no kind.
    kinds: BTreeMap<EntryKind, BTreeSet<usize>>,
    /// References of what counts, in causal order.
    pub linear: Vec<EntryRef>,
    /// Entries that wait: their causes are not here yet, or they are stamped too far ahead.
    pub waiting: Vec<(EntryRef, String)>,
    /// When the first of them is free, where it waits for its own stamp, ms UTC.
    pub due_ms: Option<u64>,
    /// The agreements whose proposal here counts (agreement spaces).
    pub proposed: BTreeMap<AgreementDigest, Agreement>,
    /// Those of them that this organisation has proposed or signed.
    endorsed: BTreeSet<AgreementDigest>,
    /// Every agreement that could be read here, counted or not: they are not read twice.
    readable: BTreeMap<AgreementDigest, Agreement>,
}

impl Space {
    pub fn new(opened: &LedgerOpened) -> Self {
        Self {
            id: opened.space_id(),
            seed: opened.space,
            kind: opened.space_kind,
            agreement: opened.agreement,
            ledgers: BTreeSet::new(),
            revoked: Vec::new(),
            revoked_seals: Vec::new(),
            trusted: BTreeMap::new(),
            control: control::State::default(),
            order: None,
            counted: BTreeMap::new(),
            folded: new_version(),
            made: Made::default(),
            kinds: BTreeMap::new(),
            linear: Vec::new(),
            waiting: Vec::new(),
            due_ms: None,
            proposed: BTreeMap::new(),
            endorsed: BTreeSet::new(),
            readable: BTreeMap::new(),
        }
    }

    /// Folds again from what is held. `facts_of` says what is known of the agreement a case runs under, `identity_of`
    /// which identity key it names for an organisation.
    pub fn refold(
        &mut self,
        ledgers: &BTreeMap<LedgerId, Ledger>,
        facts_of: impl Fn(AgreementDigest) -> Option<AgreementFacts>,
        identity_of: impl Fn(AgreementDigest, &OrgName) -> Option<String>,
        now_ms: u64,
    ) {
        self.changed();
        let held: Vec<&Ledger> = self.ledgers.iter().filter_map(|id| ledgers.get(id)).collect();
        let headers = held.iter().flat_map(|ledger| &ledger.headers);
        // Of a ledger with two histories only what they share counts; of ledgers past the limits nothing does. Nobody
        // waits for the rest.
        let forked = held
            .iter()
            .filter_map(|ledger| Some((hash_id(ledger.id), ledger.fork.as_ref()?.common)));
        let mut limits: BTreeMap<_, u64> = forked.collect();
        let excess = too_many(held.iter().map(|ledger| (&ledger.org, ledger.id)));
        limits.extend(excess.into_iter().map(|id| (hash_id(id), 0)));
        self.read_agreements(&held);
        self.find_revocations(&held, &limits, identity_of);
        let order = match Order::within(headers, &limits, now_ms) {
            Ok(order) => order,
            Err(error) => {
                // What was folded before stands; only what is new does not count.
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
        let linear: Vec<EntryRef> = order.linear().iter().map(|id| reference(*id)).collect();
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

        let trusted = |at: &EntryRef| self.trusted.get(&at.ledger).is_none_or(|size| at.seq < *size);
        self.linear = linear.into_iter().filter(trusted).collect();
        self.counted.clear();
        self.kinds.clear();
        for (place, at) in self.linear.iter().enumerate() {
            *self.counted.entry(at.ledger).or_default() += 1;
            index(&mut self.kinds, ledgers, place, *at);
        }
        self.order = Some(order);
        self.fold_control(ledgers, facts_of);
    }

    /// Takes entries that were added at the end of a ledger, where that gives what folding everything again would:
    /// content only, newer than all that is held, with nothing waiting, revoked or left out. Whether it did; if not,
    /// the space must be folded again.
    pub fn extend(&mut self, ledgers: &BTreeMap<LedgerId, Ledger>, added: &[EntryRef], now_ms: u64) -> bool {
        let Some(order) = self.order.as_mut().filter(|_| self.trusted.is_empty()) else {
            return false;
        };
        let header_of = |id: accord_ledger::EntryId| ledgers.get(&LedgerId(id.ledger.0))?.header(id.seq);
        for at in added {
            let header = header_of(entry_id(*at)).filter(|header| header.class == Class::Content);
            // What was taken before the first that cannot be is folded again with it.
            if !header.is_some_and(|header| order.push(header, header_of, now_ms)) {
                return false;
            }
        }
        for at in added {
            index(&mut self.kinds, ledgers, self.linear.len(), *at);
            self.linear.push(*at);
            *self.counted.entry(at.ledger).or_default() += 1;
        }
        true
    }

    /// An entry that was withheld is here now.
    pub fn filled(&mut self, ledgers: &BTreeMap<LedgerId, Ledger>, at: EntryRef) {
        self.changed();
        if let Some(place) = self.linear.iter().rposition(|known| *known == at) {
            index(&mut self.kinds, ledgers, place, at);
        }
    }

    /// Something of it is not what it was: all that was made of it is made anew.
    pub fn changed(&mut self) {
        self.folded = new_version();
        self.made = Made::default();
    }

    /// Of which version what is made of notes of some kinds is: it stays the same while only others come.
    pub fn version_of(&self, wanted: impl Fn(EntryKind) -> bool) -> Version {
        let kinds = self.kinds.iter().filter(|(kind, _)| wanted(**kind));
        Version {
            folded: self.folded,
            notes: kinds.map(|(_, places)| places.len()).sum(),
        }
    }

    /// What counts of some kinds, in causal order.
    pub fn of_kinds(&self, wanted: impl Fn(EntryKind) -> bool) -> Vec<EntryRef> {
        let kinds = self.kinds.iter().filter(|(kind, _)| wanted(**kind));
        let mut places: Vec<usize> = kinds.flat_map(|(_, places)| places).copied().collect();
        places.sort_unstable();
        places
            .iter()
            .filter_map(|place| self.linear.get(*place))
            .copied()
            .collect()
    }

    /// The clock to stamp the next entry of one's own ledger with.
    pub fn next_clock(&self, ledgers: &BTreeMap<LedgerId, Ledger>, own: &Ledger, now_ms: u64) -> Clock {
        // A ledger that was just opened is not ordered yet.
        let last = Order::next_clock(own.headers.last(), now_ms);
        let ticked = self.order.as_ref().and_then(|order| order.tick(now_ms));
        let ticked = ticked.unwrap_or_else(|| {
            let held = self.ledgers.iter().filter_map(|id| ledgers.get(id));
            Order::next_clock(held.flat_map(|ledger| &ledger.headers), now_ms)
        });
        last.max(ticked)
    }

    /// Folds the control entries that are ordered.
    fn fold_control(
        &mut self,
        ledgers: &BTreeMap<LedgerId, Ledger>,
        facts_of: impl Fn(AgreementDigest) -> Option<AgreementFacts>,
    ) {
        let Some(order) = self.order.take() else { return };
        let mut noted = Vec::new();
        for id in order.linear() {
            let at = EntryRef {
                ledger: LedgerId(id.ledger.0),
                seq: id.seq,
            };
            let Some(ledger) = ledgers.get(&at.ledger) else {
                continue;
            };
            if let (Some(Body::Control(entry)), Some(header)) = (ledger.body(at.seq), ledger.header(at.seq)) {
                noted.push(Noted {
                    at,
                    author: ledger.org.clone(),
                    wall_ms: header.clock.wall_ms,
                    entry: entry.clone(),
                });
            }
        }
        let facts = self.facts(&noted, facts_of);
        let before = |a: EntryRef, b: EntryRef| order.before(entry_id(a), entry_id(b));
        self.control = control::fold(&noted, &before, &facts);
        self.order = Some(order);
        self.find_proposals(ledgers);
    }

    /// Whether an entry had been seen by the author of another, by the order of the last fold.
    pub fn before(&self, a: EntryRef, b: EntryRef) -> bool {
        self.order
            .as_ref()
            .is_some_and(|order| order.before(entry_id(a), entry_id(b)))
    }

    /// Keeps apart the agreements whose proposal counts, and those that this organisation stands behind.
    fn find_proposals(&mut self, ledgers: &BTreeMap<LedgerId, Ledger>) {
        self.proposed.clear();
        self.endorsed.clear();
        let is_own = |at: &EntryRef| ledgers.get(&at.ledger).is_some_and(|ledger| ledger.own);
        for (digest, known) in self.control.agreements() {
            let Some(agreement) = self.readable.get(digest) else {
                continue;
            };
            self.proposed.insert(*digest, agreement.clone());
            if known.proposed.iter().any(is_own) || known.signed.values().any(|(at, _)| is_own(at)) {
                self.endorsed.insert(*digest);
            }
        }
    }

    /// Reads the agreements that are proposed here, counted or not.
    fn read_agreements(&mut self, held: &[&Ledger]) {
        for body in held.iter().flat_map(|ledger| &ledger.bodies) {
            if let Body::Control(ControlEntry::AgreementProposed(said)) = body
                && self.kind == SpaceKind::Agreement
                && !self.readable.contains_key(&said.digest)
                && let Ok(agreement) = Agreement::from_parts(&said.toml, &said.cedar)
                && agreement.digest() == said.digest
            {
                self.readable.insert(said.digest, agreement);
            }
        }
    }

    /// Revocations that stand in a ledger of the organisation whose key it is, and are signed by its identity key as
    /// the agreement names it. That signature is all they need: they hold wherever they stand, beyond the size that
    /// they trust as well, for whoever has stolen a key must not be able to keep its revocation out.
    fn find_revocations(
        &mut self,
        held: &[&Ledger],
        limits: &BTreeMap<accord_ledger::LedgerId, u64>,
        identity_of: impl Fn(AgreementDigest, &OrgName) -> Option<String>,
    ) {
        let (mut revoked, mut revoked_seals) = (Vec::new(), Vec::new());
        for ledger in held {
            let most = limits.get(&hash_id(ledger.id)).copied().unwrap_or(u64::MAX);
            let notes =
                ledger
                    .entries()
                    .filter(|(at, ..)| at.seq < most)
                    .filter_map(|(_, _, body)| match body {
                        Body::Control(ControlEntry::KeyRevoked(said)) => {
                            Note::parse(said.revocation.as_bytes()).ok()
                        }
                        _ => None,
                    });
            let identities: Vec<VerifierKey> = match self.agreement {
                Some(digest) => identity_of(digest, &ledger.org).into_iter().collect(),
                None => {
                    let parties = self
                        .readable
                        .values()
                        .filter_map(|found| found.party(&ledger.org));
                    parties.map(|party| party.identity.clone()).collect::<Vec<_>>()
                }
            }
            .iter()
            .filter_map(|identity| identity.parse().ok())
            .collect();
            for note in notes {
                let opened = identities
                    .iter()
                    .find_map(|identity| Revocation::open(&note, identity).ok());
                revoked.extend(opened.filter(|said| said.org == ledger.org.as_str()));
                let sealing = identities
                    .iter()
                    .find_map(|identity| SealingRevocation::open(&note, identity).ok());
                revoked_seals.extend(sealing.filter(|said| said.org == ledger.org.as_str()));
            }
        }
        self.trusted.clear();
        for ledger in held {
            let of_key = revoked.iter().filter(|said| {
                said.org == ledger.org.as_str() && ledger.author_key.as_ref() == Some(&said.key)
            });
            if let Some(size) = of_key.map(|said| said.trusted_size(&hash_id(ledger.id))).min() {
                self.trusted.insert(ledger.id, size);
            }
        }
        self.revoked = revoked;
        self.revoked_seals = revoked_seals;
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
            for (digest, agreement) in &self.readable {
                agreements.insert(*digest, agreement_facts(agreement, BTreeSet::new()));
            }
            for entry in noted {
                if let ControlEntry::AgreementSigned(said) = &entry.entry
                    && let Some(agreement) = self.readable.get(&said.digest)
                    && signature_holds(agreement, &entry.author, &said.signature)
                {
                    verified_signatures.insert(entry.at);
                }
            }
        }
        Facts {
            space: self.seed,
            space_kind: self.kind,
            agreements,
            verified_signatures,
            trusted_sizes: self.trusted.clone(),
        }
    }

    /// The agreements of an agreement's space that say who is who: those that this organisation has proposed or
    /// signed; where it has done neither yet, all whose proposal counts.
    fn heeded(&self) -> impl Iterator<Item = &Agreement> {
        self.agreements(!self.endorsed.is_empty())
    }

    /// The agreements whose proposal here counts; only those that this organisation has proposed or signed, if
    /// `endorsed`.
    pub fn agreements(&self, endorsed: bool) -> impl Iterator<Item = &Agreement> {
        let all = self.proposed.iter();
        all.filter(move |(digest, _)| !endorsed || self.endorsed.contains(digest))
            .map(|(_, agreement)| agreement)
    }

    /// The identity key that the agreements of this space name for an organisation; none where they differ.
    pub fn named_identity(&self, org: &OrgName) -> Option<&str> {
        let mut named = self
            .heeded()
            .filter_map(|agreement| agreement.party(org))
            .map(|party| party.identity.as_str());
        let first = named.next()?;
        named.all(|other| other == first).then_some(first)
    }

    /// Whether an organisation may follow this space. A case: it is a party of it. An agreement's space: an agreement
    /// that this organisation stands behind names it; where it stands behind none yet, every one proposed does. So
    /// one party's proposal lets no stranger in, and shuts nobody out.
    pub fn is_party(&self, org: &OrgName) -> bool {
        let names = |agreement: &Agreement| agreement.party(org).is_some();
        match self.kind {
            SpaceKind::Agreement if self.endorsed.is_empty() => {
                !self.proposed.is_empty() && self.heeded().all(names)
            }
            SpaceKind::Agreement => self.heeded().any(names),
            SpaceKind::Case => self.control.party_kind(org).is_some(),
        }
    }
}

/// Notes of which kind an entry is, and where it stands.
fn index(
    kinds: &mut BTreeMap<EntryKind, BTreeSet<usize>>,
    ledgers: &BTreeMap<LedgerId, Ledger>,
    place: usize,
    at: EntryRef,
) {
    let kind = match ledgers.get(&at.ledger).and_then(|ledger| ledger.body(at.seq)) {
        Some(Body::Control(entry)) => entry.kind(),
        Some(Body::Content(entry)) => entry.kind(),
        _ => return,
    };
    kinds.entry(kind).or_default().insert(place);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn ledgers(orgs: u8, each: u8) -> Vec<(OrgName, LedgerId)> {
        let ledger = |org: u8, number: u8| {
            let mut id = [number; 16];
            id[15] = org;
            (format!("org-{org}").parse().unwrap(), LedgerId(id))
        };
        (0..orgs)
            .flat_map(|org| (0..each).map(move |number| ledger(org, number)))
            .collect()
    }

    fn left_out(ledgers: &[(OrgName, LedgerId)]) -> BTreeSet<LedgerId> {
        too_many(ledgers.iter().map(|(org, id)| (org, *id)))
    }

    #[test]
    fn an_organisation_has_so_many_ledgers_and_no_more() {
        assert!(left_out(&ledgers(3, 8)).is_empty());
        let nine = ledgers(3, 9);
        let mut reversed = nine.clone();
        reversed.reverse();
        let excess = left_out(&nine);
        assert_eq!(excess.len(), 3);
        assert!(excess.iter().all(|id| id.0[0] == 8), "the highest of each");
        assert_eq!(excess, left_out(&reversed), "whatever came first");
    }

    #[test]
    fn no_organisation_crowds_out_the_first_ledger_of_another() {
        let many = ledgers(32, 8);
        let excess = left_out(&many);
        assert_eq!(many.len() - excess.len(), MAX_LEDGERS);
        assert!(excess.iter().all(|id| id.0[0] > 0), "every first one counts");
    }
}
