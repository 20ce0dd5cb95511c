//! About how many rows come out of a plan: a guess, good enough to say in which order joins are best made, and which of two
//! sides is the smaller one.
//!
//! ```text
//!   a sample of a file ─► rows, ranges of columns ─► a share for each condition, values of keys ─► rows of each plan
//! ```
//!
//! | guess | file |
//! |---|---|
//! | rows of plans, and how wide they are | here |
//! | what tables say of themselves | `tables.rs` |
//! | what is known of a column | `columns.rs` |
//! | which share of rows a condition leaves | `filters.rs` |
//! | pairs of joins | `joins.rs` |
//!
//! Never reads a row, and says nothing where a table does not say how large it is. No result depends on it.

mod columns;
mod filters;
mod joins;
mod tables;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::BTreeMap;

use datafusion_common::DFSchema;
use datafusion_expr::{Expr, FetchType, LogicalPlan};

use joins::Keys;
pub(crate) use joins::{condition_share, pair_share};
pub(crate) use tables::Estimates;

/// How many groups there are for a row, if nothing is known of their keys.
const GROUPS: f64 = 0.1;
/// What a row takes beside its values where it is kept.
const ROW_BYTES: f64 = 16.0;
/// What a text takes, as a rule.
const TEXT_BYTES: f64 = 24.0;
/// What a list, a map or a row takes.
const NESTED_BYTES: f64 = 64.0;

/// Guesses at one plan, each part of which is looked at once, however many ask. It is borrowed: a part is known by its place.
struct Guesses<'a> {
    estimates: &'a Estimates,
    rows: RefCell<BTreeMap<*const LogicalPlan, Option<f64>>>,
}

impl Estimates {
    /// About how many rows come out of a plan.
    pub(crate) fn rows(&self, plan: &LogicalPlan) -> Option<f64> {
        self.guesses().rows(plan)
    }

    /// About how many bytes that is, where they are kept.
    pub(crate) fn bytes(&self, plan: &LogicalPlan) -> Option<f64> {
        self.guesses().bytes(plan)
    }

    /// What is known of a key of several parts.
    pub(crate) fn keys(&self, plan: &LogicalPlan, parts: &[Expr]) -> Option<Keys> {
        self.guesses().keys(plan, parts)
    }

    /// A plan as text, with about how many rows come out of each part of it.
    pub(crate) fn written(&self, plan: &LogicalPlan) -> String {
        let mut lines = Vec::new();
        self.guesses().write(plan, 0, &mut lines);
        lines.join("\n")
    }

    fn guesses(&self) -> Guesses<'_> {
        Guesses { estimates: self, rows: RefCell::default() }
    }
}

impl Guesses<'_> {
    fn rows(&self, plan: &LogicalPlan) -> Option<f64> {
        let place = std::ptr::from_ref(plan);
        if let Some(known) = self.rows.borrow().get(&place) {
            return *known;
        }
        let rows = self.rows_anew(plan);
        self.rows.borrow_mut().insert(place, rows);
        rows
    }

    fn rows_anew(&self, plan: &LogicalPlan) -> Option<f64> {
        let inputs = plan.inputs();
        let input = |place: usize| self.rows(inputs.get(place)?);
        Some(match plan {
            LogicalPlan::TableScan(scan) => first(self.estimates.table(scan)?.rows, scan.fetch),
            LogicalPlan::Filter(filter) => {
                (input(0)? * self.share(&filter.predicate, &filter.input)).max(1.0)
            }
            LogicalPlan::Aggregate(aggregate) if aggregate.group_expr.is_empty() => 1.0,
            LogicalPlan::Aggregate(aggregate) => {
                let rows = input(0)?;
                let keys = self.keys(&aggregate.input, &aggregate.group_expr)?;
                let unknown = (rows * GROUPS).max(1.0);
                if keys.is_known { keys.distinct.min(rows) } else { unknown }
            }
            LogicalPlan::EmptyRelation(nothing) => f64::from(u8::from(nothing.produce_one_row)),
            #[expect(clippy::cast_precision_loss, reason = "a guess")]
            LogicalPlan::Values(values) => values.values.len() as f64,
            LogicalPlan::Limit(limit) => match limit.get_fetch_type() {
                Ok(FetchType::Literal(fetch)) => first(input(0)?, fetch),
                _ => input(0)?,
            },
            LogicalPlan::Sort(sort) => first(input(0)?, sort.fetch),
            LogicalPlan::Join(join) => self.join_rows(join)?,
            _ if inputs.is_empty() => return None,
            _ => inputs.into_iter().map(|input| self.rows(input)).sum::<Option<f64>>()?,
        })
    }

    fn bytes(&self, plan: &LogicalPlan) -> Option<f64> {
        Some(self.rows(plan)? * width(plan.schema()))
    }

    fn write(&self, plan: &LogicalPlan, depth: usize, lines: &mut Vec<String>) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a guess")]
        let size = match self.rows(plan).zip(self.bytes(plan)) {
            Some((rows, bytes)) => {
                format!("about {} rows, {} bytes", rows.round() as u64, bytes.round() as u64)
            }
            None => "nobody knows how many rows".to_owned(),
        };
        lines.push(format!("{}{}: {size}", "  ".repeat(depth), plan.display()));
        plan.inputs().into_iter().for_each(|input| self.write(input, depth + 1, lines));
    }
}

/// So many rows, or the first ones of them.
#[expect(clippy::cast_precision_loss, reason = "a guess")]
fn first(rows: f64, fetch: Option<usize>) -> f64 {
    fetch.map_or(rows, |fetch| rows.min(fetch as f64))
}

/// About how many bytes a row of these columns takes.
fn width(schema: &DFSchema) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a guess")]
    let of = |data_type: &arrow_schema::DataType| match data_type.primitive_width() {
        Some(bytes) => bytes as f64,
        None if data_type.is_nested() => NESTED_BYTES,
        None => TEXT_BYTES,
    };
    schema.fields().iter().map(|field| of(field.data_type())).sum::<f64>() + ROW_BYTES
}
