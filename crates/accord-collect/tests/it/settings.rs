//! Settings: what is read, and what is refused with words.

use accord_collect::CollectSettings;

const ALL: &str = r#"
[[files]]
name = "web"
source = "access"
folder = "/var/log/nginx"
include = ["access.log*"]
take = "finished"

[[syslog]]
name = "edge"
source = "routers"
udp = "0.0.0.0:514"
tls = { listen = "0.0.0.0:6514", certificate = "/a.pem", key = "/a.key" }
senders = ["10.0.0.0/8"]
spool.segment_age_s = 60

[[http]]
name = "api"
source = "sensors"
"#;

#[test]
fn defaults_are_taken() {
    let settings: CollectSettings = toml::from_str(ALL).unwrap();
    settings.check().unwrap();
    assert_eq!(settings.files[0].segment_age_s, 300);
    assert_eq!(settings.syslog[0].spool.segment_age_s, 60);
    assert_eq!(settings.syslog[0].spool.sync_ms, 1000);
    let written = toml::to_string(&settings).unwrap();
    assert_eq!(toml::from_str::<CollectSettings>(&written).unwrap(), settings);
    CollectSettings::default().check().unwrap();
}

#[test]
fn what_cannot_be_is_refused_with_words() {
    for (from, to, words) in [
        ("folder", "foldr", "foldr"),
        ("senders =", "sender =", "sender"),
        ("segment_age_s", "segment_age", "segment_age"),
        ("listen", "lissten", "lissten"),
        ("name = \"web\"", "name = \"We b\"", "a-z"),
        ("name = \"web\"", "name = \"api\"", "two collectors"),
        ("/var/log/nginx", "nginx", "absolute"),
        ("[\"access.log*\"]", "[]", "names no file"),
        ("access.log*", "x/*.log", "`/`"),
        ("access.log*", "[", "no pattern"),
        ("take = \"finished\"", "poll_ms = 1", "poll_ms is 1"),
        ("take = \"finished\"", "max_files = 0", "max_files is 0"),
        ("[\"10.0.0.0/8\"]", "[]", "nobody would be heard"),
        ("segment_age_s = 60", "spool_bytes = 0", "spool_bytes is 0"),
        (
            "source = \"routers\"",
            "source = \"routers\"\nmessage_bytes = 9",
            "message_bytes is 9",
        ),
        (
            "source = \"routers\"",
            "source = \"routers\"\nmessages_per_s = 0",
            "messages_per_s is 0",
        ),
        (
            "source = \"sensors\"",
            "source = \"sensors\"\nkey_window_s = 0",
            "key_window_s is 0",
        ),
    ] {
        assert!(ALL.contains(from), "{from}");
        let text = ALL.replacen(from, to, 1);
        let error = match toml::from_str::<CollectSettings>(&text) {
            Err(error) => error.to_string(),
            Ok(settings) => settings.check().unwrap_err().to_string(),
        };
        assert!(error.contains(words), "{to}: {error}");
    }
    let nowhere = "[[syslog]]\nname = \"a\"\nsource = \"b\"\nsenders = [\"::/0\"]\n";
    let nowhere: CollectSettings = toml::from_str(nowhere).unwrap();
    assert!(
        nowhere
            .check()
            .unwrap_err()
            .to_string()
            .contains("listens nowhere")
    );
}
