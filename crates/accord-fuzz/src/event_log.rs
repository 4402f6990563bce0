//! Windows event logs: whatever comes in, nothing panics, and each line names a record that lies in the file.

use accord_evtx::{CHUNK_BYTES, EventReader, HEADER_BYTES, MAGIC, place_of};

/// One input.
pub fn run(data: &[u8]) {
    // A header that is one; what follows is the fuzzer's.
    let mut file = vec![0; HEADER_BYTES];
    file[..MAGIC.len()].copy_from_slice(MAGIC);
    file.extend_from_slice(b"ElfChnk\0");
    file.extend_from_slice(data);
    file.truncate(HEADER_BYTES + 4 * CHUNK_BYTES);
    let (mut reader, mut lines, mut rest) = (EventReader::default(), Vec::new(), &file[..]);
    while !rest.is_empty() {
        let taken = reader.take(rest, &mut lines);
        rest = &rest[taken..];
    }
    let counts = reader.finish(&mut lines);
    let mut events = 0;
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        let place = place_of(line).expect("a place");
        let start = usize::try_from(place.offset).expect("an offset");
        assert!(file[start..].starts_with(b"**\0\0"));
        assert!(place.offset + place.length <= file.len() as u64);
        events += 1;
    }
    assert_eq!(events, counts.events);
}
