//! Who looked at what others shared with this organisation, so that each of them can be told of every look at what
//! is theirs.
//!
//! A look is a person, a note of another organisation, a way (read, searched, exported, downloaded) and a day: the
//! first time that day is kept. A node tells the owner of a note, and nobody else, of the looks at it; they are
//! counted for each owner apart, so that the count says nothing of other cases. The owner keeps what it is told
//! beside the note: it is the other organisation's word.
//!
//! Whoever shows content of a note to a person says so to [`Node::looked`]: all that one answer shows at once, and after
//! the state was let go, which that call takes anew. What is merely counted, or said by a reference alone, was not
//! looked at. Where one thing is said by many notes and shown once (a value that two cases share), the first note of
//! each organisation stands for it ([`SaidBy`]).
//!
//! Deliberately absent: looks at one's own notes (the access log), and names (a person is a random id; their
//! organisation says the name where the agreement lets it).

mod told;

use std::collections::{BTreeMap, BTreeSet};

use accord_model::{EntryRef, OrgName, PersonId, SpaceId};
use accord_store::{Batch, Store};
use serde::{Deserialize, Serialize};

use crate::error::{Result, ServiceError};
use crate::journal::{Body, Space, State};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

/// The documents of looks here at what others shared.
const LOOKS: &str = "looks";
/// The documents of looks elsewhere at what this organisation shared.
const LOOKS_AT_OURS: &str = "looks-at-ours";
/// Most looks in one page.
pub const LOOKS_PAGE: usize = 200;
const DAY_MS: u64 = 86_400_000;

/// In which way somebody looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// On a page or through the API.
    Read,
    /// As an answer to a search.
    Searched,
    /// In a file made for other programs.
    Exported,
    /// As the file itself.
    Downloaded,
    /// Who a victim is, under a grant: every look of these is told, not the first of a day.
    Opened,
}

impl Way {
    /// The first in their order.
    const FIRST: Self = Self::Read;

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Searched => "searched",
            Self::Exported => "exported",
            Self::Downloaded => "downloaded",
            Self::Opened => "opened",
        }
    }

    fn of(word: &str) -> Option<Self> {
        [
            Self::Read,
            Self::Searched,
            Self::Exported,
            Self::Downloaded,
            Self::Opened,
        ]
        .into_iter()
        .find(|way| way.as_str() == word)
    }
}

/// The first look of one person at one note on one day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Look {
    pub at: EntryRef,
    pub by: PersonId,
    pub way: Way,
    pub when_ms: u64,
}

/// A look elsewhere at something of ours, as shown.
#[derive(Debug, Clone, Serialize)]
pub struct LookView {
    /// At which note.
    pub at: EntryRef,
    /// Its case.
    pub case: SpaceId,
    /// Its one line.
    pub title: String,
    /// Whose person looked.
    pub org: OrgName,
    /// The person's id.
    pub by: PersonId,
    /// Their name, where it was shared.
    pub name: Option<String>,
    /// In which way.
    pub way: Way,
    /// The first time that day, ms UTC, by their node's clock.
    pub when_ms: u64,
}

/// The notes that stand for one thing that is shown: the first of each ledger that says it.
#[derive(Debug, Clone, Default)]
pub(crate) struct SaidBy(Vec<EntryRef>);

impl SaidBy {
    /// Takes in a note, in causal order.
    pub fn add(&mut self, at: EntryRef) {
        if !self.0.iter().any(|known| known.ledger == at.ledger) {
            self.0.push(at);
        }
    }

    /// The notes.
    pub fn notes(&self) -> impl Iterator<Item = EntryRef> + '_ {
        self.0.iter().copied()
    }
}

/// The looks that a node knows.
#[derive(Debug, Default)]
pub(crate) struct Looks {
    /// Here, by the owner of what was looked at, in the order in which they are told.
    here: BTreeMap<OrgName, Vec<Look>>,
    /// What of it is there already.
    days: BTreeSet<(EntryRef, PersonId, Way, u64)>,
    /// Elsewhere at ours, by who told, in the order told.
    told: BTreeMap<OrgName, Vec<Look>>,
}

impl Looks {
    /// Reads them from the store.
    pub async fn load(store: &Store) -> Result<Self> {
        let mut looks = Self::default();
        // Keys are an organisation and a number of ten digits: in their order.
        let mut kept = store.documents::<Look>(LOOKS).await?;
        kept.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (key, look) in kept {
            let org = owner_of(&key)?;
            looks.remember(&org, look);
        }
        let mut told = store.documents::<Look>(LOOKS_AT_OURS).await?;
        told.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (key, look) in told {
            looks.told.entry(owner_of(&key)?).or_default().push(look);
        }
        Ok(looks)
    }

    fn remember(&mut self, owner: &OrgName, look: Look) {
        self.days
            .insert((look.at, look.by, look.way, look.when_ms / DAY_MS));
        self.here.entry(owner.clone()).or_default().push(look);
    }

    /// Keeps a look at what an organisation shared.
    pub fn add(&mut self, batch: &mut Batch, owner: &OrgName, look: Look) {
        let number = self.here.get(owner).map_or(0, Vec::len);
        batch.document(LOOKS, &key_of(owner, number), &look);
        self.remember(owner, look);
    }

    /// How many looks there are at what an organisation shared.
    pub fn count_of(&self, owner: &OrgName) -> u64 {
        self.here.get(owner).map_or(0, |looks| looks.len() as u64)
    }

    /// Whether a person here ever looked at a note of another organisation.
    pub fn has_looked(&self, at: EntryRef, person: PersonId) -> bool {
        let from = (at, person, Way::FIRST, 0);
        let first = self.days.range(from..).next();
        first.is_some_and(|(seen, by, ..)| (*seen, *by) == (at, person))
    }

    /// How many looks an organisation has told of.
    pub fn told_by(&self, org: &OrgName) -> u64 {
        self.told.get(org).map_or(0, |looks| looks.len() as u64)
    }
}

fn key_of(org: &OrgName, number: usize) -> String {
    format!("{org}/{number:010}")
}

fn owner_of(key: &str) -> Result<OrgName> {
    key.rsplit_once('/')
        .and_then(|(org, _)| org.parse().ok())
        .ok_or_else(|| ServiceError::Unexplained(format!("a look is kept under {key:?}")))
}

impl Node {
    /// Keeps that a person looked at notes; of each note of another organisation the first look of the day.
    pub(crate) async fn looked(
        &self,
        who: &SignedIn,
        way: Way,
        seen: impl IntoIterator<Item = EntryRef>,
    ) -> Result<()> {
        let now_ms = self.now_ms();
        let new: Vec<(OrgName, EntryRef)> = {
            let state = self.read().await?;
            let is_new = |at: &EntryRef| {
                !state
                    .looks
                    .days
                    .contains(&(*at, who.person, way, now_ms / DAY_MS))
            };
            let foreign = |at: EntryRef| match state.entry(at)? {
                (ledger, _, Body::Content(_)) if !ledger.own => Some((ledger.org.clone(), at)),
                _ => None,
            };
            let distinct: BTreeSet<EntryRef> = seen.into_iter().collect();
            distinct.into_iter().filter(is_new).filter_map(foreign).collect()
        };
        if new.is_empty() {
            return Ok(());
        }
        self.act(|state, batch, _| {
            for (owner, at) in new {
                let look = Look {
                    at,
                    by: who.person,
                    way,
                    when_ms: now_ms,
                };
                state.looks.add(batch, &owner, look);
            }
            Ok(())
        })
        .await
    }

    /// What others did with what this organisation shared, newest first, for its auditor: one page, and where to go
    /// on. Titles are content, and stay empty.
    pub async fn looks_at_ours(
        &self,
        who: &SignedIn,
        before: Option<usize>,
    ) -> Result<(Vec<LookView>, Option<usize>)> {
        Act::Audit.ask(who)?;
        let state = self.read().await?;
        let told = state.looks.told.iter();
        let mut all: Vec<(&OrgName, &Look)> = told
            .flat_map(|(org, looks)| looks.iter().map(move |look| (org, look)))
            .collect();
        all.sort_by_key(|(org, look)| (look.when_ms, (*org).clone(), (*look).clone()));
        let end = before.unwrap_or(all.len()).min(all.len());
        let start = end.saturating_sub(LOOKS_PAGE);
        let page = all.get(start..end).unwrap_or_default().iter().rev();
        let views = page.filter_map(|(org, look)| {
            let mut view = view(&state, org, look)?;
            view.title = String::new();
            view.name = None;
            Some(view)
        });
        Ok((views.collect(), (start > 0).then_some(start)))
    }

    /// Who elsewhere looked at a note of this organisation, newest first, for the people of its case.
    pub async fn looks_at(&self, who: &SignedIn, case: SpaceId, at: EntryRef) -> Result<Vec<LookView>> {
        let state = self.read().await?;
        let space = self.case_within(&state, who, case)?;
        self.readable(&state, space, who, at)?;
        let own = state
            .entry(at)
            .filter(|(ledger, ..)| ledger.own && ledger.space == space.id);
        own.ok_or(ServiceError::NotFound("note"))?;
        Ok(looks_told(&state, space, at))
    }
}

/// The looks elsewhere at a note of this organisation, newest first, with the names that were shared on its case.
pub(crate) fn looks_told(state: &State, space: &Space, at: EntryRef) -> Vec<LookView> {
    let names = crate::views::names(state, space);
    let told = state.looks.told.iter();
    let mut views: Vec<LookView> = told
        .flat_map(|(org, looks)| looks.iter().map(move |look| (org, look)))
        .filter(|(_, look)| look.at == at)
        .filter_map(|(org, look)| view(state, org, look))
        .map(|view| LookView {
            name: names.get(&view.by).cloned(),
            ..view
        })
        .collect();
    views.sort_by_key(|view| (std::cmp::Reverse(view.when_ms), view.org.clone(), view.by));
    views
}

fn view(state: &State, org: &OrgName, look: &Look) -> Option<LookView> {
    let (ledger, _, body) = state.entry(look.at)?;
    let title = match body {
        Body::Content(entry) => entry.title.clone(),
        _ => String::new(),
    };
    Some(LookView {
        at: look.at,
        case: ledger.space,
        title,
        org: org.clone(),
        by: look.by,
        name: None,
        way: look.way,
        when_ms: look.when_ms,
    })
}
