//! `/report`: a business in trouble talks first, and is named later or never. Without an account, a cookie, or anything
//! from elsewhere. The secret of the link is in its address; it is the only key there is.

use accord_model::content::Remediation;
use accord_service::{Identity, MessageFrom, ServiceError, VictimSees};
use axum::extract::{FromRequest, Path, Request, State};
use axum::response::{IntoResponse, Redirect};

use super::failed::{Failed, Paged, no, problems};
use super::frame::{by_link, html};
use super::posted::Typed;
use super::times::when;
use crate::AppState;
use crate::listed::{Part, Routes};
use crate::web::render;
use crate::web::view::ask::{AskPage, Asks};
use crate::web::view::tab::{Row, Section};
use crate::web::view::write::{Field, Shape};
use crate::web::view::{Actor, Form, Href, Link, Pair, State as Standing, Tone};

pub(super) fn routes() -> Routes {
    Routes::new(Part::Pages)
        .get("/report", first)
        .post("/report", begin)
        .get("/report/{token}", page)
        .post("/report/{token}", say)
        .get("/report/{token}/who", who)
        .post("/report/{token}/who", say_who)
}

/// Whether a path is one of these: they need no session.
pub(super) fn is_public(path: &str) -> bool {
    path == "/report" || path.starts_with("/report/")
}

/// What can be done with and without a name, and what happens next: in plain words.
const OPTIONS: &[(&str, &str)] = &[
    (
        "Without your name",
        "Tell us what happened. We can answer your questions, say what to do first, and work against those who did it. \
         Nobody here knows who you are, and we do not try to find out.",
    ),
    (
        "With your name, later, if you choose",
        "We can then warn your bank or your provider, look for you in what we find, and call you. Your name is sealed: \
         two people must agree before anybody looks at it, and you read here who looked and why. In everything we share \
         you have another name, and the system refuses to send out text in which it finds yours.",
    ),
    (
        "What we cannot promise",
        "Where there is a trial, the prosecutor must be told what we hold. Whether a court shows it to others is decided \
         there, and we ask that your name is kept back.",
    ),
    (
        "What happens next",
        "An investigator reads this, usually within a working day, and answers here. You can stop at any time. If \
         somebody is in danger now, telephone the emergency number instead.",
    ),
];

async fn typed(request: Request, node: &AppState) -> Result<Typed, Failed> {
    let form = axum::Form::<Vec<(String, String)>>::from_request(request, node).await;
    let axum::Form(fields) = form.map_err(|_| ServiceError::invalid("form", "it could not be read"))?;
    Ok(Typed::of(fields))
}

fn prose(name: &str, label: &str, hint: &str, value: &str) -> Field {
    Field {
        name: name.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        value: value.to_owned(),
        optional: false,
        shape: Shape::Prose,
        choices: Vec::new(),
    }
}

fn link(label: &str, href: Href) -> Link {
    Link {
        label: label.to_owned(),
        href,
    }
}

fn form(
    action: Href,
    typed: &Typed,
    wrong: Option<ServiceError>,
    names: &[(&str, &str)],
) -> Result<Form, Failed> {
    // There is no session to tie it to: that another site did not send it is the gate's to see.
    let _ = typed;
    let errors = wrong.map_or(Ok(Vec::new()), |error| problems(error, names))?;
    Ok(Form {
        errors,
        ..Form::to(action, "", "")
    })
}

fn options() -> Section {
    Section {
        heading: "What we can do".to_owned(),
        rows: OPTIONS
            .iter()
            .map(|(title, text)| Row {
                title: (*title).to_owned(),
                text: vec![(*text).to_owned()],
                ..Row::default()
            })
            .collect(),
        ..Section::default()
    }
}

fn show_first(node: &AppState, typed: &Typed, wrong: Option<ServiceError>) -> Paged {
    if !node.takes_reports() {
        return Err(no("page"));
    }
    html(render::render_ask(&AskPage {
        shell: by_link(node),
        case: None,
        title: "Has something happened to your business?".to_owned(),
        lede: format!(
            "Talk to {} first; say who you are later, or never. You need no account.",
            node.config.org
        ),
        notice: Vec::new(),
        sections: vec![options()],
        asks: Some(Asks {
            heading: "Tell us".to_owned(),
            form: form(Href::of(&["report"]), typed, wrong, &[("text", "text")])?,
            fields: vec![prose(
                "text",
                "What happened?",
                "When you noticed, what you see, what still works. No name is needed.",
                typed.get("text"),
            )],
            verb: "Send, and get my link".to_owned(),
        }),
        links: Vec::new(),
    }))
}

/// `/report`.
async fn first(State(node): State<AppState>) -> Paged {
    show_first(&node, &Typed::default(), None)
}

/// Begins.
async fn begin(State(node): State<AppState>, request: Request) -> Paged {
    if !node.takes_reports() {
        return Err(no("page"));
    }
    let typed = typed(request, &node).await?;
    match node.begin_report(typed.get("text")).await {
        Ok(opened) => {
            let place = Href::of(&["report", &opened.token]).with("new", "1");
            Ok(Redirect::to(place.as_str()).into_response())
        }
        Err(error) => show_first(&node, &typed, Some(error)),
    }
}

fn state_words(state: Remediation) -> (&'static str, Tone) {
    match state {
        Remediation::Advised => ("advised", Tone::Waiting),
        Remediation::Begun => ("begun", Tone::Waiting),
        Remediation::Done => ("done", Tone::Good),
        Remediation::NotDone => ("not done", Tone::Quiet),
    }
}

fn sections(sees: &VictimSees, us: &str) -> Vec<Section> {
    let said = sees.messages.iter().map(|message| Row {
        title: match message.from {
            MessageFrom::Business => "You".to_owned(),
            MessageFrom::Us => us.to_owned(),
        },
        text: message.text.lines().map(str::to_owned).collect(),
        at: Some(when(message.at_ms)),
        ..Row::default()
    });
    let mut all = vec![Section {
        heading: "What was said".to_owned(),
        rows: said.collect(),
        ..Section::default()
    }];
    if let Some(pseudonym) = &sees.pseudonym {
        all.push(Section {
            heading: "What became of it".to_owned(),
            lede: format!("In everything we share you are called {pseudonym}."),
            rows: sees
                .became
                .iter()
                .map(|words| Row {
                    title: words.clone(),
                    ..Row::default()
                })
                .collect(),
            empty: (
                "Nothing yet.".to_owned(),
                "It stands here when something happens.".to_owned(),
            ),
            ..Section::default()
        });
        let steps = sees.steps.iter().map(|step| {
            let (word, tone) = state_words(step.state);
            Row {
                title: step.step.clone(),
                state: Some(Standing {
                    word: word.to_owned(),
                    tone,
                }),
                text: step.text.iter().cloned().collect(),
                actor: Some(Actor {
                    organisation: step.org.to_string(),
                    person: None,
                }),
                at: Some(when(step.at_ms)),
                ..Row::default()
            }
        });
        all.push(Section {
            heading: "Your clean-up".to_owned(),
            rows: steps.collect(),
            empty: (
                "No step was noted.".to_owned(),
                "Ask us what to do first.".to_owned(),
            ),
            ..Section::default()
        });
        let looks = sees.looks.iter().map(|look| Row {
            title: format!("Somebody looked, as {}", look.role),
            state: (!look.allowed).then(|| Standing {
                word: "not allowed".to_owned(),
                tone: Tone::Bad,
            }),
            at: Some(when(look.at_ms)),
            facts: vec![
                Pair {
                    name: "Asked because".to_owned(),
                    value: look.reason.clone(),
                },
                Pair {
                    name: "Done with it".to_owned(),
                    value: look.text.clone(),
                },
            ],
            ..Row::default()
        });
        all.push(Section {
            heading: "Looks at who you are".to_owned(),
            rows: looks.collect(),
            empty: (
                "Nobody has looked.".to_owned(),
                "Every look stands here, with who asked for it and what for.".to_owned(),
            ),
            ..Section::default()
        });
    }
    all
}

async fn show(
    node: &AppState,
    token: &str,
    is_new: bool,
    typed: &Typed,
    wrong: Option<ServiceError>,
) -> Paged {
    let sees = node.report_of(token).await?;
    let place = Href::of(&["report", token]);
    let mut notice = Vec::new();
    if is_new {
        notice.push(format!(
            "Keep this address, or print this page: {}{place}",
            node.config.url
        ));
        notice.push(
            "It is the only key to this conversation. We cannot send it again, and whoever has it can read and write \
             here: open it in a private window where others use your computer."
                .to_owned(),
        );
    }
    if sees.closed {
        notice.push(
            "We have closed this conversation. It stays readable; begin a new one to write again.".to_owned(),
        );
    }
    let who = match sees.identities {
        0 => "Say who you are, if you choose",
        _ => "Say more about who you are",
    };
    html(render::render_ask(&AskPage {
        shell: by_link(node),
        case: None,
        title: format!("Your conversation with {}", node.config.org),
        lede: match sees.identities {
            0 => "We do not know who you are.".to_owned(),
            _ => "You have said who you are. It is sealed, and two people must agree before anybody looks."
                .to_owned(),
        },
        notice,
        sections: sections(&sees, node.config.org.as_str()),
        asks: match sees.closed {
            true => None,
            false => Some(Asks {
                heading: "Write to us".to_owned(),
                form: form(place, typed, wrong, &[("text", "text")])?,
                fields: vec![prose("text", "Your message", "", typed.get("text"))],
                verb: "Send".to_owned(),
            }),
        },
        links: match sees.closed {
            true => Vec::new(),
            false => vec![link(who, Href::of(&["report", token, "who"]))],
        },
    }))
}

/// `/report/TOKEN`.
async fn page(State(node): State<AppState>, Path(token): Path<String>, request: Request) -> Paged {
    let is_new = request.uri().query() == Some("new=1");
    show(&node, &token, is_new, &Typed::default(), None).await
}

/// Says more.
async fn say(State(node): State<AppState>, Path(token): Path<String>, request: Request) -> Paged {
    // Without a conversation nothing is read.
    node.report_of(&token).await?;
    let typed = typed(request, &node).await?;
    match node.say_more(&token, typed.get("text")).await {
        Ok(()) => Ok(Redirect::to(Href::of(&["report", &token]).as_str()).into_response()),
        Err(error) => show(&node, &token, false, &typed, Some(error)).await,
    }
}

/// The fields of who somebody is: name, label, hint, shape.
const WHO: &[(&str, &str, &str, Shape)] = &[
    ("name", "Name", "As it stands on your letters.", Shape::Line),
    (
        "other_names",
        "Other names",
        "Brands and short names people use, one a line.",
        Shape::Values,
    ),
    (
        "contacts",
        "People to speak to",
        "One a line: name, mail address, telephone, with commas between them.",
        Shape::Values,
    ),
    ("domains", "Your domains", "One a line.", Shape::Values),
    (
        "mail_domains",
        "Domains of your mail, where they differ",
        "One a line.",
        Shape::Values,
    ),
    (
        "addresses",
        "Your internet addresses, if you know them",
        "One a line: 203.0.113.7 or 203.0.113.0/24.",
        Shape::Values,
    ),
];

/// The fields of who a victim is.
pub(super) fn identity_fields(typed: &Typed) -> Vec<Field> {
    WHO.iter()
        .map(|(name, label, hint, shape)| Field {
            name: (*name).to_owned(),
            label: (*label).to_owned(),
            hint: (*hint).to_owned(),
            value: typed.raw(name).to_owned(),
            optional: *name != "name",
            shape: *shape,
            choices: Vec::new(),
        })
        .collect()
}

/// Who a victim is, as it was typed.
pub(super) fn identity(typed: &Typed) -> Identity {
    let lines = |name: &str| typed.get(name).lines().map(str::to_owned).collect();
    Identity {
        name: typed.get("name").to_owned(),
        other_names: lines("other_names"),
        contacts: lines("contacts"),
        domains: lines("domains"),
        addresses: lines("addresses"),
        mail_domains: lines("mail_domains"),
    }
    .tidy()
}

/// What the service calls the fields, and what the form does.
pub(super) fn identity_names() -> Vec<(&'static str, &'static str)> {
    WHO.iter().map(|(name, ..)| (*name, *name)).collect()
}

async fn show_who(node: &AppState, token: &str, typed: &Typed, wrong: Option<ServiceError>) -> Paged {
    node.report_of(token).await?;
    html(render::render_ask(&AskPage {
        shell: by_link(node),
        case: None,
        title: "Say who you are".to_owned(),
        lede: "Only the name is needed. What you give is also what we look for in everything before we share it, so \
               that it is not shared."
            .to_owned(),
        notice: vec![
            "It is sealed when it arrives. Two people here must agree before anybody looks at it, for a reason and for \
             a time, and you read of every look."
                .to_owned(),
        ],
        sections: Vec::new(),
        asks: Some(Asks {
            heading: String::new(),
            form: form(Href::of(&["report", token, "who"]), typed, wrong, &identity_names())?,
            fields: identity_fields(typed),
            verb: "Seal it and send it".to_owned(),
        }),
        links: vec![link("Back, without saying it", Href::of(&["report", token]))],
    }))
}

/// `/report/TOKEN/who`.
async fn who(State(node): State<AppState>, Path(token): Path<String>) -> Paged {
    show_who(&node, &token, &Typed::default(), None).await
}

/// Says who.
async fn say_who(State(node): State<AppState>, Path(token): Path<String>, request: Request) -> Paged {
    node.report_of(&token).await?;
    let typed = typed(request, &node).await?;
    match node.say_who(&token, &identity(&typed)).await {
        Ok(()) => Ok(Redirect::to(Href::of(&["report", &token]).as_str()).into_response()),
        Err(error) => show_who(&node, &token, &typed, Some(error)).await,
    }
}
