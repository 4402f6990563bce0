//! What can go wrong, with what to do about it.

use std::io;
use std::path::PathBuf;

use accord_formats::export::rfc3339;

use crate::manifest::SegmentId;

/// The result of this crate's functions.
pub type Result<T> = std::result::Result<T, Error>;

/// An error of the log store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read or written.
    #[error("cannot {what} {}: {error}", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// The system's answer.
        error: io::Error,
    },
    /// Another process, or another handle of this one, has the store open.
    #[error("the log store {} is in use: stop the node that has it open, or ask that node", .0.display())]
    InUse(PathBuf),
    /// Something lies in the store that no import or crash leaves there.
    #[error("the log store cannot explain {}: {why}", path.display())]
    Unexplained {
        /// What lies there.
        path: PathBuf,
        /// Why it is not explained, and what to do.
        why: String,
    },
    /// A source's settings are not acceptable.
    #[error("source `{name}`: {why}")]
    Source {
        /// The name as given, cut to 64 characters.
        name: String,
        /// What is wrong and what is accepted.
        why: String,
    },
    /// No source of that name.
    #[error("there is no log source `{0}`: add it first, or name one that exists")]
    NoSuchSource(String),
    /// No segment of that id.
    #[error("there is no segment `{0}` in this store")]
    NoSuchSegment(SegmentId),
    /// Events are rendered from Windows event logs alone.
    #[error("segment `{0}` is no Windows event log: its lines are searched as they are")]
    NoEventLog(SegmentId),
    /// The same bytes were imported into the same source before.
    #[error("`{original_name}` is already in source `{}` as segment `{segment}`: nothing was imported", segment.source())]
    Duplicate {
        /// The name of the file that was given now.
        original_name: String,
        /// The earlier segment.
        segment: SegmentId,
    },
    /// The segment was destroyed: its record tells what is left of it.
    #[error(
        "segment `{segment}` was destroyed at {} by {who} (record {record} of the decisions): it is gone for good",
        instant(*at_ms)
    )]
    Destroyed {
        /// The segment.
        segment: SegmentId,
        /// The number of its record.
        record: u64,
        /// When it was decided, milliseconds since the epoch, UTC.
        at_ms: i64,
        /// By whom.
        who: String,
    },
    /// The same bytes were in the same source before, and were destroyed.
    #[error(
        "`{original_name}` was in source `{}` as segment `{segment}`, which was destroyed at {} by {who} (record {record} \
         of the decisions): nothing was imported; if it is to be kept anew, say so and import it again",
        segment.source(),
        instant(*at_ms)
    )]
    DestroyedLog {
        /// The name of the file that was given now.
        original_name: String,
        /// The segment that held it.
        segment: SegmentId,
        /// The number of its record.
        record: u64,
        /// When it was decided, milliseconds since the epoch, UTC.
        at_ms: i64,
        /// By whom.
        who: String,
    },
    /// A segment that is held is not destroyed.
    #[error("segment `{segment}` is held by {}: nothing was destroyed; the hold has to be lifted first", holds.join(", "))]
    Held {
        /// The segment.
        segment: SegmentId,
        /// The holds that cover it, by their identifiers.
        holds: Vec<String>,
    },
    /// A segment whose retention is not over is not destroyed for it.
    #[error("segment `{0}` is not over by the retention of its source: nothing was destroyed")]
    NotOver(SegmentId),
    /// A decision about retention or a hold that cannot be.
    #[error("this cannot be decided: {0}")]
    Keeping(String),
    /// A segment is gone, and some of its files are not.
    #[error(
        "segment `{segment}` is destroyed (record {record} of the decisions), and some of its files are left: {error}; \
         open the log store again, which removes them"
    )]
    Unfinished {
        /// The segment.
        segment: SegmentId,
        /// The number of its record.
        record: u64,
        /// What failed.
        error: Box<Error>,
    },
    /// The input could not be read to its end (a truncated gzip file, for one).
    #[error(
        "cannot read `{name}` to its end ({compression}; {read_bytes} bytes of log read): {error}; nothing was imported"
    )]
    Input {
        /// The input's name.
        name: String,
        /// How it is compressed.
        compression: &'static str,
        /// How far reading came, in bytes of the decompressed log.
        read_bytes: u64,
        /// The reader's answer.
        error: io::Error,
    },
    /// Something is larger than its limit.
    #[error("{what} is over the limit of {limit}: {advice}")]
    TooLarge {
        /// What is too large.
        what: String,
        /// The limit.
        limit: u64,
        /// What to do.
        advice: &'static str,
    },
    /// Stored bytes are not what was stored.
    #[error("segment `{segment}`{} is damaged: {what}; restore it from a backup, and run `accord log verify`",
        frame.map(|n| format!(", frame {n}")).unwrap_or_default())]
    Damaged {
        /// The segment.
        segment: SegmentId,
        /// The frame, from 0, where the damage is in one.
        frame: Option<u64>,
        /// What does not fit.
        what: String,
    },
    /// What is derived from a segment's frames is not what was derived.
    #[error("the columns of segment `{segment}` are damaged: {what}; build them again from its frames")]
    Columns {
        /// The segment.
        segment: SegmentId,
        /// What does not fit.
        what: String,
    },
    /// What a segment was matched with is not what was written.
    #[error("the matches of segment `{segment}` are damaged: {what}; make them again from its frames")]
    Matches {
        /// The segment.
        segment: SegmentId,
        /// What does not fit.
        what: String,
    },
    /// A watchlist that was to be matched against is damaged.
    #[error("the watchlist cannot be matched against: {0}; build it again")]
    Watchlist(String),
    /// A Windows event log has no lines.
    #[error(
        "segment `{0}` is a Windows event log: its events are matched in the segment that is rendered from it"
    )]
    NoLines(SegmentId),
    /// No line there.
    #[error("segment `{segment}` has no line that starts at {at}")]
    NoSuchLine {
        /// The segment.
        segment: SegmentId,
        /// The line number or offset that was asked for.
        at: String,
    },
    /// A hunt that cannot be run as asked.
    #[error("this hunt cannot run: {0}")]
    Hunt(String),
    /// A question about an assignment that cannot be asked.
    #[error("question {number} cannot be asked: {why}")]
    Question {
        /// Which one, from 1.
        number: usize,
        /// What is wrong, and what to do.
        why: String,
    },
    /// The caller stopped it.
    #[error("stopped as asked; there is no result")]
    Cancelled,
    /// A write failed at a point where only a restart can tell what reached the disk.
    #[error(
        "an earlier write failed after its commit had begun; open the log store again before anything is written to it"
    )]
    MustReopen,
}

impl Error {
    pub(crate) fn file(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Self::File { what, path, error }
    }
}

fn instant(ms: i64) -> String {
    rfc3339(u64::try_from(ms).unwrap_or(0))
}
