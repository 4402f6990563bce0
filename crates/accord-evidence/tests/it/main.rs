//! Packages built, verified, damaged, forged, and shown to other people's tools.

mod fixture;
mod forged;
mod limits;
mod tampered;
mod tools;
mod verified;
