//! Web servers and proxies, name servers, firewalls, Suricata, CloudTrail, and what programs write through syslog.

use accord_formats::logs::{Column, LogFormat};

use super::{FieldRow, From, Told, View, Views, add_word, owned};

/// `category: dns`.
pub(super) const DNS: &[FieldRow] = &[
    (&["query"], &[From::Column(Column::QueryName)]),
    (&["record_type"], &[From::Column(Column::QueryType)]),
    (&["answer", "answers"], &[From::Column(Column::Answer)]),
    (&["src_ip"], &[From::Column(Column::SourceAddress)]),
    (&["src_port"], &[From::Column(Column::SourcePort)]),
    (&["dst_ip"], &[From::Column(Column::DestinationAddress)]),
    (&["dst_port"], &[From::Column(Column::DestinationPort)]),
];

/// `category: webserver` and `category: proxy`, which use the same names.
pub(super) const WEB: &[FieldRow] = &[
    (&["cs-method"], &[From::Column(Column::Method)]),
    (&["c-uri", "cs-uri"], &[From::Uri]),
    (&["c-uri-stem", "cs-uri-stem"], &[From::UriStem]),
    (&["c-uri-query", "cs-uri-query"], &[From::UriQuery]),
    (&["c-uri-extension", "cs-uri-extension"], &[From::UriExtension]),
    (&["cs-host", "r-dns"], &[From::UriHost]),
    (
        &["c-useragent", "cs-user-agent"],
        &[From::Column(Column::UserAgent)],
    ),
    (&["cs-referer", "cs-referrer"], &[From::Column(Column::Referrer)]),
    (&["cs-username"], &[From::Column(Column::User)]),
    (
        &["cs-cookie"],
        &[From::Name("cs(Cookie)"), From::Name("cs-cookie")],
    ),
    (&["sc-status"], &[From::Column(Column::StatusCode)]),
    (&["sc-bytes"], &[From::Column(Column::BytesIn)]),
    (&["cs-bytes"], &[From::Column(Column::BytesOut)]),
    (&["c-ip", "src_ip"], &[From::Column(Column::SourceAddress)]),
    (&["c-port", "src_port"], &[From::Column(Column::SourcePort)]),
    (
        &["s-ip", "r-ip", "dst_ip"],
        &[From::Column(Column::DestinationAddress)],
    ),
    (
        &["s-port", "r-port", "dst_port"],
        &[From::Column(Column::DestinationPort)],
    ),
    (&["s-computername"], &[From::Column(Column::Device)]),
];

/// `category: firewall`.
pub(super) const FIREWALL: &[FieldRow] = &[
    (&["src_ip"], &[From::Column(Column::SourceAddress)]),
    (&["src_port"], &[From::Column(Column::SourcePort)]),
    (&["dst_ip"], &[From::Column(Column::DestinationAddress)]),
    (&["dst_port"], &[From::Column(Column::DestinationPort)]),
    (&["protocol", "proto"], &[From::Column(Column::Protocol)]),
    (&["action"], &[From::Column(Column::Action)]),
    (&["username"], &[From::Column(Column::User)]),
];

/// What programs are called in Sigma's services of Linux, beside `syslog`, which every line of syslog is.
pub(super) const PROGRAMS: &[(&str, &[&str])] = &[
    ("sshd", &["sshd", "auth"]),
    ("sshd-session", &["sshd", "auth"]),
    ("sudo", &["sudo", "auth"]),
    ("su", &["auth"]),
    ("login", &["auth"]),
    ("systemd-logind", &["auth"]),
    ("useradd", &["auth"]),
    ("usermod", &["auth"]),
    ("userdel", &["auth"]),
    ("groupadd", &["auth"]),
    ("passwd", &["auth"]),
    ("polkitd", &["auth"]),
    ("cron", &["cron", "auth"]),
    ("crond", &["cron", "auth"]),
    ("anacron", &["cron"]),
    ("vsftpd", &["vsftpd"]),
    ("clamd", &["clamav"]),
    ("clamav", &["clamav"]),
    ("freshclam", &["clamav"]),
    ("guacd", &["guacamole"]),
    ("guacamole", &["guacamole"]),
    ("auditd", &["auditd"]),
    ("named", &["bind"]),
    ("unbound", &["unbound"]),
    ("postfix", &["postfix"]),
];

/// The formats whose lines come through syslog.
const SYSLOG: &[LogFormat] = &[
    LogFormat::Syslog,
    LogFormat::Openssh,
    LogFormat::Postfix,
    LogFormat::Bind,
    LogFormat::Unbound,
    LogFormat::Dhcp,
    LogFormat::Cgnat,
];

/// What a W3C log is of, by the columns that it has.
pub(super) fn w3c_kind(record: &dyn Told) -> Option<&'static str> {
    let has = |name| record.first(name).is_some();
    if has("cs-uri-stem") {
        return Some("webserver");
    }
    if has("cs-uri-path") || has("cs-uri") || has("s-action") {
        return Some("proxy");
    }
    (has("src-ip") && has("dst-ip")).then_some("firewall")
}

pub(super) fn add(views: &mut Views) {
    let view = |formats: &[LogFormat],
                told_by: &str,
                category: Option<&str>,
                products: &[&str],
                services: &[&str],
                fields| View {
        formats: formats.to_vec(),
        told_by: told_by.to_owned(),
        category: category.map(str::to_owned),
        products: owned(products),
        services: owned(services),
        fields,
    };
    let web_servers: &[&str] = &["apache", "nginx"];
    for (format, category, products, services, fields) in [
        (
            LogFormat::AccessLog,
            Some("webserver"),
            web_servers,
            web_servers,
            WEB,
        ),
        (
            LogFormat::NginxJson,
            Some("webserver"),
            &["nginx"],
            &["nginx"],
            WEB,
        ),
        (LogFormat::Squid, Some("proxy"), &["squid"], &["squid"], WEB),
        (LogFormat::Bind, Some("dns"), &["bind"], &["bind"], DNS),
        (LogFormat::Unbound, Some("dns"), &["unbound"], &["unbound"], DNS),
        (LogFormat::CloudTrail, None, &["aws"], &["cloudtrail"], &[]),
    ] {
        let at = views.add(view(
            &[format],
            "every record",
            category,
            products,
            services,
            fields,
        ));
        views.ways.always.entry(format).or_default().push(at);
    }

    for (word, columns, category, products, services, fields) in [
        (
            "webserver",
            "`cs-uri-stem`",
            "webserver",
            ["windows"],
            ["iis"],
            WEB,
        ),
        (
            "proxy",
            "`cs-uri-path`, `cs-uri` or `s-action`",
            "proxy",
            ["bluecoat"],
            ["proxy"],
            WEB,
        ),
        (
            "firewall",
            "`src-ip` and `dst-ip`",
            "firewall",
            ["windows"],
            ["firewall"],
            FIREWALL,
        ),
    ] {
        let of_kind = view(
            &[LogFormat::W3c],
            &format!("column {columns}"),
            Some(category),
            &products,
            &services,
            fields,
        );
        add_word(views, &[LogFormat::W3c], word, of_kind);
    }

    for kind in [
        "alert", "anomaly", "dhcp", "dns", "fileinfo", "flow", "http", "smb", "smtp", "ssh", "tls",
    ] {
        let of_kind = view(
            &[LogFormat::SuricataEve],
            &format!("`event_type` {kind}"),
            None,
            &["suricata"],
            &[kind],
            &[],
        );
        add_word(views, &[LogFormat::SuricataEve], kind, of_kind);
    }
    for (kind, category, fields) in [
        ("dns", "dns", DNS),
        ("http", "proxy", WEB),
        ("http", "webserver", WEB),
        ("flow", "firewall", FIREWALL),
    ] {
        let general = view(
            &[LogFormat::SuricataEve],
            &format!("`event_type` {kind}"),
            Some(category),
            &["suricata"],
            &[kind],
            fields,
        );
        add_word(views, &[LogFormat::SuricataEve], kind, general);
    }
    let at = views.add(view(
        &[LogFormat::SuricataEve],
        "any other `event_type`",
        None,
        &["suricata"],
        &[],
        &[],
    ));
    views
        .ways
        .otherwise
        .entry(LogFormat::SuricataEve)
        .or_default()
        .push(at);

    for (program, services) in PROGRAMS {
        let services: Vec<&str> = services.iter().copied().chain(["syslog"]).collect();
        let of_program = view(
            SYSLOG,
            &format!("program {program}"),
            None,
            &["linux"],
            &services,
            &[],
        );
        add_word(views, SYSLOG, program, of_program);
    }
    let at = views.add(view(
        SYSLOG,
        "any other program",
        None,
        &["linux"],
        &["syslog"],
        &[],
    ));
    for format in SYSLOG {
        views.ways.otherwise.entry(*format).or_default().push(at);
    }
}
