//! What is done with an audience: closing it, and making a secret of it anew. What ends is said first, because a secret
//! does not come back.

use accord_service::{Act, AudienceSecret, AudienceView, NewAudience};
use axum::extract::Path;

use super::super::case::steps::{Before, before_of, confirms_of};
use super::super::failed::{Failed, Paged, no};
use super::super::frame::{Page, Part, done, html};
use super::super::posted::{Posted, Typed};
use super::super::times::count;
use super::{link, pair, reach_words};
use crate::web::render;
use crate::web::view::protection::AudienceSecretsPage;
use crate::web::view::release::{Readers, Undo};
use crate::web::view::{Href, Link, Pair};

/// What a page does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AudienceAct {
    Close,
    Renew(AudienceSecret),
}

impl AudienceAct {
    const fn word(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::Renew(AudienceSecret::Token) => "renew-token",
            Self::Renew(AudienceSecret::Edges) => "renew-edges",
            Self::Renew(AudienceSecret::Transfer) => "renew-transfer",
            Self::Renew(AudienceSecret::NoEdges) => "end-edges",
        }
    }

    fn of(word: &str) -> Option<Self> {
        let renew = AudienceSecret::ALL.into_iter().map(Self::Renew);
        std::iter::once(Self::Close)
            .chain(renew)
            .find(|act| act.word() == word)
    }

    /// What the button says.
    const fn verb(self, has_edges: bool) -> &'static str {
        match self {
            Self::Close => "Close it",
            Self::Renew(AudienceSecret::Token) => "Make its token anew",
            Self::Renew(AudienceSecret::Edges) if has_edges => "Make its edges' token anew",
            Self::Renew(AudienceSecret::Edges) => "Let edges follow it",
            Self::Renew(AudienceSecret::Transfer) => "Make its transfer secret anew",
            Self::Renew(AudienceSecret::NoEdges) => "End its edges",
        }
    }
}

/// What can be done with an audience.
pub(super) fn links(opened: &NewAudience) -> Vec<Link> {
    let renew = AudienceSecret::ALL.into_iter().filter(|secret| match secret {
        AudienceSecret::Token | AudienceSecret::Edges => true,
        AudienceSecret::Transfer => opened.rpz.is_some(),
        AudienceSecret::NoEdges => opened.edge,
    });
    renew
        .map(AudienceAct::Renew)
        .chain([AudienceAct::Close])
        .map(|act| {
            let place = ["protection", "audiences", &opened.name, act.word()];
            link(act.verb(opened.edge), &place)
        })
        .collect()
}

async fn found(page: &Page, name: &str) -> Result<AudienceView, Failed> {
    Act::ManageProtection.ask(&page.who)?;
    let audiences = page.node.audiences(&page.who).await?;
    let view = audiences.into_iter().find(|view| view.opened.name == name);
    view.ok_or_else(|| no("audience"))
}

fn closing(view: &AudienceView) -> (Vec<Pair>, &'static str, &'static str) {
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
    (
        facts,
        "Nobody is told. Whoever asks with its token or transfers its zones finds that out by the refusal: tell them \
         first.",
        "An audience of the same name can be opened again, with new secrets that everybody who asks must be given. The \
         cases' verdicts stay as they are.",
    )
}

fn renewing(view: &AudienceView, secret: AudienceSecret) -> (Vec<Pair>, &'static str, &'static str) {
    let opened = &view.opened;
    let silent = "Nobody is told. Whoever uses the secret of before finds that out by the refusal.";
    let again = "The secret of before does not come back; another new one can be made at any time.";
    let mut facts = vec![pair("Reaches", reach_words(opened.reach))];
    let (effect, readers, undo) = match secret {
        AudienceSecret::Token => (
            "At once: look-ups over HTTP with the token of before are refused, here and at its edges as soon as they \
             hear of it. An edge that cannot reach this node goes on answering the token of before until it can, or is \
             stopped. What is served, zones and edges stay as they are.",
            silent,
            again,
        ),
        AudienceSecret::Edges if opened.edge => (
            "At once: edges with the token of before are told nothing more, and give no sightings. They go on with what \
             they have until they are stopped or are given the new one: that is how one edge is shut out.",
            silent,
            again,
        ),
        AudienceSecret::Edges => (
            "Caches near its customers may follow it. They know what is detected in silence: run them on your own \
             machines.",
            "Nobody is told.",
            "Its edges can be ended again.",
        ),
        AudienceSecret::Transfer => (
            "At once: transfers of its policy zone with the secret of before are refused. Resolvers that have loaded it \
             go on blocking until the zone expires there.",
            silent,
            again,
        ),
        AudienceSecret::NoEdges => (
            "At once: its edges are told nothing more, and give no sightings. They go on with what they have until they \
             are stopped.",
            "Nobody is told. The edges say so on their machines.",
            "Edges may follow it again, with a new token.",
        ),
    };
    facts.push(pair("Effect", effect));
    if opened.edge && secret != AudienceSecret::Transfer {
        facts.push(pair("Edges heard of", count(view.edges.len() as u64)));
    }
    (facts, readers, undo)
}

fn before_it(view: &AudienceView, act: AudienceAct) -> Before {
    let name = view.opened.name.as_str();
    let (facts, readers, undo) = match act {
        AudienceAct::Close => closing(view),
        AudienceAct::Renew(secret) => renewing(view, secret),
    };
    let verb = act.verb(view.opened.edge);
    Before {
        title: match act {
            AudienceAct::Close => format!("Close the audience {name}"),
            AudienceAct::Renew(_) => format!("Audience {name}: {}", verb.to_lowercase()),
        },
        verb: verb.to_owned(),
        severe: true,
        facts,
        body: String::new(),
        marking: None,
        readers: Readers::All(readers.to_owned()),
        undo: match act {
            AudienceAct::Renew(AudienceSecret::NoEdges) => Undo::Can(undo.to_owned()),
            AudienceAct::Renew(AudienceSecret::Edges) if !view.opened.edge => Undo::Can(undo.to_owned()),
            _ => Undo::Cannot(undo.to_owned()),
        },
        reason: None,
        blocked: None,
        place: Href::of(&["protection", "audiences", name, act.word()]),
        back: Href::of(&["protection"]),
    }
}

fn act_of(word: &str) -> Result<AudienceAct, Failed> {
    AudienceAct::of(word).ok_or_else(|| no("page"))
}

/// Before it is done.
pub(super) async fn before(page: Page, Path((name, word)): Path<(String, String)>) -> Paged {
    let act = act_of(&word)?;
    let before = before_it(&found(&page, &name).await?, act);
    let shell = page.shell(Part::Protection).await;
    before_of(
        &page,
        (shell, &name),
        before,
        &[],
        (&Typed::default(), Vec::new()),
    )
}

/// Does it.
pub(super) async fn act(Path((name, word)): Path<(String, String)>, posted: Posted) -> Paged {
    let act = act_of(&word)?;
    let page = &posted.page;
    let there = |flash| done(Href::of(&["protection"]), flash, None);
    let flash = match act {
        AudienceAct::Close => "audience-closed",
        AudienceAct::Renew(_) => "edges-ended",
    };
    if posted.was_done().await? {
        return Ok(there(flash));
    }
    let before = before_it(&found(page, &name).await?, act);
    if !confirms_of(&posted, &name, &before, &[]).await? {
        let shell = page.shell(Part::Protection).await;
        return before_of(page, (shell, &name), before, &[], (&posted.typed, Vec::new()));
    }
    match act {
        AudienceAct::Close => {
            posted.once(page.node.close_audience(&page.who, &name)).await?;
            Ok(there(flash))
        }
        AudienceAct::Renew(AudienceSecret::NoEdges) => {
            let end = page
                .node
                .renew_audience(&page.who, &name, AudienceSecret::NoEdges);
            posted.once(end).await?;
            Ok(there(flash))
        }
        // The secret is in the answer, and answers are kept for those who send twice: it is not kept here. Who sends twice
        // is shown another.
        AudienceAct::Renew(secret) => {
            let told = page.node.renew_audience(&page.who, &name, secret).await?;
            html(render::render_audience_secrets(&AudienceSecretsPage {
                shell: page.shell(Part::Protection).await,
                name,
                is_new: false,
                token: told.token,
                edge_token: told.edge_token,
                transfer_key: told.transfer_key,
                transfer_secret: told.transfer_secret,
                back: Href::of(&["protection"]),
            }))
        }
    }
}
