//! Protection: what the cases' indicators and verdicts make this node say to whoever asks about a value.
//!
//! - `audiences`: who is served, and how far what they get may travel;
//! - `compile`: from the notes this node holds to what each audience is served, kept up as notes come and go;
//! - `edges`: caches of what an audience is served, near its customers, and what they saw;
//! - `standing`: the indicators of one case, as a person is shown them;
//! - `lists`: values that many use, which need a second person before anything is done about them;
//! - `seen`: sightings, kept by day, and shared on the case;
//! - `sources`: values that many sources see, which count as popular too; `logged`: what this node's logs say of that;
//! - `growing`: this week against the week before.
//!
//! Invariants: only what a note of a case says, that this node holds, that counts and was not recalled, is served; no
//! audience gets what is marked above its reach; what is only detected is told to nobody outside (`accord-verdict`).

mod audiences;
mod compile;
mod edges;
mod growing;
mod lists;
mod logged;
mod seen;
mod sources;
mod standing;

pub use audiences::{AudienceSecret, AudienceView, NewAudience, OpenedAudience, Reach, RenewedSecret};
pub use compile::LookedUp;
pub use edges::{EDGE_DAYS_BACK, EDGE_KEPT_DAYS, EdgeState, EdgeView};
pub use growing::Growing;
pub(crate) use growing::day_of;
pub use lists::{AllowListView, LIST_VALUES_MAX};
pub use logged::LOGGED_NAMES_MAX;
pub use seen::{DayCount, SeenView};

pub(crate) use audiences::Audiences;
pub(crate) use compile::{Compiled, WordBy, WordOn, is_protection};
pub(crate) use edges::{Edges, canonical};
pub(crate) use lists::Lists;
pub(crate) use logged::{Logged, load as load_logged};
pub(crate) use seen::{Seen, day_text};
pub(crate) use sources::Sources;
pub use sources::{POPULAR_ABOVE, POPULAR_WITHIN_DAYS};
pub use standing::IndicatorView;
pub(crate) use standing::Stood;
