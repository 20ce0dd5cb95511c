//! Functions of rows on trial: a script each, and random rows against plain closures.

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{BooleanArray, Int64Array, RecordBatch, UInt32Array};
use arrow_select::take::take_record_batch;
use record::Record;
use std::sync::Arc;

use super::{
    Bare, Collector, Columns, Expanded, Filter, FilterColumns, FlatMap, FlatMapColumns, KeyBy, Kinds, Map,
};
use crate::Layout;
use crate::probe::{Item, Probe, Row, Trial, probe};
use crate::stand::Stand;

/// A word, and a number if there is one.
type Word = (String, Option<i64>);

fn layout() -> Layout {
    Layout::of(Word::fields()).timed()
}

const SCRIPT: &str = "a 1 @10 | b ∅ @12 | ~11 | '' 3 @15 | a 4 @9";

/// What a plain function makes of each row.
fn each(items: &[Item], function: impl Fn(&Row) -> Vec<String>) -> Vec<String> {
    let rows = items.iter().filter_map(|item| if let Item::Row(row) = item { Some(row) } else { None });
    rows.flat_map(|row| function(row).into_iter().map(|made| format!("{made} @{}", row.time.unwrap())))
        .collect()
}

fn map() -> Probe {
    let length = |row: Word| (i64::try_from(row.0.len()).unwrap(), row.1.unwrap_or(-1), row.1.is_some());
    probe(layout(), move |_| Ok(Box::new(Map::new(layout(), length))))
}

#[test]
fn map_makes_one_row_of_one_and_keeps_its_time() {
    map().given(SCRIPT).expect("1 1 true @10 | 1 -1 false @12 | 0 3 true @15 | 1 4 true @9");
    map().given("-D a 1 @10 | +U a 2 @12").expect("-D 1 1 true @10 | +U 1 2 true @12");
    map().against(|items| {
        each(items, |row| {
            let length = if row.text(0) == "''" { 0 } else { row.text(0).len() };
            let number = row.number(1);
            vec![format!("{length} {} {}", number.unwrap_or(-1), number.is_some())]
        })
    });
}

fn filter() -> Probe {
    probe(layout(), |_| {
        Ok(Box::new(Filter::new(layout(), |row: &Word| row.1.is_some_and(|number| number > 2))))
    })
}

#[test]
fn filter_keeps_the_rows_that_it_should() {
    filter().given(SCRIPT).expect("'' 3 @15 | a 4 @9");
    filter().given("-D a 3 @1 | +U a 1 @2 | +U a 5 @3").expect("-D a 3 @1 | +U a 5 @3");
    filter().given("a ∅ @1").expect("");
    filter().against(|items| {
        each(items, |row| {
            let keeps = row.number(1).is_some_and(|number| number > 2);
            keeps.then(|| row.values.join(" ")).into_iter().collect()
        })
    });
}

fn flat_map() -> Probe {
    let repeat = |row: Word, out: &mut Collector<(i64, String)>| {
        (0..row.1.unwrap_or(0)).for_each(|number| out.emit((number, row.0.clone())));
    };
    probe(layout(), move |seat| Ok(Box::new(FlatMap::new(layout(), repeat, seat))))
}

#[test]
fn flat_map_makes_any_number_of_rows_of_one() {
    flat_map().given("a 2 @10 | b ∅ @12 | ~11 | c 1 @15").expect("0 a @10 | 1 a @10 | 0 c @15");
    flat_map().against(|items| {
        each(items, |row| {
            (0..row.number(1).unwrap_or(0)).map(|each| format!("{each} {}", row.text(0))).collect()
        })
    });
}

#[test]
fn flat_map_that_makes_thousands_of_each_row_stops_when_it_is_refused() {
    let repeat = |row: i64, out: &mut Collector<i64>| (0..5_000).for_each(|number| out.emit(row + number));
    let numbers = || Layout::of(i64::fields());
    let wanted: Vec<String> =
        [1, 2, 3].iter().flat_map(|row| (0..5_000).map(move |n| (row + n).to_string())).collect();
    probe(numbers(), move |seat| Ok(Box::new(FlatMap::new(numbers(), repeat, seat))))
        .without(
            Trial::BatchRows,
            "it looks whether a batch is full between two rows, and sends all of what the last one made",
        )
        .given("1 | 2 | 3")
        .expect(&wanted.join("|"));
}

fn key_by() -> Probe {
    let key = |row: &Word| (row.1.unwrap_or(0) % 2 == 0, row.0.clone());
    probe(layout(), move |_| Ok(Box::new(KeyBy::new(layout(), key))))
}

#[test]
fn key_by_puts_the_key_beside_the_row() {
    key_by().given("-D a 1 @10").expect("-D a 1 false a @10");
    key_by().given(SCRIPT).expect("a 1 false a @10 | b ∅ true b @12 | '' 3 false '' @15 | a 4 true a @9");
    key_by().against(|items| {
        each(items, |row| {
            let is_even = row.number(1).unwrap_or(0) % 2 == 0;
            vec![format!("{} {is_even} {}", row.values.join(" "), row.text(0))]
        })
    });
}

fn columns() -> Probe {
    let double = |rows: &RecordBatch| {
        let numbers = rows.column(1).as_primitive::<Int64Type>();
        let doubled: Int64Array = numbers.iter().map(|number| number.map(|number| number * 2)).collect();
        let columns = vec![rows.column(0).clone(), Arc::new(doubled) as _];
        Ok(RecordBatch::try_new(rows.schema(), columns).unwrap())
    };
    probe(layout(), move |_| Ok(Box::new(Columns::new(layout(), layout(), double))))
}

#[test]
fn columns_see_the_rows_that_count_and_no_others() {
    columns().given("-D a 1 @10").expect("-D a 2 @10");
    columns().given(SCRIPT).expect("a 2 @10 | b ∅ @12 | '' 6 @15 | a 8 @9");
    columns().against(|items| {
        each(items, |row| {
            let doubled = row.number(1).map_or("∅".into(), |number| (number * 2).to_string());
            vec![format!("{} {doubled}", row.text(0))]
        })
    });
}

/// Each row as often as its number says.
fn repeated(rows: &RecordBatch) -> Expanded {
    let times = rows.column(1).as_primitive::<Int64Type>();
    let origins: UInt32Array = (0..)
        .zip(times.iter())
        .flat_map(|(row, times)| (0..times.unwrap_or(0).max(0)).map(move |_| row))
        .collect();
    Expanded { rows: take_record_batch(rows, &origins).unwrap(), origins }
}

#[test]
fn flat_map_columns_makes_any_number_of_rows_and_each_has_the_time_of_its_origin() {
    let made = || {
        let function = |rows: &RecordBatch| Ok(repeated(rows));
        probe(layout(), move |_| Ok(Box::new(FlatMapColumns::new(layout(), layout(), function))))
    };
    made()
        .given(SCRIPT)
        .expect("a 1 @10 | '' 3 @15 | '' 3 @15 | '' 3 @15 | a 4 @9 | a 4 @9 | a 4 @9 | a 4 @9");
    made().given("-D a 2 @10 | +U b 1 @11").expect("-D a 2 @10 | -D a 2 @10 | +U b 1 @11");
    made().given("a 20000 @1").expect(&vec!["a 20000 @1"; 20_000].join("|"));
    made().against(|items| {
        each(items, |row| {
            let times = usize::try_from(row.number(1).unwrap_or(0)).unwrap_or(0);
            vec![row.values.join(" "); times]
        })
    });
}

#[test]
fn flat_map_columns_is_told_what_its_function_has_done_wrong() {
    type Wrong = fn(&RecordBatch) -> Expanded;
    let cases: [(Wrong, &str); 5] = [
        (
            |rows| Expanded { origins: UInt32Array::from(vec![0]), ..repeated(rows) },
            "a function of columns has made 2 rows and named the origin of 1; it must name one for each",
        ),
        (
            |rows| Expanded { origins: UInt32Array::from(vec![Some(0), None]), ..repeated(rows) },
            "a function of columns has made 2 rows and named the origin of 1; it must name one for each",
        ),
        (
            |rows| {
                let columns = vec![
                    arrow_array::new_null_array(rows.column(0).data_type(), 2),
                    repeated(rows).rows.column(1).clone(),
                ];
                let fields = rows
                    .schema()
                    .fields()
                    .iter()
                    .map(|field| field.as_ref().clone().with_nullable(true))
                    .collect::<Vec<_>>();
                let made =
                    RecordBatch::try_new(Arc::new(arrow_schema::Schema::new(fields)), columns).unwrap();
                Expanded { rows: made, ..repeated(rows) }
            },
            "a function of columns has made 2 nulls in column f0, which takes none; declare it as an Option",
        ),
        (
            |rows| Expanded { origins: UInt32Array::from(vec![0, 7]), ..repeated(rows) },
            "a function of columns has named row 7 as an origin, and there are 1; the first is 0",
        ),
        (
            |rows| Expanded { rows: repeated(rows).rows.project(&[1]).unwrap(), ..repeated(rows) },
            "a function of columns has made columns [\"Int64\"], and the stream has [\"Utf8View\", \"Int64\"]",
        ),
    ];
    for (wrong, words) in cases {
        let operator = FlatMapColumns::new(layout(), layout(), move |rows: &RecordBatch| Ok(wrong(rows)));
        let batch = layout().batch(
            vec![
                Arc::new(arrow_array::StringViewArray::from(vec!["a"])),
                Arc::new(Int64Array::from(vec![2])),
                Arc::new(arrow_array::TimestampMillisecondArray::from(vec![1])),
            ],
            1,
        );
        let failure = Stand::new(operator, 1, None).batch(0, batch).unwrap_err().to_string();
        assert!(failure.contains(words), "{failure}");
    }
}

#[test]
fn filter_columns_drops_what_is_false_or_null() {
    let over_two = |rows: &RecordBatch| {
        let numbers = rows.column(1).as_primitive::<Int64Type>();
        assert_eq!(numbers.len(), rows.num_rows());
        Ok(BooleanArray::from_iter(numbers.iter().map(|number| number.map(|number| number > 2))))
    };
    let filter = || probe(layout(), move |_| Ok(Box::new(FilterColumns::new(layout(), over_two))));
    filter().given(SCRIPT).expect("'' 3 @15 | a 4 @9");
    filter().against(|items| {
        each(items, |row| {
            let keeps = row.number(1).is_some_and(|number| number > 2);
            keeps.then(|| row.values.join(" ")).into_iter().collect()
        })
    });
}

#[test]
fn kinds_become_a_column_and_what_was_taken_back_is_a_row() {
    let output = || layout().derive(<(String, Option<i64>, String)>::fields());
    probe(layout(), move |_| Ok(Box::new(Kinds::new(layout(), output()))))
        .given("+I a 1 @1 | -U a 1 @2 | +U a 2 @2 | -D a 2 @3 | b ∅ @4")
        .expect("a 1 +I @1 | a 1 -U @2 | a 2 +U @2 | a 2 -D @3 | b ∅ +I @4");
}

#[test]
fn bare_rows_are_records_and_nothing_else() {
    let bare = || Layout::of(Word::fields());
    probe(layout(), move |_| Ok(Box::new(Bare::new(layout(), bare()))))
        .given("a 1 @10 | -D b ∅ @12 | ~11 | +U '' 3 @15")
        .expect("a 1 | -D b ∅ | +U '' 3");
}
