//! Real nodes behind the real router: in process, on port 0, with a clock that stands still and seeded randomness.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the lints' exception for tests does not reach the functions that tests share"
)]

mod acts;
mod api;
mod collecting;
mod edges;
mod idempotency;
mod leaving;
mod matrix;
mod matrix_more;
mod node;
mod peers;
mod problems;
mod report;
mod sessions;
