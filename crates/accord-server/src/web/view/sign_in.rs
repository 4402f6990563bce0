//! Signing in.

use askama::Template;

use super::{Form, Shell};

/// `/sign-in`.
#[derive(Debug, Clone, Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    /// The frame, without a person.
    pub shell: Shell,
    /// Fields: `name`, `password`, `code` (six digits), `next` (the path wanted).
    pub form: Form,
    /// The name typed before.
    pub name: String,
    /// The path to go to afterwards; the receiver checks that it is one of this node.
    pub next: String,
    /// How it stands.
    pub state: SignInState,
}

/// How signing in stands.
#[derive(Debug, Clone)]
pub enum SignInState {
    /// First visit.
    Ready,
    /// Name, password or code did not match, or the account is locked; which of them is not told.
    Wrong,
    /// The session ended by itself.
    Ended,
}
