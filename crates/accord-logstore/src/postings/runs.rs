//! Entries that memory has no room for: written in sorted runs beside what is being imported, and merged at the end.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::marker::PhantomData;
use std::path::PathBuf;

use super::entries::{Entries, Entry};
use super::table::TableKey;
use crate::disk::Disk;
use crate::error::{Error, Result};

/// Bytes of an entry: key, cell, lines.
const ENTRY_BYTES: usize = 24;
/// Read and written at a time.
const BUFFER_BYTES: usize = 256 * 1024;

/// A file of entries in order.
#[derive(Debug)]
pub(super) struct Run<K> {
    path: PathBuf,
    of: PhantomData<K>,
}

impl<K: TableKey + TryFrom<u128>> Run<K> {
    fn read(&self) -> Result<Reader<K>> {
        let file = File::open(&self.path).map_err(Error::file("open", &self.path))?;
        Ok(Reader {
            file: BufReader::with_capacity(BUFFER_BYTES, file),
            path: self.path.clone(),
            of: PhantomData,
        })
    }
}

impl<K: TableKey> Run<K> {
    pub(super) fn write(disk: &Disk, path: PathBuf, entries: &mut Entries<K>) -> Result<Self> {
        let mut file = disk.create_file(&path).map_err(Error::file("create", &path))?;
        let mut buffer = Vec::with_capacity(BUFFER_BYTES + ENTRY_BYTES);
        for entry in entries.in_order() {
            let key: u128 = entry.key.into();
            buffer.extend_from_slice(&key.to_le_bytes());
            buffer.extend_from_slice(&entry.cell.to_le_bytes());
            buffer.extend_from_slice(&entry.lines.to_le_bytes());
            if buffer.len() >= BUFFER_BYTES {
                file.write_all(&buffer).map_err(Error::file("write", &path))?;
                buffer.clear();
            }
        }
        file.write_all(&buffer).map_err(Error::file("write", &path))?;
        entries.drop_all();
        Ok(Self {
            path,
            of: PhantomData,
        })
    }
}

struct Reader<K> {
    file: BufReader<File>,
    path: PathBuf,
    of: PhantomData<K>,
}

impl<K: TableKey + TryFrom<u128>> Reader<K> {
    fn next(&mut self) -> Result<Option<Entry<K>>> {
        let mut key = [0; 16];
        match self.file.read_exact(&mut key) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(Error::file("read", &self.path)(error)),
        }
        let mut number = || {
            let mut bytes = [0; 4];
            self.file
                .read_exact(&mut bytes)
                .map(|()| u32::from_le_bytes(bytes))
                .map_err(Error::file("read", &self.path))
        };
        let (cell, lines) = (number()?, number()?);
        let key = K::try_from(u128::from_le_bytes(key)).unwrap_or_default();
        Ok(Some(Entry { key, cell, lines }))
    }
}

/// Gives all entries, of the runs and those in memory, in order.
pub(super) fn merge<K: TableKey + TryFrom<u128>>(
    runs: &[Run<K>],
    entries: &mut Entries<K>,
    mut take: impl FnMut(Entry<K>) -> Result<()>,
) -> Result<()> {
    let mut entries = entries.in_order();
    if runs.is_empty() {
        return entries.try_for_each(take);
    }
    let mut readers: Vec<Reader<K>> = runs.iter().map(Run::read).collect::<Result<_>>()?;
    let mut next = |run: usize| match readers.get_mut(run) {
        Some(reader) => reader.next(),
        None => Ok(entries.next()),
    };
    let mut heads = BinaryHeap::new();
    for run in 0..=runs.len() {
        heads.extend(next(run)?.map(|entry| Reverse((entry, run))));
    }
    while let Some(Reverse((entry, run))) = heads.pop() {
        take(entry)?;
        heads.extend(next(run)?.map(|entry| Reverse((entry, run))));
    }
    Ok(())
}
