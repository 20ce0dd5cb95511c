//! The program as operators and streams, one node for each call: what the API builds, and SQL will.
//!
//! Plain data, but for the factories, which make operators on the cores that run them.

use std::fmt;
use std::sync::Arc;

use memory::KeyGroups;
use operators::time::Times;
use operators::{Layout, Mode, Operator, OperatorSeat, SideSpec, Sink, Source};
use options::BatchShuffleMode;
use runtime::subtask::Failure;
use shuffle::{BufferTimeout, Partitioner, RangeBounds};

/// The number of a node.
pub type NodeId = u32;

/// A program.
#[derive(Clone, Debug, Default)]
pub struct StreamGraph {
    /// What its user calls it.
    pub name: String,
    /// How results come.
    pub mode: Mode,
    /// Whether operators may be chained.
    pub chaining: bool,
    /// The operators, in the order in which they were made: whoever sends stands before whoever receives.
    pub nodes: Vec<StreamNode>,
    /// The streams between them.
    pub edges: Vec<StreamEdge>,
}

/// One operator.
#[derive(Clone, Debug)]
pub struct StreamNode {
    /// What the user sees: `Source: clicks`, `map`.
    pub name: String,
    /// What state is found by in a later version of the program.
    pub uid: Option<String>,
    /// How many subtasks it has.
    pub parallelism: u32,
    /// Into how many groups its keys fall.
    pub groups: KeyGroups,
    /// Whether it may be chained.
    pub chaining: Chaining,
    /// Operators of one group share slots.
    pub slot_group: String,
    /// How many ports it has: none if it is a source.
    pub ports: usize,
    /// Whether a source ends.
    pub bounded: bool,
    /// The side outputs that somebody listens to, from number 1.
    pub sides: Vec<SideSpec>,
    /// Managed memory beyond which it can do without, as a weight.
    pub managed_weight: u32,
    /// Makes it.
    pub factory: Factory,
}

/// Whether an operator may be chained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Chaining {
    /// With those before and behind it.
    #[default]
    Always,
    /// With those behind it: it begins a chain.
    Head,
    /// With nobody.
    Never,
}

/// A stream from one operator to another.
#[derive(Clone, Debug)]
pub struct StreamEdge {
    /// Who sends.
    pub from: NodeId,
    /// By which of its outputs: the main one has number 0.
    pub output: usize,
    /// Who receives.
    pub to: NodeId,
    /// By which of its ports.
    pub port: usize,
    /// Which rows go where.
    pub partition: Partition,
    /// When its receivers begin.
    pub exchange: ExchangeMode,
    /// Which columns travel.
    pub layout: Layout,
    /// When rows leave; as the job says, if this does not.
    pub timeout: Option<BufferTimeout>,
}

impl StreamEdge {
    /// Whether its rows wait on disk.
    pub fn is_blocking(&self) -> bool {
        self.exchange == ExchangeMode::Blocking
    }
}

/// When the receivers of an edge begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExchangeMode {
    /// With its senders: rows are on their way for as long as both run.
    #[default]
    Pipelined,
    /// Behind the last of its senders: rows wait on disk.
    Blocking,
}

impl ExchangeMode {
    /// As a job of this mode has it between two subtasks that are not the same: `execution.batch-shuffle-mode` says so.
    pub fn of(mode: Mode, shuffle: BatchShuffleMode, partition: &Partition) -> Self {
        let blocks = mode == Mode::Batch && shuffle == BatchShuffleMode::Blocking;
        match blocks && !matches!(partition, Partition::Forward) {
            true => Self::Blocking,
            false => Self::Pipelined,
        }
    }
}

/// The key groups of an operator: as many as were said, or else as in Flink, one and a half times the parallelism, rounded up
/// to a power of two, and 128 at least.
pub fn key_groups(parallelism: u32, said: Option<u32>) -> KeyGroups {
    let wanted = || (u64::from(parallelism) * 3 / 2).next_power_of_two().clamp(128, 1 << 15);
    KeyGroups::new(said.unwrap_or_else(|| u32::try_from(wanted()).expect("32768 at most")))
}

/// Which rows go to which subtask.
#[derive(Clone, Debug)]
pub enum Partition {
    /// To the one with the same number.
    Forward,
    /// To the owner of the key.
    Hash,
    /// Evenly.
    Rebalance,
    /// Evenly, to each sender's own share of the receivers.
    Rescale,
    /// By chance.
    Shuffle,
    /// To all.
    Broadcast,
    /// To the first.
    Global,
    /// By ranges of keys.
    Range(Arc<RangeBounds>),
    /// Where a function of the user says.
    Custom(Partitioner),
}

/// Makes an operator, for each of its subtasks.
#[derive(Clone)]
pub enum Factory {
    /// A source, and what gives its rows times.
    Source(Make<dyn Source>, Option<TimesMaker>),
    /// Something between source and sink.
    Operator(Make<dyn Operator>),
    /// A sink.
    Sink(Make<dyn Sink>),
}

/// A function that makes one.
pub type Make<T> = Arc<dyn Fn(&OperatorSeat) -> Result<Box<T>, Failure> + Send + Sync>;

/// A function that makes the times of a source.
pub type TimesMaker = Arc<dyn Fn(&OperatorSeat) -> Times + Send + Sync>;

impl StreamGraph {
    /// The edges that come to a node, in the order in which they were made.
    pub fn inputs(&self, node: NodeId) -> impl Iterator<Item = &StreamEdge> {
        self.edges.iter().filter(move |edge| edge.to == node)
    }

    /// The edges that leave a node, in the order in which they were made.
    pub fn outputs(&self, node: NodeId) -> impl Iterator<Item = (usize, &StreamEdge)> {
        self.edges.iter().enumerate().filter(move |(_, edge)| edge.from == node)
    }

    /// A node.
    ///
    /// # Panics
    ///
    /// If there is none of this number.
    pub fn node(&self, node: NodeId) -> &StreamNode {
        &self.nodes[node as usize]
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Forward => "forward",
            Self::Hash => "hash",
            Self::Rebalance => "rebalance",
            Self::Rescale => "rescale",
            Self::Shuffle => "shuffle",
            Self::Broadcast => "broadcast",
            Self::Global => "global",
            Self::Range(_) => "range",
            Self::Custom(_) => "custom",
        })
    }
}

impl fmt::Debug for Factory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source(..) => "Source",
            Self::Operator(_) => "Operator",
            Self::Sink(_) => "Sink",
        })
    }
}
