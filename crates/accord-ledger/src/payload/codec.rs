//! The payload's canonical bytes.
//!
//! `version u8, ledger 16, seq u64, count u32`, then for each field, ascending by commitment, `0x00, commitment 32`
//! when it is withheld, else `0x01, salt 32, pointer (u16 length), shape (u8 length), type u8, value (u32 length)`.

use super::path::Path;
use super::{
    Field, Leaf, MAX_FIELD_BYTES, MAX_FIELDS, MAX_PAYLOAD_BYTES, PAYLOAD_VERSION, Payload, PayloadError,
    Slot, assemble,
};
use crate::bytes::{Reader, Short};
use crate::id::{EntryId, Hash, LedgerId};
use crate::tree::MAX_TREE_SIZE;

const FIXED_BYTES: usize = 1 + 16 + 8 + 4;
const WITHHELD_BYTES: usize = 1 + 32;
const PRESENT_FIXED_BYTES: usize = 1 + 32 + 2 + 1 + 1 + 4;

impl From<Short> for PayloadError {
    fn from(_: Short) -> Self {
        Self::Length
    }
}

pub(super) fn encoded_length(payload: &Payload) -> usize {
    let fields = payload.slots.iter().map(|slot| match &slot.field {
        None => WITHHELD_BYTES,
        Some(field) => {
            PRESENT_FIXED_BYTES + field.path.pointer().len() + field.path.depth() + field.leaf.length()
        }
    });
    FIXED_BYTES + fields.sum::<usize>()
}

/// Lengths fit their prefixes: pointer, shape, value and count are bounded by limits far below them.
fn prefix<const N: usize>(length: usize) -> [u8; N] {
    (length as u64)
        .to_be_bytes()
        .last_chunk()
        .copied()
        .unwrap_or([0xff; N])
}

pub(super) fn encode(payload: &Payload) -> Vec<u8> {
    let mut out = Vec::with_capacity(encoded_length(payload));
    out.push(PAYLOAD_VERSION);
    out.extend_from_slice(&payload.entry.ledger.0);
    out.extend_from_slice(&payload.entry.seq.to_be_bytes());
    out.extend_from_slice(&prefix::<4>(payload.slots.len()));
    for slot in &payload.slots {
        match &slot.field {
            None => {
                out.push(0);
                out.extend_from_slice(&slot.commitment.0);
            }
            Some(Field { path, salt, leaf }) => {
                out.push(1);
                out.extend_from_slice(salt);
                out.extend_from_slice(&prefix::<2>(path.pointer().len()));
                out.extend_from_slice(path.pointer().as_bytes());
                out.extend_from_slice(&prefix::<1>(path.depth()));
                out.extend_from_slice(path.shape().as_bytes());
                out.push(leaf.kind());
                let value = leaf.bytes();
                out.extend_from_slice(&prefix::<4>(value.len()));
                out.extend_from_slice(&value);
            }
        }
    }
    out
}

pub(super) fn decode(bytes: &[u8]) -> Result<Payload, PayloadError> {
    if bytes.len() > MAX_PAYLOAD_BYTES {
        return Err(PayloadError::TooLong(bytes.len()));
    }
    let mut reader = Reader::new(bytes);
    let version = reader.u8()?;
    if version != PAYLOAD_VERSION {
        return Err(PayloadError::Version(version));
    }
    let entry = EntryId {
        ledger: LedgerId(reader.array()?),
        seq: reader.u64()?,
    };
    if entry.seq >= MAX_TREE_SIZE {
        return Err(PayloadError::NotCanonical("the sequence number"));
    }
    let count = usize::try_from(reader.u32()?).unwrap_or(usize::MAX);
    if count > MAX_FIELDS {
        return Err(PayloadError::TooManyFields(count));
    }
    if count == 0 {
        return Err(PayloadError::NotCanonical("a payload has at least one field"));
    }
    let mut slots: Vec<Slot> = Vec::new();
    for _ in 0..count {
        let slot = decode_slot(&mut reader, entry)?;
        if slots
            .last()
            .is_some_and(|last| last.commitment >= slot.commitment)
        {
            return Err(PayloadError::NotCanonical("fields ascend by commitment"));
        }
        slots.push(slot);
    }
    if !reader.is_empty() {
        return Err(PayloadError::Length);
    }
    let payload = Payload::with_root(entry, slots);
    assemble::assemble(payload.present(), payload.withheld())?;
    Ok(payload)
}

fn decode_slot(reader: &mut Reader<'_>, entry: EntryId) -> Result<Slot, PayloadError> {
    match reader.u8()? {
        0 => Ok(Slot {
            commitment: Hash(reader.array()?),
            field: None,
        }),
        1 => {
            let salt = reader.array()?;
            let text = |bytes| {
                std::str::from_utf8(bytes).map_err(|_| PayloadError::NotCanonical("a field's pointer"))
            };
            let length = usize::from(reader.u16()?);
            let pointer = text(reader.take(length)?)?;
            let depth = usize::from(reader.u8()?);
            let path = Path::parse(pointer, text(reader.take(depth)?)?)?;
            let kind = reader.u8()?;
            let length = usize::try_from(reader.u32()?).unwrap_or(usize::MAX);
            if length > MAX_FIELD_BYTES {
                return Err(PayloadError::FieldTooLong(length));
            }
            let leaf = Leaf::from_bytes(kind, reader.take(length)?)?;
            if path.depth() == 0 && leaf != Leaf::EmptyObject {
                return Err(PayloadError::NotAnObject);
            }
            let field = Field { path, salt, leaf };
            Ok(Slot {
                commitment: field.commitment(entry),
                field: Some(field),
            })
        }
        _ => Err(PayloadError::NotCanonical(
            "a field is withheld (0) or present (1)",
        )),
    }
}
