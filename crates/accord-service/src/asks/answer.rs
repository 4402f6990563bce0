//! The holder's side: an answer, less than was asked, or a refusal; and the word of the pool of experts.
//!
//! A yes is bound to the very answer: the approval names a commitment to it, and where the clause wants two people
//! the second one says yes to the same bytes. What was asked about and is not answered is said to be left out.

use std::collections::BTreeSet;

use accord_ledger::commit;
use accord_logstore::HoldSpan;
use accord_model::agreement::Approval;
use accord_model::content::{
    Audience, Connection, ContentBody, ContentEntry, FeedbackGiven, Grading, RequestAnswered,
    RequestNarrowed, RequestWhat, SubscriberAnswer, SubscriberAnswered, SubscriberFound,
};
use accord_model::control::{ApprovalGiven, ApprovalNarrowed, ControlEntry};
use accord_model::{EntryKind, EntryRef, PersonId, Role};
use serde::{Deserialize, Serialize};

use crate::decide::IN_THE_ANSWER;
use crate::error::{Result, ServiceError};
use crate::hunts::{Asked, Preview};
use crate::journal::{Body, State};
use crate::log_keeping::KeptLogs;
use crate::node::Node;
use crate::notes::Published;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::{Circumstances, Decided};

pub(crate) const ANSWERS: &str = "answers";
const COMMITMENT_LABEL: &str = "accord-answer/v1";

/// An approver's answer to a request that is no hunt, or to a hunt that found nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case", deny_unknown_fields)]
pub enum RequestAnswer {
    /// Information, or what the experts found.
    Words {
        /// The answer.
        words: String,
        /// How good it is.
        #[serde(default)]
        grading: Option<Grading>,
        /// The report that answers it, which the asker can read.
        #[serde(default)]
        report: Option<EntryRef>,
        /// What is left out, and why.
        #[serde(default)]
        left_out: Option<String>,
    },
    /// Who held what.
    Subscribers {
        /// One for each connection that was asked about.
        answers: Vec<SubscriberAnswer>,
        /// Where it comes from: system, clock and its error, method.
        acquisition: String,
        /// What is left out, and why.
        #[serde(default)]
        left_out: Option<String>,
    },
    /// It is kept.
    Kept {
        /// Until when, ms UTC; not before what was asked, unless something is left out.
        until_ms: u64,
        /// What exactly.
        words: String,
        /// Sources of this node's logs that are held for it, for the time that was asked about; none: what is kept lies
        /// elsewhere.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        hold: Vec<String>,
        /// What is left out, and why.
        #[serde(default)]
        left_out: Option<String>,
    },
    /// It was taken down, or was not.
    Takedown {
        /// Whether it was.
        done: bool,
        /// What exactly, and when.
        words: String,
        /// What is left out, and why.
        #[serde(default)]
        left_out: Option<String>,
    },
    /// To a hunt: it was looked, and no line matches.
    NothingFound {
        /// The commitment of the preview that found nothing, as it was shown.
        preview: String,
        /// A word to the asker; may be empty.
        #[serde(default)]
        words: String,
    },
    /// Nothing.
    Refuse {
        /// The clause it rests on.
        clause: String,
        /// Why.
        reason: String,
    },
}

/// What an answer came to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AnswerOutcome {
    /// The approval or refusal.
    pub decision: EntryRef,
    /// The answer. None beside an approval: a second person decides first.
    pub answer: Option<EntryRef>,
    /// The gate's decision.
    pub release: Option<Decided>,
}

/// An answer that waits for a second person's yes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PendingAnswer {
    pub request: EntryRef,
    pub by: PersonId,
    pub answer: RequestAnswer,
    pub commitment: String,
}

/// What the pool of experts says of a question.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolWord {
    /// Whether it takes the question.
    pub accepted: bool,
    /// By when, or why not.
    pub words: String,
}

/// What an answer says, taken apart.
struct Parts<'a> {
    words: String,
    left_out: Option<&'a String>,
    kept_until_ms: Option<u64>,
}

/// Whether each answer is about a connection that was asked about, and none about one twice; and none is missing, unless
/// it is said what is left out.
pub(crate) fn are_asked(
    asked: &[&Connection],
    answers: &[SubscriberAnswer],
    says_what_is_left_out: bool,
) -> Result<()> {
    let mut seen: Vec<&Connection> = Vec::new();
    for one in answers {
        let known = asked.contains(&&one.connection) && !seen.contains(&&one.connection);
        if !known {
            let words = format!("{} was not asked about, or twice", one.connection.address);
            return Err(ServiceError::invalid("answers", words));
        }
        seen.push(&one.connection);
    }
    if seen.len() < asked.len() && !says_what_is_left_out {
        let words = "a connection has no answer: say no-record, or what is left out and why";
        return Err(ServiceError::invalid("answers", words));
    }
    Ok(())
}

/// Answers about subscribers in one line, which names nobody.
pub(crate) fn counted(answers: &[SubscriberAnswer]) -> String {
    let of = |found| answers.iter().filter(|one| one.found == found).count();
    format!(
        "{} connections: one subscriber {}, several {}, nobody {}, no record {}",
        answers.len(),
        of(SubscriberFound::One),
        of(SubscriberFound::Several),
        of(SubscriberFound::Nobody),
        of(SubscriberFound::NoRecord)
    )
}

impl RequestAnswer {
    /// Whether it answers what was asked, wholly or with what is left out said.
    fn parts(&self, asked: &Asked, preview: Option<&Preview>) -> Result<Parts<'_>> {
        let made = &asked.made;
        let other = || {
            ServiceError::invalid(
                "answer",
                format!("a request for {} is answered in another way", made.what),
            )
        };
        match (self, made.what) {
            (
                Self::Words {
                    words,
                    grading,
                    report,
                    left_out,
                },
                RequestWhat::Information | RequestWhat::Expertise,
            ) => {
                if made.what == RequestWhat::Expertise && report.is_none() {
                    return Err(ServiceError::invalid(
                        "report",
                        "experts answer with a report: name it",
                    ));
                }
                // The grading of a narrowed answer stands in its report.
                if left_out.is_some() && grading.is_some() {
                    return Err(ServiceError::invalid(
                        "grading",
                        "a part of an answer is graded in its report",
                    ));
                }
                Ok(Parts {
                    words: words.clone(),
                    left_out: left_out.as_ref(),
                    kept_until_ms: None,
                })
            }
            (
                Self::Subscribers {
                    answers, left_out, ..
                },
                RequestWhat::SubscriberData,
            ) => {
                let asked: Vec<&Connection> = made
                    .subscriber
                    .iter()
                    .flat_map(|question| &question.connections)
                    .collect();
                are_asked(&asked, answers, left_out.is_some())?;
                Ok(Parts {
                    words: counted(answers),
                    left_out: left_out.as_ref(),
                    kept_until_ms: None,
                })
            }
            (
                Self::Kept {
                    until_ms,
                    words,
                    hold,
                    left_out,
                },
                RequestWhat::Preservation,
            ) => {
                let wanted = made.preservation.as_ref().map_or(0, |asked| asked.keep_until_ms);
                if *until_ms < wanted && left_out.is_none() {
                    let words = "shorter than was asked for: say so in what is left out";
                    return Err(ServiceError::invalid("until_ms", words));
                }
                let until = i64::try_from(*until_ms).unwrap_or(i64::MAX);
                let until = accord_evidence::Utc::from_ms(until)
                    .map_err(|error| ServiceError::invalid("until_ms", error))?;
                let held = match hold.as_slice() {
                    [] => String::new(),
                    sources => format!(" Held in the logs of the node: {}.", sources.join(", ")),
                };
                Ok(Parts {
                    words: format!("Kept until {until}.{held} {words}"),
                    left_out: left_out.as_ref(),
                    kept_until_ms: Some(*until_ms),
                })
            }
            (
                Self::Takedown {
                    done,
                    words,
                    left_out,
                },
                RequestWhat::Takedown,
            ) => Ok(Parts {
                words: format!("{}. {words}", if *done { "Done" } else { "Not done" }),
                left_out: left_out.as_ref(),
                kept_until_ms: None,
            }),
            (
                Self::NothingFound {
                    words,
                    preview: shown,
                },
                RequestWhat::Hunt,
            ) => Ok(Parts {
                words: nothing_found(preview, shown, words)?,
                left_out: None,
                kept_until_ms: None,
            }),
            _ => Err(other()),
        }
    }

    /// The note that carries it. The clause is not known before the gate is asked.
    fn body(&self, at: EntryRef, parts: &Parts<'_>, clause: &str) -> ContentBody {
        match (self, parts.left_out) {
            (
                Self::Subscribers {
                    answers, acquisition, ..
                },
                _,
            ) => SubscriberAnswered {
                request: at,
                answers: answers.clone(),
                clause: clause.to_owned(),
                acquisition: acquisition.clone(),
                on_behalf_of: None,
            }
            .into(),
            (_, Some(_)) => words_of(at, parts, clause, None, None),
            (Self::Words { grading, report, .. }, None) => {
                words_of(at, parts, clause, grading.clone(), *report)
            }
            _ => words_of(at, parts, clause, None, None),
        }
    }
}

/// What is said of a hunt without a line: what was searched, what stands in the way of completeness, and nothing of
/// what lies beside the question.
fn nothing_found(preview: Option<&Preview>, shown: &str, words: &str) -> Result<String> {
    let preview = preview.ok_or_else(|| ServiceError::Conflict("look at the preview first".into()))?;
    if preview.commitment != shown {
        return Err(ServiceError::Conflict(
            "the preview has changed since it was shown: look again, then decide".into(),
        ));
    }
    if !preview.lines.is_empty() {
        return Err(ServiceError::invalid(
            "answer",
            "lines were found: approve them, a part of them, or refuse",
        ));
    }
    if preview.segments == 0 {
        return Err(ServiceError::Conflict(
            "nothing was searched: bring in logs of that time and look again, or refuse and say that there are none"
                .into(),
        ));
    }
    let pieces = match preview.segments {
        1 => "1 piece of the logs".to_owned(),
        many => format!("{many} pieces of the logs"),
    };
    let mut said = format!(
        "No line matches: {pieces}, {} bytes, searched.",
        preview.scanned_bytes
    );
    for gap in &preview.gaps {
        said.push_str(&format!(" Not complete: {gap}."));
    }
    let words = words.trim();
    if !words.is_empty() {
        said.push(' ');
        said.push_str(words);
    }
    Ok(said)
}

fn words_of(
    request: EntryRef,
    parts: &Parts<'_>,
    clause: &str,
    grading: Option<Grading>,
    report: Option<EntryRef>,
) -> ContentBody {
    match parts.left_out {
        Some(left_out) => RequestNarrowed {
            request,
            words: format!("{} Left out: {left_out}", parts.words),
            clause: clause.to_owned(),
            kept_until_ms: parts.kept_until_ms,
        }
        .into(),
        None => RequestAnswered {
            request,
            words: parts.words.clone(),
            clause: clause.to_owned(),
            grading,
            report,
            on_behalf_of: None,
            kept_until_ms: parts.kept_until_ms,
        }
        .into(),
    }
}

impl State {
    /// Whether the asker of a request has taken it back.
    pub fn is_taken_back(&self, request: EntryRef) -> bool {
        let Some((asker, ..)) = self.entry(request) else {
            return false;
        };
        let Some(space) = self.spaces.get(&asker.space) else {
            return false;
        };
        space
            .of_kinds(|kind| kind == EntryKind::RequestWithdrawn)
            .into_iter()
            .filter(|at| crate::views::set_aside(self, space, *at).is_none())
            .filter_map(|at| self.entry(at))
            .any(|(ledger, _, body)| match body {
                Body::Content(entry) if ledger.org == asker.org => match &entry.body {
                    ContentBody::RequestWithdrawn(said) => said.request == request,
                    _ => false,
                },
                _ => false,
            })
    }
}

impl Node {
    /// Answers a request to this organisation that is no hunt.
    pub async fn answer_request(
        &self,
        who: &SignedIn,
        at: EntryRef,
        answer: &RequestAnswer,
    ) -> Result<AnswerOutcome> {
        Act::Approve.ask(who)?;
        let (asked, preview) = {
            let state = self.read().await?;
            let asked = self.asked_for(&state, who, at)?;
            self.case_for(&state, who, asked.space)?;
            (asked, state.previews.get(&at).cloned())
        };
        let of_a_hunt = matches!(
            answer,
            RequestAnswer::NothingFound { .. } | RequestAnswer::Refuse { .. }
        );
        if asked.made.what == RequestWhat::Hunt && !of_a_hunt {
            return Err(ServiceError::invalid(
                "answer",
                "a hunt is decided on its preview",
            ));
        }
        if let RequestAnswer::Refuse { clause, reason } = answer {
            let refused = self.refuse(who, at, &asked, clause, reason).await?;
            return Ok(AnswerOutcome {
                decision: refused.decision,
                answer: None,
                release: None,
            });
        }
        let parts = answer.parts(&asked, preview.as_ref())?;
        let kept = match (answer, &asked.made.preservation) {
            (RequestAnswer::Kept { hold, .. }, Some(about)) if !hold.is_empty() => {
                for source in hold {
                    self.logs
                        .source(source)
                        .map_err(|error| ServiceError::invalid("hold", error))?;
                }
                let ms = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
                Some(KeptLogs {
                    sources: hold,
                    span: HoldSpan {
                        from_ms: ms(about.from_ms),
                        to_ms: ms(about.to_ms).max(ms(about.from_ms).saturating_add(1)),
                    },
                    reference: &asked.made.reference,
                })
            }
            _ => None,
        };
        self.act_once(|state, batch, log| {
            self.not_decided(state, asked.space, at)?;
            if let RequestAnswer::NothingFound {
                preview: shown,
                words,
            } = answer
            {
                // It may have been made anew meanwhile.
                nothing_found(state.previews.get(&at), shown, words)?;
            }
            if let RequestAnswer::Words {
                grading,
                report: Some(report),
                ..
            } = answer
            {
                self.report_answers(state, &asked, *report, grading.as_ref())?;
            }
            // A yes to a preview that was made anew is no yes to this one.
            let pending = state
                .answers
                .get(&at)
                .filter(|first| match (&first.answer, answer) {
                    (
                        RequestAnswer::NothingFound { preview: then, .. },
                        RequestAnswer::NothingFound { preview: now, .. },
                    ) => then == now,
                    _ => true,
                });
            let pending = pending.cloned();
            let (commitment, colleague) = match &pending {
                Some(first) if first.by == who.person => {
                    return Err(ServiceError::Conflict(
                        "you have said yes already; a second person decides".into(),
                    ));
                }
                Some(first) if first.answer == *answer => (first.commitment.clone(), Some(first.by)),
                Some(_) => {
                    return Err(ServiceError::Conflict(
                        "a colleague has said yes to another answer: agree to that one, or refuse".into(),
                    ));
                }
                None => {
                    let bytes = serde_json::to_vec(answer).unwrap_or_default();
                    let salt = self.random::<32>();
                    (hex::encode(commit(COMMITMENT_LABEL, &salt, &bytes).0), None)
                }
            };
            let approvals: BTreeSet<Approval> = std::iter::once(who.person)
                .chain(colleague)
                .map(|by| Approval {
                    role: Role::Approver,
                    by,
                    of: self.config.org.clone(),
                })
                .collect();
            let circumstances = Circumstances {
                approvals,
                ..asked.rests_on(at)
            };
            let mut entry = ContentEntry {
                by: who.person,
                role: Role::Approver,
                marking: asked.entry.marking,
                to: Audience::one(asked.asker.clone()),
                title: format!("{}: answered", asked.made.reference),
                body: answer.body(at, &parts, "0"),
            };
            let space = state
                .spaces
                .get(&asked.space)
                .ok_or(ServiceError::NotFound("case"))?;
            let decided = self.ask_gate(state, space, &asked.asker, &entry, &circumstances);
            let said: ControlEntry = match parts.left_out {
                None => ApprovalGiven {
                    by: who.person,
                    role: Role::Approver,
                    request: at,
                    preview: commitment.clone(),
                    clause: decided.clause.clone(),
                    reason: None,
                }
                .into(),
                Some(_) => ApprovalNarrowed {
                    by: who.person,
                    role: Role::Approver,
                    request: at,
                    preview: commitment.clone(),
                    clause: decided.clause.clone(),
                    reason: IN_THE_ANSWER.to_owned(),
                    narrowing: "a part of what was asked".to_owned(),
                }
                .into(),
            };
            // Before anybody is told that it is kept, and while a second person thinks about it.
            if let Some(kept) = kept
                .as_ref()
                .filter(|_| decided.is_yes() || decided.waits_for_second(&circumstances))
            {
                self.hold_as_answered(batch, log, who, at, kept)?;
            }
            if decided.waits_for_second(&circumstances) {
                let decision = self.append(state, batch, asked.space, said)?;
                let waiting = PendingAnswer {
                    request: at,
                    by: who.person,
                    answer: answer.clone(),
                    commitment,
                };
                batch.document(ANSWERS, &at.to_string(), &waiting);
                state.answers.insert(at, waiting);
                log.person(batch, who, "request.first-yes", &at.to_string());
                return Ok(AnswerOutcome {
                    decision,
                    answer: None,
                    release: Some(decided),
                });
            }
            if !decided.is_yes() {
                return Err(decided.refusal());
            }
            entry.body = answer.body(at, &parts, &decided.clause);
            let decision = self.append(state, batch, asked.space, said)?;
            let published = self.publish(state, batch, asked.space, entry, &circumstances)?;
            if let Some(refused) = published.decisions.iter().find(|decided| !decided.is_yes()) {
                return Err(refused.refusal());
            }
            if matches!(answer, RequestAnswer::Subscribers { .. }) {
                let words = words_of(at, &parts, &decided.clause, None, None);
                self.tell(state, batch, who, &asked, "answered", words)?;
            }
            self.nothing_waits(state, batch, at);
            log.person(batch, who, "request.answered", &at.to_string());
            Ok(AnswerOutcome {
                decision,
                answer: Some(published.at),
                release: Some(decided),
            })
        })
        .await
    }

    /// The report that answers: this organisation's own, graded, and the asker has it.
    fn report_answers(
        &self,
        state: &State,
        asked: &Asked,
        report: EntryRef,
        grading: Option<&Grading>,
    ) -> Result<()> {
        let invalid = |words: &str| Err(ServiceError::invalid("report", words));
        let Some((ledger, _, Body::Content(entry))) = state.entry(report) else {
            return invalid("there is no such report on this case");
        };
        let ContentBody::ReportPublished(said) = &entry.body else {
            return invalid("this is no report");
        };
        if !ledger.own || ledger.space != asked.space {
            return invalid("there is no such report of this organisation on this case");
        }
        if !state.released.contains_key(&(report, asked.asker.clone())) {
            return invalid("the asker cannot read it: release it first");
        }
        if asked.made.what == RequestWhat::Expertise && said.grading.is_none() && grading.is_none() {
            return invalid("it is not graded: grade the report or the answer");
        }
        Ok(())
    }

    /// Whether the pool of experts takes a question: said by anybody of it, read by the asker; the approver answers.
    pub async fn take_expertise(&self, who: &SignedIn, at: EntryRef, word: &PoolWord) -> Result<Published> {
        Act::TakeExpertise.ask(who)?;
        self.act_once(|state, batch, log| {
            let asked = self.asked(state, at)?;
            let space = self.case_within(state, who, asked.space)?;
            self.readable(state, space, who, at)?;
            if asked.made.what != RequestWhat::Expertise {
                return Err(ServiceError::invalid("request", "this is no question to experts"));
            }
            self.not_decided(state, asked.space, at)?;
            let role = self.writer(space, who, Act::TakeExpertise, EntryKind::FeedbackGiven)?;
            let taken = if word.accepted { "Accepted" } else { "Declined" };
            let entry = ContentEntry {
                by: who.person,
                role,
                marking: asked.entry.marking,
                to: Audience::one(asked.asker.clone()),
                title: format!("{}: {}", asked.made.reference, taken.to_lowercase()),
                body: FeedbackGiven::plain(at, format!("{taken}. {}", word.words)).into(),
            };
            let published = self.publish(state, batch, asked.space, entry, &Circumstances::default())?;
            log.person(batch, who, "expertise.answered", &at.to_string());
            Ok(published)
        })
        .await
    }
}
