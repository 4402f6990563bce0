//! What waits, in words that say nothing of it.

use serde::{Deserialize, Serialize};

use crate::views::Todo;

/// A kind of thing that waits. The words name no case, no organisation and no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Waiting {
    /// A decision: a request, a release, a look at an identity, an identity that was given, a recall.
    Decision,
    /// An exhibit to be received.
    Exhibit,
    /// An answer that is due, or a question to experts.
    Answer,
    /// A plan and its targets.
    Plan,
    /// A message of a business.
    Message,
    /// An agreement to be signed or refused.
    Agreement,
    /// An account, a role or a partner to be confirmed.
    Confirmation,
    /// Anything else.
    Other,
}

impl Waiting {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Decision,
        Self::Exhibit,
        Self::Answer,
        Self::Plan,
        Self::Message,
        Self::Agreement,
        Self::Confirmation,
        Self::Other,
    ];

    /// The word in settings and webhooks.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Decision => "decision",
            Self::Exhibit => "exhibit",
            Self::Answer => "answer",
            Self::Plan => "plan",
            Self::Message => "message",
            Self::Agreement => "agreement",
            Self::Confirmation => "confirmation",
            Self::Other => "other",
        }
    }

    /// What settings say.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Decision => "Something to decide",
            Self::Exhibit => "An exhibit to receive",
            Self::Answer => "An answer that is due, or a question",
            Self::Plan => "A plan",
            Self::Message => "A message of a business",
            Self::Agreement => "An agreement to sign or refuse",
            Self::Confirmation => "An account, a role or a partner to confirm",
            Self::Other => "Anything else",
        }
    }

    /// One or several, in a notice.
    pub const fn counted(self, number: u32) -> &'static str {
        match (self, number) {
            (Self::Decision, 1) => "decision",
            (Self::Decision, _) => "decisions",
            (Self::Exhibit, 1) => "exhibit to receive",
            (Self::Exhibit, _) => "exhibits to receive",
            (Self::Answer, 1) => "answer or question",
            (Self::Answer, _) => "answers or questions",
            (Self::Plan, 1) => "plan",
            (Self::Plan, _) => "plans",
            (Self::Message, 1) => "message",
            (Self::Message, _) => "messages",
            (Self::Agreement, 1) => "agreement",
            (Self::Agreement, _) => "agreements",
            (Self::Confirmation, 1) => "confirmation",
            (Self::Confirmation, _) => "confirmations",
            (Self::Other, 1) => "other thing",
            (Self::Other, _) => "other things",
        }
    }

    /// The kind of a line of the inbox.
    pub(crate) const fn of(todo: &Todo) -> Self {
        match todo {
            Todo::DecideRequest { .. }
            | Todo::AwaitSecond { .. }
            | Todo::ApproveRelease { .. }
            | Todo::GiveGrant { .. }
            | Todo::CheckIdentity { .. }
            | Todo::GuestLink { .. }
            | Todo::AnswerRecall { .. }
            | Todo::AnswerLeadRecall { .. }
            | Todo::RecallOnward { .. } => Self::Decision,
            Todo::ReceiveExhibit { .. } => Self::Exhibit,
            Todo::AwaitAnswer { .. }
            | Todo::TakeExpertise { .. }
            | Todo::ConfirmOral { .. }
            | Todo::KeptUntil { .. } => Self::Answer,
            Todo::Disruption { .. } => Self::Plan,
            Todo::AnswerBusiness { .. } | Todo::FileIdentity { .. } => Self::Message,
            Todo::AnswerAgreement { .. } => Self::Agreement,
            Todo::ConfirmPeer { .. } | Todo::ConfirmRole { .. } | Todo::ConfirmReset { .. } => {
                Self::Confirmation
            }
            Todo::OldDraft { .. } | Todo::LookAtHunt { .. } | Todo::LookAtAnswer { .. } => Self::Other,
            // What is new in the inbox is told of before it has a word of its own.
            #[allow(unreachable_patterns, reason = "a kind that the inbox gains later")]
            _ => Self::Other,
        }
    }
}
