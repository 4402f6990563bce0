//! What a business says through its secret link, and what it reads there. Nobody signs in, nothing is asked for first.
//!
//! The link's token is 256 random bits, shown once and kept as its SHA-256. Whoever has the link is the business;
//! whoever has not is told that there is nothing, always in the same words. Nothing is kept about who came: no
//! address, no cookie. Limits hold for the node as a whole instead, named below.
//!
//! A conversation is a document of this node: it never stands in a ledger, and no other organisation hears of it.

use accord_model::content::{ContentBody, Remediation, grants};
use accord_model::control::Stage;
use accord_model::{EntryRef, OrgKind, OrgName, PersonId, SpaceId};
use accord_store::Batch;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Identity;
use crate::error::{Result, ServiceError};
use crate::journal::State;
use crate::node::Node;
use crate::views::said;

pub(crate) const CONVERSATIONS: &str = "conversations";

/// Longest message, characters.
pub const MESSAGE_MAX_CHARS: usize = 8_000;
/// Most messages of a conversation, both ways.
pub const MESSAGES_MAX: usize = 400;
/// Most messages of a business since somebody last answered.
pub const UNANSWERED_MAX: usize = 10;
/// Most conversations begun within [`BEGUN_WITHIN_MS`], on the whole node.
pub const BEGUN_MAX: usize = 60;
/// An hour.
pub const BEGUN_WITHIN_MS: u64 = 3_600_000;
/// Most conversations that nobody has answered, on the whole node.
pub const WAITING_MAX: usize = 2_000;
/// Most identities a business gives, one after the other.
pub const IDENTITIES_MAX: usize = 20;
/// When to try again, seconds.
const RETRY_AFTER_S: u16 = 600;

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageFrom {
    /// The business.
    Business,
    /// Somebody here.
    Us,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// When, ms UTC.
    pub at_ms: u64,
    /// Who wrote it.
    pub from: MessageFrom,
    /// Who of us; the business is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
    /// What it says.
    pub text: String,
    /// The note that was published of it, when one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<EntryRef>,
}

/// The victim of a case that a conversation became.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Attached {
    pub case: SpaceId,
    pub victim: EntryRef,
    pub pseudonym: String,
}

/// An identity given through the link, sealed at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Given {
    pub at_ms: u64,
    pub sealed: String,
    /// The note it was filed as.
    pub filed: Option<EntryRef>,
}

/// A stored conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Conversation {
    pub id: String,
    /// SHA-256 of the token, hex.
    pub token: String,
    pub opened_ms: u64,
    pub closed: bool,
    pub messages: Vec<Message>,
    pub identities: Vec<Given>,
    pub attached: Option<Attached>,
}

impl Conversation {
    /// Messages of the business since somebody last answered.
    pub fn unanswered(&self) -> usize {
        let last = self.messages.iter().rev();
        last.take_while(|message| message.from == MessageFrom::Business)
            .count()
    }

    /// Whether nobody has answered yet.
    fn is_new(&self) -> bool {
        !self.closed
            && self
                .messages
                .iter()
                .all(|message| message.from == MessageFrom::Business)
    }

    pub fn keep(self, state: &mut State, batch: &mut Batch) {
        batch.document(CONVERSATIONS, &self.id, &self);
        state.conversations.insert(self.id.clone(), self);
    }
}

/// A conversation that was just begun.
#[derive(Debug, Clone, Serialize)]
pub struct ConversationOpened {
    /// The secret of its link: shown once.
    pub token: String,
}

/// A look at who the victim is, as the victim reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VictimLook {
    /// When, ms UTC.
    pub at_ms: u64,
    /// In which role.
    pub role: String,
    /// What it was asked for.
    pub reason: String,
    /// What was done with it.
    pub text: String,
    /// Whether the two people had allowed it.
    pub allowed: bool,
}

/// A step of the clean-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepView {
    /// When it was noted, ms UTC.
    pub at_ms: u64,
    /// By which organisation.
    pub org: OrgName,
    /// The step.
    pub step: String,
    /// How far it is.
    pub state: Remediation,
    /// More words, of this organisation's own notes.
    pub text: Option<String>,
}

/// What a business reads at its link.
#[derive(Debug, Clone, Serialize)]
pub struct VictimSees {
    /// Since when, ms UTC.
    pub opened_ms: u64,
    /// Whether we have closed it.
    pub closed: bool,
    /// What was said; who of us is left out.
    pub messages: Vec<Message>,
    /// How often it said who it is.
    pub identities: usize,
    /// What we call it, once it is part of a case.
    pub pseudonym: Option<String>,
    /// What has become of it, in plain words, the newest last.
    pub became: Vec<String>,
    /// Every look at who it is.
    pub looks: Vec<VictimLook>,
    /// The steps of the clean-up.
    pub steps: Vec<StepView>,
}

impl VictimSees {
    /// Nothing yet.
    pub(super) const fn empty() -> Self {
        Self {
            opened_ms: 0,
            closed: false,
            messages: Vec::new(),
            identities: 0,
            pseudonym: None,
            became: Vec::new(),
            looks: Vec::new(),
            steps: Vec::new(),
        }
    }
}

fn token_id(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

fn no_conversation() -> ServiceError {
    ServiceError::NotFound("page")
}

pub(super) fn check_text(text: &str) -> Result<&str> {
    let text = text.trim();
    if text.is_empty() {
        return Err(ServiceError::invalid("text", "say something"));
    }
    if text.chars().count() > MESSAGE_MAX_CHARS {
        let message = format!("at most {MESSAGE_MAX_CHARS} characters: send the rest as another message");
        return Err(ServiceError::invalid("text", message));
    }
    if text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    {
        return Err(ServiceError::invalid(
            "text",
            "it has characters that are no text",
        ));
    }
    Ok(text)
}

pub(super) fn stage_words(stage: Stage) -> &'static str {
    match stage {
        Stage::Lead => "Your report is part of a lead that we look at.",
        Stage::Assessed => "We have looked at it and assess what can be done.",
        Stage::Adopted => "A case was adopted: people work on it.",
        Stage::Investigation => "It is being investigated.",
        Stage::Disruption => "We act against what harmed you.",
        Stage::Court => "It is before a court.",
        Stage::Closed => "The case is closed.",
        Stage::Declined => "We could not take it on. What we advised still helps you.",
        Stage::ReferredOn => "It was handed to another authority.",
        Stage::Suspended => "It rests for now; it can be taken up again.",
    }
}

impl Node {
    /// Whether businesses can report here: investigators are people of agencies.
    pub fn takes_reports(&self) -> bool {
        self.config.kind == OrgKind::Agency
    }

    fn conversation_of<'a>(&self, state: &'a State, token: &str) -> Result<&'a Conversation> {
        if !self.takes_reports() || token.len() != 64 {
            return Err(no_conversation());
        }
        let id = token_id(token);
        // The index is by digest: what is compared says nothing about the token.
        let mut all = state.conversations.values();
        all.find(|conversation| conversation.token == id)
            .ok_or_else(no_conversation)
    }

    /// A business begins to talk.
    pub async fn begin_report(&self, text: &str) -> Result<ConversationOpened> {
        if !self.takes_reports() {
            return Err(no_conversation());
        }
        let text = check_text(text)?;
        let (token, id) = (hex::encode(self.random::<32>()), hex::encode(self.random::<16>()));
        let now_ms = self.now_ms();
        self.act(|state, batch, log| {
            let all = || state.conversations.values();
            let begun = all().filter(|one| one.opened_ms.saturating_add(BEGUN_WITHIN_MS) > now_ms);
            if begun.count() >= BEGUN_MAX || all().filter(|one| one.is_new()).count() >= WAITING_MAX {
                return Err(ServiceError::Busy {
                    retry_after_s: RETRY_AFTER_S,
                });
            }
            let conversation = Conversation {
                id: id.clone(),
                token: token_id(&token),
                opened_ms: now_ms,
                closed: false,
                messages: vec![Message {
                    at_ms: now_ms,
                    from: MessageFrom::Business,
                    by: None,
                    text: text.to_owned(),
                    published: None,
                }],
                identities: Vec::new(),
                attached: None,
            };
            conversation.keep(state, batch);
            log.nobody(batch, "report.begun", &id);
            Ok(())
        })
        .await?;
        Ok(ConversationOpened { token })
    }

    /// A business says more.
    pub async fn say_more(&self, token: &str, text: &str) -> Result<()> {
        // Whether there is a conversation is looked at first: without one everything is answered alike.
        self.conversation_of(&*self.read().await?, token)?;
        let text = check_text(text)?;
        self.act(|state, batch, log| {
            let mut conversation = self.conversation_of(state, token)?.clone();
            if conversation.closed {
                return Err(ServiceError::Conflict(
                    "we have closed this conversation; begin a new one".into(),
                ));
            }
            if conversation.unanswered() >= UNANSWERED_MAX || conversation.messages.len() >= MESSAGES_MAX {
                return Err(ServiceError::Conflict(
                    "wait for an answer first: we read what you have sent".into(),
                ));
            }
            conversation.messages.push(Message {
                at_ms: self.now_ms(),
                from: MessageFrom::Business,
                by: None,
                text: text.to_owned(),
                published: None,
            });
            log.nobody(batch, "report.message", &conversation.id);
            conversation.keep(state, batch);
            Ok(())
        })
        .await
    }

    /// A business says who it is. It is sealed before it is kept.
    pub async fn say_who(&self, token: &str, identity: &Identity) -> Result<()> {
        self.conversation_of(&*self.read().await?, token)?;
        let identity = identity.tidy();
        identity.check()?;
        let sealed = self.seal_own(&identity)?;
        self.act(|state, batch, log| {
            let mut conversation = self.conversation_of(state, token)?.clone();
            if conversation.closed || conversation.identities.len() >= IDENTITIES_MAX {
                return Err(ServiceError::Conflict(
                    "this can be changed no more: write to us".into(),
                ));
            }
            conversation.identities.push(Given {
                at_ms: self.now_ms(),
                sealed,
                filed: None,
            });
            log.nobody(batch, "report.identity", &conversation.id);
            conversation.keep(state, batch);
            Ok(())
        })
        .await
    }

    /// What a business reads at its link.
    pub async fn report_of(&self, token: &str) -> Result<VictimSees> {
        let state = self.read().await?;
        let conversation = self.conversation_of(&state, token)?;
        let mut sees = VictimSees {
            opened_ms: conversation.opened_ms,
            closed: conversation.closed,
            messages: conversation.messages.clone(),
            identities: conversation.identities.len(),
            ..VictimSees::empty()
        };
        for message in &mut sees.messages {
            message.by = None;
            message.published = None;
        }
        if let Some(attached) = &conversation.attached {
            sees.pseudonym = Some(attached.pseudonym.clone());
            self.became(&state, attached, &mut sees);
        }
        Ok(sees)
    }

    /// What became of a victim: said by what the case holds, never with its name, its people or its words.
    pub(super) fn became(&self, state: &State, attached: &Attached, sees: &mut VictimSees) {
        let Some(space) = state.spaces.get(&attached.case) else {
            return;
        };
        if let Some(stage) = space.control.stage() {
            sees.became.push(stage_words(stage).to_owned());
        }
        let all = said(state, space);
        for one in &all {
            match &one.entry.body {
                ContentBody::OutcomeRecorded(outcome)
                    if outcome.subject.is_none() || one.author == &self.config.org =>
                {
                    sees.became.push(outcome_words(outcome.outcome).to_owned());
                }
                ContentBody::RemediationNoted(noted) if noted.victim == attached.victim => {
                    sees.steps.push(StepView {
                        at_ms: one.wall_ms,
                        org: one.author.clone(),
                        step: noted.step.clone(),
                        state: noted.state,
                        text: noted.text.clone().filter(|_| one.author == &self.config.org),
                    });
                }
                _ => {}
            }
        }
        sees.became.dedup();
        let identity_of = |at: EntryRef| {
            all.iter().any(|one| {
                one.at == at
                    && matches!(&one.entry.body, ContentBody::VictimIdentity(said) if said.victim == attached.victim)
            })
        };
        let words_of = |at: EntryRef| {
            all.iter()
                .find(|one| one.at == at)
                .and_then(|one| match &one.entry.body {
                    ContentBody::GrantUsed(used) => Some((used.text.clone(), one.entry.role)),
                    _ => None,
                })
        };
        for grant in grants::grants(&all, &|a, b| space.before(a, b)).values() {
            if !identity_of(grant.identity) {
                continue;
            }
            for look in &grant.looks {
                if let Some((text, role)) = words_of(look.at) {
                    sees.looks.push(VictimLook {
                        at_ms: look.wall_ms,
                        role: role.to_string().replace('-', " "),
                        reason: grant.reason.to_owned(),
                        text,
                        allowed: look.covered,
                    });
                }
            }
        }
        sees.looks.sort_by_key(|look| look.at_ms);
    }
}

fn outcome_words(outcome: accord_model::content::OutcomeKind) -> &'static str {
    use accord_model::content::OutcomeKind as O;
    match outcome {
        O::Convicted => "Somebody was convicted.",
        O::Acquitted => "A court decided: nobody was convicted.",
        O::Discontinued => "The proceedings were dropped.",
        O::Resolved => "It was settled without a court.",
        O::Disrupted => "What harmed you was taken away from those who used it.",
        O::Transferred => "Somebody else goes on with it.",
        O::NoFurtherAction => "Nothing more can be done for now.",
    }
}
