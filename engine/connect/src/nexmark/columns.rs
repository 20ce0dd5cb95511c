//! The batches that were asked for: columns, rows of a kind as columns of columns, nulls for events of another kind.
//!
//! Keeps what a spec says. A column that is wanted twice, as itself and within its row, is made once.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, Int32Array, Int64Array, RecordBatch, RecordBatchOptions, StructArray, TimestampMillisecondArray,
};
use arrow_buffer::NullBuffer;
use arrow_schema::SchemaRef;

use super::clock::Clock;
use super::events::{Corpus, Events};
use super::kind::NexmarkKind;
use super::person::FIRST_NUMBER;
use super::spec::{NexmarkColumn, NexmarkSpec};

/// Makes batches.
#[derive(Debug)]
pub(super) struct Columns {
    spec: NexmarkSpec,
    schema: SchemaRef,
    corpus: Corpus,
}

/// Those of one batch.
struct Making<'a> {
    events: &'a Events<'a>,
    kinds: [Kind; 3],
}

/// What is made of a kind so far.
struct Kind {
    kind: NexmarkKind,
    is_wanted: bool,
    /// Which rows are of another kind, once somebody has asked.
    nulls: Option<Option<NullBuffer>>,
    made: Vec<Option<ArrayRef>>,
}

impl Columns {
    /// Those of a spec that is right.
    pub(super) fn new(spec: NexmarkSpec) -> Self {
        let first_bidder = FIRST_NUMBER.cast_signed() * if spec.java_slip { 2 } else { 1 };
        let corpus = Corpus { clock: Clock::new(spec.rate), first_bidder };
        Self { schema: spec.schema(), corpus, spec }
    }

    pub(super) fn spec(&self) -> &NexmarkSpec {
        &self.spec
    }

    /// No events, for a batch.
    pub(super) fn events(&self) -> Events<'_> {
        Events::new(&self.corpus, &self.spec.kinds)
    }

    /// The batch of these events.
    pub(super) fn batch(&self, events: &Events<'_>) -> RecordBatch {
        let kinds = NexmarkKind::ALL.map(|kind| Kind {
            kind,
            is_wanted: self.spec.kinds.contains(&kind),
            nulls: None,
            made: vec![None; kind.rules().len()],
        });
        let mut making = Making { events, kinds };
        let columns = self.spec.columns.iter().map(|column| making.column(*column)).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(events.rows()));
        RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)
            .expect("columns of one length")
    }
}

impl Making<'_> {
    fn column(&mut self, column: NexmarkColumn) -> ArrayRef {
        let events = self.events;
        match column {
            NexmarkColumn::Number => Arc::new(Int64Array::from(events.numbers())),
            NexmarkColumn::EventType => Arc::new(Int32Array::from(events.types())),
            NexmarkColumn::Time => Arc::new(TimestampMillisecondArray::new(events.times(), None)),
            NexmarkColumn::Field(kind, position) => self.kinds[kind.position()].column(position, events),
            NexmarkColumn::Row(kind) => self.kinds[kind.position()].row(events),
        }
    }
}

impl Kind {
    fn row(&mut self, events: &Events<'_>) -> ArrayRef {
        let columns: Vec<ArrayRef> =
            (0..self.made.len()).map(|position| self.column(position, events)).collect();
        Arc::new(StructArray::new(self.kind.fields(), columns, self.nulls(events)))
    }

    fn column(&mut self, position: usize, events: &Events<'_>) -> ArrayRef {
        if let Some(column) = &self.made[position] {
            return column.clone();
        }
        let rule = &self.kind.rules()[position];
        let column = match self.is_wanted {
            true => rule.column(events, self.nulls(events)),
            false => rule.nothing(events.rows()),
        };
        self.made[position].insert(column).clone()
    }

    fn nulls(&mut self, events: &Events<'_>) -> Option<NullBuffer> {
        self.nulls.get_or_insert_with(|| events.others(self.kind)).clone()
    }
}
