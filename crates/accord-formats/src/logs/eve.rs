//! Suricata EVE: `timestamp` is ISO 8601 with its zone (`-0600`).
//!
//! A pretty-printed file is no EVE record per line: its lines are not parsed. The lines that hold a `timestamp` alone
//! still tell their time, so that the span of such a file is known.

use super::fields::{Column, Records};
use super::json::{self, Keys};
use super::json_fields::{self, Rule, Rules};
use super::time::parse_rfc3339_ms;
use super::{Depth, LineFacts, Outcome};

const KEYS: Keys = Keys {
    time: &["timestamp"],
    records: None,
};

const ANSWERS: &[(&str, Rule)] = &[
    ("rdata", Rule::To(Column::Answer)),
    ("A", Rule::To(Column::Answer)),
    ("AAAA", Rule::To(Column::Answer)),
    ("CNAME", Rule::To(Column::Answer)),
];

/// "Eve JSON Format" in Suricata's user guide; the DNS in its versions 1 to 3.
pub(super) const RULES: Rules = Rules::Table(&[
    ("timestamp", Rule::Time(0)),
    ("src_ip", Rule::To(Column::SourceAddress)),
    ("src_port", Rule::To(Column::SourcePort)),
    ("dest_ip", Rule::To(Column::DestinationAddress)),
    ("dest_port", Rule::To(Column::DestinationPort)),
    ("proto", Rule::To(Column::Protocol)),
    ("event_type", Rule::To(Column::Activity)),
    ("flow_id", Rule::To(Column::Session)),
    ("host", Rule::To(Column::Device)),
    (
        "alert",
        Rule::In(Rules::Table(&[
            ("action", Rule::To(Column::Action)),
            ("signature", Rule::To(Column::Finding)),
        ])),
    ),
    (
        "dns",
        Rule::In(Rules::Table(&[
            ("rrname", Rule::To(Column::QueryName)),
            ("rrtype", Rule::To(Column::QueryType)),
            ("rcode", Rule::To(Column::Status)),
            ("rdata", Rule::To(Column::Answer)),
            (
                "queries",
                Rule::In(Rules::Table(&[
                    ("rrname", Rule::To(Column::QueryName)),
                    ("rrtype", Rule::To(Column::QueryType)),
                ])),
            ),
            ("answers", Rule::In(Rules::Table(ANSWERS))),
            ("grouped", Rule::In(Rules::Table(ANSWERS))),
        ])),
    ),
    (
        "http",
        Rule::In(Rules::Table(&[
            ("hostname", Rule::To(Column::UrlHost)),
            ("url", Rule::To(Column::Url)),
            ("http_user_agent", Rule::To(Column::UserAgent)),
            ("http_refer", Rule::To(Column::Referrer)),
            ("http_method", Rule::To(Column::Method)),
            ("status", Rule::To(Column::StatusCode)),
            ("length", Rule::To(Column::BytesIn)),
        ])),
    ),
    (
        "tls",
        Rule::In(Rules::Table(&[("sni", Rule::To(Column::ServerName))])),
    ),
    (
        "fileinfo",
        Rule::In(Rules::Table(&[
            ("filename", Rule::To(Column::File)),
            ("md5", Rule::To(Column::FileHash)),
            ("sha1", Rule::To(Column::FileHash)),
            ("sha256", Rule::To(Column::FileHash)),
        ])),
    ),
    (
        "flow",
        Rule::In(Rules::Table(&[
            ("bytes_toserver", Rule::To(Column::BytesOut)),
            ("bytes_toclient", Rule::To(Column::BytesIn)),
            ("state", Rule::To(Column::Status)),
        ])),
    ),
    (
        "smtp",
        Rule::In(Rules::Table(&[
            ("mail_from", Rule::To(Column::EmailFrom)),
            ("rcpt_to", Rule::To(Column::EmailTo)),
        ])),
    ),
    (
        "dhcp",
        Rule::In(Rules::Table(&[
            ("dhcp_type", Rule::To(Column::Activity)),
            ("client_mac", Rule::To(Column::SourceMac)),
            ("hostname", Rule::To(Column::SourceHost)),
            ("lease_time", Rule::To(Column::LeaseSeconds)),
        ])),
    ),
]);

pub(super) fn fields<'a>(line: &'a [u8], records: &mut Records<'a>) -> Outcome {
    json_fields::read(line, RULES, records)
}

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    let mut facts = json::line(line, &KEYS, depth);
    if facts.outcome == Outcome::NotParsed {
        if let Some(ms) = lone_timestamp_ms(line) {
            facts.time = super::LineTime::At(ms);
        }
        if depth == Depth::Full {
            super::address::in_text(line, &mut facts.addresses);
        }
    }
    facts
}

fn lone_timestamp_ms(line: &[u8]) -> Option<i64> {
    let value = line
        .trim_ascii()
        .strip_prefix(b"\"timestamp\"")?
        .trim_ascii_start()
        .strip_prefix(b":")?
        .trim_ascii();
    let value = value.strip_suffix(b",").unwrap_or(value).trim_ascii_end();
    parse_rfc3339_ms(value.strip_prefix(b"\"")?.strip_suffix(b"\"")?)
}
