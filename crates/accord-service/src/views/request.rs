//! A request, as either side sees it.

use accord_model::content::{ContentBody, HuntQuestion};
use accord_model::control::{Standing, Word};
use accord_model::{Category, EntryRef, OrgName, PersonId, SpaceId, Tlp};
use serde::Serialize;

use super::aside::set_aside;
use super::case::{InstrumentView, names};
use crate::error::{Result, ServiceError};
use crate::hunts::{PreviewSummary, summarise};
use crate::journal::{Body, Space, State};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::{Circumstances, Decided, is_own_instrument};

/// A request.
#[derive(Debug, Clone, Serialize)]
pub struct RequestView {
    /// Its note.
    pub at: EntryRef,
    /// The case.
    pub case: SpaceId,
    /// The case's operation name.
    pub operation: String,
    /// Who asks.
    pub from: OrgName,
    /// The person who asks, when the name was shared.
    pub by: Option<String>,
    /// The id of the person who asks.
    pub by_id: PersonId,
    /// Who is asked.
    pub to: OrgName,
    /// The asker's reference.
    pub reference: String,
    /// Why.
    pub reason: String,
    /// When it was asked, ms UTC.
    pub asked_ms: u64,
    /// An answer is hoped for by, ms UTC.
    pub due_ms: Option<u64>,
    /// How far the request may travel.
    pub marking: Tlp,
    /// The hunt.
    pub hunt: Option<HuntQuestion>,
    /// The authority it names.
    pub instrument: Option<InstrumentView>,
    /// Whether the authority covers it now; otherwise why not.
    pub instrument_problem: Option<&'static str>,
    /// `waiting`, `given`, `narrowed`, `refused`, `withdrawn`.
    pub state: &'static str,
    /// The asked side's words.
    pub answer: Option<String>,
    /// The clause of the answer.
    pub clause: Option<String>,
    /// What the agreement says of an answer with log lines, at the asked side.
    pub decision: Option<Decided>,
    /// Who has said yes already where the clause wants two people, at the asked side and for its approvers only.
    pub first_yes: Option<FirstYesView>,
    /// The preview, at the asked side and for its approver only.
    pub preview: Option<(String, PreviewSummary)>,
}

/// A yes that waits for a second person's.
#[derive(Debug, Clone, Serialize)]
pub struct FirstYesView {
    /// Whose.
    pub by: PersonId,
    /// Their name.
    pub name: Option<String>,
    /// What they leave out, in words; the second yes must leave out the same.
    pub leaves_out: Vec<String>,
}

impl Node {
    pub(crate) fn request_view(&self, state: &State, space: &Space, at: EntryRef) -> Option<RequestView> {
        let (ledger, header, body) = state.entry(at)?;
        let Body::Content(entry) = body else { return None };
        let ContentBody::RequestMade(made) = &entry.body else {
            return None;
        };
        if set_aside(state, space, at).is_some() {
            return None;
        }
        let now = self.now_ms();
        let instrument = made
            .instrument
            .and_then(|at| Some((at, space.control.instrument(at)?)));
        let standing = made.instrument.map(|instrument| {
            space
                .control
                .instrument_standing(instrument, &made.to, Category::LogEvidence, now)
        });
        let own = made
            .instrument
            .is_some_and(|instrument| is_own_instrument(space, instrument, &ledger.org));
        let positions = space.control.approval(at).map_or(&[][..], |said| &said.positions);
        let word = positions
            .iter()
            .filter(|position| position.org == made.to)
            .min_by_key(|position| position.word);
        let answers = space
            .ledgers
            .iter()
            .filter_map(|id| state.ledgers.get(id))
            .filter(|held| held.org == made.to);
        let answer = answers
            .flat_map(|ledger| ledger.entries())
            .filter(|(answer, ..)| set_aside(state, space, *answer).is_none())
            .find_map(|(_, _, body)| match body {
                Body::Content(entry) => match &entry.body {
                    ContentBody::RequestAnswered(said) if said.request == at => Some(said.words.clone()),
                    ContentBody::RequestNarrowed(said) if said.request == at => Some(said.words.clone()),
                    ContentBody::RequestRefused(said) if said.request == at => Some(said.words.clone()),
                    _ => None,
                },
                _ => None,
            });
        Some(RequestView {
            at,
            case: space.id,
            operation: space.control.case()?.case.operation.clone(),
            from: ledger.org.clone(),
            by: names(state, space).get(&entry.by).cloned(),
            by_id: entry.by,
            to: made.to.clone(),
            reference: made.reference.clone(),
            reason: made.reason.clone(),
            asked_ms: header.clock.wall_ms,
            due_ms: made.due_ms,
            marking: entry.marking.tlp,
            hunt: made.hunt.clone(),
            instrument: instrument.map(|(at, known)| InstrumentView {
                at,
                reference: known.says.reference.clone(),
                authority: known.says.authority.clone(),
                power: known.says.power.clone(),
                scope: known.says.scope.text.clone(),
                addressee: known.says.addressee.clone(),
                from_ms: known.from_ms,
                to_ms: known.to_ms,
                recorded_by: known.org.clone(),
                stands: standing == Some(Standing::Stands),
            }),
            instrument_problem: match standing {
                None => Some("it names no authority"),
                Some(Standing::Stands) if !own => {
                    Some("the authority was recorded by another organisation than the one that asks")
                }
                Some(Standing::Stands) => None,
                Some(Standing::Unknown) => Some("the authority it names is not on this case"),
                Some(Standing::Over) => Some("the authority has ended"),
                Some(Standing::NotYet) => Some("the authority does not hold yet"),
                Some(Standing::Expired) => Some("the authority has expired"),
                Some(Standing::OtherAddressee) => Some("the authority binds somebody else"),
                Some(Standing::OutOfScope) => Some("the authority does not cover log lines"),
            },
            state: match word.map(|position| position.word) {
                None => "waiting",
                // A yes without an answer waits for a second person's.
                Some(Word::Given | Word::Narrowed | Word::Withdrawn) if answer.is_none() => "waiting",
                Some(Word::Given) => "given",
                Some(Word::Narrowed) => "narrowed",
                Some(Word::Refused) => "refused",
                Some(Word::Withdrawn) => "withdrawn",
            },
            answer,
            clause: word.map(|position| position.clause.clone()),
            decision: None,
            first_yes: None,
            preview: None,
        })
    }

    /// A request to this organisation, for its approver: with the clause, and the preview once there is one.
    pub async fn request(&self, who: &SignedIn, at: EntryRef) -> Result<RequestView> {
        Act::Approve.ask(who)?;
        let state = self.read().await?;
        let asked = self.asked(&state, at)?;
        let space = self.case_for(&state, who, asked.space)?;
        let mut view = self
            .request_view(&state, space, at)
            .ok_or(ServiceError::NotFound("request"))?;
        let probe = accord_model::content::ContentEntry {
            by: who.person,
            role: accord_model::Role::Approver,
            marking: accord_model::Marking::tlp(Tlp::Amber),
            to: accord_model::content::Audience::one(asked.asker.clone()),
            title: "answer".into(),
            body: accord_model::content::EvidenceDelivered {
                request: at,
                exhibit: "answer".into(),
                package: accord_model::content::Package {
                    format: accord_evidence::PACKAGE_FORMAT.into(),
                    manifest_sha256: hex::encode([0; 32]),
                    size_bytes: 0,
                    lines: 0,
                    sources: vec!["-".into()],
                    customers: None,
                    media_type: "application/zip".into(),
                },
                acquisition: "-".into(),
                custody_salt: hex::encode([0; 32]),
            }
            .into(),
        };
        let circumstances = Circumstances {
            asked_by: Some(asked.entry.by),
            instrument: asked.made.instrument,
            ..Circumstances::default()
        };
        view.decision = Some(self.ask_gate(&state, space, &asked.asker, &probe, &circumstances));
        let known = names(&state, space);
        let first = state
            .previews
            .get(&at)
            .and_then(|preview| preview.first_yes.as_ref());
        view.first_yes = first.map(|first| FirstYesView {
            by: first.by,
            name: known.get(&first.by).cloned(),
            leaves_out: first.narrowing.words(),
        });
        view.preview = state
            .previews
            .get(&at)
            .map(|preview| (preview.commitment.clone(), summarise(&preview.lines)));
        Ok(view)
    }
}
