//! The program as subtasks: what a worker runs.
//!
//! Every chain becomes a vertex whose maker puts its operators together on the core that will run them. A blocking edge
//! becomes a sink at the end of the chain before it, and a vertex that reads for the chain behind it:
//!
//! ```text
//!   map ─► key by ══ hash, blocking ══► sum        map ─► key by ─► to disk ┄┄┄ from disk ── forward ──► sum
//! ```

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use connect::{Exchange, ExchangeSpec};
use memory::{Envelope, KeyGroups, Lease, SpillDirectories};
use operators::accumulators::JobAccumulators;
use operators::chain::{Chain, Link, NodePoke, Role, Target};
use operators::{Mode, OperatorSeat, SideSpec};
use options::{
    LATENCY_INTERVAL, RESTART_ATTEMPTS, RESTART_DELAY, RESTART_STRATEGY, RestartStrategy, Settings,
};
use runtime::job::{EdgeSpec, ExecutionGraph, Restart, Vertex};
use runtime::subtask::{Failure, Seat, Subtask};
use shuffle::{BufferTimeout, Goal, HashKey, Partitioner, Route, Steering};

use crate::job_graph::{JobEdge, JobGraph};
use crate::stream_graph::{Factory, Partition, StreamEdge};

/// What a job is run with, beside its program.
#[derive(Clone, Debug)]
pub struct JobSpec {
    /// When rows leave an edge that does not say.
    pub timeout: BufferTimeout,
    /// At `auto`: the latency to reach.
    pub goal: Option<Goal>,
    /// What follows a failure.
    pub restart: Restart,
    /// How often sources send a mark that measures the way.
    pub latency_interval: Option<Duration>,
    /// Managed memory of the worker, which its operators share.
    pub managed_bytes: u64,
    /// Where rows go that memory has no room for, and those of blocking edges.
    pub spills: Arc<SpillDirectories>,
    /// What the functions of the job count.
    pub accumulators: JobAccumulators,
}

impl JobSpec {
    /// As the settings say, with what the worker has.
    pub fn of(settings: &Settings, managed_bytes: u64, spills: Arc<SpillDirectories>) -> Self {
        Self {
            timeout: BufferTimeout::of(settings),
            goal: BufferTimeout::goal(settings),
            restart: match settings.get(&RESTART_STRATEGY) {
                RestartStrategy::None => Restart::Never,
                RestartStrategy::FixedDelay => Restart::Fixed {
                    attempts: settings.get(&RESTART_ATTEMPTS),
                    delay: settings.get(&RESTART_DELAY),
                },
            },
            latency_interval: Some(settings.get(&LATENCY_INTERVAL)).filter(|interval| !interval.is_zero()),
            managed_bytes,
            spills,
            accumulators: JobAccumulators::default(),
        }
    }
}

/// A node of a chain, with all that its maker needs.
struct Part {
    name: Arc<str>,
    ports: usize,
    exits: Vec<Vec<Target>>,
    sides: Arc<[SideSpec]>,
    groups: KeyGroups,
    /// How many shares of managed memory are its own.
    weight: u64,
    factory: Factory,
}

/// A chain, with all that its maker needs.
struct Blueprint {
    parts: Vec<Part>,
    /// The port of the head that each input leads to.
    ports: Vec<usize>,
    mode: Mode,
    /// Managed memory that goes with a weight of one.
    share: u64,
    spills: Arc<SpillDirectories>,
    accumulators: JobAccumulators,
}

impl JobGraph {
    /// What a worker runs.
    pub fn execution(&self, spec: &JobSpec) -> ExecutionGraph {
        let mut graph = ExecutionGraph::new(&self.program.name);
        graph.restart = spec.restart;
        graph.latency_interval = spec.latency_interval;
        let weights: u64 = (0..self.vertices.len()).map(|vertex| self.weight_of_all(vertex)).sum();
        let share = spec.managed_bytes.checked_div(weights).unwrap_or(0);
        let exchanges: Vec<Option<Exchange>> = self
            .edges
            .iter()
            .map(|edge| self.stream(edge).is_blocking().then(|| self.exchange(edge, spec)))
            .collect();
        for (number, vertex) in self.vertices.iter().enumerate() {
            let blueprint = self.blueprint((number, share), &exchanges, spec);
            let managed = share * self.weight(number);
            let make = move |seat: &Seat| -> Result<Box<dyn Subtask>, Failure> {
                Ok(Box::new(blueprint.build(seat)?))
            };
            graph.vertex(Vertex::new(&vertex.name, make).parallel(vertex.parallelism).managed(managed));
        }
        for (edge, exchange) in self.edges.iter().zip(exchanges) {
            let planned = self.edge(edge, spec);
            let planned = match exchange {
                None => planned,
                Some(exchange) => {
                    let from = graph.vertex(self.reader((edge, share), exchange, spec).managed(share));
                    EdgeSpec { from, route: Route::Forward, ..planned }
                }
            };
            graph.edges.push(planned);
        }
        graph
    }

    /// How many shares of managed memory a subtask of a chain gets: one for each blocking edge that it writes, too.
    fn weight(&self, vertex: usize) -> u64 {
        let nodes = self.vertices[vertex].nodes.iter();
        let operators: u64 = nodes.map(|node| u64::from(self.program.node(*node).managed_weight)).sum();
        operators + self.blocking_edges().filter(|edge| edge.from == vertex).count() as u64
    }

    /// How many all subtasks of a chain get, and those that read blocking edges for it.
    fn weight_of_all(&self, vertex: usize) -> u64 {
        let read = self.blocking_edges().filter(|edge| edge.to == vertex).count() as u64;
        (self.weight(vertex) + read) * u64::from(self.vertices[vertex].parallelism)
    }

    fn blocking_edges(&self) -> impl Iterator<Item = &JobEdge> {
        self.edges.iter().filter(|edge| self.stream(edge).is_blocking())
    }

    fn blueprint(
        &self,
        (vertex, share): (usize, u64),
        exchanges: &[Option<Exchange>],
        spec: &JobSpec,
    ) -> Blueprint {
        let nodes = &self.vertices[vertex].nodes;
        let outgoing = self.edges.iter().zip(exchanges).filter(|(edge, _)| edge.from == vertex);
        let (blocking, running): (Vec<_>, Vec<_>) = outgoing.partition(|(_, exchange)| exchange.is_some());
        let target = |stream: usize, edge: &StreamEdge| {
            let place = |among: &[(&JobEdge, _)]| among.iter().position(|(edge, _)| edge.stream == stream);
            if let Some(output) = place(&running) {
                return Target::Edge(output);
            }
            let behind = place(&blocking).map(|number| nodes.len() + number);
            let chained = || nodes.iter().position(|each| *each == edge.to);
            Target::Node(behind.or_else(chained).expect("it is chained"))
        };
        let part = |node: &u32| {
            let operator = self.program.node(*node);
            let mut exits = vec![Vec::new(); operator.sides.len() + 1];
            for (stream, edge) in self.program.outputs(*node) {
                exits[edge.output].push(target(stream, edge));
            }
            Part {
                name: operator.name.as_str().into(),
                ports: operator.ports,
                exits,
                sides: operator.sides.clone().into(),
                groups: operator.groups,
                weight: u64::from(operator.managed_weight),
                factory: operator.factory.clone(),
            }
        };
        let writers = blocking.iter().filter_map(|(edge, exchange)| {
            let exchange = (*exchange).clone()?;
            let factory = Factory::Sink(Arc::new(move |seat| exchange.sink(&seat.subtask())));
            Some(self.end_of(edge, "to disk", factory, 1))
        });
        let incoming = self.edges.iter().filter(|edge| edge.to == vertex);
        Blueprint {
            parts: nodes.iter().map(part).chain(writers).collect(),
            ports: incoming.map(|edge| self.stream(edge).port).collect(),
            mode: self.program.mode,
            share,
            spills: spec.spills.clone(),
            accumulators: spec.accumulators.clone(),
        }
    }

    /// What both ends of a blocking edge share.
    fn exchange(&self, edge: &JobEdge, spec: &JobSpec) -> Exchange {
        let planned = self.edge(edge, spec);
        Exchange::new(ExchangeSpec {
            route: planned.route,
            envelope: (*planned.envelope).clone(),
            senders: self.vertices[edge.from].parallelism,
            receivers: self.vertices[edge.to].parallelism,
            spills: spec.spills.clone(),
        })
    }

    /// The vertex that reads a blocking edge.
    fn reader(&self, (edge, share): (&JobEdge, u64), exchange: Exchange, spec: &JobSpec) -> Vertex {
        let factory = Factory::Source(Arc::new(move |seat| exchange.source(&seat.subtask())), None);
        let mut part = self.end_of(edge, "from disk", factory, 0);
        part.exits = vec![vec![Target::Edge(0)]];
        let blueprint = Blueprint {
            parts: vec![part],
            ports: Vec::new(),
            mode: self.program.mode,
            share,
            spills: spec.spills.clone(),
            accumulators: spec.accumulators.clone(),
        };
        let name = format!("{}: from disk", self.stream(edge).partition);
        let make =
            move |seat: &Seat| -> Result<Box<dyn Subtask>, Failure> { Ok(Box::new(blueprint.build(seat)?)) };
        Vertex::new(name, make).parallel(self.vertices[edge.to].parallelism)
    }

    /// One end of a blocking edge.
    fn end_of(&self, edge: &JobEdge, way: &str, factory: Factory, ports: usize) -> Part {
        let stream = self.stream(edge);
        Part {
            name: format!("{}: {way}", stream.partition).into(),
            ports,
            exits: Vec::new(),
            sides: Arc::new([]),
            groups: self.program.node(stream.to).groups,
            weight: 1,
            factory,
        }
    }

    fn edge(&self, edge: &JobEdge, spec: &JobSpec) -> EdgeSpec {
        let stream = self.stream(edge);
        let groups = self.program.node(stream.to).groups;
        let route = route_of(stream, groups);
        let layout = &stream.layout;
        let envelope = Envelope::new(layout.schema().clone(), layout.has_kinds(), route.sends_hashes());
        let [from, to] = [edge.from, edge.to].map(|vertex| u32::try_from(vertex).expect("fewer chains"));
        let timeout = stream.timeout.unwrap_or(spec.timeout);
        let hops = u32::try_from(self.vertices.len()).expect("fewer chains");
        let age_cap_ns = Steering::toward(spec.goal, hops.max(1)).advice().age_cap_ns;
        EdgeSpec { age_cap_ns, ..EdgeSpec::new(from, to, Arc::new(envelope), route, timeout) }
    }
}

fn route_of(stream: &StreamEdge, groups: KeyGroups) -> Route {
    match &stream.partition {
        Partition::Forward => Route::Forward,
        Partition::Hash => Route::Hash { key: HashKey::Columns(stream.layout.key().to_vec()), groups },
        Partition::Rebalance => Route::Rebalance,
        Partition::Rescale => Route::Rescale,
        Partition::Shuffle => Route::Custom(by_chance()),
        Partition::Broadcast => Route::Broadcast,
        Partition::Global => Route::Global,
        Partition::Range(bounds) => Route::Range(bounds.clone()),
        Partition::Custom(partitioner) => Route::Custom(partitioner.clone()),
    }
}

/// Deals rows out by a hash of how many came before: even, without order, and the same in every run.
fn by_chance() -> Partitioner {
    let dealt = std::sync::atomic::AtomicU64::new(0);
    Partitioner::new("shuffle", move |batch, channels, targets| {
        let rows = batch.rows() as u64;
        let first = dealt.fetch_add(rows, std::sync::atomic::Ordering::Relaxed);
        targets.extend((first..first + rows).map(|number| {
            let mixed = (number ^ (number >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            u32::try_from(((mixed >> 32) * u64::from(channels)) >> 32).expect("below the number of channels")
        }));
    })
}

impl Blueprint {
    /// The memory of an operator: its own share is sure, so that one which takes what it can get leaves others theirs.
    fn lease(&self, part: &Part, chain: &Lease) -> Result<Lease, Failure> {
        let (own, limit) = (self.share * part.weight, chain.figures().limit);
        let lease = chain.child(&*part.name, own, limit);
        lease.ok_or_else(|| {
            Failure::lasting(format!("{}: its {own} bytes of managed memory are taken", part.name))
        })
    }

    fn build(&self, seat: &Seat) -> Result<Chain, Failure> {
        let accumulators = self.accumulators.of(&seat.place);
        let mut times = None;
        let mut links = Vec::with_capacity(self.parts.len());
        // All of them before the first operator can take what it likes.
        let leases = self.parts.iter().map(|part| self.lease(part, &seat.managed));
        for (part, managed) in self.parts.iter().zip(leases.collect::<Result<Vec<_>, _>>()?) {
            let poked = Arc::new(AtomicBool::new(false));
            let seat = OperatorSeat {
                place: seat.place.clone(),
                name: part.name.clone(),
                mode: self.mode,
                groups: part.groups,
                managed,
                spills: Some(self.spills.clone()),
                plane: seat.plane.clone(),
                poke: Arc::new(NodePoke::new(poked.clone(), seat.poke.clone())),
                accumulators: accumulators.clone(),
                sides: part.sides.clone(),
            };
            let role = match &part.factory {
                Factory::Source(make, times_of) => {
                    times = times_of.as_ref().map(|times_of| times_of(&seat));
                    Role::Source(make(&seat)?)
                }
                Factory::Operator(make) => Role::Operator(make(&seat)?),
                Factory::Sink(make) => Role::Sink(make(&seat)?),
            };
            links.push(Link { role, ports: part.ports, exits: part.exits.clone(), poked: Some(poked) });
        }
        let chain = Chain::new(links, self.ports.clone());
        Ok(match times {
            Some(times) => chain.with_times(times),
            None => chain,
        })
    }
}
