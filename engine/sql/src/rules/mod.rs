//! Which rules a plan goes through. All of them keep a stream what it was; what only suits a batch is added for one.
//!
//! | ours | file | what it does |
//! |---|---|---|
//! | [`Constants`] | `constants.rs` | computes what is the same for all rows: none of theirs does, and theirs says other than Flink |
//! | [`Never`] | `never.rs` | takes the pairs from joins that have none |
//! | [`Unalias`] | `unalias.rs` | makes projections of other names for tables |
//! | [`Events`] | `events.rs` | makes of events what is wanted of them |
//! | [`Marks`] | `marks.rs` | makes columns of what is asked of subqueries |
//! | [`Multisets`] | `multisets.rs` | set operations that count rows |
//! | the order of joins | `order/` | not a rule, since it asks what tables are like: between the rules that move conditions and all |
//!
//! Before any rule `grouping.rs` puts what it comes to in place of `GROUPING`, `correlated.rs` and `dependent.rs` have subqueries look
//! outside from their `WHERE` alone, and `single.rs` has those that stand for a value say that they have one row.

mod constants;
mod correlated;
mod dependent;
mod events;
mod grouping;
mod marks;
mod multisets;
mod never;
mod order;
mod single;
mod unalias;

use std::sync::Arc;

use datafusion_common::config::ConfigOptions;
use datafusion_expr::LogicalPlan;
use datafusion_optimizer::common_subexpr_eliminate::CommonSubexprEliminate;
use datafusion_optimizer::decorrelate_lateral_join::DecorrelateLateralJoin;
use datafusion_optimizer::decorrelate_predicate_subquery::DecorrelatePredicateSubquery;
use datafusion_optimizer::eliminate_cross_join::EliminateCrossJoin;
use datafusion_optimizer::eliminate_duplicated_expr::EliminateDuplicatedExpr;
use datafusion_optimizer::eliminate_filter::EliminateFilter;
use datafusion_optimizer::eliminate_limit::EliminateLimit;
use datafusion_optimizer::eliminate_outer_join::EliminateOuterJoin;
use datafusion_optimizer::extract_equijoin_predicate::ExtractEquijoinPredicate;
use datafusion_optimizer::optimize_projections::OptimizeProjections;
use datafusion_optimizer::optimize_unions::OptimizeUnions;
use datafusion_optimizer::push_down_filter::PushDownFilter;
use datafusion_optimizer::push_down_limit::PushDownLimit;
use datafusion_optimizer::replace_distinct_aggregate::ReplaceDistinctWithAggregate;
use datafusion_optimizer::scalar_subquery_to_join::ScalarSubqueryToJoin;
use datafusion_optimizer::single_distinct_to_groupby::SingleDistinctToGroupBy;
use datafusion_optimizer::{Analyzer, Optimizer, OptimizerContext, OptimizerRule};

use expr::Zone;

use constants::Constants;
use events::Events;
use marks::Marks;
use multisets::with_multisets;
use never::Never;
use order::{has_joins, joins_in_order};
use unalias::Unalias;

use crate::error::SqlError;
use crate::estimates::Estimates;
use crate::zones::in_zone;

pub(crate) use multisets::Multisets;

/// The order that joins have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Joins {
    /// That in which they were written: where it makes products, another one is looked for.
    AsWritten,
    /// One that was chosen, and stays.
    Ordered,
}

type Rules = Vec<Arc<dyn OptimizerRule + Send + Sync>>;

/// The plan that is run in place of another one.
pub(crate) fn optimized(
    plan: LogicalPlan,
    options: &ConfigOptions,
    zone: Zone,
    is_batch: bool,
    estimates: Option<&Estimates>,
) -> Result<LogicalPlan, SqlError> {
    let plan = single::checked(correlated::plain(grouping::resolved(plan)?)?)?;
    let analyzed = Analyzer::new().execute_and_check(plan, options, |_, _| {})?;
    let analyzed = in_zone(with_multisets(analyzed)?, zone)?;
    match estimates.filter(|_| has_joins(&analyzed)) {
        Some(estimates) => {
            let moved = rewritten(analyzed, options, before_joins(Joins::AsWritten))?;
            let ordered = joins_in_order(moved, estimates)?;
            rewritten(ordered, options, all(Joins::Ordered, is_batch))
        }
        None => rewritten(analyzed, options, all(Joins::AsWritten, is_batch)),
    }
}

/// What rules make of a plan.
fn rewritten(plan: LogicalPlan, options: &ConfigOptions, rules: Rules) -> Result<LogicalPlan, SqlError> {
    // What a query calls now is not the time at which it was planned.
    let context = OptimizerContext::new_with_config_options(Arc::new(options.clone()))
        .without_query_execution_start_time();
    Ok(Optimizer::with_rules(rules).optimize(plan, &context, |_, _| {})?)
}

/// What has to be done before the order of joins is chosen: afterwards conditions are where they are asked.
fn before_joins(joins: Joins) -> Rules {
    let mut rules: Rules = vec![
        Arc::new(DecorrelateLateralJoin::new()),
        Arc::new(Unalias),
        Arc::new(Constants),
        Arc::new(Marks),
        Arc::new(OptimizeUnions::new()),
        Arc::new(ReplaceDistinctWithAggregate::new()),
        Arc::new(DecorrelatePredicateSubquery::new()),
        Arc::new(ScalarSubqueryToJoin::new()),
        Arc::new(ExtractEquijoinPredicate::new()),
        Arc::new(EliminateDuplicatedExpr::new()),
    ];
    if joins == Joins::AsWritten {
        rules.push(Arc::new(EliminateCrossJoin::new()));
    }
    let others: Rules = vec![
        Arc::new(EliminateLimit::new()),
        Arc::new(EliminateOuterJoin::new()),
        // Nothing that never holds may get to the next one.
        Arc::new(EliminateFilter::new()),
        Arc::new(Never),
        Arc::new(PushDownFilter::new()),
    ];
    rules.extend(others);
    rules
}

fn all(joins: Joins, is_batch: bool) -> Rules {
    let mut rules = before_joins(joins);
    if is_batch {
        rules.push(Arc::new(PushDownLimit::new()));
        rules.push(Arc::new(SingleDistinctToGroupBy::new()));
    }
    rules.push(Arc::new(CommonSubexprEliminate::new()));
    rules.push(Arc::new(OptimizeProjections::new()));
    rules.push(Arc::new(Events));
    rules
}
