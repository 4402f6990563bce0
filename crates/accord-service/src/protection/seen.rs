//! Sightings: how often each indicator was seen here, by day; and what organisations share of it on a case.
//!
//! What is shared says a day, an indicator and a count, and no customer. A note counts what was seen since the one
//! before, so that the counts of a day add up.

use std::collections::{BTreeMap, BTreeSet};

use accord_model::content::{ContentBody, ContentEntry, Sighting, SightingCounted};
use accord_model::{EntryKind, EntryRef, Marking, OrgName, Role, SpaceId, Tlp};
use accord_store::{Batch, Store};
use serde::{Deserialize, Serialize};

use crate::cases::audience;
use crate::emerging::{SeenEvent, time_of};
use crate::error::{Result, ServiceError};
use crate::journal::{Space, State};
use crate::node::Node;
use crate::notes::Published;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::protection::IndicatorView;
use crate::release::{Circumstances, Decided};
use crate::views::said_of;

const SEEN: &str = "sightings";
const DAY_MS: u64 = 86_400_000;
/// Most sightings in one note.
const NOTE_MAX: usize = 1_000;

/// What one organisation saw of one indicator on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCount {
    /// The day in UTC, `YYYY-MM-DD`.
    pub day: String,
    /// Who saw it.
    pub org: OrgName,
    /// How often.
    pub count: u64,
}

/// What was seen here.
#[derive(Debug, Clone, Serialize)]
pub struct SeenView {
    /// The canonical indicator.
    pub indicator: String,
    /// The day in UTC.
    pub day: String,
    /// How often.
    pub count: u64,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Count {
    day: u32,
    indicator: String,
    count: u64,
    /// How many of them were shared on a case.
    #[serde(default)]
    shared: BTreeMap<String, u64>,
}

/// Sightings here, by day and indicator.
#[derive(Debug, Default)]
pub(crate) struct Seen(BTreeMap<(u32, String), Count>);

fn key_of(day: u32, indicator: &str) -> String {
    format!("{day:06} {indicator}")
}

/// `2026-11-25`.
pub(crate) fn day_text(day: u32) -> String {
    let ms = i64::from(day).saturating_mul(86_400_000);
    jiff::Timestamp::from_millisecond(ms).map_or_else(
        |_| String::new(),
        |at| {
            at.to_zoned(jiff::tz::TimeZone::UTC)
                .strftime("%Y-%m-%d")
                .to_string()
        },
    )
}

impl Seen {
    pub async fn load(store: &Store) -> Result<Self> {
        let kept = store.documents::<Count>(SEEN).await?.into_iter();
        let by_day = kept.map(|(_, count)| ((count.day, count.indicator.clone()), count));
        Ok(Self(by_day.collect()))
    }

    pub fn add(&mut self, batch: &mut Batch, day: u32, indicator: &str, count: u64) {
        let known = self
            .0
            .entry((day, indicator.to_owned()))
            .or_insert_with(|| Count {
                day,
                indicator: indicator.to_owned(),
                ..Count::default()
            });
        known.count = known.count.saturating_add(count);
        batch.document(SEEN, &key_of(day, indicator), known);
    }

    /// Those of some indicators that were ever seen.
    pub fn among(&self, indicators: &BTreeSet<&str>) -> BTreeSet<String> {
        if indicators.is_empty() {
            return BTreeSet::new();
        }
        let known = self.0.keys().map(|(_, indicator)| indicator);
        let known = known.filter(|indicator| indicators.contains(indicator.as_str()));
        known.cloned().collect()
    }

    /// Every count, by day and canonical indicator.
    pub fn counts(&self) -> impl Iterator<Item = (u32, &str, u64)> {
        self.0
            .values()
            .map(|count| (count.day, count.indicator.as_str(), count.count))
    }
}

/// What was shared of an indicator.
#[derive(Debug, Clone, Default)]
pub(super) struct SeenOf {
    /// Day by day.
    pub days: Vec<DayCount>,
    /// The notes of other organisations that say so.
    pub said_in: Vec<EntryRef>,
}

#[derive(Default)]
struct Sums {
    days: BTreeMap<(String, OrgName), u64>,
    said_in: Vec<EntryRef>,
}

/// What was shared on a case, by the note that published the indicator and its value.
pub(super) fn of_case(state: &State, space: &Space, own: &OrgName) -> BTreeMap<(EntryRef, String), SeenOf> {
    let mut sums: BTreeMap<(EntryRef, String), Sums> = BTreeMap::new();
    for one in said_of(state, space, |kind| kind == EntryKind::SightingCounted) {
        let ContentBody::SightingCounted(said) = &one.entry.body else {
            continue;
        };
        for sighting in &said.sightings {
            let sums = sums
                .entry((sighting.published, sighting.value.clone()))
                .or_default();
            let day = (said.day.clone(), one.author.clone());
            let sum = sums.days.entry(day).or_default();
            *sum = sum.saturating_add(sighting.count);
            if one.author != own {
                sums.said_in.push(one.at);
            }
        }
    }
    let list = |sums: Sums| SeenOf {
        days: sums
            .days
            .into_iter()
            .map(|((day, org), count)| DayCount { day, org, count })
            .collect(),
        said_in: sums.said_in,
    };
    sums.into_iter().map(|(key, days)| (key, list(days))).collect()
}

/// What was seen on one day, as a note.
fn note_of(who: &SignedIn, role: Role, day: u32, part: &[(Sighting, String)]) -> Result<ContentEntry> {
    Ok(ContentEntry {
        by: who.person,
        role,
        marking: Marking::tlp(Tlp::Amber),
        to: audience(&[])?,
        title: format!("Sightings of {}", day_text(day)),
        body: SightingCounted {
            day: day_text(day),
            sightings: part.iter().map(|(sighting, _)| sighting.clone()).collect(),
        }
        .into(),
    })
}

impl Node {
    /// Keeps what was seen in look-ups since the last time.
    pub async fn keep_seen(&self) -> Result<()> {
        let taken = self.verdicts.take_sightings();
        if taken.is_empty() {
            return Ok(());
        }
        let kept = self
            .act(|state, batch, _| {
                for sighting in &taken {
                    state
                        .seen
                        .add(batch, sighting.day, &sighting.indicator, sighting.count);
                    state
                        .sources
                        .add(batch, &sighting.indicator, &sighting.audience, sighting.day);
                }
                let now_ms = self.now_ms();
                let seen = taken.iter().map(|sighting| SeenEvent {
                    at_ms: time_of(sighting.day, now_ms),
                    source: sighting.audience.clone(),
                    customer: String::new(),
                    value: sighting.indicator.clone(),
                    lines: sighting.count,
                    in_own_logs: false,
                });
                state.fed.add(batch, seen.collect());
                Ok(())
            })
            .await;
        if kept.is_err() {
            self.verdicts.put_back_sightings(taken);
        }
        kept
    }

    /// What was seen here of a case's indicators since it was last shared, by day.
    fn unshared(
        state: &State,
        case: SpaceId,
        indicators: &[IndicatorView],
    ) -> BTreeMap<u32, Vec<(Sighting, String)>> {
        let mut by_day: BTreeMap<u32, Vec<(Sighting, String)>> = BTreeMap::new();
        for view in indicators {
            let Ok(pattern) = accord_matcher::Pattern::parse(&view.value) else {
                continue;
            };
            for known in state.seen.0.values() {
                let shared = known.shared.get(&case.to_string()).copied().unwrap_or(0);
                let new = known.count.saturating_sub(shared);
                if new > 0 && known.indicator == pattern.canonical() {
                    let sighting = Sighting {
                        published: view.at,
                        value: view.value.clone(),
                        count: new,
                    };
                    let of_day = by_day.entry(known.day).or_default();
                    of_day.push((sighting, known.indicator.clone()));
                }
            }
        }
        by_day
    }

    /// Whom the sightings would reach if they were shared now, note by note. Nothing is kept but what was seen.
    pub async fn preview_sightings(&self, who: &SignedIn, case: SpaceId) -> Result<Vec<Decided>> {
        Act::ShareSightings.ask(who)?;
        self.keep_seen().await?;
        let indicators = self.indicators_unseen(who, case).await?;
        let state = self.read().await?;
        let space = self.case_within(&state, who, case)?;
        let role = self.writer(space, who, Act::ShareSightings, EntryKind::SightingCounted)?;
        let mut decided = Vec::new();
        for (day, sightings) in Self::unshared(&state, case, &indicators) {
            for part in sightings.chunks(NOTE_MAX) {
                decided.extend(self.would_reach(&state, space, &note_of(who, role, day, part)?));
            }
        }
        Ok(decided)
    }

    /// Shares on a case what was seen here of its indicators since the last time: one note for each day.
    pub async fn share_sightings(&self, who: &SignedIn, case: SpaceId) -> Result<Vec<Published>> {
        Act::ShareSightings.ask(who)?;
        self.keep_seen().await?;
        let indicators = self.indicators_unseen(who, case).await?;
        self.steer(
            who,
            Act::ShareSightings,
            case,
            "sightings.shared",
            |state, batch, _| {
                let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
                let role = self.writer(space, who, Act::ShareSightings, EntryKind::SightingCounted)?;
                let mut published = Vec::new();
                for (day, sightings) in Self::unshared(state, case, &indicators) {
                    for part in sightings.chunks(NOTE_MAX) {
                        let entry = note_of(who, role, day, part)?;
                        published.push(self.publish(state, batch, case, entry, &Circumstances::default())?);
                        for (sighting, indicator) in part {
                            if let Some(known) = state.seen.0.get_mut(&(day, indicator.clone())) {
                                let shared = known.shared.entry(case.to_string()).or_default();
                                *shared =
                                    (*shared).max(known.count.min(shared.saturating_add(sighting.count)));
                                batch.document(SEEN, &key_of(day, indicator), known);
                            }
                        }
                    }
                }
                Ok(published)
            },
        )
        .await
    }

    /// What was seen here in the last days, the newest first.
    pub async fn seen_here(&self, who: &SignedIn, days: u32) -> Result<Vec<SeenView>> {
        Act::SeeProtection.ask(who)?;
        self.keep_seen().await?;
        let state = self.read().await?;
        let today = u32::try_from(self.now_ms() / DAY_MS).unwrap_or(u32::MAX);
        let mut views: Vec<SeenView> = state
            .seen
            .counts()
            .filter(|(day, ..)| today.saturating_sub(*day) < days)
            .map(|(day, indicator, count)| SeenView {
                indicator: indicator.to_owned(),
                day: day_text(day),
                count,
            })
            .collect();
        views.reverse();
        Ok(views)
    }
}
