//! `/logs/collectors`: what this node collects by itself, and how that goes, for who may bring logs in.

use accord_service::{Act, CollectorState, CollectorView};

use super::failed::Paged;
use super::frame::{Page, Part, html};
use super::times::{bytes, count, counted, when};
use crate::web::render;
use crate::web::view::tab::{Row, Section, SectionsPage};
use crate::web::view::{Href, Link, Pair, State, Tone, When};

/// Most files that are named as not read; the API names all that are kept.
const REFUSED_SHOWN: usize = 5;
/// Most collectors on the page, those in trouble first; the API has all.
const SHOWN_MAX: usize = 40;

fn at(ms: i64) -> When {
    when(u64::try_from(ms).unwrap_or(0))
}

fn pair(name: &str, value: impl Into<String>) -> Pair {
    Pair {
        name: name.to_owned(),
        value: value.into(),
    }
}

const fn state_of(state: CollectorState) -> (&'static str, Tone) {
    match state {
        CollectorState::Quiet => ("nothing came since the start", Tone::Quiet),
        CollectorState::Collecting => ("collecting", Tone::Good),
        CollectorState::Behind => ("behind: more waits than should", Tone::Waiting),
        CollectorState::Failing => ("failing, and tried again", Tone::Bad),
    }
}

/// All of them in one state, with where they are shown; nothing where this person may not see them.
pub(super) async fn summary(page: &Page) -> accord_service::Result<Option<(Link, State)>> {
    if !page.may(Act::ImportLogs) {
        return Ok(None);
    }
    let all = page.node.collectors(&page.who).await?;
    let with = |which: CollectorState| all.iter().filter(|one| one.state == which).count() as u64;
    let (failing, behind) = (with(CollectorState::Failing), with(CollectorState::Behind));
    let (word, tone) = if all.is_empty() {
        ("none set up".to_owned(), Tone::Quiet)
    } else if failing > 0 {
        (format!("{failing} of {} failing", all.len()), Tone::Bad)
    } else if behind > 0 {
        (format!("{behind} of {} behind", all.len()), Tone::Waiting)
    } else {
        (counted(all.len() as u64, "in order", "in order"), Tone::Good)
    };
    let link = Link {
        label: "Collectors".to_owned(),
        href: Href::of(&["logs", "collectors"]),
    };
    Ok(Some((link, State { word, tone })))
}

/// What a count counts, in words.
fn not_taken(name: &str, number: u64) -> String {
    let messages = |what: &str| format!("{} {what}", counted(number, "message", "messages"));
    let of_bytes = |what: &str| format!("{} {what}", bytes(number));
    match name {
        "dropped_by_kernel" => {
            messages("dropped by the system before they were read: its receive buffer was full")
        }
        "dropped_queue_full" => messages("dropped for want of memory, or because the node was stopped"),
        "dropped_spool" => messages("dropped because the spool or its disk was full"),
        "dropped_rate" => messages("dropped beyond their sender's rate"),
        "refused_sender" => messages("or connections from outside the networks that may send"),
        "refused_limit" => messages("or connections beyond the number of senders or connections"),
        "oversize" => messages("longer than a message may be"),
        "incomplete" => messages("that ended before they were whole"),
        "malformed" => format!(
            "{} closed: what they sent is not framed as syslog is",
            counted(number, "connection", "connections")
        ),
        "tls_failed" => format!(
            "{} of TLS that failed",
            counted(number, "handshake", "handshakes")
        ),
        "empty" => messages("without a byte"),
        "torn_bytes" => of_bytes("of the spool not whole after a crash; none was acknowledged"),
        "truncated_bytes" => of_bytes("cut off a file before they were taken; a copy of it may have them"),
        "vanished_bytes" => of_bytes("of files that were gone before they were taken"),
        "refused_files" => format!(
            "{} not read: more match than may be followed",
            counted(number, "file", "files")
        ),
        "repeats" => format!(
            "{} told as a repeat, kept once",
            counted(number, "append", "appends")
        ),
        other => format!("{other}: {}", count(number)),
    }
}

fn row(one: &CollectorView) -> Row {
    let numbers = &one.numbers;
    let (word, tone) = state_of(one.state);
    let kind = match numbers.kind {
        "files" => "log files",
        "syslog" => "syslog",
        _ => "appends over HTTP",
    };
    let followed = match numbers.kind {
        "files" => pair("Follows", counted(numbers.followed, "file", "files")),
        _ => pair("Receives from", counted(numbers.followed, "sender", "senders")),
    };
    let mut facts = vec![
        pair("Feeds", numbers.source.clone()),
        followed,
        pair(
            "Stored since the start",
            format!(
                "{}, {}, {}",
                counted(numbers.lines, "line", "lines"),
                bytes(numbers.bytes),
                counted(numbers.segments, "segment", "segments")
            ),
        ),
        pair(
            "Waits",
            match (numbers.lag_bytes, numbers.lag_since_ms) {
                (0, _) => "nothing".to_owned(),
                (waits, None) => bytes(waits),
                (waits, Some(since)) => format!("{}, the oldest since {}", bytes(waits), at(since).shown),
            },
        ),
        pair(
            "Last segment",
            match (&one.last_segment, numbers.last_segment_ms) {
                (Some(id), Some(made)) => format!("{id}, {}", at(made).shown),
                _ => "none since the start".to_owned(),
            },
        ),
    ];
    for listens in &one.listening {
        facts.push(pair(
            "Listens",
            format!("{} {}", listens.transport.to_uppercase(), listens.address),
        ));
    }
    for (name, number) in numbers.counts.iter().filter(|(_, number)| **number > 0) {
        let name_of = if *name == "repeats" {
            "Sent again"
        } else {
            "Not taken"
        };
        facts.push(pair(name_of, not_taken(name, *number)));
    }
    for (file, why) in one.refused.iter().take(REFUSED_SHOWN) {
        facts.push(pair("Not read", format!("{file}: {why}")));
    }
    let more = one.refused.len().saturating_sub(REFUSED_SHOWN);
    if more > 0 {
        facts.push(pair(
            "Not read",
            format!("and {}", counted(more as u64, "more file", "more files")),
        ));
    }
    let last_error = one.last_error.as_ref();
    facts.push(pair(
        "Last error",
        last_error.map_or_else(
            || "none since the start".to_owned(),
            |error| format!("{}, {}", error.words, at(error.at_ms).shown),
        ),
    ));
    Row {
        title: numbers.name.clone(),
        soft: kind.to_owned(),
        state: Some(State {
            word: word.to_owned(),
            tone,
        }),
        text: vec![one.follows.clone()],
        facts,
        links: vec![Link {
            label: format!("What is stored of {}", numbers.source),
            href: Href::of(&["logs", "source", &numbers.source]),
        }],
        ..Row::default()
    }
}

/// `/logs/collectors`.
pub(super) async fn list(page: Page) -> Paged {
    let mut all = page.node.collectors(&page.who).await?;
    // The worst first; among equals as the configuration has them.
    all.sort_by_key(|one| match one.state {
        CollectorState::Failing => 0,
        CollectorState::Behind => 1,
        CollectorState::Collecting | CollectorState::Quiet => 2,
    });
    let more = all.len().saturating_sub(SHOWN_MAX);
    html(render::render_sections(&SectionsPage {
        shell: page.shell(Part::Logs).await,
        title: "Collectors".to_owned(),
        lede: "What this node brings in by itself. The configuration says what is followed; numbers count from the \
               node's start."
            .to_owned(),
        sections: vec![Section {
            heading: "What is followed".to_owned(),
            actions: vec![Link {
                label: "Logs".to_owned(),
                href: Href::of(&["logs"]),
            }],
            lede: match more {
                0 => String::new(),
                more => format!(
                    "And {more} more, none of them worse than those shown: `accord collector list` has all."
                ),
            },
            rows: all.iter().take(SHOWN_MAX).map(row).collect(),
            empty: (
                "Nothing is collected.".to_owned(),
                "Write [[logs.files]], [[logs.syslog]] or [[logs.http]] into accord.toml, which explains each key, and \
                 start the node again. Until then logs come in by import."
                    .to_owned(),
            ),
        }],
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_has_words_of_its_own() {
        for name in [
            "dropped_by_kernel",
            "dropped_queue_full",
            "dropped_spool",
            "dropped_rate",
            "refused_sender",
            "refused_limit",
            "oversize",
            "incomplete",
            "malformed",
            "tls_failed",
            "empty",
            "torn_bytes",
            "truncated_bytes",
            "vanished_bytes",
            "refused_files",
            "repeats",
        ] {
            let words = not_taken(name, 2);
            assert!(words.starts_with("2 ") && !words.contains('_'), "{words}");
        }
        assert_eq!(not_taken("something_new", 1_000), "something_new: 1,000");
    }
}
