//! Where the chain of records stands: what is kept how long, what is held, what is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Gone;
use super::hold::{Hold, HoldSubject, is_hold_id};
use super::record::{KeepingAct, KeepingRecord, NOTHING_BEFORE};
use crate::digest::Hex;
use crate::events::Pairs;
use crate::limits::{MAX_HOLDS, MAX_RETENTION_DAYS};
use crate::manifest::{Segment, SegmentId};
use crate::source::is_name;

/// How long the segments of a source are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// Days from the import; absent: until somebody says otherwise.
    pub days: Option<u32>,
    /// The record that says so.
    pub record: u64,
    /// When it was decided, milliseconds since the epoch, UTC.
    pub at_ms: i64,
    /// Who decided it.
    pub who: String,
    /// Why.
    pub why: String,
}

/// What the records say together.
#[derive(Debug)]
pub(crate) struct Keeping {
    /// How many records there are, and the digest of the last.
    pub(super) count: u64,
    pub(super) head: Hex<32>,
    /// The first record of each file.
    pub(super) files: Vec<u64>,
    /// The last file, as it is on the disk.
    pub(super) text: Vec<u8>,
    retention: BTreeMap<String, Retention>,
    holds: BTreeMap<String, Hold>,
    lifted: BTreeSet<String>,
    gone: BTreeMap<SegmentId, Gone>,
}

impl Default for Keeping {
    fn default() -> Self {
        Self {
            count: 0,
            head: NOTHING_BEFORE,
            files: Vec::new(),
            text: Vec::new(),
            retention: BTreeMap::new(),
            holds: BTreeMap::new(),
            lifted: BTreeSet::new(),
            gone: BTreeMap::new(),
        }
    }
}

impl Keeping {
    pub(crate) fn gone(&self, id: &SegmentId) -> Option<&Gone> {
        self.gone.get(id)
    }

    /// What was destroyed, in the order of the names.
    pub(crate) fn all_gone(&self) -> impl Iterator<Item = (&SegmentId, &Gone)> {
        self.gone.iter()
    }

    /// What was destroyed of a source, in the order of the numbers.
    pub(crate) fn gone_of<'k>(&'k self, source: &'k str) -> impl Iterator<Item = (&'k SegmentId, &'k Gone)> {
        let first = SegmentId::new(source, 1);
        let from = first.into_iter().flat_map(|first| self.gone.range(first..));
        from.take_while(move |(id, _)| id.source() == source)
    }

    pub(super) fn retention(&self, source: &str) -> Option<&Retention> {
        self.retention.get(source)
    }

    pub(super) fn holds(&self) -> impl Iterator<Item = &Hold> {
        self.holds.values()
    }

    pub(super) fn hold(&self, id: &str) -> Option<&Hold> {
        self.holds.get(id)
    }

    /// The holds that cover a segment itself.
    fn holding_alone(&self, segment: &Segment) -> Vec<String> {
        self.holding_subject(&HoldSubject::of(segment))
    }

    /// The holds that keep a segment: those that cover it, or the other of an event log and its rendering. Neither tells a
    /// court anything without the other.
    pub(super) fn holding(&self, segment: &Segment, pairs: &Pairs<'_>) -> Vec<String> {
        let mut holds = self.holding_alone(segment);
        if let Some(other) = pairs.other(segment) {
            holds.extend(self.holding_alone(other));
            holds.sort();
            holds.dedup();
        }
        holds
    }

    fn holding_subject(&self, subject: &HoldSubject<'_>) -> Vec<String> {
        let covering = self.holds.values().filter(|hold| hold.cover.covers(subject));
        covering.map(|hold| hold.hold.clone()).collect()
    }

    /// Whether this can be what the next record says; why not, in words.
    pub(super) fn check(&self, act: &KeepingAct) -> std::result::Result<(), String> {
        match act {
            KeepingAct::Retention { source, days } => {
                if !is_name(source) {
                    return Err("the source is no name of a source".to_owned());
                }
                match days {
                    Some(days) if !(1..=MAX_RETENTION_DAYS).contains(days) => Err(format!(
                        "{days} days cannot be kept: 1 to {MAX_RETENTION_DAYS} are taken, or none for no end"
                    )),
                    _ => Ok(()),
                }
            }
            KeepingAct::Hold { hold, cover } => {
                if !is_hold_id(hold) {
                    return Err(
                        "an identifier is 1 to 128 visible characters of ASCII, without spaces".to_owned(),
                    );
                }
                if self.holds.contains_key(hold) || self.lifted.contains(hold) {
                    return Err("the identifier was used before: give each hold its own".to_owned());
                }
                if self.holds.len() >= MAX_HOLDS {
                    return Err(format!(
                        "{MAX_HOLDS} holds stand, the most there can be: lift those that are over"
                    ));
                }
                cover.check()
            }
            KeepingAct::Lift { hold } if !self.holds.contains_key(hold) => {
                Err("no hold of that identifier stands".to_owned())
            }
            KeepingAct::Lift { .. } => Ok(()),
            KeepingAct::Destroyed(destroyed) => {
                if self.gone.contains_key(&destroyed.segment) {
                    return Err(format!("segment `{}` was destroyed before", destroyed.segment));
                }
                match self.holding_subject(&destroyed.subject()).as_slice() {
                    [] => Ok(()),
                    holds => Err(format!(
                        "segment `{}` is held by {}",
                        destroyed.segment,
                        holds.join(", ")
                    )),
                }
            }
        }
    }

    /// Takes in a record that was checked.
    pub(super) fn apply(&mut self, record: KeepingRecord, digest: Hex<32>) {
        let KeepingRecord {
            number,
            at_ms,
            who,
            why,
            act,
            ..
        } = record;
        self.count = number;
        self.head = digest;
        match act {
            KeepingAct::Retention { source, days } => {
                let retention = Retention {
                    days,
                    record: number,
                    at_ms,
                    who,
                    why,
                };
                self.retention.insert(source, retention);
            }
            KeepingAct::Hold { hold, cover } => {
                let placed = Hold {
                    hold: hold.clone(),
                    cover,
                    record: number,
                    at_ms,
                    who,
                    why,
                };
                self.holds.insert(hold, placed);
            }
            KeepingAct::Lift { hold } => {
                self.holds.remove(&hold);
                self.lifted.insert(hold);
            }
            KeepingAct::Destroyed(destroyed) => {
                let known = self.gone.last_key_value().map(|(_, gone)| gone.who());
                let who = match known.filter(|known| known.as_ref() == who) {
                    Some(known) => Arc::clone(known),
                    None => who.into(),
                };
                let gone = Gone::new(number, at_ms, who, &destroyed);
                self.gone.insert(destroyed.segment, gone);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keeping::{HoldCover, SourceCover};

    #[test]
    fn as_many_holds_as_can_stand_and_one_more() {
        let mut keeping = Keeping::default();
        let place = |hold: String| KeepingAct::Hold {
            hold,
            cover: HoldCover::Source(SourceCover {
                source: "isp".to_owned(),
                span: None,
            }),
        };
        for number in 1..=MAX_HOLDS as u64 {
            let act = place(format!("h{number}"));
            keeping.check(&act).unwrap();
            let record = KeepingRecord {
                format: String::new(),
                version: 1,
                number,
                before: keeping.head,
                at_ms: 0,
                who: String::new(),
                why: String::new(),
                program: String::new(),
                act,
            };
            keeping.apply(record, NOTHING_BEFORE);
        }
        let why = keeping.check(&place("one-more".to_owned())).unwrap_err();
        assert!(why.contains("10000 holds stand"), "{why}");
        keeping.apply(
            KeepingRecord {
                format: String::new(),
                version: 1,
                number: 0,
                before: keeping.head,
                at_ms: 0,
                who: String::new(),
                why: String::new(),
                program: String::new(),
                act: KeepingAct::Lift {
                    hold: "h7".to_owned(),
                },
            },
            NOTHING_BEFORE,
        );
        assert!(keeping.check(&place("one-more".to_owned())).is_ok());
    }
}
