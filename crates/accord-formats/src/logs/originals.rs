//! What a record says by the format's own names: for rules that are written in them.
//!
//! JSON is flattened: keys with dots between them; the values of a list stand each under the list's path, one after the
//! other. Zeek's tables, W3C and CSV have the names of their header. What is written in text has no names of its own
//! ([`super::LogFormat::names_its_fields`]): there [`super::LineReader::fields`] says all.
//!
//! Nothing is cut: values borrow from the line, and what does not is no longer than the line. What passes a limit of
//! names or fields is left out and counted.

use std::borrow::Cow;

use serde::de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::fields::MAX_RECORDS;
use super::{Outcome, json};

/// The most fields of one record; the rest are counted ([`Originals::left_out`]).
pub const MAX_ORIGINALS: usize = 4096;

/// The longest name of a field, its path of keys included, bytes; what is under a longer one is left out and counted.
pub const MAX_ORIGINAL_NAME_BYTES: usize = 512;

/// A value as the format gives it.
#[derive(Debug, Clone, PartialEq)]
pub enum OriginalValue<'a> {
    /// Text, and whole numbers that need more than 63 bits.
    Text(Cow<'a, str>),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// Yes or no.
    Bool(bool),
    /// The format's word for nothing, where it is written out (JSON's `null`).
    Null,
    /// An object: its fields follow, under longer names.
    Nested,
}

/// A field: where its name ends in the names, and its value.
#[derive(Debug, Clone, PartialEq)]
struct Entry<'a> {
    name: (usize, usize),
    value: OriginalValue<'a>,
}

/// The records of one line, by the format's own names. Filled by [`super::LineReader::originals`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Originals<'a> {
    names: String,
    entries: Vec<Entry<'a>>,
    /// Where each record ends in the entries.
    ends: Vec<usize>,
    left_out: usize,
}

impl<'a> Originals<'a> {
    /// How many records the line holds.
    #[must_use]
    pub const fn records(&self) -> usize {
        self.ends.len()
    }

    /// The fields of a record, from 0, in its order.
    pub fn record(&self, number: usize) -> impl Iterator<Item = (&str, &OriginalValue<'a>)> {
        let end = self.ends.get(number).copied().unwrap_or(0);
        let start = number
            .checked_sub(1)
            .and_then(|before| self.ends.get(before))
            .map_or(0, |start| *start);
        let entries = self.entries.get(start..end).unwrap_or_default();
        entries.iter().map(|entry| {
            let name = self.names.get(entry.name.0..entry.name.1).unwrap_or_default();
            (name, &entry.value)
        })
    }

    /// How many fields and records were left out at a limit.
    #[must_use]
    pub const fn left_out(&self) -> usize {
        self.left_out
    }

    /// Reads one JSON object that stands in a text, as one record.
    #[must_use]
    pub fn of_json(text: &'a str) -> Option<Self> {
        let mut originals = Self::default();
        (read_json(text.as_bytes(), None, &mut originals) == Outcome::Parsed).then_some(originals)
    }

    pub(super) fn clear(&mut self) {
        self.names.clear();
        self.entries.clear();
        self.ends.clear();
        self.left_out = 0;
    }

    pub(super) fn begin(&mut self) {
        self.ends.push(self.entries.len());
    }

    /// Takes a field of the record begun last.
    pub(super) fn put(&mut self, name: &str, value: OriginalValue<'a>) {
        let before = self.ends.len().checked_sub(2).and_then(|at| self.ends.get(at));
        let count = self.entries.len() - before.map_or(0, |before| *before);
        if count >= MAX_ORIGINALS || name.len() > MAX_ORIGINAL_NAME_BYTES {
            self.left_out += 1;
            return;
        }
        let Some(end) = self.ends.last_mut() else { return };
        let start = self.names.len();
        self.names.push_str(name);
        self.entries.push(Entry {
            name: (start, self.names.len()),
            value,
        });
        *end = self.entries.len();
    }

    /// The records of a line that had to be decoded first, owned.
    pub(super) fn take_owned(&mut self, other: Originals<'_>) {
        let own = |value: OriginalValue<'_>| match value {
            OriginalValue::Text(text) => OriginalValue::Text(Cow::Owned(text.into_owned())),
            OriginalValue::Integer(number) => OriginalValue::Integer(number),
            OriginalValue::Float(number) => OriginalValue::Float(number),
            OriginalValue::Bool(is) => OriginalValue::Bool(is),
            OriginalValue::Null => OriginalValue::Null,
            OriginalValue::Nested => OriginalValue::Nested,
        };
        let entries = other.entries.into_iter().map(|entry| Entry {
            name: entry.name,
            value: own(entry.value),
        });
        self.entries = entries.collect();
        self.names = other.names;
        self.ends = other.ends;
        self.left_out = other.left_out;
    }
}

/// Reads a line as one JSON object, or as the records under a key of it.
pub(super) fn read_json<'a>(line: &'a [u8], records: Option<&str>, originals: &mut Originals<'a>) -> Outcome {
    let Some(text) = json::object(line) else {
        return Outcome::NotParsed;
    };
    originals.begin();
    let mut walk = Walk {
        originals,
        path: String::new(),
    };
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = Line {
        walk: &mut walk,
        records,
    }
    .deserialize(&mut reader)
    .and_then(|()| reader.end());
    if read.is_err() {
        originals.clear();
        return Outcome::NotParsed;
    }
    Outcome::Parsed
}

struct Walk<'w, 'a> {
    originals: &'w mut Originals<'a>,
    path: String,
}

impl<'a> Walk<'_, 'a> {
    fn put(&mut self, value: OriginalValue<'a>) {
        self.originals.put(&self.path, value);
    }
}

/// A key, borrowed where it holds no escape.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;
    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a key")
    }
    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(key))
    }
    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

/// The line: a record, or the wrapper of a list of them.
struct Line<'s, 'w, 'a, 'k> {
    walk: &'s mut Walk<'w, 'a>,
    records: Option<&'k str>,
}

impl<'de> DeserializeSeed<'de> for Line<'_, '_, 'de, '_> {
    type Value = ();
    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Line<'_, '_, 'de, '_> {
    type Value = ();
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut wrapper = false;
        while let Some(key) = map.next_key_seed(Key)? {
            if self.records == Some(&key) {
                if !wrapper {
                    self.walk.originals.clear();
                }
                wrapper = true;
                map.next_value_seed(List(self.walk))?;
            } else if wrapper {
                // What stands beside a list of records is no record.
                map.next_value::<IgnoredAny>()?;
            } else {
                member(self.walk, &key, &mut map)?;
            }
        }
        Ok(())
    }
}

/// A list of records.
struct List<'s, 'w, 'a>(&'s mut Walk<'w, 'a>);

impl<'de> DeserializeSeed<'de> for List<'_, '_, 'de> {
    type Value = ();
    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_, '_, 'de> {
    type Value = ();
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of records")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while self.0.originals.records() < MAX_RECORDS {
            self.0.originals.begin();
            if list.next_element_seed(Object(self.0))?.is_none() {
                self.0.originals.ends.pop();
                return Ok(());
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {
            self.0.originals.left_out += 1;
        }
        Ok(())
    }
}

/// A record of a list.
struct Object<'s, 'w, 'a>(&'s mut Walk<'w, 'a>);

impl<'de> DeserializeSeed<'de> for Object<'_, '_, 'de> {
    type Value = ();
    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_, '_, 'de> {
    type Value = ();
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(Key)? {
            member(self.0, &key, &mut map)?;
        }
        Ok(())
    }
}

/// The value of a key, under the path that the key makes longer.
fn member<'de, A: MapAccess<'de>>(walk: &mut Walk<'_, 'de>, key: &str, map: &mut A) -> Result<(), A::Error> {
    let above = walk.path.len();
    if above + key.len() >= MAX_ORIGINAL_NAME_BYTES {
        walk.originals.left_out += 1;
        map.next_value::<IgnoredAny>()?;
        return Ok(());
    }
    if above > 0 {
        walk.path.push('.');
    }
    walk.path.push_str(key);
    map.next_value_seed(Any(walk))?;
    walk.path.truncate(above);
    Ok(())
}

/// Any value.
struct Any<'s, 'w, 'a>(&'s mut Walk<'w, 'a>);

impl<'de> DeserializeSeed<'de> for Any<'_, '_, 'de> {
    type Value = ();
    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Any<'_, '_, 'de> {
    type Value = ();
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        self.0.put(OriginalValue::Text(Cow::Borrowed(text)));
        Ok(())
    }
    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.put(OriginalValue::Text(Cow::Owned(text.to_owned())));
        Ok(())
    }
    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.0.put(match i64::try_from(number) {
            Ok(number) => OriginalValue::Integer(number),
            Err(_) => OriginalValue::Text(Cow::Owned(number.to_string())),
        });
        Ok(())
    }
    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.0.put(OriginalValue::Integer(number));
        Ok(())
    }
    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.0.put(OriginalValue::Float(number));
        Ok(())
    }
    fn visit_bool<E>(self, is: bool) -> Result<(), E> {
        self.0.put(OriginalValue::Bool(is));
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        self.0.put(OriginalValue::Null);
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Any(self.0))?.is_some() {}
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.0.put(OriginalValue::Nested);
        while let Some(key) = map.next_key_seed(Key)? {
            member(self.0, &key, &mut map)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{LineReader, LogFormat};
    use super::*;

    fn shown(originals: &Originals<'_>) -> Vec<Vec<String>> {
        let record = |number| {
            originals
                .record(number)
                .map(|(name, value)| match value {
                    OriginalValue::Text(text) => format!("{name}={text}"),
                    other => format!("{name}={other:?}"),
                })
                .collect()
        };
        (0..originals.records()).map(record).collect()
    }

    fn check(format: LogFormat, lines: &[(&str, Outcome, &[&[&str]])]) {
        let mut reader = LineReader::new(format);
        for (line, outcome, expected) in lines {
            let mut originals = Originals::default();
            assert_eq!(
                reader.originals(line.as_bytes(), &mut originals),
                *outcome,
                "{line}"
            );
            assert_eq!(shown(&originals), *expected, "{line}");
        }
    }

    #[test]
    fn json_is_flattened() {
        check(
            LogFormat::Ndjson,
            &[
                (
                    r#"{"a":"x","b":{"c":1,"d":[true,"y",{"e":null}]},"f":-2,"g":1.5,"h":18446744073709551615,"i":[]}"#,
                    Outcome::Parsed,
                    &[&[
                        "a=x",
                        "b=Nested",
                        "b.c=Integer(1)",
                        "b.d=Bool(true)",
                        "b.d=y",
                        "b.d=Nested",
                        "b.d.e=Null",
                        "f=Integer(-2)",
                        "g=Float(1.5)",
                        "h=18446744073709551615",
                    ]],
                ),
                (r#"{"a\n":"\u0041"},"#, Outcome::Parsed, &[&["a\n=A"]]),
                ("{", Outcome::NotParsed, &[]),
                ("", Outcome::Blank, &[]),
            ],
        );
    }

    #[test]
    fn records_under_a_key() {
        check(
            LogFormat::CloudTrail,
            &[
                (
                    r#"{"x":1,"Records":[{"a":1},{"a":{"b":2}}],"y":2}"#,
                    Outcome::Parsed,
                    &[&["a=Integer(1)"], &["a=Nested", "a.b=Integer(2)"]],
                ),
                (r#"{"eventName":"x"}"#, Outcome::Parsed, &[&["eventName=x"]]),
                (r#"{"Records":[]}"#, Outcome::Parsed, &[]),
                (r#"{"Records":[{"a":1},2]}"#, Outcome::NotParsed, &[]),
            ],
        );
    }

    #[test]
    fn headers_name_the_fields() {
        check(
            LogFormat::ZeekTsv,
            &[
                ("#separator \\x09", Outcome::Header, &[]),
                ("#path\tdns", Outcome::Header, &[]),
                ("#fields\tts\tquery\tanswers\trejected\tAA", Outcome::Header, &[]),
                (
                    "#types\ttime\tstring\tvector[string]\tbool\tbool",
                    Outcome::Header,
                    &[],
                ),
                (
                    "1.5\ta.example\tx,y\tF\tT",
                    Outcome::Parsed,
                    &[&[
                        "_path=dns",
                        "ts=1.5",
                        "query=a.example",
                        "answers=x",
                        "answers=y",
                        "rejected=Bool(false)",
                        "AA=Bool(true)",
                    ]],
                ),
                (
                    "1.5\t-\t(empty)\t-\t-",
                    Outcome::Parsed,
                    &[&["_path=dns", "ts=1.5"]],
                ),
                ("1.5\ta.example", Outcome::NotParsed, &[]),
            ],
        );
        check(
            LogFormat::W3c,
            &[
                ("#Fields: date cs-uri-query cs(User-Agent)", Outcome::Header, &[]),
                (
                    "2024-01-02 - a+b",
                    Outcome::Parsed,
                    &[&["date=2024-01-02", "cs(User-Agent)=a+b"]],
                ),
                ("2024-01-02", Outcome::NotParsed, &[]),
            ],
        );
        check(
            LogFormat::Csv,
            &[
                ("Src IP,User", Outcome::Header, &[]),
                (
                    "192.0.2.1,\"a,b\"",
                    Outcome::Parsed,
                    &[&["Src IP=192.0.2.1", "User=a,b"]],
                ),
                ("192.0.2.1", Outcome::NotParsed, &[]),
            ],
        );
    }

    #[test]
    fn one_past_every_limit() {
        let names = |count: usize| {
            let members: Vec<String> = (0..count).map(|at| format!("\"{at}\":1")).collect();
            format!("{{{}}}", members.join(","))
        };
        let (exact, over) = (names(MAX_ORIGINALS), names(MAX_ORIGINALS + 1));
        let read = |text: &str| {
            let originals = Originals::of_json(text).unwrap();
            (originals.record(0).count(), originals.left_out())
        };
        assert_eq!(read(&exact), (MAX_ORIGINALS, 0));
        assert_eq!(read(&over), (MAX_ORIGINALS, 1));

        let name = |bytes: usize| format!("{{\"{}\":1}}", "x".repeat(bytes));
        assert_eq!(read(&name(MAX_ORIGINAL_NAME_BYTES - 1)), (1, 0));
        assert_eq!(read(&name(MAX_ORIGINAL_NAME_BYTES)), (0, 1));

        let records = format!("{{\"Records\":[{}{{}}]}}", "{},".repeat(MAX_RECORDS));
        let mut originals = Originals::default();
        let mut reader = LineReader::new(LogFormat::CloudTrail);
        reader.originals(records.as_bytes(), &mut originals);
        assert_eq!((originals.records(), originals.left_out()), (MAX_RECORDS, 1));
    }

    #[test]
    fn other_encodings() {
        let wide: Vec<u8> = "\u{feff}{\"a\":\"é\"}\r\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let mut reader = LineReader::new(LogFormat::Ndjson);
        let mut originals = Originals::default();
        assert_eq!(reader.originals(&wide, &mut originals), Outcome::Parsed);
        assert_eq!(shown(&originals), [["a=é"]]);
        let mut originals = Originals::default();
        assert_eq!(
            reader.originals(b"{\"a\":\"\xff\"}", &mut originals),
            Outcome::Parsed
        );
        assert_eq!(shown(&originals), [["a=\u{fffd}"]]);
    }
}
