//! The crate from outside: generated logs with known answers, bad inputs, real data.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests, which the lints' exception for tests does not reach"
)]

mod blocks;
mod corpus;
mod inputs;
mod live;
mod many;
mod real;
mod watchfile;

use std::io::Write;

use accord_scan::{Compiler, Input, ReadLimits, Record, ScanError, ScanOptions, Summary, Watchfile};

/// A watchlist of a text or CSV source.
fn watchfile_of(source: &str) -> Watchfile {
    let mut compiler = Compiler::new();
    compiler.add_source("test", source.as_bytes()).unwrap();
    compiler.finish().unwrap()
}

fn input(bytes: &[u8], limits: ReadLimits) -> Input {
    Input::from_reader("test.log", std::io::Cursor::new(bytes.to_vec()), limits).unwrap()
}

/// `line offset length kind value indicator match` of each record.
fn short(record: &Record<'_>) -> String {
    format!(
        "{} {} {} {} {} {} {}",
        record.line, record.offset, record.length, record.kind, record.value, record.indicator, record.how
    )
}

/// `line indicator labels` of a record.
fn labelled(record: &Record<'_>) -> String {
    format!("{} {} {}", record.line, record.indicator, record.labels.join(","))
}

fn scan_all(input: Input, watchfile: &Watchfile) -> (Vec<String>, Summary, Result<(), ScanError>) {
    let mut records = Vec::new();
    let (summary, result) = accord_scan::scan(input, watchfile, ScanOptions::default(), &mut |record| {
        records.push(short(record));
        Ok(())
    });
    (records, summary, result)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut writer = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut writer = ::zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
    // As the zstd program does; without it damage inside a literal cannot be seen by anyone.
    writer.include_checksum(true).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}
