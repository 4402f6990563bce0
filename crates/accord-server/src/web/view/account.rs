//! A person's own account.

use askama::Template;

use super::qr::QrCode;
use super::{Form, Pair, Shell};

/// `/account`.
#[derive(Debug, Clone, Template)]
#[template(path = "account.html")]
pub struct AccountPage {
    /// The frame.
    pub shell: Shell,
    /// Name, login, roles, last sign-in.
    pub facts: Vec<Pair>,
    /// Said first when the account must be made safe before anything else; may be empty.
    pub must: String,
    /// Changes the password. Fields: `current`, `current_code` where there is a code, `new`, `again`.
    pub password: Form,
    /// Whether a one-time code is in use, and is asked for beside the password.
    pub coded: bool,
    /// Fewest characters of a password.
    pub password_min: u32,
    /// The one-time code.
    pub totp: Totp,
}

/// How the one-time code stands.
#[derive(Debug, Clone)]
pub enum Totp {
    /// None yet.
    Off {
        /// Starts. Fields: `held_password`.
        start: Form,
    },
    /// Being set up.
    Enrolling {
        /// The picture to photograph: [`QrCode::of`] the `otpauth://` address.
        qr: Option<QrCode>,
        /// The secret in groups, to type instead.
        secret: String,
        /// Confirms with a first code. Fields: `code`.
        confirm: Form,
    },
    /// In use.
    On {
        /// Starts over with a new device. Fields: `held_password`, `held_code`.
        renew: Form,
    },
}
