//! A partner with a node answers a hunt, or a request for information, with an export of its own systems: what its
//! node's log store does not hold. Accord did not find it by search, and says so everywhere.
//!
//! - `draft`: what an approver of the asked side uploads, and what they and their colleagues see of it before it leaves.
//! - `send`: one yes, or two, and the package: the same way out as a hunt's lines (`decide`).
//!
//! Invariants:
//! - An upload is kept whole or not at all, byte by byte as it came; it is never opened, run or shown but for the first
//!   lines of a text, made harmless.
//! - A yes is bound to exactly the files that are there: another file, or one less, voids a first yes for all to see.
//! - A request that is decided, withdrawn, or may not be answered takes no file; what was uploaded for it is dropped.

use std::collections::BTreeSet;

use accord_ledger::commit;
use accord_model::{EntryRef, PersonId};
use accord_store::Batch;
use serde::{Deserialize, Serialize};

use crate::journal::State;
use crate::objects::Object;

mod draft;
mod send;

pub(crate) use draft::{drop_upload, forget_yes};

pub(crate) const UPLOADS: &str = "uploads";

/// Most files of one answer.
pub const UPLOAD_FILES_MAX: usize = 8;
/// Most bytes of one file: 32 MiB.
pub const UPLOAD_FILE_MAX_BYTES: usize = 32 << 20;
/// Most bytes of all files of one answer: 64 MiB.
pub const UPLOAD_MAX_BYTES: usize = 64 << 20;
/// Longest words for the system or the query of a file, characters.
pub const UPLOAD_WORDS_MAX: usize = 300;
/// First lines of a text that are shown before it leaves.
pub const UPLOAD_LINES_SHOWN: usize = 20;
/// Characters of such a line.
const LINE_SHOWN_CHARS: usize = 300;
const COMMITMENT_LABEL: &str = "accord-upload/v1";

/// Where an export comes from, in the words of who uploads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportOf {
    /// The file's name; kept without folders and without what misleads.
    pub name: String,
    /// The system that it was exported from.
    pub system: String,
    /// The query, filter or period that it answers.
    pub query: String,
    /// SHA-256 that the file must have, hex: another one is refused.
    #[serde(default)]
    pub sha256: Option<String>,
}

/// A file that waits; its bytes are an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UploadedFile {
    pub number: u32,
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
    pub system: String,
    pub query: String,
    pub by: PersonId,
    /// When it arrived, ms UTC.
    pub at_ms: u64,
    /// Lines, of a text; nothing else is looked into.
    pub lines: Option<u64>,
    /// The first lines of a text, made harmless.
    pub head: Vec<String>,
}

/// A yes that waits for a second person's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FirstYes {
    pub by: PersonId,
    /// Files left out. The second yes leaves out the same.
    pub without: BTreeSet<u32>,
    pub left_out: Option<String>,
    /// The note that says so.
    pub at: EntryRef,
}

/// What waits to be sent for a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Upload {
    pub request: EntryRef,
    pub files: Vec<UploadedFile>,
    /// The number of the last file that came.
    pub last: u32,
    pub first_yes: Option<FirstYes>,
    /// Binds a yes to exactly these files, 64 hex digits.
    pub commitment: String,
    salt: String,
}

impl Upload {
    fn empty(request: EntryRef) -> Self {
        Self {
            request,
            files: Vec::new(),
            last: 0,
            first_yes: None,
            commitment: String::new(),
            salt: String::new(),
        }
    }

    /// Who has said a first yes.
    pub fn first_yes(&self) -> Option<PersonId> {
        self.first_yes.as_ref().map(|first| first.by)
    }

    /// The digest of a file, by its number.
    pub fn digest_of(&self, number: u32) -> Option<&str> {
        let mut files = self.files.iter();
        let file = files.find(|file| file.number == number)?;
        Some(&file.sha256)
    }

    fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    fn object(&self, number: u32) -> String {
        Object::Upload(self.request, number).name()
    }

    /// Salted: every party reads it in the yes, and could otherwise try guesses at the files.
    fn bind(&mut self, salt: [u8; 32]) {
        let shown = serde_json::to_vec(&(self.request, &self.files)).unwrap_or_default();
        self.commitment = hex::encode(commit(COMMITMENT_LABEL, &salt, &shown).0);
        self.salt = hex::encode(salt);
    }

    fn keep(self, state: &mut State, batch: &mut Batch) {
        batch.document(UPLOADS, &self.request.to_string(), &self);
        state.uploads.insert(self.request, self);
    }
}

/// A file that waits, as the approvers of the asked side see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UploadedFileView {
    /// Its number.
    pub number: u32,
    /// Its name, as it is kept.
    pub name: String,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256, hex.
    pub sha256: String,
    /// The system, in their words.
    pub system: String,
    /// The query, in their words.
    pub query: String,
    /// Who uploaded it.
    pub by: PersonId,
    /// Their name, where it is known.
    pub by_name: Option<String>,
    /// When it arrived, ms UTC.
    pub at_ms: u64,
    /// Lines, where it is text. What is no text was not looked into: nobody but a person can say whom it names.
    pub lines: Option<u64>,
    /// The first lines of a text, made harmless.
    pub head: Vec<String>,
}

/// What waits to be sent for a request. Read by the approvers of the asked side, and by nobody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UploadView {
    /// The request.
    pub request: EntryRef,
    /// The files.
    pub files: Vec<UploadedFileView>,
    /// Binds a yes to exactly these; none without a file.
    pub commitment: Option<String>,
    /// Who has said the first of two yeses.
    pub first_yes: Option<PersonId>,
    /// Files which that yes leaves out.
    pub first_without: BTreeSet<u32>,
    /// What that yes says is left out.
    pub first_left_out: Option<String>,
}

/// A yes to what was uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendUpload {
    /// The commitment, as it was shown.
    pub shown: String,
    /// Files that stay here, by number.
    #[serde(default)]
    pub without: BTreeSet<u32>,
    /// What of the question is not answered, and why; needed where a file stays here.
    #[serde(default)]
    pub left_out: Option<String>,
    /// A word to the asker.
    #[serde(default)]
    pub words: Option<String>,
}
