//! Which columns of a stream mean what.
//!
//! ```text
//!   user  price   │ $time                   $key0
//!   ────  ─────   │ ─────────────────────   ─────
//!   the record    │ what travels with it: its event time, its key if that is not among its own columns
//! ```
//!
//! The record comes first, so that a reader of records need not know what follows. Event time and key may be columns of
//! the record itself.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_buffer::ScalarBuffer;
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use memory::Batch;

/// The name of the event time beside a record.
pub const TIME: &str = "$time";

/// The columns of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    schema: SchemaRef,
    /// How many of the columns are the record.
    record: usize,
    key: Vec<usize>,
    time: Option<usize>,
    /// Whether rows may take back others.
    kinds: bool,
}

impl Layout {
    /// Records of these columns, and nothing beside them.
    pub fn of(fields: Fields) -> Self {
        let record = fields.len();
        Self { schema: Arc::new(Schema::new(fields)), record, key: Vec::new(), time: None, kinds: false }
    }

    /// The same records with an event time beside them. If they have one already, it is the one.
    #[must_use]
    pub fn timed(&self) -> Self {
        if self.time.is_some() {
            return self.clone();
        }
        let time = self.schema.fields().len();
        Self { time: Some(time), ..self.append([Field::new(TIME, time_type(), false)]) }
    }

    /// The same records with an event time beside them, even if one of their own columns was the one before.
    #[must_use]
    pub fn timed_beside(&self) -> Self {
        let is_own = self.time.is_some_and(|time| time < self.record);
        if is_own { Self { time: None, ..self.clone() }.timed() } else { self.timed() }
    }

    /// The same records with these columns beside them as their key, in place of the key that they had.
    #[must_use]
    pub fn keyed_beside(self, key: &Fields) -> Self {
        let start = self.schema.fields().len();
        let named = key.iter().enumerate().map(|(number, field)| {
            Field::new(format!("$key{number}"), field.data_type().clone(), field.is_nullable())
        });
        Self { key: (start..start + key.len()).collect(), ..self.append(named) }
    }

    /// The same records without a key, and without the columns that were nothing but the key.
    #[must_use]
    pub fn unkeyed(&self) -> Self {
        let beside = |column: &usize| *column >= self.record && Some(*column) != self.time;
        let kept = self.schema.fields().len() - self.key.iter().filter(|column| beside(column)).count();
        let fields = self.schema.fields()[..kept].to_vec();
        Self { schema: Arc::new(Schema::new(fields)), key: Vec::new(), ..self.clone() }
    }

    /// The same records, with these columns as their key.
    #[must_use]
    pub fn keyed_by(self, columns: Vec<usize>) -> Self {
        Self { key: columns, ..self }
    }

    /// The same with one more column of the record, behind its others. What stands beside the record stays there.
    #[must_use]
    pub fn widened(&self, field: Field) -> Self {
        let mut fields = self.schema.fields().to_vec();
        fields.insert(self.record, Arc::new(field));
        let moved = |column: usize| column + usize::from(column >= self.record);
        Self {
            schema: Arc::new(Schema::new(fields)),
            record: self.record + 1,
            key: self.key.iter().map(|column| moved(*column)).collect(),
            time: self.time.map(moved),
            kinds: self.kinds,
        }
    }

    /// The same as a changelog: its rows have kinds, and some of them take back others.
    #[must_use]
    pub fn changing(self) -> Self {
        Self { kinds: true, ..self }
    }

    /// The same with this column of the record, of milliseconds, as its event time.
    ///
    /// # Panics
    ///
    /// If the column is of another type.
    #[must_use]
    pub fn timed_by(self, column: usize) -> Self {
        assert_eq!(self.schema.field(column).data_type(), &time_type(), "event time has a type of its own");
        Self { time: Some(column), ..self }
    }

    /// The same without kinds: all of its rows are added.
    #[must_use]
    pub fn unchanging(self) -> Self {
        Self { kinds: false, ..self }
    }

    /// The layout of records of these columns that were made of one of this layout each: they keep its event time, and stay
    /// changes if it is one. A key is not kept.
    pub fn derive(&self, fields: Fields) -> Self {
        let derived = Self { kinds: self.kinds, ..Self::of(fields) };
        if self.time.is_some() { derived.timed() } else { derived }
    }

    /// All columns that travel.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// How many columns the record has; they are the first ones.
    pub fn record(&self) -> usize {
        self.record
    }

    /// The columns of the key.
    pub fn key(&self) -> &[usize] {
        &self.key
    }

    /// Whether rows have kinds.
    pub fn has_kinds(&self) -> bool {
        self.kinds
    }

    /// The types of the columns of the key.
    pub fn key_types(&self) -> Vec<DataType> {
        self.key.iter().map(|column| self.schema.field(*column).data_type().clone()).collect()
    }

    /// The column of the event time.
    pub fn time(&self) -> Option<usize> {
        self.time
    }

    /// The event times of a batch of this layout: of all rows of its columns, before the selection.
    ///
    /// # Panics
    ///
    /// If there is no event time.
    pub fn times(&self, batch: &Batch) -> ScalarBuffer<i64> {
        let time = self.time.expect("a stream with event time");
        batch.columns().column(time).as_primitive::<TimestampMillisecondType>().values().clone()
    }

    /// The key columns of a batch of this layout.
    pub fn key_columns(&self, batch: &Batch) -> Vec<ArrayRef> {
        self.key.iter().map(|column| batch.columns().column(*column).clone()).collect()
    }

    /// The record columns of a batch.
    pub fn record_columns<'a>(&self, batch: &'a Batch) -> &'a [ArrayRef] {
        &batch.columns().columns()[..self.record]
    }

    /// A batch of these columns.
    ///
    /// # Panics
    ///
    /// If they are not the columns of this layout, or have other lengths than `rows`.
    pub fn batch(&self, columns: Vec<ArrayRef>, rows: usize) -> Batch {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let columns = RecordBatch::try_new_with_options(self.schema.clone(), columns, &options);
        Batch::new(columns.expect("the columns of the layout"))
    }

    fn append(&self, fields: impl IntoIterator<Item = Field>) -> Self {
        let own = self.schema.fields().iter().map(|field| (**field).clone());
        let schema = Arc::new(Schema::new(own.chain(fields).collect::<Vec<_>>()));
        Self { schema, ..self.clone() }
    }
}

/// The type of event time: milliseconds since 1970.
pub fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Millisecond, None)
}

/// Whether a column of this type can be compared with how far time has come: it holds what clocks show, or instants.
pub fn is_time_type(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Timestamp(TimeUnit::Millisecond, _))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(layout: &Layout) -> Vec<String> {
        layout.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    #[test]
    fn what_travels_beside_a_record_comes_behind_it() {
        let click = Fields::from(vec![Field::new("user", DataType::Utf8View, false)]);
        let layout = Layout::of(click.clone()).timed().keyed_beside(&click);
        assert_eq!(names(&layout), ["user", "$time", "$key0"]);
        assert_eq!((layout.record(), layout.time(), layout.key()), (1, Some(1), &[2][..]));
        let own = Layout { time: Some(0), ..Layout::of(click.clone()) }.timed_beside();
        assert_eq!((names(&own), own.time()), (vec!["user".into(), "$time".into()], Some(1)));
        assert_eq!(layout.timed_beside(), layout);
        let ranked = layout.widened(Field::new("rank", DataType::Int64, false));
        assert_eq!(names(&ranked), ["user", "rank", "$time", "$key0"]);
        assert_eq!((ranked.record(), ranked.time(), ranked.key()), (2, Some(2), &[3][..]));
        let derived = layout.derive(Fields::from(vec![Field::new("count", DataType::Int64, false)]));
        assert_eq!(names(&derived), ["count", "$time"]);
        assert_eq!(derived.key(), [0_usize; 0]);
        let changing = layout.changing().unkeyed();
        assert!(changing.has_kinds() && changing.derive(Fields::empty()).has_kinds());
        assert!(!derived.has_kinds());
    }
}
