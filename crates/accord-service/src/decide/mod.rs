//! Deciding a partner's hunt: yes, part of it, or no; and the evidence package that a yes makes (`package`). Taking a
//! first yes back (`back`).

use std::collections::BTreeMap;

use accord_evidence::content::Hex32;
use accord_evidence::{PACKAGE_FORMAT, PackageContent};
use accord_ledger::commit;
use accord_model::agreement::Approval;
use accord_model::content::{
    Audience, ContentBody, ContentEntry, EvidenceDelivered, Package, RequestAnswered, RequestNarrowed,
    RequestRefused,
};
use accord_model::control::{
    ApprovalGiven, ApprovalNarrowed, ApprovalRefused, ControlEntry, CustodyHanded, Outcome as Said,
};
use accord_model::{EntryRef, Marking, PersonId, Role, SpaceId, Tlp};
use accord_store::Batch;
use serde::{Deserialize, Serialize};

use crate::asks::ANSWERS;
use crate::error::{Result, ServiceError};
use crate::hunts::{Asked, FirstYes, Narrowing, PREVIEWS, Preview, summarise};
use crate::journal::State;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::{Circumstances, Decided, object_name};

mod back;
mod package;

pub(crate) use package::{references, utc_of};

const ORIGINS: &str = "origins";

/// The label of custody commitments.
pub const CUSTODY_LABEL: &str = "accord-custody/v1";

/// Approvals are read by every party of the case; why, is told to the asker alone.
pub(crate) const IN_THE_ANSWER: &str = "told to the asker";

/// An approver's word on a request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Verdict {
    /// Everything the preview shows.
    Approve {
        /// The preview's commitment, as it was shown.
        preview: String,
        /// A word to the asker.
        #[serde(default)]
        reason: Option<String>,
    },
    /// A part of it.
    Narrow {
        /// The preview's commitment, as it was shown.
        preview: String,
        /// What is left out.
        narrowing: Narrowing,
        /// Why.
        reason: String,
    },
    /// Nothing.
    Refuse {
        /// The clause it rests on.
        clause: String,
        /// Why.
        reason: String,
    },
}

/// What a decision came to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// The approval or refusal.
    pub decision: EntryRef,
    /// The exhibit, when lines left. None beside an approval: a second person decides first.
    pub exhibit: Option<EntryRef>,
    /// The gate's decision.
    pub release: Option<Decided>,
    /// Lines that left.
    pub lines: u64,
}

/// Segments with the salts of their origin commitments, hex.
type Origins = BTreeMap<String, String>;

impl Node {
    /// Decides a request to this organisation.
    pub async fn decide(&self, who: &SignedIn, at: EntryRef, verdict: &Verdict) -> Result<Outcome> {
        Act::Approve.ask(who)?;
        let (preview, asked) = {
            let state = self.read().await?;
            let asked = self.asked_for(&state, who, at)?;
            self.case_for(&state, who, asked.space)?;
            (state.previews.get(&at).cloned(), asked)
        };
        match verdict {
            Verdict::Refuse { clause, reason } => self.refuse(who, at, &asked, clause, reason).await,
            Verdict::Approve {
                preview: shown,
                reason,
            } => {
                let preview = self.current(preview, shown)?;
                let narrowing = Narrowing::default();
                self.deliver(
                    who,
                    at,
                    &asked,
                    &preview,
                    &narrowing,
                    reason.as_deref().unwrap_or_default(),
                )
                .await
            }
            Verdict::Narrow {
                preview: shown,
                narrowing,
                reason,
            } => {
                let preview = self.current(preview, shown)?;
                if narrowing.is_empty() {
                    return Err(ServiceError::invalid(
                        "narrowing",
                        "say what is left out, or approve as shown",
                    ));
                }
                self.deliver(who, at, &asked, &preview, narrowing, reason).await
            }
        }
    }

    fn current(&self, preview: Option<Preview>, shown: &str) -> Result<Preview> {
        let preview = preview.ok_or_else(|| ServiceError::Conflict("look at the preview first".into()))?;
        if preview.commitment == shown {
            Ok(preview)
        } else {
            Err(ServiceError::Conflict(
                "the preview has changed since it was shown: look again, then decide".into(),
            ))
        }
    }

    pub(crate) async fn refuse(
        &self,
        who: &SignedIn,
        at: EntryRef,
        asked: &Asked,
        clause: &str,
        reason: &str,
    ) -> Result<Outcome> {
        self.act_once(|state, batch, log| {
            self.not_decided(state, asked.space, at)?;
            let said = ApprovalRefused {
                by: who.person,
                role: Role::Approver,
                request: at,
                preview: None,
                clause: clause.to_owned(),
                reason: IN_THE_ANSWER.to_owned(),
            };
            let decision = self.append(state, batch, asked.space, ControlEntry::from(said))?;
            let words = RequestRefused {
                request: at,
                words: reason.to_owned(),
                clause: clause.to_owned(),
                on_behalf_of: None,
            };
            self.tell(state, batch, who, asked, "refused", words.into())?;
            self.nothing_waits(state, batch, at);
            log.person(batch, who, "request.refused", &at.to_string());
            Ok(Outcome {
                decision,
                exhibit: None,
                release: None,
                lines: 0,
            })
        })
        .await
    }

    /// Refuses another word of this organisation on a request that it has answered.
    pub(crate) fn not_decided(&self, state: &State, space: SpaceId, request: EntryRef) -> Result<()> {
        let own = state
            .ledgers
            .values()
            .filter(|ledger| ledger.own && ledger.space == space);
        let answered = own.flat_map(|ledger| &ledger.bodies).any(|body| match body {
            crate::journal::Body::Content(entry) => match &entry.body {
                ContentBody::RequestAnswered(said) => said.request == request,
                ContentBody::RequestNarrowed(said) => said.request == request,
                ContentBody::RequestRefused(said) => said.request == request,
                ContentBody::SubscriberAnswered(said) => said.request == request,
                _ => false,
            },
            _ => false,
        });
        if answered {
            return Err(ServiceError::Conflict("this request has been decided".into()));
        }
        if state.is_taken_back(request) {
            return Err(ServiceError::Conflict(
                "the asker has taken this request back".into(),
            ));
        }
        Ok(())
    }

    /// The clause that an approval names.
    pub(crate) fn clause_of(&self, state: &State, space: SpaceId, approval: EntryRef) -> String {
        let known = state.spaces.get(&space).and_then(|_| state.entry(approval));
        match known {
            Some((_, _, crate::journal::Body::Control(ControlEntry::ApprovalGiven(said)))) => {
                said.clause.clone()
            }
            Some((_, _, crate::journal::Body::Control(ControlEntry::ApprovalNarrowed(said)))) => {
                said.clause.clone()
            }
            _ => "0".to_owned(),
        }
    }

    /// The colleague whose yes to the same preview, leaving out the same, stands beside this person's.
    fn colleague(
        &self,
        state: &State,
        asked: &Asked,
        at: EntryRef,
        who: &SignedIn,
        narrowing: &Narrowing,
    ) -> Result<Option<PersonId>> {
        let Some(preview) = state.previews.get(&at) else {
            return Ok(None);
        };
        let Some(first) = preview
            .first_yes
            .as_ref()
            .filter(|first| first.narrowing == *narrowing)
        else {
            return Ok(None);
        };
        if first.by == who.person {
            return Err(ServiceError::Conflict(
                "you have said yes already; a second person decides".into(),
            ));
        }
        let stands = self.yes_stands(state, asked.space, at, &preview.commitment, first.by);
        Ok(stands.then_some(first.by))
    }

    /// Tells the asker in words.
    pub(crate) fn tell(
        &self,
        state: &mut State,
        batch: &mut Batch,
        who: &SignedIn,
        asked: &Asked,
        what: &str,
        body: ContentBody,
    ) -> Result<()> {
        let entry = ContentEntry {
            by: who.person,
            role: Role::Approver,
            marking: asked.entry.marking,
            to: Audience::one(asked.asker.clone()),
            title: format!("{}: {what}", asked.made.reference),
            body,
        };
        self.publish(state, batch, asked.space, entry, &Circumstances::default())?;
        Ok(())
    }

    /// The yes as every party of the case reads it: it tells nothing about the data. `part` says of what a part leaves,
    /// where it is not all.
    pub(crate) fn yes(
        &self,
        who: &SignedIn,
        at: EntryRef,
        preview: &str,
        clause: &str,
        part: Option<&str>,
    ) -> ControlEntry {
        match part {
            None => ApprovalGiven {
                by: who.person,
                role: Role::Approver,
                request: at,
                preview: preview.to_owned(),
                clause: clause.to_owned(),
                reason: None,
            }
            .into(),
            Some(part) => ApprovalNarrowed {
                by: who.person,
                role: Role::Approver,
                request: at,
                preview: preview.to_owned(),
                clause: clause.to_owned(),
                reason: IN_THE_ANSWER.to_owned(),
                narrowing: part.to_owned(),
            }
            .into(),
        }
    }

    /// Whether a person's yes to exactly this stands in the ledger.
    pub(crate) fn yes_stands(
        &self,
        state: &State,
        space: SpaceId,
        at: EntryRef,
        commitment: &str,
        by: PersonId,
    ) -> bool {
        let said = state
            .spaces
            .get(&space)
            .and_then(|space| space.control.approval(at));
        match said.map(|said| said.of(&self.config.org, commitment)) {
            Some(Said::Given(people) | Said::Narrowed(people)) => people.contains(&by),
            _ => false,
        }
    }

    async fn deliver(
        &self,
        who: &SignedIn,
        at: EntryRef,
        asked: &Asked,
        preview: &Preview,
        narrowing: &Narrowing,
        reason: &str,
    ) -> Result<Outcome> {
        let left = narrowing.apply(&preview.lines);
        if left.is_empty() {
            return Err(ServiceError::invalid(
                "narrowing",
                "no line is left: refuse instead, and say so",
            ));
        }
        let bytes = tokio::task::block_in_place(|| self.read_lines(&left))?;
        let (sources, origins) = self.evidence_sources(&left, bytes)?;
        let summary = summarise(left.iter().copied());
        let narrowed = narrowing.words();
        self.act_once(|state, batch, log| {
            self.not_decided(state, asked.space, at)?;
            let same = state
                .previews
                .get(&at)
                .is_some_and(|now| now.commitment == preview.commitment);
            if !same {
                return Err(ServiceError::Conflict(
                    "the preview has changed since it was shown: look again".into(),
                ));
            }
            let colleague = self.colleague(state, asked, at, who, narrowing)?;
            let approval = |by: PersonId| Approval {
                role: Role::Approver,
                by,
                of: self.config.org.clone(),
            };
            let people = std::iter::once(who.person).chain(colleague);
            let circumstances = Circumstances {
                approvals: people.map(approval).collect(),
                ..asked.rests_on(at)
            };
            let salt = self.random::<32>();
            // The gate is asked before anything is written, about an entry of exactly this kind.
            let entry = ContentEntry {
                by: who.person,
                role: Role::Approver,
                marking: Marking::tlp(Tlp::Amber),
                to: Audience::one(asked.asker.clone()),
                title: format!("{}: {} lines", asked.made.reference, summary.lines),
                body: EvidenceDelivered {
                    request: at,
                    exhibit: self.exhibit_reference(state, asked.space),
                    package: Package {
                        format: PACKAGE_FORMAT.to_owned(),
                        manifest_sha256: hex::encode([0; 32]),
                        size_bytes: left.iter().map(|line| line.length).sum(),
                        lines: summary.lines,
                        sources: summary.by_source.keys().cloned().collect(),
                        customers: (summary.customer_unknown == 0).then_some(summary.customers),
                        media_type: "application/zip".to_owned(),
                    },
                    acquisition: format!(
                        "hunt in {} segments, {} bytes, by accord {}",
                        preview.segments,
                        preview.scanned_bytes,
                        env!("CARGO_PKG_VERSION")
                    ),
                    custody_salt: hex::encode(salt),
                    on_behalf_of: None,
                }
                .into(),
            };
            let space = state
                .spaces
                .get(&asked.space)
                .ok_or(ServiceError::NotFound("case"))?;
            let decided = self.ask_gate(state, space, &asked.asker, &entry, &circumstances);
            let clause = decided.clause.clone();
            let part = (!narrowed.is_empty()).then_some("a part of what was found");
            let said = self.yes(who, at, &preview.commitment, &clause, part);
            if decided.waits_for_second(&circumstances) {
                let decision = self.append(state, batch, asked.space, said)?;
                let first_yes = FirstYes {
                    by: who.person,
                    narrowing: narrowing.clone(),
                    at: decision,
                };
                let mut waiting = preview.clone();
                waiting.first_yes = Some(first_yes);
                batch.document(PREVIEWS, &at.to_string(), &waiting);
                state.previews.insert(at, waiting);
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
            let words = if narrowed.is_empty() {
                RequestAnswered {
                    request: at,
                    words: format!("{} lines", summary.lines),
                    clause,
                    grading: None,
                    report: None,
                    on_behalf_of: None,
                    kept_until_ms: None,
                }
                .into()
            } else {
                let words = format!(
                    "{} lines: {}. {reason}",
                    summary.lines,
                    narrowing.short_words().join("; ")
                );
                ContentBody::from(RequestNarrowed {
                    request: at,
                    words,
                    clause,
                    kept_until_ms: None,
                })
            };
            let content = PackageContent {
                acquisition: self
                    .acquisition(state, space, who, at, asked, preview, &entry, &decided, &narrowed)?,
                sources,
            };
            let answer = HandOver {
                content,
                entry,
                said,
                words,
                salt,
            };
            let outcome = self.hand_over(state, batch, who, (at, asked), answer, &circumstances)?;
            // With these salts the holder can show later from which logs the lines came.
            if let Some(exhibit) = outcome.exhibit {
                batch.document(ORIGINS, &exhibit.to_string(), &origins);
            }
            log.person(batch, who, "request.answered", &at.to_string());
            Ok(outcome)
        })
        .await
    }

    /// Makes the package of an answer that the gate lets go, and hands it over: approval, exhibit, its release, the
    /// custody note and the word to the asker are one commit. Whatever waited for the request is gone with it.
    pub(crate) fn hand_over(
        &self,
        state: &mut State,
        batch: &mut Batch,
        who: &SignedIn,
        (at, asked): (EntryRef, &Asked),
        answer: HandOver,
        circumstances: &Circumstances,
    ) -> Result<Outcome> {
        let HandOver {
            content,
            mut entry,
            said,
            words,
            salt,
        } = answer;
        // Lines that name a victim known here do not leave: refuse, or narrow the answer to others.
        self.lines_name_no_victim(state, who.person, asked.space, &content.sources)?;
        let lines = content
            .sources
            .iter()
            .map(|source| source.lines.len() as u64)
            .sum();
        let sealed = accord_evidence::seal(&content)
            .map_err(|error| ServiceError::Conflict(format!("no package can be made: {error}")))?;
        if let ContentBody::EvidenceDelivered(said) = &mut entry.body {
            said.package.manifest_sha256 = sealed.manifest_sha256().to_string();
        }
        let decision = self.append(state, batch, asked.space, said)?;
        self.may_write(state, asked.space, &entry)?;
        let exhibit = self.append(state, batch, asked.space, entry)?;
        let release = self.release(state, batch, exhibit, &asked.asker, circumstances)?;
        if !release.is_yes() {
            return Err(release.refusal());
        }
        let handed = CustodyHanded {
            by: who.person,
            role: Role::Approver,
            exhibit,
            to: asked.asker.clone(),
            commitment: hex::encode(commit(CUSTODY_LABEL, &salt, &sealed.manifest_sha256().0).0),
        };
        self.append(state, batch, asked.space, ControlEntry::from(handed))?;
        self.tell(state, batch, who, asked, "answered", words)?;
        let zip = self.finish_package(state, batch, exhibit, &sealed)?;
        batch.object(&object_name(exhibit), zip);
        state.objects.insert(object_name(exhibit));
        self.nothing_waits(state, batch, at);
        Ok(Outcome {
            decision,
            exhibit: Some(exhibit),
            release: Some(release),
            lines,
        })
    }

    /// Drops what waited for a request that is decided: its preview, a colleague's answer, what was uploaded.
    pub(crate) fn nothing_waits(&self, state: &mut State, batch: &mut Batch, at: EntryRef) {
        if state.previews.remove(&at).is_some() {
            batch.remove(PREVIEWS, &at.to_string());
        }
        if state.answers.remove(&at).is_some() {
            batch.remove(ANSWERS, &at.to_string());
        }
        crate::uploads::drop_upload(state, batch, at);
    }
}

/// An answer with a package, ready to be sealed.
pub(crate) struct HandOver {
    /// The lines and their record.
    pub content: PackageContent,
    /// The note that delivers it; the manifest's digest is put in.
    pub entry: ContentEntry,
    /// The yes, as every party reads it.
    pub said: ControlEntry,
    /// The word to the asker.
    pub words: ContentBody,
    /// The salt of the custody commitment.
    pub salt: [u8; 32],
}

/// The manifest digest of a package's entry.
pub(crate) fn manifest_of(said: &EvidenceDelivered) -> Option<Hex32> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(&said.package.manifest_sha256, &mut bytes).ok()?;
    Some(Hex32(bytes))
}
