//! What is new and what grows, from sightings and observables, in constant memory.
//!
//! An [`Engine`] is given [`Event`]s and the time, and keeps [`Story`]s: a family that bursts against its own past, a name
//! never seen before that spreads, a host that wakes, names made alike, values that appear together. Each says in words
//! and numbers why it is there. The rules are in `docs/spec/emerging.md`.
//!
//! Shape: what comes in is counted by `sketch` (who saw what, when last, how often), `track` keeps the past of each label,
//! `watch` looks at values, `engine` compares with the past, `story` joins what belongs together and learns of what people
//! say about it.
//!
//! Invariants:
//! - Memory is bounded by the [`Config`], whatever comes in: see [`limits`] and [`Config::max_bytes`].
//! - The same events, times and judgements in the same order give the same stories and the same saved bytes.
//! - What is counted is customers, not lines; what one source alone says is no outbreak where there are several.
//! - A finding rests on the events of one [`Circle`]; of others it shows nothing but how much goes on altogether.
//! - Nothing is called new because our own history begins: see [`Config::floor_days`].
//! - No clock, no randomness, no files. Hashes are keyed with what the caller drew, so that nobody chooses collisions.
//!
//! Deliberately absent: who may see a story, what becomes of it (a threat, a case), and where the state is kept.

pub mod limits;

mod config;
mod engine;
mod event;
mod judge;
mod kept;
mod key;
mod names;
mod series;
mod sketch;
mod state;
mod story;
mod time;
mod track;
mod watch;

pub use config::{Config, ConfigError};
pub use engine::{ClockJump, Engine, Health};
pub use event::{Circle, Dimension, Event, Labels, Taken};
pub use judge::{Feature, Judgement, Learned};
pub use key::Key;
pub use series::{Point, Row, Span};
pub use state::Damaged;
pub use story::{Alike, Detector, Evidence, Example, Finding, SourceCount, Stage, Story, StoryId, Subject};
