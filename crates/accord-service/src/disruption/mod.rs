//! Disruption: targets and their checks, the plan, go or no-go, what was done, and whether it held.
//!
//! - `own`: this organisation's own infrastructure, kept by its people; it never leaves the node.
//! - `targets`: many proposed, checked and answered for at once.
//! - `plan`: written in one part per party, under one commitment (ADR 0014).
//! - `go`: the word of this organisation's approver.
//! - `act`: receipts, and looks afterwards.
//! - `board`: all of it as one person sees it. `waits`: what of it waits in the inbox.
//! - `export`: lists for one's own actions, and drafts of notices to providers; `letters`: these as documents.
//! - `sinkhole`: victims counted in the log of a sinkhole. `zones`: an instant in the time of each party.
//!
//! Deliberately absent: doing anything to anybody's systems. People act; this says what, when and that they did.

use accord_model::EntryKind;
use accord_model::content::Said;

use crate::journal::{Space, State};

mod act;
mod board;
mod export;
mod go;
mod letters;
mod own;
mod plan;
mod sinkhole;
mod targets;
mod waits;
mod zones;

pub use act::{NewLook, NewReceipt};
pub use board::{ActionLine, Board, CheckLine, PlanLine, TargetLine, ToBlock};
pub use export::{ExportForm, Exported, Notice};
pub use go::{SayGo, Word};
pub use own::{NewOwn, OWN_ITEMS_MAX, OwnItem, OwnKind};
pub(crate) use own::{OWN, own_item};
pub use plan::{NewAction, NewPlan, PlanWrittenIn};
pub use sinkhole::{
    NETWORKS_FILE, NETWORKS_MAX, SINKHOLES_MAX, SinkholeDay, SinkholeView, VICTIMS_COUNTED_MAX,
};
pub(crate) use sinkhole::{Networks, SINKHOLES, Sinkhole};
pub use targets::{NewCheck, NewTarget, NewTargets, OwnAnswer};
pub(crate) use zones::ORG_ZONES;
pub use zones::{ORG_ZONES_MAX, instant_in};

/// What was said of targets, plans and actions, and counts.
fn said<'a>(state: &'a State, space: &'a Space) -> Vec<Said<'a>> {
    crate::views::said_of(state, space, |kind| {
        use EntryKind as K;
        matches!(
            kind,
            K::TargetProposed
                | K::TargetChecked
                | K::TargetDropped
                | K::PlanWritten
                | K::ActionExecuted
                | K::ActionVerified
        )
    })
}
