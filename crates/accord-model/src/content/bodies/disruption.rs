//! Targets, their checks, the plan, and what was done.

use serde::{Deserialize, Serialize};

use super::{Checked, body};
use crate::control::EntryError;
use crate::control::limits::{self, *};
use crate::words::words;
use crate::{EntryRef, OrgName};

words! {
    /// What a target is.
    pub enum TargetKind as "kind of target" {
        /// A domain name.
        Domain = "domain",
        /// An address.
        Address = "address",
        /// A page or a file on a host.
        Url = "url",
        /// A server or virtual machine.
        Server = "server",
        /// An account at a provider.
        Account = "account",
        /// A certificate.
        Certificate = "certificate",
    }
}

words! {
    /// What is done to a target.
    pub enum ActionKind as "kind of action" {
        /// Block at the networks.
        Block = "block",
        /// Point it to a sinkhole.
        Sinkhole = "sinkhole",
        /// Take the content or the service away.
        Takedown = "takedown",
        /// Suspend the account or the name.
        Suspend = "suspend",
        /// Seize it.
        Seize = "seize",
        /// Keep a copy of it.
        Preserve = "preserve",
    }
}

body! {
    /// `target.proposed`.
    TargetProposed {
        /// What, in the form that the one who acts needs.
        value: String,
        /// What it is.
        target: TargetKind,
        /// What should be done.
        action: ActionKind,
        /// The party that answers for it and would act.
        responsible: OrgName,
        /// What it does in the crime, and how that is known.
        reason: String,
        /// Indicators and reports it rests on.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rests_on: Vec<EntryRef>,
    }
    check(self) {
        limits::line("value", &self.value, INDICATOR_VALUE_MAX)?;
        limits::prose("reason", &self.reason, REASON_MAX)?;
        limits::count("rests_on", self.rests_on.len(), 0, SOURCES_OF_LEAD_MAX)?;
        limits::distinct("rests_on", &self.rests_on)
    }
}

words! {
    /// What is looked at before a target is acted on.
    pub enum TargetCheck as "check of a target" {
        /// Is it on an allow list?
        AllowList = "allow-list",
        /// Is it the sinkhole or the infrastructure of the party that answers?
        OwnInfrastructure = "own-infrastructure",
        /// Who holds it?
        Holder = "holder",
        /// How old is it?
        Age = "age",
        /// How many use it?
        Popularity = "popularity",
        /// A person looked at what was unknown.
        Judgement = "judgement",
    }
}

words! {
    /// What a check found, the worst first.
    pub enum CheckResult as "result of a check" {
        /// It speaks against acting.
        Against = "against",
        /// It cannot be told: a person must look.
        Unknown = "unknown",
        /// Nothing speaks against acting.
        Clear = "clear",
    }
}

body! {
    /// `target.checked`.
    TargetChecked {
        /// The `target.proposed` entry.
        target: EntryRef,
        /// What was looked at.
        check: TargetCheck,
        /// What was found.
        result: CheckResult,
        /// In words.
        text: String,
    }
    check(self) { limits::prose("text", &self.text, REASON_MAX) }
}

body! {
    /// `target.dropped`.
    TargetDropped {
        /// The `target.proposed` entry.
        target: EntryRef,
        /// Why.
        reason: String,
    }
    check(self) { limits::prose("reason", &self.reason, REASON_MAX) }
}

body! {
    /// One action of a plan.
    PlannedAction {
        /// The `target.proposed` entry.
        target: EntryRef,
        /// Who acts.
        org: OrgName,
        /// What is done.
        action: ActionKind,
        /// How long after the plan's instant, ms.
        after_ms: u64,
    }
    check(self) { limits::integer("actions.after_ms", self.after_ms) }
}

body! {
    /// Which of the entries that make up one plan this is. They follow each other in one ledger, each for those who
    /// may know of its actions: nobody needs another's targets to know that theirs is part of the same plan.
    PlanPart {
        /// Its number, from 1.
        number: u64,
        /// How many there are.
        of: u64,
    }
    check(self) {
        let of = usize::try_from(self.of).unwrap_or(usize::MAX);
        limits::count("part.of", of, 1, PLAN_PARTS_MAX)?;
        limits::count("part.number", usize::try_from(self.number).unwrap_or(usize::MAX), 1, of)
    }
}

impl PlanWritten {
    /// The entries that make up the plan of which this, standing at `at`, is one; none where its number cannot be.
    pub fn run(&self, at: EntryRef) -> Vec<EntryRef> {
        let Some(part) = &self.part else {
            return vec![at];
        };
        if part.check().is_err() {
            return Vec::new();
        }
        let first = part
            .number
            .checked_sub(1)
            .and_then(|before| at.seq.checked_sub(before));
        let last = first.and_then(|first| first.checked_add(part.of));
        match (first, last) {
            (Some(first), Some(end)) => (first..end)
                .map(|seq| EntryRef {
                    ledger: at.ledger,
                    seq,
                })
                .collect(),
            _ => Vec::new(),
        }
    }
}

body! {
    /// `plan.written`: what happens at one instant. A later one replaces it, and voids every go.
    PlanWritten {
        /// The instant, ms, UTC.
        instant_ms: u64,
        /// The actions; a target once.
        actions: Vec<PlannedAction>,
        /// What else should be known: order, contacts, what to do when something fails.
        text: String,
        /// Which part of the plan this is, where not everybody gets all of it. A part may have no actions: it tells a
        /// party of the plan in which it has nothing to do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        part: Option<PlanPart>,
    }
    check(self) {
        limits::integer("instant_ms", self.instant_ms)?;
        let least = usize::from(self.part.is_none());
        limits::count("actions", self.actions.len(), least, ACTIONS_MAX)?;
        self.part.as_ref().map_or(Ok(()), Checked::check)?;
        self.actions.iter().try_for_each(Checked::check)?;
        let targets: Vec<_> = self.actions.iter().map(|action| action.target).collect();
        limits::distinct("actions.target", &targets)?;
        limits::prose("text", &self.text, REPORT_TEXT_MAX)
    }
}

words! {
    /// How an action went.
    pub enum Execution as "outcome of an action" {
        /// Nothing was done.
        Failed = "failed",
        /// Part of it was done.
        Partly = "partly",
        /// It was done.
        Done = "done",
    }
}

body! {
    /// `action.executed`: the receipt of the party that acted.
    ActionExecuted {
        /// The `plan.written` entry.
        plan: EntryRef,
        /// The target, as the plan names it.
        target: EntryRef,
        /// How it went.
        outcome: Execution,
        /// When, ms, UTC.
        at_ms: u64,
        /// What exactly was done, what was seen.
        text: String,
    }
    check(self) {
        limits::integer("at_ms", self.at_ms)?;
        limits::prose("text", &self.text, REASON_MAX)
    }
}

words! {
    /// Whether an action held, the worst first.
    pub enum Held as "finding about an action" {
        /// The target is back, or never went.
        DidNotHold = "did-not-hold",
        /// It cannot be told.
        Unknown = "unknown",
        /// It held.
        Held = "held",
    }
}

body! {
    /// `action.verified`: somebody looked afterwards.
    ActionVerified {
        /// The `action.executed` entry.
        action: EntryRef,
        /// What was seen.
        held: Held,
        /// When, ms, UTC.
        at_ms: u64,
        /// From where, how.
        text: String,
    }
    check(self) {
        limits::integer("at_ms", self.at_ms)?;
        limits::prose("text", &self.text, REASON_MAX)
    }
}
