//! What a hunt may not keep any more: hits of what was recalled from its case, and what destroyed logs said.
//!
//! It is taken out before a hunt is read and before standing hunts look, once for each change of the case or of the stored logs.
//! Places stay, so that the numbers of lines and what was said of them do.

use std::collections::BTreeSet;

use accord_logstore::{Error as LogError, SegmentId};
use accord_matcher::Pattern;
use accord_model::content::ContentBody;
use accord_model::{EntryKind, SpaceId};

use super::kept::{OWN_HUNTS, OwnHunt};
use crate::error::{Result, ServiceError};
use crate::hunts::FoundLine;
use crate::journal::{Body, State};
use crate::made::Version;
use crate::node::Node;

/// As of when a hunt was tidied: records of the log store, and the state of its case.
pub(super) type TidiedAt = (u64, Option<Version>);

/// Every indicator whose note is here and not recalled, standing or not, canonical.
fn published_here(state: &State, case: SpaceId) -> BTreeSet<String> {
    let Some(space) = state.spaces.get(&case) else {
        return BTreeSet::new();
    };
    let notes = space.of_kinds(|kind| kind == EntryKind::IndicatorPublished);
    let here = notes.into_iter().filter(|at| !space.control.is_recalled(*at));
    let mut values = BTreeSet::new();
    for at in here {
        if let Some((_, _, Body::Content(entry))) = state.entry(at)
            && let ContentBody::IndicatorPublished(said) = &entry.body
        {
            let canonical = said
                .indicators
                .iter()
                .filter_map(|one| Pattern::parse(&one.value).ok());
            values.extend(canonical.map(|pattern| pattern.canonical().to_owned()));
        }
    }
    values
}

/// Takes out of a line what is kept no longer; whether anything was.
fn strip(line: &mut FoundLine, published: Option<&BTreeSet<String>>, is_destroyed: bool) -> bool {
    let before = line.clone();
    if let Some(published) = published {
        line.hits.retain(|(indicator, ..)| published.contains(indicator));
    }
    if is_destroyed {
        for (indicator, _, value, _) in &mut line.hits {
            value.clone_from(indicator);
        }
    }
    if is_destroyed || line.hits.is_empty() {
        line.customer = None;
        line.time_ms = None;
        line.sha256 = String::new();
    }
    *line != before
}

impl Node {
    fn tidied_at(&self, state: &State, hunt: &OwnHunt) -> TidiedAt {
        let (records, _) = self.logs.keeping_head();
        let space = hunt.indicators_of().and_then(|case| state.spaces.get(&case));
        (records, space.map(|space| space.version_of(|_| true)))
    }

    /// Takes out of a hunt what is kept no longer.
    pub(super) async fn tidy_own_hunt(&self, id: &str) -> Result<()> {
        let (hunt, at, published) = {
            let state = self.read().await?;
            let Some(hunt) = state.own_hunts.get(id).filter(|hunt| hunt.found > 0) else {
                return Ok(());
            };
            let at = self.tidied_at(&state, hunt);
            if self.own_hunting.tidied().get(id) == Some(&at) {
                return Ok(());
            }
            let published = hunt.indicators_of().map(|case| published_here(&state, case));
            (hunt.clone(), at, published)
        };
        let mut lines = self.lines_of(&hunt).await?;
        let is_destroyed = |line: &FoundLine| {
            let id = SegmentId::parse(&line.segment);
            id.is_some_and(|id| matches!(self.logs.segment(&id), Err(LogError::Destroyed { .. })))
        };
        let mut changed = false;
        for line in &mut lines {
            let is_destroyed = is_destroyed(line);
            changed |= strip(line, published.as_ref(), is_destroyed);
        }
        if changed {
            let bytes = serde_json::to_vec(&lines)
                .map_err(|error| ServiceError::Unexplained(format!("the lines of hunt {id}: {error}")))?;
            let count = lines.len();
            let written = self
                .act(|state, batch, log| {
                    // A look that ended meanwhile wrote more: the next time tidies that.
                    let known = state.own_hunts.get(id);
                    let Some(known) = known.filter(|known| known.found == count) else {
                        return Ok(false);
                    };
                    batch.object(&known.lines_object().name(), bytes);
                    batch.document(OWN_HUNTS, id, known);
                    log.node(batch, "own-hunt.tidied", id);
                    Ok(true)
                })
                .await?;
            if !written {
                return Ok(());
            }
        }
        self.own_hunting.tidied().insert(id.to_owned(), at);
        Ok(())
    }

    /// The same of every hunt.
    pub(super) async fn tidy_own_hunts(&self) -> Result<()> {
        let ids: Vec<String> = self.read().await?.own_hunts.keys().cloned().collect();
        self.own_hunting
            .tidied()
            .retain(|id, _| ids.binary_search(id).is_ok());
        for id in ids {
            self.tidy_own_hunt(&id).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(indicators: &[&str]) -> FoundLine {
        let hit = |indicator: &&str| {
            (
                (*indicator).to_owned(),
                "domain".to_owned(),
                format!("www.{indicator}"),
                "parent".to_owned(),
            )
        };
        FoundLine {
            segment: "dns/000001".to_owned(),
            source: "dns".to_owned(),
            line: 4,
            offset: 9,
            length: 2,
            sha256: "ab".repeat(32),
            time_ms: Some(5),
            customer: Some("10.0.0.7".to_owned()),
            hits: indicators.iter().map(hit).collect(),
        }
    }

    #[test]
    fn what_is_taken_out() {
        let published: BTreeSet<String> = ["a.example".to_owned()].into();
        for (what, hits, published, is_destroyed, left, told) in [
            ("nothing", &["a.example"][..], Some(&published), false, 1, true),
            (
                "one of two",
                &["a.example", "b.example"],
                Some(&published),
                false,
                1,
                true,
            ),
            ("all", &["b.example"], Some(&published), false, 0, false),
            (
                "pasted values are one's own",
                &["b.example"],
                None,
                false,
                1,
                true,
            ),
            ("destroyed", &["b.example"], None, true, 1, false),
        ] {
            let mut one = line(hits);
            let changed = strip(&mut one, published, is_destroyed);
            assert_eq!(changed, one != line(hits), "{what}");
            assert_eq!(one.hits.len(), left, "{what}");
            assert_eq!(one.customer.is_some(), told, "{what}");
            assert_eq!(one.time_ms.is_some() && !one.sha256.is_empty(), told, "{what}");
            assert_eq!((one.line, one.offset), (4, 9), "{what}");
            if is_destroyed {
                assert_eq!(one.hits[0].2, "b.example", "not what stood in the line");
            }
            assert!(!strip(&mut one, published, is_destroyed), "{what}: once");
        }
    }
}
