//! Leads, and what their recipients and their giver said of them.
//!
//! Heard of a lead: the recipients it was meant for, each on how it stands there; and the giver, on whether a
//! recipient may pass it on. Nobody else's word says anything: a third party declines nothing.

use std::collections::BTreeMap;

use super::{ContentBody, ContentEntry, FeedbackGiven, LeadReferred, LeadWord, Said};
use crate::{EntryRef, OrgName};

/// How a lead stands at one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeadStanding {
    /// Nothing was said of it yet.
    Waiting,
    /// The recipient does nothing with it.
    Declined,
    /// The recipient works on it.
    TakenUp,
}

impl LeadStanding {
    /// In one word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Declined => "declined",
            Self::TakenUp => "taken-up",
        }
    }
}

/// A recipient's question whether a lead may go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Onward<'a> {
    /// The feedback that asks.
    pub at: EntryRef,
    /// Who asks.
    pub by: &'a OrgName,
    /// To whom it is to go.
    pub to: &'a OrgName,
    /// The giver's word; a no wins over a yes.
    pub allowed: Option<bool>,
    /// The giver's last words on it.
    pub words: Option<&'a str>,
}

/// One word of feedback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeadFeedback<'a> {
    /// Its entry.
    pub at: EntryRef,
    /// Whose.
    pub by: &'a OrgName,
    /// The wall part of its clock, ms.
    pub wall_ms: u64,
    /// What it says.
    pub said: &'a FeedbackGiven,
}

/// One lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lead<'a> {
    /// Who gave it.
    pub giver: &'a OrgName,
    /// The wall part of its clock, ms.
    pub wall_ms: u64,
    /// Its envelope.
    pub entry: &'a ContentEntry,
    /// What it says.
    pub said: &'a LeadReferred,
    /// What was said of it, in the order of the entries.
    pub feedback: Vec<LeadFeedback<'a>>,
    /// Whether it may go on, as was asked.
    pub onward: Vec<Onward<'a>>,
}

impl Lead<'_> {
    /// Whether an organisation is one that it was meant for.
    pub fn is_for(&self, org: &OrgName) -> bool {
        self.giver != org && self.entry.to.includes(org)
    }

    /// How it stands at a recipient: by its last word that says so.
    pub fn standing(&self, org: &OrgName) -> LeadStanding {
        let words = self.feedback.iter().filter(|one| one.by == org);
        let mut last = words.filter_map(|one| match one.said.word {
            Some(LeadWord::TakenUp) => Some(LeadStanding::TakenUp),
            Some(LeadWord::Declined) => Some(LeadStanding::Declined),
            _ => None,
        });
        last.next_back().unwrap_or(LeadStanding::Waiting)
    }

    /// Whether a recipient said anything of it.
    pub fn is_answered(&self, org: &OrgName) -> bool {
        self.feedback.iter().any(|one| one.by == org)
    }

    /// When a recipient last said what became of it, ms.
    pub fn outcome_ms(&self, org: &OrgName) -> Option<u64> {
        let words = self.feedback.iter().filter(|one| one.by == org);
        words
            .filter(|one| matches!(one.said.word, Some(LeadWord::Outcome | LeadWord::Declined)))
            .map(|one| one.wall_ms)
            .max()
    }

    /// Whether a recipient may pass it on to an organisation: the giver said yes to that, and never no.
    pub fn may_go_on(&self, by: &OrgName, to: &OrgName) -> bool {
        let words = self.onward.iter().filter(|one| one.by == by && one.to == to);
        let mut words = words.filter_map(|one| one.allowed).peekable();
        words.peek().is_some() && words.all(|yes| yes)
    }
}

/// Every lead, by its entry.
pub fn leads<'a>(said: &[Said<'a>]) -> BTreeMap<EntryRef, Lead<'a>> {
    let mut all: BTreeMap<EntryRef, Lead<'a>> = BTreeMap::new();
    for one in said {
        if let ContentBody::LeadReferred(lead) = &one.entry.body {
            let lead = Lead {
                giver: one.author,
                wall_ms: one.wall_ms,
                entry: one.entry,
                said: lead,
                feedback: Vec::new(),
                onward: Vec::new(),
            };
            all.insert(one.at, lead);
        }
    }
    let mut asked: BTreeMap<EntryRef, EntryRef> = BTreeMap::new();
    for one in said {
        let ContentBody::FeedbackGiven(feedback) = &one.entry.body else {
            continue;
        };
        if let Some(lead) = all.get_mut(&feedback.about)
            && lead.is_for(one.author)
        {
            lead.feedback.push(LeadFeedback {
                at: one.at,
                by: one.author,
                wall_ms: one.wall_ms,
                said: feedback,
            });
            if let (Some(LeadWord::OnwardAsked), Some(to)) = (feedback.word, &feedback.onward) {
                asked.insert(one.at, feedback.about);
                lead.onward.push(Onward {
                    at: one.at,
                    by: one.author,
                    to,
                    allowed: None,
                    words: None,
                });
            }
        }
    }
    for one in said {
        let ContentBody::FeedbackGiven(feedback) = &one.entry.body else {
            continue;
        };
        let word = match feedback.word {
            Some(LeadWord::OnwardAllowed) => true,
            Some(LeadWord::OnwardRefused) => false,
            _ => continue,
        };
        let Some(lead) = asked.get(&feedback.about).and_then(|at| all.get_mut(at)) else {
            continue;
        };
        if lead.giver == one.author
            && let Some(onward) = lead.onward.iter_mut().find(|asking| asking.at == feedback.about)
        {
            onward.allowed = Some(onward.allowed.unwrap_or(true) && word);
            onward.words = Some(&feedback.text);
        }
    }
    all
}
