//! `COUNT(DISTINCT x)` and its like of a busy key, on all cores: in two steps, of which the first one is by the key and a
//! bucket of the value.
//!
//! ```text
//!   k  x ─► [k, bucket of x, x] ─► by k and bucket: COUNT(DISTINCT x), COUNT(*), MAX(y) ─► by k: their SUM, SUM, MAX
//! ```
//!
//! A value is in one bucket, so the values of all buckets are different ones. Of several columns whose values are told apart, each
//! row comes once for each of them, with nulls for the others; what is of all rows is in the first one. Sums of floats are
//! not split: their last digits would be others.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int8Array, Int32Array, RecordBatch, RecordBatchOptions, new_null_array};
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef};
use expr::Expr;
use memory::{can_be_key, hash_key};
use operators::aggregate::{Aggregate, Aggregation, Function};
use operators::rows::Columns;
use operators::{Layout, Operator};
use plan::{Factory, Make};
use runtime::subtask::Failure;

use super::aggregates::{Changing, Grouped, Step, aggregates_of};
use super::changelog::{Changelog, Hears};
use super::{Node, Planner, Rows};
use crate::error::SqlError;

/// How aggregates are split.
pub(super) struct Split {
    /// By whose values rows are put into buckets: one for each column whose values are told apart, over what is aggregated.
    pub(super) by: Vec<Expr>,
    /// By aggregate: which of them is its own. What is of all rows is with the first one.
    of_steps: Vec<usize>,
    buckets: u32,
}

impl Split {
    /// Of these aggregates, if some tell values apart and all can be split.
    fn of(steps: &[Step], schema: &Schema, buckets: u32) -> Option<Self> {
        let mut by: Vec<Expr> = Vec::new();
        let mut of_steps = Vec::with_capacity(steps.len());
        for step in steps {
            let data_type = step.told_apart.as_ref().and_then(|value| value.data_type(schema).ok());
            let is_whole = data_type.as_ref().is_none_or(|data_type| !data_type.is_floating());
            let is_split = |function: &Function| match function {
                Function::Count | Function::CountOf(_) | Function::Min(_) | Function::Max(_) => true,
                Function::Sum(_) => is_whole,
                _ => false,
            };
            if !step.functions.iter().all(is_split) {
                return None;
            }
            let value = step.told_apart.as_ref().filter(|_| step.is_distinct);
            of_steps.push(value.map_or(0, |value| {
                by.iter().position(|known| are_the_same(known, value)).unwrap_or_else(|| {
                    by.push(value.clone());
                    by.len() - 1
                })
            }));
        }
        let is_key = |value: &Expr| {
            let data_type = value.data_type(schema);
            data_type.is_ok_and(|data_type| can_be_key(&Field::new("", data_type, true)))
        };
        (!by.is_empty() && by.iter().all(is_key)).then_some(Self { by, of_steps, buckets })
    }
}

/// Whether it is sure that both have the same values.
fn are_the_same(one: &Expr, other: &Expr) -> bool {
    match (one, other) {
        (Expr::Column(one), Expr::Column(other)) => one == other,
        (Expr::Cast { expr: one, to: of_one, .. }, Expr::Cast { expr: other, to: of_other, .. }) => {
            of_one == of_other && are_the_same(one, other)
        }
        _ => false,
    }
}

/// Makes the rows of one of the columns whose values are told apart.
#[derive(Clone)]
struct Bucketed {
    keys: usize,
    /// By column behind the keys: whether it is there, or null in all of these rows.
    are_kept: Vec<bool>,
    /// Where the values are by which rows are put into buckets.
    value: usize,
    buckets: u32,
    /// Whether rows count as rows.
    are_rows: bool,
    schema: SchemaRef,
}

impl Bucketed {
    fn rows(&self, batch: &RecordBatch) -> Result<RecordBatch, Failure> {
        let rows = batch.num_rows();
        let mut hashes = Vec::new();
        hash_key(&[batch.column(self.value).clone()], rows, &mut hashes)?;
        let bucket = |hash: &u64| i32::try_from(hash % u64::from(self.buckets)).expect("few buckets");
        let mut columns: Vec<ArrayRef> = batch.columns()[..self.keys].to_vec();
        columns.push(Arc::new(Int32Array::from_iter_values(hashes.iter().map(bucket))));
        for (column, is_kept) in batch.columns()[self.keys..].iter().zip(&self.are_kept) {
            columns.push(if *is_kept { column.clone() } else { new_null_array(column.data_type(), rows) });
        }
        columns.push(match self.are_rows {
            true => Arc::new(Int8Array::from(vec![1; rows])),
            false => new_null_array(&DataType::Int8, rows),
        });
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(self.schema.clone(), columns, &options).map_err(Failure::lasting)
    }
}

impl Planner {
    /// How the aggregates of these rows are split, if they are to be.
    pub(super) fn split_of(&self, steps: &[Step], rows: &Rows) -> Option<Split> {
        let is_there_for_good = rows.window.is_none() && self.state_ttl.is_none();
        let buckets = self.distinct_buckets.filter(|_| !self.is_batch() && is_there_for_good)?;
        Split::of(steps, rows.layout.schema(), buckets)
    }

    /// Groups rows of the keys, what is aggregated, and what is told apart.
    pub(super) fn split_distinct(
        &mut self,
        rows: &Rows,
        grouped: Grouped<'_>,
        split: &Split,
    ) -> Result<Rows, SqlError> {
        let Grouped { keys, steps, results, fields, .. } = grouped;
        let all = self.in_buckets(rows, (keys, steps), split);
        let one = all.layout.record() - 1;
        let parts: Vec<Aggregate> = aggregates_of(steps)
            .into_iter()
            .map(|aggregate| Aggregate {
                function: part(aggregate.function, one),
                filter: aggregate.filter.map(|filter| filter + 1),
                ..aggregate
            })
            .collect();
        let functions: Vec<Function> = parts.iter().map(|part| part.function).collect();
        let input = all.layout.clone().keyed_by((0..=keys).collect());
        let parts = Aggregation::new(input, parts);
        let parts = self.changed(&all, Changing { name: "Partial Aggregate", ..Changing::of(parts) })?;
        // The bucket has done its work.
        let schema = parts.layout.schema();
        let kept: Vec<usize> = (0..keys).chain(keys + 1..parts.layout.record()).collect();
        let fields_kept: Fields = kept.iter().map(|column| schema.fields()[*column].clone()).collect();
        let parts = self.projection(&parts, kept.into_iter().map(Expr::Column).collect(), &fields_kept)?;
        let whole = functions
            .iter()
            .enumerate()
            .map(|(number, function)| whole(*function, keys + number).named(format!("$aggregate{number}")));
        let input = parts.layout.clone().keyed_by((0..keys).collect());
        let wholes = self.changed(&parts, Changing::of(Aggregation::new(input, whole.collect())))?;
        // What is counted in no part is zero.
        let is_count = |column: usize| {
            column.checked_sub(keys).is_some_and(|number| matches!(functions[number], Function::CountOf(_)))
        };
        let or_zero = |expr: Expr| match expr {
            Expr::Column(column) if is_count(column) => zero_if_null(column),
            other => other,
        };
        self.projection(&wholes, results.into_iter().map(|result| result.map(&or_zero)).collect(), fields)
    }

    /// The rows once for each column whose values are told apart, with the bucket of its value behind the keys, and behind
    /// all a column that is there where a row counts as one.
    fn in_buckets(&mut self, rows: &Rows, (keys, steps): (usize, &[Step]), split: &Split) -> Rows {
        let own = rows.layout.schema().fields();
        let arguments = own.len() - split.by.len();
        let mut fields: Vec<Arc<Field>> = own[..arguments].to_vec();
        fields.insert(keys, Arc::new(Field::new("$bucket", DataType::Int32, false)));
        fields.push(Arc::new(Field::new("$row", DataType::Int8, true)));
        let output = rows.layout.derive(fields.into());
        let mut all: Option<Rows> = None;
        for number in 0..split.by.len() {
            let mut are_kept = vec![number == 0; arguments - keys];
            for (step, of_step) in steps.iter().zip(&split.of_steps) {
                let columns = step.functions.iter().filter_map(|function| function.column());
                columns.for_each(|column| are_kept[column - keys] = *of_step == number);
                // A filter is there for all: without a value it chooses nothing.
                step.filter.iter().for_each(|filter| are_kept[filter - keys] = true);
            }
            let bucketed = Bucketed {
                keys,
                are_kept,
                value: arguments + number,
                buckets: split.buckets,
                are_rows: number == 0,
                schema: output.schema().clone(),
            };
            let of_one = self.bucketed(rows, bucketed, &output);
            match &mut all {
                None => all = Some(of_one),
                Some(all) => all.append(of_one),
            }
        }
        all.expect("a split has a column whose values are told apart")
    }

    fn bucketed(&mut self, rows: &Rows, bucketed: Bucketed, output: &Layout) -> Rows {
        let name = format!("Bucket [{}]", rows.layout.schema().field(bucketed.value).name());
        let (input, layout) = (rows.layout.clone(), output.clone());
        let make: Make<dyn Operator> = Arc::new(move |_| {
            let bucketed = bucketed.clone();
            let function = move |batch: &RecordBatch| bucketed.rows(batch);
            Ok(Box::new(Columns::new(input.clone(), layout.clone(), function)) as Box<dyn Operator>)
        });
        let node = Node { is_single: self.is_single(rows), ..Node::new(name, Factory::Operator(make)) };
        self.add(node.with(Changelog::passing(Hears::All)), &[rows], output.clone())
    }
}

/// The same function where the bucket stands behind the keys. Rows are counted by a column of theirs.
fn part(function: Function, one: usize) -> Function {
    match function {
        Function::Count => Function::CountOf(one),
        Function::CountOf(column) => Function::CountOf(column + 1),
        Function::Sum(column) => Function::Sum(column + 1),
        Function::Min(column) => Function::Min(column + 1),
        Function::Max(column) => Function::Max(column + 1),
        other => unreachable!("{other:?} is not split"),
    }
}

/// What is made of the results of a function, which are in this column.
fn whole(function: Function, column: usize) -> Function {
    match function {
        Function::Min(_) => Function::Min(column),
        Function::Max(_) => Function::Max(column),
        _ => Function::Sum(column),
    }
}

fn zero_if_null(column: usize) -> Expr {
    let zero: ArrayRef = Arc::new(arrow_array::Int64Array::from(vec![0]));
    let is_null = Expr::IsNull(Box::new(Expr::Column(column)));
    Expr::Case {
        branches: vec![(is_null, Expr::Literal(zero))],
        otherwise: Some(Box::new(Expr::Column(column))),
    }
}
