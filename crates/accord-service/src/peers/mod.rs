//! Peers: other organisations' nodes.
//!
//! - `record`: what is kept of a peer and of an invitation.
//! - `pairing`: invitation, acceptance, and confirmation by two operators who compare fingerprints.
//! - `identify`: whose signed request this is, once.
//! - `answer`: what a peer is told; every payload comes through the release gate.
//! - `farewell`: what an organisation that was removed from a case may still read.
//! - `pull`: what this node asks, and keeps: ledgers; `content` and `objects`: what was released of them.
//! - `run`: keeping up by itself.

mod answer;
mod content;
mod farewell;
mod identify;
mod objects;
mod pairing;
mod pull;
mod record;
mod run;

pub use identify::{SIGNATURE_WINDOW_S, Signer};
pub use pairing::InvitationText;
pub use pull::Pulled;
pub use record::{PeerStatus, PeerView};
pub use run::News;

pub(crate) use answer::Fetches;
pub(crate) use farewell::{FAREWELLS, Farewell};
pub(crate) use identify::Nonces;
pub(crate) use pull::Asking;
pub(crate) use record::{INVITATIONS, Invitation, PEERS, Peer};
pub(crate) use run::Turns;
