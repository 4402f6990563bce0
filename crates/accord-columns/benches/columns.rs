//! The columns of real logs (`ACCORD_TEST_DATA`): their size beside `zstd -3` of the log, by format and by column, and the
//! speed of the writer alone, in processor time, on one core.
//!
//! `cargo bench -p accord-columns -- [PART OF A PATH]`; `ROUNDS` in the environment repeats each file.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark prints, and fails aloud"
)]

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;

use accord_columns::{ColumnsWriter, LinePlace, Timing};
use accord_formats::logs::{LineReader, LineTime, Records, detect};
use parquet::file::reader::{FileReader, SerializedFileReader};

#[derive(Default, Clone, Copy)]
struct Sums {
    raw: usize,
    packed: usize,
    columns: usize,
    parse_s: f64,
    write_s: f64,
}

impl Sums {
    fn add(&mut self, other: Self) {
        self.raw += other.raw;
        self.packed += other.packed;
        self.columns += other.columns;
        self.parse_s += other.parse_s;
        self.write_s += other.write_s;
    }

    fn print(&self, what: &str, rounds: usize) {
        let speed = |seconds: f64| self.raw as f64 * rounds as f64 / 1e6 / seconds;
        println!(
            "{what:24} {:10} raw {:9} zstd -3 {:9} columns {:.3}  parse {:5.0} MB/s  write {:5.0} MB/s",
            self.raw,
            self.packed,
            self.columns,
            self.columns as f64 / self.packed as f64,
            speed(self.parse_s),
            speed(self.write_s)
        );
    }
}

/// Seconds of processor time of this thread (Linux).
fn processor_s() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}

fn logs(part: &str) -> Vec<PathBuf> {
    let data = std::env::var_os("ACCORD_TEST_DATA")
        .map(PathBuf::from)
        .unwrap_or_default();
    let (mut found, mut folders) = (Vec::new(), vec![data.join("logs")]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().contains(part) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn main() {
    let part = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with("--"));
    let rounds = std::env::var("ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    let mut by_column: BTreeMap<String, [i64; 3]> = BTreeMap::new();
    let mut by_format: BTreeMap<String, Sums> = BTreeMap::new();
    let mut all = Sums::default();
    for path in logs(part.as_deref().unwrap_or_default()) {
        let mut log = Vec::new();
        let file = std::fs::File::open(&path).unwrap();
        flate2::read::MultiGzDecoder::new(file)
            .read_to_end(&mut log)
            .unwrap();
        let format = detect(&log[..log.len().min(65_536)]);
        let lines: Vec<&[u8]> = log.split_inclusive(|byte| *byte == b'\n').collect();
        let mut file = Vec::new();
        let mut sums = Sums {
            raw: log.len(),
            packed: zstd::bulk::compress(&log, 3).unwrap().len(),
            ..Sums::default()
        };
        for _ in 0..rounds {
            let began = processor_s();
            let mut reader = LineReader::new(format);
            let parsed: Vec<_> = lines
                .iter()
                .map(|line| {
                    let mut records = Records::new();
                    (reader.fields(line, &mut records), records)
                })
                .collect();
            let middle = processor_s();
            let mut writer = ColumnsWriter::new(Vec::new(), format, Timing::new("", None, 1_700_000_000_000));
            let mut place = LinePlace {
                frame: 0,
                line: 1,
                offset: 0,
                length: 0,
            };
            for (line, (outcome, records)) in lines.iter().zip(&parsed) {
                place.length = line.len() as u64;
                writer
                    .line(
                        &place,
                        Some(*outcome),
                        LineTime::Unknown,
                        records.all(),
                        records.left_out(),
                    )
                    .unwrap();
                place.line += 1;
                place.offset += place.length;
                place.frame = place.offset >> 19;
            }
            file = writer.finish("").unwrap().0;
            sums.parse_s += middle - began;
            sums.write_s += processor_s() - middle;
        }
        sums.columns = file.len();
        let reader = SerializedFileReader::new(bytes::Bytes::from(file)).unwrap();
        let chunks = reader
            .metadata()
            .row_groups()
            .iter()
            .flat_map(|group| group.columns());
        for chunk in chunks {
            let sizes = by_column
                .entry(chunk.column_path().parts()[0].clone())
                .or_default();
            let index = chunk.column_index_length().unwrap_or(0) + chunk.offset_index_length().unwrap_or(0);
            sizes[0] += chunk.compressed_size();
            sizes[1] += i64::from(chunk.bloom_filter_length().unwrap_or(0));
            sizes[2] += i64::from(index);
        }
        by_format.entry(format.to_string()).or_default().add(sums);
        all.add(sums);
    }
    for (format, sums) in &by_format {
        sums.print(format, rounds);
    }
    all.print("all", rounds);
    let mut by_column: Vec<_> = by_column.into_iter().collect();
    by_column.sort_by_key(|(_, sizes)| -sizes.iter().sum::<i64>());
    for (name, [values, bloom, index]) in by_column {
        let share = (values + bloom + index) as f64 / all.packed as f64;
        println!("{name:32} values {values:9} bloom {bloom:8} index {index:7}  {share:.4}");
    }
}
