//! Closing an audience: what ends is said first, because its secrets do not come back.

use accord_service::Act;
use axum::extract::Path;

use super::super::case::steps::{Before, before_of, confirms_of};
use super::super::failed::{Failed, Paged, no};
use super::super::frame::{Page, Part, done};
use super::super::posted::{Posted, Typed};
use super::super::times::count;
use super::{pair, reach_words};
use crate::web::view::Href;
use crate::web::view::release::{Readers, Undo};

async fn closing(page: &Page, name: &str) -> Result<Before, Failed> {
    Act::ManageProtection.ask(&page.who)?;
    let audiences = page.node.audiences(&page.who).await?;
    let view = audiences.iter().find(|view| view.opened.name == name);
    let view = view.ok_or_else(|| no("audience"))?;
    let opened = &view.opened;
    let mut facts = vec![
        pair("Reaches", reach_words(opened.reach)),
        pair("Told to block now", count(view.blocked as u64)),
        pair(
            "Effect",
            "At once: its token is refused, its zones are answered and transferred no more. Resolvers that have \
             loaded its policy zone go on blocking until the zone expires there.",
        ),
    ];
    facts.extend(opened.dnsbl.iter().map(|zone| pair("Answers over DNS", zone)));
    facts.extend(opened.rpz.iter().map(|zone| pair("Policy zone", zone)));
    if opened.edge {
        facts.push(pair(
            "Its edges",
            "Are refused, and go on with what they have until they are stopped.",
        ));
    }
    Ok(Before {
        title: format!("Close the audience {name}"),
        verb: "Close it".to_owned(),
        severe: true,
        facts,
        body: String::new(),
        marking: None,
        readers: Readers::All(
            "Nobody is told. Whoever asks with its token or transfers its zones finds that out by the refusal: tell \
             them first."
                .to_owned(),
        ),
        undo: Undo::Cannot(
            "An audience of the same name can be opened again, with new secrets that everybody who asks must be given. \
             The cases' verdicts stay as they are."
                .to_owned(),
        ),
        reason: None,
        blocked: None,
        place: Href::of(&["protection", "audiences", name, "close"]),
        back: Href::of(&["protection"]),
    })
}

/// Before an audience is closed.
pub(super) async fn before(page: Page, Path(name): Path<String>) -> Paged {
    let before = closing(&page, &name).await?;
    let shell = page.shell(Part::Protection).await;
    before_of(
        &page,
        (shell, &name),
        before,
        &[],
        (&Typed::default(), Vec::new()),
    )
}

/// Closes it.
pub(super) async fn close(Path(name): Path<String>, posted: Posted) -> Paged {
    let page = &posted.page;
    let closed = || done(Href::of(&["protection"]), "audience-closed", None);
    if posted.was_done().await? {
        return Ok(closed());
    }
    let before = closing(page, &name).await?;
    if !confirms_of(&posted, &name, &before, &[]).await? {
        let shell = page.shell(Part::Protection).await;
        return before_of(page, (shell, &name), before, &[], (&posted.typed, Vec::new()));
    }
    posted.once(page.node.close_audience(&page.who, &name)).await?;
    Ok(closed())
}
