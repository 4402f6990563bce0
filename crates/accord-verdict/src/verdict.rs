//! What a look-up finds. Two types, so that what is silent cannot be sent: a [`Verdict`] is for this node, an
//! [`Answer`] for the audience, and only an answer can be written to a socket.

use accord_matcher::{Kind, MatchKind};

use crate::listing::{Action, Note};

/// One indicator that hit a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// What the value is.
    pub kind: Kind,
    /// The canonical value; of a URL this may be its host.
    pub value: String,
    /// The canonical indicator.
    pub indicator: String,
    /// How it hit.
    pub how: MatchKind,
    /// Action, labels, publisher.
    pub note: Note,
}

/// Everything that hit a value, silent detections included. Stays inside the node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// In the order of `docs/spec/matching.md`.
    pub matches: Vec<Match>,
}

impl Verdict {
    /// The strongest action of all that hit; none where nothing did.
    pub fn action(&self) -> Option<Action> {
        self.matches.iter().map(|hit| hit.note.action).max()
    }

    /// Whether anything hit.
    pub fn is_listed(&self) -> bool {
        !self.matches.is_empty()
    }

    /// What the audience may hear of it: blocks only.
    pub fn into_answer(mut self) -> Answer {
        self.matches.retain(|hit| hit.note.action == Action::Block);
        Answer { blocks: self.matches }
    }
}

/// What an audience hears: an indicator that is only detected is not there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    blocks: Vec<Match>,
}

impl Answer {
    /// Whether the value is listed, as far as the audience may know.
    pub fn is_listed(&self) -> bool {
        !self.blocks.is_empty()
    }

    /// The blocks, in the order of `docs/spec/matching.md`.
    pub fn blocks(&self) -> &[Match] {
        &self.blocks
    }
}
