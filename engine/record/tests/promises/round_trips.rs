//! Promises of builders and readers together: what was built is read back equal, also from a slice; and Arrow finds
//! nothing wrong with the columns.

use std::fmt::Debug;

use arrow_array::{RecordBatch, TimestampMillisecondArray};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::Index;
use record::{Bytes, Record, RecordBuilder, Timestamp, batch_of, positions_of, rows_of, schema_of};

use crate::rows::*;

fn check<T: Record + PartialEq + Debug>(rows: &[T], cut: (Index, Index)) {
    let batch = batch_of(rows.iter().cloned());
    assert_eq!(batch.num_rows(), rows.len());
    assert_eq!(batch.schema(), schema_of::<T>());
    for column in batch.columns() {
        column.to_data().validate_full().unwrap();
    }
    assert_eq!(rows_of::<T>(&batch).unwrap(), rows);

    let [start, end] = [cut.0, cut.1].map(|at| at.index(rows.len() + 1));
    let range = start.min(end)..start.max(end);
    let slice = batch.slice(range.start, range.len());
    assert_eq!(rows_of::<T>(&slice).unwrap(), rows[range.clone()]);
    // A slice of a slice, which does not begin where its buffers do.
    let middle = slice.slice(range.len() / 3, range.len() / 2);
    assert_eq!(rows_of::<T>(&middle).unwrap(), rows[range][slice.num_rows() / 3..][..middle.num_rows()]);

    let mut builder = T::Builder::default();
    for part in rows.chunks(7) {
        part.iter().cloned().for_each(|row| builder.push(row));
        assert_eq!(builder.len(), part.len());
        assert_eq!(builder.finish(), batch_of(part.iter().cloned()).columns(), "a builder starts anew");
        assert!(builder.is_empty());
    }
    assert_eq!(positions_of::<T>(&batch.schema()).unwrap(), Vec::from_iter(0..T::fields().len()));
}

fn timestamp() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp)
}

fn bytes() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..30).prop_map(Bytes)
}

fn text() -> impl Strategy<Value = String> {
    // Long enough for views that point elsewhere, and for those that do not.
    "\\PC{0,20}"
}

fn place() -> impl Strategy<Value = Place> {
    let visits = vec(option::of(timestamp()), 0..4);
    (text(), any::<Option<i32>>(), visits).prop_map(|(city, zip, visits)| Place { city, zip, visits })
}

fn everything() -> impl Strategy<Value = Everything> {
    let own = (any::<(bool, i8, f64)>(), text(), timestamp(), bytes(), any::<Option<u64>>());
    let nested = (vec(text(), 0..4), place(), any::<i32>(), option::of(text()));
    (own, nested).prop_map(|(own, (tags, inner, left, right))| {
        let ((flag, small, ratio), text, time, raw, r#type) = own;
        Everything { flag, small, ratio, text, time, raw, r#type, tags, inner, pair: (left, right) }
    })
}

fn nested() -> impl Strategy<Value = Nested> {
    let places = (option::of(place()), vec(place(), 0..3), option::of(vec(option::of(place()), 0..3)));
    let lists = vec(vec(any::<bool>(), 0..4), 0..4);
    let pairs = vec((place(), option::of((any::<u8>(), place()))), 0..3);
    (places, lists, pairs).prop_map(|((maybe, many, holes), lists, pairs)| Nested {
        maybe,
        many,
        holes,
        lists,
        pairs,
    })
}

macro_rules! round_trips {
    ($($name:ident: $rows:expr;)*) => {
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(64))]
            $(
                #[test]
                fn $name(rows in vec($rows, 0..30), cut: (Index, Index)) {
                    check(&rows, cut);
                }
            )*
        }
    };
}

round_trips! {
    booleans_come_back: any::<bool>();
    bytes_of_sign_come_back: any::<i8>();
    short_numbers_come_back: any::<i16>();
    numbers_come_back: any::<i32>();
    long_numbers_come_back: any::<i64>();
    unsigned_bytes_come_back: any::<u8>();
    unsigned_short_numbers_come_back: any::<u16>();
    unsigned_numbers_come_back: any::<u32>();
    unsigned_long_numbers_come_back: any::<u64>();
    short_floats_come_back: any::<f32>();
    floats_come_back: any::<f64>();
    texts_come_back: text();
    bytes_come_back: bytes();
    timestamps_come_back: timestamp();
    empty_rows_come_back: Just(());

    absent_booleans_come_back: option::of(any::<bool>());
    absent_numbers_come_back: option::of(any::<i64>());
    absent_texts_come_back: option::of(text());
    absent_bytes_come_back: option::of(bytes());
    absent_timestamps_come_back: option::of(timestamp());
    absent_lists_come_back: option::of(vec(any::<u8>(), 0..4));
    absent_tuples_come_back: option::of((any::<u8>(), text()));
    absent_structs_come_back: option::of(place());
    absent_empty_structs_come_back: option::of(Just(Tick));

    lists_come_back: vec(any::<i64>(), 0..4);
    lists_with_holes_come_back: vec(option::of(text()), 0..4);
    lists_of_lists_come_back: vec(option::of(vec(option::of(any::<bool>()), 0..3)), 0..3);
    lists_of_structs_come_back: vec(option::of(place()), 0..3);

    single_elements_come_back: (any::<i64>(),);
    pairs_come_back: (text(), option::of(timestamp()));
    the_longest_tuples_come_back: any::<(u8, i8, u16, i16, u32, i32, Option<u64>, Vec<bool>)>();
    tuples_of_structs_come_back: (place(), (any::<u8>(), option::of(place())));

    structs_come_back: everything();
    nested_structs_come_back: nested();
    structs_without_names_come_back: any::<(f32, Option<f32>)>().prop_map(|(a, b)| Point(a, b));
    structs_without_fields_come_back: prop_oneof![Just(Tick), Just(Tick)];
    braces_without_fields_come_back: Just(Empty {});
    lists_of_structs_without_fields_come_back:
        vec(option::of(Just(Tick)), 0..4).prop_map(|ticks| Clock { ticks });
}

#[test]
fn a_float_keeps_its_bits() {
    let bits = [f64::NAN.to_bits() | 0x5, (-0.0f64).to_bits(), f64::NEG_INFINITY.to_bits()];
    let batch = batch_of(bits.map(f64::from_bits));
    assert_eq!(rows_of::<f64>(&batch).unwrap().into_iter().map(f64::to_bits).collect::<Vec<_>>(), bits);
}

#[test]
fn no_rows_are_a_batch_too() {
    let batch: RecordBatch = batch_of::<Everything>([]);
    assert_eq!((batch.num_rows(), batch.num_columns()), (0, 10));
    assert_eq!(rows_of::<Everything>(&batch).unwrap(), []);
}

proptest! {
    #[test]
    fn timestamps_are_written_as_arrow_writes_them(millis in -8_000_000_000_000_000i64..8_000_000_000_000_000) {
        let column = TimestampMillisecondArray::from(vec![millis]);
        let format = "%Y-%m-%d %H:%M:%S%.3f";
        let options = FormatOptions::new().with_timestamp_format(Some(format));
        let arrow = ArrayFormatter::try_new(&column, &options).unwrap().value(0).to_string();
        // Arrow gives a sign to years of five digits.
        prop_assert_eq!(Timestamp(millis).to_string(), arrow.trim_start_matches('+'));
    }
}
