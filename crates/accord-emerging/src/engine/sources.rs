//! The sources, by number, and which give events.

use std::collections::BTreeMap;

use crate::kept::kept;
use crate::limits::MAX_SOURCES;
use crate::story::shown;

/// A source.
#[derive(Debug, Clone, PartialEq)]
struct Source {
    name: String,
    last_hour: u64,
}
kept!(Source { name, last_hour });

/// See the module.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sources {
    by_hash: BTreeMap<u64, u16>,
    all: Vec<Source>,
}
kept!(Sources { by_hash, all });

/// The number of all sources beyond the limit.
const OTHERS: u16 = MAX_SOURCES as u16;

impl Sources {
    /// The number of a source, which had an event in this hour.
    pub(crate) fn number(&mut self, hash: u64, name: &str, hour: u64) -> u16 {
        let number = match self.by_hash.get(&hash) {
            Some(&number) => number,
            None if self.all.len() < MAX_SOURCES => {
                let number = self.all.len() as u16;
                self.by_hash.insert(hash, number);
                self.all.push(Source {
                    name: shown(name),
                    last_hour: hour,
                });
                number
            }
            None => return OTHERS,
        };
        if let Some(source) = self.all.get_mut(usize::from(number)) {
            source.last_hour = source.last_hour.max(hour);
        }
        number
    }

    pub(crate) fn name(&self, number: u16) -> &str {
        self.all
            .get(usize::from(number))
            .map_or("other sources", |source| &source.name)
    }

    /// Sources with an event since an hour.
    pub(crate) fn active_since(&self, hour: u64) -> u32 {
        self.all.iter().filter(|source| source.last_hour >= hour).count() as u32
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.all.len() <= MAX_SOURCES
            && self.by_hash.len() == self.all.len()
            && self
                .by_hash
                .values()
                .all(|number| usize::from(*number) < self.all.len())
    }

    pub(crate) fn held_bytes(&self) -> usize {
        self.by_hash.len() * 48
            + self
                .all
                .iter()
                .map(|one| size_of::<Source>() + one.name.capacity())
                .sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_beyond_the_limit_are_one() {
        let mut sources = Sources::default();
        for number in 0..MAX_SOURCES {
            assert_eq!(
                usize::from(sources.number(number as u64, &format!("s{number}"), 5)),
                number
            );
        }
        assert_eq!(sources.number(1 << 40, "late", 9), OTHERS);
        assert_eq!(sources.number(1 << 41, "later", 9), OTHERS);
        assert_eq!(sources.number(7, "s7", 9), 7);
        assert_eq!((sources.name(7), sources.name(OTHERS)), ("s7", "other sources"));
        assert_eq!((sources.active_since(6), sources.len()), (1, MAX_SOURCES));
        assert!(sources.is_whole());
    }
}
