//! Deterministic generator of logs and indicators with known answers, for tests, benchmarks and the demo.
//!
//! [`indicators`] makes a list of indicators, [`log`] a log with some of them planted and the exact records that a scan must
//! give, [`plant`] puts given indicators into a given real log, [`world`] makes the logs of the demo's organisations,
//! [`Weeks`] weeks of sightings with planted outbreaks.
//!
//! Invariants: everything follows from a `u64` seed, on every machine; generated names and addresses are reserved ones (RFC 2606, RFC
//! 6761, RFC 5737, RFC 3849); ordinary traffic and indicators come from disjoint ranges, so that nothing hits by accident and the
//! known answers are complete.
//!
//! Deliberately absent: the matcher. Known answers are written down where a value is planted, not searched for.

mod indicators;
mod lines;
mod logs;
mod plant;
mod random;
mod weeks;
mod world;

pub use indicators::{Indicator, IndicatorList, Shape, indicators};
pub use logs::{Expected, GeneratedLog, LogKind, log, varied_log};
pub use plant::{Planted, plant};
pub use weeks::{Outbreak, Plant, WeekEvent, Weeks};
pub use world::{Customer, World, WorldKind, world};
