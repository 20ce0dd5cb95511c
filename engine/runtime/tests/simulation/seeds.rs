//! Many seeds, each a run of its own.

use std::ops::Range;

use crate::run::{self, Verdict};

#[expect(clippy::print_stdout, reason = "what the seeds have been through is worth a line")]
/// What must hold for every seed, and what must have happened in some of them, so that it was worth the while.
fn check(seeds: Range<u64>) {
    let mut sums = [0; 8];
    for seed in seeds.clone() {
        match run::run(seed, None) {
            Ok(Verdict { events, rows, attempts, disk_faults, cuts, clogs, crashes, cancelled, .. }) => {
                let all = [events, rows, attempts, disk_faults, cuts, clogs, crashes, cancelled];
                sums.iter_mut().zip(all).for_each(|(sum, one)| *sum += one);
            }
            Err(fault) => panic!("seed {seed} (scripts/simulate --seed {seed}): {fault}"),
        }
    }
    let [events, rows, attempts, disk_faults, cuts, clogs, crashes, cancelled] = sums;
    println!(
        "seeds {seeds:?}: {events} events, {rows} rows, {attempts} attempts, {disk_faults} disk faults, \
         {cuts} cuts, {clogs} clogs, {crashes} crashes, {cancelled} cancelled"
    );
    assert!(sums.into_iter().all(|sum| sum > 0), "{sums:?}");
}

// Two halves, for two cores.

#[test]
fn no_row_is_lost_or_doubled_and_no_job_is_stuck() {
    check(0..500);
}

#[test]
fn nor_with_other_seeds() {
    check(500..1_000);
}
