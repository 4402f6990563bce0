//! Values that many use: publishing, withdrawing or blocking one needs a second person (`FLOWS`, "Popular").
//!
//! A node that was given no list cannot tell, and then says that every value is one: two people for each.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::net::IpAddr;

use accord_matcher::{Pattern, PatternKind};
use accord_store::Store;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::error::{Result, ServiceError};
use crate::made::new_version;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

const LISTS: &str = "allow-lists";
/// Most values of one list.
pub const LIST_VALUES_MAX: usize = 1_000_000;
/// Most lists of a node.
pub const LISTS_MAX: usize = 20;

/// A list as shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AllowListView {
    /// Its name.
    pub name: String,
    /// Values in it.
    pub values: usize,
    /// Lines that are no value.
    pub refused: usize,
    /// When it was loaded, ms UTC.
    pub loaded_ms: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct AllowList {
    view: AllowListView,
    values: BTreeSet<String>,
    /// Made of the values when the list is loaded.
    #[serde(skip)]
    index: Index,
}

/// What makes a list quick to ask: with a million values and a draft of thousands, going through all is too slow.
#[derive(Debug, Clone, Default)]
struct Index {
    /// Every name of the list and every parent of one.
    names: HashSet<String>,
    /// Every network and address of the list, by its bounds: where two overlap, the wider one stands for both.
    networks: BTreeMap<IpAddr, IpAddr>,
}

impl Index {
    fn of(values: &BTreeSet<String>) -> Self {
        let mut names = HashSet::new();
        let mut networks: Vec<IpNet> = Vec::new();
        for value in values {
            if let Ok(network) = value.parse::<IpNet>() {
                networks.push(network.trunc());
            } else if let Ok(address) = value.parse::<IpAddr>() {
                networks.push(address.into());
            } else {
                let mut name = value.as_str();
                while !name.is_empty() && names.insert(name.to_owned()) {
                    name = name.split_once('.').map_or("", |(_, parent)| parent);
                }
            }
        }
        let networks = IpNet::aggregate(&networks);
        Self {
            names,
            networks: networks
                .iter()
                .map(|net| (net.network(), net.broadcast()))
                .collect(),
        }
    }

    /// Whether the list has anything within these bounds, or something around them.
    fn meets(&self, first: IpAddr, last: IpAddr) -> bool {
        let mut before = self.networks.range(..=last);
        before.next_back().is_some_and(|(_, end)| *end >= first)
    }
}

/// Every list, by name.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    by_name: BTreeMap<String, AllowList>,
    /// Another one after every change.
    version: u64,
}

impl Lists {
    pub async fn load(store: &Store) -> Result<Self> {
        let mut lists: BTreeMap<String, AllowList> = store.documents(LISTS).await?.into_iter().collect();
        for list in lists.values_mut() {
            list.index = Index::of(&list.values);
        }
        Ok(Self {
            by_name: lists,
            version: new_version(),
        })
    }

    /// Whether a value is on a list or a parent of one that is; or a network that holds one. Without any list it
    /// cannot be told, and is so.
    pub fn is_popular(&self, value: &str) -> bool {
        let Ok(pattern) = Pattern::parse(value) else {
            return true;
        };
        self.by_name.is_empty() || self.by_name.values().any(|list| list.holds(&pattern))
    }
}

impl Lists {
    /// Another number after every change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The list that a value is on, by its name; none also where this node was given no list.
    pub fn list_with(&self, value: &str) -> Option<&str> {
        let pattern = Pattern::parse(value).ok()?;
        let list = self.by_name.values().find(|list| list.holds(&pattern))?;
        Some(&list.view.name)
    }

    /// Whether a value is on a list, as far as this node was given any; `None` when it cannot tell.
    pub fn listed(&self, value: &str) -> Option<bool> {
        Pattern::parse(value).ok()?;
        (!self.by_name.is_empty()).then(|| self.is_popular(value))
    }
}

impl AllowList {
    fn holds(&self, pattern: &Pattern) -> bool {
        let text = pattern.canonical();
        match pattern.kind() {
            PatternKind::Domain | PatternKind::Subdomains => {
                self.index.names.contains(text.trim_start_matches('.'))
            }
            PatternKind::Url => {
                let host = text.split(['/', ':', '?']).next().unwrap_or(text);
                self.values.contains(text) || self.values.contains(host)
            }
            PatternKind::Network => match text.parse::<IpNet>() {
                Ok(network) => self.index.meets(network.network(), network.broadcast()),
                Err(_) => true,
            },
            PatternKind::Address | PatternKind::AddressPort => {
                let address = text
                    .parse::<std::net::SocketAddr>()
                    .map(|at| at.ip())
                    .or_else(|_| text.parse());
                match address {
                    Ok(address) => self.index.meets(address, address),
                    Err(_) => true,
                }
            }
            PatternKind::Email | PatternKind::Hash => self.values.contains(text),
        }
    }
}

impl Node {
    /// Loads a list of values that many use, one a line; one of the same name is replaced.
    pub async fn load_allow_list(&self, who: &SignedIn, name: &str, text: &str) -> Result<AllowListView> {
        Act::ManageProtection.ask(who)?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        if name.is_empty() || name.len() > 64 || !name.chars().all(is_plain) {
            return Err(ServiceError::invalid("name", "1 to 64 letters, digits, - and ."));
        }
        let mut values = BTreeSet::new();
        let mut refused = 0;
        for line in text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            match Pattern::parse(line) {
                Ok(pattern) => drop(values.insert(pattern.canonical().to_owned())),
                Err(_) => refused += 1,
            }
            if values.len() > LIST_VALUES_MAX {
                return Err(ServiceError::invalid(
                    "text",
                    format!("a list has at most {LIST_VALUES_MAX} values"),
                ));
            }
        }
        if values.is_empty() {
            return Err(ServiceError::invalid(
                "text",
                "there is no value in it: one a line",
            ));
        }
        let view = AllowListView {
            name: name.to_owned(),
            values: values.len(),
            refused,
            loaded_ms: self.now_ms(),
        };
        self.act(|state, batch, log| {
            if !state.lists.by_name.contains_key(name) && state.lists.by_name.len() >= LISTS_MAX {
                return Err(ServiceError::Conflict(format!(
                    "a node has at most {LISTS_MAX} lists"
                )));
            }
            let list = AllowList {
                view: view.clone(),
                index: Index::of(&values),
                values,
            };
            batch.document(LISTS, name, &list);
            log.person(batch, who, "allow-list.loaded", name);
            state.lists.by_name.insert(name.to_owned(), list);
            state.lists.version = new_version();
            Ok(view.clone())
        })
        .await
    }

    /// The lists of this node.
    pub async fn allow_lists(&self, who: &SignedIn) -> Result<Vec<AllowListView>> {
        Act::SeeProtection.ask(who)?;
        let state = self.read().await?;
        Ok(state
            .lists
            .by_name
            .values()
            .map(|list| list.view.clone())
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(values: &[&str]) -> Lists {
        let list = AllowList {
            view: AllowListView {
                name: "l".into(),
                values: values.len(),
                refused: 0,
                loaded_ms: 0,
            },
            index: Index::of(&values.iter().map(|value| (*value).to_owned()).collect()),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        };
        Lists {
            by_name: BTreeMap::from([("l".to_owned(), list)]),
            version: 1,
        }
    }

    #[test]
    fn listed_values_their_parents_and_networks_around_them_are_popular() {
        let lists = lists(&["www.bank.example", "192.0.2.1", "198.51.100.0/24", "2001:db8::1"]);
        let check = |value: &str, popular: bool| assert_eq!(lists.is_popular(value), popular, "{value}");
        check("www.bank.example", true);
        check("WWW.Bank.example.", true);
        check("bank.example", true);
        check("example", true);
        check("login.www.bank.example", false);
        check("otherbank.example", false);
        check("http://www.bank.example/a", true);
        check("192.0.2.1", true);
        check("192.0.2.1:443", true);
        check("192.0.2.2", false);
        check("192.0.2.0/24", true);
        check("198.51.100.7", true);
        check("198.51.0.0/16", true);
        check("203.0.113.0/24", false);
        check("2001:db8::1", true);
        check("2001:db8::2", false);
        check("2001:db8::/32", true);
        check("not a value", true);
    }

    #[test]
    fn without_a_list_it_cannot_be_told() {
        let none = Lists::default();
        assert!(none.is_popular("evil.example"));
        assert!(!lists(&["a.example"]).is_popular("evil.example"));
    }
}
