//! ORDER BY and LIMIT: of a batch all rows in one place, or the first of each place and then of all; of a stream in the order of
//! its time, as time goes on.

use std::sync::Arc;

use arrow_array::Int64Array;
use arrow_schema::Fields;
use datafusion_common::ScalarValue;
use datafusion_expr::expr::Sort as SortExpr;
use datafusion_expr::{Expr as Planned, Limit, LogicalPlan, Sort};
use expr::{BinaryOp, Expr};
use operators::Operator;
use operators::layout::is_time_type;
use operators::limit::{Fetch, Limit as LimitRows};
use operators::over::{Bound, Frame, OverCall, OverFunction, OverSpec, Unit};
use operators::sort::{Sort as SortRows, SortColumn, TopN};
use operators::top_n::TopNSpec;
use plan::{Factory, Make};

use super::over::is_event_time;
use super::top_n::name_of;
use super::{Node, Planner, Rows, fields_of, lowered};
use crate::error::SqlError;
use crate::lower::lower;

impl Planner {
    pub(super) fn sort(&mut self, sort: &Sort) -> Result<Rows, SqlError> {
        let Ordered { rows, order, kept } = self.ordered(sort)?;
        let sorted = match sort.fetch {
            Some(fetch) if self.is_batch() => self.first_of(&rows, &order, Fetch::first(fetch as u64)),
            Some(fetch) => self.first_as_they_come(rows, order, fetch)?,
            None if self.leaves_by_time(sort, &rows, &order) => self.sorted_by_time(rows, order)?,
            // What comes last may be the first one: all of a stream's rows wait for its end.
            None if !rows.changes() => self.sorted(&rows, order),
            // A table whose rows come and go has no order: who has all of them in the end sorts them.
            None => rows,
        };
        self.renamed(&sorted, &kept)
    }

    /// The rows with what they are sorted by.
    fn ordered(&mut self, sort: &Sort) -> Result<Ordered, SqlError> {
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
        Ok(Ordered { rows: self.extended(&rows, others)?, order, kept })
    }

    /// The first rows of those that have come, which change as others come.
    fn first_as_they_come(
        &mut self,
        rows: Rows,
        order: Vec<SortColumn>,
        fetch: usize,
    ) -> Result<Rows, SqlError> {
        let spec = TopNSpec::new(rows.layout.clone().keyed_by(Vec::new()), order, fetch);
        let name = name_of(&spec);
        Ok(self.top_n(rows, spec, name))
    }

    /// The first rows of those that have come, but for the very first ones.
    fn after_the_first(&mut self, sort: &Sort, offset: u64) -> Result<Rows, SqlError> {
        let Ordered { rows, order, kept } = self.ordered(sort)?;
        let spec =
            TopNSpec::new(rows.layout.clone().keyed_by(Vec::new()), order, sort.fetch.unwrap_or(usize::MAX));
        let name = name_of(&spec);
        let top = self.top_n(rows, spec.ranked("$rank"), name);
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let offset = Expr::Literal(Arc::new(Int64Array::from(vec![offset])));
        let rank = Expr::Column(top.layout.record() - 1);
        let rows = self.filter(&top, Expr::binary(BinaryOp::Greater, rank, offset))?;
        self.renamed(&rows, &kept)
    }

    /// Whether rows are sorted by the time of their stream first: then they leave when that has come to them.
    fn leaves_by_time(&self, sort: &Sort, rows: &Rows, order: &[SortColumn]) -> bool {
        let is_time = |by: &SortExpr| by.asc && is_event_time(&by.expr, &sort.input);
        let is_exact = |by: &SortColumn| is_time_type(rows.layout.schema().field(by.column).data_type());
        !self.is_batch()
            && !rows.changes()
            && rows.is_timely
            && sort.expr.first().is_some_and(is_time)
            && order.first().is_some_and(is_exact)
    }

    /// Rows wait until time has come to them, as those do over which functions run: they are numbered for nobody.
    fn sorted_by_time(&mut self, rows: Rows, order: Vec<SortColumn>) -> Result<Rows, SqlError> {
        let fields = rows.layout.schema().fields().clone();
        let own = rows.layout.record();
        let time = order.first().map(|by| by.column);
        let number = OverCall {
            function: OverFunction::RowNumber,
            frame: Frame { unit: Unit::Rows, start: Bound::UnboundedPreceding, end: Bound::CurrentRow },
            name: "$number".to_owned(),
        };
        let spec =
            OverSpec { input: rows.layout.clone().keyed_by(Vec::new()), order, calls: vec![number], time };
        let sorted = self.over_rows("Temporal Sort", rows, spec)?;
        self.projection(&sorted, (0..own).map(Expr::Column).collect(), &fields)
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
        let fetch = Fetch {
            offset: number(limit.skip.as_deref())?.unwrap_or(0),
            rows: number(limit.fetch.as_deref())?,
        };
        if let (LogicalPlan::Sort(sort), false, Some(front)) =
            (limit.input.as_ref(), self.is_batch(), fetch.front())
        {
            let front = usize::try_from(front).unwrap_or(usize::MAX);
            let sort = Sort { fetch: Some(sort.fetch.unwrap_or(front).min(front)), ..sort.clone() };
            if fetch.offset == 0 {
                return self.sort(&sort);
            }
            return self.after_the_first(&sort, fetch.offset);
        }
        // What is sorted by need not be selected.
        if let (LogicalPlan::Projection(projection), false) = (limit.input.as_ref(), self.is_batch())
            && matches!(projection.input.as_ref(), LogicalPlan::Sort(_))
        {
            let below = Limit { input: projection.input.clone(), ..limit.clone() };
            let rows = self.limit(&below)?;
            let exprs = lowered(&projection.expr, projection.input.schema())?;
            return self.projection(&rows, exprs, &fields_of(&projection.schema));
        }
        let rows = self.rows(&limit.input)?;
        if rows.changes() {
            return Err(SqlError::new(
                "LIMIT of rows that a stream takes back takes an ORDER BY, which says which ones are the first",
            ));
        }
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

/// Rows, and the columns by which they are sorted.
struct Ordered {
    rows: Rows,
    order: Vec<SortColumn>,
    /// The columns that stay.
    kept: Fields,
}

/// A number of rows.
fn number(planned: Option<&Planned>) -> Result<Option<u64>, SqlError> {
    let value = match planned {
        None => return Ok(None),
        Some(Planned::Literal(value, _)) => value,
        Some(Planned::Cast(cast)) => return number(Some(&cast.expr)),
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
