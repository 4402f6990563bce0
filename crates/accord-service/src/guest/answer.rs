//! What a guest sent becomes an exhibit and notes, on behalf of their organisation, and they get a receipt.

use accord_evidence::{PACKAGE_FORMAT, PackageContent, SourceLines};
use accord_model::content::{
    self, Audience, ContentBody, ContentEntry, EvidenceDelivered, Package, RequestAnswered, RequestRefused,
    SubscriberAnswered,
};
use accord_model::{EntryRef, Marking, Role};

use super::link::{GuestLink, Sent, nothing};
use super::package::{Given, first_ms, source};
use super::receipt::{GuestReceipt, RECEIPT_FORMAT, ReceiptFile};
use super::visit::{GuestKind, GuestSubscribers};
use crate::asks::counted;
use crate::error::{Result, ServiceError};
use crate::journal::{Body, State};
use crate::node::Node;
use crate::release::{GUEST_CLAUSE, object_name};

/// The name under which the words of an answer stand in the package.
const WORDS_FILE: &str = "answer.txt";

impl Node {
    /// Sends what was shown. Sent again, the receipt of the first time is given again.
    pub async fn guest_sends(&self, token: &str, commitment: &str) -> Result<GuestReceipt> {
        let (link, sources) = {
            let state = self.read().await?;
            let link = self.link_of(&state, token)?.clone();
            if let Some(sent) = &link.sent {
                return match sent.commitment == commitment {
                    true => Ok(sent.receipt.clone()),
                    false => Err(ServiceError::Conflict(
                        "something else was sent already: the receipt says what".into(),
                    )),
                };
            }
            check(&link, commitment)?;
            drop(state);
            let sources = self.guest_sources(&link).await?;
            (link, sources)
        };
        self.act(|state, batch, log| {
            // Another of the guest's windows may have sent it, or changed it, or the link may have ended meanwhile.
            let mut link = match self.link_of(state, token)? {
                found if found.sent.is_none() && found.draft == link.draft => found.clone(),
                found if found.sent.is_some() => {
                    return Err(ServiceError::Conflict(
                        "this was answered: the receipt is what stays".into(),
                    ));
                }
                _ => return Err(changed()),
            };
            let exhibit = match link.draft.kind {
                // Who held an address is told in fields: that alone is no exhibit.
                GuestKind::Answer if !sources.is_empty() => {
                    Some(self.guest_exhibit(state, batch, &link, sources)?)
                }
                GuestKind::Answer | GuestKind::Declined | GuestKind::NotUs => None,
            };
            let held = self.guest_subscribers(state, batch, &link)?;
            let word = self.guest_word(state, batch, &link)?;
            let mut notes: Vec<EntryRef> = held.into_iter().chain([word]).collect();
            notes.splice(0..0, exhibit.iter().map(|made| made.at));
            let checkpoint = self.checkpoint(state, batch, word.ledger)?;
            let receipt = GuestReceipt {
                format: RECEIPT_FORMAT.to_owned(),
                received_by: self.config.org.clone(),
                given_by: link.org.clone(),
                reference: reference_of(state, link.request).ok_or_else(nothing)?,
                kind: link.draft.kind,
                words: link.draft.words.clone(),
                subscribers: link.draft.subscribers.as_ref().map(told).unwrap_or_default(),
                files: link
                    .draft
                    .files
                    .iter()
                    .map(|file| ReceiptFile {
                        name: file.name.clone(),
                        bytes: file.bytes,
                        sha256: file.sha256.clone(),
                    })
                    .collect(),
                received_ms: self.now_ms(),
                notes,
                exhibit: exhibit.as_ref().map(|made| made.reference.clone()),
                manifest_sha256: exhibit.as_ref().map(|made| made.manifest.clone()),
                checkpoint: checkpoint.encode(),
                certificate: self.keys.certificate.encode(),
                text: String::new(),
            }
            .sign(&self.keys.evidence)?;
            link.sent = Some(Sent {
                at_ms: self.now_ms(),
                commitment: commitment.to_owned(),
                kind: link.draft.kind,
                receipt: receipt.clone(),
                exhibit: exhibit.map(|made| made.at),
            });
            link.drop_draft(state, batch);
            log.nobody(batch, "guest.sent", &link.id);
            link.keep(state, batch);
            Ok(receipt)
        })
        .await
    }

    /// The words and files of an answer, byte by byte.
    async fn guest_sources(&self, link: &GuestLink) -> Result<Vec<SourceLines>> {
        let mut sources = Vec::new();
        if link.draft.kind != GuestKind::Answer {
            return Ok(sources);
        }
        if !link.draft.words.is_empty() {
            sources.push(source(WORDS_FILE, link.draft.words.as_bytes()));
        }
        for file in &link.draft.files {
            let id = link.object(file.number);
            let bytes = self
                .store
                .object(&id)
                .await?
                .ok_or_else(|| ServiceError::Unexplained(format!("object {id} is not there")))?;
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

    /// The exhibit: its note and its sealed package.
    fn guest_exhibit(
        &self,
        state: &mut State,
        batch: &mut accord_store::Batch,
        link: &GuestLink,
        sources: Vec<SourceLines>,
    ) -> Result<MadeExhibit> {
        let asked = self
            .for_guest(state, link.request)
            .ok_or_else(nothing)?
            .into_inner();
        let (.., body) = state.entry(link.request).ok_or_else(nothing)?;
        let Body::Content(request) = body else {
            return Err(nothing());
        };
        let request = (**request).clone();
        let space = state
            .spaces
            .get(&link.case)
            .ok_or(ServiceError::NotFound("case"))?;
        let reference = self.exhibit_reference(state, link.case);
        let lines = sources.iter().map(|source| source.lines.len() as u64).sum();
        let size_bytes = sources
            .iter()
            .flat_map(|source| &source.lines)
            .map(|line| line.bytes.len() as u64)
            .sum();
        let names: Vec<String> = sources.iter().map(|source| source.name.clone()).collect();
        let content = PackageContent {
            acquisition: self.guest_acquisition(
                state,
                space,
                &Given {
                    link,
                    made: &asked.made,
                    guest: &asked.guest,
                    request: &request,
                    asked_ms: asked.asked_ms,
                    exhibit: &reference,
                    lines,
                    files: sources.len(),
                    from_ms: first_ms(link, self.now_ms()),
                },
            )?,
            sources,
        };
        let sealed = accord_evidence::seal(&content)
            .map_err(|error| ServiceError::Conflict(format!("no package can be made: {error}")))?;
        let manifest = sealed.manifest_sha256().to_string();
        let entry = ContentEntry {
            by: link.guest,
            role: Role::Guest,
            marking: request.marking,
            to: Audience::one(self.config.org.clone()),
            title: format!(
                "{}: {} files on behalf of {}",
                asked.made.reference,
                names.len(),
                link.org
            ),
            body: EvidenceDelivered {
                request: link.request,
                exhibit: reference.clone(),
                package: Package {
                    format: PACKAGE_FORMAT.to_owned(),
                    manifest_sha256: manifest.clone(),
                    size_bytes,
                    lines,
                    sources: names,
                    customers: None,
                    media_type: "application/zip".to_owned(),
                },
                acquisition: format!(
                    "uploaded through a link by {} ({}); exactly what was uploaded, by accord {}",
                    asked.guest.organisation,
                    link.org,
                    env!("CARGO_PKG_VERSION")
                ),
                custody_salt: hex::encode(self.random::<32>()),
                on_behalf_of: Some(link.org.clone()),
            }
            .into(),
        };
        let at = self.guest_note(state, batch, link, entry)?;
        let zip = self.finish_package(state, batch, at, &sealed)?;
        batch.object(&object_name(at), zip);
        state.objects.insert(object_name(at));
        Ok(MadeExhibit {
            at,
            reference,
            manifest,
        })
    }

    /// Who held what was asked about: for who may see subscribers.
    fn guest_subscribers(
        &self,
        state: &mut State,
        batch: &mut accord_store::Batch,
        link: &GuestLink,
    ) -> Result<Option<EntryRef>> {
        let Some(held) = link.draft.subscribers.as_ref() else {
            return Ok(None);
        };
        let reference = reference_of(state, link.request).ok_or_else(nothing)?;
        let (.., body) = state.entry(link.request).ok_or_else(nothing)?;
        let Body::Content(request) = body else {
            return Err(nothing());
        };
        let body = SubscriberAnswered {
            request: link.request,
            answers: held.answers.clone(),
            clause: GUEST_CLAUSE.to_owned(),
            acquisition: held.acquisition.clone(),
            on_behalf_of: Some(link.org.clone()),
        };
        let entry = self.guest_held(link, reference, request.marking, body.into());
        self.guest_note(state, batch, link, entry).map(Some)
    }

    /// A note in a guest's name about who held what.
    pub(super) fn guest_held(
        &self,
        link: &GuestLink,
        reference: String,
        marking: Marking,
        body: ContentBody,
    ) -> ContentEntry {
        ContentEntry {
            by: link.guest,
            role: Role::Guest,
            marking,
            to: Audience::one(self.config.org.clone()),
            title: format!("{reference}: who held it, on behalf of {}", link.org),
            body,
        }
    }

    /// The word on the request.
    fn guest_word(
        &self,
        state: &mut State,
        batch: &mut accord_store::Batch,
        link: &GuestLink,
    ) -> Result<EntryRef> {
        let (.., body) = state.entry(link.request).ok_or_else(nothing)?;
        let Body::Content(request) = body else {
            return Err(nothing());
        };
        let reference = reference_of(state, link.request).ok_or_else(nothing)?;
        let held = link.draft.subscribers.as_ref().map(|held| counted(&held.answers));
        let words = match (link.draft.kind, link.draft.words.as_str()) {
            (GuestKind::Answer, words) if held.is_some() => {
                let files = match link.draft.files.len() {
                    0 => None,
                    files => Some(format!("{files} files")),
                };
                let words = Some(words.to_owned()).filter(|words| !words.is_empty());
                held.into_iter()
                    .chain(files)
                    .chain(words)
                    .collect::<Vec<_>>()
                    .join(". ")
            }
            (GuestKind::Answer, "") => format!("{} files", link.draft.files.len()),
            (GuestKind::Answer, words) if link.draft.files.is_empty() => words.to_owned(),
            (GuestKind::Answer, words) => format!("{} files. {words}", link.draft.files.len()),
            (GuestKind::Declined, words) => format!("Declined: {words}"),
            (GuestKind::NotUs, words) => format!("Not us: {words}"),
        };
        let body: ContentBody = match link.draft.kind {
            GuestKind::Answer => RequestAnswered {
                request: link.request,
                words,
                clause: GUEST_CLAUSE.to_owned(),
                grading: None,
                report: None,
                on_behalf_of: Some(link.org.clone()),
                kept_until_ms: None,
            }
            .into(),
            GuestKind::Declined | GuestKind::NotUs => RequestRefused {
                request: link.request,
                words,
                clause: GUEST_CLAUSE.to_owned(),
                on_behalf_of: Some(link.org.clone()),
            }
            .into(),
        };
        let entry = ContentEntry {
            by: link.guest,
            role: Role::Guest,
            marking: request.marking,
            to: Audience::one(self.config.org.clone()),
            title: format!(
                "{reference}: {} on behalf of {}",
                link.draft.kind.words(),
                link.org
            ),
            body,
        };
        self.guest_note(state, batch, link, entry)
    }

    /// Writes a note in a guest's name: for this organisation alone, and released to nobody.
    fn guest_note(
        &self,
        state: &mut State,
        batch: &mut accord_store::Batch,
        link: &GuestLink,
        entry: ContentEntry,
    ) -> Result<EntryRef> {
        content::may_write(entry.kind(), entry.role, self.config.kind)
            .map_err(|why| ServiceError::denied(why.to_string()))?;
        self.append(state, batch, link.case, entry)
    }
}

struct MadeExhibit {
    at: EntryRef,
    reference: String,
    manifest: String,
}

fn reference_of(state: &State, request: EntryRef) -> Option<String> {
    match state.entry(request)? {
        (_, _, Body::Content(entry)) => match &entry.body {
            ContentBody::RequestMade(made) => Some(made.reference.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Who held what, line by line, for the receipt.
fn told(held: &GuestSubscribers) -> Vec<String> {
    let mut lines: Vec<String> = held
        .answers
        .iter()
        .map(|one| {
            let port = one
                .connection
                .port
                .map_or_else(String::new, |port| format!(" port {port}"));
            let account = one
                .subscriber
                .as_ref()
                .map_or_else(String::new, |known| format!(", account {}", known.account));
            format!("{}{port}: {}{account}", one.connection.address, one.found)
        })
        .collect();
    lines.push(format!("source: {}", held.acquisition.replace(['\n', '\t'], " ")));
    lines
}

fn changed() -> ServiceError {
    ServiceError::Conflict("what you are sending has changed since it was shown: look again".into())
}

fn check(link: &GuestLink, commitment: &str) -> Result<()> {
    if link.draft.commitment() != commitment {
        return Err(changed());
    }
    let empty =
        link.draft.words.is_empty() && link.draft.files.is_empty() && link.draft.subscribers.is_none();
    if empty {
        return Err(ServiceError::invalid("words", "write an answer, or add a file"));
    }
    Ok(())
}
