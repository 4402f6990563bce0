//! The suspicious reader.

use std::collections::BTreeMap;
use std::io::Read;

use super::ArchiveError;
use super::layout::{
    CENTRAL_SIGNATURE, Cursor, DESCRIPTOR_SIGNATURE, END_BYTES, END_SIGNATURE, FLAG_DEFLATE_LEVEL,
    FLAG_DESCRIPTOR, FLAG_UTF8, LOCAL_BYTES, LOCAL_SIGNATURE, MODE_KIND, REGULAR_FILE,
};
use super::names::{check_clashes, check_name, shown};

/// Most bytes of a zip archive: 256 MiB.
pub const ARCHIVE_MAX_BYTES: usize = 256 << 20;
/// Most entries of a zip archive, folders included.
pub const ARCHIVE_MAX_ENTRIES: usize = 4096;
/// Most bytes of all files together after unpacking: 512 MiB.
pub const ARCHIVE_MAX_UNPACKED_BYTES: usize = 512 << 20;
/// Most unpacked bytes for each packed byte of one entry. Plain logs deflate 5 to 30 times.
pub const ARCHIVE_MAX_RATIO: usize = 200;
/// An entry of fewer unpacked bytes than this is not held to the ratio: a short run of one byte packs very small.
const RATIO_FLOOR_BYTES: usize = 64 << 10;

/// How much of an archive is read. [`Limits::default`] gives the named constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the archive; at most 4 GiB are possible.
    pub bytes: usize,
    /// Entries, folders included.
    pub entries: usize,
    /// Bytes of all files together after unpacking.
    pub unpacked_bytes: usize,
    /// Unpacked bytes for each packed byte of one entry.
    pub ratio: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: ARCHIVE_MAX_BYTES,
            entries: ARCHIVE_MAX_ENTRIES,
            unpacked_bytes: ARCHIVE_MAX_UNPACKED_BYTES,
            ratio: ARCHIVE_MAX_RATIO,
        }
    }
}

/// One entry as the directory tells it.
struct Entry {
    name: String,
    flags: u16,
    method: u16,
    crc: u32,
    packed: usize,
    unpacked: usize,
    offset: usize,
}

/// Reads every file of a zip archive into memory. Folders' own entries are checked and left out.
///
/// # Errors
/// See [`ArchiveError`]: anything damaged, above a limit, or readable in two ways.
pub fn read_zip(bytes: &[u8], limits: &Limits) -> Result<BTreeMap<String, Vec<u8>>, ArchiveError> {
    limit("the archive in bytes", bytes.len(), limits.bytes)?;
    let (mut entries, directory_at) = read_directory(bytes, limits)?;
    entries.sort_by_key(|entry| entry.offset);

    let mut files = BTreeMap::new();
    let mut total = 0usize;
    for (index, entry) in entries.iter().enumerate() {
        let end = entries
            .get(index.saturating_add(1))
            .map_or(directory_at, |next| next.offset);
        if index == 0 && entry.offset != 0 {
            return Err(ambiguous(entry, "bytes stand before the first entry"));
        }
        let record = bytes
            .get(entry.offset..end)
            .ok_or_else(|| ambiguous(entry, "entries overlap"))?;
        let packed = packed_content(record, entry)?;
        let is_folder = entry.name.ends_with('/');
        check_name(entry.name.strip_suffix('/').unwrap_or(&entry.name))?;
        if is_folder {
            if entry.unpacked != 0 || !packed.is_empty() {
                return Err(ambiguous(entry, "a folder has content"));
            }
            continue;
        }
        total = total.saturating_add(entry.unpacked);
        limit("the unpacked content in bytes", total, limits.unpacked_bytes)?;
        let content = unpack(packed, entry, limits)?;
        if files.insert(entry.name.clone(), content).is_some() {
            return Err(ambiguous(entry, "two entries have this name"));
        }
    }
    if entries.is_empty() && directory_at != 0 {
        return Err(ArchiveError::NotZip("it lists no files but has content"));
    }
    check_clashes(files.keys().map(String::as_str))?;
    Ok(files)
}

/// Reads the directory at the end: entries and the offset at which the directory begins.
fn read_directory(bytes: &[u8], limits: &Limits) -> Result<(Vec<Entry>, usize), ArchiveError> {
    let short = ArchiveError::NotZip("it does not end with a zip directory");
    let end_at = bytes.len().checked_sub(END_BYTES).ok_or_else(|| short.clone())?;
    let mut end = Cursor(bytes.get(end_at..).unwrap_or_default());
    if end.u32() != Some(END_SIGNATURE) {
        return Err(short);
    }
    let (disk, directory_disk) = (end.u16(), end.u16());
    let (count_here, count) = (end.u16(), end.u16());
    let (length, offset) = (end.u32(), end.u32());
    let comment = end.u16();
    if disk != Some(0) || directory_disk != Some(0) || count_here != count {
        return Err(ArchiveError::Refused("several disks"));
    }
    if comment != Some(0) {
        return Err(ArchiveError::Refused("an archive comment"));
    }
    let (Some(count), Some(length), Some(offset)) = (count, length, offset) else {
        return Err(short);
    };
    if count == u16::MAX || length == u32::MAX || offset == u32::MAX {
        return Err(ArchiveError::Refused("zip64"));
    }
    limit("the number of entries", usize::from(count), limits.entries)?;
    let at = offset as usize;
    if at.checked_add(length as usize) != Some(end_at) {
        return Err(ArchiveError::NotZip("its directory does not lie where it says"));
    }
    let mut cursor = Cursor(bytes.get(at..end_at).unwrap_or_default());
    let mut entries = Vec::with_capacity(usize::from(count));
    for _ in 0..count {
        entries.push(read_central(&mut cursor)?);
    }
    if !cursor.0.is_empty() {
        return Err(ArchiveError::NotZip("its directory is longer than its entries"));
    }
    Ok((entries, at))
}

/// The fields of a directory entry that are looked at.
struct Central<'a> {
    signature: u32,
    made_by: u16,
    flags: u16,
    method: u16,
    crc: u32,
    packed: u32,
    unpacked: u32,
    comment: u16,
    disk: u16,
    external: u32,
    offset: u32,
    name: &'a [u8],
    extra: &'a [u8],
}

fn central_fields<'a>(cursor: &mut Cursor<'a>) -> Option<Central<'a>> {
    let signature = cursor.u32()?;
    let (made_by, _needs) = (cursor.u16()?, cursor.u16()?);
    let (flags, method) = (cursor.u16()?, cursor.u16()?);
    let _time = cursor.u32()?;
    let (crc, packed, unpacked) = (cursor.u32()?, cursor.u32()?, cursor.u32()?);
    let (name, extra, comment) = (cursor.u16()?, cursor.u16()?, cursor.u16()?);
    let (disk, _internal) = (cursor.u16()?, cursor.u16()?);
    let (external, offset) = (cursor.u32()?, cursor.u32()?);
    let (name, extra) = (cursor.take(usize::from(name))?, cursor.take(usize::from(extra))?);
    Some(Central {
        signature,
        made_by,
        flags,
        method,
        crc,
        packed,
        unpacked,
        comment,
        disk,
        external,
        offset,
        name,
        extra,
    })
}

fn read_central(cursor: &mut Cursor<'_>) -> Result<Entry, ArchiveError> {
    let central = central_fields(cursor).ok_or(ArchiveError::NotZip("its directory is cut short"))?;
    let Central {
        flags, name, extra, ..
    } = central;
    if central.signature != CENTRAL_SIGNATURE {
        return Err(ArchiveError::NotZip("its directory is damaged"));
    }
    if central.comment != 0 || central.disk != 0 {
        return Err(ArchiveError::Refused("a comment or a second disk"));
    }
    if flags & !(FLAG_UTF8 | FLAG_DESCRIPTOR | FLAG_DEFLATE_LEVEL) != 0 {
        return Err(ArchiveError::Refused("encryption or another rare feature"));
    }
    let name = std::str::from_utf8(name).map_err(|_| ArchiveError::Name {
        name: shown(&String::from_utf8_lossy(name)),
        why: "it is not UTF-8",
    })?;
    check_extra(extra)?;
    let mode = central.external >> 16;
    let kind = mode & MODE_KIND;
    let is_folder = name.ends_with('/');
    let expected = if is_folder {
        0o040_000
    } else {
        (REGULAR_FILE >> 16) & MODE_KIND
    };
    if central.made_by >> 8 == 3 && kind != 0 && kind != expected {
        return Err(ArchiveError::Name {
            name: shown(name),
            why: "it is a symbolic link or a device, not a file",
        });
    }
    Ok(Entry {
        name: name.to_owned(),
        flags,
        method: central.method,
        crc: central.crc,
        packed: central.packed as usize,
        unpacked: central.unpacked as usize,
        offset: central.offset as usize,
    })
}

/// Time stamps and owners are passed over; fields that change the meaning of the entry are refused.
fn check_extra(extra: &[u8]) -> Result<(), ArchiveError> {
    let mut cursor = Cursor(extra);
    while !cursor.0.is_empty() {
        let (Some(id), Some(size)) = (cursor.u16(), cursor.u16()) else {
            return Err(ArchiveError::Refused("a damaged extra field"));
        };
        if cursor.take(usize::from(size)).is_none() {
            return Err(ArchiveError::Refused("a damaged extra field"));
        }
        match id {
            0x0001 => return Err(ArchiveError::Refused("zip64")),
            0x7075 => return Err(ArchiveError::Refused("a second name for an entry")),
            0x9901 | 0x0017 => return Err(ArchiveError::Refused("encryption")),
            _ => {}
        }
    }
    Ok(())
}

/// The fields of a local header that are looked at.
struct Local<'a> {
    signature: u32,
    flags: u16,
    method: u16,
    /// Checksum, packed length, unpacked length.
    sizes: (u32, usize, usize),
    name: &'a [u8],
    extra: &'a [u8],
}

fn local_fields<'a>(cursor: &mut Cursor<'a>) -> Option<Local<'a>> {
    let (signature, _needs) = (cursor.u32()?, cursor.u16()?);
    let (flags, method) = (cursor.u16()?, cursor.u16()?);
    let _time = cursor.u32()?;
    let sizes = (cursor.u32()?, cursor.u32()? as usize, cursor.u32()? as usize);
    let (name, extra) = (cursor.u16()?, cursor.u16()?);
    let (name, extra) = (cursor.take(usize::from(name))?, cursor.take(usize::from(extra))?);
    Some(Local {
        signature,
        flags,
        method,
        sizes,
        name,
        extra,
    })
}

/// Checks the local header against the directory, and that header, content and descriptor fill the record.
fn packed_content<'a>(record: &'a [u8], entry: &Entry) -> Result<&'a [u8], ArchiveError> {
    let mut cursor = Cursor(record);
    if record.len() < LOCAL_BYTES {
        return Err(ambiguous(entry, "entries overlap"));
    }
    let local = local_fields(&mut cursor).ok_or_else(|| ambiguous(entry, "its local header is cut short"))?;
    let Local {
        signature,
        flags,
        method,
        sizes,
        name,
        extra,
    } = local;
    if signature != LOCAL_SIGNATURE {
        return Err(ambiguous(
            entry,
            "it has no local header where the directory says",
        ));
    }
    let described = entry.flags & FLAG_DESCRIPTOR != 0;
    let sizes_agree = sizes == (entry.crc, entry.packed, entry.unpacked) || (described && sizes == (0, 0, 0));
    if name != entry.name.as_bytes() || flags != entry.flags || method != entry.method || !sizes_agree {
        return Err(ambiguous(entry, "its local header differs from the directory"));
    }
    check_extra(extra)?;
    let content = cursor
        .take(entry.packed)
        .ok_or_else(|| ambiguous(entry, "its content runs into the next entry"))?;
    if described {
        let mut descriptor = cursor;
        if cursor.0.len() == 16 && descriptor.u32() != Some(DESCRIPTOR_SIGNATURE) {
            return Err(ambiguous(entry, "its data descriptor is damaged"));
        }
        let told = (descriptor.u32(), descriptor.u32(), descriptor.u32());
        let expected = (
            Some(entry.crc),
            u32::try_from(entry.packed).ok(),
            u32::try_from(entry.unpacked).ok(),
        );
        if told != expected {
            return Err(ambiguous(entry, "its data descriptor differs from the directory"));
        }
        cursor = descriptor;
    }
    if !cursor.0.is_empty() {
        return Err(ambiguous(entry, "bytes that belong to no file follow it"));
    }
    Ok(content)
}

fn unpack(packed: &[u8], entry: &Entry, limits: &Limits) -> Result<Vec<u8>, ArchiveError> {
    let damaged = |why| ArchiveError::Damaged {
        name: shown(&entry.name),
        why,
    };
    let content = match entry.method {
        0 if entry.packed == entry.unpacked => packed.to_vec(),
        0 => return Err(damaged("it is stored, but its two lengths differ")),
        8 => {
            let allowed = packed.len().saturating_mul(limits.ratio).max(RATIO_FLOOR_BYTES);
            limit("an entry's unpacked length in bytes", entry.unpacked, allowed)?;
            let mut inflater = flate2::bufread::DeflateDecoder::new(packed);
            // One byte past the stated length is read, to notice content that goes on.
            let mut content = Vec::with_capacity(entry.unpacked.min(1 << 20));
            let most = (entry.unpacked as u64).saturating_add(1);
            (&mut inflater)
                .take(most)
                .read_to_end(&mut content)
                .map_err(|_| damaged("its compressed content is broken"))?;
            if inflater.total_in() != packed.len() as u64 {
                return Err(damaged("bytes follow its compressed content"));
            }
            content
        }
        _ => return Err(ArchiveError::Refused("a compression other than deflate")),
    };
    if content.len() != entry.unpacked {
        return Err(damaged("its content does not have the stated length"));
    }
    let mut crc = flate2::Crc::new();
    crc.update(&content);
    if crc.sum() != entry.crc {
        return Err(damaged("its content does not have the stated checksum"));
    }
    Ok(content)
}

fn ambiguous(entry: &Entry, why: &'static str) -> ArchiveError {
    ArchiveError::Ambiguous {
        name: shown(&entry.name),
        why,
    }
}

fn limit(what: &'static str, given: usize, limit: usize) -> Result<(), ArchiveError> {
    if given > limit {
        return Err(ArchiveError::Limit {
            what,
            given: given as u64,
            limit: limit as u64,
        });
    }
    Ok(())
}
