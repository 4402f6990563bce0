//! The pen and the stage.

use super::{Slot, View};
use crate::EntryRef;
use crate::control::{ControlEntry, Holder, Noted, PenPassed, Stage};

/// Where the case stands, and the stage on the line that it stands on or left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::control) struct StageNow {
    pub(in crate::control) stage: Stage,
    pub(in crate::control) left: Stage,
}

impl<'n> View<'_, 'n> {
    /// Who holds the pen: the opening case officer, then whoever took it. Takings that have not seen each
    /// other cancel: it stays with whom it was before both.
    pub(in crate::control) fn pen(&self) -> Option<Holder> {
        self.case_agreement()?;
        let mut entries = self.slot(&Slot::Pen);
        loop {
            let latest = self.latest(&entries);
            match latest.as_slice() {
                [] => return None,
                [noted] => return holder(noted),
                several => entries = self.agreed_before(&entries, several),
            }
        }
    }

    /// A pass that is still open in this view: nobody took the pen and it was not offered to another since.
    pub(in crate::control) fn open_offer(&self, passed: EntryRef) -> Option<(&'n Noted, &'n PenPassed)> {
        let noted = self.entry(passed)?;
        let ControlEntry::PenPassed(body) = &noted.entry else {
            return None;
        };
        let latest = self.latest(&self.slot(&Slot::Offer));
        let still_the_last = latest.iter().any(|offer| offer.at == passed);
        let still_holds = self.pen()?
            == Holder {
                org: noted.author.clone(),
                person: body.by,
            };
        (still_the_last && still_holds).then_some((noted, body))
    }

    /// The stage. Of concurrent steps the earlier stage stands.
    pub(in crate::control) fn stage(&self) -> Option<StageNow> {
        self.case_agreement()?;
        let latest = self.latest(&self.slot(&Slot::Stage));
        let stages = latest.into_iter().filter_map(|noted| match &noted.entry {
            ControlEntry::CaseStage(body) => {
                let left = self.counted.left.get(&noted.at).copied().unwrap_or(Stage::Lead);
                Some(StageNow { stage: body.to, left })
            }
            _ => None,
        });
        let start = StageNow {
            stage: Stage::Lead,
            left: Stage::Lead,
        };
        Some(
            stages
                .min_by_key(|now| (now.stage.rank(), now.left.rank()))
                .unwrap_or(start),
        )
    }
}

fn holder(noted: &Noted) -> Option<Holder> {
    let actor = noted.entry.actor()?;
    Some(Holder {
        org: noted.author.clone(),
        person: actor.person,
    })
}
