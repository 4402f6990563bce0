//! Asking somebody without a node: the section of the requests, the form, the approval, the link.

use accord_service::{Act, GuestLinkView, NewRequest, ServiceError};
use axum::extract::Path;
use serde_json::{Map, Value, json};

use super::orals::small;
use super::requests::{field, pair, wrong};
use super::{Case, asked};
use crate::web::render;
use crate::web::routes::failed::{Failed, Paged, no};
use crate::web::routes::frame::{Page, done, html};
use crate::web::routes::guest::{asks_for, question};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::routes::release::{commitment, recipient};
use crate::web::routes::times::{counted, when};
use crate::web::view::question::QuestionPage;
use crate::web::view::release::{Readers, Recipient, ReleasePage, Undo};
use crate::web::view::tab::{Row, Section, SectionsPage};
use crate::web::view::write::{Field, Shape};
use crate::web::view::{Link, Mark, Pair, State, Tone};

/// What is asked for through a link: the word, what is done, what it is for.
const KINDS: &[(&str, &str, &str)] = &[
    (
        "information",
        "Ask for information",
        "They answer in words, or with files.",
    ),
    (
        "hunt",
        "Ask for lines of logs",
        "They look in their own logs and upload what they find. Only under an authority.",
    ),
    (
        "subscriber-data",
        "Ask who held an address",
        "Only under an authority.",
    ),
    ("preservation", "Ask to keep data", "They confirm until when."),
    ("takedown", "Ask to take down", "They answer whether it was done."),
];

fn kind(what: &str) -> Result<&'static (&'static str, &'static str, &'static str), Failed> {
    KINDS
        .iter()
        .find(|(word, ..)| *word == what)
        .ok_or_else(|| no("page"))
}

/// The id on the page of a link.
pub(in super::super) fn link_anchor(id: &str) -> String {
    let safe: String = id.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    format!("guest-{safe}")
}

fn tone(state: &str) -> Tone {
    match state {
        "answered" => Tone::Good,
        "waits-for-approval" | "approved" | "live" => Tone::Waiting,
        "expired" | "used-up" => Tone::Bad,
        _ => Tone::Quiet,
    }
}

fn row(page: &Page, case: &Case, link: &GuestLinkView) -> Row {
    let known = case
        .view
        .requests
        .iter()
        .find(|request| request.at == link.request);
    let own = link.asked_by == page.who.person;
    let mut links = Vec::new();
    let mut offer = |label: &str, act: &str| {
        links.push(Link {
            label: label.to_owned(),
            href: case.href(&["guests", &link.id, act]),
        });
    };
    if link.state == "waits-for-approval" && page.may(Act::RunCase) && !own {
        offer("Let it go, or not", "approve");
    }
    if matches!(link.state.as_str(), "approved" | "expired" | "used-up" | "live") {
        offer(
            if link.state == "live" {
                "Make a new link"
            } else {
                "Make the link"
            },
            "make",
        );
    }
    if !matches!(
        link.state.as_str(),
        "answered" | "revoked" | "withdrawn" | "not-approved"
    ) {
        offer("End it", "revoke");
    }
    let mut facts = Vec::new();
    if let Some(expires) = link.expires_ms {
        facts.push(pair("Good until", when(expires).shown));
    }
    if let Some(tries) = link.tries_max {
        let opened = link.opened_ms.len() as u64;
        facts.push(pair(
            "Opened",
            format!("{} of {tries}", counted(opened, "time", "times")),
        ));
    }
    if let Some(last) = link.opened_ms.last() {
        facts.push(pair("Last opened", when(*last).shown));
    }
    if let (Some(sent), Some(at)) = (link.sent, link.sent_ms) {
        facts.push(pair("Said", format!("{}, {}", sent.words(), when(at).shown)));
    }
    if let Some(decision) = link.decision.as_ref().filter(|decision| decision.answer == "no") {
        facts.push(pair("Does not go", decision.words.clone()));
    }
    Row {
        anchor: link_anchor(&link.id),
        title: known.map_or_else(|| link.org.to_string(), |request| request.reference.clone()),
        soft: link.org.to_string(),
        state: Some(State {
            word: link.state.replace('-', " "),
            tone: tone(&link.state),
        }),
        marking: known.map(|request| Mark(request.marking)),
        at: Some(when(link.asked_ms)),
        facts,
        links,
        ..Row::default()
    }
}

/// The section of the requests' tab.
pub(super) async fn section(page: &Page, case: &Case) -> Result<Option<Section>, Failed> {
    if !page.may(Act::Ask) {
        return Ok(None);
    }
    let links = page.node.guest_links(&page.who, case.space).await?;
    Ok(Some(Section {
        heading: "By link".to_owned(),
        lede: "Somebody without a node reads one request at a link, once a case officer who did not ask lets it go."
            .to_owned(),
        actions: KINDS
            .iter()
            .map(|(what, title, _)| Link {
                label: format!("{title} by link"),
                href: case.href(&["guests", "ask", what]),
            })
            .collect(),
        rows: links.iter().map(|link| row(page, case, link)).collect(),
        empty: (
            "Nobody was asked by link.".to_owned(),
            "A business, or a provider that is no party, answers without an account.".to_owned(),
        ),
    }))
}

const NAMES: &[&str] = &[
    "to",
    "organisation",
    "contact",
    "officer",
    "reference",
    "reason",
    "then",
    "indicators",
    "connections",
    "values",
    "ground",
    "from_ms",
    "to_ms",
    "keep_until_ms",
    "authority_reference",
    "authority_authority",
    "authority_power",
    "authority_scope",
    "authority_from_ms",
    "authority_to_ms",
    "due_ms",
    "secret_until_ms",
    "marking",
];

fn fields(page: &Page, what: &str, typed: &Typed) -> Vec<Field> {
    use Shape::{Line, Moment, Mono, Prose};
    let optional = !matches!(what, "hunt" | "subscriber-data");
    let mut fields = vec![
        field(typed, "organisation", "Organisation", "Its name.", Line, false),
        field(typed, "to", "Its domain", "shop.example", Mono, false),
        field(
            typed,
            "contact",
            "Whom you give the link to",
            "A person or a desk there.",
            Line,
            false,
        ),
        Field {
            value: typed.or("officer", &page.who.name),
            ..field(
                typed,
                "officer",
                "Officer who answers for it",
                "They call the agency and ask for this person.",
                Line,
                false,
            )
        },
        field(typed, "reference", "Number", "Your own.", Mono, false),
        field(
            typed,
            "reason",
            "Why",
            "They read it: say nothing of the case that they need not know.",
            Prose,
            false,
        ),
    ];
    fields.extend(asked::question(typed, what));
    fields.extend([
        Field {
            value: typed.or(
                "then",
                "It is kept as an exhibit of this case, sealed as you send it, and may be shown to a court.",
            ),
            ..field(
                typed,
                "then",
                "What happens with the answer",
                "They read it.",
                Prose,
                false,
            )
        },
        field(
            typed,
            "authority_reference",
            "Authority: its number",
            "",
            Mono,
            optional,
        ),
        field(typed, "authority_authority", "Issued by", "", Line, optional),
        field(typed, "authority_power", "Under which law", "", Line, optional),
        field(typed, "authority_scope", "What it covers", "", Prose, optional),
        field(
            typed,
            "authority_from_ms",
            "In force from (UTC)",
            "",
            Moment,
            optional,
        ),
        field(
            typed,
            "authority_to_ms",
            "In force to (UTC)",
            "",
            Moment,
            optional,
        ),
    ]);
    fields.extend(asked::times(typed, ""));
    fields
}

fn request(what: &str, typed: &Typed) -> accord_service::Result<NewRequest> {
    let mut guest = Map::new();
    for name in ["organisation", "contact", "officer", "then"] {
        guest.insert(name.to_owned(), json!(typed.get(name)));
    }
    let names = ["reference", "authority", "power", "scope"];
    let said = |name: &&str| !typed.get(&format!("authority_{name}")).is_empty();
    if names.iter().any(said) {
        let mut authority = Map::new();
        for name in names {
            authority.insert(name.to_owned(), json!(typed.get(&format!("authority_{name}"))));
        }
        authority.insert(
            "from_ms".to_owned(),
            json!(asked::needed(typed, "authority_from_ms")?),
        );
        authority.insert(
            "to_ms".to_owned(),
            json!(asked::needed(typed, "authority_to_ms")?),
        );
        guest.insert("authority".to_owned(), Value::Object(authority));
    }
    let more = Map::from_iter([("guest".to_owned(), Value::Object(guest))]);
    asked::request(what, typed, more)
}

async fn show(page: &Page, case: &Case, what: &str, typed: &Typed) -> Paged {
    let (_, title, lede) = kind(what)?;
    html(render::render_question(&QuestionPage {
        shell: case.shell(page).await,
        case: case.head(page, "Requests"),
        title: format!("{title} by link"),
        lede: (*lede).to_owned(),
        form: typed.form(page, case.href(&["guests", "ask", what])),
        carried: Vec::new(),
        about: Vec::new(),
        fields: fields(page, what, typed),
        verb: "Look at it first".to_owned(),
        others: Vec::new(),
        back: case.href(&["requests"]),
    }))
}

/// `/cases/ID/guests/ask/WHAT`.
pub(in super::super) async fn new(page: Page, Path((text, what)): Path<(String, String)>) -> Paged {
    let case = Case::load(&page, &text).await?;
    Act::Ask.ask(&page.who)?;
    show(&page, &case, &what, &Typed::default()).await
}

/// A request: shown first as the guest will read it, then asked.
pub(in super::super) async fn ask(Path((text, what)): Path<(String, String)>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &text).await?;
    let (_, title, _) = kind(&what)?;
    let looked = match request(&what, typed) {
        Ok(new) => page
            .node
            .preview_guest(&page.who, case.space, &new)
            .await
            .map(|decided| (new, decided)),
        Err(error) => Err(error),
    };
    let (new, decided) = match looked {
        Ok(looked) => looked,
        Err(error) => {
            let typed = typed.clone().wrong(wrong(error, NAMES)?);
            return show(page, &case, &what, &typed).await;
        }
    };
    let shown = commitment(&(&case.id, &new, &decided));
    if typed.get("commitment") == shown {
        return match posted
            .once(page.node.ask_guest(&page.who, case.space, &new))
            .await
        {
            Ok(asked) => Ok(done(case.href(&["requests"]), "guest-asked", Some(asked.request))),
            Err(error) => {
                let typed = typed.clone().wrong(wrong(error, NAMES)?);
                show(page, &case, &what, &typed).await
            }
        };
    }
    let mut facts: Vec<Pair> = Vec::new();
    for field in fields(page, &what, typed) {
        if !field.value.is_empty() && !matches!(field.name.as_str(), "reason" | "to" | "marking") {
            facts.push(pair(&field.label, field.value.replace('\n', ", ")));
        }
    }
    let agreement = case.view.summary.agreement.to_string();
    let blocked = (decided.answer == "no").then(|| decided.words.clone());
    html(render::render_release(&ReleasePage {
        shell: case.shell(page).await,
        title: format!("{title} by link"),
        verb: "Ask a case officer to let it go".to_owned(),
        severe: false,
        form: page.form(case.href(&["guests", "ask", &what])),
        carried: NAMES.iter().map(|name| pair(name, typed.raw(name))).collect(),
        commitment: shown,
        facts,
        body: new.reason.clone(),
        marking: Some(Mark(new.marking)),
        // No agreement has this clause.
        readers: Readers::Each(vec![Recipient {
            clause_href: None,
            ..recipient(&decided, None, &agreement)
        }]),
        undo: Undo::Can(
            "Nothing leaves before it is approved. The link can be ended; what was read stays known."
                .to_owned(),
        ),
        reason: None,
        blocked,
        back: case.href(&["requests"]),
    }))
}

type Place = (String, String, String);

async fn link(page: &Page, case: &Case, id: &str) -> Result<GuestLinkView, Failed> {
    let links = page.node.guest_links(&page.who, case.space).await?;
    links
        .into_iter()
        .find(|link| link.id == id)
        .ok_or_else(|| no("link"))
}

fn about(case: &Case, link: &GuestLinkView) -> Vec<Pair> {
    let mut facts = vec![pair("Organisation", link.org.to_string())];
    let known = case
        .view
        .requests
        .iter()
        .find(|request| request.at == link.request);
    let Some(known) = known else { return facts };
    let made = serde_json::from_value::<accord_model::content::RequestMade>(known.question.clone()).ok();
    if let Some(guest) = &known.guest {
        facts.push(pair("Name", guest.organisation.clone()));
        facts.push(pair("Given to", guest.contact.clone()));
        facts.push(pair("Officer named", guest.officer.clone()));
        facts.push(pair("What happens with the answer", guest.then.clone()));
        facts.push(match &guest.authority {
            Some(known) => pair(
                "Authority",
                format!(
                    "{}, {}, {}, {} to {}",
                    known.reference,
                    known.authority,
                    known.power,
                    when(known.from_ms).shown,
                    when(known.to_ms).shown
                ),
            ),
            None => pair("Authority", "none"),
        });
    }
    match made {
        Some(made) => facts.extend(question(&made)),
        None => facts.push(pair("Asks for", asks_for(known.what))),
    }
    facts
}

async fn show_act(page: &Page, case: &Case, place: &Place, typed: &Typed) -> Paged {
    let link = link(page, case, &place.1).await?;
    let yes_no = [("yes", "Let it go"), ("no", "Do not let it go")];
    let yes_no = yes_no.map(|(word, label)| (word.to_owned(), label.to_owned()));
    let (words, fields) = match place.2.as_str() {
        "approve" => (
            (
                "A request to somebody without a node",
                "This and nothing else is read by whoever gets the link. You did not ask it; you decide whether it leaves.",
                "Say so",
            ),
            vec![super::requests::pick(typed, "word", "Your word", false, yes_no)],
        ),
        "make" => (
            (
                "Make the link",
                "It is shown once: copy it at once, and give it on a way that you know. A link made before is gone then.",
                "Make it",
            ),
            vec![
                Field {
                    value: typed.or("days", &accord_service::LINK_DAYS_DEFAULT.to_string()),
                    ..field(typed, "days", "Good for how many days", "", Shape::Mono, false)
                },
                Field {
                    value: typed.or("tries", &accord_service::TRIES_DEFAULT.to_string()),
                    ..field(
                        typed,
                        "tries",
                        "How often it may be opened",
                        "Programs that check mail open links too.",
                        Shape::Mono,
                        false,
                    )
                },
            ],
        ),
        "revoke" => (
            (
                "End the link",
                "Nothing is shown there any more. What was read stays known.",
                "End it",
            ),
            Vec::new(),
        ),
        _ => return Err(no("page")),
    };
    small(
        page,
        case,
        typed,
        &["guests", &place.1, &place.2],
        words,
        about(case, &link),
        fields,
    )
    .await
}

/// `/cases/ID/guests/LINK/ACT`.
pub(in super::super) async fn before(page: Page, Path(place): Path<Place>) -> Paged {
    let case = Case::load(&page, &place.0).await?;
    show_act(&page, &case, &place, &Typed::default()).await
}

fn number(typed: &Typed, name: &'static str) -> accord_service::Result<Option<u32>> {
    match typed.get(name) {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|_| ServiceError::invalid(name, "give a whole number")),
    }
}

/// Does it.
pub(in super::super) async fn act(Path(place): Path<Place>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &place.0).await?;
    let node = &page.node;
    let wrong_with = async |error: ServiceError| {
        let typed = typed.clone().wrong(wrong(error, &["word", "days", "tries"])?);
        show_act(page, &case, &place, &typed).await
    };
    let back = || case.href(&["requests"]);
    match place.2.as_str() {
        "approve" => {
            let approve = match typed.get("word") {
                "yes" => true,
                "no" => false,
                _ => return wrong_with(ServiceError::invalid("word", "choose one")).await,
            };
            match posted.once(node.decide_guest(&page.who, &place.1, approve)).await {
                Ok(_) if approve => Ok(done(back(), "guest-approved", None)),
                Ok(_) => Ok(done(back(), "guest-not-approved", None)),
                Err(error) => wrong_with(error).await,
            }
        }
        "make" => {
            let made = match (number(typed, "days"), number(typed, "tries")) {
                // Not kept for the same form sent again: that makes another link, and this one is gone.
                (Ok(days), Ok(tries)) => node.make_guest_link(&page.who, &place.1, days, tries).await,
                (Err(error), _) | (_, Err(error)) => Err(error),
            };
            match made {
                Ok(made) => html(render::render_sections(&SectionsPage {
                    shell: case.shell(page).await,
                    title: "The link".to_owned(),
                    lede: "Shown once. Copy it now; we keep only what recognises it.".to_owned(),
                    sections: vec![Section {
                        rows: vec![Row {
                            title: made.address.clone(),
                            text: vec![
                                "Give it on a way that you know, to the person you know. Tell them to call the agency \
                                 on a number that they have."
                                    .to_owned(),
                            ],
                            facts: vec![pair("Good until", when(made.expires_ms).shown)],
                            links: vec![Link {
                                label: "Back to the requests".to_owned(),
                                href: back(),
                            }],
                            ..Row::default()
                        }],
                        ..Section::default()
                    }],
                })),
                Err(error) => wrong_with(error).await,
            }
        }
        "revoke" => match posted.once(node.revoke_guest_link(&page.who, &place.1)).await {
            Ok(()) => Ok(done(back(), "guest-revoked", None)),
            Err(error) => wrong_with(error).await,
        },
        _ => Err(no("page")),
    }
}
