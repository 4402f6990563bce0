//! `/sql`: questions in SQL about this organisation's own logs. The answer stands under the question, and can be taken along for
//! spreadsheets. [`kept`]: those that are kept, and asked again.

mod kept;

use accord_service::{
    Act, AskSql, KeptSqlView, NewKeptSql, SQL_NAME_MAX, SqlAnswer, SqlForm, SqlOutcome, sql_parameters,
};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use super::failed::{Paged, problems};
use super::frame::{Page, Part, html, operation};
use super::posted::{Posted, Typed};
use super::times::{bytes, count, counted};
use crate::listed::{Part as Listing, Routes};
use crate::web::render;
use crate::web::view::ask::{AskPage, Asks};
use crate::web::view::tab::{Row, Section, Table};
use crate::web::view::write::{Field, Shape};
use crate::web::view::{Choice, FieldError, Form, Href, Link, Pair, Shell};

/// Rows shown; a spreadsheet has all that came.
const ROWS_SHOWN: usize = 100;
/// Characters shown of a value.
const VALUE_SHOWN: usize = 300;
/// Stored files without columns that are named.
const NOT_COVERED_SHOWN: usize = 5;

/// The field with the values of parameters.
const PARAMETERS: &str = "parameters";
/// The field with the name under which a question is kept.
const KEEP: &str = "keep";
const NAMES: &[(&str, &str)] = &[
    ("statement", "statement"),
    ("reason", "reason"),
    ("case", "case"),
    ("name", KEEP),
];

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/sql", page)
        .post("/sql", ask)
        .get("/sql/kept/{question}", kept::page)
        .post("/sql/kept/{question}", kept::act)
}

fn pair(name: &str, value: impl Into<String>) -> Pair {
    Pair {
        name: name.to_owned(),
        value: value.into(),
    }
}

fn field(name: &str, label: &str, hint: &str, shape: Shape, value: String) -> Field {
    Field {
        name: name.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        value,
        optional: false,
        shape,
        choices: Vec::new(),
    }
}

fn cell(value: Option<&serde_json::Value>) -> String {
    let text = match value {
        None | Some(serde_json::Value::Null) => String::new(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    text.chars().take(VALUE_SHOWN).collect()
}

/// What is told of an answer, in facts.
fn facts(outcome: &SqlOutcome) -> Vec<Pair> {
    let mut facts = vec![
        pair("Rows", count(outcome.rows)),
        pair("Stored files", count(outcome.covered)),
        pair("Read", bytes(outcome.read_bytes)),
        pair("Took", format!("{:.2} seconds", outcome.seconds)),
    ];
    if outcome.truncated.is_some() {
        facts.push(pair(
            "Cut",
            "there are more rows than one answer takes: narrow the question",
        ));
    }
    if outcome.not_covered_total > 0 {
        let named: Vec<&str> = outcome
            .not_covered
            .iter()
            .take(NOT_COVERED_SHOWN)
            .map(|one| one.segment.as_str())
            .collect();
        let files = counted(outcome.not_covered_total, "stored file has", "stored files have");
        facts.push(pair(
            "Not covered",
            format!("{files} no columns: {}", named.join(", ")),
        ));
    }
    facts
}

/// An answer as a section.
fn answered(answer: &SqlAnswer) -> Section {
    let outcome = &answer.outcome;
    let lines = answer
        .body
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    let rows = lines.take(ROWS_SHOWN).filter_map(|line| {
        let row: serde_json::Value = serde_json::from_slice(line).ok()?;
        Some(
            outcome
                .columns
                .iter()
                .map(|column| cell(row.get(&column.name)))
                .collect(),
        )
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let caption = match rows.len() as u64 {
        shown if shown < outcome.rows => format!("The first {} rows", count(shown)),
        shown => counted(shown, "row", "rows"),
    };
    Section {
        heading: "The answer".to_owned(),
        lede: "Columns are derived: segment and line name the line that counts.".to_owned(),
        rows: vec![Row {
            title: counted(outcome.rows, "row", "rows"),
            facts: facts(outcome),
            table: (!rows.is_empty()).then(|| Table {
                caption,
                heads: outcome.columns.iter().map(|column| column.name.clone()).collect(),
                rows,
            }),
            ..Row::default()
        }],
        ..Section::default()
    }
}

/// The page of a question, with its answer where there is one.
fn page_of(
    shell: Shell,
    (typed, form): (&Typed, Form),
    cases: Vec<(String, String)>,
    all_kept: &[KeptSqlView],
    answer: Option<&SqlAnswer>,
) -> AskPage {
    let chosen = |name: &'static str, value: &str| typed.has(name, value);
    let cases = cases.into_iter().map(|(value, label)| Choice {
        chosen: chosen("case", &value),
        value,
        label,
        hint: String::new(),
    });
    AskPage {
        shell,
        case: None,
        title: "Ask the logs in SQL".to_owned(),
        lede: "One SELECT over the columns of your organisation's own logs: logs, every source by its name, and indicators where \
               you choose a case. Nothing can be changed, nothing leaves, and what you ask stands in the access log."
            .to_owned(),
        notice: Vec::new(),
        sections: answer
            .map(answered)
            .into_iter()
            .chain((!all_kept.is_empty()).then(|| kept::section(all_kept)))
            .collect(),
        asks: Some(Asks {
            heading: "The question".to_owned(),
            form,
            fields: vec![
                field(
                    "statement",
                    "Statement",
                    "DESCRIBE logs tells the columns. It is stopped after a minute, or with 10,000 rows.",
                    Shape::Values,
                    typed.or("statement", "SELECT source, count(*) AS rows FROM logs GROUP BY source ORDER BY rows DESC"),
                ),
                Field {
                    optional: true,
                    ..field(
                        PARAMETERS,
                        "Values",
                        "One a line, day=2026-03-02: what $day in the statement stands for. A value is never read as SQL.",
                        Shape::Values,
                        typed.or(PARAMETERS, ""),
                    )
                },
                field(
                    "reason",
                    "Why are these logs looked through?",
                    "The auditor reads it.",
                    Shape::Line,
                    typed.or("reason", ""),
                ),
                Field {
                    optional: true,
                    choices: cases.collect(),
                    ..field(
                        "case",
                        "Indicators of",
                        "They are the table indicators: kind, value, labels.",
                        Shape::Choice,
                        String::new(),
                    )
                },
                Field {
                    optional: true,
                    ..field(
                        KEEP,
                        "Keep it as",
                        &format!(
                            "A name of at most {SQL_NAME_MAX} bytes: you ask it again with one click, or let it stand, and the \
                             node asks as logs come in."
                        ),
                        Shape::Line,
                        typed.or(KEEP, ""),
                    )
                },
                Field {
                    choices: vec![Choice {
                        value: "csv".to_owned(),
                        label: "As a file for spreadsheets".to_owned(),
                        hint: String::new(),
                        chosen: chosen("as", "csv"),
                    }],
                    ..field("as", "Take along", "", Shape::Many, String::new())
                },
            ],
            verb: "Ask".to_owned(),
        }),
        links: vec![Link {
            label: "Hunts".to_owned(),
            href: Href::of(&["hunts"]),
        }],
    }
}

/// The page of a question, for the fixtures.
#[cfg(test)]
pub(in crate::web) fn sql_page(
    shell: Shell,
    form: Form,
    cases: Vec<(String, String)>,
    all_kept: &[KeptSqlView],
    answer: Option<&SqlAnswer>,
) -> AskPage {
    page_of(shell, (&Typed::default(), form), cases, all_kept, answer)
}

#[cfg(test)]
pub(in crate::web) use kept::kept_page;

async fn show(page: &Page, typed: &Typed, answer: Option<&SqlAnswer>) -> Paged {
    let cases = page.node.cases(&page.who).await?.into_iter();
    let cases = cases.map(|case| {
        (
            case.id.to_string(),
            format!("Operation {}", operation(&case.operation)),
        )
    });
    let all_kept = page.node.kept_sql(&page.who).await?;
    let form = typed.form(page, Href::of(&["sql"]));
    let shell = page.shell(Part::Hunts).await;
    html(render::render_ask(&page_of(
        shell,
        (typed, form),
        cases.collect(),
        &all_kept,
        answer,
    )))
}

async fn page(page: Page) -> Paged {
    Act::HuntOwn.ask(&page.who)?;
    show(&page, &Typed::default(), None).await
}

/// An answer as a file.
fn file(answer: SqlAnswer) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"answer.csv\""),
    ];
    (headers, answer.body).into_response()
}

async fn ask(posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    Act::HuntOwn.ask(&page.who)?;
    let case = match typed.get("case") {
        "" => None,
        id => Some(super::failed::id(id)?),
    };
    let values = typed.raw(PARAMETERS).lines();
    let parameters = match sql_parameters(values.filter(|line| !line.trim().is_empty())) {
        Ok(parameters) => parameters,
        Err(error) => {
            let wrong = vec![FieldError {
                field: PARAMETERS.to_owned(),
                message: error.to_string(),
            }];
            return show(page, &typed.clone().wrong(wrong), None).await;
        }
    };
    let asked = AskSql {
        statement: typed.raw("statement").to_owned(),
        reason: typed.get("reason").to_owned(),
        parameters,
        case,
    };
    let form = match typed.has("as", "csv") {
        true => SqlForm::Csv,
        false => SqlForm::Ndjson,
    };
    let name = typed.get(KEEP);
    let answer = async {
        // Kept first: what is sent twice is refused by its name, and asked once.
        if !name.is_empty() {
            let new = NewKeptSql {
                name: name.to_owned(),
                question: asked.clone(),
            };
            page.node.keep_sql(&page.who, &new).await?;
        }
        page.node.ask_sql(&page.who, &asked, form).await
    };
    match (answer.await, form) {
        (Ok(answer), SqlForm::Csv) => Ok(file(answer)),
        (Ok(answer), SqlForm::Ndjson) => show(page, typed, Some(&answer)).await,
        (Err(error), _) => {
            let wrong = problems(error, NAMES)?;
            show(page, &typed.clone().wrong(wrong), None).await
        }
    }
}
