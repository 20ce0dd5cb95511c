//! The whole job, small: every shape must end, be right, and leave nothing behind.

use options::Bytes;
use runtime::Cores;

use super::*;
use crate::demo::arguments::{self, Request};
use crate::demo::check;

fn plan(words: &str) -> Arc<Job> {
    let words = words.split_whitespace().map(Into::into);
    let Request::Run(arguments) = arguments::read(words, 2).unwrap() else { panic!("a request to run") };
    let plan = MemoryPlan::of(&arguments.settings, Bytes::gib(1)).unwrap();
    Job::plan(&arguments, plan).unwrap()
}

/// Subtasks may outnumber the cores of this machine: they share them.
fn places(job: &Job) -> Vec<Core> {
    let cores = Cores::available().unwrap();
    cores.usable().iter().copied().cycle().take(job.parallelism as usize).collect()
}

#[test]
fn every_click_is_made_by_one_subtask() {
    for (rows, parallelism) in [(0, 1), (1, 3), (2, 3), (100, 7), (7, 7), (1_000_000_000_000, 16)] {
        let job = plan(&format!("--rows {rows} --pages 1 -Dparallelism.default={parallelism}"));
        let mut next = 0;
        for subtask in 0..parallelism {
            let clicks = job.clicks_of(subtask);
            assert_eq!(clicks.start, next);
            next = clicks.end;
        }
        assert_eq!(next, rows);
    }
}

#[test]
fn the_answer_is_right_in_every_shape() {
    for (words, spills) in [
        ("--rows 0", false),
        ("--rows 1", false),
        ("--rows 1025 --pages 1 -Dparallelism.default=1", false),
        ("--rows 30k --pages 10k -Dparallelism.default=5", false),
        ("--rows 30k --pages 10k -Dtaskmanager.memory.segment-size=4kb", false),
        ("--rows 30k --pages 10k -Dtaskmanager.memory.managed.size=100kb", true),
        ("--rows 20k -Dexecution.buffer-timeout.interval=0", false),
        ("--rows 3k -Dexecution.buffer-timeout.interval=0 -Dexecution.buffer-timeout.strict=true", false),
        ("--rows 30k -Dexecution.buffer-timeout.interval=1ms -Dparallelism.default=3", false),
        ("--rows 30k -Dexecution.buffer-timeout.interval=auto", false),
        ("--rows 30k -Dexecution.buffer-timeout.enabled=false", false),
        // Sixteen segments each, eight of which are always being filled: subtasks wait for segments.
        (
            "--rows 30k -Dparallelism.default=8 -Dtaskmanager.memory.segment-size=128kb \
             -Dtaskmanager.memory.network.min=16mb -Dtaskmanager.memory.network.max=16mb",
            false,
        ),
    ] {
        let job = plan(&format!("{words} --check"));
        let answer = run(&job, &places(&job)).unwrap();
        check::against_counting(&job, answer.totals.as_ref().unwrap()).unwrap();
        answer.require_all_home().unwrap();
        assert_eq!(answer.traffic.rows, job.rows, "{words}");
        assert_eq!(job.counters.rows(), job.rows, "{words}");
        assert_eq!(job.counters.spilled_files() > 0, spills, "{words}");
        assert_eq!(job.spills.figures().used, 0, "{words}");
    }
}

#[test]
fn trouble_of_one_subtask_ends_all_and_is_the_one_that_is_told() {
    let job = plan(
        "--rows 200k -Dparallelism.default=4 -Dtaskmanager.memory.managed.size=200kb -Dspill.size.max=100kb",
    );
    let failure = run(&job, &places(&job)).unwrap_err();
    assert!(matches!(failure, Failure::Memory(memory::Error::SpillBound { .. })), "{failure}");
    assert!(!job.is_receiving());
    assert_eq!(job.spills.figures().used, 0);
}
