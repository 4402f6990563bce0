//! Verification, offline: from a map of files to a report. Never an error: what cannot be read is a failed check.

mod bag;
mod lines;
mod record;
pub mod report;
mod signed;

use std::collections::BTreeMap;

use accord_formats::archive::{self, ArchiveError, Limits};
use accord_ledger::note::VerifierKey;
use accord_model::AgreementDigest;

use report::{Checks, Report};

/// What the reader knows from elsewhere. Nothing of it is taken from the package.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Identity keys of organisations (`ORG/accord/identity`), got from the organisations themselves.
    pub identities: Vec<VerifierKey>,
    /// Cosignature keys of witnesses: other parties' ledger keys under type 0x04.
    pub witnesses: Vec<VerifierKey>,
    /// The agreement the release should be under.
    pub agreement: Option<AgreementDigest>,
}

/// Verifies a package given as its files, paths relative to the package's folder.
pub fn verify(files: &BTreeMap<String, Vec<u8>>, trust: &Trust) -> Report {
    let mut checks = Checks::default();
    let readable = bag::check_bag(files, &mut checks);
    let mut signer_known = false;
    if readable {
        let lines = lines::check_lines(files, &mut checks);
        let record = record::check_record(files, lines.as_deref(), trust, &mut checks);
        signer_known = signed::check_signed(files, record.as_ref(), trust, &mut checks);
    }
    checks.not_checked(
        "truth-at-source",
        "that the source recorded the truth, and all of it, cannot be checked from a package: see completeness, \
         when and integrity_at_rest in data/acquisition.json",
    );
    checks.not_checked(
        "independent-time",
        "there is no time stamp by an independent authority (RFC 3161); times are the signers' own",
    );
    checks.not_checked(
        "revocation",
        "whether a key was revoked is not in the package: ask the organisation, or a node that follows its ledger",
    );
    checks.report(signer_known)
}

/// Verifies a package given as a zip archive.
pub fn verify_zip(bytes: &[u8], trust: &Trust) -> Report {
    match read_zip(bytes) {
        Ok(files) => verify(&files, trust),
        Err(error) => {
            let mut checks = Checks::default();
            checks.failed("archive", error.to_string());
            checks.report(false)
        }
    }
}

/// The files of a zip archive, out of the one folder that all of them must be in.
///
/// # Errors
/// [`ArchiveError`]: hostile, damaged or ambiguous archives, or more than one folder at the top.
pub fn read_zip(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, ArchiveError> {
    let mut folder: Option<String> = None;
    let mut files = BTreeMap::new();
    for (name, content) in archive::read_zip(bytes, &Limits::default())? {
        let top = name
            .split_once('/')
            .filter(|(top, _)| folder.as_deref().is_none_or(|known| known == *top));
        let Some((top, path)) = top else {
            return Err(ArchiveError::Name {
                name,
                why: "a package's archive holds one folder and nothing beside it",
            });
        };
        folder = Some(top.to_owned());
        files.insert(path.to_owned(), content);
    }
    Ok(files)
}
