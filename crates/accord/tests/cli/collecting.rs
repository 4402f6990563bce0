//! A node that collects: set up in its file, watched and appended to by commands, ended and started again.

use std::io::{Read as _, Write as _};

use super::node::TestNode;
use super::{accord, running};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// One answer over HTTP, headers and all.
fn fetched(address: &str, path: &str) -> String {
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// What the file says once more is added to it.
fn configured(node: &TestNode, more: &str) {
    let path = node.file("accord.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(path, text + more).unwrap();
}

fn add_source(node: &TestNode) {
    let add = [
        "log",
        "add-source",
        "web",
        "--description",
        "Web",
        "--custodian",
        "Operations",
    ];
    assert_eq!(node.run(&add, b"").0, 0);
}

#[test]
fn a_source_that_does_not_exist_and_a_wrong_key_end_the_start_with_words() {
    let node = TestNode::init("isp.example", "isp");
    let good = std::fs::read_to_string(node.file("accord.toml")).unwrap();
    for (more, words) in [
        (
            "\n[[logs.http]]\nname = \"sensors\"\nsource = \"web\"\n",
            "collector `sensors` feeds the source `web`, which does not exist: add it with `accord log add-source web`",
        ),
        (
            "\n[[logs.http]]\nname = \"sensors\"\nsource = \"web\"\nkey_windows = 1\n",
            "unknown field `key_windows`",
        ),
        (
            "\n[[logs.syslog]]\nname = \"s\"\nsource = \"web\"\nsenders = []\nudp = \"127.0.0.1:0\"\n",
            "logs: collector `s`: senders names no network",
        ),
    ] {
        std::fs::write(node.file("accord.toml"), good.clone() + more).unwrap();
        let (code, stdout, stderr) = node.run(&["serve"], b"");
        assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
        assert!(stderr.contains(words), "{stderr}");
    }
}

#[cfg(unix)]
#[test]
fn a_node_collects_is_watched_and_goes_on_after_its_end() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut node = TestNode::init("isp.example", "isp");
    add_source(&node);
    let folder = node.path().join("spooled");
    std::fs::create_dir(&folder).unwrap();
    let machines = node.file("machines");
    std::fs::write(&machines, format!("web1:{TOKEN}\n")).unwrap();
    std::fs::set_permissions(&machines, std::fs::Permissions::from_mode(0o600)).unwrap();
    configured(
        &node,
        &format!(
            "\n[[logs.files]]\nname = \"web\"\nsource = \"web\"\nfolder = {folder:?}\ninclude = [\"*.log\"]\n\
             poll_ms = 10\nsegment_age_s = 0\n\n[[logs.http]]\nname = \"sensors\"\nsource = \"web\"\n\
             machines_file = \"machines\"\nspool.segment_age_s = 0\n"
        ),
    );
    let log = folder.join("a.log");
    std::fs::write(&log, "client 192.0.2.7 asked evil.example\n").unwrap();
    let token_file = node.path().join("machine-token");
    std::fs::write(&token_file, TOKEN).unwrap();
    std::fs::write(node.path().join("lines"), "192.0.2.8 asked bad.example\n").unwrap();
    let append = |node: &TestNode| {
        let command = [
            "collector",
            "append",
            "sensors",
            "lines",
            "--key",
            "k-1",
            "--json",
            "--node",
            &node.url,
            "--token-file",
            "machine-token",
        ];
        let (code, stdout, stderr) = accord(node.path(), &command, b"");
        assert_eq!(code, 0, "{stderr}");
        stdout
    };
    for round in 0..2 {
        let (running, metrics) = serving(&node);
        let answer = append(&node);
        assert!(
            answer.contains(&format!("\"repeated\":{}", round == 1)),
            "{answer}"
        );
        // Both are segments once the metrics say so; the second start brings neither again.
        let done = |text: &str| {
            let made = |name: &str| {
                let line = format!("accord_collector_lines_total{{collector=\"{name}\"");
                text.lines()
                    .any(|known| known.starts_with(&line) && known.ends_with(" 1"))
            };
            made("web") && (made("sensors") || round == 1)
        };
        if round == 1 {
            let mut file = std::fs::File::options().append(true).open(&log).unwrap();
            file.write_all(b"client 192.0.2.9 asked new.example\n").unwrap();
        }
        let begun = std::time::Instant::now();
        while !done(&fetched(&metrics, "/metrics")) {
            assert!(
                begun.elapsed().as_secs() < 60,
                "{}",
                fetched(&metrics, "/metrics")
            );
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        assert_eq!(running.terminate(), 0);
    }
    let (code, stdout, _) = node.run(&["log", "list", "--json"], b"");
    assert_eq!(code, 0);
    let found = stdout.matches("\"lines\":1").count();
    assert_eq!(found, 3, "{stdout}");
    std::fs::write(node.path().join("w.csv"), "indicator,family\nevil.example,demo\n").unwrap();
    let (code, stdout, _) = node.run(&["hunt", "run", "--indicators", "w.csv"], b"");
    assert_eq!(code, 0);
    assert!(stdout.contains("client 192.0.2.7 asked evil.example"), "{stdout}");
    let (code, _, stderr) = node.run(&["fsck"], b"");
    assert_eq!(code, 0, "{stderr}");
    // The operator's own commands, with a session.
    node.serve();
    let operator = node.first_sign_in("operator");
    std::fs::write(node.path().join("session"), operator.token()).unwrap();
    let list = [
        "collector",
        "list",
        "--node",
        &node.url,
        "--token-file",
        "session",
    ];
    let (code, stdout, stderr) = accord(node.path(), &list, b"");
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("sensors") && stdout.contains("files"), "{stdout}");
    let list = [
        "collector",
        "list",
        "--node",
        &node.url,
        "--token-file",
        "machine-token",
    ];
    let (code, stdout, _) = accord(node.path(), &list, b"");
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert_eq!(node.stop(), 0);
}

/// Serves a node with its metrics: the run, and where they are.
#[cfg(unix)]
fn serving(node: &TestNode) -> (running::Running, String) {
    let mut running = running::Running::start_with(
        node.path(),
        &["serve", "--config", "node/accord.toml", "--log", "warn"],
        &[
            ("ACCORD_SIGN_IN__SECOND_FACTOR", "optional"),
            ("ACCORD_METRICS__LISTEN", "127.0.0.1:0"),
        ],
    );
    let line = running.line_with("metrics at http://");
    let (_, rest) = line.split_once("http://").unwrap();
    let metrics = rest.trim_end().trim_end_matches("/metrics").to_owned();
    running.line_with(" listens on ");
    (running, metrics)
}
