//! Who held an address: samples of every format, every way of not knowing, limits, and random histories.

mod bulk;
mod formats;
mod known;
mod limits;
mod random;

use std::collections::BTreeMap;

use accord_formats::logs::parse_rfc3339_ms;
use accord_logstore::{
    Answer, Answers, Bound, FormatSetting, Holder, IdKind, Limits, LogStore, Protocol, Question, Questions,
    SourceConfig,
};

use crate::support::{go, source};

/// When everything is imported, unless a test says otherwise.
pub const IMPORTED: &str = "2024-12-01T00:00:00Z";

pub fn ms(text: &str) -> i64 {
    parse_rfc3339_ms(text.as_bytes()).unwrap()
}

/// A source with its logs.
pub struct Log {
    pub config: SourceConfig,
    pub parts: Vec<Vec<u8>>,
}

/// A log of a source whose clock is right, in UTC.
pub fn log(name: &str, text: &str) -> Log {
    Log {
        config: SourceConfig {
            time_zone: "UTC".to_owned(),
            clock_offset_ms: Some(0),
            ..source(name)
        },
        parts: vec![text.as_bytes().to_vec()],
    }
}

impl Log {
    pub fn zone(mut self, zone: &str) -> Self {
        self.config.time_zone = zone.to_owned();
        self
    }

    pub fn offset(mut self, offset_ms: Option<i64>) -> Self {
        self.config.clock_offset_ms = offset_ms;
        self
    }

    pub fn format(mut self, format: accord_formats::logs::LogFormat) -> Self {
        self.config.format = FormatSetting::As(format);
        self
    }
}

pub struct Asking {
    pub store: LogStore,
    _dir: tempfile::TempDir,
}

/// A store with these logs, in small frames.
pub fn asking(logs: &[Log]) -> Asking {
    let limits = Limits {
        frame_target_bytes: 300,
        frame_max_bytes: 700,
        ..Limits::default()
    };
    asking_with(logs, limits)
}

pub fn asking_with(logs: &[Log], limits: Limits) -> Asking {
    let dir = tempfile::tempdir().unwrap();
    let store = LogStore::open_with(dir.path(), Default::default(), limits).unwrap();
    for log in logs {
        store.add_source(log.config.clone()).unwrap();
        for (number, part) in log.parts.iter().enumerate() {
            let name = format!("{number}.log");
            store
                .import(&log.config.name, &name, &mut part.as_slice(), ms(IMPORTED), "jo")
                .unwrap();
        }
    }
    Asking { store, _dir: dir }
}

impl Asking {
    pub fn all(&self, questions: &Questions) -> Answers {
        let answers = self.store.holders(questions, &mut go).unwrap();
        assert_eq!(answers.answers.len(), questions.questions.len());
        for (answer, question) in answers.answers.iter().zip(&questions.questions) {
            assert_eq!(answer.question, *question);
            self.lines_are_about_it(&answer.holders);
        }
        answers
    }

    /// `192.0.2.1`, `192.0.2.1 4711`, `192.0.2.1 4711 udp`, at an instant.
    pub fn one(&self, what: &str, at: &str) -> Answer {
        let mut answers = self.all(&exact(vec![question(what, at)]));
        answers.answers.remove(0)
    }

    /// Every line that is named as evidence is there.
    fn lines_are_about_it(&self, holders: &[Holder]) {
        for holder in holders {
            assert!(!holder.evidence.is_empty());
            for evidence in &holder.evidence {
                let line = self
                    .store
                    .read_line(
                        &evidence.segment,
                        accord_logstore::LineAt::Offset(evidence.offset),
                    )
                    .unwrap();
                assert_eq!(line.line, evidence.line);
                assert!(u64::from(evidence.length) >= line.bytes.len() as u64);
            }
            self.lines_are_about_it(&holder.behind);
        }
    }
}

pub fn question(what: &str, at: &str) -> Question {
    let mut words = what.split(' ');
    let address = words.next().unwrap();
    let address = match address.parse::<std::net::IpAddr>() {
        Ok(address) => address.into(),
        Err(_) => address.parse().unwrap(),
    };
    Question {
        address,
        port: words.next().map(|port| port.parse().unwrap()),
        protocol: words.next().map(|name| Protocol::parse(name).unwrap()),
        at_ms: ms(at),
        uncertainty_ms: 0,
    }
}

/// Questions with clocks that are exact where they are measured.
pub fn exact(questions: Vec<Question>) -> Questions {
    Questions {
        measured_error_ms: 0,
        ..Questions::of(questions)
    }
}

pub fn at<R>(bound: Bound<R>) -> String {
    let seconds = bound.at_ms.div_euclid(1000).rem_euclid(86_400);
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// A word of an enumeration, as it is written.
pub fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value).unwrap() {
        serde_json::Value::String(text) => text,
        other => other.to_string().replace(['"', '{', '}'], ""),
    }
}

/// A candidate in one line: who, from when, to when, how sure.
pub fn brief(holder: &Holder) -> String {
    let who = [
        IdKind::UserName,
        IdKind::HardwareAddress,
        IdKind::InsideAddress,
        IdKind::Duid,
        IdKind::HostName,
    ];
    let who = who
        .iter()
        .find_map(|kind| holder.ids.iter().find(|id| id.kind == *kind));
    let who = who.map_or("-", |id| id.value.as_str());
    let first = holder.first.map_or("?".to_owned(), |first| {
        format!("{} {}", word(&first.rests), at(first))
    });
    let last = format!("{} {}", word(&holder.last.rests), at(holder.last));
    let mut text = format!(
        "{who}: {first} to {last}; {}, {}",
        word(&holder.support),
        word(&holder.cover)
    );
    for doubt in &holder.doubts {
        text.push_str(&format!("; {}", word(doubt)));
    }
    for behind in &holder.behind {
        text.push_str(&format!(" <- {}", brief(behind)));
    }
    text
}

/// An answer: its finding, candidates, and notes.
pub fn show(answer: &Answer) -> Vec<String> {
    let mut shown = vec![word(&answer.finding)];
    shown.extend(answer.holders.iter().map(brief));
    shown.extend(answer.notes.iter().map(word));
    shown
}

/// Asks, and compares what is shown.
pub fn check(asking: &Asking, what: &str, at: &str, expected: &[&str]) {
    assert_eq!(show(&asking.one(what, at)), expected, "{what} at {at}");
}

pub fn zones(of: &[(&str, &str)]) -> BTreeMap<String, String> {
    of.iter()
        .map(|(name, zone)| ((*name).to_owned(), (*zone).to_owned()))
        .collect()
}
