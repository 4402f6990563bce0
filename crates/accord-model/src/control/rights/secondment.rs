//! Who may second a person, and end it.

use super::Judged;
use crate::Role;
use crate::control::slots::{Slot, View};
use crate::control::{ControlEntry, Noted, Reason, SecondmentEnded, SecondmentGranted};
use crate::{OrgName, PersonId};

impl View<'_, '_> {
    /// The home's approver for the home's own people, or the host's case officer; within the agreement's term.
    pub(super) fn secondment_granted(&self, noted: &Noted, body: &SecondmentGranted) -> Judged {
        self.side_acts(noted, &body.home, &body.host)?;
        let other = if noted.author == body.home {
            &body.host
        } else {
            &body.home
        };
        if self.party(other).is_none() {
            return Err(Reason::NotCaseParty(other.clone()));
        }
        if noted.author == body.home {
            self.own_person(noted, body.person)?;
        }
        if body.until_ms <= noted.wall_ms {
            return Err(Reason::EndsInPast);
        }
        let term = self.case_agreement().and_then(|facts| facts.term);
        let within = term.is_some_and(|term| term.from_ms <= body.from_ms && body.until_ms <= term.until_ms);
        if within { Ok(()) } else { Err(Reason::OutsideTerm) }
    }

    /// Either side, of a secondment that either had granted.
    pub(super) fn secondment_ended(&self, noted: &Noted, body: &SecondmentEnded) -> Judged {
        self.side_acts(noted, &body.home, &body.host)?;
        if self.was_seconded(&body.home, &body.host, body.person) {
            Ok(())
        } else {
            Err(Reason::NothingToEnd)
        }
    }

    fn was_seconded(&self, home: &OrgName, host: &OrgName, person: PersonId) -> bool {
        let slot = Slot::Secondment(home.clone(), host.clone(), person);
        let words = self.slot(&slot);
        words
            .iter()
            .any(|noted| matches!(noted.entry, ControlEntry::SecondmentGranted(_)))
    }

    /// The home's approver or the host's case officer.
    fn side_acts(&self, noted: &Noted, home: &OrgName, host: &OrgName) -> Judged {
        if home == host {
            return Err(Reason::SecondedHome);
        }
        let role = if noted.author == *home {
            Role::Approver
        } else if noted.author == *host {
            Role::CaseOfficer
        } else {
            return Err(Reason::NotOfTheSecondment {
                home: home.clone(),
                host: host.clone(),
            });
        };
        self.member_acts(noted, &[role]).map(|_| ())
    }
}
