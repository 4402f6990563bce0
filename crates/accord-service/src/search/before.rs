//! What was found before there is a case: the leads and the threats that one person sees.
//!
//! Invariant: looked at are the leads and threats that the person sees by the rules of [`crate::leads`] and
//! [`crate::threats`], and nothing else: what stands in any other changes neither the answer nor the time it takes. What
//! was recalled is in none. A lead is found by itself, by its values, and by what was said of it.

use std::collections::{BTreeMap, BTreeSet};

use accord_model::{EntryRef, LedgerId};
use serde::Serialize;

use super::SNIPPET_TEXT_MAX_BYTES;
use super::find::candidates;
use super::question::{How, Question, Wanted};
use super::snippet::snippet;
use super::terms::{terms_of, texts};
use crate::journal::{Body, State};
use crate::leads::LeadSummary;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::threats::ThreatStatus;

/// A lead, given or received.
#[derive(Debug, Clone, Serialize)]
pub struct LeadFound {
    /// As a list shows it.
    #[serde(flatten)]
    pub lead: LeadSummary,
    /// How it was found.
    pub how: How,
    /// The words around what was found.
    pub snippet: String,
}

/// A threat that the person works on.
#[derive(Debug, Clone, Serialize)]
pub struct ThreatFound {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What became of it.
    pub status: ThreatStatus,
    /// When it was last changed, ms UTC.
    pub changed_ms: u64,
    /// How it was found.
    pub how: How,
    /// The words around what was found.
    pub snippet: String,
}

/// How near texts with these terms are to what is wanted; nothing, where one of it is not there.
fn how_near(terms: &BTreeSet<String>, wanted: &[Wanted]) -> Option<How> {
    let one = |wanted: &Wanted| match wanted {
        Wanted::Value(near) => near
            .iter()
            .filter(|(_, term)| terms.contains(term))
            .map(|(how, _)| *how)
            .min(),
        Wanted::Word(word) => terms.contains(&format!("w:{word}")).then_some(How::Words),
        Wanted::Beginning(start) => {
            let start = format!("w:{start}");
            let mut from = terms.range(start.clone()..);
            from.next()
                .filter(|term| term.starts_with(&start))
                .map(|_| How::Words)
        }
    };
    let mut nearest = None;
    for each in wanted {
        let how = one(each)?;
        nearest = Some(nearest.map_or(how, |known: How| known.min(how)));
    }
    nearest
}

impl Node {
    /// The leads that answer, the nearest first, then the newest.
    pub(super) fn find_leads(&self, state: &State, who: &SignedIn, question: &Question) -> Vec<LeadFound> {
        if Act::SeeLeads.ask(who).is_err() {
            return Vec::new();
        }
        let seen = self.leads_seen(state, who);
        // Every note of a lead, by where it stands.
        let mut notes: BTreeMap<LedgerId, BTreeMap<u64, EntryRef>> = BTreeMap::new();
        for (at, (space, lead)) in &seen {
            let values = lead.said.rests_on.iter().filter(|value| {
                let theirs = state.ledgers.get(&value.ledger);
                let theirs =
                    theirs.is_some_and(|theirs| theirs.org == *lead.giver && theirs.space == space.id);
                theirs && !space.control.is_recalled(**value)
            });
            let said = lead.feedback.iter().map(|one| &one.at);
            for note in std::iter::once(at).chain(values).chain(said) {
                notes.entry(note.ledger).or_default().insert(note.seq, *at);
            }
        }
        let mut found: BTreeMap<EntryRef, (How, EntryRef)> = BTreeMap::new();
        let mut take = |lead: EntryRef, how: How, note: EntryRef| {
            let known = found.entry(lead).or_insert((how, note));
            if how < known.0 {
                *known = (how, note);
            }
        };
        for (id, of_ledger) in &notes {
            let Some(ledger) = state.ledgers.get(id) else {
                continue;
            };
            for (seq, how) in candidates(ledger, &question.wanted) {
                if let Some(lead) = of_ledger.get(&seq) {
                    take(*lead, how, EntryRef { ledger: *id, seq });
                }
            }
            if let Some(at) = question.reference.filter(|at| at.ledger == *id)
                && let Some(lead) = of_ledger.get(&at.seq)
            {
                take(*lead, How::Reference, at);
            }
        }
        let mut all: Vec<LeadFound> = found
            .into_iter()
            .filter_map(|(at, (how, note))| {
                let (space, lead) = seen.get(&at)?;
                let (_, _, Body::Content(entry)) = state.entry(note)? else {
                    return None;
                };
                Some(LeadFound {
                    lead: self.lead_summary(state, space, at, lead),
                    how,
                    snippet: snippet(&texts(entry, SNIPPET_TEXT_MAX_BYTES), question),
                })
            })
            .collect();
        all.sort_by_key(|one| (one.how, std::cmp::Reverse(one.lead.since_ms), one.lead.at));
        all
    }

    /// The threats that answer, the nearest first, then the last changed.
    pub(super) fn find_threats(
        &self,
        state: &State,
        who: &SignedIn,
        question: &Question,
    ) -> Vec<ThreatFound> {
        if Act::Watch.ask(who).is_err() || question.wanted.is_empty() {
            return Vec::new();
        }
        let mut all = Vec::new();
        for threat in state.threats.values().filter(|threat| threat.is_seen_by(who)) {
            let words: Vec<&str> = threat.texts().collect();
            let Some(how) = how_near(&terms_of(words.iter().copied()), &question.wanted) else {
                continue;
            };
            let mut text = words.join(" · ");
            let mut end = SNIPPET_TEXT_MAX_BYTES.min(text.len());
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
            all.push(ThreatFound {
                id: threat.id.clone(),
                name: threat.name.clone(),
                status: threat.status,
                changed_ms: threat.changed_ms,
                how,
                snippet: snippet(&text, question),
            });
        }
        all.sort_by_key(|one| (one.how, std::cmp::Reverse(one.changed_ms), one.id.clone()));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_wanted_must_be_there() {
        let terms = terms_of(["The loader calls www.evil.example at night"]);
        let near = |query: &str| how_near(&terms, &Question::read(query).unwrap().wanted);
        assert_eq!(near("www.evil.example"), Some(How::Exact));
        assert_eq!(near("evil.example"), Some(How::Below));
        assert_eq!(near("a.www.evil.example"), Some(How::Parent));
        assert_eq!(near("loader night"), Some(How::Words));
        assert_eq!(
            near("loader nig"),
            Some(How::Words),
            "the last may be a beginning"
        );
        assert_eq!(near("load night"), None);
        assert_eq!(near("loader evil.example"), Some(How::Below), "the nearer counts");
        assert_eq!(near("loader other.example"), None);
        assert_eq!(how_near(&terms, &[]), None, "nothing wanted is nothing found");
    }
}
