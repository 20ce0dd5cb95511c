//! Who is stepped next: fair turns, with shares.
//!
//! The subtasks that a job has on a core share a clock, which goes by while one of them is stepped: the slower, the more
//! shares the job has. The one whose clock is furthest behind comes first. Who has had nothing to do is set to where the
//! others are, so it does not catch up on the time it did not want; but it stands before all that are busy, so little
//! work waits for the present step and not for a round.

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;

use crate::bound::{SHARES_MAX, STEP_NS, STEP_NS_LEAST};

/// The ready subtasks of a core, by their places.
#[derive(Debug, Default)]
pub(crate) struct Ready {
    /// The clock, then the order of coming, then the place.
    heap: BinaryHeap<Reverse<(u128, u64, u32)>>,
    /// The clock of the one that was stepped last: nobody is behind it by more than a step.
    floor: u128,
    came: u64,
}

/// The clock of a job's subtasks on a core. A copy is the same clock.
#[derive(Clone, Debug)]
pub(crate) struct Clocked(Rc<Cell<Clock>>);

/// In nanoseconds of one who has the most shares. 64 bits of them would do for the most shares, and not for the least.
#[derive(Clone, Copy, Debug)]
struct Clock {
    time: u128,
    shares: u32,
}

impl Clocked {
    pub(crate) fn new(shares: u32) -> Self {
        Self(Rc::new(Cell::new(Clock { time: 0, shares })))
    }

    /// One of them was stepped for so long.
    pub(crate) fn pass(&self, nanoseconds: u64) {
        let Clock { time, shares } = self.0.get();
        let passed = u128::from(nanoseconds.max(1)) * u128::from(SHARES_MAX) / u128::from(shares);
        self.0.set(Clock { time: time + passed, shares });
    }

    fn catch_up(&self, floor: u128) -> u128 {
        let Clock { time, shares } = self.0.get();
        let time = time.max(floor);
        self.0.set(Clock { time, shares });
        time
    }
}

impl Ready {
    /// It wants to be stepped.
    pub(crate) fn push(&mut self, place: u32, clocked: &Clocked) {
        self.came += 1;
        self.heap.push(Reverse((clocked.catch_up(self.floor), self.came, place)));
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
        let clocks: Vec<_> = shares.iter().map(|shares| Clocked::new(*shares)).collect();
        for (place, clock) in (0..).zip(&clocks) {
            ready.push(place, clock);
        }
        for _ in 0..turns {
            let place = ready.pop().unwrap();
            let (clock, step_ns) = (&clocks[place as usize], step_ns[place as usize]);
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
        let [first, second, quiet] = [(); 3].map(|()| Clocked::new(1000));
        for (place, clock) in [(0, &first), (1, &second)] {
            clock.pass(1_000_000);
            ready.push(place, clock);
        }
        assert_eq!(ready.pop(), Some(0));
        first.pass(100_000);
        ready.push(0, &first);
        assert_eq!(ready.pop(), Some(1));
        second.pass(100_000);
        ready.push(2, &quiet); // While the second one is stepped.
        ready.push(1, &second);
        assert_eq!(ready.pop(), Some(2), "before both that have been busy");
        quiet.pass(200_000);
        ready.push(2, &quiet);
        assert_eq!([ready.pop(), ready.pop(), ready.pop()], [Some(0), Some(1), Some(2)]);
    }

    #[test]
    fn a_job_of_many_subtasks_has_no_more_than_its_share() {
        let (mut ready, many, one) = (Ready::default(), Clocked::new(1000), Clocked::new(1000));
        let clock = |place: u32| if place < 9 { &many } else { &one };
        (0..10).for_each(|place| ready.push(place, clock(place)));
        let mut turns_of_one = 0;
        for _ in 0..1_000 {
            let place = ready.pop().unwrap();
            turns_of_one += usize::from(place == 9);
            clock(place).pass(100);
            ready.push(place, clock(place));
        }
        assert!((400..=600).contains(&turns_of_one), "{turns_of_one} of 1000");
    }

    #[test]
    fn a_step_is_shorter_where_somebody_else_has_more_shares() {
        assert_eq!(step_ns(1000, 1000), STEP_NS);
        assert_eq!(step_ns(500, 1000), STEP_NS / 2);
        assert_eq!(step_ns(1, 10_000), STEP_NS_LEAST);
    }
}
