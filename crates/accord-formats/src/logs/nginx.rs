//! nginx (and what follows it) with `log_format ... escape=json`: the names are those of nginx's variables
//! (ngx_http_core_module and ngx_http_log_module, "Embedded Variables"). Which of them stand in a line is the operator's
//! choice.

use super::fields::{Column, Records};
use super::json::{self, Keys};
use super::json_fields::{self, Rule, Rules};
use super::{Depth, LineFacts, Outcome};

const KEYS: Keys = Keys {
    time: &[
        "time_iso8601",
        "msec",
        "time_local",
        "@timestamp",
        "timestamp",
        "time",
        "ts",
    ],
    records: None,
};

pub(super) const RULES: Rules = Rules::Table(&[
    ("time_iso8601", Rule::Time(0)),
    ("msec", Rule::Time(1)),
    ("time_local", Rule::Time(2)),
    ("@timestamp", Rule::Time(3)),
    ("timestamp", Rule::Time(4)),
    ("time", Rule::Time(5)),
    ("ts", Rule::Time(6)),
    ("remote_addr", Rule::To(Column::SourceAddress)),
    ("remote_port", Rule::To(Column::SourcePort)),
    ("remote_user", Rule::To(Column::User)),
    ("server_addr", Rule::To(Column::DestinationAddress)),
    ("server_port", Rule::To(Column::DestinationPort)),
    ("hostname", Rule::To(Column::Device)),
    ("host", Rule::To(Column::UrlHost)),
    ("http_host", Rule::To(Column::UrlHost)),
    ("server_name", Rule::To(Column::UrlHost)),
    ("ssl_server_name", Rule::To(Column::ServerName)),
    ("request", Rule::Request),
    ("request_method", Rule::To(Column::Method)),
    ("request_uri", Rule::To(Column::Url)),
    ("uri", Rule::To(Column::Url)),
    ("status", Rule::To(Column::StatusCode)),
    ("body_bytes_sent", Rule::To(Column::BytesIn)),
    ("bytes_sent", Rule::To(Column::BytesIn)),
    ("request_length", Rule::To(Column::BytesOut)),
    ("http_referer", Rule::To(Column::Referrer)),
    ("http_referrer", Rule::To(Column::Referrer)),
    ("http_user_agent", Rule::To(Column::UserAgent)),
    ("request_id", Rule::To(Column::Session)),
]);

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    json::line(line, &KEYS, depth)
}

pub(super) fn fields<'a>(line: &'a [u8], records: &mut Records<'a>) -> Outcome {
    json_fields::read(line, RULES, records)
}
