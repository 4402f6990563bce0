//! From rows to different indicators, and what the watchlist is made of.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::ops::Range;

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
/// Fewer rows are not worth a second thread.
const ALONE: u64 = 1 << 14;
/// Of a hundred rows, the keys of so many are gathered by the thread that gathers the labels of all.
const FIRST_PERCENT: u64 = 42;

/// The different indicators of all rows.
#[derive(Debug)]
pub(in crate::watchfile) struct Distinct {
    rows: Rows,
    /// Rows of an indicator that an earlier row had.
    again: Bits,
    /// Indicators that an allow list took out, by number.
    out: Bits,
    outline: Outline,
    /// Fingerprints above the numbers of the rows.
    keys: Sorted<u128>,
    /// Fingerprints of hosts of URLs.
    hosts: Sorted<u64>,
    /// In the order of [`SieveKeys`].
    sieve_keys: [Sorted<u64>; 3],
    /// Bytes of the texts of the indicators that are left.
    kept_bytes: usize,
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
        let keys = self.keys.finish_distinct()?;
        let (again, repeats) = repeats(&rows, &keys, &room, self.most_alike)?;
        let indicators = rows.len() - repeats.len() as u64;
        let found = indicators as usize;
        if found > MAX_INDICATORS {
            return Err(too_large("indicators", found, MAX_INDICATORS));
        }
        let allow = (!self.allowed.is_empty()).then(|| AllowIndex::new(self.allowed));
        let walk = Walk {
            rows: &rows,
            again: &again,
            allow: allow.as_ref(),
            indicators,
            room: &room,
        };
        let ([mut one, other], labels) = walk.all(&repeats, &self.sayings)?;
        drop(repeats);
        let text_bytes = one.text_bytes + other.text_bytes;
        if text_bytes > MAX_STRINGS_BYTES {
            return Err(too_large("bytes of indicators", text_bytes, MAX_STRINGS_BYTES));
        }
        one.out.add(&other.out);
        one.out.count();
        let out = std::mem::take(&mut one.out);
        walk.tell(&out, left_out);
        one.outline.join(&other.outline);
        let sieve_keys = [
            (one.names, other.names),
            (one.wholes, other.wholes),
            (one.addresses, other.addresses),
        ];
        let hosts = (one.hosts, other.hosts);
        let (sieve_keys, hosts) = std::thread::scope(|scope| {
            let join = |(one, other): (Runs<u64>, Runs<u64>)| one.finish_with(other);
            let [names, wholes, addresses] = sieve_keys;
            let names = scope.spawn(move || join(names));
            let others = (join(wholes)?, join(addresses)?, join(hosts)?);
            let names = names.join().map_err(|_| io::Error::other("a thread stopped"))?;
            io::Result::Ok(([names?, others.0, others.1], others.2))
        })?;
        let kept = one.kept.iter().zip(other.kept).map(|(one, other)| one + other);
        Ok(Distinct {
            keys,
            hosts,
            sieve_keys,
            labels,
            duplicates: rows.len() - indicators,
            kept: PatternKind::ALL.into_iter().zip(kept).collect(),
            kept_bytes: one.kept_bytes + other.kept_bytes,
            outline: one.outline,
            out,
            rows,
            again,
            first_id,
        })
    }
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
    Ok((again, found.finish_distinct()?))
}

/// The way along the rows.
struct Walk<'w> {
    rows: &'w Rows,
    again: &'w Bits,
    allow: Option<&'w AllowIndex>,
    /// Different ones.
    indicators: u64,
    room: &'w Room,
}

/// What it gathers of some rows.
struct KeysOf {
    out: Bits,
    outline: Outline,
    /// By the place of the kind in [`PatternKind::ALL`].
    kept: [u64; PatternKind::ALL.len()],
    kept_bytes: usize,
    /// With those that an allow list took out.
    text_bytes: usize,
    names: Runs<u64>,
    wholes: Runs<u64>,
    addresses: Runs<u64>,
    /// Fingerprints of hosts of URLs.
    hosts: Runs<u64>,
}

impl Walk<'_> {
    /// Keys and labels of all rows: of many on two threads.
    fn all(&self, repeats: &Sorted<u128>, sayings: &Sayings) -> io::Result<([KeysOf; 2], LabelTable)> {
        let rows = self.rows.len();
        if rows < ALONE {
            return Ok((
                [self.keys(0..rows)?, self.keys(rows..rows)?],
                self.labels(repeats, sayings)?,
            ));
        }
        // The thread that does the labels has fewer rows.
        let middle = rows / 100 * FIRST_PERCENT;
        std::thread::scope(|scope| {
            let other = scope.spawn(|| self.keys(middle..rows));
            let labels = self.labels(repeats, sayings);
            let keys = self.keys(0..middle);
            let other = other.join().map_err(|_| io::Error::other("a thread stopped"))?;
            Ok(([keys?, other?], labels?))
        })
    }

    /// What the sources say of each indicator: of an indicator that stands in several rows, in their order.
    fn labels(&self, repeats: &Sorted<u128>, sayings: &Sayings) -> io::Result<LabelTable> {
        let mut sets = SetBuilder::default();
        let mut of = Cells::new(self.indicators as usize, &self.room.part(8))?;
        let mut repeats = repeats.iter().peekable();
        // What a saying alone gives.
        let mut alone: Vec<Option<Sets>> = vec![None; sayings.len()];
        let mut id = 0;
        for (number, row) in (0u64..).zip(self.rows.iter()) {
            if let Some(repeat) = repeats.next_if(|repeat| (repeat >> 64) as u64 == number) {
                let earlier = repeat as u64;
                if let Some(cell) = of.get(earlier - self.again.below(earlier)) {
                    *cell = stored(sets.with(loaded(*cell), sayings.words(row.saying)));
                }
                continue;
            }
            let said = match alone.get_mut(row.saying as usize) {
                Some(Some(sets)) => *sets,
                Some(none) => *none.insert(sets.with([0, 0], sayings.words(row.saying))),
                None => [0, 0],
            };
            if let Some(cell) = of.get(id) {
                *cell = stored(said);
            }
            id += 1;
        }
        Ok(sets.finish(of.into_bytes()))
    }

    /// The keys of the indicators that first stand in rows of these numbers.
    fn keys(&self, numbers: Range<u64>) -> io::Result<KeysOf> {
        let mut keys = KeysOf {
            out: Bits::new(self.indicators),
            outline: Outline::default(),
            kept: [0; PatternKind::ALL.len()],
            kept_bytes: 0,
            text_bytes: 0,
            names: Runs::new(self.room.part(8)),
            wholes: Runs::new(self.room.part(16)),
            addresses: Runs::new(self.room.part(32)),
            hosts: Runs::new(self.room.part(32)),
        };
        let mut id = numbers.start - self.again.below(numbers.start);
        for (number, row) in (numbers.start..).zip(self.rows.range(numbers)) {
            if self.again.contains(number) {
                continue;
            }
            let text = std::str::from_utf8(row.text).unwrap_or_default();
            keys.text_bytes += text.len();
            if self.decide(row.kind, text).is_some() {
                keys.out.set(id);
            } else {
                keys.add(row.kind, text)?;
            }
            id += 1;
            if id.is_multiple_of(LOOK_EACH) {
                keys.take_waiting(WAITING)?;
            }
        }
        keys.take_waiting(0)?;
        for runs in [
            &mut keys.names,
            &mut keys.wholes,
            &mut keys.addresses,
            &mut keys.hosts,
        ] {
            runs.sort();
        }
        Ok(keys)
    }

    fn decide(&self, kind: PatternKind, text: &str) -> Option<(Pattern, &AllowEntry, LeftOutWhy)> {
        let pattern = self.allow.map(|_| Pattern::of_parts(kind, text))?;
        let (entry, why) = self.allow?.decide(&pattern)?;
        Some((pattern, entry, why))
    }

    /// Tells what was left out.
    fn tell(&self, out: &Bits, left_out: &mut dyn FnMut(LeftOut<'_>)) {
        if !out.any() {
            return;
        }
        let rows = (0u64..).zip(self.rows.iter());
        let different = rows.filter(|(number, _)| !self.again.contains(*number));
        for (_, (_, row)) in (0u64..).zip(different).filter(|(id, _)| out.contains(*id)) {
            let text = std::str::from_utf8(row.text).unwrap_or_default();
            if let Some((pattern, entry, why)) = self.decide(row.kind, text) {
                left_out(LeftOut {
                    pattern: &pattern,
                    entry,
                    why,
                });
            }
        }
    }
}

impl KeysOf {
    fn add(&mut self, kind: PatternKind, text: &str) -> io::Result<()> {
        if let Some(kept) = self.kept.get_mut(kind as usize) {
            *kept += 1;
        }
        self.kept_bytes += text.len();
        match self.outline.add(kind, text) {
            Some(host) => self.hosts.push(host),
            None => Ok(()),
        }
    }

    /// Takes keys that wait, where there are more than so many.
    fn take_waiting(&mut self, most: usize) -> io::Result<()> {
        let KeysOf {
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

    fn lengths(&self) -> (usize, usize) {
        (self.kept.values().sum::<u64>() as usize, self.kept_bytes)
    }

    fn entries(&self) -> (usize, impl Iterator<Item = u128>) {
        let indicators = self.keys.iter().filter_map(|key| self.entry(key));
        let hosts = self.hosts.iter().map(url_host_entry);
        let count = self.lengths().0 + self.hosts.len();
        (count, InOrder::of(indicators, hosts))
    }

    fn keys(&self, of: SieveKeys) -> (usize, impl Iterator<Item = u64>) {
        let [names, wholes, addresses] = &self.sieve_keys;
        let keys = match of {
            SieveKeys::Names => names,
            SieveKeys::Wholes => wholes,
            SieveKeys::Addresses => addresses,
        };
        (keys.len(), keys.iter())
    }
}

impl Distinct {
    /// The entry in the index of the indicator in a row; none where an earlier row has it, or it was taken out.
    #[inline]
    fn entry(&self, key: u128) -> Option<u128> {
        let number = key as u64;
        if self.again.contains(number) {
            return None;
        }
        let id = number - self.again.below(number);
        if self.out.contains(id) {
            return None;
        }
        // There are less than 2^32.
        Some(index_entry((key >> 64) as u64, (id - self.out.below(id)) as u32))
    }

    pub(in crate::watchfile) fn outline(&self) -> &Outline {
        &self.outline
    }
}

/// Two orders as one.
struct InOrder<A: Iterator, B: Iterator> {
    one: std::iter::Peekable<A>,
    other: std::iter::Peekable<B>,
}

impl<T: Ord, A: Iterator<Item = T>, B: Iterator<Item = T>> InOrder<A, B> {
    fn of(one: A, other: B) -> InOrder<A, B> {
        InOrder {
            one: one.peekable(),
            other: other.peekable(),
        }
    }
}

impl<T: Ord, A: Iterator<Item = T>, B: Iterator<Item = T>> Iterator for InOrder<A, B> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        match (self.one.peek(), self.other.peek()) {
            (Some(one), Some(other)) if other < one => self.other.next(),
            (Some(_), _) => self.one.next(),
            (None, _) => self.other.next(),
        }
    }
}
