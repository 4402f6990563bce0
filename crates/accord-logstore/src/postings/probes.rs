//! What a hunt's patterns ask of postings, in the order of the keys.

use accord_matcher::{Pattern, PatternKind, Probe};

use super::catalogues::Asked;
use super::file::{Absent, Found, Postings};
use super::keys::KeyKind;
use crate::error::Result;

/// The probes of some patterns.
#[derive(Debug)]
pub(crate) struct Probes {
    /// Each with the place of its pattern.
    sorted: Vec<(Probe, u32)>,
    /// Patterns that postings cannot answer, by place.
    pub(crate) unanswered: Vec<u32>,
}

impl Probes {
    pub(crate) fn new<'p>(patterns: impl Iterator<Item = &'p Pattern>) -> Self {
        let (mut sorted, mut unanswered) = (Vec::new(), Vec::new());
        for (pattern, place) in patterns.zip(0..) {
            match pattern.probe() {
                Probe::Every => unanswered.push(place),
                probe => sorted.push((probe, place)),
            }
        }
        sorted.sort_unstable();
        Self { sorted, unanswered }
    }

    /// Each with the place of its pattern, in the order of keys.
    pub(super) fn sorted(&self) -> &[(Probe, u32)] {
        &self.sorted
    }

    /// Asks them all, or only those that a catalogue names. The lines of a cell are given for each pattern that may hit them.
    ///
    /// # Errors
    /// Those of the file system. Damage that is met is the inner error.
    pub(crate) fn ask(
        &self,
        postings: &mut Postings,
        only: Option<&Asked<'_>>,
        take: &mut dyn FnMut(u32, Found),
    ) -> Result<std::result::Result<(), Absent>> {
        let Some(only) = only else {
            return Self::ask_each(self.sorted.iter(), postings, take);
        };
        let named = only
            .probes()
            .filter_map(|number| self.sorted.get(number as usize));
        Self::ask_each(named, postings, take)
    }

    fn ask_each<'p>(
        probes: impl Iterator<Item = &'p (Probe, u32)>,
        postings: &mut Postings,
        take: &mut dyn FnMut(u32, Found),
    ) -> Result<std::result::Result<(), Absent>> {
        for (probe, place) in probes {
            let (kind, first, last) = match *probe {
                Probe::Print(print) => (KeyKind::Print, postings.kept(print), postings.kept(print)),
                Probe::Ipv4(first, last) => (KeyKind::Ipv4, first.into(), last.into()),
                Probe::Ipv6(first, last) => (KeyKind::Ipv6, first, last),
                Probe::Every => continue,
            };
            if let Err(absent) = postings.find(kind, first, last, &mut |found| take(*place, found))? {
                return Ok(Err(absent));
            }
        }
        Ok(Ok(()))
    }
}

/// Whether more lines may have the keys of a pattern of this kind than it hits.
pub(super) fn is_at_most(kind: PatternKind) -> bool {
    match kind {
        PatternKind::Domain
        | PatternKind::Address
        | PatternKind::Network
        | PatternKind::Email
        | PatternKind::Hash => false,
        // The name itself is no hit; the port and the query of a line are not kept.
        PatternKind::Subdomains | PatternKind::AddressPort | PatternKind::Url => true,
    }
}
