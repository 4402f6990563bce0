//! Peers: other organisations' nodes.
//!
//! - `record`: what is kept of a peer and of an invitation.
//! - `pairing`: invitation, acceptance, and confirmation by two operators who compare fingerprints.
//! - `identify`: whose signed request this is, once.
//! - `answer`: what a peer is told; every payload comes through the release gate.
//! - `pull`: what this node asks, and keeps.
//! - `run`: keeping up by itself.

mod answer;
mod identify;
mod pairing;
mod pull;
mod record;
mod run;

pub use identify::{SIGNATURE_WINDOW_S, Signer};
pub use pairing::InvitationText;
pub use pull::Pulled;
pub use record::{PeerStatus, PeerView};

pub(crate) use identify::Nonces;
pub(crate) use record::{INVITATIONS, Invitation, PEERS, Peer};
