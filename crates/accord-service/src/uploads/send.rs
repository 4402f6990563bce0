//! What was uploaded leaves: the yes, or two of them, and the package.

use std::collections::{BTreeMap, BTreeSet};

use accord_evidence::acquisition::{Completeness, ExportedFile, Method, Place, When};
use accord_evidence::content::original_path;
use accord_evidence::{Acquisition, PackageContent, SourceLines, Stated};
use accord_model::agreement::Approval;
use accord_model::content::{ContentBody, ContentEntry, RequestAnswered, RequestNarrowed};
use accord_model::{EntryRef, PersonId, Role};

use super::draft::{Delivery, delivered};
use super::{FirstYes, SendUpload, Upload, UploadedFile};
use crate::decide::{HandOver, Outcome, utc_of};
use crate::error::{Result, ServiceError};
use crate::guest::source;
use crate::hunts::Asked;
use crate::journal::{Space, State};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::{Circumstances, Decided};

fn changed() -> ServiceError {
    ServiceError::Conflict("the files have changed since they were shown: look again, then decide".into())
}

/// A text that may be left out: blank is nothing.
fn said(text: Option<&String>) -> Option<String> {
    text.map(|text| text.trim().replace("\r\n", "\n"))
        .filter(|text| !text.is_empty())
}

fn files_words(files: usize) -> String {
    match files {
        1 => "1 file".to_owned(),
        many => format!("{many} files"),
    }
}

/// What of an upload leaves.
struct Chosen {
    upload: Upload,
    files: Vec<UploadedFile>,
    left_out: Option<String>,
}

impl Chosen {
    fn of(upload: Option<&Upload>, send: &SendUpload) -> Result<Self> {
        let upload = upload
            .filter(|upload| !upload.files.is_empty())
            .ok_or_else(|| ServiceError::Conflict("upload a file first, and look at it".into()))?;
        if upload.commitment != send.shown {
            return Err(changed());
        }
        if let Some(number) = send
            .without
            .iter()
            .find(|number| upload.digest_of(**number).is_none())
        {
            return Err(ServiceError::invalid(
                "without",
                format!("there is no file {number}"),
            ));
        }
        let left_out = said(send.left_out.as_ref());
        if !send.without.is_empty() && left_out.is_none() {
            return Err(ServiceError::invalid(
                "left_out",
                "say what is left out, and why: the asker reads it",
            ));
        }
        let files = upload
            .files
            .iter()
            .filter(|file| !send.without.contains(&file.number));
        let files: Vec<UploadedFile> = files.cloned().collect();
        if files.is_empty() {
            return Err(ServiceError::invalid(
                "without",
                "no file is left: refuse instead, and say so",
            ));
        }
        Ok(Self {
            files,
            left_out,
            upload: upload.clone(),
        })
    }
}

impl Node {
    /// Lets what was uploaded leave, as an approver of the asked side; where the clause wants two people, the second
    /// one says yes to the same files. It goes out as a hunt's lines do.
    pub async fn send_upload(&self, who: &SignedIn, at: EntryRef, send: &SendUpload) -> Result<Outcome> {
        Act::Approve.ask(who)?;
        let chosen = {
            let state = self.read().await?;
            self.takes_upload(&state, who, at)?;
            Chosen::of(state.uploads.get(&at), send)?
        };
        let sources = self.uploaded_sources(&chosen).await?;
        self.act_once(|state, batch, log| {
            let asked = self.takes_upload(state, who, at)?;
            // Somebody may have changed it meanwhile.
            let Chosen {
                upload,
                files,
                left_out,
            } = Chosen::of(state.uploads.get(&at), send)?;
            let colleague =
                self.colleague_of(state, &asked, who, &upload, &send.without, left_out.as_ref())?;
            let circumstances = Circumstances {
                approvals: std::iter::once(who.person)
                    .chain(colleague)
                    .map(|by| Approval {
                        role: Role::Approver,
                        by,
                        of: self.config.org.clone(),
                    })
                    .collect(),
                ..asked.rests_on(at)
            };
            let lines = sources.iter().map(|source| source.lines.len() as u64).sum();
            let salt = self.random();
            let entry = delivered(
                who,
                at,
                &asked,
                Delivery {
                    exhibit: self.exhibit_reference(state, asked.space),
                    title: format!(
                        "{}: {} exported by {}",
                        asked.made.reference,
                        files_words(files.len()),
                        self.config.org
                    ),
                    acquisition: in_words(&files),
                    sources: files.iter().map(|file| file.name.clone()).collect(),
                    size_bytes: files.iter().map(|file| file.bytes).sum(),
                    lines,
                    salt,
                },
            );
            let space = state
                .spaces
                .get(&asked.space)
                .ok_or(ServiceError::NotFound("case"))?;
            let decided = self.ask_gate(state, space, &asked.asker, &entry, &circumstances);
            let part = left_out.as_ref().map(|_| "a part of what was asked");
            let yes = self.yes(who, at, &upload.commitment, &decided.clause, part);
            if decided.waits_for_second(&circumstances) {
                let decision = self.append(state, batch, asked.space, yes)?;
                let mut waiting = upload;
                waiting.first_yes = Some(FirstYes {
                    by: who.person,
                    without: send.without.clone(),
                    left_out,
                    at: decision,
                });
                waiting.keep(state, batch);
                log.person(batch, who, "request.first-yes", &at.to_string());
                return Ok(Outcome {
                    decision,
                    exhibit: None,
                    release: Some(decided),
                    lines: 0,
                });
            }
            if !decided.is_yes() {
                return Err(decided.refusal());
            }
            // What the files were called and said to be stands in the record, and leaves with them.
            for text in files
                .iter()
                .flat_map(|file| [&file.name, &file.system, &file.query])
            {
                self.words_name_no_victim(state, who.person, asked.space, text)?;
            }
            let acquisition = self.export_record(
                (state, space),
                who,
                (at, &asked),
                (&upload, &files, left_out.as_ref()),
                &entry,
                &decided,
            )?;
            let answer = HandOver {
                content: PackageContent { acquisition, sources },
                words: word(
                    at,
                    &files,
                    left_out.as_ref(),
                    said(send.words.as_ref()),
                    &decided.clause,
                ),
                entry,
                said: yes,
                salt,
            };
            let outcome = self.hand_over(state, batch, who, (at, &asked), answer, &circumstances)?;
            log.person(batch, who, "request.answered", &at.to_string());
            Ok(outcome)
        })
        .await
    }

    /// The colleague whose yes to the same files stands beside this person's.
    fn colleague_of(
        &self,
        state: &State,
        asked: &Asked,
        who: &SignedIn,
        upload: &Upload,
        without: &BTreeSet<u32>,
        left_out: Option<&String>,
    ) -> Result<Option<PersonId>> {
        // A yes to another answer is given or taken back before this one counts.
        let others = state.first_yeses(upload.request);
        let other = others
            .iter()
            .any(|by| *by != who.person && upload.first_yes() != Some(*by));
        let Some(first) = upload.first_yes.as_ref() else {
            return match other {
                true => Err(another()),
                false => Ok(None),
            };
        };
        if first.by == who.person {
            return Err(ServiceError::Conflict(
                "you have said yes already; a second person decides".into(),
            ));
        }
        if other || first.without != *without || first.left_out.as_ref() != left_out {
            return Err(another());
        }
        let stands = self.yes_stands(state, asked.space, upload.request, &upload.commitment, first.by);
        Ok(stands.then_some(first.by))
    }

    /// The files, byte by byte as they were uploaded.
    async fn uploaded_sources(&self, chosen: &Chosen) -> Result<Vec<SourceLines>> {
        let mut sources = Vec::new();
        for file in &chosen.files {
            let id = chosen.upload.object(file.number);
            // One that is gone was taken away a moment ago.
            let bytes = self.store.object(&id).await?.ok_or_else(changed)?;
            let made = tokio::task::block_in_place(|| source(&file.name, &bytes));
            if !matches!(made.origin, accord_evidence::Origin::Sha256(digest) if digest.to_string() == file.sha256)
            {
                return Err(ServiceError::Unexplained(format!(
                    "object {id} is not what was uploaded"
                )));
            }
            sources.push(made);
        }
        Ok(sources)
    }

    /// The record: an export that a named person uploaded, and nothing that was found here.
    fn export_record(
        &self,
        (state, space): (&State, &Space),
        who: &SignedIn,
        (at, asked): (EntryRef, &Asked),
        (upload, files, left_out): (&Upload, &[UploadedFile], Option<&String>),
        entry: &ContentEntry,
        decided: &Decided,
    ) -> Result<Acquisition> {
        let base = self.record_of(state, space, who, at, asked, entry, decided)?;
        let name = |person: PersonId| match state.persons.get(&person) {
            Some(known) => Stated::Value(known.name.clone()),
            None => Stated::not("held by the organisation"),
        };
        let exported = files
            .iter()
            .enumerate()
            .map(|(index, file)| {
                Ok(ExportedFile {
                    path: original_path(index),
                    name: file.name.clone(),
                    sha256: file.sha256.clone(),
                    uploaded_by: self.actor(file.by, name(file.by)),
                    uploaded: utc_of(file.at_ms)?,
                    system: file.system.clone(),
                    query: file.query.clone(),
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let first = files.iter().min_by_key(|file| (file.at_ms, file.number));
        let now = self.now_ms();
        let started = first.map_or(now, |file| file.at_ms).min(now);
        let systems: BTreeSet<&str> = files.iter().map(|file| file.system.as_str()).collect();
        let mut settings = BTreeMap::from([(
            "taken from".to_owned(),
            "an upload by a person of the holder: exactly what was uploaded, nothing was searched, selected or \
             changed here"
                .to_owned(),
        )]);
        for file in &exported {
            settings.insert(format!("system of {}", file.path), file.system.clone());
            settings.insert(format!("query of {}", file.path), file.query.clone());
        }
        // What stays is no line of the answer: how much of a file that is kept back would tell is the holder's.
        let mut not_collected = vec![format!(
            "what else these systems hold: how the export was made, and what it left, only {} can say",
            self.config.org
        )];
        let kept_back = upload.files.len() - files.len();
        if kept_back > 0 {
            not_collected.push(format!("{} uploaded and kept back", files_words(kept_back)));
        }
        Ok(Acquisition {
            acquired_by: first.map_or_else(
                || base.acquired_by.clone(),
                |file| self.actor(file.by, name(file.by)),
            ),
            when: When {
                started: utc_of(started)?,
                source_zone: Stated::not("not stated by whoever uploaded it"),
                source_clock_offset_ms: Stated::not("not stated by whoever uploaded it"),
                source_time_reference: Stated::not("not stated by whoever uploaded it"),
                ..base.when
            },
            place: Place {
                system: systems.into_iter().collect::<Vec<_>>().join("; "),
                ..base.place
            },
            how: Method {
                settings,
                question: serde_json::to_string(&asked.made).unwrap_or_default(),
                ..base.how
            },
            exported,
            completeness: Completeness {
                narrowed: left_out.into_iter().cloned().collect(),
                not_collected,
                ..base.completeness
            },
            integrity_at_rest: Stated::not(
                "before the upload it was kept in the holder's own systems; digests were taken when it arrived",
            ),
            ..base
        })
    }
}

fn another() -> ServiceError {
    ServiceError::Conflict("a colleague has said yes to another answer: agree to that one, or refuse".into())
}

/// How it was acquired, as the note says it.
fn in_words(files: &[UploadedFile]) -> String {
    let mut systems: Vec<&str> = files.iter().map(|file| file.system.as_str()).collect();
    systems.sort_unstable();
    systems.dedup();
    format!(
        "an export that was uploaded, not found by search; exactly what was uploaded, by accord {}; from, in their \
         words: {}",
        env!("CARGO_PKG_VERSION"),
        systems.join("; ")
    )
}

/// The word to the asker.
fn word(
    request: EntryRef,
    files: &[UploadedFile],
    left_out: Option<&String>,
    words: Option<String>,
    clause: &str,
) -> ContentBody {
    let mut said = format!(
        "{} exported from our own systems, not found by search.",
        files_words(files.len())
    );
    if let Some(left_out) = left_out {
        said.push_str(&format!(" Left out: {left_out}"));
    }
    if let Some(words) = words {
        said.push(' ');
        said.push_str(&words);
    }
    match left_out {
        Some(_) => RequestNarrowed {
            request,
            words: said,
            clause: clause.to_owned(),
            kept_until_ms: None,
        }
        .into(),
        None => RequestAnswered {
            request,
            words: said,
            clause: clause.to_owned(),
            grading: None,
            report: None,
            on_behalf_of: None,
            kept_until_ms: None,
        }
        .into(),
    }
}
