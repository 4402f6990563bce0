//! The asking side: a request for somebody without a node, its approval, its link.

use accord_model::content::{ContentBody, ContentEntry, RequestWhat};
use accord_model::{EntryKind, EntryRef, OrgName, PersonId, SpaceId};
use serde::{Deserialize, Serialize};

use super::link::{
    Done, Draft, GUEST_REFERENCE_MAX, GuestLink, Issued, LINK_DAYS_DEFAULT, LINK_DAYS_MAX, LINKS_MAX,
    TRIES_DEFAULT, TRIES_MAX, ends, token_id,
};
use super::visit::GuestKind;
use crate::asks::NewRequest;
use crate::error::{Result, ServiceError};
use crate::journal::{Body, Space, State};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::{Decided, asked_of_guest};

/// A link that was just made. Shown once.
#[derive(Debug, Clone, Serialize)]
pub struct GuestMade {
    /// The secret of the link.
    pub token: String,
    /// The whole address, to be given to the guest.
    pub address: String,
    /// Until when it is good, ms UTC.
    pub expires_ms: u64,
}

/// A link as the asking side sees it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GuestLinkView {
    /// Its id on this node.
    pub id: String,
    /// The request.
    pub request: EntryRef,
    /// The case.
    pub case: SpaceId,
    /// The organisation.
    pub org: OrgName,
    /// `waits-for-approval`, `not-approved`, `approved`, `live`, `expired`, `used-up`, `revoked`, `answered`.
    pub state: String,
    /// Who asked.
    pub asked_by: PersonId,
    /// When, ms UTC.
    pub asked_ms: u64,
    /// Who approved it.
    pub approved_by: Option<PersonId>,
    /// Until when the link is good, ms UTC.
    pub expires_ms: Option<u64>,
    /// Every opening, ms UTC.
    pub opened_ms: Vec<u64>,
    /// How often it may be opened.
    pub tries_max: Option<u32>,
    /// What the guest sent: `answer`, `declined`, `not-us`.
    pub sent: Option<GuestKind>,
    /// When, ms UTC.
    pub sent_ms: Option<u64>,
    /// The exhibit that it became.
    pub exhibit: Option<EntryRef>,
    /// What the gate says of the request now.
    pub decision: Option<Decided>,
}

impl Node {
    fn guest_entry(&self, space: &Space, who: &SignedIn, new: &NewRequest) -> Result<ContentEntry> {
        let role = self.writer(space, who, Act::Ask, EntryKind::RequestMade)?;
        if new.guest.is_none() {
            return Err(ServiceError::invalid("guest", "say who asks and whom"));
        }
        if new.instrument.is_some() || new.oral.is_some() {
            return Err(ServiceError::invalid(
                "instrument",
                "the guest reads no case: say the authority in guest.authority",
            ));
        }
        if new.expertise.is_some() || new.what == RequestWhat::Expertise {
            return Err(ServiceError::invalid(
                "what",
                "experts are asked where they have a node; ask for information",
            ));
        }
        if new.reference.len() > GUEST_REFERENCE_MAX {
            let words = format!("at most {GUEST_REFERENCE_MAX} bytes");
            return Err(ServiceError::invalid("reference", words));
        }
        self.times_of(new)?;
        if new.takedown.iter().any(|asked| !asked.targets.is_empty()) {
            return Err(ServiceError::invalid(
                "takedown",
                "a guest reads no plan: leave the targets out, and write what is to be taken down",
            ));
        }
        let entry = new.entry(who, role)?;
        entry
            .check()
            .map_err(|error| ServiceError::invalid("request", error))?;
        Ok(entry)
    }

    /// What the gate would say of a request to a guest. Nothing is kept.
    pub async fn preview_guest(&self, who: &SignedIn, case: SpaceId, new: &NewRequest) -> Result<Decided> {
        Act::Ask.ask(who)?;
        let state = self.read().await?;
        let space = self.case_for(&state, who, case)?;
        let entry = self.guest_entry(space, who, new)?;
        Ok(self.ask_guest_gate(&state, space, &entry, None))
    }

    /// Asks somebody without a node. Nothing leaves before a case officer who did not ask has approved it.
    pub async fn ask_guest(&self, who: &SignedIn, case: SpaceId, new: &NewRequest) -> Result<GuestLinkView> {
        Act::Ask.ask(who)?;
        let (id, guest) = (hex::encode(self.random::<16>()), PersonId(self.random()));
        self.act_once(|state, batch, log| {
            let space = self.case_for(state, who, case)?;
            let entry = self.guest_entry(space, who, new)?;
            let decided = self.ask_guest_gate(state, space, &entry, None);
            if decided.answer == "no" {
                return Err(decided.refusal());
            }
            if state.guest_links.len() >= LINKS_MAX {
                return Err(ServiceError::Conflict(format!(
                    "this node keeps {LINKS_MAX} links, and has as many"
                )));
            }
            self.may_write(state, case, &entry)?;
            let request = self.append(state, batch, case, entry)?;
            let link = GuestLink {
                id: id.clone(),
                request,
                case,
                org: new.to.clone(),
                guest,
                asked: Done {
                    by: who.person,
                    at_ms: self.now_ms(),
                },
                approved: None,
                declined: None,
                issued: None,
                revoked: None,
                draft: Draft::default(),
                sent: None,
            };
            let view = self.link_view(state, &link);
            link.keep(state, batch);
            log.person(batch, who, "guest.asked", &request.to_string());
            Ok(view)
        })
        .await
    }

    /// A link of a case that a person sees.
    fn link_for<'a>(&self, state: &'a State, who: &SignedIn, id: &str) -> Result<&'a GuestLink> {
        let missing = || ServiceError::NotFound("link");
        let link = state.guest_links.get(id).ok_or_else(missing)?;
        self.case_for(state, who, link.case).map_err(|_| missing())?;
        Ok(link)
    }

    /// A case officer who did not ask lets the request go, or does not. What is decided is the release itself.
    pub async fn decide_guest(&self, who: &SignedIn, id: &str, approve: bool) -> Result<Decided> {
        let role = Act::RunCase.ask(who)?;
        self.act_once(|state, batch, log| {
            let mut link = self.link_for(state, who, id)?.clone();
            if link.state(self.now_ms()) != "waits-for-approval" {
                return Err(ServiceError::Conflict("this was decided already".into()));
            }
            if link.asked.by == who.person {
                return Err(ServiceError::denied(
                    "nobody approves their own request: a case officer who did not ask does",
                ));
            }
            let space = self.case_for(state, who, link.case)?;
            let on_case = space
                .control
                .roles_of(&self.config.org, who.person, self.now_ms());
            if !on_case.contains(&role) {
                return Err(ServiceError::denied(
                    "a case officer who is named on the case lets its requests go",
                ));
            }
            let done = Done {
                by: who.person,
                at_ms: self.now_ms(),
            };
            let decided = match approve {
                true => {
                    let decided = self.release_to_guest(state, batch, link.request, who.person)?;
                    if !decided.is_yes() {
                        return Err(decided.refusal());
                    }
                    link.approved = Some(done);
                    decided
                }
                false => {
                    link.declined = Some(done);
                    let (.., body) = state
                        .entry(link.request)
                        .ok_or(ServiceError::NotFound("request"))?;
                    let Body::Content(entry) = body else {
                        return Err(ServiceError::NotFound("request"));
                    };
                    Decided {
                        answer: "no".to_owned(),
                        who: None,
                        words: "a case officer did not let it go".to_owned(),
                        ..self.ask_guest_gate(state, space, entry, None)
                    }
                }
            };
            log.person(
                batch,
                who,
                if approve {
                    "guest.approved"
                } else {
                    "guest.not-approved"
                },
                &link.request.to_string(),
            );
            link.keep(state, batch);
            Ok(decided)
        })
        .await
    }

    /// Makes the link of an approved request. Made again, the one before is gone; the secret is shown once and kept
    /// nowhere.
    pub async fn make_guest_link(
        &self,
        who: &SignedIn,
        id: &str,
        days: Option<u32>,
        tries: Option<u32>,
    ) -> Result<GuestMade> {
        Act::Ask.ask(who)?;
        let days = days.unwrap_or(LINK_DAYS_DEFAULT);
        let tries = tries.unwrap_or(TRIES_DEFAULT);
        if !(1..=LINK_DAYS_MAX).contains(&days) {
            return Err(ServiceError::invalid("days", format!("1 to {LINK_DAYS_MAX}")));
        }
        if !(1..=TRIES_MAX).contains(&tries) {
            return Err(ServiceError::invalid("tries", format!("1 to {TRIES_MAX}")));
        }
        let token = hex::encode(self.random::<32>());
        // Not by `act_once`: an answer that is kept would keep the secret.
        let expires_ms = self
            .act(|state, batch, log| {
                let mut link = self.link_for(state, who, id)?.clone();
                let now = self.now_ms();
                if !matches!(link.state(now), "approved" | "live" | "expired" | "used-up") {
                    return Err(ServiceError::Conflict(match link.state(now) {
                        "waits-for-approval" => "a case officer who did not ask approves it first".into(),
                        "answered" => "this was answered".into(),
                        _ => "this request goes nowhere any more: ask again".into(),
                    }));
                }
                let released = self.for_guest(state, link.request).ok_or_else(|| {
                    ServiceError::denied("the request may not be read by its guest any more: ask again")
                })?;
                let until = released
                    .into_inner()
                    .guest
                    .authority
                    .map(|authority| authority.to_ms);
                let expires_ms = ends(now, days).min(until.unwrap_or(u64::MAX));
                link.issued = Some(Issued {
                    token: token_id(&token),
                    by: who.person,
                    at_ms: now,
                    expires_ms,
                    tries_max: tries,
                    opened_ms: Vec::new(),
                });
                log.person(batch, who, "guest.link-made", &link.request.to_string());
                link.keep(state, batch);
                Ok(expires_ms)
            })
            .await?;
        Ok(GuestMade {
            address: format!("{}/r/{token}", self.config.url),
            token,
            expires_ms,
        })
    }

    /// Ends a link: nothing is shown there any more. What was sent stays.
    pub async fn revoke_guest_link(&self, who: &SignedIn, id: &str) -> Result<()> {
        Act::Ask.ask(who)?;
        self.act_once(|state, batch, log| {
            let mut link = self.link_for(state, who, id)?.clone();
            if link.sent.is_some() {
                return Err(ServiceError::Conflict(
                    "this was answered: nothing is left to end".into(),
                ));
            }
            if link.revoked.is_none() {
                link.revoked = Some(Done {
                    by: who.person,
                    at_ms: self.now_ms(),
                });
                link.drop_draft(state, batch);
                log.person(batch, who, "guest.revoked", &link.request.to_string());
                link.keep(state, batch);
            }
            Ok(())
        })
        .await
    }

    pub(crate) fn link_view(&self, state: &State, link: &GuestLink) -> GuestLinkView {
        let issued = link.issued.as_ref();
        let decision = state.entry(link.request).and_then(|(ledger, _, body)| {
            let space = state.spaces.get(&ledger.space)?;
            match body {
                Body::Content(entry) if asked_of_guest(entry).is_some() => {
                    let approved = link.approved.as_ref().map(|done| done.by);
                    Some(self.ask_guest_gate(state, space, entry, approved))
                }
                _ => None,
            }
        });
        GuestLinkView {
            id: link.id.clone(),
            request: link.request,
            case: link.case,
            org: link.org.clone(),
            state: match state.is_taken_back(link.request) && link.sent.is_none() {
                true => "withdrawn".to_owned(),
                false => link.state(self.now_ms()).to_owned(),
            },
            asked_by: link.asked.by,
            asked_ms: link.asked.at_ms,
            approved_by: link.approved.as_ref().map(|done| done.by),
            expires_ms: issued.map(|issued| issued.expires_ms),
            opened_ms: issued.map_or_else(Vec::new, |issued| issued.opened_ms.clone()),
            tries_max: issued.map(|issued| issued.tries_max),
            sent: link.sent.as_ref().map(|sent| sent.kind),
            sent_ms: link.sent.as_ref().map(|sent| sent.at_ms),
            exhibit: link.sent.as_ref().and_then(|sent| sent.exhibit),
            decision,
        }
    }

    /// The links of a case, the newest first.
    pub async fn guest_links(&self, who: &SignedIn, case: SpaceId) -> Result<Vec<GuestLinkView>> {
        Act::Ask.ask(who)?;
        let state = self.read().await?;
        self.case_for(&state, who, case)?;
        let mut links: Vec<GuestLinkView> = state
            .guest_links
            .values()
            .filter(|link| link.case == case)
            .map(|link| self.link_view(&state, link))
            .collect();
        links.sort_by_key(|link| std::cmp::Reverse((link.asked_ms, link.id.clone())));
        Ok(links)
    }

    /// What of a case's links waits for a person.
    pub(crate) fn guests_waiting(
        &self,
        state: &State,
        space: &Space,
        who: &SignedIn,
        operation: &str,
    ) -> Vec<crate::views::InboxItem> {
        use accord_model::Role;
        let now = self.now_ms();
        let roles = space.control.roles_of(&self.config.org, who.person, now);
        let acts = |role: Role| who.roles.contains(&role) && roles.contains(&role);
        let links = state.guest_links.values().filter(|link| link.case == space.id);
        links
            .filter(|link| !state.is_taken_back(link.request))
            .filter_map(|link| {
                let mine = link.asked.by == who.person;
                let reference = match state.entry(link.request) {
                    Some((_, _, Body::Content(entry))) => match &entry.body {
                        ContentBody::RequestMade(made) => made.reference.clone(),
                        _ => return None,
                    },
                    _ => return None,
                };
                let (title, why, otherwise) = match link.state(now) {
                    "waits-for-approval" if acts(Role::CaseOfficer) && !mine => (
                        format!("{reference}: a request to {}, who has no node", link.org),
                        format!("You run {operation}, and did not ask this."),
                        "It does not leave.",
                    ),
                    "approved" if mine => (
                        format!("{reference}: approved; make the link for {}", link.org),
                        format!("You asked it on {operation}."),
                        "Nobody is asked.",
                    ),
                    "expired" | "used-up" if mine => (
                        format!(
                            "{reference}: the link for {} has ended without an answer",
                            link.org
                        ),
                        format!("You asked it on {operation}."),
                        "It stays unanswered. Make a new link, or take the request back.",
                    ),
                    _ => return None,
                };
                Some(crate::views::InboxItem {
                    todo: crate::views::Todo::GuestLink {
                        link: link.id.clone(),
                        case: space.id.to_string(),
                    },
                    title,
                    why,
                    since_ms: link.approved.as_ref().map_or(link.asked.at_ms, |done| done.at_ms),
                    due_ms: None,
                    otherwise: otherwise.to_owned(),
                })
            })
            .collect()
    }
}
