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

/// Appends `2024-10-11 22:14:15.123`, `--10-11 22:14:15.000` where no year is written.
pub(crate) fn push_written(text: &mut Vec<u8>, wall: WallTime) {
    match wall.year {
        // Four digits, but for a few that nobody writes.
        Some(year @ 0..=9999) => push_digits::<4>(text, year),
        Some(year) => text.extend_from_slice(format!("{year:04}").as_bytes()),
        None => text.push(b'-'),
    }
    for (before, number) in [
        (b'-', wall.month),
        (b'-', wall.day),
        (b' ', wall.hour),
        (b':', wall.minute),
        (b':', wall.second),
    ] {
        text.push(before);
        push_digits::<2>(text, i16::from(number));
    }
    text.push(b'.');
    push_digits::<3>(text, wall.ms);
}

/// Appends the last `N` digits of a number that is not negative.
fn push_digits<const N: usize>(text: &mut Vec<u8>, number: i16) {
    let (mut digits, mut rest) = ([b'0'; N], number.unsigned_abs());
    for digit in digits.iter_mut().rev() {
        *digit += (rest % 10) as u8;
        rest /= 10;
    }
    text.extend_from_slice(&digits);
}

/// As serde names it, and the documents.
pub(crate) const fn basis_name(basis: Basis) -> &'static str {
    match basis {
        Basis::Logged => "logged",
        Basis::ZoneSet => "zone-set",
        Basis::ZoneAndYearSet => "zone-and-year-set",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walls_as_they_are_written() {
        let wall = |year, ms| WallTime {
            year,
            month: 3,
            day: 9,
            hour: 0,
            minute: 59,
            second: 10,
            ms,
        };
        for (year, ms, expected) in [
            (Some(2024), 7, "2024-03-09 00:59:10.007"),
            (Some(33), 120, "0033-03-09 00:59:10.120"),
            (Some(-44), 0, "-044-03-09 00:59:10.000"),
            (Some(9999), 999, "9999-03-09 00:59:10.999"),
            (Some(12_024), 0, "12024-03-09 00:59:10.000"),
            (None, 45, "--03-09 00:59:10.045"),
        ] {
            let mut text = b"x".to_vec();
            push_written(&mut text, wall(year, ms));
            assert_eq!(String::from_utf8(text).unwrap(), format!("x{expected}"));
        }
    }
}
