//! Victims seen at a sinkhole: how many distinct addresses came to it on each day. Addresses stay here; a count for a
//! day is what is shared, as a sighting of the target, to whom the target itself was meant.
//!
//! A log is brought in as any other (`logs`); a mark says that its source is the sinkhole of a target. Marks are this
//! node's own.
//!
//! Whose address a line's victim is, is told by a column: the one that the mark names, or the format's own (Zeek's
//! `id.orig_h`). Where no column tells, a line with one address is its victim's; one with several is counted apart, for
//! the sinkhole's own address is as often the first.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::net::IpAddr;
use std::ops::ControlFlow;

use accord_formats::logs::{COLUMN_MAX_BYTES, LineFacts, LineTime};
use accord_model::content::{
    ActionKind, Audience, ContentBody, ContentEntry, Execution, Sighting, SightingCounted,
};
use accord_model::{EntryKind, EntryRef, Marking, OrgName, SpaceId};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::error::{Result, ServiceError};
use crate::journal::{Body, Space, State};
use crate::node::Node;
use crate::notes::Published;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::protection::{DayCount, day_text};
use crate::release::Circumstances;
use crate::views::said_of;

pub(crate) const SINKHOLES: &str = "sinkholes";
/// Most distinct addresses and days that one count holds in memory.
pub const VICTIMS_COUNTED_MAX: usize = 2_000_000;
/// Most sources marked as sinkholes on a node.
pub const SINKHOLES_MAX: usize = 1_000;
/// The operator's table of networks: `PREFIX,ORGANISATION,COUNTRY` a line. Only its holder sees what it says.
pub const NETWORKS_FILE: &str = "networks.csv";
/// Most lines of it.
pub const NETWORKS_MAX: usize = 200_000;
const DAY_MS: i64 = 86_400_000;

/// A source that is the sinkhole of a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sinkhole {
    pub case: SpaceId,
    pub target: EntryRef,
    pub source: String,
    /// The column that tells the victim, where a person named one.
    #[serde(default)]
    pub column: Option<String>,
    /// What was shared of each day.
    #[serde(default)]
    pub shared: BTreeMap<String, u64>,
}

impl Sinkhole {
    pub fn id(&self) -> String {
        format!("{} {}", self.target, self.source)
    }
}

/// Victims of one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SinkholeDay {
    /// The day in UTC, `YYYY-MM-DD`.
    pub day: String,
    /// Distinct addresses.
    pub victims: u64,
    /// By network, as the operator's table names it; empty without a table. This is not shared.
    pub networks: BTreeMap<String, u64>,
}

/// A sinkhole of a target, as the organisation that has its log sees it.
#[derive(Debug, Clone, Serialize)]
pub struct SinkholeView {
    /// The target.
    pub target: EntryRef,
    /// Its value.
    pub value: String,
    /// The log sources that are its sinkhole.
    pub sources: Vec<String>,
    /// The columns that tell the victim, by source, where a person named one.
    pub columns: BTreeMap<String, String>,
    /// What was counted here.
    pub days: Vec<SinkholeDay>,
    /// Lines without a day or an address, and lines too long to be read: not counted.
    pub not_counted: u64,
    /// Lines with several addresses and no column that tells whose they are: not counted either.
    pub ambiguous: u64,
    /// What parties shared of it, this one included.
    pub shared: Vec<DayCount>,
}

/// The distinct addresses of each day of a sinkhole's log.
#[derive(Debug, Default)]
struct Counted {
    seen: HashSet<(i64, IpAddr)>,
    not_counted: u64,
    ambiguous: u64,
}

/// Whose address a line is about.
#[derive(Debug, PartialEq, Eq)]
enum Victim {
    One(IpAddr),
    Several,
    Nobody,
}

/// The victim of a line. `named`: a person named the column; what is not under it is nobody.
fn victim(facts: &LineFacts, named: bool) -> Victim {
    let of = |addresses: &[IpAddr]| match addresses {
        [] => Victim::Nobody,
        [first, rest @ ..] if rest.iter().all(|other| other == first) => Victim::One(*first),
        _ => Victim::Several,
    };
    match of(&facts.named) {
        // The format's own column is not in every log of it.
        Victim::Nobody if !named => of(&facts.addresses),
        told => told,
    }
}

/// The operator's table, longest prefix first.
#[derive(Debug, Default)]
pub(crate) struct Networks {
    lengths: BTreeSet<(std::cmp::Reverse<u8>, bool)>,
    names: BTreeMap<IpNet, String>,
}

impl Networks {
    /// Reads it; lines that are none are passed over.
    pub fn read(text: &str) -> Self {
        let mut networks = Self::default();
        for line in text.lines().take(NETWORKS_MAX) {
            let mut cells = line.split(',').map(str::trim);
            let Some(Ok(prefix)) = cells.next().map(str::parse::<IpNet>) else {
                continue;
            };
            let name: Vec<&str> = cells.filter(|cell| !cell.is_empty()).take(2).collect();
            if name.is_empty() {
                continue;
            }
            let prefix = prefix.trunc();
            let is_v4 = matches!(prefix, IpNet::V4(_));
            networks
                .lengths
                .insert((std::cmp::Reverse(prefix.prefix_len()), is_v4));
            networks.names.insert(prefix, name.join(", "));
        }
        networks
    }

    /// The network of an address.
    pub fn name(&self, address: IpAddr) -> Option<&str> {
        self.lengths
            .iter()
            .filter(|(_, is_v4)| *is_v4 == address.is_ipv4())
            .find_map(|(length, _)| {
                let network = IpNet::new(address, length.0).ok()?.trunc();
                self.names.get(&network).map(String::as_str)
            })
    }
}

/// What parties shared of the targets' sinkholes, by target.
pub(super) fn shared_victims(state: &State, space: &Space) -> BTreeMap<EntryRef, Vec<DayCount>> {
    let mut sums: BTreeMap<EntryRef, BTreeMap<(String, OrgName), u64>> = BTreeMap::new();
    for one in said_of(state, space, |kind| kind == EntryKind::SightingCounted) {
        let ContentBody::SightingCounted(said) = &one.entry.body else {
            continue;
        };
        for sighting in &said.sightings {
            let of_target = state
                .entry(sighting.published)
                .is_some_and(|(ledger, _, body)| {
                    ledger.space == space.id
                        && matches!(body, Body::Content(entry)
                            if matches!(&entry.body, ContentBody::TargetProposed(said) if said.value == sighting.value))
                });
            if of_target {
                let days = sums.entry(sighting.published).or_default();
                let sum = days.entry((said.day.clone(), one.author.clone())).or_default();
                *sum = sum.saturating_add(sighting.count);
            }
        }
    }
    let list = |days: BTreeMap<(String, OrgName), u64>| {
        let counts = days.into_iter();
        counts
            .map(|((day, org), count)| DayCount { day, org, count })
            .collect()
    };
    sums.into_iter().map(|(at, days)| (at, list(days))).collect()
}

impl Node {
    /// A target of a case whose action points it to a sinkhole, with its value and whom its note is meant for.
    fn sinkhole_target(
        &self,
        state: &State,
        space: &Space,
        target: EntryRef,
    ) -> Result<(String, Audience, Marking)> {
        let missing = || ServiceError::NotFound("target");
        let (ledger, _, body) = state.entry(target).ok_or_else(missing)?;
        let Body::Content(entry) = body else {
            return Err(missing());
        };
        let ContentBody::TargetProposed(said) = &entry.body else {
            return Err(missing());
        };
        if ledger.space != space.id {
            return Err(missing());
        }
        if said.action != ActionKind::Sinkhole {
            return Err(ServiceError::invalid(
                "target",
                "nothing points this target to a sinkhole",
            ));
        }
        let to = match &entry.to {
            Audience::EveryParty => Audience::EveryParty,
            Audience::Only(orgs) => {
                let mut orgs = orgs.clone();
                orgs.insert(ledger.org.clone());
                Audience::Only(orgs)
            }
        };
        Ok((said.value.clone(), to, entry.marking))
    }

    /// Says that a log source is the sinkhole of a target that was acted on, and, where the format does not tell, in
    /// which column the victim stands. Said again, the column is changed.
    pub async fn mark_sinkhole(
        &self,
        who: &SignedIn,
        case: SpaceId,
        target: EntryRef,
        source: &str,
        column: Option<&str>,
    ) -> Result<()> {
        Act::ShareSightings.ask(who)?;
        let named = |text: &&str| {
            (1..=COLUMN_MAX_BYTES).contains(&text.len()) && !text.chars().any(|c| c.is_control() || c == '=')
        };
        if column.is_some_and(|text| !named(&text)) {
            return Err(ServiceError::invalid(
                "column",
                format!("the name of a column: 1 to {COLUMN_MAX_BYTES} bytes, without ="),
            ));
        }
        self.logs.source(source)?;
        self.act_once(|state, batch, log| {
            let space = self.case_for(state, who, case)?;
            self.sinkhole_target(state, space, target)?;
            let board = self.board_of(state, space);
            let acted = board.plan.iter().flat_map(|plan| &plan.actions).any(|line| {
                line.target == target
                    && line.action == ActionKind::Sinkhole
                    && matches!(line.outcome, Some(Execution::Done | Execution::Partly))
            });
            if !acted {
                return Err(ServiceError::denied(
                    "no party has said yet that it pointed this target to a sinkhole",
                ));
            }
            let mark = Sinkhole {
                case,
                target,
                source: source.to_owned(),
                column: column.map(str::to_owned),
                shared: BTreeMap::new(),
            };
            let known = state.sinkholes.get(&mark.id());
            if known.is_some_and(|known| known.column == mark.column) {
                return Ok(());
            }
            let mark = Sinkhole {
                shared: known.map(|known| known.shared.clone()).unwrap_or_default(),
                ..mark
            };
            if known.is_none() && state.sinkholes.len() >= SINKHOLES_MAX {
                return Err(ServiceError::Conflict(format!(
                    "at most {SINKHOLES_MAX} sources are sinkholes"
                )));
            }
            batch.document(SINKHOLES, &mark.id(), &mark);
            log.person(batch, who, "sinkhole.marked", &mark.id());
            state.sinkholes.insert(mark.id(), mark);
            Ok(())
        })
        .await
    }

    /// Counts every segment of some sources, each with the column that tells the victim, where one was named.
    fn count_victims(&self, sources: &BTreeMap<String, Option<String>>) -> Result<Counted> {
        let mut counted = Counted::default();
        let mut full = false;
        for segment in self.logs.segments() {
            let Some(column) = sources.get(segment.id().source()) else {
                continue;
            };
            let column = column.as_deref();
            let passed_over = self.logs.each_line(segment.id(), column, &mut |facts| {
                use accord_formats::logs::Outcome;
                if matches!(facts.outcome, Outcome::Header | Outcome::Blank) {
                    return ControlFlow::Continue(());
                }
                let day = match facts.time {
                    LineTime::At(ms) => Some(ms.div_euclid(DAY_MS)),
                    LineTime::Within(span) => {
                        let (first, last) =
                            (span.first_ms.div_euclid(DAY_MS), span.last_ms.div_euclid(DAY_MS));
                        (first == last).then_some(first)
                    }
                    LineTime::Unknown => None,
                };
                match (day, victim(facts, column.is_some())) {
                    (Some(day), Victim::One(address)) => {
                        counted.seen.insert((day, address));
                    }
                    (Some(_), Victim::Several) => counted.ambiguous += 1,
                    _ => counted.not_counted += 1,
                }
                full = counted.seen.len() > VICTIMS_COUNTED_MAX;
                match full {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            })?;
            counted.not_counted += passed_over;
            if full {
                return Err(ServiceError::Conflict(format!(
                    "more than {VICTIMS_COUNTED_MAX} addresses and days: count this log with a tool for that"
                )));
            }
        }
        Ok(counted)
    }

    fn networks(&self) -> Networks {
        let path = self.config.dir.join(NETWORKS_FILE);
        std::fs::read_to_string(path).map_or_else(|_| Networks::default(), |text| Networks::read(&text))
    }

    /// The sinkholes of a case: what was counted here, and what parties shared. Addresses are in neither.
    pub async fn sinkholes(&self, who: &SignedIn, case: SpaceId) -> Result<Vec<SinkholeView>> {
        Act::ShareSightings.ask(who)?;
        let (marks, mut shared, values) = {
            let state = self.read().await?;
            let space = self.case_for(&state, who, case)?;
            let shared = shared_victims(&state, space);
            let mut marks: BTreeMap<EntryRef, BTreeMap<String, Option<String>>> = BTreeMap::new();
            for mark in state.sinkholes.values().filter(|mark| mark.case == case) {
                let sources = marks.entry(mark.target).or_default();
                sources.insert(mark.source.clone(), mark.column.clone());
            }
            for target in shared.keys() {
                marks.entry(*target).or_default();
            }
            let values: BTreeMap<EntryRef, String> = marks
                .keys()
                .filter_map(|at| Some((*at, self.sinkhole_target(&state, space, *at).ok()?.0)))
                .collect();
            (marks, shared, values)
        };
        let networks = tokio::task::block_in_place(|| self.networks());
        let mut views = Vec::new();
        for (target, sources) in marks {
            let Some(value) = values.get(&target) else {
                continue;
            };
            let counted = tokio::task::block_in_place(|| self.count_victims(&sources))?;
            views.push(SinkholeView {
                target,
                value: value.clone(),
                sources: sources.keys().cloned().collect(),
                columns: sources
                    .into_iter()
                    .filter_map(|(source, column)| Some((source, column?)))
                    .collect(),
                days: by_day(&counted, &networks),
                not_counted: counted.not_counted,
                ambiguous: counted.ambiguous,
                shared: shared.remove(&target).unwrap_or_default(),
            });
        }
        Ok(views)
    }

    /// What parties shared of the sinkholes of a case, by target.
    pub async fn victims_seen(
        &self,
        who: &SignedIn,
        case: SpaceId,
    ) -> Result<BTreeMap<EntryRef, Vec<DayCount>>> {
        let state = self.read().await?;
        let space = self.case_for(&state, who, case)?;
        Ok(shared_victims(&state, space))
    }

    /// Shares what is new in the counts of a case's sinkholes: a day, a target, a number.
    pub async fn share_victims(&self, who: &SignedIn, case: SpaceId) -> Result<Vec<Published>> {
        let views = self.sinkholes(who, case).await?;
        self.steer(
            who,
            Act::ShareSightings,
            case,
            "sinkhole.shared",
            |state, batch, _| {
                let mut published = Vec::new();
                for view in views.iter().filter(|view| !view.sources.is_empty()) {
                    let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
                    let role = self.writer(space, who, Act::ShareSightings, EntryKind::SightingCounted)?;
                    let (value, to, marking) = self.sinkhole_target(state, space, view.target)?;
                    for day in &view.days {
                        // Several sources are one sinkhole: what was shared stands in the first mark.
                        let mut marks = state.sinkholes.values_mut();
                        let Some(mark) = marks.find(|mark| mark.target == view.target && mark.case == case)
                        else {
                            continue;
                        };
                        let before = mark.shared.get(&day.day).copied().unwrap_or(0);
                        let new = day.victims.saturating_sub(before);
                        if new == 0 {
                            continue;
                        }
                        mark.shared.insert(day.day.clone(), day.victims);
                        batch.document(SINKHOLES, &mark.id(), mark);
                        let entry = ContentEntry {
                            by: who.person,
                            role,
                            marking,
                            to: to.clone(),
                            title: format!("Victims seen at the sinkhole on {}", day.day),
                            body: SightingCounted {
                                day: day.day.clone(),
                                sightings: vec![Sighting {
                                    published: view.target,
                                    value: value.clone(),
                                    count: new,
                                }],
                            }
                            .into(),
                        };
                        published.push(self.publish(state, batch, case, entry, &Circumstances::default())?);
                    }
                }
                Ok(published)
            },
        )
        .await
    }
}

fn by_day(counted: &Counted, networks: &Networks) -> Vec<SinkholeDay> {
    let mut days: BTreeMap<i64, (u64, BTreeMap<String, u64>)> = BTreeMap::new();
    for (day, address) in &counted.seen {
        let (victims, by_network) = days.entry(*day).or_default();
        *victims += 1;
        if let Some(name) = networks.name(*address) {
            *by_network.entry(name.to_owned()).or_default() += 1;
        }
    }
    let days = days.into_iter();
    days.map(|(day, (victims, networks))| SinkholeDay {
        day: u32::try_from(day).map(day_text).unwrap_or_default(),
        victims,
        networks,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use accord_formats::logs::Outcome;

    use super::*;

    #[test]
    fn one_address_is_the_victims_and_several_are_nobodys() {
        let [a, b]: [IpAddr; 2] = ["192.0.2.1", "198.51.100.9"].map(|text| text.parse().unwrap());
        let facts = |named: &[IpAddr], addresses: &[IpAddr]| LineFacts {
            outcome: Outcome::Parsed,
            time: LineTime::Unknown,
            addresses: addresses.to_vec(),
            named: named.to_vec(),
        };
        for (said, person, expected) in [
            (facts(&[a], &[b, a]), false, Victim::One(a)),
            (facts(&[a, a], &[b]), true, Victim::One(a)),
            (facts(&[a, b], &[a, b]), false, Victim::Several),
            // No column: one address is the victim's, of several none.
            (facts(&[], &[a, a]), false, Victim::One(a)),
            (facts(&[], &[b, a]), false, Victim::Several),
            (facts(&[], &[]), false, Victim::Nobody),
            // A person named the column: what stands elsewhere is not looked at.
            (facts(&[], &[a]), true, Victim::Nobody),
        ] {
            assert_eq!(victim(&said, person), expected, "{said:?}");
        }
    }

    #[test]
    fn the_longest_prefix_names_a_network() {
        let table = "192.0.2.0/24,Provider,AT\n192.0.2.128/25,Customer,DE\n2001:db8::/32,Six,\nnonsense\n10.0.0.0/8,,\n";
        let networks = Networks::read(table);
        for (address, name) in [
            ("192.0.2.1", Some("Provider, AT")),
            ("192.0.2.200", Some("Customer, DE")),
            ("2001:db8::1", Some("Six")),
            ("10.1.1.1", None),
            ("198.51.100.1", None),
        ] {
            assert_eq!(networks.name(address.parse().unwrap()), name, "{address}");
        }
    }
}
