//! `name=value` in running text: as firewalls, RADIUS servers and the structured data of RFC 5424 write it.

use super::fields::Fields;
use super::names;

/// The most pairs read of one line; the rest is not looked at.
pub(super) const MAX_PAIRS: usize = 1024;

/// Gives every pair: a name of letters, digits and `_ - . : @`, then `=` (spaces beside it are taken), then a value in
/// quotes with `\` before a quote inside, or one that ends at white space, a comma, a semicolon or a bracket.
pub(super) fn each<'a>(text: &'a [u8], take: &mut dyn FnMut(&'a [u8], &'a [u8])) {
    let mut from = 0;
    for _ in 0..MAX_PAIRS {
        let Some(rest) = text.get(from..) else { return };
        let Some(equals) = memchr::memchr(b'=', rest) else {
            return;
        };
        let (before, after) = rest.split_at(equals);
        let before = before.trim_ascii_end();
        let is_name =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':' | b'@');
        let start = before
            .iter()
            .rposition(|byte| !is_name(byte))
            .map_or(0, |at| at + 1);
        let name = before.get(start..).unwrap_or_default();
        let after = after.get(1..).unwrap_or_default();
        // Only one space: a value that is absent must not take the next name for its own.
        let spaced = after.first() == Some(&b' ') && rest.get(equals.wrapping_sub(1)) == Some(&b' ');
        let value = after.get(usize::from(spaced)..).unwrap_or_default();
        let skipped = equals + 1 + usize::from(spaced);
        let (value, length) = match value.strip_prefix(b"\"") {
            Some(quoted) => {
                let end = closing_quote(quoted);
                (quoted.get(..end).unwrap_or_default(), end + 2)
            }
            None => {
                let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b';' | b']');
                let end = value.iter().position(ends).unwrap_or(value.len());
                (value.get(..end).unwrap_or_default(), end)
            }
        };
        if name.is_empty() {
            from += equals + 1;
        } else {
            take(name, value);
            from += skipped + length;
        }
    }
}

/// Where the quote ends that is open; all of the text where it does not.
pub(super) fn closing_quote(text: &[u8]) -> usize {
    let mut from = 0;
    while let Some(at) = text
        .get(from..)
        .and_then(|rest| memchr::memchr2(b'"', b'\\', rest))
    {
        if text.get(from + at) == Some(&b'"') {
            return from + at;
        }
        from += at + 2;
    }
    text.len()
}

/// Takes the pairs whose names many programs use.
pub(super) fn by_name<'a>(text: &'a [u8], fields: &mut Fields<'a>) {
    each(
        text,
        &mut |name, value| match names::column(&names::normal(name)) {
            Some(column) => fields.put(column, value),
            None => fields.put_rest(
                || String::from_utf8_lossy(name),
                || String::from_utf8_lossy(value),
            ),
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        each(text.as_bytes(), &mut |name, value| {
            found.push(format!(
                "{}|{}",
                String::from_utf8_lossy(name),
                String::from_utf8_lossy(value)
            ));
        });
        found
    }

    #[test]
    fn pairs_table() {
        for (text, expected) in [
            (
                "IN=eth0 OUT= SRC=192.0.2.1 LEN=60",
                vec!["IN|eth0", "OUT|", "SRC|192.0.2.1", "LEN|60"],
            ),
            (
                "[a@1 x=\"1 2\" y=\"q\\\"]\"] z=3",
                vec!["x|1 2", "y|q\\\"]", "z|3"],
            ),
            (
                "Acct-Type = Start, User = \"jo doe\"",
                vec!["Acct-Type|Start", "User|jo doe"],
            ),
            (
                "to=<a@b.example>, status=sent (ok)",
                vec!["to|<a@b.example>", "status|sent"],
            ),
            ("a=\"never closed", vec!["a|never closed"]),
            ("==a==b", vec!["a|=b"]),
            ("none", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(pairs(text), expected, "{text}");
        }
    }

    #[test]
    fn at_most_the_limit() {
        assert_eq!(pairs(&"a=b ".repeat(MAX_PAIRS)).len(), MAX_PAIRS);
        assert_eq!(pairs(&"a=b ".repeat(MAX_PAIRS + 1)).len(), MAX_PAIRS);
    }
}
