//! Questions in SQL about this organisation's own logs, answered by a process of its own (`accord-sql`): none can crash or
//! starve the node.
//!
//! Invariants:
//! - Who asks may look in the logs ([`Act::HuntOwn`]); the statement and its reason stand in the access log before it is asked,
//!   as what a person did or as what the node did by itself with that person's right.
//! - The table of indicators holds those of one case that the person sees. Where a person gets the answer, that is a look at the
//!   notes they come from.
//! - Of two questions that are answered at once, no two are one person's, also not where the node asks one of them.
//! - A person who hangs up does not end a question: its worker ends at its time. What is dropped here (a node that is closed)
//!   ends its worker.
//! - What the system said of a file, and where files of the node lie, is told to nobody but the node's own log.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use accord_logstore::WithoutColumns;
use accord_matcher::{Pattern, PatternKind};
use accord_model::{PersonId, SpaceId};
use accord_sql::{Error as SqlError, Format, Indicator, Kind, Limits, Outcome, Question, Worker};
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Result, ServiceError};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::previews::words_of;
use crate::protection::IndicatorView;

/// Questions that are answered at once; of one person, one.
pub const SQL_AT_ONCE: usize = 2;
/// After how long who was told to try again tries again, s.
const TRY_AGAIN_S: u16 = 10;
/// Most rows of an answer.
pub const SQL_ROWS_MAX: u64 = 10_000;
/// Most bytes of an answer.
pub const SQL_ANSWER_MAX_BYTES: u64 = 8 << 20;
/// Longest reason, bytes.
pub const SQL_REASON_MAX: usize = 1_000;
/// Longest statement with the names and values of its parameters, bytes: all of it stands in the access log.
pub const SQL_STATEMENT_MAX_BYTES: usize = 8_000;
/// Where a question's rows lie while it is answered, within the node's folder.
const WORK: &str = "sql-work";

/// A question.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskSql {
    /// One statement, SELECT or what explains one. Tables: `logs`, a view by the name of each source, `indicators`.
    pub statement: String,
    /// Why these logs are looked through.
    pub reason: String,
    /// The values of its parameters: `$day` in the statement is that of `day`. They are values, and never SQL.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// The case whose indicators are the table `indicators`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<SpaceId>,
}

/// How an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqlForm {
    /// Rows as JSON objects, one a line.
    Ndjson,
    /// For spreadsheets: what one would run as a formula stands behind an apostrophe.
    Csv,
}

/// An answer, as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct SqlAnswer {
    /// What is told of it.
    pub outcome: Outcome,
    /// Its rows, in the form that was wanted.
    pub body: Vec<u8>,
}

impl AskSql {
    /// Whether it can be asked at all.
    pub(crate) fn check(&self) -> Result<()> {
        let reason = self.reason.trim();
        if reason.is_empty() {
            return Err(ServiceError::invalid(
                "reason",
                "say why these logs are looked through",
            ));
        }
        if reason.len() > SQL_REASON_MAX {
            return Err(ServiceError::invalid(
                "reason",
                format!("at most {SQL_REASON_MAX} bytes"),
            ));
        }
        if self.statement.trim().is_empty() {
            return Err(ServiceError::invalid(
                "statement",
                "ask something, as SELECT count(*) FROM logs",
            ));
        }
        if self.length() > SQL_STATEMENT_MAX_BYTES {
            return Err(ServiceError::invalid(
                "statement",
                format!(
                    "at most {SQL_STATEMENT_MAX_BYTES} bytes with the values of its parameters: all of it stands in the \
                     access log"
                ),
            ));
        }
        Ok(())
    }

    /// Bytes of the statement, and of the names and values of its parameters.
    fn length(&self) -> usize {
        let parameters = self.parameters.iter();
        let parameters: usize = parameters.map(|(name, value)| name.len() + value.len()).sum();
        self.statement.len() + parameters
    }

    /// What stands of it in the access log.
    fn noted(&self) -> Result<String> {
        let reason = self.reason.trim();
        if self.parameters.is_empty() {
            return Ok(format!("{reason}: {}", self.statement));
        }
        let parameters = serde_json::to_string(&self.parameters)
            .map_err(|error| ServiceError::Unexplained(format!("parameters: {error}")))?;
        Ok(format!("{reason}: {} with {parameters}", self.statement))
    }
}

/// Who asks, and what becomes of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    /// A person, who gets the rows.
    Person(SqlForm),
    /// The node by itself, with a person's right: nobody gets the rows.
    Node,
}

impl Asks {
    const fn form(self) -> SqlForm {
        match self {
            Self::Person(form) => form,
            Self::Node => SqlForm::Ndjson,
        }
    }

    /// What it is called in the access log.
    const fn noted(self) -> &'static str {
        match self {
            Self::Person(SqlForm::Ndjson) => "log.asked-in-sql",
            Self::Person(SqlForm::Csv) => "log.asked-in-sql-as-csv",
            Self::Node => "log.asked-in-sql-by-itself",
        }
    }
}

/// Asking in SQL, once a program for it was named.
#[derive(Debug)]
pub(crate) struct Sql {
    worker: OnceLock<Worker>,
    places: Arc<Semaphore>,
    asking: Asking,
}

impl Default for Sql {
    fn default() -> Self {
        Self {
            worker: OnceLock::new(),
            places: Arc::new(Semaphore::new(SQL_AT_ONCE)),
            asking: Asking::default(),
        }
    }
}

/// The people whose questions are being answered.
#[derive(Debug, Clone, Default)]
struct Asking(Arc<Mutex<BTreeSet<PersonId>>>);

impl Asking {
    fn people(&self) -> MutexGuard<'_, BTreeSet<PersonId>> {
        // Nothing is half done where one panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A person's turn, given back when it is dropped: whoever has it keeps it until the worker has ended.
struct Turn {
    asking: Asking,
    person: PersonId,
    _place: OwnedSemaphorePermit,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.asking.people().remove(&self.person);
    }
}

impl Sql {
    /// A turn, where there is a place and this person has none.
    fn turn(&self, person: PersonId) -> Result<Turn> {
        let busy = ServiceError::Busy {
            retry_after_s: TRY_AGAIN_S,
        };
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            return Err(busy);
        };
        if !self.asking.people().insert(person) {
            return Err(busy);
        }
        Ok(Turn {
            asking: self.asking.clone(),
            person,
            _place: place,
        })
    }
}

/// Says that nobody waits any more, when it is dropped.
struct Waits(Arc<AtomicBool>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What a kind of pattern is called in the table of indicators.
const fn kind_of(kind: PatternKind) -> &'static str {
    match kind {
        PatternKind::Domain => "domain",
        PatternKind::Subdomains => "subdomains",
        PatternKind::Address => "address",
        PatternKind::Network => "network",
        PatternKind::AddressPort => "address-port",
        PatternKind::Url => "url",
        PatternKind::Email => "email",
        PatternKind::Hash => "hash",
    }
}

/// Why a question was not answered, for who asked it.
fn said(error: SqlError) -> ServiceError {
    match error.kind {
        // Their words name files of the node, and what the system said of them.
        Kind::Worker | Kind::Spill | Kind::Internal | Kind::Store | Kind::Output => {
            tracing::error!(%error, "a question in SQL could not be answered");
            ServiceError::Conflict(
                "the question could not be answered; the operator finds why in the node's log".to_owned(),
            )
        }
        _ => ServiceError::invalid("statement", error),
    }
}

/// The same, for what is kept of it: nothing that stands in the logs, which may be destroyed before.
fn said_for_long(error: SqlError) -> String {
    match error.kind {
        Kind::Value => "a value did not fit what was asked of it: ask it to see which".to_owned(),
        _ => words_of(&said(error)),
    }
}

/// An answer without what the system said of files.
fn without_inside(mut outcome: Outcome) -> Outcome {
    for one in &mut outcome.not_covered {
        if !WithoutColumns::is_plain(&one.why) {
            tracing::warn!(
                segment = one.segment,
                why = one.why,
                "a stored log is not covered"
            );
            one.why = "its columns cannot be used; the operator finds why in the node's log".to_owned();
        }
    }
    outcome
}

impl Node {
    /// Names the program that answers questions in SQL. Once, before the node is served. What it writes meanwhile lies in the
    /// node's folder, not in the system's; what a crash left there is removed.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn use_sql(&self, worker: Worker) -> Result<()> {
        let spill_in = self.config.dir.join(WORK);
        let failed = |error| ServiceError::Unexplained(format!("{}: {error}", spill_in.display()));
        match std::fs::remove_dir_all(&spill_in) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        std::fs::create_dir(&spill_in).map_err(failed)?;
        // A second call changes nothing.
        let _ = self.sql.worker.set(Worker { spill_in, ..worker });
        Ok(())
    }

    fn question(&self, asked: &AskSql, form: SqlForm) -> Question {
        Question {
            format: match form {
                SqlForm::Ndjson => Format::Ndjson,
                SqlForm::Csv => Format::Csv,
            },
            limits: Limits {
                rows: SQL_ROWS_MAX,
                result_bytes: SQL_ANSWER_MAX_BYTES,
                ..Limits::default()
            },
            with_indicators: asked.case.is_some(),
            parameters: asked.parameters.clone(),
            ..Question::new(self.config.dir.join(crate::node::LOGS), asked.statement.as_str())
        }
    }

    /// Looks at a question without an answer, where there is a program that can.
    pub(crate) async fn look_at_sql(&self, who: &SignedIn, asked: &AskSql) -> Result<()> {
        let Some(worker) = self.sql.worker.get().cloned() else {
            return Ok(());
        };
        let turn = self.sql.turn(who.person)?;
        let question = self.question(asked, SqlForm::Ndjson);
        let looked = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            worker.check(&question).map_err(said)
        });
        let looked = looked
            .await
            .map_err(|error| ServiceError::Unexplained(format!("a question in SQL: {error}")))?;
        looked.map(drop)
    }

    /// Asks a question in SQL about this organisation's own logs.
    pub async fn ask_sql(&self, who: &SignedIn, asked: &AskSql, form: SqlForm) -> Result<SqlAnswer> {
        self.asked_in_sql(who, asked, Asks::Person(form))
            .await?
            .map_err(said)
    }

    /// The same by itself, with a person's right, for nobody to read. Where there is no answer: why, in words that say nothing of
    /// what stands in the logs.
    pub(crate) async fn ask_sql_by_itself(
        &self,
        who: &SignedIn,
        asked: &AskSql,
    ) -> Result<std::result::Result<SqlAnswer, String>> {
        let answered = self.asked_in_sql(who, asked, Asks::Node).await?;
        Ok(answered.map_err(said_for_long))
    }

    /// The indicators of a case, for the table of that name.
    async fn indicators_asked(
        &self,
        who: &SignedIn,
        case: SpaceId,
        asks: Asks,
    ) -> Result<Vec<IndicatorView>> {
        match asks {
            // A file that is taken along may hold them all.
            Asks::Person(SqlForm::Csv) => {
                let views = self.indicators_exported(who, case).await?;
                self.note_access(who, "exported", &format!("{case} in SQL"))
                    .await?;
                Ok(views)
            }
            Asks::Person(SqlForm::Ndjson) => self.indicators(who, case).await,
            Asks::Node => self.indicators_unseen(who, case).await,
        }
    }

    async fn asked_in_sql(
        &self,
        who: &SignedIn,
        asked: &AskSql,
        asks: Asks,
    ) -> Result<std::result::Result<SqlAnswer, SqlError>> {
        Act::HuntOwn.ask(who)?;
        asked.check()?;
        let Some(worker) = self.sql.worker.get().cloned() else {
            return Err(ServiceError::Conflict(
                "this node was started without SQL".to_owned(),
            ));
        };
        let turn = self.sql.turn(who.person)?;
        let mut indicators = Vec::new();
        if let Some(case) = asked.case {
            for view in self.indicators_asked(who, case, asks).await? {
                let Ok(pattern) = Pattern::parse(&view.value) else {
                    continue;
                };
                indicators.push(Indicator {
                    kind: kind_of(pattern.kind()).to_owned(),
                    value: pattern.canonical().to_owned(),
                    labels: view.labels,
                });
            }
        }
        self.note_access(who, asks.noted(), &asked.noted()?).await?;
        let question = self.question(asked, asks.form());
        let nobody_waits = Arc::new(AtomicBool::new(false));
        let _waits = Waits(nobody_waits.clone());
        let answered = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let file = tempfile::NamedTempFile::new_in(&worker.spill_in)
                .map_err(|error| ServiceError::Unexplained(format!("a file for an answer: {error}")))?;
            let results = file
                .reopen()
                .map_err(|error| ServiceError::Unexplained(format!("a file for an answer: {error}")))?;
            let answered = worker.ask(
                &question,
                &mut indicators.into_iter(),
                Stdio::from(results),
                &mut |_| match nobody_waits.load(Ordering::Relaxed) {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                },
            );
            let outcome = match answered {
                Ok(outcome) => without_inside(outcome),
                Err(error) => return Ok(Err(error)),
            };
            let body = std::fs::read(file.path())
                .map_err(|error| ServiceError::Unexplained(format!("an answer: {error}")))?;
            Ok(Ok(SqlAnswer { outcome, body }))
        });
        answered
            .await
            .map_err(|error| ServiceError::Unexplained(format!("a question in SQL: {error}")))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_access_log_has_the_statement_and_every_value() {
        let mut asked = AskSql {
            statement: "SELECT line FROM dns WHERE query_hostname = $name".to_owned(),
            reason: " the desk asks ".to_owned(),
            ..AskSql::default()
        };
        let statement = asked.statement.clone();
        assert_eq!(asked.noted().unwrap(), format!("the desk asks: {statement}"));
        assert_eq!(asked.length(), statement.len());
        asked
            .parameters
            .insert("name".to_owned(), "\"evil\".example".to_owned());
        let values = r#"{"name":"\"evil\".example"}"#;
        assert_eq!(
            asked.noted().unwrap(),
            format!("the desk asks: {statement} with {values}")
        );
        assert_eq!(asked.length(), statement.len() + 4 + 14);
    }

    #[test]
    fn what_is_kept_of_a_failure_quotes_no_value() {
        let error = |kind, message: &str| -> SqlError {
            serde_json::from_value(serde_json::json!({ "kind": kind, "message": message })).unwrap()
        };
        let quotes = "Cannot cast string 'maria@victim.example' to value of Int64 type";
        assert!(said(error("value", quotes)).to_string().contains("maria"));
        assert!(!said_for_long(error("value", quotes)).contains("maria"));
        for kind in ["store", "output", "worker", "spill", "internal"] {
            let error = || error(kind, "cannot open /var/lib/accord/logs/x");
            assert!(!said(error()).to_string().contains("/var"), "{kind}");
            assert!(!said_for_long(error()).contains("/var"), "{kind}");
        }
        assert!(said_for_long(error("statement", "no column lin")).contains("lin"));
    }
}
