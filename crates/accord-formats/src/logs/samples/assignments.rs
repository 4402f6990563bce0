//! Columns of the logs that say who held an address: DHCP, RADIUS accounting, carrier-grade NAT.

use super::*;

fn columns(format: LogFormat, line: &str) -> Vec<String> {
    let mut records = Records::new();
    assert_eq!(
        LineReader::new(format).fields(line.as_bytes(), &mut records),
        Parsed,
        "{line}"
    );
    // What a header of syslog says is in another table.
    let skip = ["wall=", "device.", "process.", "message="];
    let mut shown = shown(&records.all()[0]);
    shown.retain(|value| !skip.iter().any(|begin| value.starts_with(begin)));
    shown
}

fn check(format: LogFormat, line: &str, expected: &[&str]) {
    assert_eq!(columns(format, line), expected, "{line}");
}

/// ISC dhcpd and dnsmasq: the log messages of `dhcpd(8)` and of dnsmasq's `rfc2131.c`, as users show them.
#[test]
fn dhcp_through_syslog() {
    let at = |text: &str| format!("Apr 24 10:00:01 gw {text}");
    for (text, expected) in [
        (
            "dhcpd[7]: DHCPACK on 192.168.1.50 to aa:bb:cc:dd:ee:ff (laptop) via eth0",
            vec![
                "activity_name=DHCPACK",
                "src_endpoint.ip=192.168.1.50",
                "src_endpoint.mac=aa:bb:cc:dd:ee:ff",
                "src_endpoint.hostname=laptop",
            ],
        ),
        (
            "dhcpd: DHCPREQUEST for 192.168.1.50 (192.168.1.1) from aa:bb:cc:dd:ee:ff via eth0",
            vec![
                "activity_name=DHCPREQUEST",
                "src_endpoint.ip=192.168.1.50",
                "src_endpoint.mac=aa:bb:cc:dd:ee:ff",
            ],
        ),
        (
            "dhcpd: DHCPDISCOVER from aa:bb:cc:dd:ee:ff via igb0",
            vec!["activity_name=DHCPDISCOVER", "src_endpoint.mac=aa:bb:cc:dd:ee:ff"],
        ),
        (
            "dnsmasq-dhcp[1907]: DHCPACK(br-lan) 192.168.1.121 1c:6f:65:ae:86:d3 phone",
            vec![
                "activity_name=DHCPACK",
                "src_endpoint.ip=192.168.1.121",
                "src_endpoint.mac=1c:6f:65:ae:86:d3",
                "src_endpoint.hostname=phone",
            ],
        ),
        (
            "kea-dhcp4[29529]: INFO [kea-dhcp4.leases.0x3cbfd6817b00] DHCP4_LEASE_ALLOC [hwtype=1 74:83:c2:c3:31:7f], cid=[01:74:83:c2:c3:31:7f], tid=0x4e6ff12: lease 192.168.20.146 has been allocated for 3600 seconds",
            vec![
                "activity_name=DHCP4_LEASE_ALLOC",
                "src_endpoint.mac=74:83:c2:c3:31:7f",
                "src_endpoint.ip=192.168.20.146",
                "lease_dur=3600",
            ],
        ),
        ("dhcpd: Wrote 44 leases to leases file.", vec![]),
    ] {
        check(LogFormat::Dhcp, &at(text), &expected);
        check(LogFormat::Syslog, &at(text), &expected);
    }
    told(
        &at("dhcpd: DHCPDISCOVER from aa:bb:cc:dd:ee:ff via igb0\n"),
        LogFormat::Dhcp,
    );
}

/// Kea: its logger's pattern (Kea Administrator Reference Manual, "Logging") and the example of the forensic log in the
/// hook's source (`lease4_callouts.cc`); Windows: "Analyze DHCP server log files" (Microsoft Learn), a row of 2019.
#[test]
fn dhcp_of_its_own() {
    check_fields(
        LogFormat::Dhcp,
        &[
            (
                "2023-01-06 12:48:19.229 INFO  [kea-dhcp4.leases/617.140134650707584] DHCP4_LEASE_ALLOC [hwtype=1 08:00:27:d1:b8:5c], cid=[01:08:00:27:d1:b8:5c], tid=0xa9f404c6: lease 192.168.101.10 has been allocated for 4000 seconds",
                Parsed,
                Unknown,
                &[
                    "wall=2023-01-06 12:48:19.229",
                    "activity_name=DHCP4_LEASE_ALLOC",
                    "src_endpoint.mac=08:00:27:d1:b8:5c",
                    "src_endpoint.ip=192.168.101.10",
                    "lease_dur=4000",
                ],
            ),
            (
                "2018-01-06 01:02:03 CET Address: 192.2.1.100 has been renewed for 1 hrs 52 min 15 secs to a device with hardware address: hwtype=1 08:00:2b:02:3f:4e, client-id: 17:34:e2:ff:09:92:54 connected via relay at address: 192.2.16.33",
                Parsed,
                Unknown,
                &[
                    "wall=2018-01-06 01:02:03.000",
                    "src_endpoint.ip=192.2.1.100",
                    "activity_name=renewed",
                    "src_endpoint.mac=08:00:2b:02:3f:4e",
                    "lease_dur=6735",
                ],
            ),
            // Without the space, and a prefix: "Forensic Logging" in the same manual.
            (
                "2018-01-06 01:02:03 PST Address:2001:db8:1::5 has been assigned for 0 hrs 11 mins 53 secs to a device with DUID: 17:34:e2:ff:09:92:54 and hardware address: hwtype=1 08:00:2b:02:3f:4e (from Raw Socket)",
                Parsed,
                Unknown,
                &[
                    "wall=2018-01-06 01:02:03.000",
                    "src_endpoint.ip=2001:db8:1::5",
                    "activity_name=assigned",
                    "src_endpoint.mac=08:00:2b:02:3f:4e",
                    "lease_dur=713",
                ],
            ),
            (
                "2018-01-06 01:02:03 PST Prefix:2001:db8:1::/64 has been released from a device with DUID: 17:34:e2:ff:09:92:54",
                Parsed,
                Unknown,
                &["wall=2018-01-06 01:02:03.000", "activity_name=released"],
            ),
            (
                "11,05/01/19,15:54:33,Renew,10.4.0.143,CWXJF72-L.new_domain.com,F8CAB82B00D4,,2385626957,0,,,,0x4D53465420352E30,MSFT 5.0,,,,0",
                Parsed,
                Unknown,
                &[
                    "wall=2019-05-01 15:54:33.000",
                    "activity_name=Renew",
                    "src_endpoint.ip=10.4.0.143",
                    "src_endpoint.hostname=CWXJF72-L.new_domain.com",
                    "src_endpoint.mac=F8CAB82B00D4",
                    "session.uid=2385626957",
                ],
            ),
            (
                "ID,Date,Time,Description,IP Address,Host Name,MAC Address",
                NotParsed,
                Unknown,
                &[],
            ),
            ("11\tA lease was renewed by a client.", NotParsed, Unknown, &[]),
            ("11,13/01/19,15:54:33,Renew", NotParsed, Unknown, &[]),
        ],
    );
    told(
        "\t\tMicrosoft DHCP Service Activity Log\r\n\r\nEvent ID  Meaning\r\n00\tThe log was started.\r\n\r\nID,Date,Time,Description,IP Address,Host Name,MAC Address,User Name\r\n10,05/01/19,17:07:20,Assign,10.5.1.12,,F8CAB82B00D4,\r\n",
        LogFormat::Dhcp,
    );
    told(
        "2023-01-06 12:48:19.229 INFO  [kea-dhcp4.leases/617.140] DHCP4_LEASE_ALLOC x\n",
        LogFormat::Dhcp,
    );
}

/// GNU Radius manual, "Detailed Request Accounting" (the detail file that FreeRADIUS took over), and a record in a line.
#[test]
fn radius() {
    check_fields(
        LogFormat::Radius,
        &[
            (
                "Fri Dec 15 18:00:24 2000",
                Parsed,
                Unknown,
                &["wall=2000-12-15 18:00:24.000"],
            ),
            (
                "        Acct-Session-Id = \"2193976896017\"",
                Parsed,
                Unknown,
                &["session.uid=2193976896017"],
            ),
            ("\tUser-Name = \"e2\"", Parsed, Unknown, &["user.name=e2"]),
            (
                "\tAcct-Status-Type = Stop",
                Parsed,
                Unknown,
                &["activity_name=Stop"],
            ),
            (
                "\tFramed-IP-Address = 11.10.10.125",
                Parsed,
                Unknown,
                &["src_endpoint.ip=11.10.10.125"],
            ),
            ("\tCalling-Station-Id = \"+15678023561\"", Parsed, Unknown, &[]),
            (
                "\tCalling-Station-Id = \"68-EF-43-27-56-EB\"",
                Parsed,
                Unknown,
                &["src_endpoint.mac=68-EF-43-27-56-EB"],
            ),
            (
                "\tAcct-Output-Octets = 5382",
                Parsed,
                Unknown,
                &["traffic.bytes_in=5382"],
            ),
            ("\tTimestamp = 976897929", Parsed, At(976_897_929_000), &[]),
            ("", Blank, Unknown, &[]),
            ("no attribute", NotParsed, Unknown, &[]),
            (
                "2024-03-23T10:20:30Z Acct-Status-Type=Start,User-Name=\"jo\",Framed-IP-Address=192.0.2.7,NAS-IP-Address=198.51.100.1,Acct-Input-Octets=7",
                Parsed,
                At(1_711_189_230_000),
                &[
                    "activity_name=Start",
                    "user.name=jo",
                    "src_endpoint.ip=192.0.2.7",
                    "dst_endpoint.ip=198.51.100.1",
                    "traffic.bytes_out=7",
                ],
            ),
            (
                "Acct-Status-Type = Start, Acct-Session-Id = \"7\", Timestamp = 976896024",
                Parsed,
                At(976_896_024_000),
                &["activity_name=Start", "session.uid=7"],
            ),
        ],
    );
    told(
        "Fri Dec 15 18:00:24 2000\n\tAcct-Session-Id = \"2193976896017\"\n\tUser-Name = \"e2\"\n",
        LogFormat::Radius,
    );
    told("colour = red\nsize = 7\n", LogFormat::Text);
    told(
        "Acct-Status-Type=Start,User-Name=jo,Framed-IP-Address=192.0.2.7\n",
        LogFormat::Radius,
    );
}

/// FD.io VPP documentation, "Syslog protocol support" (after draft-ietf-behave-syslog-nat-logging-06); NFWare
/// documentation, "NAT logging" (the structured messages of Junos); Juniper, "Exporting syslog messages to an external
/// host without flow monitoring formats" (the plain ones); Junos' `RT_SRC_NAT_PBA_ALLOC` without structure.
#[test]
fn cgnat() {
    check(
        LogFormat::Cgnat,
        "<134>1 2018-11-12T11:25:30.252715Z 172.16.4.1 NAT 5901 SADD [nsess SSUBIX=\"0\" SVLAN=\"0\" IATYP=\"IPv4\" ISADDR=\"172.16.1.2\" ISPORT=\"6303\" XATYP=\"IPv4\" XSADDR=\"10.0.0.3\" XSPORT=\"16253\" PROTO=\"6\"]",
        &[
            "activity_name=SADD",
            "src_endpoint.ip=172.16.1.2",
            "src_endpoint.port=6303",
            "unmapped.nat_src_ip=10.0.0.3",
            "unmapped.nat_src_port=16253",
            "connection_info.protocol_name=6",
        ],
    );
    check(
        LogFormat::Cgnat,
        "<14>1 2022-04-04T14:44:02.000Z nat RT_NAT - RT_SRC_NAT_PBA_ALLOC [internal-ip=\"10.0.10.10\" block-used=\"1\" block-max-per-host=\"4\" block-port-low=\"48640\" block-port-high=\"48895\" reflexive-ip=\"1.2.84.172\" nat-pool-name=\"guest\" logical-system-id=\"0\" epoch-time-64=\"624b0492\"]",
        &[
            "activity_name=RT_SRC_NAT_PBA_ALLOC",
            "src_endpoint.ip=10.0.10.10",
            "unmapped.nat_src_port=48640",
            "unmapped.nat_src_port_last=48895",
            "unmapped.nat_src_ip=1.2.84.172",
        ],
    );
    check(
        LogFormat::Cgnat,
        "<14>1 2022-04-04T14:44:02.000Z nat RT_FLOW - RT_FLOW_SESSION_CLOSE [reason=\"TCP FIN\" source-address=\"10.0.10.2\" source-port=\"63996\" destination-address=\"1.2.84.162\" destination-port=\"80\" nat-source-address=\"1.2.84.169\" nat-source-port=\"4986\" protocol-id=\"6\" bytes-from-client=\"34501936\" bytes-from-server=\"1079262436\" username=\"N/A\"]",
        &[
            "activity_name=RT_FLOW_SESSION_CLOSE",
            "src_endpoint.ip=10.0.10.2",
            "src_endpoint.port=63996",
            "dst_endpoint.ip=1.2.84.162",
            "dst_endpoint.port=80",
            "unmapped.nat_src_ip=1.2.84.169",
            "unmapped.nat_src_port=4986",
            "connection_info.protocol_name=6",
            "traffic.bytes_out=34501936",
            "traffic.bytes_in=1079262436",
        ],
    );
    check(
        LogFormat::Cgnat,
        "Oct 11 22:14:15 srx RT_NAT: RT_SRC_NAT_PBA_ALLOC: Subscriber 100.64.0.2 used/maximum [1/8] blocks, allocates port block [1024-1279] from 203.0.113.1 in source pool p1 lsys_id: 0",
        &[
            "activity_name=RT_SRC_NAT_PBA_ALLOC",
            "src_endpoint.ip=100.64.0.2",
            "unmapped.nat_src_port=1024",
            "unmapped.nat_src_port_last=1279",
            "unmapped.nat_src_ip=203.0.113.1",
        ],
    );
    check(
        LogFormat::Cgnat,
        "Oct 11 22:14:15 mx {service_set_3}MSVCS_LOG_SESSION_OPEN: App:none, xe-3/1/1.0#012 24.0.0.2:18575 [198.51.100.17:1048] -> 23.0.0.2:63 (UDP)",
        &[
            "activity_name=MSVCS_LOG_SESSION_OPEN",
            "src_endpoint.ip=24.0.0.2",
            "src_endpoint.port=18575",
            "unmapped.nat_src_ip=198.51.100.17",
            "unmapped.nat_src_port=1048",
            "dst_endpoint.ip=23.0.0.2",
            "dst_endpoint.port=63",
            "connection_info.protocol_name=UDP",
        ],
    );
    check(
        LogFormat::Cgnat,
        "Oct 11 22:14:15 mx {sset}[jservices-nat]: JSERVICES_NAT_PORT_BLOCK_ALLOC: 100.64.0.2 -> 203.0.113.1:1024-1535",
        &[
            "activity_name=JSERVICES_NAT_PORT_BLOCK_ALLOC",
            "src_endpoint.ip=100.64.0.2",
            "unmapped.nat_src_ip=203.0.113.1",
            "unmapped.nat_src_port=1024",
            "unmapped.nat_src_port_last=1535",
        ],
    );
    // Cisco, "ASA Series Syslog Messages", 305011 and 305012.
    for (line, activity) in [
        (
            "<166>1 2024-10-11T22:14:15Z asa - - - - %ASA-6-305011: Built dynamic TCP translation from inside:10.0.0.2/1234 to outside:203.0.113.1/5678",
            "activity_name=Built",
        ),
        (
            "<166>Oct 11 22:14:15 asa %ASA-6-305012: Teardown dynamic TCP translation from inside(list):10.0.0.2/1234(user) to outside:203.0.113.1/5678 duration 0:00:30",
            "activity_name=Teardown",
        ),
    ] {
        check(
            LogFormat::Cgnat,
            line,
            &[
                activity,
                "connection_info.protocol_name=TCP",
                "src_endpoint.ip=10.0.0.2",
                "src_endpoint.port=1234",
                "unmapped.nat_src_ip=203.0.113.1",
                "unmapped.nat_src_port=5678",
            ],
        );
    }
    told(
        "<134>1 2018-11-12T11:25:30.252715Z 172.16.4.1 NAT 5901 SDEL [nsess SSUBIX=\"0\"]\n",
        LogFormat::Cgnat,
    );
    assert_eq!(
        LineReader::new(LogFormat::Cgnat)
            .line(b"Oct 11 22:14:15 mx other: x", Depth::Time)
            .outcome,
        NotParsed
    );
}
