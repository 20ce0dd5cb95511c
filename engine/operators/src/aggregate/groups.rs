//! Keys, and what the functions of an aggregation know of each.
//!
//! ```text
//!   batch ─► hashes ─► keys: slots ─► tally: a loop for each function
//! ```

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{Schema, SchemaRef};
use memory::Batch;
use runtime::subtask::Failure;
use state::{Restore, Slot, Snapshot};

use super::accumulator::Selected;
use super::aggregation::{Aggregation, dense};
use super::error::AggregateError;
use super::held::Held;
use super::keys::{Keys, hashes_of};
use super::tally::Tally;
use crate::seat::OperatorSeat;

/// The state's name in a snapshot.
const GROUPS: &str = "groups";

/// The groups of an aggregation.
pub(crate) struct Groups {
    keys: Keys,
    tally: Tally,
    /// The key in batches of rows.
    key: Vec<usize>,
    /// Keys and partial columns.
    saved: SchemaRef,
    /// Slots of the rows of a batch, kept for its memory.
    slots: Vec<Slot>,
    held: Held,
}

impl Groups {
    /// Of an aggregation. Where its input has event time, the greatest of a group is the last of its aggregates.
    pub(crate) fn new(aggregation: &Aggregation, with_time: bool) -> Result<Self, Failure> {
        let input = &aggregation.input;
        let time = aggregation.greatest_time().filter(|_| with_time);
        let tally = Tally::filtered(aggregation.aggregates.iter().chain(&time), input.schema())?;
        let mut fields = aggregation.key_fields();
        fields.extend(tally.partial_fields().cloned());
        Ok(Self {
            keys: Keys::new(&input.key_types())?,
            tally,
            key: input.key().to_vec(),
            saved: Arc::new(Schema::new(fields)),
            slots: Vec::new(),
            held: Held::default(),
        })
    }

    /// Adds rows.
    pub(super) fn update(&mut self, batch: Batch) -> Result<(), Failure> {
        let batch = dense(batch);
        self.resolve(&batch)?;
        self.tally.update(&self.slots, Selected::of(&batch), batch.columns());
        self.hold()
    }

    /// Adds some rows, whose hashes count them as the columns do.
    pub(crate) fn note(&mut self, key: (&[ArrayRef], &[u64]), rows: Selected<'_>, columns: &RecordBatch) {
        self.find(key, rows);
        self.tally.update(&self.slots, rows, columns);
    }

    /// Adds rows; the results behind each of them.
    pub(super) fn roll(&mut self, batch: &Batch) -> Result<Vec<ArrayRef>, Failure> {
        self.resolve(batch)?;
        let results = self.tally.roll(&self.slots, Selected::of(batch), batch.columns())?;
        self.hold()?;
        Ok(results)
    }

    /// Adds partial rows, whose first columns are the key and the others what [`Groups::partials`] makes.
    pub(super) fn absorb(&mut self, batch: &Batch) -> Result<(), Failure> {
        let (key, partials) = batch.columns().columns().split_at(self.key.len());
        let hashes = hashes_of(batch, key)?;
        self.absorb_columns((key, &hashes), partials, Selected::of(batch));
        self.hold()
    }

    /// The same of some rows, whose hashes count them as the columns do.
    pub(crate) fn absorb_columns(
        &mut self,
        key: (&[ArrayRef], &[u64]),
        partials: &[ArrayRef],
        rows: Selected<'_>,
    ) {
        self.find(key, rows);
        self.tally.absorb(&self.slots, rows, partials);
    }

    fn resolve(&mut self, batch: &Batch) -> Result<(), Failure> {
        let key: Vec<ArrayRef> =
            self.key.iter().map(|column| batch.columns().column(*column).clone()).collect();
        let hashes = hashes_of(batch, &key)?;
        self.find((&key, &hashes), Selected::of(batch));
        Ok(())
    }

    /// The slots of some rows, whose hashes count them as the columns do.
    fn find(&mut self, (key, hashes): (&[ArrayRef], &[u64]), rows: Selected<'_>) {
        self.keys.resolve(key, hashes, rows, &mut self.slots);
        self.tally.grow(self.keys.slots_end());
    }

    /// Keys and results of these groups.
    pub(super) fn results(&self, slots: &[Slot]) -> Result<Vec<ArrayRef>, AggregateError> {
        let mut columns = self.keys.columns(slots);
        columns.extend(self.tally.values(slots)?);
        Ok(columns)
    }

    /// Keys of these groups, and what is known of each.
    pub(crate) fn partials(&self, slots: &[Slot]) -> Vec<ArrayRef> {
        let mut columns = self.keys.columns(slots);
        columns.extend(self.tally.save(slots));
        columns
    }

    /// The hashes of these groups' keys.
    pub(crate) fn hashes(&self, slots: &[Slot]) -> Vec<u64> {
        self.keys.hashes(slots)
    }

    /// The group of all rows is there, whether a row was or not.
    pub(super) fn know_the_only_one(&mut self) {
        self.keys.know_the_only_one();
        self.tally.grow(self.keys.slots_end());
    }

    /// All groups, the one that came first before the others.
    pub(crate) fn slots(&self) -> Vec<Slot> {
        self.keys.slots()
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Forgets all groups and keeps their memory for others.
    pub(crate) fn clear(&mut self) {
        self.keys.clear();
        self.tally.clear();
    }

    /// About how much memory they take.
    pub(crate) fn bytes(&self) -> usize {
        self.keys.bytes() + self.tally.bytes()
    }

    /// Gives its memory back, for good.
    pub(super) fn end(&mut self) -> Result<(), Failure> {
        self.clear();
        self.held.hold(|| 0)
    }

    /// Reserves its memory.
    pub(super) fn sit(&mut self, seat: &OperatorSeat) {
        self.held = Held::of(seat);
    }

    fn hold(&mut self) -> Result<(), Failure> {
        let bytes = self.bytes();
        self.held.hold(|| bytes)
    }

    pub(super) fn save(&self, to: &mut Snapshot) {
        let slots = self.slots();
        if slots.is_empty() {
            return;
        }
        let options = RecordBatchOptions::new().with_row_count(Some(slots.len()));
        let rows = RecordBatch::try_new_with_options(self.saved.clone(), self.partials(&slots), &options);
        to.keyed(GROUPS, &rows.expect("the columns that it saves"), self.hashes(&slots));
    }

    pub(super) fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        for (rows, hashes) in from.keyed(GROUPS) {
            let (key, partials) = rows.columns().split_at(self.key.len());
            self.absorb_columns((key, &hashes), partials, Selected::All(rows.num_rows()));
        }
        self.hold()
    }
}
