//! Every kind of entry, with its class and, for content, its category (`docs/spec/entries.md`).

use crate::category::Category;
use crate::words::words;

words! {
    /// Whether an entry is read by all parties for ever, or can be withheld and removed.
    pub enum Class as "class" {
        /// Read by all parties of the space, never withheld or removed, folds to the control state.
        Control = "control",
        /// Released by the agreement, recipient by recipient.
        Content = "content",
    }
}

words! {
    /// The kinds of entry. An unknown kind is not folded and denies.
    pub enum EntryKind as "kind of entry" {
        /// The first entry of every ledger: its space, its organisation.
        LedgerOpened = "ledger.opened",
        /// An agreement's bytes laid before its parties.
        AgreementProposed = "agreement.proposed",
        /// One party's signature under exactly these bytes.
        AgreementSigned = "agreement.signed",
        /// One party's refusal.
        AgreementRefused = "agreement.refused",
        /// One party ends it.
        AgreementTerminated = "agreement.terminated",
        /// A node's keys, certified by the organisation's identity key.
        KeyCertified = "key.certified",
        /// A key is no longer trusted beyond a tree size.
        KeyRevoked = "key.revoked",
        /// A case under one agreement.
        CaseOpened = "case.opened",
        /// A step along the stages.
        CaseStage = "case.stage",
        /// The pen is offered.
        PenPassed = "pen.passed",
        /// The pen is taken.
        PenTaken = "pen.taken",
        /// A party of the agreement joins the case.
        PartyAdded = "party.added",
        /// A party leaves the case.
        PartyRemoved = "party.removed",
        /// An organisation names one of its own people.
        MemberAdded = "member.added",
        /// An organisation takes one of its own people off.
        MemberRemoved = "member.removed",
        /// A secondment begins.
        SecondmentGranted = "secondment.granted",
        /// A secondment ends.
        SecondmentEnded = "secondment.ended",
        /// A legal authority.
        InstrumentRecorded = "instrument.recorded",
        /// A legal authority ends.
        InstrumentEnded = "instrument.ended",
        /// An approver says yes to one request as previewed.
        ApprovalGiven = "approval.given",
        /// An approver says yes to part.
        ApprovalNarrowed = "approval.narrowed",
        /// An approver says no.
        ApprovalRefused = "approval.refused",
        /// An approver takes a yes back.
        ApprovalWithdrawn = "approval.withdrawn",
        /// An act on an oral authority.
        OralRecorded = "oral.recorded",
        /// The written confirmation of an oral authority.
        OralConfirmed = "oral.confirmed",
        /// An exhibit is handed over.
        CustodyHanded = "custody.handed",
        /// An exhibit is received.
        CustodyReceived = "custody.received",
        /// What was shared is called back.
        RecallOrdered = "recall.ordered",
        /// A recipient's receipt for a recall.
        RecallReceipted = "recall.receipted",
        /// A hold stops destruction.
        HoldPlaced = "hold.placed",
        /// A hold ends.
        HoldLifted = "hold.lifted",
        /// A payload was destroyed on retention.
        RetentionDestroyed = "retention.destroyed",
        /// A party's go for a plan.
        GoGiven = "go.given",
        /// A party's no-go.
        GoRefused = "go.refused",
        /// A party takes its go back.
        GoWithdrawn = "go.withdrawn",

        /// An indicator for the case or the agreement.
        IndicatorPublished = "indicator.published",
        /// An indicator is taken back.
        IndicatorWithdrawn = "indicator.withdrawn",
        /// Sightings of a day.
        SightingCounted = "sighting.counted",
        /// Detect silently.
        VerdictDetect = "verdict.detect",
        /// Block.
        VerdictBlock = "verdict.block",
        /// A lead, before there is a case.
        LeadReferred = "lead.referred",
        /// An analysis.
        ReportPublished = "report.published",
        /// A file.
        FileAttached = "file.attached",
        /// What became of a lead.
        FeedbackGiven = "feedback.given",
        /// A request to one partner.
        RequestMade = "request.made",
        /// The asked partner answers less than was asked.
        RequestNarrowed = "request.narrowed",
        /// The asked partner refuses.
        RequestRefused = "request.refused",
        /// The asked partner answers.
        RequestAnswered = "request.answered",
        /// The asker takes it back.
        RequestWithdrawn = "request.withdrawn",
        /// An evidence package.
        EvidenceDelivered = "evidence.delivered",
        /// A subscriber answer.
        SubscriberAnswered = "subscriber.answered",
        /// A subject.
        SubjectRecorded = "subject.recorded",
        /// A subject's status.
        SubjectStatus = "subject.status",
        /// A task.
        TaskSet = "task.set",
        /// A task done.
        TaskDone = "task.done",
        /// A line of the decision log.
        DecisionLogged = "decision.logged",
        /// A target.
        TargetProposed = "target.proposed",
        /// A check of a target.
        TargetChecked = "target.checked",
        /// A target dropped.
        TargetDropped = "target.dropped",
        /// The plan.
        PlanWritten = "plan.written",
        /// An action done.
        ActionExecuted = "action.executed",
        /// An action checked afterwards.
        ActionVerified = "action.verified",
        /// A victim under a pseudonym.
        VictimRecorded = "victim.recorded",
        /// A message to or from a victim.
        VictimMessage = "victim.message",
        /// What was done to clean up.
        RemediationNoted = "remediation.noted",
        /// Who the victim is.
        VictimIdentity = "victim.identity",
        /// A look at an identity is asked for.
        GrantAsked = "grant.asked",
        /// A look is granted.
        GrantGiven = "grant.given",
        /// A look was taken.
        GrantUsed = "grant.used",
        /// A grant ends.
        GrantEnded = "grant.ended",
        /// An item of the disclosure schedule.
        DisclosureItem = "disclosure.item",
        /// What became of the case.
        OutcomeRecorded = "outcome.recorded",
        /// What stands at the head of a case.
        CaseDescribed = "case.described",
        /// The name behind a person's id.
        PersonNamed = "person.named",
        /// An exhibit went to somebody outside the nodes, who has it, or gave it back.
        CustodyNoted = "custody.noted",
        /// Values that were seen together in one mail or one download.
        LinkSeen = "link.seen",
        /// A value, or that values were seen together, is cleared.
        LinkCleared = "link.cleared",
    }
}

impl EntryKind {
    /// Control, or content.
    pub const fn class(self) -> Class {
        match self.category() {
            None => Class::Control,
            Some(_) => Class::Content,
        }
    }

    /// The category of a content kind; `None` for control kinds, which are read by all parties.
    pub const fn category(self) -> Option<Category> {
        use EntryKind as K;
        Some(match self {
            K::IndicatorPublished | K::IndicatorWithdrawn => Category::Indicator,
            K::SightingCounted | K::LinkSeen | K::LinkCleared => Category::Sighting,
            K::VerdictDetect | K::VerdictBlock => Category::Verdict,
            K::LeadReferred | K::ReportPublished | K::FileAttached | K::FeedbackGiven => Category::Analysis,
            K::RequestMade
            | K::RequestNarrowed
            | K::RequestRefused
            | K::RequestAnswered
            | K::RequestWithdrawn => Category::Request,
            K::EvidenceDelivered | K::CustodyNoted => Category::LogEvidence,
            K::SubscriberAnswered => Category::SubscriberData,
            K::SubjectRecorded | K::SubjectStatus => Category::SubjectData,
            K::TaskSet | K::TaskDone => Category::Task,
            K::DecisionLogged | K::CaseDescribed => Category::Decision,
            K::TargetProposed | K::TargetChecked | K::TargetDropped | K::PlanWritten => Category::Target,
            K::ActionExecuted | K::ActionVerified => Category::Receipt,
            K::VictimRecorded | K::VictimMessage | K::RemediationNoted => Category::VictimReport,
            K::VictimIdentity => Category::VictimIdentity,
            K::GrantAsked | K::GrantGiven | K::GrantUsed | K::GrantEnded => Category::Grant,
            K::DisclosureItem => Category::Disclosure,
            K::OutcomeRecorded => Category::Outcome,
            K::PersonNamed => Category::PersonName,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_round_trips_and_unknown_words_are_errors() {
        for kind in EntryKind::ALL {
            assert_eq!(kind.as_str().parse::<EntryKind>().as_ref(), Ok(kind));
        }
        let error = "case.exploded".parse::<EntryKind>().unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("unknown kind of entry \"case.exploded\"")
        );
        assert!("".parse::<Category>().is_err());
    }

    #[test]
    fn every_category_has_a_kind() {
        for category in Category::ALL {
            assert!(
                EntryKind::ALL
                    .iter()
                    .any(|kind| kind.category() == Some(*category)),
                "{category}"
            );
        }
    }
}
