//! What was found, added up: the verdict, the cases, then the notes by what they are.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use accord_matcher::Pattern;
use accord_model::content::indicators::{Verdict, indicators};
use accord_model::content::{ContentBody, IndicatorPublished, Said};
use accord_model::control::Stage;
use accord_model::{EntryKind, EntryRef, OrgName, SpaceId, Tlp};
use serde::Serialize;

use super::before::{LeadFound, ThreatFound};
use super::find::{Found, Hit};
use super::question::{How, Question, Wanted};
use super::snippet::snippet;
use super::terms::texts;
use super::{FOUND_MAX, GROUP_MAX, SNIPPET_TEXT_MAX_BYTES};
use crate::journal::{Body, State};
use crate::node::Node;
use crate::people::SignedIn;
use crate::sight::Reader;
use crate::views::set_aside;

/// One part of an answer.
#[derive(Debug, Clone, Serialize)]
pub struct Group<T> {
    /// How many there are.
    pub total: usize,
    /// The first of them, at most [`GROUP_MAX`].
    pub items: Vec<T>,
}

impl<T> Group<T> {
    fn of(mut items: Vec<T>) -> Self {
        let total = items.len();
        items.truncate(GROUP_MAX);
        Self { total, items }
    }
}

/// What the cases say of a value, the strongest word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerdictFound {
    /// `block`, `detect`, `known`, `withdrawn` (nobody stands by it any more) or `unknown`.
    pub word: &'static str,
    /// The indicator that says so.
    pub indicator: Option<String>,
    /// How it hits the value.
    pub how: Option<How>,
    /// Its case.
    pub case: Option<SpaceId>,
}

/// A case.
#[derive(Debug, Clone, Serialize)]
pub struct CaseFound {
    /// Its id.
    pub id: SpaceId,
    /// Its operation name.
    pub operation: String,
    /// The opener's reference.
    pub reference: String,
    /// Its stage.
    pub stage: Stage,
    /// Whether a name or reference of it was searched for.
    pub named: bool,
    /// How many of its notes answer.
    pub notes: usize,
}

/// An indicator, a report, an exhibit, a note.
#[derive(Debug, Clone, Serialize)]
pub struct NoteFound {
    /// The note.
    pub at: EntryRef,
    /// Its case.
    pub case: SpaceId,
    /// That case's operation name.
    pub operation: String,
    /// What kind of note.
    pub kind: EntryKind,
    /// Its one line.
    pub title: String,
    /// The words around what was found; of an indicator its labels.
    pub snippet: String,
    /// How it was found.
    pub how: How,
    /// Whose word it is.
    pub org: OrgName,
    /// How far it may travel.
    pub marking: Tlp,
    /// When, ms UTC.
    pub when_ms: u64,
    /// Of an indicator: its value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Of an indicator: `block`, `detect`, `known`, `withdrawn` or `expired`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<&'static str>,
}

/// What was seen of a value on one case.
#[derive(Debug, Clone, Serialize)]
pub struct SightingFound {
    /// The case.
    pub case: SpaceId,
    /// Its operation name.
    pub operation: String,
    /// The value as published.
    pub value: String,
    /// How often, in all.
    pub count: u64,
    /// Day by day, `YYYY-MM-DD`.
    pub days: BTreeMap<String, u64>,
    /// Who saw it.
    pub orgs: BTreeSet<OrgName>,
    /// The notes that say so.
    pub notes: Vec<EntryRef>,
}

/// The answer to a search, in the order of usefulness.
#[derive(Debug, Clone, Serialize)]
pub struct SearchAnswer {
    /// What was typed.
    pub query: String,
    /// `value`, `reference` or `words`: what it was taken for.
    pub read_as: &'static str,
    /// The value in canonical form, when it is one.
    pub value: Option<String>,
    /// What kind of value.
    pub value_kind: Option<&'static str>,
    /// Whether anything was found.
    pub known: bool,
    /// Whether there is more than was counted ([`FOUND_MAX`] notes).
    pub more: bool,
    /// Of a value: the verdict.
    pub verdict: Option<VerdictFound>,
    /// Cases.
    pub cases: Group<CaseFound>,
    /// Leads, given and received.
    pub leads: Group<LeadFound>,
    /// Threats that the person works on.
    pub threats: Group<ThreatFound>,
    /// Indicators.
    pub indicators: Group<NoteFound>,
    /// Sightings.
    pub sightings: Group<SightingFound>,
    /// Exhibits and answers about subscribers.
    pub exhibits: Group<NoteFound>,
    /// Hunts and other requests.
    pub hunts: Group<NoteFound>,
    /// Reports, leads and files.
    pub reports: Group<NoteFound>,
    /// Every other note.
    pub notes: Group<NoteFound>,
}

impl SearchAnswer {
    /// The notes that it shows.
    pub(crate) fn shown(&self) -> Vec<EntryRef> {
        let groups = [
            &self.indicators,
            &self.exhibits,
            &self.hunts,
            &self.reports,
            &self.notes,
        ];
        let notes = groups
            .into_iter()
            .flat_map(|group| &group.items)
            .map(|one| one.at);
        let seen = self
            .sightings
            .items
            .iter()
            .flat_map(|one| one.notes.iter().copied());
        notes.chain(seen).collect()
    }
}

/// How near a value of a note is to what was searched for.
struct Nearness(HashMap<String, How>);

impl Nearness {
    fn of(question: &Question) -> Self {
        let values = question.wanted.iter().filter_map(|one| match one {
            Wanted::Value(terms) => Some(terms),
            _ => None,
        });
        let mut near = HashMap::new();
        for (how, term) in values.flatten() {
            let known = near.entry(term.clone()).or_insert(*how);
            *known = (*known).min(*how);
        }
        Self(near)
    }

    fn how(&self, value: &str) -> Option<How> {
        let pattern = Pattern::parse(value).ok()?;
        let exact = self.0.get(&format!("v:{}", pattern.canonical())).copied();
        exact.or_else(|| {
            let name = match pattern.kind() {
                accord_matcher::PatternKind::Email => pattern.canonical().rsplit_once('@')?.1,
                _ => super::terms::host(pattern.canonical()),
            };
            let mut above = std::iter::once(name).chain(super::terms::parents(name));
            above.find_map(|name| self.0.get(&format!("u:{name}")).copied())
        })
    }
}

/// Whether the matcher would hit the value by an indicator that is so near.
fn hits(how: How) -> bool {
    matches!(how, How::Exact | How::Parent | How::Network)
}

const fn rank(word: &str) -> u8 {
    match word.as_bytes() {
        b"block" => 4,
        b"detect" => 3,
        b"known" => 2,
        b"withdrawn" | b"expired" => 1,
        _ => 0,
    }
}

impl Node {
    /// Adds up what was found.
    pub(super) fn answer(
        &self,
        state: &State,
        who: &SignedIn,
        query: &str,
        question: &Question,
        found: Found<'_>,
    ) -> SearchAnswer {
        let operations: BTreeMap<SpaceId, String> = found
            .hits
            .iter()
            .filter_map(|hit| {
                let opened = state.spaces.get(&hit.case)?.control.case()?;
                Some((hit.case, opened.case.operation.clone()))
            })
            .collect();
        let operation = |case: SpaceId| operations.get(&case).cloned().unwrap_or_default();
        let note = |hit: &Hit<'_>| NoteFound {
            at: hit.at,
            case: hit.case,
            operation: operation(hit.case),
            kind: hit.entry.kind(),
            title: hit.entry.title.clone(),
            snippet: snippet(&texts(hit.entry, SNIPPET_TEXT_MAX_BYTES), question),
            how: hit.how,
            org: hit.org.clone(),
            marking: hit.entry.marking.tlp,
            when_ms: hit.when_ms,
            value: None,
            standing: None,
        };
        let near = Nearness::of(question);
        let of_values = !near.0.is_empty();
        let (mut listed, mut sightings) = (Vec::new(), Vec::new());
        let (mut exhibits, mut hunts, mut reports, mut notes) = (vec![], vec![], vec![], vec![]);
        for hit in &found.hits {
            use EntryKind as K;
            match hit.entry.kind() {
                K::IndicatorPublished => listed.push(hit),
                K::SightingCounted => sightings.push(hit),
                K::EvidenceDelivered | K::SubscriberAnswered => exhibits.push(hit),
                K::RequestMade
                | K::RequestNarrowed
                | K::RequestRefused
                | K::RequestAnswered
                | K::RequestWithdrawn => hunts.push(hit),
                K::ReportPublished | K::LeadReferred | K::FileAttached => reports.push(hit),
                _ => notes.push(hit),
            }
        }
        let group = |hits: Vec<&Hit<'_>>| Group {
            total: hits.len(),
            items: hits.into_iter().take(GROUP_MAX).map(note).collect(),
        };
        let indicators = if of_values {
            Group::of(self.standings(state, who, &listed, &near, &operation))
        } else {
            group(listed)
        };
        let verdict = question.value.as_ref().map(|_| verdict(&indicators.items));
        let leads = self.find_leads(state, who, question);
        let threats = self.find_threats(state, who, question);
        SearchAnswer {
            query: query.to_owned(),
            read_as: question.read_as(),
            value: question.value.as_ref().map(|value| value.canonical().to_owned()),
            value_kind: question.value.as_ref().map(|value| value.kind().as_str()),
            known: !(found.hits.is_empty()
                && found.cases.is_empty()
                && leads.is_empty()
                && threats.is_empty()),
            more: found.more,
            verdict,
            cases: cases(state, &found),
            leads: Group::of(leads),
            threats: Group::of(threats),
            indicators,
            sightings: Group::of(seen(&sightings, &near, &operation)),
            exhibits: group(exhibits),
            hunts: group(hunts),
            reports: group(reports),
            notes: group(notes),
        }
    }

    /// The indicators of these notes that are near what was searched for, with how each stands.
    fn standings(
        &self,
        state: &State,
        who: &SignedIn,
        listed: &[&Hit<'_>],
        near: &Nearness,
        operation: &dyn Fn(SpaceId) -> String,
    ) -> Vec<NoteFound> {
        let now_ms = self.now_ms();
        let mut by_case: BTreeMap<SpaceId, Vec<&Hit<'_>>> = BTreeMap::new();
        for hit in listed {
            by_case.entry(hit.case).or_default().push(hit);
        }
        let mut all = Vec::new();
        for (case, hits) in by_case {
            let Some(space) = state.spaces.get(&case) else {
                continue;
            };
            let Ok(reader) = self.reader(state, space, who) else {
                continue;
            };
            let mut said: Vec<Said<'_>> = hits
                .iter()
                .map(|hit| Said {
                    at: hit.at,
                    author: hit.org,
                    wall_ms: hit.when_ms,
                    entry: hit.entry,
                })
                .collect();
            said.extend(words_on_indicators(state, space, &reader));
            let standing = indicators(&said, &|a, b| space.before(a, b), now_ms);
            for hit in hits {
                let ContentBody::IndicatorPublished(published) = &hit.entry.body else {
                    continue;
                };
                all.extend(of_note(hit, published, near, now_ms, operation, &|value| {
                    standing.get(&(hit.at, value)).map(|one| one.verdict.0)
                }));
            }
        }
        all.sort_by_key(|one| {
            let word = one.standing.map_or(0, rank);
            (
                one.how,
                std::cmp::Reverse(word),
                std::cmp::Reverse(one.when_ms),
                one.at,
            )
        });
        all.truncate(FOUND_MAX);
        all
    }
}

/// The withdrawals and verdicts of a case that a person may read.
fn words_on_indicators<'a>(
    state: &'a State,
    space: &'a crate::journal::Space,
    reader: &Reader,
) -> Vec<Said<'a>> {
    let wanted = |kind| {
        matches!(
            kind,
            EntryKind::IndicatorWithdrawn | EntryKind::VerdictDetect | EntryKind::VerdictBlock
        )
    };
    let one = |at: EntryRef| {
        let (ledger, header, body) = state.entry(at)?;
        let Body::Content(entry) = body else { return None };
        let counts =
            reader.reads(entry) && !space.control.is_recalled(at) && set_aside(state, space, at).is_none();
        counts.then_some(Said {
            at,
            author: &ledger.org,
            wall_ms: header.clock.wall_ms,
            entry,
        })
    };
    space.of_kinds(wanted).into_iter().filter_map(one).collect()
}

/// The indicators of one note that are near what was searched for.
fn of_note(
    hit: &Hit<'_>,
    published: &IndicatorPublished,
    near: &Nearness,
    now_ms: u64,
    operation: &dyn Fn(SpaceId) -> String,
    verdict: &dyn Fn(&str) -> Option<Verdict>,
) -> Vec<NoteFound> {
    let found = published.indicators.iter().filter_map(|one| {
        let how = near.how(&one.value)?;
        let standing = match verdict(&one.value) {
            Some(Verdict::Block) => "block",
            Some(Verdict::Detect) => "detect",
            Some(Verdict::None) => "known",
            None if one.valid_until_ms.is_some_and(|until| until <= now_ms) => "expired",
            None => "withdrawn",
        };
        Some(NoteFound {
            at: hit.at,
            case: hit.case,
            operation: operation(hit.case),
            kind: EntryKind::IndicatorPublished,
            title: hit.entry.title.clone(),
            snippet: one.labels.join(", "),
            how,
            org: hit.org.clone(),
            marking: hit.entry.marking.tlp,
            when_ms: hit.when_ms,
            value: Some(one.value.clone()),
            standing: Some(standing),
        })
    });
    found.collect()
}

/// The strongest word of the indicators that hit a value.
fn verdict(found: &[NoteFound]) -> VerdictFound {
    let hitting = found.iter().filter(|one| hits(one.how));
    let strongest = hitting.max_by_key(|one| (one.standing.map_or(0, rank), std::cmp::Reverse(one.how)));
    match strongest {
        None => VerdictFound {
            word: "unknown",
            indicator: None,
            how: None,
            case: None,
        },
        Some(one) => VerdictFound {
            word: match one.standing {
                Some("expired") | None => "withdrawn",
                Some(word) => word,
            },
            indicator: one.value.clone(),
            how: Some(one.how),
            case: Some(one.case),
        },
    }
}

fn cases(state: &State, found: &Found<'_>) -> Group<CaseFound> {
    let mut notes: BTreeMap<SpaceId, usize> = BTreeMap::new();
    for hit in &found.hits {
        *notes.entry(hit.case).or_default() += 1;
    }
    let ids: BTreeSet<SpaceId> = found.cases.keys().chain(notes.keys()).copied().collect();
    let one = |id: SpaceId| {
        let space = state.spaces.get(&id)?;
        let opened = space.control.case()?;
        Some(CaseFound {
            id,
            operation: opened.case.operation.clone(),
            reference: opened.case.reference.clone(),
            stage: space.control.stage().unwrap_or(Stage::Lead),
            named: found.cases.contains_key(&id),
            notes: notes.get(&id).copied().unwrap_or(0),
        })
    };
    let mut all: Vec<CaseFound> = ids.into_iter().filter_map(one).collect();
    all.sort_by_key(|case| (!case.named, std::cmp::Reverse(case.notes), case.id));
    Group::of(all)
}

/// Sightings, case by case and value by value.
fn seen(hits: &[&Hit<'_>], near: &Nearness, operation: &dyn Fn(SpaceId) -> String) -> Vec<SightingFound> {
    let mut all: BTreeMap<(SpaceId, String), SightingFound> = BTreeMap::new();
    for hit in hits {
        let ContentBody::SightingCounted(said) = &hit.entry.body else {
            continue;
        };
        for one in said.sightings.iter().filter(|one| near.how(&one.value).is_some()) {
            let key = (hit.case, one.value.clone());
            let found = all.entry(key).or_insert_with(|| SightingFound {
                case: hit.case,
                operation: operation(hit.case),
                value: one.value.clone(),
                count: 0,
                days: BTreeMap::new(),
                orgs: BTreeSet::new(),
                notes: Vec::new(),
            });
            found.count = found.count.saturating_add(one.count);
            let day = found.days.entry(said.day.clone()).or_default();
            *day = day.saturating_add(one.count);
            found.orgs.insert(hit.org.clone());
            if found.notes.last() != Some(&hit.at) {
                found.notes.push(hit.at);
            }
        }
    }
    let mut all: Vec<SightingFound> = all.into_values().collect();
    all.sort_by(|a, b| {
        b.count
            .cmp(&a.count)
            .then_with(|| (a.case, &a.value).cmp(&(b.case, &b.value)))
    });
    all
}
