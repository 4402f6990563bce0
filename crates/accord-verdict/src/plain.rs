//! Values in plain form: a domain name, an IPv4 address or a hash, written as it is stored but for the case of letters.
//!
//! Nearly every value that is asked about is one, and of each it is clear without reading it as a line what the rules of
//! `docs/spec/matching.md` find in it: the value itself and nothing else. What is not surely plain (a label that could
//! be a hash, a number as the last label, anything defanged, beyond ASCII, with a port or a path, IPv6) is read as a
//! line by the matcher. A property test compares the two on the same values.

use accord_matcher::Kind;

/// Most bytes of a plain value: of a domain name (RFC 1035, section 2.3.4).
const MOST_BYTES: usize = 253;
const MOST_LABEL_BYTES: usize = 63;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A domain name of two labels or more.
    Name,
    /// An address in dotted decimal.
    Ipv4([u8; 4]),
    /// A hash.
    Hash(Kind),
    /// To be read as a line.
    Other,
}

/// The last value that was read, in lower case, and where in it a parent begins. Room that is used again.
#[derive(Debug)]
pub(crate) struct Plain {
    text: [u8; MOST_BYTES],
    length: usize,
    /// Past each dot; beyond the last one, anything.
    labels: [u8; 256],
    dots: u8,
}

impl Default for Plain {
    fn default() -> Self {
        Plain::new()
    }
}

/// Bytes of a plain value in lower case, others 0.
static LOWER: [u8; 256] = lower();

// Compile time only: an index out of range would be a compile error.
#[allow(
    clippy::indexing_slicing,
    reason = "const evaluation, checked by the compiler"
)]
const fn lower() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0u8;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            table[byte as usize] = byte.to_ascii_lowercase();
        }
        byte += 1;
    }
    table
}

impl Plain {
    /// Nothing was read yet.
    pub const fn new() -> Plain {
        Plain {
            text: [0; MOST_BYTES],
            length: 0,
            labels: [0; 256],
            dots: 0,
        }
    }

    /// The value in lower case.
    pub fn text(&self) -> &[u8] {
        self.text.get(..self.length).unwrap_or_default()
    }

    /// The same, as text.
    pub fn as_str(&self) -> &str {
        // Never the other way: the bytes are ASCII.
        std::str::from_utf8(self.text()).unwrap_or_default()
    }

    /// Where a name and its parents of two labels or more begin, the nearest first.
    pub fn suffixes(&self) -> impl Iterator<Item = u8> {
        let parents = self.labels().split_last().map_or(&[][..], |(_, parents)| parents);
        std::iter::once(0).chain(parents.iter().copied())
    }

    /// Past each dot.
    fn labels(&self) -> &[u8] {
        self.labels.get(..usize::from(self.dots)).unwrap_or_default()
    }

    /// Reads a value, in the place of the one before.
    #[inline]
    pub fn read(&mut self, value: &str) -> Form {
        let value = value.as_bytes();
        (self.length, self.dots) = (0, 0);
        let Some(text) = self.text.get_mut(..value.len()) else {
            return Form::Other;
        };
        let (mut is_plain, mut dots) = (true, 0u8);
        // A dot is as likely here as there: what is put down that is none is written over.
        for (next, (place, byte)) in (1u8..).zip(text.iter_mut().zip(value)) {
            *place = LOWER.get(usize::from(*byte)).copied().unwrap_or(0);
            is_plain &= *place != 0;
            if let Some(label) = self.labels.get_mut(usize::from(dots)) {
                *label = next;
            }
            dots += u8::from(*byte == b'.');
        }
        if !is_plain {
            return Form::Other;
        }
        (self.length, self.dots) = (value.len(), dots);
        let (mut begin, mut shortest, mut longest) = (0, MOST_BYTES, 0);
        for &next in self.labels() {
            let length = usize::from(next) - 1 - begin;
            (shortest, longest) = (shortest.min(length), longest.max(length));
            begin = usize::from(next);
        }
        let text = self.text();
        if dots == 0 {
            return hash(text);
        }
        let last = text.get(begin..).unwrap_or_default();
        (shortest, longest) = (shortest.min(last.len()), longest.max(last.len()));
        if shortest == 0 || longest > MOST_LABEL_BYTES {
            return Form::Other;
        }
        if last.iter().all(u8::is_ascii_digit) {
            return self.ipv4();
        }
        let is_trimmed = matches!((text.first(), text.last()), (Some(b'-'), _) | (_, Some(b'-')));
        if is_trimmed || (longest >= 32 && may_hold_hash(text)) {
            return Form::Other;
        }
        Form::Name
    }

    fn ipv4(&self) -> Form {
        if self.dots != 3 || self.length > 15 {
            return Form::Other;
        }
        self.as_str()
            .parse::<std::net::Ipv4Addr>()
            .map_or(Form::Other, |address| Form::Ipv4(address.octets()))
    }
}

fn hash(text: &[u8]) -> Form {
    let kind = Kind::of_hash(text.len()).filter(|_| text.iter().all(u8::is_ascii_hexdigit));
    kind.map_or(Form::Other, Form::Hash)
}

/// Whether a run of letters and digits in a name is as long as a hash.
fn may_hold_hash(text: &[u8]) -> bool {
    text.split(|byte| matches!(byte, b'.' | b'-' | b'_'))
        .any(|run| Kind::of_hash(run.len()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_told_apart() {
        let md5 = "9e107d9d372bb6826bd81d3542a419d6";
        let long_label = format!("{}.example", "a".repeat(64));
        let rows: [(&str, Form); 19] = [
            ("evil.example", Form::Name),
            ("WWW._x.evil-1.Example", Form::Name),
            ("a.b", Form::Name),
            ("192.0.2.10", Form::Ipv4([192, 0, 2, 10])),
            ("192.0.2.010", Form::Other),
            ("192.0.2", Form::Other),
            ("1.192.0.2.10", Form::Other),
            (md5, Form::Hash(Kind::Md5)),
            ("localhost", Form::Other),
            ("-evil.example", Form::Other),
            ("evil.example-", Form::Other),
            ("evil.example.", Form::Other),
            (".evil.example", Form::Other),
            ("evil..example", Form::Other),
            ("evil.example:80", Form::Other),
            ("evil.example/", Form::Other),
            ("b\u{fc}cher.example", Form::Other),
            (&long_label, Form::Other),
            ("", Form::Other),
        ];
        let mut plain = Plain::default();
        for (value, form) in rows {
            assert_eq!(plain.read(value), form, "{value}");
        }
        assert_eq!(plain.read(&format!("{md5}.evil.example")), Form::Other);
        assert_eq!(plain.read("WWW.Evil.Example"), Form::Name);
        assert_eq!(plain.as_str(), "www.evil.example");
        assert_eq!(plain.suffixes().collect::<Vec<_>>(), [0, 4]);
        let longest = ["a"; 127].join(".");
        assert_eq!(plain.read(&longest), Form::Name);
        assert_eq!(plain.suffixes().count(), 126);
        assert_eq!(plain.read(&format!("{longest}a")), Form::Other);
    }
}
