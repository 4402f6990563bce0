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
    let mut all: BTreeMap<(EntryRef, &'a str), Standing<'a>> = BTreeMap::new();
    for one in said {
        let ContentBody::IndicatorPublished(published) = &one.entry.body else {
            continue;
        };
        for indicator in &published.indicators {
            if indicator.valid_until_ms.is_none_or(|until| now_ms < until) {
                let standing = Standing {
                    org: one.author,
                    indicator,
                    verdict: (Verdict::None, None),
                };
                all.insert((one.at, indicator.value.as_str()), standing);
            }
        }
    }
    for one in said {
        if let ContentBody::IndicatorWithdrawn(withdrawn) = &one.entry.body {
            let meant =
                |value: &str| withdrawn.values.is_empty() || withdrawn.values.iter().any(|one| one == value);
            all.retain(|(at, value), standing| {
                !(*at == withdrawn.published && standing.org == one.author && meant(value))
            });
        }
    }
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
