//! Hours, days and ticks since 1970 UTC, and how a time is written.

/// An hour, milliseconds.
pub(crate) const HOUR_MS: u64 = 3_600_000;
/// Time between two looks at what came in, milliseconds.
pub(crate) const TICK_MS: u64 = 300_000;
/// Ticks of an hour.
pub(crate) const TICKS: usize = 12;
/// Hours of a day and of a week.
pub(crate) const DAY: u64 = 24;
pub(crate) const WEEK: u64 = 168;

/// `2026-11-30 14:00 UTC`, of an hour since 1970 (Hinnant, `civil_from_days`).
pub(crate) fn hour_text(hour: u64) -> String {
    let days = hour / DAY + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:00 UTC", hour % DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_written_as_dates() {
        assert_eq!(hour_text(0), "1970-01-01 00:00 UTC");
        assert_eq!(hour_text(11_016 * 24 + 5), "2000-02-29 05:00 UTC");
        assert_eq!(hour_text(20_787 * 24 + 14), "2026-11-30 14:00 UTC");
    }
}
