//! Tests of following files.
