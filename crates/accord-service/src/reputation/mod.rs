//! Reputation joined: values that were seen together, in one mail or one download, and what the verdict on one says of
//! the others.
//!
//! - `rules`: which values a link takes, and which neither pass a verdict on nor receive one.
//! - `say`: links that people and machines bring in.
//! - `judged`: a link with what is done about each of its values, and why.
//! - `shown`: what links say of one value, and the links of a case.
//! - `decide`: an analyst promotes what was seen together, clears it, or takes that back.
//!
//! Invariants: nothing is served because of a link: a verdict by link is shown to people, and becomes one that is served
//! when somebody promotes the value; a verdict goes over one link and no further; what many use, what is everybody's,
//! this organisation's or a party's own, and what was seen with too many others neither passes one on nor receives one;
//! what was cleared is not shown as bad by a link.

mod decide;
mod judged;
mod rules;
mod say;
mod shown;

pub use accord_model::content::links::SEEN_WITH_MAX;
pub use decide::{LinkAct, LinkDo, LinkDone, LinkPlan};
pub use judged::{ClearedView, LinkSeenBy, LinkValue, LinkView};
pub use say::{LINK_TEXT_MAX_BYTES, NewLinks};
pub use shown::{CaseLinks, LINKS_SHOWN, Linked};

pub(crate) use judged::CaseFold;
pub(crate) use rules::{clear_rule, link_rule, takes, tells_whole};
