//! MISP events (MISP core format, section 2): attributes, alone and inside objects.
//!
//! Only attributes that are for detection (`to_ids`) are used. Labels are the tags of attribute and event that name a
//! threat: `misp-galaxy:` tags of malware, actors and the like by their cluster's name, and free tags without a name space.
//! The provenance is the event's `info`.

use super::lines;
use super::row::{MAX_LABELS, NotUsed, Row};
use super::tree::Node;

/// The galaxies whose clusters name a threat.
const THREAT_GALAXIES: [&str; 10] = [
    "threat-actor",
    "malpedia",
    "malware",
    "mitre-malware",
    "mitre-tool",
    "mitre-intrusion-set",
    "tool",
    "ransomware",
    "botnet",
    "banker",
];

/// Reads a document with one event or several.
pub(super) fn read(document: &Node<'_>, on_row: &mut dyn FnMut(Row<'_>)) {
    let mut place = 0;
    let inner = document.get("response").unwrap_or(document);
    match inner {
        Node::List(events) => events.iter().for_each(|item| event(item, &mut place, on_row)),
        other => event(other, &mut place, on_row),
    }
}

fn event(item: &Node<'_>, place: &mut u64, on_row: &mut dyn FnMut(Row<'_>)) {
    let event = item.get("Event").unwrap_or(item);
    let info = event.text("info").unwrap_or_default();
    let event_labels = labels(event);
    for own in event.items("Attribute") {
        *place += 1;
        attribute(own, *place, &event_labels, info, on_row);
    }
    for object in event.items("Object") {
        for own in object.items("Attribute") {
            *place += 1;
            attribute(own, *place, &event_labels, info, on_row);
        }
    }
}

fn labels<'a>(tagged: &'a Node<'_>) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for tag in tagged.items("Tag") {
        let Some(name) = tag.text("name") else {
            continue;
        };
        let label = match name
            .strip_prefix("misp-galaxy:")
            .and_then(|tag| tag.split_once('='))
        {
            Some((galaxy, cluster)) if THREAT_GALAXIES.contains(&galaxy) => cluster.trim_matches('"'),
            Some(_) => continue,
            None if name.contains([':', '=']) => continue,
            None => name,
        };
        if !label.is_empty() && !names.contains(&label) {
            names.push(label);
        }
        if names.len() >= MAX_LABELS {
            break;
        }
    }
    names
}

/// MISP writes booleans as booleans, as numbers and as strings, depending on its age.
fn is_true(value: Option<&Node<'_>>) -> bool {
    match value {
        Some(Node::Bool(value)) => *value,
        Some(Node::Integer(number)) => *number == 1,
        Some(Node::Text(text)) => text == "1" || text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

fn attribute(own: &Node<'_>, place: u64, event_labels: &[&str], info: &str, on_row: &mut dyn FnMut(Row<'_>)) {
    let (Some(kind), Some(value)) = (own.text("type"), own.text("value")) else {
        return lines::not_used(place, "", NotUsed::Malformed, on_row);
    };
    let Some(parts) = parts(kind, value) else {
        return lines::not_used(
            place,
            &format!("{kind}: {value}"),
            NotUsed::UnsupportedType,
            on_row,
        );
    };
    if is_true(own.get("deleted")) {
        return lines::not_used(place, value, NotUsed::Withdrawn, on_row);
    }
    if !is_true(own.get("to_ids")) {
        return lines::not_used(place, value, NotUsed::NotForDetection, on_row);
    }
    let mut all = labels(own);
    let more: Vec<&str> = event_labels
        .iter()
        .filter(|label| !all.contains(label))
        .copied()
        .take(MAX_LABELS.saturating_sub(all.len()))
        .collect();
    all.extend(more);
    for part in parts {
        lines::indicator(place, &part, &all, info, on_row);
    }
}

/// The values that an attribute holds, or `None` for a type that logs are not searched for.
fn parts(kind: &str, value: &str) -> Option<Vec<String>> {
    let whole = || Some(vec![value.to_owned()]);
    let pair = || value.split_once('|').unwrap_or((value, ""));
    match kind {
        "domain" | "hostname" | "ip-src" | "ip-dst" | "url" | "md5" | "sha1" | "sha256" | "sha512"
        | "email" | "email-src" | "email-dst" | "email-reply-to" => whole(),
        "domain|ip" => {
            let (name, address) = pair();
            Some(
                [name, address]
                    .into_iter()
                    .filter(|part| !part.is_empty())
                    .map(str::to_owned)
                    .collect(),
            )
        }
        "ip-src|port" | "ip-dst|port" => {
            let (address, port) = pair();
            // Older exports separate with a colon; IPv6 needs brackets before a port.
            Some(vec![
                match (address.contains(':') && !address.starts_with('['), port) {
                    (_, "") => address.to_owned(),
                    (true, port) if address.matches(':').count() > 1 => format!("[{address}]:{port}"),
                    (_, port) => format!("{address}:{port}"),
                },
            ])
        }
        // The port of a name cannot be checked against a line that shows the name alone; the name is what is known.
        "hostname|port" => Some(vec![pair().0.to_owned()]),
        "filename|md5" | "filename|sha1" | "filename|sha256" | "filename|sha512" | "malware-sample" => {
            Some(vec![
                value.rsplit_once('|').map_or(value, |(_, hash)| hash).to_owned(),
            ])
        }
        _ => None,
    }
}
