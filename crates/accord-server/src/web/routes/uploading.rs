//! Answering a request with an export of one's own systems: files are added one by one, looked at, and leave by a yes
//! that counts only for what was shown.

use std::collections::BTreeSet;

use accord_service::{
    Act, ExportOf, RequestView, SendUpload, ServiceError, UPLOAD_FILE_MAX_BYTES, UPLOAD_FILES_MAX,
    UPLOAD_MAX_BYTES, UploadView, UploadedFileView,
};
use axum::extract::{FromRequest, Multipart, Path, Request, State};

use super::case::requests::{facts, pair, wrong};
use super::case::{Case, entry};
use super::failed::{Failed, Paged};
use super::frame::{Page, done, html};
use super::inbox::approval;
use super::posted::{Posted, Typed, same_secret, stale};
use super::times::{bytes, count, when};
use crate::AppState;
use crate::listed::{Part as Listing, Routes};
use crate::web::render;
use crate::web::view::form::CSRF_FIELD;
use crate::web::view::tab::{Row, Section};
use crate::web::view::upload::{Add, Send, UploadPage, Waiting};
use crate::web::view::{Href, Link};

/// Most bytes of one upload: the file, and the form around it.
pub const UPLOAD_BODY_MAX_BYTES: usize = UPLOAD_FILE_MAX_BYTES + (1 << 20);
/// Most bytes of what is typed beside a file; how many characters is the service's to say.
const WORDS_MAX_BYTES: usize = 8 << 10;
const ADDED: &[&str] = &["system", "query", "sha256", "file"];
const SENT: &[&str] = &["without", "left_out", "words"];

const NOT_TEXT: &str = "This is no plain text: nobody looked into it for the names of victims. Look yourself before it \
                        leaves, also into an archive or a spreadsheet.";

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/approvals/{ledger}/{seq}/upload", page)
        .post_up_to(UPLOAD_BODY_MAX_BYTES, "/approvals/{ledger}/{seq}/upload", add)
        .post("/approvals/{ledger}/{seq}/upload/remove", remove)
        .post("/approvals/{ledger}/{seq}/upload/send", send)
}

type Place = (String, String);

fn here(place: &Place, rest: &[&str]) -> Href {
    let mut segments = vec!["approvals", &place.0, &place.1, "upload"];
    segments.extend(rest);
    Href::of(&segments)
}

/// What was typed into which of the page's two forms.
#[derive(Default)]
struct Forms {
    add: Typed,
    send: Typed,
}

/// Most values of a hunt that are named; its own page has all.
const VALUES_SHOWN: usize = 20;

fn waiting(
    page: &Page,
    place: &Place,
    file: &UploadedFileView,
    typed: &Typed,
    uploaded: &UploadView,
) -> Waiting {
    let number = file.number.to_string();
    let mut told = vec![
        pair("Size", bytes(file.bytes)),
        pair("SHA-256", file.sha256.clone()),
        pair("From the system", file.system.clone()),
        pair("By the query", file.query.clone()),
        pair(
            "Uploaded by",
            file.by_name.clone().unwrap_or_else(|| "a colleague".to_owned()),
        ),
        pair("Uploaded", when(file.at_ms).shown),
    ];
    if let Some(lines) = file.lines {
        told.push(pair("Lines", count(lines)));
    }
    Waiting {
        stays: match typed.is_first() {
            true => uploaded.first_without.contains(&file.number),
            false => typed.has("without", &number),
        },
        number: file.number,
        name: file.name.clone(),
        facts: told,
        head: file.head.clone(),
        not_text: if file.lines.is_some() { "" } else { NOT_TEXT },
        remove: page.form(here(place, &["remove"])),
    }
}

fn stands(page: &Page, uploaded: &UploadView) -> &'static str {
    match uploaded.first_yes {
        None => "",
        Some(by) if by == page.who.person => {
            "You have said yes. A second person says yes to the same files, and leaves out the same; until then nothing leaves."
        }
        Some(_) => {
            "A colleague has said yes to what is ticked and written here. The same yes from you lets it leave; another answer is refused."
        }
    }
}

async fn show(page: &Page, place: &Place, view: &RequestView, forms: &Forms) -> Paged {
    let uploaded = page.node.upload(&page.who, view.at).await?;
    let case = Case::load(page, &view.case.to_string()).await?;
    let mut about = vec![pair("Asked by", view.from.to_string())];
    about.extend(facts(view));
    if let Some(hunt) = &view.hunt {
        let shown: Vec<&str> = hunt
            .indicators
            .iter()
            .take(VALUES_SHOWN)
            .map(String::as_str)
            .collect();
        let more = match hunt.indicators.len().saturating_sub(VALUES_SHOWN) {
            0 => String::new(),
            more => format!(" and {} more", count(more as u64)),
        };
        about.push(pair("Looks for", format!("{}{more}", shown.join(", "))));
        about.push(pair(
            "Between",
            format!("{} and {}", when(hunt.from_ms).shown, when(hunt.to_ms).shown),
        ));
    }
    let waits = view.state == "waiting";
    if !waits {
        about.push(pair("Decided", view.state));
        about.extend(view.answer.iter().map(|answer| pair("Answer", answer.clone())));
    }
    let clause = view.decision.as_ref();
    let mut what = vec![format!(
        "the files that are not kept here, exactly as they are, with their names and what is said of them, to {}",
        view.from
    )];
    what.extend(clause.map(|clause| format!("under clause {}: {}", clause.clause, clause.words)));
    what.push("that they were exported and not found by search, and by whom they were uploaded".to_owned());
    what.push("it cannot be undone: what left stays known to them".to_owned());
    let back = approval(view.at);
    let mut others = Vec::new();
    if waits && view.own_yes {
        others.push(Link {
            label: "Take your yes back".to_owned(),
            href: Href::of(&["approvals", &place.0, &place.1, "take-back"]),
        });
    }
    let files: Vec<Waiting> = uploaded
        .files
        .iter()
        .map(|file| waiting(page, place, file, &forms.send, &uploaded))
        .collect();
    html(render::render_upload(&UploadPage {
        shell: case.shell(page).await,
        case: case.head(page, "Requests"),
        reference: view.reference.clone(),
        about: vec![Section {
            heading: "What is asked".to_owned(),
            rows: vec![Row {
                facts: about,
                ..Row::default()
            }],
            ..Section::default()
        }],
        add: waits.then(|| Add {
            form: forms.add.form(page, here(place, &[])),
            system: forms.add.or("system", ""),
            query: forms.add.or("query", ""),
            sha256: forms.add.or("sha256", ""),
            limits: format!(
                "Up to {UPLOAD_FILES_MAX} files of {} each, {} together, one at a time. Kept exactly as it is.",
                bytes(UPLOAD_FILE_MAX_BYTES as u64),
                bytes(UPLOAD_MAX_BYTES as u64)
            ),
        }),
        send: uploaded
            .commitment
            .as_ref()
            .filter(|_| waits)
            .map(|commitment| Send {
                form: forms.send.form(page, here(place, &["send"])),
                commitment: commitment.clone(),
                left_out: forms.send.or("left_out", uploaded.first_left_out.as_deref().unwrap_or_default()),
                words: forms.send.or("words", ""),
                what,
            }),
        stands: stands(page, &uploaded).to_owned(),
        files,
        others,
        back,
    }))
}

async fn load(page: &Page, place: &Place) -> Result<RequestView, Failed> {
    Ok(page.node.request(&page.who, entry(&place.0, &place.1)?).await?)
}

/// `/approvals/ID/upload`.
async fn page(page: Page, Path(place): Path<Place>) -> Paged {
    let view = load(&page, &place).await?;
    if view.state == "waiting" {
        page.node.may_upload(&page.who, view.at).await?;
    }
    show(&page, &place, &view, &Forms::default()).await
}

/// Adds a file. The token stands before the file, and is checked before the file is read; of who may not, and for what
/// may not be answered with a file, nothing is read. A body that is cut leaves nothing.
async fn add(State(node): State<AppState>, Path(place): Path<Place>, request: Request) -> Paged {
    let page = Page::of(&request, &node)?;
    Act::Approve.ask(&page.who)?;
    let at = entry(&place.0, &place.1)?;
    node.may_upload(&page.who, at).await?;
    let unread = || ServiceError::invalid("file", "it did not arrive whole, or is larger than a file may be");
    let mut parts = Multipart::from_request(request, &node)
        .await
        .map_err(|_| ServiceError::invalid("form", "it could not be read: send it again"))?;
    let (mut checked, mut fields, mut file) = (false, Vec::new(), None);
    let arrived: Result<(), ServiceError> = loop {
        let part = match parts.next_field().await {
            Ok(Some(part)) => part,
            Ok(None) => break Ok(()),
            Err(_) => break Err(unread()),
        };
        let field = part.name().unwrap_or_default().to_owned();
        if field == "file" {
            if !checked {
                return Err(stale().into());
            }
            let name = part.file_name().unwrap_or_default().to_owned();
            match part.bytes().await {
                Ok(held) => file = Some((name, held)),
                Err(_) => break Err(unread()),
            }
            continue;
        }
        match part.bytes().await {
            Ok(held) if held.len() <= WORDS_MAX_BYTES => {
                let value = String::from_utf8_lossy(&held).into_owned();
                if field == CSRF_FIELD {
                    checked = same_secret(&value, &page.who.csrf);
                }
                fields.push((field, value));
            }
            _ => {
                break Err(ServiceError::invalid(
                    "form",
                    "it could not be read, or what is written is too long",
                ));
            }
        }
    };
    if !checked {
        return Err(stale().into());
    }
    let typed = Typed::of(fields);
    let added = match (arrived, file) {
        (Err(error), _) => Err(error),
        (Ok(()), None) => Err(ServiceError::invalid("file", "choose a file")),
        (Ok(()), Some((name, held))) => {
            let of = ExportOf {
                name,
                system: typed.get("system").to_owned(),
                query: typed.get("query").to_owned(),
                sha256: Some(typed.get("sha256").to_owned()).filter(|text| !text.is_empty()),
            };
            // The same bytes again are the same file: no key is needed.
            node.upload_export(&page.who, at, &of, &held).await
        }
    };
    match added {
        Ok(_) => Ok(done(here(&place, &[]), "file-added", None)),
        Err(error) => {
            let forms = Forms {
                add: typed.wrong(wrong(error, ADDED)?),
                send: Typed::default(),
            };
            let view = load(&page, &place).await?;
            show(&page, &place, &view, &forms).await
        }
    }
}

async fn remove(Path(place): Path<Place>, posted: Posted) -> Paged {
    let page = &posted.page;
    let at = entry(&place.0, &place.1)?;
    let number = posted.typed.get("number").parse();
    let number = number.map_err(|_| ServiceError::invalid("number", "no such file"))?;
    page.node.remove_upload(&page.who, at, number).await?;
    Ok(done(here(&place, &[]), "file-removed", None))
}

async fn send(Path(place): Path<Place>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let at = entry(&place.0, &place.1)?;
    let without: Result<BTreeSet<u32>, _> = typed.all("without").map(str::parse).collect();
    let text = |name: &str| Some(typed.get(name).to_owned()).filter(|text| !text.is_empty());
    let said = SendUpload {
        shown: typed.get("commitment").to_owned(),
        without: without.map_err(|_| ServiceError::invalid("without", "no such file"))?,
        left_out: text("left_out"),
        words: text("words"),
    };
    match posted.once(page.node.send_upload(&page.who, at, &said)).await {
        Ok(outcome) => {
            let word = outcome.exhibit.map_or("first-yes", |_| "answered");
            Ok(done(here(&place, &[]), word, Some(outcome.decision)))
        }
        Err(error) => {
            let forms = Forms {
                add: Typed::default(),
                send: typed.clone().wrong(wrong(error, SENT)?),
            };
            let view = load(page, &place).await?;
            show(page, &place, &view, &forms).await
        }
    }
}
