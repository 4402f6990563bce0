//! Speed and size of the columns over real logs.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;
use std::time::Instant;

use accord_columns::{ColumnsWriter, LinePlace, Timing};
use accord_formats::logs::{LineReader, LineTime, Records, detect};
use parquet::file::reader::{FileReader, SerializedFileReader};

fn logs() -> Vec<PathBuf> {
    let data = std::env::var_os("ACCORD_TEST_DATA").unwrap();
    let mut folders = vec![PathBuf::from(data).join("logs")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn main() {
    let only = std::env::args().nth(1).unwrap_or_default();
    let rounds: usize = std::env::var("ROUNDS").ok().and_then(|v| v.parse().ok()).unwrap_or(1);
    let mut columns: BTreeMap<String, [i64; 3]> = BTreeMap::new();
    let (mut raw, mut zst, mut pq, mut parse, mut write) = (0usize, 0usize, 0usize, 0.0, 0.0);
    for path in logs() {
        if !path.to_string_lossy().contains(&only) { continue; }
        let mut bytes = Vec::new();
        flate2::read::MultiGzDecoder::new(std::fs::File::open(&path).unwrap()).read_to_end(&mut bytes).unwrap();
        let mut enc = zstd::bulk::compress(&bytes, 3).unwrap().len();
        if bytes.is_empty() { enc = 0 }
        let format = detect(&bytes[..bytes.len().min(65536)]);
        let lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
        let mut reader = LineReader::new(format);
        let mut file = Vec::new();
        let (mut p, mut w) = (0.0, 0.0);
        for _ in 0..rounds {
            let start = Instant::now();
            let parsed: Vec<_> = lines.iter().map(|line| { let mut r = Records::new(); let o = reader.fields(line, &mut r); (o, r) }).collect();
            p += start.elapsed().as_secs_f64();
            let start = Instant::now();
            let mut writer = ColumnsWriter::new(Vec::new(), format, Timing::new("", None, 1_700_000_000_000));
            let mut offset = 0;
            for (i, (o, r)) in parsed.iter().enumerate() {
                let place = LinePlace { frame: offset / 524288, line: i as u64 + 1, offset, length: lines[i].len() as u64 };
                offset += place.length;
                writer.line(&place, Some(*o), LineTime::Unknown, r.all(), 0).unwrap();
            }
            file = writer.finish("").unwrap().0;
            w += start.elapsed().as_secs_f64();
        }
        let reader = SerializedFileReader::new(bytes::Bytes::from(file.clone())).unwrap();
        let mut sum = 0;
        for group in reader.metadata().row_groups() {
            for column in group.columns() {
                let e = columns.entry(column.column_path().string()).or_default();
                e[0] += column.compressed_size();
                e[1] += i64::from(column.bloom_filter_length().unwrap_or(0));
                e[2] += i64::from(column.column_index_length().unwrap_or(0)) + i64::from(column.offset_index_length().unwrap_or(0));
                sum += column.compressed_size() + i64::from(column.bloom_filter_length().unwrap_or(0)) + i64::from(column.column_index_length().unwrap_or(0)) + i64::from(column.offset_index_length().unwrap_or(0));
            }
        }
        columns.entry("(footer)".into()).or_default()[0] += file.len() as i64 - sum;
        if rounds > 1 || !only.is_empty() {
            println!("{:40} raw {:9} zstd {:8} parquet {:8} {:.2}  parse {:.0} MB/s write {:.0} MB/s", path.file_name().unwrap().to_string_lossy(), bytes.len(), enc, file.len(), file.len() as f64 / enc as f64, bytes.len() as f64 * rounds as f64 / 1e6 / p, bytes.len() as f64 * rounds as f64 / 1e6 / w);
        }
        raw += bytes.len(); zst += enc; pq += file.len(); parse += p; write += w;
    }
    let mut all: Vec<_> = columns.into_iter().collect();
    all.sort_by_key(|(_, [a, b, c])| -(a + b + c));
    for (name, [a, b, c]) in all.iter().take(40) {
        println!("{name:45} {a:9} bloom {b:8} index {c:7}  {:.3}", (a + b + c) as f64 / zst as f64);
    }
    println!("raw {raw} zstd {zst} parquet {pq} {:.3}; parse {:.0} MB/s, write {:.0} MB/s", pq as f64 / zst as f64, raw as f64 * rounds as f64 / 1e6 / parse, raw as f64 * rounds as f64 / 1e6 / write);
}
