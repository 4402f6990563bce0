//! The proof that what was destroyed is not here: what `verify` says beyond single segments.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;

use super::Keeping;
use super::record::KeepingAct;
use crate::error::{Error, Result};
use crate::manifest::SegmentId;
use crate::store::LogStore;

/// What verification says of records and destructions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct KeepingReport {
    /// Records that were as they were written, each following the one before.
    pub records: u64,
    /// Destroyed segments of which no file is left.
    pub destroyed: u64,
    /// What is not as it should be, in words; empty for a clean store.
    pub problems: Vec<String>,
}

impl LogStore {
    /// Verifies what goes beyond single segments, as [`LogStore::verify`] does for the whole store: reads the chain again;
    /// looks that nothing of a destroyed segment is left, that packs are what was made, that nothing lies under `incoming/`
    /// that nobody works on, and that no number of a segment is missing without a record.
    ///
    /// # Errors
    /// Those of the file system. What is not as it should be is no error: it is in the report.
    pub fn verify_keeping(&self) -> Result<KeepingReport> {
        let (count, head) = self.keeping_head();
        let mut report = KeepingReport::default();
        let mut keeping = Keeping::default();
        // Records that were written since are read too.
        let mut read_head = head;
        let mut gone = Vec::new();
        let read = self.layout.each_record(
            &mut |_, record| {
                if record.number == count + 1 {
                    read_head = record.before;
                }
                if let KeepingAct::Destroyed(destroyed) = &record.act {
                    gone.push(destroyed.segment.clone());
                }
            },
            &mut keeping,
        );
        match read {
            Ok(()) => {}
            Err(error @ Error::Unexplained { .. }) => report.problems.push(error.to_string()),
            Err(error) => return Err(error),
        }
        if keeping.count == count {
            read_head = keeping.head;
        }
        if keeping.count < count || read_head != head {
            report.problems.push(format!(
                "the records under keeping/ are not those that were read when the store was opened: {count} were there"
            ));
        }
        report.records = keeping.count;
        for id in &gone {
            let folder = self.layout.segment(id);
            if !is_there(&folder)? {
                report.destroyed += 1;
                continue;
            }
            // A destruction that is under way holds the lock until the folder is away.
            let _state = self.state();
            match is_there(&folder)? {
                false => report.destroyed += 1,
                true => report.problems.push(format!(
                    "something lies where the destroyed segment `{id}` lay ({}): open the store again, which removes what \
                     is left of it",
                    folder.display()
                )),
            }
        }
        for path in self.rooms().nobodys(&self.layout)? {
            report.problems.push(format!(
                "{} is left from work that failed: open the store again, which removes it",
                path.display()
            ));
        }
        report.problems.extend(self.check_packs()?);
        self.missing_numbers(&mut report);
        Ok(report)
    }

    /// Numbers of segments that nothing tells of.
    fn missing_numbers(&self, report: &mut KeepingReport) {
        let state = self.state();
        let known: BTreeSet<&SegmentId> = state
            .segments
            .keys()
            .chain(state.keeping.all_gone().map(|(id, _)| id))
            .collect();
        let mut before: Option<&SegmentId> = None;
        for id in known {
            let same = before.filter(|before| before.source() == id.source());
            let expected = same.map_or(1, |before| before.number() + 1);
            if id.number() != expected {
                report.problems.push(format!(
                    "of source `{}` the segments {expected:06} to {:06} are not there, and no record tells that they were \
                     destroyed: restore them from a backup",
                    id.source(),
                    id.number() - 1
                ));
            }
            before = Some(id);
        }
    }
}

fn is_there(folder: &Path) -> Result<bool> {
    match std::fs::symlink_metadata(folder) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::file("look at", folder)(error)),
    }
}
