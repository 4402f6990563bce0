//! Victims: a business that talks before it is named, who it is for its custodian alone, looks at that under a grant,
//! and the check that nothing which leaves names it (`docs/spec/victims.md`).
//!
//! - `conversation`: what a business says through its secret link, and what it reads there. Local to this node.
//! - `desk`: the conversations as investigators see and answer them, and how one becomes a victim of a case.
//! - `identity`: who a victim is, sealed to this node's custodian key. `giving`: given by a partner to the agency. `keeping`: kept by a custodian. `letter`: what it is told on paper.
//! - `grants`: looks at an identity, asked for by one person and given by two others.
//! - `names`: finds the names, domains and addresses of the victims in a text. `watch`: asks it of everything that
//!   leaves. `naming`: the one way round it, under a grant.
//! - `view`: the victims of a case, as a person may see them. `waiting`: what waits for a person.
//!
//! Deliberately absent: any way to an identity that writes no note of the look.

mod conversation;
mod desk;
mod giving;
mod grants;
mod identity;
mod keeping;
mod letter;
mod names;
mod naming;
mod view;
mod waiting;
mod watch;

pub use conversation::{ConversationOpened, Message, MessageFrom, StepView, VictimLook, VictimSees};
pub use desk::{Attaching, ConversationLine, ConversationView};
pub use giving::{GivingIdentity, IdentityGivenView};
pub use grants::{GRANT_MAX_MS, Giving};
pub use identity::Identity;
pub use view::{CaseVictims, GrantView, VictimMessageView, VictimView};

pub(crate) use conversation::{CONVERSATIONS, Conversation};
pub(crate) use giving::{IdentityRefused, REFUSED_IDENTITIES};
pub(crate) use identity::CustodianKey;
pub(crate) use naming::NAMINGS;
pub(crate) use watch::{Refused, Watch};
