//! PDF: the text of its pages, and its links. Nothing in it is run.
//!
//! A PDF's streams are compressed; what each may come to is bounded by how many there are, so that all of them
//! together stay within [`PDF_INFLATED_MAX_BYTES`]. Encrypted documents are not read.

use std::panic::{AssertUnwindSafe, catch_unwind};

use lopdf::{Document, LoadOptions, Object};

use super::Spot;
use super::limits::{
    PDF_INFLATED_MAX_BYTES, PDF_PAGES_MAX, PDF_STREAM_MAX_BYTES, PDF_STREAMS_MAX, PDF_TEXT_MAX_BYTES,
};
use super::taking::{Taking, place};

/// Reads a PDF.
pub(super) fn read(bytes: &[u8], part: &str, taking: &mut Taking) {
    let at = || Some(place(part, Spot::Itself));
    let streams = memchr::memmem::find_iter(bytes, b"endstream").count();
    if streams > PDF_STREAMS_MAX {
        let what = format!(
            "the document has {streams} streams, at most {PDF_STREAMS_MAX} are read: print it to a new PDF"
        );
        return taking.problem(at(), what);
    }
    let limit = (PDF_INFLATED_MAX_BYTES / streams.max(1)).min(PDF_STREAM_MAX_BYTES);
    // A reader of hostile files may have an error that nobody found yet; it must cost one document and no more.
    let read = catch_unwind(AssertUnwindSafe(|| pages(bytes, limit)));
    let Ok(read) = read else {
        return taking.problem(at(), "the document cannot be read as PDF");
    };
    for what in read.problems {
        taking.problem(at(), what);
    }
    if let Some(title) = read.title {
        taking.title(&title);
    }
    for (page, text) in read.pages {
        for line in text.lines() {
            taking.line(line, &place(part, Spot::Page(page)), None);
            taking.text(line);
        }
    }
    for link in read.links {
        taking.line(&link, &place(part, Spot::Annotation), None);
    }
}

#[derive(Default)]
struct Read {
    title: Option<String>,
    pages: Vec<(u32, String)>,
    links: Vec<String>,
    problems: Vec<String>,
}

fn pages(bytes: &[u8], limit: usize) -> Read {
    let mut read = Read::default();
    let document =
        match Document::load_mem_with_options(bytes, LoadOptions::with_max_decompressed_size(limit)) {
            Ok(document) => document,
            Err(error) => {
                read.problems
                    .push(format!("the document cannot be read as PDF: {error}"));
                return read;
            }
        };
    if document.is_encrypted() || document.was_encrypted() {
        read.problems
            .push("the document is encrypted and not read: save it without its protection".to_owned());
        return read;
    }
    read.title = title(&document);
    let numbers: Vec<u32> = document.get_pages().into_keys().collect();
    if numbers.len() > PDF_PAGES_MAX {
        read.problems.push(format!(
            "the document has {} pages, the first {PDF_PAGES_MAX} are read",
            numbers.len()
        ));
    }
    let (mut bytes, mut unread) = (0, Vec::new());
    for number in numbers.into_iter().take(PDF_PAGES_MAX) {
        let mut text = String::new();
        let mut failed = false;
        for chunk in document.extract_text_chunks_with_limit(&[number], limit) {
            match chunk {
                Ok(chunk) => text.push_str(&chunk),
                Err(_) => failed = true,
            }
        }
        if failed {
            unread.push(number.to_string());
        }
        bytes += text.len();
        if bytes > PDF_TEXT_MAX_BYTES {
            read.problems.push(format!(
                "more than {PDF_TEXT_MAX_BYTES} bytes of text: read up to page {}",
                number - 1
            ));
            break;
        }
        read.pages.push((number, text));
    }
    if !unread.is_empty() {
        unread.truncate(20);
        read.problems.push(format!(
            "not everything on these pages could be read: {}",
            unread.join(", ")
        ));
    }
    if read.pages.iter().all(|(_, text)| text.trim().is_empty()) {
        read.problems
            .push("there is no text in the document: it may be a picture of one".to_owned());
    }
    read.links = document
        .objects
        .values()
        .filter_map(|object| object.as_dict().ok())
        .flat_map(links)
        .collect();
    read
}

/// Where a dictionary's link goes, its own or its action's.
fn links(dictionary: &lopdf::Dictionary) -> Vec<String> {
    let uri = |dictionary: &lopdf::Dictionary| {
        let value = dictionary.get(b"URI").and_then(Object::as_str).ok()?;
        Some(String::from_utf8_lossy(value).into_owned())
    };
    let action = dictionary.get(b"A").and_then(Object::as_dict).ok();
    [uri(dictionary), action.and_then(uri)]
        .into_iter()
        .flatten()
        .collect()
}

fn title(document: &Document) -> Option<String> {
    let info = document.trailer.get(b"Info").ok()?;
    let (_, info) = document.dereference(info).ok()?;
    let title = info.as_dict().ok()?.get(b"Title").ok()?;
    let (_, title) = document.dereference(title).ok()?;
    lopdf::decode_text_string(title)
        .ok()
        .filter(|title| !title.trim().is_empty())
}
