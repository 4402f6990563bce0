//! Keys of lines, one after the other.

use memchr::memmem::Finder;

use super::maps::LineMaps;
use super::pass::Pass;
use super::{KeySink, has_key, host_key, path_keys, plain, versions};
use crate::bytes::cut;
use crate::classes::Instructions;
use crate::fingerprint::of_text;
use crate::format::{Format, Pairs};
use crate::line::join;
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
        } = self;
        let text = buffer.read(line).text;
        if maps.has_room(text) {
            versions::line(*instructions, Pass { text, maps, scratch }, sink);
        } else {
            plain::text(text, scratch, sink);
        }
        if format.may_join() || may_pair(text, named) {
            joined(text, format, sink);
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
        joined(text, &self.format, sink);
    }
}

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

/// Gives the keys of hosts and paths that stand apart.
fn joined(text: &[u8], format: &Format, sink: &mut impl KeySink) {
    for joined in Pairs::of(text, format).urls {
        let Some((_, host, rest)) = join(text, joined.host, joined.tail) else {
            continue;
        };
        match host {
            Host::Name(name) if has_key(name.as_bytes()) => {
                let key = of_text(name.as_bytes());
                sink.print(key);
                path_keys(key, rest.tail, |key| sink.print(key));
            }
            Host::Name(_) => {}
            Host::Address(address) => {
                plain::address(address, sink);
                path_keys(host_key(address), rest.tail, |key| sink.print(key));
            }
        }
    }
}
