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
const GUEST: &str = "guest/";
const UPLOAD: &str = "upload/";
const HUNT: &str = "hunt/";

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
    /// A file that a guest is about to send: the link's id, the file's number.
    Guest(String, u32),
    /// A file that an approver is about to answer a request with: the request, the file's number.
    Upload(EntryRef, u32),
    /// The lines that a hunt in one's own logs found.
    HuntLines(String),
}

impl Object {
    /// Its name in the store.
    pub fn name(&self) -> String {
        match self {
            Self::Package(at) => object_name(*at),
            Self::File(at) => format!("{FILE}{at}"),
            Self::Material(draft) => format!("{MATERIAL}{draft}"),
            Self::Reading(draft) => format!("{READING}{draft}"),
            Self::Guest(link, number) => format!("{GUEST}{link}/{number}"),
            Self::Upload(request, number) => format!("{UPLOAD}{request}/{number}"),
            Self::HuntLines(hunt) => format!("{HUNT}{hunt}"),
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
        } else if let Some(id) = name.strip_prefix(HUNT) {
            draft(id).map(Self::HuntLines)
        } else if let Some(rest) = name.strip_prefix(GUEST) {
            let (link, number) = rest.rsplit_once('/')?;
            let hex = !link.is_empty() && link.bytes().all(|b| b.is_ascii_hexdigit());
            match number.parse() {
                Ok(number) if hex => Some(Self::Guest(link.to_owned(), number)),
                _ => None,
            }
        } else if let Some(rest) = name.strip_prefix(UPLOAD) {
            let (request, number) = rest.rsplit_once('/')?;
            Some(Self::Upload(request.parse().ok()?, number.parse().ok()?))
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
        Some(Object::Guest(id, number)) => {
            let link = state.guest_links.get(&id);
            let file = link.and_then(|link| link.draft.files.iter().find(|file| file.number == number));
            as_uploaded(name, file.map(|file| file.sha256.as_str()), bytes)
        }
        Some(Object::Upload(at, number)) => {
            let upload = state.uploads.get(&at);
            as_uploaded(name, upload.and_then(|upload| upload.digest_of(number)), bytes)
        }
        Some(Object::HuntLines(id)) => match state.own_hunts.get(&id) {
            Some(hunt) => crate::own_hunts::lines_problems(hunt, name, bytes),
            None => vec![format!("object {name} is of no hunt")],
        },
        Some(Object::Material(_) | Object::Reading(_)) => vec![format!("object {name} is of no draft")],
        None => vec![format!("object {name} is of no note")],
    }
}

/// What is wrong with a file that waits to be sent.
fn as_uploaded(name: &str, digest: Option<&str>, bytes: &[u8]) -> Vec<String> {
    match digest {
        None => vec![format!("object {name} is of nothing that waits to be sent")],
        Some(digest) if hex::encode(Sha256::digest(bytes)) == digest => Vec::new(),
        Some(_) => vec![format!("{name}: it is not what was uploaded")],
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
            Object::Reading(id.clone()),
            Object::HuntLines(id.clone()),
            Object::Guest(id, 3),
            Object::Upload(at, 4),
        ] {
            assert_eq!(Object::of(&object.name()), Some(object));
        }
        for name in [
            "",
            "file/",
            "file/x",
            "import/../x",
            "package/1",
            "other/1",
            "guest/",
            "guest/../1",
            "upload/1",
            "upload/x/1/2",
            "hunt/",
            "hunt/..",
        ] {
            assert_eq!(Object::of(name), None, "{name}");
        }
    }
}
