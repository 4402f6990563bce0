//! STIX 2.1 bundles (OASIS STIX 2.1, sections 4.7 and 9): `indicator` objects and their patterns.
//!
//! Labels are the object's own `labels` and the names of the objects that it `indicates` by a relationship in the same
//! bundle. The provenance is the indicator's name. Objects of other types are no rows. `valid_until` is handed out and not
//! looked at: readers have no clock, and a log is searched for its own past.

use std::collections::HashMap;

use serde_json::Value;

use super::lines;
use super::row::{NotUsed, Row};
use super::stix_pattern;

/// Reads a bundle.
pub(super) fn read(document: &Value, on_row: &mut dyn FnMut(Row<'_>)) {
    let objects = document
        .get("objects")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let indicated = indicated(objects);
    for (place, object) in (1_u64..).zip(objects) {
        if text(object, "type") == Some("indicator") {
            indicator(place, object, &indicated, on_row);
        }
    }
}

fn text<'a>(object: &'a Value, member: &str) -> Option<&'a str> {
    object.get(member).and_then(Value::as_str)
}

/// For each indicator's id the names of what it indicates.
fn indicated(objects: &[Value]) -> HashMap<&str, Vec<&str>> {
    let names: HashMap<&str, &str> = objects
        .iter()
        .filter_map(|object| Some((text(object, "id")?, text(object, "name")?)))
        .collect();
    let mut of: HashMap<&str, Vec<&str>> = HashMap::new();
    for object in objects
        .iter()
        .filter(|object| text(object, "relationship_type") == Some("indicates"))
    {
        let (Some(source), Some(target)) = (text(object, "source_ref"), text(object, "target_ref")) else {
            continue;
        };
        if let Some(name) = names.get(target) {
            of.entry(source).or_default().push(name);
        }
    }
    of
}

fn indicator(
    place: u64,
    object: &Value,
    indicated: &HashMap<&str, Vec<&str>>,
    on_row: &mut dyn FnMut(Row<'_>),
) {
    let Some(pattern) = text(object, "pattern") else {
        return lines::not_used(
            place,
            text(object, "id").unwrap_or_default(),
            NotUsed::Malformed,
            on_row,
        );
    };
    if object.get("revoked").and_then(Value::as_bool) == Some(true) {
        return lines::not_used(place, pattern, NotUsed::Withdrawn, on_row);
    }
    if text(object, "pattern_type").is_some_and(|language| language != "stix") {
        return lines::not_used(place, pattern, NotUsed::PatternLanguage, on_row);
    }
    let own = object
        .get("labels")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut labels: Vec<&str> = own.iter().filter_map(Value::as_str).collect();
    if let Some(names) = text(object, "id").and_then(|id| indicated.get(id)) {
        labels.extend(names);
    }
    let provenance = text(object, "name").unwrap_or_default();
    let until = text(object, "valid_until").unwrap_or_default();
    match stix_pattern::values(pattern) {
        Err(reason) => lines::not_used(place, pattern, reason, on_row),
        Ok(found) => {
            for value in found.values {
                lines::indicator_until(place, &value, &labels, provenance, until, on_row);
            }
            for reason in found.not_used {
                lines::not_used(place, pattern, reason, on_row);
            }
        }
    }
}
