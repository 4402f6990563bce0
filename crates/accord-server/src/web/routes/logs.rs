//! This node's own logs.

use accord_formats::logs::LogFormat;
use accord_service::{
    Act, Destroyed, LineNotUnderstood, LogStoreError, NotUnderstood, SegmentView, ServiceError, SourceView,
};
use axum::extract::{FromRequest, Multipart, Path, Request, State};

use super::failed::{Failed, Paged, problems};
use super::frame::{Page, Part, done, html};
use super::posted::{Posted, Typed, same_secret, stale};
use super::times::{bytes, count, counted, span, when};
use crate::AppState;
use crate::listed::{Part as Listing, Routes};
use crate::web::render;
use crate::web::view::form::CSRF_FIELD;
use crate::web::view::logs::{ImportLogsPage, LogSource, LogSourcePage, LogsPage, NewLogSourcePage, Segment};
use crate::web::view::{Choice, Href, Link, Pair, Spark, State as How, Tone};

/// Most bytes of one upload; bigger files are imported on the machine itself.
pub const UPLOAD_MAX_BYTES: usize = 64 * 1024 * 1024;

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/logs", list)
        .get("/logs/new", new)
        .post("/logs/new", add)
        .get("/logs/import", before_importing)
        .post_up_to(UPLOAD_MAX_BYTES, "/logs/import", import)
        .get("/logs/source/{name}", one)
        .get("/logs/collectors", super::collectors::list)
        .post("/logs/verify", verify)
}

fn total(source: &SourceView, of: impl Fn(&SegmentView) -> u64) -> u64 {
    source.segments.iter().map(of).sum()
}

/// What share of the lines that say something is in the form of its format; never rounded up.
fn understood(source: &SourceView) -> String {
    let parsed = total(source, |segment| segment.parsed);
    let not = total(source, |segment| segment.not_parsed);
    if not == 0 {
        return if parsed == 0 { "no lines yet" } else { "all lines" }.to_owned();
    }
    let thousandths = u128::from(parsed) * 1000 / (u128::from(parsed) + u128::from(not));
    format!(
        "{}.{} %, {} not",
        thousandths / 10,
        thousandths % 10,
        counted(not, "line", "lines")
    )
}

fn whole_span(source: &SourceView) -> Option<(i64, i64)> {
    source
        .segments
        .iter()
        .filter_map(|segment| segment.span)
        .reduce(|(a, b), (c, d)| (a.min(c), b.max(d)))
}

fn spark(source: &SourceView) -> Spark {
    Spark {
        label: "lines of each stored file, oldest first".to_owned(),
        counts: source.segments.iter().map(|segment| segment.lines).collect(),
    }
}

fn what(source: &SourceView) -> String {
    let mut formats: Vec<&str> = source
        .segments
        .iter()
        .map(|segment| segment.format.as_str())
        .collect();
    formats.sort_unstable();
    formats.dedup();
    let mut words = vec![source.config.description.clone(), formats.join(", ")];
    words.retain(|word| !word.is_empty());
    words.join("; ")
}

fn source_href(name: &str) -> Href {
    Href::of(&["logs", "source", name])
}

async fn list(page: Page) -> Paged {
    let sources = page.node.sources(&page.who).await?;
    html(render::render_logs(&LogsPage {
        shell: page.shell(Part::Logs).await,
        sources: sources
            .iter()
            .map(|source| {
                let unparsed = total(source, |segment| segment.not_parsed);
                LogSource {
                    link: Link {
                        label: source.config.name.clone(),
                        href: source_href(&source.config.name),
                    },
                    what: what(source),
                    lines: count(total(source, |segment| segment.lines)),
                    size: bytes(total(source, |segment| segment.bytes)),
                    range: span(whole_span(source)),
                    spark: spark(source),
                    unparsed: if unparsed > 0 {
                        format!("{} not understood", counted(unparsed, "line", "lines"))
                    } else {
                        String::new()
                    },
                }
            })
            .collect(),
        add: page.href_if(Act::ImportLogs, &["logs", "new"]),
        import: page
            .href_if(Act::ImportLogs, &["logs", "import"])
            .filter(|_| !sources.is_empty()),
        keeping: page
            .href_if(Act::SeeLogKeeping, &["logs", "keeping"])
            .map(|href| Link {
                label: "How long they are kept, and what is held".to_owned(),
                href,
            }),
        collectors: super::collectors::summary(&page).await?,
    }))
}

fn example(line: &LineNotUnderstood) -> Pair {
    Pair {
        name: format!("{}, line {}", line.segment, line.line),
        value: format!("{}{}", line.text, if line.is_cut { "…" } else { "" }),
    }
}

async fn one(page: Page, Path(name): Path<String>) -> Paged {
    let sources = page.node.sources(&page.who).await?;
    let source = sources.iter().find(|source| source.config.name == name);
    let source = source.ok_or(ServiceError::NotFound("source"))?;
    let pair = |name: &str, value: String| Pair {
        name: name.to_owned(),
        value,
    };
    let config = &source.config;
    let mut facts = vec![
        pair("What", what(source)),
        pair("Lines", count(total(source, |segment| segment.lines))),
        pair("Understood", understood(source)),
        pair("Size", bytes(total(source, |segment| segment.bytes))),
        pair("Answers for it", config.custodian.clone()),
    ];
    if !config.time_zone.is_empty() {
        facts.push(pair("Its clock", config.time_zone.clone()));
    }
    if let Some(offset) = config.clock_offset_ms {
        facts.push(pair("Its clock runs ahead by", format!("{offset} ms")));
    }
    facts.push(pair(
        "Customers",
        match config.customers.len() {
            0 => "no networks named".to_owned(),
            number => counted(number as u64, "network", "networks"),
        },
    ));
    let has_some = total(source, |segment| segment.not_parsed) > 0;
    let not_understood = if has_some && page.may(Act::ImportLogs) {
        page.node.not_understood(&page.who, &name).await?
    } else {
        NotUnderstood::default()
    };
    html(render::render_log_source(&LogSourcePage {
        shell: page.shell(Part::Logs).await,
        name: config.name.clone(),
        facts,
        not_understood: not_understood.lines.iter().map(example).collect(),
        spark: spark(source),
        segments: source
            .segments
            .iter()
            .rev()
            .map(|segment| Segment {
                number: String::new(),
                file: segment.original_name.clone(),
                imported: when(u64::try_from(segment.imported_ms).unwrap_or(0)),
                by: segment
                    .imported_by
                    .split(" (")
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
                size: format!(
                    "{}, {}",
                    counted(segment.lines, "line", "lines"),
                    bytes(segment.bytes)
                ),
                range: span(segment.span),
                digest: segment.sha256.clone(),
                check: How {
                    word: "stored".to_owned(),
                    tone: Tone::Quiet,
                },
            })
            .collect(),
        verify: page
            .may(Act::ImportLogs)
            .then(|| page.form(Href::of(&["logs", "verify"]))),
        import: page.href_if(Act::ImportLogs, &["logs", "import"]),
    }))
}

async fn new(page: Page) -> Paged {
    adding(&page, &Typed::default()).await
}

async fn adding(page: &Page, typed: &Typed) -> Paged {
    Act::ImportLogs.ask(&page.who)?;
    let chosen = typed.or("format", "auto");
    let choice = |value: &str, label: &str| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        hint: String::new(),
        chosen: value == chosen,
    };
    let mut formats = vec![choice("auto", "told by the content of each file")];
    formats.extend(
        LogFormat::ALL
            .into_iter()
            .map(|format| choice(format.name(), format.name())),
    );
    html(render::render_new_log_source(&NewLogSourcePage {
        shell: page.shell(Part::Logs).await,
        form: typed.form(page, Href::of(&["logs", "new"])),
        name: typed.or("name", ""),
        description: typed.or("description", ""),
        formats,
        customers: typed.or("customers", ""),
        zone: typed.or("zone", "UTC"),
        offset: typed.or("offset", ""),
        ordinary: vec![Choice {
            value: "yes".to_owned(),
            label: "Made in the ordinary course of business".to_owned(),
            hint: "a court asks".to_owned(),
            chosen: typed.is_first() || typed.has("ordinary", "yes"),
        }],
        custodian: typed.or("custodian", &page.who.name),
        back: Href::of(&["logs"]),
    }))
}

async fn add(posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let customers: Vec<&str> = typed
        .raw("customers")
        .split([',', '\n', '\r', ' '])
        .filter(|word| !word.is_empty())
        .collect();
    let format = match LogFormat::from_name(typed.get("format")) {
        Some(format) => serde_json::json!({ "as": format }),
        None => serde_json::json!("auto"),
    };
    let offset: Result<Option<i64>, _> = match typed.get("offset") {
        "" => Ok(None),
        text => text.parse().map(Some),
    };
    let said = serde_json::json!({
        "name": typed.get("name"),
        "description": typed.get("description"),
        "format": format,
        "customers": customers,
        "time_zone": typed.get("zone"),
        "clock_offset_ms": offset.as_ref().ok(),
        "ordinary_course": typed.get("ordinary") == "yes",
        "custodian": typed.get("custodian"),
    });
    let added = match serde_json::from_value(said) {
        _ if offset.is_err() => Err(ServiceError::invalid(
            "offset",
            "give whole milliseconds, such as 40 or -40, or nothing",
        )),
        Err(_) => Err(ServiceError::invalid(
            "customers",
            "give networks such as 192.0.2.0/24, one a line",
        )),
        Ok(source) => posted.once(page.node.add_source(&page.who, source)).await,
    };
    match added {
        Ok(()) => Ok(done(
            Href::of(&["logs", "import"]).with("source", typed.get("name")),
            "source",
            None,
        )),
        Err(error) => {
            let wrong = problems(
                error,
                &[("customers", "customers"), ("name", "name"), ("offset", "offset")],
            )?;
            adding(page, &typed.clone().wrong(wrong)).await
        }
    }
}

async fn before_importing(page: Page) -> Paged {
    let chosen = Typed::of(vec![("source".to_owned(), page.query("source").to_owned())]);
    importing(&page, &chosen, false).await
}

async fn importing(page: &Page, typed: &Typed, was_destroyed: bool) -> Paged {
    Act::ImportLogs.ask(&page.who)?;
    let sources = page.node.sources(&page.who).await?;
    html(render::render_import_logs(&ImportLogsPage {
        shell: page.shell(Part::Logs).await,
        form: typed.form(page, Href::of(&["logs", "import"])),
        sources: sources
            .iter()
            .map(|source| Choice {
                value: source.config.name.clone(),
                label: source.config.name.clone(),
                hint: String::new(),
                chosen: typed.has("source", &source.config.name),
            })
            .collect(),
        again: was_destroyed
            .then(|| Choice {
                value: "true".to_owned(),
                label: "Take it again".to_owned(),
                hint: "As a new stored file, kept from now on. The access log says so.".to_owned(),
                chosen: false,
            })
            .into_iter()
            .collect(),
        limit: bytes(UPLOAD_MAX_BYTES as u64),
        command: "accord log import --source NAME FILE".to_owned(),
        back: Href::of(&["logs"]),
    }))
}

/// An upload. The token stands before the file, and is checked before the file is read.
async fn import(State(node): State<AppState>, request: Request) -> Paged {
    let page = Page::of(&request, &node)?;
    Act::ImportLogs.ask(&page.who)?;
    let bad = |_| {
        Failed(ServiceError::invalid(
            "file",
            "it could not be read, or is larger than an upload may be",
        ))
    };
    let mut parts = Multipart::from_request(request, &node)
        .await
        .map_err(|_| ServiceError::invalid("form", "it could not be read: send it again"))?;
    let (mut checked, mut source, mut fields) = (false, String::new(), Vec::new());
    let mut destroyed = Destroyed::Refused;
    while let Some(part) = parts.next_field().await.map_err(bad)? {
        let name = part.name().unwrap_or_default().to_owned();
        if name != "file" {
            let value = part.text().await.map_err(bad)?;
            match name.as_str() {
                CSRF_FIELD => checked = same_secret(&value, &page.who.csrf),
                "source" => source.clone_from(&value),
                "again" if value == "true" => destroyed = Destroyed::TakenAgain,
                _ => {}
            }
            fields.push((name, value));
            continue;
        }
        if !checked {
            return Err(stale().into());
        }
        let file = part.file_name().unwrap_or("upload").to_owned();
        let bytes = part.bytes().await.map_err(bad)?;
        // The same bytes again are not stored twice, so an upload needs no key.
        let imported = page
            .node
            .import_log_that(&page.who, &source, &file, bytes.as_ref(), destroyed)
            .await;
        return match imported {
            Ok(imported) if imported.held_already => Ok(done(source_href(&source), "held", None)),
            Ok(_) => Ok(done(source_href(&source), "imported", None)),
            Err(error) => {
                let was_destroyed = matches!(&error, ServiceError::Logs(LogStoreError::DestroyedLog { .. }));
                let wrong = problems(error, &[])?;
                importing(&page, &Typed::of(fields).wrong(wrong), was_destroyed).await
            }
        };
    }
    if !checked {
        return Err(stale().into());
    }
    let wrong = problems(
        ServiceError::invalid("file", "choose a file"),
        &[("file", "file")],
    )?;
    importing(&page, &Typed::of(fields).wrong(wrong), false).await
}

async fn verify(posted: Posted) -> Paged {
    let page = &posted.page;
    let problems = page.node.verify_logs(&page.who).await?;
    if problems.is_empty() {
        return Ok(done(Href::of(&["logs"]), "verified", None));
    }
    let words = format!(
        "{}: {}",
        counted(problems.len() as u64, "problem", "problems"),
        problems.join("; ")
    );
    Err(ServiceError::Conflict(words).into())
}
