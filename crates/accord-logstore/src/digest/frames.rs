//! SHA-256 of a log and of each of its frames, at once.
//!
//! A processor's own instructions for SHA-256 wait for one another. Two digests side by side take hardly longer than one, so
//! the log's goes over a frame together with the frame's.

use sha2::block_api::compress256;

use super::pair::compress_pair;
use super::{Digests, Hex};

/// Bytes that SHA-256 takes at once.
pub(super) const BLOCK: usize = 64;

/// The state before the first block (FIPS 180-4, 5.3.3).
const START: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// Takes the frames of a log.
pub(crate) struct FrameDigester {
    state: [u32; 8],
    /// The bytes of a block that is not whole, and how many.
    held: [u8; BLOCK],
    count: usize,
    length: u64,
}

impl Default for FrameDigester {
    fn default() -> Self {
        Self {
            state: START,
            held: [0; BLOCK],
            count: 0,
            length: 0,
        }
    }
}

impl FrameDigester {
    /// Takes the next frame; gives its own SHA-256.
    pub(crate) fn frame(&mut self, raw: &[u8]) -> Hex<32> {
        self.length += raw.len() as u64;
        let mut rest = raw;
        if self.count > 0 {
            let free = self.held.get_mut(self.count..).unwrap_or_default();
            let (some, after) = rest.split_at(free.len().min(rest.len()));
            free.iter_mut().zip(some).for_each(|(to, from)| *to = *from);
            self.count += some.len();
            rest = after;
            if self.count == BLOCK {
                compress256(&mut self.state, &[self.held]);
                self.count = 0;
            }
        }
        let (of_log, after) = rest.as_chunks::<BLOCK>();
        let (of_frame, end) = raw.as_chunks::<BLOCK>();
        let mut state = START;
        // The log's blocks are as many as the frame's, or one fewer.
        let both = of_log.len().min(of_frame.len());
        let (of_log, log_last) = of_log.split_at(both);
        let (of_frame, frame_last) = of_frame.split_at(both);
        compress_pair(&mut self.state, of_log, &mut state, of_frame);
        compress256(&mut self.state, log_last);
        compress256(&mut state, frame_last);
        if self.count == 0 {
            self.held.iter_mut().zip(after).for_each(|(to, from)| *to = *from);
            self.count = after.len();
        }
        finish(state, end, raw.len() as u64)
    }

    /// SHA-256 of the log, and how long it is.
    pub(crate) fn finish(self) -> Digests {
        let held = self.held.get(..self.count).unwrap_or_default();
        Digests {
            length: self.length,
            sha256: finish(self.state, held, self.length),
            sha512: None,
        }
    }
}

/// The digest of `length` bytes, of which those after the last whole block are left: a one, noughts, and the length in bits
/// (FIPS 180-4, 5.1.1).
fn finish(mut state: [u32; 8], left: &[u8], length: u64) -> Hex<32> {
    let mut blocks = [[0; BLOCK]; 2];
    let bytes = blocks.as_flattened_mut();
    let ended = left.iter().chain(&[0x80]);
    bytes.iter_mut().zip(ended).for_each(|(to, from)| *to = *from);
    // The length has eight bytes behind the one.
    let count = if left.len() < BLOCK - 8 { 1 } else { 2 };
    let places = bytes
        .get_mut(count * BLOCK - 8..count * BLOCK)
        .unwrap_or_default();
    let bits = (length * 8).to_be_bytes();
    places.iter_mut().zip(bits).for_each(|(to, from)| *to = from);
    compress256(&mut state, blocks.get(..count).unwrap_or_default());
    let mut digest = [0; 32];
    let words = state.iter().flat_map(|word| word.to_be_bytes());
    digest.iter_mut().zip(words).for_each(|(to, from)| *to = from);
    Hex(digest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::{Digester, sha256};

    fn check(log: &[u8], cuts: &[usize]) {
        let (mut frames, mut plainly) = (FrameDigester::default(), Digester::default());
        let mut rest = log;
        for cut in cuts.iter().copied().chain([log.len()]) {
            let (frame, after) = rest.split_at(cut.min(rest.len()));
            assert_eq!(frames.frame(frame), sha256(frame), "{} bytes", frame.len());
            plainly.update(frame);
            rest = after;
        }
        assert_eq!(frames.finish(), plainly.finish());
    }

    #[test]
    fn every_length_around_a_block() {
        let log: Vec<u8> = (0..=255).cycle().take(700).collect();
        for first in 0..=130 {
            for second in [0, 1, 55, 56, 63, 64, 65, 128] {
                check(&log, &[first, second]);
            }
        }
        check(b"", &[]);
    }

    proptest::proptest! {
        #[test]
        fn digests_are_those_of_the_library(
            log in proptest::collection::vec(proptest::num::u8::ANY, 0..3000),
            cuts in proptest::collection::vec(0..500usize, 0..20),
        ) {
            check(&log, &cuts);
        }
    }
}
