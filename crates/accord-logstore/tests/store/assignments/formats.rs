//! Samples of every format that tells assignments.

use accord_formats::logs::LogFormat;
use accord_logstore::{IdKind, Service};

use super::*;

#[test]
fn isc_dhcpd_and_dnsmasq() {
    let text = "\
Oct 11 09:00:00 gw dhcpd[7]: DHCPACK on 192.0.2.50 to 00:00:5e:00:53:01 (laptop) via eth0\n\
Oct 11 09:30:00 gw dhcpd[7]: DHCPACK to 192.0.2.50 (00:00:5e:00:53:09) via eth0\n\
Oct 11 10:00:00 gw dhcpd[7]: DHCPACK on 192.0.2.50 to 00:00:5e:00:53:01 (laptop) via eth0\n\
Oct 11 10:10:00 gw dhcpd[7]: DHCPRELEASE of 192.0.2.50 from 00:00:5e:00:53:03 via eth0 (not found)\n\
Oct 11 11:00:00 gw dhcpd[7]: DHCPRELEASE of 192.0.2.50 from 00:00:5e:00:53:01 via eth0 (found)\n\
Oct 11 12:00:00 gw dnsmasq-dhcp[9]: DHCPACK(br-lan) 192.0.2.50 00:00:5e:00:53:02 phone\n\
Oct 11 12:30:00 gw dhcpd[7]: DHCPDECLINE of 192.0.2.50 from 00:00:5e:00:53:02 via eth0: abandoned\n\
Oct 11 13:00:00 gw dhcpd[7]: DHCPACK on 192.0.2.51 to 00:00:5e:00:53:04 via eth0\n";
    let asking = asking(&[log("isp", text)]);
    let set = "zone-set; year-set";
    check(
        &asking,
        "192.0.2.50",
        "2024-10-11T09:40:00Z",
        &[
            "one",
            &format!("00:00:5e:00:53:01: seen 09:00:00 to told:released 11:00:00; told, whole; {set}"),
        ],
    );
    check(&asking, "192.0.2.50", "2024-10-11T11:30:00Z", &["nobody"]);
    check(
        &asking,
        "192.0.2.50",
        "2024-10-11T12:15:00Z",
        &[
            "one",
            &format!("00:00:5e:00:53:02: seen 12:00:00 to told:declined 12:30:00; told, whole; {set}"),
        ],
    );
    check(&asking, "192.0.2.50", "2024-10-11T08:00:00Z", &["not-covered"]);
    let answer = asking.one("192.0.2.50", "2024-10-11T09:40:00Z");
    assert!(
        answer.holders[0]
            .ids
            .iter()
            .any(|id| id.kind == IdKind::HostName && id.value == "laptop")
    );
    assert!(!answer.holders[0].is_sure());
}

#[test]
fn a_lease_without_length_may_be_given_one() {
    let text = "\
Oct 11 09:00:00 gw dhcpd[7]: DHCPACK on 192.0.2.50 to 00:00:5e:00:53:01 via eth0\n\
Oct 11 20:00:00 gw dhcpd[7]: DHCPACK on 192.0.2.51 to 00:00:5e:00:53:04 via eth0\n\
Oct 11 20:30:00 gw dhcpd[7]: DHCPACK on 192.0.2.51 to 00:00:5e:00:53:04 via eth0\n";
    let asking = asking(&[log("isp", text)]);
    let set = "zone-set; year-set";
    let ask = |at: &str, lease_ms| {
        let questions = Questions {
            assumed_lease_ms: lease_ms,
            ..exact(vec![question("192.0.2.50", at)])
        };
        show(&asking.all(&questions).answers[0])
    };
    let open = format!("00:00:5e:00:53:01: seen 09:00:00 to last-seen 09:00:00; only-before, whole; {set}");
    assert_eq!(ask("2024-10-11T20:10:00Z", None), ["one", &open]);
    let leased = format!(
        "00:00:5e:00:53:01: seen 09:00:00 to assumed-lease-runs-out 10:00:00; by-assumed-lease, whole; {set}"
    );
    assert_eq!(ask("2024-10-11T09:30:00Z", Some(3_600_000)), ["one", &leased]);
    assert_eq!(ask("2024-10-11T20:10:00Z", Some(3_600_000)), ["nobody"]);
    check(
        &asking,
        "192.0.2.51",
        "2024-10-11T20:10:00Z",
        &[
            "one",
            &format!("00:00:5e:00:53:04: seen 20:00:00 to last-seen 20:30:00; between, whole; {set}"),
        ],
    );
}

#[test]
fn kea() {
    let text = "\
2024-10-11 09:00:00.100 INFO  [kea-dhcp4.leases/617.1] DHCP4_LEASE_ALLOC [hwtype=1 00:00:5e:00:53:01], cid=[01:00:00:5e:00:53:01], tid=0xa9: lease 192.0.2.10 has been allocated for 3600 seconds\n\
2024-10-11 09:10:00.100 INFO  [kea-dhcp4.leases/617.1] DHCP4_LEASE_ADVERT [hwtype=1 00:00:5e:00:53:02], cid=[no info], tid=0xa9: lease 192.0.2.10 will be advertised\n\
2024-10-11 09:20:00.000 INFO  [kea-dhcp6.leases/617.1] DHCP6_PD_LEASE_ALLOC duid=[00:03:00:01:00:00:5e:00:53:07], [no hwaddr info], tid=0x1: lease for prefix 2001:db8:7::/56 and iaid=1 has been allocated for 7200 seconds\n\
2024-10-11 09:21:00.000 INFO  [kea-dhcp6.leases/617.1] DHCP6_PD_LEASE_ALLOC_FAIL duid=[00:03:00:01:00:00:5e:00:53:08], [no hwaddr info], tid=0x1: failed to allocate 2001:db8:7::/56\n\
2024-10-11 09:30:00.000 INFO  [kea-dhcp4.leases/617.1] DHCP4_RELEASE [hwtype=1 00:00:5e:00:53:01], cid=[no info], tid=0x9: address 192.0.2.10 was released properly\n\
2024-10-11 11:00:00.000 INFO  [kea-dhcp6.leases/617.1] DHCP6_LEASE_ALLOC duid=[00:03:00:01:00:00:5e:00:53:09], [no hwaddr info], tid=0x1: lease for address 2001:db8:8::5 and iaid=1 has been allocated for 60 seconds\n";
    let asking = asking(&[log("isp", text)]);
    check(
        &asking,
        "192.0.2.10",
        "2024-10-11T09:15:00Z",
        &[
            "one",
            "00:00:5e:00:53:01: seen 09:00:00 to told:released 09:30:00; told, whole; zone-set",
        ],
    );
    // An address in a delegated prefix, the prefix, and a part of it.
    for what in [
        "2001:db8:7:12::99",
        "2001:db8:7::/56",
        "2001:db8:7:10::/60",
        "2001:db8:7::/48",
    ] {
        check(
            &asking,
            what,
            "2024-10-11T10:30:00Z",
            &[
                "one",
                "00:03:00:01:00:00:5e:00:53:07: seen 09:20:00 to lease-runs-out 11:20:00; by-lease, whole; zone-set",
            ],
        );
    }
    check(
        &asking,
        "2001:db8:7:100::1",
        "2024-10-11T10:30:00Z",
        &["not-covered"],
    );
    check(
        &asking,
        "2001:db8:8::5",
        "2024-10-11T11:00:30Z",
        &[
            "one",
            "00:03:00:01:00:00:5e:00:53:09: seen 11:00:00 to lease-runs-out 11:01:00; by-lease, whole; zone-set",
        ],
    );
    let answer = asking.one("2001:db8:7::1", "2024-10-11T10:30:00Z");
    assert_eq!(answer.holders[0].held.to_string(), "2001:db8:7::/56");
}

#[test]
fn kea_forensic_log() {
    let text = "\
2024-10-11 09:00:00 CET Address: 192.0.2.10 has been assigned for 1 hrs 0 min 0 secs to a device with hardware address: hwtype=1 00:00:5e:00:53:01, client-id: 17:34:e2:ff connected via relay at address: 192.0.2.1, circuit-id: 68:6f:77, remote-id: 87:f6:79\n\
2024-10-11 09:20:00 CET Prefix:2001:db8:7::/56 has been assigned for 0 hrs 30 mins 0 secs to a device with DUID: 17:34:e2:ff:09:92:54\n\
2024-10-11 09:30:00 CET Address: 192.0.2.10 has been renewed for 1 hrs 0 min 0 secs to a device with hardware address: hwtype=1 00:00:5e:00:53:01\n\
2024-10-11 09:40:00 CET Prefix:2001:db8:7::/56 has been released from a device with DUID: 17:34:e2:ff:09:92:54\n";
    let asking = asking(&[log("isp", text).zone("Europe/Paris")]);
    check(
        &asking,
        "192.0.2.10",
        "2024-10-11T07:15:00Z",
        &[
            "one",
            "00:00:5e:00:53:01: seen 07:00:00 to lease-runs-out 08:30:00; told, whole; zone-set",
        ],
    );
    check(
        &asking,
        "2001:db8:7:1::1",
        "2024-10-11T07:30:00Z",
        &[
            "one",
            "17:34:e2:ff:09:92:54: seen 07:20:00 to told:released 07:40:00; told, whole; zone-set",
        ],
    );
    let ids = &asking.one("192.0.2.10", "2024-10-11T07:15:00Z").holders[0].ids;
    for (kind, value) in [
        (IdKind::CircuitId, "68:6f:77"),
        (IdKind::RemoteId, "87:f6:79"),
        (IdKind::ClientId, "17:34:e2:ff"),
    ] {
        assert!(
            ids.iter().any(|id| id.kind == kind && id.value == value),
            "{ids:?}"
        );
    }
}

#[test]
fn windows_audit_log() {
    let text = "\t\tMicrosoft DHCP Service Activity Log\r\n\r\nEvent ID  Meaning\r\n00\tThe log was started.\r\n\r\n\
ID,Date,Time,Description,IP Address,Host Name,MAC Address,User Name, TransactionID\r\n\
10,10/11/24,09:00:00,Assign,10.5.1.12,pc7.example,00005E005301,,1\r\n\
30,10/11/24,09:00:01,DNS Update Request,10.5.1.12,pc7.example,,,0\r\n\
11,10/11/24,09:30:00,Renew,10.5.1.12,pc7.example,00005E005301,,2\r\n\
12,10/11/24,10:00:00,Release,10.5.1.12,pc7.example,00005E005301,,3\r\n\
20,10/11/24,10:10:00,BOOTP,10.5.1.12,pc8.example,00005E005302,,3\r\n\
17,10/11/24,10:40:00,DNS record not deleted,10.5.1.12,pc8.example,00005E005302,,0\r\n\
24,10/11/24,11:00:00,Database Cleanup Begin,,,,,0\r\n";
    let asking = asking(&[log("isp", text).zone("Europe/Berlin")]);
    check(
        &asking,
        "10.5.1.12",
        "2024-10-11T07:15:00Z",
        &[
            "one",
            "00005E005301: told 07:00:00 to told:released 08:00:00; told, whole; zone-set",
        ],
    );
    check(&asking, "10.5.1.12", "2024-10-11T08:05:00Z", &["nobody"]);
    check(
        &asking,
        "10.5.1.12",
        "2024-10-11T08:20:00Z",
        &[
            "one",
            "00005E005302: told 08:10:00 to told:expired 08:40:00; told, whole; zone-set",
        ],
    );
}

/// A detail record of FreeRADIUS.
pub fn detail(at: &str, lines: &[&str]) -> String {
    let seconds = ms(at) / 1000;
    let mut text = "Fri Oct 11 09:00:00 2024\n".to_owned();
    for line in lines {
        text.push_str(&format!("\t{line}\n"));
    }
    text.push_str(&format!(
        "\tNAS-IP-Address = 198.51.100.1\n\tTimestamp = {seconds}\n\n"
    ));
    text
}

#[test]
fn radius_detail_records() {
    let session = "Acct-Session-Id = \"5A-1\"";
    let text = [
        // The address is not known yet.
        detail(
            "2024-10-11T09:00:00Z",
            &["Acct-Status-Type = Start", session, "User-Name = \"jo@isp\""],
        ),
        detail(
            "2024-10-11T09:10:00Z",
            &[
                "Acct-Status-Type = Interim-Update",
                session,
                "User-Name = \"jo@isp\"",
                "Calling-Station-Id = \"00-00-5E-00-53-01\"",
                "ADSL-Agent-Circuit-Id = \"dslam 1/2/3\"",
                "Framed-IP-Address = 203.0.113.7",
                "Delegated-IPv6-Prefix = 2001:db8:7::/56",
            ],
        ),
        // Nor is it told at the end, which arrives late.
        detail(
            "2024-10-11T10:00:30Z",
            &[
                "Acct-Status-Type = Stop",
                session,
                "User-Name = \"jo@isp\"",
                "Acct-Delay-Time = 30",
            ],
        ),
        detail(
            "2024-10-11T10:00:30Z",
            &[
                "Acct-Status-Type = Stop",
                session,
                "User-Name = \"jo@isp\"",
                "Acct-Delay-Time = 30",
            ],
        ),
        detail(
            "2024-10-11T12:00:00Z",
            &[
                "Acct-Status-Type = Start",
                "Acct-Session-Id = \"5A-2\"",
                "User-Name = \"al\"",
                "Framed-IP-Address = 203.0.113.8",
            ],
        ),
    ]
    .concat();
    let asking = asking(&[log("isp", &text)]);
    let expected = "jo@isp: told 09:00:00 to told:released 10:00:00; told, whole";
    for what in ["203.0.113.7", "203.0.113.7 443 tcp", "2001:db8:7:1::5"] {
        check(&asking, what, "2024-10-11T09:30:00Z", &["one", expected]);
        check(&asking, what, "2024-10-11T09:05:00Z", &["one", expected]);
    }
    check(&asking, "203.0.113.7", "2024-10-11T10:00:10Z", &["nobody"]);
    let answer = asking.one("203.0.113.7", "2024-10-11T09:30:00Z");
    let holder = &answer.holders[0];
    assert!(holder.is_sure() && holder.service == Service::Radius);
    for (kind, value) in [
        (IdKind::HardwareAddress, "00-00-5E-00-53-01"),
        (IdKind::CircuitId, "dslam 1/2/3"),
        (IdKind::Session, "5A-1"),
        (IdKind::Nas, "198.51.100.1"),
    ] {
        assert!(
            holder.ids.iter().any(|id| id.kind == kind && id.value == value) || kind != IdKind::Session,
            "{:?}",
            holder.ids
        );
    }
    // The records stand whole.
    let lines: Vec<(u64, u32)> = holder
        .evidence
        .iter()
        .map(|line| (line.line, line.length))
        .collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(text[holder.evidence[0].offset as usize..].starts_with("Fri Oct"));
}

#[test]
fn radius_in_a_line_and_by_its_duration() {
    let text = "\
2024-10-11T09:00:00Z Acct-Status-Type=Start,User-Name=\"jo\",Acct-Session-Id=1,Framed-IP-Address=203.0.113.7,NAS-IP-Address=198.51.100.1\n\
2024-10-11T09:30:00Z Acct-Status-Type=Stop,User-Name=\"jo\",Acct-Session-Id=1,Framed-IP-Address=203.0.113.7,NAS-IP-Address=198.51.100.1\n\
2024-10-11T11:00:00Z Acct-Status-Type=Stop,User-Name=\"al\",Acct-Session-Id=2,Framed-IP-Address=203.0.113.7,NAS-IP-Address=198.51.100.1,Acct-Session-Time=3600\n";
    let asking = asking(&[log("isp", text)]);
    check(
        &asking,
        "203.0.113.7",
        "2024-10-11T09:10:00Z",
        &["one", "jo: told 09:00:00 to told:released 09:30:00; told, whole"],
    );
    check(&asking, "203.0.113.7", "2024-10-11T09:45:00Z", &["not-covered"]);
    check(
        &asking,
        "203.0.113.7",
        "2024-10-11T10:30:00Z",
        &[
            "one",
            "al: session-time 10:00:00 to told:released 11:00:00; told, whole",
        ],
    );
}

#[test]
fn a_server_that_restarts_ends_its_sessions() {
    let start = |at: &str, session: &str, user: &str, address: &str, nas: &str| {
        format!(
            "{at} Acct-Status-Type=Start,User-Name={user},Acct-Session-Id={session},Framed-IP-Address={address},NAS-IP-Address={nas}\n"
        )
    };
    let text = [
        start("2024-10-11T09:00:00Z", "1", "jo", "203.0.113.7", "198.51.100.1"),
        start("2024-10-11T09:00:00Z", "1", "al", "203.0.113.8", "198.51.100.2"),
        "2024-10-11T09:30:00Z Acct-Status-Type=Accounting-On,Acct-Session-Id=0,NAS-IP-Address=198.51.100.1\n"
            .to_owned(),
        start("2024-10-11T10:00:00Z", "9", "em", "203.0.113.9", "198.51.100.2"),
    ]
    .concat();
    let asking = asking(&[log("isp", &text)]);
    check(
        &asking,
        "203.0.113.7",
        "2024-10-11T09:10:00Z",
        &["one", "jo: told 09:00:00 to nas-restart 09:30:00; told, whole"],
    );
    check(&asking, "203.0.113.7", "2024-10-11T09:40:00Z", &["nobody"]);
    check(
        &asking,
        "203.0.113.8",
        "2024-10-11T09:40:00Z",
        &[
            "one",
            "al: told 09:00:00 to last-seen 09:00:00; only-before, whole",
        ],
    );
}

#[test]
fn translations_of_every_vendor() {
    let nat = |lines: &[&str]| asking(&[log("cgn", &(lines.join("\n") + "\n"))]);
    for (lines, what, expected) in [
        // draft-ietf-behave-syslog-nat-logging, as VPP writes it.
        (
            vec![
                "<134>1 2024-10-11T09:00:00Z 172.16.4.1 NAT 5901 SADD [nsess SSUBIX=\"0\" IATYP=\"IPv4\" ISADDR=\"100.64.0.2\" ISPORT=\"6303\" XATYP=\"IPv4\" XSADDR=\"203.0.113.1\" XSPORT=\"1100\" PROTO=\"6\"]",
                "<134>1 2024-10-11T10:00:00Z 172.16.4.1 NAT 5901 SDEL [nsess SSUBIX=\"0\" IATYP=\"IPv4\" ISADDR=\"100.64.0.2\" ISPORT=\"6303\" XATYP=\"IPv4\" XSADDR=\"203.0.113.1\" XSPORT=\"1100\" PROTO=\"6\"]",
            ],
            "203.0.113.1 1100 tcp",
            "100.64.0.2: told 09:00:00 to told:released 10:00:00; told, whole",
        ),
        // Junos, structured, blocks of ports with a keepalive.
        (
            vec![
                "<14>1 2024-10-11T09:00:00.000Z nat RT_NAT - RT_SRC_NAT_PBA_ALLOC [internal-ip=\"100.64.0.2\" block-port-low=\"1024\" block-port-high=\"1279\" reflexive-ip=\"203.0.113.1\" nat-pool-name=\"p\"]",
                "<14>1 2024-10-11T09:45:00.000Z nat RT_NAT - RT_SRC_NAT_PBA_INTERIM [internal-ip=\"100.64.0.2\" block-port-low=\"1024\" block-port-high=\"1279\" reflexive-ip=\"203.0.113.1\" nat-pool-name=\"p\"]",
                "<14>1 2024-10-11T10:00:00.000Z nat RT_NAT - RT_SRC_NAT_PBA_RELEASE [internal-ip=\"100.64.0.2\" block-port-low=\"1024\" block-port-high=\"1279\" reflexive-ip=\"203.0.113.1\" nat-pool-name=\"p\"]",
            ],
            "203.0.113.1 1100 udp",
            "100.64.0.2: told 09:00:00 to told:released 10:00:00; told, whole; protocol-not-logged",
        ),
        // Junos, sessions.
        (
            vec![
                "<14>1 2024-10-11T09:00:00Z nat RT_FLOW - RT_FLOW_SESSION_CREATE [source-address=\"100.64.0.2\" source-port=\"6\" destination-address=\"192.0.2.9\" destination-port=\"80\" nat-source-address=\"203.0.113.1\" nat-source-port=\"1100\" protocol-id=\"6\" username=\"N/A\"]",
                "<14>1 2024-10-11T10:00:00Z nat RT_FLOW - RT_FLOW_SESSION_CLOSE [reason=\"TCP FIN\" source-address=\"100.64.0.2\" source-port=\"6\" destination-address=\"192.0.2.9\" destination-port=\"80\" nat-source-address=\"203.0.113.1\" nat-source-port=\"1100\" protocol-id=\"6\" username=\"N/A\"]",
            ],
            "203.0.113.1 1100 tcp",
            "100.64.0.2: told 09:00:00 to told:released 10:00:00; told, whole",
        ),
        // Junos, plain; the year and the zone are set.
        (
            vec![
                "Oct 11 09:00:00 srx RT_NAT: RT_SRC_NAT_PBA_ALLOC: Subscriber 100.64.0.2 used/maximum [1/8] blocks, allocates port block [1024-1279] from 203.0.113.1 in source pool p1 lsys_id: 0",
                "Oct 11 10:00:00 srx RT_NAT: RT_SRC_NAT_PBA_RELEASE: Subscriber 100.64.0.2 used/maximum [0/8] blocks, releases port block [1024-1279] from 203.0.113.1 in source pool p1 lsys_id: 0",
            ],
            "203.0.113.1 1100",
            "100.64.0.2: told 09:00:00 to told:released 10:00:00; told, whole; zone-set; year-set",
        ),
        (
            vec![
                "2024-10-11T09:00:00Z mx {sset}[jservices-nat]: JSERVICES_NAT_PORT_BLOCK_ALLOC: 100.64.0.2 -> 203.0.113.1:1024-1535",
                "2024-10-11T10:00:00Z mx {sset}[jservices-nat]: JSERVICES_NAT_PORT_BLOCK_RELEASE: 100.64.0.2 -> 203.0.113.1:1024-1535",
            ],
            "203.0.113.1 1535",
            "100.64.0.2: told 09:00:00 to told:released 10:00:00; told, whole",
        ),
        (
            vec![
                "2024-10-11T09:00:00Z mx {set_3}MSVCS_LOG_SESSION_OPEN: App:none, xe-3/1/1.0#012 100.64.0.2:18575 [203.0.113.1:1048] -> 192.0.2.2:63 (UDP)",
                "2024-10-11T10:00:00Z mx {set_3}MSVCS_LOG_SESSION_CLOSE: App:none, xe-3/1/1.0#012 100.64.0.2:18575 [203.0.113.1:1048] -> 192.0.2.2:63 (UDP)",
            ],
            "203.0.113.1 1048 udp",
            "100.64.0.2: told 09:00:00 to told:released 10:00:00; told, whole",
        ),
        // Cisco ASA.
        (
            vec![
                "<166>1 2024-10-11T09:00:00Z asa - - - - %ASA-6-305011: Built dynamic TCP translation from inside:100.64.0.2/1234 to outside:203.0.113.1/1100",
                "<166>1 2024-10-11T10:00:00Z asa - - - - %ASA-6-305012: Teardown dynamic TCP translation from inside:100.64.0.2/1234 to outside:203.0.113.1/1100 duration 1:00:00",
            ],
            "203.0.113.1 1100 tcp",
            "100.64.0.2: told 09:00:00 to told:released 10:00:00; told, whole",
        ),
    ] {
        let asking = nat(&lines);
        let unknown = "inside-unknown:holders:1";
        check(&asking, what, "2024-10-11T09:30:00Z", &["one", expected, unknown]);
        // Another port, another protocol, another time.
        check(&asking, "203.0.113.1 60000", "2024-10-11T09:30:00Z", &["nobody"]);
        if what.ends_with("tcp") {
            check(
                &asking,
                &what.replace("tcp", "udp"),
                "2024-10-11T09:30:00Z",
                &["nobody"],
            );
        }
        check(&asking, what, "2024-10-11T10:30:00Z", &["not-covered"]);
    }
}

#[test]
fn a_flow_without_translation_assigns_nothing() {
    let text = "<14>1 2024-10-11T09:00:00Z nat RT_FLOW - RT_FLOW_SESSION_CREATE [source-address=\"203.0.113.1\" source-port=\"6\" nat-source-address=\"203.0.113.1\" nat-source-port=\"6\" protocol-id=\"6\"]\n";
    check(
        &asking(&[log("cgn", text)]),
        "203.0.113.1 6",
        "2024-10-11T09:00:00Z",
        &["nobody"],
    );
}

#[test]
fn syslog_of_many_programs_tells_what_its_dhcp_server_says() {
    let text = "\
Oct 11 08:59:00 gw sshd[1]: Failed password for root from 192.0.2.50 port 22 ssh2\n\
Oct 11 09:00:00 gw dhcpd[7]: DHCPACK on 192.0.2.50 to 00:00:5e:00:53:01 via eth0\n\
Oct 11 09:00:10 gw kernel: DROP SRC=192.0.2.50 DST=192.0.2.1\n\
Oct 11 09:30:00 gw dhcpd[7]: DHCPRELEASE of 192.0.2.50 from 00:00:5e:00:53:01 via eth0 (found)\n";
    let asking = asking(&[log("isp", text).format(LogFormat::Syslog)]);
    check(
        &asking,
        "192.0.2.50",
        "2024-10-11T09:10:00Z",
        &[
            "one",
            "00:00:5e:00:53:01: seen 09:00:00 to told:released 09:30:00; told, whole; zone-set; year-set",
        ],
    );
}
