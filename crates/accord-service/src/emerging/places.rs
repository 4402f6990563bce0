//! The operator's tables: where who saw something is, and in which network an address stands. Both are files in the node's
//! folder, read again when they change; without them nothing is known.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::time::SystemTime;

use crate::disruption::{NETWORKS_FILE, Networks};

/// `NAME,SECTOR,COUNTRY` a line: NAME is an audience, `AUDIENCE/EDGE`, or an organisation. Either of the others may be
/// empty.
pub const PLACES_FILE: &str = "places.csv";
/// Most lines of it.
pub const PLACES_MAX: usize = 10_000;
/// Longest sector or country, bytes.
const WORD_MAX: usize = 64;

/// The tables as last read.
#[derive(Debug, Default)]
pub(crate) struct Places {
    read_at: [Option<SystemTime>; 2],
    of: BTreeMap<String, (Option<String>, Option<String>)>,
    networks: Networks,
}

fn parse(text: &str) -> BTreeMap<String, (Option<String>, Option<String>)> {
    let mut of = BTreeMap::new();
    for line in text.lines().take(PLACES_MAX) {
        let mut cells = line.split(',').map(str::trim);
        let Some(name) = cells
            .next()
            .filter(|name| !name.is_empty() && !name.starts_with('#'))
        else {
            continue;
        };
        let mut word = || {
            let cell = cells.next().filter(|cell| (1..=WORD_MAX).contains(&cell.len()));
            cell.map(str::to_owned)
        };
        of.insert(name.to_owned(), (word(), word()));
    }
    of
}

impl Places {
    /// Reads what changed since the last time.
    pub fn read_again(&mut self, dir: &Path) {
        let files = [PLACES_FILE, NETWORKS_FILE].map(|name| dir.join(name));
        for (place, (path, read_at)) in files.iter().zip(&mut self.read_at).enumerate() {
            let changed = std::fs::metadata(path).and_then(|about| about.modified()).ok();
            if changed == *read_at {
                continue;
            }
            *read_at = changed;
            let text = std::fs::read_to_string(path).unwrap_or_default();
            match place {
                0 => self.of = parse(&text),
                _ => self.networks = Networks::read(&text),
            }
        }
    }

    /// Sector and country of a source: its own, else those of its audience.
    pub fn of(&self, source: &str) -> (Option<String>, Option<String>) {
        let audience = source.split_once('/').map_or(source, |(audience, _)| audience);
        let known = self.of.get(source).or_else(|| self.of.get(audience));
        known.cloned().unwrap_or_default()
    }

    /// The network of an address.
    pub fn network(&self, value: &str) -> Option<String> {
        let address: IpAddr = value.parse().ok()?;
        self.networks.name(address).map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_is_where_its_audience_is_unless_it_is_named() {
        let places = Places {
            of: parse(
                "# sectors\ncustomers,energy,CH\n customers/fra , energy, DE\nvendor.example,,FR\n,x,y\n",
            ),
            ..Places::default()
        };
        let of = |source| {
            let (sector, country) = places.of(source);
            (sector.unwrap_or_default(), country.unwrap_or_default())
        };
        assert_eq!(of("customers"), ("energy".to_owned(), "CH".to_owned()));
        assert_eq!(of("customers/zrh").1, "CH");
        assert_eq!(of("customers/fra").1, "DE");
        assert_eq!(of("vendor.example"), (String::new(), "FR".to_owned()));
        assert_eq!(of("elsewhere"), (String::new(), String::new()));
    }

    #[test]
    fn a_table_is_bounded_and_a_long_word_is_none() {
        let many: String = (0..=PLACES_MAX)
            .map(|number| format!("n{number},s,c\n"))
            .collect();
        assert_eq!(parse(&many).len(), PLACES_MAX);
        assert_eq!(parse(&format!("a,{},CH", "x".repeat(WORD_MAX + 1)))["a"].0, None);
    }

    #[test]
    fn files_are_read_when_they_change() {
        let dir = tempfile::tempdir().unwrap();
        let mut places = Places::default();
        places.read_again(dir.path());
        assert_eq!(places.of("customers"), (None, None));
        std::fs::write(dir.path().join(PLACES_FILE), "customers,energy,CH\n").unwrap();
        std::fs::write(dir.path().join(NETWORKS_FILE), "192.0.2.0/24,isp.example,CH\n").unwrap();
        places.read_again(dir.path());
        assert_eq!(places.of("customers").0.as_deref(), Some("energy"));
        assert_eq!(places.network("192.0.2.7").as_deref(), Some("isp.example, CH"));
        assert_eq!(places.network("evil.example"), None);
        std::fs::remove_file(dir.path().join(PLACES_FILE)).unwrap();
        places.read_again(dir.path());
        assert_eq!(places.of("customers"), (None, None));
    }
}
