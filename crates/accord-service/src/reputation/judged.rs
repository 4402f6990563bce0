//! A link with what is done about each of its values, and what that says of the others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use accord_model::content::SeenIn;
use accord_model::content::links::{Clearing, Link, Links};
use accord_model::{EntryRef, OrgName, PersonId, SpaceId};
use serde::Serialize;

use super::rules::{Apart, canonical, is_link};
use crate::journal::{Space, State};
use crate::made::Version;
use crate::protection::{Compiled, WordBy, WordOn};
use crate::views::{names, said_since};

/// Most reasons told of one value.
pub(super) const REASONS_MAX: usize = 10;

/// Who cleared something, and why.
#[derive(Debug, Clone, Serialize)]
pub struct ClearedView {
    /// The note that says so.
    pub at: EntryRef,
    /// Whose it is.
    pub org: OrgName,
    /// The person, where their name was shared.
    pub name: Option<String>,
    /// When, ms UTC.
    pub at_ms: u64,
    /// Why.
    pub reason: String,
}

/// One organisation that saw a link.
#[derive(Debug, Clone, Serialize)]
pub struct LinkSeenBy {
    /// Who.
    pub org: OrgName,
    /// The first note that says so.
    pub at: EntryRef,
    /// How often.
    pub count: u64,
    /// When it was first seen so, ms UTC.
    pub first_ms: u64,
    /// When it was last seen so, ms UTC.
    pub last_ms: u64,
}

/// A value of a link.
#[derive(Debug, Clone, Serialize)]
pub struct LinkValue {
    /// Its canonical text.
    pub value: String,
    /// What is done about it by itself: `none`, `detect` or `block`, as far as the person sees.
    pub verdict: &'static str,
    /// Who does, in words.
    pub says: Vec<String>,
    /// The strongest of what is done about the values it was seen with; `none` where that says nothing of it.
    pub by_link: &'static str,
    /// Why, in words.
    pub because: Vec<String>,
    /// Why it neither passes a verdict on nor receives one, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub apart: Option<String>,
    /// Who cleared it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cleared: Option<ClearedView>,
    /// Whether it is an indicator of the case that stands.
    pub published: bool,
}

/// Values that were seen together.
#[derive(Debug, Clone, Serialize)]
pub struct LinkView {
    /// The case.
    pub case: SpaceId,
    /// Its operation name.
    pub operation: String,
    /// In what.
    pub seen_in: SeenIn,
    /// The values.
    pub values: Vec<LinkValue>,
    /// Who saw it.
    pub by: Vec<LinkSeenBy>,
    /// How often in all.
    pub count: u64,
    /// When it was first seen so, ms UTC.
    pub first_ms: u64,
    /// When it was last seen so, ms UTC.
    pub last_ms: u64,
    /// Who cleared that values of it were seen together.
    pub cleared: Vec<ClearedView>,
    /// The notes that say so.
    #[serde(skip)]
    pub(super) said_in: BTreeSet<EntryRef>,
}

/// The links of a case, with the version of the case that they were made of.
#[derive(Debug, Clone, Default)]
pub(crate) struct CaseFold {
    of: Option<Version>,
    links: Arc<Links>,
}

/// The links of a case: what came since the last look is taken in, unless the case was folded anew.
pub(super) fn links_of(state: &State, space: &Space) -> Arc<Links> {
    let now = space.version_of(is_link);
    let fold = space.made.links.get(
        |known| known.of != Some(now),
        |known| {
            let grows = known
                .of
                .filter(|of| of.folded == now.folded && of.notes <= now.notes);
            if grows.is_none() {
                known.links = Arc::default();
            }
            let new = said_since(state, space, is_link, grows.map_or(0, |of| of.notes));
            Arc::make_mut(&mut known.links).take_in(&new, &canonical);
            known.of = Some(now);
        },
    );
    Arc::clone(&fold.links)
}

/// The operation name of a case.
pub(super) fn operation_of(space: &Space) -> String {
    let opened = space.control.case();
    opened.map_or_else(String::new, |opened| opened.case.operation.clone())
}

/// The stronger of two of `none`, `detect` and `block`.
pub(super) fn stronger(one: &'static str, other: &'static str) -> &'static str {
    match (one, other) {
        ("block", _) | (_, "block") => "block",
        ("detect", _) | (_, "detect") => "detect",
        _ => "none",
    }
}

/// How often and in what: `one mail`, `3 downloads`.
fn times(seen_in: SeenIn, count: u64) -> String {
    match count {
        1 => format!("one {seen_in}"),
        many => format!("{many} {seen_in}s"),
    }
}

/// What the links of one case are judged by.
pub(super) struct Judge<'a> {
    pub state: &'a State,
    pub space: &'a Space,
    pub links: &'a Links,
    pub apart: &'a Apart<'a>,
    pub words: &'a BTreeMap<String, Vec<WordOn>>,
    /// What the case lists; none where the reader does not see its indicators.
    pub compiled: Option<&'a Compiled>,
    pub names: BTreeMap<PersonId, String>,
}

impl<'a> Judge<'a> {
    pub fn of(
        (state, space): (&'a State, &'a Space),
        links: &'a Links,
        apart: &'a Apart<'a>,
        words: &'a BTreeMap<String, Vec<WordOn>>,
        compiled: Option<&'a Compiled>,
    ) -> Self {
        Self {
            state,
            space,
            links,
            apart,
            words,
            compiled,
            names: names(state, space),
        }
    }

    fn before(&self) -> impl Fn(EntryRef, EntryRef) -> bool + '_ {
        |a, b| self.space.before(a, b)
    }

    fn view(&self, said: &Clearing) -> ClearedView {
        ClearedView {
            at: said.at,
            org: said.org.clone(),
            name: self.names.get(&said.by).cloned(),
            at_ms: said.at_ms,
            reason: said.reason.clone(),
        }
    }

    /// Who says what is done, as the subject of a sentence, and the verb.
    fn who(&self, word: &WordOn) -> String {
        let verb = match word.verdict {
            "block" => "blocks",
            _ => "detects",
        };
        match &word.by {
            WordBy::Case(id, ..) => {
                let operation = self.state.spaces.get(id).map(operation_of);
                format!("case {} {verb}", operation.unwrap_or_default())
            }
            WordBy::Feed(name) => format!("the feed {name} {verb}"),
        }
    }

    /// A link with each of its values.
    pub fn link(&self, link: &Link) -> LinkView {
        let by = seen_by(link);
        let mut view = LinkView {
            case: self.space.id,
            operation: operation_of(self.space),
            seen_in: link.seen_in,
            values: Vec::new(),
            count: by.iter().map(|one| one.count).fold(0, u64::saturating_add),
            first_ms: by.iter().map(|one| one.first_ms).min().unwrap_or(0),
            last_ms: by.iter().map(|one| one.last_ms).max().unwrap_or(0),
            said_in: by.iter().map(|one| one.at).collect(),
            by,
            cleared: Vec::new(),
        };
        let mut of_pairs: BTreeMap<EntryRef, &Clearing> = BTreeMap::new();
        let alone: Vec<(&str, Option<String>, Option<&Clearing>)> = link
            .values
            .iter()
            .map(|value| {
                let apart = self.apart.why(value, self.links, link);
                (value.as_str(), apart, self.links.cleared(value, &self.before()))
            })
            .collect();
        let silent = |(_, apart, cleared): &(&str, Option<String>, Option<&Clearing>)| {
            apart.is_some() || cleared.is_some()
        };
        for one in &alone {
            let (value, apart, cleared) = one;
            let mut shown = self.value(value, &mut view.said_in);
            shown.apart = apart.clone();
            shown.cleared = cleared.map(|said| self.view(said));
            view.said_in.extend(cleared.map(|said| said.at));
            let others = alone.iter().filter(|other| other.0 != *value && !silent(other));
            for (other, ..) in others.filter(|_| !silent(one)) {
                match self.links.cleared_pair(value, other, &self.before()) {
                    Some(said) => {
                        of_pairs.insert(said.at, said);
                    }
                    None => self.passes(&view, other, &mut shown),
                }
            }
            view.values.push(shown);
        }
        view.said_in.extend(of_pairs.keys());
        view.cleared = of_pairs.into_values().map(|said| self.view(said)).collect();
        view
    }

    /// A value by itself.
    fn value(&self, value: &str, said_in: &mut BTreeSet<EntryRef>) -> LinkValue {
        let words = self.words.get(value).map_or(&[][..], Vec::as_slice);
        let mut says = Vec::new();
        for word in words.iter().take(REASONS_MAX) {
            says.push(match word.indicator == value {
                true => format!("{} it", self.who(word)),
                false => format!("{} {}", self.who(word), word.indicator),
            });
            if let WordBy::Case(_, published, verdict) = &word.by {
                said_in.extend(std::iter::once(*published).chain(*verdict));
            }
        }
        LinkValue {
            value: value.to_owned(),
            verdict: words.iter().fold("none", |all, word| stronger(all, word.verdict)),
            says,
            by_link: "none",
            because: Vec::new(),
            apart: None,
            cleared: None,
            published: self
                .compiled
                .is_some_and(|compiled| compiled.is_listed(self.space.id, value)),
        }
    }

    /// What is done about another value of the link, as a reason.
    fn passes(&self, view: &LinkView, other: &str, to: &mut LinkValue) {
        for word in self.words.get(other).into_iter().flatten() {
            to.by_link = stronger(to.by_link, word.verdict);
            if to.because.len() >= REASONS_MAX {
                continue;
            }
            let by = match word.indicator == other {
                true => String::new(),
                false => format!(" by {}", word.indicator),
            };
            to.because.push(format!(
                "seen in {} with {other}, which {}{by}",
                times(view.seen_in, view.count),
                self.who(word)
            ));
        }
    }
}

/// Who saw a link, organisation by organisation.
fn seen_by(link: &Link) -> Vec<LinkSeenBy> {
    let mut by: BTreeMap<&OrgName, LinkSeenBy> = BTreeMap::new();
    for one in &link.by {
        let of_org = by.entry(&one.org).or_insert_with(|| LinkSeenBy {
            org: one.org.clone(),
            at: one.at,
            count: 0,
            first_ms: one.at_ms,
            last_ms: one.last_ms,
        });
        of_org.count = of_org.count.saturating_add(one.count);
        of_org.first_ms = of_org.first_ms.min(one.at_ms);
        of_org.last_ms = of_org.last_ms.max(one.last_ms);
    }
    by.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_is_stronger_than_detect_and_detect_than_nothing() {
        for (one, other, expected) in [
            ("none", "none", "none"),
            ("none", "detect", "detect"),
            ("block", "detect", "block"),
            ("detect", "block", "block"),
        ] {
            assert_eq!(stronger(one, other), expected);
            assert_eq!(stronger(other, one), expected);
        }
    }

    #[test]
    fn how_often_is_told_in_words() {
        assert_eq!(times(SeenIn::Mail, 1), "one mail");
        assert_eq!(times(SeenIn::Download, 3), "3 downloads");
    }
}
