//! Operators on their way into the program: what is said of one, and the rows that come of it.

use operators::Layout;
use plan::{Chaining, ExchangeMode, Factory, NodeId, Partition, StreamEdge, StreamNode};

use super::changelog::{Changelog, Known};
use super::keys::Keys;
use super::sieves::Scanned;
use super::{Planner, Rows};

/// Where rows come from.
#[derive(Clone)]
pub(super) struct Origin {
    pub(super) node: NodeId,
    pub(super) partition: Option<Partition>,
}

/// An operator that is to be added.
pub(super) struct Node {
    pub(super) name: String,
    pub(super) factory: Factory,
    pub(super) is_single: bool,
    pub(super) managed_weight: u32,
    pub(super) changelog: Changelog,
}

impl Node {
    pub(super) fn new(name: impl Into<String>, factory: Factory) -> Self {
        let changelog = Changelog::default();
        Self { name: name.into(), factory, is_single: false, managed_weight: 0, changelog }
    }

    pub(super) fn single(self) -> Self {
        Self { is_single: true, ..self }
    }

    pub(super) fn stateful(self) -> Self {
        Self { managed_weight: 1, ..self }
    }

    /// What it does about rows that take others back.
    pub(super) fn with(self, changelog: Changelog) -> Self {
        Self { changelog, ..self }
    }
}

impl Planner {
    /// Adds an operator that reads these rows, each by the port of its place.
    pub(super) fn add(&mut self, node: Node, inputs: &[&Rows], layout: Layout) -> Rows {
        let number =
            NodeId::try_from(self.graph.nodes.len()).expect("fewer operators than a planner could bear");
        // Changes of a row stay in their order: what comes from one subtask is not spread.
        let stays = inputs.iter().any(|rows| rows.changes() && self.is_single(rows));
        let parallelism = if node.is_single || stays { 1 } else { self.parallelism };
        self.known.push(Known { changelog: node.changelog, changes: layout.has_kinds() });
        self.graph.nodes.push(StreamNode {
            name: node.name,
            uid: None,
            parallelism,
            groups: self.groups,
            chaining: Chaining::Always,
            slot_group: "default".to_owned(),
            ports: inputs.len(),
            bounded: true,
            sides: Vec::new(),
            managed_weight: node.managed_weight,
            factory: node.factory,
        });
        for (port, rows) in inputs.iter().enumerate() {
            for origin in &rows.origins {
                let same = self.graph.node(origin.node).parallelism == parallelism;
                let otherwise = match (same, parallelism) {
                    (true, _) => Partition::Forward,
                    (false, 1) => Partition::Global,
                    // One of several inputs comes from one subtask: all of its changes go to one, in their order.
                    (false, _) if rows.changes() => Partition::Global,
                    (false, _) => Partition::Rebalance,
                };
                let partition = origin.partition.clone().unwrap_or(otherwise);
                let exchange = ExchangeMode::of(self.graph.mode, self.shuffle, &partition);
                self.graph.edges.push(StreamEdge {
                    from: origin.node,
                    output: 0,
                    to: number,
                    port,
                    partition,
                    exchange,
                    layout: rows.layout.clone(),
                    timeout: None,
                });
            }
        }
        let is_timely = inputs.iter().all(|rows| rows.is_timely);
        let origins = vec![Origin { node: number, partition: None }];
        Rows { origins, layout, window: None, keys: Keys::default(), scanned: Scanned::default(), is_timely }
    }
}
