//! Who held an address, by the node's own assignment logs.

use askama::Template;

use super::case::CaseHeader;
use super::tab::Section;
use super::{Form, Href, Pair, Shell};

/// `/approvals/ID/holders`.
#[derive(Debug, Clone, Template)]
#[template(path = "holders.html")]
pub struct HoldersPage {
    /// The frame.
    pub shell: Shell,
    /// The case.
    pub case: CaseHeader,
    /// What is done: `Look in our assignment logs: S-1`.
    pub title: String,
    /// The request as it was asked, the authority.
    pub about: Vec<Pair>,
    /// How the look stands.
    pub look: Look,
    /// Connection by connection, when it is done.
    pub sections: Vec<Section>,
    /// The form of the answer, filled in with what was found.
    pub answer: Option<Href>,
    /// Back, with nothing done.
    pub back: Href,
}

/// A look into the logs.
#[derive(Debug, Clone)]
pub enum Look {
    /// It can be started, again where it was before.
    Ready {
        /// Starts it. Fields: none.
        start: Form,
        /// Whether it is for a second time.
        again: bool,
    },
    /// It runs.
    Running {
        /// Done so far, 0 to 100.
        percent: u8,
        /// In words: `1.2 GB read`.
        progress: String,
        /// Stops it. Fields: none.
        cancel: Form,
        /// This page again.
        refresh: Href,
    },
}
