//! Who held this address and port at this time: over the assignment logs of the store.
//!
//! `docs/spec/assignments.md` is the rule. A question is an instant with its uncertainty; an answer holds every
//! candidate, how sure, on what lines, and what is not known: the logs are never made to say more than they do.
//!
//! Invariants:
//! - The answer does not depend on the order of lines, segments or imports, nor on a line being there twice.
//! - What is kept in memory depends on the questions, not on the length of the logs; past a limit the answer says so.
//! - A line without an instant (no zone known, an hour that the clock skipped) is counted and never placed by guess.
//! - Nothing about another instant, another port or another address is told than what was asked.
//!
//! How it goes: `needles` find what can matter, `scan` cuts it out of the frames, `read` (`dhcp`, `radius`, `nat`) makes
//! events of it, `state` keeps those that decide, `fold` makes holdings of them, `answering` judges these. The logs are
//! gone through once for all questions together, a second time where an inside address has to be looked up in other
//! logs or records of a session do not name its address, and at most a third time for the sessions found by that.

mod answer;
mod answering;
mod coverage;
mod dhcp;
mod event;
mod fold;
mod gone;
mod limits;
mod nat;
mod needles;
mod passes;
mod question;
mod radius;
mod read;
mod scan;
mod sightings;
mod state;
mod words;

pub use answer::{
    Answer, Answers, Bound, Cover, Covers, Doubt, EndTold, Evidence, Finding, FirstRests, Holder, IdKind,
    LastRests, Note, Proves, Service, SourceView, SubscriberId, Support,
};
pub use limits::{
    AssignmentLimits, MAX_ASSIGNMENT_SOURCES, MAX_BEHIND, MAX_EVENTS_INSIDE, MAX_HOLDERS,
    MAX_IDENTIFIER_BYTES, MAX_QUESTIONS, MAX_RECORD_BYTES, MAX_RESTARTS, MAX_SIGHTINGS_BYTES, MAX_STATES,
    MAX_STRETCHES, MAX_UNCERTAINTY_MS, MAX_VIEWS, MEASURED_ERROR_MS, SAME_END_MS, SHORTEST_PREFIX, SILENT_MS,
    UNMEASURED_ERROR_MS,
};
pub use question::{Protocol, Question, Questions};
pub use sightings::{BadRow, Sightings};
