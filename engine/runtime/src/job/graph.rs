//! What is to run: vertices that become subtasks, and edges between them. Plain data, checked before anything is made.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use memory::Envelope;
use shuffle::{BufferTimeout, Route};

use crate::bound::{INTERVAL_LEAST, INTERVAL_MAX, SHARES_MAX};
use crate::subtask::Maker;

/// A job, ready to be placed. The planner makes it; nothing in it belongs to a core yet.
#[derive(Clone, Debug)]
pub struct ExecutionGraph {
    /// What its user calls it.
    pub name: String,
    /// How much of a core it gets beside others that want it too: twice as much with twice the shares. Subtasks that
    /// have little to do come at once, whatever their shares.
    pub shares: u32,
    /// What follows a failure.
    pub restart: Restart,
    /// How often sources send a mark that measures the way; never, if not said.
    pub latency_interval: Option<Duration>,
    /// The operators, or chains of operators.
    pub vertices: Vec<Vertex>,
    /// What goes from where to where. The outputs of a vertex are numbered in this order, and so are its inputs.
    pub edges: Vec<EdgeSpec>,
}

/// An operator, or a chain of operators that call each other directly.
#[derive(Clone)]
pub struct Vertex {
    /// `Source: clicks -> filter`.
    pub name: String,
    /// How many subtasks it has.
    pub parallelism: u32,
    /// Managed memory that each of them is sure of. More than that it may ask for.
    pub managed_bytes: u64,
    /// Where they run.
    pub placement: Placement,
    /// Makes them.
    pub maker: Arc<dyn Maker>,
}

/// Which core a subtask runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// Subtasks of the same number share a core, over all vertices: rows that need not cross do not.
    Slots,
    /// These cores of the worker, in turn.
    Cores(Vec<usize>),
}

/// From the subtasks of one vertex to those of another one.
#[derive(Clone, Debug)]
pub struct EdgeSpec {
    /// The vertex that sends.
    pub from: u32,
    /// The one that receives.
    pub to: u32,
    /// Which columns travel.
    pub envelope: Arc<Envelope>,
    /// Which rows go where.
    pub route: Route,
    /// When they leave.
    pub timeout: BufferTimeout,
    /// At `auto`: how old a row may become before it leaves.
    pub age_cap_ns: u64,
    /// How far a channel may be ahead of the slowest one in event time.
    pub drift_max_ms: Option<u64>,
}

/// What follows the failure of a subtask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// The job has failed.
    Never,
    /// The job is started from its beginning, so many times at most.
    Fixed {
        /// How often.
        attempts: u32,
        /// How long after the last subtask has stopped.
        delay: Duration,
    },
}

/// Why a graph cannot run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// There is nothing to run.
    #[error("the job has no vertex")]
    Empty,
    /// Shares out of bounds.
    #[error("shares = {0}: a job has from 1 to {SHARES_MAX}")]
    Shares(u32),
    /// A time that is none, or ends never.
    #[error("{what} = {time:?}: from {INTERVAL_LEAST:?} to {INTERVAL_MAX:?}")]
    Interval {
        /// Which.
        what: &'static str,
        /// What it is.
        time: Duration,
    },
    /// A vertex without a subtask.
    #[error("vertex {0} has parallelism 0; give it at least 1")]
    NoSubtask(String),
    /// An edge to or from nowhere.
    #[error("edge {edge} names vertex {vertex}, but there are {vertices}")]
    NoSuchVertex {
        /// Which edge.
        edge: usize,
        /// Which vertex it names.
        vertex: u32,
        /// How many there are.
        vertices: usize,
    },
    /// A forward edge that would have to spread or gather.
    #[error(
        "{from} ({senders} subtasks) is connected forward with {to} ({receivers} subtasks); give both the same parallelism, or rebalance"
    )]
    UnequalForward {
        /// The vertex that sends.
        from: String,
        /// Its parallelism.
        senders: u32,
        /// The vertex that receives.
        to: String,
        /// Its parallelism.
        receivers: u32,
    },
    /// A vertex is placed on no core, or on one that the worker does not have.
    #[error("{vertex} is placed on core {core:?}, but the worker has {cores}")]
    NoSuchCore {
        /// The vertex.
        vertex: String,
        /// Where it should run; nothing, if it names no core at all.
        core: Option<usize>,
        /// How many the worker has.
        cores: usize,
    },
    /// More channels than a worker can name.
    #[error("the job has {channels} channels, and {free} of the worker's are free; lower the parallelism")]
    TooManyChannels {
        /// How many it has.
        channels: usize,
        /// How many there are.
        free: usize,
    },
    /// The cores that it needs do not run any more.
    #[error("the worker has stopped")]
    Stopped,
}

impl ExecutionGraph {
    /// Nothing yet, with ordinary shares and no second try.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            shares: 1000,
            restart: Restart::Never,
            latency_interval: None,
            vertices: Vec::new(),
            edges: Vec::new(),
        }
    }

    /// Adds a vertex and says its number.
    pub fn vertex(&mut self, vertex: Vertex) -> u32 {
        self.vertices.push(vertex);
        u32::try_from(self.vertices.len() - 1).expect("fewer vertices than a planner could make")
    }

    /// How many subtasks there are in all.
    pub fn subtasks(&self) -> usize {
        self.vertices.iter().map(|vertex| vertex.parallelism as usize).sum()
    }

    /// Whether it can run on a worker of so many cores.
    pub fn check(&self, cores: usize) -> Result<(), GraphError> {
        if self.vertices.is_empty() {
            return Err(GraphError::Empty);
        }
        if !(1..=SHARES_MAX).contains(&self.shares) {
            return Err(GraphError::Shares(self.shares));
        }
        check_interval("the interval of latency marks", self.latency_interval)?;
        let timeouts = self.edges.iter().map(|edge| edge.timeout.tick());
        timeouts
            .into_iter()
            .try_for_each(|timeout| check_interval("the buffer timeout of an edge", timeout))?;
        self.vertices.iter().try_for_each(|vertex| vertex.check(cores))?;
        self.edges.iter().enumerate().try_for_each(|(number, edge)| self.check_edge(number, edge))
    }

    fn check_edge(&self, number: usize, edge: &EdgeSpec) -> Result<(), GraphError> {
        let find = |vertex: u32| {
            self.vertices.get(vertex as usize).ok_or(GraphError::NoSuchVertex {
                edge: number,
                vertex,
                vertices: self.vertices.len(),
            })
        };
        let (from, to) = (find(edge.from)?, find(edge.to)?);
        if matches!(edge.route, Route::Forward) && from.parallelism != to.parallelism {
            return Err(GraphError::UnequalForward {
                from: from.name.clone(),
                senders: from.parallelism,
                to: to.name.clone(),
                receivers: to.parallelism,
            });
        }
        Ok(())
    }
}

fn check_interval(what: &'static str, time: Option<Duration>) -> Result<(), GraphError> {
    let outside = time.filter(|time| !(INTERVAL_LEAST..=INTERVAL_MAX).contains(time));
    outside.map_or(Ok(()), |time| Err(GraphError::Interval { what, time }))
}

impl Vertex {
    /// One subtask, where there is room, without managed memory.
    pub fn new(name: impl Into<String>, maker: impl Maker + 'static) -> Self {
        Self {
            name: name.into(),
            parallelism: 1,
            managed_bytes: 0,
            placement: Placement::Slots,
            maker: Arc::new(maker),
        }
    }

    /// The same with so many subtasks.
    #[must_use]
    pub fn parallel(self, parallelism: u32) -> Self {
        Self { parallelism, ..self }
    }

    /// The same with so much managed memory for each subtask.
    #[must_use]
    pub fn managed(self, managed_bytes: u64) -> Self {
        Self { managed_bytes, ..self }
    }

    /// The same on these cores.
    #[must_use]
    pub fn on(self, cores: impl Into<Vec<usize>>) -> Self {
        Self { placement: Placement::Cores(cores.into()), ..self }
    }

    /// What one of its subtasks is called: `map (2/4)`.
    pub(super) fn name_of(&self, number: u32) -> Arc<str> {
        format!("{} ({}/{})", self.name, number + 1, self.parallelism).into()
    }

    fn check(&self, cores: usize) -> Result<(), GraphError> {
        if self.parallelism == 0 {
            return Err(GraphError::NoSubtask(self.name.clone()));
        }
        let Placement::Cores(named) = &self.placement else { return Ok(()) };
        let missing = named.iter().copied().find(|core| *core >= cores);
        if named.is_empty() || missing.is_some() {
            return Err(GraphError::NoSuchCore { vertex: self.name.clone(), core: missing, cores });
        }
        Ok(())
    }
}

impl fmt::Debug for Vertex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vertex")
            .field("name", &self.name)
            .field("parallelism", &self.parallelism)
            .field("managed_bytes", &self.managed_bytes)
            .field("placement", &self.placement)
            .finish_non_exhaustive()
    }
}

impl EdgeSpec {
    /// An edge whose rows leave as the timeout says. Whether key hashes travel follows from the route.
    pub fn new(from: u32, to: u32, envelope: Arc<Envelope>, route: Route, timeout: BufferTimeout) -> Self {
        let age_cap_ns = shuffle::Steering::toward(None, 1).advice().age_cap_ns;
        let envelope = Arc::new(envelope.with_hashes(route.sends_hashes()));
        Self { from, to, envelope, route, timeout, age_cap_ns, drift_max_ms: None }
    }
}

#[cfg(test)]
mod tests {
    use arrow_schema::Schema;

    use super::*;
    use crate::subtask::{Failure, Seat, Subtask};

    fn vertex(name: &str, parallelism: u32) -> Vertex {
        let maker = |_: &Seat| -> Result<Box<dyn Subtask>, Failure> { Err(Failure::lasting("never made")) };
        Vertex::new(name, maker).parallel(parallelism)
    }

    fn graph(vertices: Vec<Vertex>, edges: &[(u32, u32)]) -> ExecutionGraph {
        let envelope = Arc::new(Envelope::new(Arc::new(Schema::empty()), false, false));
        let mut graph = ExecutionGraph::new("test");
        graph.vertices = vertices;
        graph.edges = edges
            .iter()
            .map(|(from, to)| {
                EdgeSpec::new(*from, *to, envelope.clone(), Route::Forward, BufferTimeout::Full)
            })
            .collect();
        graph
    }

    #[test]
    fn what_cannot_run_is_told_before_anything_is_made() {
        let fault = |graph: &ExecutionGraph| graph.check(2).unwrap_err().to_string();
        assert_eq!(fault(&graph(vec![], &[])), "the job has no vertex");
        let none = graph(vec![vertex("map", 0)], &[]);
        assert_eq!(fault(&none), "vertex map has parallelism 0; give it at least 1");
        let nowhere = graph(vec![vertex("map", 1)], &[(0, 3)]);
        assert_eq!(fault(&nowhere), "edge 0 names vertex 3, but there are 1");
        let unequal = graph(vec![vertex("map", 1), vertex("sink", 2)], &[(0, 1)]);
        assert_eq!(
            fault(&unequal),
            "map (1 subtasks) is connected forward with sink (2 subtasks); give both the same parallelism, or rebalance"
        );
        let far = graph(vec![vertex("map", 1).on([0, 2])], &[]);
        assert_eq!(fault(&far), "map is placed on core Some(2), but the worker has 2");
        let mut endless = graph(vec![vertex("map", 1)], &[]);
        endless.latency_interval = Some(Duration::MAX);
        assert!(
            fault(&endless)
                .starts_with("the interval of latency marks = 18446744073709551615.999999999s: from")
        );
        let mut greedy = graph(vec![vertex("map", 1)], &[]);
        greedy.shares = 10_001;
        assert_eq!(fault(&greedy), "shares = 10001: a job has from 1 to 10000");
    }

    #[test]
    fn what_can_run_passes() {
        let pair = graph(vec![vertex("map", 2).on([1]), vertex("sink", 2)], &[(0, 1)]);
        assert_eq!(pair.check(2), Ok(()));
        assert_eq!(pair.subtasks(), 4);
    }
}
