//! What an organisation sees by TAXII: a collection for each case that it is a party of, and one for the agreement, of
//! what this organisation released to it.
//!
//! Looking is also when the agreement is asked about what was written since: what it says yes to is released and
//! recorded with its clause, as it is when a peer's node pulls.

use std::collections::BTreeMap;

use accord_formats::export::{Material, rfc3339, stix_objects};
use accord_model::content::ContentBody;
use accord_model::control::SpaceKind;
use accord_model::{AgreementDigest, EntryRef, OrgName, SpaceId};
use accord_store::Batch;
use serde_json::Value;

use super::accounts::TaxiiCaller;
use super::gather::{self, Note, Withdrawals};
use crate::error::{Result, ServiceError};
use crate::journal::{Space, State};
use crate::node::Node;
use crate::release::Circumstances;

/// Most objects of one page.
pub const TAXII_PAGE_MAX: usize = 1_000;

/// An agreement as an api root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxiiRoot {
    /// The agreement.
    pub agreement: AgreementDigest,
    /// Its title.
    pub title: String,
}

/// A collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxiiCollection {
    /// Its identifier.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What is in it.
    pub description: String,
    /// Whether the caller may add to it.
    pub can_write: bool,
    /// The space that it shows.
    space: SpaceId,
}

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
}

/// Which versions are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Versions {
    /// The latest.
    Last,
    /// The earliest.
    First,
    /// Every one.
    All,
    /// This one.
    At(String),
}

/// What is asked of a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxiiAsked {
    /// Only what came after this, ms UTC.
    pub added_after_ms: Option<u64>,
    /// Only these identifiers; empty: all.
    pub ids: Vec<String>,
    /// Only these types; empty: all.
    pub types: Vec<String>,
    /// Which versions; empty: the latest.
    pub versions: Vec<Versions>,
    /// Only these versions of the specification; empty: any.
    pub spec_versions: Vec<String>,
    /// At most so many.
    pub limit: usize,
    /// Go on after this, as a page before said.
    pub next: Option<String>,
}

impl Default for TaxiiAsked {
    fn default() -> Self {
        Self {
            added_after_ms: None,
            ids: Vec::new(),
            types: Vec::new(),
            versions: Vec::new(),
            spec_versions: Vec::new(),
            limit: TAXII_PAGE_MAX,
            next: None,
        }
    }
}

/// One page of a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxiiPage {
    /// Its objects, in the order in which they came.
    pub objects: Vec<TaxiiObject>,
    /// Where to go on, if there is more.
    pub next: Option<String>,
}

/// Sixteen bytes as a UUID is written.
pub(super) fn uuid(bytes: &[u8]) -> String {
    let hex = hex::encode(bytes);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}

/// Where a page ends: after this object.
fn mark(object: &TaxiiObject) -> String {
    let text = format!("{}|{}|{}", object.added_ms, object.id, object.version);
    hex::encode(text)
}

fn read_mark(text: &str) -> Option<(u64, String, String)> {
    let text = String::from_utf8(hex::decode(text).ok()?).ok()?;
    let mut parts = text.splitn(3, '|');
    let added = parts.next()?.parse().ok()?;
    Some((added, parts.next()?.to_owned(), parts.next()?.to_owned()))
}

impl Node {
    /// The agreements in force between this organisation and the caller's.
    fn roots_of<'a>(
        &'a self,
        state: &'a State,
        org: &'a OrgName,
    ) -> impl Iterator<Item = (AgreementDigest, &'a accord_model::agreement::Agreement)> + 'a {
        state.agreements().filter(move |(digest, agreement)| {
            agreement.party(org).is_some()
                && agreement.party(&self.config.org).is_some()
                && state
                    .standing(*digest, self.now_ms())
                    .is_some_and(|standing| standing.in_force())
        })
    }

    /// The api roots of a caller: the agreements in force with their organisation.
    pub async fn taxii_roots(&self, caller: &TaxiiCaller) -> Result<Vec<TaxiiRoot>> {
        let state = self.read().await?;
        let roots = self
            .roots_of(&state, &caller.org)
            .map(|(digest, agreement)| TaxiiRoot {
                agreement: digest,
                title: agreement.terms().title.clone(),
            });
        Ok(roots.collect())
    }

    fn collections_in(
        &self,
        state: &State,
        caller: &TaxiiCaller,
        root: AgreementDigest,
    ) -> Result<Vec<TaxiiCollection>> {
        let known = self
            .roots_of(state, &caller.org)
            .find(|(digest, _)| *digest == root);
        let (_, agreement) = known.ok_or(ServiceError::NotFound("api root"))?;
        let mut all = Vec::new();
        let home = state.agreement_home(root, &self.config.org);
        if let Some(space) = home.filter(|space| space.is_party(&caller.org)) {
            all.push(TaxiiCollection {
                id: uuid(&space.id.0),
                title: agreement.terms().title.clone(),
                description: "Leads under the agreement, before there is a case.".to_owned(),
                can_write: false,
                space: space.id,
            });
        }
        let cases = state.spaces.values().filter(|space| {
            space.kind == SpaceKind::Case && space.agreement == Some(root) && space.is_party(&caller.org)
        });
        for space in cases {
            let Some(opened) = space.control.case() else {
                continue;
            };
            all.push(TaxiiCollection {
                id: uuid(&space.id.0),
                title: format!("Operation {}", opened.case.operation),
                description: format!("What {} released to you on this case.", self.config.org),
                can_write: caller.writes,
                space: space.id,
            });
        }
        Ok(all)
    }

    /// The collections of an api root, those of cases by their id.
    pub async fn taxii_collections(
        &self,
        caller: &TaxiiCaller,
        root: AgreementDigest,
    ) -> Result<Vec<TaxiiCollection>> {
        let state = self.read().await?;
        self.collections_in(&state, caller, root)
    }

    /// The space of a collection.
    pub(super) fn taxii_space(
        &self,
        state: &State,
        caller: &TaxiiCaller,
        (root, collection): (AgreementDigest, &str),
    ) -> Result<TaxiiCollection> {
        let all = self.collections_in(state, caller, root)?;
        let found = all.into_iter().find(|known| known.id == collection);
        found.ok_or(ServiceError::NotFound("collection"))
    }

    /// What a caller may have of a space, every object in every version.
    fn taxii_objects_in(&self, state: &State, space: &Space, org: &OrgName) -> Vec<TaxiiObject> {
        let notes = gather::notes(state, space, &|at, ledger, _| {
            ledger.own && self.payload_for(state, at, org).is_some()
        });
        let added = |note: &Note<'_>| state.released_ms(note.at, org).unwrap_or(note.wall_ms);
        let withdrawals = Withdrawals::of(&notes);
        let operation = space
            .control
            .case()
            .map_or("", |opened| opened.case.operation.as_str());
        let mut all: BTreeMap<(String, String), TaxiiObject> = BTreeMap::new();
        let mut take = |material: &Material, added_ms: u64| {
            for object in stix_objects(material) {
                let text = |name: &str| object.get(name).and_then(Value::as_str);
                let id = text("id").unwrap_or_default().to_owned();
                let version = text("modified")
                    .or_else(|| text("created"))
                    .unwrap_or_default()
                    .to_owned();
                let known = all.entry((id.clone(), version.clone())).or_insert(TaxiiObject {
                    id,
                    version,
                    added_ms,
                    object,
                });
                known.added_ms = known.added_ms.min(added_ms);
            }
        };
        let empty = Material {
            publisher: self.config.org.to_string(),
            title: String::new(),
            made_ms: 0,
            indicators: Vec::new(),
            sightings: Vec::new(),
            reports: Vec::new(),
        };
        for note in &notes {
            let mut material = empty.clone();
            match &note.entry.body {
                ContentBody::IndicatorPublished(said) => {
                    material.indicators = gather::indicators(note, said, operation, &|_| None);
                    // The version that says it was withdrawn comes when the withdrawal does.
                    for one in &said.indicators {
                        let Some(withdrawal) = withdrawals.of_value(note, &one.value) else {
                            continue;
                        };
                        let mut only = said.clone();
                        only.indicators = vec![one.clone()];
                        let revoked = Material {
                            indicators: gather::indicators(note, &only, operation, &|_| {
                                Some(withdrawal.wall_ms)
                            }),
                            ..empty.clone()
                        };
                        take(&revoked, added(&withdrawal));
                    }
                }
                ContentBody::SightingCounted(_) => material.sightings = gather::sightings(note),
                _ => material.reports = gather::report(note, &notes).into_iter().collect(),
            }
            take(&material, added(note));
        }
        let mut all: Vec<TaxiiObject> = all.into_values().collect();
        all.sort_by(|a, b| (a.added_ms, &a.id, &a.version).cmp(&(b.added_ms, &b.id, &b.version)));
        all
    }

    /// Releases to an organisation what the agreement lets go of the intelligence of a space and has not yet been
    /// released: each decision is recorded with its clause.
    fn release_intelligence(
        &self,
        state: &mut State,
        batch: &mut Batch,
        space: SpaceId,
        to: &OrgName,
    ) -> Result<()> {
        let waiting: Vec<EntryRef> = {
            let Some(known) = state.spaces.get(&space).filter(|known| known.is_party(to)) else {
                return Ok(());
            };
            let unreleased = gather::notes(state, known, &|at, ledger, entry| {
                ledger.own && entry.to.includes(to) && !state.released.contains_key(&(at, to.clone()))
            });
            unreleased.iter().map(|note| note.at).collect()
        };
        for at in waiting {
            self.release(state, batch, at, to, &Circumstances::default())?;
        }
        Ok(())
    }

    /// One page of a collection. `what` is what the caller did, for the access log.
    pub async fn taxii_page(
        &self,
        caller: &TaxiiCaller,
        place: (AgreementDigest, &str),
        asked: &TaxiiAsked,
        what: &str,
    ) -> Result<TaxiiPage> {
        let after = asked.next.as_deref().map(|text| {
            read_mark(text)
                .ok_or_else(|| ServiceError::invalid("next", "it is not one that this server gave"))
        });
        let after = after.transpose()?;
        self.act(|state, batch, log| {
            let collection = self.taxii_space(state, caller, place)?;
            self.release_intelligence(state, batch, collection.space, &caller.org)?;
            let space = state
                .spaces
                .get(&collection.space)
                .ok_or(ServiceError::NotFound("collection"))?;
            let all = self.taxii_objects_in(state, space, &caller.org);
            let mut wanted = chosen(all, asked);
            if let Some((added, id, version)) = &after {
                wanted.retain(|one| {
                    (one.added_ms, one.id.as_str(), one.version.as_str())
                        > (*added, id.as_str(), version.as_str())
                });
            }
            let limit = asked.limit.clamp(1, TAXII_PAGE_MAX);
            let more = wanted.len() > limit;
            wanted.truncate(limit);
            log.service(
                batch,
                &caller.account,
                &caller.org,
                what,
                &format!("{}: {} objects", collection.space, wanted.len()),
            );
            Ok(TaxiiPage {
                next: wanted.last().filter(|_| more).map(mark),
                objects: wanted,
            })
        })
        .await
    }
}

/// The objects that pass the filters of TAXII 2.1, section 3.4.
fn chosen(all: Vec<TaxiiObject>, asked: &TaxiiAsked) -> Vec<TaxiiObject> {
    // Versions of one object, the earliest first.
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in &all {
        versions
            .entry(one.id.clone())
            .or_default()
            .push(one.version.clone());
    }
    for known in versions.values_mut() {
        known.sort_unstable();
    }
    let versions_asked = if asked.versions.is_empty() {
        vec![Versions::Last]
    } else {
        asked.versions.clone()
    };
    let mut all = all;
    all.retain(|one| {
        let known = versions.get(&one.id).map(Vec::as_slice).unwrap_or_default();
        let version = versions_asked.iter().any(|wanted| match wanted {
            Versions::All => true,
            Versions::Last => known.last() == Some(&one.version),
            Versions::First => known.first() == Some(&one.version),
            Versions::At(text) => *text == one.version,
        });
        let kind = one.id.split("--").next().unwrap_or_default();
        version
            && (asked.ids.is_empty() || asked.ids.contains(&one.id))
            && (asked.types.is_empty() || asked.types.iter().any(|wanted| wanted == kind))
            && (asked.spec_versions.is_empty() || asked.spec_versions.iter().any(|wanted| wanted == "2.1"))
            && asked.added_after_ms.is_none_or(|after| one.added_ms > after)
    });
    all
}

/// When an object came, as TAXII writes it.
impl TaxiiObject {
    /// RFC 3339, UTC.
    pub fn added(&self) -> String {
        rfc3339(self.added_ms)
    }
}

impl TaxiiCollection {
    pub(super) fn space(&self) -> SpaceId {
        self.space
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(id: &str, version: &str, added_ms: u64) -> TaxiiObject {
        TaxiiObject {
            id: id.into(),
            version: version.into(),
            added_ms,
            object: Value::Null,
        }
    }

    fn all() -> Vec<TaxiiObject> {
        vec![
            object("indicator--a", "1", 10),
            object("report--b", "1", 20),
            object("indicator--a", "2", 30),
        ]
    }

    fn check(asked: TaxiiAsked, expected: &[(&str, &str)]) {
        let chosen = chosen(all(), &asked);
        let found: Vec<(&str, &str)> = chosen
            .iter()
            .map(|one| (one.id.as_str(), one.version.as_str()))
            .collect();
        assert_eq!(found, expected, "{asked:?}");
    }

    #[test]
    fn filters() {
        let asked = TaxiiAsked::default;
        check(asked(), &[("report--b", "1"), ("indicator--a", "2")]);
        let versions = |versions| TaxiiAsked { versions, ..asked() };
        check(
            versions(vec![Versions::First]),
            &[("indicator--a", "1"), ("report--b", "1")],
        );
        check(
            versions(vec![Versions::All]),
            &[("indicator--a", "1"), ("report--b", "1"), ("indicator--a", "2")],
        );
        check(
            versions(vec![Versions::At("1".into())]),
            &[("indicator--a", "1"), ("report--b", "1")],
        );
        check(
            versions(vec![Versions::First, Versions::Last]),
            &[("indicator--a", "1"), ("report--b", "1"), ("indicator--a", "2")],
        );
        check(
            TaxiiAsked {
                types: vec!["report".into()],
                ..asked()
            },
            &[("report--b", "1")],
        );
        check(
            TaxiiAsked {
                ids: vec!["indicator--a".into()],
                ..asked()
            },
            &[("indicator--a", "2")],
        );
        check(
            TaxiiAsked {
                added_after_ms: Some(20),
                ..asked()
            },
            &[("indicator--a", "2")],
        );
        check(
            TaxiiAsked {
                spec_versions: vec!["2.0".into()],
                ..asked()
            },
            &[],
        );
    }

    #[test]
    fn where_a_page_ends() {
        let end = object("indicator--a", "2026-11-02T09:00:00.000Z", 30);
        assert_eq!(
            read_mark(&mark(&end)),
            Some((30, "indicator--a".into(), "2026-11-02T09:00:00.000Z".into()))
        );
        assert_eq!(read_mark("zz"), None);
        assert_eq!(read_mark(&hex::encode("x|y")), None);
    }
}
