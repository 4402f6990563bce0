//! Values that many use: publishing, withdrawing or blocking one needs a second person (`FLOWS`, "Popular").
//!
//! A node that was given no list cannot tell, and then says that every value is one: two people for each.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

use accord_formats::indicators::{Content, Format, read};
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
    /// Names of the list with everything below them: a warninglist of host names means that.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    below: BTreeSet<String>,
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

/// Every list, by name. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lists {
    by_name: BTreeMap<String, Arc<AllowList>>,
    /// Another one after every change.
    version: u64,
}

impl Lists {
    pub async fn load(store: &Store) -> Result<Self> {
        let kept = store.documents::<AllowList>(LISTS).await?.into_iter();
        let lists = kept.map(|(name, mut list)| {
            list.index = Index::of(&list.values);
            (name, Arc::new(list))
        });
        Ok(Self {
            by_name: lists.collect(),
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
        self.list_that_holds(&Pattern::parse(value).ok()?)
    }

    /// The same of an indicator.
    pub fn list_that_holds(&self, pattern: &Pattern) -> Option<&str> {
        let list = self.by_name.values().find(|list| list.holds(pattern))?;
        Some(&list.view.name)
    }

    /// Whether this node was given any list.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// Whether a value is on a list, as far as this node was given any; `None` when it cannot tell.
    pub fn listed(&self, value: &str) -> Option<bool> {
        Pattern::parse(value).ok()?;
        (!self.by_name.is_empty()).then(|| self.is_popular(value))
    }
}

impl AllowList {
    /// Whether a name stands below one that is listed with everything below it.
    fn is_below(&self, name: &str) -> bool {
        let mut rest = name;
        while let Some((_, parent)) = rest.split_once('.') {
            if self.below.contains(parent) {
                return true;
            }
            rest = parent;
        }
        false
    }

    fn holds(&self, pattern: &Pattern) -> bool {
        let text = pattern.canonical();
        match pattern.kind() {
            PatternKind::Domain | PatternKind::Subdomains => {
                let name = text.trim_start_matches('.');
                self.index.names.contains(name) || self.is_below(name)
            }
            PatternKind::Url => {
                let host = text.split(['/', ':', '?']).next().unwrap_or(text);
                self.values.contains(text) || self.values.contains(host) || self.is_below(host)
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

/// What a list says.
#[derive(Debug, Default)]
struct Told {
    values: BTreeSet<String>,
    below: BTreeSet<String>,
    refused: usize,
}

impl Told {
    fn add(&mut self, value: &str, below: bool) -> Result<()> {
        match Pattern::parse(value) {
            Ok(pattern) => {
                if below {
                    self.below.insert(pattern.canonical().to_owned());
                }
                self.values.insert(pattern.canonical().to_owned());
            }
            Err(_) => self.refused = self.refused.saturating_add(1),
        }
        if self.values.len() > LIST_VALUES_MAX {
            return Err(ServiceError::invalid(
                "text",
                format!("a list has at most {LIST_VALUES_MAX} values"),
            ));
        }
        Ok(())
    }
}

/// Reads a list: a MISP warninglist, where it begins as JSON, otherwise one value a line.
fn told(text: &str) -> Result<Told> {
    let mut told = Told::default();
    if text.trim_start().starts_with('{') {
        let mut outcome = Ok(());
        let format = read(text.as_bytes(), &mut |row| match row.content {
            Content::Allow { value, below } if outcome.is_ok() => outcome = told.add(value, below),
            Content::Allow { .. } => {}
            Content::NotUsed { .. } | Content::Indicator { .. } => told.refused += 1,
        });
        return match format {
            Ok(Format::Warninglist) => outcome.map(|()| told),
            Ok(_) => Err(ServiceError::invalid(
                "text",
                "JSON, but no MISP warninglist: this would be a list of indicators",
            )),
            Err(error) => Err(ServiceError::invalid("text", error)),
        };
    }
    let lines = text.lines().map(str::trim);
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        told.add(line, false)?;
    }
    Ok(told)
}

impl Node {
    /// Loads a list of values that many use, one a line, or a MISP warninglist; one of the same name is replaced.
    pub async fn load_allow_list(&self, who: &SignedIn, name: &str, text: &str) -> Result<AllowListView> {
        Act::ManageProtection.ask(who)?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        if name.is_empty() || name.len() > 64 || !name.chars().all(is_plain) {
            return Err(ServiceError::invalid("name", "1 to 64 letters, digits, - and ."));
        }
        let Told {
            values,
            below,
            refused,
        } = told(text)?;
        if values.is_empty() {
            return Err(ServiceError::invalid(
                "text",
                "there is no value in it: one a line, or a MISP warninglist",
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
                below,
            };
            batch.document(LISTS, name, &list);
            log.person(batch, who, "allow-list.loaded", name);
            state.lists.by_name.insert(name.to_owned(), Arc::new(list));
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
            below: BTreeSet::new(),
        };
        Lists {
            by_name: BTreeMap::from([("l".to_owned(), Arc::new(list))]),
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

    #[test]
    fn a_warninglist_is_read_with_what_is_below() {
        let json = r#"{"name":"Top","type":"hostname","version":1,"description":"d",
            "list":["bank.example",".shop.example","not a value"]}"#;
        let read = told(json).unwrap();
        assert_eq!((read.values.len(), read.below.len(), read.refused), (2, 2, 1));
        let list = AllowList {
            view: AllowListView {
                name: "w".into(),
                values: read.values.len(),
                refused: read.refused,
                loaded_ms: 0,
            },
            index: Index::of(&read.values),
            values: read.values,
            below: read.below,
        };
        for (value, holds) in [
            ("bank.example", true),
            ("login.www.bank.example", true),
            ("http://login.bank.example/a", true),
            ("otherbank.example", false),
            ("example", true),
        ] {
            let Ok(pattern) = Pattern::parse(value) else {
                continue;
            };
            assert_eq!(list.holds(&pattern), holds, "{value}");
        }
        let networks = r#"{"name":"N","type":"cidr","version":1,"description":"d","list":["192.0.2.0/24","2001:db8::/32"]}"#;
        let read = told(networks).unwrap();
        assert_eq!((read.values.len(), read.below.len()), (2, 0));
        assert!(told(r#"{"Event":{"info":"x","Attribute":[]}}"#).is_err());
        assert!(told("{").is_err());
        assert_eq!(told("# c\nbank.example\n\nnope nope\n").unwrap().refused, 1);
    }
}
