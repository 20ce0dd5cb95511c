//! One simulated machine: a worker whose cores, master and disk take turns as the seed decides.
//!
//! ```text
//!   heap of (time, chance) ─► the first ─┬─ a core's turn      the same reactor as anywhere
//!        ▲                               ├─ the master hears   the same master
//!        │                               └─ the disk answers
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

use memory::Lease;
use shuffle::mesh;

use super::host::{Machine, SimHost};
use super::trace::{Trace, What};
use super::{Disk, DiskCounts, DiskFaults, Loss, Tempo};
use crate::figures::CoreGauges;
use crate::job::{Event, ExecutionGraph, GraphError, JobBoard, JobId, Master, Outcome, Submission};
use crate::random::Random;
use crate::reactor::{CoreMail, CorePost, Opening, Pace, Reactor};
use crate::seam::{Completion, Wake};

/// What a simulated machine has.
#[derive(Clone, Debug)]
pub struct SimOptions {
    /// Its cores, each with its tempo.
    pub tempi: Vec<Tempo>,
    /// Network memory of each core, in whole slabs.
    pub pool_bytes: u64,
    /// The size of a segment.
    pub segment_bytes: usize,
    /// Managed memory of all cores.
    pub managed_bytes: u64,
    /// What its disk does wrong.
    pub disk: DiskFaults,
    /// Whether the engine does the unlikely but legal thing at times.
    pub buggify: bool,
}

impl SimOptions {
    /// A machine on which nothing goes wrong.
    pub fn calm(cores: usize) -> Self {
        Self {
            tempi: vec![Tempo::EVEN; cores],
            pool_bytes: 4 * memory::SLAB_BYTES as u64,
            segment_bytes: 32 << 10,
            managed_bytes: 64 << 20,
            disk: DiskFaults::none(),
            buggify: false,
        }
    }

    /// A machine as the seed wants it: each kind of trouble is there or not.
    pub fn drawn(random: &mut Random) -> Self {
        let cores = usize::try_from(random.within(1, 4)).expect("a few");
        Self {
            tempi: Tempo::drawn(cores, random),
            segment_bytes: *random.pick(&[4 << 10, 8 << 10, 32 << 10]),
            disk: if random.chance(500) { DiskFaults::drawn(random) } else { DiskFaults::none() },
            buggify: random.chance(500),
            ..Self::calm(cores)
        }
    }
}

/// Why a simulation does not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standstill {
    /// Everything sleeps, and nobody will wake anybody.
    Stuck,
    /// The time that it was given is over.
    OutOfTime,
}

/// What is left when a simulation is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leftovers {
    /// Segments that did not come home, in bytes.
    pub segment_bytes: u64,
    /// Managed memory that was not given back.
    pub managed_bytes: u64,
    /// Files that nobody closed.
    pub open_files: usize,
}

/// A worker in a simulated world.
pub struct Simulation {
    options: SimOptions,
    random: Random,
    chance: Random,
    now_ns: u64,
    heap: BinaryHeap<Reverse<(u64, u64, u64, Turn)>>,
    sequence: u64,
    cores: Vec<SimCore>,
    machine: Rc<Machine>,
    master: Master,
    events: Sender<Event>,
    heard: Receiver<Event>,
    /// What the master has not heard yet.
    unheard: VecDeque<Event>,
    /// When its next turn is, and that of the disk.
    master_due_ns: Option<u64>,
    disk_due_ns: Option<u64>,
    posts: Vec<CorePost>,
    network: Lease,
    managed: Lease,
    outcomes: Receiver<(JobId, Outcome)>,
    ended: Sender<(JobId, Outcome)>,
    finished: BTreeMap<JobId, Outcome>,
    running: usize,
    next_job: u64,
    lives: u64,
    trace: Trace,
}

struct SimCore {
    reactor: Reactor,
    host: SimHost,
    /// Its next turn: when, and the one entry of the heap that counts for it.
    turn: Option<(u64, u64)>,
    asleep: bool,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    Core(usize),
    Master,
    Disk,
}

impl Simulation {
    /// A machine that has just been turned on.
    pub fn new(seed: u64, options: SimOptions) -> Self {
        let random = Random::new(seed);
        let disk = Disk::new(random.branch("disk"), options.disk.clone());
        let network = Lease::root("network", options.pool_bytes * options.tempi.len() as u64);
        let managed = Lease::root("managed", options.managed_bytes);
        let (events, heard) = channel();
        let (ended, outcomes) = channel();
        let machine = machine(&random, &options, disk);
        let mut simulation = Self {
            chance: random.branch("order"),
            random,
            now_ns: 0,
            heap: BinaryHeap::new(),
            sequence: 0,
            cores: Vec::new(),
            machine,
            master: Master::new(options.tempi.len()),
            events,
            heard,
            unheard: VecDeque::new(),
            master_due_ns: None,
            disk_due_ns: None,
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
        simulation.boot();
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
            Turn::Core(core) if self.cores[core].turn == Some((due_ns, sequence)) => self.turn_core(core),
            Turn::Master if self.master_due_ns == Some(due_ns) => self.turn_master(),
            Turn::Disk if self.disk_due_ns == Some(due_ns) => self.turn_disk(),
            _ => return true, // It was given an earlier time meanwhile, and has had its turn.
        }
        self.follow_up();
        true
    }

    /// How a job has ended, if it has.
    pub fn outcome(&self, job: JobId) -> Option<&Outcome> {
        self.finished.get(&job)
    }

    /// The power fails: whatever is in memory is gone, and of the disk what `loss` says. Then the machine is turned on
    /// again. Jobs that ran are gone without an outcome.
    pub fn crash(&mut self, loss: Loss) {
        self.note(u64::MAX);
        self.heap.clear();
        self.posts.clear();
        self.cores.clear();
        self.running = 0;
        let (events, heard) = channel();
        (self.events, self.heard) = (events, heard);
        (self.master_due_ns, self.disk_due_ns) = (None, None);
        self.unheard.clear();
        self.master = Master::new(self.options.tempi.len());
        while self.outcomes.try_recv().is_ok() {}
        let mut disk = self.machine.disk.replace(Disk::new(Random::new(0), DiskFaults::none()));
        disk.crash(loss);
        self.lives += 1;
        self.machine = machine(&self.random.branch(&format!("life {}", self.lives)), &self.options, disk);
        self.boot();
    }

    /// Nothing goes wrong any more.
    pub fn heal(&mut self) {
        self.machine.disk.borrow_mut().heal();
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

    /// What the disk has done wrong so far.
    pub fn disk_counts(&self) -> DiskCounts {
        self.machine.disk.borrow().counts()
    }

    /// Turns the machine off in order, and looks at what is left.
    pub fn shut_down(mut self) -> Leftovers {
        self.tell(Event::Stop);
        for post in &self.posts {
            post.post(CoreMail::Stop);
        }
        self.follow_up();
        while self.step() {}
        let segment_bytes = self.cores.iter().map(|core| core.reactor.bytes_out()).sum();
        let open_files = self.machine.disk.borrow().open_files().count();
        Leftovers { segment_bytes, managed_bytes: self.managed.figures().used, open_files }
    }

    fn boot(&mut self) {
        let cores = self.options.tempi.len();
        for (core, links) in mesh(cores).into_iter().enumerate() {
            let (post, inbox) = CorePost::open(self.machine.wakes[core].clone());
            let reports = self.events.clone();
            let opening = Opening {
                core,
                links,
                network: self
                    .network
                    .reserve(self.options.pool_bytes)
                    .expect("the last life has given it back"),
                segment_bytes: self.options.segment_bytes,
                managed: self.managed.clone(),
                inbox,
                post: post.clone(),
                plane: None,
                gauges: Arc::new(CoreGauges::default()),
                report: Box::new(move |core, report| {
                    let _ = reports.send(Event::Report(core, report));
                }),
            };
            let random = self.random.branch(&format!("life {}", self.lives));
            let host = SimHost::new(core, self.machine.clone(), &random, self.options.tempi[core]);
            host.begin(self.now_ns);
            let reactor = Reactor::open(opening, self.now_ns).expect("memory for a simulation");
            self.posts.push(post);
            self.cores.push(SimCore { reactor, host, turn: None, asleep: false });
            self.schedule_core(core, self.now_ns);
        }
    }

    fn tell(&mut self, event: Event) {
        self.unheard.push_back(event);
        self.schedule_master();
    }

    fn turn_core(&mut self, core: usize) {
        let SimCore { reactor, host, turn, asleep } = &mut self.cores[core];
        *turn = None;
        host.begin(self.now_ns);
        if std::mem::take(asleep) {
            reactor.awake();
        }
        let pace = reactor.turn(host);
        let (ended_ns, tempo) = (host.ended_ns(), host.tempo);
        let number = match pace {
            Pace::Busy => 0,
            Pace::Idle { worked: true, .. } => 1,
            Pace::Idle { worked: false, .. } => 2,
            Pace::Stopped => 3,
        };
        let what = What::Turn { core, pace: number, bytes_out: reactor.bytes_out() };
        self.trace.add(self.now_ns, what);
        let next_ns = match pace {
            Pace::Stopped => return,
            Pace::Busy | Pace::Idle { worked: true, .. } => Some(tempo.gap_ns(&mut self.chance)),
            // A host looks for a while before it sleeps; how long, is anybody's guess.
            Pace::Idle { .. } if self.chance.chance(300) => Some(tempo.gap_ns(&mut self.chance)),
            Pace::Idle { until_ns, .. } => {
                if reactor.park() {
                    *asleep = true;
                    self.trace.add(self.now_ns, What::Sleep(core));
                    let late_ns = tempo.wake_ns(&mut self.chance);
                    until_ns.map(|until_ns| until_ns.saturating_sub(ended_ns) + late_ns)
                } else {
                    Some(tempo.gap_ns(&mut self.chance))
                }
            }
        };
        if let Some(next_ns) = next_ns {
            self.schedule_core(core, ended_ns.saturating_add(next_ns));
        }
    }

    /// The master hears what has come, one thing at a time.
    fn turn_master(&mut self) {
        self.master_due_ns = None;
        let mut orders = Vec::new();
        if let Some(event) = self.unheard.pop_front() {
            self.master.hear(event, self.now_ns, &mut orders);
        }
        self.master.tick(self.now_ns, &mut orders);
        self.trace.add(self.now_ns, What::Master);
        for order in orders {
            let (core, mail) = CoreMail::of(order);
            self.posts[core].post(mail);
        }
    }

    fn turn_disk(&mut self) {
        self.disk_due_ns = None;
        let mut done = 0;
        let machine = self.machine.clone();
        machine.disk.borrow_mut().complete_due(self.now_ns, &mut |(core, ticket), result| {
            done += 1;
            machine.arrived.borrow_mut()[core].push_back(Completion::File(ticket, result));
            machine.wakes[core].wake();
        });
        self.trace.add(self.now_ns, What::Disk(done));
    }

    /// What an event has set going.
    fn follow_up(&mut self) {
        while let Ok((job, outcome)) = self.outcomes.try_recv() {
            self.running -= 1;
            self.finished.insert(job, outcome);
        }
        for core in 0..self.cores.len() {
            if self.machine.wakes[core].take() {
                let late_ns = self.cores[core].host.tempo.wake_ns(&mut self.chance);
                self.schedule_core(core, self.now_ns + late_ns);
            }
        }
        self.unheard.extend(self.heard.try_iter());
        self.schedule_master();
        let due_ns = self.machine.disk.borrow().next_due_ns();
        if let Some(due_ns) = due_ns
            && self.disk_due_ns.is_none_or(|known_ns| due_ns < known_ns)
        {
            self.disk_due_ns = Some(due_ns);
            self.push(due_ns, Turn::Disk);
        }
    }

    /// The master has a turn when something waits for it, or a job is to be started again.
    fn schedule_master(&mut self) {
        let heard_ns = (!self.unheard.is_empty()).then(|| self.now_ns + self.chance.within(1_000, 200_000));
        let due_ns = [heard_ns, self.master.due_ns()].into_iter().flatten().min();
        if let Some(due_ns) = due_ns
            && self.master_due_ns.is_none_or(|known_ns| due_ns < known_ns)
        {
            self.master_due_ns = Some(due_ns);
            self.push(due_ns, Turn::Master);
        }
    }

    /// A core has a turn at this time, unless it has one before.
    fn schedule_core(&mut self, core: usize, due_ns: u64) {
        if self.cores[core].turn.is_none_or(|(known_ns, _)| due_ns < known_ns) {
            let sequence = self.push(due_ns, Turn::Core(core));
            self.cores[core].turn = Some((due_ns, sequence));
        }
    }

    fn push(&mut self, due_ns: u64, turn: Turn) -> u64 {
        self.sequence += 1;
        let chance = self.chance.bits();
        self.heap.push(Reverse((due_ns, chance, self.sequence, turn)));
        self.sequence
    }
}

fn machine(random: &Random, options: &SimOptions, disk: Disk<(usize, crate::seam::Ticket)>) -> Rc<Machine> {
    let cores = options.tempi.len();
    Rc::new(Machine {
        disk: RefCell::new(disk),
        arrived: RefCell::new((0..cores).map(|_| VecDeque::new()).collect()),
        buggify: options.buggify.then(|| random.branch("buggify")),
        wakes: (0..cores).map(|_| Arc::default()).collect(),
        wall_began_ms: 1_700_000_000_000,
    })
}
