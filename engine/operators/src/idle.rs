//! What has not been touched for a while, by the clock of the machine: it is forgotten, if somebody says after how long.
//!
//! Each of what is known has one place in a queue, whatever is done with it; when its turn comes and it was touched
//! meanwhile, it goes to the end. Nobody is woken: who asks when rows come finds what is due by then. What was there before a
//! restart counts as touched when it is asked for first.

use std::collections::VecDeque;

/// The time at which somebody has touched what was loaded.
pub(crate) const UNKNOWN: i64 = i64::MIN;

/// Times by slot, or by another small number.
pub(crate) struct Idle {
    after_ms: i64,
    /// When it was touched last.
    touched: Vec<i64>,
    /// When to look at what, the next one first.
    queue: VecDeque<(i64, u32)>,
    is_queued: Vec<bool>,
}

impl Idle {
    /// For what is forgotten when it was not touched for so long.
    pub(crate) fn new(after_ms: i64) -> Self {
        Self { after_ms, touched: Vec::new(), queue: VecDeque::new(), is_queued: Vec::new() }
    }

    /// Somebody has touched this.
    pub(crate) fn touch(&mut self, slot: u32, now_ms: i64) {
        let end = self.touched.len().max(slot as usize + 1);
        self.touched.resize(end, UNKNOWN);
        self.is_queued.resize(end, false);
        self.touched[slot as usize] = now_ms;
        if !std::mem::replace(&mut self.is_queued[slot as usize], true) {
            self.queue.push_back((now_ms.saturating_add(self.after_ms), slot));
        }
    }

    /// The next one that nobody has touched for so long.
    pub(crate) fn next(&mut self, now_ms: i64) -> Option<u32> {
        while let Some((due, slot)) = self.queue.front().copied()
            && due <= now_ms
        {
            self.queue.pop_front();
            if self.touched[slot as usize] == UNKNOWN {
                self.touched[slot as usize] = now_ms;
            }
            let due = self.touched[slot as usize].saturating_add(self.after_ms);
            if due <= now_ms {
                self.is_queued[slot as usize] = false;
                return Some(slot);
            }
            self.queue.push_back((due, slot));
        }
        None
    }

    /// About how much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.touched.capacity() * 8
            + self.is_queued.capacity()
            + self.queue.capacity() * size_of::<(i64, u32)>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_loaded_is_touched_when_it_is_asked_for_first() {
        let mut idle = Idle::new(10);
        idle.touch(3, UNKNOWN);
        assert_eq!((idle.next(1_000), idle.next(1_009), idle.next(1_010)), (None, None, Some(3)));
    }

    #[test]
    fn what_was_not_touched_for_so_long_is_due_once() {
        let mut idle = Idle::new(10);
        [(0, 1), (1, 2), (0, 5)].into_iter().for_each(|(slot, now)| idle.touch(slot, now));
        assert_eq!(idle.next(11), None);
        assert_eq!((idle.next(12), idle.next(12)), (Some(1), None));
        assert_eq!((idle.next(15), idle.next(99)), (Some(0), None));
        idle.touch(1, 100);
        assert_eq!((idle.next(109), idle.next(110)), (None, Some(1)));
    }
}
