//! The conversations as investigators see and answer them, and how one becomes a victim of a case.

use accord_model::content::{ContentEntry, Direction, VictimKind, VictimMessage, VictimRecorded};
use accord_model::{EntryKind, EntryRef, Marking, OrgName, SpaceId, Tlp};
use serde::{Deserialize, Serialize};

use super::conversation::{Attached, Conversation, MESSAGES_MAX, Message, MessageFrom, check_text};
use crate::cases::audience;
use crate::error::{Result, ServiceError};
use crate::journal::{Body, State};
use crate::node::Node;
use crate::notes::Published;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::Circumstances;

/// Syllables of a pseudonym.
const SYLLABLES: usize = 4;
const CONSONANTS: &[u8; 16] = b"bdfghjklmnprstvz";
const VOWELS: &[u8; 4] = b"aeio";
/// Tries until a pseudonym is free.
const TRIES: usize = 64;

/// How a conversation becomes a victim of a case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attaching {
    /// The case.
    pub case: SpaceId,
    /// What it is.
    pub victim: VictimKind,
    /// What happened to them, in words that name nobody.
    pub text: String,
    /// Their branch, wide enough to name nobody.
    #[serde(default)]
    pub sector: Option<String>,
    /// What they want to happen, and what not.
    #[serde(default)]
    pub wishes: Option<String>,
    /// How far the note may travel.
    pub marking: Tlp,
    /// Whom it is for; empty: every party of the case.
    #[serde(default)]
    pub to: Vec<OrgName>,
}

/// A conversation in a list.
#[derive(Debug, Clone, Serialize)]
pub struct ConversationLine {
    /// Its id on this node.
    pub id: String,
    /// Since when, ms UTC.
    pub opened_ms: u64,
    /// The last message, ms UTC.
    pub last_ms: u64,
    /// Messages that nobody has answered.
    pub unanswered: usize,
    /// The beginning of the last message of the business.
    pub words: String,
    /// The case and the pseudonym, once it is a victim of one.
    pub case: Option<SpaceId>,
    /// What everybody calls it.
    pub pseudonym: Option<String>,
    /// How often it said who it is.
    pub identities: usize,
    /// How many of these a custodian has not filed.
    pub unfiled: usize,
    /// Whether it is closed.
    pub closed: bool,
}

/// A conversation.
#[derive(Debug, Clone, Serialize)]
pub struct ConversationView {
    /// As a list shows it.
    pub line: ConversationLine,
    /// The `victim.recorded` note.
    pub victim: Option<EntryRef>,
    /// What was said.
    pub messages: Vec<Message>,
}

fn line(conversation: &Conversation) -> ConversationLine {
    let last = conversation
        .messages
        .iter()
        .rev()
        .find(|message| message.from == MessageFrom::Business);
    ConversationLine {
        id: conversation.id.clone(),
        opened_ms: conversation.opened_ms,
        last_ms: conversation
            .messages
            .last()
            .map_or(conversation.opened_ms, |last| last.at_ms),
        unanswered: conversation.unanswered(),
        words: last
            .map(|last| last.text.chars().take(120).collect())
            .unwrap_or_default(),
        case: conversation.attached.as_ref().map(|attached| attached.case),
        pseudonym: conversation
            .attached
            .as_ref()
            .map(|attached| attached.pseudonym.clone()),
        identities: conversation.identities.len(),
        unfiled: conversation
            .identities
            .iter()
            .filter(|given| given.filed.is_none())
            .count(),
        closed: conversation.closed,
    }
}

impl Node {
    /// A conversation that a person may read: one of no case yet, or of a case that they see.
    pub(super) fn conversation_for<'a>(
        &self,
        state: &'a State,
        who: &SignedIn,
        id: &str,
    ) -> Result<&'a Conversation> {
        let found = state.conversations.get(id);
        found
            .filter(|conversation| self.reads_conversation(state, who, conversation))
            .ok_or(ServiceError::NotFound("conversation"))
    }

    pub(crate) fn reads_conversation(
        &self,
        state: &State,
        who: &SignedIn,
        conversation: &Conversation,
    ) -> bool {
        match &conversation.attached {
            None => true,
            Some(attached) => state
                .spaces
                .get(&attached.case)
                .is_some_and(|space| self.sees_case(space, who)),
        }
    }

    /// The conversations that a person may read, the longest waiting first.
    pub async fn conversations(&self, who: &SignedIn) -> Result<Vec<ConversationLine>> {
        Act::Converse.ask(who)?;
        let state = self.read().await?;
        let all = state.conversations.values();
        let mut lines: Vec<ConversationLine> = all
            .filter(|conversation| self.reads_conversation(&state, who, conversation))
            .map(line)
            .collect();
        lines.sort_by_key(|line| (line.closed, line.unanswered == 0, line.last_ms));
        Ok(lines)
    }

    /// One conversation.
    pub async fn conversation(&self, who: &SignedIn, id: &str) -> Result<ConversationView> {
        Act::Converse.ask(who)?;
        let state = self.read().await?;
        let conversation = self.conversation_for(&state, who, id)?;
        Ok(ConversationView {
            line: line(conversation),
            victim: conversation.attached.as_ref().map(|attached| attached.victim),
            messages: conversation.messages.clone(),
        })
    }

    /// Answers a business. It reads it at its link; nobody else does.
    pub async fn reply(&self, who: &SignedIn, id: &str, text: &str) -> Result<()> {
        Act::Converse.ask(who)?;
        self.act_once(|state, batch, log| {
            let mut conversation = self.conversation_for(state, who, id)?.clone();
            let text = check_text(text)?;
            let others = self.victims_in(state, text);
            if others
                .iter()
                .any(|named| named.conversation.as_deref() != Some(id))
            {
                return Err(ServiceError::denied("it names another victim: leave that out"));
            }
            if conversation.closed || conversation.messages.len() >= MESSAGES_MAX {
                return Err(ServiceError::Conflict(
                    "this conversation is closed or full".into(),
                ));
            }
            conversation.messages.push(Message {
                at_ms: self.now_ms(),
                from: MessageFrom::Us,
                by: Some(who.person),
                text: text.to_owned(),
                published: None,
            });
            conversation.keep(state, batch);
            log.person(batch, who, "conversation.answered", id);
            Ok(())
        })
        .await
    }

    /// Closes a conversation: it stays readable, and nothing more is said.
    pub async fn close_conversation(&self, who: &SignedIn, id: &str) -> Result<()> {
        Act::Converse.ask(who)?;
        self.act_once(|state, batch, log| {
            let mut conversation = self.conversation_for(state, who, id)?.clone();
            conversation.closed = true;
            conversation.keep(state, batch);
            log.person(batch, who, "conversation.closed", id);
            Ok(())
        })
        .await
    }

    /// A pseudonym that no victim on this node has, out of random bytes alone.
    fn pseudonym(&self, state: &State) -> Result<String> {
        for _ in 0..TRIES {
            let mut name = String::from("V-");
            for byte in self.random::<SYLLABLES>() {
                let (high, low) = (usize::from(byte >> 4), usize::from(byte & 3));
                let letters = CONSONANTS.get(high).zip(VOWELS.get(low));
                name.extend(
                    letters
                        .map(|(c, v)| [char::from(*c), char::from(*v)])
                        .into_iter()
                        .flatten(),
                );
            }
            if self.is_free(state, &name) && self.named_in(state, &name).is_none() {
                return Ok(name);
            }
        }
        Err(ServiceError::Conflict(
            "no free pseudonym was found: try again".into(),
        ))
    }

    /// Whether no victim that this node knows is called so.
    pub(crate) fn is_free(&self, state: &State, pseudonym: &str) -> bool {
        let taken = |body: &Body| match body {
            Body::Content(entry) => match &entry.body {
                accord_model::content::ContentBody::VictimRecorded(said) => {
                    said.pseudonym.eq_ignore_ascii_case(pseudonym)
                }
                _ => false,
            },
            _ => false,
        };
        !state
            .ledgers
            .values()
            .any(|ledger| ledger.bodies.iter().any(taken))
    }

    /// Makes a conversation a victim of a case, under a pseudonym made here.
    pub async fn attach_conversation(&self, who: &SignedIn, id: &str, new: &Attaching) -> Result<Published> {
        Act::Converse.ask(who)?;
        self.act_once(|state, batch, log| {
            let mut conversation = self.conversation_for(state, who, id)?.clone();
            if let Some(attached) = &conversation.attached {
                return Err(ServiceError::Conflict(format!(
                    "it is {} already",
                    attached.pseudonym
                )));
            }
            let space = self.case_for(state, who, new.case)?;
            let role = self.writer(space, who, Act::Converse, EntryKind::VictimRecorded)?;
            let pseudonym = self.pseudonym(state)?;
            let entry = ContentEntry {
                by: who.person,
                role,
                marking: Marking::tlp(new.marking),
                to: audience(&new.to)?,
                title: format!("Victim {pseudonym}"),
                body: VictimRecorded {
                    pseudonym: pseudonym.clone(),
                    victim: new.victim,
                    text: new.text.clone(),
                    sector: new.sector.clone().filter(|sector| !sector.is_empty()),
                    wishes: new.wishes.clone().filter(|wishes| !wishes.is_empty()),
                }
                .into(),
            };
            let published = self.publish(state, batch, new.case, entry, &Circumstances::default())?;
            conversation.attached = Some(Attached {
                case: new.case,
                victim: published.at,
                pseudonym,
            });
            conversation.keep(state, batch);
            log.person(
                batch,
                who,
                "conversation.attached",
                &format!("{id} to {}", new.case),
            );
            Ok(published)
        })
        .await
    }

    /// Publishes a message of an attached conversation to its case, as the investigator words it.
    pub async fn publish_message(
        &self,
        who: &SignedIn,
        id: &str,
        number: usize,
        text: &str,
        marking: Tlp,
        to: &[OrgName],
    ) -> Result<Published> {
        Act::Converse.ask(who)?;
        self.act_once(|state, batch, log| {
            let mut conversation = self.conversation_for(state, who, id)?.clone();
            let Some(attached) = conversation.attached.clone() else {
                return Err(ServiceError::Conflict(
                    "it belongs to no case yet: attach it first".into(),
                ));
            };
            let space = self.case_for(state, who, attached.case)?;
            let role = self.writer(space, who, Act::Converse, EntryKind::VictimMessage)?;
            let message = conversation
                .messages
                .get_mut(number)
                .ok_or(ServiceError::NotFound("message"))?;
            if message.published.is_some() {
                return Err(ServiceError::Conflict(
                    "this message was published already".into(),
                ));
            }
            let entry = ContentEntry {
                by: who.person,
                role,
                marking: Marking::tlp(marking),
                to: audience(to)?,
                title: format!("Message of {}", attached.pseudonym),
                body: VictimMessage {
                    victim: attached.victim,
                    direction: match message.from {
                        MessageFrom::Business => Direction::FromVictim,
                        MessageFrom::Us => Direction::ToVictim,
                    },
                    text: check_text(text)?.to_owned(),
                }
                .into(),
            };
            let published = self.publish(state, batch, attached.case, entry, &Circumstances::default())?;
            message.published = Some(published.at);
            conversation.keep(state, batch);
            log.person(batch, who, "conversation.published", id);
            Ok(published)
        })
        .await
    }
}
