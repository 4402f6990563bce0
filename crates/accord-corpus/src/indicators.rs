//! Indicators that nothing in ordinary generated traffic hits.

use accord_matcher::{Kind, MatchKind};

use crate::random::Choices;

const STREAM: u64 = 1;

/// What an indicator looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `c2.example`
    Domain,
    /// One IPv4 address of 198.51.100.0/24.
    Ipv4,
    /// One IPv6 address of 2001:db8:bad::/48.
    Ipv6,
    /// A network of 203.0.113.0/24.
    Network,
    /// An IPv4 address of 198.51.100.0/24 and a port.
    AddressPort,
    /// A host and a path.
    Url,
    /// A mailbox.
    Email,
    /// A digest of 32, 40, 64 or 128 digits.
    Hash,
}

/// An indicator, in canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indicator {
    /// Its canonical text, as in a record's `indicator`.
    pub text: String,
    /// What it looks like.
    pub shape: Shape,
    /// What it is called.
    pub family: &'static str,
}

/// A value to plant, and the record that it must give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bait {
    /// What is written into the log: the canonical value in another dress.
    pub written: String,
    pub kind: Kind,
    pub value: String,
    pub how: MatchKind,
}

/// Indicators and the source files that hold them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndicatorList {
    /// The indicators, no two equal or covering one another.
    pub indicators: Vec<Indicator>,
}

const FAMILIES: [&str; 6] = ["simda", "reveton", "beebone", "cryptolocker", "emotet", "zeus"];
const WORDS: [&str; 8] = [
    "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron",
];

/// A list of `count` indicators of all shapes; at most a few hundred addresses exist, further ones become domains.
#[must_use]
pub fn indicators(seed: u64, count: usize) -> IndicatorList {
    let mut choices = Choices::new(seed, STREAM);
    let mut indicators = Vec::with_capacity(count);
    let (mut addresses, mut networks) = (0, 0);
    for number in 0..count {
        let family = choices.word(&FAMILIES);
        let name = format!("{}{}-{number}", choices.word(&WORDS), choices.letters(4));
        let (shape, text) = match number % 8 {
            1 if addresses < 250 => {
                addresses += 1;
                (Shape::Ipv4, format!("198.51.100.{addresses}"))
            }
            2 => (Shape::Ipv6, ipv6(number + 1)),
            3 if networks < 16 => {
                networks += 1;
                (Shape::Network, format!("203.0.113.{}/28", (networks - 1) * 16))
            }
            4 if addresses < 250 => {
                addresses += 1;
                (
                    Shape::AddressPort,
                    format!("198.51.100.{addresses}:{}", 1024 + choices.below(60_000)),
                )
            }
            5 => (
                Shape::Url,
                format!("drop-{name}.example/{}/gate.php", choices.letters(5)),
            ),
            6 => (Shape::Email, format!("mule{number}@mail-{name}.example")),
            7 => {
                let digits = choices.one(&[32, 40, 64, 128]).copied().unwrap_or(32);
                (Shape::Hash, choices.hex(digits))
            }
            _ => (Shape::Domain, format!("c2-{name}.example")),
        };
        indicators.push(Indicator { text, shape, family });
    }
    IndicatorList { indicators }
}

/// An address of the documentation's network (RFC 3849) in canonical form (RFC 5952), another one for each number.
fn ipv6(number: usize) -> String {
    let (high, low) = (number >> 16, number & 0xFFFF);
    let network = 0x2001_0db8_0bad_u128 << 80;
    let host = (high as u128) << 16 | low as u128;
    std::net::Ipv6Addr::from(network | host).to_string()
}

impl IndicatorList {
    /// As CSV in the shape of maltrail's: `indicator,family,class`.
    #[must_use]
    pub fn to_csv(&self) -> Vec<u8> {
        let mut out = String::from("indicator,family,class\n");
        for indicator in &self.indicators {
            out.push_str(&format!("{},{},malware\n", indicator.text, indicator.family));
        }
        out.into_bytes()
    }

    /// As a plain list, every second value defanged.
    #[must_use]
    pub fn to_text(&self) -> Vec<u8> {
        let mut out = String::from("# generated\n");
        for (number, indicator) in self.indicators.iter().enumerate() {
            let defang = number % 2 == 1 && indicator.shape != Shape::Hash && indicator.shape != Shape::Ipv6;
            out.push_str(&if defang {
                indicator.text.replacen('.', "[.]", 1)
            } else {
                indicator.text.clone()
            });
            out.push('\n');
        }
        out.into_bytes()
    }
}

impl Indicator {
    /// The value in the form in which it stands in a field of its own.
    pub(crate) fn bait(&self, choices: &mut Choices) -> Bait {
        let text = self.text.clone();
        let exact = |kind| Bait {
            written: text.clone(),
            kind,
            value: text.clone(),
            how: MatchKind::Exact,
        };
        match self.shape {
            Shape::Domain if choices.once_in(2) => {
                let value = format!("{}.{text}", choices.letters(6));
                Bait {
                    written: value.clone(),
                    kind: Kind::Domain,
                    value,
                    how: MatchKind::Parent,
                }
            }
            Shape::Domain => exact(Kind::Domain),
            Shape::Ipv4 => exact(Kind::Ipv4),
            Shape::Ipv6 => exact(Kind::Ipv6),
            Shape::Network => {
                let base: usize = text
                    .rsplit('.')
                    .next()
                    .and_then(|end| end.split('/').next())
                    .and_then(|end| end.parse().ok())
                    .unwrap_or_default();
                let value = format!("203.0.113.{}", base + choices.below(16));
                Bait {
                    written: value.clone(),
                    kind: Kind::Ipv4,
                    value,
                    how: MatchKind::Cidr,
                }
            }
            Shape::AddressPort => {
                let value = text.split(':').next().unwrap_or_default().to_owned();
                Bait {
                    written: text.clone(),
                    kind: Kind::Ipv4,
                    value,
                    how: MatchKind::Port,
                }
            }
            Shape::Url if choices.once_in(2) => {
                let value = format!("{text}?id={}", choices.below(1000));
                Bait {
                    written: format!("http://{value}"),
                    kind: Kind::Url,
                    value,
                    how: MatchKind::Prefix,
                }
            }
            Shape::Url => Bait {
                written: format!("http://{text}"),
                kind: Kind::Url,
                value: text,
                how: MatchKind::Exact,
            },
            Shape::Email => exact(Kind::Email),
            Shape::Hash => exact(Kind::of_hash(text.len()).unwrap_or(Kind::Md5)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_canonical_on_both_sides_of_a_group() {
        let known = [1, 0xFFFF, 0x1_0000, 0x1_0001, 0xFFFF_FFFF, 0x1_0000_0000];
        let texts = known.map(ipv6);
        assert_eq!(
            texts,
            [
                "2001:db8:bad::1",
                "2001:db8:bad::ffff",
                "2001:db8:bad::1:0",
                "2001:db8:bad::1:1",
                "2001:db8:bad::ffff:ffff",
                "2001:db8:bad::1:0:0",
            ]
        );
        for text in texts {
            assert!(text.parse::<std::net::Ipv6Addr>().is_ok(), "{text}");
        }
    }
}
