//! `/protection/feeds`: the feeds and how they go, and which sources prove useful; `/protection/feeds/NAME`: one of them.

use accord_service::{
    Act, BLOCK_AT, FeedState, FeedView, HeldPull, NewFeed, PullLine, PullOutcome, Refusals, SourceKind,
    SourceRank, Trial, TrialRow,
};
use axum::extract::Path;

use super::super::failed::Paged;
use super::super::frame::{Page, Part, html};
use super::super::times::{bytes, count, counted, when};
use super::{link, pair};
use crate::web::render;
use crate::web::view::tab::{Row, Section, SectionsPage};
use crate::web::view::{Href, Link, Mark, Pair, State, Tone};

/// Rows of values, pulls and reasons that a page shows; the API has all.
const ROWS_MAX: usize = 50;

pub(super) fn place(name: &str) -> Href {
    Href::of(&["protection", "feeds", name])
}

fn act_link(label: &str, name: &str, act: &str) -> Link {
    link(label, &["protection", "feeds", name, act])
}

fn state(view: &FeedView) -> State {
    let (word, tone) = match (view.state, view.mode) {
        (FeedState::Held, _) => ("held", Tone::Bad),
        (FeedState::Failing, _) => ("failing", Tone::Bad),
        (FeedState::Paused, _) => ("paused", Tone::Quiet),
        (FeedState::New, _) => ("never pulled", Tone::Waiting),
        (FeedState::Good, "block") => ("blocks", Tone::Good),
        (FeedState::Good, _) => ("on trial", Tone::Waiting),
    };
    State {
        word: word.to_owned(),
        tone,
    }
}

fn mode_words(mode: &str) -> &'static str {
    match mode {
        "block" => "blocks what is sure enough and not popular, detects the rest",
        _ => "on trial: detects, and blocks nothing",
    }
}

/// Numbers and times of a feed, for everybody who sees protection.
fn health(view: &FeedView) -> Vec<Pair> {
    let mut facts = vec![
        pair("From", &view.host),
        pair("Does", mode_words(view.mode)),
        pair("Values in force", count(view.in_force as u64)),
        pair("Of them blocked", count(view.blocked as u64)),
    ];
    facts.extend(view.days.map(|days| pair("Days that are read", days)));
    facts.extend(
        view.key_header
            .as_ref()
            .map(|header| pair("Key", format!("the operator's, sent as {header}"))),
    );
    facts.extend(view.good_ms.map(|at| pair("Last good pull", when(at).shown)));
    if let Some(under_way) = view.under_way {
        facts.push(pair("Being pulled", format!("{} so far", bytes(under_way.bytes))));
    }
    if view.failures > 0 {
        facts.push(pair("Failed in a row", view.failures));
    }
    facts.extend(view.next_in_ms.map(|ms| pair("Next pull", in_words(ms))));
    facts.extend(view.held_because.iter().map(|why| pair("Held because", why)));
    facts
}

fn in_words(ms: u64) -> String {
    match ms / 60_000 {
        0 => "within a minute".to_owned(),
        minutes @ 1..=119 => format!("in {}", counted(minutes, "minute", "minutes")),
        minutes => format!("in {}", counted(minutes / 60, "hour", "hours")),
    }
}

fn row(view: &FeedView) -> Row {
    Row {
        title: view.name.clone(),
        state: Some(state(view)),
        marking: view.about.as_ref().map(|about| Mark(about.marking)),
        facts: health(view),
        links: vec![link("Look at it", &["protection", "feeds", &view.name])],
        ..Row::default()
    }
}

fn source_row(rank: &SourceRank) -> Row {
    Row {
        title: rank.source.clone(),
        soft: match rank.kind {
            SourceKind::Feed => "feed".to_owned(),
            SourceKind::Organisation => "organisation, on cases".to_owned(),
        },
        facts: vec![
            pair(
                "Score",
                rank.score
                    .map_or_else(|| "not told yet".to_owned(), |score| score.to_string()),
            ),
            pair("Values", count(rank.values as u64)),
            pair("Seen in 30 days", count(rank.seen as u64)),
            pair("Only from here", count(rank.only_here as u64)),
            pair("Proved wrong", count(rank.proved_wrong as u64)),
        ],
        ..Row::default()
    }
}

/// `/protection/feeds`.
pub(super) async fn list(page: Page) -> Paged {
    let view = page.node.feeds(&page.who).await?;
    let may = page.may(Act::KeepFeeds);
    let mut sections = vec![Section {
        heading: "Feeds".to_owned(),
        lede: match view.clock_jump {
            Some(jump) => format!(
                "This node's clock jumped from {} to {}. Nothing in force was changed by it.",
                when(jump.before_ms).shown,
                when(jump.at_ms).shown
            ),
            None => "Pulled on a schedule. A new one detects; a second person lets it block.".to_owned(),
        },
        actions: may
            .then(|| link("Add a feed", &["protection", "feeds", "new"]))
            .into_iter()
            .collect(),
        rows: view.feeds.iter().map(row).collect(),
        empty: (
            "There is no feed.".to_owned(),
            "A researcher or case officer adds one: a list that somebody publishes over https.".to_owned(),
        ),
    }];
    if page.may(Act::LookUp) {
        let ranked = page.node.ranked_sources(&page.who).await?;
        sections.push(Section {
            heading: "Sources by use".to_owned(),
            lede: "Of the values that proved right (seen here in 30 days, and not false) or wrong (found false, on an \
                   allow list later, withdrawn): what share is right at least, with 95 % certainty. Few proofs make a \
                   low score."
                .to_owned(),
            rows: ranked.iter().take(ROWS_MAX).map(source_row).collect(),
            empty: (
                "Nobody has published anything yet.".to_owned(),
                "Feeds, and organisations on your cases, are ranked here.".to_owned(),
            ),
            ..Section::default()
        });
    }
    html(render::render_sections(&SectionsPage {
        shell: page.shell(Part::Protection).await,
        title: "Feeds".to_owned(),
        lede: "Lists that others publish, under the verdicts of the cases. They stay on this node."
            .to_owned(),
        sections,
    }))
}

fn about_facts(about: &NewFeed) -> Vec<Pair> {
    let or_all = |words: &[String], all: &str| match words.is_empty() {
        true => all.to_owned(),
        false => words.join(", "),
    };
    let mut facts = vec![
        pair("Address", &about.url),
        pair("What stands there", super::feed_form::form_words(about.form).0),
        pair(
            "Confidence",
            format!("{}; from {BLOCK_AT} on it can block", about.confidence),
        ),
        pair(
            "Pulled every",
            counted(u64::from(about.every_minutes), "minute", "minutes"),
        ),
        pair("Kinds", or_all(&about.kinds, "all")),
        pair(
            "Audiences",
            or_all(&about.audiences, "all that the marking allows"),
        ),
    ];
    facts.extend(about.column.map(|column| pair("Column of the values", column)));
    if !about.label.is_empty() {
        facts.push(pair("Label", &about.label));
    }
    if !about.terms.is_empty() {
        facts.push(pair("Published by", &about.terms));
    }
    facts
}

fn actions(view: &FeedView, page: &Page) -> Vec<Link> {
    let name = view.name.as_str();
    let mut links = Vec::new();
    if page.may(Act::KeepFeeds) {
        links.push(match view.under_way {
            Some(_) => act_link("Stop the pull", name, "stop"),
            None => act_link("Pull it now", name, "pull"),
        });
    }
    if page.may(Act::BlockByFeed) && view.mode == "trial" {
        links.push(act_link("Let it block", name, "block"));
    }
    if page.may(Act::KeepFeeds) {
        if view.mode == "block" {
            links.push(act_link("Put it back on trial", name, "trial"));
        }
        links.push(match view.paused {
            Some(_) => act_link("Resume it", name, "resume"),
            None => act_link("Pause it", name, "pause"),
        });
        links.push(act_link("Change it", name, "set"));
        links.push(act_link("Remove it", name, "remove"));
    }
    links
}

fn held_section(view: &FeedView, held: &HeldPull, may: bool) -> Section {
    let some = |words: &[String]| match words.is_empty() {
        true => "none".to_owned(),
        false => words.join(", "),
    };
    Section {
        heading: "A pull is held".to_owned(),
        lede: "It looks wrong. What was in force before it stays until somebody decides.".to_owned(),
        actions: match may {
            true => vec![
                act_link("Take it", &view.name, "accept"),
                act_link("Leave it", &view.name, "discard"),
            ],
            false => Vec::new(),
        },
        rows: vec![Row {
            title: held.reason.clone(),
            at: Some(when(held.at_ms)),
            facts: vec![
                pair("Values in it", count(held.values as u64)),
                pair("New", count(held.new as u64)),
                pair("Gone", count(held.gone as u64)),
                pair("Refused", count(held.refused.total)),
                pair("Some that are new", some(&held.new_examples)),
                pair("Some that are gone", some(&held.gone_examples)),
            ],
            ..Row::default()
        }],
        ..Section::default()
    }
}

fn trial_row(row: &TrialRow, name: &str, may: bool) -> Row {
    let mut links = vec![Link {
        label: "Where it comes from".to_owned(),
        href: Href::of(&["protection", "lookup"]).with("value", &row.value),
    }];
    if may {
        links.push(Link {
            label: "It is false".to_owned(),
            href: Href::of(&["protection", "feeds", name, "false"]).with("value", &row.value),
        });
    }
    Row {
        title: row.value.clone(),
        soft: row.kind.to_owned(),
        state: Some(match row.would_block {
            true => State {
                word: "block".to_owned(),
                tone: Tone::Waiting,
            },
            false => State {
                word: "detect".to_owned(),
                tone: Tone::Quiet,
            },
        }),
        facts: [
            Some(pair("Looked up", count(row.sightings))),
            row.last_day.as_ref().map(|day| pair("Last on", day)),
            (row.log_sources > 0).then(|| pair("Log sources that hold it", row.log_sources)),
            Some(pair("Score", row.score)),
            row.because.as_ref().map(|why| pair("Only detected", why)),
        ]
        .into_iter()
        .flatten()
        .collect(),
        links,
        ..Row::default()
    }
}

fn trial_section(view: &FeedView, trial: &Trial, may: bool) -> Section {
    let (blocked, of) = match view.mode {
        "block" => ("Of them blocked", "What it sees and blocks"),
        _ => ("Of them would be blocked", "What it would have blocked"),
    };
    let sum = Row {
        title: format!("Since {}", when(trial.since_ms).shown),
        facts: vec![
            pair("Values seen", count(trial.seen as u64)),
            pair("Look-ups that hit", count(trial.sightings)),
            pair(
                blocked,
                format!(
                    "{} in {}",
                    counted(trial.would_block as u64, "value", "values"),
                    counted(trial.would_block_sightings, "look-up", "look-ups")
                ),
            ),
            pair("Values that many use", count(trial.popular as u64)),
        ],
        ..Row::default()
    };
    let rows = trial.rows.iter().take(ROWS_MAX);
    Section {
        heading: of.to_owned(),
        lede: "Its values that were looked up here or stand in a log of this node, those seen most first."
            .to_owned(),
        rows: std::iter::once(sum)
            .chain(rows.map(|row| trial_row(row, &view.name, may)))
            .collect(),
        ..Section::default()
    }
}

fn refused_section(refused: &Refusals) -> Section {
    Section {
        heading: "Refused of its last good pull".to_owned(),
        lede: "One bad entry never costs the ones beside it.".to_owned(),
        rows: refused
            .reasons
            .iter()
            .take(ROWS_MAX)
            .map(|one| Row {
                title: one.reason.clone(),
                facts: vec![
                    pair("Entries", count(one.count)),
                    pair("Some of them", one.examples.join(", ")),
                ],
                ..Row::default()
            })
            .collect(),
        empty: ("Nothing was refused.".to_owned(), String::new()),
        ..Section::default()
    }
}

fn pull_row(line: &PullLine) -> Row {
    let (word, tone) = match line.outcome {
        PullOutcome::Changed => ("changed", Tone::Good),
        PullOutcome::Same => ("the same", Tone::Quiet),
        PullOutcome::Held => ("held", Tone::Bad),
        PullOutcome::Failed => ("failed", Tone::Bad),
        PullOutcome::Stopped => ("stopped", Tone::Quiet),
        PullOutcome::Accepted => ("taken by a person", Tone::Good),
    };
    let read = !matches!(line.outcome, PullOutcome::Failed | PullOutcome::Stopped);
    Row {
        title: when(line.at_ms).shown,
        soft: match line.by {
            Some(_) => "by hand".to_owned(),
            None => "on schedule".to_owned(),
        },
        state: Some(State {
            word: word.to_owned(),
            tone,
        }),
        text: line.words.iter().cloned().collect(),
        facts: match read {
            true => vec![
                pair("Values", count(line.values as u64)),
                pair("New", count(line.new as u64)),
                pair("Gone", count(line.gone as u64)),
                pair("Refused", count(line.refused)),
            ],
            false => Vec::new(),
        },
        ..Row::default()
    }
}

/// `/protection/feeds/NAME`.
pub(super) async fn one(page: Page, Path(name): Path<String>) -> Paged {
    let view = page.node.feed(&page.who, &name).await?;
    let may = page.may(Act::KeepFeeds);
    let mut facts = health(&view);
    facts.extend(view.about.iter().flat_map(about_facts));
    facts.push(pair(
        "Held when more is gone than",
        format!("{} percent", view.gone_percent),
    ));
    facts.push(pair(
        "Added by",
        format!("{}, {}", view.added.name, when(view.added.at_ms).shown),
    ));
    if view.set != view.added {
        facts.push(pair(
            "Changed by",
            format!("{}, {}", view.set.name, when(view.set.at_ms).shown),
        ));
    }
    for (words, done) in [("Lets it block", &view.blocks), ("Paused by", &view.paused)] {
        facts.extend(
            done.as_ref()
                .map(|done| pair(words, format!("{}, {}", done.name, when(done.at_ms).shown))),
        );
    }
    if view.refused_since > 0 {
        facts.push(pair(
            "Out of force since",
            format!(
                "{} on an allow list, somebody's own or found false by now",
                counted(view.refused_since as u64, "value is", "values are")
            ),
        ));
    }
    let mut sections = Vec::new();
    sections.extend(view.held.as_ref().map(|held| held_section(&view, held, may)));
    sections.push(Section {
        heading: "The feed".to_owned(),
        actions: actions(&view, &page),
        rows: vec![Row {
            title: view.name.clone(),
            state: Some(state(&view)),
            marking: view.about.as_ref().map(|about| Mark(about.marking)),
            facts,
            ..Row::default()
        }],
        ..Section::default()
    });
    sections.extend(view.trial.as_ref().map(|trial| trial_section(&view, trial, may)));
    sections.extend(view.refused.as_ref().map(refused_section));
    sections.push(Section {
        heading: "Pulls".to_owned(),
        rows: view.pulls.iter().take(ROWS_MAX).map(pull_row).collect(),
        empty: (
            "It was not pulled yet.".to_owned(),
            "A new feed is pulled within half a minute.".to_owned(),
        ),
        ..Section::default()
    });
    html(render::render_sections(&SectionsPage {
        shell: page.shell(Part::Protection).await,
        title: format!("Feed {}", view.name),
        lede: mode_words(view.mode).to_owned(),
        sections,
    }))
}
