//! `/logs/keeping`: how long logs are kept, what is held, what is over and what was destroyed; and the acts that decide it, each
//! with what will happen first.

use accord_service::{Act, LogKeeping, LogRecord, NewLogHold, NewRetention, RetentionPreview, ServiceError};
use axum::extract::Path;

use super::failed::{Paged, no, problems};
use super::frame::{Page, Part, done, html};
use super::posted::{Posted, Typed};
use super::times::{bytes, count, counted, parse_minute, span, when};
use crate::listed::{Part as Listing, Routes};
use crate::web::render;
use crate::web::view::ask::{AskPage, Asks};
use crate::web::view::tab::{Row, Section, SectionsPage};
use crate::web::view::write::{Field, Shape};
use crate::web::view::{Choice, Href, Link, Pair, State, Tone};

/// Records on the page; the API has all.
const RECORDS_SHOWN: usize = 20;
/// What a retention would come to is told for these many days.
const WHAT_IF_DAYS: [u32; 5] = [30, 90, 180, 365, 730];

const NAMES: &[(&str, &str)] = &[
    ("reason", "reason"),
    ("decision", "hold"),
    ("days", "days"),
    ("source", "source"),
    ("segment", "segment"),
    ("seen", "seen"),
    ("from", "from"),
    ("to", "to"),
];

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/logs/keeping", page)
        .get("/logs/keeping/{act}", before)
        .post("/logs/keeping/{act}", act)
}

fn pair(name: &str, value: impl Into<String>) -> Pair {
    Pair {
        name: name.to_owned(),
        value: value.into(),
    }
}

fn link(label: &str, segments: &[&str]) -> Link {
    Link {
        label: label.to_owned(),
        href: Href::of(segments),
    }
}

/// A link to an act about something.
fn about(label: &str, act: &str, name: &str, value: &str) -> Link {
    Link {
        label: label.to_owned(),
        href: Href::of(&["logs", "keeping", act]).with(name, value),
    }
}

fn at(ms: i64) -> String {
    when(u64::try_from(ms).unwrap_or(0)).shown
}

fn record_row(record: &LogRecord) -> Row {
    let (word, tone) = match record.act {
        "destroyed" => ("destroyed", Tone::Bad),
        "hold" => ("held", Tone::Waiting),
        "lift" => ("lifted", Tone::Quiet),
        _ => ("kept", Tone::Good),
    };
    Row {
        title: format!("Record {}", count(record.number)),
        state: Some(State {
            word: word.to_owned(),
            tone,
        }),
        text: vec![record.words.clone(), record.why.clone()],
        facts: vec![pair("By", record.who.clone()), pair("When", at(record.at_ms))],
        ..Row::default()
    }
}

/// What there is, as sections; what this person may do stands at each.
pub(in crate::web) fn sections(told: &LogKeeping, keeps: bool, holds: bool) -> Vec<Section> {
    let sources = told.sources.iter().map(|one| {
        let mut facts = vec![
            pair(
                "Kept",
                one.days.map_or_else(
                    || "until somebody says otherwise".to_owned(),
                    |days| {
                        format!(
                            "{} from the import of each file",
                            counted(u64::from(days), "day", "days")
                        )
                    },
                ),
            ),
            pair(
                "Stored",
                format!("{}, {}", counted(one.segments, "file", "files"), bytes(one.bytes)),
            ),
        ];
        facts.extend(one.oldest_ms.map(|ms| pair("The oldest came", at(ms))));
        if let (Some(who), Some(ms)) = (&one.who, one.at_ms) {
            facts.push(pair("Decided", format!("{who}, {}", at(ms))));
        }
        let mut links = Vec::new();
        if keeps {
            links.push(about("Change it", "retention", "source", &one.source));
        }
        if holds {
            links.push(about("Hold it", "hold", "source", &one.source));
        }
        Row {
            title: one.source.clone(),
            text: one.why.clone().into_iter().collect(),
            facts,
            links,
            ..Row::default()
        }
    });
    let held = told.holds.iter().map(|hold| Row {
        title: hold.hold.clone(),
        text: vec![hold.covers.clone(), hold.why.clone()],
        facts: vec![pair("By", hold.who.clone()), pair("When", at(hold.at_ms))],
        links: match holds {
            true => vec![about("Lift it", "lift", "hold", &hold.hold)],
            false => Vec::new(),
        },
        ..Row::default()
    });
    let over = told.over.iter().map(|over| Row {
        title: over.segment.clone(),
        state: Some(match over.held_by.as_slice() {
            [] => State {
                word: match told.clock_leap {
                    Some(_) => "waits for the clock",
                    None => "destroyed within the hour",
                }
                .to_owned(),
                tone: Tone::Bad,
            },
            _ => State {
                word: "held".to_owned(),
                tone: Tone::Waiting,
            },
        }),
        facts: [
            vec![pair("Over since", at(over.over_since_ms))],
            match over.held_by.as_slice() {
                [] => Vec::new(),
                holds => vec![pair("Held by", holds.join(", "))],
            },
        ]
        .concat(),
        ..Row::default()
    });
    let action = |may: bool, label: &str, act: &str| may.then(|| link(label, &["logs", "keeping", act]));
    let mut all = vec![
        Section {
            heading: "How long".to_owned(),
            rows: sources.collect(),
            empty: (
                "No log source.".to_owned(),
                "Where the node holds no logs there is nothing to keep.".to_owned(),
            ),
            ..Section::default()
        },
        Section {
            heading: "Held".to_owned(),
            lede: "What is held is destroyed by nobody, however long it was to be kept.".to_owned(),
            actions: action(holds, "Hold logs", "hold").into_iter().collect(),
            rows: held.collect(),
            empty: (
                "Nothing is held.".to_owned(),
                "A hold names the order or the case.".to_owned(),
            ),
        },
        Section {
            heading: "Over".to_owned(),
            actions: action(keeps, "Destroy one stored file", "destroy")
                .into_iter()
                .collect(),
            lede: match (told.clock_leap, told.over_total, told.held_total) {
                (Some(leap), ..) => format!(
                    "This node's clock leapt from {} to {}. Nothing is destroyed by itself until it has run on for a day: if it is \
                     wrong, put it right by then.",
                    when(leap.before_ms).shown,
                    when(leap.at_ms).shown
                ),
                (None, 0, 0) => String::new(),
                (None, over, held) => format!(
                    "{} to be destroyed, {} held.",
                    counted(over, "stored file is", "stored files are"),
                    count(held)
                ),
            },
            rows: over.collect(),
            empty: (
                "Nothing is over.".to_owned(),
                "No stored file has come to the end of its time.".to_owned(),
            ),
        },
    ];
    if !told.undated.is_empty() {
        all.push(Section {
            heading: "Undated".to_owned(),
            lede: format!(
                "{} came when this node's clock cannot have been right. They are destroyed by hand alone.",
                counted(told.undated_total, "stored file", "stored files")
            ),
            rows: told
                .undated
                .iter()
                .map(|name| Row {
                    title: name.clone(),
                    ..Row::default()
                })
                .collect(),
            ..Section::default()
        });
    }
    let backups = told.backup_days.map_or_else(
        || "the operator states nothing of them".to_owned(),
        |days| {
            format!(
                "they may hold what is destroyed for {}",
                counted(u64::from(days), "day", "days")
            )
        },
    );
    let end = Row {
        title: "The end of the chain".to_owned(),
        facts: vec![
            pair("Records", count(told.records)),
            pair("SHA-256 of the last", told.head.clone()),
            pair("Backups", backups),
        ],
        ..Row::default()
    };
    let last = told.last.iter().take(RECORDS_SHOWN).map(record_row);
    all.push(Section {
        heading: "What was decided".to_owned(),
        lede: "Each record is bound to the one before, and its end is noted in the access log.".to_owned(),
        rows: match told.records {
            0 => Vec::new(),
            _ => std::iter::once(end).chain(last).collect(),
        },
        empty: (
            "Nothing was decided.".to_owned(),
            "Until then every log is kept.".to_owned(),
        ),
        ..Section::default()
    });
    all
}

async fn page(page: Page) -> Paged {
    let told = page.node.log_keeping(&page.who).await?;
    html(render::render_sections(&SectionsPage {
        shell: page.shell(Part::Logs).await,
        title: "Keeping of logs".to_owned(),
        lede: "How long this node keeps its own logs, what of them is held, and what was destroyed."
            .to_owned(),
        sections: sections(&told, page.may(Act::KeepLogs), page.may(Act::HoldLogs)),
    }))
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

fn optional(field: Field) -> Field {
    Field {
        optional: true,
        ..field
    }
}

fn sources(names: &[String], chosen: &str) -> Vec<Choice> {
    let one = |name: &String| Choice {
        value: name.clone(),
        label: name.clone(),
        hint: String::new(),
        chosen: name == chosen,
    };
    names.iter().map(one).collect()
}

/// What is asked, and under which words.
struct Asked {
    title: &'static str,
    lede: &'static str,
    fields: Vec<Field>,
    verb: &'static str,
    sections: Vec<Section>,
}

fn what_if(previews: &[RetentionPreview]) -> Section {
    Section {
        heading: "What it would come to now".to_owned(),
        rows: previews
            .iter()
            .map(|one| Row {
                title: counted(u64::from(one.days), "day", "days"),
                facts: [
                    vec![
                        pair(
                            "Destroyed within the hour",
                            counted(one.over, "stored file", "stored files"),
                        ),
                        pair("Held", count(one.held)),
                    ],
                    match one.first.as_slice() {
                        [] => Vec::new(),
                        first => vec![pair("The first", first.join(", "))],
                    },
                ]
                .concat(),
                ..Row::default()
            })
            .collect(),
        ..Section::default()
    }
}

async fn asked(page: &Page, act: &str, typed: &Typed) -> accord_service::Result<Option<Asked>> {
    let told = page.node.log_keeping(&page.who).await?;
    let names: Vec<String> = told.sources.iter().map(|one| one.source.clone()).collect();
    let given = |name: &str| typed.or(name, page.query(name));
    let reason = |hint: &str| field("reason", "Why", hint, Shape::Line, typed.or("reason", ""));
    let law = "The law, the order or the case. It stands in the record.";
    let effect = effect(page, act, &given).await?;
    let source = |optional: bool| Field {
        optional,
        choices: sources(&names, &given("source")),
        ..field("source", "Source", "", Shape::Choice, String::new())
    };
    Ok(Some(match act {
        "retention" => {
            Act::KeepLogs.ask(&page.who)?;
            let mut previews = Vec::new();
            let chosen = given("source");
            if names.contains(&chosen) {
                let typed_days = typed.get("days").parse().ok();
                let mut days: Vec<u32> = WHAT_IF_DAYS.into_iter().chain(typed_days).collect();
                days.sort_unstable();
                days.dedup();
                for days in days {
                    let preview = page.node.preview_log_retention(&page.who, &chosen, days).await;
                    previews.extend(preview.ok());
                }
            }
            Asked {
                title: "How long a source is kept",
                lede: "It holds for every stored file of the source, those that are here and those that come, and counts from the \
                       import of each. What is over is destroyed within the hour, for good, unless it is held. You can change \
                       it later; what was destroyed does not come back.",
                fields: vec![
                    source(false),
                    optional(field(
                        "days",
                        "Days",
                        "Empty: until somebody says otherwise.",
                        Shape::Mono,
                        typed.or("days", ""),
                    )),
                    reason(law),
                ],
                verb: "Decide it",
                sections: if previews.is_empty() {
                    Vec::new()
                } else {
                    vec![what_if(&previews)]
                },
            }
        }
        "hold" => {
            Act::HoldLogs.ask(&page.who)?;
            Asked {
                title: "Hold logs",
                lede: "Until the hold is lifted nothing that it covers is destroyed: not by its time, and by nobody's hand.",
                fields: vec![
                    field(
                        "hold",
                        "Identifier",
                        "The number of the order or case, without spaces. It is never used again.",
                        Shape::Mono,
                        typed.or("hold", ""),
                    ),
                    source(true),
                    optional(field(
                        "from",
                        "May hold lines from",
                        "UTC.",
                        Shape::Moment,
                        typed.or("from", ""),
                    )),
                    optional(field("to", "Until", "UTC.", Shape::Moment, typed.or("to", ""))),
                    optional(field(
                        "segments",
                        "Or these stored files",
                        "Their names, one a line, as dns/000012.",
                        Shape::Values,
                        given("segments"),
                    )),
                    reason(law),
                ],
                verb: "Hold them",
                sections: Vec::new(),
            }
        }
        "lift" => {
            Act::HoldLogs.ask(&page.who)?;
            Asked {
                title: "Lift a hold",
                lede: "What it alone held and whose time is over is destroyed within the hour, for good. Other holds on the same \
                       stay.",
                fields: [field("hold", "Identifier", "", Shape::Mono, given("hold"))]
                    .into_iter()
                    .chain(effect.field(typed))
                    .chain([reason(law)])
                    .collect(),
                verb: "Lift it",
                sections: effect.sections(),
            }
        }
        "destroy" => {
            Act::KeepLogs.ask(&page.who)?;
            Asked {
                title: "Destroy one stored file",
                lede: "Its bytes, its index and what was derived from it are removed. A record of it stays: its name, digests, lengths, \
                       who, when and why. It cannot be taken back, and what left the node before stays where it is.",
                fields: [field(
                    "segment",
                    "Stored file",
                    "Its name, as dns/000012.",
                    Shape::Mono,
                    given("segment"),
                )]
                .into_iter()
                .chain(effect.field(typed))
                .chain([reason(law)])
                .collect(),
                verb: "Destroy it",
                sections: effect.sections(),
            }
        }
        _ => return Ok(None),
    }))
}

/// What an act would come to, as it is shown before it is done; and the word by which the form says that this was shown.
#[derive(Default)]
struct Effect {
    shown: Option<(Row, String)>,
}

impl Effect {
    fn sections(&self) -> Vec<Section> {
        let row = self.shown.iter().map(|(row, _)| row.clone());
        let rows: Vec<Row> = row.collect();
        match rows.is_empty() {
            true => Vec::new(),
            false => vec![Section {
                heading: "What will happen".to_owned(),
                rows,
                ..Section::default()
            }],
        }
    }

    /// Asked for where there is something that was shown.
    fn field(&self, typed: &Typed) -> Option<Field> {
        let (_, key) = self.shown.as_ref()?;
        Some(Field {
            choices: vec![Choice {
                value: key.clone(),
                label: "I have read what will happen".to_owned(),
                hint: String::new(),
                chosen: typed.has("seen", key),
            }],
            ..field("seen", "Above", "", Shape::Many, String::new())
        })
    }
}

async fn effect(
    page: &Page,
    act: &str,
    given: &(dyn Fn(&str) -> String + Sync),
) -> accord_service::Result<Effect> {
    let shown = match act {
        "destroy" => {
            let Ok(kept) = page.node.kept_log(&page.who, &given("segment")).await else {
                return Ok(Effect::default());
            };
            let file = &kept.segment;
            let mut facts = vec![
                pair("Given as", file.original_name.clone()),
                pair(
                    "Imported",
                    format!("{}, by {}", at(file.imported_ms), file.imported_by),
                ),
                pair(
                    "Log",
                    format!("{}, {}", counted(file.lines, "line", "lines"), bytes(file.bytes)),
                ),
                pair("Written", span(file.span)),
            ];
            facts.extend(kept.over_ms.map(|ms| pair("Its time is over", at(ms))));
            facts.extend(
                kept.rendering
                    .map(|name| pair("Goes with it", format!("its events, {name}"))),
            );
            let state = match kept.held_by.as_slice() {
                [] => State {
                    word: "destroyed for good".to_owned(),
                    tone: Tone::Bad,
                },
                holds => {
                    facts.push(pair("Held by", holds.join(", ")));
                    State {
                        word: "held: it will be refused".to_owned(),
                        tone: Tone::Waiting,
                    }
                }
            };
            let row = Row {
                title: file.id.clone(),
                state: Some(state),
                facts,
                ..Row::default()
            };
            (row, file.id.clone())
        }
        "lift" => {
            let Ok(preview) = page.node.preview_log_lift(&page.who, &given("hold")).await else {
                return Ok(Effect::default());
            };
            let mut facts = vec![pair(
                "Destroyed within the hour",
                counted(preview.freed, "stored file", "stored files"),
            )];
            if !preview.first.is_empty() {
                facts.push(pair("The first", preview.first.join(", ")));
            }
            let key = format!("{} {}", preview.hold.hold, preview.freed);
            let row = Row {
                title: preview.hold.hold,
                text: vec![preview.hold.covers, preview.hold.why],
                facts,
                ..Row::default()
            };
            (row, key)
        }
        _ => return Ok(Effect::default()),
    };
    Ok(Effect { shown: Some(shown) })
}

/// Whether what is done is what was shown.
async fn was_shown(posted: &Posted, act: &str) -> accord_service::Result<()> {
    let given = |name: &str| posted.typed.get(name).to_owned();
    match effect(&posted.page, act, &given).await?.shown {
        Some((_, key)) if !posted.typed.has("seen", &key) => Err(ServiceError::invalid(
            "seen",
            "read what will happen, above, and say so",
        )),
        _ => Ok(()),
    }
}

async fn show(page: &Page, act: &str, typed: &Typed) -> Paged {
    let asked = asked(page, act, typed).await?.ok_or_else(|| no("page"))?;
    html(render::render_ask(&AskPage {
        shell: page.shell(Part::Logs).await,
        case: None,
        title: asked.title.to_owned(),
        lede: asked.lede.to_owned(),
        notice: Vec::new(),
        sections: asked.sections,
        asks: Some(Asks {
            heading: String::new(),
            form: typed.form(page, Href::of(&["logs", "keeping", act])),
            fields: asked.fields,
            verb: asked.verb.to_owned(),
        }),
        links: vec![link("Back, with nothing decided", &["logs", "keeping"])],
    }))
}

async fn before(page: Page, Path(act): Path<String>) -> Paged {
    show(&page, &act, &Typed::default()).await
}

fn moment(typed: &Typed, name: &str) -> accord_service::Result<Option<i64>> {
    match typed.get(name) {
        "" => Ok(None),
        text => parse_minute(text)
            .and_then(|ms| i64::try_from(ms).ok())
            .map(Some)
            .ok_or_else(|| ServiceError::invalid(name, "a date and time, as 2026-11-30T14:00")),
    }
}

async fn do_it(posted: &Posted, act: &str) -> accord_service::Result<Option<&'static str>> {
    let (node, who, typed) = (&posted.page.node, &posted.page.who, &posted.typed);
    let reason = typed.get("reason").to_owned();
    Ok(Some(match act {
        "retention" => {
            let days = match typed.get("days") {
                "" => None,
                text => Some(
                    text.parse()
                        .map_err(|_| ServiceError::invalid("days", "a number of days"))?,
                ),
            };
            let new = NewRetention { days, reason };
            let source = typed.get("source");
            posted
                .once(async { node.set_log_retention(who, source, &new).await.map(drop) })
                .await?;
            "log-kept-for"
        }
        "hold" => {
            let lines = typed.raw("segments").lines().map(str::trim);
            let new = NewLogHold {
                hold: typed.get("hold").to_owned(),
                reason,
                segments: lines.filter(|line| !line.is_empty()).map(str::to_owned).collect(),
                source: Some(typed.get("source").to_owned()).filter(|source| !source.is_empty()),
                from_ms: moment(typed, "from")?,
                to_ms: moment(typed, "to")?,
            };
            posted
                .once(async { node.hold_logs(who, &new).await.map(drop) })
                .await?;
            "log-held"
        }
        "lift" => {
            was_shown(posted, act).await?;
            let hold = typed.get("hold");
            posted
                .once(async { node.lift_log_hold(who, hold, &reason).await.map(drop) })
                .await?;
            "log-lifted"
        }
        "destroy" => {
            was_shown(posted, act).await?;
            let segment = typed.get("segment");
            posted
                .once(async { node.destroy_log(who, segment, &reason).await.map(drop) })
                .await?;
            "log-destroyed"
        }
        _ => return Ok(None),
    }))
}

async fn act(Path(act): Path<String>, posted: Posted) -> Paged {
    match do_it(&posted, &act).await {
        Ok(Some(word)) => Ok(done(Href::of(&["logs", "keeping"]), word, None)),
        Ok(None) => Err(no("page")),
        Err(error) => {
            let wrong = problems(error, NAMES)?;
            show(&posted.page, &act, &posted.typed.clone().wrong(wrong)).await
        }
    }
}
