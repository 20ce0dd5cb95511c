//! `INTERSECT ALL` and `EXCEPT ALL`: the planner takes them for joins, which do not count rows.
//!
//! Its joins in which nulls are equal are those of set operations. Where the left side is not made distinct before, rows
//! count: then a node of ours takes the place of the join.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use datafusion_common::tree_node::{Transformed, TransformedResult};
use datafusion_common::{DFSchemaRef, NullEquality, Result, plan_err};
use datafusion_expr::logical_plan::{Extension, UserDefinedLogicalNodeCore};
use datafusion_expr::{Expr, ExprSchemable, Join, JoinType, LogicalPlan, LogicalPlanBuilder, cast, ident};

/// Rows of two inputs of the same columns, by how often they are there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Multisets {
    pub(crate) left: LogicalPlan,
    pub(crate) right: LogicalPlan,
    /// `INTERSECT`, or `EXCEPT`.
    pub(crate) are_common: bool,
}

impl PartialOrd for Multisets {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self == other).then_some(Ordering::Equal)
    }
}

impl Multisets {
    /// If an extension of a plan is one.
    pub(crate) fn of(extension: &Extension) -> Option<&Self> {
        extension.node.as_any().downcast_ref()
    }
}

impl UserDefinedLogicalNodeCore for Multisets {
    fn name(&self) -> &str {
        if self.are_common { "IntersectAll" } else { "ExceptAll" }
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.left, &self.right]
    }

    fn schema(&self) -> &DFSchemaRef {
        self.left.schema()
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        match <[LogicalPlan; 2]>::try_from(inputs) {
            Ok([left, right]) => Ok(Self { left, right, are_common: self.are_common }),
            Err(_) => plan_err!("a set operation has two sides"),
        }
    }
}

/// With the set operations that count rows.
pub(super) fn with_multisets(plan: LogicalPlan) -> Result<LogicalPlan> {
    let counted = |part: LogicalPlan| match part {
        LogicalPlan::Join(join) if counts_rows(&join) => multisets(join).map(Transformed::yes),
        part => Ok(Transformed::no(part)),
    };
    plan.transform_up_with_subqueries(counted).data()
}

/// Whether a join is a set operation that counts rows.
pub(super) fn counts_rows(join: &Join) -> bool {
    join.null_equality == NullEquality::NullEqualsNull
        && matches!(join.join_type, JoinType::LeftSemi | JoinType::LeftAnti)
        && !is_distinct(&join.left)
}

fn is_distinct(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Distinct(_) => true,
        LogicalPlan::SubqueryAlias(alias) => is_distinct(&alias.input),
        _ => false,
    }
}

fn multisets(join: Join) -> Result<LogicalPlan> {
    let name = |place: usize| format!("$column{place}");
    let (left, right): (Vec<Expr>, Vec<Expr>) =
        join.on.into_iter().enumerate().map(|(at, (l, r))| (l.alias(name(at)), r.alias(name(at)))).unzip();
    let node = Multisets {
        left: LogicalPlanBuilder::from(join.left).project(left)?.build()?,
        right: LogicalPlanBuilder::from(join.right).project(right)?.build()?,
        are_common: join.join_type == JoinType::LeftSemi,
    };
    let plan = LogicalPlan::Extension(Extension { node: Arc::new(node) });
    // What was compared as a wider type is what it was before.
    let columns = join.schema.iter().enumerate().map(|(place, (qualifier, field))| {
        let column = ident(name(place));
        let is_same = &column.get_type(plan.schema())? == field.data_type();
        let column = if is_same { column } else { cast(column, field.data_type().clone()) };
        Ok(column.alias_qualified(qualifier.cloned(), field.name()))
    });
    let columns = columns.collect::<Result<Vec<_>>>()?;
    LogicalPlanBuilder::from(plan).project(columns)?.build()
}
