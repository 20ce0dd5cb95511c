//! What a core may spend on waking others for rows that do not fill a segment yet: an account of time.
//!
//! A wake is a system call. A core that is busy spends at most a twentieth of its time on them; one that has nothing to do
//! pays with the time that it has left over, which would bring nobody anything. So under low load everyone is woken at
//! once, and under high load batches grow instead.

use crate::bound::{WAKE_COST_SHARE, WAKE_SPACING_MIN_NS, WAKES_SAVED};

/// The account of one core.
#[derive(Debug)]
pub(crate) struct Wakes {
    cost_ns: u64,
    /// Idle time that no wake was paid with yet.
    idle_ns: u64,
    /// Since when it has nothing to do.
    idle_since_ns: Option<u64>,
    /// When each of the others was woken.
    woken_ns: Vec<u64>,
}

impl Wakes {
    /// For a core among so many, to which a wake costs so much.
    pub(crate) fn of(cores: usize, cost_ns: u64) -> Self {
        Self { cost_ns, idle_ns: 0, idle_since_ns: None, woken_ns: vec![0; cores] }
    }

    /// It has nothing to do from now on.
    pub(crate) fn rest(&mut self, now_ns: u64) {
        self.idle_since_ns.get_or_insert(now_ns);
    }

    /// It looks for work again.
    pub(crate) fn look(&mut self, now_ns: u64) {
        if let Some(since_ns) = self.idle_since_ns.take() {
            let saved_max = self.cost_ns.saturating_mul(WAKES_SAVED);
            self.idle_ns = (self.idle_ns + now_ns.saturating_sub(since_ns)).min(saved_max);
        }
    }

    /// Whether a core that sleeps may be woken for little.
    pub(crate) fn may_wake(&self, core: usize, now_ns: u64) -> bool {
        let spacing_ns = self.cost_ns.saturating_mul(WAKE_COST_SHARE).max(WAKE_SPACING_MIN_NS);
        self.idle_ns >= self.cost_ns.max(1) || now_ns.saturating_sub(self.woken_ns[core]) >= spacing_ns
    }

    /// It was woken, for whatever reason.
    pub(crate) fn woken(&mut self, core: usize, now_ns: u64) {
        self.woken_ns[core] = now_ns;
        self.idle_ns = self.idle_ns.saturating_sub(self.cost_ns);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_core_wakes_with_a_twentieth_of_its_time() {
        for (since_ns, cost_ns, expect) in [
            (49_999, 0, false),
            (50_000, 0, true),
            (50_000, 2500, true),
            (50_000, 2501, false),
            (199_999, 10_000, false),
            (200_000, 10_000, true),
            (u64::MAX - 1, u64::MAX, false),
        ] {
            assert_eq!(
                Wakes::of(2, cost_ns).may_wake(1, since_ns),
                expect,
                "{since_ns} after a wake of {cost_ns}"
            );
        }
    }

    #[test]
    fn an_idle_core_pays_with_the_time_it_has_left() {
        let mut wakes = Wakes::of(2, 5_000);
        wakes.rest(1_000);
        wakes.rest(3_000); // It still rests.
        wakes.look(5_999);
        assert!(!wakes.may_wake(1, 6_000));
        wakes.rest(6_000);
        wakes.look(6_001);
        assert!(wakes.may_wake(1, 6_001), "now it has rested for as long as a wake takes");
        wakes.woken(1, 6_001);
        assert!(!wakes.may_wake(1, 6_002));
    }

    #[test]
    fn what_is_saved_is_bounded() {
        let mut wakes = Wakes::of(2, 5_000);
        wakes.rest(0);
        wakes.look(3_600_000_000_000);
        let now_ns = 3_600_000_000_000;
        let paid = (0..).take_while(|_| {
            let may = wakes.may_wake(1, now_ns);
            wakes.woken(1, now_ns);
            may
        });
        assert_eq!(paid.count() as u64, WAKES_SAVED);
    }
}
