//! A graph with every subtask in its place and every channel with a name.
//!
//! ```text
//!   vertices × parallelism ─► tasks, each with a core
//!   edges × routes         ─► channels, each with the two cores that it joins
//! ```
//!
//! Channels are named by slots, which are used in turn and given back when their job has ended.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use shuffle::{CHANNEL_SLOTS, ChannelId, Ends};

use super::{ExecutionGraph, GraphError, Placement};
use crate::bound::RESTING_SLOTS;

/// A subtask, its core and its channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TaskPlan {
    /// Its number over all vertices.
    pub(crate) subtask: usize,
    pub(crate) vertex: u32,
    pub(crate) number: u32,
    pub(crate) core: usize,
    /// `map (2/4)`.
    pub(crate) name: Arc<str>,
    /// For each input its channels, in the order of the senders.
    pub(crate) inputs: Vec<Vec<ChannelId>>,
    /// For each output its edge and its channels, in the order of the receivers.
    pub(crate) outputs: Vec<(usize, Vec<ChannelId>)>,
}

/// A placed graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Topology {
    pub(crate) tasks: Vec<TaskPlan>,
    pub(crate) channels: Vec<(ChannelId, Ends)>,
}

/// The names that channels may have, those first that were free longest.
#[derive(Debug)]
pub(crate) struct Slots {
    /// Never used so far.
    fresh: Range<u32>,
    /// The next name in each slot that was given back.
    returned: VecDeque<ChannelId>,
}

impl Slots {
    pub(crate) fn new() -> Self {
        Self { fresh: 0..CHANNEL_SLOTS, returned: VecDeque::new() }
    }

    pub(crate) fn free(&self) -> usize {
        self.fresh.len() + self.returned.len()
    }

    /// The one that has rested longest, if enough others rest; tables on all cores are as long as the last slot.
    fn take(&mut self) -> ChannelId {
        let rested = self.returned.len() > RESTING_SLOTS;
        let fresh = if rested { None } else { self.fresh.next().map(|slot| ChannelId::of(slot, 0)) };
        fresh.or_else(|| self.returned.pop_front()).expect("as many as were counted")
    }

    /// Channels that nobody will use any more.
    pub(crate) fn give_back(&mut self, channels: impl Iterator<Item = ChannelId>) {
        self.returned.extend(channels.map(ChannelId::next));
    }
}

impl Topology {
    /// Places a graph that was checked. The first slot is on core `first`.
    pub(crate) fn of(
        graph: &ExecutionGraph,
        cores: usize,
        first: usize,
        slots: &mut Slots,
    ) -> Result<Self, GraphError> {
        let count = graph.edges.iter().map(|edge| channels_of(graph, edge.from, edge.to, &edge.route)).sum();
        if count > slots.free() {
            return Err(GraphError::TooManyChannels { channels: count, free: slots.free() });
        }
        let mut topology = Self { tasks: tasks(graph, cores, first), channels: Vec::with_capacity(count) };
        let starts = starts(graph);
        for (number, edge) in graph.edges.iter().enumerate() {
            let (senders, receivers) = (parallelism(graph, edge.from), parallelism(graph, edge.to));
            let (from, to) = (starts[edge.from as usize], starts[edge.to as usize]);
            for receiver in 0..receivers as usize {
                topology.tasks[to + receiver].inputs.push(Vec::new());
            }
            for sender in 0..senders {
                let sending = from + sender as usize;
                topology.tasks[sending].outputs.push((number, Vec::new()));
                for receiver in edge.route.connects(sender, senders, receivers) {
                    topology.join(sending, to + receiver as usize, slots.take());
                }
            }
        }
        Ok(topology)
    }

    /// The cores that have a task, each once, in order.
    pub(crate) fn cores(&self) -> Vec<usize> {
        let mut cores: Vec<usize> = self.tasks.iter().map(|task| task.core).collect();
        cores.sort_unstable();
        cores.dedup();
        cores
    }

    /// What one core has to know.
    pub(crate) fn of_core(&self, core: usize) -> Self {
        let tasks = self.tasks.iter().filter(|task| task.core == core).cloned().collect();
        let joins = |ends: &Ends| ends.sender == core || ends.receiver == core;
        let channels = self.channels.iter().filter(|(_, ends)| joins(ends)).copied().collect();
        Self { tasks, channels }
    }

    fn join(&mut self, sending: usize, receiving: usize, channel: ChannelId) {
        let ends = Ends { sender: self.tasks[sending].core, receiver: self.tasks[receiving].core };
        self.channels.push((channel, ends));
        self.tasks[sending].outputs.last_mut().expect("just added").1.push(channel);
        self.tasks[receiving].inputs.last_mut().expect("just added").push(channel);
    }
}

fn tasks(graph: &ExecutionGraph, cores: usize, first: usize) -> Vec<TaskPlan> {
    let all = (0..)
        .zip(&graph.vertices)
        .flat_map(|(number, vertex)| (0..vertex.parallelism).map(move |subtask| (number, vertex, subtask)));
    let task = |(subtask, (vertex, spec, number)): (usize, (u32, &super::Vertex, u32))| TaskPlan {
        subtask,
        vertex,
        number,
        core: match &spec.placement {
            Placement::Slots => (first + number as usize) % cores,
            Placement::Cores(named) => named[number as usize % named.len()],
        },
        name: spec.name_of(number),
        inputs: Vec::new(),
        outputs: Vec::new(),
    };
    all.enumerate().map(task).collect()
}

/// The number of each vertex's first subtask.
fn starts(graph: &ExecutionGraph) -> Vec<usize> {
    let mut next = 0;
    let start = |vertex: &super::Vertex| {
        let start = next;
        next += vertex.parallelism as usize;
        start
    };
    graph.vertices.iter().map(start).collect()
}

fn parallelism(graph: &ExecutionGraph, vertex: u32) -> u32 {
    graph.vertices[vertex as usize].parallelism
}

fn channels_of(graph: &ExecutionGraph, from: u32, to: u32, route: &shuffle::Route) -> usize {
    let (senders, receivers) = (parallelism(graph, from), parallelism(graph, to));
    (0..senders).map(|sender| route.connects(sender, senders, receivers).len()).sum()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_schema::Schema;
    use memory::Envelope;
    use shuffle::{BufferTimeout, Route};

    use super::*;
    use crate::job::{EdgeSpec, Vertex};
    use crate::subtask::{Failure, Seat, Subtask};

    fn graph(parallelism: &[u32], edges: &[(u32, u32, Route)]) -> ExecutionGraph {
        let maker = |_: &Seat| -> Result<Box<dyn Subtask>, Failure> { Err(Failure::lasting("never made")) };
        let envelope = Arc::new(Envelope::new(Arc::new(Schema::empty()), false, false));
        let mut graph = ExecutionGraph::new("test");
        for parallelism in parallelism {
            graph.vertex(Vertex::new("v", maker).parallel(*parallelism));
        }
        let edge = |(from, to, route): &(u32, u32, Route)| {
            EdgeSpec::new(*from, *to, envelope.clone(), route.clone(), BufferTimeout::Full)
        };
        graph.edges = edges.iter().map(edge).collect();
        graph
    }

    #[test]
    fn subtasks_of_a_number_share_a_core_and_channels_join_the_right_ones() {
        let graph = graph(&[2, 3], &[(0, 1, Route::Rebalance)]);
        let placed = Topology::of(&graph, 2, 1, &mut Slots::new()).unwrap();
        let cores: Vec<_> = placed.tasks.iter().map(|task| (task.vertex, task.number, task.core)).collect();
        assert_eq!(cores, [(0, 0, 1), (0, 1, 0), (1, 0, 1), (1, 1, 0), (1, 2, 1)]);
        assert_eq!(placed.channels.len(), 6);
        let numbers = |channels: &[ChannelId]| channels.iter().map(|channel| channel.0).collect::<Vec<_>>();
        assert_eq!(numbers(&placed.tasks[1].outputs[0].1), [3, 4, 5]);
        assert_eq!(numbers(&placed.tasks[4].inputs[0]), [2, 5]);
        assert_eq!(placed.channels[5].1, Ends { sender: 0, receiver: 1 });
        assert_eq!(&*placed.tasks[4].name, "v (3/3)");
        assert_eq!(placed.cores(), [0, 1]);
    }

    #[test]
    fn a_core_knows_what_joins_it_and_nothing_else() {
        let graph = graph(&[2, 2], &[(0, 1, Route::Forward)]);
        let placed = Topology::of(&graph, 4, 0, &mut Slots::new()).unwrap();
        let own = placed.of_core(1);
        assert_eq!(own.tasks.iter().map(|task| task.subtask).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(own.channels.len(), 1);
    }

    #[test]
    fn a_name_is_not_given_out_again_while_others_rest_longer() {
        let graph = graph(&[1, 1], &[(0, 1, Route::Forward)]);
        let mut slots = Slots::new();
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..10 {
            let placed = Topology::of(&graph, 1, 0, &mut slots).unwrap();
            assert!(seen.insert(placed.channels[0].0));
            slots.give_back(placed.channels.iter().map(|(channel, _)| *channel));
        }
        assert_eq!(slots.free(), CHANNEL_SLOTS as usize);
    }

    #[test]
    fn more_channels_than_there_are_names_are_refused() {
        let graph = graph(&[1025, 1024], &[(0, 1, Route::Broadcast)]);
        let refused = Topology::of(&graph, 1, 0, &mut Slots::new()).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the job has 1049600 channels, and 1048576 of the worker's are free; lower the parallelism"
        );
    }
}
