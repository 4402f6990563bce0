//! Addresses on this node. A view never carries an address as free text, so that a partner's words cannot
//! become a link to somewhere else or to a script.

use std::fmt;

/// An absolute path on this node, percent-encoded: `/cases/0f3a/timeline?day=2026-11-22#n4`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Href(String);

impl Href {
    /// The path made of these segments; none is `/`. Each segment is percent-encoded (RFC 3986 section 2.3:
    /// all but unreserved characters), and the dot segments, which a browser would resolve, become `-`.
    pub fn of(segments: &[&str]) -> Self {
        let mut path = String::new();
        for segment in segments {
            path.push('/');
            match *segment {
                "" | "." | ".." => path.push('-'),
                text => encode(text, &mut path),
            }
        }
        if path.is_empty() {
            path.push('/');
        }
        Self(path)
    }

    /// The same path with one more query parameter, both sides percent-encoded. Call before [`Href::at`].
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.push(if self.0.contains('?') { '&' } else { '?' });
        encode(name, &mut self.0);
        self.0.push('=');
        encode(value, &mut self.0);
        self
    }

    /// The same address pointing at an element of the page.
    #[must_use]
    pub fn at(mut self, id: &str) -> Self {
        self.0.push('#');
        encode(id, &mut self.0);
        self
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Href {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn encode(text: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for nibble in [byte >> 4, byte & 15] {
                out.push(HEX.get(usize::from(nibble)).copied().map_or('0', char::from));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_stay_on_this_node() {
        let check = |segments: &[&str], expected: &str| assert_eq!(Href::of(segments).as_str(), expected);
        check(&[], "/");
        check(&["cases", "0f3a", "timeline"], "/cases/0f3a/timeline");
        check(&["", "evil.example"], "/-/evil.example");
        check(&["..", "."], "/-/-");
        check(&["javascript:alert(1)"], "/javascript%3Aalert%281%29");
        check(&["a/b?c#d\\e"], "/a%2Fb%3Fc%23d%5Ce");
        check(&["\u{e9}"], "/%C3%A9");
    }

    #[test]
    fn queries_and_fragments_are_encoded() {
        let href = Href::of(&["audit"])
            .with("who", "A & B")
            .with("from", "1")
            .at("row 1");
        assert_eq!(href.as_str(), "/audit?who=A%20%26%20B&from=1#row%201");
    }
}
