//! `EXISTS`, `IN` and their opposites ask whether there is a row, and the engine's join for them goes through every pair of
//! rows with one key: quadratic where both sides have many rows of a client or a name, as logs do. Here the side that is only
//! looked up is grouped by its keys first, so that each key stands there once. The answer is the same by definition.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::common::tree_node::Transformed;
use datafusion::common::{Dependency, JoinType, Result};
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
        let grouped = Aggregate::try_new(join.right.clone(), keys.clone(), Vec::new())?;
        // What was a key is a column now, by the same name where it was one.
        let columns = grouped.schema.columns();
        let on = join.on.iter().map(|(left, right)| {
            let at = keys.iter().position(|key| key == right);
            let column = at.and_then(|at| columns.get(at)).cloned();
            (left.clone(), column.map_or_else(|| right.clone(), Expr::Column))
        });
        Ok(Transformed::yes(LogicalPlan::Join(Join {
            on: on.collect(),
            right: Arc::new(LogicalPlan::Aggregate(grouped)),
            ..join
        })))
    }
}

/// The keys of the side that is looked up, each once, where it may have rows that are the same in them; nothing where it is
/// grouped already, or the join is of another kind.
fn keys(join: &Join) -> Option<Vec<Expr>> {
    let looks_up = matches!(
        join.join_type,
        JoinType::LeftSemi | JoinType::LeftAnti | JoinType::LeftMark
    );
    // With further conditions a row is looked at in more than its keys, and grouping them may be in vain.
    if !looks_up || join.filter.is_some() {
        return None;
    }
    let right = join.right.schema();
    let mut keys: Vec<Expr> = Vec::new();
    let mut columns = BTreeSet::new();
    for (_, key) in &join.on {
        // One without a column would be no group.
        if key.column_refs().is_empty() {
            return None;
        }
        if let Expr::Column(column) = key {
            columns.extend(right.maybe_index_of_column(column));
        }
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    let is_grouped = right.functional_dependencies().iter().any(|known| {
        known.mode == Dependency::Single && known.source_indices.iter().all(|at| columns.contains(at))
    });
    (!keys.is_empty() && !is_grouped).then_some(keys)
}
