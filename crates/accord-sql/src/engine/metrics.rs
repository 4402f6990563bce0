//! What the engine tells about a plan that was run.

use std::sync::Arc;

use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::metrics::MetricValue;

use crate::outcome::Skipped;

/// What a plan did not have to read, and what it wrote to temporary files.
pub(super) fn of(plan: &Arc<dyn ExecutionPlan>) -> (Skipped, u64) {
    let mut skipped = Skipped::default();
    let mut spilled = 0;
    let mut rest = vec![plan.clone()];
    while let Some(plan) = rest.pop() {
        rest.extend(plan.children().into_iter().cloned());
        let Some(metrics) = plan.metrics() else {
            continue;
        };
        for metric in metrics.iter() {
            match metric.value() {
                MetricValue::PruningMetrics {
                    name,
                    pruning_metrics,
                } => {
                    let pruned = pruning_metrics.pruned() as u64;
                    match name.as_ref() {
                        "files_ranges_pruned_statistics" => skipped.files += pruned,
                        "row_groups_pruned_statistics" => skipped.row_groups_by_statistics += pruned,
                        "row_groups_pruned_bloom_filter" => skipped.row_groups_by_bloom_filter += pruned,
                        "page_index_pages_pruned" => skipped.pages += pruned,
                        _ => {}
                    }
                }
                MetricValue::SpilledBytes(count) => spilled += count.value() as u64,
                _ => {}
            }
        }
    }
    (skipped, spilled)
}
