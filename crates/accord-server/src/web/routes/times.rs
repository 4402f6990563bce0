//! Instants and numbers in words. All times are UTC and say so.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::web::view::{Clock, ClockState, When};

/// A clock is pressing when less than this is left, ms: two days.
const SOON_MS: u64 = 48 * 3_600_000;

fn format(ms: u64, pattern: &str) -> String {
    i64::try_from(ms)
        .ok()
        .and_then(|ms| Timestamp::from_millisecond(ms).ok())
        .map(|at| at.to_zoned(TimeZone::UTC).strftime(pattern).to_string())
        .unwrap_or_default()
}

fn shown(ms: u64, pattern: &str) -> When {
    When {
        utc_ms: i64::try_from(ms).unwrap_or(i64::MAX),
        shown: format(ms, pattern),
        iso: format(ms, "%Y-%m-%dT%H:%M:%SZ"),
    }
}

/// `22 Nov 2026, 14:02 UTC`.
pub(super) fn when(ms: u64) -> When {
    shown(ms, "%-d %b %Y, %H:%M UTC")
}

/// `22 Nov 2026, 14:02:07 UTC`.
pub(super) fn second(ms: u64) -> String {
    format(ms, "%-d %b %Y, %H:%M:%S UTC")
}

/// `14:02`.
pub(super) fn time_of_day(ms: u64) -> When {
    shown(ms, "%H:%M")
}

/// `22 Nov 2026`.
pub(super) fn day(ms: u64) -> String {
    format(ms, "%-d %b %Y")
}

/// `2026-11-22`.
pub(super) fn date(ms: u64) -> String {
    format(ms, "%Y-%m-%d")
}

/// `Today`, `Yesterday`, `Thursday 19 November 2026`.
pub(super) fn day_name(ms: u64, now: u64) -> String {
    let date_of = date(ms);
    if date_of == date(now) {
        "Today".to_owned()
    } else if date_of == date(now.saturating_sub(86_400_000)) {
        "Yesterday".to_owned()
    } else {
        format(ms, "%A %-d %B %Y")
    }
}

/// What a `datetime-local` field holds: `2026-11-01T00:00`.
pub(super) fn minute(ms: u64) -> String {
    format(ms, "%Y-%m-%dT%H:%M")
}

/// What a `datetime-local` field sent, UTC.
pub(super) fn parse_minute(text: &str) -> Option<u64> {
    let at: DateTime = text.parse().ok()?;
    utc(at)
}

/// What a `date` field sent: the first instant of the day, UTC.
pub(super) fn parse_day(text: &str) -> Option<u64> {
    let day: Date = text.parse().ok()?;
    utc(day.to_datetime(jiff::civil::Time::midnight()))
}

fn utc(at: DateTime) -> Option<u64> {
    let at = at.to_zoned(TimeZone::UTC).ok()?;
    u64::try_from(at.timestamp().as_millisecond()).ok()
}

/// `6 d 04 h`, `2 h 10 min`, `5 min`.
pub(super) fn length(ms: u64) -> String {
    let minutes = ms / 60_000;
    let (days, hours, rest) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours) {
        (0, 0) => format!("{rest} min"),
        (0, hours) => format!("{hours} h {rest:02} min"),
        (days, hours) => format!("{days} d {hours:02} h"),
    }
}

/// A clock that runs towards a deadline.
pub(super) fn clock(label: String, deadline: u64, now: u64) -> Clock {
    let (left, state) = match deadline.checked_sub(now) {
        Some(left) if left > SOON_MS => (format!("{} left", length(left)), ClockState::Running),
        Some(left) => (format!("{} left", length(left)), ClockState::Soon),
        None => (format!("{} over", length(now - deadline)), ClockState::Over),
    };
    Clock {
        label,
        left,
        deadline: when(deadline),
        state,
    }
}

/// `53,615`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 line`, `214 lines`.
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// `26.7 MB`.
pub(super) fn bytes(number: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    for (size, unit) in UNITS {
        if number >= size {
            return format!("{}.{} {unit}", number / size, number % size * 10 / size);
        }
    }
    counted(number, "byte", "bytes")
}

/// First to last, in words; ms may be before 1970.
pub(super) fn span(span: Option<(i64, i64)>) -> String {
    let Some((first, last)) = span else {
        return "no times stated".to_owned();
    };
    let ms = |ms: i64| u64::try_from(ms).unwrap_or(0);
    let (first, last) = (ms(first), ms(last));
    if date(first) == date(last) {
        format!(
            "{} to {} UTC",
            format(first, "%-d %b %Y, %H:%M"),
            format(last, "%H:%M")
        )
    } else {
        format!(
            "{} to {} UTC",
            format(first, "%-d %b %Y, %H:%M"),
            format(last, "%-d %b %Y, %H:%M")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back_as_they_were_sent() {
        let check = |text: &str, ms: Option<u64>| assert_eq!(parse_minute(text), ms, "{text}");
        check("1970-01-01T00:01", Some(60_000));
        check("2026-11-22T14:02", Some(1_795_356_120_000));
        check("2026-11-31T14:02", None);
        check("1969-12-31T23:59", None);
        check("", None);
        assert_eq!(minute(1_795_356_120_000), "2026-11-22T14:02");
        assert_eq!(parse_day("1970-01-02"), Some(86_400_000));
    }

    #[test]
    fn words() {
        assert_eq!(when(1_795_356_120_000).shown, "22 Nov 2026, 14:02 UTC");
        assert_eq!(length(6 * 86_400_000 + 4 * 3_600_000), "6 d 04 h");
        assert_eq!(length(59_999), "0 min");
        assert_eq!(count(53_615), "53,615");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000_000), "1,000,000");
        assert_eq!(bytes(26_700_000), "26.7 MB");
        assert_eq!(bytes(1), "1 byte");
        assert_eq!(clock(String::new(), 0, 60_000).left, "1 min over");
        assert_eq!(day_name(86_400_000, 86_400_000 * 2), "Yesterday");
    }
}
