//! Pure: file and wire formats; bytes in, values and diagnostics out.
//!
//! Nothing here reads a file, a clock or a socket. Every decoder takes hostile bytes: it has named limits,
//! and answers with an error, never a panic.

pub mod archive;
pub mod bagit;
pub mod case_uco;
