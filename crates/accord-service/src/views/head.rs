//! What stands at the head of a case: whose courts, why ours, which office, where it came from.

use accord_model::content::{ContentBody, SubjectStanding, subjects};
use accord_model::{EntryKind, EntryRef, OrgName};
use serde::Serialize;

use super::said::said_of;
use crate::journal::{Space, State};
use crate::sight::Reader;

/// The head facts of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct HeadFacts {
    /// The note that says so, and whose it is; none before anybody described the case.
    pub by: Option<(EntryRef, OrgName)>,
    /// The countries whose courts may try it.
    pub jurisdictions: Vec<String>,
    /// Why it is this agency's.
    pub nexus: Option<String>,
    /// The prosecuting office.
    pub office: Option<String>,
    /// Where it came from.
    pub origin: Option<String>,
    /// What others call it.
    pub references: Vec<String>,
    /// The prosecutors that the subjects' statuses name. A name is personal data of its own category: it is here only
    /// for whoever reads those statuses, and not once the subject is cleared.
    pub prosecutors: Vec<String>,
    /// The references of the proceedings, of the same statuses.
    pub proceedings: Vec<String>,
    /// The notes that say all this.
    #[serde(skip)]
    pub(crate) said_in: Vec<EntryRef>,
}

/// The last description that counts and that the reader may read, and whom the statuses name.
pub(super) fn head_facts(state: &State, space: &Space, reader: &Reader) -> HeadFacts {
    let mut facts = HeadFacts::default();
    let mut said = said_of(state, space, |kind| {
        matches!(
            kind,
            EntryKind::CaseDescribed | EntryKind::SubjectRecorded | EntryKind::SubjectStatus
        )
    });
    said.retain(|one| reader.reads(one.entry));
    let last = said.iter().rev().find_map(|one| match &one.entry.body {
        ContentBody::CaseDescribed(body) => Some((one, body)),
        _ => None,
    });
    if let Some((one, body)) = last {
        facts.by = Some((one.at, one.author.clone()));
        facts.said_in.push(one.at);
        facts.jurisdictions.clone_from(&body.jurisdictions);
        facts.nexus.clone_from(&body.nexus);
        facts.office.clone_from(&body.office);
        facts.origin.clone_from(&body.origin);
        facts.references.clone_from(&body.references);
    }
    let before = |a: EntryRef, b: EntryRef| space.before(a, b);
    for subject in subjects::subjects(&said, &before).values() {
        let status = subject
            .by
            .filter(|_| subject.standing != SubjectStanding::Cleared)
            .and_then(|by| said.iter().find(|one| one.at == by));
        if let Some((at, ContentBody::SubjectStatus(status))) = status.map(|one| (one.at, &one.entry.body)) {
            if status.prosecutor.is_some() || status.proceedings.is_some() {
                facts.said_in.push(at);
            }
            facts.prosecutors.extend(status.prosecutor.clone());
            facts.proceedings.extend(status.proceedings.clone());
        }
    }
    for list in [&mut facts.prosecutors, &mut facts.proceedings] {
        list.sort();
        list.dedup();
    }
    facts
}
