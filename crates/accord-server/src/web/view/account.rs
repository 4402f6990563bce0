//! A person's own account.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Form, Pair, Shell, When};

/// `/account`.
#[derive(Debug, Clone, Template)]
#[template(path = "account.html")]
pub struct AccountPage {
    /// The frame.
    pub shell: Shell,
    /// Name, login, roles, last sign-in.
    pub facts: Vec<Pair>,
    /// Changes the password. Fields: `current`, `new`, `again`.
    pub password: Form,
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
        /// Starts. Fields: none.
        start: Form,
    },
    /// Being set up.
    Enrolling {
        /// The picture to photograph.
        qr: Option<QrCode>,
        /// The secret in groups, to type instead.
        secret: String,
        /// Confirms with a first code. Fields: `code`.
        confirm: Form,
    },
    /// In use.
    On {
        /// Since when.
        since: When,
        /// Starts over with a new device. Fields: `code` (of the old one).
        renew: Form,
    },
}

/// A QR code as a square of dark and light modules; drawn here, so that no view carries ready-made SVG.
#[derive(Debug, Clone, Template)]
#[template(
    ext = "html",
    source = "<svg class=\"qr\" viewBox=\"0 0 {{ self.side() }} {{ self.side() }}\" role=\"img\" aria-label=\"QR code for your authenticator\" shape-rendering=\"crispEdges\"><rect class=\"qr-light\" width=\"100%\" height=\"100%\"/><path class=\"qr-dark\" d=\"{{ self.path() }}\"/></svg>"
)]
pub struct QrCode {
    /// Modules on a side, without the quiet zone.
    pub width: usize,
    /// `width` times `width` modules, row by row; true is dark. Missing ones are light.
    pub dark: Vec<bool>,
}

impl QrCode {
    /// Light modules around the code (ISO/IEC 18004 section 9.1).
    const QUIET: usize = 4;

    fn side(&self) -> usize {
        self.width.saturating_add(2 * Self::QUIET)
    }

    fn path(&self) -> String {
        use std::fmt::Write as _;
        let mut path = String::new();
        for (i, _) in self.dark.iter().enumerate().filter(|(_, dark)| **dark) {
            let (x, y) = (
                i.checked_rem(self.width).unwrap_or(0),
                i.checked_div(self.width).unwrap_or(0),
            );
            // Writing to a string cannot fail.
            let _ = write!(path, "M{} {}h1v1h-1z", x + Self::QUIET, y + Self::QUIET);
        }
        path
    }
}

impl HtmlSafe for QrCode {}
