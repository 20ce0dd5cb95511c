//! JOIN: rows of both sides go where their keys belong, and meet in a table of those of the smaller side.
//!
//! Without an equality the right side goes to every subtask of the left, or both to one, where rows without a partner have
//! to be known.

use std::sync::Arc;

use arrow_array::RecordBatch;
use datafusion_common::{JoinType, NullEquality};
use datafusion_expr::{Expr as Planned, Join, LogicalPlan};
use expr::{Expr, Program};
use operators::Operator;
use operators::join::{HashJoin, JoinKind, Nulls, PairFilter};
use plan::{Factory, Make, Partition};
use runtime::subtask::Failure;

use super::{Node, Planner, Rows, failed, fields_of, lowered};
use crate::error::SqlError;
use crate::lower::lower;

impl Planner {
    pub(super) fn join(&mut self, join: &Join) -> Result<Rows, SqlError> {
        if !self.is_batch() {
            return Err(SqlError::not_yet("JOIN in a stream; SET 'execution.runtime-mode' = 'batch': it"));
        }
        let nulls = match (join.null_equality, join.null_aware) {
            (_, true) => Nulls::AreUnknown,
            (NullEquality::NullEqualsNull, false) => Nulls::AreEqual,
            (NullEquality::NullEqualsNothing, false) => Nulls::Differ,
        };
        let sizes = self.size(&join.left).zip(self.size(&join.right));
        // The smaller side is kept. Without keys, rows without a partner are found where the left side stays in place.
        let may_swap = !join.on.is_empty() || join.join_type == JoinType::Inner;
        let swaps = may_swap && sizes.is_some_and(|(left, right)| left < right);
        let (kind, swaps) = match join.join_type {
            JoinType::Inner => (JoinKind::Inner, swaps),
            JoinType::Left if swaps => (JoinKind::Right, true),
            JoinType::Left => (JoinKind::Left, false),
            JoinType::Right if swaps => (JoinKind::Left, true),
            JoinType::Right => (JoinKind::Right, false),
            JoinType::Full => (JoinKind::Full, swaps),
            JoinType::LeftSemi => (JoinKind::LeftSemi, false),
            JoinType::LeftAnti => (JoinKind::LeftAnti, false),
            JoinType::RightSemi => (JoinKind::LeftSemi, true),
            JoinType::RightAnti => (JoinKind::LeftAnti, true),
            other => return Err(SqlError::not_yet(format!("a {other} join"))),
        };
        let (left_keys, right_keys): (Vec<_>, Vec<_>) = join.on.iter().cloned().unzip();
        let left = self.side(&join.left, &left_keys)?;
        let right = self.side(&join.right, &right_keys)?;
        let (columns, keys) = (join.left.schema().fields().len(), join.on.len());
        let others = join.right.schema().fields().len();
        let filter = join.filter.as_ref().map(|filter| {
            let both = join.left.schema().join(join.right.schema())?;
            // The keys of a side stand behind its columns.
            let place = |column: usize| match (swaps, column < columns) {
                (false, true) => column,
                (false, false) => column + keys,
                (true, true) => column + others + keys,
                (true, false) => column - columns,
            };
            Ok::<Expr, SqlError>(lower(filter, &both)?.moved(&place))
        });
        let filter = filter.transpose()?;
        let (left, right) = if swaps { (right, left) } else { (left, right) };
        let joined = self.hash_join([left, right], (kind, nulls), filter)?;
        let planned = fields_of(&join.schema);
        let is_about_left = matches!(kind, JoinKind::LeftSemi | JoinKind::LeftAnti);
        let place = |number: usize| match number < columns {
            _ if is_about_left => number,
            true if swaps => number + others + keys,
            true => number,
            false if swaps => number - columns,
            false => number + keys,
        };
        self.projection(&joined, (0..planned.len()).map(place).map(Expr::Column).collect(), &planned)
    }

    /// A side with its keys behind its columns.
    fn side(&mut self, plan: &LogicalPlan, keys: &[Planned]) -> Result<Rows, SqlError> {
        let rows = self.rows(plan)?;
        let columns = rows.layout.record();
        let keys = lowered(keys, plan.schema())?;
        let key = (columns..columns + keys.len()).collect();
        let keys = keys.into_iter().enumerate().map(|(number, key)| (format!("$key{number}"), key)).collect();
        let rows = self.extended(&rows, keys)?;
        Ok(Rows { layout: rows.layout.clone().keyed_by(key), ..rows })
    }

    fn hash_join(
        &mut self,
        sides: [Rows; 2],
        (kind, nulls): (JoinKind, Nulls),
        filter: Option<Expr>,
    ) -> Result<Rows, SqlError> {
        let [left, right] = sides;
        let inputs = [left.layout.clone(), right.layout.clone()];
        let (one, other) = (inputs[0].key_types(), inputs[1].key_types());
        if one != other {
            let words = |types: &[arrow_schema::DataType]| {
                types.iter().map(crate::type_syntax::written_type).collect::<Vec<_>>().join(", ")
            };
            return Err(SqlError::new(format!(
                "({}) and ({}) are not compared; use CAST",
                words(&one),
                words(&other)
            )));
        }
        let pairs = HashJoin::output(&inputs, JoinKind::Inner).schema().clone();
        if let Some(filter) = &filter {
            Program::compile(filter, &pairs).map_err(SqlError::new)?;
        }
        let output = HashJoin::output(&inputs, kind);
        // What is NOT IN the right side has to be looked for in all of it.
        let has_keys = !one.is_empty() && nulls != Nulls::AreUnknown;
        let make: Make<dyn Operator> = Arc::new(move |seat| {
            let filter = filter.as_ref().map(|filter| {
                let program = Program::compile(filter, &pairs).map_err(failed)?;
                let holds = move |rows: &RecordBatch| program.holds(rows).map_err(failed);
                Ok::<_, Failure>(Box::new(holds) as PairFilter)
            });
            let filter = filter.transpose()?;
            Ok(Box::new(HashJoin::new(inputs.clone(), (kind, nulls), filter, seat)?) as Box<dyn Operator>)
        });
        let node = Node::new(format!("Hash Join [{kind:?}]"), Factory::Operator(make)).stateful();
        let (node, left, right) = match kind {
            _ if has_keys => (node, left.routed(&Partition::Hash), right.routed(&Partition::Hash)),
            JoinKind::Right | JoinKind::Full => {
                (node.single(), left.routed(&Partition::Global), right.routed(&Partition::Global))
            }
            // Rows of the left stay where they are.
            _ if self.is_single(&left) => (node.single(), left, right.routed(&Partition::Global)),
            _ => (node, left, right.routed(&Partition::Broadcast)),
        };
        Ok(self.add(node, &[&left, &right], output))
    }
}
