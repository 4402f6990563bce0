//! What whoever has the link reads, and what they are about to send. Nobody signs in; nothing is kept about who came
//! but when.

use accord_formats::letters;
use accord_model::OrgName;
use accord_model::content::{
    Connection, ContentBody, RequestMade, RequestWhat, SubscriberAnswer, SubscriberAnswered,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::link::{
    DECLINED_MAX_BYTES, Draft, DraftFile, FILE_MAX_BYTES, FILES_MAX, FILES_MAX_BYTES, GUEST_LINES_MAX,
    GUEST_WORDS_MAX_CHARS, GuestLink, clean_name, nothing,
};
use super::receipt::GuestReceipt;
use crate::asks::are_asked;
use crate::error::{Result, ServiceError};
use crate::node::Node;
use crate::release::GUEST_CLAUSE;

/// When to try again, seconds.
const RETRY_AFTER_S: u16 = 60;

/// What a guest says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuestKind {
    /// Here is what you asked for.
    #[default]
    Answer,
    /// We do not answer this, and why.
    Declined,
    /// You have the wrong organisation.
    NotUs,
}

impl GuestKind {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Answer => "answered",
            Self::Declined => "declined",
            Self::NotUs => "says that it is the wrong organisation",
        }
    }
}

/// What a guest reads before they answer.
#[derive(Debug, Clone, Serialize)]
pub struct GuestSees {
    /// The agency that asks.
    pub agency: OrgName,
    /// The request, as the note says it.
    pub request: RequestMade,
    /// When it was asked, ms UTC.
    pub asked_ms: u64,
    /// Until when the link is good, ms UTC.
    pub expires_ms: u64,
    /// The receipt, once it was answered; then nothing else is shown.
    pub receipt: Option<GuestReceipt>,
    /// What is about to be sent.
    pub draft: GuestDraftView,
}

/// A file that is about to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GuestFile {
    /// Its number.
    pub number: u32,
    /// Its name, as it is kept.
    pub name: String,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256, hex.
    pub sha256: String,
}

/// What a guest is about to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GuestDraftView {
    /// Answer, or why not.
    pub kind: GuestKind,
    /// The words.
    pub words: String,
    /// Who held what was asked about.
    pub subscribers: Option<GuestSubscribers>,
    /// The files.
    pub files: Vec<GuestFile>,
    /// Binds the button to exactly what is shown.
    pub commitment: String,
}

impl GuestDraftView {
    pub(super) fn of(draft: &Draft) -> Self {
        Self {
            kind: draft.kind,
            words: draft.words.clone(),
            subscribers: draft.subscribers.clone(),
            files: draft
                .files
                .iter()
                .map(|file| GuestFile {
                    number: file.number,
                    name: file.name.clone(),
                    bytes: file.bytes,
                    sha256: file.sha256.clone(),
                })
                .collect(),
            commitment: draft.commitment(),
        }
    }
}

/// A file or words that a guest adds to what they are about to send.
#[derive(Debug, Clone)]
pub struct GuestAnswer {
    /// Answer, declined, or not us.
    pub kind: GuestKind,
    /// The words; may be empty beside files.
    pub words: String,
    /// Who held what was asked about, where that is asked.
    pub subscribers: Option<GuestSubscribers>,
}

/// Who held what was asked about, in fields: checked as a partner's answer is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuestSubscribers {
    /// One for each connection that was asked about.
    pub answers: Vec<SubscriberAnswer>,
    /// Where it comes from: system, clock and its error, method.
    pub acquisition: String,
}

fn check_words(words: &str) -> Result<String> {
    let words = words.replace("\r\n", "\n");
    let words = words.trim();
    if words.chars().count() > GUEST_WORDS_MAX_CHARS {
        let message = format!("at most {GUEST_WORDS_MAX_CHARS} characters: send more as a file");
        return Err(ServiceError::invalid("words", message));
    }
    if words.lines().count() > GUEST_LINES_MAX {
        let message = format!("at most {GUEST_LINES_MAX} lines: send more as a file");
        return Err(ServiceError::invalid("words", message));
    }
    // Characters that turn the direction of writing make a text read as another one.
    let turns = |c: char| letters::turns(c) || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}');
    if words
        .chars()
        .any(|c| turns(c) || (c.is_control() && !matches!(c, '\n' | '\t')))
    {
        return Err(ServiceError::invalid(
            "words",
            "it has characters that are no text",
        ));
    }
    Ok(words.to_owned())
}

impl Node {
    /// Whether anything is shown at a link: asked before a body is read.
    pub async fn guest_may_answer(&self, token: &str) -> Result<()> {
        self.open_link(&*self.read().await?, token).map(|_| ())
    }

    fn guest_sees(&self, state: &crate::journal::State, link: &GuestLink) -> Result<GuestSees> {
        let expires_ms = link.issued.as_ref().map_or(0, |issued| issued.expires_ms);
        match &link.sent {
            Some(sent) => Ok(GuestSees {
                agency: self.config.org.clone(),
                request: RequestMade::new(
                    link.org.clone(),
                    accord_model::content::RequestWhat::Information,
                    sent.receipt.reference.clone(),
                    String::new(),
                ),
                asked_ms: link.asked.at_ms,
                expires_ms,
                receipt: Some(sent.receipt.clone()),
                draft: GuestDraftView::of(&Draft::default()),
            }),
            None => {
                let released = self
                    .for_guest(state, link.request)
                    .ok_or_else(nothing)?
                    .into_inner();
                Ok(GuestSees {
                    agency: self.config.org.clone(),
                    request: released.made,
                    asked_ms: released.asked_ms,
                    expires_ms,
                    receipt: None,
                    draft: GuestDraftView::of(&link.draft),
                })
            }
        }
    }

    /// Opens the link: counted and kept, while it waits for an answer.
    pub async fn guest_opens(&self, token: &str) -> Result<GuestSees> {
        {
            // Without a good link nothing is written.
            let state = self.read().await?;
            let link = self.link_of(&state, token)?;
            if link.sent.is_some() {
                return self.guest_sees(&state, link);
            }
        }
        self.act(|state, batch, log| {
            let mut link = self.open_link(state, token)?.clone();
            let now = self.now_ms();
            let sees = self.guest_sees(state, &link)?;
            let issued = link.issued.as_mut().ok_or_else(nothing)?;
            if issued.used_up() {
                return Err(nothing());
            }
            if issued.too_fast(now) {
                return Err(ServiceError::Busy {
                    retry_after_s: RETRY_AFTER_S,
                });
            }
            issued.opened_ms.push(now);
            log.nobody(batch, "guest.opened", &link.id);
            link.keep(state, batch);
            Ok(sees)
        })
        .await
    }

    /// What is about to be sent, and what it answers. Not counted as an opening.
    pub async fn guest_draft(&self, token: &str) -> Result<GuestSees> {
        let state = self.read().await?;
        let link = self.link_of(&state, token)?;
        self.guest_sees(&state, link)
    }

    /// Refuses fields that answer something else, or that no note could hold. What is left out is said in the words.
    fn check_subscribers(&self, made: &RequestMade, link: &GuestLink, answer: &GuestAnswer) -> Result<()> {
        let Some(given) = &answer.subscribers else {
            return Ok(());
        };
        if made.what != RequestWhat::SubscriberData || answer.kind != GuestKind::Answer {
            return Err(ServiceError::invalid(
                "answers",
                "nobody asked who held an address",
            ));
        }
        let asked: Vec<&Connection> = made
            .subscriber
            .iter()
            .flat_map(|question| &question.connections)
            .collect();
        are_asked(&asked, &given.answers, !answer.words.trim().is_empty())?;
        let body: ContentBody = SubscriberAnswered {
            request: link.request,
            answers: given.answers.clone(),
            clause: GUEST_CLAUSE.to_owned(),
            acquisition: given.acquisition.clone(),
            on_behalf_of: Some(link.org.clone()),
        }
        .into();
        let entry = self.guest_held(
            link,
            made.reference.clone(),
            accord_model::Marking::tlp(accord_model::Tlp::Amber),
            body,
        );
        entry.check().map_err(|error| {
            let words = error.to_string();
            let field = if words.starts_with("acquisition") {
                "acquisition"
            } else {
                "answers"
            };
            ServiceError::invalid(field, words)
        })
    }

    /// Changes what is about to be sent: answer or not, and the words. Files stay beside an answer, and go otherwise.
    pub async fn guest_writes(&self, token: &str, answer: &GuestAnswer) -> Result<GuestDraftView> {
        self.guest_may_answer(token).await?;
        let words = check_words(&answer.words)?;
        if answer.kind != GuestKind::Answer && words.is_empty() {
            return Err(ServiceError::invalid("words", "say why, in a sentence"));
        }
        if answer.kind != GuestKind::Answer && words.len() > DECLINED_MAX_BYTES {
            return Err(ServiceError::invalid("words", "say why in fewer words"));
        }
        self.act(|state, batch, _| {
            let mut link = self.open_link(state, token)?.clone();
            let made = self
                .for_guest(state, link.request)
                .ok_or_else(nothing)?
                .into_inner()
                .made;
            self.check_subscribers(&made, &link, answer)?;
            if answer.kind != GuestKind::Answer {
                let next = link.draft.next;
                link.drop_draft(state, batch);
                link.draft.next = next;
            }
            link.draft.kind = answer.kind;
            link.draft.words = words;
            link.draft.subscribers.clone_from(&answer.subscribers);
            let view = GuestDraftView::of(&link.draft);
            link.keep(state, batch);
            Ok(view)
        })
        .await
    }

    /// Adds a file, as it came.
    pub async fn guest_uploads(&self, token: &str, name: &str, bytes: &[u8]) -> Result<GuestDraftView> {
        self.guest_may_answer(token).await?;
        if bytes.is_empty() {
            return Err(ServiceError::invalid("files", "this file is empty"));
        }
        if bytes.len() > FILE_MAX_BYTES {
            return Err(ServiceError::invalid(
                "files",
                format!("a file has at most {FILE_MAX_BYTES} bytes: split it, or call us"),
            ));
        }
        let sha256 = hex::encode(Sha256::digest(bytes));
        self.act(|state, batch, log| {
            let mut link = self.open_link(state, token)?.clone();
            if link.draft.kind != GuestKind::Answer {
                link.draft.kind = GuestKind::Answer;
                link.draft.words.clear();
                link.draft.subscribers = None;
            }
            // The same bytes again, say by a button pressed twice, are one file.
            if link.draft.files.iter().any(|file| file.sha256 == sha256) {
                return Ok(GuestDraftView::of(&link.draft));
            }
            if link.draft.files.len() >= FILES_MAX {
                return Err(ServiceError::invalid(
                    "files",
                    format!("at most {FILES_MAX} files: put the rest into an archive"),
                ));
            }
            let together = link.draft.bytes().saturating_add(bytes.len() as u64);
            if together > FILES_MAX_BYTES as u64 {
                return Err(ServiceError::invalid(
                    "files",
                    format!("all files together have at most {FILES_MAX_BYTES} bytes: call us"),
                ));
            }
            link.draft.next = link.draft.next.saturating_add(1);
            let number = link.draft.next;
            let clean = clean_name(name);
            let taken = link.draft.files.iter().any(|file| file.name == clean);
            link.draft.files.push(DraftFile {
                number,
                name: match taken {
                    true => format!("{number}-{clean}"),
                    false => clean,
                },
                bytes: bytes.len() as u64,
                sha256,
                at_ms: self.now_ms(),
            });
            let id = link.object(number);
            batch.object(&id, bytes.to_vec());
            state.objects.insert(id);
            log.nobody(batch, "guest.uploaded", &link.id);
            let view = GuestDraftView::of(&link.draft);
            link.keep(state, batch);
            Ok(view)
        })
        .await
    }

    /// Takes a file away again, before anything is sent.
    pub async fn guest_removes(&self, token: &str, number: u32) -> Result<GuestDraftView> {
        self.guest_may_answer(token).await?;
        self.act(|state, batch, _| {
            let mut link = self.open_link(state, token)?.clone();
            if link.draft.files.iter().any(|file| file.number == number) {
                let id = link.object(number);
                batch.remove_object(&id);
                state.objects.remove(&id);
                link.draft.files.retain(|file| file.number != number);
            }
            let view = GuestDraftView::of(&link.draft);
            link.keep(state, batch);
            Ok(view)
        })
        .await
    }
}
