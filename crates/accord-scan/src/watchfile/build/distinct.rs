//! From rows to different indicators, and what the watchlist is made of.

use std::collections::{BTreeMap, HashMap};
use std::io;

use accord_matcher::limits::{MAX_INDICATORS, MAX_STRINGS_BYTES};
use accord_matcher::{
    AllowEntry, AllowIndex, BuildError, IndicatorId, LeftOutWhy, Outline, Parts, Pattern, PatternKind,
    SieveKeys, index_entry, url_host_entry,
};
use bytes::Bytes;
use memmap2::MmapMut;

use super::bits::Bits;
use super::rows::Rows;
use super::runs::{Room, Runs, Sorted};
use super::{Collected, Sayings};
use crate::mapping;
use crate::watchfile::CompileError;
use crate::watchfile::sets::{LabelTable, SetBuilder, Sets, loaded, stored};

/// Sieve keys wait until there are so many.
const WAITING: usize = 1 << 12;
/// Rows between which the keys that wait are looked at.
const LOOK_EACH: u64 = 1 << 10;

/// The different indicators of all rows.
#[derive(Debug)]
pub(in crate::watchfile) struct Distinct {
    rows: Rows,
    /// Rows of an indicator that an earlier row had.
    again: Bits,
    /// Indicators that an allow list took out, by number.
    out: Bits,
    outline: Outline,
    entries: Sorted<u128>,
    names: Sorted<u64>,
    wholes: Sorted<u64>,
    addresses: Sorted<u64>,
    first_id: IndicatorId,
    /// What the sources say of each indicator.
    pub(in crate::watchfile) labels: LabelTable,
    /// Indicators that are left, by kind.
    pub(in crate::watchfile) kept: BTreeMap<PatternKind, u64>,
    /// Rows of an indicator that an earlier row had.
    pub(in crate::watchfile) duplicates: u64,
}

/// An indicator that an allow list took out.
pub(in crate::watchfile) struct LeftOut<'l> {
    pub(in crate::watchfile) pattern: &'l Pattern,
    pub(in crate::watchfile) entry: &'l AllowEntry,
    pub(in crate::watchfile) why: LeftOutWhy,
}

impl Collected {
    /// Ids are counted from `first_id`. Tells what allow lists took out, in the order of the ids.
    pub(in crate::watchfile) fn distinct(
        mut self,
        first_id: IndicatorId,
        left_out: &mut dyn FnMut(LeftOut<'_>),
    ) -> Result<Distinct, CompileError> {
        self.take_single();
        if let Some(error) = self.failed {
            return Err(error.into());
        }
        let (room, rows) = (self.room, self.log.finish()?);
        let keys = self.keys.finish()?;
        let (again, repeats) = repeats(&rows, &keys, &room, self.most_alike)?;
        let mut walk = Walk::new(rows.len() - repeats.len() as u64, &room)?;
        if !self.allowed.is_empty() {
            walk.allow = Some(AllowIndex::new(self.allowed));
        }
        walk.all(&rows, &again, &repeats, &self.sayings, left_out)?;
        drop(repeats);
        walk.out.count();
        let mut sorted = Runs::new(room.part(4));
        entries(&keys, &walk.hosts.finish()?, &again, &walk.out, &mut sorted)?;
        drop(keys);
        Ok(Distinct {
            entries: sorted.finish()?,
            names: walk.names.finish()?,
            wholes: walk.wholes.finish()?,
            addresses: walk.addresses.finish()?,
            labels: walk.sets.finish(walk.of.into_bytes()),
            duplicates: again_count(&again, rows.len()),
            kept: PatternKind::ALL.into_iter().zip(walk.kept).collect(),
            outline: walk.outline,
            out: walk.out,
            rows,
            again,
            first_id,
        })
    }
}

fn again_count(again: &Bits, rows: u64) -> u64 {
    again.below(rows)
}

/// The rows of an indicator that an earlier row had, and of each of them that row: its own number above that one's.
fn repeats(
    rows: &Rows,
    keys: &Sorted<u128>,
    room: &Room,
    most_alike: usize,
) -> Result<(Bits, Sorted<u128>), CompileError> {
    let mut again = Bits::new(rows.len());
    let mut found = Runs::new(room.part(16));
    let mut known: HashMap<(PatternKind, &[u8]), u64> = HashMap::new();
    let mut alike = keys.iter().peekable();
    while let Some(first) = alike.next() {
        let same = |key: &u128| key >> 64 == first >> 64;
        if alike.peek().is_none_or(|next| !same(next)) {
            continue;
        }
        known.clear();
        let mut key = Some(first);
        while let Some(number) = key.map(|key| key as u64) {
            if let Some(row) = rows.get(number) {
                let earlier = *known.entry((row.kind, row.text)).or_insert(number);
                if earlier != number {
                    again.set(number);
                    found.push(u128::from(number) << 64 | u128::from(earlier))?;
                }
            }
            if known.len() > most_alike {
                return Err(CompileError::SameFingerprint { found: known.len() });
            }
            key = alike.next_if(same);
        }
    }
    again.count();
    Ok((again, found.finish()?))
}

/// What the walk along the rows gathers.
struct Walk {
    sets: SetBuilder,
    of: Cells,
    allow: Option<AllowIndex>,
    out: Bits,
    outline: Outline,
    /// By the place of the kind in [`PatternKind::ALL`].
    kept: [u64; PatternKind::ALL.len()],
    names: Runs<u64>,
    wholes: Runs<u64>,
    addresses: Runs<u64>,
    /// Fingerprints of hosts of URLs.
    hosts: Runs<u64>,
}

impl Walk {
    fn new(indicators: u64, room: &Room) -> Result<Walk, CompileError> {
        let found = indicators as usize;
        if found > MAX_INDICATORS {
            return Err(too_large("indicators", found, MAX_INDICATORS));
        }
        Ok(Walk {
            sets: SetBuilder::default(),
            of: Cells::new(found, &room.part(16))?,
            allow: None,
            out: Bits::new(indicators),
            outline: Outline::default(),
            kept: [0; PatternKind::ALL.len()],
            names: Runs::new(room.part(8)),
            wholes: Runs::new(room.part(16)),
            addresses: Runs::new(room.part(16)),
            hosts: Runs::new(room.part(16)),
        })
    }

    fn all(
        &mut self,
        rows: &Rows,
        again: &Bits,
        repeats: &Sorted<u128>,
        sayings: &Sayings,
        left_out: &mut dyn FnMut(LeftOut<'_>),
    ) -> Result<(), CompileError> {
        let mut repeats = repeats.iter().peekable();
        // What a saying alone gives.
        let mut alone: Vec<Option<Sets>> = vec![None; sayings.len()];
        let (mut id, mut text_bytes) = (0u64, 0usize);
        for (number, row) in (0u64..).zip(rows.iter()) {
            if let Some(repeat) = repeats.next_if(|repeat| (repeat >> 64) as u64 == number) {
                let earlier = repeat as u64;
                let cell = self.of.get(earlier - again.below(earlier));
                if let Some(cell) = cell {
                    *cell = stored(self.sets.with(loaded(*cell), sayings.words(row.saying)));
                }
                continue;
            }
            let sets = match alone.get_mut(row.saying as usize) {
                Some(Some(sets)) => *sets,
                Some(none) => *none.insert(self.sets.with([0, 0], sayings.words(row.saying))),
                None => [0, 0],
            };
            if let Some(cell) = self.of.get(id) {
                *cell = stored(sets);
            }
            text_bytes += row.text.len();
            self.indicator(
                id,
                row.kind,
                std::str::from_utf8(row.text).unwrap_or_default(),
                left_out,
            )?;
            id += 1;
            if id.is_multiple_of(LOOK_EACH) {
                self.take_keys(WAITING)?;
            }
        }
        if text_bytes > MAX_STRINGS_BYTES {
            return Err(too_large("bytes of indicators", text_bytes, MAX_STRINGS_BYTES));
        }
        Ok(self.take_keys(0)?)
    }

    fn indicator(
        &mut self,
        id: u64,
        kind: PatternKind,
        text: &str,
        left_out: &mut dyn FnMut(LeftOut<'_>),
    ) -> io::Result<()> {
        if let Some(allow) = &self.allow {
            let pattern = Pattern::of_parts(kind, text);
            if let Some((entry, why)) = allow.decide(&pattern) {
                self.out.set(id);
                left_out(LeftOut {
                    pattern: &pattern,
                    entry,
                    why,
                });
                return Ok(());
            }
        }
        if let Some(kept) = self.kept.get_mut(kind as usize) {
            *kept += 1;
        }
        match self.outline.add(kind, text) {
            Some(host) => self.hosts.push(host),
            None => Ok(()),
        }
    }

    fn take_keys(&mut self, most: usize) -> io::Result<()> {
        let Walk {
            outline,
            names,
            wholes,
            addresses,
            ..
        } = self;
        for (of, to) in [
            (SieveKeys::Names, names),
            (SieveKeys::Wholes, wholes),
            (SieveKeys::Addresses, addresses),
        ] {
            let waiting = outline.waiting(of);
            if waiting.len() > most {
                to.take(waiting)?;
            }
        }
        Ok(())
    }
}

fn too_large(what: &'static str, found: usize, limit: usize) -> CompileError {
    CompileError::Build(BuildError::TooLarge { what, found, limit })
}

/// Entries of the index: of the indicators that are left, by their rows, and of the hosts of URLs. They come in ascending
/// order.
fn entries(
    keys: &Sorted<u128>,
    hosts: &Sorted<u64>,
    again: &Bits,
    out: &Bits,
    to: &mut Runs<u128>,
) -> io::Result<()> {
    let mut hosts = hosts.iter().map(url_host_entry).peekable();
    for key in keys.iter() {
        let number = key as u64;
        if again.contains(number) {
            continue;
        }
        let id = number - again.below(number);
        if out.contains(id) {
            continue;
        }
        // There are less than 2^32.
        let entry = index_entry((key >> 64) as u64, (id - out.below(id)) as u32);
        while let Some(host) = hosts.next_if(|host| *host < entry) {
            to.push(host)?;
        }
        to.push(entry)?;
    }
    hosts.try_for_each(|host| to.push(host))
}

/// Eight bytes for each indicator.
enum Cells {
    Held(Vec<[u8; 8]>),
    /// In a file.
    Mapped(MmapMut),
}

impl Cells {
    fn new(count: usize, room: &Room) -> io::Result<Cells> {
        Ok(match room.beyond(count * 8) {
            Some(folder) => Cells::Mapped(mapping::zeros(folder, count * 8)?),
            None => Cells::Held(vec![[0; 8]; count]),
        })
    }

    #[inline]
    fn get(&mut self, number: u64) -> Option<&mut [u8; 8]> {
        let cells = match self {
            Cells::Held(cells) => cells.as_mut_slice(),
            Cells::Mapped(map) => map.as_chunks_mut().0,
        };
        cells.get_mut(number as usize)
    }

    fn into_bytes(self) -> Bytes {
        match self {
            Cells::Held(cells) => Bytes::from(cells.into_flattened()),
            Cells::Mapped(map) => Bytes::from_owner(map),
        }
    }
}

impl Parts for Distinct {
    fn indicators(&self) -> impl Iterator<Item = (IndicatorId, PatternKind, &[u8])> {
        let rows = (0u64..).zip(self.rows.iter());
        let different = rows.filter(|(number, _)| !self.again.contains(*number));
        (0u64..)
            .zip(different)
            .filter(|(id, _)| !self.out.contains(*id))
            // There are less than 2^32.
            .map(|(id, (_, row))| (self.first_id + id as IndicatorId, row.kind, row.text))
    }

    fn entries(&self) -> (usize, impl Iterator<Item = u128>) {
        (self.entries.len(), self.entries.iter())
    }

    fn keys(&self, of: SieveKeys) -> (usize, impl Iterator<Item = u64>) {
        let keys = match of {
            SieveKeys::Names => &self.names,
            SieveKeys::Wholes => &self.wholes,
            SieveKeys::Addresses => &self.addresses,
        };
        (keys.len(), keys.iter())
    }
}

impl Distinct {
    pub(in crate::watchfile) fn outline(&self) -> &Outline {
        &self.outline
    }
}
