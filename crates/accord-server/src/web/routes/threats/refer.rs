//! Referring a lead: the form, what will happen, and the referral.

use accord_model::{AgreementDigest, EntryRef, OrgName, Tlp};
use accord_service::{Act, LeadPreview, NewLead, ServiceError};

use super::fields;
use super::{
    Field, Shape, choice, chosen, field, lead_href, link, marking_field, optional, pair, threat_href,
};
use crate::web::render;
use crate::web::routes::failed::{Failed, Paged, problems};
use crate::web::routes::frame::{Page, Part, done, html};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::routes::release::{commitment, recipient};
use crate::web::view::ask::{AskPage, Asks};
use crate::web::view::release::{Readers, ReleasePage, Undo};
use crate::web::view::{Href, Mark, Pair};

const NAMES: &[(&str, &str)] = &[
    ("agreement", "where"),
    ("to", "where"),
    ("where", "where"),
    ("title", "title"),
    ("marking", "marking"),
    ("text", "text"),
    ("nexus", "nexus"),
    ("countries", "countries"),
    ("asks", "asks"),
    ("values", "values"),
    ("indicators.labels", "values"),
    ("grading", "reliability"),
    ("reliability", "reliability"),
    ("credibility", "credibility"),
];
/// What is carried from the form to the page before it happens.
const CARRIED: &[&str] = &[
    "where",
    "title",
    "marking",
    "text",
    "nexus",
    "countries",
    "asks",
    "values",
    "reliability",
    "credibility",
    "protected",
];

/// The address of the form, with what the lead is made from.
fn place(page: &Page) -> Href {
    let mut href = Href::of(&["leads", "new"]);
    for name in ["threat", "onward"] {
        if !page.query(name).is_empty() {
            href = href.with(name, page.query(name));
        }
    }
    href
}

fn back(page: &Page) -> Href {
    let onward: Option<EntryRef> = page.query("onward").parse().ok();
    match (page.query("threat"), onward) {
        (_, Some(at)) => lead_href(at, &[]),
        ("", None) => Href::of(&["threats"]),
        (threat, None) => threat_href(threat, &[]),
    }
}

/// What a threat gives a lead to begin with.
async fn begin(page: &Page) -> Result<Typed, Failed> {
    let id = page.query("threat");
    if id.is_empty() {
        return Ok(Typed::default());
    }
    let view = page.node.threat(&page.who, id).await?;
    let values: Vec<String> = view
        .indicators
        .iter()
        .map(|one| [vec![one.value.clone()], one.labels.clone()].concat().join(" "))
        .collect();
    let admiralty = view
        .grading
        .as_ref()
        .and_then(|grading| grading.admiralty.clone());
    let text = |name: &str, value: String| (name.to_owned(), value);
    Ok(Typed::of(vec![
        text("title", view.summary.name.clone()),
        text("text", view.what.clone()),
        text("nexus", view.nexus.clone().unwrap_or_default()),
        text("countries", view.countries.join(" ")),
        text("values", values.join("\n")),
        text("marking", Tlp::Amber.as_str().to_owned()),
        text(
            "protected",
            if view.source_protected { "yes" } else { "no" }.to_owned(),
        ),
        text(
            "reliability",
            admiralty
                .as_ref()
                .map(|said| said.reliability.to_string())
                .unwrap_or_default(),
        ),
        text(
            "credibility",
            admiralty
                .map(|said| said.credibility.to_string())
                .unwrap_or_default(),
        ),
    ]))
}

async fn form_fields(page: &Page, typed: &Typed) -> Result<Vec<Field>, Failed> {
    let recipients = page.node.lead_recipients(&page.who).await?;
    let only = recipients.len() == 1;
    let choices = recipients.iter().map(|(digest, title, org)| {
        let value = format!("{digest} {org}");
        let is_chosen = only || typed.has("where", &value);
        chosen(value, format!("{org}, under {title}"), is_chosen)
    });
    let prose = |name: &str, label: &str, hint: &str| {
        field(name, label, hint, Shape::Prose, typed.raw(name).to_owned())
    };
    let line = |name: &str, label: &str, hint: &str| {
        field(name, label, hint, Shape::Line, typed.raw(name).to_owned())
    };
    let mut all = vec![
        choice(
            "where",
            "To whom",
            "One partner. The other parties of the agreement see that something was written, and nothing of it.",
            choices.collect(),
        ),
        line("title", "In one line", ""),
        prose("text", "What is it, how do you know, what could be done?", ""),
        optional(prose("nexus", "Why is it theirs?", "")),
        optional(prose("asks", "What do you ask them to do?", "")),
        optional(line("countries", "Countries", "Two letters each, such as NL DE.")),
        fields::values_field(typed, &[]),
    ];
    all.extend(fields::grading_fields(typed, None, false));
    all.push(marking_field(typed, Tlp::Amber));
    Ok(all)
}

async fn show(page: &Page, typed: &Typed) -> Paged {
    Act::Lead.ask(&page.who)?;
    let fields = form_fields(page, typed).await?;
    html(render::render_ask(&AskPage {
        shell: page.shell(Part::Threats).await,
        case: None,
        title: "Refer a lead".to_owned(),
        lede: "You see under which clause it goes before it goes.".to_owned(),
        notice: Vec::new(),
        sections: Vec::new(),
        asks: Some(Asks {
            heading: String::new(),
            form: typed.form(page, place(page)),
            fields,
            verb: "Look at what will happen".to_owned(),
        }),
        links: vec![link("Back, with nothing done", back(page))],
    }))
}

/// `/leads/new`.
pub(super) async fn new(page: Page) -> Paged {
    let typed = begin(&page).await?;
    show(&page, &typed).await
}

fn typed_lead(page: &Page, typed: &Typed) -> Result<NewLead, ServiceError> {
    let wrong = || ServiceError::invalid("where", "choose one");
    let (digest, org) = typed.get("where").split_once(' ').ok_or_else(wrong)?;
    let agreement: AgreementDigest = digest.parse().map_err(|_| wrong())?;
    let to: OrgName = org.parse().map_err(|_| wrong())?;
    let marking = typed.get("marking").parse();
    let onward = page.query("onward");
    Ok(NewLead {
        agreement,
        to,
        title: typed.get("title").to_owned(),
        marking: marking.map_err(|_| ServiceError::invalid("marking", "choose one"))?,
        text: fields::prose(typed, "text"),
        nexus: fields::maybe(typed, "nexus"),
        countries: fields::countries(typed),
        asks: fields::maybe(typed, "asks"),
        grading: fields::grading(typed, None)?,
        source_protected: typed.get("protected") == "yes",
        values: fields::values(typed, &[]),
        threat: Some(page.query("threat").to_owned()).filter(|id| !id.is_empty()),
        onward_of: if onward.is_empty() {
            None
        } else {
            Some(onward.parse().map_err(|_| ServiceError::NotFound("lead"))?)
        },
        expect_now: None,
    })
}

/// What is shown before it goes.
fn shown(new: &NewLead, typed: &Typed) -> Vec<Pair> {
    let mut facts = vec![pair("In one line", new.title.clone())];
    let texts = [("Why theirs", &new.nexus), ("Asked of them", &new.asks)];
    facts.extend(
        texts
            .iter()
            .filter_map(|(name, text)| Some(pair(name, text.as_ref()?.clone()))),
    );
    if !new.countries.is_empty() {
        facts.push(pair("Countries", new.countries.join(", ")));
    }
    if !new.values.is_empty() {
        let values: Vec<&str> = typed.raw("values").lines().map(str::trim).collect();
        facts.push(pair("Values", values.join(", ")));
    }
    if let Some(grading) = &new.grading {
        facts.push(pair("Graded", fields::grading_words(grading)));
    }
    if new.source_protected {
        facts.push(pair(
            "Source",
            "protected: the texts say nothing that leads to it",
        ));
    }
    facts
}

async fn confirm(page: &Page, typed: &Typed, new: &NewLead, asked: &LeadPreview, wrong: Typed) -> Paged {
    let kind = page.node.agreement(&page.who, new.agreement).await?;
    let kind = kind.agreement.party(&new.to).map(|party| party.kind);
    let digest = new.agreement.to_string();
    let mut recipients = vec![recipient(&asked.lead, kind, &digest)];
    if let Some(values) = asked
        .values
        .as_ref()
        .filter(|values| values.clause != asked.lead.clause)
    {
        let mut more = recipient(values, kind, &digest);
        more.organisation = format!("{} (the values)", new.to);
        recipients.push(more);
    }
    let carried = CARRIED.iter().map(|name| Pair {
        name: (*name).to_owned(),
        value: typed.raw(name).to_owned(),
    });
    html(render::render_release(&ReleasePage {
        shell: page.shell(Part::Threats).await,
        title: "Refer this lead".to_owned(),
        verb: if asked.goes_now() {
            format!("Refer it to {}", new.to)
        } else {
            "Ask your approver".to_owned()
        },
        severe: false,
        form: wrong.form(page, place(page)),
        carried: carried.collect(),
        commitment: commitment(&(new, asked)),
        facts: shown(new, typed),
        body: new.text.clone(),
        marking: Some(Mark(new.marking)),
        readers: Readers::Each(recipients),
        undo: Undo::Cannot("What was read stays known, and a note is never removed.".to_owned()),
        reason: None,
        blocked: [Some(&asked.lead), asked.values.as_ref()]
            .into_iter()
            .flatten()
            .find(|decided| decided.answer == "no")
            .map(|no| format!("The agreement does not let it go: {}", no.words)),
        back: back(page),
    }))
}

/// A lead: shown first with what becomes of it, and referred once that very thing is confirmed.
pub(super) async fn refer(posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let again = |error| -> Result<Typed, Failed> { Ok(typed.clone().wrong(problems(error, NAMES)?)) };
    let new = match typed_lead(page, typed) {
        Ok(new) => new,
        Err(error) => return show(page, &again(error)?).await,
    };
    let confirmed = !typed.get("commitment").is_empty();
    let was_done = confirmed && posted.was_done().await?;
    let asked = match page.node.preview_lead(&page.who, &new).await {
        Ok(asked) => asked,
        Err(error) => return show(page, &again(error)?).await,
    };
    let mut wrong = Typed::default();
    if typed.get("commitment") == commitment(&(&new, &asked)) || was_done {
        let new = NewLead {
            expect_now: (!was_done).then(|| asked.goes_now()),
            ..new.clone()
        };
        match posted.once(page.node.refer_lead(&page.who, &new)).await {
            Ok(referred) => {
                let word = if referred.decided.goes_now() {
                    "lead"
                } else {
                    "lead-asked"
                };
                return Ok(done(lead_href(referred.at, &[]), word, None));
            }
            Err(error) => wrong = again(error)?,
        }
    } else if confirmed {
        let changed = ServiceError::Conflict("What the agreement says has changed: look again.".to_owned());
        wrong = again(changed)?;
    }
    confirm(page, typed, &new, &asked, wrong).await
}
