//! The table `logs`, and the same of one source: the listed files as one table, a column that a file has not being null.
//!
//! Conditions on `source` and `segment` choose files, and segments without columns, before anything is opened; the rest is
//! done inside of the files by the engine: statistics, page index, bloom filters.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use accord_logstore::{ColumnFile, ColumnFiles, SegmentId, WithoutColumns};
use async_trait::async_trait;
use datafusion::arrow::array::{Array, AsArray, RecordBatch, StringViewArray};
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{DFSchema, Result, ScalarValue, Statistics, project_schema};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::listing::helpers::expr_applicable_for_cols;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;

use super::objects::{self, Objects};
use super::schema::{self, FROM_PATH};

/// What is read of a file's end at first, bytes: what most footers take.
const FOOTER_BYTES: usize = 64 * 1024;

/// What all tables of one question share.
#[derive(Debug)]
pub(super) struct Store {
    listed: ColumnFiles,
    objects: Arc<Objects>,
    url: ObjectStoreUrl,
    asked: Mutex<Asked>,
}

/// Which segments a question is about, gathered while it is planned.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Those with columns.
    pub(super) covered: BTreeSet<SegmentId>,
    /// Those without.
    pub(super) without: BTreeMap<SegmentId, WithoutColumns>,
    /// Files that were left out by their source and segment, each time a table is named.
    pub(super) files_skipped: u64,
}

impl Store {
    pub(super) fn new(listed: ColumnFiles, url: ObjectStoreUrl) -> Self {
        Self {
            objects: Arc::new(Objects::new(&listed.files)),
            listed,
            url,
            asked: Mutex::default(),
        }
    }

    pub(super) fn objects(&self) -> &Arc<Objects> {
        &self.objects
    }

    pub(super) fn sources(&self) -> &[String] {
        &self.listed.sources
    }

    pub(super) fn asked(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All logs of a store, or those of one source.
#[derive(Debug)]
pub(super) struct Logs {
    store: Arc<Store>,
    source: Option<String>,
    schema: SchemaRef,
    files: SchemaRef,
}

impl Logs {
    pub(super) fn new(store: Arc<Store>, source: Option<String>) -> Self {
        Self {
            store,
            source,
            schema: schema::of_logs(),
            files: schema::of_files(),
        }
    }

    fn is_of(&self, segment: &SegmentId) -> bool {
        self.source
            .as_ref()
            .is_none_or(|source| source == segment.source())
    }

    /// The files and the segments without columns for which all of these conditions on source and segment hold.
    fn chosen(
        &self,
        state: &dyn Session,
        filters: &[Expr],
    ) -> Result<(Vec<&ColumnFile>, Vec<&WithoutColumns>, u64)> {
        let listed = &self.store.listed;
        let files: Vec<&ColumnFile> = listed
            .files
            .iter()
            .filter(|file| self.is_of(&file.segment))
            .collect();
        let without: Vec<&WithoutColumns> = listed
            .without
            .iter()
            .filter(|without| self.is_of(&without.segment))
            .collect();
        let segments = files
            .iter()
            .map(|file| &file.segment)
            .chain(without.iter().map(|without| &without.segment));
        let keep = holds(state, filters, segments)?;
        let all = files.len();
        let mut keep = keep.into_iter();
        let mut next = || keep.next().unwrap_or(true);
        let files: Vec<&ColumnFile> = files.into_iter().filter(|_| next()).collect();
        let without: Vec<&WithoutColumns> = without.into_iter().filter(|_| next()).collect();
        let skipped = (all - files.len()) as u64;
        Ok((files, without, skipped))
    }
}

/// For each of the segments, whether all of the conditions hold.
fn holds<'s>(
    state: &dyn Session,
    filters: &[Expr],
    segments: impl Iterator<Item = &'s SegmentId>,
) -> Result<Vec<bool>> {
    let (sources, ids): (Vec<String>, Vec<String>) = segments
        .map(|segment| (segment.source().to_owned(), segment.to_string()))
        .unzip();
    let count = ids.len();
    let Some(filter) = conjunction(filters.iter().cloned()).filter(|_| count > 0) else {
        return Ok(vec![true; count]);
    };
    let schema = Arc::new(Schema::new(schema::from_path()));
    let batch = RecordBatch::try_new(
        schema.clone(),
        vec![
            Arc::new(StringViewArray::from_iter_values(sources)),
            Arc::new(StringViewArray::from_iter_values(ids)),
        ],
    )?;
    let filter = state.create_physical_expr(filter, &DFSchema::try_from(schema)?)?;
    let answer = filter.evaluate(&batch)?.into_array(count)?;
    let answer = answer.as_boolean();
    Ok((0..count)
        .map(|at| answer.is_valid(at) && answer.value(at))
        .collect())
}

#[async_trait]
impl TableProvider for Logs {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        if self.source.is_some() {
            TableType::View
        } else {
            TableType::Base
        }
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut on_path = filters.to_vec();
        on_path.retain(|filter| expr_applicable_for_cols(&FROM_PATH, filter));
        let (files, without, skipped) = self.chosen(state, &on_path)?;
        {
            let mut asked = self.store.asked();
            asked
                .covered
                .extend(files.iter().map(|file| file.segment.clone()));
            asked.without.extend(
                without
                    .iter()
                    .map(|without| (without.segment.clone(), (*without).clone())),
            );
            asked.files_skipped += skipped;
        }
        if files.is_empty() {
            let schema = project_schema(&self.schema, projection)?;
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        let rows: u64 = files.iter().map(|file| file.rows).sum();
        let table = TableSchema::builder(self.files.clone())
            .with_table_partition_cols(schema::from_path())
            .build();
        let mut statistics = Statistics::new_unknown(table.table_schema());
        // Not exact: the count of an answer is always read.
        statistics.num_rows = Precision::Inexact(usize::try_from(rows).unwrap_or(usize::MAX));
        let cache = state.runtime_env().cache_manager.get_file_metadata_cache();
        let readers = CachedParquetFileReaderFactory::new(self.store.objects.clone(), cache);
        let mut options = state.default_table_options().parquet;
        options.global = state.config_options().execution.parquet.clone();
        let source = ParquetSource::new(table)
            .with_table_parquet_options(options)
            .with_metadata_size_hint(FOOTER_BYTES)
            .with_parquet_file_reader_factory(Arc::new(readers));
        let group: Vec<PartitionedFile> = files.iter().map(|file| partitioned(file)).collect();
        let groups = FileGroup::new(group).split_files(state.config().target_partitions());
        let projection = self.in_files(projection);
        let scan = FileScanConfigBuilder::new(self.store.url.clone(), Arc::new(source))
            .with_file_groups(groups)
            .with_statistics(statistics)
            .with_projection_indices(Some(projection))?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(scan))
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let each = filters.iter().map(|filter| {
            if expr_applicable_for_cols(&FROM_PATH, filter) {
                TableProviderFilterPushDown::Exact
            } else {
                TableProviderFilterPushDown::Inexact
            }
        });
        Ok(each.collect())
    }
}

impl Logs {
    /// Columns of this table as the reader of files numbers them: those from the path come last there.
    fn in_files(&self, projection: Option<&Vec<usize>>) -> Vec<usize> {
        let of_path = FROM_PATH.len();
        let of_files = self.files.fields().len();
        let number = |at: usize| if at < of_path { of_files + at } else { at - of_path };
        match projection {
            Some(projection) => projection.iter().map(|at| number(*at)).collect(),
            None => (0..of_path + of_files).map(number).collect(),
        }
    }
}

fn partitioned(file: &ColumnFile) -> PartitionedFile {
    let text = |text: String| ScalarValue::Utf8View(Some(text));
    PartitionedFile::new(objects::path(file).to_string(), file.length).with_partition_values(vec![
        text(file.segment.source().to_owned()),
        text(file.segment.to_string()),
    ])
}
