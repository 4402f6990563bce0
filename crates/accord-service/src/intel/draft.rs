//! Drafts of what people brought in: the material, what was found in it, and what its author chose so far.

use std::collections::{BTreeMap, BTreeSet};

use accord_formats::letters;
use accord_formats::material::{self, Form, Material};
use accord_model::content::{FileNature, Grading, VerdictWish};
use accord_model::{OrgName, PersonId, SpaceId, Tlp};
use accord_store::Batch;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Result, ServiceError};
use crate::journal::State;
use crate::node::Node;
use crate::objects::Object;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::views::{InboxItem, Todo};

/// The documents of drafts.
pub(crate) const IMPORTS: &str = "imports";
/// Most drafts of one person.
pub const DRAFTS_MAX: usize = 20;
/// Most bytes of material in the drafts of one person.
pub const DRAFT_BYTES_MAX: u64 = 64 << 20;
/// A draft that was brought in so many days ago, and neither published nor thrown away, is old: its author is asked.
pub const DRAFT_OLD_DAYS: u64 = 30;
/// The same, ms.
const DRAFT_OLD_MS: u64 = DRAFT_OLD_DAYS * 24 * 3_600_000;
/// Longest name of a material, bytes.
const NAME_MAX: usize = 200;

/// What the author chose so far. Whatever is absent is as proposed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Choices {
    /// Values ticked or unticked against what is proposed, by their number.
    pub ticks: BTreeMap<usize, bool>,
    /// The title of what is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// How far it may travel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marking: Option<Tlp>,
    /// Why it may travel further than the material says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looser_because: Option<String>,
    /// Whom it is for; empty: every party of the case.
    pub to: Vec<OrgName>,
    /// Labels for every value, beside those that the material gives.
    pub labels: Vec<String>,
    /// ATT&CK techniques.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub techniques: Option<Vec<String>>,
    /// How sure the author is, 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<u8>,
    /// How good it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grading: Option<Grading>,
    /// Where it comes from, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The source would be in danger if it were known.
    pub source_protected: bool,
    /// When the values stop meaning anything, ms UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until_ms: Option<u64>,
    /// What should happen with the values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wish: Option<VerdictWish>,
    /// The text of a report to publish with them; absent: no report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
    /// Attach the material itself, as this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attach: Option<FileNature>,
    /// Attach these of its parts, by their number.
    pub parts: BTreeSet<usize>,
    /// Of an e-mail: say that its sender's address and the values that are ticked were seen in one mail. Absent: nobody
    /// was asked, and nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<bool>,
}

/// A draft of what somebody brought in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportDraft {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub by: PersonId,
    /// The case it is for, once chosen.
    #[serde(default)]
    pub case: Option<SpaceId>,
    /// What the material is called.
    pub name: String,
    /// What it is.
    pub form: Form,
    /// Its length, bytes.
    pub size_bytes: u64,
    /// Its SHA-256. Never leaves this node unless the material itself is attached.
    pub sha256: String,
    /// Since when, ms UTC.
    pub since_ms: u64,
    /// How many different values were found.
    pub values: usize,
    /// What the author chose so far.
    #[serde(default)]
    pub choices: Choices,
}

/// One line of text within a limit, without what turns or hides letters.
pub(super) fn line(text: &str, max: usize) -> String {
    let hidden = |c: char| c.is_control() || letters::hides(c);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    cut(&text.chars().filter(|c| !hidden(*c)).collect::<String>(), max)
}

/// As much of a text as fits.
pub(super) fn cut(text: &str, max: usize) -> String {
    let mut end = max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().trim_end().to_owned()
}

/// Takes a draft out of the state and the store.
pub(super) fn remove(state: &mut State, batch: &mut Batch, id: &str) {
    batch.remove(IMPORTS, id);
    state.imports.remove(id);
    for object in [Object::Material(id.to_owned()), Object::Reading(id.to_owned())] {
        let name = object.name();
        if state.objects.remove(&name) {
            batch.remove_object(&name);
        }
    }
}

/// Throws away the drafts of a person who has left.
pub(crate) fn drop_drafts_of(state: &mut State, batch: &mut Batch, person: PersonId) {
    let of_them = state.imports.values().filter(|draft| draft.by == person);
    for id in of_them.map(|draft| draft.id.clone()).collect::<Vec<_>>() {
        remove(state, batch, &id);
    }
}

impl Node {
    fn may_bring_in(who: &SignedIn) -> Result<()> {
        if who.home.is_some() {
            return Err(ServiceError::denied(
                "a seconded person brings material in on the node of their own organisation",
            ));
        }
        Act::Write.ask(who).map(|_| ())
    }

    /// Reads material and keeps it, with what was found, as a draft of its author. Its id.
    pub async fn draft_import(
        &self,
        who: &SignedIn,
        name: &str,
        case: Option<SpaceId>,
        bytes: Vec<u8>,
    ) -> Result<ImportDraft> {
        Self::may_bring_in(who)?;
        let read = tokio::task::block_in_place(|| material::read(&bytes));
        let material = read.map_err(|error| ServiceError::invalid("material", error))?;
        let reading = serde_json::to_vec(&material)
            .map_err(|error| ServiceError::Unexplained(format!("a reading: {error}")))?;
        let name = match line(name, NAME_MAX) {
            name if name.is_empty() => "pasted text".to_owned(),
            name => name,
        };
        let draft = ImportDraft {
            id: hex::encode(self.random::<16>()),
            by: who.person,
            case,
            name,
            form: material.form,
            size_bytes: bytes.len() as u64,
            sha256: hex::encode(Sha256::digest(&bytes)),
            since_ms: self.now_ms(),
            values: material.found.len(),
            choices: Choices::default(),
        };
        self.act_once(|state, batch, log| {
            if let Some(case) = case {
                self.case_for(state, who, case)?;
            }
            let own = || state.imports.values().filter(|draft| draft.by == who.person);
            if own().count() >= DRAFTS_MAX {
                return Err(ServiceError::Conflict(format!(
                    "you have {DRAFTS_MAX} drafts: publish one or throw one away"
                )));
            }
            let held: u64 = own().map(|draft| draft.size_bytes).sum();
            if held + draft.size_bytes > DRAFT_BYTES_MAX {
                return Err(ServiceError::Conflict(format!(
                    "your drafts hold {held} bytes, {DRAFT_BYTES_MAX} are kept: publish one or throw one away"
                )));
            }
            for (object, bytes) in [
                (Object::Material(draft.id.clone()), bytes),
                (Object::Reading(draft.id.clone()), reading),
            ] {
                let name = object.name();
                batch.object(&name, bytes);
                state.objects.insert(name);
            }
            batch.document(IMPORTS, &draft.id, &draft);
            state.imports.insert(draft.id.clone(), draft.clone());
            log.person(batch, who, "import.drafted", &draft.id);
            Ok(draft)
        })
        .await
    }

    /// A person's own drafts, the newest first.
    pub async fn imports(&self, who: &SignedIn) -> Result<Vec<ImportDraft>> {
        Self::may_bring_in(who)?;
        let state = self.read().await?;
        let own = state.imports.values().filter(|draft| draft.by == who.person);
        let mut drafts: Vec<ImportDraft> = own.cloned().collect();
        drafts.sort_by_key(|draft| (std::cmp::Reverse(draft.since_ms), draft.id.clone()));
        Ok(drafts)
    }

    /// A person's own drafts that are old, as what waits for them.
    pub(crate) fn old_drafts(&self, state: &State, who: &SignedIn) -> Vec<InboxItem> {
        if Self::may_bring_in(who).is_err() {
            return Vec::new();
        }
        let now = self.now_ms();
        let own = state.imports.values().filter(|draft| draft.by == who.person);
        let old = own.filter(|draft| now >= draft.since_ms.saturating_add(DRAFT_OLD_MS));
        old.map(|draft| InboxItem {
            todo: Todo::OldDraft {
                draft: draft.id.clone(),
            },
            title: format!("A draft that you left: {}", draft.name),
            why: format!("You brought it in more than {DRAFT_OLD_DAYS} days ago, and nothing was published."),
            since_ms: draft.since_ms,
            due_ms: None,
            otherwise: "It stays on this node, material and all, until you publish it or throw it away."
                .into(),
        })
        .collect()
    }

    /// A person's own draft. Another's is none.
    pub(super) fn own_draft<'a>(
        &self,
        state: &'a State,
        who: &SignedIn,
        id: &str,
    ) -> Result<&'a ImportDraft> {
        Self::may_bring_in(who)?;
        let found = state.imports.get(id).filter(|draft| draft.by == who.person);
        found.ok_or(ServiceError::NotFound("draft"))
    }

    /// What was read out of a draft's material.
    pub(super) async fn reading(&self, id: &str) -> Result<Material> {
        let broken = || ServiceError::Unexplained(format!("the reading of draft {id}"));
        let bytes = self.store.object(&Object::Reading(id.to_owned()).name()).await?;
        serde_json::from_slice(&bytes.ok_or_else(broken)?).map_err(|_| broken())
    }

    /// A draft's material.
    pub(super) async fn material(&self, id: &str) -> Result<Vec<u8>> {
        let bytes = self.store.object(&Object::Material(id.to_owned()).name()).await?;
        bytes.ok_or_else(|| ServiceError::Unexplained(format!("the material of draft {id}")))
    }

    /// Keeps what the author chose. What cannot be published is refused when it is: a draft may be half done.
    pub async fn choose_import(
        &self,
        who: &SignedIn,
        id: &str,
        case: Option<SpaceId>,
        choices: &Choices,
    ) -> Result<ImportDraft> {
        self.act_once(|state, batch, _| {
            let mut draft = self.own_draft(state, who, id)?.clone();
            if let Some(case) = case {
                self.case_for(state, who, case)?;
            }
            if let Some(number) = choices.ticks.keys().find(|number| **number >= draft.values) {
                return Err(ServiceError::invalid(
                    "ticks",
                    format!("there is no value {number}"),
                ));
            }
            draft.case = case;
            draft.choices = choices.clone();
            batch.document(IMPORTS, id, &draft);
            state.imports.insert(id.to_owned(), draft.clone());
            Ok(draft)
        })
        .await
    }

    /// Throws a draft away, material and all.
    pub async fn drop_import(&self, who: &SignedIn, id: &str) -> Result<()> {
        self.act_once(|state, batch, log| {
            self.own_draft(state, who, id)?;
            remove(state, batch, id);
            log.person(batch, who, "import.thrown-away", id);
            Ok(())
        })
        .await
    }
}
