//! What an organisation sees by TAXII: a collection for each case that it is a party of, and one for the agreement, of
//! what this organisation released to it.
//!
//! Looking is also when the agreement is asked about what was written since: what it says yes to is released and
//! recorded with its clause, as it is when a peer's node pulls.

use std::collections::BTreeSet;

use accord_model::control::SpaceKind;
use accord_model::{AgreementDigest, EntryRef, OrgName, SpaceId};
use accord_store::Batch;

use super::accounts::TaxiiCaller;
use super::course::{self, Course, Place, TaxiiObject};
use super::gather;
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
            let open = match known.kind {
                // What is open is kept for cases.
                SpaceKind::Case => {
                    let open = state.open.of(space, to);
                    let open = open.filter(|(alike, _)| gather::is_intelligence(alike.kind));
                    Some(
                        open.flat_map(|(_, notes)| notes)
                            .copied()
                            .collect::<BTreeSet<EntryRef>>(),
                    )
                }
                SpaceKind::Agreement => None,
            };
            if open.as_ref().is_some_and(BTreeSet::is_empty) {
                return Ok(());
            }
            let unreleased = gather::notes(state, known, &|at, ledger, entry| {
                open.as_ref().is_none_or(|open| open.contains(&at))
                    && ledger.own
                    && entry.to.includes(to)
                    && !state.released.contains_key(&(at, to.clone()))
            });
            unreleased.iter().map(|note| note.at).collect()
        };
        for at in waiting {
            self.release(state, batch, at, to, &Circumstances::default())?;
        }
        Ok(())
    }

    /// The notes of a space that an organisation may have, in the order in which they came to it.
    fn course<'a>(&'a self, state: &'a State, space: &'a Space, org: &'a OrgName) -> Course<'a> {
        let governing = state.governing(space, self.now_ms());
        let stands = governing
            .is_some_and(|(agreement, standing)| standing.in_force() && agreement.party(org).is_some());
        if !stands || !space.is_party(org) {
            return Course::new(state, space, (&self.config.org, org), &[]);
        }
        let in_order = space.made.course.get(
            space.version_of(gather::is_intelligence),
            (org.clone(), state.releases.len()),
            |_| true,
            || {
                let released = |at: EntryRef| state.released.contains_key(&(at, org.clone()));
                let notes = gather::notes(state, space, &|at, ledger, _| ledger.own && released(at));
                course::in_order(state, org, &notes)
            },
        );
        Course::new(state, space, (&self.config.org, org), &in_order)
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
            Place::read(text)
                .ok_or_else(|| ServiceError::invalid("next", "it is not one that this server gave"))
        });
        let after = after.transpose()?;
        let limit = asked.limit.clamp(1, TAXII_PAGE_MAX);
        self.act(|state, batch, log| {
            let collection = self.taxii_space(state, caller, place)?;
            self.release_intelligence(state, batch, collection.space, &caller.org)?;
            let space = state
                .spaces
                .get(&collection.space)
                .ok_or(ServiceError::NotFound("collection"))?;
            let course = self.course(state, space, &caller.org);
            let (objects, next) = course.page(asked, after.as_ref(), limit);
            log.service(
                batch,
                &caller.account,
                &caller.org,
                what,
                &format!("{}: {} objects", collection.space, objects.len()),
            );
            Ok(TaxiiPage {
                next: next.map(|place| place.text()),
                objects,
            })
        })
        .await
    }
}

impl TaxiiCollection {
    pub(super) fn space(&self) -> SpaceId {
        self.space
    }
}
