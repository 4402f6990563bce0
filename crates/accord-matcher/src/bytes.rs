//! Byte classes, and slices that cannot panic.

/// A byte of a host run: ASCII letter, digit, `.`, `-`, `_` or above 0x7F.
const RUN: u8 = 1;
/// A byte of an outer run: a host run's, or `:`.
const OUTER: u8 = 2;
/// A byte of the local part of an e-mail address: a host run's, or `+`.
const LOCAL: u8 = 4;
const ALNUM: u8 = 8;
const HEX: u8 = 16;
/// A byte at which a URL in text ends: white space, control, quote, `<`, `>`, `|`, backslash.
const URL_END: u8 = 32;

static CLASSES: [u8; 256] = classes();

// Compile time only: an index out of range would be a compile error.
#[allow(
    clippy::indexing_slicing,
    reason = "const evaluation, checked by the compiler"
)]
const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let byte = i as u8;
        let mut class = 0;
        if byte.is_ascii_alphanumeric() {
            class |= ALNUM | RUN | OUTER | LOCAL;
        }
        if byte.is_ascii_hexdigit() {
            class |= HEX;
        }
        if byte > 0x7f || matches!(byte, b'.' | b'-' | b'_') {
            class |= RUN | OUTER | LOCAL;
        }
        if byte == b':' {
            class |= OUTER;
        }
        if byte == b'+' {
            class |= LOCAL;
        }
        if byte <= b' ' || matches!(byte, 0x7f | b'"' | b'\'' | b'`' | b'<' | b'>' | b'|' | b'\\') {
            class |= URL_END;
        }
        table[i] = class;
        i += 1;
    }
    table
}

#[inline]
fn is(byte: u8, class: u8) -> bool {
    CLASSES.get(usize::from(byte)).is_some_and(|c| c & class != 0)
}

#[inline]
pub(crate) fn is_run(byte: u8) -> bool {
    is(byte, RUN)
}

#[inline]
pub(crate) fn is_outer(byte: u8) -> bool {
    is(byte, OUTER)
}

#[inline]
pub(crate) fn is_local(byte: u8) -> bool {
    is(byte, LOCAL)
}

#[inline]
pub(crate) fn is_hex(byte: u8) -> bool {
    is(byte, HEX)
}

#[inline]
pub(crate) fn ends_url(byte: u8) -> bool {
    is(byte, URL_END)
}

/// Whether all bytes fit, which is asked of each: many at once, where the question is one of comparisons.
#[inline(always)]
pub(crate) fn all(text: &[u8], fits: impl Fn(u8) -> bool) -> bool {
    text.iter()
        .fold(0, |others, &byte| others | u8::from(!fits(byte)))
        == 0
}

/// Whether a byte is of a host run and ASCII, by comparisons alone.
#[inline(always)]
pub(crate) fn is_ascii_run(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() | matches!(byte, b'.' | b'-' | b'_')
}

/// `text[start..end]`, empty where that is out of range.
#[inline]
pub(crate) fn cut(text: &[u8], start: usize, end: usize) -> &[u8] {
    text.get(start..end).unwrap_or_default()
}

#[inline]
pub(crate) fn at(text: &[u8], position: usize) -> Option<u8> {
    text.get(position).copied()
}

/// The end of the longest stretch from `start` whose bytes all fit.
#[inline]
pub(crate) fn stretch(text: &[u8], start: usize, fits: impl Fn(u8) -> bool) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    start + rest.iter().position(|&b| !fits(b)).unwrap_or(rest.len())
}

/// The end of the longest stretch from `start` without a byte at which a URL ends.
#[inline]
pub(crate) fn url_end(text: &[u8], start: usize) -> usize {
    let mut position = start;
    let (pieces, _) = text.get(start..).unwrap_or_default().as_chunks::<16>();
    for piece in pieces {
        // By comparisons alone, which the compiler makes one of all sixteen.
        let goes_on = all(piece, |byte| {
            (byte > b' ')
                & (byte != 0x7f)
                & (byte != b'"')
                & (byte != b'\'')
                & (byte != b'`')
                & (byte != b'<')
                & (byte != b'>')
                & (byte != b'|')
                & (byte != b'\\')
        });
        if !goes_on {
            break;
        }
        position += piece.len();
    }
    stretch(text, position, |byte| !ends_url(byte))
}

/// `[start, end)` without leading and trailing `.` and `-`.
#[inline]
pub(crate) fn trim_run(text: &[u8], start: usize, end: usize) -> (usize, usize) {
    let (mut start, mut end) = (start, end);
    while start < end && matches!(at(text, start), Some(b'.' | b'-')) {
        start += 1;
    }
    while start < end && matches!(at(text, end - 1), Some(b'.' | b'-')) {
        end -= 1;
    }
    (start, end)
}

/// Where the second reading of a run begins that follows an escape: after `\n`, `\t`, `\r`, `\u00XX` or `%XX`, whose
/// letters are the first bytes of the run. None where nothing of the run is left after it.
#[inline]
pub(crate) fn after_escape(text: &[u8], start: usize, end: usize) -> Option<usize> {
    let second = match at(text, start.checked_sub(1)?)? {
        b'\\' => match at(text, start)? {
            b'n' | b't' | b'r' => start + 1,
            b'u' => {
                let digits = cut(text, start + 1, start + 5);
                let is_escape =
                    digits.len() == 4 && digits.starts_with(b"00") && digits.iter().all(|&b| is_hex(b));
                if !is_escape {
                    return None;
                }
                start + 5
            }
            _ => return None,
        },
        b'%' => {
            let digits = cut(text, start, start + 2);
            if digits.len() != 2 || !digits.iter().all(|&b| is_hex(b)) {
                return None;
            }
            start + 2
        }
        _ => return None,
    };
    (second < end).then_some(second)
}

/// The number of one to five digits that is the whole text, up to 65535.
pub(crate) fn port(digits: &[u8]) -> Option<u16> {
    if digits.is_empty() || digits.len() > 5 {
        return None;
    }
    let mut value: u32 = 0;
    for &digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value * 10 + u32::from(digit - b'0');
    }
    u16::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_ends_where_the_table_says() {
        for byte in 0..=255u8 {
            for before in 0..40 {
                let mut text = vec![b'a'; before + 3];
                if let Some(place) = text.get_mut(before + 1) {
                    *place = byte;
                }
                let expected = stretch(&text, 1, |byte| !ends_url(byte));
                assert_eq!(url_end(&text, 1), expected, "{byte} after {before}");
            }
        }
        assert_eq!(url_end(b"abc", 3), 3);
        assert_eq!(url_end(b"abc", 7), stretch(b"abc", 7, |byte| !ends_url(byte)));
    }
}
