//! One-time codes on the pages: set up, asked for at the next sign-in, moved to a new device.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::client::{Client, form, set, text};
use crate::{PASSWORD, ready, serve};

/// RFC 6238 with SHA-1, 30 seconds, six digits, computed here and not by the code under test.
fn code(secret: &[u8], now_ms: u64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("a key");
    mac.update(&(now_ms / 30_000).to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = usize::from(digest[19] & 15);
    let word = u32::from_be_bytes(digest[at..at + 4].try_into().expect("four bytes"));
    format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
}

/// The secret that a page shows in groups of four (RFC 4648 base32 without padding).
fn secret(page: &str) -> Vec<u8> {
    let shown = page
        .split("<p class=\"fingerprint\">")
        .nth(1)
        .and_then(|rest| rest.split('<').next())
        .expect("a secret");
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for symbol in shown.bytes().filter(|byte| *byte != b' ') {
        let value = match symbol {
            b'A'..=b'Z' => symbol - b'A',
            b'2'..=b'7' => symbol - b'2' + 26,
            other => panic!("{other} in {shown}"),
        };
        held = (held << 5) | u32::from(value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((held >> bits) & 0xff).expect("a byte"));
        }
    }
    assert!(bytes.len() >= 20, "{} bytes", bytes.len());
    bytes
}

const START: &str = "/account/code/start";
const CONFIRM: &str = "/account/code";

/// Asks for a new secret on the account's page, by password and the code in use, if there is one: the page with it.
async fn offered(client: &Client, password: &str, code: &str) -> String {
    let page = client.get("/account").await.is(200);
    let mut fields = form(&page.body, START);
    set(&mut fields, "held_password", password);
    if !code.is_empty() {
        set(&mut fields, "held_code", code);
    }
    client.post(START, &fields).await.is(200).body
}

async fn sign_in(at: &str, password: &str, code: &str) -> crate::client::Answer {
    let given = [
        ("name", "operator"),
        ("password", password),
        ("code", code),
        ("next", "/"),
    ];
    Client::new(at).send("POST", "/sign-in", Some(&given)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_set_up_and_then_asked_for() {
    let story = ready(41).await;
    let at = serve(story.org("isp").node()).await;
    let client = Client::signed_in(&at, "operator").await;
    client.get("/account").await.is(200).has("You have none yet.");

    // Without an offer there is nothing to confirm; without the session's token nothing is done.
    let refused = offered(&client, "not the password", "").await;
    assert!(refused.contains("Put this right"), "{}", text(&refused));
    assert!(!refused.contains("class=\"fingerprint\""), "no secret is shown");
    let page = offered(&client, PASSWORD, "").await;
    let key = secret(&page);
    let mut foreign = form(&page, CONFIRM);
    set(&mut foreign, "csrf", "00");
    set(&mut foreign, "code", &code(&key, story.world.now_ms()));
    client.post(CONFIRM, &foreign).await.is(403);

    // A wrong code, an old one, one of the wrong form: each is refused on the page, and nothing is in use.
    let now = story.world.now_ms();
    for wrong in ["000000", "", "12345", "abcdef", &code(&key, now - 3_600_000)] {
        let mut fields = form(&page, CONFIRM);
        set(&mut fields, "code", wrong);
        let answer = client.post(CONFIRM, &fields).await.is(200);
        assert!(
            answer.body.contains("Put this right"),
            "{wrong}: {}",
            text(&answer.body)
        );
        assert!(answer.body.contains("e-code"), "the field says so");
    }
    client.get("/account").await.is(200).has("You have none yet.");
    assert_eq!(sign_in(&at, PASSWORD, "").await.status, 303);

    let mut fields = form(&page, CONFIRM);
    set(&mut fields, "code", &code(&key, now));
    let answer = client.post(CONFIRM, &fields).await;
    client
        .follow(answer)
        .await
        .has("The one-time code is in use.")
        .has("Move to a new device")
        .lacks("You have none yet.");

    // From now on the password alone is not enough, and a code counts once.
    let next = code(&key, now + 30_000);
    for (password, given) in [
        (PASSWORD, ""),
        (PASSWORD, "000000"),
        (PASSWORD, code(&key, now).as_str()),
        ("not the password", next.as_str()),
    ] {
        let answer = sign_in(&at, password, given).await.is(401);
        assert!(answer.header("set-cookie").is_empty());
        assert!(
            answer.body.contains("we do not say which"),
            "{}",
            text(&answer.body)
        );
        assert!(
            given.is_empty() || !answer.body.contains(given),
            "a code is not sent back"
        );
    }
    story.world.advance(30_000);
    let answer = sign_in(&at, PASSWORD, &next).await.is(303);
    assert!(answer.header("set-cookie").starts_with("accord_session="));
    let again = sign_in(&at, PASSWORD, &next).await;
    assert_eq!(again.status, 401, "a code counts once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_device_takes_the_old_ones_place_only_when_it_is_confirmed() {
    let story = ready(42).await;
    let at = serve(story.org("isp").node()).await;
    let client = Client::signed_in(&at, "operator").await;
    let confirm = async |page: &str, key: &[u8], now: u64| {
        let mut fields = form(page, CONFIRM);
        set(&mut fields, "code", &code(key, now));
        client.post(CONFIRM, &fields).await
    };
    let page = offered(&client, PASSWORD, "").await;
    let first = secret(&page);
    confirm(&page, &first, story.world.now_ms()).await.is(303);

    // An offer that is not confirmed changes nothing.
    story.world.advance(60_000);
    let held = code(&first, story.world.now_ms());
    let page = offered(&client, PASSWORD, &held).await;
    let second = secret(&page);
    assert_ne!(first, second);
    story.world.advance(60_000);
    let now = story.world.now_ms();
    sign_in(&at, PASSWORD, &code(&second, now)).await.is(401);
    sign_in(&at, PASSWORD, &code(&first, now)).await.is(303);
    // The old device's code does not confirm the new one.
    confirm(&page, &first, now).await.is(200);
    confirm(&page, &second, now).await.is(303);
    story.world.advance(60_000);
    let now = story.world.now_ms();
    sign_in(&at, PASSWORD, &code(&first, now)).await.is(401);
    sign_in(&at, PASSWORD, &code(&second, now)).await.is(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_tries_lock_for_a_while_and_look_like_any_other() {
    let story = ready(43).await;
    let at = serve(story.org("isp").node()).await;
    for _ in 0..5 {
        sign_in(&at, "not the password", "123456").await.is(401);
    }
    let answer = sign_in(&at, PASSWORD, "")
        .await
        .is(401)
        .has("we do not say which");
    assert!(answer.header("set-cookie").is_empty());
    story.world.advance(15 * 60_000);
    sign_in(&at, PASSWORD, "").await.is(303);
}
