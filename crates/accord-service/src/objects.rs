//! What the store keeps as objects, and by which names.
//!
//! An object belongs to one thing: a package or a file to the note that delivers it, material to its draft. Two notes
//! that attach the same bytes keep them twice, so that what is recalled or destroyed with one of them is gone with it
//! (`docs/adr/0016`).

use accord_model::content::{ContentBody, ContentEntry};
use accord_model::{EntryKind, EntryRef};
use sha2::{Digest, Sha256};

use crate::journal::{Body, State};
use crate::release::object_name;

const FILE: &str = "file/";
const PACKAGE: &str = "package/";
const MATERIAL: &str = "import/";
const READING: &str = "reading/";

/// An object of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Object {
    /// The package that a note delivers.
    Package(EntryRef),
    /// The file that a note attaches.
    File(EntryRef),
    /// The material of a draft.
    Material(String),
    /// What was read out of it.
    Reading(String),
}

impl Object {
    /// Its name in the store.
    pub fn name(&self) -> String {
        match self {
            Self::Package(at) => object_name(*at),
            Self::File(at) => format!("{FILE}{at}"),
            Self::Material(draft) => format!("{MATERIAL}{draft}"),
            Self::Reading(draft) => format!("{READING}{draft}"),
        }
    }

    /// What an object of the store is, by its name.
    pub fn of(name: &str) -> Option<Self> {
        let draft =
            |id: &str| (id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit())).then(|| id.to_owned());
        if let Some(at) = name.strip_prefix(PACKAGE) {
            at.parse().ok().map(Self::Package)
        } else if let Some(at) = name.strip_prefix(FILE) {
            at.parse().ok().map(Self::File)
        } else if let Some(id) = name.strip_prefix(MATERIAL) {
            draft(id).map(Self::Material)
        } else {
            name.strip_prefix(READING).and_then(draft).map(Self::Reading)
        }
    }

    /// What a note of a kind delivers beside its words.
    pub fn delivered(at: EntryRef, kind: EntryKind) -> Option<Self> {
        match kind {
            EntryKind::EvidenceDelivered => Some(Self::Package(at)),
            EntryKind::FileAttached => Some(Self::File(at)),
            _ => None,
        }
    }

    /// Whatever a note may have delivered, also one whose words are gone.
    pub fn of_note(at: EntryRef) -> [Self; 2] {
        [Self::Package(at), Self::File(at)]
    }
}

/// Whether bytes are those that a note announces.
pub(crate) fn is_announced(entry: &ContentEntry, bytes: &[u8]) -> bool {
    match &entry.body {
        ContentBody::FileAttached(said) => {
            bytes.len() as u64 == said.size_bytes && hex::encode(Sha256::digest(bytes)) == said.sha256
        }
        _ => false,
    }
}

/// What is wrong with an object that is held; for `fsck`. `drafts` says whether a draft is there.
pub(crate) fn problems(state: &State, name: &str, bytes: &[u8]) -> Vec<String> {
    match Object::of(name) {
        Some(Object::Package(at)) => {
            let mut problems = Vec::new();
            if state.entry(at).is_none() {
                problems.push(format!("object {name} is of no note"));
            }
            let verified = accord_evidence::verify_zip(bytes, &accord_evidence::Trust::default());
            problems.extend(
                verified
                    .failures()
                    .into_iter()
                    .map(|what| format!("{name}: {what}")),
            );
            problems
        }
        Some(Object::File(at)) => match state.entry(at) {
            Some((_, _, Body::Content(entry))) if is_announced(entry, bytes) => Vec::new(),
            Some(_) => vec![format!("{name}: it is not the file that its note states")],
            None => vec![format!("object {name} is of no note")],
        },
        Some(Object::Material(id) | Object::Reading(id)) if state.imports.contains_key(&id) => Vec::new(),
        Some(Object::Material(_) | Object::Reading(_)) => vec![format!("object {name} is of no draft")],
        None => vec![format!("object {name} is of no note")],
    }
}

#[cfg(test)]
mod tests {
    use accord_model::LedgerId;

    use super::*;

    #[test]
    fn every_object_is_known_by_its_name() {
        let at = EntryRef {
            ledger: LedgerId([7; 16]),
            seq: 3,
        };
        let id = "0123456789abcdef0123456789abcdef".to_owned();
        for object in [
            Object::Package(at),
            Object::File(at),
            Object::Material(id.clone()),
            Object::Reading(id),
        ] {
            assert_eq!(Object::of(&object.name()), Some(object));
        }
        for name in ["", "file/", "file/x", "import/../x", "package/1", "other/1"] {
            assert_eq!(Object::of(name), None, "{name}");
        }
    }
}
