//! DuckDB, in a Python process that answers one question after the other.

use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use accord_sql::Indicator;
use serde_json::{Value, json};

use crate::material::Fallible;

const PROGRAM: &str = r#"
import sys, json, time, duckdb, datetime, decimal, glob
def plain(value):
    if isinstance(value, datetime.datetime):
        return int(value.timestamp() * 1000)
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value
db = duckdb.connect()
db.execute("SET TimeZone = 'UTC'; SET threads = 2; SET enable_progress_bar = false")
place = "split_part(filename, '/', -3) AS source, split_part(filename, '/', -3) || '/' || split_part(filename, '/', -2) AS segment, * EXCLUDE (filename)"
def has(pattern):
    return len(glob.glob(f'{sys.argv[1]}/{pattern}')) > 0
for name, files in [('logs', '*')] + [(name, name) for name in ('dns', 'conn', 'http', 'web', 'auth') if has(f'segments/{name}')]:
    db.execute(f"CREATE VIEW {name} AS SELECT {place} FROM read_parquet('{sys.argv[1]}/segments/{files}/*/columns.parquet', union_by_name = true, filename = true)")
if has('packs'):
    db.execute(f"CREATE VIEW packs AS SELECT split_part(segment, '/', 1) AS source, * FROM read_parquet('{sys.argv[1]}/packs/*/*.parquet', union_by_name = true)")
for number, name in enumerate(sys.argv[2:]):
    db.execute(f"CREATE TABLE indicators_{number} AS SELECT kind, value, labels FROM read_json('{name}', format = 'newline_delimited', columns = {{kind: 'VARCHAR', value: 'VARCHAR', labels: 'VARCHAR[]'}})")
print(json.dumps(duckdb.__version__), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    statement = asked['statement']
    if asked['list'] is not None:
        statement = statement.replace('indicators', f"indicators_{asked['list']}")
    began, before = time.perf_counter(), time.process_time()
    rows = db.execute(statement).fetchall()
    took, processor = (time.perf_counter() - began) * 1e3, (time.process_time() - before) * 1e3
    print(json.dumps({'ms': took, 'processor_ms': processor, 'rows': [[plain(value) for value in row] for row in rows]}), flush=True)
"#;

/// DuckDB at work.
pub struct Peer {
    pub version: String,
    child: Child,
    asks: ChildStdin,
    says: BufReader<ChildStdout>,
}

impl Peer {
    /// One for the store in this folder, with these lists of indicators; nothing where it is not installed.
    pub fn start(store: &Path, indicators: &[Vec<Indicator>]) -> Fallible<Option<Self>> {
        let Some(tools) = std::env::var_os("ACCORD_PYTHON_TOOLS") else {
            return Ok(None);
        };
        let mut lists = Vec::new();
        for (number, list) in indicators.iter().enumerate() {
            let path = store.with_file_name(format!("indicators-{number}.ndjson"));
            let mut text = Vec::new();
            for row in list {
                serde_json::to_writer(&mut text, row)?;
                text.push(b'\n');
            }
            std::fs::write(&path, text)?;
            lists.push(path);
        }
        let mut child = Command::new(std::path::Path::new(&tools).join("bin/python"))
            .args(["-c", PROGRAM])
            .arg(store)
            .args(&lists)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let asks = child.stdin.take().ok_or("no standard input")?;
        let mut says = BufReader::new(child.stdout.take().ok_or("no standard output")?);
        let mut version = String::new();
        says.read_line(&mut version)?;
        Ok(Some(Self {
            version: serde_json::from_str(&version)?,
            child,
            asks,
            says,
        }))
    }

    /// Its time in milliseconds, by the clock and by the processor, and its rows.
    pub fn ask(&mut self, statement: &str, list: Option<usize>) -> Fallible<((f64, f64), Vec<Value>)> {
        writeln!(self.asks, "{}", json!({"statement": statement, "list": list}))?;
        self.asks.flush()?;
        let mut line = String::new();
        self.says.read_line(&mut line)?;
        let mut said: Value = serde_json::from_str(&line)?;
        let time = |name: &str| said[name].as_f64().ok_or("no time");
        let took = (time("ms")?, time("processor_ms")?);
        let Value::Array(rows) = said["rows"].take() else {
            return Err("no rows".into());
        };
        Ok((took, rows))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A value as both can have it: an instant in milliseconds, a number as a number.
pub fn plain(value: &Value) -> Value {
    match value {
        Value::String(text) if text.len() == 24 && text.ends_with('Z') => {
            milliseconds(text).map_or_else(|| value.clone(), Value::from)
        }
        Value::Number(number) => match number.as_f64() {
            Some(float) if float.fract() == 0.0 && float.abs() < 9e15 => Value::from(float as i64),
            _ => value.clone(),
        },
        Value::Array(values) => values.iter().map(plain).collect(),
        _ => value.clone(),
    }
}

/// An instant of March 2026, `2026-03-09T00:00:00.000Z`, since the epoch.
fn milliseconds(text: &str) -> Option<i64> {
    let rest = text.strip_prefix("2026-03-")?;
    let part = |from: usize, to: usize| rest.get(from..to)?.parse::<i64>().ok();
    let seconds = (part(0, 2)? - 1) * 86_400 + part(3, 5)? * 3600 + part(6, 8)? * 60 + part(9, 11)?;
    // 2026-03-01T00:00:00Z.
    Some((1_772_323_200 + seconds) * 1000 + part(12, 15)?)
}
