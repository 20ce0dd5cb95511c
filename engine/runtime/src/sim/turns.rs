//! Whose turn it is in a simulated world, and what follows from it.

use std::cmp::Reverse;

use super::Simulation;
use super::host::Outside;
use super::trace::What;
use super::world::{SimCore, Turn};
use crate::job::{Deploy, Order};
use crate::reactor::{CoreMail, Idleness, Pace};
use crate::seam::{Completion, Wake};

impl Simulation {
    pub(super) fn turn_core(&mut self, core: usize) {
        let Some(SimCore { reactor, host, turn, asleep }) = &mut self.cores[core] else { return };
        *turn = None;
        host.begin(self.now_ns);
        if std::mem::take(asleep) {
            reactor.awake();
        }
        let pace = reactor.turn(host);
        let (ended_ns, tempo) = (host.ended_ns(), host.tempo);
        let number = match pace {
            Pace::Busy { .. } => 0,
            Pace::Idle(idleness) => 2 - u8::from(idleness.worked),
            Pace::Stopped => 3,
        };
        let what = What::Turn { core, pace: number, bytes_out: reactor.bytes_out() };
        self.trace.add(self.now_ns, what);
        let next_ns = match pace {
            Pace::Stopped => return,
            Pace::Busy { .. } | Pace::Idle(Idleness { worked: true, .. }) => {
                Some(tempo.gap_ns(&mut self.chance))
            }
            // A host looks for a while before it sleeps; how long, is anybody's guess.
            Pace::Idle(_) if self.chance.chance(300) => Some(tempo.gap_ns(&mut self.chance)),
            Pace::Idle(Idleness { until_ns, .. }) => {
                if reactor.park() {
                    *asleep = true;
                    self.trace.add(self.now_ns, What::Sleep(core));
                    let late_ns = tempo.wake_ns(&mut self.chance);
                    until_ns.map(|until_ns| until_ns.saturating_sub(ended_ns) + late_ns)
                } else {
                    Some(tempo.gap_ns(&mut self.chance))
                }
            }
        };
        if let Some(next_ns) = next_ns {
            self.schedule_core(core, ended_ns.saturating_add(next_ns));
        }
    }

    /// The master hears what has come, one thing at a time.
    pub(super) fn turn_master(&mut self) {
        self.master_due_ns = None;
        let mut orders = Vec::new();
        if let Some(event) = self.unheard.pop_front() {
            self.master.hear(event, self.now_ns, &mut orders);
        }
        self.master.tick(self.now_ns, &mut orders);
        self.trace.add(self.now_ns, What::Master);
        for mut order in orders {
            if let Order::Deploy { core, deploy } = &mut order {
                self.connect(*core, deploy);
            }
            let (core, mail) = CoreMail::of(order);
            self.posts[core].post(mail);
        }
    }

    /// Connects a core with those of other machines that it has channels with, as two workers would before they deploy.
    pub(super) fn connect(&mut self, core: usize, deploy: &mut Deploy) {
        let others = deploy.part.channels.iter().flat_map(|(_, ends)| [ends.sender, ends.receiver]);
        let mut peers: Vec<usize> =
            others.filter(|peer| self.machine_of(*peer) != self.machine_of(core)).collect();
        peers.sort_unstable();
        peers.dedup();
        for peer in peers {
            let (low, high) = (core.min(peer), core.max(peer));
            let wires = &self.outside.wires;
            let fresh = || wires.borrow_mut().connect(low, high);
            let ends = self.connections.entry((deploy.attempt, low, high)).or_insert_with(fresh);
            deploy.wires.push((peer, if core == low { ends.0 } else { ends.1 }));
        }
    }

    pub(super) fn turn_outside(&mut self) {
        self.outside_due_ns = None;
        let mut done = 0;
        let Outside { disks, wires, arrived, wakes, .. } = &*self.outside;
        let mut arrive = |core: usize, completion| {
            done += 1;
            arrived.borrow_mut()[core].push_back(completion);
            wakes[core].wake();
        };
        for disk in disks {
            disk.borrow_mut().complete_due(self.now_ns, &mut |(core, ticket), result| {
                arrive(core, Completion::File(ticket, result));
            });
        }
        wires.borrow_mut().deliver_due(self.now_ns, &mut arrive);
        self.trace.add(self.now_ns, What::Outside(done));
    }

    /// What an event has set going.
    pub(super) fn follow_up(&mut self) {
        while let Ok((job, outcome)) = self.outcomes.try_recv() {
            self.running -= 1;
            self.finished.insert(job, outcome);
        }
        for core in 0..self.cores.len() {
            if self.outside.wakes[core].take() {
                let late_ns = self.options.tempi[core].wake_ns(&mut self.chance);
                self.schedule_core(core, self.now_ns + late_ns);
            }
        }
        self.unheard.extend(self.heard.try_iter());
        self.schedule_master();
        let disks = self.outside.disks.iter().map(|disk| disk.borrow().next_due_ns());
        let due_ns = disks.chain([self.outside.wires.borrow().next_due_ns()]).flatten().min();
        if let Some(due_ns) = due_ns
            && self.outside_due_ns.is_none_or(|known_ns| due_ns < known_ns)
        {
            self.outside_due_ns = Some(due_ns);
            self.push(due_ns, Turn::Outside);
        }
    }

    /// The master has a turn when something waits for it, or a job is to be started again.
    pub(super) fn schedule_master(&mut self) {
        let heard_ns = (!self.unheard.is_empty()).then(|| self.now_ns + self.chance.within(1_000, 200_000));
        let due_ns = [heard_ns, self.master.due_ns()].into_iter().flatten().min();
        if let Some(due_ns) = due_ns
            && self.master_due_ns.is_none_or(|known_ns| due_ns < known_ns)
        {
            self.master_due_ns = Some(due_ns);
            self.push(due_ns, Turn::Master);
        }
    }

    /// A core has a turn at this time, unless it has one before.
    pub(super) fn schedule_core(&mut self, core: usize, due_ns: u64) {
        if self.next_turn(core).is_none_or(|(known_ns, _)| due_ns < known_ns) {
            let sequence = self.push(due_ns, Turn::Core(core));
            if let Some(core) = &mut self.cores[core] {
                core.turn = Some((due_ns, sequence));
            }
        }
    }

    pub(super) fn next_turn(&self, core: usize) -> Option<(u64, u64)> {
        self.cores[core].as_ref()?.turn
    }

    pub(super) fn push(&mut self, due_ns: u64, turn: Turn) -> u64 {
        self.sequence += 1;
        let chance = self.chance.bits();
        self.heap.push(Reverse((due_ns, chance, self.sequence, turn)));
        self.sequence
    }
}
