//! Promises of leases, against a model that adds up from scratch.

use proptest::prelude::*;

use super::*;

fn used(lease: &Lease) -> u64 {
    lease.figures().used
}

#[test]
fn a_refusal_changes_nothing() {
    let process = Lease::root("process", 100);
    let job = process.child("job", 0, 80).unwrap();
    let held = job.reserve(60).unwrap();
    assert!(job.reserve(30).is_none(), "the limit of the job");
    let other = process.reserve(30).unwrap();
    assert!(job.reserve(15).is_none(), "the limit of the process");
    assert_eq!((used(&process), used(&job)), (90, 60));
    drop((held, other));
    assert_eq!((used(&process), used(&job)), (0, 0));
}

#[test]
fn a_guarantee_is_kept_whatever_the_neighbours_do() {
    let process = Lease::root("process", 100);
    let modest = process.child("modest", 40, 100).unwrap();
    let greedy = process.child("greedy", 0, 100).unwrap();
    let all = greedy.reserve(60).unwrap();
    assert!(greedy.reserve(1).is_none());
    let mine = modest.reserve(40).unwrap();
    assert!(modest.reserve(1).is_none());
    drop((all, mine));
}

#[test]
fn a_guarantee_that_cannot_be_had_is_refused_at_the_start() {
    let process = Lease::root("process", 100);
    let _first = process.child("first", 70, 100).unwrap();
    assert!(process.child("second", 40, 100).is_none());
    assert!(process.child("second", 30, 100).is_some());
}

#[test]
fn a_guarantee_ends_with_the_last_reservation_of_its_lease() {
    let process = Lease::root("process", 100);
    let held = process.child("job", 50, 100).unwrap().reserve(10).unwrap();
    assert_eq!(used(&process), 50);
    drop(held);
    assert_eq!(used(&process), 0);
}

#[test]
fn the_peak_stays() {
    let process = Lease::root("process", 100);
    let mut held = process.reserve(20).unwrap();
    assert!(held.grow(50));
    held.shrink(60);
    assert_eq!(process.figures(), Figures { used: 10, peak: 70, guaranteed: 0, limit: 100 });
}

#[test]
fn an_absurd_request_is_refused_not_wrapped() {
    let process = Lease::root("process", u64::MAX);
    let _held = process.reserve(1).unwrap();
    assert!(process.reserve(u64::MAX).is_none());
}

#[test]
fn a_lease_prints_its_path_and_figures() {
    let job = Lease::root("process", 8 << 30).child("clicks", 1 << 20, 4 << 30).unwrap();
    let _held = job.reserve(100 << 10).unwrap();
    assert_eq!(job.to_string(), "process/clicks: 100kb of 4gb used, 1mb guaranteed, peak 100kb");
}

proptest! {
    /// Whatever is reserved and released where: every figure is the sum of what is held below it.
    #[test]
    fn figures_equal_the_sum_of_what_is_held(
        guarantees in prop::array::uniform3(0u64..40),
        steps in prop::collection::vec((0usize..3, 0u64..60, any::<bool>()), 0..100),
    ) {
        let process = Lease::root("process", 200);
        let leases = guarantees.map(|guaranteed| process.child("job", guaranteed, 100).unwrap());
        let mut held: [Vec<Reservation>; 3] = Default::default();
        for (at, bytes, take) in steps {
            let before = used(&leases[at]);
            if take {
                let room_here = before + bytes <= 100;
                let more = (before + bytes).max(guarantees[at]) - before.max(guarantees[at]);
                let room_above = used(&process) + more <= 200;
                let answer = leases[at].reserve(bytes);
                prop_assert_eq!(answer.is_some(), room_here && room_above);
                held[at].extend(answer);
            } else {
                held[at].pop();
            }
            let mine: u64 = held[at].iter().map(Reservation::bytes).sum();
            prop_assert_eq!(used(&leases[at]), mine);
            let above: u64 = (0..3).map(|n| used(&leases[n]).max(guarantees[n])).sum();
            prop_assert_eq!(used(&process), above);
        }
    }
}
