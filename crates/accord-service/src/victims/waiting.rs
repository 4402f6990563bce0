//! What waits for a person about victims: a business to be answered, an identity to be filed, a hand to be given.

use accord_model::content::ContentBody;
use accord_model::content::grants::GrantStanding;
use accord_model::control::SpaceKind;
use accord_model::{EntryKind, Role};

use super::conversation::MessageFrom;
use crate::journal::State;
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
        items
    }
}
