//! The program as chains: operators that call each other directly become one vertex.
//!
//! Two operators are chained when the second has one input, by which rows stay where they are and do not wait, as
//! many subtasks as the first, the same slot sharing group, and neither of the two nor the program objects. These are Flink's conditions.

use crate::error::PlanError;
use crate::stream_graph::{Chaining, NodeId, Partition, StreamEdge, StreamGraph};

/// A program whose operators are chained.
#[derive(Clone, Debug)]
pub struct JobGraph {
    /// The program it was made of.
    pub program: StreamGraph,
    /// Its chains, in the order of their heads.
    pub vertices: Vec<JobVertex>,
    /// The streams between chains.
    pub edges: Vec<JobEdge>,
}

/// A chain.
#[derive(Clone, Debug)]
pub struct JobVertex {
    /// `Source: lines -> flat map`.
    pub name: String,
    /// Its operators; the head comes first, and whoever sends stands before whoever receives.
    pub nodes: Vec<NodeId>,
    /// How many subtasks it has.
    pub parallelism: u32,
    /// Operators of one group share slots.
    pub slot_group: String,
}

/// A stream between two chains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobEdge {
    /// Which stream of the program.
    pub stream: usize,
    /// The chain that sends.
    pub from: usize,
    /// The chain that receives.
    pub to: usize,
}

impl JobGraph {
    /// Chains the operators of a program.
    ///
    /// # Errors
    ///
    /// If the program cannot run: it has no operator, nothing reads a stream that must be read, or two ends do not fit.
    pub fn of(program: StreamGraph) -> Result<Self, PlanError> {
        check(&program)?;
        let is_chained: Vec<bool> = program.edges.iter().map(|edge| can_chain(&program, edge)).collect();
        let mut vertices = Vec::new();
        let mut vertex_of = vec![usize::MAX; program.nodes.len()];
        for head in 0..NodeId::try_from(program.nodes.len()).expect("fewer operators") {
            if program.edges.iter().zip(&is_chained).any(|(edge, chained)| *chained && edge.to == head) {
                continue;
            }
            let mut nodes = Vec::new();
            draw(&program, &is_chained, head, &mut nodes);
            nodes.iter().for_each(|node| vertex_of[*node as usize] = vertices.len());
            let node = program.node(head);
            vertices.push(JobVertex {
                name: name_of(&program, &is_chained, head),
                nodes,
                parallelism: node.parallelism,
                slot_group: node.slot_group.clone(),
            });
        }
        let between = program.edges.iter().enumerate().filter(|(number, _)| !is_chained[*number]);
        let edges = between
            .map(|(stream, edge)| JobEdge {
                stream,
                from: vertex_of[edge.from as usize],
                to: vertex_of[edge.to as usize],
            })
            .collect();
        Ok(Self { program, vertices, edges })
    }

    /// The stream of the program that an edge is.
    pub fn stream(&self, edge: &JobEdge) -> &StreamEdge {
        &self.program.edges[edge.stream]
    }

    /// How many slots it takes: in each group as many as its widest chain has subtasks.
    pub fn slots(&self) -> u32 {
        let mut groups = std::collections::BTreeMap::new();
        for vertex in &self.vertices {
            let widest = groups.entry(&vertex.slot_group).or_insert(0);
            *widest = vertex.parallelism.max(*widest);
        }
        groups.values().sum()
    }
}

fn check(program: &StreamGraph) -> Result<(), PlanError> {
    if program.nodes.is_empty() {
        return Err(PlanError::Empty);
    }
    for node in &program.nodes {
        if node.parallelism > node.groups.count() {
            return Err(PlanError::MoreThanGroups {
                operator: node.name.clone(),
                parallelism: node.parallelism,
                groups: node.groups.count(),
            });
        }
    }
    for edge in &program.edges {
        let (from, to) = (program.node(edge.from), program.node(edge.to));
        if matches!(edge.partition, Partition::Forward) && from.parallelism != to.parallelism {
            return Err(PlanError::UnequalForward {
                from: from.name.clone(),
                senders: from.parallelism,
                to: to.name.clone(),
                receivers: to.parallelism,
            });
        }
        let unfit = edge.layout.key().iter().map(|column| edge.layout.schema().field(*column));
        if let Some(field) = unfit.into_iter().find(|field| !memory::can_be_key(field)) {
            return Err(PlanError::NoKey {
                operator: to.name.clone(),
                column: field.name().clone(),
                type_name: field.data_type().to_string(),
            });
        }
    }
    Ok(())
}

fn can_chain(program: &StreamGraph, edge: &StreamEdge) -> bool {
    let (from, to) = (program.node(edge.from), program.node(edge.to));
    program.chaining
        && program.inputs(edge.to).count() == 1
        && matches!(edge.partition, Partition::Forward)
        && !edge.is_blocking()
        && from.parallelism == to.parallelism
        && from.slot_group == to.slot_group
        && from.chaining != Chaining::Never
        && to.chaining == Chaining::Always
}

/// Adds a node and all that are chained behind it, each branch to its end.
fn draw(program: &StreamGraph, is_chained: &[bool], node: NodeId, nodes: &mut Vec<NodeId>) {
    nodes.push(node);
    for (number, edge) in program.outputs(node) {
        if is_chained[number] {
            draw(program, is_chained, edge.to, nodes);
        }
    }
}

/// `a -> b`, or `a -> (b -> c, d)`, as Flink writes it.
fn name_of(program: &StreamGraph, is_chained: &[bool], node: NodeId) -> String {
    let behind: Vec<String> = program
        .outputs(node)
        .filter(|(number, _)| is_chained[*number])
        .map(|(_, edge)| name_of(program, is_chained, edge.to))
        .collect();
    let name = &program.node(node).name;
    match behind.as_slice() {
        [] => name.clone(),
        [one] => format!("{name} -> {one}"),
        many => format!("{name} -> ({})", many.join(", ")),
    }
}
