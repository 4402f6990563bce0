//! What is done with a hunt: looking, stopping, standing, counting, taking lines into a case, ending it. Each says first what
//! will happen.

use accord_model::SpaceId;
use accord_service::{Act, Counts, OwnHuntView, ServiceError};
use axum::extract::Path;

use super::super::failed::{Failed, Paged, no, problems};
use super::super::frame::{Page, Part, done, html};
use super::super::posted::{Posted, Typed};
use super::super::times::{bytes, count, counted, date};
use super::{cases_of, choices, facts, field, link, pair, state};
use crate::web::render;
use crate::web::view::ask::{AskPage, Asks};
use crate::web::view::tab::{Row, Section, SectionsPage};
use crate::web::view::write::{Field, Shape};
use crate::web::view::{Href, Spark};

const NAMES: &[(&str, &str)] = &[("case", "case"), ("lines", "lines")];
/// Rows of counts on the page; the API has all.
const COUNTED_SHOWN: usize = 50;

/// What an act is called, what will happen, and its button.
fn words(hunt: &OwnHuntView, act: &str) -> Option<(&'static str, String, &'static str)> {
    let open = format!(
        "{}, {}",
        counted(hunt.open_segments, "stored file", "stored files"),
        bytes(hunt.open_bytes)
    );
    Some(match act {
        "run" => (
            "Look",
            format!(
                "It looks from where the last look ended: {open} that it has not looked in, and older ones for values that are \
                 new. It runs in the background, and can be stopped. That you look stands in the access log; nothing leaves."
            ),
            "Look",
        ),
        "stop" => (
            "Stop looking",
            "It stops at the next chance. What was found in the steps before stays, and the next look goes on from there."
                .to_owned(),
            "Stop",
        ),
        "stand" => (
            "Let it look by itself",
            "Whenever logs come in it looks in them, with your right: if you may hunt here or see its case no more, it stands \
             still. What it finds waits in your inbox."
                .to_owned(),
            "Let it look by itself",
        ),
        "rest" => (
            "Look no more by itself",
            "It looks only when somebody says so. What was found stays.".to_owned(),
            "Look no more by itself",
        ),
        "draft" => (
            "Take lines into a case",
            "A draft of yours is made, with each line, where it stands, its digest and what was said of it. You review it, mark \
             it and say whom it is for before anything is published."
                .to_owned(),
            "Make the draft",
        ),
        "end" => (
            "End the hunt",
            "The hunt is gone, with the places it found and what was said of them. The logs stay, and so do drafts and notes \
             that were made of its lines. It cannot be taken back."
                .to_owned(),
            "End it",
        ),
        _ => return None,
    })
}

async fn show(page: &Page, id: &str, act: &str, typed: &Typed) -> Paged {
    let hunt = page.node.own_hunt(&page.who, id).await?;
    let (title, lede, verb) = words(&hunt, act).ok_or_else(|| no("page"))?;
    let mut fields = Vec::new();
    if act == "draft" {
        let chosen = match typed.is_first() {
            true => Typed::of(vec![
                (
                    "case".to_owned(),
                    hunt.case.map(|case| case.to_string()).unwrap_or_default(),
                ),
                ("lines".to_owned(), page.query("lines").to_owned()),
            ]),
            false => typed.clone(),
        };
        fields.push(Field {
            choices: choices(cases_of(page).await?, &chosen, "case"),
            ..field("case", "Case", "", Shape::Choice, String::new())
        });
        fields.push(field(
            "lines",
            "Lines",
            "Their numbers in the hunt, from 0, with commas between them: the last part of a line's address.",
            Shape::Mono,
            chosen.raw("lines").to_owned(),
        ));
    }
    html(render::render_ask(&AskPage {
        shell: page.shell(Part::Hunts).await,
        case: None,
        title: title.to_owned(),
        lede,
        notice: Vec::new(),
        sections: vec![Section {
            heading: "The hunt".to_owned(),
            rows: vec![Row {
                title: hunt.name.clone(),
                state: Some(state(&hunt)),
                text: vec![hunt.reason.clone()],
                facts: facts(&hunt),
                ..Row::default()
            }],
            ..Section::default()
        }],
        asks: Some(Asks {
            heading: String::new(),
            form: typed.form(page, Href::of(&["hunts", id, act])),
            fields,
            verb: verb.to_owned(),
        }),
        links: vec![link("Back, with nothing done", &["hunts", id])],
    }))
}

/// How many lines a hunt may hit.
fn counts(hunt: &OwnHuntView, told: &Counts) -> Vec<Section> {
    let mut rows: Vec<Row> = told
        .counted
        .iter()
        .take(COUNTED_SHOWN)
        .map(|one| Row {
            title: one.indicator.clone(),
            soft: format!("in {}", one.source),
            facts: vec![pair(
                if one.at_most { "Lines, at most" } else { "Lines" },
                count(one.lines),
            )],
            ..Row::default()
        })
        .collect();
    let days: Vec<(i64, u64)> = told
        .days
        .iter()
        .filter_map(|day| Some((day.day_ms?, day.lines)))
        .collect();
    if let (Some((first, _)), Some((last, _))) = (days.first(), days.last()) {
        let shown = days
            .get(days.len().saturating_sub(Spark::BARS_MAX)..)
            .unwrap_or_default();
        let day = |ms: &i64| date(u64::try_from(*ms).unwrap_or(0));
        rows.push(Row {
            title: "By day".to_owned(),
            spark: Some(Spark {
                label: format!("lines a day with lines, {} to {}", day(first), day(last)),
                counts: shown.iter().map(|(_, lines)| *lines).collect(),
            }),
            ..Row::default()
        });
    }
    let mut lede = format!(
        "{} in {}. A line that two values hit counts for both.",
        counted(told.lines, "line", "lines"),
        counted(told.segments, "stored file", "stored files")
    );
    if told.uncounted_bytes > 0 {
        lede.push_str(&format!(
            " {} can only be looked in: no postings answer for them.",
            bytes(told.uncounted_bytes)
        ));
    }
    for gap in &told.gaps {
        lede.push_str(&format!(" {gap}."));
    }
    vec![Section {
        heading: "It may hit".to_owned(),
        lede,
        actions: vec![link("Look", &["hunts", &hunt.id, "run"])],
        rows,
        empty: (
            "No line.".to_owned(),
            "Nothing that it looks for stands in the logs that can be counted.".to_owned(),
        ),
    }]
}

/// The page before an act, and the counts.
pub(super) async fn before(page: Page, Path((id, act)): Path<(String, String)>) -> Paged {
    Act::HuntOwn.ask(&page.who)?;
    if act == "counts" {
        let hunt = page.node.own_hunt(&page.who, &id).await?;
        let told = page.node.count_own_hunt(&page.who, &id).await?;
        return html(render::render_sections(&SectionsPage {
            shell: page.shell(Part::Hunts).await,
            title: format!("What {} may hit", hunt.name),
            lede: "Told from what was counted when the logs came in: no line was read.".to_owned(),
            sections: counts(&hunt, &told),
        }));
    }
    show(&page, &id, &act, &Typed::default()).await
}

fn numbers(text: &str) -> accord_service::Result<Vec<usize>> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let parsed: Result<Vec<usize>, _> = parts.map(str::parse).collect();
    parsed.map_err(|_| ServiceError::invalid("lines", "numbers with commas between them, as 0, 4, 7"))
}

async fn do_it(posted: &Posted, id: &str, act: &str) -> accord_service::Result<Option<(Href, &'static str)>> {
    let (node, who, typed) = (&posted.page.node, &posted.page.who, &posted.typed);
    let here = Href::of(&["hunts", id]);
    Ok(Some(match act {
        "run" => {
            posted
                .once(async { node.start_own_hunt(who, id).await.map(drop) })
                .await?;
            (here, "hunt-runs")
        }
        "stop" => {
            posted
                .once(async { node.stop_own_hunt(who, id).await.map(drop) })
                .await?;
            (here, "hunt-stopped")
        }
        "stand" | "rest" => {
            let stands = act == "stand";
            posted
                .once(async { node.let_own_hunt_stand(who, id, stands).await.map(drop) })
                .await?;
            (here, if stands { "hunt-stands" } else { "hunt-rests" })
        }
        "end" => {
            posted.once(node.end_own_hunt(who, id)).await?;
            (Href::of(&["hunts"]), "hunt-ended")
        }
        "draft" => {
            let case: SpaceId = typed
                .get("case")
                .parse()
                .map_err(|_| ServiceError::invalid("case", "choose the case"))?;
            let lines = numbers(typed.get("lines"))?;
            let drafting = async {
                node.draft_own_lines(who, id, case, &lines)
                    .await
                    .map(|draft| draft.id)
            };
            let draft: String = posted.once(drafting).await?;
            (Href::of(&["import", &draft]), "hunt-drafted")
        }
        _ => return Ok(None),
    }))
}

/// Does it.
pub(super) async fn act(Path((id, act)): Path<(String, String)>, posted: Posted) -> Paged {
    Act::HuntOwn.ask(&posted.page.who)?;
    match do_it(&posted, &id, &act).await {
        Ok(Some((place, word))) => Ok(done(place, word, None)),
        Ok(None) => Err::<_, Failed>(no("page")),
        Err(error) => {
            let wrong = problems(error, NAMES)?;
            show(&posted.page, &id, &act, &posted.typed.clone().wrong(wrong)).await
        }
    }
}
