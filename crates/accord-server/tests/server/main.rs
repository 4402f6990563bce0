//! Real nodes behind the real router: in process, on port 0, with a clock that stands still and seeded randomness.

mod api;
mod idempotency;
mod matrix;
mod node;
mod peers;
mod problems;
mod sessions;
