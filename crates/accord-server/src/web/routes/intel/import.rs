//! `/import`: pasting or dropping material, and the drafts that wait.

use accord_service::{Act, ImportDraft, ServiceError};
use axum::extract::{FromRequest, Multipart, Request, State};

use super::*;
use crate::AppState;
use crate::web::render;
use crate::web::view::form::{CSRF_FIELD, KEY_FIELD};
use crate::web::view::intel::ImportPage;
use crate::web::view::tab::{Row, Section};

/// Most bytes of one upload: the material, and the form around it.
pub const UPLOAD_MAX_BYTES: usize = accord_formats::material::limits::MATERIAL_MAX_BYTES + (1 << 20);

/// `/import`; the case may stand in the query.
pub(in super::super) async fn page(page: Page) -> Paged {
    let first = Typed::of(vec![("case".to_owned(), page.query("case").to_owned())]);
    show(&page, &first).await
}

fn draft_row(draft: &ImportDraft) -> Row {
    Row {
        title: draft.name.clone(),
        soft: draft.form.words().to_owned(),
        at: Some(when(draft.since_ms)),
        facts: vec![
            pair("Values found", count(draft.values as u64)),
            pair("Size", bytes(draft.size_bytes)),
        ],
        links: vec![link("Go on", Href::of(&["import", &draft.id]))],
        ..Row::default()
    }
}

async fn show(page: &Page, typed: &Typed) -> Paged {
    let drafts = page.node.imports(&page.who).await?;
    let (_, cases) = cases(page, typed.get("case")).await?;
    html(render::render_import(&ImportPage {
        shell: page.shell(Part::Intel).await,
        form: typed.form(page, Href::of(&["import"])),
        cases,
        text: typed.raw("text").to_owned(),
        limit: bytes(accord_formats::material::limits::MATERIAL_MAX_BYTES as u64),
        sections: vec![Section {
            heading: "Your drafts".to_owned(),
            lede: String::new(),
            actions: Vec::new(),
            rows: drafts.iter().map(draft_row).collect(),
            empty: (
                "You have no draft.".to_owned(),
                "Whatever you bring in waits here until you publish it or throw it away.".to_owned(),
            ),
        }],
    }))
}

/// Reads what was pasted or dropped. The token stands before the file, and is checked before the file is read.
pub(in super::super) async fn bring_in(State(node): State<AppState>, request: Request) -> Paged {
    let page = Page::of(&request, &node)?;
    // Of who may not, nothing is read.
    Act::Write.ask(&page.who)?;
    let bad = |_| {
        Failed(ServiceError::invalid(
            "file",
            "it could not be read, or is larger than material may be",
        ))
    };
    let mut parts = Multipart::from_request(request, &node)
        .await
        .map_err(|_| ServiceError::invalid("form", "it could not be read: send it again"))?;
    let (mut checked, mut fields) = (false, Vec::new());
    let (mut name, mut material) = (String::new(), Vec::new());
    while let Some(part) = parts.next_field().await.map_err(bad)? {
        let field = part.name().unwrap_or_default().to_owned();
        if field != "file" {
            let value = part.text().await.map_err(bad)?;
            if field == CSRF_FIELD {
                checked = same_secret(&value, &page.who.csrf);
            }
            fields.push((field, value));
            continue;
        }
        if !checked {
            return Err(stale().into());
        }
        name = part.file_name().unwrap_or_default().to_owned();
        material = part.bytes().await.map_err(bad)?.to_vec();
    }
    if !checked {
        return Err(stale().into());
    }
    let typed = Typed::of(fields);
    if material.is_empty() {
        material = typed.raw("text").as_bytes().to_vec();
        name = String::new();
    }
    let case = match typed.get("case") {
        "" => None,
        text => Some(id(text)?),
    };
    // The key makes it one draft however often it is sent; the bytes are bound by their digest.
    let key = typed.raw(KEY_FIELD).to_owned();
    let bound = commitment(&("import", &name, &case, &material));
    let drafted = match page.node.once(&page.who, &key, bound.as_bytes()).await? {
        Ok(once) => {
            once.run(page.node.draft_import(&page.who, &name, case, material))
                .await
        }
        Err(answer) => serde_json::from_value(answer)
            .map_err(|error| ServiceError::Unexplained(format!("a kept answer: {error}"))),
    };
    match drafted {
        Ok(draft) => Ok(done(Href::of(&["import", &draft.id]), "import-read", None)),
        Err(error) => {
            let field = if name.is_empty() { "text" } else { "file" };
            let wrong = problems(error, &[("material", field)])?;
            show(&page, &typed.wrong(wrong)).await
        }
    }
}
