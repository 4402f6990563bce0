//! Verification of what was rendered: the event log is rendered again, and compared.

use std::cell::RefCell;
use std::io::Read;

use accord_evtx::{EventCounts, RENDERED_BY};

use super::render::EventLines;
use super::{Rendering, is_event_log};
use crate::digest::Digester;
use crate::error::{Error, Result};
use crate::manifest::Segment;
use crate::store::LogStore;

/// How many bytes of lines are compared at once.
const PIECE_BYTES: usize = 64 * 1024;

/// What became of it.
pub(crate) enum Rendered {
    /// It was made again, and is the same.
    Same,
    /// It was made by another version, which alone can make it again.
    ByAnother,
    /// It is not what is made of its event log, or that is not there to make it of.
    Problem(String),
}

impl LogStore {
    /// Makes the lines of a rendered segment again.
    ///
    /// # Errors
    /// Those of the file system.
    pub(crate) fn render_again(&self, segment: &Segment, rendering: &Rendering) -> Result<Rendered> {
        let name = &rendering.segment;
        let original = match self.segment(name) {
            Ok(original) => original,
            Err(error @ (Error::NoSuchSegment(_) | Error::Destroyed { .. })) => {
                return Ok(Rendered::Problem(format!(
                    "the event log that it was rendered from: {error}"
                )));
            }
            Err(error) => return Err(error),
        };
        let named = original.manifest.log.sha256 == rendering.log_sha256
            && original.manifest_sha256 == rendering.manifest_sha256
            && is_event_log(&original);
        if !named {
            let what = format!("segment `{name}` is not the event log that it was rendered from");
            return Ok(Rendered::Problem(what));
        }
        if rendering.by != RENDERED_BY {
            return Ok(Rendered::ByAnother);
        }
        let read = RefCell::new(EventCounts::default());
        let mut digester = Digester::like(&segment.manifest.log);
        let mut piece = vec![0; PIECE_BYTES];
        let lines = EventLines::open(self, &original, &read);
        let done = lines.and_then(|mut lines| {
            loop {
                match lines.read(&mut piece) {
                    Ok(0) => return Ok(()),
                    Ok(count) => digester.update(piece.get(..count).unwrap_or_default()),
                    Err(error) => {
                        return Err(error
                            .downcast::<Error>()
                            .unwrap_or_else(Error::file("read", name.to_string())));
                    }
                }
            }
        });
        match done {
            Ok(()) => {}
            Err(error @ Error::Damaged { .. }) => {
                return Ok(Rendered::Problem(format!("it cannot be rendered again: {error}")));
            }
            Err(error) => return Err(error),
        }
        if !digester.finish().is_same(&segment.manifest.log) || read.into_inner() != rendering.read {
            let what = format!("it is not what is rendered from segment `{name}`");
            return Ok(Rendered::Problem(what));
        }
        Ok(Rendered::Same)
    }
}
