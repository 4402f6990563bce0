//! Given indicators into given real logs.
//!
//! A Zeek log keeps its columns, a JSON line its syntax: a field that may hold any name, or a string field, or the responder's
//! address gets the indicator as its value. Other text gets it appended. Known answers are those of the planted values; what else the
//! log holds is not known here.

use accord_matcher::{Kind, MatchKind, Pattern, PatternKind};

use crate::logs::Expected;
use crate::random::Choices;

const STREAM: u64 = 2;

/// Fields that hold a name, best first.
const NAME_FIELDS: [&str; 6] = ["query", "server_name", "host", "hostname", "sni", "rrname"];
/// Fields that hold an address, best first.
const ADDRESS_FIELDS: [&str; 4] = ["id.resp_h", "dest_ip", "host", "src_ip"];
/// String fields that say which log, host or line this is; they are left alone.
const KEPT_FIELDS: [&str; 8] = [
    "_path",
    "_write_ts",
    "ts",
    "uid",
    "fuid",
    "timestamp",
    "id",
    "flow_id",
];

/// A log with planted indicators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planted {
    /// The log.
    pub bytes: Vec<u8>,
    /// The records of the planted values, in order.
    pub expected: Vec<Expected>,
    /// How many lines were changed.
    pub planted: usize,
}

/// Plants each of `indicators` once, in order, into lines chosen at random; if there are more indicators than lines that
/// can hold one, the last ones are not planted. Domains, addresses, URLs without a port, e-mail addresses and hashes are planted; others are passed over.
#[must_use]
pub fn plant(log: &[u8], indicators: &[&str], seed: u64) -> Planted {
    let mut choices = Choices::new(seed, STREAM);
    let patterns: Vec<Pattern> = indicators
        .iter()
        .filter_map(|text| Pattern::parse(text).ok())
        .collect();
    let mut waiting = patterns
        .iter()
        .filter(|pattern| kind_of(pattern).is_some())
        .peekable();
    let lines: Vec<&[u8]> = log.split_inclusive(|&byte| byte == b'\n').collect();
    let ratio = lines.len().checked_div(patterns.len().max(1)).unwrap_or(1).max(1);
    let whole_json = matches!(log.trim_ascii_start(), [b'[', ..]);
    let mut columns = Columns::default();
    let mut planted = Planted {
        bytes: Vec::with_capacity(log.len() + 64),
        expected: Vec::new(),
        planted: 0,
    };
    for (number, line) in (1_u64..).zip(lines) {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let end = line.get(text.len()..).unwrap_or_default();
        columns.read(text);
        let changed = match waiting.peek() {
            Some(pattern) if choices.once_in(ratio.div_ceil(2)) => {
                changed_line(text, pattern, &columns, whole_json).map(|changed| (changed, *pattern))
            }
            _ => None,
        };
        let offset = planted.bytes.len() as u64;
        if let Some((changed, pattern)) = changed {
            waiting.next();
            planted.planted += 1;
            planted.bytes.extend_from_slice(&changed);
            if let Some(kind) = kind_of(pattern) {
                planted.expected.push(Expected {
                    line: number,
                    offset,
                    length: changed.len() as u64,
                    kind,
                    value: pattern.canonical().to_owned(),
                    indicator: pattern.canonical().to_owned(),
                    how: MatchKind::Exact,
                });
            }
        } else {
            planted.bytes.extend_from_slice(text);
        }
        planted.bytes.extend_from_slice(end);
    }
    planted
}

/// The kind of the record that a planted value gives, if this kind of pattern is planted.
fn kind_of(pattern: &Pattern) -> Option<Kind> {
    match pattern.kind() {
        PatternKind::Domain => Some(Kind::Domain),
        PatternKind::Address if pattern.canonical().contains(':') => Some(Kind::Ipv6),
        PatternKind::Address => Some(Kind::Ipv4),
        PatternKind::Url => Some(Kind::Url),
        PatternKind::Email => Some(Kind::Email),
        PatternKind::Hash => Kind::of_hash(pattern.canonical().len()),
        _ => None,
    }
}

/// The columns of a Zeek log.
#[derive(Debug, Default)]
struct Columns {
    names: Vec<Vec<u8>>,
    types: Vec<Vec<u8>>,
}

impl Columns {
    fn read(&mut self, line: &[u8]) {
        let list = |rest: &[u8]| rest.split(|&byte| byte == b'\t').map(<[u8]>::to_vec).collect();
        if let Some(rest) = line.strip_prefix(b"#fields\t") {
            self.names = list(rest);
        } else if let Some(rest) = line.strip_prefix(b"#types\t") {
            self.types = list(rest);
        }
    }

    /// The column for a value of this kind.
    fn place(&self, pattern: &Pattern) -> Option<usize> {
        let named = |wanted: &[&str], kind: &[u8]| {
            wanted.iter().find_map(|name| {
                (0..self.names.len()).find(|&at| {
                    self.names.get(at).is_some_and(|own| own == name.as_bytes())
                        && self.types.get(at).is_some_and(|own| own == kind)
                })
            })
        };
        let any_string = || {
            (0..self.names.len()).rev().find(|&at| {
                self.types.get(at).is_some_and(|own| own == b"string")
                    && self
                        .names
                        .get(at)
                        .is_some_and(|own| !KEPT_FIELDS.iter().any(|kept| kept.as_bytes() == own))
            })
        };
        match pattern.kind() {
            PatternKind::Domain => named(&NAME_FIELDS, b"string").or_else(any_string),
            PatternKind::Address => named(&ADDRESS_FIELDS, b"addr").or_else(any_string),
            _ => any_string(),
        }
    }
}

fn changed_line(line: &[u8], pattern: &Pattern, columns: &Columns, whole_json: bool) -> Option<Vec<u8>> {
    let value = pattern.canonical();
    // A header line says what the others mean, in Zeek's logs before the columns are named too.
    if line.starts_with(b"#") {
        return None;
    }
    if !columns.names.is_empty() {
        if line.is_empty() {
            return None;
        }
        let place = columns.place(pattern)?;
        let mut fields: Vec<&[u8]> = line.split(|&byte| byte == b'\t').collect();
        if fields.len() != columns.names.len() {
            return None;
        }
        *fields.get_mut(place)? = value.as_bytes();
        return Some(fields.join(&b'\t'));
    }
    let trimmed = line.trim_ascii_start();
    if whole_json || trimmed.starts_with(b"{") {
        let preferred = if pattern.kind() == PatternKind::Address {
            &ADDRESS_FIELDS[..]
        } else {
            &NAME_FIELDS[..]
        };
        let strings = json_strings(line);
        let name_of = |key: &(usize, usize)| line.get(key.0..key.1).unwrap_or_default();
        let found = preferred
            .iter()
            .find_map(|name| strings.iter().find(|(key, _)| name_of(key) == name.as_bytes()))
            .or_else(|| {
                strings
                    .iter()
                    .rev()
                    .find(|(key, _)| !KEPT_FIELDS.iter().any(|kept| kept.as_bytes() == name_of(key)))
            });
        let (_, (start, end)) = found?;
        return Some([line.get(..*start)?, value.as_bytes(), line.get(*end..)?].concat());
    }
    (!trimmed.is_empty()).then(|| [line, b" ", value.as_bytes()].concat())
}

/// The string members of a JSON line: where key and value stand, without their quotes.
fn json_strings(line: &[u8]) -> Vec<((usize, usize), (usize, usize))> {
    let mut found = Vec::new();
    let mut key = None;
    let mut at = 0;
    while let Some(&byte) = line.get(at) {
        if byte != b'"' {
            // After a key only a colon and white space may stand before its value.
            if !matches!(byte, b':' | b' ' | b'\t') {
                key = None;
            }
            at += 1;
            continue;
        }
        let start = at + 1;
        let mut end = start;
        while let Some(&inner) = line.get(end) {
            match inner {
                b'"' => break,
                b'\\' => end += 2,
                _ => end += 1,
            }
        }
        if line.get(end).is_none() {
            break;
        }
        match key.take() {
            Some(own) => found.push((own, (start, end))),
            None => {
                let is_key = line
                    .get(end + 1..)
                    .is_some_and(|rest| rest.trim_ascii_start().starts_with(b":"));
                key = is_key.then_some((start, end));
            }
        }
        at = end + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_stay_valid() {
        let tsv = b"#fields\tts\tquery\tid.resp_h\n#types\ttime\tstring\taddr\n1\ta.example.com\t192.0.2.1\n";
        let json = br#"{"_path":"dns","query":"a","answers":["b"],"n":1}"#;
        let pretty = b"[\n  {\n    \"src_ip\": \"192.0.2.1\",\n    \"n\": 1\n  }\n]\n";
        let check = |log: &[u8], indicator: &str, expected: &str| {
            // The line is chosen at random: the first seed that chooses one.
            let planted = (0..100)
                .map(|seed| plant(log, &[indicator], seed))
                .find(|made| made.planted == 1)
                .unwrap();
            assert_eq!(String::from_utf8(planted.bytes).unwrap(), expected);
            assert_eq!(planted.expected[0].value, indicator);
        };
        check(
            tsv,
            "evil.example",
            "#fields\tts\tquery\tid.resp_h\n#types\ttime\tstring\taddr\n1\tevil.example\t192.0.2.1\n",
        );
        check(
            tsv,
            "198.51.100.7",
            "#fields\tts\tquery\tid.resp_h\n#types\ttime\tstring\taddr\n1\ta.example.com\t198.51.100.7\n",
        );
        check(
            json,
            "evil.example",
            r#"{"_path":"dns","query":"evil.example","answers":["b"],"n":1}"#,
        );
        check(
            pretty,
            "198.51.100.7",
            "[\n  {\n    \"src_ip\": \"198.51.100.7\",\n    \"n\": 1\n  }\n]\n",
        );
        check(b"one line", "evil.example", "one line evil.example");
        check(
            b"#separator \\x09\n#path\tdns\none line",
            "evil.example",
            "#separator \\x09\n#path\tdns\none line evil.example",
        );
    }

    #[test]
    fn json_members() {
        let line = br#"{"a":"x\"y","b":[{"c" : "z"}],"d":1,"e":"#;
        let found: Vec<(&[u8], &[u8])> = json_strings(line)
            .iter()
            .map(|(key, value)| (&line[key.0..key.1], &line[value.0..value.1]))
            .collect();
        assert_eq!(found, [(&b"a"[..], &b"x\\\"y"[..]), (&b"c"[..], &b"z"[..])]);
        for length in 0..line.len() {
            json_strings(&line[..length]);
        }
    }
}
