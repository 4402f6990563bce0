//! Names and identifiers that cross the wire. All are checked when parsed, so that a peer's text is one of
//! these or an error.

use std::fmt;
use std::str::FromStr;

/// Most characters of an organisation's name.
pub const ORG_NAME_MAX: usize = 64;

/// A name or identifier that does not have its form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not {what}: \"{given}\" ({why})")]
pub struct NameError {
    what: &'static str,
    given: String,
    why: &'static str,
}

impl NameError {
    fn new(what: &'static str, given: &str, why: &'static str) -> Self {
        Self {
            what,
            given: given.chars().take(80).collect(),
            why,
        }
    }
}

/// The name of an organisation, in the form of a host name: `isp.example`. Bound to its identity key by an
/// agreement or an accepted invitation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrgName(String);

impl OrgName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OrgName {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let fail = |why| Err(NameError::new("an organisation's name", text, why));
        if text.is_empty() || text.len() > ORG_NAME_MAX {
            return fail("1 to 64 characters");
        }
        if !text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-')
        {
            return fail("lower-case letters, digits, '.' and '-' only");
        }
        if text
            .split('.')
            .any(|label| label.is_empty() || label.starts_with('-') || label.ends_with('-'))
        {
            return fail("every label between the dots starts and ends with a letter or digit");
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for OrgName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! hex_id {
    ($(#[$meta:meta])* $name:ident, $bytes:literal, $what:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $bytes]);

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
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                let mut bytes = [0u8; $bytes];
                if text.bytes().any(|b| b.is_ascii_uppercase()) {
                    return Err(NameError::new($what, text, "hex digits in lower case"));
                }
                hex::decode_to_slice(text, &mut bytes)
                    .map_err(|_| NameError::new($what, text, concat!(stringify!($bytes), " bytes as hex digits")))?;
                Ok(Self(bytes))
            }
        }
        serde_by_text!($name);
    };
}

macro_rules! serde_by_text {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

serde_by_text!(OrgName);
hex_id!(
    /// A person, by a random id: names stand apart and can be removed.
    PersonId, 16, "a person's id"
);
hex_id!(
    /// A space that ledgers belong to: one agreement or one case. Made from random bytes and what it is for.
    SpaceId, 16, "a space's id"
);
hex_id!(
    /// One ledger. Random.
    LedgerId, 16, "a ledger's id"
);
hex_id!(
    /// SHA-256 of an agreement's canonical bytes.
    AgreementDigest, 32, "an agreement's digest"
);

/// One entry: its ledger and its sequence number there, from 0. Text form `LEDGER/SEQ`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct EntryRef {
    /// The ledger.
    pub ledger: LedgerId,
    /// The position in it, from 0.
    pub seq: u64,
}

impl fmt::Display for EntryRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.ledger, self.seq)
    }
}

impl FromStr for EntryRef {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let fail = || NameError::new("an entry's reference", text, "LEDGER/SEQ");
        let (ledger, seq) = text.split_once('/').ok_or_else(fail)?;
        let canonical = seq == "0" || (!seq.starts_with('0') && seq.bytes().all(|b| b.is_ascii_digit()));
        if !canonical {
            return Err(fail());
        }
        Ok(Self {
            ledger: ledger.parse()?,
            seq: seq.parse().map_err(|_| fail())?,
        })
    }
}

serde_by_text!(EntryRef);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn organisation_names() {
        for good in ["isp.example", "a", "x-1.y"] {
            assert_eq!(good.parse::<OrgName>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "ISP.example",
            "a..b",
            ".a",
            "a.",
            "-a",
            "a-",
            "a b",
            "é",
            &"a".repeat(65),
        ] {
            assert!(bad.parse::<OrgName>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn entry_references_have_one_spelling() {
        let text = "00112233445566778899aabbccddeeff/7";
        assert_eq!(text.parse::<EntryRef>().unwrap().to_string(), text);
        for bad in [
            "00112233445566778899aabbccddeeff",
            "00112233445566778899aabbccddeeff/07",
            "00/1",
            "00112233445566778899AABBCCDDEEFF/7",
        ] {
            assert!(bad.parse::<EntryRef>().is_err(), "{bad}");
        }
    }
}
