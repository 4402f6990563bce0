//! Leads: what a partner is told before there is a case, and what it says back.
//!
//! A lead stands on the agreement's ledger (`lead.referred`), its values beside it (`indicator.published`), and every
//! answer is `feedback.given` to whoever gave it. All of them leave through the gate under that agreement and reach the
//! one partner that is named; the other parties see that something was written, and nothing of it.
//!
//! What a lead belongs to here (the case, the threat, who it was handed to) is a document of this node ([`LeadFile`])
//! and leaves with nothing: the giver learns that it was taken up, not by which case.
//!
//! Who sees a lead. Received: the desk of this organisation (case officers and approvers; where there are no case
//! officers, researchers) and whom it was handed to. Given: who wrote it, who works on its threat, and the approvers,
//! who release it. Both: the disclosure officers, who say what is held. What was recalled is seen as a recall, without
//! its words (`recall`); how long copies are kept, and what holds them, is said by `keeping`.

mod answer;
mod keeping;
mod recall;
mod refer;
mod view;
mod waiting;

pub(crate) use view::values_of;

pub use answer::{LeadAnswer, OnwardAnswer, OpenFromLead};
pub use keeping::{LEAD_NOTES_HELD_MAX, LeadKeeping, NewLeadHold};
pub use recall::{LeadNote, LeadPart, LeadRecall, PassedOn};
pub use refer::{LeadPreview, NewLead, ReferredLead};
pub use view::{FeedbackView, LeadSummary, LeadView, OnwardView};

use std::collections::{BTreeMap, BTreeSet};

use accord_model::content::leads::{Lead, leads};
use accord_model::content::{ContentBody, ContentEntry, DecisionLogged, Said, may_write_on_agreement};
use accord_model::control::SpaceKind;
use accord_model::{EntryKind, EntryRef, Marking, OrgKind, OrgName, PersonId, Role, SpaceId, Tlp};
use accord_store::Batch;
use serde::{Deserialize, Serialize};

use crate::cases::audience;
use crate::error::{Result, ServiceError};
use crate::journal::{Space, State};
use crate::node::Node;
use crate::notes::Published;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::Circumstances;
use crate::views::said_of;

pub(crate) const LEADS: &str = "leads";

/// A lead that nobody has said anything of for so many days is overdue for feedback.
pub const LEAD_FEEDBACK_DAYS: u64 = 30;
/// The same, ms.
pub(crate) const LEAD_FEEDBACK_MS: u64 = LEAD_FEEDBACK_DAYS * 24 * 3_600_000;
/// Most values of one lead.
pub const LEAD_VALUES_MAX: usize = 1_000;
/// Most people that a lead is handed to.
pub const LEAD_PEOPLE_MAX: usize = 64;

/// What a lead belongs to on this node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LeadFile {
    /// The lead.
    pub at: EntryRef,
    /// Whom it was handed to.
    #[serde(default)]
    pub people: BTreeSet<PersonId>,
    /// The case that works on it.
    #[serde(default)]
    pub case: Option<SpaceId>,
    /// The threat it was made from.
    #[serde(default)]
    pub threat: Option<String>,
    /// To whom it was passed on.
    #[serde(default)]
    pub passed_on: BTreeSet<OrgName>,
    /// Of a lead of this organisation: the received one that it passes on.
    #[serde(default)]
    pub onward_of: Option<EntryRef>,
    /// Its values, kept beside it when the lead itself is deleted: what was recalled together is told together.
    #[serde(default)]
    pub values: BTreeSet<EntryRef>,
}

impl LeadFile {
    fn new(at: EntryRef) -> Self {
        Self {
            at,
            people: BTreeSet::new(),
            case: None,
            threat: None,
            passed_on: BTreeSet::new(),
            onward_of: None,
            values: BTreeSet::new(),
        }
    }
}

impl State {
    fn keep_lead(&mut self, batch: &mut Batch, file: LeadFile) {
        batch.document(LEADS, &file.at.to_string(), &file);
        self.leads.insert(file.at, file);
    }

    fn lead_file(&self, at: EntryRef) -> LeadFile {
        self.leads.get(&at).cloned().unwrap_or_else(|| LeadFile::new(at))
    }
}

/// A lead found for a person.
pub(crate) struct Found<'a> {
    pub space: &'a Space,
    pub lead: Lead<'a>,
    /// Whether this organisation gave it.
    pub ours: bool,
}

/// The kinds that leads and what is said of them are made of.
fn is_of_leads(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::LeadReferred | EntryKind::FeedbackGiven)
}

impl Node {
    /// The agreement's space that an entry stands in.
    pub(crate) fn space_of<'a>(&self, state: &'a State, at: EntryRef) -> Option<&'a Space> {
        let ledger = state.ledgers.get(&at.ledger)?;
        state.space(ledger.space, SpaceKind::Agreement)
    }

    /// Leads of an agreement's space and what was said of them.
    pub(crate) fn said_of_leads<'a>(&self, state: &'a State, space: &'a Space) -> Vec<Said<'a>> {
        said_of(state, space, is_of_leads)
    }

    /// Whether a person keeps this organisation's desk for leads.
    pub(crate) fn keeps_desk(&self, who: &SignedIn) -> bool {
        let desk = match self.config.kind {
            OrgKind::Agency => Role::CaseOfficer,
            _ => Role::Researcher,
        };
        who.home.is_none() && (who.roles.contains(&desk) || who.roles.contains(&Role::Approver))
    }

    fn sees_lead(&self, state: &State, who: &SignedIn, at: EntryRef, lead: &Lead<'_>) -> bool {
        if who.home.is_some() {
            return false;
        }
        if who.roles.contains(&Role::DisclosureOfficer) {
            return *lead.giver == self.config.org || lead.is_for(&self.config.org);
        }
        let file = state.leads.get(&at);
        let handed = file.is_some_and(|file| file.people.contains(&who.person));
        if *lead.giver == self.config.org {
            let threat = file.and_then(|file| state.threats.get(file.threat.as_ref()?));
            let works = threat.is_some_and(|threat| threat.is_seen_by(who));
            let wrote = lead.entry.by == who.person;
            return handed || works || wrote || who.roles.contains(&Role::Approver);
        }
        lead.is_for(&self.config.org) && (handed || self.keeps_desk(who))
    }

    /// A lead that a person may see; for everybody else there is none.
    pub(crate) fn lead_for<'a>(&self, state: &'a State, who: &SignedIn, at: EntryRef) -> Result<Found<'a>> {
        let missing = || ServiceError::NotFound("lead");
        let space = self.space_of(state, at).ok_or_else(missing)?;
        let said = self.said_of_leads(state, space);
        let lead = leads(&said).remove(&at).ok_or_else(missing)?;
        if !self.sees_lead(state, who, at, &lead) {
            return Err(missing());
        }
        let ours = *lead.giver == self.config.org;
        Ok(Found { space, lead, ours })
    }

    /// A lead that this organisation received and that a person may see.
    fn received_lead<'a>(&self, state: &'a State, who: &SignedIn, at: EntryRef) -> Result<Found<'a>> {
        let found = self.lead_for(state, who, at)?;
        if found.ours {
            return Err(ServiceError::Conflict(
                "this organisation gave this lead: it is answered by who received it".into(),
            ));
        }
        Ok(found)
    }

    /// Every lead that a person may see.
    pub(crate) fn leads_seen<'a>(
        &self,
        state: &'a State,
        who: &SignedIn,
    ) -> BTreeMap<EntryRef, (&'a Space, Lead<'a>)> {
        let mut seen = BTreeMap::new();
        let spaces = state
            .spaces
            .values()
            .filter(|space| space.kind == SpaceKind::Agreement);
        for space in spaces {
            let said = self.said_of_leads(state, space);
            let here = leads(&said).into_iter();
            let here = here.filter(|(at, lead)| self.sees_lead(state, who, *at, lead));
            seen.extend(here.map(|(at, lead)| (at, (space, lead))));
        }
        seen
    }

    /// The role in which a person writes on an agreement's ledger.
    fn lead_role(&self, who: &SignedIn, kind: EntryKind) -> Result<Role> {
        let first = Act::Lead.ask(who)?;
        let mut roles = Act::Lead.rule().0.iter().copied();
        let writes = |role: &Role| {
            who.roles.contains(role) && may_write_on_agreement(kind, *role, self.config.kind).is_ok()
        };
        Ok(roles.find(writes).unwrap_or(first))
    }

    /// An entry of an agreement's ledger for one partner.
    fn lead_entry(
        &self,
        who: &SignedIn,
        marking: Tlp,
        to: &OrgName,
        title: &str,
        body: impl Into<ContentBody>,
    ) -> Result<ContentEntry> {
        let body = body.into();
        let entry = ContentEntry {
            by: who.person,
            role: self.lead_role(who, body.kind())?,
            marking: Marking::tlp(marking),
            to: audience(std::slice::from_ref(to))?,
            title: title.to_owned(),
            body,
        };
        entry.check().map_err(|why| by_field(&why))?;
        Ok(entry)
    }

    /// A line of a case's decision log that stays with this organisation: where the case came from.
    pub(crate) fn log_origin(
        &self,
        state: &mut State,
        batch: &mut Batch,
        case: SpaceId,
        who: &SignedIn,
        role: Role,
        text: &str,
    ) -> Result<Published> {
        let entry = ContentEntry {
            by: who.person,
            role,
            marking: Marking::tlp(Tlp::AmberStrict),
            to: audience(std::slice::from_ref(&self.config.org))?,
            title: "Where this case came from".into(),
            body: DecisionLogged {
                text: text.to_owned(),
                reason: "The origin of a case is kept with it.".into(),
            }
            .into(),
        };
        entry.check().map_err(|why| by_field(&why))?;
        self.publish(state, batch, case, entry, &Circumstances::default())
    }
}

/// What the model refuses, by the field that it names.
fn by_field(why: &accord_model::control::EntryError) -> ServiceError {
    use accord_model::control::EntryError as E;
    let field = match why {
        E::Empty { field }
        | E::TooLong { field, .. }
        | E::TooMany { field, .. }
        | E::Characters { field }
        | E::Missing { field }
        | E::Unwanted { field }
        | E::Repeated { field } => field,
        _ => "lead",
    };
    ServiceError::invalid(field, why)
}
