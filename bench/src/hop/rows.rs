//! The rows that hop: a key, a time and a number.
//!
//! The number is what tells whether all of them have arrived; the time is when the row should have been sent, which is
//! not when it was.

use std::sync::{Arc, LazyLock};

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Int64Array, RecordBatch};
use arrow_buffer::ScalarBuffer;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use memory::{Batch, Envelope, KeyGroups};
use runtime::job::EdgeSpec;
use shuffle::{BufferTimeout, HashKey, Route};

use crate::Random;

const KEY: usize = 0;
const SCHEDULED: usize = 1;
const NUMBER: usize = 2;

/// An odd number far from a power of two: consecutive numbers become keys far from each other.
const KEY_STEP: i64 = 0x9e37_79b9_7f4a_7c15_u64.cast_signed();

/// The edge that all rows go over: by key, from vertex to vertex.
pub(super) fn edge(from: u32, to: u32, timeout: BufferTimeout) -> EdgeSpec {
    let route = Route::Hash { key: HashKey::Columns(vec![KEY]), groups: KeyGroups::default() };
    // Their hashes travel with them, as a keyed operator wants.
    EdgeSpec::new(from, to, Arc::new(Envelope::new(schema(), false, true)), route, timeout)
}

/// What the rows look like on an edge that hashes nothing.
pub(super) fn plain_envelope() -> Arc<Envelope> {
    Arc::new(Envelope::new(schema(), false, false))
}

/// A batch of rows with these times and numbers. Keys differ from row to row.
pub(super) fn batch(scheduled_ns: Vec<i64>, numbers: Vec<i64>) -> RecordBatch {
    let keys: Vec<i64> = numbers.iter().map(|number| number.wrapping_mul(KEY_STEP)).collect();
    let column = |values: Vec<i64>| Arc::new(Int64Array::new(ScalarBuffer::from(values), None));
    RecordBatch::try_new(schema(), vec![column(keys), column(scheduled_ns), column(numbers)])
        .expect("three columns of one length")
}

/// As many batches of as many rows, no two the same: neither keys nor numbers come again soon.
pub(super) fn batches(count: usize, rows: usize) -> Vec<RecordBatch> {
    let mut random = Random::new(11);
    let mut one = |_| {
        let numbers = (0..rows).map(|_| random.bits().cast_signed()).collect();
        batch(vec![0; rows], numbers)
    };
    (0..count).map(&mut one).collect()
}

/// When the rows of a batch should have been sent.
pub(super) fn scheduled_ns(batch: &Batch) -> &[i64] {
    column(batch, SCHEDULED)
}

/// The numbers of the rows of a batch.
pub(super) fn numbers(batch: &Batch) -> &[i64] {
    column(batch, NUMBER)
}

/// What the numbers of a batch add up to.
pub(super) fn sum(numbers: &[i64]) -> i64 {
    numbers.iter().fold(0, |sum, number| sum.wrapping_add(*number))
}

fn column(batch: &Batch, column: usize) -> &[i64] {
    debug_assert!(batch.selection().is_none(), "a batch off a segment has only rows that count");
    batch.columns().column(column).as_primitive::<Int64Type>().values()
}

/// One for all batches: whoever compares schemas first compares pointers.
fn schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        let field = |name| Field::new(name, DataType::Int64, false);
        Arc::new(Schema::new(vec![field("key"), field("scheduled"), field("number")]))
    });
    SCHEMA.clone()
}
