//! `/intel`: reports, indicators and files of every case that the person is on; one of them; a file saved.

use accord_model::content::{ContentBody, FileAttached, FileNature, IndicatorPublished, ReportPublished};
use accord_service::{IntelFilter, IntelItem, IntelKind};
use axum::extract::Path;
use axum::response::IntoResponse;

use super::*;
use crate::web::render;
use crate::web::routes::case::entry;
use crate::web::routes::frame::anchor;
use crate::web::view::intel::IntelPage;
use crate::web::view::tab::{Row, Section, SectionsPage};
use crate::web::view::{Actor, Mark, State, Tone};

/// Values shown on the page of a note; the API has all.
const VALUES_SHOWN: usize = 200;
/// Characters of a report on its page; the API has all.
const TEXT_SHOWN: usize = 60_000;

const fn kind_words(kind: IntelKind) -> &'static str {
    match kind {
        IntelKind::Report => "report",
        IntelKind::Indicators => "indicators",
        IntelKind::File => "file",
    }
}

fn body(item: &IntelItem) -> Option<ContentBody> {
    let kind = match item.kind {
        IntelKind::Report => EntryKind::ReportPublished,
        IntelKind::Indicators => EntryKind::IndicatorPublished,
        IntelKind::File => EntryKind::FileAttached,
    };
    ContentBody::from_json(kind, item.body.clone()).ok()
}

fn first_words(text: &str, most: usize) -> String {
    let mut words: String = text.chars().take(most).collect();
    if words.len() < text.len() {
        words.push('\u{2026}');
    }
    words
}

fn row(item: &IntelItem) -> Row {
    let (text, facts) = match body(item) {
        Some(ContentBody::ReportPublished(said)) => (vec![first_words(&said.text, 200)], Vec::new()),
        Some(ContentBody::IndicatorPublished(said)) => {
            let few: Vec<&str> = said
                .indicators
                .iter()
                .take(3)
                .map(|one| one.value.as_str())
                .collect();
            let facts = vec![
                pair("Values", count(said.indicators.len() as u64)),
                pair("Among them", few.join(", ")),
                pair("From", &said.from),
            ];
            (Vec::new(), facts)
        }
        Some(ContentBody::FileAttached(said)) => (Vec::new(), file_facts(&said)),
        _ => (Vec::new(), Vec::new()),
    };
    Row {
        title: item.title.clone(),
        soft: kind_words(item.kind).to_owned(),
        marking: Some(Mark(item.marking)),
        actor: Some(Actor {
            organisation: item.org.to_string(),
            person: None,
        }),
        at: Some(when(item.when_ms)),
        text,
        facts,
        links: vec![
            link("Open", item_href(item.at)),
            link(
                format!("Operation {}", operation(&item.operation)),
                Href::of(&["cases", &item.case.to_string(), "intel"]),
            ),
        ],
        ..Row::default()
    }
}

fn file_facts(said: &FileAttached) -> Vec<Pair> {
    let mut facts = vec![
        pair("Name", &said.name),
        pair("Size", bytes(said.size_bytes)),
        pair("SHA-256", &said.sha256),
    ];
    if said.nature == FileNature::Sample {
        facts.push(pair("Nature", "a sample: never run it"));
    }
    facts
}

/// `/intel`.
pub(in super::super) async fn page(page: Page) -> Paged {
    let kind = page.query("kind").parse::<IntelKind>().ok();
    let skip: usize = page.query("skip").parse().unwrap_or(0);
    let filter = IntelFilter {
        kind,
        case: page.query("case").parse().ok(),
        org: page.query("org").trim().parse().ok(),
        text: Some(page.query("q").to_owned()),
        skip,
    };
    let found = page.node.intelligence(&page.who, &filter).await?;
    let (_, cases) = cases(&page, page.query("case")).await?;
    let mut actions = Vec::new();
    if page.may(accord_service::Act::Write) {
        actions.push(link("Bring intelligence in", Href::of(&["import"])));
    }
    let next = found.next.map(|next| {
        let mut place = Href::of(&["intel"]);
        for name in ["q", "kind", "case", "org"] {
            if !page.query(name).is_empty() {
                place = place.with(name, page.query(name));
            }
        }
        place.with("skip", &next.to_string())
    });
    html(render::render_intel(&IntelPage {
        shell: page.shell(Part::Intel).await,
        action: Href::of(&["intel"]),
        form: page.form(Href::of(&["intel"])),
        text: page.query("q").to_owned(),
        kinds: IntelKind::ALL
            .map(|one| Choice {
                value: one.as_str().to_owned(),
                label: kind_words(one).to_owned(),
                hint: String::new(),
                chosen: kind == Some(one),
            })
            .into(),
        cases,
        org: page.query("org").to_owned(),
        sections: vec![Section {
            heading: match found.total {
                0 => "Nothing".to_owned(),
                total => counted(total as u64, "item", "items"),
            },
            lede: String::new(),
            actions,
            rows: found.items.iter().map(row).collect(),
            empty: (
                "There is nothing here that you may see.".to_owned(),
                "Bring a report or a list in, or ask to be named on a case.".to_owned(),
            ),
        }],
        next,
    }))
}

fn grading(said: Option<&accord_model::content::Grading>) -> Vec<Pair> {
    let Some(said) = said else { return Vec::new() };
    let admiralty = said
        .admiralty
        .as_ref()
        .map(|one| format!("{}{}", one.reliability, one.credibility));
    let three = said.three_five_two.as_ref().map(|one| {
        let grade = format!("{}{}{}", one.source, one.assessment, one.handling);
        match &one.conditions {
            Some(conditions) => format!("{grade}: {conditions}"),
            None => grade,
        }
    });
    let mut facts = Vec::new();
    facts.extend(admiralty.map(|grade| pair("Admiralty", grade)));
    facts.extend(three.map(|grade| pair("3x5x2", grade)));
    facts
}

fn report(said: &ReportPublished) -> (Vec<String>, Vec<Pair>) {
    let text = first_words(&said.text, TEXT_SHOWN);
    let mut facts = grading(said.grading.as_ref());
    if !said.techniques.is_empty() {
        facts.push(pair("ATT&CK", said.techniques.join(" ")));
    }
    if said.source_protected {
        facts.push(pair("Source", "protected"));
    }
    (
        text.lines()
            .map(str::to_owned)
            .filter(|line| !line.trim().is_empty())
            .collect(),
        facts,
    )
}

fn indicators(said: &IndicatorPublished) -> (Vec<String>, Vec<Pair>, Vec<Row>) {
    let mut facts = vec![pair("From", &said.from)];
    facts.extend(grading(said.grading.as_ref()));
    let text = said
        .note
        .iter()
        .flat_map(|note| note.lines())
        .map(str::to_owned)
        .collect();
    let rows = said.indicators.iter().take(VALUES_SHOWN).map(|one| {
        let mut facts = Vec::new();
        if !one.labels.is_empty() {
            facts.push(pair("Labels", one.labels.join(", ")));
        }
        facts.extend(one.confidence.map(|confidence| pair("Confidence", confidence)));
        Row {
            title: one.value.clone(),
            soft: one.kind.map(|kind| kind.to_string()).unwrap_or_default(),
            facts,
            ..Row::default()
        }
    });
    (text, facts, rows.collect())
}

/// One report, note with indicators, or file.
pub(in super::super) async fn one(page: Page, Path((ledger, seq)): Path<(String, String)>) -> Paged {
    let at = entry(&ledger, &seq)?;
    let item = page.node.intel_item(&page.who, at).await?;
    let mut head = Row {
        anchor: anchor(at),
        title: item.title.clone(),
        soft: kind_words(item.kind).to_owned(),
        text: Vec::new(),
        ..row(&item)
    };
    head.links.retain(|link| link.label != "Open");
    let mut sections = Vec::new();
    let mut lede = String::new();
    match body(&item) {
        Some(ContentBody::ReportPublished(said)) => (head.text, head.facts) = report(&said),
        Some(ContentBody::IndicatorPublished(said)) => {
            let (text, facts, rows) = indicators(&said);
            (head.text, head.facts) = (text, facts);
            head.links.extend(
                said.report
                    .map(|report| link("The report that explains them", item_href(report))),
            );
            sections.push(Section {
                heading: counted(said.indicators.len() as u64, "value", "values"),
                lede: if said.indicators.len() > VALUES_SHOWN {
                    format!("The first {VALUES_SHOWN}; the API gives all.")
                } else {
                    String::new()
                },
                rows,
                ..Section::default()
            });
        }
        Some(ContentBody::FileAttached(said)) => {
            head.text = said.note.iter().cloned().collect();
            head.links.extend(
                said.about
                    .map(|about| link("What it belongs to", item_href(about))),
            );
            let here = item.here == Some(true);
            let sample = said.nature == FileNature::Sample;
            if sample {
                lede = "This file may be harmful. Save it only where it cannot run, and never open it on a machine that \
                        matters. Each download is recorded, and its owner is told."
                    .to_owned();
                head.state = Some(State {
                    word: "may be harmful".to_owned(),
                    tone: Tone::Bad,
                });
            } else {
                lede =
                    "The file is saved, never shown here. Each download is recorded, and its owner is told."
                        .to_owned();
            }
            if here {
                let words = if sample {
                    "Save the sample, which may be harmful"
                } else {
                    "Save the file"
                };
                let place = Href::of(&["files", &at.ledger.to_string(), &at.seq.to_string()]);
                head.links.push(link(words, place));
            } else {
                head.text
                    .push("Its bytes have not arrived yet; they come with the next pull.".to_owned());
            }
        }
        _ => {}
    }
    let writes = page.node.case_head(&page.who, item.case).await?.writes;
    if item.org.as_str() != page.own() && writes.contains(&EntryKind::FeedbackGiven) {
        let place = Href::of(&["cases", &item.case.to_string(), "write", "feedback.given"]);
        head.links.push(link(
            "Tell them what became of it",
            place.with("about", &at.to_string()),
        ));
    }
    sections.insert(
        0,
        Section {
            heading: "What was shared".to_owned(),
            rows: vec![head],
            ..Section::default()
        },
    );
    html(render::render_sections(&SectionsPage {
        shell: page.shell(Part::Intel).await,
        title: item.title.clone(),
        lede,
        sections,
    }))
}

/// A file, to be saved: never as what it says it is, never shown, in a box of its own.
pub(in super::super) async fn download(page: Page, Path((ledger, seq)): Path<(String, String)>) -> Paged {
    let at = entry(&ledger, &seq)?;
    let (view, bytes) = page.node.download_file(&page.who, at).await?;
    Ok(crate::api::taken_along(&view.file.name, bytes).into_response())
}
