//! In which order results leave the queue, against a plain list of what came.

use std::collections::BTreeMap;

use shuffle::Watermark;

use crate::async_io::AsyncOrder;
use crate::async_io::queue::{Due, Leaving, Queue};
use crate::stand::Chance;

/// What has come, and what has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    Row(u64),
    Mark(i64),
}

fn leave(queue: &mut Queue<u64, u64>, left: &mut Vec<Item>) {
    loop {
        match queue.leave() {
            Leaving::Rows(time, rows) => {
                assert_eq!(rows, [u64::try_from(time).unwrap()]);
                left.push(Item::Row(rows[0]));
            }
            Leaving::Mark(now) => left.push(Item::Mark(now.0)),
            Leaving::Nothing => return,
        }
    }
}

/// Rows and watermarks come, rows are finished by chance; what came, and what left after each step.
fn random(order: AsyncOrder, seed: u64) -> (Vec<Item>, Vec<Item>) {
    let chance = &mut Chance(seed);
    let mut queue = Queue::new(order);
    let (mut came, mut left, mut open, mut marks) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for number in 0..30 {
        queue.push(number, i64::try_from(number).unwrap(), None);
        came.push(Item::Row(number));
        open.push(number);
        if chance.one_in(4) {
            marks += 1;
            queue.mark(Watermark(marks));
            came.push(Item::Mark(marks));
        }
        while !open.is_empty() && (number == 29 || chance.one_in(2)) {
            let row = open.swap_remove(chance.below(open.len()));
            queue.finish(row, vec![row]);
            leave(&mut queue, &mut left);
            if order == AsyncOrder::Unordered {
                check_nothing_is_held_back(&came, &left, &open);
            }
        }
    }
    assert!(queue.is_empty());
    (came, left)
}

/// Unordered: what has a result, and has no open row before its last watermark, has left.
fn check_nothing_is_held_back(came: &[Item], left: &[Item], open: &[u64]) {
    let first_open = open.iter().min().copied().unwrap_or(u64::MAX);
    let place = came.iter().position(|item| *item == Item::Row(first_open)).unwrap_or(came.len());
    let is_mark = |item: &Item| matches!(item, Item::Mark(_));
    let end = came[place..].iter().position(is_mark).map_or(came.len(), |mark| place + mark);
    for item in &came[..end] {
        let is_open = matches!(item, Item::Row(row) if open.contains(row));
        assert_eq!(left.contains(item), !is_open, "{item:?}");
    }
}

#[test]
fn ordered_results_leave_as_their_rows_came() {
    for seed in 0..3_000 {
        let (came, left) = random(AsyncOrder::Ordered, seed);
        assert_eq!(left, came, "seed {seed}");
    }
}

#[test]
fn unordered_results_leave_on_their_side_of_each_watermark() {
    let between = |items: &[Item]| {
        let mut parts: BTreeMap<usize, Vec<Item>> = BTreeMap::new();
        let mut part = 0;
        for item in items {
            part += usize::from(matches!(item, Item::Mark(_)));
            parts.entry(part).or_default().push(*item);
        }
        parts.values_mut().for_each(|part| part.sort_unstable());
        parts
    };
    let mut swapped = 0;
    for seed in 0..3_000 {
        let (came, left) = random(AsyncOrder::Unordered, seed);
        assert_eq!(between(&left), between(&came), "seed {seed}");
        swapped += u32::from(left != came);
    }
    assert!(swapped > 2_000, "only {swapped} were swapped at all");
}

#[test]
fn a_watermark_waits_for_the_rows_before_it_and_the_last_of_several_counts() {
    let mut queue = Queue::new(AsyncOrder::Ordered);
    let mut left = Vec::new();
    queue.mark(Watermark(1));
    queue.push(0, 0, None);
    queue.mark(Watermark(2));
    queue.mark(Watermark(3));
    leave(&mut queue, &mut left);
    assert_eq!(left, [Item::Mark(1)]);
    queue.finish(0, vec![0]);
    leave(&mut queue, &mut left);
    assert_eq!(left, [Item::Mark(1), Item::Row(0), Item::Mark(3)]);
}

#[test]
fn alarms_come_in_their_order_and_not_for_what_is_done() {
    let mut queue: Queue<u64, u64> = Queue::new(AsyncOrder::Ordered);
    queue.push(0, 0, Some(10));
    queue.push(1, 1, Some(20));
    queue.push(2, 2, None);
    queue.rest(2, 15);
    assert_eq!(queue.next_ns(), Some(10));
    assert!(queue.due(9).is_none());
    queue.finish(0, vec![0]);
    assert!(matches!(queue.due(20), Some((2, Due::Nothing))), "it has rested");
    assert!(matches!(queue.due(20), Some((1, Due::Timeout))));
    assert!(queue.due(u64::MAX).is_none());
}
