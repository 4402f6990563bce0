//! Every limit of the engine, by name. The sizes that an operator chooses are in [`crate::Config`], within bounds that
//! stand here.

/// Bytes of a value that are hashed; of a longer one its beginning and its length.
pub const MAX_VALUE_BYTES: usize = 4096;
/// Bytes of a value or label that are kept to be shown; a longer one is cut.
pub const MAX_SHOWN_BYTES: usize = 255;
/// Sources told apart; further ones count as one, `other sources`.
pub const MAX_SOURCES: usize = 4096;
/// Customers of an hour and a label that are kept; beyond, their number is an estimate.
pub const LABEL_SAMPLE: u16 = 64;
/// The same of the whole node.
pub const NODE_SAMPLE: u16 = 1024;
/// The same of a value, of names alike.
pub const VALUE_SAMPLE: u16 = 64;
/// The same of a pair of values.
pub const PAIR_SAMPLE: u16 = 64;
/// Hours of the past of a label: five weeks.
pub const HISTORY_HOURS: u64 = 5 * 168;
/// Days of the past of a label.
pub const HISTORY_DAYS: u64 = 400;
/// Hours back in which a late event still counts customers.
pub const LATE_HOURS: u64 = 24;
/// How far ahead of the clock an event may be, milliseconds.
pub const MAX_AHEAD_MS: u64 = 600_000;
/// The longest step of the clock that is believed, milliseconds: the length of the history.
pub const MAX_STEP_MS: u64 = HISTORY_HOURS * 3_600_000;
/// Hours that a value is watched from when it was new or woke.
pub const WATCH_HOURS: u64 = 72;
/// Hours of the clock, the open one among them, of which the most customers are taken for how fast a value spreads.
pub const FAST_HOURS: u64 = 3;
/// Milliseconds within which two values of a customer appear together.
pub const TOGETHER_MS: u64 = 900_000;
/// Values of a customer that are remembered to see what appears together.
pub const TOGETHER_VALUES: usize = 4;
/// Stories that are open at a time; beyond, the weakest is closed.
pub const MAX_OPEN_STORIES: usize = 128;
/// Closed stories that are kept.
pub const MAX_CLOSED_STORIES: usize = 256;
/// What a story counted as usual that is remembered, to be taken back: of a new value how far and how fast it came.
pub const MAX_COUNTED: usize = 2 * MAX_FINDINGS;
/// Findings of a story.
pub const MAX_FINDINGS: usize = 8;
/// Labels, values and likenesses by which a story is recognised.
pub const MAX_STORY_KEYS: usize = 64;
/// Hours of a story's course; the oldest are dropped.
pub const MAX_COURSE_HOURS: usize = 672;
/// Times the strength at which it was dismissed from which a thing is shown again.
pub const RECONSIDERED: f64 = 2.0;
/// Example observables of a finding.
pub const MAX_EXAMPLES: usize = 8;
/// Sources of a finding that are named, the loudest first.
pub const MAX_NAMED_SOURCES: usize = 8;
/// Hours without news after which a story cools.
pub const COOLING_HOURS: u64 = 12;
/// Hours without news after which it is closed.
pub const CLOSING_HOURS: u64 = 72;
/// Days after its end in which the same thing reopens a story.
pub const REOPEN_DAYS: u64 = 14;
/// Words of a name by which names are alike.
pub const MAX_WORDS: usize = 4;
/// Most that judgements raise or lower a story's rank, as a power of two.
pub const MAX_LEAN: f64 = 1.0;
/// Fewest and most values that are remembered.
pub const MEMORY_SLOTS: std::ops::RangeInclusive<usize> = 1 << 10..=1 << 28;
/// Fewest and most of each other table.
pub const TABLE_SLOTS: std::ops::RangeInclusive<usize> = 64..=1 << 22;
/// Fewest and most labels of a dimension.
pub const LABELS: std::ops::RangeInclusive<usize> = 8..=1 << 14;
/// Fewest and most counters of a row of a count-min sketch.
pub const COUNTERS: std::ops::RangeInclusive<usize> = 1 << 8..=1 << 24;
