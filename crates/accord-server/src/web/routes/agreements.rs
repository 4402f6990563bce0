//! Agreements: reading, proposing, signing, refusing, ending, naming approvers.

use std::collections::BTreeMap;

use accord_model::agreement::templates::{self, Filling, Template};
use accord_model::agreement::{Party, Term};
use accord_model::{AgreementDigest, Category, OrgName, Role, Tlp};
use accord_service::{Act, AgreementSummary, AgreementView, PeerStatus, ServiceError};
use axum::extract::Path;
use axum::response::IntoResponse;
use http::header;

use super::cases::decision;
use super::failed::{Paged, id, problems};
use super::frame::{Page, Part, done, html, kind_words};
use super::posted::{Posted, Typed};
use super::release::{clause, clause_anchor, commitment};
use super::times::{day, parse_day};
use crate::listed::{Part as Listing, Routes};
use crate::web::render;
use crate::web::view::agreements::{
    AgreementPage, AgreementRow, AgreementsPage, Clause, FlowCell, FlowPair, FlowRow, NameApprover,
    ProposeAgreementPage, SignAgreementPage, Signature,
};
use crate::web::view::release::{Readers, ReasonField, ReleasePage, Undo};
use crate::web::view::{Choice, Href, Link, Pair, State, Tone};

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/agreements", list)
        .get("/agreements/new", new)
        .post("/agreements/new", propose)
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
fn parties(page: &Page, agreement: &accord_model::agreement::Agreement) -> Readers {
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

async fn new(page: Page) -> Paged {
    proposing(&page, &Typed::default()).await
}

fn template_words(template: Template) -> (&'static str, &'static str) {
    match template {
        Template::IntelligenceOnly => (
            "Intelligence only",
            "indicators, sightings, analyses; no cases, no evidence",
        ),
        Template::AgencyVendor => (
            "Agency with security vendors",
            "cases worked as one team; no customer data",
        ),
        Template::AgencyIsp => (
            "Agency with ISPs or hosting providers",
            "cases; log evidence on request, after an approver has looked",
        ),
        Template::MultiParty => (
            "Multi-party operation",
            "several agencies and partners on one case; from partner to partner only with an approver's yes",
        ),
    }
}

async fn proposing(page: &Page, typed: &Typed) -> Paged {
    Act::SignAgreements.ask(&page.who)?;
    let peers = page.node.peers(&page.who).await?;
    let now = page.now();
    html(render::render_propose_agreement(&ProposeAgreementPage {
        shell: page.shell(Part::Agreements).await,
        form: typed.form(page, Href::of(&["agreements", "new"])),
        title: typed.or("title", ""),
        reference: typed.or("reference", ""),
        templates: Template::ALL
            .iter()
            .map(|template| {
                let (label, hint) = template_words(*template);
                Choice {
                    value: template.as_str().to_owned(),
                    label: label.to_owned(),
                    hint: hint.to_owned(),
                    chosen: typed.has("template", template.as_str()),
                }
            })
            .collect(),
        parties: peers
            .iter()
            .filter(|peer| peer.status == PeerStatus::Confirmed)
            .map(|peer| Choice {
                value: peer.org.to_string(),
                label: peer.org.to_string(),
                hint: kind_words(peer.kind).to_owned(),
                chosen: typed.has("parties", peer.org.as_str()),
            })
            .collect(),
        from: typed.or("from", &super::times::date(now)),
        to: typed.or("to", &super::times::date(now + 365 * 86_400_000)),
        gateway: typed.or("gateway", ""),
        contact: typed.or("contact", ""),
        back: Href::of(&["agreements"]),
    }))
}

async fn filled(page: &Page, typed: &Typed) -> accord_service::Result<(String, String)> {
    let template = typed.get("template").parse();
    let template: Template = template.map_err(|_| ServiceError::invalid("template", "choose one"))?;
    let at = |field: &str| {
        parse_day(typed.get(field))
            .ok_or_else(|| ServiceError::invalid(field, "give a day, such as 2026-12-31"))
    };
    let line = |field: &str| match typed.get(field) {
        "" => Err(ServiceError::invalid(field, "it is needed")),
        text => Ok(text.to_owned()),
    };
    let (gateway, contact) = (line("gateway")?, line("contact")?);
    let party = |name, kind, identity| Party {
        name,
        kind,
        identity,
        contact: contact.clone(),
        gateway: gateway.clone(),
    };
    let config = &page.node.config;
    let mut parties = vec![party(config.org.clone(), config.kind, page.node.own_identity())];
    let peers = page.node.peers(&page.who).await?;
    parties.extend(
        peers
            .into_iter()
            .filter(|peer| peer.status == PeerStatus::Confirmed && typed.has("parties", peer.org.as_str()))
            .map(|peer| party(peer.org, peer.kind, peer.identity)),
    );
    if parties.len() < 2 {
        return Err(ServiceError::invalid("parties", "choose at least one"));
    }
    let filling = Filling {
        title: line("title")?,
        reference: line("reference")?,
        term: Term {
            from_ms: at("from")?,
            // The last day itself counts.
            until_ms: at("to")? + 86_400_000,
        },
        parties,
        purposes: templates::default_purposes(),
        prose: None,
        amends: None,
    };
    page.node.fill_template(&page.who, template, &filling)
}

async fn propose(posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    Act::SignAgreements.ask(&page.who)?;
    let fields = [
        "title",
        "reference",
        "template",
        "parties",
        "from",
        "to",
        "gateway",
        "contact",
    ];
    let names = fields.map(|field| (field, field));
    let (toml, cedar) = match filled(page, typed).await {
        Ok(filled) => filled,
        Err(error) => return proposing(page, &typed.clone().wrong(problems(error, &names)?)).await,
    };
    let agreement = accord_service::read_agreement(&toml, &cedar)?;
    let shown = commitment(&(&toml, &cedar));
    if typed.get("commitment") == shown {
        return match posted
            .once(page.node.propose_agreement(&page.who, &toml, &cedar))
            .await
        {
            Ok(digest) => Ok(done(
                Href::of(&["agreements", &digest.to_string()]),
                "proposed",
                None,
            )),
            Err(error) => proposing(page, &typed.clone().wrong(problems(error, &names)?)).await,
        };
    }
    let explained = agreement.explain();
    let mut carried = Vec::new();
    for field in fields {
        carried.extend(typed.all(field).map(|value| Pair {
            name: field.to_owned(),
            value: value.to_owned(),
        }));
    }
    let words: Vec<String> = explained
        .terms
        .iter()
        .cloned()
        .chain(explained.clauses.iter().map(ToString::to_string))
        .collect();
    html(render::render_release(&ReleasePage {
        shell: page.shell(Part::Agreements).await,
        title: format!("Lay \"{}\" before its parties", agreement.terms().title),
        verb: "Propose the agreement".to_owned(),
        severe: false,
        form: page.form(Href::of(&["agreements", "new"])),
        carried,
        commitment: shown,
        facts: vec![
            Pair {
                name: "Parties".to_owned(),
                value: agreement
                    .parties()
                    .iter()
                    .map(|party| party.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            },
            Pair {
                name: "SHA-256".to_owned(),
                value: agreement.digest().to_string(),
            },
        ],
        body: words.join("\n\n"),
        marking: None,
        readers: parties(page, &agreement),
        undo: Undo::Can("Nothing is in force before every party has signed these very words.".to_owned()),
        reason: None,
        blocked: None,
        back: Href::of(&["agreements", "new"]),
    }))
}
