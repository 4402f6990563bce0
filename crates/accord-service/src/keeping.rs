//! Holds, and what is destroyed when its time is over.
//!
//! A recipient keeps what it was given as long as the duties of its release say, counted from the release; then the job
//! destroys its copy and says so on the case, with until when a backup still holds it. A hold beats that, and the name
//! of somebody whom standing notes name is kept as long as they do. What this organisation wrote itself is kept under
//! its own law, and never destroyed by itself (ADR 19).

use std::collections::{BTreeMap, BTreeSet};

use accord_ledger::Header;
use accord_model::content::{ContentBody, ContentEntry};
use accord_model::control::{ControlEntry, Hold, HoldLifted, HoldPlaced, RetentionDestroyed, SpaceKind};
use accord_model::{Category, EntryKind, EntryRef, OrgName, PersonId, Role, SpaceId};
use accord_store::Batch;
use serde::{Deserialize, Serialize};

use crate::error::{Result, ServiceError};
use crate::journal::{Body, Ledger, Space, State};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::recall::remove_content;
use crate::sight::Reader;

const DAY_MS: u64 = 24 * 3_600_000;
/// Most copies that one run of the job destroys; the rest waits for the next.
pub const DESTROYED_PER_RUN: usize = 1_000;
/// Most lines of an overview of what is kept.
pub const KEPT_SHOWN: usize = 200;

/// A hold to be placed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewHold {
    /// The note; absent: the whole case.
    #[serde(default)]
    pub entry: Option<EntryRef>,
    /// The order or matter behind it.
    pub reference: String,
    /// Why.
    pub reason: String,
}

/// A hold.
#[derive(Debug, Clone, Serialize)]
pub struct HoldView {
    /// Its note.
    pub at: EntryRef,
    /// Who placed it.
    pub org: OrgName,
    /// When, ms UTC.
    pub when_ms: u64,
    /// The note that is held; none: the whole case.
    pub entry: Option<EntryRef>,
    /// The order or matter.
    pub reference: String,
    /// Why.
    pub reason: String,
    /// The note that lifted it.
    pub lifted: Option<EntryRef>,
}

impl HoldView {
    pub(crate) fn of(at: EntryRef, hold: &Hold) -> Self {
        Self {
            at,
            org: hold.org.clone(),
            when_ms: hold.wall_ms,
            entry: hold.says.entry,
            reference: hold.says.reference.clone(),
            reason: hold.says.reason.clone(),
            lifted: hold.lifted,
        }
    }
}

/// When a copy that is kept here will be destroyed.
#[derive(Debug, Clone, Serialize)]
pub struct RetentionView {
    /// The note.
    pub entry: EntryRef,
    /// Who gave it.
    pub org: OrgName,
    /// Its title.
    pub title: String,
    /// Its category.
    pub category: Category,
    /// From when the time counts, ms UTC: its release, as it was told; else when it was written.
    pub from_ms: u64,
    /// How long it is kept, days.
    pub days: u32,
    /// What it may be used for, as its release says.
    pub purposes: Vec<String>,
    /// When its time is over, ms UTC.
    pub over_ms: u64,
    /// Whether a hold keeps it beyond that.
    pub held: bool,
    /// What else keeps it beyond that.
    pub kept_because: Option<&'static str>,
}

/// A note of this organisation that others hold for a time.
#[derive(Debug, Clone, Serialize)]
pub struct GivenView {
    /// The note.
    pub entry: EntryRef,
    /// Its title.
    pub title: String,
    /// Its category.
    pub category: Category,
    /// When the agreement's own period for it is over, counted from when it was written, ms UTC. Our copy is not
    /// destroyed by itself: it is kept under our own law.
    pub over_ms: u64,
    /// Until when each recipient keeps it, counted from its release, ms UTC.
    pub until: BTreeMap<OrgName, u64>,
}

/// What is kept of a case, and until when.
#[derive(Debug, Clone, Serialize)]
pub struct KeepingView {
    /// The holds, newest first.
    pub holds: Vec<HoldView>,
    /// What others gave, the first to be destroyed first: at most [`KEPT_SHOWN`].
    pub retention: Vec<RetentionView>,
    /// How many more there are.
    pub more: usize,
    /// What we gave, the first whose time is over first: at most [`KEPT_SHOWN`].
    pub given: Vec<GivenView>,
    /// How many more there are.
    pub more_given: usize,
    /// How many days backups here are kept; none: there are no backups.
    pub backup_days: Option<u32>,
}

/// Whether this organisation's copy of an entry was destroyed.
pub(crate) fn is_destroyed_here(state: &State, space: &Space, at: EntryRef) -> bool {
    let mut own = space.ledgers.iter().filter_map(|id| state.ledgers.get(id));
    own.find(|ledger| ledger.own)
        .is_some_and(|ledger| space.control.destroyed(at, &ledger.org))
}

/// For how long a category is kept. Leads stand before there is a case: of the agreements that are proposed in their
/// space the shortest time counts.
fn days_of(state: &State, space: &Space, category: Category) -> Option<u32> {
    match space.kind {
        SpaceKind::Case => {
            let agreement = state.agreement(space.agreement?)?;
            Some(agreement.terms().retention_of(category))
        }
        SpaceKind::Agreement => {
            let all = space.proposed.values();
            all.map(|agreement| agreement.terms().retention_of(category))
                .min()
        }
    }
}

/// The same for many notes: looked up once a category.
struct Periods<'a> {
    state: &'a State,
    space: &'a Space,
    known: Vec<(Category, Option<u32>)>,
}

impl<'a> Periods<'a> {
    const fn new(state: &'a State, space: &'a Space) -> Self {
        Self {
            state,
            space,
            known: Vec::new(),
        }
    }

    fn days(&mut self, category: Category) -> Option<u32> {
        if let Some((_, days)) = self.known.iter().find(|(known, _)| *known == category) {
            return *days;
        }
        let days = days_of(self.state, self.space, category);
        self.known.push((category, days));
        days
    }
}

/// A copy of what another organisation gave, with when its time is over.
struct Copy {
    at: EntryRef,
    category: Category,
    from_ms: u64,
    days: u32,
    over_ms: u64,
}

impl Copy {
    fn view(self, state: &State, space: &Space, title: String) -> Option<RetentionView> {
        let (ledger, ..) = state.entry(self.at)?;
        let duty = state.duties.get(&self.at);
        Some(RetentionView {
            entry: self.at,
            org: ledger.org.clone(),
            title,
            category: self.category,
            from_ms: self.from_ms,
            days: self.days,
            purposes: duty.map(|duty| duty.purposes.clone()).unwrap_or_default(),
            over_ms: self.over_ms,
            held: space.control.held(self.at),
            kept_because: None,
        })
    }
}

/// Until when this node keeps its copy of one note of another organisation, under this title; `None` for what is no
/// such copy.
pub(crate) fn kept_until(state: &State, space: &Space, at: EntryRef, title: String) -> Option<RetentionView> {
    let (ledger, header, body) = state.entry(at)?;
    copy_of(&mut Periods::new(state, space), ledger, header, body)?.view(state, space, title)
}

/// Until when each recipient keeps one note of this organisation, under this title.
pub(crate) fn given_until(
    state: &State,
    space: &Space,
    orgs: &[OrgName],
    at: EntryRef,
    title: String,
) -> Option<GivenView> {
    let (ledger, header, Body::Content(entry)) = state.entry(at)? else {
        return None;
    };
    let category = entry.kind().category().filter(|_| ledger.own)?;
    let agreed = days_of(state, space, category)?;
    let until = orgs.iter().filter_map(|org| {
        let release = state.releases.get(*state.released.get(&(at, org.clone()))?)?;
        let days = release.decided.retention_days.unwrap_or(agreed);
        Some((org.clone(), over(release.at_ms, days)))
    });
    Some(GivenView {
        entry: at,
        title,
        category,
        over_ms: over(header.clock.wall_ms, agreed),
        until: until.collect(),
    })
}

fn over(from_ms: u64, days: u32) -> u64 {
    from_ms.saturating_add(u64::from(days).saturating_mul(DAY_MS))
}

/// What others gave that is still here, of the notes that `wanted` takes. The time counts from the release, as its duties
/// were told, and is never longer than the agreement's own; a peer that tells none is taken to have released what it
/// wrote at once.
fn kept(state: &State, space: &Space, wanted: impl Fn(&ContentEntry) -> bool) -> Vec<Copy> {
    let mut periods = Periods::new(state, space);
    let foreign = space.ledgers.iter().filter_map(|id| state.ledgers.get(id));
    let mut copies = Vec::new();
    for ledger in foreign.filter(|ledger| !ledger.own) {
        copies.extend(ledger.entries().filter_map(|(_, header, body)| match body {
            Body::Content(entry) if wanted(entry) => copy_of(&mut periods, ledger, header, body),
            _ => None,
        }));
    }
    copies
}

/// One of them; `None` for what is no copy of another's content.
fn copy_of(periods: &mut Periods<'_>, ledger: &Ledger, header: &Header, body: &Body) -> Option<Copy> {
    let Body::Content(entry) = body else { return None };
    if ledger.own || ledger.space != periods.space.id {
        return None;
    }
    let at = EntryRef {
        ledger: ledger.id,
        seq: header.seq,
    };
    let category = entry.kind().category()?;
    let agreed = periods.days(category)?;
    let written = header.clock.wall_ms;
    let (from_ms, days) = match periods.state.duties.get(&at) {
        // Nothing is released before it is written.
        Some(duty) => (duty.released_ms.max(written), duty.retention_days.min(agreed)),
        None => (written, agreed),
    };
    Some(Copy {
        at,
        category,
        from_ms,
        days,
        over_ms: over(from_ms, days),
    })
}

/// The same of one note, where the person reads it.
fn copy_read(state: &State, space: &Space, reader: &Reader, at: EntryRef) -> Option<Copy> {
    let (ledger, header, body) = state.entry(at)?;
    matches!(body, Body::Content(entry) if reader.reads(entry))
        .then(|| copy_of(&mut Periods::new(state, space), ledger, header, body))?
}

/// Leaves the first whose time is over, in that order, at most [`KEPT_SHOWN`]; how many more there are.
fn first_over<T>(all: &mut Vec<(u64, EntryRef, T)>) -> usize {
    let more = all.len().saturating_sub(KEPT_SHOWN);
    if more > 0 {
        all.select_nth_unstable_by_key(KEPT_SHOWN, |(over_ms, at, _)| (*over_ms, *at));
        all.truncate(KEPT_SHOWN);
    }
    all.sort_unstable_by_key(|(over_ms, at, _)| (*over_ms, *at));
    more
}

/// Whose name stays, because what they did still stands: people of the team, seconded people, who holds the pen, who
/// recorded an authority or a hold that stands, and everybody in a chain of custody. The control notes name them by a
/// number that nobody could read without it.
fn standing(space: &Space, now_ms: u64) -> BTreeSet<PersonId> {
    let control = &space.control;
    let orgs = control.parties().keys();
    let members = orgs.flat_map(|org| control.members(org).into_keys());
    let seconded = control
        .secondments()
        .filter(|known| now_ms < known.until_ms)
        .map(|known| known.person);
    let instruments = control.instruments().values();
    let instruments = instruments
        .filter(|known| known.over.is_none() && now_ms < known.to_ms)
        .map(|known| known.says.by);
    let holds = control.holds().values();
    let holds = holds
        .filter(|hold| hold.lifted.is_none())
        .map(|hold| hold.says.by);
    let delivered = space.of_kinds(|kind| kind == EntryKind::EvidenceDelivered);
    let custody = delivered.into_iter().filter_map(|at| control.custody(at));
    let custody = custody.flat_map(|known| known.steps.iter().map(|step| step.actor.person));
    members
        .chain(control.pen().map(|pen| pen.person))
        .chain(seconded)
        .chain(instruments)
        .chain(holds)
        .chain(custody)
        .collect()
}

/// What keeps a copy although its time is over, beside holds.
fn kept_because(state: &State, standing: &BTreeSet<PersonId>, at: EntryRef) -> Option<&'static str> {
    match state.entry(at) {
        Some((_, _, Body::Content(entry))) => match &entry.body {
            ContentBody::PersonNamed(said) if standing.contains(&said.person) => {
                Some("the name of somebody whom standing notes of the case name")
            }
            _ => None,
        },
        _ => None,
    }
}

fn mark(all: &mut [bool], positions: &[u64]) {
    for position in positions {
        let place = usize::try_from(*position).ok().and_then(|at| all.get_mut(at));
        if let Some(place) = place {
            *place = true;
        }
    }
}

impl Node {
    /// Places a hold on a note, or on everything of the case.
    pub async fn place_hold(&self, who: &SignedIn, case: SpaceId, new: &NewHold) -> Result<EntryRef> {
        self.steer(who, Act::Hold, case, "hold.placed", |state, batch, role| {
            self.hold_in(state, batch, who, case, role, new)
        })
        .await
    }

    /// The same in a larger act, on a case or on an agreement's ledger.
    pub(crate) fn hold_in(
        &self,
        state: &mut State,
        batch: &mut Batch,
        who: &SignedIn,
        space: SpaceId,
        role: Role,
        new: &NewHold,
    ) -> Result<EntryRef> {
        if let Some(entry) = new.entry {
            let here = state.entry(entry).filter(|(ledger, ..)| ledger.space == space);
            here.ok_or(ServiceError::NotFound("note"))?;
        }
        let said = HoldPlaced {
            by: who.person,
            role,
            entry: new.entry,
            reference: new.reference.clone(),
            reason: new.reason.clone(),
        };
        self.append(state, batch, space, ControlEntry::from(said))
    }

    /// Lifts a hold of this organisation.
    pub async fn lift_hold(
        &self,
        who: &SignedIn,
        case: SpaceId,
        hold: EntryRef,
        reason: &str,
    ) -> Result<EntryRef> {
        self.steer(who, Act::Hold, case, "hold.lifted", |state, batch, role| {
            self.lift_in(state, batch, who, case, role, (hold, reason))
        })
        .await
    }

    /// The same in a larger act, on a case or on an agreement's ledger.
    pub(crate) fn lift_in(
        &self,
        state: &mut State,
        batch: &mut Batch,
        who: &SignedIn,
        space: SpaceId,
        role: Role,
        (hold, reason): (EntryRef, &str),
    ) -> Result<EntryRef> {
        let said = HoldLifted {
            by: who.person,
            role,
            hold,
            reason: reason.to_owned(),
        };
        self.append(state, batch, space, ControlEntry::from(said))
    }

    /// The holds of a case, and what will be destroyed when.
    pub async fn keeping(&self, who: &SignedIn, case: SpaceId) -> Result<KeepingView> {
        self.keeping_view(who, case, None).await
    }

    /// The same of one note.
    pub async fn keeping_of(&self, who: &SignedIn, case: SpaceId, at: EntryRef) -> Result<KeepingView> {
        self.keeping_view(who, case, Some(at)).await
    }

    async fn keeping_view(
        &self,
        who: &SignedIn,
        case: SpaceId,
        only: Option<EntryRef>,
    ) -> Result<KeepingView> {
        let state = self.read().await?;
        let space = self.case_within(&state, who, case)?;
        let reader = self.reader(&state, space, who)?;
        let mut holds: Vec<HoldView> = space
            .control
            .holds()
            .iter()
            .filter(|(_, hold)| only.is_none() || hold.says.entry.is_none() || hold.says.entry == only)
            .map(|(at, hold)| HoldView::of(*at, hold))
            .collect();
        holds.sort_by_key(|hold| (std::cmp::Reverse(hold.when_ms), hold.at));
        let stands = standing(space, self.now_ms());
        let shown = |entry: &ContentEntry, at: EntryRef| {
            let hidden = reader.is_cleared(at) || space.control.is_recalled(at);
            if hidden {
                String::new()
            } else {
                entry.title.clone()
            }
        };
        let copies = match only {
            None => kept(&state, space, |entry| reader.reads(entry)),
            Some(at) => copy_read(&state, space, &reader, at).into_iter().collect(),
        };
        let mut copies: Vec<(u64, EntryRef, Copy)> = copies
            .into_iter()
            .map(|copy| (copy.over_ms, copy.at, copy))
            .collect();
        let more = first_over(&mut copies);
        let retention = copies.into_iter().filter_map(|(_, at, copy)| {
            let (_, _, Body::Content(entry)) = state.entry(at)? else {
                return None;
            };
            Some(RetentionView {
                kept_because: kept_because(&state, &stands, at),
                ..copy.view(&state, space, shown(entry, at))?
            })
        });
        let retention = retention.collect();
        let mut given = self.given(&state, space, &reader, only);
        let more_given = first_over(&mut given);
        let given = given.into_iter().filter_map(|(_, at, ())| {
            let (_, _, Body::Content(entry)) = state.entry(at)? else {
                return None;
            };
            let agreement = space.agreement.and_then(|digest| state.agreement(digest))?;
            let orgs: Vec<OrgName> = agreement
                .parties()
                .iter()
                .map(|party| party.name.clone())
                .collect();
            given_until(&state, space, &orgs, at, shown(entry, at))
        });
        let given = given.collect();
        Ok(KeepingView {
            holds,
            retention,
            more,
            given,
            more_given,
            backup_days: self.config.backup_days,
        })
    }

    /// What this organisation gave on a case, with when the agreement's own time for it is over.
    fn given(
        &self,
        state: &State,
        space: &Space,
        reader: &Reader,
        only: Option<EntryRef>,
    ) -> Vec<(u64, EntryRef, ())> {
        let Some(agreement) = space.agreement.and_then(|digest| state.agreement(digest)) else {
            return Vec::new();
        };
        let own = space.ledgers.iter().filter_map(|id| state.ledgers.get(id));
        let own: Vec<&Ledger> = own.filter(|ledger| ledger.own).collect();
        let mut periods = Periods::new(state, space);
        let mut found = Vec::new();
        for ledger in own {
            // In the order in which they were written: there are a hundred thousand.
            let mut given = vec![false; usize::try_from(ledger.size()).unwrap_or(0)];
            for org in agreement.parties().iter().map(|party| &party.name) {
                match only {
                    None => mark(&mut given, state.released_of(ledger.id, org)),
                    Some(at) if at.ledger == ledger.id && state.released.contains_key(&(at, org.clone())) => {
                        mark(&mut given, &[at.seq]);
                    }
                    Some(_) => {}
                }
            }
            let entries = ledger.entries().zip(given);
            found.extend(entries.filter_map(|((at, header, body), given)| match body {
                Body::Content(entry) if given && reader.reads(entry) => {
                    let agreed = periods.days(entry.kind().category()?)?;
                    Some((over(header.clock.wall_ms, agreed), at, ()))
                }
                _ => None,
            }));
        }
        found
    }

    /// Destroys this node's copies whose time is over and that no hold covers, and says so on their cases. How many.
    pub async fn destroy_what_is_over(&self) -> Result<usize> {
        let now = self.now_ms();
        let over: Vec<(SpaceId, EntryRef, u64)> = {
            let state = self.read().await?;
            let spaces = state.spaces.values();
            spaces
                .flat_map(|space| {
                    let stands = standing(space, now);
                    kept(&state, space, |_| true)
                        .into_iter()
                        .filter(|copy| copy.over_ms <= now && !space.control.held(copy.at))
                        .filter(|copy| kept_because(&state, &stands, copy.at).is_none())
                        .map(|copy| (space.id, copy.at, copy.over_ms))
                        .collect::<Vec<_>>()
                })
                .take(DESTROYED_PER_RUN)
                .collect()
        };
        let mut count = 0;
        for (case, at, over) in over {
            count += usize::from(self.destroy(case, at, over).await?);
        }
        Ok(count)
    }

    /// Destroys one copy: note and removal are one commit. Whether it did: a hold may have come in between.
    async fn destroy(&self, case: SpaceId, at: EntryRef, period_over_ms: u64) -> Result<bool> {
        self.act(|state, batch, log| {
            let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
            if space.control.held(at) {
                return Ok(false);
            }
            // Who was taken off the case has nothing to say there any more, and keeps nothing longer for that.
            if space.control.party_kind(&self.config.org).is_some() {
                let said = RetentionDestroyed {
                    by: None,
                    role: None,
                    entry: at,
                    period_over_ms,
                    backup_until_ms: self.config.backup_until_ms(self.now_ms()),
                };
                self.append(state, batch, case, ControlEntry::from(said))?;
            }
            remove_content(state, batch, at);
            log.node(batch, "retention.destroyed", &at.to_string());
            Ok(true)
        })
        .await
    }
}
