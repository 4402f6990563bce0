//! The formats and their names.

use serde::{Deserialize, Serialize};

/// The format of a log, told by content ([`detect`]) or by the source's setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// Zeek's tab-separated form with `#fields` header lines.
    ZeekTsv,
    /// Zeek's JSON form, one object a line.
    ZeekJson,
    /// Suricata's Extensible Event Format, one JSON object a line (or pretty-printed, then mostly not parsed).
    SuricataEve,
    /// AWS CloudTrail: `{"Records":[...]}` or one event a line.
    CloudTrail,
    /// Common or combined access log of web servers (NCSA).
    AccessLog,
    /// nginx's variables as JSON, one object a line.
    NginxJson,
    /// The W3C's extended log file format, with `#Fields:` lines: IIS, CloudFront, the Windows firewall.
    W3c,
    /// Squid's native access log.
    Squid,
    /// BIND's query log, in its own file or through syslog.
    Bind,
    /// Unbound's query log, in its own file or through syslog.
    Unbound,
    /// Postfix through syslog.
    Postfix,
    /// OpenSSH's server through syslog.
    Openssh,
    /// DHCP servers: ISC dhcpd, Kea and dnsmasq, and the audit log of Windows.
    Dhcp,
    /// RADIUS accounting, a detail file or a record a line.
    Radius,
    /// Assignments of a carrier-grade NAT through syslog.
    Cgnat,
    /// Windows events, Sysmon's among them, one JSON object a line.
    WindowsJson,
    /// The binary event log of Windows: told, and kept, but its lines are not parsed.
    Evtx,
    /// Syslog, RFC 3164 or RFC 5424, with or without the `<PRI>` part; what is known of a program's messages is read.
    Syslog,
    /// One JSON object a line of no known kind.
    Ndjson,
    /// Rows with `,`, `;`, tab or `|` between their cells, under a header.
    Csv,
    /// Anything else.
    Text,
}

impl LogFormat {
    /// All formats, in the order of the enumeration.
    pub const ALL: [Self; 21] = [
        Self::ZeekTsv,
        Self::ZeekJson,
        Self::SuricataEve,
        Self::CloudTrail,
        Self::AccessLog,
        Self::NginxJson,
        Self::W3c,
        Self::Squid,
        Self::Bind,
        Self::Unbound,
        Self::Postfix,
        Self::Openssh,
        Self::Dhcp,
        Self::Radius,
        Self::Cgnat,
        Self::WindowsJson,
        Self::Evtx,
        Self::Syslog,
        Self::Ndjson,
        Self::Csv,
        Self::Text,
    ];

    /// The name used in settings and manifests.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ZeekTsv => "zeek-tsv",
            Self::ZeekJson => "zeek-json",
            Self::SuricataEve => "suricata-eve",
            Self::CloudTrail => "cloud-trail",
            Self::AccessLog => "access-log",
            Self::NginxJson => "nginx-json",
            Self::W3c => "w3c",
            Self::Squid => "squid",
            Self::Bind => "bind",
            Self::Unbound => "unbound",
            Self::Postfix => "postfix",
            Self::Openssh => "openssh",
            Self::Dhcp => "dhcp",
            Self::Radius => "radius",
            Self::Cgnat => "cgnat",
            Self::WindowsJson => "windows-json",
            Self::Evtx => "evtx",
            Self::Syslog => "syslog",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Text => "text",
        }
    }

    /// Whether its lines are JSON.
    pub(super) const fn is_json(self) -> bool {
        matches!(
            self,
            Self::ZeekJson
                | Self::SuricataEve
                | Self::CloudTrail
                | Self::NginxJson
                | Self::WindowsJson
                | Self::Ndjson
        )
    }

    /// Whether its lines name their fields, each or by a header: JSON, Zeek's tables, W3C, CSV.
    #[must_use]
    pub const fn names_its_fields(self) -> bool {
        self.is_json() || matches!(self, Self::ZeekTsv | Self::W3c | Self::Csv)
    }

    /// The format of that name, as [`LogFormat::name`] writes it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

impl std::fmt::Display for LogFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
