//! Any order of imports, retentions, holds, lifts, destructions and restarts, beside a plain model of what they mean:
//! nothing that is held is ever gone, and what is gone has one record.

use std::collections::{BTreeMap, BTreeSet};

use accord_logstore::{Error, Ground, HoldCover, KeepingAct, Limits, LogStore, SegmentId};
use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Act {
    /// Into source 0 or 1, at a day; with a line without a time, or not.
    Import(usize, i64, bool),
    Retention(usize, Option<u32>),
    HoldSegments(u8, Vec<(usize, u64)>),
    /// A source, and days of which it is.
    HoldSource(u8, usize, Option<(i64, i64)>),
    Lift(u8),
    ByHand(usize, u64),
    ByRetention(usize, u64, i64),
    /// Everything that is due on a day.
    Job(i64),
    Reopen,
}

fn acts() -> impl Strategy<Value = Act> {
    let source = 0..2_usize;
    let number = 1..6_u64;
    let day = 0..40_i64;
    let some = (source.clone(), number.clone());
    prop_oneof![
        4 => (source.clone(), day.clone(), any::<bool>()).prop_map(|(of, day, timeless)| Act::Import(of, day, timeless)),
        2 => (source.clone(), proptest::option::of(1..20_u32)).prop_map(|(of, days)| Act::Retention(of, days)),
        2 => (0..6_u8, proptest::collection::vec(some.clone(), 1..3)).prop_map(|(hold, of)| Act::HoldSegments(hold, of)),
        2 => (0..6_u8, source.clone(), proptest::option::of((day.clone(), 1..5_i64)))
            .prop_map(|(hold, of, span)| Act::HoldSource(hold, of, span.map(|(from, days)| (from, from + days)))),
        2 => (0..6_u8).prop_map(Act::Lift),
        3 => some.prop_map(|(of, number)| Act::ByHand(of, number)),
        3 => (source, number, 0..80_i64).prop_map(|(of, number, day)| Act::ByRetention(of, number, day)),
        1 => (0..80_i64).prop_map(Act::Job),
        1 => Just(Act::Reopen),
    ]
}

const SOURCES: [&str; 2] = ["isp", "isp.2"];

fn segment(of: usize, number: u64) -> SegmentId {
    SegmentId::new(SOURCES[of], number).unwrap()
}

fn day_ms(day: i64) -> i64 {
    IMPORTED_MS + day * DAY_MS
}

struct Known {
    imported_ms: i64,
    /// The times of its lines; nothing where one tells none.
    times: Option<Vec<i64>>,
    text: String,
}

#[derive(Default)]
struct Model {
    here: BTreeMap<SegmentId, Known>,
    gone: BTreeSet<SegmentId>,
    last: BTreeMap<usize, u64>,
    retention: BTreeMap<usize, u32>,
    holds: BTreeMap<u8, HoldCover>,
    used: BTreeSet<u8>,
    records: u64,
}

impl Model {
    fn holds_of(&self, id: &SegmentId) -> Vec<String> {
        let known = &self.here[id];
        let covers = |cover: &HoldCover| match cover {
            HoldCover::Segments(segments) => segments.contains(id),
            HoldCover::Source(of) if of.source != id.source() => false,
            HoldCover::Source(of) => match (of.span, &known.times) {
                (None, _) | (_, None) => true,
                (Some(span), Some(times)) => {
                    let (first, last) = (times.iter().min().unwrap(), times.iter().max().unwrap());
                    *first < span.to_ms + DAY_MS && *last >= span.from_ms - DAY_MS
                }
            },
        };
        let holds = self.holds.iter().filter(|(_, cover)| covers(cover));
        holds.map(|(hold, _)| format!("h{hold}")).collect()
    }

    fn is_over(&self, of: usize, id: &SegmentId, now_ms: i64) -> bool {
        let imported_ms = self.here[id].imported_ms;
        let days = self.retention.get(&of);
        days.is_some_and(|days| {
            imported_ms <= now_ms + DAY_MS && imported_ms + i64::from(*days) * DAY_MS <= now_ms
        })
    }
}

struct World {
    dir: tempfile::TempDir,
    store: Option<LogStore>,
    model: Model,
    imports: u64,
}

impl World {
    fn store(&self) -> &LogStore {
        self.store.as_ref().unwrap()
    }

    fn import(&mut self, of: usize, day: i64, timeless: bool) {
        self.imports += 1;
        let time = day_ms(day) - 3 * DAY_MS;
        let at = |ms: i64| format!("{{\"ts\":{ms},\"n\":{}}}\n", self.imports);
        let mut text = at(time) + &at(time + DAY_MS / 2);
        if timeless {
            text.push_str("x\n");
        }
        let imported_ms = day_ms(day);
        let made = self
            .store()
            .import(SOURCES[of], "x", &mut text.as_bytes(), imported_ms, "jo")
            .unwrap();
        let number = self.model.last.entry(of).or_default();
        *number += 1;
        assert_eq!(made.id(), &segment(of, *number));
        let times = (!timeless).then(|| vec![time, time + DAY_MS / 2]);
        assert_eq!(made.manifest.lines.all_with_time(), times.is_some(), "{text}");
        self.model.here.insert(
            made.id().clone(),
            Known {
                imported_ms,
                times,
                text,
            },
        );
    }

    fn destroy(&mut self, of: usize, number: u64, ground: Ground, now_ms: i64) {
        let id = segment(of, number);
        let result = self.store().destroy(&id, ground, None, &decided_at("x", now_ms));
        let model = &mut self.model;
        if model.gone.contains(&id) {
            assert!(matches!(result, Err(Error::Destroyed { .. })), "{result:?}");
        } else if !model.here.contains_key(&id) {
            assert!(matches!(result, Err(Error::NoSuchSegment(_))), "{result:?}");
        } else if let holds @ [_, ..] = model.holds_of(&id).as_slice() {
            assert!(
                matches!(&result, Err(Error::Held { holds: told, .. }) if told == holds),
                "{result:?}"
            );
        } else if ground == Ground::Retention && !model.is_over(of, &id, now_ms) {
            assert!(matches!(result, Err(Error::NotOver(_))), "{result:?}");
        } else {
            result.unwrap();
            model.here.remove(&id);
            model.gone.insert(id);
            model.records += 1;
        }
    }

    fn hold(&mut self, hold: u8, cover: HoldCover) {
        let result = self
            .store()
            .place_hold(&format!("h{hold}"), cover.clone(), &decided("order"));
        let model = &mut self.model;
        let segments = match &cover {
            HoldCover::Segments(segments) => segments.as_slice(),
            HoldCover::Source(_) => &[],
        };
        if model.holds.get(&hold) == Some(&cover) {
            result.unwrap();
        } else if let Some(missing) = segments.iter().find(|id| !model.here.contains_key(*id)) {
            let gone = model.gone.contains(missing);
            assert!(
                matches!(
                    (&result, gone),
                    (Err(Error::Destroyed { .. }), true) | (Err(Error::NoSuchSegment(_)), false)
                ),
                "{result:?}"
            );
        } else if !model.used.insert(hold) {
            assert!(matches!(result, Err(Error::Keeping(_))), "{result:?}");
        } else {
            result.unwrap();
            model.holds.insert(hold, cover);
            model.records += 1;
        }
    }

    fn act(&mut self, act: &Act) {
        match act {
            Act::Import(of, day, timeless) => self.import(*of, *day, *timeless),
            Act::Retention(of, days) => {
                self.store()
                    .set_retention(SOURCES[*of], *days, &decided("the law"))
                    .unwrap();
                self.model.records += 1;
                match days {
                    Some(days) => self.model.retention.insert(*of, *days),
                    None => self.model.retention.remove(of),
                };
            }
            Act::HoldSegments(hold, of) => {
                let segments = of.iter().map(|(of, number)| segment(*of, *number)).collect();
                self.hold(*hold, HoldCover::Segments(segments));
            }
            Act::HoldSource(hold, of, span) => {
                let span = span.map(|(from, to)| (day_ms(from), day_ms(to)));
                self.hold(*hold, of_source(SOURCES[*of], span));
            }
            Act::Lift(hold) => {
                let result = self.store().lift_hold(&format!("h{hold}"), &decided("closed"));
                let stood = self.model.holds.remove(hold).is_some();
                assert_eq!(result.is_ok(), stood, "{result:?}");
                self.model.records += u64::from(stood);
            }
            Act::ByHand(of, number) => self.destroy(*of, *number, Ground::ByHand, day_ms(0)),
            Act::ByRetention(of, number, day) => self.destroy(*of, *number, Ground::Retention, day_ms(*day)),
            Act::Job(day) => self.job(day_ms(*day)),
            Act::Reopen => self.reopen(),
        }
        self.check();
    }

    fn job(&mut self, now_ms: i64) {
        let due = self.store().due(now_ms);
        let mut over = Vec::new();
        let mut held = Vec::new();
        for id in self.model.here.keys() {
            let of = SOURCES.iter().position(|name| *name == id.source()).unwrap();
            if self.model.is_over(of, id, now_ms) {
                match self.model.holds_of(id) {
                    holds if holds.is_empty() => over.push((of, id.clone())),
                    holds => held.push((id.clone(), holds)),
                }
            }
        }
        let told: Vec<&SegmentId> = due.over.iter().map(|over| &over.segment).collect();
        assert_eq!(told, over.iter().map(|(_, id)| id).collect::<Vec<_>>());
        let told: Vec<_> = due
            .held
            .into_iter()
            .map(|held| (held.over.segment, held.holds))
            .collect();
        assert_eq!(told, held);
        for (of, id) in over {
            self.destroy(of, id.number(), Ground::Retention, now_ms);
            assert!(self.model.gone.contains(&id));
        }
    }

    fn reopen(&mut self) {
        let before = self.store().keeping_head();
        self.store = None;
        let store = LogStore::open_with(self.dir.path(), Default::default(), limits()).unwrap();
        assert_eq!(store.keeping_head(), before);
        self.store = Some(store);
    }

    fn check(&self) {
        let store = self.store();
        let here: Vec<SegmentId> = store
            .segments()
            .iter()
            .map(|segment| segment.id().clone())
            .collect();
        assert_eq!(here, self.model.here.keys().cloned().collect::<Vec<_>>());
        for id in &here {
            assert_eq!(store.keeping_of(id, 0).unwrap().holds, self.model.holds_of(id));
        }
        assert_eq!(store.keeping_head().0, self.model.records);
    }

    fn end(&mut self) {
        self.reopen();
        self.check();
        let store = self.store();
        let report = verify(store);
        assert!(report.is_clean(), "{report:?}");
        let records = store.keeping_records(0, usize::MAX).unwrap();
        let mut gone: Vec<SegmentId> = records
            .into_iter()
            .filter_map(|record| match record.act {
                KeepingAct::Destroyed(destroyed) => Some(destroyed.segment),
                _ => None,
            })
            .collect();
        gone.sort();
        assert_eq!(gone, self.model.gone.iter().cloned().collect::<Vec<_>>());
        for (id, known) in &self.model.here {
            assert_eq!(whole(store, &store.segment(id).unwrap()), known.text);
        }
    }
}

fn limits() -> Limits {
    Limits {
        keeping_records: 3,
        ..small()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn nothing_held_is_gone_and_what_is_gone_has_one_record(acts in proptest::collection::vec(acts(), 1..40)) {
        let dir = tempfile::tempdir().unwrap();
        let store = LogStore::open_with(dir.path(), Default::default(), limits()).unwrap();
        for name in SOURCES {
            store.add_source(source(name)).unwrap();
        }
        let mut world = World { dir, store: Some(store), model: Model::default(), imports: 0 };
        for act in &acts {
            world.act(act);
        }
        world.end();
    }
}
