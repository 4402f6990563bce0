//! STIX 2.1 bundles (OASIS STIX 2.1, sections 4.7 and 9): `indicator` objects and their patterns.
//!
//! Labels are the object's own `labels` and the names of the objects that it `indicates` by a relationship in the same
//! bundle. The provenance is the indicator's name. Objects of other types are no rows. `valid_until` is handed out and not
//! looked at: readers have no clock, and a log is searched for its own past.

use std::collections::HashMap;

use super::lines;
use super::row::{MAX_LABELS, NotUsed, Row};
use super::stix_pattern;
use super::tree::Node;

/// Reads a bundle.
pub(super) fn read(document: &Node<'_>, on_row: &mut dyn FnMut(Row<'_>)) {
    let objects = document.items("objects");
    let indicated = indicated(objects);
    for (place, object) in (1_u64..).zip(objects) {
        if object.text("type") == Some("indicator") {
            indicator(place, object, &indicated, on_row);
        }
    }
}

/// For each indicator's id the names of what it indicates.
fn indicated<'a>(objects: &'a [Node<'_>]) -> HashMap<&'a str, Vec<&'a str>> {
    let names: HashMap<&str, &str> = objects
        .iter()
        .filter_map(|object| Some((object.text("id")?, object.text("name")?)))
        .collect();
    let mut of: HashMap<&str, Vec<&str>> = HashMap::new();
    for object in objects
        .iter()
        .filter(|object| object.text("relationship_type") == Some("indicates"))
    {
        let (Some(source), Some(target)) = (object.text("source_ref"), object.text("target_ref")) else {
            continue;
        };
        if let Some(name) = names.get(target) {
            let of_source = of.entry(source).or_default();
            if of_source.len() < MAX_LABELS {
                of_source.push(name);
            }
        }
    }
    of
}

fn indicator(
    place: u64,
    object: &Node<'_>,
    indicated: &HashMap<&str, Vec<&str>>,
    on_row: &mut dyn FnMut(Row<'_>),
) {
    let Some(pattern) = object.text("pattern") else {
        return lines::not_used(
            place,
            object.text("id").unwrap_or_default(),
            NotUsed::Malformed,
            on_row,
        );
    };
    if object.get("revoked").and_then(Node::as_bool) == Some(true) {
        return lines::not_used(place, pattern, NotUsed::Withdrawn, on_row);
    }
    if object
        .text("pattern_type")
        .is_some_and(|language| language != "stix")
    {
        return lines::not_used(place, pattern, NotUsed::PatternLanguage, on_row);
    }
    let own = object.items("labels").iter().filter_map(Node::as_str);
    let names = object.text("id").and_then(|id| indicated.get(id));
    let names = names.into_iter().flatten().copied();
    let labels: Vec<&str> = own.chain(names).take(MAX_LABELS).collect();
    let provenance = object.text("name").unwrap_or_default();
    let until = object.text("valid_until").unwrap_or_default();
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
