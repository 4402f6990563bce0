//! A feed as it is kept: what people said of it, how its pulls went, and its values.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use accord_client::{FeedForm, Validators};
use accord_matcher::{Pattern, PatternKind};
use accord_model::{PersonId, Tlp};
use accord_store::{Batch, Store};
use serde::{Deserialize, Serialize};

use super::clock::FeedClock;
use super::reading::{Labels, Reading, Refusals};
use super::score::{DETECT_AT, lasts_ms, score};
use crate::error::{Result, ServiceError};
use crate::made::new_version;

pub(super) const FEEDS: &str = "feeds";
pub(super) const VALUES: &str = "feed-values";
/// Values of pulls that are held.
pub(super) const HELD: &str = "feed-held";
pub(super) const FOUND_FALSE: &str = "feed-false";
pub(super) const CLOCK: &str = "feed-clock";
pub(super) const CLOCK_ID: &str = "clock";

/// Most feeds of a node.
pub const FEEDS_MAX: usize = 50;
/// Most values of all feeds of a node that are in force.
pub const FEEDS_VALUES_MAX: usize = 500_000;
/// Pulls of a feed that are remembered.
pub const PULLS_KEPT: usize = 50;
/// Most values that people found to be false.
pub const FOUND_FALSE_MAX: usize = 10_000;

/// A new feed, or what it is changed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewFeed {
    /// Its name, unique within the node: 1 to 40 of a-z, 0-9 and -.
    pub name: String,
    /// Where it is: `https://HOST/PATH`.
    pub url: String,
    /// What stands there.
    #[serde(default)]
    pub form: FeedForm,
    /// Of a feed in parts: what was changed or added in so many days is read; absent: [`DAYS_DEFAULT`](super::DAYS_DEFAULT).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u16>,
    /// The column of the values, from 1, of a table whose header does not name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u16>,
    /// The kinds of values that are taken; none: all.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// How far what it lists may travel.
    pub marking: Tlp,
    /// How sure it is, 0 to 100.
    pub confidence: u8,
    /// A label that every value gets.
    #[serde(default)]
    pub label: String,
    /// Minutes between two pulls.
    pub every_minutes: u32,
    /// The audiences it serves; none: all that the marking allows.
    #[serde(default)]
    pub audiences: Vec<String>,
    /// A pull that lacks more than so many percent of the values is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone_percent: Option<u8>,
    /// Who publishes it, and under which terms.
    #[serde(default)]
    pub terms: String,
}

/// Who did something, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoneBy {
    /// Who.
    pub by: PersonId,
    /// When, ms UTC.
    pub at_ms: u64,
}

/// How a pull ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PullOutcome {
    /// Values came, went, or both.
    Changed,
    /// Everything is as it was.
    Same,
    /// It looks wrong, and waits for a person; what is in force stays.
    Held,
    /// It could not be read; what is in force stays.
    Failed,
    /// Somebody stopped it.
    Stopped,
    /// A person took what was held.
    Accepted,
}

/// One pull.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PullLine {
    /// When, ms UTC.
    pub at_ms: u64,
    /// Who asked for it; none: it was time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
    /// How it ended.
    pub outcome: PullOutcome,
    /// Why, where there is something to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// Bytes that came.
    pub bytes: u64,
    /// Values in it.
    pub values: usize,
    /// Of them, not there before; also those that came back.
    pub new: usize,
    /// Values of the one before that are not in it.
    pub gone: usize,
    /// Values in both.
    pub same: usize,
    /// Entries refused.
    pub refused: u64,
}

impl PullLine {
    pub(super) fn new(at_ms: u64, by: Option<PersonId>, outcome: PullOutcome) -> Self {
        Self {
            at_ms,
            by,
            outcome,
            words: None,
            bytes: 0,
            values: 0,
            new: 0,
            gone: 0,
            same: 0,
            refused: 0,
        }
    }
}

/// The last pull whose values are in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Good {
    /// When it was last seen to be so, ms UTC.
    pub at_ms: u64,
    /// The same by the feeds' own clock.
    pub counted_ms: u64,
    pub format: String,
    pub sha256: String,
    pub validators: Validators,
    /// What of it was refused.
    pub refused: Refusals,
}

/// A pull that looks wrong and waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldPull {
    /// When it came, ms UTC.
    pub at_ms: u64,
    /// Why it is held.
    pub reason: String,
    /// The SHA-256 of its bytes.
    pub sha256: String,
    /// Its form.
    pub format: String,
    /// Values in it.
    pub values: usize,
    /// Of them, not in force now.
    pub new: usize,
    /// Values in force that are not in it.
    pub gone: usize,
    /// What of it was refused.
    pub refused: Refusals,
    /// Some that are new.
    pub new_examples: Vec<String>,
    /// Some that are gone.
    pub gone_examples: Vec<String>,
    /// What the server said of it.
    #[serde(default)]
    pub(crate) validators: Validators,
}

/// A feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Feed {
    pub about: NewFeed,
    pub added: DoneBy,
    /// Who last said where it is, what is taken from it or whom it serves.
    pub set: DoneBy,
    /// Since when it is on trial; what it would have blocked is counted from here.
    pub trial_since_ms: u64,
    /// The second person, where it blocks.
    pub blocks: Option<DoneBy>,
    pub paused: Option<DoneBy>,
    pub good: Option<Good>,
    pub held: Option<HeldPull>,
    /// The SHA-256 of what a person discarded last.
    pub discarded: Option<String>,
    /// The newest first.
    pub pulls: VecDeque<PullLine>,
    /// Failures in a row.
    pub failures: u32,
    /// When it is pulled next, by the feeds' own clock.
    pub next_counted_ms: u64,
}

impl Feed {
    pub fn new(about: NewFeed, by: DoneBy) -> Self {
        Self {
            about,
            added: by,
            set: by,
            trial_since_ms: by.at_ms,
            blocks: None,
            paused: None,
            good: None,
            held: None,
            discarded: None,
            pulls: VecDeque::new(),
            failures: 0,
            next_counted_ms: 0,
        }
    }

    pub fn remember(&mut self, line: PullLine) {
        self.pulls.push_front(line);
        self.pulls.truncate(PULLS_KEPT);
    }

    /// Whether a kind of value is taken.
    pub fn takes(&self, kind: PatternKind) -> bool {
        self.about.kinds.is_empty() || self.about.kinds.iter().any(|one| one == kind.as_str())
    }
}

/// Since when a value is not in its feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gone {
    /// When it was last in it, ms UTC.
    pub at_ms: u64,
    /// The same by the feeds' own clock.
    pub counted_ms: u64,
}

/// A value of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    pub kind: PatternKind,
    pub labels: Arc<[String]>,
    /// When it was first in the feed, ms UTC.
    pub first_ms: u64,
    pub gone: Option<Gone>,
    /// When the feed says that it ends, ms UTC.
    pub until_ms: Option<u64>,
}

/// The values of a feed, by their canonical text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Values(pub BTreeMap<String, Value>);

#[derive(Serialize, Deserialize)]
struct Row {
    v: String,
    k: u8,
    f: u64,
    l: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    g: Option<(u64, u64)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    u: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct Rows {
    labels: Vec<Vec<String>>,
    rows: Vec<Row>,
}

impl Serialize for Values {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut numbers: HashMap<&Arc<[String]>, usize> = HashMap::new();
        let mut labels = Vec::new();
        let mut rows = Vec::with_capacity(self.0.len());
        for (text, value) in &self.0 {
            let number = *numbers.entry(&value.labels).or_insert_with(|| {
                labels.push(value.labels.to_vec());
                labels.len().saturating_sub(1)
            });
            let kind = PatternKind::ALL.iter().position(|kind| *kind == value.kind);
            rows.push(Row {
                v: text.clone(),
                k: kind.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX),
                f: value.first_ms,
                l: number,
                g: value.gone.map(|gone| (gone.at_ms, gone.counted_ms)),
                u: value.until_ms,
            });
        }
        Rows { labels, rows }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        use serde::de::Error as _;
        let Rows { labels, rows } = Rows::deserialize(deserializer)?;
        let labels: Vec<Arc<[String]>> = labels.into_iter().map(Arc::from).collect();
        let values = rows.into_iter().map(|row| {
            let kind = PatternKind::ALL.get(usize::from(row.k)).copied();
            let kind = kind.ok_or_else(|| D::Error::custom("a kind that is none"))?;
            let labels = labels.get(row.l).cloned();
            let value = Value {
                kind,
                labels: labels.ok_or_else(|| D::Error::custom("labels that are none"))?,
                first_ms: row.f,
                gone: row.g.map(|(at_ms, counted_ms)| Gone { at_ms, counted_ms }),
                until_ms: row.u,
            };
            Ok((row.v, value))
        });
        Ok(Self(values.collect::<std::result::Result<_, D::Error>>()?))
    }
}

/// What a pull changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    pub new: usize,
    pub gone: usize,
    pub same: usize,
}

impl Values {
    /// Values that the feed has now.
    pub fn present(&self) -> usize {
        self.0.values().filter(|value| value.gone.is_none()).count()
    }

    /// What a pull would change.
    pub fn compare(&self, reading: &Reading) -> Difference {
        let is_here = |text: &str| self.0.get(text).is_some_and(|value| value.gone.is_none());
        let same = reading
            .values
            .keys()
            .filter(|pattern| is_here(pattern.canonical()))
            .count();
        Difference {
            new: reading.values.len().saturating_sub(same),
            gone: self.present().saturating_sub(same),
            same,
        }
    }

    /// Takes a pull over. What is not in it ages from when it was last seen; what has aged out is forgotten. Whether
    /// anything changed. `as_of_ms`: the time by which what the feed ended is over.
    pub fn take(
        &mut self,
        reading: &Reading,
        (now_ms, as_of_ms): (u64, u64),
        last: Gone,
        confidence: u8,
        counted_ms: u64,
    ) -> bool {
        let mut changed = false;
        let texts: HashSet<&str> = reading.values.keys().map(Pattern::canonical).collect();
        for (pattern, said) in &reading.values {
            match self.0.get_mut(pattern.canonical()) {
                Some(value) => {
                    changed |= value.gone.is_some()
                        || value.labels != said.labels
                        || value.until_ms != said.until_ms;
                    value.gone = None;
                    value.labels = Arc::clone(&said.labels);
                    value.until_ms = said.until_ms;
                }
                None => {
                    changed = true;
                    let value = Value {
                        kind: pattern.kind(),
                        labels: Arc::clone(&said.labels),
                        first_ms: now_ms,
                        gone: None,
                        until_ms: said.until_ms,
                    };
                    self.0.insert(pattern.canonical().to_owned(), value);
                }
            }
        }
        self.0.retain(|text, value| {
            if texts.contains(text.as_str()) {
                return true;
            }
            // What its feed ended does not age: it is over.
            if value.has_ended(as_of_ms) {
                changed = true;
                return false;
            }
            changed |= value.gone.is_none();
            let gone = *value.gone.get_or_insert(last);
            let lasts = lasts_ms(confidence, value.kind, DETECT_AT).unwrap_or(0);
            let stays = counted_ms.saturating_sub(gone.counted_ms) <= lasts;
            changed |= !stays;
            stays
        });
        changed
    }

    /// Whether the feed, still saying the same, has ended some of its values by now.
    pub fn any_ended(&self, as_of_ms: u64) -> bool {
        self.0.values().any(|value| value.has_ended(as_of_ms))
    }
}

impl Value {
    /// Whether its feed said that it has ended by now.
    pub fn has_ended(&self, now_ms: u64) -> bool {
        self.until_ms.is_some_and(|until| until <= now_ms)
    }

    /// How long ago the feed last said it, by the feeds' own clock.
    pub fn age_ms(&self, good: &Good, counted_ms: u64) -> u64 {
        let said = self.gone.map_or(good.counted_ms, |gone| gone.counted_ms);
        counted_ms.saturating_sub(said)
    }

    /// What it is worth now.
    pub fn score(&self, feed: &Feed, counted_ms: u64) -> u8 {
        match &feed.good {
            Some(good) => score(feed.about.confidence, self.kind, self.age_ms(good, counted_ms)),
            None => 0,
        }
    }
}

/// What a person found to be false.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoundFalse {
    /// Who says so.
    pub by: PersonId,
    /// When, ms UTC.
    pub at_ms: u64,
    /// Why.
    pub reason: String,
    /// The feeds that listed it then.
    pub feeds: Vec<String>,
}

/// Every feed of a node.
#[derive(Debug, Default)]
pub(crate) struct Feeds {
    pub by_name: BTreeMap<String, Feed>,
    pub values: BTreeMap<String, Arc<Values>>,
    pub found_false: Arc<BTreeMap<String, FoundFalse>>,
    pub clock: FeedClock,
    /// Another one after every change of what is in force.
    version: u64,
}

impl Feeds {
    pub async fn load(store: &Store) -> Result<Self> {
        let by_name: BTreeMap<String, Feed> = store.documents(FEEDS).await?.into_iter().collect();
        let mut labels = Labels::default();
        let mut values = BTreeMap::new();
        for (name, mut of_feed) in store.documents::<Values>(VALUES).await? {
            if !by_name.contains_key(&name) {
                return Err(ServiceError::Unexplained(format!(
                    "values of the feed \"{name}\""
                )));
            }
            for value in of_feed.0.values_mut() {
                value.labels = labels.of(&value.labels);
            }
            values.insert(name, Arc::new(of_feed));
        }
        let clock = store.documents::<FeedClock>(CLOCK).await?.into_iter().next();
        Ok(Self {
            by_name,
            values,
            found_false: Arc::new(store.documents(FOUND_FALSE).await?.into_iter().collect()),
            clock: clock.map(|(_, clock)| clock.loaded()).unwrap_or_default(),
            version: new_version(),
        })
    }

    /// Another number after every change of what is in force.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// What is in force has changed, or what it is judged by.
    pub fn touch(&mut self) {
        self.version = new_version();
    }

    pub fn get(&self, name: &str) -> Result<&Feed> {
        self.by_name.get(name).ok_or(ServiceError::NotFound("feed"))
    }

    /// Changes a feed and writes it down.
    pub fn change<T>(
        &mut self,
        batch: &mut Batch,
        name: &str,
        change: impl FnOnce(&mut Feed) -> Result<T>,
    ) -> Result<T> {
        let feed = self.by_name.get_mut(name).ok_or(ServiceError::NotFound("feed"))?;
        let value = change(feed)?;
        batch.document(FEEDS, name, &*feed);
        Ok(value)
    }

    /// Values in force of all feeds but one.
    pub fn values_beside(&self, name: &str) -> usize {
        let others = self.values.iter().filter(|(other, _)| *other != name);
        others.map(|(_, values)| values.0.len()).sum()
    }

    /// Writes the feeds' own clock down.
    pub fn keep_clock(&mut self, batch: &mut Batch) {
        batch.document(CLOCK, CLOCK_ID, &self.clock);
        self.clock.kept();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feeds::reading::read_feed;

    const DAY_MS: u64 = 86_400_000;

    fn reading(lines: &str) -> Reading {
        read_feed(lines.as_bytes(), None, None, 0).unwrap()
    }

    fn at(day: u64) -> Gone {
        Gone {
            at_ms: day * DAY_MS,
            counted_ms: day * DAY_MS,
        }
    }

    #[test]
    fn values_come_go_come_back_and_age_out() {
        let mut values = Values::default();
        let mut take = |lines: &str, day: u64| {
            let reading = reading(lines);
            let said = values.compare(&reading);
            let changed = values.take(
                &reading,
                (day * DAY_MS, day * DAY_MS),
                at(day.saturating_sub(1)),
                80,
                day * DAY_MS,
            );
            (said.new, said.gone, said.same, changed, values.0.len())
        };
        assert_eq!(take("192.0.2.1\nevil.example\n", 1), (2, 0, 0, true, 2));
        assert_eq!(take("192.0.2.1\nevil.example\n", 2), (0, 0, 2, false, 2));
        assert_eq!(
            take("bad.example\n", 3),
            (1, 2, 0, true, 3),
            "those that are gone stay a while"
        );
        assert_eq!(take("bad.example\nevil.example\n", 4), (1, 0, 1, true, 3));
        // An address is worth 20 of 80 after two half-lives of three days.
        assert_eq!(take("bad.example\nevil.example\n", 8), (0, 0, 2, false, 3));
        assert_eq!(take("bad.example\nevil.example\n", 9), (0, 0, 2, true, 2));
        assert_eq!(
            values.0["evil.example"].first_ms, DAY_MS,
            "it is known since it first came"
        );
    }

    #[test]
    fn what_its_feed_ended_is_over() {
        let bundle = |until: &str| {
            let text = serde_json::json!({"type": "bundle", "objects": [
                {"type": "indicator", "pattern_type": "stix", "valid_until": until,
                 "pattern": "[domain-name:value = 'evil.example']"},
                {"type": "indicator", "pattern_type": "stix", "pattern": "[domain-name:value = 'bad.example']"},
            ]});
            read_feed(text.to_string().as_bytes(), None, None, 0).unwrap()
        };
        let mut values = Values::default();
        assert!(values.take(&bundle("1970-01-01T00:00:05Z"), (1, 1), at(0), 80, 1));
        assert!(!values.any_ended(4_999) && values.any_ended(5_000));
        // The feed prolongs it, and then leaves it out: it ages until its end.
        assert!(values.take(&bundle("1970-01-01T00:00:09Z"), (2, 2), at(0), 80, 2));
        let rest = reading("bad.example\n");
        assert!(values.take(&rest, (3, 3), at(0), 80, 3));
        assert_eq!(values.0.len(), 2);
        assert!(!values.take(&rest, (4, 4), at(0), 80, 4));
        assert!(
            !values.take(&rest, (9_000, 8_999), at(0), 80, 5),
            "by the time that is believed"
        );
        assert!(values.take(&rest, (9_000, 9_000), at(0), 80, 5));
        assert_eq!(values.0.keys().collect::<Vec<_>>(), ["bad.example"]);
    }

    #[test]
    fn values_are_kept_as_they_are() {
        let mut values = Values::default();
        let table = "indicator,family\nevil.example,simda\nhttp://bad.example/a,simda\n192.0.2.0/24,\n";
        values.take(&reading(table), (5, 5), at(0), 80, 5);
        values.take(&reading("evil.example\n"), (6, 6), at(1), 80, DAY_MS);
        let kept = serde_json::to_string(&values).unwrap();
        let again: Values = serde_json::from_str(&kept).unwrap();
        assert_eq!(values, again);
        assert_eq!(again.0["192.0.2.0/24"].gone, Some(at(1)));
        assert!(
            serde_json::from_str::<Values>(r#"{"labels":[],"rows":[{"v":"a.example","k":0,"f":1,"l":0}]}"#)
                .is_err()
        );
    }

    #[test]
    fn pulls_are_remembered_up_to_a_number() {
        let by = DoneBy {
            by: PersonId([1; 16]),
            at_ms: 1,
        };
        let about = NewFeed {
            name: "f".into(),
            url: "https://f.example/".into(),
            form: FeedForm::File,
            days: None,
            column: None,
            kinds: vec!["domain".into()],
            marking: Tlp::Amber,
            confidence: 80,
            label: String::new(),
            every_minutes: 60,
            audiences: Vec::new(),
            gone_percent: None,
            terms: String::new(),
        };
        let mut feed = Feed::new(about, by);
        for number in 0..PULLS_KEPT as u64 + 5 {
            feed.remember(PullLine::new(number, None, PullOutcome::Same));
        }
        assert_eq!(feed.pulls.len(), PULLS_KEPT);
        assert_eq!(feed.pulls[0].at_ms, PULLS_KEPT as u64 + 4);
        assert!(feed.takes(PatternKind::Domain) && !feed.takes(PatternKind::Url));
    }
}
