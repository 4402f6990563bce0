//! The names of zones.

use crate::limits::MAX_ZONE_BYTES;

/// The name of a zone: letters, digits, `-` and `_`, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ZoneName {
    text: String,
    wire: Box<[u8]>,
}

/// Why some text is no name of a zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no name for a zone: labels of 1 to 63 letters, digits, `-` and `_`, together at most {MAX_ZONE_BYTES} bytes"
)]
pub struct BadZoneName(String);

impl ZoneName {
    /// Reads a name, with or without a trailing dot.
    ///
    /// # Errors
    /// [`BadZoneName`].
    pub fn parse(text: &str) -> Result<ZoneName, BadZoneName> {
        let lower = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        let wire = wire_name(&lower)
            .filter(|wire| wire.len() <= MAX_ZONE_BYTES)
            .filter(|_| {
                lower
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
            })
            .ok_or_else(|| BadZoneName(text.chars().take(2 * MAX_ZONE_BYTES).collect()))?;
        Ok(ZoneName {
            text: lower,
            wire: wire.into(),
        })
    }

    /// Without a trailing dot.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// In wire form, with the root label.
    pub fn wire(&self) -> &[u8] {
        &self.wire
    }

    /// Whether one of two names is the other or lies below it.
    pub(crate) fn overlaps(&self, other: &ZoneName) -> bool {
        let below = |one: &str, other: &str| {
            one.strip_suffix(other)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        below(&self.text, &other.text) || below(&other.text, &self.text)
    }
}

impl std::fmt::Display for ZoneName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// A name of labels of 1 to 63 bytes in wire form, with the root label.
pub(crate) fn wire_name(text: &str) -> Option<Vec<u8>> {
    let mut wire = Vec::with_capacity(text.len() + 2);
    for label in text.split('.') {
        let length = u8::try_from(label.len())
            .ok()
            .filter(|length| (1..=63).contains(length))?;
        wire.push(length);
        wire.extend_from_slice(label.as_bytes());
    }
    wire.push(0);
    Some(wire)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_or_refused() {
        let zone = ZoneName::parse("BL.Agency.Example.").unwrap();
        assert_eq!(zone.as_str(), "bl.agency.example");
        assert_eq!(zone.wire(), b"\x02bl\x06agency\x07example\0");
        let long = ["a"; 60].join(".");
        for bad in [
            "",
            ".",
            "a..b",
            "a b.example",
            "a\\.example",
            "b\u{fc}cher.example",
            &"x".repeat(64),
            &long,
        ] {
            assert!(ZoneName::parse(bad).is_err(), "{bad}");
        }
        // 98 bytes and the root are a zone, two more are none.
        assert!(ZoneName::parse(&["abc"; 24].join(".")).is_ok());
        assert!(ZoneName::parse(&["abc"; 25].join(".")).is_err());
    }

    #[test]
    fn overlap_is_by_labels() {
        let zone = |text: &str| ZoneName::parse(text).unwrap();
        for (one, other, expected) in [
            ("bl.example", "bl.example", true),
            ("a.bl.example", "bl.example", true),
            ("bl.example", "a.bl.example", true),
            ("abl.example", "bl.example", false),
            ("rpz.example", "bl.example", false),
        ] {
            assert_eq!(zone(one).overlaps(&zone(other)), expected, "{one} {other}");
        }
    }
}
