//! Which format a log has, told by its first bytes.

use memchr::memmem;

use super::{Depth, LineReader, LogFormat, Outcome, syslog};

/// How many bytes of a log [`detect`] looks at; more are ignored.
pub const DETECT_BYTES: usize = 64 * 1024;

/// How many lines are tried.
const DETECT_LINES: usize = 50;

/// The format of a log that begins with these bytes. Never fails: what nothing else claims is [`LogFormat::Text`].
#[must_use]
pub fn detect(start: &[u8]) -> LogFormat {
    let start = start.get(..DETECT_BYTES).unwrap_or(start);
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let lines: Vec<&[u8]> = start
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty())
        .take(DETECT_LINES)
        .collect();
    let Some(first) = lines.first() else {
        return LogFormat::Text;
    };
    if first.starts_with(b"#separator ") || first.starts_with(b"#fields\t") {
        return LogFormat::ZeekTsv;
    }
    if matches!(first.first(), Some(b'{' | b'[')) {
        let json = json_kind(start, &lines);
        if json != LogFormat::Text {
            return json;
        }
    }
    if most(&lines, |line| {
        LineReader::new(LogFormat::AccessLog)
            .line(line, Depth::Time)
            .outcome
            == Outcome::Parsed
    }) {
        return LogFormat::AccessLog;
    }
    if most(&lines, |line| syslog::header(line).is_some()) {
        return LogFormat::Syslog;
    }
    LogFormat::Text
}

/// More than half of the lines.
fn most(lines: &[&[u8]], is: impl Fn(&[u8]) -> bool) -> bool {
    let hits = lines.iter().filter(|line| is(line)).count();
    hits * 2 > lines.len()
}

/// The kind of JSON. Markers are looked for in the first bytes rather than in parsed objects, because the first line
/// may be longer than what is looked at, or be one brace of a pretty-printed file.
fn json_kind(start: &[u8], lines: &[&[u8]]) -> LogFormat {
    let has = |marker: &str| memmem::find(start, marker.as_bytes()).is_some();
    if has("\"eventVersion\"") && has("\"eventSource\"") && has("\"eventTime\"") {
        return LogFormat::CloudTrail;
    }
    if has("\"event_type\"") && has("\"timestamp\"") {
        return LogFormat::SuricataEve;
    }
    // Some Zeek logs have no `ts` (loaded_scripts); the streaming form then still has its path and write time.
    let zeek = has("\"_path\":") && has("\"_write_ts\":");
    if zeek || (has("\"ts\":") && (has("\"_path\":") || has("\"uid\":") || has("\"id.orig_h\":"))) {
        return LogFormat::ZeekJson;
    }
    let parsed =
        |line: &[u8]| LineReader::new(LogFormat::Ndjson).line(line, Depth::Time).outcome == Outcome::Parsed;
    // One line that fills everything looked at cannot be parsed here, and still is an object a line.
    let cut = lines.len() == 1 && start.len() >= DETECT_BYTES;
    if cut || most(lines, parsed) {
        LogFormat::Ndjson
    } else {
        LogFormat::Text
    }
}
