//! One threat: what it says, and what may be done with it.

use accord_model::{AgreementDigest, PersonId, SpaceId};
use accord_service::{
    Act, Assessment, Level, NewCase, NewThreat, Options, ServiceError, ThreatChange, ThreatPerson, ThreatView,
};
use axum::extract::Path;

use super::fields;
use super::{
    Choice, Field, Row, Section, Shape, choice, chosen, field, lead_href, lines, link, optional, pair,
    similar_section, standing, status, threat_href,
};
use crate::web::render;
use crate::web::routes::failed::{Failed, Paged, no, problems};
use crate::web::routes::frame::{Page, Part, done, html, operation};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::routes::times::when;
use crate::web::view::ask::{AskPage, Asks};
use crate::web::view::{Actor, Href, Link};

const LEVELS: &[(&str, &str)] = &[("low", "low"), ("medium", "medium"), ("high", "high")];
/// The service's names of inputs and those of the forms.
const NAMES: &[(&str, &str)] = &[
    ("name", "name"),
    ("what", "what"),
    ("options.pursue", "pursue"),
    ("options.disrupt", "disrupt"),
    ("options.protect", "protect"),
    ("nexus", "nexus"),
    ("countries", "countries"),
    ("values", "values"),
    ("grading", "reliability"),
    ("reliability", "reliability"),
    ("credibility", "credibility"),
    ("assessment", "impact"),
    ("impact", "impact"),
    ("text", "text"),
    ("reason", "reason"),
    ("person", "person"),
    ("case", "case"),
    ("agreement", "agreement"),
    ("operation", "operation"),
    ("reference", "reference"),
    ("purpose", "purpose"),
];

fn level(typed: &Typed, name: &'static str) -> Result<Option<Level>, ServiceError> {
    let word = typed.get(name);
    if word.is_empty() {
        return Ok(None);
    }
    let known = Level::ALL.iter().copied().find(|level| level.as_str() == word);
    known
        .map(Some)
        .ok_or_else(|| ServiceError::invalid(name, "choose one"))
}

/// The threat as typed; what the form does not show stays as it was.
fn typed_threat(typed: &Typed, before: Option<&ThreatView>) -> Result<NewThreat, ServiceError> {
    let levels = (
        level(typed, "impact")?,
        level(typed, "likelihood")?,
        level(typed, "confidence")?,
    );
    let assessment = match levels {
        (Some(impact), Some(likelihood), Some(confidence)) => Some(Assessment {
            impact,
            likelihood,
            confidence,
        }),
        (None, None, None) => None,
        _ => return Err(ServiceError::invalid("impact", "say all three, or none")),
    };
    Ok(NewThreat {
        name: typed.get("name").to_owned(),
        what: fields::prose(typed, "what"),
        options: Options {
            pursue: fields::maybe(typed, "pursue"),
            disrupt: fields::maybe(typed, "disrupt"),
            protect: fields::maybe(typed, "protect"),
        },
        assessment,
        grading: fields::grading(typed, before.and_then(|view| view.grading.as_ref()))?,
        source_protected: typed.get("protected") == "yes",
        countries: fields::countries(typed),
        nexus: fields::maybe(typed, "nexus"),
        values: fields::values(
            typed,
            before.map(|view| view.indicators.as_slice()).unwrap_or_default(),
        ),
    })
}

fn threat_fields(typed: &Typed, before: Option<&ThreatView>) -> Vec<Field> {
    let text = |pick: fn(&ThreatView) -> Option<&str>| before.and_then(pick).unwrap_or_default().to_owned();
    let prose = |name: &str, label: &str, hint: &str, first: String| {
        field(name, label, hint, Shape::Prose, typed.or(name, &first))
    };
    let said = before.and_then(|view| view.summary.assessment);
    let levels = |name: &str, label: &str, first: Option<Level>| {
        let first = first.map_or("", Level::as_str);
        optional(choice(
            name,
            label,
            "",
            fields::choices(LEVELS, typed, name, first),
        ))
    };
    let mut all = vec![
        field(
            "name",
            "Name",
            "",
            Shape::Line,
            typed.or("name", &text(|view| Some(&view.summary.name))),
        ),
        prose("what", "What is it?", "", text(|view| Some(&view.what))),
        optional(prose(
            "pursue",
            "Pursue: who is behind it?",
            "",
            text(|view| view.options.pursue.as_deref()),
        )),
        optional(prose(
            "disrupt",
            "Disrupt: what could be taken away?",
            "",
            text(|view| view.options.disrupt.as_deref()),
        )),
        optional(prose(
            "protect",
            "Protect: whom does it hit?",
            "",
            text(|view| view.options.protect.as_deref()),
        )),
        levels("impact", "Impact", said.map(|said| said.impact)),
        levels("likelihood", "Likelihood", said.map(|said| said.likelihood)),
        levels("confidence", "Confidence", said.map(|said| said.confidence)),
        optional(prose(
            "nexus",
            "Why is it ours?",
            "",
            text(|view| view.nexus.as_deref()),
        )),
        optional(field(
            "countries",
            "Countries",
            "Two letters each, such as NL DE.",
            Shape::Line,
            typed.or(
                "countries",
                &before.map(|view| view.countries.join(" ")).unwrap_or_default(),
            ),
        )),
        fields::values_field(
            typed,
            before.map(|view| view.indicators.as_slice()).unwrap_or_default(),
        ),
    ];
    all.extend(fields::grading_fields(
        typed,
        before.and_then(|view| view.grading.as_ref()),
        before.is_some_and(|view| view.source_protected),
    ));
    all
}

async fn ask(
    page: &Page,
    (title, lede): (&str, &str),
    (place, typed): (Href, &Typed),
    (fields, verb): (Vec<Field>, &str),
    back: Href,
) -> Paged {
    html(render::render_ask(&AskPage {
        shell: page.shell(Part::Threats).await,
        case: None,
        title: title.to_owned(),
        lede: lede.to_owned(),
        notice: Vec::new(),
        sections: Vec::new(),
        asks: Some(Asks {
            heading: String::new(),
            form: typed.form(page, place),
            fields,
            verb: verb.to_owned(),
        }),
        links: vec![link("Back, with nothing done", back)],
    }))
}

async fn show_new(page: &Page, typed: &Typed) -> Paged {
    Act::Watch.ask(&page.who)?;
    let place = Href::of(&["threats", "new"]);
    let words = (
        "Watch something",
        "It stays on this node, and you alone see it until you add a colleague.",
    );
    let fields = threat_fields(typed, None);
    ask(
        page,
        words,
        (place, typed),
        (fields, "Watch it"),
        Href::of(&["threats"]),
    )
    .await
}

/// `/threats/new`.
pub(super) async fn new(page: Page) -> Paged {
    show_new(&page, &Typed::default()).await
}

/// Begins to watch something.
pub(super) async fn begin(posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let made = match typed_threat(typed, None) {
        Err(error) => Err(error),
        Ok(new) => posted.once(page.node.new_threat(&page.who, &new)).await,
    };
    match made {
        Ok(id) => Ok(done(threat_href(&id, &[]), "threat", None)),
        Err(error) => {
            let wrong = problems(error, NAMES)?;
            show_new(page, &typed.clone().wrong(wrong)).await
        }
    }
}

fn facts(view: &ThreatView) -> Row {
    let mut facts = Vec::new();
    if let Some(said) = view.summary.assessment {
        facts.push(pair("Impact", said.impact.as_str()));
        facts.push(pair("Likelihood", said.likelihood.as_str()));
        facts.push(pair("Confidence", said.confidence.as_str()));
    }
    if let Some(grading) = &view.grading {
        facts.push(pair("Graded", fields::grading_words(grading)));
    }
    if view.source_protected {
        facts.push(pair("Source", "protected"));
    }
    if !view.countries.is_empty() {
        facts.push(pair("Countries", view.countries.join(", ")));
    }
    if let Some(nexus) = &view.nexus {
        facts.push(pair("Why ours", nexus.clone()));
    }
    let options = [
        ("Pursue", &view.options.pursue),
        ("Disrupt", &view.options.disrupt),
        ("Protect", &view.options.protect),
    ];
    facts.extend(
        options
            .iter()
            .filter_map(|(name, text)| Some(pair(name, text.as_ref()?.clone()))),
    );
    if let Some(reason) = &view.reason {
        facts.push(pair("Dropped because", reason.clone()));
    }
    Row {
        title: "What it is".to_owned(),
        state: Some(status(view.summary.status)),
        text: lines(&view.what),
        facts,
        at: Some(when(view.summary.since_ms)),
        ..Row::default()
    }
}

fn actions(page: &Page, view: &ThreatView) -> Vec<Link> {
    let id = view.summary.id.as_str();
    let to = |label: &str, act: &str| link(label, threat_href(id, &[act]));
    if !view.open {
        let resumable = view.summary.status == accord_service::ThreatStatus::Dropped;
        return resumable
            .then(|| to("Watch it again", "resume"))
            .into_iter()
            .collect();
    }
    let mut all = vec![to("Change", "edit")];
    if view.summary.assessment.is_some() && view.summary.status == accord_service::ThreatStatus::Watching {
        all.push(to("Say it is assessed", "assess"));
    }
    all.push(link(
        "Refer it to a partner",
        Href::of(&["leads", "new"]).with("threat", id),
    ));
    if page.may(Act::RunCase) {
        all.push(to("Open a case from it", "open"));
    }
    all.push(to("Relate a case", "relate"));
    all.push(to("Drop it", "drop"));
    all
}

fn sections(page: &Page, view: &ThreatView) -> Vec<Section> {
    let id = view.summary.id.as_str();
    let mut all = vec![Section {
        heading: "The threat".to_owned(),
        actions: actions(page, view),
        rows: vec![facts(view)],
        ..Section::default()
    }];
    if !view.indicators.is_empty() {
        let rows = view.indicators.iter().map(|one| Row {
            title: one.value.clone(),
            soft: one.labels.join(", "),
            ..Row::default()
        });
        all.push(Section {
            heading: "Values".to_owned(),
            rows: rows.collect(),
            ..Section::default()
        });
    }
    let mut cases: Vec<_> = view.cases.iter().collect();
    cases.sort_by_key(|case| case.operation.clone());
    if !cases.is_empty() {
        let rows = cases.iter().map(|case| Row {
            title: format!("Operation {}", operation(&case.operation)),
            links: vec![link("Open", Href::of(&["cases", &case.id.to_string()]))],
            ..Row::default()
        });
        all.push(Section {
            heading: "Related cases".to_owned(),
            rows: rows.collect(),
            ..Section::default()
        });
    }
    if !view.leads.is_empty() {
        let rows = view.leads.iter().map(|lead| {
            let to: Vec<&str> = lead.to.iter().map(accord_model::OrgName::as_str).collect();
            Row {
                title: lead.title.clone(),
                soft: format!("to {}", to.join(", ")),
                state: Some(standing(lead.standing)),
                at: Some(when(lead.since_ms)),
                links: vec![link("Open", lead_href(lead.at, &[]))],
                ..Row::default()
            }
        });
        all.push(Section {
            heading: "Referred".to_owned(),
            rows: rows.collect(),
            ..Section::default()
        });
    }
    let people = view.people.iter().map(|(_, name)| Row {
        title: name.clone(),
        ..Row::default()
    });
    all.push(Section {
        heading: "Who works on it".to_owned(),
        lede: "Nobody else sees that it exists.".to_owned(),
        actions: vec![link("Change who does", threat_href(id, &["people"]))],
        rows: people.collect(),
        ..Section::default()
    });
    let notes = view.notes.iter().map(|note| Row {
        title: note.by.clone(),
        text: lines(&note.text),
        at: Some(when(note.at_ms)),
        actor: None::<Actor>,
        ..Row::default()
    });
    all.push(Section {
        heading: "Working notes".to_owned(),
        rows: notes.collect(),
        empty: ("No note yet.".to_owned(), "What you find goes below.".to_owned()),
        ..Section::default()
    });
    all
}

async fn show(page: &Page, id: &str, typed: &Typed) -> Paged {
    let view = page.node.threat(&page.who, id).await?;
    let mut sections = sections(page, &view);
    if !view.indicators.is_empty() {
        sections.push(similar_section(
            &page.node.similar_to_threat(&page.who, id).await?,
        ));
    }
    html(render::render_ask(&AskPage {
        shell: page.shell(Part::Threats).await,
        case: None,
        title: view.summary.name.clone(),
        lede: String::new(),
        notice: Vec::new(),
        sections,
        asks: Some(Asks {
            heading: "Add a note".to_owned(),
            form: typed.form(page, threat_href(id, &[])),
            fields: vec![field(
                "text",
                "Working note",
                "Read by who works on this threat.",
                Shape::Prose,
                typed.raw("text").to_owned(),
            )],
            verb: "Add the note".to_owned(),
        }),
        links: vec![link("All threats", Href::of(&["threats"]))],
    }))
}

/// `/threats/ID`.
pub(super) async fn page(page: Page, Path(id): Path<String>) -> Paged {
    show(&page, &id, &Typed::default()).await
}

/// Adds a working note.
pub(super) async fn note(Path(id): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let text = fields::prose(typed, "text");
    match posted.once(page.node.note_threat(&page.who, &id, &text)).await {
        Ok(()) => Ok(done(threat_href(&id, &[]), "threat-note", None)),
        Err(error) => {
            let wrong = problems(error, NAMES)?;
            show(page, &id, &typed.clone().wrong(wrong)).await
        }
    }
}

/// The cases that a person sees, to choose one.
pub(super) async fn case_choices(page: &Page, typed: &Typed) -> Result<Vec<Choice>, Failed> {
    let cases = page.node.cases(&page.who).await?;
    let choices = cases.iter().map(|case| {
        let id = case.id.to_string();
        let label = format!("Operation {}", operation(&case.operation));
        let is_chosen = typed.has("case", &id) || cases.len() == 1;
        chosen(id, label, is_chosen)
    });
    Ok(choices.collect())
}

/// The colleagues who may work on it.
pub(super) async fn people_choices(page: &Page, typed: &Typed) -> Result<Vec<Choice>, Failed> {
    let people = page.node.colleagues(&page.who).await?;
    let choices = people
        .into_iter()
        .filter(|(person, _)| *person != page.who.person)
        .map(|(person, name)| {
            let id = person.to_string();
            let is_chosen = typed.has("person", &id);
            chosen(id, name, is_chosen)
        });
    Ok(choices.collect())
}

/// The fields of a case to be opened.
pub(super) async fn new_case_fields(page: &Page, typed: &Typed) -> Result<Vec<Field>, Failed> {
    let all = page.node.agreements(&page.who).await?;
    let fit: Vec<_> = all
        .into_iter()
        .filter(|known| known.in_force && known.opens_cases)
        .collect();
    let only = fit.len() == 1;
    let mut purpose = String::new();
    if let (true, Some(first)) = (only, fit.first()) {
        let view = page.node.agreement(&page.who, first.digest).await?;
        let words = view.agreement.terms().purposes.first();
        purpose = words.map(|word| word.word.clone()).unwrap_or_default();
    }
    let agreements = fit.iter().map(|known| {
        let id = known.digest.to_string();
        let is_chosen = only || typed.has("agreement", &id);
        chosen(id, known.title.clone(), is_chosen)
    });
    Ok(vec![
        choice(
            "agreement",
            "Agreement",
            "The case runs under it; only its parties can join.",
            agreements.collect(),
        ),
        field(
            "operation",
            "Operation name",
            "",
            Shape::Line,
            typed.or("operation", ""),
        ),
        field(
            "reference",
            "Your reference",
            "",
            Shape::Mono,
            typed.or("reference", ""),
        ),
        field(
            "purpose",
            "Purpose",
            "One of the agreement's words.",
            Shape::Line,
            typed.or("purpose", &purpose),
        ),
    ])
}

/// The case as typed.
pub(super) fn new_case(typed: &Typed) -> Result<NewCase, ServiceError> {
    let agreement: AgreementDigest = typed
        .get("agreement")
        .parse()
        .map_err(|_| ServiceError::invalid("agreement", "choose one"))?;
    Ok(NewCase {
        agreement,
        operation: typed.get("operation").to_owned(),
        reference: typed.get("reference").to_owned(),
        purpose: typed.get("purpose").to_owned(),
        parties: Vec::new(),
    })
}

async fn show_act(page: &Page, id: &str, act: &str, typed: &Typed) -> Paged {
    let view = page.node.threat(&page.who, id).await?;
    let reason = |label: &str, hint: &str| {
        field(
            "reason",
            label,
            hint,
            Shape::Prose,
            typed.raw("reason").to_owned(),
        )
    };
    let (title, lede, fields, verb) = match act {
        "edit" => (
            "Change the threat",
            "Who works on it sees the change at once.",
            threat_fields(typed, Some(&view)),
            "Save",
        ),
        "assess" => (
            "Say that it is assessed",
            "Impact, likelihood and confidence stand as they are.",
            Vec::new(),
            "It is assessed",
        ),
        "drop" => (
            "Drop the threat",
            "It changes no more, and can be watched again.",
            vec![reason("Why?", "Kept with it.")],
            "Drop it",
        ),
        "resume" => ("Watch it again", "", Vec::new(), "Watch it again"),
        "people" => {
            let way = [("add", "they work on it"), ("remove", "they leave it")];
            let mut people = people_choices(page, typed).await?;
            people.push(chosen(page.who.person.to_string(), "yourself", false));
            (
                "Who works on it",
                "Who is added sees all of it, the notes included.",
                vec![
                    choice("person", "Who", "", people),
                    choice("way", "What", "", fields::choices(&way, typed, "way", "add")),
                ],
                "Say so",
            )
        }
        "relate" => {
            let way = [("add", "it is related"), ("remove", "it is not related any more")];
            (
                "Relate a case",
                "The case is not changed, and its people do not learn of the threat.",
                vec![
                    choice("case", "Case", "", case_choices(page, typed).await?),
                    choice("way", "What", "", fields::choices(&way, typed, "way", "add")),
                ],
                "Say so",
            )
        }
        "open" => {
            Act::RunCase.ask(&page.who)?;
            (
                "Open a case from it",
                "Every party of the agreement that joins reads the operation name, the reference and the purpose. Where \
                 it came from is noted for us alone.",
                new_case_fields(page, typed).await?,
                "Open the case",
            )
        }
        _ => return Err(no("page")),
    };
    let place = threat_href(id, &[act]);
    let place = if act == "edit" {
        let seen = typed.or("version", &view.version.to_string());
        let seen = if page.query("version").is_empty() {
            seen
        } else {
            page.query("version").to_owned()
        };
        place.with("version", &seen)
    } else {
        place
    };
    ask(
        page,
        (title, lede),
        (place, typed),
        (fields, verb),
        threat_href(id, &[]),
    )
    .await
}

/// Before something is done with a threat.
pub(super) async fn before(page: Page, Path((id, act)): Path<(String, String)>) -> Paged {
    show_act(&page, &id, &act, &Typed::default()).await
}

fn version(page: &Page) -> Result<u64, ServiceError> {
    let seen = page.query("version").parse();
    seen.map_err(|_| ServiceError::Conflict("open the form again: it does not say what you saw".into()))
}

/// Does it.
pub(super) async fn act(Path((id, act)): Path<(String, String)>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let (node, who) = (&page.node, &page.who);
    let removes = typed.get("way") == "remove";
    let outcome: Result<(), ServiceError> = match act.as_str() {
        "edit" => {
            let view = node.threat(who, &id).await?;
            match version(page).and_then(|seen| Ok((seen, typed_threat(typed, Some(&view))?))) {
                Err(error) => Err(error),
                Ok((version, threat)) => {
                    let change = ThreatChange { version, threat };
                    posted.once(node.change_threat(who, &id, &change)).await
                }
            }
        }
        "assess" => posted.once(node.assess_threat(who, &id)).await,
        "drop" => {
            let reason = fields::prose(typed, "reason");
            posted.once(node.drop_threat(who, &id, &reason)).await
        }
        "resume" => posted.once(node.resume_threat(who, &id)).await,
        "people" => match typed.get("person").parse::<PersonId>() {
            Err(_) => Err(ServiceError::invalid("person", "choose one")),
            Ok(person) => {
                let said = ThreatPerson {
                    person,
                    remove: removes,
                };
                let left = removes && person == who.person;
                let outcome = posted.once(node.staff_threat(who, &id, &said)).await;
                if left && outcome.is_ok() {
                    return Ok(done(Href::of(&["threats"]), "threat", None));
                }
                outcome
            }
        },
        "relate" => match typed.get("case").parse::<SpaceId>() {
            Err(_) => Err(ServiceError::invalid("case", "choose one")),
            Ok(case) => posted.once(node.relate_threat(who, &id, case, !removes)).await,
        },
        "open" => {
            let opened = match new_case(typed) {
                Err(error) => Err(error),
                Ok(new) => posted.once(node.open_case_from_threat(who, &id, &new)).await,
            };
            match opened {
                Ok(case) => {
                    let place = Href::of(&["cases", &case.to_string(), "team"]);
                    return Ok(done(place, "case-opened", None));
                }
                Err(error) => Err(error),
            }
        }
        _ => return Err(no("page")),
    };
    match outcome {
        Ok(()) => Ok(done(threat_href(&id, &[]), "threat", None)),
        Err(error) => {
            let wrong = problems(error, NAMES)?;
            show_act(page, &id, &act, &typed.clone().wrong(wrong)).await
        }
    }
}
