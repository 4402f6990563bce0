//! A line with its defanged forms and `\/` read through, every byte still knowing its place.
//!
//! `[.]` `(.)` `{.}` `[dot]` `(dot)` read as `.`, `[:]` as `:`, `[://]` as `://`, `[@]` `[at]` `(at)` as `@`, `\/` as `/`;
//! words in any case. The replacing is done once, from the left: what it gives is not read through again. All other
//! rules speak of the text after it.

use memchr::{memchr_iter, memchr3_iter};

/// The text of one line, and how to find a byte of it in the line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'v> {
    pub(crate) text: &'v [u8],
    /// From which position in the text on (first) which position in the line it is (second).
    shifts: &'v [(usize, usize)],
}

impl<'v> View<'v> {
    /// The position in the line of a byte of the text.
    pub(crate) fn in_line(&self, position: usize) -> usize {
        let after = self.shifts.partition_point(|&(from, _)| from <= position);
        match after.checked_sub(1).and_then(|i| self.shifts.get(i)) {
            Some(&(from, line)) => line + (position - from),
            None => position,
        }
    }
}

/// Room for the text of lines that hold something to read through.
#[derive(Debug, Clone, Default)]
pub(crate) struct ViewBuffer {
    text: Vec<u8>,
    shifts: Vec<(usize, usize)>,
}

impl ViewBuffer {
    /// Reads a line. Copies it only where there is something to replace.
    pub(crate) fn read<'v>(&'v mut self, line: &'v [u8]) -> View<'v> {
        self.text.clear();
        self.shifts.clear();
        let mut copied = 0;
        // `{` is in every JSON line and rarely means anything: looked for on its own.
        let braces = memchr_iter(b'{', line).filter(|&i| line.get(i + 1) == Some(&b'.'));
        let mut braces = braces.peekable();
        let mut others = memchr3_iter(b'\\', b'[', b'(', line).peekable();
        loop {
            let position = match (others.peek(), braces.peek()) {
                (Some(&a), Some(&b)) if a < b => others.next(),
                (_, Some(_)) => braces.next(),
                (_, None) => others.next(),
            };
            let Some(position) = position else { break };
            if position < copied {
                continue;
            }
            let Some((length, replacement)) = line.get(position..).and_then(replaced) else {
                continue;
            };
            self.text
                .extend_from_slice(line.get(copied..position).unwrap_or_default());
            self.text.extend_from_slice(replacement);
            copied = position + length;
            self.shifts.push((self.text.len(), copied));
        }
        if copied == 0 {
            return View {
                text: line,
                shifts: &[],
            };
        }
        self.text
            .extend_from_slice(line.get(copied..).unwrap_or_default());
        View {
            text: &self.text,
            shifts: &self.shifts,
        }
    }
}

/// The form that stands at the start of `rest`: its length, and what it reads as.
fn replaced(rest: &[u8]) -> Option<(usize, &'static [u8])> {
    match rest {
        [b'\\', b'/', ..] => Some((2, b"/")),
        [b'[', b'.', b']', ..] | [b'(', b'.', b')', ..] | [b'{', b'.', b'}', ..] => Some((3, b".")),
        [b'[', b':', b']', ..] => Some((3, b":")),
        [b'[', b'@', b']', ..] => Some((3, b"@")),
        [b'[', b':', b'/', b'/', b']', ..] => Some((5, b"://")),
        [b'[', word @ .., _] | [b'(', word @ .., _] => {
            let close = if rest.first() == Some(&b'[') { b']' } else { b')' };
            if word.get(..3).is_some_and(|w| w.eq_ignore_ascii_case(b"dot")) && rest.get(4) == Some(&close) {
                Some((5, b"."))
            } else if word.get(..2).is_some_and(|w| w.eq_ignore_ascii_case(b"at"))
                && rest.get(3) == Some(&close)
            {
                Some((4, b"@"))
            } else {
                None
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_through_once_and_bytes_keep_their_place() {
        for (line, text) in [
            ("plain text", "plain text"),
            ("a[.]b(.)c{.}d[dot]e(DOT)f", "a.b.c.d.e.f"),
            ("hxxp[://]a[:]b[@]c[at]d(AT)e", "hxxp://a:b@c@d@e"),
            (r"\/\\/", r"/\/"),
            ("[[.].]", "[..]"),
            ("[dot", "[dot"),
            ("(at]", "(at]"),
            ("[at]", "@"),
            ("{.", "{."),
        ] {
            let mut buffer = ViewBuffer::default();
            let view = buffer.read(line.as_bytes());
            assert_eq!(String::from_utf8_lossy(view.text), text, "{line}");
        }
        let mut buffer = ViewBuffer::default();
        let view = buffer.read(b"ab[dot]cd[.]e");
        let places: Vec<usize> = (0..view.text.len()).map(|i| view.in_line(i)).collect();
        assert_eq!(places, [0, 1, 2, 7, 8, 9, 12]);
    }
}
