//! Functions that are told row by row: readers of arguments, and loops that keep one value one value.

use std::sync::Arc;

use arrow_array::builder::{BinaryViewBuilder, StringViewBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BinaryViewArray, BooleanArray, Datum, PrimitiveArray,
    StringViewArray,
};
use arrow_schema::DataType;
use memory::Excerpts;

use super::Site;
use crate::error::ExprError;
use crate::value::{Value, of_all};

/// An entry of the table: a function that is told once for all rows of a batch. What it finds out before the first row is
/// what `with` makes of the site.
macro_rules! function {
    ($name:literal $(/ $alias:literal)*, $takes:expr => $gives:expr, $about:literal, $call:literal = $result:literal,
     with $prepare:expr, $body:expr) => {
        Function {
            name: $name,
            aliases: &[$($alias),*],
            takes: $takes,
            gives: $gives,
            about: $about,
            example: ($call, $result),
            make: |site| {
                let (ready, result) = ($prepare(site)?, site.result.clone());
                Ok(Box::new(move |values, rows| $body(&ready, &Arguments::new(values, rows, &result))))
            },
        }
    };
    ($name:literal $(/ $alias:literal)*, $takes:expr => $gives:expr, $about:literal, $call:literal = $result:literal,
     $body:expr) => {
        Function {
            name: $name,
            aliases: &[$($alias),*],
            takes: $takes,
            gives: $gives,
            about: $about,
            example: ($call, $result),
            make: |site| {
                let result = site.result.clone();
                Ok(Box::new(move |values, rows| $body(&Arguments::new(values, rows, &result))))
            },
        }
    };
}
pub(super) use function;

/// Arguments of one call, over so many rows.
pub(super) struct Arguments<'a> {
    values: &'a [Value],
    rows: usize,
    result: &'a DataType,
}

/// A text argument.
#[derive(Clone, Copy)]
pub(super) struct Texts<'a>(&'a StringViewArray, bool);

/// A number or time as an argument.
#[derive(Clone, Copy)]
pub(super) struct Numbers<'a, P: ArrowPrimitiveType>(&'a PrimitiveArray<P>, bool);

/// A BOOLEAN argument.
#[derive(Clone, Copy)]
pub(super) struct Truths<'a>(&'a BooleanArray, bool);

/// A text or bytes, of which only the bytes count.
#[derive(Clone, Copy)]
pub(super) enum Octets<'a> {
    Text(Texts<'a>),
    Bytes(&'a BinaryViewArray, bool),
}

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

impl Truths<'_> {
    pub(super) fn at(&self, row: usize) -> Option<bool> {
        let row = if self.1 { 0 } else { row };
        self.0.is_valid(row).then(|| self.0.value(row))
    }
}

impl<'a> Octets<'a> {
    pub(super) fn at(self, row: usize) -> Option<&'a [u8]> {
        match self {
            Self::Text(texts) => texts.at(row).map(str::as_bytes),
            Self::Bytes(bytes, is_one) => {
                let row = if is_one { 0 } else { row };
                bytes.is_valid(row).then(|| bytes.value(row))
            }
        }
    }
}

impl<'a> Arguments<'a> {
    pub(super) fn new(values: &'a [Value], rows: usize, result: &'a DataType) -> Self {
        // Where all arguments are one value, so is the result.
        let is_one = values.iter().all(|value| matches!(value, Value::One(_)));
        Self { values, rows: if is_one { 1 } else { rows }, result }
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// How many values are to be made.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// The type of the result.
    pub(super) fn result(&self) -> &'a DataType {
        self.result
    }

    /// An argument as it is, and whether it is one value for all rows.
    pub(super) fn array(&self, argument: usize) -> (&'a dyn Array, bool) {
        self.values[argument].get()
    }

    /// An argument with a value for each row that is to be made.
    pub(super) fn column(&self, argument: usize) -> Result<ArrayRef, ExprError> {
        self.values[argument].clone().into_rows(self.rows)
    }

    pub(super) fn text(&self, argument: usize) -> Texts<'a> {
        let (array, is_one) = self.array(argument);
        Texts(array.as_string_view(), is_one)
    }

    /// A text that may have been left out.
    pub(super) fn text_if(&self, argument: usize) -> Option<Texts<'a>> {
        (argument < self.len()).then(|| self.text(argument))
    }

    pub(super) fn octets(&self, argument: usize) -> Octets<'a> {
        let (array, is_one) = self.array(argument);
        match array.as_binary_view_opt() {
            Some(bytes) => Octets::Bytes(bytes, is_one),
            None => Octets::Text(self.text(argument)),
        }
    }

    fn numbers<P: ArrowPrimitiveType>(&self, argument: usize) -> Numbers<'a, P> {
        let (array, is_one) = self.array(argument);
        Numbers(array.as_primitive::<P>(), is_one)
    }

    pub(super) fn whole(&self, argument: usize) -> Numbers<'a, Int32Type> {
        self.numbers(argument)
    }

    /// A whole number that may have been left out.
    pub(super) fn whole_if(&self, argument: usize) -> Option<Numbers<'a, Int32Type>> {
        (argument < self.len()).then(|| self.whole(argument))
    }

    pub(super) fn long(&self, argument: usize) -> Numbers<'a, Int64Type> {
        self.numbers(argument)
    }

    pub(super) fn double(&self, argument: usize) -> Numbers<'a, Float64Type> {
        self.numbers(argument)
    }

    /// A BOOLEAN that may have been left out.
    pub(super) fn truth_if(&self, argument: usize) -> Option<Truths<'a>> {
        let of = |(array, is_one): (&'a dyn Array, bool)| Truths(array.as_boolean(), is_one);
        (argument < self.len()).then(|| of(self.array(argument)))
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

    /// A part of the text of an argument for each row; null if there is none. Nothing is copied but what is no part of it.
    pub(super) fn parts(
        &self,
        argument: usize,
        mut part: impl FnMut(usize, &'a str) -> Result<Option<&'a str>, ExprError>,
    ) -> Result<Value, ExprError> {
        let texts = self.text(argument);
        let mut parts = Excerpts::of(texts.0, self.rows);
        for row in 0..self.rows {
            let part = texts.at(row).map_or(Ok(None), |text| part(row, text))?;
            match part {
                Some(part) => parts.part(if texts.1 { 0 } else { row }, part),
                None => parts.null(),
            }
        }
        Ok(self.finish(Arc::new(parts.finish())))
    }

    /// The text of an argument for each row, or what `change` adds to an empty one if it says that it has changed something.
    pub(super) fn changed(
        &self,
        argument: usize,
        mut change: impl FnMut(&str, &mut String) -> bool,
    ) -> Result<Value, ExprError> {
        let texts = self.text(argument);
        let (mut parts, mut changed) = (Excerpts::of(texts.0, self.rows), String::new());
        for row in 0..self.rows {
            let Some(text) = texts.at(row) else {
                parts.null();
                continue;
            };
            changed.clear();
            match change(text, &mut changed) {
                true => parts.text(&changed),
                false => parts.part(if texts.1 { 0 } else { row }, text),
            }
        }
        Ok(self.finish(Arc::new(parts.finish())))
    }

    /// Bytes for each row, in the same way.
    pub(super) fn bytes(
        &self,
        mut write: impl FnMut(usize, &mut Vec<u8>) -> Result<Option<()>, ExprError>,
    ) -> Result<Value, ExprError> {
        let (mut all, mut bytes) = (BinaryViewBuilder::with_capacity(self.rows), Vec::new());
        for row in 0..self.rows {
            bytes.clear();
            all.append_option(write(row, &mut bytes)?.map(|()| &bytes));
        }
        Ok(self.finish(Arc::new(all.finish())))
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
    pub(super) fn truths(
        &self,
        truth: impl FnMut(usize) -> Result<Option<bool>, ExprError>,
    ) -> Result<Value, ExprError> {
        let truths = (0..self.rows).map(truth).collect::<Result<BooleanArray, _>>()?;
        Ok(self.finish(Arc::new(truths)))
    }

    /// What was made, as the result of the call.
    pub(super) fn finish(&self, made: ArrayRef) -> Value {
        of_all(&self.values.iter().collect::<Vec<_>>(), made)
    }
}

/// What a text argument says in a language of its own: a regular expression, a pattern of a time, a path. One that is the
/// same for all rows is understood once, before the first of them.
pub(super) struct Meaning<T> {
    argument: usize,
    all: Option<T>,
    understand: fn(&str) -> Result<T, ExprError>,
}

impl<T> Meaning<T> {
    /// Of this argument of a call.
    pub(super) fn of(
        site: &Site,
        argument: usize,
        understand: fn(&str) -> Result<T, ExprError>,
    ) -> Result<Self, ExprError> {
        let all = site.text(argument).map(understand).transpose()?;
        Ok(Self { argument, all, understand })
    }

    /// The one of all rows, if it is written in the query.
    pub(super) fn of_all(&self) -> Option<&T> {
        self.all.as_ref()
    }

    /// Calls `with` with that of a row; null if there is none.
    pub(super) fn at<R>(
        &self,
        a: &Arguments,
        row: usize,
        with: impl FnOnce(&T) -> Result<Option<R>, ExprError>,
    ) -> Result<Option<R>, ExprError> {
        if let Some(meaning) = &self.all {
            return with(meaning);
        }
        match a.text(self.argument).at(row) {
            None => Ok(None),
            Some(text) => with(&(self.understand)(text)?),
        }
    }
}
