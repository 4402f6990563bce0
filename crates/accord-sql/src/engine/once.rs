//! `EXISTS`, `IN` and their opposites ask whether there is a row, and the engine's join for them goes through every pair of
//! rows with one key: quadratic where both sides have many rows of a client or a name, as logs do. Here the side that is only
//! looked up is grouped by its keys first, so that each key stands there once. The answer is the same by definition.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, Dependency, JoinType, Result};
use datafusion::logical_expr::{Aggregate, Expr, Join, LogicalPlan};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

/// The rule. It goes behind the engine's own, which make joins of subqueries.
#[derive(Debug)]
pub(super) struct OncePerKey;

impl OptimizerRule for OncePerKey {
    fn name(&self) -> &'static str {
        "once_per_key"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Join(join) = plan else {
            return Ok(Transformed::no(plan));
        };
        let Some(keys) = keys(&join) else {
            return Ok(Transformed::no(LogicalPlan::Join(join)));
        };
        let keys = keys.into_iter().map(Expr::Column).collect();
        let right = LogicalPlan::Aggregate(Aggregate::try_new(join.right, keys, Vec::new())?);
        let right = Arc::new(right);
        Ok(Transformed::yes(LogicalPlan::Join(Join { right, ..join })))
    }
}

/// The columns of the side that is looked up, where it may have rows that are the same in them; nothing where it is grouped
/// already, or the join is of another kind.
fn keys(join: &Join) -> Option<BTreeSet<Column>> {
    let looks_up = matches!(
        join.join_type,
        JoinType::LeftSemi | JoinType::LeftAnti | JoinType::LeftMark
    );
    // With further conditions a row is looked at in more than its keys, and grouping them may be in vain.
    if !looks_up || join.filter.is_some() || join.on.is_empty() {
        return None;
    }
    let right = join.right.schema();
    let mut keys = BTreeSet::new();
    let mut numbers = BTreeSet::new();
    for column in join.on.iter().flat_map(|(_, right)| right.column_refs()) {
        numbers.insert(right.maybe_index_of_column(column)?);
        keys.insert(column.clone());
    }
    let is_grouped = right.functional_dependencies().iter().any(|known| {
        known.mode == Dependency::Single && known.source_indices.iter().all(|at| numbers.contains(at))
    });
    (!keys.is_empty() && !is_grouped).then_some(keys)
}
