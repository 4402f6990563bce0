//! What links say of one value, for its look-up; and the links of a case.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use accord_matcher::Pattern;
use accord_model::content::links::{Link, Links};
use accord_model::control::SpaceKind;
use accord_model::{Category, EntryRef, OrgName, SpaceId};
use serde::Serialize;

use super::judged::{ClearedView, Judge, LinkView, REASONS_MAX, links_of, stronger};
use super::rules::{Apart, pattern_of, tells_whole};
use crate::error::{Result, ServiceError};
use crate::journal::{Space, State};
use crate::looks::Way;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::protection::{Compiled, LookedUp};

/// Most links shown of one value, and of one case.
pub const LINKS_SHOWN: usize = 50;

/// What a value was seen with, and what that says of it.
#[derive(Debug, Clone, Serialize)]
pub struct Linked {
    /// Its canonical text.
    pub value: String,
    /// The strongest of what is done about the values it was seen with: `none`, `detect` or `block`. Nothing is served
    /// because of it.
    pub verdict: &'static str,
    /// Why, in words.
    pub because: Vec<String>,
    /// Why links say nothing of it, and it nothing of others, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub apart: Option<String>,
    /// Who cleared it, case by case.
    pub cleared: Vec<ClearedView>,
    /// Its links, and of a name or an address those of the URLs on it, which say nothing of it: those that say something
    /// first, of these those seen last, at most [`LINKS_SHOWN`].
    pub links: Vec<LinkView>,
    /// How many there are, in the cases that the person sees.
    pub total: usize,
}

/// The links of a case.
#[derive(Debug, Clone, Serialize)]
pub struct CaseLinks {
    /// Those said last first, at most [`LINKS_SHOWN`].
    pub links: Vec<LinkView>,
    /// How many there are.
    pub total: usize,
    /// How many more organisations said that count for nothing, past what one may say.
    pub left_out: usize,
}

/// Links of a case that are shown.
struct Chosen<'a> {
    space: &'a Space,
    links: Arc<Links>,
    of_value: Option<&'a str>,
    most: usize,
}

/// A share for each organisation, so that nobody hides another's.
fn shared<'l>(links: impl Iterator<Item = &'l Link>, most: usize) -> impl Iterator<Item = &'l Link> {
    let mut of_org: BTreeMap<&OrgName, usize> = BTreeMap::new();
    links.filter(move |link| {
        link.by.iter().any(|by| {
            let taken = of_org.entry(&by.org).or_default();
            *taken += 1;
            *taken <= most
        })
    })
}

impl Chosen<'_> {
    fn each(&self) -> Box<dyn Iterator<Item = &Link> + '_> {
        match self.of_value {
            // Links of the URLs on it have a share of their own: however many there are, what says something of it is weighed.
            Some(value) => {
                let own = shared(self.links.of(value), self.most);
                Box::new(own.chain(shared(self.links.of_urls_on(value), self.most)))
            }
            None => Box::new(self.links.all.iter().rev().take(self.most)),
        }
    }
}

impl Linked {
    /// The same as rows of a look-up, one a case, and the notes that say so; none where no link says anything.
    pub(crate) fn looked_up(&self) -> (Vec<LookedUp>, BTreeSet<EntryRef>) {
        let mut rows: BTreeMap<SpaceId, LookedUp> = BTreeMap::new();
        let mut said_in = BTreeSet::new();
        for link in &self.links {
            let this = link.values.iter().find(|one| one.value == self.value);
            let Some(this) = this.filter(|one| !one.because.is_empty()) else {
                continue;
            };
            said_in.extend(&link.said_in);
            let row = rows.entry(link.case).or_insert_with(|| LookedUp {
                indicator: self.value.clone(),
                how: "link".to_owned(),
                labels: Vec::new(),
                cases: vec![link.case],
                audiences: BTreeMap::new(),
                sources: Vec::new(),
                because: Vec::new(),
            });
            for why in &this.because {
                if row.because.len() < REASONS_MAX && !row.because.contains(why) {
                    row.because.push(why.clone());
                }
            }
        }
        (rows.into_values().collect(), said_in)
    }
}

impl Node {
    /// Links with everything that is known of their values, those seen last first.
    fn judged(
        &self,
        compiled: &Compiled,
        state: &State,
        who: &SignedIn,
        chosen: &[Chosen<'_>],
    ) -> Vec<LinkView> {
        let values: BTreeSet<&str> = chosen
            .iter()
            .flat_map(Chosen::each)
            .flat_map(|link| link.values.iter().map(String::as_str))
            .collect();
        if values.is_empty() {
            return Vec::new();
        }
        let patterns: Vec<Pattern> = values.into_iter().filter_map(pattern_of).collect();
        let words = self.words_on(compiled, state, who, &patterns);
        let whole = tells_whole(who);
        let apart = Apart::of(state, self.feed_guard(state), self.now_ms(), whole);
        let mut views: Vec<LinkView> = Vec::new();
        for one in chosen {
            let sight = self.sight(one.space, who);
            let listed = sight.is_some_and(|sight| sight.reads(Category::Indicator));
            let listed = listed.then_some(compiled);
            let judge = Judge::of((state, one.space), &one.links, &apart, &words, listed);
            views.extend(one.each().map(|link| judge.link(link)));
        }
        views.sort_by_key(|view| Reverse(view.last_ms));
        views
    }

    /// What links say of a canonical value, of the cases whose sightings the person sees.
    pub(crate) fn linked_in(
        &self,
        compiled: &Compiled,
        state: &State,
        who: &SignedIn,
        value: &str,
    ) -> Linked {
        let cases = state
            .spaces
            .values()
            .filter(|space| space.kind == SpaceKind::Case);
        let seen = cases.filter(|space| {
            let sight = self.sight(space, who);
            sight.is_some_and(|sight| sight.reads(Category::Sighting))
        });
        let chosen: Vec<Chosen<'_>> = seen
            .map(|space| Chosen {
                space,
                links: links_of(state, space),
                of_value: Some(value),
                most: LINKS_SHOWN,
            })
            .collect();
        let total = |one: &Chosen<'_>| one.links.of(value).count() + one.links.of_urls_on(value).count();
        let total = chosen.iter().map(total).sum();
        let mut links = self.judged(compiled, state, who, &chosen);
        let says = |link: &LinkView| {
            let this = link.values.iter().find(|one| one.value == value);
            this.is_some_and(|one| !one.because.is_empty())
        };
        links.sort_by_key(|link| (!says(link), Reverse(link.last_ms)));
        let mut linked = Linked {
            value: value.to_owned(),
            verdict: "none",
            because: Vec::new(),
            apart: None,
            cleared: Vec::new(),
            links: Vec::new(),
            total,
        };
        for this in links.iter().flat_map(|link| &link.values) {
            if this.value != value {
                continue;
            }
            linked.verdict = stronger(linked.verdict, this.by_link);
            for why in &this.because {
                if linked.because.len() < REASONS_MAX && !linked.because.contains(why) {
                    linked.because.push(why.clone());
                }
            }
            linked.apart = linked.apart.or_else(|| this.apart.clone());
            let known = |said: &ClearedView| linked.cleared.iter().any(|one| one.at == said.at);
            if let Some(said) = this.cleared.as_ref().filter(|said| !known(said)) {
                linked.cleared.push(said.clone());
            }
        }
        links.truncate(LINKS_SHOWN);
        linked.links = links;
        linked
    }

    /// What a value was seen with, and what that says of it, of the cases that the person sees.
    pub async fn linked(&self, who: &SignedIn, value: &str) -> Result<Linked> {
        Act::LookUp.ask(who)?;
        let pattern = Pattern::parse(value).map_err(|refusal| ServiceError::invalid("value", refusal))?;
        self.refresh_verdicts().await?;
        let linked = {
            let compiled = self.compiled.lock().await;
            let state = self.read().await?;
            self.linked_in(&compiled, &state, who, pattern.canonical())
        };
        let said_in = linked.links.iter().flat_map(|link| &link.said_in).copied();
        self.looked(who, Way::Searched, said_in.collect::<BTreeSet<_>>())
            .await?;
        Ok(linked)
    }

    /// The links of a case, at most so many.
    pub async fn case_links(&self, who: &SignedIn, case: SpaceId, most: usize) -> Result<CaseLinks> {
        self.refresh_verdicts().await?;
        let shown = {
            let compiled = self.compiled.lock().await;
            let state = self.read().await?;
            let (space, _) = self.case_with(&state, who, case, Category::Sighting)?;
            let chosen = Chosen {
                space,
                links: links_of(&state, space),
                of_value: None,
                most: most.min(LINKS_SHOWN),
            };
            let (total, left_out) = (chosen.links.all.len(), chosen.links.left_out);
            CaseLinks {
                links: self.judged(&compiled, &state, who, &[chosen]),
                total,
                left_out,
            }
        };
        let said_in = shown.links.iter().flat_map(|link| &link.said_in).copied();
        self.looked(who, Way::Read, said_in.collect::<BTreeSet<_>>())
            .await?;
        Ok(shown)
    }
}
