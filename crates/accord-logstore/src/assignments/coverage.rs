//! When a source wrote lines: what it covers, and where it is silent.
//!
//! Told by the first and the last line of each block of some 512 KiB, and by every line of the blocks that hold an instant
//! that is asked about. So a source that wrote is never called silent at that instant, where its lines are in order.

use accord_formats::logs::TimeSpan;
use memchr::memchr;

use super::answer::Covers;
use super::limits::{MAX_STRETCHES, SILENT_MS};
use super::read::Reading;

/// How many lines are tried, from either end of a block, for one that tells its time.
const TRIED_LINES: usize = 64;

/// What one source covers.
#[derive(Debug)]
pub(super) struct Survey {
    /// The instants asked about, in order, each once.
    instants: Vec<i64>,
    /// The nearest line at or before, and after, each of them; found by the neighbours, joined at the end.
    before: Vec<Option<i64>>,
    after: Vec<Option<i64>>,
    stretches: Vec<TimeSpan>,
}

impl Survey {
    /// Around these instants, which are in order.
    pub(super) fn around(instants: &[i64]) -> Self {
        Self {
            instants: instants.to_vec(),
            before: vec![None; instants.len()],
            after: vec![None; instants.len()],
            stretches: Vec::new(),
        }
    }

    /// Takes whole lines.
    pub(super) fn block(&mut self, block: &[u8], reading: &mut Reading) {
        let first = lines(block).take(TRIED_LINES).find_map(|line| reading.time(line));
        let last = lines_back(block)
            .take(TRIED_LINES)
            .find_map(|line| reading.time(line));
        let Some(span) = first
            .map(|first| last.map_or(first, |last| first.union(last)))
            .or(last)
        else {
            return;
        };
        let from = self.instants.partition_point(|instant| *instant < span.first_ms);
        let asked = self
            .instants
            .get(from)
            .is_some_and(|instant| *instant <= span.last_ms);
        let mut whole = span;
        self.line(span);
        if asked {
            for line in lines(block) {
                if let Some(at) = reading.time(line) {
                    whole = whole.union(at);
                    self.line(at);
                }
            }
        }
        self.stretch(whole);
    }

    fn line(&mut self, at: TimeSpan) {
        for ms in [at.first_ms, at.last_ms] {
            let next = self.instants.partition_point(|instant| *instant < ms);
            if let Some(before) = self.before.get_mut(next) {
                *before = Some(before.map_or(ms, |known| known.max(ms)));
            }
            // One at the instant itself is both.
            let until = self.instants.partition_point(|instant| *instant <= ms);
            if let Some(after) = until.checked_sub(1).and_then(|until| self.after.get_mut(until)) {
                *after = Some(after.map_or(ms, |known| known.min(ms)));
            }
        }
    }

    fn stretch(&mut self, span: TimeSpan) {
        // Blocks come in order mostly: most grow the last one.
        if let Some(last) = self.stretches.last_mut()
            && near(*last, span)
        {
            *last = last.union(span);
            return;
        }
        self.stretches.push(span);
        if self.stretches.len() >= 4096 {
            self.join();
        }
    }

    fn join(&mut self) {
        self.stretches.sort_by_key(|span| (span.first_ms, span.last_ms));
        let mut joined: Vec<TimeSpan> = Vec::new();
        for span in self.stretches.drain(..) {
            match joined.last_mut() {
                Some(last) if near(*last, span) => *last = last.union(span),
                _ => joined.push(span),
            }
        }
        self.stretches = joined;
    }

    /// After the last block.
    pub(super) fn finish(&mut self) {
        self.join();
        let mut known = None;
        for before in &mut self.before {
            known = known.max(*before);
            *before = known;
        }
        let mut known: Option<i64> = None;
        for after in self.after.iter_mut().rev() {
            known = match (known, *after) {
                (Some(known), Some(after)) => Some(known.min(after)),
                (known, after) => known.or(after),
            };
            *after = known;
        }
    }

    /// What is covered around one of the instants.
    pub(super) fn at(&self, instant: i64) -> Covers {
        let Ok(at) = self.instants.binary_search(&instant) else {
            return Covers::NoTimes;
        };
        let before = self.before.get(at).copied().flatten();
        let after = self.after.get(at).copied().flatten();
        match (before, after) {
            (Some(before_ms), Some(after_ms)) if after_ms.saturating_sub(before_ms) > SILENT_MS => {
                Covers::Silent { before_ms, after_ms }
            }
            (Some(before_ms), Some(after_ms)) => Covers::Yes { before_ms, after_ms },
            (None, Some(first_ms)) => Covers::BeginsLater { first_ms },
            (Some(last_ms), None) => Covers::EndedBefore { last_ms },
            (None, None) => Covers::NoTimes,
        }
    }

    /// The stretches nearest to an instant, in order.
    pub(super) fn stretches(&self, instant: i64) -> Vec<TimeSpan> {
        let far = |span: &TimeSpan| {
            span.first_ms
                .saturating_sub(instant)
                .max(instant.saturating_sub(span.last_ms))
                .max(0)
        };
        let mut nearest = self.stretches.clone();
        nearest.sort_by_key(far);
        nearest.truncate(MAX_STRETCHES);
        nearest.sort_by_key(|span| span.first_ms);
        nearest
    }
}

fn near(one: TimeSpan, other: TimeSpan) -> bool {
    other.first_ms <= one.last_ms.saturating_add(SILENT_MS)
        && one.first_ms <= other.last_ms.saturating_add(SILENT_MS)
}

fn lines(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = block;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at_checked(end)?;
        rest = after;
        Some(line)
    })
}

fn lines_back(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    block
        .rsplit(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_reach_over_instants_without_lines() {
        let at = |ms| TimeSpan {
            first_ms: ms,
            last_ms: ms,
        };
        let hour = SILENT_MS;
        let instants = [0, 10, 20, 30, 5 * hour];
        let mut survey = Survey::around(&instants);
        for ms in [10, 25, 4 * hour] {
            survey.line(at(ms));
            survey.stretch(at(ms));
        }
        survey.finish();
        assert_eq!(survey.at(0), Covers::BeginsLater { first_ms: 10 });
        assert_eq!(
            survey.at(10),
            Covers::Yes {
                before_ms: 10,
                after_ms: 10
            }
        );
        assert_eq!(
            survey.at(20),
            Covers::Yes {
                before_ms: 10,
                after_ms: 25
            }
        );
        assert_eq!(
            survey.at(30),
            Covers::Silent {
                before_ms: 25,
                after_ms: 4 * hour
            }
        );
        assert_eq!(survey.at(5 * hour), Covers::EndedBefore { last_ms: 4 * hour });
        assert_eq!(survey.at(7), Covers::NoTimes);
        assert_eq!(survey.stretches(20).len(), 2);
    }

    #[test]
    fn at_most_so_many_stretches_the_nearest() {
        let mut survey = Survey::around(&[]);
        for number in 0..20 {
            let ms = number * 3 * SILENT_MS;
            survey.stretch(TimeSpan {
                first_ms: ms,
                last_ms: ms + 1,
            });
        }
        survey.finish();
        let near = survey.stretches(30 * SILENT_MS);
        assert_eq!(near.len(), MAX_STRETCHES);
        assert_eq!(near.first().map(|span| span.first_ms), Some(24 * SILENT_MS));
    }
}
