//! STIX 2.1 bundles (OASIS STIX 2.1): indicators with their patterns, sightings, reports, attack patterns by their
//! ATT&CK id, the organisations as identities, and the TLP 2.0 markings by the identifiers that OASIS gave them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::material::{Indicator, Marking, Material, Report, Sighting, ValueKind};
use super::names::{rfc3339, uuid5};
use super::{Told, one_line};

/// The extension that carries TLP 2.0 (OASIS, `cti-stix-common-objects`).
pub const TLP_EXTENSION: &str = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";
/// The greatest count of a sighting (STIX 2.1, section 5.2).
const COUNT_MAX: u64 = 999_999_999;
/// When what never changes was made.
const EVER: &str = "2022-10-01T00:00:00.000Z";
const DAY_MS: u64 = 86_400_000;

/// The identifier of a marking.
pub(super) const fn marking_id(marking: Marking) -> &'static str {
    match marking {
        Marking::Clear => "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
        Marking::Green => "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
        Marking::Amber => "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
        Marking::AmberStrict => "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
        Marking::Red => "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
    }
}

/// The label of a marking by its identifier: TLP 2.0, and TLP 1.0 as STIX 2.1 defines it (section 7.2.1.4).
pub fn stix_marking(id: &str) -> Option<&'static str> {
    let known = Marking::ALL
        .into_iter()
        .find(|marking| marking_id(*marking) == id);
    known.map(Marking::as_str).or(match id {
        "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9" => Some("TLP:CLEAR"),
        "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da" => Some("TLP:GREEN"),
        "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82" => Some("TLP:AMBER"),
        "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed" => Some("TLP:RED"),
        _ => None,
    })
}

fn marking_object(marking: Marking) -> Value {
    let level = marking.as_str().trim_start_matches("TLP:").to_lowercase();
    json!({
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": marking_id(marking),
        "created": EVER,
        "name": marking.as_str(),
        "extensions": {
            TLP_EXTENSION: { "extension_type": "property-extension", "tlp_2_0": level }
        }
    })
}

fn identity_id(organisation: &str) -> String {
    format!("identity--{}", uuid5(&format!("identity {organisation}")))
}

fn indicator_id(reference: &str, value: &str) -> String {
    format!("indicator--{}", uuid5(&format!("indicator {reference} {value}")))
}

fn technique_id(technique: &str) -> String {
    format!(
        "attack-pattern--{}",
        uuid5(&format!("attack-pattern {technique}"))
    )
}

/// Whether a label is the id of an ATT&CK technique.
fn is_technique(label: &str) -> bool {
    let digits = |text: &str, many: usize| text.len() == many && text.bytes().all(|b| b.is_ascii_digit());
    label
        .strip_prefix('T')
        .is_some_and(|rest| match rest.split_once('.') {
            Some((technique, sub)) => digits(technique, 4) && digits(sub, 3),
            None => digits(rest, 4),
        })
}

/// A literal of a pattern (STIX 2.1, section 9.5).
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

fn address_type(address: &str) -> &'static str {
    if address.contains(':') {
        "ipv6-addr"
    } else {
        "ipv4-addr"
    }
}

/// The pattern of a value.
fn pattern(indicator: &Indicator) -> String {
    let value = indicator.value.as_str();
    let equals = |path: &str| format!("[{path} = {}]", literal(value));
    match indicator.kind {
        ValueKind::Domain => equals("domain-name:value"),
        ValueKind::Subdomains => {
            let escaped = value.replace('_', "\\_").replace('%', "\\%");
            format!("[domain-name:value LIKE {}]", literal(&format!("%{escaped}")))
        }
        ValueKind::Ipv4 => equals("ipv4-addr:value"),
        ValueKind::Ipv6 => equals("ipv6-addr:value"),
        ValueKind::Network => format!("[{}:value ISSUBSET {}]", address_type(value), literal(value)),
        ValueKind::AddressPort => {
            let (address, port) = value.rsplit_once(':').unwrap_or((value, "0"));
            let address = address.trim_start_matches('[').trim_end_matches(']');
            format!(
                "[network-traffic:dst_ref.type = '{}' AND network-traffic:dst_ref.value = {} AND \
                 network-traffic:dst_port = {port}]",
                address_type(address),
                literal(address)
            )
        }
        ValueKind::Url => format!(
            "[url:value = {} OR url:value = {}]",
            literal(&format!("http://{value}")),
            literal(&format!("https://{value}"))
        ),
        ValueKind::Email => equals("email-addr:value"),
        ValueKind::Md5 => equals("file:hashes.MD5"),
        ValueKind::Sha1 => equals("file:hashes.'SHA-1'"),
        ValueKind::Sha256 => equals("file:hashes.'SHA-256'"),
        ValueKind::Sha512 => equals("file:hashes.'SHA-512'"),
    }
}

/// Objects by their identifier: each once.
#[derive(Default)]
struct Objects {
    all: BTreeMap<String, Value>,
    markings: BTreeSet<Marking>,
}

impl Objects {
    fn add(&mut self, object: Value) -> String {
        let id = object
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        self.all.entry(id.clone()).or_insert(object);
        id
    }

    fn identity(&mut self, organisation: &str) -> String {
        self.add(json!({
            "type": "identity",
            "spec_version": "2.1",
            "id": identity_id(organisation),
            "created": EVER,
            "modified": EVER,
            "name": organisation,
            "identity_class": "organization"
        }))
    }

    fn technique(&mut self, technique: &str) -> String {
        let place = technique.replace('.', "/");
        self.add(json!({
            "type": "attack-pattern",
            "spec_version": "2.1",
            "id": technique_id(technique),
            "created": EVER,
            "modified": EVER,
            "name": technique,
            "external_references": [{
                "source_name": "mitre-attack",
                "external_id": technique,
                "url": format!("https://attack.mitre.org/techniques/{place}/")
            }]
        }))
    }

    /// The members that every object of ours has.
    fn common(
        &mut self,
        (kind, id): (&str, String),
        (created_ms, modified_ms): (u64, u64),
        organisation: Option<&str>,
        marking: Marking,
    ) -> Map<String, Value> {
        self.markings.insert(marking);
        let mut object = Map::new();
        let mut set = |name: &str, value: Value| object.insert(name.to_owned(), value);
        set("type", kind.into());
        set("spec_version", "2.1".into());
        set("id", id.into());
        if let Some(organisation) = organisation {
            set("created_by_ref", self.identity(organisation).into());
        }
        set("created", rfc3339(created_ms).into());
        set("modified", rfc3339(modified_ms.max(created_ms)).into());
        set("object_marking_refs", json!([marking_id(marking)]));
        object
    }

    fn indicator(&mut self, indicator: &Indicator) -> String {
        let id = indicator_id(&indicator.reference, &indicator.value);
        let modified = indicator.withdrawn_ms.unwrap_or(indicator.published_ms);
        let mut object = self.common(
            ("indicator", id),
            (indicator.published_ms, modified),
            indicator.organisation.as_deref(),
            indicator.marking,
        );
        let (techniques, labels): (Vec<&String>, Vec<&String>) =
            indicator.labels.iter().partition(|label| is_technique(label));
        let mut set = |name: &str, value: Value| object.insert(name.to_owned(), value);
        set("name", one_line(&indicator.title).into());
        if let Some(words) = &indicator.description {
            set("description", words.as_str().into());
        }
        set("indicator_types", json!(["malicious-activity"]));
        set("pattern", pattern(indicator).into());
        set("pattern_type", "stix".into());
        set("pattern_version", "2.1".into());
        // The end of validity must be after its beginning.
        let from = indicator.valid_until_ms.map_or(indicator.published_ms, |until| {
            indicator.published_ms.min(until.saturating_sub(1))
        });
        set("valid_from", rfc3339(from).into());
        if let Some(until) = indicator.valid_until_ms.filter(|until| *until > from) {
            set("valid_until", rfc3339(until).into());
        }
        if !labels.is_empty() {
            set("labels", json!(labels));
        }
        if let Some(confidence) = indicator.confidence {
            set("confidence", confidence.min(100).into());
        }
        if indicator.withdrawn_ms.is_some() {
            set("revoked", true.into());
        }
        if indicator.organisation.is_some() {
            let reference = json!([{ "source_name": "accord", "external_id": indicator.reference }]);
            set("external_references", reference);
        }
        let id = self.add(Value::Object(object));
        for technique in techniques {
            let target = self.technique(technique);
            self.relationship(&id, &target, indicator);
        }
        id
    }

    fn relationship(&mut self, source: &str, target: &str, indicator: &Indicator) {
        let id = format!("relationship--{}", uuid5(&format!("indicates {source} {target}")));
        let modified = indicator.withdrawn_ms.unwrap_or(indicator.published_ms);
        let mut object = self.common(
            ("relationship", id),
            (indicator.published_ms, modified),
            indicator.organisation.as_deref(),
            indicator.marking,
        );
        object.insert("relationship_type".to_owned(), "indicates".into());
        object.insert("source_ref".to_owned(), source.into());
        object.insert("target_ref".to_owned(), target.into());
        if indicator.withdrawn_ms.is_some() {
            object.insert("revoked".to_owned(), true.into());
        }
        self.add(Value::Object(object));
    }

    fn sighting(&mut self, sighting: &Sighting, told: &mut Told) {
        let of = indicator_id(&sighting.indicator, &sighting.value);
        let id = format!(
            "sighting--{}",
            uuid5(&format!("sighting {} {of}", sighting.reference))
        );
        let seen_by = self.identity(&sighting.organisation);
        let mut object = self.common(
            ("sighting", id),
            (sighting.published_ms, sighting.published_ms),
            Some(&sighting.organisation),
            sighting.marking,
        );
        if sighting.count > COUNT_MAX {
            told.tell("a count above what the format can say: written as 999,999,999");
        }
        let mut set = |name: &str, value: Value| object.insert(name.to_owned(), value);
        set("sighting_of_ref", of.into());
        set("count", sighting.count.min(COUNT_MAX).into());
        set("first_seen", rfc3339(sighting.day_ms).into());
        set(
            "last_seen",
            rfc3339(sighting.day_ms.saturating_add(DAY_MS - 1)).into(),
        );
        set("where_sighted_refs", json!([seen_by]));
        self.add(Value::Object(object));
    }

    fn report(&mut self, report: &Report, whole: bool) {
        let id = format!("report--{}", uuid5(&format!("report {}", report.reference)));
        let indicators = report
            .indicators
            .iter()
            .map(|(note, value)| indicator_id(note, value));
        let mut refs: Vec<String> = indicators
            .filter(|id| !whole || self.all.contains_key(id))
            .collect();
        refs.extend(
            report
                .techniques
                .iter()
                .map(|technique| self.technique(technique)),
        );
        if refs.is_empty() {
            // A report must refer to something.
            refs.push(match &report.organisation {
                Some(organisation) => self.identity(organisation),
                None => marking_id(report.marking).to_owned(),
            });
        }
        let mut object = self.common(
            ("report", id),
            (report.published_ms, report.published_ms),
            report.organisation.as_deref(),
            report.marking,
        );
        let mut set = |name: &str, value: Value| object.insert(name.to_owned(), value);
        set("name", one_line(&report.title).into());
        set("description", report.text.as_str().into());
        set("report_types", json!(["threat-report"]));
        set("published", rfc3339(report.published_ms).into());
        set("object_refs", json!(refs));
        self.add(Value::Object(object));
    }
}

/// The objects of some material, with the markings and identities that they refer to, in the order of their
/// identifiers. Where it is `whole`, what is referred to is there, or is not referred to. What must be told is counted
/// in `told`.
fn all(material: &Material, carried: &[&Indicator], whole: bool, told: &mut Told) -> Vec<Value> {
    let mut objects = Objects::default();
    for indicator in carried {
        objects.indicator(indicator);
    }
    for sighting in &material.sightings {
        let of = indicator_id(&sighting.indicator, &sighting.value);
        if !whole || objects.all.contains_key(&of) {
            objects.sighting(sighting, told);
        } else {
            told.tell("a count of an indicator that is not in the file: left out");
        }
    }
    for report in &material.reports {
        objects.report(report, whole);
    }
    for marking in std::mem::take(&mut objects.markings) {
        objects.add(marking_object(marking));
    }
    objects.all.into_values().collect()
}

/// The objects of some material that is a part of more: what it refers to may stand in another part.
pub fn objects(material: &Material) -> Vec<Value> {
    let carried: Vec<&Indicator> = material.indicators.iter().collect();
    all(material, &carried, false, &mut Told::default())
}

/// Writes a bundle.
pub(super) fn write(material: &Material, carried: &[&Indicator], told: &mut Told) -> (Vec<u8>, usize) {
    let objects = all(material, carried, true, told);
    let named: Vec<String> = objects
        .iter()
        .map(|object| {
            let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
            format!("{} {}", text("id"), text("modified"))
        })
        .collect();
    let bundle = json!({
        "type": "bundle",
        "id": format!("bundle--{}", uuid5(&named.join("\n"))),
        "objects": objects
    });
    let mut bytes = serde_json::to_vec_pretty(&bundle).unwrap_or_default();
    bytes.push(b'\n');
    (bytes, carried.len())
}
