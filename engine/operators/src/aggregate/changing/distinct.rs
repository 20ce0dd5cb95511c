//! Aggregates of the distinct values of a column: one look for each value, and the rows that made it come or go for a filter
//! on to the aggregates of that filter.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field};
use memory::RowKinds;
use runtime::subtask::Failure;
use state::Slot;

use super::super::accumulator::Selected;
use super::super::apart::{Apart, MASK, Mask, masks_in, masks_of};
use super::super::marks::Marks;
use super::super::tally::Tally;
use super::pairs::{Pairs, bits_of};
use super::written::count_of;

/// Aggregates of a column, by filter.
pub(super) struct OfDistinct {
    pub(super) column: Arc<Field>,
    /// Where values stand in what comes in.
    place: usize,
    passes: Passes,
    known: Known,
    of_filters: Vec<OfFilter>,
    masks: Vec<Mask>,
}

/// For which filters a row counts.
enum Passes {
    /// As these columns say.
    Filters(Vec<Option<usize>>),
    /// As the masks in this column say, which others have made.
    Masks(usize),
}

/// Which values each key has.
enum Known {
    /// For good.
    Marks(Box<Marks>),
    /// And how often.
    Pairs(Box<Pairs>),
}

/// The aggregates of a filter, and the rows of a batch that change them.
struct OfFilter {
    tally: Tally,
    slots: Vec<Slot>,
    rows: Vec<u32>,
}

/// Values as columns, to be saved: the slots of their keys, they, and what is known of each.
pub(super) type Piece = (Vec<Slot>, ArrayRef, Vec<(Field, ArrayRef)>);

impl OfDistinct {
    /// Of rows, by the tallies of the filters of a column.
    pub(super) fn of_rows(
        apart: &Apart,
        column: Arc<Field>,
        is_changing: bool,
        tallies: Vec<Tally>,
    ) -> Result<Self, Failure> {
        let data_type = column.data_type();
        if matches!(data_type, DataType::Dictionary(..)) {
            return Err(Apart::unsupported(&column).into());
        }
        let known = match is_changing {
            true => Known::Pairs(Box::new(Pairs::new(data_type, apart.filters.len())?)),
            false => Known::Marks(Box::new(Marks::new(data_type)?)),
        };
        let passes = Passes::Filters(apart.columns_of_filters());
        Ok(Self::new(column, (apart.column, passes), known, tallies))
    }

    /// Of parts: values, and behind them masks of those filters for which they are new to who sends them.
    pub(super) fn of_parts(place: usize, column: Arc<Field>, tallies: Vec<Tally>) -> Result<Self, Failure> {
        let known = Known::Marks(Box::new(Marks::new(column.data_type())?));
        Ok(Self::new(column, (place, Passes::Masks(place + 1)), known, tallies))
    }

    fn new(column: Arc<Field>, (place, passes): (usize, Passes), known: Known, tallies: Vec<Tally>) -> Self {
        let of_filter = |tally: Tally| OfFilter { tally, slots: Vec::new(), rows: Vec::new() };
        let of_filters = tallies.into_iter().map(of_filter).collect();
        Self { column, place, passes, known, of_filters, masks: Vec::new() }
    }

    /// The same for keys that are forgotten one by one.
    pub(super) fn forgetting(self) -> Self {
        let known = match self.known {
            Known::Marks(marks) => Known::Marks(Box::new(marks.forgetting())),
            pairs => pairs,
        };
        Self { known, ..self }
    }

    pub(super) fn tallies(&self) -> impl Iterator<Item = &Tally> {
        self.of_filters.iter().map(|of_filter| &of_filter.tally)
    }

    pub(super) fn tallies_mut(&mut self) -> impl Iterator<Item = &mut Tally> {
        self.of_filters.iter_mut().map(|of_filter| &mut of_filter.tally)
    }

    /// Adds rows to these slots, or takes them away.
    pub(super) fn note(
        &mut self,
        slots: &[Slot],
        rows: Selected<'_>,
        kinds: Option<&RowKinds>,
        columns: &RecordBatch,
    ) -> Result<(), Failure> {
        let Self { place, passes, known, of_filters, masks, .. } = self;
        let given;
        let masks: &[Mask] = match passes {
            Passes::Filters(filters) => {
                masks_of(filters, columns, masks);
                masks
            }
            Passes::Masks(column) => {
                given = masks_in(columns.column(*column));
                &given
            }
        };
        let changed = |position: usize, mask: Mask| {
            let row = u32::try_from(rows.row(position)).expect("a batch has fewer than four billion rows");
            for bit in bits_of(mask) {
                of_filters[bit].slots.push(slots[position]);
                of_filters[bit].rows.push(row);
            }
        };
        let column = columns.column(*place);
        match (known, kinds) {
            (Known::Marks(marks), _) => marks.note(slots, rows, (column, masks), changed)?,
            (Known::Pairs(pairs), Some(kinds)) => pairs.note(slots, rows, (column, masks, kinds), changed)?,
            (Known::Pairs(pairs), None) => {
                let all_add = RowKinds::new(vec![memory::RowKind::Insert; columns.num_rows()]);
                pairs.note(slots, rows, (column, masks, &all_add), changed)?;
            }
        }
        of_filters.iter_mut().for_each(|of_filter| of_filter.note(kinds, columns));
        Ok(())
    }

    /// Forgets the values of these slots.
    pub(super) fn forget(&mut self, slots: &[Slot]) {
        match &mut self.known {
            Known::Marks(marks) => marks.forget(slots),
            Known::Pairs(pairs) => pairs.forget(slots),
        }
    }

    /// All values in pieces of so many.
    pub(super) fn pieces(&self, rows: usize) -> Box<dyn Iterator<Item = Piece> + '_> {
        match &self.known {
            Known::Marks(marks) => Box::new(marks.pieces(rows).map(|(slots, values, masks)| {
                (slots, values, vec![(Field::new("$mask", MASK, false), masks)])
            })),
            Known::Pairs(pairs) => {
                let all = pairs.all();
                let starts = (0..all.len()).step_by(rows);
                Box::new(starts.map(move |start| {
                    let (slots, values, counts) = pairs.save(&all[start..all.len().min(start + rows)]);
                    (slots, values, counts.into_iter().enumerate().map(count_of).collect())
                }))
            }
        }
    }

    /// Takes over what was saved: values, and what is known of each.
    pub(super) fn take_over(&mut self, slots: &[Slot], saved: &[ArrayRef]) -> Result<(), Failure> {
        match &mut self.known {
            Known::Marks(marks) => marks.take_over(slots, (&saved[0], &saved[1]))?,
            Known::Pairs(pairs) => pairs.take_over(slots, &saved[0], &saved[1..])?,
        }
        Ok(())
    }

    /// Forgets all values; tallies are cleared by others.
    pub(super) fn clear(&mut self) {
        match &mut self.known {
            Known::Marks(marks) => marks.clear(),
            Known::Pairs(pairs) => pairs.clear(),
        }
    }

    /// About how much memory the values take.
    pub(super) fn bytes(&self) -> usize {
        match &self.known {
            Known::Marks(marks) => marks.bytes(),
            Known::Pairs(pairs) => pairs.bytes(),
        }
    }
}

impl OfFilter {
    /// Adds the rows that have made a value come, or takes away those that have made it go.
    fn note(&mut self, kinds: Option<&RowKinds>, columns: &RecordBatch) {
        if self.slots.is_empty() {
            return;
        }
        self.tally.note(&self.slots, Selected::Only(&self.rows), kinds, columns);
        self.slots.clear();
        self.rows.clear();
    }
}
