//! What single functions make of values that are not everyday ones.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, UInt64Type};
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int64Array,
    RecordBatch, StringViewArray, UInt64Array,
};
use arrow_schema::{DataType, Schema};

use super::super::accumulator::Selected;
use super::super::tally::Tally;
use crate::aggregate::{AggregateError, Function};

fn tally(function: Function, column: &ArrayRef) -> Result<(Tally, RecordBatch), AggregateError> {
    let columns = RecordBatch::try_from_iter([("price", column.clone())]).unwrap();
    let schema: Arc<Schema> = columns.schema();
    Ok((Tally::new([&function.named("result")], &schema)?, columns))
}

/// The result of all values.
fn result(function: Function, column: impl Into<ArrayRef>) -> Result<ArrayRef, AggregateError> {
    let column = column.into();
    let (mut tally, columns) = tally(function, &column)?;
    tally.grow(1);
    tally.update(&vec![0; column.len()], Selected::All(column.len()), &columns);
    Ok(tally.values(&[0])?.remove(0))
}

fn array(column: impl arrow_array::Array + 'static) -> ArrayRef {
    Arc::new(column)
}

#[test]
fn a_sum_beyond_its_type_is_an_error_and_one_that_comes_back_is_not() {
    let beyond = result(Function::Sum(0), array(Int64Array::from(vec![i64::MAX, 1]))).unwrap_err();
    assert_eq!(
        beyond.to_string(),
        "the sum of column `price` is 9223372036854775808, which does not fit Int64: make the column a Float64 before \
         it is summed"
    );
    let back = result(Function::Sum(0), array(Int64Array::from(vec![i64::MAX, 1, -1]))).unwrap();
    assert_eq!(back.as_primitive::<Int64Type>().value(0), i64::MAX);
    let unsigned = result(Function::Sum(0), array(UInt64Array::from(vec![u64::MAX]))).unwrap();
    assert_eq!(unsigned.as_primitive::<UInt64Type>().value(0), u64::MAX);
    assert!(result(Function::Sum(0), array(UInt64Array::from(vec![u64::MAX, 1]))).is_err());
    let average = result(Function::Average(0), array(Int64Array::from(vec![i64::MAX, i64::MAX]))).unwrap();
    assert_eq!(average.as_primitive::<Float64Type>().value(0), i64::MAX as f64);
}

#[test]
fn nan_is_the_greatest_number_and_zero_has_a_sign() {
    let values = [1.0, f64::NAN, -f64::NAN, f64::INFINITY];
    let most = result(Function::Max(0), array(Float64Array::from(values.to_vec()))).unwrap();
    assert!(most.as_primitive::<Float64Type>().value(0).is_nan());
    let least = result(Function::Min(0), array(Float64Array::from(values.to_vec()))).unwrap();
    assert_eq!(least.as_primitive::<Float64Type>().value(0), 1.0);
    let zero = result(Function::Min(0), array(Float64Array::from(vec![0.0, -0.0, 0.0]))).unwrap();
    assert!(zero.as_primitive::<Float64Type>().value(0).is_sign_negative());
}

#[test]
fn a_choice_is_of_the_type_of_its_column() {
    let decimals =
        array(Decimal128Array::from(vec![Some(5), None, Some(-3)]).with_precision_and_scale(9, 2).unwrap());
    let least = result(Function::Min(0), decimals.clone()).unwrap();
    assert_eq!(&least, &decimals.slice(2, 1));
    let days = array(Date32Array::from(vec![3, 7, 5]));
    assert_eq!(&result(Function::Max(0), days.clone()).unwrap(), &days.slice(1, 1));
    let words =
        array(StringViewArray::from(vec![Some("zoo"), None, Some("a word of more than twelve bytes")]));
    assert_eq!(&result(Function::Min(0), words.clone()).unwrap(), &words.slice(2, 1));
    assert_eq!(&result(Function::First(0), words.clone()).unwrap(), &words.slice(0, 1));
}

#[test]
fn without_a_value_there_is_none() {
    let nothing = array(Float32Array::from(vec![None, None]));
    for function in [Function::Sum(0), Function::Average(0), Function::Min(0), Function::Last(0)] {
        assert!(result(function, nothing.clone()).unwrap().is_null(0), "{function:?}");
    }
    let count = result(Function::CountOf(0), nothing.clone()).unwrap();
    assert_eq!(count.as_primitive::<Int64Type>().value(0), 0);
    let rows = result(Function::Count, nothing).unwrap();
    assert_eq!(rows.as_primitive::<Int64Type>().value(0), 2);
}

#[test]
fn a_column_that_cannot_be_summed_is_named() {
    let refused = result(Function::Sum(0), array(BooleanArray::from(vec![true]))).unwrap_err();
    let words = "there is no sum of column `price`, which is Boolean: convert it to another type first";
    assert_eq!(refused.to_string(), words);
}

#[test]
fn what_was_merged_can_be_taken_away_where_that_is_exact() {
    let column = array(Int64Array::from(vec![Some(5), None, Some(i64::MAX)]));
    for (function, is_invertible) in [
        (Function::Count, true),
        (Function::CountOf(0), true),
        (Function::Sum(0), true),
        (Function::Average(0), true),
        (Function::Min(0), false),
        (Function::Last(0), false),
    ] {
        let (mut tally, columns) = tally(function, &column).unwrap();
        assert_eq!(tally.is_invertible(), is_invertible, "{function:?}");
        tally.grow(2);
        tally.update(&[0, 1, 1], Selected::All(3), &columns);
        let before = tally.values(&[0]).unwrap();
        tally.merge(&[(1, 0)]);
        if is_invertible {
            tally.retract(&[(1, 0)]);
            assert_eq!(tally.values(&[0]).unwrap(), before, "{function:?}");
        }
    }
    let floats = array(Float64Array::from(vec![1.0]));
    assert!(!tally(Function::Sum(0), &floats).unwrap().0.is_invertible());
    assert_eq!(result(Function::Sum(0), floats).unwrap().data_type(), &DataType::Float64);
}

#[test]
fn values_far_from_zero_have_the_spread_that_they_have_near_it() {
    let near = [4.0, 7.0, 13.0, 16.0];
    for far in [0.0, 1e9, -1e12] {
        let column = || array(Float64Array::from_iter_values(near.iter().map(|value| value + far)));
        let spread = |function| result(function, column()).unwrap().as_primitive::<Float64Type>().value(0);
        assert_eq!((spread(Function::VarPop(0)), spread(Function::VarSamp(0))), (22.5, 30.0));
        assert_eq!(spread(Function::StddevPop(0)), 22.5_f64.sqrt());
        assert_eq!(spread(Function::StddevSamp(0)), 30_f64.sqrt());
    }
    let one = array(Int64Array::from(vec![i64::MAX]));
    assert!(result(Function::VarSamp(0), one.clone()).unwrap().is_null(0));
    assert_eq!(result(Function::VarPop(0), one).unwrap().as_primitive::<Float64Type>().value(0), 0.0);
}

#[test]
fn texts_are_joined_and_values_listed_in_the_order_in_which_they_came() {
    let words = array(StringViewArray::from(vec![Some("zoo"), None, Some("a"), Some("zoo")]));
    let joined = |aggregate: crate::aggregate::Aggregate| {
        let columns = RecordBatch::try_from_iter([("word", words.clone())]).unwrap();
        let mut tally = Tally::new([&aggregate], &columns.schema()).unwrap();
        tally.grow(2);
        tally.update(&[0; 4], Selected::All(4), &columns);
        tally.values(&[0, 1]).unwrap().remove(0)
    };
    let all = joined(Function::ListAgg(0).named("words"));
    assert_eq!(&all, &array(StringViewArray::from(vec![Some("zoo,a,zoo"), None])));
    let all = joined(Function::ListAgg(0).named("words").separated_by(" - "));
    assert_eq!(&all, &array(StringViewArray::from(vec![Some("zoo - a - zoo"), None])));
    let lists = joined(Function::ArrayAgg(0).named("words"));
    assert_eq!(&lists.as_list::<i32>().value(0), &words);
    let lists = joined(Function::Collect(0).named("words"));
    assert_eq!(&lists.as_list::<i32>().value(0), &array(StringViewArray::from(vec!["zoo", "a", "zoo"])));
    assert!(lists.is_null(1));
    let refused = result(Function::ListAgg(0), array(Int64Array::from(vec![1]))).unwrap_err();
    let words = "there is no joined text of column `price`, which is Int64: convert it to another type first";
    assert_eq!(refused.to_string(), words);
}
