//! The addresses under one column of a line: whose line it is, where a format or a person says which column tells.
//!
//! Without a column nothing tells a client from a server: the first address of a line is as often the server's.

use std::net::IpAddr;

use serde_json::Value;

use super::{LogFormat, address};

/// Longest name of a column, bytes.
pub const COLUMN_MAX_BYTES: usize = 128;

/// The column in which a format keeps who came; `None` where it has none, or several of equal right.
#[must_use]
pub const fn origin_column(format: LogFormat) -> Option<&'static str> {
    match format {
        LogFormat::ZeekTsv | LogFormat::ZeekJson => Some("id.orig_h"),
        LogFormat::SuricataEve => Some("src_ip"),
        LogFormat::CloudTrail => Some("sourceIPAddress"),
        // NCSA: the host that asked is the first field, and has no name in the file.
        LogFormat::AccessLog => Some("host"),
        LogFormat::NginxJson => Some("remote_addr"),
        LogFormat::W3c => Some("c-ip"),
        LogFormat::Squid
        | LogFormat::Bind
        | LogFormat::Unbound
        | LogFormat::Postfix
        | LogFormat::Openssh
        | LogFormat::Dhcp
        | LogFormat::Radius
        | LogFormat::Cgnat
        | LogFormat::WindowsJson
        | LogFormat::Evtx
        | LogFormat::Syslog
        | LogFormat::Ndjson
        | LogFormat::Csv
        | LogFormat::Text => None,
    }
}

/// Of a JSON line: the column as a key of the record, or as a path of keys with dots between; of every record, where a
/// line holds a list of them.
pub(super) fn in_json(line: &[u8], column: &str, records: Option<&str>) -> Vec<IpAddr> {
    let text = line.trim_ascii();
    let text = text.strip_suffix(b",").unwrap_or(text);
    let Ok(value) = serde_json::from_slice::<Value>(text) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    match records.and_then(|key| value.get(key)?.as_array()) {
        Some(all) => all.iter().for_each(|record| under(record, column, &mut found)),
        None => under(&value, column, &mut found),
    }
    found
}

fn under(record: &Value, column: &str, found: &mut Vec<IpAddr>) {
    let by_path = || {
        let mut keys = column.split('.');
        keys.try_fold(record, |value, key| value.get(key))
    };
    match record.get(column).or_else(by_path) {
        Some(Value::String(text)) => {
            if let Some(one) = address::whole(text.as_bytes()) {
                address::push(found, one);
            }
        }
        Some(Value::Array(all)) => {
            for one in all.iter().filter_map(Value::as_str) {
                if let Some(one) = address::whole(one.as_bytes()) {
                    address::push(found, one);
                }
            }
        }
        _ => {}
    }
}

/// Of running text: what stands after `COLUMN=`, as firewalls write it.
pub(super) fn in_pairs(line: &[u8], column: &str) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for token in line.split(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b';' | b'|')) {
        let value = token
            .strip_prefix(column.as_bytes())
            .and_then(|rest| rest.strip_prefix(b"="));
        if let Some(value) = value {
            address::in_text(value, &mut found);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::{Depth, LineReader};
    use super::*;

    fn named(format: LogFormat, column: &str, lines: &[&str]) -> Vec<Vec<String>> {
        let mut reader = LineReader::new(format).under(column);
        let mut all = Vec::new();
        for line in lines {
            let facts = reader.line(line.as_bytes(), Depth::Full);
            all.push(facts.named.iter().map(ToString::to_string).collect());
        }
        all
    }

    #[test]
    fn the_column_tells_and_not_the_order() {
        let zeek = [
            "#separator \\x09",
            "#fields\tts\tid.resp_h\tid.orig_h",
            "#types\ttime\taddr\taddr",
            "1763000000.0\t198.51.100.9\t192.0.2.1",
            "1763000000.0\t198.51.100.9\t-",
            // A second header moves the column.
            "#fields\tts\tid.orig_h\tid.resp_h",
            "1763000000.0\t192.0.2.2\t198.51.100.9",
            // Shifted: which field stands where is not known.
            "1763000000.0\t192.0.2.3",
        ];
        let none = Vec::<String>::new();
        let one = |address: &str| vec![address.to_owned()];
        assert_eq!(
            named(LogFormat::ZeekTsv, "id.orig_h", &zeek),
            [
                none.clone(),
                none.clone(),
                none.clone(),
                one("192.0.2.1"),
                none.clone(),
                none.clone(),
                one("192.0.2.2"),
                none.clone(),
            ]
        );
        let check = |format, column: &str, line: &str, expected: &[&str]| {
            assert_eq!(named(format, column, &[line])[0], expected, "{line}");
        };
        check(
            LogFormat::ZeekJson,
            "id.orig_h",
            r#"{"id.resp_h":"198.51.100.9","id.orig_h":"192.0.2.1"}"#,
            &["192.0.2.1"],
        );
        check(
            LogFormat::SuricataEve,
            "src_ip",
            r#"{"dest_ip":"198.51.100.9","src_ip":"::ffff:192.0.2.1"}"#,
            &["192.0.2.1"],
        );
        check(
            LogFormat::Ndjson,
            "source.ip",
            r#"{"destination":{"ip":"198.51.100.9"},"source":{"ip":"192.0.2.1"}}"#,
            &["192.0.2.1"],
        );
        check(
            LogFormat::CloudTrail,
            "sourceIPAddress",
            r#"{"Records":[{"sourceIPAddress":"192.0.2.1"},{"sourceIPAddress":"192.0.2.2"}]}"#,
            &["192.0.2.1", "192.0.2.2"],
        );
        check(
            LogFormat::AccessLog,
            "host",
            r#"192.0.2.1 - - [26/Nov/2026:10:00:00 +0000] "GET /?ip=198.51.100.9 HTTP/1.1" 200 1"#,
            &["192.0.2.1"],
        );
        check(
            LogFormat::Syslog,
            "SRC",
            "Oct 11 22:14:15 fw kernel: DST=198.51.100.9 SRC=192.0.2.1 SRCX=192.0.2.7",
            &["192.0.2.1"],
        );
        check(LogFormat::Text, "client", "from 192.0.2.1 to 198.51.100.9", &[]);
        check(LogFormat::Ndjson, "src", r#"{"src":7,"src_ip":"192.0.2.1"}"#, &[]);
        check(LogFormat::Ndjson, "src", "no json", &[]);
    }
}
