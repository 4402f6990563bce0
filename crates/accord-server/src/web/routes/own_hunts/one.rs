//! `/hunts/HUNT`: a hunt with what it found, by what the lines have in common, then line by line.

use accord_service::{FoundGroup, JobState, OwnFilter, OwnGroups, OwnLine, OwnLines, OwnRule};
use axum::extract::Path;

use super::super::failed::Paged;
use super::super::frame::{Page, Part, html};
use super::super::times::{count, counted};
use super::{at, facts, link, pair, state};
use crate::web::render;
use crate::web::view::tab::{Row, Section, SectionsPage};
use crate::web::view::{Href, Link, Pair, Spark, State, Tone};

/// Groups of one kind on the page; the API has fifty.
const GROUPS_SHOWN: usize = 10;

/// The address of some lines of a hunt.
fn lines_href(id: &str, filter: &OwnFilter) -> Href {
    let mut href = Href::of(&["hunts", id]);
    for (name, value) in [
        ("indicator", &filter.indicator),
        ("source", &filter.source),
        ("host", &filter.host),
        ("day", &filter.day),
        ("tag", &filter.tag),
    ] {
        if let Some(value) = value {
            href = href.with(name, value);
        }
    }
    if filter.starred {
        href = href.with("starred", "true");
    }
    if filter.skip > 0 {
        href = href.with("skip", &filter.skip.to_string());
    }
    href
}

fn group(told: &OwnLines, one: &FoundGroup, what: &str, filter: OwnFilter) -> Row {
    let mut facts = vec![pair("Lines", count(one.lines as u64))];
    if let Some((first, last)) = one.span {
        facts.push(pair("First", at(first)));
        facts.push(pair("Last", at(last)));
    }
    Row {
        title: one.key.clone(),
        soft: what.to_owned(),
        facts,
        links: vec![Link {
            label: "These lines".to_owned(),
            href: lines_href(&told.hunt.id, &filter).at("lines"),
        }],
        ..Row::default()
    }
}

fn groups(told: &OwnLines) -> Vec<Row> {
    let OwnGroups {
        indicators,
        sources,
        hosts,
        days: _,
    } = &told.groups;
    let mut rows = Vec::new();
    for one in indicators.iter().take(GROUPS_SHOWN) {
        let indicator = Some(one.key.clone());
        rows.push(group(
            told,
            one,
            "looked for",
            OwnFilter {
                indicator,
                ..OwnFilter::default()
            },
        ));
    }
    for one in hosts.iter().take(GROUPS_SHOWN) {
        let host = Some(one.key.clone());
        rows.push(group(
            told,
            one,
            "customer's address",
            OwnFilter {
                host,
                ..OwnFilter::default()
            },
        ));
    }
    for one in sources.iter().take(GROUPS_SHOWN) {
        let source = Some(one.key.clone());
        rows.push(group(
            told,
            one,
            "source",
            OwnFilter {
                source,
                ..OwnFilter::default()
            },
        ));
    }
    rows
}

/// The days of the lines, as one row.
fn days(told: &OwnLines) -> Option<Row> {
    let days = &told.groups.days;
    let (first, last) = (days.first()?, days.last()?);
    let shown = days
        .get(days.len().saturating_sub(Spark::BARS_MAX)..)
        .unwrap_or_default();
    let links = shown.iter().rev().take(GROUPS_SHOWN).map(|day| Link {
        label: format!("{}: {}", day.key, count(day.lines as u64)),
        href: lines_href(
            &told.hunt.id,
            &OwnFilter {
                day: Some(day.key.clone()),
                ..OwnFilter::default()
            },
        )
        .at("lines"),
    });
    Some(Row {
        title: "By day".to_owned(),
        spark: Some(Spark {
            label: format!("lines a day with lines, {} to {}", first.key, last.key),
            counts: shown.iter().map(|day| day.lines as u64).collect(),
        }),
        links: links.collect(),
        ..Row::default()
    })
}

pub(super) fn place(line: &OwnLine) -> String {
    format!("{}, line {}", line.place.segment, count(line.place.line))
}

/// What hit in it, in words.
pub(super) fn hits(line: &OwnLine) -> String {
    let mut all: Vec<String> = line
        .place
        .hits
        .iter()
        .map(|(indicator, _, value, _)| match indicator == value {
            true => indicator.clone(),
            false => format!("{indicator} by {value}"),
        })
        .collect();
    all.dedup();
    all.join(", ")
}

pub(super) const GONE: &str =
    "The line cannot be read any more: the stored file it stood in is gone or damaged.";

pub(super) fn line_row(id: &str, line: &OwnLine) -> Row {
    let mut facts = vec![pair("Hit", hits(line))];
    facts.extend(line.place.time_ms.map(|ms| pair("Written", at(ms))));
    facts.extend(
        line.place
            .customer
            .iter()
            .map(|host| pair("Customer", host.clone())),
    );
    if let Some(mark) = &line.mark {
        if !mark.tags.is_empty() {
            facts.push(pair(
                "Tags",
                mark.tags.iter().cloned().collect::<Vec<_>>().join(", "),
            ));
        }
        if !mark.comment.is_empty() {
            facts.push(pair("Comment", mark.comment.clone()));
        }
    }
    let starred = line.mark.as_ref().is_some_and(|mark| mark.star);
    Row {
        title: place(line),
        state: starred.then(|| State {
            word: "starred".to_owned(),
            tone: Tone::Waiting,
        }),
        text: vec![line.text.clone().unwrap_or_else(|| GONE.to_owned())],
        facts,
        links: vec![link(
            "Look at it",
            &["hunts", id, "lines", &line.number.to_string()],
        )],
        ..Row::default()
    }
}

/// What may be done with it now.
fn actions(told: &OwnLines) -> Vec<Link> {
    let hunt = &told.hunt;
    let act = |label: &str, act: &str| link(label, &["hunts", &hunt.id, act]);
    let mut all = Vec::new();
    if hunt.state == JobState::Running {
        all.push(act("Stop looking", "stop"));
    } else {
        let label = match (&hunt.ran, hunt.state) {
            (None, _) => "Look",
            (Some(_), JobState::Stopped) => "Go on",
            _ => "Look again",
        };
        all.push(act(label, "run"));
    }
    if hunt.rules.is_empty() {
        all.push(act("Count first", "counts"));
    }
    if hunt.standing.is_some() && hunt.still.is_none() {
        all.push(act("Look no more by itself", "rest"));
    } else {
        all.push(act("Look by itself", "stand"));
    }
    if told.lines.iter().any(|line| line.text.is_some()) {
        all.push(act("Take lines into a case", "draft"));
    }
    all.push(act("End it", "end"));
    all
}

fn rule_row(rule: &OwnRule) -> Row {
    let mut facts: Vec<Pair> = rule
        .level
        .iter()
        .map(|level| pair("Level", level.clone()))
        .collect();
    facts.push(pair("Log source", rule.log_source.clone()));
    facts.push(pair(
        "Evaluated on",
        match rule.evaluated {
            0 => "nothing yet: no record that was looked at is of its log source".to_owned(),
            records => counted(records, "record", "records"),
        },
    ));
    Row {
        title: rule.title.clone(),
        facts,
        ..Row::default()
    }
}

/// A hunt and its lines, as sections.
pub(in crate::web) fn sections(told: &OwnLines, filter: &OwnFilter) -> Vec<Section> {
    let hunt = &told.hunt;
    let mut text = vec![hunt.reason.clone()];
    text.extend(hunt.words.clone());
    text.extend(hunt.gaps.iter().map(|gap| format!("Not searched: {gap}.")));
    if hunt.gaps_left_out > 0 {
        text.push(format!("And {} more of that kind.", count(hunt.gaps_left_out)));
    }
    let mut all = vec![Section {
        heading: "The hunt".to_owned(),
        actions: actions(told),
        rows: vec![Row {
            title: hunt.name.clone(),
            state: Some(state(hunt)),
            text,
            facts: facts(hunt),
            ..Row::default()
        }],
        ..Section::default()
    }];
    if !hunt.rules.is_empty() {
        all.push(Section {
            heading: "Its rules".to_owned(),
            rows: hunt.rules.iter().map(rule_row).collect(),
            ..Section::default()
        });
    }
    if hunt.found == 0 {
        return all;
    }
    let mut rows = groups(told);
    rows.extend(days(told));
    all.push(Section {
        heading: "What they have in common".to_owned(),
        rows,
        ..Section::default()
    });
    let mut actions = Vec::new();
    let is_all = OwnFilter {
        skip: 0,
        ..filter.clone()
    } == OwnFilter::default();
    if !is_all {
        actions.push(link("Every line", &["hunts", &hunt.id]));
    }
    if !filter.starred {
        let starred = OwnFilter {
            starred: true,
            ..OwnFilter::default()
        };
        actions.push(Link {
            label: "Starred".to_owned(),
            href: lines_href(&hunt.id, &starred).at("lines"),
        });
    }
    for tag in told.tags.iter().take(GROUPS_SHOWN) {
        let tagged = OwnFilter {
            tag: Some(tag.clone()),
            ..OwnFilter::default()
        };
        actions.push(Link {
            label: format!("Tag {tag}"),
            href: lines_href(&hunt.id, &tagged).at("lines"),
        });
    }
    if let Some(next) = told.next {
        actions.push(Link {
            label: "Next lines".to_owned(),
            href: lines_href(
                &hunt.id,
                &OwnFilter {
                    skip: next,
                    ..filter.clone()
                },
            )
            .at("lines"),
        });
    }
    let shown = match (filter.skip, told.lines.len()) {
        (_, 0) => String::new(),
        (skip, shown) => format!(
            "{} to {} of {}.",
            count(skip as u64 + 1),
            count((skip + shown) as u64),
            counted(told.total as u64, "line", "lines")
        ),
    };
    all.push(Section {
        heading: if is_all { "Lines" } else { "Lines chosen" }.to_owned(),
        lede: shown,
        actions,
        rows: told
            .lines
            .iter()
            .enumerate()
            .map(|(number, line)| Row {
                anchor: if number == 0 {
                    "lines".to_owned()
                } else {
                    String::new()
                },
                ..line_row(&hunt.id, line)
            })
            .collect(),
        empty: (
            "No line is like that.".to_owned(),
            "Choose another group above, or every line.".to_owned(),
        ),
    });
    all
}

/// `/hunts/HUNT`.
pub(super) async fn page(page: Page, Path(hunt): Path<String>) -> Paged {
    let text = |name: &str| Some(page.query(name).to_owned()).filter(|text| !text.is_empty());
    let filter = OwnFilter {
        indicator: text("indicator"),
        source: text("source"),
        host: text("host"),
        day: text("day"),
        tag: text("tag"),
        starred: page.query("starred") == "true",
        skip: page.query("skip").parse().unwrap_or(0),
    };
    let told = page.node.own_lines(&page.who, &hunt, &filter).await?;
    html(render::render_sections(&SectionsPage {
        shell: page.shell(Part::Hunts).await,
        title: told.hunt.name.clone(),
        lede: "Lines of your organisation's own logs. They stay here until somebody takes one into a case."
            .to_owned(),
        sections: sections(&told, &filter),
    }))
}
