//! From the bytes of a feed to its values.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use accord_formats::indicators::{Content, NotUsed, read, read_column, unpacked};
use accord_matcher::Pattern;
use serde::{Deserialize, Serialize};

/// Most values of one feed.
pub const FEED_VALUES_MAX: usize = 200_000;
/// Longest feed, unpacked, bytes.
pub const FEED_UNPACKED_MAX_BYTES: usize = 128 << 20;
/// Most reasons that are counted apart; what is refused for another is counted as `other`.
pub const REASONS_MAX: usize = 40;
/// Examples of each reason.
pub const EXAMPLES_MAX: usize = 3;
/// Most characters of an example.
const EXAMPLE_CHARS: usize = 100;
/// Most labels of a value, and bytes of one.
const LABELS_MAX: usize = 4;
const LABEL_MAX_BYTES: usize = 64;

/// Entries that were refused for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusedFor {
    /// Why, in words.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// Some of them.
    pub examples: Vec<String>,
}

/// What of a pull was refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusals {
    /// How many entries.
    pub total: u64,
    /// By reason, the most first.
    pub reasons: Vec<RefusedFor>,
}

impl Refusals {
    /// Counts one more.
    pub(crate) fn add(&mut self, reason: &str, value: &str) {
        self.total = self.total.saturating_add(1);
        let known = self.reasons.iter().position(|one| one.reason == reason);
        let reason = match known {
            None if self.reasons.len() >= REASONS_MAX => "other",
            _ => reason,
        };
        let at = match self.reasons.iter().position(|one| one.reason == reason) {
            Some(at) => at,
            None => {
                self.reasons.push(RefusedFor {
                    reason: reason.to_owned(),
                    count: 0,
                    examples: Vec::new(),
                });
                self.reasons.len().saturating_sub(1)
            }
        };
        if let Some(one) = self.reasons.get_mut(at) {
            one.count = one.count.saturating_add(1);
            let example: String = value.chars().take(EXAMPLE_CHARS).collect();
            if one.examples.len() < EXAMPLES_MAX && !one.examples.contains(&example) {
                one.examples.push(example);
            }
        }
    }

    /// The most first.
    pub(crate) fn sorted(mut self) -> Self {
        self.reasons
            .sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.reason.cmp(&b.reason)));
        self
    }
}

/// What a feed says of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub labels: Arc<[String]>,
    /// When it says that the value ends, ms UTC.
    pub until_ms: Option<u64>,
}

/// What was read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reading {
    /// The form, by its name.
    pub format: String,
    /// The values, with what the feed says of them.
    pub values: BTreeMap<Pattern, Said>,
    /// What was refused so far.
    pub refused: Refusals,
    /// Of that, what nobody wanted from the start: kinds that are not taken, and what its publisher does not offer.
    pub left_out: u64,
}

/// Labels, each list of them kept once.
#[derive(Debug, Default)]
pub(crate) struct Labels(HashSet<Arc<[String]>>);

impl Labels {
    pub fn of(&mut self, labels: &[String]) -> Arc<[String]> {
        match self.0.get(labels) {
            Some(known) => Arc::clone(known),
            None => {
                let new: Arc<[String]> = labels.into();
                self.0.insert(Arc::clone(&new));
                new
            }
        }
    }
}

/// A label as an audience may be shown it.
fn label(text: &str) -> Option<String> {
    let plain: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(LABEL_MAX_BYTES)
        .collect();
    let plain = plain.trim();
    (!plain.is_empty() && plain.len() <= LABEL_MAX_BYTES).then(|| plain.to_owned())
}

/// Whether an entry is not used because its publisher does not offer it, and nothing is wrong with it.
fn is_not_offered(reason: NotUsed) -> bool {
    matches!(
        reason,
        NotUsed::NotForDetection | NotUsed::Withdrawn | NotUsed::UnsupportedType | NotUsed::PolicyTrigger
    )
}

/// Until when a value holds, as its source wrote it; what is no instant says nothing.
fn until_ms(written: &str) -> Option<u64> {
    let at: jiff::Timestamp = written.parse().ok()?;
    Some(u64::try_from(at.as_millisecond()).unwrap_or(0))
}

/// Reads a feed: what is a value, and what is none and why. `column`, from 1, for a table whose header does not name it;
/// `always` is a label that every value gets. What the feed says has ended by `now_ms` is none of its values.
///
/// # Errors
/// In words, why the whole cannot be read.
pub(crate) fn read_feed(
    bytes: &[u8],
    column: Option<u16>,
    always: Option<&str>,
    now_ms: u64,
) -> Result<Reading, String> {
    let Some(bytes) = unpacked(bytes, FEED_UNPACKED_MAX_BYTES) else {
        return Err(format!(
            "it is packed, and broken off or longer than {FEED_UNPACKED_MAX_BYTES} bytes unpacked"
        ));
    };
    let mut reading = Reading::default();
    let mut known = Labels::default();
    let mut too_many = false;
    let mut take = |content: Content<'_>| {
        let (value, labels, until_ms) = match content {
            Content::Indicator {
                value, labels, until, ..
            } => match until_ms(until) {
                Some(until_ms) if until_ms <= now_ms => {
                    reading.left_out += 1;
                    return reading
                        .refused
                        .add("the feed itself says that it has ended", value);
                }
                until_ms => (value, labels, until_ms),
            },
            Content::Allow { value, .. } => {
                return reading
                    .refused
                    .add("the feed itself says that it must not be listed", value);
            }
            Content::NotUsed { written, reason } => {
                reading.left_out += u64::from(is_not_offered(reason));
                return reading.refused.add(&reason.to_string(), written);
            }
        };
        match Pattern::parse(value) {
            Ok(_) if reading.values.len() > FEED_VALUES_MAX => too_many = true,
            Ok(pattern) => {
                let of_value: BTreeSet<String> = always
                    .into_iter()
                    .chain(labels.iter().copied())
                    .filter_map(label)
                    .take(LABELS_MAX)
                    .collect();
                let of_value: Vec<String> = of_value.into_iter().collect();
                // Said several times, it holds as long as the longest of them.
                let known = reading.values.entry(pattern).or_insert_with(|| Said {
                    labels: known.of(&of_value),
                    until_ms,
                });
                known.until_ms = match (known.until_ms, until_ms) {
                    (Some(a), Some(b)) => Some(a.max(b)),
                    _ => None,
                };
            }
            Err(refusal) => reading.refused.add(refusal.reason.words(), value),
        }
    };
    let format = match column {
        Some(column) => {
            read_column(&bytes, column, &mut |row| take(row.content));
            format!("column {column}")
        }
        None => match read(&bytes, &mut |row| take(row.content)) {
            Ok(format) => format.name().to_owned(),
            Err(error) => return Err(error.to_string()),
        },
    };
    if too_many || reading.values.len() > FEED_VALUES_MAX {
        return Err(format!("it has more than {FEED_VALUES_MAX} values"));
    }
    reading.format = format;
    Ok(reading)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(reading: &Reading) -> Vec<&str> {
        reading.values.keys().map(Pattern::canonical).collect()
    }

    #[test]
    fn forms_of_feeds() {
        let hosts = "# a hosts file\n0.0.0.0 evil.example\n0.0.0.0 bad.example\n";
        let reading = read_feed(hosts.as_bytes(), None, None, 0).unwrap();
        assert_eq!(reading.format, "hosts");
        assert_eq!(values(&reading), ["bad.example", "evil.example"]);
        let csv = "indicator,family\nevil.example,simda\n192.0.2.1,simda\ncom,simda\n";
        let reading = read_feed(csv.as_bytes(), None, Some("feed"), 0).unwrap();
        assert_eq!(reading.format, "csv");
        assert_eq!(reading.refused.total, 1);
        assert!(reading.refused.reasons[0].reason.contains("one label"));
        assert_eq!(reading.refused.reasons[0].examples, ["com"]);
        let said = reading.values.values().next().unwrap();
        assert_eq!(said.labels.to_vec(), ["feed", "simda"]);
        let misp = r#"{"Event":{"info":"x","Attribute":[
            {"type":"domain","value":"evil.example","to_ids":true},
            {"type":"domain","value":"seen.example","to_ids":false}]}}"#;
        let reading = read_feed(misp.as_bytes(), None, None, 0).unwrap();
        assert_eq!(
            (reading.format.as_str(), values(&reading)),
            ("misp", vec!["evil.example"])
        );
        assert_eq!((reading.refused.total, reading.left_out), (1, 1));
        let warning =
            r#"{"name":"w","type":"hostname","list":["bank.example"],"version":1,"description":"d"}"#;
        let reading = read_feed(warning.as_bytes(), None, None, 0).unwrap();
        assert!(reading.values.is_empty() && reading.refused.total == 1);
        let column = read_feed(b"1;evil.example\n2;0.0.0.0/0\n", Some(2), None, 0).unwrap();
        assert_eq!(values(&column), ["evil.example"]);
        assert_eq!(column.refused.reasons[0].examples, ["0.0.0.0/0"]);
        let page = "<!DOCTYPE html>\n<html><body>\n<p>Sign in to go on</p>\n</body></html>\n";
        let reading = read_feed(page.as_bytes(), None, None, 0).unwrap();
        assert!(reading.values.is_empty(), "{:?}", reading.values);
        assert!(read_feed(b"{\"a\":", None, None, 0).is_err());
    }

    #[test]
    fn what_has_ended_is_no_value() {
        let indicator = |name: &str, until: &str| {
            serde_json::json!({"type": "indicator", "pattern_type": "stix", "valid_until": until,
                "pattern": format!("[domain-name:value = '{name}']")})
        };
        let bundle = serde_json::json!({"type": "bundle", "objects": [
            indicator("ended.example", "1970-01-01T00:00:01Z"),
            indicator("now.example", "1970-01-01T00:00:05Z"),
            indicator("later.example", "1970-01-01T00:00:05.001Z"),
            indicator("twice.example", "1970-01-01T00:00:07Z"),
            indicator("twice.example", "1970-01-01T00:00:09Z"),
            indicator("always.example", "soon"),
            indicator("always.example", "1970-01-01T00:00:09Z"),
        ]});
        let reading = read_feed(bundle.to_string().as_bytes(), None, None, 5_000).unwrap();
        let ends: Vec<_> = reading
            .values
            .iter()
            .map(|(pattern, said)| (pattern.canonical(), said.until_ms))
            .collect();
        assert_eq!(
            ends,
            [
                ("always.example", None),
                ("later.example", Some(5_001)),
                ("twice.example", Some(9_000))
            ]
        );
        assert_eq!((reading.refused.total, reading.left_out), (2, 2));
        assert!(reading.refused.reasons[0].reason.contains("ended"));
    }

    #[test]
    fn limits_hold() {
        let many = |count: usize| {
            let lines: String = (0..count).map(|n| format!("n{n}.evil.example\n")).collect();
            read_feed(lines.as_bytes(), None, None, 0)
        };
        assert_eq!(many(FEED_VALUES_MAX).unwrap().values.len(), FEED_VALUES_MAX);
        assert!(many(FEED_VALUES_MAX + 1).unwrap_err().contains("more than"));
        let mut refused = Refusals::default();
        for number in 0..REASONS_MAX + 5 {
            refused.add(&format!("reason {number}"), "v");
        }
        for number in 0..EXAMPLES_MAX + 5 {
            refused.add("reason 0", &format!("v{number}"));
        }
        let refused = refused.sorted();
        assert_eq!(refused.reasons.len(), REASONS_MAX + 1);
        assert_eq!(refused.reasons[0].examples.len(), EXAMPLES_MAX);
        let label_of = label(&"a".repeat(500)).unwrap();
        assert_eq!(label_of.len(), LABEL_MAX_BYTES);
        assert_eq!(label("\u{7}"), None);
    }
}
