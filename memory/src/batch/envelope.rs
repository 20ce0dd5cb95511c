//! A batch as plain columns, for those who move bytes and do not care what they mean.
//!
//! Segments and spill files hold columns. What travels beside the columns becomes columns at the end:
//!
//! ```text
//!   url  clicks                 url  clicks  $kind  $hash
//!   ───  ──────   kinds   ◄──►  ───  ──────  ─────  ─────
//!   a         1   hashes        a         1     +I   81ab…
//! ```
//!
//! The envelope says which of the two are there; it is agreed once for an edge or a file, not for each batch.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{UInt8Type, UInt64Type};
use arrow_array::{ArrayRef, RecordBatch, UInt8Array, UInt64Array};
use arrow_buffer::ScalarBuffer;
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::{Batch, RowKind, RowKinds};

/// Which columns travel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    schema: SchemaRef,
    kinds: bool,
    hashes: bool,
    packed: SchemaRef,
}

impl Envelope {
    /// The columns of `schema`, with a kind for each row if `kinds`, with key hashes if `hashes`.
    pub fn new(schema: SchemaRef, kinds: bool, hashes: bool) -> Self {
        let mut fields = schema.fields().to_vec();
        if kinds {
            fields.push(Arc::new(Field::new("$kind", DataType::UInt8, false)));
        }
        if hashes {
            fields.push(Arc::new(Field::new("$hash", DataType::UInt64, false)));
        }
        let packed = if kinds || hashes { Arc::new(Schema::new(fields)) } else { schema.clone() };
        Self { schema, kinds, hashes, packed }
    }

    /// What `batch` needs to travel whole.
    pub fn of(batch: &Batch) -> Self {
        Self::new(batch.schema(), batch.kinds().is_some(), batch.hashes().is_some())
    }

    /// The same with key hashes, or without.
    #[must_use = "this one stays as it is"]
    pub fn with_hashes(&self, hashes: bool) -> Self {
        Self::new(self.schema.clone(), self.kinds, hashes)
    }

    /// The columns of the batch.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// All columns that travel.
    pub fn packed(&self) -> &SchemaRef {
        &self.packed
    }

    /// Whether the hash of its key travels with a row.
    pub fn carries_hashes(&self) -> bool {
        self.hashes
    }

    /// The batch as columns, without its selection: pack a compact batch, or let the receiver of the columns
    /// pick the rows. A batch without kinds consists of inserts.
    ///
    /// # Panics
    ///
    /// If the batch has other columns, has kinds that the envelope has no place for, or lacks hashes.
    pub fn pack(&self, batch: &Batch) -> RecordBatch {
        assert_eq!(batch.columns().schema().fields(), self.schema.fields());
        assert!(self.kinds || batch.kinds().is_none(), "kinds would be lost");
        if !self.kinds && !self.hashes {
            let columns = batch.columns().clone();
            return columns.with_schema(self.packed.clone()).expect("the same fields");
        }
        let rows = batch.columns().num_rows();
        let mut columns = batch.columns().columns().to_vec();
        if self.kinds {
            let numbers = match batch.kinds() {
                Some(kinds) => kinds.numbers().clone(),
                None => vec![RowKind::Insert as u8; rows].into(),
            };
            columns.push(Arc::new(UInt8Array::new(numbers, None)) as ArrayRef);
        }
        if self.hashes {
            let hashes = batch.hashes().expect("the envelope has a place for hashes").clone();
            columns.push(Arc::new(UInt64Array::new(hashes, None)));
        }
        RecordBatch::try_new(self.packed.clone(), columns)
            .expect("columns of one length and the agreed types")
    }

    /// The batch that was packed. `None` when a kind is not a kind: the columns were damaged on the way.
    ///
    /// # Panics
    ///
    /// If the columns are not those of this envelope.
    pub fn unpack(&self, columns: RecordBatch) -> Option<Batch> {
        assert_eq!(columns.num_columns(), self.packed.fields().len());
        if !self.kinds && !self.hashes {
            return Some(Batch::new(columns));
        }
        let (_, mut columns, rows) = columns.into_parts();
        let (kinds, hashes) = self.split(&mut columns)?;
        let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(rows));
        let inner = RecordBatch::try_new_with_options(self.schema.clone(), columns, &options);
        let batch = Batch::new(inner.expect("the first columns are those of the schema"));
        Some(batch.with_kinds(kinds).with_hashes(hashes))
    }

    /// Takes kinds and hashes off the end of the columns. `None` when a kind is not a kind.
    pub(crate) fn split(
        &self,
        columns: &mut Vec<ArrayRef>,
    ) -> Option<(Option<RowKinds>, Option<ScalarBuffer<u64>>)> {
        let mut take = || columns.pop().expect("the columns of this envelope");
        let hashes = self.hashes.then(|| take().as_primitive::<UInt64Type>().values().clone());
        let kinds = match self.kinds.then(take) {
            Some(column) => {
                Some(RowKinds::from_numbers(column.as_primitive::<UInt8Type>().values().clone())?)
            }
            None => None,
        };
        Some((kinds, hashes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::record_batch;

    #[test]
    fn what_is_packed_is_unpacked() {
        let columns = record_batch!(("url", Utf8View, ["a", "b"]), ("clicks", Int64, [1, 2])).unwrap();
        let kinds = RowKinds::new([RowKind::Insert, RowKind::Delete]);
        for (kinds, hashes) in [
            (None, None),
            (Some(kinds.clone()), None),
            (None, Some(vec![7, 8].into())),
            (Some(kinds), Some(vec![7, 8].into())),
        ] {
            let batch = Batch::new(columns.clone()).with_kinds(kinds).with_hashes(hashes);
            let envelope = Envelope::of(&batch);
            assert_eq!(envelope.unpack(envelope.pack(&batch)), Some(batch));
        }
    }

    #[test]
    fn rows_without_columns_keep_their_number() {
        let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(3));
        let none = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), vec![], &options).unwrap();
        let batch = Batch::new(none).with_hashes(Some(vec![1, 2, 3].into()));
        let envelope = Envelope::of(&batch);
        assert_eq!(envelope.unpack(envelope.pack(&batch)).unwrap().rows(), 3);
    }

    #[test]
    fn on_a_changelog_edge_a_batch_without_kinds_is_all_inserts() {
        let batch = Batch::new(record_batch!(("n", Int32, [1, 2])).unwrap());
        let envelope = Envelope::new(batch.schema(), true, false);
        let back = envelope.unpack(envelope.pack(&batch)).unwrap();
        assert_eq!(back.kinds(), Some(&RowKinds::new([RowKind::Insert; 2])));
    }

    #[test]
    fn a_damaged_kind_is_noticed() {
        let batch = record_batch!(("n", Int32, [1]), ("$kind", UInt8, [9])).unwrap();
        let envelope =
            Envelope::new(Arc::new(Schema::new(batch.schema().fields()[..1].to_vec())), true, false);
        assert_eq!(envelope.unpack(batch), None);
    }
}
