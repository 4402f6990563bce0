//! Indicators that stand, and the verdict on each.

use std::collections::BTreeMap;

use super::said::latest;
use super::{ContentBody, Indicator, Said};
use crate::control::Causality;
use crate::{EntryRef, OrgName, Role};

/// What is done about an indicator, the mildest first: of two words that have not seen each other the first
/// counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing.
    None,
    /// Detect silently.
    Detect,
    /// Block.
    Block,
}

/// One indicator that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing<'a> {
    /// Who published it.
    pub org: &'a OrgName,
    /// What it says.
    pub indicator: &'a Indicator,
    /// The verdict, and the entry that gives it.
    pub verdict: (Verdict, Option<EntryRef>),
}

/// The indicators that stand at a time, in ms, by the entry that published them and their value: neither
/// withdrawn by the organisation that published them, nor past their validity. A withdrawal holds whatever else
/// was written at the same time; what was right is published anew. A verdict is a case officer's.
pub fn indicators<'a>(
    said: &[Said<'a>],
    causality: &dyn Causality,
    now_ms: u64,
) -> BTreeMap<(EntryRef, &'a str), Standing<'a>> {
    let mut withdrawn: BTreeMap<EntryRef, Vec<(&OrgName, &[String])>> = BTreeMap::new();
    for one in said {
        if let ContentBody::IndicatorWithdrawn(said) = &one.entry.body {
            let of_note = withdrawn.entry(said.published).or_default();
            of_note.push((one.author, said.values.as_slice()));
        }
    }
    let mut standing = Vec::new();
    for one in said {
        let ContentBody::IndicatorPublished(published) = &one.entry.body else {
            continue;
        };
        let gone = withdrawn.get(&one.at).map_or(&[][..], Vec::as_slice);
        let is_gone = |value: &str| {
            gone.iter().any(|(by, values)| {
                *by == one.author && (values.is_empty() || values.iter().any(|one| one == value))
            })
        };
        for indicator in &published.indicators {
            let is_valid = indicator.valid_until_ms.is_none_or(|until| now_ms < until);
            if is_valid && !is_gone(&indicator.value) {
                let stands = Standing {
                    org: one.author,
                    indicator,
                    verdict: (Verdict::None, None),
                };
                standing.push(((one.at, indicator.value.as_str()), stands));
            }
        }
    }
    // From what is nearly in order already: much faster than one by one.
    let mut all: BTreeMap<(EntryRef, &'a str), Standing<'a>> = standing.into_iter().collect();
    let mut verdicts: BTreeMap<(EntryRef, &'a str), BTreeMap<EntryRef, Verdict>> = BTreeMap::new();
    for one in said.iter().filter(|one| one.entry.role == Role::CaseOfficer) {
        let (named, verdict) = match &one.entry.body {
            ContentBody::VerdictDetect(body) => (&body.indicators, Verdict::Detect),
            ContentBody::VerdictBlock(body) => (&body.indicators, Verdict::Block),
            _ => continue,
        };
        for indicator in named {
            let words = verdicts.entry((indicator.published, indicator.value.as_str()));
            words.or_default().insert(one.at, verdict);
        }
    }
    for (key, words) in verdicts {
        let Some(standing) = all.get_mut(&key) else {
            continue;
        };
        let now = latest(causality, words.keys().copied())
            .into_iter()
            .filter_map(|at| words.get(&at).map(|verdict| (*verdict, at)))
            .min();
        if let Some((verdict, at)) = now {
            standing.verdict = (verdict, Some(at));
        }
    }
    all
}
