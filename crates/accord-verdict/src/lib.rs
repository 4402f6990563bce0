//! Verdicts for whoever may ask: over HTTP, over DNS, and as policy zones for resolvers.
//!
//! The service holds one [`Snapshots`] and needs little of it:
//!
//! | What | Call |
//! |---|---|
//! | say who is served, and how they prove it | [`Snapshots::configure`], [`Snapshots::close`] |
//! | list and delist, in force when the call returns | [`Snapshots::publish`], [`Snapshots::withdraw`] |
//! | load everything at the start | [`Snapshots::replace`] |
//! | collect what was seen | [`Snapshots::take_sightings`], [`Snapshots::put_back_sightings`] |
//! | follow another node, as its edge | [`Snapshots::follow`], [`Snapshots::heard`]; what came is read by [`Decoder`] |
//! | look a value up for its own people | [`Snapshots::audience`], then [`Audience::inspect`] |
//! | look a value up for the audience, in process | [`Audience::is_listed`], [`Audience::ask`], [`Audience::ask_all`] |
//! | serve | [`router`] for HTTP, [`DnsServer::start`] for DNS, [`zone_text`] for a file |
//!
//! One snapshot stands for each **audience**: a set of recipients with their tokens, networks and keys. Whether
//! something may be published to an audience is decided before it comes here; this crate knows no agreement, no case
//! and no person, and neither store nor service.
//!
//! Invariants:
//! - **Silence.** What is only to be detected leaves no trace in an answer: not in verdicts, buckets, zones, counts,
//!   serials or times. A [`Verdict`] holds it and stays inside; an [`Answer`] does not, and only answers are sent.
//! - **Readers never wait.** A change makes a new snapshot beside the one in force and swaps it in.
//! - **One set of rules.** Base and live layer are both watchlists of the matcher (`docs/spec/matching.md`).
//! - **Edges.** What an audience is served, detections included, is told to whoever has a token of its edges, and to
//!   nobody else.
//! - **Fail closed.** No token, no network, no key: no answer.
//! - Every limit has a name in [`limits`].
//!
//! Deliberately absent: storage (the service loads and collects), TLS (the node's or a proxy's), feeds and allow lists
//! (applied before publishing). The protocol is in `docs/spec/verdict.md`.

pub mod limits;

mod ahead;
mod audience;
mod config;
mod dns;
mod edge;
mod find;
mod group;
mod http;
mod index;
mod layer;
mod listing;
mod plain;
mod prefix;
mod reader;
mod rpz;
mod sightings;
mod snapshot;
mod snapshots;
mod tally;
mod verdict;

pub use audience::Audience;
pub use config::{AudienceConfig, ConfigError, DnsConfig, RpzConfig, TokenDigest};
pub use dns::{BadZoneName, DnsServer, DnsServerConfig, Rate, Rates, Reply, Responder, Transport, ZoneName};
pub use edge::{
    AnswerError, BatchError, Decoded, Decoder, EdgeBatch, EdgeCount, EdgeId, EdgeSeen, Head, SetDigest,
    Taken, Whole, changes_text, is_edge_name,
};
pub use http::{bearer, router, serve};
pub use listing::{Action, Listing, Note};
pub use prefix::{HashPrefix, NoPrefix};
pub use reader::{Block, Blocks, Reader};
pub use rpz::{BadKey, TransferKey, zone_text};
pub use sightings::Sighting;
pub use snapshot::{BucketEntry, Snapshot};
pub use snapshots::{Clock, Counts, PublishError, Snapshots};
pub use verdict::{Answer, Match, Verdict};
