//! A MISP event (MISP core format, section 2). Indicators are attributes for detection; what was withdrawn is deleted.
//!
//! The event is marked with the strictest TLP tag of what is in it, and every attribute with its own. Its distribution
//! is "your organisation only": whoever takes it in decides about the next step.

use serde_json::{Value, json};

use super::material::{Indicator, Marking, Material, ValueKind};
use super::names::{rfc3339, uuid5};
use super::{Told, one_line};

/// MISP's tag of a marking (taxonomy `tlp`).
fn tag(marking: Marking) -> Value {
    let colour = match marking {
        Marking::Clear => "#FFFFFF",
        Marking::Green => "#339900",
        Marking::Amber | Marking::AmberStrict => "#FFC000",
        Marking::Red => "#CC0033",
    };
    json!({ "name": marking.as_str().to_lowercase(), "colour": colour })
}

/// Type, category and value of an attribute.
fn attribute(indicator: &Indicator, told: &mut Told) -> Option<(&'static str, &'static str, String)> {
    let value = indicator.value.as_str();
    let network = "Network activity";
    let payload = "Payload delivery";
    Some(match indicator.kind {
        ValueKind::Domain => ("domain", network, value.to_owned()),
        ValueKind::Subdomains => {
            told.tell("a name for what is under it only, which this format has no type for: left out");
            return None;
        }
        ValueKind::Ipv4 | ValueKind::Ipv6 | ValueKind::Network => ("ip-dst", network, value.to_owned()),
        ValueKind::AddressPort => {
            let (address, port) = value.rsplit_once(':')?;
            let address = address.trim_start_matches('[').trim_end_matches(']');
            ("ip-dst|port", network, format!("{address}|{port}"))
        }
        ValueKind::Url => {
            told.tell("a URL whose scheme does not matter: written with http://");
            ("url", network, format!("http://{value}"))
        }
        ValueKind::Email => ("email", payload, value.to_owned()),
        ValueKind::Md5 => ("md5", payload, value.to_owned()),
        ValueKind::Sha1 => ("sha1", payload, value.to_owned()),
        ValueKind::Sha256 => ("sha256", payload, value.to_owned()),
        ValueKind::Sha512 => ("sha512", payload, value.to_owned()),
    })
}

/// Seconds, as MISP writes instants.
fn seconds(ms: u64) -> String {
    (ms / 1_000).to_string()
}

/// Writes an event.
pub(super) fn write(material: &Material, carried: &[&Indicator], told: &mut Told) -> (Vec<u8>, usize) {
    let mut attributes = Vec::new();
    let (mut newest, mut strictest) = (0, Marking::Clear);
    let mut named = Vec::new();
    for indicator in carried {
        let Some((kind, category, value)) = attribute(indicator, told) else {
            continue;
        };
        let changed = indicator.withdrawn_ms.unwrap_or(indicator.published_ms);
        newest = newest.max(changed);
        strictest = strictest.max(indicator.marking);
        let mut tags = vec![tag(indicator.marking)];
        tags.extend(
            indicator
                .labels
                .iter()
                .map(|label| json!({ "name": one_line(label) })),
        );
        let uuid = uuid5(&format!("attribute {} {}", indicator.reference, indicator.value));
        named.push(uuid.clone());
        let mut fields = json!({
            "uuid": uuid,
            "type": kind,
            "category": category,
            "value": value,
            "to_ids": true,
            "distribution": "5",
            "timestamp": seconds(changed),
            "comment": one_line(&indicator.title),
            "first_seen": rfc3339(indicator.published_ms),
            "deleted": indicator.withdrawn_ms.is_some(),
            "Tag": tags
        });
        if let (Some(until), Some(fields)) = (indicator.valid_until_ms, fields.as_object_mut()) {
            fields.insert(
                "last_seen".to_owned(),
                rfc3339(until.max(indicator.published_ms)).into(),
            );
        }
        attributes.push(fields);
    }
    let count = attributes.len();
    let date = rfc3339(if newest == 0 { material.made_ms } else { newest });
    let organisation = json!({
        "name": material.publisher,
        "uuid": uuid5(&format!("identity {}", material.publisher))
    });
    let tags: Vec<Value> = (count > 0).then(|| tag(strictest)).into_iter().collect();
    let event = json!({ "Event": {
        "uuid": uuid5(&format!("event {} {}", material.title, named.join(" "))),
        "info": one_line(&material.title),
        "date": date.get(..10).unwrap_or_default(),
        "timestamp": seconds(newest),
        "threat_level_id": "4",
        "analysis": "2",
        "distribution": "0",
        "published": false,
        "Org": organisation.clone(),
        "Orgc": organisation,
        "Tag": tags,
        "Attribute": attributes
    }});
    let mut bytes = serde_json::to_vec_pretty(&event).unwrap_or_default();
    bytes.push(b'\n');
    (bytes, count)
}
