//! Values in the order in which they came: those that stay are a row of them, and those that may go are found by what they are,
//! in a set beside.

use std::collections::{BTreeMap, BTreeSet};

/// Values in the order in which they came.
pub(super) trait Sequence: Default + 'static {
    type Value;
    /// In how many lists it is saved.
    const PARTS: usize;
    fn come(&mut self, value: Self::Value);
    /// The first value that is equal goes.
    fn go(&mut self, value: Self::Value);
    fn len(&self) -> usize;
    fn values(&self) -> impl DoubleEndedIterator<Item = &Self::Value>;
    /// Values that went before they came.
    fn missing(&self) -> impl Iterator<Item = &Self::Value>;
    fn missing_count(&self) -> usize;
    /// Memory of the place of each.
    const PLACE_BYTES: usize;
}

impl<V: 'static> Sequence for Vec<V> {
    type Value = V;
    const PARTS: usize = 1;
    const PLACE_BYTES: usize = size_of::<V>();

    fn come(&mut self, value: V) {
        self.push(value);
    }

    fn go(&mut self, _value: V) {
        unreachable!("values that stay do not go")
    }

    fn len(&self) -> usize {
        self.as_slice().len()
    }

    fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.iter()
    }

    fn missing(&self) -> impl Iterator<Item = &V> {
        std::iter::empty()
    }

    fn missing_count(&self) -> usize {
        0
    }
}

/// Values that may go.
pub(super) struct Going<V> {
    /// By when they came.
    in_order: BTreeMap<u64, V>,
    /// By what they are.
    places: BTreeSet<(V, u64)>,
    next: u64,
    missing: Vec<V>,
}

impl<V> Default for Going<V> {
    fn default() -> Self {
        Self { in_order: BTreeMap::new(), places: BTreeSet::new(), next: 0, missing: Vec::new() }
    }
}

impl<V: Ord + Clone + 'static> Sequence for Going<V> {
    type Value = V;
    const PARTS: usize = 2;
    /// Twice with its number, in nodes that are filled for the most part.
    const PLACE_BYTES: usize = 3 * (size_of::<V>() + size_of::<u64>());

    fn come(&mut self, value: V) {
        if let Some(place) = self.missing.iter().position(|missing| *missing == value) {
            self.missing.swap_remove(place);
            return;
        }
        self.in_order.insert(self.next, value.clone());
        self.places.insert((value, self.next));
        self.next += 1;
    }

    fn go(&mut self, value: V) {
        let first = self.places.range((value.clone(), 0)..).next().filter(|(found, _)| *found == value);
        match first.cloned() {
            Some(place) => {
                self.in_order.remove(&place.1);
                self.places.remove(&place);
            }
            None => self.missing.push(value),
        }
    }

    fn len(&self) -> usize {
        self.in_order.len()
    }

    fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.in_order.values()
    }

    fn missing(&self) -> impl Iterator<Item = &V> {
        self.missing.iter()
    }

    fn missing_count(&self) -> usize {
        self.missing.len()
    }
}
