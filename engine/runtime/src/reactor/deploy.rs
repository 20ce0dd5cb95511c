//! How the subtasks of an attempt come to a core, begin there, and go.
//!
//! First all are made, on all cores; then they are told to begin. So nothing is sent to one that is not there, and what
//! comes to one that has not been told yet waits in its gate.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use memory::{Envelope, Lease};
use options::Bytes;
use shuffle::{Allowance, ChannelId, Edge, Ends, Gate, GateSpec, Output};

use super::junction::{ReceiverEnd, SenderEnd};
use super::ready::Clocked;
use super::task::{Parts, Phase, Task, drop_guarded};
use super::{Reactor, memory_out};
use crate::job::{Attempt, Deploy, ExecutionGraph, JobBoard, Report, TaskPlan, Topology};
use crate::seam::{ConnectionId, Host, TaskId};
use crate::subtask::{Demand, Failure, Mail, Out, Place, Ports, Seat};

/// What all subtasks of an attempt have in common.
struct Deployment<'a> {
    attempt: Attempt,
    graph: &'a ExecutionGraph,
    board: &'a JobBoard,
    clocked: Clocked,
    now_ns: u64,
}

impl Reactor {
    /// Makes this core's part of an attempt, or reports why it cannot.
    pub(super) fn deploy(&mut self, deploy: Deploy, now_ns: u64) {
        let Deploy { attempt, graph, board, part, wires } = deploy;
        for (channel, ends) in &part.channels {
            self.switch.connect(*channel, *ends);
        }
        self.attempts.insert(attempt, part.channels.iter().map(|(channel, _)| *channel).collect());
        if let Err(why) = self.open_wires(attempt, &graph, &part, wires) {
            let (subtask, name) = (part.tasks[0].subtask, &part.tasks[0].name);
            return (self.report)(
                self.core,
                Report::Failed(attempt, subtask, Failure::passing(why).at(name)),
            );
        }
        let clocked = Clocked::new(graph.shares);
        let deployment = Deployment { attempt, graph: &graph, board: &board, clocked, now_ns };
        for plan in part.tasks {
            let (subtask, name) = (plan.subtask, plan.name.clone());
            if let Err(failure) = self.deploy_task(&deployment, plan) {
                // What was made before it goes when the attempt is closed.
                return (self.report)(self.core, Report::Failed(attempt, subtask, failure.at(&name)));
            }
        }
        self.gauges.subtasks.set(self.tasks.len() as u64);
        (self.report)(self.core, Report::Deployed(attempt));
    }

    /// Opens the connections to other hosts, all or none.
    fn open_wires(
        &mut self,
        attempt: Attempt,
        graph: &ExecutionGraph,
        part: &Topology,
        wires: Vec<(usize, ConnectionId)>,
    ) -> Result<(), &'static str> {
        let open = |(peer, connection): &(usize, ConnectionId)| {
            self.wires.open(*connection, attempt, channels_with(*peer, graph, part))
        };
        // Those that can be opened are, so that closing the attempt closes them.
        let opened: Vec<_> = wires.iter().map(open).collect();
        opened.into_iter().collect()
    }

    fn deploy_task(&mut self, deployment: &Deployment, plan: TaskPlan) -> Result<(), Failure> {
        self.require_segments(&plan)?;
        let managed = self.lease(deployment, &plan)?;
        let id = self.tasks.reserve();
        match self.make_task(deployment, plan, id, managed) {
            Ok(task) => {
                self.shares_most = self.shares_most.max(task.shares);
                self.tasks.put(task);
                Ok(())
            }
            Err(failure) => {
                self.tasks.release(id);
                Err(failure)
            }
        }
    }

    fn make_task(
        &mut self,
        deployment: &Deployment,
        plan: TaskPlan,
        id: TaskId,
        managed: Lease,
    ) -> Result<Box<Task>, Failure> {
        let Deployment { attempt, graph, board, now_ns, .. } = *deployment;
        let vertex = &graph.vertices[plan.vertex as usize];
        let place = Place {
            job: attempt.job,
            attempt: attempt.number,
            vertex: plan.vertex,
            number: plan.number,
            parallelism: vertex.parallelism,
            name: plan.name.clone(),
        };
        let (plane, poke) = (self.plane.clone(), self.post.bell(id));
        let seat = Seat { place: place.clone(), managed: managed.clone(), plane, poke };
        let making = std::panic::AssertUnwindSafe(|| vertex.maker.make(&seat));
        let work =
            std::panic::catch_unwind(making).unwrap_or_else(|panic| Err(Failure::panic(panic.as_ref())))?;
        // A graph that no planner has checked may have rows that fit no segment.
        let opening = std::panic::AssertUnwindSafe(|| self.open_ports(graph, &plan, id));
        let ports = match std::panic::catch_unwind(opening) {
            Ok(ports) => ports,
            Err(panic) => {
                drop_guarded(work)?;
                return Err(Failure::panic(panic.as_ref()));
            }
        };
        let is_source = ports.gate.is_none();
        let parts = Parts {
            id,
            attempt,
            subtask: plan.subtask,
            place,
            work,
            ports,
            shares: graph.shares,
            clocked: deployment.clocked.clone(),
            mark_every_ns: graph.latency_interval.filter(|_| is_source).map(nanoseconds),
            gauges: board.gauges_of(plan.subtask),
            managed,
        };
        Ok(Box::new(Task::new(parts, now_ns)))
    }

    /// Its gate and its outputs, and who they are for what comes to this core.
    fn open_ports(&mut self, graph: &ExecutionGraph, plan: &TaskPlan, task: TaskId) -> Ports {
        let segment_bytes = shuffle::Carrier::pool(&self.switch).segment_bytes();
        let allowance = Allowance::of_segments(u32::try_from(segment_bytes).expect("at most a slab"));
        for (index, channel) in plan.inputs.iter().flatten().enumerate() {
            self.junction.receive_at(*channel, ReceiverEnd { task, index });
        }
        let drift_max_ms =
            graph.edges.iter().filter(|edge| edge.to == plan.vertex).find_map(|edge| edge.drift_max_ms);
        // The channels of a vertex without senders are none, and so is its gate.
        let gate = (!plan.inputs.is_empty())
            .then(|| Gate::open(GateSpec { drift_max_ms, ..GateSpec::new(plan.inputs.clone(), allowance) }));
        let open = |(output, (edge, channels)): (usize, &(usize, Vec<_>))| {
            let spec = &graph.edges[*edge];
            for (index, channel) in channels.iter().enumerate() {
                self.junction.send_from(*channel, SenderEnd { task, output, index });
            }
            let edge = Edge {
                envelope: spec.envelope.clone(),
                route: spec.route.clone(),
                timeout: spec.timeout,
                channels: channels.clone(),
                segment_bytes,
                credit_bytes: allowance.opening_bytes(),
            };
            let mut opened = Output::open(&edge);
            opened.set_age_cap(spec.age_cap_ns);
            Out::open(opened, plan.number)
        };
        Ports { gate, outs: plan.outputs.iter().enumerate().map(open).collect() }
    }

    /// A segment to fill for each channel, beside those of the subtasks that are here: with less, rows would crawl.
    fn require_segments(&self, plan: &TaskPlan) -> Result<(), Failure> {
        let pool = shuffle::Carrier::pool(&self.switch);
        let channels = |outs: &[Out]| outs.iter().map(|out| out.output.channels()).sum::<usize>();
        let others: usize = self.tasks.iter().map(|task| channels(&task.ports.outs)).sum();
        let own: usize = plan.outputs.iter().map(|(_, channels)| channels.len()).sum();
        let segments = pool.capacity() / pool.segment_bytes();
        if others + own <= segments {
            return Ok(());
        }
        Err(Failure::lasting(format!(
            "insufficient network memory on core {}: {own} channels need a segment each, {others} of {segments} are \
             taken; raise taskmanager.memory.network.max or .fraction, or lower the parallelism",
            self.core
        )))
    }

    fn lease(&self, deployment: &Deployment, plan: &TaskPlan) -> Result<Lease, Failure> {
        let wanted = deployment.graph.vertices[plan.vertex as usize].managed_bytes;
        let limit = self.managed.figures().limit;
        let lease = (wanted <= limit).then(|| self.managed.child(&*plan.name, wanted, limit)).flatten();
        lease.ok_or_else(|| {
            Failure::lasting(format!(
                "insufficient managed memory: it needs {}, and of {} there are {} left; raise \
                 taskmanager.memory.managed.size or .fraction",
                Bytes::new(wanted),
                Bytes::new(limit),
                Bytes::new(limit - self.managed.figures().used.min(limit)),
            ))
        })
    }

    /// All are made, everywhere: they begin.
    pub(super) fn start(&mut self, attempt: Attempt, now_ns: u64) {
        for id in self.of_attempt(attempt) {
            let task = self.tasks.get(id).expect("just found");
            task.phase = Phase::Running;
            task.call(&mut self.ready, now_ns);
            task.arm_mark(now_ns, &mut self.wheel);
        }
    }

    /// Nothing of the attempt stays.
    pub(super) fn close(&mut self, attempt: Attempt, host: &mut dyn Host) {
        for id in self.of_attempt(attempt) {
            let task = self.tasks.take(id.place).expect("just found");
            self.leave(task, host);
        }
        self.wires.close(attempt, host);
        for channel in self.attempts.remove(&attempt).unwrap_or_default() {
            self.junction.remove(channel);
            self.switch.disconnect(channel);
        }
        shuffle::Carrier::pool(&self.switch).collect();
        self.gauges.segment_bytes.set(memory_out(&self.switch));
        (self.report)(self.core, Report::Closed(attempt));
    }

    /// The sources of an attempt begin a checkpoint.
    pub(super) fn trigger(&mut self, attempt: Attempt, demand: Demand, now_ns: u64) {
        let sources = self.tasks.iter().filter(|task| task.attempt == attempt && task.ports.gate.is_none());
        let sources: Vec<TaskId> =
            sources.filter(|task| task.phase == Phase::Running).map(|task| task.id).collect();
        for id in sources {
            let task = self.tasks.get(id).expect("just found");
            task.mails.push_back(Mail::Trigger(demand));
            task.call(&mut self.ready, now_ns);
        }
    }

    /// There will be no more turn.
    pub(super) fn stop(&mut self, host: &mut dyn Host) {
        let left: Vec<TaskId> = self.tasks.iter().map(|task| task.id).collect();
        for id in left {
            let task = self.tasks.take(id.place).expect("just found");
            self.leave(task, host);
        }
        self.stopped = true;
    }

    fn of_attempt(&self, attempt: Attempt) -> Vec<TaskId> {
        self.tasks.iter().filter(|task| task.attempt == attempt).map(|task| task.id).collect()
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).max(1)
}

/// The channels between this core and another one, with what travels in them.
fn channels_with(peer: usize, graph: &ExecutionGraph, part: &Topology) -> Vec<(ChannelId, Arc<Envelope>)> {
    let joins = |ends: &Ends| ends.sender == peer || ends.receiver == peer;
    let shared: BTreeSet<ChannelId> =
        part.channels.iter().filter(|(_, ends)| joins(ends)).map(|(channel, _)| *channel).collect();
    let mut with = Vec::with_capacity(shared.len());
    for task in &part.tasks {
        let sent = task.outputs.iter().map(|(edge, channels)| (&graph.edges[*edge], channels));
        // The inputs of a vertex are numbered as its edges are.
        let edges = graph.edges.iter().filter(|edge| edge.to == task.vertex);
        for (edge, channels) in sent.chain(edges.zip(&task.inputs)) {
            let here = channels.iter().filter(|channel| shared.contains(channel));
            with.extend(here.map(|channel| (*channel, edge.envelope.clone())));
        }
    }
    with
}
