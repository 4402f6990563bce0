//! What is published: an indicator, what is to be done about it, and where it comes from.

use std::sync::Arc;

use accord_matcher::Pattern;

/// What is to be done when an indicator is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Count sightings, tell nobody: suspects are not tipped off. Leaves no trace in any answer.
    Detect,
    /// Count sightings, and say so to whoever asks.
    Block,
}

impl Action {
    /// The word for this action.
    pub const fn as_str(self) -> &'static str {
        match self {
            Action::Detect => "detect",
            Action::Block => "block",
        }
    }
}

/// What is known of an indicator beside its text. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What is to be done.
    pub action: Action,
    /// Labels, as they are shown to the audience with a block. At most [`crate::limits::MAX_LABELS`].
    pub labels: Arc<[String]>,
    /// Who published it. Never shown to the audience.
    pub publisher: Arc<str>,
    /// When it was published, milliseconds since the Unix epoch. Never shown to the audience.
    pub since_ms: u64,
}

/// One published indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The indicator.
    pub pattern: Pattern,
    /// Everything else.
    pub note: Note,
}

impl Note {
    /// Whether the audience can tell this note from another one.
    pub(crate) fn looks_like(&self, other: &Note) -> bool {
        match (self.action, other.action) {
            (Action::Detect, Action::Detect) => true,
            (Action::Block, Action::Block) => self.labels == other.labels,
            _ => false,
        }
    }
}
