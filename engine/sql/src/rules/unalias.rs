//! A rule: other names for a table are a projection, which the rules behind this one see through.

use std::sync::Arc;

use datafusion_common::DataFusionError;
use datafusion_common::tree_node::Transformed;
use datafusion_expr::{Expr, LogicalPlan, Projection};
use datafusion_optimizer::optimizer::ApplyOrder;
use datafusion_optimizer::{OptimizerConfig, OptimizerRule};

/// The rule.
#[derive(Debug)]
pub(super) struct Unalias;

impl OptimizerRule for Unalias {
    fn name(&self) -> &str {
        "unalias"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        _config: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>, DataFusionError> {
        let LogicalPlan::SubqueryAlias(named) = plan else { return Ok(Transformed::no(plan)) };
        let columns = named.input.schema().columns().into_iter().zip(named.schema.iter());
        let columns = columns.map(|(column, (qualifier, field))| {
            Expr::Column(column).alias_qualified(qualifier.cloned(), field.name())
        });
        let projection = Projection::try_new(columns.collect(), Arc::clone(&named.input))?;
        Ok(Transformed::yes(LogicalPlan::Projection(projection)))
    }
}
