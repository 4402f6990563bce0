//! Asking partners.

use accord_model::content::{Audience, ContentEntry, HuntQuestion, RequestMade, RequestWhat};
use accord_model::control::Standing;
use accord_model::{Category, EntryKind, EntryRef, Marking, OrgName, SpaceId, Tlp};
use serde::{Deserialize, Serialize};

use crate::error::{Result, ServiceError};
use crate::node::Node;
use crate::notes::Published;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::{Circumstances, is_own_instrument};

/// A hunt to be asked of a partner.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewHunt {
    /// The partner.
    pub to: OrgName,
    /// This organisation's name for it: `H-3`.
    pub reference: String,
    /// Why.
    pub reason: String,
    /// The legal authority, recorded on the case.
    pub instrument: EntryRef,
    /// An answer is hoped for by, ms UTC.
    #[serde(default)]
    pub due_ms: Option<u64>,
    /// What to look for, one indicator each.
    pub indicators: Vec<String>,
    /// From, ms UTC.
    pub from_ms: u64,
    /// To, ms UTC, excluded.
    pub to_ms: u64,
    /// Only these of the partner's sources; empty: all.
    #[serde(default)]
    pub sources: Vec<String>,
    /// How far the request itself may travel.
    #[serde(default = "amber")]
    pub marking: Tlp,
}

const fn amber() -> Tlp {
    Tlp::Amber
}

impl Node {
    /// Asks a partner to look in its logs. Refused where the instrument does not stand, an indicator cannot be
    /// matched, or the agreement does not let the request go.
    pub async fn ask_hunt(&self, who: &SignedIn, case: SpaceId, new: &NewHunt) -> Result<Published> {
        Act::Ask.ask(who)?;
        let mut indicators = Vec::new();
        for text in &new.indicators {
            let pattern = accord_matcher::Pattern::parse(text)
                .map_err(|refusal| ServiceError::invalid("indicators", format!("{text}: {refusal}")))?;
            indicators.push(pattern.canonical().to_string());
        }
        indicators.sort();
        indicators.dedup();
        self.act_once(|state, batch, log| {
            let space = self.case_within(state, who, case)?;
            let role = self.writer(space, who, Act::Ask, EntryKind::RequestMade)?;
            if space.control.party_kind(&new.to).is_none() {
                return Err(ServiceError::invalid(
                    "to",
                    format!("{} is no party of this case", new.to),
                ));
            }
            let standing = space.control.instrument_standing(
                new.instrument,
                &new.to,
                Category::LogEvidence,
                self.now_ms(),
            );
            let ours = is_own_instrument(space, new.instrument, &self.config.org);
            let why_not = match standing {
                Standing::Stands if !ours => Some(
                    "the instrument was recorded by another organisation: a request stands on one of your own",
                ),
                Standing::Stands => None,
                Standing::Unknown => Some("no such instrument is recorded on this case"),
                Standing::Over => Some("the instrument has ended"),
                Standing::NotYet => Some("the instrument does not hold yet"),
                Standing::Expired => Some("the instrument has expired"),
                Standing::OtherAddressee => Some("the instrument binds somebody else"),
                Standing::OutOfScope => Some("the instrument does not cover log evidence"),
            };
            if let Some(why) = why_not {
                return Err(ServiceError::denied(why));
            }
            let hunt = HuntQuestion {
                indicators,
                from_ms: new.from_ms,
                to_ms: new.to_ms,
                sources: new.sources.clone(),
                note: None,
            };
            let entry = ContentEntry {
                by: who.person,
                role,
                marking: Marking::tlp(new.marking),
                to: Audience::one(new.to.clone()),
                title: format!("{}: hunt asked of {}", new.reference, new.to),
                body: RequestMade {
                    instrument: Some(new.instrument),
                    due_ms: new.due_ms,
                    hunt: Some(hunt),
                    ..RequestMade::new(
                        new.to.clone(),
                        RequestWhat::Hunt,
                        new.reference.clone(),
                        new.reason.clone(),
                    )
                }
                .into(),
            };
            let published = self.publish(state, batch, case, entry, &Circumstances::default())?;
            if let Some(refused) = published.decisions.iter().find(|decided| !decided.is_yes()) {
                return Err(refused.refusal());
            }
            log.person(batch, who, "hunt.asked", &published.at.to_string());
            Ok(published)
        })
        .await
    }
}
