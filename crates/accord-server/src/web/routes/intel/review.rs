//! `/import/DRAFT`: a draft, value by value, and how it is published.

use accord_model::content::{FileNature, VerdictWish};
use accord_service::{ImportDraft, ImportView, ServiceError, ValueView};
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect};

use super::chosen::{NAMES, choices, gradings};
use super::*;
use crate::web::render;
use crate::web::view::Mark;
use crate::web::view::intel::{ReviewPage, Value};

/// Values on one page: a page stays under its 100 KB.
const VALUES_PAGE: usize = 100;
/// Problems on the page; the API has all.
const UNREAD_MAX: usize = 30;

/// `/import/DRAFT`.
pub(in super::super) async fn page(page: Page, Path(draft): Path<String>) -> Paged {
    let number = page.query("page").parse().unwrap_or(1);
    show(&page, &draft, number, &Typed::default()).await
}

fn value_row(view: &ValueView, cases: &[CaseSummary]) -> Value {
    let found = &view.found;
    let mut places = found
        .places
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ");
    if found.times > found.places.len() as u64 {
        places.push_str(&format!(" ({} times)", count(found.times)));
    }
    let known = view.known_in.iter().map(|id| {
        let case = cases.iter().find(|case| case.id == *id);
        let name = case.map_or_else(
            || id.to_string(),
            |case| format!("Operation {}", operation(&case.operation)),
        );
        link(name, Href::of(&["cases", &id.to_string(), "intel"]))
    });
    Value {
        number: view.number.to_string(),
        ticked: view.ticked,
        kind: found.kind.replace('-', " "),
        value: found.value.clone(),
        labels: found.labels.join(", "),
        places,
        why: view.unticked_because.join("; "),
        second: view.second,
        known: known.collect(),
    }
}

fn facts(view: &ImportView) -> Vec<Pair> {
    let draft = &view.draft;
    let mut facts = vec![
        pair("What it is", draft.form.words()),
        pair("Size", bytes(draft.size_bytes)),
        pair("SHA-256", &draft.sha256),
    ];
    match view.material.strictest() {
        Some(found) => facts.push(pair("Marked", format!("{} ({})", found.tlp, found.place))),
        None => facts.push(pair("Marked", "not at all")),
    }
    if !view.material.labels.is_empty() {
        facts.push(pair("About", view.material.labels.join(", ")));
    }
    if view.material.found_over > 0 {
        facts.push(pair(
            "Left out",
            format!("{} more values", count(view.material.found_over)),
        ));
    }
    facts
}

async fn show(page: &Page, id_text: &str, number: usize, typed: &Typed) -> Paged {
    let view = page.node.import(&page.who, id_text).await?;
    let (draft, choices, material) = (&view.draft, &view.draft.choices, &view.material);
    let chosen = draft.case.map(|case| case.to_string()).unwrap_or_default();
    let (summaries, cases) = cases(page, &typed.or("case", &chosen)).await?;
    let pages = view.values.len().div_ceil(VALUES_PAGE).max(1);
    let number = number.clamp(1, pages);
    let first = (number - 1) * VALUES_PAGE;
    let shown: Vec<&ValueView> = view.values.iter().skip(first).take(VALUES_PAGE).collect();
    let ticked = view.values.iter().filter(|value| value.ticked).count();
    let range = match view.values.len() {
        0 => String::new(),
        total => format!(
            "{} to {} of {}, {} ticked.",
            count(first as u64 + 1),
            count((first + shown.len()) as u64),
            count(total as u64),
            count(ticked as u64)
        ),
    };
    let turn = |to: usize, words: &str| {
        let there = (1..=pages).contains(&to) && to != number;
        there.then(|| choice(&format!("page-{to}"), words, "", false))
    };
    let marking = choices.marking.unwrap_or(view.marking);
    let first_marking = Typed::of(vec![("marking".to_owned(), marking.as_str().to_owned())]);
    let markings = markings(if typed.is_first() { &first_marking } else { typed });
    let partners: Vec<_> = match summaries.iter().find(|case| Some(case.id) == draft.case) {
        Some(case) => case
            .parties
            .iter()
            .filter(|org| org.as_str() != page.own())
            .collect(),
        None => Vec::new(),
    };
    let recipients = if partners.len() < 2 {
        Vec::new()
    } else {
        let row =
            |org: &&accord_model::OrgName| choice(org.as_str(), org.as_str(), "", choices.to.contains(org));
        partners.iter().map(row).collect()
    };
    let mut files = vec![choice(
        "whole",
        &draft.name,
        "the material itself",
        choices.attach.is_some(),
    )];
    files.extend(material.parts.iter().enumerate().map(|(at, part)| {
        let hint = format!("{}, {}", part.form.words(), bytes(part.size_bytes));
        choice(&at.to_string(), &part.name, &hint, choices.parts.contains(&at))
    }));
    let techniques = choices
        .techniques
        .as_ref()
        .unwrap_or(&material.techniques)
        .join(" ");
    let grading = choices.grading.as_ref();
    let conditions = grading
        .and_then(|grading| grading.three_five_two.as_ref())
        .and_then(|three| three.conditions.clone())
        .unwrap_or_default();
    let unread = material.problems.iter().take(UNREAD_MAX).map(|problem| Pair {
        name: problem
            .place
            .as_ref()
            .map_or_else(|| "all of it".to_owned(), ToString::to_string),
        value: problem.what.clone(),
    });
    let more = material.problems.len().saturating_sub(UNREAD_MAX) as u64 + material.problems_over;
    let title = choices
        .title
        .clone()
        .or_else(|| material.title.clone())
        .unwrap_or_else(|| draft.name.clone());
    // A page is at most 100 KB: a long report is cut here and published as it is kept.
    let text = choices
        .report
        .clone()
        .unwrap_or_else(|| material.text.chars().take(REPORT_SHOWN_MAX).collect());
    html(render::render_review(&ReviewPage {
        shell: page.shell(Part::Intel).await,
        name: draft.name.clone(),
        marking: material.strictest().map(|_| Mark(view.marking)),
        facts: facts(&view),
        unread: unread.collect(),
        unread_more: if more > 0 {
            format!("and {} more", counted(more, "thing", "things"))
        } else {
            String::new()
        },
        form: typed.form(
            page,
            Href::of(&["import", &draft.id]).with("page", &number.to_string()),
        ),
        values: shown.iter().map(|view| value_row(view, &summaries)).collect(),
        range,
        pages: [
            turn(number.saturating_sub(1), "Save, and back"),
            turn(number + 1, "Save, and further"),
        ]
        .into_iter()
        .flatten()
        .collect(),
        cases,
        title: typed.or("title", &title),
        markings,
        looser: typed.or("looser", choices.looser_because.as_deref().unwrap_or_default()),
        recipients,
        from: typed.or("from", choices.from.as_deref().unwrap_or_default()),
        protected: vec![choice(
            "yes",
            "The source is protected",
            "nothing says where it comes from, and no file goes with it",
            choices.source_protected,
        )],
        labels: typed.or("labels", &choices.labels.join(", ")),
        techniques: typed.or("techniques", &techniques),
        confidence: typed.or(
            "confidence",
            &choices.confidence.map(|n| n.to_string()).unwrap_or_default(),
        ),
        until: typed.or("until", &choices.valid_until_ms.map(minute).unwrap_or_default()),
        wishes: [
            (VerdictWish::Detect, "detect silently"),
            (VerdictWish::Block, "block"),
        ]
        .map(|(wish, label)| choice(wish.as_str(), label, "", choices.wish == Some(wish)))
        .into(),
        gradings: gradings(grading),
        conditions: typed.or("conditions", &conditions),
        report_on: vec![choice(
            "yes",
            "Publish this text as a report with the values",
            "",
            choices.report.is_some(),
        )],
        report: typed.or("report", &text),
        link: (view.together.len() > 1)
            .then(|| {
                choice(
                    "yes",
                    "These were seen in one mail",
                    &view.together.join(", "),
                    choices.link.unwrap_or(true),
                )
            })
            .into_iter()
            .collect(),
        files,
        natures: [
            (FileNature::Document, "a document"),
            (FileNature::Sample, "a sample that must never run"),
        ]
        .map(|(nature, label)| choice(nature.as_str(), label, "", choices.attach == Some(nature)))
        .into(),
        throw_away: page.form(Href::of(&["import", &draft.id, "throw-away"])),
        back: Href::of(&["import"]),
    }))
}

/// Most characters of a report's text in the form.
const REPORT_SHOWN_MAX: usize = 30_000;

async fn keep(posted: &Posted, view: &ImportView) -> accord_service::Result<ImportDraft> {
    let (page, typed, draft) = (&posted.page, &posted.typed, &view.draft);
    let mut chosen = choices(typed, &draft.choices)?;
    match typed.get("do") {
        // Whatever nothing speaks against but that the material only mentions it.
        "all" => {
            let harmless = |value: &&ValueView| {
                value.listed.is_none()
                    && value.own.is_none()
                    && value.theirs.is_empty()
                    && value.known_in.is_empty()
            };
            let all = view.values.iter().filter(harmless);
            chosen.ticks.extend(all.map(|value| (value.number, true)));
        }
        "none" => chosen.ticks = (0..draft.values).map(|number| (number, false)).collect(),
        "proposed" => chosen.ticks.clear(),
        _ => {}
    }
    let case = match typed.get("case") {
        "" => None,
        text => Some(
            text.parse()
                .map_err(|error| ServiceError::invalid("case", error))?,
        ),
    };
    posted
        .once(page.node.choose_import(&page.who, &draft.id, case, &chosen))
        .await
}

/// Saves what was chosen; then another page of values, or what will happen.
pub(in super::super) async fn save(Path(id): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let number: usize = page.query("page").parse().unwrap_or(1);
    let before = page.node.import(&page.who, &id).await?;
    let kept = match keep(&posted, &before).await {
        Ok(_) if typed.get("do") == "preview" => page.node.plan_import(&page.who, &id).await.map(|_| ()),
        Ok(_) => Ok(()),
        Err(error) => Err(error),
    };
    if let Err(error) = kept {
        let wrong = problems(error, NAMES)?;
        return show(page, &id, number, &typed.clone().wrong(wrong)).await;
    }
    let here = Href::of(&["import", &id]);
    let to = typed.get("do").strip_prefix("page-");
    Ok(match typed.get("do") {
        "preview" => {
            let there = Href::of(&["import", &id, "publish"]);
            Redirect::to(there.as_str()).into_response()
        }
        _ => done(
            here.with("page", to.unwrap_or(&number.to_string())),
            "draft-saved",
            None,
        ),
    })
}

/// Throws a draft away.
pub(in super::super) async fn throw_away(Path(id): Path<String>, posted: Posted) -> Paged {
    let page = &posted.page;
    posted.once(page.node.drop_import(&page.who, &id)).await?;
    Ok(done(Href::of(&["import"]), "draft-gone", None))
}
