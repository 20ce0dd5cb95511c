//! What befalls simulated machines: a loss of power, a network that cuts and clogs.

use super::{Loss, Simulation};
use crate::job::Event;

impl Simulation {
    /// A machine loses its power: whatever is in its memory is gone, of its disk what `loss` says, and its connections. The
    /// master learns of it. After a while it is turned on again.
    pub fn crash(&mut self, machine: usize, loss: Loss) {
        self.note(machine as u64);
        for core in self.cores_of(machine) {
            self.cores[core] = None;
            self.outside.arrived.borrow_mut()[core].clear();
            self.outside.wires.borrow_mut().reset_all(self.now_ns, core);
            self.unheard.push_back(Event::CoreLost(core, "its machine lost power".to_owned()));
        }
        self.outside.disks[machine].borrow_mut().crash(loss);
        self.lives += 1;
        self.boot(machine);
        self.unheard.extend(self.cores_of(machine).map(Event::CoreFound));
        self.follow_up();
    }

    /// Two machines do not hear each other for a while, in one direction or in both.
    pub fn clog(&mut self, from: usize, to: usize, until_ns: u64) {
        self.note(2);
        for (from, to) in self.cores_of(from).flat_map(|from| self.cores_of(to).map(move |to| (from, to))) {
            self.outside.wires.borrow_mut().clog(from, to, until_ns);
        }
        self.follow_up();
    }

    /// The connections between two machines break.
    pub fn cut(&mut self, one: usize, other: usize) {
        self.note(3);
        let between = |from: usize, to: usize| {
            let machines = [self.machine_of(from), self.machine_of(to)];
            machines == [one, other] || machines == [other, one]
        };
        let ends = self.connections.iter().filter(|((_, from, to), _)| between(*from, *to));
        for (end, _) in ends.map(|(_, ends)| *ends).collect::<Vec<_>>() {
            self.outside.wires.borrow_mut().cut(self.now_ns, end);
        }
        self.follow_up();
    }

    /// Nothing goes wrong any more.
    pub fn heal(&mut self) {
        self.outside.disks.iter().for_each(|disk| disk.borrow_mut().heal());
        self.outside.wires.borrow_mut().heal(self.now_ns);
        self.follow_up();
    }
}
