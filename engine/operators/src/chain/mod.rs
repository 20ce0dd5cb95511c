//! Operators that call each other directly, as one subtask.
//!
//! ```text
//!   gate ─► 0 map ──► 1 filter ─┬─► 2 sum ──► edge 0
//!                               └─► 3 late ─► edge 1        a tree, in the order in which it is drawn
//! ```
//!
//! A batch runs from the head to all of its ends before the next one is taken. When an operator has more to send than
//! a step allows, it keeps its place, what is meant for it waits, and the chain goes on there, from its ends to its
//! head, before it takes anything new: so nothing grows but by what one batch has caused.

mod node;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use runtime::plane::bridge::Poke;
use runtime::seam::Ticket;
use runtime::subtask::{Demand, Failure, Mail, Progress, StepCx, Subtask, TimerId, Why};
use shuffle::{Arrival, Event};
use state::{Restore, Snapshot};

use crate::around::Around;
use crate::contract::Poll;
use crate::time::Times;

pub(crate) use node::{Delivery, Node, Site};
pub use node::{Role, Target};

/// One operator of a chain, as a plan has built it.
pub struct Link {
    /// The operator.
    pub role: Role,
    /// How many ports it has: none if it is a source.
    pub ports: usize,
    /// For each of its outputs, the main one first, who gets its rows. Operators come later in the chain.
    pub exits: Vec<Vec<Target>>,
    /// Set when it was poked.
    pub poked: Option<Arc<AtomicBool>>,
}

/// The operators of a subtask.
pub struct Chain {
    nodes: Vec<Node>,
    /// The port of the head that each input of the gate leads to.
    ports: Vec<usize>,
    /// For each port, how many inputs have not ended.
    inputs_open: Vec<usize>,
    timer: Option<(u64, TimerId)>,
    /// The source at its head is to bring nothing else.
    is_drained: bool,
}

/// How far a chain is with what is left to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    /// Nothing is left.
    Clear,
    /// The step is over.
    Interrupted,
    /// Something must happen first.
    Waits,
}

impl Chain {
    /// The same, with a source that gives its rows times.
    ///
    /// # Panics
    ///
    /// If the head is no source.
    #[must_use]
    pub fn with_times(mut self, times: Times) -> Self {
        assert!(matches!(self.nodes[0].role(), Role::Source(_)), "only a source has splits");
        self.nodes[0].site.times = Some(Box::new(times));
        self
    }

    /// A chain of these operators. `ports` names the port of the head for each input of the gate; several inputs may
    /// lead to one port, which is a union.
    ///
    /// # Panics
    ///
    /// Without an operator, or when a target is not behind its sender.
    pub fn new(links: Vec<Link>, ports: Vec<usize>) -> Self {
        let count = links.len();
        assert!(count > 0, "a chain has an operator");
        let head_ports = links[0].ports;
        let node = |(number, link): (usize, Link)| {
            let forward =
                |target: &Target| !matches!(target, Target::Node(to) if *to <= number || *to >= count);
            assert!(link.exits.iter().flatten().all(forward), "a chain goes forward");
            Node::new(link.role, link.ports, link.exits, link.poked)
        };
        let nodes = links.into_iter().enumerate().map(node).collect();
        let inputs_open =
            (0..head_ports).map(|port| ports.iter().filter(|input| **input == port).count()).collect();
        Self { nodes, ports, inputs_open, timer: None, is_drained: false }
    }

    /// Writes down the states of all operators, each under its number.
    ///
    /// # Errors
    ///
    /// If an operator cannot.
    pub fn save(&mut self) -> Result<Vec<Snapshot>, Failure> {
        debug_assert!(!self.nodes.iter().any(Node::is_busy), "saved between two batches");
        let save = |node: &mut Node| {
            let mut snapshot = Snapshot::default();
            match node.role() {
                Role::Source(source) => source.save(&mut snapshot)?,
                Role::Operator(operator) => operator.save(&mut snapshot)?,
                Role::Sink(sink) => sink.save(&mut snapshot)?,
            }
            Ok(snapshot)
        };
        self.nodes.iter_mut().map(save).collect()
    }

    /// Takes over what the same operators of earlier subtasks have written down.
    ///
    /// # Errors
    ///
    /// If an operator cannot read it.
    pub fn load(&mut self, restores: &[Restore]) -> Result<(), Failure> {
        for (node, restore) in self.nodes.iter_mut().zip(restores) {
            match node.role() {
                Role::Source(source) => source.load(restore)?,
                Role::Operator(operator) => operator.load(restore)?,
                Role::Sink(sink) => sink.load(restore)?,
            }
            node.site.wake_ns = Some(0); // What it waits for may be overdue; it asks anew for the next time.
        }
        Ok(())
    }

    /// Whether all of it has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.nodes.iter().all(Node::has_ended)
    }

    /// Gives the head something, behind all that it was given before.
    pub(crate) fn give(
        &mut self,
        port: usize,
        delivery: Delivery,
        around: &mut dyn Around,
    ) -> Result<(), Failure> {
        let (head, rest) = self.nodes.split_first_mut().expect("a chain has an operator");
        head.receive(port, delivery, rest, 1, around)
    }

    /// An input of the gate has ended; with the last of a port, the port.
    fn end_input(&mut self, input: usize, around: &mut dyn Around) -> Result<(), Failure> {
        let port = self.ports[input];
        self.inputs_open[port] -= 1;
        if self.inputs_open[port] == 0 { self.give(port, Delivery::End, around) } else { Ok(()) }
    }

    fn arrival(&mut self, arrival: Arrival, cx: &mut StepCx<'_>) -> Result<(), Failure> {
        match arrival {
            Arrival::Batch { input, batch, .. } => self.give(self.ports[input], Delivery::Batch(batch), cx),
            Arrival::Watermark(now) => self.give(0, Delivery::Time(now), cx),
            Arrival::Idle => self.give(0, Delivery::Idle, cx),
            Arrival::Active => self.give(0, Delivery::Active, cx),
            Arrival::InputEnded(input) => self.end_input(input, cx),
            Arrival::Barrier(barrier) => {
                cx.event(Event::Barrier(barrier));
                Ok(())
            }
            Arrival::InFlight { .. } | Arrival::Abandoned { .. } | Arrival::LatencyMark(_) | Arrival::End => {
                Ok(())
            }
        }
    }

    /// Goes on with what is left to be done, from the ends to the head.
    pub(crate) fn settle(&mut self, around: &mut dyn Around) -> Result<Settled, Failure> {
        while let Some(number) = self.nodes.iter().rposition(Node::is_busy) {
            if self.nodes[number].waits() {
                return Ok(Settled::Waits);
            }
            if !around.may_go_on() {
                return Ok(Settled::Interrupted);
            }
            let (node, rest) = self.at(number);
            node.go_on(rest, number + 1, around)?;
        }
        Ok(Settled::Clear)
    }

    /// Wakes those whose time has come, or who were poked.
    pub(crate) fn wake(&mut self, around: &mut dyn Around) -> Result<(), Failure> {
        for number in (0..self.nodes.len()).rev() {
            let (node, rest) = self.at(number);
            node.wake_if_due(rest, number + 1, around)?;
        }
        Ok(())
    }

    /// The first time that somebody wants to be woken.
    pub(crate) fn wake_at_ns(&self) -> Option<u64> {
        self.nodes.iter().filter_map(|node| node.site.wake_ns).min()
    }

    fn at(&mut self, number: usize) -> (&mut Node, &mut [Node]) {
        let (head, rest) = self.nodes.split_at_mut(number + 1);
        (head.last_mut().expect("it is among them"), rest)
    }

    /// The head brings rows for as long as it may.
    fn poll(&mut self, cx: &mut StepCx<'_>) -> Result<Option<Progress>, Failure> {
        if self.nodes[0].has_ended() {
            return Ok(Some(Progress::IDLE)); // What is behind it has not.
        }
        if !cx.may_go_on() {
            return Ok(Some(Progress::Worked));
        }
        let is_drained = self.is_drained;
        let (head, rest) = self.at(0);
        let poll = if is_drained { head.end_source(rest, 1, cx)? } else { head.poll(rest, 1, cx)? };
        Ok(match poll {
            Poll::More | Poll::End => None,
            Poll::Wait if self.nodes.iter().any(Node::is_busy) => None,
            Poll::Wait => Some(Progress::Idle { wake_at_ns: self.wake_at_ns() }),
        })
    }

    /// The next thing that has come, if any.
    fn next(&mut self, cx: &mut StepCx<'_>) -> Result<Option<Progress>, Failure> {
        match cx.next() {
            Some(arrival) => self.arrival(arrival, cx).map(|()| None),
            None => Ok(Some(Progress::Idle { wake_at_ns: self.wake_at_ns() })),
        }
    }

    /// It has something to do and must wait: nothing that comes by the gate should call it.
    fn blocked(&mut self, cx: &mut StepCx<'_>) -> Progress {
        if let Some(at_ns) = self.wake_at_ns() {
            let set = self.timer.take_if(|(set_ns, timer)| {
                *set_ns != at_ns && {
                    cx.cancel_timer(*timer);
                    true
                }
            });
            if set.is_some() || self.timer.is_none() {
                self.timer = Some((at_ns, cx.set_timer(at_ns)));
            }
        }
        Progress::Blocked(Why::Plane)
    }

    /// Whether the answer to this question is for nobody any more: the source that has asked was ended.
    fn forgets(&mut self, ticket: Ticket) -> bool {
        self.nodes[0].has_ended() && self.nodes[0].forget(ticket)
    }
}

impl Subtask for Chain {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        self.wake(cx)?;
        loop {
            match self.settle(cx)? {
                Settled::Clear => {}
                Settled::Interrupted => return Ok(Progress::Worked),
                Settled::Waits => return Ok(self.blocked(cx)),
            }
            if self.has_ended() {
                return Ok(Progress::Done);
            }
            let stopped = if self.ports.is_empty() { self.poll(cx)? } else { self.next(cx)? };
            if let Some(progress) = stopped {
                return Ok(progress);
            }
        }
    }

    fn mail(&mut self, mail: Mail, cx: &mut StepCx<'_>) -> Result<(), Failure> {
        match mail {
            Mail::Timer(_) => {
                self.timer = None; // The step that follows wakes whom it was for.
                Ok(())
            }
            // Whoever has asked for it was ended meanwhile.
            Mail::File(ticket, _) if self.forgets(ticket) => Ok(()),
            Mail::File(ticket, result) => {
                let owner = self.nodes.iter().position(|node| node.site.tickets.contains(&ticket));
                let owner = owner.expect("the answer to a question of this chain");
                let (node, rest) = self.at(owner);
                node.file(ticket, result, rest, owner + 1, cx)
            }
            Mail::Trigger(Demand::Checkpoint(barrier)) => {
                cx.event(Event::Barrier(barrier));
                Ok(())
            }
            // As soon as what it has brought is done with.
            Mail::Trigger(Demand::End) => {
                self.is_drained = true;
                Ok(())
            }
        }
    }
}

/// Pokes one operator of a chain: it notes for whom, then the subtask is stepped.
pub struct NodePoke {
    poked: Arc<AtomicBool>,
    subtask: Arc<dyn Poke>,
}

impl NodePoke {
    /// For an operator whose [`Link::poked`] is `poked`, in the subtask that `subtask` pokes.
    pub fn new(poked: Arc<AtomicBool>, subtask: Arc<dyn Poke>) -> Self {
        Self { poked, subtask }
    }
}

impl Poke for NodePoke {
    fn poke(&self) {
        self.poked.store(true, Ordering::Release);
        self.subtask.poke();
    }
}
