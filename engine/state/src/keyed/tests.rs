//! States of keys: what is kept, what is too old, what successors find.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ::memory::{KeyGroups, hash_key};
use arrow_array::{ArrayRef, Int64Array};
use arrow_schema::DataType;

use super::*;
use crate::{Timers, redistribute};

fn backend() -> MemoryBackend {
    MemoryBackend::new(&[DataType::Int64]).unwrap()
}

fn slot_of(backend: &mut MemoryBackend, key: i64) -> Slot {
    let columns: Vec<ArrayRef> = vec![Arc::new(Int64Array::from(vec![key]))];
    let (mut hashes, mut slots) = (Vec::new(), Vec::new());
    hash_key(&columns, 1, &mut hashes).unwrap();
    backend.resolve(&columns, &hashes, &mut (0..1), &mut slots);
    slots[0]
}

fn scope(backend: &mut MemoryBackend, key: i64, now_ms: i64) -> Scope<'_> {
    let slot = slot_of(backend, key);
    Scope { backend, slot, now_ms }
}

#[test]
fn every_kind_of_state_belongs_to_its_key() {
    let mut backend = backend();
    let count = ValueState::<i64>::new("count");
    let visits = ListState::<String>::new("visits");
    let pages = MapState::<String, i64>::new("pages");
    let most = ReducingState::new("most", i64::max);
    for (key, page) in [(1, "a"), (2, "b"), (1, "c"), (1, "a")] {
        let cx = &mut scope(&mut backend, key, 0);
        count.update(cx, || 0, |count| *count += 1);
        visits.add(cx, page.to_owned());
        pages.update(cx, page.to_owned(), || 0, |count| *count += 1);
        most.add(cx, key * 10);
    }
    let cx = &mut scope(&mut backend, 1, 0);
    assert_eq!(count.get(cx), Some(3));
    assert_eq!(visits.get(cx), ["a", "c", "a"]);
    assert_eq!(pages.entries(cx), [("a".to_owned(), 2), ("c".to_owned(), 1)]);
    assert_eq!(pages.get(cx, &"c".to_owned()), Some(1));
    assert_eq!(most.get(cx), Some(10));
    let cx = &mut scope(&mut backend, 2, 0);
    assert_eq!((count.get(cx), visits.get(cx)), (Some(1), vec!["b".to_owned()]));
    assert_eq!(pages.remove(cx, &"b".to_owned()), Some(1));
    assert!(!pages.contains(cx, &"b".to_owned()));
}

#[test]
fn a_key_that_holds_nothing_is_forgotten() {
    let mut backend = backend();
    let count = ValueState::<i64>::new("count");
    let slot = slot_of(&mut backend, 7);
    count.set(&mut scope(&mut backend, 7, 0), 1);
    backend.retire(&[slot]);
    assert_eq!(backend.len(), 1);
    count.clear(&mut scope(&mut backend, 7, 0));
    let mut timers = Timers::new("timers");
    timers.set(5, slot, &mut backend);
    backend.retire(&[slot]);
    assert_eq!(backend.len(), 1, "a timer holds it");
    assert_eq!(timers.pop(4, &mut backend), None);
    assert_eq!(timers.pop(5, &mut backend), Some((5, slot)));
    backend.retire(&[slot, slot]);
    assert!(backend.is_empty());
}

#[test]
fn a_state_that_is_too_old_is_not_seen_and_gives_its_memory_back() {
    let mut backend = backend();
    let ttl = Ttl::new(Duration::from_millis(100));
    let written = ValueState::<i64>::new("written").ttl(ttl);
    let read = ValueState::<i64>::new("read").ttl(ttl.update(UpdateType::OnReadAndWrite));
    let shown = ValueState::<i64>::new("shown").ttl(ttl.visibility(Visibility::ReturnExpiredIfNotCleanedUp));
    for state in [&written, &read, &shown] {
        state.set(&mut scope(&mut backend, 1, 0), 5);
    }
    let cx = &mut scope(&mut backend, 1, 99);
    assert_eq!((written.get(cx), read.get(cx)), (Some(5), Some(5)));
    let cx = &mut scope(&mut backend, 1, 100);
    assert_eq!((written.get(cx), read.get(cx), shown.get(cx)), (None, Some(5), Some(5)));
    // Others that are used clean up behind it, without anybody looking at the old key.
    for key in 2..10 {
        shown.set(&mut scope(&mut backend, key, 150), 1);
    }
    let slot = slot_of(&mut backend, 1);
    let column = backend.column("shown", &|| unreachable!("it is there"));
    assert!(backend.cells(column).is_empty(slot));
}

#[test]
fn each_value_of_a_list_and_each_entry_of_a_map_has_an_age_of_its_own() {
    let ttl = Ttl::new(Duration::from_millis(100));
    let cases = [
        (ttl, vec![2, 3], vec![3]),
        (ttl.update(UpdateType::OnReadAndWrite), vec![2, 3], vec![2, 3]),
        (ttl.visibility(Visibility::ReturnExpiredIfNotCleanedUp), vec![1, 2, 3], vec![1, 2, 3]),
    ];
    for (ttl, at_120, at_170) in cases {
        let mut backend = backend();
        let list = ListState::<i64>::new("list").ttl(ttl);
        let map = MapState::<i64, i64>::new("map").ttl(ttl);
        for (value, now_ms) in [(1, 0), (2, 60), (3, 90)] {
            let cx = &mut scope(&mut backend, 7, now_ms);
            list.add(cx, value);
            map.put(cx, value, value * 10);
        }
        // A successor knows their ages too.
        let mut snapshot = Snapshot::default();
        backend.save(&mut snapshot, 90);
        let mut backend = MemoryBackend::new(&[DataType::Int64]).unwrap();
        backend.load(&redistribute(&[snapshot], KeyGroups::default(), 1)[0]).unwrap();
        let (list, map) = (list.clone(), map.clone());
        for (now_ms, seen) in [(120, at_120), (170, at_170)] {
            let cx = &mut scope(&mut backend, 7, now_ms);
            assert_eq!(list.get(cx), seen, "{ttl:?} at {now_ms}");
            assert_eq!(map.entries(cx), seen.iter().map(|value| (*value, value * 10)).collect::<Vec<_>>());
            for key in 1..4 {
                let is_there = seen.contains(&key);
                assert_eq!(
                    (map.get(cx, &key), map.contains(cx, &key)),
                    (is_there.then_some(key * 10), is_there)
                );
            }
        }
    }
}

#[test]
fn what_is_too_old_is_taken_out_when_something_else_is_written() {
    let mut backend = backend();
    let ttl = Ttl::new(Duration::from_millis(100)).visibility(Visibility::ReturnExpiredIfNotCleanedUp);
    let (list, map) = (ListState::<i64>::new("list").ttl(ttl), MapState::<i64, i64>::new("map").ttl(ttl));
    for value in 1..4 {
        let cx = &mut scope(&mut backend, 7, 0);
        list.add(cx, value);
        map.put(cx, value, value);
    }
    let cx = &mut scope(&mut backend, 7, 100);
    list.add(cx, 4);
    map.put(cx, 0, 0);
    assert_eq!((list.get(cx), map.entries(cx)), (vec![4], vec![(0, 0)]));
    // Removed, updated and taken in the face of what is too old.
    let strict = MapState::<i64, i64>::new("strict").ttl(Ttl::new(Duration::from_millis(100)));
    strict.put(&mut scope(&mut backend, 7, 0), 1, 1);
    strict.put(&mut scope(&mut backend, 7, 90), 2, 2);
    let cx = &mut scope(&mut backend, 7, 100);
    assert_eq!((strict.remove(cx, &1), strict.remove(cx, &2)), (None, Some(2)));
    strict.put(&mut scope(&mut backend, 7, 100), 1, 5);
    strict.put(&mut scope(&mut backend, 7, 190), 2, 5);
    let cx = &mut scope(&mut backend, 7, 200);
    assert_eq!(strict.update(cx, 1, || 0, |value| *value + 1), 1);
    assert_eq!(strict.update(cx, 2, || 0, |value| *value + 1), 6);
    strict.clear(cx);
    assert!(strict.entries(cx).is_empty());
    list.set(cx, vec![8, 9]);
    assert_eq!((list.take(cx), list.get(cx)), (vec![8, 9], vec![]));
}

#[test]
fn successors_find_each_key_once_whatever_their_number() {
    let mut backend = backend();
    let count = ValueState::<i64>::new("count");
    let pages = MapState::<String, i64>::new("pages");
    let mut timers = Timers::new("timers");
    for key in 0..50 {
        let cx = &mut scope(&mut backend, key, 0);
        count.set(cx, key * 2);
        pages.put(cx, format!("p{key}"), key);
        let slot = cx.slot;
        timers.set(key * 10, slot, &mut backend);
    }
    let mut snapshot = Snapshot::default();
    backend.save(&mut snapshot, 0);
    timers.save(&backend, &mut snapshot);
    for parallelism in [1, 2, 3] {
        let mut found = BTreeMap::new();
        for restore in redistribute(std::slice::from_ref(&snapshot), KeyGroups::default(), parallelism) {
            let mut next = MemoryBackend::new(&[DataType::Int64]).unwrap();
            next.load(&restore).unwrap();
            let mut due = Timers::new("timers");
            due.load(&restore, &mut next);
            let (count, pages) = (count.clone(), pages.clone());
            while let Some((at_ms, slot)) = due.pop(i64::MAX, &mut next) {
                let cx = &mut Scope { backend: &mut next, slot, now_ms: 0 };
                let key = at_ms / 10;
                assert_eq!(pages.entries(cx), [(format!("p{key}"), key)]);
                assert_eq!(found.insert(key, count.get(cx)), None);
            }
        }
        assert_eq!(found, (0..50).map(|key| (key, Some(key * 2))).collect());
    }
}

#[test]
fn a_state_that_no_handle_has_asked_for_yet_is_saved_again() {
    let mut backend = backend();
    ValueState::<i64>::new("count").set(&mut scope(&mut backend, 3, 0), 9);
    let mut snapshot = Snapshot::default();
    backend.save(&mut snapshot, 0);
    let restore = &redistribute(&[snapshot], KeyGroups::default(), 1)[0];
    let mut next = MemoryBackend::new(&[DataType::Int64]).unwrap();
    next.load(restore).unwrap();
    let mut again = Snapshot::default();
    next.save(&mut again, 0);
    let restore = &redistribute(&[again], KeyGroups::default(), 1)[0];
    let mut last = MemoryBackend::new(&[DataType::Int64]).unwrap();
    last.load(restore).unwrap();
    assert_eq!(ValueState::<i64>::new("count").get(&mut scope(&mut last, 3, 0)), Some(9));
}

#[test]
fn a_key_is_forgotten_with_all_of_its_states_whether_they_were_asked_for_or_not() {
    let named = || MemoryBackend::prefixed("window:", &[DataType::Int64]).unwrap();
    let mut backend = named();
    let count = ValueState::<i64>::new("count");
    for key in [1, 2] {
        count.set(&mut scope(&mut backend, key, 0), key);
    }
    let mut snapshot = Snapshot::default();
    backend.save(&mut snapshot, 0);
    assert_eq!(snapshot.parts()[0].name, "window:count");
    for is_asked_for in [false, true] {
        let mut backend = named();
        backend.load(&redistribute(&[snapshot.clone()], KeyGroups::default(), 1)[0]).unwrap();
        let count = ValueState::<i64>::new("count");
        if is_asked_for {
            assert_eq!(count.get(&mut scope(&mut backend, 2, 0)), Some(2));
        }
        let slot = slot_of(&mut backend, 1);
        backend.forget(slot);
        assert_eq!(backend.len(), 1);
        assert_eq!(count.get(&mut scope(&mut backend, 1, 0)), None);
        assert_eq!(count.get(&mut scope(&mut backend, 2, 0)), Some(2));
    }
}
