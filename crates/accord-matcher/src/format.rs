//! What stands apart in known formats but belongs together: an address and its port, a host and its path.
//!
//! Zeek TSV (columns by the `#fields` header), Zeek JSON and Suricata EVE (keys of one object on one line).

use memchr::{memchr, memchr_iter, memchr2, memmem};

use crate::bytes::{at, cut, port, stretch};
use crate::limits::{MAX_COLUMNS, MAX_JSON_DEPTH};

/// The names that are paired, two by two.
const NAMES: [&[u8]; 12] = [
    b"id.orig_h",
    b"id.orig_p",
    b"id.resp_h",
    b"id.resp_p",
    b"src_ip",
    b"src_port",
    b"dest_ip",
    b"dest_port",
    b"host",
    b"uri",
    b"hostname",
    b"url",
];
/// How many of them, from the left, are pairs of an address and a port; the others are a host and a path.
const PORT_NAMES: usize = 8;
/// How many of them, from the left, Zeek TSV knows: `id.*`, and `host` with `uri`.
const fn is_zeek(name: usize) -> bool {
    name < 4 || name == 8 || name == 9
}

/// Where the value of each of [`NAMES`] stands.
type Values = [Option<(usize, usize)>; NAMES.len()];

/// What lines so far said about the format of a source: the columns of the last Zeek `#fields` header.
///
/// A caller that gives the blocks of one source to several scanners runs [`Format::read`] over each block in order, and
/// gives each scanner the state before its block with [`crate::Scanner::set_format`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Format {
    /// Column of each of [`NAMES`].
    columns: [Option<u16>; NAMES.len()],
    /// The same by column: each with the place of its name in [`NAMES`].
    by_column: Vec<(u16, usize)>,
}

impl Format {
    /// Takes in the headers of a block of whole lines. Looks only at lines that start with `#fields`.
    pub fn read(&mut self, whole_lines: &[u8]) {
        for found in memmem::find_iter(whole_lines, b"#fields\t") {
            if found == 0 || at(whole_lines, found - 1) == Some(b'\n') {
                let rest = cut(whole_lines, found, whole_lines.len());
                self.read_line(cut(rest, 0, memchr(b'\n', rest).unwrap_or(rest.len())));
            }
        }
    }

    /// Whether the columns name a host and a path that are joined.
    #[inline]
    pub(crate) fn may_join(&self) -> bool {
        // Most often there is none.
        !self.by_column.is_empty() && self.joins()
    }

    fn joins(&self) -> bool {
        let has = |name: usize| self.columns.get(name).is_some_and(Option::is_some);
        (PORT_NAMES..NAMES.len())
            .step_by(2)
            .any(|name| has(name) && has(name + 1))
    }

    /// Takes in one line, which may be a header.
    #[inline]
    pub(crate) fn read_line(&mut self, line: &[u8]) {
        if line.first() == Some(&b'#') {
            self.read_header(line);
        }
    }

    fn read_header(&mut self, line: &[u8]) {
        let Some(names) = line.strip_prefix(b"#fields\t") else {
            return;
        };
        let names = names.strip_suffix(b"\r").unwrap_or(names);
        *self = Format::default();
        for (column, name) in (0u16..).zip(names.split(|&b| b == b'\t').take(MAX_COLUMNS)) {
            for (known, (i, place)) in NAMES.iter().zip(self.columns.iter_mut().enumerate()) {
                if is_zeek(i) && *known == name && place.is_none() {
                    *place = Some(column);
                    self.by_column.push((column, i));
                }
            }
        }
    }
}

/// A host and a path that stand apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Joined {
    /// The host, perhaps with a port.
    pub(crate) host: (usize, usize),
    /// The first byte of the path.
    pub(crate) tail: usize,
}

/// What is paired on one line. Positions are in the text of the line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pairs {
    /// First byte of an address, and its port.
    ports: Vec<(usize, u16)>,
    /// Hosts and their paths.
    pub(crate) urls: Vec<Joined>,
}

/// Which pairs are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    All,
    Urls,
}

impl Pairs {
    pub(crate) fn of(text: &[u8], format: &Format) -> Pairs {
        let mut pairs = Pairs::default();
        pairs.read(text, format, Wanted::All);
        // Stable: where both formats name a port, the columns come first.
        pairs.ports.sort_by_key(|&(position, _)| position);
        pairs
    }

    /// Replaces what is there by the hosts and paths of a line, without the ports.
    pub(crate) fn read_urls(&mut self, text: &[u8], format: &Format) {
        self.ports.clear();
        self.urls.clear();
        self.read(text, format, Wanted::Urls);
    }

    fn read(&mut self, text: &[u8], format: &Format, wanted: Wanted) {
        self.read_columns(text, format, wanted);
        if memchr(b'{', text).is_some() {
            self.read_json(text, wanted);
        }
    }

    /// The port that is paired with the address that begins here.
    pub(crate) fn port(&self, position: usize) -> Option<u16> {
        let first = self.ports.partition_point(|&(p, _)| p < position);
        self.ports
            .get(first)
            .filter(|&&(p, _)| p == position)
            .map(|&(_, port)| port)
    }

    fn read_columns(&mut self, text: &[u8], format: &Format, wanted: Wanted) {
        let first = if wanted == Wanted::All { 0 } else { PORT_NAMES };
        let mut columns = format
            .by_column
            .iter()
            .filter(|(_, name)| *name >= first)
            .peekable();
        if columns.peek().is_none() || text.first() == Some(&b'#') {
            return;
        }
        let mut values: Values = Default::default();
        let ends = memchr_iter(b'\t', text).chain([text.len()]);
        let mut start = 0;
        for (column, end) in (0..).zip(ends) {
            if let Some((_, name)) = columns.next_if(|(wanted, _)| *wanted == column)
                && let Some(value) = values.get_mut(*name)
            {
                *value = Some((start, end));
                if columns.peek().is_none() {
                    break;
                }
            }
            start = end + 1;
        }
        self.pair(text, &values, wanted);
    }

    fn read_json(&mut self, text: &[u8], wanted: Wanted) {
        let mut objects: Vec<Values> = Vec::new();
        let mut depth = 0usize;
        let mut position = 0;
        while let Some(byte) = at(text, position) {
            match byte {
                b'{' => {
                    depth += 1;
                    if depth <= MAX_JSON_DEPTH {
                        objects.push(Values::default());
                    }
                }
                b'}' if depth > 0 => {
                    if depth <= MAX_JSON_DEPTH
                        && let Some(values) = objects.pop()
                    {
                        self.pair(text, &values, wanted);
                    }
                    depth -= 1;
                }
                b'"' if depth > 0 => {
                    let (start, end) = string(text, position);
                    position = end + 1;
                    let colon = stretch(text, position, |b| b.is_ascii_whitespace());
                    if at(text, colon) == Some(b':') {
                        let value = stretch(text, colon + 1, |b| b.is_ascii_whitespace());
                        let (span, next) = value_at(text, value);
                        position = next;
                        let name = NAMES.iter().position(|n| *n == cut(text, start, end));
                        if depth <= MAX_JSON_DEPTH
                            && let (Some(name), Some(span), Some(values)) = (name, span, objects.last_mut())
                            && let Some(place) = values.get_mut(name)
                            && place.is_none()
                        {
                            *place = Some(span);
                        }
                    }
                    continue;
                }
                _ => {}
            }
            position += 1;
        }
        // A line that is cut off still pairs what it shows.
        for values in objects {
            self.pair(text, &values, wanted);
        }
    }

    fn pair(&mut self, text: &[u8], values: &Values, wanted: Wanted) {
        for (i, pair) in values.chunks_exact(2).enumerate() {
            let [Some(left), Some(right)] = pair else { continue };
            if i * 2 < PORT_NAMES {
                if wanted == Wanted::All
                    && let Some(port) = port(cut(text, right.0, right.1))
                {
                    self.ports.push((left.0, port));
                }
            } else if right.0 < right.1 && at(text, right.0) == Some(b'/') {
                self.urls.push(Joined {
                    host: *left,
                    tail: right.0,
                });
            }
        }
    }
}

/// The inside of the string whose opening quote is at `quote`.
fn string(text: &[u8], quote: usize) -> (usize, usize) {
    let start = quote + 1;
    let mut position = start;
    while let Some(found) = memchr2(b'"', b'\\', cut(text, position, text.len())) {
        position += found;
        if at(text, position) == Some(b'"') {
            return (start, position);
        }
        position += 2;
    }
    (start, text.len().max(start))
}

/// The inside of a string, or a number of digits, at `position`; and where to read on.
fn value_at(text: &[u8], position: usize) -> (Option<(usize, usize)>, usize) {
    match at(text, position) {
        Some(b'"') => {
            let (start, end) = string(text, position);
            (Some((start, end)), end + 1)
        }
        Some(b'0'..=b'9') => {
            let end = stretch(text, position, |b| {
                b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-')
            });
            (Some((position, end)), end)
        }
        _ => (None, position),
    }
}
