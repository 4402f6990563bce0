#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| accord_fuzz::watchlist_file::run(input));
