#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| accord_fuzz::log_matches::run(input));
