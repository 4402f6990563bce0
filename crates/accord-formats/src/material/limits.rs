//! Limits of reading material. Every one has a test one past it.

/// Largest material, bytes, also after decompression: what is larger is split, or brought in as a file.
pub const MATERIAL_MAX_BYTES: usize = 16 << 20;
/// Different values taken from one material; further ones are counted.
pub const FOUND_MAX: usize = 20_000;
/// Places remembered of one value; further ones are counted.
pub const PLACES_MAX: usize = 5;
/// Labels of one value, and of the material.
pub const LABELS_MAX: usize = 16;
/// Longest label, bytes; a longer one is left out.
pub const LABEL_MAX_BYTES: usize = 64;
/// ATT&CK techniques taken.
pub const TECHNIQUES_MAX: usize = 256;
/// Markings remembered with their place.
pub const MARKINGS_MAX: usize = 50;
/// What could not be read, remembered in words; further ones are counted.
pub const PROBLEMS_MAX: usize = 200;
/// Plain text kept for the report, bytes; the rest is read for values and not kept.
pub const TEXT_MAX_BYTES: usize = 512 << 10;
/// How deep material within material is read: an attachment of an attached message.
pub const DEPTH_MAX: usize = 3;
/// Parts of one message that are read.
pub const MAIL_PARTS_MAX: usize = 200;
/// Header fields of one message that are read.
pub const MAIL_HEADERS_MAX: usize = 500;
/// Objects of a STIX bundle and attributes of MISP events that are read.
pub const OBJECTS_MAX: usize = 100_000;
/// Pages of a PDF that are read.
pub const PDF_PAGES_MAX: usize = 500;
/// Streams of a PDF.
pub const PDF_STREAMS_MAX: usize = 5_000;
/// What all streams of a PDF may come to together, bytes.
pub const PDF_INFLATED_MAX_BYTES: usize = 512 << 20;
/// What one stream of a PDF may come to, bytes.
pub const PDF_STREAM_MAX_BYTES: usize = 16 << 20;
/// Text taken out of a PDF, bytes.
pub const PDF_TEXT_MAX_BYTES: usize = 8 << 20;
