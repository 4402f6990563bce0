//! A hosts file: names sent nowhere.

use super::material::{Indicator, Marking, Material, ValueKind};
use super::{Told, head};

/// Writes a hosts file.
pub(super) fn write(
    material: &Material,
    carried: &[&Indicator],
    marking: Option<Marking>,
    told: &mut Told,
) -> (Vec<u8>, usize) {
    let mut out = head("#", material, marking);
    let mut count = 0;
    for indicator in carried {
        if indicator.kind != ValueKind::Domain {
            told.tell("no domain, which is all that a hosts file holds: left out");
            continue;
        }
        told.tell("a domain: a hosts file blocks it alone, and not the names under it");
        out.push_str(&format!(
            "0.0.0.0 {} # {}\n",
            indicator.value,
            indicator.marking.as_str()
        ));
        count += 1;
    }
    (out.into_bytes(), count)
}
