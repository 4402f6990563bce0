//! Questions in SQL to a running node: whose turn it is, what is recorded, what the node says of itself. What answers is a
//! program of the test's; that the product's own answers is shown by *cli* sql.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use accord_model::Role;
use accord_service::{
    AskSql, NewKeptSql, Node, SQL_ANSWER_MAX_BYTES, SQL_AT_ONCE, SQL_REASON_MAX, SQL_ROWS_MAX,
    SQL_STATEMENT_MAX_BYTES, ServiceError, SqlForm, SqlWorker, Way,
};
use accord_testkit::{FAMILY, FRESH, Story, USUAL};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::TWO;

/// Keeps what it is asked, and says what stands in a folder. Where the statement says so, it waits there for a word.
const SCRIPT: &str = r#"
read -r task
cat > "$0/indicators"
printf '%s\n' "$task" >> "$0/tasks"
case "$task" in '{"check"'*) echo '{"checked":{"columns":[],"parameters":[]}}' >&2; exit 0;; esac
case "$task" in *wait-a*) w=a;; *wait-b*) w=b;; *) w=;; esac
if [ -n "$w" ]; then echo > "$0/began-$w"; read -r word < "$0/on-$w"; fi
cat "$0/rows"
cat "$0/report" >&2
"#;

/// A program in the place of the one that answers.
pub struct Answerer(TempDir);

impl Answerer {
    /// In the place of the one of this node.
    pub fn of(node: &Node) -> Self {
        let told = Self(tempfile::tempdir().unwrap());
        for name in ["began-a", "on-a", "began-b", "on-b"] {
            let made = Command::new("mkfifo").arg(told.path(name)).status().unwrap();
            assert!(made.success());
        }
        told.answers(&[]);
        let dir = told.0.path().as_os_str().to_owned();
        let worker = SqlWorker {
            program: "/bin/sh".into(),
            arguments: vec!["-c".into(), SCRIPT.into(), dir],
            spill_in: PathBuf::new(),
        };
        node.use_sql(worker).unwrap();
        told
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn says(&self, rows: &[&str], report: &Value) {
        let rows: String = rows.iter().map(|row| format!("{row}\n")).collect();
        std::fs::write(self.path("rows"), rows).unwrap();
        std::fs::write(self.path("report"), format!("{report}\n")).unwrap();
    }

    /// What it says from now on.
    pub fn answers(&self, rows: &[&str]) {
        self.says(rows, &json!({ "outcome": outcome(rows.len(), None) }));
    }

    /// The same, of which there is more.
    pub fn answers_with_more(&self, rows: &[&str]) {
        self.says(rows, &json!({ "outcome": outcome(rows.len(), Some("rows")) }));
    }

    /// That it has no answer, and why.
    pub fn fails(&self, kind: &str, message: &str) {
        self.says(&[], &json!({ "error": { "kind": kind, "message": message } }));
    }

    /// The questions that it was asked, without those that it only looked at.
    pub fn asked(&self) -> Vec<Value> {
        let tasks = std::fs::read_to_string(self.path("tasks")).unwrap_or_default();
        let tasks = tasks
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        tasks.filter_map(|task| task.get("answer").cloned()).collect()
    }

    /// The rows of the table of indicators of the last one.
    pub fn indicators(&self) -> Vec<Value> {
        let lines = std::fs::read_to_string(self.path("indicators")).unwrap();
        lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Ends when it waits.
    pub async fn began(&self, name: &str) {
        let path = self.path(&format!("began-{name}"));
        tokio::task::spawn_blocking(move || std::fs::read(path).unwrap())
            .await
            .unwrap();
    }

    /// Lets it go on.
    pub async fn go_on(&self, name: &str) {
        let path = self.path(&format!("on-{name}"));
        tokio::task::spawn_blocking(move || std::fs::write(path, "\n").unwrap())
            .await
            .unwrap();
    }
}

fn outcome(rows: usize, truncated: Option<&str>) -> Value {
    json!({
        "columns": [], "rows": rows, "result_bytes": 0, "truncated": truncated, "read_bytes": 0, "covered": 0,
        "not_covered": [], "not_covered_total": 0, "spilled_bytes": 0, "seconds": 0.1,
        "skipped": { "files": 0, "row_groups_by_statistics": 0, "row_groups_by_bloom_filter": 0, "pages": 0 },
    })
}

pub fn ask(statement: &str) -> AskSql {
    AskSql {
        statement: statement.into(),
        reason: "the desk asks".into(),
        ..AskSql::default()
    }
}

fn is_busy<T: std::fmt::Debug>(outcome: &accord_service::Result<T>) -> bool {
    matches!(outcome, Err(ServiceError::Busy { .. }))
}

async fn story(seed: u64, people: &[&str]) -> Story {
    let mut story = Story::begin(seed, TWO).await;
    for name in people {
        let isp = story.org_mut("isp");
        isp.add_person(name, &[Role::Researcher]).await.unwrap();
    }
    story
}

/// What stands in the access log of the provider of these kinds, the newest first.
pub async fn noted(story: &Story, kinds: &[&str]) -> Vec<(String, String)> {
    let (node, auditor) = story.at("isp", "auditor");
    let lines = node.access_log(auditor, None).await.unwrap().into_iter();
    let lines = lines.filter(|line| kinds.contains(&line.what.as_str()));
    lines.map(|line| (line.what, line.subject)).collect()
}

/// Who at the provider looked at a note of the agency, as the agency is told.
pub async fn looks(story: &Story, note: &str) -> Vec<Way> {
    story.sync().await.unwrap();
    let (agency, officer) = story.at("agency", "officer");
    let looks = agency.looks_at(officer, story.case(), story.noted(note)).await;
    looks.unwrap().iter().map(|look| look.way).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_are_answered_at_once_and_one_of_each_person() {
    assert_eq!(SQL_AT_ONCE, 2);
    let story = story(1_621, &["rita", "rolf", "thea"]).await;
    let node: Arc<Node> = story.org("isp").node().clone();
    let answers = Answerer::of(&node);
    let asks = |who: &str, statement: &'static str| {
        let (node, who) = (node.clone(), story.org("isp").who(who).clone());
        tokio::spawn(async move { node.ask_sql(&who, &ask(statement), SqlForm::Ndjson).await })
    };
    let first = asks("rita", "SELECT 'wait-a'");
    answers.began("a").await;
    // One person does not hold both.
    let rita = story.org("isp").who("rita");
    let second = node.ask_sql(rita, &ask("SELECT 1"), SqlForm::Ndjson).await;
    assert!(is_busy(&second), "{second:?}");
    let new = NewKeptSql {
        name: "another".into(),
        question: ask("SELECT 1"),
    };
    assert!(is_busy(&node.keep_sql(rita, &new).await), "it is looked at, too");
    let other = asks("rolf", "SELECT 'wait-b'");
    answers.began("b").await;
    let thea = story.org("isp").who("thea");
    let third = node.ask_sql(thea, &ask("SELECT 1"), SqlForm::Ndjson).await;
    assert!(is_busy(&third), "{third:?}");
    assert_eq!(answers.asked().len(), 2);
    // Whoever has an answer gives the turn back.
    answers.go_on("a").await;
    first.await.unwrap().unwrap();
    node.ask_sql(thea, &ask("SELECT 1"), SqlForm::Ndjson)
        .await
        .unwrap();
    node.ask_sql(rita, &ask("SELECT 1"), SqlForm::Ndjson)
        .await
        .unwrap();
    answers.go_on("b").await;
    other.await.unwrap().unwrap();
}

/// What a node that is closed drops.
#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_is_dropped_ends_its_worker_and_then_gives_its_turn_back() {
    let story = story(1_622, &["rita"]).await;
    let node: Arc<Node> = story.org("isp").node().clone();
    let answers = Answerer::of(&node);
    let rita = story.org("isp").who("rita");
    let dropped = {
        let (node, who) = (node.clone(), rita.clone());
        tokio::spawn(async move { node.ask_sql(&who, &ask("SELECT 'wait-a'"), SqlForm::Ndjson).await })
    };
    answers.began("a").await;
    dropped.abort();
    assert!(dropped.await.is_err());
    let began = std::time::Instant::now();
    while is_busy(&node.ask_sql(rita, &ask("SELECT 1"), SqlForm::Ndjson).await) {
        tokio::task::yield_now().await;
    }
    // By itself it would end after a minute.
    assert!(began.elapsed().as_secs() < 30);
    assert_eq!(answers.asked().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limits_of_a_question_to_a_node() {
    let story = story(1_623, &["rita"]).await;
    let (node, rita) = story.at("isp", "rita");
    let answers = Answerer::of(node);
    node.ask_sql(rita, &ask("SELECT 1"), SqlForm::Ndjson)
        .await
        .unwrap();
    let asked = answers.asked();
    let limits = &asked[0]["limits"];
    assert_eq!(
        (&limits["rows"], &limits["result_bytes"]),
        (&json!(SQL_ROWS_MAX), &json!(SQL_ANSWER_MAX_BYTES))
    );
    let with = |statement: usize, value: usize, reason: usize| AskSql {
        statement: "x".repeat(statement),
        reason: "r".repeat(reason),
        parameters: BTreeMap::from([("day".to_owned(), "v".repeat(value))]),
        case: None,
    };
    let longest = SQL_STATEMENT_MAX_BYTES - "day".len();
    for (asked, wrong) in [
        (with(longest - 1_000, 1_000, SQL_REASON_MAX), None),
        (with(longest - 1_000, 1_001, 1), Some("statement")),
        (with(longest - 999, 1_000, 1), Some("statement")),
        (with(1, 1, SQL_REASON_MAX + 1), Some("reason")),
        (with(1, 1, 0), Some("reason")),
    ] {
        let said = node.ask_sql(rita, &asked, SqlForm::Ndjson).await;
        match wrong {
            None => assert!(said.is_ok(), "{said:?}"),
            Some(wrong) => assert!(
                matches!(&said, Err(ServiceError::Invalid { field, .. }) if field == wrong),
                "{wrong}: {said:?}"
            ),
        }
    }
    assert_eq!(answers.asked().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_indicators_of_a_case_are_a_table_and_a_look_that_is_told() {
    let story = Story::watched(1_624).await.unwrap();
    let (node, researcher) = story.at("isp", "researcher");
    let answers = Answerer::of(node);
    let asked = AskSql {
        case: Some(story.case()),
        ..ask("SELECT * FROM indicators")
    };
    let exports = ["exported", "log.asked-in-sql", "log.asked-in-sql-as-csv"];
    node.ask_sql(researcher, &asked, SqlForm::Ndjson).await.unwrap();
    let mut rows = answers.indicators();
    rows.sort_by_key(|row| row["value"].to_string());
    let row = |value: &str| json!({ "kind": "domain", "value": value, "labels": [FAMILY] });
    let mut expected = vec![row(USUAL), row(FRESH)];
    expected.sort_by_key(|row| row["value"].to_string());
    assert_eq!(rows, expected);
    assert_eq!(answers.asked()[0]["with_indicators"], json!(true));
    assert_eq!(looks(&story, "watched").await, [Way::Read]);
    let line = |what: &str, subject: String| (what.to_owned(), subject);
    let question = "the desk asks: SELECT * FROM indicators".to_owned();
    let shown = line("log.asked-in-sql", question.clone());
    assert_eq!(noted(&story, &exports).await, std::slice::from_ref(&shown));

    // Taken along in a file, it is told as that.
    node.ask_sql(researcher, &asked, SqlForm::Csv).await.unwrap();
    assert_eq!(looks(&story, "watched").await, [Way::Read, Way::Exported]);
    let expected = [
        line("log.asked-in-sql-as-csv", question),
        line("exported", format!("{} in SQL", story.case())),
        shown,
    ];
    assert_eq!(noted(&story, &exports).await, expected);

    // Who does not see the case is told of none, and nothing says that they took it along.
    let outsider = story.at("isp", "outsider").1;
    for form in [SqlForm::Csv, SqlForm::Ndjson] {
        let hidden = node.ask_sql(outsider, &asked, form).await;
        assert!(
            matches!(hidden, Err(ServiceError::NotFound("case"))),
            "{hidden:?}"
        );
    }
    assert_eq!(noted(&story, &exports).await, expected);
    assert_eq!(answers.asked().len(), 2);
    // It gave the turn back.
    node.ask_sql(outsider, &ask("SELECT 1"), SqlForm::Ndjson)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_system_said_of_files_stays_in_the_nodes_own_log() {
    let story = story(1_625, &["rita"]).await;
    let (node, rita) = story.at("isp", "rita");
    let answers = Answerer::of(node);
    for kind in ["store", "output", "worker", "internal"] {
        answers.fails(kind, "cannot open /var/lib/accord/logs/x: Permission denied");
        let said = node.ask_sql(rita, &ask("SELECT 1"), SqlForm::Ndjson).await;
        match said {
            Err(ServiceError::Conflict(words)) => {
                assert!(words.contains("operator") && !words.contains("/var"), "{words}");
            }
            other => panic!("{kind}: {other:?}"),
        }
    }
    answers.fails("statement", "no field named lin");
    let said = node.ask_sql(rita, &ask("SELECT lin"), SqlForm::Ndjson).await;
    assert!(
        matches!(&said, Err(ServiceError::Invalid { message, .. }) if message.contains("lin")),
        "{said:?}"
    );
    let own = "it has no columns; `accord log index` builds them";
    let mut told = outcome(0, None);
    told["not_covered"] = json!([
        { "segment": "web/000001", "lines": 3, "why": own },
        { "segment": "web/000002", "lines": null, "why": "open /var/lib/accord/logs/columns.json: not allowed" },
    ]);
    told["not_covered_total"] = json!(2);
    answers.says(&[], &json!({ "outcome": told }));
    let answer = node
        .ask_sql(rita, &ask("SELECT 1"), SqlForm::Ndjson)
        .await
        .unwrap();
    let why: Vec<&str> = answer
        .outcome
        .not_covered
        .iter()
        .map(|one| one.why.as_str())
        .collect();
    assert_eq!(why[0], own);
    assert!(why[1].contains("operator") && !why[1].contains("/var"), "{why:?}");
}
