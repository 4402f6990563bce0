//! The deterministic writer.

use std::collections::BTreeMap;

use super::layout::{
    CENTRAL_SIGNATURE, DOS_DATE, END_SIGNATURE, FLAG_UTF8, LOCAL_SIGNATURE, MADE_BY, REGULAR_FILE, VERSION,
};
use super::names::{check_clashes, check_name};
use super::{ARCHIVE_MAX_ENTRIES, ArchiveError};

/// Writes `files` as one zip archive, every file stored under `folder/`; an empty `folder` puts them at the top.
///
/// The same input gives the same bytes. Cost: one copy of the content.
///
/// # Errors
/// A name that [`check_name`] or [`check_clashes`] refuses, more than [`ARCHIVE_MAX_ENTRIES`] files, or 4 GiB.
pub fn write_zip(folder: &str, files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, ArchiveError> {
    if files.len() > ARCHIVE_MAX_ENTRIES {
        return Err(ArchiveError::Limit {
            what: "the number of files",
            given: files.len() as u64,
            limit: ARCHIVE_MAX_ENTRIES as u64,
        });
    }
    let mut out = Vec::with_capacity(
        files
            .values()
            .map(|content| content.len().saturating_add(256))
            .sum(),
    );
    let mut directory = Vec::new();
    let mut names = Vec::with_capacity(files.len());
    for (path, content) in files {
        let name = if folder.is_empty() {
            path.clone()
        } else {
            format!("{folder}/{path}")
        };
        check_name(&name)?;
        let offset = size_u32(out.len())?;
        let size = size_u32(content.len())?;
        let mut crc = flate2::Crc::new();
        crc.update(content);

        let mut shared = Vec::with_capacity(26);
        put16(&mut shared, VERSION);
        put16(&mut shared, if name.is_ascii() { 0 } else { FLAG_UTF8 });
        put16(&mut shared, 0); // stored
        put16(&mut shared, 0); // midnight
        put16(&mut shared, DOS_DATE);
        put32(&mut shared, crc.sum());
        put32(&mut shared, size);
        put32(&mut shared, size);
        put16(&mut shared, u16::try_from(name.len()).unwrap_or(u16::MAX)); // check_name bounds it to 240
        put16(&mut shared, 0); // no extra field

        put32(&mut out, LOCAL_SIGNATURE);
        out.extend_from_slice(&shared);
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(content);

        put32(&mut directory, CENTRAL_SIGNATURE);
        put16(&mut directory, MADE_BY);
        directory.extend_from_slice(&shared);
        put16(&mut directory, 0); // no comment
        put16(&mut directory, 0); // first disk
        put16(&mut directory, 0); // internal attributes: binary
        put32(&mut directory, REGULAR_FILE);
        put32(&mut directory, offset);
        directory.extend_from_slice(name.as_bytes());
        names.push(name);
    }
    check_clashes(names.iter().map(String::as_str))?;
    let at = size_u32(out.len())?;
    let length = size_u32(directory.len())?;
    let count = u16::try_from(names.len()).unwrap_or(u16::MAX); // bounded by ARCHIVE_MAX_ENTRIES
    out.extend_from_slice(&directory);
    put32(&mut out, END_SIGNATURE);
    put16(&mut out, 0);
    put16(&mut out, 0);
    put16(&mut out, count);
    put16(&mut out, count);
    put32(&mut out, length);
    put32(&mut out, at);
    put16(&mut out, 0);
    Ok(out)
}

fn put16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn size_u32(size: usize) -> Result<u32, ArchiveError> {
    u32::try_from(size).map_err(|_| ArchiveError::Limit {
        what: "the archive in bytes",
        given: size as u64,
        limit: u64::from(u32::MAX),
    })
}
