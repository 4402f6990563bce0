//! Where everything that is found is collected, once per value, within the limits.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;

use accord_matcher::{Kind, KindSet, Observable, Pattern, PatternKind, extract};

use super::limits::*;
use super::{Doubt, Form, Found, MarkingFound, Material, Part, Place, Problem, Spot, TLP_LABELS};
use crate::special;

/// What was taken so far.
#[derive(Debug, Default)]
pub(super) struct Taking {
    index: HashMap<(String, String), usize>,
    found: Vec<Found>,
    /// Fingerprints of values over the limit, so that each is counted once, as far as that is remembered.
    over: HashSet<u64>,
    over_unremembered: u64,
    title: Option<String>,
    text: String,
    text_cut: bool,
    markings: Vec<MarkingFound>,
    techniques: Vec<String>,
    labels: Vec<String>,
    parts: Vec<Part>,
    problems: Vec<Problem>,
    problems_over: u64,
    observables: Vec<Observable>,
}

/// Values over the limit that are told apart.
const OVER_REMEMBERED_MAX: usize = 200_000;

impl Taking {
    /// One occurrence of a value.
    pub fn take(&mut self, kind: &str, value: String, place: &Place, doubt: Option<Doubt>) -> Option<usize> {
        let doubt = doubt.or_else(|| local(&value).then_some(Doubt::LocalAddress));
        let key = (kind.to_owned(), value);
        if let Some(&at) = self.index.get(&key) {
            if let Some(found) = self.found.get_mut(at) {
                found.times += 1;
                if found.places.len() < PLACES_MAX && !found.places.contains(place) {
                    found.places.push(place.clone());
                }
                if doubt.is_none() {
                    found.doubt = None;
                }
            }
            return Some(at);
        }
        if self.found.len() >= FOUND_MAX {
            if self.over.len() < OVER_REMEMBERED_MAX {
                // Fixed keys: the count must not differ from run to run.
                let mut hasher = DefaultHasher::new();
                key.hash(&mut hasher);
                self.over.insert(hasher.finish());
            } else {
                self.over_unremembered += 1;
            }
            return None;
        }
        let at = self.found.len();
        self.found.push(Found {
            kind: key.0.clone(),
            value: key.1.clone(),
            places: vec![place.clone()],
            times: 1,
            labels: Vec::new(),
            offered: false,
            doubt,
        });
        self.index.insert(key, at);
        Some(at)
    }

    /// A value that the material offers as an indicator, with what it calls it. Whether it could be read.
    pub fn offer(&mut self, value: &str, labels: &[&str], place: &Place, doubt: Option<Doubt>) -> bool {
        let Ok(pattern) = Pattern::parse(value) else {
            return false;
        };
        let at = self.take(kind_of(&pattern), pattern.canonical().to_owned(), place, doubt);
        if let Some(found) = at.and_then(|at| self.found.get_mut(at)) {
            found.offered |= doubt.is_none();
            for label in labels {
                let label = label.trim();
                let fits =
                    !label.is_empty() && label.len() <= LABEL_MAX_BYTES && !label.contains(char::is_control);
                if fits && found.labels.len() < LABELS_MAX && !found.labels.iter().any(|known| known == label)
                {
                    found.labels.push(label.to_owned());
                }
            }
        }
        true
    }

    /// Whether a value was taken before.
    pub fn holds(&self, pattern: &Pattern) -> bool {
        self.index
            .contains_key(&(kind_of(pattern).to_owned(), pattern.canonical().to_owned()))
    }

    /// Marks a value that stands alone in its line as offered; one that was not taken with its line is taken.
    pub fn offer_taken(&mut self, pattern: &Pattern, place: &Place) {
        let key = (kind_of(pattern).to_owned(), pattern.canonical().to_owned());
        let at = match self.index.get(&key) {
            Some(&at) => Some(at),
            None => self.take(kind_of(pattern), key.1, place, None),
        };
        if let Some(found) = at.and_then(|at| self.found.get_mut(at)) {
            found.offered = true;
            if found.doubt != Some(Doubt::LocalAddress) {
                found.doubt = None;
            }
        }
    }

    /// The values, markings and techniques of one line.
    pub fn line(&mut self, line: &str, place: &Place, doubt: Option<Doubt>) {
        let mut observables = std::mem::take(&mut self.observables);
        observables.clear();
        extract(line.as_bytes(), KindSet::ALL, &mut observables);
        for one in &observables {
            let within = doubt.or_else(|| within(one, &observables));
            self.take(one.kind.as_str(), one.value.clone(), place, within);
        }
        self.observables = observables;
        self.markings_in(line, place);
        self.techniques_in(line);
    }

    /// TLP labels that stand in a text.
    pub fn markings_in(&mut self, text: &str, place: &Place) {
        let upper = text.to_ascii_uppercase();
        let mut rest = upper.as_str();
        while let Some(at) = rest.find("TLP") {
            rest = rest.get(at + 3..).unwrap_or_default();
            let after = rest.trim_start_matches([' ', '\u{a0}']);
            let Some(word) = after.strip_prefix([':', '=', '-', '_']) else {
                continue;
            };
            if let Some(label) = label_of(word.trim_start_matches([' ', '"', '\u{a0}'])) {
                self.marking(label, place);
            }
        }
    }

    /// A TLP 2.0 label.
    pub fn marking(&mut self, tlp: &str, place: &Place) {
        let known = self.markings.iter().any(|found| found.tlp == tlp);
        // One place of each label always fits.
        if !known || self.markings.len() < MARKINGS_MAX {
            self.markings.push(MarkingFound {
                tlp: tlp.to_owned(),
                place: place.clone(),
            });
        }
    }

    /// ATT&CK techniques that stand in a text.
    pub fn techniques_in(&mut self, text: &str) {
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.'));
        for word in words.filter(|word| word.starts_with('T')) {
            let word = word.trim_end_matches('.');
            if is_technique(word)
                && self.techniques.len() < TECHNIQUES_MAX
                && !self.techniques.iter().any(|known| known == word)
            {
                self.techniques.push(word.to_owned());
            }
        }
    }

    /// What the material is about.
    pub fn label(&mut self, label: &str) {
        let label = label.trim();
        let fits = !label.is_empty() && label.len() <= LABEL_MAX_BYTES && !label.contains(char::is_control);
        if fits && self.labels.len() < LABELS_MAX && !self.labels.iter().any(|known| known == label) {
            self.labels.push(label.to_owned());
        }
    }

    /// The title, where none was told before.
    pub fn title(&mut self, title: &str) {
        let title: String = title.split_whitespace().collect::<Vec<_>>().join(" ");
        if self.title.is_none() && !title.is_empty() {
            self.title = Some(title.chars().take(200).collect());
        }
    }

    /// Plain text, a line.
    pub fn text(&mut self, line: &str) {
        if self.text.len() + line.len() + 1 > TEXT_MAX_BYTES {
            self.text_cut = true;
            return;
        }
        // Once something is left out, nothing follows it as if it were not.
        if !self.text_cut {
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    /// A part that is a file of its own.
    pub fn part(&mut self, part: Part) {
        self.parts.push(part);
    }

    /// Something that could not be read.
    pub fn problem(&mut self, place: Option<Place>, what: impl Into<String>) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(Problem {
                place,
                what: what.into(),
            });
        } else {
            self.problems_over += 1;
        }
    }

    /// Everything.
    pub fn done(self, form: Form) -> Material {
        Material {
            form,
            title: self.title,
            text: self.text,
            text_cut: self.text_cut,
            found: self.found,
            found_over: self.over.len() as u64 + self.over_unremembered,
            markings: self.markings,
            techniques: self.techniques,
            labels: self.labels,
            parts: self.parts,
            problems: self.problems,
            problems_over: self.problems_over,
        }
    }
}

/// A place in a part.
pub(super) fn place(part: &str, spot: Spot) -> Place {
    Place {
        part: part.to_owned(),
        spot,
    }
}

/// The word for what a pattern is.
pub(super) fn kind_of(pattern: &Pattern) -> &'static str {
    match pattern.kind() {
        PatternKind::Domain => "domain",
        PatternKind::Subdomains => "subdomains",
        PatternKind::Network => "network",
        PatternKind::AddressPort => "address-port",
        PatternKind::Url => "url",
        PatternKind::Email => "email",
        PatternKind::Address if pattern.canonical().contains(':') => "ipv6",
        PatternKind::Address => "ipv4",
        PatternKind::Hash => Kind::of_hash(pattern.canonical().len()).map_or("sha256", Kind::as_str),
    }
}

/// Whether a domain or address is a part of another observable of its line.
fn within(one: &Observable, line: &[Observable]) -> Option<Doubt> {
    if !matches!(one.kind, Kind::Domain | Kind::Ipv4 | Kind::Ipv6) {
        return None;
    }
    let is = |kind| move |other: &&Observable| other.kind == kind;
    if line
        .iter()
        .filter(is(Kind::Url))
        .any(|url| url.start == one.start)
    {
        return Some(Doubt::HostOfUrl);
    }
    let mut emails = line.iter().filter(is(Kind::Email));
    emails
        .any(|email| {
            let domain = email.value.rsplit('@').next().unwrap_or_default();
            email.start < one.start && domain == one.value
        })
        .then_some(Doubt::DomainOfEmail)
}

/// Whether a value is an address that means nothing outside one network.
fn local(value: &str) -> bool {
    value
        .parse::<IpAddr>()
        .is_ok_and(|address| special::address(address).is_some())
}

/// The TLP 2.0 label that a word begins with, in capitals. TLP 1.0's WHITE is CLEAR.
pub(super) fn label_of(word: &str) -> Option<&'static str> {
    let end = word
        .find(|c: char| !(c.is_ascii_alphabetic() || c == '+' || c == '_'))
        .unwrap_or(word.len());
    match word.get(..end).unwrap_or_default().trim_end_matches(['+', '_']) {
        "WHITE" | "CLEAR" => Some("TLP:CLEAR"),
        "GREEN" => Some("TLP:GREEN"),
        "AMBER" => Some("TLP:AMBER"),
        "AMBER+STRICT" | "AMBER_STRICT" => Some("TLP:AMBER+STRICT"),
        "RED" => TLP_LABELS.last().copied(),
        _ => None,
    }
}

/// Whether a word is an ATT&CK technique or sub-technique.
pub(super) fn is_technique(word: &str) -> bool {
    let digits = |text: &str, n: usize| text.len() == n && text.bytes().all(|b| b.is_ascii_digit());
    let Some(number) = word.strip_prefix('T') else {
        return false;
    };
    match number.split_once('.') {
        None => digits(number, 4),
        Some((number, sub)) => digits(number, 4) && digits(sub, 3),
    }
}
