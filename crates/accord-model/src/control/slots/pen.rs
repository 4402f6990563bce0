//! The pen and the stage.

use super::{Line, Slot, View};
use crate::EntryRef;
use crate::control::{ControlEntry, Holder, Noted, PenPassed, Stage};

/// Where the case stands, and the stage on the line that it stands on or left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::control) struct StageNow {
    pub(in crate::control) stage: Stage,
    pub(in crate::control) left: Stage,
}

impl StageNow {
    fn order(self) -> (u8, u8) {
        (self.stage.rank(), self.left.rank())
    }
}

impl<'n> View<'_, 'n> {
    /// Who holds the pen: the opening case officer, then whoever took it. Takings that have not seen each
    /// other cancel: it stays with whom it was before both. Whoever had been removed took nothing.
    pub(in crate::control) fn pen(&self) -> Option<Holder> {
        self.case_agreement()?;
        let mut lines = self.standing(&self.lines(&Slot::Pen));
        loop {
            let latest = self.latest(&lines);
            match latest.as_slice() {
                [] => return None,
                [noted] => return holder(noted),
                several => lines = self.standing(&self.agreed_before(&lines, several)),
            }
        }
    }

    /// A pass that is still open in this view: nobody took the pen and it was not offered to another since.
    pub(in crate::control) fn open_offer(&self, passed: EntryRef) -> Option<(&'n Noted, &'n PenPassed)> {
        let noted = self.entry(passed)?;
        let ControlEntry::PenPassed(body) = &noted.entry else {
            return None;
        };
        let latest = self.latest(&self.standing(&self.lines(&Slot::Offer)));
        let still_the_last = latest.iter().any(|offer| offer.at == passed);
        let still_holds = self.pen()?
            == Holder {
                org: noted.author.clone(),
                person: body.by,
            };
        (still_the_last && still_holds).then_some((noted, body))
    }

    /// The stage. Of concurrent steps the earlier stage stands. The steps of an organisation that had been
    /// removed can hold the case back, and never move it on.
    pub(in crate::control) fn stage(&self) -> Option<StageNow> {
        self.case_agreement()?;
        let lines = self.lines(&Slot::Stage);
        let all = self.earliest_of(&lines);
        let standing = self.earliest_of(&self.standing(&lines));
        Some(if all.order() < standing.order() {
            all
        } else {
            standing
        })
    }

    fn earliest_of(&self, lines: &[Line<'_, 'n>]) -> StageNow {
        let stages = self
            .latest(lines)
            .into_iter()
            .filter_map(|noted| match &noted.entry {
                ControlEntry::CaseStage(body) => {
                    let left = self.counted.left.get(&noted.at).copied().unwrap_or(Stage::Lead);
                    Some(StageNow { stage: body.to, left })
                }
                _ => None,
            });
        stages.min_by_key(|now| now.order()).unwrap_or(StageNow {
            stage: Stage::Lead,
            left: Stage::Lead,
        })
    }
}

fn holder(noted: &Noted) -> Option<Holder> {
    let actor = noted.entry.actor()?;
    Some(Holder {
        org: noted.author.clone(),
        person: actor.person,
    })
}
