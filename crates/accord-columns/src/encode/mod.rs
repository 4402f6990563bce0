//! A column of a row group as the bytes of a Parquet column chunk.
//!
//! The library's own encoders take each value as an object of its own, count levels one by one and hash every value twice.
//! These take a column as it lies in memory. The pages' headers, the index and the footer are the library's; so is the
//! filter but for its bits.

mod bits;
mod bounds;
mod chunk;
mod delta;
mod dictionary;
mod filter;
mod hybrid;
pub(crate) mod numbers;
mod rows;
pub(crate) mod text;

pub(crate) use chunk::Chunk;
pub use chunk::Encoder;
pub(crate) use rows::Rows;
pub(crate) use text::Texts;
