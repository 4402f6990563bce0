//! Packages built, verified, damaged, forged, and shown to other people's tools.

// clippy's permission for tests covers `#[test]` functions only; the fixtures beside them are tests as well.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod fixture;
mod forged;
mod limits;
mod tampered;
mod tools;
mod verified;
