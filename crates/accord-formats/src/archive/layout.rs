//! The fixed parts of a zip file: signatures, record sizes, and reading little-endian numbers.

/// `PK\x03\x04`: before each entry's content.
pub(super) const LOCAL_SIGNATURE: u32 = 0x0403_4b50;
/// `PK\x01\x02`: an entry in the directory.
pub(super) const CENTRAL_SIGNATURE: u32 = 0x0201_4b50;
/// `PK\x05\x06`: the end of the directory.
pub(super) const END_SIGNATURE: u32 = 0x0605_4b50;
/// `PK\x07\x08`: optional start of a data descriptor.
pub(super) const DESCRIPTOR_SIGNATURE: u32 = 0x0807_4b50;

/// Bytes of a local header without name and extra field.
pub(super) const LOCAL_BYTES: usize = 30;
/// Bytes of the end record without its comment.
pub(super) const END_BYTES: usize = 22;

/// Version 2.0, the least that knows folders and deflate.
pub(super) const VERSION: u16 = 20;
/// Made on Unix, so that the permissions below are read.
pub(super) const MADE_BY: u16 = (3 << 8) | VERSION;
/// 1 January 1980, midnight: the zero of DOS time.
pub(super) const DOS_DATE: u16 = (1 << 5) | 1;
/// Regular file, `rw-r--r--`, in the Unix half of the external attributes.
pub(super) const REGULAR_FILE: u32 = 0o100_644 << 16;
/// The bits of the Unix mode that tell the kind of file.
pub(super) const MODE_KIND: u32 = 0o170_000;

/// Names are UTF-8.
pub(super) const FLAG_UTF8: u16 = 1 << 11;
/// Sizes and checksum stand after the content.
pub(super) const FLAG_DESCRIPTOR: u16 = 1 << 3;
/// The two bits by which deflate says how hard it tried.
pub(super) const FLAG_DEFLATE_LEVEL: u16 = 0b110;

/// A reader over bytes that answers `None` at the end instead of panicking.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a>(pub(super) &'a [u8]);

impl<'a> Cursor<'a> {
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(count)?;
        self.0 = tail;
        Some(head)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_le_bytes)
    }
}
