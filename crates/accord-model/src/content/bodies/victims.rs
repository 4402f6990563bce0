//! Victims under a pseudonym, who they are for their custodian alone, and looks at that under a grant.

use serde::{Deserialize, Serialize};

use super::{Checked, body};
use crate::content::forms;
use crate::control::EntryError;
use crate::control::limits::{self, *};
use crate::words::words;
use crate::{EntryRef, OrgName};

words! {
    /// What a victim is.
    pub enum VictimKind as "kind of victim" {
        /// A business or another organisation.
        Organisation = "organisation",
        /// A person.
        Person = "person",
    }
}

body! {
    /// `victim.recorded`: a victim under a pseudonym. Nothing here names them.
    VictimRecorded {
        /// How everybody calls them.
        pseudonym: String,
        /// What they are.
        victim: VictimKind,
        /// What happened to them.
        text: String,
        /// Their branch, wide enough to name nobody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sector: Option<String>,
        /// What they want to happen, and what not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wishes: Option<String>,
    }
    check(self) {
        limits::line("pseudonym", &self.pseudonym, PSEUDONYM_MAX)?;
        limits::prose("text", &self.text, REASON_MAX)?;
        self.sector.as_deref().map_or(Ok(()), |text| limits::line("sector", text, LABEL_MAX))?;
        limits::optional("wishes", self.wishes.as_deref(), REASON_MAX)
    }
}

words! {
    /// Which way a message went.
    pub enum Direction as "direction of a message" {
        /// From the victim.
        FromVictim = "from-victim",
        /// To the victim.
        ToVictim = "to-victim",
    }
}

body! {
    /// `victim.message`: a message in the conversation.
    VictimMessage {
        /// The `victim.recorded` entry.
        victim: EntryRef,
        /// Which way it went.
        direction: Direction,
        /// What it says.
        text: String,
    }
    check(self) { limits::prose("text", &self.text, REPORT_TEXT_MAX) }
}

words! {
    /// How far a step of the clean-up is.
    pub enum Remediation as "state of remediation" {
        /// Advised.
        Advised = "advised",
        /// Begun.
        Begun = "begun",
        /// Done.
        Done = "done",
        /// Not wanted, or not possible.
        NotDone = "not-done",
    }
}

body! {
    /// `remediation.noted`: a step of the clean-up.
    RemediationNoted {
        /// The `victim.recorded` entry.
        victim: EntryRef,
        /// The step.
        step: String,
        /// How far it is.
        state: Remediation,
        /// More words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    }
    check(self) {
        limits::line("step", &self.step, TITLE_MAX)?;
        limits::optional("text", self.text.as_deref(), REASON_MAX)
    }
}

words! {
    /// On what ground who a victim is was given to another organisation.
    pub enum GivenOn as "ground" {
        /// The victim was asked and said yes.
        Consent = "consent",
        /// A law says so, whatever the victim says.
        Law = "law",
    }
}

/// Why an organisation gives who a victim is to the agency. The victim is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityGiven {
    /// The ground.
    pub ground: GivenOn,
    /// Who said yes, when and how; or which law. Names nobody.
    pub text: String,
}

body! {
    /// `victim.identity`: who a victim is, encrypted to the node of one custodian. Addressed to that organisation
    /// and nobody else. Nothing of the identity stands here in the clear, the envelope's title included.
    VictimIdentity {
        /// The `victim.recorded` entry.
        victim: EntryRef,
        /// The organisation whose custodian keeps it.
        custodian: OrgName,
        /// How it is encrypted.
        scheme: String,
        /// The key it is encrypted to, as that organisation names it.
        key: String,
        /// The ciphertext, base64.
        ciphertext: String,
        /// Why it is given, where another organisation's custodian is given it. Absent: one's own keeps it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        given: Option<IdentityGiven>,
    }
    check(self) {
        self.given.as_ref().map_or(Ok(()), |given| limits::prose("text", &given.text, REASON_MAX))?;
        limits::line("scheme", &self.scheme, LABEL_MAX)?;
        limits::line("key", &self.key, REFERENCE_MAX)?;
        forms::base64("ciphertext", &self.ciphertext, CIPHERTEXT_MAX)
    }
}

body! {
    /// `grant.asked`: somebody wants to know who a victim is.
    GrantAsked {
        /// The `victim.identity` entry.
        identity: EntryRef,
        /// What for. The victim reads it.
        reason: String,
    }
    check(self) { limits::prose("reason", &self.reason, REASON_MAX) }
}

body! {
    /// `grant.given`: one of two hands.
    GrantGiven {
        /// The `grant.asked` entry.
        asked: EntryRef,
        /// Until when looks may be taken, ms, excluded.
        until_ms: u64,
        /// Why, if it needs saying.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }
    check(self) {
        limits::integer("until_ms", self.until_ms)?;
        limits::optional("reason", self.reason.as_deref(), REASON_MAX)
    }
}

body! {
    /// `grant.used`: a look was taken.
    GrantUsed {
        /// The `grant.asked` entry.
        asked: EntryRef,
        /// What was done with it. The victim reads it.
        text: String,
    }
    check(self) { limits::prose("text", &self.text, REASON_MAX) }
}

body! {
    /// `grant.ended`: no more looks.
    GrantEnded {
        /// The `grant.asked` entry.
        asked: EntryRef,
        /// Why.
        reason: String,
    }
    check(self) { limits::prose("reason", &self.reason, REASON_MAX) }
}
