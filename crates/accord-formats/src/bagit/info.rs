//! `bagit.txt` and `bag-info.txt` (RFC 8493, 2.1.1 and 2.2.2).

use std::fmt::Write as _;

use super::BagError;

/// The whole content of `bagit.txt`.
pub const DECLARATION: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
/// Most fields of a `bag-info.txt`.
pub const BAG_INFO_MAX_FIELDS: usize = 200;

/// The fields of `bag-info.txt`, in their order; a label may stand more than once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BagInfo(pub Vec<(String, String)>);

impl BagInfo {
    /// Adds a field. Line ends in the value become spaces, so that a value can never start a field of its own;
    /// a label's colons and line ends are dropped.
    pub fn push(&mut self, label: &str, value: &str) {
        let label: String = label.chars().filter(|c| !c.is_control() && *c != ':').collect();
        let value: String = value
            .chars()
            .map(|c| {
                if c.is_control() || c == '\u{2028}' || c == '\u{2029}' {
                    ' '
                } else {
                    c
                }
            })
            .collect();
        self.0.push((label.trim().to_owned(), value.trim().to_owned()));
    }

    /// The value of the first field with this label; labels ignore case.
    pub fn get(&self, label: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(label))
            .map(|(_, value)| value.as_str())
    }

    /// The tag file.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for (label, value) in &self.0 {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{label}: {value}");
        }
        text
    }

    /// Reads the tag file; a line that begins with white space continues the value before it.
    ///
    /// # Errors
    /// [`BagError`]: not UTF-8, a line without a label, more than [`BAG_INFO_MAX_FIELDS`] fields.
    pub fn parse(bytes: &[u8]) -> Result<Self, BagError> {
        let file = "bag-info.txt";
        let text = std::str::from_utf8(bytes).map_err(|_| BagError::NotText(file.to_owned()))?;
        let mut fields: Vec<(String, String)> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let fail = |why| BagError::Line {
                file: file.to_owned(),
                line: index.saturating_add(1),
                why,
            };
            if line.starts_with([' ', '\t']) {
                let (_, value) = fields
                    .last_mut()
                    .ok_or_else(|| fail("nothing stands before it to continue"))?;
                value.push(' ');
                value.push_str(line.trim());
            } else if !line.trim().is_empty() {
                let (label, value) = line
                    .split_once(':')
                    .ok_or_else(|| fail("a label and a colon are needed"))?;
                fields.push((label.trim().to_owned(), value.trim().to_owned()));
            }
            if fields.len() > BAG_INFO_MAX_FIELDS {
                return Err(BagError::TooLong {
                    file: file.to_owned(),
                    limit: BAG_INFO_MAX_FIELDS,
                });
            }
        }
        Ok(Self(fields))
    }
}

/// `Payload-Oxum`: bytes and number of the payload files, as `BYTES.COUNT`.
pub fn payload_oxum<'a>(payload: impl IntoIterator<Item = &'a [u8]>) -> String {
    let (mut bytes, mut count) = (0u64, 0u64);
    for file in payload {
        bytes = bytes.saturating_add(file.len() as u64);
        count = count.saturating_add(1);
    }
    format!("{bytes}.{count}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_start_a_field() {
        let mut info = BagInfo::default();
        info.push("Contact-Name", "A\nPayload-Oxum: 0.0");
        assert_eq!(info.to_text(), "Contact-Name: A Payload-Oxum: 0.0\n");
        assert_eq!(BagInfo::parse(info.to_text().as_bytes()), Ok(info.clone()));
        assert_eq!(info.get("contact-name"), Some("A Payload-Oxum: 0.0"));
        assert_eq!(info.get("payload-oxum"), None);
    }

    #[test]
    fn continued_lines_and_wrong_ones() {
        let info = BagInfo::parse(b"A: one\n\ttwo\n  three\nA: four\n").unwrap();
        assert_eq!(
            info.0,
            [("A".into(), "one two three".into()), ("A".into(), "four".into())]
        );
        for bad in [b" x\n".as_slice(), b"no label\n", b"\xff: x\n"] {
            assert!(BagInfo::parse(bad).is_err());
        }
        let fields = |count: usize| "A: b\n".repeat(count);
        assert!(BagInfo::parse(fields(BAG_INFO_MAX_FIELDS).as_bytes()).is_ok());
        assert!(BagInfo::parse(fields(BAG_INFO_MAX_FIELDS + 1).as_bytes()).is_err());
    }

    #[test]
    fn oxum_counts() {
        assert_eq!(payload_oxum([b"abc".as_slice(), b""]), "3.2");
    }
}
