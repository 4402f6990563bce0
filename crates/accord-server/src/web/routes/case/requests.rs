//! Requests of every kind but hunts: the tab, asking, taking back, the pool's word.

use accord_model::content::SubscriberAnswer;
use accord_service::{Act, CasePart, NewRequest, PoolWord, RequestView, ServiceError};
use axum::extract::Path;
use serde_json::{Map, Value, json};

use super::hunts::state_of;
use super::orals::small;
use super::{Case, asked, entry};
use crate::web::render;
use crate::web::routes::failed::{Failed, Paged, no, problems};
use crate::web::routes::frame::{Page, anchor, done, html, kind_words};
use crate::web::routes::inbox::approval;
use crate::web::routes::posted::{Posted, Typed};
use crate::web::routes::release::commitment;
use crate::web::routes::times::{parse_minute, when};
use crate::web::view::question::QuestionPage;
use crate::web::view::release::{ReleasePage, Undo};
use crate::web::view::tab::{Row, Section, TabPage};
use crate::web::view::write::{Field, Shape};
use crate::web::view::{Choice, Link, Mark, Pair, State, Tone};

/// What is asked for here: the word, what is done, what it is for.
const KINDS: &[(&str, &str, &str)] = &[
    (
        "information",
        "Ask for information",
        "What do you know of this? The partner's approver answers in words.",
    ),
    (
        "expertise",
        "Ask experts",
        "What is this, how does it work? The partner's pool takes it, and answers with a graded report.",
    ),
    (
        "subscriber-data",
        "Ask who held an address",
        "Who held this address and port at this time? Only under an instrument in force, or an oral authority.",
    ),
    (
        "preservation",
        "Ask to keep data",
        "Kept until it can be asked for; the partner confirms until when.",
    ),
    (
        "takedown",
        "Ask to take down",
        "The partner answers whether it was done.",
    ),
];

pub(in super::super) fn pair(name: &str, value: impl Into<String>) -> Pair {
    Pair {
        name: name.to_owned(),
        value: value.into(),
    }
}

/// A field of a form, with what was typed.
pub(in super::super) fn field(
    typed: &Typed,
    name: &str,
    label: &str,
    hint: &str,
    shape: Shape,
    optional: bool,
) -> Field {
    Field {
        name: name.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        value: typed.or(name, ""),
        optional,
        shape,
        choices: Vec::new(),
    }
}

/// A choice of a form.
pub(in super::super) fn pick(
    typed: &Typed,
    name: &str,
    label: &str,
    optional: bool,
    words: impl IntoIterator<Item = (String, String)>,
) -> Field {
    let value = typed.or(name, "");
    Field {
        choices: words
            .into_iter()
            .map(|(word, label)| Choice {
                chosen: value == word,
                value: word,
                label,
                hint: String::new(),
            })
            .collect(),
        ..field(typed, name, label, "", Shape::Choice, optional)
    }
}

/// What a field of a question is called on pages.
fn label(field: &str) -> &str {
    match field {
        "pool" => "Experts for",
        "values" => "What",
        "ground" => "What is wrong with it",
        "from_ms" => "Data from",
        "to_ms" => "Data to",
        "keep_until_ms" => "Keep until",
        other => other,
    }
}

/// What a request asks, as lines of names and values.
pub(in super::super) fn facts(request: &RequestView) -> Vec<Pair> {
    let mut facts = vec![
        pair("Number", request.reference.clone()),
        pair("Asks for", request.what.to_string().replace('-', " ")),
        pair("Why", request.reason.clone()),
    ];
    let lines = |value: &Value| {
        let one = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        match value {
            Value::Array(values) => values.iter().map(one).collect::<Vec<_>>().join(", "),
            other => one(other),
        }
    };
    for name in ["expertise", "preservation", "takedown"] {
        let Some(Value::Object(fields)) = request.question.get(name) else {
            continue;
        };
        for (name, value) in fields {
            let shown = match (name.ends_with("_ms"), value.as_u64()) {
                (true, Some(ms)) => when(ms).shown,
                _ => lines(value),
            };
            facts.push(pair(label(name), shown));
        }
    }
    for (index, held) in connections(request).iter().enumerate() {
        facts.push(pair(&format!("Connection {}", index + 1), held.clone()));
    }
    if let Some(secret) = request.secret_until_ms {
        facts.push(pair("Tell nobody before", when(secret).shown));
    }
    if let Some(due) = request.due_ms {
        let word = if request.overdue { "Was due" } else { "Due" };
        facts.push(pair(word, when(due).shown));
    }
    match (&request.instrument, &request.oral) {
        (Some(known), _) => facts.push(pair(
            "Instrument",
            format!("{}, {}, {}", known.reference, known.authority, known.power),
        )),
        (None, Some(oral)) => facts.push(pair(
            "Oral authority",
            format!(
                "{}, {} ({})",
                oral.authority,
                oral.power,
                oral.state.replace('-', " ")
            ),
        )),
        (None, None) => {}
    }
    if let Some(problem) = request.instrument_problem {
        facts.push(pair("Authority", problem));
    }
    facts
}

/// The connections a request asks about, in words.
pub(in super::super) fn connections(request: &RequestView) -> Vec<String> {
    let asked = request.question.get("subscriber");
    let asked = asked
        .and_then(|asked| asked.get("connections"))
        .and_then(Value::as_array);
    let text = |value: Option<&Value>| match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    asked
        .into_iter()
        .flatten()
        .map(|one| {
            let at = one.get("at_ms").and_then(Value::as_u64).unwrap_or_default();
            [
                text(one.get("address")),
                text(one.get("port")),
                text(one.get("transport")),
                when(at).shown,
            ]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
        })
        .collect()
}

fn row(page: &Page, case: &Case, request: &RequestView, found: &[SubscriberAnswer]) -> Row {
    let to_us = request.to.as_str() == page.own();
    let waits = request.state == "waiting";
    let (ledger, seq) = (request.at.ledger.to_string(), request.at.seq.to_string());
    let mut links = Vec::new();
    let mut link = |label: &str, href| {
        links.push(Link {
            label: label.to_owned(),
            href,
        });
    };
    if to_us && waits && page.may(Act::Approve) {
        link("Answer", approval(request.at));
    }
    if to_us && waits && page.may(Act::TakeExpertise) && request.what.as_str() == "expertise" {
        link(
            "Accept or decline",
            case.href(&["requests", &ledger, &seq, "pool"]),
        );
    }
    if !to_us && waits && page.may(Act::Ask) && request.from.as_str() == page.own() {
        link("Take back", case.href(&["requests", &ledger, &seq, "withdraw"]));
    }
    let mut text: Vec<String> = request.pool.iter().map(|said| said.words.clone()).collect();
    text.extend(request.answer.clone());
    for one in found {
        let held = one.subscriber.as_ref().map_or_else(
            || one.found.to_string().replace('-', " "),
            |known| {
                let named = [known.name.as_ref(), known.postal.as_ref()];
                let named = named.into_iter().flatten().cloned();
                std::iter::once(known.account.clone())
                    .chain(named)
                    .collect::<Vec<_>>()
                    .join(", ")
            },
        );
        let port = one
            .connection
            .port
            .map_or_else(String::new, |port| format!(" {port}"));
        text.push(format!("{}{port}: {held}", one.connection.address));
    }
    let mut state = state_of(request, to_us);
    if request.overdue {
        state = State {
            word: "overdue".to_owned(),
            tone: Tone::Bad,
        };
    } else if request.state == "given" {
        state.word = "answered".to_owned();
    } else if request.state == "narrowed" {
        state.word = "answered in part".to_owned();
    }
    Row {
        anchor: anchor(request.at),
        title: request.reference.clone(),
        soft: format!("{} asked {}", request.from, request.to),
        state: Some(state),
        marking: Some(Mark(request.marking)),
        at: Some(when(request.asked_ms)),
        text,
        facts: facts(request).into_iter().skip(1).collect(),
        links,
        ..Row::default()
    }
}

/// `/cases/ID/requests`.
pub(in super::super) async fn page(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    case.shown(&page, CasePart::Requests).await?;
    let mut requests: Vec<_> = case
        .view
        .requests
        .iter()
        .filter(|request| request.hunt.is_none())
        .collect();
    requests.sort_by_key(|request| std::cmp::Reverse((request.asked_ms, request.at)));
    let mut rows = Vec::new();
    for request in requests {
        // Reading who held an address is a look that is kept and told.
        let found = match request.subscribers {
            Some(_) => page.node.subscribers(&page.who, request.at).await?,
            None => Vec::new(),
        };
        rows.push(row(&page, &case, request, &found));
    }
    let asks = KINDS
        .iter()
        .filter(|_| page.may(Act::Ask))
        .map(|(what, title, _)| Link {
            label: (*title).to_owned(),
            href: case.href(&["requests", "ask", what]),
        });
    let orals = case.view.orals.iter().map(|oral| {
        let own = oral.recorded_by.as_str() == page.own();
        let waits = matches!(oral.state, "awaiting" | "overdue");
        let tone = match oral.state {
            "confirmed" => Tone::Good,
            "awaiting" => Tone::Waiting,
            _ => Tone::Bad,
        };
        let (ledger, seq) = (oral.at.ledger.to_string(), oral.at.seq.to_string());
        let confirm = (own && waits && page.may(Act::Oral)).then(|| Link {
            label: "Confirm in writing".to_owned(),
            href: case.href(&["orals", &ledger, &seq, "confirm"]),
        });
        Row {
            anchor: anchor(oral.at),
            title: oral.act.clone(),
            soft: format!("recorded by {}", oral.recorded_by),
            state: Some(State {
                word: oral.state.replace('-', " "),
                tone,
            }),
            facts: vec![
                pair("Given by", oral.authority.clone()),
                pair("Power", oral.power.clone()),
                pair("In writing by", when(oral.due_ms).shown),
            ],
            links: confirm.into_iter().collect(),
            ..Row::default()
        }
    });
    let record = page.may(Act::RunCase).then(|| Link {
        label: "Record an oral authority".to_owned(),
        href: case.href(&["orals", "record"]),
    });
    html(render::render_tab(&TabPage {
        shell: case.shell(&page).await,
        case: case.head(&page, "Requests"),
        name: "requests".to_owned(),
        sections: [
            Some(Section {
                heading: "Requests".to_owned(),
                lede: "What was asked of partners, and of us. Hunts have a tab of their own.".to_owned(),
                actions: asks.collect(),
                rows,
                empty: (
                    "Nothing has been asked.".to_owned(),
                    "Requests appear here with their due date and their answer.".to_owned(),
                ),
            }),
            super::guests::section(&page, &case).await?,
            Some(Section {
                heading: "Oral authority".to_owned(),
                lede: "Only where a life is in danger: one act, in writing within 24 hours.".to_owned(),
                actions: record.into_iter().collect(),
                rows: orals.collect(),
                empty: (
                    "No authority was given by word of mouth.".to_owned(),
                    "The case officer records one in an emergency.".to_owned(),
                ),
            }),
        ]
        .into_iter()
        .flatten()
        .collect(),
    }))
}

fn kind(what: &str) -> Result<&'static (&'static str, &'static str, &'static str), Failed> {
    KINDS
        .iter()
        .find(|(word, ..)| *word == what)
        .ok_or_else(|| no("page"))
}

fn fields(page: &Page, case: &Case, what: &str, typed: &Typed) -> Vec<Field> {
    use Shape::{Mono, Prose};
    let partners = case.partners(page);
    let parties = partners
        .iter()
        .map(|(org, kind)| (org.to_string(), format!("{org}, {}", kind_words(*kind))));
    let instruments = case
        .view
        .instruments
        .iter()
        .filter(|known| known.stands && known.recorded_by.as_str() == page.own())
        .map(|known| (format!("instrument {}", known.at), known.reference.clone()));
    let orals = case
        .view
        .orals
        .iter()
        .filter(|known| known.recorded_by.as_str() == page.own())
        .map(|known| {
            (
                format!("oral {}", known.at),
                format!("by word of mouth: {}", known.act),
            )
        });
    let mut fields = vec![
        pick(typed, "to", "Partner", false, parties),
        field(typed, "reference", "Number", "Your own.", Mono, false),
        field(typed, "reason", "Why", "The partner reads it.", Prose, false),
    ];
    fields.extend(asked::question(typed, what));
    fields.push(pick(
        typed,
        "authority",
        "Authority",
        what != "subscriber-data",
        instruments.chain(orals),
    ));
    fields.extend(asked::times(typed, "The partner keeps it to itself until then."));
    fields
}

async fn show(page: &Page, case: &Case, what: &str, typed: &Typed) -> Paged {
    let (_, title, lede) = kind(what)?;
    html(render::render_question(&QuestionPage {
        shell: case.shell(page).await,
        case: case.head(page, "Requests"),
        title: (*title).to_owned(),
        lede: (*lede).to_owned(),
        form: typed.form(page, case.href(&["requests", "ask", what])),
        carried: Vec::new(),
        about: Vec::new(),
        fields: fields(page, case, what, typed),
        verb: "Look at it first".to_owned(),
        others: Vec::new(),
        back: case.href(&["requests"]),
    }))
}

/// `/cases/ID/requests/ask/WHAT`.
pub(in super::super) async fn new(page: Page, Path((text, what)): Path<(String, String)>) -> Paged {
    let case = Case::load(&page, &text).await?;
    if !page.may(Act::Ask) {
        return Err(ServiceError::denied(Act::Ask.rule().1).into());
    }
    show(&page, &case, &what, &Typed::default()).await
}

/// A time that was typed, in ms.
pub(in super::super) fn moment(typed: &Typed, name: &'static str) -> accord_service::Result<Option<u64>> {
    match typed.get(name) {
        "" => Ok(None),
        text => parse_minute(text)
            .map(Some)
            .ok_or_else(|| ServiceError::invalid(name, "give a time, such as 2026-11-01T00:00")),
    }
}

fn request(what: &str, typed: &Typed) -> accord_service::Result<NewRequest> {
    let mut more = Map::new();
    if let Some((name, at)) = typed.get("authority").split_once(' ')
        && matches!(name, "instrument" | "oral")
    {
        more.insert(name.to_owned(), json!(at));
    }
    asked::request(what, typed, more)
}

const NAMES: &[&str] = &[
    "to",
    "reference",
    "reason",
    "marking",
    "authority",
    "due_ms",
    "secret_until_ms",
    "pool",
    "connections",
    "values",
    "from_ms",
    "to_ms",
    "keep_until_ms",
    "ground",
];

/// Wrong input beside its field, and a refusal by a rule above the form; the rest has a page of its own.
pub(in super::super) fn wrong(
    error: ServiceError,
    names: &[&'static str],
) -> Result<Vec<crate::web::view::FieldError>, Failed> {
    let names: Vec<(&str, &str)> = names.iter().map(|name| (*name, *name)).collect();
    problems(error, &names)
}

/// A request: shown first as the partner will read it, then asked.
pub(in super::super) async fn ask(Path((text, what)): Path<(String, String)>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &text).await?;
    let (_, title, _) = kind(&what)?;
    let looked = match request(&what, typed) {
        Ok(new) => {
            let preview = page.node.preview_request(&page.who, case.space, &new).await;
            preview.map(|preview| (new, preview))
        }
        Err(error) => Err(error),
    };
    let (new, preview) = match looked {
        Ok(looked) => looked,
        Err(error) => {
            let typed = typed.clone().wrong(wrong(error, NAMES)?);
            return show(page, &case, &what, &typed).await;
        }
    };
    let shown = commitment(&(&case.id, &new, &preview.decisions));
    if typed.get("commitment") == shown {
        return match posted
            .once(page.node.ask_partner(&page.who, case.space, &new))
            .await
        {
            Ok(published) => Ok(done(case.href(&["requests"]), "asked", Some(published.at))),
            Err(error) => {
                let typed = typed.clone().wrong(wrong(error, NAMES)?);
                show(page, &case, &what, &typed).await
            }
        };
    }
    let refused = preview.decisions.iter().find(|decided| !decided.is_yes());
    let mut facts = Vec::new();
    for field in fields(page, &case, &what, typed) {
        if !field.value.is_empty() && !matches!(field.name.as_str(), "reason" | "to" | "marking") {
            let chosen = field.choices.iter().find(|choice| choice.chosen);
            facts.push(pair(
                &field.label,
                chosen.map_or_else(|| field.value.replace('\n', ", "), |choice| choice.label.clone()),
            ));
        }
    }
    html(render::render_release(&ReleasePage {
        shell: case.shell(page).await,
        title: (*title).to_owned(),
        verb: format!("Ask {}", new.to),
        severe: false,
        form: page.form(case.href(&["requests", "ask", &what])),
        carried: NAMES.iter().map(|name| pair(name, typed.raw(name))).collect(),
        commitment: shown,
        facts,
        body: new.reason.clone(),
        marking: Some(Mark(new.marking)),
        readers: case.readers(&preview.decisions),
        undo: Undo::Cannot("It can be taken back while it waits; what was read stays known.".to_owned()),
        reason: None,
        blocked: refused.map(|decided| decided.words.clone()),
        back: case.href(&["requests"]),
    }))
}

type Place = (String, String, String);

/// A request of this case by its address.
fn found<'a>(case: &'a Case, (_, ledger, seq): &Place) -> Result<&'a RequestView, Failed> {
    let at = entry(ledger, seq)?;
    let known = case.view.requests.iter().find(|request| request.at == at);
    known.ok_or_else(|| no("request"))
}

async fn show_withdraw(page: &Page, case: &Case, place: &Place, typed: &Typed) -> Paged {
    let about = facts(found(case, place)?);
    let fields = vec![field(
        typed,
        "words",
        "Why",
        "The partner reads it.",
        Shape::Prose,
        false,
    )];
    let words = (
        "Take a request back",
        "While it waits. The partner is told.",
        "Take it back",
    );
    small(
        page,
        case,
        typed,
        &["requests", &place.1, &place.2, "withdraw"],
        words,
        about,
        fields,
    )
    .await
}

/// `/cases/ID/requests/LEDGER/SEQ/withdraw`.
pub(in super::super) async fn before_withdrawing(page: Page, Path(place): Path<Place>) -> Paged {
    let case = Case::load(&page, &place.0).await?;
    show_withdraw(&page, &case, &place, &Typed::default()).await
}

/// Takes it back.
pub(in super::super) async fn withdraw(Path(place): Path<Place>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &place.0).await?;
    let at = entry(&place.1, &place.2)?;
    let work = page.node.withdraw_request(&page.who, at, typed.get("words"));
    match posted.once(work).await {
        Ok(said) => Ok(done(case.href(&["requests"]), "withdrawn", Some(said.at))),
        Err(error) => {
            let typed = typed.clone().wrong(wrong(error, &["words"])?);
            show_withdraw(page, &case, &place, &typed).await
        }
    }
}

async fn show_take(page: &Page, case: &Case, place: &Place, typed: &Typed) -> Paged {
    let about = facts(found(case, place)?);
    let words = [("yes", "The pool takes it"), ("no", "The pool does not take it")];
    let words = words.map(|(word, label)| (word.to_owned(), label.to_owned()));
    let fields = vec![
        pick(typed, "accepted", "Word", false, words),
        field(
            typed,
            "words",
            "By when, or why not",
            "The asker reads it.",
            Shape::Prose,
            false,
        ),
    ];
    let words = (
        "A question to your pool",
        "Anybody of the pool says whether it takes it. The answer is a graded report, given by the approver.",
        "Tell the asker",
    );
    small(
        page,
        case,
        typed,
        &["requests", &place.1, &place.2, "pool"],
        words,
        about,
        fields,
    )
    .await
}

/// `/cases/ID/requests/LEDGER/SEQ/pool`.
pub(in super::super) async fn before_taking(page: Page, Path(place): Path<Place>) -> Paged {
    let case = Case::load(&page, &place.0).await?;
    show_take(&page, &case, &place, &Typed::default()).await
}

/// Says it.
pub(in super::super) async fn take(Path(place): Path<Place>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &place.0).await?;
    let at = entry(&place.1, &place.2)?;
    let accepted = match typed.get("accepted") {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(ServiceError::invalid("accepted", "choose one")),
    };
    let said = match accepted {
        Ok(accepted) => {
            let word = PoolWord {
                accepted,
                words: typed.get("words").to_owned(),
            };
            posted.once(page.node.take_expertise(&page.who, at, &word)).await
        }
        Err(error) => Err(error),
    };
    match said {
        Ok(said) => Ok(done(case.href(&["requests"]), "pool", Some(said.at))),
        Err(error) => {
            let typed = typed.clone().wrong(wrong(error, &["accepted", "words"])?);
            show_take(page, &case, &place, &typed).await
        }
    }
}
