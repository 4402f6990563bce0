//! Custody onward: whoever received an exhibit hands it to a prosecutor, a laboratory, a court, a person who has no node;
//! notes their receipt; and notes that it came back. Or gives it back to the organisation that delivered it.
//!
//! Invariants:
//! - Only what this organisation holds is handed on: received, not disputed, not recalled, its package here and verified
//!   at that moment; the note names the digest of exactly that package.
//! - To whom it went outside the nodes stands in a note for this organisation alone: no partner reads it. That the
//!   package was taken along is told to the organisation that delivered it, as every look is.
//! - What another organisation released is not this one's to pass on: a party of the case gets it from its holder. The
//!   holder itself may have it back.

use std::collections::BTreeMap;

use accord_evidence::content::Hex32;
use accord_evidence::read_zip;
use accord_ledger::commit;
use accord_model::content::{Audience, ContentBody, ContentEntry, CustodyNoted, CustodyStepOutside};
use accord_model::control::{ControlEntry, CustodyHanded, CustodyState};
use accord_model::{EntryKind, EntryRef, OrgName, PersonId, Role, SpaceId};
use serde::{Deserialize, Serialize};

use crate::decide::{CUSTODY_LABEL, manifest_of};
use crate::error::{Result, ServiceError};
use crate::exhibits::ExhibitFacts;
use crate::journal::{Body, Space, State};
use crate::looks::Way;
use crate::node::Node;
use crate::notes::Published;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::Circumstances;
use crate::views::said_of;

/// Most times that one exhibit is handed to somebody outside the nodes.
pub const HANDED_OUTSIDE_MAX: usize = 100;

/// An exhibit is handed to somebody who has no node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandOutside {
    /// The body, or who it is: `Crown Prosecution Service, London`.
    pub to: String,
    /// The person there.
    #[serde(default)]
    pub person: Option<String>,
    /// What for.
    pub text: String,
    /// The number of the letter or transfer.
    #[serde(default)]
    pub reference: Option<String>,
    /// When it changed hands, ms UTC; now where nothing is said.
    #[serde(default)]
    pub at_ms: Option<u64>,
}

/// What became of such a handing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutsideSaid {
    /// The note that handed it to them.
    pub handed: EntryRef,
    /// Whether it came back; otherwise they gave a receipt.
    #[serde(default)]
    pub returned: bool,
    /// Who signed for it, where it is another person.
    #[serde(default)]
    pub person: Option<String>,
    /// What the receipt says.
    pub text: String,
    /// Its number.
    #[serde(default)]
    pub reference: Option<String>,
    /// When, ms UTC; now where nothing is said.
    #[serde(default)]
    pub at_ms: Option<u64>,
}

/// A step of custody outside the nodes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutsideView {
    /// Its note.
    pub at: EntryRef,
    /// When it happened, as it was noted, ms UTC.
    pub when_ms: u64,
    /// When it was noted, ms UTC.
    pub noted_ms: u64,
    /// Who noted it, where the name is known.
    pub by: Option<String>,
    /// `handed`, `received` or `returned`.
    pub step: &'static str,
    /// The note that handed it to them, of what follows.
    pub follows: Option<EntryRef>,
    /// The body, or who it is.
    pub to: String,
    /// The person there.
    pub person: Option<String>,
    /// The number of the receipt, letter or transfer.
    pub reference: Option<String>,
    /// What for, or what the receipt says.
    pub text: String,
    /// SHA-256 of the manifest of the package that changed hands, hex.
    pub manifest_sha256: String,
}

/// This organisation's notes on an exhibit outside the nodes, earlier ones first.
pub(crate) fn outside(
    state: &State,
    space: &Space,
    (own, names): (&OrgName, &BTreeMap<PersonId, String>),
    exhibit: EntryRef,
) -> Vec<OutsideView> {
    let said = said_of(state, space, |kind| kind == EntryKind::CustodyNoted);
    said.into_iter()
        .filter(|one| one.author == own)
        .filter_map(|one| match &one.entry.body {
            ContentBody::CustodyNoted(said) if said.exhibit == exhibit => Some(OutsideView {
                at: one.at,
                when_ms: said.at_ms,
                noted_ms: one.wall_ms,
                by: names.get(&one.entry.by).cloned(),
                step: said.step.as_str(),
                follows: said.follows,
                to: said.to.clone(),
                person: said.person.clone(),
                reference: said.reference.clone(),
                text: said.text.clone(),
                manifest_sha256: said.manifest_sha256.clone(),
            }),
            _ => None,
        })
        .collect()
}

fn plain(text: Option<&String>) -> Option<String> {
    text.map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
}

impl Node {
    /// An exhibit that this organisation holds, and the role in which a person hands it on.
    fn held(&self, state: &State, who: &SignedIn, at: EntryRef) -> Result<(ExhibitFacts, Role)> {
        let facts = self.exhibit(state, who, at)?;
        let space = self.case_for(state, who, facts.space)?;
        let role = self.writer(space, who, Act::Receive, EntryKind::CustodyNoted)?;
        match space.control.custody(at).map(|custody| &custody.state) {
            Some(CustodyState::Received { holder }) if *holder == self.config.org => Ok((facts, role)),
            Some(CustodyState::Disputed { .. }) => Err(ServiceError::Conflict(
                "its custody is disputed: it is not handed on before that is settled".into(),
            )),
            _ => Err(ServiceError::Conflict(
                "this organisation does not hold it: receive it first".into(),
            )),
        }
    }

    /// Checks the package that is here, and that it is the one that was announced.
    async fn package_holds(&self, who: &SignedIn, at: EntryRef) -> Result<()> {
        let report = self.verify_exhibit(who, at).await?;
        if !report.is_verified() {
            return Err(ServiceError::Conflict(format!(
                "the package does not verify and is not handed on: {}",
                report.failures().join("; ")
            )));
        }
        let (_, zip) = self.download_exhibit(who, at).await?;
        let files = read_zip(&zip)
            .map_err(|error| ServiceError::Conflict(format!("the package cannot be read: {error}")))?;
        let here = Hex32::sha256(files.get("manifest-sha256.txt").map_or(&[][..], Vec::as_slice));
        let state = self.read().await?;
        let announced = manifest_of(&self.exhibit(&state, who, at)?.said);
        match announced == Some(here) {
            true => Ok(()),
            false => Err(ServiceError::Conflict(
                "the package that is here is not the one that was announced".into(),
            )),
        }
    }

    /// When it happened: not in the future, and not before the exhibit was made.
    fn happened(&self, state: &State, at: EntryRef, told: Option<u64>) -> Result<u64> {
        let now = self.now_ms();
        let made = state.entry(at).map_or(0, |(_, header, _)| header.clock.wall_ms);
        match told.unwrap_or(now) {
            later if later > now => Err(ServiceError::invalid("at_ms", "this has not happened yet")),
            early if early < made => Err(ServiceError::invalid("at_ms", "the exhibit was not there yet")),
            when => Ok(when),
        }
    }

    fn note_custody(
        &self,
        state: &mut State,
        batch: &mut accord_store::Batch,
        who: &SignedIn,
        (role, space): (Role, SpaceId),
        (reference, said): (&str, CustodyNoted),
    ) -> Result<Published> {
        let (_, _, body) = state
            .entry(said.exhibit)
            .ok_or(ServiceError::NotFound("exhibit"))?;
        let Body::Content(exhibit) = body else {
            return Err(ServiceError::NotFound("exhibit"));
        };
        let title = format!("{reference}: {} outside the nodes", said.step);
        let entry = ContentEntry {
            by: who.person,
            role,
            marking: exhibit.marking,
            to: Audience::one(self.config.org.clone()),
            title,
            body: said.into(),
        };
        entry
            .check()
            .map_err(|error| ServiceError::invalid("custody", error))?;
        self.publish(state, batch, space, entry, &Circumstances::default())
    }

    /// Notes that an exhibit is handed to somebody outside the nodes. Nothing is sent: the package is taken along.
    pub async fn hand_outside(&self, who: &SignedIn, at: EntryRef, hand: &HandOutside) -> Result<Published> {
        Act::Receive.ask(who)?;
        self.held(&*self.read().await?, who, at)?;
        self.package_holds(who, at).await?;
        self.act_once(|state, batch, log| {
            let (facts, role) = self.held(state, who, at)?;
            let space = state
                .spaces
                .get(&facts.space)
                .ok_or(ServiceError::NotFound("case"))?;
            if outside(state, space, (&self.config.org, &BTreeMap::new()), at).len() >= HANDED_OUTSIDE_MAX {
                return Err(ServiceError::Conflict(format!(
                    "an exhibit has at most {HANDED_OUTSIDE_MAX} notes outside the nodes"
                )));
            }
            let said = CustodyNoted {
                exhibit: at,
                step: CustodyStepOutside::Handed,
                follows: None,
                to: hand.to.trim().to_owned(),
                person: plain(hand.person.as_ref()),
                at_ms: self.happened(state, at, hand.at_ms)?,
                manifest_sha256: facts.said.package.manifest_sha256.clone(),
                reference: plain(hand.reference.as_ref()),
                text: hand.text.trim().to_owned(),
            };
            let noted = self.note_custody(
                state,
                batch,
                who,
                (role, facts.space),
                (&facts.said.exhibit, said),
            )?;
            log.person(batch, who, "exhibit.handed-outside", &at.to_string());
            Ok(noted)
        })
        .await
    }

    /// Notes the receipt of somebody outside the nodes, or that they gave the exhibit back: each once.
    pub async fn outside_said(&self, who: &SignedIn, at: EntryRef, told: &OutsideSaid) -> Result<Published> {
        Act::Receive.ask(who)?;
        self.act_once(|state, batch, log| {
            // Also of what was recalled since: where it is, is still to be known.
            let (ledger, _, body) = state.entry(at).ok_or(ServiceError::NotFound("exhibit"))?;
            let Body::Content(exhibit) = body else {
                return Err(ServiceError::NotFound("exhibit"));
            };
            let ContentBody::EvidenceDelivered(delivered) = &exhibit.body else {
                return Err(ServiceError::NotFound("exhibit"));
            };
            let reference = delivered.exhibit.clone();
            let case = ledger.space;
            let space = self
                .case_for(state, who, case)
                .map_err(|_| ServiceError::NotFound("exhibit"))?;
            let role = self.writer(space, who, Act::Receive, EntryKind::CustodyNoted)?;
            let all = outside(state, space, (&self.config.org, &BTreeMap::new()), at);
            let handed = all
                .iter()
                .find(|one| one.at == told.handed && one.follows.is_none())
                .ok_or(ServiceError::NotFound("handing"))?;
            let step = match told.returned {
                true => CustodyStepOutside::Returned,
                false => CustodyStepOutside::Received,
            };
            let after: Vec<&str> = all
                .iter()
                .filter(|one| one.follows == Some(told.handed))
                .map(|one| one.step)
                .collect();
            if after.contains(&step.as_str()) || after.contains(&CustodyStepOutside::Returned.as_str()) {
                return Err(ServiceError::Conflict("this is noted already".into()));
            }
            let when = self.happened(state, at, told.at_ms)?;
            if when < handed.when_ms {
                return Err(ServiceError::invalid("at_ms", "it was not handed to them yet"));
            }
            let said = CustodyNoted {
                exhibit: at,
                step,
                follows: Some(told.handed),
                to: handed.to.clone(),
                person: plain(told.person.as_ref()).or_else(|| handed.person.clone()),
                at_ms: when,
                manifest_sha256: handed.manifest_sha256.clone(),
                reference: plain(told.reference.as_ref()),
                text: told.text.trim().to_owned(),
            };
            let noted = self.note_custody(state, batch, who, (role, case), (&reference, said))?;
            log.person(batch, who, "exhibit.outside-said", &at.to_string());
            Ok(noted)
        })
        .await
    }

    /// Gives an exhibit back to the organisation that delivered it. Any other party gets it from that organisation.
    pub async fn hand_back(&self, who: &SignedIn, at: EntryRef, to: &OrgName) -> Result<EntryRef> {
        Act::Receive.ask(who)?;
        self.held(&*self.read().await?, who, at)?;
        self.package_holds(who, at).await?;
        self.act_once(|state, batch, log| {
            let (facts, role) = self.held(state, who, at)?;
            if *to != facts.holder || facts.said.on_behalf_of.is_some() {
                return Err(ServiceError::denied(format!(
                    "what another organisation released is not yours to pass on: {to} gets it from {}, which delivered it; \
                     you may give it back there, or note that it went to somebody outside the nodes",
                    facts.holder
                )));
            }
            let broken = || ServiceError::Unexplained(format!("exhibit {at}"));
            let mut salt = [0; 32];
            hex::decode_to_slice(&facts.said.custody_salt, &mut salt).map_err(|_| broken())?;
            let manifest = manifest_of(&facts.said).ok_or_else(broken)?;
            let handed = CustodyHanded {
                by: who.person,
                role,
                exhibit: at,
                to: to.clone(),
                commitment: hex::encode(commit(CUSTODY_LABEL, &salt, &manifest.0).0),
            };
            let entry = self.append(state, batch, facts.space, ControlEntry::from(handed))?;
            log.person(batch, who, "exhibit.handed-back", &at.to_string());
            Ok(entry)
        })
        .await
    }

    /// Where an exhibit has been: its steps between the nodes, and outside them.
    pub async fn chain_of(&self, who: &SignedIn, at: EntryRef) -> Result<crate::views::ExhibitView> {
        let view = {
            let state = self.read().await?;
            let facts = self.exhibit(&state, who, at)?;
            let space = self.case_within(&state, who, facts.space)?;
            self.exhibit_view(&state, space, at)
                .ok_or(ServiceError::NotFound("exhibit"))?
        };
        self.looked(who, Way::Read, [at]).await?;
        Ok(view)
    }
}
