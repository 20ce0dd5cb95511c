//! Key groups: the unit in which keyed state moves.
//!
//! A key belongs to a group for good; a group belongs to a subtask until the parallelism changes. As in
//! Flink, groups are dealt out in contiguous ranges, so a rescaled job reads whole ranges of a savepoint.

#![expect(clippy::cast_possible_truncation, reason = "quotients by the number of groups are below it")]

use std::ops::Range;

use crate::bound::KEY_GROUPS_MAX;

/// How many groups a job's keys fall into: its max parallelism.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyGroups(u32);

impl KeyGroups {
    /// `count` groups, from 1 to 32768.
    ///
    /// # Panics
    ///
    /// Outside these bounds; the option that sets it is checked when it is read.
    pub fn new(count: u32) -> Self {
        assert!((1..=KEY_GROUPS_MAX).contains(&count));
        Self(count)
    }

    /// How many groups there are.
    pub fn count(self) -> u32 {
        self.0
    }

    /// The group of the key with this hash.
    ///
    /// Scales the middle of the hash to the number of groups. Hash tables index by the lowest bits and tag by
    /// the highest seven: within a subtask, which holds few groups, both must still look random.
    #[inline(always)]
    pub fn of(self, hash: u64) -> u32 {
        let middle = (hash >> 24) as u32;
        ((u64::from(middle) * u64::from(self.0)) >> 32) as u32
    }

    /// The groups of subtask `subtask` among `parallelism`.
    pub fn range(self, subtask: u32, parallelism: u32) -> Range<u32> {
        assert!((1..=self.0).contains(&parallelism));
        assert!(subtask < parallelism);
        let start =
            |subtask: u32| (u64::from(subtask) * u64::from(self.0)).div_ceil(u64::from(parallelism)) as u32;
        start(subtask)..start(subtask + 1)
    }

    /// The subtask that holds `group` among `parallelism`.
    #[inline(always)]
    pub fn owner(self, group: u32, parallelism: u32) -> u32 {
        debug_assert!(group < self.0);
        (u64::from(group) * u64::from(parallelism) / u64::from(self.0)) as u32
    }
}

/// 128, which is Flink's least max parallelism.
impl Default for KeyGroups {
    fn default() -> Self {
        Self(128)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_tile_the_groups_and_agree_with_their_owners() {
        for count in [1, 2, 7, 128, 1000, KEY_GROUPS_MAX] {
            let groups = KeyGroups::new(count);
            for parallelism in [1, 2, 3, 5, 64, 128, 999, KEY_GROUPS_MAX] {
                if parallelism > count {
                    continue;
                }
                let mut next = 0;
                for subtask in 0..parallelism {
                    let range = groups.range(subtask, parallelism);
                    assert_eq!(range.start, next);
                    assert!(range.clone().all(|group| groups.owner(group, parallelism) == subtask));
                    next = range.end;
                }
                assert_eq!(next, count);
            }
        }
    }

    /// The values of Flink's `KeyGroupRangeAssignment` for 128 groups on 3 subtasks.
    #[test]
    fn ranges_are_those_of_flink() {
        let groups = KeyGroups::default();
        assert_eq!([0, 1, 2].map(|n| groups.range(n, 3)), [0..43, 43..86, 86..128]);
    }

    #[test]
    fn every_hash_has_a_group() {
        let groups = KeyGroups::new(KEY_GROUPS_MAX);
        assert_eq!(groups.of(0), 0);
        assert_eq!(groups.of(u64::MAX), KEY_GROUPS_MAX - 1);
    }
}
