//! A few times in order: most windows wait for one.

/// A set of times that takes no memory of its own while there is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Times {
    #[default]
    None,
    One(i64),
    /// Two or more, in order.
    Many(Vec<i64>),
}

impl Times {
    #[inline]
    pub(super) fn insert(&mut self, time: i64) {
        match self {
            Self::None => *self = Self::One(time),
            Self::One(only) if *only == time => {}
            Self::One(only) => *self = Self::Many(vec![time.min(*only), time.max(*only)]),
            Self::Many(times) => {
                if let Err(place) = times.binary_search(&time) {
                    times.insert(place, time);
                }
            }
        }
    }

    /// Whether it was there.
    pub(super) fn remove(&mut self, time: i64) -> bool {
        match self {
            Self::None => false,
            Self::One(only) => {
                let found = *only == time;
                if found {
                    *self = Self::None;
                }
                found
            }
            Self::Many(times) => {
                let Ok(place) = times.binary_search(&time) else { return false };
                times.remove(place);
                if let [only] = times[..] {
                    *self = Self::One(only);
                }
                true
            }
        }
    }

    #[inline]
    pub(super) fn first(&self) -> Option<i64> {
        match self {
            Self::None => None,
            Self::One(only) => Some(*only),
            Self::Many(times) => times.first().copied(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::None)
    }

    pub(super) fn to_vec(&self) -> Vec<i64> {
        match self {
            Self::None => Vec::new(),
            Self::One(only) => vec![*only],
            Self::Many(times) => times.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::stand::Chance;

    #[test]
    fn it_is_a_set() {
        let mut random = Chance(7);
        for _ in 0..2_000 {
            let (mut times, mut set) = (Times::default(), BTreeSet::new());
            for _ in 0..random.below(12) {
                let time = i64::try_from(random.below(5)).unwrap();
                if random.below(3) == 0 {
                    assert_eq!(times.remove(time), set.remove(&time));
                } else {
                    times.insert(time);
                    set.insert(time);
                }
                assert_eq!(times.to_vec(), set.iter().copied().collect::<Vec<_>>());
                assert_eq!((times.first(), times.is_empty()), (set.first().copied(), set.is_empty()));
            }
        }
    }
}
