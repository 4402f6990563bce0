//! From the notes of the cases, and the feeds under them, to what each audience is served.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use accord_matcher::{Pattern, PatternKind};
use accord_model::content::indicators::{Verdict, indicators};
use accord_model::control::SpaceKind;
use accord_model::{Category, EntryKind, EntryRef, SpaceId, Tlp};
use accord_verdict::{Action, AudienceConfig, Listing, Note, Reader, Snapshots};
use serde::Serialize;

use super::Reach;
use crate::error::{Result, ServiceError};
use crate::feeds::{Layer, Parts, Provenance, Stamp, feeds_that_list};
use crate::journal::{Body, Space, State};
use crate::looks::Way;
use crate::made::{Version, new_version};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::reputation::tells_whole;
use crate::views::said_of;

/// More changes than this at once, and everything that an audience has is replaced.
const CHANGES_MAX: usize = 4 * accord_verdict::limits::LIVE_LAYER_LISTINGS;
/// The audience that nobody outside can ask: every indicator that stands, for this node's own people.
const INSIDE: &str = "inside";

/// What one case lists.
#[derive(Debug, Clone)]
struct Listed {
    /// The note that published it, and the one that says what is done.
    said_in: (EntryRef, Option<EntryRef>),
    pattern: Pattern,
    /// What a case officer says is done; none: it is known, and nothing is done.
    action: Option<Action>,
    labels: Arc<[String]>,
    publisher: Arc<str>,
    since_ms: u64,
    /// The stricter marking of the indicator and its verdict.
    marking: Tlp,
    /// The audiences that the verdict names; none: all.
    only: Arc<BTreeSet<String>>,
    /// Until when it is valid.
    until_ms: Option<u64>,
    /// How sure whoever published it is.
    confidence: Option<u8>,
}

#[derive(Debug)]
struct OfCase {
    /// Another one for every list.
    made: u64,
    version: Version,
    listed: Vec<Listed>,
    /// When the first of them ceases to be valid.
    due_ms: u64,
}

/// What was compiled last, so that only what changed is published.
#[derive(Debug, Default)]
pub(crate) struct Compiled {
    cases: BTreeMap<SpaceId, OfCase>,
    /// What the feeds list.
    feeds: Layer,
    /// Values about which the feeds say something else than is served.
    changed: BTreeSet<Pattern>,
    /// What each audience is served of the cases.
    served: BTreeMap<String, BTreeMap<Pattern, Note>>,
    /// In which cases an indicator is listed, by its canonical text.
    known: BTreeMap<String, BTreeSet<SpaceId>>,
    /// Whether all of this is served, to these audiences.
    is_served: bool,
    reaches: Vec<(String, Reach)>,
}

/// What this node knows of a value.
#[derive(Debug, Clone, Serialize)]
pub struct LookedUp {
    /// The indicator that hit it.
    pub indicator: String,
    /// How: `exact`, `parent` and so on.
    pub how: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// The cases that list it, of those this person sees.
    pub cases: Vec<SpaceId>,
    /// What each audience is served.
    pub audiences: BTreeMap<String, &'static str>,
    /// Who says so: feeds, and the notes of these cases.
    pub sources: Vec<Provenance>,
    /// Where nothing hits it but a link: what it was seen with, and what is done about that, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<String>,
}

/// What is done about a value, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WordOn {
    /// The indicator that hits the value.
    pub indicator: String,
    /// `detect` or `block`.
    pub verdict: &'static str,
    /// Who.
    pub by: WordBy,
}

/// Who says what is done about a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WordBy {
    /// A case, by these notes: the one that published it, and the verdict.
    Case(SpaceId, EntryRef, Option<EntryRef>),
    /// A feed of this node.
    Feed(String),
}

pub(crate) fn is_protection(kind: EntryKind) -> bool {
    matches!(
        kind,
        EntryKind::IndicatorPublished
            | EntryKind::IndicatorWithdrawn
            | EntryKind::VerdictDetect
            | EntryKind::VerdictBlock
    )
}

pub(super) fn marking_of(state: &State, at: EntryRef) -> Tlp {
    match state.entry(at) {
        Some((_, _, Body::Content(entry))) => entry.marking.tlp,
        // What cannot be read goes nowhere.
        _ => Tlp::Red,
    }
}

/// Where a value comes from that a note published. What is done about it is told where any of it is served.
fn provenance(state: &State, case: SpaceId, one: &Listed, served: bool, now_ms: u64) -> Provenance {
    use accord_model::content::ContentBody;
    let (at, _) = one.said_in;
    let (from, since_ms) = match state.entry(at) {
        Some((_, header, Body::Content(entry))) => match &entry.body {
            ContentBody::IndicatorPublished(said) => (said.from.clone(), header.clock.wall_ms),
            _ => (String::new(), header.clock.wall_ms),
        },
        _ => (String::new(), one.since_ms),
    };
    let age_ms = now_ms.saturating_sub(since_ms);
    let worth = |confidence| crate::feeds::score(confidence, one.pattern.kind(), age_ms);
    Provenance {
        from: "case",
        source: one.publisher.to_string(),
        at: Some(at),
        case: Some(case),
        published_by: from,
        labels: one.labels.to_vec(),
        confidence: one.confidence,
        score: one.confidence.map(worth),
        marking: one.marking,
        first_ms: since_ms,
        last_ms: since_ms,
        expires_ms: one.until_ms,
        verdict: match one.action.filter(|_| served) {
            Some(action) => action.as_str(),
            None => "none",
        },
        by: Vec::new(),
    }
}

fn stricter(a: Tlp, b: Tlp) -> Tlp {
    if a.rank() >= b.rank() { a } else { b }
}

fn only_of(state: &State, at: Option<EntryRef>) -> BTreeSet<String> {
    use accord_model::content::ContentBody;
    let entry = at.and_then(|at| match state.entry(at)? {
        (_, _, Body::Content(entry)) => Some(entry),
        _ => None,
    });
    let named = entry.map(|entry| match &entry.body {
        ContentBody::VerdictDetect(said) => said.audience.clone(),
        ContentBody::VerdictBlock(said) => said.audience.clone(),
        _ => Vec::new(),
    });
    named.unwrap_or_default().into_iter().collect()
}

fn list(state: &State, space: &Space, now_ms: u64) -> OfCase {
    let said = said_of(state, space, is_protection);
    let before = |a: EntryRef, b: EntryRef| space.before(a, b);
    let mut listed = Vec::new();
    for ((at, value), standing) in indicators(&said, &before, now_ms) {
        let Ok(pattern) = Pattern::parse(value) else {
            continue;
        };
        let (verdict, verdict_at) = standing.verdict;
        let marking = marking_of(state, at);
        let since = state.entry(verdict_at.unwrap_or(at));
        listed.push(Listed {
            said_in: (at, verdict_at),
            pattern,
            action: match verdict {
                Verdict::None => None,
                Verdict::Detect => Some(Action::Detect),
                Verdict::Block => Some(Action::Block),
            },
            labels: standing.indicator.labels.clone().into(),
            publisher: standing.org.as_str().into(),
            since_ms: since.map_or(0, |(_, header, _)| header.clock.wall_ms),
            marking: verdict_at.map_or(marking, |at| stricter(marking, marking_of(state, at))),
            only: Arc::new(only_of(state, verdict_at)),
            until_ms: standing.indicator.valid_until_ms,
            confidence: standing.indicator.confidence,
        });
    }
    OfCase {
        made: new_version(),
        version: space.version_of(is_protection),
        due_ms: listed
            .iter()
            .filter_map(|one| one.until_ms)
            .min()
            .unwrap_or(u64::MAX),
        listed,
    }
}

impl Compiled {
    /// Lists the cases anew whose indicators, withdrawals or verdicts have changed; what else is written costs nothing.
    fn take(&mut self, state: &State, now_ms: u64) {
        let mut changed = false;
        let cases = state
            .spaces
            .values()
            .filter(|space| space.kind == SpaceKind::Case);
        for space in cases {
            let fresh = self.cases.get(&space.id);
            let version = space.version_of(is_protection);
            if !fresh.is_some_and(|case| case.version == version && now_ms < case.due_ms) {
                self.cases.insert(space.id, list(state, space, now_ms));
                changed = true;
            }
        }
        if !changed {
            return;
        }
        self.is_served = false;
        self.known.clear();
        for (id, case) in &self.cases {
            for one in &case.listed {
                let cases = self.known.entry(one.pattern.canonical().to_owned()).or_default();
                cases.insert(*id);
            }
        }
    }

    /// What an audience of this reach should be served; `None`: the inside, which has everything.
    fn wanted(&self, name: &str, reach: Option<Reach>) -> BTreeMap<Pattern, Note> {
        let mut wanted: BTreeMap<Pattern, Note> = BTreeMap::new();
        for one in self.cases.values().flat_map(|case| &case.listed) {
            let action = match reach {
                None => Action::Detect,
                Some(reach) => {
                    let named = one.only.is_empty() || one.only.contains(name);
                    match one.action {
                        Some(action) if named && reach.takes(one.marking) => action,
                        _ => continue,
                    }
                }
            };
            let note = Note {
                action,
                labels: one.labels.clone(),
                publisher: one.publisher.clone(),
                since_ms: one.since_ms,
            };
            // Of several cases the strongest word is served.
            let stands = wanted
                .get(&one.pattern)
                .is_some_and(|known| known.action >= action);
            if !stands {
                wanted.insert(one.pattern.clone(), note);
            }
        }
        wanted
    }

    /// Whether a case has an indicator that stands, by its canonical text.
    pub fn is_listed(&self, case: SpaceId, canonical: &str) -> bool {
        self.known
            .get(canonical)
            .is_some_and(|cases| cases.contains(&case))
    }

    /// The cases that list some values, by canonical text, each with the first label that it has there.
    pub fn listing(&self, wanted: &BTreeSet<&str>) -> BTreeMap<&str, Vec<(SpaceId, Option<&str>)>> {
        let mut listing: BTreeMap<&str, Vec<(SpaceId, Option<&str>)>> = BTreeMap::new();
        let is_known = |canonical: &&str| self.known.contains_key(*canonical);
        if !wanted.iter().any(is_known) {
            return listing;
        }
        for (id, case) in &self.cases {
            for one in &case.listed {
                let canonical = one.pattern.canonical();
                if wanted.contains(canonical) {
                    let cases = listing.entry(canonical).or_default();
                    let label = one.labels.first().map(String::as_str);
                    match cases.last_mut() {
                        Some((last, known)) if last == id => *known = known.or(label),
                        _ => cases.push((*id, label)),
                    }
                }
            }
        }
        listing
    }

    /// Every case that lists anything, or did, with the number of its list.
    pub fn versions(&self) -> impl Iterator<Item = (SpaceId, u64)> {
        self.cases.iter().map(|(id, case)| (*id, case.made))
    }

    /// What a case lists.
    pub fn values_of(&self, case: SpaceId) -> impl Iterator<Item = &Pattern> {
        let listed = self.cases.get(&case).map(|case| case.listed.iter());
        listed.into_iter().flatten().map(|one| &one.pattern)
    }

    /// The notes that published some of what a case lists.
    pub fn said_of(&self, case: SpaceId, wanted: impl Fn(&Pattern) -> bool) -> BTreeSet<EntryRef> {
        let listed = self.cases.get(&case).map(|case| case.listed.iter());
        let wanted = listed.into_iter().flatten().filter(|one| wanted(&one.pattern));
        wanted.map(|one| one.said_in.0).collect()
    }

    /// All that cases and feeds list.
    pub fn patterns(&self) -> BTreeSet<Pattern> {
        let of_cases = self.cases.values().flat_map(|case| &case.listed);
        let of_cases = of_cases.map(|one| &one.pattern);
        of_cases.chain(self.feeds.patterns()).cloned().collect()
    }

    /// The cases that list an indicator.
    pub fn cases_that_list(&self, canonical: &str) -> impl Iterator<Item = SpaceId> {
        self.known.get(canonical).into_iter().flatten().copied()
    }

    /// What the feeds list.
    pub fn feeds(&self) -> &Layer {
        &self.feeds
    }

    /// Takes what the feeds list by now.
    fn take_feeds(&mut self, layer: Layer) {
        self.changed.extend(self.feeds.differs(&layer));
        self.feeds = layer;
        self.is_served = false;
    }

    /// Brings one audience up to date; whether anything changed.
    fn serve(&mut self, snapshots: &Snapshots, name: &str, reach: Option<Reach>) -> Result<bool> {
        let wanted = self.wanted(name, reach);
        // Put back when all of it was served: whoever got a part is served as if new.
        let served = self.served.remove(name);
        let is_new = served.is_none();
        let served = served.unwrap_or_default();
        let mut touched: BTreeSet<&Pattern> =
            served.keys().filter(|one| !wanted.contains_key(*one)).collect();
        let new = wanted
            .iter()
            .filter(|(pattern, note)| served.get(*pattern) != Some(*note));
        touched.extend(new.map(|(pattern, _)| pattern));
        match is_new {
            true => touched.extend(self.feeds.patterns()),
            false => touched.extend(&self.changed),
        }
        // Of a case and a feed the stronger word is served, of the same word that of the case.
        let feeds = &self.feeds;
        let says = |pattern: &Pattern| {
            let of_case = wanted.get(pattern);
            let of_feeds = feeds.note(pattern, name, reach);
            match (of_case, of_feeds) {
                (Some(of_case), Some(of_feeds)) if of_feeds.action > of_case.action => Some(of_feeds),
                (Some(of_case), _) => Some(of_case.clone()),
                (None, of_feeds) => of_feeds,
            }
        };
        let listing = |pattern: &Pattern| {
            says(pattern).map(|note| Listing {
                pattern: pattern.clone(),
                note,
            })
        };
        let changed = !touched.is_empty();
        let failed =
            |error| ServiceError::Unexplained(format!("what is served could not be changed: {error}"));
        if touched.len() > CHANGES_MAX {
            let all: BTreeSet<&Pattern> = wanted.keys().chain(feeds.patterns()).collect();
            let all = all.into_iter().filter_map(listing).collect();
            tokio::task::block_in_place(|| snapshots.replace(name, all)).map_err(failed)?;
        } else {
            let new: Vec<Listing> = touched.iter().filter_map(|pattern| listing(pattern)).collect();
            let gone = touched.iter().filter(|pattern| says(pattern).is_none());
            let gone: Vec<Pattern> = gone.map(|pattern| (*pattern).clone()).collect();
            if !gone.is_empty() {
                snapshots.withdraw(name, gone).map_err(failed)?;
            }
            if !new.is_empty() {
                snapshots.publish(name, new).map_err(failed)?;
            }
        }
        self.served.insert(name.to_owned(), wanted);
        Ok(changed)
    }
}

impl Node {
    /// Brings what is served up to date with what the cases say. Called after a change, and as time passes.
    pub async fn refresh_verdicts(&self) -> Result<()> {
        let mut compiled = self.compiled.lock().await;
        let now_ms = self.now_ms();
        let (reaches, parts) = {
            let state = self.read().await?;
            compiled.take(&state, now_ms);
            let is_stale = Stamp::of(&state) != compiled.feeds.stamp();
            let has_feeds = !state.feeds.by_name.is_empty() || !compiled.feeds.is_empty();
            let parts = (is_stale && has_feeds).then(|| {
                let guard = self.feed_guard(&state);
                Parts::of(&state, guard, now_ms)
            });
            (state.audiences.reaches(), parts)
        };
        if let Some(parts) = parts {
            let layer = tokio::task::block_in_place(|| Layer::of(&parts));
            compiled.take_feeds(layer);
        }
        if compiled.is_served && compiled.reaches == reaches {
            return Ok(());
        }
        if self.verdicts.audience(INSIDE).is_none() {
            let inside = AudienceConfig {
                name: INSIDE.to_owned(),
                tokens: Vec::new(),
                edges: Vec::new(),
                dns: None,
                serial_floor: 0,
            };
            let configured = self.verdicts.configure(inside);
            configured.map_err(|error| ServiceError::Unexplained(error.to_string()))?;
        }
        compiled.serve(&self.verdicts, INSIDE, None)?;
        let mut changed = false;
        for (name, reach) in &reaches {
            changed |= compiled.serve(&self.verdicts, name, Some(*reach))?;
        }
        compiled.changed.clear();
        let names: BTreeSet<&str> = reaches.iter().map(|(name, _)| name.as_str()).collect();
        compiled
            .served
            .retain(|name, _| name == INSIDE || names.contains(name.as_str()));
        if changed {
            self.act(|state, batch, _| {
                state.audiences.keep_serials(batch, &self.verdicts);
                Ok(())
            })
            .await?;
        }
        self.verdicts.open_to_edges();
        self.log_watch.changed();
        compiled.is_served = true;
        compiled.reaches = reaches;
        Ok(())
    }

    /// What this node knows of a value, of the cases that the person sees.
    pub async fn look_up(&self, who: &SignedIn, value: &str) -> Result<Vec<LookedUp>> {
        Act::LookUp.ask(who)?;
        let pattern = Pattern::parse(value).map_err(|refusal| ServiceError::invalid("value", refusal))?;
        self.refresh_verdicts().await?;
        let (found, seen) = {
            let compiled = self.compiled.lock().await;
            let state = self.read().await?;
            let (mut found, mut seen) = self.known_of(&compiled, &state, who, value);
            let linked = self.linked_in(&compiled, &state, who, pattern.canonical());
            let (by_link, also) = linked.looked_up();
            found.extend(by_link);
            seen.extend(also);
            (found, seen)
        };
        self.looked(who, Way::Searched, seen).await?;
        Ok(found)
    }

    /// What is done about some values, of the cases whose indicators and verdicts the person sees and of the feeds; by
    /// the canonical text of the value.
    pub(crate) fn words_on(
        &self,
        compiled: &Compiled,
        state: &State,
        who: &SignedIn,
        values: &[Pattern],
    ) -> BTreeMap<String, Vec<WordOn>> {
        let mut words: BTreeMap<String, Vec<WordOn>> = BTreeMap::new();
        let Some(inside) = self.verdicts.audience(INSIDE) else {
            return words;
        };
        let mut reader = Reader::default();
        let mut hits: Vec<(&Pattern, String)> = Vec::new();
        for pattern in values {
            let asked = match pattern.kind() {
                PatternKind::Url => format!("http://{}", pattern.canonical()),
                _ => pattern.canonical().to_owned(),
            };
            let matches = inside.inspect(&mut reader, &asked).matches;
            hits.extend(matches.iter().map(|hit| (pattern, hit.indicator.clone())));
        }
        if hits.is_empty() {
            return words;
        }
        let wanted: BTreeSet<&str> = hits.iter().map(|(_, indicator)| indicator.as_str()).collect();
        let mut said: BTreeMap<&str, Vec<WordOn>> = BTreeMap::new();
        for (id, case) in &compiled.cases {
            let sight = state
                .space(*id, SpaceKind::Case)
                .and_then(|space| self.sight(space, who));
            let sees = |category| sight.as_ref().is_some_and(|sight| sight.reads(category));
            if !sees(Category::Indicator) || !sees(Category::Verdict) {
                continue;
            }
            for one in &case.listed {
                let listed = wanted.get(one.pattern.canonical()).copied();
                if let (Some(indicator), Some(action)) = (listed, one.action) {
                    said.entry(indicator).or_default().push(WordOn {
                        indicator: indicator.to_owned(),
                        verdict: action.as_str(),
                        by: WordBy::Case(*id, one.said_in.0, one.said_in.1),
                    });
                }
            }
        }
        let of_feeds = wanted.iter().copied();
        for indicator in of_feeds.filter(|_| tells_whole(who)) {
            let feeds = feeds_that_list(state, &compiled.feeds, indicator);
            let of_feeds = feeds.into_iter().map(|source| WordOn {
                indicator: indicator.to_owned(),
                verdict: source.verdict,
                by: WordBy::Feed(source.source),
            });
            said.entry(indicator).or_default().extend(of_feeds);
        }
        for (pattern, indicator) in &hits {
            let of_it = said.get(indicator.as_str()).into_iter().flatten().cloned();
            let known = words.entry(pattern.canonical().to_owned()).or_default();
            known.extend(of_it);
        }
        words
    }

    /// The same, with the notes that say so.
    fn known_of(
        &self,
        compiled: &Compiled,
        state: &State,
        who: &SignedIn,
        value: &str,
    ) -> (Vec<LookedUp>, BTreeSet<EntryRef>) {
        let (mut found, mut said_in) = (Vec::new(), BTreeSet::new());
        let mut reader = Reader::default();
        let Some(inside) = self.verdicts.audience(INSIDE) else {
            return (found, said_in);
        };
        for hit in inside.inspect(&mut reader, value).matches {
            let of_feeds = feeds_that_list(state, &compiled.feeds, &hit.indicator);
            let cases = compiled.known.get(&hit.indicator).into_iter().flatten();
            let seen = cases.copied().filter(|id| {
                let space = state.space(*id, SpaceKind::Case);
                space.is_some_and(|space| {
                    let sight = self.sight(space, who);
                    sight.is_some_and(|sight| sight.reads(Category::Indicator))
                })
            });
            let cases: Vec<SpaceId> = seen.collect();
            if cases.is_empty() && of_feeds.is_empty() {
                continue;
            }
            let of_these = compiled.cases.iter().filter(|(id, _)| cases.contains(*id));
            let listed: Vec<(SpaceId, &Listed)> = of_these
                .flat_map(|(id, case)| case.listed.iter().map(|one| (*id, one)))
                .filter(|(_, one)| one.pattern.canonical() == hit.indicator)
                .collect();
            let labels = listed.iter().flat_map(|(_, one)| one.labels.iter());
            let labels = labels.chain(of_feeds.iter().flat_map(|source| &source.labels));
            let labels: BTreeSet<String> = labels.cloned().collect();
            let audiences = state.audiences.reaches().into_iter().filter_map(|(name, _)| {
                let action = self
                    .verdicts
                    .audience(&name)?
                    .inspect(&mut reader, value)
                    .action()?;
                Some((name, action.as_str()))
            });
            let audiences: BTreeMap<_, _> = audiences.collect();
            let served = !audiences.is_empty();
            let now_ms = self.now_ms();
            let of_notes = listed
                .iter()
                .map(|(case, one)| provenance(state, *case, one, served, now_ms));
            let sources = of_notes.chain(of_feeds).collect();
            for (published, verdict) in listed.iter().map(|(_, one)| one.said_in) {
                said_in.extend(std::iter::once(published).chain(verdict.filter(|_| served)));
            }
            found.push(LookedUp {
                indicator: hit.indicator.clone(),
                how: format!("{:?}", hit.how).to_lowercase(),
                labels: labels.into_iter().collect(),
                audiences,
                cases,
                sources,
                because: Vec::new(),
            });
        }
        (found, said_in)
    }

    /// Keeps what is served up to date until it is dropped, and takes in what was seen.
    pub async fn run_protection(&self) {
        let mut changed = self.changed.subscribe();
        loop {
            if let Err(error) = self.refresh_verdicts().await {
                tracing::error!(%error, "what is served is not up to date");
            }
            if let Err(error) = self.watch_logs().await {
                tracing::error!(%error, "what comes in is matched against an old list");
            }
            if let Err(error) = self.emerge().await {
                tracing::error!(%error, "what was seen could not be kept, or makes no stories");
            }
            // Validity ends by the clock; what was seen is kept within half a minute.
            let _ = tokio::time::timeout(std::time::Duration::from_secs(30), changed.changed()).await;
        }
    }
}
