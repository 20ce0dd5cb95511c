//! Names of states, with which a function gets at the cell of its key.
//!
//! A handle finds its column by name once and remembers the number; its clone, which belongs to another subtask, begins
//! anew.

use std::any::{Any, type_name};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use record::Value;

use super::entries::Entries;
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

/// A list for each key.
#[derive(Clone, Debug)]
pub struct ListState<V> {
    handle: Handle,
    _value: std::marker::PhantomData<fn() -> V>,
}

impl<V: Value> ListState<V> {
    /// The state of this name.
    pub const fn new(name: &'static str) -> Self {
        Self { handle: Handle::new(name), _value: std::marker::PhantomData }
    }

    /// The same with a time to live, counted for the list as a whole.
    #[must_use]
    pub fn ttl(self, ttl: Ttl) -> Self {
        Self { handle: Handle::with_ttl(self.handle.name(), ttl), ..self }
    }

    /// Appends a value to the list of the key.
    pub fn add(&self, cx: &mut impl Scoped, value: V) {
        let Scope { backend, slot, now_ms } = cx.scope();
        self.handle.cells::<Vec<V>>(backend).entry(slot, now_ms).get_or_insert_default().push(value);
    }

    /// The list of the key.
    pub fn get(&self, cx: &mut impl Scoped) -> Vec<V> {
        let Scope { backend, slot, now_ms } = cx.scope();
        self.handle.cells::<Vec<V>>(backend).get(slot, now_ms).cloned().unwrap_or_default()
    }

    /// Puts another list in the place of that of the key.
    pub fn set(&self, cx: &mut impl Scoped, values: Vec<V>) {
        let Scope { backend, slot, now_ms } = cx.scope();
        *self.handle.cells::<Vec<V>>(backend).entry(slot, now_ms) =
            Some(values).filter(|values| !values.is_empty());
    }

    /// Takes the list of the key out.
    pub fn take(&self, cx: &mut impl Scoped) -> Vec<V> {
        let Scope { backend, slot, now_ms } = cx.scope();
        self.handle.cells::<Vec<V>>(backend).entry(slot, now_ms).take().unwrap_or_default()
    }

    /// The key has an empty list.
    pub fn clear(&self, cx: &mut impl Scoped) {
        self.take(cx);
    }
}

/// A map for each key, ordered by its own keys.
#[derive(Clone, Debug)]
pub struct MapState<K, V> {
    handle: Handle,
    _value: std::marker::PhantomData<fn() -> (K, V)>,
}

impl<K: Value + Ord, V: Value> MapState<K, V> {
    /// The state of this name.
    pub const fn new(name: &'static str) -> Self {
        Self { handle: Handle::new(name), _value: std::marker::PhantomData }
    }

    /// The same with a time to live, counted for the map as a whole.
    #[must_use]
    pub fn ttl(self, ttl: Ttl) -> Self {
        Self { handle: Handle::with_ttl(self.handle.name(), ttl), ..self }
    }

    /// What `key` leads to.
    pub fn get(&self, cx: &mut impl Scoped, key: &K) -> Option<V> {
        self.read(cx, |map| map.get(key).cloned()).flatten()
    }

    /// Whether `key` leads to something.
    pub fn contains(&self, cx: &mut impl Scoped, key: &K) -> bool {
        self.read(cx, |map| map.contains_key(key)).unwrap_or(false)
    }

    /// Lets `key` lead to `value`.
    pub fn put(&self, cx: &mut impl Scoped, key: K, value: V) {
        self.change(cx, |map| map.insert(key, value));
    }

    /// Changes what `key` leads to in place; `default` makes something first if there is nothing.
    pub fn update<R>(
        &self,
        cx: &mut impl Scoped,
        key: K,
        default: impl FnOnce() -> V,
        change: impl FnOnce(&mut V) -> R,
    ) -> R {
        self.change(cx, |map| change(map.entry(key).or_insert_with(default)))
    }

    /// Takes out what `key` leads to.
    pub fn remove(&self, cx: &mut impl Scoped, key: &K) -> Option<V> {
        self.change(cx, |map| map.remove(key))
    }

    /// All of the map, in the order of its keys.
    pub fn entries(&self, cx: &mut impl Scoped) -> Vec<(K, V)> {
        let copied =
            |map: &BTreeMap<K, V>| map.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        self.read(cx, copied).unwrap_or_default()
    }

    /// The map of the key is empty.
    pub fn clear(&self, cx: &mut impl Scoped) {
        let Scope { backend, slot, now_ms } = cx.scope();
        *self.handle.cells::<Entries<K, V>>(backend).entry(slot, now_ms) = None;
    }

    fn read<R>(&self, cx: &mut impl Scoped, read: impl FnOnce(&BTreeMap<K, V>) -> R) -> Option<R> {
        let Scope { backend, slot, now_ms } = cx.scope();
        self.handle.cells::<Entries<K, V>>(backend).get(slot, now_ms).map(|entries| read(&entries.0))
    }

    fn change<R>(&self, cx: &mut impl Scoped, change: impl FnOnce(&mut BTreeMap<K, V>) -> R) -> R {
        let Scope { backend, slot, now_ms } = cx.scope();
        let cell = self.handle.cells::<Entries<K, V>>(backend).entry(slot, now_ms);
        let entries = cell.get_or_insert_with(|| Entries(BTreeMap::new()));
        let changed = change(&mut entries.0);
        if entries.0.is_empty() {
            *cell = None;
        }
        changed
    }
}
