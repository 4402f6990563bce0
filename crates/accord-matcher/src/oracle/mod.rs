//! A second implementation of `docs/spec/matching.md`, for tests: slow, and as close to the words of the rules as code
//! can be. It looks at every substring of a line and compares every observable with every indicator. It shares no code
//! with the engine, only the public types and the limits.
//!
//! Behind the feature `oracle`. Not for use on long lines or many indicators.

#![allow(
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "test-only code: a wrong index is a bug that a test should show"
)]

mod value;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::limits::{
    MAX_COLUMNS, MAX_HOST_RUN_BYTES, MAX_JSON_DEPTH, MAX_LOCAL_PART_BYTES, MAX_URL_BYTES,
    MAX_USER_PART_BYTES, MAX_ZONE_BYTES,
};
use crate::{Hit, IndicatorId, Kind, MatchKind, Observable, Pattern, PatternKind};

use value::{Host, host_value, ipv6_value, number};

/// Scans lines the slow way.
#[derive(Debug, Clone)]
pub struct Oracle {
    patterns: Vec<(IndicatorId, Pattern)>,
    weak: bool,
    fields: Vec<Vec<u8>>,
}

impl Oracle {
    /// An oracle at the start of a source.
    pub fn new(patterns: Vec<(IndicatorId, Pattern)>, weak: bool) -> Oracle {
        Oracle {
            patterns,
            weak,
            fields: Vec::new(),
        }
    }

    /// Forgets the `#fields` header.
    pub fn start_source(&mut self) {
        self.fields.clear();
    }

    /// The records of one line, given without its LF.
    pub fn line(&mut self, line: &[u8]) -> Vec<Hit> {
        let line = if line.ends_with(b"\r") {
            &line[..line.len() - 1]
        } else {
            line
        };
        if line.starts_with(b"#fields\t") {
            self.fields = line[8..].split(|&b| b == b'\t').map(<[u8]>::to_vec).collect();
            self.fields.truncate(MAX_COLUMNS);
        }
        let text = Text::read(line);
        let seen = text.observables(&self.fields);
        // (value) -> (indicator -> (how, start))
        let mut values: BTreeMap<(Kind, String), BTreeMap<usize, (MatchKind, usize)>> = BTreeMap::new();
        for one in &seen {
            for (i, (_, pattern)) in self.patterns.iter().enumerate() {
                if let Some(how) = self.compare(one, pattern, &seen) {
                    let rows = values.entry((one.kind, one.value.clone())).or_default();
                    let row = rows.entry(i).or_insert((how, one.start));
                    row.1 = row.1.min(one.start);
                }
            }
        }
        let mut hits = Vec::new();
        for ((kind, value), rows) in values {
            let start = rows.values().map(|row| row.1).min().expect("a value with a row");
            for (i, (how, _)) in rows {
                let (indicator, pattern) = &self.patterns[i];
                let hit = Hit {
                    kind,
                    start,
                    value: value.clone(),
                    indicator: *indicator,
                    how,
                };
                hits.push((rank(how, pattern), hit));
            }
        }
        hits.sort_by(|(rank_a, a), (rank_b, b)| {
            let key = |h: &Hit| (h.start, Reverse(h.value.len()), h.kind, h.value.clone());
            (key(a), rank_a).cmp(&(key(b), rank_b))
        });
        hits.into_iter().map(|(_, hit)| hit).collect()
    }

    fn compare(&self, seen: &Seen, pattern: &Pattern, line: &[Seen]) -> Option<MatchKind> {
        let text = pattern.canonical();
        match (pattern.kind(), seen.kind) {
            (PatternKind::Domain, Kind::Domain) if seen.value == text => Some(MatchKind::Exact),
            (PatternKind::Domain, Kind::Domain) if seen.value.ends_with(&format!(".{text}")) => {
                Some(MatchKind::Parent)
            }
            (PatternKind::Subdomains, Kind::Domain) if seen.value.ends_with(text) => Some(MatchKind::Parent),
            (PatternKind::Address, Kind::Ipv4 | Kind::Ipv6) if seen.value == text => Some(MatchKind::Exact),
            (PatternKind::Network, Kind::Ipv4 | Kind::Ipv6) if contains(text, &seen.value) => {
                Some(MatchKind::Cidr)
            }
            (PatternKind::AddressPort, Kind::Ipv4 | Kind::Ipv6) => {
                let written = |port: u16| match seen.kind {
                    Kind::Ipv4 => format!("{}:{port}", seen.value),
                    _ => format!("[{}]:{port}", seen.value),
                };
                if seen.port.is_some_and(|port| written(port) == text) {
                    return Some(MatchKind::Port);
                }
                let same = |other: &&Seen| other.kind == seen.kind && other.value == seen.value;
                let is_shown = line.iter().filter(same).any(|other| other.port.is_some());
                let is_address =
                    (1..=u16::MAX).any(|port| text.ends_with(&port.to_string()) && written(port) == text);
                (self.weak && !is_shown && is_address).then_some(MatchKind::Address)
            }
            (PatternKind::Url, Kind::Url) => seen.urls.iter().find_map(|url| {
                let rest = url.strip_prefix(text.as_bytes())?;
                let goes_on = text.ends_with('/') || matches!(rest.first(), Some(b'/' | b'?' | b'#'));
                match (rest.is_empty(), goes_on) {
                    (true, _) => Some(MatchKind::Exact),
                    (false, true) => Some(MatchKind::Prefix),
                    (false, false) => None,
                }
            }),
            (PatternKind::Email, Kind::Email) if seen.value == text => Some(MatchKind::Exact),
            (PatternKind::Hash, Kind::Md5 | Kind::Sha1 | Kind::Sha256 | Kind::Sha512)
                if seen.value == text =>
            {
                Some(MatchKind::Exact)
            }
            _ => None,
        }
    }
}

/// The observables of a line by the rules of scanning: without the filter of `extract` on last labels, and without what
/// a `#fields` header would join. In no particular order.
pub fn observables(line: &[u8]) -> Vec<Observable> {
    let text = Text::read(line);
    text.standing()
        .into_iter()
        .map(|seen| Observable {
            kind: seen.kind,
            start: seen.start,
            value: seen.value,
        })
        .collect()
}

type Rank = (u8, Reverse<usize>, usize, String);

fn rank(how: MatchKind, pattern: &Pattern) -> Rank {
    let text = pattern.canonical();
    let port = || text.rsplit(':').next().and_then(|p| p.parse().ok()).unwrap_or(0);
    let (class, near, then) = match how {
        MatchKind::Exact => (0, text.len(), 0),
        MatchKind::Port => (1, 0, port()),
        MatchKind::Parent => (
            2,
            text.trim_start_matches('.').len(),
            usize::from(pattern.kind() == PatternKind::Subdomains),
        ),
        MatchKind::Prefix => (2, text.len(), 0),
        MatchKind::Cidr => {
            let length: usize = text
                .rsplit('/')
                .next()
                .and_then(|l| l.parse().ok())
                .expect("a length");
            (3, length, 0)
        }
        MatchKind::Address => (4, 0, port()),
    };
    (class, Reverse(near), then, text.to_owned())
}

fn contains(network: &str, address: &str) -> bool {
    let (base, length) = network.split_once('/').expect("a network");
    let length: u32 = length.parse().expect("a length");
    let base: IpAddr = base.parse().expect("an address");
    let address: IpAddr = address.parse().expect("an address");
    match (base, address) {
        (IpAddr::V4(b), IpAddr::V4(a)) => b.to_bits() >> (32 - length) == a.to_bits() >> (32 - length),
        (IpAddr::V6(b), IpAddr::V6(a)) => b.to_bits() >> (128 - length) == a.to_bits() >> (128 - length),
        _ => false,
    }
}

/// One occurrence of an observable.
#[derive(Debug, Clone)]
struct Seen {
    kind: Kind,
    /// In the line.
    start: usize,
    value: String,
    /// Of an address: the port that is shown for it.
    port: Option<u16>,
    /// Of a URL: what indicators are compared with, without and with its port.
    urls: Vec<Vec<u8>>,
}

/// A line read through.
struct Text {
    text: Vec<u8>,
    places: Vec<usize>,
}

const FORMS: [(&str, &str); 11] = [
    ("\\/", "/"),
    ("[.]", "."),
    ("(.)", "."),
    ("{.}", "."),
    ("[dot]", "."),
    ("(dot)", "."),
    ("[:]", ":"),
    ("[://]", "://"),
    ("[@]", "@"),
    ("[at]", "@"),
    ("(at)", "@"),
];

fn run(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'.' || b == b'-' || b == b'_' || b > 0x7f
}

fn outer(b: u8) -> bool {
    run(b) || b == b':'
}

fn local(b: u8) -> bool {
    run(b) || b == b'+'
}

fn soft(b: u8) -> bool {
    b == b'.' || b == b'-'
}

fn url_stops(b: u8) -> bool {
    b <= 0x20 || b == 0x7f || b"\"'`<>|\\".contains(&b)
}

impl Text {
    fn read(line: &[u8]) -> Text {
        let mut read = Text {
            text: Vec::new(),
            places: Vec::new(),
        };
        let mut i = 0;
        'bytes: while i < line.len() {
            for (form, reads_as) in FORMS {
                if line.len() - i >= form.len()
                    && line[i..i + form.len()].eq_ignore_ascii_case(form.as_bytes())
                {
                    for (k, b) in reads_as.bytes().enumerate() {
                        read.text.push(b);
                        read.places.push(i + k);
                    }
                    i += form.len();
                    continue 'bytes;
                }
            }
            read.text.push(line[i]);
            read.places.push(i);
            i += 1;
        }
        read
    }

    fn byte(&self, i: usize) -> Option<u8> {
        self.text.get(i).copied()
    }

    fn before(&self, i: usize) -> Option<u8> {
        i.checked_sub(1).map(|i| self.text[i])
    }

    /// Whether an escape ends right before `i`.
    fn escape_ends(&self, i: usize) -> bool {
        let t = &self.text[..i];
        let hex = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
        t.ends_with(b"\\n")
            || t.ends_with(b"\\t")
            || t.ends_with(b"\\r")
            || (i >= 6 && t[i - 6..].starts_with(b"\\u00") && hex(&t[i - 2..]))
            || (i >= 3 && t[i - 3] == b'%' && hex(&t[i - 2..]))
    }

    /// Where a token of bytes of a class can begin so that it reads from `i` on, `.` and `-` before `i` trimmed.
    fn begins(&self, i: usize, class: fn(u8) -> bool) -> bool {
        let mut k = i;
        loop {
            if self.before(k).is_none_or(|b| !class(b)) || self.escape_ends(k) {
                return true;
            }
            if !soft(self.text[k - 1]) {
                return false;
            }
            k -= 1;
        }
    }

    /// Past the end of the stretch of bytes of a class that goes on at `j`.
    fn run_end(&self, mut j: usize, class: fn(u8) -> bool) -> usize {
        while self.byte(j).is_some_and(class) {
            j += 1;
        }
        j
    }

    fn run_start(&self, mut i: usize, class: fn(u8) -> bool) -> usize {
        while self.before(i).is_some_and(class) {
            i -= 1;
        }
        i
    }

    /// The host that is exactly `[i, j)`, where nothing forbids that.
    fn host(&self, i: usize, j: usize) -> Option<Host> {
        let t = &self.text[i..j];
        if !t.iter().all(|&b| run(b)) || soft(t[0]) || soft(t[t.len() - 1]) || t.len() > MAX_HOST_RUN_BYTES {
            return None;
        }
        let end = self.run_end(j, run);
        if !self.text[j..end].iter().all(|&b| soft(b)) || !self.begins(i, run) {
            return None;
        }
        host_value(t)
    }

    /// The address that the IPv6 text `[i, j)` is.
    fn ipv6(&self, i: usize, j: usize) -> Option<IpAddr> {
        let address = ipv6_value(&self.text[i..j])?;
        let end = self.run_end(j, outer);
        let trimmed_right = (j..end).all(|p| match self.text[p] {
            b':' => self.text[p - 1] != b':',
            b => soft(b),
        });
        if !trimmed_right {
            return None;
        }
        let run_start = self.run_start(i, outer);
        let mut starts = vec![run_start];
        starts.extend((run_start + 1..=i).filter(|&k| self.escape_ends(k) && !run(self.text[run_start - 1])));
        let trimmed_left = |from: usize| {
            (from..i).all(|p| match self.text[p] {
                b':' => self.text[p + 1] != b':',
                b => soft(b),
            })
        };
        let ok = starts.into_iter().any(|start| {
            if trimmed_left(start) {
                return true;
            }
            // A word before the first colon.
            let word = (start..i)
                .find(|&p| !(soft(self.text[p]) || self.text[p] == b':' && self.text[p + 1] != b':'));
            let Some(word) = word else { return false };
            let Some(colon) = (word..i).find(|&p| self.text[p] == b':') else {
                return false;
            };
            colon > word
                && self.text[word..colon].iter().any(|b| !b.is_ascii_hexdigit())
                && trimmed_left(colon + 1)
        });
        ok.then_some(address)
    }

    /// Where a port or path of the host `[i, j)` can begin.
    fn after(&self, i: usize, j: usize, is_address: bool, is_ipv6_text: bool) -> Option<usize> {
        if is_address && self.before(i) == Some(b'[') {
            let mut close = j;
            if self.byte(j) == Some(b'%') {
                close = self.run_end(j + 1, |b| run(b) || b == b'~');
                let zone = close - j - 1;
                if zone == 0 || zone > MAX_ZONE_BYTES {
                    return None;
                }
            }
            if self.byte(close) == Some(b']') {
                return Some(close + 1);
            }
        }
        if is_ipv6_text {
            return None;
        }
        let end = self.run_end(j, run);
        (self.text[j..end].is_empty() || &self.text[j..end] == b".").then_some(end)
    }

    /// The port right after `:` at `p`.
    fn port_at(&self, p: usize) -> Option<u16> {
        if self.byte(p) != Some(b':') {
            return None;
        }
        let end = self.run_end(p + 1, run);
        let mut digits = &self.text[p + 1..end];
        while digits.last().is_some_and(|&b| soft(b)) {
            digits = &digits[..digits.len() - 1];
        }
        number(digits)
    }

    /// Whether a scheme stands before `i`: `Some(its default port)`.
    fn scheme(&self, i: usize) -> Option<Option<u16>> {
        let mut ends = vec![i];
        if self.before(i) == Some(b'@') {
            ends.clear();
            for user in 1..=MAX_USER_PART_BYTES {
                let Some(start) = (i - 1).checked_sub(user) else {
                    break;
                };
                let part = &self.text[start..i - 1];
                if part.iter().all(|&b| !url_stops(b) && !b"/?#@".contains(&b)) {
                    ends.push(start);
                }
            }
        }
        ends.into_iter().find_map(|end| {
            let name = self.text[..end].strip_suffix(b"://")?;
            if !name.last()?.is_ascii_alphanumeric() {
                return None;
            }
            let name = name.to_ascii_lowercase();
            if name.ends_with(b"https") || name.ends_with(b"hxxps") {
                Some(Some(443))
            } else if name.ends_with(b"http") || name.ends_with(b"hxxp") {
                Some(Some(80))
            } else {
                Some(None)
            }
        })
    }

    fn tail(&self, from: usize, limit: usize) -> Vec<u8> {
        let mut tail: Vec<u8> = (from..self.text.len().min(limit))
            .map(|p| self.text[p])
            .take_while(|&b| !url_stops(b))
            .collect();
        while tail.last().is_some_and(|b| b".,;:!?)]".contains(b)) {
            tail.pop();
        }
        tail
    }

    /// The URL whose host stands at `i`.
    fn url(&self, i: usize, after: usize, host: &Host) -> Option<Seen> {
        let mut p = after;
        let mut port = None;
        if self.byte(p) == Some(b':') {
            let end = self.run_end(p + 1, |b| b.is_ascii_digit());
            port = Some(number(&self.text[p + 1..end])?);
            p = end;
        }
        if !matches!(self.byte(p), Some(b'/' | b'?' | b'#')) {
            return None;
        }
        let tail = self.tail(p, i + MAX_URL_BYTES);
        if tail.is_empty() {
            return None;
        }
        let is_address = matches!(host, Host::Address(_));
        let scheme = self.scheme(if is_address && self.before(i) == Some(b'[') {
            i - 1
        } else {
            i
        });
        if scheme.is_none() {
            if tail[0] != b'/' {
                return None;
            }
            if is_address && tail.len() > 1 && tail[1..].iter().all(u8::is_ascii_digit) {
                return None;
            }
        }
        let shown = port.filter(|port| scheme.flatten() != Some(*port));
        Some(self.made_url(i, host, port, shown, &tail))
    }

    fn made_url(&self, i: usize, host: &Host, port: Option<u16>, shown: Option<u16>, tail: &[u8]) -> Seen {
        let with = |port: Option<u16>| {
            let mut url = host.in_url();
            if let Some(port) = port {
                url.push_str(&format!(":{port}"));
            }
            [url.as_bytes(), tail].concat()
        };
        let mut urls = vec![with(None)];
        if port.is_some() {
            urls.push(with(port));
        }
        let value = String::from_utf8_lossy(&with(shown)).into_owned();
        Seen {
            kind: Kind::Url,
            start: self.places[i],
            value,
            port: None,
            urls,
        }
    }

    /// What stands in the text as it is.
    fn standing(&self) -> Vec<Seen> {
        let n = self.text.len();
        let mut seen = Vec::new();
        let plain = |kind, i: usize, value| Seen {
            kind,
            start: self.places[i],
            value,
            port: None,
            urls: vec![],
        };
        let mut covered: Vec<(usize, usize)> = Vec::new();
        let mut hosts: Vec<(usize, usize, Host, bool)> = Vec::new();
        for i in 0..n {
            for j in i + 1..=n.min(i + crate::limits::MAX_IPV6_TEXT_BYTES) {
                if !outer(self.text[j - 1]) {
                    break;
                }
                if let Some(address) = self.ipv6(i, j) {
                    covered.push((i, j));
                    hosts.push((i, j, Host::Address(address), true));
                }
            }
        }
        for i in 0..n {
            for j in i + 1..=n {
                let last = self.text[j - 1];
                if !local(last) && last != b'@' {
                    break;
                }
                if let Some(host) = self.host(i, j) {
                    let start = self.run_start(i, run);
                    if !covered.iter().any(|&(from, to)| from <= start && start < to) {
                        hosts.push((i, j, host, false));
                    }
                }
                if let Some(value) = self.email(i, j) {
                    seen.push(plain(Kind::Email, i, value));
                }
                if let Some((kind, value)) = self.hash(i, j) {
                    seen.push(plain(kind, i, value));
                }
            }
        }
        for (i, j, host, is_ipv6_text) in hosts {
            let is_address = matches!(host, Host::Address(_));
            let after = self.after(i, j, is_address, is_ipv6_text);
            if let Some(after) = after {
                seen.extend(self.url(i, after, &host));
            }
            let mut one = plain(host.kind(), i, host.text());
            if is_address {
                one.port = after.and_then(|after| self.port_at(after));
            }
            seen.push(one);
        }
        seen
    }

    fn email(&self, i: usize, j: usize) -> Option<String> {
        let t = &self.text[i..j];
        let at = t.iter().rposition(|&b| b == b'@')?;
        let (name, domain) = (&t[..at], &t[at + 1..]);
        let fits = !name.is_empty()
            && name.len() <= MAX_LOCAL_PART_BYTES
            && name.iter().all(|&b| local(b))
            && !soft(name[0])
            && self.begins(i, local)
            && !domain.is_empty()
            && domain.len() <= MAX_HOST_RUN_BYTES
            && domain.iter().all(|&b| run(b))
            && !soft(domain[0])
            && !soft(domain[domain.len() - 1])
            && self.text[j..self.run_end(j, run)].iter().all(|&b| soft(b));
        let Some(Host::Name(domain)) = fits.then(|| host_value(domain))? else {
            return None;
        };
        let name = std::str::from_utf8(name).ok()?;
        Some(format!("{}@{domain}", name.to_ascii_lowercase()))
    }

    fn hash(&self, i: usize, j: usize) -> Option<(Kind, String)> {
        let t = &self.text[i..j];
        let kind = Kind::of_hash(t.len())?;
        let alone = self.before(i).is_none_or(|b| !b.is_ascii_alphanumeric()) || self.escape_ends(i);
        let ends = self.byte(j).is_none_or(|b| !b.is_ascii_alphanumeric());
        let fits = alone && ends && t.iter().all(u8::is_ascii_hexdigit);
        fits.then(|| (kind, String::from_utf8_lossy(t).to_ascii_lowercase()))
    }

    /// Everything, with what a format pairs and joins.
    fn observables(&self, fields: &[Vec<u8>]) -> Vec<Seen> {
        let mut seen = self.standing();
        let mut objects: Vec<BTreeMap<&str, (usize, usize)>> = Vec::new();
        objects.extend(self.columns(fields));
        objects.extend(self.json_objects());
        let mut paired = BTreeSet::new();
        for object in &objects {
            for (address, port) in [
                ("id.orig_h", "id.orig_p"),
                ("id.resp_h", "id.resp_p"),
                ("src_ip", "src_port"),
                ("dest_ip", "dest_port"),
            ] {
                let (Some(&(from, _)), Some(&(port, end))) = (object.get(address), object.get(port)) else {
                    continue;
                };
                let Some(port) = number(&self.text[port..end]) else {
                    continue;
                };
                if from < self.places.len() && paired.insert(from) {
                    for one in seen.iter_mut().filter(|one| one.start == self.places[from]) {
                        one.port = one.port.or(Some(port));
                    }
                }
            }
            for (host, path) in [("host", "uri"), ("hostname", "url")] {
                let (Some(&(from, to)), Some(&(path, end))) = (object.get(host), object.get(path)) else {
                    continue;
                };
                if path < end && self.text[path] == b'/' {
                    seen.extend(self.join(from, to, path));
                }
            }
        }
        seen
    }

    fn join(&self, from: usize, to: usize, path: usize) -> Option<Seen> {
        let written = &self.text[from..to];
        let tail = self.tail(path, path + MAX_URL_BYTES - written.len().min(MAX_URL_BYTES));
        if tail.is_empty() || written.first().is_none_or(|&b| soft(b)) {
            return None;
        }
        let (start, host, port) = if written[0] == b'[' {
            let close = written.iter().position(|&b| b == b']')?;
            let inside = &written[1..close];
            let without_zone = inside.split(|&b| b == b'%').next().unwrap_or_default();
            let address = match host_value(inside) {
                Some(Host::Address(address)) => address,
                _ => ipv6_value(without_zone)?,
            };
            (from + 1, Host::Address(address), &written[close + 1..])
        } else if let Some(address) = ipv6_value(written.split(|&b| b == b'%').next().unwrap_or_default()) {
            (from, Host::Address(address), &b""[..])
        } else {
            let colon = written.iter().position(|&b| b == b':').unwrap_or(written.len());
            let mut name = &written[..colon];
            while name.last().is_some_and(|&b| soft(b)) {
                name = &name[..name.len() - 1];
            }
            (from, host_value(name)?, &written[colon..])
        };
        let port = match port {
            [] => None,
            [b':', digits @ ..] => Some(number(digits).filter(|&p| p != 0)?),
            _ => return None,
        };
        Some(self.made_url(start, &host, port, port, &tail))
    }

    fn columns(&self, fields: &[Vec<u8>]) -> Option<BTreeMap<&'static str, (usize, usize)>> {
        if self.text.first() == Some(&b'#') || fields.is_empty() {
            return None;
        }
        let mut cells = Vec::new();
        let mut start = 0;
        for cell in self.text.split(|&b| b == b'\t') {
            cells.push((start, start + cell.len()));
            start += cell.len() + 1;
        }
        let mut found = BTreeMap::new();
        for known in ["id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "host", "uri"] {
            if let Some(column) = fields.iter().position(|f| f == known.as_bytes())
                && let Some(cell) = cells.get(column)
            {
                found.insert(known, *cell);
            }
        }
        Some(found)
    }

    /// For each JSON object of the line, the first string or number of each key.
    fn json_objects(&self) -> Vec<BTreeMap<&str, (usize, usize)>> {
        let (tokens, count) = self.json_tokens();
        let mut objects = vec![BTreeMap::new(); count];
        let mut i = 0;
        while i < tokens.len() {
            if let [(Token::String(a, b), object), (Token::Colon, _), (value, _), ..] = &tokens[i..]
                && let Token::String(from, to) | Token::Number(from, to) = value
            {
                if let Some(object) = object
                    && let Ok(key) = std::str::from_utf8(&self.text[*a..*b])
                {
                    objects[*object].entry(key).or_insert((*from, *to));
                }
                i += 3;
            } else {
                i += 1;
            }
        }
        objects
    }

    /// The tokens inside of objects, each with the number of its object, where that is not too deep.
    fn json_tokens(&self) -> (Vec<(Token, Option<usize>)>, usize) {
        let mut tokens = Vec::new();
        let mut stack: Vec<usize> = Vec::new();
        let mut count = 0;
        let mut i = 0;
        while let Some(b) = self.byte(i) {
            let start = i;
            i += 1;
            let object = stack.last().copied().filter(|_| stack.len() <= MAX_JSON_DEPTH);
            match b {
                b'{' => {
                    tokens.push((Token::Other, None));
                    stack.push(count);
                    count += 1;
                }
                b'}' => {
                    tokens.push((Token::Other, None));
                    stack.pop();
                }
                _ if stack.is_empty() || b.is_ascii_whitespace() => {}
                b':' => tokens.push((Token::Colon, object)),
                b'"' => {
                    while self.byte(i).is_some_and(|b| b != b'"') {
                        i += if self.byte(i) == Some(b'\\') { 2 } else { 1 };
                    }
                    let end = i.min(self.text.len());
                    tokens.push((Token::String(start + 1, end), object));
                    i += 1;
                }
                b'0'..=b'9' => {
                    i = self.run_end(i, |b| b.is_ascii_alphanumeric() || b".+-".contains(&b));
                    tokens.push((Token::Number(start, i), object));
                }
                _ => tokens.push((Token::Other, object)),
            }
        }
        (tokens, count)
    }
}

#[derive(Debug, Clone, Copy)]
enum Token {
    String(usize, usize),
    Number(usize, usize),
    Colon,
    Other,
}
