//! Whether a plan has all that another one has: the same rows, and every column of it.
//!
//! ```text
//!   Projection [price, time, extra]                 Projection [time, price]
//!     Scan bid [price, time, extra]      covers       Scan bid [price, time]         with its columns 1 and 0
//! ```
//!
//! Rules cut from each part of a plan what that part does not need, so that what was one table becomes several. Whoever has use for
//! the same rows of both takes the wider one.

use arrow_schema::FieldRef;
use datafusion_expr::{Expr, LogicalPlan, Projection, TableScan};

/// Where in `wide` each column of `narrow` is, if both have the same rows and all of them are there.
pub(crate) fn covered(wide: &LogicalPlan, narrow: &LogicalPlan) -> Option<Vec<usize>> {
    if wide == narrow {
        return Some(all(wide));
    }
    if let (LogicalPlan::Projection(one), LogicalPlan::Projection(other)) = (wide, narrow)
        && let Some(places) = computed_alike(one, other)
    {
        return Some(places);
    }
    let (of_wide, wide) = behind_columns(wide);
    let (of_narrow, narrow) = behind_columns(narrow);
    let below = match (wide, narrow) {
        (wide, narrow) if wide == narrow => all(wide),
        (LogicalPlan::Filter(one), LogicalPlan::Filter(other)) if one.predicate == other.predicate => {
            let places = covered(&one.input, &other.input)?;
            mean_the_same(&other.predicate, (&one.input, &other.input), &places).then_some(places)?
        }
        (LogicalPlan::TableScan(one), LogicalPlan::TableScan(other)) => scanned(one, other)?,
        _ => return None,
    };
    let place = |column: Option<usize>| {
        let wanted = below[column?];
        of_wide.iter().position(|known| *known == Some(wanted))
    };
    of_narrow.into_iter().map(place).collect()
}

/// Where the columns of a plan come from, if nothing is done but to choose among them: the plan below, and its columns.
pub(crate) fn behind_columns(plan: &LogicalPlan) -> (Vec<Option<usize>>, &LogicalPlan) {
    match plan {
        LogicalPlan::Projection(projection) => {
            let (below, deepest) = behind_columns(&projection.input);
            let place = |expr: &Expr| match unnamed(expr) {
                Expr::Column(column) => below[projection.input.schema().maybe_index_of_column(column)?],
                _ => None,
            };
            (projection.expr.iter().map(place).collect(), deepest)
        }
        LogicalPlan::SubqueryAlias(alias) => behind_columns(&alias.input),
        other => (all(other).into_iter().map(Some).collect(), other),
    }
}

fn all(plan: &LogicalPlan) -> Vec<usize> {
    (0..plan.schema().fields().len()).collect()
}

/// What both compute is the same expressions of the same columns.
fn computed_alike(wide: &Projection, narrow: &Projection) -> Option<Vec<usize>> {
    let inputs = (&*wide.input, &*narrow.input);
    let below = covered(inputs.0, inputs.1)?;
    let place = |expr: &Expr| {
        let at = wide.expr.iter().position(|known| unnamed(known) == unnamed(expr))?;
        mean_the_same(expr, inputs, &below).then_some(at)
    };
    narrow.expr.iter().map(place).collect()
}

/// Whether the columns of an expression over the narrow plan are, by the same names, those of the wide one.
fn mean_the_same(expr: &Expr, (wide, narrow): (&LogicalPlan, &LogicalPlan), places: &[usize]) -> bool {
    expr.column_refs().into_iter().all(|column| {
        let (one, other) = (wide.schema(), narrow.schema());
        let place = other.maybe_index_of_column(column).map(|place| places[place]);
        place.is_some() && place == one.maybe_index_of_column(column)
    })
}

/// The same rows of the same table. What else a table is, such as the kinds of events in it, stands beside its columns.
fn scanned(wide: &TableScan, narrow: &TableScan) -> Option<Vec<usize>> {
    let is_same = wide.table_name == narrow.table_name
        && wide.filters == narrow.filters
        && wide.fetch == narrow.fetch
        && wide.source.schema().metadata() == narrow.source.schema().metadata();
    if !is_same {
        return None;
    }
    let place = |field: &FieldRef| wide.projected_schema.fields().iter().position(|own| own == field);
    narrow.projected_schema.fields().iter().map(place).collect()
}

/// What is computed, whatever it is called.
fn unnamed(expr: &Expr) -> &Expr {
    match expr {
        Expr::Alias(alias) => unnamed(&alias.expr),
        other => other,
    }
}
