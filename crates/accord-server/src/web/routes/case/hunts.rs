//! Hunts: asked of partners, and what became of them.

use accord_model::{Category, OrgName, Tlp};
use accord_service::{Act, CasePart, NewHunt, RequestView, ServiceError};
use axum::extract::Path;

use super::Case;
use crate::web::render;
use crate::web::routes::cases::decision;
use crate::web::routes::failed::{Paged, problems};
use crate::web::routes::frame::{Page, anchor, done, html, kind_words};
use crate::web::routes::inbox::approval;
use crate::web::routes::posted::{Posted, Typed};
use crate::web::routes::release::{clause, commitment};
use crate::web::routes::times::{clock, counted, day, minute, parse_minute, when};
use crate::web::view::hunts::{AskHuntPage, HuntRow, HuntsPage};
use crate::web::view::release::{Readers, Recipient, ReleasePage, Undo};
use crate::web::view::{Choice, Link, Mark, Pair, State, Tone};

/// Most indicators of one hunt.
const INDICATORS_MAX: u32 = 10_000;
/// Indicators shown before asking.
const SHOWN_MAX: usize = 200;

/// How a request stands, in words.
pub(in super::super) fn state_of(request: &RequestView, own: bool) -> State {
    let (word, tone) = match request.state {
        "given" => ("approved".to_owned(), Tone::Good),
        "narrowed" => ("approved in part".to_owned(), Tone::Good),
        "refused" => ("refused".to_owned(), Tone::Bad),
        "withdrawn" => ("withdrawn".to_owned(), Tone::Quiet),
        _ if own => ("waiting for you".to_owned(), Tone::Waiting),
        _ => (format!("waiting for {}", request.to), Tone::Waiting),
    };
    State { word, tone }
}

fn row(page: &Page, case: &Case, request: &RequestView) -> HuntRow {
    let hunt = request.hunt.as_ref();
    let what = hunt.map_or_else(String::new, |hunt| {
        let sources = if hunt.sources.is_empty() {
            "all their logs".to_owned()
        } else {
            hunt.sources.join(", ")
        };
        format!(
            "{} in {sources}, {} to {}",
            counted(hunt.indicators.len() as u64, "indicator", "indicators"),
            day(hunt.from_ms),
            day(hunt.to_ms)
        )
    });
    let outcome = match (&request.answer, &request.clause) {
        (Some(words), Some(clause)) => format!("{words} (clause {clause})"),
        (Some(words), None) => words.clone(),
        (None, Some(clause)) => format!("under clause {clause}"),
        (None, None) => String::new(),
    };
    let mut links = Vec::new();
    let to_us = request.to.as_str() == page.own();
    if to_us && page.may(Act::Approve) {
        links.push(Link {
            label: if request.state == "waiting" {
                "Decide"
            } else {
                "Decision"
            }
            .to_owned(),
            href: approval(request.at),
        });
    }
    let answered = matches!(request.state, "given" | "narrowed");
    if answered {
        links.push(Link {
            label: "Evidence".to_owned(),
            href: case.href(&["evidence"]),
        });
    }
    HuntRow {
        anchor: anchor(request.at),
        number: request.reference.clone(),
        parties: format!("{} asked {}", request.from, request.to),
        asked: when(request.asked_ms),
        what,
        reason: request.reason.clone(),
        instrument: request
            .instrument
            .as_ref()
            .map_or_else(|| "none".to_owned(), |instrument| instrument.reference.clone()),
        state: state_of(request, to_us),
        outcome,
        clock: request
            .due_ms
            .filter(|_| request.state == "waiting")
            .map(|due| clock("Answer due".to_owned(), due, page.now())),
        links,
    }
}

/// `/cases/ID/hunts`.
pub(in super::super) async fn page(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    case.shown(&page, CasePart::Hunts).await?;
    let mut requests: Vec<_> = case
        .view
        .requests
        .iter()
        .filter(|request| request.hunt.is_some())
        .collect();
    requests.sort_by_key(|request| std::cmp::Reverse((request.asked_ms, request.at)));
    let may = page.may(Act::Ask);
    let blocked = if !may {
        None
    } else if case.partners(&page).is_empty() {
        Some("No other organisation is on the case. The case officer adds one under Team.".to_owned())
    } else if !case.view.instruments.iter().any(|instrument| instrument.stands) {
        Some("No instrument is in force. The case officer records one under Instruments.".to_owned())
    } else {
        None
    };
    html(render::render_hunts(&HuntsPage {
        shell: case.shell(&page).await,
        case: case.head(&page, "Hunts"),
        hunts: requests
            .into_iter()
            .map(|request| row(&page, &case, request))
            .collect(),
        ask: (may && blocked.is_none()).then(|| case.href(&["hunts", "ask"])),
        blocked,
    }))
}

/// `/cases/ID/hunts/ask`.
pub(in super::super) async fn new(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    show(&page, &case, &Typed::default()).await
}

async fn show(page: &Page, case: &Case, typed: &Typed) -> Paged {
    Act::Ask.ask(&page.who)?;
    let standing: Vec<_> = case
        .view
        .instruments
        .iter()
        .filter(|instrument| instrument.stands && instrument.recorded_by.as_str() == page.own())
        .collect();
    let only = standing.len() == 1;
    let now = page.now();
    html(render::render_ask_hunt(&AskHuntPage {
        shell: case.shell(page).await,
        case: case.head(page, "Hunts"),
        form: typed.form(page, case.href(&["hunts", "ask"])),
        partners: case
            .partners(page)
            .iter()
            .map(|(org, kind)| Choice {
                value: org.to_string(),
                label: org.to_string(),
                hint: kind_words(*kind).to_owned(),
                chosen: typed.has("partner", org.as_str()),
            })
            .collect(),
        record_instrument: standing.is_empty().then(|| case.href(&["instruments", "record"])),
        instruments: standing
            .iter()
            .map(|instrument| Choice {
                value: instrument.at.to_string(),
                label: format!("{}, binds {}", instrument.reference, instrument.addressee),
                hint: format!("to {}", day(instrument.to_ms)),
                chosen: only || typed.has("instrument", &instrument.at.to_string()),
            })
            .collect(),
        indicators: typed.or("indicators", ""),
        indicators_max: INDICATORS_MAX,
        from: typed.or("from", &minute(now.saturating_sub(14 * 86_400_000))),
        to: typed.or("to", &minute(now)),
        sources: typed.or("sources", ""),
        reason: typed.or("reason", ""),
        back: case.href(&["hunts"]),
    }))
}

fn hunt(page: &Page, case: &Case, typed: &Typed) -> accord_service::Result<NewHunt> {
    let at = |field: &str| {
        parse_minute(typed.get(field))
            .ok_or_else(|| ServiceError::invalid(field, "give a time, such as 2026-11-01T00:00"))
    };
    let own = &page.node.config.org;
    let asked = case
        .view
        .requests
        .iter()
        .filter(|request| request.from == *own)
        .count();
    // A preview carries the number it was given, so that the second step asks what the first one showed.
    let reference = match typed.get("reference") {
        "" => format!("H-{}", asked + 1),
        shown => shown.to_owned(),
    };
    let new = NewHunt {
        to: typed
            .get("partner")
            .parse()
            .map_err(|_| ServiceError::invalid("to", "choose one"))?,
        reference,
        reason: typed.raw("reason").trim().replace("\r\n", "\n"),
        instrument: typed
            .get("instrument")
            .parse()
            .map_err(|_| ServiceError::invalid("instrument", "choose one"))?,
        due_ms: None,
        indicators: typed
            .raw("indicators")
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect(),
        from_ms: at("from")?,
        to_ms: at("to")?,
        sources: typed
            .get("sources")
            .split([',', ' ', ';'])
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect(),
        marking: Tlp::Amber,
    };
    if new.indicators.is_empty() {
        return Err(ServiceError::invalid("indicators", "give at least one"));
    }
    if new.to_ms <= new.from_ms {
        return Err(ServiceError::invalid(
            "to_ms",
            "the end is before the beginning: turn them round",
        ));
    }
    if new.reason.is_empty() {
        return Err(ServiceError::invalid(
            "reason",
            "say why: their approver decides on these words",
        ));
    }
    Ok(new)
}

/// What the agreement says of a request to this partner.
async fn recipient(page: &Page, case: &Case, to: &OrgName) -> accord_service::Result<Vec<Recipient>> {
    let digest = case.view.summary.agreement;
    let view = page.node.agreement(&page.who, digest).await?;
    let found = view
        .agreement
        .matrix()
        .get(&page.node.config.org, to, Category::Request, Tlp::Amber);
    let Some(flow) = found else { return Ok(Vec::new()) };
    let kind = case.view.parties.iter().find(|(org, _)| org == to);
    let words = view
        .agreement
        .clause(&flow.cell.clause)
        .map(|clause| clause.text.clone());
    let number = flow.cell.clause.to_string();
    Ok(vec![Recipient {
        organisation: to.to_string(),
        kind: kind
            .map(|(_, kind)| kind_words(*kind))
            .unwrap_or_default()
            .to_owned(),
        decision: decision(flow.cell.answer),
        clause_text: words.unwrap_or_default(),
        clause_href: Some(clause(&digest.to_string(), &number)),
        clause: number,
        effect: "Gets the request at once. One of its approvers looks at what it would give, and decides."
            .to_owned(),
        duties: Vec::new(),
    }])
}

/// Asks, once what that means was shown.
pub(in super::super) async fn ask(Path(text): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    Act::Ask.ask(&page.who)?;
    let case = Case::load(page, &text).await?;
    let names = [
        ("to", "partner"),
        ("indicators", "indicators"),
        ("hunt.indicators", "indicators"),
        ("from", "from"),
        ("to_ms", "to"),
        ("sources", "sources"),
        ("reason", "reason"),
        ("instrument", "instrument"),
    ];
    let new = match hunt(page, &case, typed) {
        Ok(new) => new,
        Err(error) => {
            let wrong = problems(error, &names)?;
            return show(page, &case, &typed.clone().wrong(wrong)).await;
        }
    };
    let shown = commitment(&(&case.id, &new));
    if typed.get("commitment") == shown {
        return match posted.once(page.node.ask_hunt(&page.who, case.space, &new)).await {
            Ok(published) => Ok(done(case.href(&["hunts"]), "asked", Some(published.at))),
            Err(error) => {
                let wrong = problems(error, &names)?;
                show(page, &case, &typed.clone().wrong(wrong)).await
            }
        };
    }
    let pair = |name: &str, value: String| Pair {
        name: name.to_owned(),
        value,
    };
    let instrument = case
        .view
        .instruments
        .iter()
        .find(|known| known.at == new.instrument);
    let more = new.indicators.len().saturating_sub(SHOWN_MAX);
    let mut body: Vec<String> = new.indicators.iter().take(SHOWN_MAX).cloned().collect();
    if more > 0 {
        body.push(format!("and {more} more"));
    }
    html(render::render_release(&ReleasePage {
        shell: case.shell(page).await,
        title: format!("Ask {} to hunt", new.to),
        verb: format!("Ask {}", new.to),
        severe: false,
        form: page.form(case.href(&["hunts", "ask"])),
        carried: vec![
            pair("reference", new.reference.clone()),
            pair("partner", new.to.to_string()),
            pair("indicators", new.indicators.join("\n")),
            pair("from", typed.get("from").to_owned()),
            pair("to", typed.get("to").to_owned()),
            pair("sources", new.sources.join(" ")),
            pair("reason", new.reason.clone()),
            pair("instrument", new.instrument.to_string()),
        ],
        commitment: shown,
        facts: vec![
            pair("Number", new.reference.clone()),
            pair("Why", new.reason.clone()),
            pair(
                "Period",
                format!("{} to {}", when(new.from_ms).shown, when(new.to_ms).shown),
            ),
            pair(
                "Logs",
                if new.sources.is_empty() {
                    "all they have".to_owned()
                } else {
                    new.sources.join(", ")
                },
            ),
            pair(
                "Instrument",
                instrument
                    .map(|known| known.reference.clone())
                    .unwrap_or_default(),
            ),
            pair(
                "Indicators",
                counted(new.indicators.len() as u64, "indicator", "indicators"),
            ),
        ],
        body: body.join("\n"),
        marking: Some(Mark(new.marking)),
        readers: Readers::Each(recipient(page, &case, &new.to).await?),
        undo: Undo::Cannot("They will have read what you look for.".to_owned()),
        reason: None,
        blocked: None,
        back: case.href(&["hunts"]),
    }))
}
