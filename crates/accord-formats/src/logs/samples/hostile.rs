//! Lines that were made to break a reader, or that a broken writer makes.

use super::*;

/// Lines of every format, for the formats of all others.
const EVERY: [&str; 12] = [
    "1521911720.865716\tC8\t10.47.1.100",
    r##"{"ts":1,"id.orig_h":"10.0.0.1","Event":{"System":{"EventID":{"#text":1}}},"Records":[{}],"Payload":"{\"EventData\":{\"Data\":[{\"@Name\":1}]}}"}"##,
    "192.0.2.1 - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"a\\\"b\" x",
    "#Fields: date time c-ip cs-uri-stem cs-uri-query",
    "2013-06-24 10:56:45 192.168.0.1 /a b",
    "<34>1 2003-10-11T22:14:15.003Z h p 1 ID [a b=\"]\"][c] text",
    "Oct 11 22:14:15 h sshd[1]: Failed password for a from b from 192.0.2.1 port 1 ssh2",
    "Oct 11 22:14:15 h postfix/smtp[1]: A1B2C3: to=<a@b.example>, relay=[192.0.2.1]:25, status=sent (x)",
    "Oct 11 22:14:15 h dhcpd: DHCPACK on 192.0.2.1 to 00:00:5e:00:53:01 (h) via eth0",
    "10,03/23/24,10:20:30,Assign,192.0.2.1,h,00005E005301,,1",
    "\tFramed-IP-Address = 192.0.2.1",
    "a,b,\"c",
];

fn agrees(format: LogFormat, lines: &[&[u8]]) {
    let mut readers = [(); 3].map(|()| LineReader::new(format));
    let mut records = Records::with_rest();
    for line in lines {
        let [full, quick, columns] = &mut readers;
        let deep = full.line(line, Depth::Full);
        let time = quick.line(line, Depth::Time);
        assert_eq!(
            (deep.outcome, deep.time),
            (time.outcome, time.time),
            "{format}: {line:?}"
        );
        assert_eq!(
            columns.fields(line, &mut records),
            deep.outcome,
            "{format}: {line:?}"
        );
        match deep.outcome {
            Outcome::Parsed if format == LogFormat::CloudTrail => {}
            Outcome::Parsed => {
                let [fields] = records.all() else {
                    panic!("{format}: {line:?}")
                };
                assert_eq!(fields.time(), deep.time, "{format}: {line:?}");
            }
            _ => assert!(records.all().is_empty(), "{format}: {line:?}"),
        }
    }
}

#[test]
fn every_line_in_every_format_and_cut_anywhere() {
    for format in LogFormat::ALL {
        let whole: Vec<&[u8]> = EVERY.iter().map(|line| line.as_bytes()).collect();
        agrees(format, &whole);
        for line in EVERY {
            for end in 0..line.len() {
                agrees(format, &[b"#Fields: date time c-ip", &line.as_bytes()[..end]]);
            }
        }
    }
}

#[test]
fn mixed_formats_in_one_file_are_each_line_for_itself() {
    let mut reader = LineReader::new(LogFormat::AccessLog);
    let outcomes: Vec<Outcome> = EVERY
        .iter()
        .map(|line| reader.fields(line.as_bytes(), &mut Records::new()))
        .collect();
    assert_eq!(
        outcomes
            .iter()
            .filter(|outcome| **outcome == Outcome::Parsed)
            .count(),
        1
    );
}

/// Long lines: what is repeated would make a reader that looks back at each of it take minutes.
#[test]
fn a_long_line_is_read_once() {
    for (format, begin, part) in [
        (LogFormat::AccessLog, "1.2.3.4 - ", "["),
        (LogFormat::Text, "", "a=b "),
        (LogFormat::CloudTrail, "{\"Records\":[", "{},"),
    ] {
        let line = [begin, &part.repeat(10_000_000 / part.len())].concat();
        let mut records = Records::new();
        let outcome = LineReader::new(format).fields(line.as_bytes(), &mut records);
        assert_eq!(outcome == Outcome::Parsed, format == LogFormat::Text, "{format}");
    }
    const LENGTH: usize = 200_000;
    for (begin, part) in [
        ("", "["),
        ("", "a=b "),
        ("", "\""),
        ("", " from "),
        ("", ": "),
        ("", "192.0.2.1 "),
        ("", "\u{0}"),
        ("1.2.3.4 - ", "["),
        ("1.2.3.4 - - [17/May/2015:10:05:03 +0000] ", "\\\""),
        ("Oct 11 22:14:15 h sshd[1]: Failed ", " from "),
        ("Oct 11 22:14:15 h sshd[1]: Connection closed by user ", " port "),
        ("Oct 11 22:14:15 h postfix/smtpd[1]: NOQUEUE: reject: ", "; from="),
        ("Oct 11 22:14:15 h dhcpd: DHCPACK ", "00:00:5e:00:53:01 (h) "),
        ("Oct 11 22:14:15 h p: RT_SRC_NAT_PBA_ALLOC: ", "block [1-2] "),
        ("<34>1 - h p - - ", "[a b=\"c\"]"),
        ("client @0x1 ", "query: "),
        ("{\"a\":\"", "\\u0041"),
        ("{\"a\":\"b\",", "\"a\":1,"),
        ("{\"Records\":[", "{},"),
    ] {
        let line = [begin, &part.repeat((LENGTH - begin.len()) / part.len())].concat();
        for format in LogFormat::ALL {
            let mut reader = LineReader::new(format);
            let mut records = Records::new();
            let first = line.as_bytes().get(..20).unwrap_or_default();
            reader.line(first, Depth::Time);
            let outcome = reader.fields(line.as_bytes(), &mut records);
            for fields in records.all() {
                assert!(fields.values().count() <= MAX_VALUES);
                assert!(
                    fields
                        .values()
                        .all(|(_, value)| value.to_string().len() <= MAX_VALUE_BYTES)
                );
            }
            let mut reader = LineReader::new(format);
            reader.line(first, Depth::Time);
            assert_eq!(
                reader.line(line.as_bytes(), Depth::Time).outcome,
                outcome,
                "{format} {begin}{part}"
            );
        }
    }
}

#[test]
fn records_past_the_limit_are_counted() {
    let lines = |count: usize| {
        format!(
            "{{\"Records\":[{}]}}",
            vec!["{\"eventName\":\"a\"}"; count].join(",")
        )
    };
    for (count, kept, left_out) in [(MAX_RECORDS, MAX_RECORDS, 0), (MAX_RECORDS + 1, MAX_RECORDS, 1)] {
        let line = lines(count);
        let mut records = Records::new();
        let mut reader = LineReader::new(LogFormat::CloudTrail);
        assert_eq!(reader.fields(line.as_bytes(), &mut records), Outcome::Parsed);
        assert_eq!((records.all().len(), records.left_out()), (kept, left_out));
        // A fault behind the limit is a fault of the line.
        let broken = line.replace("]}", ",7]}");
        assert_eq!(reader.fields(broken.as_bytes(), &mut records), Outcome::NotParsed);
        assert!(records.all().is_empty());
    }
}

#[test]
fn other_encodings_are_read() {
    // Latin-1 in JSON: the line is parsed, and what is no UTF-8 is replaced.
    let latin: &[u8] = b"{\"ts\":1,\"user\":\"Ren\xe9\",\"host\":\"a\"}";
    agrees(LogFormat::Ndjson, &[latin]);
    let mut records = Records::new();
    let mut reader = LineReader::new(LogFormat::Ndjson);
    reader.fields(latin, &mut records);
    assert_eq!(
        shown(&records.all()[0]),
        ["user.name=Ren\u{fffd}", "device.hostname=a"]
    );

    // UTF-16 as Windows writes it: told, and read line by line.
    let text = "\u{feff}time,src_ip,user\r\n2024-03-23T10:20:30Z,192.0.2.1,René\r\n2024-03-23T10:20:31Z,192.0.2.2,jo\r\n";
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(detect(&wide), LogFormat::Csv);
    let lines: Vec<&[u8]> = wide.split_inclusive(|byte| *byte == b'\n').collect();
    agrees(LogFormat::Csv, &lines);
    let mut reader = LineReader::new(LogFormat::Csv);
    assert_eq!(reader.fields(lines[0], &mut records), Outcome::Header);
    assert_eq!(reader.fields(lines[1], &mut records), Outcome::Parsed);
    assert_eq!(
        shown(&records.all()[0]),
        ["src_endpoint.ip=192.0.2.1", "user.name=René"]
    );
    assert_eq!(
        records.all()[0].time().at_ms(),
        parse_rfc3339_ms(b"2024-03-23T10:20:30Z")
    );
    assert_eq!(reader.fields(lines[3], &mut records), Outcome::Blank);
}

#[test]
fn the_binary_event_log_of_windows_is_told_and_not_read() {
    let mut file = b"ElfFile\0".to_vec();
    file.extend([0; 200]);
    assert_eq!(detect(&file), LogFormat::Evtx);
    agrees(LogFormat::Evtx, &[&file]);
    assert_eq!(
        LineReader::new(LogFormat::Evtx).line(&file, Depth::Full).outcome,
        Outcome::NotParsed
    );
}

proptest::proptest! {
    #[test]
    fn hostile_bytes_never_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        let _ = detect(&bytes);
        let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        for format in LogFormat::ALL {
            agrees(format, &lines);
        }
    }

    #[test]
    fn hostile_text_never_panics(text in "[#<{\\[0-9A-Za-z:/+=. ,;\\\\\\t\"-]{0,200}", line in 0..EVERY.len(), at in 0..60_usize) {
        let _ = detect(text.as_bytes());
        let mut spoilt = EVERY[line].as_bytes().to_vec();
        let at = at.min(spoilt.len());
        spoilt.splice(at..at, text.bytes());
        for format in LogFormat::ALL {
            agrees(format, &[text.as_bytes(), &spoilt]);
        }
    }
}
