//! Text as a column of string views.

use std::sync::Arc;

use arrow_array::builder::{ArrayBuilder, StringViewBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, StringViewArray};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;

use crate::single::single_column;
use crate::validity::refuse_nulls;
use crate::{Mismatch, Value, ValueBuilder, ValueReader};

/// Reads a column of strings: views, or the older layouts that files bring.
#[derive(Debug)]
pub struct StringReader(StringViewArray);

/// Builds a column of string views.
#[derive(Debug, Default)]
pub struct StringBuilder(StringViewBuilder);

impl Value for String {
    const NULLABLE: bool = false;

    fn data_type() -> DataType {
        DataType::Utf8View
    }

    type Reader = StringReader;
    type Builder = StringBuilder;
}

single_column!(<> String);

impl ValueReader<String> for StringReader {
    fn open_where(column: &ArrayRef, asked: Option<&NullBuffer>) -> Result<Self, Mismatch> {
        // The views point into the text of the old layout: nothing is copied but what is short.
        let views = match column.data_type() {
            DataType::Utf8View => column.as_string_view().clone(),
            DataType::Utf8 => column.as_string::<i32>().into(),
            DataType::LargeUtf8 => column.as_string::<i64>().into(),
            other => return Err(Mismatch::of_type::<String>(other, DataType::Utf8View)),
        };
        refuse_nulls::<String>(column, asked)?;
        Ok(Self(views))
    }

    #[inline]
    fn get(&self, row: usize) -> String {
        self.0.value(row).to_owned()
    }
}

impl StringBuilder {
    /// Appends a text that stays where it is.
    #[inline]
    pub(crate) fn push_str(&mut self, value: &str) {
        self.0.append_value(value);
    }
}

impl ValueBuilder<String> for StringBuilder {
    #[inline]
    fn push(&mut self, value: String) {
        self.push_str(&value);
    }

    fn push_null(&mut self) {
        self.0.append_null();
    }

    fn len(&self) -> usize {
        ArrayBuilder::len(&self.0)
    }

    fn finish(&mut self) -> ArrayRef {
        Arc::new(self.0.finish())
    }
}
