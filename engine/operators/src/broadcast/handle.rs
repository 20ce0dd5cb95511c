//! Names of maps that all subtasks have, and who may do what with them.

use record::Value;

use super::Maps;

/// A map that is the same in all subtasks, ordered by its keys.
///
/// Who serves a row that was not broadcast can read it and no more:
///
/// ```compile_fail,E0277
/// # use operators::broadcast::{BroadcastState, ReadCx};
/// const RULES: BroadcastState<String, i64> = BroadcastState::new("rules");
///
/// fn serve(cx: &mut ReadCx<'_, i64>) {
///     RULES.put(cx, "limit".into(), 7);
/// }
/// ```
///
/// ```
/// # use operators::broadcast::{BroadcastCx, BroadcastState, ReadCx};
/// const RULES: BroadcastState<String, i64> = BroadcastState::new("rules");
///
/// fn told(cx: &mut BroadcastCx<'_, i64>) {
///     RULES.put(cx, "limit".into(), 7);
/// }
///
/// fn serve(cx: &mut ReadCx<'_, i64>) {
///     let limit = RULES.get(cx, &"limit".into());
/// }
/// ```
#[derive(Debug)]
pub struct BroadcastState<K, V> {
    name: &'static str,
    _map: std::marker::PhantomData<fn() -> (K, V)>,
}

/// Something that a function is called with, which lets it read.
pub trait ReadsBroadcast {
    /// The maps of the subtask.
    fn maps(&mut self) -> &mut Maps;
}

/// Something that a function is called with, which lets it write, too.
pub trait WritesBroadcast: ReadsBroadcast {}

impl<K, V> Clone for BroadcastState<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for BroadcastState<K, V> {}

impl<K: Value + Ord, V: Value> BroadcastState<K, V> {
    /// The map of this name.
    pub const fn new(name: &'static str) -> Self {
        Self { name, _map: std::marker::PhantomData }
    }

    /// What `key` leads to.
    pub fn get(&self, cx: &mut impl ReadsBroadcast, key: &K) -> Option<V> {
        cx.maps().map::<K, V>(self.name).get(key).cloned()
    }

    /// Whether `key` leads to something.
    pub fn contains(&self, cx: &mut impl ReadsBroadcast, key: &K) -> bool {
        cx.maps().map::<K, V>(self.name).contains_key(key)
    }

    /// How many keys lead to something.
    pub fn len(&self, cx: &mut impl ReadsBroadcast) -> usize {
        cx.maps().map::<K, V>(self.name).len()
    }

    /// Whether no key leads to anything.
    pub fn is_empty(&self, cx: &mut impl ReadsBroadcast) -> bool {
        self.len(cx) == 0
    }

    /// All of the map, in the order of its keys.
    pub fn entries(&self, cx: &mut impl ReadsBroadcast) -> Vec<(K, V)> {
        let map = cx.maps().map::<K, V>(self.name);
        map.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// The first thing that `look` makes of an entry, in the order of the keys; nothing is copied.
    pub fn find<R>(
        &self,
        cx: &mut impl ReadsBroadcast,
        mut look: impl FnMut(&K, &V) -> Option<R>,
    ) -> Option<R> {
        cx.maps().map::<K, V>(self.name).iter().find_map(|(key, value)| look(key, value))
    }

    /// Lets `key` lead to `value`.
    pub fn put(&self, cx: &mut impl WritesBroadcast, key: K, value: V) {
        cx.maps().map::<K, V>(self.name).insert(key, value);
    }

    /// Takes out what `key` leads to.
    pub fn remove(&self, cx: &mut impl WritesBroadcast, key: &K) -> Option<V> {
        cx.maps().map::<K, V>(self.name).remove(key)
    }

    /// Nothing leads to anything.
    pub fn clear(&self, cx: &mut impl WritesBroadcast) {
        cx.maps().map::<K, V>(self.name).clear();
    }
}
