//! A look-up: what of a snapshot hits a value.
//!
//! A plain value is asked of the index of both layers (`group`), key by key in the order of `docs/spec/matching.md`, so
//! that nothing needs sorting. Everything else is read as a line by the matcher, layer by layer.

use std::cmp::Reverse;

use accord_matcher::MatchKind;

use crate::reader::{Found, Reader, Value};
use crate::snapshot::Snapshot;

impl Snapshot {
    /// Replaces what the reader found last by what hits this value.
    pub(crate) fn find(&self, reader: &mut Reader, value: &str) {
        self.find_all(reader, std::iter::once(value));
    }

    /// Replaces what the reader found last by what hits these values; it speaks of the first.
    pub(crate) fn find_all<'v>(&self, reader: &mut Reader, values: impl Iterator<Item = &'v str> + Clone) {
        reader.group.read(self, values.clone());
        if !reader.group.has_written() {
            return;
        }
        for (place, value) in values.enumerate() {
            if reader.group.is_written(place) {
                let before = reader.group.found.len();
                self.find_written(reader, value);
                reader.group.found_from(place, before);
            }
        }
    }

    fn find_written(&self, reader: &mut Reader, value: &str) {
        let first = reader.group.found.len();
        let mut starts = Vec::new();
        let mut layers = 0;
        for (layer, is_live) in [(&self.base, false), (&self.live, true)] {
            if layer.len() == 0 {
                continue;
            }
            let Reader {
                lookup, hits, group, ..
            } = reader;
            lookup.read(&layer.watchlist, value, false, hits);
            let before = starts.len();
            for hit in hits.drain(..) {
                if !is_live && self.gone.contains(&hit.indicator) {
                    continue;
                }
                let Some(note) = layer.note(hit.indicator) else {
                    continue;
                };
                starts.push(hit.start);
                group.found.push(Found {
                    is_live,
                    id: hit.indicator,
                    action: note.action,
                    kind: hit.kind,
                    how: hit.how,
                    value: Value::Written(hit.value),
                });
            }
            layers += usize::from(starts.len() > before);
        }
        if layers > 1 {
            self.sort(&mut reader.group.found, first, starts);
        }
    }

    /// The matcher's order within one watchlist, of what was found from `first` on; needed only where both layers hit.
    fn sort(&self, found: &mut Vec<Found>, first: usize, starts: Vec<usize>) {
        let mut placed: Vec<(usize, Found)> = starts.into_iter().zip(found.drain(first..)).collect();
        placed.sort_by(|(start_a, a), (start_b, b)| {
            let (text_a, text_b) = (written(a), written(b));
            let one = (start_a, Reverse(text_a.len()), a.kind, text_a);
            let other = (start_b, Reverse(text_b.len()), b.kind, text_b);
            one.cmp(&other).then_with(|| self.rank(a).cmp(&self.rank(b)))
        });
        found.extend(placed.into_iter().map(|(_, found)| found));
    }

    /// The order of what hit one value: exact, port, nearest parent or longest start, smallest network, weak address.
    fn rank(&self, found: &Found) -> (u8, Reverse<usize>, bool, usize, &str) {
        let text = self.layer(found.is_live).text(found.id);
        let port = || text.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        let (class, near, then) = match found.how {
            MatchKind::Exact => (0, text.len(), 0),
            MatchKind::Port => (1, 0, port().unwrap_or(0)),
            MatchKind::Parent => (2, text.trim_start_matches('.').len(), 0),
            MatchKind::Prefix => (2, text.len(), 0),
            MatchKind::Cidr => {
                let bits = text.rsplit_once('/').and_then(|(_, bits)| bits.parse().ok());
                (3, bits.unwrap_or(0), 0)
            }
            MatchKind::Address => (4, 0, port().unwrap_or(0)),
        };
        (class, Reverse(near), text.starts_with('.'), then, text)
    }
}

fn written(found: &Found) -> &str {
    match &found.value {
        Value::Written(value) => value,
        Value::Plain(_) => "",
    }
}
