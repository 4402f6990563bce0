//! What a note is found by: its words and its values.
//!
//! A term is a letter, a colon and a text: `w:` a word of its title, texts or labels; `v:` a value it names, in the
//! matcher's canonical form; `u:` a domain or address under which a value of it stands, so that a search for
//! `evil.example` also finds what is known of `www.evil.example`.
//!
//! Deliberately no terms: ids and references, who wrote it, names of people, and who a victim is.

use std::collections::BTreeSet;
use std::net::IpAddr;

use accord_matcher::{Kind, KindSet, Observable, Pattern, PatternKind, extract};
use accord_model::EntryKind;
use accord_model::content::ContentEntry;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Most terms of one note; what is beyond them is not found. A note of the most indicators, each with four labels in
/// its name, has fewer.
pub const NOTE_TERMS_MAX: usize = 65_536;
/// Shortest word that is a term, characters.
pub const WORD_MIN_CHARS: usize = 2;
/// Longest word that is a term, bytes; of a longer one its beginning is.
pub const WORD_MAX_BYTES: usize = 48;

/// Fields that hold ids or secrets of the software, whose hexadecimal digits would be read as digests of files.
const IDS: [&str; 4] = ["by", "person", "second", "custody_salt"];

/// The words of a text, folded: lower case, without accents.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().nth(WORD_MIN_CHARS - 1).is_some())
        .map(fold)
        .filter(|word| !word.is_empty())
}

/// One word, folded.
pub(super) fn fold(word: &str) -> String {
    let plain = word.nfkd().filter(|c| !is_combining_mark(*c));
    let mut folded: String = plain.flat_map(char::to_lowercase).collect();
    let mut end = WORD_MAX_BYTES.min(folded.len());
    while !folded.is_char_boundary(end) {
        end -= 1;
    }
    folded.truncate(end);
    folded
}

/// The domains above a name, the nearest first, down to two labels.
pub(super) fn parents(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('.')
        .filter_map(|(at, _)| name.get(at + 1..))
        .filter(|parent| parent.contains('.'))
}

/// The host of a canonical URL or of an address with its port.
pub(crate) fn host(canonical: &str) -> &str {
    let authority = canonical.split('/').next().unwrap_or(canonical);
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    match authority.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') && port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// A value's kind in the matcher's words for patterns.
fn pattern_kind(kind: Kind) -> PatternKind {
    match kind {
        Kind::Domain => PatternKind::Domain,
        Kind::Ipv4 | Kind::Ipv6 => PatternKind::Address,
        Kind::Url => PatternKind::Url,
        Kind::Email => PatternKind::Email,
        Kind::Md5 | Kind::Sha1 | Kind::Sha256 | Kind::Sha512 => PatternKind::Hash,
    }
}

struct Collected {
    terms: BTreeSet<String>,
    observables: Vec<Observable>,
}

impl Collected {
    fn add(&mut self, kind: char, text: &str) {
        if self.terms.len() < NOTE_TERMS_MAX {
            self.terms.insert(format!("{kind}:{text}"));
        }
    }

    fn under(&mut self, name: &str, itself: bool) {
        if itself {
            self.add('u', name);
        }
        if name.parse::<IpAddr>().is_err() {
            for parent in parents(name) {
                self.add('u', parent);
            }
        }
    }

    fn value(&mut self, kind: PatternKind, canonical: &str) {
        self.add('v', canonical);
        match kind {
            PatternKind::Domain => self.under(canonical, false),
            PatternKind::Subdomains => self.under(canonical.trim_start_matches('.'), true),
            PatternKind::Url | PatternKind::AddressPort => self.under(host(canonical), true),
            PatternKind::Email => {
                let domain = canonical.rsplit_once('@').map_or("", |(_, domain)| domain);
                self.under(domain, true);
            }
            PatternKind::Address | PatternKind::Network | PatternKind::Hash => {}
        }
    }

    fn text(&mut self, text: &str) {
        let whole = text.trim();
        if !whole.contains(char::is_whitespace)
            && let Ok(pattern) = Pattern::parse(whole)
        {
            self.value(pattern.kind(), pattern.canonical());
            return;
        }
        let mut found = std::mem::take(&mut self.observables);
        for line in text.lines() {
            extract(line.as_bytes(), KindSet::ALL, &mut found);
        }
        for one in found.drain(..) {
            self.value(pattern_kind(one.kind), &one.value);
        }
        self.observables = found;
        for word in words(text) {
            self.add('w', &word);
        }
    }

    fn walk(&mut self, name: &str, value: &Value) {
        match value {
            Value::String(_) if IDS.contains(&name) => {}
            Value::String(text) if text.parse::<accord_model::EntryRef>().is_ok() => {}
            Value::String(text) => self.text(text),
            Value::Array(values) => values.iter().for_each(|value| self.walk(name, value)),
            Value::Object(fields) => fields.iter().for_each(|(name, value)| self.walk(name, value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// The texts of a note's body, for people, as far as so many bytes.
pub(super) fn texts(entry: &ContentEntry, max_bytes: usize) -> String {
    fn walk(name: &str, value: &Value, max_bytes: usize, out: &mut String) {
        match value {
            _ if out.len() >= max_bytes => {}
            Value::String(_) if IDS.contains(&name) => {}
            Value::String(text) if text.parse::<accord_model::EntryRef>().is_ok() => {}
            Value::String(text) => {
                if !out.is_empty() {
                    out.push_str(" · ");
                }
                out.push_str(text);
            }
            Value::Array(values) => values.iter().for_each(|value| walk(name, value, max_bytes, out)),
            Value::Object(fields) => {
                fields
                    .iter()
                    .for_each(|(name, value)| walk(name, value, max_bytes, out));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut out = String::new();
    walk("", &entry.body.to_json(), max_bytes, &mut out);
    out
}

/// Every term of a note, in order.
pub(super) fn terms(entry: &ContentEntry) -> BTreeSet<String> {
    let mut collected = Collected {
        terms: BTreeSet::new(),
        observables: Vec::new(),
    };
    if matches!(entry.kind(), EntryKind::VictimIdentity | EntryKind::PersonNamed) {
        return collected.terms;
    }
    collected.text(&entry.title);
    collected.walk("", &entry.body.to_json());
    collected.terms
}

/// Every term of some texts, in order.
pub(super) fn terms_of<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let mut collected = Collected {
        terms: BTreeSet::new(),
        observables: Vec::new(),
    };
    for text in texts {
        collected.text(text);
    }
    collected.terms
}

#[cfg(test)]
mod tests {
    use accord_model::content::{Audience, Indicator, IndicatorPublished, ReportPublished, VerdictWish};
    use accord_model::{Marking, PersonId, Role, Tlp};

    use super::*;

    fn entry(title: &str, body: impl Into<accord_model::content::ContentBody>) -> ContentEntry {
        ContentEntry {
            by: PersonId([7; 16]),
            role: Role::Researcher,
            marking: Marking::tlp(Tlp::Amber),
            to: Audience::EveryParty,
            title: title.into(),
            body: body.into(),
        }
    }

    fn published(values: impl IntoIterator<Item = String>) -> IndicatorPublished {
        IndicatorPublished {
            indicators: values.into_iter().map(Indicator::of).collect(),
            note: None,
            from: "feed".into(),
            grading: None,
            source_protected: false,
            wish: VerdictWish::None,
            report: None,
            second: Some(PersonId([9; 16])),
        }
    }

    #[test]
    fn a_report_is_found_by_words_and_by_the_values_in_its_text() {
        let report =
            ReportPublished::plain("Die Gauner-Büro talks to hxxp://www[.]evil[.]example/gate.php at night");
        let all = terms(&entry("Heather, part 2", report));
        let wanted = [
            "w:heather",
            "w:part",
            "w:gauner",
            "w:buro",
            "w:night",
            "v:www.evil.example",
            "v:www.evil.example/gate.php",
            "u:evil.example",
            "u:www.evil.example",
        ];
        for term in wanted {
            assert!(all.contains(term), "{term} in {all:?}");
        }
        // A single letter or digit is no word, and the writer's id is no digest of a file.
        assert!(
            !all.contains("w:2") && !all.iter().any(|term| term.contains("0707")),
            "{all:?}"
        );
    }

    #[test]
    fn values_stand_under_what_is_above_them() {
        for (value, expected) in [
            ("evil.example", vec!["v:evil.example"]),
            (".dyn.example", vec!["u:dyn.example", "v:.dyn.example"]),
            ("198.51.100.7:8443", vec!["u:198.51.100.7", "v:198.51.100.7:8443"]),
            ("192.0.2.0/24", vec!["v:192.0.2.0/24"]),
            (
                "mule@mail.evil.example",
                vec![
                    "u:evil.example",
                    "u:mail.evil.example",
                    "v:mule@mail.evil.example",
                ],
            ),
            (
                "http://a.b.example:8080/x",
                vec!["u:a.b.example", "u:b.example", "v:a.b.example:8080/x"],
            ),
        ] {
            let all = terms(&entry("", published([value.to_owned()])));
            let found: Vec<&str> = all
                .iter()
                .map(String::as_str)
                .filter(|term| !term.starts_with("w:"))
                .collect();
            assert_eq!(found, expected, "{value}");
        }
    }

    #[test]
    fn terms_at_the_limit_and_one_past_it() {
        let many = |count: usize| {
            let text = (0..count)
                .map(|n| format!("w{n:05}"))
                .collect::<Vec<_>>()
                .join(" ");
            terms(&entry("", ReportPublished::plain(text))).len()
        };
        assert_eq!(many(NOTE_TERMS_MAX), NOTE_TERMS_MAX);
        assert_eq!(many(NOTE_TERMS_MAX + 1), NOTE_TERMS_MAX);
    }

    #[test]
    fn long_words_are_cut_at_a_character() {
        let folded = fold(&"ß".repeat(WORD_MAX_BYTES));
        assert!(
            folded.len() <= WORD_MAX_BYTES && folded.chars().all(|c| c == 'ß'),
            "{folded}"
        );
        assert_eq!(fold("CAFÉ"), "cafe");
    }

    #[test]
    fn hosts() {
        for (canonical, expected) in [
            ("bad.example/a", "bad.example"),
            ("bad.example:8080/a", "bad.example"),
            ("[2001:db8::7]:443", "2001:db8::7"),
            ("198.51.100.7:8443", "198.51.100.7"),
        ] {
            assert_eq!(host(canonical), expected);
        }
        assert_eq!(
            parents("a.b.c.example").collect::<Vec<_>>(),
            ["b.c.example", "c.example"]
        );
    }
}
