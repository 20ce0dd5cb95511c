//! Which lanes hold something: a queue without duplicates.
//!
//! Walking it costs what is in it. A thousand channels of which one was written to cost as much as ten.

use std::collections::VecDeque;

#[derive(Debug)]
pub(super) struct Dirty {
    /// In the order in which they came. Those that have left since are still here, and skipped.
    lanes: VecDeque<u32>,
    /// For each lane how often it is in the queue, and whether it counts.
    marks: Box<[Mark]>,
    count: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    queued: bool,
    dirty: bool,
}

impl Dirty {
    pub(super) fn of(lanes: usize) -> Self {
        Self { lanes: VecDeque::new(), marks: vec![Mark::default(); lanes].into(), count: 0 }
    }

    pub(super) fn insert(&mut self, lane: usize) {
        let mark = &mut self.marks[lane];
        if !mark.dirty {
            mark.dirty = true;
            self.count += 1;
            if !mark.queued {
                mark.queued = true;
                self.lanes.push_back(u32::try_from(lane).expect("channels have numbers of 32 bits"));
            }
        }
    }

    pub(super) fn remove(&mut self, lane: usize) {
        let mark = &mut self.marks[lane];
        if mark.dirty {
            mark.dirty = false;
            self.count -= 1;
        }
        // Left behind when their place comes up; a queue of nothing but those is emptied here.
        if self.count == 0 {
            for lane in self.lanes.drain(..) {
                self.marks[lane as usize].queued = false;
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The lane that has been dirty longest.
    pub(super) fn oldest(&self) -> Option<usize> {
        self.lanes.iter().map(|lane| *lane as usize).find(|lane| self.marks[*lane].dirty)
    }

    /// The same, and it is clean from now on.
    pub(super) fn take_oldest(&mut self) -> Option<usize> {
        while let Some(lane) = self.lanes.pop_front() {
            let mark = std::mem::take(&mut self.marks[lane as usize]);
            if mark.dirty {
                self.count -= 1;
                return Some(lane as usize);
            }
        }
        None
    }

    /// Keeps the lanes that `stays` says.
    pub(super) fn retain(&mut self, mut stays: impl FnMut(usize) -> bool) {
        let (marks, count) = (&mut self.marks, &mut self.count);
        self.lanes.retain(|lane| {
            let mark = &mut marks[*lane as usize];
            let keeps = mark.dirty && stays(*lane as usize);
            if !keeps {
                *count -= usize::from(mark.dirty);
                *mark = Mark::default();
            }
            keeps
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drained(dirty: &mut Dirty) -> Vec<usize> {
        std::iter::from_fn(|| dirty.take_oldest()).collect()
    }

    #[test]
    fn lanes_come_out_once_and_in_order() {
        let mut dirty = Dirty::of(4);
        [2, 0, 2, 3].into_iter().for_each(|lane| dirty.insert(lane));
        assert_eq!(dirty.oldest(), Some(2));
        assert_eq!(drained(&mut dirty), [2, 0, 3]);
        assert!(dirty.is_empty());
    }

    #[test]
    fn a_lane_that_was_cleaned_does_not_come_out() {
        let mut dirty = Dirty::of(3);
        [0, 1].into_iter().for_each(|lane| dirty.insert(lane));
        dirty.remove(0);
        assert_eq!(dirty.oldest(), Some(1));
        dirty.remove(1);
        assert!(dirty.is_empty());
        dirty.insert(2);
        assert_eq!(drained(&mut dirty), [2]);
    }

    #[test]
    fn what_does_not_stay_can_come_again() {
        let mut dirty = Dirty::of(3);
        (0..3).for_each(|lane| dirty.insert(lane));
        dirty.retain(|lane| lane == 1);
        dirty.insert(0);
        assert_eq!(drained(&mut dirty), [1, 0]);
    }
}
