//! Feeds: lists that others publish, pulled on a schedule, and served under the verdicts of the cases.
//!
//! - `record`: a feed as it is kept, and its values; `clock`: the time by which they age; `score`: what they are worth.
//! - `reading`: from bytes to values; `guard`: what no feed may list; `compare`: whether a pull as a whole looks wrong.
//! - `pull`: pulling, when it is time or when asked; `running`: pulls under way.
//! - `acts`: what people do with feeds; `view`: what they see; `trial`: what a feed would have blocked.
//! - `layer`: what all feeds list, as `protection::compile` lays it under the cases.
//! - `sources`: who publishes what proves useful, feeds and organisations; `why`: where a value comes from.
//!
//! Invariants: a feed's values are this node's own and go into no ledger; a feed detects until a second person lets it
//! block; whatever a pull brings, what looks wrong changes nothing in force; a jump of the clock changes nothing in force;
//! nothing that is everybody's, this organisation's or a party's own is served.
//!
//! Deliberately absent: publishers' keys (they are the operator's to give, in the configuration), and sending what a feed
//! lists to partners.

mod acts;
mod clock;
mod compare;
mod guard;
mod layer;
mod pull;
mod reading;
mod record;
mod running;
mod score;
mod sources;
mod trial;
mod view;
mod why;

pub use acts::{DAYS_DEFAULT, DAYS_MAX, EVERY_MINUTES_MAX, EVERY_MINUTES_MIN, FeedAct, FeedChange, FeedDo};
pub use clock::ClockJump;
pub use compare::{GONE_PERCENT_DEFAULT, GROWN_MAX_TIMES};
pub use reading::{FEED_VALUES_MAX, Refusals, RefusedFor};
pub use record::{DoneBy, FEEDS_MAX, FoundFalse, HeldPull, NewFeed, PullLine, PullOutcome};
pub use running::PullUnderWay;
pub(crate) use score::score;
pub use score::{BLOCK_AT, DETECT_AT};
pub use sources::{SourceKind, SourceRank};
pub use trial::{Trial, TrialRow};
pub use view::{FeedState, FeedView, FeedsView, NamedDone};
pub use why::Provenance;
pub(crate) use why::feeds_that_list;

pub(crate) use guard::Guard;
pub(crate) use layer::{Layer, Parts, Stamp};
pub(crate) use record::Feeds;
pub(crate) use running::Pulls;
