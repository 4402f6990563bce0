//! Verdicts as those who ask see them: in process, over HTTP, over DNS, in a resolver.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "helpers of tests, which the lints' exception for tests does not reach"
)]

mod dns;
mod edges;
mod hostile;
mod house;
mod http;
mod resolvers;
mod snapshots;
mod transfer;
mod wire;
mod zone;
