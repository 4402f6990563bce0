//! Who may say go, no, or take a go back.

use super::Judged;
use crate::Role;
use crate::control::slots::View;
use crate::control::{GoGiven, GoRefused, GoWithdrawn, Noted, Reason};

impl View<'_, '_> {
    /// An approver, of a plan they have seen, before its instant.
    pub(super) fn go_given(&self, noted: &Noted, body: &GoGiven) -> Judged {
        self.member_acts(noted, &[Role::Approver])?;
        self.owner_of_seen(body.plan)?;
        if noted.wall_ms >= body.instant_ms {
            return Err(Reason::InstantPassed);
        }
        Ok(())
    }

    /// An approver, of a plan they have seen, at any time.
    pub(super) fn go_refused(&self, noted: &Noted, body: &GoRefused) -> Judged {
        self.member_acts(noted, &[Role::Approver])?;
        self.owner_of_seen(body.plan).map(|_| ())
    }

    /// Any approver of the organisation whose go it is, at any time: what is not yet carried out stops.
    pub(super) fn go_withdrawn(&self, noted: &Noted, body: &GoWithdrawn) -> Judged {
        self.member_acts(noted, &[Role::Approver])?;
        if self.has_given(&noted.author, &body.commitment, body.instant_ms) {
            Ok(())
        } else {
            Err(Reason::NothingToWithdraw)
        }
    }
}
