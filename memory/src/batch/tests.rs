//! Promises of batches.

use arrow_array::record_batch;
use proptest::prelude::*;

use super::*;

fn clicks() -> Batch {
    let columns = record_batch!(("url", Utf8View, ["a", "b", "c", "d"]), ("n", Int64, [1, 2, 3, 4])).unwrap();
    let kinds =
        RowKinds::new([RowKind::Insert, RowKind::UpdateBefore, RowKind::UpdateAfter, RowKind::Delete]);
    Batch::new(columns).with_kinds(Some(kinds)).with_hashes(Some(vec![10, 20, 30, 40].into()))
}

#[test]
fn compacting_takes_kinds_and_hashes_along() {
    let batch = clicks().narrow(&BooleanArray::from(vec![false, true, false, true])).compact();
    assert_eq!(batch.columns(), &record_batch!(("url", Utf8View, ["b", "d"]), ("n", Int64, [2, 4])).unwrap());
    assert_eq!(batch.kinds(), Some(&RowKinds::new([RowKind::UpdateBefore, RowKind::Delete])));
    assert_eq!(batch.hashes().map(|hashes| &hashes[..]), Some(&[20, 40][..]));
    assert!(batch.selection().is_none());
}

#[test]
fn a_selection_of_all_rows_costs_no_copy() {
    let before = clicks();
    let after = before.clone().narrow(&BooleanArray::from(vec![true; 4])).compact();
    assert_eq!(after, before);
    assert!(std::sync::Arc::ptr_eq(before.columns().column(0), after.columns().column(0)));
}

#[test]
fn rows_without_columns_can_be_selected() {
    let options = RecordBatchOptions::new().with_row_count(Some(3));
    let none =
        RecordBatch::try_new_with_options(arrow_schema::Schema::empty().into(), vec![], &options).unwrap();
    let batch = Batch::new(none).narrow(&BooleanArray::from(vec![true, false, true])).compact();
    assert_eq!(batch.columns().num_rows(), 2);
}

#[test]
fn a_slice_takes_its_part_of_everything() {
    let batch = clicks().slice(1, 2);
    assert_eq!(batch.rows(), 2);
    assert_eq!(batch.kinds(), Some(&RowKinds::new([RowKind::UpdateBefore, RowKind::UpdateAfter])));
    assert_eq!(batch.hashes().map(|hashes| &hashes[..]), Some(&[20, 30][..]));
}

#[test]
#[should_panic(expected = "last")]
fn a_selected_row_that_does_not_exist_is_a_bug() {
    let _refused = clicks().with_selection(Selection::new(vec![4]));
}

proptest! {
    /// Narrowing by masks equals filtering a list of row numbers.
    #[test]
    fn narrowing_equals_filtering_a_list(masks in prop::collection::vec(prop::collection::vec(any::<bool>(), 50), 1..4)) {
        let numbers: Vec<i64> = (0..50).collect();
        let mut list = numbers.clone();
        let mut batch = Batch::new(record_batch!(("n", Int64, numbers)).unwrap());
        for mask in masks {
            let mask = &mask[..list.len()];
            batch = batch.narrow(&BooleanArray::from(mask.to_vec()));
            list = list.iter().zip(mask).filter(|(_, keep)| **keep).map(|(n, _)| *n).collect();
        }
        let batch = batch.compact();
        prop_assert_eq!(batch.columns(), &record_batch!(("n", Int64, list)).unwrap());
    }
}
