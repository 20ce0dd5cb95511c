//! The choice among strings, or among bytes: compared byte by byte, as Flink and Arrow do.

use std::sync::Arc;

use arrow_array::builder::{BinaryViewBuilder, StringViewBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BinaryViewArray};
use arrow_schema::DataType;
use state::Slot;

use super::accumulator::{Accumulator, Selected, column, is_null, nulls};
use super::choice::Taste;
use super::error::AggregateError;
use super::slide::{self, Frames};

/// Chosen texts, by slot.
pub(super) struct ChosenText<T> {
    data_type: DataType,
    cells: Vec<Option<Box<[u8]>>>,
    /// Of the texts themselves.
    text_bytes: usize,
    _taste: std::marker::PhantomData<T>,
}

/// Both types as bytes.
pub(super) fn values(column: &ArrayRef) -> BinaryViewArray {
    match column.data_type() {
        DataType::Utf8View => column.as_string_view().clone().to_binary_view(),
        _ => column.as_binary_view().clone(),
    }
}

impl<T: Taste> ChosenText<T> {
    pub(super) fn new(data_type: DataType) -> Self {
        Self { data_type, cells: Vec::new(), text_bytes: 0, _taste: std::marker::PhantomData }
    }

    #[inline(always)]
    fn offer(&mut self, slot: Slot, new: &[u8]) {
        let cell = &mut self.cells[slot as usize];
        match cell {
            Some(current) if !T::prefers(new, &**current) => {}
            _ => {
                self.text_bytes -= cell.as_ref().map_or(0, |old| old.len());
                self.text_bytes += new.len();
                *cell = Some(new.into());
            }
        }
    }

    fn take(&mut self, slots: &[Slot], rows: Selected<'_>, column: &ArrayRef) {
        let values = values(column);
        rows.each_valid(column.nulls(), |position, row| self.offer(slots[position], values.value(row)));
    }

    fn chosen(&self, slots: &[Slot]) -> ArrayRef {
        column_of(&self.data_type, slots.iter().map(|slot| self.cells[*slot as usize].as_deref()))
    }
}

/// A column of this type.
pub(super) fn column_of<'a>(data_type: &DataType, texts: impl Iterator<Item = Option<&'a [u8]>>) -> ArrayRef {
    match data_type {
        DataType::Utf8View => {
            let mut column = StringViewBuilder::new();
            let text = |text| str::from_utf8(text).expect("it came from a column of strings");
            texts.for_each(|each| column.append_option(each.map(text)));
            Arc::new(column.finish())
        }
        _ => {
            let mut column = BinaryViewBuilder::new();
            texts.for_each(|each| column.append_option(each));
            Arc::new(column.finish())
        }
    }
}

impl<T: Taste> Accumulator for ChosenText<T> {
    fn data_type(&self) -> DataType {
        self.data_type.clone()
    }

    fn partial_types(&self) -> Vec<DataType> {
        vec![self.data_type.clone()]
    }

    fn grow(&mut self, end: usize) {
        self.cells.resize(end.max(self.cells.len()), None);
    }

    fn reset(&mut self, slots: &[Slot]) {
        for slot in slots {
            let text = self.cells[*slot as usize].take();
            self.text_bytes -= text.map_or(0, |text| text.len());
        }
    }

    fn update(&mut self, slots: &[Slot], rows: Selected<'_>, values: Option<&ArrayRef>) {
        self.take(slots, rows, column(values));
    }

    fn roll(
        &mut self,
        slots: &[Slot],
        rows: Selected<'_>,
        source: Option<&ArrayRef>,
    ) -> Result<ArrayRef, AggregateError> {
        let column = column(source);
        let (values, nulls) = (values(column), nulls(column));
        let mut after: Vec<Option<Box<[u8]>>> = Vec::with_capacity(slots.len());
        rows.each(|position, row| {
            if !is_null(nulls, row) {
                self.offer(slots[position], values.value(row));
            }
            after.push(self.cells[slots[position] as usize].clone());
        });
        Ok(column_of(&self.data_type, after.iter().map(|text| text.as_deref())))
    }

    fn slide(&mut self, frames: &Frames, source: Option<&ArrayRef>) -> Result<ArrayRef, AggregateError> {
        let column = column(source);
        let values = values(column);
        let prefers = |new: usize, current: usize| T::prefers(values.value(new), values.value(current));
        Ok(slide::chosen(frames, column, prefers))
    }

    fn merge(&mut self, pairs: &[(Slot, Slot)]) {
        for (from, into) in pairs {
            // Taken out and put back: both are in the same column.
            if let Some(text) = self.cells[*from as usize].take() {
                self.offer(*into, &text);
                self.cells[*from as usize] = Some(text);
            }
        }
    }

    fn value(&self, slots: &[Slot]) -> Result<ArrayRef, AggregateError> {
        Ok(self.chosen(slots))
    }

    fn save(&self, slots: &[Slot]) -> Vec<ArrayRef> {
        vec![self.chosen(slots)]
    }

    fn absorb(&mut self, slots: &[Slot], rows: Selected<'_>, columns: &[ArrayRef]) {
        self.take(slots, rows, &columns[0]);
    }

    fn clear(&mut self) {
        self.cells.clear();
        self.text_bytes = 0;
    }

    fn bytes(&self) -> usize {
        size_of_val(&self.cells[..]) + self.text_bytes
    }
}
