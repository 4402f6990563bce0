//! What lies in the folder.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::path::Path;

use super::file::{FileId, modified_ns};

/// A file that is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) name: String,
    pub(crate) id: FileId,
    pub(crate) size: u64,
    pub(crate) modified_ns: i128,
}

/// What a look at the folder found.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// In the order of their names.
    pub(crate) seen: Vec<Seen>,
    /// Names that match and are not read, with the reason.
    pub(crate) refused: Vec<(String, String)>,
    /// Files beyond the most: those that were changed longest ago.
    pub(crate) beyond: u64,
}

/// Names by pattern.
#[derive(Debug)]
pub(crate) struct Names {
    include: Vec<glob::Pattern>,
    exclude: Vec<glob::Pattern>,
}

impl Names {
    /// Patterns that the settings' check let pass; others match nothing.
    pub(crate) fn new(include: &[String], exclude: &[String]) -> Self {
        let patterns = |texts: &[String]| {
            let parsed = texts.iter().filter_map(|text| glob::Pattern::new(text).ok());
            parsed.collect()
        };
        Self {
            include: patterns(include),
            exclude: patterns(exclude),
        }
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        let any = |patterns: &[glob::Pattern]| patterns.iter().any(|pattern| pattern.matches(name));
        any(&self.include) && !any(&self.exclude)
    }
}

/// Looks at the folder; memory is bounded by `max_files`.
pub(crate) fn scan(folder: &Path, names: &Names, max_files: usize, max_refused: usize) -> io::Result<Scan> {
    let mut found = Scan::default();
    let mut newest: BinaryHeap<Reverse<(i128, String)>> = BinaryHeap::new();
    let mut kept = std::collections::BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            let words = name.to_string_lossy().into_owned();
            if names.matches(&words) {
                let why = "its name is not UTF-8: rename it";
                refuse(&mut found, &words, why, max_refused);
            }
            continue;
        };
        if !names.matches(name) {
            continue;
        }
        // Not followed where it is a link.
        let metadata = match entry.metadata() {
            Ok(metadata) => metadata,
            // Renamed or deleted since it was listed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => {
                refuse(&mut found, name, &error.to_string(), max_refused);
                continue;
            }
        };
        if metadata.is_dir() {
            continue;
        }
        if metadata.is_symlink() {
            let why = "it is a symbolic link: name the folder that it points into, in a collector of its own";
            refuse(&mut found, name, why, max_refused);
            continue;
        }
        if !metadata.is_file() {
            refuse(
                &mut found,
                name,
                "it is no plain file but a pipe, socket or device",
                max_refused,
            );
            continue;
        }
        let modified_ns = modified_ns(&metadata);
        newest.push(Reverse((modified_ns, name.to_owned())));
        let seen = Seen {
            name: name.to_owned(),
            id: FileId::of(&metadata),
            size: metadata.len(),
            modified_ns,
        };
        kept.insert(name.to_owned(), seen);
        if newest.len() > max_files
            && let Some(Reverse((_, oldest))) = newest.pop()
        {
            kept.remove(&oldest);
            found.beyond += 1;
        }
    }
    found.seen = kept.into_values().collect();
    Ok(found)
}

fn refuse(found: &mut Scan, name: &str, why: &str, most: usize) {
    if found.refused.len() < most {
        found.refused.push((name.to_owned(), why.to_owned()));
    }
}
