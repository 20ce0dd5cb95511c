//! Which share of rows a condition leaves: of numbers by how much of their range it takes, else what Selinger guessed.
//!
//! P. Selinger et al., Access Path Selection in a Relational Database Management System, 1979. Conditions are taken for
//! independent, but for those on one column, which are one interval.

use std::collections::BTreeMap;

use datafusion_expr::expr::{Between, BinaryExpr, InList};
use datafusion_expr::utils::split_conjunction;
use datafusion_expr::{Expr, LogicalPlan, Operator};

use super::Guesses;
use super::columns::Known;

/// One value of a column of which nothing is known.
const EQUAL: f64 = 0.1;
/// Values on one side of another.
const ORDERED: f64 = 1.0 / 3.0;
/// The same of what is computed: `HAVING` asks for the few.
const COMPUTED: f64 = 0.1;
/// Texts that are like a pattern.
const LIKE: f64 = 0.1;
/// Nulls of a column of which nothing is known.
const NULL: f64 = 0.05;
/// Anything else.
const OTHER: f64 = 1.0 / 3.0;
/// A list is never taken for more than this.
const LIST_MOST: f64 = 0.5;

/// The part of its range in which a column is asked to lie.
#[derive(Clone, Copy)]
struct Interval {
    least: f64,
    greatest: f64,
}

impl Guesses<'_> {
    /// Which share of the rows of a plan a condition leaves.
    pub(super) fn share(&self, condition: &Expr, plan: &LogicalPlan) -> f64 {
        let mut intervals: BTreeMap<usize, (Known, Interval)> = BTreeMap::new();
        let mut share = 1.0;
        for part in split_conjunction(condition) {
            match self.interval(part, plan) {
                Some((column, known, interval)) => {
                    let (_, of_column) = intervals.entry(column).or_insert((known, interval));
                    of_column.least = of_column.least.max(interval.least);
                    of_column.greatest = of_column.greatest.min(interval.greatest);
                }
                None => share *= self.single(part, plan),
            }
        }
        let taken = intervals.values().map(|(known, interval)| interval.share(known));
        (share * taken.product::<f64>()).clamp(0.0, 1.0)
    }

    /// A condition that is no conjunction.
    fn single(&self, condition: &Expr, plan: &LogicalPlan) -> f64 {
        match condition {
            Expr::BinaryExpr(BinaryExpr { op: Operator::And, .. }) => self.share(condition, plan),
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
                let (left, right) = (self.share(left, plan), self.share(right, plan));
                left + right - left * right
            }
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => match op {
                Operator::Eq => self.equal(left, right, plan),
                Operator::NotEq => 1.0 - self.equal(left, right, plan),
                Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq => {
                    let is_column = |side: &Expr| self.known(plan, side).is_some();
                    if is_column(left) || is_column(right) { ORDERED } else { COMPUTED }
                }
                _ => OTHER,
            },
            Expr::Not(of) => 1.0 - self.share(of, plan),
            Expr::Between(Between { negated, .. }) => negated_if(*negated, ORDERED * ORDERED),
            Expr::InList(InList { expr, list, negated }) => {
                let one = self.one_value(expr, plan);
                #[expect(clippy::cast_precision_loss, reason = "a guess")]
                let share = (one * list.len() as f64).min(LIST_MOST);
                negated_if(*negated, share)
            }
            Expr::Like(like) => negated_if(like.negated, LIKE),
            Expr::IsNull(of) => self.nulls(of, plan),
            Expr::IsNotNull(of) => 1.0 - self.nulls(of, plan),
            Expr::Literal(value, _) => f64::from(u8::from(value == &true.into())),
            _ => OTHER,
        }
    }

    fn equal(&self, left: &Expr, right: &Expr, plan: &LogicalPlan) -> f64 {
        match (left, right) {
            (column, Expr::Literal(..)) | (Expr::Literal(..), column) => self.one_value(column, plan),
            _ => self.one_value(left, plan).min(self.one_value(right, plan)),
        }
    }

    fn one_value(&self, column: &Expr, plan: &LogicalPlan) -> f64 {
        let distinct = self.known(plan, column).and_then(|known| known.distinct);
        distinct.map_or(EQUAL, |distinct| 1.0 / distinct.max(1.0))
    }

    fn nulls(&self, column: &Expr, plan: &LogicalPlan) -> f64 {
        self.known(plan, column).and_then(|known| known.nulls).unwrap_or(NULL)
    }

    /// The interval in which a condition wants a column, if its range is known.
    fn interval(&self, condition: &Expr, plan: &LogicalPlan) -> Option<(usize, Known, Interval)> {
        let (column, least, greatest) = match condition {
            Expr::Between(Between { expr, negated: false, low, high }) => (expr, number(low)?, number(high)?),
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
                let (column, op, value) = match (number(left), number(right)) {
                    (None, Some(value)) => (left, *op, value),
                    (Some(value), None) => (right, op.swap()?, value),
                    _ => return None,
                };
                match op {
                    Operator::Lt | Operator::LtEq => (column, f64::NEG_INFINITY, value),
                    Operator::Gt | Operator::GtEq => (column, value, f64::INFINITY),
                    _ => return None,
                }
            }
            _ => return None,
        };
        let Expr::Column(name) = column.as_ref() else { return None };
        let known = self.known(plan, column).filter(|known| known.range.is_some())?;
        Some((plan.schema().maybe_index_of_column(name)?, known, Interval { least, greatest }))
    }
}

impl Interval {
    /// Which part of the range of a column it is: at least one of its values.
    fn share(self, known: &Known) -> f64 {
        let Some((least, greatest)) = known.range else { return ORDERED };
        let taken = self.greatest.min(greatest) - self.least.max(least);
        if taken < 0.0 {
            return 0.0;
        }
        let whole = greatest - least;
        let one = 1.0 / known.distinct.unwrap_or(known.rows).max(1.0);
        if whole <= 0.0 { 1.0 } else { (taken / whole).max(one) }
    }
}

fn negated_if(negated: bool, share: f64) -> f64 {
    if negated { 1.0 - share } else { share }
}

/// A literal as a number in the order of its type.
fn number(expr: &Expr) -> Option<f64> {
    match expr {
        Expr::Literal(value, _) => connect::format::as_number(&value.to_array().ok()?),
        _ => None,
    }
}
