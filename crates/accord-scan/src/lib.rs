//! Files, streams and decompression around the matcher.
