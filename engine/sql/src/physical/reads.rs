//! What aggregates read: columns behind the keys, each once where several read the same.
//!
//! ```text
//!   COUNT(DISTINCT x) FILTER (p), COUNT(DISTINCT x), COUNT(*) FILTER (p)   ─►   [keys, x, p]
//!   COUNT(DISTINCT x + y) FILTER (p)                                       ─►   [keys, CASE WHEN p THEN x + y END]
//! ```
//!
//! A value that is computed is computed only of rows that count: in others it may be wrong.

use datafusion_common::DFSchema;
use datafusion_expr::Expr as Planned;
use datafusion_expr::expr::{AggregateFunction, NullTreatment};
use expr::Expr;

use super::aggregates::Step;
use super::computed::AggregateCall;
use crate::error::{NO_ORDER, SqlError};
use crate::lower::lower;

/// Columns that are read.
pub(super) struct Reads {
    keys: usize,
    pub(super) arguments: Vec<Expr>,
    /// Filters, and where they are.
    filters: Vec<(Planned, usize)>,
    /// Columns of the input whose values are told apart, and where they are.
    told_apart: Vec<(usize, usize)>,
}

/// The call that an aggregate is.
pub(super) fn call_of(planned: &Planned) -> Result<AggregateCall<'_>, SqlError> {
    let call = match planned {
        Planned::Alias(alias) => &alias.expr,
        other => other,
    };
    let Planned::AggregateFunction(AggregateFunction { func, params }) = call else {
        return Err(SqlError::not_yet(planned));
    };
    if !params.order_by.is_empty() {
        return Err(SqlError::new(format!("{}(… ORDER BY …): {NO_ORDER}", func.name().to_uppercase())));
    }
    Ok(AggregateCall {
        function: func,
        arguments: &params.args,
        filter: params.filter.as_deref(),
        is_distinct: params.distinct,
        ignores_nulls: params.null_treatment == Some(NullTreatment::IgnoreNulls),
    })
}

impl Reads {
    /// Behind so many keys.
    pub(super) fn behind(keys: usize) -> Self {
        Self { keys, arguments: Vec::new(), filters: Vec::new(), told_apart: Vec::new() }
    }

    /// What is computed for a call. What it reads is null in rows that do not count.
    pub(super) fn step(&mut self, call: AggregateCall<'_>, input: &DFSchema) -> Result<Step, SqlError> {
        call.computed(input, &mut |read| self.place(read))
    }

    /// The same, perhaps with a column beside that says which rows count.
    pub(super) fn filtered_step(
        &mut self,
        call: AggregateCall<'_>,
        input: &DFSchema,
    ) -> Result<Step, SqlError> {
        let beside = call.filter.filter(|_| call.is_filtered_beside(input));
        let is_shared = call.is_of_distinct_column();
        let call = AggregateCall { filter: call.filter.filter(|_| beside.is_none()), ..call };
        let step = call.computed(input, &mut |read| match read {
            Expr::Column(column) if is_shared => self.told_apart(column),
            read => self.place(read),
        })?;
        let filter = beside.map(|filter| self.filter(filter, input)).transpose()?;
        Ok(Step { filter, ..step })
    }

    fn place(&mut self, read: Expr) -> usize {
        self.arguments.push(read);
        self.keys + self.arguments.len() - 1
    }

    fn told_apart(&mut self, column: usize) -> usize {
        let known = self.told_apart.iter().find(|(known, _)| *known == column);
        known.map(|(_, place)| *place).unwrap_or_else(|| {
            let place = self.place(Expr::Column(column));
            self.told_apart.push((column, place));
            place
        })
    }

    fn filter(&mut self, planned: &Planned, input: &DFSchema) -> Result<usize, SqlError> {
        if let Some((_, place)) = self.filters.iter().find(|(known, _)| known == planned) {
            return Ok(*place);
        }
        let place = self.place(lower(planned, input)?);
        self.filters.push((planned.clone(), place));
        Ok(place)
    }
}
