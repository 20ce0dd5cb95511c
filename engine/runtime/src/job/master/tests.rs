//! The master by hand: each way that a job can take, event by event. `random` draws the ways that nobody thinks of.

mod random;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use arrow_schema::Schema;
use memory::Envelope;
use shuffle::{BufferTimeout, CHANNEL_SLOTS, Route};

use super::*;
use crate::job::{EdgeSpec, Vertex};
use crate::subtask::{Seat, Subtask};

/// A master, and whoever has started its jobs.
struct Desk {
    master: Master,
    now_ns: u64,
    boards: BTreeMap<JobId, Arc<JobBoard>>,
    say: Sender<(JobId, Outcome)>,
    told: Receiver<(JobId, Outcome)>,
}

impl Desk {
    fn of(cores: usize) -> Self {
        let (say, told) = channel();
        Self { master: Master::new(cores), now_ns: 0, boards: BTreeMap::new(), say, told }
    }

    fn hear(&mut self, event: Event) -> Vec<Order> {
        let mut orders = Vec::new();
        self.master.hear(event, self.now_ns, &mut orders);
        orders
    }

    fn submit(&mut self, job: u64, graph: ExecutionGraph) -> Vec<Order> {
        let (job, graph) = (JobId(job), Arc::new(graph));
        let board = Arc::new(JobBoard::of(&graph));
        self.boards.insert(job, board.clone());
        let say = self.say.clone();
        let ended = Box::new(move |outcome| say.send((job, outcome)).unwrap());
        self.hear(Event::Submit(Submission { job, graph, board, ended }))
    }

    /// A job whose only vertex has a subtask on each of these cores.
    fn submit_on(&mut self, job: u64, cores: &[usize], restart: Restart) -> Vec<Order> {
        let mut graph = graph(&[u32::try_from(cores.len()).unwrap()]);
        graph.vertices[0].placement = crate::job::Placement::Cores(cores.to_vec());
        graph.restart = restart;
        self.submit(job, graph)
    }

    fn deployed(&mut self, core: usize, attempt: Attempt) -> Vec<Order> {
        self.hear(Event::Report(core, Report::Deployed(attempt)))
    }

    fn finished(&mut self, core: usize, attempt: Attempt, subtask: usize) -> Vec<Order> {
        self.hear(Event::Report(core, Report::Finished(attempt, subtask)))
    }

    fn failed(&mut self, core: usize, attempt: Attempt, subtask: usize, words: &'static str) -> Vec<Order> {
        self.hear(Event::Report(core, Report::Failed(attempt, subtask, Failure::passing(words))))
    }

    fn closed(&mut self, core: usize, attempt: Attempt) -> Vec<Order> {
        self.hear(Event::Report(core, Report::Closed(attempt)))
    }

    fn cancel(&mut self, job: u64) -> Vec<Order> {
        self.hear(Event::Cancel(JobId(job)))
    }

    fn lose(&mut self, core: usize) -> Vec<Order> {
        self.hear(Event::CoreLost(core, "its thread panicked".to_owned()))
    }

    fn tick(&mut self, now_ns: u64) -> Vec<Order> {
        let mut orders = Vec::new();
        self.now_ns = now_ns;
        self.master.tick(now_ns, &mut orders);
        orders
    }

    fn state(&self, job: u64) -> JobState {
        self.boards[&JobId(job)].state()
    }

    fn subtasks(&self, job: u64) -> Vec<SubtaskState> {
        self.boards[&JobId(job)].subtasks().map(|(_, state)| state).collect()
    }

    /// The outcome of this job, which is the only one that has ended since the last look.
    #[track_caller]
    fn outcome(&self, job: u64) -> Outcome {
        let (ended, outcome) = self.told.try_recv().expect("it has ended");
        assert_eq!((ended, self.told.try_recv().is_err()), (JobId(job), true));
        assert_eq!(outcome.state, self.state(job));
        outcome
    }

    /// Nothing is left of any job.
    #[track_caller]
    fn is_clean(&self) {
        assert!(self.told.try_recv().is_err(), "an outcome that nobody expects");
        assert!(self.master.is_idle());
        assert_eq!(self.master.due_ns(), None);
        assert_eq!(self.master.slots.free(), CHANNEL_SLOTS as usize);
        assert!(self.master.load.iter().all(|load| *load == 0), "{:?}", self.master.load);
    }
}

/// Vertices of this parallelism, each rebalanced to the next one.
fn graph(parallelism: &[u32]) -> ExecutionGraph {
    let maker = |_: &Seat| -> Result<Box<dyn Subtask>, Failure> { Err(Failure::lasting("never made")) };
    let envelope = Arc::new(Envelope::new(Arc::new(Schema::empty()), false, false));
    let mut graph = ExecutionGraph::new("test");
    for (number, parallelism) in (0..).zip(parallelism) {
        graph.vertex(Vertex::new("v", maker).parallel(*parallelism));
        if number > 0 {
            let route = Route::Rebalance;
            graph.edges.push(EdgeSpec::new(number - 1, number, envelope.clone(), route, BufferTimeout::Full));
        }
    }
    graph
}

fn attempt(job: u64, number: u32) -> Attempt {
    Attempt { job: JobId(job), number }
}

fn again(attempts: u32, delay_ns: u64) -> Restart {
    Restart::Fixed { attempts, delay: Duration::from_nanos(delay_ns) }
}

/// Orders as one reads them: `deploy 1.0 on 2 [0, 3]`, for attempt 0 of job 1.
fn words(orders: &[Order]) -> Vec<String> {
    let name = |attempt: &Attempt| format!("{}.{}", attempt.job.0, attempt.number);
    let word = |order: &Order| match order {
        Order::Deploy { core, deploy: Deploy { attempt, part, .. } } => {
            let subtasks: Vec<usize> = part.tasks.iter().map(|task| task.subtask).collect();
            format!("deploy {} on {core} {subtasks:?}", name(attempt))
        }
        Order::Start { core, attempt } => format!("start {} on {core}", name(attempt)),
        Order::Trigger { core, attempt, .. } => format!("trigger {} on {core}", name(attempt)),
        Order::Close { core, attempt } => format!("close {} on {core}", name(attempt)),
    };
    orders.iter().map(word).collect()
}

#[track_caller]
fn orders(given: &[Order], expected: &[&str]) {
    assert_eq!(words(given), expected);
}

use SubtaskState::{Canceled, Canceling, Deploying, Failed, Finished, Running};

#[test]
fn a_job_goes_from_its_submission_to_its_end() {
    let (mut desk, first) = (Desk::of(2), attempt(1, 0));
    orders(&desk.submit(1, graph(&[2, 2])), &["deploy 1.0 on 0 [0, 2]", "deploy 1.0 on 1 [1, 3]"]);
    assert_eq!((desk.state(1), desk.subtasks(1)), (JobState::Created, vec![Deploying; 4]));
    orders(&desk.deployed(1, first), &[]);
    orders(&desk.deployed(0, first), &["start 1.0 on 0", "start 1.0 on 1"]);
    assert_eq!((desk.state(1), desk.subtasks(1)), (JobState::Running, vec![Running; 4]));
    for (core, subtask) in [(0, 0), (1, 1), (1, 3)] {
        orders(&desk.finished(core, first, subtask), &[]);
    }
    assert_eq!(desk.subtasks(1), [Finished, Finished, Running, Finished]);
    orders(&desk.finished(0, first, 2), &["close 1.0 on 0", "close 1.0 on 1"]);
    assert_eq!(desk.state(1), JobState::Running);
    orders(&desk.closed(0, first), &[]);
    assert!(!desk.master.is_idle());
    orders(&desk.closed(1, first), &[]);
    let Outcome { state, failure, attempts, .. } = desk.outcome(1);
    assert_eq!((state, failure.is_none(), attempts), (JobState::Finished, true, 1));
    assert_eq!(desk.subtasks(1), [Finished; 4]);
    desk.is_clean();
}

#[test]
fn a_subtask_that_cannot_be_made_fails_its_job_and_no_other_begins() {
    let (mut desk, first) = (Desk::of(2), attempt(1, 0));
    desk.submit_on(1, &[0, 1, 1], Restart::Never);
    orders(&desk.deployed(0, first), &[]);
    orders(&desk.failed(1, first, 1, "no such file"), &["close 1.0 on 0", "close 1.0 on 1"]);
    assert_eq!((desk.state(1), desk.subtasks(1)), (JobState::Failing, vec![Canceling, Failed, Canceling]));
    orders(&desk.deployed(1, first), &[]);
    desk.closed(0, first);
    desk.closed(1, first);
    let outcome = desk.outcome(1);
    assert_eq!((outcome.state, outcome.attempts), (JobState::Failed, 1));
    assert_eq!(outcome.failure.unwrap().to_string(), "no such file");
    assert_eq!(desk.subtasks(1), [Canceled, Failed, Canceled]);
    desk.is_clean();
}

#[test]
fn the_first_failure_counts_and_what_ends_meanwhile_has_ended() {
    let (mut desk, first) = (Desk::of(3), attempt(1, 0));
    desk.submit_on(1, &[0, 1, 2, 2], Restart::Never);
    (0..3).for_each(|core| drop(desk.deployed(core, first)));
    orders(
        &desk.failed(1, first, 1, "the disk is full"),
        &["close 1.0 on 0", "close 1.0 on 1", "close 1.0 on 2"],
    );
    orders(&desk.failed(2, first, 2, "a peer is gone"), &[]);
    orders(&desk.finished(2, first, 3), &[]);
    assert_eq!(desk.subtasks(1), [Canceling, Failed, Failed, Finished]);
    (0..3).for_each(|core| drop(desk.closed(core, first)));
    assert_eq!(desk.outcome(1).failure.unwrap().to_string(), "the disk is full");
    assert_eq!(desk.subtasks(1), [Canceled, Failed, Failed, Finished]);
    desk.is_clean();
}

/// Brings job 1, which has a subtask on each of two cores, to each state in turn, and hands it to `check`.
fn in_every_state(mut check: impl FnMut(Desk, JobState)) {
    let first = attempt(1, 0);
    let begin = |ways: &[fn(&mut Desk)]| {
        let mut desk = Desk::of(2);
        desk.submit_on(1, &[0, 1], again(1, 100));
        ways.iter().for_each(|way| way(&mut desk));
        desk
    };
    let deploy: fn(&mut Desk) = |desk| (0..2).for_each(|core| drop(desk.deployed(core, attempt(1, 0))));
    let fail: fn(&mut Desk) = |desk| drop(desk.failed(0, attempt(1, 0), 0, "a peer is gone"));
    let finish: fn(&mut Desk) = |desk| (0..2).for_each(|core| drop(desk.finished(core, attempt(1, 0), core)));
    let close: fn(&mut Desk) = |desk| (0..2).for_each(|core| drop(desk.closed(core, attempt(1, 0))));
    let cancel: fn(&mut Desk) = |desk| drop(desk.cancel(1));
    let mut half_deployed = begin(&[]);
    drop(half_deployed.deployed(1, first));
    check(begin(&[]), JobState::Created);
    check(half_deployed, JobState::Created);
    check(begin(&[deploy]), JobState::Running);
    check(begin(&[deploy, finish]), JobState::Running);
    check(begin(&[deploy, fail]), JobState::Failing);
    check(begin(&[deploy, fail, close]), JobState::Restarting);
    check(begin(&[deploy, cancel]), JobState::Canceling);
}

#[test]
fn a_cancel_ends_a_job_in_every_state() {
    in_every_state(|mut desk, state| {
        assert_eq!(desk.state(1), state);
        let mut open: Vec<Order> = desk.cancel(1);
        if matches!(state, JobState::Created | JobState::Running) {
            orders(&open, &["close 1.0 on 0", "close 1.0 on 1"]);
        } else {
            orders(&open, &[]);
        }
        open.extend(desk.cancel(1)); // Who wants it twice gets it once.
        for core in 0..2 {
            open.extend(desk.closed(core, attempt(1, 0)));
        }
        let outcome = desk.outcome(1);
        assert_eq!((outcome.state, outcome.attempts), (JobState::Canceled, 1), "when it was {state}");
        assert!(outcome.failure.is_none());
        assert!(desk.subtasks(1).into_iter().all(SubtaskState::is_terminal));
        orders(&desk.cancel(1), &[]);
        desk.is_clean();
    });
}

#[test]
fn a_stop_suspends_what_is_in_any_state() {
    in_every_state(|mut desk, state| {
        orders(&desk.hear(Event::Stop), &[]);
        assert_eq!(desk.outcome(1).state, JobState::Suspended, "when it was {state}");
        assert!(desk.master.is_idle());
        assert_eq!(desk.master.due_ns(), None);
        // What cores and users say afterwards finds nobody.
        desk.cancel(1);
        desk.failed(0, attempt(1, 0), 0, "too late");
        (0..2).for_each(|core| drop(desk.closed(core, attempt(1, 0))));
        orders(&desk.tick(u64::MAX), &[]);
        assert!(desk.told.try_recv().is_err());
        orders(&desk.submit_on(2, &[0], again(5, 0)), &[]);
        assert_eq!(desk.outcome(2).failure.unwrap().to_string(), "the worker has stopped");
    });
}

#[test]
fn a_core_that_is_lost_ends_what_ran_there_in_any_state() {
    in_every_state(|mut desk, state| {
        let mut open = desk.lose(0);
        open.extend(desk.closed(1, attempt(1, 0)));
        // A finished job's cores were told to close before the loss, and answer twice.
        open.extend(desk.closed(1, attempt(1, 0)));
        for order in &open {
            assert!(matches!(order, Order::Close { .. }), "{:?}", words(&open));
        }
        if state != JobState::Canceling {
            assert_eq!(desk.state(1), JobState::Restarting, "when it was {state}");
            orders(&desk.tick(desk.master.due_ns().unwrap()), &[]);
        }
        let outcome = desk.outcome(1);
        if state == JobState::Canceling {
            assert_eq!(outcome.state, JobState::Canceled);
        } else {
            assert_eq!((outcome.state, outcome.attempts), (JobState::Failed, 2));
            let failure = outcome.failure.unwrap().to_string();
            assert_eq!(failure, "core 0 of the worker is gone: its thread panicked");
        }
        assert!(desk.subtasks(1).into_iter().all(SubtaskState::is_terminal), "{:?}", desk.subtasks(1));
        desk.is_clean();
    });
}

#[test]
fn a_lost_core_concerns_nobody_who_does_not_run_there_but_nothing_new_begins() {
    let mut desk = Desk::of(2);
    desk.submit_on(1, &[1], Restart::Never);
    desk.deployed(1, attempt(1, 0));
    orders(&desk.lose(0), &[]);
    assert_eq!(desk.state(1), JobState::Running);
    orders(&desk.submit_on(2, &[1], Restart::Never), &[]);
    let failure = desk.outcome(2).failure.unwrap();
    assert_eq!(failure.to_string(), "core 0 of the worker is gone: its thread panicked");
    orders(&desk.finished(1, attempt(1, 0), 0), &["close 1.0 on 1"]);
    desk.closed(1, attempt(1, 0));
    assert_eq!(desk.outcome(1).state, JobState::Finished);
    desk.is_clean();
}

#[test]
fn a_core_that_is_there_again_is_told_to_close_what_it_may_have_heard_of() {
    let mut desk = Desk::of(2);
    desk.submit_on(1, &[0, 1], again(1, 0));
    orders(&desk.lose(0), &["close 1.0 on 0", "close 1.0 on 1"]);
    desk.closed(1, attempt(1, 0));
    assert_eq!(desk.state(1), JobState::Restarting);
    // It had heard of it in its next life, and finds that the connection to the other core is gone.
    desk.failed(0, attempt(1, 0), 0, "a connection to another host is lost");
    desk.finished(0, attempt(1, 0), 0);
    assert_eq!(desk.state(1), JobState::Restarting);
}

#[test]
fn a_failure_that_would_come_again_is_not_tried_again() {
    let mut desk = Desk::of(1);
    desk.submit_on(1, &[0], again(5, 0));
    desk.deployed(0, attempt(1, 0));
    desk.hear(Event::Report(0, Report::Failed(attempt(1, 0), 0, Failure::lasting("no such column"))));
    desk.closed(0, attempt(1, 0));
    let outcome = desk.outcome(1);
    assert_eq!((outcome.state, outcome.attempts), (JobState::Failed, 1));
}

#[test]
fn a_job_whose_only_cores_are_lost_needs_nobody_to_close() {
    let mut desk = Desk::of(2);
    desk.submit_on(1, &[0, 1], Restart::Never);
    orders(&desk.lose(0), &["close 1.0 on 0", "close 1.0 on 1"]);
    orders(&desk.lose(1), &[]);
    assert_eq!(desk.outcome(1).state, JobState::Failed);
    desk.is_clean();
}

#[test]
fn a_failed_job_begins_again_after_its_delay_until_its_attempts_are_used_up() {
    let mut desk = Desk::of(1);
    desk.now_ns = 1_000;
    desk.submit_on(1, &[0], again(2, 500));
    for number in 0..2 {
        let now = attempt(1, number);
        desk.deployed(0, now);
        orders(&desk.failed(0, now, 0, "a peer is gone"), &[&format!("close 1.{number} on 0")]);
        desk.now_ns += 100;
        orders(&desk.closed(0, now), &[]);
        let due_ns = desk.now_ns + 500;
        assert_eq!((desk.state(1), desk.master.due_ns()), (JobState::Restarting, Some(due_ns)));
        orders(&desk.tick(due_ns - 1), &[]);
        orders(&desk.tick(due_ns), &[&format!("deploy 1.{} on 0 [0]", number + 1)]);
        assert_eq!((desk.state(1), desk.subtasks(1)), (JobState::Created, vec![Deploying]));
        assert_eq!(desk.boards[&JobId(1)].attempt(), number + 1);
        assert_eq!(desk.master.due_ns(), None);
    }
    desk.deployed(0, attempt(1, 2));
    desk.failed(0, attempt(1, 2), 0, "for the last time");
    desk.closed(0, attempt(1, 2));
    let outcome = desk.outcome(1);
    assert_eq!((outcome.state, outcome.attempts), (JobState::Failed, 3));
    assert_eq!(outcome.failure.unwrap().to_string(), "for the last time");
    desk.is_clean();
}

#[test]
fn a_job_that_succeeds_at_last_has_finished_and_tells_no_failure() {
    let mut desk = Desk::of(1);
    desk.submit_on(1, &[0], again(3, 0));
    desk.failed(0, attempt(1, 0), 0, "a peer is gone");
    desk.closed(0, attempt(1, 0));
    orders(&desk.tick(0), &["deploy 1.1 on 0 [0]"]);
    desk.deployed(0, attempt(1, 1));
    desk.finished(0, attempt(1, 1), 0);
    desk.closed(0, attempt(1, 1));
    let outcome = desk.outcome(1);
    assert_eq!((outcome.state, outcome.attempts), (JobState::Finished, 2));
    assert!(outcome.failure.is_none());
    desk.is_clean();
}

#[test]
fn what_is_late_from_an_earlier_attempt_is_dropped() {
    let (mut desk, first, second) = (Desk::of(2), attempt(1, 0), attempt(1, 1));
    desk.submit_on(1, &[0, 1], again(1, 0));
    desk.failed(0, first, 0, "a peer is gone");
    (0..2).for_each(|core| drop(desk.closed(core, first)));
    desk.tick(0);
    orders(&desk.deployed(1, first), &[]);
    orders(&desk.failed(1, first, 1, "too late"), &[]);
    orders(&desk.closed(0, first), &[]);
    orders(&desk.deployed(0, second), &[]);
    orders(&desk.deployed(1, second), &["start 1.1 on 0", "start 1.1 on 1"]);
    orders(&desk.finished(0, first, 0), &[]);
    assert_eq!(desk.subtasks(1), [Running, Running]);
    desk.cancel(1);
    (0..2).for_each(|core| drop(desk.closed(core, second)));
    assert_eq!(desk.outcome(1).state, JobState::Canceled);
    orders(&desk.closed(0, second), &[]); // Nobody knows such a job any more.
    desk.is_clean();
}

#[test]
fn a_job_of_one_slot_begins_where_there_is_least_to_do() {
    let mut desk = Desk::of(3);
    orders(&desk.submit(1, graph(&[1])), &["deploy 1.0 on 0 [0]"]);
    orders(&desk.submit(2, graph(&[2])), &["deploy 2.0 on 1 [0]", "deploy 2.0 on 2 [1]"]);
    orders(&desk.submit(3, graph(&[1, 1])), &["deploy 3.0 on 0 [0, 1]"]);
    orders(&desk.submit(4, graph(&[1])), &["deploy 4.0 on 1 [0]"]);
    desk.cancel(3);
    desk.closed(0, attempt(3, 0));
    orders(&desk.submit(5, graph(&[1])), &["deploy 5.0 on 0 [0]"]);
    assert_eq!(desk.master.load, [2, 2, 1]);
}

#[test]
fn a_job_of_too_many_channels_fails_and_leaves_room_for_others() {
    let mut desk = Desk::of(2);
    orders(&desk.submit(1, graph(&[1025, 1024])), &[]);
    let outcome = desk.outcome(1);
    assert_eq!((outcome.state, outcome.attempts), (JobState::Failed, 1));
    let failure = outcome.failure.unwrap().to_string();
    assert!(failure.contains("1049600 channels") && failure.contains("lower the parallelism"), "{failure}");
    assert!(desk.subtasks(1).into_iter().all(|state| state == Canceled), "none of them will ever run");
    desk.is_clean();
    orders(&desk.submit(2, graph(&[1, 1])), &["deploy 2.0 on 0 [0, 1]"]);
}

#[test]
fn a_job_of_too_many_channels_may_find_room_when_it_begins_again() {
    let mut desk = Desk::of(1);
    orders(&desk.submit(1, graph(&[1024, 1023])), &[&format!("deploy 1.0 on 0 {:?}", numbers(2047))]);
    let mut greedy = graph(&[64, 64]);
    greedy.restart = again(1, 7);
    orders(&desk.submit(2, greedy), &[]);
    assert_eq!(desk.state(2), JobState::Restarting);
    desk.cancel(1);
    desk.closed(0, attempt(1, 0));
    assert_eq!(desk.outcome(1).state, JobState::Canceled);
    orders(&desk.tick(7), &[&format!("deploy 2.1 on 0 {:?}", numbers(128))]);
}

fn numbers(end: usize) -> Vec<usize> {
    (0..end).collect()
}

#[test]
#[should_panic(expected = "v (1/1), which is CREATED, does not become RUNNING")]
fn a_change_that_no_table_allows_stops_who_makes_it() {
    JobBoard::of(&graph(&[1])).set_subtask(0, Running);
}
