//! `/export`: a file of intelligence for other programs. Looked at first, then taken.

use accord_formats::export::Format;
use accord_model::Tlp;
use accord_service::{Act, ExportAsked, ServiceError};

use super::failed::{Failed, Paged};
use super::frame::{Page, Part, html, operation};
use super::times::{bytes, counted, parse_day};
use crate::api::taken_along_file;
use crate::listed::{Part as Listing, Routes};
use crate::web::render;
use crate::web::view::export::{ExportPage, ExportPreview};
use crate::web::view::{Choice, Href, Link, Pair};

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/export", page)
        .get("/export/file", file)
}

const KINDS: [(&str, &str); 12] = [
    ("domain", "domains"),
    ("subdomains", "what is under a domain"),
    ("ipv4", "IPv4 addresses"),
    ("ipv6", "IPv6 addresses"),
    ("network", "networks"),
    ("address-port", "addresses with a port"),
    ("url", "URLs"),
    ("email", "e-mail addresses"),
    ("md5", "MD5"),
    ("sha1", "SHA-1"),
    ("sha256", "SHA-256"),
    ("sha512", "SHA-512"),
];

fn pair(name: &str, value: impl ToString) -> Pair {
    Pair {
        name: name.to_owned(),
        value: value.to_string(),
    }
}

fn choice(value: &str, label: &str, chosen: bool) -> Choice {
    Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        hint: String::new(),
        chosen,
    }
}

/// The labels typed.
fn labels(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|label| !label.is_empty())
        .map(str::to_owned)
        .collect()
}

/// What is asked for, out of the address; none before anything was chosen.
fn asked(page: &Page) -> Result<Option<ExportAsked>, ServiceError> {
    let text = page.query("format");
    if text.is_empty() {
        return Ok(None);
    }
    let invalid = |field: &str, words: &str| ServiceError::invalid(field, words);
    let format: Format = text
        .parse()
        .map_err(|error: accord_formats::export::UnknownFormat| invalid("format", &error.to_string()))?;
    let optional = |name: &str| Some(page.query(name)).filter(|text| !text.is_empty());
    Ok(Some(ExportAsked {
        format,
        case: optional("case")
            .map(|text| text.parse().map_err(|_| ServiceError::NotFound("case")))
            .transpose()?,
        kinds: page.queries("kind").map(str::to_owned).collect(),
        labels: labels(page.query("label")),
        ceiling: optional("marking")
            .map(|text| {
                text.parse::<Tlp>()
                    .map_err(|_| invalid("marking", "choose a marking"))
            })
            .transpose()?,
        since_ms: optional("since")
            .map(|text| parse_day(text).ok_or_else(|| invalid("since", "a day: 2026-11-22")))
            .transpose()?,
        to: optional("for")
            .map(|text| text.parse().map_err(|_| invalid("for", "choose an organisation")))
            .transpose()?,
    }))
}

/// The same choices, at another address.
fn again(page: &Page, place: &[&str]) -> Href {
    let mut href = Href::of(place);
    for name in ["case", "format", "for", "label", "marking", "since"] {
        let value = page.query(name);
        if !value.is_empty() {
            href = href.with(name, value);
        }
    }
    for kind in page.queries("kind") {
        href = href.with("kind", kind);
    }
    href
}

async fn preview(page: &Page, asked: &ExportAsked) -> Result<ExportPreview, ServiceError> {
    let found = page.node.preview_export(&page.who, asked).await?;
    let kinds: Vec<String> = found
        .kinds
        .iter()
        .map(|(kind, count)| format!("{kind} {count}"))
        .collect();
    let empty = found.bytes == 0 || (found.indicators == 0 && asked.format != Format::Stix);
    Ok(ExportPreview {
        facts: vec![
            pair("File", &found.name),
            pair("Indicators", counted(found.indicators as u64, "indicator", "indicators")),
            pair("Found", if kinds.is_empty() { "none".to_owned() } else { kinds.join(", ") }),
            pair("Marked at most", found.marking.as_deref().unwrap_or("nothing is marked")),
            pair("Length", bytes(found.bytes as u64)),
        ],
        told: found.told.iter().map(|(words, count)| format!("{count}: {words}")).collect(),
        effect: match &asked.to {
            None => "It is recorded that you took it, and the partners whose notes are in it hear that somebody did. \
                     The markings stay in the file; keep to them."
                .to_owned(),
            Some(to) => format!(
                "The file has what was released to {to}, and nothing else; making it releases nothing. It is recorded \
                 that you took it."
            ),
        },
        take: (!empty).then(|| Link {
            label: "Take the file".to_owned(),
            href: again(page, &["export", "file"]),
        }),
    })
}

async fn page(page: Page) -> Paged {
    Act::Export.ask(&page.who)?;
    let cases = page.node.cases(&page.who).await?;
    let mut partners: Vec<String> = cases
        .iter()
        .flat_map(|case| &case.parties)
        .map(ToString::to_string)
        .collect();
    partners.sort_unstable();
    partners.dedup();
    partners.retain(|org| org != page.own());
    let mut problem = None;
    let mut shown = None;
    match asked(&page) {
        Ok(Some(asked)) => match preview(&page, &asked).await {
            Ok(preview) => shown = Some(preview),
            Err(ServiceError::Invalid { message, .. } | ServiceError::Conflict(message)) => {
                problem = Some(message)
            }
            Err(other) => return Err(other.into()),
        },
        Ok(None) => {}
        Err(ServiceError::Invalid { message, .. }) => problem = Some(message),
        Err(other) => return Err(other.into()),
    }
    let case = page.query("case");
    let all = std::iter::once(choice("", "every case that I see", case.is_empty()));
    let each = cases.iter().map(|known| {
        let id = known.id.to_string();
        let name = format!("Operation {}", operation(&known.operation));
        choice(&id, &name, id == case)
    });
    let to = page.query("for");
    let inside = std::iter::once(choice("", "use inside our organisation", to.is_empty()));
    let chosen: Vec<&str> = page.queries("kind").collect();
    html(render::render_export(&ExportPage {
        shell: page.shell(Part::Elsewhere).await,
        action: Href::of(&["export"]),
        problem,
        cases: all.chain(each).collect(),
        formats: Format::ALL
            .iter()
            .map(|format| {
                choice(
                    format.as_str(),
                    format.words(),
                    format.as_str() == page.query("format"),
                )
            })
            .collect(),
        recipients: inside
            .chain(partners.iter().map(|org| choice(org, org, org == to)))
            .collect(),
        kinds: KINDS
            .iter()
            .map(|(kind, words)| choice(kind, words, chosen.contains(kind)))
            .collect(),
        label: page.query("label").to_owned(),
        ceilings: std::iter::once(choice("", "any marking", page.query("marking").is_empty()))
            .chain(
                Tlp::ALL
                    .iter()
                    .map(|tlp| choice(tlp.as_str(), tlp.as_str(), tlp.as_str() == page.query("marking"))),
            )
            .collect(),
        since: page.query("since").to_owned(),
        preview: shown,
    }))
}

async fn file(page: Page) -> Paged {
    Act::Export.ask(&page.who)?;
    let asked = asked(&page)?.ok_or(Failed(ServiceError::invalid("format", "choose a format")))?;
    let file = page.node.export(&page.who, &asked).await?;
    Ok(taken_along_file(file))
}
