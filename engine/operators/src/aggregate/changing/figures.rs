//! All aggregates of all keys: those of all rows, and those of distinct values, a table of pairs for each of their columns.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field};
use memory::{Batch, RowKinds};
use runtime::subtask::Failure;
use state::Slot;

use super::super::accumulator::Selected;
use super::super::aggregation::Aggregation;
use super::super::error::AggregateError;
use super::super::function::{Aggregate, Function};
use super::super::tally::Tally;
use super::pairs::Pairs;
use crate::layout::TIME;

/// Aggregates by slot.
pub(super) struct Figures {
    of_rows: Tally,
    of_distinct: Vec<OfDistinct>,
    /// The greatest event time of the rows that have come, whatever became of them.
    time: Option<Tally>,
    /// By aggregate: its place among the results of all tallies, one after the other.
    order: Vec<usize>,
}

/// Aggregates of the distinct values of a column.
pub(super) struct OfDistinct {
    pub(super) column: Arc<Field>,
    place: usize,
    pub(super) pairs: Pairs,
    tally: Tally,
}

impl Figures {
    /// The figures of an aggregation.
    pub(super) fn new(aggregation: &Aggregation) -> Result<Self, Failure> {
        let (schema, is_changing) = (aggregation.input.schema(), aggregation.input.has_kinds());
        let make = |aggregate: &Aggregate| match is_changing {
            true => aggregate.changing_accumulator(schema),
            false => aggregate.accumulator(schema),
        };
        let numbered = || aggregation.aggregates.iter().enumerate();
        let column_of =
            |aggregate: &Aggregate| aggregate.function.column().filter(|_| aggregate.is_of_distinct_values());
        let columns: std::collections::BTreeSet<usize> =
            aggregation.aggregates.iter().filter_map(column_of).collect();
        let mut sources = Vec::new();
        let mut tally_of = |column: Option<usize>| {
            let own = || numbered().filter(move |(_, aggregate)| column_of(aggregate) == column);
            sources.extend(own().map(|(number, _)| number));
            Tally::made_by(make, own().map(|(_, aggregate)| aggregate))
        };
        let of_rows = tally_of(None)?;
        let mut of_distinct = Vec::new();
        for place in columns {
            let column = schema.fields()[place].clone();
            let tally = tally_of(Some(place))?;
            of_distinct.push(OfDistinct { pairs: pairs_of(&column, !is_changing)?, column, place, tally });
        }
        let mut order = vec![0; sources.len()];
        sources.iter().enumerate().for_each(|(place, number)| order[*number] = place);
        Ok(Self { of_rows, of_distinct, time: None, order })
    }

    /// The figures of an aggregation that are made of parts.
    pub(super) fn of_parts(aggregation: &Aggregation) -> Result<Self, Failure> {
        let of_rows = Tally::new(&aggregation.aggregates, aggregation.input.schema())?;
        let order = (0..aggregation.aggregates.len()).collect();
        Ok(Self { of_rows, of_distinct: Vec::new(), time: None, order })
    }

    /// The same, and behind them the greatest event time, which is this column of what comes in.
    pub(super) fn timed(self, column: Option<usize>, input: &arrow_schema::Schema) -> Result<Self, Failure> {
        let greatest = column.map(|column| Function::Max(column).named(TIME));
        let time = greatest.map(|greatest| Tally::new([&greatest], input)).transpose()?;
        Ok(Self { time, ..self })
    }

    /// The same without event time.
    pub(super) fn timeless(self) -> Self {
        Self { time: None, ..self }
    }

    fn tallies(&self) -> impl Iterator<Item = &Tally> {
        let of_distinct = self.of_distinct.iter().map(|distinct| &distinct.tally);
        [&self.of_rows].into_iter().chain(of_distinct).chain(&self.time)
    }

    fn tallies_mut(&mut self) -> impl Iterator<Item = &mut Tally> {
        let of_distinct = self.of_distinct.iter_mut().map(|distinct| &mut distinct.tally);
        [&mut self.of_rows].into_iter().chain(of_distinct).chain(&mut self.time)
    }

    /// Makes room for the slots below `end`.
    pub(super) fn grow(&mut self, end: usize) {
        self.tallies_mut().for_each(|tally| tally.grow(end));
    }

    /// Adds the rows of a batch to these slots, or takes them away.
    pub(super) fn note(&mut self, slots: &[Slot], batch: &Batch) -> Result<(), Failure> {
        let (rows, kinds, columns) = (Selected::of(batch), batch.kinds(), batch.columns());
        note(&mut self.of_rows, (slots, rows), kinds, columns);
        for OfDistinct { place, pairs, tally, .. } in &mut self.of_distinct {
            let counting = pairs.note(slots, rows, kinds, columns.column(*place))?;
            note(tally, counting, kinds, columns);
        }
        if let Some(time) = &mut self.time {
            time.update(slots, rows, columns);
        }
        Ok(())
    }

    /// Adds parts to these slots, which stand in a batch behind the key.
    pub(super) fn note_parts(&mut self, slots: &[Slot], batch: &Batch, key: usize) {
        let rows = Selected::of(batch);
        let parts = &batch.columns().columns()[key..];
        self.of_rows.absorb(slots, rows, &parts[..self.of_rows.partial_fields().count()]);
        if let Some(time) = &mut self.time {
            time.update(slots, rows, batch.columns());
        }
    }

    /// The results of these slots, a column for each aggregate, and one of event time if that is wanted.
    pub(super) fn values(&self, slots: &[Slot]) -> Result<Vec<ArrayRef>, AggregateError> {
        let mut values = Vec::with_capacity(self.order.len() + 1);
        for tally in self.tallies() {
            values.extend(tally.values(slots)?);
        }
        if self.of_distinct.is_empty() {
            return Ok(values); // They are in order.
        }
        let time = &values[self.order.len()..];
        Ok(self.order.iter().map(|place| values[*place].clone()).chain(time.iter().cloned()).collect())
    }

    /// These slots know of no row any more.
    pub(super) fn reset(&mut self, slots: &[Slot]) {
        self.tallies_mut().for_each(|tally| tally.reset(slots));
        self.of_distinct.iter_mut().for_each(|distinct| distinct.pairs.forget(slots));
    }

    /// The columns in which they are saved, beside pairs.
    pub(super) fn partial_fields(&self) -> impl Iterator<Item = &Field> {
        self.tallies().flat_map(Tally::partial_fields)
    }

    /// What these slots know, as columns.
    pub(super) fn save(&self, slots: &[Slot]) -> Vec<ArrayRef> {
        self.tallies().flat_map(|tally| tally.save(slots)).collect()
    }

    /// Takes over what was saved.
    pub(super) fn absorb(&mut self, slots: &[Slot], partials: &[ArrayRef]) {
        let mut rest = partials;
        for tally in self.tallies_mut() {
            let (own, behind) = rest.split_at(tally.partial_fields().count());
            tally.absorb(slots, Selected::All(slots.len()), own);
            rest = behind;
        }
    }

    /// The aggregates of distinct values, by column.
    pub(super) fn of_distinct(&self) -> &[OfDistinct] {
        &self.of_distinct
    }

    /// The same, to be changed.
    pub(super) fn of_distinct_mut(&mut self) -> &mut [OfDistinct] {
        &mut self.of_distinct
    }

    /// Forgets all slots.
    pub(super) fn clear(&mut self) {
        self.tallies_mut().for_each(Tally::clear);
        self.of_distinct.iter_mut().for_each(|distinct| distinct.pairs.clear());
    }

    /// About how much memory they take.
    pub(super) fn bytes(&self) -> usize {
        let pairs = self.of_distinct.iter().map(|distinct| distinct.pairs.bytes());
        self.tallies().map(Tally::bytes).chain(pairs).sum()
    }
}

fn note(
    tally: &mut Tally,
    (slots, rows): (&[Slot], Selected<'_>),
    kinds: Option<&RowKinds>,
    columns: &RecordBatch,
) {
    match kinds {
        None => tally.update(slots, rows, columns),
        Some(kinds) => tally.change(slots, rows, kinds, columns),
    }
}

/// A table of the values of a column. Those of a dictionary would be saved as something else than they came.
fn pairs_of(column: &Field, only_adds: bool) -> Result<Pairs, Failure> {
    let data_type = column.data_type();
    if matches!(data_type, DataType::Dictionary(..)) {
        let (function, column) = ("distinct values", column.name().clone());
        return Err(AggregateError::Unsupported { function, column, data_type: data_type.clone() }.into());
    }
    Ok(Pairs::new(data_type, only_adds)?)
}
