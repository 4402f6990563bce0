//! Many values at once: what each look-up will read is asked for before the first needs it, so that memory is waited
//! for once for all of them.

use crate::audience::Audience;
use crate::index::hash_of;
use crate::plain::{Form, Plain};
use crate::reader::{Blocks, Reader};
use crate::snapshot::Snapshot;

/// Values that are asked for together.
const TOGETHER: usize = 16;
/// Names in one value that are asked for ahead; those of a longer name wait.
const SUFFIXES: usize = 6;

/// Room that is used again.
#[derive(Debug, Default)]
pub(crate) struct Ahead {
    plain: Plain,
    hashes: Vec<u64>,
    places: Vec<u32>,
}

impl Ahead {
    /// Reads what look-ups of these values will read. The sum of it, for nobody.
    fn read<'v>(&mut self, snapshot: &Snapshot, values: impl Iterator<Item = &'v str>) -> u64 {
        let Some(index) = &snapshot.base.index else { return 0 };
        let Ahead { plain, hashes, places } = self;
        hashes.clear();
        for value in values {
            match plain.read(value) {
                Form::Name => {
                    let suffixes = plain.suffixes().take(SUFFIXES);
                    let suffixes = suffixes.filter_map(|begin| plain.text().get(usize::from(begin)..));
                    hashes.extend(suffixes.map(hash_of));
                }
                Form::Hash(_) => hashes.push(hash_of(plain.text())),
                Form::Ipv4(_) | Form::Other => {}
            }
        }
        places.clear();
        places.extend(hashes.iter().filter_map(|&hash| index.touch(hash)));
        places.iter().map(|&place| u64::from(index.touch_record(place))).sum()
    }
}

impl Audience {
    /// Looks many values up, as [`Audience::ask`] does one, and gives what is told of each, in order.
    pub fn ask_all<'v>(
        &self,
        snapshot: &Snapshot,
        reader: &mut Reader,
        values: &[impl AsRef<str>],
        mut told: impl FnMut(usize, Blocks<'_>),
    ) {
        let mut ahead = std::mem::take(&mut reader.ahead);
        let mut place = 0;
        for together in values.chunks(TOGETHER) {
            std::hint::black_box(ahead.read(snapshot, together.iter().map(AsRef::as_ref)));
            for value in together {
                told(place, self.ask(snapshot, reader, value.as_ref()));
                place += 1;
            }
        }
        reader.ahead = ahead;
    }
}
