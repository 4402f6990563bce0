//! The exact bytes of a notice. Made of the node's address, kinds, numbers, a time and random ids, and of nothing else.

use std::collections::BTreeMap;

use accord_model::PersonId;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;
use sha2::Sha256;

use super::Waiting;

/// The value of `format` in a webhook's body.
const WEBHOOK_FORMAT: &str = "accord-notice/v1";

/// What a notice says.
pub(super) type Counts = BTreeMap<Waiting, u32>;

fn date(ms: u64) -> String {
    i64::try_from(ms)
        .ok()
        .and_then(|ms| Timestamp::from_millisecond(ms).ok())
        .unwrap_or_default()
        .to_zoned(TimeZone::UTC)
        .strftime("%a, %d %b %Y %H:%M:%S +0000")
        .to_string()
}

/// A mail, header and body (RFC 5322), lines ended by CRLF.
pub(super) fn mail(url: &str, from: &str, to: &str, id: &str, at_ms: u64, counts: &Counts) -> Vec<u8> {
    let domain = from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let mut lines = vec![
        format!("From: {from}"),
        format!("To: {to}"),
        "Subject: Something waits for you".to_owned(),
        format!("Date: {}", date(at_ms)),
        format!("Message-ID: <{id}@{domain}>"),
        "Auto-Submitted: auto-generated".to_owned(),
        "MIME-Version: 1.0".to_owned(),
        "Content-Type: text/plain; charset=us-ascii".to_owned(),
        String::new(),
        format!("Something waits for you at {url}"),
        String::new(),
    ];
    for (kind, number) in counts {
        lines.push(format!("  {number} {}", kind.counted(*number)));
    }
    lines.extend([
        String::new(),
        "Sign in there to see what it is. This message says no more, and never will:".to_owned(),
        "it has no link but this address, and nobody asks you for anything by mail.".to_owned(),
        String::new(),
    ]);
    lines.join("\r\n").into_bytes()
}

/// A webhook's body.
pub(super) fn webhook(url: &str, person: PersonId, id: &str, counts: &Counts) -> Vec<u8> {
    let waits: serde_json::Map<String, serde_json::Value> = counts
        .iter()
        .map(|(kind, number)| (kind.as_str().to_owned(), json!(number)))
        .collect();
    json!({ "format": WEBHOOK_FORMAT, "id": id, "node": url, "person": person.to_string(), "waits": waits })
        .to_string()
        .into_bytes()
}

/// HMAC-SHA256 of `TIMESTAMP.BODY`, hex: what `Accord-Signature` carries after `v1=`.
pub(super) fn signature(secret: &[u8], timestamp_s: u64, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
        return String::new();
    };
    mac.update(timestamp_s.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_byte_by_byte() {
        let counts = Counts::from([(Waiting::Decision, 2), (Waiting::Exhibit, 1)]);
        let mail = mail(
            "https://accord.agency.example",
            "accord@agency.example",
            "ada@agency.example",
            "0123",
            1_795_908_600_000,
            &counts,
        );
        let expected = "From: accord@agency.example\r\nTo: ada@agency.example\r\n\
            Subject: Something waits for you\r\nDate: Sat, 28 Nov 2026 23:30:00 +0000\r\n\
            Message-ID: <0123@agency.example>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n\
            Content-Type: text/plain; charset=us-ascii\r\n\r\n\
            Something waits for you at https://accord.agency.example\r\n\r\n  2 decisions\r\n  1 exhibit to receive\r\n\r\n\
            Sign in there to see what it is. This message says no more, and never will:\r\n\
            it has no link but this address, and nobody asks you for anything by mail.\r\n";
        assert_eq!(String::from_utf8(mail).unwrap(), expected);
    }

    #[test]
    fn a_signature_as_others_compute_it() {
        // printf '7.{}' | openssl dgst -sha256 -hmac 0123456789abcdef
        assert_eq!(
            signature(b"0123456789abcdef", 7, b"{}"),
            "3cd0ad802237a2c96b7ee3b06705b7350cc8cf0ba4123033d13eda91ad9c4ec2"
        );
    }
}
