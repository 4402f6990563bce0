//! When a row's record was written, in the columns of time.

use accord_formats::logs::{Basis, Clock, LineTime, WallTime};

/// The settings that times are read by.
#[derive(Debug, Clone)]
pub struct Timing {
    /// Resolves times without a zone or a year; nothing where the zone is not known, and such times then stay as written.
    zone: Option<Clock>,
    /// Judges times that were logged in full.
    full: Option<Clock>,
    /// How far the source's clock runs ahead, milliseconds, where it was measured.
    pub(crate) offset_ms: Option<i64>,
}

/// One row's times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Times {
    pub(crate) first_ms: Option<i64>,
    /// Only where it is not the first.
    pub(crate) last_ms: Option<i64>,
    pub(crate) corrected_ms: Option<i64>,
    pub(crate) basis: Option<Basis>,
    pub(crate) doubtful: bool,
    /// Only where there is no instant.
    pub(crate) written: Option<WallTime>,
}

impl Timing {
    /// Of a source's zone (an IANA name or an offset; any other text is no zone), its clock's measured offset in
    /// milliseconds, and the time of the import in milliseconds since the epoch, UTC.
    #[must_use]
    pub fn new(zone: &str, offset_ms: Option<i64>, imported_at_ms: i64) -> Self {
        Self {
            zone: Clock::new(zone.trim(), imported_at_ms),
            full: Clock::new("UTC", imported_at_ms),
            offset_ms,
        }
    }

    pub(crate) fn times(&self, time: LineTime, wall: Option<WallTime>) -> Times {
        let resolved = match time {
            LineTime::Unknown => self.zone.as_ref().and_then(|clock| clock.resolve(time, wall)),
            _ => self.full.as_ref().and_then(|clock| clock.resolve(time, None)),
        };
        let Some(resolved) = resolved else {
            return Times {
                written: wall,
                ..Times::default()
            };
        };
        let span = resolved.span;
        Times {
            first_ms: Some(span.first_ms),
            last_ms: (span.last_ms != span.first_ms).then_some(span.last_ms),
            corrected_ms: self.offset_ms.map(|offset| span.first_ms.saturating_sub(offset)),
            basis: Some(resolved.basis),
            doubtful: resolved.doubtful,
            written: None,
        }
    }
}

/// `2024-10-11 22:14:15.123`, `--10-11 22:14:15.000` where no year is written.
pub(crate) fn written(wall: WallTime) -> String {
    let year = wall
        .year
        .map_or_else(|| "-".to_owned(), |year| format!("{year:04}"));
    let WallTime {
        month,
        day,
        hour,
        minute,
        second,
        ms,
        ..
    } = wall;
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{ms:03}")
}

/// As serde names it, and the documents.
pub(crate) const fn basis_name(basis: Basis) -> &'static str {
    match basis {
        Basis::Logged => "logged",
        Basis::ZoneSet => "zone-set",
        Basis::ZoneAndYearSet => "zone-and-year-set",
    }
}
