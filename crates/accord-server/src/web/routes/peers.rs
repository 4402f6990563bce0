//! The organisations this node speaks with.

use accord_model::OrgName;
use accord_service::{Act, InvitationText, PeerStatus, ServiceError};
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};

use super::failed::{Paged, id, problems};
use super::frame::{Page, Part, done, html, kind_words};
use super::posted::{Posted, Typed};
use super::times::{counted, when};
use crate::listed::{Part as Listing, Routes};
use crate::web::render;
use crate::web::view::peers::{AcceptForm, InvitationPage, InviteForm, PeerRow, PeersPage, PendingPeer};
use crate::web::view::{Href, State, Tone};

/// How long an invitation can be accepted, ms: as the service keeps it.
const INVITATION_TERM_MS: u64 = 7 * 24 * 3_600_000;

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/organisations", page)
        .get("/peers", to_it)
        .post("/organisations/invite", invite)
        .post("/organisations/accept", accept)
        .post("/organisations/{org}/confirm", confirm)
        .post("/organisations/{org}/reject", reject)
        .post("/organisations/{org}/suspend", suspend)
        .post("/organisations/{org}/resume", resume)
        .post("/organisations/{org}/pull", pull)
}

async fn to_it() -> Response {
    Redirect::to("/organisations").into_response()
}

async fn page(page: Page) -> Paged {
    show(&page, &Typed::default(), None).await
}

/// The id of the field for an organisation's fingerprint.
fn fingerprint_field(org: &OrgName) -> String {
    format!("fingerprint-{org}")
}

/// A fingerprint in groups that can be read aloud.
fn groups(fingerprint: &str) -> Vec<String> {
    let spaced: Vec<String> = fingerprint.split_whitespace().map(str::to_owned).collect();
    if spaced.len() > 1 {
        return spaced;
    }
    let chars: Vec<char> = fingerprint.chars().collect();
    chars.chunks(4).map(|group| group.iter().collect()).collect()
}

/// The page, with what was typed into the form of an invitation or of one organisation's fingerprint.
async fn show(page: &Page, typed: &Typed, confirming: Option<(&OrgName, &Typed)>) -> Paged {
    let peers = page.node.peers(&page.who).await?;
    let agreements = page.node.agreements(&page.who).await.unwrap_or_default();
    let may = page.may(Act::ManagePeers);
    let (pending, known): (Vec<_>, Vec<_>) =
        peers.iter().partition(|peer| peer.status == PeerStatus::Pending);
    let form =
        |org: &OrgName, what: &str| may.then(|| page.form(Href::of(&["organisations", org.as_str(), what])));
    html(render::render_peers(&PeersPage {
        shell: page.shell(Part::Organisations).await,
        fingerprint: groups(&page.node.fingerprint()).join(" "),
        pending: pending
            .into_iter()
            .map(|peer| PendingPeer {
                organisation: peer.org.to_string(),
                kind: kind_words(peer.kind).to_owned(),
                address: peer.url.clone(),
                confirm: match confirming {
                    Some((org, typed)) if may && *org == peer.org => {
                        Some(typed.form(page, Href::of(&["organisations", org.as_str(), "confirm"])))
                    }
                    _ => form(&peer.org, "confirm"),
                },
                reject: form(&peer.org, "reject"),
                field: fingerprint_field(&peer.org),
                typed: match confirming {
                    Some((org, typed)) if *org == peer.org => typed.raw("fingerprint").to_owned(),
                    _ => String::new(),
                },
            })
            .collect(),
        peers: known
            .into_iter()
            .map(|peer| {
                let with = agreements.iter().filter(|agreement| {
                    agreement.in_force && agreement.parties.iter().any(|(org, _)| *org == peer.org)
                });
                let suspended = peer.status == PeerStatus::Suspended;
                let (word, tone) = match (&peer.last_error, peer.last_pull_ms) {
                    _ if suspended => ("suspended", Tone::Quiet),
                    (Some(_), _) => ("not reached last time", Tone::Bad),
                    (None, Some(_)) => ("in step", Tone::Good),
                    (None, None) => ("not asked yet", Tone::Quiet),
                };
                PeerRow {
                    organisation: peer.org.to_string(),
                    kind: kind_words(peer.kind).to_owned(),
                    address: peer.url.clone(),
                    last_contact: peer.last_pull_ms.map(when),
                    health: State {
                        word: word.to_owned(),
                        tone,
                    },
                    fingerprint: groups(&peer.fingerprint)
                        .into_iter()
                        .take(3)
                        .collect::<Vec<_>>()
                        .join(" "),
                    agreements: match with.count() {
                        0 => "none in force".to_owned(),
                        number => format!("{number} in force"),
                    },
                    pull: form(&peer.org, "pull").filter(|_| !suspended),
                    suspend: form(&peer.org, "suspend").filter(|_| !suspended),
                    resume: form(&peer.org, "resume").filter(|_| suspended),
                }
            })
            .collect(),
        invite: may.then(|| InviteForm {
            form: typed
                .only(|field| field == "org")
                .form(page, Href::of(&["organisations", "invite"])),
            organisation: typed.or("org", ""),
        }),
        accept: may.then(|| AcceptForm {
            form: typed
                .only(|field| field != "org")
                .form(page, Href::of(&["organisations", "accept"])),
            invitation: typed.or("invitation", ""),
        }),
    }))
}

/// A new invitation is shown once: its word is kept nowhere. Loading the page again makes another.
async fn invite(posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let named = Some(typed.get("org")).filter(|text| !text.is_empty());
    let org: Option<OrgName> = match named.map(str::parse).transpose() {
        Ok(org) => org,
        Err(error) => {
            let wrong = problems(ServiceError::invalid("org", error), &[("org", "org")])?;
            return show(page, &typed.clone().wrong(wrong), None).await;
        }
    };
    let text = page.node.invite(&page.who, org.as_ref()).await?;
    html(render::render_invitation(&InvitationPage {
        shell: page.shell(Part::Organisations).await,
        invitation: serde_json::to_string_pretty(&text).unwrap_or_default(),
        fingerprint: groups(&page.node.fingerprint()),
        until: when(page.now() + INVITATION_TERM_MS),
        back: Href::of(&["organisations"]),
    }))
}

async fn accept(posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    Act::ManagePeers.ask(&page.who)?;
    let accepted = match serde_json::from_str::<InvitationText>(typed.get("invitation")) {
        Err(_) => Err(ServiceError::invalid(
            "invitation",
            "it is not a whole invitation: paste all of it, from the first brace to the last",
        )),
        Ok(text) => posted.once(page.node.accept_invitation(&page.who, &text)).await,
    };
    match accepted {
        Ok(_) => Ok(done(Href::of(&["organisations"]), "accepted", None)),
        Err(error) => {
            let fields = ["invitation", "identity", "certificate", "url"];
            let wrong = problems(error, &fields.map(|field| (field, "invitation")))?;
            show(page, &typed.clone().wrong(wrong), None).await
        }
    }
}

async fn confirm(Path(text): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let org: OrgName = id(&text)?;
    let fingerprint = typed.get("fingerprint");
    match posted
        .once(page.node.confirm_peer(&page.who, &org, fingerprint))
        .await
    {
        Ok(_) => Ok(done(Href::of(&["organisations"]), "trusted", None)),
        Err(error) => {
            let wrong = problems(error, &[("fingerprint", &fingerprint_field(&org))])?;
            let typed = typed.clone().wrong(wrong);
            show(page, &Typed::default(), Some((&org, &typed))).await
        }
    }
}

async fn reject(Path(text): Path<String>, posted: Posted) -> Paged {
    let page = &posted.page;
    let org: OrgName = id(&text)?;
    posted.once(page.node.reject_peer(&page.who, &org)).await?;
    Ok(done(Href::of(&["organisations"]), "rejected", None))
}

async fn suspend(Path(text): Path<String>, posted: Posted) -> Paged {
    let page = &posted.page;
    let org: OrgName = id(&text)?;
    posted.once(page.node.suspend_peer(&page.who, &org)).await?;
    Ok(done(Href::of(&["organisations"]), "suspended", None))
}

async fn resume(Path(text): Path<String>, posted: Posted) -> Paged {
    let page = &posted.page;
    let org: OrgName = id(&text)?;
    posted.once(page.node.resume_peer(&page.who, &org)).await?;
    Ok(done(Href::of(&["organisations"]), "resumed", None))
}

async fn pull(Path(text): Path<String>, posted: Posted) -> Paged {
    let page = &posted.page;
    Act::ManagePeers.ask(&page.who)?;
    let org: OrgName = id(&text)?;
    let pulled = page.node.pull(&org).await?;
    if !pulled.problems.is_empty() {
        let words = format!(
            "{} could not be kept: {}",
            counted(pulled.problems.len() as u64, "thing", "things"),
            pulled.problems.join("; ")
        );
        return Err(ServiceError::Conflict(words).into());
    }
    Ok(done(Href::of(&["organisations"]), "pulled", None))
}

#[cfg(test)]
mod tests {
    use super::groups;

    #[test]
    fn fingerprints_in_groups() {
        assert_eq!(groups("abcdef"), ["abcd", "ef"]);
        assert_eq!(groups("ab cd"), ["ab", "cd"]);
        assert!(groups("").is_empty());
    }
}
