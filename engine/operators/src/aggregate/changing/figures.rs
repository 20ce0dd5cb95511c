//! All aggregates of all keys: those of all rows, and those of distinct values, a table of pairs for each of their columns.

use arrow_array::ArrayRef;
use arrow_schema::Field;
use memory::Batch;
use runtime::subtask::Failure;
use state::Slot;

use super::super::accumulator::Selected;
use super::super::aggregation::Aggregation;
use super::super::apart::{Apart, together};
use super::super::error::AggregateError;
use super::super::function::{Aggregate, Function};
use super::super::tally::Tally;
use super::distinct::OfDistinct;
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

impl Figures {
    /// The figures of an aggregation.
    pub(super) fn new(aggregation: &Aggregation) -> Result<Self, Failure> {
        let (schema, is_changing) = (aggregation.input.schema(), aggregation.input.has_kinds());
        let make = |aggregate: &Aggregate| match is_changing {
            true => aggregate.changing_accumulator(schema),
            false => aggregate.accumulator(schema),
        };
        let aparts = Apart::all(aggregation);
        let of_rows = Tally::made_by(make, together(&aggregation.aggregates).map(|(_, own)| own))?;
        let mut of_distinct = Vec::with_capacity(aparts.len());
        for apart in &aparts {
            let plain = |number: &usize| aggregation.aggregates[*number].clone().unfiltered();
            let tally = |numbers: &Vec<usize>| {
                let own: Vec<Aggregate> = numbers.iter().map(plain).collect();
                Tally::made_by(make, &own)
            };
            let tallies = apart.filters.iter().map(|(_, numbers)| tally(numbers));
            let (column, tallies) =
                (schema.fields()[apart.column].clone(), tallies.collect::<Result<_, _>>()?);
            of_distinct.push(OfDistinct::of_rows(apart, column, is_changing, tallies)?);
        }
        Ok(Self { of_rows, of_distinct, time: None, order: order(aggregation, &aparts) })
    }

    /// The figures of an aggregation that are made of parts.
    pub(super) fn of_parts(aggregation: &Aggregation) -> Result<Self, Failure> {
        let (schema, partial) = (aggregation.input.schema(), aggregation.partial()?);
        let fields = partial.schema().fields();
        let aparts = Apart::all(aggregation);
        let together = together(&aggregation.aggregates).map(|(_, own)| own);
        let of_rows = Tally::made_by(|aggregate| aggregate.accumulator(schema), together)?;
        let first = aggregation.input.key().len() + of_rows.partial_fields().count();
        let mut of_distinct = Vec::with_capacity(aparts.len());
        for (number, apart) in aparts.iter().enumerate() {
            let place = first + 2 * number;
            let moved = |number: &usize| {
                let own = aggregation.aggregates[*number].clone().unfiltered();
                Aggregate { function: own.function.of_column(place), ..own }
            };
            let tally = |numbers: &Vec<usize>| {
                let own: Vec<Aggregate> = numbers.iter().map(moved).collect();
                Tally::made_by(|aggregate| aggregate.accumulator(partial.schema()), &own)
            };
            let tallies = apart.filters.iter().map(|(_, numbers)| tally(numbers));
            let tallies = tallies.collect::<Result<_, _>>()?;
            of_distinct.push(OfDistinct::of_parts(place, fields[place].clone(), tallies)?);
        }
        Ok(Self { of_rows, of_distinct, time: None, order: order(aggregation, &aparts) })
    }

    /// The same for keys that are forgotten one by one.
    pub(super) fn forgetting(self) -> Self {
        let of_distinct = self.of_distinct.into_iter().map(OfDistinct::forgetting).collect();
        Self { of_distinct, ..self }
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
        let of_distinct = self.of_distinct.iter().flat_map(OfDistinct::tallies);
        [&self.of_rows].into_iter().chain(of_distinct).chain(&self.time)
    }

    fn tallies_mut(&mut self) -> impl Iterator<Item = &mut Tally> {
        let of_distinct = self.of_distinct.iter_mut().flat_map(OfDistinct::tallies_mut);
        [&mut self.of_rows].into_iter().chain(of_distinct).chain(&mut self.time)
    }

    /// Makes room for the slots below `end`.
    pub(super) fn grow(&mut self, end: usize) {
        self.tallies_mut().for_each(|tally| tally.grow(end));
    }

    /// Adds the rows of a batch to these slots, or takes them away.
    pub(super) fn note(&mut self, slots: &[Slot], batch: &Batch) -> Result<(), Failure> {
        let (rows, kinds, columns) = (Selected::of(batch), batch.kinds(), batch.columns());
        self.of_rows.note(slots, rows, kinds, columns);
        for of_distinct in &mut self.of_distinct {
            of_distinct.note(slots, rows, kinds, columns)?;
        }
        if let Some(time) = &mut self.time {
            time.update(slots, rows, columns);
        }
        Ok(())
    }

    /// Adds parts to these slots, which stand in a batch behind the key.
    pub(super) fn note_parts(&mut self, slots: &[Slot], batch: &Batch, key: usize) -> Result<(), Failure> {
        let (rows, columns) = (Selected::of(batch), batch.columns());
        let parts = &columns.columns()[key..];
        self.of_rows.absorb(slots, rows, &parts[..self.of_rows.partial_fields().count()]);
        for of_distinct in &mut self.of_distinct {
            of_distinct.note(slots, rows, None, columns)?;
        }
        if let Some(time) = &mut self.time {
            time.update(slots, rows, columns);
        }
        Ok(())
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
        self.of_distinct.iter_mut().for_each(|distinct| distinct.forget(slots));
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
        self.of_distinct.iter_mut().for_each(OfDistinct::clear);
    }

    /// About how much memory they take.
    pub(super) fn bytes(&self) -> usize {
        let values = self.of_distinct.iter().map(OfDistinct::bytes);
        self.tallies().map(Tally::bytes).chain(values).sum()
    }
}

/// By aggregate: its place among the results of all tallies.
fn order(aggregation: &Aggregation, aparts: &[Apart]) -> Vec<usize> {
    let of_rows = together(&aggregation.aggregates).map(|(number, _)| number);
    let filters = aparts.iter().flat_map(|apart| &apart.filters);
    let of_distinct = filters.flat_map(|(_, numbers)| numbers).copied();
    let mut order = vec![0; aggregation.aggregates.len()];
    of_rows.chain(of_distinct).enumerate().for_each(|(place, number)| order[number] = place);
    order
}
