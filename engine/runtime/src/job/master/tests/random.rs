//! Random interleavings: many jobs, cores that answer when they like, subtasks that fail, users that cancel.
//!
//! The cores here are a model: they hold what they were told to make, and say what real ones would. The master's own
//! asserts are half of the test (no state changes as no table allows), what is checked here is the other half.

use std::collections::VecDeque;

use super::*;
use crate::random::Random;

const CASES: u64 = 2_000;
const STEPS: usize = 400;

/// What a core has of an attempt: its subtasks that have not ended.
struct Part {
    subtasks: Vec<usize>,
    runs: bool,
}

/// A core that answers late.
#[derive(Default)]
struct CoreModel {
    orders: VecDeque<Order>,
    parts: BTreeMap<Attempt, Part>,
    reports: VecDeque<Report>,
    /// Its last word was said.
    lost: bool,
}

struct World {
    desk: Desk,
    cores: Vec<CoreModel>,
    random: Random,
    restarts: BTreeMap<JobId, u32>,
    outcomes: BTreeMap<JobId, Outcome>,
    /// How often, in a thousand, whatever can go wrong does.
    trouble: u64,
    /// Changes of jobs that were seen.
    seen: BTreeSet<(u8, u8)>,
}

impl World {
    fn of(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let cores = 1 + index(&mut random, 4);
        let trouble = *random.pick(&[0, 20, 100, 400]);
        Self {
            desk: Desk::of(cores),
            cores: (0..cores).map(|_| CoreModel::default()).collect(),
            random,
            restarts: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            trouble,
            seen: BTreeSet::new(),
        }
    }

    /// Lets the master do something, and looks at what that was.
    fn master(&mut self, act: impl FnOnce(&mut Desk) -> Vec<Order>) {
        let states = |desk: &Desk| -> BTreeMap<JobId, JobState> {
            desk.boards.iter().map(|(job, board)| (*job, board.state())).collect()
        };
        let before = states(&self.desk);
        let orders = act(&mut self.desk);
        for (job, state) in states(&self.desk) {
            let from = before.get(&job).copied().unwrap_or(JobState::Created);
            self.seen.insert((from as u8, state as u8));
        }
        for order in orders {
            let core = match &order {
                Order::Deploy { core, .. } | Order::Start { core, .. } | Order::Close { core, .. } => *core,
                Order::Trigger { .. } => unreachable!("nobody asks for a checkpoint here"),
            };
            if let Order::Deploy { deploy: Deploy { attempt, .. }, .. } = &order {
                self.nothing_is_left_of_earlier(*attempt);
            }
            self.cores[core].orders.push_back(order);
        }
        while let Ok((job, outcome)) = self.desk.told.try_recv() {
            self.check_outcome(job, &outcome);
            assert!(self.outcomes.insert(job, outcome).is_none(), "{job} has ended twice");
        }
    }

    /// No core that lives has anything of an earlier attempt, or will be told of it.
    fn nothing_is_left_of_earlier(&self, attempt: Attempt) {
        let earlier = |other: &Attempt| other.job == attempt.job && other.number < attempt.number;
        for core in self.cores.iter().filter(|core| !core.lost) {
            assert!(!core.parts.keys().any(earlier), "a core still has an attempt before {attempt:?}");
            let waits = core.orders.iter().any(|order| match order {
                Order::Deploy { deploy: Deploy { attempt, .. }, .. } | Order::Start { attempt, .. } => {
                    earlier(attempt)
                }
                // Told twice, or late, they do nothing.
                Order::Close { .. } | Order::Trigger { .. } => false,
            });
            assert!(!waits, "a core will hear of an attempt before {attempt:?}");
        }
    }

    fn check_outcome(&self, job: JobId, outcome: &Outcome) {
        let board = &self.desk.boards[&job];
        assert_eq!((outcome.state, outcome.state.is_terminal()), (board.state(), true));
        assert_eq!(outcome.attempts, board.attempt() + 1);
        assert!(outcome.attempts <= 1 + self.restarts[&job]);
        assert_eq!(outcome.failure.is_some(), outcome.state == JobState::Failed);
        let suspended = outcome.state == JobState::Suspended;
        for (name, state) in board.subtasks() {
            assert!(state.is_terminal() || suspended, "{name} is {state} though {job} is {}", outcome.state);
            assert!(state == Finished || outcome.state != JobState::Finished, "{name} is {state}");
        }
        for core in self.cores.iter().filter(|core| !core.lost && !suspended) {
            assert!(!core.parts.keys().any(|attempt| attempt.job == job), "{job} has ended and is not gone");
        }
    }

    fn submit(&mut self) {
        let job = self.desk.boards.len() as u64;
        let vertices = 1 + index(&mut self.random, 3);
        let parallelism: Vec<u32> =
            (0..vertices).map(|_| 1 + u32::try_from(self.random.below(4)).unwrap()).collect();
        let mut graph = graph(&parallelism);
        let restarts = u32::try_from(self.random.below(4)).unwrap();
        if restarts > 0 {
            graph.restart = again(restarts, self.random.below(1_000));
        }
        for vertex in &mut graph.vertices {
            if self.random.chance(300) {
                vertex.placement =
                    crate::job::Placement::Cores(vec![index(&mut self.random, self.cores.len())]);
            }
        }
        self.restarts.insert(JobId(job), restarts);
        self.master(|desk| desk.submit(job, graph));
    }

    fn cancel(&mut self) {
        if !self.desk.boards.is_empty() {
            let job = self.random.below(self.desk.boards.len() as u64);
            self.master(|desk| desk.cancel(job));
        }
    }

    /// A core does the next thing that it was told to.
    fn obey(&mut self, core: usize) {
        let Self { cores, random, trouble, .. } = self;
        let core = &mut cores[core];
        if core.lost {
            return;
        }
        match core.orders.pop_front() {
            None | Some(Order::Trigger { .. }) => {}
            Some(Order::Deploy { deploy: Deploy { attempt, part, .. }, .. }) => {
                let mut made = Vec::new();
                let mut fails = None;
                for task in &part.tasks {
                    if random.chance(*trouble / 4) {
                        fails = Some(task.subtask);
                        break;
                    }
                    made.push(task.subtask);
                }
                core.parts.insert(attempt, Part { subtasks: made, runs: false });
                core.reports.push_back(match fails {
                    Some(subtask) => Report::Failed(attempt, subtask, Failure::lasting("cannot be made")),
                    None => Report::Deployed(attempt),
                });
            }
            Some(Order::Start { attempt, .. }) => {
                core.parts.get_mut(&attempt).expect("what is started was made").runs = true;
            }
            Some(Order::Close { attempt, .. }) => {
                core.parts.remove(&attempt);
                core.reports.push_back(Report::Closed(attempt));
            }
        }
    }

    /// A subtask of a core comes to its end, or to grief.
    fn run(&mut self, core: usize) {
        let Self { cores, random, trouble, .. } = self;
        let core = &mut cores[core];
        let running: Vec<Attempt> = core
            .parts
            .iter()
            .filter(|(_, part)| part.runs && !part.subtasks.is_empty())
            .map(|(a, _)| *a)
            .collect();
        if core.lost || running.is_empty() {
            return;
        }
        let attempt = *random.pick(&running);
        let part = core.parts.get_mut(&attempt).unwrap();
        let subtask = part.subtasks.swap_remove(index(random, part.subtasks.len()));
        core.reports.push_back(if random.chance(*trouble) {
            Report::Failed(attempt, subtask, Failure::passing("a peer is gone"))
        } else {
            Report::Finished(attempt, subtask)
        });
    }

    /// What a core has said, or that it has fallen silent, comes to the master.
    fn deliver(&mut self, core: usize) {
        if let Some(report) = self.cores[core].reports.pop_front() {
            self.master(|desk| desk.hear(Event::Report(core, report)));
        }
    }

    /// The core falls: what it has said before is heard before.
    fn fall(&mut self, core: usize) {
        if self.cores[core].lost {
            return;
        }
        self.cores[core].lost = true;
        while !self.cores[core].reports.is_empty() {
            self.deliver(core);
        }
        self.cores[core].parts.clear();
        self.master(|desk| desk.lose(core));
    }

    fn pass_time(&mut self) {
        self.desk.now_ns += self.random.below(500);
        let now_ns = self.desk.now_ns;
        if self.desk.master.due_ns().is_some_and(|due_ns| due_ns <= now_ns) {
            self.master(|desk| desk.tick(now_ns));
        }
    }

    fn anything(&mut self) {
        let core = index(&mut self.random, self.cores.len());
        match self.random.below(100) {
            0..6 if self.desk.boards.len() < 12 => self.submit(),
            6..9 if self.random.chance(100 + self.trouble) => self.cancel(),
            9 if self.random.chance(self.trouble / 4) => self.fall(core),
            10..40 => self.obey(core),
            40..60 => self.run(core),
            60..90 => self.deliver(core),
            _ => self.pass_time(),
        }
    }

    /// Nobody wants anything new: what is under way comes to its end.
    fn come_to_rest(&mut self) {
        for _ in 0..100_000 {
            if self.desk.master.is_idle() {
                return;
            }
            let core = index(&mut self.random, self.cores.len());
            match self.random.below(4) {
                0 => self.obey(core),
                1 => self.run(core),
                2 => self.deliver(core),
                _ => self.pass_time(),
            }
        }
        let states: Vec<_> = self.desk.boards.iter().map(|(job, board)| (*job, board.state())).collect();
        panic!("some jobs never end: {states:?}");
    }
}

fn index(random: &mut Random, end: usize) -> usize {
    usize::try_from(random.below(end as u64)).unwrap()
}

/// Runs one case, and says which changes of jobs it has seen.
fn run(seed: u64) -> BTreeSet<(u8, u8)> {
    let mut world = World::of(seed);
    (0..STEPS).for_each(|_| world.anything());
    let stops = world.random.chance(200);
    if stops {
        world.master(|desk| desk.hear(Event::Stop));
    }
    world.come_to_rest();
    assert_eq!(world.outcomes.len(), world.desk.boards.len(), "every job ends, and once");
    if !stops {
        world.desk.is_clean();
    }
    world.seen
}

#[test]
fn whatever_happens_every_job_ends_once_and_nothing_of_it_is_left() {
    let mut seen = BTreeSet::new();
    for seed in 0..CASES {
        let ran = std::panic::catch_unwind(|| run(seed));
        seen.extend(ran.unwrap_or_else(|_| panic!("with seed {seed}")));
    }
    // The ways were walked, too: every change of the table but the one that is over before anybody can look.
    for from in JobState::ALL {
        for to in JobState::ALL.into_iter().filter(|to| from.may_become(*to)) {
            let passes = (from, to) == (JobState::Restarting, JobState::Canceling);
            assert!(passes || seen.contains(&(from as u8, to as u8)), "{from} never became {to}");
        }
    }
}
