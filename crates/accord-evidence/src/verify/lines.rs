//! Every byte of the originals is a line of `lines.ndjson`, and every line's digest and place are true.

use std::collections::BTreeMap;

use super::report::Checks;
use crate::content::{Hex32, LINE_MAX_MATCHES, LineRecord, Origin, PACKAGE_MAX_LINES, original_path};
use crate::paths;

/// What the lines show of one original file.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub(super) path: String,
    pub(super) source: String,
    pub(super) origin: Origin,
    pub(super) lines: u64,
    pub(super) times: Option<(crate::Utc, crate::Utc)>,
    /// Whether any line names what it was selected for.
    pub(super) matched: bool,
    /// End of the last line in this file, and in the source, and its number.
    position: u64,
    offset: u64,
    line: u64,
}

/// The files in the order of their numbers, when every line could be read.
pub(super) fn check_lines(files: &BTreeMap<String, Vec<u8>>, checks: &mut Checks) -> Option<Vec<Shown>> {
    let Some(text) = files.get(paths::LINES) else {
        checks.failed("lines", format!("{} is missing", paths::LINES));
        return None;
    };
    let mut shown: Vec<Shown> = Vec::new();
    let mut count = 0usize;
    let body = text.strip_suffix(b"\n").unwrap_or(text);
    for (index, row) in body.split(|byte| *byte == b'\n').enumerate() {
        let number = index.saturating_add(1);
        count = number;
        let result = if number > PACKAGE_MAX_LINES {
            Err("more lines than a package may have".to_owned())
        } else {
            check_line(row, files, &mut shown)
        };
        if let Err(why) = result {
            checks.failed("lines", format!("{} line {number}: {why}", paths::LINES));
            return None;
        }
    }
    let mut problems = Vec::new();
    for path in files.keys().filter(|path| paths::source_number(path).is_some()) {
        let length = files.get(path).map_or(0, |bytes| bytes.len() as u64);
        match shown.iter().find(|file| file.path == *path) {
            None => problems.push(format!("no line of {} is about {path}", paths::LINES)),
            Some(file) if file.position != length => {
                problems.push(format!(
                    "{path} has {length} bytes, its lines cover {}",
                    file.position
                ));
            }
            Some(file) => {
                let whole = files.get(path).map(|bytes| Hex32::sha256(bytes));
                if matches!(file.origin, Origin::Sha256(digest) if Some(digest) != whole) {
                    problems.push(format!(
                        "{path} is said to be a whole source, but has another digest"
                    ));
                }
            }
        }
    }
    let good = format!(
        "all {count} lines have their digest, length and place, and cover every byte of the originals"
    );
    checks.none_of("lines", &problems, good);
    problems.is_empty().then_some(shown)
}

fn check_line(row: &[u8], files: &BTreeMap<String, Vec<u8>>, shown: &mut Vec<Shown>) -> Result<(), String> {
    let record: LineRecord = serde_json::from_slice(row).map_err(|error| error.to_string())?;
    if serde_json::to_vec(&record).ok().as_deref() != Some(row) {
        return Err("it is not in the form that is written".to_owned());
    }
    if record.matches.len() > LINE_MAX_MATCHES {
        return Err("it has more matches than a line may have".to_owned());
    }
    if shown.last().is_none_or(|file| file.path != record.file) {
        if record.file != original_path(shown.len()) {
            return Err("its file is out of order".to_owned());
        }
        shown.push(Shown {
            path: record.file.clone(),
            source: record.source.clone(),
            origin: record.origin,
            lines: 0,
            times: None,
            matched: false,
            position: 0,
            offset: 0,
            line: 0,
        });
    }
    let file = shown.last_mut().ok_or("its file is out of order")?;
    if record.source != file.source || record.origin != file.origin {
        return Err("one original file has lines of one source only".to_owned());
    }
    if record.position != file.position {
        return Err(format!(
            "it stands at {}, the line before ends at {}",
            record.position, file.position
        ));
    }
    if record.length == 0 || record.line <= file.line || record.offset < file.offset {
        return Err("it is empty, or out of the source's order".to_owned());
    }
    let end = record
        .position
        .checked_add(record.length)
        .ok_or("its length is out of range")?;
    let range = usize::try_from(record.position)
        .ok()
        .zip(usize::try_from(end).ok());
    let bytes = range
        .and_then(|(from, to)| files.get(&record.file)?.get(from..to))
        .ok_or_else(|| format!("{} ends before it does", record.file))?;
    if Hex32::sha256(bytes) != record.sha256 {
        return Err(format!(
            "bytes {} to {end} of {} do not have its SHA-256",
            record.position, record.file
        ));
    }
    file.position = end;
    file.offset = record
        .offset
        .checked_add(record.length)
        .ok_or("its offset is out of range")?;
    file.line = record.line;
    file.lines = file.lines.saturating_add(1);
    file.matched |= !record.matches.is_empty();
    if let Some(time) = record.time {
        file.times = Some(
            file.times
                .map_or((time, time), |(first, last)| (first.min(time), last.max(time))),
        );
    }
    Ok(())
}
