//! Of which times the destroyed segments of the asked sources were.

use super::limits::SILENT_MS;
use super::passes::Asked;
use super::question::{Question, Questions};
use crate::store::LogStore;

/// Of which times they were, by the true clock.
#[derive(Debug, Default)]
pub(super) struct GoneTimes {
    /// Those of which no time can be told.
    untimed: u64,
    /// First and last instants of the others, each in order.
    firsts: Vec<i64>,
    lasts: Vec<i64>,
}

impl GoneTimes {
    /// Those of the sources that are asked; where none was named, also those of sources of which nothing is left.
    pub(super) fn of(store: &LogStore, questions: &Questions, asked: &[Asked]) -> Self {
        let state = store.state();
        let is_asked = |source: &str| match &questions.sources {
            Some(named) => named.iter().any(|name| name == source),
            None => {
                asked.iter().any(|asked| asked.name == source)
                    || !state.segments.keys().any(|id| id.source() == source)
            }
        };
        let mut times = Self::default();
        for source in state.sources.keys().filter(|source| is_asked(source)) {
            for (_, gone) in state.keeping.gone_of(source) {
                match gone.time() {
                    Some(time) => {
                        times.firsts.push(time.first_ms);
                        times.lasts.push(time.last_ms);
                    }
                    None => times.untimed += 1,
                }
            }
        }
        times.firsts.sort_unstable();
        times.lasts.sort_unstable();
        times
    }

    /// How many may have held lines around what is asked.
    pub(super) fn around(&self, question: &Question) -> u64 {
        let about = i64::try_from(question.uncertainty_ms)
            .unwrap_or(i64::MAX)
            .saturating_add(SILENT_MS);
        let (from, to) = (
            question.at_ms.saturating_sub(about),
            question.at_ms.saturating_add(about),
        );
        let begun = self.firsts.partition_point(|first| *first <= to);
        let over = self.lasts.partition_point(|last| *last < from);
        self.untimed + begun.saturating_sub(over) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_around_an_instant() {
        let hour = SILENT_MS;
        let gone = GoneTimes {
            untimed: 1,
            firsts: vec![0, 10 * hour, 20 * hour],
            lasts: vec![5 * hour, 15 * hour, 25 * hour],
        };
        let around =
            |at_ms, uncertainty_ms| gone.around(&Question::of([192, 0, 2, 1].into(), at_ms, uncertainty_ms));
        for (what, at_ms, uncertainty_ms, count) in [
            ("within one", 2 * hour, 0, 2),
            ("an hour before it", 9 * hour, 0, 2),
            ("more than an hour before", 9 * hour - 1, 0, 1),
            ("an hour after one", 6 * hour, 0, 2),
            ("more than an hour after", 6 * hour + 1, 0, 1),
            (
                "between two, and not sure when",
                7 * hour + 30 * 60_000,
                2 * hour as u64,
                3,
            ),
            ("the ends of the numbers", i64::MAX, u64::MAX, 4),
        ] {
            assert_eq!(around(at_ms, uncertainty_ms), count, "{what}");
        }
    }
}
