//! MISP events: attributes that are for detection are offered, others are mentioned; tags are markings, techniques
//! and labels.

use super::limits::OBJECTS_MAX;
use super::rows::{bounded, document, offer};
use super::taking::{Taking, label_of, place};
use super::{Doubt, Place, Spot};
use crate::indicators::{Node, NotUsed};

/// The attributes of a document in the order in which [`indicators::read`] counts them.
fn attributes<'d, 'a>(document: &'d Node<'a>) -> (Vec<&'d Node<'a>>, Vec<&'d Node<'a>>) {
    let inner = document.get("response").unwrap_or(document);
    let events: Vec<&Node<'a>> = match inner {
        Node::List(events) => events.iter().collect(),
        other => vec![other],
    };
    let events: Vec<&Node<'a>> = events
        .into_iter()
        .map(|item| item.get("Event").unwrap_or(item))
        .collect();
    let mut all = Vec::new();
    for event in &events {
        all.extend(event.items("Attribute"));
        all.extend(
            event
                .items("Object")
                .iter()
                .flat_map(|object| object.items("Attribute")),
        );
    }
    (events, all)
}

/// Reads events.
pub(super) fn read(bytes: &[u8], part: &str, taking: &mut Taking) {
    let mut repaired = Vec::new();
    let Some(document) = document(bytes, &mut repaired, part, taking) else {
        return;
    };
    let (events, attributes) = attributes(&document);
    bounded(attributes.len(), "attributes", part, taking);
    let attribute = |number: u64| {
        let index = usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(1);
        attributes.get(index).copied()
    };
    let place_of = |number: u64| {
        let id = attribute(number).and_then(|own| own.text("uuid"));
        let id = id.map_or_else(|| number.to_string(), |id| id.chars().take(64).collect());
        place(part, Spot::Object(id))
    };
    offer(
        bytes,
        part,
        taking,
        &place_of,
        &|number, reason, at, taking| match reason {
            NotUsed::NotForDetection => {
                let value = attribute(number)
                    .and_then(|own| own.text("value"))
                    .unwrap_or_default();
                for value in value.split('|') {
                    taking.offer(value, &[], at, Some(Doubt::NotForDetection));
                }
                true
            }
            // Words are read below; files and the like are no values.
            NotUsed::UnsupportedType => true,
            _ => false,
        },
    );
    for event in events {
        let info = event.text("info").unwrap_or_default();
        taking.title(info);
        taking.text(info);
        let id = event.text("uuid").unwrap_or("event");
        let at = place(part, Spot::Object(id.chars().take(64).collect()));
        taking.line(info, &at, None);
        tags(event, &at, taking);
    }
    for (number, own) in (1_u64..).zip(attributes.iter().take(OBJECTS_MAX)) {
        let at = place_of(number);
        tags(own, &at, taking);
        if matches!(own.text("type"), Some("text" | "comment")) {
            for line in own.text("value").unwrap_or_default().lines() {
                taking.line(line, &at, None);
                taking.text(line);
            }
        }
    }
}

fn tags(tagged: &Node<'_>, at: &Place, taking: &mut Taking) {
    for name in tagged.items("Tag").iter().filter_map(|tag| tag.text("name")) {
        let lower = name.to_ascii_lowercase();
        if let Some(word) = lower.strip_prefix("tlp:") {
            if let Some(label) = label_of(&word.to_ascii_uppercase()) {
                taking.marking(label, at);
            }
        } else if let Some((galaxy, cluster)) = name
            .strip_prefix("misp-galaxy:")
            .and_then(|rest| rest.split_once('='))
        {
            let cluster = cluster.trim_matches('"');
            if galaxy.contains("attack-pattern") {
                taking.techniques_in(cluster);
            } else if !galaxy.contains("target-information") && !galaxy.contains("sector") {
                taking.label(cluster);
            }
        } else {
            taking.techniques_in(name);
        }
    }
}
