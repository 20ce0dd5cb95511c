//! Names of states, with which a function gets at the cell of its key; and the state of one value.
//!
//! A handle finds its column by name once and remembers the number; its clone, which belongs to another subtask, begins
//! anew.

use std::any::{Any, type_name};
use std::sync::atomic::{AtomicUsize, Ordering};

use record::Value;

use super::{Backend, Cells, Scope, Scoped, Ttl};

/// A column that is not known yet.
const UNKNOWN: usize = usize::MAX;

/// The name of a state, and the number of its column once it is known.
#[derive(Debug)]
pub(super) struct Handle {
    name: &'static str,
    ttl: Option<Ttl>,
    column: AtomicUsize,
}

impl Handle {
    pub(super) const fn new(name: &'static str) -> Self {
        Self { name, ttl: None, column: AtomicUsize::new(UNKNOWN) }
    }

    pub(super) const fn with_ttl(name: &'static str, ttl: Ttl) -> Self {
        Self { name, ttl: Some(ttl), column: AtomicUsize::new(UNKNOWN) }
    }

    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    pub(super) const fn ttl(&self) -> Option<Ttl> {
        self.ttl
    }

    /// The cells of this state.
    pub(super) fn cells<'a, C: Value>(&self, backend: &'a mut dyn Backend) -> &'a mut Cells<C> {
        // A handle belongs to one subtask: nobody else writes the number.
        let mut column = self.column.load(Ordering::Relaxed);
        if column == UNKNOWN {
            column = backend.column(self.name, &|| Box::new(Cells::<C>::new(self.ttl)));
            self.column.store(column, Ordering::Relaxed);
        }
        let cells: &mut dyn Any = backend.cells(column);
        let name = self.name;
        cells.downcast_mut().unwrap_or_else(|| panic!("state {name} is not one of {}", type_name::<C>()))
    }
}

impl Clone for Handle {
    fn clone(&self) -> Self {
        Self { name: self.name, ttl: self.ttl, column: AtomicUsize::new(UNKNOWN) }
    }
}

/// One value for each key.
#[derive(Clone, Debug)]
pub struct ValueState<V> {
    handle: Handle,
    _value: std::marker::PhantomData<fn() -> V>,
}

impl<V: Value> ValueState<V> {
    /// The state of this name.
    pub const fn new(name: &'static str) -> Self {
        Self { handle: Handle::new(name), _value: std::marker::PhantomData }
    }

    /// The same with a time to live.
    #[must_use]
    pub fn ttl(self, ttl: Ttl) -> Self {
        Self { handle: Handle::with_ttl(self.handle.name(), ttl), ..self }
    }

    /// The value of the key, if it has one.
    pub fn get(&self, cx: &mut impl Scoped) -> Option<V> {
        let Scope { backend, slot, now_ms } = cx.scope();
        self.handle.cells::<V>(backend).get(slot, now_ms).cloned()
    }

    /// Gives the key a value.
    pub fn set(&self, cx: &mut impl Scoped, value: V) {
        let Scope { backend, slot, now_ms } = cx.scope();
        *self.handle.cells::<V>(backend).entry(slot, now_ms) = Some(value);
    }

    /// Changes the value of the key in place; `default` makes one first if there is none.
    pub fn update<R>(
        &self,
        cx: &mut impl Scoped,
        default: impl FnOnce() -> V,
        change: impl FnOnce(&mut V) -> R,
    ) -> R {
        let Scope { backend, slot, now_ms } = cx.scope();
        change(self.handle.cells::<V>(backend).entry(slot, now_ms).get_or_insert_with(default))
    }

    /// The key has no value any more.
    pub fn clear(&self, cx: &mut impl Scoped) {
        let Scope { backend, slot, now_ms } = cx.scope();
        *self.handle.cells::<V>(backend).entry(slot, now_ms) = None;
    }
}
