//! What made-up rows promise: the same every time, within their bounds, as many as were asked for.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampMillisecondType};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, Field, Fields, TimeUnit};
use arrow_select::concat::concat_batches;

use super::*;

fn made(name: &str, data_type: DataType, rule: Rule) -> Made {
    Made { field: Field::new(name, data_type, true), rule, null_rate: 0.0, seed: name.len() as u64 }
}

fn spec(columns: Vec<Made>) -> DatagenSpec {
    DatagenSpec { columns, rows: None, rows_per_second: None, now_ms: 1_000_000 }
}

fn column(made: Made, rows: u64) -> ArrayRef {
    let spec = spec(vec![made]);
    spec.rows(&spec.schema(), 0..rows).column(0).clone()
}

#[test]
fn whole_numbers_reach_both_bounds_and_no_further() {
    for (min, max) in [(1, 6), (-3, 3), (5, 5), (i64::MIN, i64::MAX)] {
        let numbers = column(made("n", DataType::Int64, Rule::Whole { min, max }), 2000);
        let numbers = numbers.as_primitive::<Int64Type>().values();
        assert!(numbers.iter().all(|number| (min..=max).contains(number)));
        if max.checked_sub(min).is_some_and(|span| span < 10) {
            assert!((min..=max).all(|each| numbers.contains(&each)), "{min} to {max}");
        }
    }
    let reals = column(made("x", DataType::Float64, Rule::Real { min: -1.0, max: 3.0 }), 2000);
    let reals = reals.as_primitive::<Float64Type>().values();
    assert!(reals.iter().all(|real| (-1.0..=3.0).contains(real)));
    let mean = reals.iter().sum::<f64>() / 2000.0;
    assert!((0.8..1.2).contains(&mean), "{mean}");
}

#[test]
fn a_sequence_is_each_number_once_and_ends_the_rows() {
    let sequence = made("s", DataType::Int32, Rule::Sequence { start: -2, end: 7 });
    let numbers = column(sequence.clone(), 10);
    assert_eq!(numbers.as_primitive::<Int32Type>().values(), &[-2, -1, 0, 1, 2, 3, 4, 5, 6, 7]);
    let other = made("other", DataType::Utf8View, Rule::Text { length: 3, varies: false });
    let whole = spec(vec![other, sequence]);
    assert_eq!((whole.count(), whole.project(&[0]).count()), (Some(10), Some(10)));
    assert_eq!(DatagenSpec { rows: Some(4), ..whole }.count(), Some(4));
}

#[test]
fn rows_follow_from_their_numbers_however_they_are_cut() {
    let row = Fields::from(vec![Field::new("a", DataType::Int64, true)]);
    let item = Arc::new(Field::new("item", DataType::Utf8View, true));
    let text = || made("item", DataType::Utf8View, Rule::Text { length: 5, varies: true });
    let columns = vec![
        Made { null_rate: 0.3, ..made("t", DataType::Utf8View, Rule::Text { length: 20, varies: true }) },
        made("b", DataType::BinaryView, Rule::Text { length: 4, varies: false }),
        made("l", DataType::List(item), Rule::List(Box::new(text()), 3)),
        made(
            "r",
            DataType::Struct(row),
            Rule::Row(vec![made("a", DataType::Int64, Rule::Whole { min: 0, max: 9 })]),
        ),
        made("d", DataType::Decimal128(5, 2), Rule::Real { min: 0.0, max: 999.0 }),
        made("f", DataType::Boolean, Rule::Truth),
    ];
    let spec = spec(columns);
    let schema = spec.schema();
    let whole = spec.rows(&schema, 0..300);
    let parts = [0..1, 1..150, 150..300].map(|part| spec.rows(&schema, part));
    assert_eq!(concat_batches(&schema, &parts).unwrap(), whole);
    let nulls = whole.column(0).null_count();
    assert!((60..120).contains(&nulls), "{nulls}");
    let texts = whole.column(0).as_string_view();
    assert!(texts.iter().flatten().all(|text| (1..=20).contains(&text.len())));
    assert!(texts.iter().flatten().flat_map(str::chars).all(|letter| letter.is_ascii_hexdigit()));
}

#[test]
fn times_go_on_with_the_rate_and_lie_in_the_past() {
    let time = |most_ms| made("at", DataType::Timestamp(TimeUnit::Millisecond, None), Rule::Past { most_ms });
    let spec = DatagenSpec { rows_per_second: Some(10), ..spec(vec![time(0), time(500)]) };
    let rows = spec.rows(&spec.schema(), 0..30);
    let times =
        |column: usize| rows.column(column).as_primitive::<TimestampMillisecondType>().values().to_vec();
    assert_eq!(times(0)[..3], [1_000_000, 1_000_100, 1_000_200]);
    let mut both = times(0).into_iter().zip(times(1));
    assert!(both.all(|(now, past)| (now - 500..=now).contains(&past)));
    let date = column(made("d", DataType::Date32, Rule::Past { most_ms: 0 }), 1);
    assert_eq!(date.as_primitive::<arrow_array::types::Date32Type>().value(0), 0);
}
