//! ORDER BY and LIMIT: of a batch all rows in one place, or the first of each place and then of all.

use std::sync::Arc;

use datafusion_common::ScalarValue;
use datafusion_expr::{Expr as Planned, Limit, Sort};
use expr::Expr;
use operators::Operator;
use operators::limit::{Fetch, Limit as LimitRows};
use operators::sort::{Sort as SortRows, SortColumn, TopN};
use plan::{Factory, Make};

use super::{Node, Planner, Rows};
use crate::error::SqlError;
use crate::lower::lower;

impl Planner {
    pub(super) fn sort(&mut self, sort: &Sort) -> Result<Rows, SqlError> {
        if !self.is_batch() {
            return Err(SqlError::not_yet(
                "ORDER BY in a stream; SET 'execution.runtime-mode' = 'batch': it",
            ));
        }
        let rows = self.rows(&sort.input)?;
        let own = rows.layout.record();
        // What is sorted by and is no column becomes one for a while.
        let mut others = Vec::new();
        let mut order = Vec::with_capacity(sort.expr.len());
        for by in &sort.expr {
            let column = match lower(&by.expr, sort.input.schema())? {
                Expr::Column(column) => column,
                expr => {
                    others.push((format!("$order{}", order.len()), expr));
                    own + others.len() - 1
                }
            };
            order.push(SortColumn { column, is_descending: !by.asc, nulls_first: by.nulls_first });
        }
        let kept = rows.layout.schema().fields().clone();
        let rows = self.extended(&rows, others)?;
        let sorted = match sort.fetch {
            Some(fetch) => self.first_of(&rows, &order, Fetch::first(fetch as u64)),
            None => self.sorted(&rows, order),
        };
        self.renamed(&sorted, &kept)
    }

    fn sorted(&mut self, rows: &Rows, order: Vec<SortColumn>) -> Rows {
        let layout = rows.layout.clone();
        let make: Make<dyn Operator> = {
            let layout = layout.clone();
            Arc::new(move |seat| {
                Ok(Box::new(SortRows::new(&layout, &order, Fetch::ALL, seat)?) as Box<dyn Operator>)
            })
        };
        self.add(Node::new("Sort", Factory::Operator(make)).stateful().single(), &[rows], layout)
    }

    fn first_of(&mut self, rows: &Rows, order: &[SortColumn], fetch: Fetch) -> Rows {
        let layout = rows.layout.clone();
        let make = || -> Make<dyn Operator> {
            let (layout, order) = (layout.clone(), order.to_vec());
            Arc::new(move |seat| Ok(Box::new(TopN::new(&layout, &order, fetch, seat)?) as Box<dyn Operator>))
        };
        let local = match self.is_single(rows) {
            true => rows.clone(),
            false => self.add(
                Node::new("Local Top-N", Factory::Operator(make())).stateful(),
                &[rows],
                layout.clone(),
            ),
        };
        self.add(Node::new("Top-N", Factory::Operator(make())).stateful().single(), &[&local], layout)
    }

    pub(super) fn limit(&mut self, limit: &Limit) -> Result<Rows, SqlError> {
        let rows = self.rows(&limit.input)?;
        let fetch = Fetch {
            offset: number(limit.skip.as_deref())?.unwrap_or(0),
            rows: number(limit.fetch.as_deref())?,
        };
        let layout = rows.layout.clone();
        let make = |fetch: Fetch| -> Make<dyn Operator> {
            Arc::new(move |_| Ok(Box::new(LimitRows::new(fetch)) as Box<dyn Operator>))
        };
        let local = match fetch.front().filter(|_| !self.is_single(&rows)) {
            None => rows,
            Some(front) => self.add(
                Node::new("Local Limit", Factory::Operator(make(Fetch::first(front)))),
                &[&rows],
                layout.clone(),
            ),
        };
        Ok(self.add(Node::new("Limit", Factory::Operator(make(fetch))).single(), &[&local], layout))
    }
}

/// A number of rows.
fn number(planned: Option<&Planned>) -> Result<Option<u64>, SqlError> {
    let value = match planned {
        None => return Ok(None),
        Some(Planned::Literal(value, _)) => value,
        Some(other) => return Err(SqlError::new(format!("LIMIT and OFFSET take a number, not {other}"))),
    };
    if value.is_null() {
        return Ok(None);
    }
    let rows = match value {
        ScalarValue::Int64(Some(rows)) => u64::try_from(*rows).ok(),
        ScalarValue::Int32(Some(rows)) => u64::try_from(*rows).ok(),
        ScalarValue::UInt64(Some(rows)) => Some(*rows),
        _ => None,
    };
    rows.map(Some)
        .ok_or_else(|| SqlError::new(format!("LIMIT and OFFSET take a number of rows, not {value}")))
}
