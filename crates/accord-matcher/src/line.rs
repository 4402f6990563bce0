//! The exact pass: one line read in full, its values compared with the stored texts, its records put in order.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use crate::bytes::cut;
use crate::fingerprint::{mask, of_network, of_text, url_ends};
use crate::format::{Format, Joined, Pairs};
use crate::host::{address_text, bits, bracketed};
use crate::kind::{Kind, MatchKind};
use crate::limits::{MAX_RECORDS_PER_LINE, MAX_URL_BYTES};
use crate::pattern::{Host, Network, PatternKind, authority, split_port};
use crate::scanner::{Counts, Hit, Options};
use crate::sieve::Sieve;
use crate::token::{Found, Scratch, Span, walk};
use crate::url::{UrlRest, port_after, tail, url_rest};
use crate::view::{View, ViewBuffer};
use crate::watchlist::Watchlist;

/// Reads lines. Holds only room that is used again.
#[derive(Debug, Clone, Default)]
pub(crate) struct LineReader {
    buffer: ViewBuffer,
    scratch: Scratch,
}

impl LineReader {
    /// Replaces `hits` by the records of a line.
    pub(crate) fn read(
        &mut self,
        watchlist: &Watchlist,
        line: &[u8],
        format: &Format,
        options: Options,
        hits: &mut Vec<Hit>,
        counts: &mut Counts,
    ) {
        self.read_by(watchlist, None, line, format, options, hits, counts);
    }

    /// The same; names and addresses that the sieve does not know are not looked up.
    #[allow(
        clippy::too_many_arguments,
        reason = "what a line is read with, each of another kind"
    )]
    pub(crate) fn read_by(
        &mut self,
        watchlist: &Watchlist,
        sieve: Option<&Sieve>,
        line: &[u8],
        format: &Format,
        options: Options,
        hits: &mut Vec<Hit>,
        counts: &mut Counts,
    ) {
        hits.clear();
        let LineReader { buffer, scratch } = self;
        let view = buffer.read(line);
        let mut collector = Collector {
            watchlist,
            // Who counts looks at everything.
            sieve: sieve.filter(|_| !options.count),
            view,
            format,
            options,
            counts,
            pairs: None,
            values: Vec::new(),
            by_value: HashMap::new(),
            held: 0,
        };
        walk(view.text, scratch, &mut |found| collector.take(&found));
        collector.joined();
        collector.finish(hits);
    }
}

/// One distinct value and what hit it.
#[derive(Debug)]
struct Value {
    /// Its first occurrence that hit.
    start: usize,
    rows: Vec<(u32, MatchKind)>,
    /// Of an address that `address:port` indicators have: what the line shows.
    address: Option<Shown>,
}

#[derive(Debug)]
struct Shown {
    address: IpAddr,
    first: usize,
    /// Ports, each with the first occurrence that shows it.
    ports: BTreeMap<u16, usize>,
}

struct Collector<'l, 'v> {
    watchlist: &'l Watchlist,
    sieve: Option<&'l Sieve>,
    view: View<'v>,
    format: &'l Format,
    options: Options,
    counts: &'l mut Counts,
    pairs: Option<Pairs>,
    values: Vec<Value>,
    by_value: HashMap<(Kind, String), usize>,
    /// Rows held by all values.
    held: usize,
}

impl Collector<'_, '_> {
    fn take(&mut self, found: &Found<'_>) {
        match found {
            Found::Name(span, name) => {
                self.count(Kind::Domain);
                self.name(*span, name);
            }
            Found::Address(span, address) => {
                self.count(address_kind(*address));
                self.address(*span, *address);
            }
            Found::Email(start, value) => {
                self.count(Kind::Email);
                self.text(Kind::Email, PatternKind::Email, *start, value);
            }
            Found::Hash(start, kind, value) => {
                self.count(*kind);
                self.text(*kind, PatternKind::Hash, *start, value);
            }
        }
    }

    fn count(&mut self, kind: Kind) {
        if self.options.count {
            self.counts.see(kind);
        }
    }

    /// A value that is looked up as it is.
    fn text(&mut self, kind: Kind, wanted: PatternKind, start: usize, value: &[u8]) {
        let rows: Vec<_> = self
            .watchlist
            .rows(of_text(value))
            .filter(|(_, kind, text)| *kind == wanted && text.as_bytes() == value)
            .map(|(row, _, _)| (row, MatchKind::Exact))
            .collect();
        self.add(kind, start, &rows, || String::from_utf8_lossy(value).into_owned());
    }

    fn name(&mut self, span: Span, name: &[u8]) {
        if self.sieve.is_some_and(|sieve| !sieve.may_hit_name(name)) {
            return;
        }
        let mut rows = Vec::new();
        for suffix in suffixes(name) {
            let is_whole = suffix.len() == name.len();
            for (row, kind, text) in self.watchlist.rows(of_text(suffix)) {
                let how = match kind {
                    PatternKind::Domain if text.as_bytes() == suffix && is_whole => MatchKind::Exact,
                    PatternKind::Domain if text.as_bytes() == suffix => MatchKind::Parent,
                    PatternKind::Subdomains if text.as_bytes().get(1..) == Some(suffix) && !is_whole => {
                        MatchKind::Parent
                    }
                    _ => continue,
                };
                rows.push((row, how));
            }
        }
        let text = || String::from_utf8_lossy(name).into_owned();
        self.add(Kind::Domain, span.start, &rows, text);
        let is_host = self.watchlist.is_url_host(of_text(name));
        if (is_host || self.options.count)
            && let Some(rest) = rest_of(self.view.text, span, false)
        {
            self.count(Kind::Url);
            if is_host {
                self.url(span.start, &text(), &rest);
            }
        }
    }

    fn address(&mut self, span: Span, address: IpAddr) {
        if let (Some(sieve), IpAddr::V4(address)) = (self.sieve, address)
            && !sieve.may_hit_address(address.to_bits())
        {
            return;
        }
        let (bits, is_ipv4) = (bits(address), address.is_ipv4());
        let mut rows = Vec::new();
        let mut has_ports = false;
        for (row, kind, text) in self.watchlist.rows(of_network(bits, 128)) {
            let is_it = Network::of(kind, text).is_some_and(|n| n.bits == bits && n.is_ipv4 == is_ipv4);
            match kind {
                PatternKind::Address if is_it => rows.push((row, MatchKind::Exact)),
                PatternKind::AddressPort if is_it => has_ports = true,
                _ => {}
            }
        }
        for &prefix in self.watchlist.prefixes(is_ipv4) {
            let network = Network {
                bits: mask(bits, prefix),
                prefix,
                is_ipv4,
            };
            for (row, kind, text) in self.watchlist.rows(of_network(bits, prefix)) {
                if kind == PatternKind::Network && Network::of(kind, text) == Some(network) {
                    rows.push((row, MatchKind::Cidr));
                }
            }
        }
        self.add(address_kind(address), span.start, &rows, || address_text(address));
        if has_ports {
            self.shown_port(span, address);
        }
        let is_host = self.watchlist.is_url_host(of_network(bits, 128));
        if (is_host || self.options.count)
            && let Some(rest) = rest_of(self.view.text, span, true)
        {
            self.count(Kind::Url);
            if is_host {
                self.url(span.start, &bracketed(address), &rest);
            }
        }
    }

    fn pairs(&mut self) -> &Pairs {
        let (text, format) = (self.view.text, self.format);
        self.pairs.get_or_insert_with(|| Pairs::of(text, format))
    }

    /// Notes which port the line shows for an address, if any.
    fn shown_port(&mut self, span: Span, address: IpAddr) {
        let text = self.view.text;
        let after = span.after(text, true).and_then(|after| port_after(text, after));
        let port = after.or_else(|| self.pairs().port(span.start));
        let start = self.view.in_line(span.start);
        let Some(value) = self.value(address_kind(address), start, address_text(address)) else {
            return;
        };
        let shown = value.address.get_or_insert_with(|| Shown {
            address,
            first: start,
            ports: BTreeMap::new(),
        });
        shown.first = shown.first.min(start);
        if let Some(port) = port {
            let first = shown.ports.entry(port).or_insert(start);
            *first = start.min(*first);
        }
    }

    fn url(&mut self, start: usize, host: &str, rest: &UrlRest<'_>) {
        let mut rows = Vec::new();
        let longest = self.watchlist.longest_url_tail();
        // An indicator without a port hits every port.
        let with_port = rest.port.map(|port| format!("{host}:{port}"));
        for key in [Some(host), with_port.as_deref()].into_iter().flatten() {
            url_ends(key.as_bytes(), rest.tail, longest, |end, fingerprint| {
                for (row, kind, text) in self.watchlist.rows(fingerprint) {
                    let is_it = kind == PatternKind::Url
                        && text.as_bytes().strip_prefix(key.as_bytes()) == Some(cut(rest.tail, 0, end));
                    if is_it {
                        let is_whole = end == rest.tail.len();
                        rows.push((
                            row,
                            if is_whole {
                                MatchKind::Exact
                            } else {
                                MatchKind::Prefix
                            },
                        ));
                    }
                }
            });
        }
        self.add(Kind::Url, start, &rows, || rest.value(host));
    }

    /// URLs whose host and path stand apart.
    fn joined(&mut self) {
        if self.watchlist.longest_url_tail() == 0 && !self.options.count {
            return;
        }
        let text = self.view.text;
        let urls = self.pairs().urls.clone();
        for joined in urls {
            let Some((start, host, rest)) = join(text, joined.host, joined.tail) else {
                continue;
            };
            self.count(Kind::Url);
            self.url(start, &host.in_url(), &rest);
        }
    }

    fn add(&mut self, kind: Kind, position: usize, rows: &[(u32, MatchKind)], text: impl FnOnce() -> String) {
        if rows.is_empty() {
            return;
        }
        let start = self.view.in_line(position);
        let before = self.held;
        let Some(value) = self.value(kind, start, text()) else {
            return;
        };
        let had = value.rows.len();
        for row in rows {
            if !value.rows.contains(row) {
                value.rows.push(*row);
            }
        }
        let new = value.rows.len() - had;
        self.held = before + new;
    }

    /// The value, made where it is new. None, and counted, where the line has given all the records that it may.
    fn value(&mut self, kind: Kind, start: usize, text: String) -> Option<&mut Value> {
        let next = self.values.len();
        let place = match self.by_value.entry((kind, text)) {
            std::collections::hash_map::Entry::Occupied(known) => *known.get(),
            std::collections::hash_map::Entry::Vacant(_)
                if self.held >= MAX_RECORDS_PER_LINE || next >= MAX_RECORDS_PER_LINE =>
            {
                self.counts.records_over_limit += 1;
                return None;
            }
            std::collections::hash_map::Entry::Vacant(new) => {
                new.insert(next);
                self.values.push(Value {
                    start,
                    rows: Vec::new(),
                    address: None,
                });
                next
            }
        };
        let value = self.values.get_mut(place)?;
        if !value.rows.is_empty() {
            value.start = value.start.min(start);
        } else {
            value.start = start;
        }
        Some(value)
    }

    fn finish(mut self, hits: &mut Vec<Hit>) {
        let watchlist = self.watchlist;
        for value in &mut self.values {
            value.show_ports(watchlist, self.options.weak);
        }
        let mut values: Vec<(Kind, String, Value)> = Vec::with_capacity(self.by_value.len());
        let mut texts: Vec<Option<(Kind, String)>> = Vec::new();
        texts.resize_with(self.values.len(), || None);
        for (key, place) in self.by_value {
            if let Some(text) = texts.get_mut(place) {
                *text = Some(key);
            }
        }
        for (text, value) in texts.into_iter().zip(self.values) {
            if let Some((kind, text)) = text.filter(|_| !value.rows.is_empty()) {
                values.push((kind, text, value));
            }
        }
        values.sort_by(|(kind_a, a, value_a), (kind_b, b, value_b)| {
            (value_a.start, Reverse(a.len()), kind_a, a).cmp(&(value_b.start, Reverse(b.len()), kind_b, b))
        });
        for (kind, text, mut value) in values {
            value
                .rows
                .sort_by_cached_key(|&(row, how)| rank(watchlist, row, how));
            for (row, how) in value.rows {
                if hits.len() >= MAX_RECORDS_PER_LINE {
                    self.counts.records_over_limit += 1;
                } else if let Some((indicator, _, _)) = watchlist.row(row as usize) {
                    hits.push(Hit {
                        kind,
                        start: value.start,
                        value: text.clone(),
                        indicator,
                        how,
                    });
                }
            }
        }
        self.counts.records += hits.len() as u64;
    }
}

impl Value {
    /// Turns the ports that the line shows into rows.
    fn show_ports(&mut self, watchlist: &Watchlist, weak: bool) {
        let Some(shown) = &self.address else { return };
        let has_rows = !self.rows.is_empty();
        let mut start = if has_rows { self.start } else { usize::MAX };
        let bits = bits(shown.address);
        let is_ipv4 = shown.address.is_ipv4();
        for (row, kind, text) in watchlist.rows(of_network(bits, 128)) {
            let is_it = kind == PatternKind::AddressPort
                && Network::of(kind, text).is_some_and(|n| n.bits == bits && n.is_ipv4 == is_ipv4);
            let Some((_, port)) = split_port(text).filter(|_| is_it) else {
                continue;
            };
            if let Some(&first) = shown.ports.get(&port) {
                self.rows.push((row, MatchKind::Port));
                start = start.min(first);
            } else if weak && shown.ports.is_empty() {
                self.rows.push((row, MatchKind::Address));
                start = start.min(shown.first);
            }
        }
        self.start = start;
    }
}

/// The order of the records of one value: exact, port, nearest parent or longest start, smallest network, weak address.
fn rank(watchlist: &Watchlist, row: u32, how: MatchKind) -> (u8, Reverse<usize>, usize, String) {
    let (kind, text) = watchlist
        .row(row as usize)
        .map_or((PatternKind::Domain, ""), |(_, kind, text)| (kind, text));
    let port = || split_port(text).map_or(0, |(_, port)| usize::from(port));
    let (class, near, then) = match how {
        MatchKind::Exact => (0, text.len(), 0),
        MatchKind::Port => (1, 0, port()),
        MatchKind::Parent => (2, text.trim_start_matches('.').len(), kind as usize),
        MatchKind::Prefix => (2, text.len(), 0),
        MatchKind::Cidr => (3, Network::of(kind, text).map_or(0, |n| usize::from(n.prefix)), 0),
        MatchKind::Address => (4, 0, port()),
    };
    (class, Reverse(near), then, text.to_owned())
}

pub(crate) fn address_kind(address: IpAddr) -> Kind {
    if address.is_ipv4() { Kind::Ipv4 } else { Kind::Ipv6 }
}

/// The rest of the URL that a host in text may begin.
pub(crate) fn rest_of(text: &[u8], span: Span, is_address: bool) -> Option<UrlRest<'_>> {
    url_rest(text, span.start, span.after(text, is_address)?, is_address)
}

/// A name and its parents of two labels or more, the nearest first.
#[inline]
pub(crate) fn suffixes(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    let last = name.iter().rposition(|&b| b == b'.').unwrap_or(0);
    let parents = memchr::memchr_iter(b'.', cut(name, 0, last)).map(|dot| cut(name, dot + 1, name.len()));
    std::iter::once(name).chain(parents)
}

/// A host and a path that stand apart, as a URL: where the host begins, the host, the rest.
pub(crate) fn join(text: &[u8], host: (usize, usize), tail_at: usize) -> Option<(usize, Host, UrlRest<'_>)> {
    let written = std::str::from_utf8(cut(text, host.0, host.1)).ok()?;
    if written.starts_with(['.', '-']) {
        return None;
    }
    let (found, port) = authority(written).ok()?;
    let start = if written.starts_with('[') {
        host.0 + 1
    } else {
        host.0
    };
    let tail = joined_tail(text, Joined { host, tail: tail_at })?;
    Some((
        start,
        found,
        UrlRest {
            port,
            is_default_port: false,
            has_scheme: false,
            tail,
        },
    ))
}

/// The tail of a URL whose host stands apart.
pub(crate) fn joined_tail(text: &[u8], url: Joined) -> Option<&[u8]> {
    let host = (url.host.1 - url.host.0).min(MAX_URL_BYTES);
    tail(text, url.tail, url.tail + MAX_URL_BYTES - host)
}
