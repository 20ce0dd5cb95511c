//! A join of rows with the best value of their window: rows that are not the best of it are left out before.
//!
//! ```text
//!   Join [bid.price = best.most AND bid.t BETWEEN best.window_end - 10 s AND best.window_end]
//!     bid                                                                   Contenders [greatest price] ─► bid
//!     Aggregate [window; MAX(price) AS most]                        ─►        (the same)
//!       TUMBLE(bid, t, 10 s)                                                Aggregate [window; MAX(price) AS most] of them
//! ```
//!
//! Both sides have the same rows, of which the one side knows only the greatest value of each window, and the other side is wanted
//! where it has that value: so neither needs a row that another one of its window has beaten. What is left is a handful, and
//! neither travels far nor is kept for long. Both sides come from one operator, so that what counts for one counts for the other.

mod values;

use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use datafusion_common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion_common::{Column, DFSchemaRef, JoinType, Result, plan_err};
use datafusion_expr::logical_plan::{Extension, UserDefinedLogicalNodeCore};
use datafusion_expr::utils::split_conjunction;
use datafusion_expr::{Expr as Planned, Join, LogicalPlan, Operator as Op, Projection};
use expr::{BinaryOp, Expr};
use operators::Operator;
use operators::window::pane::{Best, Contenders, ContendersSpec, InWindow, Windows};
use plan::{Factory, Make};

use super::intervals::comparisons;
use super::{Node, Planner, Rows, Window};
use crate::covers::covered;
use crate::error::SqlError;
use values::{BestValues, Condition};

/// The rows of a plan, without some that are not the best of their window.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct BestOfWindow {
    input: LogicalPlan,
    /// The column of the values.
    value: usize,
    best: Best,
    of: Of,
}

/// How rows lie in windows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Of {
    /// They have columns of it, which say when it begins and when it ends.
    Columns([usize; 2]),
    /// It is that of a time. Those so far behind its start are wanted in no other window.
    Time { time: usize, windows: Windows, within: Range<i64> },
}

impl BestOfWindow {
    /// If an extension of a plan is one.
    pub(super) fn of(extension: &Extension) -> Option<&Self> {
        extension.node.as_any().downcast_ref()
    }
}

/// The sides of a join without rows that cannot be in it, if one of them has the best values of the other.
pub(super) fn contested(join: &Join) -> Result<Option<[LogicalPlan; 2]>> {
    if join.join_type != JoinType::Inner {
        return Ok(None);
    }
    let (left, right) = (&join.left, &join.right);
    if let Some([best, rows]) = without_beaten(join, left, right)? {
        return Ok(Some([best, rows]));
    }
    Ok(without_beaten(join, right, left)?.map(|[best, rows]| [rows, best]))
}

/// The same if it is known which side has the best values.
fn without_beaten(join: &Join, best: &LogicalPlan, rows: &LogicalPlan) -> Result<Option<[LogicalPlan; 2]>> {
    let Some(values) = BestValues::of(best) else { return Ok(None) };
    let Some(places) = covered(rows, values.input) else { return Ok(None) };
    let Some(of) = values.windows_of(&conditions(join, rows.schema(), best.schema()), rows, &places) else {
        return Ok(None);
    };
    let contest = BestOfWindow { input: rows.clone(), value: places[values.value], best: values.best, of };
    let contest = LogicalPlan::Extension(Extension { node: Arc::new(contest) });
    let columns =
        places.iter().map(|place| Planned::Column(Column::from(rows.schema().qualified_field(*place))));
    let (schema, input) = (values.input.schema().clone(), Arc::new(contest.clone()));
    let narrow = LogicalPlan::Projection(Projection::try_new_with_schema(columns.collect(), input, schema)?);
    let best = best.clone().transform_down(|plan| {
        Ok(match &plan == values.input {
            true => Transformed::new(narrow.clone(), true, TreeNodeRecursion::Jump),
            false => Transformed::no(plan),
        })
    })?;
    Ok(Some([best.data, contest]))
}

/// The conditions of a join: an expression of the rows, and how it compares with one of the best values.
fn conditions(join: &Join, rows: &DFSchemaRef, best: &DFSchemaRef) -> Vec<Condition> {
    let filter = join.filter.iter().flat_map(split_conjunction);
    let equal = join.on.iter().map(|(one, other)| (one.clone(), Op::Eq, other.clone()));
    let is_of = |expr: &Planned, schema: &DFSchemaRef| {
        let columns = expr.column_refs();
        !columns.is_empty() && columns.into_iter().all(|column| schema.has_column(column))
    };
    let turned = |(one, op, other): Condition| match () {
        () if is_of(&one, rows) && is_of(&other, best) => Some((one, op, other)),
        () if is_of(&other, rows) && is_of(&one, best) => Some((other, op.swap()?, one)),
        () => None,
    };
    filter.flat_map(comparisons).chain(equal).filter_map(turned).collect()
}

impl Planner {
    /// Leaves out what is beaten, where that can be told.
    pub(super) fn best_of_window(&mut self, contest: &BestOfWindow) -> Result<Rows, SqlError> {
        let rows = self.rows(&contest.input)?;
        // Where nobody waits for a subtask, what is not late there may be late behind it.
        if !self.is_batch() && (rows.changes() || self.idle_after.is_some()) {
            return Ok(rows);
        }
        let value = contest.value;
        let (mut timed, window) = match &contest.of {
            Of::Time { time, windows, within } => {
                let (time, windows, within) = (*time, *windows, within.clone());
                (vec![time], InWindow::At { time, windows, within })
            }
            Of::Columns(columns) => match rows.window {
                Some(Window { start, end, zone })
                    if zone.is_utc() && [[start, end], [end, start]].contains(columns) =>
                {
                    (vec![end], InWindow::Ending(end))
                }
                _ => return Ok(rows),
            },
        };
        timed.push(value);
        let is_there = |column: usize| Expr::Not(Box::new(Expr::IsNull(Box::new(Expr::Column(column)))));
        let are_there = timed.into_iter().map(is_there);
        let are_there = are_there.reduce(|one, other| Expr::binary(BinaryOp::And, one, other));
        let there = self.filter(&rows, are_there.expect("a time and a value"))?;
        let spec = ContendersSpec { value, best: contest.best, window };
        let schema = rows.layout.schema().clone();
        let types: Vec<_> = schema.fields().iter().map(|field| field.data_type().clone()).collect();
        let word = match contest.best {
            Best::Greatest => "greatest",
            Best::Least => "least",
        };
        let name = format!("Contenders [{word} {} of its window]", schema.field(value).name());
        let make: Make<dyn Operator> =
            Arc::new(move |_| Ok(Box::new(Contenders::new(&spec, &types)?) as Box<dyn Operator>));
        let node = Node { is_single: self.is_single(&there), ..Node::new(name, Factory::Operator(make)) };
        let left = self.add(node, &[&there], rows.layout.clone());
        Ok(Rows { window: rows.window, keys: rows.keys, ..left })
    }
}

impl PartialOrd for BestOfWindow {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self == other).then_some(Ordering::Equal)
    }
}

impl UserDefinedLogicalNodeCore for BestOfWindow {
    fn name(&self) -> &str {
        "BestOfWindow"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        self.input.schema()
    }

    fn expressions(&self) -> Vec<Planned> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BestOfWindow: {:?} {}", self.best, self.input.schema().field(self.value).name())
    }

    fn with_exprs_and_inputs(&self, _: Vec<Planned>, mut inputs: Vec<LogicalPlan>) -> Result<Self> {
        match inputs.pop() {
            Some(input) => Ok(Self { input, ..self.clone() }),
            None => plan_err!("the best are those of rows"),
        }
    }
}
