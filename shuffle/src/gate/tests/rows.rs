//! Rows, their order between channels, and time.

use std::sync::Arc;

use arrow_array::{Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use memory::{ColumnBuilder, Envelope, Layout, Pool, Rows, View};

use super::*;
use Thing::{Active, End, Idle, NoRow, Row, Watermark as W};

fn row(channel: usize, number: i64) -> Told {
    Told::Rows(channel, vec![number])
}

/// One row flushed after the other: views in as few segments as they need.
fn flushed(pool: &Pool, numbers: std::ops::Range<i64>) -> Vec<View> {
    let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false)]));
    let layout = Layout::new(Arc::new(Envelope::new(schema.clone(), false, false)), 4096, 0).unwrap();
    let mut builder = ColumnBuilder::open(&layout, pool.take().unwrap());
    let flush = |number: i64| {
        if builder.is_full() {
            builder = ColumnBuilder::open(&layout, pool.take().unwrap());
        }
        let column = Arc::new(Int64Array::from(vec![number]));
        let columns = RecordBatch::try_new(schema.clone(), vec![column]).unwrap();
        assert_eq!(builder.append(&Rows::open(&layout, &columns), 0..1), 1);
        builder.view().unwrap()
    };
    numbers.map(flush).collect()
}

#[test]
fn views_that_follow_each_other_are_read_as_one_batch() {
    let pool = Pool::open(1 << 20, 4096).unwrap();
    let mut gate = gate(1);
    let views = flushed(&pool, 0..600);
    for view in views {
        gate.receive(0, message(0, 8, Item::View(view)));
    }
    // A segment holds a little more than 500 rows.
    let told = gate.tell();
    let rows = |told: &Told| match told {
        Told::Rows(0, numbers) => numbers.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(told.len(), 2);
    assert_eq!(told.iter().flat_map(rows).collect::<Vec<_>>(), (0..600).collect::<Vec<_>>());
    drop(gate);
    assert_eq!(pool.bytes_out(), 0);
}

#[test]
fn events_keep_views_apart() {
    let pool = Pool::open(1 << 20, 4096).unwrap();
    let mut gate = gate(1);
    for (number, view) in flushed(&pool, 0..3).into_iter().enumerate() {
        gate.receive(0, message(0, 8, Item::View(view)));
        if number == 1 {
            gate.bring(0, &[W(5)]);
        }
    }
    assert_eq!(gate.tell(), [Told::Rows(0, vec![0, 1]), Told::Watermark(5), row(0, 2)]);
}

#[test]
fn captured_views_are_joined_and_still_handed_out() {
    let pool = Pool::open(1 << 20, 4096).unwrap();
    let mut gate = gate(1);
    for view in flushed(&pool, 0..4) {
        gate.receive(0, message(0, 8, Item::View(view)));
    }
    gate.overtake(0, barrier(1, Alignment::Unaligned), 3);
    let arrivals: Vec<Arrival> = std::iter::from_fn(|| gate.next()).collect();
    let [Arrival::Barrier(_), Arrival::InFlight { channels, .. }, Arrival::Batch { batch, .. }] =
        &arrivals[..]
    else {
        panic!("{arrivals:?}")
    };
    let [(0, items)] = &channels[..] else { panic!("{channels:?}") };
    let [Item::View(view)] = &items[..] else { panic!("{items:?}") };
    assert_eq!(numbers(&view.batch()), [0, 1, 2]);
    assert_eq!(numbers(batch), [0, 1, 2, 3]);
}

#[test]
fn empty_batches_never_come_out() {
    let mut gate = gate(1);
    gate.bring(0, &[NoRow, NoRow, Row(1), NoRow]);
    assert_eq!(gate.tell(), [row(0, 1)]);
}

#[test]
fn channels_take_turns_however_much_they_have() {
    let mut gate = gate(3);
    gate.bring(0, &[Row(0); 50]);
    gate.bring(1, &[Row(1); 2]);
    gate.bring(2, &[Row(2); 50]);
    let told: Vec<Told> = gate.tell();
    assert_eq!(told[..7], [0, 1, 2, 0, 1, 2, 0].map(|channel| row(channel, channel as i64)));
    assert_eq!(told.len(), 102);
}

#[test]
fn rows_know_their_input_and_each_input_its_time() {
    let mut gate = Gate::open(spec(&[2, 1]));
    gate.bring(0, &[W(10)]);
    gate.bring(1, &[W(20)]);
    gate.bring(2, &[W(5), Row(1)]);
    let arrivals: Vec<Arrival> = std::iter::from_fn(|| gate.next()).collect();
    assert!(matches!(
        arrivals[..],
        [Arrival::Watermark(Watermark(5)), Arrival::Batch { input: 1, channel: 2, .. }]
    ));
    let times = [gate.input_watermark(0), gate.input_watermark(1), gate.watermark()];
    assert_eq!(times, [Watermark(10), Watermark(5), Watermark(5)]);
}

#[test]
fn ends_are_told_for_each_input_and_once_for_all() {
    let mut gate = Gate::open(spec(&[2, 1]));
    gate.bring(0, &[End]);
    gate.bring(2, &[Row(1), End]);
    assert_eq!(gate.tell(), [row(2, 1), Told::InputEnded(1)]);
    gate.bring(1, &[End]);
    assert_eq!(gate.tell(), [Told::InputEnded(0), Told::End]);
}

#[test]
fn a_channel_ahead_in_time_is_paused_until_the_others_have_caught_up() {
    let mut gate = Gate::open(GateSpec { drift_max_ms: Some(10), ..spec(&[1, 1]) });
    gate.bring(1, &[W(0)]);
    gate.bring(0, &[W(10), Row(1), W(11), Row(2)]);
    assert_eq!(gate.tell(), [Told::Watermark(0), row(0, 1)]);
    gate.bring(1, &[W(1)]);
    assert_eq!(gate.tell(), [Told::Watermark(1), row(0, 2)]);
}

#[test]
fn a_paused_channel_waits_neither_for_idle_nor_for_ended_ones() {
    for last in [Idle, End] {
        let mut gate = Gate::open(GateSpec { drift_max_ms: Some(10), ..spec(&[2]) });
        gate.bring(0, &[W(100), Row(1)]);
        assert_eq!(gate.tell(), []);
        gate.bring(1, &[last]);
        assert_eq!(gate.tell(), [Told::Watermark(100), row(0, 1)]);
    }
}

#[test]
fn who_comes_back_far_behind_pauses_those_ahead() {
    let mut gate = Gate::open(GateSpec { drift_max_ms: Some(10), ..spec(&[2]) });
    gate.bring(1, &[Idle]);
    gate.bring(0, &[W(100)]);
    assert_eq!(gate.tell(), [Told::Watermark(100)]);
    gate.bring(1, &[Active, Row(1)]);
    gate.bring(0, &[Row(2)]);
    assert_eq!(gate.tell(), [row(1, 1)]);
    gate.bring(1, &[W(90)]);
    assert_eq!(gate.tell(), [row(0, 2)]);
}

#[test]
fn a_barrier_behind_paused_rows_waits_without_holding_them_up_for_ever() {
    let mut gate = Gate::open(GateSpec { drift_max_ms: Some(10), ..spec(&[1, 1]) });
    let aligned = Thing::Barrier(1, Alignment::Aligned);
    gate.bring(0, &[W(100), Row(1), aligned, Row(2)]);
    assert_eq!(gate.tell(), []);
    // The slow one is blocked now, and nobody waits for it until the barrier is complete.
    gate.bring(1, &[aligned, W(95)]);
    assert_eq!(gate.tell(), [row(0, 1), Told::Barrier(1), Told::Watermark(95), row(0, 2)]);
}
