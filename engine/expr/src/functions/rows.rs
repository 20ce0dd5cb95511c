//! Functions that are told row by row: readers of arguments, and loops that keep one value one value.

use std::sync::Arc;

use arrow_array::builder::StringViewBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampMillisecondType};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, Datum, PrimitiveArray, StringViewArray};

use crate::error::ExprError;
use crate::value::{Value, of_all};

/// Arguments of one call, over so many rows.
pub(super) struct Arguments<'a> {
    values: &'a [Value],
    rows: usize,
}

/// A text argument.
#[derive(Clone, Copy)]
pub(super) struct Texts<'a>(&'a StringViewArray, bool);

/// A number or time as an argument.
#[derive(Clone, Copy)]
pub(super) struct Numbers<'a, P: ArrowPrimitiveType>(&'a PrimitiveArray<P>, bool);

impl<'a> Texts<'a> {
    pub(super) fn at(self, row: usize) -> Option<&'a str> {
        let row = if self.1 { 0 } else { row };
        self.0.is_valid(row).then(|| self.0.value(row))
    }
}

impl<P: ArrowPrimitiveType> Numbers<'_, P> {
    pub(super) fn at(&self, row: usize) -> Option<P::Native> {
        let row = if self.1 { 0 } else { row };
        self.0.is_valid(row).then(|| self.0.value(row))
    }
}

impl<'a> Arguments<'a> {
    pub(super) fn new(values: &'a [Value], rows: usize) -> Self {
        // Where all arguments are one value, so is the result.
        let is_one = values.iter().all(|value| matches!(value, Value::One(_)));
        Self { values, rows: if is_one { 1 } else { rows } }
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn text(&self, argument: usize) -> Texts<'a> {
        let (array, is_one) = self.values[argument].get();
        Texts(array.as_string_view(), is_one)
    }

    fn numbers<P: ArrowPrimitiveType>(&self, argument: usize) -> Numbers<'a, P> {
        let (array, is_one) = self.values[argument].get();
        Numbers(array.as_primitive::<P>(), is_one)
    }

    pub(super) fn whole(&self, argument: usize) -> Numbers<'a, Int32Type> {
        self.numbers(argument)
    }

    pub(super) fn long(&self, argument: usize) -> Numbers<'a, Int64Type> {
        self.numbers(argument)
    }

    pub(super) fn double(&self, argument: usize) -> Numbers<'a, Float64Type> {
        self.numbers(argument)
    }

    pub(super) fn time(&self, argument: usize) -> Numbers<'a, TimestampMillisecondType> {
        self.numbers(argument)
    }

    /// A text for each row, which `write` adds to an empty one; null if it answers nothing.
    pub(super) fn texts(
        &self,
        mut write: impl FnMut(usize, &mut String) -> Result<Option<()>, ExprError>,
    ) -> Result<Value, ExprError> {
        let (mut texts, mut text) = (StringViewBuilder::with_capacity(self.rows), String::new());
        for row in 0..self.rows {
            text.clear();
            texts.append_option(write(row, &mut text)?.map(|()| &text));
        }
        Ok(self.finish(Arc::new(texts.finish())))
    }

    /// A number or a time for each row.
    pub(super) fn each<P: ArrowPrimitiveType>(
        &self,
        value: impl FnMut(usize) -> Result<Option<P::Native>, ExprError>,
    ) -> Result<Value, ExprError> {
        let values = (0..self.rows).map(value).collect::<Result<PrimitiveArray<P>, _>>()?;
        Ok(self.finish(Arc::new(values)))
    }

    /// Whether something is so, for each row.
    pub(super) fn truths(&self, truth: impl FnMut(usize) -> Option<bool>) -> Value {
        let truths: arrow_array::BooleanArray = (0..self.rows).map(truth).collect();
        self.finish(Arc::new(truths))
    }

    fn finish(&self, made: ArrayRef) -> Value {
        of_all(&self.values.iter().collect::<Vec<_>>(), made)
    }
}
