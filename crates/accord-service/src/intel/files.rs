//! Files and samples attached to a case: the bytes as they are, known by the digest in their note.
//!
//! Invariants: note and bytes are one commit; bytes leave only with the payload of their note, which the gate
//! releases (`Node::object_for`), and only if they name no victim that this node knows; whoever downloads one is
//! recorded, and the owner is told of the look. Nothing here opens, runs or renders a file.

use std::collections::BTreeSet;

use accord_formats::material;
use accord_model::content::{ContentBody, ContentEntry, FileAttached, FileNature};
use accord_model::{EntryKind, EntryRef, Marking, OrgName, SpaceId, Tlp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::cases::audience;
use crate::error::{Result, ServiceError};
use crate::journal::{Body, Space, State};
use crate::looks::Way;
use crate::node::Node;
use crate::notes::Published;
use crate::objects::{Object, is_announced};
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::{Circumstances, Decided};
use crate::views::{said_of, set_aside};

/// Largest file, bytes.
pub const FILE_MAX_BYTES: u64 = 32 << 20;
/// Most bytes of files that one organisation attaches to one case.
pub const CASE_FILES_MAX_BYTES: u64 = 512 << 20;

/// A file to be attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewFile {
    /// One line that says what it is.
    pub title: String,
    /// How far it may travel.
    pub marking: Tlp,
    /// Whom it is for; empty: every party of the case.
    #[serde(default)]
    pub to: Vec<OrgName>,
    /// Its own name.
    pub name: String,
    /// Its media type, as the one who attaches it says.
    pub media_type: String,
    /// A document, or a sample that must never run.
    pub nature: FileNature,
    /// The note it belongs to.
    #[serde(default)]
    pub about: Option<EntryRef>,
    /// More words.
    #[serde(default)]
    pub note: Option<String>,
    /// The organisations that it reaches at once, as a preview said.
    #[serde(default)]
    pub expect: Option<BTreeSet<OrgName>>,
}

/// A file of a case.
#[derive(Debug, Clone, Serialize)]
pub struct FileView {
    /// Its note.
    pub at: EntryRef,
    /// Its case.
    pub case: SpaceId,
    /// One line that says what it is.
    pub title: String,
    /// Who attached it.
    pub org: OrgName,
    /// When, ms UTC.
    pub when_ms: u64,
    /// How far it may travel.
    pub marking: Tlp,
    /// What its note says of it.
    pub file: FileAttached,
    /// Whether its bytes are here.
    pub here: bool,
}

impl NewFile {
    pub(super) fn entry(
        &self,
        who: &SignedIn,
        role: accord_model::Role,
        bytes: &[u8],
    ) -> Result<ContentEntry> {
        if bytes.is_empty() {
            return Err(ServiceError::invalid("file", "it is empty"));
        }
        if bytes.len() as u64 > FILE_MAX_BYTES {
            let message = format!(
                "it has {} bytes, at most {FILE_MAX_BYTES} are attached",
                bytes.len()
            );
            return Err(ServiceError::invalid("file", message));
        }
        let entry = ContentEntry {
            by: who.person,
            role,
            marking: Marking::tlp(self.marking),
            to: audience(&self.to)?,
            title: self.title.clone(),
            body: FileAttached {
                name: self.name.clone(),
                media_type: self.media_type.clone(),
                size_bytes: bytes.len() as u64,
                sha256: hex::encode(Sha256::digest(bytes)),
                nature: self.nature,
                about: self.about,
                note: self.note.clone(),
            }
            .into(),
        };
        entry
            .check()
            .map_err(|error| ServiceError::invalid("file", error))?;
        Ok(entry)
    }
}

/// What a file's bytes say that could name somebody: its bytes as text, and what can be read out of it.
pub(super) fn spoken(bytes: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    if let Ok(material) = material::read(bytes) {
        text.push('\n');
        text.push_str(&material.text);
        for found in &material.found {
            text.push('\n');
            text.push_str(&found.value);
        }
    }
    text
}

/// Bytes that one organisation has attached to a case.
fn attached_bytes(state: &State, space: &Space, org: &OrgName) -> u64 {
    let files = said_of(state, space, |kind| kind == EntryKind::FileAttached);
    let own = files.iter().filter(|one| one.author == org);
    own.map(|one| match &one.entry.body {
        ContentBody::FileAttached(said) => said.size_bytes,
        _ => 0,
    })
    .sum()
}

/// A file's note in a case, as shown.
pub(super) fn view(state: &State, at: EntryRef) -> Option<FileView> {
    let (ledger, header, body) = state.entry(at)?;
    let Body::Content(entry) = body else { return None };
    let ContentBody::FileAttached(said) = &entry.body else {
        return None;
    };
    Some(FileView {
        at,
        case: ledger.space,
        title: entry.title.clone(),
        org: ledger.org.clone(),
        when_ms: header.clock.wall_ms,
        marking: entry.marking.tlp,
        file: said.clone(),
        here: state.objects.contains(&Object::File(at).name()),
    })
}

impl Node {
    /// Refuses a file that its writer may not attach as it is.
    pub(super) fn file_rule(
        &self,
        state: &State,
        space: &Space,
        entry: &ContentEntry,
        spoken: &str,
        beside: u64,
    ) -> Result<()> {
        let ContentBody::FileAttached(said) = &entry.body else {
            return Err(ServiceError::invalid("file", "not a file"));
        };
        if let Some(about) = said.about {
            let here = state
                .entry(about)
                .is_some_and(|(ledger, ..)| ledger.space == space.id);
            if !here {
                return Err(ServiceError::invalid(
                    "about",
                    "there is no such note on this case",
                ));
            }
        }
        let held = attached_bytes(state, space, &self.config.org) + beside;
        if held.saturating_add(said.size_bytes) > CASE_FILES_MAX_BYTES {
            return Err(ServiceError::Conflict(format!(
                "{held} bytes of files of this organisation are on the case, {CASE_FILES_MAX_BYTES} are kept: recall \
                 what is not needed"
            )));
        }
        let leaves = self.other_parties(space).iter().any(|org| entry.to.includes(org));
        if leaves && !self.victims_in(state, spoken).is_empty() {
            return Err(ServiceError::denied(
                "the file names a victim: take the name, domain or address out of it first",
            ));
        }
        Ok(())
    }

    /// Publishes a file: note and bytes in one commit.
    pub(super) fn publish_file(
        &self,
        state: &mut State,
        batch: &mut accord_store::Batch,
        case: SpaceId,
        entry: ContentEntry,
        bytes: Vec<u8>,
    ) -> Result<Published> {
        let published = self.publish(state, batch, case, entry, &Circumstances::default())?;
        let name = Object::File(published.at).name();
        batch.object(&name, bytes);
        state.objects.insert(name);
        Ok(published)
    }

    /// What would happen if a file were attached: recipient by recipient, with the clause. Nothing is kept.
    pub async fn preview_file(
        &self,
        who: &SignedIn,
        case: SpaceId,
        new: &NewFile,
        bytes: &[u8],
    ) -> Result<Vec<Decided>> {
        Act::Write.ask(who)?;
        let spoken = tokio::task::block_in_place(|| spoken(bytes));
        let state = self.read().await?;
        let space = self.case_for(&state, who, case)?;
        let role = self.writer(space, who, Act::Write, EntryKind::FileAttached)?;
        let entry = new.entry(who, role, bytes)?;
        self.file_rule(&state, space, &entry, &spoken, 0)?;
        Ok(self.would_reach(&state, space, &entry))
    }

    /// Attaches a file to a case.
    pub async fn attach_file(
        &self,
        who: &SignedIn,
        case: SpaceId,
        new: &NewFile,
        bytes: Vec<u8>,
    ) -> Result<Published> {
        Act::Write.ask(who)?;
        if bytes.len() as u64 > FILE_MAX_BYTES {
            let message = format!(
                "it has {} bytes, at most {FILE_MAX_BYTES} are attached",
                bytes.len()
            );
            return Err(ServiceError::invalid("file", message));
        }
        let spoken = tokio::task::block_in_place(|| spoken(&bytes));
        self.steer(who, Act::Write, case, "file.attached", |state, batch, _| {
            let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
            let role = self.writer(space, who, Act::Write, EntryKind::FileAttached)?;
            let entry = new.entry(who, role, &bytes)?;
            self.file_rule(state, space, &entry, &spoken, 0)?;
            self.as_expected(state, space, &entry, new.expect.as_ref())?;
            self.publish_file(state, batch, case, entry, bytes)
        })
        .await
    }

    /// A file that the person may read, as far as its note says.
    fn attached_of(&self, state: &State, who: &SignedIn, at: EntryRef) -> Result<FileView> {
        let none = || ServiceError::NotFound("file");
        let view = view(state, at).ok_or_else(none)?;
        let space = self.case_within(state, who, view.case).map_err(|_| none())?;
        let reader = self.reader(state, space, who).map_err(|_| none())?;
        match state.entry(at) {
            Some((_, _, Body::Content(entry))) if reader.reads(entry) => {}
            _ => return Err(none()),
        }
        if space.control.is_recalled(at) {
            return Err(ServiceError::denied(
                "the file was recalled by whoever attached it",
            ));
        }
        match set_aside(state, space, at) {
            Some(why) => Err(ServiceError::denied(format!("the file does not count: {why}"))),
            None => Ok(view),
        }
    }

    /// What is known of a file, without its bytes.
    pub async fn attached_file(&self, who: &SignedIn, at: EntryRef) -> Result<FileView> {
        let state = self.read().await?;
        self.attached_of(&state, who, at)
    }

    /// A file's bytes, to be saved and never shown. Each download is a look, and a line of the access log.
    pub async fn download_file(&self, who: &SignedIn, at: EntryRef) -> Result<(FileView, Vec<u8>)> {
        let view = self.attached_file(who, at).await?;
        let bytes = self.store.object(&Object::File(at).name()).await?;
        let bytes = bytes.ok_or_else(|| {
            ServiceError::Conflict("the file has not arrived yet; it comes with the next pull".into())
        })?;
        let is_it = {
            let state = self.read().await?;
            matches!(state.entry(at), Some((_, _, Body::Content(entry))) if is_announced(entry, &bytes))
        };
        if !is_it {
            return Err(ServiceError::Unexplained(format!("the file of {at}")));
        }
        self.note_access(who, "file.downloaded", &at.to_string()).await?;
        self.looked(who, Way::Downloaded, [at]).await?;
        Ok((view, bytes))
    }

    /// Whether the bytes that a note delivers name no victim, as far as this node knows now.
    pub(crate) async fn file_may_leave(&self, at: EntryRef) -> Result<bool> {
        {
            let state = self.read().await?;
            match state.entry(at) {
                Some((_, _, Body::Content(entry))) if entry.kind() == EntryKind::FileAttached => {}
                _ => return Ok(true),
            }
        }
        let Some(bytes) = self.store.object(&Object::File(at).name()).await? else {
            return Ok(false);
        };
        let spoken = tokio::task::block_in_place(|| spoken(&bytes));
        let state = self.read().await?;
        Ok(self.victims_in(&state, &spoken).is_empty())
    }
}
