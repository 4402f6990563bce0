//! Windows events as JSON, one a line: Winlogbeat's (`winlog`), EvtxECmd's (`Payload`), the event's own form
//! (`{"Event":{"System":...,"EventData":...}}`, as evtx_dump writes it) and flat ones (NXLog). Sysmon's and the Security
//! log's data have the same names in all of them.
//!
//! A user is named once for each part in the event: who acted (`SubjectUserName`) and whose account it was
//! (`TargetUserName`). The binary EVTX has no lines: a log store renders it to the event's own form (`accord-evtx`).

use memchr::memmem;

use super::fields::{Column, Records};
use super::json::{self, Keys};
use super::json_fields::{self, Rule, Rules};
use super::{Depth, LineFacts, LineTime, Outcome};

const KEYS: Keys = Keys {
    time: &["@timestamp", "TimeCreated", "EventTime"],
    records: None,
};

/// `EventData` of Sysmon (its manifest, schema 4.90) and of the Security log.
const DATA: &[(&str, Rule)] = &[
    ("Image", Rule::To(Column::Process)),
    ("NewProcessName", Rule::To(Column::Process)),
    ("ProcessName", Rule::To(Column::Process)),
    ("ProcessId", Rule::To(Column::ProcessId)),
    ("CommandLine", Rule::To(Column::CommandLine)),
    ("ParentImage", Rule::To(Column::ParentProcess)),
    ("ParentProcessName", Rule::To(Column::ParentProcess)),
    ("User", Rule::To(Column::User)),
    ("SubjectUserName", Rule::To(Column::User)),
    ("TargetUserName", Rule::To(Column::User)),
    ("AccountName", Rule::To(Column::User)),
    ("Hashes", Rule::To(Column::FileHash)),
    ("TargetFilename", Rule::To(Column::File)),
    ("ImageLoaded", Rule::To(Column::File)),
    ("ObjectName", Rule::To(Column::File)),
    ("Protocol", Rule::To(Column::Protocol)),
    ("SourceIp", Rule::To(Column::SourceAddress)),
    ("SourcePort", Rule::To(Column::SourcePort)),
    ("SourceHostname", Rule::To(Column::SourceHost)),
    ("DestinationIp", Rule::To(Column::DestinationAddress)),
    ("DestinationPort", Rule::To(Column::DestinationPort)),
    ("DestinationHostname", Rule::To(Column::DestinationHost)),
    ("IpAddress", Rule::To(Column::SourceAddress)),
    ("IpPort", Rule::To(Column::SourcePort)),
    ("ClientAddress", Rule::To(Column::SourceAddress)),
    ("ClientName", Rule::To(Column::SourceHost)),
    ("WorkstationName", Rule::To(Column::SourceHost)),
    ("QueryName", Rule::To(Column::QueryName)),
    ("QueryResults", Rule::To(Column::Answer)),
    ("QueryStatus", Rule::To(Column::StatusCode)),
    ("Status", Rule::To(Column::StatusCode)),
];

/// The same, and a list where the names are values: `{"@Name": "Image", "#text": "..."}`.
const EVENT_DATA: Rules = Rules::Either(&[("Data", Rule::Named(Rules::Table(DATA)))], DATA);

const SYSTEM_TIME: Rules = Rules::Table(&[
    ("SystemTime", Rule::Time(3)),
    ("@SystemTime", Rule::Time(3)),
    (
        "#attributes",
        Rule::In(Rules::Table(&[("SystemTime", Rule::Time(3))])),
    ),
]);

/// The number of an event, also where it has attributes: `{"#attributes":{"Qualifiers":0},"#text":4624}`.
const EVENT_ID: Rule = Rule::Or(
    Column::Activity,
    Rules::Table(&[("#text", Rule::To(Column::Activity))]),
);

/// Data of events that have their own form of it: of the Security log's 1102 (it was cleared), of the services for remote
/// desktops.
const USER_DATA: Rules = Rules::Table(&[
    (
        "LogFileCleared",
        Rule::In(Rules::Table(&[("SubjectUserName", Rule::To(Column::User))])),
    ),
    (
        "EventXML",
        Rule::In(Rules::Table(&[
            ("User", Rule::To(Column::User)),
            ("Address", Rule::To(Column::SourceAddress)),
        ])),
    ),
]);

const EVENT: Rules = Rules::Table(&[
    (
        "System",
        Rule::In(Rules::Table(&[
            ("EventID", EVENT_ID),
            ("TimeCreated", Rule::In(SYSTEM_TIME)),
            ("Computer", Rule::To(Column::Device)),
        ])),
    ),
    ("EventData", Rule::In(EVENT_DATA)),
    ("UserData", Rule::In(USER_DATA)),
]);

const PAYLOAD: Rules = Rules::Table(&[("EventData", Rule::In(EVENT_DATA))]);

pub(super) const RULES: Rules = Rules::Either(
    &[
        ("@timestamp", Rule::Time(0)),
        ("TimeCreated", Rule::Time(1)),
        ("EventTime", Rule::Time(2)),
        ("Event", Rule::In(EVENT)),
        ("EventData", Rule::In(EVENT_DATA)),
        ("EventID", Rule::To(Column::Activity)),
        ("EventId", Rule::To(Column::Activity)),
        ("Computer", Rule::To(Column::Device)),
        ("Hostname", Rule::To(Column::Device)),
        ("UserName", Rule::To(Column::User)),
        ("Payload", Rule::Text(PAYLOAD)),
        (
            "winlog",
            Rule::In(Rules::Table(&[
                ("event_id", Rule::To(Column::Activity)),
                ("computer_name", Rule::To(Column::Device)),
                ("event_data", Rule::In(EVENT_DATA)),
            ])),
        ),
        (
            "event",
            Rule::In(Rules::Table(&[("outcome", Rule::To(Column::Status))])),
        ),
        ("message", Rule::To(Column::Message)),
        ("Message", Rule::To(Column::Message)),
    ],
    DATA,
);

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    let mut facts = json::line(line, &KEYS, depth);
    // The event's own form keeps its time deeper than a shipper does.
    if facts.outcome == Outcome::Parsed
        && facts.time == LineTime::Unknown
        && memmem::find(line, b"SystemTime").is_some()
    {
        let mut records = Records::new();
        json_fields::read(line, RULES, &mut records);
        facts.time = records
            .all()
            .first()
            .map_or(LineTime::Unknown, |fields| fields.time());
    }
    facts
}

pub(super) fn fields<'a>(line: &'a [u8], records: &mut Records<'a>) -> Outcome {
    json_fields::read(line, RULES, records)
}
