//! Making, checking and running a node.

use super::node::TestNode;
use super::running::Running;
use super::{accord, run};

#[test]
fn configurations() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let node =
        "[node]\ndir = \".\"\norg = \"isp.example\"\nkind = \"isp\"\nurl = \"https://accord.isp.example\"\n";
    for (name, text) in [
        ("good.toml", node.to_owned()),
        (
            "key.toml",
            format!("{node}[server]\nlisten_on = \"127.0.0.1:1\"\n"),
        ),
        ("url.toml", node.replace("https://", "http://")),
        ("kind.toml", node.replace("\"isp\"", "\"bakery\"")),
        ("text.toml", "[node\n".to_owned()),
        ("filter.toml", format!("{node}[log]\nfilter = \"accord=loud\"\n")),
    ] {
        std::fs::write(path.join(name), text).unwrap();
    }
    let mut snapshots = vec![
        run(path, &["config", "check"]),
        run(path, &["config", "show", "--config", "good.toml"]),
        run(path, &["serve", "--config", "key.toml"]),
        run(path, &["serve", "--config", "good.toml", "--listen", "here"]),
        run(path, &["serve", "--config", "good.toml", "--log", "accord=loud"]),
    ];
    for name in ["good", "key", "url", "kind", "text", "filter"] {
        snapshots.push(run(
            path,
            &["config", "check", "--config", &format!("{name}.toml")],
        ));
    }
    insta::assert_snapshot!("configurations", snapshots.join("\n"));
}

#[test]
fn a_new_node() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let init = ["init", "node", "--org", "isp.example", "--kind", "isp"];
    let (code, stdout, stderr) = accord(path, &init, b"");
    assert_eq!((code, stderr.as_str()), (0, ""));
    // Keys and passwords are random: everything else stands as it is.
    let stdout: String = stdout
        .lines()
        .map(|line| match line.rsplit_once(' ') {
            Some((words, _)) if line.starts_with("identity key") => format!("{words} KEY\n"),
            Some((words, _)) if line.starts_with("  ") => format!("{words} PASSWORD\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let again = run(path, &init);
    let snapshots = [
        stdout,
        again,
        run(path, &["init", "other", "--org", "ISP example", "--kind", "isp"]),
        run(
            path,
            &["init", "other", "--org", "isp.example", "--kind", "bakery"],
        ),
        run(
            path,
            &[
                "init",
                "other",
                "--org",
                "isp.example",
                "--kind",
                "isp",
                "--url",
                "http://isp.example",
            ],
        ),
        run(path, &["config", "check", "--config", "node/accord.toml"]),
        run(path, &["fsck", "--config", "node/accord.toml"]),
        run(path, &["fsck", "--config", "node/accord.toml", "--json"]),
    ];
    insta::assert_snapshot!("init", snapshots.join("\n"));
    assert!(!path.join("other").exists(), "a refused init leaves nothing");
}

#[test]
fn an_older_node_s_certificate_comes_to_name_the_custodian_s_key() {
    let node = TestNode::init("isp.example", "isp");
    let (certificate, key) = (node.file("certificate.txt"), node.file("offline/identity.seed"));
    let key = key.to_str().unwrap().to_owned();
    let named = std::fs::read_to_string(&certificate).unwrap();
    assert!(named.contains("\nseal hpke-x25519-"), "{named}");
    let (code, stdout, stderr) = node.run(&["key", "certify", "--key", &key], b"");
    assert_eq!(
        (code, stdout.as_str()),
        (1, "the certificate names the key of its custodian already\n"),
        "{stderr}"
    );
    // Another custodian's key, as after the loss of the old one.
    std::fs::remove_file(node.file("keys/custodian.seed")).unwrap();
    let other = TestNode::init("isp.example", "isp");
    let others = other.file("offline/identity.seed");
    let (code, stdout, stderr) = node.run(&["key", "certify", "--key", others.to_str().unwrap()], b"");
    assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
    assert!(stderr.contains("not the identity key of this node"), "{stderr}");
    assert_eq!(std::fs::read_to_string(&certificate).unwrap(), named);
    let (code, stdout, stderr) = node.run(&["key", "certify", "--key", &key], b"");
    assert_eq!(
        (code, stdout.as_str()),
        (0, "certificate 2 of isp.example names the key of its custodian\n"),
        "{stderr}"
    );
    let anew = std::fs::read_to_string(&certificate).unwrap();
    assert!(anew.contains("\nserial 2\n") && anew != named);
    let (code, _, stderr) = node.run(&["fsck"], b"");
    assert_eq!(code, 0, "{stderr}");
}

#[test]
fn a_damaged_node_is_not_clean() {
    let node = TestNode::init("isp.example", "isp");
    std::fs::remove_file(node.file("keys/ledger.seed")).unwrap();
    let (code, stdout, stderr) = node.run(&["fsck"], b"");
    assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
    assert!(stderr.contains("ledger.seed"), "{stderr}");
}

#[cfg(unix)]
#[test]
fn a_running_node_is_left_alone_and_ends_when_it_is_told_to() {
    let mut node = TestNode::init("isp.example", "isp");
    node.serve();
    let page = format!("{}/logs", node.url);
    for command in [
        &["fsck"][..],
        &["log", "list"],
        &["log", "verify"],
        &["hunt", "run", "--indicators", "node/identity.vkey"],
    ] {
        let (code, stdout, stderr) = node.run(command, b"");
        assert_eq!((code, stdout.as_str()), (2, ""), "{command:?}");
        assert!(
            stderr.contains("the node of isp.example is running") && stderr.contains(&page),
            "{command:?}: {stderr}"
        );
    }
    // Its port is taken, and its folder is in use.
    let address = node.url.trim_start_matches("http://").to_owned();
    let (code, _, stderr) = node.run(&["serve"], b"");
    assert_eq!(code, 2);
    assert!(stderr.contains(&address), "{stderr}");
    let (code, _, stderr) = node.run(&["serve", "--listen", "127.0.0.1:0"], b"");
    assert_eq!(code, 2);
    assert!(stderr.contains("in use"), "{stderr}");
    assert_eq!(node.stop(), 0);
    // The command line overrides the file.
    let mut other = Running::start(
        node.path(),
        &["serve", "--config", "node/accord.toml", "--listen", "127.0.0.1:0"],
    );
    let said = other.line_with(" listens on 127.0.0.1:");
    assert!(
        said.contains(&format!("is reached at {}", node.url)) && !said.contains(&format!("on {address} ")),
        "{said}"
    );
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    assert!(other.has_variable("MALLOC_ARENA_MAX=2"));
    assert_eq!(other.terminate(), 0);
}

#[cfg(unix)]
#[test]
fn a_nodes_folder_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let mut node = TestNode::init("isp.example", "isp");
    let mode = |name: &str| {
        let about = std::fs::metadata(node.file(name)).unwrap();
        about.permissions().mode() & 0o777
    };
    assert_eq!(mode(""), 0o700);
    assert_eq!(mode("node.db"), 0o600);
    assert_eq!(mode("keys/peer.seed"), 0o600);
    // Somebody opened it to everybody: it is mended, and said.
    let set = |name: &str, mode: u32| {
        std::fs::set_permissions(node.file(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    set("", 0o755);
    set("node.db", 0o644);
    let mut running = Running::start(
        node.path(),
        &["serve", "--config", "node/accord.toml", "--log", "warn"],
    );
    running.line_with("could be read by others");
    running.line_with(" listens on ");
    assert_eq!(running.terminate(), 0);
    assert_eq!((mode(""), mode("node.db")), (0o700, 0o600));
    node.serve();
    // What SQLite puts beside the database has the database's own permissions.
    let beside: Vec<u32> = std::fs::read_dir(node.file(""))
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("node.db"))
        .map(|entry| entry.metadata().unwrap().permissions().mode() & 0o777)
        .collect();
    assert!(
        beside.len() > 1 && beside.iter().all(|mode| *mode == 0o600),
        "{beside:?}"
    );
    assert_eq!(node.stop(), 0);
}
