//! Rows that a program holds: as a source for small inputs, examples and tests.
//!
//! One subtask sends them, in their order, in batches of a chosen size. Keeps the rows as they were given, which every
//! attempt of the job shares, and how many of them are sent. Never puts batches together: what was given in small
//! pieces leaves in them.

use std::fmt;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{RecordBatch, UInt64Array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use memory::Batch;
use operators::{Cx, Poll, Source};
use runtime::subtask::{Failure, Seat};
use state::{Redistribution, Restore, Snapshot};

use crate::bound::BATCH_ROWS;

/// The name of its state.
const SENT: &str = "sent";

/// The source.
#[derive(Clone)]
pub struct Collection {
    schema: SchemaRef,
    rows: Rows,
    batch_rows: usize,
}

#[derive(Clone)]
enum Rows {
    Given(Arc<[RecordBatch]>),
    Made(Arc<dyn Fn() -> RecordBatch + Send + Sync>),
}

impl Collection {
    /// These rows.
    ///
    /// # Panics
    ///
    /// If a batch has other columns than `schema`.
    pub fn of(schema: SchemaRef, batches: impl IntoIterator<Item = RecordBatch>) -> Self {
        let batches: Arc<[RecordBatch]> = batches.into_iter().collect();
        for batch in &*batches {
            assert_eq!(batch.schema_ref().fields(), schema.fields(), "all rows have the same columns");
        }
        Self { schema, rows: Rows::Given(batches), batch_rows: BATCH_ROWS }
    }

    /// The rows that `make` answers. It is called once in each attempt, when the first row is wanted.
    pub fn made_by(schema: SchemaRef, make: impl Fn() -> RecordBatch + Send + Sync + 'static) -> Self {
        Self { schema, rows: Rows::Made(Arc::new(make)), batch_rows: BATCH_ROWS }
    }

    /// The same in batches of so many rows at most.
    ///
    /// # Panics
    ///
    /// If there are to be none in a batch.
    #[must_use]
    pub fn batch_rows(self, batch_rows: usize) -> Self {
        assert!(batch_rows > 0, "a batch has a row");
        Self { batch_rows, ..self }
    }

    /// The columns of its rows.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The one subtask.
    ///
    /// # Errors
    ///
    /// If there are to be more: each would send all rows.
    pub fn make(&self, seat: &Seat) -> Result<Box<dyn Source>, Failure> {
        if seat.place.parallelism != 1 {
            return Err(Failure::lasting(format!(
                "a collection is sent by one subtask, and {} are planned; set the parallelism of this source to 1",
                seat.place.parallelism
            )));
        }
        Ok(Box::new(Sending { from: self.clone(), batches: None, batch: 0, offset: 0, sent: 0, skip: 0 }))
    }
}

impl fmt::Debug for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collection").field("schema", &self.schema).finish_non_exhaustive()
    }
}

/// The subtask.
struct Sending {
    from: Collection,
    /// None before the first row is wanted.
    batches: Option<Arc<[RecordBatch]>>,
    /// Which batch is being cut, and where.
    batch: usize,
    offset: usize,
    sent: u64,
    /// Rows that a predecessor has sent.
    skip: u64,
}

impl Sending {
    fn next(&mut self) -> Result<Option<RecordBatch>, Failure> {
        let Self { from, batches, batch, offset, .. } = self;
        if batches.is_none() {
            *batches = Some(from.rows.all(&from.schema)?);
        }
        let batches = batches.as_ref().expect("just made");
        while let Some(rows) = batches.get(*batch) {
            let left = rows.num_rows() - *offset;
            if self.skip > 0 {
                let skipped = self.skip.min(left as u64);
                self.skip -= skipped;
                *offset += usize::try_from(skipped).expect("no more than the batch has");
            } else if left > 0 {
                let cut = rows.slice(*offset, left.min(from.batch_rows));
                *offset += cut.num_rows();
                return Ok(Some(cut));
            }
            if *offset == rows.num_rows() {
                (*batch, *offset) = (*batch + 1, 0);
            }
        }
        Ok(None)
    }
}

impl Rows {
    fn all(&self, schema: &SchemaRef) -> Result<Arc<[RecordBatch]>, Failure> {
        match self {
            Self::Given(batches) => Ok(batches.clone()),
            Self::Made(make) => {
                let made = make();
                if made.schema_ref().fields() != schema.fields() {
                    return Err(Failure::lasting(format!(
                        "the function of a collection has made rows of {:?}, and {:?} was declared; make them the same",
                        made.schema_ref().fields(),
                        schema.fields()
                    )));
                }
                Ok([made].into())
            }
        }
    }
}

impl Source for Sending {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Failure> {
        while cx.may_go_on() {
            let Some(rows) = self.next()? else { return Ok(Poll::End) };
            self.sent += rows.num_rows() as u64;
            cx.send(Batch::new(rows))?;
        }
        Ok(Poll::More)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        let schema = Arc::new(Schema::new(vec![Field::new(SENT, DataType::UInt64, false)]));
        let sent = Arc::new(UInt64Array::from(vec![self.sent]));
        let row = RecordBatch::try_new(schema, vec![sent]).expect("one column of one row");
        to.rows(SENT, Redistribution::Split, row);
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        let sent =
            from.rows(SENT).flat_map(|rows| rows.column(0).as_primitive::<UInt64Type>().values().to_vec());
        self.sent = sent.sum();
        self.skip = self.sent;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use memory::KeyGroups;
    use state::redistribute;

    use super::*;
    use crate::trial::{self, Kept, Stopped, number_rows, number_schema, numbers, numbers_of};

    fn rows_of(kept: &Kept) -> Vec<u64> {
        kept.batches().iter().flat_map(|(.., batch)| numbers_of(batch.columns())).collect()
    }

    #[test]
    fn rows_leave_in_their_order_and_in_batches_of_the_size_that_was_asked_for() {
        for (rows, batch_rows) in [(0, 1), (1, 1), (100, 1), (100, 7), (20_000, 1024), (20_000, 8192)] {
            let (source, kept) = (numbers(rows, batch_rows), Kept::default());
            let sink = kept.clone();
            trial::finishes(trial::vertex(move |seat| source.make(seat), move |seat| sink.make(seat)));
            assert_eq!(rows_of(&kept), (0..rows).collect::<Vec<_>>());
            let sizes: Vec<usize> = kept.batches().iter().map(|(.., batch)| batch.rows()).collect();
            assert!(sizes.iter().rev().skip(1).all(|size| *size == batch_rows), "{sizes:?}");
        }
    }

    #[test]
    fn small_pieces_stay_as_they_are_and_empty_ones_are_left_out() {
        let pieces = [0..3, 3..3, 3..4, 4..9].map(number_rows);
        let source = Collection::of(number_schema(), pieces).batch_rows(4);
        let kept = Kept::default();
        let sink = kept.clone();
        trial::finishes(trial::vertex(move |seat| source.make(seat), move |seat| sink.make(seat)));
        let sizes: Vec<usize> = kept.batches().iter().map(|(.., batch)| batch.rows()).collect();
        assert_eq!((rows_of(&kept), sizes), ((0..9).collect(), vec![3, 1, 4, 1]));
    }

    #[test]
    fn a_function_is_called_once_and_has_to_make_what_was_declared() {
        let calls = Arc::new(AtomicU64::new(0));
        let counted = calls.clone();
        let make = move || number_rows(0..counted.fetch_add(1, Ordering::Relaxed) + 5);
        let source = Collection::made_by(number_schema(), make);
        let kept = Kept::default();
        let sink = kept.clone();
        trial::finishes(trial::vertex(move |seat| source.make(seat), move |seat| sink.make(seat)));
        assert_eq!((rows_of(&kept), calls.load(Ordering::Relaxed)), ((0..5).collect(), 1));

        let other = Collection::made_by(Arc::new(Schema::empty()), || number_rows(0..1));
        let sink = Kept::default();
        let failure = trial::fails(trial::vertex(move |seat| other.make(seat), move |seat| sink.make(seat)));
        assert!(failure.to_string().contains("and [] was declared; make them the same"), "{failure}");
    }

    #[test]
    fn more_subtasks_than_one_are_refused() {
        let (source, sink) = (numbers(10, 1), Kept::default());
        let vertex = trial::vertex(move |seat| source.make(seat), move |seat| sink.make(seat)).parallel(2);
        let failure = trial::fails(vertex);
        assert!(failure.to_string().ends_with("set the parallelism of this source to 1"), "{failure}");
    }

    #[test]
    fn a_successor_goes_on_behind_what_was_sent() {
        let first = Kept::default();
        let (source, sink, stopped) = (numbers(200_000, 1000), first.clone(), Stopped::default());
        let stop = stopped.clone();
        let make = move |seat: &Seat| Ok(stop.after(0, source.make(seat)?));
        trial::finishes(trial::vertex(make, move |seat| sink.make(seat)));
        let before = rows_of(&first);
        assert!(!before.is_empty() && before.len() < 200_000);

        let restores = redistribute(&stopped.snapshots(), KeyGroups::default(), 1);
        let (source, second) = (numbers(200_000, 1000), Kept::default());
        let sink = second.clone();
        let make = move |seat: &Seat| {
            let mut made = source.make(seat)?;
            made.load(&restores[0])?;
            Ok(made)
        };
        trial::finishes(trial::vertex(make, move |seat| sink.make(seat)));
        let all: Vec<u64> = before.into_iter().chain(rows_of(&second)).collect();
        assert!(all == (0..200_000).collect::<Vec<_>>(), "{} rows", all.len());
    }
}
