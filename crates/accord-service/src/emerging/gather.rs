//! Of what was seen, in which circle it may be told: what this node's feeds list, to everybody who looks values up; what a
//! case lists, to who sees that case; what own logs hit of it, to those of them who may look through own logs. What a partner shared on a case is of that case alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use accord_emerging::Circle;
use accord_matcher::{Kind, Pattern, PatternKind};
use accord_model::content::ContentBody;
use accord_model::control::SpaceKind;
use accord_model::{EntryKind, EntryRef, LedgerId, SpaceId};
use sha2::{Digest, Sha256};

use super::SeenEvent;
use super::fed::time_of;
use crate::error::Result;
use crate::feeds::feeds_that_list;
use crate::journal::State;
use crate::made::Version;
use crate::node::Node;
use crate::protection::{Compiled, canonical, day_of};
use crate::views::each_said;

const DAY_MS: u64 = 86_400_000;
/// Days of a partner's sightings that are taken in: the engine's history.
const DAYS_BACK: u32 = (accord_emerging::limits::HISTORY_HOURS / 24) as u32;
/// Cases of one value in which it is told, those with the least id.
const CASES_EACH_MAX: usize = 8;
/// Most notes of these days that are taken in.
const NOTES_MAX: usize = 100_000;
/// Before every note.
pub(super) const FIRST_NOTE: EntryRef = EntryRef {
    ledger: LedgerId([0; 16]),
    seq: 0,
};

/// A circle in which a sighting is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Of {
    pub circle: Circle,
    /// The first label that it has there.
    pub family: Option<String>,
}

/// A sighting, with all that the engine is told of it but the places.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub at_ms: u64,
    pub source: String,
    pub customer: String,
    pub kind: Kind,
    pub value: String,
    pub lines: u32,
    /// Empty: nothing lists it any more.
    pub circles: Vec<Of>,
}

/// What a case lists now, as the engine shows it.
#[derive(Debug)]
pub(super) struct List {
    pub circle: Circle,
    pub shown: BTreeSet<String>,
}

impl List {
    /// Whether a value is on it; a long one is shown cut.
    pub fn has(&self, value: &str) -> bool {
        self.shown.contains(value)
            || value.strip_suffix('…').is_some_and(|cut| {
                let mut after = self.shown.range(cut.to_owned()..);
                after.next().is_some_and(|long| long.starts_with(cut))
            })
    }
}

/// What is to be taken in.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Parts of what was seen here, by number.
    pub parts: Vec<(u64, Vec<Told>)>,
    /// Notes of partners, with the day that they are of.
    pub notes: Vec<(u32, EntryRef, Vec<Told>)>,
    /// The cases whose lists changed.
    pub lists: Vec<List>,
    /// Of which version the notes of each case were looked through.
    pub read: Vec<(SpaceId, Version)>,
    /// Of which list each case was compared.
    pub compared: Vec<(SpaceId, u64)>,
}

impl Gathered {
    /// Whether nothing was seen.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.notes.is_empty()
    }
}

pub(crate) fn oldest_day(now_ms: u64) -> u32 {
    let today = u32::try_from(now_ms / DAY_MS).unwrap_or(u32::MAX);
    today.saturating_sub(DAYS_BACK)
}

/// The circle of a case.
pub(crate) fn circle_of(case: SpaceId) -> Circle {
    Circle(case.0)
}

/// The circle of what own logs hit of a case: told to who sees the case and may look through own logs.
pub(crate) fn logs_circle_of(case: SpaceId) -> Circle {
    let digest: [u8; 32] = Sha256::new_with_prefix(b"accord own logs")
        .chain_update(case.0)
        .finalize()
        .into();
    let mut circle = [0; 16];
    circle.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    Circle(circle)
}

/// What an indicator is to the engine. A name stands for itself, whether or not what is below it is meant as well.
pub(super) fn event_of(pattern: &Pattern) -> (Kind, &str) {
    let text = pattern.canonical();
    let address = || match text.starts_with('[') || text.matches(':').count() > 1 {
        true => Kind::Ipv6,
        false => Kind::Ipv4,
    };
    match pattern.kind() {
        PatternKind::Domain => (Kind::Domain, text),
        PatternKind::Subdomains => (Kind::Domain, text.trim_start_matches('.')),
        PatternKind::Address | PatternKind::Network | PatternKind::AddressPort => (address(), text),
        PatternKind::Url => (Kind::Url, text),
        PatternKind::Email => (Kind::Email, text),
        PatternKind::Hash => {
            let kind = match text.len() {
                32 => Kind::Md5,
                40 => Kind::Sha1,
                64 => Kind::Sha256,
                _ => Kind::Sha512,
            };
            (kind, text)
        }
    }
}

/// Says of values who lists them.
struct Listing<'a> {
    state: &'a State,
    compiled: &'a Compiled,
    cases: BTreeMap<&'a str, Vec<(SpaceId, Option<&'a str>)>>,
}

impl Listing<'_> {
    fn of(&self, canonical: &str, in_own_logs: bool) -> Vec<Of> {
        let feeds = feeds_that_list(self.state, self.compiled.feeds(), canonical);
        let open = feeds.first().map(|_| Of {
            circle: Circle::OPEN,
            family: feeds.iter().find_map(|feed| feed.labels.first().cloned()),
        });
        let cases = self.cases.get(canonical).into_iter().flatten();
        let cases = cases.take(CASES_EACH_MAX).map(|(case, label)| Of {
            circle: match in_own_logs {
                true => logs_circle_of(*case),
                false => circle_of(*case),
            },
            family: label.map(str::to_owned),
        });
        open.into_iter().chain(cases).collect()
    }

    fn told(&self, seen: &SeenEvent) -> Option<Told> {
        let pattern = canonical(&seen.value)?;
        let (kind, value) = event_of(&pattern);
        Some(Told {
            at_ms: seen.at_ms,
            source: seen.source.clone(),
            customer: seen.customer.clone(),
            kind,
            value: value.to_owned(),
            lines: u32::try_from(seen.lines).unwrap_or(u32::MAX),
            circles: self.of(pattern.canonical(), seen.in_own_logs),
        })
    }
}

/// A sighting that a partner shared.
struct Shared {
    case: SpaceId,
    day: u32,
    at: EntryRef,
    seen: SeenEvent,
}

impl Node {
    /// What was seen since the last time, here and by partners, and whose lists changed.
    pub(super) async fn gather(&self) -> Result<Gathered> {
        let compiled = self.compiled.lock().await;
        let state = self.read().await?;
        let mut gathered = Gathered::default();
        let shared = self.shared_since(&state, &mut gathered);
        let fed = self.emerging.fed.load(Ordering::SeqCst);
        let here = || state.fed.since(fed).flat_map(|(_, part)| part);
        let wanted: BTreeSet<&str> = here()
            .map(|seen| seen.value.as_str())
            .chain(shared.iter().map(|one| one.seen.value.as_str()))
            .collect();
        let listing = Listing {
            state: &state,
            compiled: &compiled,
            cases: compiled.listing(&wanted),
        };
        gathered.parts = state
            .fed
            .since(fed)
            .map(|(number, part)| {
                (
                    number,
                    part.iter().filter_map(|seen| listing.told(seen)).collect(),
                )
            })
            .collect();
        for one in &shared {
            let mut told = listing.told(&one.seen);
            if let Some(told) = &mut told {
                told.circles.retain(|of| of.circle == circle_of(one.case));
            }
            match gathered.notes.last_mut() {
                Some((_, at, all)) if *at == one.at => all.extend(told),
                _ => gathered.notes.push((one.day, one.at, told.into_iter().collect())),
            }
        }
        let known = self.emerging.known();
        for (case, made) in compiled.versions() {
            if known.compared.get(&case) == Some(&made) {
                continue;
            }
            gathered.compared.push((case, made));
            let values = compiled.values_of(case).map(|one| event_of(one).1.to_owned());
            let shown: BTreeSet<String> = values.collect();
            for circle in [circle_of(case), logs_circle_of(case)] {
                gathered.lists.push(List {
                    circle,
                    shown: shown.clone(),
                });
            }
        }
        Ok(gathered)
    }

    /// What partners shared on cases whose notes with sightings changed, of the days of the history.
    fn shared_since(&self, state: &State, gathered: &mut Gathered) -> Vec<Shared> {
        let (now_ms, own) = (self.now_ms(), &self.config.org);
        let oldest = oldest_day(now_ms);
        let known = self.emerging.known();
        let mut shared = Vec::new();
        let cases = state
            .spaces
            .values()
            .filter(|space| space.kind == SpaceKind::Case);
        for space in cases {
            let counts = |kind| kind == EntryKind::SightingCounted;
            let version = space.version_of(counts);
            if version.notes == 0 || known.read.get(&space.id) == Some(&version) {
                continue;
            }
            gathered.read.push((space.id, version));
            for one in each_said(state, space, counts).filter(|one| one.author != own) {
                let ContentBody::SightingCounted(said) = &one.entry.body else {
                    continue;
                };
                let Some(day) = day_of(&said.day).filter(|day| *day >= oldest) else {
                    continue;
                };
                let at_ms = time_of(day, one.wall_ms.min(now_ms));
                for sighting in &said.sightings {
                    let Ok(pattern) = Pattern::parse(&sighting.value) else {
                        continue;
                    };
                    shared.push(Shared {
                        case: space.id,
                        day,
                        at: one.at,
                        seen: SeenEvent {
                            at_ms,
                            source: one.author.to_string(),
                            customer: String::new(),
                            value: pattern.canonical().to_owned(),
                            lines: sighting.count,
                            in_own_logs: false,
                        },
                    });
                }
                if shared.len() >= NOTES_MAX {
                    tracing::warn!(case = %space.id, "more sightings of partners than are taken in");
                    return shared;
                }
            }
        }
        shared
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_indicator_is_an_event() {
        let of = |text: &str| {
            let pattern = Pattern::parse(text).unwrap();
            let (kind, value) = event_of(&pattern);
            (kind, value.to_owned())
        };
        let is = |kind, value: &str| (kind, value.to_owned());
        assert_eq!(of("evil.example"), is(Kind::Domain, "evil.example"));
        assert_eq!(of("*.dyn.example"), is(Kind::Domain, "dyn.example"));
        assert_eq!(of("192.0.2.7"), is(Kind::Ipv4, "192.0.2.7"));
        assert_eq!(of("192.0.2.0/24").0, Kind::Ipv4);
        assert_eq!(of("198.51.100.7:8443").0, Kind::Ipv4);
        assert_eq!(of("2001:db8::7").0, Kind::Ipv6);
        assert_eq!(of("http://bad.example/a.php"), is(Kind::Url, "bad.example/a.php"));
        assert_eq!(of("mule@mail.example").0, Kind::Email);
        assert_eq!(of(&"a".repeat(64)).0, Kind::Sha256);
        assert_eq!(of(&"a".repeat(32)).0, Kind::Md5);
    }

    #[test]
    fn a_value_that_is_shown_cut_is_found_on_its_list() {
        let list = List {
            circle: Circle::OPEN,
            shown: [
                "evil.example".to_owned(),
                format!("bad.example/{}", "x".repeat(300)),
            ]
            .into(),
        };
        assert!(list.has("evil.example") && !list.has("other.example"));
        assert!(list.has(&format!("bad.example/{}…", "x".repeat(100))));
        assert!(!list.has("worse.example/…"));
    }
}
