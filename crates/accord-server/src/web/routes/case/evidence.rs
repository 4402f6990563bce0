//! Exhibits: their custody, their check, receiving them, taking them along.

use accord_evidence::{Outcome, Report};
use accord_service::{Act, CasePart, ExhibitView};
use axum::extract::Path;
use axum::response::IntoResponse;
use http::header;

use super::{Case, entry};
use crate::web::render;
use crate::web::routes::failed::{Paged, no};
use crate::web::routes::frame::{Page, anchor, done, html, operation};
use crate::web::routes::posted::Posted;
use crate::web::routes::times::{counted, when};
use crate::web::view::evidence::{Check, CustodyState, CustodyStep, EvidencePage, Exhibit, Outside};
use crate::web::view::{Actor, Href, Link, Mark};

/// `/cases/ID/evidence`.
pub(in super::super) async fn page(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    show(&page, &case, None).await
}

fn custody(exhibit: &ExhibitView) -> Vec<CustodyStep> {
    let mut steps = vec![CustodyStep {
        holder: Actor {
            organisation: exhibit.from.to_string(),
            person: None,
        },
        act: "collected".to_owned(),
        at: Some(when(exhibit.when_ms)),
        state: CustodyState::Recorded,
    }];
    let disputed = exhibit.state == "disputed";
    steps.extend(exhibit.custody.iter().map(|step| CustodyStep {
        holder: Actor {
            organisation: if step.received {
                step.to.to_string()
            } else {
                step.from.to_string()
            },
            person: step.by.clone(),
        },
        act: if step.received {
            format!("received from {}", step.from)
        } else {
            format!("handed to {}", step.to)
        },
        at: Some(when(step.when_ms)),
        state: if disputed {
            CustodyState::Disputed
        } else {
            CustodyState::Recorded
        },
    }));
    if exhibit.state == "handed" {
        let to = exhibit.custody.iter().rev().find(|step| !step.received);
        steps.push(CustodyStep {
            holder: Actor {
                organisation: to.map_or_else(|| "nobody yet".to_owned(), |step| step.to.to_string()),
                person: None,
            },
            act: "to receive it".to_owned(),
            at: None,
            state: CustodyState::UnderWay,
        });
    }
    steps
}

/// Where it went outside the nodes, each handing with what followed it.
fn outside(exhibit: &ExhibitView, may_note: bool) -> Vec<Outside> {
    let handed = exhibit.outside.iter().filter(|step| step.follows.is_none());
    handed
        .map(|step| {
            let after = exhibit
                .outside
                .iter()
                .filter(|other| other.follows == Some(step.at));
            let after: Vec<_> = after.collect();
            let (ledger, seq) = (exhibit.at.ledger.to_string(), exhibit.at.seq.to_string());
            let open = !after.iter().any(|other| other.step == "returned");
            Outside {
                to: match &step.person {
                    Some(person) => format!("{}, {person}", step.to),
                    None => step.to.clone(),
                },
                state: match (open, after.is_empty()) {
                    (false, _) => CustodyState::Recorded,
                    (true, true) => CustodyState::UnderWay,
                    (true, false) => CustodyState::Recorded,
                },
                lines: std::iter::once(step)
                    .chain(after)
                    .map(|step| {
                        let number = step
                            .reference
                            .as_ref()
                            .map_or_else(String::new, |number| format!(" ({number})"));
                        let by = step.by.clone().unwrap_or_else(|| "somebody of ours".to_owned());
                        format!(
                            "{} {}{number}: {}. Noted by {by}",
                            step.step,
                            when(step.when_ms).shown,
                            step.text
                        )
                    })
                    .collect(),
                receipt: (open && may_note).then(|| Link {
                    label: "Note a receipt, or that it came back".to_owned(),
                    href: Href::of(&["exhibits", &ledger, &seq, "receipt"])
                        .with("handed", &step.at.to_string()),
                }),
            }
        })
        .collect()
}

fn check(report: &Report, now: u64) -> Check {
    let words = |outcome| {
        report
            .with(outcome)
            .map(|check| check.words.clone())
            .collect::<Vec<_>>()
    };
    let at = when(now);
    if report.is_verified() {
        Check::Passed {
            at,
            checked: words(Outcome::Passed),
            not_checked: words(Outcome::NotChecked),
        }
    } else {
        let mut problems = report.failures();
        if problems.is_empty() {
            problems.push(
                "Who signed it is only the package's own word: the signer is not known here.".to_owned(),
            );
        }
        Check::Failed { at, problems }
    }
}

async fn show(page: &Page, case: &Case, checked: Option<(accord_model::EntryRef, &Report)>) -> Paged {
    case.shown(page, CasePart::Exhibits).await?;
    let now = page.now();
    let mut exhibits: Vec<_> = case.view.exhibits.iter().collect();
    exhibits.sort_by_key(|exhibit| std::cmp::Reverse((exhibit.when_ms, exhibit.at)));
    let rows = exhibits.into_iter().map(|exhibit| {
        let (ledger, seq) = (exhibit.at.ledger.to_string(), exhibit.at.seq.to_string());
        let href = |what: &str| Href::of(&["exhibits", &ledger, &seq, what]);
        let ours = exhibit.from.as_str() == page.own();
        let held = exhibit.here
            && exhibit.state == "received"
            && exhibit
                .held_by
                .as_ref()
                .is_some_and(|org| org.as_str() == page.own())
            && page.may(Act::Receive);
        Exhibit {
            anchor: anchor(exhibit.at),
            number: exhibit.reference.clone(),
            title: format!("from {} of {}", exhibit.sources.join(", "), exhibit.from),
            marking: Mark(exhibit.marking),
            answers: None,
            received: when(exhibit.when_ms),
            size: match exhibit.customers {
                Some(customers) => format!(
                    "{}, {} touched",
                    counted(exhibit.lines, "line", "lines"),
                    counted(customers, "customer", "customers")
                ),
                None => counted(exhibit.lines, "line", "lines"),
            },
            digest: exhibit.manifest_sha256.clone(),
            taken: exhibit.acquisition.clone(),
            custody: custody(exhibit),
            outside: outside(exhibit, page.may(Act::Receive)),
            hand: held
                .then(|| Link {
                    label: "Hand it on".to_owned(),
                    href: href("hand"),
                })
                .into_iter()
                .chain((held && !exhibit.from_a_guest).then(|| Link {
                    label: format!("Give it back to {}", exhibit.from),
                    href: href("hand-back"),
                }))
                .collect(),
            check: match checked {
                Some((at, report)) if at == exhibit.at => check(report, now),
                _ => Check::NotYet,
            },
            receive: (exhibit.here
                && exhibit.state == "handed"
                && exhibit
                    .held_by
                    .as_ref()
                    .is_none_or(|to| to.as_str() == page.own())
                && page.may(if ours { Act::Approve } else { Act::Receive })
                && (!ours || exhibit.held_by.is_some()))
            .then(|| page.form(href("receive"))),
            verify: exhibit.here.then(|| page.form(href("verify"))),
            download: exhibit.here.then(|| href("package")),
        }
    });
    html(render::render_evidence(&EvidencePage {
        exhibits: rows.collect(),
        shell: case.shell(page).await,
        case: case.head(page, "Evidence"),
    }))
}

/// The case of an exhibit that this person may see.
pub(super) async fn case_of(
    page: &Page,
    at: accord_model::EntryRef,
) -> Result<Case, crate::web::routes::failed::Failed> {
    for summary in page.node.cases(&page.who).await? {
        let mut view = page.node.case_head(&page.who, summary.id).await?;
        view.summary.operation = operation(&view.summary.operation).to_owned();
        if view.exhibits.iter().any(|exhibit| exhibit.at == at) {
            return Ok(Case {
                id: summary.id.to_string(),
                space: summary.id,
                view,
            });
        }
    }
    Err(no("exhibit"))
}

/// Checks a package, and shows what was found. Nothing is changed by it.
pub(in super::super) async fn verify(Path((ledger, seq)): Path<(String, String)>, posted: Posted) -> Paged {
    let page = &posted.page;
    let at = entry(&ledger, &seq)?;
    let report = page.node.verify_exhibit(&page.who, at).await?;
    let case = case_of(page, at).await?;
    show(page, &case, Some((at, &report))).await
}

/// Checks and receives.
pub(in super::super) async fn receive(Path((ledger, seq)): Path<(String, String)>, posted: Posted) -> Paged {
    let page = &posted.page;
    let at = entry(&ledger, &seq)?;
    let work = async { Ok(page.node.receive_exhibit(&page.who, at).await?.0) };
    let received = posted.once(work).await?;
    let case = case_of(page, at).await?;
    Ok(done(case.href(&["evidence"]), "received", Some(received)))
}

/// The package.
pub(in super::super) async fn package(page: Page, Path((ledger, seq)): Path<(String, String)>) -> Paged {
    let at = entry(&ledger, &seq)?;
    let (name, bytes) = page.node.download_exhibit(&page.who, at).await?;
    // The name is made of letters, digits, dots and dashes by the service.
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((headers, bytes).into_response())
}
