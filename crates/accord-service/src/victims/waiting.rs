//! What waits for a person about victims: a business to be answered, an identity to be filed, a hand to be given, an
//! identity that a partner gave.

use accord_model::content::ContentBody;
use accord_model::content::grants::GrantStanding;
use accord_model::control::SpaceKind;
use accord_model::{EntryKind, EntryRef, Role};

use super::conversation::MessageFrom;
use super::giving::no_identity;
use crate::journal::{Body, Space, State};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::views::{InboxItem, Todo, names, said_of};

impl Node {
    pub(crate) fn victims_inbox(&self, state: &State, who: &SignedIn) -> Vec<InboxItem> {
        let mut items = Vec::new();
        let is = |role: Role| who.roles.contains(&role);
        // Not for somebody seconded: they read none, and their inbox does not say that there is one.
        let reads = Act::Converse.ask(who).is_ok();
        let conversations = state.conversations.values().filter(|conversation| {
            reads && !conversation.closed && self.reads_conversation(state, who, conversation)
        });
        for conversation in conversations {
            let pseudonym = conversation
                .attached
                .as_ref()
                .map(|attached| attached.pseudonym.as_str());
            let last = conversation.messages.iter().rev();
            let unanswered: Vec<_> = last
                .take_while(|message| message.from == MessageFrom::Business)
                .collect();
            if let Some(first) = unanswered.last()
                && is(Role::Investigator)
            {
                items.push(InboxItem {
                    todo: Todo::AnswerBusiness {
                        conversation: conversation.id.clone(),
                    },
                    title: match pseudonym {
                        Some(pseudonym) => format!("{pseudonym} wrote to you"),
                        None => "A business in trouble wrote to you".to_owned(),
                    },
                    why: "Businesses that report here are answered by investigators.".to_owned(),
                    since_ms: first.at_ms,
                    due_ms: None,
                    otherwise: "They see that nobody has answered yet.".to_owned(),
                });
            }
            let unfiled = conversation.identities.iter().find(|given| given.filed.is_none());
            if let (Some(given), Some(pseudonym)) = (unfiled, pseudonym)
                && is(Role::Custodian)
            {
                items.push(InboxItem {
                    todo: Todo::FileIdentity {
                        conversation: conversation.id.clone(),
                    },
                    title: format!("{pseudonym} has said who it is"),
                    why: "Who a victim is, is kept by a custodian.".to_owned(),
                    since_ms: given.at_ms,
                    due_ms: None,
                    otherwise: "Nobody can ask for a look at it. The check of what leaves knows it already."
                        .to_owned(),
                });
            }
        }
        if is(Role::Custodian) || is(Role::CaseOfficer) {
            let cases = state
                .spaces
                .values()
                .filter(|space| space.kind == SpaceKind::Case && self.sees_case(space, who));
            for space in cases {
                if self
                    .writer(space, who, Act::GiveGrant, EntryKind::GrantGiven)
                    .is_err()
                {
                    continue;
                }
                let asked: Vec<_> = said_of(state, space, |kind| kind == EntryKind::GrantAsked);
                if asked.is_empty() {
                    continue;
                }
                let (grants, names) = (self.grants_of(state, space), names(state, space));
                for one in asked {
                    let Some(grant) = grants.get(&one.at) else {
                        continue;
                    };
                    let waiting = match grant.standing(self.now_ms()) {
                        GrantStanding::Waiting {
                            custodian,
                            case_officer,
                        } => (custodian && is(Role::Custodian)) || (case_officer && is(Role::CaseOfficer)),
                        _ => false,
                    };
                    let gave = grant.hands.iter().any(|hand| hand.person == who.person);
                    if !waiting || gave || grant.asker == who.person {
                        continue;
                    }
                    let ContentBody::GrantAsked(said) = &one.entry.body else {
                        continue;
                    };
                    let asker = names.get(&grant.asker).map_or("Somebody", String::as_str);
                    items.push(InboxItem {
                        todo: Todo::GiveGrant {
                            asked: one.at,
                            case: space.id.to_string(),
                        },
                        title: format!("{asker} asks to look at who a victim is"),
                        why: format!(
                            "Two people give a look, and neither asked for it. Asked because: {}",
                            said.reason
                        ),
                        since_ms: one.wall_ms,
                        due_ms: None,
                        otherwise: "Nobody looks.".to_owned(),
                    });
                }
            }
        }
        if is(Role::Custodian) {
            let cases = state
                .spaces
                .values()
                .filter(|space| space.kind == SpaceKind::Case && self.is_custodian_of(space, who));
            for space in cases {
                self.given_unseen(state, space, &mut items);
            }
        }
        items
    }

    /// Who a victim is, as partners say, where nobody here has looked at it and no custodian has refused it.
    fn given_unseen(&self, state: &State, space: &Space, items: &mut Vec<InboxItem>) {
        let kept: Vec<EntryRef> = space
            .of_kinds(|kind| kind == EntryKind::VictimIdentity)
            .into_iter()
            .filter(|at| {
                state.entry(*at).is_some_and(|(ledger, ..)| !ledger.own)
                    && !space.control.is_recalled(*at)
                    && no_identity(state, &self.config, *at).is_none()
            })
            .collect();
        if kept.is_empty() {
            return;
        }
        let grants = self.grants_of(state, space);
        // A partner that writes of looks of its own has looked at nothing here.
        let looked = |at: EntryRef| {
            grants
                .values()
                .any(|grant| grant.identity == at && *grant.org == self.config.org && !grant.looks.is_empty())
        };
        for at in kept.into_iter().filter(|at| !looked(*at)) {
            let Some((ledger, header, Body::Content(entry))) = state.entry(at) else {
                continue;
            };
            let ContentBody::VictimIdentity(said) = &entry.body else {
                continue;
            };
            let Some((_, _, Body::Content(victim))) = state.entry(said.victim) else {
                continue;
            };
            let ContentBody::VictimRecorded(recorded) = &victim.body else {
                continue;
            };
            let from = &ledger.org;
            let (why, otherwise) = if self.can_open(state, at) {
                (
                    "A custodian has it looked at whether it is one, or refuses it.".to_owned(),
                    "Nothing that names it leaves, whether it is a victim or not.",
                )
            } else {
                (
                    format!("It cannot be opened here: refuse it, and ask {from} to give it anew."),
                    "Nobody can look at it, and it is not looked for in what leaves.",
                )
            };
            items.push(InboxItem {
                todo: Todo::CheckIdentity {
                    identity: at,
                    case: space.id.to_string(),
                },
                title: format!("{from} says who {} is", recorded.pseudonym),
                why,
                since_ms: header.clock.wall_ms,
                due_ms: None,
                otherwise: otherwise.to_owned(),
            });
        }
    }
}
