//! The gate for what goes to an organisation without a node, through a link (ADR 20).
//!
//! No agreement covers it, so nothing that the agreement would let go goes. One thing may: a request of an agency,
//! addressed to that organisation, and it alone. A case officer approves it who did not ask; the decision is recorded
//! as every other, under a clause of its own. What the guest's page shows is made from a [`Released`] request and from
//! nothing else of the case.

use accord_model::content::{ContentBody, ContentEntry, GuestAddressee, RequestMade};
use accord_model::{EntryRef, OrgKind, OrgName, PersonId, Role, Tlp};
use accord_store::Batch;

use super::{Decided, Released};
use crate::asks::needs_authority;
use crate::error::{Result, ServiceError};
use crate::journal::{Body, Release, Space, State};
use crate::node::Node;

/// What stands as the clause of such a decision: no agreement has one of that name.
pub(crate) const GUEST_CLAUSE: &str = "guest";
const WORDS: &str = "a request goes to an organisation without a node through its link, once a case officer who did not \
                     ask has approved it";

/// A request as its guest may read it.
#[derive(Debug, Clone)]
pub(crate) struct GuestRequest {
    /// The request.
    pub made: RequestMade,
    /// Whom it goes to.
    pub guest: GuestAddressee,
    /// When it was asked, ms UTC.
    pub asked_ms: u64,
}

/// The request to a guest that an entry is.
pub(crate) fn asked_of_guest(entry: &ContentEntry) -> Option<(&RequestMade, &GuestAddressee)> {
    match &entry.body {
        ContentBody::RequestMade(made) => Some((made, made.guest.as_deref()?)),
        _ => None,
    }
}

impl Node {
    /// Whether a request may go to a guest. Whatever is missing denies.
    pub(crate) fn ask_guest_gate(
        &self,
        state: &State,
        space: &Space,
        entry: &ContentEntry,
        approved_by: Option<PersonId>,
    ) -> Decided {
        let to = match asked_of_guest(entry) {
            Some((made, _)) => made.to.clone(),
            None => self.config.org.clone(),
        };
        let decided = |answer: &str, words: &str, approved: Option<PersonId>| Decided {
            to: to.clone(),
            answer: answer.to_owned(),
            who: (answer == "ask").then_some(Role::CaseOfficer),
            four_eyes: false,
            clause: GUEST_CLAUSE.to_owned(),
            words: words.to_owned(),
            retention_days: None,
            approved_by: approved.into_iter().collect(),
        };
        if let Some(why) = self.not_to_a_guest(state, space, entry, &to) {
            return decided("no", &why, None);
        }
        match approved_by {
            None => decided("ask", WORDS, None),
            Some(person) if person == entry.by => decided(
                "ask",
                "nobody approves their own request: a case officer who did not ask does",
                None,
            ),
            Some(person) => decided("yes", WORDS, Some(person)),
        }
    }

    fn not_to_a_guest(
        &self,
        state: &State,
        space: &Space,
        entry: &ContentEntry,
        to: &OrgName,
    ) -> Option<String> {
        let Some((made, guest)) = asked_of_guest(entry) else {
            return Some("only a request goes to an organisation without a node".to_owned());
        };
        if self.config.kind != OrgKind::Agency {
            return Some("only a law-enforcement agency asks organisations without a node".to_owned());
        }
        let party = space.control.party_kind(to).is_some()
            || state
                .governing(space, self.now_ms())
                .is_some_and(|(agreement, _)| agreement.party(to).is_some());
        if *to == self.config.org || party || state.peers.contains_key(to) {
            return Some(format!(
                "{to} has a node of its own: ask it there, under the agreement"
            ));
        }
        if entry.marking.tlp.rank() > Tlp::Amber.rank() {
            return Some(format!(
                "what is marked {} does not leave through a link: at most {}",
                entry.marking.tlp,
                Tlp::Amber
            ));
        }
        if let Some(why) = self.guest_authority_problem(made, guest) {
            return Some(why.to_owned());
        }
        self.victim_named(state, space.id, entry)
    }

    /// Why the authority that a request to a guest names does not carry it now.
    pub(crate) fn guest_authority_problem(
        &self,
        made: &RequestMade,
        guest: &GuestAddressee,
    ) -> Option<&'static str> {
        let now = self.now_ms();
        match &guest.authority {
            None if needs_authority(made.what) => Some("this is asked only under an authority: name it"),
            None => None,
            Some(authority) if now < authority.from_ms => Some("the authority does not hold yet"),
            Some(authority) if now >= authority.to_ms => Some("the authority has expired"),
            Some(_) => None,
        }
    }

    /// Releases a request of this node to its guest, if the gate says yes, and records it.
    pub(crate) fn release_to_guest(
        &self,
        state: &mut State,
        batch: &mut Batch,
        at: EntryRef,
        approved_by: PersonId,
    ) -> Result<Decided> {
        let (ledger, _, body) = state.entry(at).ok_or(ServiceError::NotFound("request"))?;
        let Body::Content(entry) = body else {
            return Err(ServiceError::NotFound("request"));
        };
        let space = state
            .spaces
            .get(&ledger.space)
            .filter(|_| ledger.own)
            .ok_or(ServiceError::NotFound("case"))?;
        let decided = self.ask_guest_gate(state, space, entry, Some(approved_by));
        if decided.is_yes() && !state.released.contains_key(&(at, decided.to.clone())) {
            batch.release(at.ledger.0, at.seq, decided.to.as_str(), self.now_ms(), &decided);
            state.keep_release(Release {
                at,
                org: decided.to.clone(),
                decided: decided.clone(),
            });
        }
        Ok(decided)
    }

    /// The request as its guest may read it now: released, not recalled, not taken back, and the gate still says so.
    pub(crate) fn for_guest(&self, state: &State, at: EntryRef) -> Option<Released<GuestRequest>> {
        let (ledger, header, body) = state.entry(at)?;
        let Body::Content(entry) = body else { return None };
        let space = state.spaces.get(&ledger.space).filter(|_| ledger.own)?;
        let (made, guest) = asked_of_guest(entry)?;
        let index = state.released.get(&(at, made.to.clone()))?;
        let approved = state.releases.get(*index)?.decided.approved_by.first().copied();
        if space.control.is_recalled(at) || state.is_taken_back(at) {
            return None;
        }
        self.ask_guest_gate(state, space, entry, approved)
            .is_yes()
            .then(|| {
                Released(GuestRequest {
                    made: made.clone(),
                    guest: guest.clone(),
                    asked_ms: header.clock.wall_ms,
                })
            })
    }
}
