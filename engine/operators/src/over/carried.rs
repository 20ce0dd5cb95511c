//! Functions that look back, over partitions whose rows come piece by piece: what came before is carried on.
//!
//! ```text
//!   a piece    a a a │ b b          of each key the next rows in their order, and all that are sorted alike
//!   before     a's rows that can still be seen, its counts, what its aggregates know
//! ```
//!
//! Keeps, by key, how many rows there were, what aggregates from the first row on know, and the last rows, as far back as a
//! frame can see. Of rows only the columns that functions read.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use arrow_schema::{Field, Schema};
use runtime::subtask::Failure;
use shuffle::Place;
use state::{Restore, Slot, Snapshot};

use super::call::{Before, Call};
use super::numbering::{Counted, whole};
use super::plan::{Plan, batch_of};
use super::sight::Sight;
use super::spec::OverSpec;
use super::stretch::{Part, Stretch};
use crate::aggregate::accumulator::{Accumulator, Selected};
use crate::aggregate::keys::Keys;
use crate::rows::BATCH_ROWS;
use crate::store::Store;

/// The names of its states: a row for each key, and the rows of each key that can still be seen.
const KEYS: &str = "over";
const SEEN: &str = "over-seen";

/// What came before, and the functions that go on from there.
pub(super) struct Carried {
    pub(super) plan: Plan,
    pub(super) keys: Keys,
    key_columns: usize,
    sight: Sight,
    /// By slot.
    counted: Vec<Counted>,
    /// By slot, in order.
    seen: Vec<Vec<Place>>,
    /// Of all slots.
    seen_rows: usize,
    store: Store,
}

/// The next rows of a key, of which there are so many.
pub(super) type Run = (Slot, usize);

impl Carried {
    pub(super) fn new(spec: &OverSpec) -> Result<Self, Failure> {
        let plan = Plan::new(spec)?;
        Ok(Self {
            keys: Keys::new(&spec.input.key_types())?,
            key_columns: spec.input.key().len(),
            sight: Sight::of(&plan.calls),
            counted: Vec::new(),
            seen: Vec::new(),
            seen_rows: 0,
            store: Store::default(),
            plan,
        })
    }

    pub(super) fn sight(&self) -> Sight {
        self.sight
    }

    /// How many rows can still be seen.
    pub(super) fn seen_rows(&self) -> usize {
        self.seen_rows
    }

    /// The same of a key.
    pub(super) fn seen_of(&self, slot: Slot) -> usize {
        self.seen.get(slot as usize).map_or(0, Vec::len)
    }

    /// The results of the next rows: of each key that has some, one behind the other.
    pub(super) fn results(&mut self, rows: RecordBatch, runs: &[Run]) -> Result<Vec<ArrayRef>, Failure> {
        self.grow();
        let before: Vec<Counted> = runs.iter().map(|(slot, _)| self.counted[*slot as usize]).collect();
        let slots: Vec<Slot> =
            runs.iter().flat_map(|(slot, rows)| std::iter::repeat_n(*slot, *rows)).collect();
        let (stretch, places) = self.stretch(rows, runs)?;
        let results = self.plan.evaluate(&stretch, Before { counted: &before, slots: Some(&slots) })?;
        for ((slot, rows), part) in runs.iter().zip(&stretch.parts) {
            let counted = &mut self.counted[*slot as usize];
            counted.rows += whole(*rows);
            if let Some(groups) = &stretch.groups {
                let (first, end) = groups.range(part.fresh, part.end);
                counted.groups += whole(end - first);
            }
        }
        if !self.sight.sees_nothing() {
            self.keep(&stretch, &places, runs);
        }
        Ok(results)
    }

    fn grow(&mut self) {
        let end = self.keys.slots_end();
        self.counted.resize(end.max(self.counted.len()), Counted::default());
        self.seen.resize_with(end.max(self.seen.len()), Vec::new);
        self.rolling().for_each(|accumulator| accumulator.grow(end));
    }

    fn rolling(&mut self) -> impl Iterator<Item = &mut Box<dyn Accumulator>> {
        self.plan.calls.iter_mut().filter_map(Call::rolling)
    }

    /// The rows behind those that their keys have before, and where each of them is kept, if they are.
    fn stretch(&mut self, rows: RecordBatch, runs: &[Run]) -> Result<(Stretch, Vec<Place>), Failure> {
        let mut parts = Vec::with_capacity(runs.len());
        let mut end = 0;
        if self.sight.sees_nothing() {
            for (_, rows) in runs {
                parts.push(Part::whole(end, end + rows));
                end += rows;
            }
            return Ok((self.plan.stretch(rows, parts), Vec::new()));
        }
        let chunk = self.store.add(&rows);
        let (mut places, mut next) = (Vec::with_capacity(rows.num_rows()), 0..);
        for (slot, rows) in runs {
            let start = places.len();
            places.extend_from_slice(&self.seen[*slot as usize]);
            let fresh = places.len();
            places.extend(next.by_ref().take(*rows).map(|row: u32| (chunk, row)));
            parts.push(Part { start, fresh, end: places.len() });
        }
        let columns = joined(self.plan.schema(), self.store.get(&places))?;
        Ok((self.plan.stretch(columns, parts), places))
    }

    /// Notes which rows can still be seen.
    fn keep(&mut self, stretch: &Stretch, places: &[Place], runs: &[Run]) {
        let distances = self.plan.distances(stretch);
        let seen_from = self.sight.seen_from(stretch, distances.as_ref());
        for (((slot, _), part), from) in runs.iter().zip(&stretch.parts).zip(seen_from) {
            (part.start..from.min(part.fresh)).for_each(|_| self.store.let_go());
            (from.max(part.fresh)..part.end).for_each(|_| self.store.have());
            let seen = &mut self.seen[*slot as usize];
            self.seen_rows = self.seen_rows - seen.len() + part.end - from;
            seen.clear();
            seen.extend_from_slice(&places[from..part.end]);
        }
        if self.store.is_loose() {
            self.store.tighten(&mut self.seen.iter_mut().flatten().collect::<Vec<_>>());
        }
    }

    /// Forgets a key, and all that is known of it.
    pub(super) fn forget(&mut self, slot: Slot) {
        self.grow();
        self.counted[slot as usize] = Counted::default();
        let seen = std::mem::take(&mut self.seen[slot as usize]);
        seen.iter().for_each(|_| self.store.let_go());
        self.seen_rows -= seen.len();
        self.rolling().for_each(|accumulator| accumulator.reset(&[slot]));
        self.keys.forget(slot);
    }

    /// Forgets all keys.
    pub(super) fn clear(&mut self) {
        self.keys.clear();
        self.counted.clear();
        self.seen.clear();
        self.seen_rows = 0;
        self.store = Store::default();
        self.rolling().for_each(|accumulator| accumulator.clear());
    }

    /// About how much memory it takes.
    pub(super) fn bytes(&mut self) -> usize {
        let seen = self.seen_rows * size_of::<Place>();
        let lists = self.seen.len() * (size_of::<Vec<Place>>() + size_of::<Counted>());
        let known: usize = self.rolling().map(|accumulator| accumulator.bytes()).sum();
        self.keys.bytes() + seen + lists + known + self.store.bytes()
    }

    pub(super) fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        let slots = self.keys.slots();
        if slots.is_empty() {
            return Ok(());
        }
        self.grow();
        let mut columns = self.keys.columns(&slots);
        let of = |count: fn(&Counted) -> i64| {
            let counts = slots.iter().map(|slot| count(&self.counted[*slot as usize]));
            Arc::new(Int64Array::from_iter_values(counts)) as ArrayRef
        };
        columns.extend([of(|counted| counted.rows), of(|counted| counted.groups)]);
        columns.extend(self.rolling().flat_map(|accumulator| accumulator.save(&slots)));
        to.keyed(KEYS, &numbered(columns, slots.len())?, self.keys.hashes(&slots));
        let seen =
            slots.iter().flat_map(|slot| self.seen[*slot as usize].iter().map(|place| (*slot, *place)));
        let (slots, places): (Vec<Slot>, Vec<Place>) = seen.unzip();
        for (slots, places) in slots.chunks(BATCH_ROWS).zip(places.chunks(BATCH_ROWS)) {
            let rows = joined(self.plan.schema(), self.store.get(places))?;
            let mut columns = self.keys.columns(slots);
            columns.extend(rows.columns().iter().cloned());
            to.keyed(SEEN, &numbered(columns, slots.len())?, self.keys.hashes(slots));
        }
        Ok(())
    }

    pub(super) fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        let mut slots = Vec::new();
        for (rows, hashes) in from.keyed(KEYS) {
            let (key, known) = rows.columns().split_at(self.key_columns);
            self.keys.resolve(key, &hashes, Selected::All(rows.num_rows()), &mut slots);
            self.grow();
            let counts = |column: usize| known[column].as_primitive::<Int64Type>().values();
            for ((slot, rows), groups) in slots.iter().zip(counts(0)).zip(counts(1)) {
                self.counted[*slot as usize] = Counted { rows: *rows, groups: *groups };
            }
            let mut rest = &known[2..];
            for accumulator in self.rolling() {
                let (own, behind) = rest.split_at(accumulator.partial_types().len());
                accumulator.absorb(&slots, Selected::All(rows.num_rows()), own);
                rest = behind;
            }
        }
        for (rows, hashes) in from.keyed(SEEN) {
            let (key, columns) = rows.columns().split_at(self.key_columns);
            self.keys.resolve(key, &hashes, Selected::All(rows.num_rows()), &mut slots);
            self.grow();
            let chunk = self.store.add(&batch_of(self.plan.schema(), columns.to_vec(), rows.num_rows())?);
            self.seen_rows += slots.len();
            for (slot, row) in slots.iter().zip(0..) {
                self.store.have();
                self.seen[*slot as usize].push((chunk, row));
            }
        }
        Ok(())
    }
}

/// Rows as one batch.
pub(super) fn joined(
    schema: &arrow_schema::SchemaRef,
    mut rows: Vec<RecordBatch>,
) -> Result<RecordBatch, Failure> {
    match rows.len() {
        1 => Ok(rows.remove(0)),
        _ => arrow_select::concat::concat_batches(schema, &rows).map_err(Failure::lasting),
    }
}

/// A batch of columns that are told apart by their number.
fn numbered(columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch, Failure> {
    let field = |(number, column): (usize, &ArrayRef)| {
        Field::new(format!("column{number}"), column.data_type().clone(), true)
    };
    let fields: Vec<Field> = columns.iter().enumerate().map(field).collect();
    batch_of(&Arc::new(Schema::new(fields)), columns, rows)
}
