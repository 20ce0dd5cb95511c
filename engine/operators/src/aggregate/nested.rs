//! Rows, arrays and maps as values that are kept: as bytes, each by itself.
//!
//! A value is written when its row comes and read when it is shown, both for all of a batch at once. Equal values have equal bytes;
//! how they are ordered means nothing. Knows no type before it is told one: what a type takes to be written is made each time.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, new_empty_array, new_null_array};
use arrow_row::{RowConverter, Rows, SortField};
use arrow_schema::DataType;

use super::forms::Form;

/// The form.
pub(super) struct Nested;

impl Nested {
    /// Whether values of a type are kept so.
    pub(super) fn holds(data_type: &DataType) -> bool {
        let field = SortField::new(data_type.clone());
        data_type.is_nested() && RowConverter::supports_fields(&[field])
    }

    fn converter(data_type: &DataType) -> RowConverter {
        RowConverter::new(vec![SortField::new(data_type.clone())]).expect("a type that is held")
    }
}

impl Form for Nested {
    type Value = Arc<[u8]>;
    type Probe = Rows;

    fn open(column: &ArrayRef) -> Rows {
        let columns = std::slice::from_ref(column);
        Self::converter(column.data_type()).convert_columns(columns).expect("columns of the type")
    }

    fn get(probe: &Rows, row: usize) -> Arc<[u8]> {
        probe.row(row).data().into()
    }

    fn count(group: &mut BTreeMap<Arc<[u8]>, i64>, probe: &Rows, row: usize, by: i64) {
        let value = probe.row(row).data();
        match group.get_mut(value) {
            None => _ = group.insert(value.into(), by),
            Some(count) if *count + by == 0 => _ = group.remove(value),
            Some(count) => *count += by,
        }
    }

    fn bytes(probe: &Rows, row: usize) -> usize {
        probe.row(row).data().len()
    }

    fn bytes_of(value: &Arc<[u8]>) -> usize {
        value.len()
    }

    fn column<'a>(data_type: &DataType, values: impl Iterator<Item = Option<&'a Arc<[u8]>>>) -> ArrayRef {
        let converter = Self::converter(data_type);
        let null = converter.convert_columns(&[new_null_array(data_type, 1)]).expect("a column of the type");
        let parser = converter.parser();
        let rows = values.map(|value| parser.parse(value.map_or(null.row(0).data(), |value| &value[..])));
        let mut columns = converter.convert_rows(rows).expect("what was written so");
        columns.pop().unwrap_or_else(|| new_empty_array(data_type))
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::builder::{ListBuilder, StringViewBuilder};
    use arrow_array::cast::AsArray;
    use arrow_array::{Array, Int64Array, StructArray, record_batch};
    use memory::{RowKind, RowKinds};

    use super::*;
    use crate::aggregate::accumulator::Selected;
    use crate::aggregate::gathered::{self, Shown};

    /// `(1, 'a')`, null, `(2, null)`, `(1, 'a')`.
    fn rows() -> ArrayRef {
        let columns =
            record_batch!(("n", Int64, [1, 9, 2, 1]), ("s", Utf8View, [Some("a"), None, None, Some("a")]));
        let (fields, columns, _) = StructArray::from(columns.unwrap()).into_parts();
        Arc::new(StructArray::new(fields, columns, Some(vec![true, false, true, true].into())))
    }

    #[test]
    fn what_is_kept_comes_back_as_it_was() {
        let mut words = ListBuilder::new(StringViewBuilder::new());
        words.append_value([Some("a"), None, Some("a text that is longer than twelve bytes")]);
        words.append_null();
        words.append_value(Vec::<Option<&str>>::new());
        for column in [rows(), Arc::new(words.finish()) as ArrayRef] {
            assert!(Nested::holds(column.data_type()));
            let probe = Nested::open(&column);
            let kept = (0..column.len()).map(|row| column.is_valid(row).then(|| Nested::get(&probe, row)));
            let kept: Vec<Option<Arc<[u8]>>> = kept.collect();
            assert_eq!(&Nested::column(column.data_type(), kept.iter().map(Option::as_ref)), &column);
            assert_eq!(Nested::column(column.data_type(), std::iter::empty()).len(), 0);
        }
        assert!(!Nested::holds(&DataType::Int64));
    }

    #[test]
    fn rows_are_listed_and_taken_back() {
        let column = rows();
        let mut lists = gathered::of(Shown::ListWithNulls, column.data_type(), true).unwrap();
        lists.grow(1);
        lists.update(&[0; 4], Selected::All(4), Some(&column));
        let list = |lists: &dyn crate::aggregate::accumulator::Accumulator| {
            lists.value(&[0]).unwrap().as_list::<i32>().value(0)
        };
        assert_eq!(&list(&*lists), &column);
        // The last one is taken back: what goes is the first that is equal to it.
        let kinds = RowKinds::new([RowKind::Delete]);
        lists.change(&[0], Selected::Only(&[0]), &kinds, Some(&column.slice(3, 1)));
        let numbers = list(&*lists);
        let numbers: Vec<Option<i64>> = (0..3)
            .map(|row| {
                let column = numbers.as_struct().column(0).as_any().downcast_ref::<Int64Array>().unwrap();
                numbers.is_valid(row).then(|| column.value(row))
            })
            .collect();
        assert_eq!(numbers, [None, Some(2), Some(1)]);
    }
}
