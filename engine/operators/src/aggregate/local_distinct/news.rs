//! Values of a column that were not sent yet, and for which filters they are new.
//!
//! What was sent is remembered until it is too much; then it is forgotten, and begins anew.

use arrow_array::{ArrayRef, RecordBatch, UInt32Array, new_null_array};
use arrow_schema::DataType;
use arrow_select::concat::concat;
use arrow_select::take::take;
use state::Slot;

use super::super::accumulator::Selected;
use super::super::apart::{Apart, Mask, column_of_masks, masks_in, masks_of};
use super::super::marks::Marks;

/// Values that are remembered: a table that fits into the second cache of a core. Tests forget, too.
const REMEMBERED: usize = if cfg!(test) { 8 } else { 1 << 15 };

/// The news of a column.
pub(super) struct News {
    column: usize,
    data_type: DataType,
    filters: Vec<Option<usize>>,
    sent: Marks,
    /// The masks of the rows of a batch; kept for their memory.
    masks: Vec<Mask>,
    /// By position of a row of a batch: for which filters its value is new.
    new: Vec<Mask>,
    /// Of this round: the values of rows that have some news, a piece for each batch, and for which filters they are new.
    values: Vec<ArrayRef>,
    of_values: Vec<Mask>,
}

impl News {
    pub(super) fn of(apart: &Apart, data_type: &DataType) -> Result<Self, memory::Error> {
        Ok(Self {
            column: apart.column,
            data_type: data_type.clone(),
            filters: apart.columns_of_filters(),
            sent: Marks::new(data_type)?,
            masks: Vec::new(),
            new: Vec::new(),
            values: Vec::new(),
            of_values: Vec::new(),
        })
    }

    /// Finds out what is new in rows.
    pub(super) fn find(
        &mut self,
        slots: &[Slot],
        rows: Selected<'_>,
        columns: &RecordBatch,
    ) -> Result<(), memory::Error> {
        let Self { column, filters, sent, masks, new, .. } = self;
        masks_of(filters, columns, masks);
        new.clear();
        new.resize(slots.len(), 0);
        sent.note(slots, rows, (columns.column(*column), masks), |position, mask| new[position] = mask)?;
        if sent.len() > REMEMBERED {
            sent.clear();
        }
        Ok(())
    }

    /// Whether the row in this position has a new value.
    #[inline(always)]
    pub(super) fn is_new(&self, position: usize) -> bool {
        self.new[position] != 0
    }

    /// Takes in the rows in these positions.
    pub(super) fn keep(&mut self, positions: &[u32], rows: &UInt32Array, columns: &RecordBatch) {
        let values = take(columns.column(self.column), rows, None).expect("rows of the batch");
        self.values.push(values);
        self.of_values.extend(positions.iter().map(|position| self.new[*position as usize]));
    }

    /// All values of the round as a column.
    pub(super) fn values(&self) -> ArrayRef {
        let pieces: Vec<_> = self.values.iter().map(AsRef::as_ref).collect();
        match &pieces[..] {
            [] => new_null_array(&self.data_type, 1), // Nobody looks at it.
            pieces => concat(pieces).expect("values of one type"),
        }
    }

    /// For which filters each of them is new.
    pub(super) fn masks_of_values(&self) -> &[Mask] {
        &self.of_values
    }

    /// The columns of values and masks of a batch whose rows all go on, seen or not.
    pub(super) fn all(&mut self, columns: &RecordBatch) -> [ArrayRef; 2] {
        masks_of(&self.filters, columns, &mut self.masks);
        [columns.column(self.column).clone(), column_of_masks(self.masks.iter().copied())]
    }

    /// Takes over what was saved.
    pub(super) fn take_over(&mut self, values: &ArrayRef, masks: &ArrayRef) {
        self.values.push(values.clone());
        self.of_values.extend_from_slice(&masks_in(masks));
    }

    /// The round is over. Slots may be those of other keys from now on.
    pub(super) fn begin_anew(&mut self, has_other_keys: bool) {
        self.values.clear();
        self.of_values.clear();
        if has_other_keys {
            self.sent.clear();
        }
    }

    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let values: usize = self.values.iter().map(|values| values.get_array_memory_size()).sum();
        self.sent.bytes() + values + size_of_val(&self.of_values[..])
    }
}
