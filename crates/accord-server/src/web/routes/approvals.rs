//! One decision: the request, what it stands on, what would leave, and the word on it.
//!
//! A decision counts only for what was shown: the form carries a commitment to the preview *and* to the limits it was
//! shown with. Sent with other limits, it is answered with the preview under those limits, and nothing is decided.

use std::collections::{BTreeMap, BTreeSet};

use accord_model::EntryRef;
use accord_service::{
    Act, AgreementView, FoundLine, JobState, Narrowing, Preview as Found, PreviewJob, PreviewSummary,
    RequestAnswer, RequestView, ServiceError, Verdict,
};
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect};
use sha2::{Digest, Sha256};

use super::case::entry;
use super::failed::{Failed, Paged, problems};
use super::frame::{Page, Part, done, html, operation, role_words};
use super::inbox::approval;
use super::marked::pieces;
use super::posted::{Posted, Typed};
use super::release::{clause, commitment};
use super::times::{bytes, clock, count, counted, date, day, length, minute, parse_minute, span, when};
use crate::listed::{Part as Listing, Routes};
use crate::web::render;
use crate::web::view::approval as show;
use crate::web::view::{Actor, Choice, Href, Link, Mark, Pair, Spark, State, Tone};

/// Indicators listed of a request.
const INDICATORS_SHOWN: usize = 200;
/// Customers offered to be left out.
const CUSTOMERS_SHOWN: usize = 50;

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/approvals/{ledger}/{seq}", page)
        .post("/approvals/{ledger}/{seq}", decide)
        .post("/approvals/{ledger}/{seq}/preview", preview)
        .post("/approvals/{ledger}/{seq}/stop", stop)
        .post("/approvals/{ledger}/{seq}/refuse", refuse)
}

/// What a preview found beside what was asked for.
fn beside(found: &Found) -> Vec<String> {
    let mut words = Vec::new();
    if found.lines_outside_time > 0 {
        words.push(format!(
            "{} outside the time asked for, which stay here",
            counted(found.lines_outside_time, "matching line", "matching lines")
        ));
    }
    if found.lines_time_unknown > 0 {
        words.push(format!(
            "{} among those found whose time could not be told",
            counted(found.lines_time_unknown, "line", "lines")
        ));
    }
    words
}

fn at_href(at: EntryRef, what: &str) -> Href {
    Href::of(&["approvals", &at.ledger.to_string(), &at.seq.to_string(), what])
}

/// A request with all that its page needs.
struct Asked {
    at: EntryRef,
    /// How far the preview was when the rest was read: read before it, so that what has ended meanwhile is there.
    job: Option<PreviewJob>,
    view: RequestView,
    agreement: Option<AgreementView>,
    digest: String,
}

impl Asked {
    async fn load(page: &Page, ledger: &str, seq: &str) -> Result<Self, Failed> {
        let at = entry(ledger, seq)?;
        let job = page.node.preview_job(&page.who, at).await.ok();
        let mut view = page.node.request(&page.who, at).await?;
        view.operation = operation(&view.operation).to_owned();
        let case = page.node.case_head(&page.who, view.case).await?;
        let digest = case.summary.agreement;
        Ok(Self {
            at,
            job,
            view,
            agreement: page.node.agreement(&page.who, digest).await.ok(),
            digest: digest.to_string(),
        })
    }

    /// From and to as asked, cut to minutes as the fields show them.
    fn period(&self) -> (String, String) {
        self.view.hunt.as_ref().map_or_else(Default::default, |hunt| {
            (minute(hunt.from_ms), minute(hunt.to_ms))
        })
    }
}

async fn page(page: Page, Path((ledger, seq)): Path<(String, String)>) -> Paged {
    let asked = Asked::load(&page, &ledger, &seq).await?;
    if asked.view.hunt.is_none() {
        // What is no hunt has no preview: it is answered in words.
        return Ok(Redirect::to(&at_href(asked.at, "answer").to_string()).into_response());
    }
    answer(
        &page,
        &asked,
        &Narrowing::default(),
        &Typed::default(),
        &Typed::default(),
    )
    .await
}

/// A name for a customer that names nobody, and that means something only beside this preview.
fn pseudonym(preview: &Found, customer: &str) -> String {
    let digest = Sha256::digest(format!("{} {customer}", preview.commitment));
    hex::encode(digest).chars().take(16).collect()
}

/// Customers with how many lines each has, the most first.
fn customers(lines: &[FoundLine]) -> Vec<(String, u64)> {
    let mut counts: BTreeMap<&String, u64> = BTreeMap::new();
    for customer in lines.iter().filter_map(|line| line.customer.as_ref()) {
        *counts.entry(customer).or_default() += 1;
    }
    let mut counts: Vec<(String, u64)> = counts.into_iter().map(|(name, n)| (name.clone(), n)).collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts
}

/// The limits a form was sent with. What leaves nothing out is not a limit.
fn narrowing(
    asked: &Asked,
    found: &Found,
    all: &PreviewSummary,
    typed: &Typed,
) -> accord_service::Result<Narrowing> {
    let chosen = |field: &str, known: &BTreeMap<String, u64>| {
        let set: BTreeSet<String> = typed
            .all(field)
            .filter(|value| known.contains_key(*value))
            .map(str::to_owned)
            .collect();
        (set.len() < known.len()).then_some(set)
    };
    let (from, to) = asked.period();
    let time = |field: &str, asked: &str| match typed.get(field) {
        "" => Ok(None),
        same if same == asked => Ok(None),
        text => match parse_minute(text).and_then(|ms| i64::try_from(ms).ok()) {
            Some(ms) => Ok(Some(ms)),
            None => Err(ServiceError::invalid(
                field,
                "give a time, such as 2026-11-01T00:00",
            )),
        },
    };
    let without: BTreeSet<&str> = typed.all("drop_customers").collect();
    Ok(Narrowing {
        sources: chosen("sources", &all.by_source),
        indicators: chosen("indicators", &all.by_indicator),
        from_ms: time("from", &from)?,
        to_ms: time("to", &to)?,
        without_customers: customers(&found.lines)
            .into_iter()
            .map(|(customer, _)| customer)
            .filter(|customer| without.contains(pseudonym(found, customer).as_str()))
            .collect(),
        max_lines: match typed.get("max_lines") {
            "" => None,
            text => Some(
                text.parse()
                    .map_err(|_| ServiceError::invalid("max_lines", "give a number, or none"))?,
            ),
        },
    })
}

/// Binds a decision to the preview and to the limits it was shown with.
fn bound(found: &Found, narrowing: &Narrowing) -> String {
    commitment(&(&found.commitment, narrowing))
}

async fn preview(Path((ledger, seq)): Path<(String, String)>, posted: Posted) -> Paged {
    let page = &posted.page;
    let at = entry(&ledger, &seq)?;
    page.node.start_preview(&page.who, at).await?;
    Ok(Redirect::to(approval(at).as_str()).into_response())
}

async fn stop(Path((ledger, seq)): Path<(String, String)>, posted: Posted) -> Paged {
    let page = &posted.page;
    let at = entry(&ledger, &seq)?;
    page.node.stop_preview(&page.who, at).await?;
    Ok(done(approval(at), "stopped", None))
}

/// How far the preview is; `None` when none runs.
fn running(page: &Page, at: EntryRef, job: &PreviewJob) -> Option<show::ApprovalState> {
    if job.state != JobState::Running {
        return None;
    }
    let percent = (job.scanned_bytes.min(job.total_bytes) * 100)
        .checked_div(job.total_bytes)
        .unwrap_or(0);
    Some(show::ApprovalState::Running {
        percent: u8::try_from(percent).unwrap_or(100),
        progress: format!(
            "{} of {}, {} read, {} so far",
            count(job.segments_done),
            counted(job.segments_total, "file", "files"),
            bytes(job.scanned_bytes),
            counted(job.lines, "line", "lines"),
        ),
        cancel: page.form(at_href(at, "stop")),
        refresh: approval(at),
    })
}

/// What became of the last preview, where it is to be known.
fn what_became(job: &PreviewJob) -> Vec<crate::web::view::FieldError> {
    let message = match job.state {
        JobState::Stopped => "The preview was stopped. Nothing was kept of it.".to_owned(),
        JobState::Failed => format!(
            "The preview failed: {}.",
            job.words.as_deref().unwrap_or("no reason given")
        ),
        JobState::None | JobState::Running | JobState::Done => return Vec::new(),
    };
    vec![crate::web::view::FieldError {
        field: String::new(),
        message,
    }]
}

async fn decide(Path((ledger, seq)): Path<(String, String)>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let asked = Asked::load(page, &ledger, &seq).await?;
    let act = typed.get("act");
    let verdict = if asked.view.state == "waiting" {
        let (found, all, _) = page
            .node
            .preview(&page.who, asked.at, &Narrowing::default())
            .await?;
        let narrowing = match narrowing(&asked, &found, &all, typed) {
            Ok(narrowing) => narrowing,
            Err(error) => {
                let fields = ["from", "to", "max_lines"];
                let wrong = problems(error, &fields.map(|field| (field, field)))?;
                let typed = typed.clone().wrong(wrong);
                return answer(page, &asked, &Narrowing::default(), &typed, &Typed::default()).await;
            }
        };
        let decides = matches!(act, "approve" | "narrow" | "nothing");
        if !decides || typed.get("commitment") != bound(&found, &narrowing) {
            let mut typed = typed.clone();
            if decides {
                typed = typed.wrong(vec![crate::web::view::FieldError {
                    field: String::new(),
                    message: "What you ticked differs from what was shown. This is what it comes to; look, then decide."
                        .to_owned(),
                }]);
            }
            return answer(page, &asked, &narrowing, &typed, &Typed::default()).await;
        }
        if act == "nothing" {
            return nothing(&posted, &asked, &found).await;
        }
        verdict(&found, narrowing, typed)
    } else {
        // Decided already: sent again, the kept answer of the first time is given, or the conflict is told.
        Verdict::Approve {
            preview: String::new(),
            reason: None,
        }
    };
    let narrowed = act == "narrow" || matches!(verdict, Verdict::Narrow { .. });
    let outcome = posted
        .once(page.node.decide(&page.who, asked.at, &verdict))
        .await?;
    let word = if narrowed { "narrowed" } else { "approved" };
    Ok(done(approval(asked.at), word, Some(outcome.decision)))
}

/// Says that no line matches.
async fn nothing(posted: &Posted, asked: &Asked, found: &Found) -> Paged {
    let said = RequestAnswer::NothingFound {
        preview: found.commitment.clone(),
        words: posted.typed.raw("word").trim().replace("\r\n", "\n"),
    };
    let answered = posted.page.node.answer_request(&posted.page.who, asked.at, &said);
    match posted.once(answered).await {
        Ok(outcome) => {
            let word = outcome.answer.map_or("first-yes", |_| "answered");
            Ok(done(approval(asked.at), word, Some(outcome.decision)))
        }
        Err(error) => {
            let wrong = problems(error, &[("answer", "word"), ("words", "word")])?;
            let typed = posted.typed.clone().wrong(wrong);
            answer(
                &posted.page,
                asked,
                &Narrowing::default(),
                &typed,
                &Typed::default(),
            )
            .await
        }
    }
}

fn verdict(found: &Found, narrowing: Narrowing, typed: &Typed) -> Verdict {
    let reason = typed.raw("word").trim().replace("\r\n", "\n");
    if narrowing.is_empty() {
        Verdict::Approve {
            preview: found.commitment.clone(),
            reason: (!reason.is_empty()).then_some(reason),
        }
    } else {
        Verdict::Narrow {
            preview: found.commitment.clone(),
            reason: if reason.is_empty() {
                "What the request does not need was left out.".to_owned()
            } else {
                reason
            },
            narrowing,
        }
    }
}

async fn refuse(Path((ledger, seq)): Path<(String, String)>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let asked = Asked::load(page, &ledger, &seq).await?;
    let reason = typed.raw("reason").trim().replace("\r\n", "\n");
    let missing = |field: &str, message: &str| Err(ServiceError::invalid(field, message));
    let refused = match (typed.get("clause"), reason.as_str()) {
        ("", _) => missing("clause", "name the clause it rests on"),
        (_, "") => missing("reason", "say why; the asker reads it"),
        (clause, _) => {
            let verdict = Verdict::Refuse {
                clause: clause.to_owned(),
                reason: reason.clone(),
            };
            posted.once(page.node.decide(&page.who, asked.at, &verdict)).await
        }
    };
    match refused {
        Ok(outcome) => Ok(done(approval(asked.at), "refused", Some(outcome.decision))),
        Err(error) => {
            let wrong = problems(error, &[("clause", "clause"), ("reason", "reason")])?;
            let typed = typed.clone().wrong(wrong);
            answer(page, &asked, &Narrowing::default(), &Typed::default(), &typed).await
        }
    }
}

fn refusing(page: &Page, asked: &Asked, typed: &Typed) -> show::RefuseForm {
    let first = asked.view.decision.as_ref().map(|decided| decided.clause.clone());
    let mut clauses: Vec<(String, String)> = asked
        .agreement
        .iter()
        .flat_map(|view| view.agreement.clauses())
        .map(|clause| (clause.id.to_string(), clause.text.clone()))
        .collect();
    clauses.sort_by_key(|(number, _)| Some(number) != first.as_ref());
    show::RefuseForm {
        form: typed.form(page, at_href(asked.at, "refuse")),
        reason: typed.or("reason", ""),
        clauses: clauses
            .into_iter()
            .map(|(number, text)| Choice {
                chosen: typed.has("clause", &number) || (typed.is_first() && Some(&number) == first.as_ref()),
                label: format!("{number}: {}", short(&text, 90)),
                value: number,
                hint: String::new(),
            })
            .collect(),
    }
}

fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        text.to_owned()
    } else {
        let cut: String = text.chars().take(most).collect();
        format!("{}...", cut.trim_end())
    }
}

/// Lines a day, in the order of days; only days with lines.
fn per_day(lines: &[&FoundLine]) -> Spark {
    let mut days: BTreeMap<String, u64> = BTreeMap::new();
    for time in lines.iter().filter_map(|line| line.time_ms) {
        *days.entry(date(u64::try_from(time).unwrap_or(0))).or_default() += 1;
    }
    let most = days.values().copied().max().unwrap_or(0);
    Spark {
        label: format!(
            "lines a day on {}, most {}",
            counted(days.len() as u64, "day", "days"),
            count(most)
        ),
        // One day is no series.
        counts: if days.len() > 1 {
            days.into_values().collect()
        } else {
            Vec::new()
        },
    }
}

async fn ready(
    page: &Page,
    asked: &Asked,
    narrowing: &Narrowing,
    typed: &Typed,
    refuse: &Typed,
) -> Result<show::Preview, Failed> {
    let (found, summary, shown) = page.node.preview(&page.who, asked.at, narrowing).await?;
    let kept = narrowing.apply(&found.lines);
    let all = accord_service::summarise(&found.lines);
    let most = all.by_source.values().copied().max().unwrap_or(1).max(1);
    let touched = |source: &str| {
        let touched: BTreeSet<&String> = found
            .lines
            .iter()
            .filter(|line| line.source == source)
            .filter_map(|line| line.customer.as_ref())
            .collect();
        touched.len() as u64
    };
    let keeps =
        |only: &Option<BTreeSet<String>>, name: &String| only.as_ref().is_none_or(|only| only.contains(name));
    let to = &asked.view.from;
    let mut leaves = vec![format!(
        "{} with their places",
        counted(summary.lines, "original line", "original lines")
    )];
    if summary.customers > 0 {
        leaves.push(format!(
            "what the lines say of {}",
            counted(summary.customers, "customer", "customers")
        ));
    }
    if summary.customer_unknown > 0 {
        leaves.push(format!(
            "{} whose customer could not be told",
            counted(summary.customer_unknown, "line", "lines")
        ));
    }
    leaves.push("how and when the lines were recorded and found".to_owned());
    let mut stays = narrowing.short_words();
    let left_out = all.lines.saturating_sub(summary.lines);
    if left_out > 0 {
        stays.push(format!(
            "{} that you leave out",
            counted(left_out, "found line", "found lines")
        ));
    }
    stays.push("every other line of your logs".to_owned());
    stays.push("names and contracts of customers".to_owned());
    stays.extend(found.gaps.iter().map(|gap| format!("not complete: {gap}")));
    let (from, until) = asked.period();
    let time =
        |limit: Option<i64>, asked: String| limit.and_then(|ms| u64::try_from(ms).ok()).map_or(asked, minute);
    Ok(show::Preview {
        made: when(found.ended_ms),
        commitment: bound(&found, narrowing),
        lines: count(summary.lines),
        customers: count(summary.customers),
        range: span(summary.span),
        beside: beside(&found),
        nothing: match (summary.lines, narrowing.is_empty()) {
            (0, true) => Some("No line was found. Nothing leaves but that, if you say so."),
            (0, false) => {
                Some("With these limits no line is left. Leave less out and look again, or refuse.")
            }
            _ => None,
        },
        may_say_nothing: found.lines.is_empty() && narrowing.is_empty(),
        spark: per_day(&kept),
        sources: all
            .by_source
            .iter()
            .map(|(name, lines)| show::SourceCount {
                value: name.clone(),
                name: name.clone(),
                lines: count(*lines),
                share: u8::try_from(lines * 100 / most).unwrap_or(100),
                customers: count(touched(name)),
                chosen: keeps(&narrowing.sources, name),
            })
            .collect(),
        first_lines: shown
            .iter()
            .take(20)
            .map(|(line, bytes)| show::PreviewLine {
                place: format!("{}:{}", line.source, line.line),
                parts: pieces(String::from_utf8_lossy(bytes).trim_end(), &line.hits),
            })
            .collect(),
        narrowed: !narrowing.is_empty(),
        leaves,
        stays,
        recipient: format!("{to}, for Operation {}", asked.view.operation),
        undo: "No. What left stays known to them; the custody of every line is recorded on both sides."
            .to_owned(),
        decide: typed.form(page, approval(asked.at)),
        indicators: all
            .by_indicator
            .iter()
            .map(|(name, lines)| Choice {
                value: name.clone(),
                label: name.clone(),
                hint: counted(*lines, "line", "lines"),
                chosen: keeps(&narrowing.indicators, name),
            })
            .collect(),
        drop_customers: customers(&found.lines)
            .iter()
            .take(CUSTOMERS_SHOWN)
            .enumerate()
            .map(|(place, (customer, lines))| Choice {
                value: pseudonym(&found, customer),
                label: format!("Customer {}", place + 1),
                hint: counted(*lines, "line", "lines"),
                chosen: narrowing.without_customers.contains(customer),
            })
            .collect(),
        from: time(narrowing.from_ms, from),
        to: time(narrowing.to_ms, until),
        max_lines: narrowing
            .max_lines
            .map(|most| most.to_string())
            .unwrap_or_default(),
        reason: typed.or("word", ""),
        refuse: refusing(page, asked, refuse),
    })
}

fn decided(page: &Page, asked: &Asked) -> show::ApprovalState {
    let view = &asked.view;
    let (word, tone) = match view.state {
        "given" => ("approved", Tone::Good),
        "narrowed" => ("approved in part", Tone::Good),
        "refused" => ("refused", Tone::Bad),
        _ => ("withdrawn", Tone::Quiet),
    };
    let clause = view
        .clause
        .as_ref()
        .map(|clause| format!("Under clause {clause}. "))
        .unwrap_or_default();
    let case = view.case.to_string();
    let link = |label: &str, tab: &str| Link {
        label: label.to_owned(),
        href: Href::of(&["cases", &case, tab]),
    };
    show::ApprovalState::Decided {
        by: Actor {
            organisation: page.own().to_owned(),
            person: None,
        },
        at: None,
        state: State {
            word: word.to_owned(),
            tone,
        },
        text: format!("{clause}{}", view.answer.clone().unwrap_or_default()),
        links: vec![link("Timeline", "timeline"), link("Evidence", "evidence")],
    }
}

/// The page, with the preview under these limits once there is one.
async fn answer(page: &Page, asked: &Asked, narrowing: &Narrowing, typed: &Typed, refuse: &Typed) -> Paged {
    Act::Approve.ask(&page.who)?;
    let (view, now) = (&asked.view, page.now());
    let job = match &asked.job {
        Some(job) => job.clone(),
        None => page.node.preview_job(&page.who, asked.at).await?,
    };
    let state = if view.state != "waiting" {
        decided(page, asked)
    } else if let Some(running) = running(page, asked.at, &job) {
        running
    } else if view.preview.is_some() {
        show::ApprovalState::Ready(Box::new(ready(page, asked, narrowing, typed, refuse).await?))
    } else {
        let counts = page.node.count_hunt(&page.who, asked.at).await.ok();
        show::ApprovalState::NoPreview {
            counts: counts.map(|counts| Box::new(super::counted::shown(&counts))),
            start: Typed::default()
                .wrong(what_became(&job))
                .form(page, at_href(asked.at, "preview")),
            refuse: Box::new(refusing(page, asked, refuse)),
        }
    };
    let pair = |name: &str, value: String| Pair {
        name: name.to_owned(),
        value,
    };
    let hunt = view.hunt.as_ref();
    let request = show::RequestView {
        asker: Actor {
            organisation: view.from.to_string(),
            person: view.by.clone(),
        },
        asked: when(view.asked_ms),
        reason: view.reason.clone(),
        facts: hunt.map_or_else(Vec::new, |hunt| {
            vec![
                pair(
                    "Logs",
                    if hunt.sources.is_empty() {
                        "all you have".to_owned()
                    } else {
                        hunt.sources.join(", ")
                    },
                ),
                pair(
                    "Period",
                    format!("{} to {}", when(hunt.from_ms).shown, when(hunt.to_ms).shown),
                ),
            ]
        }),
        indicators: hunt.map_or_else(Vec::new, |hunt| {
            hunt.indicators.iter().take(INDICATORS_SHOWN).cloned().collect()
        }),
        indicators_total: hunt.map_or(0, |hunt| u32::try_from(hunt.indicators.len()).unwrap_or(u32::MAX)),
        case: Some(Link {
            label: format!("Operation {}", view.operation),
            href: Href::of(&["cases", &view.case.to_string(), "timeline"]),
        }),
    };
    let authority = show::AuthorityView {
        facts: view.instrument.as_ref().map_or_else(Vec::new, |instrument| {
            vec![
                pair("Instrument", instrument.reference.clone()),
                pair("Recorded by", instrument.recorded_by.to_string()),
                pair("Issued by", instrument.authority.clone()),
                pair("Power", instrument.power.clone()),
                pair("Covers", instrument.scope.clone()),
                pair(
                    "In force",
                    format!("{} to {}", day(instrument.from_ms), day(instrument.to_ms)),
                ),
            ]
        }),
        state: match (view.instrument_problem, &view.instrument) {
            (Some(problem), _) => State {
                word: problem.to_owned(),
                tone: Tone::Bad,
            },
            (None, Some(instrument)) => State {
                word: format!("in force, {} left", length(instrument.to_ms.saturating_sub(now))),
                tone: Tone::Good,
            },
            (None, None) => State {
                word: "none given".to_owned(),
                tone: Tone::Bad,
            },
        },
        call_back: asked.agreement.as_ref().and_then(|known| {
            let asker = known.agreement.party(&view.from)?;
            Some(asker.contact.clone()).filter(|contact| !contact.is_empty())
        }),
    };
    let rule = view.decision.as_ref();
    let first = view.first_yes.as_ref().map(|first| {
        let who = if first.by == page.who.person {
            "You have".to_owned()
        } else {
            format!(
                "{} has",
                first.name.clone().unwrap_or_else(|| "A colleague".to_owned())
            )
        };
        let limits = if first.leaves_out.is_empty() {
            "everything shown".to_owned()
        } else {
            format!("a part: {}", first.leaves_out.join("; "))
        };
        format!(" {who} said yes to {limits}. A second person's yes to the same lets it leave.")
    });
    let clause_view = show::ClauseView {
        number: rule.map(|rule| rule.clause.clone()).unwrap_or_default(),
        text: rule.map(|rule| rule.words.clone()).unwrap_or_default(),
        href: rule.map(|rule| clause(&asked.digest, &rule.clause)),
        requires: match rule {
            Some(rule) if rule.answer == "ask" => format!(
                "{} of {} decides, and nobody who asked.{}",
                if rule.four_eyes {
                    "Two people in the role"
                } else {
                    "One"
                },
                rule.who.map_or_else(
                    || page.own().to_owned(),
                    |who| format!("{} ({})", page.own(), role_words([&who]))
                ),
                first.unwrap_or_default()
            ),
            Some(rule) if rule.answer == "yes" => "The agreement lets it go without asking.".to_owned(),
            Some(_) => "The agreement does not let such an answer go.".to_owned(),
            None => String::new(),
        },
        duties: rule
            .and_then(|rule| rule.retention_days)
            .map(|days| format!("kept at most {}", counted(u64::from(days), "day", "days")))
            .into_iter()
            .collect(),
    };
    let mut others = Vec::new();
    if view.state == "waiting" {
        let link = |label: String, what: &str| Link {
            label,
            href: at_href(asked.at, what),
        };
        if view.own_yes {
            others.push(link("Take your yes back".to_owned(), "take-back"));
        }
        others.push(link(
            match view.uploaded {
                0 => "Answer with a file from your own systems".to_owned(),
                files => format!(
                    "{} uploaded to answer with",
                    counted(files as u64, "file", "files")
                ),
            },
            "upload",
        ));
    }
    html(render::render_approval(&show::ApprovalPage {
        others,
        shell: page.shell(Part::Inbox).await,
        number: view.reference.clone(),
        title: format!("Hunt in our logs for Operation {}", view.operation),
        marking: Mark(view.marking),
        clock: view
            .due_ms
            .filter(|_| view.state == "waiting")
            .map(|due| clock("Answer due".to_owned(), due, now)),
        request,
        authority,
        clause: clause_view,
        state,
    }))
}
