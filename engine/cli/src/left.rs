//! The rows that are left of those that came and were taken back, in the order in which they came; what takes the place of a row
//! stands where that stood.
//!
//! Keeps the batches in which they came, and copies what is left out of them when most of it is gone: so an endless query takes as
//! much memory as its table has rows.

use std::collections::BTreeMap;

use arrow_array::{Array, RecordBatch, RecordBatchOptions};
use arrow_row::{RowConverter, SortField};
use arrow_schema::{ArrowError, SchemaRef};
use arrow_select::interleave::interleave;
use memory::RowKind;

/// Rows that are kept in vain before they are looked for.
const VAIN_ROWS: usize = 8_192;

/// The rows.
pub(crate) struct Left {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    /// Rows of all batches.
    kept: usize,
    /// Nothing of rows without columns.
    converter: Option<RowConverter>,
    /// The places of equal rows.
    equal: BTreeMap<Box<[u8]>, Vec<u64>>,
    /// Which row of which batch is at a place.
    places: BTreeMap<u64, (usize, usize)>,
    next: u64,
    /// The place of the row that was taken back last, for what comes instead.
    freed: Option<u64>,
}

impl Left {
    /// None of these columns yet.
    pub(crate) fn new(schema: SchemaRef) -> Result<Self, ArrowError> {
        let columns = schema.fields().iter().map(|field| SortField::new(field.data_type().clone()));
        let columns: Vec<SortField> = columns.collect();
        let converter = if columns.is_empty() { None } else { Some(RowConverter::new(columns)?) };
        let (batches, equal, places) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        Ok(Self { schema, batches, kept: 0, converter, equal, places, next: 0, freed: None })
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// Some come or go.
    pub(crate) fn come(
        &mut self,
        rows: RecordBatch,
        kind: impl Fn(usize) -> RowKind,
    ) -> Result<(), ArrowError> {
        let keys = match &self.converter {
            Some(converter) => Some(converter.convert_columns(rows.columns())?),
            None => None,
        };
        for row in 0..rows.num_rows() {
            let key: &[u8] = keys.as_ref().map_or(&[], |keys| keys.row(row).data());
            match kind(row) {
                RowKind::Insert => self.add(key, None, row),
                RowKind::UpdateAfter => {
                    let instead = self.freed.take();
                    self.add(key, instead, row);
                }
                RowKind::UpdateBefore => self.freed = self.remove(key),
                RowKind::Delete => drop(self.remove(key)),
            }
        }
        self.kept += rows.num_rows();
        self.batches.push(rows);
        if self.kept > 2 * self.len() + VAIN_ROWS {
            self.forget()?;
        }
        Ok(())
    }

    fn add(&mut self, key: &[u8], instead: Option<u64>, row: usize) {
        let place = instead.unwrap_or_else(|| {
            self.next += 1;
            self.next
        });
        self.places.insert(place, (self.batches.len(), row));
        match self.equal.get_mut(key) {
            Some(equal) => equal.push(place),
            None => drop(self.equal.insert(key.into(), vec![place])),
        }
    }

    /// The place of the row that is gone.
    fn remove(&mut self, key: &[u8]) -> Option<u64> {
        let equal = self.equal.get_mut(key)?;
        let place = equal.pop()?;
        if equal.is_empty() {
            self.equal.remove(key);
        }
        self.places.remove(&place);
        Some(place)
    }

    /// Forgets what is gone.
    fn forget(&mut self) -> Result<(), ArrowError> {
        let all = self.first(usize::MAX)?;
        self.kept = all.num_rows();
        self.batches = vec![all];
        for (row, place) in self.places.values_mut().enumerate() {
            *place = (0, row);
        }
        Ok(())
    }

    /// The first so many of them.
    pub(crate) fn first(&self, most: usize) -> Result<RecordBatch, ArrowError> {
        let rows: Vec<(usize, usize)> = self.places.values().take(most).copied().collect();
        if rows.is_empty() {
            return Ok(RecordBatch::new_empty(self.schema.clone()));
        }
        let column = |number: usize| {
            let batches: Vec<&dyn Array> =
                self.batches.iter().map(|batch| batch.column(number).as_ref()).collect();
            interleave(&batches, &rows)
        };
        let columns = (0..self.schema.fields().len()).map(column).collect::<Result<Vec<_>, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray;
    use arrow_array::record_batch;
    use arrow_array::types::Int64Type;

    use super::*;

    fn numbers(left: &Left, most: usize) -> Vec<i64> {
        left.first(most).unwrap().column(0).as_primitive::<Int64Type>().values().to_vec()
    }

    #[test]
    fn a_new_row_stands_where_the_former_one_stood() {
        use RowKind::{Delete, Insert, UpdateAfter, UpdateBefore};
        let rows = record_batch!(("n", Int64, [1, 2, 3, 2, 20, 1, 3, 3])).unwrap();
        let kinds = [Insert, Insert, Insert, UpdateBefore, UpdateAfter, Delete, Insert, Delete];
        let mut left = Left::new(rows.schema()).unwrap();
        left.come(rows, |row| kinds[row]).unwrap();
        assert_eq!((numbers(&left, 9), numbers(&left, 1), left.len()), (vec![20, 3], vec![20], 2));
    }

    #[test]
    fn what_is_gone_is_forgotten_and_what_is_left_stays_in_order() {
        let schema = record_batch!(("n", Int64, [0])).unwrap().schema();
        let mut left = Left::new(schema.clone()).unwrap();
        let mut of = |number: i64, kind: RowKind| {
            let rows = record_batch!(("n", Int64, [number])).unwrap();
            left.come(rows.with_schema(schema.clone()).unwrap(), |_| kind).unwrap();
        };
        for number in 0..3 {
            of(number, RowKind::Insert);
        }
        // The second one counts on.
        for number in 0..10_000 {
            of(if number == 0 { 1 } else { 100 + number }, RowKind::UpdateBefore);
            of(101 + number, RowKind::UpdateAfter);
        }
        assert_eq!(numbers(&left, 9), [0, 10_100, 2]);
        assert!(left.kept <= 2 * 3 + VAIN_ROWS && left.batches.len() <= VAIN_ROWS);
    }

    #[test]
    fn rows_without_columns_are_counted() {
        let schema: SchemaRef = arrow_schema::Schema::empty().into();
        let options = RecordBatchOptions::new().with_row_count(Some(3));
        let rows = RecordBatch::try_new_with_options(schema.clone(), Vec::new(), &options).unwrap();
        let mut left = Left::new(schema).unwrap();
        left.come(rows, |row| if row == 2 { RowKind::Delete } else { RowKind::Insert }).unwrap();
        assert_eq!(left.first(9).unwrap().num_rows(), 1);
    }
}
