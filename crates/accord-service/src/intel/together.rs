//! Which values of an e-mail were seen together: its sender's address, where it points to and what it carries.
//!
//! A mailbox is none of them, neither the sender's nor a recipient's; nor are the hosts on its way after the first.

use accord_formats::material::{Doubt, Form, Material, Place, Spot};
use accord_model::control::limits::LINK_VALUES_MAX;

use super::judge::ValueView;
use crate::reputation::takes;

/// Kinds of values, in the order in which they are kept where there are too many; of a file its SHA-256 alone.
const KINDS: [&str; 5] = ["ipv4", "ipv6", "sha256", "url", "domain"];
/// The header field in which the address stands that a message was sent from.
const SENT_FROM: &str = "Received, hop 1 of ";

/// Whether a place is where the sender's address stands; `within`: of a message that the material carries.
fn is_sent_from(place: &Place, within: bool) -> bool {
    let header = matches!(&place.spot, Spot::Header(name) if name.starts_with(SENT_FROM));
    header && place.part.is_empty() != within
}

/// Whether a value is the address that the message was sent from, and nobody's own here. Of a message that somebody sent
/// on inside another one, the one inside is meant: the outer one was sent by whoever reports it.
fn is_sender(value: &ValueView, within: bool) -> bool {
    value.found.kind.starts_with("ipv")
        && value.found.doubt == Some(Doubt::Transport)
        && value.own.is_none()
        && value.theirs.is_empty()
        && value.found.places.iter().any(|place| is_sent_from(place, within))
}

/// The values of a material that were seen in one mail, at most as many as a link joins; none where it is no e-mail.
pub(super) fn together(material: &Material, values: &[ValueView]) -> Vec<String> {
    if material.form != Form::Mail {
        return Vec::new();
    }
    let mut places = values.iter().flat_map(|value| &value.found.places);
    let within = places.any(|place| is_sent_from(place, true));
    let rank = |value: &ValueView| KINDS.iter().position(|kind| *kind == value.found.kind);
    let mut chosen: Vec<(usize, &ValueView)> = values
        .iter()
        .filter(|value| value.ticked || is_sender(value, within))
        .filter(|value| takes(&value.found.value))
        .filter_map(|value| Some((rank(value)?, value)))
        .collect();
    chosen.sort_by_key(|(rank, value)| (*rank, value.number));
    let values = chosen.into_iter().map(|(_, value)| value.found.value.clone());
    values.take(LINK_VALUES_MAX).collect()
}
