//! Questions put to catalogues: which segments may answer which of the probes.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::ops::ControlFlow;
use std::sync::Arc;

use accord_matcher::Probe;

use super::super::file::{Absent, Postings, told};
use super::super::keys::{KeyFile, KeyKind, Section};
use super::super::probes::Probes;
use super::super::write::gap_bits;
use super::Catalogue;
use super::door::Door;
use super::foot::place;
use crate::error::{Error, Result};
use crate::hunt::Progress;
use crate::manifest::{Segment, SegmentId};
use crate::store::LogStore;

/// What catalogues say of a question.
#[derive(Debug, Default)]
pub(crate) struct Narrowed<'s> {
    answers: Vec<Answer>,
    /// Of each segment that is in one of them, its place in `answers` and its number there.
    of: HashMap<&'s SegmentId, (usize, u32)>,
}

/// After so many probes it is asked whether to go on.
const PROBES_BETWEEN: u32 = 1024;

/// Segments of a catalogue, with their numbers there.
type Named<'s> = Vec<(&'s SegmentId, u32)>;

/// Of one catalogue.
#[derive(Debug)]
struct Answer {
    catalogue: Arc<Catalogue>,
    /// Segment and probe, by number, in order.
    found: Vec<(u32, u32)>,
}

/// What is to be asked of the postings of a segment that a catalogue has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'n> {
    catalogue: &'n Catalogue,
    number: u32,
    found: &'n [(u32, u32)],
}

impl Asked<'_> {
    /// The probes, by number, in order.
    pub(in super::super) fn probes(&self) -> impl Iterator<Item = u32> {
        self.found.iter().map(|(_, probe)| *probe)
    }

    /// Whether the postings have nothing to tell.
    pub(crate) fn is_nothing(&self) -> bool {
        let listed = self.catalogue.foot.segments.get(self.number as usize);
        self.found.is_empty() && listed.is_some_and(|listed| !listed.always)
    }
}

impl Narrowed<'_> {
    /// What is to be asked of a segment; nothing: everything.
    pub(crate) fn of(&self, segment: &SegmentId) -> Option<Asked<'_>> {
        let (answer, number) = *self.of.get(segment)?;
        let answer = self.answers.get(answer)?;
        let from = answer.found.partition_point(|(segment, _)| *segment < number);
        let to = answer.found.partition_point(|(segment, _)| *segment <= number);
        Some(Asked {
            catalogue: &answer.catalogue,
            number,
            found: answer.found.get(from..to)?,
        })
    }
}

impl LogStore {
    /// Asks the catalogues that have any of these segments. What cannot be asked narrows nothing.
    ///
    /// # Errors
    /// [`Error::Cancelled`], those of the file system.
    pub(crate) fn narrow<'s>(
        &self,
        probes: &Probes,
        segments: &'s [Arc<Segment>],
        state: Progress,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Narrowed<'s>> {
        let mut narrowed = Narrowed::default();
        if !probes.unanswered.is_empty() && probes.sorted().is_empty() {
            return Ok(narrowed);
        }
        let mut of: BTreeMap<u64, (Arc<Catalogue>, Named<'_>)> = BTreeMap::new();
        {
            let now = self.state();
            for segment in segments {
                let Some((catalogue, number)) = now.catalogues.holding(segment.id()) else {
                    continue;
                };
                let new = || (Arc::clone(catalogue), Vec::new());
                let (_, named) = of.entry(catalogue.number).or_insert_with(new);
                named.push((segment.id(), number));
            }
        }
        let mut room = self.limits.catalogue_answers;
        for (catalogue, asked) in of.into_values() {
            // One alone is as soon asked itself.
            if asked.len() < 2 {
                continue;
            }
            state.report(progress)?;
            let mut between = || state.report(progress);
            let Some(found) = self.ask_catalogue(&catalogue, probes, &asked, room, &mut between)? else {
                continue;
            };
            room -= found.len();
            let place = narrowed.answers.len();
            narrowed.answers.push(Answer { catalogue, found });
            let asked = asked.into_iter().map(|(id, number)| (id, (place, number)));
            narrowed.of.extend(asked);
        }
        Ok(narrowed)
    }

    /// Which of some of its segments may answer which of the probes; nothing where the catalogue cannot tell, or there are
    /// more than `room`.
    fn ask_catalogue(
        &self,
        catalogue: &Catalogue,
        probes: &Probes,
        asked: &Named<'_>,
        room: usize,
        between: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Option<Vec<(u32, u32)>>> {
        let foot = &catalogue.foot;
        if foot.line_bytes != self.limits.line_bytes as u64 {
            return Ok(None);
        }
        let path = self.layout.catalogue(catalogue.number);
        let file = match File::open(&path) {
            Ok(file) => file,
            // A destruction took it away just now.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::file("open", path)(error)),
        };
        let mut sections = Vec::new();
        for kind in KeyKind::ALL {
            match foot.section(&file, &path, kind)? {
                Ok(section) => sections.push(section),
                Err(_) => return Ok(None),
            }
        }
        let Ok(sections) = <[Section; 3]>::try_from(sections) else {
            return Ok(None);
        };
        let own_bits: Vec<u32> = foot
            .segments
            .iter()
            .map(|listed| listed.print_bits.min(foot.print_bits))
            .collect();
        let mut bits = own_bits.clone();
        bits.sort_unstable();
        bits.dedup();
        let mut search = Search {
            keys: KeyFile::new(file, sections),
            print_bits: foot.print_bits,
            bits,
            own_bits,
            wanted: vec![false; foot.segments.len()],
            seen: vec![None; foot.segments.len()],
            found: Vec::new(),
            room,
        };
        for (_, number) in asked {
            if let Some(wanted) = search.wanted.get_mut(*number as usize) {
                *wanted = true;
            }
        }
        for ((probe, _), number) in probes.sorted().iter().zip(0..) {
            if number % PROBES_BETWEEN == PROBES_BETWEEN - 1 {
                between()?;
            }
            if !search.ask(number, *probe)? {
                return Ok(None);
            }
        }
        search.found.sort_unstable();
        Ok(Some(search.found))
    }

    /// Opens the postings of a segment, by its catalogue where that has it.
    ///
    /// # Errors
    /// As [`LogStore::postings`].
    pub(crate) fn postings_asked(
        &self,
        segment: &Segment,
        asked: Option<&Asked<'_>>,
    ) -> Result<std::result::Result<Postings, Absent>> {
        match asked.map(|asked| self.door(asked)).transpose()?.flatten() {
            Some(door) => self.postings_by(segment, door),
            None => self.postings(segment),
        }
    }

    fn door(&self, asked: &Asked<'_>) -> Result<Option<Door>> {
        let Some(listed) = asked.catalogue.foot.segments.get(asked.number as usize) else {
            return Ok(None);
        };
        let path = self.layout.catalogue(asked.catalogue.number);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::file("open", path)(error)),
        };
        let bytes = place(&file, &path, &listed.door)?;
        Ok(bytes.and_then(|bytes| Door::of_bytes(&bytes)))
    }
}

/// A catalogue that is being asked.
struct Search {
    keys: KeyFile,
    print_bits: u32,
    /// How many of these each segment has, and all such numbers.
    own_bits: Vec<u32>,
    bits: Vec<u32>,
    /// Whether a segment is asked about.
    wanted: Vec<bool>,
    /// The last probe that a segment may answer.
    seen: Vec<Option<u32>>,
    found: Vec<(u32, u32)>,
    room: usize,
}

impl Search {
    /// Takes the segments that may answer a probe; says whether the catalogue could tell.
    fn ask(&mut self, number: u32, probe: Probe) -> Result<bool> {
        let (kind, first, last) = match probe {
            Probe::Print(print) => {
                // Postings of fewer keys keep fewer bits: theirs are filled with zeros.
                for at in 0..self.bits.len() {
                    let Some(bits) = self.bits.get(at).copied() else {
                        break;
                    };
                    let key = print.checked_shr(u64::BITS - bits).unwrap_or(0);
                    let key = u128::from(key) << (self.print_bits - bits);
                    if !self.find(number, KeyKind::Print, (key, key), Some(bits))? {
                        return Ok(false);
                    }
                }
                return Ok(true);
            }
            Probe::Ipv4(first, last) => (KeyKind::Ipv4, first.into(), last.into()),
            Probe::Ipv6(first, last) => (KeyKind::Ipv6, first, last),
            Probe::Every => return Ok(true),
        };
        self.find(number, kind, (first, last), None)
    }

    /// Takes the segments that have a key from first to last, all or those with so many bits.
    fn find(
        &mut self,
        probe: u32,
        kind: KeyKind,
        (first, last): (u128, u128),
        bits: Option<u32>,
    ) -> Result<bool> {
        let Self {
            keys,
            own_bits,
            wanted,
            seen,
            found,
            room,
            ..
        } = self;
        let of = wanted.len() as u64;
        let asked = keys.find(kind, first, last, &mut |_, is_wanted, reader| {
            let length = reader.gamma()?;
            let k = gap_bits(of, length);
            let mut next = 0u64;
            for _ in 0..length {
                let number = next.checked_add(u64::try_from(reader.rice(k)?).ok()?)?;
                next = number + 1;
                let segment = usize::try_from(number).ok()?;
                let is_of = bits.is_none() || own_bits.get(segment).copied() == bits;
                if *wanted.get(segment)? && is_wanted && is_of {
                    let seen = seen.get_mut(segment)?;
                    if *seen != Some(probe) && found.len() <= *room {
                        found.push((u32::try_from(number).ok()?, probe));
                    }
                    *seen = Some(probe);
                }
            }
            Some(())
        });
        Ok(told(asked)?.is_ok() && self.found.len() <= self.room)
    }
}
