//! What is told: findings, each with its evidence and reason, and the story that findings of one thing are.

mod shelf;

use accord_matcher::Kind;
use serde::{Serialize, Serializer};

pub(crate) use shelf::{News, Shelf};

use crate::event::{Circle, Dimension};
use crate::judge::{Feature, Judgement};
use crate::kept::{kept, kept_choice};
use crate::limits::{
    MAX_COUNTED, MAX_COURSE_HOURS, MAX_EXAMPLES, MAX_FINDINGS, MAX_NAMED_SOURCES, MAX_SHOWN_BYTES,
    MAX_STORY_KEYS,
};
use crate::series::Point;

/// Bytes of a reason in words: a few labels and sources and some numbers.
const MAX_REASON_BYTES: usize = 2_048;
/// The most bytes of a story.
pub(crate) const MAX_STORY_BYTES: usize = MAX_FINDINGS
    * ((MAX_EXAMPLES + MAX_NAMED_SOURCES + 3) * (MAX_SHOWN_BYTES + 48) + 24 * 16 + MAX_REASON_BYTES + 512)
    + MAX_COURSE_HOURS * 16 * 2
    + MAX_STORY_KEYS * 64
    + 4_096;

/// A story's number, which it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct StoryId(pub u64);

/// How something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Detector {
    /// More than its own past lets one expect.
    Burst,
    /// Never seen before, and it spreads.
    New,
    /// Silent for long, and it spreads.
    Woke,
    /// New names that have something in common.
    Alike,
    /// Values that appear together.
    Together,
}

impl Detector {
    pub(crate) const ALL: [Detector; 5] = [
        Detector::Burst,
        Detector::New,
        Detector::Woke,
        Detector::Alike,
        Detector::Together,
    ];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Detector::Burst => "burst",
            Detector::New => "new",
            Detector::Woke => "woke",
            Detector::Alike => "alike",
            Detector::Together => "together",
        }
    }
}
kept_choice!(Detector, Detector::ALL);

/// In what names are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Alike {
    /// Letters, digits and hyphens in the same places, under the same suffix.
    Form,
    /// They look generated, under the same suffix.
    Generated,
    /// A word.
    Word,
    /// The name that they are under.
    Parent,
    /// The network that they stand in.
    Network,
}

impl Alike {
    pub(crate) const ALL: [Alike; 5] = [
        Alike::Form,
        Alike::Generated,
        Alike::Word,
        Alike::Parent,
        Alike::Network,
    ];

    /// In words: "names ...".
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Alike::Form => "of the form (a: letter, 9: digit)",
            Alike::Generated => "that look generated under",
            Alike::Word => "with the word",
            Alike::Parent => "under",
            Alike::Network => "in the network",
        }
    }
}
kept_choice!(Alike, Alike::ALL);

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "is")]
pub enum Subject {
    /// A label.
    Label {
        /// Of what.
        dimension: Dimension,
        /// The label.
        label: String,
    },
    /// A value.
    Value {
        /// Its kind.
        #[serde(serialize_with = "word")]
        kind: Kind,
        /// In canonical form, cut at [`MAX_SHOWN_BYTES`].
        value: String,
    },
    /// Names that are alike.
    Names {
        /// In what.
        how: Alike,
        /// The form, word, suffix, parent or network.
        what: String,
    },
    /// Two values that appear together.
    Pair {
        /// The kind of the first.
        #[serde(serialize_with = "word")]
        kind: Kind,
        /// The first.
        value: String,
        /// The kind of the other.
        #[serde(serialize_with = "word")]
        other_kind: Kind,
        /// The other.
        other: String,
    },
}

fn word<S: Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.as_str())
}

impl Subject {
    /// What it is, in words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Subject::Label { dimension, label } => format!("{} {label}", dimension.as_str()),
            Subject::Value { kind, value } => format!("{kind} {value}"),
            Subject::Names { how, what } => format!("names {} {what}", how.as_str()),
            Subject::Pair { value, other, .. } => format!("{value} and {other}"),
        }
    }
}

impl Subject {
    pub(crate) fn names_a_threat(&self) -> bool {
        matches!(self, Subject::Label { dimension, .. } if dimension.names_a_threat())
    }
}

impl crate::kept::Kept for Subject {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Subject::Label { dimension, label } => {
                0u8.put(out);
                dimension.put(out);
                label.put(out);
            }
            Subject::Value { kind, value } => {
                1u8.put(out);
                kind.put(out);
                value.put(out);
            }
            Subject::Names { how, what } => {
                2u8.put(out);
                how.put(out);
                what.put(out);
            }
            Subject::Pair {
                kind,
                value,
                other_kind,
                other,
            } => {
                3u8.put(out);
                kind.put(out);
                value.put(out);
                other_kind.put(out);
                other.put(out);
            }
        }
    }

    fn take(from: &mut crate::kept::Reader<'_>) -> Result<Self, crate::state::Damaged> {
        use crate::kept::Kept;
        Ok(match u8::take(from)? {
            0 => Subject::Label {
                dimension: Kept::take(from)?,
                label: Kept::take(from)?,
            },
            1 => Subject::Value {
                kind: Kept::take(from)?,
                value: Kept::take(from)?,
            },
            2 => Subject::Names {
                how: Kept::take(from)?,
                what: Kept::take(from)?,
            },
            3 => Subject::Pair {
                kind: Kept::take(from)?,
                value: Kept::take(from)?,
                other_kind: Kept::take(from)?,
                other: Kept::take(from)?,
            },
            _ => return Err(crate::state::Damaged::Inconsistent),
        })
    }
}

/// An observable, as an example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Example {
    /// Its kind.
    #[serde(serialize_with = "word")]
    pub kind: Kind,
    /// The value, cut at [`MAX_SHOWN_BYTES`].
    pub value: String,
}
kept!(Example { kind, value });

/// How many customers of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceCount {
    /// The source.
    pub source: String,
    /// Its customers, an estimate where they are many.
    pub customers: u32,
}
kept!(SourceCount { source, customers });

/// What a finding rests on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evidence {
    /// The hours that were looked at, back from `last_ms`.
    pub window_hours: u32,
    /// What was counted in them: customers hour by hour; of new names alike, names.
    pub seen: f64,
    /// What the past lets one expect of that.
    pub expected: f64,
    /// Different customers.
    pub customers: u32,
    /// Of which sources, the loudest first, at most [`MAX_NAMED_SOURCES`].
    pub sources: Vec<SourceCount>,
    /// Sources altogether.
    pub source_count: u32,
    /// Lines.
    pub lines: u64,
    /// Lines of look-ups that found nothing.
    pub failed: u64,
    /// Of the first and the last line, milliseconds since 1970 UTC.
    pub first_ms: u64,
    /// See there.
    pub last_ms: u64,
    /// Hour by hour, oldest first, at most a day.
    pub by_hour: Vec<Point>,
    /// Some of the observables.
    pub examples: Vec<Example>,
}
kept!(Evidence {
    window_hours,
    seen,
    expected,
    customers,
    sources,
    source_count,
    lines,
    failed,
    first_ms,
    last_ms,
    by_hour,
    examples,
});

/// One thing that stands out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// How it was found.
    pub detector: Detector,
    /// What it is about.
    pub subject: Subject,
    /// How far it stands out; [`crate::Config::threshold`] and more.
    pub score: f64,
    /// Why, in words that can be checked against the evidence.
    pub reason: String,
    /// What it rests on, as of the last news.
    pub evidence: Evidence,
    /// When it was found first, milliseconds since 1970 UTC.
    pub found_ms: u64,
}
kept!(Finding {
    detector,
    subject,
    score,
    reason,
    evidence,
    found_ms
});

/// How far a story is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// It grew within the last hours.
    Growing,
    /// It goes on.
    Steady,
    /// No news for [`crate::limits::COOLING_HOURS`].
    Cooling,
    /// Over; the same thing reopens it within [`crate::limits::REOPEN_DAYS`].
    Closed,
}
kept_choice!(
    Stage,
    [Stage::Growing, Stage::Steady, Stage::Cooling, Stage::Closed]
);

/// Findings of one thing, from its beginning to its end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Story {
    /// Its number.
    pub id: StoryId,
    /// Whose it is: nobody else is told of it.
    #[serde(skip)]
    pub circle: Circle,
    /// What it is about, in words.
    pub title: String,
    /// How far it is.
    pub stage: Stage,
    /// Milliseconds since 1970 UTC.
    pub opened_ms: u64,
    /// When it grew last.
    pub grew_ms: u64,
    /// When something was said of it last.
    pub last_ms: u64,
    /// When it ended.
    pub closed_ms: Option<u64>,
    /// The story into which it was taken, where they turned out to be one.
    pub merged_into: Option<StoryId>,
    /// By which stories are ordered, the greatest first.
    pub rank: f64,
    /// How the rank came about, in words.
    pub ranked_because: String,
    /// Its findings, the first one first; at most [`MAX_FINDINGS`].
    pub findings: Vec<Finding>,
    /// Hour by hour, oldest first, at most [`MAX_COURSE_HOURS`]; of a closed story as far as it was open.
    pub course: Vec<Point>,
    /// What a person said of it.
    pub judgement: Option<Judgement>,
    /// Whether it grew to [`crate::limits::RECONSIDERED`] times what it was when it was dismissed, and is shown again.
    pub reconsidered: bool,
    #[serde(skip)]
    pub(crate) inner: Inner,
}

/// What of a story nobody else needs.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Inner {
    /// Hashes of what its findings are about.
    pub subjects: Vec<u64>,
    /// Hashes of what belongs to it beside.
    pub related: Vec<u64>,
    pub features: Vec<Feature>,
    /// The most of a finding's `seen`, and what it was when the story was dismissed.
    pub highest: f64,
    pub dismissed_at: f64,
    /// What of it was counted as usual: class and strength.
    pub counted: Vec<(u8, f64)>,
}
kept!(Inner {
    subjects,
    related,
    features,
    highest,
    dismissed_at,
    counted
});

impl crate::kept::Kept for StoryId {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }
    fn take(from: &mut crate::kept::Reader<'_>) -> Result<Self, crate::state::Damaged> {
        Ok(Self(crate::kept::Kept::take(from)?))
    }
}
kept!(Story {
    id,
    circle,
    title,
    stage,
    opened_ms,
    grew_ms,
    last_ms,
    closed_ms,
    merged_into,
    rank,
    ranked_because,
    findings,
    course,
    judgement,
    reconsidered,
    inner,
});

impl Story {
    /// Whether it was read within its limits.
    pub(crate) fn is_whole(&self) -> bool {
        self.findings.len() <= MAX_FINDINGS
            && self.course.len() <= MAX_COURSE_HOURS
            && self.inner.subjects.len() + self.inner.related.len() <= MAX_STORY_KEYS
            && self.inner.counted.len() <= MAX_COUNTED
            && self.findings.iter().all(|finding| {
                finding.evidence.examples.len() <= MAX_EXAMPLES
                    && finding.evidence.sources.len() <= MAX_NAMED_SOURCES
            })
    }

    pub(crate) fn held_bytes(&self) -> usize {
        let texts = |finding: &Finding| {
            let evidence = &finding.evidence;
            finding.reason.capacity()
                + finding.subject.words().len()
                + evidence.by_hour.capacity() * size_of::<Point>()
                + evidence
                    .examples
                    .iter()
                    .map(|one| one.value.capacity() + size_of::<Example>())
                    .sum::<usize>()
                + evidence
                    .sources
                    .iter()
                    .map(|one| one.source.capacity() + size_of::<SourceCount>())
                    .sum::<usize>()
        };
        size_of::<Self>()
            + self.title.capacity()
            + self.ranked_because.capacity()
            + self.course.capacity() * size_of::<Point>()
            + self
                .findings
                .iter()
                .map(|finding| size_of::<Finding>() + texts(finding))
                .sum::<usize>()
            + (self.inner.subjects.capacity() + self.inner.related.capacity()) * 8
    }
}

/// A text as it is shown: cut at [`MAX_SHOWN_BYTES`], between characters.
pub(crate) fn shown(text: &str) -> String {
    if text.len() <= MAX_SHOWN_BYTES {
        return text.to_owned();
    }
    let mut end = MAX_SHOWN_BYTES - '…'.len_utf8();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(shown("a.example"), "a.example");
        assert_eq!(shown(&"x".repeat(255)).len(), 255);
        let cut = shown(&"ü".repeat(200));
        assert!(cut.len() <= MAX_SHOWN_BYTES && cut.ends_with("ü…"));
    }
}
