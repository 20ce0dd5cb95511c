//! All functions of an operator over the same slots.

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{Field, Schema};
use memory::RowKinds;
use state::Slot;

use super::accumulator::{Accumulator, Selected};
use super::apart::passed;
use super::error::AggregateError;
use super::function::Aggregate;

/// An accumulator for each aggregate.
pub(crate) struct Tally {
    parts: Vec<Part>,
    filters: Vec<Filter>,
}

struct Part {
    accumulator: Box<dyn Accumulator>,
    /// What it reads of a batch.
    column: Option<usize>,
    /// Which of the filters it has.
    filter: Option<usize>,
    /// The columns in which it is saved.
    partials: Vec<Field>,
}

impl Part {
    fn column<'a>(&self, columns: &'a RecordBatch) -> Option<&'a ArrayRef> {
        self.column.map(|column| columns.column(column))
    }
}

impl Tally {
    /// Of these aggregates over batches of this schema, of rows that stay and that all count.
    pub(crate) fn new<'a>(
        aggregates: impl IntoIterator<Item = &'a Aggregate>,
        input: &Schema,
    ) -> Result<Self, AggregateError> {
        let accumulator = |aggregate: &Aggregate| {
            aggregate.refuse_distinct(input)?;
            aggregate.refuse_filter(input)?;
            aggregate.accumulator(input)
        };
        Self::made_by(accumulator, aggregates)
    }

    /// The same of those rows that pass the filter of each aggregate.
    pub(crate) fn filtered<'a>(
        aggregates: impl IntoIterator<Item = &'a Aggregate>,
        input: &Schema,
    ) -> Result<Self, AggregateError> {
        let accumulator = |aggregate: &Aggregate| {
            aggregate.refuse_distinct(input)?;
            aggregate.accumulator(input)
        };
        Self::made_by(accumulator, aggregates)
    }

    /// Of these aggregates, each by what this makes for it.
    pub(crate) fn made_by<'a>(
        make: impl Fn(&Aggregate) -> Result<Box<dyn Accumulator>, AggregateError>,
        aggregates: impl IntoIterator<Item = &'a Aggregate>,
    ) -> Result<Self, AggregateError> {
        let mut filters: Vec<Filter> = Vec::new();
        let part = |aggregate: &Aggregate| {
            let accumulator = make(aggregate)?;
            let partials = aggregate.fields_of(&*accumulator);
            let filter = aggregate.filter.map(|column| {
                filters.iter().position(|filter| filter.column == column).unwrap_or_else(|| {
                    filters.push(Filter::of(column));
                    filters.len() - 1
                })
            });
            Ok(Part { accumulator, column: aggregate.function.column(), filter, partials })
        };
        Ok(Self { parts: aggregates.into_iter().map(part).collect::<Result<_, _>>()?, filters })
    }

    /// The columns in which it is saved.
    pub(crate) fn partial_fields(&self) -> impl Iterator<Item = &Field> {
        self.parts.iter().flat_map(|part| &part.partials)
    }

    /// Makes room for the slots below `end`.
    pub(crate) fn grow(&mut self, end: usize) {
        self.parts.iter_mut().for_each(|part| part.accumulator.grow(end));
    }

    /// These slots know of no row any more.
    pub(crate) fn reset(&mut self, slots: &[Slot]) {
        self.parts.iter_mut().for_each(|part| part.accumulator.reset(slots));
    }

    /// Adds to each slot the row in its place.
    pub(crate) fn update(&mut self, slots: &[Slot], rows: Selected<'_>, columns: &RecordBatch) {
        assert_eq!(slots.len(), rows.len());
        self.filters.iter_mut().for_each(|filter| filter.choose(slots, rows, columns));
        for part in &mut self.parts {
            let column = part.column(columns);
            let (slots, rows) = part.filter.map_or((slots, rows), |filter| self.filters[filter].chosen());
            part.accumulator.update(slots, rows, column);
        }
    }

    /// The one or the other: rows without kinds all add.
    pub(crate) fn note(
        &mut self,
        slots: &[Slot],
        rows: Selected<'_>,
        kinds: Option<&RowKinds>,
        columns: &RecordBatch,
    ) {
        match kinds {
            None => self.update(slots, rows, columns),
            Some(kinds) => self.change(slots, rows, kinds, columns),
        }
    }

    /// Adds to each slot the row in its place, or takes it away, as its kind says.
    pub(crate) fn change(
        &mut self,
        slots: &[Slot],
        rows: Selected<'_>,
        kinds: &RowKinds,
        columns: &RecordBatch,
    ) {
        assert_eq!(slots.len(), rows.len());
        self.filters.iter_mut().for_each(|filter| filter.choose(slots, rows, columns));
        for part in &mut self.parts {
            let column = part.column(columns);
            let (slots, rows) = part.filter.map_or((slots, rows), |filter| self.filters[filter].chosen());
            part.accumulator.change(slots, rows, kinds, column);
        }
    }

    /// The update, and the results behind each row.
    pub(crate) fn roll(
        &mut self,
        slots: &[Slot],
        rows: Selected<'_>,
        columns: &RecordBatch,
    ) -> Result<Vec<ArrayRef>, AggregateError> {
        assert_eq!(slots.len(), rows.len());
        assert!(self.filters.is_empty(), "all rows have a result behind them");
        let roll = |part: &mut Part| {
            let column = part.column(columns);
            part.accumulator.roll(slots, rows, column)
        };
        self.parts.iter_mut().map(roll).collect()
    }

    /// Adds, for each pair, what the first slot knows to the second.
    pub(crate) fn merge(&mut self, pairs: &[(Slot, Slot)]) {
        self.parts.iter_mut().for_each(|part| part.accumulator.merge(pairs));
    }

    /// Takes, for each pair, what the first slot knows away from the second.
    pub(crate) fn retract(&mut self, pairs: &[(Slot, Slot)]) {
        self.parts.iter_mut().for_each(|part| part.accumulator.retract(pairs));
    }

    /// Whether all of it can be taken away again.
    pub(crate) fn is_invertible(&self) -> bool {
        self.parts.iter().all(|part| part.accumulator.is_invertible())
    }

    /// The results of these slots, a column for each aggregate.
    pub(crate) fn values(&self, slots: &[Slot]) -> Result<Vec<ArrayRef>, AggregateError> {
        self.parts.iter().map(|part| part.accumulator.value(slots)).collect()
    }

    /// What these slots know, as columns.
    pub(crate) fn save(&self, slots: &[Slot]) -> Vec<ArrayRef> {
        self.parts.iter().flat_map(|part| part.accumulator.save(slots)).collect()
    }

    /// Adds to each slot what was saved in the row in its place.
    pub(crate) fn absorb(&mut self, slots: &[Slot], rows: Selected<'_>, partials: &[ArrayRef]) {
        assert_eq!(slots.len(), rows.len());
        let mut rest = partials;
        for part in &mut self.parts {
            let (own, behind) = rest.split_at(part.partials.len());
            part.accumulator.absorb(slots, rows, own);
            rest = behind;
        }
    }

    /// Forgets all slots.
    pub(crate) fn clear(&mut self) {
        self.parts.iter_mut().for_each(|part| part.accumulator.clear());
    }

    /// About how much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.parts.iter().map(|part| part.accumulator.bytes()).sum()
    }
}

/// The rows of a batch in which a column is true: chosen once, for all aggregates that look at them.
struct Filter {
    column: usize,
    slots: Vec<Slot>,
    rows: Vec<u32>,
}

impl Filter {
    fn of(column: usize) -> Self {
        Self { column, slots: Vec::new(), rows: Vec::new() }
    }

    /// Chooses among these rows. Nothing is decided in the loop: whether a row passes is anybody's guess.
    fn choose(&mut self, slots: &[Slot], rows: Selected<'_>, columns: &RecordBatch) {
        let passed = passed(columns.column(self.column));
        self.slots.resize(slots.len(), 0);
        self.rows.resize(slots.len(), 0);
        let mut chosen = 0;
        rows.each(|position, row| {
            self.slots[chosen] = slots[position];
            self.rows[chosen] = u32::try_from(row).expect("a batch has fewer than four billion rows");
            chosen += usize::from(passed.value(row));
        });
        self.slots.truncate(chosen);
        self.rows.truncate(chosen);
    }

    fn chosen(&self) -> (&[Slot], Selected<'_>) {
        (&self.slots, Selected::Only(&self.rows))
    }
}
