//! Small sets of bytes, no two of a set with the same low four bits: a byte is in a set where it is the set's byte with
//! its own low bits. So one look into a register and one comparison tell, whatever the set.

/// `-`, `.` and `_`: what a host run has beside letters and digits.
pub(super) const MARKS: [u8; 16] = set(b"-._");
/// What [`super::Word::edge`] has.
pub(super) const EDGE: [u8; 16] = set(b"-.\\%#");
/// What [`super::Word::odd`] has, bit 5 set.
pub(super) const ODD: [u8; 16] = set(b"{(");
/// What [`super::Word::after`] has, bit 5 set.
pub(super) const AFTER: [u8; 16] = set(b".:`ad");

#[allow(
    clippy::indexing_slicing,
    reason = "const evaluation, checked by the compiler"
)]
const fn set(of: &[u8]) -> [u8; 16] {
    // Where the set has none, a byte with other low bits, which no byte there can be.
    let mut set = [0; 16];
    set[0] = 1;
    let mut i = 0;
    while i < of.len() {
        let place = (of[i] & 15) as usize;
        assert!(set[place] & 15 != of[i] & 15, "low bits are alike");
        set[place] = of[i];
        i += 1;
    }
    set
}
