//! What a look-up leaves in its reader, and the audience's view of it. Nothing is allocated for a plain value.

use accord_matcher::{Hit, IndicatorId, Kind, Lookup, MatchKind};

use crate::group::Group;
use crate::listing::{Action, Note};
use crate::snapshot::Snapshot;
use crate::verdict::Match;

/// Room for look-ups, used again from one to the next; one for each thread.
#[derive(Debug, Default)]
pub struct Reader {
    pub(crate) lookup: Lookup,
    pub(crate) hits: Vec<Hit>,
    /// The values that were looked up last, and what hit them.
    pub(crate) group: Group,
    pub(crate) shard: crate::tally::Shard,
}

/// One indicator that hit a value.
#[derive(Debug)]
pub(crate) struct Found {
    /// Of the live layer, else of the base.
    pub is_live: bool,
    pub id: IndicatorId,
    pub action: Action,
    pub kind: Kind,
    pub how: MatchKind,
    pub value: Value,
}

/// Where the text of a hit stands.
#[derive(Debug)]
pub(crate) enum Value {
    /// The value is a plain one; the indicator begins there in it, or has a text of its own.
    Plain(Option<u8>),
    /// The value was read as a line.
    Written(String),
}

/// The blocks that hit one value: all that the audience may hear. A silent detection is not there.
#[derive(Debug, Clone, Copy)]
pub struct Blocks<'r> {
    pub(crate) snapshot: &'r Snapshot,
    pub(crate) reader: &'r Reader,
}

/// One block that hit a value.
#[derive(Debug, Clone, Copy)]
pub struct Block<'r> {
    /// What the value is.
    pub kind: Kind,
    /// The canonical value; of a URL this may be its host.
    pub value: &'r str,
    /// The canonical indicator.
    pub indicator: &'r str,
    /// How it hit.
    pub how: MatchKind,
    snapshot: &'r Snapshot,
    found: &'r Found,
}

impl<'r> Block<'r> {
    /// Labels.
    pub fn labels(&self) -> &'r [String] {
        note(self.snapshot, self.found).map_or(&[], |note| &note.labels)
    }
}

impl<'r> Blocks<'r> {
    /// Whether the value is listed, as far as the audience may know.
    pub fn is_listed(self) -> bool {
        self.found().next().is_some()
    }

    /// The first by the order of `docs/spec/matching.md`.
    pub fn first(self) -> Option<Block<'r>> {
        self.iter().next()
    }

    /// All, in the order of `docs/spec/matching.md`.
    pub fn iter(self) -> impl Iterator<Item = Block<'r>> {
        self.found().map(move |found| self.block(found))
    }

    fn found(self) -> impl Iterator<Item = &'r Found> {
        let found = self.reader.group.found().iter();
        found.filter(|found| found.action == Action::Block)
    }

    fn block(self, found: &'r Found) -> Block<'r> {
        Block {
            kind: found.kind,
            value: self.reader.value(found),
            indicator: self.reader.indicator(self.snapshot, found),
            how: found.how,
            snapshot: self.snapshot,
            found,
        }
    }
}

fn note<'r>(snapshot: &'r Snapshot, found: &Found) -> Option<&'r Note> {
    snapshot.layer(found.is_live).note(found.id)
}

impl Reader {
    fn value<'r>(&'r self, found: &'r Found) -> &'r str {
        match &found.value {
            Value::Plain(_) => self.group.plain().as_str(),
            Value::Written(value) => value,
        }
    }

    fn indicator<'r>(&'r self, snapshot: &'r Snapshot, found: &Found) -> &'r str {
        let begin = match found.value {
            Value::Plain(begin) => begin,
            Value::Written(_) => None,
        };
        match begin {
            Some(begin) => self
                .group
                .plain()
                .as_str()
                .get(usize::from(begin)..)
                .unwrap_or_default(),
            None => snapshot.layer(found.is_live).text(found.id),
        }
    }

    /// Speaks of another of the values that were looked up last.
    pub(crate) fn turn(&mut self, place: usize) {
        self.group.turn(place);
    }

    /// Everything that hit the value that is spoken of, for this node's own people.
    pub(crate) fn matches(&self, snapshot: &Snapshot) -> Vec<Match> {
        let each = self.group.found().iter().filter_map(|found| {
            Some(Match {
                kind: found.kind,
                value: self.value(found).to_owned(),
                indicator: self.indicator(snapshot, found).to_owned(),
                how: found.how,
                note: note(snapshot, found)?.clone(),
            })
        });
        each.collect()
    }
}
