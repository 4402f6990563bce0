//! Writes event logs: events of elements and texts, in chunks with right checksums. Without templates, which real logs have.

use std::collections::BTreeMap;

use accord_evtx::{CHUNK_BYTES, HEADER_BYTES, MAGIC};

/// What an event holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    Element(String, Vec<Node>),
    Text(String),
}

pub(crate) fn element(name: &str, inside: Vec<Node>) -> Node {
    Node::Element(name.to_owned(), inside)
}

pub(crate) fn text(text: &str) -> Node {
    Node::Text(text.to_owned())
}

/// An event with a number and these data.
pub(crate) fn event(data: &[(&str, &str)]) -> Node {
    let data = data.iter().map(|(name, value)| element(name, vec![text(value)]));
    element("Event", vec![element("EventData", data.collect())])
}

/// 1 January 2024 in ticks of 100 ns since 1601.
const TIME: u64 = 133_485_408_000_000_000;

/// A chunk that is being written.
pub(crate) struct Chunk {
    bytes: Vec<u8>,
    names: BTreeMap<String, u32>,
    first: u64,
    next: u64,
    last_at: u32,
}

impl Chunk {
    /// Its first record has this number.
    pub(crate) fn new(first: u64) -> Self {
        Self {
            bytes: vec![0; 512],
            names: BTreeMap::new(),
            first,
            next: first,
            last_at: 512,
        }
    }

    /// Adds a record; says where in the chunk. Nothing where it has no room.
    pub(crate) fn add(&mut self, event: &Node) -> Option<(usize, usize)> {
        let (start, names) = (self.bytes.len(), self.names.clone());
        self.bytes.extend_from_slice(b"**\0\0\0\0\0\0");
        self.bytes.extend_from_slice(&self.next.to_le_bytes());
        self.bytes.extend_from_slice(&TIME.to_le_bytes());
        self.bytes.extend_from_slice(&[0x0f, 1, 1, 0]);
        self.node(event);
        self.bytes.push(0);
        let length = self.bytes.len() + 4 - start;
        let size = u32::try_from(length).unwrap().to_le_bytes();
        self.bytes.extend_from_slice(&size);
        if self.bytes.len() > CHUNK_BYTES {
            self.bytes.truncate(start);
            self.names = names;
            return None;
        }
        self.bytes[start + 4..start + 8].copy_from_slice(&size);
        self.last_at = u32::try_from(start).unwrap();
        self.next += 1;
        Some((start, length))
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Element(name, inside) => {
                self.bytes.push(0x01);
                self.bytes.extend_from_slice(&[0; 4]);
                self.name(name);
                self.bytes.push(0x02);
                for node in inside {
                    self.node(node);
                }
                self.bytes.push(0x04);
            }
            Node::Text(text) => {
                let units: Vec<u16> = text.encode_utf16().collect();
                self.bytes.extend_from_slice(&[0x05, 0x01]);
                self.bytes
                    .extend_from_slice(&u16::try_from(units.len()).unwrap().to_le_bytes());
                self.bytes
                    .extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
            }
        }
    }

    fn name(&mut self, name: &str) {
        if let Some(at) = self.names.get(name) {
            self.bytes.extend_from_slice(&at.to_le_bytes());
            return;
        }
        let here = u32::try_from(self.bytes.len() + 4).unwrap();
        self.names.insert(name.to_owned(), here);
        let units: Vec<u16> = name.encode_utf16().collect();
        self.bytes.extend_from_slice(&here.to_le_bytes());
        self.bytes.extend_from_slice(&[0; 6]);
        self.bytes
            .extend_from_slice(&u16::try_from(units.len()).unwrap().to_le_bytes());
        self.bytes
            .extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        self.bytes.extend_from_slice(&[0; 2]);
    }

    /// The chunk, with its header.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        let free = u32::try_from(self.bytes.len()).unwrap();
        let records = checksum(&self.bytes[512..]);
        self.bytes.resize(CHUNK_BYTES, 0);
        let last = self.next - 1;
        self.put(0, b"ElfChnk\0");
        for (at, number) in [(8, self.first), (16, last), (24, self.first), (32, last)] {
            self.put(at, &number.to_le_bytes());
        }
        for (at, number) in [(40, 128), (44, self.last_at), (48, free), (52, records)] {
            self.put(at, &number.to_le_bytes());
        }
        seal(&mut self.bytes);
        self.bytes
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
    }
}

/// Writes the checksum of a chunk's header.
pub(crate) fn seal(chunk: &mut [u8]) {
    let header = checksum(&[&chunk[..120], &chunk[128..512]].concat());
    chunk[124..128].copy_from_slice(&header.to_le_bytes());
}

/// A file of these chunks.
pub(crate) fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = vec![0; HEADER_BYTES];
    let count = chunks.len() as u64;
    bytes[..8].copy_from_slice(MAGIC);
    bytes[16..24].copy_from_slice(&count.saturating_sub(1).to_le_bytes());
    bytes[32..36].copy_from_slice(&128_u32.to_le_bytes());
    bytes[36..38].copy_from_slice(&1_u16.to_le_bytes());
    bytes[38..40].copy_from_slice(&3_u16.to_le_bytes());
    bytes[40..42].copy_from_slice(&4096_u16.to_le_bytes());
    bytes[42..44].copy_from_slice(&u16::try_from(count).unwrap().to_le_bytes());
    let sum = checksum(&bytes[..120]);
    bytes[124..128].copy_from_slice(&sum.to_le_bytes());
    bytes.extend(chunks.iter().flatten());
    bytes
}

/// A file of one chunk with these events.
pub(crate) fn of(events: &[Node]) -> Vec<u8> {
    let mut chunk = Chunk::new(1);
    for event in events {
        chunk.add(event).expect("room");
    }
    file(&[chunk.finish()])
}

/// CRC-32 of IEEE 802.3, bit by bit.
fn checksum(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(sum & 1));
        }
    }
    !sum
}
