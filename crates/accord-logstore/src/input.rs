//! Takes a file as it was given: digests its exact bytes while they are decompressed.

use std::cell::RefCell;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::digest::{Digester, Digests};

/// What a given file is read by; decompressed logs are read by more.
const BUFFER_BYTES: usize = 64 * 1024;

/// How a given file was compressed, told by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// Not at all.
    Plain,
    /// gzip (RFC 1952), one or more members.
    Gzip,
    /// Zstandard (RFC 8878), one or more frames.
    Zstd,
    /// bzip2, one or more streams.
    Bzip2,
}

impl Compression {
    /// Told by the first bytes of a file; eight are enough.
    #[must_use]
    pub fn of(first: &[u8]) -> Self {
        match first {
            [0x1f, 0x8b, 0x08, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            // "BZh", the block size, then the magic of a block or of an empty stream's end.
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, ..] => Self::Bzip2,
            _ => Self::Plain,
        }
    }

    /// The name in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Bzip2 => "bzip2",
        }
    }
}

/// The decompressed log of a given file.
pub(crate) struct Input<'r> {
    compression: Compression,
    log: Box<dyn Read + 'r>,
    given: Rc<RefCell<Given<'r>>>,
}

/// The file as given. Shared, so that what a decoder leaves unread can be digested after it.
struct Given<'r> {
    reader: &'r mut (dyn Read + 'r),
    digester: Digester,
    /// Plain files are digested once, as the log.
    digest: bool,
}

struct Handle<'r>(Rc<RefCell<Given<'r>>>);

impl Read for Handle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut given = self.0.borrow_mut();
        let count = given.reader.read(buffer)?;
        if given.digest {
            given.digester.update(buffer.get(..count).unwrap_or_default());
        }
        Ok(count)
    }
}

impl<'r> Input<'r> {
    pub(crate) fn open(reader: &'r mut (dyn Read + 'r)) -> io::Result<Self> {
        Self::begin(reader, Compression::of)
    }

    /// The reader gives the log itself, whatever it begins with.
    pub(crate) fn plain(reader: &'r mut (dyn Read + 'r)) -> io::Result<Self> {
        Self::begin(reader, |_| Compression::Plain)
    }

    fn begin(reader: &'r mut (dyn Read + 'r), tell: fn(&[u8]) -> Compression) -> io::Result<Self> {
        let given = Rc::new(RefCell::new(Given {
            reader,
            digester: Digester::default(),
            digest: true,
        }));
        let mut buffered = BufReader::with_capacity(BUFFER_BYTES, Handle(Rc::clone(&given)));
        let mut head = Vec::with_capacity(8);
        (&mut buffered).take(8).read_to_end(&mut head)?;
        let compression = tell(&head);
        if compression == Compression::Plain {
            given.borrow_mut().digest = false;
        }
        let whole = io::Cursor::new(head).chain(buffered);
        Ok(Self {
            compression,
            log: decoder(compression, whole)?,
            given,
        })
    }

    pub(crate) const fn compression(&self) -> Compression {
        self.compression
    }

    /// How many bytes of the file as given were read so far; 0 where it is plain.
    pub(crate) fn given_bytes(&self) -> u64 {
        self.given.borrow_mut().digester.length()
    }

    /// Reads some of the log; 0 at its end.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.log.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }

    /// After the end of the log: the digests of the file as given; nothing where it was plain.
    pub(crate) fn finish(self) -> io::Result<Option<Digests>> {
        let Self {
            compression,
            log,
            given,
        } = self;
        drop(log);
        if compression == Compression::Plain {
            return Ok(None);
        }
        // What a decoder leaves after its last stream is part of the given file too.
        io::copy(&mut Handle(Rc::clone(&given)), &mut io::sink())?;
        let digester = given.borrow_mut().digester.clone();
        Ok(Some(digester.finish()))
    }
}

fn decoder<'r>(compression: Compression, whole: impl BufRead + 'r) -> io::Result<Box<dyn Read + 'r>> {
    Ok(match compression {
        Compression::Plain => Box::new(whole),
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(whole)),
        Compression::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(whole)),
        Compression::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(whole)?),
    })
}
