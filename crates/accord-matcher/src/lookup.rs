//! Verdicts on single values, without the cost of building a reader for each.

use crate::format::Format;
use crate::line::LineReader;
use crate::pattern::{Pattern, fingerprint};
use crate::scanner::{Counts, Hit, Options};
use crate::watchlist::{IndicatorId, Watchlist};

/// Looks single values up, one after the other. Holds only room that is used again; one for each thread.
#[derive(Debug, Default)]
pub struct Lookup {
    reader: LineReader,
    format: Format,
}

impl Lookup {
    /// Replaces `hits` by what [`Watchlist::lookup`] gives. A value that misses costs no allocation.
    pub fn read(&mut self, watchlist: &Watchlist, value: &str, weak: bool, hits: &mut Vec<Hit>) {
        let options = Options { weak, count: false };
        self.reader.read(
            watchlist,
            value.as_bytes(),
            &self.format,
            options,
            hits,
            &mut Counts::default(),
        );
    }
}

impl Watchlist {
    /// The id of exactly this indicator, if it is there. Not a verdict: a parent or a network of it does not count.
    pub fn find(&self, pattern: &Pattern) -> Option<IndicatorId> {
        let (kind, text) = (pattern.kind(), pattern.canonical());
        self.rows(fingerprint(kind, text)?)
            .find(|&(_, kind_there, text_there)| kind_there == kind && text_there == text)
            .and_then(|(row, _, _)| self.row(row as usize))
            .map(|(id, _, _)| id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WatchlistBuilder;

    const ROWS: [&str; 9] = [
        "evil.example",
        ".dyn.example",
        "192.0.2.10",
        "192.0.2.0/24",
        "198.51.100.7:8443",
        "2001:db8::7",
        "bad.example/a.php",
        "mule@mail.example",
        "9e107d9d372bb6826bd81d3542a419d6",
    ];

    fn watchlist() -> Watchlist {
        let mut builder = WatchlistBuilder::new();
        for (id, row) in (10..).zip(ROWS) {
            builder.add(Pattern::parse(row).unwrap(), id);
        }
        builder.build().unwrap().0
    }

    #[test]
    fn an_indicator_is_found_by_itself_and_by_nothing_near_it() {
        let watchlist = watchlist();
        for (id, row) in (10..).zip(ROWS) {
            assert_eq!(watchlist.find(&Pattern::parse(row).unwrap()), Some(id), "{row}");
        }
        for other in [
            "www.evil.example",
            "dyn.example",
            ".evil.example",
            "192.0.2.11",
            "192.0.2.0/25",
            "198.51.100.7",
            "198.51.100.7:80",
            "bad.example/a.php/b",
            "bad.example",
        ] {
            assert_eq!(watchlist.find(&Pattern::parse(other).unwrap()), None, "{other}");
        }
    }

    #[test]
    fn one_reader_for_many_values_answers_as_a_fresh_one() {
        let watchlist = watchlist();
        let mut lookup = Lookup::default();
        let mut hits = Vec::new();
        let values = [
            "www.evil.example",
            "192.0.2.10",
            "hxxp://bad[.]example/a.php",
            "good.example",
            "",
        ];
        for value in values.iter().chain(values.iter().rev()) {
            lookup.read(&watchlist, value, false, &mut hits);
            assert_eq!(hits, watchlist.lookup(value, false), "{value}");
        }
    }
}
