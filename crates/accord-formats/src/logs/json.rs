//! One pass over a JSON line: the time under some keys, and every string that is an address.
//!
//! Nothing is built: values that are not asked for are skipped as they are read. Depth is limited by serde_json
//! (128), so that hostile nesting ends in "not parsed".

use std::net::IpAddr;

use serde::de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::time::{LineTime, epoch_number_ms, epoch_text_ms, parse_rfc3339_ms};
use super::{Depth, LineFacts, Outcome};
use super::{access, address};

/// Where a format keeps its time.
pub(super) struct Keys {
    /// Keys of the record, the best first. Of two present keys the earlier of this list counts.
    pub(super) time: &'static [&'static str],
    /// The key of a list of records in an outer object, where the format has one.
    pub(super) records: Option<&'static str>,
}

/// Reads one line as a JSON object (a comma after it, as in a list with one object a line, is taken).
pub(super) fn line(line: &[u8], keys: &Keys, depth: Depth) -> LineFacts {
    let Some(text) = object(line) else {
        return LineFacts::bare(Outcome::NotParsed);
    };
    let mut walk = Walk {
        keys,
        depth,
        time: LineTime::Unknown,
        addresses: Vec::new(),
    };
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = Record(&mut walk)
        .deserialize(&mut reader)
        .and_then(|()| reader.end());
    match read {
        Ok(()) => LineFacts {
            outcome: Outcome::Parsed,
            time: walk.time,
            addresses: walk.addresses,
            named: Vec::new(),
        },
        // What was read before the fault is not trusted: the line is not of this form.
        Err(_) => LineFacts::bare(Outcome::NotParsed),
    }
}

/// What may be one object.
pub(super) fn object(line: &[u8]) -> Option<&[u8]> {
    let text = line.trim_ascii();
    let text = text.strip_suffix(b",").unwrap_or(text);
    text.starts_with(b"{").then_some(text)
}

/// A time in a JSON string: RFC 3339, epoch, or that of an access log (nginx's `time_local`).
pub(super) fn time_text_ms(text: &[u8]) -> Option<i64> {
    parse_rfc3339_ms(text)
        .or_else(|| epoch_text_ms(text))
        .or_else(|| access::time_ms(text))
}

struct Walk<'k> {
    keys: &'k Keys,
    depth: Depth,
    time: LineTime,
    addresses: Vec<IpAddr>,
}

/// A record: its time keys count.
struct Record<'w, 'k>(&'w mut Walk<'k>);

/// What an object's key asks for.
enum Wanted {
    Time(usize),
    Records,
    Other,
}

struct Key<'k>(&'k Keys);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Wanted;
    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Wanted, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Wanted;
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a key")
    }
    fn visit_str<E>(self, key: &str) -> Result<Wanted, E> {
        if let Some(rank) = self.0.time.iter().position(|name| *name == key) {
            return Ok(Wanted::Time(rank));
        }
        Ok(if self.0.records == Some(key) {
            Wanted::Records
        } else {
            Wanted::Other
        })
    }
}

impl<'de> DeserializeSeed<'de> for Record<'_, '_> {
    type Value = ();
    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Record<'_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let walk = self.0;
        let mut best: Option<(usize, i64)> = None;
        while let Some(wanted) = map.next_key_seed(Key(walk.keys))? {
            match wanted {
                Wanted::Time(rank) => {
                    let told = map.next_value_seed(Value(walk))?;
                    // The first of two equal keys counts: a later one must not overwrite it.
                    if let Some(ms) = told
                        && best.is_none_or(|(other, _)| rank < other)
                    {
                        best = Some((rank, ms));
                    }
                }
                Wanted::Records => map.next_value_seed(Records(walk))?,
                Wanted::Other if walk.depth == Depth::Time => {
                    map.next_value::<IgnoredAny>()?;
                }
                Wanted::Other => {
                    map.next_value_seed(Value(walk))?;
                }
            }
        }
        if let Some((_, ms)) = best {
            walk.time = walk.time.and(ms);
        }
        Ok(())
    }
}

/// A list of records.
struct Records<'w, 'k>(&'w mut Walk<'k>);

impl<'de> DeserializeSeed<'de> for Records<'_, '_> {
    type Value = ();
    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Records<'_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of records")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Record(self.0))?.is_some() {}
        Ok(())
    }
}

/// Any value: collects addresses at any depth; yields a time where the value itself is one.
struct Value<'w, 'k>(&'w mut Walk<'k>);

impl<'de> DeserializeSeed<'de> for Value<'_, '_> {
    type Value = Option<i64>;
    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_, '_> {
    type Value = Option<i64>;
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        if self.0.depth == Depth::Full
            && let Some(found) = address::whole(text.as_bytes())
        {
            address::push(&mut self.0.addresses, found);
        }
        Ok(time_text_ms(text.as_bytes()))
    }
    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(epoch_number_ms(number))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(epoch_number_ms(number as f64))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(epoch_number_ms(number as f64))
    }
    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element_seed(Value(self.0))?.is_some() {}
        Ok(None)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_key::<IgnoredAny>()?.is_some() {
            map.next_value_seed(Value(self.0))?;
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: Keys = Keys {
        time: &["ts", "time"],
        records: None,
    };

    #[test]
    fn hostile_lines_are_not_parsed() {
        let deep = [b"{\"a\":".repeat(100_000), b"1".to_vec()].concat();
        let cases: [&[u8]; 6] = [
            &deep,
            b"{",
            b"{}x",
            b"[1]",
            b"{\"a\":\"\xff\"",
            b"{\"ts\":1}{\"ts\":2}",
        ];
        for case in cases {
            assert_eq!(line(case, &KEYS, Depth::Full).outcome, Outcome::NotParsed);
        }
    }

    #[test]
    fn the_better_and_the_first_key_count() {
        let time = |text: &str| line(text.as_bytes(), &KEYS, Depth::Time).time;
        assert_eq!(time(r#"{"time":5,"ts":7}"#), LineTime::At(7000));
        assert_eq!(time(r#"{"ts":7,"ts":9}"#), LineTime::At(7000));
        assert_eq!(time(r#"{"ts":null,"time":5},"#), LineTime::At(5000));
        assert_eq!(time(r#"{"a":{"ts":7}}"#), LineTime::Unknown);
        assert_eq!(time(r#"{"ts":"2018-03-24T17:15:20"}"#), LineTime::Unknown);
    }
}
