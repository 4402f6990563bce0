//! Allow lists: values that must never be reported. They act when a watchlist is built.

use std::collections::{BTreeMap, HashMap};

use crate::fingerprint::mask;
use crate::pattern::{Network, Pattern, PatternKind, Refusal};

/// One entry of an allow list.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AllowEntry {
    pattern: Pattern,
    /// A name that stands for itself and its sub-domains.
    with_subdomains: bool,
}

impl AllowEntry {
    /// Reads an entry: an exact value (`www.ok.example`, an address, a URL, a hash ...), the sub-domains of a name
    /// (`*.cdn.example` or `.cdn.example`), or a network (`198.51.100.0/24`).
    ///
    /// # Errors
    /// As [`Pattern::parse`].
    pub fn parse(text: &str) -> Result<AllowEntry, Refusal> {
        Ok(AllowEntry {
            pattern: Pattern::parse(text)?,
            with_subdomains: false,
        })
    }

    /// Reads an entry as MISP `hostname` lists mean it: a name stands for itself and its sub-domains.
    ///
    /// # Errors
    /// As [`Pattern::parse`].
    pub fn parse_with_subdomains(text: &str) -> Result<AllowEntry, Refusal> {
        let pattern = Pattern::parse(text)?;
        let with_subdomains = pattern.kind() == PatternKind::Domain;
        Ok(AllowEntry {
            pattern,
            with_subdomains,
        })
    }

    /// The entry as text: the canonical form of what was given.
    pub fn as_text(&self) -> &str {
        self.pattern.canonical()
    }
}

/// Why the build left an indicator out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeftOutWhy {
    /// It is an allowed value: equal, or below an entry that says so.
    Allowed,
    /// It would cover an allowed value: its parent domain, its network, a URL that it is the start of.
    WouldCoverAllowed,
}

/// All entries, arranged so that each indicator costs a few look-ups. Numbers are places in `entries`.
#[derive(Debug, Default)]
pub struct AllowIndex {
    entries: Vec<AllowEntry>,
    equal: HashMap<Pattern, usize>,
    /// Names whose sub-domains are allowed.
    subtrees: HashMap<String, usize>,
    /// Proper parents of allowed names, and of names whose sub-domains are allowed.
    parents: HashMap<String, usize>,
    networks: HashMap<(u128, u8), usize>,
    /// Prefix lengths that occur in `networks`.
    prefixes: Vec<u8>,
    /// First addresses of allowed networks.
    first_addresses: BTreeMap<(u128, u8), usize>,
    /// Allowed URLs, and all of their starts at which an indicator could end.
    url_starts: HashMap<String, usize>,
}

impl AllowIndex {
    /// Arranges entries; their order does not matter.
    #[must_use]
    pub fn new(mut entries: Vec<AllowEntry>) -> AllowIndex {
        entries.sort();
        entries.dedup();
        let mut index = AllowIndex::default();
        for (i, entry) in entries.iter().enumerate() {
            let (kind, text) = (entry.pattern.kind(), entry.pattern.canonical());
            index.equal.entry(entry.pattern.clone()).or_insert(i);
            match kind {
                PatternKind::Domain | PatternKind::Subdomains => {
                    let name = text.strip_prefix('.').unwrap_or(text);
                    if kind == PatternKind::Subdomains || entry.with_subdomains {
                        index.subtrees.entry(name.to_owned()).or_insert(i);
                    }
                    for parent in proper_parents(name) {
                        index.parents.entry(parent.to_owned()).or_insert(i);
                    }
                }
                PatternKind::Address | PatternKind::Network => {
                    if let Some(network) = Network::of(kind, text) {
                        index.networks.entry((network.bits, network.prefix)).or_insert(i);
                        index
                            .first_addresses
                            .entry((network.bits, network.prefix))
                            .or_insert(i);
                        if !index.prefixes.contains(&network.prefix) {
                            index.prefixes.push(network.prefix);
                        }
                    }
                }
                PatternKind::Url => {
                    let (host, tail) = crate::fingerprint::split_url(text.as_bytes());
                    crate::fingerprint::url_ends(host, tail, tail.len(), |end, _| {
                        if let Some(start) = text.get(..host.len() + end) {
                            index.url_starts.entry(start.to_owned()).or_insert(i);
                        }
                    });
                }
                PatternKind::AddressPort | PatternKind::Email | PatternKind::Hash => {}
            }
        }
        index.entries = entries;
        index
    }

    /// Whether an indicator must stay out, and which entry says so.
    pub fn decide(&self, pattern: &Pattern) -> Option<(&AllowEntry, LeftOutWhy)> {
        let allowed = self.equal.get(pattern).or_else(|| self.below(pattern));
        let decided = match allowed {
            Some(i) => (i, LeftOutWhy::Allowed),
            None => (self.covered(pattern)?, LeftOutWhy::WouldCoverAllowed),
        };
        self.entries.get(*decided.0).map(|entry| (entry, decided.1))
    }

    fn below(&self, pattern: &Pattern) -> Option<&usize> {
        let text = pattern.canonical();
        match pattern.kind() {
            PatternKind::Domain => proper_parents(text).find_map(|parent| self.subtrees.get(parent)),
            PatternKind::Subdomains => {
                let name = text.strip_prefix('.').unwrap_or(text);
                self.subtrees
                    .get(name)
                    .or_else(|| proper_parents(name).find_map(|p| self.subtrees.get(p)))
            }
            kind => {
                let network = Network::of(kind, text)?;
                self.prefixes
                    .iter()
                    .filter(|&&prefix| prefix <= network.prefix)
                    .find_map(|&prefix| self.networks.get(&(mask(network.bits, prefix), prefix)))
            }
        }
    }

    fn covered(&self, pattern: &Pattern) -> Option<&usize> {
        let text = pattern.canonical();
        match pattern.kind() {
            PatternKind::Domain => self.parents.get(text).or_else(|| self.subtrees.get(text)),
            PatternKind::Subdomains => self.parents.get(text.strip_prefix('.').unwrap_or(text)),
            PatternKind::Network => {
                let network = Network::of(PatternKind::Network, text)?;
                let last = network.bits | !mask(u128::MAX, network.prefix);
                self.first_addresses
                    .range((network.bits, 0)..=(last, 128))
                    .next()
                    .map(|(_, i)| i)
            }
            PatternKind::Url => self.url_starts.get(text),
            _ => None,
        }
    }
}

/// The proper parents of a name, of two labels or more, the nearest first.
fn proper_parents(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('.')
        .filter_map(move |(dot, _)| name.get(dot + 1..))
        .filter(|parent| parent.contains('.'))
}
