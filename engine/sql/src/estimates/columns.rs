//! What is known of a column of a plan: what the table says that it is of.

use datafusion_common::JoinType;
use datafusion_expr::{Expr, LogicalPlan};

use super::Guesses;

/// What is known of a column, whatever conditions have left of its rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// The least and greatest value.
    pub(super) range: Option<(f64, f64)>,
    /// Which part of the rows is null.
    pub(super) nulls: Option<f64>,
    /// How many different values there are.
    pub(super) distinct: Option<f64>,
    /// How many rows the table has, or the groups that it is a key of.
    pub(super) rows: f64,
}

impl Guesses<'_> {
    /// What is known of what an expression over a plan gives.
    pub(super) fn known(&self, plan: &LogicalPlan, expr: &Expr) -> Option<Known> {
        match expr {
            Expr::Column(column) => self.column(plan, plan.schema().maybe_index_of_column(column)?),
            Expr::Alias(alias) => self.known(plan, &alias.expr),
            // It has as many values, but other ones.
            Expr::Cast(cast) => Some(Known { range: None, ..self.known(plan, &cast.expr)? }),
            _ => None,
        }
    }

    /// What is known of the column of a plan at this place.
    fn column(&self, plan: &LogicalPlan, place: usize) -> Option<Known> {
        match plan {
            LogicalPlan::TableScan(scan) => {
                let table = self.estimates.table(scan)?;
                let known = table.columns.get(plan.schema().field(place).name());
                let known = known.copied().unwrap_or_default();
                let nulls = known.nulls.map(|nulls| nulls / table.rows.max(1.0));
                Some(Known { range: known.range, nulls, distinct: known.distinct, rows: table.rows })
            }
            LogicalPlan::Projection(projection) => self.known(&projection.input, &projection.expr[place]),
            LogicalPlan::Filter(filter) => self.column(&filter.input, place),
            LogicalPlan::Sort(sort) => self.column(&sort.input, place),
            LogicalPlan::Limit(limit) => self.column(&limit.input, place),
            LogicalPlan::SubqueryAlias(alias) => self.column(&alias.input, place),
            LogicalPlan::Aggregate(aggregate) => {
                let key = aggregate.group_expr.get(place)?;
                let known = self.known(&aggregate.input, key);
                let rows = self.rows(plan)?;
                let unknown = Known { range: None, nulls: None, distinct: None, rows };
                Some(Known { rows, ..known.unwrap_or(unknown) })
            }
            LogicalPlan::Join(join) => {
                let left = join.left.schema().fields().len();
                // The right side is alone in what it has of the right.
                let is_of_right =
                    matches!(join.join_type, JoinType::RightSemi | JoinType::RightAnti | JoinType::RightMark);
                match place {
                    place if is_of_right => self.column(&join.right, place),
                    place if place < left => self.column(&join.left, place),
                    place if place - left < join.right.schema().fields().len() => {
                        self.column(&join.right, place - left)
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }
}
