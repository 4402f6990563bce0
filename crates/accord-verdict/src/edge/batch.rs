//! Sightings on their way from an edge to its node: numbered batches, each counted once.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits::{MAX_EDGE_BATCH_BYTES, MAX_EDGE_COUNTS, MAX_EDGE_NAME_CHARS, MAX_VALUE_BYTES};

/// Which edge: 128 random bits that it made when its folder was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EdgeId(pub [u8; 16]);

impl EdgeId {
    /// Reads 32 hexadecimal digits.
    pub fn parse(text: &str) -> Option<EdgeId> {
        Some(EdgeId(hex::decode(text).ok()?.try_into().ok()?))
    }
}

impl fmt::Display for EdgeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// Whether a text can be what an edge calls itself: a-z, 0-9 and -.
pub fn is_edge_name(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.len() <= MAX_EDGE_NAME_CHARS && text.chars().all(is_plain)
}

/// How often an indicator was seen on a day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EdgeCount {
    /// The UTC day, in days since the Unix epoch.
    pub day: u32,
    /// The canonical indicator.
    pub indicator: String,
    /// How many look-ups it hit, at least one.
    pub count: u64,
}

/// A batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EdgeBatch {
    /// Which edge.
    pub edge: String,
    /// What it calls itself.
    pub name: String,
    /// The number of the batch, from 1, growing.
    pub batch: u64,
    /// What was seen.
    pub counts: Vec<EdgeCount>,
}

/// What a node says to a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taken {
    /// The last batch of this edge that is counted: this one, or a later one.
    pub last: u64,
}

/// Why something is no batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// Not of the form.
    #[error(
        "not {{\"edge\": 32 hexadecimal digits, \"name\": \"...\", \"batch\": N, \"counts\": [{{\"day\", \"indicator\", \"count\"}}]}}"
    )]
    Form,
    /// Too much.
    #[error("a batch has at most {MAX_EDGE_COUNTS} counts and {MAX_EDGE_BATCH_BYTES} bytes")]
    TooMuch,
}

impl EdgeBatch {
    /// Reads a batch.
    ///
    /// # Errors
    /// [`BatchError`].
    pub fn read(bytes: &[u8]) -> Result<EdgeBatch, BatchError> {
        if bytes.len() > MAX_EDGE_BATCH_BYTES {
            return Err(BatchError::TooMuch);
        }
        let batch: EdgeBatch = serde_json::from_slice(bytes).map_err(|_| BatchError::Form)?;
        if batch.counts.len() > MAX_EDGE_COUNTS {
            return Err(BatchError::TooMuch);
        }
        let is_count = |one: &EdgeCount| one.count > 0 && one.indicator.len() <= MAX_VALUE_BYTES;
        let is_right = batch.batch > 0
            && batch.id().is_some()
            && is_edge_name(&batch.name)
            && batch.counts.iter().all(is_count);
        is_right.then_some(batch).ok_or(BatchError::Form)
    }

    /// Its bytes; none where it is larger than is taken.
    pub fn written(&self) -> Option<Vec<u8>> {
        let bytes = serde_json::to_vec(self).ok()?;
        let is_within = bytes.len() <= MAX_EDGE_BATCH_BYTES && self.counts.len() <= MAX_EDGE_COUNTS;
        is_within.then_some(bytes)
    }

    /// Which edge.
    pub fn id(&self) -> Option<EdgeId> {
        EdgeId::parse(&self.edge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(counts: usize) -> EdgeBatch {
        EdgeBatch {
            edge: "00112233445566778899aabbccddeeff".to_owned(),
            name: "fra-1".to_owned(),
            batch: 7,
            counts: (0..counts)
                .map(|number| EdgeCount {
                    day: 20_000,
                    indicator: format!("h{number}.example"),
                    count: 1,
                })
                .collect(),
        }
    }

    #[test]
    fn it_reads_back_and_one_past_the_limit_does_not() {
        let full = batch(MAX_EDGE_COUNTS);
        assert_eq!(EdgeBatch::read(&full.written().unwrap()), Ok(full));
        let over = batch(MAX_EDGE_COUNTS + 1);
        assert_eq!(over.written(), None);
        assert_eq!(
            EdgeBatch::read(&serde_json::to_vec(&over).unwrap()),
            Err(BatchError::TooMuch)
        );
        let mut long = batch(1).written().unwrap();
        long.resize(MAX_EDGE_BATCH_BYTES, b' ');
        assert!(EdgeBatch::read(&long).is_ok());
        long.push(b' ');
        assert_eq!(EdgeBatch::read(&long), Err(BatchError::TooMuch));
    }

    #[test]
    fn what_is_no_batch_is_refused() {
        let text = String::from_utf8(batch(1).written().unwrap()).unwrap();
        assert!(EdgeBatch::read(text.as_bytes()).is_ok());
        for (from, to) in [
            ("\"batch\":7", "\"batch\":0"),
            ("\"batch\":7", "\"batch\":-1"),
            ("\"count\":1", "\"count\":0"),
            ("00112233", "0011223"),
            ("fra-1", "FRA 1"),
            ("fra-1", ""),
            ("\"day\"", "\"year\""),
            ("\"edge\"", "\"x\":1,\"edge\""),
            ("h0.example", &"h".repeat(MAX_VALUE_BYTES + 1)),
        ] {
            let bad = text.replace(from, to);
            assert_ne!(bad, text);
            assert_eq!(EdgeBatch::read(bad.as_bytes()), Err(BatchError::Form), "{to}");
        }
        let long = "a".repeat(MAX_EDGE_NAME_CHARS);
        assert!(is_edge_name(&long) && !is_edge_name(&format!("{long}a")));
    }
}
