//! `t FOR SYSTEM_TIME AS OF x`: a table as it is when a row asks for it, or as it was at a time of events.
//!
//! A mark in the plan from where the table is named to the join that it is a side of, which says what `x` is. If it is a
//! time of events, the join gets a condition that all versions fulfil, so that both times stay in the plan.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use datafusion_common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion_common::{Column, DFSchemaRef, ExprSchema, Result, TableReference, plan_err};
use datafusion_expr::logical_plan::{Extension, UserDefinedLogicalNodeCore};
use datafusion_expr::planner::{PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning};
use datafusion_expr::{Expr, Join, LogicalPlan};
use datafusion_sql::sqlparser::ast::{self, TableFactor, TableVersion};

use crate::error::SqlError;
use crate::time::TimeKind;

/// The table, for a time that a column of the other side of a join says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AsOf {
    input: LogicalPlan,
    /// The name of the column.
    of: Vec<String>,
    /// Whether that is a time of events.
    is_of_events: bool,
}

impl PartialOrd for AsOf {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self == other).then_some(Ordering::Equal)
    }
}

impl AsOf {
    /// If an extension of a plan is one.
    pub(crate) fn of(extension: &Extension) -> Option<&Self> {
        extension.node.as_any().downcast_ref()
    }

    /// The table.
    pub(crate) fn input(&self) -> &LogicalPlan {
        &self.input
    }

    /// Whether its versions are asked for.
    pub(crate) fn is_of_events(&self) -> bool {
        self.is_of_events
    }

    /// The time for which it is asked, a column of the other side.
    pub(crate) fn column(&self) -> Column {
        match self.of.as_slice() {
            [table, column] => Column::new(Some(TableReference::bare(table.as_str())), column),
            [column] => Column::new_unqualified(column),
            other => Column::new_unqualified(other.join(".")),
        }
    }
}

impl UserDefinedLogicalNodeCore for AsOf {
    fn name(&self) -> &str {
        "AsOf"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        self.input.schema()
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AsOf: {}", self.of.join("."))
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, mut inputs: Vec<LogicalPlan>) -> Result<Self> {
        match inputs.pop() {
            Some(input) => Ok(Self { input, ..self.clone() }),
            None => plan_err!("a table of a time is one"),
        }
    }

    fn necessary_children_exprs(&self, wanted: &[usize]) -> Option<Vec<Vec<usize>>> {
        Some(vec![wanted.to_vec()])
    }
}

/// Tables of a time in FROM.
#[derive(Debug)]
pub(crate) struct Versions;

impl RelationPlanner for Versions {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        let TableFactor::Table { version: Some(TableVersion::ForSystemTimeAsOf(of)), alias, .. } = &relation
        else {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        };
        let of = match of {
            ast::Expr::Identifier(ident) => vec![ident.value.clone()],
            ast::Expr::CompoundIdentifier(parts) => parts.iter().map(|part| part.value.clone()).collect(),
            other => return plan_err!("FOR SYSTEM_TIME AS OF takes a time of the other table, not {other}"),
        };
        let (of, alias) = (of, alias.clone());
        let mut bare = relation;
        if let TableFactor::Table { version, alias, .. } = &mut bare {
            (*version, *alias) = (None, None);
        }
        let input = context.plan(bare)?;
        let node =
            LogicalPlan::Extension(Extension { node: Arc::new(AsOf { input, of, is_of_events: false }) });
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(node, alias))))
    }
}

/// The table of a time that is the right side of a join.
pub(crate) fn version_in(plan: &LogicalPlan) -> Option<&AsOf> {
    match plan {
        LogicalPlan::Extension(extension) => AsOf::of(extension),
        LogicalPlan::SubqueryAlias(alias) => version_in(&alias.input),
        LogicalPlan::Projection(projection) => version_in(&projection.input),
        LogicalPlan::Filter(filter) => version_in(&filter.input),
        _ => None,
    }
}

/// Finds out what the times of tables are, while all columns are there.
pub(crate) fn checked(plan: LogicalPlan) -> Result<LogicalPlan, SqlError> {
    let checked = plan.transform_up_with_subqueries(|part| match part {
        LogicalPlan::Join(join) if version_in(&join.right).is_some() => {
            let kind = kind_of(&join)?;
            Ok(match kind {
                TimeKind::Processing => Transformed::no(LogicalPlan::Join(join)),
                TimeKind::Event => Transformed::yes(LogicalPlan::Join(of_events(join)?)),
            })
        }
        part => Ok(Transformed::no(part)),
    });
    Ok(checked?.data)
}

/// Which time a table is asked for.
fn kind_of(join: &Join) -> Result<TimeKind> {
    let Some(version) = version_in(&join.right) else { return plan_err!("a join without a version") };
    let column = version.column();
    let field = join.left.schema().field_from_column(&column)?;
    match TimeKind::of(field) {
        Some(kind) => Ok(kind),
        None => plan_err!(
            "FOR SYSTEM_TIME AS OF takes a time, and {column} is none; PROCTIME() AS {} is one",
            column.name
        ),
    }
}

/// The join of rows with the versions of a table: both times are asked for in its condition.
fn of_events(mut join: Join) -> Result<Join> {
    let Some(version) = version_in(&join.right) else { return plan_err!("a join without a version") };
    let time = Expr::Column(version.column());
    let right = join.right.schema();
    let is_time = |(_, field): &(_, &arrow_schema::FieldRef)| TimeKind::of(field) == Some(TimeKind::Event);
    let Some(of_version) = right.iter().find(is_time).map(Column::from) else {
        return plan_err!(
            "FOR SYSTEM_TIME AS OF takes a table whose versions have a time: one with a WATERMARK, or a view that keeps the last row of each key by such a time"
        );
    };
    let marked = |part: LogicalPlan| match &part {
        LogicalPlan::Extension(extension) => Ok(match AsOf::of(extension) {
            Some(version) => {
                let node = Arc::new(AsOf { is_of_events: true, ..version.clone() });
                Transformed::complete(LogicalPlan::Extension(Extension { node }))
            }
            None => Transformed::no(part),
        }),
        _ => Ok(Transformed::no(part)),
    };
    join.right = Arc::new(Arc::unwrap_or_clone(join.right).transform_down(marked).data()?);
    let is_not_later = time.gt_eq(Expr::Column(of_version));
    join.filter = Some(join.filter.into_iter().fold(is_not_later, |all, filter| filter.and(all)));
    Ok(join)
}
