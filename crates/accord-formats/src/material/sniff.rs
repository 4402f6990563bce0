//! What bytes are, told by their beginning.

use std::borrow::Cow;
use std::io::Read;

use super::limits::MATERIAL_MAX_BYTES;
use super::{Form, MaterialError};
use crate::indicators;

/// How far into a file its form is looked for.
const LOOKED_AT_BYTES: usize = 8192;
/// How many header fields of a message must stand at its beginning, of those that every message has some of.
const MAIL_FIELDS_NEEDED: usize = 2;
const MAIL_FIELDS: [&str; 12] = [
    "from",
    "to",
    "date",
    "subject",
    "received",
    "return-path",
    "message-id",
    "mime-version",
    "delivered-to",
    "content-type",
    "x-original-to",
    "reply-to",
];

/// The bytes without gzip around them.
pub(super) fn unpacked(bytes: &[u8]) -> Result<Cow<'_, [u8]>, MaterialError> {
    if !bytes.starts_with(&[0x1f, 0x8b, 8]) {
        return Ok(bytes.into());
    }
    let mut out = Vec::new();
    let mut reader = flate2::read::MultiGzDecoder::new(bytes).take(MATERIAL_MAX_BYTES as u64 + 1);
    match reader.read_to_end(&mut out) {
        Ok(_) if out.len() > MATERIAL_MAX_BYTES => Err(MaterialError::TooLarge { bytes: out.len() }),
        Ok(_) => Ok(out.into()),
        // Not what it begins as: a file like any other.
        Err(_) => Ok(bytes.into()),
    }
}

/// What bytes are.
pub(super) fn form(bytes: &[u8]) -> Form {
    let head = bytes.get(..LOOKED_AT_BYTES).unwrap_or(bytes);
    if memchr::memmem::find(head.get(..1024).unwrap_or(head), b"%PDF-").is_some() {
        return Form::Pdf;
    }
    if is_utf16(head) {
        return Form::Text;
    }
    if head.contains(&0) || is_archive(bytes) {
        return Form::Binary;
    }
    // A line that is cut off tells nothing.
    let whole = match memchr::memrchr(b'\n', head) {
        Some(end) if head.len() < bytes.len() => head.get(..end).unwrap_or(head),
        _ => head,
    };
    let text = String::from_utf8_lossy(whole);
    if is_mail(&text) {
        return Form::Mail;
    }
    if is_html(&text) {
        return Form::Html;
    }
    match indicators::sniff(bytes) {
        Ok(indicators::Format::Stix) => Form::Stix,
        Ok(indicators::Format::Misp) => Form::Misp,
        Ok(indicators::Format::Warninglist) => Form::AllowList,
        Ok(indicators::Format::Text) | Err(_) => Form::Text,
        Ok(_) => Form::List,
    }
}

/// Whether bytes begin as an archive or a compressed file that is not opened.
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    [
        &b"PK\x03\x04"[..],
        b"PK\x05\x06",
        b"Rar!",
        b"7z\xbc\xaf\x27\x1c",
        b"\x1f\x8b",
        b"BZh",
        b"\xfd7zXZ",
        b"\x28\xb5\x2f\xfd",
    ]
    .iter()
    .any(|magic| bytes.starts_with(magic))
}

fn is_utf16(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff])
}

/// Text as UTF-8; what is not UTF-8 or UTF-16 with its mark is replaced.
pub(super) fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    if !is_utf16(bytes) {
        return String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    }
    let little = bytes.starts_with(&[0xff, 0xfe]);
    let units = bytes
        .get(2..)
        .unwrap_or_default()
        .chunks_exact(2)
        .map(|pair| match pair {
            [a, b] if little => u16::from_le_bytes([*a, *b]),
            [a, b] => u16::from_be_bytes([*a, *b]),
            _ => 0,
        });
    char::decode_utf16(units)
        .map(|one| one.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect::<String>()
        .into()
}

fn is_mail(text: &str) -> bool {
    let mut known: Vec<String> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        // A folded field goes on; a mailbox begins with `From `.
        if line.starts_with([' ', '\t']) && number > 0 || number == 0 && line.starts_with("From ") {
            continue;
        }
        let Some((name, _)) = line.split_once(':') else {
            return false;
        };
        let plain = |b: u8| b.is_ascii_graphic() && b != b':';
        if name.is_empty() || !name.bytes().all(plain) {
            return false;
        }
        let name = name.to_ascii_lowercase();
        if MAIL_FIELDS.contains(&name.as_str()) && !known.contains(&name) {
            known.push(name);
        }
    }
    known.len() >= MAIL_FIELDS_NEEDED
}

fn is_html(text: &str) -> bool {
    let start = text.trim_start_matches('\u{feff}').trim_start().get(..512);
    let start = start.unwrap_or(text.trim_start()).to_ascii_lowercase();
    start.starts_with("<!doctype html")
        || start.starts_with("<html")
        || start.starts_with("<head")
        || start.starts_with("<body")
        || start.starts_with('<')
            && ["<html", "<body", "<div", "<p>", "<table"]
                .iter()
                .any(|tag| start.contains(tag))
}
