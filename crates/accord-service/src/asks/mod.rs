//! Asking a partner for something other than lines of its logs, and answering.
//!
//! - `ask`: information, expertise, subscriber data, preservation, a takedown; what the partner will see; taking back.
//! - `answer`: the holder's approver answers, answers less, or refuses; the pool of experts says whether it will.
//! - `oral`: the authority given by word of mouth in an emergency, and its confirmation in writing.
//!
//! Hunts have use cases of their own (`requests`, `hunts`, `decide`), because their answer is a package; a hunt that
//! rests on an oral authority is asked here. What leaves passes the gate (`release`) as everything does.

mod answer;
mod ask;
mod oral;

pub(crate) use answer::{ANSWERS, PendingAnswer, are_asked, counted};
pub use answer::{AnswerOutcome, PoolWord, RequestAnswer};
pub use ask::{NewRequest, RequestPreview};
pub use oral::{NewOral, OralConfirmation};

use accord_model::Category;
use accord_model::content::RequestWhat;

/// What an authority has to cover for a request of a kind: what would be answered with.
pub(crate) const fn covers(what: RequestWhat) -> Category {
    match what {
        RequestWhat::Hunt => Category::LogEvidence,
        RequestWhat::SubscriberData => Category::SubscriberData,
        _ => Category::Request,
    }
}

/// Whether a request of a kind is made only on an authority.
pub(crate) const fn needs_authority(what: RequestWhat) -> bool {
    matches!(what, RequestWhat::Hunt | RequestWhat::SubscriberData)
}

/// What is asked for, in the words of whoever asked.
pub(crate) const fn asked_for(what: RequestWhat) -> &'static str {
    match what {
        RequestWhat::Expertise => "their experts' help",
        RequestWhat::Hunt => "a hunt in their logs",
        _ => asks_for(what),
    }
}

/// What is asked for, in the words of whoever is asked.
pub(crate) const fn asks_for(what: RequestWhat) -> &'static str {
    match what {
        RequestWhat::Information => "information",
        RequestWhat::Expertise => "your experts' help",
        RequestWhat::Hunt => "a hunt in your logs",
        RequestWhat::SubscriberData => "who held an address",
        RequestWhat::Preservation => "data to be kept",
        RequestWhat::Takedown => "something to be taken down",
    }
}
