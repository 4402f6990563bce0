//! What is kept of a hunt in one's own logs.

use std::collections::{BTreeMap, BTreeSet};

use accord_model::{PersonId, SpaceId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{OWN_FOUND_MAX, OWN_GAPS_MAX};
use crate::error::{Result, ServiceError};
use crate::hunts::FoundLine;
use crate::node::Node;
use crate::objects::Object;

pub(crate) const OWN_HUNTS: &str = "own-hunts";
/// Values that the access log names of a hunt.
const VALUES_NAMED: usize = 50;

/// What somebody says of a line that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// It matters.
    pub star: bool,
    /// Words to find it by.
    pub tags: BTreeSet<String>,
    /// What is to be said of it.
    pub comment: String,
    /// Who said so last.
    pub by: PersonId,
    /// When, ms UTC.
    pub at_ms: u64,
}

/// When somebody, or the node by itself, looked last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ran {
    /// When it ended, ms UTC.
    pub at_ms: u64,
    /// With whose right.
    pub by: PersonId,
    /// Whether the node looked by itself, because logs had come in.
    pub by_itself: bool,
}

/// A hunt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnHunt {
    pub id: String,
    pub by: PersonId,
    pub since_ms: u64,
    pub name: String,
    pub reason: String,
    /// What is looked for, canonical; empty: the rules, or where there are none the indicators of the case that stand.
    pub values: Vec<String>,
    /// Sigma rules that are looked for instead of values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
    /// On how many records each rule was evaluated, by its title.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub evaluated: BTreeMap<String, u64>,
    pub case: Option<SpaceId>,
    /// Empty: all.
    pub sources: BTreeSet<String>,
    pub from_ms: Option<i64>,
    pub to_ms: Option<i64>,
    /// With whose right it looks by itself as logs come in.
    pub standing: Option<PersonId>,
    /// Why it stands still though it should look by itself.
    pub still: Option<String>,
    /// The last stored file of each source that was looked in.
    pub through: BTreeMap<String, u64>,
    /// What was looked for in these: digests, so that what is recalled does not stay here.
    pub known: BTreeSet<String>,
    /// How many lines are kept.
    pub found: usize,
    /// Lines beyond those kept, at least.
    pub over_max: u64,
    /// Lines of those found whose time is not told.
    pub time_unknown: u64,
    pub gaps: Vec<String>,
    pub gaps_left_out: u64,
    pub ran: Option<Ran>,
    /// How many lines there were when somebody last looked at them.
    pub looked: usize,
    /// By the number of the line, from 0.
    pub marks: BTreeMap<usize, Mark>,
}

impl OwnHunt {
    /// The case whose indicators are looked for, each time those that stand.
    pub fn indicators_of(&self) -> Option<SpaceId> {
        self.case
            .filter(|_| self.values.is_empty() && self.rules.is_none())
    }

    /// What is looked for, and where, for the access log: the hunt itself may be ended.
    pub fn words(&self) -> String {
        let what = match (&self.rules, self.case) {
            (Some(rules), _) => format!(
                "Sigma rules, SHA-256 {}",
                hex::encode(Sha256::digest(rules.as_bytes()))
            ),
            (None, Some(case)) if self.values.is_empty() => format!("the indicators of case {case}"),
            (None, _) => {
                let named: Vec<&str> = self
                    .values
                    .iter()
                    .take(VALUES_NAMED)
                    .map(String::as_str)
                    .collect();
                let more = self.values.len().saturating_sub(named.len());
                let all = Sha256::digest(self.values.join("\n").as_bytes());
                match more {
                    0 => named.join(", "),
                    more => format!(
                        "{} and {more} more, SHA-256 of all {}",
                        named.join(", "),
                        hex::encode(all)
                    ),
                }
            }
        };
        let sources: Vec<&str> = self.sources.iter().map(String::as_str).collect();
        match sources.as_slice() {
            [] => format!("looks for {what} in every source"),
            some => format!("looks for {what} in {}", some.join(", ")),
        }
    }

    /// By what a value that was looked for is known again.
    pub fn digest(&self, value: &str) -> String {
        let mut digest = Sha256::new();
        digest.update(self.id.as_bytes());
        digest.update(value.as_bytes());
        let bytes: [u8; 32] = digest.finalize().into();
        hex::encode(bytes.get(..16).unwrap_or_default())
    }

    /// Keeps that something could not be searched.
    pub fn gap(&mut self, words: String) {
        if self.gaps.contains(&words) {
            return;
        }
        if self.gaps.len() < OWN_GAPS_MAX {
            self.gaps.push(words);
        } else {
            self.gaps_left_out += 1;
        }
    }

    /// Where its lines are.
    pub fn lines_object(&self) -> Object {
        Object::HuntLines(self.id.clone())
    }
}

/// Adds lines to those known: one that is there already gets what else hit in it. How many were left out at the limit.
pub(super) fn merge(known: &mut Vec<FoundLine>, new: Vec<FoundLine>) -> u64 {
    let mut places: BTreeMap<(String, u64), usize> = known
        .iter()
        .enumerate()
        .map(|(number, line)| ((line.segment.clone(), line.offset), number))
        .collect();
    let mut left_out = 0;
    for line in new {
        let place = (line.segment.clone(), line.offset);
        let there = places.get(&place).and_then(|number| known.get_mut(*number));
        if let Some(there) = there {
            for hit in line.hits {
                if !there.hits.contains(&hit) {
                    there.hits.push(hit);
                }
            }
        } else if known.len() < OWN_FOUND_MAX {
            places.insert(place, known.len());
            known.push(line);
        } else {
            left_out += 1;
        }
    }
    left_out
}

/// What is wrong with the lines that are kept of a hunt.
pub(crate) fn lines_problems(hunt: &OwnHunt, name: &str, bytes: &[u8]) -> Vec<String> {
    match serde_json::from_slice::<Vec<FoundLine>>(bytes) {
        Ok(lines) if lines.len() == hunt.found => Vec::new(),
        Ok(lines) => vec![format!(
            "{name}: it has {} lines, its hunt counts {}",
            lines.len(),
            hunt.found
        )],
        Err(error) => vec![format!("{name}: {error}")],
    }
}

impl Node {
    /// The lines that a hunt found, in the order in which they were found.
    pub(super) async fn lines_of(&self, hunt: &OwnHunt) -> Result<Vec<FoundLine>> {
        if hunt.found == 0 {
            return Ok(Vec::new());
        }
        let broken = || ServiceError::Unexplained(format!("the lines of hunt {}", hunt.id));
        let bytes = self.store.object(&hunt.lines_object().name()).await?;
        serde_json::from_slice(&bytes.ok_or_else(broken)?).map_err(|_| broken())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(segment: &str, offset: u64, indicator: &str) -> FoundLine {
        FoundLine {
            segment: segment.to_owned(),
            source: "dns".to_owned(),
            line: 1,
            offset,
            length: 2,
            sha256: "00".repeat(32),
            time_ms: None,
            customer: None,
            hits: vec![(
                indicator.to_owned(),
                "domain".to_owned(),
                indicator.to_owned(),
                "exact".to_owned(),
            )],
        }
    }

    #[test]
    fn a_line_that_is_known_gets_what_else_hit_in_it_and_keeps_its_number() {
        let mut known = vec![
            line("dns/000001", 0, "a.example"),
            line("dns/000001", 9, "a.example"),
        ];
        let left_out = merge(
            &mut known,
            vec![
                line("dns/000001", 9, "b.example"),
                line("dns/000001", 9, "a.example"),
                line("dns/000002", 0, "b.example"),
            ],
        );
        assert_eq!(left_out, 0);
        let told: Vec<(u64, usize)> = known.iter().map(|line| (line.offset, line.hits.len())).collect();
        assert_eq!(told, [(0, 1), (9, 2), (0, 1)]);
    }

    #[test]
    fn so_many_lines_are_kept_and_one_past_it_is_counted() {
        let mut known = Vec::new();
        let new = (0..=OWN_FOUND_MAX as u64).map(|offset| line("dns/000001", offset, "a.example"));
        assert_eq!(merge(&mut known, new.collect()), 1);
        assert_eq!(known.len(), OWN_FOUND_MAX);
    }
}
