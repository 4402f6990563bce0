//! The pages: what people see in a browser (`docs/spec/pages.md`).
//!
//! [`view`] says what each page shows, the templates lay it out, [`render`] turns one into the other, [`assets`]
//! serves the style sheet and the one script, `routes` asks the service and fills the views. Pages work without the
//! script; it only enhances.
//!
//! Invariants: nothing here decides who may see what; views and templates ask no service and read no clock; all text
//! is escaped, and what deceives the eye is shown for what it is ([`render`] does it for every page); no page has
//! inline script, inline style or an event handler, so that `script-src 'self'; style-src 'self'` holds; every form
//! that posts carries the anti-forgery token and an idempotency key.
//!
//! Deliberately absent: what people may do. That is the service's.

pub mod assets;
mod legible;
pub mod render;
pub(crate) mod routes;
pub mod view;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;
