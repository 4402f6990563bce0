//! The fields of every content body, with their checks.
//!
//! Here: requests and their answers, evidence, decisions, tasks, names. Beside: indicators, sightings, verdicts
//! and analysis with their grading (`intelligence`, `grading`), values seen together (`links`), the questions of
//! requests (`questions`), subjects, disclosure and outcome (`proceedings`), targets, plan and actions
//! (`disruption`), victims and looks at who they are (`victims`).

mod disruption;
mod grading;
mod intelligence;
mod links;
mod proceedings;
mod questions;
mod victims;

pub use disruption::*;
pub use grading::*;
pub use intelligence::*;
pub use links::*;
pub use proceedings::*;
pub use questions::*;
pub use victims::*;

use serde::{Deserialize, Serialize};

use crate::control::EntryError;
use crate::control::limits::{self, *};
use crate::words::words;
use crate::{EntryRef, OrgName, PersonId};

/// Checks of one body's own fields.
pub(crate) trait Checked {
    /// Lengths, forms and counts.
    fn check(&self) -> Result<(), EntryError>;
}

/// Declares a body.
macro_rules! body {
    ($(#[$meta:meta])* $name:ident {
        $($(#[$fmeta:meta])* $field:ident: $type:ty,)*
    } check($self:ident) $check:block) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$fmeta])* pub $field: $type,)*
        }
        impl Checked for $name {
            fn check(&$self) -> Result<(), EntryError> $check
        }
    };
}

use body;

words! {
    /// What a request asks for.
    pub enum RequestWhat as "thing to ask for" {
        /// What do you know of this.
        Information = "information",
        /// What is this, how does it work.
        Expertise = "expertise",
        /// Look for these in your logs.
        Hunt = "hunt",
        /// Who held this address and port then.
        SubscriberData = "subscriber-data",
        /// Keep this until it can be asked for.
        Preservation = "preservation",
        /// Take this down.
        Takedown = "takedown",
    }
}

body! {
    /// The question of a hunt.
    HuntQuestion {
        /// Values to look for, as the matcher reads them.
        indicators: Vec<String>,
        /// From this instant, included, ms.
        from_ms: u64,
        /// To this instant, excluded, ms.
        to_ms: u64,
        /// Names of the log sources meant; empty: whichever hold the period.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sources: Vec<String>,
        /// Anything the approver should know.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    }
    check(self) {
        limits::count("hunt.indicators", self.indicators.len(), 1, INDICATORS_MAX)?;
        for value in &self.indicators {
            limits::line("hunt.indicators", value, INDICATOR_VALUE_MAX)?;
        }
        limits::distinct("hunt.indicators", &self.indicators)?;
        limits::period("hunt.from_ms and hunt.to_ms", self.from_ms, self.to_ms)?;
        limits::count("hunt.sources", self.sources.len(), 0, SOURCES_MAX)?;
        for source in &self.sources {
            limits::line("hunt.sources", source, SOURCE_NAME_MAX)?;
        }
        limits::optional("hunt.note", self.note.as_deref(), REASON_MAX)
    }
}

body! {
    /// `request.made`: a request to one partner.
    RequestMade {
        /// Who is asked.
        to: OrgName,
        /// For what.
        what: RequestWhat,
        /// The asker's reference, such as `H-3`.
        reference: String,
        /// Why.
        reason: String,
        /// The instrument it rests on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instrument: Option<EntryRef>,
        /// When the answer is needed, ms.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_ms: Option<u64>,
        /// The oral authority it rests on, instead of an instrument.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        oral: Option<EntryRef>,
        /// Until when the asked side tells nobody, ms.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret_until_ms: Option<u64>,
        /// The question, when `what` is a hunt and only then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hunt: Option<HuntQuestion>,
        /// The question, when `what` is expertise; it may be left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expertise: Option<Box<ExpertiseQuestion>>,
        /// The question, when `what` is subscriber data and only then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subscriber: Option<SubscriberQuestion>,
        /// The question, when `what` is preservation and only then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        preservation: Option<Box<PreservationQuestion>>,
        /// The question, when `what` is a takedown and only then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        takedown: Option<Box<TakedownQuestion>>,
        /// Whom it goes to, when that organisation has no node and answers through a link, and only then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        guest: Option<Box<GuestAddressee>>,
    }
    check(self) {
        limits::line("reference", &self.reference, REFERENCE_MAX)?;
        limits::prose("reason", &self.reason, REASON_MAX)?;
        self.due_ms.map_or(Ok(()), |ms| limits::integer("due_ms", ms))?;
        self.secret_until_ms.map_or(Ok(()), |ms| limits::integer("secret_until_ms", ms))?;
        if self.instrument.is_some() && self.oral.is_some() {
            return Err(EntryError::Unwanted { field: "oral" });
        }
        if let Some(guest) = &self.guest {
            // An instrument binds a party of the agreement; a guest reads its authority in the request itself.
            if self.instrument.is_some() {
                return Err(EntryError::Unwanted { field: "instrument" });
            }
            if self.oral.is_some() {
                return Err(EntryError::Unwanted { field: "oral" });
            }
            guest.check()?;
        }
        use RequestWhat as W;
        question(self.what == W::Hunt, true, "hunt", self.hunt.as_ref())?;
        question(self.what == W::Expertise, false, "expertise", self.expertise.as_deref())?;
        question(self.what == W::SubscriberData, true, "subscriber", self.subscriber.as_ref())?;
        question(self.what == W::Preservation, true, "preservation", self.preservation.as_deref())?;
        question(self.what == W::Takedown, true, "takedown", self.takedown.as_deref())
    }
}

impl RequestMade {
    /// A request without anything that may be left out.
    pub fn new(to: OrgName, what: RequestWhat, reference: String, reason: String) -> Self {
        Self {
            to,
            what,
            reference,
            reason,
            instrument: None,
            due_ms: None,
            oral: None,
            secret_until_ms: None,
            hunt: None,
            expertise: None,
            subscriber: None,
            preservation: None,
            takedown: None,
            guest: None,
        }
    }
}

/// A question stands where the request is of its kind, and nowhere else.
fn question<Q: Checked>(
    its_kind: bool,
    needed: bool,
    field: &'static str,
    question: Option<&Q>,
) -> Result<(), EntryError> {
    match question {
        Some(question) if its_kind => question.check(),
        Some(_) => Err(EntryError::Unwanted { field }),
        None if its_kind && needed => Err(EntryError::Missing { field }),
        None => Ok(()),
    }
}

body! {
    /// `request.narrowed`: the asked partner will answer less than was asked.
    RequestNarrowed {
        /// The request.
        request: EntryRef,
        /// What is left out, and why.
        words: String,
        /// The clause that says so.
        clause: String,
        /// Until when what was asked to be kept is kept, ms.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kept_until_ms: Option<u64>,
    }
    check(self) {
        limits::prose("words", &self.words, REASON_MAX)?;
        self.kept_until_ms.map_or(Ok(()), |ms| limits::integer("kept_until_ms", ms))?;
        limits::line("clause", &self.clause, CLAUSE_MAX)
    }
}

body! {
    /// `request.refused`: the asked partner refuses.
    RequestRefused {
        /// The request.
        request: EntryRef,
        /// Why.
        words: String,
        /// The clause that says so.
        clause: String,
        /// The organisation without a node that says so through its link, and only then; the role is guest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_behalf_of: Option<OrgName>,
    }
    check(self) {
        limits::prose("words", &self.words, REASON_MAX)?;
        limits::line("clause", &self.clause, CLAUSE_MAX)
    }
}

body! {
    /// `request.answered`: the asked partner answers; evidence has its own entry.
    RequestAnswered {
        /// The request.
        request: EntryRef,
        /// The answer, in words.
        words: String,
        /// The clause it is answered under.
        clause: String,
        /// How good it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grading: Option<Grading>,
        /// The report that answers it, when there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        report: Option<EntryRef>,
        /// The organisation without a node that says so through its link, and only then; the role is guest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_behalf_of: Option<OrgName>,
        /// Until when what was asked to be kept is kept, ms.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kept_until_ms: Option<u64>,
    }
    check(self) {
        limits::prose("words", &self.words, REPORT_TEXT_MAX)?;
        limits::line("clause", &self.clause, CLAUSE_MAX)?;
        self.kept_until_ms.map_or(Ok(()), |ms| limits::integer("kept_until_ms", ms))?;
        self.grading.as_ref().map_or(Ok(()), Checked::check)
    }
}

body! {
    /// `request.withdrawn`: the asker takes it back.
    RequestWithdrawn {
        /// The request.
        request: EntryRef,
        /// Why.
        words: String,
        /// The clause, when one makes it necessary.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        clause: Option<String>,
    }
    check(self) {
        limits::prose("words", &self.words, REASON_MAX)?;
        self.clause.as_deref().map_or(Ok(()), |clause| limits::line("clause", clause, CLAUSE_MAX))
    }
}

body! {
    /// The package behind an `evidence.delivered`.
    Package {
        /// The package's format and version.
        format: String,
        /// SHA-256 of the bag's payload manifest, 64 hex digits.
        manifest_sha256: String,
        /// Bytes of the original lines in it.
        size_bytes: u64,
        /// Original lines in it.
        lines: u64,
        /// The log sources they come from.
        sources: Vec<String>,
        /// Distinct customers touched, as the preview counted them; absent when the holder cannot tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        customers: Option<u64>,
        /// Media type of the package as it is sent.
        media_type: String,
    }
    check(self) {
        limits::line("package.format", &self.format, MEDIA_TYPE_MAX)?;
        limits::digest("package.manifest_sha256", &self.manifest_sha256)?;
        limits::integer("package.size_bytes", self.size_bytes)?;
        limits::integer("package.lines", self.lines)?;
        limits::count("package.sources", self.sources.len(), 1, SOURCES_MAX)?;
        for source in &self.sources {
            limits::line("package.sources", source, SOURCE_NAME_MAX)?;
        }
        self.customers.map_or(Ok(()), |number| limits::integer("package.customers", number))?;
        limits::line("package.media_type", &self.media_type, MEDIA_TYPE_MAX)
    }
}

body! {
    /// `evidence.delivered`: an evidence package.
    EvidenceDelivered {
        /// The request it answers.
        request: EntryRef,
        /// The holder's reference of the exhibit.
        exhibit: String,
        /// The package.
        package: Package,
        /// How it was acquired: system, method, times, tool, in words.
        acquisition: String,
        /// The salt of the custody commitment over `package.manifest_sha256`, 64 hex digits: with it the recipient
        /// computes what both sides must state.
        custody_salt: String,
        /// The organisation without a node that says so through its link, and only then; the role is guest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_behalf_of: Option<OrgName>,
    }
    check(self) {
        limits::line("exhibit", &self.exhibit, REFERENCE_MAX)?;
        limits::digest("custody_salt", &self.custody_salt)?;
        self.package.check()?;
        limits::prose("acquisition", &self.acquisition, REASON_MAX)
    }
}

words! {
    /// What feedback on a lead says, beside its words (`content::leads`).
    pub enum LeadWord as "word on a lead" {
        /// The recipient works on it: a case was opened from it, or it belongs to one.
        TakenUp = "taken-up",
        /// The recipient does nothing with it.
        Declined = "declined",
        /// The recipient asks whether it may go to another organisation.
        OnwardAsked = "onward-asked",
        /// The giver says yes to that.
        OnwardAllowed = "onward-allowed",
        /// The giver says no to that.
        OnwardRefused = "onward-refused",
        /// What became of it in the end.
        Outcome = "outcome",
    }
}

body! {
    /// `feedback.given`: what became of a lead, an indicator, an answer.
    FeedbackGiven {
        /// The entry it is about.
        about: EntryRef,
        /// What became of it.
        text: String,
        /// What it says of a lead, when it is about one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        word: Option<LeadWord>,
        /// To whom a lead is to go on, with `onward-asked` and only then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        onward: Option<OrgName>,
    }
    check(self) {
        limits::prose("text", &self.text, REASON_MAX)?;
        match (self.word == Some(LeadWord::OnwardAsked), self.onward.is_some()) {
            (true, false) => Err(EntryError::Missing { field: "onward" }),
            (false, true) => Err(EntryError::Unwanted { field: "onward" }),
            _ => Ok(()),
        }
    }
}

impl FeedbackGiven {
    /// Feedback that is nothing but its words.
    pub fn plain(about: EntryRef, text: impl Into<String>) -> Self {
        Self {
            about,
            text: text.into(),
            word: None,
            onward: None,
        }
    }
}

body! {
    /// `decision.logged`: a line of the decision log.
    DecisionLogged {
        /// What was decided.
        text: String,
        /// Why.
        reason: String,
    }
    check(self) {
        limits::prose("text", &self.text, REASON_MAX)?;
        limits::prose("reason", &self.reason, REASON_MAX)
    }
}

body! {
    /// `task.set`: work to do; what it is stands in the envelope's title.
    TaskSet {
        /// The organisation that is to do it.
        org: OrgName,
        /// The person, when one is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<PersonId>,
        /// More words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// When it is due, ms.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_ms: Option<u64>,
    }
    check(self) {
        limits::optional("text", self.text.as_deref(), REASON_MAX)?;
        self.due_ms.map_or(Ok(()), |ms| limits::integer("due_ms", ms))
    }
}

body! {
    /// `task.done`.
    TaskDone {
        /// The `task.set` entry.
        task: EntryRef,
        /// What came of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    }
    check(self) { limits::optional("text", self.text.as_deref(), REASON_MAX) }
}

body! {
    /// `person.named`: the name behind a person's id. Apart from control entries, and removable.
    PersonNamed {
        /// The person.
        person: PersonId,
        /// Their name.
        name: String,
        /// Their organisation.
        organisation: OrgName,
    }
    check(self) { limits::line("name", &self.name, PERSON_NAME_MAX) }
}
