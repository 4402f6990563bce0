//! STIX 2.1 bundles: indicators by their patterns, observed values, words of reports and descriptions, markings.

use std::collections::HashMap;

use super::limits::OBJECTS_MAX;
use super::rows::{bounded, document, offer};
use super::taking::{Taking, is_technique, label_of, place};
use super::{Doubt, Place, Spot};
use crate::indicators::Node;

/// The marking definitions of TLP that STIX fixes (STIX 2.1 section 7.2.1.4, and FIRST's extension for TLP 2.0).
const TLP_DEFINITIONS: [(&str, &str); 9] = [
    (
        "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
        "TLP:CLEAR",
    ),
    (
        "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
        "TLP:GREEN",
    ),
    (
        "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
        "TLP:AMBER",
    ),
    (
        "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
        "TLP:RED",
    ),
    (
        "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
        "TLP:CLEAR",
    ),
    (
        "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
        "TLP:GREEN",
    ),
    (
        "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
        "TLP:AMBER",
    ),
    (
        "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
        "TLP:AMBER+STRICT",
    ),
    (
        "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
        "TLP:RED",
    ),
];
/// Objects whose name says what the bundle is about.
const NAMED: [&str; 6] = [
    "malware",
    "intrusion-set",
    "threat-actor",
    "campaign",
    "tool",
    "infrastructure",
];

fn at(part: &str, object: &Node<'_>, number: usize) -> Place {
    let id = object
        .text("id")
        .map_or_else(|| number.to_string(), |id| id.chars().take(120).collect());
    place(part, Spot::Object(id))
}

/// Reads a bundle, or an envelope of TAXII 2.1.
pub(super) fn read(bytes: &[u8], part: &str, taking: &mut Taking) {
    let mut repaired = Vec::new();
    let Some(document) = document(bytes, &mut repaired, part, taking) else {
        return;
    };
    let objects = document.items("objects");
    bounded(objects.len(), "objects", part, taking);
    let objects = objects.get(..OBJECTS_MAX).unwrap_or(objects);
    let place_of = |number: u64| {
        let index = usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(1);
        objects
            .get(index)
            .map_or_else(|| place(part, Spot::Itself), |object| at(part, object, index + 1))
    };
    offer(bytes, part, taking, &place_of, &|_, _, _, _| false);
    // The title of a report before that of anything else.
    for object in objects
        .iter()
        .filter(|object| object.text("type") == Some("report"))
    {
        taking.title(object.text("name").unwrap_or_default());
    }
    let definitions: HashMap<&str, &Node<'_>> = objects
        .iter()
        .filter(|object| object.text("type") == Some("marking-definition"))
        .filter_map(|object| Some((object.text("id")?, object)))
        .collect();
    for (number, object) in (1..).zip(objects) {
        one(object, &at(part, object, number), &definitions, taking);
    }
}

fn one(object: &Node<'_>, at: &Place, definitions: &HashMap<&str, &Node<'_>>, taking: &mut Taking) {
    let kind = object.text("type").unwrap_or_default();
    for id in object
        .items("object_marking_refs")
        .iter()
        .filter_map(Node::as_str)
    {
        match definition(id, definitions) {
            Some(tlp) => taking.marking(tlp, at),
            None if !is_statement(id, definitions) => {
                taking.problem(
                    Some(at.clone()),
                    "it carries a marking that is not known here: mark it yourself",
                );
            }
            None => {}
        }
    }
    let observed = Some(Doubt::NotForDetection);
    match kind {
        "domain-name" | "ipv4-addr" | "ipv6-addr" | "url" | "email-addr" => {
            taking.offer(object.text("value").unwrap_or_default(), &[], at, observed);
        }
        "file" => {
            let hashes = object.get("hashes").into_iter().flat_map(Node::values);
            for value in hashes.filter_map(Node::as_str) {
                taking.offer(value, &[], at, observed);
            }
        }
        "attack-pattern" => {
            for reference in object.items("external_references") {
                let id = reference.text("external_id").unwrap_or_default();
                if is_technique(id) && object.get("revoked").and_then(Node::as_bool) != Some(true) {
                    taking.techniques_in(id);
                }
            }
        }
        _ => {}
    }
    if NAMED.contains(&kind) {
        taking.label(object.text("name").unwrap_or_default());
    }
    // Words of analysts; a marking's own words mark nothing.
    if !matches!(
        kind,
        "marking-definition" | "extension-definition" | "relationship"
    ) {
        for member in ["name", "description", "abstract", "content", "opinion"] {
            let Some(words) = object
                .text(member)
                .filter(|_| !(kind == "indicator" && member == "name"))
            else {
                continue;
            };
            for line in words.lines() {
                taking.line(line, at, None);
            }
            if matches!(
                (kind, member),
                (
                    "report" | "note" | "opinion",
                    "description" | "abstract" | "content"
                )
            ) {
                words.lines().for_each(|line| taking.text(line));
            }
        }
    }
}

/// The TLP label behind a marking definition: one that STIX fixes, or one of this bundle.
fn definition(id: &str, definitions: &HashMap<&str, &Node<'_>>) -> Option<&'static str> {
    if let Some((_, tlp)) = TLP_DEFINITIONS.iter().find(|(known, _)| *known == id) {
        return Some(tlp);
    }
    let own = definitions.get(id)?;
    let word = own
        .get("definition")
        .and_then(|definition| definition.text("tlp"))
        .or_else(|| {
            let mut extensions = own.get("extensions")?.values();
            extensions.find_map(|extension| extension.text("tlp_2_0"))
        })
        .or_else(|| own.text("name")?.strip_prefix("TLP:"))?;
    label_of(&word.to_ascii_uppercase().replace("TLP:", ""))
}

/// A marking that is a statement, such as a copyright notice: it says nothing of who may read.
fn is_statement(id: &str, definitions: &HashMap<&str, &Node<'_>>) -> bool {
    let own = definitions.get(id);
    own.is_some_and(|own| own.text("definition_type") == Some("statement"))
}
