//! The hits that correlations look at: a time, a place, and the values that they ask for.
//!
//! Values are kept once each and named by number. Hits without a time, and those past a limit, are counted: a correlation
//! says nothing about them.

use std::collections::HashMap;

use crate::limits::{MAX_CORRELATION_EVENTS, MAX_CORRELATION_TEXT_BYTES};

/// Where a hit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Place {
    /// The segment's place in the list of those searched.
    pub(crate) segment: u32,
    /// The line's number.
    pub(crate) line: u64,
    /// Its first byte in the log.
    pub(crate) offset: u64,
    /// Its length.
    pub(crate) length: u64,
    /// The record in the line, from 0.
    pub(crate) record: u32,
}

/// What an event is: a hit, or a burst of a correlation below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    Hit(Place),
    Burst(usize),
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) time_ms: i64,
    pub(super) rule: usize,
    pub(super) cause: Cause,
    /// The values of the fields that correlations ask of the rule, in their order; nothing where it has none.
    pub(super) values: Vec<Option<u32>>,
}

/// The events gathered, and the texts of their values.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// What is asked of each rule, by its number.
    asked: Vec<Vec<String>>,
    pub(super) events: Vec<Event>,
    texts: Vec<String>,
    numbers: HashMap<String, u32>,
    text_bytes: usize,
    limits: (usize, usize),
    /// Hits whose time is not known.
    pub(crate) without_time: u64,
    /// Hits that were not kept at a limit.
    pub(crate) not_kept: u64,
}

impl Gathered {
    /// For these fields of each rule, by its number; nothing is kept of rules that nothing asks of.
    pub(crate) fn new(asked: Vec<Vec<String>>) -> Self {
        Self {
            asked,
            limits: (MAX_CORRELATION_EVENTS, MAX_CORRELATION_TEXT_BYTES),
            ..Self::default()
        }
    }

    #[cfg(test)]
    pub(super) fn with_limits(asked: Vec<Vec<String>>, events: usize, text_bytes: usize) -> Self {
        Self {
            limits: (events, text_bytes),
            ..Self::new(asked)
        }
    }

    /// What is asked of a rule's hits.
    pub(crate) fn asked(&self, rule: usize) -> &[String] {
        self.asked.get(rule).map(Vec::as_slice).unwrap_or_default()
    }

    /// Takes a hit, with the values of what is asked of its rule.
    pub(crate) fn hit(&mut self, rule: usize, time_ms: Option<i64>, place: Place, values: &[Option<String>]) {
        let Some(time_ms) = time_ms else {
            self.without_time += 1;
            return;
        };
        let new: usize = values
            .iter()
            .flatten()
            .filter(|text| !self.numbers.contains_key(*text))
            .map(String::len)
            .sum();
        if self.events.len() >= self.limits.0 || self.text_bytes + new > self.limits.1 {
            self.not_kept += 1;
            return;
        }
        let values = values
            .iter()
            .map(|value| value.as_deref().map(|text| self.number(text)))
            .collect();
        self.events.push(Event {
            time_ms,
            rule,
            cause: Cause::Hit(place),
            values,
        });
    }

    /// The number of a text.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.text_bytes += text.len();
        self.texts.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }

    /// The text of a number.
    pub(super) fn text(&self, number: u32) -> &str {
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        self.texts.get(at).map(String::as_str).unwrap_or_default()
    }

    /// Where, in the values of a rule's events, a field stands.
    pub(super) fn field(&self, rule: usize, field: &str) -> Option<usize> {
        self.asked(rule).iter().position(|asked| asked == field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_past_every_limit() {
        let mut gathered = Gathered::with_limits(vec![vec!["a".to_owned()]], 3, 8);
        let hit = |gathered: &mut Gathered, time, text: Option<&str>| {
            gathered.hit(0, time, Place::default(), &[text.map(str::to_owned)]);
            (gathered.events.len(), gathered.without_time, gathered.not_kept)
        };
        assert_eq!(hit(&mut gathered, Some(1), Some("12345678")), (1, 0, 0));
        assert_eq!(hit(&mut gathered, None, Some("12345678")), (1, 1, 0));
        // A text that is there costs nothing more.
        assert_eq!(hit(&mut gathered, Some(1), Some("12345678")), (2, 1, 0));
        assert_eq!(hit(&mut gathered, Some(1), Some("9")), (2, 1, 1));
        assert_eq!(hit(&mut gathered, Some(1), None), (3, 1, 1));
        assert_eq!(hit(&mut gathered, Some(1), None), (3, 1, 2));
    }
}
