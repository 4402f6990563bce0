//! `/hunts/matches`: which indicators the organisation's own logs hit as they came in.

use accord_service::{AskMatches, LogMatch, LogMatches};

use super::super::failed::Paged;
use super::super::frame::{Page, Part, html};
use super::super::times::{count, counted, span};
use super::{link, pair};
use crate::web::render;
use crate::web::view::tab::{Row, Section, SectionsPage};
use crate::web::view::{Href, Link, Shell, Spark};

/// Days of one indicator that are told; the API has all.
const DAYS_SHOWN: usize = 6;

fn row(one: &LogMatch, cases: &[(String, String)]) -> Row {
    let days = one.days.iter().rev().take(DAYS_SHOWN).map(|day| {
        let most = if day.at_most { "at most " } else { "" };
        format!(
            "{} in {}: {most}{}",
            day.day.as_deref().unwrap_or("no day told"),
            day.source,
            counted(day.lines, "line", "lines")
        )
    });
    let days: Vec<String> = days.collect();
    let more = one.days.len().saturating_sub(days.len());
    let mut facts = vec![
        pair("Lines", count(one.lines)),
        pair("Stored files", count(one.segments)),
        pair("Written", span(one.span)),
        pair(
            "By day",
            match more {
                0 => days.join("; "),
                more => format!("{}; and {} more", days.join("; "), count(more as u64)),
            },
        ),
        pair(
            "The first",
            format!("{}, line {}", one.first_segment, count(one.first_line)),
        ),
    ];
    if !one.feeds.is_empty() {
        facts.push(pair("Listed by", one.feeds.join(", ")));
    }
    let named = |id: &str| cases.iter().find(|(known, _)| known == id);
    let mut links: Vec<Link> = one
        .cases
        .iter()
        .filter_map(|case| {
            let (id, name) = named(&case.to_string())?;
            Some(link(name, &["cases", id, "intel"]))
        })
        .collect();
    links.push(Link {
        label: "Look it up".to_owned(),
        href: Href::of(&["protection", "lookup"]).with("value", &one.indicator),
    });
    let mut by_day: Vec<(&str, u64)> = Vec::new();
    for day in &one.days {
        let Some(name) = day.day.as_deref() else { continue };
        match by_day.iter_mut().find(|(known, _)| *known == name) {
            Some((_, lines)) => *lines += day.lines,
            None => by_day.push((name, day.lines)),
        }
    }
    by_day.sort_unstable();
    let shown = by_day
        .get(by_day.len().saturating_sub(Spark::BARS_MAX)..)
        .unwrap_or_default();
    Row {
        title: one.indicator.clone(),
        facts,
        links,
        spark: (shown.len() > 1).then(|| Spark {
            label: "lines a day with lines".to_owned(),
            counts: shown.iter().map(|(_, lines)| *lines).collect(),
        }),
        ..Row::default()
    }
}

/// What came in and matched, as a page.
pub(in crate::web) fn matches_page(
    shell: Shell,
    told: &LogMatches,
    cases: &[(String, String)],
) -> SectionsPage {
    let mut lede = format!(
        "{} of those that you may know of, in {}.",
        counted(told.total as u64, "indicator", "indicators"),
        counted(told.segments, "stored file", "stored files")
    );
    if told.total > told.matches.len() {
        lede.push_str(&format!(
            " The first {} are shown; the API takes a shorter time.",
            count(told.matches.len() as u64)
        ));
    }
    if told.destroyed > 0 {
        lede.push_str(&format!(
            " {} destroyed since: what they said is not known.",
            counted(told.destroyed, "stored file is", "stored files are")
        ));
    }
    let mut sections = vec![Section {
        heading: "Matched".to_owned(),
        lede,
        rows: told.matches.iter().map(|one| row(one, cases)).collect(),
        empty: (
            "Nothing matched.".to_owned(),
            "No line that came in hit an indicator of a case that you see, or of a feed.".to_owned(),
        ),
        ..Section::default()
    }];
    if told.not_matched_total > 0 {
        sections.push(Section {
            heading: "Not looked at".to_owned(),
            lede: format!(
                "{} cannot tell. A hunt looks in them.",
                counted(told.not_matched_total, "stored file", "stored files")
            ),
            rows: told
                .not_matched
                .iter()
                .map(|(segment, why)| Row {
                    title: segment.clone(),
                    text: vec![why.clone()],
                    ..Row::default()
                })
                .collect(),
            ..Section::default()
        });
    }
    SectionsPage {
        shell,
        title: "What came in and matched".to_owned(),
        lede: "Every log that is brought in is matched against what your cases and feeds list then. What is listed later is \
               looked for by a hunt."
            .to_owned(),
        sections,
    }
}

/// `/hunts/matches`.
pub(super) async fn page(page: Page) -> Paged {
    let source = Some(page.query("source").to_owned()).filter(|source| !source.is_empty());
    let asked = AskMatches {
        source,
        ..AskMatches::default()
    };
    let told = page.node.log_matches(&page.who, &asked).await?;
    let cases = super::cases_of(&page).await?;
    let shell = page.shell(Part::Hunts).await;
    html(render::render_sections(&matches_page(shell, &told, &cases)))
}
