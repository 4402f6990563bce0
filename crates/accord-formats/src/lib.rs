//! Pure: file and wire formats; bytes in, values and diagnostics out.

pub mod logs;
