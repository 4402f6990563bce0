//! What the edge has of verdicts, on its disk: everything once, and the changes since, in the lines in which they came.
//!
//! Invariants: what is read at a start is a set of listings that the node had at some instant, by its digest; what is
//! damaged is set aside and said, never used. The disk may be behind memory, not ahead of it.

use std::io::{self, Read};
use std::sync::Arc;

use accord_verdict::{Decoded, Decoder, Head, Snapshot, TokenDigest, Whole, changes_text};

use crate::folder::Folder;

const WHOLE: &str = "verdicts";
const CHANGES: &str = "changes";
const HEARD: &str = "heard";
/// So many lines of changes and the whole is written anew.
pub const CHANGES_BEFORE_WHOLE: u64 = 16_384;
const PIECE_BYTES: usize = 64 * 1024;

/// What is kept of verdicts.
#[derive(Debug)]
pub struct Kept {
    folder: Arc<Folder>,
    /// Lines of changes behind the whole.
    lines: u64,
    /// The disk does not have what it should: the whole is to be written.
    is_behind: bool,
}

/// What was there at a start.
#[derive(Debug, Default)]
pub struct Found {
    /// The whole, and then what changed; none: nothing that can be used.
    pub verdicts: Vec<Decoded>,
    /// When the node was last heard, milliseconds since the Unix epoch.
    pub heard_ms: Option<u64>,
    /// What was damaged, in words.
    pub damaged: Vec<String>,
}

fn lines_of(decoded: &Decoded) -> u64 {
    decoded.head.count
}

impl Kept {
    /// Reads what is there.
    ///
    /// # Errors
    /// Those of the file system. Damage is none.
    pub fn open(folder: Arc<Folder>) -> io::Result<(Kept, Found)> {
        let mut kept = Kept {
            folder,
            lines: 0,
            is_behind: false,
        };
        let mut found = Found::default();
        let heard = kept.folder.read(HEARD)?;
        found.heard_ms = heard.and_then(|text| String::from_utf8(text).ok()?.parse().ok());
        match kept.read_whole() {
            Ok(Some(whole)) => found.verdicts.push(whole),
            Ok(None) => {}
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                found.damaged.push(format!(
                    "{}: {error}; it is set aside, and everything is asked for again",
                    kept.folder.path(WHOLE).display()
                ));
                kept.folder.set_aside(WHOLE)?;
                kept.folder.remove(CHANGES)?;
            }
            Err(error) => return Err(error),
        }
        if let Some(whole) = found.verdicts.first() {
            let to = whole.head.to;
            let changes = kept.read_changes(&mut found.damaged)?;
            kept.lines = changes.iter().map(lines_of).sum();
            found.verdicts.extend(joined(to, changes));
        }
        Ok((kept, found))
    }

    fn read_whole(&self) -> io::Result<Option<Decoded>> {
        let mut file = match std::fs::File::open(self.folder.path(WHOLE)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let damaged = |why| io::Error::new(io::ErrorKind::InvalidData, why);
        let mut decoder = Decoder::default();
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let length = file.read(&mut piece)?;
            let read = piece.get(..length).unwrap_or_default();
            if length == 0 {
                break;
            }
            let used = decoder.push(read).map_err(|error| damaged(error.to_string()))?;
            if used < length {
                return Err(damaged("there is more behind its end".to_owned()));
            }
        }
        let whole = decoder.finish().map_err(|error| damaged(error.to_string()))?;
        if whole.head.from.is_some() {
            return Err(damaged("it has changes only".to_owned()));
        }
        Ok(Some(whole))
    }

    /// Every change that was written to its end; what is behind them is cut off.
    fn read_changes(&self, damaged: &mut Vec<String>) -> io::Result<Vec<Decoded>> {
        let Some(bytes) = self.folder.read(CHANGES)? else {
            return Ok(Vec::new());
        };
        let mut changes = Vec::new();
        let mut good = 0;
        while let Some(rest) = bytes.get(good..).filter(|rest| !rest.is_empty()) {
            let mut decoder = Decoder::default();
            let read = decoder.push(rest).and_then(|used| Ok((used, decoder.finish()?)));
            match read {
                Ok((used, decoded)) if decoded.head.from.is_some() => {
                    good += used;
                    changes.push(decoded);
                }
                other => {
                    let why = other.err().map(|error| error.to_string());
                    damaged.push(format!(
                        "{}: {}; the last changes are cut off, and asked for again",
                        self.folder.path(CHANGES).display(),
                        why.unwrap_or_else(|| "a whole where changes are".to_owned())
                    ));
                    self.folder.cut(CHANGES, good as u64)?;
                    break;
                }
            }
        }
        Ok(changes)
    }

    /// Keeps changes. Where they cannot be kept, the next ones are kept by writing everything.
    pub fn add(
        &mut self,
        changes: &Decoded,
        snapshot: &Arc<Snapshot>,
        tokens: &[TokenDigest],
    ) -> io::Result<()> {
        let lines = lines_of(changes);
        if self.is_behind || self.lines + lines > CHANGES_BEFORE_WHOLE {
            return self.replace(snapshot, tokens);
        }
        self.is_behind = true;
        let each = changes.changes.iter();
        let each = each.map(|(pattern, note)| (pattern, note.as_ref()));
        let text = changes_text(changes.head.clone(), each);
        self.folder.append(CHANGES, &text)?;
        self.lines += lines;
        self.is_behind = false;
        Ok(())
    }

    /// Keeps everything.
    pub fn replace(&mut self, snapshot: &Arc<Snapshot>, tokens: &[TokenDigest]) -> io::Result<()> {
        self.is_behind = true;
        self.folder
            .put(WHOLE, Whole::of(snapshot.clone(), tokens.to_vec()))?;
        // A crash before this leaves changes that lead to what the whole has now: read again, they lead there again.
        self.folder.remove(CHANGES)?;
        self.lines = 0;
        self.is_behind = false;
        Ok(())
    }

    /// Keeps when the node was heard. Not worth waiting for the disk.
    pub fn heard(&self, at_ms: u64) -> io::Result<()> {
        std::fs::write(self.folder.path(HEARD), at_ms.to_string())
    }
}

/// Changes, one after the other, as one: from those that begin where the whole ends.
fn joined(whole: accord_verdict::SetDigest, changes: Vec<Decoded>) -> Option<Decoded> {
    let mut all: Option<Decoded> = None;
    for next in changes {
        let at = all.as_ref().map_or(whole, |all| all.head.to);
        if next.head.from != Some(at) {
            continue;
        }
        let Some(all) = &mut all else {
            all = Some(next);
            continue;
        };
        all.head = Head {
            from: all.head.from,
            count: all.head.count.saturating_add(next.head.count),
            ..next.head
        };
        all.changes.extend(next.changes);
    }
    all
}
