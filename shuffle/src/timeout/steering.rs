//! The controller behind the buffer timeout `auto`: how long a row may wait at most.
//!
//! An edge in `auto` ships when its receiver is hungry, so under low load nothing waits and under high load batches
//! grow by themselves. The *age cap* bounds the wait between the two. It is steered by what was measured at the sinks:
//!
//! ```text
//!                  0.6 goal          goal
//!   ───────────────────┼───────────────┼───────────────►  p99
//!     × 1.25           │     stays     │  halves
//!     if batches cost  │               │
//! ```
//!
//! Down fast and up slowly: a missed goal is seen by users, a small batch only by the processor. Halving from just
//! above the goal ends at about 0.5 of it, one step up at about 0.63: between the two lines, where it rests.
//!
//! Pure functions over plain state. Who measures, who tells the edges, and how often, is decided elsewhere; a step
//! makes sense as often as there are new samples, some times a second.

use crate::bound::{AGE_CAP_DEFAULT_NS, AGE_CAP_LEAST_NS, AGE_CAP_MAX_NS, AGE_CAP_STEP_NS, OVERHEAD_MAX};

/// What the user wants of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goal {
    /// Of a hundred rows ninety-nine are at a sink in this time.
    pub p99_ns: u64,
}

/// What was measured since the last step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observed {
    /// How many latency marks have arrived. Without one the rest of this means nothing.
    pub samples: u64,
    /// In what time ninety-nine of a hundred marks have come from a source to a sink.
    pub p99_ns: u64,
    /// How many edges a row crosses on the longest way.
    pub hops: u32,
    /// What part of a core goes into what a batch costs and not its rows, on the busiest core.
    pub overhead: f64,
}

/// What the edges are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice {
    /// How long a row may wait in an edge at most, hungry receiver or not.
    pub age_cap_ns: u64,
    /// The goal costs more than it should, or cannot be reached: batches are too small and may not grow, or the goal
    /// is missed and no row waits any more.
    pub infeasible: bool,
}

/// The state of the controller of one job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steering {
    goal: Option<Goal>,
    advice: Advice,
}

impl Goal {
    /// What a row may wait in each of `hops` edges: a fifth of the goal is left to the work itself.
    pub fn share(self, hops: u32) -> u64 {
        let waiting = self.p99_ns - self.p99_ns / 5;
        (waiting / u64::from(hops.max(1))).min(AGE_CAP_MAX_NS)
    }
}

impl Steering {
    /// The start, before anything was measured.
    pub fn toward(goal: Option<Goal>, hops: u32) -> Self {
        let age_cap_ns = goal.map_or(AGE_CAP_DEFAULT_NS, |goal| goal.share(hops));
        Self { goal, advice: Advice { age_cap_ns, infeasible: false } }
    }

    /// What holds now.
    pub fn advice(&self) -> Advice {
        self.advice
    }

    /// One step. Without a goal or without samples nothing changes.
    #[must_use = "the former state knows nothing of this step"]
    pub fn steer(self, observed: &Observed) -> (Self, Advice) {
        let advice = match self.goal {
            Some(goal) if observed.samples > 0 => goal.step(self.advice.age_cap_ns, observed),
            _ => self.advice,
        };
        (Self { advice, ..self }, advice)
    }
}

impl Goal {
    fn step(self, cap_ns: u64, observed: &Observed) -> Advice {
        let costly = observed.overhead > OVERHEAD_MAX;
        let missed = observed.p99_ns > self.p99_ns;
        let cap_max = self.share(observed.hops);
        let age_cap_ns = if missed {
            halved(cap_ns)
        } else if costly && observed.p99_ns < self.p99_ns / 5 * 3 {
            // The first step up is an eighth of the share at most, so that it cannot leap over the goal.
            (cap_ns + cap_ns / 4).max((cap_max / 8).min(AGE_CAP_STEP_NS))
        } else {
            cap_ns
        };
        let age_cap_ns = age_cap_ns.min(cap_max);
        let stuck = costly && age_cap_ns <= cap_ns && cap_max < AGE_CAP_MAX_NS;
        Advice { age_cap_ns, infeasible: stuck || (missed && cap_ns == 0) }
    }
}

/// Half of it; nothing, when half is too short to wait for anything.
fn halved(cap_ns: u64) -> u64 {
    Some(cap_ns / 2).filter(|half| *half >= AGE_CAP_LEAST_NS).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MS: u64 = 1_000_000;

    fn observed(p99_ns: u64, overhead: f64) -> Observed {
        Observed { samples: 100, p99_ns, hops: 2, overhead }
    }

    /// One step from `cap_ns`, with a goal of 100 ms over two hops: 40 ms each.
    fn step(cap_ns: u64, observed: &Observed) -> (u64, bool) {
        let goal = Some(Goal { p99_ns: 100 * MS });
        let state = Steering { goal, advice: Advice { age_cap_ns: cap_ns, infeasible: false } };
        let (after, advice) = state.steer(observed);
        assert_eq!(after.advice(), advice);
        (advice.age_cap_ns, advice.infeasible)
    }

    #[test]
    fn a_goal_is_divided_over_the_hops() {
        for (goal_ms, hops, share_ms) in
            [(100, 1, 80), (100, 2, 40), (100, 0, 80), (10, 4, 2), (0, 3, 0), (10_000, 2, 100)]
        {
            let goal = Goal { p99_ns: goal_ms * MS };
            assert_eq!(goal.share(hops), share_ms * MS, "{goal_ms} ms over {hops}");
            assert_eq!(Steering::toward(Some(goal), hops).advice().age_cap_ns, share_ms * MS);
        }
    }

    #[test]
    fn each_region_has_its_step() {
        let table = [
            // p99,  overhead, cap before,   cap after,      infeasible
            (101 * MS, 0.0, 40 * MS, 20 * MS, false),  // missed
            (101 * MS, 0.0, 1_900, 0, false),          // missed, and half would be no wait
            (101 * MS, 0.0, 0, 0, true),               // missed, and nothing is left to give
            (101 * MS, 0.5, 40 * MS, 20 * MS, true),   // missed, and batches are small already: the goal wins
            (80 * MS, 0.5, 20 * MS, 20 * MS, true),    // reached, but longer waits would miss it
            (80 * MS, 0.0, 20 * MS, 20 * MS, false),   // reached
            (50 * MS, 0.5, 20 * MS, 25 * MS, false),   // room, and batches cost
            (50 * MS, 0.0, 20 * MS, 20 * MS, false),   // room, but nothing to gain
            (50 * MS, 0.5, 0, AGE_CAP_STEP_NS, false), // from nothing it grows too
            (50 * MS, 0.5, 40 * MS, 40 * MS, true),    // the share of the goal is used up
        ];
        for (p99, overhead, before, after, infeasible) in table {
            let got = step(before, &observed(p99, overhead));
            assert_eq!(got, (after, infeasible), "p99 {p99}, overhead {overhead}, cap {before}");
        }
    }

    #[test]
    fn a_longer_way_lowers_the_cap_at_once() {
        let longer = Observed { hops: 8, ..observed(80 * MS, 0.0) };
        assert_eq!(step(40 * MS, &longer), (10 * MS, false));
    }

    #[test]
    fn the_largest_cap_of_all_is_no_fault_of_the_goal() {
        let relaxed = Steering::toward(Some(Goal { p99_ns: 3_600_000 * MS }), 1);
        let (_, advice) = relaxed.steer(&observed(MS, 0.5));
        assert_eq!(advice, Advice { age_cap_ns: AGE_CAP_MAX_NS, infeasible: false });
    }

    #[test]
    fn without_samples_or_goal_nothing_changes() {
        let silent = Observed { samples: 0, ..observed(u64::MAX, 1.0) };
        let infeasible = Advice { age_cap_ns: 7, infeasible: true };
        let state = Steering { goal: Some(Goal { p99_ns: MS }), advice: infeasible };
        assert_eq!(state.steer(&silent), (state, infeasible));
        let free = Steering::toward(None, 3);
        assert_eq!(free.steer(&observed(u64::MAX, 1.0)), (free, free.advice()));
        assert_eq!(free.advice(), Advice { age_cap_ns: AGE_CAP_DEFAULT_NS, infeasible: false });
    }

    /// A job of `hops` edges whose rows take `service_ns` without waiting, and whose receivers are never hungry.
    #[derive(Clone, Copy, Debug)]
    struct Job {
        hops: u32,
        service_ns: u64,
    }

    impl Job {
        /// A batch costs 10 µs, and one is made for each wait (or each 20 µs, if nothing waits).
        fn run(&self, cap_ns: u64) -> Observed {
            let overhead = 10_000.0 / cap_ns.max(20_000) as f64;
            let p99_ns = self.service_ns + u64::from(self.hops) * cap_ns;
            Observed { samples: 1000, p99_ns, hops: self.hops, overhead }
        }
    }

    proptest! {
        /// Whatever the cap was before (the load has just changed), it comes to rest below a goal that can be
        /// reached, and what it rests at is no needless waste of the processor.
        #[test]
        fn the_loop_settles_below_the_goal(
            goal_ns in (14..34_u32).prop_flat_map(|bits| 1_u64 << bits..2 << bits), // 16 µs to 17 s
            service in 0.0..0.55_f64,
            hops in 1u32..20,
            start_ns in 0..AGE_CAP_MAX_NS,
        ) {
            let job = Job { hops, service_ns: (goal_ns as f64 * service) as u64 };
            let advice = Advice { age_cap_ns: start_ns, infeasible: false };
            let mut state = Steering { goal: Some(Goal { p99_ns: goal_ns }), advice };
            let mut caps = vec![start_ns];
            for _ in 0..60 {
                state = state.steer(&job.run(state.advice().age_cap_ns)).0;
                caps.push(state.advice().age_cap_ns);
            }
            let settled = &caps[50..];
            let rest = job.run(settled[0]);
            prop_assert!(settled.iter().all(|cap| *cap == settled[0]), "it oscillates: {caps:?}");
            prop_assert!(rest.p99_ns <= goal_ns, "{} of {goal_ns}: {caps:?}", rest.p99_ns);
            prop_assert!(
                rest.overhead <= OVERHEAD_MAX || rest.p99_ns >= goal_ns / 5 * 3 || state.advice().infeasible,
                "{rest:?}: {caps:?}"
            );
            let mut moves: Vec<bool> = caps.windows(2).filter(|cap| cap[0] != cap[1]).map(|cap| cap[0] < cap[1]).collect();
            moves.dedup();
            prop_assert!(moves.len() <= 2, "it swings: {caps:?}");
        }

        /// Of two jobs that measure the same, the one with the larger goal never waits less.
        #[test]
        fn a_larger_goal_never_lowers_the_cap(
            goals in (1..1000 * MS, 1..1000 * MS),
            hops in 1u32..10,
            measured in prop::collection::vec((0..1000 * MS, 0.0..0.2_f64), 1..40),
        ) {
            let goal = |p99_ns| Some(Goal { p99_ns });
            let mut small = Steering::toward(goal(goals.0.min(goals.1)), hops);
            let mut large = Steering::toward(goal(goals.0.max(goals.1)), hops);
            for (p99_ns, overhead) in measured {
                let observed = Observed { samples: 1, p99_ns, hops, overhead };
                (small, large) = (small.steer(&observed).0, large.steer(&observed).0);
                prop_assert!(small.advice().age_cap_ns <= large.advice().age_cap_ns);
            }
        }
    }
}
