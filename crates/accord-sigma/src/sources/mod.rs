//! Which records a rule's `logsource` is about, and what its fields are in them.
//!
//! A **view** is a kind of record as one log source shows it: the DNS log of Zeek as `product: zeek, service: dns`, and once
//! more as `category: dns`, where `record_type` is what Zeek calls `qtype_name`. A record may have several views, and a rule
//! fits at most one of them: a rule with a category those that have it, a rule without one those that have none.
//!
//! The tables are data (`windows`, `zeek`, `others`) and stand in `docs/spec/log-sigma.md`, which a test compares.
//!
//! A field is looked for in this order: what the view's table says of the name; the field of that name that the record itself
//! has; the column of that name ([`Column::name`]).

mod others;
mod windows;
mod zeek;

use std::collections::HashMap;

use accord_formats::logs::{Column, LogFormat, OriginalValue};

use serde::Serialize;

use crate::rules::LogSourceName;

pub(crate) use windows::{name_of as windows_name, names_the_next as windows_names_the_next};

/// Where a field's value is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// The record's own field of that name.
    Name(&'static str),
    /// A column.
    Column(Column),
    /// The URL's path.
    UriStem,
    /// The URL's query; and the whole of it, for many rules mean that.
    UriQuery,
    /// What stands behind the last dot of the URL's path.
    UriExtension,
    /// The URL as logged; and with its host before it, where that is logged apart.
    Uri,
    /// The host: logged apart, or in the URL.
    UriHost,
}

impl From {
    /// As the documentation has it.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Name(name) => format!("`{name}`"),
            Self::Column(column) => format!("`{}`", column.name()),
            Self::UriStem => "path of the URL".to_owned(),
            Self::UriQuery => "query of the URL, and the whole URL".to_owned(),
            Self::UriExtension => "extension of the URL's path".to_owned(),
            Self::Uri => "the URL, and with its host".to_owned(),
            Self::UriHost => "host of the URL".to_owned(),
        }
    }
}

/// Names that a rule may use, and where they are taken from: the first that is there.
pub(crate) type FieldRow = (&'static [&'static str], &'static [From]);

/// A kind of record as one log source shows it.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) formats: Vec<LogFormat>,
    /// How its records are told, in words.
    pub(crate) told_by: String,
    pub(crate) category: Option<String>,
    pub(crate) products: Vec<String>,
    pub(crate) services: Vec<String>,
    pub(crate) fields: &'static [FieldRow],
}

impl View {
    /// Whether a rule's log source, in lower case, is this one.
    pub(crate) fn fits(&self, source: &LogSourceName) -> bool {
        let in_list = |list: &[String], named: &Option<String>| {
            named
                .as_ref()
                .is_none_or(|named| list.iter().any(|item| item == named))
        };
        self.category == source.category
            && in_list(&self.products, &source.product)
            && in_list(&self.services, &source.service)
    }
}

/// A row of the table of log sources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogSourceRow {
    /// The formats that hold such records.
    pub formats: Vec<LogFormat>,
    /// How its records are told, in words.
    pub told_by: String,
    /// The category that a rule names; rules without one do not fit where there is one, and the other way round.
    pub category: Option<String>,
    /// The products that a rule may name.
    pub products: Vec<String>,
    /// The services that a rule may name.
    pub services: Vec<String>,
    /// Fields that are not looked for by their own name: names of rules, and where they are taken from, the first that is
    /// there.
    pub fields: Vec<(Vec<&'static str>, Vec<String>)>,
}

/// What a rule's `logsource` may be here, and what its fields are.
#[must_use]
pub fn log_sources() -> Vec<LogSourceRow> {
    let views = Views::new(std::iter::empty());
    let row = |view: View| LogSourceRow {
        formats: view.formats,
        told_by: view.told_by,
        category: view.category,
        products: view.products,
        services: view.services,
        fields: view
            .fields
            .iter()
            .map(|(names, from)| (names.to_vec(), from.iter().map(|from| from.words()).collect()))
            .collect(),
    };
    views.all.into_iter().map(row).collect()
}

/// How the records of a format are told apart.
#[derive(Debug, Default)]
struct Ways {
    /// Views of every record of a format.
    always: HashMap<LogFormat, Vec<usize>>,
    /// By a word that the record says: Zeek's path, Suricata's event type, the program of a syslog line.
    words: HashMap<(LogFormat, String), Vec<usize>>,
    /// Of records whose word has no view.
    otherwise: HashMap<LogFormat, Vec<usize>>,
    /// Windows: by channel, in lower case.
    channels: HashMap<String, usize>,
    /// Windows: of other channels.
    other_channel: Option<usize>,
    /// Windows: by the service that the channel gives and the event's number.
    events: HashMap<(&'static str, i64), Vec<(usize, windows::Types)>>,
}

/// All views, and the way from a record to its own.
#[derive(Debug)]
pub(crate) struct Views {
    all: Vec<View>,
    ways: Ways,
    /// Views of sources that somebody said what they are.
    bound: HashMap<String, usize>,
}

/// The fields of a record, for telling what it is.
pub(crate) trait Told {
    /// The first value of a field.
    fn first(&self, name: &str) -> Option<&OriginalValue<'_>>;

    /// The text of a field.
    fn text(&self, name: &str) -> Option<&str> {
        match self.first(name) {
            Some(OriginalValue::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The program that wrote a syslog line.
    fn program(&self) -> Option<&str>;
}

impl Views {
    /// The views of this program, and one for each source that is bound.
    pub(crate) fn new<'b>(bound: impl Iterator<Item = (&'b String, &'b LogSourceName)>) -> Self {
        let mut views = Self {
            all: Vec::new(),
            ways: Ways::default(),
            bound: HashMap::new(),
        };
        for format in LogFormat::ALL {
            if format == LogFormat::Evtx {
                continue;
            }
            let at = views.add(View {
                formats: vec![format],
                told_by: "every record".to_owned(),
                category: None,
                products: vec!["accord".to_owned()],
                services: vec![format.name().to_owned()],
                fields: &[],
            });
            views.ways.always.entry(format).or_default().push(at);
        }
        zeek::add(&mut views);
        windows::add(&mut views);
        others::add(&mut views);
        for (source, named) in bound {
            let lower = |text: &Option<String>| text.iter().map(|text| text.to_lowercase()).collect();
            let at = views.add(View {
                formats: LogFormat::ALL.to_vec(),
                told_by: format!("every record of source `{source}`"),
                category: named.category.as_ref().map(|text| text.to_lowercase()),
                products: lower(&named.product),
                services: lower(&named.service),
                fields: &[],
            });
            views.bound.insert(source.clone(), at);
        }
        views
    }

    fn add(&mut self, view: View) -> usize {
        self.all.push(view);
        self.all.len() - 1
    }

    /// All of them; a view's place is its number.
    pub(crate) fn all(&self) -> &[View] {
        &self.all
    }

    /// The view of a source that somebody said what it is.
    pub(crate) fn bound(&self, source: &str) -> Option<usize> {
        self.bound.get(source).copied()
    }

    /// The views that records of a format may have.
    pub(crate) fn of_format(&self, format: LogFormat) -> impl Iterator<Item = usize> {
        let bound: Vec<usize> = self.bound.values().copied().collect();
        self.all
            .iter()
            .enumerate()
            .filter(move |(at, view)| view.formats.contains(&format) && !bound.contains(at))
            .map(|(at, _)| at)
    }

    /// The views of a record.
    pub(crate) fn of_record(&self, format: LogFormat, record: &dyn Told, views: &mut Vec<usize>) {
        let ways = &self.ways;
        views.clear();
        views.extend(ways.always.get(&format).into_iter().flatten());
        match format {
            LogFormat::ZeekTsv | LogFormat::ZeekJson => {
                let path = record.text("_path").or_else(|| zeek::path_of(record));
                self.by_word(format, path, views);
            }
            LogFormat::SuricataEve => self.by_word(format, record.text("event_type"), views),
            LogFormat::WindowsJson => self.windows(record, views),
            LogFormat::W3c => self.by_word(format, others::w3c_kind(record), views),
            _ => self.by_word(format, record.program(), views),
        }
    }

    fn by_word(&self, format: LogFormat, word: Option<&str>, views: &mut Vec<usize>) {
        let found = word.and_then(|word| self.ways.words.get(&(format, word.to_lowercase())));
        let found = found.or_else(|| self.ways.otherwise.get(&format));
        views.extend(found.into_iter().flatten());
    }

    fn windows(&self, record: &dyn Told, views: &mut Vec<usize>) {
        let channel = record.text("Channel").map(str::to_lowercase);
        let known = channel.and_then(|channel| self.ways.channels.get(&channel).copied());
        views.extend(known.or(self.ways.other_channel));
        let service = known
            .and_then(|at| self.all.get(at))
            .and_then(|view| view.services.first());
        let number = match record.first("EventID") {
            Some(OriginalValue::Integer(number)) => Some(*number),
            Some(OriginalValue::Text(text)) => text.parse().ok(),
            _ => None,
        };
        let (Some(service), Some(number)) = (service, number) else {
            return;
        };
        let Some(service) = windows::service(service) else {
            return;
        };
        let of_event = self.ways.events.get(&(service, number)).into_iter().flatten();
        for (at, kinds) in of_event {
            let is =
                kinds.is_none_or(|kinds| record.text("EventType").is_some_and(|kind| kinds.contains(&kind)));
            if is {
                views.push(*at);
            }
        }
    }
}

/// A view under a word of its format.
fn add_word(views: &mut Views, formats: &[LogFormat], word: &str, view: View) {
    let at = views.add(view);
    for format in formats {
        let key = (*format, word.to_owned());
        views.ways.words.entry(key).or_default().push(at);
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
