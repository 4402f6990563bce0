//! Times as logs write them, to milliseconds since the Unix epoch, UTC.
//!
//! A form without a zone or without a year is no time here: guessing either is how evidence goes wrong.

use serde::{Deserialize, Serialize};

/// When a line was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineTime {
    /// The line does not say, or not with year and zone.
    Unknown,
    /// At this instant, milliseconds since the epoch, UTC, as logged.
    At(i64),
    /// The line holds several records, written within this span.
    Within(TimeSpan),
}

/// Two instants, both inclusive, milliseconds since the epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeSpan {
    /// The earliest.
    pub first_ms: i64,
    /// The latest.
    pub last_ms: i64,
}

impl TimeSpan {
    /// The smallest span that holds both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            first_ms: self.first_ms.min(other.first_ms),
            last_ms: self.last_ms.max(other.last_ms),
        }
    }

    /// Whether any instant of the span lies in `from_ms..to_ms` (the end exclusive).
    #[must_use]
    pub const fn overlaps(self, from_ms: i64, to_ms: i64) -> bool {
        self.first_ms < to_ms && self.last_ms >= from_ms
    }
}

impl LineTime {
    /// The single instant, where there is one.
    #[must_use]
    pub const fn at_ms(self) -> Option<i64> {
        match self {
            Self::At(ms) => Some(ms),
            Self::Unknown | Self::Within(_) => None,
        }
    }

    /// The span, where anything is known.
    #[must_use]
    pub const fn span(self) -> Option<TimeSpan> {
        match self {
            Self::Unknown => None,
            Self::At(ms) => Some(TimeSpan {
                first_ms: ms,
                last_ms: ms,
            }),
            Self::Within(span) => Some(span),
        }
    }

    /// This time and another's of the same line.
    pub(super) fn and(self, ms: i64) -> Self {
        let at = TimeSpan {
            first_ms: ms,
            last_ms: ms,
        };
        match self.span() {
            None => Self::At(ms),
            Some(span) => {
                let span = span.union(at);
                if span.first_ms == span.last_ms {
                    Self::At(ms)
                } else {
                    Self::Within(span)
                }
            }
        }
    }
}

impl From<Option<i64>> for LineTime {
    fn from(ms: Option<i64>) -> Self {
        ms.map_or(Self::Unknown, Self::At)
    }
}

/// Reads fields of fixed width from the front of some bytes.
pub(super) struct Cursor<'a>(pub(super) &'a [u8]);

impl Cursor<'_> {
    /// Exactly `width` decimal digits.
    pub(super) fn digits(&mut self, width: usize) -> Option<i64> {
        let (head, rest) = self.0.split_at_checked(width)?;
        let mut value = 0_i64;
        for byte in head {
            if !byte.is_ascii_digit() {
                return None;
            }
            value = value * 10 + i64::from(byte - b'0');
        }
        self.0 = rest;
        Some(value)
    }

    /// One of these bytes.
    pub(super) fn one_of(&mut self, set: &[u8]) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        set.contains(&first).then(|| {
            self.0 = rest;
            first
        })
    }

    /// A fraction of a second without its point, cut (never rounded) to milliseconds; at most 12 digits.
    pub(super) fn fraction_ms(&mut self) -> Option<i64> {
        let mut ms = 0_i64;
        let mut weight = 100_i64;
        let mut seen = 0;
        while let Some((&byte, rest)) = self.0.split_first() {
            if !byte.is_ascii_digit() {
                break;
            }
            seen += 1;
            ms += i64::from(byte - b'0') * weight;
            weight /= 10;
            self.0 = rest;
        }
        (1..=12).contains(&seen).then_some(ms)
    }

    /// `Z`, `+hh:mm`, `+hhmm` or the same with minus: the offset east of UTC in seconds.
    pub(super) fn zone_seconds(&mut self) -> Option<i64> {
        let sign = match self.one_of(b"Zz+-")? {
            b'+' => 1,
            b'-' => -1,
            _ => return Some(0),
        };
        let hours = self.digits(2)?;
        let _colon = self.one_of(b":");
        let minutes = self.digits(2)?;
        (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
    }
}

/// A civil date and time to seconds since the epoch, or nothing where a part is out of range. A leap second (`:60`)
/// counts as the first second of the next minute, as POSIX time has it.
pub(super) fn civil_seconds(year: i64, month: i64, day: i64, hms: (i64, i64, i64)) -> Option<i64> {
    let (hour, minute, second) = hms;
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days_in_month = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => return None,
    };
    if !(1..=days_in_month).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Days since the epoch by the usual era arithmetic (Howard Hinnant, "chrono-compatible low-level date algorithms").
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second)
}

/// The time at the front of the bytes, and what follows it: RFC 3339, with a space for the `T`, a comma for the
/// point, and a zone without colon (`-0600`) also taken, as Suricata writes it.
pub(super) fn rfc3339_prefix(text: &[u8]) -> Option<(i64, &[u8])> {
    let mut cursor = Cursor(text);
    let year = cursor.digits(4)?;
    cursor.one_of(b"-")?;
    let month = cursor.digits(2)?;
    cursor.one_of(b"-")?;
    let day = cursor.digits(2)?;
    cursor.one_of(b"Tt ")?;
    let hour = cursor.digits(2)?;
    cursor.one_of(b":")?;
    let minute = cursor.digits(2)?;
    cursor.one_of(b":")?;
    let second = cursor.digits(2)?;
    let ms = if cursor.one_of(b".,").is_some() {
        cursor.fraction_ms()?
    } else {
        0
    };
    let zone = cursor.zone_seconds()?;
    let seconds = civil_seconds(year, month, day, (hour, minute, second))?;
    Some(((seconds - zone) * 1000 + ms, cursor.0))
}

/// Milliseconds since the epoch of a whole RFC 3339 time with its zone (lenient as logs are: see the module).
#[must_use]
pub fn parse_rfc3339_ms(text: &[u8]) -> Option<i64> {
    rfc3339_prefix(text).and_then(|(ms, rest)| rest.is_empty().then_some(ms))
}

/// The largest count of seconds taken as seconds; above it a bare number is milliseconds (the year 5138).
const MAX_EPOCH_SECONDS: f64 = 1e11;

/// A decimal epoch time in text: seconds with an optional fraction (Zeek's `ts`). Cut to milliseconds.
pub(super) fn epoch_text_ms(text: &[u8]) -> Option<i64> {
    usual_epoch_ms(text).or_else(|| any_epoch_ms(text))
}

/// Ten digits, a point and three to twelve more, as nearly all are; nothing of any other form.
fn usual_epoch_ms(text: &[u8]) -> Option<i64> {
    let (seconds, rest) = text.split_first_chunk::<8>()?;
    let ([tens, ones, b'.', fraction @ ..], finer) = rest.split_first_chunk::<6>()? else {
        return None;
    };
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| i64::from(byte - b'0'));
    let [a, b, c] = fraction;
    let seconds = i64::from(eight_digits(*seconds)?) * 100 + digit(tens)? * 10 + digit(ones)?;
    let ms = digit(a)? * 100 + digit(b)? * 10 + digit(c)?;
    (finer.len() <= 9 && finer.iter().all(u8::is_ascii_digit)).then_some(seconds * 1000 + ms)
}

/// A number of eight digits, all read at once.
fn eight_digits(text: [u8; 8]) -> Option<u32> {
    const EACH: u64 = u64::from_ne_bytes([1; 8]);
    let digits = u64::from_le_bytes(text) ^ (EACH * u64::from(b'0'));
    if (digits.wrapping_add(EACH * 0x76) | digits) & (EACH * 0x80) != 0 {
        return None;
    }
    // Pairs, then fours, then all.
    let pairs = (digits * 10 + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    Some((fours * 10_000 + (fours >> 32)) as u32)
}

fn any_epoch_ms(text: &[u8]) -> Option<i64> {
    let whole_length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=11).contains(&whole_length) {
        return None;
    }
    let mut cursor = Cursor(text);
    let seconds = cursor.digits(whole_length)?;
    let ms = if cursor.one_of(b".").is_some() {
        cursor.fraction_ms()?
    } else {
        0
    };
    cursor.0.is_empty().then_some(seconds * 1000 + ms)
}

/// A JSON number as epoch time: seconds, or milliseconds where it is too large for seconds.
pub(super) fn epoch_number_ms(number: f64) -> Option<i64> {
    if !(0.0..MAX_EPOCH_SECONDS * 1000.0).contains(&number) {
        return None;
    }
    let micros = if number >= MAX_EPOCH_SECONDS {
        number * 1e3
    } else {
        (number * 1e6).round()
    };
    // Bounded above, so the cast is exact to the double's own precision.
    Some((micros as i64).div_euclid(1000))
}

/// The number of an English month name of three letters.
pub(super) fn month_number(name: &[u8]) -> Option<i64> {
    const MONTHS: [&[u8]; 12] = [
        b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
    ];
    let index = MONTHS.iter().position(|month| name == *month)?;
    i64::try_from(index + 1).ok()
}

/// Year, month and day of a date whose month is named, as `23-Mar-2024`, with the given sign between them.
pub(super) fn named_date(cursor: &mut Cursor<'_>, between: &[u8]) -> Option<(i64, i64, i64)> {
    let day = cursor.digits(2)?;
    cursor.one_of(between)?;
    let (name, rest) = cursor.0.split_at_checked(3)?;
    let month = month_number(name)?;
    cursor.0 = rest;
    cursor.one_of(between)?;
    Some((cursor.digits(4)?, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3339_table() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2018-03-24T17:15:20.865716Z", Some(1_521_911_720_865)),
            ("2015-03-29T11:01:38.221126-0600", Some(1_427_648_498_221)),
            ("2015-03-29T11:01:38,221+05:30", Some(1_427_607_098_221)),
            ("2024-02-29 00:00:00Z", Some(1_709_164_800_000)),
            ("1969-12-31T23:59:59.9Z", Some(-100)),
            ("2016-12-31T23:59:60Z", Some(1_483_228_800_000)),
            ("2023-02-29T00:00:00Z", None),
            ("2023-13-01T00:00:00Z", None),
            ("2023-01-01T24:00:00Z", None),
            ("2023-01-01T00:00:00", None),
            ("2023-01-01T00:00:00.Z", None),
            ("2023-01-01T00:00:00Zx", None),
            ("", None),
        ] {
            assert_eq!(parse_rfc3339_ms(text.as_bytes()), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_usual_form_is_read_as_any(
            whole in "[0-9]{9,11}",
            fraction in "[0-9]{0,13}",
            at in 0..26_usize,
            byte in proptest::num::u8::ANY,
        ) {
            let mut text = format!("{whole}.{fraction}").into_bytes();
            proptest::prop_assert_eq!(epoch_text_ms(&text), any_epoch_ms(&text));
            if let Some(place) = text.get_mut(at) {
                *place = byte;
            }
            proptest::prop_assert_eq!(epoch_text_ms(&text), any_epoch_ms(&text), "{:?}", text);
        }
    }

    #[test]
    fn epoch_tables() {
        for (text, expected) in [
            ("1521911720.865716", Some(1_521_911_720_865)),
            ("0", Some(0)),
            ("99999999999", Some(99_999_999_999_000)),
            ("999999999999", None),
            ("-1", None),
            ("1.", None),
            ("1521911720.86x", None),
            ("-", None),
        ] {
            assert_eq!(epoch_text_ms(text.as_bytes()), expected, "{text}");
        }
        for (number, expected) in [
            (1_521_911_720.865_716, Some(1_521_911_720_865)),
            (1_521_911_720.865, Some(1_521_911_720_865)),
            (1_521_911_720_865.0, Some(1_521_911_720_865)),
            (-1.0, None),
            (f64::NAN, None),
            (1e300, None),
        ] {
            assert_eq!(epoch_number_ms(number), expected, "{number}");
        }
    }
}
