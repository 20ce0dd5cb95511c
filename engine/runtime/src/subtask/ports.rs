//! The gate and the outputs of a subtask, and what has to be done for them in time.
//!
//! A tick of a buffer timeout is set only while rows wait in an output: a job in which nothing flows wakes nobody. The
//! ticks keep to a grid of the interval all the same, so a row waits between nothing and the whole of it.

use std::time::Duration;

use shuffle::{Carrier, Control, Flow, Gate, Output};

use crate::reactor::wheel::Entry;

/// What connects a subtask with others.
pub(crate) struct Ports {
    /// None: it is a source.
    pub(crate) gate: Option<Gate>,
    pub(crate) outs: Vec<Out>,
}

/// An output and its clockwork.
pub(crate) struct Out {
    pub(crate) output: Output,
    /// When the first tick would be, and what lies between two.
    grid: Option<Grid>,
    /// The next tick, if rows wait for it.
    pub(crate) tick: Option<Entry>,
    pub(crate) flow: Flow,
}

#[derive(Clone, Copy)]
struct Grid {
    phase_ns: u64,
    every_ns: u64,
}

impl Out {
    /// For the sender of this number, which decides when it ticks.
    pub(crate) fn open(output: Output, sender: u32) -> Self {
        let timeout = output.timeout();
        let grid = timeout
            .tick()
            .zip(timeout.phase(sender))
            .map(|(every, phase)| Grid { phase_ns: nanoseconds(phase), every_ns: nanoseconds(every).max(1) });
        Self { output, grid, tick: None, flow: Flow::Ready }
    }

    /// When the output wants to be looked at though nothing is sent: the next point of the grid, or the age of `auto`.
    pub(crate) fn due_ns(&self, now_ns: u64) -> Option<u64> {
        if let Some(deadline_ns) = self.output.deadline_ns() {
            return Some(deadline_ns);
        }
        let grid = self.grid.filter(|_| self.output.is_gathering())?;
        let passed = (now_ns + grid.every_ns).saturating_sub(grid.phase_ns) / grid.every_ns;
        Some(grid.phase_ns + passed * grid.every_ns)
    }
}

impl Ports {
    /// Whether an output is full.
    pub(crate) fn is_blocked(&self) -> bool {
        self.outs.iter().any(|out| out.flow == Flow::Full)
    }

    /// Whether an output waits for segments to come home.
    pub(crate) fn is_starved(&self) -> bool {
        self.outs.iter().any(|out| out.output.is_starved())
    }

    /// Goes on with what could not be placed.
    pub(crate) fn resume(&mut self, carrier: &mut impl Carrier) {
        for out in &mut self.outs {
            if out.flow == Flow::Full || out.output.is_starved() {
                out.flow = out.output.resume(carrier);
            }
        }
    }

    /// What came in is done with: what the timeout lets go, goes.
    pub(crate) fn input_done(&mut self, now_ns: u64, carrier: &mut impl Carrier) {
        self.outs.iter_mut().for_each(|out| out.flow = out.output.input_done(now_ns, carrier));
    }

    /// The subtask has nothing else to do.
    pub(crate) fn sender_rests(&mut self, now_ns: u64, carrier: &mut impl Carrier) {
        self.outs.iter_mut().for_each(|out| out.flow = out.output.sender_rests(now_ns, carrier));
    }

    /// A tick: all that waits for company leaves.
    pub(crate) fn flush(&mut self, out: usize, now_ns: u64, carrier: &mut impl Carrier) {
        let Out { output, tick, grid, flow } = &mut self.outs[out];
        *tick = None;
        *flow = if grid.is_some() { output.flush(carrier) } else { output.input_done(now_ns, carrier) };
    }

    /// What senders should hear of their credit.
    pub(crate) fn tell_credit(&mut self, carrier: &mut impl Carrier) {
        if let Some(gate) = &mut self.gate {
            gate.drain_credit(|control: Control| carrier.control(control));
        }
    }

    /// Whether all that was sent has left.
    pub(crate) fn is_drained(&self) -> bool {
        self.outs.iter().all(|out| out.output.is_drained())
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).expect("an interval is bounded by its option")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_lie_on_the_grid_and_ahead() {
        let grid = Grid { phase_ns: 30, every_ns: 100 };
        let next = |now_ns: u64| {
            let passed = (now_ns + grid.every_ns).saturating_sub(grid.phase_ns) / grid.every_ns;
            grid.phase_ns + passed * grid.every_ns
        };
        assert_eq!([0, 29, 30, 31, 129, 130].map(next), [30, 30, 130, 130, 130, 230]);
    }
}
