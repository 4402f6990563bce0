//! Addresses in lines, and which of them is the provider's customer.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use super::cuts::equal;

/// The most addresses read from one line; the rest are not looked at.
pub const MAX_ADDRESSES: usize = 256;

/// The customer's address: the first one, in the order of the line's fields, in one of the networks.
#[must_use]
pub fn customer(addresses: &[IpAddr], networks: &[IpNet]) -> Option<IpAddr> {
    addresses
        .iter()
        .copied()
        .find(|address| networks.iter().any(|network| network.contains(address)))
}

/// Takes the whole text as one address (a mapped IPv4 address is its IPv4 address, a zone is ignored).
pub(super) fn whole(text: &[u8]) -> Option<IpAddr> {
    // The longest textual IPv6 address is 45 bytes; a zone may follow.
    if !(2..=64).contains(&text.len()) {
        return None;
    }
    if let Some(address) = ipv4(text) {
        return Some(IpAddr::V4(address));
    }
    memchr::memchr2(b':', b'%', text)?;
    let text = std::str::from_utf8(text).ok()?;
    let text = text.split_once('%').map_or(text, |(address, _zone)| address);
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// The longest text of an IPv4 address, and room for it in which no place has to be looked for.
const IPV4_BYTES: usize = 15;
const ROOM: usize = 32;
/// What stands before the text in the room, so that every number has three digits.
const BEFORE: usize = 3;

/// Dotted decimals: four numbers of up to 255 without needless noughts. The standard library's way takes many times as long,
/// and most addresses are these: where the dots are is found at once, and how long a number is, is no branch.
fn ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES * 0x80;
    if !(7..=IPV4_BYTES).contains(&text.len()) {
        return None;
    }
    // Whole words, and nought behind the text.
    let words = match (text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last)) => {
            let behind = 8 * (16 - text.len() as u32);
            let second = u64::from_le_bytes(*last).checked_shr(behind).unwrap_or(0);
            [u64::from_le_bytes(*first), second]
        }
        _ => {
            let four = |four: Option<&[u8; 4]>| Some(u64::from(u32::from_le_bytes(*four?)));
            [four(text.first_chunk())? | four(text.last_chunk())? << 24, 0]
        }
    };
    let mut room = [0_u8; ROOM];
    let places = room.get_mut(BEFORE..)?.as_chunks_mut::<8>().0;
    // A dot is 0x2e, a digit 0x30 to 0x39; what is behind the text is neither.
    let (mut dots, mut others) = (0, 0);
    for ((place, word), at) in places.iter_mut().zip(words).zip([0, 8]) {
        *place = word.to_le_bytes();
        let is_dot = equal(word ^ (ONES * u64::from(b'.')));
        let digit = word ^ (ONES * u64::from(b'0'));
        let is_other = (((digit & !HIGH) + ONES * 0x76) | digit) & HIGH & !is_dot;
        dots |= bits(is_dot) << at;
        others |= bits(is_other) << at;
    }
    let within = (1 << text.len()) - 1;
    let (mut start, mut address, mut is_one) = (0, 0, others & within == 0);
    // Behind the last number there is an end in the place of a dot.
    let mut ends = (dots & within) | (1 << text.len());
    for _ in 0..4 {
        let end = ends.trailing_zeros() as usize;
        ends &= ends.wrapping_sub(1);
        let digit = |back: usize| {
            let byte = room.get((BEFORE + end).wrapping_sub(back) % ROOM);
            u32::from(byte.copied().unwrap_or(0) & 0x0f)
        };
        let count = end.wrapping_sub(start);
        let (tens, hundreds) = (u32::from(count > 1), u32::from(count > 2));
        let number = digit(1) + 10 * tens * digit(2) + 100 * hundreds * digit(3);
        let least = [0, 0, 10, 100].get(count).copied().unwrap_or(u32::MAX);
        is_one &= count > 0 && (least..=255).contains(&number);
        address = address << 8 | (number & 255);
        start = end + 1;
    }
    (is_one && ends == 0).then(|| Ipv4Addr::from_bits(address))
}

/// The high bits of the bytes, the first byte's lowest.
const fn bits(high: u64) -> u32 {
    ((high >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32
}

/// Adds an address unless the line already has too many.
pub(super) fn push(addresses: &mut Vec<IpAddr>, address: IpAddr) {
    if addresses.len() < MAX_ADDRESSES {
        addresses.push(address);
    }
}

/// All addresses in running text, with ports (`192.0.2.1:80`, `[2001:db8::1]:443`) and punctuation around them.
pub(super) fn in_text(text: &[u8], addresses: &mut Vec<IpAddr>) {
    let is_part =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'.' | b'_' | b'-') || *byte > 0x7f;
    for run in text.split(|byte| !is_part(byte)) {
        if addresses.len() >= MAX_ADDRESSES {
            return;
        }
        if let Some(address) = in_run(run) {
            addresses.push(address);
        }
    }
}

fn in_run(run: &[u8]) -> Option<IpAddr> {
    let run = run.trim_ascii();
    // Colons at the end are punctuation unless the address ends in `::`, which the first attempt reads.
    whole(run).or_else(|| {
        let end = run.iter().rposition(|byte| !matches!(byte, b':' | b'.' | b'-'))? + 1;
        let run = run.get(..end)?;
        whole(run).or_else(|| with_port(run))
    })
}

fn with_port(run: &[u8]) -> Option<IpAddr> {
    let (host, port) = std::str::from_utf8(run).ok()?.split_once(':')?;
    let address: Ipv4Addr = host.parse().ok()?;
    port.parse::<u16>().ok()?;
    Some(IpAddr::V4(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let mut addresses = Vec::new();
        in_text(text.as_bytes(), &mut addresses);
        addresses.iter().map(ToString::to_string).collect()
    }

    proptest::proptest! {
        #[test]
        fn dotted_decimals_as_the_standard_library_reads_them(
            parts in proptest::collection::vec(proptest::sample::select(vec![
                "", "0", "9", "10", "99", "100", "249", "255", "256", "999", "00", "01", "010", "1000", "a", "-1", "/", ":",
            ]), 1..6),
            between in proptest::sample::select(vec![".", ".", ".", ",", ""]),
        ) {
            let text = parts.join(between);
            proptest::prop_assert_eq!(ipv4(text.as_bytes()), text.parse().ok(), "{}", text);
        }

        #[test]
        fn bytes_that_are_nearly_an_address(
            octets in proptest::array::uniform4(0..=255_u8),
            at in 0..15_usize,
            byte in proptest::num::u8::ANY,
        ) {
            let mut text = Ipv4Addr::from(octets).to_string().into_bytes();
            if let Some(place) = text.get_mut(at) {
                *place = byte;
            }
            let expected = std::str::from_utf8(&text).ok().and_then(|text| text.parse().ok());
            proptest::prop_assert_eq!(ipv4(&text), expected);
        }
    }

    #[test]
    fn text_table() {
        for (text, expected) in [
            (
                "deny 192.0.2.10 -> 198.51.100.7:8443.",
                vec!["192.0.2.10", "198.51.100.7"],
            ),
            (
                "[2001:DB8::7]:443, 2001:db8::8%eth0",
                vec!["2001:db8::7", "2001:db8::8"],
            ),
            ("src=10.0.0.1,dst=(10.0.0.2)", vec!["10.0.0.1", "10.0.0.2"]),
            ("::ffff:192.0.2.1: closed", vec!["192.0.2.1"]),
            ("x192.0.2.1 192.0.2.010 1.2.3.4.5 10:20:30", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn addresses_as_the_standard_library_reads_them() {
        let mut texts: Vec<String> = [
            "",
            ".",
            "...",
            "1.2.3",
            "1.2.3.4",
            "1.2.3.4.",
            ".1.2.3.4",
            "1..2.3",
            "1.2.3.4.5",
            "0.0.0.0",
            "00.0.0.0",
            "01.2.3.4",
            "1.2.3.04",
            "255.255.255.255",
            "256.1.1.1",
            "1.2.3.256",
            "1.2.3.1000",
            "1.2.3.x",
            "+1.2.3.4",
            " 1.2.3.4",
            "::1",
            "::",
            "1:2",
            "::ffff:1.2.3.4",
            "2001:db8::1.2.3.4",
            "1.2.3.4:80",
            "host",
            "fe80::1",
        ]
        .map(str::to_owned)
        .to_vec();
        texts.extend((0..300).map(|octet| format!("{octet}.1.{octet}.1")));
        for text in texts {
            let expected = text.parse::<IpAddr>().ok().map(|address| address.to_canonical());
            assert_eq!(whole(text.as_bytes()), expected, "{text}");
            assert_eq!(ipv4(text.as_bytes()), text.parse().ok(), "{text}");
        }
        for (text, expected) in [("fe80::1%eth0", "fe80::1"), ("192.0.2.1%1", "192.0.2.1")] {
            assert_eq!(whole(text.as_bytes()), expected.parse().ok());
        }
    }

    #[test]
    fn at_most_the_limit() {
        let line = "192.0.2.1 ".repeat(MAX_ADDRESSES);
        assert_eq!(found(&line).len(), MAX_ADDRESSES);
        let line = "192.0.2.1 ".repeat(MAX_ADDRESSES + 1);
        assert_eq!(found(&line).len(), MAX_ADDRESSES);
    }

    #[test]
    fn the_first_address_in_the_networks_is_the_customer() {
        let networks: Vec<IpNet> = ["10.0.0.0/8", "2001:db8::/32"]
            .map(|net| net.parse().unwrap())
            .to_vec();
        let check = |line: &str, expected: Option<&str>| {
            let mut addresses = Vec::new();
            in_text(line.as_bytes(), &mut addresses);
            assert_eq!(
                customer(&addresses, &networks).map(|a| a.to_string()).as_deref(),
                expected,
                "{line}"
            );
        };
        check("192.0.2.1 10.1.2.3 10.9.9.9", Some("10.1.2.3"));
        check("2001:db8::5 10.1.2.3", Some("2001:db8::5"));
        check("::ffff:10.0.0.1", Some("10.0.0.1"));
        check("192.0.2.1", None);
        assert_eq!(customer(&["10.0.0.1".parse().unwrap()], &[]), None);
    }
}
