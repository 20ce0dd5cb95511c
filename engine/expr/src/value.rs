//! What an expression comes to: a column, or one value for all rows.

use arrow_array::{Array, ArrayRef, Datum, Scalar, UInt32Array};
use arrow_schema::DataType;
use arrow_select::take::take;

use crate::ExprError;

/// A column of as many rows as the batch, or one value for all of them.
#[derive(Clone, Debug)]
pub enum Value {
    /// A value for each row.
    Rows(ArrayRef),
    /// One value for all rows.
    One(Scalar<ArrayRef>),
}

impl Value {
    /// One value for all rows: the only one of this array.
    ///
    /// # Panics
    ///
    /// If it has none, or more.
    pub fn one(value: ArrayRef) -> Self {
        assert_eq!(value.len(), 1, "one value");
        Self::One(Scalar::new(value))
    }

    /// Its type.
    pub fn data_type(&self) -> &DataType {
        self.array().data_type()
    }

    /// A value for each of so many rows.
    ///
    /// # Errors
    ///
    /// If there is no memory for it.
    pub fn into_rows(self, rows: usize) -> Result<ArrayRef, ExprError> {
        match self {
            Self::Rows(column) => Ok(column),
            Self::One(value) => {
                let first = UInt32Array::from(vec![0; rows]);
                Ok(take(value.get().0, &first, None)?)
            }
        }
    }

    /// The array behind it: of all rows, or of one.
    pub fn array(&self) -> &dyn Array {
        self.get().0
    }

    /// The same kind of value over another array.
    pub(crate) fn like(&self, array: ArrayRef) -> Self {
        match self {
            Self::Rows(_) => Self::Rows(array),
            Self::One(_) => Self::one(array),
        }
    }
}

impl Datum for Value {
    fn get(&self) -> (&dyn Array, bool) {
        match self {
            Self::Rows(column) => (column.as_ref(), false),
            Self::One(value) => value.get(),
        }
    }
}

/// What an operator of several values has made: one value if all of them were one.
pub(crate) fn of_all(values: &[&Value], made: ArrayRef) -> Value {
    match values.iter().all(|value| matches!(value, Value::One(_))) {
        true => Value::one(made),
        false => Value::Rows(made),
    }
}
