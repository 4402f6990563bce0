//! Which format a log has, told by its first bytes.

use memchr::memmem;

use super::{
    Depth, LineReader, LogFormat, Outcome, bind, cgnat, delimited, dhcp, encoding, openssh, postfix, radius,
    syslog, unbound, w3c,
};

/// How many bytes of a log [`detect`] looks at; more are ignored.
pub const DETECT_BYTES: usize = 64 * 1024;

/// What begins the binary event log of Windows ([MS-EVEN6], and `ElfFile` in its file header).
const EVTX: &[u8] = b"ElfFile\0";

/// How many lines are tried.
const DETECT_LINES: usize = 50;

/// The format of a log that begins with these bytes. Never fails: what nothing else claims is [`LogFormat::Text`].
#[must_use]
pub fn detect(start: &[u8]) -> LogFormat {
    let start = start.get(..DETECT_BYTES).unwrap_or(start);
    if start.starts_with(EVTX) {
        return LogFormat::Evtx;
    }
    match encoding::start(start) {
        Some(decoded) => told(&decoded),
        None => told(encoding::without_mark(start)),
    }
}

/// The same of UTF-8.
fn told(start: &[u8]) -> LogFormat {
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
    if w3c::is_header(first) {
        return LogFormat::W3c;
    }
    for format in [LogFormat::AccessLog, LogFormat::Squid] {
        if most(&lines, |line| parses(format, line)) {
            return format;
        }
    }
    // What one program writes among other lines is syslog's; a log that is a program's own is nearly all of it.
    let entries: Vec<_> = lines.iter().filter_map(|line| syslog::entry(line)).collect();
    for (format, is) in [
        (LogFormat::Openssh, openssh::is as fn(&_) -> bool),
        (LogFormat::Postfix, postfix::is),
        (LogFormat::Cgnat, cgnat::is),
        (LogFormat::Dhcp, dhcp::is),
        (LogFormat::Unbound, unbound::is),
        (LogFormat::Bind, bind::is),
    ] {
        if entries.iter().filter(|entry| is(entry)).count() * 10 >= lines.len() * 9 {
            return format;
        }
    }
    if is_radius(&lines) {
        return LogFormat::Radius;
    }
    for format in [LogFormat::Unbound, LogFormat::Bind, LogFormat::Dhcp] {
        if most(&lines, |line| parses(format, line)) {
            return format;
        }
    }
    // The audit log of Windows begins with an explanation that may be longer than its rows.
    if memmem::find(start, b"\nID,Date,Time,Description,IP Address,").is_some()
        || lines.iter().any(|line| dhcp::is_windows(line)) && memmem::find(start, b"DHCP").is_some()
    {
        return LogFormat::Dhcp;
    }
    if entries.len() * 2 > lines.len() {
        return LogFormat::Syslog;
    }
    if delimited::is_sheet(&lines) {
        return LogFormat::Csv;
    }
    LogFormat::Text
}

fn parses(format: LogFormat, line: &[u8]) -> bool {
    LineReader::new(format).line(line, Depth::Time).outcome == Outcome::Parsed
}

/// A detail file, or a record a line. Configurations have `name = value` lines too: an attribute of accounting must be
/// among them.
fn is_radius(lines: &[&[u8]]) -> bool {
    if most(lines, radius::is_record) {
        return true;
    }
    let known = |line: &&[u8]| line.starts_with(b"Acct-") || line.starts_with(b"User-Name = ");
    most(lines, radius::is_attribute) && lines.iter().any(known)
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
    let event = has("\"EventID\"") || has("\"EventId\"");
    if has("\"winlog\"") || (event && (has("\"Channel\"") || has("\"Computer\"") || has("\"SourceName\""))) {
        return LogFormat::WindowsJson;
    }
    if has("\"remote_addr\"") && (has("\"request\"") || has("\"request_uri\"") || has("\"status\"")) {
        return LogFormat::NginxJson;
    }
    // One line that fills everything looked at cannot be parsed here, and still is an object a line.
    let cut = lines.len() == 1 && start.len() >= DETECT_BYTES;
    if cut || most(lines, |line| parses(LogFormat::Ndjson, line)) {
        LogFormat::Ndjson
    } else {
        LogFormat::Text
    }
}
