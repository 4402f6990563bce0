//! One value a line.

use super::material::{Indicator, Marking, Material};
use super::{Told, head};

/// Writes a list, each value once.
pub(super) fn write(
    material: &Material,
    carried: &[&Indicator],
    marking: Option<Marking>,
    told: &mut Told,
) -> (Vec<u8>, usize) {
    let mut out = head("#", material, marking);
    let mut seen = std::collections::BTreeSet::new();
    for indicator in carried {
        if !seen.insert(indicator.value.as_str()) {
            told.tell("a value that stands in the list already: written once");
            continue;
        }
        // Canonical values have no white space and begin like no comment.
        out.push_str(&indicator.value);
        out.push('\n');
    }
    (out.into_bytes(), seen.len())
}
