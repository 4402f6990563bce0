//! Fields put together again into one JSON object, or found to contradict each other.

use std::collections::BTreeMap;

use serde_json::Value;

use super::path::Step;
use super::{Field, PayloadError};

/// A value under construction. At most `MAX_DEPTH` deep, so recursion is bounded.
enum Node {
    Leaf(Value),
    Object(BTreeMap<String, Node>),
    Array(BTreeMap<usize, Node>),
}

/// The object these fields make. `holes` is how many elements of lists may be missing: as many as fields are
/// withheld, since each missing element hides at least one. That also bounds the nulls a hostile index can cost.
pub(super) fn assemble<'a>(
    fields: impl Iterator<Item = &'a Field>,
    holes: usize,
) -> Result<Value, PayloadError> {
    let mut root = None;
    for field in fields {
        insert(&mut root, &field.path.steps()?, field.leaf.to_json())?;
    }
    let mut holes = holes;
    match root {
        None => Ok(Value::Object(serde_json::Map::new())),
        Some(node) => finish(node, &mut holes),
    }
}

fn insert(place: &mut Option<Node>, steps: &[Step], value: Value) -> Result<(), PayloadError> {
    let Some((step, rest)) = steps.split_first() else {
        return match place.replace(Node::Leaf(value)) {
            None => Ok(()),
            Some(_) => Err(PayloadError::Contradiction),
        };
    };
    let node = place.get_or_insert_with(|| match step {
        Step::Key(_) => Node::Object(BTreeMap::new()),
        Step::Index(_) => Node::Array(BTreeMap::new()),
    });
    match (node, step) {
        (Node::Object(map), Step::Key(key)) => insert_into(map, key.clone(), rest, value),
        (Node::Array(items), Step::Index(index)) => insert_into(items, *index, rest, value),
        _ => Err(PayloadError::Contradiction),
    }
}

fn insert_into<K: Ord>(
    children: &mut BTreeMap<K, Node>,
    key: K,
    rest: &[Step],
    value: Value,
) -> Result<(), PayloadError> {
    let (key, mut child) = match children.remove_entry(&key) {
        Some((key, child)) => (key, Some(child)),
        None => (key, None),
    };
    insert(&mut child, rest, value)?;
    if let Some(child) = child {
        children.insert(key, child);
    }
    Ok(())
}

fn finish(node: Node, holes: &mut usize) -> Result<Value, PayloadError> {
    Ok(match node {
        Node::Leaf(value) => value,
        Node::Object(map) => {
            let mut object = serde_json::Map::new();
            for (key, child) in map {
                object.insert(key, finish(child, holes)?);
            }
            Value::Object(object)
        }
        Node::Array(items) => {
            let mut list = Vec::new();
            for (index, child) in items {
                while list.len() < index {
                    *holes = holes.checked_sub(1).ok_or(PayloadError::Contradiction)?;
                    list.push(Value::Null);
                }
                list.push(finish(child, holes)?);
            }
            Value::Array(list)
        }
    })
}
