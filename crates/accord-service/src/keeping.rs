//! Holds, and what is destroyed when its time is over.
//!
//! A recipient keeps what it was given as long as the agreement's retention of its category says, counted from the
//! stamp of the note; then the job destroys its copy and says so on the case. A hold beats that. What this
//! organisation wrote itself is kept under its own law, and never destroyed here.

use accord_model::control::{ControlEntry, HoldLifted, HoldPlaced, RetentionDestroyed, SpaceKind};
use accord_model::{Category, EntryRef, OrgName, SpaceId};
use serde::{Deserialize, Serialize};

use crate::error::{Result, ServiceError};
use crate::journal::{Body, Space, State};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::recall::remove_content;

const DAY_MS: u64 = 24 * 3_600_000;
/// Most copies that one run of the job destroys; the rest waits for the next.
pub const DESTROYED_PER_RUN: usize = 1_000;

/// A hold to be placed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewHold {
    /// The note; absent: the whole case.
    #[serde(default)]
    pub entry: Option<EntryRef>,
    /// The order or matter behind it.
    pub reference: String,
    /// Why.
    pub reason: String,
}

/// A hold.
#[derive(Debug, Clone, Serialize)]
pub struct HoldView {
    /// Its note.
    pub at: EntryRef,
    /// Who placed it.
    pub org: OrgName,
    /// When, ms UTC.
    pub when_ms: u64,
    /// The note that is held; none: the whole case.
    pub entry: Option<EntryRef>,
    /// The order or matter.
    pub reference: String,
    /// Why.
    pub reason: String,
    /// The note that lifted it.
    pub lifted: Option<EntryRef>,
}

/// When a copy that is kept here will be destroyed.
#[derive(Debug, Clone, Serialize)]
pub struct RetentionView {
    /// The note.
    pub entry: EntryRef,
    /// Who gave it.
    pub org: OrgName,
    /// Its title.
    pub title: String,
    /// Its category.
    pub category: Category,
    /// How long it is kept, days.
    pub days: u32,
    /// When its time is over, ms UTC.
    pub over_ms: u64,
    /// Whether a hold keeps it beyond that.
    pub held: bool,
}

/// What is kept of a case, and until when.
#[derive(Debug, Clone, Serialize)]
pub struct KeepingView {
    /// The holds, newest first.
    pub holds: Vec<HoldView>,
    /// What others gave, the first to be destroyed first.
    pub retention: Vec<RetentionView>,
}

/// Whether this organisation's copy of an entry was destroyed.
pub(crate) fn is_destroyed_here(state: &State, space: &Space, at: EntryRef) -> bool {
    let mut own = space.ledgers.iter().filter_map(|id| state.ledgers.get(id));
    own.find(|ledger| ledger.own)
        .is_some_and(|ledger| space.control.destroyed(at, &ledger.org))
}

/// For how long a category is kept. Leads stand before there is a case: of the agreements that are proposed in their
/// space the shortest time counts.
fn days_of(state: &State, space: &Space, category: Category) -> Option<u32> {
    match space.kind {
        SpaceKind::Case => {
            let agreement = state.agreement(space.agreement?)?;
            Some(agreement.terms().retention_of(category))
        }
        SpaceKind::Agreement => {
            let all = space.proposed.values();
            all.map(|agreement| agreement.terms().retention_of(category))
                .min()
        }
    }
}

/// What others gave that is still here, with when its time is over: note, category, days, ms UTC.
fn kept(state: &State, space: &Space) -> Vec<(EntryRef, Category, u32, u64)> {
    let foreign = space.ledgers.iter().filter_map(|id| state.ledgers.get(id));
    foreign
        .filter(|ledger| !ledger.own)
        .flat_map(|ledger| ledger.entries())
        .filter_map(|(at, header, body)| {
            let Body::Content(entry) = body else { return None };
            let category = entry.kind().category()?;
            let days = days_of(state, space, category)?;
            let over = header
                .clock
                .wall_ms
                .saturating_add(u64::from(days).saturating_mul(DAY_MS));
            Some((at, category, days, over))
        })
        .collect()
}

impl Node {
    /// Places a hold on a note, or on everything of the case.
    pub async fn place_hold(&self, who: &SignedIn, case: SpaceId, new: &NewHold) -> Result<EntryRef> {
        self.steer(who, Act::Hold, case, "hold.placed", |state, batch, role| {
            if let Some(entry) = new.entry {
                let here = state.entry(entry).filter(|(ledger, ..)| ledger.space == case);
                here.ok_or(ServiceError::NotFound("note"))?;
            }
            let said = HoldPlaced {
                by: who.person,
                role,
                entry: new.entry,
                reference: new.reference.clone(),
                reason: new.reason.clone(),
            };
            self.append(state, batch, case, ControlEntry::from(said))
        })
        .await
    }

    /// Lifts a hold of this organisation.
    pub async fn lift_hold(
        &self,
        who: &SignedIn,
        case: SpaceId,
        hold: EntryRef,
        reason: &str,
    ) -> Result<EntryRef> {
        self.steer(who, Act::Hold, case, "hold.lifted", |state, batch, role| {
            let said = HoldLifted {
                by: who.person,
                role,
                hold,
                reason: reason.to_owned(),
            };
            self.append(state, batch, case, ControlEntry::from(said))
        })
        .await
    }

    /// The holds of a case, and what will be destroyed when.
    pub async fn keeping(&self, who: &SignedIn, case: SpaceId) -> Result<KeepingView> {
        let state = self.read().await?;
        let space = self.case_within(&state, who, case)?;
        let reader = self.reader(&state, space, who)?;
        let mut holds: Vec<HoldView> = space
            .control
            .holds()
            .iter()
            .map(|(at, hold)| HoldView {
                at: *at,
                org: hold.org.clone(),
                when_ms: hold.wall_ms,
                entry: hold.says.entry,
                reference: hold.says.reference.clone(),
                reason: hold.says.reason.clone(),
                lifted: hold.lifted,
            })
            .collect();
        holds.sort_by_key(|hold| (std::cmp::Reverse(hold.when_ms), hold.at));
        let mut retention: Vec<RetentionView> = kept(&state, space)
            .into_iter()
            .filter_map(|(at, category, days, over_ms)| {
                let (ledger, _, body) = state.entry(at)?;
                let Body::Content(entry) = body else { return None };
                reader.reads(entry).then(|| RetentionView {
                    entry: at,
                    org: ledger.org.clone(),
                    title: if reader.is_cleared(at) || space.control.is_recalled(at) {
                        String::new()
                    } else {
                        entry.title.clone()
                    },
                    category,
                    days,
                    over_ms,
                    held: space.control.held(at),
                })
            })
            .collect();
        retention.sort_by_key(|view| (view.over_ms, view.entry));
        Ok(KeepingView { holds, retention })
    }

    /// Destroys this node's copies whose time is over and that no hold covers, and says so on their cases. How many.
    pub async fn destroy_what_is_over(&self) -> Result<usize> {
        let now = self.now_ms();
        let over: Vec<(SpaceId, EntryRef, u64)> = {
            let state = self.read().await?;
            let spaces = state.spaces.values();
            spaces
                .flat_map(|space| {
                    kept(&state, space)
                        .into_iter()
                        .filter(|(at, _, _, over)| *over <= now && !space.control.held(*at))
                        .map(|(at, _, _, over)| (space.id, at, over))
                        .collect::<Vec<_>>()
                })
                .take(DESTROYED_PER_RUN)
                .collect()
        };
        let mut count = 0;
        for (case, at, over) in over {
            count += usize::from(self.destroy(case, at, over).await?);
        }
        Ok(count)
    }

    /// Destroys one copy: note and removal are one commit. Whether it did: a hold may have come in between.
    async fn destroy(&self, case: SpaceId, at: EntryRef, period_over_ms: u64) -> Result<bool> {
        self.act(|state, batch, log| {
            let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
            if space.control.held(at) {
                return Ok(false);
            }
            // Who was taken off the case has nothing to say there any more, and keeps nothing longer for that.
            if space.control.party_kind(&self.config.org).is_some() {
                let said = RetentionDestroyed {
                    by: None,
                    role: None,
                    entry: at,
                    period_over_ms,
                    backup_until_ms: None,
                };
                self.append(state, batch, case, ControlEntry::from(said))?;
            }
            remove_content(state, batch, at);
            log.machine(batch, "retention.destroyed", &at.to_string());
            Ok(true)
        })
        .await
    }

    /// Runs the job of [`Node::destroy_what_is_over`] every so often, until it is dropped.
    pub(crate) async fn keep_destroying(&self, every: std::time::Duration) {
        let mut tick = tokio::time::interval(every);
        loop {
            tick.tick().await;
            match self.destroy_what_is_over().await {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, "copies whose time was over were destroyed"),
                Err(error) => tracing::error!(%error, "what is over cannot be destroyed"),
            }
        }
    }
}
