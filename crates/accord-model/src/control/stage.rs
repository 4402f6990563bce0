//! The stages of a case and the steps between them.

use crate::words::words;

words! {
    /// Where a case stands.
    pub enum Stage as "stage" {
        /// A lead or referral; where every case begins.
        Lead = "lead",
        /// Looked at: what is it, whose is it.
        Assessed = "assessed",
        /// Taken on.
        Adopted = "adopted",
        /// Being investigated.
        Investigation = "investigation",
        /// Being disrupted.
        Disruption = "disruption",
        /// Before the court.
        Court = "court",
        /// Over.
        Closed = "closed",
        /// Aside: not taken on.
        Declined = "declined",
        /// Aside: handed to somebody else.
        ReferredOn = "referred-on",
        /// Aside: paused.
        Suspended = "suspended",
    }
}

impl Stage {
    /// Whether the stage lies aside of the line from lead to closed.
    pub const fn is_aside(self) -> bool {
        matches!(self, Self::Declined | Self::ReferredOn | Self::Suspended)
    }

    /// Place in the order of restriction: of two concurrent stages the smaller stands. A case set aside does
    /// less than one anywhere on the line.
    pub const fn rank(self) -> u8 {
        match self {
            Self::Declined => 0,
            Self::ReferredOn => 1,
            Self::Suspended => 2,
            Self::Lead => 3,
            Self::Assessed => 4,
            Self::Adopted => 5,
            Self::Investigation => 6,
            Self::Disruption => 7,
            Self::Court => 8,
            Self::Closed => 9,
        }
    }

    /// What a step from here to `to` is, where `left` is the stage on the line that an aside was entered from
    /// (the stage itself while on the line). `None`: no such step.
    pub fn step(self, to: Self, left: Self) -> Option<Step> {
        if self == to {
            return None;
        }
        if to.is_aside() {
            return (self != Self::Closed).then_some(Step::Aside);
        }
        if self.is_aside() {
            return (to.rank() <= left.rank()).then_some(Step::Back);
        }
        if to.rank() < self.rank() {
            return Some(Step::Back);
        }
        (to.rank() == self.rank().saturating_add(1)).then_some(Step::Forward)
    }
}

/// A step that is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// To the next stage of the line.
    Forward,
    /// To an earlier one, or back from aside; needs a reason.
    Back,
    /// Off the line; needs a reason.
    Aside,
}

impl Step {
    /// Whether the entry must say why.
    pub const fn needs_reason(self) -> bool {
        !matches!(self, Self::Forward)
    }
}
