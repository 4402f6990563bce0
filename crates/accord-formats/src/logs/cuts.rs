//! Where a line is cut into fields: eight bytes are looked at at once, for most fields are short.

const WORD: usize = size_of::<u64>();

/// The place of each separator, and the end of the line.
pub(super) fn cuts(line: &[u8], separator: u8) -> Cuts<'_> {
    let mut cuts = Cuts {
        line,
        separator,
        base: 0,
        found: 0,
    };
    cuts.look();
    cuts
}

/// See [`cuts`].
pub(super) struct Cuts<'l> {
    line: &'l [u8],
    separator: u8,
    /// Where the word at hand begins; past the end once that was given.
    base: usize,
    /// The high bit of each of its bytes that is a separator not given yet.
    found: u64,
}

impl Cuts<'_> {
    /// Looks at the word at hand. What is missing of the last one is no separator.
    #[inline]
    fn look(&mut self) {
        let rest = self.line.get(self.base..).unwrap_or_default();
        let word = match rest.first_chunk::<WORD>() {
            Some(word) => *word,
            None => {
                let mut word = [!self.separator; WORD];
                word.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
                word
            }
        };
        self.found = equal(u64::from_le_bytes(word) ^ u64::from_ne_bytes([self.separator; WORD]));
    }
}

impl Iterator for Cuts<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.found == 0 {
            if self.base > self.line.len() {
                return None;
            }
            self.base += WORD;
            if self.base > self.line.len() {
                return Some(self.line.len());
            }
            self.look();
        }
        let at = self.base + self.found.trailing_zeros() as usize / 8;
        self.found &= self.found - 1;
        Some(at)
    }
}

/// The high bit of each byte that is nought, and of no other (Warren: Hacker's Delight, 6-1).
pub(super) const fn equal(word: u64) -> u64 {
    const LOW: u64 = u64::from_ne_bytes([0x7f; WORD]);
    !(((word & LOW) + LOW) | word | LOW)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn fields_are_those_of_a_plain_split(
            line in proptest::collection::vec(proptest::sample::select(vec![b'\t', 8, 10, b'a', 0, 0x80, 0x89, 0xff]), 0..60),
        ) {
            let expected: Vec<&[u8]> = line.split(|byte| *byte == b'\t').collect();
            let mut start = 0;
            let mut got = Vec::new();
            for end in cuts(&line, b'\t') {
                got.push(&line[start..end]);
                start = end + 1;
            }
            proptest::prop_assert_eq!(got, expected);
        }
    }
}
