//! Reasons in words, and the constants of the decisions they tell of.

use crate::limits::FAST_HOURS;
use crate::time::hour_text;

/// Standard deviations by which it must stand out without its loudest source.
pub(crate) const WITHOUT_LOUDEST: f64 = 2.0;
/// Share of the threshold below which a story is no longer told of.
pub(crate) const STILL: f64 = 0.6;
/// Fewest names that are alike.
pub(crate) const MIN_ALIKE: f64 = 5.0;
/// New names of a likeness an hour that are always expected.
pub(crate) const ALIKE_FLOOR: f64 = 0.02;
/// Variance over mean of new names, which come in groups.
pub(crate) const ALIKE_SPREAD: f64 = 1.5;
/// Share of a value's customers that must have met both of a pair.
pub(crate) const PAIR_SHARE: f64 = 0.5;
/// Share of a place's events that a threat must have, so that its outbreak there is told with it.
pub(crate) const THREAT_SHARE: f32 = 0.2;
/// Least customers expected in a window, so that one is never infinitely many.
pub(crate) const EXPECTED_MIN: f64 = 0.2;
/// The whole node's growth that is taken as the cause of a label's, at most.
pub(crate) const NODE_GROWTH_MAX: f64 = 4.0;
/// How far above what is usual a told candidate is counted, at most.
pub(crate) const STEP_OF_USUAL: f64 = 1.5;

/// `1 hour`, `3 hours`.
pub(crate) fn hours(count: u64) -> String {
    many(count, "hour")
}

/// `1 customer`, `3 customers`.
pub(crate) fn many(count: u64, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}

/// The loudest source, as far as it is left out.
#[derive(Debug, Clone)]
pub(crate) struct Loudest {
    pub name: String,
    pub share: f64,
    /// What stands out without it.
    pub score: f64,
}

impl Loudest {
    fn words(loudest: Option<&Self>) -> String {
        loudest.map_or_else(String::new, |loudest| {
            format!(
                " Without the loudest source, {} with {:.0} %, it is {:.1} standard deviations above.",
                loudest.name,
                loudest.share * 100.0,
                loudest.score
            )
        })
    }
}

/// Of a label that bursts.
#[derive(Debug)]
pub(crate) struct BurstWords<'a> {
    pub subject: &'a str,
    pub window: u64,
    pub seen: f64,
    pub expected: f64,
    pub growth: f64,
    pub highest: f64,
    pub score: f64,
    pub customers: u32,
    pub sources: u32,
    pub is_first: Option<u64>,
    pub loudest: Option<&'a Loudest>,
}

pub(crate) fn burst(of: &BurstWords<'_>) -> String {
    let span = hours(of.window);
    let past = match of.is_first {
        Some(hour) => format!("it was not seen before {}", hour_text(hour)),
        None => format!(
            "the most in any {span} of the five weeks before was {:.0}",
            of.highest
        ),
    };
    let growth = if of.growth > 1.05 {
        format!(", of it {:.1} times for the growth of all events", of.growth)
    } else {
        String::new()
    };
    format!(
        "{}: {:.0} in the last {span}, counting each customer once an hour, where the same hours of the weeks before let one \
         expect {:.1}{growth}; {past}. {} at {}. That is {:.1} standard deviations above.{}",
        of.subject,
        of.seen,
        of.expected,
        many(u64::from(of.customers), "different customer"),
        many(u64::from(of.sources), "source"),
        of.score,
        Loudest::words(of.loudest),
    )
}

/// Of a value that is new, or woke.
#[derive(Debug)]
pub(crate) struct SpreadWords<'a> {
    pub subject: &'a str,
    pub first_hour: u64,
    pub since_hour: u64,
    pub within: u64,
    pub customers: u32,
    pub sources: u32,
    /// Silent days and days with sightings before.
    pub woke: Option<(u16, u16)>,
    /// How often a day others of its kind came so far.
    pub rate: f64,
    /// Where it is told for how fast it spreads: customers of the last hours, and how often a day others were as fast.
    pub fast: Option<(f64, f64)>,
    pub name: Option<&'a str>,
}

pub(crate) fn spread(of: &SpreadWords<'_>) -> String {
    let past = match of.woke {
        None => format!(
            "not seen before {} (the history begins {})",
            hour_text(of.first_hour),
            hour_text(of.since_hour)
        ),
        Some((gap, days)) => format!(
            "seen on {} since {}, then not for {} with events",
            many(u64::from(days.saturating_sub(1)), "day"),
            hour_text(of.first_hour),
            many(u64::from(gap), "day")
        ),
    };
    let others = match of.fast {
        None => format!(
            "Others of its kind came so far {:.2} times a day lately.",
            of.rate
        ),
        Some((came, rate)) => format!(
            "Of these about {came:.0} came in the last {} of the clock: others of its kind were as fast {rate:.2} times a day \
             lately.",
            hours(FAST_HOURS)
        ),
    };
    format!(
        "{}{}: {past}; within {} met by {} at {}. {others}",
        of.subject,
        of.name.map_or_else(String::new, |name| format!(" ({name})")),
        hours(of.within),
        many(u64::from(of.customers), "customer"),
        many(u64::from(of.sources), "source"),
    )
}

pub(crate) fn known(
    subject: &str,
    seen: f64,
    expected: f64,
    score: f64,
    customers: u32,
    sources: u32,
) -> String {
    format!(
        "{subject}: about {seen:.0} in the last hours, counting each customer once an hour, where the week before lets one expect \
         {expected:.1}. {} at {} since it was noticed. That is {score:.1} standard deviations above.",
        many(u64::from(customers), "different customer"),
        many(u64::from(sources), "source"),
    )
}

/// Of names that are alike.
#[derive(Debug)]
pub(crate) struct AlikeWords<'a> {
    pub subject: &'a str,
    pub window: u64,
    pub seen: f64,
    pub expected: f64,
    pub score: f64,
    pub customers: u32,
    pub sources: u32,
    pub failed: u32,
    pub generated: u32,
    pub lines: u32,
    pub loudest: Option<&'a Loudest>,
}

pub(crate) fn alike(of: &AlikeWords<'_>) -> String {
    let share = |part: u32| f64::from(part) * 100.0 / f64::from(of.lines.max(1));
    format!(
        "{:.0} new {} in the last {}, where the two weeks before let one expect {:.1}; asked for by {} at {}. {:.0} % of the \
         look-ups failed, {:.0} % of the names look generated. That is {:.1} standard deviations above.{}",
        of.seen,
        of.subject,
        hours(of.window),
        of.expected,
        many(u64::from(of.customers), "customer"),
        many(u64::from(of.sources), "source"),
        share(of.failed),
        share(of.generated),
        of.score,
        Loudest::words(of.loudest),
    )
}

pub(crate) fn together(a: (&str, u32), b: (&str, u32), both: u32, sources: u32, expected: f64) -> String {
    format!(
        "{} met {} and {} within a quarter of an hour, at {}: {} met the first, {} the second; by chance {expected:.2} would have met both.",
        many(u64::from(both), "customer"),
        a.0,
        b.0,
        many(u64::from(sources), "source"),
        a.1,
        b.1,
    )
}
