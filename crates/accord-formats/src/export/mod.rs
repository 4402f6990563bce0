//! Writers of intelligence: values in, bytes out.
//!
//! - `material`: what is written, in the words of no format. `names`: identifiers that stay the same, and times.
//! - one file per format: `stix`, `misp`, `table` (CSV), `rpz`, `hosts`, `suricata`, `zeek`, `list`.
//!
//! Invariants: the same material gives the same bytes, whoever writes it and when; every value is written so that it
//! stays a value (quoted, escaped, or left out); what a format cannot carry is told, with how often and why, and never
//! silently dropped; every file says the strictest marking of what is in it.
//!
//! Deliberately absent: deciding what may be written (`accord-service`).

mod hosts;
mod list;
mod material;
mod misp;
mod names;
mod rpz;
mod stix;
mod suricata;
mod table;
mod zeek;

pub use material::{Indicator, Marking, Material, Report, Sighting, ValueKind};
pub use names::{rfc3339, uuid5};
pub use stix::{TLP_EXTENSION, objects as stix_objects, stix_marking};

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// A format that intelligence is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// A STIX 2.1 bundle.
    Stix,
    /// A MISP event.
    Misp,
    /// A table.
    Csv,
    /// A DNS response policy zone.
    Rpz,
    /// A hosts file.
    Hosts,
    /// Suricata rules.
    Suricata,
    /// A Zeek intelligence file.
    Zeek,
    /// One value a line.
    List,
}

impl Format {
    /// Every format, in the order in which they are offered.
    pub const ALL: [Self; 8] = [
        Self::Stix,
        Self::Misp,
        Self::Csv,
        Self::Rpz,
        Self::Hosts,
        Self::Suricata,
        Self::Zeek,
        Self::List,
    ];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stix => "stix",
            Self::Misp => "misp",
            Self::Csv => "csv",
            Self::Rpz => "rpz",
            Self::Hosts => "hosts",
            Self::Suricata => "suricata",
            Self::Zeek => "zeek",
            Self::List => "list",
        }
    }

    /// What it is, for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Stix => "STIX 2.1 bundle, for threat-intelligence platforms",
            Self::Misp => "MISP event",
            Self::Csv => "table (CSV), for spreadsheets",
            Self::Rpz => "response policy zone, for resolvers",
            Self::Hosts => "hosts file",
            Self::Suricata => "Suricata rules",
            Self::Zeek => "Zeek intelligence file",
            Self::List => "list, one value a line",
        }
    }

    /// How a file of it ends.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Stix => "stix.json",
            Self::Misp => "misp.json",
            Self::Csv => "csv",
            Self::Rpz => "zone",
            Self::Hosts => "hosts",
            Self::Suricata => "rules",
            Self::Zeek => "intel",
            Self::List => "txt",
        }
    }

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Stix => "application/stix+json;version=2.1",
            Self::Misp => "application/json",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Rpz | Self::Hosts | Self::Suricata | Self::Zeek | Self::List => "text/plain; charset=utf-8",
        }
    }

    /// Whether what was withdrawn is carried, as withdrawn.
    pub const fn carries_withdrawn(self) -> bool {
        matches!(self, Self::Stix | Self::Misp | Self::Csv)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No such format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no format: stix, misp, csv, rpz, hosts, suricata, zeek, list")]
pub struct UnknownFormat(pub String);

impl FromStr for Format {
    type Err = UnknownFormat;
    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let known = Self::ALL.into_iter().find(|format| format.as_str() == text);
        known.ok_or_else(|| UnknownFormat(text.chars().take(40).collect()))
    }
}

/// What a format could not carry, or carries otherwise than it was said.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Told(BTreeMap<&'static str, usize>);

impl Told {
    /// One more of these.
    pub fn tell(&mut self, words: &'static str) {
        *self.0.entry(words).or_default() += 1;
    }
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// How many indicators it carries.
    pub indicators: usize,
    /// What it does not carry, or carries otherwise, in words with how often; in the order of the words.
    pub told: Vec<(&'static str, usize)>,
    /// The strictest marking of what is in it; none where nothing is.
    pub marking: Option<Marking>,
}

/// Writes material in a format.
pub fn write(format: Format, material: &Material) -> Written {
    let mut told = Told::default();
    let usable = |indicator: &&Indicator| {
        let stands = indicator.withdrawn_ms.is_none() && !indicator.is_over(material.made_ms);
        stands || format.carries_withdrawn()
    };
    let carried: Vec<&Indicator> = material.indicators.iter().filter(usable).collect();
    for indicator in &material.indicators {
        if !usable(&indicator) {
            told.tell(if indicator.withdrawn_ms.is_some() {
                "withdrawn by who published it: left out"
            } else {
                "past the end of its validity: left out"
            });
        }
    }
    if !matches!(format, Format::Stix) {
        for _ in &material.sightings {
            told.tell("a count of sightings, which this format has no place for: left out");
        }
        for _ in &material.reports {
            told.tell("a report, which this format has no place for: left out");
        }
    }
    let marking = material.marking(&carried, format == Format::Stix);
    let (bytes, indicators) = match format {
        Format::Stix => stix::write(material, &carried, &mut told),
        Format::Misp => misp::write(material, &carried, &mut told),
        Format::Csv => table::write(&carried, &mut told),
        Format::Rpz => rpz::write(material, &carried, marking, &mut told),
        Format::Hosts => hosts::write(material, &carried, marking, &mut told),
        Format::Suricata => suricata::write(material, &carried, marking, &mut told),
        Format::Zeek => zeek::write(material, &carried, marking, &mut told),
        Format::List => list::write(material, &carried, marking, &mut told),
    };
    Written {
        bytes,
        indicators,
        told: told.0.into_iter().collect(),
        marking,
    }
}

/// The lines of a comment at the head of a text file.
fn head(start: &str, material: &Material, marking: Option<Marking>) -> String {
    let mut out = String::new();
    let mut line = |words: &str| {
        out.push_str(start);
        out.push(' ');
        out.push_str(&one_line(words));
        out.push('\n');
    };
    line(&format!("{}: {}", material.publisher, material.title));
    line(marking.map_or("no marking: nothing is in it", Marking::as_str));
    line(&format!("made {}", names::rfc3339(material.made_ms)));
    out
}

/// A text on one line: no line ends, no other control characters.
pub(crate) fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests;
