//! What an operator sets: the tables `[[logs.files]]`, `[[logs.syslog]]` and `[[logs.http]]` of a node's configuration.
//! Unknown keys are refused. Sizes are bytes; the units of times stand in their names.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::limits::{MAX_COLLECTORS, MAX_MESSAGE_BYTES, MAX_NAME_BYTES};

/// All collectors of a node.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CollectSettings {
    /// Folders whose files are followed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FilesSettings>,
    /// Syslog receivers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub syslog: Vec<SyslogSettings>,
    /// What may be appended over the node's own API.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub http: Vec<HttpSettings>,
}

/// `[[logs.files]]`: the files of a folder, followed as they grow and rotate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilesSettings {
    /// The collector's name: 1 to 64 of `a-z 0-9 . _ -`, a letter or digit first. Positions are kept under it: with
    /// another name everything is taken anew.
    pub name: String,
    /// The log source that it feeds.
    pub source: String,
    /// The folder, absolute. Folders inside it are not looked at.
    pub folder: PathBuf,
    /// Names of files in it that are read: patterns with `*`, `?` and `[a-z]`. Let them match rotated files too.
    pub include: Vec<String>,
    /// Names that are not, whatever `include` says.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// When a file is read: as it grows, or once it is finished (for formats whose first lines say what the others
    /// mean: Zeek, W3C, CSV).
    #[serde(default)]
    pub take: Take,
    /// How often the folder is looked at, milliseconds.
    #[serde(default = "poll_ms")]
    pub poll_ms: u64,
    /// A segment is made once so much is there, bytes.
    #[serde(default = "segment_bytes")]
    pub segment_bytes: u64,
    /// A segment is made of what is there once it is so old, seconds.
    #[serde(default = "segment_age_s")]
    pub segment_age_s: u64,
    /// How long a last line without its end waits, counted from the last growth of the file, seconds. Then it is taken
    /// as it is, and the rest of it follows in the next segment.
    #[serde(default = "partial_line_s")]
    pub partial_line_s: u64,
    /// How long a file must be unchanged until it counts as finished, a compressed file is read, and a copy of a
    /// followed file is told from a log of its own, seconds.
    #[serde(default = "settle_s")]
    pub settle_s: u64,
    /// The most files that are followed at once.
    #[serde(default = "max_files")]
    pub max_files: usize,
}

/// When a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Take {
    /// As it grows.
    #[default]
    Growing,
    /// Once it was unchanged for `settle_s`, whole.
    Finished,
}

/// `[[logs.syslog]]`: a receiver of syslog over UDP (RFC 5426), TCP (RFC 6587) and TLS (RFC 5425).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyslogSettings {
    /// The collector's name, as in `[[logs.files]]`.
    pub name: String,
    /// The log source that it feeds.
    pub source: String,
    /// Address and port for UDP.
    #[serde(default)]
    pub udp: Option<SocketAddr>,
    /// Address and port for TCP.
    #[serde(default)]
    pub tcp: Option<SocketAddr>,
    /// TLS.
    #[serde(default)]
    pub tls: Option<TlsSettings>,
    /// Networks that may send. Nobody else is heard; `0.0.0.0/0` and `::/0` are everybody.
    pub senders: Vec<IpNet>,
    /// The most senders that have something in the spool at once.
    #[serde(default = "max_senders")]
    pub max_senders: usize,
    /// The most connections.
    #[serde(default = "max_connections")]
    pub max_connections: usize,
    /// The most connections of one address.
    #[serde(default = "max_connections_each")]
    pub max_connections_each: usize,
    /// The largest message, bytes; larger ones are counted and not kept.
    #[serde(default = "message_bytes")]
    pub message_bytes: usize,
    /// The most messages of one sender in a second, and at once. Beyond, UDP is dropped and counted; TCP and TLS wait.
    #[serde(default = "messages_per_s")]
    pub messages_per_s: u32,
    /// A connection on which nothing comes for so long is closed, seconds.
    #[serde(default = "idle_s")]
    pub idle_s: u64,
    /// The longest that one message, or a TLS handshake, may take from its first byte, seconds.
    #[serde(default = "message_s")]
    pub message_s: u64,
    /// The receive buffer asked of the system for UDP, bytes.
    #[serde(default = "receive_buffer_bytes")]
    pub receive_buffer_bytes: usize,
    /// The spool: `spool.segment_bytes` and so on.
    #[serde(default)]
    pub spool: SpoolSettings,
}

/// `tls` of a `[[logs.syslog]]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// Address and port.
    pub listen: SocketAddr,
    /// The server's certificate and those above it, PEM.
    pub certificate: PathBuf,
    /// Its key, PEM.
    pub key: PathBuf,
    /// Authorities, PEM: only clients with a certificate of one of them are heard.
    #[serde(default)]
    pub client_authorities: Option<PathBuf>,
}

/// `[[logs.http]]`: a source to which other programs append over the node's API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSettings {
    /// The collector's name, as in `[[logs.files]]`.
    pub name: String,
    /// The log source that it feeds.
    pub source: String,
    /// A file with a line `NAME:TOKEN` for each machine that may append, readable by the node alone. Without it, people
    /// who may bring logs in append, and nobody else. It is the service's to read.
    #[serde(default)]
    pub machines_file: Option<PathBuf>,
    /// How long an idempotency key is remembered, seconds.
    #[serde(default = "key_window_s")]
    pub key_window_s: u64,
    /// The most senders that have something in the spool at once.
    #[serde(default = "max_senders")]
    pub max_senders: usize,
    /// The spool: `spool.segment_bytes` and so on.
    #[serde(default)]
    pub spool: SpoolSettings,
}

/// What is received, until it is a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpoolSettings {
    /// A segment is made once a sender sent so much, bytes.
    pub segment_bytes: u64,
    /// A segment is made of what a sender sent once it is so old, seconds.
    pub segment_age_s: u64,
    /// How often what was received is made safe against a power cut, milliseconds. What came since then can be lost by
    /// one: syslog has no acknowledgement. Appends over HTTP do not wait for it: each is safe before it is answered.
    pub sync_ms: u64,
    /// The most that lies in the spool, bytes.
    pub spool_bytes: u64,
}

impl Default for SpoolSettings {
    fn default() -> Self {
        Self {
            segment_bytes: segment_bytes(),
            segment_age_s: segment_age_s(),
            sync_ms: 1000,
            spool_bytes: 1024 * 1024 * 1024,
        }
    }
}

const fn poll_ms() -> u64 {
    1000
}
const fn segment_bytes() -> u64 {
    64 * 1024 * 1024
}
const fn segment_age_s() -> u64 {
    300
}
const fn partial_line_s() -> u64 {
    10
}
const fn settle_s() -> u64 {
    30
}
const fn max_files() -> usize {
    10_000
}
const fn max_senders() -> usize {
    1000
}
const fn max_connections() -> usize {
    1000
}
const fn max_connections_each() -> usize {
    32
}
const fn message_bytes() -> usize {
    64 * 1024
}
const fn messages_per_s() -> u32 {
    50_000
}
const fn idle_s() -> u64 {
    600
}
const fn message_s() -> u64 {
    30
}
const fn receive_buffer_bytes() -> usize {
    4 * 1024 * 1024
}
const fn key_window_s() -> u64 {
    24 * 3600
}

/// Whether it can be a collector's name (and its spool's folder).
fn is_name(name: &str) -> bool {
    let inside =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-');
    (1..=MAX_NAME_BYTES).contains(&name.len())
        && name.bytes().all(inside)
        && name
            .bytes()
            .next()
            .is_some_and(|first| first.is_ascii_alphanumeric())
}

fn within(name: &str, key: &str, value: u64, least: u64, most: u64) -> Result<()> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Error::setting(
        name,
        format!("{key} is {value}: {least} to {most} are taken"),
    ))
}

const DAY_S: u64 = 24 * 3600;
/// The largest segment that a collector makes, bytes: a quarter of the log store's.
const MOST_SEGMENT_BYTES: u64 = 16 * 1024 * 1024 * 1024;

impl CollectSettings {
    /// Whether nothing is collected.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.files.is_empty() && self.syslog.is_empty() && self.http.is_empty()
    }

    /// The collectors in the order of their statuses: kind, name and source.
    pub fn feeds(&self) -> impl Iterator<Item = (&'static str, &str, &str)> {
        let files = self.files.iter().map(|one| ("files", &one.name, &one.source));
        let syslog = self.syslog.iter().map(|one| ("syslog", &one.name, &one.source));
        let http = self.http.iter().map(|one| ("http", &one.name, &one.source));
        let all = files.chain(syslog).chain(http);
        all.map(|(kind, name, source)| (kind, name.as_str(), source.as_str()))
    }

    /// Whether all of it can be run, save what only the system can tell (folders, sockets, certificates).
    ///
    /// # Errors
    /// [`Error::Setting`] with the collector, the key and what is accepted.
    pub fn check(&self) -> Result<()> {
        let names = self.files.iter().map(|files| &files.name);
        let names = names.chain(self.syslog.iter().map(|syslog| &syslog.name));
        let names = names.chain(self.http.iter().map(|http| &http.name));
        let mut seen = BTreeSet::new();
        for name in names {
            if !is_name(name) {
                let why = "a name is 1 to 64 of a-z, 0-9, `.`, `_` and `-`, with a letter or digit first";
                return Err(Error::setting(name, why));
            }
            if !seen.insert(name) {
                return Err(Error::setting(name, "two collectors have that name: rename one"));
            }
            if seen.len() > MAX_COLLECTORS {
                return Err(Error::setting(
                    name,
                    format!("more than {MAX_COLLECTORS} collectors: one folder or receiver can serve many"),
                ));
            }
        }
        self.files.iter().try_for_each(FilesSettings::check)?;
        self.syslog.iter().try_for_each(SyslogSettings::check)?;
        self.http.iter().try_for_each(|http| {
            within(&http.name, "key_window_s", http.key_window_s, 1, 30 * DAY_S)?;
            within(&http.name, "max_senders", http.max_senders as u64, 1, 100_000)?;
            http.spool.check(&http.name)
        })
    }
}

impl FilesSettings {
    pub(crate) fn check(&self) -> Result<()> {
        let name = &self.name;
        if !self.folder.is_absolute() {
            return Err(Error::setting(name, "folder must be absolute"));
        }
        if self.include.is_empty() {
            return Err(Error::setting(
                name,
                "include names no file: [\"*\"] is all of the folder",
            ));
        }
        for pattern in self.include.iter().chain(&self.exclude) {
            if pattern.contains('/') {
                let why = format!("`{pattern}` holds a `/`: patterns are of names inside the folder");
                return Err(Error::setting(name, why));
            }
            if let Err(error) = glob::Pattern::new(pattern) {
                return Err(Error::setting(
                    name,
                    format!("`{pattern}` is no pattern: {error}"),
                ));
            }
        }
        within(name, "poll_ms", self.poll_ms, 10, 3_600_000)?;
        within(name, "segment_bytes", self.segment_bytes, 1, MOST_SEGMENT_BYTES)?;
        within(name, "segment_age_s", self.segment_age_s, 0, DAY_S)?;
        within(name, "partial_line_s", self.partial_line_s, 0, DAY_S)?;
        within(name, "settle_s", self.settle_s, 0, DAY_S)?;
        within(name, "max_files", self.max_files as u64, 1, 1_000_000)
    }
}

impl SyslogSettings {
    fn check(&self) -> Result<()> {
        let name = &self.name;
        if self.udp.is_none() && self.tcp.is_none() && self.tls.is_none() {
            return Err(Error::setting(name, "it listens nowhere: set udp, tcp or tls"));
        }
        if self.senders.is_empty() {
            let why = "senders names no network, so nobody would be heard: name those that send";
            return Err(Error::setting(name, why));
        }
        within(name, "max_senders", self.max_senders as u64, 1, 100_000)?;
        within(name, "max_connections", self.max_connections as u64, 1, 100_000)?;
        let each = self.max_connections_each as u64;
        within(name, "max_connections_each", each, 1, 100_000)?;
        let message = self.message_bytes as u64;
        within(name, "message_bytes", message, 480, MAX_MESSAGE_BYTES as u64)?;
        within(
            name,
            "messages_per_s",
            u64::from(self.messages_per_s),
            1,
            10_000_000,
        )?;
        within(name, "idle_s", self.idle_s, 1, DAY_S)?;
        within(name, "message_s", self.message_s, 1, 3600)?;
        let buffer = self.receive_buffer_bytes as u64;
        within(name, "receive_buffer_bytes", buffer, 4096, 1 << 30)?;
        self.spool.check(name)
    }

    pub(crate) fn may_send(&self, address: IpAddr) -> bool {
        self.senders.iter().any(|network| network.contains(&address))
    }
}

impl SpoolSettings {
    pub(crate) fn check(&self, name: &str) -> Result<()> {
        within(name, "segment_bytes", self.segment_bytes, 1, MOST_SEGMENT_BYTES)?;
        within(name, "segment_age_s", self.segment_age_s, 0, DAY_S)?;
        within(name, "sync_ms", self.sync_ms, 1, 60_000)?;
        within(name, "spool_bytes", self.spool_bytes, 1, u64::MAX)
    }
}
