//! The tables of collecting in the file: their keys with documentation, as examples that the operator takes up.
//!
//! They are lists of tables, so nothing stands there until it is written. The keys and their defaults are
//! `accord-collect`'s; a test compares the examples with them.

use accord_service::CollectSettings;
use serde::Serialize;

/// Every key of each table, with its default where it has one.
pub(super) const EXAMPLES: &str = r##"
# Collecting: what this node brings in by itself, as it is written. Nothing is collected until one of these tables
# stands here without the "# " in front; each may stand several times. A collector's name is 1 to 64 of
# a-z 0-9 . _ -, once among all; what it came to is kept under it. Its source must exist. Files named without a
# leading / are looked for in the node's folder. Sizes are bytes.

# The files of a folder, followed as they grow and rotate.
# [[logs.files]]
# name = "web"
# source = "access"
# The folder, absolute. Folders inside it are not looked at.
# folder = "/var/log/nginx"
# Names that are read: patterns with *, ? and [a-z]. Let them match rotated files too.
# include = ["access.log*"]
# exclude = ["*.tmp"]
# "growing", or "finished": whole, once unchanged for settle_s. For formats whose first lines say what the others mean
# (Zeek, W3C, CSV).
# take = "growing"
# How often the folder is looked at.
# poll_ms = 1000
# A segment is made once so much is there, or what is there is so old.
# segment_bytes = 67108864
# segment_age_s = 300
# How long a last line without its end waits.
# partial_line_s = 10
# How long a file must be unchanged to be finished, a compressed file to be read, a copy to be told.
# settle_s = 30
# max_files = 10000

# Syslog over UDP (RFC 5426), TCP (RFC 6587) and TLS (RFC 5425).
# [[logs.syslog]]
# name = "routers"
# source = "routers"
# Address and port; at least one of udp, tcp and tls.
# udp = "192.0.2.9:514"
# tcp = "192.0.2.9:514"
# With client_authorities only clients with a certificate of one of them are heard. Read when the node starts.
# tls = { listen = "192.0.2.9:6514", certificate = "syslog.pem", key = "syslog.key", client_authorities = "syslog-ca.pem" }
# Networks that may send; nobody else is heard. Over UDP an address is only claimed: name networks in which nobody
# can claim another's.
# senders = ["192.0.2.0/24"]
# max_senders = 1000
# max_connections = 1000
# max_connections_each = 32
# message_bytes = 65536
# Of one sender. Beyond, UDP is dropped and counted; TCP and TLS wait.
# messages_per_s = 50000
# A connection on which nothing comes for so long is closed; the longest that a message or a handshake may take.
# idle_s = 600
# message_s = 30
# Asked of the system for UDP, which may give less.
# receive_buffer_bytes = 4194304
# What is received lies in the spool until it is a segment, which is made of so much or what is so old. Every sync_ms it
# is made safe against a power cut.
# spool = { segment_bytes = 67108864, segment_age_s = 300, sync_ms = 1000, spool_bytes = 1073741824 }

# A source to which programs append: POST /api/v1/logs/collectors/NAME/append, with an Idempotency-Key.
# [[logs.http]]
# name = "sensors"
# source = "sensors"
# A file with a line NAME:TOKEN for each machine that may append, readable by the node alone (chmod 600). Without it only
# people who may bring logs in append. Read when the node starts.
# machines_file = "sensors.machines"
# How long a key is remembered.
# key_window_s = 86400
# max_senders = 1000
# spool = { segment_bytes = 67108864, segment_age_s = 300, sync_ms = 1000, spool_bytes = 1073741824 }
"##;

#[derive(Serialize)]
struct Tables<'a> {
    logs: &'a CollectSettings,
}

/// What is collected, as it stands in the file; nothing where nothing is.
pub(super) fn render(logs: &CollectSettings) -> Result<String, toml::ser::Error> {
    if logs.is_empty() {
        return Ok(String::new());
    }
    Ok(format!("\n{}", toml::to_string(&Tables { logs })?))
}
