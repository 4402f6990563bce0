//! `/hunts/HUNT/lines/N`: one line with those beside it, what it says, and what is said of it.

use accord_service::{NewMark, OwnLineView};
use axum::extract::Path;

use super::super::failed::{Paged, id, problems};
use super::super::frame::{Page, Part, done, html};
use super::super::posted::{Posted, Typed};
use super::super::times::{bytes, count};
use super::one::{GONE, line_row};
use super::{at, field, link, optional, pair};
use crate::web::render;
use crate::web::view::ask::{AskPage, Asks};
use crate::web::view::tab::{Row, Section, Table};
use crate::web::view::write::{Field, Shape};
use crate::web::view::{Choice, Form, Href, Pair, Shell};

/// Most fields that stand on the page as they are; more are folded away in a table.
const FACTS_MAX: usize = 40;

const NAMES: &[(&str, &str)] = &[("tags", "tags"), ("comment", "comment")];

/// A line as sections.
fn sections(view: &OwnLineView) -> Vec<Section> {
    let line = &view.line;
    let found = Row {
        links: Vec::new(),
        facts: [
            line_row(&view.hunt, line).facts,
            vec![
                pair("Byte", count(line.place.offset)),
                pair("Length", bytes(line.place.length)),
                pair("SHA-256", line.place.sha256.clone()),
            ],
        ]
        .concat(),
        ..line_row(&view.hunt, line)
    };
    let mut all = vec![Section {
        heading: "The line".to_owned(),
        lede: view
            .gone
            .clone()
            .map(|why| format!("{GONE} {why}"))
            .unwrap_or_default(),
        rows: vec![found],
        ..Section::default()
    }];
    if view.gone.is_some() {
        return all;
    }
    let beside = view.beside.iter().map(|one| Row {
        title: count(one.line),
        soft: if one.is_it {
            "this one".to_owned()
        } else {
            String::new()
        },
        text: vec![one.text.clone()],
        ..Row::default()
    });
    let format = view.format.clone().unwrap_or_default();
    let said = view.said.iter().map(|record| {
        let mut facts: Vec<Pair> = record
            .time_ms
            .map(|ms| pair("Written", at(ms)))
            .into_iter()
            .collect();
        if record.left_out > 0 {
            facts.push(pair("Left out or cut", count(record.left_out as u64)));
        }
        let many = record.fields.len() > FACTS_MAX;
        if !many {
            facts.extend(
                record
                    .fields
                    .iter()
                    .map(|(name, value)| pair(name, value.clone())),
            );
        }
        let table = many.then(|| Table {
            caption: format!("{} fields", record.fields.len()),
            heads: vec!["Field".to_owned(), "Value".to_owned()],
            rows: record
                .fields
                .iter()
                .map(|(name, value)| vec![name.clone(), value.clone()])
                .collect(),
        });
        Row {
            title: "Its fields".to_owned(),
            soft: format.clone(),
            facts,
            table,
            ..Row::default()
        }
    });
    all.push(Section {
        heading: "What it says".to_owned(),
        rows: said.collect(),
        empty: (
            "It is not parsed.".to_owned(),
            format!("As {format} it says nothing in fields; it is searched all the same."),
        ),
        ..Section::default()
    });
    all.push(Section {
        heading: "Beside it".to_owned(),
        lede: "As they stand in the log.".to_owned(),
        rows: beside.collect(),
        ..Section::default()
    });
    all
}

fn asks(view: &OwnLineView, (typed, form): (&Typed, Form)) -> Asks {
    let mark = view.line.mark.as_ref();
    let tags = mark.map(|mark| mark.tags.iter().cloned().collect::<Vec<_>>().join(", "));
    let starred = match typed.is_first() {
        true => mark.is_some_and(|mark| mark.star),
        false => typed.has("star", "yes"),
    };
    let star = Field {
        choices: vec![Choice {
            value: "yes".to_owned(),
            label: "It matters".to_owned(),
            hint: String::new(),
            chosen: starred,
        }],
        ..field("star", "Star", "", Shape::Many, String::new())
    };
    let comment = mark.map(|mark| mark.comment.clone()).unwrap_or_default();
    Asks {
        heading: "What you say of it".to_owned(),
        form,
        fields: vec![
            star,
            optional(field(
                "tags",
                "Tags",
                "With commas between them.",
                Shape::Line,
                typed.or("tags", &tags.unwrap_or_default()),
            )),
            optional(field(
                "comment",
                "Comment",
                "It goes with the line where you take it into a case.",
                Shape::Prose,
                typed.or("comment", &comment),
            )),
        ],
        verb: "Keep it".to_owned(),
    }
}

/// The page of a line, as it is first, for the fixtures.
#[cfg(test)]
pub(in crate::web) fn first_shown(shell: Shell, view: &OwnLineView, form: Form) -> AskPage {
    shown(shell, view, (&Typed::default(), form))
}

/// The page of a line.
fn shown(shell: Shell, view: &OwnLineView, typed: (&Typed, Form)) -> AskPage {
    let number = view.line.number.to_string();
    let mut links = Vec::new();
    if view.line.text.is_some() {
        let into = link("Take it into a case", &["hunts", &view.hunt, "draft"]);
        links.push(crate::web::view::Link {
            href: into.href.with("lines", &number),
            ..into
        });
    }
    links.push(link(
        &format!("Every line of {}", view.name),
        &["hunts", &view.hunt],
    ));
    AskPage {
        shell,
        case: None,
        title: format!("A line of {}", view.line.place.source),
        lede: String::new(),
        notice: Vec::new(),
        sections: sections(view),
        asks: Some(asks(view, typed)),
        links,
    }
}

async fn show(page: &Page, hunt: &str, number: usize, typed: &Typed) -> Paged {
    let view = page.node.own_line(&page.who, hunt, number).await?;
    let form = typed.form(page, Href::of(&["hunts", hunt, "lines", &number.to_string()]));
    let shell = page.shell(Part::Hunts).await;
    html(render::render_ask(&shown(shell, &view, (typed, form))))
}

/// `/hunts/HUNT/lines/N`.
pub(super) async fn page(page: Page, Path((hunt, number)): Path<(String, String)>) -> Paged {
    accord_service::Act::HuntOwn.ask(&page.who)?;
    show(&page, &hunt, id(&number)?, &Typed::default()).await
}

/// Says something of it.
pub(super) async fn mark(Path((hunt, number)): Path<(String, String)>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    accord_service::Act::HuntOwn.ask(&page.who)?;
    let number = id(&number)?;
    let said = NewMark {
        star: typed.has("star", "yes"),
        tags: typed
            .get("tags")
            .split(',')
            .map(|tag| tag.trim().to_owned())
            .collect(),
        comment: typed.get("comment").replace("\r\n", "\n"),
    };
    let marked = page.node.mark_own_line(&page.who, &hunt, number, &said);
    match posted.once(marked).await {
        Ok(()) => Ok(done(
            Href::of(&["hunts", &hunt, "lines", &number.to_string()]),
            "hunt-marked",
            None,
        )),
        Err(error) => {
            let wrong = problems(error, NAMES)?;
            show(page, &hunt, number, &typed.clone().wrong(wrong)).await
        }
    }
}
