//! The rows of the control table on ledgers, agreements and keys: each says yes and no.

use super::script::*;
use crate::control::*;
use crate::{AgreementDigest, OrgName, Role, SpaceId};

fn ending() -> AgreementTerminated {
    AgreementTerminated {
        by: person(92),
        role: Role::Signatory,
        digest: DIGEST,
        reason: "the law changed".to_owned(),
    }
}

fn refusal() -> AgreementRefused {
    AgreementRefused {
        by: person(91),
        role: Role::Signatory,
        digest: DIGEST,
        reason: "clause 4".to_owned(),
    }
}

fn sign_all(script: &mut Script, names: &[&str]) {
    for name in names {
        let at = script.write(name, signs(DIGEST));
        script.facts.verified_signatures.insert(at);
    }
}

#[test]
fn a_ledger_is_bound_to_its_space_and_its_organisation() {
    let wrong = |change: fn(&mut LedgerOpened), author: OrgName| {
        let mut script = Script::empty(SpaceKind::Case);
        script.write("agency", opened(DIGEST));
        let ControlEntry::LedgerOpened(body) = &mut script.entries[0].entry else {
            panic!()
        };
        change(body);
        for noted in &mut script.entries {
            noted.author = author.clone();
        }
        let state = script.fold();
        assert_eq!(state.set_aside.len(), 2, "what follows does not count either");
        assert_eq!(state.opening(), &Opening::NotOpened);
        state.set_aside[0].1.clone()
    };
    assert_eq!(
        wrong(|body| body.space = SpaceId([1; 16]), org("agency")),
        Reason::OtherSpace
    );
    assert_eq!(
        wrong(|body| body.space_kind = SpaceKind::Agreement, org("agency")),
        Reason::OtherSpace
    );
    assert!(matches!(
        wrong(|body| body.org = org("isp"), org("agency")),
        Reason::OtherOrganisation { .. }
    ));
    assert!(matches!(
        wrong(|_| (), org("isp")),
        Reason::OtherOrganisation { .. }
    ));
    assert_eq!(
        wrong(|body| body.org = org("stranger"), org("stranger")),
        Reason::NotAgreementParty(org("stranger"))
    );
    let unknown = AgreementDigest([8; 32]);
    assert_eq!(
        wrong(
            |body| body.agreement = Some(AgreementDigest([8; 32])),
            org("agency")
        ),
        Reason::UnknownAgreement(unknown)
    );

    let mut script = Script::case();
    let ControlEntry::LedgerOpened(again) = script.entries[0].entry.clone() else {
        panic!()
    };
    assert_eq!(script.outcome("agency", again), Some(Reason::NotFirst));
}

#[test]
fn an_agreement_stands_when_every_party_signed_the_same_bytes() {
    let mut script = Script::agreement();
    sign_all(&mut script, &["agency", "isp", "vendor"]);
    let state = script.fold();
    assert!(
        !state.agreement(DIGEST).unwrap().all_signed(),
        "three of four signed"
    );
    sign_all(&mut script, &["second"]);
    let state = script.fold();
    assert_eq!(state.set_aside, []);
    assert!(state.agreement(DIGEST).unwrap().all_signed());
    assert_eq!(state.agreement(DIGEST).unwrap().signed.len(), 4);
    assert_eq!(state.parties().len(), 4);
}

#[test]
fn a_signature_under_other_bytes_a_bad_one_and_a_stranger_s_do_not_count() {
    let mut script = Script::agreement();
    let other = AgreementDigest([8; 32]);
    assert_eq!(
        script.outcome("isp", signs(other)),
        Some(Reason::NotProposed(other))
    );
    assert_eq!(script.outcome("isp", signs(DIGEST)), Some(Reason::BadSignature));
    assert_eq!(
        script.outcome("stranger", signs(DIGEST)),
        Some(Reason::NotAgreementParty(org("stranger")))
    );
    let approver = AgreementSigned {
        role: Role::Approver,
        ..signs(DIGEST)
    };
    assert_eq!(
        script.outcome("isp", approver),
        Some(Reason::WrongRole(Role::Approver))
    );
    assert_eq!(
        script.outcome("isp", proposed(other)),
        Some(Reason::UnknownAgreement(other))
    );
    assert_eq!(
        script.outcome("stranger", proposed(DIGEST)),
        Some(Reason::NotAgreementParty(org("stranger")))
    );
}

#[test]
fn one_refusal_keeps_an_agreement_from_standing() {
    let mut script = Script::agreement();
    sign_all(&mut script, &["agency", "vendor", "second"]);
    assert_eq!(script.outcome("isp", refusal()), None);
    let state = script.fold();
    assert!(!state.agreement(DIGEST).unwrap().all_signed());
    assert!(state.agreement(DIGEST).unwrap().refused.contains_key(&org("isp")));
    // They may think better of it.
    sign_all(&mut script, &["isp"]);
    assert!(script.fold().agreement(DIGEST).unwrap().all_signed());
    assert_eq!(
        script.outcome("stranger", refusal()),
        Some(Reason::NotAgreementParty(org("stranger")))
    );
}

#[test]
fn any_party_terminates_and_nothing_undoes_it() {
    let mut script = Script::agreement();
    sign_all(&mut script, &["agency", "isp", "vendor", "second"]);
    assert_eq!(
        script.outcome("stranger", ending()),
        Some(Reason::NotAgreementParty(org("stranger")))
    );
    assert!(script.fold().agreement(DIGEST).unwrap().all_signed());
    let before: Vec<_> = script.heads();
    assert_eq!(script.outcome("isp", ending()), None);
    assert!(!script.fold().agreement(DIGEST).unwrap().all_signed());
    // Signed again without having seen the end, and after it.
    let late = script.write_seeing("vendor", &before, signs(DIGEST));
    script.facts.verified_signatures.insert(late);
    assert!(!script.fold().agreement(DIGEST).unwrap().all_signed());
    assert_eq!(
        script.outcome("second", signs(DIGEST)),
        Some(Reason::Terminated(DIGEST))
    );
}

#[test]
fn keys_are_the_operator_s_or_the_node_s() {
    let mut script = Script::case();
    let node = KeyCertified {
        by: None,
        role: None,
        certificate: "key one".to_owned(),
    };
    assert_eq!(script.outcome("isp", node.clone()), None);
    let by_operator = KeyCertified {
        by: Some(person(22)),
        role: Some(Role::Operator),
        ..node.clone()
    };
    assert_eq!(script.outcome("isp", by_operator), None);
    let by_approver = KeyCertified {
        by: Some(person(20)),
        role: Some(Role::Approver),
        ..node
    };
    assert_eq!(
        script.outcome("isp", by_approver),
        Some(Reason::WrongRole(Role::Approver))
    );
    let revoked = KeyRevoked {
        by: None,
        role: None,
        revocation: "key one".to_owned(),
    };
    assert_eq!(script.outcome("isp", revoked), None);
    let state = script.fold();
    let words = state.keys(&org("isp"));
    assert_eq!(words.len(), 3);
    assert!(matches!(words.last(), Some(KeyWord::Revoked(_, text)) if text == "key one"));
    assert_eq!(state.keys(&org("vendor")), []);
}

#[test]
fn an_entry_beyond_the_trusted_size_does_not_count() {
    let mut script = Script::case();
    let last = script.write("isp", names(ISP_APPROVER, 22, &[Role::Auditor]));
    script.facts.trusted_sizes.insert(last.ledger, last.seq + 1);
    assert_eq!(script.reason(last), None);
    script.facts.trusted_sizes.insert(last.ledger, last.seq);
    assert_eq!(script.reason(last), Some(Reason::KeyRevoked(last.seq)));
}

#[test]
fn agreements_have_no_place_in_a_case_nor_cases_in_an_agreement() {
    assert_eq!(
        Script::case().outcome("agency", proposed(DIGEST)),
        Some(Reason::NotHere)
    );
    assert_eq!(
        Script::agreement().outcome("agency", opened(DIGEST)),
        Some(Reason::NotHere)
    );
}

#[test]
fn people_are_named_and_decide_on_an_agreement_too() {
    let mut script = Script::agreement();
    assert_eq!(
        script.outcome("isp", names(ISP_APPROVER, ISP_APPROVER, &[Role::Approver])),
        None
    );
    let request = script.content("agency");
    assert_eq!(script.outcome("isp", gives(ISP_APPROVER, request)), None);
    let stranger = names(60, 60, &[Role::Approver]);
    assert_eq!(
        script.outcome("stranger", stranger),
        Some(Reason::NotCaseParty(org("stranger")))
    );
}
