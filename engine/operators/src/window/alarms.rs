//! Which key is to be looked at when.
//!
//! An alarm is a hint: the windows of the key know what is due. So a time that moves on, as the end of a session does
//! with each row, costs nothing until the alarm for the former one rings and is set anew.

use std::collections::BTreeMap;

use state::Slot;

/// Alarms of one kind of time.
#[derive(Debug, Default)]
pub(crate) struct Alarms {
    due: BTreeMap<i64, Bucket>,
    count: usize,
}

/// The keys of one time.
#[derive(Debug, Default)]
struct Bucket {
    /// The next one last, if they are sorted.
    slots: Vec<Slot>,
    is_sorted: bool,
}

impl Alarms {
    pub(crate) fn set(&mut self, at: i64, slot: Slot) {
        let bucket = self.due.entry(at).or_default();
        bucket.slots.push(slot);
        bucket.is_sorted = false;
        self.count += 1;
    }

    /// The next alarm up to `now`: by time, then by key.
    pub(crate) fn pop(&mut self, now: i64) -> Option<(i64, Slot)> {
        let mut first = self.due.first_entry()?;
        let at = *first.key();
        if at > now {
            return None;
        }
        let bucket = first.get_mut();
        if !bucket.is_sorted {
            bucket.slots.sort_unstable_by(|a, b| b.cmp(a));
            bucket.is_sorted = true;
        }
        let slot = bucket.slots.pop().expect("a bucket holds something");
        self.count -= 1;
        if bucket.slots.is_empty() {
            first.remove();
        }
        Some((at, slot))
    }

    /// The time of the next alarm.
    pub(crate) fn next(&self) -> Option<i64> {
        self.due.first_key_value().map(|(at, _)| *at)
    }

    /// About how much memory they take.
    pub(crate) fn bytes(&self) -> usize {
        self.due.len() * size_of::<(i64, Bucket)>() + self.count * size_of::<Slot>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alarms_ring_by_time_and_then_by_key() {
        let mut alarms = Alarms::default();
        [(5, 2), (3, 9), (5, 1), (8, 0)].into_iter().for_each(|(at, slot)| alarms.set(at, slot));
        assert_eq!(alarms.next(), Some(3));
        let mut rung = Vec::new();
        while let Some((at, slot)) = alarms.pop(5) {
            rung.push((at, slot));
            match slot {
                9 => alarms.set(5, 0),
                1 => alarms.set(5, 7),
                _ => {}
            }
        }
        assert_eq!(rung, [(3, 9), (5, 0), (5, 1), (5, 2), (5, 7)]);
        assert_eq!(alarms.pop(i64::MAX), Some((8, 0)));
        assert_eq!((alarms.pop(i64::MAX), alarms.bytes()), (None, 0));
    }
}
