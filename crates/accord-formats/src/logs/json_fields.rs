//! One pass over a JSON line for its columns, by a table of keys.
//!
//! A format with known keys has a [`Rules::Table`]; any other JSON is read by the names that log shippers use
//! ([`super::names`]), its objects joined by dots. Values that nothing asks for are skipped as they are read, and depth is
//! limited by serde_json (128): as in [`super::json`], which reads the time alone and is faster.

mod fast;

use std::borrow::Cow;

use serde::de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::clock::WallTime;
use super::fields::{Column, Fields, Records, Value};
use super::time::{LineTime, epoch_number_ms};
use super::{Outcome, access, json, names};

/// The longest path of keys shown, bytes.
const SHOWN_MAX_BYTES: usize = 512;

/// What a key's value is.
#[derive(Debug)]
pub(super) enum Rule {
    /// A value of this column; a list is several.
    To(Column),
    /// A value of this column, or an object that has it under one of these rules.
    Or(Column, Rules),
    /// A time; of two present the one with the smaller rank counts, as in [`json::Keys`].
    Time(usize),
    /// An object (or a list of objects) whose keys follow these rules.
    In(Rules),
    /// A list of records.
    Records(Rules),
    /// JSON in a string.
    Text(Rules),
    /// Objects of a name and a text (`{"@Name": "Image", "#text": "..."}`), the names by these rules.
    Named(Rules),
    /// The first line of an HTTP request.
    Request,
    /// Zeek's `host`: of a request where one was read before it, else of the record's subject.
    Host,
}

/// How keys are looked up.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rules {
    /// By the key itself.
    Table(&'static [(&'static str, Rule)]),
    /// By the key itself, in one table and then in another.
    Either(&'static [(&'static str, Rule)], &'static [(&'static str, Rule)]),
    /// By the path of keys, in the words of many programs; the table has what is told by the key itself.
    Names(&'static [(&'static str, Rule)]),
}

impl Rules {
    pub(super) fn find(self, key: &str) -> Option<&'static Rule> {
        let (first, second): (_, &'static [_]) = match self {
            Self::Table(table) | Self::Names(table) => (table, &[]),
            Self::Either(first, second) => (first, second),
        };
        let found = first.iter().chain(second).find(|(name, _)| *name == key);
        found.map(|(_, rule)| rule)
    }

    /// Whether these are the same tables, looked up in the same way.
    pub(super) fn is(self, other: Self) -> bool {
        match (self, other) {
            (Self::Table(one), Self::Table(other)) | (Self::Names(one), Self::Names(other)) => {
                std::ptr::eq(one, other)
            }
            (Self::Either(one, more), Self::Either(other, others)) => {
                std::ptr::eq(one, other) && std::ptr::eq(more, others)
            }
            _ => false,
        }
    }
}

/// Reads a line as one JSON object, or as the records in it.
pub(super) fn read<'a>(line: &'a [u8], rules: Rules, records: &mut Records<'a>) -> Outcome {
    let Some(text) = json::object(line) else {
        return Outcome::NotParsed;
    };
    let is_short = !records.keeps_rest();
    if is_short && let Ok(text) = simdutf8::basic::from_utf8(text) {
        records.begin();
        if fast::read(text, &mut new_walk(records), rules).is_some() {
            return Outcome::Parsed;
        }
        records.clear();
    }
    general(text, rules, records)
}

/// The same by the general reader, which knows all of JSON.
fn general<'a>(text: &'a [u8], rules: Rules, records: &mut Records<'a>) -> Outcome {
    records.begin();
    let mut walk = new_walk(records);
    let object = Object {
        walk: &mut walk,
        rules,
        level: Level::Line,
    };
    // What is UTF-8 as a whole is not looked at again, text by text.
    let read = match std::str::from_utf8(text) {
        Ok(text) => whole(object, serde_json::Deserializer::from_str(text)),
        Err(_) => whole(object, serde_json::Deserializer::from_slice(text)),
    };
    if read.is_err() {
        records.clear();
        return Outcome::NotParsed;
    }
    Outcome::Parsed
}

const fn new_walk<'w, 'a>(records: &'w mut Records<'a>) -> Walk<'w, 'a> {
    Walk {
        records,
        path: String::new(),
        shown: String::new(),
        best: None,
        wall: None,
    }
}

/// Reads one object, and nothing after it.
fn whole<'a, R: serde_json::de::Read<'a>>(
    object: Object<'_, '_, 'a>,
    mut reader: serde_json::Deserializer<R>,
) -> serde_json::Result<()> {
    object.deserialize(&mut reader)?;
    reader.end()
}

/// Puts text under what a rule says; with the rules of an object it says nothing.
pub(super) fn apply<'a>(rule: &Rule, text: Cow<'a, str>, fields: &mut Fields<'a>) {
    match rule {
        Rule::To(column) | Rule::Or(column, _) => fields.put_text(*column, text),
        Rule::Host if fields.first(Column::Method).is_some() => fields.put_text(Column::UrlHost, text),
        Rule::Host => fields.put_text(Column::SourceAddress, text),
        Rule::Request => match text {
            Cow::Borrowed(text) => access::request(text.as_bytes(), fields),
            Cow::Owned(text) => {
                let mut parts = text.splitn(3, ' ').map(|part| Cow::Owned(part.to_owned()));
                if let (Some(method), Some(url)) = (parts.next(), parts.next()) {
                    fields.put_text(Column::Method, method);
                    fields.put_text(Column::Url, url);
                }
            }
        },
        Rule::Time(_) | Rule::In(_) | Rule::Records(_) | Rule::Text(_) | Rule::Named(_) => {}
    }
}

struct Walk<'w, 'a> {
    records: &'w mut Records<'a>,
    /// The keys down to the value, as [`names`] compares them.
    path: String,
    /// The same as written, with dots between: for what no column takes.
    shown: String,
    best: Option<(usize, i64)>,
    wall: Option<(usize, WallTime)>,
}

impl<'a> Walk<'_, 'a> {
    fn keeps_rest(&mut self) -> bool {
        self.records.last().is_some_and(|fields| fields.keeps_rest())
    }

    /// Adds a key to the path that is shown; keys beyond [`SHOWN_MAX_BYTES`] are left away.
    fn show(&mut self, key: &str) {
        if self.shown.len() + key.len() < SHOWN_MAX_BYTES {
            if !self.shown.is_empty() {
                self.shown.push('.');
            }
            self.shown.push_str(key);
        }
    }

    fn end_record(&mut self) {
        let (best, wall) = (self.best.take(), self.wall.take());
        if let Some(fields) = self.records.last() {
            fields.set_time(best.map_or(LineTime::Unknown, |(_, ms)| LineTime::At(ms)));
            fields.set_wall(wall.map(|(_, wall)| wall));
        }
    }

    fn time(&mut self, rank: usize, scalar: &Scalar<'_>) {
        let told = match scalar {
            Scalar::Text(text) => json::time_text_ms(text.as_bytes()),
            Scalar::Unsigned(number) => epoch_number_ms(*number as f64),
            Scalar::Float(number) => epoch_number_ms(*number),
            Scalar::Other(_) => None,
        };
        if let Some(ms) = told {
            if self.best.is_none_or(|(other, _)| rank < other) {
                self.best = Some((rank, ms));
            }
        } else if let Scalar::Text(text) = scalar
            && self.wall.is_none_or(|(other, _)| rank < other)
            && let Some((wall, rest)) = WallTime::iso_prefix(text.as_bytes())
            && rest.is_empty()
        {
            self.wall = Some((rank, wall));
        }
    }

    /// A value that is no list and no object, under a rule or under the path.
    fn scalar(&mut self, want: Want, scalar: Scalar<'a>) {
        let rule = match want {
            Want::Rule(Rule::Time(rank)) => return self.time(*rank, &scalar),
            Want::Rule(Rule::Text(rules)) => {
                if let (Scalar::Text(text), Some(fields)) = (scalar, self.records.last()) {
                    merge(text.as_bytes(), *rules, fields);
                }
                return;
            }
            Want::Rule(rule) => Some(rule),
            Want::Names | Want::Rest => None,
        };
        let (path, shown) = (&self.path, &self.shown);
        let Some(fields) = self.records.last() else { return };
        let column = match (rule, want) {
            (Some(Rule::To(column) | Rule::Or(column, _)), _) => Some(*column),
            (Some(rule), _) => {
                if let Scalar::Text(text) = scalar {
                    apply(rule, text, fields);
                }
                return;
            }
            (None, Want::Names) => names::column(path),
            (None, _) => None,
        };
        match (column, scalar) {
            (Some(column), Scalar::Text(text)) => fields.put_text(column, text),
            (Some(column), Scalar::Unsigned(number)) => fields.put_number(column, number),
            (Some(column), Scalar::Float(number)) => {
                // Whole floats up to 2^53 are exact; a column takes no other number.
                if number >= 0.0 && number.fract() == 0.0 && number <= 9_007_199_254_740_992.0 {
                    fields.put_number(column, number as u64);
                }
            }
            (Some(column), Scalar::Other(word)) => fields.put_text(column, Cow::Borrowed(word)),
            (None, scalar) => fields.put_rest(|| Cow::Owned(shown.clone()), || scalar.into_text()),
        }
    }
}

/// Adds what JSON in a text says to the fields of its record; where it is not whole it says nothing.
pub(super) fn merge(text: &[u8], rules: Rules, fields: &mut Fields<'_>) -> Outcome {
    let mut inner = if fields.keeps_rest() {
        Records::with_rest()
    } else {
        Records::new()
    };
    let outcome = read(text, rules, &mut inner);
    let own = |text: &Cow<'_, str>| Cow::Owned(text.clone().into_owned());
    for record in inner.all() {
        for (column, value) in record.values() {
            match value {
                Value::Text(text) => fields.put_text(column, own(text)),
                Value::Number(number) => fields.put_number(column, *number),
                Value::Address(address) => fields.put_text(column, Cow::Owned(address.to_string())),
            }
        }
        for (name, value) in record.rest() {
            fields.put_rest(|| own(name), || own(value));
        }
    }
    outcome
}

/// What is asked of a value.
#[derive(Clone, Copy)]
enum Want {
    Rule(&'static Rule),
    /// The column that the path names.
    Names,
    /// Its text, beside the columns.
    Rest,
}

enum Scalar<'a> {
    Text(Cow<'a, str>),
    Unsigned(u64),
    Float(f64),
    Other(&'static str),
}

impl<'a> Scalar<'a> {
    fn into_text(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => text,
            Self::Unsigned(number) => Cow::Owned(number.to_string()),
            Self::Float(number) => Cow::Owned(number.to_string()),
            Self::Other(word) => Cow::Borrowed(word),
        }
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

/// Where an object stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    /// The line: a record, or the wrapper of a list of them.
    Line,
    /// A record of a list.
    Record,
    /// Inside a record.
    Nested,
}

struct Object<'s, 'w, 'a> {
    walk: &'s mut Walk<'w, 'a>,
    rules: Rules,
    level: Level,
}

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
        let walk = self.walk;
        let rest = walk.keeps_rest();
        let mut wrapper = false;
        while let Some(key) = map.next_key_seed(Key)? {
            let want = match (walk.records.keys.find(self.rules, &key), self.rules) {
                (Some(Rule::Records(rules)), _) if self.level == Level::Line => {
                    if !wrapper {
                        walk.records.drop_last();
                    }
                    wrapper = true;
                    map.next_value_seed(List { walk, rules: *rules })?;
                    continue;
                }
                // What stands beside a list of records is no record.
                _ if wrapper => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
                (Some(rule), _) => Want::Rule(rule),
                (None, Rules::Names(_)) => Want::Names,
                (None, _) if rest => Want::Rest,
                (None, _) => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            let above = (walk.path.len(), walk.shown.len());
            if matches!(want, Want::Names) {
                names::join(&mut walk.path, &key);
            }
            if rest {
                walk.show(&key);
            }
            map.next_value_seed(Any { walk, want })?;
            walk.path.truncate(above.0);
            walk.shown.truncate(above.1);
        }
        if self.level != Level::Nested && !wrapper {
            walk.end_record();
        }
        Ok(())
    }
}

/// A list of records.
struct List<'s, 'w, 'a> {
    walk: &'s mut Walk<'w, 'a>,
    rules: Rules,
}

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
        while self.walk.records.begin().is_some() {
            let record = Object {
                walk: self.walk,
                rules: self.rules,
                level: Level::Record,
            };
            if list.next_element_seed(record)?.is_none() {
                self.walk.records.drop_last();
                return Ok(());
            }
        }
        // Too many: the rest is counted, its form checked as well.
        let mut over = 0;
        while list.next_element::<SkippedObject>()?.is_some() {
            over += 1;
        }
        self.walk.records.leave_out(over);
        Ok(())
    }
}

/// An object that is passed over.
#[derive(serde::Deserialize)]
struct SkippedObject {}

/// Any value.
struct Any<'s, 'w, 'a> {
    walk: &'s mut Walk<'w, 'a>,
    want: Want,
}

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
        self.walk.scalar(self.want, Scalar::Text(Cow::Borrowed(text)));
        Ok(())
    }
    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.walk
            .scalar(self.want, Scalar::Text(Cow::Owned(text.to_owned())));
        Ok(())
    }
    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.walk.scalar(self.want, Scalar::Unsigned(number));
        Ok(())
    }
    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.walk.scalar(self.want, Scalar::Float(number as f64));
        Ok(())
    }
    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.walk.scalar(self.want, Scalar::Float(number));
        Ok(())
    }
    fn visit_bool<E>(self, is: bool) -> Result<(), E> {
        let word = if is { "true" } else { "false" };
        self.walk.scalar(self.want, Scalar::Other(word));
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { walk, want } = self;
        // A list under a time's key is no time.
        let want = match want {
            Want::Rule(Rule::Time(_)) => Want::Rest,
            want => want,
        };
        while list.next_element_seed(Any { walk, want })?.is_some() {}
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { walk, want } = self;
        let rules = match want {
            Want::Rule(Rule::In(rules) | Rule::Or(_, rules)) => *rules,
            Want::Rule(Rule::Named(rules)) => return named(walk, *rules, map),
            Want::Names => Rules::Names(&[]),
            Want::Rule(_) | Want::Rest if walk.keeps_rest() => Rules::Table(&[]),
            Want::Rule(_) | Want::Rest => {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                return Ok(());
            }
        };
        Object {
            walk,
            rules,
            level: Level::Nested,
        }
        .visit_map(map)
    }
}

/// An object of a name and a text.
fn named<'de, A: MapAccess<'de>>(walk: &mut Walk<'_, 'de>, rules: Rules, mut map: A) -> Result<(), A::Error> {
    let (mut name, mut text) = (None, None);
    while let Some(key) = map.next_key_seed(Key)? {
        match &*key {
            "@Name" | "Name" => name = map.next_value_seed(OptionalText)?,
            "#text" => text = map.next_value_seed(OptionalText)?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
    }
    if let (Some(name), Some(text)) = (name, text) {
        let want = rules.find(&name).map_or(Want::Rest, Want::Rule);
        let above = walk.shown.len();
        walk.show(&name);
        walk.scalar(want, Scalar::Text(text));
        walk.shown.truncate(above);
    }
    Ok(())
}

/// Text, or any other value as none.
struct OptionalText;

impl<'de> DeserializeSeed<'de> for OptionalText {
    type Value = Option<Cow<'de, str>>;
    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for OptionalText {
    type Value = Option<Cow<'de, str>>;
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(text.to_owned())))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(number.to_string())))
    }
    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}
