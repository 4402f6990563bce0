//! Making, changing and ending a hunt; marks on its lines; taking lines into a case.

use std::collections::BTreeSet;

use accord_formats::indicators::pattern_values;
use accord_logstore::{LineAt, SegmentId};
use accord_matcher::Pattern;
use accord_model::{Category, PersonId, SpaceId};
use accord_store::Batch;
use serde::{Deserialize, Serialize};

use super::kept::{Mark, OWN_HUNTS, OwnHunt};
use super::rules;
use super::{
    OWN_COMMENT_MAX, OWN_DRAFT_LINES_MAX, OWN_HUNTS_MAX, OWN_MARKS_MAX, OWN_NAME_MAX, OWN_REASON_MAX,
    OWN_TAGS_MAX, OWN_VALUES_MAX, OwnHuntView,
};
use crate::error::{Result, ServiceError};
use crate::intel::ImportDraft;
use crate::journal::State;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

/// A new hunt in one's own logs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewOwnHunt {
    /// What it is called.
    pub name: String,
    /// Why these logs are looked through.
    pub reason: String,
    /// What is looked for: values, or STIX patterns that are alternatives of values; empty: the rules, or where there are none
    /// the indicators of the case that stand, at each look those of then.
    #[serde(default)]
    pub values: Vec<String>,
    /// Sigma rules, as YAML, instead of values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
    /// The case it is for: who sees its indicators sees the hunt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<SpaceId>,
    /// Only these sources; empty: all.
    #[serde(default)]
    pub sources: Vec<String>,
    /// From this instant on, ms UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_ms: Option<i64>,
    /// Up to this instant, itself excluded, ms UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_ms: Option<i64>,
    /// Whether it looks by itself as logs come in.
    #[serde(default)]
    pub standing: bool,
}

/// What is said of a line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewMark {
    /// It matters.
    #[serde(default)]
    pub star: bool,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// What is to be said of it.
    #[serde(default)]
    pub comment: String,
}

fn one_line(field: &str, text: &str, max: usize) -> Result<String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(ServiceError::invalid(field, "say something"));
    }
    if text.len() > max {
        return Err(ServiceError::invalid(field, format!("at most {max} bytes")));
    }
    if text.chars().any(char::is_control) {
        return Err(ServiceError::invalid(
            field,
            "one line, without control characters",
        ));
    }
    Ok(text.to_owned())
}

fn canonical(values: &[String]) -> Result<Vec<String>> {
    if values.len() > OWN_VALUES_MAX {
        let many = format!(
            "{} values, at most {OWN_VALUES_MAX} are taken: split the hunt",
            values.len()
        );
        return Err(ServiceError::invalid("values", many));
    }
    let mut all: Vec<String> = Vec::new();
    let mut take = |text: &str| -> Result<()> {
        let shown: String = text.chars().take(80).collect();
        let pattern =
            Pattern::parse(text).map_err(|why| ServiceError::invalid("values", format!("{shown}: {why}")))?;
        let value = pattern.canonical().to_owned();
        if !all.contains(&value) {
            all.push(value);
        }
        Ok(())
    };
    for text in values {
        // A STIX pattern; an IPv6 address in brackets is a value.
        let is_stix = text.trim_start().starts_with(['[', '(']) && Pattern::parse(text).is_err();
        if !is_stix {
            take(text)?;
            continue;
        }
        let shown: String = text.chars().take(80).collect();
        let alternatives = pattern_values(text)
            .map_err(|why| ServiceError::invalid("values", format!("the STIX pattern {shown}: {why}")))?;
        for value in &alternatives {
            take(value)?;
        }
    }
    if all.len() > OWN_VALUES_MAX {
        let many = format!(
            "{} values, at most {OWN_VALUES_MAX} are taken: split the hunt",
            all.len()
        );
        return Err(ServiceError::invalid("values", many));
    }
    Ok(all)
}

impl NewMark {
    fn checked(&self, by: PersonId, at_ms: u64) -> Result<Option<Mark>> {
        let (most, longest) = OWN_TAGS_MAX;
        let mut tags = BTreeSet::new();
        for tag in self.tags.iter().filter(|tag| !tag.trim().is_empty()) {
            tags.insert(one_line("tags", tag, longest)?);
        }
        if tags.len() > most {
            return Err(ServiceError::invalid("tags", format!("at most {most}")));
        }
        let comment = self.comment.trim();
        if comment.len() > OWN_COMMENT_MAX {
            return Err(ServiceError::invalid(
                "comment",
                format!("at most {OWN_COMMENT_MAX} bytes"),
            ));
        }
        let says = self.star || !tags.is_empty() || !comment.is_empty();
        Ok(says.then(|| Mark {
            star: self.star,
            tags,
            comment: comment.to_owned(),
            by,
            at_ms,
        }))
    }
}

/// Ends the hunts of a person who has left, those of a case apart: these are of the case.
pub(crate) fn end_hunts_of(state: &mut State, batch: &mut Batch, person: PersonId) {
    let of_them = state
        .own_hunts
        .values()
        .filter(|hunt| hunt.by == person && hunt.case.is_none());
    for id in of_them.map(|hunt| hunt.id.clone()).collect::<Vec<_>>() {
        remove(state, batch, &id);
    }
}

fn remove(state: &mut State, batch: &mut Batch, id: &str) {
    let Some(hunt) = state.own_hunts.remove(id) else {
        return;
    };
    batch.remove(OWN_HUNTS, id);
    let name = hunt.lines_object().name();
    if state.objects.remove(&name) {
        batch.remove_object(&name);
    }
}

impl Node {
    /// Whether a person sees a hunt: its author, and of a case who sees its indicators.
    pub(super) fn sees_own_hunt(&self, state: &State, who: &SignedIn, hunt: &OwnHunt) -> bool {
        match hunt.case {
            None => hunt.by == who.person,
            Some(case) => self.case_with(state, who, case, Category::Indicator).is_ok(),
        }
    }

    /// A hunt that a person sees. Any other is none.
    pub(super) fn own_hunt_of(&self, state: &State, who: &SignedIn, id: &str) -> Result<OwnHunt> {
        Act::HuntOwn.ask(who)?;
        let found = state
            .own_hunts
            .get(id)
            .filter(|hunt| self.sees_own_hunt(state, who, hunt));
        found.cloned().ok_or(ServiceError::NotFound("hunt"))
    }

    /// Saves a hunt in this organisation's own logs. Nothing is looked for yet.
    pub async fn new_own_hunt(&self, who: &SignedIn, said: &NewOwnHunt) -> Result<OwnHuntView> {
        Act::HuntOwn.ask(who)?;
        let values = canonical(&said.values)?;
        let rules = said.rules.as_ref().filter(|text| !text.trim().is_empty());
        if let Some(text) = rules {
            if !values.is_empty() {
                let words = "either values or rules: save two hunts";
                return Err(ServiceError::invalid("rules", words));
            }
            rules::ready(text)?;
        }
        if values.is_empty() && rules.is_none() && said.case.is_none() {
            let words = "say what to look for: values, rules, or a case whose indicators are looked for";
            return Err(ServiceError::invalid("values", words));
        }
        if let (Some(from), Some(to)) = (said.from_ms, said.to_ms)
            && from >= to
        {
            return Err(ServiceError::invalid("to", "the end must be after the start"));
        }
        let mut sources = BTreeSet::new();
        for name in &said.sources {
            let known = self.logs.source(name);
            sources.insert(
                known
                    .map_err(|error| ServiceError::invalid("sources", error))?
                    .name,
            );
        }
        let hunt = OwnHunt {
            id: hex::encode(self.random::<16>()),
            by: who.person,
            since_ms: self.now_ms(),
            name: one_line("name", &said.name, OWN_NAME_MAX)?,
            reason: one_line("reason", &said.reason, OWN_REASON_MAX)?,
            values,
            rules: rules.cloned(),
            evaluated: Default::default(),
            case: said.case,
            sources,
            from_ms: said.from_ms,
            to_ms: said.to_ms,
            standing: said.standing.then_some(who.person),
            still: None,
            through: Default::default(),
            known: Default::default(),
            found: 0,
            over_max: 0,
            time_unknown: 0,
            gaps: Vec::new(),
            gaps_left_out: 0,
            ran: None,
            looked: 0,
            marks: Default::default(),
        };
        let id = self
            .act_once(|state, batch, log| {
                if let Some(case) = hunt.case {
                    self.case_with(state, who, case, Category::Indicator)?;
                }
                let own = state.own_hunts.values().filter(|known| known.by == who.person);
                if own.count() >= OWN_HUNTS_MAX {
                    return Err(ServiceError::Conflict(format!(
                        "you have {OWN_HUNTS_MAX} hunts: end one that is over"
                    )));
                }
                batch.document(OWN_HUNTS, &hunt.id, &hunt);
                log.person(
                    batch,
                    who,
                    "own-hunt.saved",
                    &format!("{}: {}; {}", hunt.id, hunt.reason, hunt.words()),
                );
                state.own_hunts.insert(hunt.id.clone(), hunt.clone());
                Ok(hunt.id.clone())
            })
            .await?;
        if said.standing {
            self.new_logs.notify_one();
        }
        self.own_hunt(who, &id).await
    }

    /// Makes a hunt look by itself as logs come in, with this person's right, or not any more.
    pub async fn let_own_hunt_stand(&self, who: &SignedIn, id: &str, stands: bool) -> Result<OwnHuntView> {
        self.act_once(|state, batch, log| {
            let mut hunt = self.own_hunt_of(state, who, id)?;
            hunt.standing = stands.then_some(who.person);
            hunt.still = None;
            let what = if stands {
                "own-hunt.stands"
            } else {
                "own-hunt.stands-no-more"
            };
            log.person(batch, who, what, id);
            batch.document(OWN_HUNTS, id, &hunt);
            state.own_hunts.insert(id.to_owned(), hunt);
            Ok(())
        })
        .await?;
        if stands {
            self.new_logs.notify_one();
        }
        self.own_hunt(who, id).await
    }

    /// Ends a hunt, with what it found and what was said of it. The logs stay.
    pub async fn end_own_hunt(&self, who: &SignedIn, id: &str) -> Result<()> {
        self.act_once(|state, batch, log| {
            let hunt = self.own_hunt_of(state, who, id)?;
            if hunt.by != who.person {
                return Err(ServiceError::denied("a hunt is ended by who made it"));
            }
            remove(state, batch, id);
            log.person(batch, who, "own-hunt.ended", id);
            Ok(())
        })
        .await?;
        if let Some(job) = self.own_hunting.jobs.get(&id.to_owned()) {
            job.progress.cancel();
        }
        Ok(())
    }

    /// Says something of a line that a hunt found; saying nothing takes the mark away.
    pub async fn mark_own_line(&self, who: &SignedIn, id: &str, number: usize, said: &NewMark) -> Result<()> {
        Act::HuntOwn.ask(who)?;
        let mark = said.checked(who.person, self.now_ms())?;
        self.act_once(|state, batch, log| {
            let mut hunt = self.own_hunt_of(state, who, id)?;
            if number >= hunt.found {
                return Err(ServiceError::NotFound("line"));
            }
            match mark {
                None => {
                    hunt.marks.remove(&number);
                }
                Some(mark) => {
                    if hunt.marks.len() >= OWN_MARKS_MAX && !hunt.marks.contains_key(&number) {
                        return Err(ServiceError::Conflict(format!(
                            "{OWN_MARKS_MAX} lines of this hunt have a mark: take one away"
                        )));
                    }
                    hunt.marks.insert(number, mark);
                }
            }
            log.person(batch, who, "own-hunt.line-marked", &format!("{id}/{number}"));
            batch.document(OWN_HUNTS, id, &hunt);
            state.own_hunts.insert(id.to_owned(), hunt);
            Ok(())
        })
        .await
    }

    /// Takes lines into a case: a draft of the person's own, with each line, where it stands and what was said of it. It is
    /// reviewed, marked and published as any other.
    pub async fn draft_own_lines(
        &self,
        who: &SignedIn,
        id: &str,
        case: SpaceId,
        numbers: &[usize],
    ) -> Result<ImportDraft> {
        let hunt = self.own_hunt_of(&*self.read().await?, who, id)?;
        let numbers: BTreeSet<usize> = numbers.iter().copied().collect();
        if numbers.is_empty() {
            return Err(ServiceError::invalid("lines", "choose at least one line"));
        }
        if numbers.len() > OWN_DRAFT_LINES_MAX {
            let words = format!("at most {OWN_DRAFT_LINES_MAX} lines in one draft");
            return Err(ServiceError::invalid("lines", words));
        }
        self.tidy_own_hunt(id).await?;
        let lines = self.lines_of(&hunt).await?;
        let mut text = format!(
            "Lines of the logs of {}, found by the hunt {}\n",
            self.config.org, hunt.name
        );
        for number in numbers {
            let line = lines.get(number).filter(|line| !line.hits.is_empty());
            let line = line.ok_or(ServiceError::NotFound("line"))?;
            let place = SegmentId::parse(&line.segment).ok_or(ServiceError::NotFound("line"))?;
            let read =
                tokio::task::block_in_place(|| self.logs.read_line(&place, LineAt::Offset(line.offset)))?;
            if hex::encode(read.sha256.0) != line.sha256 {
                return Err(ServiceError::Conflict(format!(
                    "line {} of {} is not what was found: run `accord log verify`",
                    line.line, line.segment
                )));
            }
            text.push_str(&format!(
                "\nSource {}, stored file {}, line {} at byte {}, SHA-256 of the line {}\n",
                line.source, line.segment, line.line, line.offset, line.sha256
            ));
            text.push_str(String::from_utf8_lossy(&read.bytes).trim_end());
            text.push('\n');
            if let Some(mark) = hunt.marks.get(&number).filter(|mark| !mark.comment.is_empty()) {
                text.push_str(&format!("Comment: {}\n", mark.comment));
            }
        }
        let name = format!("lines of hunt {}", hunt.name);
        let draft = self
            .draft_import(who, &name, Some(case), text.into_bytes())
            .await?;
        self.note_access(who, "own-hunt.drafted", &format!("{id} into {}", draft.id))
            .await?;
        Ok(draft)
    }
}
