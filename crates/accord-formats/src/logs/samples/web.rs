//! Columns of web servers and proxies.

use super::*;

/// Apache HTTP Server documentation, "Log Files" (common and combined), and lines of a TLS scan.
#[test]
fn access_log() {
    check_fields(
        LogFormat::AccessLog,
        &[
            (
                r#"127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326"#,
                Parsed,
                At(971_211_336_000),
                &[
                    "src_endpoint.ip=127.0.0.1",
                    "user.name=frank",
                    "http_request.http_method=GET",
                    "http_request.url.url_string=/apache_pb.gif",
                    "status_code=200",
                    "traffic.bytes_in=2326",
                ],
            ),
            (
                r#"127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326 "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)""#,
                Parsed,
                At(971_211_336_000),
                &[
                    "src_endpoint.ip=127.0.0.1",
                    "user.name=frank",
                    "http_request.http_method=GET",
                    "http_request.url.url_string=/apache_pb.gif",
                    "status_code=200",
                    "traffic.bytes_in=2326",
                    "http_request.referrer=http://www.example.com/start.html",
                    "http_request.user_agent=Mozilla/4.08 [en] (Win98; I ;Nav)",
                ],
            ),
            (
                r#"host.example - "" [10/Oct/2000:13:55:36 -0700] "\x16\x03\x01" 400 - "-" "a \"b\" c""#,
                Parsed,
                At(971_211_336_000),
                &[
                    "src_endpoint.hostname=host.example",
                    "user.name=\"\"",
                    "status_code=400",
                    r#"http_request.user_agent=a \"b\" c"#,
                ],
            ),
            (
                r#"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a b HTTP/1.1""#,
                Parsed,
                At(971_211_336_000),
                &[
                    "src_endpoint.ip=192.0.2.1",
                    "http_request.http_method=GET",
                    "http_request.url.url_string=/a b",
                ],
            ),
            ("192.0.2.1 - - no time", NotParsed, Unknown, &[]),
        ],
    );
    assert_eq!(
        rest(
            LogFormat::AccessLog,
            r#"1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 1 "-" "a" 0.002 x"#
        ),
        ["after=0.002 x"]
    );
}

/// nginx: variables of ngx_http_core_module and ngx_http_log_module in a `log_format ... escape=json`.
#[test]
fn nginx_json() {
    check_fields(
        LogFormat::NginxJson,
        &[
            (
                r#"{"time_local":"10/Oct/2000:13:55:36 -0700","remote_addr":"192.0.2.1","remote_user":"","request":"GET /a?b HTTP/1.1","status":"404","body_bytes_sent":"153","http_referrer":"-","http_user_agent":"curl/8.5.0","http_host":"www.example"}"#,
                Parsed,
                At(971_211_336_000),
                &[
                    "src_endpoint.ip=192.0.2.1",
                    "http_request.http_method=GET",
                    "http_request.url.url_string=/a?b",
                    "status_code=404",
                    "traffic.bytes_in=153",
                    "http_request.user_agent=curl/8.5.0",
                    "http_request.url.hostname=www.example",
                ],
            ),
            (
                r#"{"msec":"971211336.123","time_local":"10/Oct/2000:13:55:36 -0700","remote_addr":"unix:","request":"GET \"/\" HTTP/1.1","status":200}"#,
                Parsed,
                At(971_211_336_123),
                &[
                    "src_endpoint.hostname=unix:",
                    "http_request.http_method=GET",
                    "http_request.url.url_string=\"/\"",
                    "status_code=200",
                ],
            ),
        ],
    );
    told(
        "{\"remote_addr\":\"192.0.2.1\",\"request\":\"GET / HTTP/1.1\"}\n",
        LogFormat::NginxJson,
    );
}

/// IIS: "W3C Logging" (Microsoft Learn) and a sample of Mendix's documentation of IIS; CloudFront: "Standard logging
/// reference" of its developer guide, shortened; the firewall: "Configure Windows Firewall logging" (Microsoft Learn).
#[test]
fn w3c() {
    check_fields(
        LogFormat::W3c,
        &[
            (
                "#Software: Microsoft Internet Information Services 7.5",
                Header,
                Unknown,
                &[],
            ),
            ("2013-06-24 10:56:45 192.168.0.1", NotParsed, Unknown, &[]),
            (
                "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status time-taken",
                Header,
                Unknown,
                &[],
            ),
            (
                "2013-06-24 10:56:45 192.168.0.1 POST /xas/ a=b 80 - 222.222.222.222 Mozilla/5.0+(Windows+NT+6.1;+WOW64) 404 0 2 471",
                Parsed,
                At(1_372_071_405_000),
                &[
                    "dst_endpoint.ip=192.168.0.1",
                    "http_request.http_method=POST",
                    "dst_endpoint.port=80",
                    "src_endpoint.ip=222.222.222.222",
                    "http_request.user_agent=Mozilla/5.0 (Windows NT 6.1; WOW64)",
                    "status_code=404",
                    "http_request.url.url_string=/xas/?a=b",
                ],
            ),
            ("2013-06-24 10:56:45 192.168.0.1 POST", NotParsed, Unknown, &[]),
            ("#Date: 2013-06-25 00:00:00", Header, Unknown, &[]),
            ("#Fields: time c-ip cs-uri-stem", Header, Unknown, &[]),
            (
                "10:56:45 192.0.2.1 /",
                Parsed,
                At(1_372_157_805_000),
                &["src_endpoint.ip=192.0.2.1", "http_request.url.url_string=/"],
            ),
        ],
    );
    check_fields(
        LogFormat::W3c,
        &[
            ("#Version: 1.0", Header, Unknown, &[]),
            (
                "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status",
                Header,
                Unknown,
                &[],
            ),
            (
                "2019-12-04\t21:02:31\tLAX1\t392\t192.0.2.100\tGET\td111111abcdef8.cloudfront.net\t/index.html\t200",
                Parsed,
                At(1_575_493_351_000),
                &[
                    "traffic.bytes_in=392",
                    "src_endpoint.ip=192.0.2.100",
                    "http_request.http_method=GET",
                    "http_request.url.hostname=d111111abcdef8.cloudfront.net",
                    "status_code=200",
                    "http_request.url.url_string=/index.html",
                ],
            ),
            ("#Time Format: Local", Header, Unknown, &[]),
            (
                "#Fields: date time action protocol src-ip dst-ip src-port dst-port size",
                Header,
                Unknown,
                &[],
            ),
            (
                "2022-10-01 10:40:47 DROP TCP 192.0.2.1 192.0.2.2 49754 80 48",
                Parsed,
                Unknown,
                &[
                    "wall=2022-10-01 10:40:47.000",
                    "action=DROP",
                    "connection_info.protocol_name=TCP",
                    "src_endpoint.ip=192.0.2.1",
                    "dst_endpoint.ip=192.0.2.2",
                    "src_endpoint.port=49754",
                    "dst_endpoint.port=80",
                ],
            ),
        ],
    );
    told(
        "#Software: Microsoft Internet Information Services 7.5\r\n#Version: 1.0\r\n",
        LogFormat::W3c,
    );
    told("#Version: 1.0\n#Fields: date time\n", LogFormat::W3c);
    let mut reader = LineReader::new(LogFormat::W3c).under("c-ip");
    reader.line(b"#Fields: s-ip c-ip", Depth::Full);
    let facts = reader.line(b"192.0.2.1 192.0.2.2", Depth::Full);
    assert_eq!(facts.named, [facts.addresses[1]]);
}

/// Squid wiki, "Log Formats", and lines of Squid 6.
#[test]
fn squid() {
    check_fields(
        LogFormat::Squid,
        &[
            (
                "1286536308.779    180 192.168.0.224 TCP_MISS/200 411 GET http://www.example.com/a - DIRECT/192.0.2.80 text/html",
                Parsed,
                At(1_286_536_308_779),
                &[
                    "src_endpoint.ip=192.168.0.224",
                    "action=TCP_MISS",
                    "status_code=200",
                    "traffic.bytes_in=411",
                    "http_request.http_method=GET",
                    "http_request.url.url_string=http://www.example.com/a",
                    "dst_endpoint.ip=192.0.2.80",
                ],
            ),
            (
                "1782858066.886     -1 2001:db8::1 TCP_DENIED/407 3900 CONNECT www.example:443 jo HIER_NONE/- text/html",
                Parsed,
                At(1_782_858_066_886),
                &[
                    "src_endpoint.ip=2001:db8::1",
                    "action=TCP_DENIED",
                    "status_code=407",
                    "traffic.bytes_in=3900",
                    "http_request.http_method=CONNECT",
                    "http_request.url.url_string=www.example:443",
                    "user.name=jo",
                ],
            ),
            (
                "1286536308.779 180 192.168.0.224 hello/200",
                NotParsed,
                Unknown,
                &[],
            ),
            (
                "1286536308 180 192.168.0.224 TCP_MISS/200",
                NotParsed,
                Unknown,
                &[],
            ),
        ],
    );
    told(
        "1286536308.779    180 192.168.0.224 TCP_MISS/200 411 GET http://a/ - DIRECT/1.2.3.4 -\n",
        LogFormat::Squid,
    );
}
