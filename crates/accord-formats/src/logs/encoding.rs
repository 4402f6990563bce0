//! Lines in other encodings than UTF-8: UTF-16, as Windows writes it, and bytes that are no UTF-8.
//!
//! A store splits a file at its LF bytes. In UTF-16 with the low byte first the LF's high byte then begins the next line;
//! both orders are read from how a line looks, for no line but the first has a mark of the order.

use memchr::memchr;

/// The mark that begins a UTF-8 file of some programs.
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// The line without a mark of UTF-8 before it.
pub(super) fn without_mark(line: &[u8]) -> &[u8] {
    line.strip_prefix(UTF8_MARK).unwrap_or(line)
}

/// Whether bytes look like UTF-16: a mark of the order, or NUL where Latin letters have it.
pub(super) fn is_wide(line: &[u8]) -> bool {
    match line {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [0, second, 0, fourth, ..] => *second != 0 && *fourth != 0,
        [first, 0, third, 0, ..] => *first != 0 && *third != 0,
        _ => false,
    }
}

/// Whether nothing stands in a line: white space, or what is left of an empty line of UTF-16.
pub(super) fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace) || matches!(line, [0] | [0, b'\r', 0])
}

/// UTF-16 as UTF-8. What is no character is U+FFFD. In a line without a mark, the low byte is taken to come first.
pub(super) fn narrow(line: &[u8]) -> Vec<u8> {
    let (high_first, units) = match line {
        [0xfe, 0xff, rest @ ..] => (true, rest),
        [0xff, 0xfe, rest @ ..] => (false, rest),
        // The high byte of the LF before; of a file with the high byte first, that of the first letter, which is the
        // same for Latin text.
        [0, rest @ ..] => (false, rest),
        _ => (false, line),
    };
    let units = units.chunks(2).map(|pair| match pair {
        [first, second] if high_first => u16::from_be_bytes([*first, *second]),
        [first, second] => u16::from_le_bytes([*first, *second]),
        [last] => u16::from(*last),
        _ => 0,
    });
    let mut text = String::with_capacity(line.len());
    text.extend(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
    while text.ends_with(['\n', '\r', '\0']) {
        text.pop();
    }
    text.into_bytes()
}

/// Bytes with what is no UTF-8 replaced; nothing where all of it is.
pub(super) fn replaced(line: &[u8]) -> Option<Vec<u8>> {
    match String::from_utf8_lossy(line) {
        std::borrow::Cow::Borrowed(_) => None,
        std::borrow::Cow::Owned(text) => Some(text.into_bytes()),
    }
}

/// The start of a file as UTF-8, and whether it was UTF-16.
pub(super) fn start(bytes: &[u8]) -> Option<Vec<u8>> {
    is_wide(bytes).then(|| {
        // To the last whole unit; a file with the high byte first and no mark is told by its first NUL.
        match (bytes, memchr(0, bytes)) {
            ([0, ..], Some(0)) => narrow(&[b"\xfe\xff", bytes].concat()),
            _ => narrow(bytes),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str, high_first: bool) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| {
                if high_first {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect()
    }

    #[test]
    fn lines_of_both_orders() {
        for high_first in [false, true] {
            let file = wide("\u{feff}first é\r\nsecond ☃\r\nthird", high_first);
            let lines: Vec<&[u8]> = file.split_inclusive(|byte| *byte == b'\n').collect();
            assert_eq!(lines.len(), 3);
            assert!(lines.iter().all(|line| is_wide(line)), "{high_first}");
            assert_eq!(narrow(lines[0]), "first é".as_bytes());
            assert_eq!(narrow(lines[2]), b"third");
            if !high_first {
                assert_eq!(narrow(lines[1]), "second ☃".as_bytes());
            }
            assert_eq!(start(&file).unwrap(), "first é\r\nsecond ☃\r\nthird".as_bytes());
        }
        assert_eq!(start(&wide("no mark", true)).unwrap(), b"no mark");
        assert_eq!(narrow(&[b'a', 0, 0x00, 0xd8, b'b', 0]), "a\u{fffd}b".as_bytes());
    }

    #[test]
    fn other_bytes_are_not_wide() {
        for bytes in [&b""[..], b"a", b"abcd", b"\0\0\0\0", b"a\0b", b"\0", b"ab\0\0"] {
            assert!(!is_wide(bytes), "{bytes:?}");
        }
        assert_eq!(replaced("é".as_bytes()), None);
        assert_eq!(replaced(b"a\xe9").unwrap(), "a\u{fffd}".as_bytes());
    }
}
