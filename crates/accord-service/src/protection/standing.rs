//! The indicators of one case as a person is shown them.
//!
//! Which stand, and in which order, is made once for a version of the case and kept; a page that shows the first of many
//! reads no more than the notes of these.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use accord_matcher::Pattern;
use accord_model::content::ContentBody;
use accord_model::content::indicators::{Verdict, indicators};
use accord_model::{Category, EntryKind, EntryRef, OrgName, SpaceId, Tlp};
use serde::Serialize;

use super::compile::{is_protection, marking_of};
use super::seen::{DayCount, SeenOf, of_case};
use crate::error::Result;
use crate::journal::{Body, Space, State};
use crate::looks::Way;
use crate::made::Until;
use crate::node::Node;
use crate::people::SignedIn;
use crate::sight::Reader;
use crate::views::{said_of, writers_home};

/// An indicator of a case.
#[derive(Debug, Clone, Serialize)]
pub struct IndicatorView {
    /// The note that published it.
    pub at: EntryRef,
    /// Its value as published.
    pub value: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// What it means, as whoever published it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whose it is.
    pub org: OrgName,
    /// Whose person wrote it, when they were seconded to that organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<OrgName>,
    /// How far it may travel.
    pub marking: Tlp,
    /// Since when, ms UTC.
    pub since_ms: u64,
    /// `none`, `detect` or `block`.
    pub verdict: &'static str,
    /// The note that says so.
    pub verdict_at: Option<EntryRef>,
    /// Whether many use it, so that a second person is needed.
    pub popular: bool,
    /// What was seen of it, day by day and organisation by organisation.
    pub seen: Vec<DayCount>,
}

/// An indicator that stands, with what it is sorted by; what its note says of it is not copied.
#[derive(Debug)]
pub(crate) struct Stood {
    at: EntryRef,
    value: Box<str>,
    verdict: (Verdict, Option<EntryRef>),
    since_ms: u64,
    /// How often it was seen, and by whom.
    sum: u64,
    seen: SeenOf,
}

impl Stood {
    /// Those seen most first, of these the newest.
    fn rank(&self) -> (Reverse<u64>, Reverse<u64>, &str, EntryRef) {
        (Reverse(self.sum), Reverse(self.since_ms), &self.value, self.at)
    }
}

/// Indicators as they are shown, and the notes that say so.
struct Shown {
    views: Vec<IndicatorView>,
    /// How many there are in all.
    total: usize,
    said_in: BTreeSet<EntryRef>,
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::None => "none",
        Verdict::Detect => "detect",
        Verdict::Block => "block",
    }
}

/// All that stand on a case, in their order.
fn make(state: &State, space: &Space, own: &OrgName, sees_seen: bool, now_ms: u64) -> Until<Vec<Stood>> {
    let said = said_of(state, space, is_protection);
    let before = |a: EntryRef, b: EntryRef| space.before(a, b);
    let mut seen = match sees_seen {
        true => of_case(state, space, own),
        false => Default::default(),
    };
    let mut expires = u64::MAX;
    // Those of one note follow each other.
    let mut since: Option<(EntryRef, u64)> = None;
    let stood = indicators(&said, &before, now_ms)
        .into_iter()
        .map(|((at, value), standing)| {
            expires = expires.min(standing.indicator.valid_until_ms.unwrap_or(u64::MAX));
            let (_, since_ms) = *match &mut since {
                Some(known) if known.0 == at => known,
                other => {
                    let written = state.entry(at).map_or(0, |(_, header, _)| header.clock.wall_ms);
                    other.insert((at, written))
                }
            };
            let of = match seen.is_empty() {
                true => SeenOf::default(),
                false => seen.remove(&(at, value.to_owned())).unwrap_or_default(),
            };
            Stood {
                at,
                value: value.into(),
                verdict: standing.verdict,
                since_ms,
                sum: of.days.iter().map(|day| day.count).sum(),
                seen: of,
            }
        });
    let mut all: Vec<Stood> = stood.collect();
    all.sort_unstable_by(|a, b| a.rank().cmp(&b.rank()));
    Until {
        ms: expires,
        thing: all,
    }
}

impl Node {
    /// The indicators of a case that stand, with what is done about each and what was seen.
    pub async fn indicators(&self, who: &SignedIn, case: SpaceId) -> Result<Vec<IndicatorView>> {
        let (views, _) = self.indicators_seen_most(who, case, usize::MAX).await?;
        Ok(views)
    }

    /// The same, at most so many: those seen most first, of these the newest; and how many there are in all.
    pub async fn indicators_seen_most(
        &self,
        who: &SignedIn,
        case: SpaceId,
        most: usize,
    ) -> Result<(Vec<IndicatorView>, usize)> {
        let shown = self.standing(&*self.read().await?, who, case, most, |_| true)?;
        self.looked(who, Way::Read, shown.said_in).await?;
        Ok((shown.views, shown.total))
    }

    /// Those of some values, however these are written: in any case, or canonical where they were published otherwise.
    pub async fn indicators_among(
        &self,
        who: &SignedIn,
        case: SpaceId,
        values: &[&str],
    ) -> Result<Vec<IndicatorView>> {
        let values: BTreeSet<String> = values.iter().map(|value| value.to_ascii_lowercase()).collect();
        let among = |value: &str| {
            values.contains(&value.to_ascii_lowercase())
                || Pattern::parse(value)
                    .is_ok_and(|pattern| values.contains(&pattern.canonical().to_ascii_lowercase()))
        };
        let shown = self.standing(&*self.read().await?, who, case, usize::MAX, among)?;
        self.looked(who, Way::Read, shown.said_in).await?;
        Ok(shown.views)
    }

    /// All of them, to be taken along in a file.
    pub(crate) async fn indicators_exported(
        &self,
        who: &SignedIn,
        case: SpaceId,
    ) -> Result<Vec<IndicatorView>> {
        let shown = self.standing(&*self.read().await?, who, case, usize::MAX, |_| true)?;
        self.looked(who, Way::Exported, shown.said_in).await?;
        Ok(shown.views)
    }

    /// All of them, for what is made of them and shows them to nobody.
    pub(crate) async fn indicators_unseen(
        &self,
        who: &SignedIn,
        case: SpaceId,
    ) -> Result<Vec<IndicatorView>> {
        let shown = self.standing(&*self.read().await?, who, case, usize::MAX, |_| true)?;
        Ok(shown.views)
    }

    fn standing(
        &self,
        state: &State,
        who: &SignedIn,
        case: SpaceId,
        most: usize,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Shown> {
        let (space, reader) = self.case_with(state, who, case, Category::Indicator)?;
        let now_ms = self.now_ms();
        let sees_seen = reader.sees(Category::Sighting);
        let all: Arc<Until<Vec<Stood>>> = space.made.standing.get(
            space.version_of(|kind| is_protection(kind) || kind == EntryKind::SightingCounted),
            sees_seen,
            |made| now_ms < made.ms,
            || make(state, space, &self.config.org, sees_seen, now_ms),
        );
        let wanted = || all.thing.iter().filter(|one| wanted(&one.value));
        let mut said_in = BTreeSet::new();
        let views = wanted().take(most).filter_map(|one| {
            let view = shown(state, space, &reader, one, now_ms)?;
            said_in.extend(std::iter::once(one.at).chain(view.verdict_at));
            said_in.extend(&one.seen.said_in);
            Some(view)
        });
        Ok(Shown {
            views: views.collect(),
            total: wanted().count(),
            said_in,
        })
    }
}

fn shown(state: &State, space: &Space, reader: &Reader, one: &Stood, now_ms: u64) -> Option<IndicatorView> {
    let (ledger, _, Body::Content(entry)) = state.entry(one.at)? else {
        return None;
    };
    let ContentBody::IndicatorPublished(said) = &entry.body else {
        return None;
    };
    // Of a value that a note has twice the last counts.
    let indicator = said.indicators.iter().rfind(|known| *known.value == *one.value)?;
    let sees_verdict = reader.sees(Category::Verdict);
    let (verdict, verdict_at) = one.verdict;
    Some(IndicatorView {
        at: one.at,
        value: indicator.value.clone(),
        labels: indicator.labels.clone(),
        note: said.note.clone(),
        org: ledger.org.clone(),
        home: writers_home(state, space, one.at),
        marking: marking_of(state, one.at),
        since_ms: one.since_ms,
        verdict: word(if sees_verdict { verdict } else { Verdict::None }),
        verdict_at: verdict_at.filter(|_| sees_verdict),
        popular: state.is_popular(&indicator.value, now_ms),
        seen: one.seen.days.clone(),
    })
}
