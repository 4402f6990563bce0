//! Pure: file and wire formats. Bytes in, values and diagnostics out.
//!
//! Every reader takes hostile bytes, is lenient with diagnostics about content and strict about limits. Nothing
//! here opens a file, knows the time or decides anything.

pub mod archive;
pub mod bagit;
pub mod case_uco;
pub mod docx;
pub mod export;
pub mod http_signature;
pub mod indicators;
pub mod letters;
pub mod logs;
pub mod material;
pub mod peer;
pub mod special;
