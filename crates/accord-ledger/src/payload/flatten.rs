//! A JSON object taken apart into fields.

use serde_json::Value;

use super::path::Path;
use super::{Leaf, MAX_DEPTH, MAX_FIELD_BYTES, MAX_FIELDS, MAX_POINTER_BYTES, PayloadError};

/// The fields of an object, objects by key in byte order, lists by index.
pub(super) fn flatten(value: &Value) -> Result<Vec<(Path, Leaf)>, PayloadError> {
    if !value.is_object() {
        return Err(PayloadError::NotAnObject);
    }
    let mut fields = Vec::new();
    walk(Path::root(), value, &mut fields)?;
    Ok(fields)
}

/// Recurses at most [`MAX_DEPTH`] deep.
fn walk(path: Path, value: &Value, fields: &mut Vec<(Path, Leaf)>) -> Result<(), PayloadError> {
    if path.pointer().len() > MAX_POINTER_BYTES {
        return Err(PayloadError::PointerTooLong(path.pointer().len()));
    }
    if path.depth() > MAX_DEPTH {
        return Err(PayloadError::TooDeep);
    }
    let leaf = match value {
        Value::Object(map) if !map.is_empty() => {
            // serde_json keeps insertion order when another crate asks for it; sort, so that nothing depends on it.
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            for (key, value) in entries {
                walk(path.key(key), value, fields)?;
            }
            return Ok(());
        }
        Value::Array(items) if !items.is_empty() => {
            // Every element makes at least one field.
            if items.len() > MAX_FIELDS {
                return Err(PayloadError::TooManyFields(items.len()));
            }
            for (index, value) in items.iter().enumerate() {
                walk(path.index(index), value, fields)?;
            }
            return Ok(());
        }
        Value::Object(_) => Leaf::EmptyObject,
        Value::Array(_) => Leaf::EmptyArray,
        Value::Null => Leaf::Null,
        Value::Bool(value) => Leaf::Bool(*value),
        Value::String(text) => Leaf::Text(text.clone()),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => Leaf::Integer(value.into()),
            (_, Some(value)) => Leaf::Integer(value.into()),
            _ => return Err(PayloadError::NotAnInteger(path.pointer().to_owned())),
        },
    };
    if leaf.length() > MAX_FIELD_BYTES {
        return Err(PayloadError::FieldTooLong(leaf.length()));
    }
    fields.push((path, leaf));
    if fields.len() > MAX_FIELDS {
        Err(PayloadError::TooManyFields(fields.len()))
    } else {
        Ok(())
    }
}
