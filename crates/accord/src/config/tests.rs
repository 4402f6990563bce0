//! Configurations that are read, and those that are refused with words.

use super::*;

fn example() -> Config {
    let (org, kind) = ("isp.example".parse().unwrap(), "isp".parse().unwrap());
    Config::new(
        org,
        kind,
        "https://accord.isp.example".into(),
        ServerSection::default().listen,
    )
}

fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::read("accord.toml", text, environment).map_err(|error| error.to_string())
}

#[test]
fn the_example_is_the_documentation_and_reads_back() {
    let text = example().render().unwrap();
    insta::assert_snapshot!("accord.example.toml", text);
    assert_eq!(read(&text, &[]).unwrap(), example());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../accord.example.toml");
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(kept, text, "write this text to accord.example.toml");
}

#[test]
fn secrets_of_notices_are_read_from_their_files() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = example();
    config.node.dir = dir.path().to_owned();
    config.notices.smtp_host = "mail.isp.example".into();
    config.notices.smtp_from = "accord@isp.example".into();
    config.notices.smtp_credentials_file = "smtp".into();
    config.notices.webhook_url = "https://hook.example/x".into();
    config.notices.webhook_secret_file = "hook".into();
    let missing = config.to_notices().unwrap_err().to_string();
    assert!(missing.contains("notices.smtp_credentials_file"), "{missing}");
    std::fs::write(dir.path().join("smtp"), "no pair\n").unwrap();
    let pair = config.to_notices().unwrap_err().to_string();
    assert!(pair.contains("NAME:PASSWORD"), "{pair}");
    std::fs::write(dir.path().join("smtp"), "accord:a:b\n").unwrap();
    std::fs::write(dir.path().join("hook"), "0123456789abcdef\n").unwrap();
    let notices = config.to_notices().unwrap();
    let mail = notices.mail.unwrap();
    assert_eq!(mail.credentials, Some(("accord".to_owned(), "a:b".to_owned())));
    assert_eq!(notices.webhook.unwrap().secret, b"0123456789abcdef");
    assert!(example().to_notices().unwrap().mail.is_none());
}

#[test]
fn keys_of_feeds_are_read_from_their_files() {
    let dir = tempfile::tempdir().unwrap();
    let line = "keys = [{ host = \"feeds.example\", header = \"Auth-Key\", file = \"feeds-example.key\" }]";
    let text = example().render().unwrap().replace("keys = []", line);
    let mut config = read(&text, &[]).unwrap();
    config.node.dir = dir.path().to_owned();
    let missing = config.to_feed_keys().unwrap_err().to_string();
    assert!(
        missing.contains("feeds.keys") && missing.contains("feeds-example.key"),
        "{missing}"
    );
    std::fs::write(dir.path().join("feeds-example.key"), "0123\n").unwrap();
    let keys = config.to_feed_keys().unwrap();
    let [key] = keys.as_slice() else {
        panic!("{keys:?}")
    };
    assert_eq!(
        (key.host.as_str(), key.header.as_str(), key.value.as_str()),
        ("feeds.example", "Auth-Key", "0123")
    );
    assert!(read(&text.replace("header =", "headers ="), &[]).is_err());
}

#[test]
fn what_is_not_written_has_its_default() {
    let text =
        "[node]\ndir = \".\"\norg = \"isp.example\"\nkind = \"isp\"\nurl = \"https://accord.isp.example\"\n";
    assert_eq!(read(text, &[]).unwrap(), example());
}

#[test]
fn the_environment_overrides() {
    let text = example().render().unwrap();
    let changed = read(
        &text,
        &[
            ("ACCORD_SERVER__LISTEN", "127.0.0.1:9"),
            ("ACCORD_PEERS__PULL_EVERY_S", "0"),
            ("ACCORD_TEST_DATA", "left alone"),
            ("OTHER__KEY", "left alone"),
        ],
    )
    .unwrap();
    assert_eq!(changed.server.listen.port(), 9);
    assert_eq!(changed.to_node().pull_every_s, None);
}

/// The examples of collecting without the `#` in front of what is not prose.
fn taken_up() -> String {
    let is_key = |line: &str| {
        let name = line.split(" = ").next().unwrap_or_default();
        line.starts_with("[[")
            || (line.contains(" = ") && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
    };
    let lines = logs::EXAMPLES.lines().map(|line| {
        let bare = line.strip_prefix("# ").unwrap_or(line);
        if is_key(bare) { bare } else { line }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_examples_of_collecting_state_every_key_with_its_default() {
    let mut config = example();
    let text = format!("{}{}", config.render().unwrap(), taken_up());
    let taken = read(&text, &[]).unwrap().logs;
    assert_eq!(
        (taken.files.len(), taken.syslog.len(), taken.http.len()),
        (1, 1, 1)
    );
    // What is written is all there is: nothing was filled in.
    let written: toml::Table = toml::from_str(&taken_up()).unwrap();
    assert_eq!(written["logs"], toml::Value::try_from(&taken).unwrap());
    // And the keys that may be left out have the values that stand there.
    let least = r#"
        [[logs.files]]
        name = "web"
        source = "access"
        folder = "/var/log/nginx"
        include = ["access.log*"]
        exclude = ["*.tmp"]
        [[logs.syslog]]
        name = "routers"
        source = "routers"
        udp = "192.0.2.9:514"
        tcp = "192.0.2.9:514"
        tls = { listen = "192.0.2.9:6514", certificate = "syslog.pem", key = "syslog.key", client_authorities = "syslog-ca.pem" }
        senders = ["192.0.2.0/24"]
        [[logs.http]]
        name = "sensors"
        source = "sensors"
        machines_file = "sensors.machines"
    "#;
    let text = format!("{}{least}", config.render().unwrap());
    assert_eq!(read(&text, &[]).unwrap().logs, taken);
    // What is collected comes back out of the file that is shown.
    config.logs = taken;
    assert_eq!(read(&config.render().unwrap(), &[]).unwrap(), config);
}

#[test]
fn errors_say_what_and_where() {
    let good = example().render().unwrap();
    for (text, environment, expected) in [
        (good.replace("org =", "orgg ="), vec![], "unknown field `orgg`"),
        (good.replace("org =", "orgg ="), vec![], "line 9"),
        (format!("{good}\n[extra]\n"), vec![], "unknown field `extra`"),
        (good.replace("\"isp\"", "\"pub\""), vec![], "pub"),
        (good.replace("https://", "http://"), vec![], "node.url"),
        (
            good.replace("passes = 3", "passes = 0"),
            vec![],
            "password_passes",
        ),
        (
            good.replace("kib = 65536", "kib = 7"),
            vec![],
            "password_memory_kib",
        ),
        (good.replace("\"info\"", "\"=,=\""), vec![], "log.filter"),
        (
            good.replace("smtp_host = \"\"", "smtp_host = \"mail.isp.example\""),
            vec![],
            "notices.smtp_host",
        ),
        (
            good.replace("webhook_url = \"\"", "webhook_url = \"http://hook.example/\""),
            vec![],
            "notices.webhook_url",
        ),
        (
            good.replace("dns_listen = \"\"", "dns_listen = \"53\""),
            vec![],
            "verdicts.dns_listen",
        ),
        (
            good.replace("dns_threads = 1", "dns_threads = 65"),
            vec![],
            "verdicts.dns_threads",
        ),
        (good.replace(":7443\"", "\""), vec![], "listen"),
        (
            good.replace("\nlisten = \"\"", "\nlisten = \"9464\""),
            vec![],
            "metrics.listen",
        ),
        (
            format!("{good}{}", taken_up().replace("poll_ms", "pol_ms")),
            vec![],
            "unknown field `pol_ms`",
        ),
        (
            format!("{good}{}", taken_up().replace("/var/log", "var/log")),
            vec![],
            "collector `web`: folder must be absolute",
        ),
        (
            format!("{good}{}", taken_up().replace("\"routers\"", "\"web\"")),
            vec![],
            "two collectors have that name",
        ),
        (
            format!("{good}\n[[logs.journal]]\n"),
            vec![],
            "unknown field `journal`",
        ),
        (
            good.clone(),
            vec![("ACCORD_SERVER__LISTEM", "x")],
            "ACCORD_SERVER__LISTEM",
        ),
        (
            good.clone(),
            vec![("ACCORD_SERVER__LISTEM", "x")],
            "unknown field `listem`",
        ),
        (
            good.clone(),
            vec![("ACCORD_NOTHING__X", "1")],
            "unknown field `nothing`",
        ),
        ("[node".to_owned(), vec![], "line 1"),
    ] {
        let said = read(&text, &environment).unwrap_err();
        assert!(said.contains(expected), "{expected} in {said}");
    }
}
