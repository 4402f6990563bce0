//! The columns from outside: one binary, so that it links once.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test binary: clippy.toml frees only functions marked as tests, not what they share"
)]

mod engines;
mod pages;
mod real;
mod rows;
mod samples;
mod several;
mod support;
