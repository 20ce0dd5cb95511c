//! What a gate promises of rows, turns, time and ends, one by one.

use std::sync::Arc;

use memory::{ColumnBuilder, Envelope, Layout, Pool, Rows, SLAB_BYTES, View};

use super::*;

/// Views of one segment that follow each other, of so many rows each, numbered through.
fn views(rows: &[usize]) -> Vec<View> {
    let all: Vec<i64> = (0..rows.iter().sum::<usize>() as i64).collect();
    let batch = record_batch!(("n", Int64, all)).unwrap();
    let layout = Layout::new(Arc::new(Envelope::new(batch.schema(), false, false)), 4 << 10, 0).unwrap();
    views_in(&layout, rows)
}

/// The same in a segment of this layout.
fn views_in(layout: &Arc<Layout>, rows: &[usize]) -> Vec<View> {
    let all: Vec<i64> = (0..rows.iter().sum::<usize>() as i64).collect();
    let batch = record_batch!(("n", Int64, all)).unwrap();
    let pool = Pool::open(SLAB_BYTES, 4 << 10).unwrap();
    let mut builder = ColumnBuilder::open(layout, pool.take().unwrap());
    let source = Rows::open(layout, &batch);
    let mut start = 0;
    let view = rows.iter().map(|count| {
        builder.append(&source, start..start + count);
        start += count;
        builder.view().unwrap()
    });
    view.collect()
}

#[test]
fn small_flushes_are_read_as_one_batch() {
    let mut gate = gate(1);
    for view in views(&[1, 2, 1]) {
        gate.receive(0, message(0, 8, Item::View(view)));
    }
    assert_eq!(gate.tell(), [rows(0, &[0, 1, 2, 3])]);
}

#[test]
fn what_lies_between_two_views_keeps_them_apart() {
    let mut gate = gate(1);
    let [first, second] = views(&[2, 2]).try_into().unwrap();
    gate.receive(0, message(0, 8, Item::View(first)));
    gate.bring(0, &[Thing::Watermark(1)]);
    gate.receive(0, message(0, 8, Item::View(second)));
    assert_eq!(gate.tell(), [rows(0, &[0, 1]), Told::Watermark(1), rows(0, &[2, 3])]);
}

#[test]
fn segments_of_few_rows_are_read_as_one_batch() {
    let batch = record_batch!(("n", Int64, [0])).unwrap();
    let layout = Layout::new(Arc::new(Envelope::new(batch.schema(), false, false)), 4 << 10, 0).unwrap();
    let mut gate = gate(1);
    for view in [views_in(&layout, &[2, 1]), views_in(&layout, &[1]), views_in(&layout, &[2])].concat() {
        gate.receive(0, message(0, 8, Item::View(view)));
    }
    gate.bring(0, &[Thing::Watermark(1)]);
    assert_eq!(gate.tell(), [rows(0, &[0, 1, 2, 0, 0, 1]), Told::Watermark(1)]);
}

#[test]
fn a_batch_of_many_segments_has_an_end() {
    let batch = record_batch!(("n", Int64, [0])).unwrap();
    let layout = Layout::new(Arc::new(Envelope::new(batch.schema(), false, false)), 4 << 10, 0).unwrap();
    let mut gate = gate(1);
    for _ in 0..5 {
        for view in views_in(&layout, &[400]) {
            gate.receive(0, message(0, 8, Item::View(view)));
        }
    }
    let lengths = gate.tell().into_iter().map(|told| match told {
        Told::Rows(_, numbers) => numbers.len(),
        other => panic!("{other:?}"),
    });
    assert_eq!(lengths.collect::<Vec<_>>(), [800, 800, 400]);
}

#[test]
fn views_of_two_edges_stay_apart() {
    let mut gate = gate(1);
    for view in [views(&[2]), views(&[1])].concat() {
        gate.receive(0, message(0, 8, Item::View(view)));
    }
    assert_eq!(gate.tell(), [rows(0, &[0, 1]), rows(0, &[0])]);
}

#[test]
fn captured_views_are_joined_up_to_the_barrier_and_not_beyond() {
    let mut gate = gate(1);
    for view in views(&[1, 1, 1]) {
        gate.receive(0, message(0, 8, Item::View(view)));
    }
    gate.overtake_by(0, 1, 2);
    assert_eq!(gate.tell_next(), Some(Told::Barrier(1)));
    let Some(Arrival::InFlight { channels, .. }) = gate.next() else { panic!("nothing was captured") };
    let [(0, items)] = &channels[..] else { panic!("{channels:?}") };
    let [Item::View(view)] = &items[..] else { panic!("{items:?}") };
    assert_eq!(numbers(&view.batch()), [0, 1]);
    assert_eq!(gate.tell(), [rows(0, &[0, 1, 2])]);
}

#[test]
fn empty_batches_never_come_out() {
    let mut gate = gate(1);
    gate.bring(0, &[Thing::NoRow, Thing::Row(1), Thing::NoRow]);
    assert_eq!(gate.tell(), [rows(0, &[1])]);
}

#[test]
fn channels_take_turns() {
    let mut gate = gate(3);
    gate.bring(0, &[Thing::Row(1), Thing::Row(2), Thing::Row(3)]);
    gate.bring(2, &[Thing::Row(4), Thing::Row(5)]);
    let told = [rows(0, &[1]), rows(2, &[4]), rows(0, &[2]), rows(2, &[5]), rows(0, &[3])];
    assert_eq!(gate.tell(), told);
}

#[test]
fn a_channel_with_much_to_say_does_not_starve_one_with_little() {
    let mut gate = gate(1000);
    gate.bring(0, &[Thing::Row(1); 2000]);
    gate.tell_next();
    gate.bring(999, &[Thing::Row(2)]);
    assert_eq!([gate.tell_next(), gate.tell_next()], [Some(rows(0, &[1])), Some(rows(999, &[2]))]);
}

#[test]
fn rows_name_their_input() {
    let mut gate = Gate::open(spec(&[2, 1]));
    gate.bring(2, &[Thing::Row(1)]);
    let Some(Arrival::Batch { input: 1, channel: 2, .. }) = gate.next() else { panic!("a row of input 1") };
}

#[test]
fn marks_wait_behind_rows() {
    let mut gate = gate(1);
    gate.bring(0, &[Thing::Row(1), Thing::Mark(2)]);
    assert_eq!(gate.tell(), [rows(0, &[1]), Told::Mark(2)]);
}

#[test]
fn time_is_that_of_the_slowest_input_and_each_has_its_own() {
    let mut gate = Gate::open(spec(&[2, 1]));
    gate.bring(0, &[Thing::Watermark(5)]);
    gate.bring(1, &[Thing::Watermark(8)]);
    assert_eq!(gate.tell(), []);
    gate.bring(2, &[Thing::Watermark(3)]);
    assert_eq!(gate.tell(), [Told::Watermark(3)]);
    assert_eq!([0, 1].map(|input| gate.input_watermark(input)), [5, 3].map(Watermark));
    assert_eq!(gate.watermark(), Watermark(3));
}

#[test]
fn a_silent_gate_says_so_and_takes_it_back() {
    let mut gate = Gate::open(spec(&[1, 1]));
    gate.bring(0, &[Thing::Watermark(4), Thing::Idle]);
    gate.bring(1, &[Thing::Idle]);
    assert_eq!(gate.tell(), [Told::Watermark(4), Told::Idle]);
    gate.bring(1, &[Thing::Active]);
    assert_eq!(gate.tell(), [Told::Active]);
}

#[test]
fn inputs_end_one_by_one_and_the_gate_once() {
    let mut gate = Gate::open(spec(&[2, 1]));
    gate.bring(2, &[Thing::Row(1), Thing::End]);
    gate.bring(0, &[Thing::End]);
    let told = gate.tell();
    assert_eq!(told, [rows(2, &[1]), Told::InputEnded(1)]);
    gate.bring(1, &[Thing::Row(2), Thing::Watermark(9), Thing::End]);
    assert_eq!(gate.tell(), [rows(1, &[2]), Told::Watermark(9), Told::InputEnded(0), Told::End]);
}

#[test]
#[should_panic(expected = "goes on behind its end")]
fn nothing_follows_an_end() {
    let mut gate = gate(1);
    gate.bring(0, &[Thing::End]);
    assert_eq!(gate.tell(), [Told::InputEnded(0), Told::End]);
    gate.bring(0, &[Thing::Row(1)]);
}

#[test]
#[should_panic(expected = "an input without a channel")]
fn an_input_without_a_channel_is_a_bug() {
    Gate::open(spec(&[1, 0]));
}
