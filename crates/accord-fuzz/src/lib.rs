//! What each fuzz target does with one input: it calls code that reads what strangers send, and asserts what must hold
//! whatever the bytes.
//!
//! The fuzzer's own programs (`fuzz/`, `cargo +nightly fuzz run TARGET corpus/TARGET`) call these functions and do nothing
//! else. They are here so that the daily build compiles them, and the tests play the corpus and inputs near it.
//!
//! Not shipped. A broken promise is a panic, which is what a fuzzer looks for.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "fuzz targets: a panic is the finding"
)]

pub mod dns_message;
pub mod event_log;
pub mod log_matches;
pub mod sigma_rules;
pub mod tokens;
pub mod watchlist_file;

/// What a target does with an input.
pub type Run = fn(&[u8]);

/// All targets, by name.
pub const TARGETS: [(&str, Run); 6] = [
    ("dns_message", dns_message::run),
    ("event_log", event_log::run),
    ("log_matches", log_matches::run),
    ("sigma_rules", sigma_rules::run),
    ("tokens", tokens::run),
    ("watchlist_file", watchlist_file::run),
];
