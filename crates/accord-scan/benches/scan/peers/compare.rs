//! Answers beside ours, as sets of lines: how many are only in one, and why.

use std::collections::{BTreeSet, HashSet};

use accord_corpus::IndicatorList;

use super::{Material, Question};
use crate::Outcome;

/// The column `query` of a Zeek `dns.log` as generated, and that of `uid`.
const QUERY: usize = 7;
const UID: usize = 1;

/// Our answer, and what is needed to tell why another differs.
pub(super) struct Ours<'a> {
    lines: BTreeSet<&'a [u8]>,
    uids: BTreeSet<&'a [u8]>,
    values: HashSet<&'a [u8]>,
}

impl<'a> Ours<'a> {
    /// From the records: of each, offset and length of its line, and the name where it is exactly one of the list.
    pub(super) fn read(
        answer: &'a [u8],
        material: &'a Material,
        list: &'a IndicatorList,
    ) -> Outcome<Ours<'a>> {
        let mut ours = Ours {
            lines: BTreeSet::new(),
            uids: BTreeSet::new(),
            values: list.indicators.iter().map(|one| one.text.as_bytes()).collect(),
        };
        for record in std::str::from_utf8(answer)?.lines() {
            let mut fields = record.splitn(3, '\t');
            let (Some(offset), Some(length), Some(name)) = (fields.next(), fields.next(), fields.next())
            else {
                return Err(format!("no record: {record}").into());
            };
            let start: usize = offset.parse()?;
            let end = start + length.parse::<usize>()?;
            let line = material.bytes.get(start..end).ok_or("a line beyond the log")?;
            ours.lines.insert(line);
            if !name.is_empty() && column(line, QUERY) == name.as_bytes() {
                ours.uids.insert(column(line, UID));
            }
        }
        Ok(ours)
    }

    fn of(&self, question: Question) -> &BTreeSet<&'a [u8]> {
        match question {
            Question::AnyText => &self.lines,
            Question::Column => &self.uids,
        }
    }

    pub(super) fn count(&self, question: Question) -> usize {
        self.of(question).len()
    }

    /// How many lines another program's answer has, and in what it differs.
    pub(super) fn beside(&self, question: Question, answer: &[u8]) -> (usize, String) {
        let theirs: BTreeSet<&[u8]> = answer
            .split(|&byte| byte == b'\n')
            .filter(|line| !line.is_empty())
            .collect();
        let ours = self.of(question);
        let missed = ours.difference(&theirs).count();
        let more: Vec<&[u8]> = theirs.difference(ours).copied().collect();
        let mut told = Vec::new();
        if missed > 0 {
            told.push(format!("{missed} of ours missed"));
        }
        let whole = more
            .iter()
            .filter(|line| question == Question::Column || self.has_value(line))
            .count();
        if more.len() > whole {
            told.push(format!(
                "{} more, the text inside longer values",
                more.len() - whole
            ));
        }
        if whole > 0 {
            told.push(format!("{whole} MORE THAT WE MISSED"));
        }
        if told.is_empty() {
            told.push("the same".to_owned());
        }
        (theirs.len(), told.join(", "))
    }

    /// Whether a line holds an indicator as a whole value, or a name below one: told by looking up every word and what
    /// stands after each of its dots, which is how nobody would scan.
    fn has_value(&self, line: &[u8]) -> bool {
        let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        line.split(|byte| !in_word(byte)).any(|word| {
            let is_address = word.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
            let mut rest = Some(word);
            while let Some(name) = rest {
                if self.values.contains(name) {
                    return true;
                }
                let dot = name.iter().position(|&byte| byte == b'.').filter(|_| !is_address);
                rest = dot.and_then(|dot| name.get(dot + 1..));
            }
            false
        })
    }
}

fn column(line: &[u8], number: usize) -> &[u8] {
    line.split(|&byte| byte == b'\t').nth(number).unwrap_or_default()
}
