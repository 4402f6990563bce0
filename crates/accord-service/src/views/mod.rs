//! What people see: read from the state per person, never stored.

mod answers;
mod aside;
mod audit;
mod author;
mod case;
mod head;
mod inbox;
mod lists;
mod releases;
mod request;
mod said;
mod waiting;
mod words;
mod work;

pub use answers::{KEPT_REMINDER_MS, SECRECY_REMINDER_MS};
pub(crate) use aside::{all_set_aside, set_aside};
pub use audit::{AccessFilter, AccessPage, ControlLine, ControlPage, SpaceSummary};
pub(crate) use author::{home_of, writers_home};
pub(crate) use case::names;
pub use case::{
    CasePart, CaseView, CustodyView, ExhibitView, MemberView, TIMELINE_PAGE, TimelineItem, Tracks,
};
pub use head::HeadFacts;
pub use inbox::{InboxItem, Todo};
pub use lists::{
    AccessView, CaseSummary, Imported, LineNotUnderstood, NotUnderstood, SegmentView, SourceView,
};
pub use request::{InstrumentView, OralView, PoolSaid, RequestView};
pub(crate) use said::{each_said, said, said_of, said_or_recalled, said_since};
pub use waiting::PRESSING_MS;
pub use work::{SubjectView, TaskView};
