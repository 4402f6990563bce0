//! The engine's session for one question: its tables and functions, and nothing else. No formats of files, no factories of
//! tables, no file system: what could write or open a file is not there to be named.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider};
use datafusion::common::TableReference;
use datafusion::datasource::MemTable;
use datafusion::error::Result;
use datafusion::execution::SessionStateDefaults;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::TrackConsumersPool;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};

use super::gate::TABLE_FUNCTIONS;
use super::logs::{Logs, Store};
use super::memory::Halves;
use super::once::OncePerKey;
use super::truncate;
use crate::limits::Limits;

/// Where the tables are: `accord.store.logs`.
const CATALOG: &str = "accord";
const SCHEMA: &str = "store";
/// Where a source is a table whose name is taken by one of the tables above: `source.logs`.
const SOURCES: &str = "source";
const LOGS: &str = "logs";
const INDICATORS: &str = "indicators";
/// The largest consumers of memory that an error of the engine names.
const CONSUMERS_NAMED: NonZeroUsize = NonZeroUsize::MIN;
/// Lists of up to so many values choose row groups and pages by their statistics.
const LIST_VALUES_COMPARED: usize = 128;
/// Rows that go through a question's steps at once.
const BATCH_ROWS: usize = 16_384;
/// Rows are grouped first where they are read, by each thread, and then together. After so many rows with more groups than
/// this share of them, the first of the two is left out: it would only copy them.
const GROUPED_ROWS_TRIED: usize = 20_000;
const GROUPS_SHARE: f64 = 0.5;

/// The name of the store of objects: a scheme that nothing else has.
pub(super) fn url() -> Result<ObjectStoreUrl> {
    ObjectStoreUrl::parse("accord-columns://store")
}

/// A session over the tables of a store.
pub(super) fn open(
    store: &Arc<Store>,
    indicators: Option<RecordBatch>,
    limits: &Limits,
    spill: &Path,
) -> Result<SessionContext> {
    let functions = SessionStateDefaults::default_table_functions();
    let state = SessionStateBuilder::new()
        .with_config(config(limits))
        .with_runtime_env(runtime(store, limits, spill)?)
        .with_expr_planners(SessionStateDefaults::default_expr_planners())
        .with_scalar_functions(truncate::put_in(SessionStateDefaults::default_scalar_functions()))
        .with_higher_order_functions(SessionStateDefaults::default_higher_order_functions())
        .with_aggregate_functions(SessionStateDefaults::default_aggregate_functions())
        .with_window_functions(SessionStateDefaults::default_window_functions())
        .with_table_function_list(
            functions
                .into_iter()
                .filter(|function| TABLE_FUNCTIONS.contains(&function.name()))
                .collect(),
        )
        .with_optimizer_rule(Arc::new(OncePerKey))
        .build();
    let context = SessionContext::new_with_state(state);
    register(&context, store, indicators)?;
    Ok(context)
}

fn config(limits: &Limits) -> SessionConfig {
    let threads = usize::try_from(limits.threads).unwrap_or(1);
    let mut config = SessionConfig::new()
        .with_default_catalog_and_schema(CATALOG, SCHEMA)
        .with_information_schema(true)
        .with_target_partitions(threads)
        .with_batch_size(BATCH_ROWS);
    let options = config.options_mut();
    options.execution.planning_concurrency = threads;
    options.execution.skip_partial_aggregation_probe_rows_threshold = GROUPED_ROWS_TRIED;
    options.execution.skip_partial_aggregation_probe_ratio_threshold = GROUPS_SHARE;
    // A join has one table, whatever its size: to divide both sides among a few threads takes longer than it saves.
    options.optimizer.repartition_joins = false;
    // A length would not be read.
    options.sql_parser.support_varchar_with_length = false;
    let parquet = &mut options.execution.parquet;
    parquet.pushdown_filters = true;
    parquet.reorder_filters = true;
    parquet.max_in_list_size = LIST_VALUES_COMPARED;
    config
}

fn runtime(store: &Arc<Store>, limits: &Limits, spill: &Path) -> Result<Arc<RuntimeEnv>> {
    let mode = if limits.spill_bytes == 0 {
        DiskManagerMode::Disabled
    } else {
        DiskManagerMode::Directories(vec![spill.to_path_buf()])
    };
    let disk = DiskManagerBuilder::default()
        .with_mode(mode)
        .with_max_temp_directory_size(limits.spill_bytes);
    let memory = Halves::new(usize::try_from(limits.memory_bytes).unwrap_or(usize::MAX));
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(TrackConsumersPool::new(memory, CONSUMERS_NAMED)))
        .with_disk_manager_builder(disk)
        .build_arc()?;
    // The engine begins with a store of the whole file system.
    runtime.deregister_object_store(ObjectStoreUrl::local_filesystem().as_ref())?;
    runtime.register_object_store(url()?.as_ref(), store.objects().clone());
    Ok(runtime)
}

fn register(context: &SessionContext, store: &Arc<Store>, indicators: Option<RecordBatch>) -> Result<()> {
    let all = Arc::new(Logs::new(store.clone(), None));
    context.register_table(TableReference::bare(LOGS), all)?;
    if let Some(rows) = indicators {
        let table = MemTable::try_new(rows.schema(), vec![vec![rows]])?;
        context.register_table(TableReference::bare(INDICATORS), Arc::new(table))?;
    }
    let sources = Arc::new(MemorySchemaProvider::new());
    for name in store.sources() {
        let table = Arc::new(Logs::new(store.clone(), Some(name.clone())));
        if name == LOGS || name == INDICATORS {
            sources.register_table(name.clone(), table)?;
        } else {
            context.register_table(TableReference::bare(name.as_str()), table)?;
        }
    }
    if let Some(catalog) = context.catalog(CATALOG) {
        catalog.register_schema(SOURCES, sources)?;
    }
    Ok(())
}
