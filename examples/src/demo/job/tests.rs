//! The whole job, small: every shape must end, be right, and leave nothing behind.

use options::Bytes;
use runtime::{Backend, Cores, Report, WorkerSpec};

use super::*;
use crate::demo::answer::Answer;
use crate::demo::arguments::{self, Request};
use crate::demo::check;
use crate::demo::interrupt::Interrupt;
use crate::demo::progress::Line;
use crate::demo::run::run;

/// The job for a worker of two cores, and the worker. Threads may outnumber the cores of this machine.
fn plan(words: &str) -> (Arc<Job>, WorkerSpec) {
    let words = words.split_whitespace().chain(["-Druntime.cores=2"]).map(Into::into);
    let Request::Run(arguments) = arguments::read(words, 2).unwrap() else { panic!("a request to run") };
    let plan = MemoryPlan::of(&arguments.settings, Bytes::gib(1)).unwrap();
    let report = Report { backend: Backend::Std, reason: "it is a test".to_owned() };
    let spec = WorkerSpec::of(&arguments.settings, &Cores::available().unwrap(), &plan, &report);
    (Job::plan(&arguments, plan, spec.cores.len()).unwrap(), spec)
}

fn run_to_its_end((job, spec): (Arc<Job>, WorkerSpec)) -> (Arc<Job>, Result<Answer, Failure>) {
    let answer = run(&job, spec, &Line::hidden(), &Interrupt::default());
    (job, answer)
}

#[test]
fn every_click_is_made_by_one_subtask() {
    for (rows, parallelism) in [(0, 1), (1, 3), (2, 3), (100, 7), (7, 7), (1_000_000_000_000, 16)] {
        let (job, _) = plan(&format!("--rows {rows} --pages 1 -Dparallelism.default={parallelism}"));
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
        ("--rows 30k -Druntime.idle=busy", false),
        // 64 segments for each core, 32 of which are always being filled: subtasks wait for segments.
        (
            "--rows 30k -Dparallelism.default=8 -Dtaskmanager.memory.segment-size=128kb \
             -Dtaskmanager.memory.network.min=16mb -Dtaskmanager.memory.network.max=16mb",
            false,
        ),
    ] {
        let (job, answer) = run_to_its_end(plan(&format!("{words} --check")));
        let answer = answer.unwrap();
        check::against_counting(&job, answer.totals.as_ref().unwrap()).unwrap();
        answer.require_all_home().unwrap();
        let traffic = &answer.traffic;
        assert_eq!((traffic.rows_sent, traffic.rows_received), (job.rows, job.rows), "{words}");
        assert_eq!(answer.subtasks.len(), 2 * job.parallelism as usize, "{words}");
        assert!(answer.managed_peak <= job.plan.managed.get(), "{words}");
        assert_eq!(job.counters.spilled_files() > 0, spills, "{words}");
        assert_eq!(job.spills.figures().used, 0, "{words}");
    }
}

#[test]
fn trouble_of_one_subtask_ends_the_job_and_is_told_with_its_name() {
    let (job, answer) = run_to_its_end(plan(
        "--rows 200k -Dparallelism.default=4 -Dtaskmanager.memory.managed.size=200kb -Dspill.size.max=100kb",
    ));
    let line = answer.unwrap_err().to_string();
    assert!(line.starts_with("pages (") && line.contains("/4): no room to spill"), "{line}");
    assert!(line.contains("spill.size.max = 100kb"), "{line}");
    assert_eq!(job.spills.figures().used, 0);
}

#[test]
fn a_job_that_is_interrupted_is_canceled_and_leaves_nothing_on_disk() {
    // More than could be counted before the test times out.
    let (job, spec) = plan("--rows 1000000m --no-check -Dtaskmanager.memory.managed.size=200kb");
    let failure = run(&job, spec, &Line::hidden(), &Interrupt::asked()).unwrap_err();
    assert!(matches!(failure, Failure::Canceled { .. }), "{failure}");
    assert_eq!(job.spills.figures().used, 0);
}
