//! The program as subtasks: what a worker runs.
//!
//! Every chain becomes a vertex whose maker puts its operators together on the core that will run them.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use memory::{Envelope, KeyGroups, SpillDirectories};
use operators::accumulators::JobAccumulators;
use operators::chain::{Chain, Link, NodePoke, Role, Target};
use operators::{Mode, OperatorSeat, SideSpec};
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
    /// Where rows go that memory has no room for, if anywhere.
    pub spills: Option<Arc<SpillDirectories>>,
    /// What the functions of the job count.
    pub accumulators: JobAccumulators,
}

/// A node of a chain, with all that its maker needs.
struct Part {
    name: Arc<str>,
    ports: usize,
    exits: Vec<Vec<Target>>,
    sides: Arc<[SideSpec]>,
    groups: KeyGroups,
    factory: Factory,
}

/// A chain, with all that its maker needs.
struct Blueprint {
    parts: Vec<Part>,
    /// The port of the head that each input leads to.
    ports: Vec<usize>,
    mode: Mode,
    spills: Option<Arc<SpillDirectories>>,
    accumulators: JobAccumulators,
}

impl JobGraph {
    /// What a worker runs.
    pub fn execution(&self, spec: &JobSpec) -> ExecutionGraph {
        let mut graph = ExecutionGraph::new(&self.program.name);
        graph.restart = spec.restart;
        graph.latency_interval = spec.latency_interval;
        let weights: u64 =
            self.vertices.iter().map(|vertex| self.weight(vertex) * u64::from(vertex.parallelism)).sum();
        for (number, vertex) in self.vertices.iter().enumerate() {
            let blueprint = self.blueprint(number, spec);
            let managed = spec.managed_bytes.checked_div(weights).unwrap_or(0) * self.weight(vertex);
            let make = move |seat: &Seat| -> Result<Box<dyn Subtask>, Failure> {
                Ok(Box::new(blueprint.build(seat)?))
            };
            graph.vertex(Vertex::new(&vertex.name, make).parallel(vertex.parallelism).managed(managed));
        }
        graph.edges = self.edges.iter().map(|edge| self.edge(edge, spec)).collect();
        graph
    }

    fn weight(&self, vertex: &crate::job_graph::JobVertex) -> u64 {
        vertex.nodes.iter().map(|node| u64::from(self.program.node(*node).managed_weight)).sum()
    }

    fn blueprint(&self, vertex: usize, spec: &JobSpec) -> Blueprint {
        let nodes = &self.vertices[vertex].nodes;
        let outgoing: Vec<&JobEdge> = self.edges.iter().filter(|edge| edge.from == vertex).collect();
        let part = |node: &u32| {
            let operator = self.program.node(*node);
            let mut exits = vec![Vec::new(); operator.sides.len() + 1];
            for (stream, edge) in self.program.outputs(*node) {
                let target = match outgoing.iter().position(|outgoing| outgoing.stream == stream) {
                    Some(output) => Target::Edge(output),
                    None => {
                        Target::Node(nodes.iter().position(|each| *each == edge.to).expect("it is chained"))
                    }
                };
                exits[edge.output].push(target);
            }
            Part {
                name: operator.name.as_str().into(),
                ports: operator.ports,
                exits,
                sides: operator.sides.clone().into(),
                groups: operator.groups,
                factory: operator.factory.clone(),
            }
        };
        let incoming = self.edges.iter().filter(|edge| edge.to == vertex);
        Blueprint {
            parts: nodes.iter().map(part).collect(),
            ports: incoming.map(|edge| self.stream(edge).port).collect(),
            mode: self.program.mode,
            spills: spec.spills.clone(),
            accumulators: spec.accumulators.clone(),
        }
    }

    fn edge(&self, edge: &JobEdge, spec: &JobSpec) -> EdgeSpec {
        let stream = self.stream(edge);
        let groups = self.program.node(stream.to).groups;
        let route = route_of(stream, groups);
        let envelope = Arc::new(Envelope::new(stream.layout.schema().clone(), false, route.sends_hashes()));
        let [from, to] = [edge.from, edge.to].map(|vertex| u32::try_from(vertex).expect("fewer chains"));
        let timeout = stream.timeout.unwrap_or(spec.timeout);
        let hops = u32::try_from(self.vertices.len()).expect("fewer chains");
        let age_cap_ns = Steering::toward(spec.goal, hops.max(1)).advice().age_cap_ns;
        EdgeSpec { age_cap_ns, ..EdgeSpec::new(from, to, envelope, route, timeout) }
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
    fn build(&self, seat: &Seat) -> Result<Chain, Failure> {
        let accumulators = self.accumulators.of(&seat.place);
        let mut times = None;
        let mut links = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let poked = Arc::new(AtomicBool::new(false));
            let seat = OperatorSeat {
                place: seat.place.clone(),
                name: part.name.clone(),
                mode: self.mode,
                groups: part.groups,
                managed: seat.managed.clone(),
                spills: self.spills.clone(),
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
