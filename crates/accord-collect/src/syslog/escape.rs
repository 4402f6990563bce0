//! A message as one line of log.
//!
//! A message's bytes stay as they are, and LF is put behind them where it does not end with one. A message with LF
//! inside would be several lines, and the later ones look like messages that a relay or host never sent: so LF inside is
//! written `#012`, as syslog daemons do, and a `#` that stands before `012` or `043` is written `#043`. Only in such
//! messages; the segment's manifest names their lines, so the bytes that came can be had back exactly.

/// The line of a message, and whether it was escaped. Nothing where the message is empty.
pub(crate) fn line_of(mut message: Vec<u8>) -> Option<(Vec<u8>, bool)> {
    if message.last() == Some(&b'\n') {
        message.pop();
    }
    if message.is_empty() {
        return None;
    }
    let escaped = memchr::memchr(b'\n', &message).is_some();
    if escaped {
        message = escape(&message);
    }
    message.push(b'\n');
    Some((message, escaped))
}

fn escape(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 64);
    for (at, byte) in message.iter().enumerate() {
        let rest = message.get(at + 1..).unwrap_or_default();
        match byte {
            b'\n' => out.extend_from_slice(b"#012"),
            b'#' if rest.starts_with(b"012") || rest.starts_with(b"043") => out.extend_from_slice(b"#043"),
            other => out.push(*other),
        }
    }
    out
}

/// The bytes of a message that was escaped, from its line without the end.
#[must_use]
pub fn unescape(line: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((first, after)) = rest.split_first() {
        if rest.starts_with(b"#012") || rest.starts_with(b"#043") {
            out.push(if rest.starts_with(b"#012") { b'\n' } else { b'#' });
            rest = rest.get(4..).unwrap_or_default();
        } else {
            out.push(*first);
            rest = after;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn messages_as_lines() {
        for (message, line, escaped) in [
            ("<1>a", "<1>a\n", false),
            ("<1>a\n", "<1>a\n", false),
            ("<1>a#012b#", "<1>a#012b#\n", false),
            ("<1>a\n<1>b", "<1>a#012<1>b\n", true),
            ("a\nb#012#043#x#", "a#012b#043012#043043#x#\n", true),
            ("\n\n", "#012\n", true),
        ] {
            let (found, was) = line_of(message.as_bytes().to_vec()).unwrap();
            assert_eq!((String::from_utf8(found).unwrap().as_str(), was), (line, escaped));
        }
        assert_eq!(line_of(Vec::new()), None);
        assert_eq!(line_of(b"\n".to_vec()), None);
    }

    proptest! {
        #[test]
        fn what_was_sent_can_be_had_back(message in "[#0-4\n]{0,24}") {
            let escaped = escape(message.as_bytes());
            prop_assert!(!escaped.contains(&b'\n'));
            prop_assert_eq!(unescape(&escaped), message.as_bytes());
        }
    }
}
