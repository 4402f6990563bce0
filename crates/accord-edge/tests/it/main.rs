//! An edge against a node's verdicts over HTTP, against a hostile one, and against its own disk.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests, which the lints' exception for tests does not reach"
)]

mod following;
mod hostile;
mod place;
