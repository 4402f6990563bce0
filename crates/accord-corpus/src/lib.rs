//! Deterministic generator of logs and indicators with known answers.
