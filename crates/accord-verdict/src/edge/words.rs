//! The words of what an edge is told: kinds and actions, on the wire and in digests.

use accord_matcher::PatternKind;

use crate::listing::Action;

/// The place of a kind in the order of kinds.
pub(super) fn byte_of(kind: PatternKind) -> u8 {
    let place = PatternKind::ALL.iter().position(|known| *known == kind);
    place
        .and_then(|place| u8::try_from(place).ok())
        .unwrap_or(u8::MAX)
}

pub(super) fn kind_of(word: &str) -> Option<PatternKind> {
    PatternKind::ALL.into_iter().find(|kind| kind.as_str() == word)
}

pub(super) fn action_of(word: &str) -> Option<Action> {
    [Action::Detect, Action::Block]
        .into_iter()
        .find(|action| action.as_str() == word)
}

/// The length of a text, so that two texts are never read as one.
pub(super) fn text_bytes(text: &str) -> [u8; 8] {
    (text.len() as u64).to_le_bytes()
}
