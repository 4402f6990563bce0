//! Keys of lines, one after the other.

use std::net::IpAddr;

use memchr::memmem::Finder;

use super::maps::LineMaps;
use super::pass::Pass;
use super::{KeySink, has_key, host_key, path_keys, plain, versions};
use crate::bytes::{all, cut, is_ascii_run, trim_run};
use crate::classes::Instructions;
use crate::fingerprint::of_text;
use crate::format::{Format, Joined, Pairs};
use crate::host::{canonical_name, ipv4};
use crate::line::{join, joined_tail};
use crate::pattern::Host;
use crate::token::Scratch;
use crate::view::ViewBuffer;

/// Reads the keys of the lines of one source in order. Holds room that is used again, and what earlier lines said about
/// the format.
#[derive(Debug, Clone)]
pub struct KeyReader {
    buffer: ViewBuffer,
    scratch: Scratch,
    maps: LineMaps,
    instructions: Instructions,
    format: Format,
    /// How the names begin of the values that are joined in JSON: `"uri"`, `"url"`.
    named: Finder<'static>,
    pairs: Pairs,
}

impl Default for KeyReader {
    fn default() -> Self {
        KeyReader::with(Instructions::best())
    }
}

impl KeyReader {
    pub(super) fn with(instructions: Instructions) -> KeyReader {
        KeyReader {
            buffer: ViewBuffer::default(),
            scratch: Scratch::default(),
            maps: LineMaps::default(),
            instructions,
            format: Format::default(),
            named: Finder::new(b"\"ur"),
            pairs: Pairs::default(),
        }
    }

    /// Gives the keys of the next line, with or without its line end; a key may come more than once. Linear in the
    /// length of the line, up to a factor of [`super::MAX_PATH_KEYS`] and of the labels of a name.
    pub fn line(&mut self, line: &[u8], sink: &mut impl KeySink) {
        let line = without_end(line);
        self.format.read_line(line);
        let KeyReader {
            buffer,
            scratch,
            maps,
            instructions,
            format,
            named,
            pairs,
        } = self;
        let mut pass = |text: &[u8], is_view, scratch: &mut Scratch| {
            let pass = Pass {
                text,
                is_view,
                maps,
                scratch,
            };
            LineMaps::has_room(text) && versions::line(*instructions, pass, sink)
        };
        let mut text = line;
        if !pass(text, false, scratch) {
            text = buffer.read(line).text;
            if !pass(text, true, scratch) {
                plain::text(text, scratch, sink);
            }
        }
        if format.may_join() || may_pair(text, named) {
            pairs.read_urls(text, format);
            for url in &pairs.urls {
                joined(text, *url, scratch, sink);
            }
        }
    }

    /// Takes in what a line says of the format of those that follow; nobody asks for its keys.
    pub fn header(&mut self, line: &[u8]) {
        self.format.read_line(without_end(line));
    }

    /// The keys by the definition alone.
    #[cfg(test)]
    pub(super) fn line_plain(&mut self, line: &[u8], sink: &mut impl KeySink) {
        let line = without_end(line);
        self.format.read_line(line);
        let text = self.buffer.read(line).text;
        plain::text(text, &mut self.scratch, sink);
        for url in Pairs::of(text, &self.format).urls {
            joined_plain(text, url, sink);
        }
    }
}

#[inline]
fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Whether JSON in a text may name a path that is joined to a host.
fn may_pair(text: &[u8], named: &Finder<'_>) -> bool {
    memchr::memchr(b'{', text).is_some()
        && named
            .find_iter(text)
            .any(|found| matches!(cut(text, found + 3, found + 5), b"i\"" | b"l\""))
}

/// Gives the keys of a host and a path that stand apart.
fn joined(text: &[u8], url: Joined, scratch: &mut Scratch, sink: &mut impl KeySink) {
    let written = cut(text, url.host.0, url.host.1);
    if !all(written, is_ascii_run) {
        joined_plain(text, url, sink);
        return;
    }
    // Neither a port nor brackets, and nothing to map: what `join` would read of it, without a copy.
    if matches!(written.first(), Some(b'.' | b'-')) {
        return;
    }
    let Some(tail) = joined_tail(text, url) else {
        return;
    };
    let (start, end) = trim_run(written, 0, written.len());
    let run = cut(written, start, end);
    if let Some(address) = ipv4(run) {
        address_keys(address.into(), tail, sink);
    } else if canonical_name(run, &mut scratch.name).is_ok() {
        name_keys(&scratch.name, tail, sink);
    }
}

/// The same by the definition.
fn joined_plain(text: &[u8], url: Joined, sink: &mut impl KeySink) {
    match join(text, url.host, url.tail) {
        Some((_, Host::Name(name), rest)) => name_keys(name.as_bytes(), rest.tail, sink),
        Some((_, Host::Address(address), rest)) => address_keys(address, rest.tail, sink),
        None => {}
    }
}

fn name_keys(name: &[u8], tail: &[u8], sink: &mut impl KeySink) {
    if has_key(name) {
        let key = of_text(name);
        sink.print(key);
        path_keys(key, tail, |key| sink.print(key));
    }
}

fn address_keys(address: IpAddr, tail: &[u8], sink: &mut impl KeySink) {
    plain::address(address, sink);
    path_keys(host_key(address), tail, |key| sink.print(key));
}
