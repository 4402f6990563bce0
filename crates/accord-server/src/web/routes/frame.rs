//! What every page has: the frame, the person, what was just done.

use std::sync::Arc;

use accord_model::{EntryRef, OrgKind, Role};
use accord_service::{Act, InboxItem, Node, SignedIn};
use axum::extract::{FromRequestParts, Request};
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::request::Parts;

use super::failed::{Failed, Paged};
use crate::AppState;
use crate::web::view::{self, Done, Form, Href, Link, NavItem, Shell};

/// A session that the gate has checked.
#[derive(Debug, Clone)]
pub(super) struct Session {
    /// Who.
    pub who: SignedIn,
    /// The session's token.
    pub token: String,
}

/// A request for a page, by somebody signed in.
#[derive(Debug, Clone)]
pub(super) struct Page {
    /// The node.
    pub node: Arc<Node>,
    /// Who asks.
    pub who: SignedIn,
    path: String,
    query: Vec<(String, String)>,
}

/// The parts of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Waiting things.
    Inbox,
    /// Cases.
    Cases,
    /// What is watched before there is a case, and leads.
    Threats,
    /// Reports, indicators and files.
    Intel,
    /// Businesses in trouble.
    Businesses,
    /// Agreements.
    Agreements,
    /// Verdicts.
    Protection,
    /// Hunts in one's own logs.
    Hunts,
    /// Logs.
    Logs,
    /// Organisations.
    Organisations,
    /// This node: health, keys, backups.
    Node,
    /// People.
    People,
    /// The access log.
    Audit,
    /// Partners who come by TAXII.
    Taxii,
    /// None of them.
    Elsewhere,
}

/// What was done, by the word in the address: nobody can put words of their own on a page by a link.
const DONE: &[(&str, &str)] = &[
    ("case-opened", "The case is open. Add the parties that join it."),
    ("stage", "The case has moved."),
    ("party", "The organisation is on the case."),
    ("member", "The person is named on the case."),
    ("member-removed", "The person is off the case."),
    (
        "party-removed",
        "The organisation is off the case. Nothing more goes to it; tell them yourself.",
    ),
    ("instrument", "The instrument is recorded."),
    ("instrument-ended", "The instrument has ended."),
    ("asked", "The request is on its way."),
    ("answered", "The answer is with the asker."),
    (
        "first-yes",
        "Your yes is recorded. It waits for a second approver.",
    ),
    ("custody-noted", "It is noted. Your organisation alone reads it."),
    (
        "handed-back",
        "Given back. They receive it; until then you hold it.",
    ),
    ("file-added", "The file is here. Nothing has left."),
    ("file-removed", "The file is taken away. Nothing had left."),
    (
        "yes-taken-back",
        "Your yes is taken back. Every party reads that, and why.",
    ),
    ("withdrawn", "The request is taken back."),
    ("pool", "The asker reads what your pool says."),
    ("oral", "Recorded. The writing is due within 24 hours."),
    ("confirmed-oral", "The written confirmation is recorded."),
    ("note", "The note is published."),
    (
        "second-asked",
        "It waits for a second person, and is published when they agree.",
    ),
    ("second-dropped", "It is taken away. Nothing was published."),
    ("sightings-shared", "What was seen is shared."),
    ("links-said", "It is said what was seen together."),
    ("links-promoted", "The values are indicators of the case."),
    (
        "links-cleared",
        "It is cleared. Partners who get it see that, and by whom.",
    ),
    ("links-taken-back", "It is cleared no longer."),
    ("received-left", "Left. Who added it reads that it was not taken."),
    ("taxii", "It was done already."),
    ("taxii-confirmed", "The account is open."),
    ("taxii-closed", "The account is closed."),
    (
        "story-dismissed",
        "It is said to be nothing, and shown again only if it grows to twice what it is.",
    ),
    (
        "story-promoted",
        "The story is a threat now: you work on it, and add who else does.",
    ),
    (
        "hunt-saved",
        "The hunt is saved. Nothing is looked for yet: count first, or look.",
    ),
    (
        "hunt-runs",
        "It looks. Open this page again to see how it comes on.",
    ),
    ("hunt-stopped", "It stops. What was found stays."),
    ("hunt-stands", "It looks by itself whenever logs come in."),
    ("hunt-rests", "It looks only when somebody says so."),
    ("hunt-ended", "The hunt is ended. The logs stay."),
    ("hunt-marked", "Kept."),
    (
        "hunt-drafted",
        "The draft is made of those lines. Review it; nothing is published yet.",
    ),
    (
        "log-kept-for",
        "Decided. What is over by it is destroyed within the hour.",
    ),
    (
        "log-held",
        "Held. Nothing that it covers is destroyed until it is lifted.",
    ),
    ("log-lifted", "Lifted."),
    ("log-destroyed", "Destroyed. Its record stays."),
    ("audience-opened", "The audience is served."),
    ("audience-closed", "The audience is answered no more."),
    (
        "sql-stands",
        "What the node does with the question by itself is changed.",
    ),
    ("sql-ended", "The question is kept no longer."),
    ("edges-ended", "No edges follow the audience any more."),
    ("list-loaded", "The list is loaded."),
    (
        "feed-added",
        "The feed is on trial, and pulled within half a minute.",
    ),
    ("feed-changed", "The feed is changed."),
    ("feed-pulled", "It was pulled. Below stands how it ended."),
    ("feed-stopped", "The pull is stopped."),
    ("feed-paused", "The feed is paused."),
    ("feed-resumed", "The feed is pulled again."),
    ("feed-trial", "The feed is on trial: nothing of it is blocked."),
    ("feed-blocks", "The feed blocks."),
    ("feed-accepted", "The pull is taken, and in force."),
    ("feed-discarded", "The pull is left. What was in force stays."),
    ("feed-false", "No feed lists that value any more."),
    ("feed-removed", "The feed is removed. Nothing of it is in force."),
    ("approved", "Approved. The lines shown have left as an exhibit."),
    ("narrowed", "Approved in part. What you left out stays here."),
    (
        "refused",
        "Refused. Nothing has left; the asker reads your reason.",
    ),
    (
        "received",
        "Checked and received. Both sides now record the same custody.",
    ),
    ("proposed", "The agreement is before its parties."),
    ("signed", "Signed."),
    (
        "agreement-refused",
        "Refused. The agreement does not come into force.",
    ),
    ("ended", "The agreement has ended."),
    ("approver", "The approver is named."),
    ("source", "The source is there. Import a file into it."),
    ("imported", "The file is stored, with its digest."),
    (
        "held",
        "The same bytes were here already; nothing was stored twice.",
    ),
    (
        "verified",
        "Every stored file was checked and is as it was imported.",
    ),
    (
        "accepted",
        "The invitation is accepted. Compare fingerprints now.",
    ),
    ("trusted", "The organisation is trusted."),
    ("rejected", "The organisation is taken off the list."),
    ("suspended", "Suspended. It is neither answered nor asked."),
    ("resumed", "It is answered and asked again."),
    ("pulled", "Asked, and everything new is here."),
    ("added", "The person is added. A signatory confirms the roles."),
    ("confirmed", "The roles are confirmed."),
    ("roles-asked", "Asked for. A signatory confirms the roles."),
    ("role-withdrawn", "The role is taken away."),
    ("sessions-ended", "Every session of theirs has ended."),
    ("closed", "The account is closed."),
    (
        "reset-asked",
        "Asked for. Nothing changes until a signatory confirms it.",
    ),
    ("reset", "The reset is confirmed. Their sessions have ended."),
    (
        "password",
        "The password is changed. Your other sessions have ended.",
    ),
    (
        "code",
        "The one-time code is in use. Your other sessions have ended.",
    ),
    ("stopped", "The preview is being stopped."),
    (
        "released",
        "Released. The partner gets it when its node next asks for news.",
    ),
    (
        "older-given",
        "Given. What is denied stays here, with its clause.",
    ),
    ("sinkhole", "Said. Its victims are counted in that log."),
    ("victims", "Shared: days and numbers."),
    ("zone", "Noted."),
    ("notices", "Kept. You are told so from now on."),
    (
        "guest-asked",
        "Asked. A case officer who did not ask lets it go, or does not.",
    ),
    ("guest-approved", "It may go. Whoever asked makes the link."),
    ("guest-not-approved", "It does not go."),
    ("guest-revoked", "The link is ended. Nothing is shown there."),
    ("answered-business", "Sent. The business reads it at its link."),
    ("victim-recorded", "The victim is recorded under its pseudonym."),
    (
        "identity-filed",
        "Filed, sealed. Nothing that names it leaves any more.",
    ),
    (
        "identity-given",
        "Sealed to the agency. It leaves as the agreement says; tell the victim.",
    ),
    (
        "identity-refused",
        "Refused. It is looked at by nobody and looked for in nothing.",
    ),
    ("conversation-closed", "The conversation is closed."),
    ("grant-asked", "Asked. A custodian and a case officer decide."),
    ("grant-given", "Your hand is given. The look needs both."),
    ("grant-ended", "It has ended. Nobody looks any more."),
    ("plan", "The plan is written. Every party is asked for its go."),
    ("go", "Your organisation's word is said. All parties read it."),
    (
        "targets-proposed",
        "Proposed. Every party that has them is asked whether they are its own. Check them next.",
    ),
    ("checked", "Said of every target that was ticked."),
    ("named", "The note is published. The victim reads what for."),
    (
        "key-revoked",
        "The key is revoked. Partners read it when their nodes next ask; call them all the same.",
    ),
    ("own", "Answered."),
    ("receipt", "The receipt is given."),
    ("looked", "Said. Whoever acted reads it."),
    (
        "pen-offered",
        "The pen is offered. You keep it until they take it.",
    ),
    ("pen-taken", "You hold the pen."),
    (
        "seconded",
        "Our side is granted. It begins once the other side has granted it too.",
    ),
    (
        "secondment-ended",
        "The secondment has ended. They see nothing there any more.",
    ),
    (
        "recalled",
        "Called back. Its use stops on every node that hears of it.",
    ),
    ("receipted", "Said. The originator reads what was done."),
    ("hold", "The hold stands."),
    ("hold-lifted", "The hold is lifted."),
    ("threat", "Saved."),
    ("threat-note", "The note is there."),
    ("lead", "The lead is on its way to the partner."),
    (
        "lead-asked",
        "It waits for your approver. Nothing has left before they say yes.",
    ),
    ("lead-handed", "They see it now."),
    ("feedback", "Said. Whoever it is for reads it."),
    ("own-added", "It is on the list."),
    ("own-removed", "It is off the list."),
    (
        "import-read",
        "It is read. Tick what means something; only you see this.",
    ),
    ("import-published", "Published."),
    ("draft-saved", "The draft is saved."),
    ("draft-gone", "The draft is thrown away, material and all."),
];

/// The kind of an organisation in words.
pub(super) fn kind_words(kind: OrgKind) -> &'static str {
    match kind {
        OrgKind::Agency => "law-enforcement agency",
        OrgKind::Vendor => "security vendor",
        OrgKind::Isp => "internet service provider",
        OrgKind::HostingProvider => "hosting provider",
        OrgKind::Registry => "registry",
        OrgKind::Cert => "emergency response team",
        OrgKind::Business => "business",
    }
}

/// The name of an operation: pages write "Operation" before it themselves.
pub(super) fn operation(name: &str) -> &str {
    name.strip_prefix("Operation ").unwrap_or(name)
}

/// Roles in words.
pub(super) fn role_words<'a>(roles: impl IntoIterator<Item = &'a Role>) -> String {
    let words: Vec<String> = roles
        .into_iter()
        .map(|role| role.as_str().replace('-', " "))
        .collect();
    words.join(", ")
}

/// The id on a page of what a note records.
pub(super) fn anchor(at: EntryRef) -> String {
    format!(
        "n-{}",
        at.to_string().replace(|c: char| !c.is_ascii_alphanumeric(), "-")
    )
}

impl Page {
    /// The page asked for, with the session that the gate found.
    pub fn of(request: &Request, node: &AppState) -> Result<Self, Failed> {
        Self::from_parts(request.uri(), request.extensions(), node)
    }

    /// The same, for who has only its parts.
    pub fn from_parts(
        uri: &http::Uri,
        extensions: &http::Extensions,
        node: &AppState,
    ) -> Result<Self, Failed> {
        let session = extensions.get::<Session>();
        let who = session
            .ok_or(accord_service::ServiceError::NotSignedIn)?
            .who
            .clone();
        let query = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri);
        Ok(Self {
            node: node.clone(),
            who,
            path: uri.path().to_owned(),
            query: query.map(|query| query.0).unwrap_or_default(),
        })
    }

    /// A value of the query; empty when there is none.
    pub fn query(&self, name: &str) -> &str {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }

    /// Every value of the query under a name.
    pub fn queries<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let all = self.query.iter().filter(move |(key, _)| key == name);
        all.map(|(_, value)| value.as_str())
    }

    /// Whether the person may do this at all.
    pub fn may(&self, act: Act) -> bool {
        act.ask(&self.who).is_ok()
    }

    /// An address, where the person may do this.
    pub fn href_if(&self, act: Act, segments: &[&str]) -> Option<Href> {
        self.may(act).then(|| Href::of(segments))
    }

    /// A form with a new key.
    pub fn form(&self, action: Href) -> Form {
        Form::to(action, &self.who.csrf, &hex::encode(self.node.random::<16>()))
    }

    /// Now, ms UTC.
    pub fn now(&self) -> u64 {
        self.node.now_ms()
    }

    /// Our organisation's name.
    pub fn own(&self) -> &str {
        self.node.config.org.as_str()
    }

    /// The frame.
    pub async fn shell(&self, part: Part) -> Shell {
        let waiting = self.node.inbox(&self.who).await.unwrap_or_default();
        self.shell_with(part, &waiting)
    }

    /// The frame, when what waits is known already.
    pub fn shell_with(&self, part: Part, waiting: &[InboxItem]) -> Shell {
        let any = |acts: &[Act]| acts.iter().any(|act| self.may(*act));
        let parts = [
            (Part::Inbox, "Inbox", "", !self.who.must_enrol),
            (
                Part::Cases,
                "Cases",
                "cases",
                any(&[Act::RunCase, Act::Ask, Act::Write, Act::Approve]),
            ),
            (Part::Intel, "Intel", "intel", any(&[Act::Write])),
            (
                Part::Threats,
                "Threats",
                "threats",
                any(&[Act::Watch, Act::SeeLeads]),
            ),
            (
                Part::Businesses,
                "Businesses",
                "conversations",
                self.node.takes_reports() && any(&[Act::Converse]),
            ),
            (
                Part::Agreements,
                "Agreements",
                "agreements",
                any(&[Act::ReadAgreements]),
            ),
            (
                Part::Protection,
                "Protection",
                "protection",
                any(&[Act::SeeProtection]),
            ),
            (Part::Hunts, "Hunts", "hunts", any(&[Act::HuntOwn])),
            (
                Part::Logs,
                "Logs",
                match any(&[Act::ImportLogs, Act::Approve]) {
                    true => "logs",
                    false => "logs/keeping",
                },
                any(&[Act::ImportLogs, Act::Approve, Act::SeeLogKeeping]),
            ),
            (
                Part::Organisations,
                "Organisations",
                "organisations",
                any(&[Act::ReadAgreements]),
            ),
            (Part::Node, "Node", "node", any(&[Act::ManagePeers])),
            (
                Part::People,
                "People",
                "people",
                any(&[Act::ManagePeople, Act::NameMembers, Act::ConfirmRole]),
            ),
            (Part::Audit, "Audit", "audit", any(&[Act::Audit])),
            (
                Part::Taxii,
                "TAXII",
                "taxii",
                any(&[Act::ManageTaxii, Act::ConfirmTaxii]),
            ),
        ];
        let nav = parts
            .into_iter()
            .filter(|(.., shown)| *shown)
            .map(|(which, label, path, _)| NavItem {
                label: label.to_owned(),
                href: Href::of(
                    &path
                        .split('/')
                        .filter(|part| !part.is_empty())
                        .collect::<Vec<_>>(),
                ),
                current: which == part,
                waiting: if which == Part::Inbox {
                    u32::try_from(waiting.len()).unwrap_or(u32::MAX)
                } else {
                    0
                },
            });
        Shell {
            person: Some(view::SignedIn {
                name: self.who.name.clone(),
                roles: role_words(&self.who.roles),
                account: Href::of(&["account"]),
                sign_out: Form::to(Href::of(&["sign-out"]), &self.who.csrf, ""),
            }),
            search: self.may(Act::Search),
            nav: nav.collect(),
            done: self.done(),
            ..bare(&self.node)
        }
    }

    fn done(&self) -> Option<Done> {
        let (_, text) = DONE.iter().find(|(word, _)| *word == self.query("done"))?;
        let at: Option<EntryRef> = self.query("note").parse().ok();
        let segments: Vec<&str> = self
            .path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .collect();
        Some(Done {
            text: (*text).to_owned(),
            reference: at.map(|at| Link {
                label: at.to_string(),
                href: Href::of(&segments).at(&anchor(at)),
            }),
        })
    }
}

impl FromRequestParts<AppState> for Page {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, node: &AppState) -> Result<Self, Failed> {
        Self::from_parts(&parts.uri, &parts.extensions, node)
    }
}

/// The frame without a person.
pub(super) fn bare(node: &Node) -> Shell {
    Shell {
        organisation: node.config.org.to_string(),
        kind: kind_words(node.config.kind).to_owned(),
        node: node.config.url.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        person: None,
        search: false,
        nav: Vec::new(),
        done: None,
        by_link: false,
    }
}

/// The frame of a page whose address is the secret of whoever has it.
pub(super) fn by_link(node: &Node) -> Shell {
    Shell {
        by_link: true,
        ..bare(node)
    }
}

/// A page.
pub(super) fn html(page: Result<String, askama::Error>) -> Paged {
    Ok(Html(page?).into_response())
}

/// After something was done: a page that says so, with the reference of the note that records it. Loading it again
/// does nothing again.
pub(super) fn done(place: Href, word: &str, note: Option<EntryRef>) -> Response {
    let place = place.with("done", word);
    let place = match note {
        Some(at) => place.with("note", &at.to_string()),
        None => place,
    };
    Redirect::to(place.as_str()).into_response()
}
