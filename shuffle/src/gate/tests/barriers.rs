//! Barriers, case by case.

use super::*;
use Alignment::{Aligned, AtLeastOnce, Unaligned};
use Thing::{Barrier as B, End, Row, Watermark as W};

fn row(channel: usize, number: i64) -> Told {
    Told::Rows(channel, vec![number])
}

#[test]
fn aligned_a_channel_waits_behind_its_barrier_until_all_have_brought_it() {
    let mut gate = gate(2);
    gate.bring(0, &[Row(1), B(1, Aligned), Row(2)]);
    assert_eq!(gate.tell(), [row(0, 1)]);
    gate.bring(1, &[Row(3), B(1, Aligned), Row(4)]);
    assert_eq!(gate.tell(), [row(1, 3), Told::Barrier(1), row(0, 2), row(1, 4)]);
}

#[test]
fn at_least_once_nobody_waits_and_several_may_be_pending() {
    let mut gate = gate(2);
    gate.bring(0, &[B(1, AtLeastOnce), Row(1), B(2, AtLeastOnce), Row(2)]);
    assert_eq!(gate.tell(), [row(0, 1), row(0, 2)]);
    gate.bring(1, &[B(1, AtLeastOnce), Row(3), B(2, AtLeastOnce)]);
    assert_eq!(gate.tell(), [Told::Barrier(1), row(1, 3), Told::Barrier(2)]);
}

#[test]
fn at_least_once_the_oldest_is_given_up_when_too_many_are_pending() {
    let mut gate = gate(2);
    let most = crate::bound::ALIGNMENTS_MAX as u64;
    (1..=most + 1).for_each(|checkpoint| gate.bring(0, &[B(checkpoint, AtLeastOnce)]));
    assert_eq!(gate.tell(), [Told::Abandoned(1)]);
    gate.bring(1, &[B(1, AtLeastOnce), B(2, AtLeastOnce)]);
    assert_eq!(gate.tell(), [Told::Barrier(2)]);
}

#[test]
fn at_least_once_what_is_older_than_a_complete_one_is_given_up() {
    let mut gate = gate(2);
    gate.bring(0, &[B(1, AtLeastOnce), B(2, AtLeastOnce)]);
    gate.bring(1, &[B(2, AtLeastOnce)]);
    assert_eq!(gate.tell(), [Told::Abandoned(1), Told::Barrier(2)]);
}

#[test]
fn a_newer_barrier_gives_up_an_older_checkpoint_and_lets_its_channels_go_on() {
    let mut gate = gate(3);
    gate.bring(0, &[B(1, Aligned), Row(1), B(2, Aligned)]);
    gate.bring(1, &[B(2, Aligned), Row(2)]);
    assert_eq!(gate.tell(), [Told::Abandoned(1), row(0, 1)]);
    gate.bring(2, &[B(1, Aligned), Row(3), B(2, Aligned)]);
    assert_eq!(gate.tell(), [row(2, 3), Told::Barrier(2), row(1, 2)]);
}

#[test]
fn an_old_or_repeated_barrier_changes_nothing() {
    let mut gate = gate(1);
    gate.bring(0, &[B(2, Aligned), B(2, Aligned), B(1, Aligned), Row(1)]);
    assert_eq!(gate.tell(), [Told::Barrier(2), row(0, 1)]);
    gate.overtake(0, barrier(2, Unaligned), 1);
    gate.overtake(0, barrier(1, Unaligned), 4);
    assert_eq!(gate.tell(), []);
}

#[test]
fn a_barrier_during_the_end_of_input_counts_as_brought_by_who_has_ended() {
    let mut gate = gate(3);
    gate.bring(0, &[End]);
    gate.bring(1, &[B(1, Aligned), Row(1)]);
    assert_eq!(gate.tell(), []);
    gate.bring(2, &[Row(2), End]);
    assert_eq!(gate.tell(), [row(2, 2), Told::Barrier(1), row(1, 1)]);
}

#[test]
fn a_barrier_after_the_end_of_all_others_completes_at_once() {
    for alignment in [Aligned, AtLeastOnce] {
        let mut gate = gate(2);
        gate.bring(0, &[End]);
        gate.bring(1, &[Row(1), B(1, alignment), Row(2), End]);
        let ends = [Told::InputEnded(0), Told::End];
        let rows = [row(1, 1), Told::Barrier(1), row(1, 2)];
        assert_eq!(gate.tell(), [&rows[..], &ends[..]].concat());
    }
}

#[test]
fn the_barrier_of_the_last_to_end_comes_before_the_end() {
    let mut gate = Gate::open(spec(&[1, 1]));
    gate.bring(0, &[B(1, Aligned), End]);
    gate.bring(1, &[End]);
    let ends = [Told::InputEnded(1), Told::InputEnded(0), Told::End];
    assert_eq!(gate.tell(), [&[Told::Barrier(1)], &ends[..]].concat());
}

#[test]
fn an_idle_source_is_waited_for_by_barriers() {
    let mut gate = gate(2);
    gate.bring(0, &[Thing::Idle]);
    gate.bring(1, &[B(1, Aligned), W(5)]);
    assert_eq!(gate.tell(), []);
    gate.bring(0, &[B(1, Aligned)]);
    assert_eq!(gate.tell(), [Told::Barrier(1), Told::Watermark(5)]);
}

#[test]
fn finished_tasks_do_not_hold_up_later_checkpoints() {
    let mut gate = gate(3);
    gate.bring(0, &[End]);
    gate.bring(1, &[Row(1), End]);
    assert_eq!(gate.tell(), [row(1, 1)]);
    gate.bring(2, &[B(1, Aligned), B(2, AtLeastOnce)]);
    assert_eq!(gate.tell(), [Told::Barrier(1), Told::Barrier(2)]);
    gate.overtake(2, barrier(3, Unaligned), 2);
    assert_eq!(gate.tell(), [Told::Barrier(3), Told::InFlight(3, vec![])]);
}

#[test]
fn an_unaligned_barrier_among_the_rows_overtakes_when_it_is_received() {
    let mut gate = gate(2);
    gate.bring(0, &[Row(1), End]);
    gate.bring(1, &[Row(2), B(1, Unaligned), Row(3)]);
    let captured = vec![(0, vec![Row(1)]), (1, vec![Row(2)])];
    let rows = [row(0, 1), row(1, 2), row(1, 3)];
    assert_eq!(gate.tell(), [&[Told::Barrier(1), Told::InFlight(1, captured)], &rows[..]].concat());
}

#[test]
fn an_aborted_checkpoint_blocks_nobody() {
    let mut gate = gate(2);
    gate.bring(0, &[B(1, Aligned), Row(1)]);
    assert_eq!(gate.tell(), []);
    gate.abort(1);
    assert_eq!(gate.tell(), [Told::Abandoned(1), row(0, 1)]);
    // Aborted before it has come; the one before it is wanted all the same.
    gate.abort(3);
    gate.bring(0, &[B(2, Aligned), B(3, Aligned), Row(2)]);
    gate.bring(1, &[B(1, Aligned), B(2, Aligned), B(3, Aligned)]);
    assert_eq!(gate.tell(), [Told::Barrier(2), row(0, 2)]);
}

#[test]
fn unaligned_a_backlog_is_overtaken_and_captured_and_still_processed() {
    let mut gate = gate(2);
    gate.bring(0, &[Row(1), W(5), Row(2)]);
    gate.bring(1, &[Row(3)]);
    gate.overtake(0, barrier(1, Unaligned), 2);
    assert_eq!(gate.tell_next(), Some(Told::Barrier(1)));
    // The other one's barrier stands behind a row that is still to come.
    gate.overtake(1, barrier(1, Unaligned), 2);
    assert_eq!(gate.tell(), [row(0, 1), row(1, 3), row(0, 2)]);
    gate.bring(1, &[Row(4), Row(5)]);
    let captured = vec![(0, vec![Row(1), W(5)]), (1, vec![Row(3), Row(4)])];
    assert_eq!(gate.tell(), [Told::InFlight(1, captured), row(1, 4), row(1, 5)]);
}

#[test]
fn unaligned_messages_behind_a_barrier_may_come_before_it() {
    let mut gate = gate(2);
    gate.overtake(0, barrier(1, Unaligned), 0);
    gate.bring(1, &[Row(1), Row(2), End]);
    gate.overtake(1, barrier(1, Unaligned), 1);
    let captured = vec![(1, vec![Row(1)])];
    let rows = [Told::Barrier(1), Told::InFlight(1, captured), row(1, 1), row(1, 2)];
    assert_eq!(gate.tell(), rows);
}

#[test]
fn unaligned_a_barrier_that_comes_behind_rows_that_were_taken_is_abandoned() {
    let mut gate = gate(2);
    gate.bring(0, &[Row(1), Row(2)]);
    assert_eq!(gate.tell().len(), 2);
    gate.overtake(0, barrier(1, Unaligned), 1);
    assert_eq!(gate.tell(), [Told::Abandoned(1)]);
    // Found out by the second channel, when the first has let the subtask snapshot.
    gate.overtake(1, barrier(2, Unaligned), 0);
    gate.overtake(0, barrier(2, Unaligned), 1);
    assert_eq!(gate.tell(), [Told::Barrier(2), Told::Abandoned(2)]);
}

#[test]
fn unaligned_a_channel_that_ends_has_brought_its_barrier() {
    let mut gate = gate(2);
    gate.overtake(0, barrier(1, Unaligned), 0);
    assert_eq!(gate.tell(), [Told::Barrier(1)]);
    gate.bring(1, &[Row(1), End]);
    assert_eq!(gate.tell(), [Told::InFlight(1, vec![(1, vec![Row(1)])]), row(1, 1)]);
}

#[test]
fn unaligned_a_newer_barrier_gives_up_what_is_captured() {
    let mut gate = gate(2);
    gate.bring(1, &[Row(1)]);
    gate.overtake(0, barrier(1, Unaligned), 0);
    gate.overtake(0, barrier(2, Unaligned), 0);
    gate.overtake(1, barrier(2, Unaligned), 1);
    let captured = Told::InFlight(2, vec![(1, vec![Row(1)])]);
    assert_eq!(gate.tell(), [Told::Barrier(1), Told::Abandoned(1), Told::Barrier(2), captured, row(1, 1)]);
}

#[test]
fn an_unaligned_barrier_turns_an_aligned_checkpoint() {
    let mut gate = gate(3);
    gate.bring(0, &[Row(1), B(1, Aligned), Row(2)]);
    gate.bring(1, &[Row(3), B(1, Aligned), Row(4)]);
    assert_eq!(gate.tell(), [row(0, 1), row(1, 3)]);
    gate.overtake(2, barrier(1, Unaligned), 0);
    assert_eq!(gate.tell(), [Told::Barrier(1), Told::InFlight(1, vec![]), row(0, 2), row(1, 4)]);
}

#[test]
fn an_unaligned_barrier_finds_aligned_ones_that_are_still_queued() {
    let mut gate = gate(2);
    gate.bring(0, &[Row(1), B(1, Aligned), Row(2)]);
    gate.overtake(1, barrier(1, Unaligned), 0);
    let captured = vec![(0, vec![Row(1)])];
    assert_eq!(gate.tell(), [Told::Barrier(1), Told::InFlight(1, captured), row(0, 1), row(0, 2)]);
}
