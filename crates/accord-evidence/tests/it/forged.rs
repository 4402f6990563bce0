//! Damage with skill: the forger recomputes everything that needs no key.

use accord_evidence::*;
use accord_formats::bagit::{Algorithm, Manifest};
use accord_ledger::certificate::{Certificate, Purpose};
use accord_ledger::note::Note;

use crate::fixture::*;

/// Writes all four manifests anew.
pub fn relist(files: &mut Files) {
    files.retain(|path, _| !path.contains("manifest-"));
    for payload in [true, false] {
        let manifests = Algorithm::ALL.map(|algorithm| {
            let listed = files
                .iter()
                .filter(|(path, _)| path.starts_with("data/") == payload);
            let manifest = Manifest::of(algorithm, listed.map(|(p, b)| (p.as_str(), b.as_slice())));
            let name = if payload {
                algorithm.manifest_name()
            } else {
                algorithm.tag_manifest_name()
            };
            (name, manifest.to_text().into_bytes())
        });
        files.extend(manifests);
    }
}

fn changed(path: &str, from: &str, to: &str) -> Files {
    let mut files = package().files().clone();
    let text = String::from_utf8(files[path].clone()).unwrap();
    assert!(text.contains(from), "{path} does not hold {from}");
    files.insert(path.to_owned(), text.replacen(from, to, 1).into_bytes());
    relist(&mut files);
    files
}

#[test]
pub fn relisting_an_unchanged_package_changes_nothing() {
    let mut files = package().files().clone();
    relist(&mut files);
    assert_eq!(files, *package().files());
}

#[test]
fn a_changed_payload_with_fresh_manifests_is_not_what_the_entry_names() {
    let mut content = content();
    content.sources[0].lines[0].bytes[20] = b'9';
    let forged = seal(&content).unwrap();
    let mut files = package().files().clone();
    files.extend(forged.files().clone());
    relist(&mut files);
    let report = verify(&files, &trust());
    assert_eq!(
        failed_names(&report),
        ["entry-names-package", "signature"],
        "{report}"
    );
}

#[test]
fn an_entry_with_the_right_digest_by_the_wrong_ledger_is_not_included() {
    let mut content = content();
    content.sources[0].lines[0].bytes[20] = b'9';
    let forged = seal(&content).unwrap();
    // The forger has a new entry and payload, but must keep the old proof: only the ledger key signs checkpoints.
    let mut tags_new = tags(forged.entry_field(), NOW_MS, &[]);
    tags_new.proof = package().files()["accord/proof.txt"].clone();
    let forger = signer("isp.example/accord/evidence", 66);
    let package = finish(&forged, &tags_new, &forger).unwrap();
    let report = verify(package.files(), &trust());
    assert_eq!(failed_names(&report), ["signature", "inclusion"], "{report}");
}

#[test]
fn a_certificate_of_the_forgers_own_fails_against_the_known_identity() {
    let mut own: Certificate = certificate();
    own.keys[1].1 = signer("isp.example/accord/evidence", 66).vkey().clone();
    let sealed = seal(&content()).unwrap();
    let mut tags = tags(sealed.entry_field(), NOW_MS, &[]);
    let forger = signer("isp.example/accord/identity", 66);
    tags.certificate = own.sign(&forger).unwrap().encode().into_bytes();
    let package = finish(&sealed, &tags, &signer("isp.example/accord/evidence", 66)).unwrap();
    assert_eq!(failed_names(&verify(package.files(), &trust())), ["identity"]);
    // Nobody can tell without the key: this is why the verdict is not "verified" then.
    assert_eq!(
        verify(package.files(), &Trust::default()).verdict,
        Verdict::SignerUnknown
    );
}

#[test]
fn certificates_out_of_term_of_others_or_without_keys_fail() {
    let sealed = seal(&content()).unwrap();
    let good = certificate();
    let cases: [(&str, Certificate); 4] = [
        (
            "ended",
            Certificate {
                until_ms: NOW_MS,
                ..good.clone()
            },
        ),
        (
            "not begun",
            Certificate {
                from_ms: NOW_MS + 1,
                ..good.clone()
            },
        ),
        (
            "another kind",
            Certificate {
                kind: "vendor".into(),
                ..good.clone()
            },
        ),
        (
            "no ledger key",
            Certificate {
                keys: vec![good.keys[1].clone()],
                ..good.clone()
            },
        ),
    ];
    for (name, certificate) in cases {
        let mut tags = tags(sealed.entry_field(), NOW_MS, &[]);
        tags.certificate = certificate_note(&certificate);
        let package = finish(&sealed, &tags, &evidence_key()).unwrap();
        let report = verify(package.files(), &trust());
        assert!(failed_names(&report).contains(&"certificate"), "{name}\n{report}");
    }
    let edge = Certificate {
        from_ms: NOW_MS,
        until_ms: NOW_MS + 1,
        ..good
    };
    let mut tags = tags(sealed.entry_field(), NOW_MS, &[]);
    tags.certificate = certificate_note(&edge);
    let package = finish(&sealed, &tags, &evidence_key()).unwrap();
    assert_eq!(verify(package.files(), &trust()).verdict, Verdict::Verified);
}

#[test]
fn the_evidence_key_signs_nothing_but_packages_of_its_own() {
    // The ledger key's signature over the body is not the evidence key's.
    let sealed = seal(&content()).unwrap();
    let ledger_key = signer(&Purpose::Ledger.key_name("isp.example"), 2);
    let package = finish(&sealed, &tags(sealed.entry_field(), NOW_MS, &[]), &ledger_key).unwrap();
    assert_eq!(failed_names(&verify(package.files(), &trust())), ["signature"]);
    // A good signature over another body.
    let mut files = self::package().files().clone();
    let note = Note::sign("accord-evidence-package/v1\n", &[&evidence_key()]).unwrap();
    files.insert("accord/package.sig".into(), note.encode().into_bytes());
    relist(&mut files);
    assert_eq!(failed_names(&verify(&files, &trust())), ["signature"]);
}

#[test]
fn an_entry_that_hides_what_it_names_fails() {
    let sealed = seal(&content()).unwrap();
    let mut tags = tags(sealed.entry_field(), NOW_MS, &[]);
    let payload = accord_ledger::Payload::decode(&tags.payload).unwrap();
    tags.payload = payload
        .disclose(|pointer| pointer != "/body/package/manifest_sha256")
        .encode();
    let package = finish(&sealed, &tags, &evidence_key()).unwrap();
    let report = verify(package.files(), &trust());
    assert_eq!(failed_names(&report), ["entry-names-package"], "{report}");
}

/// A dishonest holder has all keys. What they state must still fit together.
#[test]
fn what_the_record_says_must_fit_the_lines_and_the_case_document() {
    for (path, from, to, check) in [
        (
            "data/acquisition.json",
            "\"lines\": 3",
            "\"lines\": 4",
            "record-and-lines",
        ),
        ("data/acquisition.json", "\"ISP/1\"", "\"ISP/2\"", "case"),
        (
            "data/acquisition.json",
            "\"Simda infections are to be identified\"",
            "\" \"",
            "record",
        ),
        (
            "data/acquisition.json",
            "\"not_stated\": \"not asked\"",
            "\"not_stated\": \"\"",
            "record",
        ),
        (
            "data/acquisition.json",
            "accord-acquisition/v1",
            "accord-acquisition/v2",
            "record",
        ),
        (
            "data/acquisition.json",
            "dns-2026-11-20.log",
            "dns-2026-11-21.log",
            "record-and-lines",
        ),
        ("data/case.jsonld", "ISP/1", "ISP/2", "case"),
        ("data/case.jsonld", "CD-2026-77", "CD-2026-78", "case"),
        ("data/case.jsonld", "SHA512", "SHA384", "case"),
        ("data/case.jsonld", "TLP:AMBER", "TLP:CLEAR", "case"),
        (
            "data/case.jsonld",
            "\"case-investigation:wasDerivedFrom\"",
            "\"case-investigation:x\"",
            "case",
        ),
        ("data/lines.ndjson", "\"line\":17", "\"line\":41", "lines"),
        ("data/lines.ndjson", "\"position\":0", "\"position\":1", "lines"),
        ("data/lines.ndjson", "SOURCE-2", "SOURCE-3", "lines"),
        ("data/lines.ndjson", "\"time\":null", "\"time\": null", "lines"),
    ] {
        let report = verify(&changed(path, from, to), &trust());
        assert!(
            failed_names(&report).contains(&check),
            "{path}: {from} -> {to}\n{report}"
        );
    }
}

#[test]
fn an_original_that_is_only_partly_covered_by_lines_fails() {
    let mut files = package().files().clone();
    files
        .get_mut("data/original/SOURCE-1.log")
        .unwrap()
        .extend_from_slice(b"one more\n");
    relist(&mut files);
    let report = verify(&files, &trust());
    assert!(failures(&report).contains("its lines cover"), "{report}");
}
