//! A Zeek intelligence file (Zeek, "Intelligence Framework"): tab-separated, with a `#fields` line.

use super::material::{Indicator, Marking, Material, ValueKind};
use super::{Told, head, one_line};

/// A field: no tab, no line end, never empty.
fn field(text: &str) -> String {
    let text = one_line(text);
    if text.trim().is_empty() {
        "-".to_owned()
    } else {
        text
    }
}

/// Writes an intelligence file.
pub(super) fn write(
    material: &Material,
    carried: &[&Indicator],
    marking: Option<Marking>,
    told: &mut Told,
) -> (Vec<u8>, usize) {
    let mut out = String::from("#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc\n");
    out.push_str(&head("#", material, marking));
    let mut count = 0;
    for indicator in carried {
        let kind = match indicator.kind {
            ValueKind::Domain => "Intel::DOMAIN",
            ValueKind::Ipv4 | ValueKind::Ipv6 => "Intel::ADDR",
            ValueKind::Network => "Intel::SUBNET",
            ValueKind::Url => "Intel::URL",
            ValueKind::Email => "Intel::EMAIL",
            ValueKind::Md5 | ValueKind::Sha1 | ValueKind::Sha256 | ValueKind::Sha512 => "Intel::FILE_HASH",
            ValueKind::Subdomains | ValueKind::AddressPort => {
                told.tell("an address with a port, or what is under a name only, for which there is no type: left out");
                continue;
            }
        };
        if indicator.kind == ValueKind::Domain {
            told.tell("a domain: Zeek looks for it alone, and not for the names under it");
        }
        let described = format!("{} [{}]", indicator.title, indicator.marking.as_str());
        let source = indicator
            .labels
            .first()
            .map_or(material.publisher.as_str(), String::as_str);
        out.push_str(&format!(
            "{}\t{kind}\t{}\t{}\n",
            field(&indicator.value),
            field(source),
            field(&described)
        ));
        count += 1;
    }
    (out.into_bytes(), count)
}
