//! States into which values are folded: a value of the same type, or an accumulator of another.

use record::Value;

use super::handles::Handle;
use super::{Scope, Scoped, Ttl};

/// One value for each key, into which others are folded.
#[derive(Clone, Debug)]
pub struct ReducingState<V, F> {
    handle: Handle,
    reduce: F,
    _value: std::marker::PhantomData<fn() -> V>,
}

impl<V: Value, F: Fn(V, V) -> V> ReducingState<V, F> {
    /// The state of this name; `reduce` makes one value of the one there is and another one.
    pub const fn new(name: &'static str, reduce: F) -> Self {
        Self { handle: Handle::new(name), reduce, _value: std::marker::PhantomData }
    }

    /// The same with a time to live.
    #[must_use]
    pub fn ttl(self, ttl: Ttl) -> Self {
        Self { handle: Handle::with_ttl(self.handle.name(), ttl), ..self }
    }

    /// Folds a value in.
    pub fn add(&self, cx: &mut impl Scoped, value: V) {
        let Scope { backend, slot, now_ms } = cx.scope();
        let cell = self.handle.cells::<V>(backend).entry(slot, now_ms);
        *cell = Some(match cell.take() {
            Some(former) => (self.reduce)(former, value),
            None => value,
        });
    }

    /// What all values of the key have become.
    pub fn get(&self, cx: &mut impl Scoped) -> Option<V> {
        let Scope { backend, slot, now_ms } = cx.scope();
        self.handle.cells::<V>(backend).get(slot, now_ms).cloned()
    }

    /// The key has nothing any more.
    pub fn clear(&self, cx: &mut impl Scoped) {
        let Scope { backend, slot, now_ms } = cx.scope();
        *self.handle.cells::<V>(backend).entry(slot, now_ms) = None;
    }
}

/// How values become an accumulator, and that a result.
pub trait Aggregator: Clone + Send + Sync + 'static {
    /// What is added.
    type In;
    /// What is kept.
    type Accumulator: Value;
    /// What comes of it.
    type Out;

    /// An accumulator of nothing.
    fn create(&self) -> Self::Accumulator;
    /// Adds a value.
    fn add(&self, accumulator: &mut Self::Accumulator, value: Self::In);
    /// Adds all that another accumulator has.
    fn merge(&self, accumulator: &mut Self::Accumulator, other: Self::Accumulator);
    /// What has come of it.
    fn result(&self, accumulator: &Self::Accumulator) -> Self::Out;
}

/// An accumulator for each key.
#[derive(Clone, Debug)]
pub struct AggregatingState<A> {
    handle: Handle,
    aggregator: A,
}

impl<A: Aggregator> AggregatingState<A> {
    /// The state of this name.
    pub const fn new(name: &'static str, aggregator: A) -> Self {
        Self { handle: Handle::new(name), aggregator }
    }

    /// The same with a time to live.
    #[must_use]
    pub fn ttl(self, ttl: Ttl) -> Self {
        Self { handle: Handle::with_ttl(self.handle.name(), ttl), ..self }
    }

    /// Adds a value.
    pub fn add(&self, cx: &mut impl Scoped, value: A::In) {
        let Scope { backend, slot, now_ms } = cx.scope();
        let cell = self.handle.cells::<A::Accumulator>(backend).entry(slot, now_ms);
        self.aggregator.add(cell.get_or_insert_with(|| self.aggregator.create()), value);
    }

    /// What has come of all values of the key.
    pub fn get(&self, cx: &mut impl Scoped) -> Option<A::Out> {
        let Scope { backend, slot, now_ms } = cx.scope();
        let accumulator = self.handle.cells::<A::Accumulator>(backend).get(slot, now_ms)?;
        Some(self.aggregator.result(accumulator))
    }

    /// The key has nothing any more.
    pub fn clear(&self, cx: &mut impl Scoped) {
        let Scope { backend, slot, now_ms } = cx.scope();
        *self.handle.cells::<A::Accumulator>(backend).entry(slot, now_ms) = None;
    }
}
