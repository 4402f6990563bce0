//! Notices: real servers on the loopback see the exact bytes; nothing of a case is in them; told once, tried again.

use std::sync::{Arc, Mutex};

use accord_model::agreement::templates::Template;
use accord_model::content::{GuestAddressee, RequestWhat};
use accord_service::{
    MailServer, MailTls, NOTICE_TRIES_MAX, NewRequest, Node, NoticeSettings, NoticeWhen, NoticesConfig,
    QuietHours, ServiceError, Waiting, Webhook,
};
use accord_testkit::{DAY_MS, Story};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::{TWO, denied};

const SECRET: &[u8] = b"a secret of the webhook";
const MINUTE_MS: u64 = 60_000;

/// What a mail server was given: envelope and message; and what it says to the sender's address.
#[derive(Clone, Default)]
struct Mails {
    taken: Arc<Mutex<Vec<(String, String, String)>>>,
    says: Arc<Mutex<&'static str>>,
}

impl Mails {
    fn all(&self) -> Vec<(String, String, String)> {
        self.taken.lock().unwrap().clone()
    }

    fn say(&self, what: &'static str) {
        *self.says.lock().unwrap() = what;
    }
}

/// A mail server (RFC 5321), as far as one mail needs it: its port.
async fn smtp(mails: Mails) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mails = mails.clone();
            tokio::spawn(async move {
                let (read, mut write) = stream.into_split();
                let mut lines = BufReader::new(read);
                write.write_all(b"220 here\r\n").await.unwrap();
                let (mut from, mut to) = (String::new(), String::new());
                loop {
                    let mut line = String::new();
                    if lines.read_line(&mut line).await.unwrap_or(0) == 0 {
                        return;
                    }
                    let upper = line.to_ascii_uppercase();
                    let answer: &str = if upper.starts_with("MAIL FROM:") {
                        from = line[10..].trim().to_owned();
                        match *mails.says.lock().unwrap() {
                            "" => "250 ok\r\n",
                            other => other,
                        }
                    } else if upper.starts_with("RCPT TO:") {
                        to = line[8..].trim().to_owned();
                        "250 ok\r\n"
                    } else if upper.starts_with("DATA") {
                        write.write_all(b"354 go on\r\n").await.unwrap();
                        let mut message = String::new();
                        loop {
                            let mut line = String::new();
                            lines.read_line(&mut line).await.unwrap();
                            if line == ".\r\n" {
                                break;
                            }
                            message.push_str(&line);
                        }
                        mails
                            .taken
                            .lock()
                            .unwrap()
                            .push((from.clone(), to.clone(), message));
                        "250 taken\r\n"
                    } else if upper.starts_with("QUIT") {
                        write.write_all(b"221 bye\r\n").await.unwrap();
                        return;
                    } else {
                        "250 here\r\n"
                    };
                    write.write_all(answer.as_bytes()).await.unwrap();
                }
            });
        }
    });
    port
}

/// A webhook's server: its address; every request whole, and the status it answers with.
pub async fn hook(taken: Arc<Mutex<Vec<String>>>, status: Arc<Mutex<u16>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut held = Vec::new();
            let mut chunk = [0; 4096];
            loop {
                let read = stream.read(&mut chunk).await.unwrap_or(0);
                held.extend_from_slice(&chunk[..read]);
                let text = String::from_utf8_lossy(&held).into_owned();
                let Some((head, body)) = text.split_once("\r\n\r\n") else {
                    continue;
                };
                let length = head
                    .lines()
                    .find_map(|line| {
                        line.to_ascii_lowercase()
                            .strip_prefix("content-length: ")?
                            .parse()
                            .ok()
                    })
                    .unwrap_or(0usize);
                if body.len() >= length || read == 0 {
                    taken.lock().unwrap().push(text);
                    break;
                }
            }
            let status = *status.lock().unwrap();
            let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    format!("http://{address}/notices?key=hidden")
}

fn mail_server(port: u16) -> MailServer {
    MailServer {
        host: "127.0.0.1".into(),
        port,
        tls: MailTls::None,
        from: "accord@agency.example".into(),
        credentials: None,
    }
}

fn at_once() -> NoticeSettings {
    NoticeSettings {
        mail: Some("officer@agency.example".into()),
        when: NoticeWhen::AtOnce,
        ..NoticeSettings::default()
    }
}

/// A case where the officer has something to decide. `words` are everything that people wrote.
async fn waiting(seed: u64) -> Story {
    let mut story = Story::begin(seed, TWO).await;
    story
        .agree(Template::AgencyIsp, &["agency", "isp"])
        .await
        .unwrap();
    story.open_case(&["isp"]).await.unwrap();
    story
}

async fn ask(story: &Story, reference: &str, words: &str) {
    let (node, who) = story.at("agency", "investigator");
    let guest = GuestAddressee {
        organisation: words.into(),
        contact: words.into(),
        officer: words.into(),
        then: words.into(),
        authority: None,
    };
    let to = "shop.example".parse().unwrap();
    let new = NewRequest {
        guest: Some(Box::new(guest)),
        ..NewRequest::new(to, RequestWhat::Information, reference, words)
    };
    node.ask_guest(who, story.case(), &new).await.unwrap();
}

async fn queued(node: &Node, story: &Story) -> usize {
    node.notices_state(story.org("agency").who("operator"))
        .await
        .unwrap()
        .queued
}

#[tokio::test(flavor = "multi_thread")]
async fn told_once_and_nothing_of_the_case_in_any_byte() {
    let mut seen = Vec::new();
    for words in [
        "CANARY-ONE",
        "CANARY-TWO and a much longer text about Operation Heron",
    ] {
        let mut story = waiting(201).await;
        let mails = Mails::default();
        let port = smtp(mails.clone()).await;
        let config = || NoticesConfig {
            mail: Some(mail_server(port)),
            webhook: None,
        };
        let node = story.org("agency").node().clone();
        node.use_notices(config()).unwrap();
        let officer = story.org("agency").who("officer").clone();
        node.set_notices(&officer, &at_once()).await.unwrap();
        ask(&story, "G-1", words).await;
        node.notices_round().await.unwrap();
        let all = mails.all();
        assert_eq!(all.len(), 1, "{all:?}");
        // A second round, and a restart, tell nobody again.
        node.notices_round().await.unwrap();
        drop(node);
        story.org_mut("agency").restart().await;
        let node = story.org("agency").node().clone();
        node.use_notices(config()).unwrap();
        node.notices_round().await.unwrap();
        assert_eq!(mails.all().len(), 1);
        // Something new does.
        ask(&story, "G-2", words).await;
        node.notices_round().await.unwrap();
        assert_eq!(mails.all().len(), 2);
        let view = node
            .notices_state(story.org("agency").who("operator"))
            .await
            .unwrap();
        assert_eq!((view.sent, view.queued, view.people), (2, 0, 1));
        denied(node.notices_state(&officer).await);
        let url = story.org("agency").config.url.clone();
        let (from, to, message) = mails.all().remove(0);
        assert!(from.starts_with("<accord@agency.example>"), "{from}");
        assert_eq!(to, "<officer@agency.example>");
        assert!(
            message.contains(&format!(
                "Something waits for you at {url}\r\n\r\n  1 decision\r\n"
            )),
            "{message}"
        );
        for secret in ["CANARY", "Heron", "shop", "isp", "G-1", &story.case().to_string()] {
            assert!(!message.contains(secret), "{secret} in {message}");
        }
        // The port of the node's own address differs from run to run; an id is random.
        let plain = |text: String| {
            let text = text.replace(&url, "URL");
            let lines = text.split_inclusive('\n');
            lines
                .filter(|line| !line.starts_with("Message-ID: "))
                .collect::<String>()
        };
        seen.push(
            mails
                .all()
                .into_iter()
                .map(|(_, _, text)| plain(text))
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(seen[0], seen[1], "the same bytes whatever the case says");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_tried_again_and_told_and_given_up_in_the_end() {
    let mut story = waiting(202).await;
    let mails = Mails::default();
    let port = smtp(mails.clone()).await;
    mails.say("451 not now\r\n");
    let config = || NoticesConfig {
        mail: Some(mail_server(port)),
        webhook: None,
    };
    let node = story.org("agency").node().clone();
    node.use_notices(config()).unwrap();
    let officer = story.org("agency").who("officer").clone();
    node.set_notices(&officer, &at_once()).await.unwrap();
    ask(&story, "G-1", "words").await;
    node.notices_round().await.unwrap();
    assert_eq!((mails.all().len(), queued(&node, &story).await), (0, 1));
    let view = node
        .notices_state(story.org("agency").who("operator"))
        .await
        .unwrap();
    assert_eq!(
        view.last_failure.as_deref(),
        Some("mail: the server refused it (status 451)")
    );
    // Not before its pause, and after it; also across a restart.
    mails.say("");
    node.notices_round().await.unwrap();
    assert_eq!(mails.all().len(), 0);
    drop(node);
    story.org_mut("agency").restart().await;
    let node = story.org("agency").node().clone();
    node.use_notices(config()).unwrap();
    story.world.advance(MINUTE_MS);
    node.notices_round().await.unwrap();
    assert_eq!((mails.all().len(), queued(&node, &story).await), (1, 0));
    // A server that never takes it.
    mails.say("451 not now\r\n");
    ask(&story, "G-2", "words").await;
    for _ in 0..NOTICE_TRIES_MAX {
        node.notices_round().await.unwrap();
        story.world.advance(DAY_MS);
    }
    assert_eq!(queued(&node, &story).await, 0);
    let view = node
        .notices_state(story.org("agency").who("operator"))
        .await
        .unwrap();
    assert_eq!((view.sent, view.given_up), (1, 1));
    // A no for good is not tried again.
    mails.say("550 no such sender\r\n");
    ask(&story, "G-3", "words").await;
    node.notices_round().await.unwrap();
    assert_eq!(queued(&node, &story).await, 0);
    // Nobody there.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let free = listener.local_addr().unwrap().port();
    drop(listener);
    drop(node);
    story.org_mut("agency").restart().await;
    let node = story.org("agency").node().clone();
    node.use_notices(NoticesConfig {
        mail: Some(mail_server(free)),
        webhook: None,
    })
    .unwrap();
    ask(&story, "G-4", "words").await;
    node.notices_round().await.unwrap();
    let view = node
        .notices_state(story.org("agency").who("operator"))
        .await
        .unwrap();
    assert_eq!(view.queued, 1);
    assert!(view.last_failure.unwrap().contains("could not be reached"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_signed_and_says_no_more_than_a_mail() {
    let story = waiting(203).await;
    let (taken, status) = (Arc::<Mutex<Vec<String>>>::default(), Arc::new(Mutex::new(204)));
    let url = hook(taken.clone(), status.clone()).await;
    let node = story.org("agency").node().clone();
    node.use_notices(NoticesConfig {
        mail: None,
        webhook: Some(Webhook {
            url,
            secret: SECRET.to_vec(),
        }),
    })
    .unwrap();
    let officer = story.org("agency").who("officer").clone();
    let settings = NoticeSettings {
        mail: None,
        webhook: true,
        of: [Waiting::Decision].into(),
        ..at_once()
    };
    node.set_notices(&officer, &settings).await.unwrap();
    ask(&story, "G-1", "CANARY").await;
    node.notices_round().await.unwrap();
    let request = taken.lock().unwrap().pop().unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let header = |name: &str| {
        head.lines()
            .find_map(|line| {
                line.split_once(": ")
                    .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            })
            .map(|(_, value)| value.to_owned())
            .unwrap_or_default()
    };
    assert_eq!(header("content-type"), "application/json");
    let value: serde_json::Value = serde_json::from_str(body).unwrap();
    let mut fields: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
    fields.sort();
    assert_eq!(fields, ["format", "id", "node", "person", "waits"]);
    assert_eq!(value["waits"], serde_json::json!({ "decision": 1 }));
    assert!(!request.contains("CANARY") && !request.contains("Heron"));
    // What a receiver computes.
    let stamp = header("accord-timestamp");
    assert_eq!(stamp, (story.world.now_ms() / 1_000).to_string());
    let key = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(key.path(), format!("{stamp}.{body}")).unwrap();
    let output = std::process::Command::new("openssl")
        .args([
            "dgst",
            "-sha256",
            "-hmac",
            std::str::from_utf8(SECRET).unwrap(),
            "-r",
        ])
        .arg(key.path())
        .output()
        .expect("openssl");
    let digest = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        header("accord-signature"),
        format!("v1={}", digest.split(' ').next().unwrap())
    );
    // The operator sees where, without what may be a secret of it; and a failure.
    *status.lock().unwrap() = 500;
    ask(&story, "G-2", "CANARY").await;
    node.notices_round().await.unwrap();
    let view = node
        .notices_state(story.org("agency").who("operator"))
        .await
        .unwrap();
    assert!(!view.webhook.unwrap().contains("hidden"));
    assert_eq!(
        view.last_failure.as_deref(),
        Some("webhook: the server refused it (status 500)")
    );
    assert_eq!(view.queued, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_hours_daily_notices_and_what_is_not_wanted() {
    let story = waiting(204).await;
    let mails = Mails::default();
    let port = smtp(mails.clone()).await;
    let node = story.org("agency").node().clone();
    node.use_notices(NoticesConfig {
        mail: Some(mail_server(port)),
        webhook: None,
    })
    .unwrap();
    let officer = story.org("agency").who("officer").clone();
    let minute_of = |ms: u64| u16::try_from(ms / MINUTE_MS % 1_440).unwrap();
    let now = minute_of(story.world.now_ms());
    // Quiet for an hour from now on: sent after.
    let quiet = NoticeSettings {
        quiet: Some(QuietHours {
            from_minute: now,
            to_minute: (now + 60) % 1_440,
        }),
        ..at_once()
    };
    node.set_notices(&officer, &quiet).await.unwrap();
    ask(&story, "G-1", "words").await;
    node.notices_round().await.unwrap();
    assert_eq!(mails.all().len(), 0);
    story.world.advance(60 * MINUTE_MS);
    node.notices_round().await.unwrap();
    assert_eq!(mails.all().len(), 1);
    // Not wanted: exhibits only.
    let only = NoticeSettings {
        of: [Waiting::Exhibit].into(),
        ..at_once()
    };
    node.set_notices(&officer, &only).await.unwrap();
    ask(&story, "G-2", "words").await;
    node.notices_round().await.unwrap();
    assert_eq!(mails.all().len(), 1);
    // Once a day, at its time, with everything new together.
    let now = minute_of(story.world.now_ms());
    let daily = NoticeSettings {
        when: NoticeWhen::Daily,
        daily_minute: now.min(1_400),
        ..at_once()
    };
    node.set_notices(&officer, &daily).await.unwrap();
    node.notices_round().await.unwrap();
    assert_eq!(mails.all().len(), 2, "the one that was not wanted before");
    ask(&story, "G-3", "words").await;
    ask(&story, "G-4", "words").await;
    node.notices_round().await.unwrap();
    assert_eq!(mails.all().len(), 2, "told today");
    story.world.advance(DAY_MS);
    node.notices_round().await.unwrap();
    assert!(
        mails.all()[2].2.contains("  2 decisions\r\n"),
        "{:?}",
        mails.all()[2]
    );
    // Nothing is sent to who wants nothing, and a wrong setting is refused.
    node.set_notices(&officer, &NoticeSettings::default())
        .await
        .unwrap();
    ask(&story, "G-5", "words").await;
    node.notices_round().await.unwrap();
    assert_eq!(mails.all().len(), 3);
    let two = NoticeSettings {
        mail: Some("a@b.example,c@d.example".into()),
        ..at_once()
    };
    let refused = node.set_notices(&officer, &two).await;
    assert!(
        matches!(refused, Err(ServiceError::Invalid { .. })),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_of_a_request_are_reminded_when_it_presses_and_when_it_is_overdue() {
    let mut story = waiting(205).await;
    story.sync().await.unwrap();
    story.join_case("isp").await.unwrap();
    story.sync().await.unwrap();
    let sides = [("isp", "approver"), ("agency", "investigator")];
    let mut inboxes = Vec::new();
    for (org, sign_in) in sides {
        let mails = Mails::default();
        let port = smtp(mails.clone()).await;
        let (node, who) = story.at(org, sign_in);
        node.use_notices(NoticesConfig {
            mail: Some(mail_server(port)),
            webhook: None,
        })
        .unwrap();
        node.set_notices(who, &at_once()).await.unwrap();
        // Whatever waits already is told of first.
        node.notices_round().await.unwrap();
        let before = mails.all().len();
        inboxes.push((org, mails, before));
    }
    let due_ms = story.world.now_ms() + 5 * DAY_MS;
    let (node, who) = story.at("agency", "investigator");
    let to = story.org("isp").name.clone();
    let new = NewRequest {
        due_ms: Some(due_ms),
        ..NewRequest::new(to, RequestWhat::Information, "R-1", "whose range is it?")
    };
    node.ask_partner(who, story.case(), &new).await.unwrap();
    story.sync().await.unwrap();
    // It came; not yet; it presses; it is overdue; and nothing more is said.
    let steps = [
        (due_ms - 5 * DAY_MS + 1, 1),
        (due_ms - DAY_MS - 1, 1),
        (due_ms - DAY_MS, 2),
        (due_ms, 2),
        (due_ms + 1, 3),
        (due_ms + DAY_MS, 3),
    ];
    for (at_ms, expected) in steps {
        story.world.set_clock(at_ms);
        for (org, mails, before) in &inboxes {
            // A second round at the same time tells nobody again.
            for _ in 0..2 {
                story.org(org).node().notices_round().await.unwrap();
            }
            assert_eq!(mails.all().len() - before, expected, "{org} at {at_ms}");
        }
    }
    let (_, mails, _) = &inboxes[0];
    let last = mails.all().pop().unwrap().2;
    assert!(
        last.contains("  1 decision\r\n") && !last.contains("overdue"),
        "{last}"
    );
}
