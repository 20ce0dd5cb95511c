//! When rows are due at a rate.
//!
//! A schedule: row `k` of a subtask is due at a time that follows from `k` and the beginning, so nothing is lost to
//! rounding, and over time there are as many rows as the rate says. Subtasks take turns in it. Whoever was held up
//! catches up, but not at once: a bucket holds what a tenth of a second brings and fills at twice the rate.
//!
//! Keeps how many rows were sent. Never lets more go than both allow.

use crate::bound::{BURSTS_A_SECOND, PACE_NS};

const SECOND_NS: u64 = 1_000_000_000;

/// The schedule of one subtask.
#[derive(Debug)]
pub(crate) struct Pace {
    /// Rows a second, of all subtasks.
    rate: u64,
    number: u64,
    parallelism: u64,
    /// When the first look was.
    began_ns: Option<u64>,
    sent: u64,
    /// What is in the bucket, so many to a row: a nanosecond then brings a whole number, whatever the rate.
    tokens: u128,
    filled_ns: u64,
}

impl Pace {
    /// That of the subtask `number` of `parallelism`, which together send `rate` rows a second.
    pub(crate) fn share(rate: u64, number: u64, parallelism: u64) -> Self {
        let pace = Self { rate, number, parallelism, began_ns: None, sent: 0, tokens: 0, filled_ns: 0 };
        Self { tokens: pace.tokens_most(), ..pace }
    }

    /// How many rows may be sent now.
    pub(crate) fn due(&mut self, now_ns: u64) -> u64 {
        let began_ns = self.began(now_ns);
        self.fill(now_ns);
        // Of the rows of all subtasks, those whose time has come: number 0 is due at the beginning.
        let all = u128::from(now_ns.saturating_sub(began_ns)) * u128::from(self.rate) / u128::from(SECOND_NS);
        let all = u64::try_from(all).unwrap_or(u64::MAX);
        let own = all.checked_sub(self.number).map_or(0, |others| others / self.parallelism + 1);
        let held = u64::try_from(self.tokens / self.tokens_of_row()).unwrap_or(u64::MAX);
        own.saturating_sub(self.sent).min(held)
    }

    /// So many were sent.
    pub(crate) fn sent(&mut self, rows: u64) {
        self.sent += rows;
        self.tokens = self.tokens.saturating_sub(u128::from(rows) * self.tokens_of_row());
    }

    /// When it is worth another look, though nothing is due now: at the time of the next row, but not for each of many.
    pub(crate) fn next_ns(&mut self, now_ns: u64) -> u64 {
        let began_ns = self.began(now_ns);
        let next = u128::from(self.sent) * u128::from(self.parallelism) + u128::from(self.number);
        let after_ns = (next * u128::from(SECOND_NS)).div_ceil(self.rate.into());
        let due_ns = began_ns.saturating_add(u64::try_from(after_ns).unwrap_or(u64::MAX));
        let missing = self.tokens_of_row().saturating_sub(self.tokens);
        let held_ns = missing.div_ceil(self.tokens_of_nanosecond());
        let held_ns = now_ns.saturating_add(u64::try_from(held_ns).unwrap_or(u64::MAX));
        due_ns.max(held_ns).max(now_ns.saturating_add(PACE_NS))
    }

    fn began(&mut self, now_ns: u64) -> u64 {
        if self.began_ns.is_none() {
            (self.began_ns, self.filled_ns) = (Some(now_ns), now_ns);
        }
        self.began_ns.expect("just set")
    }

    fn fill(&mut self, now_ns: u64) {
        let went_ns = now_ns.saturating_sub(self.filled_ns);
        self.tokens = self.tokens_most().min(self.tokens + u128::from(went_ns) * self.tokens_of_nanosecond());
        self.filled_ns = self.filled_ns.max(now_ns);
    }

    fn tokens_of_row(&self) -> u128 {
        u128::from(self.parallelism) * u128::from(SECOND_NS)
    }

    /// At the rate a nanosecond would bring `rate` of them.
    fn tokens_of_nanosecond(&self) -> u128 {
        2 * u128::from(self.rate)
    }

    /// A tenth of a second of the rate, but always a row.
    fn tokens_most(&self) -> u128 {
        self.tokens_of_row().max(u128::from(self.rate) * u128::from(SECOND_NS / BURSTS_A_SECOND))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends what is due at each of these times, and says how much that was.
    fn sends(pace: &mut Pace, times_ns: impl IntoIterator<Item = u64>) -> Vec<u64> {
        let send = |now_ns| {
            let due = pace.due(now_ns);
            pace.sent(due);
            due
        };
        times_ns.into_iter().map(send).collect()
    }

    #[test]
    fn as_many_rows_are_sent_as_the_rate_says() {
        for rate in [1, 3, 7, 999, 1_000_003, 1_000_000_000] {
            for parallelism in [1, 2, 3, 17] {
                let mut all = 0;
                for number in 0..parallelism {
                    let mut pace = Pace::share(rate, number, parallelism);
                    // Some 20 seconds, in steps that have nothing to do with the rate; not from zero.
                    let times = (0..).map(|step| 12_345 + step * 7_654_321);
                    let until_ns = 12_345 + 20 * SECOND_NS;
                    sends(&mut pace, times.take_while(|time| *time < until_ns).chain([until_ns - 1]));
                    all += pace.sent;
                }
                assert_eq!(all, 20 * rate, "{rate} for {parallelism}");
            }
        }
    }

    #[test]
    fn who_wakes_when_it_says_sends_each_row_within_a_millisecond_of_its_time() {
        for rate in [1, 10, 1_500, 3_000_000] {
            let (mut pace, mut now_ns, mut looks) = (Pace::share(rate, 0, 1), 5_000, 0);
            while now_ns < 2 * SECOND_NS {
                let due = pace.due(now_ns);
                pace.sent(due);
                let schedule = (now_ns - 5_000) * rate / SECOND_NS + 1;
                assert!(pace.sent == schedule, "{} of {schedule} at {now_ns}", pace.sent);
                let (next_ns, next_due_ns) = (pace.next_ns(now_ns), 5_000 + schedule * SECOND_NS / rate);
                assert!(next_ns > now_ns && next_ns <= next_due_ns.max(now_ns) + PACE_NS);
                (now_ns, looks) = (next_ns, looks + 1);
            }
            assert!(looks <= 2_001, "{looks} looks in two seconds");
        }
    }

    #[test]
    fn who_was_held_up_catches_up_at_twice_the_rate_and_never_in_a_flood() {
        let (rate, mut pace) = (10_000, Pace::share(10_000, 0, 1));
        assert_eq!(sends(&mut pace, [0]), [1]);
        // Ten seconds in which nothing could be sent.
        assert_eq!(sends(&mut pace, [10 * SECOND_NS]), [rate / 10]);
        let every_ns = SECOND_NS / 1000;
        let times = (1..).map(|step| 10 * SECOND_NS + step * every_ns);
        let sent = sends(&mut pace, times.take(30_000));
        let is_behind = |sent: &&u64| **sent > rate / 1000;
        assert!(sent.iter().all(|sent| *sent <= 2 * rate / 1000), "{:?}", sent.iter().max());
        let behind = sent.iter().filter(is_behind).count();
        assert!((9_800..=10_000).contains(&behind), "{behind} of milliseconds to catch up");
        assert_eq!(pace.sent, 40 * rate + 1);
    }

    #[test]
    fn subtasks_take_turns() {
        let mut paces: Vec<Pace> = (0..3).map(|number| Pace::share(3, number, 3)).collect();
        let mut due = |now_ns| paces.iter_mut().map(|pace| pace.due(now_ns)).collect::<Vec<u64>>();
        assert_eq!(due(0), [1, 0, 0]);
        assert_eq!(due(SECOND_NS / 3 + 1), [1, 1, 0]);
        assert_eq!(due(SECOND_NS * 2 / 3 + 1), [1, 1, 1]);
    }
}
