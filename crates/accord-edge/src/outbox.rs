//! Sightings that wait to be given to the node, in numbered batches on the disk.
//!
//! Invariants:
//! - A batch that was tried never changes: the node may have counted it, and asks for its number only.
//! - A number is given once: the next one is on the disk before a batch has it.
//! - A batch goes when the node says that it is counted, and not before.
//!
//! So each count is with the edge, with the node, or with both under one number. What is in memory and not here when
//! the process dies is lost, as at a node.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::Arc;

use accord_verdict::limits::{MAX_EDGE_BATCH_BYTES, MAX_EDGE_COUNTS};
use accord_verdict::{EdgeBatch, EdgeCount, EdgeId};
use serde::{Deserialize, Serialize};

use crate::folder::Folder;

const STATE: &str = "edge.json";
const BATCH: &str = "batch-";
const BATCH_END: &str = ".json";
/// What a batch has beside its counts, bytes at most.
const HEAD_BYTES: usize = 256;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    edge: String,
    /// The number of the next batch.
    next: u64,
}

#[derive(Debug)]
struct Waiting {
    batch: EdgeBatch,
    /// Whether the node may have it. After a start that is not known, and then it may.
    is_tried: bool,
}

/// The batches that wait.
#[derive(Debug)]
pub struct Outbox {
    folder: Arc<Folder>,
    name: String,
    state: State,
    waiting: VecDeque<Waiting>,
}

fn file_of(number: u64) -> String {
    format!("{BATCH}{number:020}{BATCH_END}")
}

fn number_of(file: &str) -> Option<u64> {
    file.strip_prefix(BATCH)?.strip_suffix(BATCH_END)?.parse().ok()
}

impl Outbox {
    /// Reads what waits; a folder without a name in the node's books gets `fresh`. What was damaged is told in words.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn open(folder: Arc<Folder>, name: &str, fresh: EdgeId) -> io::Result<(Outbox, Vec<String>)> {
        let mut damaged = Vec::new();
        let mut waiting = VecDeque::new();
        let mut last = 0;
        for file in folder.names()? {
            let Some(number) = number_of(&file) else {
                continue;
            };
            last = last.max(number);
            let bytes = folder.read(&file)?.unwrap_or_default();
            match EdgeBatch::read(&bytes) {
                Ok(batch) if batch.batch == number => waiting.push_back(Waiting {
                    batch,
                    is_tried: true,
                }),
                _ => {
                    let path = folder.path(&file);
                    damaged.push(format!(
                        "{}: no batch of sightings; it is set aside, and what it counted is lost",
                        path.display()
                    ));
                    folder.set_aside(&file)?;
                }
            }
        }
        let kept = folder.read(STATE)?;
        let read = kept.as_deref().map(serde_json::from_slice::<State>);
        let state = match read {
            Some(Ok(state)) if EdgeId::parse(&state.edge).is_some() => Some(state),
            Some(_) => {
                damaged.push(format!(
                    "{}: cannot be read; it is set aside, and this is another edge from now on",
                    folder.path(STATE).display()
                ));
                folder.set_aside(STATE)?;
                None
            }
            None => None,
        };
        let state = match state {
            Some(state) => State {
                next: state.next.max(last + 1),
                ..state
            },
            None => {
                let state = State {
                    edge: fresh.to_string(),
                    next: last + 1,
                };
                put_state(&folder, &state)?;
                state
            }
        };
        let outbox = Outbox {
            folder,
            name: name.to_owned(),
            state,
            waiting,
        };
        Ok((outbox, damaged))
    }

    /// Which edge this is.
    pub fn edge(&self) -> &str {
        &self.state.edge
    }

    /// How many batches wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Keeps counts, in the last batch if the node cannot have that one yet. Those that could not be kept come back.
    pub fn put(&mut self, counts: Vec<EdgeCount>) -> (Vec<EdgeCount>, io::Result<()>) {
        let mut left: VecDeque<EdgeCount> = counts.into();
        while !left.is_empty() {
            let (number, counts) = match self.waiting.back() {
                Some(last) if !last.is_tried && is_room(&last.batch.counts) => {
                    (Some(last.batch.batch), last.batch.counts.clone())
                }
                _ => (None, Vec::new()),
            };
            let mut taken = Vec::new();
            let counts = filled(counts, &mut left, &mut taken);
            if let Err(error) = self.keep(number, counts) {
                taken.extend(left);
                return (taken, Err(error));
            }
        }
        (Vec::new(), Ok(()))
    }

    /// Writes a batch: one that is there already under its number, or a new one.
    fn keep(&mut self, number: Option<u64>, counts: Vec<EdgeCount>) -> io::Result<()> {
        let batch = EdgeBatch {
            edge: self.state.edge.clone(),
            name: self.name.clone(),
            batch: number.unwrap_or(self.state.next),
            counts,
        };
        let too_large = || io::Error::other("a batch of sightings is larger than one may be");
        let bytes = batch.written().ok_or_else(too_large)?;
        if number.is_none() {
            let mut state = self.state.clone();
            state.next += 1;
            put_state(&self.folder, &state)?;
            self.state = state;
        }
        let file = file_of(batch.batch);
        if let Err(error) = self.folder.put(&file, std::iter::once(bytes.clone())) {
            // It may be there all the same: what is there counts.
            let there = self.folder.read(&file).ok().flatten();
            if there.as_deref() != Some(bytes.as_slice()) {
                return Err(error);
            }
        }
        if number.is_some() {
            self.waiting.pop_back();
        }
        self.waiting.push_back(Waiting {
            batch,
            is_tried: false,
        });
        Ok(())
    }

    /// The batch to give next: its number and its bytes.
    pub fn first(&mut self) -> Option<(u64, Vec<u8>)> {
        let first = self.waiting.front_mut()?;
        first.is_tried = true;
        Some((first.batch.batch, first.batch.written()?))
    }

    /// The node says that it has counted the batch that was given, or a later one of this edge.
    ///
    /// # Errors
    /// Those of the file system: it is given again then.
    pub fn taken(&mut self, last: u64) -> io::Result<()> {
        let Some(first) = self.waiting.front() else {
            return Ok(());
        };
        if first.is_tried && first.batch.batch <= last {
            self.folder.remove(&file_of(first.batch.batch))?;
            self.waiting.pop_front();
        }
        Ok(())
    }
}

fn put_state(folder: &Folder, state: &State) -> io::Result<()> {
    let bytes = serde_json::to_vec(state).map_err(io::Error::other)?;
    folder.put(STATE, std::iter::once(bytes))
}

fn bytes_of(count: &EdgeCount) -> usize {
    // A comma with each.
    serde_json::to_vec(count).map_or(MAX_EDGE_BATCH_BYTES, |bytes| bytes.len() + 1)
}

/// Whether the smallest count can still be added.
fn is_room(counts: &[EdgeCount]) -> bool {
    counts.len() < MAX_EDGE_COUNTS
        && HEAD_BYTES + counts.iter().map(bytes_of).sum::<usize>() < MAX_EDGE_BATCH_BYTES / 2
}

/// Adds counts, each indicator and day once, until there is no more room; `taken` are those that were added.
fn filled(
    counts: Vec<EdgeCount>,
    left: &mut VecDeque<EdgeCount>,
    taken: &mut Vec<EdgeCount>,
) -> Vec<EdgeCount> {
    let mut bytes = HEAD_BYTES + counts.iter().map(bytes_of).sum::<usize>();
    let mut all: BTreeMap<(u32, String), u64> = BTreeMap::new();
    for one in counts {
        let count = all.entry((one.day, one.indicator)).or_default();
        *count = count.saturating_add(one.count);
    }
    while let Some(one) = left.pop_front() {
        // A count that grows may need more digits than it had.
        let more = bytes_of(&one) + 20;
        if (all.len() >= MAX_EDGE_COUNTS || bytes + more > MAX_EDGE_BATCH_BYTES) && !all.is_empty() {
            left.push_front(one);
            break;
        }
        bytes += more;
        let count = all.entry((one.day, one.indicator.clone())).or_default();
        *count = count.saturating_add(one.count);
        taken.push(one);
    }
    all.into_iter()
        .map(|((day, indicator), count)| EdgeCount {
            day,
            indicator,
            count,
        })
        .collect()
}
