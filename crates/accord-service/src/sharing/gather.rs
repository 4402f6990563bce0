//! From the notes of a space to what is written.

use std::collections::BTreeMap;

use accord_formats::export::{self, Indicator, Marking, Report, Sighting, ValueKind};
use accord_matcher::{Pattern, PatternKind};
use accord_model::content::{ContentBody, ContentEntry, IndicatorPublished};
use accord_model::{EntryKind, EntryRef, Tlp};

use crate::journal::{Body, Ledger, Space, State};
use crate::views::all_set_aside;

/// The kinds of notes that are written.
pub(super) fn is_intelligence(kind: EntryKind) -> bool {
    use EntryKind as K;
    matches!(
        kind,
        K::IndicatorPublished
            | K::IndicatorWithdrawn
            | K::SightingCounted
            | K::ReportPublished
            | K::LeadReferred
    )
}

/// A note that may be written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Note<'a> {
    pub at: EntryRef,
    pub ledger: &'a Ledger,
    pub wall_ms: u64,
    pub entry: &'a ContentEntry,
}

/// The notes of a space that are intelligence, count, were not recalled, and may be written; in causal order.
pub(super) fn notes<'a>(
    state: &'a State,
    space: &'a Space,
    allowed: &dyn Fn(EntryRef, &Ledger, &ContentEntry) -> bool,
) -> Vec<Note<'a>> {
    let asides = all_set_aside(state, space);
    let one = |at: EntryRef| {
        let note = note(state, at)?;
        let counts = !space.control.is_recalled(at)
            && !asides.aside.contains(&at)
            && allowed(at, note.ledger, note.entry);
        counts.then_some(note)
    };
    space
        .of_kinds(is_intelligence)
        .into_iter()
        .filter_map(one)
        .collect()
}

/// One of them.
pub(super) fn note(state: &State, at: EntryRef) -> Option<Note<'_>> {
    let (ledger, header, Body::Content(entry)) = state.entry(at)? else {
        return None;
    };
    Some(Note {
        at,
        ledger,
        wall_ms: header.clock.wall_ms,
        entry,
    })
}

pub(super) const fn marking(tlp: Tlp) -> Marking {
    match tlp {
        Tlp::Clear => Marking::Clear,
        Tlp::Green => Marking::Green,
        Tlp::Amber => Marking::Amber,
        Tlp::AmberStrict => Marking::AmberStrict,
        Tlp::Red => Marking::Red,
    }
}

/// The kind of a canonical value.
pub(super) fn value_kind(pattern: &Pattern) -> ValueKind {
    match pattern.kind() {
        PatternKind::Domain => ValueKind::Domain,
        PatternKind::Subdomains => ValueKind::Subdomains,
        PatternKind::Address if pattern.canonical().contains(':') => ValueKind::Ipv6,
        PatternKind::Address => ValueKind::Ipv4,
        PatternKind::Network => ValueKind::Network,
        PatternKind::AddressPort => ValueKind::AddressPort,
        PatternKind::Url => ValueKind::Url,
        PatternKind::Email => ValueKind::Email,
        PatternKind::Hash => match pattern.canonical().len() {
            32 => ValueKind::Md5,
            40 => ValueKind::Sha1,
            64 => ValueKind::Sha256,
            _ => ValueKind::Sha512,
        },
    }
}

/// When values of published notes were withdrawn, by who published them. An empty list of values: all.
pub(super) struct Withdrawals<'a>(BTreeMap<EntryRef, Vec<(&'a [String], Note<'a>)>>);

impl<'a> Withdrawals<'a> {
    pub fn of(notes: &[Note<'a>]) -> Self {
        let mut all: BTreeMap<EntryRef, Vec<(&'a [String], Note<'a>)>> = BTreeMap::new();
        for note in notes {
            if let ContentBody::IndicatorWithdrawn(said) = &note.entry.body {
                all.entry(said.published).or_default().push((&said.values, *note));
            }
        }
        Self(all)
    }

    /// Every withdrawal of values of a note, by who published it.
    pub fn of_note(&self, published: &Note<'_>) -> impl Iterator<Item = Note<'a>> {
        let org = published.ledger.org.clone();
        let said = self.0.get(&published.at).into_iter().flatten();
        said.map(|(_, note)| *note)
            .filter(move |note| note.ledger.org == org)
    }

    /// The first withdrawal of a value.
    pub fn of_value(&self, published: &Note<'_>, value: &str) -> Option<Note<'a>> {
        let said = self.0.get(&published.at)?.iter();
        said.filter(|(values, note)| {
            note.ledger.org == published.ledger.org
                && (values.is_empty() || values.iter().any(|one| one == value))
        })
        .map(|(_, note)| *note)
        .min_by_key(|note| (note.wall_ms, note.at))
    }
}

/// The indicators of one note, each as it stands where it was withdrawn at `withdrawn`.
pub(super) fn indicators(
    note: &Note<'_>,
    said: &IndicatorPublished,
    operation: &str,
    withdrawn: &dyn Fn(&str) -> Option<u64>,
) -> Vec<Indicator> {
    let one = |indicator: &accord_model::content::Indicator| {
        let pattern = Pattern::parse(&indicator.value).ok()?;
        Some(Indicator {
            reference: note.at.to_string(),
            value: pattern.canonical().to_owned(),
            kind: value_kind(&pattern),
            labels: indicator.labels.clone(),
            confidence: indicator.confidence,
            published_ms: note.wall_ms,
            valid_until_ms: indicator.valid_until_ms,
            withdrawn_ms: withdrawn(&indicator.value),
            marking: marking(note.entry.marking.tlp),
            organisation: (!said.source_protected).then(|| note.ledger.org.to_string()),
            title: note.entry.title.clone(),
            description: said.note.clone(),
            operation: operation.to_owned(),
        })
    };
    let mut all: Vec<Indicator> = said.indicators.iter().filter_map(one).collect();
    // The same value written in two ways is one indicator of the note.
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|one| seen.insert(one.value.clone()));
    all
}

/// The sightings of one note.
pub(super) fn sightings(note: &Note<'_>) -> Vec<Sighting> {
    let ContentBody::SightingCounted(said) = &note.entry.body else {
        return Vec::new();
    };
    let Some(day_ms) = day_ms(&said.day) else {
        return Vec::new();
    };
    let one = |seen: &accord_model::content::Sighting| {
        Some(Sighting {
            reference: note.at.to_string(),
            indicator: seen.published.to_string(),
            value: Pattern::parse(&seen.value).ok()?.canonical().to_owned(),
            count: seen.count,
            day_ms,
            published_ms: note.wall_ms,
            organisation: note.ledger.org.to_string(),
            marking: marking(note.entry.marking.tlp),
        })
    };
    said.sightings.iter().filter_map(one).collect()
}

/// The notes of values that rest on a report, by the report.
pub(super) struct Resting<'a>(BTreeMap<EntryRef, Vec<(EntryRef, &'a IndicatorPublished)>>);

impl<'a> Resting<'a> {
    pub fn of(notes: &[Note<'a>]) -> Self {
        let mut all: BTreeMap<EntryRef, Vec<(EntryRef, &'a IndicatorPublished)>> = BTreeMap::new();
        for note in notes {
            if let ContentBody::IndicatorPublished(said) = &note.entry.body
                && let Some(report) = said.report
            {
                all.entry(report).or_default().push((note.at, said));
            }
        }
        Self(all)
    }
}

/// A report or a lead.
pub(super) fn report(note: &Note<'_>, resting: &Resting<'_>) -> Option<Report> {
    let (text, protected, techniques) = match &note.entry.body {
        ContentBody::ReportPublished(said) => (&said.text, said.source_protected, said.techniques.clone()),
        ContentBody::LeadReferred(said) => (&said.text, said.source_protected, Vec::new()),
        _ => return None,
    };
    let resting = resting.0.get(&note.at).into_iter().flatten();
    let indicators = resting.flat_map(|(at, said)| {
        said.indicators.iter().filter_map(move |one| {
            let pattern = Pattern::parse(&one.value).ok()?;
            Some((at.to_string(), pattern.canonical().to_owned()))
        })
    });
    Some(Report {
        reference: note.at.to_string(),
        title: note.entry.title.clone(),
        text: text.clone(),
        published_ms: note.wall_ms,
        organisation: (!protected).then(|| note.ledger.org.to_string()),
        marking: marking(note.entry.marking.tlp),
        techniques,
        indicators: indicators.collect(),
    })
}

/// A day's first instant, ms UTC.
fn day_ms(day: &str) -> Option<u64> {
    let date: jiff::civil::Date = day.parse().ok()?;
    let at = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    u64::try_from(at.timestamp().as_millisecond()).ok()
}

/// What a whole space gives.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub indicators: Vec<Indicator>,
    pub sightings: Vec<Sighting>,
    pub reports: Vec<Report>,
    /// The notes that it is made of.
    pub notes: Vec<EntryRef>,
}

/// Gathers the notes of a space.
pub(super) fn gather(space: &Space, notes: &[Note<'_>], into: &mut Gathered) {
    let operation = space
        .control
        .case()
        .map_or("", |opened| opened.case.operation.as_str());
    let withdrawals = Withdrawals::of(notes);
    let resting = Resting::of(notes);
    for note in notes {
        into.notes.push(note.at);
        match &note.entry.body {
            ContentBody::IndicatorPublished(said) => {
                let when = |value: &str| withdrawals.of_value(note, value).map(|note| note.wall_ms);
                into.indicators.extend(indicators(note, said, operation, &when));
            }
            ContentBody::SightingCounted(_) => into.sightings.extend(sightings(note)),
            _ => into.reports.extend(report(note, &resting)),
        }
    }
}

impl Gathered {
    /// As the writers take it.
    pub fn material(self, publisher: &str, title: String, made_ms: u64) -> export::Material {
        export::Material {
            publisher: publisher.to_owned(),
            title,
            made_ms,
            indicators: self.indicators,
            sightings: self.sightings,
            reports: self.reports,
        }
    }
}
