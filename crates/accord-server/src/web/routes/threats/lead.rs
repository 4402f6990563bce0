//! One lead: what it says, what was said of it, and answering it.

use accord_model::content::LeadWord;
use accord_model::{EntryRef, OrgName, PersonId, SpaceId};
use accord_service::{Act, LeadAnswer, LeadView, OnwardAnswer, OpenFromLead, ServiceError};
use axum::extract::Path;

use super::fields;
use super::threat::{case_choices, new_case, new_case_fields, people_choices};
use super::{
    Field, Row, Section, Shape, choice, chosen, field, lead_href, lines, link, pair, similar_section,
    standing,
};
use crate::web::render;
use crate::web::routes::case::entry;
use crate::web::routes::failed::{Paged, no, problems};
use crate::web::routes::frame::{Page, Part, anchor, done, html, operation};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::routes::times::when;
use crate::web::view::ask::{AskPage, Asks};
use crate::web::view::{Actor, Href, Link, Mark, State, Tone};

const NAMES: &[(&str, &str)] = &[
    ("text", "text"),
    ("onward", "onward"),
    ("person", "person"),
    ("case", "case"),
    ("agreement", "agreement"),
    ("operation", "operation"),
    ("reference", "reference"),
    ("purpose", "purpose"),
    ("to", "to"),
    ("asked", "asked"),
    ("allowed", "allowed"),
];

fn of(org: &OrgName) -> Option<Actor> {
    Some(Actor {
        organisation: org.to_string(),
        person: None,
    })
}

fn word(word: Option<LeadWord>) -> Option<State> {
    let (word, tone) = match word? {
        LeadWord::TakenUp => ("taken up", Tone::Good),
        LeadWord::Declined => ("declined", Tone::Quiet),
        LeadWord::OnwardAsked => ("asks to pass it on", Tone::Waiting),
        LeadWord::OnwardAllowed => ("may go on", Tone::Good),
        LeadWord::OnwardRefused => ("may not go on", Tone::Bad),
        LeadWord::Outcome => ("what became of it", Tone::Good),
    };
    Some(State {
        word: word.to_owned(),
        tone,
    })
}

fn head(view: &LeadView) -> Row {
    let lead = &view.summary;
    let mut facts = Vec::new();
    if let Some((digest, title)) = &view.agreement {
        let words = if view.in_force {
            title.clone()
        } else {
            format!("{title}, not in force ({digest})")
        };
        facts.push(pair("Agreement", words));
    }
    let texts = [("Why theirs", &view.nexus), ("Asked for", &view.asks)];
    facts.extend(
        texts
            .iter()
            .filter_map(|(name, text)| Some(pair(name, text.as_ref()?.clone()))),
    );
    if !view.countries.is_empty() {
        facts.push(pair("Countries", view.countries.join(", ")));
    }
    if let Some(grading) = &view.grading {
        facts.push(pair("Graded", fields::grading_words(grading)));
    }
    if view.source_protected {
        facts.push(pair("Source", "protected"));
    }
    if !lead.ours {
        facts.push(pair(
            "It comes with",
            "no onward sharing without its giver's word; the marking is kept",
        ));
    }
    for decided in &view.decisions {
        facts.push(pair(
            &format!("Went to {}", decided.to),
            format!("clause {}: {}", decided.clause, decided.words),
        ));
    }
    if let Some(due) = lead.due_ms {
        facts.push(pair("Feedback due", when(due).shown));
    }
    if !view.passed_on.is_empty() {
        let to: Vec<&str> = view.passed_on.iter().map(OrgName::as_str).collect();
        facts.push(pair("Passed on to", to.join(", ")));
    }
    if !view.people.is_empty() {
        let names: Vec<&str> = view.people.iter().map(|(_, name)| name.as_str()).collect();
        facts.push(pair("Handed to", names.join(", ")));
    }
    Row {
        anchor: anchor(lead.at),
        title: "What it says".to_owned(),
        state: Some(standing(&lead.standing)),
        marking: Some(Mark(lead.marking)),
        actor: of(&lead.giver),
        at: Some(when(lead.since_ms)),
        text: lines(&view.text),
        facts,
        ..Row::default()
    }
}

fn actions(page: &Page, view: &LeadView) -> Vec<Link> {
    let at = view.summary.at;
    let to = |label: &str, act: &str| link(label, lead_href(at, &[act]));
    let mut all = Vec::new();
    if view.approves {
        all.push(to("Release it", "approve"));
    }
    if view.answers {
        if page.may(Act::RunCase) {
            all.push(to("Open a case from it", "open"));
        }
        all.push(to("Link it to a case", "link"));
        all.push(to("Say what became of it", "outcome"));
        all.push(to("Decline it", "decline"));
        all.push(to("Ask whether it may go on", "onward"));
        if view.onward.iter().any(|one| one.allowed == Some(true)) {
            let place = Href::of(&["leads", "new"]).with("onward", &at.to_string());
            all.push(link("Pass it on", place));
        }
    }
    if view.summary.ours && page.may(Act::Lead) && view.onward.iter().any(|one| one.allowed.is_none()) {
        all.push(to("Say whether it may go on", "allow"));
    }
    if page.may(Act::Lead) {
        all.push(to("Hand it to a colleague", "hand"));
    }
    all
}

fn sections(page: &Page, view: &LeadView) -> Vec<Section> {
    let mut all = vec![Section {
        heading: "The lead".to_owned(),
        actions: actions(page, view),
        rows: vec![head(view)],
        ..Section::default()
    }];
    if !view.values.is_empty() || view.values_missing {
        let rows = view.values.iter().map(|one| Row {
            title: one.value.clone(),
            soft: one.labels.join(", "),
            ..Row::default()
        });
        all.push(Section {
            heading: "Values".to_owned(),
            lede: if view.values_missing {
                "Some values that it rests on were withheld or recalled.".to_owned()
            } else {
                String::new()
            },
            rows: rows.collect(),
            ..Section::default()
        });
    }
    if let Some(case) = &view.case {
        all.push(Section {
            heading: "Its case".to_owned(),
            rows: vec![Row {
                title: format!("Operation {}", operation(&case.operation)),
                links: vec![link("Open", Href::of(&["cases", &case.id.to_string()]))],
                ..Row::default()
            }],
            ..Section::default()
        });
    }
    let feedback = view.feedback.iter().map(|one| Row {
        anchor: anchor(one.at),
        title: one.by.to_string(),
        state: word(one.word),
        actor: of(&one.by),
        at: Some(when(one.when_ms)),
        text: lines(&one.text),
        facts: one
            .onward
            .iter()
            .map(|to| pair("To", to.to_string()))
            .chain((!one.delivered).then(|| pair("Delivery", "its giver does not have it")))
            .collect(),
        ..Row::default()
    });
    all.push(Section {
        heading: "What was said of it".to_owned(),
        rows: feedback.collect(),
        empty: (
            "Nothing yet.".to_owned(),
            "Whoever gave a lead wants to hear what became of it, also when nothing did.".to_owned(),
        ),
        ..Section::default()
    });
    let onward = view.onward.iter().filter_map(|one| {
        let (words, tone) = match one.allowed? {
            true => ("it may", Tone::Good),
            false => ("it may not", Tone::Bad),
        };
        Some(Row {
            title: format!("May it go to {}?", one.to),
            state: Some(State {
                word: words.to_owned(),
                tone,
            }),
            text: lines(one.words.as_deref().unwrap_or_default()),
            ..Row::default()
        })
    });
    let onward: Vec<Row> = onward.collect();
    if !onward.is_empty() {
        all.push(Section {
            heading: "Whether it may go on".to_owned(),
            rows: onward,
            ..Section::default()
        });
    }
    all
}

async fn show(page: &Page, at: EntryRef, typed: &Typed) -> Paged {
    let view = page.node.lead(&page.who, at).await?;
    let mut sections = sections(page, &view);
    sections.push(similar_section(&page.node.similar_to_lead(&page.who, at).await?));
    let giver = &view.summary.giver;
    html(render::render_ask(&AskPage {
        shell: page.shell(Part::Threats).await,
        case: None,
        title: view.summary.title.clone(),
        lede: if view.summary.ours {
            "A lead that we gave.".to_owned()
        } else {
            format!("A lead from {giver}.")
        },
        notice: Vec::new(),
        asks: view.answers.then(|| Asks {
            heading: "Tell its giver something".to_owned(),
            form: typed.form(page, lead_href(at, &[])),
            fields: vec![field(
                "text",
                "Feedback",
                &format!("{giver} reads it, and nobody else outside."),
                Shape::Prose,
                typed.raw("text").to_owned(),
            )],
            verb: format!("Send it to {giver}"),
        }),
        sections,
        links: vec![link("All leads", Href::of(&["threats"]))],
    }))
}

/// `/leads/LEDGER/SEQ`.
pub(super) async fn page(page: Page, Path((ledger, seq)): Path<(String, String)>) -> Paged {
    show(&page, entry(&ledger, &seq)?, &Typed::default()).await
}

fn answer(word: Option<LeadWord>, typed: &Typed) -> LeadAnswer {
    LeadAnswer {
        word,
        text: fields::prose(typed, "text"),
        onward: None,
    }
}

/// Tells the giver something.
pub(super) async fn say(Path((ledger, seq)): Path<(String, String)>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let at = entry(&ledger, &seq)?;
    let said = answer(None, typed);
    match posted.once(page.node.answer_lead(&page.who, at, &said)).await {
        Ok(_) => Ok(done(lead_href(at, &[]), "feedback", None)),
        Err(error) => {
            let wrong = problems(error, NAMES)?;
            show(page, at, &typed.clone().wrong(wrong)).await
        }
    }
}

fn words(typed: &Typed, label: &str, hint: &str, first: &str) -> Field {
    field("text", label, hint, Shape::Prose, typed.or("text", first))
}

async fn show_act(page: &Page, at: EntryRef, act: &str, typed: &Typed) -> Paged {
    let view = page.node.lead(&page.who, at).await?;
    let giver = view.summary.giver.clone();
    let reads = format!("{giver} reads this.");
    if act == "approve" {
        Act::Approve.ask(&page.who)?;
    } else {
        Act::Lead.ask(&page.who)?;
    }
    let (title, lede, fields, verb) = match act {
        "open" => {
            Act::RunCase.ask(&page.who)?;
            let mut all = new_case_fields(page, typed).await?;
            all.push(words(
                typed,
                "What its giver is told",
                &reads,
                "We have opened a case.",
            ));
            (
                "Open a case from this lead",
                "The case notes for us alone that it rests on this lead. Its giver hears that it was taken up, and not \
                 by which case.",
                all,
                "Open the case",
            )
        }
        "link" => (
            "Link this lead to a case",
            "The case notes for us alone that it rests on this lead. Its giver hears that it was taken up, and not by \
             which case.",
            vec![
                choice("case", "Case", "", case_choices(page, typed).await?),
                words(
                    typed,
                    "What its giver is told",
                    &reads,
                    "It belongs to something we work on.",
                ),
            ],
            "Link it",
        ),
        "decline" => (
            "Decline this lead",
            "It stays readable. You can take it up later all the same.",
            vec![words(typed, "Why?", &reads, "")],
            "Decline it",
        ),
        "outcome" => (
            "Say what became of this lead",
            "A lead that led nowhere is an answer too.",
            vec![words(typed, "What became of it?", &reads, "")],
            "Tell its giver",
        ),
        "onward" => (
            "Ask whether this lead may go on",
            "Nothing that a partner gave goes to another without their word. Where they know that partner, they may \
             refer it themselves.",
            vec![
                field(
                    "onward",
                    "To whom?",
                    "The organisation's name.",
                    Shape::Mono,
                    typed.or("onward", ""),
                ),
                words(typed, "Why?", &reads, ""),
            ],
            "Ask its giver",
        ),
        "allow" => {
            let open = view.onward.iter().filter(|one| one.allowed.is_none());
            let asked = open.map(|one| {
                let value = one.at.to_string();
                let is_chosen = typed.has("asked", &value);
                chosen(
                    value,
                    format!("{} asks: may it go to {}?", one.by, one.to),
                    is_chosen,
                )
            });
            let mut asked: Vec<_> = asked.collect();
            if let [only] = asked.as_mut_slice() {
                only.chosen = true;
            }
            let ways = [("no", "it may not"), ("yes", "it may")];
            (
                "Say whether your lead may go on",
                "A yes holds for that one organisation. A no wins over a yes.",
                vec![
                    choice("asked", "Which question", "", asked),
                    choice(
                        "allowed",
                        "Your word",
                        "",
                        fields::choices(&ways, typed, "allowed", "no"),
                    ),
                    words(typed, "In words", "Who asked reads this.", ""),
                ],
                "Say so",
            )
        }
        "hand" => (
            "Hand this lead to a colleague",
            "They see it from then on, and may answer it.",
            vec![choice("person", "Who", "", people_choices(page, typed).await?)],
            "Hand it over",
        ),
        "approve" => {
            let to = view.waits_for.iter().map(|org| {
                let is_chosen = view.waits_for.len() == 1 || typed.has("to", org.as_str());
                chosen(org.to_string(), org.to_string(), is_chosen)
            });
            (
                "Release this lead",
                "It leaves with the values that it rests on. What was read stays known.",
                vec![choice("to", "To whom", "", to.collect())],
                "Release it",
            )
        }
        _ => return Err(no("page")),
    };
    let sections = if act == "approve" {
        sections(page, &view)
    } else {
        Vec::new()
    };
    html(render::render_ask(&AskPage {
        shell: page.shell(Part::Threats).await,
        case: None,
        title: title.to_owned(),
        lede: lede.to_owned(),
        notice: Vec::new(),
        sections,
        asks: Some(Asks {
            heading: view.summary.title.clone(),
            form: typed.form(page, lead_href(at, &[act])),
            fields,
            verb: verb.to_owned(),
        }),
        links: vec![link("Back, with nothing done", lead_href(at, &[]))],
    }))
}

/// Before something is done with a lead.
pub(super) async fn before(page: Page, Path((ledger, seq, act)): Path<(String, String, String)>) -> Paged {
    show_act(&page, entry(&ledger, &seq)?, &act, &Typed::default()).await
}

fn chose<T: std::str::FromStr>(typed: &Typed, name: &'static str) -> Result<T, ServiceError> {
    typed
        .get(name)
        .parse()
        .map_err(|_| ServiceError::invalid(name, "choose one"))
}

async fn run(posted: &Posted, at: EntryRef, act: &str) -> Result<Option<(Href, &'static str)>, ServiceError> {
    let (page, typed) = (&posted.page, &posted.typed);
    let (node, who) = (&page.node, &page.who);
    let here = lead_href(at, &[]);
    Ok(Some(match act {
        "open" => {
            let new = OpenFromLead {
                case: new_case(typed)?,
                text: fields::prose(typed, "text"),
            };
            let case = posted.once(node.open_case_from_lead(who, at, &new)).await?;
            (Href::of(&["cases", &case.to_string(), "team"]), "case-opened")
        }
        "link" => {
            let case: SpaceId = chose(typed, "case")?;
            let text = fields::prose(typed, "text");
            posted.once(node.link_lead(who, at, case, &text)).await?;
            (here, "feedback")
        }
        "decline" | "outcome" => {
            let word = if act == "decline" {
                LeadWord::Declined
            } else {
                LeadWord::Outcome
            };
            let said = answer(Some(word), typed);
            posted.once(node.answer_lead(who, at, &said)).await?;
            (here, "feedback")
        }
        "onward" => {
            let onward: Result<OrgName, _> = typed.get("onward").parse();
            let said = LeadAnswer {
                onward: Some(onward.map_err(|why| ServiceError::invalid("onward", why))?),
                ..answer(Some(LeadWord::OnwardAsked), typed)
            };
            posted.once(node.answer_lead(who, at, &said)).await?;
            (here, "feedback")
        }
        "allow" => {
            let asked: EntryRef = chose(typed, "asked")?;
            let said = OnwardAnswer {
                allowed: typed.get("allowed") == "yes",
                text: fields::prose(typed, "text"),
            };
            posted.once(node.answer_onward(who, asked, &said)).await?;
            (here, "feedback")
        }
        "hand" => {
            let person: PersonId = chose(typed, "person")?;
            posted.once(node.hand_lead(who, at, person)).await?;
            (here, "lead-handed")
        }
        "approve" => {
            let to: OrgName = chose(typed, "to")?;
            let _: accord_service::Decided = posted.once(node.approve_lead(who, at, &to)).await?;
            (here, "released")
        }
        _ => return Ok(None),
    }))
}

/// Does it.
pub(super) async fn act(Path((ledger, seq, act)): Path<(String, String, String)>, posted: Posted) -> Paged {
    let at = entry(&ledger, &seq)?;
    match run(&posted, at, &act).await {
        Ok(Some((place, word))) => Ok(done(place, word, None)),
        Ok(None) => Err(no("page")),
        Err(error) => {
            let wrong = problems(error, NAMES)?;
            show_act(&posted.page, at, &act, &posted.typed.clone().wrong(wrong)).await
        }
    }
}
