//! `/r/TOKEN`: somebody without a node reads one request, answers it or says why not, and takes a receipt along.
//! Without an account, a cookie, or anything from elsewhere. The secret of the link is in its address; without a good
//! one nothing is read and nothing is said.

use accord_model::content::{RequestMade, RequestWhat};
use accord_service::{
    FILES_MAX, FILES_MAX_BYTES, GUEST_FILE_MAX_BYTES, GuestAnswer, GuestDraftView, GuestKind, GuestReceipt,
    GuestSees, Node, ServiceError,
};
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderValue, header};

use super::failed::{Failed, Paged, no, problems};
use super::frame::{by_link, html};
use super::held::{connections, held, held_words, subscriber_fields, typed_of, typed_subscribers};
use super::posted::Typed;
use super::times::{bytes, when};
use crate::AppState;
use crate::listed::{Part, Routes};
use crate::web::render;
use crate::web::view::form::{CSRF_FIELD, KEY_FIELD};
use crate::web::view::guest::{GuestPage, Remove, Say, Send, Upload};
use crate::web::view::tab::{Row, Section};
use crate::web::view::{Form, Href, Link, Pair};

/// Most bytes of what is sent at once: all files, and what stands around them.
pub const GUEST_BODY_MAX_BYTES: usize = FILES_MAX_BYTES + (1 << 20);

pub(super) fn routes() -> Routes {
    Routes::new(Part::Pages)
        .get("/r/{token}", opens)
        .get("/r/{token}/answer", before_answering)
        .post_up_to(GUEST_BODY_MAX_BYTES, "/r/{token}/answer", answer)
        .post("/r/{token}/remove", remove)
        .get("/r/{token}/say/{what}", before_saying)
        .post("/r/{token}/say/{what}", say)
        .get("/r/{token}/check", check)
        .post("/r/{token}/send", send)
        .get("/r/{token}/receipt/{form}", receipt)
}

/// Whether a path is one of these: they need no session.
pub(super) fn is_public(path: &str) -> bool {
    path.starts_with("/r/")
}

/// What is asked for, in words for who knows none of ours.
pub(super) const fn asks_for(what: RequestWhat) -> &'static str {
    match what {
        RequestWhat::Information => "information",
        RequestWhat::Expertise => "your help",
        RequestWhat::Hunt => "lines of your logs",
        RequestWhat::SubscriberData => "who held an address",
        RequestWhat::Preservation => "data to be kept",
        RequestWhat::Takedown => "something to be taken down",
    }
}

fn pair(name: &str, value: impl Into<String>) -> Pair {
    Pair {
        name: name.to_owned(),
        value: value.into(),
    }
}

fn link(label: &str, href: Href) -> Link {
    Link {
        label: label.to_owned(),
        href,
    }
}

fn place(token: &str, rest: &[&str]) -> Href {
    let mut segments = vec!["r", token];
    segments.extend(rest);
    Href::of(&segments)
}

/// There is no session to tie a form to: whoever has the address has the secret, and that another site did not send
/// it is the gate's to see.
fn form(action: Href) -> Form {
    Form::to(action, "", "")
}

fn one(title: &str, facts: Vec<Pair>) -> Section {
    Section {
        heading: title.to_owned(),
        rows: vec![Row {
            facts,
            ..Row::default()
        }],
        ..Section::default()
    }
}

/// Exactly what is asked.
pub(super) fn question(made: &RequestMade) -> Vec<Pair> {
    let mut facts = vec![
        pair("Number", made.reference.clone()),
        pair("Asks for", asks_for(made.what)),
        pair("Why", made.reason.clone()),
    ];
    if let Some(hunt) = &made.hunt {
        facts.push(pair("Lines with any of", hunt.indicators.join(", ")));
        facts.push(pair("From", when(hunt.from_ms).shown));
        facts.push(pair("To", when(hunt.to_ms).shown));
        if !hunt.sources.is_empty() {
            facts.push(pair("In", hunt.sources.join(", ")));
        }
        facts.extend(hunt.note.iter().map(|note| pair("Note", note.clone())));
    }
    for asked in made.subscriber.iter().flat_map(|asked| &asked.connections) {
        facts.push(pair("Who held", held_words(asked)));
    }
    if let Some(kept) = &made.preservation {
        facts.push(pair("Keep", kept.values.join(", ")));
        facts.push(pair("From", when(kept.from_ms).shown));
        facts.push(pair("To", when(kept.to_ms).shown));
        facts.push(pair("Keep it until", when(kept.keep_until_ms).shown));
    }
    if let Some(down) = &made.takedown {
        facts.push(pair("Take down", down.values.join(", ")));
        facts.push(pair("What is wrong with it", down.ground.clone()));
    }
    facts
}

fn sections(sees: &GuestSees) -> Vec<Section> {
    let made = &sees.request;
    let Some(guest) = made.guest.as_deref() else {
        return Vec::new();
    };
    let mut times = vec![pair("Asked", when(sees.asked_ms).shown)];
    if let Some(due) = made.due_ms {
        times.push(pair("An answer is needed by", when(due).shown));
    }
    if let Some(secret) = made.secret_until_ms {
        times.push(pair("Tell nobody before", when(secret).shown));
    }
    times.push(pair("This page is good until", when(sees.expires_ms).shown));
    let authority = guest.authority.as_ref().map_or_else(
        || vec![pair("Authority", "None. You may answer, and need not.")],
        |known| {
            vec![
                pair("Number", known.reference.clone()),
                pair("Issued by", known.authority.clone()),
                pair("Under", known.power.clone()),
                pair("Covers", known.scope.clone()),
                pair("In force from", when(known.from_ms).shown),
                pair("To", when(known.to_ms).shown),
            ]
        },
    );
    vec![
        one(
            "Who asks",
            vec![
                pair("Agency", sees.agency.to_string()),
                pair("Officer", guest.officer.clone()),
                pair("Asks", format!("{} ({})", guest.organisation, made.to)),
                pair("For the attention of", guest.contact.clone()),
            ],
        ),
        one("What is asked", question(made)),
        one("On which authority", authority),
        one("Until when", times),
        Section {
            heading: "What happens with your answer".to_owned(),
            rows: vec![Row {
                text: guest.then.lines().map(str::to_owned).collect(),
                ..Row::default()
            }],
            ..Section::default()
        },
    ]
}

const CALL_BACK: &str = "Before you answer, make sure that it is us: call the agency on a number that you already have or \
                         find yourself, not on one in a message, and ask for the officer named here.";

fn page(node: &Node, title: String, lede: &str) -> GuestPage {
    GuestPage {
        shell: by_link(node),
        title,
        lede: lede.to_owned(),
        notice: Vec::new(),
        sections: Vec::new(),
        upload: None,
        say: None,
        removes: Vec::new(),
        send: None,
        links: Vec::new(),
    }
}

fn show_receipt(node: &Node, token: &str, receipt: &GuestReceipt) -> Paged {
    let mut facts = vec![
        pair("Received by", receipt.received_by.to_string()),
        pair("Given on behalf of", receipt.given_by.to_string()),
        pair("Number of the request", receipt.reference.clone()),
        pair("Received", when(receipt.received_ms).shown),
        pair("What", receipt.kind.words()),
    ];
    facts.extend(
        receipt
            .exhibit
            .iter()
            .map(|exhibit| pair("Kept as exhibit", exhibit.clone())),
    );
    facts.extend(
        receipt
            .subscribers
            .iter()
            .map(|line| pair("Who held", line.clone())),
    );
    let files = receipt.files.iter().map(|file| Row {
        title: file.name.clone(),
        soft: bytes(file.bytes),
        facts: vec![pair("SHA-256", file.sha256.clone())],
        ..Row::default()
    });
    let mut all = vec![one("Receipt", facts)];
    if !receipt.files.is_empty() {
        all.push(Section {
            heading: "Files".to_owned(),
            rows: files.collect(),
            ..Section::default()
        });
    }
    html(render::render_guest(&GuestPage {
        notice: vec!["Keep the signed receipt: this page goes away after 90 days.".to_owned()],
        sections: all,
        links: vec![
            link("Signed receipt (text)", place(token, &["receipt", "txt"])),
            link(
                "Receipt with all digests (JSON)",
                place(token, &["receipt", "json"]),
            ),
        ],
        ..page(
            node,
            format!("{} has your answer", receipt.received_by),
            "Nothing more is shown here.",
        )
    }))
}

/// `/r/TOKEN`.
async fn opens(State(node): State<AppState>, Path(token): Path<String>) -> Paged {
    let sees = node.guest_opens(&token).await?;
    if let Some(receipt) = &sees.receipt {
        return show_receipt(&node, &token, receipt);
    }
    let organisation = sees
        .request
        .guest
        .as_ref()
        .map_or_else(String::new, |guest| guest.organisation.clone());
    html(render::render_guest(&GuestPage {
        notice: vec![CALL_BACK.to_owned()],
        sections: sections(&sees),
        links: vec![
            link("Answer", place(&token, &["answer"])),
            link("We do not answer this", place(&token, &["say", "declined"])),
            link("We are the wrong organisation", place(&token, &["say", "not-us"])),
        ],
        ..page(
            &node,
            format!(
                "{} asks {organisation} for {}",
                sees.agency,
                asks_for(sees.request.what)
            ),
            "One request. You need no account, and nothing is sent before you have seen what.",
        )
    }))
}

fn files(draft: &GuestDraftView) -> Section {
    Section {
        heading: "Files".to_owned(),
        rows: draft
            .files
            .iter()
            .map(|file| Row {
                title: file.name.clone(),
                soft: bytes(file.bytes),
                facts: vec![pair("SHA-256", file.sha256.clone())],
                ..Row::default()
            })
            .collect(),
        empty: (
            "No file yet.".to_owned(),
            "Files are kept exactly as you send them.".to_owned(),
        ),
        ..Section::default()
    }
}

fn removes(token: &str, draft: &GuestDraftView, page: &'static str) -> Vec<Remove> {
    draft
        .files
        .iter()
        .map(|file| Remove {
            form: form(place(token, &["remove"])),
            page,
            number: file.number,
            name: file.name.clone(),
        })
        .collect()
}

async fn draft_of(node: &Node, token: &str) -> Result<GuestSees, Failed> {
    node.guest_may_answer(token).await?;
    Ok(node.guest_draft(token).await?)
}

async fn show_answer(node: &Node, token: &str, wrong: Option<(ServiceError, Typed)>) -> Paged {
    let sees = draft_of(node, token).await?;
    let mut names = vec![
        ("words", "words"),
        ("files", "files"),
        ("acquisition", "acquisition"),
        // The first of the fields that it is about.
        ("answers", "found0"),
    ];
    let per_connection: Vec<String> = connections(&sees.request)
        .flat_map(|(index, _)| ["found", "from", "to"].map(|name| format!("{name}{index}")))
        .collect();
    names.extend(per_connection.iter().map(|name| (name.as_str(), name.as_str())));
    let stands = match sees.draft.kind {
        GuestKind::Answer => sees.draft.words.clone(),
        _ => String::new(),
    };
    let (errors, words, typed) = match wrong {
        None => {
            let held = sees.draft.subscribers.as_ref();
            let typed = held.map(|held| typed_of(&sees.request, held)).unwrap_or_default();
            (Vec::new(), stands, typed)
        }
        Some((error, typed)) => (problems(error, &names)?, typed.raw("words").to_owned(), typed),
    };
    html(render::render_guest(&GuestPage {
        sections: vec![one("What is asked", question(&sees.request)), files(&sees.draft)],
        upload: Some(Upload {
            form: Form {
                errors,
                ..form(place(token, &["answer"]))
            },
            words,
            fields: subscriber_fields(&sees.request, &typed),
            limits: format!(
                "Up to {FILES_MAX} files of {} each, {} together. They are kept exactly as they are.",
                bytes(GUEST_FILE_MAX_BYTES as u64),
                bytes(FILES_MAX_BYTES as u64)
            ),
        }),
        removes: removes(token, &sees.draft, "answer"),
        links: vec![link("Back to the request", place(token, &[]))],
        ..page(
            node,
            format!("Answer {}", sees.request.reference),
            match sees.request.what {
                RequestWhat::SubscriberData => {
                    "Fill in what you know, write, or add files. Nothing is sent yet."
                }
                _ => "Write, add files, or both. Nothing is sent yet.",
            },
        )
    }))
}

/// `/r/TOKEN/answer`.
async fn before_answering(State(node): State<AppState>, Path(token): Path<String>) -> Paged {
    show_answer(&node, &token, None).await
}

/// A part of a form, never more than a limit.
async fn read_part(
    part: &mut axum::extract::multipart::Field<'_>,
    max: usize,
) -> Result<Vec<u8>, ServiceError> {
    let mut held = Vec::new();
    loop {
        match part.chunk().await {
            Ok(None) => return Ok(held),
            Ok(Some(chunk)) if held.len().saturating_add(chunk.len()) <= max => {
                held.extend_from_slice(&chunk)
            }
            Ok(Some(_)) => {
                return Err(ServiceError::invalid(
                    "files",
                    format!("a file has at most {max} bytes: split it, or call us"),
                ));
            }
            Err(_) => {
                return Err(ServiceError::invalid(
                    "files",
                    "it could not be read, or all files together are too large",
                ));
            }
        }
    }
}

/// Words and files. Each file is kept as it arrives; what was wrong is said on the page, and what arrived stays.
async fn answer(State(node): State<AppState>, Path(token): Path<String>, request: Request) -> Paged {
    // Without a good link nothing is read.
    node.guest_may_answer(&token).await?;
    let mut parts = Multipart::from_request(request, &node)
        .await
        .map_err(|_| ServiceError::invalid("form", "it could not be read: send it again"))?;
    let mut fields: Vec<(String, String)> = Vec::new();
    let made = node.guest_draft(&token).await?.request;
    let known: Vec<String> = subscriber_fields(&made, &Typed::default())
        .into_iter()
        .map(|field| field.name)
        .chain(["words".to_owned()])
        .collect();
    let mut wrong = None;
    loop {
        let part = match parts.next_field().await {
            Ok(Some(part)) => part,
            Ok(None) => break,
            Err(_) => {
                wrong = Some(ServiceError::invalid(
                    "files",
                    "it could not be read, or all files together are too large",
                ));
                break;
            }
        };
        let mut part = part;
        let name = part.name().unwrap_or_default().to_owned();
        let file = part.file_name().map(str::to_owned);
        let done = match (name.as_str(), file) {
            (_, None) if known.contains(&name) => match read_part(&mut part, FORM_WORDS_MAX_BYTES).await {
                Ok(held) => {
                    fields.push((name.clone(), String::from_utf8_lossy(&held).into_owned()));
                    Ok(())
                }
                Err(_) => Err(ServiceError::invalid("words", "too long: send it as a file")),
            },
            // Every form has these; here they say nothing.
            (CSRF_FIELD | KEY_FIELD, None) => read_part(&mut part, FORM_WORDS_MAX_BYTES).await.map(|_| ()),
            // A browser sends an empty part where no file was chosen.
            ("files", Some(file)) => match read_part(&mut part, GUEST_FILE_MAX_BYTES).await {
                Ok(held) if held.is_empty() && file.is_empty() => Ok(()),
                Ok(held) => node.guest_uploads(&token, &file, &held).await.map(|_| ()),
                Err(error) => Err(error),
            },
            _ => Err(ServiceError::invalid(
                "form",
                "it has a field that nobody asked for",
            )),
        };
        if let Err(error) = done {
            wrong = Some(error);
            break;
        }
    }
    if wrong.is_some() {
        // What is left is read and dropped: a browser that is still sending would not be shown why.
        while let Ok(Some(_)) = parts.next_field().await {}
    }
    let typed = Typed::of(fields);
    let wrote = match (wrong, typed_subscribers(&made, &typed)) {
        (Some(error), _) | (None, Err(error)) => Err(error),
        (None, Ok(subscribers)) => {
            let answer = GuestAnswer {
                kind: GuestKind::Answer,
                words: typed.raw("words").to_owned(),
                subscribers,
            };
            node.guest_writes(&token, &answer).await.map(|_| ())
        }
    };
    match wrote {
        Ok(()) => Ok(Redirect::to(place(&token, &["check"]).as_str()).into_response()),
        Err(error) => show_answer(&node, &token, Some((error, typed))).await,
    }
}

/// Most bytes of the words in a form; how many characters is the service's to say.
const FORM_WORDS_MAX_BYTES: usize = 64 << 10;

async fn typed(request: Request, node: &AppState) -> Result<Typed, Failed> {
    let form = axum::Form::<Vec<(String, String)>>::from_request(request, node).await;
    let axum::Form(fields) = form.map_err(|_| ServiceError::invalid("form", "it could not be read"))?;
    Ok(Typed::of(fields))
}

/// Takes a file away again.
async fn remove(State(node): State<AppState>, Path(token): Path<String>, request: Request) -> Paged {
    node.guest_may_answer(&token).await?;
    let typed = typed(request, &node).await?;
    let number = typed
        .get("number")
        .parse()
        .map_err(|_| ServiceError::invalid("number", "no such file"))?;
    node.guest_removes(&token, number).await?;
    let draft = node.guest_draft(&token).await?.draft;
    let something = !draft.files.is_empty() || !draft.words.is_empty() || draft.subscribers.is_some();
    let page = match typed.get("page") {
        "check" if something => "check",
        _ => "answer",
    };
    Ok(Redirect::to(place(&token, &[page]).as_str()).into_response())
}

fn kind(what: &str) -> Result<GuestKind, Failed> {
    match what {
        "declined" => Ok(GuestKind::Declined),
        "not-us" => Ok(GuestKind::NotUs),
        _ => Err(no("page")),
    }
}

async fn show_say(node: &Node, token: &str, what: &str, words: String, wrong: Option<ServiceError>) -> Paged {
    let kind = kind(what)?;
    let sees = draft_of(node, token).await?;
    let (title, lede) = match kind {
        GuestKind::NotUs => (
            "You are the wrong organisation",
            "Say why, and who might be the right one, if you know.",
        ),
        _ => ("You do not answer this", "Say why. Nothing else is asked of you."),
    };
    let errors = wrong.map_or(Ok(Vec::new()), |error| problems(error, &[("words", "words")]))?;
    html(render::render_guest(&GuestPage {
        sections: vec![one("What is asked", question(&sees.request))],
        say: Some(Say {
            form: Form {
                errors,
                ..form(place(token, &["say", what]))
            },
            words,
        }),
        links: vec![link("Back to the request", place(token, &[]))],
        ..page(node, title.to_owned(), lede)
    }))
}

/// `/r/TOKEN/say/WHAT`.
async fn before_saying(State(node): State<AppState>, Path((token, what)): Path<(String, String)>) -> Paged {
    show_say(&node, &token, &what, String::new(), None).await
}

/// Why not.
async fn say(
    State(node): State<AppState>,
    Path((token, what)): Path<(String, String)>,
    request: Request,
) -> Paged {
    node.guest_may_answer(&token).await?;
    let kind = kind(&what)?;
    let typed = typed(request, &node).await?;
    let words = typed.get("words").to_owned();
    let answer = GuestAnswer {
        kind,
        words: words.clone(),
        subscribers: None,
    };
    match node.guest_writes(&token, &answer).await {
        Ok(_) => Ok(Redirect::to(place(&token, &["check"]).as_str()).into_response()),
        Err(error) => show_say(&node, &token, &what, words, Some(error)).await,
    }
}

async fn show_check(node: &Node, token: &str, wrong: Option<ServiceError>) -> Paged {
    let sees = draft_of(node, token).await?;
    let draft = &sees.draft;
    let errors = wrong.map_or(Ok(Vec::new()), |error| problems(error, &[("words", "")]))?;
    let (what, back) = match draft.kind {
        GuestKind::Answer => ("An answer", place(token, &["answer"])),
        GuestKind::Declined => ("That you do not answer", place(token, &["say", "declined"])),
        GuestKind::NotUs => (
            "That you are the wrong organisation",
            place(token, &["say", "not-us"]),
        ),
    };
    let mut all = vec![Section {
        heading: "Will be sent".to_owned(),
        rows: vec![Row {
            title: what.to_owned(),
            text: draft.words.lines().map(str::to_owned).collect(),
            facts: vec![
                pair("To", sees.agency.to_string()),
                pair("On behalf of", sees.request.to.to_string()),
                pair("Request", sees.request.reference.clone()),
            ],
            ..Row::default()
        }],
        ..Section::default()
    }];
    if draft.kind == GuestKind::Answer {
        all.extend(draft.subscribers.as_ref().map(held));
        all.push(files(draft));
    }
    html(render::render_guest(&GuestPage {
        notice: vec![
            "This cannot be taken back. Exactly what is shown here is kept and recorded.".to_owned(),
        ],
        sections: all,
        removes: removes(token, draft, "check"),
        send: Some(Send {
            form: Form {
                errors,
                ..form(place(token, &["send"]))
            },
            commitment: draft.commitment.clone(),
            verb: format!("Send it to {}", sees.agency),
        }),
        links: vec![
            link("Change it", back),
            link("Back to the request", place(token, &[])),
        ],
        ..page(node, "Before it is sent".to_owned(), "")
    }))
}

/// `/r/TOKEN/check`.
async fn check(State(node): State<AppState>, Path(token): Path<String>) -> Paged {
    show_check(&node, &token, None).await
}

/// Sends what was shown; sent again, nothing happens twice.
async fn send(State(node): State<AppState>, Path(token): Path<String>, request: Request) -> Paged {
    // An answered link takes the same button again.
    node.guest_draft(&token).await?;
    let typed = typed(request, &node).await?;
    match node.guest_sends(&token, typed.get("commitment")).await {
        Ok(_) => Ok(Redirect::to(place(&token, &[]).as_str()).into_response()),
        Err(error) => match node.guest_may_answer(&token).await {
            Ok(()) => show_check(&node, &token, Some(error)).await,
            Err(_) => Err(error.into()),
        },
    }
}

fn taken_along(name: &str, media_type: &'static str, text: String) -> Response {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

/// `/r/TOKEN/receipt/FORM`.
async fn receipt(State(node): State<AppState>, Path((token, form)): Path<(String, String)>) -> Paged {
    let sees = node.guest_draft(&token).await?;
    let receipt = sees.receipt.ok_or_else(|| no("page"))?;
    match form.as_str() {
        "txt" => Ok(taken_along(
            "receipt.txt",
            "text/plain; charset=utf-8",
            receipt.text,
        )),
        "json" => {
            let text = serde_json::to_string_pretty(&receipt)
                .map_err(|error| ServiceError::Unexplained(error.to_string()))?;
            Ok(taken_along("receipt.json", "application/json", text))
        }
        _ => Err(no("page")),
    }
}
