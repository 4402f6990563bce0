//! The organisations this node speaks with.

use askama::Template;

use super::{Form, Href, Pair, Shell, State, When};

/// `/organisations`.
#[derive(Debug, Clone, Template)]
#[template(path = "peers.html")]
pub struct PeersPage {
    /// The frame.
    pub shell: Shell,
    /// Our own fingerprint, in groups, to be read out by phone.
    pub fingerprint: String,
    /// Invitations under way, both directions.
    pub pending: Vec<PendingPeer>,
    /// Organisations.
    pub peers: Vec<PeerRow>,
    /// Makes an invitation.
    pub invite: Option<InviteForm>,
    /// Accepts an invitation. Fields: `invitation`.
    pub accept: Option<AcceptForm>,
}

/// Inviting.
#[derive(Debug, Clone)]
pub struct InviteForm {
    /// Fields: `org`.
    pub form: Form,
    /// The organisation typed.
    pub organisation: String,
}

/// Accepting.
#[derive(Debug, Clone)]
pub struct AcceptForm {
    /// Fields: `invitation`.
    pub form: Form,
    /// Text pasted.
    pub invitation: String,
}

/// An organisation whose key is not yet trusted.
#[derive(Debug, Clone)]
pub struct PendingPeer {
    /// Its name.
    pub organisation: String,
    /// Its kind in words.
    pub kind: String,
    /// Where its node is.
    pub address: String,
    /// Confirms it by its fingerprint, where this person may. Fields: `fingerprint`. The page does not show it: it is
    /// typed as it was read out by phone, or the comparison proves nothing.
    pub confirm: Option<Form>,
    /// The name of the field's id, and of what is said about it: several organisations may wait.
    pub field: String,
    /// Fingerprint typed.
    pub typed: String,
    /// Removes it, where this person may. Fields: none.
    pub reject: Option<Form>,
}

/// An organisation this node speaks with.
#[derive(Debug, Clone)]
pub struct PeerRow {
    /// Its name.
    pub organisation: String,
    /// Its kind in words.
    pub kind: String,
    /// Where its node is.
    pub address: String,
    /// Last contact; `None`: never.
    pub last_contact: Option<When>,
    /// How it stands: `in step`, `behind by 12 notes`, `not reached for 3 h`.
    pub health: State,
    /// Key's fingerprint, short.
    pub fingerprint: String,
    /// Agreements with it, in words.
    pub agreements: String,
    /// Asks it for what is new, where this person may. Fields: none.
    pub pull: Option<Form>,
    /// Stops speaking with it, where this person may and it is spoken with. Fields: none.
    pub suspend: Option<Form>,
    /// Speaks with it again, where this person may and it is not spoken with. Fields: none.
    pub resume: Option<Form>,
}

/// The page with a new invitation.
#[derive(Debug, Clone, Template)]
#[template(path = "invitation.html")]
pub struct InvitationPage {
    /// The frame.
    pub shell: Shell,
    /// The text to send.
    pub invitation: String,
    /// Our fingerprint in groups.
    pub fingerprint: Vec<String>,
    /// Until when it can be accepted.
    pub until: When,
    /// Back.
    pub back: Href,
}

/// `/node/keys/PURPOSE/revoke`.
#[derive(Debug, Clone, Template)]
#[template(path = "node_revoke.html")]
pub struct RevokePage {
    /// The frame.
    pub shell: Shell,
    /// What the key does, as a heading.
    pub title: String,
    /// The key, and what stops.
    pub facts: Vec<Pair>,
    /// Whether it is revoked already.
    pub is_revoked: bool,
    /// What the identity key signs.
    pub text: String,
    /// The same as a file.
    pub download: Href,
    /// The name of the identity key.
    pub identity: String,
    /// Fields: `note`. Leads to the page before it is published.
    pub form: Form,
    /// The signed note, as it was pasted.
    pub note: String,
    /// Back.
    pub back: Href,
}
