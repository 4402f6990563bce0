//! Response policy zones: the blocks of a snapshot in the form that resolvers load (draft-vixie-dnsop-dns-rpz).
//!
//! A blocked domain and the names below it do not exist for the resolver's clients; an answer with an address in a
//! blocked network is replaced likewise. URLs, ports, e-mail addresses and hashes have no place in such a zone: a
//! resolver that blocked a URL's whole host would block more than was published.
//!
//! - [`records`]: which names one indicator becomes.
//! - [`text`]: the zone as a master file.
//! - [`transfer`]: the zone over TCP, signed (AXFR, and IXFR answered in full), and its SOA over UDP.
//! - [`key`]: the keys that sign.

mod key;
mod notify;
mod records;
mod text;
mod transfer;

pub use key::{BadKey, TransferKey};
pub use text::zone_text;

pub(crate) use notify::notify_changes;
pub(crate) use transfer::{Transfer, answer_datagram};
