//! Tasks: what is to be done, by whom, and what is done.

use std::collections::BTreeMap;

use super::{ContentBody, Said, TaskSet};
use crate::{EntryRef, OrgName};

/// One task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task<'a> {
    /// The organisation that set it.
    pub set_by: &'a OrgName,
    /// What it says.
    pub task: &'a TaskSet,
    /// The entry that says it is done, the first by its reference.
    pub done: Option<EntryRef>,
}

impl Task<'_> {
    /// Whether it is late at a time, in ms: not done, and due before.
    pub fn is_late(&self, now_ms: u64) -> bool {
        self.done.is_none() && self.task.due_ms.is_some_and(|due| due < now_ms)
    }
}

/// Every task, by the entry that set it. Done is said by the organisation that was to do it, or by the one that
/// set it; nobody else's word counts.
pub fn tasks<'a>(said: &[Said<'a>]) -> BTreeMap<EntryRef, Task<'a>> {
    let mut all: BTreeMap<EntryRef, Task<'a>> = BTreeMap::new();
    for one in said {
        if let ContentBody::TaskSet(task) = &one.entry.body {
            let task = Task {
                set_by: one.author,
                task,
                done: None,
            };
            all.insert(one.at, task);
        }
    }
    for one in said {
        if let ContentBody::TaskDone(done) = &one.entry.body
            && let Some(task) = all.get_mut(&done.task)
            && (task.task.org == *one.author || task.set_by == one.author)
        {
            task.done = Some(task.done.map_or(one.at, |first| first.min(one.at)));
        }
    }
    all
}
