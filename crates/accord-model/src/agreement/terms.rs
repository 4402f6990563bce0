//! `agreement.toml`: who, from when to when, for what, under which law, for how long, with which duties.
//!
//! Strict: an unknown key, a missing key, or a value of another form is a diagnostic with its line. What may
//! flow is not here but in the clauses; nothing here can permit a flow, only refuse or oblige.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml::Spanned;

use crate::words::words;
use crate::{AgreementDigest, Category, OrgKind, OrgName};

use super::diagnostic::{Diagnostic, File, MAX_DIAGNOSTICS, line_at};
use super::{instant, plain};

/// The only format of `agreement.toml` that this version reads.
pub const FORMAT: i64 = 1;
/// The version of the Cedar language that clauses are written in; an agreement names it.
pub const CEDAR_LANGUAGE: &str = "4.6";
/// Most bytes of `agreement.toml`.
pub const MAX_TOML_BYTES: usize = 64 * 1024;
/// Most parties; at least two.
pub const MAX_PARTIES: usize = 32;
/// Most purposes; at least one.
pub const MAX_PURPOSES: usize = 32;
/// Most characters of a title, reference, contact or name of a file.
pub const MAX_LINE_CHARS: usize = 200;
/// Most characters of a gateway's or purpose's text.
pub const MAX_TEXT_CHARS: usize = 2000;
/// Longest retention, 100 years.
pub const MAX_RETENTION_DAYS: u32 = 36_525;
/// Most characters of an identity key's text.
pub const MAX_IDENTITY_CHARS: usize = 256;
/// Deepest nesting of brackets in `agreement.toml`.
pub const MAX_TOML_DEPTH: usize = 16;

words! {
    /// What sort of collaboration an agreement is for.
    pub enum AgreementKind as "kind of agreement" {
        /// Indicators and analysis; no case can be opened under it.
        IntelligenceOnly = "intelligence-only",
        /// Cases worked as one team by two sides.
        VirtualTeam = "virtual-team",
        /// Cases worked by several partners at once.
        MultiPartyOperation = "multi-party-operation",
    }
}

words! {
    /// Which of the two prevails where the signed prose and the rules differ.
    pub enum Prevails as "word on what prevails" {
        /// The signed document.
        Prose = "prose",
        /// `agreement.toml` and `clauses.cedar`.
        Rules = "rules",
    }
}

/// One party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Its name.
    pub name: OrgName,
    /// What it is; clauses speak of kinds.
    pub kind: OrgKind,
    /// The organisation's identity key as a C2SP signed-note verifier key, `NAME+HASH+KEY`. Opaque here.
    pub identity: String,
    /// Who to speak to.
    pub contact: String,
    /// The law that permits this party to share.
    pub gateway: String,
}

/// From when to when, ms since the Unix epoch, UTC: `from_ms` included, `until_ms` excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// First instant in force.
    pub from_ms: u64,
    /// First instant no longer in force.
    pub until_ms: u64,
}

/// What data may be used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purpose {
    /// The word a case names it by: lower-case letters, digits, `-`.
    pub word: String,
    /// What it means.
    pub text: String,
}

/// The signed prose that the rules were written from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prose {
    /// The file's name.
    pub name: String,
    /// SHA-256 of the signed document, lower-case hex.
    pub sha256: String,
    /// Which prevails.
    pub prevails: Prevails,
}

/// Everything `agreement.toml` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The sort of collaboration.
    pub kind: AgreementKind,
    /// The template it was made from, if any: a word, for people; nothing is decided by it.
    pub template: Option<String>,
    /// The title.
    pub title: String,
    /// The parties' own reference.
    pub reference: String,
    /// The digest of the version this one replaces.
    pub amends: Option<AgreementDigest>,
    /// From when to when.
    pub term: Term,
    /// The parties, in the order written.
    pub parties: Vec<Party>,
    /// The purposes, in the order written.
    pub purposes: Vec<Purpose>,
    /// Retention in days where nothing else is said.
    pub retention_default_days: u32,
    /// Retention in days by category.
    pub retention_days: BTreeMap<Category, u32>,
    /// Categories in which one approval is not enough: wherever a clause asks, two people decide.
    pub four_eyes: BTreeSet<Category>,
    /// Categories of which only what the purpose needs is released.
    pub minimise: BTreeSet<Category>,
    /// The signed prose.
    pub prose: Option<Prose>,
}

impl Terms {
    /// The retention of a category, days.
    pub fn retention_of(&self, category: Category) -> u32 {
        self.retention_days
            .get(&category)
            .copied()
            .unwrap_or(self.retention_default_days)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    format: Spanned<i64>,
    cedar: Spanned<String>,
    kind: AgreementKind,
    template: Option<Spanned<String>>,
    title: Spanned<String>,
    reference: Spanned<String>,
    amends: Option<AgreementDigest>,
    term: RawTerm,
    parties: Spanned<Vec<RawParty>>,
    purposes: Spanned<Vec<RawPurpose>>,
    retention: RawRetention,
    #[serde(default)]
    approvals: RawApprovals,
    #[serde(default)]
    obligations: RawObligations,
    prose: Option<RawProse>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTerm {
    from: Spanned<String>,
    until: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawParty {
    name: Spanned<OrgName>,
    kind: OrgKind,
    identity: Spanned<String>,
    contact: Spanned<String>,
    gateway: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPurpose {
    word: Spanned<String>,
    text: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRetention {
    default_days: Spanned<u32>,
    #[serde(default)]
    days: BTreeMap<Category, Spanned<u32>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawApprovals {
    four_eyes: BTreeSet<Category>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawObligations {
    minimise: BTreeSet<Category>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProse {
    name: Spanned<String>,
    sha256: Spanned<String>,
    prevails: Prevails,
}

/// Collects what is wrong, with lines.
struct Check<'a> {
    text: &'a str,
    found: Vec<Diagnostic>,
}

impl Check<'_> {
    fn problem<T>(&mut self, at: &Spanned<T>, message: impl Into<String>) {
        let line = line_at(self.text, at.span().start);
        self.found.push(Diagnostic::new(File::Terms, Some(line), message));
    }

    fn words(&mut self, what: &str, at: &Spanned<String>, max_chars: usize) -> String {
        if let Some(why) = plain::words_problem(at.get_ref(), max_chars) {
            self.problem(at, format!("{what} {why}"));
        }
        at.get_ref().clone()
    }

    fn instant(&mut self, at: &Spanned<String>) -> u64 {
        instant::parse(at.get_ref()).unwrap_or_else(|| {
            self.problem(
                at,
                format!(
                    "\"{}\" is not an instant in UTC: write it as 2026-01-31T00:00:00Z",
                    at.get_ref()
                ),
            );
            0
        })
    }

    fn days(&mut self, at: &Spanned<u32>) -> u32 {
        let days = *at.get_ref();
        if days == 0 || days > MAX_RETENTION_DAYS {
            self.problem(
                at,
                format!("a retention of {days} days: write 1 to {MAX_RETENTION_DAYS}"),
            );
        }
        days
    }

    fn word(&mut self, what: &str, at: &Spanned<String>) -> String {
        if !is_word(at.get_ref()) {
            self.problem(
                at,
                format!(
                    "{what} \"{}\": 1 to 64 lower-case letters, digits and '-'",
                    at.get_ref()
                ),
            );
        }
        at.get_ref().clone()
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// `NAME+HASH+KEY` of C2SP signed-note: a name without spaces or `+`, eight hex digits, base64.
fn is_verifier_key(text: &str) -> bool {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    text.len() <= MAX_IDENTITY_CHARS
        && !name.is_empty()
        && !name.chars().any(|c| c.is_whitespace() || c.is_control())
        && hash.len() == 8
        && hash
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        && !key.is_empty()
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/' || b == b'=')
}

/// Brackets nested deeper than [`MAX_TOML_DEPTH`], counted without regard to strings: the parser recurses.
fn nested_too_deep(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_TOML_DEPTH {
            return Some(offset);
        }
    }
    None
}

/// Reads and checks `agreement.toml`.
pub(super) fn parse(text: &str) -> Result<Terms, Vec<Diagnostic>> {
    if text.len() > MAX_TOML_BYTES {
        let message = format!("is {} bytes long: at most {MAX_TOML_BYTES}", text.len());
        return Err(vec![Diagnostic::new(File::Terms, None, message)]);
    }
    if let Some((offset, c)) = plain::hidden(text) {
        let message = format!(
            "the hidden character U+{:04X}: remove it (lines end with a line feed alone)",
            u32::from(c)
        );
        return Err(vec![Diagnostic::new(
            File::Terms,
            Some(line_at(text, offset)),
            message,
        )]);
    }
    if let Some(offset) = nested_too_deep(text) {
        let message = format!("brackets nested deeper than {MAX_TOML_DEPTH}");
        return Err(vec![Diagnostic::new(
            File::Terms,
            Some(line_at(text, offset)),
            message,
        )]);
    }
    let raw: Raw = toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| line_at(text, span.start));
        vec![Diagnostic::new(File::Terms, line, error.message())]
    })?;
    let mut check = Check {
        text,
        found: Vec::new(),
    };
    let terms = checked(raw, &mut check);
    check.found.truncate(MAX_DIAGNOSTICS);
    if check.found.is_empty() {
        Ok(terms)
    } else {
        Err(check.found)
    }
}

fn checked(raw: Raw, check: &mut Check<'_>) -> Terms {
    if *raw.format.get_ref() != FORMAT {
        let message = format!(
            "format {}: this version reads format {FORMAT}",
            raw.format.get_ref()
        );
        check.problem(&raw.format, message);
    }
    if raw.cedar.get_ref() != CEDAR_LANGUAGE {
        let message = format!(
            "version \"{}\" of the Cedar language: this version reads \"{CEDAR_LANGUAGE}\"",
            raw.cedar.get_ref()
        );
        check.problem(&raw.cedar, message);
    }
    let term = Term {
        from_ms: check.instant(&raw.term.from),
        until_ms: check.instant(&raw.term.until),
    };
    if check.found.is_empty() && term.until_ms <= term.from_ms {
        check.problem(&raw.term.until, "the term ends before it begins");
    }
    let parties = parties(&raw.parties, check);
    let purposes = purposes(&raw.purposes, check);
    let retention_days = raw
        .retention
        .days
        .iter()
        .map(|(category, days)| (*category, check.days(days)))
        .collect();
    let prose = raw.prose.as_ref().map(|prose| {
        let digest = prose.sha256.get_ref();
        if digest.parse::<AgreementDigest>().is_err() {
            check.problem(
                &prose.sha256,
                "the digest of the prose: 64 hex digits in lower case",
            );
        }
        Prose {
            name: check.words("the name of the prose", &prose.name, MAX_LINE_CHARS),
            sha256: digest.clone(),
            prevails: prose.prevails,
        }
    });
    Terms {
        kind: raw.kind,
        template: raw.template.as_ref().map(|word| check.word("the template", word)),
        title: check.words("the title", &raw.title, MAX_LINE_CHARS),
        reference: check.words("the reference", &raw.reference, MAX_LINE_CHARS),
        amends: raw.amends,
        term,
        parties,
        purposes,
        retention_default_days: check.days(&raw.retention.default_days),
        retention_days,
        four_eyes: raw.approvals.four_eyes,
        minimise: raw.obligations.minimise,
        prose,
    }
}

fn parties(raw: &Spanned<Vec<RawParty>>, check: &mut Check<'_>) -> Vec<Party> {
    let count = raw.get_ref().len();
    if !(2..=MAX_PARTIES).contains(&count) {
        check.problem(
            raw,
            format!("{count} parties: an agreement has 2 to {MAX_PARTIES}"),
        );
        return Vec::new();
    }
    let (mut names, mut keys) = (BTreeSet::new(), BTreeSet::new());
    let mut parties = Vec::with_capacity(count);
    for party in raw.get_ref() {
        if !names.insert(party.name.get_ref().clone()) {
            check.problem(
                &party.name,
                format!("the party {} stands here twice", party.name.get_ref()),
            );
        }
        let identity = party.identity.get_ref();
        if !is_verifier_key(identity) {
            check.problem(
                &party.identity,
                format!(
                    "the identity key of {}: write it as NAME+HASH+KEY",
                    party.name.get_ref()
                ),
            );
        } else if !keys.insert(identity.clone()) {
            check.problem(
                &party.identity,
                format!(
                    "the identity key of {} is another party's too",
                    party.name.get_ref()
                ),
            );
        }
        parties.push(Party {
            name: party.name.get_ref().clone(),
            kind: party.kind,
            identity: identity.clone(),
            contact: check.words("the contact", &party.contact, MAX_LINE_CHARS),
            gateway: check.words("the gateway", &party.gateway, MAX_TEXT_CHARS),
        });
    }
    parties
}

fn purposes(raw: &Spanned<Vec<RawPurpose>>, check: &mut Check<'_>) -> Vec<Purpose> {
    let count = raw.get_ref().len();
    if !(1..=MAX_PURPOSES).contains(&count) {
        check.problem(
            raw,
            format!("{count} purposes: an agreement has 1 to {MAX_PURPOSES}"),
        );
        return Vec::new();
    }
    let mut words = BTreeSet::new();
    let mut purposes = Vec::with_capacity(count);
    for purpose in raw.get_ref() {
        let word = check.word("the purpose", &purpose.word);
        if !words.insert(word.clone()) {
            check.problem(&purpose.word, format!("the purpose {word} stands here twice"));
        }
        purposes.push(Purpose {
            word,
            text: check.words("the text of a purpose", &purpose.text, MAX_TEXT_CHARS),
        });
    }
    purposes
}
