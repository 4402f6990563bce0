//! Questions in SQL that are kept: `/sql/kept/ID`, and their list on `/sql`.

use accord_service::{Act, KeptSqlView, SqlAnswer, SqlForm};
use axum::extract::Path;

use super::super::failed::{Failed, Paged, no, problems};
use super::super::frame::{Page, Part, done, html};
use super::super::posted::{Posted, Typed};
use super::super::times::{counted, when};
use super::{answered, field, pair};
use crate::web::render;
use crate::web::view::ask::{AskPage, Asks};
use crate::web::view::tab::{Row, Section};
use crate::web::view::write::{Field, Shape};
use crate::web::view::{Choice, FieldError, Form, Href, Link, Pair, Shell, State, Tone};

/// The field that says what is done.
const ACT: &str = "act";

fn place(id: &str) -> Href {
    Href::of(&["sql", "kept", id])
}

/// How it stands.
fn state(kept: &KeptSqlView) -> State {
    let (word, tone) = match (&kept.still, kept.changed_ms, kept.standing, &kept.ran) {
        (Some(_), ..) => ("stands still", Tone::Bad),
        (None, Some(_), ..) => ("another answer", Tone::Waiting),
        (None, None, true, _) => ("stands", Tone::Good),
        (None, None, false, None) => ("not asked yet", Tone::Quiet),
        (None, None, false, Some(_)) => ("kept", Tone::Quiet),
    };
    State {
        word: word.to_owned(),
        tone,
    }
}

fn facts(kept: &KeptSqlView) -> Vec<Pair> {
    let mut facts = Vec::new();
    for (name, value) in &kept.question.parameters {
        facts.push(pair(&format!("${name}"), value.as_str()));
    }
    if let Some(ran) = &kept.ran {
        let rows = counted(ran.rows, "row", "rows");
        let more = if ran.truncated { ", and more" } else { "" };
        let by = if ran.by_itself { ", by itself" } else { "" };
        facts.push(pair("Asked last", format!("{}{by}", when(ran.at_ms).shown)));
        facts.push(pair("The answer", format!("{rows}{more}")));
    }
    facts.extend(
        kept.changed_ms
            .map(|at| pair("Another answer since", when(at).shown)),
    );
    facts.extend(kept.still.iter().map(|why| pair("Not answered", why.as_str())));
    facts
}

fn row(kept: &KeptSqlView, links: Vec<Link>) -> Row {
    Row {
        title: kept.name.clone(),
        state: Some(state(kept)),
        text: vec![kept.question.statement.clone(), kept.question.reason.clone()],
        facts: facts(kept),
        links,
        ..Row::default()
    }
}

/// What a person keeps.
pub(super) fn section(all: &[KeptSqlView]) -> Section {
    let link = |kept: &KeptSqlView| Link {
        label: "Ask it, let it stand, or end it".to_owned(),
        href: place(&kept.id),
    };
    Section {
        heading: "What you keep".to_owned(),
        lede: "Yours alone. One that stands is asked by the node as logs come in, at most once an hour; whether its answer is \
               another is told here."
            .to_owned(),
        rows: all.iter().map(|kept| row(kept, vec![link(kept)])).collect(),
        ..Section::default()
    }
}

fn page_of(
    shell: Shell,
    form: Form,
    typed: &Typed,
    kept: &KeptSqlView,
    answer: Option<&SqlAnswer>,
) -> AskPage {
    let choice = |value: &str, label: &str, hint: &str| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        chosen: typed.has(ACT, value) || (typed.get(ACT).is_empty() && value == "ask"),
    };
    let stand = match kept.standing {
        true => choice("stand-no-more", "Let it stand no more", ""),
        false => choice("stand", "Let it stand", ""),
    };
    let question = Section {
        heading: "The question".to_owned(),
        rows: vec![row(kept, Vec::new())],
        ..Section::default()
    };
    AskPage {
        shell,
        case: None,
        title: kept.name.clone(),
        lede: "A question in SQL that you keep. Each time it is asked stands in the access log.".to_owned(),
        notice: Vec::new(),
        sections: std::iter::once(question).chain(answer.map(answered)).collect(),
        asks: Some(Asks {
            heading: String::new(),
            form,
            fields: vec![Field {
                choices: vec![
                    choice("ask", "Ask it now", ""),
                    choice("csv", "Take its answer along, for spreadsheets", ""),
                    stand,
                    choice("end", "Keep it no longer", ""),
                ],
                ..field(
                    ACT,
                    "What is to be done?",
                    "Let stand, the node asks it with your right as logs come in, at most once an hour; the rows are not kept.",
                    Shape::Choice,
                    String::new(),
                )
            }],
            verb: "Do it".to_owned(),
        }),
        links: vec![Link {
            label: "Ask something else".to_owned(),
            href: Href::of(&["sql"]),
        }],
    }
}

/// The page of a kept question, for the fixtures.
#[cfg(test)]
pub(in crate::web) fn kept_page(
    shell: Shell,
    form: Form,
    kept: &KeptSqlView,
    answer: Option<&SqlAnswer>,
) -> AskPage {
    page_of(shell, form, &Typed::default(), kept, answer)
}

async fn found(page: &Page, id: &str) -> Result<KeptSqlView, Failed> {
    let all = page.node.kept_sql(&page.who).await?;
    all.into_iter()
        .find(|kept| kept.id == id)
        .ok_or_else(|| no("kept question"))
}

async fn show(page: &Page, id: &str, typed: &Typed, answer: Option<&SqlAnswer>) -> Paged {
    let kept = found(page, id).await?;
    let shell = page.shell(Part::Hunts).await;
    let form = typed.form(page, place(id));
    html(render::render_ask(&page_of(shell, form, typed, &kept, answer)))
}

/// What is kept of it, and what can be done.
pub(super) async fn page(page: Page, Path(id): Path<String>) -> Paged {
    Act::HuntOwn.ask(&page.who)?;
    show(&page, &id, &Typed::default(), None).await
}

/// Asks it, lets it stand, or ends it.
pub(super) async fn act(Path(id): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    Act::HuntOwn.ask(&page.who)?;
    if typed.get(ACT) == "end" && posted.was_done().await? {
        return Ok(done(Href::of(&["sql"]), "sql-ended", None));
    }
    found(page, &id).await?;
    let (node, who) = (&page.node, &page.who);
    let answer = match typed.get(ACT) {
        "ask" => node.ask_kept_sql(who, &id, SqlForm::Ndjson).await.map(Some),
        "csv" => match node.ask_kept_sql(who, &id, SqlForm::Csv).await {
            Ok(answer) => return Ok(super::file(answer)),
            Err(error) => Err(error),
        },
        "stand" | "stand-no-more" => {
            let stands = typed.get(ACT) == "stand";
            posted.once(node.let_sql_stand(who, &id, stands)).await?;
            return Ok(done(place(&id), "sql-stands", None));
        }
        "end" => {
            posted.once(node.end_kept_sql(who, &id)).await?;
            return Ok(done(Href::of(&["sql"]), "sql-ended", None));
        }
        _ => {
            let wrong = FieldError {
                field: ACT.to_owned(),
                message: "choose what is to be done".to_owned(),
            };
            return show(page, &id, &typed.clone().wrong(vec![wrong]), None).await;
        }
    };
    match answer {
        Ok(answer) => show(page, &id, typed, answer.as_ref()).await,
        Err(error) => {
            let wrong = problems(error, &[("statement", ACT), ("reason", ACT), ("case", ACT)])?;
            show(page, &id, &typed.clone().wrong(wrong), None).await
        }
    }
}
