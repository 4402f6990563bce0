//! Every limit of questions about assignments, by name.

/// The most questions of one bulk.
pub const MAX_QUESTIONS: usize = 10_000;
/// The most bytes of a list of sightings.
pub const MAX_SIGHTINGS_BYTES: usize = 4 * 1024 * 1024;
/// The most sources with assignment logs that are asked at once.
pub const MAX_ASSIGNMENT_SOURCES: usize = 256;
/// The most questions times sources of one bulk: what each source covers is told with each answer.
pub const MAX_VIEWS: usize = 200_000;
/// The most inside addresses of translations that are looked up in other logs, over a bulk; further ones are counted.
pub const MAX_BEHIND: usize = 50_000;
/// The most holders listed in one answer; all are counted.
pub const MAX_HOLDERS: usize = 100;
/// The most assignments (address, ports, protocol, and holder where leases and sessions tell one) that are followed at
/// once, over all questions of a bulk. An event of a further one is counted, and its answer says that it is incomplete.
/// Each takes some hundred bytes to two kilobytes.
pub const MAX_STATES: usize = 200_000;
/// The most events of one assignment that are kept within the error of the clocks around an instant; more are counted.
pub const MAX_EVENTS_INSIDE: usize = 64;
/// The most restarts of access servers (Accounting-On, Accounting-Off) that are kept; more are counted.
pub const MAX_RESTARTS: usize = 100_000;
/// The longest record of several lines (RADIUS detail), bytes; a longer one is not read, and counted.
pub const MAX_RECORD_BYTES: usize = 256 * 1024;
/// The most stretches of time that are told of what a source covers, nearest to the instant first.
pub const MAX_STRETCHES: usize = 5;
/// The longest identifier, bytes; a longer one is cut before the character that would pass it.
pub const MAX_IDENTIFIER_BYTES: usize = 256;
/// The shortest IPv6 prefix that is asked for. RFC 6177 section 2: a site gets /48 to /64; what is shorter is an
/// operator's.
pub const SHORTEST_PREFIX: u8 = 48;
/// The largest uncertainty of a question, either way, milliseconds: one day.
pub const MAX_UNCERTAINTY_MS: u64 = 24 * 3600 * 1000;
/// How wrong a time is taken to be where the clock's offset is measured, milliseconds: logs write whole seconds.
pub const MEASURED_ERROR_MS: u64 = 1000;
/// The same where it is not measured.
pub const UNMEASURED_ERROR_MS: u64 = 60 * 1000;
/// Two ends of one assignment this close together, milliseconds, are one that was logged twice.
pub const SAME_END_MS: i64 = 5000;
/// A source that wrote no line for longer than this around an instant, milliseconds, is called silent.
pub const SILENT_MS: i64 = 3600 * 1000;

/// The limits that are applied: the constants of this module, or smaller ones in tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssignmentLimits {
    /// See [`MAX_QUESTIONS`].
    pub questions: usize,
    /// See [`MAX_ASSIGNMENT_SOURCES`].
    pub sources: usize,
    /// See [`MAX_VIEWS`].
    pub views: usize,
    /// See [`MAX_BEHIND`].
    pub behind: usize,
    /// See [`MAX_HOLDERS`].
    pub holders: usize,
    /// See [`MAX_STATES`].
    pub states: usize,
    /// See [`MAX_EVENTS_INSIDE`].
    pub events_inside: usize,
    /// See [`MAX_RESTARTS`].
    pub restarts: usize,
    /// See [`MAX_RECORD_BYTES`].
    pub record_bytes: usize,
}

impl Default for AssignmentLimits {
    fn default() -> Self {
        Self {
            questions: MAX_QUESTIONS,
            sources: MAX_ASSIGNMENT_SOURCES,
            views: MAX_VIEWS,
            behind: MAX_BEHIND,
            holders: MAX_HOLDERS,
            states: MAX_STATES,
            events_inside: MAX_EVENTS_INSIDE,
            restarts: MAX_RESTARTS,
            record_bytes: MAX_RECORD_BYTES,
        }
    }
}
