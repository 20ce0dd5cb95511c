//! The keys of a subtask, and what is known of each since it was told last.
//!
//! Keys stay beyond a round, as what was sent of their values does. What rows have in common with others of their key is in
//! tallies, and leaves with the first row of the key; the slot behind all others knows of nothing, and is what the other rows have.

use arrow_array::{ArrayRef, RecordBatch, UInt32Array};
use memory::Batch;
use runtime::subtask::Failure;
use state::{Restore, Slot, Snapshot};

use super::super::accumulator::Selected;
use super::super::aggregation::Aggregation;
use super::super::apart::{Apart, together};
use super::super::keys::{Keys, hashes_of};
use super::super::tally::Tally;
use super::news::News;
use super::outgoing::Outgoing;
use crate::layout::Layout;
use crate::rows::BATCH_ROWS;

/// The state's name in a snapshot.
const PARTS: &str = "parts";

/// What is known of keys.
pub(super) struct Parts {
    input: Layout,
    partial: Layout,
    keys: Keys,
    /// All aggregates that tell no values apart.
    tally: Tally,
    /// The greatest event time.
    time: Tally,
    news: Vec<News>,
    /// The keys of the round, the one that came first before the others.
    touched: Vec<Slot>,
    /// By slot.
    is_touched: Vec<bool>,
    /// The slots of the rows that have some news.
    of_values: Vec<Slot>,
    /// Rows that were passed on, each as a part of its own.
    singles: Tally,
    single_times: Tally,
    /// Slots of the rows of a batch, kept for its memory.
    slots: Vec<Slot>,
}

impl Parts {
    pub(super) fn new(aggregation: &Aggregation) -> Result<Self, Failure> {
        let schema = aggregation.input.schema();
        let tally = || Tally::filtered(together(&aggregation.aggregates).map(|(_, own)| own), schema);
        let time = || Tally::new(&aggregation.greatest_time(), schema);
        let news = |apart: &Apart| News::of(apart, schema.field(apart.column).data_type());
        Ok(Self {
            input: aggregation.input.clone(),
            partial: aggregation.partial()?,
            keys: Keys::new(&aggregation.input.key_types())?,
            tally: tally()?,
            time: time()?,
            news: Apart::all(aggregation).iter().map(news).collect::<Result<_, _>>()?,
            touched: Vec::new(),
            is_touched: Vec::new(),
            of_values: Vec::new(),
            singles: tally()?,
            single_times: time()?,
            slots: Vec::new(),
        })
    }

    /// Adds rows.
    pub(super) fn note(&mut self, batch: &Batch) -> Result<(), Failure> {
        let key = self.input.key_columns(batch);
        let (hashes, rows, columns) = (hashes_of(batch, &key)?, Selected::of(batch), batch.columns());
        self.resolve((&key, &hashes), rows);
        self.tally.update(&self.slots, rows, columns);
        self.time.update(&self.slots, rows, columns);
        for news in &mut self.news {
            news.find(&self.slots, rows, columns)?;
        }
        let number =
            |position: usize| u32::try_from(position).expect("a batch has fewer than four billion rows");
        let is_new = |position: &usize| self.news.iter().any(|news| news.is_new(*position));
        let positions: Vec<u32> = (0..rows.len()).filter(is_new).map(number).collect();
        if positions.is_empty() {
            return Ok(());
        }
        self.of_values.extend(positions.iter().map(|position| self.slots[*position as usize]));
        let kept = positions.iter().map(|position| number(rows.row(*position as usize)));
        let kept = UInt32Array::from_iter_values(kept);
        self.news.iter_mut().for_each(|news| news.keep(&positions, &kept, columns));
        Ok(())
    }

    /// The slots of the keys of rows, which are of this round.
    fn resolve(&mut self, (key, hashes): (&[ArrayRef], &[u64]), rows: Selected<'_>) {
        self.keys.resolve(key, hashes, rows, &mut self.slots);
        let end = self.keys.slots_end();
        self.tally.grow(end);
        self.time.grow(end);
        self.is_touched.resize(end.max(self.is_touched.len()), false);
        for slot in &self.slots {
            if !std::mem::replace(&mut self.is_touched[*slot as usize], true) {
                self.touched.push(*slot);
            }
        }
    }

    /// What the round has come to.
    pub(super) fn outgoing(&mut self) -> Result<Outgoing, Failure> {
        if self.touched.is_empty() {
            return Ok(Outgoing::default());
        }
        let nobody = self.keys.slots_end();
        self.tally.grow(nobody + 1);
        let nobody = Slot::try_from(nobody).expect("a subtask has fewer than four billion keys");
        let values = self.news.iter().map(|news| (news.values(), news.masks_of_values().to_vec())).collect();
        Ok(Outgoing::new(&self.touched, (&self.of_values, nobody), values))
    }

    /// The next rows of what leaves.
    pub(super) fn batch(&self, outgoing: &mut Outgoing, rows: usize) -> Batch {
        let range = outgoing.step(rows);
        let slots = &outgoing.slots[range.clone()];
        let mut columns = self.keys.columns(slots);
        columns.extend(self.tally.save(&outgoing.parts[range.clone()]));
        columns.extend(outgoing.columns(range.clone()));
        columns.extend(self.time.save(slots));
        let hashes = self.keys.hashes(slots);
        self.partial.batch(columns, rows).with_hashes(Some(hashes.into()))
    }

    /// Each of these rows as a part.
    pub(super) fn singles(&mut self, batch: Batch) -> Batch {
        let rows = Slot::try_from(batch.rows()).expect("a batch has fewer than four billion rows");
        let slots: Vec<Slot> = (0..rows).collect();
        let mut columns = self.input.key_columns(&batch);
        let saved = |tally: &mut Tally| {
            tally.clear();
            tally.grow(batch.rows());
            tally.update(&slots, Selected::of(&batch), batch.columns());
            tally.save(&slots)
        };
        columns.extend(saved(&mut self.singles));
        let times = saved(&mut self.single_times);
        columns.extend(self.news.iter_mut().flat_map(|news| news.all(batch.columns())));
        columns.extend(times);
        self.partial.batch(columns, batch.rows()).with_hashes(batch.hashes().cloned())
    }

    /// How many keys are known.
    pub(super) fn keys(&self) -> usize {
        self.keys.len()
    }

    /// The round is over. Perhaps its keys are forgotten.
    pub(super) fn begin_anew(&mut self, forgets_keys: bool) {
        self.tally.reset(&self.touched);
        self.time.reset(&self.touched);
        self.touched.iter().for_each(|slot| self.is_touched[*slot as usize] = false);
        self.touched.clear();
        self.of_values.clear();
        self.news.iter_mut().for_each(|news| news.begin_anew(forgets_keys));
        if forgets_keys {
            self.keys.clear();
            self.tally.clear();
            self.time.clear();
            self.is_touched.clear();
        }
    }

    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let news: usize = self.news.iter().map(News::bytes).sum();
        self.keys.bytes() + self.tally.bytes() + self.time.bytes() + news + self.is_touched.len()
    }

    /// Saves what has not left, as it would leave.
    pub(super) fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        let mut outgoing = self.outgoing()?;
        let rows = outgoing.rows();
        for start in (0..rows).step_by(BATCH_ROWS) {
            let rows = self.batch(&mut outgoing, BATCH_ROWS.min(rows - start));
            let hashes = rows.hashes().expect("it has them").to_vec();
            to.keyed(PARTS, rows.columns(), hashes);
        }
        Ok(())
    }

    pub(super) fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        for (rows, hashes) in from.keyed(PARTS) {
            self.take_over(&rows, &hashes);
        }
        Ok(())
    }

    fn take_over(&mut self, rows: &RecordBatch, hashes: &[u64]) {
        let all = Selected::All(rows.num_rows());
        let (key, rest) = rows.columns().split_at(self.input.key().len());
        let (parts, rest) = rest.split_at(self.tally.partial_fields().count());
        let (values, times) = rest.split_at(2 * self.news.len());
        self.resolve((key, hashes), all);
        self.tally.absorb(&self.slots, all, parts);
        self.time.absorb(&self.slots, all, times);
        self.of_values.extend(&self.slots);
        for (news, saved) in self.news.iter_mut().zip(values.chunks(2)) {
            news.take_over(&saved[0], &saved[1]);
        }
    }
}
