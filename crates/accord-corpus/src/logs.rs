//! Generated logs with known answers.

use accord_matcher::{Kind, MatchKind};

use crate::indicators::{Bait, Indicator, IndicatorList, Shape};
use crate::lines;
use crate::random::Choices;

/// A record that a scan must give.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expected {
    /// The line, from 1.
    pub line: u64,
    /// Its first byte.
    pub offset: u64,
    /// Its length without the line end.
    pub length: u64,
    /// What stands there.
    pub kind: Kind,
    /// Its canonical value.
    pub value: String,
    /// The indicator's canonical text.
    pub indicator: String,
    /// How it hits.
    pub how: MatchKind,
}

/// A log and the records it must give, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedLog {
    /// A file name that fits.
    pub name: String,
    /// The log.
    pub bytes: Vec<u8>,
    /// All records, in order.
    pub expected: Vec<Expected>,
}

/// The shape of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogKind {
    /// Zeek `dns.log`, tab-separated.
    ZeekDns,
    /// Zeek `conn.log`, tab-separated.
    ZeekConn,
    /// Zeek `http.log`, tab-separated.
    ZeekHttp,
    /// Zeek `ssl.log`, tab-separated.
    ZeekSsl,
    /// Zeek DNS as JSON lines.
    ZeekJsonDns,
    /// Zeek connections as JSON lines.
    ZeekJsonConn,
    /// Suricata EVE, one object a line.
    SuricataEve,
    /// Apache combined access log.
    ApacheAccess,
    /// Free text with values as people and programs write them.
    Text,
}

impl LogKind {
    /// Every kind.
    pub const ALL: [LogKind; 9] = [
        LogKind::ZeekDns,
        LogKind::ZeekConn,
        LogKind::ZeekHttp,
        LogKind::ZeekSsl,
        LogKind::ZeekJsonDns,
        LogKind::ZeekJsonConn,
        LogKind::SuricataEve,
        LogKind::ApacheAccess,
        LogKind::Text,
    ];

    fn name(self) -> &'static str {
        match self {
            LogKind::ZeekDns => "dns.log",
            LogKind::ZeekConn => "conn.log",
            LogKind::ZeekHttp => "http.log",
            LogKind::ZeekSsl => "ssl.log",
            LogKind::ZeekJsonDns => "dns.json",
            LogKind::ZeekJsonConn => "conn.json",
            LogKind::SuricataEve => "eve.json",
            LogKind::ApacheAccess => "access.log",
            LogKind::Text => "messages.txt",
        }
    }

    fn stream(self) -> u64 {
        100 + self as u64
    }

    /// The shapes of indicators that this log has a place for.
    fn takes(self, shape: Shape) -> bool {
        use Shape::{AddressPort, Domain, Ipv4, Ipv6, Network, Url};
        match self {
            LogKind::ZeekDns | LogKind::ZeekJsonDns => matches!(shape, Domain | Ipv4 | Ipv6 | Network),
            LogKind::ZeekConn | LogKind::ZeekJsonConn | LogKind::SuricataEve => {
                matches!(shape, Ipv4 | Ipv6 | Network | AddressPort)
            }
            LogKind::ZeekHttp => matches!(shape, Domain | Url),
            LogKind::ZeekSsl => matches!(shape, Domain),
            LogKind::ApacheAccess => matches!(shape, Domain | Ipv4 | Ipv6 | Network | Url),
            LogKind::Text => true,
        }
    }

    /// The columns after those of the connection, and their types; `None` for a log that is not tab-separated.
    fn fields(self) -> Option<(&'static str, &'static str)> {
        match self {
            LogKind::ZeekDns => Some((
                "\tproto\tquery\tqtype_name\tanswers",
                "\tenum\tstring\tstring\tvector[string]",
            )),
            LogKind::ZeekConn => Some((
                "\tproto\tservice\torig_bytes\tresp_bytes",
                "\tenum\tstring\tcount\tcount",
            )),
            LogKind::ZeekHttp => Some((
                "\tmethod\thost\turi\tstatus_code",
                "\tstring\tstring\tstring\tcount",
            )),
            LogKind::ZeekSsl => Some(("\tversion\tserver_name\testablished", "\tstring\tstring\tbool")),
            _ => None,
        }
    }
}

/// A log of `lines` lines (headers not counted) in which about every `every`-th holds a planted indicator; 0 plants none.
#[must_use]
pub fn log(seed: u64, kind: LogKind, lines: usize, every: usize, list: &IndicatorList) -> GeneratedLog {
    generate(Choices::new(seed, kind.stream()), kind, lines, every, list)
}

/// As [`log`], with millions of different names and addresses in its ordinary lines instead of some hundreds.
#[must_use]
pub fn varied_log(
    seed: u64,
    kind: LogKind,
    lines: usize,
    every: usize,
    list: &IndicatorList,
) -> GeneratedLog {
    generate(Choices::varied(seed, kind.stream()), kind, lines, every, list)
}

fn generate(
    mut choices: Choices,
    kind: LogKind,
    lines: usize,
    every: usize,
    list: &IndicatorList,
) -> GeneratedLog {
    let fitting: Vec<&Indicator> = list
        .indicators
        .iter()
        .filter(|indicator| kind.takes(indicator.shape))
        .collect();
    let mut writer = Writer::default();
    if let Some((names, types)) = kind.fields() {
        let path = kind.name().trim_end_matches(".log");
        for header in [
            "#separator \\x09".to_owned(),
            "#set_separator\t,".to_owned(),
            "#empty_field\t(empty)".to_owned(),
            "#unset_field\t-".to_owned(),
            format!("#path\t{path}"),
            format!("#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p{names}"),
            format!("#types\ttime\tstring\taddr\tport\taddr\tport{types}"),
        ] {
            writer.line(&header, &[]);
        }
    }
    for number in 0..lines {
        let indicator = match every {
            0 => None,
            every if choices.once_in(every) => choices.one(&fitting).copied(),
            _ => None,
        };
        let bait = indicator.map(|indicator| (indicator.bait(&mut choices), indicator));
        let text = line(
            kind,
            number,
            bait.as_ref().map(|(bait, own)| (bait, own.shape)),
            &mut choices,
        );
        let expected: Vec<(&Bait, &str)> = bait.iter().map(|(bait, own)| (bait, own.text.as_str())).collect();
        writer.line(&text, &expected);
    }
    GeneratedLog {
        name: kind.name().to_owned(),
        bytes: writer.bytes,
        expected: writer.expected,
    }
}

#[derive(Debug, Default)]
struct Writer {
    bytes: Vec<u8>,
    expected: Vec<Expected>,
    lines: u64,
}

impl Writer {
    fn line(&mut self, text: &str, baits: &[(&Bait, &str)]) {
        self.lines += 1;
        for (bait, indicator) in baits {
            self.expected.push(Expected {
                line: self.lines,
                offset: self.bytes.len() as u64,
                length: text.len() as u64,
                kind: bait.kind,
                value: bait.value.clone(),
                indicator: (*indicator).to_owned(),
                how: bait.how,
            });
        }
        self.bytes.extend_from_slice(text.as_bytes());
        self.bytes.push(b'\n');
    }
}

/// The parts of a connection that a bait can take the place of.
struct Parts {
    responder: String,
    responder_port: usize,
    host: String,
    path: String,
    answer: String,
}

fn parts(bait: Option<(&Bait, Shape)>, in_answer: bool, choices: &mut Choices) -> Parts {
    let mut parts = Parts {
        responder: lines::address(choices),
        responder_port: choices.one(&[53, 80, 443, 8080]).copied().unwrap_or(443),
        host: lines::host(choices),
        path: lines::path(choices).to_owned(),
        answer: lines::address(choices),
    };
    match bait {
        None => {}
        Some((bait, Shape::AddressPort)) => {
            parts.responder.clone_from(&bait.value);
            if let Some(port) = bait.written.rsplit(':').next().and_then(|port| port.parse().ok()) {
                parts.responder_port = port;
            }
        }
        Some((bait, Shape::Url)) => {
            let (host, path) = bait.value.split_once('/').unwrap_or((&bait.value, ""));
            parts.host = host.to_owned();
            parts.path = format!("/{path}");
        }
        Some((bait, Shape::Domain)) => parts.host.clone_from(&bait.written),
        Some((bait, _)) if in_answer => parts.answer.clone_from(&bait.written),
        Some((bait, _)) => parts.responder.clone_from(&bait.written),
    }
    parts
}

fn line(kind: LogKind, number: usize, bait: Option<(&Bait, Shape)>, choices: &mut Choices) -> String {
    if kind == LogKind::Text {
        return text_line(number, bait, choices);
    }
    let dns = matches!(kind, LogKind::ZeekDns | LogKind::ZeekJsonDns);
    let stamp = lines::stamp(number, choices);
    let uid = lines::uid(choices);
    let origin = lines::address(choices);
    let origin_port = lines::port(choices);
    let Parts {
        responder,
        responder_port,
        host,
        path,
        answer,
    } = parts(bait, dns, choices);
    let connection = format!("{stamp}\t{uid}\t{origin}\t{origin_port}\t{responder}\t{responder_port}");
    let json = format!(
        "\"ts\":{stamp},\"uid\":\"{uid}\",\"id.orig_h\":\"{origin}\",\"id.orig_p\":{origin_port},\"id.resp_h\":\"{responder}\",\"id.resp_p\":{responder_port}"
    );
    let bytes = choices.below(100_000);
    match kind {
        LogKind::ZeekDns => format!("{connection}\tudp\t{host}\tA\t{answer}"),
        LogKind::ZeekConn => format!("{connection}\ttcp\t-\t{bytes}\t{}", bytes / 3),
        LogKind::ZeekHttp => format!("{connection}\tGET\t{host}\t{path}\t200"),
        LogKind::ZeekSsl => format!("{connection}\tTLSv12\t{host}\tT"),
        LogKind::ZeekJsonDns => {
            format!("{{{json},\"proto\":\"udp\",\"query\":\"{host}\",\"answers\":[\"{answer}\"]}}")
        }
        LogKind::ZeekJsonConn => format!("{{{json},\"proto\":\"tcp\",\"orig_bytes\":{bytes}}}"),
        LogKind::SuricataEve => format!(
            "{{\"timestamp\":\"2026-03-02T{}.000000+0000\",\"event_type\":\"flow\",\"src_ip\":\"{origin}\",\"src_port\":{origin_port},\"dest_ip\":\"{responder}\",\"dest_port\":{responder_port},\"proto\":\"TCP\",\"flow\":{{\"bytes_toserver\":{bytes}}}}}",
            lines::clock(number)
        ),
        // The client is the bait's address; a planted name or URL is the referrer.
        _ => format!(
            "{responder} - - [02/Mar/2026:{} +0000] \"GET {} HTTP/1.1\" 200 {bytes} \"http://{host}{path}\" \"Mozilla/5.0 (X11; Linux x86_64)\"",
            lines::clock(number),
            lines::path(choices),
        ),
    }
}

const SENTENCES: [(&str, &str); 6] = [
    ("kernel: drop ", " from lan"),
    ("user reported <", "> as strange"),
    ("{\"m\":\"seen\\n", "\"}"),
    ("lookup=", " ok"),
    ("see ", ""),
    ("(", ") was new"),
];

/// A sentence around the value, which may wear another dress: upper case, a dot at its end, defanged.
fn text_line(number: usize, bait: Option<(&Bait, Shape)>, choices: &mut Choices) -> String {
    let dressed = match bait {
        None => lines::host(choices),
        Some((bait, shape)) => dress(bait, shape, choices),
    };
    let (mut before, mut after) = choices.one(&SENTENCES).copied().unwrap_or(("", ""));
    // After an escape both readings are tried, and `n` before a sub-domain is another sub-domain: two records.
    if before.ends_with("\\n") && bait.is_some_and(|(bait, _)| bait.how == MatchKind::Parent) {
        (before, after) = ("see ", "");
    }
    format!(
        "2026-03-02T{} host app[{}]: {before}{dressed}{after}",
        lines::clock(number),
        choices.below(9999)
    )
}

fn dress(bait: &Bait, shape: Shape, choices: &mut Choices) -> String {
    let plain = bait.written.clone();
    match (shape, choices.below(4)) {
        (Shape::Domain | Shape::Email | Shape::Hash, 1) => plain.to_ascii_uppercase(),
        (Shape::Domain, 2) => plain.replace('.', "[.]"),
        (Shape::Ipv4 | Shape::Network | Shape::AddressPort, 2) => plain.replacen('.', "[.]", 3),
        (Shape::Url, 2) => plain
            .replacen("http", "hxxps", 1)
            .replacen(".example", "[.]example", 1),
        (Shape::Email, 2) => plain.replacen('@', "[at]", 1),
        (Shape::Ipv6, 2) => plain.to_ascii_uppercase(),
        (Shape::Ipv4, 3) => format!("::ffff:{plain}"),
        _ => plain,
    }
}
