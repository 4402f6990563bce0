//! What an edge is told: lines of JSON. The first says what this is; one line for each listing or change; the last has
//! the SHA-256 of all bytes before it. The edge keeps the same lines on its disk.
//!
//! Reading is strict: what is not of this form, not canonical, too much or damaged is refused whole, and nothing of it
//! is used.

use std::sync::Arc;

use accord_matcher::Pattern;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::digest::SetDigest;
use super::history::Change;
use super::words::{action_of, kind_of};
use crate::config::TokenDigest;
use crate::limits::{MAX_EDGE_ANSWER_BYTES, MAX_EDGE_LINE_BYTES, MAX_EDGE_LISTINGS, MAX_EDGE_TOKENS};
use crate::listing::{Listing, Note};
use crate::snapshot::Snapshot;
use crate::snapshots::is_within;

const FORM: &str = "accord-verdicts-1";
/// A piece of a whole answer is at least this long, but for the last.
const PIECE_BYTES: usize = 64 * 1024;

/// Why an answer is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// More than is taken.
    #[error("more than is taken: {0}")]
    TooMuch(&'static str),
    /// Not of the form.
    #[error("line {line} is not in the form of {FORM}: {what}")]
    Form {
        /// Which line, from 1.
        line: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// Damaged on the way or on the disk.
    #[error("the sum over all lines is another: damaged")]
    Sum,
    /// It ends before its end.
    #[error("it ends before its last line")]
    Unfinished,
}

/// What an answer is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The set of listings that is changed; none: what follows is the whole set.
    pub from: Option<SetDigest>,
    /// The set that there is then.
    pub to: SetDigest,
    /// The serial that the audience sees.
    pub serial: u32,
    /// When the audience could last see a change, milliseconds since the Unix epoch.
    pub changed_ms: u64,
    /// Lines that follow.
    pub count: u64,
    /// Tokens that open look-ups.
    pub tokens: Vec<TokenDigest>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadLine {
    form: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    from: Option<String>,
    to: String,
    serial: u32,
    changed_ms: u64,
    count: u64,
    tokens: Vec<String>,
}

#[derive(Serialize)]
struct ListingLine<'a> {
    kind: &'static str,
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'static str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    labels: &'a [String],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListingRead {
    kind: String,
    value: String,
    action: Option<String>,
    #[serde(default)]
    labels: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EndLine {
    sha256: String,
}

/// Writing to memory, of types that JSON has: it does not fail.
fn put(out: &mut Vec<u8>, line: &impl Serialize) {
    let before = out.len();
    if serde_json::to_writer(&mut *out, line).is_err() {
        out.truncate(before);
    }
    out.push(b'\n');
}

impl Head {
    fn line(&self) -> HeadLine {
        HeadLine {
            form: FORM.to_owned(),
            from: self.from.map(|from| from.to_string()),
            to: self.to.to_string(),
            serial: self.serial,
            changed_ms: self.changed_ms,
            count: self.count,
            tokens: self.tokens.iter().map(|token| hex::encode(token.0)).collect(),
        }
    }

    fn read(line: &[u8]) -> Result<Head, &'static str> {
        let read: HeadLine = serde_json::from_slice(line).map_err(|_| "no first line")?;
        if read.form != FORM {
            return Err("another form");
        }
        let digest = |text: &str| SetDigest::parse(text).ok_or("a digest has 64 hexadecimal digits");
        let token = |text: &String| {
            let bytes: Option<[u8; 32]> = hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok());
            bytes
                .map(TokenDigest)
                .ok_or("a token's digest has 64 hexadecimal digits")
        };
        Ok(Head {
            from: read.from.as_deref().map(digest).transpose()?,
            to: digest(&read.to)?,
            serial: read.serial,
            changed_ms: read.changed_ms,
            count: read.count,
            tokens: read.tokens.iter().map(token).collect::<Result<_, _>>()?,
        })
    }
}

fn put_change(out: &mut Vec<u8>, pattern: &Pattern, note: Option<&Note>) {
    let line = ListingLine {
        kind: pattern.kind().as_str(),
        value: pattern.canonical(),
        action: note.map(|note| note.action.as_str()),
        labels: note.map_or(&[], |note| &note.labels),
    };
    put(out, &line);
}

fn put_end(out: &mut Vec<u8>, sum: Sha256) {
    let sha256 = hex::encode(sum.finalize());
    put(out, &EndLine { sha256 });
}

/// An answer with changes. The head's count is set here.
pub fn changes_text<'c>(
    mut head: Head,
    changes: impl ExactSizeIterator<Item = (&'c Pattern, Option<&'c Note>)>,
) -> Vec<u8> {
    head.count = changes.len() as u64;
    let mut out = Vec::new();
    put(&mut out, &head.line());
    for (pattern, note) in changes {
        put_change(&mut out, pattern, note);
    }
    let sum = Sha256::new_with_prefix(&out);
    put_end(&mut out, sum);
    out
}

/// An answer with everything, piece by piece, so that it is never in memory whole.
#[derive(Debug)]
pub struct Whole {
    snapshot: Arc<Snapshot>,
    tokens: Vec<TokenDigest>,
    /// None: the head is still to come.
    slot: Option<usize>,
    sum: Sha256,
    is_done: bool,
}

impl Whole {
    /// Everything of a snapshot, and who may ask for verdicts.
    pub fn of(snapshot: Arc<Snapshot>, tokens: Vec<TokenDigest>) -> Whole {
        Whole {
            snapshot,
            tokens,
            slot: None,
            sum: Sha256::new(),
            is_done: false,
        }
    }
}

impl Iterator for Whole {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        if self.is_done {
            return None;
        }
        let mut out = Vec::with_capacity(PIECE_BYTES + MAX_EDGE_LINE_BYTES);
        let mut slot = self.slot.unwrap_or_else(|| {
            let head = Head {
                from: None,
                to: self.snapshot.digest(),
                serial: self.snapshot.serial(),
                changed_ms: self.snapshot.changed_ms(),
                count: self.snapshot.listed as u64,
                tokens: self.tokens.clone(),
            };
            put(&mut out, &head.line());
            0
        });
        while out.len() < PIECE_BYTES && slot < self.snapshot.slots() {
            if let Some(Listing { pattern, note }) = self.snapshot.listing_in(slot) {
                put_change(&mut out, &pattern, Some(&note));
            }
            slot += 1;
        }
        self.slot = Some(slot);
        self.sum.update(&out);
        if slot >= self.snapshot.slots() {
            put_end(&mut out, std::mem::take(&mut self.sum));
            self.is_done = true;
        }
        Some(out)
    }
}

/// An answer that was read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// What it is of.
    pub head: Head,
    /// What follows, in its order.
    pub changes: Vec<(Pattern, Option<Note>)>,
}

/// Reads an answer as it comes.
#[derive(Debug)]
pub struct Decoder {
    head: Option<Head>,
    changes: Vec<Change>,
    /// The beginning of a line whose end did not come yet.
    rest: Vec<u8>,
    sum: Sha256,
    lines: u64,
    bytes_left: u64,
    is_done: bool,
}

impl Default for Decoder {
    fn default() -> Self {
        Decoder::within(MAX_EDGE_ANSWER_BYTES)
    }
}

impl Decoder {
    fn within(max_bytes: u64) -> Decoder {
        Decoder {
            head: None,
            changes: Vec::new(),
            rest: Vec::new(),
            sum: Sha256::new(),
            lines: 0,
            bytes_left: max_bytes,
            is_done: false,
        }
    }

    /// Takes the next bytes, and says how many of them were of this answer: fewer than given where it has ended.
    ///
    /// # Errors
    /// [`AnswerError`]; the answer is then of no use.
    pub fn push(&mut self, bytes: &[u8]) -> Result<usize, AnswerError> {
        let mut used = 0;
        while !self.is_done {
            let left = bytes.get(used..).unwrap_or_default();
            let Some(end) = memchr::memchr(b'\n', left) else {
                self.spend(left.len())?;
                if self.rest.len() + left.len() > MAX_EDGE_LINE_BYTES {
                    return Err(AnswerError::TooMuch("bytes of one line"));
                }
                self.rest.extend_from_slice(left);
                return Ok(bytes.len());
            };
            let line = left.get(..=end).unwrap_or_default();
            self.spend(line.len())?;
            if self.rest.len() + line.len() > MAX_EDGE_LINE_BYTES {
                return Err(AnswerError::TooMuch("bytes of one line"));
            }
            used += line.len();
            let mut whole = std::mem::take(&mut self.rest);
            whole.extend_from_slice(line);
            self.take(&whole)?;
            whole.clear();
            self.rest = whole;
        }
        Ok(used)
    }

    fn spend(&mut self, bytes: usize) -> Result<(), AnswerError> {
        let left = self.bytes_left.checked_sub(bytes as u64);
        self.bytes_left = left.ok_or(AnswerError::TooMuch("bytes in all"))?;
        Ok(())
    }

    fn take(&mut self, line: &[u8]) -> Result<(), AnswerError> {
        self.lines += 1;
        let number = self.lines;
        let wrong = |what| AnswerError::Form { line: number, what };
        let Some(head) = &self.head else {
            let head = Head::read(line).map_err(wrong)?;
            if head.count > MAX_EDGE_LISTINGS {
                return Err(AnswerError::TooMuch("listings"));
            }
            if head.tokens.len() > MAX_EDGE_TOKENS {
                return Err(AnswerError::TooMuch("tokens"));
            }
            self.head = Some(head);
            self.sum.update(line);
            return Ok(());
        };
        if (self.changes.len() as u64) < head.count {
            let change = read_change(line, head.from.is_some()).map_err(wrong)?;
            self.changes.push(change);
            self.sum.update(line);
            return Ok(());
        }
        let end: EndLine = serde_json::from_slice(line).map_err(|_| wrong("no last line"))?;
        let sum = std::mem::take(&mut self.sum);
        if end.sha256 != hex::encode(sum.finalize()) {
            return Err(AnswerError::Sum);
        }
        self.is_done = true;
        Ok(())
    }

    /// Whether its last line was read.
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    /// The answer.
    ///
    /// # Errors
    /// [`AnswerError::Unfinished`].
    pub fn finish(self) -> Result<Decoded, AnswerError> {
        match self.head {
            Some(head) if self.is_done => Ok(Decoded {
                head,
                changes: self.changes,
            }),
            _ => Err(AnswerError::Unfinished),
        }
    }
}

fn read_change(line: &[u8], may_withdraw: bool) -> Result<Change, &'static str> {
    let read: ListingRead = serde_json::from_slice(line).map_err(|_| "no listing")?;
    let kind = kind_of(&read.kind).ok_or("no kind of indicator")?;
    let pattern = Pattern::from_canonical(kind, &read.value).ok_or("no canonical indicator of its kind")?;
    let Some(action) = read.action else {
        let is_right = may_withdraw && read.labels.is_empty();
        return is_right.then_some((pattern, None)).ok_or("no action");
    };
    let note = Note {
        action: action_of(&action).ok_or("no action")?,
        labels: read.labels.into(),
        // Who published it and when does not leave the node.
        publisher: Arc::from(""),
        since_ms: 0,
    };
    is_within(&note)
        .then_some((pattern, Some(note)))
        .ok_or("too many labels, or too long ones")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::Action;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap()
    }

    fn note(action: Action) -> Note {
        Note {
            action,
            labels: Arc::from(["a \"label\"\n".to_owned()]),
            publisher: Arc::from(""),
            since_ms: 0,
        }
    }

    fn head() -> Head {
        Head {
            from: Some(SetDigest::default()),
            to: SetDigest::default(),
            serial: 7,
            changed_ms: 7_000,
            count: 3,
            tokens: vec![TokenDigest::of("a token")],
        }
    }

    fn changes() -> Vec<Change> {
        vec![
            (pattern("evil.example"), Some(note(Action::Block))),
            (pattern("bad.example/a.php"), Some(note(Action::Detect))),
            (pattern("192.0.2.0/24"), None),
        ]
    }

    fn text() -> Vec<u8> {
        let changes = changes();
        changes_text(
            head(),
            changes.iter().map(|(pattern, note)| (pattern, note.as_ref())),
        )
    }

    fn read(mut decoder: Decoder, text: &[u8]) -> Result<Decoded, AnswerError> {
        decoder.push(text)?;
        decoder.finish()
    }

    /// An answer of these lines with a right sum.
    fn summed(lines: &[String]) -> Vec<u8> {
        let mut out: Vec<u8> = lines
            .iter()
            .flat_map(|line| format!("{line}\n").into_bytes())
            .collect();
        let sum = Sha256::new_with_prefix(&out);
        put_end(&mut out, sum);
        out
    }

    #[test]
    fn it_reads_back_whatever_pieces_it_comes_in() {
        let text = text();
        let whole = Decoded {
            head: head(),
            changes: changes(),
        };
        assert_eq!(read(Decoder::default(), &text), Ok(whole.clone()));
        for piece in [1, 2, 7, 100] {
            let mut decoder = Decoder::default();
            for bytes in text.chunks(piece) {
                assert_eq!(decoder.push(bytes), Ok(bytes.len()));
            }
            assert_eq!(decoder.finish(), Ok(whole.clone()), "{piece}");
        }
        // What comes behind its end is another's.
        let mut decoder = Decoder::default();
        let both = [text.as_slice(), b"more"].concat();
        assert_eq!(decoder.push(&both), Ok(text.len()));
        assert!(decoder.is_done());
    }

    #[test]
    fn every_changed_byte_and_every_early_end_is_found() {
        let text = text();
        for place in 0..text.len() {
            let mut bad = text.clone();
            bad[place] ^= 1;
            assert!(read(Decoder::default(), &bad).is_err(), "byte {place}");
            assert!(
                read(Decoder::default(), &text[..place]).is_err(),
                "cut at {place}"
            );
        }
    }

    #[test]
    fn what_is_not_of_the_form_is_refused_with_its_line() {
        let lines: Vec<String> = String::from_utf8(text())
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect();
        let lines = &lines[..lines.len() - 1];
        assert!(read(Decoder::default(), &summed(lines)).is_ok());
        let refused = |line: usize, text: &str| {
            let mut lines = lines.to_vec();
            lines[line] = text.to_owned();
            let error = read(Decoder::default(), &summed(&lines)).unwrap_err();
            let number = line as u64 + 1;
            assert!(
                matches!(error, AnswerError::Form { line, .. } if line == number),
                "{text}: {error}"
            );
        };
        for bad in ["", "{}", "[]", r#"{"form":"accord-verdicts-1"}"#] {
            refused(0, bad);
        }
        refused(0, &lines[0].replace("verdicts-1", "verdicts-2"));
        refused(0, &lines[0].replace("\"serial\":7", "\"serial\":-7"));
        for bad in [
            r#"{"kind":"domain"}"#,
            r#"{"kind":"domain","value":"EVIL.example","action":"block"}"#,
            r#"{"kind":"url","value":"evil.example","action":"block"}"#,
            r#"{"kind":"planet","value":"evil.example","action":"block"}"#,
            r#"{"kind":"domain","value":"evil.example","action":"allow"}"#,
            r#"{"kind":"domain","value":"evil.example","labels":["x"]}"#,
            r#"{"kind":"domain","value":"evil.example","action":"block","x":1}"#,
        ] {
            refused(1, bad);
        }
        let labels = vec!["x"; crate::limits::MAX_LABELS + 1];
        let many =
            serde_json::json!({"kind":"domain","value":"evil.example","action":"block","labels":labels});
        refused(1, &many.to_string());
        // The whole set has nothing that is withdrawn.
        let mut whole = lines.to_vec();
        whole[0] = lines[0].replace(&format!("\"from\":\"{}\",", SetDigest::default()), "");
        let error = read(Decoder::default(), &summed(&whole)).unwrap_err();
        assert!(matches!(error, AnswerError::Form { line: 4, .. }), "{error}");
    }

    #[test]
    fn one_past_each_limit_is_refused() {
        let text = text();
        let length = text.len() as u64;
        assert!(read(Decoder::within(length), &text).is_ok());
        assert_eq!(
            read(Decoder::within(length - 1), &text),
            Err(AnswerError::TooMuch("bytes in all"))
        );
        let long = vec![b' '; MAX_EDGE_LINE_BYTES + 1];
        assert_eq!(
            Decoder::default().push(&long),
            Err(AnswerError::TooMuch("bytes of one line"))
        );
        let mut many = head();
        let line = |head: &Head| serde_json::to_string(&head.line()).unwrap() + "\n";
        many.count = MAX_EDGE_LISTINGS;
        assert!(Decoder::default().push(line(&many).as_bytes()).is_ok());
        many.count += 1;
        assert_eq!(
            Decoder::default().push(line(&many).as_bytes()),
            Err(AnswerError::TooMuch("listings"))
        );
        let mut many = head();
        many.tokens = vec![TokenDigest::of("x"); MAX_EDGE_TOKENS + 1];
        assert_eq!(
            Decoder::default().push(line(&many).as_bytes()),
            Err(AnswerError::TooMuch("tokens"))
        );
    }
}
