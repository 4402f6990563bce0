//! Messages in a stream (RFC 6587): octet counting or line ends, told by the first bytes of each connection.
//!
//! Octet counting is what begins with a count, a space and `<`, which every message begins with; anything else is
//! lines. What is held is never more than one message of the largest size.

use crate::limits::MAX_COUNT_DIGITS;

/// What was found in the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// A message, without its framing.
    Message(Vec<u8>),
    /// A message over the size limit; it is passed over.
    Oversize,
    /// A line without a byte.
    Empty,
}

/// What was sent is not framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Neither is told yet.
    Telling,
    /// In a count; so many digits were read.
    Count { value: usize, digits: usize },
    /// In a counted message; so many bytes are left.
    Counted { left: usize },
    /// In a counted message that is passed over.
    PassCounted { left: usize },
    /// In a line.
    Line,
    /// In a line that is passed over.
    PassLine,
}

/// Takes a stream apart.
#[derive(Debug)]
pub(crate) struct Framer {
    state: State,
    held: Vec<u8>,
    most: usize,
}

impl Framer {
    /// `most`: the largest message, bytes.
    pub(crate) const fn new(most: usize) -> Self {
        Self {
            state: State::Telling,
            held: Vec::new(),
            most,
        }
    }

    /// Whether a message has begun and not ended.
    pub(crate) const fn is_within(&self) -> bool {
        match self.state {
            State::Telling | State::Line => !self.held.is_empty(),
            State::Count { digits, .. } => digits > 0,
            State::Counted { .. } | State::PassCounted { .. } | State::PassLine => true,
        }
    }

    /// Takes the next bytes of the stream.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], found: &mut dyn FnMut(Event)) -> Result<(), Malformed> {
        while let Some((first, rest)) = bytes.split_first() {
            match self.state {
                State::Telling => {
                    self.held.push(*first);
                    bytes = rest;
                    if let Some(state) = told(&self.held) {
                        self.state = state;
                        let held = std::mem::take(&mut self.held);
                        self.feed(&held, found)?;
                    }
                }
                State::Count { value, digits } => {
                    bytes = rest;
                    self.state = self.count(*first, value, digits)?;
                }
                State::Counted { left } => {
                    let (taken, rest) = bytes.split_at(left.min(bytes.len()));
                    self.held.extend_from_slice(taken);
                    bytes = rest;
                    let left = left - taken.len();
                    self.state = State::Counted { left };
                    if left == 0 {
                        found(Event::Message(std::mem::take(&mut self.held)));
                        self.state = State::Count { value: 0, digits: 0 };
                    }
                }
                State::PassCounted { left } => {
                    let count = left.min(bytes.len());
                    bytes = bytes.get(count..).unwrap_or_default();
                    self.state = State::PassCounted { left: left - count };
                    if left == count {
                        found(Event::Oversize);
                        self.state = State::Count { value: 0, digits: 0 };
                    }
                }
                State::Line => bytes = self.line(bytes, found),
                State::PassLine => {
                    let Some(at) = memchr::memchr(b'\n', bytes) else {
                        return Ok(());
                    };
                    bytes = bytes.get(at + 1..).unwrap_or_default();
                    found(Event::Oversize);
                    self.state = State::Line;
                }
            }
        }
        Ok(())
    }

    fn line<'b>(&mut self, bytes: &'b [u8], found: &mut dyn FnMut(Event)) -> &'b [u8] {
        let end = memchr::memchr(b'\n', bytes);
        let (taken, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
        let fits = self.held.len() + taken.len() <= self.most;
        if fits {
            self.held.extend_from_slice(taken);
        } else {
            self.held.clear();
        }
        match (end, fits) {
            (Some(_), true) if self.held.is_empty() => found(Event::Empty),
            (Some(_), true) => found(Event::Message(std::mem::take(&mut self.held))),
            (Some(_), false) => found(Event::Oversize),
            (None, true) => {}
            (None, false) => self.state = State::PassLine,
        }
        rest.get(usize::from(end.is_some())..).unwrap_or_default()
    }

    fn count(&self, byte: u8, value: usize, digits: usize) -> Result<State, Malformed> {
        match byte {
            b'0' if digits == 0 => Err(Malformed),
            b'0'..=b'9' if digits < MAX_COUNT_DIGITS => Ok(State::Count {
                value: value * 10 + usize::from(byte - b'0'),
                digits: digits + 1,
            }),
            b' ' if digits > 0 && value <= self.most => Ok(State::Counted { left: value }),
            b' ' if digits > 0 => Ok(State::PassCounted { left: value }),
            // Some senders end counted messages with a line end all the same.
            b'\n' | b'\r' if digits == 0 => Ok(State::Count { value, digits }),
            _ => Err(Malformed),
        }
    }

    /// The stream has ended. A line without its end is a message; a counted message that is not whole is not. Whether
    /// nothing was cut off.
    pub(crate) fn end(mut self, found: &mut dyn FnMut(Event)) -> bool {
        match self.state {
            State::Telling | State::Line if !self.held.is_empty() => {
                found(Event::Message(std::mem::take(&mut self.held)));
                true
            }
            _ => !self.is_within(),
        }
    }
}

/// What the first bytes tell; nothing while they may be either.
fn told(first: &[u8]) -> Option<State> {
    let digits = first.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let counted = State::Count { value: 0, digits: 0 };
    let count = (1..=MAX_COUNT_DIGITS).contains(&digits) && first.first() != Some(&b'0');
    match first.get(digits..) {
        Some([]) if count => None,
        Some([b' ']) if count => None,
        Some([b' ', b'<', ..]) if count => Some(counted),
        _ => Some(State::Line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 20;

    /// The events of a stream given in pieces, whether it was well framed, and whether its end cut nothing off.
    fn run(pieces: &[&[u8]]) -> (Vec<String>, bool, bool) {
        let (mut framer, mut events) = (Framer::new(MOST), Vec::new());
        let mut found = |event| {
            events.push(match event {
                Event::Message(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                other => format!("{other:?}"),
            });
        };
        for piece in pieces {
            if framer.feed(piece, &mut found).is_err() {
                return (events, false, false);
            }
            assert!(framer.held.len() <= MOST + MAX_COUNT_DIGITS + 2);
        }
        let whole = framer.end(&mut found);
        (events, true, whole)
    }

    #[test]
    fn streams() {
        let long = format!("<1>{}", "x".repeat(MOST));
        let counted_long = format!("5 <1>ab{} {long}5 <1>cd", long.len());
        let line_long = format!("<1>a\n{long}\n<1>b\n{long}");
        let huge = "999999999 <1>".to_owned() + &"y".repeat(100);
        let table: &[(&[u8], &[&str], bool, bool)] = &[
            (b"", &[], true, true),
            (b"<1>a\n<2>b\n", &["<1>a", "<2>b"], true, true),
            (b"<1>a\r\n<2>b", &["<1>a\r", "<2>b"], true, true),
            (b"5 <1>ab4 <2>c", &["<1>ab", "<2>c"], true, true),
            (b"7 <1>a\nb\n4 <2>c\n", &["<1>a\nb\n", "<2>c"], true, true),
            (b"4 <1>\0", &["<1>\0"], true, true),
            (b"<1>\0\n<1>\0", &["<1>\0", "<1>\0"], true, true),
            (b"5 <1>\xff\xfe", &["<1>\u{fffd}\u{fffd}"], true, true),
            (b"\n\n<1>a\n", &["Empty", "Empty", "<1>a"], true, true),
            // No count: a date, a word, a minus, a zero, a count without a message's begin.
            (b"2026-01-01 x\n", &["2026-01-01 x"], true, true),
            (b"-5 <1>a\n", &["-5 <1>a"], true, true),
            (b"0 <1>a\n", &["0 <1>a"], true, true),
            (b"05 <1>ab\n", &["05 <1>ab"], true, true),
            (b"12 apples\n", &["12 apples"], true, true),
            (b"1234567890 <1>\n", &["1234567890 <1>"], true, true),
            (b"42", &["42"], true, true),
            // Once counted, a count must come.
            (b"4 <1>a<2>b\n", &["<1>a"], false, false),
            (b"4 <1>a-4 <1>b", &["<1>a"], false, false),
            (b"4 <1>a0 ", &["<1>a"], false, false),
            (b"4 <1>a1234567890 <", &["<1>a"], false, false),
            (b"4 <1>a 4 <1>b", &["<1>a"], false, false),
            // Cut off.
            (b"9 <1>ab", &[], true, false),
            (b"4 <1>a12", &["<1>a"], true, false),
            (huge.as_bytes(), &[], true, false),
            // Over the size.
            (
                counted_long.as_bytes(),
                &["<1>ab", "Oversize", "<1>cd"],
                true,
                true,
            ),
            (line_long.as_bytes(), &["<1>a", "Oversize", "<1>b"], true, false),
        ];
        for (stream, events, framed, whole) in table {
            let expected = (
                events.iter().map(|event| (*event).to_owned()).collect::<Vec<_>>(),
                *framed,
                *whole,
            );
            let words = String::from_utf8_lossy(stream);
            assert_eq!(run(&[stream]), expected, "{words}");
            for at in 0..stream.len() {
                let (one, two) = stream.split_at(at);
                assert_eq!(run(&[one, two]), expected, "{words} split at {at}");
            }
            let bytes: Vec<&[u8]> = stream.chunks(1).collect();
            assert_eq!(run(&bytes), expected, "{words} byte by byte");
        }
    }
}
