//! AWS CloudTrail: a whole file is often one line `{"Records":[...]}`; its time is then the span of its events.

use super::fields::{Column, Records};
use super::json::{self, Keys};
use super::json_fields::{self, Rule, Rules};
use super::{Depth, LineFacts, Outcome};

/// The key of the list of events.
pub(super) const RECORDS: Option<&str> = Some("Records");

const KEYS: Keys = Keys {
    time: &["eventTime"],
    records: RECORDS,
};

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    json::line(line, &KEYS, depth)
}

/// "CloudTrail record contents" in the CloudTrail user guide. The service is who was asked.
const EVENT: &[(&str, Rule)] = &[
    ("eventTime", Rule::Time(0)),
    ("eventName", Rule::To(Column::Activity)),
    ("eventSource", Rule::To(Column::DestinationHost)),
    ("eventID", Rule::To(Column::Session)),
    ("sourceIPAddress", Rule::To(Column::SourceAddress)),
    ("userAgent", Rule::To(Column::UserAgent)),
    ("errorCode", Rule::To(Column::Status)),
    ("errorMessage", Rule::To(Column::Message)),
    (
        "userIdentity",
        Rule::In(Rules::Table(&[
            ("userName", Rule::To(Column::User)),
            ("arn", Rule::To(Column::User)),
            ("invokedBy", Rule::To(Column::User)),
        ])),
    ),
    (
        "additionalEventData",
        Rule::In(Rules::Table(&[
            // In and out of the service.
            ("bytesTransferredIn", Rule::To(Column::BytesOut)),
            ("bytesTransferredOut", Rule::To(Column::BytesIn)),
        ])),
    ),
    (
        "responseElements",
        Rule::In(Rules::Table(&[("ConsoleLogin", Rule::To(Column::Status))])),
    ),
    (
        "tlsDetails",
        Rule::In(Rules::Table(&[(
            "clientProvidedHostHeader",
            Rule::To(Column::ServerName),
        )])),
    ),
];

pub(super) const RULES: Rules = Rules::Either(&[("Records", Rule::Records(Rules::Table(EVENT)))], EVENT);

pub(super) fn fields<'a>(line: &'a [u8], records: &mut Records<'a>) -> Outcome {
    json_fields::read(line, RULES, records)
}
