//! What an approver uploads before it is sent.

use accord_model::content::{Audience, ContentEntry, EvidenceDelivered, Package, RequestWhat};
use accord_model::control::{ApprovalWithdrawn, ControlEntry};
use accord_model::{EntryRef, Marking, PersonId, Role, Tlp};
use accord_store::Batch;
use sha2::{Digest, Sha256};

use super::{
    ExportOf, LINE_SHOWN_CHARS, UPLOAD_FILE_MAX_BYTES, UPLOAD_FILES_MAX, UPLOAD_LINES_SHOWN,
    UPLOAD_MAX_BYTES, UPLOAD_WORDS_MAX, UPLOADS, Upload, UploadView, UploadedFile, UploadedFileView,
};
use crate::error::{Result, ServiceError};
use crate::guest::{clean_name, source};
use crate::hunts::Asked;
use crate::journal::State;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

/// Drops what was uploaded for a request and not sent.
pub(crate) fn drop_upload(state: &mut State, batch: &mut Batch, at: EntryRef) {
    let Some(upload) = state.uploads.remove(&at) else {
        return;
    };
    for file in &upload.files {
        let id = upload.object(file.number);
        batch.remove_object(&id);
        state.objects.remove(&id);
    }
    batch.remove(UPLOADS, &at.to_string());
}

/// Takes a person's first yes to an upload off it.
pub(crate) fn forget_yes(state: &mut State, batch: &mut Batch, at: EntryRef, by: PersonId) {
    if let Some(mut upload) = state
        .uploads
        .get(&at)
        .filter(|upload| upload.first_yes() == Some(by))
        .cloned()
    {
        upload.first_yes = None;
        upload.keep(state, batch);
    }
}

/// Characters that move the cursor, hide, or turn the direction of the text around them.
fn misleads(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A line as it is shown: short, and without what misleads.
fn shown(line: &str) -> String {
    let line = line.trim_end_matches(['\r', '\n']);
    let mut text: String = line
        .chars()
        .take(LINE_SHOWN_CHARS)
        .map(|c| match c {
            '\t' => ' ',
            c if misleads(c) => '\u{fffd}',
            c => c,
        })
        .collect();
    if line.chars().nth(LINE_SHOWN_CHARS).is_some() {
        text.push_str("...");
    }
    text
}

/// How many lines a text has, and the first of them; nothing of anything else.
fn looked_into(bytes: &[u8]) -> (Option<u64>, Vec<String>) {
    match std::str::from_utf8(bytes) {
        Ok(text) if !bytes.contains(&0) => {
            let lines = text.split_inclusive('\n').count() as u64;
            let head = text.split_inclusive('\n').take(UPLOAD_LINES_SHOWN).map(shown);
            (Some(lines), head.collect())
        }
        _ => (None, Vec::new()),
    }
}

fn words(field: &'static str, given: &str) -> Result<String> {
    let said = given.trim();
    if said.is_empty() {
        return Err(ServiceError::invalid(
            field,
            "say it in words: the asker and a court read it",
        ));
    }
    if said.chars().count() > UPLOAD_WORDS_MAX {
        let message = format!("at most {UPLOAD_WORDS_MAX} characters");
        return Err(ServiceError::invalid(field, message));
    }
    if said.chars().any(misleads) {
        return Err(ServiceError::invalid(
            field,
            "one line, without characters that are no text",
        ));
    }
    Ok(said.to_owned())
}

/// What every note that answers with a package says alike.
pub(super) struct Delivery {
    pub exhibit: String,
    pub title: String,
    pub acquisition: String,
    pub sources: Vec<String>,
    pub size_bytes: u64,
    pub lines: u64,
    pub salt: [u8; 32],
}

pub(super) fn delivered(who: &SignedIn, at: EntryRef, asked: &Asked, made: Delivery) -> ContentEntry {
    ContentEntry {
        by: who.person,
        role: Role::Approver,
        marking: Marking::tlp(Tlp::Amber),
        to: Audience::one(asked.asker.clone()),
        title: made.title,
        body: EvidenceDelivered {
            request: at,
            exhibit: made.exhibit,
            package: Package {
                format: accord_evidence::PACKAGE_FORMAT.to_owned(),
                manifest_sha256: hex::encode([0; 32]),
                size_bytes: made.size_bytes,
                lines: made.lines,
                sources: made.sources,
                customers: None,
                media_type: "application/zip".to_owned(),
            },
            acquisition: made.acquisition,
            custody_salt: hex::encode(made.salt),
            on_behalf_of: None,
        }
        .into(),
    }
}

impl Node {
    /// A request that may be answered with a file now, by this person: a hunt or a question for information, waiting,
    /// and one whose answer the agreement does not refuse whoever says yes.
    pub(super) fn takes_upload(&self, state: &State, who: &SignedIn, at: EntryRef) -> Result<Asked> {
        let asked = self.asked_for(state, who, at)?;
        let space = self.case_for(state, who, asked.space)?;
        if !matches!(asked.made.what, RequestWhat::Hunt | RequestWhat::Information) {
            let message = format!("a request for {} is answered in another way", asked.made.what);
            return Err(ServiceError::invalid("request", message));
        }
        self.not_decided(state, asked.space, at)?;
        let probe = Delivery {
            exhibit: "answer".to_owned(),
            title: "answer".to_owned(),
            acquisition: "-".to_owned(),
            sources: vec!["-".to_owned()],
            size_bytes: 0,
            lines: 0,
            salt: [0; 32],
        };
        let probe = delivered(who, at, &asked, probe);
        let decided = self.ask_gate(state, space, &asked.asker, &probe, &asked.rests_on(at));
        match decided.answer.as_str() {
            "no" => Err(decided.refusal()),
            _ => Ok(asked),
        }
    }

    /// Whether this person may add a file to the answer to a request: asked before a body is read.
    pub async fn may_upload(&self, who: &SignedIn, at: EntryRef) -> Result<()> {
        Act::Approve.ask(who)?;
        self.takes_upload(&*self.read().await?, who, at).map(|_| ())
    }

    /// A yes to other files is none to these; it is taken back for all to see.
    fn void_yes(
        &self,
        state: &mut State,
        batch: &mut Batch,
        who: &SignedIn,
        asked: &Asked,
        upload: &mut Upload,
    ) -> Result<()> {
        let Some(first) = upload.first_yes.take() else {
            return Ok(());
        };
        let said = ApprovalWithdrawn {
            by: who.person,
            role: Role::Approver,
            request: upload.request,
            clause: self.clause_of(state, asked.space, first.at),
            reason: "what it was said to has changed".to_owned(),
        };
        self.append(state, batch, asked.space, ControlEntry::from(said))?;
        Ok(())
    }

    /// Adds a file to the answer to a request, as it came. The same bytes again are one file.
    pub async fn upload_export(
        &self,
        who: &SignedIn,
        at: EntryRef,
        of: &ExportOf,
        bytes: &[u8],
    ) -> Result<UploadView> {
        self.may_upload(who, at).await?;
        let (system, query) = (words("system", &of.system)?, words("query", &of.query)?);
        if bytes.is_empty() {
            return Err(ServiceError::invalid("file", "this file is empty"));
        }
        if bytes.len() > UPLOAD_FILE_MAX_BYTES {
            let message =
                format!("a file has at most {UPLOAD_FILE_MAX_BYTES} bytes: export less, or split it");
            return Err(ServiceError::invalid("file", message));
        }
        let (sha256, (lines, head)) =
            tokio::task::block_in_place(|| (hex::encode(Sha256::digest(bytes)), looked_into(bytes)));
        if of
            .sha256
            .as_ref()
            .is_some_and(|told| !told.eq_ignore_ascii_case(&sha256))
        {
            return Err(ServiceError::invalid(
                "sha256",
                format!(
                    "what arrived has the SHA-256 {sha256}: it is not the file you meant, and is not kept"
                ),
            ));
        }
        self.act(|state, batch, log| {
            let asked = self.takes_upload(state, who, at)?;
            let mut upload = state
                .uploads
                .get(&at)
                .cloned()
                .unwrap_or_else(|| Upload::empty(at));
            if upload.files.iter().any(|file| file.sha256 == sha256) {
                return Ok(self.upload_view(state, &upload));
            }
            if upload.files.len() >= UPLOAD_FILES_MAX {
                let message = format!("at most {UPLOAD_FILES_MAX} files: take one away first");
                return Err(ServiceError::invalid("file", message));
            }
            if upload.bytes().saturating_add(bytes.len() as u64) > UPLOAD_MAX_BYTES as u64 {
                let message = format!("all files together have at most {UPLOAD_MAX_BYTES} bytes");
                return Err(ServiceError::invalid("file", message));
            }
            upload.last = upload.last.saturating_add(1);
            let (number, clean) = (upload.last, clean_name(&of.name));
            let taken = upload.files.iter().any(|file| file.name == clean);
            let name = match taken {
                true => format!("{number}-{clean}"),
                false => clean,
            };
            for said in [&system, &query, &name] {
                self.words_name_no_victim(state, who.person, asked.space, said)?;
            }
            self.lines_name_no_victim(state, who.person, asked.space, &[source(&name, bytes)])?;
            self.void_yes(state, batch, who, &asked, &mut upload)?;
            upload.files.push(UploadedFile {
                number,
                name,
                bytes: bytes.len() as u64,
                sha256,
                system,
                query,
                by: who.person,
                at_ms: self.now_ms(),
                lines,
                head,
            });
            upload.bind(self.random());
            let id = upload.object(number);
            batch.object(&id, bytes.to_vec());
            state.objects.insert(id);
            log.person(batch, who, "upload.added", &at.to_string());
            let view = self.upload_view(state, &upload);
            upload.keep(state, batch);
            Ok(view)
        })
        .await
    }

    /// Takes a file away again, before anything is sent.
    pub async fn remove_upload(&self, who: &SignedIn, at: EntryRef, number: u32) -> Result<UploadView> {
        Act::Approve.ask(who)?;
        self.act(|state, batch, log| {
            let asked = self.asked_for(state, who, at)?;
            self.case_for(state, who, asked.space)?;
            let missing = || ServiceError::NotFound("file");
            let mut upload = state.uploads.get(&at).cloned().ok_or_else(missing)?;
            upload.digest_of(number).ok_or_else(missing)?;
            self.void_yes(state, batch, who, &asked, &mut upload)?;
            let id = upload.object(number);
            batch.remove_object(&id);
            state.objects.remove(&id);
            upload.files.retain(|file| file.number != number);
            upload.bind(self.random());
            log.person(batch, who, "upload.removed", &at.to_string());
            let view = self.upload_view(state, &upload);
            upload.keep(state, batch);
            Ok(view)
        })
        .await
    }

    /// What waits to be sent for a request.
    pub async fn upload(&self, who: &SignedIn, at: EntryRef) -> Result<UploadView> {
        Act::Approve.ask(who)?;
        let view = {
            let state = self.read().await?;
            let asked = self.asked_for(&state, who, at)?;
            self.case_for(&state, who, asked.space)?;
            let empty = Upload::empty(at);
            self.upload_view(&state, state.uploads.get(&at).unwrap_or(&empty))
        };
        if !view.files.is_empty() {
            self.note_access(who, "upload.seen", &at.to_string()).await?;
        }
        Ok(view)
    }

    pub(super) fn upload_view(&self, state: &State, upload: &Upload) -> UploadView {
        let first = upload.first_yes.as_ref();
        UploadView {
            request: upload.request,
            files: upload
                .files
                .iter()
                .map(|file| UploadedFileView {
                    number: file.number,
                    name: file.name.clone(),
                    bytes: file.bytes,
                    sha256: file.sha256.clone(),
                    system: file.system.clone(),
                    query: file.query.clone(),
                    by: file.by,
                    by_name: state.persons.get(&file.by).map(|known| known.name.clone()),
                    at_ms: file.at_ms,
                    lines: file.lines,
                    head: file.head.clone(),
                })
                .collect(),
            commitment: (!upload.files.is_empty()).then(|| upload.commitment.clone()),
            first_yes: upload.first_yes(),
            first_without: first.map(|first| first.without.clone()).unwrap_or_default(),
            first_left_out: first.and_then(|first| first.left_out.clone()),
        }
    }

    /// Drops what was uploaded for requests that no longer wait. Called now and then.
    pub async fn sweep_uploads(&self) -> Result<()> {
        let over = |state: &State| -> Vec<EntryRef> {
            let waits = |at: &EntryRef| {
                let asked = self.asked(state, *at);
                asked.is_ok_and(|asked| self.not_decided(state, asked.space, *at).is_ok())
            };
            state.uploads.keys().filter(|at| !waits(at)).copied().collect()
        };
        if over(&*self.read().await?).is_empty() {
            return Ok(());
        }
        self.act(|state, batch, log| {
            for at in over(state) {
                drop_upload(state, batch, at);
                log.nobody(batch, "upload.dropped", &at.to_string());
            }
            Ok(())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_lines_are_text_that_does_nothing() {
        let check = |bytes: &[u8], lines: Option<u64>, head: &[&str]| {
            assert_eq!(
                looked_into(bytes),
                (
                    lines,
                    head.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>()
                )
            );
        };
        check(b"a\tb\r\nc", Some(2), &["a b", "c"]);
        check(b"\x1b[2Jx", Some(1), &["\u{fffd}[2Jx"]);
        check("a\u{202e}b".as_bytes(), Some(1), &["a\u{fffd}b"]);
        check(b"PK\0\x03", None, &[]);
        check(b"\xff\xfe", None, &[]);
        let long = "x".repeat(LINE_SHOWN_CHARS + 1);
        let cut = format!("{}...", "x".repeat(LINE_SHOWN_CHARS));
        check(long.as_bytes(), Some(1), &[cut.as_str()]);
        let many = "y\n".repeat(UPLOAD_LINES_SHOWN + 1);
        let (lines, head) = looked_into(many.as_bytes());
        assert_eq!(
            (lines, head.len()),
            (Some(UPLOAD_LINES_SHOWN as u64 + 1), UPLOAD_LINES_SHOWN)
        );
    }

    #[test]
    fn words_are_needed_short_and_plain() {
        assert_eq!(words("system", " proxy-3 ").unwrap(), "proxy-3");
        for wrong in [
            "",
            "  ",
            "a\nb",
            "a\u{202e}b",
            "x".repeat(UPLOAD_WORDS_MAX + 1).as_str(),
        ] {
            assert!(words("system", wrong).is_err(), "{wrong:?}");
        }
        assert!(words("system", &"x".repeat(UPLOAD_WORDS_MAX)).is_ok());
    }
}
