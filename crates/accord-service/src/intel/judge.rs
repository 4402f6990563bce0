//! Each value of a draft beside what this node knows of it, so that its author sees before ticking.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use accord_formats::material::{Form, Found, Material};
use accord_matcher::Pattern;
use accord_model::content::{CheckResult, ContentBody, TargetCheck};
use accord_model::control::SpaceKind;
use accord_model::{EntryKind, OrgName, SpaceId, Tlp};
use serde::Serialize;

use super::draft::ImportDraft;
use super::together::together;
use crate::disruption::own_item;
use crate::error::Result;
use crate::journal::State;
use crate::node::Node;
use crate::people::SignedIn;
use crate::views::said_of;

/// A value of a draft.
#[derive(Debug, Clone, Serialize)]
pub struct ValueView {
    /// Its number in the draft.
    pub number: usize,
    /// What was found, where and how often.
    pub found: Found,
    /// The allow list that it is on.
    pub listed: Option<String>,
    /// What it is of this organisation's own infrastructure.
    pub own: Option<String>,
    /// Partners who have said on the case that it is theirs.
    pub theirs: Vec<OrgName>,
    /// Cases that the person sees and where it is published.
    pub known_in: Vec<SpaceId>,
    /// Whether publishing it needs a second person.
    pub second: bool,
    /// Whether it is ticked.
    pub ticked: bool,
    /// Why it is not ticked of itself, in words; empty where it is.
    pub unticked_because: Vec<String>,
}

/// A draft with everything that was found.
#[derive(Debug, Clone, Serialize)]
pub struct ImportView {
    /// The draft.
    pub draft: ImportDraft,
    /// What was read: title, text, markings, techniques, labels, parts, problems. Its values are in `values`.
    pub material: Material,
    /// The values, judged.
    pub values: Vec<ValueView>,
    /// The marking that is proposed: the strictest that stands in the material, TLP:AMBER where there is none.
    pub marking: Tlp,
    /// Of an e-mail, the values of which it can be said that they were seen in one: its sender's address, and what is
    /// ticked of it. Fewer than two: there is nothing to say.
    pub together: Vec<String>,
}

/// The marking that a material carries.
pub(super) fn marked(material: &Material) -> Option<Tlp> {
    material.strictest().and_then(|found| found.tlp.parse().ok())
}

/// Where values of a draft are published already, of what a person sees whole.
fn known_in(
    node: &Node,
    state: &State,
    who: &SignedIn,
    wanted: &BTreeSet<&str>,
) -> HashMap<String, BTreeSet<SpaceId>> {
    let mut known: HashMap<String, BTreeSet<SpaceId>> = HashMap::new();
    let cases = state
        .spaces
        .values()
        .filter(|space| space.kind == SpaceKind::Case);
    for space in cases.filter(|space| node.sees_whole(space, who)) {
        for one in said_of(state, space, |kind| kind == EntryKind::IndicatorPublished) {
            let ContentBody::IndicatorPublished(said) = &one.entry.body else {
                continue;
            };
            for indicator in &said.indicators {
                // Most values are written as they are canonical; the others are read.
                let canonical = if wanted.contains(indicator.value.as_str()) {
                    indicator.value.clone()
                } else {
                    match Pattern::parse(&indicator.value) {
                        Ok(pattern) if wanted.contains(pattern.canonical()) => pattern.canonical().to_owned(),
                        _ => continue,
                    }
                };
                known.entry(canonical).or_default().insert(space.id);
            }
        }
    }
    known
}

/// What partners have said on a case to be theirs, by the value of the target.
fn theirs(state: &State, case: SpaceId) -> BTreeMap<String, BTreeSet<OrgName>> {
    let mut theirs: BTreeMap<String, BTreeSet<OrgName>> = BTreeMap::new();
    let Some(space) = state.spaces.get(&case) else {
        return theirs;
    };
    let kinds = |kind| matches!(kind, EntryKind::TargetProposed | EntryKind::TargetChecked);
    let said = said_of(state, space, kinds);
    let values: HashMap<_, _> = said
        .iter()
        .filter_map(|one| match &one.entry.body {
            ContentBody::TargetProposed(target) => Some((one.at, target.value.as_str())),
            _ => None,
        })
        .collect();
    for one in &said {
        if let ContentBody::TargetChecked(checked) = &one.entry.body
            && checked.check == TargetCheck::OwnInfrastructure
            && checked.result == CheckResult::Against
            && let Some(pattern) = values
                .get(&checked.target)
                .and_then(|value| Pattern::parse(value).ok())
        {
            let whose = theirs.entry(pattern.canonical().to_owned()).or_default();
            whose.insert(one.author.clone());
        }
    }
    theirs
}

/// Whether the form says itself which of its values are indicators.
fn offers(form: Form) -> bool {
    matches!(form, Form::Stix | Form::Misp | Form::List)
}

impl Node {
    /// The values of a draft, judged.
    pub(super) fn judge(
        &self,
        state: &State,
        who: &SignedIn,
        draft: &ImportDraft,
        material: &Material,
    ) -> Vec<ValueView> {
        let wanted: BTreeSet<&str> = material.found.iter().map(|found| found.value.as_str()).collect();
        let known = known_in(self, state, who, &wanted);
        let theirs = draft.case.map(|case| theirs(state, case)).unwrap_or_default();
        let now_ms = self.now_ms();
        let values = material.found.iter().enumerate();
        values
            .map(|(number, found)| {
                let listed = state.lists.list_with(&found.value).map(str::to_owned);
                let own = own_item(state, &found.value).map(|item| match item.description.as_str() {
                    "" => item.value.clone(),
                    words => format!("{} ({words})", item.value),
                });
                let whose: Vec<OrgName> = theirs.get(&found.value).into_iter().flatten().cloned().collect();
                let known_in: Vec<SpaceId> = known.get(&found.value).into_iter().flatten().copied().collect();
                let mut because: Vec<String> = Vec::new();
                because.extend(listed.as_ref().map(|list| format!("on the allow list {list}")));
                because.extend(own.as_ref().map(|own| format!("your own infrastructure: {own}")));
                because.extend(
                    whose
                        .iter()
                        .map(|org| format!("infrastructure of {org}, as it says")),
                );
                if draft.case.is_some_and(|case| known_in.contains(&case)) {
                    because.push("published on this case already".to_owned());
                }
                because.extend(found.doubt.map(|doubt| doubt.words().to_owned()));
                if found.doubt.is_none() && offers(material.form) && !found.offered {
                    because.push("mentioned, and not offered as an indicator".to_owned());
                }
                let proposed = because.is_empty();
                ValueView {
                    number,
                    second: state.is_popular(&found.value, now_ms),
                    ticked: draft.choices.ticks.get(&number).copied().unwrap_or(proposed),
                    found: found.clone(),
                    listed,
                    own,
                    theirs: whose,
                    known_in,
                    unticked_because: because,
                }
            })
            .collect()
    }

    /// A person's own draft, with everything that was found and what is known of it.
    pub async fn import(&self, who: &SignedIn, id: &str) -> Result<ImportView> {
        let draft = {
            let state = self.read().await?;
            self.own_draft(&state, who, id)?.clone()
        };
        let mut material = self.reading(id).await?;
        let values = {
            let state = self.read().await?;
            tokio::task::block_in_place(|| self.judge(&state, who, &draft, &material))
        };
        let marking = marked(&material).unwrap_or(Tlp::Amber);
        let together = together(&material, &values);
        material.found.clear();
        Ok(ImportView {
            draft,
            material,
            values,
            marking,
            together,
        })
    }
}
