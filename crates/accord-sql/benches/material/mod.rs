//! Logs, their store, and lists of indicators of which some stand in the logs.

use std::error::Error;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use accord_corpus::{IndicatorList, LogKind, varied_log};
use accord_logstore::{FormatSetting, LogStore, SourceConfig};
use accord_sql::Indicator;

pub type Fallible<T> = Result<T, Box<dyn Error>>;

/// How long the lists of indicators are.
const INDICATORS: [usize; 2] = [1_000, 100_000];
/// The instant that parts the first week from the second.
pub const CUT: &str = "2026-03-09 00:00:00+00";
const SEED: u64 = 47;
/// Lines that are generated at once.
const PART_LINES: usize = 100_000;
/// Bytes of one segment.
const SEGMENT_BYTES: u64 = 64 << 20;
/// About the length of a line of sshd's.
const AUTH_LINE_BYTES: u64 = 110;
/// Lines of a small one.
const SMALL_LINES: usize = 150;
/// When all logs are imported.
const IMPORTED_MS: i64 = 1_773_000_000_000;
const DAY_MS: i64 = 86_400_000;
/// One line in so many names an indicator.
const EVERY: usize = 500;
/// The second at which the two weeks begin: 2026-03-02T00:00:00Z, a Monday.
const START: u64 = 1_772_409_600;
const WEEKS_SECONDS: u64 = 14 * 86_400;

/// What is asked about.
pub struct Material {
    pub store: PathBuf,
    pub lists: Vec<Vec<Indicator>>,
    /// A name that one line has.
    pub needle: String,
    pub log_bytes: u64,
    pub rows: u64,
    pub column_bytes: u64,
}

/// Small numbers that look random: a permuted counter (SplitMix64, Steele et al. 2014).
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }

    /// Small numbers far more often than large ones.
    fn skewed(&mut self, most: u64) -> u64 {
        let bound = 1 + self.below(most);
        self.below(bound)
    }
}

/// Logs of about so many bytes together, imported.
pub fn generated(folder: &Path, bytes: u64) -> Fallible<Material> {
    let lists: Vec<IndicatorList> = INDICATORS
        .iter()
        .map(|count| accord_corpus::indicators(SEED, *count))
        .collect();
    let root = folder.join("store");
    let store = LogStore::open(&root)?;
    let mut log_bytes = 0;
    for (name, kind, share) in [
        ("dns", LogKind::ZeekDns, 4),
        ("conn", LogKind::ZeekConn, 4),
        ("http", LogKind::ZeekHttp, 2),
    ] {
        let mut seed = SEED + kind as u64;
        log_bytes += import(&store, folder, name, bytes * share / 16, &mut |_, _| {
            seed += 1000;
            // Those of the shorter list stand in the longer too.
            varied_log(seed, kind, PART_LINES, EVERY, &lists[0]).bytes
        })?;
    }
    log_bytes += import(&store, folder, "web", bytes * 4 / 16, &mut web)?;
    log_bytes += import(&store, folder, "auth", bytes * 2 / 16, &mut auth)?;
    let rows = store
        .segments()
        .iter()
        .filter_map(|segment| Some(store.columns(segment.id()).ok()??.rows))
        .sum();
    let column_bytes = store
        .segments()
        .iter()
        .filter_map(|segment| Some(store.columns(segment.id()).ok()??.length))
        .sum();
    let needle = needle(&store)?;
    drop(store);
    let table = |list: &IndicatorList| {
        let rows = list.indicators.iter().map(|one| Indicator {
            kind: format!("{:?}", one.shape).to_lowercase(),
            value: one.text.clone(),
            labels: vec![one.family.to_owned()],
        });
        rows.collect()
    };
    Ok(Material {
        store: root,
        lists: lists.iter().map(table).collect(),
        needle,
        log_bytes,
        rows,
        column_bytes,
    })
}

/// A store of many small segments, as a collector of syslog makes them: so many, each of some lines of sshd's.
pub fn small(folder: &Path, segments: usize) -> Fallible<PathBuf> {
    let root = folder.join("small");
    let store = LogStore::open(&root)?;
    store.add_source(config("gates"))?;
    // As much as one generation makes, cut.
    let lines_at_once = PART_LINES / SMALL_LINES;
    let parts = segments.div_ceil(lines_at_once) as u64;
    let part_bytes = PART_LINES as u64 * AUTH_LINE_BYTES;
    let mut left = segments;
    for part in 0..parts {
        let text = auth(part * part_bytes, parts * part_bytes);
        let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
        for segment in lines.chunks_exact(SMALL_LINES).take(left.min(lines_at_once)) {
            let segment = segment.concat();
            store.import("gates", "syslog", &mut segment.as_slice(), IMPORTED_MS, "bench")?;
        }
        left = left.saturating_sub(lines_at_once);
    }
    Ok(root)
}

/// Packs its columns; how many packs there are.
pub fn pack(root: &Path) -> Fallible<usize> {
    let store = LogStore::open(root)?;
    store.pack_columns(IMPORTED_MS + 2 * DAY_MS, &mut |_| ControlFlow::Continue(()))?;
    Ok(store.column_packs().len())
}

fn config(name: &str) -> SourceConfig {
    SourceConfig {
        name: name.to_owned(),
        description: String::new(),
        format: FormatSetting::Auto,
        customers: Vec::new(),
        time_zone: "UTC".to_owned(),
        clock_offset_ms: None,
        ordinary_course: true,
        custodian: "bench".to_owned(),
    }
}

/// The name in the middle of the first log of look-ups.
fn needle(store: &LogStore) -> Fallible<String> {
    let segments = store.segments();
    let dns = segments
        .iter()
        .find(|segment| segment.id().source() == "dns")
        .ok_or("no log of look-ups")?;
    let line = store.read_line(dns.id(), accord_logstore::LineAt::Number(PART_LINES as u64 / 2))?;
    let text = String::from_utf8(line.bytes)?;
    Ok(text.split('\t').nth(7).ok_or("no name")?.to_owned())
}

/// Makes a log part by part and imports it in segments.
fn import(
    store: &LogStore,
    folder: &Path,
    name: &str,
    bytes: u64,
    part: &mut dyn FnMut(u64, u64) -> Vec<u8>,
) -> Fallible<u64> {
    store.add_source(config(name))?;
    let mut written = 0;
    while written < bytes {
        let path = folder.join("part.log");
        let mut file = File::create(&path)?;
        let mut length = 0;
        while length < SEGMENT_BYTES && written < bytes {
            let text = part(written, bytes);
            length += text.len() as u64;
            written += text.len() as u64;
            file.write_all(&text)?;
        }
        store.import(name, name, &mut File::open(&path)?, IMPORTED_MS, "bench")?;
        std::fs::remove_file(path)?;
    }
    Ok(written)
}

/// The seconds of a part: the two weeks are gone through once.
fn span(written: u64, bytes: u64, line_bytes: u64) -> (u64, f64) {
    let from = START + WEEKS_SECONDS * written.min(bytes) / bytes.max(1);
    let lines = (bytes / line_bytes).max(1);
    (from, WEEKS_SECONDS as f64 / lines as f64)
}

/// A web server's log: twenty thousand clients, some far busier than others, three hundred agents of which a client has
/// few, five thousand paths.
fn web(written: u64, bytes: u64) -> Vec<u8> {
    let (from, step) = span(written, bytes, 150);
    let mut draw = Draw(written ^ 0x0077_6562);
    let mut text = String::new();
    for line in 0..PART_LINES {
        let client = draw.skewed(20_000);
        let week = u64::from(from - START > WEEKS_SECONDS / 2);
        // A few agents of each client; in the second week now and then one more.
        let agent = (client * 7 + draw.below(2) + week * u64::from(draw.below(400) == 0) * 100) % 300;
        let path = draw.skewed(5_000);
        let code = match draw.below(100) {
            0..=79 => 200,
            80..=87 => 304,
            88..=95 => 404,
            96..=97 => 403,
            98 => 400 + draw.below(29),
            _ => 500,
        };
        let time = clf(from + (line as f64 * step) as u64);
        let _ = writeln!(
            text,
            "10.{}.{}.{} - - [{time}] \"GET /shop/{}/item-{path}.html HTTP/1.1\" {code} {} \"-\" \"Mozilla/5.0 (X11; Agent {agent}) Gecko/20100101\"",
            client >> 12 & 15,
            client >> 6 & 63,
            client & 63,
            path % 37,
            draw.below(60_000),
        );
    }
    text.into_bytes()
}

/// sshd's log: sixty gates, a thousand strangers that guess, people that come in.
fn auth(written: u64, bytes: u64) -> Vec<u8> {
    let (from, step) = span(written, bytes, AUTH_LINE_BYTES);
    let mut draw = Draw(written ^ 0x0061_7574);
    let mut text = String::new();
    for line in 0..PART_LINES {
        let stranger = draw.below(20) > 0;
        let (what, user, address) = if stranger {
            let from = draw.skewed(1_000);
            let what = if draw.below(3_000) == 0 {
                "Accepted password"
            } else {
                "Failed password"
            };
            (
                what,
                "root".to_owned(),
                format!("198.18.{}.{}", from >> 8, from & 255),
            )
        } else {
            let person = draw.below(500);
            (
                "Accepted publickey",
                format!("user{person}"),
                format!("10.1.{}.{}", person >> 8, person & 255),
            )
        };
        let _ = writeln!(
            text,
            "{} gate{} sshd[{}]: {what} for {user} from {address} port {} ssh2",
            rfc3339(from + (line as f64 * step) as u64),
            draw.below(60),
            1000 + draw.below(30_000),
            1024 + draw.below(60_000),
        );
    }
    text.into_bytes()
}

/// Day of March 2026 and time of day.
fn day(second: u64) -> (u64, u64, u64, u64) {
    let of_day = second % 86_400;
    (
        2 + (second - START) / 86_400,
        of_day / 3600,
        of_day / 60 % 60,
        of_day % 60,
    )
}

fn clf(second: u64) -> String {
    let (day, hour, minute, second) = day(second);
    format!("{day:02}/Mar/2026:{hour:02}:{minute:02}:{second:02} +0000")
}

fn rfc3339(second: u64) -> String {
    let (day, hour, minute, second) = day(second);
    format!("2026-03-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}
