//! Columns of Zeek, Suricata and CloudTrail.

use super::*;

/// Zeek documentation, "dns.log" and "http.log" (docs.zeek.org, Log Files), with addresses of documentation; the JSON
/// forms are of the same records.
#[test]
fn zeek() {
    check_fields(
        LogFormat::ZeekTsv,
        &[
            (
                "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tquery\tqtype_name\trcode_name\tanswers\trejected",
                Header,
                Unknown,
                &[],
            ),
            (
                "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tstring\tstring\tvector[string]\tbool",
                Header,
                Unknown,
                &[],
            ),
            (
                "1591367999.305988\tCMdzit1AMNsmfAIiQc\t192.168.4.76\t36844\t192.168.4.1\t53\tudp\ttesting.example\tA\tNOERROR\t31.3.245.133,2001:db8::1\tF",
                Parsed,
                At(1_591_367_999_305),
                &[
                    "session.uid=CMdzit1AMNsmfAIiQc",
                    "src_endpoint.ip=192.168.4.76",
                    "src_endpoint.port=36844",
                    "dst_endpoint.ip=192.168.4.1",
                    "dst_endpoint.port=53",
                    "connection_info.protocol_name=udp",
                    "query.hostname=testing.example",
                    "query.type=A",
                    "status=NOERROR",
                    "answers.rdata=31.3.245.133",
                    "answers.rdata=2001:db8::1",
                ],
            ),
            ("1591367999.305988\tCMdzit1AMNsmfAIiQc", NotParsed, Unknown, &[]),
            (
                "#fields\tts\tid.orig_h\tmethod\thost\turi\tuser_agent\trequest_body_len\tresponse_body_len\tstatus_code",
                Header,
                Unknown,
                &[],
            ),
            (
                "1591367999.5\t192.168.4.76\tGET\ttesting.example\t/a\tcurl/7.47.0\t0\t39\t200",
                Parsed,
                At(1_591_367_999_500),
                &[
                    "src_endpoint.ip=192.168.4.76",
                    "http_request.http_method=GET",
                    "http_request.url.hostname=testing.example",
                    "http_request.url.url_string=/a",
                    "http_request.user_agent=curl/7.47.0",
                    "traffic.bytes_out=0",
                    "traffic.bytes_in=39",
                    "status_code=200",
                ],
            ),
        ],
    );
    check_fields(
        LogFormat::ZeekJson,
        &[
            (
                r#"{"ts":1591367999.305988,"uid":"CMdzit1AMNsmfAIiQc","id.orig_h":"192.168.4.76","id.orig_p":36844,"query":"testing.example","answers":["31.3.245.133"],"TTLs":[3600.0]}"#,
                Parsed,
                At(1_591_367_999_305),
                &[
                    "session.uid=CMdzit1AMNsmfAIiQc",
                    "src_endpoint.ip=192.168.4.76",
                    "src_endpoint.port=36844",
                    "query.hostname=testing.example",
                    "answers.rdata=31.3.245.133",
                ],
            ),
            (
                r#"{"ts":1591367999.5,"host":"192.0.2.7","md5":"0123456789abcdef0123456789abcdef"}"#,
                Parsed,
                At(1_591_367_999_500),
                &[
                    "src_endpoint.ip=192.0.2.7",
                    "file.hashes.value=0123456789abcdef0123456789abcdef",
                ],
            ),
            (r#"{"ts":1591367999.5,"host":"#, NotParsed, Unknown, &[]),
        ],
    );
    assert_eq!(
        rest(
            LogFormat::ZeekJson,
            r#"{"ts":1,"TTLs":[3600.0,7],"AA":false,"a":{"b":"c"},"query":"x"}"#
        ),
        ["TTLs=3600", "TTLs=7", "AA=false", "a.b=c"]
    );
}

/// "Eve JSON Format" in Suricata's user guide, 7.0: the first example, and the events DNS (version 2), HTTP, TLS and flow.
#[test]
fn suricata() {
    check_fields(
        LogFormat::SuricataEve,
        &[
            (
                r#"{"timestamp":"2017-04-07T22:24:37.251547+0100","flow_id":586497171462735,"pcap_cnt":53381,"event_type":"alert","src_ip":"192.168.2.14","src_port":50096,"dest_ip":"209.53.113.5","dest_port":80,"proto":"TCP","metadata":{"flowbits":["http.dottedquadhost"]},"tx_id":4,"alert":{"action":"allowed","gid":1,"signature_id":2018358,"rev":10,"signature":"ET HUNTING GENERIC SUSPICIOUS POST to Dotted Quad with Fake Browser 1","category":"Potentially Bad Traffic","severity":2},"app_proto":"http"}"#,
                Parsed,
                At(1_491_600_277_251),
                &[
                    "session.uid=586497171462735",
                    "activity_name=alert",
                    "src_endpoint.ip=192.168.2.14",
                    "src_endpoint.port=50096",
                    "dst_endpoint.ip=209.53.113.5",
                    "dst_endpoint.port=80",
                    "connection_info.protocol_name=TCP",
                    "action=allowed",
                    "finding_info.title=ET HUNTING GENERIC SUSPICIOUS POST to Dotted Quad with Fake Browser 1",
                ],
            ),
            (
                r#"{"timestamp":"2017-04-07T22:24:37+0100","dns":{"version":2,"type":"answer","id":45444,"rrname":"suricata.io","rrtype":"A","rcode":"NOERROR","answers":[{"rrname":"suricata.io","rrtype":"A","ttl":10,"rdata":"192.0.78.24"}],"grouped":{"A":["192.0.78.25"]}}}"#,
                Parsed,
                At(1_491_600_277_000),
                &[
                    "query.hostname=suricata.io",
                    "query.type=A",
                    "status=NOERROR",
                    "answers.rdata=192.0.78.24",
                    "answers.rdata=192.0.78.25",
                ],
            ),
            (
                r#"{"timestamp":"2017-04-07T22:24:37+0100","http":{"hostname":"direkte.vg.no","url":"/a?b","http_user_agent":"Mozilla/5.0","http_method":"GET","status":200,"length":310},"tls":{"sni":"www.example"},"flow":{"bytes_toserver":546,"bytes_toclient":1200,"state":"closed"}}"#,
                Parsed,
                At(1_491_600_277_000),
                &[
                    "http_request.url.hostname=direkte.vg.no",
                    "http_request.url.url_string=/a?b",
                    "http_request.user_agent=Mozilla/5.0",
                    "http_request.http_method=GET",
                    "status_code=200",
                    "traffic.bytes_in=310",
                    "tls.sni=www.example",
                    "traffic.bytes_out=546",
                    "traffic.bytes_in=1200",
                    "status=closed",
                ],
            ),
            // The same guide's common section: without a zone the time is as written.
            (
                r#"{"timestamp":"2009-11-24T21:27:09.534255","event_type":"dns"}"#,
                Parsed,
                Unknown,
                &["wall=2009-11-24 21:27:09.534", "activity_name=dns"],
            ),
        ],
    );
}

/// "CloudTrail log file examples" in the CloudTrail user guide, shortened: each event of a file is a record of its own.
#[test]
fn cloudtrail() {
    let line = r#"{"Records":[{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::123456789012:user/Mateo","userName":"Mateo"},"eventTime":"2023-07-19T21:17:28Z","eventSource":"ec2.amazonaws.com","eventName":"StartInstances","sourceIPAddress":"192.0.2.0","userAgent":"aws-cli/2.13.5","requestParameters":{"instancesSet":{"items":[{"instanceId":"i-EXAMPLE"}]}}},{"eventTime":"2023-07-19T21:35:03Z","eventName":"ConsoleLogin","sourceIPAddress":"AWS Internal","errorCode":"AccessDenied","additionalEventData":{"bytesTransferredOut":4.0},"responseElements":{"ConsoleLogin":"Failure"}}],"other":{"eventName":"no"}}"#;
    let mut records = Records::with_rest();
    let mut reader = LineReader::new(LogFormat::CloudTrail);
    assert_eq!(reader.fields(line.as_bytes(), &mut records), Parsed);
    let [first, second] = records.all() else {
        panic!("{}", records.all().len())
    };
    assert_eq!(
        shown(first),
        [
            "user.name=arn:aws:iam::123456789012:user/Mateo",
            "user.name=Mateo",
            "dst_endpoint.hostname=ec2.amazonaws.com",
            "activity_name=StartInstances",
            "src_endpoint.ip=192.0.2.0",
            "http_request.user_agent=aws-cli/2.13.5",
        ]
    );
    assert_eq!(first.time(), At(1_689_801_448_000));
    let rest: Vec<&str> = first.rest().iter().map(|(name, _)| &**name).collect();
    assert_eq!(
        rest,
        [
            "eventVersion",
            "userIdentity.type",
            "requestParameters.instancesSet.items.instanceId"
        ]
    );
    assert_eq!(
        shown(second),
        [
            "activity_name=ConsoleLogin",
            "src_endpoint.hostname=AWS Internal",
            "status=AccessDenied",
            "traffic.bytes_in=4",
            "status=Failure",
        ]
    );
    assert_eq!(second.time(), At(1_689_802_503_000));
    // The next line is another's.
    assert_eq!(reader.fields(br#"{"Records":[]}"#, &mut records), Parsed);
    assert!(records.all().is_empty());
    assert_eq!(reader.fields(br#"{"eventName":"one"}"#, &mut records), Parsed);
    assert_eq!(shown(&records.all()[0]), ["activity_name=one"]);
}
