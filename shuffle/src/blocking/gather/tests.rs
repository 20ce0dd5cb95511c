//! Promises of gathering, against taking row by row.

use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{
    ArrayRef, BooleanArray, DictionaryArray, Int8Array, ListArray, StringArray, StringViewArray, StructArray,
    UnionArray,
};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{Field, UnionFields};
use arrow_select::concat::concat_batches;
use proptest::prelude::*;

use super::*;
use crate::random::{all_types, random_batch};

/// Rows as Arrow prints them: equal for dictionaries with the same words behind other keys.
fn shown(batches: &[RecordBatch]) -> Vec<String> {
    let rows = |batch: &RecordBatch| {
        (0..batch.num_rows()).map(|row| format!("{:?}", plain(&batch.slice(row, 1)))).collect::<Vec<_>>()
    };
    batches.iter().flat_map(rows).collect()
}

/// Dictionaries replaced by their words, at the top and one level below.
fn plain(row: &RecordBatch) -> Vec<ArrayRef> {
    row.columns().iter().map(|column| words(column)).collect()
}

fn words(column: &ArrayRef) -> ArrayRef {
    use arrow_array::cast::AsArray;
    match column.data_type() {
        DataType::Dictionary(_, _) => {
            let dictionary = column.as_any_dictionary();
            arrow_select::take::take(dictionary.values(), dictionary.keys(), None).unwrap()
        }
        DataType::List(_) => words(&column.as_list::<i32>().value(0)),
        DataType::Struct(_) => words(column.as_struct().column(0)),
        _ => column.clone(),
    }
}

fn batch_of(column: ArrayRef) -> RecordBatch {
    RecordBatch::try_from_iter([("column", column)]).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn rows_of_any_type_come_in_the_order_asked_for(
        seed: u64,
        types in prop::sample::subsequence(all_types(), 0..6),
        sizes in prop::collection::vec(1usize..50, 1..6),
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..200),
    ) {
        let all = random_batch(seed, sizes.iter().sum(), &types);
        let mut batches = Vec::new();
        for size in &sizes {
            let first: usize = batches.iter().map(RecordBatch::num_rows).sum();
            batches.push(all.slice(first, *size));
        }
        let places: Vec<Place> = places
            .iter()
            .map(|(batch, row)| (batch.index(sizes.len()), row))
            .map(|(batch, row)| (batch as u32, row.index(sizes[batch]) as u32))
            .collect();
        let one_by_one: Vec<RecordBatch> =
            places.iter().map(|(batch, row)| batches[*batch as usize].slice(*row as usize, 1)).collect();
        prop_assert_eq!(shown(&gather(&batches, &places)), shown(&one_by_one));
    }
}

/// A hundred words of its own in each batch, with keys for 128.
fn dictionary(batch: usize) -> DictionaryArray<Int8Type> {
    (0..100)
        .map(|word| Some(format!("word {batch} {word}")))
        .collect::<Vec<_>>()
        .iter()
        .map(Option::as_deref)
        .collect()
}

#[test]
fn more_words_than_keys_make_more_batches() {
    let viewed = |batch| {
        let words: Vec<String> = (0..100).map(|word| format!("word {batch} {word}")).collect();
        let keys = Int8Array::from_iter_values(0..100);
        Arc::new(DictionaryArray::new(keys, Arc::new(StringViewArray::from(words)))) as ArrayRef
    };
    let flat = |batch| Arc::new(dictionary(batch)) as ArrayRef;
    let in_list = |batch| {
        let field = Arc::new(Field::new_list_field(flat(batch).data_type().clone(), true));
        let ends = OffsetBuffer::from_lengths(std::iter::repeat_n(1, 100));
        Arc::new(ListArray::new(field, ends, flat(batch), None)) as ArrayRef
    };
    let in_struct = |batch| {
        let field = Arc::new(Field::new("word", flat(batch).data_type().clone(), true));
        Arc::new(StructArray::from(vec![(field, flat(batch))])) as ArrayRef
    };
    let viewed_in_struct = |batch| {
        let field = Arc::new(Field::new("word", viewed(batch).data_type().clone(), true));
        Arc::new(StructArray::from(vec![(field, viewed(batch))])) as ArrayRef
    };
    let kinds: [&dyn Fn(usize) -> ArrayRef; 5] = [&flat, &viewed, &in_list, &in_struct, &viewed_in_struct];
    for kind in kinds {
        let batches: Vec<RecordBatch> = (0..3).map(|batch| batch_of(kind(batch))).collect();
        let places: Vec<Place> = (0..300).map(|n| (n % 3, n / 3)).collect();
        let gathered = gather(&batches, &places);
        let one_by_one: Vec<RecordBatch> =
            places.iter().map(|(batch, row)| batches[*batch as usize].slice(*row as usize, 1)).collect();
        assert_eq!(shown(&gathered), shown(&one_by_one), "{}", batches[0].schema());
        assert!(gathered.len() > 1, "{}", batches[0].schema());
    }
}

/// A few words that all batches share are no reason to cut.
#[test]
fn the_same_few_words_stay_in_one_batch() {
    let batch = || {
        let colours = ["red", "green", "blue"].repeat(10);
        batch_of(Arc::new(colours.into_iter().map(Some).collect::<DictionaryArray<Int8Type>>()))
    };
    let batches: Vec<RecordBatch> = (0..60).map(|_| batch()).collect();
    let places: Vec<Place> = (0..1800).map(|n| (n % 60, n / 60)).collect();
    assert_eq!(gather(&batches, &places).len(), 1);
}

#[test]
fn types_without_a_merge_of_their_own_are_gathered_too() {
    let union = |first: i8| {
        let fields = UnionFields::try_new(
            [0, 1],
            [Field::new("flag", DataType::Boolean, true), Field::new("text", DataType::Utf8, true)],
        );
        let children: Vec<ArrayRef> = vec![
            Arc::new(BooleanArray::from(vec![true, false])),
            Arc::new(StringArray::from(vec!["a", "b"])),
        ];
        UnionArray::try_new(fields.unwrap(), vec![first, 1 - first].into(), None, children).unwrap()
    };
    let batches = [batch_of(Arc::new(union(0))), batch_of(Arc::new(union(1)))];
    let gathered = gather(&batches, &[(0, 1), (1, 0), (1, 1), (0, 0)]);
    let rows = concat_batches(&batches[0].schema(), &gathered).unwrap();
    let expected =
        [(0, 1), (1, 0), (1, 1), (0, 0)].map(|(batch, row): (usize, usize)| batches[batch].slice(row, 1));
    assert_eq!(rows, concat_batches(&batches[0].schema(), &expected).unwrap());
}

#[test]
fn neighbours_of_one_batch_are_not_copied() {
    let batch = batch_of(Arc::new(StringArray::from(vec!["a", "b", "c", "d"])));
    let gathered = gather(std::slice::from_ref(&batch), &[(0, 1), (0, 2)]);
    assert_eq!(gathered, [batch.slice(1, 2)]);
    let (whole, part) = (batch.column(0).to_data(), gathered[0].column(0).to_data());
    assert_eq!(part.buffers()[1].as_ptr(), whole.buffers()[1].as_ptr());
}
