//! The search box: "do we know this?", answered from what one person may see.
//!
//! - `terms`: what a note is found by; `index`: the index of one ledger, kept beside it.
//! - `question`: what was typed, read as a reference, a value or words.
//! - `find`: the notes that answer, of the cases that the person sees; `before`: the leads and threats.
//! - `answer`: what they add up to, in the order of usefulness; `snippet`: the words around what was found.
//!
//! Invariants: only ledgers of cases that the person sees are looked into, and a note counts only where
//! [`crate::sight::Reader`] lets it be read, it was not recalled, and it was written by right; of what stands before a case
//! only leads and threats that the person sees. Every number is a number of such. Each search is a line of the access log; what of partners is shown is a look at it.
//!
//! Deliberately absent: agreements, people, and the lines of logs (a hunt looks there).

mod answer;
mod before;
mod find;
mod index;
mod question;
mod snippet;
mod terms;

pub use answer::{CaseFound, Group, NoteFound, SearchAnswer, SightingFound, VerdictFound};
pub use before::{LeadFound, ThreatFound};
pub(crate) use index::TermIndex;
pub use question::{How, QUERY_MAX_CHARS, QUERY_TERMS_MAX};
pub(crate) use terms::host;

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
/// Most bytes of a text that a snippet is looked for in.
const SNIPPET_TEXT_MAX_BYTES: usize = 64 * 1024;

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
