//! `/node`: whether this node is well, its keys and its backups, for the operator; and revoking a key, whose text the
//! offline identity key signs elsewhere, and whose note is looked at here before every partner reads it.

use accord_service::{
    Act, EmergingHealth, NodeKeyView, NodeKeysView, PeerStatus, PeerView, RevocationView, ServiceError,
};
use axum::extract::Path;
use axum::response::IntoResponse;
use http::header;

use super::case::steps::{Before, before_of, carried, confirms_of};
use super::failed::{Failed, Paged, no, problems};
use super::frame::{Page, Part, done, html, kind_words};
use super::posted::{Posted, Typed};
use super::times::{bytes, count, counted, when};
use crate::listed::{Part as Listing, Routes};
use crate::web::render;
use crate::web::view::peers::RevokePage;
use crate::web::view::release::{Readers, Undo};
use crate::web::view::tab::{Row, Section, SectionsPage};
use crate::web::view::{Href, Link, Pair, State, Tone};

/// Before the certificate ends the page says so for this long, ms: sixty days.
const ENDS_SOON_MS: u64 = 60 * 86_400_000;

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/node", page)
        .get("/node/keys/{purpose}/revocation", text)
        .get("/node/keys/{purpose}/revoke", before)
        .post("/node/keys/{purpose}/revoke", revoke)
}

fn pair(name: &str, value: impl Into<String>) -> Pair {
    Pair {
        name: name.to_owned(),
        value: value.into(),
    }
}

fn state(word: &str, tone: Tone) -> State {
    State {
        word: word.to_owned(),
        tone,
    }
}

fn link(label: &str, segments: &[&str]) -> Link {
    Link {
        label: label.to_owned(),
        href: Href::of(segments),
    }
}

/// What a key of this purpose does, and what stops when it is revoked.
fn of_purpose(purpose: &str) -> Option<(&'static str, &'static str, &'static str)> {
    match purpose {
        "ledger" => Some((
            "Signs what this organisation writes",
            "signs every note, request and decision of this organisation",
            "This node writes nothing more: no note, no request, no decision, in any case or agreement. What is beyond \
             the notes that stay trusted counts for no partner.",
        )),
        "peer" => Some((
            "Speaks with partners' nodes",
            "signs every question and answer between this node and its partners",
            "Partners' nodes neither answer nor believe this one any more. What each side has stays.",
        )),
        "evidence" => Some((
            "Signs evidence packages",
            "signs every evidence package that leaves this node",
            "Packages beyond the notes that stay trusted verify nowhere any more.",
        )),
        "custodian" => Some((
            "Takes who a victim is from partners",
            "is what partners seal the identity of a victim to; nothing is signed with it",
            "No partner seals anything to it any more. What was sealed to it before stays readable here, and is looked \
             for in what leaves.",
        )),
        _ => None,
    }
}

fn health(page: &Page, peers: &[PeerView]) -> Section {
    let config = &page.node.config;
    let well = page.node.is_healthy();
    let trusted = || peers.iter().filter(|peer| peer.status == PeerStatus::Confirmed);
    let failing: Vec<&PeerView> = trusted().filter(|peer| peer.last_error.is_some()).collect();
    let unreached = if failing.is_empty() {
        "none".to_owned()
    } else {
        let names: Vec<&str> = failing.iter().map(|peer| peer.org.as_str()).collect();
        names.join(", ")
    };
    Section {
        heading: "Health".to_owned(),
        lede: "For a watch from outside: /healthz says whether it runs, /readyz whether it can answer."
            .to_owned(),
        rows: vec![
            Row {
                title: config.org.to_string(),
                soft: kind_words(config.kind).to_owned(),
                state: Some(if well {
                    state("answers", Tone::Good)
                } else {
                    state("a write failed: look at the disk, then start it again", Tone::Bad)
                }),
                facts: vec![
                    pair("Address", config.url.clone()),
                    pair("Version", env!("CARGO_PKG_VERSION")),
                    pair("Runs since", when(page.node.started_ms()).shown),
                    pair(
                        "Asks its partners",
                        match config.pull_every_s {
                            Some(seconds) => format!("every {seconds} s, and when told that there is news"),
                            None => "only when somebody presses for it".to_owned(),
                        },
                    ),
                ],
                ..Row::default()
            },
            Row {
                title: "Partners".to_owned(),
                state: Some(match (trusted().count(), failing.is_empty()) {
                    (0, _) => state("none yet", Tone::Quiet),
                    (_, true) => state("all reached", Tone::Good),
                    (_, false) => state("not all reached", Tone::Bad),
                }),
                facts: vec![
                    pair("Trusted", count(trusted().count() as u64)),
                    pair("Not reached last time", unreached),
                ],
                links: vec![
                    link("Organisations", &["organisations"]),
                    link("How notices go out", &["notices"]),
                ],
                ..Row::default()
            },
        ],
        ..Section::default()
    }
}

/// How the finding of stories is: numbers of the whole node, and no story.
fn stories(health: &EmergingHealth) -> Section {
    let (how, mut text) = match (&health.stands, &health.afresh, health.began) {
        (Some(why), ..) => (
            state("stands still", Tone::Bad),
            vec![format!(
                "{why}. Set the clock right, or start the node again to begin anew."
            )],
        ),
        (None, Some(_), _) => (state("was begun anew", Tone::Waiting), Vec::new()),
        (None, None, true) => (state("runs", Tone::Good), Vec::new()),
        (None, None, false) => (state("waits for the first sighting", Tone::Quiet), Vec::new()),
    };
    text.extend(health.afresh.iter().map(|afresh| {
        let file = match &afresh.file {
            Some(file) => format!(" What was not taken is kept in the node's folder as {file}."),
            None => String::new(),
        };
        format!("Begun anew {}: {}.{file}", when(afresh.at_ms).shown, afresh.why)
    }));
    let mut facts = vec![
        pair("Days with sightings", count(u64::from(health.days))),
        pair("Sightings taken", count(health.taken)),
        pair("Left out, too old or listed no longer", count(health.left_out)),
        pair("Sources", count(health.sources)),
        pair(
            "Memory",
            format!(
                "{} of {} at most",
                bytes(health.held_bytes as u64),
                bytes(health.max_bytes as u64)
            ),
        ),
    ];
    if health.labels_left_out > 0 {
        facts.push(pair("Labels that made room", count(health.labels_left_out)));
    }
    if health.saved_ms > 0 {
        facts.push(pair("Saved", when(health.saved_ms).shown));
    }
    Section {
        heading: "New and growing".to_owned(),
        lede: "Finds what stands out in the sightings. What it finds is for the analysts.".to_owned(),
        rows: vec![Row {
            title: "Stories".to_owned(),
            state: Some(how),
            text,
            facts,
            ..Row::default()
        }],
        ..Section::default()
    }
}

fn key_row(key: &NodeKeyView) -> Row {
    let (title, does, _) = of_purpose(key.purpose).unwrap_or(("A key", "is a key of this node", ""));
    Row {
        title: title.to_owned(),
        soft: key.purpose.to_owned(),
        state: Some(if key.is_revoked {
            state("revoked", Tone::Bad)
        } else {
            state("trusted", Tone::Good)
        }),
        text: vec![format!("It {does}."), key.key.clone()],
        links: if key.is_revoked {
            Vec::new()
        } else {
            vec![link("Revoke it", &["node", "keys", key.purpose, "revoke"])]
        },
        ..Row::default()
    }
}

fn keys_section(page: &Page, keys: &NodeKeysView) -> Section {
    let ends_soon = keys.until_ms.saturating_sub(page.now()) < ENDS_SOON_MS;
    let certificate = Row {
        title: "Certificate".to_owned(),
        state: Some(match (keys.holds, ends_soon) {
            (false, _) => state("does not hold now: nothing can be written", Tone::Bad),
            (true, true) => state("ends soon", Tone::Waiting),
            (true, false) => state("holds", Tone::Good),
        }),
        facts: vec![
            pair("From", when(keys.from_ms).shown),
            pair("Until", when(keys.until_ms).shown),
            pair("Fingerprint of the identity key", page.node.fingerprint()),
        ],
        text: vec![
            "It names the keys below, and is signed by the identity key, which belongs on a medium that is not in this \
             machine."
                .to_owned(),
        ],
        ..Row::default()
    };
    Section {
        heading: "Keys".to_owned(),
        lede: "Where a key may be in other hands, revoke it: partners then trust nothing more that it signs."
            .to_owned(),
        rows: std::iter::once(certificate)
            .chain(keys.keys.iter().map(key_row))
            .collect(),
        ..Section::default()
    }
}

fn backups(page: &Page) -> Section {
    let (how_stands, kept) = match page.node.config.backup_days {
        Some(days) => (
            state("said", Tone::Good),
            format!(
                "{}: receipts for what was deleted say until when a copy is still in one",
                counted(u64::from(days), "day", "days")
            ),
        ),
        None => (
            state("none are made, as far as this node was told", Tone::Waiting),
            "receipts for what was deleted say that no copy is left. If you make backups, say how long you keep them: \
             keeping.backup_days in the configuration"
                .to_owned(),
        ),
    };
    Section {
        heading: "Backups".to_owned(),
        lede: "Made by you, from the node's folder; this node makes none by itself.".to_owned(),
        rows: vec![Row {
            title: "Copies of the folder".to_owned(),
            state: Some(how_stands),
            facts: vec![pair("Kept", kept)],
            text: vec![
                "Stop the node, copy the whole folder, start it. Database and logs belong together: one without the \
                 other is no backup. After a restore this node goes on in new ledgers, and catches up with its \
                 partners first."
                    .to_owned(),
            ],
            ..Row::default()
        }],
        ..Section::default()
    }
}

/// `/node`.
async fn page(page: Page) -> Paged {
    let keys = page.node.node_keys(&page.who).await?;
    let peers = page.node.peers(&page.who).await?;
    html(render::render_sections(&SectionsPage {
        shell: page.shell(Part::Node).await,
        title: "This node".to_owned(),
        lede: "Whether it is well, what it signs with, and what is kept of it elsewhere.".to_owned(),
        sections: vec![
            health(&page, &peers),
            stories(&page.node.emerging_health(&page.who).await?),
            keys_section(&page, &keys),
            backups(&page),
        ],
    }))
}

/// The text that the identity key signs, as a file: pasted, a line's end may be lost.
async fn text(page: Page, Path(purpose): Path<String>) -> Paged {
    Act::ManagePeers.ask(&page.who)?;
    of_purpose(&purpose).ok_or_else(|| no("key"))?;
    let text = page.node.revocation_text(&page.who, &purpose).await?;
    let file = format!("attachment; filename=\"revoke-{purpose}.txt\"");
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, file),
    ];
    Ok((headers, text).into_response())
}

async fn show(page: &Page, purpose: &str, typed: &Typed) -> Paged {
    Act::ManagePeers.ask(&page.who)?;
    let (title, does, effect) = of_purpose(purpose).ok_or_else(|| no("key"))?;
    let keys = page.node.node_keys(&page.who).await?;
    let key = keys.keys.iter().find(|key| key.purpose == purpose);
    let key = key.ok_or_else(|| no("key"))?;
    let identity = page.node.own_identity();
    html(render::render_revoke(&RevokePage {
        shell: page.shell(Part::Node).await,
        title: title.to_owned(),
        facts: vec![
            pair("Key", key.key.clone()),
            pair("What it does", format!("It {does}.")),
            pair("What stops", effect),
        ],
        is_revoked: key.is_revoked,
        text: page.node.revocation_text(&page.who, purpose).await?,
        download: Href::of(&["node", "keys", purpose, "revocation"]),
        identity: identity.split('+').next().unwrap_or_default().to_owned(),
        form: typed.form(page, Href::of(&["node", "keys", purpose, "revoke"])),
        note: typed.raw("note").to_owned(),
        back: Href::of(&["node"]),
    }))
}

/// `/node/keys/PURPOSE/revoke`.
async fn before(page: Page, Path(purpose): Path<String>) -> Paged {
    show(&page, &purpose, &Typed::default()).await
}

/// A note as it was signed: what a form does to the ends of its lines is undone.
fn as_signed(pasted: &str) -> String {
    let text = pasted.replace("\r\n", "\n");
    format!("{}\n", text.trim())
}

fn publishing(view: &RevocationView, purpose: &str) -> Before {
    let (title, _, effect) = of_purpose(purpose).unwrap_or_default();
    let trusted = if view.trusted == view.notes {
        format!("all {} that this organisation has written", count(view.notes))
    } else {
        format!(
            "{} of the {} that this organisation has written; the later ones count for nobody",
            count(view.trusted),
            count(view.notes)
        )
    };
    Before {
        title: format!("Revoke the {purpose} key"),
        verb: "Revoke it, and tell every partner".to_owned(),
        severe: true,
        facts: vec![
            pair("What the key does", title),
            pair("Key", view.key.clone()),
            pair("The revocation was made", when(view.at_ms).shown),
            pair("Notes that stay trusted", trusted),
            pair("What stops", effect),
        ],
        body: String::new(),
        marking: None,
        readers: match view.spaces {
            0 => Readers::Nobody,
            spaces => Readers::All(format!(
                "Every other party of the {} in which this organisation writes reads it, and checks it with the identity \
                 key that they trust.",
                counted(spaces as u64, "agreement or case", "agreements and cases")
            )),
        },
        undo: Undo::Cannot(
            "A key that was revoked is never trusted again. New keys for a running node are not built yet: the \
             organisation sets up anew, and pairs anew with each partner."
                .to_owned(),
        ),
        reason: None,
        blocked: match (view.is_revoked, view.spaces) {
            (true, _) => Some("This key is revoked already.".to_owned()),
            (_, 0) => Some(
                "This organisation has written nothing yet, so there is nobody to tell: set the node up anew.".to_owned(),
            ),
            _ => None,
        },
        place: Href::of(&["node", "keys", purpose, "revoke"]),
        back: Href::of(&["node"]),
    }
}

/// The signed note, read; refused where it revokes another key than this page is about.
async fn read(page: &Page, purpose: &str, note: &str) -> accord_service::Result<RevocationView> {
    let view = page.node.read_revocation(&page.who, note).await?;
    if view.purpose == Some(purpose) {
        Ok(view)
    } else {
        Err(ServiceError::invalid(
            "revocation",
            format!(
                "it is the revocation of another key, {}: open the page of that one",
                view.key
            ),
        ))
    }
}

/// Publishes a revocation, once what it ends was shown.
async fn revoke(Path(purpose): Path<String>, posted: Posted) -> Result<axum::response::Response, Failed> {
    let (page, typed) = (&posted.page, &posted.typed);
    Act::ManagePeers.ask(&page.who)?;
    of_purpose(&purpose).ok_or_else(|| no("key"))?;
    let revoked = || done(Href::of(&["node"]), "key-revoked", None);
    if posted.was_done().await? {
        return Ok(revoked());
    }
    let names = [("revocation", "note"), ("note", "note")];
    let note = as_signed(typed.raw("note"));
    let view = match read(page, &purpose, &note).await {
        Ok(view) => view,
        Err(error) => return show(page, &purpose, &typed.clone().wrong(problems(error, &names)?)).await,
    };
    let before = publishing(&view, &purpose);
    let carried = carried(typed, &["note"]);
    if !confirms_of(&posted, &purpose, &before, &carried).await? {
        let shell = page.shell(Part::Node).await;
        return before_of(page, (shell, &purpose), before, &carried, (typed, Vec::new()));
    }
    let published: accord_service::Result<usize> =
        posted.once(page.node.publish_revocation(&page.who, &note)).await;
    match published {
        Ok(_) => Ok(revoked()),
        Err(error) => show(page, &purpose, &typed.clone().wrong(problems(error, &names)?)).await,
    }
}

#[cfg(test)]
mod tests {
    use super::{as_signed, of_purpose};

    #[test]
    fn a_pasted_note_is_read_as_it_was_signed() {
        assert_eq!(
            as_signed("\r\na\r\n\r\n\u{2014} k b\r\n\r\n"),
            "a\n\n\u{2014} k b\n"
        );
    }

    #[test]
    fn every_purpose_has_its_words_and_nothing_else_has() {
        for purpose in ["ledger", "peer", "evidence", "custodian"] {
            assert!(of_purpose(purpose).is_some(), "{purpose}");
        }
        assert!(of_purpose("identity").is_none());
    }
}
