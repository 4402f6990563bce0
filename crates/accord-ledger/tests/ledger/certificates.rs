use accord_ledger::LedgerId;
use accord_ledger::certificate::{
    Certificate, CertificateError, MAX_CERTIFICATE_KEYS, MAX_KIND_BYTES, MAX_ORG_BYTES,
    MAX_REVOCATION_LEDGERS, Purpose, Revocation, SealingKey, SealingRevocation, TrustedSize,
    identity_key_name,
};
use accord_ledger::keys::SigningKey;
use accord_ledger::note::{KeyKind, Note, VerifierKey};
use accord_ledger::tree::MAX_TREE_SIZE;

use crate::fixture::{LEDGER, TIME_S, identity, seed};

const ORG: &str = "isp.example";

fn key(purpose: Purpose, number: usize) -> VerifierKey {
    let key = SigningKey::from_seed(&seed(&format!("{} {number}", purpose.word())));
    VerifierKey::new(&purpose.key_name(ORG), KeyKind::Ed25519, key.verifying_key()).unwrap()
}

pub fn certificate() -> Certificate {
    Certificate {
        org: ORG.into(),
        kind: "isp".into(),
        serial: 1,
        from_ms: TIME_S * 1000,
        until_ms: TIME_S * 1000 + 86_400_000,
        keys: Purpose::ALL
            .into_iter()
            .map(|purpose| (purpose, key(purpose, 0)))
            .collect(),
        seal: None,
    }
}

pub fn revocation() -> Revocation {
    Revocation {
        org: ORG.into(),
        key: key(Purpose::Ledger, 0),
        at_ms: TIME_S * 1000,
        ledgers: vec![TrustedSize {
            ledger: LEDGER,
            size: 17,
        }],
    }
}

#[test]
fn a_certificate_is_signed_opened_and_ends() {
    let certificate = certificate();
    let note = certificate.sign(&identity(ORG)).unwrap();
    let read = Note::parse(note.encode().as_bytes()).unwrap();
    assert_eq!(
        Certificate::open(&read, identity(ORG).vkey()).unwrap(),
        certificate
    );
    assert_eq!(
        certificate.keys_for(Purpose::Peer).collect::<Vec<_>>(),
        [&key(Purpose::Peer, 0)]
    );
    let (from, until) = (certificate.from_ms, certificate.until_ms);
    let table = [(from - 1, false), (from, true), (until - 1, true), (until, false)];
    for (at, holds) in table {
        assert_eq!(certificate.holds_at(at), holds, "{at}");
    }
    assert!(Certificate::open(&read, identity("agency.example").vkey()).is_err());
}

#[test]
fn another_organisations_identity_key_certifies_nothing() {
    let certificate = certificate();
    let other = identity("agency.example");
    assert!(matches!(
        certificate.sign(&other),
        Err(CertificateError::OtherOrganisation { .. })
    ));
    let note = Note::sign(&certificate.body(), &[&other]).unwrap();
    assert!(matches!(
        Certificate::open(&note, other.vkey()),
        Err(CertificateError::OtherOrganisation { .. })
    ));
    let note = Note::sign(&revocation().body(), &[&other]).unwrap();
    assert!(matches!(
        Revocation::open(&note, other.vkey()),
        Err(CertificateError::OtherOrganisation { .. })
    ));
    assert_eq!(identity_key_name(ORG), "isp.example/accord/identity");
}

#[test]
fn malformed_certificates_are_refused() {
    let body = certificate().body();
    assert_eq!(Certificate::parse(&body).unwrap(), certificate());
    for (from, to) in [
        ("certificate/v1", "certificate/v2"),
        ("org isp.example", "org ISP.example"),
        ("org isp.example", "org "),
        ("org isp.example", "org agency.example"),
        ("kind isp", "kind "),
        ("kind isp", "kind I SP"),
        ("serial 1", "serial 0"),
        ("serial 1", "serial 01"),
        ("serial 1", "serial -1"),
        ("serial 1\n", ""),
        ("until 17", "until 16"),
        ("key peer", "key pear"),
        ("key peer", "key ledger"),
        ("key evidence", "extra evidence"),
    ] {
        let bad = body.replacen(from, to, 1);
        assert_ne!(bad, body);
        assert!(Certificate::parse(&bad).is_err(), "{from} -> {to}");
    }
    assert!(Certificate::parse(body.trim_end()).is_err());
    assert!(Certificate::parse(&format!("{body}\n")).is_err());
    let change = |change: &dyn Fn(&mut Certificate)| {
        let mut bad = certificate();
        change(&mut bad);
        assert!(
            bad.check().is_err() && Certificate::parse(&bad.body()).is_err(),
            "{bad:?}"
        );
    };
    change(&|c| c.keys.clear());
    change(&|c| c.keys.reverse());
    change(&|c| c.keys.push(c.keys[2].clone()));
    change(&|c| c.keys[0].1 = c.keys[0].1.with_kind(KeyKind::CosignatureV1));
    change(&|c| {
        // One key for two purposes.
        let shared = *c.keys[0].1.key();
        c.keys[1].1 = VerifierKey::new(&Purpose::Peer.key_name(ORG), KeyKind::Ed25519, shared).unwrap();
    });
}

#[test]
fn certificate_limits_and_one_past_them() {
    let mut certificate = certificate();
    certificate.keys = (0..MAX_CERTIFICATE_KEYS)
        .map(|number| (Purpose::Peer, key(Purpose::Peer, number)))
        .collect();
    assert_eq!(Certificate::parse(&certificate.body()).unwrap(), certificate);
    certificate.keys.push((Purpose::Peer, key(Purpose::Peer, 99)));
    let error = Err(CertificateError::TooMany(MAX_CERTIFICATE_KEYS + 1));
    assert_eq!(certificate.check(), error);
    assert_eq!(Certificate::parse(&certificate.body()).map(|_| ()), error);
    let kind = |length: usize| {
        Certificate {
            kind: "k".repeat(length),
            ..self::certificate()
        }
        .check()
    };
    assert_eq!(kind(MAX_KIND_BYTES), Ok(()));
    assert_eq!(kind(MAX_KIND_BYTES + 1), Err(CertificateError::Line("kind")));
    let org = |length: usize| {
        let org = "o".repeat(length);
        let name = Purpose::Ledger.key_name(&org);
        let vkey = VerifierKey::new(&name, KeyKind::Ed25519, *key(Purpose::Ledger, 0).key()).unwrap();
        Certificate {
            org,
            keys: vec![(Purpose::Ledger, vkey)],
            ..self::certificate()
        }
        .check()
    };
    assert_eq!(org(MAX_ORG_BYTES), Ok(()));
    assert_eq!(org(MAX_ORG_BYTES + 1), Err(CertificateError::Line("org")));
}

#[test]
fn a_certificate_may_name_the_key_that_is_sealed_to() {
    let with = Certificate {
        seal: Some(SealingKey::new([7; 32])),
        ..certificate()
    };
    let line = format!(
        "seal hpke-x25519-hkdf-sha256-chacha20poly1305+{}\n",
        "07".repeat(32)
    );
    assert_eq!(with.body(), format!("{}{line}", certificate().body()));
    let note = with.sign(&identity(ORG)).unwrap();
    assert_eq!(Certificate::open(&note, identity(ORG).vkey()).unwrap(), with);
    // Last, once, and in one spelling.
    let body = with.body();
    let first = body.replacen("key ledger", &format!("{line}key ledger"), 1);
    for bad in [
        format!("{body}{line}"),
        first,
        body.replace("+0707", "+070"),
        body.replace("seal hpke-x25519", "seal hpke-x448"),
        format!("{}{}", certificate().body(), line.replace("07", "aA")),
    ] {
        assert!(Certificate::parse(&bad).is_err(), "{bad}");
    }
}

#[test]
fn a_key_that_is_sealed_to_is_revoked_by_its_identity_key() {
    let revocation = SealingRevocation {
        org: ORG.into(),
        key: SealingKey::new([7; 32]),
        at_ms: TIME_S * 1000,
    };
    let note = revocation.sign(&identity(ORG)).unwrap();
    let read = Note::parse(note.encode().as_bytes()).unwrap();
    assert_eq!(
        SealingRevocation::open(&read, identity(ORG).vkey()).unwrap(),
        revocation
    );
    let other = identity("agency.example");
    assert!(revocation.sign(&other).is_err());
    let forged = Note::sign(&revocation.body(), &[&other]).unwrap();
    assert!(SealingRevocation::open(&forged, other.vkey()).is_err());
    assert!(SealingRevocation::open(&forged, identity(ORG).vkey()).is_err());
    assert!(
        Revocation::open(&read, identity(ORG).vkey()).is_err(),
        "neither is the other"
    );
    let body = revocation.body();
    for bad in [
        body.trim_end().to_owned(),
        format!("{body}at 1\n"),
        body.replace("org isp.example", "org ISP"),
        body.replace("seal ", "key "),
        body.replace("at 1", "at 01"),
    ] {
        assert!(SealingRevocation::parse(&bad).is_err(), "{bad}");
    }
}

#[test]
fn a_revocation_names_the_last_trusted_sizes() {
    let revocation = revocation();
    let note = revocation.sign(&identity(ORG)).unwrap();
    let read = Note::parse(note.encode().as_bytes()).unwrap();
    let opened = Revocation::open(&read, identity(ORG).vkey()).unwrap();
    assert_eq!(opened, revocation);
    assert_eq!(opened.trusted_size(&LEDGER), 17);
    assert_eq!(
        opened.trusted_size(&LedgerId([0; 16])),
        0,
        "a ledger left out is not trusted at all"
    );
    let foreign = Revocation {
        org: "agency.example".into(),
        ..revocation.clone()
    };
    assert!(matches!(foreign.check(), Err(CertificateError::KeyName(_))));
    let body = revocation.body();
    for (from, to) in [
        ("v1", "v3"),
        ("at 17", "at 017"),
        (" 17\n", " +17\n"),
        ("ledger a1", "ledger A1"),
        ("key isp", "key xsp"),
    ] {
        let bad = body.replacen(from, to, 1);
        assert_ne!(bad, body);
        assert!(Revocation::parse(&bad).is_err(), "{from} -> {to}");
    }
}

#[test]
fn revocation_limits_and_one_past_them() {
    let ledgers = |count: usize| {
        let id = |number: usize| LedgerId((number as u128).to_be_bytes());
        (0..count)
            .map(|number| TrustedSize {
                ledger: id(number),
                size: MAX_TREE_SIZE,
            })
            .collect::<Vec<_>>()
    };
    let mut revocation = Revocation {
        ledgers: ledgers(MAX_REVOCATION_LEDGERS),
        ..revocation()
    };
    let note = revocation.sign(&identity(ORG)).unwrap();
    assert_eq!(Revocation::open(&note, identity(ORG).vkey()).unwrap(), revocation);
    revocation.ledgers[3].size += 1;
    assert_eq!(revocation.check(), Err(CertificateError::Line("ledger")));
    revocation.ledgers[3].size -= 1;
    revocation.ledgers.swap(1, 2);
    assert_eq!(
        Revocation::parse(&revocation.body()),
        Err(CertificateError::Line("ledger"))
    );
    revocation.ledgers = ledgers(MAX_REVOCATION_LEDGERS + 1);
    let error = CertificateError::TooMany(MAX_REVOCATION_LEDGERS + 1);
    assert_eq!(revocation.check(), Err(error.clone()));
    assert_eq!(Revocation::parse(&revocation.body()), Err(error));
}
