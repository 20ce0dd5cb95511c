//! Who is stepped next: fair turns, with shares.
//!
//! Each subtask has a clock of its own, which goes by while it is stepped: the slower, the more shares it has. The one
//! whose clock is furthest behind comes first. Who has had nothing to do is set to where the others are, so it does not
//! catch up on the time it did not want; but it stands before all that are busy, so little work waits for the present
//! step and not for a round.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::bound::{SHARES_MAX, STEP_NS, STEP_NS_LEAST};

/// The ready subtasks of a core, by their places.
#[derive(Debug, Default)]
pub(crate) struct Ready {
    /// The clock, then the order of coming, then the place.
    heap: BinaryHeap<Reverse<(u64, u64, u32)>>,
    /// The clock of the one that was stepped last: nobody is behind it by more than a step.
    floor: u64,
    came: u64,
}

/// A subtask's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clocked {
    time: u64,
    shares: u32,
}

impl Clocked {
    pub(crate) fn new(shares: u32) -> Self {
        Self { time: 0, shares }
    }

    /// It was stepped for so long.
    pub(crate) fn pass(&mut self, nanoseconds: u64) {
        // With the most shares it goes as fast as time, with a thousand ten times as fast: 58 years of steps.
        let passed = nanoseconds.max(1).saturating_mul(u64::from(SHARES_MAX)) / u64::from(self.shares);
        self.time = self.time.saturating_add(passed);
    }
}

impl Ready {
    /// It wants to be stepped.
    pub(crate) fn push(&mut self, place: u32, clocked: &mut Clocked) {
        clocked.time = clocked.time.max(self.floor);
        self.came += 1;
        self.heap.push(Reverse((clocked.time, self.came, place)));
    }

    /// Whose turn it is.
    pub(crate) fn pop(&mut self) -> Option<u32> {
        let Reverse((time, _, place)) = self.heap.pop()?;
        self.floor = self.floor.max(time);
        Some(place)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}

/// How long a step of a subtask with these shares may take, on a core on which another one has `most`: who should get
/// little is in the way of the others for a shorter time.
pub(crate) fn step_ns(shares: u32, most: u32) -> u64 {
    (STEP_NS * u64::from(shares) / u64::from(most.max(shares))).max(STEP_NS_LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps the ready ones `turns` times; how long a step of each takes is given. Returns the times that each has had.
    fn run(shares: &[u32], step_ns: &[u64], turns: usize) -> Vec<u64> {
        let (mut ready, mut had) = (Ready::default(), vec![0; shares.len()]);
        let mut clocks: Vec<_> = shares.iter().map(|shares| Clocked::new(*shares)).collect();
        for (place, clock) in (0..).zip(&mut clocks) {
            ready.push(place, clock);
        }
        for _ in 0..turns {
            let place = ready.pop().unwrap();
            let (clock, step_ns) = (&mut clocks[place as usize], step_ns[place as usize]);
            had[place as usize] += step_ns;
            clock.pass(step_ns);
            ready.push(place, clock);
        }
        had
    }

    #[test]
    fn time_is_shared_as_shares_say_however_long_steps_are() {
        let had = run(&[1000, 3000, 1000], &[100, 10, 30], 10_000);
        let share = |place: usize| had[place] as f64 / had.iter().sum::<u64>() as f64;
        for (place, expected) in [(0, 0.2), (1, 0.6), (2, 0.2)] {
            assert!((share(place) - expected).abs() < 0.01, "{place}: {}", share(place));
        }
    }

    #[test]
    fn who_comes_from_idleness_is_next_and_catches_up_on_nothing() {
        let mut ready = Ready::default();
        let [mut first, mut second, mut quiet] = [Clocked::new(1000); 3];
        for (place, clock) in [(0, &mut first), (1, &mut second)] {
            clock.pass(1_000_000);
            ready.push(place, clock);
        }
        assert_eq!(ready.pop(), Some(0));
        first.pass(100_000);
        ready.push(0, &mut first);
        assert_eq!(ready.pop(), Some(1));
        second.pass(100_000);
        ready.push(2, &mut quiet); // While the second one is stepped.
        ready.push(1, &mut second);
        assert_eq!(ready.pop(), Some(2), "before both that have been busy");
        quiet.pass(200_000);
        ready.push(2, &mut quiet);
        assert_eq!([ready.pop(), ready.pop(), ready.pop()], [Some(0), Some(1), Some(2)]);
    }

    #[test]
    fn a_step_is_shorter_where_somebody_else_has_more_shares() {
        assert_eq!(step_ns(1000, 1000), STEP_NS);
        assert_eq!(step_ns(500, 1000), STEP_NS / 2);
        assert_eq!(step_ns(1, 10_000), STEP_NS_LEAST);
    }
}
