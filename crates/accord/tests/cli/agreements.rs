//! `accord agreement` on files, with no node.

use std::path::Path;

use super::{accord, run};

/// Two organisations with keys of their own: `agency` and `isp`, and a folder `heather` with their agreement.
fn heather() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    // The keys are fixed, so that the digest is: 32 bytes of one value each.
    for (org, byte) in [("agency", "11"), ("isp", "22")] {
        std::fs::write(path.join(format!("{org}.seed")), format!("{}\n", byte.repeat(32))).unwrap();
    }
    let (code, stdout, stderr) = new(path, "heather", "Joint cases");
    assert_eq!(code, 0, "{stdout}{stderr}");
    folder
}

/// The identity key of a seed of 32 equal bytes.
fn identity(org: &str, byte: u8) -> String {
    let name = format!("{org}/accord/identity");
    let key = accord_ledger::keys::SigningKey::from_seed(&[byte; 32]);
    accord_ledger::note::NoteSigner::new(&name, key)
        .unwrap()
        .vkey()
        .to_string()
}

fn new(path: &Path, folder: &str, title: &str) -> (i32, String, String) {
    let agency = format!(
        "agency.example agency {} desk@agency.example",
        identity("agency.example", 0x11)
    );
    let isp = format!(
        "isp.example isp {} abuse@isp.example",
        identity("isp.example", 0x22)
    );
    let arguments = [
        "agreement",
        "new",
        folder,
        "--template",
        "agency-isp",
        "--title",
        title,
        "--reference",
        "MOU-7",
        "--from",
        "2027-01-01T00:00:00Z",
        "--until",
        "2029-01-01T00:00:00Z",
        "--party",
        &agency,
        "--party",
        &isp,
        "--gateway",
        "Police Act, section 9",
    ];
    accord(path, &arguments, b"")
}

#[test]
fn files_are_made_checked_explained_compared_and_signed() {
    let folder = heather();
    let path = folder.path();
    let terms = std::fs::read_to_string(path.join("heather/agreement.toml")).unwrap();
    let clauses = std::fs::read_to_string(path.join("heather/clauses.cedar")).unwrap();
    let write = |name: &str, terms: &str, clauses: &str| {
        std::fs::create_dir(path.join(name)).unwrap();
        std::fs::write(path.join(name).join("agreement.toml"), terms).unwrap();
        std::fs::write(path.join(name).join("clauses.cedar"), clauses).unwrap();
    };
    write(
        "later",
        &terms.replace("Joint cases", "Joint cases, second year"),
        &clauses,
    );
    write("broken", &terms.replace("title", "tittle"), &clauses);
    write("open", &terms, &clauses.replace("forbid", "forbids"));
    std::fs::create_dir(path.join("half")).unwrap();
    std::fs::write(path.join("half/agreement.toml"), &terms).unwrap();
    std::fs::write(path.join("words.txt"), "some words\n").unwrap();
    let sign = |what: &'static str, org: &'static str, key: &'static str| {
        run(path, &["agreement", "sign", what, "--org", org, "--key", key])
    };
    let snapshots = [
        // What is there is never written over.
        {
            let (code, stdout, stderr) = new(path, "heather", "Other");
            format!(
                "$ accord agreement new heather ...\nexit code: {code}\n--- stdout\n{stdout}--- stderr\n{stderr}"
            )
        },
        run(
            path,
            &[
                "agreement",
                "new",
                "x",
                "--template",
                "agency-isp",
                "--title",
                "x",
                "--reference",
                "x",
                "--from",
                "2027-01-01T00:00:00Z",
                "--until",
                "2029-01-01T00:00:00Z",
                "--party",
                "isp.example isp",
            ],
        ),
        run(path, &["agreement", "check", "heather"]),
        run(path, &["agreement", "check", "broken"]),
        run(path, &["agreement", "check", "open"]),
        run(path, &["agreement", "check", "half"]),
        run(path, &["agreement", "check", "absent"]),
        run(path, &["agreement", "explain", "heather"]),
        run(path, &["agreement", "explain", "broken"]),
        run(path, &["agreement", "diff", "heather", "heather"]),
        run(path, &["agreement", "diff", "heather", "later"]),
        run(path, &["agreement", "diff", "heather", "later", "--json"]),
        run(path, &["agreement", "diff", "heather", "broken"]),
        sign("heather", "isp.example", "isp.seed"),
        sign("heather", "isp.example", "agency.seed"),
        sign("heather", "vendor.example", "isp.seed"),
        sign("heather", "isp.example", "absent.seed"),
        sign("broken", "isp.example", "isp.seed"),
        sign("words.txt", "isp.example", "isp.seed"),
        sign("isp.seed", "isp.example", "isp.seed"),
        sign("absent.txt", "isp.example", "isp.seed"),
    ];
    insta::assert_snapshot!("agreements", snapshots.join("\n"));
    let (code, stdout, _) = accord(path, &["agreement", "explain", "heather", "--json"], b"");
    let explained: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(code, 0);
    assert!(explained["clauses"].as_array().unwrap().len() > 5, "{explained}");
}
