//! What a filter computes and the projection behind it too: computed once, before the filter, as a column more.
//!
//! A condition about a computed column is asked where the column is not yet: `SELECT * FROM (SELECT f(x) AS y FROM t) WHERE y > 0`
//! filters by `f(x) > 0` and computes `f(x)` for the rows that are left. The filter has computed it for all rows already.
//! What it computes for some rows only, behind an AND or within a CASE, is left where it is.

use datafusion_expr::{LogicalPlan, Projection};
use expr::{BinaryOp, Expr};

use super::top_n::FirstRows;
use super::{Planner, Rows, fields_of, lowered};
use crate::error::SqlError;
use crate::lower::lower;
use crate::now::look_at_the_clock;

impl Planner {
    /// The rows of a projection behind a filter, if there is something that both compute.
    pub(super) fn computed_once(&mut self, projection: &Projection) -> Result<Option<Rows>, SqlError> {
        let LogicalPlan::Filter(filter) = projection.input.as_ref() else { return Ok(None) };
        let all = projection.expr.iter().chain([&filter.predicate]);
        if look_at_the_clock(all) || FirstRows::of(filter).is_some() {
            return Ok(None);
        }
        let condition = lower(&filter.predicate, filter.input.schema())?;
        let exprs = lowered(&projection.expr, projection.input.schema())?;
        let repeated = repeated(&condition, &exprs);
        if repeated.is_empty() {
            return Ok(None);
        }
        let rows = self.rows(&filter.input)?;
        let first = rows.layout.record();
        let others = repeated.iter().enumerate();
        let others = others.map(|(number, expr)| (format!("$repeated{number}"), expr.clone())).collect();
        let read = |expr: Expr| {
            expr.map(&|part| match repeated.iter().position(|other| other.is_same(&part)) {
                Some(number) => Expr::Column(first + number),
                None => part,
            })
        };
        let rows = self.extended(&rows, others)?;
        let rows = self.filter(&rows, read(condition))?;
        let exprs = exprs.into_iter().map(read).collect();
        self.projection(&rows, exprs, &fields_of(&projection.schema)).map(Some)
    }
}

/// What costs something, is computed for all rows by a condition, and by one of these expressions as well.
fn repeated(condition: &Expr, exprs: &[Expr]) -> Vec<Expr> {
    let (mut open, mut found) = (vec![condition], Vec::<Expr>::new());
    while let Some(expr) = open.pop() {
        let mut is_repeated = false;
        if costs(expr) {
            exprs.iter().for_each(|other| other.visit(&mut |part| is_repeated |= part.is_same(expr)));
        }
        match is_repeated {
            true if found.iter().any(|other| other.is_same(expr)) => {}
            true => found.push(expr.clone()),
            false => open.extend(computed_for_all(expr)),
        }
    }
    found
}

/// Whether an expression is worth a column.
fn costs(expr: &Expr) -> bool {
    matches!(expr, Expr::Call { .. } | Expr::Case { .. } | Expr::Like { .. } | Expr::OneOf { .. })
}

/// The parts of an expression that are computed wherever it is.
fn computed_for_all(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Binary { op: BinaryOp::And | BinaryOp::Or, left, .. } => vec![&**left],
        Expr::Binary { left, right, .. } => vec![&**left, &**right],
        Expr::Not(expr) | Expr::Negate(expr) | Expr::IsNull(expr) | Expr::Cast { expr, .. } => vec![&**expr],
        Expr::Like { expr, pattern, .. } => vec![&**expr, &**pattern],
        Expr::OneOf { of, .. } | Expr::Field { of, .. } => vec![&**of],
        Expr::Row(fields) => fields.iter().map(|(_, expr)| expr).collect(),
        Expr::Call { arguments, .. } => arguments.iter().collect(),
        Expr::Column(_) | Expr::Literal(_) | Expr::Case { .. } => Vec::new(),
    }
}
