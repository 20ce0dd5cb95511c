//! Bounds of time in the condition of a join: `a.t BETWEEN b.t - INTERVAL '5' MINUTE AND b.t + INTERVAL '1' HOUR`.
//!
//! ```text
//!   left time - right time >= least      a left row is kept until event time has passed its time by -least
//!   left time - right time <= most       a right row, its time by most
//! ```
//!
//! The condition still says which pairs there are; this only says how long a row can have one.

use std::any::Any;

use arrow_schema::{DataType, TimeUnit};
use datafusion_common::DFSchema;
use datafusion_expr::utils::split_conjunction;
use datafusion_expr::{Expr, Join, Operator};
use expr::BinaryOp;
use operators::join::Retention;

use crate::functions::Arithmetic;
use crate::time::TimeKind;
use crate::windows::milliseconds;

/// How far the times of a pair may be apart.
#[derive(Clone, Copy, Debug, Default)]
struct Bounds {
    least: Option<i64>,
    most: Option<i64>,
}

/// The event times of both sides, if a condition bounds how far they are apart from above and below: until when the rows of
/// either side are to be known.
pub(super) fn interval(join: &Join) -> Option<[Retention; 2]> {
    let filter = join.filter.iter().flat_map(split_conjunction);
    let mut conditions: Vec<(Expr, Operator, Expr)> = filter.flat_map(comparisons).collect();
    let equal = |(left, right): &(Expr, Expr)| (left.clone(), Operator::Eq, right.clone());
    conditions.extend(join.on.iter().map(equal));
    let mut known: Vec<([usize; 2], Bounds)> = Vec::new();
    for (one, op, other) in conditions {
        let Some((columns, bounds)) = bound(join, &one, op, &other) else { continue };
        let place = known.iter().position(|(each, _)| *each == columns).unwrap_or_else(|| {
            known.push((columns, Bounds::default()));
            known.len() - 1
        });
        let all = &mut known[place].1;
        all.least = all.least.max(bounds.least);
        all.most = [all.most, bounds.most].into_iter().flatten().min();
    }
    known.into_iter().find_map(|([left, right], bounds)| {
        let (least, most) = (bounds.least?, bounds.most?);
        Some([Retention { column: left, after: -least }, Retention { column: right, after: most }])
    })
}

/// The comparisons that a condition consists of.
pub(super) fn comparisons(condition: &Expr) -> Vec<(Expr, Operator, Expr)> {
    match condition {
        Expr::Between(between) if !between.negated => {
            let of = |op, bound: &Expr| (between.expr.as_ref().clone(), op, bound.clone());
            vec![of(Operator::GtEq, &between.low), of(Operator::LtEq, &between.high)]
        }
        Expr::BinaryExpr(binary) => {
            vec![(binary.left.as_ref().clone(), binary.op, binary.right.as_ref().clone())]
        }
        _ => Vec::new(),
    }
}

/// What a comparison says of a time of the left side and one of the right: which columns they are, and how far they may be
/// apart.
fn bound(join: &Join, one: &Expr, op: Operator, other: &Expr) -> Option<([usize; 2], Bounds)> {
    let sides = [join.left.schema().as_ref(), join.right.schema().as_ref()];
    let times = |expr: &Expr, side: usize| {
        let schema = sides[side];
        shifted(expr, schema, &|place| TimeKind::of(&schema.fields()[place]) == Some(TimeKind::Event))
    };
    let (left, right, op) = match (times(one, 0), times(other, 1)) {
        (Some(left), Some(right)) => (left, right, op),
        _ => (times(other, 0)?, times(one, 1)?, op.swap()?),
    };
    // left + shift op right + shift
    let apart = right.1.checked_sub(left.1)?;
    let bounds = match op {
        Operator::Eq => Bounds { least: Some(apart), most: Some(apart) },
        Operator::Gt | Operator::GtEq => Bounds { least: Some(apart), most: None },
        Operator::Lt | Operator::LtEq => Bounds { least: None, most: Some(apart) },
        _ => return None,
    };
    Some(([left.0, right.0], bounds))
}

/// A time of a side, and how many milliseconds are added to it.
pub(super) fn shifted(
    expr: &Expr,
    schema: &DFSchema,
    is_time: &dyn Fn(usize) -> bool,
) -> Option<(usize, i64)> {
    match expr {
        Expr::Column(column) => {
            let place = schema.maybe_index_of_column(column)?;
            is_time(place).then_some((place, 0))
        }
        // To more digits: any other cast would put times together.
        Expr::Cast(cast) => match cast.field.data_type() {
            DataType::Timestamp(TimeUnit::Second, _) => None,
            DataType::Timestamp(..) => shifted(&cast.expr, schema, is_time),
            _ => None,
        },
        Expr::ScalarFunction(called) => {
            let implementation: &dyn Any = called.func.inner().as_ref();
            let op = implementation.downcast_ref::<Arithmetic>()?.op;
            let [one, other] = called.args.as_slice() else { return None };
            sum((op, one, other), schema, is_time)
        }
        _ => None,
    }
}

/// The same of a time and an interval, added or subtracted.
fn sum(
    (op, one, other): (BinaryOp, &Expr, &Expr),
    schema: &DFSchema,
    is_time: &dyn Fn(usize) -> bool,
) -> Option<(usize, i64)> {
    match (op, milliseconds(one)) {
        (BinaryOp::Plus, Ok(by)) => {
            let (place, shift) = shifted(other, schema, is_time)?;
            Some((place, shift.checked_add(by)?))
        }
        (BinaryOp::Plus, Err(_)) => {
            let (place, shift) = shifted(one, schema, is_time)?;
            Some((place, shift.checked_add(milliseconds(other).ok()?)?))
        }
        (BinaryOp::Minus, _) => {
            let (place, shift) = shifted(one, schema, is_time)?;
            Some((place, shift.checked_sub(milliseconds(other).ok()?)?))
        }
        _ => None,
    }
}
