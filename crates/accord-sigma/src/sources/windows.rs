//! Windows: a service for each event log, a category for events of Sysmon, PowerShell, Defender and the Security log, and
//! the names of an event's fields in the forms that programs write events in.
//!
//! Services and categories are those of Sigma's own tables (SigmaHQ, `tests/thor.yml`, and its guides to log sources). Names
//! of fields are those of the event's manifest; those of its system part are written as Sigma writes them
//! (`Provider_Name`).

use accord_formats::logs::LogFormat;

use super::{FieldRow, From, View, Views, owned};

/// Event logs by Sigma's service.
pub(super) const SERVICES: &[(&str, &[&str])] = &[
    ("application", &["Application"]),
    ("security", &["Security"]),
    ("system", &["System"]),
    ("sysmon", &["Microsoft-Windows-Sysmon/Operational"]),
    (
        "powershell",
        &[
            "Microsoft-Windows-PowerShell/Operational",
            "PowerShellCore/Operational",
        ],
    ),
    ("powershell-classic", &["Windows PowerShell"]),
    ("taskscheduler", &["Microsoft-Windows-TaskScheduler/Operational"]),
    ("wmi", &["Microsoft-Windows-WMI-Activity/Operational"]),
    ("ntlm", &["Microsoft-Windows-NTLM/Operational"]),
    ("dns-server", &["DNS Server"]),
    ("dns-server-audit", &["Microsoft-Windows-DNS-Server/Audit"]),
    (
        "dns-server-analytic",
        &["Microsoft-Windows-DNS-Server/Analytical"],
    ),
    (
        "dns-client",
        &[
            "Microsoft-Windows-DNS Client Events/Operational",
            "Microsoft-Windows-DNS-Client/Operational",
        ],
    ),
    ("dhcp", &["Microsoft-Windows-DHCP-Server/Operational"]),
    (
        "driver-framework",
        &["Microsoft-Windows-DriverFrameworks-UserMode/Operational"],
    ),
    ("printservice-admin", &["Microsoft-Windows-PrintService/Admin"]),
    (
        "printservice-operational",
        &["Microsoft-Windows-PrintService/Operational"],
    ),
    ("smbclient-security", &["Microsoft-Windows-SmbClient/Security"]),
    (
        "smbclient-connectivity",
        &["Microsoft-Windows-SmbClient/Connectivity"],
    ),
    (
        "smbserver-connectivity",
        &["Microsoft-Windows-SMBServer/Connectivity"],
    ),
    (
        "terminalservices-localsessionmanager",
        &["Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"],
    ),
    (
        "codeintegrity-operational",
        &["Microsoft-Windows-CodeIntegrity/Operational"],
    ),
    (
        "applocker",
        &[
            "Microsoft-Windows-AppLocker/MSI and Script",
            "Microsoft-Windows-AppLocker/EXE and DLL",
            "Microsoft-Windows-AppLocker/Packaged app-Deployment",
            "Microsoft-Windows-AppLocker/Packaged app-Execution",
        ],
    ),
    ("msexchange-management", &["MSExchange Management"]),
    ("windefend", &["Microsoft-Windows-Windows Defender/Operational"]),
    (
        "firewall-as",
        &["Microsoft-Windows-Windows Firewall With Advanced Security/Firewall"],
    ),
    ("bits-client", &["Microsoft-Windows-Bits-Client/Operational"]),
    (
        "security-mitigations",
        &[
            "Microsoft-Windows-Security-Mitigations/Kernel Mode",
            "Microsoft-Windows-Security-Mitigations/User Mode",
            "Microsoft-Windows-Security-Mitigations/KernelMode",
            "Microsoft-Windows-Security-Mitigations/UserMode",
        ],
    ),
    (
        "diagnosis-scripted",
        &["Microsoft-Windows-Diagnosis-Scripted/Operational"],
    ),
    ("shell-core", &["Microsoft-Windows-Shell-Core/Operational"]),
    ("openssh", &["OpenSSH/Operational"]),
    ("ldap", &["Microsoft-Windows-LDAP-Client/Debug"]),
    ("bitlocker", &["Microsoft-Windows-BitLocker/BitLocker Management"]),
    (
        "vhdmp",
        &[
            "Microsoft-Windows-VHDMP/Operational",
            "Microsoft-Windows-VHDMP-Operational",
        ],
    ),
    (
        "appxdeployment-server",
        &["Microsoft-Windows-AppXDeploymentServer/Operational"],
    ),
    (
        "appxpackaging-om",
        &["Microsoft-Windows-AppxPackaging/Operational"],
    ),
    ("appmodel-runtime", &["Microsoft-Windows-AppModel-Runtime/Admin"]),
    ("lsa-server", &["Microsoft-Windows-LSA/Operational"]),
    ("capi2", &["Microsoft-Windows-CAPI2/Operational"]),
    (
        "certificateservicesclient-lifecycle-system",
        &["Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational"],
    ),
    (
        "kernel-shimengine",
        &[
            "Microsoft-Windows-Kernel-ShimEngine/Operational",
            "Microsoft-Windows-Kernel-ShimEngine/Diagnostic",
        ],
    ),
    (
        "application-experience",
        &[
            "Microsoft-Windows-Application-Experience/Program-Telemetry",
            "Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant",
        ],
    ),
    ("ntfs", &["Microsoft-Windows-Ntfs/Operational"]),
    (
        "hyper-v-worker",
        &[
            "Microsoft-Windows-Hyper-V-Worker",
            "Microsoft-Windows-Hyper-V-Worker-Admin",
        ],
    ),
    ("kernel-event-tracing", &["Microsoft-Windows-Kernel-EventTracing"]),
    ("sense", &["Microsoft-Windows-SENSE/Operational"]),
    (
        "microsoft-servicebus-client",
        &[
            "Microsoft-ServiceBus-Client/Admin",
            "Microsoft-ServiceBus-Client/Operational",
        ],
    ),
    ("iis-configuration", &["Microsoft-IIS-Configuration/Operational"]),
];

/// What rules call a service by otherwise.
const ALSO: &[(&str, &str)] = &[("microsoft-servicebus-client", "servicebus-client")];

/// Which values of `EventType` an event must have, where that matters.
pub(super) type Types = Option<&'static [&'static str]>;

/// Events that are of a category.
pub(super) struct Category {
    pub(super) category: &'static str,
    pub(super) service: &'static str,
    /// The numbers of its events.
    pub(super) events: &'static [i64],
    pub(super) types: Types,
    /// Names that are others there.
    pub(super) fields: &'static [FieldRow],
}

const fn of(category: &'static str, service: &'static str, events: &'static [i64]) -> Category {
    Category {
        category,
        service,
        events,
        types: None,
        fields: &[],
    }
}

/// The categories.
pub(super) const CATEGORIES: &[Category] = &[
    of("process_creation", "sysmon", &[1]),
    Category {
        fields: AUDITED_PROCESS,
        ..of("process_creation", "security", &[4688])
    },
    of("file_change", "sysmon", &[2]),
    of("network_connection", "sysmon", &[3]),
    Category {
        fields: AUDITED_CONNECTION,
        ..of("network_connection", "security", &[5156])
    },
    of("sysmon_status", "sysmon", &[4, 16]),
    of("process_termination", "sysmon", &[5]),
    of("driver_load", "sysmon", &[6]),
    of("image_load", "sysmon", &[7]),
    of("create_remote_thread", "sysmon", &[8]),
    of("raw_access_thread", "sysmon", &[9]),
    of("process_access", "sysmon", &[10]),
    of("file_event", "sysmon", &[11]),
    of("registry_event", "sysmon", &[12, 13, 14]),
    Category {
        types: Some(&["CreateKey"]),
        ..of("registry_add", "sysmon", &[12])
    },
    Category {
        types: Some(&["DeleteKey", "DeleteValue"]),
        ..of("registry_delete", "sysmon", &[12])
    },
    of("registry_set", "sysmon", &[13]),
    of("registry_rename", "sysmon", &[14]),
    of("create_stream_hash", "sysmon", &[15]),
    of("pipe_created", "sysmon", &[17, 18]),
    of("wmi_event", "sysmon", &[19, 20, 21]),
    of("dns_query", "sysmon", &[22]),
    of("file_delete", "sysmon", &[23]),
    of("clipboard_change", "sysmon", &[24]),
    of("process_tampering", "sysmon", &[25]),
    of("file_delete_detected", "sysmon", &[26]),
    of("file_block_executable", "sysmon", &[27]),
    of("file_block_shredding", "sysmon", &[28]),
    of("file_executable_detected", "sysmon", &[29]),
    of("sysmon_error", "sysmon", &[255]),
    of("ps_module", "powershell", &[4103]),
    of("ps_script", "powershell", &[4104]),
    of("ps_classic_start", "powershell-classic", &[400]),
    of("ps_classic_provider_start", "powershell-classic", &[600]),
    of("ps_classic_script", "powershell-classic", &[800]),
    Category {
        fields: ANTIVIRUS,
        ..of(
            "antivirus",
            "windefend",
            &[
                1006, 1007, 1008, 1009, 1010, 1011, 1012, 1017, 1018, 1019, 1115, 1116, 1117,
            ],
        )
    },
];

/// Event 4688, which names the new process and the one that made it otherwise than Sysmon.
const AUDITED_PROCESS: &[FieldRow] = &[
    (&["Image"], &[From::Name("NewProcessName")]),
    (&["ParentImage"], &[From::Name("ParentProcessName")]),
    (&["ProcessId"], &[From::Name("NewProcessId")]),
    (&["ParentProcessId"], &[From::Name("ProcessId")]),
    (&["User"], &[From::Name("SubjectUserName")]),
    (&["LogonId"], &[From::Name("SubjectLogonId")]),
];

/// Event 5156.
const AUDITED_CONNECTION: &[FieldRow] = &[
    (&["Image"], &[From::Name("Application")]),
    (&["SourceIp"], &[From::Name("SourceAddress")]),
    (&["DestinationIp"], &[From::Name("DestAddress")]),
    (&["DestinationPort"], &[From::Name("DestPort")]),
];

/// Defender's names have spaces, rules have none.
const DEFENDER: &[FieldRow] = &[
    (&["ThreatName"], &[From::Name("Threat Name")]),
    (&["ProcessName"], &[From::Name("Process Name")]),
    (&["SourceName"], &[From::Name("Source Name")]),
    (&["CategoryName"], &[From::Name("Category Name")]),
    (&["SeverityName"], &[From::Name("Severity Name")]),
    (&["ActionName"], &[From::Name("Action Name")]),
    (&["DetectionUser"], &[From::Name("Detection User")]),
    (&["OldValue"], &[From::Name("Old Value")]),
    (&["NewValue"], &[From::Name("New Value")]),
    (&["Feature_Name"], &[From::Name("Feature Name")]),
];

/// `category: antivirus`, of what Defender found.
const ANTIVIRUS: &[FieldRow] = &[
    (&["Signature", "ThreatName"], &[From::Name("Threat Name")]),
    (&["Filename"], &[From::Name("Path")]),
    (&["ProcessName"], &[From::Name("Process Name")]),
];

/// The service of that name, as a constant.
pub(super) fn service(name: &str) -> Option<&'static str> {
    SERVICES
        .iter()
        .find(|(service, _)| *service == name)
        .map(|(service, _)| *service)
}

pub(super) fn add(views: &mut Views) {
    let view = |told_by: String, category: Option<&str>, services: Vec<&str>, fields| View {
        formats: vec![LogFormat::WindowsJson],
        told_by,
        category: category.map(str::to_owned),
        products: owned(&["windows"]),
        services: owned(&services),
        fields,
    };
    let called = |service: &'static str| -> Vec<&str> {
        let also = ALSO.iter().filter(|(known, _)| *known == service);
        std::iter::once(service)
            .chain(also.map(|(_, also)| *also))
            .collect()
    };
    for (service, channels) in SERVICES {
        let told_by = format!("`Channel` {}", channels.join(", "));
        let fields: &[FieldRow] = if *service == "windefend" { DEFENDER } else { &[] };
        let at = views.add(view(told_by, None, called(service), fields));
        for channel in *channels {
            views.ways.channels.insert(channel.to_lowercase(), at);
        }
    }
    let at = views.add(view("any other `Channel`".to_owned(), None, Vec::new(), &[]));
    views.ways.other_channel = Some(at);
    for Category {
        category,
        service,
        events,
        types,
        fields,
    } in CATEGORIES
    {
        let numbers: Vec<String> = events.iter().map(ToString::to_string).collect();
        let of_types = types.map_or_else(String::new, |types| {
            format!(" and `EventType` {}", types.join(" or "))
        });
        let told_by = format!("service {service}, `EventID` {}{of_types}", numbers.join(", "));
        let at = views.add(view(told_by, Some(category), called(service), fields));
        for event in *events {
            let of_event = views.ways.events.entry((service, *event)).or_default();
            of_event.push((at, *types));
        }
    }
}

/// What stands before the names of an event's fields, in the forms that programs write: the event's own (evtx_dump),
/// Winlogbeat's, EvtxECmd's.
const BEFORE: &[&str] = &[
    "Event.EventData.",
    "Event.System.",
    "Event.RenderingInfo.",
    "winlog.event_data.",
    "EventData.",
    "System.",
    "RenderingInfo.",
];

/// The same, with a name of the provider's own behind it.
const BEFORE_OWN: &[&str] = &["Event.UserData.", "winlog.user_data.", "UserData."];

/// The same thing in other words.
const SAME: &[(&str, &str)] = &[
    ("Provider.#attributes.Name", "Provider_Name"),
    ("Provider.@Name", "Provider_Name"),
    ("Provider_attributes.Name", "Provider_Name"),
    ("Provider.Name", "Provider_Name"),
    ("Provider", "Provider_Name"),
    ("SourceName", "Provider_Name"),
    ("winlog.provider_name", "Provider_Name"),
    ("Provider.#attributes.Guid", "Provider_Guid"),
    ("Provider.@Guid", "Provider_Guid"),
    ("winlog.provider_guid", "Provider_Guid"),
    ("Security.#attributes.UserID", "Security_UserID"),
    ("Security.@UserID", "Security_UserID"),
    ("winlog.user.identifier", "Security_UserID"),
    ("Execution.#attributes.ProcessID", "Execution_ProcessID"),
    ("Execution.@ProcessID", "Execution_ProcessID"),
    ("Execution.#attributes.ThreadID", "Execution_ThreadID"),
    ("Execution.@ThreadID", "Execution_ThreadID"),
    ("winlog.event_id", "EventID"),
    ("EventId", "EventID"),
    ("winlog.channel", "Channel"),
    ("winlog.computer_name", "Computer"),
    ("Hostname", "Computer"),
    ("winlog.record_id", "EventRecordID"),
    ("winlog.task", "Task"),
    ("winlog.opcode", "Opcode"),
    ("winlog.keywords", "Keywords"),
    ("message", "Message"),
];

/// Sigma's name of a field of an event.
pub(crate) fn name_of(path: &str) -> &str {
    let path = path.strip_suffix(".#text").unwrap_or(path);
    let inside = BEFORE.iter().find_map(|before| path.strip_prefix(before));
    let own = || {
        let rest = BEFORE_OWN.iter().find_map(|before| path.strip_prefix(before))?;
        Some(rest.split_once('.').map_or(rest, |(_, name)| name))
    };
    let name = inside.or_else(own).unwrap_or(path);
    SAME.iter()
        .find(|(other, _)| *other == name)
        .map_or(name, |(_, name)| *name)
}

/// Whether a field's value is the name of the field that follows: `{"@Name": "Image", "#text": "..."}`.
pub(crate) fn names_the_next(path: &str) -> bool {
    path.ends_with(".Data.@Name") || path.ends_with(".Data.#attributes.Name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_every_form() {
        for (path, name) in [
            ("Event.EventData.CommandLine", "CommandLine"),
            ("Event.EventData.Data.#text", "Data"),
            ("Event.System.EventID", "EventID"),
            ("Event.System.EventID.#text", "EventID"),
            ("Event.System.Provider.#attributes.Name", "Provider_Name"),
            ("Event.UserData.RuleAndFileData.FilePath", "FilePath"),
            ("Event.UserData.Text", "Text"),
            ("winlog.event_data.Image", "Image"),
            ("winlog.event_id", "EventID"),
            ("winlog.user_data.RuleName", "RuleName"),
            ("EventId", "EventID"),
            ("CommandLine", "CommandLine"),
            ("EventData.Data.@Name", "Data.@Name"),
        ] {
            assert_eq!(name_of(path), name, "{path}");
        }
        assert!(names_the_next("EventData.Data.@Name"));
        assert!(names_the_next("Event.EventData.Data.#attributes.Name"));
        // The name of the data as a whole.
        assert!(!names_the_next("Event.EventData.#attributes.Name"));
        assert!(!names_the_next("EventData.Image"));
    }

    #[test]
    fn tables_say_nothing_twice() {
        let mut names: Vec<&str> = SERVICES.iter().map(|(service, _)| *service).collect();
        let mut channels: Vec<String> = SERVICES
            .iter()
            .flat_map(|(_, channels)| channels.iter().map(|channel| channel.to_lowercase()))
            .collect();
        for count in [names.len(), channels.len()] {
            assert!(count > 40);
        }
        names.sort_unstable();
        channels.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
        assert!(channels.windows(2).all(|pair| pair[0] != pair[1]), "{channels:?}");
        for category in CATEGORIES {
            assert!(service(category.service).is_some(), "{}", category.category);
        }
    }
}
