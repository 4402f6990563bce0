//! Agreements: reading, signing, refusing, ending, naming approvers.

use std::collections::BTreeMap;

use accord_model::agreement::{Cell, Prevails, diff};
use accord_model::{AgreementDigest, Category, OrgName, Role, Tlp};
use accord_service::{Act, AgreementSummary, AgreementView, ServiceError};
use axum::extract::Path;
use axum::response::IntoResponse;
use http::header;

use super::cases::decision;
use super::failed::{Paged, id, problems};
use super::frame::{Page, Part, done, html, kind_words};
use super::posted::{Posted, Typed};
use super::propose;
use super::release::{clause, clause_anchor, commitment};
use super::times::day;
use crate::listed::{Part as Listing, Routes};
use crate::web::render;
use crate::web::view::agreements::{
    AgreementPage, AgreementRow, AgreementsPage, Amendment, Changed, Clause, FlowCell, FlowPair, FlowRow,
    NameApprover, SignAgreementPage, Signature,
};
use crate::web::view::release::{Readers, ReasonField, ReleasePage, Undo};
use crate::web::view::{Choice, Href, Link, Pair, State, Tone};

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/agreements", list)
        .get("/agreements/new", propose::new)
        .post("/agreements/new", propose::propose)
        .get("/agreements/{digest}", one)
        .get("/agreements/{digest}/sign", before_signing)
        .post("/agreements/{digest}/sign", sign)
        .get("/agreements/{digest}/signing-text", signing_text)
        .get("/agreements/{digest}/refuse", before_refusing)
        .post("/agreements/{digest}/refuse", refuse)
        .get("/agreements/{digest}/terminate", before_ending)
        .post("/agreements/{digest}/terminate", terminate)
        .post("/agreements/{digest}/approvers", name_approver)
}

fn state(summary: &AgreementSummary) -> State {
    let tone = if summary.in_force {
        Tone::Good
    } else if summary.waits_here {
        Tone::Waiting
    } else {
        Tone::Quiet
    };
    State {
        word: summary.standing.clone(),
        tone,
    }
}

async fn list(page: Page) -> Paged {
    let mut all = page.node.agreements(&page.who).await?;
    all.sort_by(|a, b| (!a.in_force, &a.title).cmp(&(!b.in_force, &b.title)));
    let mut rows = Vec::new();
    for summary in &all {
        let view = page.node.agreement(&page.who, summary.digest).await?;
        let term = view.agreement.terms().term;
        let parties: Vec<&str> = summary.parties.iter().map(|(org, _)| org.as_str()).collect();
        rows.push(AgreementRow {
            link: Link {
                label: summary.title.clone(),
                href: Href::of(&["agreements", &summary.digest.to_string()]),
            },
            kind: view.agreement.terms().kind.as_str().replace('-', " "),
            parties: parties.join(", "),
            term: format!("{} to {}", day(term.from_ms), day(term.until_ms)),
            state: state(summary),
        });
    }
    html(render::render_agreements(&AgreementsPage {
        shell: page.shell(Part::Agreements).await,
        agreements: rows,
        propose: page.href_if(Act::SignAgreements, &["agreements", "new"]),
    }))
}

/// The two parties, both directions, category by category. What never flows either way is left out.
fn matrix(view: &AgreementView, digest: &str) -> Vec<FlowPair> {
    let matrix = view.agreement.matrix();
    let parties = view.agreement.parties();
    let cell = |from: &OrgName, to: &OrgName, category: Category| {
        let at = |tlp| matrix.get(from, to, category, tlp).map(|flow| &flow.cell);
        let (low, high) = (at(Tlp::AmberStrict), at(Tlp::Red));
        let number = |cell: &accord_model::agreement::Cell| cell.clause.to_string();
        let low_number = low.map(number).unwrap_or_default();
        FlowCell {
            decision: low.map_or(crate::web::view::Decision::No, |cell| decision(cell.answer)),
            href: low.map(|_| clause(digest, &low_number)),
            clause: low_number,
            above: match (low, high) {
                (Some(low), Some(high)) if low.answer != high.answer => {
                    Some((decision(high.answer), number(high)))
                }
                _ => None,
            },
        }
    };
    let mut pairs = Vec::new();
    for (place, left) in parties.iter().enumerate() {
        for right in parties.iter().skip(place + 1) {
            let rows = Category::ALL.iter().filter_map(|category| {
                let (there, back) = (
                    cell(&left.name, &right.name, *category),
                    cell(&right.name, &left.name, *category),
                );
                let no = crate::web::view::Decision::No;
                let never = |cell: &FlowCell| cell.decision == no && cell.above.is_none();
                (!(never(&there) && never(&back))).then(|| FlowRow {
                    category: category.as_str().replace('-', " "),
                    there,
                    back,
                })
            });
            pairs.push(FlowPair {
                left: left.name.to_string(),
                right: right.name.to_string(),
                rows: rows.collect(),
            });
        }
    }
    pairs
}

/// What a version changes in the one that it replaces.
async fn amendment(page: &Page, view: &AgreementView) -> Option<Amendment> {
    let replaced = view.agreement.terms().amends?;
    let Ok(earlier) = page.node.agreement(&page.who, replaced).await else {
        return Some(Amendment {
            earlier: Err(replaced.to_string()),
            changes: Vec::new(),
        });
    };
    let difference = diff(&earlier.agreement, &view.agreement);
    // Cells that change alike at several markings are one line.
    let mut flows: BTreeMap<(String, String, String), Vec<&str>> = BTreeMap::new();
    for change in &difference.flows {
        let what = change.category.as_str().replace('-', " ");
        let cell = |cell: &Option<Cell>| cell.as_ref().map(ToString::to_string).unwrap_or_default();
        let key = (
            format!("{} to {}: {what}", change.from, change.to),
            cell(&change.before),
            cell(&change.after),
        );
        flows.entry(key).or_default().push(change.tlp.as_str());
    }
    let flows = flows
        .into_iter()
        .map(|((what, before, after), markings)| Changed {
            subject: format!("{what}, {}", markings.join(", ")),
            before,
            after,
        });
    let words = difference.clauses.iter().chain(&difference.terms);
    let words = words.map(|change| {
        let same = change.before == change.after;
        let after = change.after.clone().unwrap_or_default();
        Changed {
            subject: change.subject.clone(),
            before: change.before.clone().unwrap_or_default(),
            after: if same {
                format!("{after} (the same words; its rule differs)")
            } else {
                after
            },
        }
    });
    Some(Amendment {
        earlier: Ok(Link {
            label: earlier.summary.title.clone(),
            href: Href::of(&["agreements", &replaced.to_string()]),
        }),
        changes: flows.chain(words).collect(),
    })
}

async fn load(page: &Page, text: &str) -> Result<(AgreementDigest, AgreementView), super::failed::Failed> {
    let digest: AgreementDigest = id(text)?;
    Ok((digest, page.node.agreement(&page.who, digest).await?))
}

async fn one(page: Page, Path(text): Path<String>) -> Paged {
    let (digest, view) = load(&page, &text).await?;
    show(&page, digest, &view).await
}

async fn show(page: &Page, digest: AgreementDigest, view: &AgreementView) -> Paged {
    let digest = digest.to_string();
    let terms = view.agreement.terms();
    let explained = view.agreement.explain();
    let pair = |name: &str, value: String| Pair {
        name: name.to_owned(),
        value,
    };
    let own = &page.node.config.org;
    let purposes: Vec<&str> = terms
        .purposes
        .iter()
        .map(|purpose| purpose.text.as_str())
        .collect();
    let mut facts = vec![
        pair("Reference", terms.reference.clone()),
        pair("Kind", terms.kind.as_str().replace('-', " ")),
        pair(
            "Term",
            format!("{} to {}", day(terms.term.from_ms), day(terms.term.until_ms)),
        ),
        pair("Purposes", purposes.join(" ")),
        pair(
            "Kept",
            format!("{} days where nothing else is said", terms.retention_default_days),
        ),
    ];
    if let Some(prose) = &terms.prose {
        facts.push(pair("Signed document", prose.name.clone()));
        facts.push(pair("Its SHA-256", prose.sha256.clone()));
        let prevails = match prose.prevails {
            Prevails::Prose => "the signed document prevails",
            Prevails::Rules => "these rules prevail",
        };
        facts.push(pair("If the words differ", prevails.to_owned()));
    }
    facts.extend(terms.parties.iter().map(|party| {
        let name = format!("Gateway of {}", party.name);
        pair(
            &name,
            format!(
                "{} Contact: {}",
                super::gate::sentence(&party.gateway),
                party.contact
            ),
        )
    }));
    let sources: BTreeMap<String, &str> = view
        .agreement
        .clauses()
        .iter()
        .map(|clause| (clause.id.to_string(), clause.source.as_str()))
        .collect();
    let people = page.node.people(&page.who).await.unwrap_or_default();
    let name_of = |person: &accord_model::PersonId| {
        people
            .iter()
            .find(|known| known.id == *person)
            .map_or_else(|| "one of our people".to_owned(), |known| known.name.clone())
    };
    let answered = |org: &OrgName| {
        if view.terminated.contains(org) {
            ("ended it", Tone::Bad)
        } else if view.refused.contains(org) {
            ("refused", Tone::Bad)
        } else if view.signed.contains(org) {
            ("signed", Tone::Good)
        } else {
            ("missing", Tone::Waiting)
        }
    };
    let may = page.may(Act::SignAgreements);
    let waits = view.summary.waits_here && may;
    let href = |what: &str| Href::of(&["agreements", &digest, what]);
    let ended = !view.terminated.is_empty() || !view.refused.is_empty();
    html(render::render_agreement(&AgreementPage {
        shell: page.shell(Part::Agreements).await,
        title: view.summary.title.clone(),
        state: state(&view.summary),
        facts,
        signatures: terms
            .parties
            .iter()
            .map(|party| {
                let (word, tone) = answered(&party.name);
                Signature {
                    organisation: party.name.to_string(),
                    kind: kind_words(party.kind).to_owned(),
                    state: State {
                        word: word.to_owned(),
                        tone,
                    },
                    fingerprint: party.identity.clone(),
                }
            })
            .collect(),
        clauses: explained
            .clauses
            .iter()
            .map(|clause| {
                let number = clause.clause.to_string();
                let mut duties = Vec::new();
                if let Some(ask) = clause.ask {
                    duties.push(format!(
                        "asks {}{}",
                        if ask.four_eyes {
                            "two people in the role "
                        } else {
                            "the "
                        },
                        ask.who.as_str().replace('-', " ")
                    ));
                }
                if let Some(ceiling) = clause.ceiling {
                    duties.push(format!("flows by itself up to {ceiling}"));
                }
                Clause {
                    anchor: clause_anchor(&number),
                    text: clause.text.clone(),
                    duties,
                    rule: sources
                        .get(&number)
                        .map(|rule| (*rule).to_owned())
                        .unwrap_or_default(),
                    number,
                }
            })
            .collect(),
        amends: amendment(page, view).await,
        matrix: matrix(view, &digest),
        ceiling: Tlp::AmberStrict.as_str().to_owned(),
        sign: waits.then(|| href("sign")),
        refuse: waits.then(|| href("refuse")),
        terminate: (may && view.signed.contains(own) && !ended).then(|| href("terminate")),
        approvers: view
            .members
            .iter()
            .filter(|(_, roles)| roles.contains(&Role::Approver))
            .map(|(person, _)| name_of(person))
            .collect(),
        name_approver: may.then(|| NameApprover {
            form: page.form(href("approvers")),
            people: people
                .iter()
                .filter(|person| person.roles.contains(&Role::Approver) && !person.disabled)
                .map(|person| Choice {
                    value: person.id.to_string(),
                    label: person.name.clone(),
                    hint: String::new(),
                    chosen: false,
                })
                .collect(),
        }),
        downloads: vec![Link {
            label: "Download the words to sign".to_owned(),
            href: href("signing-text"),
        }],
        digest,
    }))
}

async fn signing_text(page: Page, Path(text): Path<String>) -> Paged {
    let digest: AgreementDigest = id(&text)?;
    let words = page.node.signing_text(&page.who, digest).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"agreement-{digest}.txt\""),
        ),
    ];
    Ok((headers, words).into_response())
}

async fn before_signing(page: Page, Path(text): Path<String>) -> Paged {
    let (digest, view) = load(&page, &text).await?;
    signing(&page, digest, &view, &Typed::default()).await
}

async fn signing(page: &Page, digest: AgreementDigest, view: &AgreementView, typed: &Typed) -> Paged {
    Act::SignAgreements.ask(&page.who)?;
    let digest = digest.to_string();
    let missing: Vec<&str> = view
        .missing
        .iter()
        .map(OrgName::as_str)
        .filter(|org| *org != page.own())
        .collect();
    let mut effects = vec![format!("{} is bound by every clause.", page.own())];
    effects.push(if missing.is_empty() {
        "The agreement comes into force: you are the last to sign.".to_owned()
    } else {
        format!("The agreement waits for {}.", missing.join(", "))
    });
    effects.push("Every party sees that you signed, and when.".to_owned());
    html(render::render_sign_agreement(&SignAgreementPage {
        shell: page.shell(Part::Agreements).await,
        title: view.summary.title.clone(),
        command: format!(
            "accord agreement sign agreement-{digest}.txt --org {} --key identity.seed",
            page.own()
        ),
        download: Href::of(&["agreements", &digest, "signing-text"]),
        form: typed.form(page, Href::of(&["agreements", &digest, "sign"])),
        signature: typed.or("signature", ""),
        effects,
        back: Href::of(&["agreements", &digest]),
        digest,
    }))
}

async fn sign(Path(text): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let (digest, view) = load(page, &text).await?;
    let pasted = typed.raw("signature").replace("\r\n", "\n");
    // All lines may be pasted; the signature is the last that is one.
    let line = pasted
        .lines()
        .rev()
        .find(|line| line.starts_with('\u{2014}'))
        .unwrap_or(pasted.trim());
    match posted
        .once(page.node.sign_agreement(&page.who, digest, line))
        .await
    {
        Ok(()) => Ok(done(
            Href::of(&["agreements", &digest.to_string()]),
            "signed",
            None,
        )),
        Err(error) => {
            let wrong = problems(error, &[("signature", "signature")])?;
            signing(page, digest, &view, &typed.clone().wrong(wrong)).await
        }
    }
}

struct Ending {
    what: &'static str,
    title: String,
    verb: &'static str,
    effect: &'static str,
    undo: Undo,
    label: &'static str,
}

/// The other parties of an agreement, who read what is decided of it.
pub(super) fn parties(page: &Page, agreement: &accord_model::agreement::Agreement) -> Readers {
    let others = agreement.parties().iter().map(|party| party.name.as_str());
    let others: Vec<&str> = others.filter(|org| *org != page.own()).collect();
    Readers::All(format!(
        "Every other party of the agreement reads it: {}.",
        others.join(", ")
    ))
}

async fn ending(page: &Page, digest: AgreementDigest, ending: Ending) -> Paged {
    Act::SignAgreements.ask(&page.who)?;
    let view = page.node.agreement(&page.who, digest).await?;
    let text = digest.to_string();
    html(render::render_release(&ReleasePage {
        shell: page.shell(Part::Agreements).await,
        title: ending.title,
        verb: ending.verb.to_owned(),
        severe: true,
        form: page.form(Href::of(&["agreements", &text, ending.what])),
        carried: Vec::new(),
        commitment: commitment(&(ending.what, digest)),
        facts: vec![Pair {
            name: "Effect".to_owned(),
            value: ending.effect.to_owned(),
        }],
        body: String::new(),
        marking: None,
        readers: parties(page, &view.agreement),
        undo: ending.undo,
        reason: Some(ReasonField {
            label: ending.label.to_owned(),
            hint: "All parties read it.".to_owned(),
            value: String::new(),
        }),
        blocked: None,
        back: Href::of(&["agreements", &text]),
    }))
}

async fn before_refusing(page: Page, Path(text): Path<String>) -> Paged {
    let (digest, view) = load(&page, &text).await?;
    let shown = Ending {
        what: "refuse",
        title: format!("Refuse \"{}\"", view.summary.title),
        verb: "Refuse the agreement",
        effect: "The agreement does not come into force for anybody.",
        undo: Undo::Can("Only by a new proposal.".to_owned()),
        label: "Why do you refuse?",
    };
    ending(&page, digest, shown).await
}

async fn before_ending(page: Page, Path(text): Path<String>) -> Paged {
    let (digest, view) = load(&page, &text).await?;
    let shown = Ending {
        what: "terminate",
        title: format!("End \"{}\"", view.summary.title),
        verb: "End the agreement",
        effect: "At once, for all parties: nothing more flows under it. Duties for what was shared remain.",
        undo: Undo::Can("Only by a new agreement that every party signs.".to_owned()),
        label: "Why do you end it?",
    };
    ending(&page, digest, shown).await
}

fn confirmed<'a>(posted: &'a Posted, what: &str, digest: AgreementDigest) -> accord_service::Result<&'a str> {
    if posted.typed.get("commitment") != commitment(&(what, digest)) {
        return Err(ServiceError::Conflict(
            "what was shown has changed: look again".to_owned(),
        ));
    }
    match posted.typed.get("reason") {
        "" => Err(ServiceError::invalid("reason", "say why; all parties read it")),
        reason => Ok(reason),
    }
}

async fn refuse(Path(text): Path<String>, posted: Posted) -> Paged {
    let digest: AgreementDigest = id(&text)?;
    let reason = confirmed(&posted, "refuse", digest)?;
    let page = &posted.page;
    posted
        .once(page.node.refuse_agreement(&page.who, digest, reason))
        .await?;
    Ok(done(Href::of(&["agreements", &text]), "agreement-refused", None))
}

async fn terminate(Path(text): Path<String>, posted: Posted) -> Paged {
    let digest: AgreementDigest = id(&text)?;
    let reason = confirmed(&posted, "terminate", digest)?;
    let page = &posted.page;
    posted
        .once(page.node.terminate_agreement(&page.who, digest, reason))
        .await?;
    Ok(done(Href::of(&["agreements", &text]), "ended", None))
}

async fn name_approver(Path(text): Path<String>, posted: Posted) -> Paged {
    let digest: AgreementDigest = id(&text)?;
    let page = &posted.page;
    let person = posted.typed.get("person").parse();
    let person = person.map_err(|_| ServiceError::invalid("person", "choose one"))?;
    posted
        .once(page.node.name_approver(&page.who, digest, person))
        .await?;
    Ok(done(Href::of(&["agreements", &text]), "approver", None))
}
