//! The indicators and the logs of the tables.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use accord_corpus::{IndicatorList, LogKind};
use accord_scan::{Compiler, Input, ReadLimits, Watchfile};

use crate::Outcome;

/// One line in so many hits.
const EVERY: usize = 5_000;
pub(crate) const SEED: u64 = 41;

/// Logs of one table: its name, its files, their bytes.
pub(crate) struct Logs {
    pub(crate) name: &'static str,
    pub(crate) files: Vec<String>,
    pub(crate) bytes: u64,
}

pub(crate) fn compile(csv: &[u8], real: &[String]) -> Outcome<Watchfile> {
    let mut compiler = Compiler::new();
    compiler.add_source("generated.csv", csv)?;
    if !real.is_empty() {
        compiler.add_source("real.txt", real.join("\n").as_bytes())?;
    }
    Ok(compiler.finish()?)
}

pub(crate) fn data() -> Option<PathBuf> {
    std::env::var_os("ACCORD_TEST_DATA").map(PathBuf::from)
}

pub(crate) fn read(path: &Path) -> Outcome<Vec<u8>> {
    let name = path.to_str().ok_or("a path that is no text")?;
    Ok(Input::open(name, ReadLimits::default())?.read_all()?)
}

/// The first column of the real list.
pub(crate) fn real_indicators() -> Outcome<Vec<String>> {
    let Some(folder) = data() else {
        return Ok(Vec::new());
    };
    let text = String::from_utf8(read(&folder.join("indicators/maltrail.csv.gz"))?)?;
    let rows = text.lines().skip(1);
    Ok(rows
        .filter_map(|row| row.split(',').next())
        .map(str::to_owned)
        .collect())
}

/// Generated logs of every kind, together so many MiB.
pub(crate) fn generated(folder: &Path, mib: usize, list: &IndicatorList) -> Outcome<Logs> {
    // Of the list's first part: planting asks for lists of what fits each log.
    let planted = IndicatorList {
        indicators: list.indicators.iter().take(20_000).cloned().collect(),
    };
    let mut logs = Logs {
        name: "generated, varied names",
        files: Vec::new(),
        bytes: 0,
    };
    let each = mib * (1 << 20) / LogKind::ALL.len();
    for kind in LogKind::ALL {
        let path = folder.join(format!("{kind:?}.log"));
        let mut file = std::fs::File::create(&path)?;
        let mut written = 0;
        for part in 0.. {
            if written >= each {
                break;
            }
            let log = accord_corpus::varied_log(SEED + part, kind, 100_000, EVERY, &planted);
            file.write_all(&log.bytes)?;
            written += log.bytes.len();
        }
        logs.bytes += written as u64;
        logs.files
            .push(path.to_str().ok_or("a path that is no text")?.to_owned());
    }
    Ok(logs)
}

/// The real logs, one after the other, again and again up to so many MiB.
pub(crate) fn repeated(folder: &Path, mib: usize) -> Outcome<Logs> {
    let mut logs = Logs {
        name: "real, repeated",
        files: Vec::new(),
        bytes: 0,
    };
    let all = real_logs()?;
    if all.is_empty() {
        return Ok(logs);
    }
    let path = folder.join("real.log");
    let mut file = std::fs::File::create(&path)?;
    while logs.bytes < (mib << 20) as u64 {
        file.write_all(&all)?;
        logs.bytes += all.len() as u64;
    }
    logs.files
        .push(path.to_str().ok_or("a path that is no text")?.to_owned());
    Ok(logs)
}

/// The real logs, one after the other; nothing where there are none.
pub(crate) fn real_logs() -> Outcome<Vec<u8>> {
    let mut all = Vec::new();
    let Some(data) = data() else { return Ok(all) };
    let mut folders = vec![data.join("logs")];
    let mut paths = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                paths.push(entry.path());
            }
        }
    }
    paths.sort();
    for path in paths {
        all.extend(read(&path)?);
        if all.last() != Some(&b'\n') {
            all.push(b'\n');
        }
    }
    Ok(all)
}
