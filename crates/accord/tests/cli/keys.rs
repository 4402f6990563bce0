//! `accord key` on files, with no node.

use accord_ledger::certificate::{Revocation, SealingKey, SealingRevocation, TrustedSize};
use accord_ledger::keys::SigningKey;
use accord_ledger::note::{Note, NoteSigner};

use super::{accord, run};

fn signer(name: &str, byte: u8) -> NoteSigner {
    NoteSigner::new(name, SigningKey::from_seed(&[byte; 32])).unwrap()
}

#[test]
fn a_revocation_is_signed_by_the_own_key_and_nothing_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let revocation = Revocation {
        org: "isp.example".into(),
        key: signer("isp.example/accord/peer", 0x33).vkey().clone(),
        at_ms: 1_790_000_000_000,
        ledgers: vec![TrustedSize {
            ledger: "5".repeat(32).parse().unwrap(),
            size: 41,
        }],
    };
    let none = Revocation {
        ledgers: Vec::new(),
        ..revocation.clone()
    };
    let sealing = SealingRevocation {
        org: "isp.example".into(),
        key: SealingKey::new([7; 32]),
        at_ms: 1_790_000_000_000,
    };
    let write = |name: &str, text: &str| std::fs::write(path.join(name), text).unwrap();
    write("isp.seed", &format!("{}\n", "22".repeat(32)));
    write("revocation.txt", &revocation.body());
    write("custodian.txt", &sealing.body());
    write("all.txt", &none.body());
    write("words.txt", "some words\n");
    write("more.txt", &format!("{}and more\n", revocation.body()));
    write("long.txt", &"x".repeat((128 << 10) + 1));

    let sign = |file: &str, org: &str, key: &str| {
        ["key", "sign-revocation", file, "--org", org, "--key", key].map(str::to_owned)
    };
    let shown = |file: &str, org: &str, key: &str| {
        let arguments = sign(file, org, key);
        run(path, &arguments.each_ref().map(String::as_str))
    };
    let snapshots = [
        shown("revocation.txt", "isp.example", "isp.seed"),
        shown("all.txt", "isp.example", "isp.seed"),
        shown("custodian.txt", "isp.example", "isp.seed"),
        shown("revocation.txt", "agency.example", "isp.seed"),
        shown("custodian.txt", "agency.example", "isp.seed"),
        shown("words.txt", "isp.example", "isp.seed"),
        shown("more.txt", "isp.example", "isp.seed"),
        shown("long.txt", "isp.example", "isp.seed"),
        shown("absent.txt", "isp.example", "isp.seed"),
        shown("revocation.txt", "isp.example", "words.txt"),
    ];
    insta::assert_snapshot!("sign_revocation", snapshots.join("\n"));

    // What is printed is what partners read.
    let arguments = sign("revocation.txt", "isp.example", "isp.seed");
    let (_, stdout, _) = accord(path, &arguments.each_ref().map(String::as_str), b"");
    let note = Note::parse(stdout.as_bytes()).unwrap();
    let identity = signer("isp.example/accord/identity", 0x22);
    assert_eq!(Revocation::open(&note, identity.vkey()).unwrap(), revocation);
}
