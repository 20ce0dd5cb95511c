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
use super::{Disk, DiskFaults, Loss, Tempo, WireCounts, WireFaults, Wires};
use crate::figures::CoreGauges;
use crate::job::{
    Attempt, Deploy, Event, ExecutionGraph, GraphError, JobBoard, JobId, Master, Order, Outcome, Submission,
};
use crate::random::Random;
use crate::reactor::{CoreMail, CorePost, Idleness, Opening, Pace, Reactor};
use crate::seam::{Completion, ConnectionId, Wake};

/// What is simulated.
#[derive(Clone, Debug)]
pub struct SimOptions {
    /// The cores, each with its tempo. They belong to the machines in equal parts.
    pub tempi: Vec<Tempo>,
    /// How many machines there are.
    pub machines: usize,
    /// Network memory of each core, in whole slabs.
    pub pool_bytes: u64,
    /// The size of a segment.
    pub segment_bytes: usize,
    /// Managed memory of all cores.
    pub managed_bytes: u64,
    /// What the disks do wrong.
    pub disk: DiskFaults,
    /// What the network does wrong.
    pub wires: WireFaults,
    /// Whether the engine does the unlikely but legal thing at times.
    pub buggify: bool,
}

impl SimOptions {
    /// A machine on which nothing goes wrong.
    pub fn calm(cores: usize) -> Self {
        Self {
            machines: 1,
            wires: WireFaults::none(),
            tempi: vec![Tempo::EVEN; cores],
            pool_bytes: 4 * memory::SLAB_BYTES as u64,
            segment_bytes: 32 << 10,
            managed_bytes: 64 << 20,
            disk: DiskFaults::none(),
            buggify: false,
        }
    }

    /// Machines as the seed wants them: each kind of trouble is there or not.
    pub fn drawn(random: &mut Random) -> Self {
        let few = |random: &mut Random, most: u64| usize::try_from(random.within(1, most)).expect("a few");
        let machines = if random.chance(500) { 1 } else { few(random, 3) };
        let cores = machines * few(random, if machines == 1 { 4 } else { 2 });
        Self {
            machines,
            wires: if random.chance(500) { WireFaults::drawn(random) } else { WireFaults::none() },
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
    /// Connections that nobody closed, each end counted.
    pub open_connections: usize,
}

/// Workers in a simulated world.
pub struct Simulation {
    options: SimOptions,
    random: Random,
    chance: Random,
    now_ns: u64,
    heap: BinaryHeap<Reverse<(u64, u64, u64, Turn)>>,
    sequence: u64,
    /// None while its machine is without power.
    cores: Vec<Option<SimCore>>,
    outside: Rc<Outside>,
    /// The connections of each attempt that has any, by the cores that they join, the lower one first.
    connections: BTreeMap<(Attempt, usize, usize), (ConnectionId, ConnectionId)>,
    master: Master,
    events: Sender<Event>,
    heard: Receiver<Event>,
    /// What the master has not heard yet.
    unheard: VecDeque<Event>,
    /// When its next turn is, and that of disks and network.
    master_due_ns: Option<u64>,
    outside_due_ns: Option<u64>,
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

    /// A machine loses its power: whatever is in its memory is gone, of its disk what `loss` says, and its connections. The
    /// master learns of it. After a while it is turned on again.
    pub fn crash(&mut self, machine: usize, loss: Loss) {
        self.note(machine as u64);
        for core in self.cores_of(machine) {
            self.cores[core] = None;
            self.outside.arrived.borrow_mut()[core].clear();
            self.outside.wires.borrow_mut().reset_all(self.now_ns, core);
            self.unheard.push_back(Event::CoreLost(core, "its machine lost power".to_owned()));
        }
        self.outside.disks[machine].borrow_mut().crash(loss);
        self.lives += 1;
        self.boot(machine);
        self.unheard.extend(self.cores_of(machine).map(Event::CoreFound));
        self.follow_up();
    }

    /// Two machines do not hear each other for a while, in one direction or in both.
    pub fn clog(&mut self, from: usize, to: usize, until_ns: u64) {
        self.note(2);
        for (from, to) in self.cores_of(from).flat_map(|from| self.cores_of(to).map(move |to| (from, to))) {
            self.outside.wires.borrow_mut().clog(from, to, until_ns);
        }
        self.follow_up();
    }

    /// The connections between two machines break.
    pub fn cut(&mut self, one: usize, other: usize) {
        self.note(3);
        let between = |from: usize, to: usize| {
            let machines = [self.machine_of(from), self.machine_of(to)];
            machines == [one, other] || machines == [other, one]
        };
        let ends = self.connections.iter().filter(|((_, from, to), _)| between(*from, *to));
        for (end, _) in ends.map(|(_, ends)| *ends).collect::<Vec<_>>() {
            self.outside.wires.borrow_mut().cut(self.now_ns, end);
        }
        self.follow_up();
    }

    /// Nothing goes wrong any more.
    pub fn heal(&mut self) {
        self.outside.disks.iter().for_each(|disk| disk.borrow_mut().heal());
        self.outside.wires.borrow_mut().heal(self.now_ns);
        self.follow_up();
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

    fn machine_of(&self, core: usize) -> usize {
        core * self.options.machines / self.options.tempi.len()
    }

    fn cores_of(&self, machine: usize) -> std::ops::Range<usize> {
        let each = self.options.tempi.len() / self.options.machines;
        machine * each..(machine + 1) * each
    }

    fn boot(&mut self, machine: usize) {
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

    fn tell(&mut self, event: Event) {
        self.unheard.push_back(event);
        self.schedule_master();
    }

    fn turn_core(&mut self, core: usize) {
        let Some(SimCore { reactor, host, turn, asleep }) = &mut self.cores[core] else { return };
        *turn = None;
        host.begin(self.now_ns);
        if std::mem::take(asleep) {
            reactor.awake();
        }
        let pace = reactor.turn(host);
        let (ended_ns, tempo) = (host.ended_ns(), host.tempo);
        let number = match pace {
            Pace::Busy { .. } => 0,
            Pace::Idle(idleness) => 2 - u8::from(idleness.worked),
            Pace::Stopped => 3,
        };
        let what = What::Turn { core, pace: number, bytes_out: reactor.bytes_out() };
        self.trace.add(self.now_ns, what);
        let next_ns = match pace {
            Pace::Stopped => return,
            Pace::Busy { .. } | Pace::Idle(Idleness { worked: true, .. }) => {
                Some(tempo.gap_ns(&mut self.chance))
            }
            // A host looks for a while before it sleeps; how long, is anybody's guess.
            Pace::Idle(_) if self.chance.chance(300) => Some(tempo.gap_ns(&mut self.chance)),
            Pace::Idle(Idleness { until_ns, .. }) => {
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
        for mut order in orders {
            if let Order::Deploy { core, deploy } = &mut order {
                self.connect(*core, deploy);
            }
            let (core, mail) = CoreMail::of(order);
            self.posts[core].post(mail);
        }
    }

    /// Connects a core with those of other machines that it has channels with, as two workers would before they deploy.
    fn connect(&mut self, core: usize, deploy: &mut Deploy) {
        let others = deploy.part.channels.iter().flat_map(|(_, ends)| [ends.sender, ends.receiver]);
        let mut peers: Vec<usize> =
            others.filter(|peer| self.machine_of(*peer) != self.machine_of(core)).collect();
        peers.sort_unstable();
        peers.dedup();
        for peer in peers {
            let (low, high) = (core.min(peer), core.max(peer));
            let wires = &self.outside.wires;
            let fresh = || wires.borrow_mut().connect(low, high);
            let ends = self.connections.entry((deploy.attempt, low, high)).or_insert_with(fresh);
            deploy.wires.push((peer, if core == low { ends.0 } else { ends.1 }));
        }
    }

    fn turn_outside(&mut self) {
        self.outside_due_ns = None;
        let mut done = 0;
        let Outside { disks, wires, arrived, wakes, .. } = &*self.outside;
        let mut arrive = |core: usize, completion| {
            done += 1;
            arrived.borrow_mut()[core].push_back(completion);
            wakes[core].wake();
        };
        for disk in disks {
            disk.borrow_mut().complete_due(self.now_ns, &mut |(core, ticket), result| {
                arrive(core, Completion::File(ticket, result));
            });
        }
        wires.borrow_mut().deliver_due(self.now_ns, &mut arrive);
        self.trace.add(self.now_ns, What::Outside(done));
    }

    /// What an event has set going.
    fn follow_up(&mut self) {
        while let Ok((job, outcome)) = self.outcomes.try_recv() {
            self.running -= 1;
            self.finished.insert(job, outcome);
        }
        for core in 0..self.cores.len() {
            if self.outside.wakes[core].take() {
                let late_ns = self.options.tempi[core].wake_ns(&mut self.chance);
                self.schedule_core(core, self.now_ns + late_ns);
            }
        }
        self.unheard.extend(self.heard.try_iter());
        self.schedule_master();
        let disks = self.outside.disks.iter().map(|disk| disk.borrow().next_due_ns());
        let due_ns = disks.chain([self.outside.wires.borrow().next_due_ns()]).flatten().min();
        if let Some(due_ns) = due_ns
            && self.outside_due_ns.is_none_or(|known_ns| due_ns < known_ns)
        {
            self.outside_due_ns = Some(due_ns);
            self.push(due_ns, Turn::Outside);
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
        if self.next_turn(core).is_none_or(|(known_ns, _)| due_ns < known_ns) {
            let sequence = self.push(due_ns, Turn::Core(core));
            if let Some(core) = &mut self.cores[core] {
                core.turn = Some((due_ns, sequence));
            }
        }
    }

    fn next_turn(&self, core: usize) -> Option<(u64, u64)> {
        self.cores[core].as_ref()?.turn
    }

    fn push(&mut self, due_ns: u64, turn: Turn) -> u64 {
        self.sequence += 1;
        let chance = self.chance.bits();
        self.heap.push(Reverse((due_ns, chance, self.sequence, turn)));
        self.sequence
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
        wall_began_ms: 1_700_000_000_000,
    }
}
