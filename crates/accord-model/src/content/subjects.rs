//! Subjects: where each stands, and what clearing removes.

use std::collections::BTreeMap;

use super::said::latest;
use super::{ContentBody, Said, SubjectRecorded, SubjectStanding, SubjectStatus};
use crate::control::Causality;
use crate::{EntryRef, OrgName};

/// One subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject<'a> {
    /// The organisation that recorded them, and alone says where they stand.
    pub org: &'a OrgName,
    /// Where they stand.
    pub standing: SubjectStanding,
    /// The entry that says so; `None` while nothing was said since the recording.
    pub by: Option<EntryRef>,
    recorded: &'a SubjectRecorded,
}

impl<'a> Subject<'a> {
    /// How the case calls them.
    pub fn reference(&self) -> &'a str {
        &self.recorded.reference
    }

    /// What is known of them: name, other names, identifiers, and why they are looked at. `None` once they are
    /// cleared: none of it is shown, searched or exported any more.
    pub fn details(&self) -> Option<&'a SubjectRecorded> {
        (self.standing != SubjectStanding::Cleared).then_some(self.recorded)
    }
}

/// Every subject, by the entry that recorded them. Their latest status counts; of statuses that have not seen
/// each other the mildest does.
pub fn subjects<'a>(said: &[Said<'a>], causality: &dyn Causality) -> BTreeMap<EntryRef, Subject<'a>> {
    let mut all: BTreeMap<EntryRef, Subject<'a>> = BTreeMap::new();
    for one in said {
        if let ContentBody::SubjectRecorded(recorded) = &one.entry.body {
            let subject = Subject {
                org: one.author,
                standing: SubjectStanding::Suspected,
                by: None,
                recorded,
            };
            all.insert(one.at, subject);
        }
    }
    let mut words: BTreeMap<EntryRef, BTreeMap<EntryRef, &SubjectStatus>> = BTreeMap::new();
    for one in said {
        if let ContentBody::SubjectStatus(status) = &one.entry.body
            && all
                .get(&status.subject)
                .is_some_and(|subject| subject.org == one.author)
        {
            words.entry(status.subject).or_default().insert(one.at, status);
        }
    }
    for (at, subject) in &mut all {
        let Some(words) = words.get(at) else { continue };
        let now = latest(causality, words.keys().copied())
            .into_iter()
            .filter_map(|by| Some((words.get(&by)?.status, by)))
            .min();
        if let Some((standing, by)) = now {
            subject.standing = standing;
            subject.by = Some(by);
        }
    }
    all
}
