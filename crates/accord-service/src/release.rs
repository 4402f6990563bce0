//! The one gate. Nothing leaves this node for another organisation except as a [`Released`], and only this
//! module makes one: it asks the agreement in force, and what it answers is recorded with its clause.

use std::collections::BTreeSet;

use accord_ledger::{Class, Payload};
use accord_model::agreement::{Answer, Approval, Decision, InstrumentStanding, Question, RequestKind};
use accord_model::content::targets::concerns;
use accord_model::content::{ContentBody, ContentEntry, RequestWhat};
use accord_model::control;
use accord_model::{EntryRef, OrgName, PersonId, Role};
use accord_store::Batch;
use serde::{Deserialize, Serialize};

mod guest;

pub(crate) use guest::{GUEST_CLAUSE, asked_of_guest};

use crate::asks::covers;
use crate::error::{Denial, Result, ServiceError};
use crate::journal::{Body, Release, Space, State};
use crate::node::Node;
use crate::objects::Object;

/// Something that the gate lets out to one organisation.
#[derive(Debug)]
pub(crate) struct Released<T>(T);

impl<T> Released<T> {
    /// What may leave. Whoever calls this puts it on the wire to the organisation it was released to.
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// The name of the object that an entry delivers.
pub(crate) fn object_name(at: EntryRef) -> String {
    format!("package/{at}")
}

/// A decision as recorded and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// To whom.
    pub to: OrgName,
    /// `yes`, `ask` or `no`.
    pub answer: String,
    /// Who is asked, when somebody is.
    pub who: Option<Role>,
    /// Whether two people are.
    pub four_eyes: bool,
    /// The clause.
    pub clause: String,
    /// The clause in words.
    pub words: String,
    /// Days after which the recipient deletes it.
    pub retention_days: Option<u32>,
    /// What it may be used for, the agreement's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub purposes: Vec<String>,
    /// Who approved it.
    pub approved_by: Vec<PersonId>,
}

impl Decided {
    pub(crate) fn new(to: &OrgName, decision: &Decision, approvals: &BTreeSet<Approval>) -> Self {
        let (answer, who, four_eyes) = match decision.answer {
            Answer::Yes => ("yes", None, false),
            Answer::Ask { who, four_eyes } => ("ask", Some(who), four_eyes),
            Answer::No => ("no", None, false),
        };
        Self {
            to: to.clone(),
            answer: answer.to_owned(),
            who,
            four_eyes,
            clause: decision.clause.to_string(),
            words: decision.words.clone(),
            retention_days: decision.obligations.as_ref().map(|duties| duties.retention_days),
            purposes: decision
                .obligations
                .iter()
                .flat_map(|duties| duties.purposes.iter().map(ToString::to_string))
                .collect(),
            approved_by: approvals.iter().map(|approval| approval.by).collect(),
        }
    }

    /// Whether it may leave now.
    pub fn is_yes(&self) -> bool {
        self.answer == "yes"
    }

    /// Whether one approver has said yes and the clause wants a second one, who has not.
    pub(crate) fn waits_for_second(&self, circumstances: &Circumstances) -> bool {
        self.answer == "ask"
            && self.four_eyes
            && self.who == Some(Role::Approver)
            && circumstances.approvals.len() == 1
    }

    /// The refusal, when it is one.
    pub(crate) fn refusal(&self) -> ServiceError {
        ServiceError::Denied(Box::new(Denial {
            rule: self.words.clone(),
            clause: Some(self.clause.clone()),
            who: self.who,
        }))
    }
}

/// What else bears on a release.
#[derive(Debug, Clone, Default)]
pub(crate) struct Circumstances {
    pub approvals: BTreeSet<Approval>,
    pub asked_by: Option<PersonId>,
    pub instrument: Option<EntryRef>,
    /// The oral authority of whoever asked, which their request rests on.
    pub oral: Option<EntryRef>,
    /// The request that is answered.
    pub request: Option<EntryRef>,
}

fn request_kind(entry: &ContentEntry, state: &State) -> Option<RequestKind> {
    let about = match &entry.body {
        ContentBody::RequestMade(said) => return Some(kind_of(said.what)),
        ContentBody::RequestNarrowed(said) => said.request,
        ContentBody::RequestRefused(said) => said.request,
        ContentBody::RequestAnswered(said) => said.request,
        ContentBody::RequestWithdrawn(said) => said.request,
        _ => return None,
    };
    match state.entry(about)? {
        (_, _, Body::Content(entry)) => match &entry.body {
            ContentBody::RequestMade(said) => Some(kind_of(said.what)),
            _ => None,
        },
        _ => None,
    }
}

fn kind_of(what: RequestWhat) -> RequestKind {
    match what {
        RequestWhat::Information => RequestKind::Information,
        RequestWhat::Expertise => RequestKind::Expertise,
        RequestWhat::SubscriberData => RequestKind::SubscriberData,
        RequestWhat::Preservation => RequestKind::Preservation,
        RequestWhat::Hunt => RequestKind::Hunt,
        RequestWhat::Takedown => RequestKind::Takedown,
    }
}

/// Whether an instrument was recorded by this organisation. A partner's authority is no other partner's.
pub(crate) fn is_own_instrument(space: &Space, at: EntryRef, org: &OrgName) -> bool {
    space
        .control
        .instrument(at)
        .is_some_and(|instrument| instrument.org == *org)
}

impl Node {
    /// Asks whether content may go to an organisation: the agreement of the space, and then whether it names a victim
    /// that this node knows, or is an identity that is sealed to a key nobody vouches for. Whatever is missing denies.
    pub(crate) fn ask_gate(
        &self,
        state: &State,
        space: &Space,
        to: &OrgName,
        entry: &ContentEntry,
        circumstances: &Circumstances,
    ) -> Decided {
        let decided = self.ask_agreement(state, space, to, entry, circumstances);
        if decided.answer == "no" {
            return decided;
        }
        let sealed_wrong = self.sealed_wrong(state, to, entry);
        match sealed_wrong.or_else(|| self.victim_named(state, space.id, entry)) {
            Some(words) => Decided {
                answer: "no".into(),
                who: None,
                four_eyes: false,
                clause: "0".into(),
                words,
                retention_days: None,
                purposes: Vec::new(),
                ..decided
            },
            None => decided,
        }
    }

    /// Asks the agreement of a space alone: what leaves is asked about by [`Self::ask_gate`].
    pub(crate) fn ask_agreement(
        &self,
        state: &State,
        space: &Space,
        to: &OrgName,
        entry: &ContentEntry,
        circumstances: &Circumstances,
    ) -> Decided {
        let no = |words: &str| Decided {
            to: to.clone(),
            answer: "no".into(),
            who: None,
            four_eyes: false,
            clause: "0".into(),
            words: words.to_owned(),
            retention_days: None,
            purposes: Vec::new(),
            approved_by: Vec::new(),
        };
        let now_ms = self.now_ms();
        let Some(category) = entry.kind().category() else {
            return no("a note without a category does not leave");
        };
        let Some((agreement, standing)) = state.governing(space, now_ms) else {
            return no("no agreement covers this");
        };
        if space.control.party_kind(to).is_none() {
            return no("the recipient is no party of the case");
        }
        // A request names its own instrument, which binds the asked side and covers what is asked for; anything else
        // rests on the instrument of the request it answers, which binds this organisation.
        let (named, addressee, covers) = match &entry.body {
            ContentBody::RequestMade(said) => (said.instrument, &said.to, covers(said.what)),
            _ => (circumstances.instrument, &self.config.org, category),
        };
        // Who asks stands on an authority of its own: here for our request, there for the one that is answered.
        let asker = match &entry.body {
            ContentBody::RequestMade(_) => &self.config.org,
            _ => to,
        };
        let named = named.filter(|at| is_own_instrument(space, *at, asker));
        let instrument = named.map_or(InstrumentStanding::None, |at| {
            match space.control.instrument_standing(at, addressee, covers, now_ms) {
                control::Standing::Stands => InstrumentStanding::InForce,
                control::Standing::Unknown
                | control::Standing::OtherAddressee
                | control::Standing::OutOfScope => InstrumentStanding::None,
                control::Standing::Over | control::Standing::NotYet | control::Standing::Expired => {
                    InstrumentStanding::Expired
                }
            }
        });
        let instrument = match instrument {
            InstrumentStanding::InForce => InstrumentStanding::InForce,
            _ if self.oral_carries(state, space, (addressee, to), covers, entry, circumstances) => {
                InstrumentStanding::InForce
            }
            other => other,
        };
        let mut question = Question::new(
            self.config.org.clone(),
            to.clone(),
            category,
            entry.marking,
            now_ms,
        );
        question.entry = Some(entry.kind());
        question.request = request_kind(entry, state);
        question.purpose = space.control.case().map(|opened| opened.case.purpose.clone());
        question.approvals.clone_from(&circumstances.approvals);
        question.asked_by = circumstances.asked_by;
        question.instrument = instrument;
        question.concerns = match &entry.body {
            ContentBody::PersonNamed(said) => BTreeSet::from([said.organisation.clone()]),
            _ => concerns(entry, &|at| match state.entry(at)? {
                (_, _, Body::Content(found)) => Some(found),
                _ => None,
            }),
        };
        question.standing = standing;
        Decided::new(to, &agreement.decide(&question), &circumstances.approvals)
    }

    /// Releases an entry of this node to an organisation, if the agreement says yes, and records it either way.
    pub(crate) fn release(
        &self,
        state: &mut State,
        batch: &mut Batch,
        at: EntryRef,
        to: &OrgName,
        circumstances: &Circumstances,
    ) -> Result<Decided> {
        let (ledger, _, body) = state.entry(at).ok_or(ServiceError::NotFound("note"))?;
        let Body::Content(entry) = body else {
            return Err(ServiceError::Conflict(
                "only content is released; control notes are read by all parties".into(),
            ));
        };
        let space = state
            .spaces
            .get(&ledger.space)
            .ok_or(ServiceError::NotFound("case"))?;
        if !ledger.own || !entry.to.includes(to) {
            return Err(ServiceError::NotFound("note"));
        }
        if space.control.is_recalled(at) {
            return Err(ServiceError::Conflict(
                "it was recalled: it goes to nobody".into(),
            ));
        }
        let decided = self.ask_gate(state, space, to, entry, circumstances);
        if decided.answer == "no" {
            self.release_refused(state, space.id, entry);
        }
        if decided.is_yes() && !state.released.contains_key(&(at, to.clone())) {
            let now_ms = self.now_ms();
            batch.release(at.ledger.0, at.seq, to.as_str(), now_ms, &decided);
            state.keep_release(Release {
                at,
                org: to.clone(),
                decided: decided.clone(),
                at_ms: now_ms,
            });
        }
        Ok(decided)
    }

    /// The payload of an entry for an organisation. Control: every party. Content: what was released, while the
    /// agreement still stands.
    pub(crate) fn payload_for(&self, state: &State, at: EntryRef, to: &OrgName) -> Option<Released<Payload>> {
        let (ledger, header, _) = state.entry(at)?;
        let space = state.spaces.get(&ledger.space)?;
        if !space.is_party(to) {
            // Who was removed may read how that came about, and nothing that is content.
            let covered = state
                .farewell(space.id, to)
                .is_some_and(|farewell| farewell.covers(at));
            if !covered || header.class != Class::Control {
                return None;
            }
        }
        let payload = ledger.payload(at.seq)?;
        match header.class {
            Class::Control => Some(Released(payload.clone())),
            Class::Content if ledger.own && !space.control.is_recalled(at) => {
                state.released.get(&(at, to.clone()))?;
                // Also between the release and the first copy that leaves a key may have been revoked.
                if let Some((_, _, Body::Content(entry))) = state.entry(at)
                    && self.sealed_wrong(state, to, entry).is_some()
                {
                    return None;
                }
                let (agreement, standing) = state.governing(space, self.now_ms())?;
                (standing.in_force() && agreement.party(to).is_some()).then(|| Released(payload.clone()))
            }
            // What another organisation released to us is not ours to pass on.
            Class::Content => None,
        }
    }

    /// The name of the object that an entry delivers, for an organisation.
    pub(crate) fn object_for(&self, state: &State, at: EntryRef, to: &OrgName) -> Option<Released<String>> {
        self.payload_for(state, at, to)?;
        let (_, _, body) = state.entry(at)?;
        match body {
            Body::Content(entry) => {
                let name = Object::delivered(at, entry.kind())?.name();
                state.objects.contains(&name).then_some(Released(name))
            }
            _ => None,
        }
    }
}
