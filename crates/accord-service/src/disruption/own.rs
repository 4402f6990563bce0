//! What is this organisation's own: networks, names, sinkholes. A local list; answers are proposed from it, a person
//! gives them.

use std::net::IpAddr;

use accord_model::PersonId;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::error::{Result, ServiceError};
use crate::journal::State;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

/// Where the list is kept.
pub(crate) const OWN: &str = "own-infrastructure";
/// Most items of the list.
pub const OWN_ITEMS_MAX: usize = 10_000;
/// Most bytes of a value or a description.
const LINE_MAX: usize = 300;

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OwnKind {
    /// An address or a network.
    Network,
    /// A name and everything under it.
    Domain,
    /// A sinkhole, by name, address or network.
    Sinkhole,
}

/// A new item.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewOwn {
    /// What it is.
    pub kind: OwnKind,
    /// An address, a network, or a name.
    pub value: String,
    /// What it is for.
    pub description: String,
}

/// An item of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnItem {
    /// What it is.
    pub kind: OwnKind,
    /// The value, normalised; the item's id.
    pub value: String,
    /// What it is for.
    pub description: String,
    /// Who added it.
    pub by: PersonId,
    /// When, ms UTC.
    pub since_ms: u64,
}

/// Takes the brackets off a defanged value, and what is written around the host of a URL.
pub(super) fn host(value: &str) -> String {
    let plain = value.trim().replace("[.]", ".").to_lowercase();
    let rest = plain.split_once("://").map_or(plain.as_str(), |(_, rest)| rest);
    let rest = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let rest = rest.rsplit('@').next().unwrap_or_default();
    if rest.parse::<IpAddr>().is_ok() {
        return rest.to_owned();
    }
    if let Some(inner) = rest.strip_prefix('[') {
        return inner.split(']').next().unwrap_or_default().to_owned();
    }
    let name = rest.split(':').next().unwrap_or_default();
    name.trim_end_matches('.').to_owned()
}

fn normal(kind: OwnKind, value: &str) -> Result<String> {
    let value = value.trim().to_lowercase();
    if value.len() > LINE_MAX {
        return Err(ServiceError::invalid("value", "too long: at most 300 bytes"));
    }
    if let Ok(network) = value.parse::<IpNet>() {
        return match kind {
            OwnKind::Domain => Err(ServiceError::invalid(
                "value",
                "a network is no name: kind is network",
            )),
            _ => Ok(network.trunc().to_string()),
        };
    }
    if let Ok(address) = value.parse::<IpAddr>() {
        return match kind {
            OwnKind::Domain => Err(ServiceError::invalid(
                "value",
                "an address is no name: kind is network",
            )),
            _ => Ok(IpNet::from(address).to_string()),
        };
    }
    let name = value.trim_end_matches('.');
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    if kind == OwnKind::Network || !name.contains('.') || !name.split('.').all(label) {
        return Err(ServiceError::invalid(
            "value",
            "not an address, a network (192.0.2.0/24) or a name (sinkhole.example.org)",
        ));
    }
    Ok(name.to_owned())
}

impl OwnItem {
    /// Whether a target's value is part of this.
    pub(super) fn covers(&self, value: &str) -> bool {
        let host = host(value);
        if let Ok(network) = self.value.parse::<IpNet>() {
            let inside = host
                .parse::<IpAddr>()
                .is_ok_and(|address| network.contains(&address));
            // A target that is a network is ours where either holds the other.
            let meets = value
                .trim()
                .parse::<IpNet>()
                .is_ok_and(|other| network.contains(&other) || other.contains(&network));
            return inside || meets;
        }
        host == self.value
            || host
                .strip_suffix(self.value.as_str())
                .is_some_and(|rest| rest.ends_with('.'))
    }
}

/// The item of the list that a value is part of.
pub(crate) fn own_item<'a>(state: &'a State, value: &str) -> Option<&'a OwnItem> {
    state.own.values().find(|item| item.covers(value))
}

impl Node {
    /// This organisation's own infrastructure, as its people listed it.
    pub async fn own_infrastructure(&self, who: &SignedIn) -> Result<Vec<OwnItem>> {
        Act::KeepInfrastructure.ask(who)?;
        Ok(self.read().await?.own.values().cloned().collect())
    }

    /// Adds to the list; what stood there under the same value is replaced.
    pub async fn add_own(&self, who: &SignedIn, new: &NewOwn) -> Result<OwnItem> {
        Act::KeepInfrastructure.ask(who)?;
        let item = OwnItem {
            kind: new.kind,
            value: normal(new.kind, &new.value)?,
            description: new.description.trim().to_owned(),
            by: who.person,
            since_ms: self.now_ms(),
        };
        if item.description.len() > LINE_MAX {
            return Err(ServiceError::invalid(
                "description",
                "too long: at most 300 bytes",
            ));
        }
        self.act_once(|state, batch, log| {
            if state.own.len() >= OWN_ITEMS_MAX && !state.own.contains_key(&item.value) {
                return Err(ServiceError::invalid(
                    "value",
                    "the list is full: list networks, not addresses",
                ));
            }
            batch.document(OWN, &item.value, &item);
            state.own.insert(item.value.clone(), item.clone());
            state.feeds.touch();
            log.person(batch, who, "own-infrastructure.added", &item.value);
            Ok(item)
        })
        .await
    }

    /// Takes an item off the list.
    pub async fn remove_own(&self, who: &SignedIn, value: &str) -> Result<()> {
        Act::KeepInfrastructure.ask(who)?;
        self.act_once(|state, batch, log| {
            let item = state.own.remove(value);
            let item = item.ok_or(ServiceError::NotFound("item of the list"))?;
            batch.remove(OWN, &item.value);
            state.feeds.touch();
            log.person(batch, who, "own-infrastructure.removed", &item.value);
            Ok(())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(kind: OwnKind, value: &str) -> OwnItem {
        OwnItem {
            kind,
            value: normal(kind, value).unwrap(),
            description: String::new(),
            by: PersonId([1; 16]),
            since_ms: 1,
        }
    }

    #[test]
    fn what_is_part_of_an_item() {
        let network = item(OwnKind::Sinkhole, "192.0.2.7/24");
        assert_eq!(network.value, "192.0.2.0/24");
        let name = item(OwnKind::Domain, "Hole.Example.org.");
        for (own, value, expected) in [
            (&network, "192.0.2.200", true),
            (&network, "http://192.0.2.200:8080/gate", true),
            (&network, "192.0.2[.]9", true),
            (&network, "192.0.0.0/16", true),
            (&network, "192.0.3.1", false),
            (&network, "2001:db8::1", false),
            (&name, "hole.example.org", true),
            (&name, "https://a.hole.example.org/x?y", true),
            (&name, "nohole.example.org", false),
            (&name, "example.org", false),
            (&name, "user@hole.example.org", true),
        ] {
            assert_eq!(own.covers(value), expected, "{} {value}", own.value);
        }
    }

    #[test]
    fn what_is_no_item() {
        for (kind, value) in [
            (OwnKind::Network, "example.org"),
            (OwnKind::Domain, "192.0.2.1"),
            (OwnKind::Domain, "org"),
            (OwnKind::Domain, "a b.example"),
            (OwnKind::Sinkhole, ""),
            (OwnKind::Sinkhole, "=cmd()"),
        ] {
            assert!(normal(kind, value).is_err(), "{value}");
        }
    }
}
