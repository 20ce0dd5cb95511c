//! What happened in a simulation, in order: its hash, by which two runs are compared, and its end, to read.

use std::collections::VecDeque;
use std::fmt;

use crate::random::mix;

/// Steps that are kept to be read.
const KEPT: usize = 200;

/// One event of the simulation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub now_ns: u64,
    /// What.
    pub what: What,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A core had a turn: how it ended, and how many bytes of its segments were out.
    Turn {
        /// The core.
        core: usize,
        /// 0: it has more to do; 1: it has none and did some; 2: it found nothing; 3: it was its last.
        pace: u8,
        /// Out of its pool, in bytes.
        bytes_out: u64,
    },
    /// A core went to sleep.
    Sleep(usize),
    /// The master heard something.
    Master,
    /// Disks and network have done so much.
    Outside(u64),
    /// The test did something.
    Note(u64),
}

/// The trace of a run.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    hash: u64,
    steps: u64,
    last: VecDeque<Step>,
}

impl Trace {
    /// Something has happened.
    pub(super) fn add(&mut self, now_ns: u64, what: What) {
        let words = match what {
            What::Turn { core, pace, bytes_out } => [1, core as u64, u64::from(pace), bytes_out],
            What::Sleep(core) => [2, core as u64, 0, 0],
            What::Master => [3, 0, 0, 0],
            What::Outside(done) => [4, done, 0, 0],
            What::Note(note) => [5, note, 0, 0],
        };
        for word in words.into_iter().chain([now_ns]) {
            self.hash = mix(self.hash.rotate_left(7) ^ word);
        }
        self.steps += 1;
        if self.last.len() == KEPT {
            self.last.pop_front();
        }
        self.last.push_back(Step { now_ns, what });
    }

    /// The same for the same run, and hardly ever for another one.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// How many events there were.
    pub fn steps(&self) -> u64 {
        self.steps
    }
}

/// The last events, one on a line.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Step { now_ns, what } in &self.last {
            writeln!(f, "{:>12}.{:03} us  {what:?}", now_ns / 1_000, now_ns % 1_000)?;
        }
        Ok(())
    }
}
