//! What the readers of STIX and MISP share: the document, its limit, and the rows that the readers of indicators make of
//! it, offered with the place that they stand in.

use super::Place;
use super::Spot;
use super::limits::OBJECTS_MAX;
use super::list::shown;
use super::taking::{Taking, place};
use crate::indicators::{self, Content, Keep, Node, NotUsed};

/// The document, or a problem. It may stand in `repaired`.
pub(super) fn document<'a>(
    bytes: &'a [u8],
    repaired: &'a mut Vec<u8>,
    part: &str,
    taking: &mut Taking,
) -> Option<Node<'a>> {
    let document = indicators::parse_json(bytes, repaired, Keep::All);
    document
        .map_err(|error| taking.problem(Some(place(part, Spot::Itself)), error.to_string()))
        .ok()
}

/// Says so where there is more of it than is read.
pub(super) fn bounded(count: usize, what: &str, part: &str, taking: &mut Taking) {
    if count > OBJECTS_MAX {
        let words = format!("it has {count} {what}, the first {OBJECTS_MAX} are read");
        taking.problem(Some(place(part, Spot::Itself)), words);
    }
}

/// Offers every row. What is not used is a problem with its reason, unless `otherwise` says that it took care of it.
pub(super) fn offer(
    bytes: &[u8],
    part: &str,
    taking: &mut Taking,
    place_of: &dyn Fn(u64) -> Place,
    otherwise: &dyn Fn(u64, &NotUsed, &Place, &mut Taking) -> bool,
) {
    let outcome = indicators::read(bytes, &mut |row| {
        // Of what is over the limit a problem tells.
        if row.place > OBJECTS_MAX as u64 {
            return;
        }
        let at = place_of(row.place);
        match row.content {
            Content::Indicator { value, labels, .. } => {
                if !taking.offer(value, labels, &at, None) {
                    let words = format!("no value that can be looked for: {}", shown(value));
                    taking.problem(Some(at), words);
                }
            }
            Content::NotUsed { written, reason } => {
                if !otherwise(row.place, &reason, &at, taking) {
                    taking.problem(Some(at), format!("{reason}: {}", shown(written)));
                }
            }
            Content::Allow { .. } => {}
        }
    });
    if let Err(error) = outcome {
        taking.problem(Some(place(part, Spot::Itself)), error.to_string());
    }
}
