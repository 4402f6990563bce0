//! Questions in SQL that are kept: asked again by their author, or, standing, by the node itself as logs come in.
//!
//! Invariants:
//! - A kept question is its author's alone, and asked with its author's right each time: who may hunt here no more, or sees
//!   the case of its indicators no more, is answered no more. That is looked at question by question, not once for a round.
//! - Of an answer is kept when it was given, how many rows it had and a digest of them under a key of the question's own, and
//!   never a row: whether something is new is told, what it is shows whoever asks. Why there was none is kept in words that
//!   say nothing of what stands in the logs.
//! - The node asks a question by itself at most once in [`SQL_STANDING_EVERY_MS`], whether it is answered or not, and only
//!   after logs came in.
//! - So many stand at most ([`SQL_STANDING_MAX`]) that a round of all of them ends within that time.

use std::collections::{BTreeMap, BTreeSet};

use accord_model::PersonId;
use accord_store::Batch;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::error::{Result, ServiceError};
use crate::journal::State;
use crate::node::Node;
use crate::own_hunts::LOOK_EVERY;
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
/// Most standing questions of a node: each takes a minute at most.
pub const SQL_STANDING_MAX: usize = 50;
/// Most of them of one person, so that nobody takes all.
pub const SQL_STANDING_OF_ONE_MAX: usize = 10;

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
}

/// Why the node got no answer when it asked by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Still {
    words: String,
    /// Since when it says so, ms UTC.
    since_ms: u64,
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
    still: Option<Still>,
    /// The last stored file of each source when it was last asked.
    through: BTreeMap<String, u64>,
    /// When it was last asked, answered or not, ms UTC.
    tried_ms: Option<u64>,
    ran: Option<SqlRan>,
    /// Of the rows of the last answer, under `digest_key`.
    digest: Option<String>,
    /// Random: who has a digest and not this cannot try which rows it is of. It goes with the question.
    digest_key: String,
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
            still: self.still.as_ref().map(|still| still.words.clone()),
            ran: self.ran.clone(),
            changed_ms: self.changed_ms,
        }
    }

    /// Whether the node asks it now: logs came in, and it was not asked lately.
    fn is_due(&self, through: &BTreeMap<String, u64>, now_ms: u64) -> bool {
        // A clock that was put back makes nothing wait for long.
        let waited = |tried: u64| now_ms.abs_diff(tried) >= SQL_STANDING_EVERY_MS;
        self.standing && self.through != *through && self.tried_ms.is_none_or(waited)
    }

    /// It was asked, answered or not.
    fn tried(&mut self, through: &BTreeMap<String, u64>, now_ms: u64) {
        self.through.clone_from(through);
        self.tried_ms = Some(now_ms);
    }

    /// Takes an answer in; whether it is another than the last. Of one that was cut nobody knows which rows came: then it is
    /// compared only that it was.
    fn answered(&mut self, answer: &SqlAnswer, at_ms: u64, by_itself: bool) -> bool {
        let ran = SqlRan {
            at_ms,
            by_itself,
            rows: answer.outcome.rows,
            truncated: answer.outcome.truncated.is_some(),
        };
        let digest = digest(self.digest_key.as_bytes(), &answer.body);
        let is_other = match (&self.ran, &self.digest) {
            (Some(last), _) if last.truncated && ran.truncated => false,
            (Some(last), Some(known)) => {
                (last.truncated, last.rows, known) != (ran.truncated, ran.rows, &digest)
            }
            _ => true,
        };
        self.ran = Some(ran);
        self.digest = Some(digest);
        self.still = None;
        is_other
    }
}

/// One number for the rows of an answer, whatever their order: SQL promises none.
fn digest(key: &[u8], body: &[u8]) -> String {
    let mut rows: Vec<&[u8]> = body.split(|byte| *byte == b'\n').collect();
    rows.sort_unstable();
    // A key of any length is one.
    let Ok(mut sum) = Hmac::<Sha256>::new_from_slice(key) else {
        return String::new();
    };
    for row in rows.into_iter().filter(|row| !row.is_empty()) {
        sum.update(row);
        sum.update(b"\n");
    }
    hex::encode(sum.finalize().into_bytes())
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
            Some(still) => format!("It was not answered: {}.", still.words),
            None => "Its answer is another than you saw.".to_owned(),
        },
        since_ms: match &kept.still {
            Some(still) => still.since_ms,
            None => kept.changed_ms.unwrap_or(kept.since_ms),
        },
        due_ms: None,
        otherwise: "It goes on being asked as logs come in, until you end it.".to_owned(),
    })
    .collect()
}

/// With whose right a standing question is asked now, or why it is not.
fn asked_for(node: &Node, state: &State, kept: &KeptSql) -> std::result::Result<SignedIn, &'static str> {
    let person = state.persons.get(&kept.by).filter(|person| !person.disabled);
    let Some(person) = person else {
        return Err("who keeps it does not work here any more");
    };
    let who = node.with_rights_of(person);
    if who.must_enrol {
        return Err("who keeps it has to sign in and make their account safe first");
    }
    match Act::HuntOwn.ask(&who) {
        Ok(_) => Ok(who),
        Err(_) => Err("who keeps it may hunt here no more"),
    }
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
        self.look_at_sql(who, &new.question).await?;
        let kept = KeptSql {
            id: hex::encode(self.random::<16>()),
            by: who.person,
            since_ms: self.now_ms(),
            name: name.to_owned(),
            question: new.question.clone(),
            standing: false,
            still: None,
            through: BTreeMap::new(),
            tried_ms: None,
            ran: None,
            digest: None,
            digest_key: hex::encode(self.random::<32>()),
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
            let now_ms = self.now_ms();
            // The answer is rows, which are kept for nobody: who sends twice asks twice.
            self.act(|state, batch, _| {
                let mut kept = kept_of(state, who, id)?;
                kept.answered(&answer, now_ms, false);
                kept.tried(&through, now_ms);
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
                if stands {
                    let others = state.kept_sql.values().filter(|kept| kept.standing && kept.id != id);
                    let own = others.clone().filter(|kept| kept.by == who.person).count();
                    if own >= SQL_STANDING_OF_ONE_MAX || others.count() >= SQL_STANDING_MAX {
                        return Err(ServiceError::Conflict(format!(
                            "at most {SQL_STANDING_OF_ONE_MAX} questions of one person stand, and {SQL_STANDING_MAX} of a \
                             node: let another one stand no more"
                        )));
                    }
                }
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
            self.ask_again.notify_one();
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

    /// Asks every standing question that is due, because logs came in since: those first that were not asked for longest. How
    /// many were answered.
    pub async fn run_standing_sql(&self) -> Result<usize> {
        let through = self.stored_through();
        let due = {
            let (state, now_ms) = (self.read().await?, self.now_ms());
            let due = state
                .kept_sql
                .values()
                .filter(|kept| kept.is_due(&through, now_ms));
            let mut due: Vec<(Option<u64>, String)> =
                due.map(|kept| (kept.tried_ms, kept.id.clone())).collect();
            due.sort();
            due
        };
        let mut answered = 0;
        for (_, id) in due {
            answered += usize::from(self.ask_standing(&id, &through).await?);
        }
        Ok(answered)
    }

    /// Asks one, as it and its author's rights stand by now; whether it was answered.
    async fn ask_standing(&self, id: &str, through: &BTreeMap<String, u64>) -> Result<bool> {
        let (kept, right) = {
            let state = self.read().await?;
            // Ended, let go or asked by its author, meanwhile.
            let due = state.kept_sql.get(id);
            let Some(kept) = due.filter(|kept| kept.is_due(through, self.now_ms())) else {
                return Ok(false);
            };
            (kept.clone(), asked_for(self, &state, kept))
        };
        let who = match right {
            Ok(who) => who,
            Err(words) => {
                self.sql_stands_still(id, words, None).await?;
                return Ok(false);
            }
        };
        let answered = match self.ask_sql_by_itself(&who, &kept.question).await {
            Ok(answered) => answered,
            // People ask just now: the next round comes.
            Err(ServiceError::Busy { .. }) => return Ok(false),
            Err(error) => Err(words_of(&error)),
        };
        match answered {
            Ok(answer) => self.sql_was_answered(id, &answer, through).await.map(|()| true),
            Err(words) => self
                .sql_stands_still(id, &words, Some(through))
                .await
                .map(|()| false),
        }
    }

    async fn sql_was_answered(
        &self,
        id: &str,
        answer: &SqlAnswer,
        through: &BTreeMap<String, u64>,
    ) -> Result<()> {
        let now_ms = self.now_ms();
        self.act(|state, batch, _| {
            let Some(kept) = state.kept_sql.get_mut(id) else {
                return Ok(());
            };
            if kept.answered(answer, now_ms, true) {
                kept.changed_ms.get_or_insert(now_ms);
            }
            kept.tried(through, now_ms);
            batch.document(KEPT_SQL, id, &*kept);
            Ok(())
        })
        .await
    }

    /// It was not answered. `tried`: it was asked, of the files up to these; without, it is asked as soon as it may be.
    async fn sql_stands_still(
        &self,
        id: &str,
        words: &str,
        tried: Option<&BTreeMap<String, u64>>,
    ) -> Result<()> {
        let now_ms = self.now_ms();
        self.act(|state, batch, log| {
            let Some(kept) = state.kept_sql.get_mut(id) else {
                return Ok(());
            };
            let is_news = kept.still.as_ref().is_none_or(|still| still.words != words);
            if is_news {
                kept.still = Some(Still {
                    words: words.to_owned(),
                    since_ms: now_ms,
                });
                log.node(batch, "sql.stands-still", id);
            }
            if let Some(through) = tried {
                kept.tried(through, now_ms);
            }
            if is_news || tried.is_some() {
                batch.document(KEPT_SQL, id, &*kept);
            }
            Ok(())
        })
        .await
    }

    /// Asks standing questions whenever logs come in, until it is dropped.
    pub(crate) async fn keep_asking(&self) {
        let mut tick = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                () = self.ask_again.notified() => {}
                _ = tick.tick() => {}
            }
            match self.run_standing_sql().await {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, "standing questions in SQL were asked"),
                Err(error) => tracing::error!(%error, "standing questions in SQL cannot be asked"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"a key";

    #[test]
    fn rows_in_any_order_are_the_same_answer() {
        let same = digest(KEY, b"{\"a\":1}\n{\"a\":2}\n");
        assert_eq!(same, digest(KEY, b"{\"a\":2}\n{\"a\":1}\n"));
        assert_ne!(same, digest(KEY, b"{\"a\":1}\n"));
        assert_ne!(same, digest(KEY, b"{\"a\":1}\n{\"a\":2}\n{\"a\":2}\n"));
        assert_ne!(
            same,
            digest(b"another", b"{\"a\":1}\n{\"a\":2}\n"),
            "who has no key cannot try"
        );
    }
}
