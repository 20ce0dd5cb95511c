//! Arrays and maps: nulls in them, nothing in them, elements that are arrays.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, ListArray, RecordBatch};
use arrow_schema::{Field, Schema};
use proptest::prelude::*;

use super::reader::check;
use crate::{Expr, Program, function};

#[test]
fn elements_are_found_by_place() {
    check(&[
        ("ITEM(`ARRAY`(1, 2), 1)", "1"),
        ("ITEM(`ARRAY`(1, 2), 0)", "error: the elements of an array are counted from 1: there is none at 0"),
        ("ITEM(`ARRAY`(1, 2), 3)", "NULL"),
        ("ITEM(NULL, 1)", "NULL"),
        ("ITEM(`MAP`('a', 1, 'b', 2), 'b')", "2"),
        ("ITEM(`MAP`('a', 1), 'x')", "NULL"),
        ("ITEM(STR_TO_MAP('k1=v1'), NULL)", "NULL"),
        ("CARDINALITY(`ARRAY`())", "0"),
        ("CARDINALITY(`MAP`('a', 1, 'a', 2))", "1"),
        ("CARDINALITY(SPLIT(NULL, ','))", "NULL"),
        ("ELEMENT(`ARRAY`(7))", "7"),
        ("ELEMENT(`ARRAY`())", "NULL"),
        ("ELEMENT(`ARRAY`(1, 2))", "error: ELEMENT takes an array of one element, not of 2"),
        ("`ARRAY`(1, 2.5)", "[1.0, 2.5]"),
        ("`ARRAY`(`ARRAY`(1), NULL)", "[[1], NULL]"),
        ("`ARRAY`(1, 'a')", "error: ARRAY does not take INT, STRING"),
        ("ARRAY_APPEND(`ARRAY`(1), NULL)", "[1, NULL]"),
        ("ARRAY_APPEND(`ARRAY`(1), 2.5)", "[1.0, 2.5]"),
        ("ARRAY_PREPEND(CAST(NULL AS ARRAY<INT>), 1)", "NULL"),
        ("ARRAY_CONCAT(`ARRAY`(1), `ARRAY`(), `ARRAY`(2))", "[1, 2]"),
        ("ARRAY_CONCAT(`ARRAY`(1), CAST(NULL AS ARRAY<INT>))", "NULL"),
        ("ARRAY_REVERSE(`ARRAY`(1, NULL, 3))", "[3, NULL, 1]"),
        ("ARRAY_SLICE(`ARRAY`(1, 2, 3), 2)", "[2, 3]"),
        ("ARRAY_SLICE(`ARRAY`(1, 2, 3), 0, 2)", "[1, 2]"),
        ("ARRAY_SLICE(`ARRAY`(1, 2, 3), -5, 2)", "[1, 2]"),
        ("ARRAY_SLICE(`ARRAY`(1, 2, 3), 3, 2)", "[]"),
        ("ARRAY_SLICE(`ARRAY`(1, 2, 3), 7, 9)", "[]"),
        ("ARRAY_SLICE(`ARRAY`(1, 2, 3), -9, -7)", "[]"),
        ("ARRAY_SLICE(`ARRAY`(1, 2, 3), NULL, 2)", "NULL"),
        ("ARRAY_JOIN(`ARRAY`('a', NULL, 'b'), '-')", "a-b"),
        ("ARRAY_JOIN(`ARRAY`('a', NULL, 'b'), '-', '?')", "a-?-b"),
        ("ARRAY_JOIN(`ARRAY`('a'), NULL)", "NULL"),
        ("ARRAY_JOIN(`ARRAY`('a'), '-', NULL)", "NULL"),
    ]);
}

#[test]
fn equal_elements_are_known() {
    check(&[
        ("ARRAY_CONTAINS(`ARRAY`(1, NULL), NULL)", "TRUE"),
        ("ARRAY_CONTAINS(`ARRAY`(1, 2), NULL)", "FALSE"),
        ("ARRAY_CONTAINS(`ARRAY`(NULL), NULL)", "TRUE"),
        ("ARRAY_DISTINCT(`ARRAY`(NULL, NULL))", "[NULL]"),
        ("ARRAY_SORT(`ARRAY`(NULL, NULL))", "[NULL, NULL]"),
        ("ARRAY_CONTAINS(`ARRAY`(1, 2), CAST(2 AS BIGINT))", "TRUE"),
        ("ARRAY_CONTAINS(`ARRAY`(`ARRAY`(1), `ARRAY`(2)), `ARRAY`(2))", "TRUE"),
        ("ARRAY_CONTAINS(`ARRAY`(ROW(1, 'a')), ROW(1, 'a'))", "TRUE"),
        ("ARRAY_CONTAINS(CAST(NULL AS ARRAY<INT>), 1)", "NULL"),
        ("ARRAY_CONTAINS(`ARRAY`(1), 'a')", "error: ARRAY_CONTAINS does not take ARRAY<INT>, STRING"),
        ("ARRAY_POSITION(`ARRAY`(1, 2, 2), 2)", "2"),
        ("ARRAY_POSITION(`ARRAY`(1), 3)", "0"),
        ("ARRAY_POSITION(`ARRAY`(1, NULL), NULL)", "NULL"),
        ("ARRAY_REMOVE(`ARRAY`(1, NULL, 1), NULL)", "[1, 1]"),
        ("ARRAY_DISTINCT(`ARRAY`(1, NULL, 1, NULL))", "[1, NULL]"),
        ("ARRAY_UNION(`ARRAY`(1, 1), `ARRAY`(2.5, NULL))", "[1.0, 2.5, NULL]"),
        ("ARRAY_EXCEPT(`ARRAY`(1, 1, NULL), `ARRAY`(2))", "[1, NULL]"),
        ("ARRAY_INTERSECT(`ARRAY`(1, NULL, 1), `ARRAY`(NULL, 1))", "[1, NULL]"),
        ("ARRAY_UNION(`ARRAY`(1), NULL)", "NULL"),
        ("ARRAY_MAX(`ARRAY`(1, NULL, 3))", "3"),
        ("ARRAY_MIN(`ARRAY`(CAST(NULL AS INT)))", "NULL"),
        ("ARRAY_MAX(CAST(`ARRAY`() AS ARRAY<INT>))", "NULL"),
        ("ARRAY_SORT(`ARRAY`(2, NULL, 1))", "[NULL, 1, 2]"),
        ("ARRAY_SORT(`ARRAY`(2, NULL, 1), FALSE)", "[2, 1, NULL]"),
        ("ARRAY_SORT(`ARRAY`(2, NULL, 1), FALSE, TRUE)", "[NULL, 2, 1]"),
        ("ARRAY_SORT(`ARRAY`(2, NULL, 1), TRUE, FALSE)", "[1, 2, NULL]"),
        ("ARRAY_SORT(`ARRAY`(2), CAST(NULL AS BOOLEAN))", "NULL"),
    ]);
}

#[test]
fn of_equal_keys_the_last_one_counts() {
    check(&[
        ("`MAP`('a', 1, 'b', NULL, 'a', 3)", "{a=3, b=NULL}"),
        ("`MAP`(1, 'a', 2.5, 'b')", "{1.0=a, 2.5=b}"),
        ("`MAP`('a', 1, NULL, 2)", "error: a key of a MAP is null"),
        ("`MAP`('a')", "error: MAP does not take STRING"),
        ("MAP_KEYS(`MAP`('a', 1))", "[a]"),
        ("MAP_VALUES(`MAP`('a', 1, 'b', NULL))", "[1, NULL]"),
        ("MAP_ENTRIES(`MAP`('a', 1))", "[(a, 1)]"),
        ("MAP_KEYS(NULL)", "NULL"),
        ("MAP_FROM_ARRAYS(`ARRAY`('a', 'a'), `ARRAY`(1, 2))", "{a=2}"),
        (
            "MAP_FROM_ARRAYS(`ARRAY`('a'), `ARRAY`(1, 2))",
            "error: MAP_FROM_ARRAYS takes as many keys as values, not a map of 1 keys and 2 values",
        ),
        ("MAP_FROM_ARRAYS(CAST(NULL AS ARRAY<STRING>), `ARRAY`(1))", "NULL"),
        ("MAP_UNION(`MAP`('a', 1), `MAP`('b', 2.5), `MAP`('a', 3))", "{a=3.0, b=2.5}"),
        ("MAP_UNION(STR_TO_MAP('a=1'), STR_TO_MAP(NULL))", "NULL"),
    ]);
}

type Lists = Vec<Option<Vec<Option<i32>>>>;

fn lists() -> impl Strategy<Value = Lists> {
    let element = prop::option::weighted(0.8, 0..5_i32);
    prop::collection::vec(prop::option::weighted(0.8, prop::collection::vec(element, 0..6)), 6)
}

/// A function of two columns of arrays, over slices of longer ones.
fn evaluate(name: &str, columns: &[&Lists]) -> Lists {
    let column = |lists: &&Lists| -> ArrayRef {
        let lists = [None, Some(vec![Some(9)])].into_iter().chain(lists.iter().cloned());
        Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists).slice(2, 6))
    };
    let arrays: Vec<ArrayRef> = columns.iter().map(column).collect();
    let field = |array: &ArrayRef| Field::new("", array.data_type().clone(), true);
    let schema = Arc::new(Schema::new(arrays.iter().map(field).collect::<Vec<_>>()));
    let arguments = (0..arrays.len()).map(Expr::Column).collect();
    let call = Expr::Call { function: function(name).unwrap(), arguments };
    let made = Program::compile(&call, &schema)
        .unwrap()
        .evaluate(&RecordBatch::try_new(schema, arrays).unwrap())
        .unwrap();
    let of_row = |row: Option<ArrayRef>| row.map(|row| row.as_primitive::<Int32Type>().iter().collect());
    made.as_list::<i32>().iter().map(of_row).collect()
}

fn of_both(
    one: &Lists,
    other: &Lists,
    of: impl Fn(&[Option<i32>], &[Option<i32>]) -> Vec<Option<i32>>,
) -> Lists {
    one.iter().zip(other).map(|(one, other)| Some(of(one.as_ref()?, other.as_ref()?))).collect()
}

fn once(elements: impl IntoIterator<Item = Option<i32>>) -> Vec<Option<i32>> {
    let mut known = Vec::new();
    elements.into_iter().for_each(|element| {
        if !known.contains(&element) {
            known.push(element)
        }
    });
    known
}

proptest! {
    #[test]
    fn sets_are_those_of_a_plain_loop(one in lists(), other in lists()) {
        let union = of_both(&one, &other, |one, other| once([one, other].concat()));
        prop_assert_eq!(evaluate("ARRAY_UNION", &[&one, &other]), union);
        let except = of_both(&one, &other, |one, other| once(one.iter().filter(|element| !other.contains(element)).copied()));
        prop_assert_eq!(evaluate("ARRAY_EXCEPT", &[&one, &other]), except);
        let shared = of_both(&one, &other, |one, other| once(one.iter().filter(|element| other.contains(element)).copied()));
        prop_assert_eq!(evaluate("ARRAY_INTERSECT", &[&one, &other]), shared);
        let all = of_both(&one, &other, |one, other| [one, other].concat());
        prop_assert_eq!(evaluate("ARRAY_CONCAT", &[&one, &other]), all);
        let sorted = of_both(&one, &one, |one, _| { let mut one = one.to_vec(); one.sort(); one });
        prop_assert_eq!(evaluate("ARRAY_SORT", &[&one]), sorted);
    }

    #[test]
    fn maps_of_arrays_are_maps(pairs in prop::collection::vec((0..5_i32, 0..9_i32), 0..8)) {
        let (keys, values): (Vec<String>, Vec<String>) =
            pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).unzip();
        let list = |all: &[String]| format!("CAST(`ARRAY`({}) AS ARRAY<INT>)", all.join(", "));
        let map = format!("MAP_FROM_ARRAYS({}, {})", list(&keys), list(&values));
        let expected: BTreeMap<i32, i32> = pairs.into_iter().collect();
        let written = |all: Vec<i32>| format!("[{}]", all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
        check(&[
            (&format!("ARRAY_SORT(MAP_KEYS({map}))"), &written(expected.keys().copied().collect())),
            (&format!("CARDINALITY({map})"), &expected.len().to_string()),
        ]);
        for (key, value) in &expected {
            check(&[(&format!("ITEM({map}, {key})"), &value.to_string())]);
        }
    }
}
