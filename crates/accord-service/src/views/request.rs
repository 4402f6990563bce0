//! A request, as either side sees it.

use accord_model::content::{ContentBody, GuestAddressee, HuntQuestion, RequestWhat, SubscriberAnswer};
use accord_model::control::{Instrument, Oral, OralStanding, Standing, Word};
use accord_model::{Category, EntryKind, EntryRef, OrgName, PersonId, Role, SpaceId, Tlp};
use serde::Serialize;

use super::aside::set_aside;
use super::author::{home_of, said_by};
use super::case::names;
use crate::asks::{RequestAnswer, covers, needs_authority};
use crate::error::{Result, ServiceError};
use crate::hunts::{PreviewSummary, summarise};
use crate::journal::{Body, Space, State};
use crate::looks::Way;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::{Decided, is_own_instrument};
use crate::sight::Reader;

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
    /// The person who asks, when the name was shared; of somebody seconded also whose person they are.
    pub by: Option<String>,
    /// Whose person they are, when they were seconded to the organisation that asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<OrgName>,
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
    /// For what.
    pub what: RequestWhat,
    /// Until then the asked side tells nobody, ms UTC.
    pub secret_until_ms: Option<u64>,
    /// It waits, and the time by which an answer was needed is past.
    pub overdue: bool,
    /// The question, whatever its kind, as the note says it.
    pub question: serde_json::Value,
    /// Whom it goes to, where that organisation has no node and answers through a link.
    pub guest: Option<GuestAddressee>,
    /// The oral authority it rests on.
    pub oral: Option<OralView>,
    /// What the pool of experts said: accepted or declined.
    pub pool: Vec<PoolSaid>,
    /// The note that says who held what, where this node holds it: read through [`Node::subscribers`].
    pub subscribers: Option<EntryRef>,
    /// The report that answers it.
    pub report: Option<EntryRef>,
    /// An answer that waits for a second person's yes, at the asked side and for its approvers only.
    pub pending: Option<RequestAnswer>,
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
    /// Until when what was asked to be kept is kept, as the asked side says, ms UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_until_ms: Option<u64>,
    /// The notes that these words stand in.
    #[serde(skip)]
    pub(crate) answered_by: Vec<EntryRef>,
    /// The clause of the answer.
    pub clause: Option<String>,
    /// What the agreement says of an answer with log lines, at the asked side.
    pub decision: Option<Decided>,
    /// Who has said yes already where the clause wants two people, at the asked side and for its approvers only.
    pub first_yes: Option<FirstYesView>,
    /// Whether this person's yes waits for a second person's, and can be taken back; at the asked side only.
    pub own_yes: bool,
    /// Files that were uploaded to answer it with and were not sent; at the asked side only.
    pub uploaded: usize,
    /// The preview, at the asked side and for its approver only.
    pub preview: Option<(String, PreviewSummary)>,
}

/// A legal authority.
#[derive(Debug, Clone, Serialize)]
pub struct InstrumentView {
    /// Its note.
    pub at: EntryRef,
    /// Its number.
    pub reference: String,
    /// Who issued it.
    pub authority: String,
    /// Under which law.
    pub power: String,
    /// What it covers, in words.
    pub scope: String,
    /// Whom it binds.
    pub addressee: OrgName,
    /// From, ms UTC.
    pub from_ms: u64,
    /// To, ms UTC, excluded.
    pub to_ms: u64,
    /// The organisation that recorded it; only its own requests can stand on it.
    pub recorded_by: OrgName,
    /// Whether it stands now.
    pub stands: bool,
}

impl InstrumentView {
    pub(super) fn of(at: EntryRef, known: &Instrument, stands: bool) -> Self {
        Self {
            at,
            reference: known.says.reference.clone(),
            authority: known.says.authority.clone(),
            power: known.says.power.clone(),
            scope: known.says.scope.text.clone(),
            addressee: known.says.addressee.clone(),
            from_ms: known.from_ms,
            to_ms: known.to_ms,
            recorded_by: known.org.clone(),
            stands,
        }
    }
}

/// An oral authority, as shown.
#[derive(Debug, Clone, Serialize)]
pub struct OralView {
    /// Its note.
    pub at: EntryRef,
    /// The organisation that recorded it.
    pub recorded_by: OrgName,
    /// The one act.
    pub act: String,
    /// Who gave it.
    pub authority: String,
    /// Under which power.
    pub power: String,
    /// When the writing is due, ms UTC.
    pub due_ms: u64,
    /// `awaiting`, `confirmed`, `overdue`, `confirmed-late`.
    pub state: &'static str,
}

impl OralView {
    pub(crate) fn of(at: EntryRef, oral: &Oral, now_ms: u64) -> Self {
        Self {
            at,
            recorded_by: oral.org.clone(),
            act: oral.says.act.clone(),
            authority: oral.says.authority.clone(),
            power: oral.says.power.clone(),
            due_ms: oral.due_ms,
            state: match oral.standing(now_ms) {
                OralStanding::Awaiting { .. } => "awaiting",
                OralStanding::Confirmed(_) => "confirmed",
                OralStanding::ConfirmedLate(_) => "confirmed-late",
                _ => "overdue",
            },
        }
    }
}

/// What stands in place of the words of an authority that is about nothing the person sees.
const OUTSIDE: &str = "outside what you were named for";

impl RequestView {
    /// The notes whose words it shows: the question, the answer, and what the pool of experts said.
    pub(crate) fn shown(&self) -> impl Iterator<Item = EntryRef> {
        let pool = self.pool.iter().map(|said| said.at);
        std::iter::once(self.at)
            .chain(self.answered_by.iter().copied())
            .chain(pool)
    }

    /// Takes the words of the authority it rests on away, where that is about nothing the person sees. That it rests on
    /// one, and whether that stands, is the request's own.
    pub(super) fn hide_authority(&mut self, space: &Space, reader: &Reader) {
        if let Some(view) = &mut self.instrument
            && let Some(known) = space.control.instrument(view.at)
            && !reader.sees_authority(known.says.scope.categories.iter().copied())
        {
            view.reference = OUTSIDE.to_owned();
            for words in [&mut view.authority, &mut view.power, &mut view.scope] {
                words.clear();
            }
        }
        if let Some(view) = &mut self.oral
            && let Some(known) = space.control.orals().get(&view.at)
            && !reader.sees_authority([known.says.category])
        {
            view.act = OUTSIDE.to_owned();
            view.authority = OUTSIDE.to_owned();
            view.power.clear();
        }
    }
}

/// What the pool of experts said.
#[derive(Debug, Clone, Serialize)]
pub struct PoolSaid {
    /// The note.
    pub at: EntryRef,
    /// Who, when the name was shared.
    pub by: Option<String>,
    /// Their words.
    pub words: String,
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
                .instrument_standing(instrument, &made.to, covers(made.what), now)
        });
        let own = made
            .instrument
            .is_some_and(|instrument| is_own_instrument(space, instrument, &ledger.org));
        let positions = space.control.approval(at).map_or(&[][..], |said| &said.positions);
        let word = positions
            .iter()
            .filter(|position| position.org == made.to)
            .min_by_key(|position| position.word);
        let about = |kind| {
            matches!(
                kind,
                EntryKind::RequestAnswered
                    | EntryKind::RequestNarrowed
                    | EntryKind::RequestRefused
                    | EntryKind::SubscriberAnswered
                    | EntryKind::FeedbackGiven
            )
        };
        let known = names(state, space);
        let (mut answer, mut report, mut subscribers, mut pool) = (None, None, None, Vec::new());
        let (mut answered_by, mut kept_until_ms) = (Vec::new(), None);
        let mut guest_said = None;
        for answered in space.of_kinds(about) {
            let Some((held, _, Body::Content(entry))) = state.entry(answered) else {
                continue;
            };
            // A guest's word stands in the ledger of the node that asked, and nowhere else.
            let by_guest = held.org == ledger.org && entry.body.on_behalf_of() == Some(&made.to);
            let right = match made.guest {
                Some(_) => by_guest && entry.role == Role::Guest,
                None => held.org == made.to && entry.role != Role::Guest,
            };
            if !right || set_aside(state, space, answered).is_some() {
                continue;
            }
            match &entry.body {
                ContentBody::RequestAnswered(said) if said.request == at => {
                    guest_said = made.guest.as_ref().map(|_| ("given", said.clause.clone()));
                    if answer.is_none() {
                        answer = Some(said.words.clone());
                        kept_until_ms = said.kept_until_ms;
                    }
                    report = said.report;
                    answered_by.push(answered);
                }
                ContentBody::RequestNarrowed(said) if said.request == at => {
                    if answer.is_none() {
                        answer = Some(said.words.clone());
                        kept_until_ms = said.kept_until_ms;
                    }
                    answered_by.push(answered);
                }
                ContentBody::RequestRefused(said) if said.request == at => {
                    guest_said = made.guest.as_ref().map(|_| ("refused", said.clause.clone()));
                    answer = answer.or_else(|| Some(said.words.clone()));
                    answered_by.push(answered);
                }
                ContentBody::SubscriberAnswered(said) if said.request == at => {
                    subscribers = Some(answered);
                }
                ContentBody::FeedbackGiven(said)
                    if said.about == at && made.what == RequestWhat::Expertise =>
                {
                    pool.push(PoolSaid {
                        at: answered,
                        by: said_by(state, space, &known, answered, entry.by),
                        words: said.text.clone(),
                    });
                }
                _ => {}
            }
        }
        let oral = made
            .oral
            .and_then(|at| Some(OralView::of(at, space.control.orals().get(&at)?, now)));
        let oral_problem = made.oral.and_then(|oral| {
            let carries = space
                .control
                .oral_standing(oral, &made.to, covers(made.what), now)
                .carries();
            match (carries, self.first_on(state, space, oral, &ledger.org)) {
                (true, Some(first)) if first == at => None,
                (true, _) => Some("the oral authority carries one act, and that is another"),
                (false, _) => Some("the oral authority was not confirmed in time, or does not carry this"),
            }
        });
        let taken_back = state.is_taken_back(at);
        Some(RequestView {
            at,
            case: space.id,
            operation: space.control.case()?.case.operation.clone(),
            from: ledger.org.clone(),
            by: said_by(state, space, &known, at, entry.by),
            home: home_of(state, space, at, entry.by),
            by_id: entry.by,
            to: made.to.clone(),
            reference: made.reference.clone(),
            reason: made.reason.clone(),
            asked_ms: header.clock.wall_ms,
            due_ms: made.due_ms,
            marking: entry.marking.tlp,
            what: made.what,
            secret_until_ms: made.secret_until_ms,
            overdue: answer.is_none() && !taken_back && made.due_ms.is_some_and(|due| due < now),
            question: entry.body.to_json(),
            guest: made.guest.as_deref().cloned(),
            oral,
            pool,
            subscribers,
            report,
            pending: None,
            hunt: made.hunt.clone(),
            instrument: instrument
                .map(|(at, known)| InstrumentView::of(at, known, standing == Some(Standing::Stands))),
            instrument_problem: match standing {
                None if made.guest.is_some() => made
                    .guest
                    .as_deref()
                    .and_then(|guest| self.guest_authority_problem(made, guest)),
                None if made.oral.is_some() => oral_problem,
                None if !needs_authority(made.what) => None,
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
                Some(Standing::OutOfScope) if !needs_authority(made.what) => None,
                Some(Standing::OutOfScope) if made.what == RequestWhat::Hunt => {
                    Some("the authority does not cover log lines")
                }
                Some(Standing::OutOfScope) => Some("the authority does not cover what is asked for"),
            },
            state: match word.map(|position| position.word) {
                _ if taken_back && answer.is_none() => "withdrawn",
                _ if guest_said.is_some() => guest_said.as_ref().map_or("given", |(word, _)| *word),
                None => "waiting",
                // A yes without an answer waits for a second person's.
                Some(Word::Given | Word::Narrowed | Word::Withdrawn) if answer.is_none() => "waiting",
                Some(Word::Given) => "given",
                Some(Word::Narrowed) => "narrowed",
                Some(Word::Refused) => "refused",
                Some(Word::Withdrawn) => "withdrawn",
            },
            answer,
            kept_until_ms: kept_until_ms.filter(|_| made.what == RequestWhat::Preservation),
            answered_by,
            clause: word
                .map(|position| position.clause.clone())
                .or(guest_said.map(|(_, clause)| clause)),
            decision: None,
            first_yes: None,
            own_yes: false,
            uploaded: 0,
            preview: None,
        })
    }

    /// Who held what, as the asked side answered. Apart from the case, so that every look at it is a look: it is kept,
    /// and told to whoever answered.
    pub async fn subscribers(&self, who: &SignedIn, request: EntryRef) -> Result<Vec<SubscriberAnswer>> {
        let (at, answers) = {
            let state = self.read().await?;
            let missing = || ServiceError::NotFound("request");
            let (ledger, ..) = state.entry(request).ok_or_else(missing)?;
            let space = self
                .case_within(&state, who, ledger.space)
                .map_err(|_| missing())?;
            self.reader(&state, space, who)?
                .must_see(Category::SubscriberData)?;
            let view = self.request_view(&state, space, request).ok_or_else(missing)?;
            let at = view.subscribers.ok_or(ServiceError::NotFound("answer"))?;
            let Some((_, _, Body::Content(entry))) = state.entry(at) else {
                return Err(missing());
            };
            let ContentBody::SubscriberAnswered(said) = &entry.body else {
                return Err(missing());
            };
            (at, said.answers.clone())
        };
        self.looked(who, Way::Read, [at]).await?;
        Ok(answers)
    }

    /// A request to this organisation, for its approver: with the clause, and the preview once there is one.
    pub async fn request(&self, who: &SignedIn, at: EntryRef) -> Result<RequestView> {
        Act::Approve.ask(who)?;
        let view = self.request_to_decide(&*self.read().await?, who, at)?;
        self.looked(who, Way::Read, view.shown()).await?;
        Ok(view)
    }

    /// The case of such a request. Nothing of what it says is shown.
    pub async fn case_of_request(&self, who: &SignedIn, at: EntryRef) -> Result<SpaceId> {
        Act::Approve.ask(who)?;
        Ok(self.request_to_decide(&*self.read().await?, who, at)?.case)
    }

    fn request_to_decide(&self, state: &State, who: &SignedIn, at: EntryRef) -> Result<RequestView> {
        let asked = self.asked(state, at)?;
        let space = self.case_for(state, who, asked.space)?;
        let mut view = self
            .request_view(state, space, at)
            .ok_or(ServiceError::NotFound("request"))?;
        let probe = probe(who, at, &asked);
        let circumstances = asked.rests_on(at);
        view.decision = Some(self.ask_gate(state, space, &asked.asker, &probe, &circumstances));
        let known = names(state, space);
        let first = state
            .previews
            .get(&at)
            .and_then(|preview| preview.first_yes.as_ref());
        view.first_yes = first.map(|first| FirstYesView {
            by: first.by,
            name: known.get(&first.by).cloned(),
            leaves_out: first.narrowing.words(),
        });
        if let Some(upload) = state.uploads.get(&at) {
            view.uploaded = upload.files.len();
            if let Some(first) = upload.first_yes.as_ref() {
                let kept_back = match first.without.len() {
                    0 => None,
                    1 => Some("1 uploaded file".to_owned()),
                    many => Some(format!("{many} uploaded files")),
                };
                view.first_yes = Some(FirstYesView {
                    by: first.by,
                    name: known.get(&first.by).cloned(),
                    leaves_out: kept_back.into_iter().chain(first.left_out.clone()).collect(),
                });
            }
        }
        view.own_yes = state.first_yeses(at).contains(&who.person);
        view.pending = state.answers.get(&at).map(|pending| pending.answer.clone());
        view.preview = state
            .previews
            .get(&at)
            .map(|preview| (preview.commitment.clone(), summarise(&preview.lines)));
        Ok(view)
    }
}

/// An answer of the right kind to a request, for asking the gate about it.
fn probe(who: &SignedIn, at: EntryRef, asked: &crate::hunts::Asked) -> accord_model::content::ContentEntry {
    let (marking, body) = match asked.made.what {
        RequestWhat::Hunt => (
            accord_model::Marking::tlp(Tlp::Amber),
            accord_model::content::EvidenceDelivered {
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
                on_behalf_of: None,
            }
            .into(),
        ),
        RequestWhat::SubscriberData => (
            asked.entry.marking,
            accord_model::content::SubscriberAnswered {
                request: at,
                answers: Vec::new(),
                clause: "0".into(),
                acquisition: "-".into(),
                on_behalf_of: None,
            }
            .into(),
        ),
        _ => (
            asked.entry.marking,
            accord_model::content::RequestAnswered {
                request: at,
                words: "-".into(),
                clause: "0".into(),
                grading: None,
                report: None,
                on_behalf_of: None,
                kept_until_ms: None,
            }
            .into(),
        ),
    };
    accord_model::content::ContentEntry {
        by: who.person,
        role: accord_model::Role::Approver,
        marking,
        to: accord_model::content::Audience::one(asked.asker.clone()),
        title: "answer".into(),
        body,
    }
}
