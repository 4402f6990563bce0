//! Proposing an agreement: a template, filled; every word shown before the other parties see any.

use accord_model::agreement::templates::{self, Filling, Template};
use accord_model::agreement::{Party, Prevails, Prose, Term};
use accord_service::{Act, PeerStatus, ServiceError};

use super::agreements::parties;
use super::failed::{Failed, Paged, problems};
use super::frame::{Page, Part, done, html, kind_words};
use super::posted::{Posted, Typed};
use super::release::commitment;
use super::times::parse_day;
use crate::web::render;
use crate::web::view::agreements::ProposeAgreementPage;
use crate::web::view::release::{ReleasePage, Undo};
use crate::web::view::{Choice, Href, Pair};

pub(super) async fn new(page: Page) -> Paged {
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

/// In a choice: nothing of the kind.
const NONE: &str = "none";

/// What can be replaced: nothing, or an agreement that this node knows.
async fn amendable(page: &Page, typed: &Typed) -> Result<Vec<Choice>, Failed> {
    let known = page.node.agreements(&page.who).await?;
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let nothing = Choice {
        value: NONE.to_owned(),
        label: "Nothing: it is new".to_owned(),
        hint: String::new(),
        chosen: typed.has("amends", NONE),
    };
    let known = known.iter().map(|one| Choice {
        value: one.digest.to_string(),
        label: one.title.clone(),
        hint: one.standing.clone(),
        chosen: typed.has("amends", &one.digest.to_string()),
    });
    Ok(std::iter::once(nothing).chain(known).collect())
}

/// The signed document, where one is bound.
fn prose_of(typed: &Typed) -> accord_service::Result<Option<Prose>> {
    let (name, sha256) = (typed.get("prose_name"), typed.get("prose_sha256"));
    let prevails = typed.get("prevails");
    if name.is_empty() && sha256.is_empty() && matches!(prevails, "" | NONE) {
        return Ok(None);
    }
    if name.is_empty() {
        return Err(ServiceError::invalid(
            "prose_name",
            "name the signed document's file",
        ));
    }
    let sha256 = sha256.to_ascii_lowercase();
    if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(ServiceError::invalid(
            "prose_sha256",
            "64 hex digits: sha256sum FILE prints them",
        ));
    }
    let prevails = prevails.parse().map_err(|_| {
        ServiceError::invalid(
            "prevails",
            "say which prevails: the signed document, or these rules",
        )
    })?;
    Ok(Some(Prose {
        name: name.to_owned(),
        sha256,
        prevails,
    }))
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
        prose_name: typed.or("prose_name", ""),
        prose_sha256: typed.or("prose_sha256", ""),
        prevails: [
            (NONE, "There is no signed document"),
            (Prevails::Prose.as_str(), "The signed document prevails"),
            (Prevails::Rules.as_str(), "These rules prevail"),
        ]
        .into_iter()
        .map(|(value, label)| Choice {
            value: value.to_owned(),
            label: label.to_owned(),
            hint: String::new(),
            chosen: typed.has("prevails", value),
        })
        .collect(),
        amends: amendable(page, typed).await?,
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
        prose: prose_of(typed)?,
        amends: match typed.get("amends") {
            "" | NONE => None,
            text => Some(
                text.parse()
                    .map_err(|_| ServiceError::invalid("amends", "choose one of the list"))?,
            ),
        },
    };
    page.node.fill_template(&page.who, template, &filling)
}

pub(super) async fn propose(posted: Posted) -> Paged {
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
        "prose_name",
        "prose_sha256",
        "prevails",
        "amends",
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
