//! Every limit of this crate, by name. The table is in `docs/spec/log-sigma.md`.

/// The most files of one set of rules.
pub const MAX_RULE_FILES: usize = 20_000;
/// The longest file of rules.
pub const MAX_RULE_FILE_BYTES: usize = 4 * 1024 * 1024;
/// The longest rule: one document of a file.
pub const MAX_RULE_BYTES: usize = 1024 * 1024;
/// The most rules of one set, correlations and filters among them; the rest are refused by name.
pub const MAX_RULES: usize = 10_000;
/// The most nodes of one rule's YAML, each use of an alias counted with all that it stands for: what keeps a billion
/// laughs from being told.
pub const MAX_YAML_NODES: usize = 50_000;
/// How deep a rule's YAML goes.
pub const MAX_YAML_DEPTH: usize = 32;
/// How many brackets of a rule's text may be open at once, those inside of text among them: the reader of YAML looks back
/// over all of them at each.
pub const MAX_YAML_BRACKETS: usize = 256;
/// The longest condition.
pub const MAX_CONDITION_BYTES: usize = 4096;
/// How deep a condition's parentheses go.
pub const MAX_CONDITION_DEPTH: usize = 32;
/// The most values of one rule, after values that stand for several are written out.
pub const MAX_RULE_VALUES: usize = 50_000;
/// The longest regular expression, those that are made of wildcards among them.
pub const MAX_REGEX_BYTES: usize = 4096;
/// How large a regular expression may become when it is compiled. Its time is linear in the text by construction.
pub const MAX_REGEX_COMPILED_BYTES: usize = 8 * 1024 * 1024;
/// What is larger than this is a large one.
pub const LARGE_REGEX_COMPILED_BYTES: usize = 512 * 1024;
/// The most large regular expressions of one rule.
pub const MAX_RULE_LARGE_REGEXES: usize = 4;
/// The most regular expressions of one rule.
pub const MAX_RULE_REGEXES: usize = 512;

/// The most hits told of one rule, and what is told where nothing is said; further ones are counted.
pub const MAX_RULE_HITS: usize = 100_000;
/// How many hits of one rule are told where nothing is said.
pub const DEFAULT_RULE_HITS: usize = 1000;
/// The most lines with hits; further ones are counted.
pub const MAX_HIT_LINES: usize = 100_000;
/// The most bytes of lines with hits; further ones are counted.
pub const MAX_HIT_BYTES: usize = 256 * 1024 * 1024;
/// The longest value of a field shown beside a hit, bytes; the line holds all of it.
pub const MAX_SHOWN_VALUE_BYTES: usize = 512;
/// The most rows of counts; further ones are counted together.
pub const MAX_COUNT_ROWS: usize = 1_000_000;

/// The most hits kept for correlations; further ones are counted, and the correlations are not complete.
pub const MAX_CORRELATION_EVENTS: usize = 1_000_000;
/// The most bytes of values by which correlations group and count; what passes them is not kept either.
pub const MAX_CORRELATION_TEXT_BYTES: usize = 64 * 1024 * 1024;
/// The most hits of all correlations; further ones are counted.
pub const MAX_CORRELATION_HITS: usize = 10_000;
/// How many of its lines one hit of a correlation names; all are counted.
pub const MAX_CORRELATION_LINES: usize = 100;
/// How many correlations may stand on each other.
pub const MAX_CORRELATION_DEPTH: usize = 10;
/// The most rules that one correlation joins.
pub const MAX_CORRELATED_RULES: usize = 100;
/// The longest time that a correlation spans, days.
pub const MAX_TIMESPAN_DAYS: u64 = 366;
