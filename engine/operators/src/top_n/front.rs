//! The first rows of one key in their order. Many keys have one row, which needs no memory of its own.

use memory::KeptKey;
use shuffle::Place;

/// A row that is among the first.
#[derive(Debug)]
pub(super) struct Standing {
    /// By what it stands where it does.
    pub(super) key: KeptKey,
    pub(super) row: Ranked,
}

/// A row of a ranking.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ranked {
    pub(super) place: Place,
    /// By which it is found where rows are taken back.
    pub(super) number: u32,
}

/// The rows, the first one first.
#[derive(Debug, Default)]
pub(super) enum Front {
    #[default]
    Empty,
    One(Standing),
    Many(Vec<Standing>),
}

impl Front {
    #[inline]
    pub(super) fn rows(&self) -> &[Standing] {
        match self {
            Self::Empty => &[],
            Self::One(row) => std::slice::from_ref(row),
            Self::Many(rows) => rows,
        }
    }

    pub(super) fn rows_mut(&mut self) -> &mut [Standing] {
        match self {
            Self::Empty => &mut [],
            Self::One(row) => std::slice::from_mut(row),
            Self::Many(rows) => rows,
        }
    }

    /// Puts a row before the one that is at this place. There will be so many at most.
    pub(super) fn insert(&mut self, at: usize, row: Standing, rows_max: usize) {
        match self {
            Self::Many(rows) => {
                if rows.len() == rows.capacity() {
                    // There are as many of these as there are keys: none has room for rows that can never come.
                    rows.reserve_exact(rows.len().max(1).min(rows_max - rows.len()));
                }
                rows.insert(at, row);
            }
            Self::Empty => *self = Self::One(row),
            Self::One(_) => {
                let Self::One(former) = std::mem::take(self) else { unreachable!("it was one") };
                let mut rows = Vec::with_capacity(2);
                rows.push(former);
                rows.insert(at, row);
                *self = Self::Many(rows);
            }
        }
    }

    /// Takes out the row at this place.
    pub(super) fn remove(&mut self, at: usize) -> Standing {
        match self {
            Self::Many(rows) => rows.remove(at),
            _ => {
                let Self::One(row) = std::mem::take(self) else { panic!("no row stands at {at}") };
                row
            }
        }
    }

    /// How much memory it takes beside itself and its keys.
    pub(super) fn bytes_beside(&self) -> usize {
        match self {
            Self::Empty | Self::One(_) => 0,
            Self::Many(rows) => rows.capacity() * size_of::<Standing>(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: u32) -> Standing {
        Standing { key: KeptKey::default(), row: Ranked { place: (0, number), number } }
    }

    #[test]
    fn rows_stand_where_they_are_put_and_take_no_more_than_they_may() {
        let mut front = Front::default();
        let numbers = |front: &Front| front.rows().iter().map(|row| row.row.number).collect::<Vec<_>>();
        for (at, number) in [(0, 5), (0, 3), (2, 7), (1, 4), (3, 6)] {
            front.insert(at, row(number), 5);
        }
        assert_eq!((numbers(&front), front.bytes_beside()), (vec![3, 4, 5, 6, 7], 5 * size_of::<Standing>()));
        assert_eq!((front.remove(2).row.number, numbers(&front)), (5, vec![3, 4, 6, 7]));
        let mut front = Front::default();
        front.insert(0, row(1), 1);
        assert_eq!((front.bytes_beside(), front.remove(0).row.number, front.rows().len()), (0, 1, 0));
        assert_eq!(size_of::<Front>(), size_of::<Standing>());
    }
}
