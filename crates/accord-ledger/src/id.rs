//! The identifiers of this crate: a ledger, an entry in it, and a SHA-256 value. Text and serde form: hex digits
//! in lower case.

use std::fmt;
use std::str::FromStr;

/// Text that is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not {what}: give {digits} hex digits in lower case")]
pub struct IdError {
    what: &'static str,
    digits: usize,
}

macro_rules! hex_bytes {
    ($(#[$meta:meta])* $name:ident, $length:literal, $what:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $length]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                let error = IdError { what: $what, digits: $length * 2 };
                let mut bytes = [0u8; $length];
                if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
                    return Err(error);
                }
                hex::decode_to_slice(text, &mut bytes).map_err(|_| error)?;
                Ok(Self(bytes))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

hex_bytes!(
    /// One ledger. Random, so that it says nothing about the case.
    LedgerId, 16, "a ledger's id"
);
hex_bytes!(
    /// A SHA-256 value: a leaf, a node, a root or a commitment.
    Hash, 32, "a SHA-256 value"
);

/// One entry: its ledger and its position there, from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
pub struct EntryId {
    /// The ledger.
    pub ledger: LedgerId,
    /// The position in it, from 0; the index of its leaf in the ledger's tree.
    pub seq: u64,
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.ledger, self.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_one_text_form() {
        let id = LedgerId([0xab; 16]);
        assert_eq!(id.to_string().parse::<LedgerId>().unwrap(), id);
        for bad in ["", "ab", &"AB".repeat(16), &"ab".repeat(17), &"zz".repeat(16)] {
            assert!(bad.parse::<LedgerId>().is_err(), "{bad}");
        }
        assert_eq!(
            serde_json::to_string(&Hash([0; 32])).unwrap(),
            format!("\"{}\"", "00".repeat(32))
        );
        let back: Hash = serde_json::from_str(&format!("\"{}\"", "00".repeat(32))).unwrap();
        assert_eq!(back, Hash([0; 32]));
    }
}
