//! Adding a feed, and changing one.

use accord_service::{
    Act, DAYS_DEFAULT, DAYS_MAX, EVERY_MINUTES_MAX, EVERY_MINUTES_MIN, FeedAct, FeedChange, FeedDo, FeedForm,
    GONE_PERCENT_DEFAULT, NewFeed, ServiceError,
};
use axum::extract::Path;

use super::super::case::markings;
use super::super::failed::{Failed, Paged, no, problems};
use super::super::frame::{Page, Part, done, html};
use super::super::posted::{Posted, Typed};
use super::feeds::place;
use crate::web::render;
use crate::web::view::protection::FeedFormPage;
use crate::web::view::{Choice, Href};

/// The kinds of values, with words.
const KINDS: &[(&str, &str)] = &[
    ("domain", "domains"),
    ("subdomains", "only what is below a domain"),
    ("address", "addresses"),
    ("network", "networks"),
    ("address-port", "addresses with a port"),
    ("url", "URLs"),
    ("email", "e-mail addresses"),
    ("hash", "digests of files"),
];
const FIELDS: [&str; 13] = [
    "name",
    "url",
    "form",
    "days",
    "column",
    "kinds",
    "marking",
    "confidence",
    "label",
    "every_minutes",
    "audiences",
    "gone_percent",
    "terms",
];

/// What stands at the address, with words and what is meant.
pub(super) fn form_words(form: FeedForm) -> (&'static str, &'static str) {
    match form {
        FeedForm::File => (
            "one document",
            "A plain list, a hosts file, a table, a policy zone, STIX or MISP: which one is told by its content.",
        ),
        FeedForm::Misp => (
            "a MISP feed",
            "Where its manifest.json stands, beside a document for each event.",
        ),
        FeedForm::Taxii => ("a TAXII 2.1 collection", "https://HOST/ROOT/collections/ID/"),
    }
}

async fn show(page: &Page, typed: &Typed, changed: Option<&str>) -> Paged {
    Act::KeepFeeds.ask(&page.who)?;
    let audiences = page.node.audiences(&page.who).await?;
    let choice = |field: &str, value: &str, label: &str| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        hint: String::new(),
        chosen: typed.has(field, value),
    };
    let action = match changed {
        Some(name) => Href::of(&["protection", "feeds", name, "set"]),
        None => Href::of(&["protection", "feeds", "new"]),
    };
    html(render::render_feed_form(&FeedFormPage {
        shell: page.shell(Part::Protection).await,
        form: typed.form(page, action),
        changed: changed.map(str::to_owned),
        name: typed.or("name", ""),
        url: typed.or("url", ""),
        forms: FeedForm::ALL
            .map(|form| {
                let (label, hint) = form_words(form);
                let chosen = match typed.get("form") {
                    "" => form == FeedForm::default(),
                    word => word == form.as_str(),
                };
                Choice {
                    value: form.as_str().to_owned(),
                    label: label.to_owned(),
                    hint: hint.to_owned(),
                    chosen,
                }
            })
            .into(),
        days: typed.or("days", ""),
        days_hint: format!(
            "Of a MISP feed or a collection: what was changed or added in so many days, 1 to {DAYS_MAX}. Nothing said: \
             {DAYS_DEFAULT}."
        ),
        column: typed.or("column", ""),
        kinds: KINDS
            .iter()
            .map(|(word, label)| choice("kinds", word, label))
            .collect(),
        markings: markings(typed)
            .into_iter()
            .filter(|choice| choice.value != "TLP:RED")
            .collect(),
        confidence: typed.or("confidence", "75"),
        label: typed.or("label", ""),
        every: typed.or("every_minutes", "60"),
        every_hint: format!("{EVERY_MINUTES_MIN} to {EVERY_MINUTES_MAX}."),
        audiences: audiences
            .iter()
            .map(|view| choice("audiences", &view.opened.name, &view.opened.name))
            .collect(),
        gone: typed.or("gone_percent", ""),
        gone_hint: format!(
            "A pull that lacks more of the values is held. Nothing said: {GONE_PERCENT_DEFAULT}. A list of the last day \
             needs more."
        ),
        terms: typed.or("terms", ""),
        back: changed.map_or_else(|| Href::of(&["protection", "feeds"]), place),
    }))
}

fn number<T: std::str::FromStr>(typed: &Typed, field: &str) -> accord_service::Result<Option<T>> {
    match typed.get(field) {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|_| ServiceError::invalid(field, "a whole number")),
    }
}

fn needed<T>(field: &str, value: Option<T>) -> accord_service::Result<T> {
    value.ok_or_else(|| ServiceError::invalid(field, "a whole number"))
}

fn feed(typed: &Typed) -> accord_service::Result<NewFeed> {
    let all = |field: &str| typed.all(field).map(str::to_owned).collect();
    Ok(NewFeed {
        name: typed.get("name").to_owned(),
        url: typed.get("url").to_owned(),
        form: match typed.get("form") {
            "" => FeedForm::default(),
            word => FeedForm::ALL
                .into_iter()
                .find(|form| form.as_str() == word)
                .ok_or_else(|| ServiceError::invalid("form", "say what stands there"))?,
        },
        days: number(typed, "days")?.filter(|days| *days > 0),
        column: number(typed, "column")?.filter(|column| *column > 0),
        kinds: all("kinds"),
        marking: typed
            .get("marking")
            .parse()
            .map_err(|_| ServiceError::invalid("marking", "choose how far it may travel"))?,
        confidence: needed("confidence", number(typed, "confidence")?)?,
        label: typed.get("label").to_owned(),
        every_minutes: needed("every_minutes", number(typed, "every_minutes")?)?,
        audiences: all("audiences"),
        gone_percent: number(typed, "gone_percent")?,
        terms: typed.get("terms").to_owned(),
    })
}

/// The form for a new one.
pub(super) async fn new(page: Page) -> Paged {
    show(&page, &Typed::default(), None).await
}

/// Adds it.
pub(super) async fn add(posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    Act::KeepFeeds.ask(&page.who)?;
    let added = match feed(typed) {
        Err(error) => Err(error),
        Ok(new) => {
            let work = async {
                let view = page.node.add_feed(&page.who, &new).await?;
                Ok(serde_json::json!({ "name": view.name }))
            };
            posted.once::<serde_json::Value>(work).await.map(|_| new.name)
        }
    };
    match added {
        Ok(name) => Ok(done(place(&name), "feed-added", None)),
        Err(error) => {
            let wrong = problems(error, &FIELDS.map(|field| (field, field)))?;
            show(page, &typed.clone().wrong(wrong), None).await
        }
    }
}

async fn held_now(page: &Page, name: &str) -> Result<NewFeed, Failed> {
    Act::KeepFeeds.ask(&page.who)?;
    let view = page.node.feed(&page.who, name).await?;
    view.about.ok_or_else(|| no("feed"))
}

/// The form to change one.
pub(super) async fn set(page: Page, Path(name): Path<String>) -> Paged {
    let about = held_now(&page, &name).await?;
    let text = |field: &str, value: String| (field.to_owned(), value);
    let mut fields = vec![
        text("name", about.name),
        text("url", about.url),
        text("form", about.form.as_str().to_owned()),
        text(
            "days",
            about.days.map_or_else(String::new, |days| days.to_string()),
        ),
        text(
            "column",
            about.column.map_or_else(String::new, |column| column.to_string()),
        ),
        text("marking", about.marking.to_string()),
        text("confidence", about.confidence.to_string()),
        text("label", about.label),
        text("every_minutes", about.every_minutes.to_string()),
        text(
            "gone_percent",
            about
                .gone_percent
                .map_or_else(String::new, |percent| percent.to_string()),
        ),
        text("terms", about.terms),
    ];
    fields.extend(about.kinds.into_iter().map(|kind| text("kinds", kind)));
    fields.extend(about.audiences.into_iter().map(|name| text("audiences", name)));
    show(&page, &Typed::of(fields), Some(&name)).await
}

/// Changes it.
pub(super) async fn change(Path(name): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    held_now(page, &name).await?;
    let changed = match feed(typed) {
        Err(error) => Err(error),
        Ok(new) => {
            let change = FeedChange {
                url: Some(new.url),
                form: Some(new.form),
                days: Some(new.days.unwrap_or(0)),
                column: Some(new.column.unwrap_or(0)),
                kinds: Some(new.kinds),
                marking: Some(new.marking),
                confidence: Some(new.confidence),
                label: Some(new.label),
                every_minutes: Some(new.every_minutes),
                audiences: Some(new.audiences),
                gone_percent: Some(new.gone_percent.unwrap_or(GONE_PERCENT_DEFAULT)),
                terms: Some(new.terms),
            };
            let wanted = FeedDo {
                change: Some(change),
                ..FeedDo::of(FeedAct::Change)
            };
            posted.once(page.node.do_feed(&page.who, &name, &wanted)).await
        }
    };
    match changed {
        Ok(_) => Ok(done(place(&name), "feed-changed", None)),
        Err(error) => {
            let wrong = problems(error, &FIELDS.map(|field| (field, field)))?;
            show(page, &typed.clone().wrong(wrong), Some(&name)).await
        }
    }
}
