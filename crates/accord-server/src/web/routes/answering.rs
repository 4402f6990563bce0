//! Answering what is no hunt: in words, subscriber by subscriber, kept, taken down; or refusing. Taking a first yes back,
//! of a hunt too.

use accord_service::{Act, NewOral, RequestAnswer, RequestView, ServiceError};
use axum::extract::{Path, Query};
use serde_json::{Map, Value, json};

use super::case::requests::{connections, facts, field, moment, pair, pick, wrong};
use super::case::{Case, entry};
use super::failed::{Paged, no};
use super::frame::{Page, done, html};
use super::posted::{Posted, Typed};
use crate::listed::{Part as Listing, Routes};
use crate::web::render;
use crate::web::view::question::QuestionPage;
use crate::web::view::write::{Field, Shape};
use crate::web::view::{Choice, Href, Link, Pair};

/// Connections that the page asks about one by one; more are answered through the API.
const CONNECTIONS_SHOWN: usize = 50;
const RELIABILITY: [&str; 6] = ["A", "B", "C", "D", "E", "F"];
const CREDIBILITY: [&str; 6] = ["1", "2", "3", "4", "5", "6"];

/// What is done here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Answer,
    Refuse,
    Oral,
    TakeBack,
}

impl Way {
    const fn path(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Refuse => "refuse-request",
            Self::Oral => "oral",
            Self::TakeBack => "take-back",
        }
    }
}

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/approvals/{ledger}/{seq}/answer", page)
        .post("/approvals/{ledger}/{seq}/answer", answer)
        .get("/approvals/{ledger}/{seq}/refuse-request", before_refusing)
        .post("/approvals/{ledger}/{seq}/refuse-request", refuse)
        .get("/approvals/{ledger}/{seq}/oral", before_oral)
        .post("/approvals/{ledger}/{seq}/oral", oral)
        .get("/approvals/{ledger}/{seq}/take-back", before_taking_back)
        .post("/approvals/{ledger}/{seq}/take-back", take_back)
}

type Place = (String, String);

async fn load(page: &Page, place: &Place) -> Result<(Case, RequestView), super::failed::Failed> {
    let view = page.node.request(&page.who, entry(&place.0, &place.1)?).await?;
    if view.hunt.is_some() {
        return Err(no("page"));
    }
    let case = Case::load(page, &view.case.to_string()).await?;
    Ok((case, view))
}

/// A request, of whatever kind, to which this person's yes waits for a second one.
async fn load_yes(page: &Page, place: &Place) -> Result<(Case, RequestView), super::failed::Failed> {
    let view = page.node.request(&page.who, entry(&place.0, &place.1)?).await?;
    if view.state != "waiting" || !view.own_yes {
        return Err(ServiceError::Conflict("no yes of yours waits for a second person's".into()).into());
    }
    let case = Case::load(page, &view.case.to_string()).await?;
    Ok((case, view))
}

fn named(words: &[&str]) -> Vec<(String, String)> {
    let word = |word: &&str| ((*word).to_owned(), word.replace('-', " "));
    words.iter().map(word).collect()
}

fn fields(view: &RequestView, typed: &Typed, way: Way, sources: Vec<String>) -> Vec<Field> {
    use Shape::{Line, Moment, Mono, Prose};
    let left_out = || {
        field(
            typed,
            "left_out",
            "What is left out, and why",
            "Empty: nothing is.",
            Prose,
            true,
        )
    };
    match (way, view.what.as_str()) {
        (Way::Refuse, _) => vec![
            field(
                typed,
                "clause",
                "Clause",
                "The clause it rests on, such as 2.1.",
                Mono,
                false,
            ),
            field(typed, "reason", "Why", "The asker reads it.", Prose, false),
        ],
        (Way::TakeBack, _) => vec![field(
            typed,
            "reason",
            "Why",
            "Every party of the case reads it: name no customer and nobody else.",
            Prose,
            false,
        )],
        (Way::Oral, _) => vec![
            field(
                typed,
                "act",
                "What is answered, and why it cannot wait",
                "",
                Prose,
                false,
            ),
            field(
                typed,
                "authority",
                "Who gave the authority",
                "Name and office.",
                Line,
                false,
            ),
            field(typed, "power", "Under which law", "", Line, false),
        ],
        (Way::Answer, "subscriber-data") => {
            let mut fields = Vec::new();
            for (index, held) in connections(view).into_iter().take(CONNECTIONS_SHOWN).enumerate() {
                let found = named(&["one", "several", "nobody", "no-record"]);
                fields.push(pick(typed, &format!("found{index}"), &held, false, found));
                let mut line = |name: &str, label: &str, hint: &str| {
                    let name = format!("{name}{index}");
                    fields.push(field(typed, &name, label, hint, Line, true));
                };
                line(
                    "account",
                    "Account",
                    "Where there is one subscriber, and only then.",
                );
                line("name", "Name", "");
                line("postal", "Postal address", "");
            }
            fields.push(field(
                typed,
                "acquisition",
                "Where it comes from",
                "System, clock and its error, method.",
                Prose,
                false,
            ));
            fields.push(left_out());
            fields
        }
        (Way::Answer, "preservation") => {
            let mut fields = vec![
                field(typed, "until_ms", "Kept until (UTC)", "", Moment, false),
                field(typed, "words", "What exactly", "", Prose, false),
            ];
            if !sources.is_empty() {
                let one = |name: String| Choice {
                    chosen: typed.has("hold", &name),
                    value: name.clone(),
                    label: name,
                    hint: String::new(),
                };
                fields.push(Field {
                    choices: sources.into_iter().map(one).collect(),
                    ..field(
                        typed,
                        "hold",
                        "Hold these of our logs",
                        "For the time asked about, until you lift it: nothing of it is destroyed. None: what is kept lies in \
                         another system, and is kept there.",
                        Shape::Many,
                        true,
                    )
                });
            }
            fields.push(left_out());
            fields
        }
        (Way::Answer, "takedown") => vec![
            pick(
                typed,
                "done",
                "Was it taken down?",
                false,
                [
                    ("yes".to_owned(), "Yes".to_owned()),
                    ("no".to_owned(), "No".to_owned()),
                ],
            ),
            field(typed, "words", "What exactly, and when", "", Prose, false),
            left_out(),
        ],
        (Way::Answer, what) => {
            let report = field(
                typed,
                "report",
                "Report",
                "The reference of your report that answers it, as the timeline's address has it.",
                Mono,
                what != "expertise",
            );
            vec![
                field(typed, "words", "Answer", "", Prose, false),
                report,
                pick(
                    typed,
                    "reliability",
                    "Source (Admiralty)",
                    true,
                    named(&RELIABILITY),
                ),
                pick(
                    typed,
                    "credibility",
                    "Information (Admiralty)",
                    true,
                    named(&CREDIBILITY),
                ),
                left_out(),
            ]
        }
    }
}

async fn show(page: &Page, case: &Case, view: &RequestView, typed: &Typed, way: Way) -> Paged {
    let (ledger, seq) = (view.at.ledger.to_string(), view.at.seq.to_string());
    let mut about = vec![pair("Asked by", view.from.to_string())];
    about.extend(facts(view));
    if let Some(decision) = &view.decision {
        about.push(pair("Clause", format!("{}: {}", decision.clause, decision.words)));
    }
    if view.state != "waiting" {
        about.push(pair("Decided", view.state));
    } else if view.own_yes {
        about.push(pair(
            "Second yes",
            "you have said yes; it waits for a second person's",
        ));
    } else if view.pending.is_some() {
        about.push(pair(
            "Second yes",
            "a colleague has answered; say the same, or refuse",
        ));
    }
    if let Some(answer) = &view.answer {
        about.push(pair("Answer", answer.clone()));
    }
    let (title, lede, verb) = match way {
        Way::Answer => (
            "Answer a request",
            "What you write goes to the asker, and to nobody else. Leave something out where you must, and say so.",
            "Answer",
        ),
        Way::Refuse => ("Refuse a request", "Nothing leaves but your reason.", "Refuse"),
        Way::Oral => (
            "Record an oral authority",
            "Only where a life is in danger, for this one answer. In writing within 24 hours.",
            "Record it",
        ),
        Way::TakeBack => (
            "Take your yes back",
            "Nothing has left. Every party of the case has read your yes, and reads that you take it back. You may say \
             yes again.",
            "Take my yes back",
        ),
    };
    let decided = view.state != "waiting";
    let other = |label: &str, way: Way| Link {
        label: label.to_owned(),
        href: Href::of(&["approvals", &ledger, &seq, way.path()]),
    };
    let mut others = Vec::new();
    if way == Way::Answer && !decided {
        if view.own_yes {
            others.push(other("Take your yes back", Way::TakeBack));
        }
        if view.what.as_str() == "information" {
            others.push(Link {
                label: "Answer with a file".to_owned(),
                href: Href::of(&["approvals", &ledger, &seq, "upload"]),
            });
        }
        if view.what.as_str() == "subscriber-data" {
            others.push(Link {
                label: "Look in our assignment logs".to_owned(),
                href: super::holders::holders_href(view.at),
            });
        }
        others.push(other("Refuse", Way::Refuse));
        if view.what.as_str() == "subscriber-data" && view.instrument_problem.is_some() {
            others.push(other("A life is in danger", Way::Oral));
        }
    }
    html(render::render_question(&QuestionPage {
        shell: case.shell(page).await,
        case: case.head(page, "Requests"),
        title: format!("{title}: {}", view.reference),
        lede: lede.to_owned(),
        form: typed.form(page, Href::of(&["approvals", &ledger, &seq, way.path()])),
        carried: Vec::<Pair>::new(),
        about,
        fields: if decided {
            Vec::new()
        } else {
            let sources = match view.what.as_str() {
                "preservation" => page.node.own_sources(&page.who)?,
                _ => Vec::new(),
            };
            fields(view, typed, way, sources)
        },
        verb: verb.to_owned(),
        others,
        back: if way == Way::TakeBack {
            super::inbox::approval(view.at)
        } else if way == Way::Answer {
            case.href(&["requests"])
        } else {
            Href::of(&["approvals", &ledger, &seq, "answer"])
        },
    }))
}

async fn page(page: Page, Path(place): Path<Place>, Query(given): Query<Given>) -> Paged {
    let (case, view) = load(&page, &place).await?;
    let typed = match given.from.as_deref() {
        Some("logs") => from_logs(&page, &view).await?,
        _ => Typed::default(),
    };
    show(&page, &case, &view, &typed, Way::Answer).await
}

/// What the form begins with.
#[derive(serde::Deserialize)]
struct Given {
    from: Option<String>,
}

/// The answer as our assignment logs give it. The approver looks at each, and fills in what no log knows.
async fn from_logs(page: &Page, view: &RequestView) -> Result<Typed, super::failed::Failed> {
    let job = page.node.holders_job(&page.who, view.at).await?;
    let Some(found) = job.found else {
        return Ok(Typed::default());
    };
    let mut fields = vec![("acquisition".to_owned(), found.acquisition)];
    for (index, held) in found.held.into_iter().take(CONNECTIONS_SHOWN).enumerate() {
        fields.push((format!("found{index}"), held.found.to_string()));
        fields.extend(held.account.map(|account| (format!("account{index}"), account)));
    }
    Ok(Typed::of(fields))
}

async fn before_refusing(page: Page, Path(place): Path<Place>) -> Paged {
    let (case, view) = load(&page, &place).await?;
    show(&page, &case, &view, &Typed::default(), Way::Refuse).await
}

async fn before_oral(page: Page, Path(place): Path<Place>) -> Paged {
    let (case, view) = load(&page, &place).await?;
    show(&page, &case, &view, &Typed::default(), Way::Oral).await
}

/// The answer as it was typed.
fn typed_answer(view: &RequestView, typed: &Typed) -> accord_service::Result<RequestAnswer> {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
    if !typed.get("left_out").is_empty() {
        put("left_out", json!(typed.get("left_out")));
    }
    match view.what.as_str() {
        "subscriber-data" => {
            let asked = view
                .question
                .get("subscriber")
                .and_then(|asked| asked.get("connections"));
            let asked = asked.and_then(Value::as_array).into_iter().flatten();
            let mut answers = Vec::new();
            for (index, connection) in asked.enumerate().take(CONNECTIONS_SHOWN) {
                let given = |name: &str| typed.get(&format!("{name}{index}")).to_owned();
                let (found, account) = (given("found"), given("account"));
                if found.is_empty() {
                    continue;
                }
                let mut one = json!({ "connection": connection, "found": found });
                if !account.is_empty()
                    && let Some(fields) = one.as_object_mut()
                {
                    let mut subscriber = json!({ "account": account });
                    if let Some(known) = subscriber.as_object_mut() {
                        for name in ["name", "postal"] {
                            if !given(name).is_empty() {
                                known.insert(name.to_owned(), json!(given(name)));
                            }
                        }
                    }
                    fields.insert("subscriber".to_owned(), subscriber);
                }
                answers.push(one);
            }
            put("answer", json!("subscribers"));
            put("answers", json!(answers));
            put("acquisition", json!(typed.get("acquisition")));
        }
        "preservation" => {
            let until = moment(typed, "until_ms")?
                .ok_or_else(|| ServiceError::invalid("until_ms", "it is needed: fill it in"))?;
            put("answer", json!("kept"));
            put("until_ms", json!(until));
            put("words", json!(typed.get("words")));
            put("hold", json!(typed.all("hold").collect::<Vec<_>>()));
        }
        "takedown" => {
            let done = match typed.get("done") {
                "yes" => true,
                "no" => false,
                _ => return Err(ServiceError::invalid("done", "choose one")),
            };
            put("answer", json!("takedown"));
            put("done", json!(done));
            put("words", json!(typed.get("words")));
        }
        _ => {
            put("answer", json!("words"));
            put("words", json!(typed.get("words")));
            if !typed.get("report").is_empty() {
                put("report", json!(typed.get("report")));
            }
            let scale = (typed.get("reliability"), typed.get("credibility"));
            if !scale.0.is_empty() || !scale.1.is_empty() {
                let grading = json!({ "admiralty": { "reliability": scale.0, "credibility": scale.1 } });
                put("grading", grading);
            }
        }
    }
    serde_json::from_value(Value::Object(fields)).map_err(|error| ServiceError::invalid("answer", error))
}

const NAMES: &[&str] = &[
    "words",
    "report",
    "grading",
    "left_out",
    "until_ms",
    "hold",
    "done",
    "acquisition",
    "clause",
    "reason",
    "act",
    "authority",
    "power",
];

async fn decide(posted: &Posted, place: &Place, way: Way) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    if !page.may(Act::Approve) {
        return Err(ServiceError::denied(Act::Approve.rule().1).into());
    }
    let (case, view) = load(page, place).await?;
    let answer = match way {
        Way::Refuse => Ok(RequestAnswer::Refuse {
            clause: typed.get("clause").to_owned(),
            reason: typed.get("reason").to_owned(),
        }),
        _ => typed_answer(&view, typed),
    };
    let outcome = match answer {
        Ok(answer) => {
            let work = page.node.answer_request(&page.who, view.at, &answer);
            posted.once(work).await
        }
        Err(error) => Err(error),
    };
    match outcome {
        Ok(outcome) => {
            let word = match (way, outcome.answer) {
                (Way::Refuse, _) => "refused",
                (_, Some(_)) => "answered",
                (_, None) => "first-yes",
            };
            Ok(done(case.href(&["requests"]), word, Some(outcome.decision)))
        }
        Err(error) => {
            let typed = typed.clone().wrong(wrong(error, NAMES)?);
            show(page, &case, &view, &typed, way).await
        }
    }
}

async fn answer(Path(place): Path<Place>, posted: Posted) -> Paged {
    decide(&posted, &place, Way::Answer).await
}

async fn refuse(Path(place): Path<Place>, posted: Posted) -> Paged {
    decide(&posted, &place, Way::Refuse).await
}

async fn before_taking_back(page: Page, Path(place): Path<Place>) -> Paged {
    let (case, view) = load_yes(&page, &place).await?;
    show(&page, &case, &view, &Typed::default(), Way::TakeBack).await
}

/// Takes the yes back; sent again, the first answer is given again.
async fn take_back(Path(place): Path<Place>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let at = entry(&place.0, &place.1)?;
    let work = page.node.take_back_yes(&page.who, at, typed.get("reason"));
    match posted.once(work).await {
        Ok(taken) => Ok(done(super::inbox::approval(at), "yes-taken-back", Some(taken))),
        Err(error) => {
            let typed = typed.clone().wrong(wrong(error, &["reason"])?);
            let (case, view) = load_yes(page, &place).await?;
            show(page, &case, &view, &typed, Way::TakeBack).await
        }
    }
}

async fn oral(Path(place): Path<Place>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let (case, view) = load(page, &place).await?;
    let new = json!({
        "ground": accord_model::control::THREAT_TO_LIFE, "act": typed.get("act"), "category": "subscriber-data",
        "addressee": page.own(), "authority": typed.get("authority"), "power": typed.get("power"),
        "request": view.at,
    });
    let recorded = match serde_json::from_value::<NewOral>(new) {
        Ok(new) => {
            posted
                .once(page.node.record_oral(&page.who, view.case, &new))
                .await
        }
        Err(error) => Err(ServiceError::invalid("oral", error)),
    };
    match recorded {
        Ok(at) => {
            let place = Href::of(&["approvals", &place.0, &place.1, "answer"]);
            Ok(done(place, "oral", Some(at)))
        }
        Err(error) => {
            let typed = typed.clone().wrong(wrong(error, NAMES)?);
            show(page, &case, &view, &typed, Way::Oral).await
        }
    }
}
