//! Which types are cast to which, and which stand beside one another: as in Flink, where little is cast unless it is said.
//!
//! | beside | are compared with | are values of one column or `CASE` with |
//! |---|---|---|
//! | numbers | numbers | numbers |
//! | texts | texts, dates and times | texts |
//! | dates and timestamps | the same, texts | the same |
//! | anything else | its own kind | its own kind |
//!
//! Looked at before the planner adds casts of its own, which would find out while a job runs that a text is no number.

use arrow_schema::{DataType, IntervalUnit};
use datafusion_common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion_common::{DFSchema, DataFusionError, Result, plan_err};
use datafusion_expr::utils::merge_schema;
use datafusion_expr::{Expr, ExprSchemable, LogicalPlan, Operator};

use crate::error::SqlError;
use crate::type_syntax::written_type;

/// What types have in common whose values stand beside one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Truth,
    Number,
    Text,
    Bytes,
    /// A date or a timestamp.
    Day,
    /// A time of a day.
    Clock,
    Months,
    Span,
    /// Rows, arrays and maps, and what is no type of SQL.
    Other,
    /// Nothing: it is of every type.
    Nothing,
}

impl Kind {
    pub(crate) fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Null => Self::Nothing,
            DataType::Boolean => Self::Truth,
            numeric if numeric.is_numeric() => Self::Number,
            DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => Self::Text,
            DataType::Binary | DataType::BinaryView | DataType::LargeBinary => Self::Bytes,
            DataType::Date32 | DataType::Timestamp(..) => Self::Day,
            DataType::Time32(_) | DataType::Time64(_) => Self::Clock,
            DataType::Interval(IntervalUnit::YearMonth) => Self::Months,
            DataType::Interval(_) | DataType::Duration(_) => Self::Span,
            _ => Self::Other,
        }
    }

    /// Whether values of both are values of one column.
    pub(crate) fn joins(self, other: Self) -> bool {
        self == other || self == Self::Nothing || other == Self::Nothing
    }

    /// Whether values of both are compared.
    fn meets(self, other: Self) -> bool {
        let is_time = |kind| matches!(kind, Self::Day | Self::Clock);
        let is_written = |one, other| one == Self::Text && is_time(other);
        self.joins(other) || is_written(self, other) || is_written(other, self)
    }

    /// Whether a value of this kind is cast to another one.
    fn casts_to(self, to: Self) -> bool {
        self.joins(to)
            || self == Self::Text && !matches!(to, Self::Months | Self::Span)
            || to == Self::Text
            || matches!((self, to), (Self::Truth, Self::Number) | (Self::Number, Self::Truth))
            || matches!((self, to), (Self::Day, Self::Clock) | (Self::Clock, Self::Day))
            || matches!((self, to), (Self::Months | Self::Span, Self::Number))
            || matches!((self, to), (Self::Months, Self::Span) | (Self::Span, Self::Months))
    }
}

/// Refuses a comparison that Flink does not know.
pub(crate) fn compare(left: &DataType, op: impl std::fmt::Display, right: &DataType) -> Result<()> {
    let kinds = [left, right].map(Kind::of);
    if kinds[0].meets(kinds[1]) {
        return Ok(());
    }
    let [left, right] = [left, right].map(written_type);
    match kinds {
        [Kind::Text, Kind::Number] | [Kind::Number, Kind::Text] => {
            plan_err!("{left} {op} {right}: text and numbers are not compared; use CAST")
        }
        _ => plan_err!("{left} {op} {right}: values of these types are not compared; use CAST"),
    }
}

/// Refuses what Flink does not cast, compare or put in one column.
pub(crate) fn refuse_mixed_types(plan: &LogicalPlan) -> std::result::Result<(), SqlError> {
    plan.apply_with_subqueries(|part| {
        let inputs = part.inputs();
        let schema = match part {
            LogicalPlan::TableScan(scan) => scan.projected_schema.as_ref().clone(),
            _ => merge_schema(&inputs),
        };
        match part {
            LogicalPlan::Union(_) => one_column(&inputs)?,
            LogicalPlan::Join(join) => {
                for (left, right) in &join.on {
                    let sides = (left.get_type(join.left.schema()), right.get_type(join.right.schema()));
                    if let (Ok(left), Ok(right)) = sides {
                        compare(&left, "=", &right)?;
                    }
                }
            }
            _ => {}
        }
        // The casts of these are the planner's.
        if !matches!(part, LogicalPlan::Values(_) | LogicalPlan::Limit(_)) {
            part.apply_expressions(|expr| expr.apply(|inner| look_at(inner, &schema)))?;
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(())
}

/// The inputs of a union have columns of the same kinds.
fn one_column(inputs: &[&LogicalPlan]) -> Result<()> {
    let Some((first, others)) = inputs.split_first() else { return Ok(()) };
    for other in others {
        for (one, two) in first.schema().fields().iter().zip(other.schema().fields()) {
            together("UNION", one.data_type(), two.data_type())?;
        }
    }
    Ok(())
}

/// Refuses values of two types as those of one column.
pub(crate) fn together(place: &str, one: &DataType, other: &DataType) -> Result<()> {
    match Kind::of(one).joins(Kind::of(other)) {
        true => Ok(()),
        false => {
            let [one, other] = [one, other].map(written_type);
            plan_err!("{place} has values of {one} and of {other}; use CAST")
        }
    }
}

fn look_at(expr: &Expr, schema: &DFSchema) -> Result<TreeNodeRecursion> {
    // What has no type yet is refused by the planner, in its words.
    let type_of = |expr: &Expr| expr.get_type(schema).ok();
    let all = |exprs: &mut dyn Iterator<Item = &Expr>| exprs.filter_map(type_of).collect::<Vec<_>>();
    match expr {
        Expr::Cast(cast) => casts(type_of(&cast.expr), cast.field.data_type())?,
        Expr::TryCast(cast) => casts(type_of(&cast.expr), cast.field.data_type())?,
        Expr::Not(of) => truth("NOT", type_of(of))?,
        Expr::BinaryExpr(binary) if matches!(binary.op, Operator::And | Operator::Or) => {
            truth(&binary.op.to_string(), type_of(&binary.left))?;
            truth(&binary.op.to_string(), type_of(&binary.right))?;
        }
        Expr::BinaryExpr(binary)
            if matches!(binary.op, Operator::IsDistinctFrom | Operator::IsNotDistinctFrom) =>
        {
            if let Some(right) = type_of(&binary.right) {
                with(&binary.left, &binary.op.to_string(), &right, schema)?;
            }
        }
        Expr::InList(list) => {
            for other in all(&mut list.list.iter()) {
                with(&list.expr, "IN", &other, schema)?;
            }
        }
        Expr::InSubquery(of) => {
            if let [field] = of.subquery.subquery.schema().fields().as_ref() {
                with(&of.expr, "IN", field.data_type(), schema)?;
            }
        }
        Expr::SetComparison(of) => {
            if let [field] = of.subquery.subquery.schema().fields().as_ref() {
                with(&of.expr, &of.op.to_string(), field.data_type(), schema)?;
            }
        }
        Expr::Between(between) => {
            for other in all(&mut [&between.low, &between.high].into_iter().map(AsRef::as_ref)) {
                with(&between.expr, "BETWEEN", &other, schema)?;
            }
        }
        Expr::Case(case) => {
            for when in all(&mut case.when_then_expr.iter().map(|(when, _)| when.as_ref())) {
                match &case.expr {
                    Some(of) => with(of, "=", &when, schema)?,
                    None => truth("CASE WHEN", Some(when))?,
                }
            }
            let results = case.when_then_expr.iter().map(|(_, then)| then).chain(&case.else_expr);
            let results = all(&mut results.map(AsRef::as_ref));
            let known = results.iter().find(|result| !result.is_null());
            for result in &results {
                together("CASE", known.unwrap_or(result), result)?;
            }
        }
        _ => {}
    }
    Ok(TreeNodeRecursion::Continue)
}

fn with(expr: &Expr, op: &str, other: &DataType, schema: &DFSchema) -> Result<(), DataFusionError> {
    match expr.get_type(schema) {
        Ok(data_type) => compare(&data_type, op, other),
        Err(_) => Ok(()),
    }
}

/// Refuses what is no condition.
pub(crate) fn truth(op: &str, given: Option<DataType>) -> Result<()> {
    match given {
        Some(given) if !Kind::of(&given).joins(Kind::Truth) => {
            plan_err!("{op} does not take {}: it takes a BOOLEAN", written_type(&given))
        }
        _ => Ok(()),
    }
}

fn casts(from: Option<DataType>, to: &DataType) -> Result<()> {
    match from {
        Some(from) if !Kind::of(&from).casts_to(Kind::of(to)) => {
            plan_err!("there is no CAST from {} to {}", written_type(&from), written_type(to))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_meet_join_and_cast_as_in_flink() {
        let kinds = [Kind::Truth, Kind::Number, Kind::Text, Kind::Day, Kind::Clock, Kind::Span];
        let all = |holds: fn(Kind, Kind) -> bool| {
            let row =
                |one: &Kind| kinds.iter().map(|other| if holds(*one, *other) { 'x' } else { '.' }).collect();
            kinds.iter().map(row).collect::<Vec<String>>()
        };
        let same = ["x.....", ".x....", "..x...", "...x..", "....x.", ".....x"];
        assert_eq!(all(Kind::joins), same);
        assert_eq!(all(Kind::meets), ["x.....", ".x....", "..xxx.", "..xx..", "..x.x.", ".....x"]);
        assert_eq!(all(Kind::casts_to), ["xxx...", "xxx...", "xxxxx.", "..xxx.", "..xxx.", ".xx..x"]);
    }

    #[test]
    fn nothing_is_of_every_type() {
        for kind in [Kind::Truth, Kind::Number, Kind::Text, Kind::Other] {
            assert!(Kind::Nothing.joins(kind) && kind.joins(Kind::Nothing) && Kind::Nothing.casts_to(kind));
        }
    }
}
