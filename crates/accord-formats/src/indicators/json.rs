//! JSON sources: parsed once, told apart by their members, repaired where real exports break.

use serde_json::Value;

use super::row::{Format, ReadError, Row};
use super::{misp, stix, warninglist};

/// The largest JSON document that is read, in bytes. It is parsed whole, at about ten times its size in memory.
pub const MAX_JSON_BYTES: usize = 256 << 20;

/// Reads a JSON source.
pub(super) fn read(bytes: &[u8], on_row: &mut dyn FnMut(Row<'_>)) -> Result<Format, ReadError> {
    let document = parse(bytes)?;
    let format = format_of(&document).ok_or(ReadError::UnknownJson)?;
    match format {
        Format::Stix => stix::read(&document, on_row),
        Format::Warninglist => warninglist::read(&document, on_row),
        _ => misp::read(&document, on_row),
    }
    Ok(format)
}

/// The format of a JSON source.
pub(super) fn sniff(bytes: &[u8]) -> Result<Format, ReadError> {
    format_of(&parse(bytes)?).ok_or(ReadError::UnknownJson)
}

/// A JSON document, repaired where real exports break.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, ReadError> {
    check_size(bytes.len())?;
    match serde_json::from_slice(bytes) {
        Ok(document) => Ok(document),
        // MISP exports that were edited by hand have commas before a closing bracket; a published event must not be
        // lost for that.
        Err(error) => serde_json::from_slice(&without_trailing_commas(bytes))
            .map_err(|_| ReadError::Json(error.to_string())),
    }
}

/// Whether a document of this size is read.
pub(super) fn check_size(bytes: usize) -> Result<(), ReadError> {
    if bytes > MAX_JSON_BYTES {
        Err(ReadError::TooLarge { bytes })
    } else {
        Ok(())
    }
}

/// The document without the commas that stand right before `]` or `}`, strings left alone.
fn without_trailing_commas(bytes: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    let (mut in_string, mut escaped) = (false, false);
    let mut comma_at = None;
    for &byte in bytes {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else {
            match byte {
                b'"' => {
                    in_string = true;
                    comma_at = None;
                }
                b',' => comma_at = Some(out.len()),
                b']' | b'}' => {
                    if let Some(slot) = comma_at.take().and_then(|at: usize| out.get_mut(at)) {
                        *slot = b' ';
                    }
                }
                b' ' | b'\t' | b'\r' | b'\n' => {}
                _ => comma_at = None,
            }
        }
        out.push(byte);
    }
    out
}

fn format_of(document: &Value) -> Option<Format> {
    match document {
        Value::Array(items) => items
            .first()
            .and_then(format_of)
            .filter(|format| *format == Format::Misp),
        Value::Object(object) => {
            if object.get("type").and_then(Value::as_str) == Some("bundle") {
                Some(Format::Stix)
            } else if object.contains_key("Event")
                || object.contains_key("response")
                || object.contains_key("Attribute")
            {
                Some(Format::Misp)
            } else if object.get("list").is_some_and(Value::is_array) {
                Some(Format::Warninglist)
            } else if object.contains_key("objects") {
                // A TAXII 2.1 envelope (section 3.7) holds the same objects as a bundle.
                Some(Format::Stix)
            } else {
                None
            }
        }
        _ => None,
    }
}
