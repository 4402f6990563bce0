//! `/protection/lists/load`: a list of values that many use, pasted or as a file. What it changes is said on the form;
//! a list that would be put in another's place is put there only when that is ticked.

use accord_service::{Act, AllowListView, LIST_VALUES_MAX, ServiceError};
use axum::extract::{FromRequest, Multipart, Request, State};

use super::super::failed::{Failed, Paged, problems};
use super::super::frame::{Page, Part, done, html};
use super::super::posted::{Typed, same_secret, stale};
use super::super::release::commitment;
use super::super::times::{bytes, count, when};
use crate::AppState;
use crate::web::render;
use crate::web::view::form::{CSRF_FIELD, KEY_FIELD};
use crate::web::view::protection::LoadListPage;
use crate::web::view::{Choice, Href};

/// Most bytes of one upload: a million names, and the form around them.
pub(super) const UPLOAD_MAX_BYTES: usize = 64 * 1024 * 1024;

/// The field with the tick for a list that is put in another's place.
const REPLACE: &str = "replace";

fn place() -> Href {
    Href::of(&["protection", "lists", "load"])
}

/// `/protection/lists/load`; the name of a list that is to be replaced may stand in the query.
pub(super) async fn page(page: Page) -> Paged {
    let first = Typed::of(vec![("name".to_owned(), page.query("name").to_owned())]);
    show(&page, &first).await
}

async fn show(page: &Page, typed: &Typed) -> Paged {
    Act::ManageProtection.ask(&page.who)?;
    let lists = page.node.allow_lists(&page.who).await?;
    let known = |list: &AllowListView| {
        format!(
            "{}: {} values, loaded {}",
            list.name,
            count(list.values as u64),
            when(list.loaded_ms).shown
        )
    };
    html(render::render_load_list(&LoadListPage {
        shell: page.shell(Part::Protection).await,
        form: typed.form(page, place()),
        name: typed.raw("name").to_owned(),
        text: typed.raw("text").to_owned(),
        replace: if lists.is_empty() {
            Vec::new()
        } else {
            vec![Choice {
                value: "yes".to_owned(),
                label: "Put it in the place of the list of this name".to_owned(),
                hint: "the old values are kept nowhere".to_owned(),
                chosen: typed.has(REPLACE, "yes"),
            }]
        },
        known: lists.iter().map(known).collect(),
        first: lists.is_empty(),
        limit: format!(
            "{} values, {}",
            count(LIST_VALUES_MAX as u64),
            bytes(UPLOAD_MAX_BYTES as u64)
        ),
        back: Href::of(&["protection"]),
    }))
}

/// Public lists of much used names have a rank in front, `1,example.org`: it is left out.
fn without_ranks(text: &str) -> String {
    let line = |line: &str| match line.trim().split_once(',') {
        Some((rank, value)) if !rank.is_empty() && rank.bytes().all(|b| b.is_ascii_digit()) => {
            value.trim().to_owned()
        }
        _ => line.trim().to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// What was sent. The token stands before the file, and is checked before the file is read.
async fn sent(page: &Page, node: &AppState, request: Request) -> Result<(Typed, Vec<u8>), Failed> {
    let bad = |_| {
        Failed(ServiceError::invalid(
            "file",
            "it could not be read, or is larger than a list may be",
        ))
    };
    let mut parts = Multipart::from_request(request, node)
        .await
        .map_err(|_| ServiceError::invalid("form", "it could not be read: send it again"))?;
    let (mut checked, mut fields, mut file) = (false, Vec::new(), Vec::new());
    while let Some(part) = parts.next_field().await.map_err(bad)? {
        let field = part.name().unwrap_or_default().to_owned();
        if field == "file" {
            if !checked {
                return Err(stale().into());
            }
            file = part.bytes().await.map_err(bad)?.to_vec();
            continue;
        }
        let value = part.text().await.map_err(bad)?;
        if field == CSRF_FIELD {
            checked = same_secret(&value, &page.who.csrf);
        }
        fields.push((field, value));
    }
    if checked {
        Ok((Typed::of(fields), file))
    } else {
        Err(stale().into())
    }
}

/// The text of the list: of the file where there is one, otherwise what was pasted.
fn text(typed: &Typed, file: Vec<u8>) -> accord_service::Result<String> {
    if file.is_empty() {
        return Ok(without_ranks(typed.raw("text")));
    }
    String::from_utf8(file)
        .map(|text| without_ranks(&text))
        .map_err(|_| ServiceError::invalid("file", "it is no text: one value a line, in UTF-8, not packed"))
}

/// Loads it.
pub(super) async fn load(State(node): State<AppState>, request: Request) -> Paged {
    let page = Page::of(&request, &node)?;
    // Of who may not, nothing is read.
    Act::ManageProtection.ask(&page.who)?;
    let (typed, file) = sent(&page, &node, request).await?;
    let of_file = !file.is_empty();
    let name = typed.get("name").to_owned();
    let loaded = match text(&typed, file) {
        Ok(text) => {
            // The key makes it one load however often it is sent; the values are bound by their digest.
            let key = typed.raw(KEY_FIELD).to_owned();
            let replaces = typed.has(REPLACE, "yes");
            let bound = commitment(&("allow-list", &name, replaces, &text));
            match page.node.once(&page.who, &key, bound.as_bytes()).await? {
                Ok(once) => {
                    let work = async {
                        unless_there(&page, &name, replaces).await?;
                        page.node.load_allow_list(&page.who, &name, &text).await
                    };
                    once.run(work).await
                }
                Err(answer) => serde_json::from_value(answer)
                    .map_err(|error| ServiceError::Unexplained(format!("a kept answer: {error}"))),
            }
        }
        Err(error) => Err(error),
    };
    match loaded {
        Ok(_) => Ok(done(Href::of(&["protection"]), "list-loaded", None)),
        Err(error) => {
            let values = if of_file { "file" } else { "text" };
            let names = [
                ("name", "name"),
                ("text", values),
                ("file", "file"),
                (REPLACE, REPLACE),
            ];
            let wrong = problems(error, &names)?;
            show(&page, &typed.wrong(wrong)).await
        }
    }
}

/// Refuses a name that stands for a list already, where it was not said that this one takes its place.
async fn unless_there(page: &Page, name: &str, replaces: bool) -> accord_service::Result<()> {
    let lists = page.node.allow_lists(&page.who).await?;
    match lists.iter().find(|list| list.name == name) {
        Some(list) if !replaces => Err(ServiceError::invalid(
            REPLACE,
            format!(
                "there is a list {name} of {} values already: tick that this one takes its place, or give another name",
                count(list.values as u64)
            ),
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{text, without_ranks};
    use crate::web::routes::posted::Typed;

    #[test]
    fn a_rank_in_front_is_left_out() {
        let check = |line: &str, value: &str| assert_eq!(without_ranks(line), value, "{line}");
        check("1,example.org", "example.org");
        check(" 20 , example.org", "20 , example.org");
        check("a,example.org", "a,example.org");
        check("example.org\r\n192.0.2.0/24", "example.org\n192.0.2.0/24");
        check("# a list\n7, example.net", "# a list\nexample.net");
    }

    #[test]
    fn the_file_counts_before_what_was_pasted_and_must_be_text() {
        let typed = Typed::of(vec![("text".to_owned(), "pasted.example".to_owned())]);
        assert_eq!(text(&typed, Vec::new()).unwrap(), "pasted.example");
        assert_eq!(
            text(&typed, b"2,file.example\n".to_vec()).unwrap(),
            "file.example"
        );
        assert!(text(&typed, vec![0x1f, 0x8b, 0xff]).is_err());
    }
}
