//! The reading of packs and of files of one segment, each as rows of the table `logs`.

use std::sync::Arc;

use accord_logstore::{ColumnFile, PackFile};
use datafusion::catalog::Session;
use datafusion::common::stats::Precision;
use datafusion::common::{DFSchema, Result, ScalarValue, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::logical_expr::Expr;
use datafusion::object_store::path::Path;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::FilterExecBuilder;

use super::logs::Store;
use super::objects;
use super::schema::{FROM_PATH, Kept};

/// What is read of a file's end at first, bytes: what most footers take.
const FOOTER_BYTES: usize = 64 * 1024;

/// What is to be read, as the engine asks for it.
pub(super) struct Scan<'s> {
    pub(super) store: &'s Store,
    pub(super) state: &'s dyn Session,
    /// Columns of the table `logs`, by number.
    pub(super) columns: Vec<usize>,
    /// As many rows are enough, where every row counts.
    pub(super) limit: Option<usize>,
}

impl Scan<'_> {
    /// The rows of files of one segment.
    pub(super) fn files(&self, files: &[&ColumnFile]) -> Result<Arc<dyn ExecutionPlan>> {
        let rows = files.iter().map(|file| file.rows).sum();
        let files = files.iter().map(|file| {
            let place = vec![file.segment.source().to_owned(), file.segment.to_string()];
            at(objects::path(file), file.length, place)
        });
        self.rows(Kept::Alone, files.collect(), rows, &self.columns, self.limit)
    }

    /// The rows of packs, those for which a condition on source and segment holds.
    pub(super) fn packs(&self, packs: &[&PackFile], on_rows: Option<Expr>) -> Result<Arc<dyn ExecutionPlan>> {
        let rows = packs.iter().map(|pack| pack.rows()).sum();
        let packs = packs.iter().map(|pack| {
            let source = pack.name().map(|name| name.source().to_owned());
            at(
                objects::path_of_pack(pack),
                pack.length(),
                vec![source.unwrap_or_default()],
            )
        });
        let packs = packs.collect();
        let Some(condition) = on_rows else {
            return self.rows(Kept::Packed, packs, rows, &self.columns, self.limit);
        };
        // What the condition needs comes behind what is asked for, and goes once it is decided. The limit counts rows for
        // which it holds, so that the reader is not told of it.
        let mut columns = self.columns.clone();
        columns.extend((0..FROM_PATH.len()).filter(|column| !self.columns.contains(column)));
        let all = self.rows(Kept::Packed, packs, rows, &columns, None)?;
        let schema = DFSchema::try_from(all.schema())?;
        let condition = self.state.create_physical_expr(condition, &schema)?;
        let asked = (0..self.columns.len()).collect();
        let rows = FilterExecBuilder::new(condition, all)
            .apply_projection(Some(asked))?
            .build()?;
        Ok(Arc::new(rows))
    }

    fn rows(
        &self,
        kept: Kept,
        files: Vec<PartitionedFile>,
        rows: u64,
        columns: &[usize],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let (in_file, in_path) = (kept.in_file(), kept.in_path());
        // The reader has the columns from the path last, the table first.
        let (of_file, of_path) = (in_file.fields().len(), in_path.len());
        let number = |column: &usize| match column.checked_sub(of_path) {
            Some(column) => column,
            None => of_file + column,
        };
        let columns = columns.iter().map(number).collect();
        let table = TableSchema::builder(in_file)
            .with_table_partition_cols(in_path)
            .build();
        let mut statistics = Statistics::new_unknown(table.table_schema());
        // Not exact: the count of an answer is always read.
        statistics.num_rows = Precision::Inexact(usize::try_from(rows).unwrap_or(usize::MAX));
        let cache = self.state.runtime_env().cache_manager.get_file_metadata_cache();
        let readers = CachedParquetFileReaderFactory::new(self.store.objects().clone(), cache);
        let mut options = self.state.default_table_options().parquet;
        options.global = self.state.config_options().execution.parquet.clone();
        let source = ParquetSource::new(table)
            .with_table_parquet_options(options)
            .with_metadata_size_hint(FOOTER_BYTES)
            .with_parquet_file_reader_factory(Arc::new(readers));
        let groups = FileGroup::new(files).split_files(self.state.config().target_partitions());
        let scan = FileScanConfigBuilder::new(self.store.url().clone(), Arc::new(source))
            .with_file_groups(groups)
            .with_statistics(statistics)
            .with_projection_indices(Some(columns))?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(scan))
    }
}

/// A file, and the values that its place gives to each of its rows.
fn at(path: Path, length: u64, place: Vec<String>) -> PartitionedFile {
    let values = place.into_iter().map(|text| ScalarValue::Utf8View(Some(text)));
    PartitionedFile::new(path.to_string(), length).with_partition_values(values.collect())
}
