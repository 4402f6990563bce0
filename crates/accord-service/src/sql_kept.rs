//! Questions in SQL that are kept: asked again by their author, or, standing, by the node itself as logs come in.
//!
//! Invariants:
//! - A kept question is its author's alone, and asked with its author's right each time: who may hunt here no more, or sees
//!   the case of its indicators no more, is answered no more.
//! - Of an answer to a standing question is kept when it was given, how many rows it had and a digest of them, and never a
//!   row: whether something is new is told, what it is shows whoever asks.
//! - A standing question is asked at most once in [`SQL_STANDING_EVERY_MS`], and only after logs came in.

use std::collections::{BTreeMap, BTreeSet};

use accord_model::PersonId;
use accord_store::Batch;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Result, ServiceError};
use crate::journal::State;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::previews::words_of;
use crate::sql::{AskSql, SqlAnswer, SqlForm};
use crate::views::{InboxItem, Todo};

pub(crate) const KEPT_SQL: &str = "kept-sql";
/// Most kept questions of one person.
pub const SQL_KEPT_MAX: usize = 50;
/// Longest name of one, bytes.
pub const SQL_NAME_MAX: usize = 100;
/// How long a standing question waits before it is asked again, ms.
pub const SQL_STANDING_EVERY_MS: u64 = 3_600_000;

/// A question to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewKeptSql {
    /// What its author calls it.
    pub name: String,
    /// The question.
    #[serde(flatten)]
    pub question: AskSql,
}

/// What an answer to a kept question was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqlRan {
    /// When, ms UTC.
    pub at_ms: u64,
    /// Whether the node asked by itself, because logs had come in.
    pub by_itself: bool,
    /// How many rows.
    pub rows: u64,
    /// Whether there were more than one answer takes.
    pub truncated: bool,
    /// SHA-256 of the rows, whatever their order.
    rows_sha256: String,
}

/// A kept question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeptSql {
    id: String,
    by: PersonId,
    since_ms: u64,
    name: String,
    question: AskSql,
    standing: bool,
    /// Why it was not answered when the node asked by itself.
    still: Option<String>,
    /// The last stored file of each source when it was last asked.
    through: BTreeMap<String, u64>,
    ran: Option<SqlRan>,
    /// Since when, ms UTC, its answer is another than its author saw.
    changed_ms: Option<u64>,
}

/// A kept question as shown to its author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptSqlView {
    /// Which.
    pub id: String,
    /// What its author calls it.
    pub name: String,
    /// The question.
    pub question: AskSql,
    /// Since when it is kept, ms UTC.
    pub since_ms: u64,
    /// Whether the node asks by itself as logs come in.
    pub standing: bool,
    /// Why that was not answered.
    pub still: Option<String>,
    /// The last answer.
    pub ran: Option<SqlRan>,
    /// Since when, ms UTC, the answer is another than was seen.
    pub changed_ms: Option<u64>,
}

impl KeptSql {
    fn view(&self) -> KeptSqlView {
        KeptSqlView {
            id: self.id.clone(),
            name: self.name.clone(),
            question: self.question.clone(),
            since_ms: self.since_ms,
            standing: self.standing,
            still: self.still.clone(),
            ran: self.ran.clone(),
            changed_ms: self.changed_ms,
        }
    }
}

/// One number for the rows of an answer, whatever their order: SQL promises none.
fn digest(body: &[u8]) -> String {
    let mut rows: Vec<&[u8]> = body.split(|byte| *byte == b'\n').collect();
    rows.sort_unstable();
    let mut sum = Sha256::new();
    for row in rows.into_iter().filter(|row| !row.is_empty()) {
        sum.update(row);
        sum.update(b"\n");
    }
    hex::encode(sum.finalize())
}

fn ran(answer: &SqlAnswer, at_ms: u64, by_itself: bool) -> SqlRan {
    SqlRan {
        at_ms,
        by_itself,
        rows: answer.outcome.rows,
        truncated: answer.outcome.truncated.is_some(),
        rows_sha256: digest(&answer.body),
    }
}

/// Ends the kept questions of a person who has left.
pub(crate) fn end_kept_sql_of(state: &mut State, batch: &mut Batch, person: PersonId) {
    state.kept_sql.retain(|id, kept| {
        let stays = kept.by != person;
        if !stays {
            batch.remove(KEPT_SQL, id);
        }
        stays
    });
}

/// Standing questions whose answer is another, or that were not answered, as what waits for who keeps them.
pub(crate) fn kept_sql_waiting(state: &State, who: &SignedIn) -> Vec<InboxItem> {
    if Act::HuntOwn.ask(who).is_err() {
        return Vec::new();
    }
    let own = state
        .kept_sql
        .values()
        .filter(|kept| kept.by == who.person && kept.standing);
    let news = own.filter(|kept| kept.changed_ms.is_some() || kept.still.is_some());
    news.map(|kept| InboxItem {
        todo: Todo::LookAtAnswer {
            question: kept.id.clone(),
        },
        title: format!("Your standing question: {}", kept.name),
        why: match &kept.still {
            Some(still) => format!("It was not answered: {still}."),
            None => "Its answer is another than you saw.".to_owned(),
        },
        since_ms: kept.changed_ms.unwrap_or(kept.since_ms),
        due_ms: None,
        otherwise: "It goes on being asked as logs come in, until you end it.".to_owned(),
    })
    .collect()
}

fn kept_of(state: &State, who: &SignedIn, id: &str) -> Result<KeptSql> {
    Act::HuntOwn.ask(who)?;
    let kept = state.kept_sql.get(id).filter(|kept| kept.by == who.person);
    kept.cloned().ok_or(ServiceError::NotFound("kept question"))
}

impl Node {
    /// Keeps a question. It is looked at as if it were asked, and not answered.
    pub async fn keep_sql(&self, who: &SignedIn, new: &NewKeptSql) -> Result<KeptSqlView> {
        Act::HuntOwn.ask(who)?;
        let name = new.name.trim();
        if name.is_empty() || name.len() > SQL_NAME_MAX || name.chars().any(char::is_control) {
            let message = format!("say on one line what you call it, in at most {SQL_NAME_MAX} bytes");
            return Err(ServiceError::invalid("name", message));
        }
        new.question.check()?;
        if let Some(case) = new.question.case {
            // As a look at the question would: who does not see them keeps no question about them.
            self.indicators_unseen(who, case).await?;
        }
        self.look_at_sql(&new.question).await?;
        let kept = KeptSql {
            id: hex::encode(self.random::<16>()),
            by: who.person,
            since_ms: self.now_ms(),
            name: name.to_owned(),
            question: new.question.clone(),
            standing: false,
            still: None,
            through: BTreeMap::new(),
            ran: None,
            changed_ms: None,
        };
        self.act_once(|state, batch, log| {
            let own = state.kept_sql.values().filter(|kept| kept.by == who.person);
            let own: BTreeSet<&str> = own.map(|kept| kept.name.as_str()).collect();
            if own.contains(name) {
                return Err(ServiceError::Conflict(format!(
                    "you keep a question {name} already: take that one away, or choose another name"
                )));
            }
            if own.len() >= SQL_KEPT_MAX {
                return Err(ServiceError::Conflict(format!(
                    "a person keeps at most {SQL_KEPT_MAX} questions: take one away"
                )));
            }
            batch.document(KEPT_SQL, &kept.id, &kept);
            log.person(batch, who, "sql.kept", &kept.id);
            let view = kept.view();
            state.kept_sql.insert(kept.id.clone(), kept);
            Ok(view)
        })
        .await
    }

    /// The questions that a person keeps, by name.
    pub async fn kept_sql(&self, who: &SignedIn) -> Result<Vec<KeptSqlView>> {
        Act::HuntOwn.ask(who)?;
        let state = self.read().await?;
        let own = state.kept_sql.values().filter(|kept| kept.by == who.person);
        let mut views: Vec<KeptSqlView> = own.map(KeptSql::view).collect();
        views.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(views)
    }

    /// Asks a kept question. What its author sees is new no more.
    pub async fn ask_kept_sql(&self, who: &SignedIn, id: &str, form: SqlForm) -> Result<SqlAnswer> {
        let kept = kept_of(&*self.read().await?, who, id)?;
        let through = self.stored_through();
        let answer = self.ask_sql(who, &kept.question, form).await?;
        if form == SqlForm::Ndjson {
            let ran = ran(&answer, self.now_ms(), false);
            self.act_once(|state, batch, _| {
                let mut kept = kept_of(state, who, id)?;
                kept.ran = Some(ran);
                kept.through = through;
                kept.still = None;
                kept.changed_ms = None;
                batch.document(KEPT_SQL, id, &kept);
                state.kept_sql.insert(id.to_owned(), kept);
                Ok(())
            })
            .await?;
        }
        Ok(answer)
    }

    /// Lets the node ask a kept question by itself as logs come in, or no more.
    pub async fn let_sql_stand(&self, who: &SignedIn, id: &str, stands: bool) -> Result<KeptSqlView> {
        let view = self
            .act_once(|state, batch, log| {
                let mut kept = kept_of(state, who, id)?;
                kept.standing = stands;
                kept.still = None;
                let what = match stands {
                    true => "sql.stands",
                    false => "sql.stands-no-more",
                };
                log.person(batch, who, what, id);
                batch.document(KEPT_SQL, id, &kept);
                let view = kept.view();
                state.kept_sql.insert(id.to_owned(), kept);
                Ok(view)
            })
            .await?;
        if stands {
            self.new_logs.notify_one();
        }
        Ok(view)
    }

    /// Keeps a question no longer.
    pub async fn end_kept_sql(&self, who: &SignedIn, id: &str) -> Result<()> {
        self.act_once(|state, batch, log| {
            kept_of(state, who, id)?;
            state.kept_sql.remove(id);
            batch.remove(KEPT_SQL, id);
            log.person(batch, who, "sql.kept-no-more", id);
            Ok(())
        })
        .await
    }

    /// The last stored file of each source.
    fn stored_through(&self) -> BTreeMap<String, u64> {
        let mut through = BTreeMap::new();
        for segment in self.logs.segments() {
            let last = through.entry(segment.id().source().to_owned()).or_default();
            *last = segment.id().number().max(*last);
        }
        through
    }

    /// Asks every standing question that is due, because logs came in since. How many were asked.
    pub async fn run_standing_sql(&self) -> Result<usize> {
        let now_ms = self.now_ms();
        let through = self.stored_through();
        let due: Vec<(String, Option<SignedIn>)> = {
            let state = self.read().await?;
            let is_due = |kept: &&KeptSql| {
                let last = kept.ran.as_ref().map_or(0, |ran| ran.at_ms);
                // A clock that was put back makes nothing wait for long.
                let waited = now_ms.abs_diff(last) >= SQL_STANDING_EVERY_MS;
                kept.standing && kept.through != through && (kept.ran.is_none() || waited)
            };
            let kept = state.kept_sql.values().filter(is_due);
            kept.map(|kept| {
                let person = state.persons.get(&kept.by).filter(|person| !person.disabled);
                (kept.id.clone(), person.map(|person| self.with_rights_of(person)))
            })
            .collect()
        };
        let mut asked = 0;
        for (id, who) in due {
            let Some(who) = who.filter(|who| !who.must_enrol) else {
                self.sql_stands_still(&id, "who keeps it does not work here any more")
                    .await?;
                continue;
            };
            let question = match kept_of(&*self.read().await?, &who, &id) {
                Ok(kept) => kept.question,
                Err(ServiceError::Denied(_)) => {
                    self.sql_stands_still(&id, "who keeps it may hunt here no more")
                        .await?;
                    continue;
                }
                // Taken away meanwhile.
                Err(_) => continue,
            };
            match self.ask_sql(&who, &question, SqlForm::Ndjson).await {
                Ok(answer) => {
                    asked += 1;
                    self.sql_was_answered(&who, &id, ran(&answer, self.now_ms(), true), &through)
                        .await?;
                }
                // People ask just now: the next round comes.
                Err(ServiceError::Busy { .. }) => break,
                Err(error) => self.sql_stands_still(&id, &words_of(&error)).await?,
            }
        }
        Ok(asked)
    }

    async fn sql_was_answered(
        &self,
        who: &SignedIn,
        id: &str,
        ran: SqlRan,
        through: &BTreeMap<String, u64>,
    ) -> Result<()> {
        self.act_once(|state, batch, _| {
            let Ok(mut kept) = kept_of(state, who, id) else {
                return Ok(());
            };
            let is_other = kept
                .ran
                .as_ref()
                .is_none_or(|last| (last.rows, &last.rows_sha256) != (ran.rows, &ran.rows_sha256));
            if is_other {
                kept.changed_ms.get_or_insert(ran.at_ms);
            }
            kept.ran = Some(ran);
            kept.through.clone_from(through);
            kept.still = None;
            batch.document(KEPT_SQL, id, &kept);
            state.kept_sql.insert(id.to_owned(), kept);
            Ok(())
        })
        .await
    }

    async fn sql_stands_still(&self, id: &str, words: &str) -> Result<()> {
        self.act_once(|state, batch, log| {
            if let Some(kept) = state.kept_sql.get_mut(id)
                && kept.still.as_deref() != Some(words)
            {
                kept.still = Some(words.to_owned());
                batch.document(KEPT_SQL, id, &kept);
                log.node(batch, "sql.stands-still", id);
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
    fn rows_in_any_order_are_the_same_answer() {
        let same = digest(b"{\"a\":1}\n{\"a\":2}\n");
        assert_eq!(same, digest(b"{\"a\":2}\n{\"a\":1}\n"));
        assert_ne!(same, digest(b"{\"a\":1}\n"));
        assert_ne!(same, digest(b"{\"a\":1}\n{\"a\":2}\n{\"a\":2}\n"));
    }
}
