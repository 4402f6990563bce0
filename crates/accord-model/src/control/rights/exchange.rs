//! Who may record instruments, decide requests, and move exhibits.

use super::{Finding, Judged};
use crate::control::slots::View;
use crate::control::{
    Actor, CustodyHanded, CustodyReceived, FROM_A_GUEST, InstrumentEnded, InstrumentRecorded, Noted, Reason,
};
use crate::{EntryRef, OrgName, Role};

/// Who may hand over and receive exhibits.
const KEEPERS: &[Role] = &[
    Role::CaseOfficer,
    Role::Investigator,
    Role::Researcher,
    Role::Approver,
    Role::Custodian,
    Role::DisclosureOfficer,
];

impl<'n> View<'_, 'n> {
    /// A case officer, so an agency; against a party of the agreement.
    pub(super) fn instrument_recorded(&self, noted: &Noted, body: &InstrumentRecorded) -> Judged {
        self.member_acts(noted, &[Role::CaseOfficer])?;
        self.agreement_kind(&body.addressee)
            .map(|_| ())
            .ok_or_else(|| Reason::NotAgreementParty(body.addressee.clone()))
    }

    /// A case officer of the organisation that recorded it.
    pub(super) fn instrument_ended(&self, noted: &Noted, body: &InstrumentEnded) -> Judged {
        self.member_acts(noted, &[Role::CaseOfficer])?;
        let (recorded, _) = self
            .recorded(body.instrument)
            .ok_or(Reason::UnknownEntry(body.instrument))?;
        if recorded.author == noted.author {
            Ok(())
        } else {
            Err(Reason::OnlyOwner(recorded.author.clone()))
        }
    }

    /// An approver, of a request they have seen, that their organisation has not made.
    pub(super) fn approval_any(&self, noted: &Noted, request: EntryRef) -> Judged {
        self.decides(noted, request).map(|_| ())
    }

    /// Who decides, and who asked.
    fn decides(&self, noted: &Noted, request: EntryRef) -> Result<(Actor, &'n OrgName), Reason> {
        let actor = self.member_acts(noted, &[Role::Approver])?;
        let asker = self.owner_of_seen(request)?;
        if *asker == noted.author {
            return Err(Reason::OwnRequest(asker.clone()));
        }
        Ok((actor, asker))
    }

    /// As above, by somebody whom the asker has not named, and bound to the same preview as every other yes
    /// of the organisation that stands.
    ///
    /// Only a yes is refused to a person of both organisations. A no and a withdrawal give nothing, and the
    /// asker must not be able to stop them by naming the one who would write them.
    pub(super) fn approval_yes(&self, noted: &Noted, request: EntryRef, preview: &str) -> Judged {
        let (actor, asker) = self.decides(noted, request)?;
        // The person who asked stands in the request, which is content; every person of the asker is out.
        if self.member(asker, actor.person).is_some() {
            return Err(Reason::OwnRequest(asker.clone()));
        }
        let other = self
            .standing_yes(request, &noted.author)
            .into_iter()
            .filter(|position| position.actor.person != actor.person)
            .find(|position| position.preview.as_deref() != Some(preview));
        match other {
            Some(position) => Err(Reason::PreviewDiffers(position.at)),
            None => Ok(()),
        }
    }

    /// Any approver of the organisation whose yes it is.
    pub(super) fn approval_withdrawn(&self, noted: &Noted, request: EntryRef) -> Judged {
        self.approval_any(noted, request)?;
        if self.standing_yes(request, &noted.author).is_empty() {
            Err(Reason::NothingToWithdraw)
        } else {
            Ok(())
        }
    }

    /// The holder, to another party of the case.
    pub(super) fn custody_handed(&self, noted: &Noted, body: &CustodyHanded) -> Judged {
        self.member_acts(noted, KEEPERS)?;
        self.owner_of_seen(body.exhibit)?;
        if body.to == noted.author {
            return Err(Reason::HandedToSelf);
        }
        if self.party(&body.to).is_none() {
            return Err(Reason::NotCaseParty(body.to.clone()));
        }
        match self.whereabouts(body.exhibit) {
            Some(place) if place.holder == noted.author => Ok(()),
            _ => Err(Reason::NotHolder(noted.author.clone())),
        }
    }

    /// Whom it was handed to. Another commitment than the handing's still counts: it makes it disputed. What a guest
    /// gave through a link is received from nobody who could have written a handing: by the organisation in whose
    /// ledger it stands, as the first step.
    pub(super) fn custody_received(
        &self,
        noted: &Noted,
        body: &CustodyReceived,
    ) -> Result<Finding<'n>, Reason> {
        self.member_acts(noted, KEEPERS)?;
        if body.from.as_str() == FROM_A_GUEST {
            let own = *self.owner_of_seen(body.exhibit)? == noted.author;
            let first = self
                .whereabouts(body.exhibit)
                .is_some_and(|place| place.state.is_none());
            return match own && first {
                true => Ok(Finding::Plain),
                false => Err(Reason::NeverHanded(body.from.clone())),
            };
        }
        self.open_handing(body.exhibit, &body.from, &noted.author)
            .map(Finding::Answers)
            .ok_or_else(|| Reason::NeverHanded(body.from.clone()))
    }

    /// The owner of an entry, of either class, that this entry's author had seen.
    pub(super) fn owner_of_seen(&self, at: EntryRef) -> Result<&'n OrgName, Reason> {
        if !self.sees(at) {
            return Err(Reason::UnknownEntry(at));
        }
        self.owner(at.ledger).ok_or(Reason::UnknownLedger(at))
    }
}
