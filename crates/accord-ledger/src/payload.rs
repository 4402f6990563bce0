//! The payload of an entry: a JSON object taken apart into fields, each committed to on its own with a salt, so
//! that any of them can be withheld from a party, or destroyed, and the entry still verifies.
//!
//! Fields stand in ascending order of their commitments. With random salts that order is random: the place of a
//! withheld field says nothing about its name. A withheld and a destroyed field look the same: 32 bytes.
//!
//! What a payload with withheld fields does *not* prove: that no withheld field contradicts a disclosed one. Only a
//! complete payload is checked to be one consistent object; control payloads are therefore always complete.

use serde_json::Value;

use crate::commitment::{SALT_BYTES, commit_field};
use crate::header::{Header, size_class_of};
use crate::id::{EntryId, Hash, LedgerId};
use crate::tree;

mod assemble;
mod codec;
mod flatten;
mod leaf;
mod path;

pub use leaf::Leaf;
use path::Path;

/// Version of the payload's format.
pub const PAYLOAD_VERSION: u8 = 1;
/// Most bytes of an encoded payload.
pub const MAX_PAYLOAD_BYTES: usize = 4 * 1024 * 1024;
/// Most fields, withheld ones included.
pub const MAX_FIELDS: usize = 32_768;
/// Most bytes of one field's value.
pub const MAX_FIELD_BYTES: usize = 1024 * 1024;
/// Most bytes of a field's pointer.
pub const MAX_POINTER_BYTES: usize = 1024;
/// Most levels of objects and arrays, the outermost object included.
pub const MAX_DEPTH: usize = 32;

/// A value or bytes that are no payload, or a payload that is not the header's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// The outermost value is not an object.
    #[error("a payload is a JSON object")]
    NotAnObject,
    /// A number that is not an integer of 64 bits: its text form is not canonical.
    #[error("field \"{0}\" is not an integer of 64 bits: write fractions as text")]
    NotAnInteger(String),
    /// More than [`MAX_FIELDS`].
    #[error("the payload has {0} fields, {MAX_FIELDS} is the most: split the entry")]
    TooManyFields(usize),
    /// A value above [`MAX_FIELD_BYTES`].
    #[error("a field has {0} bytes, {MAX_FIELD_BYTES} is the most: attach it as a file")]
    FieldTooLong(usize),
    /// A pointer above [`MAX_POINTER_BYTES`].
    #[error("a field's pointer has {0} bytes, {MAX_POINTER_BYTES} is the most: use shorter names")]
    PointerTooLong(usize),
    /// More than [`MAX_DEPTH`] levels.
    #[error("the payload is nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// More than [`MAX_PAYLOAD_BYTES`].
    #[error("the payload has {0} bytes, {MAX_PAYLOAD_BYTES} is the most: split the entry or attach files")]
    TooLong(usize),
    /// Fewer or more bytes than the payload says it has.
    #[error("the payload's bytes are cut short or have something after their end")]
    Length,
    /// A version this program does not know.
    #[error("payload version {0} is not known: update this program")]
    Version(u8),
    /// Not the one byte form of a field, or fields out of order.
    #[error("the payload is not in canonical form: {0}")]
    NotCanonical(&'static str),
    /// Fields that do not make one object.
    #[error("the payload's fields contradict each other: two name the same place, or a list has holes")]
    Contradiction,
    /// The header names another entry.
    #[error("the payload belongs to another entry than the header")]
    OtherEntry,
    /// The header's payload root differs.
    #[error("the payload is not what the header commits to: it was changed")]
    OtherRoot,
    /// The header's size class differs.
    #[error("the payload's length does not have the header's size class")]
    OtherSize,
}

/// One field that is present.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    path: Path,
    salt: [u8; SALT_BYTES],
    leaf: Leaf,
}

impl Field {
    fn commitment(&self, entry: EntryId) -> Hash {
        let (pointer, shape) = (self.path.pointer(), self.path.shape());
        commit_field(
            entry,
            pointer,
            shape,
            self.leaf.kind(),
            &self.salt,
            &self.leaf.bytes(),
        )
    }
}

/// One field: its commitment, and what is committed to unless it is withheld or destroyed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Slot {
    commitment: Hash,
    field: Option<Field>,
}

/// The fields of an entry, some perhaps withheld.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    entry: EntryId,
    /// Ascending by commitment, each once.
    slots: Vec<Slot>,
    root: Hash,
}

impl Payload {
    /// Commits to every field of a JSON object. `salts` gives 32 fresh random bytes at each call; it is called once
    /// for each field, objects by key in byte order, lists by index.
    ///
    /// # Errors
    /// [`PayloadError`] for a value that is no object, holds fractions, or is above a limit.
    pub fn build(
        ledger: LedgerId,
        seq: u64,
        value: &Value,
        salts: &mut dyn FnMut() -> [u8; SALT_BYTES],
    ) -> Result<Self, PayloadError> {
        let entry = EntryId { ledger, seq };
        let mut slots = Vec::new();
        for (path, leaf) in flatten::flatten(value)? {
            let field = Field {
                path,
                salt: salts(),
                leaf,
            };
            slots.push(Slot {
                commitment: field.commitment(entry),
                field: Some(field),
            });
        }
        slots.sort_by_key(|slot| slot.commitment);
        let payload = Self::with_root(entry, slots);
        let length = payload.encoded_length();
        if length > MAX_PAYLOAD_BYTES {
            Err(PayloadError::TooLong(length))
        } else {
            Ok(payload)
        }
    }

    fn with_root(entry: EntryId, slots: Vec<Slot>) -> Self {
        let root = tree::root_of(slots.iter().map(|slot| tree::leaf_hash(&slot.commitment.0)));
        Self { entry, slots, root }
    }

    /// The entry it belongs to.
    pub fn entry(&self) -> EntryId {
        self.entry
    }

    /// Root of the RFC 6962 tree whose leaves are the commitments, ascending. Withholding does not change it.
    pub fn root(&self) -> Hash {
        self.root
    }

    /// The size class of these bytes. The header states that of the complete payload.
    pub fn size_class(&self) -> u8 {
        size_class_of(self.encoded_length())
    }

    /// Whether no field is withheld or destroyed.
    pub fn is_complete(&self) -> bool {
        self.slots.iter().all(|slot| slot.field.is_some())
    }

    /// How many fields are withheld or destroyed.
    pub fn withheld(&self) -> usize {
        self.slots.iter().filter(|slot| slot.field.is_none()).count()
    }

    /// The present fields by RFC 6901 pointer, ascending by pointer.
    pub fn fields(&self) -> Vec<(&str, &Leaf)> {
        let mut fields: Vec<_> = self
            .present()
            .map(|field| (field.path.pointer(), &field.leaf))
            .collect();
        fields.sort_by_key(|(pointer, _)| *pointer);
        fields
    }

    fn present(&self) -> impl Iterator<Item = &Field> {
        self.slots.iter().filter_map(|slot| slot.field.as_ref())
    }

    /// The present field at exactly this RFC 6901 pointer.
    pub fn get(&self, pointer: &str) -> Option<&Leaf> {
        self.present()
            .find(|field| field.path.pointer() == pointer)
            .map(|field| &field.leaf)
    }

    /// The text at this pointer, if it is present and is text.
    pub fn text(&self, pointer: &str) -> Option<&str> {
        match self.get(pointer)? {
            Leaf::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The same payload with only those fields present for which `keep` says yes to their pointer. Of the others
    /// only the commitment is left: no pointer, no type, no value, no salt.
    #[must_use]
    pub fn disclose(&self, mut keep: impl FnMut(&str) -> bool) -> Self {
        let slots = self.slots.iter().map(|slot| Slot {
            commitment: slot.commitment,
            field: slot
                .field
                .as_ref()
                .filter(|field| keep(field.path.pointer()))
                .cloned(),
        });
        Self {
            entry: self.entry,
            slots: slots.collect(),
            root: self.root,
        }
    }

    /// Deletes value and salt of the field at `pointer` and of every field below it; the commitments stay. Returns
    /// how many fields went. The store that holds the old bytes must overwrite or shred them.
    pub fn destroy(&mut self, pointer: &str) -> usize {
        let mut destroyed = 0;
        for slot in &mut self.slots {
            if slot
                .field
                .as_ref()
                .is_some_and(|field| field.path.is_within(pointer))
            {
                slot.field = None;
                destroyed += 1;
            }
        }
        destroyed
    }

    /// The present fields as a JSON object. A withheld field is absent; inside a list it becomes null when a later
    /// element is present, and the list is shorter otherwise.
    pub fn to_json(&self) -> Value {
        // The constructors have assembled it once, and dropping fields makes no contradiction.
        assemble::assemble(self.present(), usize::MAX)
            .unwrap_or_else(|_| Value::Object(serde_json::Map::new()))
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Length of the canonical bytes.
    pub fn encoded_length(&self) -> usize {
        codec::encoded_length(self)
    }

    /// Reads the canonical bytes of exactly one payload. Every commitment is computed from what is present, so the
    /// root is true of the bytes; compare it with the header by [`Payload::verify`].
    ///
    /// # Errors
    /// [`PayloadError`] for anything that [`Payload::encode`] would not have written.
    pub fn decode(bytes: &[u8]) -> Result<Self, PayloadError> {
        codec::decode(bytes)
    }

    /// Whether this is what the header commits to.
    ///
    /// # Errors
    /// [`PayloadError::OtherEntry`], [`PayloadError::OtherRoot`] or [`PayloadError::OtherSize`].
    pub fn verify(&self, header: &Header) -> Result<(), PayloadError> {
        if self.entry != header.id() {
            return Err(PayloadError::OtherEntry);
        }
        if self.root != header.payload_root {
            return Err(PayloadError::OtherRoot);
        }
        let class = self.size_class();
        let right = if self.is_complete() {
            class == header.size_class
        } else {
            class <= header.size_class
        };
        if right {
            Ok(())
        } else {
            Err(PayloadError::OtherSize)
        }
    }
}
