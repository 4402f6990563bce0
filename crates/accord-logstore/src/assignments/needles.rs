//! Which bytes of a log can matter: a quick look before any line is parsed.
//!
//! Exact in one direction: a line that the reader would make an event of, about something that is asked, holds one of
//! the needles. What else holds one is parsed and found to be about something else.

use std::collections::BTreeSet;
use std::net::IpAddr;

use aho_corasick::{AhoCorasick, Input};
use ipnet::IpNet;

use crate::error::{Error, Result};

/// The restarts of access servers name no address.
const RESTARTS: &str = "Accounting-O";

/// What is looked for.
pub(super) struct Needles {
    found: AhoCorasick,
}

impl Needles {
    /// For these addresses and prefixes, and these words (sessions).
    pub(super) fn of<'a>(
        nets: impl Iterator<Item = IpNet>,
        words: impl Iterator<Item = &'a str>,
    ) -> Result<Self> {
        let mut needles: BTreeSet<String> =
            words.filter(|word| !word.is_empty()).map(str::to_owned).collect();
        needles.insert(RESTARTS.to_owned());
        for net in nets {
            match net.addr() {
                IpAddr::V4(address) => {
                    needles.insert(address.to_string());
                    // The same address mapped into IPv6 and written without dots.
                    let [a, b, c, d] = address.octets();
                    let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
                    needles.insert(format!("ffff:{high:x}:{low:x}"));
                    needles.insert(format!("ffff:{high:04x}:{low:04x}"));
                }
                // A prefix that holds the address may be written in many forms. All of them begin with the first
                // group; where that is short it may have zeros before it.
                IpAddr::V6(address) => {
                    let first = address.segments().first().copied().unwrap_or(0);
                    needles.insert(if first == 0 {
                        ":".to_owned()
                    } else {
                        format!("{first:x}:")
                    });
                }
            }
        }
        let found = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(needles)
            .map_err(|error| Error::TooLarge {
                what: format!("what is looked for ({error})"),
                limit: u64::from(u32::MAX),
                advice: "ask for fewer at once",
            })?;
        Ok(Self { found })
    }

    /// Where the next needle lies, from a place on.
    pub(super) fn next(&self, bytes: &[u8], from: usize) -> Option<usize> {
        if from > bytes.len() {
            return None;
        }
        self.found
            .find(Input::new(bytes).range(from..))
            .map(|found| found.start())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_found() {
        for (net, line, expected) in [
            ("192.0.2.7/32", "on 192.0.2.7 to", true),
            ("192.0.2.7/32", "on ::ffff:c000:207 to", true),
            ("192.0.2.7/32", "on 0:0:0:0:0:FFFF:C000:0207 to", true),
            ("192.0.2.7/32", "on 192.0.2.8 to", false),
            ("2001:db8:1:2::5/128", "Prefix:2001:DB8::/32", true),
            ("2001:db8:1:2::5/128", "2001:0db8:0001:0002:0:0:0:5", true),
            ("2a02:db8::/56", "2A02:db8::/56", true),
            ("64:ff9b::1/128", "0064:ff9b::1", true),
            ("::5/128", "0:0::5", true),
            ("2a02:db8::/56", "2001:db8::/56", false),
            ("2a02:db8::/56", "Acct-Status-Type = Accounting-On", true),
        ] {
            let needles = Needles::of([net.parse().unwrap()].into_iter(), std::iter::empty()).unwrap();
            assert_eq!(
                needles.next(line.as_bytes(), 0).is_some(),
                expected,
                "{net} {line}"
            );
        }
        let needles = Needles::of(std::iter::empty(), ["S-17"].into_iter()).unwrap();
        assert_eq!(needles.next(b"id S-17.", 0), Some(3));
        assert_eq!(needles.next(b"id S-17.", 4), None);
        assert_eq!(needles.next(b"", 1), None);
    }
}
