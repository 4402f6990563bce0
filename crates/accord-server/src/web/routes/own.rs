//! `/own-infrastructure`: the list of one's own networks, names and sinkholes.

use accord_service::{NewOwn, OwnItem, OwnKind, ServiceError};

use super::failed::{Paged, problems};
use super::frame::{Page, Part, done, html};
use super::posted::{Posted, Typed};
use super::times::when;
use crate::listed::{Part as Listing, Routes};
use crate::web::render;
use crate::web::view::plan::OwnPage;
use crate::web::view::tab::{Row, Section};
use crate::web::view::{Choice, Href};

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/own-infrastructure", page)
        .post("/own-infrastructure", add)
        .post("/own-infrastructure/remove", remove)
}

const KINDS: [(OwnKind, &str, &str); 3] = [
    (OwnKind::Network, "network", "Address or network"),
    (OwnKind::Domain, "domain", "Name, with everything under it"),
    (OwnKind::Sinkhole, "sinkhole", "Sinkhole"),
];

fn word(kind: OwnKind) -> &'static str {
    KINDS
        .iter()
        .find(|(one, ..)| *one == kind)
        .map_or("", |(_, word, _)| word)
}

async fn page(page: Page) -> Paged {
    show(&page, &Typed::default()).await
}

async fn show(page: &Page, typed: &Typed) -> Paged {
    let items = page.node.own_infrastructure(&page.who).await?;
    let row = |item: &OwnItem| Row {
        title: item.value.clone(),
        soft: word(item.kind).to_owned(),
        at: Some(when(item.since_ms)),
        text: vec![item.description.clone()],
        ..Row::default()
    };
    html(render::render_own(&OwnPage {
        shell: page.shell(Part::Elsewhere).await,
        sections: vec![Section {
            heading: "The list".to_owned(),
            rows: items.iter().map(row).collect(),
            empty: (
                "The list is empty.".to_owned(),
                "List networks and sinkholes, so that nobody takes them down by mistake.".to_owned(),
            ),
            ..Section::default()
        }],
        add: typed
            .only(|field| field != "item")
            .form(page, Href::of(&["own-infrastructure"])),
        kinds: KINDS
            .iter()
            .map(|(_, word, label)| Choice {
                value: (*word).to_owned(),
                label: (*label).to_owned(),
                hint: String::new(),
                chosen: typed.has("kind", word),
            })
            .collect(),
        value: typed.or("value", ""),
        description: typed.or("description", ""),
        remove: typed
            .only(|field| field == "item")
            .form(page, Href::of(&["own-infrastructure", "remove"])),
        items: items
            .iter()
            .map(|item| Choice {
                value: item.value.clone(),
                label: item.value.clone(),
                hint: item.description.clone(),
                chosen: false,
            })
            .collect(),
    }))
}

async fn add(posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let kind = KINDS.iter().find(|(_, word, _)| *word == typed.get("kind"));
    let added: accord_service::Result<OwnItem> = match kind {
        Some((kind, ..)) => {
            let new = NewOwn {
                kind: *kind,
                value: typed.get("value").to_owned(),
                description: typed.get("description").to_owned(),
            };
            posted.once(page.node.add_own(&page.who, &new)).await
        }
        None => Err(ServiceError::invalid("kind", "choose one")),
    };
    match added {
        Ok(_) => Ok(done(Href::of(&["own-infrastructure"]), "own-added", None)),
        Err(error) => {
            let names = [
                ("kind", "kind"),
                ("value", "value"),
                ("description", "description"),
            ];
            let wrong = problems(error, &names)?;
            show(page, &typed.clone().wrong(wrong)).await
        }
    }
}

async fn remove(posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    posted
        .once(page.node.remove_own(&page.who, typed.get("item")))
        .await?;
    Ok(done(Href::of(&["own-infrastructure"]), "own-removed", None))
}
