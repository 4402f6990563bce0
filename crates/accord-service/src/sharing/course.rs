//! The objects of a collection in the order in which they came to an organisation, made only as far as a page needs
//! them: a collection of a hundred thousand notes costs a page what it costs one of a thousand.

use std::collections::{BTreeMap, BTreeSet};

use accord_formats::export::{Material, rfc3339, stix_objects};
use accord_model::content::ContentBody;
use accord_model::{EntryRef, OrgName, Tlp};
use serde_json::Value;

use super::collections::{TaxiiAsked, Versions};
use super::gather::{self, Note, Resting, Withdrawals};
use crate::journal::{Space, State};

/// Fewest notes that are made into objects before it is looked whether they fill the page.
const LOOK_AFTER: usize = 256;

/// Where an object stands: when it came (ms UTC), and with which note.
pub(crate) type Stand = (u64, EntryRef);

/// An object in one of its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxiiObject {
    /// Its identifier.
    pub id: String,
    /// Its version: when it was changed, RFC 3339.
    pub version: String,
    /// When it came to the caller, ms UTC.
    pub added_ms: u64,
    /// The object.
    pub object: Value,
    /// The note that it came with: the order of what came at one instant.
    pub(super) with: EntryRef,
}

impl TaxiiObject {
    /// When it came, as TAXII writes it: RFC 3339, UTC.
    pub fn added(&self) -> String {
        rfc3339(self.added_ms)
    }

    fn stand(&self) -> Stand {
        (self.added_ms, self.with)
    }

    fn place(&self) -> Place {
        Place {
            stand: self.stand(),
            id: self.id.clone(),
            version: self.version.clone(),
        }
    }
}

/// Where a page ends: after this object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    stand: Stand,
    id: String,
    version: String,
}

impl Place {
    /// As it stands in `next`.
    pub fn text(&self) -> String {
        let (added, with) = self.stand;
        hex::encode(format!("{added}|{with}|{}|{}", self.id, self.version))
    }

    /// Reads what [`Self::text`] wrote.
    pub fn read(text: &str) -> Option<Self> {
        let text = String::from_utf8(hex::decode(text).ok()?).ok()?;
        let mut parts = text.splitn(4, '|');
        let stand = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some(Self {
            stand,
            id: parts.next()?.to_owned(),
            version: parts.next()?.to_owned(),
        })
    }
}

/// What decides which objects a note shares with others: who says so, its marking, its techniques.
type Shape<'a> = (Option<&'a OrgName>, Tlp, BTreeSet<&'a str>);

/// Objects by identifier and version.
type Made = BTreeMap<(String, String), TaxiiObject>;

/// When a note came to an organisation, ms UTC.
fn came(state: &State, org: &OrgName, note: &Note<'_>) -> u64 {
    state.released_ms(note.at, org).unwrap_or(note.wall_ms)
}

/// Notes in the order in which they came to an organisation.
pub(super) fn in_order(state: &State, org: &OrgName, notes: &[Note<'_>]) -> Vec<(Stand, EntryRef)> {
    let notes = notes.iter();
    let mut all: Vec<(Stand, EntryRef)> = notes
        .map(|note| ((came(state, org, note), note.at), note.at))
        .collect();
    all.sort_unstable();
    all
}

/// The notes that an organisation may have of a space, in the order in which they came.
pub(super) struct Course<'a> {
    notes: Vec<(Stand, Note<'a>)>,
    withdrawals: Withdrawals<'a>,
    resting: Resting<'a>,
    operation: &'a str,
    publisher: &'a OrgName,
    came: Box<dyn Fn(&Note<'a>) -> u64 + 'a>,
}

impl<'a> Course<'a> {
    /// Of these notes of a space, that `org` may have.
    pub fn new(
        state: &'a State,
        space: &'a Space,
        (publisher, org): (&'a OrgName, &'a OrgName),
        in_order: &[(Stand, EntryRef)],
    ) -> Self {
        let notes: Vec<(Stand, Note<'a>)> = in_order
            .iter()
            .filter_map(|(stand, at)| Some((*stand, gather::note(state, *at)?)))
            .collect();
        let only: Vec<Note<'a>> = notes.iter().map(|(_, note)| *note).collect();
        Self {
            withdrawals: Withdrawals::of(&only),
            resting: Resting::of(&only),
            notes,
            operation: space
                .control
                .case()
                .map_or("", |opened| opened.case.operation.as_str()),
            publisher,
            came: Box::new(move |note| came(state, org, note)),
        }
    }

    /// One page: at most `limit` objects after a place, and whether there are more.
    pub fn page(
        &self,
        asked: &TaxiiAsked,
        after: Option<&Place>,
        limit: usize,
    ) -> (Vec<TaxiiObject>, Option<Place>) {
        let mut made = Made::new();
        let mut shapes = BTreeSet::new();
        let mut look_at = limit.max(LOOK_AFTER);
        let mut whole_to = None;
        for (number, (stand, note)) in self.notes.iter().enumerate() {
            // What came before still says when the objects came that it shares with others.
            let last = self.last(note, *stand);
            let wanted = after.is_none_or(|place| last >= place.stand)
                && asked.added_after_ms.is_none_or(|after| last.0 > after);
            if shapes.insert(shape(note)) || wanted {
                self.make(note, *stand, &mut made);
            }
            if made.len() >= look_at && number + 1 < self.notes.len() {
                look_at = made.len().saturating_mul(2);
                if chosen(&made, asked, after, Some(*stand)).len() > limit {
                    whole_to = Some(*stand);
                    break;
                }
            }
        }
        let mut wanted = chosen(&made, asked, after, whole_to);
        wanted.sort_unstable_by_key(|one| one.place());
        let more = wanted.len() > limit;
        wanted.truncate(limit);
        let next = wanted.last().filter(|_| more).map(|last| last.place());
        (wanted.into_iter().cloned().collect(), next)
    }

    /// Where the last object of a note stands: with it, or with a withdrawal.
    fn last(&self, note: &Note<'a>, stand: Stand) -> Stand {
        let withdrawn = self.withdrawals.of_note(note);
        let stands = withdrawn.map(|withdrawal| ((self.came)(&withdrawal), withdrawal.at));
        stands.fold(stand, Stand::max)
    }

    fn make(&self, note: &Note<'a>, stand: Stand, made: &mut Made) {
        let mut material = Material {
            publisher: self.publisher.to_string(),
            title: String::new(),
            made_ms: 0,
            indicators: Vec::new(),
            sightings: Vec::new(),
            reports: Vec::new(),
        };
        match &note.entry.body {
            ContentBody::IndicatorPublished(said) => {
                let as_published = gather::indicators(note, said, self.operation, &|_| None);
                // The version that says it was withdrawn comes when the withdrawal does.
                for one in &as_published {
                    let Some(withdrawal) = self.withdrawals.of_value(note, &one.value) else {
                        continue;
                    };
                    let mut revoked = one.clone();
                    revoked.withdrawn_ms = Some(withdrawal.wall_ms);
                    let revoked = Material {
                        indicators: vec![revoked],
                        ..material.clone()
                    };
                    take(&revoked, ((self.came)(&withdrawal), withdrawal.at), made);
                }
                material.indicators = as_published;
            }
            ContentBody::SightingCounted(_) => material.sightings = gather::sightings(note),
            _ => material.reports = gather::report(note, &self.resting).into_iter().collect(),
        }
        take(&material, stand, made);
    }
}

fn shape<'a>(note: &Note<'a>) -> Shape<'a> {
    let technique = |label: &&'a str| label.starts_with('T');
    let (protected, techniques) = match &note.entry.body {
        ContentBody::IndicatorPublished(said) => (
            said.source_protected,
            said.indicators
                .iter()
                .flat_map(|one| &one.labels)
                .map(String::as_str)
                .filter(technique)
                .collect(),
        ),
        ContentBody::ReportPublished(said) => (
            said.source_protected,
            said.techniques.iter().map(String::as_str).collect(),
        ),
        ContentBody::LeadReferred(said) => (said.source_protected, BTreeSet::new()),
        _ => (false, BTreeSet::new()),
    };
    let org = (!protected).then_some(&note.ledger.org);
    (org, note.entry.marking.tlp, techniques)
}

/// Adds the objects of a note; one that others brought before keeps the earliest place.
fn take(material: &Material, stand: Stand, made: &mut Made) {
    for object in stix_objects(material) {
        let text = |name: &str| object.get(name).and_then(Value::as_str);
        let id = text("id").unwrap_or_default().to_owned();
        let version = text("modified")
            .or_else(|| text("created"))
            .unwrap_or_default()
            .to_owned();
        let known = made.entry((id.clone(), version.clone())).or_insert(TaxiiObject {
            id,
            version,
            added_ms: stand.0,
            object,
            with: stand.1,
        });
        (known.added_ms, known.with) = known.stand().min(stand);
    }
}

/// The objects that pass the filters of TAXII 2.1, section 3.4, after a place and up to a stand.
fn chosen<'m>(
    made: &'m Made,
    asked: &TaxiiAsked,
    after: Option<&Place>,
    to: Option<Stand>,
) -> Vec<&'m TaxiiObject> {
    let last = [Versions::Last];
    let versions_asked = if asked.versions.is_empty() {
        last.as_slice()
    } else {
        asked.versions.as_slice()
    };
    // By identifier and then version: those of one object stand together, the earliest first.
    let mut all = made.values().peekable();
    let mut before: Option<&str> = None;
    let mut found = Vec::new();
    while let Some(one) = all.next() {
        let is_first = before != Some(one.id.as_str());
        let is_last = all.peek().is_none_or(|next| next.id != one.id);
        before = Some(one.id.as_str());
        let version = versions_asked.iter().any(|wanted| match wanted {
            Versions::All => true,
            Versions::Last => is_last,
            Versions::First => is_first,
            Versions::At(text) => *text == one.version,
        });
        let kind = one.id.split("--").next().unwrap_or_default();
        let passes = version
            && (asked.ids.is_empty() || asked.ids.contains(&one.id))
            && (asked.types.is_empty() || asked.types.iter().any(|wanted| wanted == kind))
            && (asked.spec_versions.is_empty() || asked.spec_versions.iter().any(|wanted| wanted == "2.1"))
            && asked.added_after_ms.is_none_or(|after| one.added_ms > after)
            && to.is_none_or(|to| one.stand() <= to)
            && after.is_none_or(|after| one.place() > *after);
        if passes {
            found.push(one);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use accord_model::LedgerId;

    use super::*;

    fn with(seq: u64) -> EntryRef {
        EntryRef {
            ledger: LedgerId([7; 16]),
            seq,
        }
    }

    fn all() -> Made {
        let mut made = Made::new();
        for (id, version, added_ms) in [
            ("indicator--a", "1", 10),
            ("report--b", "1", 20),
            ("indicator--a", "2", 30),
        ] {
            let object = TaxiiObject {
                id: id.into(),
                version: version.into(),
                added_ms,
                object: Value::Null,
                with: with(added_ms),
            };
            made.insert((id.into(), version.into()), object);
        }
        made
    }

    fn check(asked: &TaxiiAsked, after: Option<&Place>, expected: &[(&str, &str)]) {
        let made = all();
        let mut chosen = chosen(&made, asked, after, None);
        chosen.sort_unstable_by_key(|one| one.place());
        let found: Vec<(&str, &str)> = chosen
            .iter()
            .map(|one| (one.id.as_str(), one.version.as_str()))
            .collect();
        assert_eq!(found, expected, "{asked:?}");
    }

    #[test]
    fn filters() {
        let asked = TaxiiAsked::default;
        check(&asked(), None, &[("report--b", "1"), ("indicator--a", "2")]);
        let versions = |versions| TaxiiAsked { versions, ..asked() };
        check(
            &versions(vec![Versions::First]),
            None,
            &[("indicator--a", "1"), ("report--b", "1")],
        );
        let every = [("indicator--a", "1"), ("report--b", "1"), ("indicator--a", "2")];
        check(&versions(vec![Versions::All]), None, &every);
        check(
            &versions(vec![Versions::At("1".into())]),
            None,
            &[("indicator--a", "1"), ("report--b", "1")],
        );
        check(&versions(vec![Versions::First, Versions::Last]), None, &every);
        let types = TaxiiAsked {
            types: vec!["report".into()],
            ..asked()
        };
        check(&types, None, &[("report--b", "1")]);
        let ids = TaxiiAsked {
            ids: vec!["indicator--a".into()],
            ..asked()
        };
        check(&ids, None, &[("indicator--a", "2")]);
        let after = TaxiiAsked {
            added_after_ms: Some(20),
            ..asked()
        };
        check(&after, None, &[("indicator--a", "2")]);
        let other = TaxiiAsked {
            spec_versions: vec!["2.0".into()],
            ..asked()
        };
        check(&other, None, &[]);
    }

    #[test]
    fn where_a_page_ends() {
        let end = Place {
            stand: (20, with(20)),
            id: "report--b".into(),
            version: "1".into(),
        };
        assert_eq!(Place::read(&end.text()), Some(end.clone()));
        check(&TaxiiAsked::default(), Some(&end), &[("indicator--a", "2")]);
        assert_eq!(Place::read("zz"), None);
        assert_eq!(Place::read(&hex::encode("x|y")), None);
    }
}
