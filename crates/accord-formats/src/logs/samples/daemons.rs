//! Columns of what daemons write through syslog, or in their own files: DNS, mail, logons.

use super::*;

/// RFC 5424 section 6.5 (its four examples), RFC 3164 section 5.4, an `iptables` line, and the CEE cookie with JSON.
#[test]
fn syslog() {
    check_fields(
        LogFormat::Syslog,
        &[
            (
                "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \u{feff}'su root' failed for lonvick on /dev/pts/8",
                Parsed,
                At(1_065_910_455_003),
                &[
                    "device.hostname=mymachine.example.com",
                    "process.name=su",
                    "message='su root' failed for lonvick on /dev/pts/8",
                ],
            ),
            (
                "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.",
                Parsed,
                At(1_061_727_255_000),
                &[
                    "device.hostname=192.0.2.1",
                    "process.name=myproc",
                    "process.pid=8710",
                    "message=%% It's time to make the do-nuts.",
                ],
            ),
            (
                "<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut=\"3\" eventSource=\"App\\]lication\" eventID=\"1011\"][examplePriority@32473 user=\"jo\"] An event",
                Parsed,
                At(1_065_910_455_003),
                &[
                    "device.hostname=mymachine.example.com",
                    "process.name=evntslog",
                    "user.name=jo",
                    "message=An event",
                ],
            ),
            (
                "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
                Parsed,
                Unknown,
                &[
                    "wall=--10-11 22:14:15.000",
                    "device.hostname=mymachine",
                    "process.name=su",
                    "message='su root' failed for lonvick on /dev/pts/8",
                ],
            ),
            (
                "Oct 11 22:14:15 fw kernel: [12.3] IN=eth0 OUT= SRC=192.0.2.1 DST=198.51.100.9 LEN=60 PROTO=TCP SPT=4711 DPT=22",
                Parsed,
                Unknown,
                &[
                    "wall=--10-11 22:14:15.000",
                    "device.hostname=fw",
                    "process.name=kernel",
                    "src_endpoint.ip=192.0.2.1",
                    "dst_endpoint.ip=198.51.100.9",
                    "connection_info.protocol_name=TCP",
                    "src_endpoint.port=4711",
                    "dst_endpoint.port=22",
                    "message=[12.3] IN=eth0 OUT= SRC=192.0.2.1 DST=198.51.100.9 LEN=60 PROTO=TCP SPT=4711 DPT=22",
                ],
            ),
            (
                r#"Oct 11 22:14:15 h app: @cee: {"user":"jo","src":{"ip":"192.0.2.1"}}"#,
                Parsed,
                Unknown,
                &[
                    "wall=--10-11 22:14:15.000",
                    "device.hostname=h",
                    "process.name=app",
                    "user.name=jo",
                    "src_endpoint.ip=192.0.2.1",
                    r#"message=@cee: {"user":"jo","src":{"ip":"192.0.2.1"}}"#,
                ],
            ),
            (
                r#"Oct 11 22:14:15 h nginx: 192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 7"#,
                Parsed,
                Unknown,
                &[
                    "wall=--10-11 22:14:15.000",
                    "device.hostname=h",
                    "process.name=nginx",
                    "src_endpoint.ip=192.0.2.1",
                    "http_request.http_method=GET",
                    "http_request.url.url_string=/",
                    "status_code=200",
                    "traffic.bytes_in=7",
                    r#"message=192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 7"#,
                ],
            ),
            (
                "<165>1 - - - - - - nothing known",
                Parsed,
                Unknown,
                &["message=nothing known"],
            ),
            (
                "Oct 11 22:14:15 h no tag",
                Parsed,
                Unknown,
                &["wall=--10-11 22:14:15.000", "device.hostname=h", "message=no tag"],
            ),
            ("no header", NotParsed, Unknown, &[]),
        ],
    );
}

/// OpenSSH: the messages of `auth.c`, `auth2.c` and `packet.c`; the injection of OSSEC's "Attacking log analysis tools".
#[test]
fn openssh() {
    let check = |message: &str, expected: &[&str]| {
        let line = format!("Dec 10 06:55:46 lab sshd[24200]: {message}");
        let mut records = Records::new();
        assert_eq!(
            LineReader::new(LogFormat::Openssh).fields(line.as_bytes(), &mut records),
            Parsed
        );
        let shown = shown(&records.all()[0]);
        let end = shown.len() - 1;
        assert_eq!(shown[4..end], *expected, "{message}");
        assert_eq!(shown[end], format!("message={message}"));
    };
    check(
        "Failed password for invalid user webmaster from 173.234.31.186 port 38926 ssh2",
        &[
            "activity_name=Logon",
            "status=Failure",
            "user.name=webmaster",
            "src_endpoint.ip=173.234.31.186",
            "src_endpoint.port=38926",
        ],
    );
    check(
        "Accepted publickey for jo from 2001:db8::1 port 51234 ssh2: ED25519 SHA256:abc",
        &[
            "activity_name=Logon",
            "status=Success",
            "user.name=jo",
            "src_endpoint.ip=2001:db8::1",
            "src_endpoint.port=51234",
        ],
    );
    check(
        "Invalid user a from 10.0.0.1 port 1 from 192.0.2.9 port 4711",
        &[
            "activity_name=Logon",
            "status=Failure",
            "user.name=a from 10.0.0.1 port 1",
            "src_endpoint.ip=192.0.2.9",
            "src_endpoint.port=4711",
        ],
    );
    check(
        "Connection closed by authenticating user root 192.0.2.1 port 22 [preauth]",
        &[
            "activity_name=Connection",
            "user.name=root",
            "src_endpoint.ip=192.0.2.1",
            "src_endpoint.port=22",
        ],
    );
    check(
        "Connection closed by 212.47.254.145 [preauth]",
        &["activity_name=Connection", "src_endpoint.ip=212.47.254.145"],
    );
    check(
        "Received disconnect from 173.234.31.186: 11: Bye Bye [preauth]",
        &["activity_name=Logoff", "src_endpoint.ip=173.234.31.186"],
    );
    check(
        "Disconnected from user jo 192.0.2.1 port 50000",
        &[
            "activity_name=Logoff",
            "user.name=jo",
            "src_endpoint.ip=192.0.2.1",
            "src_endpoint.port=50000",
        ],
    );
    check(
        "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root",
        &["src_endpoint.ip=192.0.2.1", "user.name=root"],
    );
    check(
        "pam_unix(sshd:session): session opened for user jo(uid=1000) by (uid=0)",
        &["user.name=jo"],
    );
    check("Server listening on 0.0.0.0 port 22.", &[]);
    let auth = "Dec 10 06:55:46 lab sshd[24200]: x\n".repeat(9);
    told(&auth, LogFormat::Openssh);
    told(
        &format!("{auth}Dec 10 06:55:46 lab CRON[1]: y\n"),
        LogFormat::Openssh,
    );
    told(
        &format!("{auth}{}", "Dec 10 06:55:46 lab CRON[1]: y\n".repeat(2)),
        LogFormat::Syslog,
    );
    assert_eq!(
        LineReader::new(LogFormat::Openssh)
            .line(b"Dec 10 06:55:46 lab CRON[1]: y", Depth::Time)
            .outcome,
        NotParsed
    );
}

/// Postfix: the messages of its `smtpd`, `smtp`, `qmgr` and `cleanup` (Postfix documentation, "Debugging Howto", and
/// `smtpd_client_event`), with addresses of documentation.
#[test]
fn postfix() {
    let check = |program: &str, message: &str, expected: &[&str]| {
        let line = format!("Mar 23 10:20:30 mail postfix/{program}[7]: {message}");
        let mut records = Records::new();
        assert_eq!(
            LineReader::new(LogFormat::Postfix).fields(line.as_bytes(), &mut records),
            Parsed
        );
        let shown = shown(&records.all()[0]);
        assert_eq!(shown[4..shown.len() - 1], *expected, "{message}");
    };
    check(
        "smtpd",
        "4C9A51C0F2: client=unknown[192.0.2.1]:4711, sasl_method=PLAIN, sasl_username=jo@a.example",
        &[
            "session.uid=4C9A51C0F2",
            "src_endpoint.ip=192.0.2.1",
            "src_endpoint.port=4711",
            "user.name=jo@a.example",
        ],
    );
    check(
        "qmgr",
        "4C9A51C0F2: from=<jo@a.example>, size=1234, nrcpt=1 (queue active)",
        &[
            "session.uid=4C9A51C0F2",
            "email.from=jo@a.example",
            "traffic.bytes_out=1234",
        ],
    );
    check(
        "smtp",
        "4C9A51C0F2: to=<li@b.example>, relay=mx.b.example[2001:db8::25]:25, delay=1.3, dsn=2.0.0, status=sent (250 ok from=<x>, to=<y>)",
        &[
            "session.uid=4C9A51C0F2",
            "email.to=li@b.example",
            "dst_endpoint.hostname=mx.b.example",
            "dst_endpoint.ip=2001:db8::25",
            "dst_endpoint.port=25",
            "status_code=2.0.0",
            "status=sent",
        ],
    );
    check(
        "smtpd",
        "NOQUEUE: reject: RCPT from host.example[192.0.2.1]: 554 5.7.1 <li@b.example>: Relay access denied; from=<jo@a.example> to=<li@b.example> proto=ESMTP helo=<x>",
        &[
            "action=reject",
            "src_endpoint.hostname=host.example",
            "src_endpoint.ip=192.0.2.1",
            "email.from=jo@a.example",
            "email.to=li@b.example",
            "connection_info.protocol_name=ESMTP",
        ],
    );
    check(
        "smtpd",
        "disconnect from unknown[192.0.2.1] ehlo=1 quit=1 commands=2",
        &["activity_name=disconnect", "src_endpoint.ip=192.0.2.1"],
    );
    check(
        "submission/smtpd",
        "lost connection after AUTH from host.example[192.0.2.1]",
        &[
            "activity_name=lost",
            "src_endpoint.hostname=host.example",
            "src_endpoint.ip=192.0.2.1",
        ],
    );
    check("master", "daemon started -- version 3.7.6", &[]);
    told(
        &"Mar 23 10:20:30 mail postfix/qmgr[7]: A1B2C: removed\n".repeat(3),
        LogFormat::Postfix,
    );
}

/// BIND: `bind9_query2dlf(1)` of Lire (the oldest forms), the Administrator Reference Manual's flags (9.18) and lines of
/// 9.16 and later.
#[test]
fn bind() {
    let query = &[
        "src_endpoint.ip=10.0.0.3",
        "src_endpoint.port=1035",
        "activity_name=Query",
        "query.hostname=3.example.com.nl",
        "query.type=A",
    ];
    let with = |wall: &'static str| -> &'static [&'static str] {
        let mut all = vec![wall];
        all.extend(query);
        Vec::leak(all)
    };
    check_fields(
        LogFormat::Bind,
        &[
            (
                "Feb 25 11:09:43.651 queries: info: client 10.0.0.3#1035: query: 3.example.com.nl IN A",
                Parsed,
                Unknown,
                with("wall=--02-25 11:09:43.651"),
            ),
            (
                "15-Jul-2002 11:09:43.651 client 10.0.0.3#1035: query: 3.example.com.nl IN A",
                Parsed,
                Unknown,
                with("wall=2002-07-15 11:09:43.651"),
            ),
            (
                "2024-03-23T10:20:30.123Z queries: info: client @0x7f0a1c000d68 2001:db8::1#54321 (example.com): view internal: query: example.com IN HTTPS +E(0)K (192.0.2.53)",
                Parsed,
                At(1_711_189_230_123),
                &[
                    "src_endpoint.ip=2001:db8::1",
                    "src_endpoint.port=54321",
                    "activity_name=Query",
                    "query.hostname=example.com",
                    "query.type=HTTPS",
                    "dst_endpoint.ip=192.0.2.53",
                ],
            ),
            (
                "23-Mar-2024 10:20:30.123 security: info: client @0x7f0a 192.0.2.1#53 (www.example): query 'www.example/A/IN' denied",
                Parsed,
                Unknown,
                &[
                    "wall=2024-03-23 10:20:30.123",
                    "src_endpoint.ip=192.0.2.1",
                    "src_endpoint.port=53",
                    "activity_name=Query",
                    "query.hostname=www.example",
                    "query.type=A",
                    "action=denied",
                ],
            ),
            (
                "2024-03-23T10:20:30Z client 192.0.2.7 queried a.example",
                NotParsed,
                Unknown,
                &[],
            ),
            (
                "23-Mar-2024 10:20:30.123 general: info: zone a/IN: loaded serial 7",
                NotParsed,
                Unknown,
                &[],
            ),
        ],
    );
    told(
        "23-Mar-2024 10:20:30.123 client @0x7f 192.0.2.1#53 (a): query: a IN A + (192.0.2.53)\n",
        LogFormat::Bind,
    );
    told(
        "Mar 23 10:20:30 ns named[7]: client @0x7f 192.0.2.1#53 (a): query: a IN A + (192.0.2.53)\n",
        LogFormat::Bind,
    );
    let mut records = Records::new();
    let line = b"Mar 23 10:20:30 ns named[7]: client @0x7f 192.0.2.1#53 (a): query: a IN A + (192.0.2.53)";
    LineReader::new(LogFormat::Syslog).fields(line, &mut records);
    assert_eq!(
        records.all()[0].first(Column::QueryName),
        Some(&Value::Text("a".into()))
    );
}

/// Unbound: `unbound.conf(5)`, `log-queries` and `log-replies`.
#[test]
fn unbound() {
    check_fields(
        LogFormat::Unbound,
        &[
            (
                "[1587387141] unbound[1:0] info: 192.168.4.15 telekom.portal.fon.com. A IN",
                Parsed,
                At(1_587_387_141_000),
                &[
                    "src_endpoint.ip=192.168.4.15",
                    "query.hostname=telekom.portal.fon.com.",
                    "query.type=A",
                    "activity_name=Query",
                    "message=info: 192.168.4.15 telekom.portal.fon.com. A IN",
                ],
            ),
            (
                "[1587387141] unbound[1:0] reply: 2001:db8::1 www.example. AAAA IN NOERROR 0.000123 0 44",
                Parsed,
                At(1_587_387_141_000),
                &[
                    "src_endpoint.ip=2001:db8::1",
                    "query.hostname=www.example.",
                    "query.type=AAAA",
                    "activity_name=Response",
                    "status=NOERROR",
                    "traffic.bytes_in=44",
                    "message=reply: 2001:db8::1 www.example. AAAA IN NOERROR 0.000123 0 44",
                ],
            ),
            (
                "[1587387141] unbound[1:0] info: resolving telekom.portal.fon.com. A IN",
                Parsed,
                At(1_587_387_141_000),
                &["message=info: resolving telekom.portal.fon.com. A IN"],
            ),
            (
                "May 24 19:17:00 unbound[27478:0] info: 192.0.2.1 a.example. A IN",
                Parsed,
                Unknown,
                &[
                    "wall=--05-24 19:17:00.000",
                    "process.name=unbound",
                    "src_endpoint.ip=192.0.2.1",
                    "query.hostname=a.example.",
                    "query.type=A",
                    "activity_name=Query",
                    "message=info: 192.0.2.1 a.example. A IN",
                ],
            ),
            ("[1587387141] other[1:0] info: x", NotParsed, Unknown, &[]),
        ],
    );
    told(
        "[1587387141] unbound[1:0] info: 192.168.4.15 a. A IN\n",
        LogFormat::Unbound,
    );
}
