//! A JSON document as a tree that borrows from its bytes: what strangers send, read in bounded memory.
//!
//! A value of [`serde_json::Value`] costs what its sender wants: `{"":0},` is seven bytes, and one object with a member is
//! 632 bytes of a B-tree's leaf. Here a value is 24 bytes, a member of an object 48, lists and objects are as long as what is in
//! them, text stands in the document (but for text with escapes), and members that nobody asks for are skipped as they are
//! parsed. How many values may be kept is counted while they are.
//!
//! Of members with the same name the last counts. They are sorted by name.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node<'a> {
    Null,
    Bool(bool),
    /// A number that is whole and fits.
    Integer(i64),
    /// Any other number: nobody asks which.
    Number,
    Text(Cow<'a, str>),
    List(Box<[Node<'a>]>),
    Object(Box<[Member<'a>]>),
}

/// A member of an object, by its name.
pub(crate) type Member<'a> = (Cow<'a, str>, Node<'a>);

impl<'a> Node<'a> {
    /// The member of an object that has this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else {
            return None;
        };
        let at = members.binary_search_by(|(own, _)| own.as_ref().cmp(name)).ok()?;
        members.get(at).map(|(_, node)| node)
    }

    /// Text.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// True or false.
    pub(crate) fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// What is in a list.
    pub(crate) fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// A member that is text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Self::as_str)
    }

    /// What is in a member that is a list; what is none has nothing in it.
    pub(crate) fn items(&self, name: &str) -> &[Self] {
        self.get(name).and_then(Self::as_list).unwrap_or_default()
    }

    /// The values of an object's members, by their names; what is no object has none.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Self> {
        let members: &[Member<'a>] = match self {
            Self::Object(members) => members,
            _ => &[],
        };
        members.iter().map(|(_, node)| node)
    }
}

/// Which members of objects are kept.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Keep {
    /// All.
    All,
    /// Those with these names, at every depth.
    Named(&'static [&'static str]),
}

impl Keep {
    /// A name that is kept, without a copy of it where that can be.
    fn kept<'a>(self, name: Cow<'a, str>) -> Option<Cow<'a, str>> {
        match self {
            Self::All => Some(name),
            Self::Named(names) => {
                let known = names.iter().find(|known| **known == name)?;
                Some(Cow::Borrowed(known))
            }
        }
    }
}

/// Why there is no tree.
#[derive(Debug)]
pub(super) enum NoTree {
    /// No JSON.
    Json(serde_json::Error),
    /// More values would be kept than may be.
    TooMany,
}

/// Reads a document, of which at most so many values are kept.
pub(super) fn tree(bytes: &[u8], keep: Keep, most: usize) -> Result<Node<'_>, NoTree> {
    let reading = Reading {
        keep,
        left: Cell::new(most),
        is_over: Cell::new(false),
    };
    let mut from = serde_json::Deserializer::from_slice(bytes);
    let read = (&reading)
        .deserialize(&mut from)
        .and_then(|node| from.end().map(|()| node));
    read.map_err(|error| match reading.is_over.get() {
        true => NoTree::TooMany,
        false => NoTree::Json(error),
    })
}

/// A document as it is read.
struct Reading {
    keep: Keep,
    /// How many more values may be kept.
    left: Cell<usize>,
    is_over: Cell<bool>,
}

impl<'de> DeserializeSeed<'de> for &Reading {
    type Value = Node<'de>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Node<'de>, D::Error> {
        let Some(left) = self.left.get().checked_sub(1) else {
            self.is_over.set(true);
            return Err(D::Error::custom("more values than are kept"));
        };
        self.left.set(left);
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &Reading {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<Node<'de>, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Node<'de>, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Node<'de>, E> {
        Ok(Node::Integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Node<'de>, E> {
        Ok(i64::try_from(value).map_or(Node::Number, Node::Integer))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Node<'de>, E> {
        Ok(Node::Number)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Node<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Node::List(items.into_boxed_slice()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Node<'de>, A::Error> {
        let mut members: Vec<Member<'de>> = Vec::new();
        while let Some(name) = from.next_key_seed(Name(self.keep))? {
            match name {
                Some(name) => members.push((name, from.next_value_seed(self)?)),
                None => {
                    from.next_value::<IgnoredAny>()?;
                }
            }
        }
        members.sort_by(|(a, _), (b, _)| a.cmp(b));
        members.dedup_by(|later, earlier| {
            let is_same = later.0 == earlier.0;
            if is_same {
                std::mem::swap(later, earlier);
            }
            is_same
        });
        Ok(Node::Object(members.into_boxed_slice()))
    }
}

/// The name of a member; none where it is not kept.
struct Name(Keep);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(self.0.kept(Cow::Borrowed(name)))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.kept(Cow::Owned(name.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    /// The same as serde_json has it.
    fn of_value(value: &Value) -> Node<'static> {
        match value {
            Value::Null => Node::Null,
            Value::Bool(value) => Node::Bool(*value),
            Value::Number(number) => number.as_i64().map_or(Node::Number, Node::Integer),
            Value::String(text) => Node::Text(Cow::Owned(text.clone())),
            Value::Array(items) => Node::List(items.iter().map(of_value).collect()),
            Value::Object(members) => {
                let mut members: Vec<Member<'static>> = members
                    .iter()
                    .map(|(name, value)| (Cow::Owned(name.clone()), of_value(value)))
                    .collect();
                members.sort_by(|(a, _), (b, _)| a.cmp(b));
                Node::Object(members.into())
            }
        }
    }

    fn whole(text: &str) -> Option<Node<'_>> {
        tree(text.as_bytes(), Keep::All, usize::MAX).ok()
    }

    #[test]
    fn a_tree_is_what_the_document_says() {
        for text in [
            "null",
            "[true,false]",
            "-0",
            "1.0",
            "[1,-1,9223372036854775807,9223372036854775808,1.5,1e400]",
            r#"{"b":1,"a":{"":[]},"b":{"c":null},"\u0062":2}"#,
            r#"["a\nb","\u00e4","\ud83d\ude00",""]"#,
            r#"{"a":1} "#,
            r#"{"a":1} x"#,
            r#"{"a":1,}"#,
            "{\"a\":\"\u{1}\"}",
            "",
            "[",
        ] {
            let expected = serde_json::from_str(text).ok().map(|value| of_value(&value));
            assert_eq!(whole(text), expected, "{text}");
        }
        // As deep as serde_json goes, and no deeper.
        let nested = |deep: usize| format!("{}{}", "[".repeat(deep), "]".repeat(deep));
        assert!(whole(&nested(127)).is_some() && whole(&nested(128)).is_none());
    }

    #[test]
    fn what_is_asked_of_a_tree() {
        let text = r#"{"t":"x","e":"\n","n":7,"b":true,"l":[1,"y"],"o":{"z":"2","a":"1"}}"#;
        let node = whole(text).unwrap();
        assert_eq!((node.text("t"), node.text("e")), (Some("x"), Some("\n")));
        assert_eq!((node.text("n"), node.text("no")), (None, None));
        assert_eq!(node.get("n"), Some(&Node::Integer(7)));
        assert_eq!(node.get("b").and_then(Node::as_bool), Some(true));
        assert_eq!(node.items("l"), [Node::Integer(1), Node::Text("y".into())]);
        assert!(node.items("t").is_empty() && node.items("no").is_empty());
        let values: Vec<_> = node.get("o").unwrap().values().map(Node::as_str).collect();
        assert_eq!(values, [Some("1"), Some("2")]);
        assert_eq!(node.get("l").unwrap().values().count(), 0);
        assert_eq!(node.get("t").unwrap().get("t"), None);
    }

    #[test]
    fn members_that_nobody_asks_for_are_skipped() {
        const KEEP: Keep = Keep::Named(&["a", "b"]);
        let text = r#"{"x":{"a":1},"a":[{"b":1,"y":[[[[]]]]}],"\u0062":"\n","a2":0}"#;
        let node = tree(text.as_bytes(), KEEP, 5).unwrap();
        let kept = r#"{"a":[{"b":1}],"b":"\n"}"#;
        assert_eq!(node, whole(kept).unwrap());
        assert!(matches!(tree(text.as_bytes(), KEEP, 4), Err(NoTree::TooMany)));
        // It is JSON all the same.
        assert!(matches!(tree(br#"{"x":[1,,2]}"#, KEEP, 9), Err(NoTree::Json(_))));
    }

    #[test]
    fn values_are_counted_as_they_are_kept() {
        for (text, values) in [
            ("0", 1),
            ("[]", 1),
            ("[0,0]", 3),
            (r#"{"a":0,"b":{"c":[]}}"#, 4),
            // One that another takes the place of was kept.
            (r#"{"a":0,"a":1}"#, 3),
        ] {
            assert!(tree(text.as_bytes(), Keep::All, values).is_ok(), "{text}");
            let fewer = tree(text.as_bytes(), Keep::All, values - 1);
            assert!(matches!(fewer, Err(NoTree::TooMany)), "{text}");
        }
    }

    #[cfg(target_pointer_width = "64")]
    #[test]
    fn a_value_is_small() {
        assert_eq!((size_of::<Node<'_>>(), size_of::<Member<'_>>()), (24, 48));
    }

    proptest! {
        #[test]
        fn as_serde_json_reads_it(text in "[\\[\\]{}a-c0-2.,:\"\\\\u-]{0,40}") {
            let expected = serde_json::from_str(&text).ok().map(|value| of_value(&value));
            prop_assert_eq!(whole(&text), expected);
        }

        #[test]
        fn as_serde_json_writes_it(
            names in proptest::collection::vec("[a-c]{0,2}", 0..12),
            numbers in proptest::collection::vec(any::<i64>(), 0..12),
        ) {
            let members: Value = names.iter().cloned().zip(numbers.into_iter().map(Value::from)).collect();
            let text = Value::Array(vec![members.clone(), members]).to_string();
            prop_assert_eq!(whole(&text), serde_json::from_str(&text).ok().map(|value| of_value(&value)));
        }
    }
}
