//! A source: where logs come from, and what its custodian said about it.

use accord_formats::logs::LogFormat;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::limits::MAX_TEXT_BYTES;

/// The longest name of a source, bytes.
const MAX_NAME_BYTES: usize = 64;
/// The most customer networks of a source.
const MAX_CUSTOMER_NETWORKS: usize = 10_000;

/// How the format of a source's logs is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FormatSetting {
    /// Told by the content of each log.
    #[default]
    Auto,
    /// Always this one.
    As(LogFormat),
}

/// The settings of a source. They are copied into the manifest of every segment, as they were at its import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    /// 1 to 64 of `a-z 0-9 . _ -`, a letter or digit first (the name is also a folder's).
    pub name: String,
    /// What it is, in words.
    pub description: String,
    /// The format of its logs.
    #[serde(default)]
    pub format: FormatSetting,
    /// The provider's own customers: the first address of a line in one of these networks is the customer's.
    #[serde(default)]
    pub customers: Vec<IpNet>,
    /// What is known of its clock's zone, in words, for those who read the evidence.
    #[serde(default)]
    pub time_zone: String,
    /// How far the source's clock runs ahead of UTC, milliseconds (negative: behind), where it was measured. A hunt
    /// subtracts it from a line's time before comparing; the time it reports stays as logged.
    #[serde(default)]
    pub clock_offset_ms: Option<i64>,
    /// Whether the log is made in the ordinary course of business (a court asks).
    #[serde(default)]
    pub ordinary_course: bool,
    /// Who answers for it: a person or post.
    pub custodian: String,
}

impl SourceConfig {
    /// Whether the settings are acceptable.
    pub(crate) fn check(&self) -> Result<()> {
        let refuse = |why: String| {
            Err(Error::Source {
                name: self.name.chars().take(MAX_NAME_BYTES).collect(),
                why,
            })
        };
        if !is_name(&self.name) {
            return refuse(
                "a name is 1 to 64 of a-z, 0-9, `.`, `_` and `-`, with a letter or digit first".to_owned(),
            );
        }
        for (what, text) in [
            ("description", &self.description),
            ("time_zone", &self.time_zone),
            ("custodian", &self.custodian),
        ] {
            if text.len() > MAX_TEXT_BYTES {
                return refuse(format!(
                    "its {what} has {} bytes, at most {MAX_TEXT_BYTES} are taken",
                    text.len()
                ));
            }
        }
        if self.custodian.trim().is_empty() {
            return refuse("name its custodian: who answers for this log".to_owned());
        }
        if self.customers.len() > MAX_CUSTOMER_NETWORKS {
            return refuse(format!(
                "it has {} customer networks, at most {MAX_CUSTOMER_NETWORKS} are taken: name larger ones",
                self.customers.len()
            ));
        }
        Ok(())
    }
}

/// Whether it can be a source's name.
pub(crate) fn is_name(name: &str) -> bool {
    let inside =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-');
    (1..=MAX_NAME_BYTES).contains(&name.len())
        && name.bytes().all(inside)
        && name
            .bytes()
            .next()
            .is_some_and(|first| first.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (name, good) in [
            ("radius", true),
            ("dns-2026.1_b", true),
            (&"a".repeat(64), true),
            (&"a".repeat(65), false),
            ("", false),
            (".", false),
            ("..", false),
            ("-x", false),
            ("a/b", false),
            ("A", false),
            ("bücher", false),
            ("a\0", false),
        ] {
            assert_eq!(is_name(name), good, "{name}");
        }
    }
}
