//! The search box: "do we know this?", answered from what one person may see.
//!
//! - `terms`: what a note is found by; `index`: the index of one ledger, kept beside it.
//! - `question`: what was typed, read as a reference, a value or words.
//! - `find`: the notes that answer, of the cases that the person sees.
//! - `answer`: what they add up to, in the order of usefulness; `snippet`: the words around what was found.
//!
//! Invariants: only ledgers of cases that the person sees are looked into, and a note counts only where
//! [`crate::sight::Reader`] lets it be read, it was not recalled, and it was written by right; every number is a
//! number of such notes. Each search is a line of the access log; what of partners is shown is a look at it.
//!
//! Deliberately absent: agreements, people, and the lines of logs (a hunt looks there).

mod answer;
mod find;
mod index;
mod question;
mod snippet;
mod terms;

pub use answer::{CaseFound, Group, NoteFound, SearchAnswer, SightingFound, VerdictFound};
pub(crate) use index::TermIndex;
pub use question::{How, QUERY_MAX_CHARS, QUERY_TERMS_MAX};

use crate::error::Result;
use crate::looks::Way;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use question::Question;

/// Most notes that one search counts; of more it says that there are more.
pub const FOUND_MAX: usize = 1_000;
/// Most of one group that an answer shows.
pub const GROUP_MAX: usize = 20;

impl Node {
    /// Answers a search for one person, and keeps that they searched.
    pub async fn search(&self, who: &SignedIn, query: &str) -> Result<SearchAnswer> {
        Act::Search.ask(who)?;
        let question = Question::read(query)?;
        let answer = {
            let state = self.read().await?;
            let found = self.find(&state, who, &question);
            self.answer(&state, who, query.trim(), &question, found)
        };
        self.note_access(who, "searched", query.trim()).await?;
        self.looked(who, Way::Searched, answer.shown()).await?;
        Ok(answer)
    }
}
