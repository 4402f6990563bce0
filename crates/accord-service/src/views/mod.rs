//! What people see: read from the state per person, never stored.

mod case;
mod inbox;
mod lists;
mod request;

pub use case::{CaseView, CustodyView, ExhibitView, InstrumentView, MemberView, TimelineItem};
pub use inbox::{InboxItem, Todo};
pub use lists::{AccessView, CaseSummary, Imported, SegmentView, SourceView};
pub use request::RequestView;
