//! Pages, one after the other, and what a file says of them.

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, Type as Physical, ZstdLevel};
use parquet::bloom_filter::Sbbf;
use parquet::column::page::{CompressedPage, Page as ParquetPage, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::Result;
use parquet::file::metadata::{
    ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder, PageEncodingStats,
};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

use zstd::bulk::Compressor;
use zstd::zstd_safe::{CParameter, ParamSwitch};

use super::dictionary::{NumberDictionary, TextDictionary};
use super::rows::{Levels, Page, Rows};

/// zstd's level: its fastest. The next that saves anything, 3, saves one byte in sixty.
const ZSTD_LEVEL: i32 = 1;
/// As in frames: a table that stays in the nearest cache, and two places in three.
const HASH_LOG: u32 = 12;
const STEP: u32 = 2;
/// Many different addresses share nothing but digits: where zstd hardly looks for more, they take 3 in 100 more, and less
/// than a third of the time.
const ADDRESS_STEP: u32 = 4096;

/// A column of a row group, to be put into a file.
pub(crate) struct Chunk {
    pub(crate) bytes: Bytes,
    pub(crate) close: ColumnCloseResult,
}

/// What encoding needs, kept from one column to the next, and from one file to another.
pub struct Encoder {
    compressor: Compressor<'static>,
    addresses: Compressor<'static>,
    packed: Vec<u8>,
    /// Of the chunk before.
    room: Vec<u8>,
    pub(super) page: Vec<u8>,
    pub(super) levels: Levels,
    pub(super) texts: TextDictionary,
    pub(super) numbers: NumberDictionary,
    /// The place of each value in the dictionary.
    pub(super) places: Vec<u32>,
    /// Of each text in the dictionary, the last page that it stood in.
    pub(super) seen: Vec<u32>,
    pub(super) lengths: Vec<i64>,
}

impl Encoder {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            compressor: compressor(STEP)?,
            addresses: compressor(ADDRESS_STEP)?,
            packed: Vec::new(),
            room: Vec::new(),
            page: Vec::new(),
            levels: Levels::default(),
            texts: TextDictionary::default(),
            numbers: NumberDictionary::default(),
            places: Vec::new(),
            seen: Vec::new(),
            lengths: Vec::new(),
        })
    }

    /// Takes the room of a chunk that is in its file.
    pub(crate) fn done(&mut self, bytes: Bytes) {
        self.room = bytes.into();
        self.room.clear();
    }

    fn pack(&mut self, body: &[u8]) -> Result<Bytes> {
        pack_into(&mut self.compressor, &mut self.packed, body)
    }

    fn pack_page(&mut self, of_addresses: bool) -> Result<Bytes> {
        let compressor = if of_addresses {
            &mut self.addresses
        } else {
            &mut self.compressor
        };
        pack_into(compressor, &mut self.packed, &self.page)
    }
}

fn compressor(step: u32) -> Result<Compressor<'static>> {
    let mut compressor = Compressor::new(ZSTD_LEVEL)?;
    for parameter in [
        CParameter::HashLog(HASH_LOG),
        CParameter::TargetLength(step),
        CParameter::LiteralCompressionMode(ParamSwitch::Enable),
    ] {
        compressor.set_parameter(parameter)?;
    }
    Ok(compressor)
}

/// The room for the longest result is used again: to have it anew for each page costs more than the copy.
fn pack_into(compressor: &mut Compressor<'static>, packed: &mut Vec<u8>, body: &[u8]) -> Result<Bytes> {
    packed.clear();
    packed.reserve(zstd::zstd_safe::compress_bound(body.len()));
    compressor.compress_to_buffer(body, packed)?;
    Ok(Bytes::copy_from_slice(packed))
}

/// The least and the greatest of a page, as an index has them. Where a page has no greatest, its column has no index.
pub(super) type Ends = (Vec<u8>, Option<Vec<u8>>);

/// The pages of one column.
pub(super) struct Pages {
    sink: TrackedWrite<Vec<u8>>,
    column: ColumnDescPtr,
    index: ColumnIndexBuilder,
    offsets: OffsetIndexBuilder,
    kinds: Vec<PageEncodingStats>,
    dictionary_offset: Option<i64>,
    data_offset: Option<i64>,
    packed: usize,
    unpacked: usize,
    /// Values, and rows without one; rows; rows without one.
    values: usize,
    rows: usize,
    nulls: usize,
    pub(super) of_addresses: bool,
}

impl Pages {
    pub(super) fn new(column: ColumnDescPtr, encoder: &mut Encoder) -> Self {
        let physical = column.physical_type();
        Self {
            sink: TrackedWrite::new(std::mem::take(&mut encoder.room)),
            column,
            index: ColumnIndexBuilder::new(physical),
            offsets: OffsetIndexBuilder::new(),
            kinds: Vec::new(),
            dictionary_offset: None,
            data_offset: None,
            packed: 0,
            unpacked: 0,
            values: 0,
            rows: 0,
            nulls: 0,
            of_addresses: false,
        }
    }

    /// The dictionary, before all pages of data.
    pub(super) fn dictionary(&mut self, body: &[u8], values: usize, encoder: &mut Encoder) -> Result<()> {
        let page = ParquetPage::DictionaryPage {
            buf: encoder.pack(body)?,
            num_values: u32::try_from(values).unwrap_or(u32::MAX),
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        self.dictionary_offset = Some(self.write(page, body.len())?.0);
        Ok(())
    }

    /// Begins a page in the encoder's room: its levels. Says how many there are.
    pub(super) fn begin(rows: &Rows<'_>, page: &Page, encoder: &mut Encoder) -> usize {
        let Encoder {
            page: body, levels, ..
        } = encoder;
        body.clear();
        rows.push_levels(page, levels, body)
    }

    /// Ends the page that lies in the encoder's room. Of text, `bytes` is how long all of it is.
    pub(super) fn end(
        &mut self,
        page: &Page,
        levels: usize,
        encoding: Encoding,
        ends: Option<Ends>,
        bytes: Option<usize>,
        encoder: &mut Encoder,
    ) -> Result<()> {
        let unpacked = encoder.page.len();
        // Those that come again stand in the dictionary.
        let of_addresses = self.of_addresses && encoding == Encoding::DELTA_BYTE_ARRAY;
        let data = ParquetPage::DataPage {
            buf: encoder.pack_page(of_addresses)?,
            num_values: u32::try_from(levels).unwrap_or(u32::MAX),
            encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let (offset, packed) = self.write(data, unpacked)?;
        self.data_offset.get_or_insert(offset);
        let nulls = levels - page.values();
        match ends {
            Some((least, Some(greatest))) => self.index.append(false, least, greatest, nulls as i64),
            Some((_, None)) => self.index.to_invalid(),
            None => self.index.append(true, Vec::new(), Vec::new(), nulls as i64),
        }
        self.offsets.append_row_count(page.rows() as i64);
        self.offsets
            .append_offset_and_size(offset, i32::try_from(packed).unwrap_or(i32::MAX));
        self.offsets
            .append_unencoded_byte_array_data_bytes(bytes.map(|bytes| bytes as i64));
        self.values += levels;
        self.rows += page.rows();
        self.nulls += nulls;
        Ok(())
    }

    /// Where a page lies, and its length with its header.
    fn write(&mut self, page: ParquetPage, unpacked: usize) -> Result<(i64, usize)> {
        let (kind, encoding) = (page.page_type(), page.encoding());
        match self.kinds.last_mut() {
            Some(last) if last.page_type == kind && last.encoding == encoding => last.count += 1,
            _ => self.kinds.push(PageEncodingStats {
                page_type: kind,
                encoding,
                count: 1,
            }),
        }
        let written =
            SerializedPageWriter::new(&mut self.sink).write_page(CompressedPage::new(page, unpacked))?;
        self.packed += written.compressed_size;
        self.unpacked += written.uncompressed_size;
        Ok((written.offset as i64, written.compressed_size))
    }

    /// The rows without a value so far.
    pub(super) const fn nulls(&self) -> usize {
        self.nulls
    }

    /// After the last page. Of text, `bytes` is how long all of it is.
    pub(super) fn finish(
        self,
        order: parquet::basic::BoundaryOrder,
        statistics: Statistics,
        bytes: Option<usize>,
        filter: Option<Sbbf>,
    ) -> Result<Chunk> {
        let mut index = self.index;
        index.set_boundary_order(order);
        let mut encodings = vec![Encoding::RLE];
        for kind in &self.kinds {
            encodings.push(kind.encoding);
        }
        let metadata = ColumnChunkMetaData::builder(self.column)
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
            .set_encodings(encodings)
            .set_page_encoding_stats(self.kinds)
            .set_total_compressed_size(self.packed as i64)
            .set_total_uncompressed_size(self.unpacked as i64)
            .set_num_values(self.values as i64)
            .set_data_page_offset(self.data_offset.unwrap_or_default())
            .set_dictionary_page_offset(self.dictionary_offset)
            .set_statistics(statistics)
            .set_unencoded_byte_array_data_bytes(bytes.map(|bytes| bytes as i64))
            .build()?;
        Ok(Chunk {
            bytes: self.sink.into_inner()?.into(),
            close: ColumnCloseResult {
                bytes_written: self.packed as u64,
                rows_written: self.rows as u64,
                metadata,
                bloom_filter: filter,
                column_index: index.valid().then(|| index.build()).transpose()?,
                offset_index: Some(self.offsets.build()),
            },
        })
    }
}

/// A column without any value.
pub(super) fn empty(column: ColumnDescPtr, rows: &Rows<'_>, encoder: &mut Encoder) -> Result<Chunk> {
    let physical = column.physical_type();
    let bytes = (physical == Physical::BYTE_ARRAY).then_some(0);
    let mut pages = Pages::new(column, encoder);
    let page = rows.empty_page();
    let levels = Pages::begin(rows, &page, encoder);
    pages.end(&page, levels, Encoding::PLAIN, None, bytes, encoder)?;
    let nulls = Some(pages.nulls() as u64);
    let statistics = match physical {
        Physical::BOOLEAN => Statistics::boolean(None, None, None, nulls, false),
        Physical::INT32 => Statistics::int32(None, None, None, nulls, false),
        Physical::INT64 => Statistics::int64(None, None, None, nulls, false),
        _ => Statistics::byte_array(None, None, None, nulls, false),
    };
    pages.finish(super::bounds::order::<u8, u8>(&[]), statistics, bytes, None)
}
