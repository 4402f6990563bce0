//! E-mail messages (RFC 5322, MIME): header fields, the way they took, bodies, attachments.

use mail_parser::{Message, MessageParser, MimeHeaders, PartType};
use sha2::{Digest, Sha256};

use super::limits::{DEPTH_MAX, MAIL_HEADERS_MAX, MAIL_PARTS_MAX};
use super::taking::{Taking, place};
use super::{Doubt, Form, Part, Spot, html, read_part, sniff, text};

/// Fields that name who a message was for.
const RECIPIENTS: [&str; 9] = [
    "to",
    "cc",
    "bcc",
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "resent-to",
    "resent-cc",
    "x-envelope-to",
];
/// Fields that programs on its way wrote, or that only number messages.
const TRANSPORT: [&str; 18] = [
    "received",
    "x-received",
    "message-id",
    "references",
    "in-reply-to",
    "dkim-signature",
    "arc-seal",
    "arc-message-signature",
    "arc-authentication-results",
    "authentication-results",
    "received-spf",
    "x-spam-status",
    "x-spam-checker-version",
    "x-forefront-antispam-report",
    "content-type",
    "content-id",
    "mime-version",
    "list-unsubscribe",
];

/// Reads a message.
pub(super) fn read(bytes: &[u8], part: &str, depth: usize, taking: &mut Taking) {
    let bytes = match bytes.strip_prefix(b"From ") {
        // A mailbox: its first message is read.
        Some(_) => {
            let first = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1);
            let rest = bytes.get(first..).unwrap_or_default();
            let next = memchr::memmem::find(rest, b"\n\nFrom ")
                .or_else(|| memchr::memmem::find(rest, b"\r\n\r\nFrom "));
            if next.is_some() {
                taking.problem(
                    None,
                    "a mailbox with several messages: the first is read; bring the others in one by one",
                );
            }
            rest.get(..next.unwrap_or(rest.len())).unwrap_or(rest)
        }
        None => bytes,
    };
    match MessageParser::default().parse(bytes) {
        Some(message) if !message.parts.is_empty() => message_of(&message, part, depth, taking),
        _ => {
            taking.problem(
                Some(place(part, Spot::Itself)),
                "it begins as a message and cannot be read as one: read as text",
            );
            text::read(&String::from_utf8_lossy(bytes), part, taking);
        }
    }
}

fn join(part: &str, name: &str) -> String {
    if part.is_empty() {
        name.to_owned()
    } else {
        format!("{part}, {name}")
    }
}

fn message_of(message: &Message<'_>, part: &str, depth: usize, taking: &mut Taking) {
    if let Some(subject) = message.subject() {
        taking.title(subject);
        taking.line(subject, &place(part, Spot::Header("Subject".to_owned())), None);
    }
    headers(message, part, taking);
    let is_body = |id: usize| {
        let id = u32::try_from(id).unwrap_or(u32::MAX);
        message.text_body.contains(&id) || message.html_body.contains(&id)
    };
    for (number, one) in message.parts.iter().enumerate() {
        if number >= MAIL_PARTS_MAX {
            let what = format!(
                "the message has {} parts, the first {MAIL_PARTS_MAX} are read",
                message.parts.len()
            );
            taking.problem(Some(place(part, Spot::Itself)), what);
            break;
        }
        let attached = one.attachment_name();
        match &one.body {
            PartType::Text(body) if attached.is_none() && is_body(number) => {
                text::read(body, &join(part, "body"), taking);
            }
            PartType::Html(body) if attached.is_none() && is_body(number) => {
                html::read(body, &join(part, "HTML body"), taking);
            }
            PartType::Text(body) | PartType::Html(body) => {
                attachment(one, number, body.as_bytes(), part, depth, taking);
            }
            PartType::Binary(body) | PartType::InlineBinary(body) => {
                attachment(one, number, body, part, depth, taking);
            }
            PartType::Message(inner) => {
                let bytes = inner.raw_message.clone();
                let name = join(part, &format!("attached message {number}"));
                taking.part(Part {
                    name: format!("message-{number}.eml"),
                    media_type: "message/rfc822".to_owned(),
                    size_bytes: bytes.len() as u64,
                    sha256: hex::encode(Sha256::digest(&bytes)),
                    form: Form::Mail,
                    bytes: bytes.into_owned(),
                });
                if depth < DEPTH_MAX {
                    message_of(inner, &name, depth + 1, taking);
                } else {
                    taking.problem(Some(place(&name, Spot::Itself)), too_deep());
                }
            }
            PartType::Multipart(_) => {}
        }
    }
}

fn too_deep() -> String {
    format!("it lies more than {DEPTH_MAX} deep in other messages and is not read: bring it in by itself")
}

/// Every header field as it stands, the hops of its way numbered from the oldest.
fn headers(message: &Message<'_>, part: &str, taking: &mut Taking) {
    let hops = message
        .headers_raw()
        .filter(|(name, _)| name.eq_ignore_ascii_case("received"))
        .count();
    let mut passed = 0;
    for (number, (name, value)) in message.headers_raw().enumerate() {
        if number >= MAIL_HEADERS_MAX {
            let what = format!("it has more than {MAIL_HEADERS_MAX} header fields; the first are read");
            taking.problem(Some(place(part, Spot::Itself)), what);
            break;
        }
        let lower = name.to_ascii_lowercase();
        let shown = if lower == "received" {
            passed += 1;
            format!("Received, hop {} of {hops} from the sender", hops + 1 - passed)
        } else {
            name.to_owned()
        };
        let doubt = if RECIPIENTS.contains(&lower.as_str()) {
            Some(Doubt::Recipient)
        } else if TRANSPORT.contains(&lower.as_str()) {
            Some(Doubt::Transport)
        } else {
            None
        };
        let unfolded = value.split_whitespace().collect::<Vec<_>>().join(" ");
        // A subject is read above, decoded.
        if lower != "subject" {
            taking.line(&unfolded, &place(part, Spot::Header(shown)), doubt);
        }
    }
}

fn attachment(
    one: &mail_parser::MessagePart<'_>,
    number: usize,
    body: &[u8],
    part: &str,
    depth: usize,
    taking: &mut Taking,
) {
    let name = safe_name(one.attachment_name().unwrap_or_default(), number);
    let media_type = one.content_type().map_or_else(
        || "application/octet-stream".to_owned(),
        |given| {
            let whole = format!("{}/{}", given.ctype(), given.subtype().unwrap_or("octet-stream"));
            whole.chars().filter(char::is_ascii_graphic).take(127).collect()
        },
    );
    let shown = join(part, &format!("attachment {name}"));
    taking.part(Part {
        name,
        media_type,
        size_bytes: body.len() as u64,
        sha256: hex::encode(Sha256::digest(body)),
        form: sniff::form(body),
        bytes: body.to_vec(),
    });
    if body.is_empty() {
        taking.problem(Some(place(&shown, Spot::Itself)), "it is empty");
    } else if depth < DEPTH_MAX {
        read_part(body, &shown, depth + 1, taking);
    } else {
        taking.problem(Some(place(&shown, Spot::Itself)), too_deep());
    }
}

/// A file's own name without a way to it, and without what turns or hides letters.
pub(super) fn safe_name(given: &str, number: usize) -> String {
    let own = given.rsplit(['/', '\\', ':']).next().unwrap_or_default();
    let hidden = |c: char| c.is_control() || crate::letters::hides(c);
    let mut name: String = own.chars().filter(|c| !hidden(*c)).collect();
    while name.len() > 200 {
        name.pop();
    }
    let name = name.trim();
    if name.is_empty() || name == "." || name == ".." {
        format!("attachment-{number}")
    } else {
        name.to_owned()
    }
}
