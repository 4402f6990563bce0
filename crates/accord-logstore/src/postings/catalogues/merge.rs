//! The keys of many segments in one order, whatever number of segments and keys: the order is cut into stretches that memory
//! has room for, and of each stretch every segment's keys are read and sorted.

use super::super::file::{Absent, Postings};
use super::super::keys::KeyKind;
use super::SEGMENT_BITS;
use super::build::Opened;
use crate::error::Result;
use crate::store::LogStore;

/// Keys that are sorted at once.
const STRETCH_KEYS: u64 = 1 << 21;
/// First keys of blocks by which stretches are chosen.
const MAX_SAMPLES: u64 = 1 << 20;

/// A segment that cannot be merged, by its place, and why.
pub(super) type Unusable = (usize, Absent);

/// A key and a segment, in the order of the keys.
trait Entry: Copy + Ord {
    fn new(key: u128, segment: u32) -> Self;
    fn parts(self) -> (u128, u32);
}

/// Keys of at most 52 bits, above the segment.
impl Entry for u64 {
    fn new(key: u128, segment: u32) -> Self {
        (key as Self) << SEGMENT_BITS | Self::from(segment)
    }

    fn parts(self) -> (u128, u32) {
        let segment = self & ((1 << SEGMENT_BITS) - 1);
        (u128::from(self >> SEGMENT_BITS), segment as u32)
    }
}

impl Entry for (u128, u32) {
    fn new(key: u128, segment: u32) -> Self {
        (key, segment)
    }

    fn parts(self) -> (u128, u32) {
        self
    }
}

/// How the fingerprints of a segment's postings become those of a catalogue: leading bits of both, of which the shorter one is
/// filled with zeros.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    own: u32,
    shared: u32,
}

impl Scale {
    pub(super) const fn new(kind: KeyKind, own: u32, shared: u32) -> Self {
        match kind {
            KeyKind::Print => Self { own, shared },
            // Addresses are kept whole.
            KeyKind::Ipv4 | KeyKind::Ipv6 => Self { own: 0, shared: 0 },
        }
    }

    const fn shared(self, key: u128) -> u128 {
        key >> self.own.saturating_sub(self.shared) << self.shared.saturating_sub(self.own)
    }

    /// The keys that become one from `first` to `last`.
    const fn own(self, first: u128, last: u128) -> (u128, u128) {
        let (more, fewer) = (
            self.own.saturating_sub(self.shared),
            self.shared.saturating_sub(self.own),
        );
        let first = first.saturating_add((1 << fewer) - 1) >> fewer;
        (first << more, last >> fewer << more | ((1 << more) - 1))
    }
}

/// The largest key of a kind.
const fn last_key(kind: KeyKind, print_bits: u32) -> u128 {
    match kind {
        KeyKind::Print => (1 << print_bits) - 1,
        KeyKind::Ipv4 => u32::MAX as u128,
        KeyKind::Ipv6 => u128::MAX,
    }
}

/// Gives every key of the kind that any of the segments has with every segment that has it, in their order, each once.
///
/// # Errors
/// Those of the file system and of `pause`, which is called now and then. Postings that cannot be read are the inner error.
pub(super) fn merge(
    store: &LogStore,
    opened: &[Opened],
    kind: KeyKind,
    print_bits: u32,
    pause: &mut dyn FnMut() -> Result<()>,
    take: &mut dyn FnMut(u128, u32) -> Result<()>,
) -> Result<std::result::Result<(), Unusable>> {
    match kind {
        KeyKind::Print | KeyKind::Ipv4 => merge_as::<u64>(store, opened, kind, print_bits, pause, take),
        KeyKind::Ipv6 => merge_as::<(u128, u32)>(store, opened, kind, print_bits, pause, take),
    }
}

fn merge_as<E: Entry>(
    store: &LogStore,
    opened: &[Opened],
    kind: KeyKind,
    print_bits: u32,
    pause: &mut dyn FnMut() -> Result<()>,
    take: &mut dyn FnMut(u128, u32) -> Result<()>,
) -> Result<std::result::Result<(), Unusable>> {
    let stretches = match stretches(store, opened, kind, print_bits)? {
        Ok(stretches) => stretches,
        Err(unusable) => return Ok(Err(unusable)),
    };
    let mut entries: Vec<E> = Vec::new();
    for (first, last) in stretches {
        entries.clear();
        for (place, of) in opened.iter().enumerate() {
            let scale = Scale::new(kind, of.print_bits(), print_bits);
            let (own_first, own_last) = scale.own(first, last);
            if own_first > own_last || of.has_none(kind) {
                continue;
            }
            let mut read = |postings: &mut Postings| {
                postings.keys(kind, own_first, own_last, &mut |key| {
                    entries.push(E::new(scale.shared(key), place as u32));
                })
            };
            if let Err(absent) = of.with(store, &mut read)? {
                return Ok(Err((place, absent)));
            }
        }
        // What is sorted already, a segment at a time, is only merged.
        entries.sort();
        entries.dedup();
        for entry in &entries {
            let (key, segment) = entry.parts();
            take(key, segment)?;
        }
        pause()?;
    }
    Ok(Ok(()))
}

/// First and last key of stretches of about [`STRETCH_KEYS`], which together are all keys.
fn stretches(
    store: &LogStore,
    opened: &[Opened],
    kind: KeyKind,
    print_bits: u32,
) -> Result<std::result::Result<Vec<(u128, u128)>, Unusable>> {
    let blocks: u64 = opened.iter().map(|of| of.blocks(kind)).sum();
    let step = blocks.div_ceil(MAX_SAMPLES).max(1);
    let mut samples = Vec::new();
    for (place, of) in opened.iter().enumerate() {
        if of.has_none(kind) {
            continue;
        }
        let scale = Scale::new(kind, of.print_bits(), print_bits);
        let mut number = 0u64;
        let mut read = |postings: &mut Postings| {
            postings.first_keys(kind, &mut |key| {
                if number.is_multiple_of(step) {
                    samples.push(scale.shared(key));
                }
                number += 1;
            })
        };
        if let Err(absent) = of.with(store, &mut read)? {
            return Ok(Err((place, absent)));
        }
    }
    samples.sort_unstable();
    let blocks_each = STRETCH_KEYS / super::super::BLOCK_KEYS as u64;
    let each = usize::try_from(blocks_each / step).unwrap_or(usize::MAX).max(1);
    let mut stretches = Vec::new();
    let mut first = 0;
    for next in samples.into_iter().skip(each).step_by(each) {
        if next > first {
            stretches.push((first, next - 1));
            first = next;
        }
    }
    stretches.push((first, last_key(kind, print_bits)));
    Ok(Ok(stretches))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_become_one_in_a_range_are_those_of_its_own_range() {
        for (own, shared) in [(3, 3), (7, 4), (4, 7), (1, 6), (6, 1)] {
            let scale = Scale::new(KeyKind::Print, own, shared);
            for first in 0..1u128 << shared {
                for last in first..1 << shared {
                    let (own_first, own_last) = scale.own(first, last);
                    for key in 0..1 << own {
                        let becomes = scale.shared(key);
                        assert!(becomes < 1 << shared);
                        assert_eq!(
                            (first..=last).contains(&becomes),
                            (own_first..=own_last).contains(&key),
                            "{own} {shared} {key} in {first} to {last}"
                        );
                    }
                }
            }
        }
    }
}
