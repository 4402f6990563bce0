//! Columns of forms that no program owns: CSV, JSON of no known kind, text.

use super::*;

/// Made up, in the words of the Elastic Common Schema's field reference and of firewalls' exports.
#[test]
fn csv() {
    check_fields(
        LogFormat::Csv,
        &[
            (
                "Date,Time,Source IP,Dst Port,User,URL,Bytes_In,Note\r\n",
                Header,
                Unknown,
                &[],
            ),
            (
                "2024-03-23,10:20:30,192.0.2.1,443,\"doe, jo\",\"http://a.example/?q=\"\"x\"\"\",17,n\r\n",
                Parsed,
                Unknown,
                &[
                    "wall=2024-03-23 10:20:30.000",
                    "src_endpoint.ip=192.0.2.1",
                    "dst_endpoint.port=443",
                    "user.name=doe, jo",
                    "http_request.url.url_string=http://a.example/?q=\"x\"",
                    "traffic.bytes_in=17",
                ],
            ),
            ("2024-03-23,10:20:30,192.0.2.1", NotParsed, Unknown, &[]),
            (
                "2024-03-23,10:20:30Z,host.example,,,,,",
                Parsed,
                At(1_711_189_230_000),
                &["src_endpoint.hostname=host.example"],
            ),
        ],
    );
    check_fields(
        LogFormat::Csv,
        &[
            ("timestamp;src_ip;action", Header, Unknown, &[]),
            (
                "1711189230.5;192.0.2.1;deny",
                Parsed,
                At(1_711_189_230_500),
                &["src_endpoint.ip=192.0.2.1", "action=deny"],
            ),
            (
                "yesterday;192.0.2.1;deny",
                Parsed,
                Unknown,
                &["src_endpoint.ip=192.0.2.1", "action=deny"],
            ),
        ],
    );
    told(
        "timestamp;src_ip;action\n1711189230.5;192.0.2.1;deny\n",
        LogFormat::Csv,
    );
    told("time\tsrc\tdst\n1\t192.0.2.1\t192.0.2.2\n", LogFormat::Csv);
    let mut reader = LineReader::new(LogFormat::Csv).under("Source IP");
    reader.line(b"Dst,Source IP", Depth::Full);
    let facts = reader.line(b"192.0.2.2,192.0.2.1", Depth::Full);
    assert_eq!(facts.named, [facts.addresses[1]]);
}

/// Elastic Common Schema reference, field names; and a record of nested lists.
#[test]
fn ndjson() {
    check_fields(
        LogFormat::Ndjson,
        &[
            (
                r#"{"@timestamp":"2024-03-23T10:20:30Z","source":{"ip":"192.0.2.1","port":4711},"destination":{"ip":["192.0.2.2","192.0.2.3"]},"url.full":"http://a.example/","user":{"name":"jo"},"process":{"name":"curl","pid":7,"hash":{"md5":"0123456789abcdef0123456789abcdef"}},"event":{"outcome":"success"},"http":{"response":{"status_code":200}}}"#,
                Parsed,
                At(1_711_189_230_000),
                &[
                    "src_endpoint.ip=192.0.2.1",
                    "src_endpoint.port=4711",
                    "dst_endpoint.ip=192.0.2.2",
                    "dst_endpoint.ip=192.0.2.3",
                    "http_request.url.url_string=http://a.example/",
                    "user.name=jo",
                    "process.name=curl",
                    "process.pid=7",
                    "file.hashes.value=0123456789abcdef0123456789abcdef",
                    "status=success",
                    "status_code=200",
                ],
            ),
            (
                r#"{"time":"2024-03-23 10:20:30","msg":"a\tb","ok":true,"none":null}"#,
                Parsed,
                Unknown,
                &["wall=2024-03-23 10:20:30.000", "message=a\tb"],
            ),
            ("{}", Parsed, Unknown, &[]),
            ("[1]", NotParsed, Unknown, &[]),
        ],
    );
    assert_eq!(
        rest(
            LogFormat::Ndjson,
            r#"{"Ok":true,"A b":{"C":-1.5},"src":"192.0.2.1","empty":""}"#
        ),
        ["Ok=true", "A b.C=-1.5"]
    );
}

#[test]
fn text() {
    check_fields(
        LogFormat::Text,
        &[
            (
                "2024-03-23 10:20:30 deny src=192.0.2.1 user=\"jo doe\" x=1",
                Parsed,
                Unknown,
                &[
                    "wall=2024-03-23 10:20:30.000",
                    "src_endpoint.ip=192.0.2.1",
                    "user.name=jo doe",
                    "message=2024-03-23 10:20:30 deny src=192.0.2.1 user=\"jo doe\" x=1",
                ],
            ),
            (
                "2024-03-23T10:20:30Z up",
                Parsed,
                At(1_711_189_230_000),
                &["message=2024-03-23T10:20:30Z up"],
            ),
        ],
    );
}
