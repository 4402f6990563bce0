//! What a good package's report says.

use accord_evidence::*;
use accord_ledger::certificate::Purpose;
use accord_ledger::note::{KeyKind, Note};
use accord_ledger::proof::Proof;
use accord_model::AgreementDigest;

use crate::fixture::*;

#[test]
fn a_good_package_verifies_as_folder_and_as_archive() {
    let package = package();
    let report = verify(package.files(), &trust());
    assert_eq!(report.verdict, Verdict::Verified, "{report}");
    assert_eq!(verify_zip(&package.to_zip().unwrap(), &trust()), report);
    insta::assert_snapshot!(report.to_string());
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    assert_eq!(package().to_zip().unwrap(), package().to_zip().unwrap());
    // A change here is a change of format: say so in the specification and raise its version.
    let sealed = seal(&content()).unwrap();
    insta::assert_snapshot!(sealed.manifest_sha256().to_string());
    insta::assert_snapshot!(String::from_utf8(sealed.files()["manifest-sha256.txt"].clone()).unwrap());
    insta::assert_snapshot!(String::from_utf8(sealed.files()["data/lines.ndjson"].clone()).unwrap());
    insta::assert_snapshot!(String::from_utf8(sealed.files()["data/README.txt"].clone()).unwrap());
    insta::assert_snapshot!(String::from_utf8(package().files()["accord/package.sig"].clone()).unwrap());
    insta::assert_snapshot!(String::from_utf8(package().files()["bag-info.txt"].clone()).unwrap());
}

#[test]
fn original_bytes_are_untouched() {
    let files = package().files().clone();
    let sources = content().sources;
    for (index, source) in sources.iter().enumerate() {
        let expected: Vec<u8> = source.lines.iter().flat_map(|line| line.bytes.clone()).collect();
        assert_eq!(
            files[&format!("data/original/SOURCE-{}.log", index + 1)],
            expected
        );
    }
}

#[test]
fn without_an_identity_the_signer_is_not_checked_and_the_first_line_says_so() {
    let report = verify(package().files(), &Trust::default());
    assert_eq!(report.verdict, Verdict::SignerUnknown, "{report}");
    assert_eq!(report.check("identity").unwrap().outcome, Outcome::NotChecked);
    let text = report.to_string();
    let first = text.lines().next().unwrap();
    assert!(first.starts_with("SIGNER NOT CHECKED"), "{first}");
    // Verified and failed stand there too.
    for (trust, word) in [(trust(), "VERIFIED"), (others_only(), "FAILED")] {
        let text = verify(package().files(), &trust).to_string();
        assert!(text.starts_with(word), "{text}");
    }
}

/// The key of another organisation, with the very bytes of the signer's: what counts is whose it is.
fn others_only() -> Trust {
    Trust {
        identities: vec![signer("other.example/accord/identity", 1).vkey().clone()],
        ..Trust::default()
    }
}

#[test]
fn identities_of_others_only_fail() {
    let report = verify(package().files(), &others_only());
    assert_eq!(failed_names(&report), ["identity"], "{report}");
    assert!(report.failures()[0].contains("isp.example"), "{report}");
    // Among several, the signer's own decides.
    let mut several = others_only();
    several.identities.extend(trust().identities);
    assert_eq!(verify(package().files(), &several).verdict, Verdict::Verified);
}

#[test]
fn another_key_under_the_same_name_fails() {
    let wrong = Trust {
        identities: vec![signer("isp.example/accord/identity", 99).vkey().clone()],
        ..Trust::default()
    };
    let report = verify(package().files(), &wrong);
    assert_eq!(failed_names(&report), ["identity"], "{report}");
}

#[test]
fn the_agreement_is_compared_with_the_one_given() {
    for (given, verdict) in [([5; 32], Verdict::Verified), ([6; 32], Verdict::Failed)] {
        let trust = Trust {
            agreement: Some(AgreementDigest(given)),
            ..trust()
        };
        assert_eq!(verify(package().files(), &trust).verdict, verdict);
    }
}

#[test]
fn cosignatures_join_later_and_are_told_by_name() {
    let agency = signer("agency.example/accord", 20);
    let sealed = seal(&content()).unwrap();
    let proof = tags(sealed.entry_field(), NOW_MS, std::slice::from_ref(&agency)).proof;
    let package = package().with_proof(proof);

    let report = verify(package.files(), &trust());
    assert_eq!(report.verdict, Verdict::Verified, "{report}");
    let unknown = report.check("cosignatures-unknown").unwrap();
    assert!(unknown.outcome == Outcome::NotChecked && unknown.words.contains("agency.example/accord"));

    let knowing = Trust {
        witnesses: vec![agency.cosigner_vkey()],
        ..trust()
    };
    let report = verify(package.files(), &knowing);
    let seen = report.check("cosignatures").unwrap();
    assert!(
        seen.outcome == Outcome::Passed && seen.words.contains("1 other"),
        "{report}"
    );

    // Somebody else's key under the agency's name and id does not exist; the author's own cosignature is no witness.
    let own = certificate().keys[0].1.with_kind(KeyKind::CosignatureV1);
    let report = verify(
        package.files(),
        &Trust {
            witnesses: vec![own],
            ..trust()
        },
    );
    assert!(report.check("cosignatures").is_none(), "{report}");
}

#[test]
fn another_key_of_the_holder_is_no_other_party() {
    // A second ledger key of the same organisation, in the certificate too, cosigns the first one's ledger.
    let second = signer("isp.example/accord", 22);
    let sealed = seal(&content()).unwrap();
    let mut tags = tags(sealed.entry_field(), NOW_MS, std::slice::from_ref(&second));
    let mut twice = certificate();
    twice.keys.insert(1, (Purpose::Ledger, second.vkey().clone()));
    tags.certificate = certificate_note(&twice);
    let package = finish(&sealed, &tags, &evidence_key()).unwrap();
    let knowing = Trust {
        witnesses: vec![second.cosigner_vkey()],
        ..trust()
    };
    for trust in [knowing, trust()] {
        let report = verify(package.files(), &trust);
        assert_eq!(report.verdict, Verdict::Verified, "{report}");
        let cosignatures = report.check("cosignatures").unwrap();
        assert_eq!(cosignatures.outcome, Outcome::NotChecked, "{report}");
        assert!(report.check("cosignatures-unknown").is_none(), "{report}");
    }
}

#[test]
fn a_stripped_cosignature_of_the_author_is_told() {
    let good = verify(package().files(), &trust());
    assert_eq!(good.check("checkpoint-time").unwrap().outcome, Outcome::Passed);
    let mut proof = Proof::parse(&package().files()["accord/proof.txt"]).unwrap();
    let ledger_key = certificate().keys[0].1.clone();
    let text = proof.checkpoint.text().to_owned();
    proof.checkpoint = Note::sign(&text, &[&signer(ledger_key.name(), 2)]).unwrap();
    let stripped = package().with_proof(proof.encode().into_bytes());
    let report = verify(stripped.files(), &trust());
    let time = report.check("checkpoint-time").unwrap();
    assert_eq!(time.outcome, Outcome::NotChecked, "{report}");
    assert!(time.words.contains("missing"), "{report}");
}

#[test]
fn extra_data_beside_the_proof_fails() {
    let mut proof = Proof::parse(&package().files()["accord/proof.txt"]).unwrap();
    proof.extra = Some(b"approved by the court".to_vec());
    let report = verify(
        package().with_proof(proof.encode().into_bytes()).files(),
        &trust(),
    );
    assert_eq!(failed_names(&report), ["checkpoint"], "{report}");
    assert!(report.failures()[0].contains("nobody signed"), "{report}");
}

/// Writes the package of these tests where `ACCORD_WRITE_PACKAGE` says, to try `docs/checking-evidence.md` by hand.
#[test]
fn the_package_can_be_written_out() {
    let bytes = package().to_zip().unwrap();
    assert_eq!(read_zip(&bytes).as_ref(), Ok(package().files()));
    if let Some(path) = std::env::var_os("ACCORD_WRITE_PACKAGE") {
        std::fs::write(path, bytes).unwrap();
        println!("identity key: {}", identity().vkey());
    }
}
