//! Promises of builders against Arrow's own: the same values in the same layout.

use std::sync::Arc;

use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::*;
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field};
use record::{Bytes, Record, Timestamp, batch_of};

use crate::rows::Place;

const LONG: &str = "a text too long for a view to hold";

fn column<T: Record>(rows: impl IntoIterator<Item = T>) -> ArrayRef {
    batch_of(rows).column(0).clone()
}

#[test]
fn columns_are_those_that_arrow_builds() {
    let cases: [(ArrayRef, ArrayRef); 9] = [
        (column([1u16, 2]), Arc::new(UInt16Array::from(vec![1, 2]))),
        (column([Some(1.5f32), None]), Arc::new(Float32Array::from(vec![Some(1.5), None]))),
        (column([Some(true), None]), Arc::new(BooleanArray::from(vec![Some(true), None]))),
        (column(["a", LONG].map(String::from)), Arc::new(StringViewArray::from(vec!["a", LONG]))),
        (column([Some(LONG.to_owned()), None]), Arc::new(StringViewArray::from(vec![Some(LONG), None]))),
        (
            column([Bytes(vec![1, 2]), Bytes(vec![])]),
            Arc::new(BinaryViewArray::from_iter_values([&[1u8, 2][..], &[]])),
        ),
        (column([Timestamp(7)]), Arc::new(TimestampMillisecondArray::from(vec![7]))),
        (
            column([Some(vec![Some(1i64), None]), None, Some(vec![])]),
            Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>([
                Some(vec![Some(1), None]),
                None,
                Some(vec![]),
            ])),
        ),
        (
            column([Some((7i32,)), None]),
            Arc::new(StructArray::new(
                vec![Field::new("f0", DataType::Int32, false)].into(),
                vec![Arc::new(PrimitiveArray::<Int32Type>::from(vec![Some(7), None]))],
                Some(NullBuffer::from(vec![true, false])),
            )),
        ),
    ];
    for (built, arrows) in cases {
        assert_eq!(&built, &arrows);
    }
}

#[test]
fn a_column_in_which_nothing_is_absent_has_no_bitmap() {
    let place = Place { city: "Bonn".into(), zip: Some(53111), visits: vec![Some(Timestamp(1))] };
    for built in [column([Some(1i64)]), column([Some(String::new())]), column([Some(place)])] {
        assert!(built.nulls().is_none(), "{}", built.data_type());
    }
}
