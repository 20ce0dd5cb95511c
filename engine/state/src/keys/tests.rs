//! A table of keys against a map of texts.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{Float64Array, Int16Array, Int64Array, StringViewArray, TimestampMillisecondArray};
use arrow_cast::display::array_value_to_string;
use memory::hash_key;
use proptest::prelude::*;

use super::*;

/// Resolves all rows of the columns.
fn resolve(table: &mut KeyTable, columns: &[ArrayRef]) -> (Vec<Slot>, Vec<Slot>) {
    let rows = columns[0].len();
    let (mut hashes, mut slots, mut fresh) = (Vec::new(), Vec::new(), Vec::new());
    hash_key(columns, rows, &mut hashes).unwrap();
    table.resolve(columns, &hashes, 0..rows, |slot| fresh.push(slot), &mut slots);
    (slots, fresh)
}

fn text_of(columns: &[ArrayRef], row: usize) -> String {
    let texts = columns.iter().map(|column| match column.is_null(row) {
        true => "∅".to_owned(),
        false => array_value_to_string(column, row).unwrap(),
    });
    texts.collect::<Vec<_>>().join("|")
}

/// Columns of each form, from small numbers: null, short, long, negative.
fn columns_of(form: usize, numbers: &[i8]) -> Vec<ArrayRef> {
    let some = |number: &i8| (*number != 0).then_some(*number);
    let texts = || {
        numbers.iter().map(|number| {
            some(number).map(|number| match number % 3 {
                0 => format!("{number}"),
                _ => format!("a text that is longer than twelve bytes {number}"),
            })
        })
    };
    match form {
        0 => vec![Arc::new(Int64Array::from_iter(numbers.iter().map(|n| some(n).map(i64::from))))],
        1 => vec![Arc::new(Int16Array::from_iter(numbers.iter().map(|n| some(n).map(i16::from))))],
        2 => vec![Arc::new(TimestampMillisecondArray::from_iter(
            numbers.iter().map(|n| some(n).map(i64::from)),
        ))],
        3 => vec![Arc::new(StringViewArray::from_iter(texts()))],
        4 => vec![Arc::new(Float64Array::from_iter(numbers.iter().map(|n| some(n).map(f64::from))))],
        5 => vec![
            Arc::new(Int64Array::from_iter(numbers.iter().map(|n| some(n).map(|n| i64::from(n / 4))))),
            Arc::new(Int16Array::from_iter(numbers.iter().map(|n| some(n).map(|n| i16::from(n % 4))))),
        ],
        6 => vec![
            Arc::new(Int16Array::from_iter(numbers.iter().map(|n| Some(i16::from(n / 5))))),
            Arc::new(TimestampMillisecondArray::from_iter(numbers.iter().map(|n| some(n).map(i64::from)))),
            Arc::new(Int64Array::from_iter(numbers.iter().map(|n| (n % 5 > 1).then_some(i64::from(n % 3))))),
        ],
        _ => vec![
            Arc::new(StringViewArray::from_iter(texts())),
            Arc::new(Int64Array::from_iter(numbers.iter().map(|n| some(n).map(|n| i64::from(n % 2))))),
        ],
    }
}

proptest! {
    #[test]
    fn every_key_has_one_slot_until_it_is_forgotten(
        form in 0_usize..8,
        rounds in prop::collection::vec((prop::collection::vec(-20_i8..20, 1..40), prop::collection::vec(0_usize..30, 0..8)), 1..8),
    ) {
        let types: Vec<_> = columns_of(form, &[1]).iter().map(|column| column.data_type().clone()).collect();
        let mut table = KeyTable::new(&types).unwrap();
        let mut model: BTreeMap<String, Slot> = BTreeMap::new();
        for (numbers, forget) in rounds {
            let columns = columns_of(form, &numbers);
            let (slots, fresh) = resolve(&mut table, &columns);
            let mut expected_fresh = Vec::new();
            for (row, slot) in slots.iter().enumerate() {
                let known = model.entry(text_of(&columns, row)).or_insert_with(|| { expected_fresh.push(*slot); *slot });
                prop_assert_eq!(*known, *slot);
            }
            prop_assert_eq!(fresh, expected_fresh);
            let slots: Vec<Slot> = model.values().copied().collect();
            let keys = table.columns(&slots);
            for (row, text) in model.keys().enumerate() {
                prop_assert_eq!(&text_of(&keys, row), text);
            }
            for number in forget {
                let Some(key) = model.keys().nth(number).cloned() else { continue };
                let slot = model.remove(&key).unwrap();
                table.forget(slot);
            }
            prop_assert_eq!(table.len(), model.len());
            let mut known: Vec<Slot> = model.values().copied().collect();
            known.sort_unstable();
            prop_assert_eq!(table.slots().collect::<Vec<_>>(), known);
        }
        table.clear();
        prop_assert!(table.is_empty() && table.key_bytes == 0);
    }
}

#[test]
fn a_key_that_is_not_known_is_not_found() {
    let mut table = KeyTable::new(&[DataType::Utf8View]).unwrap();
    let known: Vec<ArrayRef> = vec![Arc::new(StringViewArray::from(vec!["a", "b"]))];
    let (slots, _) = resolve(&mut table, &known);
    let other: Vec<ArrayRef> = vec![Arc::new(StringViewArray::from(vec!["b", "c"]))];
    let mut hashes = Vec::new();
    hash_key(&other, 2, &mut hashes).unwrap();
    assert_eq!(table.find(&other, hashes[0], 0), Some(slots[1]));
    assert_eq!(table.find(&other, hashes[1], 1), None);
}

#[test]
fn without_columns_there_is_one_key() {
    let mut table = KeyTable::new(&[]).unwrap();
    let mut hashes = Vec::new();
    hash_key(&[], 3, &mut hashes).unwrap();
    let mut slots = Vec::new();
    table.resolve(&[], &hashes, 0..3, |_| {}, &mut slots);
    assert_eq!((slots[..].to_vec(), table.len()), (vec![0, 0, 0], 1));
    assert_eq!(table.find(&[], hashes[0], 0), Some(0));
    assert!(table.columns(&slots).is_empty());
    table.forget(0);
    assert!(table.is_empty() && table.find(&[], hashes[0], 0).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn long_batches_of_many_keys_are_resolved_as_row_by_row(
        batches in prop::collection::vec((prop::collection::vec(0_i64..700, 1..400), 0_i64..700), 1..6),
    ) {
        let (mut table, mut model) = (KeyTable::new(&[DataType::Int64]).unwrap(), BTreeMap::new());
        for (numbers, forgotten) in batches {
            let columns: Vec<ArrayRef> = vec![Arc::new(Int64Array::from(numbers.clone()))];
            let (slots, fresh) = resolve(&mut table, &columns);
            let mut expected_fresh = Vec::new();
            for (number, slot) in numbers.iter().zip(&slots) {
                let known = *model.entry(*number).or_insert_with(|| { expected_fresh.push(*slot); *slot });
                prop_assert_eq!(known, *slot);
            }
            prop_assert_eq!(fresh, expected_fresh);
            let all: Vec<ArrayRef> = vec![Arc::new(Int64Array::from_iter_values(0..700))];
            let (mut hashes, mut found) = (Vec::new(), Vec::new());
            hash_key(&all, 700, &mut hashes).unwrap();
            table.look_up(&all, &hashes, 0..700, &mut found);
            prop_assert_eq!(found, (0..700).map(|number| model.get(&number).copied()).collect::<Vec<_>>());
            for number in (0..700).filter(|number| number % 7 == forgotten % 7) {
                if let Some(slot) = model.remove(&number) {
                    table.forget(slot);
                }
            }
            prop_assert_eq!(table.len(), model.len());
        }
    }
}
