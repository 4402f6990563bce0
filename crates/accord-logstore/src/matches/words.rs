//! The matcher's kinds in the words that it has for them, in and out: modules for `#[serde(with)]`.

macro_rules! words {
    ($name:ident, $of:ident, $all:expr) => {
        pub(super) mod $name {
            use accord_matcher::$of;
            use serde::de::Error as _;
            use serde::{Deserialize, Deserializer, Serializer};

            pub(in crate::matches) fn serialize<S: Serializer>(
                kind: &$of,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(kind.as_str())
            }

            pub(in crate::matches) fn deserialize<'de, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<$of, D::Error> {
                let word = String::deserialize(deserializer)?;
                let found = $all.into_iter().find(|kind| kind.as_str() == word);
                found.ok_or_else(|| D::Error::custom(format!("`{word}` is no word of this version")))
            }
        }
    };
}

words!(pattern_kind, PatternKind, PatternKind::ALL);
words!(kind, Kind, Kind::ALL);
words!(
    how,
    MatchKind,
    [
        MatchKind::Exact,
        MatchKind::Parent,
        MatchKind::Cidr,
        MatchKind::Port,
        MatchKind::Address,
        MatchKind::Prefix,
    ]
);
