//! What no feed may list: everybody's, this organisation's own, its partners', and what people here found to be false.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use accord_formats::special;
use accord_matcher::{Pattern, PatternKind};
use ipnet::IpNet;

use super::FoundFalse;
use crate::journal::State;
use crate::protection::Lists;

/// The widest network of a feed, IPv4: 65,536 addresses.
pub const WIDEST_V4: u8 = 16;
/// The widest network of a feed, IPv6: what a provider is given.
pub const WIDEST_V6: u8 = 32;

/// Whose a value is.
type Whose = Arc<str>;

/// What is asked of each value. Cheap to make, and holds no lock.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guard {
    /// Names that are somebody's, with everything below.
    names: HashMap<String, Whose>,
    /// The names above these.
    above: HashMap<String, Whose>,
    networks: Vec<(IpNet, Whose)>,
    /// The same networks by their bounds, put together: most addresses are in none.
    bounds: BTreeMap<IpAddr, IpAddr>,
    lists: Lists,
    found_false: Arc<BTreeMap<String, FoundFalse>>,
}

/// What a value is about.
enum About<'a> {
    Name(&'a str),
    Network(IpNet),
    Nothing,
}

fn about(pattern: &Pattern) -> About<'_> {
    let text = pattern.canonical();
    let host = match pattern.kind() {
        PatternKind::Hash => return About::Nothing,
        PatternKind::Domain | PatternKind::Subdomains => return About::Name(text.trim_start_matches('.')),
        PatternKind::Email => text.rsplit_once('@').map_or(text, |(_, domain)| domain),
        PatternKind::Network => {
            return text
                .parse()
                .map_or(About::Nothing, |net: IpNet| About::Network(net.trunc()));
        }
        PatternKind::Address => text,
        PatternKind::AddressPort => {
            let at = text.parse::<std::net::SocketAddr>();
            return at.map_or(About::Nothing, |at| About::Network(at.ip().into()));
        }
        PatternKind::Url => text.split(['/', '?', '#']).next().unwrap_or(text),
    };
    if let Ok(address) = host.parse::<IpAddr>() {
        return About::Network(address.into());
    }
    if let Some(inner) = host.strip_prefix('[') {
        let inner = inner.split(']').next().unwrap_or_default();
        return inner
            .parse::<IpAddr>()
            .map_or(About::Nothing, |address| About::Network(address.into()));
    }
    let host = host.split_once(':').map_or(host, |(name, _)| name);
    match host.parse::<IpAddr>() {
        Ok(address) => About::Network(address.into()),
        Err(_) => About::Name(host),
    }
}

/// Why an address or network is everybody's or nobody's.
fn wide_or_special(network: IpNet) -> Option<String> {
    let widest = match network {
        IpNet::V4(_) => WIDEST_V4,
        IpNet::V6(_) => WIDEST_V6,
    };
    if network.prefix_len() < widest {
        return Some(format!("a network wider than /{widest}"));
    }
    special::address(network.network())
        .or_else(|| special::address(network.broadcast()))
        .map(str::to_owned)
}

/// Whether everybody can have a name right below this one.
fn is_public_suffix(name: &str) -> bool {
    psl::suffix(name.as_bytes())
        .is_some_and(|suffix| suffix.is_known() && suffix.as_bytes() == name.as_bytes())
}

impl Guard {
    /// What this node knows now.
    pub fn of(state: &State, own_url: &str, found_false: Arc<BTreeMap<String, FoundFalse>>) -> Self {
        let mut guard = Self {
            lists: state.lists.clone(),
            found_false,
            ..Self::default()
        };
        for item in state.own.values() {
            let words = match item.description.as_str() {
                "" => "your own infrastructure".to_owned(),
                words => format!("your own infrastructure: {words}"),
            };
            guard.add(&item.value, words.into());
        }
        for place in state.audiences.places() {
            guard.add(place, "a zone or a network of an audience of this node".into());
        }
        guard.add_host(own_url, "this node itself".into());
        for peer in state.peers.values() {
            let whose: Whose = format!("infrastructure of {}, a partner", peer.org).into();
            guard.add_host(&peer.url, Arc::clone(&whose));
            guard.add(peer.org.as_str(), whose);
        }
        for ledger in state.ledgers.values() {
            guard.add(
                ledger.org.as_str(),
                format!("the name of {}, a party", ledger.org).into(),
            );
        }
        let networks: Vec<IpNet> = guard.networks.iter().map(|(network, _)| *network).collect();
        guard.bounds = IpNet::aggregate(&networks)
            .iter()
            .map(|net| (net.network(), net.broadcast()))
            .collect();
        guard
    }

    fn add_host(&mut self, url: &str, whose: Whose) {
        let host = url.split_once("://").map_or(url, |(_, rest)| rest);
        let host = host.split(['/', '?']).next().unwrap_or(host);
        let host = match host.strip_prefix('[') {
            Some(inner) => inner.split(']').next().unwrap_or_default(),
            None => host.split(':').next().unwrap_or(host),
        };
        self.add(host, whose);
    }

    fn add(&mut self, value: &str, whose: Whose) {
        if let Ok(network) = value.parse::<IpNet>() {
            self.networks.push((network.trunc(), whose));
        } else if let Ok(address) = value.parse::<IpAddr>() {
            self.networks.push((address.into(), whose));
        } else {
            let name = value.trim_end_matches('.').to_ascii_lowercase();
            let mut rest = name.as_str();
            while let Some((_, parent)) = rest.split_once('.') {
                self.above
                    .entry(parent.to_owned())
                    .or_insert_with(|| Arc::clone(&whose));
                rest = parent;
            }
            self.names.entry(name).or_insert(whose);
        }
    }

    /// Whose a name is: a name below theirs, or, of a whole name, one above.
    fn whose_name(&self, name: &str, whole: bool) -> Option<&Whose> {
        let mut rest = name;
        loop {
            if let Some(whose) = self.names.get(rest) {
                return Some(whose);
            }
            match rest.split_once('.') {
                Some((_, parent)) => rest = parent,
                None => return self.above.get(name).filter(|_| whole),
            }
        }
    }

    fn whose_network(&self, network: IpNet) -> Option<&Whose> {
        let before = self.bounds.range(..=network.broadcast()).next_back();
        before.filter(|(_, end)| **end >= network.network())?;
        let meets = |other: &IpNet| other.contains(&network) || network.contains(other);
        self.networks
            .iter()
            .find(|(other, _)| meets(other))
            .map(|(_, whose)| whose)
    }

    /// Why a value may not be listed, in words; `None` where it may.
    pub fn refuses(&self, pattern: &Pattern) -> Option<String> {
        if let Some(found) = self.found_false.get(pattern.canonical()) {
            return Some(format!("found to be false here: {}", found.reason));
        }
        match about(pattern) {
            About::Name(name) => {
                if let Some(words) = special::name(name) {
                    return Some(words.to_owned());
                }
                let whole = matches!(pattern.kind(), PatternKind::Domain | PatternKind::Subdomains);
                if whole && is_public_suffix(name) {
                    return Some("a public suffix: everybody's names stand under it".to_owned());
                }
                if let Some(whose) = self.whose_name(name, whole) {
                    return Some(whose.to_string());
                }
            }
            About::Network(network) => {
                if let Some(words) = wide_or_special(network) {
                    return Some(words);
                }
                if let Some(whose) = self.whose_network(network) {
                    return Some(whose.to_string());
                }
            }
            About::Nothing => {}
        }
        // A URL on a host that many use is a precise value: it may be listed, and is only detected.
        if pattern.kind() == PatternKind::Url {
            return None;
        }
        let list = self.lists.list_that_holds(pattern)?;
        Some(format!("on the allow list {list}"))
    }

    /// Whether a value is on a list of what many use, its host included; also where this node was given no list.
    pub fn is_popular(&self, pattern: &Pattern) -> bool {
        self.lists.is_empty() || self.lists.list_that_holds(pattern).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> Guard {
        let mut guard = Guard {
            found_false: Arc::new(BTreeMap::from([(
                "wrong.example.org".to_owned(),
                FoundFalse {
                    by: accord_model::PersonId([1; 16]),
                    at_ms: 1,
                    reason: "a shop".to_owned(),
                    feeds: Vec::new(),
                },
            )])),
            ..Guard::default()
        };
        guard.add("www.isp.example.org", "own".into());
        guard.add("198.51.100.0/24", "own".into());
        guard.add("2001:db8:1::/48", "own".into());
        guard.add_host("https://node.agency.example.net:8443/x", "partner".into());
        guard.add_host("http://[2001:db8:2::1]:80", "partner".into());
        let networks: Vec<IpNet> = guard.networks.iter().map(|(network, _)| *network).collect();
        guard.bounds = IpNet::aggregate(&networks)
            .iter()
            .map(|net| (net.network(), net.broadcast()))
            .collect();
        guard
    }

    #[test]
    fn what_no_feed_may_list() {
        let guard = guard();
        for (value, refused) in [
            ("co.uk", Some("public suffix")),
            (".co.uk", Some("public suffix")),
            ("github.io", Some("public suffix")),
            ("evil.github.io", None),
            ("evil.co.uk", None),
            ("http://co.uk/x", None),
            ("printer.local", Some("local network")),
            ("http://localhost.localdomain/x", Some("machine itself")),
            ("127.0.0.1", Some("loopback")),
            ("http://127.0.0.1:8080/x", Some("loopback")),
            ("10.0.0.0/24", Some("private")),
            ("192.168.1.1:443", Some("private")),
            ("8.0.0.0/8", Some("wider than /16")),
            ("8.8.0.0/15", Some("wider than /16")),
            ("8.8.0.0/16", None),
            ("2600::/31", Some("wider than /32")),
            ("2600::/32", None),
            ("www.isp.example.org", Some("own")),
            ("a.www.isp.example.org", Some("own")),
            ("isp.example.org", Some("own")),
            ("example.org", Some("own")),
            ("other.isp.example.org", None),
            ("http://www.isp.example.org/x", Some("own")),
            ("abuse@www.isp.example.org", Some("own")),
            ("198.51.100.7", Some("own")),
            ("198.51.0.0/16", Some("own")),
            ("198.51.101.7", None),
            ("2001:db8:1::5", Some("own")),
            ("2001:db8:2::1", Some("partner")),
            ("node.agency.example.net", Some("partner")),
            ("wrong.example.org", Some("found to be false here: a shop")),
            ("d41d8cd98f00b204e9800998ecf8427e", None),
        ] {
            let pattern = Pattern::parse(value).unwrap();
            let said = guard.refuses(&pattern);
            match refused {
                Some(part) => assert!(
                    said.as_deref().is_some_and(|said| said.contains(part)),
                    "{value}: {said:?}"
                ),
                None => assert_eq!(said, None, "{value}"),
            }
        }
        assert!(Pattern::parse("com").is_err() && Pattern::parse("0.0.0.0/0").is_err());
    }
}
