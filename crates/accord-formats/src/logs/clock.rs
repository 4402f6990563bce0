//! Times without a year or a zone: kept as written, and resolved only by what a person has set.
//!
//! A line that says `Oct 11 22:14:15` tells no instant. [`super::LineTime`] therefore stays unknown; the words are kept as
//! a [`WallTime`], and a [`Clock`] (the source's zone, the time of the import) makes an instant of them that always says
//! what of it was set rather than logged. The zones are those of the IANA time zone database that is compiled in, never
//! the machine's.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};

use super::time::{Cursor, month_number, named_date};
use super::{LineTime, TimeSpan};

/// How far after the reference a time may lie and still be of that year, and be believed: clocks run ahead, and zones.
pub const AHEAD_MAX_MS: i64 = 24 * 3600 * 1000;

/// No log is older than this: 1990-01-01T00:00:00Z, milliseconds since the epoch.
pub const OLDEST_MS: i64 = 631_152_000_000;

/// A date and a time of day as written, without a zone and perhaps without a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WallTime {
    /// The year, where it is written.
    pub year: Option<i16>,
    /// 1 to 12.
    pub month: i8,
    /// 1 to 31.
    pub day: i8,
    /// 0 to 23.
    pub hour: i8,
    /// 0 to 59.
    pub minute: i8,
    /// 0 to 59; a leap second is 59.
    pub second: i8,
    /// 0 to 999.
    pub ms: i16,
}

/// What of a resolved time was logged, and what was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// All of it was logged.
    Logged,
    /// The zone is the source's setting.
    ZoneSet,
    /// The zone is the source's setting, and the year follows from the import's time.
    ZoneAndYearSet,
}

/// An instant, or two where the clock was turned back, with what it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    /// From the earliest to the latest instant that it can be.
    pub span: TimeSpan,
    /// What was logged and what was set.
    pub basis: Basis,
    /// It lies more than a day after the import or before 1990: the source's clock is broken, or a setting is wrong.
    pub doubtful: bool,
}

/// The settings that times are resolved by.
#[derive(Debug, Clone)]
pub struct Clock {
    zone: TimeZone,
    reference_ms: i64,
}

impl Clock {
    /// A clock in a zone: a name of the IANA database (`Europe/Amsterdam`), `UTC`, or an offset (`+02:00`), read against
    /// the import's time. Nothing where the zone is not known.
    #[must_use]
    pub fn new(zone: &str, reference_ms: i64) -> Option<Self> {
        let offset = || {
            let mut cursor = Cursor(zone.as_bytes());
            let seconds = cursor.zone_seconds().filter(|_| cursor.0.is_empty())?;
            Some(TimeZone::fixed(
                Offset::from_seconds(i32::try_from(seconds).ok()?).ok()?,
            ))
        };
        let zone = offset().or_else(|| TimeZoneDatabase::bundled().get(zone).ok())?;
        Some(Self { zone, reference_ms })
    }

    /// When a record was written: as it says, or by the settings. Nothing where it says no time, or one that the zone
    /// skips.
    #[must_use]
    pub fn resolve(&self, time: LineTime, wall: Option<WallTime>) -> Option<Resolved> {
        if let Some(span) = time.span() {
            return Some(self.judged(span, Basis::Logged));
        }
        let wall = wall?;
        let Some(year) = wall.year else {
            let year = self.reference_year()?;
            // The latest year in which it is not yet to come. A 29th of February may lie eight years back (1900, 2100).
            let (span, shown) = (year - 8..=year + 1)
                .rev()
                .filter_map(|year| self.in_year(wall, year))
                .find(|(span, _)| span.first_ms <= self.reference_ms.saturating_add(AHEAD_MAX_MS))?;
            return shown.then(|| self.judged(span, Basis::ZoneAndYearSet));
        };
        let (span, shown) = self.in_year(wall, year)?;
        shown.then(|| self.judged(span, Basis::ZoneSet))
    }

    fn reference_year(&self) -> Option<i16> {
        let at = jiff::Timestamp::from_millisecond(self.reference_ms).ok()?;
        Some(self.zone.to_datetime(at).year())
    }

    /// When it was in that year, and whether a clock showed it: not where it was put forward over this time. Nothing where
    /// the year has no such day.
    fn in_year(&self, wall: WallTime, year: i16) -> Option<(TimeSpan, bool)> {
        let nanos = i32::from(wall.ms) * 1_000_000;
        let at = DateTime::new(
            year,
            wall.month,
            wall.day,
            wall.hour,
            wall.minute,
            wall.second,
            nanos,
        )
        .ok()?;
        let ms = |offset: Offset| Some(offset.to_timestamp(at).ok()?.as_millisecond());
        let (first, last, shown) = match self.zone.to_ambiguous_timestamp(at).offset() {
            AmbiguousOffset::Unambiguous { offset } => (offset, offset, true),
            AmbiguousOffset::Gap { before, after } => (after, before, false),
            AmbiguousOffset::Fold { before, after } => (before, after, true),
        };
        let span = TimeSpan {
            first_ms: ms(first)?,
            last_ms: ms(last)?,
        };
        Some((span, shown))
    }

    const fn judged(&self, span: TimeSpan, basis: Basis) -> Resolved {
        let doubtful =
            span.last_ms > self.reference_ms.saturating_add(AHEAD_MAX_MS) || span.first_ms < OLDEST_MS;
        Resolved {
            span,
            basis,
            doubtful,
        }
    }
}

impl WallTime {
    /// Of the parts that a cursor reads; nothing where one is out of range.
    pub(super) fn of(year: Option<i64>, month: i64, day: i64, hms: (i64, i64, i64), ms: i64) -> Option<Self> {
        let (hour, minute, second) = hms;
        let fits = (1..=12).contains(&month)
            && (1..=31).contains(&day)
            && (0..=23).contains(&hour)
            && (0..=59).contains(&minute)
            && (0..=60).contains(&second);
        if !fits {
            return None;
        }
        Some(Self {
            year: match year {
                Some(year) => Some(i16::try_from(year).ok()?),
                None => None,
            },
            month: i8::try_from(month).ok()?,
            day: i8::try_from(day).ok()?,
            hour: i8::try_from(hour).ok()?,
            minute: i8::try_from(minute).ok()?,
            second: i8::try_from(second.min(59)).ok()?,
            ms: i16::try_from(ms).ok()?,
        })
    }

    /// `2024-03-23 10:20:30.123` (`T` and a comma also taken), and what follows.
    pub(super) fn iso_prefix(text: &[u8]) -> Option<(Self, &[u8])> {
        let mut cursor = Cursor(text);
        let year = cursor.digits(4)?;
        cursor.one_of(b"-/")?;
        let month = cursor.digits(2)?;
        cursor.one_of(b"-/")?;
        let day = cursor.digits(2)?;
        cursor.one_of(b"Tt ")?;
        let (hms, ms) = time_of_day(&mut cursor)?;
        Some((Self::of(Some(year), month, day, hms, ms)?, cursor.0))
    }

    /// `Oct 11 22:14:15`, the day of one or two digits, and what follows (RFC 3164 section 4.1.2).
    pub(super) fn bsd_prefix(text: &[u8]) -> Option<(Self, &[u8])> {
        let (name, after) = text.split_at_checked(3)?;
        let month = month_number(name)?;
        let mut cursor = Cursor(after);
        cursor.one_of(b" ")?;
        let day = spaced_day(&mut cursor)?;
        cursor.one_of(b" ")?;
        let (hms, ms) = time_of_day(&mut cursor)?;
        Some((Self::of(None, month, day, hms, ms)?, cursor.0))
    }

    /// `23-Mar-2024 10:20:30.123`, and what follows (BIND).
    pub(super) fn bind_prefix(text: &[u8]) -> Option<(Self, &[u8])> {
        let mut cursor = Cursor(text);
        let (year, month, day) = named_date(&mut cursor, b"-")?;
        cursor.one_of(b" ")?;
        let (hms, ms) = time_of_day(&mut cursor)?;
        Some((Self::of(Some(year), month, day, hms, ms)?, cursor.0))
    }

    /// `Fri Dec 15 18:00:24 2000`, all of the text (`ctime`).
    pub(super) fn ctime(text: &[u8]) -> Option<Self> {
        let (weekday, after) = text.split_at_checked(4)?;
        let known = [b"Mon ", b"Tue ", b"Wed ", b"Thu ", b"Fri ", b"Sat ", b"Sun "];
        known.iter().find(|name| name.as_slice() == weekday)?;
        let (wall, rest) = Self::bsd_prefix(after)?;
        let mut cursor = Cursor(rest);
        cursor.one_of(b" ")?;
        let year = cursor.digits(4).filter(|_| cursor.0.is_empty())?;
        Some(Self {
            year: Some(i16::try_from(year).ok()?),
            ..wall
        })
    }
}

/// `hh:mm:ss` with a fraction or without.
pub(super) fn time_of_day(cursor: &mut Cursor<'_>) -> Option<((i64, i64, i64), i64)> {
    let hour = cursor.digits(2)?;
    cursor.one_of(b":")?;
    let minute = cursor.digits(2)?;
    cursor.one_of(b":")?;
    let second = cursor.digits(2)?;
    let fraction = cursor.0.first().is_some_and(|byte| matches!(byte, b'.' | b','))
        && cursor.0.get(1).is_some_and(u8::is_ascii_digit);
    let ms = if fraction {
        cursor.one_of(b".,")?;
        cursor.fraction_ms()?
    } else {
        0
    };
    Some(((hour, minute, second), ms))
}

/// " 1", "11", or "1" as some daemons write it.
fn spaced_day(cursor: &mut Cursor<'_>) -> Option<i64> {
    if cursor.one_of(b" ").is_some() {
        return cursor.digits(1);
    }
    cursor.digits(2).or_else(|| cursor.digits(1))
}

#[cfg(test)]
mod tests {
    use super::super::parse_rfc3339_ms;
    use super::*;

    const OCTOBER: WallTime = WallTime {
        year: None,
        month: 10,
        day: 11,
        hour: 22,
        minute: 14,
        second: 15,
        ms: 0,
    };

    fn ms(text: &str) -> i64 {
        parse_rfc3339_ms(text.as_bytes()).unwrap()
    }

    fn check(zone: &str, import: &str, wall: WallTime, expected: Option<(&str, &str, Basis)>) {
        let clock = Clock::new(zone, ms(import)).unwrap();
        let found = clock.resolve(LineTime::Unknown, Some(wall));
        let found = found.map(|found| (found.span.first_ms, found.span.last_ms, found.basis));
        let expected = expected.map(|(first, last, basis)| (ms(first), ms(last), basis));
        assert_eq!(found, expected, "{zone} {import} {wall:?}");
    }

    #[test]
    fn a_year_follows_from_the_import_and_the_zone_from_the_source() {
        let both = Basis::ZoneAndYearSet;
        let at = |text| Some((text, text, both));
        check("UTC", "2024-12-01T00:00:00Z", OCTOBER, at("2024-10-11T22:14:15Z"));
        check("UTC", "2024-03-01T00:00:00Z", OCTOBER, at("2023-10-11T22:14:15Z"));
        check(
            "+02:00",
            "2024-12-01T00:00:00Z",
            OCTOBER,
            at("2024-10-11T20:14:15Z"),
        );
        check(
            "Europe/Amsterdam",
            "2024-12-01T00:00:00Z",
            OCTOBER,
            at("2024-10-11T20:14:15Z"),
        );
        // A clock a little ahead of the import's is of the same year, one two days ahead is of the last.
        check("UTC", "2024-10-11T10:00:00Z", OCTOBER, at("2024-10-11T22:14:15Z"));
        check("UTC", "2024-10-09T10:00:00Z", OCTOBER, at("2023-10-11T22:14:15Z"));
        let new_year = WallTime {
            month: 1,
            day: 1,
            hour: 0,
            ..OCTOBER
        };
        check(
            "UTC",
            "2024-12-31T23:59:59Z",
            new_year,
            at("2025-01-01T00:14:15Z"),
        );
        let leap = WallTime {
            month: 2,
            day: 29,
            ..OCTOBER
        };
        check("UTC", "2027-01-01T00:00:00Z", leap, at("2024-02-29T22:14:15Z"));
        check(
            "UTC",
            "2027-01-01T00:00:00Z",
            WallTime {
                month: 2,
                day: 30,
                ..OCTOBER
            },
            None,
        );
    }

    #[test]
    fn an_hour_shown_twice_is_two_instants_and_one_never_shown_is_none() {
        let twice = WallTime {
            year: Some(2024),
            month: 10,
            day: 27,
            hour: 2,
            minute: 30,
            second: 0,
            ms: 5,
        };
        let set = Basis::ZoneSet;
        check(
            "Europe/Amsterdam",
            "2025-01-01T00:00:00Z",
            twice,
            Some(("2024-10-27T00:30:00.005Z", "2024-10-27T01:30:00.005Z", set)),
        );
        let never = WallTime {
            month: 3,
            day: 31,
            ..twice
        };
        check("Europe/Amsterdam", "2025-01-01T00:00:00Z", never, None);
        // Nor is it one of the year before, where the hour was shown.
        let without_year = WallTime { year: None, ..never };
        check("Europe/Amsterdam", "2025-01-01T00:00:00Z", without_year, None);
        check(
            "Europe/Amsterdam",
            "2024-03-01T00:00:00Z",
            without_year,
            Some((
                "2023-03-31T00:30:00.005Z",
                "2023-03-31T00:30:00.005Z",
                Basis::ZoneAndYearSet,
            )),
        );
    }

    #[test]
    fn what_is_logged_is_not_changed_and_a_broken_clock_is_said() {
        let clock = Clock::new("Asia/Tokyo", ms("2024-12-01T00:00:00Z")).unwrap();
        for (at, doubtful) in [
            ("2024-12-01T00:00:00Z", false),
            ("2024-12-02T00:00:00Z", false),
            ("2024-12-02T00:00:00.001Z", true),
            ("1990-01-01T00:00:00Z", false),
            ("1989-12-31T23:59:59.999Z", true),
            ("1970-01-01T00:00:00Z", true),
        ] {
            let found = clock.resolve(LineTime::At(ms(at)), Some(OCTOBER)).unwrap();
            assert_eq!(
                (found.span.first_ms, found.basis, found.doubtful),
                (ms(at), Basis::Logged, doubtful)
            );
        }
        assert_eq!(clock.resolve(LineTime::Unknown, None), None);
        let old = WallTime {
            year: Some(1971),
            ..OCTOBER
        };
        assert!(clock.resolve(LineTime::Unknown, Some(old)).unwrap().doubtful);
        assert!(Clock::new("Mars/Olympus", 0).is_none());
        assert!(Clock::new("+25:00", 0).is_none());
        assert!(
            Clock::new("UTC", i64::MAX)
                .unwrap()
                .resolve(LineTime::Unknown, Some(OCTOBER))
                .is_none()
        );
    }

    #[test]
    fn forms_of_wall_time() {
        let iso = WallTime::iso_prefix(b"2024-03-23 10:20:30,123 x").unwrap();
        assert_eq!((iso.0.year, iso.0.ms, iso.1), (Some(2024), 123, &b" x"[..]));
        let bsd = WallTime::bsd_prefix(b"Oct  1 22:14:15 m").unwrap();
        assert_eq!((bsd.0.day, bsd.1), (1, &b" m"[..]));
        let bind = WallTime::bind_prefix(b"23-Mar-2024 10:20:30.123 queries").unwrap();
        assert_eq!((bind.0.month, bind.0.ms), (3, 123));
        let ctime = WallTime::ctime(b"Fri Dec 15 18:00:24 2000").unwrap();
        assert_eq!((ctime.year, ctime.day, ctime.second), (Some(2000), 15, 24));
        for bad in [
            "",
            "Oct 41 22:14:15",
            "Oct 11 24:14:15",
            "Oct 11",
            "Okt 11 22:14:15",
        ] {
            assert_eq!(WallTime::bsd_prefix(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(WallTime::ctime(b"Foo Dec 15 18:00:24 2000"), None);
        assert_eq!(WallTime::ctime(b"Fri Dec 15 18:00:24 2000 x"), None);
    }
}
