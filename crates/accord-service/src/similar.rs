//! Also seen in: which cases, threats and leads share something, and what.
//!
//! Invariants: looked at is what this person may see, and nothing else. A case that they do not see changes nothing
//! here: no line, no order, no weight, no count. Where this organisation has such a case with the same value, nothing
//! happens: nobody is told that there is something, which would itself be telling (`docs/spec/threats-and-leads.md`).
//!
//! What two share is weighted by how rare it is among what the person sees; a value that many use, as far as this node
//! was given a list, counts nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use accord_matcher::Pattern;
use accord_model::content::indicators::indicators;
use accord_model::content::{Audience, ContentBody, ContentEntry, DecisionLogged, subjects::subjects};
use accord_model::control::SpaceKind;
use accord_model::{EntryKind, EntryRef, Marking, OrgName, SpaceId, Tlp};
use serde::{Deserialize, Serialize};

use crate::error::{Result, ServiceError};
use crate::journal::{Space, State};
use crate::looks::{SaidBy, Way};
use crate::made::Until;
use crate::node::Node;
use crate::notes::Published;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::Circumstances;
use crate::sight::Reader;
use crate::views::said_of;

/// Most similar things in one answer.
pub const SIMILAR_MAX: usize = 20;
/// How many of what two share are named.
pub const STRONGEST_MAX: usize = 5;

/// How much each kind of share weighs beside a value.
const IDENTIFIER_WEIGHT: f64 = 1.5;
const VALUE_WEIGHT: f64 = 1.0;
const TECHNIQUE_WEIGHT: f64 = 0.3;
const LABEL_WEIGHT: f64 = 0.3;

/// What a similar thing is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum SimilarWhat {
    /// A case.
    Case {
        /// Its id.
        id: SpaceId,
    },
    /// A threat.
    Threat {
        /// Its id.
        id: String,
    },
    /// A lead.
    Lead {
        /// Its note.
        at: EntryRef,
    },
}

/// One similar thing.
#[derive(Debug, Clone, Serialize)]
pub struct Similar {
    /// What it is.
    pub what: SimilarWhat,
    /// Its name.
    pub name: String,
    /// How much the two share: a share of what both could, 1 to 100.
    pub score: u8,
    /// How many things they share.
    pub shared: usize,
    /// The strongest of them, in words.
    pub why: Vec<String>,
}

/// A note that links a case with another one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    /// The other case.
    pub other: SpaceId,
    /// Why they belong together.
    pub reason: String,
    /// How far the note may travel.
    pub marking: Tlp,
}

/// Something that two can share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Mark {
    Identifier(String),
    Value(String),
    Technique(String),
    Label(String),
}

impl Mark {
    fn weight(&self) -> f64 {
        match self {
            Self::Identifier(_) => IDENTIFIER_WEIGHT,
            Self::Value(_) => VALUE_WEIGHT,
            Self::Technique(_) => TECHNIQUE_WEIGHT,
            Self::Label(_) => LABEL_WEIGHT,
        }
    }

    fn words(&self, seen_in: usize) -> String {
        let what = match self {
            Self::Identifier(text) => format!("a subject known by {text}"),
            Self::Value(text) => text.clone(),
            Self::Technique(text) => format!("technique {text}"),
            Self::Label(text) => format!("label {text}"),
        };
        match seen_in {
            0..=2 => format!("{what} (nowhere else that you see)"),
            more => format!("{what} (in {more} things that you see)"),
        }
    }
}

/// What something can share, each with the notes of other organisations that say it.
pub(crate) type MarkSet = BTreeMap<Mark, SaidBy>;

/// Takes in a mark, of which another organisation's note says it where there is one.
fn add(marks: &mut MarkSet, mark: Mark, note: Option<EntryRef>) {
    let said_by = marks.entry(mark).or_default();
    if let Some(at) = note {
        said_by.add(at);
    }
}

fn canonical(value: &str) -> String {
    Pattern::parse(value).map_or_else(
        |_| value.trim().to_lowercase(),
        |pattern| pattern.canonical().to_owned(),
    )
}

/// Similar things, and the notes whose words say why.
#[derive(Default)]
struct Found {
    similar: Vec<Similar>,
    said_in: Vec<EntryRef>,
}

/// One thing with what it can share.
struct Thing {
    what: SimilarWhat,
    name: String,
    marks: Marks,
}

/// What it can share: of a case as it is kept beside it.
enum Marks {
    OfCase(Arc<Until<MarkSet>>),
    Own(MarkSet),
}

impl Thing {
    fn marks(&self) -> &MarkSet {
        match &self.marks {
            Marks::OfCase(made) => &made.thing,
            Marks::Own(marks) => marks,
        }
    }
}

/// What two have in common: the smaller one's are looked up in the larger one.
fn shared_by<'m>(a: &'m MarkSet, b: &'m MarkSet) -> Vec<&'m Mark> {
    let (small, large) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    small.keys().filter(|mark| large.contains_key(*mark)).collect()
}

/// In how many things each mark is that is in two or more: those of the largest thing are looked up, not counted, so
/// that one large case among small ones costs little.
fn seen_in_several(things: &[Thing]) -> HashMap<&Mark, usize> {
    let largest =
        (0..things.len()).max_by_key(|place| things.get(*place).map_or(0, |thing| thing.marks().len()));
    let mut seen: HashMap<&Mark, usize> = HashMap::new();
    for (place, thing) in things.iter().enumerate() {
        if Some(place) != largest {
            thing
                .marks()
                .keys()
                .for_each(|mark| *seen.entry(mark).or_default() += 1);
        }
    }
    if let Some(largest) = largest.and_then(|place| things.get(place)) {
        for (mark, count) in &mut seen {
            *count += usize::from(largest.marks().contains_key(*mark));
        }
    }
    seen.retain(|_, count| *count > 1);
    seen
}

fn add_value(state: &State, marks: &mut MarkSet, value: &str, labels: &[String], note: Option<EntryRef>) {
    if state.lists.listed(value) == Some(true) {
        return;
    }
    add(marks, Mark::Value(canonical(value)), note);
    for label in labels {
        add(marks, Mark::Label(label.trim().to_lowercase()), note);
    }
}

/// The kinds of notes that say something that can be shared.
fn is_telling(kind: EntryKind) -> bool {
    use EntryKind as K;
    matches!(
        kind,
        K::IndicatorPublished
            | K::IndicatorWithdrawn
            | K::ReportPublished
            | K::TargetProposed
            | K::SubjectRecorded
            | K::SubjectStatus
    )
}

impl Node {
    /// What a case can share, as far as a person reads it.
    fn marks_of_case(&self, state: &State, space: &Space, reader: &Reader) -> Until<MarkSet> {
        let (mut marks, mut expires) = (MarkSet::new(), u64::MAX);
        let foreign = |at: EntryRef, org: &OrgName| (*org != self.config.org).then_some(at);
        let mut said = said_of(state, space, is_telling);
        said.retain(|one| reader.reads(one.entry));
        let before = |a: EntryRef, b: EntryRef| space.before(a, b);
        for ((at, _), standing) in indicators(&said, &before, self.now_ms()) {
            expires = expires.min(standing.indicator.valid_until_ms.unwrap_or(u64::MAX));
            add_value(
                state,
                &mut marks,
                &standing.indicator.value,
                &standing.indicator.labels,
                foreign(at, standing.org),
            );
        }
        for one in &said {
            let note = foreign(one.at, one.author);
            match &one.entry.body {
                ContentBody::TargetProposed(target) => {
                    add_value(state, &mut marks, &target.value, &[], note);
                }
                ContentBody::ReportPublished(report) => {
                    for technique in &report.techniques {
                        add(&mut marks, Mark::Technique(technique.clone()), note);
                    }
                }
                _ => {}
            }
        }
        // Of who was cleared nothing is left to share.
        for (at, subject) in subjects(&said, &before) {
            let identifiers = subject.details().map(|known| known.identifiers.as_slice());
            for known in identifiers.unwrap_or_default() {
                add(
                    &mut marks,
                    Mark::Identifier(canonical(known)),
                    foreign(at, subject.org),
                );
            }
        }
        Until {
            ms: expires,
            thing: marks,
        }
    }

    /// Everything that a person may see and that can share something.
    fn things(&self, state: &State, who: &SignedIn) -> Vec<Thing> {
        let mut things = Vec::new();
        for space in state
            .spaces
            .values()
            .filter(|space| space.kind == SpaceKind::Case)
        {
            let (Some(opened), Ok(reader)) = (space.control.case(), self.reader(state, space, who)) else {
                continue;
            };
            let key = (reader.categories(), state.lists.version());
            let now_ms = self.now_ms();
            let marks = space.made.marks.get(
                space.version_of(is_telling),
                key,
                |made| now_ms < made.ms,
                || self.marks_of_case(state, space, &reader),
            );
            things.push(Thing {
                what: SimilarWhat::Case { id: space.id },
                name: opened.case.operation.clone(),
                marks: Marks::OfCase(marks),
            });
        }
        if Act::Watch.ask(who).is_ok() {
            for threat in state.threats.values().filter(|threat| threat.is_seen_by(who)) {
                let mut marks = MarkSet::new();
                for one in &threat.values {
                    add_value(state, &mut marks, &one.value, &one.labels, None);
                }
                things.push(Thing {
                    what: SimilarWhat::Threat {
                        id: threat.id.clone(),
                    },
                    name: threat.name.clone(),
                    marks: Marks::Own(marks),
                });
            }
        }
        if Act::SeeLeads.ask(who).is_ok() {
            for (at, (space, lead)) in self.leads_seen(state, who) {
                let mut marks = MarkSet::new();
                for (note, one) in crate::leads::values_of(state, space, &lead).0 {
                    let note = Some(note).filter(|_| *lead.giver != self.config.org);
                    add_value(state, &mut marks, &one.value, &one.labels, note);
                }
                things.push(Thing {
                    what: SimilarWhat::Lead { at },
                    name: lead.entry.title.clone(),
                    marks: Marks::Own(marks),
                });
            }
        }
        things
    }

    fn similar_to(&self, state: &State, who: &SignedIn, this: &SimilarWhat) -> Found {
        let things = self.things(state, who);
        let seen_in = seen_in_several(&things);
        let Some(own) = things.iter().find(|thing| thing.what == *this) else {
            return Found::default();
        };
        let count = |mark: &Mark| seen_in.get(mark).copied().unwrap_or(1);
        let all = f64::from(u32::try_from(things.len()).unwrap_or(u32::MAX));
        let weigh = |mark: &Mark| {
            let seen = f64::from(u32::try_from(count(mark)).unwrap_or(u32::MAX));
            mark.weight() * (1.0 + all / seen).ln()
        };
        let total = |marks: &MarkSet| marks.keys().map(weigh).sum::<f64>();
        let own_total = total(own.marks());
        let mut similar: Vec<(f64, Similar, Vec<EntryRef>)> = Vec::new();
        for other in things.iter().filter(|thing| thing.what != *this) {
            let mut shared: Vec<&Mark> = shared_by(own.marks(), other.marks());
            // A label or a technique alone says little: two need a value or a person in common.
            let tells = |mark: &&Mark| matches!(mark, Mark::Value(_) | Mark::Identifier(_));
            if !shared.iter().any(tells) {
                continue;
            }
            let common: f64 = shared.iter().map(|mark| weigh(mark)).sum();
            shared.sort_by(|a, b| weigh(b).total_cmp(&weigh(a)).then_with(|| a.cmp(b)));
            let could = own_total.min(total(other.marks())).max(f64::MIN_POSITIVE);
            let one = Similar {
                what: other.what.clone(),
                name: other.name.clone(),
                score: percent(common / could),
                shared: shared.len(),
                why: shared
                    .iter()
                    .take(STRONGEST_MAX)
                    .map(|mark| mark.words(count(mark)))
                    .collect(),
            };
            let marks = shared.iter().take(STRONGEST_MAX);
            let said_by = marks.flat_map(|mark| [own.marks().get(*mark), other.marks().get(*mark)]);
            let mut notes: Vec<EntryRef> = said_by.flatten().flat_map(SaidBy::notes).collect();
            // The name of a lead is its one line.
            if let SimilarWhat::Lead { at } = other.what {
                notes.push(at);
            }
            similar.push((common, one, notes));
        }
        similar.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.what.cmp(&b.1.what)));
        similar.truncate(SIMILAR_MAX);
        let mut found = Found::default();
        for (_, one, notes) in similar {
            found.similar.push(one);
            found.said_in.extend(notes);
        }
        found
    }

    /// What was found, as it is shown.
    async fn shown(&self, who: &SignedIn, found: Found) -> Result<Vec<Similar>> {
        self.looked(who, Way::Read, found.said_in).await?;
        Ok(found.similar)
    }

    /// Where else what a case holds was seen, among what the person sees.
    pub async fn similar_to_case(&self, who: &SignedIn, case: SpaceId) -> Result<Vec<Similar>> {
        let found = {
            let state = self.read().await?;
            self.case_within(&state, who, case)?;
            self.similar_to(&state, who, &SimilarWhat::Case { id: case })
        };
        self.shown(who, found).await
    }

    /// The same of a threat.
    pub async fn similar_to_threat(&self, who: &SignedIn, id: &str) -> Result<Vec<Similar>> {
        Act::Watch.ask(who)?;
        let found = {
            let state = self.read().await?;
            state.threat_for(who, id)?;
            self.similar_to(&state, who, &SimilarWhat::Threat { id: id.to_owned() })
        };
        self.shown(who, found).await
    }

    /// The same of a lead.
    pub async fn similar_to_lead(&self, who: &SignedIn, at: EntryRef) -> Result<Vec<Similar>> {
        Act::SeeLeads.ask(who)?;
        let found = {
            let state = self.read().await?;
            self.lead_for(&state, who, at)?;
            self.similar_to(&state, who, &SimilarWhat::Lead { at })
        };
        self.shown(who, found).await
    }

    /// Notes on a case that another one belongs to it. It names the other case, and so goes to those who are parties of
    /// both, and to nobody else.
    pub async fn link_cases(&self, who: &SignedIn, case: SpaceId, new: &NewLink) -> Result<Published> {
        self.steer(who, Act::Write, case, "case.linked", |state, batch, _| {
            let other = self.case_for(state, who, new.other)?;
            if new.other == case {
                return Err(ServiceError::invalid("other", "another case than this one"));
            }
            let opened = other.control.case().ok_or(ServiceError::NotFound("case"))?;
            let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
            let mut both: BTreeSet<_> = space.control.parties().keys().cloned().collect();
            both.retain(|org| other.control.party_kind(org).is_some());
            both.insert(self.config.org.clone());
            let kind = EntryKind::DecisionLogged;
            let entry = ContentEntry {
                by: who.person,
                role: self.writer(space, who, Act::Write, kind)?,
                marking: Marking::tlp(new.marking),
                to: Audience::Only(both),
                title: format!("Linked with {}", opened.case.operation),
                body: DecisionLogged {
                    text: format!(
                        "This case belongs together with {} ({}).",
                        opened.case.operation, opened.case.reference
                    ),
                    reason: new.reason.clone(),
                }
                .into(),
            };
            entry
                .check()
                .map_err(|why| ServiceError::invalid("reason", why))?;
            self.publish(state, batch, case, entry, &Circumstances::default())
        })
        .await
    }
}

/// A share as 1 to 100.
fn percent(share: f64) -> u8 {
    // Within 1 and 100 after the clamp: the cast cuts nothing.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let whole = (share * 100.0).round().clamp(1.0, 100.0) as u8;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_between_one_and_a_hundred() {
        assert_eq!(percent(0.0), 1);
        assert_eq!(percent(0.5), 50);
        assert_eq!(percent(7.0), 100);
        assert_eq!(percent(f64::NAN), 0);
    }

    #[test]
    fn values_are_compared_in_their_usual_form() {
        assert_eq!(canonical("EVIL.Example."), canonical("evil.example"));
        assert_eq!(canonical("not a value "), "not a value");
    }
}
