//! What each person sees, checked after every step.
//!
//! - `table`: who, where, from which step on: the status, what stands there and what does not.
//! - `crawl`: everybody but the outsider's people, whose answers `probe` compares, reads the pages and answers of their own
//!   node, a part of them after each step and all of them after the last; each mark ([`super::marks`]) may be read by
//!   those that its note is for and by nobody else, and by the end each of them must have.
//!
//! Invariants: the rows are about people as they sign in; nothing is looked up behind the API's back.

mod crawl;
mod table;

use super::StepError;
use super::nodes::World;
use super::story::{Step, Story};

/// What was looked at so far.
#[derive(Debug, Default)]
pub struct Views {
    round: usize,
    /// Rows of the table that were checked.
    pub rows: usize,
    /// Pages and answers that were read for marks.
    pub read: usize,
}

impl Views {
    /// Checks what everybody sees after a step.
    pub async fn check(&mut self, world: &World, story: &mut Story<'_>, step: Step) -> Result<(), StepError> {
        self.round += 1;
        self.rows += table::check(story, step).await?;
        let last = Step::ALL.last() == Some(&step);
        self.read += crawl::crawl(world, story, self.round, last).await?;
        if last { crawl::all_read(story) } else { Ok(()) }
    }
}
