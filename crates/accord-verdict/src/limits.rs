//! Every limit of verdict serving, by name. What is beyond one is refused with words, never cut in silence.

/// Most values of one HTTP batch.
pub const MAX_BATCH_VALUES: usize = 10_000;
/// Most bytes of the body of one HTTP batch.
pub const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;
/// Most bytes of one value; a longer one is answered with a problem of its own, the batch goes on.
pub const MAX_VALUE_BYTES: usize = 2048;
/// Fewest hexadecimal digits of a private look-up: a bucket is then 1 in 65,536 of all listings.
pub const MIN_PREFIX_DIGITS: usize = 4;
/// Most hexadecimal digits of a private look-up.
pub const MAX_PREFIX_DIGITS: usize = 16;
/// Most entries of the answer to a private look-up; a fuller bucket asks for more digits.
pub const MAX_BUCKET_ENTRIES: usize = 4096;
/// The answer to a private look-up is this many bytes long, or twice, four times, ... as many.
pub const BUCKET_BYTES: usize = 8192;
/// Most bytes of a bearer token.
pub const MAX_TOKEN_BYTES: usize = 256;

/// Listings and withdrawals that the live layer takes before it is compiled into the base.
pub const LIVE_LAYER_LISTINGS: usize = 4096;
/// Most labels of one listing.
pub const MAX_LABELS: usize = 32;
/// Most bytes of one label, and of the name of who published it.
pub const MAX_LABEL_BYTES: usize = 128;
/// Most bytes of an audience's name.
pub const MAX_AUDIENCE_NAME_BYTES: usize = 128;
/// Most counts of sightings (indicator, audience, day) that wait to be taken beside the one that each listing has; later
/// new ones are lost, and counted.
pub const MAX_WAITING_SIGHTINGS: usize = 1_000_000;

/// Most bytes of a zone's name in wire form.
pub const MAX_ZONE_BYTES: usize = 100;
/// Most networks of clients of one audience.
pub const MAX_CLIENT_NETWORKS: usize = 1024;
/// Largest answer over UDP, whatever the client says it takes (DNS flag day 2020).
pub const MAX_UDP_ANSWER_BYTES: usize = 1232;
/// Largest answer over UDP to a client without EDNS (RFC 1035, section 4.2.1).
pub const MAX_PLAIN_UDP_ANSWER_BYTES: usize = 512;
/// Largest query that is read; a longer one is malformed.
pub const MAX_QUERY_BYTES: usize = 1024;
/// Most records beside the question that are looked at.
pub const MAX_ADDITIONAL_RECORDS: usize = 4;
/// Datagrams that one system call takes.
pub const UDP_BATCH: usize = 64;
/// Most TCP connections at a time; one more is closed at once.
pub const MAX_TCP_CONNECTIONS: usize = 256;
/// Most queries of one TCP connection.
pub const MAX_TCP_QUERIES: usize = 1024;
/// Seconds that a TCP connection may be silent, and that one write may take.
pub const TCP_IDLE_SECONDS: u64 = 10;
/// Most zone transfers at a time; one more is refused.
pub const MAX_TRANSFERS: usize = 4;
/// Client networks whose answers are counted apart; more share counters.
pub const RATE_BUCKETS: usize = 65_536;
/// Most bytes of the text of a TXT answer (one character string of RFC 1035, section 3.3).
pub const MAX_TXT_BYTES: usize = 255;

/// Most steps of an audience's listings that are kept for its edges; an edge that has an older set takes the whole.
pub const MAX_HISTORY_STEPS: usize = 4096;
/// Most changes in all of these steps together.
pub const MAX_HISTORY_CHANGES: usize = 16_384;
/// Seconds that a question of an edge waits for a change before it is answered that there is none.
pub const EDGE_WAIT_SECONDS: u64 = 10;
/// Most edges of one audience.
pub const MAX_EDGES: usize = 64;
/// Most questions of the edges of one audience that are answered at a time.
pub const MAX_EDGE_QUESTIONS: usize = 2 * MAX_EDGES;
/// Most characters of an edge's name.
pub const MAX_EDGE_NAME_CHARS: usize = 40;
/// Most listings, or changes, that an edge takes in one answer.
pub const MAX_EDGE_LISTINGS: u64 = 1 << 23;
/// Most bytes of one answer to an edge.
pub const MAX_EDGE_ANSWER_BYTES: u64 = 1 << 32;
/// Most bytes of one line of it: an indicator and its labels, every byte of them escaped.
pub const MAX_EDGE_LINE_BYTES: usize = 64 * 1024;
/// Most tokens that an edge is told.
pub const MAX_EDGE_TOKENS: usize = 16;
/// Most counts of one batch of sightings.
pub const MAX_EDGE_COUNTS: usize = 10_000;
/// Most bytes of one batch of sightings.
pub const MAX_EDGE_BATCH_BYTES: usize = 4 * 1024 * 1024;
/// An edge that heard nothing of its node for so many seconds says that it is old.
pub const EDGE_OLD_SECONDS: u64 = 60;
