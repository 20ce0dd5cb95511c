//! All functions of an operator, and which columns they read.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{Schema, SchemaRef};
use arrow_select::concat::concat;
use runtime::subtask::Failure;
use shuffle::SortKey;

use super::call::{Before, Call};
use super::distance::{Distances, has_distances};
use super::numbering::Counted;
use super::spec::{OverError, OverSpec};
use super::stretch::{Groups, Part, Stretch};
use crate::layout::Layout;
use crate::sort::{SortColumn, sort_key};

/// The functions, ready to run.
pub(super) struct Plan {
    /// The columns of the input that a stretch has.
    columns: Vec<usize>,
    schema: SchemaRef,
    pub(super) calls: Vec<Call>,
    /// Whether one must know which rows are sorted alike.
    needs_peers: bool,
    /// Which rows are sorted alike; without an order all are.
    peers: Option<SortKey>,
    /// The column by which rows are measured, and whether the greatest comes first.
    measured: Option<(usize, bool)>,
}

impl Plan {
    pub(super) fn new(spec: &OverSpec) -> Result<Self, Failure> {
        let input: &Schema = spec.input.schema();
        let mut columns = Vec::new();
        let mut place_of = |column: usize| {
            let place = columns.iter().position(|each| *each == column);
            place.unwrap_or_else(|| {
                columns.push(column);
                columns.len() - 1
            })
        };
        let calls = spec.calls.iter().map(|call| Call::new(call, input, &mut place_of));
        let calls: Vec<Call> = calls.collect::<Result<_, _>>()?;
        let needs_peers = calls.iter().any(Call::needs_peers);
        let order: Vec<SortColumn> = match needs_peers {
            true => {
                spec.order.iter().map(|each| SortColumn { column: place_of(each.column), ..*each }).collect()
            }
            false => Vec::new(),
        };
        let schema = Arc::new(input.project(&columns).map_err(Failure::lasting)?);
        let measures = calls.iter().position(Call::measures);
        let measured = measures.map(|call| measured(&spec.calls[call].name, &order, &schema)).transpose();
        let key = (!order.is_empty()).then(|| sort_key(&Layout::of(schema.fields().clone()), &order));
        Ok(Self {
            columns,
            calls,
            needs_peers,
            peers: key.transpose()?,
            measured: measured.map_err(Failure::lasting)?,
            schema,
        })
    }

    /// Whether one must know which rows are sorted alike.
    pub(super) fn needs_peers(&self) -> bool {
        self.needs_peers
    }

    /// The columns of a stretch.
    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The columns that functions read, of rows that follow each other.
    pub(super) fn columns_of(&self, rows: &[RecordBatch]) -> Result<RecordBatch, Failure> {
        let column = |column: &usize| -> Result<ArrayRef, Failure> {
            match rows {
                [rows] => Ok(rows.column(*column).clone()),
                rows => {
                    let parts: Vec<&dyn arrow_array::Array> =
                        rows.iter().map(|rows| rows.column(*column).as_ref()).collect();
                    concat(&parts).map_err(Failure::lasting)
                }
            }
        };
        if rows.is_empty() {
            return Ok(RecordBatch::new_empty(self.schema.clone()));
        }
        let columns = self.columns.iter().map(column).collect::<Result<_, _>>()?;
        batch_of(&self.schema, columns, rows.iter().map(RecordBatch::num_rows).sum())
    }

    /// These rows of these partitions.
    pub(super) fn stretch(&self, columns: RecordBatch, parts: Vec<Part>) -> Stretch {
        let groups = self.needs_peers.then(|| match &self.peers {
            None => Groups::new(&parts, |_| true),
            Some(key) => {
                let keys = key.encode(&columns);
                Groups::new(&parts, |row| keys.get(row - 1) == keys.get(row))
            }
        });
        Stretch { columns, parts, groups }
    }

    /// The results of all functions.
    pub(super) fn evaluate(
        &mut self,
        stretch: &Stretch,
        before: Before<'_>,
    ) -> Result<Vec<ArrayRef>, Failure> {
        let distances = self.distances(stretch);
        let evaluate = |call: &mut Call| call.evaluate(stretch, distances.as_ref(), before);
        self.calls.iter_mut().map(evaluate).collect()
    }

    /// The same of partitions of which nothing came before.
    pub(super) fn evaluate_whole(&mut self, stretch: &Stretch) -> Result<Vec<ArrayRef>, Failure> {
        let counted = vec![Counted::default(); stretch.parts.len()];
        self.evaluate(stretch, Before { counted: &counted, slots: None })
    }

    /// How far the rows of a stretch are from each other, if somebody asks.
    pub(super) fn distances(&self, stretch: &Stretch) -> Option<Distances> {
        self.measured
            .map(|(column, is_descending)| Distances::of(stretch.columns.column(column), is_descending))
    }
}

/// The only column of an order, if it has distances.
fn measured(call: &str, order: &[SortColumn], schema: &Schema) -> Result<(usize, bool), OverError> {
    match order {
        [only] if has_distances(schema.field(only.column).data_type()) => {
            Ok((only.column, only.is_descending))
        }
        _ => {
            let name = |each: &SortColumn| {
                let field = schema.field(each.column);
                format!("{} {}", field.name(), field.data_type())
            };
            let names: Vec<String> = order.iter().map(name).collect();
            let order = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
            Err(OverError::Distance { call: call.to_owned(), order })
        }
    }
}

/// A batch of these columns, of which there may be none.
pub(super) fn batch_of(
    schema: &SchemaRef,
    columns: Vec<ArrayRef>,
    rows: usize,
) -> Result<RecordBatch, Failure> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema.clone(), columns, &options).map_err(Failure::lasting)
}
