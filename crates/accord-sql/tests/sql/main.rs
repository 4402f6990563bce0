//! SQL over the columns from outside: one binary, so that it links once.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test binary: clippy.toml frees only functions marked as tests, not what they share"
)]

mod duckdb;
mod formats;
mod hostile;
mod kept;
mod limits;
mod packs;
mod questions;
mod reading;
mod real;
mod refused;
mod support;
