//! The short way through a line: JSON as loggers write it, read without the general reader's detours.
//!
//! It reads a subset of JSON and gives up on everything else, be it rare (`\u` escapes, numbers beyond 64 bits, deep nesting,
//! lists of records) or wrong: then the line is read again by the general reader, which alone says what is not parsed.
//! What it does read says the same as there; a property test compares the two.

use std::borrow::Cow;

use super::super::names;
use super::{Level, Rule, Rules, Scalar, Walk, Want};

/// Deeper nesting is left to the general reader, which has a limit of its own.
const MAX_DEPTH: usize = 64;
/// Decimal digits that always fit into 64 bits, with a sign or without.
const SAFE_DIGITS: usize = 18;

/// One byte eight times.
const fn eight(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Reads one object; nothing where it gives up.
pub(super) fn read<'a>(text: &'a str, walk: &mut Walk<'_, 'a>, rules: Rules) -> Option<()> {
    let mut line = Line {
        text,
        bytes: text.as_bytes(),
        at: 0,
        depth: 0,
        walk,
    };
    line.space();
    line.take(b'{')?;
    line.object(rules, Level::Line)?;
    line.space();
    (line.at == line.bytes.len()).then_some(())
}

struct Line<'s, 'w, 'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    walk: &'s mut Walk<'w, 'a>,
}

impl<'a> Line<'_, '_, 'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// After a member or an element: whether another follows.
    fn another(&mut self, end: u8) -> Option<bool> {
        self.space();
        match self.peek()? {
            b',' => {
                self.at += 1;
                self.space();
                Some(true)
            }
            byte if byte == end => {
                self.at += 1;
                Some(false)
            }
            _ => None,
        }
    }

    fn deeper(&mut self) -> Option<()> {
        self.at += 1;
        self.depth += 1;
        (self.depth <= MAX_DEPTH).then(|| self.space())
    }

    /// After its brace.
    fn object(&mut self, rules: Rules, level: Level) -> Option<()> {
        self.space();
        let mut more = self.take(b'}').is_none();
        while more {
            let Cow::Borrowed(key) = self.string()? else {
                return None;
            };
            self.space();
            self.take(b':')?;
            self.space();
            match (self.walk.records.keys.find(rules, key), rules) {
                (Some(Rule::Records(_)), _) if level == Level::Line => return None,
                (Some(rule), _) => self.value(Want::Rule(rule))?,
                (None, Rules::Names(_)) => {
                    let above = self.walk.path.len();
                    names::join(&mut self.walk.path, key);
                    self.value(Want::Names)?;
                    self.walk.path.truncate(above);
                }
                (None, _) => self.skip()?,
            }
            more = self.another(b'}')?;
        }
        if level != Level::Nested {
            self.walk.end_record();
        }
        Some(())
    }

    fn value(&mut self, want: Want) -> Option<()> {
        match self.peek()? {
            b'"' => {
                let text = self.string()?;
                self.walk.scalar(want, Scalar::Text(text));
            }
            b'{' => {
                let rules = match want {
                    Want::Rule(Rule::In(rules) | Rule::Or(_, rules)) => *rules,
                    Want::Rule(Rule::Named(_)) => return None,
                    Want::Names => Rules::Names(&[]),
                    Want::Rule(_) | Want::Rest => return self.skip(),
                };
                self.deeper()?;
                self.object(rules, Level::Nested)?;
                self.depth -= 1;
            }
            b'[' => {
                // A list under a time's key is no time.
                let want = match want {
                    Want::Rule(Rule::Time(_)) => Want::Rest,
                    want => want,
                };
                self.deeper()?;
                let mut more = self.take(b']').is_none();
                while more {
                    self.value(want)?;
                    more = self.another(b']')?;
                }
                self.depth -= 1;
            }
            b't' => {
                self.word("true")?;
                self.walk.scalar(want, Scalar::Other("true"));
            }
            b'f' => {
                self.word("false")?;
                self.walk.scalar(want, Scalar::Other("false"));
            }
            b'n' => self.word("null")?,
            _ => {
                let number = self.number()?;
                self.walk.scalar(want, scalar(number)?);
            }
        }
        Some(())
    }

    /// A value that nobody asks for.
    fn skip(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => {
                self.string_end()?;
            }
            open @ (b'{' | b'[') => {
                let close = if open == b'{' { b'}' } else { b']' };
                self.deeper()?;
                let mut more = self.take(close).is_none();
                while more {
                    if open == b'{' {
                        self.string_end()?;
                        self.space();
                        self.take(b':')?;
                        self.space();
                    }
                    self.skip()?;
                    more = self.another(close)?;
                }
                self.depth -= 1;
            }
            b't' => self.word("true")?,
            b'f' => self.word("false")?,
            b'n' => self.word("null")?,
            _ => {
                self.number()?;
            }
        }
        Some(())
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let rest = self.bytes.get(self.at..)?;
        rest.starts_with(word.as_bytes()).then(|| self.at += word.len())
    }

    /// A number, by the grammar of RFC 8259, section 6.
    fn number(&mut self) -> Option<&'a str> {
        let start = self.at;
        let _sign = self.take(b'-');
        if self.take(b'0').is_none() {
            self.digits()?;
        }
        if self.take(b'.').is_some() {
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        self.text.get(start..self.at)
    }

    /// One digit or more.
    fn digits(&mut self) -> Option<()> {
        let rest = self.bytes.get(self.at..)?;
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        (count > 0).then_some(())
    }

    /// A string's text, borrowed where it holds no escape.
    fn string(&mut self) -> Option<Cow<'a, str>> {
        let start = self.at + 1;
        let has_escape = self.string_end()?;
        let inside = self.text.get(start..self.at - 1)?;
        if !has_escape {
            return Some(Cow::Borrowed(inside));
        }
        let mut text = String::with_capacity(inside.len());
        let mut parts = inside.split('\\');
        text.push_str(parts.next()?);
        while let Some(part) = parts.next() {
            let Some(escaped) = part.chars().next() else {
                // A backslash that is escaped, and what follows the second.
                text.push('\\');
                text.push_str(parts.next()?);
                continue;
            };
            text.push(match escaped {
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                other => other,
            });
            text.push_str(part.get(1..)?);
        }
        Some(Cow::Owned(text))
    }

    /// To behind a string; whether it holds an escape.
    fn string_end(&mut self) -> Option<bool> {
        self.take(b'"')?;
        let mut has_escape = false;
        loop {
            self.plain();
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(has_escape);
                }
                b'\\' => {
                    let escaped = self.bytes.get(self.at + 1)?;
                    if !matches!(escaped, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') {
                        return None;
                    }
                    has_escape = true;
                    self.at += 2;
                }
                // A control character.
                _ => return None,
            }
        }
    }

    /// To the next quote, backslash or control character.
    fn plain(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let mut passed = 0;
        while let Some(eights) = rest.get(passed..).and_then(<[u8]>::first_chunk::<8>) {
            let bytes = u64::from_le_bytes(*eights);
            // Zero bytes are found by the borrow that taking one away needs; only above the first may it be wrong.
            let zero = |bytes: u64| bytes.wrapping_sub(eight(1)) & !bytes;
            let control = bytes.wrapping_sub(eight(0x20)) & !bytes;
            let found = (zero(bytes ^ eight(b'"')) | zero(bytes ^ eight(b'\\')) | control) & eight(0x80);
            if found != 0 {
                self.at += passed + (found.trailing_zeros() / 8) as usize;
                return;
            }
            passed += 8;
        }
        let rest = rest.get(passed..).unwrap_or_default().iter();
        self.at += passed
            + rest
                .take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f))
                .count();
    }
}

/// As the general reader tells numbers apart. It reads fractions itself, so that both come to the same.
fn scalar<'a>(number: &str) -> Option<Scalar<'a>> {
    if number.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E')) {
        return serde_json::from_str(number).ok().map(Scalar::Float);
    }
    if number.len() > SAFE_DIGITS {
        return None;
    }
    if number.starts_with('-') {
        let number = number.parse::<i64>().ok().filter(|number| *number < 0)?;
        return Some(Scalar::Float(number as f64));
    }
    number.parse().ok().map(Scalar::Unsigned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::fields::{Fields, Records};
    use super::super::super::{Outcome, clock::WallTime, json, time::LineTime};
    use super::super::{general, new_walk, read as either};
    use super::*;

    /// Every kind of format with keys.
    fn all_rules() -> Vec<Rules> {
        use super::super::super::{cloudtrail, eve, ndjson, nginx, windows, zeek_columns};
        vec![
            zeek_columns::RULES,
            eve::RULES,
            cloudtrail::RULES,
            nginx::RULES,
            windows::RULES,
            ndjson::RULES,
        ]
    }

    type Said = (LineTime, Option<WallTime>, Vec<String>, usize);

    fn said(records: &Records<'_>) -> (Vec<Said>, usize) {
        let one = |fields: &Fields<'_>| {
            let values = fields
                .values()
                .map(|(column, value)| format!("{column:?} {value:?}"));
            (fields.time(), fields.wall(), values.collect(), fields.left_out())
        };
        (records.all().iter().map(one).collect(), records.left_out())
    }

    /// Whether the short way was taken to the end by every kind of rules; it then said the same as the general reader.
    fn check(line: &str) -> bool {
        let mut taken = true;
        for rules in all_rules() {
            let mut both = Records::new();
            let outcome = either(line.as_bytes(), rules, &mut both);
            let Some(object) = json::object(line.as_bytes()) else {
                assert_eq!(outcome, Outcome::NotParsed, "{line}");
                taken = false;
                continue;
            };
            let (mut fast, mut slow) = (Records::new(), Records::new());
            fast.begin();
            let text = std::str::from_utf8(object).unwrap();
            let is_short = read(text, &mut new_walk(&mut fast), rules).is_some();
            assert_eq!(outcome, general(object, rules, &mut slow), "{line}");
            assert_eq!(said(&both), said(&slow), "{line}");
            if is_short {
                assert_eq!(outcome, Outcome::Parsed, "{line}");
                assert_eq!(said(&fast), said(&slow), "{line}");
            }
            taken &= is_short;
        }
        taken
    }

    #[test]
    fn what_is_read_the_short_way_and_what_is_not() {
        for (line, expected) in [
            (
                r#"{"ts":1521911720.865716,"uid":"C1","id.orig_h":"10.0.0.1","id.orig_p":5,"answers":["a","b"]}"#,
                true,
            ),
            (
                r#" { "a" : [ ] , "b" : { } , "c" : [ 1 , { "d" : null } ] } "#,
                true,
            ),
            (r#"{"user_agent":"a \"b\" \\ \/ c\\\\\n","x":"\t\b\f\r"}"#, true),
            (
                r#"{"user":"ü ☃ 𝄞","status":true,"in":-5,"out":1e3,"port":-0.0}"#,
                true,
            ),
            (
                r#"{"dns":{"answers":[{"rdata":"192.0.2.1"}],"queries":[{"rrname":"a.example"}]},"flow":{}}"#,
                true,
            ),
            (
                r#"{"timestamp":["2023-01-01T00:00:00Z"],"ts":"2023-01-01 00:00:00","time":{"a":1}}"#,
                true,
            ),
            (r#"{"a":"\u00e9"}"#, false),
            (r#"{"k\n":1}"#, false),
            (r#"{"bytes_in":-0}"#, false),
            (r#"{"bytes_in":18446744073709551615}"#, false),
            (r#"{"bytes_in":01}"#, false),
            (r#"{"bytes_in":1.}"#, false),
            (r#"{"bytes_in":.5}"#, false),
            (r#"{"bytes_in":1e}"#, false),
            (r#"{"a":1,}"#, false),
            (r#"{"a":[1,]}"#, false),
            (r#"{"a":tru}"#, false),
            (r#"{"a":nulll}"#, false),
            (r#"{"a":"\x"}"#, false),
            (r#"{"a" 1}"#, false),
            (r#"{"a":1}}"#, false),
            (r#"{"a":1}{"#, false),
            (r#"{"a":"1"#, false),
            ("{\"a\":\"\u{1}\"}", false),
            ("{\"a\":\"\u{7f}\u{80}\"}", true),
            (r#"{"a":"\"}"#, false),
            ("{", false),
            ("[1]", false),
            ("", false),
        ] {
            assert_eq!(check(line), expected, "{line}");
        }
        let deep = |depth: usize| format!("{{\"a\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(check(&deep(MAX_DEPTH)));
        assert!(!check(&deep(MAX_DEPTH + 1)));
        assert!(!check(&deep(1000)));
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            (0..70_000_u64).prop_map(Into::into),
            (0.0..3e9_f64).prop_map(Into::into),
            "[ -~]{0,20}".prop_map(Into::into),
            "(10\\.[0-9]\\.0\\.[0-9]{1,2}|2023-01-0[1-9]T00:00:00Z|\\PC{0,5})".prop_map(Into::into),
        ];
        let key = prop_oneof![
            prop::sample::select(vec![
                "ts",
                "uid",
                "id.orig_h",
                "query",
                "answers",
                "timestamp",
                "src_ip",
                "dns",
                "rrname",
                "http",
                "host",
                "Records",
                "userIdentity",
                "userName",
                "Event",
                "EventData",
                "Data",
                "#text",
                "@Name",
                "request",
                "remote_addr",
                "status",
                "source",
                "ip",
                "message",
                "user",
                "hashes",
                "eventTime",
            ])
            .prop_map(str::to_owned),
            "[a-z_.]{0,4}",
        ];
        leaf.prop_recursive(4, 40, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::vec((key.clone(), inner), 0..6)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_says_what_the_general_reader_says(
            members in prop::collection::vec(json(), 1..5),
            cut in prop::option::of((0_usize..200, "[\\PC\\x00-\\x1f]{0,2}")),
        ) {
            let keys = ["ts", "Records", "dns", "Event", "x"];
            let object: serde_json::Map<_, _> =
                keys.iter().map(|key| (*key).to_owned()).zip(members).collect();
            let mut line = serde_json::Value::Object(object).to_string();
            if let Some((at, text)) = cut {
                let at = line.floor_char_boundary(at.min(line.len()));
                let end = line.floor_char_boundary((at + 1).min(line.len())).max(at);
                line.replace_range(at..end, &text);
            }
            check(&line);
        }
    }
}
