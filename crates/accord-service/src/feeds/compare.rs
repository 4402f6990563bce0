//! Whether a pull as a whole looks wrong, beside the last good one.

/// A pull with more than so many times the values of the last good one is held.
pub const GROWN_MAX_TIMES: usize = 10;
/// Growth to no more values than this is not looked at.
pub const GROWN_SMALL: usize = 100;
/// A pull that lacks more than so many percent of the values of the last good one is held, unless the feed is told otherwise.
pub const GONE_PERCENT_DEFAULT: u8 = 50;
/// A loss from no more values than this is not looked at, but that of all of them.
pub const GONE_SMALL: usize = 20;
/// A pull of which more than so many percent of the entries are refused is held.
pub const REFUSED_PERCENT_MAX: u64 = 50;

/// The numbers of a pull.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Numbers {
    /// Values of the last good pull; none: there was none.
    pub before: Option<usize>,
    /// Values now.
    pub now: usize,
    /// Of those before, not there now.
    pub gone: usize,
    /// Entries refused.
    pub refused: u64,
}

/// Why the pull is held, in words; `None` where nothing looks wrong.
pub(crate) fn wrong(numbers: Numbers, gone_percent: u8, formats: Option<(&str, &str)>) -> Option<String> {
    let Numbers {
        before,
        now,
        gone,
        refused,
    } = numbers;
    let had = before.unwrap_or(0);
    if now == 0 {
        return Some(match (had, refused) {
            (0, 0) => "it is empty".to_owned(),
            (0, _) => format!("nothing in it can be used: {refused} entries are refused"),
            (_, 0) => format!("it is suddenly empty: it had {had} values"),
            (_, _) => format!(
                "it had {had} values, and of it now nothing can be used: {refused} entries are refused"
            ),
        });
    }
    let entries = u64::try_from(now).unwrap_or(u64::MAX).saturating_add(refused);
    if refused.saturating_mul(100) > entries.saturating_mul(REFUSED_PERCENT_MAX) {
        return Some(format!(
            "most of it cannot be used: {refused} of {entries} entries are refused"
        ));
    }
    if let Some((was, is)) = formats.filter(|(was, is)| was != is) {
        return Some(format!("it has another form: it was {was}, and is {is}"));
    }
    if had > 0 && now > GROWN_SMALL && now > had.saturating_mul(GROWN_MAX_TIMES) {
        return Some(format!(
            "it is more than {GROWN_MAX_TIMES} times as large: it had {had} values, and has {now}"
        ));
    }
    if had > GONE_SMALL && gone.saturating_mul(100) > had.saturating_mul(usize::from(gone_percent)) {
        return Some(format!(
            "{gone} of its {had} values are gone at once, more than {gone_percent} percent"
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held() {
        let check = |before: Option<usize>, now, gone, refused, held: Option<&str>| {
            let numbers = Numbers {
                before,
                now,
                gone,
                refused,
            };
            let said = wrong(numbers, GONE_PERCENT_DEFAULT, None);
            match held {
                None => assert_eq!(said, None, "{numbers:?}"),
                Some(part) => assert!(
                    said.as_deref().is_some_and(|said| said.contains(part)),
                    "{numbers:?}: {said:?}"
                ),
            }
        };
        check(None, 0, 0, 0, Some("empty"));
        check(None, 0, 0, 7, Some("nothing in it can be used"));
        check(Some(9), 0, 9, 0, Some("suddenly empty"));
        check(Some(9), 0, 9, 3, Some("nothing can be used"));
        check(None, 200_000, 0, 0, None);
        check(Some(1), GROWN_SMALL, 0, 0, None);
        check(Some(9), GROWN_SMALL + 1, 0, 0, Some("10 times"));
        check(Some(100), 1_000, 0, 0, None);
        check(Some(100), 1_001, 0, 0, Some("10 times"));
        check(Some(GONE_SMALL), 1, GONE_SMALL - 1, 0, None);
        check(Some(100), 50, 50, 0, None);
        check(Some(100), 49, 51, 0, Some("50 percent"));
        check(Some(100), 100, 51, 0, Some("gone at once"));
        check(Some(10), 10, 0, 10, None);
        check(Some(10), 10, 0, 11, Some("most of it"));
    }

    #[test]
    fn another_form_is_held_and_the_share_is_the_feeds() {
        let numbers = Numbers {
            before: Some(100),
            now: 100,
            gone: 90,
            refused: 0,
        };
        assert!(wrong(numbers, 90, None).is_none());
        assert!(wrong(numbers, 89, None).is_some());
        assert!(wrong(numbers, 100, Some(("csv", "text"))).is_some());
        assert!(wrong(numbers, 100, Some(("csv", "csv"))).is_none());
    }
}
