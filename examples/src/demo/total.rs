//! What is known of one page, and many of them as columns.
//!
//! The same columns go to a run on disk and come back from it. Thin: the row format of `state`.

use std::sync::Arc;

use arrow_array::builder::StringViewBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMillisecondType};
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringViewArray, TimestampMillisecondArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use memory::{Batch, Envelope};

/// Count, sum and latest over some clicks on one page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Total {
    pub(crate) clicks: i64,
    pub(crate) bytes: i64,
    pub(crate) last_ms: i64,
}

/// A page with its total.
pub(crate) type PageTotal = (String, Total);

impl Total {
    /// Of one click.
    pub(crate) fn of(bytes: i32, at_ms: i64) -> Self {
        Self { clicks: 1, bytes: i64::from(bytes), last_ms: at_ms }
    }

    /// Adds what `more` is about, which must be other clicks on the same page.
    pub(crate) fn add(&mut self, more: Self) {
        self.clicks += more.clicks;
        self.bytes += more.bytes;
        self.last_ms = self.last_ms.max(more.last_ms);
    }
}

fn schema() -> SchemaRef {
    let field = |name, data_type| Field::new(name, data_type, false);
    Arc::new(Schema::new(vec![
        field("page", DataType::Utf8View),
        field("clicks", DataType::Int64),
        field("bytes", DataType::Int64),
        field("last", DataType::Timestamp(TimeUnit::Millisecond, None)),
    ]))
}

/// What a run on disk holds.
pub(crate) fn envelope() -> Envelope {
    Envelope::new(schema(), false, false)
}

/// Totals as columns.
pub(crate) fn batch<'a>(totals: impl Iterator<Item = (&'a str, Total)>) -> Batch {
    let mut pages = StringViewBuilder::new();
    let (mut clicks, mut bytes, mut last) = (Vec::new(), Vec::new(), Vec::new());
    for (page, total) in totals {
        pages.append_value(page);
        clicks.push(total.clicks);
        bytes.push(total.bytes);
        last.push(total.last_ms);
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(pages.finish()),
        Arc::new(Int64Array::from(clicks)),
        Arc::new(Int64Array::from(bytes)),
        Arc::new(TimestampMillisecondArray::from(last)),
    ];
    Batch::new(RecordBatch::try_new(schema(), columns).expect("columns of the schema and of one length"))
}

/// Totals in columns, opened for reading.
#[derive(Debug)]
pub(crate) struct Totals {
    pages: StringViewArray,
    clicks: Int64Array,
    bytes: Int64Array,
    last: TimestampMillisecondArray,
}

impl Totals {
    /// Opens what [`batch`] has made.
    pub(crate) fn open(batch: &Batch) -> Self {
        let columns = batch.columns();
        Self {
            pages: columns.column(0).as_string_view().clone(),
            clicks: columns.column(1).as_primitive::<Int64Type>().clone(),
            bytes: columns.column(2).as_primitive::<Int64Type>().clone(),
            last: columns.column(3).as_primitive::<TimestampMillisecondType>().clone(),
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.clicks.len()
    }

    pub(crate) fn page(&self, row: usize) -> &str {
        self.pages.value(row)
    }

    pub(crate) fn total(&self, row: usize) -> Total {
        let (clicks, bytes) = (self.clicks.value(row), self.bytes.value(row));
        Total { clicks, bytes, last_ms: self.last.value(row) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_give_back_what_went_in() {
        let totals = [("/", Total::of(7, 30)), ("/a/rather/long/page", Total::of(8, 10))];
        let batch = batch(totals.into_iter());
        assert_eq!(batch.schema(), *envelope().schema());
        let opened = Totals::open(&batch);
        let back: Vec<_> = (0..opened.rows()).map(|row| (opened.page(row), opened.total(row))).collect();
        assert_eq!(back, totals);
    }

    #[test]
    fn the_latest_click_is_the_last_one_however_they_come() {
        let (early, late) = (Total::of(1, 10), Total::of(2, 20));
        for (mut first, second) in [(early, late), (late, early)] {
            first.add(second);
            assert_eq!(first, Total { clicks: 2, bytes: 3, last_ms: 20 });
        }
    }
}
