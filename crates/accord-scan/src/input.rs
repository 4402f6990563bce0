//! Opening of inputs: plain, gzip, zstd or bzip2, told by content.
//!
//! Concatenated gzip members (RFC 1952, section 2.2), zstd frames (RFC 8878, section 3.1) and bzip2 streams are read as one input.
//! A stream that becomes too large, in itself or against its compressed size, is cut off with an error that says which limit it met.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::limits::{DEFAULT_MAX_BYTES, DEFAULT_MAX_RATIO, RATIO_FREE_BYTES};

/// The name that stands for standard input.
pub const STDIN_NAME: &str = "-";

/// What is read ahead of a decoder. Less than a block, so that a plain input is read into the block itself.
const READ_BUFFER_BYTES: usize = 64 << 10;

/// How an input is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip (RFC 1952).
    Gzip,
    /// Zstandard (RFC 8878).
    Zstd,
    /// bzip2.
    Bzip2,
}

impl Compression {
    /// Told by the first bytes.
    #[must_use]
    pub fn of(first_bytes: &[u8]) -> Self {
        match first_bytes {
            [0x1f, 0x8b, 0x08, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            // "BZh", the block size, and the magic of a block or of the end of an empty stream.
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, ..] => Self::Bzip2,
            _ => Self::None,
        }
    }

    /// The name in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Bzip2 => "bzip2",
        }
    }
}

/// How much may come out of one input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadLimits {
    /// Decompressed bytes.
    pub max_bytes: u64,
    /// Decompressed bytes for each compressed one, once more than [`RATIO_FREE_BYTES`] have come out.
    pub max_ratio: u64,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self {
            max_bytes: DEFAULT_MAX_BYTES,
            max_ratio: DEFAULT_MAX_RATIO,
        }
    }
}

/// Why an input could not be opened, or not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// It could not be opened.
    #[error("{name}: cannot be opened: {error}")]
    Open {
        /// The input.
        name: String,
        /// The system's reason.
        error: io::Error,
    },
    /// It is a directory.
    #[error("{name}: is a directory: name its files")]
    Directory {
        /// The input.
        name: String,
    },
    /// The compressed data ends too early.
    #[error("{name}: the {} data ends in the middle; {read_bytes} bytes could be read: copy the file again", .compression.name())]
    Truncated {
        /// The input.
        name: String,
        /// Its compression.
        compression: Compression,
        /// Decompressed bytes before the end.
        read_bytes: u64,
    },
    /// The compressed data is damaged.
    #[error("{name}: the {} data is damaged after {read_bytes} bytes: {error}", .compression.name())]
    Damaged {
        /// The input.
        name: String,
        /// Its compression.
        compression: Compression,
        /// Decompressed bytes before the damage.
        read_bytes: u64,
        /// The decoder's reason.
        error: io::Error,
    },
    /// The system failed to read.
    #[error("{name}: cannot be read after {read_bytes} bytes: {error}")]
    Read {
        /// The input.
        name: String,
        /// Bytes before the failure.
        read_bytes: u64,
        /// The system's reason.
        error: io::Error,
    },
    /// More came out than [`ReadLimits::max_ratio`] allows.
    #[error(
        "{name}: decompresses to more than {max_ratio} times its size, as only bombs do; if it is a log, raise --max-ratio"
    )]
    Ratio {
        /// The input.
        name: String,
        /// The limit.
        max_ratio: u64,
    },
    /// More came out than [`ReadLimits::max_bytes`] allows.
    #[error("{name}: holds more than {max_bytes} bytes; split it, or raise --max-bytes")]
    TooLarge {
        /// The input.
        name: String,
        /// The limit.
        max_bytes: u64,
    },
}

/// An open input: decompressed bytes, within limits.
pub struct Input {
    name: String,
    compression: Compression,
    reader: Box<dyn Read + Send>,
    limits: ReadLimits,
    compressed_bytes: Arc<AtomicU64>,
    read_bytes: u64,
    over_limit: bool,
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input")
            .field("name", &self.name)
            .field("compression", &self.compression)
            .finish()
    }
}

impl Input {
    /// Opens a file; [`STDIN_NAME`] is standard input.
    ///
    /// # Errors
    /// When it cannot be opened, is a directory, or its first bytes cannot be read.
    pub fn open(name: &str, limits: ReadLimits) -> Result<Self, InputError> {
        if name == STDIN_NAME {
            return Self::from_reader(name, io::stdin(), limits);
        }
        let open_error = |error| InputError::Open {
            name: name.to_owned(),
            error,
        };
        let path = Path::new(name);
        let file = File::open(path).map_err(open_error)?;
        if file.metadata().map_err(open_error)?.is_dir() {
            return Err(InputError::Directory {
                name: name.to_owned(),
            });
        }
        Self::from_reader(name, file, limits)
    }

    /// Takes any stream.
    ///
    /// # Errors
    /// When its first bytes cannot be read.
    pub fn from_reader(
        name: &str,
        reader: impl Read + Send + 'static,
        limits: ReadLimits,
    ) -> Result<Self, InputError> {
        let compressed_bytes = Arc::new(AtomicU64::new(0));
        let counting = Counting {
            inner: reader,
            count: Arc::clone(&compressed_bytes),
        };
        let mut buffered = BufReader::with_capacity(READ_BUFFER_BYTES, counting);
        let read_error = |error| InputError::Read {
            name: name.to_owned(),
            read_bytes: 0,
            error,
        };
        let head = first_bytes(&mut buffered).map_err(read_error)?;
        let compression = Compression::of(&head);
        let whole = io::Cursor::new(head).chain(buffered);
        let reader: Box<dyn Read + Send> = match compression {
            Compression::None => Box::new(whole),
            Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(whole)),
            Compression::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(whole)),
            Compression::Zstd => {
                Box::new(zstd::stream::read::Decoder::with_buffer(whole).map_err(read_error)?)
            }
        };
        Ok(Self {
            name: name.to_owned(),
            compression,
            reader,
            limits,
            compressed_bytes,
            read_bytes: 0,
            over_limit: false,
        })
    }

    /// The name as given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the input is compressed.
    #[must_use]
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// Decompressed bytes so far.
    #[must_use]
    pub fn read_bytes(&self) -> u64 {
        self.read_bytes
    }

    /// Reads some bytes; 0 at the end.
    ///
    /// # Errors
    /// When the data is damaged or truncated, the system fails, or a limit is met. What was read before stays valid.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, InputError> {
        if self.over_limit {
            return Err(InputError::TooLarge {
                name: self.name.clone(),
                max_bytes: self.limits.max_bytes,
            });
        }
        let count = loop {
            match self.reader.read(buffer) {
                Ok(count) => break count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failure(error)),
            }
        };
        // What is within the limit is handed out; the next call says that there was more.
        let allowed = self.limits.max_bytes - self.read_bytes;
        self.over_limit = count as u64 > allowed;
        let count = count.min(usize::try_from(allowed).unwrap_or(usize::MAX));
        if count == 0 && self.over_limit {
            return self.read(buffer);
        }
        self.read_bytes += count as u64;
        if self.compression != Compression::None && self.read_bytes > RATIO_FREE_BYTES {
            let allowed = self
                .compressed_bytes
                .load(Ordering::Relaxed)
                .saturating_mul(self.limits.max_ratio);
            if self.read_bytes > allowed {
                return Err(InputError::Ratio {
                    name: self.name.clone(),
                    max_ratio: self.limits.max_ratio,
                });
            }
        }
        Ok(count)
    }

    /// Reads all of it into memory.
    ///
    /// # Errors
    /// As [`Input::read`].
    pub fn read_all(mut self) -> Result<Vec<u8>, InputError> {
        let mut all = Vec::new();
        let mut buffer = vec![0; READ_BUFFER_BYTES];
        loop {
            match self.read(&mut buffer)? {
                0 => return Ok(all),
                count => all.extend_from_slice(buffer.get(..count).unwrap_or_default()),
            }
        }
    }

    fn failure(&self, error: io::Error) -> InputError {
        let (name, compression, read_bytes) = (self.name.clone(), self.compression, self.read_bytes);
        if compression == Compression::None || error.raw_os_error().is_some() {
            InputError::Read {
                name,
                read_bytes,
                error,
            }
        } else if error.kind() == io::ErrorKind::UnexpectedEof {
            InputError::Truncated {
                name,
                compression,
                read_bytes,
            }
        } else {
            InputError::Damaged {
                name,
                compression,
                read_bytes,
                error,
            }
        }
    }
}

/// Enough bytes to tell the compression, or all there are.
fn first_bytes(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut head = vec![0; 8];
    let mut filled = 0;
    while let Some(free) = head.get_mut(filled..).filter(|free| !free.is_empty()) {
        match reader.read(free) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    head.truncate(filled);
    Ok(head)
}

/// Counts what is read through it.
struct Counting<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.count.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
