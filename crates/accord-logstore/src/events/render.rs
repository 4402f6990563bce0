//! Rendering: the events of a file as the lines of a new segment.

use std::cell::RefCell;
use std::io::{self, Read};
use std::sync::Arc;

use accord_evtx::{EventCounts, EventReader, RENDERED_BY};

use super::{Rendering, is_event_log};
use crate::error::{Error, Result};
use crate::frames::FrameReader;
use crate::import::Acquired;
use crate::limits::MAX_TEXT_BYTES;
use crate::manifest::{Segment, SegmentId};
use crate::store::LogStore;

/// A segment that is being rendered: once its lines are read, what is said of them.
#[derive(Debug)]
pub(crate) struct BeingRendered<'a> {
    pub(crate) original: &'a Segment,
    at_ms: i64,
    read: RefCell<EventCounts>,
}

impl BeingRendered<'_> {
    /// What the manifest says, after the last line.
    pub(crate) fn rendering(&self) -> Rendering {
        Rendering {
            segment: self.original.id().clone(),
            log_sha256: self.original.manifest.log.sha256,
            manifest_sha256: self.original.manifest_sha256,
            by: RENDERED_BY.to_owned(),
            at_ms: self.at_ms,
            read: self.read.borrow().clone(),
        }
    }
}

impl LogStore {
    /// Makes the segment of the events of a Windows event log, in the same source; where there is one it is returned, and
    /// nothing is made.
    ///
    /// What a record or chunk cannot be read from is no error: the manifest counts and names it. The new segment has the
    /// original's time of import, so that both are kept as long; `at_ms` is when it is rendered, `by` who has it done.
    ///
    /// # Errors
    /// [`Error::NoSuchSegment`]; [`Error::NoEventLog`] where it holds another format; [`Error::Damaged`] where a frame of
    /// the original is; those of [`LogStore::import`]. After an error there is no new segment.
    pub fn render_events(&self, original: &SegmentId, at_ms: i64, by: &str) -> Result<Arc<Segment>> {
        let segment = self.segment(original)?;
        if !is_event_log(&segment) {
            return Err(Error::NoEventLog(original.clone()));
        }
        if let Some(there) = self.rendering_of(original) {
            return Ok(there);
        }
        let being = BeingRendered {
            original: &segment,
            at_ms,
            read: RefCell::default(),
        };
        let mut lines = EventLines::open(self, &segment, &being.read)?;
        let name = name(&segment.manifest.original_name);
        let acquired = Acquired {
            again: false,
            original_name: &name,
            imported_at_ms: segment.manifest.imported_at_ms,
            by,
            origin: None,
            rendered: Some(&being),
        };
        let made = self.acquire(original.source(), &mut lines, acquired);
        match made.map_err(inner) {
            // Somebody else rendered it meanwhile.
            Err(Error::Duplicate { segment, .. }) => self.segment(&segment),
            other => other,
        }
    }
}

/// The name of a rendered segment's file, which there is not: the original's, with an ending.
fn name(original: &str) -> String {
    let name = format!("{original}.ndjson");
    if name.len() > MAX_TEXT_BYTES {
        return original.to_owned();
    }
    name
}

/// What kept the lines from being read, as it came.
fn inner(error: Error) -> Error {
    match error {
        Error::Input {
            error: cause,
            name,
            compression,
            read_bytes,
        } => match cause.downcast::<Error>() {
            Ok(cause) => cause,
            Err(error) => Error::Input {
                name,
                compression,
                read_bytes,
                error,
            },
        },
        other => other,
    }
}

/// The lines of an event log that a segment holds.
pub(super) struct EventLines<'a> {
    frames: FrameReader<'a>,
    /// The frame that is read next.
    number: usize,
    /// What is left of the one before, from there on.
    frame: Vec<u8>,
    at: usize,
    /// Nothing after the end.
    events: Option<EventReader>,
    lines: Vec<u8>,
    given: usize,
    counts: &'a RefCell<EventCounts>,
}

impl<'a> EventLines<'a> {
    /// What is read of it stands in `counts` after the last line.
    pub(super) fn open(
        store: &'a LogStore,
        segment: &'a Segment,
        counts: &'a RefCell<EventCounts>,
    ) -> Result<Self> {
        Ok(Self {
            frames: store.frames(segment)?,
            number: 0,
            frame: Vec::new(),
            at: 0,
            events: Some(EventReader::default()),
            lines: Vec::new(),
            given: 0,
            counts,
        })
    }

    /// Makes the next lines; says whether there may be more.
    fn more(&mut self) -> Result<bool> {
        self.lines.clear();
        self.given = 0;
        let Some(events) = &mut self.events else {
            return Ok(false);
        };
        if self.at < self.frame.len() {
            let rest = self.frame.get(self.at..).unwrap_or_default();
            self.at += events.take(rest, &mut self.lines);
        } else if self.number < self.frames.index().len() {
            let raw = self.frames.read(self.number)?;
            self.frame.clear();
            self.frame.extend_from_slice(raw);
            (self.at, self.number) = (0, self.number + 1);
        } else if let Some(events) = self.events.take() {
            *self.counts.borrow_mut() = events.finish(&mut self.lines);
        }
        Ok(true)
    }
}

impl Read for EventLines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given >= self.lines.len() {
            if !self.more().map_err(io::Error::other)? {
                return Ok(0);
            }
        }
        let rest = self.lines.get(self.given..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.given += count;
        Ok(count)
    }
}
