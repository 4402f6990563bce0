//! What somebody typed into the search box, read: a reference, a value, or words.

use std::net::IpAddr;

use accord_matcher::{Pattern, PatternKind};
use accord_model::EntryRef;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::terms::{host, parents, words};
use crate::error::{Result, ServiceError};

/// Longest text of a search, characters.
pub const QUERY_MAX_CHARS: usize = 500;
/// Most words and values of one search.
pub const QUERY_TERMS_MAX: usize = 16;
/// From so many characters on the last word of a search may be the beginning of one.
pub const PREFIX_MIN_CHARS: usize = 3;
/// A network of at most so many addresses is searched address by address.
pub const NETWORK_ADDRESSES_MAX: u32 = 256;

/// How a note was found, the nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// It names exactly this.
    Exact,
    /// It names a domain above this one, or the host of this URL: the matcher would hit it.
    Parent,
    /// It names a network that holds this address, or its address without the port.
    Network,
    /// It names something under this: a sub-domain, a URL there, an address in this network.
    Below,
    /// It has the words.
    Words,
    /// It is what this reference names.
    Reference,
}

/// One condition of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Any of these terms, each with how near it is.
    Value(Vec<(How, String)>),
    /// This word.
    Word(String),
    /// A word that begins so.
    Beginning(String),
}

/// What is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    /// A note's reference.
    pub reference: Option<EntryRef>,
    /// The one value that it is.
    pub value: Option<Pattern>,
    /// All of these must hold.
    pub wanted: Vec<Wanted>,
    /// Its words, folded: names and references of cases are compared with them.
    pub words: Vec<String>,
}

impl Question {
    /// Reads what was typed.
    pub fn read(query: &str) -> Result<Self> {
        let query = query.trim();
        if query.is_empty() {
            return Err(ServiceError::invalid("q", "say what to search for"));
        }
        if query.chars().nth(QUERY_MAX_CHARS).is_some() {
            return Err(ServiceError::invalid(
                "q",
                format!("at most {QUERY_MAX_CHARS} characters: search for one value, or a few words"),
            ));
        }
        let reference = query.parse().ok();
        let value = Pattern::parse(query).ok().filter(|_| reference.is_none());
        let typed: Vec<String> = words(query).collect();
        let mut wanted = Vec::new();
        if reference.is_none() {
            let pieces: Vec<&str> = query.split_whitespace().collect();
            for (number, piece) in pieces.iter().enumerate() {
                if let Ok(pattern) = Pattern::parse(piece) {
                    wanted.push(Wanted::Value(near(&pattern)));
                    continue;
                }
                let mut of_piece: Vec<String> = words(piece).collect();
                let last = (number + 1 == pieces.len()).then(|| of_piece.pop()).flatten();
                wanted.extend(of_piece.into_iter().map(Wanted::Word));
                wanted.extend(last.map(|word| match word.chars().nth(PREFIX_MIN_CHARS - 1) {
                    Some(_) => Wanted::Beginning(word),
                    None => Wanted::Word(word),
                }));
            }
        }
        if wanted.len() > QUERY_TERMS_MAX {
            return Err(ServiceError::invalid(
                "q",
                format!("at most {QUERY_TERMS_MAX} words: leave some out"),
            ));
        }
        Ok(Self {
            reference,
            value,
            wanted,
            words: typed,
        })
    }

    /// In one word.
    pub fn read_as(&self) -> &'static str {
        match (&self.reference, &self.value) {
            (Some(_), _) => "reference",
            (None, Some(_)) => "value",
            (None, None) => "words",
        }
    }

    /// Whether a name or a reference has every word that was typed.
    pub fn names(&self, text: &str) -> bool {
        let has: Vec<String> = words(text).collect();
        !self.words.is_empty() && self.words.iter().all(|word| has.contains(word))
    }
}

/// The terms under which what is known of a value is found, the nearest first.
fn near(pattern: &Pattern) -> Vec<(How, String)> {
    let canonical = pattern.canonical();
    let mut terms = vec![(How::Exact, format!("v:{canonical}"))];
    let above = |terms: &mut Vec<(How, String)>, name: &str, itself: bool| {
        if itself {
            terms.push((How::Parent, format!("v:{name}")));
        }
        for parent in parents(name) {
            terms.push((How::Parent, format!("v:{parent}")));
            terms.push((How::Parent, format!("v:.{parent}")));
        }
    };
    match pattern.kind() {
        PatternKind::Domain => {
            above(&mut terms, canonical, false);
            // What is written of the sub-domains alone is written of what is under this.
            terms.push((How::Below, format!("v:.{canonical}")));
            terms.push((How::Below, format!("u:{canonical}")));
        }
        PatternKind::Subdomains => {
            let name = canonical.trim_start_matches('.');
            above(&mut terms, name, true);
            terms.push((How::Below, format!("u:{name}")));
        }
        PatternKind::Url => match host(canonical).parse::<IpAddr>() {
            Ok(address) => of_address(&mut terms, address, true),
            Err(_) => above(&mut terms, host(canonical), true),
        },
        PatternKind::Email => {
            if let Some((_, domain)) = canonical.rsplit_once('@') {
                above(&mut terms, domain, true);
            }
        }
        PatternKind::AddressPort => {
            if let Ok(address) = host(canonical).parse() {
                of_address(&mut terms, address, true);
            }
        }
        PatternKind::Address => {
            if let Ok(address) = canonical.parse() {
                of_address(&mut terms, address, false);
            }
            terms.push((How::Below, format!("u:{canonical}")));
        }
        PatternKind::Network => {
            if let Ok(network) = canonical.parse::<IpNet>() {
                networks(&mut terms, network.addr(), network.prefix_len().saturating_sub(1));
                inside(&mut terms, network);
            }
        }
        PatternKind::Hash => {}
    }
    terms
}

fn of_address(terms: &mut Vec<(How, String)>, address: IpAddr, itself: bool) {
    if itself {
        terms.push((How::Network, format!("v:{address}")));
    }
    let longest = if address.is_ipv4() { 31 } else { 127 };
    networks(terms, address, longest);
}

/// The networks that hold an address, up to a prefix length, the smallest first.
fn networks(terms: &mut Vec<(How, String)>, address: IpAddr, longest: u8) {
    for length in (1..=longest).rev() {
        if let Ok(network) = IpNet::new(address, length) {
            terms.push((How::Network, format!("v:{}", network.trunc())));
        }
    }
}

/// The addresses of a small network.
fn inside(terms: &mut Vec<(How, String)>, network: IpNet) {
    let IpNet::V4(network) = network else { return };
    let first = u32::from(network.network());
    let count = u32::from(network.broadcast())
        .saturating_sub(first)
        .saturating_add(1);
    if count > NETWORK_ADDRESSES_MAX {
        return;
    }
    for address in (first..).take(count as usize) {
        let address = std::net::Ipv4Addr::from(address);
        terms.push((How::Below, format!("v:{address}")));
        terms.push((How::Below, format!("u:{address}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(query: &str) -> Vec<(How, String)> {
        match Question::read(query).unwrap().wanted.as_slice() {
            [Wanted::Value(terms)] => terms.clone(),
            other => panic!("{query}: {other:?}"),
        }
    }

    #[test]
    fn a_value_is_searched_with_what_is_above_and_under_it() {
        let check = |query: &str, how: How, term: &str| {
            let terms = value(query);
            assert!(
                terms.contains(&(how, term.to_owned())),
                "{query}: {term} in {terms:?}"
            );
        };
        check(
            "hxxp://www[.]Evil[.]example/a",
            How::Exact,
            "v:www.evil.example/a",
        );
        check("hxxp://www[.]Evil[.]example/a", How::Parent, "v:evil.example");
        check("www.evil.example", How::Parent, "v:.evil.example");
        check("evil.example", How::Below, "u:evil.example");
        check("192.0.2.7", How::Network, "v:192.0.2.0/24");
        check("192.0.2.7:443", How::Network, "v:192.0.2.7");
        check("192.0.2.0/25", How::Network, "v:192.0.2.0/24");
        check("192.0.2.0/25", How::Below, "v:192.0.2.127");
        check("2001:db8::7", How::Network, "v:2001:db8::/32");
        check("mule@mail.example", How::Parent, "v:mail.example");
        // Of a larger network the addresses are not listed.
        assert!(!value("192.0.0.0/23").contains(&(How::Below, "v:192.0.0.1".into())));
    }

    #[test]
    fn words_and_references() {
        let words = Question::read("Operation Heather").unwrap();
        assert_eq!(words.read_as(), "words");
        assert_eq!(
            words.wanted,
            [
                Wanted::Word("operation".into()),
                Wanted::Beginning("heather".into())
            ]
        );
        assert!(words.names("operation HEATHER") && !words.names("Heather"));
        let mixed = Question::read("gate evil.example").unwrap();
        assert!(matches!(
            mixed.wanted.as_slice(),
            [Wanted::Word(_), Wanted::Value(_)]
        ));
        assert!(mixed.value.is_none());
        let at = format!("{}/4", "0a".repeat(16));
        let reference = Question::read(&at).unwrap();
        assert_eq!((reference.read_as(), reference.wanted.len()), ("reference", 0));
    }

    #[test]
    fn limits_and_one_past_them() {
        assert!(Question::read(&"x".repeat(QUERY_MAX_CHARS)).is_ok());
        assert!(Question::read(&"x".repeat(QUERY_MAX_CHARS + 1)).is_err());
        let many = |count: usize| Question::read(&vec!["word"; count].join(" "));
        assert!(many(QUERY_TERMS_MAX).is_ok());
        assert!(many(QUERY_TERMS_MAX + 1).is_err());
        assert!(Question::read("  ").is_err());
    }
}
