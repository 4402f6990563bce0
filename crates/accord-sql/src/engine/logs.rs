//! The table `logs`, and the same of one source: packs, and the files of the segments that are in none, as one table; a
//! column that a file has not is null.
//!
//! Conditions on `source` and `segment` choose packs, files, and segments without columns, before anything is opened; of a
//! pack of which they choose a part, they are conditions on its rows. The rest is done inside of the files by the engine:
//! statistics, page index, bloom filters. `scan` is the reading.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use accord_logstore::{ColumnFile, PackFile, PackedColumns, SegmentId, WithoutColumns};
use async_trait::async_trait;
use datafusion::arrow::array::{Array, AsArray, BooleanArray, RecordBatch, StringViewArray};
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, Result, project_schema};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::helpers::expr_applicable_for_cols;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::union::UnionExec;

use super::objects::Objects;
use super::scan::Scan;
use super::schema::{self, FROM_PATH};

/// What all tables of one question share.
#[derive(Debug)]
pub(super) struct Store {
    listed: PackedColumns,
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
    pub(super) fn new(listed: PackedColumns, url: ObjectStoreUrl) -> Self {
        Self {
            objects: Arc::new(Objects::new(&listed)),
            listed,
            url,
            asked: Mutex::default(),
        }
    }

    pub(super) fn objects(&self) -> &Arc<Objects> {
        &self.objects
    }

    pub(super) fn url(&self) -> &ObjectStoreUrl {
        &self.url
    }

    pub(super) fn sources(&self) -> &[String] {
        &self.listed.own.sources
    }

    /// Whether there are packs.
    pub(super) fn is_packed(&self) -> bool {
        !self.listed.packs.is_empty()
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
}

/// What conditions on source and segment leave.
struct Chosen<'s> {
    files: Vec<&'s ColumnFile>,
    packs: Vec<&'s PackFile>,
    /// Whether all rows of these packs are chosen.
    whole: bool,
    covered: Vec<&'s SegmentId>,
    without: Vec<&'s WithoutColumns>,
    files_skipped: u64,
}

impl Logs {
    pub(super) fn new(store: Arc<Store>, source: Option<String>) -> Self {
        Self {
            store,
            source,
            schema: schema::of_logs(),
        }
    }

    fn is_of(&self, segment: &SegmentId) -> bool {
        self.source
            .as_ref()
            .is_none_or(|source| source == segment.source())
    }

    /// The files and the segments without columns for which all of these conditions on source and segment hold.
    fn chosen(&self, state: &dyn Session, filters: &[Expr]) -> Result<Chosen<'_>> {
        let listed = &self.store.listed;
        let mut chosen = Chosen {
            files: Vec::new(),
            packs: Vec::new(),
            whole: true,
            covered: Vec::new(),
            without: Vec::new(),
            files_skipped: 0,
        };
        let is_of = |segment: &&SegmentId| self.is_of(segment);
        let own = || listed.own.files.iter().filter(|file| is_of(&&file.segment));
        let without = || listed.own.without.iter().filter(|one| is_of(&&one.segment));
        let packs = || {
            let packs = listed.packs.iter();
            packs.filter(|pack| pack.name().as_ref().is_some_and(is_of))
        };
        let keep = Keep::of(state, filters, || {
            let own = own().map(|file| &file.segment);
            let packed = packs().flat_map(|pack| pack.segments().iter().map(|packed| &packed.segment));
            own.chain(without().map(|one| &one.segment)).chain(packed)
        })?;
        let mut at = 0;
        let mut holds = || {
            at += 1;
            keep.holds(at - 1)
        };
        for file in own() {
            if holds() {
                chosen.covered.push(&file.segment);
                chosen.files.push(file);
            } else {
                chosen.files_skipped += 1;
            }
        }
        chosen.without.extend(without().filter(|_| holds()));
        for pack in packs() {
            let before = chosen.covered.len();
            let segments = pack.segments().iter().map(|packed| &packed.segment);
            chosen.covered.extend(segments.filter(|_| holds()));
            let taken = chosen.covered.len() - before;
            if taken == 0 {
                chosen.files_skipped += 1;
            } else {
                chosen.packs.push(pack);
                chosen.whole &= taken == pack.segments().len();
            }
        }
        Ok(chosen)
    }
}

/// For which segments the conditions on source and segment hold.
enum Keep {
    All,
    These(BooleanArray),
}

impl Keep {
    fn of<'s, Segments: Iterator<Item = &'s SegmentId>>(
        state: &dyn Session,
        filters: &[Expr],
        segments: impl FnOnce() -> Segments,
    ) -> Result<Self> {
        let Some(filter) = conjunction(filters.iter().cloned()) else {
            return Ok(Self::All);
        };
        let (sources, ids): (Vec<String>, Vec<String>) = segments()
            .map(|segment| (segment.source().to_owned(), segment.to_string()))
            .unzip();
        let count = ids.len();
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
        Ok(Self::These(answer.as_boolean().clone()))
    }

    /// Of the segment of this number.
    fn holds(&self, at: usize) -> bool {
        match self {
            Self::All => true,
            Self::These(answer) => at < answer.len() && answer.is_valid(at) && answer.value(at),
        }
    }
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
        let chosen = self.chosen(state, &on_path)?;
        {
            let mut asked = self.store.asked();
            asked.covered.extend(chosen.covered.into_iter().cloned());
            asked.without.extend(
                chosen
                    .without
                    .into_iter()
                    .map(|without| (without.segment.clone(), without.clone())),
            );
            asked.files_skipped += chosen.files_skipped;
        }
        let scan = Scan {
            store: &self.store,
            state,
            columns: match projection {
                Some(projection) => projection.clone(),
                None => (0..self.schema.fields().len()).collect(),
            },
            limit,
        };
        let mut parts = Vec::new();
        if !chosen.packs.is_empty() {
            let on_rows = conjunction(on_path).filter(|_| !chosen.whole);
            parts.push(scan.packs(&chosen.packs, on_rows)?);
        }
        if !chosen.files.is_empty() {
            parts.push(scan.files(&chosen.files)?);
        }
        if parts.is_empty() {
            let schema = project_schema(&self.schema, projection)?;
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        // Of one part, that part.
        UnionExec::try_new(parts)
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
