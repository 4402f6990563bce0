//! Links that people and machines bring in: values seen together, as one note on a case.

use std::collections::BTreeSet;

use accord_model::content::{ContentEntry, LinkSeen, SeenTogether};
use accord_model::{EntryKind, Marking, OrgName, SpaceId, Tlp};
use serde::{Deserialize, Serialize};

use super::rules::link_rule;
use crate::cases::audience;
use crate::error::{Result, ServiceError};
use crate::journal::State;
use crate::node::Node;
use crate::notes::Published;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::{Circumstances, Decided};

/// Most text of the values of one note, bytes: with salts and names of fields a payload stays under its 4 MiB.
pub const LINK_TEXT_MAX_BYTES: usize = 1 << 20;

/// Values that were seen together, to be said on a case. At most 250 links of 2 to 16 values each.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewLinks {
    /// One line; absent: how many links there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// How far it may travel.
    pub marking: Tlp,
    /// Whom it is for; empty: every party of the case.
    #[serde(default)]
    pub to: Vec<OrgName>,
    /// What was seen.
    pub links: Vec<SeenTogether>,
    /// Where: an analysis, a gateway, a sensor. No customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The organisations that it reaches at once, as a preview said; others: nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<BTreeSet<OrgName>>,
}

impl NewLinks {
    fn title(&self) -> String {
        match (&self.title, self.links.as_slice()) {
            (Some(title), _) => title.clone(),
            (None, [one]) => format!("Seen together in one {}", one.seen_in),
            (None, many) => format!("Seen together: {} links", many.len()),
        }
    }
}

impl Node {
    fn links_entry(
        &self,
        state: &State,
        who: &SignedIn,
        case: SpaceId,
        new: &NewLinks,
    ) -> Result<ContentEntry> {
        let space = self.case_within(state, who, case)?;
        let role = self.writer(space, who, Act::ShareSightings, EntryKind::LinkSeen)?;
        let said = LinkSeen {
            links: new.links.clone(),
            from: new.from.clone(),
        };
        let entry = ContentEntry {
            by: who.person,
            role,
            marking: Marking::tlp(new.marking),
            to: audience(&new.to)?,
            title: new.title(),
            body: said.clone().into(),
        };
        let fits = entry.check();
        fits.map_err(|error| ServiceError::invalid("links", error))?;
        link_rule(&said, self.now_ms())?;
        Ok(entry)
    }

    /// Whom links would reach if they were said now. Nothing is kept.
    pub async fn preview_links(&self, who: &SignedIn, case: SpaceId, new: &NewLinks) -> Result<Vec<Decided>> {
        Act::ShareSightings.ask(who)?;
        let state = self.read().await?;
        let space = self.case_within(&state, who, case)?;
        let entry = self.links_entry(&state, who, case, new)?;
        Ok(self.would_reach(&state, space, &entry))
    }

    /// Says on a case which values were seen together: one note.
    pub async fn say_links(&self, who: &SignedIn, case: SpaceId, new: &NewLinks) -> Result<Published> {
        self.steer(who, Act::ShareSightings, case, "links.said", |state, batch, _| {
            let entry = self.links_entry(state, who, case, new)?;
            let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
            self.as_expected(state, space, &entry, new.expect.as_ref())?;
            self.publish(state, batch, case, entry, &Circumstances::default())
        })
        .await
    }
}
