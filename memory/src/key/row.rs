//! Keys as rows of bytes: equal keys have equal bytes, and bytes sort as keys do.
//!
//! For what hashing cannot do: sorting, merging, and telling two keys of several columns apart with one
//! comparison of memory. The encoding is that of `arrow-row`; what is added is that floats are made canonical
//! first (one NaN, no `-0.0`), so that rows are equal exactly when [`hash_key`](super::hash_key) calls the
//! keys equal. For keys of integers alone an encoding of our
//! own, byte for byte the same, would be about three times as fast (`bench/benches/key_rows.rs` measures it): worth
//! having when an operator encodes every row.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Float16Type, Float32Type, Float64Type};
use arrow_array::{Array, ArrayRef};
use arrow_row::{RowConverter, Rows, SortField};
use arrow_schema::{DataType, SchemaRef, SortOptions};
use half::f16;

use super::word::canonical_float;
use crate::error::Error;

/// Encodes and decodes the keys of given column types and sort order.
///
/// ```
/// # use std::sync::Arc;
/// # use arrow_array::{ArrayRef, Int64Array, StringViewArray};
/// # use arrow_schema::{DataType, SortOptions};
/// # use memory::KeyCodec;
/// let ascending = SortOptions { descending: false, nulls_first: true };
/// let codec = KeyCodec::new(&[(DataType::Utf8View, ascending), (DataType::Int64, ascending)])?;
/// let city: ArrayRef = Arc::new(StringViewArray::from(vec!["Bonn", "Bonn", "Aachen"]));
/// let year: ArrayRef = Arc::new(Int64Array::from(vec![Some(1990), None, Some(2001)]));
/// let keys = codec.encode(&[city, year]);
/// assert!(keys.get(2) < keys.get(1) && keys.get(1) < keys.get(0));
/// # Ok::<(), memory::Error>(())
/// ```
#[derive(Debug)]
pub struct KeyCodec {
    converter: RowConverter,
}

/// Encoded keys, one after the other.
#[derive(Debug)]
pub struct KeyRows(Rows);

impl KeyCodec {
    /// A codec for key columns of these types, compared from the first to the last.
    ///
    /// Floats inside lists, structs and dictionaries are refused: two zeroes there would be two keys.
    pub fn new(columns: &[(DataType, SortOptions)]) -> Result<Self, Error> {
        for (data_type, _) in columns {
            if has_float(data_type) && !data_type.is_floating() {
                return Err(unsupported(data_type));
            }
        }
        let fields: Vec<SortField> = columns
            .iter()
            .map(|(data_type, order)| SortField::new_with_options(data_type.clone(), *order))
            .collect();
        let refused = columns
            .iter()
            .zip(&fields)
            .find(|(_, field)| !RowConverter::supports_fields(std::slice::from_ref(field)));
        match refused {
            Some(((data_type, _), _)) => Err(unsupported(data_type)),
            None => Ok(Self { converter: RowConverter::new(fields).expect("fields that it supports") }),
        }
    }

    /// A codec for all columns of a schema, ascending, nulls first, as Flink sorts.
    pub fn of_schema(schema: &SchemaRef) -> Result<Self, Error> {
        let order = SortOptions { descending: false, nulls_first: true };
        let columns: Vec<_> =
            schema.fields().iter().map(|field| (field.data_type().clone(), order)).collect();
        Self::new(&columns)
    }

    /// The keys that `columns` make.
    ///
    /// # Panics
    ///
    /// If the columns are not of the types of this codec.
    pub fn encode(&self, columns: &[ArrayRef]) -> KeyRows {
        let mut rows = KeyRows(self.converter.empty_rows(0, 0));
        self.append(&mut rows, columns);
        rows
    }

    /// Adds the keys that `columns` make to `rows`.
    ///
    /// # Panics
    ///
    /// If the columns are not of the types of this codec.
    pub fn append(&self, rows: &mut KeyRows, columns: &[ArrayRef]) {
        let canonical: Vec<ArrayRef> = columns.iter().map(canonical).collect();
        self.converter.append(&mut rows.0, &canonical).expect("columns of the types of this codec");
    }

    /// The columns of keys that were kept as bytes, in that order. Dictionaries come back as their values.
    ///
    /// # Panics
    ///
    /// If the bytes are not those of a key of this codec.
    pub fn decode_bytes<'a>(&self, keys: impl IntoIterator<Item = &'a [u8]>) -> Vec<ArrayRef> {
        let parser = self.converter.parser();
        let rows = keys.into_iter().map(|key| parser.parse(key));
        self.converter.convert_rows(rows).expect("keys that this codec has encoded")
    }

    /// The columns of the keys at `rows`, in that order. Dictionaries come back as their values.
    pub fn decode(&self, keys: &KeyRows, rows: impl IntoIterator<Item = usize>) -> Vec<ArrayRef> {
        let rows = rows.into_iter().map(|row| keys.0.row(row));
        self.converter.convert_rows(rows).expect("keys that this codec has encoded")
    }
}

impl KeyRows {
    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.num_rows()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of one key. They compare as the keys do.
    ///
    /// # Panics
    ///
    /// If there is no such key.
    #[inline]
    pub fn get(&self, row: usize) -> &[u8] {
        self.0.row(row).data()
    }

    /// The memory held.
    pub fn bytes(&self) -> usize {
        self.0.size()
    }

    /// Forgets the keys and keeps the memory for the next ones.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

fn unsupported(data_type: &DataType) -> Error {
    Error::Unsupported { operation: "a comparable key", type_name: data_type.to_string() }
}

fn has_float(data_type: &DataType) -> bool {
    match data_type {
        DataType::Struct(fields) => fields.iter().any(|field| has_float(field.data_type())),
        DataType::List(field) | DataType::LargeList(field) => has_float(field.data_type()),
        DataType::FixedSizeList(field, _) | DataType::Map(field, _) => has_float(field.data_type()),
        DataType::Dictionary(_, values) => has_float(values),
        other => other.is_floating(),
    }
}

/// A float column with one NaN and without `-0.0`; any other column as it is.
fn canonical(column: &ArrayRef) -> ArrayRef {
    fn of<T: ArrowPrimitiveType>(column: &ArrayRef, canonical: impl Fn(T::Native) -> T::Native) -> ArrayRef {
        Arc::new(column.as_primitive::<T>().unary::<_, T>(canonical))
    }
    match column.data_type() {
        DataType::Float16 => {
            of::<Float16Type>(column, |value| f16::from_f64(canonical_float(value.to_f64())))
        }
        DataType::Float32 => {
            of::<Float32Type>(column, |value| if value.is_nan() { f32::NAN } else { value + 0.0 })
        }
        DataType::Float64 => of::<Float64Type>(column, canonical_float),
        _ => column.clone(),
    }
}
