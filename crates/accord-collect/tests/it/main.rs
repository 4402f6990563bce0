//! Collecting from outside: real sockets on the loopback, real files, the real clock.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test binary: clippy.toml frees only functions marked as tests, not what they share"
)]

mod append;
mod pressure;
mod settings;
mod stream;
mod support;
mod syslog;
mod tls;
