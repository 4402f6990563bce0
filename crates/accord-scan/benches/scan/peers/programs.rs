//! The programs that take a list and a log on their command line.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Material, Ran, watched};

/// `query` in the list; the columns are named here, as the headers are comments to it.
const SEMI_JOIN: &str = "
import sys, time, duckdb
now = lambda: (time.perf_counter(), time.process_time())
def tell(name, since):
    print('phase', name, *(after - before for after, before in zip(now(), since)), file=sys.stderr)
db = duckdb.connect()
db.execute('set threads to 2')
began = now()
db.execute(\"create table names as select column0 as name from read_csv(?, header=false, delim='\\t', columns={'column0': 'varchar'})\", [sys.argv[2]])
tell('list', began)
began = now()
rows = db.execute(\"select uid from read_csv(?, header=false, delim='\\t', quote='', escape='', comment='#', all_varchar=true, names=['ts','uid','oh','op','rh','rp','proto','query','type','answers']) where query in (select name from names)\", [sys.argv[1]]).fetchall()
tell('log', began)
print('\\n'.join(row[0] for row in rows))
";

/// ripgrep refuses automata that it thinks too large, unless told otherwise.
pub(super) fn ripgrep(material: &Material) -> Result<Ran, String> {
    text_search(
        material,
        "rg",
        &[
            "--no-config",
            "--no-filename",
            "--no-line-number",
            "--color=never",
            "--regex-size-limit=64G",
        ],
    )
}

pub(super) fn grep(material: &Material) -> Result<Ran, String> {
    text_search(material, "grep", &["-h"])
}

/// The list alone costs what a log without lines costs.
fn text_search(material: &Material, program: &str, options: &[&str]) -> Result<Ran, String> {
    let search = |log: &Path| {
        let mut command = Command::new(installed(program));
        // Bytes are bytes to it then, which is what it is fastest with.
        command.env("LC_ALL", "C");
        command
            .args(options)
            .args(["-a", "-F", "-f"])
            .args([&material.indicators, log]);
        watched::run(command, None)
    };
    let whole = search(&material.log)?;
    let list = search(&material.headers)?.cost;
    Ok(Ran {
        answer: whole.out,
        whole: whole.cost,
        list,
        log: whole.cost - list,
        peak_bytes: whole.peak_bytes,
    })
}

pub(super) fn duckdb(material: &Material) -> Result<Ran, String> {
    let mut command = Command::new(installed("python"));
    command
        .args([OsStr::new("-c"), OsStr::new(SEMI_JOIN)])
        .args([&material.log, &material.indicators]);
    let ran = watched::run(command, None)?;
    let told = |name| {
        ran.phase(name)
            .ok_or_else(|| format!("no phase told: {}", ran.told))
    };
    Ok(Ran {
        list: told("list")?,
        log: told("log")?,
        whole: ran.cost,
        peak_bytes: ran.peak_bytes,
        answer: ran.out,
    })
}

/// A peer's program: as `scripts/bench-peers` installed it, or as the system has it.
pub(super) fn installed(program: &str) -> PathBuf {
    let folder = std::env::var_os("ACCORD_BENCH_PEERS").map_or_else(
        || {
            let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
                || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"),
                PathBuf::from,
            );
            target.join("bench-peers")
        },
        PathBuf::from,
    );
    let ours = folder.join("bin").join(program);
    if ours.exists() {
        ours
    } else {
        PathBuf::from(program)
    }
}
