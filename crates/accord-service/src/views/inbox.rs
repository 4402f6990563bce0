//! What waits for a person.

use accord_ledger::Header;
use accord_model::content::{ContentBody, ContentEntry};
use accord_model::control::{CustodyState, SpaceKind};
use accord_model::{AgreementDigest, Category, EntryKind, EntryRef, OrgName, PersonId, Role};
use serde::Serialize;

use super::aside::set_aside;
use crate::asks::asks_for;
use crate::error::Result;
use crate::journal::{Body, Ledger, Space, State};
use crate::node::Node;
use crate::peers::PeerStatus;
use crate::people::{RESET_MAX_MS, SignedIn};
use crate::permit::Act;
use crate::sight::Reader;

/// What to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Todo {
    /// Look at what a standing hunt in one's own logs found, or why it stands still.
    LookAtHunt {
        /// The hunt's id.
        hunt: String,
    },
    /// Look at a kept question in SQL whose answer is another, or that was not answered.
    LookAtAnswer {
        /// The question's id.
        question: String,
    },
    /// Decide a partner's request.
    DecideRequest {
        /// The request.
        request: EntryRef,
    },
    /// One's own yes to a partner's request waits for a second person's; it can be taken back.
    AwaitSecond {
        /// The request.
        request: EntryRef,
    },
    /// Receive an exhibit.
    ReceiveExhibit {
        /// The exhibit.
        exhibit: EntryRef,
        /// The case's id.
        case: String,
    },
    /// Wait for the answer to a request of this organisation, or chase it.
    AwaitAnswer {
        /// The request.
        request: EntryRef,
        /// The case's id.
        case: String,
    },
    /// Read an answer to a request of this organisation.
    ReadAnswer {
        /// The request.
        request: EntryRef,
        /// The answer.
        answer: EntryRef,
        /// The case's id.
        case: String,
    },
    /// Keep a request from the customers it is about, until its time is over.
    KeepSecret {
        /// The request.
        request: EntryRef,
        /// The case's id.
        case: String,
    },
    /// What is kept for a request is soon kept no more.
    KeptUntil {
        /// The request.
        request: EntryRef,
        /// The case's id.
        case: String,
    },
    /// Take the pen that was offered.
    TakePen {
        /// The offer.
        offer: EntryRef,
        /// The case's id.
        case: String,
    },
    /// Grant the other side of a secondment.
    GrantSecondment {
        /// The case's id.
        case: String,
    },
    /// Say whether the pool of experts takes a question.
    TakeExpertise {
        /// The request.
        request: EntryRef,
        /// The case's id.
        case: String,
    },
    /// Confirm an oral authority in writing.
    ConfirmOral {
        /// The oral authority.
        oral: EntryRef,
        /// The case's id.
        case: String,
    },
    /// Answer an agreement.
    AnswerAgreement {
        /// The agreement.
        agreement: AgreementDigest,
    },
    /// Compare a peer's fingerprint.
    ConfirmPeer {
        /// The peer.
        org: OrgName,
    },
    /// Confirm a role.
    ConfirmRole {
        /// The person.
        person: PersonId,
    },
    /// Confirm that an account is reset.
    ConfirmReset {
        /// The person.
        person: PersonId,
    },
    /// Look at the targets and the plan of a case.
    Disruption {
        /// The case's id.
        case: String,
    },
    /// Say what was done on a recall.
    AnswerRecall {
        /// The order.
        recall: EntryRef,
        /// The case's id.
        case: String,
    },
    /// Say what was done on the recall of a lead.
    AnswerLeadRecall {
        /// The order.
        recall: EntryRef,
        /// What was called back.
        lead: EntryRef,
    },
    /// Call back a lead that passes on one whose giver called it back.
    RecallOnward {
        /// Our lead.
        lead: EntryRef,
    },
    /// Look at a release above the ceiling.
    ApproveRelease {
        /// The note.
        note: EntryRef,
        /// To whom.
        to: OrgName,
        /// The case's id.
        case: String,
    },
    /// Answer a lead that a partner gave.
    AnswerLead {
        /// The lead.
        lead: EntryRef,
    },
    /// Tell the giver of a lead what became of it.
    TellOutcome {
        /// The lead.
        lead: EntryRef,
    },
    /// Say whether a lead of this organisation may go on.
    AnswerOnward {
        /// The note that asks.
        asked: EntryRef,
        /// The lead.
        lead: EntryRef,
    },
    /// Look at the release of a lead, or of feedback on one.
    ApproveLead {
        /// The note.
        note: EntryRef,
        /// To whom.
        to: OrgName,
        /// The lead.
        lead: EntryRef,
    },
    /// Answer a business in trouble.
    AnswerBusiness {
        /// The conversation.
        conversation: String,
    },
    /// File who a victim is, as the business said.
    FileIdentity {
        /// The conversation.
        conversation: String,
    },
    /// Look at a request to somebody without a node, or make its link.
    GuestLink {
        /// The link.
        link: String,
        /// The case's id.
        case: String,
    },
    /// Finish a draft of one's own that is old, or throw it away.
    OldDraft {
        /// The draft.
        draft: String,
    },
    /// Give a hand to a look at who a victim is, or refuse.
    GiveGrant {
        /// The asking.
        asked: EntryRef,
        /// The case's id.
        case: String,
    },
    /// Have it looked at whether a victim is who a partner says, or refuse that.
    CheckIdentity {
        /// The identity.
        identity: EntryRef,
        /// The case's id.
        case: String,
    },
}

/// A note with whose it is, and its header.
type Standing<'a> = (EntryRef, &'a Ledger, &'a Header, &'a ContentEntry);

/// One thing that waits.
#[derive(Debug, Clone, Serialize)]
pub struct InboxItem {
    /// What to do.
    pub todo: Todo,
    /// One line.
    pub title: String,
    /// Why it waits for this person.
    pub why: String,
    /// Since when, ms UTC.
    pub since_ms: u64,
    /// Until when, ms UTC.
    pub due_ms: Option<u64>,
    /// What happens if nothing is done.
    pub otherwise: String,
}

/// Whether an exhibit is on its way to an organisation.
fn given_back(space: &Space, at: EntryRef, to: &OrgName) -> bool {
    let custody = space.control.custody(at);
    custody.is_some_and(
        |custody| matches!(&custody.state, CustodyState::HandedNotReceived { to: here, .. } if here == to),
    )
}

impl Node {
    /// The requests and exhibits of a case that this person sees, and that may wait for somebody.
    fn may_wait<'a>(&self, state: &'a State, space: &Space, reader: &Reader) -> Vec<Standing<'a>> {
        let asked = |kind| matches!(kind, EntryKind::RequestMade | EntryKind::EvidenceDelivered);
        space
            .of_kinds(asked)
            .into_iter()
            .filter_map(|at| match state.entry(at)? {
                (ledger, header, Body::Content(entry)) if reader.reads(entry) => {
                    Some((at, ledger, header, &**entry))
                }
                _ => None,
            })
            .collect()
    }

    /// The recalls that wait for this organisation's word.
    fn recalls_to_answer(&self, state: &State, space: &Space, who: &SignedIn, items: &mut Vec<InboxItem>) {
        if Act::Receipt.ask(who).is_err() {
            return;
        }
        let recalls = self.recalls_of(state, space).into_iter();
        for recall in recalls
            .filter(|recall| recall.org != self.config.org && recall.waits_for.contains(&self.config.org))
        {
            items.push(InboxItem {
                todo: Todo::AnswerRecall {
                    recall: recall.at,
                    case: space.id.to_string(),
                },
                title: format!("{} recalls a note", recall.org),
                why: format!("You answer for {}: {}", self.config.org, recall.reason),
                since_ms: recall.when_ms,
                due_ms: None,
                otherwise: "It is used no more, and stays in your store unanswered for.".into(),
            });
        }
    }

    /// What waits for a person, the most urgent first.
    pub async fn inbox(&self, who: &SignedIn) -> Result<Vec<InboxItem>> {
        let state = self.read().await?;
        let mut items = Vec::new();
        let is = |role: Role| who.roles.contains(&role);
        for space in state
            .spaces
            .values()
            .filter(|space| space.kind == SpaceKind::Case)
        {
            let Ok(reader) = self.reader(&state, space, who) else {
                continue;
            };
            let operation = space
                .control
                .case()
                .map_or("", |opened| opened.case.operation.as_str());
            if reader.sees(Category::Target) {
                items.extend(self.disruption_waits(&state, space, who));
            }
            self.recalls_to_answer(&state, space, who, &mut items);
            self.team_waits(&state, space, who, operation, &mut items);
            if reader.sees(Category::Request) {
                items.extend(self.asks_waiting(&state, space, who, operation));
                items.extend(self.guests_waiting(&state, space, who, operation));
                self.answers_unread(&state, space, who, &mut items);
                self.secrets_kept(&state, space, who, &mut items);
                self.kept_for_requests(&state, space, who, &mut items);
            }
            if is(Role::Approver) && who.home.is_none() {
                self.releases_waiting(&state, space, who, &mut items);
            }
            for (at, ledger, header, entry) in self.may_wait(&state, space, &reader) {
                match &entry.body {
                    ContentBody::RequestMade(made)
                        if is(Role::Approver)
                            && made.to == self.config.org
                            && !ledger.own
                            && entry.by != who.person =>
                    {
                        let waits = self
                            .request_view(&state, space, at)
                            .is_some_and(|view| view.state == "waiting");
                        if waits {
                            let first = state.first_yeses(at);
                            let why = match first.first() {
                                Some(_) if first.contains(&who.person) => format!(
                                    "You have said yes; it waits for a second approver of {}.",
                                    self.config.org
                                ),
                                Some(_) => format!(
                                    "A colleague has said yes; the clause wants a second person of {}.",
                                    self.config.org
                                ),
                                None => format!("You decide for {} on {operation}.", self.config.org),
                            };
                            items.push(InboxItem {
                                todo: match first.contains(&who.person) {
                                    true => Todo::AwaitSecond { request: at },
                                    false => Todo::DecideRequest { request: at },
                                },
                                title: format!(
                                    "{} asks for {}: {}",
                                    ledger.org,
                                    asks_for(made.what),
                                    made.reference
                                ),
                                why,
                                since_ms: header.clock.wall_ms,
                                due_ms: made.due_ms,
                                otherwise: "Nothing leaves. The asker sees that it waits.".into(),
                            });
                        }
                    }
                    ContentBody::EvidenceDelivered(said)
                        if ledger.own
                            && said.on_behalf_of.is_none()
                            && Act::Approve.ask(who).is_ok()
                            && given_back(space, at, &self.config.org) =>
                    {
                        items.push(InboxItem {
                            todo: Todo::ReceiveExhibit {
                                exhibit: at,
                                case: space.id.to_string(),
                            },
                            title: format!("Exhibit {} is given back", said.exhibit),
                            why: format!("You decide for {} on {operation}.", self.config.org),
                            since_ms: header.clock.wall_ms,
                            due_ms: None,
                            otherwise: "The chain of custody stays open on your side.".into(),
                        });
                    }
                    ContentBody::EvidenceDelivered(said)
                        if (!ledger.own || said.on_behalf_of.is_some()) && Act::Receive.ask(who).is_ok() =>
                    {
                        let giver = said.on_behalf_of.as_ref().unwrap_or(&ledger.org);
                        let received = space
                            .control
                            .custody(at)
                            .is_some_and(|custody| custody.steps.iter().any(|step| step.received));
                        if !received && set_aside(&state, space, at).is_none() {
                            items.push(InboxItem {
                                todo: Todo::ReceiveExhibit {
                                    exhibit: at,
                                    case: space.id.to_string(),
                                },
                                title: format!(
                                    "{giver} delivered exhibit {}: {} lines",
                                    said.exhibit, said.package.lines
                                ),
                                why: format!("You work on {operation}."),
                                since_ms: header.clock.wall_ms,
                                due_ms: None,
                                otherwise: "The chain of custody stays open on your side.".into(),
                            });
                        }
                    }
                    _ => {}
                }
            }
        }
        items.extend(self.victims_inbox(&state, who));
        items.extend(self.leads_inbox(&state, who));
        items.extend(self.old_drafts(&state, who));
        items.extend(self.own_hunts_waiting(&state, who));
        items.extend(crate::sql_kept::kept_sql_waiting(&state, who));
        if is(Role::Signatory) {
            for agreement in self
                .agreements_of(&state)
                .into_iter()
                .filter(|agreement| agreement.waits_here)
            {
                items.push(InboxItem {
                    todo: Todo::AnswerAgreement {
                        agreement: agreement.digest,
                    },
                    title: format!("Agreement to sign or refuse: {}", agreement.title),
                    why: format!("You sign for {}.", self.config.org),
                    since_ms: 0,
                    due_ms: None,
                    otherwise: "It does not come into force.".into(),
                });
            }
            let waiting = state
                .persons
                .values()
                .filter(|person| !person.pending.is_empty() && person.id != who.person);
            for person in waiting.filter(|person| person.pending_by != Some(who.person)) {
                let roles: Vec<String> = person.pending.iter().map(ToString::to_string).collect();
                items.push(InboxItem {
                    todo: Todo::ConfirmRole { person: person.id },
                    title: format!("{}: {}", person.name, roles.join(", ")),
                    why: "A role asked for by an operator is confirmed by a signatory.".into(),
                    since_ms: 0,
                    due_ms: None,
                    otherwise: "They cannot work in that role.".into(),
                });
            }
            let now = self.now_ms();
            let resets = state
                .persons
                .values()
                .filter(|person| person.id != who.person)
                .filter_map(|person| Some((person, person.view(now).reset?)))
                .filter(|(_, reset)| reset.by != who.person);
            for (person, reset) in resets {
                items.push(InboxItem {
                    todo: Todo::ConfirmReset { person: person.id },
                    title: format!("{}: reset of the {}", person.name, reset.of.replace('-', " ")),
                    why: "A reset asked for by an operator is confirmed by a signatory, who speaks to the person first."
                        .into(),
                    since_ms: reset.until_ms.saturating_sub(RESET_MAX_MS),
                    due_ms: Some(reset.until_ms),
                    otherwise: "They cannot sign in, and the reset is void after three days.".into(),
                });
            }
        }
        if is(Role::Operator) {
            for peer in state
                .peers
                .values()
                .filter(|peer| peer.status == PeerStatus::Pending)
            {
                items.push(InboxItem {
                    todo: Todo::ConfirmPeer {
                        org: peer.org.clone(),
                    },
                    title: format!("Compare fingerprints with {}", peer.org),
                    why: "Nothing flows between the nodes before both operators have.".into(),
                    since_ms: 0,
                    due_ms: None,
                    otherwise: "The nodes do not talk.".into(),
                });
            }
        }
        items.sort_by_key(|item| (item.due_ms.unwrap_or(u64::MAX), item.since_ms, item.title.clone()));
        Ok(items)
    }
}
