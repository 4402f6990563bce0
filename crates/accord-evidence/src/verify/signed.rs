//! Who says so: the ledger entry that names the bag, its proof, the keys, and the signatures.

use std::collections::BTreeMap;

use accord_ledger::certificate::{Certificate, Purpose};
use accord_ledger::checkpoint::{Checkpoint, SignedCheckpoint};
use accord_ledger::header::{Class, Header};
use accord_ledger::note::{KeyKind, Note, VerifierKey};
use accord_ledger::payload::Payload;
use accord_ledger::proof::Proof;
use accord_model::EntryKind;

use super::Trust;
use super::report::Checks;
use crate::acquisition::AcquisitionRecord;
use crate::content::Hex32;
use crate::package::signature_body;
use crate::{PACKAGE_FORMAT, Utc, paths};

/// Returns whether the certificate is signed by an identity key that the reader gave.
pub(super) fn check_signed(
    files: &BTreeMap<String, Vec<u8>>,
    record: Option<&AcquisitionRecord>,
    trust: &Trust,
    checks: &mut Checks,
) -> bool {
    let header = check_entry(files, record, checks);
    let (certificate, known) = check_certificate(files, record, header.as_ref(), trust, checks);
    check_signature(files, certificate.as_ref(), checks);
    check_proof(files, header.as_ref(), certificate.as_ref(), trust, checks);
    known
}

fn file<'a>(files: &'a BTreeMap<String, Vec<u8>>, path: &str) -> &'a [u8] {
    files.get(path).map(Vec::as_slice).unwrap_or_default()
}

/// The header and the payload fit, and the payload names this bag.
fn check_entry(
    files: &BTreeMap<String, Vec<u8>>,
    record: Option<&AcquisitionRecord>,
    checks: &mut Checks,
) -> Option<Header> {
    let header = match Header::decode(file(files, paths::ENTRY)) {
        Ok(header) => header,
        Err(error) => {
            checks.failed("entry", format!("{}: {error}", paths::ENTRY));
            return None;
        }
    };
    let payload = match Payload::decode(file(files, paths::PAYLOAD)) {
        Ok(payload) => payload,
        Err(error) => {
            checks.failed("entry", format!("{}: {error}", paths::PAYLOAD));
            return Some(header);
        }
    };
    if let Err(error) = payload.verify(&header) {
        checks.failed(
            "entry",
            format!("{} and {}: {error}", paths::ENTRY, paths::PAYLOAD),
        );
    } else if header.class != Class::Content {
        checks.failed("entry", format!("{} is not a content entry", paths::ENTRY));
    } else {
        let withheld = payload.withheld();
        let entry = header.id();
        checks.passed(
            "entry",
            format!("entry {entry} commits to its payload; {withheld} fields are withheld"),
        );
    }
    let mut problems = Vec::new();
    let manifest = Hex32::sha256(file(files, "manifest-sha256.txt")).to_string();
    let mut expect = |pointer: &str, expected: &str, optional: bool| match payload.text(pointer) {
        Some(text) if text == expected => {}
        None if optional => {}
        Some(_) => problems.push(format!("the entry's {pointer} is not that of this package")),
        None => problems.push(format!("the entry does not disclose {pointer}")),
    };
    expect("/body/package/manifest_sha256", &manifest, false);
    expect("/body/package/format", PACKAGE_FORMAT, false);
    if let Some(record) = record {
        expect("/body/exhibit", &record.stated.exhibit.reference, true);
    }
    expect("/kind", EntryKind::EvidenceDelivered.as_str(), true);
    checks.none_of(
        "entry-names-package",
        &problems,
        "the entry names the SHA-256 of manifest-sha256.txt, and so every byte under data/",
    );
    Some(header)
}

/// The certificate, and whether a known identity signed it.
fn check_certificate(
    files: &BTreeMap<String, Vec<u8>>,
    record: Option<&AcquisitionRecord>,
    header: Option<&Header>,
    trust: &Trust,
    checks: &mut Checks,
) -> (Option<Certificate>, bool) {
    let note = match Note::parse(file(files, paths::CERTIFICATE)) {
        Ok(note) => note,
        Err(error) => {
            checks.failed("certificate", format!("{}: {error}", paths::CERTIFICATE));
            return (None, false);
        }
    };
    let certificate = match Certificate::parse(note.text()) {
        Ok(certificate) => certificate,
        Err(error) => {
            checks.failed("certificate", format!("{}: {error}", paths::CERTIFICATE));
            return (None, false);
        }
    };
    let org = &certificate.org;
    let mut problems = Vec::new();
    if let Some(record) = record
        && (record.stated.place.organisation.as_str() != org
            || record.stated.acquired_by.organisation_kind.as_str() != certificate.kind)
    {
        problems.push(format!(
            "the record is of another organisation or kind than the certificate of {org}"
        ));
    }
    if let Some(header) = header
        && !certificate.holds_at(header.clock.wall_ms)
    {
        problems.push(format!(
            "the certificate of {org} did not hold at the time of the entry"
        ));
    }
    for purpose in [Purpose::Ledger, Purpose::Evidence] {
        if certificate.keys_for(purpose).next().is_none() {
            problems.push(format!(
                "the certificate of {org} lists no {} key",
                purpose.word()
            ));
        }
    }
    checks.none_of(
        "certificate",
        &problems,
        format!("the certificate of {org} lists its keys and held at the time of the entry"),
    );

    // The identity of this organisation alone counts; another organisation's key says nothing about it.
    let name = accord_ledger::certificate::identity_key_name(org);
    let candidates: Vec<&VerifierKey> = trust.identities.iter().filter(|key| key.name() == name).collect();
    let known = candidates
        .iter()
        .find(|key| Certificate::open(&note, key).is_ok());
    match (known, candidates.is_empty()) {
        (Some(key), _) => checks.passed(
            "identity",
            format!(
                "the certificate is signed by the identity key of {org} that you gave ({})",
                key.key().fingerprint()
            ),
        ),
        (None, true) if trust.identities.is_empty() => checks.not_checked(
            "identity",
            format!("the identity key of {org} was not compared with a key you know: give --identity"),
        ),
        (None, true) => checks.failed(
            "identity",
            format!("the package is of {org}, and none of the identity keys that you gave is {org}'s"),
        ),
        (None, false) => checks.failed(
            "identity",
            format!(
                "{} is not signed by the identity key of {org} that you gave",
                paths::CERTIFICATE
            ),
        ),
    }
    (Some(certificate), known.is_some())
}

fn check_signature(
    files: &BTreeMap<String, Vec<u8>>,
    certificate: Option<&Certificate>,
    checks: &mut Checks,
) {
    let Some(certificate) = certificate else {
        checks.not_checked(
            "signature",
            "there is no certificate to take the evidence key from",
        );
        return;
    };
    let keys: Vec<VerifierKey> = certificate.keys_for(Purpose::Evidence).cloned().collect();
    let note = match Note::parse(file(files, paths::SIGNATURE)) {
        Ok(note) => note,
        Err(error) => {
            checks.failed("signature", format!("{}: {error}", paths::SIGNATURE));
            return;
        }
    };
    let body = signature_body(files);
    if note.text() != body {
        // The first line that differs names the file.
        let line = body
            .lines()
            .find(|line| !note.text().lines().any(|signed| signed == *line));
        let path = line
            .and_then(|line| line.split_once("  "))
            .map_or(paths::SIGNATURE, |(_, path)| path);
        checks.failed(
            "signature",
            format!("{}: {path} is not what was signed", paths::SIGNATURE),
        );
        return;
    }
    match note.verify(&keys) {
        Ok(_) => checks.passed(
            "signature",
            format!("signed by the evidence key of {}", certificate.org),
        ),
        Err(error) => checks.failed("signature", format!("{}: {error}", paths::SIGNATURE)),
    }
}

fn check_proof(
    files: &BTreeMap<String, Vec<u8>>,
    header: Option<&Header>,
    certificate: Option<&Certificate>,
    trust: &Trust,
    checks: &mut Checks,
) {
    let proof = match Proof::parse(file(files, paths::PROOF)) {
        Ok(proof) => proof,
        Err(error) => {
            checks.failed("checkpoint", format!("{}: {error}", paths::PROOF));
            return;
        }
    };
    if proof.extra.is_some() {
        // It stands where a reader looks for what was signed, and no signature covers it.
        checks.failed(
            "checkpoint",
            format!(
                "{}: it carries extra data, which nobody signed and no package has",
                paths::PROOF
            ),
        );
        return;
    }
    let (Some(header), Some(certificate)) = (header, certificate) else {
        checks.not_checked(
            "checkpoint",
            "there is no entry or no certificate to check it with",
        );
        return;
    };
    let opened = certificate.keys_for(Purpose::Ledger).find_map(|key| {
        SignedCheckpoint::open(proof.checkpoint.clone(), key)
            .ok()
            .map(|opened| (key, opened))
    });
    let Some((author, opened)) = opened else {
        checks.failed(
            "checkpoint",
            format!(
                "{}: the checkpoint is not signed by the ledger key of {}",
                paths::PROOF,
                certificate.org
            ),
        );
        return;
    };
    let checkpoint = opened.checkpoint();
    if checkpoint.ledger() != Some((certificate.org.as_str(), header.ledger)) || proof.index != header.seq {
        checks.failed(
            "checkpoint",
            format!("{}: it is about another ledger or entry", paths::PROOF),
        );
        return;
    }
    checks.passed(
        "checkpoint",
        format!(
            "{} entries, signed by the ledger key of {}",
            checkpoint.size, certificate.org
        ),
    );
    match proof.verify(&header.leaf_hash(), author, &[]) {
        Ok(_) => checks.passed(
            "inclusion",
            format!(
                "the ledger holds this entry at {} of {} entries",
                header.seq, checkpoint.size
            ),
        ),
        Err(error) => checks.failed("inclusion", format!("{}: {error}", paths::PROOF)),
    }
    check_cosignatures(&opened, checkpoint, author, trust, checks);
}

/// The author's own cosignature is a time; those of others are witnesses. Every key of the author's organisation is
/// the author's: a second one, certified or not, is no other party.
fn check_cosignatures(
    opened: &SignedCheckpoint,
    checkpoint: &Checkpoint,
    author: &VerifierKey,
    trust: &Trust,
    checks: &mut Checks,
) {
    let own = author.with_kind(KeyKind::CosignatureV1);
    let authors = |name: &str| organisation(name) == organisation(author.name());
    let witnesses: Vec<VerifierKey> = trust
        .witnesses
        .iter()
        .filter(|key| key.key() != author.key() && !authors(key.name()))
        .cloned()
        .collect();
    let keys: Vec<VerifierKey> = witnesses.iter().cloned().chain([own.clone()]).collect();
    let verified = match opened.cosigners(&keys) {
        Ok(verified) => verified,
        Err(error) => {
            checks.failed("cosignatures", format!("{}: {error}", paths::PROOF));
            return;
        }
    };
    if let Some(time) = verified.iter().find(|v| v.key == own).and_then(|v| v.time_s) {
        let ms = i64::try_from(time).ok().and_then(|s| s.checked_mul(1000));
        let when = ms
            .and_then(|ms| Utc::from_ms(ms).ok())
            .map_or_else(|| time.to_string(), |t| t.to_string());
        checks.passed(
            "checkpoint-time",
            format!(
                "the author states {when} for the checkpoint of {}",
                checkpoint.origin
            ),
        );
    } else {
        checks.not_checked(
            "checkpoint-time",
            format!(
                "the author's own cosignature, which states when the checkpoint of {} was made, is missing",
                checkpoint.origin
            ),
        );
    }
    let others: Vec<&str> = verified
        .iter()
        .filter(|v| v.key != own)
        .map(|v| v.key.name())
        .collect();
    let unknown: Vec<&str> = opened
        .note()
        .signatures()
        .iter()
        .filter(|line| !authors(&line.name) && !others.contains(&line.name.as_str()))
        .map(|line| line.name.as_str())
        .collect();
    if !others.is_empty() {
        checks.passed(
            "cosignatures",
            format!(
                "{} other parties saw this ledger: {}",
                others.len(),
                others.join(", ")
            ),
        );
    }
    if !unknown.is_empty() {
        checks.not_checked(
            "cosignatures-unknown",
            format!(
                "cosignatures by keys you did not give: {}; give --witness",
                unknown.join(", ")
            ),
        );
    } else if others.is_empty() {
        checks.not_checked(
            "cosignatures",
            "no other party has cosigned: that the author shows everybody the same ledger rests on the author's word",
        );
    }
}

/// The organisation that a key's name says it is of: `ORG/accord`, `ORG/accord/evidence`.
fn organisation(key_name: &str) -> &str {
    key_name.split_once('/').map_or(key_name, |(org, _)| org)
}
