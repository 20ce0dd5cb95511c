//! Which segments of a pool are free. Plain memory: only the home core comes here.
//!
//! ```text
//!   magazine   [ 7 | 2 | 19 ]  ◄── take and give back, newest first, a few instructions
//!        ▲ half at a time ▼
//!   maps       1101…  0111…    a bit for each segment of the slabs in use: 1 = free
//! ```
//!
//! Single segments come from the magazine, so the segment freed last, still in the cache, is used next. Runs
//! of neighbours come from the maps, where freed neighbours are one run again without any merging. A
//! segment in the magazine is not in the maps; when a run cannot be found, the magazine is emptied into them
//! and the search is made once more.
//!
//! Runs are powers of two and aligned to their length, so a run never crosses a slab.

#![expect(
    clippy::cast_possible_truncation,
    reason = "a pool has fewer than 2^32 segments: `Home::open` checks it"
)]

use crate::bound::{MAGAZINE_MAX, MAGAZINE_MOVE};

const WORD: u32 = u64::BITS;

/// The free segments among `0..segments_in_use`.
#[derive(Debug)]
pub(crate) struct FreeList {
    magazine: Vec<u32>,
    maps: Vec<u64>,
    /// No word below this one has a free bit.
    lowest: usize,
}

impl FreeList {
    pub(crate) fn new() -> Self {
        Self { magazine: Vec::with_capacity(MAGAZINE_MAX), maps: Vec::new(), lowest: 0 }
    }

    /// Adds the segments `first..first + count` of a new slab.
    pub(crate) fn grow(&mut self, first: u32, count: u32) {
        let words = (first + count).div_ceil(WORD) as usize;
        self.maps.resize(words, 0);
        self.mark_free(first, count);
    }

    /// One segment, or `None` if all are out.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<u32> {
        if let Some(segment) = self.magazine.pop() {
            return Some(segment);
        }
        self.refill();
        self.magazine.pop()
    }

    /// Gives one segment back.
    #[inline]
    pub(crate) fn give(&mut self, segment: u32) {
        if self.magazine.len() == MAGAZINE_MAX {
            self.unload(MAGAZINE_MOVE);
        }
        self.magazine.push(segment);
    }

    /// A run of `count` neighbours, a power of two, aligned to its length.
    pub(crate) fn take_run(&mut self, count: u32) -> Option<u32> {
        debug_assert!(count.is_power_of_two());
        if let Some(first) = self.find_run(count) {
            return Some(first);
        }
        self.unload(self.magazine.len());
        self.find_run(count)
    }

    /// Gives a run back.
    pub(crate) fn give_run(&mut self, first: u32, count: u32) {
        self.mark_free(first, count);
    }

    /// How many segments are free.
    #[cfg(test)]
    pub(crate) fn free(&self) -> usize {
        self.magazine.len() + self.maps.iter().map(|word| word.count_ones() as usize).sum::<usize>()
    }

    #[cold]
    fn refill(&mut self) {
        while self.magazine.len() < MAGAZINE_MOVE && self.lowest < self.maps.len() {
            let word = &mut self.maps[self.lowest];
            if *word == 0 {
                self.lowest += 1;
                continue;
            }
            let bit = word.trailing_zeros();
            *word &= *word - 1;
            self.magazine.push(self.lowest as u32 * WORD + bit);
        }
        self.magazine.reverse(); // Low addresses first: what is used stays together.
    }

    /// Moves the `count` oldest of the magazine into the maps.
    #[cold]
    fn unload(&mut self, count: usize) {
        for segment in self.magazine.drain(..count) {
            let (word, bit) = place(segment);
            debug_assert!(self.maps[word] & bit == 0, "segment {segment} was free already");
            self.maps[word] |= bit;
            self.lowest = self.lowest.min(word);
        }
    }

    fn find_run(&mut self, count: u32) -> Option<u32> {
        if count >= WORD {
            return self.find_words((count / WORD) as usize);
        }
        for (index, word) in self.maps.iter_mut().enumerate().skip(self.lowest) {
            let starts = starts_of_runs(*word, count);
            if starts != 0 {
                let bit = starts.trailing_zeros();
                *word &= !(low_bits(count) << bit);
                return Some(index as u32 * WORD + bit);
            }
        }
        None
    }

    /// A run of whole words.
    fn find_words(&mut self, words: usize) -> Option<u32> {
        let mut runs = self.maps.chunks_exact(words).enumerate().skip(self.lowest / words);
        let (at, _) = runs.find(|(_, run)| run.iter().all(|word| *word == u64::MAX))?;
        self.maps[at * words..(at + 1) * words].fill(0);
        Some((at * words) as u32 * WORD)
    }

    fn mark_free(&mut self, first: u32, count: u32) {
        let mut at = first;
        while at < first + count {
            let (word, _) = place(at);
            let bit = at % WORD;
            let here = count.min(WORD - bit).min(first + count - at);
            let mask = low_bits(here) << bit;
            debug_assert!(self.maps[word] & mask == 0, "segments {at}.. were free already");
            self.maps[word] |= mask;
            self.lowest = self.lowest.min(word);
            at += here;
        }
    }
}

fn place(segment: u32) -> (usize, u64) {
    ((segment / WORD) as usize, 1 << (segment % WORD))
}

fn low_bits(count: u32) -> u64 {
    if count == WORD { u64::MAX } else { (1 << count) - 1 }
}

/// The aligned positions in `word` at which `count` set bits begin: fold the word onto itself until each bit
/// says whether all of its followers are set, then keep the multiples of `count`.
fn starts_of_runs(word: u64, count: u32) -> u64 {
    let mut starts = word;
    let mut length = 1;
    while length < count {
        starts &= starts >> length;
        length *= 2;
    }
    let aligned = u64::MAX / low_bits(count);
    starts & aligned
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_segment_freed_last_is_used_next() {
        let mut list = FreeList::new();
        list.grow(0, 64);
        let (first, second) = (list.take().unwrap(), list.take().unwrap());
        list.give(first);
        list.give(second);
        assert_eq!(list.take(), Some(second));
        assert_eq!(list.take(), Some(first));
    }

    #[test]
    fn freed_neighbours_are_one_run_again() {
        let mut list = FreeList::new();
        list.grow(0, 64);
        let all: Vec<u32> = std::iter::from_fn(|| list.take()).collect();
        assert_eq!(all.len(), 64);
        assert_eq!(list.take_run(64), None);
        all.into_iter().for_each(|segment| list.give(segment));
        assert_eq!(list.take_run(64), Some(0));
    }

    #[test]
    fn a_run_may_span_words_but_not_slabs() {
        let mut list = FreeList::new();
        list.grow(0, 512);
        list.grow(512, 512);
        assert_eq!(list.take_run(512), Some(0));
        assert_eq!(list.take_run(256), Some(512));
        assert_eq!(list.take_run(512), None);
        list.give_run(0, 512);
        assert_eq!(list.take_run(512), Some(0));
    }

    #[derive(Clone, Debug)]
    enum Step {
        Take(u32),
        Give(prop::sample::Index),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (0u32..=7).prop_map(|order| Step::Take(1 << order)),
            any::<prop::sample::Index>().prop_map(Step::Give),
        ];
        prop::collection::vec(step, 0..400)
    }

    proptest! {
        /// Against a set of numbers: no segment is handed out twice, none is lost.
        #[test]
        fn equals_a_set_of_numbers(steps in steps()) {
            let segments = 256;
            let mut list = FreeList::new();
            list.grow(0, 128);
            list.grow(128, 128);
            let mut taken = std::collections::BTreeSet::new();
            let mut runs: Vec<(u32, u32)> = Vec::new();
            for step in steps {
                match step {
                    Step::Take(count) => {
                        let first = if count == 1 { list.take() } else { list.take_run(count) };
                        let Some(first) = first else { continue };
                        prop_assert_eq!(first % count, 0);
                        for segment in first..first + count {
                            prop_assert!(segment < segments);
                            prop_assert!(taken.insert(segment), "{} was handed out twice", segment);
                        }
                        runs.push((first, count));
                    }
                    Step::Give(_) if runs.is_empty() => {}
                    Step::Give(which) => {
                        let (first, count) = runs.swap_remove(which.index(runs.len()));
                        if count == 1 { list.give(first) } else { list.give_run(first, count) }
                        (first..first + count).for_each(|segment| { taken.remove(&segment); });
                    }
                }
                prop_assert_eq!(list.free() + taken.len(), segments as usize);
            }
            // A lone segment is found whenever one is free.
            if taken.len() < segments as usize {
                prop_assert!(list.take().is_some());
            }
        }
    }
}
