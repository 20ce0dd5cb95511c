//! What a gate promises of barriers, one by one.

use super::*;
use crate::bound::ALIGNMENTS_MAX;

#[test]
fn a_channel_that_has_brought_its_barrier_waits_for_the_others() {
    let mut gate = gate(2);
    gate.bring(0, &[Thing::Row(1), aligned(1), Thing::Row(2)]);
    gate.bring(1, &[Thing::Row(3)]);
    assert_eq!(gate.tell(), [rows(0, &[1]), rows(1, &[3])]);
    gate.bring(1, &[Thing::Row(4), aligned(1), Thing::Row(5)]);
    assert_eq!(gate.tell(), [rows(1, &[4]), Told::Barrier(1), rows(0, &[2]), rows(1, &[5])]);
}

#[test]
fn barriers_of_two_inputs_come_together() {
    let mut gate = Gate::open(spec(&[1, 2]));
    gate.bring(0, &[aligned(1), Thing::Row(1)]);
    gate.bring(2, &[aligned(1)]);
    assert_eq!(gate.tell(), []);
    gate.bring(1, &[aligned(1)]);
    assert_eq!(gate.tell(), [Told::Barrier(1), rows(0, &[1])]);
}

#[test]
fn at_least_once_nobody_waits() {
    let mut gate = gate(2);
    gate.bring(0, &[lax(1), Thing::Row(1), lax(2), Thing::Row(2)]);
    assert_eq!(gate.tell(), [rows(0, &[1]), rows(0, &[2])]);
    gate.bring(1, &[lax(1), lax(2)]);
    assert_eq!(gate.tell(), [Told::Barrier(1), Told::Barrier(2)]);
}

#[test]
fn a_complete_checkpoint_gives_up_the_older_ones() {
    let mut gate = gate(2);
    gate.bring(0, &[lax(1), lax(2), lax(3)]);
    gate.bring(1, &[lax(2)]);
    assert_eq!(gate.tell(), [Told::Abandoned(1), Told::Barrier(2)]);
}

#[test]
fn of_too_many_checkpoints_the_oldest_is_given_up() {
    let mut gate = gate(2);
    let all = ALIGNMENTS_MAX as u64;
    gate.bring(0, &(1..=all).map(lax).collect::<Vec<_>>());
    assert_eq!(gate.tell(), []);
    gate.bring(0, &[lax(all + 1)]);
    assert_eq!(gate.tell(), [Told::Abandoned(1)]);
}

#[test]
fn a_newer_checkpoint_supersedes_the_older_one_and_frees_its_channels() {
    let mut gate = gate(3);
    gate.bring(0, &[aligned(1), Thing::Row(1), aligned(2), Thing::Row(2)]);
    gate.bring(1, &[aligned(2), Thing::Row(3)]);
    assert_eq!(gate.tell(), [Told::Abandoned(1), rows(0, &[1])]);
    gate.bring(2, &[aligned(1), Thing::Row(4), aligned(2)]);
    assert_eq!(gate.tell(), [rows(2, &[4]), Told::Barrier(2), rows(0, &[2]), rows(1, &[3])]);
}

#[test]
fn an_older_or_repeated_barrier_is_ignored() {
    let mut gate = gate(1);
    gate.bring(0, &[aligned(5), aligned(5), lax(4), Thing::Row(1)]);
    assert_eq!(gate.tell(), [Told::Barrier(5), rows(0, &[1])]);
    gate.bring(0, &[Thing::Row(2), unaligned(3)]);
    gate.overtake_by(0, 5, 0);
    assert_eq!(gate.tell(), [rows(0, &[2])]);
}

#[test]
fn what_the_coordinator_aborts_blocks_nobody() {
    let mut gate = gate(2);
    gate.bring(0, &[aligned(1), Thing::Row(1)]);
    assert_eq!(gate.tell(), []);
    gate.abort(1);
    assert_eq!(gate.tell(), [Told::Abandoned(1), rows(0, &[1])]);
    gate.bring(1, &[aligned(1), Thing::Row(2)]);
    assert_eq!(gate.tell(), [rows(1, &[2])]);
}

#[test]
fn what_was_aborted_before_its_barrier_came_never_begins() {
    let mut gate = gate(2);
    gate.abort(1);
    gate.bring(0, &[aligned(1), Thing::Row(1)]);
    gate.overtake_by(1, 1, 0);
    assert_eq!(gate.tell(), [rows(0, &[1])]);
    gate.bring(0, &[aligned(2)]);
    gate.bring(1, &[aligned(2)]);
    assert_eq!(gate.tell(), [Told::Barrier(2)]);
}

#[test]
fn a_channel_that_ends_has_brought_every_barrier() {
    for alignment in [Alignment::Aligned, Alignment::AtLeastOnce] {
        let mut gate = gate(2);
        gate.bring(0, &[Thing::Barrier(1, alignment), Thing::End]);
        gate.bring(1, &[Thing::End]);
        assert_eq!(gate.tell(), [Told::Barrier(1), Told::InputEnded(0), Told::End], "{alignment:?}");
    }
}

#[test]
fn the_barrier_of_the_last_channel_is_complete_at_once() {
    let mut gate = gate(3);
    gate.bring(0, &[Thing::End]);
    gate.bring(1, &[Thing::End]);
    gate.bring(2, &[aligned(1), Thing::Row(1), lax(2), unaligned(3)]);
    let barriers = [Told::Barrier(3), Told::InFlight(3, vec![(2, vec![Thing::Row(1)])])];
    assert_eq!(gate.tell(), [&barriers[..], &[rows(2, &[1])]].concat());
}

#[test]
fn idle_channels_bring_their_barriers_too() {
    let mut gate = gate(2);
    gate.bring(0, &[Thing::Idle]);
    gate.bring(1, &[aligned(1), Thing::Row(1)]);
    assert_eq!(gate.tell(), []);
    gate.bring(0, &[aligned(1)]);
    assert_eq!(gate.tell(), [Told::Barrier(1), rows(1, &[1])]);
}

#[test]
fn behind_a_backlog_an_aligned_barrier_waits_and_an_unaligned_one_does_not() {
    let backlog: Vec<Thing> = (0..50).map(Thing::Row).collect();
    let each: Vec<Told> = (0..50).map(|number| rows(0, &[number])).collect();

    let mut slow = gate(1);
    slow.bring(0, &[&backlog[..], &[aligned(1)]].concat());
    assert_eq!(slow.tell(), [&each[..], &[Told::Barrier(1)]].concat());

    let mut fast = gate(1);
    fast.bring(0, &backlog);
    fast.overtake_by(0, 1, 50);
    let in_flight = [Told::Barrier(1), Told::InFlight(1, vec![(0, backlog)])];
    assert_eq!(fast.tell(), [&in_flight[..], &each[..]].concat());
}

#[test]
fn rows_before_the_barrier_of_their_channel_are_captured_as_they_come() {
    let mut gate = gate(2);
    gate.bring(0, &[Thing::Row(1)]);
    gate.bring(1, &[Thing::Row(2)]);
    gate.overtake_by(0, 1, 2);
    assert_eq!(gate.tell(), [Told::Barrier(1), rows(0, &[1]), rows(1, &[2])]);
    gate.bring(0, &[Thing::Row(3), Thing::Row(4)]);
    gate.bring(1, &[Thing::Watermark(9), unaligned(1), Thing::Row(5)]);
    let captured =
        vec![(0, vec![Thing::Row(1), Thing::Row(3)]), (1, vec![Thing::Row(2), Thing::Watermark(9)])];
    let told = [Told::InFlight(1, captured), rows(0, &[3]), rows(0, &[4]), rows(1, &[5])];
    let mut heard = gate.tell();
    assert_eq!(heard.remove(0), told[0]);
    heard.sort_by_key(|told| format!("{told:?}"));
    assert_eq!(heard, &told[1..]);
}

#[test]
fn what_lies_behind_a_barrier_that_comes_later_is_not_captured() {
    let mut gate = gate(2);
    gate.overtake_by(0, 1, 0);
    gate.bring(1, &[Thing::Row(1), Thing::Row(2)]);
    gate.overtake_by(1, 1, 1);
    assert_eq!(gate.tell_next(), Some(Told::Barrier(1)));
    assert_eq!(gate.tell_next(), Some(Told::InFlight(1, vec![(1, vec![Thing::Row(1)])])));
    assert_eq!(gate.tell(), [rows(1, &[1]), rows(1, &[2])]);
}

#[test]
fn a_barrier_behind_rows_that_were_taken_already_gives_the_checkpoint_up() {
    let mut gate = gate(2);
    gate.bring(1, &[Thing::Row(1), Thing::Row(2)]);
    assert_eq!(gate.tell(), [rows(1, &[1]), rows(1, &[2])]);
    gate.overtake_by(0, 1, 0);
    gate.overtake_by(1, 1, 1);
    assert_eq!(gate.tell(), [Told::Barrier(1), Told::Abandoned(1)]);
}

#[test]
fn an_end_closes_what_is_captured() {
    let mut gate = gate(2);
    gate.bring(0, &[Thing::Row(1), Thing::End]);
    gate.overtake_by(1, 1, 0);
    let told = [Told::Barrier(1), Told::InFlight(1, vec![(0, vec![Thing::Row(1)])]), rows(0, &[1])];
    assert_eq!(gate.tell(), told);
    gate.bring(1, &[Thing::End]);
    assert_eq!(gate.tell(), [Told::InputEnded(0), Told::End]);
}

#[test]
fn an_end_that_comes_while_it_is_captured_comes_out_behind_it() {
    let mut gate = gate(1);
    gate.overtake_by(0, 1, 1);
    assert_eq!(gate.tell(), [Told::Barrier(1)]);
    gate.bring(0, &[Thing::Row(1), Thing::End]);
    let in_flight = Told::InFlight(1, vec![(0, vec![Thing::Row(1)])]);
    assert_eq!(gate.tell(), [in_flight, rows(0, &[1]), Told::InputEnded(0), Told::End]);
}

#[test]
fn a_newer_checkpoint_gives_up_what_is_captured_for_an_older_one() {
    let mut gate = gate(2);
    gate.bring(1, &[Thing::Row(1)]);
    gate.overtake_by(0, 1, 0);
    gate.overtake_by(1, 2, 1);
    gate.overtake_by(0, 2, 0);
    let told = [Told::Barrier(1), Told::Abandoned(1), Told::Barrier(2)];
    let in_flight = Told::InFlight(2, vec![(1, vec![Thing::Row(1)])]);
    assert_eq!(gate.tell(), [&told[..], &[in_flight, rows(1, &[1])]].concat());
}

#[test]
fn what_is_captured_ends_with_an_abort() {
    let mut gate = gate(2);
    gate.overtake_by(0, 1, 0);
    gate.abort(1);
    gate.bring(1, &[Thing::Row(1), unaligned(1)]);
    assert_eq!(gate.tell(), [Told::Barrier(1), Told::Abandoned(1), rows(1, &[1])]);
}

#[test]
fn a_sender_that_has_waited_too_long_turns_an_aligned_checkpoint() {
    let mut gate = gate(3);
    gate.bring(0, &[aligned(1), Thing::Row(1)]);
    gate.bring(1, &[Thing::Row(2), aligned(1), Thing::Row(3)]);
    gate.bring(2, &[Thing::Row(4)]);
    gate.tell_next();
    gate.overtake_by(2, 1, 1);
    let mut told = gate.tell();
    assert_eq!(told.remove(0), Told::Barrier(1));
    // What was blocked has nothing to capture, and a barrier among the rows stands where it stands.
    let Told::InFlight(1, captured) = told.remove(0) else { panic!("{told:?}") };
    assert!(captured.iter().all(|(channel, _)| *channel != 0));
    assert!(!captured.iter().any(|(_, things)| things.contains(&Thing::Row(3))));
    assert!(told.contains(&rows(0, &[1])) && told.contains(&rows(1, &[3])));
}

#[test]
#[should_panic(expected = "Unaligned")]
fn a_barrier_that_waits_does_not_travel_by_the_control_lane() {
    gate(1).overtake(0, barrier(1, Alignment::Aligned), 0);
}
