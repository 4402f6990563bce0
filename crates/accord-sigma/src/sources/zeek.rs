//! Zeek: each of its logs is a service; the DNS, HTTP and connection logs are general categories too.

use accord_formats::logs::{Column, LogFormat};

use super::others::{DNS, FIREWALL, WEB};
use super::{FieldRow, From, Told, View, Views, add_word, owned};

const FORMATS: &[LogFormat] = &[LogFormat::ZeekTsv, LogFormat::ZeekJson];

/// The logs that have a view of their own; others are `product: zeek` without a service.
pub(super) const PATHS: &[&str] = &[
    "analyzer",
    "conn",
    "dce_rpc",
    "dhcp",
    "dnp3",
    "dns",
    "dpd",
    "files",
    "ftp",
    "gssapi",
    "http",
    "intel",
    "irc",
    "kerberos",
    "known_certs",
    "known_hosts",
    "known_services",
    "ldap",
    "ldap_search",
    "modbus",
    "mysql",
    "notice",
    "ntlm",
    "ntp",
    "ocsp",
    "pe",
    "postgresql",
    "quic",
    "radius",
    "rdp",
    "rfb",
    "signatures",
    "sip",
    "smb_files",
    "smb_mapping",
    "smtp",
    "snmp",
    "socks",
    "software",
    "ssh",
    "ssl",
    "syslog",
    "traceroute",
    "tunnel",
    "weird",
    "x509",
];

/// What rules call `z`-bit, mime types and the like is Zeek's own name; these are not.
const OWN: &[FieldRow] = &[
    (&["c-uri"], &[From::Uri]),
    (
        &["c-useragent", "cs-user-agent"],
        &[From::Column(Column::UserAgent)],
    ),
];

/// For logs that do not say which they are: a field that only one of them has.
const TOLD_BY_FIELD: &[(&str, &str)] = &[
    ("conn_state", "conn"),
    ("qtype_name", "dns"),
    ("rcode_name", "dns"),
    ("request_body_len", "http"),
    ("cipher", "ssl"),
    ("established", "ssl"),
    ("certificate.serial", "x509"),
    ("mime_type", "files"),
    ("seen_bytes", "files"),
    ("helo", "smtp"),
    ("mailfrom", "smtp"),
    ("auth_attempts", "ssh"),
    ("kex_alg", "ssh"),
    ("security_protocol", "rdp"),
    ("request_type", "kerberos"),
    ("share_type", "smb_mapping"),
    ("named_pipe", "dce_rpc"),
    ("endpoint", "dce_rpc"),
    ("suppress_for", "notice"),
    ("assigned_addr", "dhcp"),
    ("msg_types", "dhcp"),
];

/// Which log a record is of, by its fields.
pub(super) fn path_of(record: &dyn Told) -> Option<&'static str> {
    TOLD_BY_FIELD
        .iter()
        .find(|(field, _)| record.first(field).is_some())
        .map(|(_, path)| *path)
}

pub(super) fn add(views: &mut Views) {
    let view = |services: &[&str], category: Option<&str>, told_by: String, fields| View {
        formats: FORMATS.to_vec(),
        told_by,
        category: category.map(str::to_owned),
        products: owned(&["zeek"]),
        services: owned(services),
        fields,
    };
    for path in PATHS {
        let own = view(&[path], None, format!("`_path` {path}"), OWN);
        add_word(views, FORMATS, path, own);
    }
    for (path, category, fields) in [
        ("dns", "dns", DNS),
        ("http", "proxy", WEB),
        ("http", "webserver", WEB),
        ("conn", "firewall", FIREWALL),
    ] {
        let general = view(&[path], Some(category), format!("`_path` {path}"), fields);
        add_word(views, FORMATS, path, general);
    }
    let at = views.add(view(&[], None, "any other `_path`".to_owned(), OWN));
    for format in FORMATS {
        views.ways.otherwise.entry(*format).or_default().push(at);
    }
}
