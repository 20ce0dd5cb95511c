//! `FOR SYSTEM_TIME AS OF` a time of events: rows with the versions of their keys, in a stream as in a batch.
//!
//! Versions are the rows of the table on the right, or, if it is a view that keeps the last row of each key by time, all rows
//! that it looks at. What is computed of a version is computed before the join. What has to hold of it is asked behind: a
//! version that does not fulfil it is none, and the one before it is none any more.

use std::sync::Arc;

use datafusion_common::ScalarValue;
use datafusion_common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion_expr::{Expr as Planned, Join, JoinType, LogicalPlan};
use expr::{BinaryOp, Expr};
use operators::Operator;
use operators::join::{HashJoin, JoinKind, TemporalJoin};
use operators::layout::is_time_type;
use plan::{Factory, Make, Partition};

use super::joins::{key_types, pair_filter};
use super::top_n::{FirstRows, LastByTime};
use super::{Node, Planner, Rows, fields_of, lowered};
use crate::as_of::{AsOf, version_in};
use crate::error::SqlError;
use crate::lower::lower;
use crate::time::TimeKind;

/// What is equal on both sides.
type Pairs = Vec<(Planned, Planned)>;

/// The versions of a table.
struct Versions<'a> {
    /// Each row of it is one.
    input: &'a LogicalPlan,
    /// What is wanted of them.
    columns: Vec<Planned>,
    /// When they have begun.
    time: Option<Planned>,
    /// Of what they are versions, if it is said.
    keys: Option<&'a [Planned]>,
    /// What has to hold.
    conditions: Vec<Planned>,
}

impl Planner {
    pub(super) fn temporal_join(&mut self, join: &Join) -> Result<Rows, SqlError> {
        let kind = match join.join_type {
            JoinType::Inner => JoinKind::Inner,
            JoinType::Left => JoinKind::Left,
            other => {
                let words = format!("FOR SYSTEM_TIME AS OF is for JOIN and LEFT JOIN, not for {other} JOIN");
                return Err(SqlError::new(words));
            }
        };
        let versions = Versions::of(&join.right)?;
        let (keys, equalities) = versions.keys(join)?;
        let (left_keys, right_keys): (Vec<Planned>, Vec<Planned>) = keys.into_iter().unzip();
        let left_time = version_in(&join.right).map(AsOf::column);
        let left_time = left_time.and_then(|time| join.left.schema().maybe_index_of_column(&time));
        let (Some(left_time), Some(time)) = (left_time, versions.time.clone()) else {
            return Err(SqlError::new("FOR SYSTEM_TIME AS OF takes a time of either side"));
        };
        let left = self.side(&join.left, lowered(&left_keys, join.left.schema())?)?;
        let columns = join.right.schema().fields().len();
        let right = self.versions(&versions, time, right_keys)?;
        self.refuse_what_has_no_versions([&left, &right], [left_time, columns])?;
        let width = left.layout.schema().fields().len();
        let filter = join.filter.iter().cloned().chain(equalities).reduce(Planned::and);
        let both = join.left.schema().join(join.right.schema())?;
        let own = join.left.schema().fields().len();
        let place = |column: usize| if column < own { column } else { column - own + width };
        let filter =
            filter.map(|filter| Ok::<_, SqlError>(lower(&filter, &both)?.moved(&place))).transpose()?;
        let holds = (!versions.conditions.is_empty()).then_some(Expr::Column(width + columns + 1));
        let filter =
            filter.into_iter().chain(holds).reduce(|one, other| Expr::binary(BinaryOp::And, one, other));
        let window = left.window;
        let inputs = [left.layout.clone(), right.layout.clone()];
        key_types(&inputs)?;
        let pairs = HashJoin::output(&inputs, JoinKind::Inner).schema().clone();
        pair_filter(filter.as_ref(), &pairs).map_err(SqlError::new)?;
        let output = TemporalJoin::output(&inputs);
        let times = [left_time, columns];
        let make: Make<dyn Operator> = Arc::new(move |seat| {
            let filter = pair_filter(filter.as_ref(), &pairs)?;
            let join = TemporalJoin::new(inputs.clone(), times, kind, filter, seat)?;
            Ok(Box::new(join) as Box<dyn Operator>)
        });
        let node = Node::new(format!("Temporal Join [{kind:?}]"), Factory::Operator(make)).stateful();
        let [left, right] = [left, right].map(|rows| rows.routed(&Partition::Hash));
        let joined = Rows { window, ..self.add(node, &[&left, &right], output) };
        let planned = fields_of(&join.schema);
        self.projection(&joined, (0..planned.len()).map(place).map(Expr::Column).collect(), &planned)
    }

    /// The columns that are wanted of versions, their time, whether their conditions hold, and their key.
    fn versions(
        &mut self,
        versions: &Versions<'_>,
        time: Planned,
        keys: Vec<Planned>,
    ) -> Result<Rows, SqlError> {
        let schema = versions.input.schema();
        let rows = self.rows(versions.input)?;
        let conditions = versions.conditions.iter().cloned().reduce(Planned::and);
        let all = versions.columns.iter().cloned().chain([time]).chain(conditions).chain(keys.clone());
        let exprs = lowered(&all.collect::<Vec<_>>(), schema)?;
        let first_key = exprs.len() - keys.len();
        let key = (first_key..exprs.len()).collect();
        let own = rows.layout.schema();
        let field = |(number, expr): (usize, &Expr)| {
            let data_type = expr.data_type(own).map_err(SqlError::new)?;
            Ok(arrow_schema::Field::new(format!("$version{number}"), data_type, true))
        };
        let fields = exprs.iter().enumerate().map(field).collect::<Result<Vec<_>, SqlError>>()?;
        let rows = self.projection(&rows, exprs, &fields.into())?;
        Ok(Rows { layout: rows.layout.clone().keyed_by(key), ..rows })
    }

    fn refuse_what_has_no_versions(&self, sides: [&Rows; 2], times: [usize; 2]) -> Result<(), SqlError> {
        for (rows, time) in sides.into_iter().zip(times) {
            if rows.changes() {
                return Err(SqlError::not_yet("FOR SYSTEM_TIME AS OF with rows that a stream takes back"));
            }
            if !rows.is_timely && !self.is_batch() {
                return Err(SqlError::not_yet(
                    "FOR SYSTEM_TIME AS OF with rows of a join that keeps rows for ever, which come long after their time,",
                ));
            }
            let data_type = rows.layout.schema().field(time).data_type();
            if !is_time_type(data_type) {
                let written = crate::type_syntax::written_type(data_type);
                let words = format!(
                    "FOR SYSTEM_TIME AS OF takes times of TIMESTAMP(3) or TIMESTAMP_LTZ(3), and one is {written}"
                );
                return Err(SqlError::new(words));
            }
        }
        let [one, other] = [0, 1].map(|side| sides[side].layout.schema().field(times[side]).data_type());
        if one != other {
            let [one, other] = [one, other].map(crate::type_syntax::written_type);
            return Err(SqlError::new(format!(
                "FOR SYSTEM_TIME AS OF takes times of one type, and these are {one} and {other}"
            )));
        }
        Ok(())
    }
}

impl<'a> Versions<'a> {
    /// Those of the right side of a join.
    fn of(plan: &'a LogicalPlan) -> Result<Self, SqlError> {
        match plan {
            LogicalPlan::Extension(extension) => match AsOf::of(extension) {
                Some(version) => Self::of_table(version.input()),
                None => Err(SqlError::not_yet(extension.node.name())),
            },
            LogicalPlan::SubqueryAlias(alias) => Self::of(&alias.input),
            LogicalPlan::Projection(projection) => {
                Self::of(&projection.input)?.projected(&projection.expr, &projection.input)
            }
            LogicalPlan::Filter(filter) => {
                let inner = Self::of(&filter.input)?;
                let condition = inner.over(filter.predicate.clone(), &filter.input)?;
                let conditions = inner.conditions.iter().cloned().chain([condition]).collect();
                Ok(Self { conditions, ..inner })
            }
            other => Err(SqlError::not_yet(format!("FOR SYSTEM_TIME AS OF {}", other.display()))),
        }
    }

    /// Those of a table, or of what a view of last rows looks at.
    fn of_table(plan: &'a LogicalPlan) -> Result<Self, SqlError> {
        match plan {
            LogicalPlan::SubqueryAlias(alias) => Self::of_table(&alias.input),
            LogicalPlan::Projection(projection) if has_last_rows(&projection.input) => {
                Self::of_table(&projection.input)?.projected(&projection.expr, &projection.input)
            }
            LogicalPlan::Filter(filter) if has_last_rows(plan) => {
                match FirstRows::of(filter).and_then(|first| first.last_by_time()) {
                    Some(last) => Self::of_last_rows(&last),
                    None => {
                        let inner = Self::of_table(&filter.input)?;
                        let condition = inner.over(filter.predicate.clone(), &filter.input)?;
                        let conditions = inner.conditions.iter().cloned().chain([condition]).collect();
                        Ok(Self { conditions, ..inner })
                    }
                }
            }
            table => {
                let columns: Vec<Planned> =
                    table.schema().columns().into_iter().map(Planned::Column).collect();
                let is_time = |field: &&arrow_schema::FieldRef| TimeKind::of(field) == Some(TimeKind::Event);
                let time = table.schema().fields().iter().position(|field| is_time(&field));
                let time = time.map(|time| columns[time].clone());
                Ok(Self { input: table, columns, time, keys: None, conditions: Vec::new() })
            }
        }
    }

    fn of_last_rows(last: &LastByTime<'a>) -> Result<Self, SqlError> {
        let input = last.window.input.as_ref();
        let mut columns: Vec<Planned> = input.schema().columns().into_iter().map(Planned::Column).collect();
        // Whatever is a last row is the first one from behind.
        columns.push(Planned::Literal(ScalarValue::UInt64(Some(1)), None));
        let time = Some(last.time.clone());
        let all = Self { input, columns, time, keys: Some(last.keys), conditions: Vec::new() };
        let schema = &last.window.schema;
        let over = |expr: &Planned| all.over_columns_of(expr.clone(), schema);
        let conditions = last.others.iter().map(|expr| over(expr)).collect::<Result<_, _>>()?;
        let picked =
            last.picked.map(|picked| picked.iter().map(over).collect::<Result<_, _>>()).transpose()?;
        let columns = picked.unwrap_or_else(|| all.columns.clone());
        Ok(Self { columns, conditions, ..all })
    }

    fn projected(self, exprs: &[Planned], input: &LogicalPlan) -> Result<Self, SqlError> {
        let columns = exprs.iter().map(|expr| self.over(expr.clone().unalias(), input));
        let columns = columns.collect::<Result<_, _>>()?;
        Ok(Self { columns, ..self })
    }

    /// An expression over the columns of a plan as one over the input.
    fn over(&self, expr: Planned, plan: &LogicalPlan) -> Result<Planned, SqlError> {
        self.over_columns_of(expr, plan.schema())
    }

    fn over_columns_of(
        &self,
        expr: Planned,
        schema: &datafusion_common::DFSchema,
    ) -> Result<Planned, SqlError> {
        let known = |expr: Planned| match &expr {
            Planned::Column(column) => {
                let place = schema.index_of_column(column)?;
                Ok(Transformed::new(
                    self.columns[place].clone(),
                    true,
                    datafusion_common::tree_node::TreeNodeRecursion::Jump,
                ))
            }
            _ => Ok(Transformed::no(expr)),
        };
        Ok(expr.transform_down(known).data()?)
    }

    /// What both sides of a join have in common: the key of the versions, over the left side and over the input, and what else
    /// has to be equal.
    fn keys(&self, join: &Join) -> Result<(Pairs, Vec<Planned>), SqlError> {
        let (mut keys, mut others) = (Vec::new(), Vec::new());
        for (left, right) in &join.on {
            let over = self.over(right.clone(), &join.right)?;
            match self.keys.is_none_or(|keys| keys.contains(&over)) {
                true => keys.push((left.clone(), over)),
                false => others.push(left.clone().eq(right.clone())),
            }
        }
        let is_whole =
            self.keys.is_none_or(|all| all.iter().all(|key| keys.iter().any(|(_, each)| each == key)));
        if keys.is_empty() || !is_whole {
            return Err(SqlError::new(
                "a join with FOR SYSTEM_TIME AS OF has an equality with the key of the table whose versions it asks for",
            ));
        }
        Ok((keys, others))
    }
}

/// Whether a plan keeps the last rows of keys by time, and does nothing with them but row by row.
fn has_last_rows(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::SubqueryAlias(alias) => has_last_rows(&alias.input),
        LogicalPlan::Projection(projection) => has_last_rows(&projection.input),
        LogicalPlan::Filter(filter) => {
            FirstRows::of(filter).is_some_and(|first| first.last_by_time().is_some())
                || has_last_rows(&filter.input)
        }
        _ => false,
    }
}
