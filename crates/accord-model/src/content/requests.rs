//! What rests on an oral authority: it carries one act.

use super::{ContentBody, Said};
use crate::{EntryRef, OrgName};

/// The requests of an organisation that rest on its oral authority, the first by stamp first. Only the first is
/// carried: whoever would write a second refuses to.
pub fn resting_on(said: &[Said<'_>], oral: EntryRef, org: &OrgName) -> Vec<EntryRef> {
    let mut resting: Vec<(u64, EntryRef)> = said
        .iter()
        .filter(|one| one.author == org)
        .filter(|one| matches!(&one.entry.body, ContentBody::RequestMade(made) if made.oral == Some(oral)))
        .map(|one| (one.wall_ms, one.at))
        .collect();
    resting.sort();
    resting.into_iter().map(|(_, at)| at).collect()
}
