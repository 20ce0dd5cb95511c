//! A map for each key, ordered by its own keys. With a time to live, each of its entries has its own.

use std::collections::BTreeMap;
use std::ops::Bound;

use record::Value;

use super::cells::CLEANUP_CELLS;
use super::entries::Entries;
use super::handles::Handle;
use super::ttl::Age;
use super::{Scope, Scoped, Ttl};

/// A map for each key, ordered by its own keys.
#[derive(Clone, Debug)]
pub struct MapState<K, V> {
    handle: Handle,
    _value: std::marker::PhantomData<fn() -> (K, V)>,
}

/// Values and when they were touched.
type Aged<K, V> = BTreeMap<K, (V, i64)>;

impl<K: Value + Ord, V: Value> MapState<K, V> {
    /// The state of this name.
    pub const fn new(name: &'static str) -> Self {
        Self { handle: Handle::new(name), _value: std::marker::PhantomData }
    }

    /// The same with a time to live for each of the entries. It cannot be given to a map that was saved without, nor taken
    /// away.
    #[must_use]
    pub fn ttl(self, ttl: Ttl) -> Self {
        Self { handle: Handle::with_ttl(self.handle.name(), ttl), ..self }
    }

    /// What `key` leads to.
    pub fn get(&self, cx: &mut impl Scoped, key: &K) -> Option<V> {
        match self.handle.ttl() {
            None => self.read(cx, |map: &BTreeMap<K, V>| map.get(key).cloned()).flatten(),
            Some(ttl) => self.aged(cx, ttl, |map, age| age.seen(map.get_mut(key)?).cloned()).flatten(),
        }
    }

    /// Whether `key` leads to something.
    pub fn contains(&self, cx: &mut impl Scoped, key: &K) -> bool {
        let found = match self.handle.ttl() {
            None => self.read(cx, |map: &BTreeMap<K, V>| map.contains_key(key)),
            Some(ttl) => {
                self.aged(cx, ttl, |map, age| map.get_mut(key).is_some_and(|entry| age.seen(entry).is_some()))
            }
        };
        found.unwrap_or(false)
    }

    /// Lets `key` lead to `value`.
    pub fn put(&self, cx: &mut impl Scoped, key: K, value: V) {
        match self.handle.ttl() {
            None => drop(self.change(cx, |map, _| map.insert(key, value))),
            Some(ttl) => self.change(cx, |map, now_ms| {
                clean_up(map, &key, Age { ttl, now_ms });
                map.insert(key, (value, now_ms));
            }),
        }
    }

    /// Changes what `key` leads to in place; `default` makes something first if there is nothing.
    pub fn update<R>(
        &self,
        cx: &mut impl Scoped,
        key: K,
        default: impl FnOnce() -> V,
        change: impl FnOnce(&mut V) -> R,
    ) -> R {
        match self.handle.ttl() {
            None => self.change(cx, |map, _| change(map.entry(key).or_insert_with(default))),
            Some(ttl) => self.change(cx, |map: &mut Aged<K, V>, now_ms| {
                let age = Age { ttl, now_ms };
                clean_up(map, &key, age);
                if map.get(&key).is_some_and(|(_, touched)| !age.is_seen(*touched)) {
                    map.remove(&key);
                }
                let (value, touched) = map.entry(key).or_insert_with(|| (default(), now_ms));
                *touched = now_ms;
                change(value)
            }),
        }
    }

    /// Takes out what `key` leads to.
    pub fn remove(&self, cx: &mut impl Scoped, key: &K) -> Option<V> {
        match self.handle.ttl() {
            None => self.change(cx, |map: &mut BTreeMap<K, V>, _| map.remove(key)),
            Some(ttl) => self.change(cx, |map: &mut Aged<K, V>, now_ms| {
                let (value, touched) = map.remove(key)?;
                Age { ttl, now_ms }.is_seen(touched).then_some(value)
            }),
        }
    }

    /// All of the map, in the order of its keys.
    pub fn entries(&self, cx: &mut impl Scoped) -> Vec<(K, V)> {
        let found = match self.handle.ttl() {
            None => self.read(cx, |map: &BTreeMap<K, V>| {
                map.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
            }),
            Some(ttl) => self.aged(cx, ttl, |map, age| {
                let seen =
                    map.iter_mut().filter_map(|(key, entry)| Some((key.clone(), age.seen(entry)?.clone())));
                seen.collect()
            }),
        };
        found.unwrap_or_default()
    }

    /// The map of the key is empty.
    pub fn clear(&self, cx: &mut impl Scoped) {
        match self.handle.ttl() {
            None => self.change(cx, |map: &mut BTreeMap<K, V>, _| map.clear()),
            Some(_) => self.change(cx, |map: &mut Aged<K, V>, _| map.clear()),
        }
    }

    fn read<R>(&self, cx: &mut impl Scoped, read: impl FnOnce(&BTreeMap<K, V>) -> R) -> Option<R> {
        let Scope { backend, slot, now_ms } = cx.scope();
        self.handle.cells::<Entries<K, V>>(backend).get(slot, now_ms).map(|entries| read(&entries.0))
    }

    /// A look at entries that age, which may make them young again.
    fn aged<R>(
        &self,
        cx: &mut impl Scoped,
        ttl: Ttl,
        read: impl FnOnce(&mut Aged<K, V>, Age) -> R,
    ) -> Option<R> {
        let Scope { backend, slot, now_ms } = cx.scope();
        let map = self.handle.cells::<Entries<K, (V, i64)>>(backend).present(slot, now_ms)?;
        Some(read(&mut map.0, Age { ttl, now_ms }))
    }

    fn change<S: Value, R>(
        &self,
        cx: &mut impl Scoped,
        change: impl FnOnce(&mut BTreeMap<K, S>, i64) -> R,
    ) -> R {
        let Scope { backend, slot, now_ms } = cx.scope();
        let cell = self.handle.cells::<Entries<K, S>>(backend).entry(slot, now_ms);
        let entries = cell.get_or_insert_with(|| Entries(BTreeMap::new()));
        let changed = change(&mut entries.0, now_ms);
        if entries.0.is_empty() {
            *cell = None;
        }
        changed
    }
}

/// Takes out a few entries that are too old, those behind the one that is changed: so a map that is written gives memory
/// back though nobody reads it.
fn clean_up<K: Value + Ord, V>(map: &mut Aged<K, V>, around: &K, age: Age) {
    let behind = map.range::<K, _>((Bound::Excluded(around), Bound::Unbounded)).chain(map.iter());
    let old = behind.take(CLEANUP_CELLS).filter(|(_, (_, touched))| age.has_expired(*touched));
    let old: Vec<K> = old.map(|(key, _)| key.clone()).collect();
    old.iter().for_each(|key| drop(map.remove(key)));
}
