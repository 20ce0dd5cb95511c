//! How long a core goes on looking when it has nothing to do.
//!
//! ```text
//!   work ───┤ gap ├─── work ─┤gap├─ work ─┤       gap        ├──────
//!           look: it will be short          look for a moment, then sleep
//! ```
//!
//! Looking costs the core, sleeping costs latency: a wake takes some tens of microseconds, more in a virtual machine. So
//! a core remembers how long its gaps have been lately. While they are short it looks; once they are longer than looking
//! pays, it sleeps at once, and rows that come once a millisecond do not cost it a core.
//!
//! Pure: it is told the time.

/// The most that a core looks before it sleeps, where it has its processor to itself.
const LOOK_NS: u64 = 200_000;
/// In a virtual machine: a processor that halts is given away, and costs ten times as much to get back.
const LOOK_NS_VIRTUAL: u64 = 2_000_000;
/// Where there are more threads than processors: who looks keeps somebody from working.
const LOOK_NS_SHARED: u64 = 20_000;
/// Gaps count in the average with an eighth.
const WEIGHT: u64 = 8;
/// No gap counts for more than this many looks, so that the first short ones after a long one are believed soon.
const GAP_LOOKS_MAX: u64 = 16;

/// The patience of one core.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// None: without end.
    look_ns: Option<u64>,
    /// How long gaps have been.
    gap_ns: u64,
    /// When the present one began.
    began_ns: Option<u64>,
}

/// What to do about having nothing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Look again.
    Look,
    /// Sleep until a wake, or for so many nanoseconds.
    Sleep(Option<u64>),
}

/// The circumstances of a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Circumstances {
    /// The user wants no sleep.
    pub(crate) busy: bool,
    /// There are more threads than processors for them.
    pub(crate) shared: bool,
    /// The machine is virtual.
    pub(crate) is_virtual: bool,
}

impl Patience {
    pub(crate) fn under(circumstances: Circumstances) -> Self {
        let look_ns = match circumstances {
            Circumstances { busy: true, .. } => None,
            Circumstances { shared: true, .. } => Some(LOOK_NS_SHARED),
            Circumstances { is_virtual: true, .. } => Some(LOOK_NS_VIRTUAL),
            _ => Some(LOOK_NS),
        };
        Self { look_ns, gap_ns: 0, began_ns: None }
    }

    /// There was something to do.
    pub(crate) fn worked(&mut self, now_ns: u64) {
        let (Some(began_ns), Some(look_ns)) = (self.began_ns.take(), self.look_ns) else { return };
        let gap_ns = now_ns.saturating_sub(began_ns).min(look_ns * GAP_LOOKS_MAX);
        self.gap_ns = (self.gap_ns * (WEIGHT - 1) + gap_ns) / WEIGHT;
    }

    /// There is nothing to do before `until_ns`, unless something comes.
    pub(crate) fn next(&mut self, now_ns: u64, until_ns: Option<u64>) -> Next {
        let began_ns = *self.began_ns.get_or_insert(now_ns);
        let left_ns = until_ns.map(|until_ns| until_ns.saturating_sub(now_ns));
        let Some(look_ns) = self.look_ns else { return Next::Look };
        // What is due so soon is due before a sleep would end.
        let soon = left_ns.is_some_and(|left_ns| left_ns <= look_ns);
        let looks = self.gap_ns <= look_ns && now_ns.saturating_sub(began_ns) < look_ns;
        if soon || looks { Next::Look } else { Next::Sleep(left_ns) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const US: u64 = 1_000;
    const BARE: Circumstances = Circumstances { busy: false, shared: false, is_virtual: false };

    /// Work that comes after gaps of `gap_ns`, for ten seconds. Returns the part of the time that was spent looking.
    fn looking(circumstances: Circumstances, gap_ns: u64) -> f64 {
        let mut patience = Patience::under(circumstances);
        let (mut now_ns, mut looked_ns) = (0, 0);
        while now_ns < 10_000_000 * US {
            let came_ns = now_ns + gap_ns;
            while now_ns < came_ns {
                match patience.next(now_ns, None) {
                    Next::Look => {
                        now_ns += US;
                        looked_ns += US;
                    }
                    Next::Sleep(_) => now_ns = came_ns,
                }
            }
            patience.worked(now_ns);
        }
        looked_ns as f64 / now_ns as f64
    }

    #[test]
    fn short_gaps_are_looked_through_and_long_ones_are_slept_through() {
        assert!(looking(BARE, 10 * US) > 0.99);
        assert!(looking(BARE, 150 * US) > 0.99);
        assert!(looking(BARE, 1_000 * US) < 0.01);
        assert!(looking(Circumstances { is_virtual: true, ..BARE }, 1_000 * US) > 0.99);
        assert!(looking(Circumstances { shared: true, ..BARE }, 100 * US) < 0.01);
        assert!(looking(Circumstances { busy: true, ..BARE }, 100_000 * US) > 0.99);
    }

    #[test]
    fn a_core_that_slept_looks_again_when_gaps_become_short() {
        let mut patience = Patience::under(BARE);
        patience.gap_ns = GAP_LOOKS_MAX * LOOK_NS;
        let mut now_ns = 0;
        let sleeps = (0..100).filter(|_| {
            let slept = matches!(patience.next(now_ns, None), Next::Sleep(_));
            now_ns += 10 * US;
            patience.worked(now_ns);
            slept
        });
        assert!((10..40).contains(&sleeps.count()));
    }

    #[test]
    fn what_is_due_soon_is_not_slept_through() {
        let mut patience = Patience::under(BARE);
        patience.gap_ns = GAP_LOOKS_MAX * LOOK_NS;
        assert_eq!(patience.next(0, Some(LOOK_NS)), Next::Look);
        assert_eq!(patience.next(0, Some(LOOK_NS + 1)), Next::Sleep(Some(LOOK_NS + 1)));
        assert_eq!(patience.next(0, None), Next::Sleep(None));
    }
}
