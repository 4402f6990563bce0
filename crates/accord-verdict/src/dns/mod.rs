//! Verdicts over DNS: `value.zone` by UDP and TCP, and the transfers of policy zones.
//!
//! - [`message`]: a query read, an answer written; by hand, as it is the hot path, and every byte of it checked.
//! - [`asked`]: what a name below a zone asks about.
//! - [`responder`]: one query, one answer; no sockets, no clock.
//! - [`rate`]: response-rate limiting.
//! - [`server`]: threads and sockets. [`udp`] and [`tcp`] move bytes.
//!
//! Whatever stands in a datagram, the answer is at most [`crate::limits::MAX_UDP_ANSWER_BYTES`] long, goes to networks
//! of the zone's audience only (others get a refusal no longer than what they sent), and at a limited rate.
//!
//! Deliberately absent: recursion, DNSSEC, DNS over TLS or HTTPS.

mod asked;
mod message;
mod name;
mod rate;
mod responder;
mod server;
mod tcp;
mod udp;

pub use name::{BadZoneName, ZoneName};
pub use rate::Rate;
pub use responder::{Reply, Responder, Transport};
pub use server::{DnsServer, DnsServerConfig, Rates};

pub(crate) use message::qtype;
