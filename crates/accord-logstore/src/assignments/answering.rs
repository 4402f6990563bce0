//! Holdings to answers: who is a candidate, how sure, and what else has to be said.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use accord_formats::logs::Basis;

use super::answer::{
    Answer, Bound, Cover, Covers, Doubt, Evidence, Finding, FirstRests, Holder, IdKind, LastRests, Note,
    Proves, Service, SourceView,
};
use super::coverage::Survey;
use super::event::{Event, bare_mac};
use super::fold::{self, Holding};
use super::passes::{Asked, Behind, OfSource};
use super::question::{Question, Questions};
use super::state::{Book, Kept, Restarts, StateKey, Zone, zone};

/// A candidate, with what is needed to go on with it.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    pub(super) holder: Holder,
    pub(super) inside: Option<IpAddr>,
    pub(super) session: Option<String>,
    pub(super) who_key: String,
    pub(super) state: StateKey,
    /// What it has in common with others of the same subscriber.
    tags: Vec<String>,
}

/// Everything that judging looks at.
pub(super) struct Judging<'a> {
    pub(super) questions: &'a Questions,
    pub(super) sources: &'a [Asked],
    pub(super) segments: &'a [OfSource],
    pub(super) surveys: &'a [Survey],
    pub(super) restarts: &'a Restarts,
    pub(super) is_damaged: bool,
    pub(super) overlong_lines: u64,
}

impl Judging<'_> {
    /// The candidates of every question that has any, the surest first.
    pub(super) fn all(&self, book: &Book<'_>) -> BTreeMap<u32, Vec<Judged>> {
        let mut all: BTreeMap<u32, Vec<Judged>> = BTreeMap::new();
        let mut states = book.states.iter().peekable();
        while let Some((key, kept)) = states.next() {
            // One thing, and all who held it.
            let mut group = vec![kept];
            while let Some((_, kept)) = states.next_if(|(other, _)| is_of_one(key, other)) {
                group.push(kept);
            }
            let Some(question) = book.questions().get(key.question as usize) else {
                continue;
            };
            all.entry(key.question)
                .or_default()
                .extend(self.thing(question, key, &group));
        }
        for judged in all.values_mut() {
            let order = |one: &Judged| (one.holder.cover, one.holder.support, one.holder.doubts.len());
            judged.sort_by(|one, other| {
                order(one).cmp(&order(other)).then_with(|| {
                    let name = |judged: &Judged| (judged.holder.source.clone(), judged.holder.ids.clone());
                    name(one).cmp(&name(other))
                })
            });
            merge_translations(judged, book.questions());
        }
        all.retain(|_, judged| !judged.is_empty());
        all
    }

    fn thing(&self, question: &Question, key: &StateKey, group: &[&Kept]) -> Vec<Judged> {
        let events: Vec<&Event> = group.iter().flat_map(|kept| kept.events()).collect();
        let left_out = group.iter().any(|kept| kept.left_out > 0);
        let assumed = self
            .questions
            .assumed_lease_ms
            .and_then(|ms| i64::try_from(ms).ok());
        let holdings = fold::holdings(&events, self.restarts.of(key.source), assumed);
        let Some(asked) = self.sources.get(key.source as usize) else {
            return Vec::new();
        };
        let zone = zone(question, asked.error_ms);
        let near = holdings
            .iter()
            .filter(|holding| holding.earliest_ms() <= zone.last_ms && holding.latest_ms() >= zone.first_ms);
        near.map(|holding| self.judged(question, key, asked, zone, holding, left_out))
            .collect()
    }

    fn judged(
        &self,
        question: &Question,
        key: &StateKey,
        asked: &Asked,
        zone: Zone,
        holding: &Holding,
        left_out: bool,
    ) -> Judged {
        let (from, to) = question.window();
        // Without a port a holder's ports are no part of the answer.
        let shows_ports = question.port.is_some();
        let ids = holding
            .who
            .ids
            .iter()
            .filter(|id| shows_ports || id.kind != IdKind::InsidePort);
        let mut doubts = BTreeSet::new();
        let mut doubt = |is: bool, doubt| {
            if is {
                doubts.insert(doubt);
            }
        };
        doubt(asked.clock_offset_ms.is_none(), Doubt::ClockUnmeasured);
        doubt(holding.basis != Basis::Logged, Doubt::ZoneSet);
        doubt(holding.basis == Basis::ZoneAndYearSet, Doubt::YearSet);
        doubt(holding.turned_back, Doubt::ClockTurnedBack);
        doubt(holding.doubtful, Doubt::TimeDoubtful);
        doubt(left_out, Doubt::NotAllKept);
        if key.service == Service::Nat && question.port.is_some() {
            doubt(key.ports.is_none(), Doubt::PortsNotLogged);
            doubt(
                question.protocol.is_some() && key.protocol.is_none(),
                Doubt::ProtocolNotLogged,
            );
        }
        let holder = Holder {
            source: asked.name.clone(),
            service: key.service,
            ids: ids.cloned().collect(),
            held: key.held,
            ports: key.ports.filter(|_| shows_ports),
            protocol: key.protocol.filter(|_| shows_ports),
            first: first(holding, from),
            last: self.last(holding, key, question),
            support: holding.support(from, to),
            cover: cover(holding, (from, to), zone),
            doubts: doubts.into_iter().collect(),
            basis: holding.basis,
            evidence: self.evidence(holding, from, to),
            behind: Vec::new(),
        };
        Judged {
            inside: holding.who.inside.filter(|_| key.service == Service::Nat),
            session: holding.who.first(IdKind::Session).map(str::to_owned),
            who_key: holding.who.key.clone(),
            state: StateKey {
                holder: key.holder.as_ref().map(|_| Arc::from(holding.who.key.as_str())),
                ..key.clone()
            },
            tags: tags(&holder),
            holder,
        }
    }

    fn last(&self, holding: &Holding, key: &StateKey, question: &Question) -> Bound<LastRests> {
        if let Some((at_ms, rests, _)) = holding.last {
            return Bound { at_ms, rests };
        }
        let covers = self
            .surveys
            .get(key.source as usize)
            .map(|survey| survey.at(question.at_ms));
        Bound {
            at_ms: holding.signs.last().map_or(question.at_ms, |(at, _)| *at),
            rests: match covers {
                Some(Covers::EndedBefore { .. }) => LastRests::LogEnds,
                _ => LastRests::LastSeen,
            },
        }
    }

    /// The lines: of the first instant, of the nearest signs around what is asked, of the last instant.
    fn evidence(&self, holding: &Holding, from: i64, to: i64) -> Vec<Evidence> {
        let mut places = BTreeMap::new();
        let mut put = |place, proves| {
            places.entry(place).or_insert(proves);
        };
        if let Some((_, _, place)) = holding.first {
            put(place, Proves::First);
        }
        if let Some((_, _, Some(place))) = holding.last {
            put(place, Proves::Last);
        }
        let before = holding.signs.iter().rev().find(|(at, _)| *at <= from);
        let after = holding.signs.iter().find(|(at, _)| *at >= to);
        for (_, place) in before.into_iter().chain(after) {
            put(*place, Proves::Held);
        }
        let mut lines: Vec<Evidence> = places
            .into_iter()
            .filter_map(|(place, proves)| {
                let (_, segment) = self.segments.get(place.segment as usize)?;
                Some(Evidence {
                    proves,
                    segment: segment.id().clone(),
                    line: place.line,
                    offset: place.offset,
                    length: place.length,
                })
            })
            .collect();
        lines.sort();
        lines
    }

    /// The answers, in the order of the questions.
    pub(super) fn answers(&self, book: &Book<'_>, behind_book: &Book<'_>, behind: &Behind) -> Vec<Answer> {
        let mut judged = self.all(book);
        let mut judged_behind = self.all(behind_book);
        for judged in judged_behind.values_mut() {
            conflicts(judged, None);
            judged.truncate(self.questions.limits.holders);
        }
        let questions = self.questions.questions.iter().zip(0_u32..);
        questions
            .map(|(question, number)| {
                let mut judged = judged.remove(&number).unwrap_or_default();
                let mut notes = Vec::new();
                let holders_total = subscribers(&judged);
                let shared = judged.iter().filter(|one| one.holder.service == Service::Nat);
                let shared: Vec<Judged> = shared.cloned().collect();
                if question.port.is_none() && !shared.is_empty() {
                    notes.push(Note::PortNeeded {
                        holders: subscribers(&shared),
                    });
                }
                if conflicts(&mut judged, question.port) {
                    notes.push(Note::Conflict);
                }
                let left_out = judged.len().saturating_sub(self.questions.limits.holders) as u64;
                judged.truncate(self.questions.limits.holders);
                if left_out > 0 {
                    notes.push(Note::HoldersOverMax { left_out });
                }
                notes.extend(look_behind(&mut judged, question, behind, &judged_behind));
                notes.extend(self.lacks(number, book));
                let sources = self.views(question, number, book);
                Answer {
                    question: question.clone(),
                    finding: finding(holders_total, &sources),
                    holders: judged.into_iter().map(|judged| judged.holder).collect(),
                    holders_total,
                    notes,
                    sources,
                }
            })
            .collect()
    }

    /// What was not read or not followed.
    fn lacks(&self, number: u32, book: &Book<'_>) -> Vec<Note> {
        let mut notes = Vec::new();
        if let Some(events) = book.not_followed.get(&number) {
            notes.push(Note::Incomplete { events: *events });
        }
        let of_question = (number, 0)..=(number, u32::MAX);
        let lines: u64 = book
            .without_time
            .range(of_question)
            .map(|(_, lines)| *lines)
            .sum();
        if lines > 0 {
            notes.push(Note::WithoutTime { lines });
        }
        if self.is_damaged {
            notes.push(Note::Damaged);
        }
        if self.overlong_lines > 0 {
            notes.push(Note::Overlong {
                lines: self.overlong_lines,
            });
        }
        notes
    }

    fn views(&self, question: &Question, number: u32, book: &Book<'_>) -> Vec<SourceView> {
        let sources = self.sources.iter().zip(self.surveys).zip(0_u32..);
        sources
            .map(|((asked, survey), source)| SourceView {
                source: asked.name.clone(),
                clock_offset_ms: asked.clock_offset_ms,
                zone_known: asked.zone.is_some(),
                covers: survey.at(question.at_ms),
                stretches: survey.stretches(question.at_ms),
                lines_without_time: book.without_time.get(&(number, source)).copied().unwrap_or(0),
            })
            .collect()
    }
}

/// Whether two states are of one thing with different holders.
fn is_of_one(one: &StateKey, other: &StateKey) -> bool {
    let thing = |key: &StateKey| {
        (
            key.question,
            key.source,
            key.service,
            key.held,
            key.ports,
            key.protocol,
        )
    };
    thing(one) == thing(other)
}

/// Without a port every inside address is listed once, by what shows it best.
fn merge_translations(judged: &mut Vec<Judged>, questions: &[Question]) {
    let mut seen = BTreeSet::new();
    judged.retain(|one| {
        let asked = questions
            .get(one.state.question as usize)
            .and_then(|question| question.port);
        let subscriber = one
            .holder
            .ids
            .iter()
            .find(|id| id.kind == IdKind::Subscriber)
            .map(|id| id.value.clone());
        match one.inside.filter(|_| asked.is_none()) {
            Some(inside) => seen.insert((one.state.source, inside, subscriber)),
            None => true,
        }
    });
}

fn first(holding: &Holding, from: i64) -> Option<Bound<FirstRests>> {
    let told = holding.first.map(|(at_ms, rests, _)| Bound { at_ms, rests });
    told.or_else(|| {
        let (at_ms, _) = *holding.signs.first().filter(|(at, _)| *at <= from)?;
        Some(Bound {
            at_ms,
            rests: FirstRests::Seen,
        })
    })
}

fn cover(holding: &Holding, (from, to): (i64, i64), zone: Zone) -> Cover {
    let (first, last) = (holding.earliest_ms(), holding.latest_ms());
    if first <= zone.first_ms && last >= zone.last_ms {
        Cover::Whole
    } else if first <= from && last >= to {
        Cover::Near
    } else if first <= to && last >= from {
        Cover::Part
    } else {
        Cover::Beside
    }
}

/// What tells that two candidates are one subscriber.
fn tags(holder: &Holder) -> Vec<String> {
    let source = &holder.source;
    let own = holder.ids.iter().filter_map(|id| {
        let value = &id.value;
        Some(match id.kind {
            IdKind::UserName => format!("user {value}"),
            IdKind::HardwareAddress => format!("mac {}", bare_mac(value)),
            IdKind::Duid => format!("duid {value}"),
            IdKind::ClientId => format!("client {source} {value}"),
            IdKind::Session => format!("session {source} {value}"),
            IdKind::InsideAddress => {
                let subscriber = holder.ids.iter().find(|id| id.kind == IdKind::Subscriber);
                format!(
                    "inside {source} {value} {}",
                    subscriber.map_or("", |id| id.value.as_str())
                )
            }
            _ => return None,
        })
    });
    own.collect()
}

/// Which subscriber each candidate is: those with a tag in common are one.
fn clusters(judged: &[Judged]) -> Vec<usize> {
    let mut parent: Vec<usize> = (0..judged.len()).collect();
    fn root(parent: &[usize], mut at: usize) -> usize {
        while let Some(up) = parent.get(at).copied().filter(|up| *up != at) {
            at = up;
        }
        at
    }
    let mut first_of: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, one) in judged.iter().enumerate() {
        for tag in &one.tags {
            let other = *first_of.entry(tag).or_insert(at);
            let (low, high) = (root(&parent, at), root(&parent, other));
            if let Some(up) = parent.get_mut(low.max(high)) {
                *up = low.min(high);
            }
        }
    }
    (0..judged.len()).map(|at| root(&parent, at)).collect()
}

fn subscribers(judged: &[Judged]) -> u64 {
    clusters(judged).into_iter().collect::<BTreeSet<_>>().len() as u64
}

/// Marks candidates that exclude each other: different subscribers of one thing at once. Without a port those behind one
/// translation do not.
fn conflicts(judged: &mut [Judged], port: Option<u16>) -> bool {
    let clusters = clusters(judged);
    let at_once = |one: &Judged| matches!(one.holder.cover, Cover::Whole | Cover::Near);
    let shares = |one: &Judged| port.is_none() && one.holder.service == Service::Nat;
    let mut alone: BTreeSet<usize> = BTreeSet::new();
    let mut sharing = false;
    for (one, cluster) in judged.iter().zip(&clusters).filter(|(one, _)| at_once(one)) {
        if shares(one) {
            sharing = true;
        } else {
            alone.insert(*cluster);
        }
    }
    let found = alone.len() > 1 || (sharing && !alone.is_empty());
    if found {
        for one in judged.iter_mut().filter(|one| at_once(one)) {
            one.holder.doubts.push(Doubt::Conflict);
            one.holder.doubts.sort_unstable();
            one.holder.doubts.dedup();
        }
    }
    found
}

/// Puts to each translation who held its inside address.
fn look_behind(
    judged: &mut [Judged],
    question: &Question,
    behind: &Behind,
    judged_behind: &BTreeMap<u32, Vec<Judged>>,
) -> Vec<Note> {
    let (mut unknown, mut not_looked_up) = (0, 0);
    for one in judged {
        let Some(inside) = one.inside else { continue };
        match behind.get(&(inside, question.at_ms, question.uncertainty_ms)) {
            // Without other logs there is nothing to look it up in.
            None if behind.is_empty() => unknown += 1,
            None => not_looked_up += 1,
            Some(number) => {
                let found = judged_behind.get(number).map(Vec::as_slice).unwrap_or_default();
                one.holder.behind = found.iter().map(|judged| judged.holder.clone()).collect();
                unknown += u64::from(found.is_empty());
            }
        }
    }
    let mut notes = Vec::new();
    if unknown > 0 {
        notes.push(Note::InsideUnknown { holders: unknown });
    }
    if not_looked_up > 0 {
        notes.push(Note::InsideNotLookedUp {
            holders: not_looked_up,
        });
    }
    notes
}

fn finding(holders: u64, sources: &[SourceView]) -> Finding {
    let covered = sources
        .iter()
        .any(|view| matches!(view.covers, Covers::Yes { .. }));
    match (holders, covered) {
        (0, true) => Finding::Nobody,
        (0, false) => Finding::NotCovered,
        (1, _) => Finding::One,
        (_, _) => Finding::Several,
    }
}
