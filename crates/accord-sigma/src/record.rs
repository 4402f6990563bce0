//! A record as the rules of one view see it: the fields that they ask for, and the text that keywords are looked for in.
//!
//! A view's rules ask for a few dozen names at most. They are numbered once ([`Wanted`]); of each record only what they ask
//! for is put under its number, by one look-up for each of the record's fields, and the evaluator asks by name.

use std::borrow::Cow;

use accord_formats::logs::{Column, Fields, OriginalValue, Value};
use rapidhash::RapidHashMap;
use rsigma_eval::{Event, EventValue};
use rsigma_parser::fieldpath::unescape_brackets;

use crate::sources::{From, Told, View};
use crate::uri::Uri;

/// The fields of a record by the format's own names, in its order, and its columns where they are read.
#[derive(Debug, Default)]
pub(crate) struct Said<'r> {
    pub(crate) own: Vec<(&'r str, OriginalValue<'r>)>,
    pub(crate) columns: Option<&'r Fields<'r>>,
}

impl Told for Said<'_> {
    fn first(&self, name: &str) -> Option<&OriginalValue<'_>> {
        self.own
            .iter()
            .find(|(own, value)| *own == name && *value != OriginalValue::Nested)
            .map(|(_, value)| value)
    }

    fn program(&self) -> Option<&str> {
        match self.columns?.first(Column::Process)? {
            Value::Text(text) => Some(text.rsplit_once('/').map_or(text, |(_, name)| name)),
            _ => None,
        }
    }
}

/// A value that borrows from another.
pub(crate) fn borrowed<'r>(value: &'r OriginalValue<'_>) -> OriginalValue<'r> {
    match value {
        OriginalValue::Text(text) => OriginalValue::Text(Cow::Borrowed(text)),
        OriginalValue::Integer(number) => OriginalValue::Integer(*number),
        OriginalValue::Float(number) => OriginalValue::Float(*number),
        OriginalValue::Bool(is) => OriginalValue::Bool(*is),
        OriginalValue::Null => OriginalValue::Null,
        OriginalValue::Nested => OriginalValue::Nested,
    }
}

/// Where a field of a rule is put, and how good it is: 0 is the best, and only the best are kept.
#[derive(Debug, Clone, Copy)]
struct Slot {
    number: usize,
    rank: usize,
}

/// The fields that the rules of a view ask for.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// By the name as the evaluator asks for it.
    by_name: RapidHashMap<String, usize>,
    /// The names as records have them, by number.
    names: Vec<String>,
    own: RapidHashMap<String, Vec<Slot>>,
    columns: Vec<(Column, Slot)>,
    parts: Vec<(From, Slot)>,
}

impl Wanted {
    /// Of the rules' names, by the view's table.
    pub(crate) fn new<'n>(view: &View, names: impl Iterator<Item = &'n String>) -> Self {
        let mut wanted = Self::default();
        for written in names {
            if wanted.by_name.contains_key(written) {
                continue;
            }
            let number = wanted.names.len();
            let name = unescape_brackets(written).into_owned();
            wanted.by_name.insert(written.clone(), number);
            wanted.names.push(name.clone());
            let table = view
                .fields
                .iter()
                .find(|(names, _)| names.contains(&name.as_str()));
            let from = table.map(|(_, from)| *from).unwrap_or_default();
            for (rank, from) in from.iter().enumerate() {
                wanted.take(*from, Slot { number, rank });
            }
            let rank = from.len();
            wanted
                .own
                .entry(name.clone())
                .or_default()
                .push(Slot { number, rank });
            let column = Column::ALL.iter().find(|column| column.name() == name);
            if let Some(column) = column {
                wanted.take(
                    From::Column(*column),
                    Slot {
                        number,
                        rank: rank + 1,
                    },
                );
            }
        }
        wanted
    }

    fn take(&mut self, from: From, slot: Slot) {
        match from {
            From::Name(name) => self.own.entry(name.to_owned()).or_default().push(slot),
            From::Column(column) => self.columns.push((column, slot)),
            part => self.parts.push((part, slot)),
        }
    }

    /// Whether columns have to be read.
    pub(crate) fn needs_columns(&self) -> bool {
        !self.columns.is_empty() || !self.parts.is_empty()
    }

    /// How many fields are asked for.
    pub(crate) const fn len(&self) -> usize {
        self.names.len()
    }

    /// The number of a field, as rules write it.
    pub(crate) fn number(&self, written: &str) -> Option<usize> {
        self.by_name.get(written).copied()
    }

    /// Puts what a record says under the numbers.
    pub(crate) fn fill<'r>(&self, said: &'r Said<'r>) -> Vec<Held<'r>> {
        let mut held: Vec<Held<'r>> = Vec::new();
        held.resize_with(self.names.len(), Held::default);
        for (name, value) in &said.own {
            for slot in self.own.get(*name).into_iter().flatten() {
                let value = match value {
                    OriginalValue::Nested => OriginalValue::Text(Cow::Owned(object_text(&said.own, name))),
                    other => borrowed(other),
                };
                put(&mut held, *slot, value);
            }
        }
        let Some(columns) = said.columns.filter(|_| self.needs_columns()) else {
            return held;
        };
        for (column, value) in columns.values() {
            for (_, slot) in self.columns.iter().filter(|(wanted, _)| *wanted == column) {
                put(&mut held, *slot, of_column(value));
            }
        }
        if !self.parts.is_empty() {
            self.parts_of_url(columns, &mut held);
        }
        held
    }

    fn parts_of_url<'r>(&self, columns: &'r Fields<'r>, held: &mut [Held<'r>]) {
        let text = |column| match columns.first(column) {
            Some(Value::Text(text)) => Some(&**text),
            _ => None,
        };
        let (url, logged_host) = (text(Column::Url), text(Column::UrlHost));
        let uri = url.map(Uri::of);
        for (part, slot) in &self.parts {
            let mut put = |text: Cow<'r, str>| put(held, *slot, OriginalValue::Text(text));
            match part {
                From::UriStem => uri.iter().for_each(|uri| put(Cow::Borrowed(uri.stem))),
                From::UriQuery => {
                    let query = uri.and_then(|uri| uri.query);
                    query
                        .into_iter()
                        .chain(url)
                        .for_each(|text| put(Cow::Borrowed(text)));
                }
                From::UriExtension => {
                    let extension = uri.and_then(|uri| uri.extension());
                    extension.into_iter().for_each(|text| put(Cow::Borrowed(text)));
                }
                From::Uri => {
                    url.into_iter().for_each(|url| put(Cow::Borrowed(url)));
                    if let (Some(host), Some(url)) = (logged_host, url.filter(|url| url.starts_with('/'))) {
                        put(Cow::Owned(format!("{host}{url}")));
                    }
                }
                From::UriHost => {
                    let host = logged_host.or(uri.and_then(|uri| uri.host));
                    host.into_iter().for_each(|host| put(Cow::Borrowed(host)));
                }
                From::Name(_) | From::Column(_) => {}
            }
        }
    }
}

fn of_column<'r>(value: &'r Value<'r>) -> OriginalValue<'r> {
    match value {
        Value::Text(text) => OriginalValue::Text(Cow::Borrowed(text)),
        Value::Address(address) => OriginalValue::Text(Cow::Owned(address.to_string())),
        Value::Number(number) => match i64::try_from(*number) {
            Ok(number) => OriginalValue::Integer(number),
            Err(_) => OriginalValue::Text(Cow::Owned(number.to_string())),
        },
    }
}

/// An object as text, for rules that look into one: its fields as JSON, in their order, lists of objects as one object.
fn object_text(own: &[(&str, OriginalValue<'_>)], name: &str) -> String {
    let mut text = String::from("{");
    for (field, value) in own {
        let Some(rest) = field.strip_prefix(name).and_then(|rest| rest.strip_prefix('.')) else {
            continue;
        };
        let value = match value {
            OriginalValue::Text(value) => serde_json::Value::from(&**value),
            OriginalValue::Integer(number) => serde_json::Value::from(*number),
            OriginalValue::Float(number) => serde_json::Value::from(*number),
            OriginalValue::Bool(is) => serde_json::Value::from(*is),
            OriginalValue::Null => serde_json::Value::Null,
            OriginalValue::Nested => continue,
        };
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&serde_json::Value::from(rest).to_string());
        text.push(':');
        text.push_str(&value.to_string());
    }
    text.push('}');
    text
}

/// The values of a field, the best of those that a record has.
#[derive(Debug, Default)]
pub(crate) struct Held<'r> {
    rank: usize,
    values: Vec<OriginalValue<'r>>,
}

impl Held<'_> {
    /// Whether the record has the field.
    pub(crate) const fn is_there(&self) -> bool {
        !self.values.is_empty()
    }

    /// The first value as text, for correlations.
    pub(crate) fn first_text(&self) -> Option<String> {
        match self.values.first()? {
            OriginalValue::Text(text) => Some(text.clone().into_owned()),
            OriginalValue::Integer(number) => Some(number.to_string()),
            OriginalValue::Float(number) => Some(number.to_string()),
            OriginalValue::Bool(is) => Some(is.to_string()),
            OriginalValue::Null | OriginalValue::Nested => None,
        }
    }
}

fn put<'r>(held: &mut [Held<'r>], slot: Slot, value: OriginalValue<'r>) {
    let Some(held) = held.get_mut(slot.number) else {
        return;
    };
    if held.values.is_empty() || slot.rank < held.rank {
        held.rank = slot.rank;
        held.values.clear();
    } else if slot.rank > held.rank {
        return;
    }
    held.values.push(value);
}

/// What keywords are looked for in.
#[derive(Debug)]
pub(crate) struct KeywordTexts<'r> {
    /// The whole line, where it is one record or none.
    pub(crate) line: Option<&'r str>,
    /// Values that the line has in another form (escaped), or all of them where it holds several records.
    pub(crate) values: Vec<&'r str>,
}

/// A record on its way through the evaluator.
#[derive(Debug)]
pub(crate) struct Record<'r> {
    pub(crate) wanted: &'r Wanted,
    pub(crate) held: &'r [Held<'r>],
    pub(crate) texts: &'r KeywordTexts<'r>,
}

fn event_value<'e>(value: &'e OriginalValue<'_>) -> EventValue<'e> {
    match value {
        OriginalValue::Text(text) => EventValue::Str(Cow::Borrowed(text)),
        OriginalValue::Integer(number) => EventValue::Int(*number),
        OriginalValue::Float(number) => EventValue::Float(*number),
        OriginalValue::Bool(is) => EventValue::Bool(*is),
        OriginalValue::Null | OriginalValue::Nested => EventValue::Null,
    }
}

impl Record<'_> {
    fn all_texts(&self) -> impl Iterator<Item = &str> {
        self.texts
            .line
            .into_iter()
            .chain(self.texts.values.iter().copied())
    }
}

impl Event for Record<'_> {
    fn get_field(&self, path: &str) -> Option<EventValue<'_>> {
        let held = self.held.get(self.wanted.number(path)?)?;
        match held.values.as_slice() {
            [] => None,
            [one] => Some(event_value(one)),
            many => Some(EventValue::Array(many.iter().map(event_value).collect())),
        }
    }

    fn any_string_value(&self, pred: &dyn Fn(&str) -> bool) -> bool {
        self.all_texts().any(pred)
    }

    fn all_string_values(&self) -> Vec<Cow<'_, str>> {
        self.all_texts().map(Cow::Borrowed).collect()
    }

    fn visit_string_values(&self, visit: &mut dyn FnMut(&str)) {
        self.all_texts().for_each(visit);
    }

    fn to_json(&self) -> serde_json::Value {
        // The line is the record; nobody asks for a copy.
        serde_json::Value::Null
    }

    fn visit_top_level_keys(&self, visit: &mut dyn FnMut(&str)) -> bool {
        for (name, held) in self.wanted.names.iter().zip(self.held) {
            if held.is_there() {
                visit(name);
            }
        }
        true
    }
}
