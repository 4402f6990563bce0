//! What people see: read from the state per person, never stored.

mod aside;
mod audit;
mod case;
mod inbox;
mod lists;
mod request;
mod said;

pub(crate) use aside::set_aside;
pub use audit::{AccessFilter, AccessPage, ControlLine, ControlPage, SpaceSummary};
pub(crate) use case::names;
pub use case::{CaseView, CustodyView, ExhibitView, InstrumentView, MemberView, TIMELINE_PAGE, TimelineItem};
pub use inbox::{InboxItem, Todo};
pub use lists::{AccessView, CaseSummary, Imported, SegmentView, SourceView};
pub use request::RequestView;
pub(crate) use said::said_of;
