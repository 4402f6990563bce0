//! The names and addresses that a segment holds, each with the last day on which it stands there: from these it is told
//! how many sources see a name.
//!
//! A name is kept as 64 bits of its SHA-256, and so is everything above it (`www.bank.example`: `bank.example`,
//! `example`), for whoever sees a name sees what it is under. Two names in four billion share their bits: what is told
//! is a count that asks for a second person, and no evidence. Of a URL and an e-mail address the host is the name.
//!
//! A line without a time stands on the day of the import; none stands after it, so that a clock that runs ahead keeps
//! nothing young for ever.

use std::collections::HashMap;
use std::ops::ControlFlow;

use accord_formats::logs::{Depth, LineReader, LineTime};
use accord_matcher::{Kind, KindSet, extract};

use crate::digest::sha256;
use crate::error::Result;
use crate::manifest::SegmentId;
use crate::store::LogStore;

const DAY_MS: i64 = 86_400_000;

/// The names of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SegmentNames {
    /// Fingerprint and last day since the Unix epoch, in the order of the fingerprints.
    pub names: Vec<(u64, u32)>,
    /// How many occurrences of further names were left out: the segment holds more than the limit.
    pub left_out: u64,
}

/// The 64 bits that stand for a canonical name or address.
#[must_use]
pub fn name_fingerprint(canonical: &str) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = sha256(canonical.as_bytes()).0;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// The host of a canonical URL, which has no scheme and no user part.
fn host(url: &str) -> &str {
    let authority = url.split('/').next().unwrap_or(url);
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    match authority.rsplit_once(':') {
        Some((host, _)) if !host.contains(':') => host,
        _ => authority,
    }
}

/// A name and everything above it.
fn and_above(name: &str) -> impl Iterator<Item = &str> {
    let is_address = name.parse::<std::net::IpAddr>().is_ok();
    let above = name
        .match_indices('.')
        .filter(move |_| !is_address)
        .filter_map(|(at, _)| name.get(at + 1..));
    std::iter::once(name).chain(above.filter(|above| !above.is_empty()))
}

impl LogStore {
    /// The names that a segment holds: every frame is read, and checked against its digest.
    ///
    /// # Errors
    /// [`crate::Error::NoSuchSegment`], [`crate::Error::Damaged`], those of the file system.
    pub fn names(&self, id: &SegmentId) -> Result<SegmentNames> {
        let segment = self.segment(id)?;
        let imported = segment.manifest.imported_at_ms.div_euclid(DAY_MS);
        let mut lines = LineReader::new(segment.manifest.log_format);
        let mut days: HashMap<u64, u32> = HashMap::new();
        let (mut found, mut left_out) = (Vec::new(), 0_u64);
        let most = self.limits.names;
        self.each_raw(id, &mut |line| {
            let told = match lines.line(line, Depth::Time).time {
                LineTime::At(ms) => ms.div_euclid(DAY_MS),
                LineTime::Within(span) => span.last_ms.div_euclid(DAY_MS),
                LineTime::Unknown => imported,
            };
            let day = u32::try_from(told.min(imported)).unwrap_or(0);
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            extract(text, KindSet::ALL, &mut found);
            for one in found.drain(..) {
                let name = match one.kind {
                    Kind::Domain | Kind::Ipv4 | Kind::Ipv6 => one.value.as_str(),
                    Kind::Url => host(&one.value),
                    Kind::Email => one.value.rsplit_once('@').map_or("", |(_, domain)| domain),
                    Kind::Md5 | Kind::Sha1 | Kind::Sha256 | Kind::Sha512 => continue,
                };
                for name in and_above(name) {
                    let print = name_fingerprint(name);
                    let room = days.len() < most;
                    match days.get_mut(&print) {
                        Some(last) => *last = (*last).max(day),
                        None if room => drop(days.insert(print, day)),
                        None => left_out += 1,
                    }
                }
            }
            ControlFlow::Continue(())
        })?;
        let mut names: Vec<(u64, u32)> = days.into_iter().collect();
        names.sort_unstable();
        Ok(SegmentNames { names, left_out })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_what_is_above() {
        for (url, expected) in [
            ("bad.example/a", "bad.example"),
            ("bad.example:8080/a", "bad.example"),
            ("[2001:db8::7]:443/x", "2001:db8::7"),
            ("192.0.2.1/x", "192.0.2.1"),
        ] {
            assert_eq!(host(url), expected);
        }
        let above = |name: &'static str| and_above(name).collect::<Vec<_>>();
        assert_eq!(above("a.b.example"), ["a.b.example", "b.example", "example"]);
        assert_eq!(above("192.0.2.1"), ["192.0.2.1"]);
        assert_eq!(above("2001:db8::7"), ["2001:db8::7"]);
    }
}
