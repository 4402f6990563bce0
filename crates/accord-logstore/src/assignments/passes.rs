//! The passes over the logs: once for what is asked, again for what is found to stand behind it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::ops::ControlFlow;
use std::sync::Arc;

use accord_formats::logs::{Clock, LogFormat};

use super::answer::{Answers, FirstRests, LastRests, Note, Service};
use super::answering::{Judged, Judging};
use super::coverage::Survey;
use super::gone::GoneTimes;
use super::needles::Needles;
use super::question::{Question, Questions};
use super::read::{Read, Reading, tells_assignments};
use super::scan::{Scan, Unread};
use super::state::{Book, Restarts};
use crate::error::{Error, Result};
use crate::hunt::Progress;
use crate::manifest::Segment;
use crate::store::LogStore;

/// A source that is asked.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) name: String,
    pub(super) zone: Option<String>,
    pub(super) clock_offset_ms: Option<i64>,
    /// How wrong its times may be, milliseconds.
    pub(super) error_ms: u64,
}

/// A segment, with the number of its source among those that are asked.
pub(super) type OfSource = (u32, Arc<Segment>);

/// Inside addresses at an instant, and the question that was made of each.
pub(super) type Behind = BTreeMap<(IpAddr, i64, u64), u32>;

impl LogStore {
    /// Who held the addresses that are asked about, by the assignment logs that the store holds now.
    ///
    /// One answer for each question, in their order. Memory is bounded by the limits of the questions; `progress` is
    /// told after each frame, and may break off.
    ///
    /// # Errors
    /// [`Error::Question`] for one that cannot be asked (its number counts from 1), [`Error::TooLarge`] past a limit,
    /// [`Error::NoSuchSource`], [`Error::Cancelled`] when `progress` breaks, those of the file system. Damage is no
    /// error: it is in the answers.
    pub fn holders(
        &self,
        questions: &Questions,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Answers> {
        questions.check()?;
        let (sources, segments) = self.asked(questions)?;
        let mut instants: Vec<i64> = questions
            .questions
            .iter()
            .map(|question| question.at_ms)
            .collect();
        instants.sort_unstable();
        instants.dedup();
        let run = Run {
            store: self,
            questions,
            surveys: sources.iter().map(|_| Survey::around(&instants)).collect(),
            sources,
            segments,
            restarts: Restarts::default(),
            unread: Unread::default(),
            state: Progress::default(),
            answers: Answers::default(),
        };
        run.all(progress)
    }

    /// The sources to ask, by name, and their segments with the number of the source, in order.
    fn asked(&self, questions: &Questions) -> Result<(Vec<Asked>, Vec<OfSource>)> {
        for name in questions.sources.iter().flatten().chain(questions.zones.keys()) {
            self.source(name)?;
        }
        let mut segments = self.segments();
        segments.retain(|segment| {
            let chosen = questions.sources.as_ref();
            tells_assignments(segment.manifest.log_format)
                && chosen.is_none_or(|names| names.iter().any(|name| name == segment.id().source()))
        });
        let names: BTreeSet<&str> = segments.iter().map(|segment| segment.id().source()).collect();
        let too_large = |what: String, limit: usize, advice| {
            Err(Error::TooLarge {
                what,
                limit: limit as u64,
                advice,
            })
        };
        if names.len() > questions.limits.sources {
            let what = format!("a question to {} sources", names.len());
            return too_large(what, questions.limits.sources, "name the sources to ask");
        }
        if names.len().saturating_mul(questions.questions.len()) > questions.limits.views {
            let what = format!(
                "{} questions to {} sources",
                questions.questions.len(),
                names.len()
            );
            return too_large(
                what,
                questions.limits.views,
                "name the sources to ask, or ask for fewer at once",
            );
        }
        let mut sources = Vec::new();
        for name in &names {
            let config = self.source(name)?;
            let zone = match questions.zones.get(*name) {
                Some(zone) if Clock::new(zone, 0).is_none() => {
                    return Err(Error::Source {
                        name: config.name,
                        why: format!(
                            "`{zone}` is no zone: give a name of the IANA database (Europe/Amsterdam), UTC, or an offset (+02:00)"
                        ),
                    });
                }
                Some(zone) => Some(zone.clone()),
                None => Some(config.time_zone.trim().to_owned()).filter(|zone| Clock::new(zone, 0).is_some()),
            };
            sources.push(Asked {
                name: config.name,
                zone,
                clock_offset_ms: config.clock_offset_ms,
                error_ms: match config.clock_offset_ms {
                    Some(_) => questions.measured_error_ms,
                    None => questions.unmeasured_error_ms,
                },
            });
        }
        let number = |segment: &Segment| {
            names
                .iter()
                .position(|name| *name == segment.id().source())
                .unwrap_or(0)
        };
        let numbered = segments.iter().map(|segment| {
            let source = u32::try_from(number(segment)).unwrap_or(u32::MAX);
            (source, Arc::clone(segment))
        });
        Ok((sources, numbered.collect()))
    }
}

/// What one pass is for.
enum Aim<'b, 'q> {
    /// The addresses that are asked about.
    Asked(&'b mut Book<'q>),
    /// Inside addresses, and sessions of what was asked.
    Behind(&'b mut Book<'q>, &'b mut Book<'q>),
    /// Sessions alone.
    Sessions(&'b mut Book<'q>),
}

struct Run<'a> {
    store: &'a LogStore,
    questions: &'a Questions,
    sources: Vec<Asked>,
    segments: Vec<OfSource>,
    surveys: Vec<Survey>,
    restarts: Restarts,
    unread: Unread,
    state: Progress,
    answers: Answers,
}

impl Run<'_> {
    fn all(mut self, progress: &mut dyn FnMut(Progress) -> ControlFlow<()>) -> Result<Answers> {
        let limits = self.questions.limits;
        let mut book = Book::new(&self.questions.questions, false, limits);
        let nets = self.questions.questions.iter().map(|question| question.address);
        let needles = Needles::of(nets, std::iter::empty())?;
        self.pass(&needles, Aim::Asked(&mut book), progress)?;
        self.surveys.iter_mut().for_each(Survey::finish);

        let judged = self.judging().all(&book);
        let (inside, behind) = self.inside(&judged);
        let mut behind_book = Book::new(&inside, true, limits);
        let words = self.follow(&judged, &mut book);
        if !inside.is_empty() || !words.is_empty() {
            let nets = inside.iter().map(|question| question.address);
            let needles = Needles::of(nets, words.iter().map(String::as_str))?;
            let aim = if inside.is_empty() {
                Aim::Sessions(&mut book)
            } else {
                Aim::Behind(&mut behind_book, &mut book)
            };
            self.pass(&needles, aim, progress)?;
        }
        let judged_behind = self.judging().all(&behind_book);
        let words = self.follow(&judged_behind, &mut behind_book);
        if !words.is_empty() {
            let needles = Needles::of(std::iter::empty(), words.iter().map(String::as_str))?;
            self.pass(&needles, Aim::Sessions(&mut behind_book), progress)?;
        }
        self.answers.answers = self.judging().answers(&book, &behind_book, &behind);
        let gone = GoneTimes::of(self.store, self.questions, &self.sources);
        for answer in &mut self.answers.answers {
            let segments = gone.around(&answer.question);
            if segments > 0 {
                answer.notes.push(Note::Destroyed { segments });
            }
        }
        self.answers.restarts_left_out = self.restarts.left_out;
        self.answers.overlong_lines = self.unread.overlong_lines;
        self.answers.overlong = self.unread.overlong;
        self.answers.damage = self.unread.damage;
        Ok(self.answers)
    }

    fn judging(&self) -> Judging<'_> {
        Judging {
            questions: self.questions,
            sources: &self.sources,
            segments: &self.segments,
            surveys: &self.surveys,
            restarts: &self.restarts,
            is_damaged: !self.unread.damage.is_empty(),
            overlong_lines: self.unread.overlong_lines,
        }
    }

    /// The inside addresses of the translations that will be listed, as questions.
    fn inside(&self, judged: &BTreeMap<u32, Vec<Judged>>) -> (Vec<Question>, Behind) {
        let (mut inside, mut behind) = (Vec::new(), Behind::new());
        if !self
            .segments
            .iter()
            .any(|(_, segment)| segment.manifest.log_format != LogFormat::Cgnat)
        {
            return (inside, behind);
        }
        for (number, judged) in judged {
            let Some(question) = self.questions.questions.get(*number as usize) else {
                continue;
            };
            for address in judged
                .iter()
                .take(self.questions.limits.holders)
                .filter_map(|judged| judged.inside)
            {
                let key = (address, question.at_ms, question.uncertainty_ms);
                if behind.len() < self.questions.limits.behind && !behind.contains_key(&key) {
                    behind.insert(key, u32::try_from(inside.len()).unwrap_or(u32::MAX));
                    inside.push(Question::of(address, question.at_ms, question.uncertainty_ms));
                }
            }
        }
        (inside, behind)
    }

    /// Follows the sessions whose beginning or end no record with an address tells. Their identifiers are the answer.
    fn follow(&self, judged: &BTreeMap<u32, Vec<Judged>>, book: &mut Book<'_>) -> BTreeSet<String> {
        let mut words = BTreeSet::new();
        for judged in judged.values().flatten() {
            let whole = judged
                .holder
                .first
                .is_some_and(|first| first.rests == FirstRests::Told)
                && matches!(judged.holder.last.rests, LastRests::Told(_));
            if judged.holder.service != Service::Radius || whole {
                continue;
            }
            if let Some(session) = &judged.session {
                words.insert(session.clone());
                book.follow(judged.who_key.clone(), judged.state.clone());
            }
        }
        words
    }

    fn pass(
        &mut self,
        needles: &Needles,
        mut aim: Aim<'_, '_>,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<()> {
        let segments: Vec<(u32, u32, Arc<Segment>)> = self
            .segments
            .iter()
            .zip(0_u32..)
            .map(|((source, segment), number)| (number, *source, Arc::clone(segment)))
            .filter(|(_, _, segment)| match aim {
                Aim::Asked(_) => true,
                Aim::Behind(..) => segment.manifest.log_format != LogFormat::Cgnat,
                Aim::Sessions(_) => segment.manifest.log_format == LogFormat::Radius,
            })
            .collect();
        self.answers.passes += 1;
        self.state.segments_total += segments.len() as u64;
        self.state.total_bytes += segments
            .iter()
            .map(|(_, _, segment)| segment.manifest.log.length)
            .sum::<u64>();
        for (number, source, segment) in &segments {
            self.segment(*number, *source, segment, needles, &mut aim, progress)?;
            self.state.segments_done += 1;
            self.state.report(progress)?;
        }
        Ok(())
    }

    fn segment(
        &mut self,
        number: u32,
        source: u32,
        segment: &Segment,
        needles: &Needles,
        aim: &mut Aim<'_, '_>,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<()> {
        let Some(asked) = self.sources.get(source as usize) else {
            return Ok(());
        };
        let Some(reading) = Reading::of(&segment.manifest, asked.zone.as_deref()) else {
            return Ok(());
        };
        let is_first = matches!(aim, Aim::Asked(_));
        let error_ms = asked.error_ms;
        let (restarts, max_restarts) = (&mut self.restarts, self.questions.limits.restarts);
        let mut found = 0;
        let mut take = |read: Read| match (read, &mut *aim) {
            (Read::Nothing, _) => {}
            (Read::Events(events), aim) => {
                for event in &events {
                    found += 1;
                    match aim {
                        Aim::Asked(book) => book.event(source, error_ms, event),
                        Aim::Behind(behind, _) if event.held.is_some() => {
                            behind.event(source, error_ms, event)
                        }
                        Aim::Behind(_, book) | Aim::Sessions(book) if event.held.is_none() => {
                            book.session_event(source, error_ms, event);
                        }
                        Aim::Behind(..) | Aim::Sessions(_) => {}
                    }
                }
            }
            // The first pass has seen them all.
            (Read::Restart(restart), Aim::Asked(_)) => restarts.add(source, restart, max_restarts),
            (Read::WithoutTime(held), Aim::Asked(book) | Aim::Behind(book, _)) => {
                book.without_time(source, &held)
            }
            (Read::Restart(_) | Read::WithoutTime(_), _) => {}
        };
        // What is damaged or too long was named by the first pass.
        let mut unread_again = Unread::default();
        let scan = Scan {
            store: self.store,
            segment,
            number,
            reading,
            needles,
            record_bytes: self.questions.limits.record_bytes,
            survey: self.surveys.get_mut(source as usize).filter(|_| is_first),
            unread: if is_first {
                &mut self.unread
            } else {
                &mut unread_again
            },
            take: &mut take,
        };
        self.answers.scanned_bytes += scan.run(&mut self.state, progress)?;
        // Save that it was destroyed since.
        if !unread_again.damage.is_empty()
            && self.store.still_here(segment.id()).is_err()
            && !self
                .unread
                .damage
                .iter()
                .any(|damage| damage.segment == *segment.id() && damage.frame.is_none())
        {
            self.unread.damage.append(&mut unread_again.damage);
        }
        self.state.lines_found += found;
        Ok(())
    }
}
