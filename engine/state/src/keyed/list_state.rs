//! A list for each key. With a time to live, each of its values has its own.

use record::Value;

use super::handles::Handle;
use super::ttl::Age;
use super::{Scope, Scoped, Ttl};

/// A list for each key.
#[derive(Clone, Debug)]
pub struct ListState<V> {
    handle: Handle,
    _value: std::marker::PhantomData<fn() -> V>,
}

/// Values and when they were touched.
type Aged<V> = Vec<(V, i64)>;

impl<V: Value> ListState<V> {
    /// The state of this name.
    pub const fn new(name: &'static str) -> Self {
        Self { handle: Handle::new(name), _value: std::marker::PhantomData }
    }

    /// The same with a time to live for each of the values. It cannot be given to a list that was saved without, nor taken
    /// away.
    #[must_use]
    pub fn ttl(self, ttl: Ttl) -> Self {
        Self { handle: Handle::with_ttl(self.handle.name(), ttl), ..self }
    }

    /// Appends a value to the list of the key.
    pub fn add(&self, cx: &mut impl Scoped, value: V) {
        let Scope { backend, slot, now_ms } = cx.scope();
        let Some(ttl) = self.handle.ttl() else {
            return self
                .handle
                .cells::<Vec<V>>(backend)
                .entry(slot, now_ms)
                .get_or_insert_default()
                .push(value);
        };
        let values = self.handle.cells::<Aged<V>>(backend).entry(slot, now_ms).get_or_insert_default();
        let age = Age { ttl, now_ms };
        // They stand in the order of their ages. Moving the others up is paid for by as many that have left.
        let old = values.partition_point(|(_, touched)| age.has_expired(*touched));
        if old * 2 >= values.len() {
            values.drain(..old);
        }
        values.push((value, now_ms));
    }

    /// The list of the key.
    pub fn get(&self, cx: &mut impl Scoped) -> Vec<V> {
        let Scope { backend, slot, now_ms } = cx.scope();
        let Some(ttl) = self.handle.ttl() else {
            return self.handle.cells::<Vec<V>>(backend).get(slot, now_ms).cloned().unwrap_or_default();
        };
        let (cells, age) = (self.handle.cells::<Aged<V>>(backend), Age { ttl, now_ms });
        if ttl.counts_reads()
            && let Some(values) = cells.present(slot, now_ms)
        {
            let young = values.iter_mut().filter(|(_, touched)| age.is_seen(*touched));
            young.for_each(|(_, touched)| *touched = now_ms);
        }
        let values = cells.get(slot, now_ms).map(Vec::as_slice).unwrap_or_default();
        values.iter().filter(|(_, touched)| age.is_seen(*touched)).map(|(value, _)| value.clone()).collect()
    }

    /// Puts another list in the place of that of the key.
    pub fn set(&self, cx: &mut impl Scoped, values: Vec<V>) {
        let Scope { backend, slot, now_ms } = cx.scope();
        if self.handle.ttl().is_none() {
            let cell = self.handle.cells::<Vec<V>>(backend).entry(slot, now_ms);
            *cell = Some(values).filter(|values| !values.is_empty());
            return;
        }
        let values: Aged<V> = values.into_iter().map(|value| (value, now_ms)).collect();
        *self.handle.cells(backend).entry(slot, now_ms) = Some(values).filter(|values| !values.is_empty());
    }

    /// Takes the list of the key out.
    pub fn take(&self, cx: &mut impl Scoped) -> Vec<V> {
        let Scope { backend, slot, now_ms } = cx.scope();
        let Some(ttl) = self.handle.ttl() else {
            return self.handle.cells::<Vec<V>>(backend).entry(slot, now_ms).take().unwrap_or_default();
        };
        let (values, age) =
            (self.handle.cells::<Aged<V>>(backend).entry(slot, now_ms).take(), Age { ttl, now_ms });
        let seen = values.unwrap_or_default().into_iter().filter(|(_, touched)| age.is_seen(*touched));
        seen.map(|(value, _)| value).collect()
    }

    /// The key has an empty list.
    pub fn clear(&self, cx: &mut impl Scoped) {
        self.take(cx);
    }
}
