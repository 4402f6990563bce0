//! What an auditor reads: control notes of every space of this organisation, and the access log. Never content: not
//! a note's text, nor the names behind ids, which are content too.

use accord_model::control::{ControlEntry, SpaceKind};
use accord_model::{EntryKind, EntryRef, OrgName, PersonId, Role, SpaceId};
use serde::Serialize;

use super::lists::{ACCESS_PAGE, AccessView};
use super::words::control_words;
use crate::error::{Result, ServiceError};
use crate::journal::Body;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

/// Control notes in one page.
pub const CONTROL_PAGE: usize = 200;
/// Pages of the access log read for one page shown, so that a rare name does not read all of it.
pub const ACCESS_READS_MAX: usize = 10;

/// A space, as an auditor sees it.
#[derive(Debug, Clone, Serialize)]
pub struct SpaceSummary {
    /// Its id.
    pub id: SpaceId,
    /// `agreement` or `case`.
    pub kind: SpaceKind,
    /// A case's operation, an agreement's title; empty where neither is known.
    pub title: String,
    /// Its parties.
    pub parties: Vec<OrgName>,
    /// Control notes in it.
    pub notes: u64,
    /// The newest control note's time, ms UTC.
    pub newest_ms: Option<u64>,
}

/// A control note, as an auditor sees it.
#[derive(Debug, Clone, Serialize)]
pub struct ControlLine {
    /// Its reference.
    pub at: EntryRef,
    /// When, ms UTC, by its author's clock.
    pub when_ms: u64,
    /// Whose word it is.
    pub org: OrgName,
    /// What kind of note.
    pub kind: EntryKind,
    /// The person's id, when one acted.
    pub person: Option<PersonId>,
    /// In which role.
    pub role: Option<Role>,
    /// The clause it names.
    pub clause: Option<String>,
    /// In words, people by their ids.
    pub words: String,
    /// Its reason or scope, when it says one.
    pub reason: Option<String>,
    /// Why it does not count, when it does not.
    pub set_aside: Option<String>,
}

/// One page of control notes, newest first in causal order.
#[derive(Debug, Clone, Serialize)]
pub struct ControlPage {
    /// The space.
    pub space: SpaceSummary,
    /// The notes.
    pub lines: Vec<ControlLine>,
    /// Give it as `before` for the next page; `None`: this was the last.
    pub next: Option<EntryRef>,
}

/// Which lines of the access log.
#[derive(Debug, Clone, Default)]
pub struct AccessFilter {
    /// Whose name or id has this in it; empty: everybody's.
    pub who: String,
    /// What was done, or to what, has this in it; empty: everything.
    pub what: String,
    /// From, ms UTC.
    pub from_ms: Option<u64>,
    /// To, ms UTC, excluded.
    pub to_ms: Option<u64>,
}

impl AccessFilter {
    fn takes(&self, line: &AccessView) -> bool {
        let holds = |text: &str, wanted: &str| text.to_lowercase().contains(&wanted.to_lowercase());
        // People are shown blanks for the dots and dashes of an act, and look for what they are shown.
        let shown = |text: &str| text.replace(['.', '-'], " ");
        holds(&line.actor, &self.who)
            && (holds(&shown(&line.what), &shown(self.what.trim())) || holds(&line.subject, &self.what))
            && self.from_ms.is_none_or(|from| line.at_ms >= from)
            && self.to_ms.is_none_or(|to| line.at_ms < to)
    }
}

/// One page of the access log, newest first.
#[derive(Debug, Clone, Serialize)]
pub struct AccessPage {
    /// The lines.
    pub lines: Vec<AccessView>,
    /// Give it as `before` for the next page; `None`: this was the last. A page may be empty and not the last.
    pub next: Option<u64>,
}

fn clause(entry: &ControlEntry) -> Option<String> {
    match entry {
        ControlEntry::ApprovalGiven(said) => Some(said.clause.clone()),
        ControlEntry::ApprovalNarrowed(said) => Some(said.clause.clone()),
        ControlEntry::ApprovalRefused(said) => Some(said.clause.clone()),
        _ => None,
    }
}

impl Node {
    fn space_summary(&self, state: &crate::journal::State, id: SpaceId) -> Option<SpaceSummary> {
        let space = state.spaces.get(&id)?;
        let title = match (space.control.case(), space.proposed.values().next()) {
            (Some(opened), _) => opened.case.operation.clone(),
            (None, Some(agreement)) => agreement.terms().title.clone(),
            (None, None) => String::new(),
        };
        let parties = match space.kind {
            SpaceKind::Case => space.control.parties().keys().cloned().collect(),
            SpaceKind::Agreement => {
                let named = space.proposed.values().flat_map(|agreement| agreement.parties());
                let mut names: Vec<OrgName> = named.map(|party| party.name.clone()).collect();
                names.sort();
                names.dedup();
                names
            }
        };
        let control = space.linear.iter().filter_map(|at| {
            let (_, header, body) = state.entry(*at)?;
            matches!(body, Body::Control(_)).then_some(header.clock.wall_ms)
        });
        let (mut notes, mut newest_ms) = (0, None);
        for wall_ms in control {
            notes += 1;
            newest_ms = newest_ms.max(Some(wall_ms));
        }
        Some(SpaceSummary {
            id,
            kind: space.kind,
            title,
            parties,
            notes,
            newest_ms,
        })
    }

    /// The agreements and cases known here, for the auditor.
    pub async fn audit_spaces(&self, who: &SignedIn) -> Result<Vec<SpaceSummary>> {
        Act::Audit.ask(who)?;
        let state = self.read().await?;
        Ok(state
            .spaces
            .keys()
            .filter_map(|id| self.space_summary(&state, *id))
            .collect())
    }

    /// One page of the control notes of a space, for the auditor. Never content.
    pub async fn audit_space(
        &self,
        who: &SignedIn,
        id: SpaceId,
        before: Option<EntryRef>,
    ) -> Result<ControlPage> {
        Act::Audit.ask(who)?;
        let state = self.read().await?;
        let none = || ServiceError::NotFound("agreement or case");
        let summary = self.space_summary(&state, id).ok_or_else(none)?;
        let space = state.spaces.get(&id).ok_or_else(none)?;
        let end = match before {
            None => space.linear.len(),
            Some(at) => space
                .linear
                .iter()
                .position(|known| *known == at)
                .ok_or_else(|| ServiceError::invalid("before", "the reference of a note of this space"))?,
        };
        let mut notes = space.linear.iter().take(end).rev().filter_map(|at| {
            let (ledger, header, body) = state.entry(*at)?;
            let Body::Control(entry) = body else { return None };
            let actor = entry.actor();
            let (words, reason) = control_words(entry, ToString::to_string);
            let aside = space.control.set_aside.iter().find(|(aside, _)| aside == at);
            Some(ControlLine {
                at: *at,
                when_ms: header.clock.wall_ms,
                org: ledger.org.clone(),
                kind: entry.kind(),
                person: actor.map(|actor| actor.person),
                role: actor.map(|actor| actor.role),
                clause: clause(entry),
                words,
                reason,
                set_aside: aside.map(|(_, reason)| reason.to_string()),
            })
        });
        let lines: Vec<ControlLine> = notes.by_ref().take(CONTROL_PAGE).collect();
        let next = notes.next().and(lines.last().map(|line| line.at));
        Ok(ControlPage {
            space: summary,
            lines,
            next,
        })
    }

    /// One page of the lines of the access log that a filter takes, newest first.
    pub async fn access_page(
        &self,
        who: &SignedIn,
        filter: &AccessFilter,
        before: Option<u64>,
    ) -> Result<AccessPage> {
        let mut page = AccessPage {
            lines: Vec::new(),
            next: before,
        };
        for _ in 0..ACCESS_READS_MAX {
            let lines = self.access_log(who, page.next).await?;
            let last = lines.len() < ACCESS_PAGE as usize;
            page.next = lines.iter().map(|line| line.id).min().or(page.next);
            page.lines
                .extend(lines.into_iter().filter(|line| filter.takes(line)));
            if last {
                page.next = None;
                break;
            }
            if page.lines.len() >= ACCESS_PAGE as usize {
                break;
            }
        }
        Ok(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_is_found_as_it_is_written_and_as_it_is_shown() {
        let line = |what: &str| AccessView {
            id: 1,
            at_ms: 7,
            actor: "Olive Operator".into(),
            what: what.into(),
            subject: "9f59".into(),
        };
        let takes = |wanted: &str, what: &str| {
            let filter = AccessFilter {
                what: wanted.into(),
                ..AccessFilter::default()
            };
            filter.takes(&line(what))
        };
        for wanted in [
            "sign-in.failed",
            "sign in failed",
            "Sign in",
            " failed ",
            "9f59",
            "",
        ] {
            assert!(takes(wanted, "sign-in.failed"), "{wanted}");
        }
        for wanted in ["signed in", "failed in", "9f 59"] {
            assert!(!takes(wanted, "sign-in.failed"), "{wanted}");
        }
    }
}
