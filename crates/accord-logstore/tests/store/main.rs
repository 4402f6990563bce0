//! The log store from outside: one binary, so that it links once.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test binary: clippy.toml frees only functions marked as tests, not what they share"
)]

mod around;
mod assignments;
mod catalogues;
mod collected;
mod columns;
mod events;
mod hunt;
mod import;
mod keeping;
mod matches;
mod names;
mod outside;
mod packs;
mod postings;
mod real;
mod recovery;
mod support;
mod unparsed;
mod walk;
