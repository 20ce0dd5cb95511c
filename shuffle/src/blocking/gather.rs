//! Chosen rows of several batches as one batch: the only copy that sorting and merging make.

use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{DataType, SchemaRef};
use arrow_select::interleave::interleave;

/// A row, as the number of its batch and its number there.
pub type Place = (u32, u32);

/// The rows at `places`, in that order. Mostly one batch; more when one cannot hold them: the words of dictionaries
/// of different batches may be too many for their keys, and strings too long for their offsets.
///
/// # Panics
///
/// If there is no such row, or the batches have different schemas.
pub fn gather(batches: &[RecordBatch], places: &[Place]) -> Vec<RecordBatch> {
    let Some((first, _)) = places.first() else { return Vec::new() };
    let columns: Vec<usize> = (0..batches[*first as usize].num_columns()).collect();
    gather_columns(batches, places, &columns)
}

/// The same with some of the columns, in this order.
///
/// # Panics
///
/// As [`gather`], or if there is no such column.
pub fn gather_columns(batches: &[RecordBatch], places: &[Place], columns: &[usize]) -> Vec<RecordBatch> {
    let mut gathered = Vec::with_capacity(1);
    let Some((first, _)) = places.first() else { return gathered };
    let schema = batches[*first as usize].schema();
    let schema = match columns.iter().copied().eq(0..schema.fields().len()) {
        true => schema,
        false => SchemaRef::new(schema.project(columns).expect("columns of the rows")),
    };
    let gather = Gather { batches, schema, columns };
    if gather.schema.fields().iter().all(|field| words_can_be_merged(field.data_type())) {
        gather.collect(&mut gathered, places);
    } else {
        let of_one_batch = places.chunk_by(|(one, _), (next, _)| one == next);
        of_one_batch.for_each(|places| gather.collect(&mut gathered, places));
    }
    gathered
}

/// What is gathered.
struct Gather<'a> {
    batches: &'a [RecordBatch],
    schema: SchemaRef,
    columns: &'a [usize],
}

impl Gather<'_> {
    fn collect(&self, gathered: &mut Vec<RecordBatch>, places: &[Place]) {
        let rows = match as_slice(self.batches, places) {
            Some(slice) => Some(self.batch(self.columns_of(&slice), slice.num_rows())),
            None => self.pick(places),
        };
        match rows {
            Some(rows) => gathered.push(rows),
            None => {
                assert!(places.len() > 1, "one row always fits");
                let (front, back) = places.split_at(places.len() / 2);
                self.collect(gathered, front);
                self.collect(gathered, back);
            }
        }
    }

    fn columns_of(&self, batch: &RecordBatch) -> Vec<ArrayRef> {
        self.columns.iter().map(|column| batch.column(*column).clone()).collect()
    }

    /// The rows copied together, or `None` when one batch cannot hold them.
    fn pick(&self, places: &[Place]) -> Option<RecordBatch> {
        let (used, places) = only_used(self.batches, places);
        let mut columns = Vec::with_capacity(self.columns.len());
        for column in self.columns {
            let parts: Vec<&dyn Array> = used.iter().map(|batch| &**batch.column(*column)).collect();
            columns.push(interleave(&parts, &places).ok()?);
        }
        Some(self.batch(columns, places.len()))
    }

    fn batch(&self, columns: Vec<ArrayRef>, rows: usize) -> RecordBatch {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), columns, &options);
        batch.expect("columns of the same schema")
    }
}

/// Rows that follow each other in one batch, without a copy.
fn as_slice(batches: &[RecordBatch], places: &[Place]) -> Option<RecordBatch> {
    let follow = places.is_sorted_by(|one, next| one.0 == next.0 && one.1 + 1 == next.1);
    follow.then(|| batches[places[0].0 as usize].slice(places[0].1 as usize, places.len()))
}

/// The batches that have one of the rows, and the rows in terms of those: a few rows of thousands of batches must not
/// cost a look at all of them for each column.
fn only_used<'a>(
    batches: &'a [RecordBatch],
    places: &[Place],
) -> (Vec<&'a RecordBatch>, Vec<(usize, usize)>) {
    let mut numbers = vec![None; batches.len()];
    let mut used = Vec::new();
    let renumber = |(batch, row): &Place| {
        let number = *numbers[*batch as usize].get_or_insert_with(|| {
            used.push(&batches[*batch as usize]);
            used.len() - 1
        });
        (number, *row as usize)
    };
    let places = places.iter().map(renumber).collect();
    (used, places)
}

/// Whether Arrow merges the words of dictionaries in this type when they are too many, or says that it cannot. For
/// words that are neither bytes nor of fixed width, and deep in rare types, it appends one dictionary to the other
/// and panics when the keys run out.
fn words_can_be_merged(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, words) => {
            words.is_primitive()
                || matches!(
                    **words,
                    DataType::Utf8 | DataType::LargeUtf8 | DataType::Binary | DataType::LargeBinary
                )
        }
        DataType::List(field) | DataType::LargeList(field) => words_can_be_merged(field.data_type()),
        DataType::FixedSizeList(field, _) | DataType::Map(field, _) => words_can_be_merged(field.data_type()),
        DataType::Struct(fields) => fields.iter().all(|field| words_can_be_merged(field.data_type())),
        DataType::Union(..)
        | DataType::RunEndEncoded(..)
        | DataType::ListView(_)
        | DataType::LargeListView(_) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests;
