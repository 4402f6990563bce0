//! Decisions of people: how long the segments of a source are kept, and what is held.

use super::hold::{Hold, HoldCover};
use super::record::{FORMAT, KeepingAct, KeepingRecord, VERSION};
use super::state::Retention;
use crate::digest::Hex;
use crate::error::{Error, Result};
use crate::limits::{MAX_KEEPING_ANSWER, MAX_TEXT_BYTES};
use crate::manifest::SegmentId;
use crate::store::LogStore;

/// Who decides something, when and why. Recorded as it is.
#[derive(Debug, Clone, Copy)]
pub struct Decided<'a> {
    /// Who: a person, or the job that acts for a person's earlier decision.
    pub who: &'a str,
    /// Why: the law, the order, the case.
    pub why: &'a str,
    /// When, milliseconds since the epoch, UTC, by the node's clock.
    pub at_ms: i64,
    /// With which program, and its version.
    pub program: &'a str,
}

impl Decided<'_> {
    pub(super) fn check(&self) -> Result<()> {
        for (what, text) in [
            ("who", self.who),
            ("why", self.why),
            ("the program", self.program),
        ] {
            if text.trim().is_empty() {
                return Err(Error::Keeping(format!(
                    "{what} is not said: a decision names who, why and the program"
                )));
            }
            if text.len() > MAX_TEXT_BYTES {
                return Err(Error::TooLarge {
                    what: format!("{what} ({} bytes)", text.len()),
                    limit: MAX_TEXT_BYTES as u64,
                    advice: "give a shorter one",
                });
            }
        }
        Ok(())
    }

    pub(super) fn record(&self, number: u64, before: Hex<32>, act: KeepingAct) -> KeepingRecord {
        KeepingRecord {
            format: FORMAT.to_owned(),
            version: VERSION,
            number,
            before,
            at_ms: self.at_ms,
            who: self.who.to_owned(),
            why: self.why.to_owned(),
            program: self.program.to_owned(),
            act,
        }
    }
}

impl LogStore {
    /// Says for how many days the segments of a source are kept, those that it has and those that it gets; nothing: until
    /// somebody says otherwise. It counts from the import of each. Nothing is destroyed by this: see [`LogStore::due`].
    ///
    /// # Errors
    /// [`Error::NoSuchSource`]; [`Error::Keeping`] for a number of days that is not taken, or where who or why is not said;
    /// [`Error::TooLarge`], [`Error::MustReopen`], those of the file system.
    pub fn set_retention(
        &self,
        source: &str,
        days: Option<u32>,
        decided: &Decided<'_>,
    ) -> Result<KeepingRecord> {
        let source = self.source(source)?.name;
        self.append(&mut self.state(), decided, KeepingAct::Retention { source, days })
    }

    /// For how long the segments of a source are kept, and who said so; nothing where nobody said anything: they are kept.
    ///
    /// # Errors
    /// [`Error::NoSuchSource`].
    pub fn retention(&self, source: &str) -> Result<Option<Retention>> {
        self.source(source)?;
        Ok(self.state().keeping.retention(source).cloned())
    }

    /// Holds segments: while it stands nothing that it covers is destroyed, by whatever rule. Several may cover the same.
    /// Placing the same again, while it stands, changes nothing.
    ///
    /// # Errors
    /// [`Error::NoSuchSource`], [`Error::NoSuchSegment`]; [`Error::Destroyed`] where it comes too late; [`Error::Keeping`] for
    /// an identifier that is none or was used before, and for a cover that is not taken; those of
    /// [`LogStore::set_retention`].
    pub fn place_hold(&self, hold: &str, cover: HoldCover, decided: &Decided<'_>) -> Result<KeepingRecord> {
        // Under the lock under which destructions are decided: one of both comes first, for everybody.
        let mut state = self.state();
        if let Some(standing) = state.keeping.hold(hold)
            && standing.cover == cover
            && standing.who == decided.who
            && standing.why == decided.why
        {
            let record = standing.record;
            drop(state);
            return self.keeping_record(record);
        }
        match &cover {
            HoldCover::Segments(segments) => {
                for id in segments {
                    state.segment(id)?;
                }
            }
            HoldCover::Source(of) if !state.sources.contains_key(&of.source) => {
                return Err(Error::NoSuchSource(of.source.chars().take(64).collect()));
            }
            HoldCover::Source(_) => {}
        }
        let hold = hold.to_owned();
        self.append(&mut state, decided, KeepingAct::Hold { hold, cover })
    }

    /// Ends a hold. Others that cover the same stand.
    ///
    /// # Errors
    /// [`Error::Keeping`] where none of that identifier stands; those of [`LogStore::set_retention`].
    pub fn lift_hold(&self, hold: &str, decided: &Decided<'_>) -> Result<KeepingRecord> {
        let hold = hold.to_owned();
        self.append(&mut self.state(), decided, KeepingAct::Lift { hold })
    }

    /// The holds that stand, in the order of their identifiers.
    #[must_use]
    pub fn holds(&self) -> Vec<Hold> {
        self.state().keeping.holds().cloned().collect()
    }

    /// How many records there are, and the SHA-256 of the last. Whoever keeps this elsewhere can tell later that none was
    /// cut off the end, which the chain alone does not tell.
    #[must_use]
    pub fn keeping_head(&self) -> (u64, Hex<32>) {
        let state = self.state();
        (state.keeping.count, state.keeping.head)
    }

    /// Records after the one of this number, in their order: so many at most, and never more than
    /// [`crate::MAX_KEEPING_ANSWER`]. They are read from the disk; the chain is checked by opening and by `verify`.
    ///
    /// # Errors
    /// [`Error::Unexplained`] where one cannot be read; those of the file system.
    pub fn keeping_records(&self, after: u64, most: usize) -> Result<Vec<KeepingRecord>> {
        let files = self.state().keeping.files.clone();
        // The file that holds the record after it, and those that follow.
        let from = files.partition_point(|first| *first <= after.saturating_add(1));
        let most = most.min(MAX_KEEPING_ANSWER);
        let mut records = Vec::new();
        for number in from.max(1)..=files.len() {
            if records.len() >= most {
                break;
            }
            let of_file = self.layout.records_of_file(number as u64)?;
            records.extend(of_file.into_iter().filter(|record| record.number > after));
        }
        records.truncate(most);
        Ok(records)
    }

    /// The record of a number.
    fn keeping_record(&self, number: u64) -> Result<KeepingRecord> {
        let found = self.keeping_records(number.saturating_sub(1), 1)?.pop();
        found
            .filter(|record| record.number == number)
            .ok_or_else(|| Error::Keeping(format!("there is no record {number}")))
    }

    /// The record of a segment's destruction; nothing where it was not destroyed.
    ///
    /// # Errors
    /// Those of [`LogStore::keeping_records`].
    pub fn destroyed(&self, id: &SegmentId) -> Result<Option<KeepingRecord>> {
        let record = self.state().keeping.gone(id).map(super::Gone::record);
        record.map(|record| self.keeping_record(record)).transpose()
    }
}
