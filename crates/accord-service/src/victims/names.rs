//! Finds the names, domains and addresses of victims in a text, however they are written.
//!
//! Two ways over the same text. The matcher of the hunts reads observables in all their forms: domains with what stands
//! under them, addresses in networks, mail addresses, defanged and international forms. Beside it one automaton looks
//! for names in the text squeezed to its letters and digits: case, accents, look-alike letters of other scripts,
//! spaces, hyphens, dots, quotation marks and invisible characters between them do not count. What is written as
//! `%41`, `=41`, `&#65;` or `\u0041` is read first, and `xn--` labels are read as the letters they stand for.
//!
//! A short name (under eight letters or digits) counts only as words of its own: `Acme` is found in `acme-files`, not
//! in `pacmen`. What this cannot find: a picture, a compressed or encrypted file, a description (`the only bakery in
//! the harbour`), another language's name for it.

use std::collections::BTreeSet;
use std::net::IpAddr;

use accord_formats::letters::{hides, latin_look_alike};
use accord_matcher::{Hit, IndicatorId, Options, Pattern, Scanner, Watchlist, WatchlistBuilder};
use aho_corasick::{AhoCorasick, MatchKind};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::Identity;

/// From so many letters or digits on a name counts wherever it stands.
const LOOSE_MIN_BYTES: usize = 8;
/// Fewest digits of a telephone number.
const TELEPHONE_MIN_DIGITS: usize = 7;
/// Longest `xn--` label that is read, bytes.
const LABEL_MAX_BYTES: usize = 64;

/// What a legal form adds to a name; people leave it out.
const FORMS: &[&str] = &[
    "ltd",
    "limited",
    "plc",
    "llc",
    "llp",
    "inc",
    "incorporated",
    "corp",
    "corporation",
    "co",
    "company",
    "gmbh",
    "ag",
    "kg",
    "ohg",
    "ug",
    "sa",
    "sas",
    "sarl",
    "srl",
    "spa",
    "bv",
    "nv",
    "ab",
    "as",
    "oy",
    "aps",
    "sl",
    "pty",
    "kk",
    "mbh",
    "ev",
    "cic",
];

/// Whether a text is a domain.
pub(super) fn is_domain(text: &str) -> bool {
    text.contains('.')
        && idna::domain_to_ascii_strict(text.trim().trim_end_matches('.')).is_ok_and(|ascii| {
            ascii.len() <= 253 && ascii.parse::<IpAddr>().is_err() && Pattern::parse(&ascii).is_ok()
        })
}

/// Whether a text is an address or a network.
pub(super) fn is_address(text: &str) -> bool {
    let address = text.split_once('/').map_or(text, |(address, _)| address);
    address.trim().parse::<IpAddr>().is_ok() && Pattern::parse(text.trim()).is_ok()
}

/// Where a squeezed pattern must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// Anywhere.
    Anywhere,
    /// Its two ends are ends of words.
    Ends,
    /// Its ends, and what separates its parts, are separated in the text too.
    Parts,
}

#[derive(Debug, Clone)]
struct Squeezed {
    text: String,
    /// Where a word begins or ends, by byte; one more than bytes.
    edges: Vec<bool>,
}

/// One letter of another script for the Latin one it looks like; and Latin letters and digits that are read as others.
fn look_alike(c: char) -> char {
    match c {
        'ı' => 'i',
        '1' => 'l',
        '0' | 'ø' => 'o',
        'ł' => 'l',
        'đ' | 'ð' => 'd',
        c if c.is_ascii() => c,
        other => latin_look_alike(other).unwrap_or(other),
    }
}

/// Takes the letters and digits of a text one by one.
struct Squeezer {
    out: Squeezed,
    edge: bool,
    last: Option<char>,
}

impl Squeezer {
    fn new(capacity: usize) -> Self {
        Self {
            out: Squeezed {
                text: String::with_capacity(capacity),
                edges: Vec::with_capacity(capacity + 1),
            },
            edge: true,
            last: None,
        }
    }

    fn put(&mut self, c: char) {
        let turns = self.last.is_some_and(|last| {
            (last.is_lowercase() && c.is_uppercase()) || last.is_numeric() != c.is_numeric()
        });
        self.last = Some(c);
        let mut first = self.edge || turns;
        self.edge = false;
        let mut push = |c: char| {
            let c = look_alike(c);
            self.out.text.push(c);
            for number in 0..c.len_utf8() {
                self.out.edges.push(first && number == 0);
            }
            first = false;
        };
        match c {
            'ß' | 'ẞ' => "ss".chars().for_each(&mut push),
            'æ' | 'Æ' => "ae".chars().for_each(&mut push),
            'œ' | 'Œ' => "oe".chars().for_each(&mut push),
            c if c.is_ascii() => push(c.to_ascii_lowercase()),
            c => c.to_lowercase().for_each(&mut push),
        }
    }

    fn gap(&mut self) {
        self.edge = true;
        self.last = None;
    }

    fn done(mut self) -> Squeezed {
        self.out.edges.push(true);
        self.out
    }
}

fn squeeze(text: &str) -> Squeezed {
    let mut squeezer = Squeezer::new(text.len());
    if text.is_ascii() {
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() {
                squeezer.put(char::from(byte));
            } else {
                squeezer.gap();
            }
        }
    } else {
        for c in text.nfkd() {
            if is_combining_mark(c) || hides(c) {
                continue;
            }
            if c.is_alphanumeric() {
                squeezer.put(c);
            } else {
                squeezer.gap();
            }
        }
    }
    squeezer.done()
}

/// What is written in some escape, read; `None` where there is none.
fn unescaped(text: &str) -> Option<String> {
    if !text.contains(['%', '=', '&', '\\']) {
        return None;
    }
    let bytes = text.as_bytes();
    let hex = |from: usize, digits: usize| {
        let part = bytes.get(from..from.checked_add(digits)?)?;
        u32::from_str_radix(std::str::from_utf8(part).ok()?, 16).ok()
    };
    let (mut out, mut at, mut found) = (Vec::with_capacity(bytes.len()), 0, false);
    let push = |out: &mut Vec<u8>, code: u32| {
        let c = char::from_u32(code).unwrap_or('\u{fffd}');
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    };
    while let Some(byte) = bytes.get(at) {
        let next = bytes.get(at + 1);
        let taken = match (byte, next) {
            (b'%' | b'=', _) => hex(at + 1, 2)
                .and_then(|code| u8::try_from(code).ok())
                .map(|code| {
                    out.push(code);
                    3
                }),
            (b'\\', Some(b'u')) => hex(at + 2, 4).map(|code| {
                push(&mut out, code);
                6
            }),
            (b'\\', Some(b'x')) => hex(at + 2, 2)
                .and_then(|code| u8::try_from(code).ok())
                .map(|code| {
                    out.push(code);
                    4
                }),
            (b'&', Some(b'#')) => entity(bytes.get(at + 2..).unwrap_or_default()).map(|(code, length)| {
                push(&mut out, code);
                length + 2
            }),
            (b'&', _) if bytes.get(at..at + 5) == Some(b"&amp;") => {
                out.push(b'&');
                Some(5)
            }
            _ => None,
        };
        if let Some(taken) = taken {
            found = true;
            at += taken;
        } else {
            out.push(*byte);
            at += 1;
        }
    }
    found.then(|| String::from_utf8_lossy(&out).into_owned())
}

/// `65;` or `x41;`: the code and how long it was.
fn entity(bytes: &[u8]) -> Option<(u32, usize)> {
    let end = bytes.iter().take(9).position(|byte| *byte == b';')?;
    let text = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let code = match text.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => text.parse().ok()?,
    };
    Some((code, end + 1))
}

/// The `xn--` labels of a text as the letters they stand for, with what stands around them.
fn international(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    if !lower.contains("xn--") {
        return None;
    }
    let is_of = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut out = String::with_capacity(text.len());
    let mut rest = lower.as_str();
    while let Some(at) = rest.find("xn--") {
        let (before, from) = rest.split_at(at);
        let end = from.find(|c| !is_of(c)).unwrap_or(from.len());
        let (label, after) = from.split_at(end);
        out.push_str(before);
        let read = if label.len() <= LABEL_MAX_BYTES {
            idna::domain_to_unicode(label).0
        } else {
            label.to_owned()
        };
        out.push_str(&read);
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

/// One pattern of the automaton.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    text: String,
    /// Where its parts are joined, by byte.
    joints: Vec<usize>,
    stands: Stands,
    /// Whose it is.
    of: usize,
}

/// The names of many victims, compiled. They are counted as they were given.
#[derive(Debug, Default)]
pub(super) struct Names {
    automaton: Option<AhoCorasick>,
    names: Vec<Name>,
    observables: Option<(Watchlist, Vec<usize>)>,
}

impl Names {
    /// Compiles the names of victims.
    pub fn new(identities: &[Identity]) -> Self {
        let (mut names, mut patterns) = (Vec::new(), Vec::new());
        for (of, identity) in identities.iter().enumerate() {
            collect(identity, of, &mut names, &mut patterns);
        }
        names.sort_by(|a: &Name, b: &Name| (a.of, &a.text).cmp(&(b.of, &b.text)));
        names.dedup();
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(names.iter().map(|name| name.text.as_str()))
            .ok()
            .filter(|_| !names.is_empty());
        let mut builder = WatchlistBuilder::new();
        let mut owners = Vec::new();
        for (pattern, of) in patterns {
            if let Ok(id) = IndicatorId::try_from(owners.len()) {
                builder.add(pattern, id);
                owners.push(of);
            }
        }
        let observables = (!builder.is_empty())
            .then(|| builder.build().ok())
            .flatten()
            .map(|(watchlist, _)| (watchlist, owners));
        Self {
            automaton,
            names,
            observables,
        }
    }

    /// Whose names, domains or addresses stand in a text, by their places in what was given.
    pub fn find(&self, text: &str) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        if self.automaton.is_none() && self.observables.is_none() {
            return found;
        }
        let mut look = |text: &str| {
            self.find_squeezed(text, &mut found);
            self.find_observables(text, &mut found);
        };
        look(text);
        if let Some(read) = unescaped(text) {
            look(&read);
            international(&read).iter().for_each(|read| look(read));
        }
        international(text).iter().for_each(|read| look(read));
        found
    }

    fn find_squeezed(&self, text: &str, found: &mut BTreeSet<usize>) {
        let Some(automaton) = &self.automaton else { return };
        let squeezed = squeeze(text);
        let edge = |at: usize| squeezed.edges.get(at).copied().unwrap_or(false);
        for hit in automaton.find_overlapping_iter(&squeezed.text) {
            let Some(name) = self.names.get(hit.pattern().as_usize()) else {
                continue;
            };
            let ends = || edge(hit.start()) && edge(hit.end());
            let stands = match name.stands {
                Stands::Anywhere => true,
                Stands::Ends => ends(),
                Stands::Parts => ends() && name.joints.iter().all(|joint| edge(hit.start() + joint)),
            };
            if stands {
                found.insert(name.of);
            }
        }
    }

    fn find_observables(&self, text: &str, found: &mut BTreeSet<usize>) {
        let Some((watchlist, owners)) = &self.observables else {
            return;
        };
        let mut scanner = Scanner::new(watchlist, Options::default());
        let mut hits: Vec<Hit> = Vec::new();
        for line in text.lines() {
            hits.clear();
            scanner.line(line.as_bytes(), &mut hits);
            let of = |hit: &Hit| owners.get(usize::try_from(hit.indicator).ok()?).copied();
            found.extend(hits.iter().filter_map(of));
        }
    }
}

/// The patterns of one identity.
fn collect(identity: &Identity, of: usize, names: &mut Vec<Name>, patterns: &mut Vec<(Pattern, usize)>) {
    let mut add = |text: &str, stands: Stands| {
        for variant in spellings(text) {
            let squeezed = squeeze(&variant);
            let length = squeezed.text.chars().count();
            if length < super::identity::NAME_MIN_CHARS {
                continue;
            }
            let stands = match stands {
                Stands::Ends if squeezed.text.len() >= LOOSE_MIN_BYTES => Stands::Anywhere,
                other => other,
            };
            let joints = (1..squeezed.text.len())
                .filter(|at| squeezed.edges.get(*at) == Some(&true))
                .collect();
            names.push(Name {
                text: squeezed.text,
                joints,
                stands,
                of,
            });
        }
    };
    for name in std::iter::once(&identity.name).chain(&identity.other_names) {
        add(name, Stands::Ends);
        if let Some(core) = without_form(name) {
            add(&core, Stands::Ends);
        }
    }
    let mut domains: Vec<String> = identity
        .domains
        .iter()
        .chain(&identity.mail_domains)
        .cloned()
        .collect();
    for part in identity
        .contacts
        .iter()
        .flat_map(|contact| contact.split([',', ';', '<', '>', '\n']))
    {
        let part = part.trim();
        let number: String = part.chars().filter(char::is_ascii_digit).collect();
        if part.contains('@') {
            // The whole mail address; the domain of a free mail provider names nobody.
            let part = part.to_lowercase();
            add(&part, Stands::Parts);
            patterns.extend(Pattern::parse(&part).ok().map(|pattern| (pattern, of)));
        } else if number.len() >= TELEPHONE_MIN_DIGITS {
            add(&number, Stands::Ends);
            // However the international prefix is written: the last nine digits.
            if let Some(tail) = number.len().checked_sub(9).and_then(|from| number.get(from..)) {
                add(tail, Stands::Ends);
            }
        } else {
            add(part, Stands::Ends);
        }
    }
    domains.sort();
    domains.dedup();
    for domain in &domains {
        let domain = domain.trim().trim_end_matches('.').trim_start_matches("*.");
        let ascii = idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_owned());
        patterns.extend(Pattern::parse(&ascii).ok().map(|pattern| (pattern, of)));
        let written = idna::domain_to_unicode(&ascii).0;
        for text in [ascii.as_str(), written.as_str()] {
            add(text, Stands::Parts);
            add(&text.replace('.', " dot "), Stands::Parts);
            add(&text.replace('.', " punkt "), Stands::Parts);
        }
    }
    for address in &identity.addresses {
        let address = address.trim();
        patterns.extend(Pattern::parse(address).ok().map(|pattern| (pattern, of)));
        if let Ok(IpAddr::V4(v4)) = address.parse::<IpAddr>() {
            let [a, b, c, d] = v4.octets();
            add(address, Stands::Parts);
            add(&format!("{d}.{c}.{b}.{a}"), Stands::Parts);
            add(&format!("{a:03}.{b:03}.{c:03}.{d:03}"), Stands::Parts);
            add(&address.replace('.', " dot "), Stands::Parts);
            add(&u32::from(v4).to_string(), Stands::Parts);
            add(&format!("{:08x}", u32::from(v4)), Stands::Parts);
        }
    }
}

/// A name without its legal form: `Harbour Bakery` of `Harbour Bakery Ltd.`
fn without_form(name: &str) -> Option<String> {
    let words: Vec<&str> = name.split_whitespace().collect();
    let is_form = |word: &&str| {
        let bare: String = word.chars().filter(|c| c.is_alphanumeric()).collect();
        bare.is_empty() || FORMS.contains(&bare.to_lowercase().as_str())
    };
    let kept = words.len() - words.iter().rev().take_while(|word| is_form(word)).count();
    (kept > 0 && kept < words.len()).then(|| words.get(..kept).unwrap_or_default().join(" "))
}

/// The ways in which one name is written: `&` or `and`, umlauts with their dots, with an e, or plain.
fn spellings(text: &str) -> Vec<String> {
    let mut all = vec![text.to_owned()];
    let joined = [" & ", " + ", " and ", " und ", " et "];
    for one in joined {
        if text.contains(one) {
            for other in [" and ", " & ", " und "] {
                all.push(text.replace(one, other));
            }
        }
    }
    let with_e = |text: &str| {
        let mut out = String::new();
        for c in text.nfc() {
            match c {
                'ä' | 'Ä' | 'æ' | 'Æ' => out.push_str("ae"),
                'ö' | 'Ö' | 'ø' | 'Ø' | 'œ' => out.push_str("oe"),
                'ü' | 'Ü' => out.push_str("ue"),
                'å' | 'Å' => out.push_str("aa"),
                other => out.push(other),
            }
        }
        out
    };
    let plain = |text: &str| {
        let lower = text.to_lowercase();
        lower.replace("ae", "a").replace("oe", "o").replace("ue", "u")
    };
    let more: Vec<String> = all.iter().flat_map(|text| [with_e(text), plain(text)]).collect();
    all.extend(more);
    all.sort();
    all.dedup();
    all
}

#[cfg(test)]
mod tests;
