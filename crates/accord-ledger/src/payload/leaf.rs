//! The values a field can have.

use serde_json::Value;

use super::PayloadError;

/// The value of a field. Objects and lists that are not empty are told by the pointers of what is in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leaf {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer, `-2^63` to `2^64 - 1`.
    Integer(i128),
    /// Text.
    Text(String),
    /// `{}`.
    EmptyObject,
    /// `[]`.
    EmptyArray,
}

impl Leaf {
    /// The type's number in the commitment and the encoding.
    pub(super) fn kind(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Integer(_) => 2,
            Self::Text(_) => 3,
            Self::EmptyObject => 4,
            Self::EmptyArray => 5,
        }
    }

    /// The value's bytes in the commitment and the encoding.
    pub(super) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Null | Self::EmptyObject | Self::EmptyArray => Vec::new(),
            Self::Bool(value) => vec![u8::from(*value)],
            Self::Integer(value) => value.to_string().into_bytes(),
            Self::Text(text) => text.clone().into_bytes(),
        }
    }

    /// Length of [`Leaf::bytes`].
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            other => other.bytes().len(),
        }
    }

    /// Reads type and bytes; only the one spelling that [`Leaf::bytes`] writes.
    pub(super) fn from_bytes(kind: u8, bytes: &[u8]) -> Result<Self, PayloadError> {
        let bad = PayloadError::NotCanonical("a field's value");
        let leaf = match (kind, bytes) {
            (0, []) => Self::Null,
            (1, [0]) => Self::Bool(false),
            (1, [1]) => Self::Bool(true),
            (2, digits) => Self::Integer(
                std::str::from_utf8(digits)
                    .ok()
                    .and_then(|text| text.parse().ok())
                    .ok_or(bad.clone())?,
            ),
            (3, text) => Self::Text(std::str::from_utf8(text).map_err(|_| bad.clone())?.to_owned()),
            (4, []) => Self::EmptyObject,
            (5, []) => Self::EmptyArray,
            _ => return Err(bad),
        };
        if let Self::Integer(value) = leaf {
            let in_range = (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&value);
            if !in_range || value.to_string().as_bytes() != bytes {
                return Err(bad);
            }
        }
        Ok(leaf)
    }

    /// The value as JSON.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Integer(value) => match (i64::try_from(*value), u64::try_from(*value)) {
                (Ok(value), _) => Value::from(value),
                (_, Ok(value)) => Value::from(value),
                // Out of range cannot be constructed from JSON or bytes; a caller's own value shows as text.
                _ => Value::from(value.to_string()),
            },
            Self::Text(text) => Value::String(text.clone()),
            Self::EmptyObject => Value::Object(serde_json::Map::new()),
            Self::EmptyArray => Value::Array(Vec::new()),
        }
    }
}
