//! All observables of a text, without a watchlist.

use std::cmp::Reverse;

use crate::host::{address_text, bracketed};
use crate::kind::{Kind, KindSet};
use crate::line::{address_kind, rest_of};
use crate::token::{Found, Scratch, walk};
use crate::view::ViewBuffer;

/// Top-level labels that no registry delegates but that stand in names all the same: RFC 2606, 6761, 6762, 7686, 8375,
/// 9476, and ICANN's `internal` of 2024. `arpa` is in the public suffix list.
const RESERVED_LABELS: [&str; 8] = [
    "alt",
    "example",
    "internal",
    "invalid",
    "local",
    "localhost",
    "onion",
    "test",
];

/// An observable in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observable {
    /// What it is.
    pub kind: Kind,
    /// Its first byte in the line, from 0. Of a URL this is the first byte of its host.
    pub start: usize,
    /// Its canonical value.
    pub value: String,
}

/// Appends the observables of a line (without its LF) in order of their first byte, the longest first; every occurrence
/// is one. By the rules of scanning, with one filter more: the last label of a domain, also of an e-mail address and of
/// a URL without a scheme, is a known or reserved top-level label, so that `index.html` is none. Hosts and paths that a
/// format keeps apart are not joined.
pub fn extract(line: &[u8], kinds: KindSet, out: &mut Vec<Observable>) {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let mut buffer = ViewBuffer::default();
    let mut scratch = Scratch::default();
    let view = buffer.read(line);
    let first = out.len();
    let mut add = |kind: Kind, position: usize, value: String| {
        if kinds.contains(kind) {
            out.push(Observable {
                kind,
                start: view.in_line(position),
                value,
            });
        }
    };
    walk(view.text, &mut scratch, &mut |found| match found {
        Found::Name(span, name) => {
            let name = String::from_utf8_lossy(name);
            let is_known = has_known_label(&name);
            if is_known {
                add(Kind::Domain, span.start, name.clone().into_owned());
            }
            if let Some(rest) = rest_of(view.text, span, false)
                && (is_known || rest.has_scheme)
            {
                add(Kind::Url, span.start, rest.value(&name));
            }
        }
        Found::Address(span, address) => {
            add(address_kind(address), span.start, address_text(address));
            if let Some(rest) = rest_of(view.text, span, true) {
                add(Kind::Url, span.start, rest.value(&bracketed(address)));
            }
        }
        Found::Email(start, value) => {
            let value = String::from_utf8_lossy(value);
            if has_known_label(&value) {
                add(Kind::Email, start, value.into_owned());
            }
        }
        Found::Hash(start, kind, value) => add(kind, start, String::from_utf8_lossy(value).into_owned()),
    });
    if let Some(new) = out.get_mut(first..) {
        new.sort_by(|a, b| {
            (a.start, Reverse(a.value.len()), a.kind, &a.value).cmp(&(
                b.start,
                Reverse(b.value.len()),
                b.kind,
                &b.value,
            ))
        });
    }
}

/// Whether the last label is a known or reserved top-level label.
fn has_known_label(name: &str) -> bool {
    let label = name.rsplit('.').next().unwrap_or(name);
    if RESERVED_LABELS.contains(&label) {
        return true;
    }
    // The list has labels such as `ck` only as the wildcard `*.ck`; and it has labels beyond ASCII as U-labels.
    let (unicode, decoded) = idna::domain_to_unicode(label);
    let label = if decoded.is_ok() { unicode.as_str() } else { label };
    is_listed(label) || is_listed(&format!("x.{label}"))
}

fn is_listed(name: &str) -> bool {
    psl::suffix(name.as_bytes()).is_some_and(|suffix| suffix.is_known())
}
