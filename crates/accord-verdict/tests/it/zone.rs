//! The policy zone as text: read back by our own reader of such zones.

use std::collections::BTreeSet;

use accord_formats::indicators::{Content, Format, read};
use accord_verdict::{ZoneName, zone_text};

use crate::house::{House, POLICY_ZONE};

fn text(house: &House) -> String {
    let mut out = Vec::new();
    let zone = ZoneName::parse(POLICY_ZONE).unwrap();
    zone_text(&house.audience().snapshot(), &zone, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_zone_holds_every_block_that_a_resolver_can_apply_and_nothing_else() {
    let house = House::new();
    house.block(&["evil.example", "192.0.2.0/24", "2001:db8::7"]);
    house.snapshots.compile("isp").unwrap();
    house.block(&[
        ".dyn.example",
        "gone.example",
        "bad.example/a.php",
        "mule@mail.example",
        "198.51.100.7:80",
    ]);
    house.detect(&["watched.example"]);
    let serial = house.withdraw(&["gone.example"]);
    assert_eq!(
        text(&house),
        format!(
            "$ORIGIN {POLICY_ZONE}.\n$TTL 60\n@ SOA ns.{POLICY_ZONE}. hostmaster.{POLICY_ZONE}. {serial} 60 30 86400 10\n\
             @ NS ns.{POLICY_ZONE}.\nns A 127.0.0.1\n\
             evil.example CNAME .\n*.evil.example CNAME .\n128.7.zz.db8.2001.rpz-ip CNAME .\n24.0.2.0.192.rpz-ip CNAME .\n\
             *.dyn.example CNAME .\n"
        )
    );
}

#[test]
fn our_own_reader_finds_the_same_indicators_in_it() {
    let house = House::new();
    house.block(&[
        "evil.example",
        ".dyn.example",
        "192.0.2.10",
        "198.51.100.0/24",
        "2001:db8::7",
    ]);
    house.detect(&["watched.example"]);
    let mut found = BTreeSet::new();
    let zone = text(&house);
    let format = read(zone.as_bytes(), &mut |row| {
        if let Content::Indicator { value, .. } = row.content {
            found.insert(value.to_owned());
        }
    });
    assert_eq!(format.unwrap(), Format::Rpz);
    found.remove("ns");
    let expected = [
        "*.dyn.example",
        "*.evil.example",
        "192.0.2.10/32",
        "198.51.100.0/24",
        "2001:db8::7/128",
        "evil.example",
    ];
    assert_eq!(found, expected.into_iter().map(str::to_owned).collect());
}
