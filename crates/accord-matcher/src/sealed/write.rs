//! Sections in, a sealed file out.

use super::guard::{blocks_for, sum_of};
use super::{
    BLOCK_BYTES, ENTRIES_AT, ENTRY_BYTES, HEADER_SUM_AT, MAX_SECTIONS, ROOTS_SUM_AT, SEALED_MAGIC,
    SEALED_VERSION, SectionName,
};

/// Gives the bytes of the sealed file of some sections, of at most [`MAX_SECTIONS`], piece by piece in their order. Beside the
/// sections it holds 8 bytes for each block of them.
///
/// # Errors
/// Those of `write`, at once.
pub fn seal<E>(
    sections: &[(SectionName, &[u8])],
    write: &mut dyn FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let sections = sections.get(..MAX_SECTIONS).unwrap_or(sections);
    let mut sums = Vec::new();
    let mut block = 1;
    let mut entries = Vec::with_capacity(sections.len() * ENTRY_BYTES);
    for (name, bytes) in sections {
        entries.extend_from_slice(name);
        entries.extend_from_slice(&((block * BLOCK_BYTES) as u64).to_le_bytes());
        entries.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        for_blocks(bytes, &mut |padded| {
            sums.extend_from_slice(&sum_of(padded, block).to_le_bytes());
            block += 1;
            Ok::<(), E>(())
        })?;
    }
    let data_blocks = block - 1;
    let mut roots = Vec::new();
    for_blocks(&sums, &mut |padded| {
        roots.extend_from_slice(&sum_of(padded, block).to_le_bytes());
        block += 1;
        Ok::<(), E>(())
    })?;
    roots.resize(roots.len().next_multiple_of(BLOCK_BYTES), 0);
    let (sum_blocks, root_blocks) = blocks_for(data_blocks);
    let length = (1 + data_blocks + sum_blocks + root_blocks) * BLOCK_BYTES;
    write(&header(&HeaderOf {
        sections: sections.len(),
        entries: &entries,
        data_blocks,
        length,
        roots_sum: sum_of(&roots, block),
    }))?;
    for (_, bytes) in sections {
        whole_and_rest(bytes, write)?;
    }
    whole_and_rest(&sums, write)?;
    write(&roots)
}

/// What the first block says.
pub(super) struct HeaderOf<'e> {
    pub(super) sections: usize,
    /// Name, first byte and length of each.
    pub(super) entries: &'e [u8],
    pub(super) data_blocks: usize,
    /// Bytes of the file.
    pub(super) length: usize,
    pub(super) roots_sum: u64,
}

pub(super) fn header(of: &HeaderOf<'_>) -> Vec<u8> {
    let mut header = vec![0; BLOCK_BYTES];
    put(&mut header, 0, &SEALED_MAGIC);
    put(&mut header, 8, &SEALED_VERSION.to_le_bytes());
    put(&mut header, 12, &(of.sections as u32).to_le_bytes());
    put(&mut header, 16, &(of.length as u64).to_le_bytes());
    put(&mut header, 24, &(of.data_blocks as u64).to_le_bytes());
    put(&mut header, ENTRIES_AT, of.entries);
    put(&mut header, ROOTS_SUM_AT, &of.roots_sum.to_le_bytes());
    let sum = sum_of(header.get(..HEADER_SUM_AT).unwrap_or_default(), 0);
    put(&mut header, HEADER_SUM_AT, &sum.to_le_bytes());
    header
}

/// Every block of the bytes, the last one padded with zeros.
fn for_blocks<E>(bytes: &[u8], take: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
    let (blocks, rest) = bytes.as_chunks::<BLOCK_BYTES>();
    for block in blocks {
        take(block)?;
    }
    if rest.is_empty() {
        return Ok(());
    }
    take(&padded(rest))
}

/// The whole blocks at once, then the last one padded with zeros.
fn whole_and_rest<E>(bytes: &[u8], write: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
    let whole = bytes.len() - bytes.len() % BLOCK_BYTES;
    let (blocks, rest) = bytes.split_at_checked(whole).unwrap_or_default();
    if !blocks.is_empty() {
        write(blocks)?;
    }
    if rest.is_empty() {
        Ok(())
    } else {
        write(&padded(rest))
    }
}

fn padded(rest: &[u8]) -> Vec<u8> {
    let mut block = rest.to_vec();
    block.resize(BLOCK_BYTES, 0);
    block
}

fn put(header: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(place) = header.get_mut(at..at + bytes.len()) {
        place.copy_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::sealed::{SealedError, SealedFile};

    fn sealed(sections: &[(SectionName, &[u8])]) -> Vec<u8> {
        let mut file = Vec::new();
        seal::<()>(sections, &mut |bytes| {
            file.extend_from_slice(bytes);
            Ok(())
        })
        .unwrap();
        file
    }

    fn three() -> Vec<u8> {
        let long: Vec<u8> = (0..3 * BLOCK_BYTES + 5).map(|i| i as u8).collect();
        sealed(&[(*b"first   ", b"abc"), (*b"empty   ", b""), (*b"long    ", &long)])
    }

    #[test]
    fn round_trip_in_parts() {
        let file = SealedFile::open(Bytes::from(three())).unwrap();
        let first = file.section(b"first   ").unwrap();
        assert_eq!(first.get(1..3), Some(&b"bc"[..]));
        assert!(file.section(b"empty   ").unwrap().is_empty());
        let long = file.section(b"long    ").unwrap();
        assert_eq!(long.get(4095..4097), Some(&[0xff, 0][..]));
        assert_eq!(long.all().map(|all| all.len()), Some(3 * BLOCK_BYTES + 5));
        assert!(file.section(b"other   ").is_none());
        assert_eq!((file.check(), file.verify()), (Ok(()), Ok(())));
        assert_eq!(first.get(2..4), None);
        assert!(matches!(file.check(), Err(SealedError::Content(_))));
    }

    #[test]
    fn every_changed_byte_is_found_and_none_is_handed_out() {
        let whole = three();
        for at in (0..whole.len()).step_by(61).chain(0..64) {
            let mut file = whole.clone();
            file[at] ^= 0x10;
            let Ok(file) = SealedFile::open(Bytes::from(file)) else {
                continue;
            };
            assert!(at >= BLOCK_BYTES, "the header is checked at once: {at}");
            assert!(file.verify().is_err(), "{at}");
            let long = file.section(b"long    ").unwrap();
            let place = at as isize - 2 * BLOCK_BYTES as isize;
            if (0..long.len() as isize).contains(&place) {
                let place = place as usize;
                assert_eq!(long.get(place..place + 1), None);
                let offset = (at / BLOCK_BYTES * BLOCK_BYTES) as u64;
                assert_eq!(long.check(), Err(SealedError::Block { offset }));
            }
        }
    }

    #[test]
    fn every_other_length_is_refused() {
        let whole = three();
        for length in (0..whole.len()).step_by(509).chain(0..40) {
            assert!(SealedFile::open(Bytes::copy_from_slice(&whole[..length])).is_err());
        }
        let mut longer = whole.clone();
        longer.push(0);
        let refused = SealedFile::open(Bytes::from(longer)).unwrap_err();
        assert!(matches!(refused, SealedError::Length { .. }));
        let mut newer = whole;
        newer[8] = 3;
        let refused = SealedFile::open(Bytes::from(newer)).unwrap_err();
        assert_eq!(refused, SealedError::Version { found: 3 });
    }
}
