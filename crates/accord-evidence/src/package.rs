//! Step two: entry, proof, certificate and signature join as tag files.

use std::collections::BTreeMap;

use accord_formats::archive::{ArchiveError, write_zip};
use accord_formats::bagit::{Algorithm, Manifest};
use accord_ledger::note::{Note, NoteError, NoteSigner};

use crate::seal::Sealed;
use crate::{PACKAGE_FORMAT, content::Hex32, paths};

/// Files that a signature names: every tag file but the proof, the tag manifests and the signature itself.
pub const SIGNATURE_MAX_TAGS: usize = 7;

/// The files that come from the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagFiles {
    /// `Header::encode` of the entry `evidence.delivered`.
    pub entry: Vec<u8>,
    /// `Payload::encode` of its payload; `/package/format` and `/package/manifest_sha256` disclosed.
    pub payload: Vec<u8>,
    /// `Proof::encode`: the entry's inclusion under a checkpoint.
    pub proof: Vec<u8>,
    /// `Note::encode` of the node's certificate.
    pub certificate: Vec<u8>,
}

/// Why a package could not be finished.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot sign the package: {0}")]
pub struct FinishError(#[from] NoteError);

/// A whole package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    files: BTreeMap<String, Vec<u8>>,
    folder: String,
}

/// Adds the tag files and signs with the node's evidence key (the certificate's `evidence` key, named
/// `ORG/accord/evidence`).
///
/// # Errors
/// [`FinishError`]: the note cannot be signed.
pub fn finish(sealed: &Sealed, tags: &TagFiles, evidence: &NoteSigner) -> Result<Package, FinishError> {
    let mut files = sealed.files().clone();
    files.insert(paths::ENTRY.to_owned(), tags.entry.clone());
    files.insert(paths::PAYLOAD.to_owned(), tags.payload.clone());
    files.insert(paths::PROOF.to_owned(), tags.proof.clone());
    files.insert(paths::CERTIFICATE.to_owned(), tags.certificate.clone());
    let note = Note::sign(&signature_body(&files), &[evidence])?;
    files.insert(paths::SIGNATURE.to_owned(), note.encode().into_bytes());
    let mut package = Package {
        files,
        folder: paths::folder_name(sealed.exhibit()),
    };
    package.list_tags();
    Ok(package)
}

/// The text that the evidence key signs: the format's name, then `SHA256  PATH` of every tag file but the proof, the
/// tag manifests and the signature, in the order of their paths.
///
/// The proof is left out because it carries its own signatures, and gains cosignatures after delivery.
pub fn signature_body(files: &BTreeMap<String, Vec<u8>>) -> String {
    let mut body = format!("{PACKAGE_FORMAT}\n");
    let signed = files.iter().filter(|(path, _)| {
        let path = path.as_str();
        let outside = path.starts_with("data/") || path.starts_with("tagmanifest-");
        !outside && path != paths::PROOF && path != paths::SIGNATURE
    });
    for (path, bytes) in signed {
        body.push_str(&format!("{}  {path}\n", Hex32::sha256(bytes)));
    }
    body
}

impl Package {
    /// A package as it was read ([`crate::read_zip`]); nothing about it is checked.
    #[must_use]
    pub fn from_files(exhibit: &str, files: BTreeMap<String, Vec<u8>>) -> Self {
        Self {
            files,
            folder: paths::folder_name(exhibit),
        }
    }

    /// Every file by its path.
    pub fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.files
    }

    /// The name of its folder; its archive is this and `.zip`.
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// The package with another proof of the same entry, such as one with more cosignatures. Needs no key: the
    /// signature does not cover the proof.
    #[must_use]
    pub fn with_proof(mut self, proof: Vec<u8>) -> Self {
        self.files.insert(paths::PROOF.to_owned(), proof);
        self.list_tags();
        self
    }

    /// One zip archive with one folder in it (RFC 8493, section 4). The same package gives the same bytes.
    ///
    /// # Errors
    /// [`ArchiveError`] above 4 GiB, which [`crate::content::PACKAGE_MAX_BYTES`] excludes.
    pub fn to_zip(&self) -> Result<Vec<u8>, ArchiveError> {
        write_zip(&self.folder, &self.files)
    }

    /// Writes both tag manifests anew.
    fn list_tags(&mut self) {
        self.files.retain(|path, _| !path.starts_with("tagmanifest-"));
        let manifests = Algorithm::ALL.map(|algorithm| {
            let tags = self.files.iter().filter(|(path, _)| !path.starts_with("data/"));
            let manifest = Manifest::of(
                algorithm,
                tags.map(|(path, bytes)| (path.as_str(), bytes.as_slice())),
            );
            (algorithm.tag_manifest_name(), manifest.to_text().into_bytes())
        });
        self.files.extend(manifests);
    }
}
