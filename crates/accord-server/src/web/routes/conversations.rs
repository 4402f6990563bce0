//! `/conversations`: businesses in trouble, as investigators and custodians read and answer them.

use accord_model::SpaceId;
use accord_model::content::VictimKind;
use accord_service::{Act, Attaching, ConversationView, MessageFrom, ServiceError};
use axum::extract::Path;

use super::case::markings;
use super::failed::{Failed, Paged, id, no, problems};
use super::frame::{Page, Part, done, html, operation};
use super::posted::{Posted, Typed};
use super::times::{counted, when};
use crate::listed::{Part as Listing, Routes};
use crate::web::render;
use crate::web::view::ask::{AskPage, Asks};
use crate::web::view::tab::{Row, Section, SectionsPage};
use crate::web::view::write::{Field, Shape};
use crate::web::view::{Choice, Href, Link, State, Tone};

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/conversations", list)
        .get("/conversations/{id}", page)
        .post("/conversations/{id}", reply)
        .get("/conversations/{id}/{act}", before)
        .post("/conversations/{id}/{act}", act)
        .get("/conversations/{id}/publish/{seq}", before_publishing)
        .post("/conversations/{id}/publish/{seq}", publish)
}

fn href(conversation: &str, rest: &[&str]) -> Href {
    let mut segments = vec!["conversations", conversation];
    segments.extend(rest);
    Href::of(&segments)
}

fn link(label: &str, href: Href) -> Link {
    Link {
        label: label.to_owned(),
        href,
    }
}

/// `/conversations`.
async fn list(page: Page) -> Paged {
    let all = page.node.conversations(&page.who).await?;
    let rows = all.iter().map(|line| {
        let (word, tone) = match (line.closed, line.unanswered) {
            (true, _) => ("closed".to_owned(), Tone::Quiet),
            (false, 0) => ("answered".to_owned(), Tone::Good),
            (false, number) => (format!("{number} unanswered"), Tone::Waiting),
        };
        Row {
            title: line
                .pseudonym
                .clone()
                .unwrap_or_else(|| "A business without a case".to_owned()),
            state: Some(State { word, tone }),
            at: Some(when(line.last_ms)),
            text: vec![line.words.clone()],
            links: vec![link("Open", href(&line.id, &[]))],
            ..Row::default()
        }
    });
    html(render::render_sections(&SectionsPage {
        shell: page.shell(Part::Businesses).await,
        title: "Businesses in trouble".to_owned(),
        lede: format!(
            "They write at {}{} and need no account. Who they are is not known here until they say so.",
            page.node.config.url,
            Href::of(&["report"])
        ),
        sections: vec![Section {
            heading: "Conversations".to_owned(),
            rows: rows.collect(),
            empty: (
                "Nobody has written.".to_owned(),
                "Give the address above to businesses that ring you.".to_owned(),
            ),
            ..Section::default()
        }],
    }))
}

fn title_of(view: &ConversationView) -> String {
    match &view.line.pseudonym {
        Some(pseudonym) => format!("Conversation with {pseudonym}"),
        None => "A business in trouble".to_owned(),
    }
}

async fn show(page: &Page, conversation: &str, typed: &Typed) -> Paged {
    let view = page.node.conversation(&page.who, conversation).await?;
    let line = &view.line;
    let said = view.messages.iter().enumerate().map(|(number, message)| {
        let published = message.published.map(|_| State {
            word: "published to the case".to_owned(),
            tone: Tone::Good,
        });
        let may = line.case.is_some() && message.published.is_none();
        Row {
            title: match message.from {
                MessageFrom::Business => "The business".to_owned(),
                MessageFrom::Us => "Us".to_owned(),
            },
            state: published,
            text: message.text.lines().map(str::to_owned).collect(),
            at: Some(when(message.at_ms)),
            links: may
                .then(|| {
                    link(
                        "Publish to the case",
                        href(conversation, &["publish", &number.to_string()]),
                    )
                })
                .into_iter()
                .collect(),
            ..Row::default()
        }
    });
    let mut actions = Vec::new();
    match line.case {
        None => actions.push(link(
            "Make it a victim of a case",
            href(conversation, &["attach"]),
        )),
        Some(case) => actions.push(link(
            "Its case",
            Href::of(&["cases", &case.to_string(), "victims"]),
        )),
    }
    if line.unfiled > 0 && line.case.is_some() && page.may(Act::KeepIdentity) {
        actions.push(link("File who it is", href(conversation, &["file"])));
    }
    if !line.closed {
        actions.push(link("Close", href(conversation, &["close"])));
    }
    let who = match (line.identities, line.unfiled) {
        (0, _) => "It has not said who it is.".to_owned(),
        (_, 0) => "It has said who it is; a custodian keeps that.".to_owned(),
        _ => "It has said who it is; that is sealed, and waits for a custodian to file it.".to_owned(),
    };
    html(render::render_ask(&AskPage {
        shell: page.shell(Part::Businesses).await,
        case: None,
        title: title_of(&view),
        lede: who,
        notice: Vec::new(),
        sections: vec![Section {
            heading: counted(view.messages.len() as u64, "message", "messages"),
            actions,
            rows: said.collect(),
            ..Section::default()
        }],
        asks: (!line.closed).then(|| Asks {
            heading: "Answer".to_owned(),
            form: typed.form(page, href(conversation, &[])),
            fields: vec![prose(
                "text",
                "Your answer",
                "It reads this at its link. Nobody else does.",
                typed,
            )],
            verb: "Send".to_owned(),
        }),
        links: vec![link("All conversations", Href::of(&["conversations"]))],
    }))
}

fn prose(name: &str, label: &str, hint: &str, typed: &Typed) -> Field {
    Field {
        name: name.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        value: typed.raw(name).to_owned(),
        optional: false,
        shape: Shape::Prose,
        choices: Vec::new(),
    }
}

/// `/conversations/ID`.
async fn page(page: Page, Path(conversation): Path<String>) -> Paged {
    show(&page, &conversation, &Typed::default()).await
}

/// Answers.
async fn reply(Path(conversation): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let replied = posted
        .once(page.node.reply(&page.who, &conversation, typed.get("text")))
        .await;
    match replied {
        Ok(()) => Ok(done(href(&conversation, &[]), "answered-business", None)),
        Err(error) => {
            let wrong = problems(error, &[("text", "text")])?;
            show(page, &conversation, &typed.clone().wrong(wrong)).await
        }
    }
}

fn choices(all: &[(&str, String)], typed: &Typed, name: &str) -> Vec<Choice> {
    all.iter()
        .map(|(value, label)| Choice {
            value: (*value).to_owned(),
            label: label.clone(),
            hint: String::new(),
            chosen: typed.get(name) == *value || all.len() == 1,
        })
        .collect()
}

fn choice(name: &str, label: &str, hint: &str, choices: Vec<Choice>) -> Field {
    Field {
        name: name.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        value: String::new(),
        optional: false,
        shape: Shape::Choice,
        choices,
    }
}

async fn attach_fields(page: &Page, typed: &Typed) -> Result<Vec<Field>, Failed> {
    let cases = page.node.cases(&page.who).await?;
    let ids: Vec<(String, String)> = cases
        .iter()
        .map(|case| {
            (
                case.id.to_string(),
                format!("Operation {}", operation(&case.operation)),
            )
        })
        .collect();
    let cases: Vec<(&str, String)> = ids.iter().map(|(id, name)| (id.as_str(), name.clone())).collect();
    let mut sector = prose(
        "sector",
        "Branch",
        "Wide enough to name nobody: food, health, transport.",
        typed,
    );
    (sector.shape, sector.optional) = (Shape::Line, true);
    let mut wishes = prose("wishes", "What it wants to happen, and what not", "", typed);
    wishes.optional = true;
    Ok(vec![
        choice("case", "Case", "", choices(&cases, typed, "case")),
        choice(
            "victim",
            "What it is",
            "",
            choices(
                &[
                    ("organisation", "an organisation".to_owned()),
                    ("person", "a person".to_owned()),
                ],
                typed,
                "victim",
            ),
        ),
        prose(
            "text",
            "What happened to it",
            "In words that lead nobody to it.",
            typed,
        ),
        sector,
        wishes,
        choice("marking", "Marking", "", markings(typed)),
    ])
}

async fn show_act(page: &Page, conversation: &str, act: &str, typed: &Typed) -> Paged {
    let view = page.node.conversation(&page.who, conversation).await?;
    let (title, lede, fields, verb) = match act {
        "attach" => (
            "Make it a victim of a case",
            "It gets a pseudonym that nobody chose. The agreement decides which parties get the note; the conversation \
             itself stays on this node.",
            attach_fields(page, typed).await?,
            "Record the victim",
        ),
        "file" => {
            Act::KeepIdentity.ask(&page.who)?;
            (
                "File who it is",
                "You file it sealed, and do not read it. From then on a look can be asked for.",
                Vec::new(),
                "File it",
            )
        }
        "close" => (
            "Close the conversation",
            "It stays readable for both. The business can begin a new one.",
            Vec::new(),
            "Close it",
        ),
        _ => return Err(no("page")),
    };
    html(render::render_ask(&AskPage {
        shell: page.shell(Part::Businesses).await,
        case: None,
        title: title.to_owned(),
        lede: lede.to_owned(),
        notice: Vec::new(),
        sections: Vec::new(),
        asks: Some(Asks {
            heading: title_of(&view),
            form: typed.form(page, href(conversation, &[act])),
            fields,
            verb: verb.to_owned(),
        }),
        links: vec![link("Back, with nothing done", href(conversation, &[]))],
    }))
}

/// Before something is done with a conversation.
async fn before(page: Page, Path((conversation, act)): Path<(String, String)>) -> Paged {
    show_act(&page, &conversation, &act, &Typed::default()).await
}

fn attaching(typed: &Typed) -> Result<Attaching, ServiceError> {
    let filled = |name: &str| Some(typed.get(name).to_owned()).filter(|text| !text.is_empty());
    let case: SpaceId = typed
        .get("case")
        .parse()
        .map_err(|_| ServiceError::invalid("case", "choose one"))?;
    let victim: VictimKind = typed
        .get("victim")
        .parse()
        .map_err(|_| ServiceError::invalid("victim", "choose one"))?;
    Ok(Attaching {
        case,
        victim,
        text: typed.get("text").to_owned(),
        sector: filled("sector"),
        wishes: filled("wishes"),
        marking: typed
            .get("marking")
            .parse()
            .map_err(|_| ServiceError::invalid("marking", "choose one"))?,
        to: Vec::new(),
    })
}

/// Does it.
async fn act(Path((conversation, act)): Path<(String, String)>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let (node, who) = (&page.node, &page.who);
    let outcome = match act.as_str() {
        "attach" => match attaching(typed) {
            Err(error) => Err(error),
            Ok(new) => posted
                .once(node.attach_conversation(who, &conversation, &new))
                .await
                .map(|published| ("victim-recorded", Some(published.at))),
        },
        "file" => posted
            .once(node.file_identity(who, &conversation))
            .await
            .map(|at| ("identity-filed", Some(at))),
        "close" => posted
            .once(node.close_conversation(who, &conversation))
            .await
            .map(|()| ("conversation-closed", None)),
        _ => return Err(no("page")),
    };
    match outcome {
        Ok((word, at)) => Ok(done(href(&conversation, &[]), word, at)),
        Err(error) => {
            let names = ["case", "victim", "text", "sector", "wishes", "marking"].map(|name| (name, name));
            let wrong = problems(error, &names)?;
            show_act(page, &conversation, &act, &typed.clone().wrong(wrong)).await
        }
    }
}

async fn show_publishing(page: &Page, conversation: &str, number: usize, typed: &Typed) -> Paged {
    let view = page.node.conversation(&page.who, conversation).await?;
    let message = view.messages.get(number).ok_or_else(|| no("message"))?;
    let mut text = prose(
        "text",
        "What the case reads",
        "Leave out whatever leads to the business. What names it is refused where it is known.",
        typed,
    );
    text.value = typed.or("text", &message.text);
    html(render::render_ask(&AskPage {
        shell: page.shell(Part::Businesses).await,
        case: None,
        title: "Publish a message to the case".to_owned(),
        lede: "The agreement decides which parties get it. It cannot be taken out of the record later, only recalled."
            .to_owned(),
        notice: Vec::new(),
        sections: Vec::new(),
        asks: Some(Asks {
            heading: title_of(&view),
            form: typed.form(page, href(conversation, &["publish", &number.to_string()])),
            fields: vec![text, choice("marking", "Marking", "", markings(typed))],
            verb: "Publish".to_owned(),
        }),
        links: vec![link("Back, with nothing done", href(conversation, &[]))],
    }))
}

/// Before a message is published.
async fn before_publishing(page: Page, Path((conversation, seq)): Path<(String, String)>) -> Paged {
    show_publishing(&page, &conversation, id(&seq)?, &Typed::default()).await
}

/// Publishes a message.
async fn publish(Path((conversation, seq)): Path<(String, String)>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let number: usize = id(&seq)?;
    let published = match typed.get("marking").parse() {
        Err(_) => Err(ServiceError::invalid("marking", "choose one")),
        Ok(marking) => {
            let work =
                page.node
                    .publish_message(&page.who, &conversation, number, typed.get("text"), marking, &[]);
            posted.once(work).await
        }
    };
    match published {
        Ok(published) => Ok(done(href(&conversation, &[]), "note", Some(published.at))),
        Err(error) => {
            let wrong = problems(error, &[("text", "text"), ("marking", "marking")])?;
            show_publishing(page, &conversation, number, &typed.clone().wrong(wrong)).await
        }
    }
}
