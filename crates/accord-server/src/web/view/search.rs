//! The search box's page.

use askama::Template;

use super::tab::Section;
use super::{Href, Shell};

/// `/search`.
#[derive(Debug, Clone, Template)]
#[template(path = "search.html")]
pub struct SearchPage {
    /// The frame.
    pub shell: Shell,
    /// Where the form asks, by GET. Field: `q`.
    pub action: Href,
    /// What was typed.
    pub query: String,
    /// Why it cannot be searched for.
    pub problem: Option<String>,
    /// What it was taken for, and how much was found, in words; empty before anything is typed.
    pub told: String,
    /// What was found, in the order of usefulness.
    pub sections: Vec<Section>,
    /// What can be searched for, shown while nothing is found: what, an example.
    pub teaches: Vec<(String, String)>,
}
