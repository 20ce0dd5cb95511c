//! A rule: a filter or a join on a condition that never holds, in whole or in one of its parts, has no rows, and says so in the plan.
//!
//! The rule behind it, which moves conditions towards the tables, would move this one to where it is asked of the rows below
//! an aggregate. One without keys has a row even of none, and the condition would be lost.

use std::sync::Arc;

use datafusion_common::tree_node::Transformed;
use datafusion_common::{DataFusionError, JoinType, ScalarValue};
use datafusion_expr::utils::split_conjunction;
use datafusion_expr::{EmptyRelation, Expr, Join, LogicalPlan};
use datafusion_optimizer::optimizer::ApplyOrder;
use datafusion_optimizer::{OptimizerConfig, OptimizerRule};

/// The rule.
#[derive(Debug)]
pub(super) struct Never;

impl OptimizerRule for Never {
    fn name(&self) -> &str {
        "never"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        _config: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>, DataFusionError> {
        let join = match plan {
            LogicalPlan::Filter(filter) if never_holds(&filter.predicate) => {
                return Ok(Transformed::yes(nothing(&LogicalPlan::Filter(filter))));
            }
            LogicalPlan::Join(join) if join.filter.as_ref().is_some_and(never_holds) => join,
            plan => return Ok(Transformed::no(plan)),
        };
        Ok(match join.join_type {
            JoinType::Inner | JoinType::LeftSemi | JoinType::RightSemi => {
                Transformed::yes(nothing(&LogicalPlan::Join(join)))
            }
            // Each row of the one side is without a partner.
            JoinType::Left | JoinType::LeftAnti | JoinType::LeftMark => {
                let right = Arc::new(nothing(&join.right));
                Transformed::yes(LogicalPlan::Join(Join { right, filter: None, ..join }))
            }
            JoinType::Right | JoinType::RightAnti | JoinType::RightMark => {
                let left = Arc::new(nothing(&join.left));
                Transformed::yes(LogicalPlan::Join(Join { left, filter: None, ..join }))
            }
            // Its condition stays where it is.
            JoinType::Full => Transformed::no(LogicalPlan::Join(join)),
        })
    }
}

/// Whether one of the conditions that have to hold together is not true of any row.
fn never_holds(condition: &Expr) -> bool {
    let never = |part: &Expr| matches!(part, Expr::Literal(ScalarValue::Boolean(None | Some(false)), _));
    split_conjunction(condition).into_iter().any(never)
}

/// No rows of these columns.
fn nothing(plan: &LogicalPlan) -> LogicalPlan {
    LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row: false, schema: plan.schema().clone() })
}
