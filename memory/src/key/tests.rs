//! Promises of keys: one hash for one value, golden values, spread, and agreement with the row encoding.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::types::*;
use arrow_array::*;
use arrow_cast::cast;
use arrow_schema::{DataType, Field, SortOptions};
use arrow_select::concat::concat;
use proptest::prelude::*;

use super::*;

fn hashes(columns: &[ArrayRef]) -> Vec<u64> {
    let mut out = Vec::new();
    hash_key(columns, columns.first().map_or(0, |column| column.len()), &mut out).unwrap();
    out
}

fn hash(column: impl Array + 'static) -> Vec<u64> {
    hashes(&[Arc::new(column)])
}

/// The format. If one of these changes, every savepoint of every user is unreadable. (Computed once more by a
/// second implementation, in another language, but for the string of thirteen bytes.)
#[test]
fn golden_values() {
    assert_eq!(
        hash(Int64Array::from(vec![Some(0), Some(1), Some(-1), None])),
        [0x4bfc_cff4_c774_ffcf, 0x790d_7b18_3f90_98fe, 0xa4bc_53ec_4ec9_a064, 0x9e37_79b9_7f4a_7c15]
    );
    assert_eq!(
        hash(StringViewArray::from(vec!["", "millstream", "twelve bytes", "thirteen byte"])),
        [0x0119_9719_bdc2_f07b, 0xe298_5093_41ce_4fde, 0x585b_14aa_de19_ce2e, 0x4b80_261e_8aa5_9602]
    );
    assert_eq!(
        hash(Float64Array::from(vec![0.0, 1.5, f64::INFINITY])),
        [0x4bfc_cff4_c774_ffcf, 0xfc5a_11a2_f9e8_ed6e, 0x7d56_b72d_3c17_87f0]
    );
    assert_eq!(hash(Decimal128Array::from(vec![1_i128 << 100])), [0x217c_d8f2_d4cf_a310]);
    let lists = [Some(vec![Some(1), None]), Some(vec![])];
    assert_eq!(
        hash(ListArray::from_iter_primitive::<Int32Type, _, _>(lists)),
        [0xa454_d2ae_a83c_8ddd, 0x49d9_9889_341b_bf4b]
    );
    let pair: [ArrayRef; 2] = [Arc::new(Int32Array::from(vec![7])), Arc::new(StringArray::from(vec!["a"]))];
    assert_eq!(hashes(&pair), [0x827b_5108_c744_d75d]);
}

#[test]
fn the_width_of_a_number_does_not_matter() {
    let expected = hash(Int64Array::from(vec![Some(5), Some(-3), None, Some(100)]));
    let column: ArrayRef = Arc::new(Int64Array::from(vec![Some(5), Some(-3), None, Some(100)]));
    for narrow in [
        DataType::Int8,
        DataType::Int16,
        DataType::Int32,
        DataType::Decimal128(38, 0),
        DataType::Decimal64(18, 0),
    ] {
        assert_eq!(hashes(&[cast(&column, &narrow).unwrap()]), expected, "{narrow}");
    }
    assert_eq!(hash(Float32Array::from(vec![1.5, -0.0])), hash(Float64Array::from(vec![1.5, 0.0])));
}

#[test]
fn all_nans_are_one_key_and_so_are_both_zeroes() {
    let strange = f64::from_bits(0xfff8_0000_0000_1234);
    let hashes = hash(Float64Array::from(vec![f64::NAN, strange, 0.0, -0.0, 1.0]));
    assert_eq!(hashes[0], hashes[1]);
    assert_eq!(hashes[2], hashes[3]);
    assert_eq!(hashes.iter().collect::<HashSet<_>>().len(), 3);
}

#[test]
fn null_differs_from_every_neighbour() {
    let numbers = hash(Int64Array::from(vec![None, Some(0), Some(i64::MIN)]));
    let strings = hash(StringViewArray::from(vec![None, Some(""), Some("null")]));
    for hashes in [numbers, strings] {
        assert_eq!(hashes.iter().collect::<HashSet<_>>().len(), 3);
    }
    assert_eq!(hash(NullArray::new(1)), hash(Int64Array::from(vec![None])));
}

/// Keys of several columns: neither their order nor the border between them may be lost.
#[test]
fn columns_do_not_run_together() {
    let strings = |a: &str, b: &str| -> u64 {
        hashes(&[Arc::new(StringArray::from(vec![a])), Arc::new(StringArray::from(vec![b]))])[0]
    };
    let all =
        [strings("ab", "c"), strings("a", "bc"), strings("c", "ab"), strings("abc", ""), strings("", "abc")];
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
}

#[test]
fn lists_and_structs_are_keys_too() {
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>([
        Some(vec![Some(1), Some(2)]),
        Some(vec![Some(1)]),
        Some(vec![]),
        None,
        Some(vec![None]),
        Some(vec![Some(1), Some(2)]),
    ]);
    let all = hash(lists.clone());
    assert_eq!(all[0], all[5]);
    assert_eq!(all[..5].iter().collect::<HashSet<_>>().len(), 5);
    assert_eq!(hash(lists.slice(1, 3)), all[1..4]);
    let large =
        cast(&lists, &DataType::LargeList(Arc::new(Field::new_list_field(DataType::Int64, true)))).unwrap();
    assert_eq!(hashes(&[large]), all);

    let members: Vec<(Arc<Field>, ArrayRef)> = vec![
        (Arc::new(Field::new("a", DataType::Int32, true)), Arc::new(Int32Array::from(vec![1, 1, 2]))),
        (Arc::new(Field::new("b", DataType::Utf8, true)), Arc::new(StringArray::from(vec!["x", "y", "x"]))),
    ];
    assert_eq!(hash(StructArray::from(members)).iter().collect::<HashSet<_>>().len(), 3);
}

#[test]
fn a_key_without_columns_is_one_key() {
    let mut out = vec![1, 2, 3];
    hash_key(&[], 2, &mut out).unwrap();
    assert_eq!(out.len(), 2);
    assert_eq!(out[0], out[1]);
}

#[test]
fn what_cannot_be_a_key_is_named() {
    let ends = Int32Array::from(vec![2]);
    let runs = RunArray::try_new(&ends, &Int32Array::from(vec![7])).unwrap();
    assert!(!can_be_key(&Field::new("runs", runs.data_type().clone(), true)));
    let mut out = Vec::new();
    let error = hash_key(&[Arc::new(runs)], 2, &mut out).unwrap_err();
    assert!(error.to_string().contains("RunEndEncoded"), "{error}");
    assert!(!error.retry_may_help());
}

#[test]
fn a_float_inside_a_key_is_refused_by_rows() {
    let order = SortOptions { descending: false, nulls_first: true };
    let list = DataType::List(Arc::new(Field::new_list_field(DataType::Float64, true)));
    let error = KeyCodec::new(&[(DataType::Int64, order), (list, order)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a comparable key cannot have a column of type List(Float64); cast the column first"
    );
}

#[test]
fn an_unsigned_number_is_the_decimal_of_the_same_value() {
    let numbers: Vec<u64> = vec![0, 5, 1 << 63, u64::MAX];
    let decimals = Decimal128Array::from_iter_values(numbers.iter().map(|n| i128::from(*n)));
    assert_eq!(hash(UInt64Array::from(numbers)), hash(decimals.with_precision_and_scale(20, 0).unwrap()));
}

/// Regular keys (counters, multiples, dates) must spread over groups, table slots and tags alike. For uniform
/// hashes the chi-square of `n` cells is about `n`, with a deviation of `sqrt(2n)`: six of them is chance
/// once in a billion.
#[test]
fn regular_keys_spread_evenly() {
    let groups = KeyGroups::default();
    type Series = (&'static str, fn(i64) -> i64);
    type Cell = (&'static str, fn(u64, KeyGroups) -> usize);
    let series: [Series; 6] = [
        ("counter", |n| n),
        ("even", |n| n * 2),
        ("pages", |n| n * 4096),
        ("high", |n| n << 40),
        ("milliseconds", |n| 1_700_000_000_000 + n * 1000),
        ("negative", |n| -n),
    ];
    for (name, key) in series {
        let hashes = hash(Int64Array::from_iter_values((0..100_000).map(key)));
        assert_eq!(hashes.iter().collect::<HashSet<_>>().len(), hashes.len(), "{name}: distinct");
        let cells: [Cell; 3] = [
            ("group", |hash, groups| groups.of(hash) as usize),
            ("tag", |hash, _| (hash >> 57) as usize),
            ("slot", |hash, _| (hash & 127) as usize),
        ];
        for (cell, of) in cells {
            let mut counts = [0_f64; 128];
            hashes.iter().for_each(|hash| counts[of(*hash, groups)] += 1.0);
            let expected = hashes.len() as f64 / 128.0;
            let chi: f64 = counts.iter().map(|count| (count - expected).powi(2) / expected).sum();
            assert!(chi < 128.0 + 6.0 * 16.0, "{name}: {cell} has chi-square {chi}");
        }
    }
}

/// Flipping one bit of a key flips about half of the bits of its hash.
#[test]
fn every_bit_of_a_number_matters() {
    let keys: Vec<i64> = (0..2000).map(|n: i64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as i64)).collect();
    let base = hash(Int64Array::from(keys.clone()));
    for bit in 0..64 {
        let flipped = hash(Int64Array::from_iter_values(keys.iter().map(|key| key ^ (1 << bit))));
        let changed: u32 = base.iter().zip(&flipped).map(|(a, b)| (a ^ b).count_ones()).sum();
        let mean = f64::from(changed) / keys.len() as f64;
        assert!((24.0..40.0).contains(&mean), "bit {bit} changes {mean} bits");
    }
}

/// Every layout of the same strings.
fn layouts(strings: &[Option<String>]) -> Vec<ArrayRef> {
    let plain: ArrayRef = Arc::new(StringArray::from(strings.to_vec()));
    let padded: ArrayRef = Arc::new(StringArray::from(vec![Some("padding"), None]));
    let sliced = concat(&[&padded, &plain, &padded]).unwrap().slice(2, strings.len());
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let view = cast(&plain, &DataType::Utf8View).unwrap();
    vec![
        cast(&plain, &DataType::LargeUtf8).unwrap(),
        cast(&plain, &dictionary).unwrap(),
        cast(&plain, &DataType::Binary).unwrap(),
        cast(&view, &DataType::BinaryView).unwrap(),
        cast(&sliced, &DataType::Utf8View).unwrap(),
        view,
        sliced,
    ]
}

fn strings() -> impl Strategy<Value = Vec<Option<String>>> {
    prop::collection::vec(prop::option::of(".{0,20}"), 1..30)
}

fn floats() -> impl Strategy<Value = Vec<Option<f64>>> {
    let value = prop_oneof![any::<f64>(), Just(0.0), Just(-0.0), Just(f64::NAN), Just(-f64::NAN)];
    prop::collection::vec(prop::option::of(value), 1..30)
}

proptest! {
    #[test]
    fn the_layout_of_strings_does_not_matter(strings in strings()) {
        let expected = hash(StringArray::from(strings.clone()));
        for column in layouts(&strings) {
            let layout = column.data_type().clone();
            prop_assert_eq!(&hashes(&[column]), &expected, "{}", layout);
        }
    }

    /// Two keys have equal rows exactly when they have equal hashes, and rows decode to what was encoded.
    #[test]
    fn rows_are_equal_when_hashes_are(floats in floats(), strings in strings()) {
        let rows = floats.len().min(strings.len());
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Float64Array::from(floats[..rows].to_vec())),
            Arc::new(StringViewArray::from_iter(strings[..rows].iter().map(Option::as_deref))),
        ];
        let order = SortOptions { descending: false, nulls_first: true };
        let codec = KeyCodec::new(&[(DataType::Float64, order), (DataType::Utf8View, order)]).unwrap();
        let keys = codec.encode(&columns);
        let hashes = hashes(&columns);
        for a in 0..rows {
            for b in 0..rows {
                prop_assert_eq!(keys.get(a) == keys.get(b), hashes[a] == hashes[b]);
            }
        }
        let decoded = codec.decode(&keys, 0..rows);
        prop_assert_eq!(&decoded[1], &columns[1]);
        let floats = decoded[0].as_any().downcast_ref::<Float64Array>().unwrap();
        for (decoded, float) in floats.iter().zip(&floats_canonical(&columns[0])) {
            prop_assert_eq!(decoded.map(f64::to_bits), float.map(f64::to_bits));
        }
    }

    /// Rows compare as the values do, in both directions and with nulls at either end.
    #[test]
    fn rows_compare_as_values_do(
        values in prop::collection::vec((prop::option::of(-5i64..5), prop::option::of("[a-c]{0,3}")), 1..20),
        descending: bool, nulls_first: bool,
    ) {
        let order = SortOptions { descending, nulls_first };
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from_iter(values.iter().map(|value| value.0))),
            Arc::new(StringViewArray::from_iter(values.iter().map(|value| value.1.as_deref()))),
        ];
        let keys = KeyCodec::new(&[(DataType::Int64, order), (DataType::Utf8View, order)]).unwrap().encode(&columns);
        let compare = |a: &Option<String>, b: &Option<String>| in_order(a, b, order);
        for (a, left) in values.iter().enumerate() {
            for (b, right) in values.iter().enumerate() {
                let expected = in_order(&left.0, &right.0, order).then_with(|| compare(&left.1, &right.1));
                prop_assert_eq!(keys.get(a).cmp(keys.get(b)), expected);
            }
        }
    }
}

fn floats_canonical(column: &ArrayRef) -> Vec<Option<f64>> {
    let floats = column.as_any().downcast_ref::<Float64Array>().unwrap();
    floats.iter().map(|value| value.map(word::canonical_float)).collect()
}

fn in_order<T: Ord>(a: &Option<T>, b: &Option<T>, order: SortOptions) -> std::cmp::Ordering {
    match (a, b) {
        (Some(a), Some(b)) if order.descending => b.cmp(a),
        (Some(a), Some(b)) => a.cmp(b),
        (None, None) => std::cmp::Ordering::Equal,
        (None, _) if order.nulls_first => std::cmp::Ordering::Less,
        (None, _) => std::cmp::Ordering::Greater,
        (_, None) if order.nulls_first => std::cmp::Ordering::Greater,
        (_, None) => std::cmp::Ordering::Less,
    }
}
