//! Zeek's tab-separated form. `#separator`, `#fields` and `#types` lines say what the columns are; a file may hold
//! several such headers (concatenated logs), each in force until the next.

use std::borrow::Cow;

use super::cuts::cuts;
use super::fields::{Column, ColumnKind, Fields, lossy};
use super::json_fields::{self, Rule};
use super::originals::{OriginalValue, Originals};
use super::time::epoch_text_ms;
use super::{Depth, LineFacts, LineTime, Outcome, address, zeek_columns};

/// The most columns remembered of a header; the rest are not looked at.
const MAX_COLUMNS: usize = 1024;

/// The columns in force.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    separator: u8,
    time: Option<usize>,
    /// Columns of type `addr` (or lists of them); without `#types`, columns named as Zeek names addresses.
    addresses: Vec<usize>,
    /// The column whose addresses are told apart, by its name, and where it stands in this header.
    watched: Option<Vec<u8>>,
    named: Option<usize>,
    count: usize,
    /// What the columns tell, and their names; filled for the first [`MAX_COLUMNS`].
    rules: Vec<Option<&'static Rule>>,
    names: Vec<String>,
    /// What is done with each column, by all of these; nothing where it has to be made.
    plan: Option<Vec<Act>>,
    /// Whether a column is a list, by its type.
    lists: Vec<bool>,
    /// Whether a column is yes or no (`T`, `F`), by its type.
    bools: Vec<bool>,
    /// Which of Zeek's logs it is: `#path`.
    path: String,
}

/// What is done with a field.
#[derive(Debug, Clone, Copy)]
enum Act {
    Time,
    Text(Column),
    /// By what the column is.
    Bytes(Column),
    List(Column),
    By(&'static Rule),
    Nothing,
}

impl Act {
    fn of(rule: Option<&'static Rule>, is_list: bool) -> Self {
        match rule {
            Some(Rule::To(to)) if is_list => Self::List(*to),
            // One field may hold several hashes.
            Some(Rule::To(to)) if to.kind() == ColumnKind::Text && *to != Column::FileHash => Self::Text(*to),
            Some(Rule::To(to)) => Self::Bytes(*to),
            Some(rule) => Self::By(rule),
            None => Self::Nothing,
        }
    }
}

impl Default for Columns {
    fn default() -> Self {
        Self {
            separator: b'\t',
            time: None,
            addresses: Vec::new(),
            watched: None,
            named: None,
            count: 0,
            rules: Vec::new(),
            names: Vec::new(),
            plan: None,
            lists: Vec::new(),
            bools: Vec::new(),
            path: String::new(),
        }
    }
}

impl Columns {
    /// Tells the addresses under a column of this name apart.
    pub(super) fn watch(&mut self, column: &str) {
        self.watched = Some(column.as_bytes().to_vec());
    }

    pub(super) fn line(&mut self, line: &[u8], depth: Depth) -> LineFacts {
        if line.first() == Some(&b'#') {
            self.header(line);
            return LineFacts::bare(Outcome::Header);
        }
        let mut facts = LineFacts::bare(Outcome::NotParsed);
        if self.count == 0 {
            if depth == Depth::Full {
                address::in_text(line, &mut facts.addresses);
            }
            return facts;
        }
        let mut fields = 0;
        for (column, field) in line.split(|byte| *byte == self.separator).enumerate() {
            fields += 1;
            if self.time == Some(column) {
                facts.time = epoch_text_ms(field).into();
            }
            if depth == Depth::Full && self.named == Some(column) {
                for part in field.split(|byte| *byte == b',') {
                    if let Some(found) = address::whole(part) {
                        address::push(&mut facts.named, found);
                    }
                }
            }
            if depth == Depth::Full && self.addresses.binary_search(&column).is_ok() {
                for part in field.split(|byte| *byte == b',') {
                    if let Some(found) = address::whole(part) {
                        address::push(&mut facts.addresses, found);
                    }
                }
            }
        }
        if fields == self.count {
            facts.outcome = Outcome::Parsed;
        } else {
            // Columns have shifted, so the field under `ts` is not known to be the time.
            facts.time = LineTime::Unknown;
            facts.named.clear();
        }
        facts
    }

    pub(super) fn fields<'a>(&mut self, line: &'a [u8], fields: &mut Fields<'a>) -> Outcome {
        if line.first() == Some(&b'#') {
            self.header(line);
            return Outcome::Header;
        }
        let plan = self.plan.get_or_insert_with(|| {
            let rules = self.rules.iter().zip(0..);
            let act = |(rule, column): (&Option<&'static Rule>, usize)| match self.time {
                Some(time) if time == column => Act::Time,
                _ => Act::of(*rule, self.lists.get(column) == Some(&true)),
            };
            rules.map(act).collect()
        });
        // Looked at once, not field by field.
        let text = simdutf8::basic::from_utf8(line).ok();
        let (mut count, mut start) = (0, 0);
        for end in cuts(line, self.separator) {
            let (column, field) = (count, line.get(start..end).unwrap_or_default());
            let begin = start;
            (count, start) = (count + 1, end + 1);
            let act = match plan.get(column) {
                Some(act) => *act,
                None if self.time == Some(column) => Act::Time,
                None => Act::Nothing,
            };
            if let Act::Time = act {
                fields.set_time(epoch_text_ms(field).into());
                continue;
            }
            // Zeek's own words for nothing.
            if matches!(field, b"-" | b"(empty)" | b"") {
                continue;
            }
            match act {
                Act::Text(to) => match text.and_then(|text| text.get(begin..end)) {
                    Some(text) => fields.put_plain(to, Cow::Borrowed(text)),
                    None => fields.put_plain(to, lossy(field)),
                },
                Act::Bytes(to) => fields.put(to, field),
                Act::List(to) => {
                    for part in field.split(|byte| *byte == b',') {
                        fields.put(to, part);
                    }
                }
                Act::By(rule) => json_fields::apply(rule, lossy(field), fields),
                Act::Time => {}
                Act::Nothing => fields.put_rest(
                    || Cow::Owned(self.names.get(column).cloned().unwrap_or_default()),
                    || lossy(field),
                ),
            }
        }
        if count == self.count && self.count > 0 {
            Outcome::Parsed
        } else {
            Outcome::NotParsed
        }
    }

    /// The fields by the header's names; the log's path, which the header says, as `_path`, as in Zeek's JSON.
    pub(super) fn originals<'a>(&mut self, line: &'a [u8], originals: &mut Originals<'a>) -> Outcome {
        if line.first() == Some(&b'#') {
            self.header(line);
            return Outcome::Header;
        }
        originals.begin();
        if !self.path.is_empty() {
            originals.put("_path", OriginalValue::Text(Cow::Owned(self.path.clone())));
        }
        let mut count = 0;
        for (column, field) in line.split(|byte| *byte == self.separator).enumerate() {
            count += 1;
            let Some(name) = self.names.get(column) else {
                continue;
            };
            let is = |list: &[bool]| list.get(column) == Some(&true);
            match field {
                b"-" | b"(empty)" | b"" => {}
                b"T" | b"F" if is(&self.bools) => originals.put(name, OriginalValue::Bool(field == b"T")),
                _ if is(&self.lists) => field.split(|byte| *byte == b',').for_each(|part| {
                    originals.put(name, OriginalValue::Text(String::from_utf8_lossy(part)));
                }),
                _ => originals.put(name, OriginalValue::Text(String::from_utf8_lossy(field))),
            }
        }
        if count == self.count && self.count > 0 {
            Outcome::Parsed
        } else {
            Outcome::NotParsed
        }
    }

    fn header(&mut self, line: &[u8]) {
        if let Some(value) = line.strip_prefix(b"#separator ") {
            // Written as an escape: `\x09`.
            let byte = value
                .strip_prefix(b"\\x")
                .and_then(|hex| std::str::from_utf8(hex).ok());
            self.separator = byte
                .and_then(|hex| u8::from_str_radix(hex, 16).ok())
                .unwrap_or(b'\t');
            return;
        }
        let separator = self.separator;
        let names = |key: &[u8]| {
            let rest = line.strip_prefix(key)?;
            (rest.first() == Some(&separator))
                .then(|| rest.get(1..))
                .flatten()
        };
        if let Some(path) = names(b"#path") {
            self.path = String::from_utf8_lossy(path).into_owned();
        } else if let Some(fields) = names(b"#fields") {
            self.plan = None;
            self.time = None;
            self.addresses.clear();
            self.named = None;
            self.count = 0;
            self.rules.clear();
            self.names.clear();
            self.lists.clear();
            self.bools.clear();
            for (column, name) in fields.split(|byte| *byte == separator).enumerate() {
                self.count = column + 1;
                if self.named.is_none() && self.watched.as_deref() == Some(name) {
                    self.named = Some(column);
                }
                if name == b"ts" && self.time.is_none() {
                    self.time = Some(column);
                }
                if column < MAX_COLUMNS {
                    let name = String::from_utf8_lossy(name).into_owned();
                    self.rules.push(zeek_columns::RULES.find(&name));
                    self.names.push(name);
                }
                let is_address = name.ends_with(b"_h") || name.ends_with(b"host") || name.ends_with(b"_addr");
                if is_address && column < MAX_COLUMNS {
                    self.addresses.push(column);
                }
            }
        } else if let Some(types) = names(b"#types") {
            self.plan = None;
            self.lists = types
                .split(|byte| *byte == separator)
                .take(MAX_COLUMNS)
                .map(|kind| kind.starts_with(b"set[") || kind.starts_with(b"vector["))
                .collect();
            self.bools = types
                .split(|byte| *byte == separator)
                .take(MAX_COLUMNS)
                .map(|kind| kind == b"bool")
                .collect();
            self.addresses = types
                .split(|byte| *byte == separator)
                .take(MAX_COLUMNS)
                .enumerate()
                .filter(|(_, kind)| matches!(*kind, b"addr" | b"set[addr]" | b"vector[addr]"))
                .map(|(column, _)| column)
                .collect();
        }
    }
}
