//! The program while it is written: operators in the order of the calls, streams between them, and what was not said yet.
//!
//! Which rows go where is decided when the program is complete: until then an operator's parallelism may change.

use std::cell::RefCell;
use std::rc::Rc;

use operators::time::AlignmentGroups;
use operators::{Layout, Mode, SideSpec};
use options::{
    BATCH_SHUFFLE_MODE, MAX_PARALLELISM, OPERATOR_CHAINING, PARALLELISM, RUNTIME_MODE, RuntimeMode,
    SORTED_INPUTS, Settings,
};
use plan::{
    Chaining, ExchangeMode, Factory, NodeId, Partition, StreamEdge, StreamGraph, StreamNode, TimesMaker,
    key_groups,
};
use shuffle::BufferTimeout;

use crate::error::ExecuteError;

/// A program that is being written, shared by all of its streams.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) settings: RefCell<Settings>,
    /// Rows of a source's batch at most.
    pub(crate) batch_rows: RefCell<Option<usize>>,
    nodes: RefCell<Vec<DraftNode>>,
    edges: RefCell<Vec<DraftEdge>>,
    /// Sources of one program that wait for each other.
    alignment: RefCell<AlignmentGroups>,
}

/// An operator.
#[derive(Debug)]
pub(crate) struct DraftNode {
    pub(crate) name: String,
    pub(crate) uid: Option<String>,
    pub(crate) parallelism: Option<u32>,
    pub(crate) max_parallelism: Option<u32>,
    /// Whether it has one subtask whatever anybody says.
    pub(crate) is_single: bool,
    /// Whose parallelism it has: rows stay where they are, and in order.
    pub(crate) follows: Option<NodeId>,
    /// Whose subtasks it prepares rows for: it has as many, and the same keys in each.
    pub(crate) precedes: Option<NodeId>,
    pub(crate) chaining: Chaining,
    pub(crate) slot_group: Option<String>,
    pub(crate) ports: usize,
    pub(crate) bounded: bool,
    /// Whether it has nothing to say before its input has ended.
    pub(crate) needs_end: bool,
    pub(crate) sides: Vec<SideSpec>,
    pub(crate) managed_weight: u32,
    pub(crate) timeout: Option<BufferTimeout>,
    pub(crate) factory: Factory,
}

/// Where the rows of a stream come from.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) node: NodeId,
    pub(crate) output: usize,
    /// Which rows go where, if somebody has said so.
    pub(crate) partition: Option<Partition>,
    pub(crate) layout: Layout,
}

#[derive(Debug)]
struct DraftEdge {
    origin: Origin,
    to: NodeId,
    port: usize,
}

impl DraftNode {
    /// An operator with so many ports.
    pub(crate) fn new(name: &str, ports: usize, factory: Factory) -> Self {
        Self {
            name: name.to_owned(),
            uid: None,
            parallelism: None,
            max_parallelism: None,
            is_single: false,
            follows: None,
            precedes: None,
            chaining: Chaining::Always,
            slot_group: None,
            ports,
            bounded: true,
            needs_end: false,
            sides: Vec::new(),
            managed_weight: 0,
            timeout: None,
            factory,
        }
    }

    /// The same, with state that takes memory.
    pub(crate) fn stateful(self) -> Self {
        Self { managed_weight: 1, ..self }
    }

    /// The same with one subtask.
    pub(crate) fn single(self) -> Self {
        Self { is_single: true, ..self }
    }
}

impl Draft {
    pub(crate) fn new(settings: Settings) -> Rc<Self> {
        Rc::new(Self {
            settings: RefCell::new(settings),
            batch_rows: RefCell::default(),
            nodes: RefCell::default(),
            edges: RefCell::default(),
            alignment: RefCell::default(),
        })
    }

    /// The groups of sources that wait for each other.
    pub(crate) fn alignment(&self) -> AlignmentGroups {
        self.alignment.borrow().clone()
    }

    /// Adds an operator that reads these streams, each by the port of its place.
    pub(crate) fn add(&self, node: DraftNode, inputs: &[&[Origin]]) -> NodeId {
        let mut nodes = self.nodes.borrow_mut();
        let number = NodeId::try_from(nodes.len()).expect("fewer operators than a planner could bear");
        nodes.push(node);
        let mut edges = self.edges.borrow_mut();
        for (port, origins) in inputs.iter().enumerate() {
            edges.extend(origins.iter().map(|origin| DraftEdge { origin: origin.clone(), to: number, port }));
        }
        number
    }

    /// Changes an operator.
    pub(crate) fn change<R>(&self, node: NodeId, change: impl FnOnce(&mut DraftNode) -> R) -> R {
        change(&mut self.nodes.borrow_mut()[node as usize])
    }

    /// Whether somebody reads an operator's rows already.
    pub(crate) fn is_read(&self, node: NodeId) -> bool {
        self.edges.borrow().iter().any(|edge| edge.origin.node == node)
    }

    /// Lets a source give its rows times.
    pub(crate) fn set_times(&self, node: NodeId, times: TimesMaker) {
        self.change(node, |node| match &mut node.factory {
            Factory::Source(_, slot) => *slot = Some(times),
            other => unreachable!("{other:?} is no source"),
        });
    }

    /// Whether a node is a source that gives its rows no times.
    pub(crate) fn is_timeless_source(&self, node: NodeId) -> bool {
        matches!(self.nodes.borrow()[node as usize].factory, Factory::Source(_, None))
    }

    /// How results will come, if the program stays as it is.
    pub(crate) fn is_batch(&self) -> bool {
        match self.settings.borrow().get(&RUNTIME_MODE) {
            RuntimeMode::Streaming => false,
            RuntimeMode::Batch => true,
            RuntimeMode::Automatic => self.nodes.borrow().iter().all(|node| node.bounded),
        }
    }

    /// Whether keyed operators get one key after the other, if the program stays as it is.
    pub(crate) fn sorts_inputs(&self) -> bool {
        self.settings.borrow().get(&SORTED_INPUTS) && self.is_batch()
    }

    /// Takes the program out: what follows belongs to another one.
    pub(crate) fn take(&self, name: &str) -> Result<StreamGraph, ExecuteError> {
        let graph = self.graph(name)?;
        self.nodes.borrow_mut().clear();
        self.edges.borrow_mut().clear();
        self.alignment.take();
        Ok(graph)
    }

    /// The program as it is.
    pub(crate) fn graph(&self, name: &str) -> Result<StreamGraph, ExecuteError> {
        let settings = self.settings.borrow();
        let nodes = self.nodes.borrow();
        if nodes.is_empty() {
            return Err(ExecuteError::Plan(plan::PlanError::Empty));
        }
        let mode = if self.is_batch() { Mode::Batch } else { Mode::Streaming };
        if let Some(endless) = nodes.iter().find(|node| !node.bounded && mode == Mode::Batch) {
            return Err(ExecuteError::Endless { operator: endless.name.clone() });
        }
        let endless = nodes.iter().find(|node| !node.bounded);
        if let Some((operator, source)) = nodes.iter().find(|node| node.needs_end).zip(endless) {
            let (operator, source) = (operator.name.clone(), source.name.clone());
            return Err(ExecuteError::NeedsEnd { operator, source_name: source });
        }
        let mut graph = StreamGraph {
            name: name.to_owned(),
            mode,
            chaining: settings.get(&OPERATOR_CHAINING),
            nodes: Vec::with_capacity(nodes.len()),
            edges: Vec::new(),
        };
        let edges = self.edges.borrow();
        for (number, node) in (0..).zip(nodes.iter()) {
            // Who prepares rows for another operator goes by what was said of that one.
            let said = node.precedes.map_or(node, |behind| &nodes[behind as usize]);
            let parallelism = match (said.follows, said.parallelism) {
                _ if said.is_single => 1,
                (Some(followed), _) => graph.node(followed).parallelism,
                (None, Some(parallelism)) => parallelism,
                (None, None) => settings.get(&PARALLELISM),
            };
            let max = said.max_parallelism.or_else(|| settings.get(&MAX_PARALLELISM));
            // An operator that was not given a group is in that of what it reads.
            let inherited = edges.iter().find(|edge| edge.to == number).map(|edge| edge.origin.node);
            let inherited = inherited.map(|node: NodeId| graph.node(node).slot_group.clone());
            graph.nodes.push(StreamNode {
                name: node.name.clone(),
                uid: node.uid.clone(),
                parallelism,
                groups: key_groups(parallelism, max),
                chaining: node.chaining,
                slot_group: node.slot_group.clone().or(inherited).unwrap_or_else(|| "default".to_owned()),
                ports: node.ports,
                bounded: node.bounded,
                sides: node.sides.clone(),
                managed_weight: node.managed_weight,
                factory: node.factory.clone(),
            });
        }
        graph.edges = edges.iter().map(|edge| self.edge(edge, &graph, &nodes)).collect();
        Ok(graph)
    }

    fn edge(&self, edge: &DraftEdge, graph: &StreamGraph, nodes: &[DraftNode]) -> StreamEdge {
        let (from, to) = (graph.node(edge.origin.node), graph.node(edge.to));
        let partition = edge.origin.partition.clone().unwrap_or(match from.parallelism == to.parallelism {
            true => Partition::Forward,
            false => Partition::Rebalance,
        });
        let shuffle = self.settings.borrow().get(&BATCH_SHUFFLE_MODE);
        let exchange = ExchangeMode::of(graph.mode, shuffle, &partition);
        StreamEdge {
            from: edge.origin.node,
            output: edge.origin.output,
            to: edge.to,
            port: edge.port,
            partition,
            exchange,
            layout: edge.origin.layout.clone(),
            timeout: nodes[edge.origin.node as usize].timeout,
        }
    }
}
