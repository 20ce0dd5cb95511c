//! The rows that are there, and the results that were said of them.

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use runtime::subtask::Failure;
use shuffle::Place;

use super::super::carried::joined;
use super::partitions::Partitions;
use crate::store::Store;

/// Both, as columns.
pub(super) struct Rows {
    pub(super) rows: Store,
    pub(super) results: Store,
    schema: SchemaRef,
    results_schema: SchemaRef,
}

impl Rows {
    pub(super) fn new(schema: SchemaRef, results_schema: SchemaRef) -> Self {
        Self { rows: Store::default(), results: Store::default(), schema, results_schema }
    }

    pub(super) fn results_schema(&self) -> &SchemaRef {
        &self.results_schema
    }

    /// The rows at these places.
    pub(super) fn rows(&self, places: &[Place]) -> Result<RecordBatch, Failure> {
        joined(&self.schema, self.rows.get(places))
    }

    /// The results at these places.
    pub(super) fn results(&self, places: &[Place]) -> Result<RecordBatch, Failure> {
        joined(&self.results_schema, self.results.get(places))
    }

    /// Gives memory back when there is much to give. Nothing must be on its way out.
    pub(super) fn tidy(&mut self, partitions: &mut Partitions) {
        if self.rows.is_loose() {
            self.rows.tighten(&mut partitions.all_mut().map(|entry| &mut entry.row).collect::<Vec<_>>());
        }
        if self.results.is_loose() {
            let said = partitions.all_mut().filter_map(|entry| entry.said.as_mut());
            self.results.tighten(&mut said.collect::<Vec<_>>());
        }
    }

    /// About how much memory they take.
    pub(super) fn bytes(&self) -> usize {
        self.rows.bytes() + self.results.bytes()
    }
}
