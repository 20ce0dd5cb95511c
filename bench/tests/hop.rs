//! The parts of the command `hop` with small numbers: that what it prints is about rows that have all arrived.
//!
//! No time is judged: on a machine that is busy with other tests, only the answers can be.

use std::time::Duration;

use millstream_bench::hop::latency::{self, Schedule};
use millstream_bench::hop::stage::{self, Stage};
use millstream_bench::hop::throughput::{LARGE_ROWS, Load, SMALL_ROWS, Spread};
use millstream_bench::hop::{beside, idle_cost};
use runtime::{IoBackend, Worker};
use shuffle::BufferTimeout;

const TIMEOUTS: [BufferTimeout; 4] = [
    BufferTimeout::Input,
    BufferTimeout::Full,
    BufferTimeout::Every(Duration::from_millis(10)),
    BufferTimeout::Auto,
];

fn on_a_worker(measure: impl FnOnce(&Worker)) {
    let stage = Stage::look(IoBackend::Std, false).expect("a machine with cores");
    let worker = stage.worker().expect("threads and memory");
    measure(&worker);
    stage::stop(worker).expect("all segments are home");
}

fn schedule(timeout: BufferTimeout) -> Schedule {
    let time = Duration::from_millis;
    Schedule { rate: 20_000, warm_up: time(20), time: time(80), timeout }
}

#[test]
fn every_row_after_the_warm_up_is_a_sample() {
    on_a_worker(|worker| {
        for timeout in TIMEOUTS {
            let told = latency::measure(worker, schedule(timeout)).unwrap();
            assert_eq!((told.rows, told.nanoseconds.len()), (2_000, 1_600), "{timeout:?}");
        }
    });
}

#[test]
fn a_row_that_waits_for_others_counts_from_when_it_was_due() {
    on_a_worker(|worker| {
        let told = latency::measure(worker, schedule(BufferTimeout::Full)).unwrap();
        // At timeout -1 rows leave with a full segment, which takes a thousand of 32 bytes: 50 ms. The first on record was
        // due after 20 ms. On a slow machine it waits longer, never shorter.
        assert!(told.nanoseconds.max() > 10_000_000, "{} ns", told.nanoseconds.max());
    });
}

#[test]
fn all_rows_of_a_full_load_arrive_once() {
    on_a_worker(|worker| {
        for (batch_rows, rows) in [(LARGE_ROWS, 25 * 8192), (SMALL_ROWS, 1563 * 128)] {
            let load = Load::prepare(batch_rows);
            for timeout in TIMEOUTS {
                let passage = load.pass(worker, 200_000, timeout).unwrap();
                assert_eq!(passage.rows, rows, "whole batches, {timeout:?}");
                assert!(passage.rate > 0.0);
            }
        }
    });
}

#[test]
fn a_row_finds_its_way_beside_a_job_that_wants_all() {
    on_a_worker(|worker| {
        let burden = beside::begin(worker).unwrap();
        let told = latency::measure(worker, schedule(BufferTimeout::Input)).unwrap();
        assert_eq!(told.rows, 2_000);
        assert!(burden.end().unwrap() > 0);
    });
}

#[test]
fn a_job_in_which_nothing_flows_stays_and_goes() {
    on_a_worker(|worker| {
        let cost = idle_cost::measure(worker, Duration::from_millis(50)).unwrap();
        assert!(cost >= 0.0);
    });
}

#[test]
fn of_three_runs_the_one_in_the_middle_counts() {
    let spread = Spread::of(vec![3.0, 1.0, 2.0]);
    assert_eq!(spread, Spread { least: 1.0, median: 2.0, most: 3.0 });
}
