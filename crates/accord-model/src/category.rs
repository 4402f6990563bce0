//! What kind of data a payload carries. The agreement decides by it; control entries carry none.

use crate::words::words;

words! {
    /// The category of a content payload (`docs/spec/entries.md`). An unknown one denies.
    pub enum Category as "category" {
        /// An observable or pattern that means something.
        Indicator = "indicator",
        /// A count of an indicator seen, per day, without customers.
        Sighting = "sighting",
        /// Detect or block.
        Verdict = "verdict",
        /// Leads, reports, files, feedback.
        Analysis = "analysis",
        /// A request to a partner and its answers in words.
        Request = "request",
        /// Lines out of a partner's logs, packaged.
        LogEvidence = "log-evidence",
        /// Who held an address and port at a time.
        SubscriberData = "subscriber-data",
        /// Suspects and their status.
        SubjectData = "subject-data",
        /// Work to do and work done.
        Task = "task",
        /// The decision log of a case.
        Decision = "decision",
        /// Infrastructure proposed for action, and the plan.
        Target = "target",
        /// What an action did.
        Receipt = "receipt",
        /// A victim under a pseudonym.
        VictimReport = "victim-report",
        /// Who the victim is.
        VictimIdentity = "victim-identity",
        /// Asking for, giving and using a look at an identity.
        Grant = "grant",
        /// Items of the disclosure schedule.
        Disclosure = "disclosure",
        /// What became of the case.
        Outcome = "outcome",
        /// Names of the people who stand in control entries by random id.
        PersonName = "person-name",
    }
}
