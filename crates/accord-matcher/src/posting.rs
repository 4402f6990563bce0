//! What a line can be found under without a watchlist: the keys of postings, and the one that an indicator probes.
//!
//! Whatever line an indicator can hit (weak hits too) has the indicator's key, or one in its range; a line that has the
//! key need not hit. So who keeps the keys of lines reads only lines that may hit, and misses none. Keys come from the
//! same tokens as hits (`token`), with two simplifications: of a URL only the host and the first
//! [`MAX_PATH_KEYS`] steps of its path count, its port and its query not; and a name whose last label starts with a digit
//! has no key: no registry delegates such, and times in logs (`20.600725Z`) read as names are of that form.

use std::net::IpAddr;

use crate::bytes::at;
use crate::fingerprint::{mask, of_text, split_url};
use crate::format::{Format, Pairs};
use crate::host::bits;
use crate::line::{join, rest_of, suffixes};
use crate::pattern::{Host, Network, Pattern, PatternKind, authority};
use crate::token::{Found, Scratch, walk};
use crate::view::ViewBuffer;
use memchr::memmem::Finder;

/// Steps of a URL's path that have a key.
pub const MAX_PATH_KEYS: usize = 4;

/// What a line is found under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// The fingerprint of a name or a parent of it, of the start of a URL, of an e-mail address or of a hash: 64 bits,
    /// uniform, stable across platforms and versions.
    Print(u64),
    /// An address as a number.
    Ipv4(u32),
    /// An address as a number; never a mapped one.
    Ipv6(u128),
}

/// The keys under which the lines stand that an indicator can hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Probe {
    /// This one.
    Print(u64),
    /// Those from the first to the last, both included.
    Ipv4(u32, u32),
    /// Those from the first to the last, both included.
    Ipv6(u128, u128),
    /// Lines that it hits have no key of it: every line has to be read.
    Every,
}

/// Reads the keys of the lines of one source in order. Holds room that is used again, and what earlier lines said about
/// the format.
#[derive(Debug, Clone)]
pub struct KeyReader {
    buffer: ViewBuffer,
    scratch: Scratch,
    format: Format,
    uri: Finder<'static>,
    url: Finder<'static>,
}

impl Default for KeyReader {
    fn default() -> Self {
        KeyReader {
            buffer: ViewBuffer::default(),
            scratch: Scratch::default(),
            format: Format::default(),
            uri: Finder::new(b"\"uri\""),
            url: Finder::new(b"\"url\""),
        }
    }
}

impl KeyReader {
    /// Gives the keys of the next line, with or without its line end; a key may come more than once. Linear in the
    /// length of the line, up to a factor of [`MAX_PATH_KEYS`] and of the labels of a name.
    pub fn line(&mut self, line: &[u8], take: &mut impl FnMut(Key)) {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        self.format.read_line(line);
        let KeyReader {
            buffer,
            scratch,
            format,
            uri,
            url,
        } = self;
        let text = buffer.read(line).text;
        walk(text, scratch, &mut |found| match found {
            Found::Name(span, name) => {
                if !has_key(name) {
                    return;
                }
                for suffix in suffixes(name) {
                    take(Key::Print(of_text(suffix)));
                }
                if let Some(rest) = rest_of(text, span, false) {
                    path_keys(of_text(name), rest.tail, |key| take(Key::Print(key)));
                }
            }
            Found::Address(span, address) => {
                take(key_of(address));
                if let Some(rest) = rest_of(text, span, true) {
                    path_keys(host_key(address), rest.tail, |key| take(Key::Print(key)));
                }
            }
            Found::Email(_, value) => {
                if has_key(value) {
                    take(Key::Print(of_text(value)));
                }
            }
            Found::Hash(_, _, value) => take(Key::Print(of_text(value))),
        });
        if !format.may_join() && uri.find(text).is_none() && url.find(text).is_none() {
            return;
        }
        for joined in Pairs::of(text, format).urls {
            let Some((_, host, rest)) = join(text, joined.host, joined.tail) else {
                continue;
            };
            match host {
                Host::Name(name) if has_key(name.as_bytes()) => {
                    take(Key::Print(of_text(name.as_bytes())));
                    path_keys(of_text(name.as_bytes()), rest.tail, |key| take(Key::Print(key)));
                }
                Host::Name(_) => {}
                Host::Address(address) => {
                    take(key_of(address));
                    path_keys(host_key(address), rest.tail, |key| take(Key::Print(key)));
                }
            }
        }
    }
}

impl Pattern {
    /// Under which keys the lines stand that this indicator can hit.
    pub fn probe(&self) -> Probe {
        let text = self.canonical();
        match self.kind() {
            PatternKind::Hash => Probe::Print(of_text(text.as_bytes())),
            PatternKind::Domain | PatternKind::Email | PatternKind::Subdomains => {
                let text = text.strip_prefix('.').unwrap_or(text).as_bytes();
                if has_key(text) {
                    Probe::Print(of_text(text))
                } else {
                    Probe::Every
                }
            }
            kind @ (PatternKind::Address | PatternKind::AddressPort | PatternKind::Network) => {
                Network::of(kind, text).map_or(Probe::Every, range_of)
            }
            PatternKind::Url => url_probe(text.as_bytes()),
        }
    }
}

fn range_of(network: Network) -> Probe {
    let first = mask(network.bits, network.prefix);
    let last = first | !mask(u128::MAX, network.prefix);
    if network.is_ipv4 {
        // Mapped: the address is the last 32 bits.
        Probe::Ipv4(first as u32, last as u32)
    } else {
        Probe::Ipv6(first, last)
    }
}

fn url_probe(canonical: &[u8]) -> Probe {
    let (host, tail) = split_url(canonical);
    let host = std::str::from_utf8(host)
        .ok()
        .and_then(|host| authority(host).ok());
    let Some((host, _)) = host else {
        return Probe::Every;
    };
    let (key, bare) = match host {
        Host::Name(name) if !has_key(name.as_bytes()) => return Probe::Every,
        Host::Name(name) => (of_text(name.as_bytes()), Probe::Print(of_text(name.as_bytes()))),
        Host::Address(address) => {
            let bare = match key_of(address) {
                Key::Ipv4(number) => Probe::Ipv4(number, number),
                Key::Ipv6(number) => Probe::Ipv6(number, number),
                Key::Print(print) => Probe::Print(print),
            };
            (host_key(address), bare)
        }
    };
    let mut probe = bare;
    path_keys(key, tail, |key| probe = Probe::Print(key));
    probe
}

/// Whether the last label of a canonical name or e-mail address starts with a letter, as every delegated one does.
fn has_key(name: &[u8]) -> bool {
    let label = memchr::memrchr(b'.', name).map_or(0, |dot| dot + 1);
    at(name, label).is_some_and(|first| !first.is_ascii_digit())
}

fn key_of(address: IpAddr) -> Key {
    match address {
        IpAddr::V4(v4) => Key::Ipv4(v4.to_bits()),
        IpAddr::V6(v6) => Key::Ipv6(v6.to_bits()),
    }
}

/// Where the chain of a URL's path begins, of an address as its host.
fn host_key(address: IpAddr) -> u64 {
    chain(0, bits(address).to_be_bytes().as_slice())
}

/// The keys of the steps of a path: `/a`, `/a/b` of `/a/b/?q`. Of two tails of which one begins with the other where a URL
/// indicator can end, the keys of the shorter are the first of the longer.
fn path_keys(host: u64, tail: &[u8], mut take: impl FnMut(u64)) {
    let end = memchr::memchr2(b'?', b'#', tail).unwrap_or(tail.len());
    let path = tail.get(..end).unwrap_or_default();
    let ends = memchr::memchr_iter(b'/', path)
        .chain([path.len()])
        .filter(|&end| end > 0 && at(path, end - 1) != Some(b'/'));
    let (mut key, mut start) = (host, 0);
    for end in ends.take(MAX_PATH_KEYS) {
        key = chain(key, path.get(start..end).unwrap_or_default());
        start = end;
        take(key);
    }
}

fn chain(key: u64, piece: &[u8]) -> u64 {
    let mut link = [0; 16];
    let (left, right) = link.split_at_mut(8);
    left.copy_from_slice(&key.to_le_bytes());
    right.copy_from_slice(&of_text(piece).to_le_bytes());
    of_text(&link)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, Scanner, WatchlistBuilder};

    fn keys(lines: &str) -> Vec<Key> {
        let mut reader = KeyReader::default();
        let mut keys = Vec::new();
        for line in lines.split_inclusive('\n') {
            reader.line(line.as_bytes(), &mut |key| keys.push(key));
        }
        keys
    }

    fn covers(probe: Probe, keys: &[Key]) -> bool {
        keys.iter().any(|key| match (probe, *key) {
            (Probe::Print(print), Key::Print(key)) => print == key,
            (Probe::Ipv4(first, last), Key::Ipv4(key)) => (first..=last).contains(&key),
            (Probe::Ipv6(first, last), Key::Ipv6(key)) => (first..=last).contains(&key),
            _ => false,
        }) || probe == Probe::Every
    }

    #[test]
    fn a_line_has_the_keys_of_what_it_holds_and_no_others() {
        for (pattern, line, expected) in [
            ("evil.example", "q=WWW.C2.Evil.EXAMPLE. ok", true),
            ("evil.example", "notevil.example", false),
            (".dyn.example", "a.dyn.example", true),
            ("192.0.2.0/24", "deny ::ffff:192.0.2.10", true),
            ("192.0.2.0/24", "deny 192.0.3.0", false),
            ("2001:db8::/32", "[2001:db8:ffff::7]:443", true),
            ("2001:db8::/32", "2001:db9::7", false),
            ("198.51.100.7:8443", "deny 198.51.100.7", true),
            ("bad.example/a.php", "GET http://bad.example/a.php?x=1", true),
            ("bad.example/a.php", "bad.example/A.php", false),
            ("bad.example/a.php", "bad.example:8080/a.php/more", true),
            ("bad.example:8080/a.php", "https://bad.example:8080/a.php", true),
            (
                "http://bad.example/drop/",
                r#""http:\/\/bad.example\/drop\/x.bin""#,
                true,
            ),
            ("http://bad.example/", "http://bad.example/anything", true),
            ("http://bad.example/a/b/c/d/e/f", "bad.example/a/b/c/d/e/f", true),
            ("http://bad.example/?id=1", "http://bad.example/?id=1", true),
            ("http://bad.example/?id=1", "http://bad.example?id=1", true),
            ("203.0.113.5/x", "http://203.0.113.5/x", true),
            ("[2001:db8::7]/x", "http://[2001:db8::7]:81/x/y", true),
            ("bad.example/x", r#"{"host":"bad.example","uri":"/x/y"}"#, true),
            ("bad.example/x", "#fields\thost\turi\nbad.example\t/x/y", true),
            ("mule@mail.example", "MULE[at]Mail.Example", true),
            (
                "9e107d9d372bb6826bd81d3542a419d6",
                "MD5=9E107D9D372BB6826BD81D3542A419D6",
                true,
            ),
            ("bücher.example", "xn--bcher-kva.example", true),
            ("evil.1abc", "evil.1abc", true),
        ] {
            let probe = Pattern::parse(pattern).unwrap().probe();
            assert_eq!(covers(probe, &keys(line)), expected, "{pattern} in {line}");
        }
        assert_eq!(keys("2018-03-24T17:15:20.600725Z"), []);
        assert_eq!(Pattern::parse("evil.1abc").unwrap().probe(), Probe::Every);
    }

    proptest::proptest! {
        /// The property that hunts rest on: what the scanner finds, weak hits too, has its keys.
        #[test]
        fn whatever_hits_has_the_key(
            line in proptest::collection::vec(proptest::sample::select(PIECES.to_vec()), 1..12),
            header in proptest::bool::ANY,
        ) {
            let mut builder = WatchlistBuilder::new();
            let patterns: Vec<Pattern> = PATTERNS.iter().map(|text| Pattern::parse(text).unwrap()).collect();
            for (id, pattern) in (0..).zip(&patterns) {
                builder.add(pattern.clone(), id);
            }
            let watchlist = builder.build().unwrap().0;
            let mut text = if header { "#fields\thost\turi\tid.orig_h\tid.orig_p\n".to_owned() } else { String::new() };
            text.push_str(&line.concat());
            let mut scanner = Scanner::new(&watchlist, Options { weak: true, count: false });
            let mut found = Vec::new();
            scanner.block(text.as_bytes(), &mut |line: &crate::LineHits<'_>| {
                found.extend(line.hits.iter().map(|hit| hit.indicator));
            });
            let keys = keys(&text);
            for id in found {
                let pattern = &patterns[id as usize];
                proptest::prop_assert!(covers(pattern.probe(), &keys), "{:?} in {}", pattern, text);
            }
        }
    }

    const PATTERNS: [&str; 20] = [
        "evil.example",
        "c2.evil.example",
        ".dyn.example",
        "bücher.example",
        "evil.1abc",
        "192.0.2.10",
        "192.0.2.0/24",
        "0.0.0.0/1",
        "198.51.100.7:8443",
        "2001:db8::7",
        "2001:db8::/33",
        "bad.example/a.php",
        "bad.example:8443/a.php",
        "http://bad.example/drop/",
        "http://bad.example/a/b/c/d/e/f/g",
        "http://bad.example/a//b",
        "http://192.0.2.10/x",
        "http://[2001:db8::7]/x/",
        "mule@mail.example",
        "9e107d9d372bb6826bd81d3542a419d6",
    ];

    const PIECES: [&str; 44] = [
        "evil.example",
        "c2.",
        "a.dyn.example",
        "bücher.example",
        "evil.1abc",
        "192.0.2.10",
        "10.",
        "::ffff:192.0.2.10",
        "198.51.100.7",
        ":8443",
        ":80",
        "2001:db8::7",
        "[2001:DB8:0::7]",
        "bad.example",
        "/a.php",
        "/drop/",
        "/a/b/c/d/e/f/g/h",
        "/a//b",
        "//",
        "/x",
        "/x/y",
        "?q=1",
        "#f",
        "http://",
        "hxxp[://]",
        "u:p@",
        "mule",
        "@",
        "[at]",
        "Mail.Example",
        "9E107D9D372BB6826BD81D3542A419D6",
        " ",
        "\t",
        "\"",
        r"\n",
        "%2F",
        r"\/",
        "[.]",
        "{\"host\":\"",
        "\",\"uri\":\"",
        "\",\"url\":\"",
        "{\"hostname\":\"",
        "\"}",
        "\n",
    ];
}
