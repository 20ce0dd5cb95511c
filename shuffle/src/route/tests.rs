//! Who is connected with whom, and where keys go.

use arrow_array::record_batch;
use arrow_schema::SortOptions;
use memory::Batch;

use super::*;

#[test]
fn forward_joins_equal_numbers() {
    assert_eq!(Route::Forward.connects(2, 4, 4), 2..3);
    let unequal = std::panic::catch_unwind(|| Route::Forward.connects(2, 4, 3));
    assert!(unequal.is_err());
}

#[test]
fn rescale_connects_neighbours_evenly() {
    for senders in 1..12_u32 {
        for receivers in 1..12_u32 {
            let mut senders_of = vec![0; receivers as usize];
            for sender in 0..senders {
                let share = Route::Rescale.connects(sender, senders, receivers);
                assert!(!share.is_empty() && share.end <= receivers);
                share.for_each(|receiver| senders_of[receiver as usize] += 1);
            }
            let (least, most) = (senders_of.iter().min().unwrap(), senders_of.iter().max().unwrap());
            assert!(*least > 0 && most - least <= 1, "{senders} to {receivers}: {senders_of:?}");
        }
    }
}

#[test]
fn the_others_connect_everybody() {
    for route in [Route::Broadcast, Route::Rebalance, Route::Global] {
        assert_eq!(route.connects(1, 2, 5), 0..5);
    }
}

/// The targets of 100 rows whose keys are `key(row)`, with bounds cut from all of them.
fn ranges(key: impl Fn(i64) -> i64, order: SortOptions, count: u32) -> Vec<(i64, u32)> {
    let keys: Vec<i64> = (0..100).map(key).collect();
    let batch = Batch::new(record_batch!(("key", Int64, keys.clone())).unwrap());
    let bounds = RangeBounds::cut(&batch, &[(0, order)], count).unwrap();
    let mut targets = Vec::new();
    bounds.targets(&batch, &mut targets);
    keys.into_iter().zip(targets).collect()
}

#[test]
fn ranges_follow_each_other_and_are_about_equal() {
    for descending in [false, true] {
        let order = SortOptions { descending, nulls_first: true };
        let mut placed = ranges(|row| (row * 37) % 101, order, 4);
        placed.sort_unstable();
        if descending {
            placed.reverse();
        }
        assert!(placed.is_sorted_by_key(|(_, target)| *target));
        for range in 0..4 {
            assert_eq!(placed.iter().filter(|(_, target)| *target == range).count(), 25);
        }
    }
}

#[test]
fn equal_keys_stay_together() {
    let placed = ranges(|row| row % 2, SortOptions::default(), 8);
    for key in 0..2 {
        let mut targets = placed.iter().filter(|(other, _)| *other == key).map(|(_, target)| target);
        let first = targets.next().unwrap();
        assert!(targets.all(|target| target == first));
    }
}

#[test]
fn an_empty_sample_makes_one_range() {
    let batch = Batch::new(record_batch!(("key", Int64, Vec::<i64>::new())).unwrap());
    let bounds = RangeBounds::cut(&batch, &[(0, SortOptions::default())], 4).unwrap();
    assert_eq!(bounds.ranges(), 1);
}
