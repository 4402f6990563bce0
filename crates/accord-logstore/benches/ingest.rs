//! How fast logs come into a store, and how much room they take. `cargo xtask bench ingest [MIB]`.
//!
//! The logs are the corpus generator's, of all kinds, with millions of different names; beside them the real ones
//! (`ACCORD_TEST_DATA`), each file a segment. Everything is on: digests, frames, lines, postings with daily counts, columns, and
//! what is written is synced. The store lies where temporary files do. `zstd -3` is the same library over each whole
//! log, as one stream. Beside the logs that are JSON stands what DuckDB takes to make Parquet of them, where it is installed
//! (`scripts/bench-peers`).

mod material;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;

use material::{Outcome, SEED, generated, peak_mib, processor_seconds, python, say, store, stored};

const MIB: u64 = 512;

fn main() -> Outcome<()> {
    // `cargo test` runs benches too, without this argument.
    let arguments: Vec<String> = std::env::args().collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let mib = arguments
        .iter()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(MIB);
    let folder = tempfile::tempdir()?;
    say(
        "| logs | MB | MB/s | ns of a processor a byte | frames | postings | columns | all / `zstd -3` | peak MiB | DuckDB, MB/s |",
    )?;
    say("|---|---|---|---|---|---|---|---|---|---|")?;
    let list = accord_corpus::indicators(SEED, 1000);
    let logs = generated(folder.path(), mib << 20, u64::MAX, 1000, &list)?;
    let paths: Vec<PathBuf> = logs.into_iter().map(|log| log.path).collect();
    for path in &paths {
        let name = path
            .file_stem()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        row(folder.path(), name, std::slice::from_ref(path))?;
    }
    row(folder.path(), "all of these", &paths)?;
    let real = real_logs();
    if real.is_empty() {
        return say("no real logs: set ACCORD_TEST_DATA");
    }
    let mut unpacked = Vec::new();
    for (number, path) in real.iter().enumerate() {
        let plain = folder.path().join(format!("real-{number}.log"));
        let mut from = flate2::read::MultiGzDecoder::new(File::open(path)?);
        std::io::copy(&mut from, &mut File::create(&plain)?)?;
        unpacked.push(plain);
    }
    row(folder.path(), "real", &unpacked)
}

fn row(folder: &Path, name: &str, logs: &[PathBuf]) -> Outcome<()> {
    let place = folder.join("store");
    let store = store(&place)?;
    let (began, busy) = (Instant::now(), processor_seconds());
    let mut segments = Vec::new();
    for path in logs {
        segments.push(store.import("bench", name, &mut File::open(path)?, 0, "bench")?);
    }
    let (seconds, busy) = (began.elapsed().as_secs_f64(), processor_seconds() - busy);
    let raw: u64 = segments.iter().map(|segment| segment.manifest.log.length).sum();
    let sum = |file: &str| -> u64 {
        segments
            .iter()
            .map(|segment| stored(&place, &segment.id().to_string(), file))
            .sum()
    };
    let (frames, postings, columns) = (sum("frames.zst"), sum("postings.bin"), sum("columns.parquet"));
    let rest = sum("frames.ndjson") + sum("manifest.json") + sum("columns.json");
    let all = frames + postings + columns + rest;
    let mut whole = 0;
    for path in logs {
        let mut count = Count(0);
        zstd::stream::copy_encode(File::open(path)?, &mut count, 3)?;
        whole += count.0;
    }
    let mb = |bytes: u64| bytes as f64 / 1e6;
    let duckdb = match logs {
        [one] => duckdb(folder, one, raw)?,
        _ => String::new(),
    };
    say(format_args!(
        "| {name} | {:.0} | {:.0} | {:.2} | {:.2} MB | {:.2} MB | {:.2} MB | {:.3} | {:.0} | {duckdb} |",
        mb(raw),
        mb(raw) / seconds,
        busy * 1e9 / raw as f64,
        mb(frames),
        mb(postings),
        mb(columns),
        all as f64 / whole as f64,
        peak_mib()
    ))?;
    drop(store);
    std::fs::remove_dir_all(place)?;
    Ok(())
}

/// What DuckDB takes to make Parquet of a log that is JSON.
fn duckdb(folder: &Path, log: &Path, raw: u64) -> Outcome<String> {
    let name = log.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_json = ["Json", "Eve"].iter().any(|word| name.contains(word));
    let Some(python) = python("duckdb").filter(|_| is_json) else {
        return Ok(String::new());
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/material/to_parquet.py");
    let out = folder.join("duckdb.parquet");
    let told = std::process::Command::new(python)
        .arg(script)
        .arg(log)
        .arg(&out)
        .output()?;
    if !told.status.success() {
        return Err(format!("DuckDB: {}", String::from_utf8_lossy(&told.stderr)).into());
    }
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    let seconds: f64 = text.split_whitespace().next().ok_or("no answer")?.parse()?;
    Ok(format!("{:.0}", raw as f64 / 1e6 / seconds))
}

/// Counts what is written.
struct Count(u64);

impl std::io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn real_logs() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = std::env::var_os("ACCORD_TEST_DATA")
        .map(|data| PathBuf::from(data).join("logs"))
        .into_iter()
        .collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
