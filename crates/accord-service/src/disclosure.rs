//! The disclosure schedule: every item of a case from day one, with what the disclosure officer said of it.
//!
//! An item is every note of content that this organisation holds or knows of, and every legal instrument; what was
//! recalled, withheld or set aside is an item too, and says so. What the officer has not described stands at the end as
//! "to be scheduled". Things that are no note (a seized machine, a statement on paper) stand by their number alone.
//!
//! The words of the schedule go to a court and to the defence: a description that names a victim known here is not
//! shown, and says that it must be written anew.

use std::collections::{BTreeMap, BTreeSet};

use accord_formats::docx::{Block, Document, write_docx};
use accord_model::content::{ContentBody, DisclosureItem, MaterialUse, Sensitivity};
use accord_model::control::ControlEntry;
use accord_model::{EntryKind, EntryRef, OrgName, SpaceId};
use serde::Serialize;

use crate::error::{Result, ServiceError};
use crate::journal::{Body, Space, State};
use crate::looks::Way;
use crate::made::Asides;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::views::{all_set_aside, home_of, said_of};

/// What stands for words that may not be shown.
const NAMES_A_VICTIM: &str = "(the words name a victim: the disclosure officer describes it anew)";

/// What stands for the words of a note about somebody who was cleared.
const ABOUT_CLEARED: &str = "about a subject who was cleared";

/// One line of the schedule.
#[derive(Debug, Clone, Serialize)]
pub struct ScheduleLine {
    /// Its number; none before it is scheduled.
    pub number: Option<String>,
    /// The note that it is, when it is one.
    pub item: Option<EntryRef>,
    /// What kind of thing, in words.
    pub what: String,
    /// What it is.
    pub description: String,
    /// Whose word it is.
    pub org: OrgName,
    /// Whose person wrote it, when they were seconded to that organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<OrgName>,
    /// When, ms UTC.
    pub at_ms: u64,
    /// Used or unused.
    pub material: Option<MaterialUse>,
    /// Sensitive or not.
    pub sensitivity: Option<Sensitivity>,
    /// Why it is sensitive.
    pub harm: Option<String>,
    /// The clause, rule or section it stands under.
    pub clause: Option<String>,
    /// `held`, `recalled`, `withheld`, `set aside`.
    pub state: &'static str,
}

impl ScheduleLine {
    /// Whether it stands in the document of what is sensitive, or in the other one.
    fn is_in(&self, sensitive: bool) -> bool {
        (self.sensitivity == Some(Sensitivity::Sensitive)) == sensitive
    }
}

/// The schedule of a case.
#[derive(Debug, Clone, Serialize)]
pub struct Schedule {
    /// The operation.
    pub operation: String,
    /// The case's own reference.
    pub reference: String,
    /// Whose schedule.
    pub org: OrgName,
    /// As it was at, ms UTC.
    pub at_ms: u64,
    /// What is scheduled, by number.
    pub scheduled: Vec<ScheduleLine>,
    /// What is not yet, the oldest first.
    pub to_be_scheduled: Vec<ScheduleLine>,
    /// How many more of these there are, where not all were asked for.
    #[serde(skip)]
    pub more: usize,
    /// Whether the person may schedule.
    pub may_schedule: bool,
}

/// The last word on each item, and when it was said, ms UTC.
type Described<'a, Key> = BTreeMap<Key, (&'a DisclosureItem, u64)>;

/// Numbers in the order in which people count: `2` before `10`.
fn counted(number: &str) -> (u64, String) {
    let digits: String = number
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    (digits.parse().unwrap_or(u64::MAX), number.to_owned())
}

/// The kind of a note in words.
fn kind_words(kind: EntryKind) -> String {
    match kind {
        EntryKind::EvidenceDelivered => "exhibit".into(),
        EntryKind::CustodyNoted => "exhibit outside".into(),
        EntryKind::LinkSeen => "values seen together".into(),
        EntryKind::LinkCleared => "values cleared".into(),
        EntryKind::RequestMade => "request".into(),
        EntryKind::RequestAnswered | EntryKind::RequestNarrowed | EntryKind::RequestRefused => {
            "answer".into()
        }
        EntryKind::ReportPublished => "report".into(),
        EntryKind::VictimMessage => "message of a victim".into(),
        EntryKind::VictimIdentity => "identity of a victim, sealed".into(),
        EntryKind::InstrumentRecorded => "legal instrument".into(),
        other => other.as_str().replace(['.', '-'], " "),
    }
}

/// What is no item of its own: names, the schedule itself, and what steers the case.
fn is_item(body: &Body) -> bool {
    match body {
        Body::Content(entry) => !matches!(entry.kind(), EntryKind::PersonNamed | EntryKind::DisclosureItem),
        Body::Control(entry) => matches!(entry, ControlEntry::InstrumentRecorded(_)),
        Body::Withheld | Body::Unreadable(_) => true,
    }
}

impl Node {
    /// What this organisation's disclosure officers said, the last word on each item; what is no note, by its number.
    fn described<'a>(
        &self,
        state: &'a State,
        space: &'a Space,
    ) -> (Described<'a, EntryRef>, Described<'a, String>) {
        let (mut notes, mut things) = (BTreeMap::new(), BTreeMap::new());
        for one in said_of(state, space, |kind| kind == EntryKind::DisclosureItem) {
            let ContentBody::DisclosureItem(said) = &one.entry.body else {
                continue;
            };
            if *one.author != self.config.org {
                continue;
            }
            match said.item {
                Some(at) => {
                    notes.insert(at, (said, one.wall_ms));
                }
                None => {
                    things.insert(said.number.clone(), (said, one.wall_ms));
                }
            }
        }
        (notes, things)
    }

    /// Refuses a number that another item has.
    pub(crate) fn number_is_free(&self, state: &State, space: &Space, new: &DisclosureItem) -> Result<()> {
        let (notes, things) = self.described(state, space);
        let taken = notes
            .iter()
            .any(|(at, (said, _))| said.number == new.number && Some(*at) != new.item);
        let taken = taken || (new.item.is_some() && things.contains_key(&new.number));
        if taken {
            return Err(ServiceError::invalid(
                "number",
                "another item of the schedule has this number: choose the next one",
            ));
        }
        Ok(())
    }

    fn harmless(&self, state: &State, words: String) -> String {
        if self.named_in(state, &words).is_some() {
            NAMES_A_VICTIM.to_owned()
        } else {
            words
        }
    }

    fn schedule_line(
        &self,
        state: &State,
        space: &Space,
        (cleared, asides): (&BTreeSet<EntryRef>, &Asides),
        at: EntryRef,
    ) -> Option<ScheduleLine> {
        let (ledger, header, body) = state.entry(at)?;
        let (what, description, held) = match body {
            body if !is_item(body) => return None,
            Body::Content(entry) if cleared.contains(&at) => {
                (kind_words(entry.kind()), ABOUT_CLEARED.to_owned(), "held")
            }
            Body::Content(entry) => (kind_words(entry.kind()), entry.title.clone(), "held"),
            Body::Control(ControlEntry::InstrumentRecorded(said)) => (
                kind_words(EntryKind::InstrumentRecorded),
                format!("{} of {}", said.reference, said.authority),
                "held",
            ),
            Body::Control(_) => return None,
            Body::Withheld => ("not released to us".to_owned(), String::new(), "withheld"),
            Body::Unreadable(_) => (
                "a note that cannot be read".to_owned(),
                String::new(),
                "set aside",
            ),
        };
        // Use of what was recalled has stopped: its own words are not shown, and it stays an item.
        let recalled = space.control.is_recalled(at);
        let state_word = if recalled {
            "recalled"
        } else if held == "held" && asides.aside.contains(&at) {
            "set aside"
        } else {
            held
        };
        Some(ScheduleLine {
            number: None,
            item: Some(at),
            what,
            description: if recalled {
                String::new()
            } else {
                self.harmless(state, description)
            },
            org: ledger.org.clone(),
            home: match body {
                Body::Content(entry) => home_of(state, space, at, entry.by),
                _ => None,
            },
            at_ms: header.clock.wall_ms,
            material: None,
            sensitivity: None,
            harm: None,
            clause: None,
            state: state_word,
        })
    }

    fn said_of_item(&self, state: &State, line: &mut ScheduleLine, said: &DisclosureItem) {
        line.number = Some(said.number.clone());
        line.description = self.harmless(state, said.description.clone());
        line.material = Some(said.material);
        line.sensitivity = Some(said.sensitivity);
        line.harm = said.harm.clone().map(|harm| self.harmless(state, harm));
        line.clause = Some(said.clause.clone());
    }

    /// The schedule of a case.
    pub async fn schedule(&self, who: &SignedIn, case: SpaceId) -> Result<Schedule> {
        self.schedule_with(who, case, usize::MAX).await
    }

    /// The same with at most so many of the items that are to be scheduled; of the others it says how many there are.
    pub async fn schedule_with(&self, who: &SignedIn, case: SpaceId, most: usize) -> Result<Schedule> {
        let schedule = self.schedule_of(&*self.read().await?, who, case, most)?;
        let lines = schedule.scheduled.iter().chain(&schedule.to_be_scheduled);
        self.looked(who, Way::Read, lines.filter_map(|line| line.item))
            .await?;
        Ok(schedule)
    }

    fn schedule_of(&self, state: &State, who: &SignedIn, case: SpaceId, most: usize) -> Result<Schedule> {
        Act::Schedule.ask(who)?;
        let space = self.case_for(state, who, case)?;
        let opened = space.control.case().ok_or(ServiceError::NotFound("case"))?;
        let (notes, things) = self.described(state, space);
        let mut schedule = Schedule {
            operation: opened.case.operation.clone(),
            reference: opened.case.reference.clone(),
            org: self.config.org.clone(),
            at_ms: self.now_ms(),
            scheduled: Vec::new(),
            to_be_scheduled: Vec::new(),
            more: 0,
            may_schedule: self
                .writer(space, who, Act::Write, EntryKind::DisclosureItem)
                .is_ok(),
        };
        let cleared = crate::sight::cleared(state, space);
        let asides = all_set_aside(state, space);
        for at in &space.linear {
            let described = notes.get(at);
            if described.is_none() && schedule.to_be_scheduled.len() == most {
                schedule.more += usize::from(state.entry(*at).is_some_and(|(_, _, body)| is_item(body)));
                continue;
            }
            let Some(mut line) = self.schedule_line(state, space, (&cleared, &asides), *at) else {
                continue;
            };
            match described {
                Some((said, _)) => {
                    self.said_of_item(state, &mut line, said);
                    schedule.scheduled.push(line);
                }
                None => schedule.to_be_scheduled.push(line),
            }
        }
        for (said, at_ms) in things.values() {
            let mut line = ScheduleLine {
                number: None,
                item: None,
                what: "thing".into(),
                description: String::new(),
                org: self.config.org.clone(),
                home: None,
                at_ms: *at_ms,
                material: None,
                sensitivity: None,
                harm: None,
                clause: None,
                state: "held",
            };
            self.said_of_item(state, &mut line, said);
            schedule.scheduled.push(line);
        }
        schedule
            .scheduled
            .sort_by_key(|line| counted(line.number.as_deref().unwrap_or_default()));
        Ok(schedule)
    }

    /// The schedule as a document to be edited, signed and printed: its name and bytes. The sensitive items stand in a
    /// document of their own, which is not for the defence.
    pub async fn schedule_document(
        &self,
        who: &SignedIn,
        case: SpaceId,
        sensitive: bool,
    ) -> Result<(String, Vec<u8>)> {
        let schedule = self.schedule_of(&*self.read().await?, who, case, usize::MAX)?;
        let document = as_document(&schedule, sensitive);
        let bytes = write_docx(&document)
            .map_err(|error| ServiceError::Conflict(format!("no document can be made: {error}")))?;
        let what = if sensitive {
            "schedule.sensitive"
        } else {
            "schedule.taken"
        };
        self.note_access(who, what, &case.to_string()).await?;
        let scheduled = schedule.scheduled.iter().filter(|line| line.is_in(sensitive));
        let rest = schedule.to_be_scheduled.iter().filter(|_| !sensitive);
        let seen = scheduled.chain(rest).filter_map(|line| line.item);
        self.looked(who, Way::Exported, seen).await?;
        let name = if sensitive {
            "schedule-sensitive.docx"
        } else {
            "schedule.docx"
        };
        Ok((name.to_owned(), bytes))
    }
}

/// `2026-11-22 14:02 UTC`.
fn utc(ms: u64) -> String {
    accord_evidence::Utc::from_ms(i64::try_from(ms).unwrap_or(i64::MAX))
        .map(|at| at.to_string())
        .unwrap_or_default()
}

/// Whose word it is: of somebody seconded also whose person they are.
fn whose(line: &ScheduleLine) -> String {
    match &line.home {
        Some(home) => format!("{}, by a person of {home} seconded to it", line.org),
        None => line.org.to_string(),
    }
}

fn state_words(line: &ScheduleLine) -> String {
    if line.state == "held" {
        line.what.clone()
    } else {
        format!("{} ({})", line.what, line.state)
    }
}

/// The schedule as a document.
fn as_document(schedule: &Schedule, sensitive: bool) -> Document {
    let heads = |of: &[(&str, u32)]| {
        of.iter()
            .map(|(text, width)| ((*text).to_owned(), *width))
            .collect()
    };
    let is = |line: &&ScheduleLine, material: MaterialUse| {
        line.material == Some(material) && line.is_in(sensitive)
    };
    let table = |material: MaterialUse| {
        let rows = schedule
            .scheduled
            .iter()
            .filter(|line| is(line, material))
            .map(|line| {
                let mut cells = vec![
                    line.number.clone().unwrap_or_default(),
                    state_words(line),
                    line.description.clone(),
                    whose(line),
                    utc(line.at_ms),
                    line.clause.clone().unwrap_or_default(),
                ];
                if sensitive {
                    cells.push(line.harm.clone().unwrap_or_default());
                }
                cells
            });
        let mut columns = vec![
            ("Number", 1_000),
            ("What", 2_000),
            ("Description", if sensitive { 4_200 } else { 6_700 }),
            ("From", 1_600),
            ("Date and time", 1_900),
            ("Under", 1_300),
        ];
        if sensitive {
            columns.push(("Why it is sensitive", 2_500));
        }
        Block::Table {
            heads: heads(&columns),
            rows: rows.collect(),
        }
    };
    let title = if sensitive {
        "Schedule of sensitive material"
    } else {
        "Schedule of material that is not sensitive"
    };
    let mut blocks = vec![
        Block::Title(title.to_owned()),
        Block::Text(format!(
            "Operation {}, {}. Made by {} as of {}.",
            schedule.operation.trim_start_matches("Operation "),
            schedule.reference,
            schedule.org,
            utc(schedule.at_ms)
        )),
    ];
    if sensitive {
        blocks.push(Block::Text(
            "For the prosecutor. Not to be shown to the defence without a decision.".to_owned(),
        ));
    }
    blocks.push(Block::Heading("Unused material".to_owned()));
    blocks.push(table(MaterialUse::Unused));
    blocks.push(Block::Heading("Used material".to_owned()));
    blocks.push(table(MaterialUse::Used));
    if !sensitive {
        let count = schedule.to_be_scheduled.len();
        blocks.push(Block::Heading("To be scheduled".to_owned()));
        // What has not been looked at may be sensitive: only that it is there.
        let rows = schedule.to_be_scheduled.iter().map(|line| {
            vec![
                line.item.map(|at| at.to_string()).unwrap_or_default(),
                state_words(line),
                line.org.to_string(),
                utc(line.at_ms),
            ]
        });
        blocks.push(Block::Text(format!(
            "{count} items have not been described yet. They stand here by kind and time alone."
        )));
        blocks.push(Block::Table {
            heads: heads(&[
                ("Note", 6_000),
                ("What", 4_000),
                ("From", 2_000),
                ("Date and time", 2_500),
            ]),
            rows: rows.collect(),
        });
    }
    blocks.push(Block::Signature("Disclosure officer, date".to_owned()));
    Document {
        foot: format!("{} {}", schedule.reference, title.to_lowercase()),
        landscape: true,
        blocks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_the_order_people_count() {
        let mut numbers = vec!["10", "2", "A-3", "x", "1"];
        numbers.sort_by_key(|number| counted(number));
        assert_eq!(numbers, ["1", "2", "A-3", "10", "x"]);
    }
}
