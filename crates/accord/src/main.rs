//! The binary: command line, configuration, wiring, signals.
fn main() {}
