//! What came back and was not read, and what must not be told yet.

use std::collections::BTreeMap;

use accord_model::content::{ContentBody, RequestWhat};
use accord_model::control::SpaceKind;
use accord_model::{EntryKind, EntryRef, PersonId, Role};

use super::aside::set_aside;
use super::inbox::{InboxItem, Todo};
use crate::asks::asked_for;
use crate::journal::{Body, Space, State};
use crate::node::Node;
use crate::people::SignedIn;

/// So long before what was kept for a request may go, both sides are reminded, ms: seven days.
pub const KEPT_REMINDER_MS: u64 = 7 * 24 * 3_600_000;
/// So long before a period of secrecy ends, both sides are reminded, ms: seven days.
pub const SECRECY_REMINDER_MS: u64 = 7 * 24 * 3_600_000;

/// The request that a note answers.
fn answers(body: &ContentBody) -> Option<EntryRef> {
    match body {
        ContentBody::RequestAnswered(said) => Some(said.request),
        ContentBody::RequestNarrowed(said) => Some(said.request),
        ContentBody::RequestRefused(said) => Some(said.request),
        ContentBody::SubscriberAnswered(said) => Some(said.request),
        _ => None,
    }
}

impl Node {
    /// Answers to this organisation's requests that neither this person nor whoever asked has read.
    pub(super) fn answers_unread(
        &self,
        state: &State,
        space: &Space,
        who: &SignedIn,
        items: &mut Vec<InboxItem>,
    ) {
        debug_assert_eq!(space.kind, SpaceKind::Case);
        let asks = self.named_sight(space, who).is_some_and(|sight| {
            sight.roles.contains(&Role::Investigator) || sight.roles.contains(&Role::CaseOfficer)
        });
        if !asks {
            return;
        }
        let kinds = |kind| {
            matches!(
                kind,
                EntryKind::RequestAnswered
                    | EntryKind::RequestNarrowed
                    | EntryKind::RequestRefused
                    | EntryKind::SubscriberAnswered
            )
        };
        // The newest answer to each.
        let mut newest: BTreeMap<EntryRef, EntryRef> = BTreeMap::new();
        for at in space.of_kinds(kinds) {
            if let Some((ledger, _, Body::Content(entry))) = state.entry(at)
                && !ledger.own
                && let Some(request) = answers(&entry.body)
            {
                newest.insert(request, at);
            }
        }
        let read_by = |at: EntryRef, person: PersonId| state.looks.has_looked(at, person);
        for (request, answer) in newest {
            let (Some((asked, _, Body::Content(entry))), Some((ledger, header, Body::Content(said)))) =
                (state.entry(request), state.entry(answer))
            else {
                continue;
            };
            let ContentBody::RequestMade(made) = &entry.body else {
                continue;
            };
            let sees = said.kind().category().is_some_and(|category| {
                self.named_sight(space, who)
                    .is_some_and(|sight| sight.reads(category))
            });
            let counts = asked.own && ledger.org == made.to && set_aside(state, space, answer).is_none();
            if !counts
                || !sees
                || space.control.is_recalled(answer)
                || read_by(answer, who.person)
                || read_by(answer, entry.by)
            {
                continue;
            }
            let how = match said.kind() {
                EntryKind::RequestRefused => "refused",
                EntryKind::RequestNarrowed => "answered in part",
                _ => "answered",
            };
            items.push(InboxItem {
                todo: Todo::ReadAnswer {
                    request,
                    answer,
                    case: space.id.to_string(),
                },
                title: format!(
                    "{} {how} {}: {}",
                    ledger.org,
                    made.reference,
                    asked_for(made.what)
                ),
                why: match entry.by == who.person {
                    true => "You asked.".to_owned(),
                    false => "Your organisation asked, and whoever asked has not read it.".to_owned(),
                },
                since_ms: header.clock.wall_ms,
                due_ms: None,
                otherwise: "Nobody here has read it.".into(),
            });
        }
    }

    /// Requests whose customers must not be told yet: the asked side until the time is over, both sides reminded
    /// before it ends.
    pub(super) fn secrets_kept(
        &self,
        state: &State,
        space: &Space,
        who: &SignedIn,
        items: &mut Vec<InboxItem>,
    ) {
        let now = self.now_ms();
        let acts = self
            .named_sight(space, who)
            .map(|sight| sight.roles)
            .unwrap_or_default();
        let asks = acts.contains(&Role::Investigator) || acts.contains(&Role::CaseOfficer);
        let decides = who.home.is_none() && who.roles.contains(&Role::Approver);
        for at in space.of_kinds(|kind| kind == EntryKind::RequestMade) {
            let Some((ledger, header, Body::Content(entry))) = state.entry(at) else {
                continue;
            };
            let ContentBody::RequestMade(made) = &entry.body else {
                continue;
            };
            let Some(until) = made.secret_until_ms.filter(|until| *until > now) else {
                continue;
            };
            if set_aside(state, space, at).is_some() || space.control.is_recalled(at) {
                continue;
            }
            let soon = until.saturating_sub(now) <= SECRECY_REMINDER_MS;
            let asked = !ledger.own && made.to == self.config.org && decides;
            let asking = ledger.own && asks && soon;
            if !asked && !asking {
                continue;
            }
            items.push(InboxItem {
                todo: Todo::KeepSecret {
                    request: at,
                    case: space.id.to_string(),
                },
                title: match asked {
                    true => format!("{}: do not tell the customer yet", made.reference),
                    false => format!("{}: {} may soon tell its customer", made.reference, made.to),
                },
                why: match asked {
                    true => format!("{} asked you to keep it secret until then.", ledger.org),
                    false => format!("The secrecy that you asked of {} ends then.", made.to),
                },
                since_ms: header.clock.wall_ms,
                due_ms: Some(until),
                otherwise: match asked {
                    true => "From then on you may tell them, where your law wants it.".into(),
                    false => "Ask again, with a new period, if it must stay secret.".into(),
                },
            });
        }
    }

    /// What is kept for a request, when the time for which it is kept is soon over: for who decides at the side that
    /// keeps it, and for who asked.
    pub(super) fn kept_for_requests(
        &self,
        state: &State,
        space: &Space,
        who: &SignedIn,
        items: &mut Vec<InboxItem>,
    ) {
        let now = self.now_ms();
        let acts = self
            .named_sight(space, who)
            .map(|sight| sight.roles)
            .unwrap_or_default();
        let asks = acts.contains(&Role::Investigator) || acts.contains(&Role::CaseOfficer);
        let decides = who.home.is_none() && who.roles.contains(&Role::Approver);
        if !asks && !decides {
            return;
        }
        for at in space.of_kinds(|kind| kind == EntryKind::RequestMade) {
            let Some((ledger, _, Body::Content(entry))) = state.entry(at) else {
                continue;
            };
            let ContentBody::RequestMade(made) = &entry.body else {
                continue;
            };
            if made.what != RequestWhat::Preservation || space.control.is_recalled(at) {
                continue;
            }
            let Some(until) = self
                .request_view(state, space, at)
                .and_then(|view| view.kept_until_ms)
            else {
                continue;
            };
            let soon = until > now && until.saturating_sub(now) <= KEPT_REMINDER_MS;
            let keeps = !ledger.own && made.to == self.config.org && decides;
            let asked = ledger.own && asks;
            if !soon || !(keeps || asked) {
                continue;
            }
            items.push(InboxItem {
                todo: Todo::KeptUntil {
                    request: at,
                    case: space.id.to_string(),
                },
                title: match keeps {
                    true => format!("{}: what you keep for {} may soon go", made.reference, ledger.org),
                    false => format!("{}: {} soon keeps it no more", made.reference, made.to),
                },
                why: match keeps {
                    true => format!("You told {} that you keep it until then.", ledger.org),
                    false => format!("{} said that it keeps it until then.", made.to),
                },
                since_ms: until.saturating_sub(KEPT_REMINDER_MS),
                due_ms: Some(until),
                otherwise: match keeps {
                    true => {
                        "From then on you may delete it, where nobody asked for it or for more time.".into()
                    }
                    false => "It may be deleted. Ask for it under an instrument, or ask again for more time."
                        .into(),
                },
            });
        }
    }

    /// The pen that was offered to this person, and secondments of which the other side has granted its half.
    pub(super) fn team_waits(
        &self,
        state: &State,
        space: &Space,
        who: &SignedIn,
        operation: &str,
        items: &mut Vec<InboxItem>,
    ) {
        if who.home.is_some() {
            return;
        }
        let own = &self.config.org;
        let roles = space.control.roles_of(own, who.person, self.now_ms());
        let is = |role: Role| who.roles.contains(&role) && roles.contains(&role);
        if is(Role::CaseOfficer)
            && let Some((offer, from, said)) = crate::team::offers(state, space).pop()
            && said.to_org == *own
            && said.to == who.person
        {
            items.push(InboxItem {
                todo: Todo::TakePen {
                    offer,
                    case: space.id.to_string(),
                },
                title: format!("{from} offers you the pen of {operation}"),
                why: "You are a case officer on it.".into(),
                since_ms: state
                    .entry(offer)
                    .map_or(0, |(_, header, _)| header.clock.wall_ms),
                due_ms: None,
                otherwise: "It stays where it is.".into(),
            });
        }
        let names = super::case::names(state, space);
        for half in self.half_granted(state, space, &names) {
            let mine =
                (half.home == *own && is(Role::Approver)) || (half.host == *own && is(Role::CaseOfficer));
            if half.granted_by.contains(own) || !mine || half.until_ms <= self.now_ms() {
                continue;
            }
            let name = half.name.unwrap_or_else(|| format!("a person of {}", half.home));
            items.push(InboxItem {
                todo: Todo::GrantSecondment {
                    case: space.id.to_string(),
                },
                title: format!("Second {name} to {} on {operation}", half.host),
                why: format!(
                    "{} has granted it; your side is asked.",
                    half.granted_by.first().unwrap_or(&half.home)
                ),
                since_ms: half.from_ms.min(self.now_ms()),
                due_ms: Some(half.until_ms),
                otherwise: "They see nothing there.".into(),
            });
        }
    }
}
