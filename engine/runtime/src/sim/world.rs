//! Simulated machines: workers whose cores, disks and network take turns, with one master, as the seed decides.
//!
//! ```text
//!   heap of (time, chance) ─► the first ─┬─ a core's turn      the same reactor as anywhere
//!        ▲                               ├─ the master hears   the same master
//!        │                               ├─ a disk answers
//!        │                               └─ the network delivers
//!        └── what follows: the next turn, a wake after a while, a deadline, an answer
//! ```
//!
//! One thread, and time that jumps: ten minutes in which nothing happens cost nothing. What happens at the same time
//! happens in an order that is drawn. A core sleeps only if its doorbell lets it, and is woken only by who must wake it;
//! so a wake that is lost is a job that never ends, and the simulation says so ([`Standstill`]).
//!
//! A core's clock is ahead of the others' by what its present turn takes: as on a real machine, two cores do not agree on
//! which of their turns was first, and nothing correct depends on it.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use memory::{Lease, Pool};
use shuffle::mesh;

use super::host::{Address, Outside, SimHost};
use super::trace::{Trace, What};
use super::{Disk, Leftovers, SimOptions, Standstill, WireCounts, Wires};
use crate::figures::CoreGauges;
use crate::job::{Attempt, Event, ExecutionGraph, GraphError, JobBoard, JobId, Master, Outcome, Submission};
use crate::random::Random;
use crate::reactor::{CoreMail, CorePost, Opening, Reactor};
use crate::seam::ConnectionId;

/// Workers in a simulated world.
pub struct Simulation {
    pub(super) options: SimOptions,
    pub(super) random: Random,
    pub(super) chance: Random,
    pub(super) now_ns: u64,
    pub(super) heap: BinaryHeap<Reverse<(u64, u64, u64, Turn)>>,
    pub(super) sequence: u64,
    /// None while its machine is without power.
    pub(super) cores: Vec<Option<SimCore>>,
    pub(super) outside: Rc<Outside>,
    /// The connections of each attempt that has any, by the cores that they join, the lower one first.
    pub(super) connections: BTreeMap<(Attempt, usize, usize), (ConnectionId, ConnectionId)>,
    pub(super) master: Master,
    pub(super) events: Sender<Event>,
    pub(super) heard: Receiver<Event>,
    /// What the master has not heard yet.
    pub(super) unheard: VecDeque<Event>,
    /// When its next turn is, and that of disks and network.
    pub(super) master_due_ns: Option<u64>,
    pub(super) outside_due_ns: Option<u64>,
    pub(super) posts: Vec<CorePost>,
    pub(super) network: Lease,
    pub(super) managed: Lease,
    pub(super) outcomes: Receiver<(JobId, Outcome)>,
    pub(super) ended: Sender<(JobId, Outcome)>,
    pub(super) finished: BTreeMap<JobId, Outcome>,
    pub(super) running: usize,
    pub(super) next_job: u64,
    pub(super) lives: u64,
    pub(super) trace: Trace,
}

pub(super) struct SimCore {
    pub(super) reactor: Reactor,
    pub(super) host: SimHost,
    /// Its next turn: when, and the one entry of the heap that counts for it.
    pub(super) turn: Option<(u64, u64)>,
    pub(super) asleep: bool,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Turn {
    Core(usize),
    Master,
    Outside,
}

impl Simulation {
    /// A machine that has just been turned on.
    pub fn new(seed: u64, options: SimOptions) -> Self {
        let random = Random::new(seed);
        let network = Lease::root("network", options.pool_bytes * options.tempi.len() as u64);
        let managed = Lease::root("managed", options.managed_bytes);
        let (events, heard) = channel();
        let (ended, outcomes) = channel();
        let outside = Rc::new(outside(&random, &options));
        let mut simulation = Self {
            chance: random.branch("order"),
            random,
            now_ns: 0,
            heap: BinaryHeap::new(),
            sequence: 0,
            cores: Vec::new(),
            outside,
            connections: BTreeMap::new(),
            master: Master::new(options.tempi.len()),
            events,
            heard,
            unheard: VecDeque::new(),
            master_due_ns: None,
            outside_due_ns: None,
            posts: Vec::new(),
            network,
            managed,
            outcomes,
            ended,
            finished: BTreeMap::new(),
            running: 0,
            next_job: 0,
            lives: 0,
            trace: Trace::default(),
            options,
        };
        (0..simulation.options.machines).for_each(|machine| simulation.boot(machine));
        simulation
    }

    /// Begins a job.
    ///
    /// # Errors
    ///
    /// If the graph cannot run.
    pub fn run(&mut self, graph: ExecutionGraph) -> Result<(JobId, Arc<JobBoard>), GraphError> {
        graph.check(self.posts.len())?;
        let job = JobId(self.next_job);
        self.next_job += 1;
        self.running += 1;
        let (graph, ended) = (Arc::new(graph), self.ended.clone());
        let board = Arc::new(JobBoard::of(&graph));
        let ended = Box::new(move |outcome| {
            // A simulation that is gone wants no outcome.
            let _ = ended.send((job, outcome));
        });
        self.tell(Event::Submit(Submission { job, graph, board: board.clone(), ended }));
        Ok((job, board))
    }

    /// Wants no more of a job.
    pub fn cancel(&mut self, job: JobId) {
        self.tell(Event::Cancel(job));
    }

    /// Goes on until every job has ended, or this time has come.
    ///
    /// # Errors
    ///
    /// If they do not end.
    pub fn run_until_idle(&mut self, until_ns: u64) -> Result<(), Standstill> {
        while self.running > 0 {
            if self.now_ns >= until_ns {
                return Err(Standstill::OutOfTime);
            }
            if !self.step() {
                return Err(Standstill::Stuck);
            }
        }
        Ok(())
    }

    /// Goes on until this time has come, jobs or not.
    pub fn run_until(&mut self, until_ns: u64) {
        while self.heap.peek().is_some_and(|Reverse((due_ns, ..))| *due_ns <= until_ns) {
            self.step();
        }
        self.now_ns = self.now_ns.max(until_ns);
    }

    /// The next event. `false`: there is none.
    pub fn step(&mut self) -> bool {
        let Some(Reverse((due_ns, _, sequence, turn))) = self.heap.pop() else { return false };
        self.now_ns = self.now_ns.max(due_ns);
        match turn {
            Turn::Core(core) if self.next_turn(core) == Some((due_ns, sequence)) => self.turn_core(core),
            Turn::Master if self.master_due_ns == Some(due_ns) => self.turn_master(),
            Turn::Outside if self.outside_due_ns == Some(due_ns) => self.turn_outside(),
            _ => return true, // It was given an earlier time meanwhile, and has had its turn.
        }
        self.follow_up();
        true
    }

    /// How a job has ended, if it has.
    pub fn outcome(&self, job: JobId) -> Option<&Outcome> {
        self.finished.get(&job)
    }

    /// How many machines there are.
    pub fn machines(&self) -> usize {
        self.options.machines
    }

    /// Something that the test did, for the trace.
    pub fn note(&mut self, what: u64) {
        self.trace.add(self.now_ns, What::Note(what));
    }

    /// What time it is.
    pub fn now_ns(&self) -> u64 {
        self.now_ns
    }

    /// What has happened.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// What the disks have done wrong so far.
    pub fn disk_faults(&self) -> u64 {
        self.outside.disks.iter().map(|disk| disk.borrow().counts().total()).sum()
    }

    /// How often the network went wrong so far.
    pub fn wire_counts(&self) -> WireCounts {
        self.outside.wires.borrow().counts()
    }

    /// Turns the machines off in order, and looks at what is left.
    pub fn shut_down(mut self) -> Leftovers {
        self.tell(Event::Stop);
        for post in &self.posts {
            post.post(CoreMail::Stop);
        }
        self.follow_up();
        while self.step() {}
        // What lies in a lane goes home when both of its ends are gone.
        let pools: Vec<Pool> = std::mem::take(&mut self.cores)
            .into_iter()
            .flatten()
            .map(|core| core.reactor.into_pool())
            .collect();
        pools.iter().for_each(Pool::collect);
        let segment_bytes = pools.iter().map(Pool::bytes_out).sum();
        let open_files = self.outside.disks.iter().map(|disk| disk.borrow().open_files().count()).sum();
        let open_connections = self.outside.wires.borrow().open_ends().count();
        let managed_bytes = self.managed.figures().used;
        Leftovers { segment_bytes, managed_bytes, open_files, open_connections }
    }

    pub(super) fn machine_of(&self, core: usize) -> usize {
        core * self.options.machines / self.options.tempi.len()
    }

    pub(super) fn cores_of(&self, machine: usize) -> std::ops::Range<usize> {
        let each = self.options.tempi.len() / self.options.machines;
        machine * each..(machine + 1) * each
    }

    pub(super) fn boot(&mut self, machine: usize) {
        let cores = self.cores_of(machine);
        let first = cores.start;
        let random = self.random.branch(&format!("life {}", self.lives));
        for (core, links) in cores.clone().zip(mesh(cores.len())) {
            let (post, inbox) = CorePost::open(self.outside.wakes[core].clone());
            let reports = self.events.clone();
            let network = self.network.reserve(self.options.pool_bytes);
            let opening = Opening {
                core,
                first,
                links,
                network: network.expect("the last life has given it back"),
                segment_bytes: self.options.segment_bytes,
                managed: self.managed.clone(),
                inbox,
                post: post.clone(),
                plane: None,
                gauges: Arc::new(CoreGauges::default()),
                report: Box::new(move |core, report| {
                    // A simulation that is gone has no job that could miss it.
                    let _ = reports.send(Event::Report(core, report));
                }),
            };
            let address = Address { core, first, machine };
            let host = SimHost::new(address, self.outside.clone(), &random, self.options.tempi[core]);
            host.begin(self.now_ns);
            let reactor = Reactor::open(opening, self.now_ns).expect("memory for a simulation");
            let core_now = Some(SimCore { reactor, host, turn: None, asleep: false });
            if core < self.cores.len() {
                (self.posts[core], self.cores[core]) = (post, core_now);
            } else {
                self.posts.push(post);
                self.cores.push(core_now);
            }
            self.schedule_core(core, self.now_ns);
        }
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.unheard.push_back(event);
        self.schedule_master();
    }
}

fn outside(random: &Random, options: &SimOptions) -> Outside {
    let cores = options.tempi.len();
    assert!(options.machines > 0 && cores.is_multiple_of(options.machines), "machines have equal parts");
    let disk =
        |machine| RefCell::new(Disk::new(random.branch(&format!("disk {machine}")), options.disk.clone()));
    Outside {
        disks: (0..options.machines).map(disk).collect(),
        wires: RefCell::new(Wires::new(random.branch("wires"), options.wires.clone())),
        arrived: RefCell::new((0..cores).map(|_| VecDeque::new()).collect()),
        buggify: options.buggify.then(|| random.branch("buggify")),
        wakes: (0..cores).map(|_| Arc::default()).collect(),
    }
}
