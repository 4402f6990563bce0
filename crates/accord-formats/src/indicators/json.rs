//! JSON sources: parsed once, told apart by their members, repaired where real exports break.

use super::row::{Format, ReadError, Row};
use super::tree::{self, Keep, NoTree, Node};
use super::{misp, stix, warninglist};

/// The largest JSON document that is read, in bytes.
pub const MAX_JSON_BYTES: usize = 256 << 20;

/// The most values that are kept of a JSON document: objects, lists, texts, numbers and the like. Of indicators only
/// members that a reader asks for are kept, some eleven values for each indicator of STIX, some four to twelve for each
/// attribute of MISP.
///
/// So the memory of a document is its bytes, once more where it must be repaired, and its values: at most some 100 bytes
/// for each while it is read, as measured with a counting allocator over what costs most (text with escapes, members of one
/// name, objects within objects), so 400 MB; in a bundle of indicators some 40.
pub const MAX_JSON_VALUES: usize = 4_000_000;

/// The members of documents that the readers of indicators ask for.
const INDICATORS: Keep = Keep::Named(&[
    "Attribute",
    "Event",
    "Object",
    "Tag",
    "deleted",
    "id",
    "info",
    "labels",
    "list",
    "name",
    "objects",
    "pattern",
    "pattern_type",
    "relationship_type",
    "response",
    "revoked",
    "source_ref",
    "target_ref",
    "to_ids",
    "type",
    "valid_until",
    "value",
]);

/// Reads a JSON source.
pub(super) fn read(bytes: &[u8], on_row: &mut dyn FnMut(Row<'_>)) -> Result<Format, ReadError> {
    let mut repaired = Vec::new();
    let document = parse(bytes, &mut repaired, INDICATORS)?;
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
    let mut repaired = Vec::new();
    format_of(&parse(bytes, &mut repaired, INDICATORS)?).ok_or(ReadError::UnknownJson)
}

/// A JSON document, repaired where real exports break: `repaired` is where it then stands.
pub(crate) fn parse<'a>(
    bytes: &'a [u8],
    repaired: &'a mut Vec<u8>,
    keep: Keep,
) -> Result<Node<'a>, ReadError> {
    check_size(bytes.len())?;
    let error = match tree::tree(bytes, keep, MAX_JSON_VALUES) {
        Ok(document) => return Ok(document),
        Err(NoTree::TooMany) => return Err(ReadError::TooManyValues),
        Err(NoTree::Json(error)) => error,
    };
    // MISP exports that were edited by hand have commas before a closing bracket; a published event must not be lost
    // for that.
    *repaired = without_trailing_commas(bytes);
    tree::tree(repaired, keep, MAX_JSON_VALUES).map_err(|second| match second {
        NoTree::TooMany => ReadError::TooManyValues,
        NoTree::Json(_) => ReadError::Json(error.to_string()),
    })
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

fn format_of(document: &Node<'_>) -> Option<Format> {
    match document {
        Node::List(items) => items
            .first()
            .and_then(format_of)
            .filter(|format| *format == Format::Misp),
        Node::Object(_) => {
            let has = |name| document.get(name).is_some();
            if document.text("type") == Some("bundle") {
                Some(Format::Stix)
            } else if has("Event") || has("response") || has("Attribute") {
                Some(Format::Misp)
            } else if document.get("list").and_then(Node::as_list).is_some() {
                Some(Format::Warninglist)
            } else if has("objects") {
                // A TAXII 2.1 envelope (section 3.7) holds the same objects as a bundle.
                Some(Format::Stix)
            } else {
                None
            }
        }
        _ => None,
    }
}
