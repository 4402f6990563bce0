//! An ISP, an agency, and a package between them. Every key, salt and time is fixed.

use std::collections::BTreeMap;

use accord_evidence::acquisition::*;
use accord_evidence::*;
use accord_ledger::certificate::{Certificate, Purpose, identity_key_name};
use accord_ledger::checkpoint::{Checkpoint, origin};
use accord_ledger::keys::SigningKey;
use accord_ledger::note::{Note, NoteSigner};
use accord_ledger::proof::Proof;
use accord_ledger::tree::Tree;
use accord_ledger::{Class, Clock, Hash, Header, LedgerId, Payload, cosignature};
use accord_model::{AgreementDigest, Marking, OrgKind, PersonId, Role, SpaceId, Tlp};
use serde_json::json;

pub type Files = BTreeMap<String, Vec<u8>>;

pub const NOW_MS: u64 = 1_795_339_800_000; // 2026-11-22T09:30:00Z
const LEDGER: LedgerId = LedgerId([7; 16]);

pub fn signer(name: &str, seed: u8) -> NoteSigner {
    NoteSigner::new(name, SigningKey::from_seed(&[seed; 32])).unwrap()
}

pub fn identity() -> NoteSigner {
    signer(&identity_key_name("isp.example"), 1)
}

pub fn utc(after_ms: i64) -> Utc {
    Utc::from_ms(NOW_MS as i64 + after_ms).unwrap()
}

pub fn not<T>(reason: &str) -> Stated<T> {
    Stated::not(reason)
}

pub fn actor(id: u8) -> Actor {
    Actor {
        person: PersonId([id; 16]),
        name: not("names stand apart; ask isp.example"),
        role: Role::Approver,
        organisation: "isp.example".parse().unwrap(),
        organisation_kind: OrgKind::Isp,
    }
}

pub fn acquisition(lines: u64) -> Acquisition {
    Acquisition {
        exhibit: Exhibit {
            reference: "ISP/1".into(),
            root: not("it is itself the root"),
            description: "Lines of the resolver log of isp.example that name the domain gacycaz.com".into(),
        },
        case: CaseReferences {
            id: SpaceId([9; 16]),
            operation: Stated::Value("Operation HARBOUR".into()),
            numbers: vec![CaseNumber {
                organisation: "agency.example".parse().unwrap(),
                number: "2026/1234".into(),
            }],
        },
        agreement: AgreementReference {
            digest: AgreementDigest([5; 32]),
            title: "Agreement between agency.example and isp.example".into(),
            clause: "4.2".into(),
        },
        request: RequestReference {
            entry: format!("{}/3", "ab".repeat(16)).parse().unwrap(),
            organisation: "agency.example".parse().unwrap(),
            person: PersonId([3; 16]),
            home: None,
            asked: utc(-3_600_000),
        },
        acquired_by: actor(1),
        approved_by: actor(2),
        authority: Stated::Value(vec![Authority {
            kind: "authorisation for communications data".into(),
            identifier: "CD-2026-77".into(),
            issued_by: "agency.example".into(),
            power: "Investigatory Powers Act 2016, Part 3".into(),
            from: utc(-86_400_000),
            to: Stated::Value(utc(86_400_000)),
            entry: not("recorded on paper"),
        }]),
        when: When {
            started: utc(-60_000),
            ended: utc(-30_000),
            source_zone: Stated::Value("UTC".into()),
            source_clock_offset_ms: not("the resolver's offset is not measured"),
            source_time_reference: Stated::Value("NTP, two servers of isp.example".into()),
        },
        place: Place {
            organisation: "isp.example".parse().unwrap(),
            system: "resolver-2, /var/log/dns".into(),
            location: not("not asked"),
        },
        how: Method {
            tool: "accord".into(),
            version: "0.1.0".into(),
            tool_sha256: Stated::Value("c0ffee".repeat(10) + "c0ff"),
            settings: BTreeMap::from([("weak".into(), "off".into()), ("to".into(), "2026-11-21".into())]),
            question: "gacycaz.com, any time since 2026-11-01".into(),
            known_faults: Stated::Value("none known".into()),
        },
        exported: Vec::new(),
        why: "Simda infections are to be identified".into(),
        completeness: Completeness {
            lines_found: lines + 2,
            lines_released: lines,
            narrowed: vec!["two lines of a customer who is a lawyer".into()],
            not_collected: vec!["resolver-1, out of service".into()],
            source_retention: Stated::Value("30 days".into()),
        },
        integrity_at_rest: Stated::Value("rotated daily, gzip, not signed".into()),
        standing: Standings {
            original_lines: Standing::OrdinaryCourse,
            selection: Standing::PreparedForInvestigation,
        },
        custodian: "Abuse desk of isp.example".into(),
        seal: "signature of the evidence key over this package".into(),
        sealed: utc(-1000),
        marking: Marking::tlp(Tlp::Amber),
        handling_code: not("none agreed"),
        protective_marking: not("isp.example has none"),
        witness_statement: not("to follow on request"),
    }
}

/// Lines that are awkward on purpose: CR LF, bytes that are no UTF-8, a tab, and no line end at the end.
pub fn content() -> PackageContent {
    let matched = |value: &str| Match {
        indicator: "gacycaz.com".into(),
        kind: "domain".into(),
        value: value.into(),
        relation: if value == "gacycaz.com" { "exact" } else { "parent" }.into(),
    };
    let line = |line, offset, bytes: &[u8], value: &str, time| EvidenceLine {
        line,
        offset,
        bytes: bytes.to_vec(),
        matches: vec![matched(value)],
        time,
    };
    let whole = b"only line of a small log gacycaz.com".to_vec();
    let sources = vec![
        SourceLines {
            name: "dns-2026-11-20.log".into(),
            origin: Origin::commit(&[8; 32], &[4; 32]),
            media_type: "text/plain".into(),
            lines: vec![
                line(
                    17,
                    2210,
                    b"1795339000.1\t10.0.0.7\tgacycaz.com\r\n",
                    "gacycaz.com",
                    Some(utc(-800_000)),
                ),
                line(
                    40,
                    9000,
                    b"\xff\xfe 10.0.0.8 www.gacycaz.com \x00\n",
                    "www.gacycaz.com",
                    None,
                ),
            ],
        },
        SourceLines {
            name: "../../etc/\u{202e}odd \"name\"".into(),
            origin: Origin::Sha256(content::Hex32::sha256(&whole)),
            media_type: "text/plain".into(),
            lines: vec![line(1, 0, &whole, "gacycaz.com", Some(utc(-700_000)))],
        },
    ];
    PackageContent {
        acquisition: acquisition(3),
        sources,
    }
}

pub fn certificate() -> Certificate {
    Certificate {
        org: "isp.example".into(),
        kind: "isp".into(),
        serial: 1,
        from_ms: NOW_MS - 1_000_000,
        until_ms: NOW_MS + 1_000_000,
        keys: vec![
            (
                Purpose::Ledger,
                signer(&Purpose::Ledger.key_name("isp.example"), 2).vkey().clone(),
            ),
            (
                Purpose::Evidence,
                signer(&Purpose::Evidence.key_name("isp.example"), 3)
                    .vkey()
                    .clone(),
            ),
        ],
        seal: None,
    }
}

pub fn evidence_key() -> NoteSigner {
    signer(&Purpose::Evidence.key_name("isp.example"), 3)
}

/// The entry in a ledger of five, third from the start, and its proof; `witnesses` cosign.
pub fn tags(package_field: serde_json::Value, at_ms: u64, witnesses: &[NoteSigner]) -> TagFiles {
    let mut salt = 0u8;
    let mut salts = || {
        salt += 1;
        [salt; 32]
    };
    let value = json!({
        "kind": "evidence.delivered",
        "title": "withheld from the court",
        "body": { "package": package_field },
    });
    let payload = Payload::build(LEDGER, 2, &value, &mut salts).unwrap();
    let clock = Clock {
        wall_ms: at_ms,
        counter: 0,
    };
    let header = Header::new(Class::Content, clock, Vec::new(), [6; 16], &payload).unwrap();
    let mut tree = Tree::new();
    for index in 0..5u8 {
        tree.append(if index == 2 {
            header.leaf_hash()
        } else {
            Hash([index; 32])
        });
    }
    let checkpoint = Checkpoint {
        origin: origin("isp.example", &LEDGER),
        size: 5,
        root: tree.root(),
    };
    let ledger_key = signer(&Purpose::Ledger.key_name("isp.example"), 2);
    let mut note = checkpoint.sign(&ledger_key, at_ms / 1000).unwrap();
    for witness in witnesses {
        note.add(cosignature::cosign(witness, note.text(), at_ms / 1000 + 60).unwrap())
            .unwrap();
    }
    let proof = Proof {
        extra: None,
        index: 2,
        hashes: tree.inclusion_proof(2, 5).unwrap(),
        checkpoint: note,
    };
    TagFiles {
        entry: header.encode(),
        payload: payload.disclose(|pointer| pointer != "/title").encode(),
        proof: proof.encode().into_bytes(),
        certificate: certificate_note(&certificate()),
    }
}

pub fn certificate_note(certificate: &Certificate) -> Vec<u8> {
    let note: Note = certificate.sign(&identity()).unwrap();
    note.encode().into_bytes()
}

pub fn package() -> Package {
    let sealed = seal(&content()).unwrap();
    finish(&sealed, &tags(sealed.entry_field(), NOW_MS, &[]), &evidence_key()).unwrap()
}

pub fn trust() -> Trust {
    Trust {
        identities: vec![identity().vkey().clone()],
        ..Trust::default()
    }
}

/// The words of all failed checks.
pub fn failures(report: &Report) -> String {
    report
        .with(Outcome::Failed)
        .map(|check| format!("{}: {}\n", check.name, check.words))
        .collect()
}

pub fn failed_names(report: &Report) -> Vec<&'static str> {
    report.with(Outcome::Failed).map(|check| check.name).collect()
}
