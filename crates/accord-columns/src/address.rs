//! Addresses as text: IPv4 in dotted decimals, IPv6 as RFC 5952 has it. One text for one address, so that text compares as
//! addresses do.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};

/// Appends the text of an address.
pub(crate) fn push(text: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => push_v4(text, address),
        // The standard library writes RFC 5952. Writing to memory does not fail.
        IpAddr::V6(address) => drop(write!(text, "{address}")),
    }
}

/// Each octet with a dot behind it, and how long that is.
const OCTETS: [([u8; 4], u8); 256] = {
    let mut octets = [([0; 4], 0); 256];
    let (mut rest, mut octet): (&mut [_], u8) = (&mut octets, 0);
    while let Some((written, after)) = rest.split_first_mut() {
        let (hundreds, tens, ones) = (b'0' + octet / 100, b'0' + octet / 10 % 10, b'0' + octet % 10);
        *written = match octet {
            100.. => ([hundreds, tens, ones, b'.'], 4),
            10.. => ([tens, ones, b'.', 0], 3),
            _ => ([ones, b'.', 0, 0], 2),
        };
        (rest, octet) = (after, octet.wrapping_add(1));
    }
    octets
};

/// The standard library's way through its formatter takes many times as long, and most values of most logs are these.
fn push_v4(text: &mut Vec<u8>, address: Ipv4Addr) {
    static TABLE: [([u8; 4], u8); 256] = OCTETS;
    // In one number, lowest byte first: what is written piece by piece and read as a whole is waited for.
    let (mut room, mut at) = (0_u128, 0);
    for octet in address.octets() {
        let (written, length) = TABLE.get(usize::from(octet)).copied().unwrap_or_default();
        room |= u128::from(u32::from_le_bytes(written)) << (8 * at);
        at += usize::from(length);
    }
    // All of the room, whose length is known, and then what is too much taken back: without the last dot.
    let start = text.len();
    text.extend_from_slice(&room.to_le_bytes());
    text.truncate(start + at - 1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_standard_library_writes_them() {
        let octets = [0, 1, 9, 10, 99, 100, 101, 110, 199, 200, 255];
        for a in octets {
            for b in octets {
                let address = IpAddr::from([a, b, 255 - a, 255 - b]);
                let mut text = b"x".to_vec();
                push(&mut text, address);
                assert_eq!(String::from_utf8(text).unwrap(), format!("x{address}"));
            }
        }
        let mut text = Vec::new();
        push(&mut text, "2001:DB8:0:0::1".parse().unwrap());
        assert_eq!(text, b"2001:db8::1");
    }
}
