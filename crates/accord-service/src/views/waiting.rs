//! What waits because somebody asked: answers hoped for, questions to experts, the writing after an oral authority.

use accord_model::content::RequestWhat;
use accord_model::{EntryKind, Role};

use super::answers::{KEPT_REMINDER_MS, SECRECY_REMINDER_MS};
use super::inbox::{InboxItem, Todo};
use super::request::OralView;
use crate::journal::{Body, Space, State};
use crate::node::Node;
use crate::people::SignedIn;

/// From this long before it is due, what waits presses, ms: one day.
pub const PRESSING_MS: u64 = 24 * 3_600_000;

impl Todo {
    /// From how long before it is due it presses, ms: what ends by itself presses for as long as people are reminded of
    /// its end, everything else for a day.
    const fn reminder_ms(&self) -> u64 {
        match self {
            Self::KeepSecret { .. } => SECRECY_REMINDER_MS,
            Self::KeptUntil { .. } => KEPT_REMINDER_MS,
            _ => PRESSING_MS,
        }
    }
}

impl InboxItem {
    /// `overdue`, `pressing`, or nothing. Whoever is told of the line is told again when this changes.
    pub fn urgency(&self, now_ms: u64) -> Option<&'static str> {
        let due = self.due_ms?;
        if due < now_ms {
            Some("overdue")
        } else if due.saturating_sub(now_ms) <= self.todo.reminder_ms() {
            Some("pressing")
        } else {
            None
        }
    }
}

impl Node {
    /// What waits on a case because somebody asked, beside the requests an approver decides.
    pub(super) fn asks_waiting(
        &self,
        state: &State,
        space: &Space,
        who: &SignedIn,
        operation: &str,
    ) -> Vec<InboxItem> {
        let now = self.now_ms();
        let roles = self
            .named_sight(space, who)
            .map(|sight| sight.roles)
            .unwrap_or_default();
        let acts = |role: Role| who.roles.contains(&role) && roles.contains(&role);
        let (asks, takes) = (
            acts(Role::Investigator) || acts(Role::CaseOfficer),
            acts(Role::Researcher) || acts(Role::Investigator),
        );
        let mut items = Vec::new();
        for at in space.of_kinds(|kind| kind == EntryKind::RequestMade) {
            let Some((ledger, header, Body::Content(entry))) = state.entry(at) else {
                continue;
            };
            let Some(view) = self.request_view(state, space, at) else {
                continue;
            };
            if view.state != "waiting" {
                continue;
            }
            // Who has no node was asked once there is a link; before that the link itself waits.
            let reached = view.guest.is_none()
                || (state.guest_links.values()).any(|link| link.request == at && link.state(now) == "live");
            if ledger.own && asks && reached && view.due_ms.is_some() {
                let word = if view.overdue { "is overdue" } else { "is due" };
                items.push(InboxItem {
                    todo: Todo::AwaitAnswer {
                        request: at,
                        case: space.id.to_string(),
                    },
                    title: format!("{}: the answer of {} {word}", view.reference, view.to),
                    why: format!("You work on {operation}, and your organisation asked."),
                    since_ms: header.clock.wall_ms,
                    due_ms: view.due_ms,
                    otherwise: format!("It waits at {}. Call them, or take it back.", view.to),
                });
            }
            let for_us = !ledger.own && view.to == self.config.org;
            if for_us && takes && view.what == RequestWhat::Expertise && view.pool.is_empty() {
                let pool = match &entry.body {
                    accord_model::content::ContentBody::RequestMade(made) => {
                        made.expertise.as_ref().map(|question| question.pool.clone())
                    }
                    _ => None,
                };
                let pool = pool.unwrap_or_else(|| "no pool named".to_owned());
                items.push(InboxItem {
                    todo: Todo::TakeExpertise {
                        request: at,
                        case: space.id.to_string(),
                    },
                    title: format!("{} asks your experts ({pool}): {}", ledger.org, view.reference),
                    why: format!(
                        "You work on {operation}. Anybody of the pool says whether it takes the question."
                    ),
                    since_ms: header.clock.wall_ms,
                    due_ms: view.due_ms,
                    otherwise: "The asker does not know whether anybody looks at it.".into(),
                });
            }
        }
        if acts(Role::CaseOfficer) || acts(Role::Approver) {
            for (at, oral) in space.control.unconfirmed() {
                if oral.org != self.config.org {
                    continue;
                }
                let overdue = OralView::of(at, oral, now).state == "overdue";
                let word = if overdue { " is overdue" } else { " is due" };
                items.push(InboxItem {
                    todo: Todo::ConfirmOral {
                        oral: at,
                        case: space.id.to_string(),
                    },
                    title: format!("The writing after an oral authority{word}: {}", oral.says.act),
                    why: format!("{} gave it by word of mouth on {operation}.", oral.says.authority),
                    since_ms: oral.due_ms.saturating_sub(PRESSING_MS),
                    due_ms: Some(oral.due_ms),
                    otherwise:
                        "After a day nothing new rests on it, and what was done stands without a paper."
                            .into(),
                });
            }
        }
        items
    }
}
