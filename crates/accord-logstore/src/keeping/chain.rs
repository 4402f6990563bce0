//! The chain on the disk: files of a few hundred records each, the last of which is written anew, whole, for each record.
//!
//! So an append is what every other write of the store is: written under `incoming/`, synced, renamed, the folder synced.
//! After a crash at any step the record is there, or the file is as it was.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::Keeping;
use super::decide::Decided;
use super::record::{FORMAT, KeepingAct, KeepingRecord, VERSION};
use crate::digest::sha256;
use crate::error::{Error, Result};
use crate::layout::{Layout, entries, not_ours, unexplained};
use crate::limits::{KEEPING_FILE_BYTES, MAX_KEEPING_FILE_BYTES};
use crate::store::{LogStore, State};

impl Layout {
    /// Reads all records and what they say together; the chain is checked on the way.
    pub(crate) fn read_keeping(&self) -> Result<Keeping> {
        let mut keeping = Keeping::default();
        self.each_record(&mut |_, _| {}, &mut keeping)?;
        Ok(keeping)
    }

    /// Reads and checks all records, one after the other, and tells each with its file's number before it is taken in.
    pub(super) fn each_record(
        &self,
        tell: &mut dyn FnMut(u64, &KeepingRecord),
        keeping: &mut Keeping,
    ) -> Result<()> {
        let folder = self.keeping();
        if !folder.exists() {
            return Ok(());
        }
        for (number, (name, path)) in (1..).zip(entries(&folder)?) {
            if name != file_name(number) {
                let is_later = name
                    .strip_suffix(".ndjson")
                    .is_some_and(|name| name.parse::<u64>().is_ok());
                if !is_later {
                    return Err(not_ours(path));
                }
                let missing = folder.join(file_name(number));
                return Err(broken(&missing, "it is missing"));
            }
            let text = read_file(&path)?;
            keeping.files.push(keeping.count + 1);
            for line in text.split_inclusive(|byte| *byte == b'\n') {
                let record = read_record(&path, line, keeping)?;
                tell(number, &record);
                keeping.apply(record, sha256(line));
            }
            keeping.text = text;
        }
        Ok(())
    }

    /// One file of records, as they stand there.
    pub(super) fn records_of_file(&self, number: u64) -> Result<Vec<KeepingRecord>> {
        let path = self.keeping().join(file_name(number));
        let text = read_file(&path)?;
        let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| parse(&path, line)).collect()
    }
}

fn file_name(number: u64) -> String {
    format!("{number:06}.ndjson")
}

fn broken(path: &Path, why: &str) -> Error {
    let why = format!(
        "{why}; nothing of keeping/ can be lost or changed by a crash: restore the folder from a backup"
    );
    unexplained(path.to_path_buf(), why)
}

fn read_file(path: &Path) -> Result<Vec<u8>> {
    let file = File::open(path).map_err(Error::file("open", path))?;
    let mut text = Vec::new();
    file.take(MAX_KEEPING_FILE_BYTES as u64 + 1)
        .read_to_end(&mut text)
        .map_err(Error::file("read", path))?;
    if text.len() > MAX_KEEPING_FILE_BYTES {
        return Err(broken(
            path,
            &format!("it is larger than {MAX_KEEPING_FILE_BYTES} bytes"),
        ));
    }
    if text.last() != Some(&b'\n') {
        return Err(broken(path, "it does not end with a whole record"));
    }
    Ok(text)
}

fn parse(path: &Path, line: &[u8]) -> Result<KeepingRecord> {
    serde_json::from_slice(line)
        .map_err(|error| broken(path, &format!("a record of it cannot be read: {error}")))
}

/// A record that follows those before it and can stand there.
fn read_record(path: &Path, line: &[u8], before: &Keeping) -> Result<KeepingRecord> {
    let record = parse(path, line)?;
    let number = record.number;
    if record.format != FORMAT || record.version != VERSION {
        let why =
            "a record is not of a version that this program knows; use the program that made it".to_owned();
        return Err(unexplained(path.to_path_buf(), why));
    }
    if number != before.count + 1 {
        let why = format!("record {} is missing, {number} is in its place", before.count + 1);
        return Err(broken(path, &why));
    }
    if record.before != before.head {
        let why = format!(
            "record {} is not the one that record {number} names by digest",
            before.count
        );
        return Err(broken(path, &why));
    }
    match before.check(&record.act) {
        Ok(()) => Ok(record),
        Err(why) => Err(broken(path, &format!("record {number} cannot be: {why}"))),
    }
}

impl LogStore {
    /// Appends a record. When this returns it is durable, and taken in.
    ///
    /// # Errors
    /// [`Error::Keeping`] where it cannot be; [`Error::MustReopen`]; those of the file system. After an error of the
    /// rename, or of the last sync, opening again tells whether it is there.
    pub(super) fn append(
        &self,
        state: &mut State,
        decided: &Decided<'_>,
        act: KeepingAct,
    ) -> Result<KeepingRecord> {
        state.writable()?;
        decided.check()?;
        let keeping = &state.keeping;
        keeping.check(&act).map_err(Error::Keeping)?;
        let record = decided.record(keeping.count + 1, keeping.head, act);
        let folder = self.layout.keeping();
        let (line, digest) = record
            .line()
            .map_err(|error| Error::file("write", &folder)(error.into()))?;
        let in_last = keeping.files.last().map(|first| keeping.count + 1 - first);
        let in_last = in_last.filter(|records| {
            *records < self.limits.keeping_records && keeping.text.len() < KEEPING_FILE_BYTES
        });
        let begins = in_last.is_none();
        let mut text = if begins { Vec::new() } else { keeping.text.clone() };
        text.extend_from_slice(&line);
        if text.len() > MAX_KEEPING_FILE_BYTES {
            return Err(Error::TooLarge {
                what: format!("the record of {} bytes", line.len()),
                limit: MAX_KEEPING_FILE_BYTES as u64,
                advice: "give shorter names and reasons",
            });
        }
        let number = keeping.files.len() as u64 + u64::from(begins);
        self.write_records(state, number, &text)?;
        if begins {
            state.keeping.files.push(record.number);
        }
        state.keeping.text = text;
        state.keeping.apply(record.clone(), digest);
        Ok(record)
    }

    fn write_records(&self, state: &mut State, number: u64, text: &[u8]) -> Result<()> {
        let (layout, disk) = (&self.layout, &self.disk);
        let folder = layout.keeping();
        if state.keeping.files.is_empty() {
            if !folder.exists() {
                disk.create_dir(&folder).map_err(Error::file("create", &folder))?;
            }
            layout.sync(disk, &layout.root)?;
        }
        let room = self.room("keeping");
        layout.write_file(disk, room.path(), text)?;
        let path = folder.join(file_name(number));
        // From here on only the disk knows: a rename or sync that reports a failure may have taken effect.
        state.must_reopen = true;
        disk.rename(room.path(), &path)
            .map_err(Error::file("rename to", &path))?;
        layout.sync(disk, &folder)?;
        state.must_reopen = false;
        Ok(())
    }
}
