//! Outbound: signed requests to peers; an edge's questions to its node; TAXII servers of others; feeds; notices by mail
//! and to a webhook.
//!
//! Invariants: one request, one signed answer bound to it; a body is read up to its limit and no further; no
//! redirect is followed; a peer's error text never becomes ours.
//!
//! Deliberately absent: what to ask and what to do with an answer (`accord-service`).

mod edge;
mod error;
mod feed;
mod notify;
mod peer;
mod taxii;
mod tls;

pub use edge::{EDGE_REPLY_MAX_BYTES, EdgeAnswer, EdgeClient, EdgeClientError};
pub use error::ClientError;
pub use feed::{
    Ask, FEED_BODY_MAX_BYTES, FEED_EVENTS_MAX, FEED_PAGES_MAX, FEED_PARTS_TIMEOUT, FEED_TIMEOUT,
    FEED_URL_MAX_BYTES, FeedClient, FeedError, FeedForm, FeedKey, Fetched, Validators,
};
pub use notify::{MailServer, MailTls, Notifier, NotifyError, Webhook};
pub use peer::{PeerClient, Signing, Target};
pub use taxii::{
    Collection, PulledObjects, TAXII_ANSWER_MAX_BYTES, TAXII_LISTED_MAX, TAXII_MEDIA_TYPE, TAXII_OBJECTS_MAX,
    TAXII_PAGES_MAX, TaxiiClient, TaxiiError,
};
pub use tls::http_builder;
