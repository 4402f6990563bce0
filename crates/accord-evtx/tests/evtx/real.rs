//! Logs that Windows wrote.

use accord_evtx::{RENDERED_BY, place_of};
use sha2::{Digest, Sha256};

use super::*;

#[test]
fn sysmon_as_its_records_say() {
    let bytes = sysmon();
    let (out, counts) = read(&bytes);
    holds(&bytes, &out, &counts);
    assert_eq!(
        counts,
        EventCounts {
            events: 51,
            chunks: 1,
            is_header_sound: true,
            is_left_open: true,
            ..EventCounts::default()
        }
    );
    let values = values(&out);
    let numbers: Vec<_> = values
        .iter()
        .map(|value| &value["Event"]["System"]["EventID"])
        .collect();
    let how_many = |number: u64| numbers.iter().filter(|found| ***found == number).count();
    assert_eq!([1, 3, 10, 11, 13].map(how_many), [15, 2, 1, 15, 18]);
    let connection = values
        .iter()
        .find(|value| value["Event"]["System"]["EventID"] == 3)
        .unwrap();
    let expected = serde_json::json!({
        "UtcTime": "2017-12-18 14:51:29.706",
        "ProcessGuid": "{94f748d5-4dcb-5a9e-0000-0010b2051110}",
        "ProcessId": 4280,
        "Image": r"C:\Windows\Temp\opera autoupdate\CProgram FilesOpera\installing\installer.exe",
        "User": r"NT AUTHORITY\SYSTEM",
        "Protocol": "tcp",
        "Initiated": true,
        "SourceIsIpv6": false,
        "SourceIp": "192.168.2.128",
        "SourceHostname": "DESKTOP-2KGM189.localdomain",
        "SourcePort": 59344,
        "SourcePortName": "",
        "DestinationIsIpv6": false,
        "DestinationIp": "185.26.182.117",
        "DestinationHostname": "",
        "DestinationPort": 443,
        "DestinationPortName": "https",
    });
    assert_eq!(connection["Event"]["EventData"], expected);
    assert_eq!(
        connection["Event"]["System"]["TimeCreated"]["#attributes"]["SystemTime"],
        "2018-03-06T08:14:06.6383800Z"
    );
    assert_eq!(
        connection["evtx"],
        serde_json::json!({"offset": 51080, "length": 1768, "record": 2061})
    );
}

#[test]
fn what_earlier_events_left_is_told_as_such() {
    let bytes = new_user();
    let (out, counts) = read(&bytes);
    holds(&bytes, &out, &counts);
    assert_eq!(
        counts,
        EventCounts {
            events: 7,
            remnants: 3,
            chunks: 1,
            is_header_sound: true,
            ..EventCounts::default()
        }
    );
    let told: Vec<_> = places(&out)
        .iter()
        .map(|place| (place.offset, place.length, place.record, place.remnant))
        .collect();
    assert_eq!(
        told,
        [
            (4608, 2304, 1, false),
            (6912, 2248, 2, false),
            (9160, 464, 3, false),
            (9624, 480, 4, false),
            (53_704, 448, 71, true),
            (54_616, 488, 73, true),
            (56_040, 464, 76, true),
        ]
    );
    let user = &values(&out)[1]["Event"]["EventData"];
    assert_eq!(user["TargetUserName"], "IEUser");
    // Line ends of a text are within the line.
    assert_eq!(
        user["UserAccountControl"],
        "\r\n\t\t%%2080\r\n\t\t%%2082\r\n\t\t%%2084"
    );
}

/// What is written is evidence: it changes with [`RENDERED_BY`] alone, whatever library below does so.
#[test]
fn the_same_bytes_for_ever() {
    for (bytes, expected) in [
        (
            sysmon(),
            "c2969bd993aea07070df52a598b4f0bbbe97c71acff1e79f6332de9952e15503",
        ),
        (
            new_user(),
            "6990caae59fc79fe641630a7dbf093e215d97847e7c9090f3216989201de51e3",
        ),
    ] {
        let out = read(&bytes).0;
        assert_eq!(
            hex::encode(Sha256::digest(&out)),
            expected,
            "the lines changed: give RENDERED_BY another form"
        );
    }
    assert!(RENDERED_BY.starts_with("accord-evtx form 1, "));
}

#[test]
fn the_library_is_the_one_that_is_named() {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
    let lock = std::fs::read_to_string(lock).unwrap();
    let (_, after) = lock.split_once("name = \"evtx\"\nversion = \"").unwrap();
    let (version, _) = after.split_once('"').unwrap();
    assert_eq!(
        RENDERED_BY.rsplit(", ").next(),
        Some(format!("evtx {version}").as_str())
    );
}

#[test]
fn however_the_bytes_come() {
    for bytes in [sysmon(), new_user()] {
        let whole = read(&bytes);
        for piece in [1, 7, 4095, 4096, 4097, 65_535, 65_536, 65_537] {
            assert!(read_in(&bytes, piece, Limits::default()) == whole, "{piece}");
        }
        for line in lines(&whole.0) {
            assert_eq!(place_of(line), place_of(line.strip_suffix(b"\n").unwrap()));
        }
    }
}
