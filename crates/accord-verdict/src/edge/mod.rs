//! What an edge and its node say to each other (`docs/spec/edge.md`): the listings of an audience, whole or as changes,
//! silent detections among them; and back, what was seen.
//!
//! - `digest`: which set of listings one has. `history`: what changed lately.
//! - `answer`: the listings on the wire and on the edge's disk, written and read within limits.
//! - `batch`: sightings on their way to the node.
//! - `followers`: which edges ask.
//!
//! Only whoever has an edge's token is told any of this: an edge is the node's own machine, not the audience's.

mod answer;
mod batch;
mod digest;
mod followers;
mod history;
mod words;

pub use answer::{AnswerError, Decoded, Decoder, Head, Whole, changes_text};
pub use batch::{BatchError, EdgeBatch, EdgeCount, EdgeId, Taken, is_edge_name};
pub use digest::SetDigest;
pub use followers::EdgeSeen;

pub(crate) use followers::{Followers, TooMany};
pub(crate) use history::{Change, History};
