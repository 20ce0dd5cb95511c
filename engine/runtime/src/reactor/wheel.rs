//! A timer wheel: what is due when, at a cost that does not grow with how much is waiting.
//!
//! ```text
//!   level 0   64 slots of 256 ns          the next 16 µs
//!   level 1   64 slots of 16 µs           the next millisecond
//!   level 2   64 slots of a millisecond   …
//!   …         nine levels: 146 years
//! ```
//!
//! An entry lies in the level in which its slot differs from now's, and comes one level down when the wheel gets there.
//! Nothing fires early, and what fires late is late by the turn of the core, not by the wheel: within a slot the
//! deadlines are compared. Each level has a bit for each slot, so empty time costs nothing.
//!
//! Putting in and taking out change a few links in a slab. Firing costs at most a step for each level an entry was put in.

/// Nanoseconds of a slot of the lowest level, as a power of two. A turn of an idle core takes about as long.
const TICK_BITS: u32 = 8;
/// Slots of a level, as a power of two: the bits of one word.
const SLOT_BITS: u32 = 6;
const SLOTS: usize = 1 << SLOT_BITS;
/// Together all of the 62 bits that are a time.
const LEVELS: usize = 9;
const LEVEL_BITS: u32 = SLOT_BITS * 9;
/// Nothing is due later than this. It is when an endless wait ends, too.
const TIME_MAX: u64 = (1 << (TICK_BITS + LEVEL_BITS)) - 1;
const NOWHERE: u32 = u32::MAX;

/// Names an entry, for taking it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    place: u32,
    generation: u32,
}

/// What is due when.
#[derive(Debug)]
pub(crate) struct Wheel<T> {
    /// Up to here everything has fired.
    now_ns: u64,
    levels: Box<[Level; LEVELS]>,
    nodes: Vec<Node<T>>,
    free: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Level {
    /// Which slots hold something.
    occupied: u64,
    first: [u32; SLOTS],
}

#[derive(Debug)]
struct Node<T> {
    due_ns: u64,
    generation: u32,
    /// Where it is linked in.
    level: u8,
    slot: u8,
    before: u32,
    after: u32,
    what: Option<T>,
}

impl<T> Wheel<T> {
    /// Nothing is due.
    pub(crate) fn new(now_ns: u64) -> Self {
        let level = Level { occupied: 0, first: [NOWHERE; SLOTS] };
        Self { now_ns, levels: Box::new([level; LEVELS]), nodes: Vec::new(), free: Vec::new() }
    }

    /// From `due_ns` on this is due. A time that has passed is due at once.
    pub(crate) fn insert(&mut self, due_ns: u64, what: T) -> Entry {
        self.insert_named(due_ns, |_| what)
    }

    /// The same, for what has to know its own name.
    pub(crate) fn insert_named(&mut self, due_ns: u64, what: impl FnOnce(Entry) -> T) -> Entry {
        let due_ns = due_ns.min(TIME_MAX);
        let place = self.free.pop().unwrap_or_else(|| {
            let fresh = Node {
                due_ns,
                generation: 0,
                level: 0,
                slot: 0,
                before: NOWHERE,
                after: NOWHERE,
                what: None,
            };
            self.nodes.push(fresh);
            u32::try_from(self.nodes.len() - 1).expect("less than four billion timers")
        });
        let node = &mut self.nodes[place as usize];
        let entry = Entry { place, generation: node.generation };
        (node.due_ns, node.what) = (due_ns, Some(what(entry)));
        self.link(place);
        entry
    }

    /// Takes it out, unless it has fired.
    pub(crate) fn remove(&mut self, entry: Entry) -> Option<T> {
        let node = self.nodes.get(entry.place as usize)?;
        if node.generation != entry.generation || node.what.is_none() {
            return None;
        }
        self.unlink(entry.place);
        Some(self.release(entry.place))
    }

    /// Fires what is due at `now_ns`, in the order in which it is due.
    pub(crate) fn fire(&mut self, now_ns: u64, mut each: impl FnMut(T)) {
        let now_ns = now_ns.min(TIME_MAX).max(self.now_ns);
        // Lower levels lie before higher ones, so what is at the front is due first.
        while let Some((level, slot)) = self.front() {
            let begins_ns = self.begin_of(level, slot);
            if begins_ns > now_ns {
                break;
            }
            self.now_ns = self.now_ns.max(begins_ns);
            let (later, fired) = self.take_slot(level, slot, now_ns, &mut each);
            later.into_iter().for_each(|place| self.link(place));
            if level == 0 && !fired {
                break; // All that is left of this slot is due later within it.
            }
        }
        self.now_ns = now_ns;
    }

    /// A time before which nothing is due: the first deadline or, if that is far away, somewhat before it.
    pub(crate) fn next_ns(&self) -> Option<u64> {
        let (level, slot) = self.front()?;
        if level > 0 {
            return Some(self.begin_of(level, slot));
        }
        self.places(level, slot).map(|place| self.nodes[place as usize].due_ns).min()
    }

    /// How many are waiting.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.nodes.len() - self.free.len()
    }

    /// The first slot that holds something.
    fn front(&self) -> Option<(usize, usize)> {
        (0..LEVELS).find(|level| self.levels[*level].occupied != 0).map(|level| {
            // Slots before now's belong to no time of this round: whatever is occupied lies ahead.
            (level, self.levels[level].occupied.trailing_zeros() as usize)
        })
    }

    /// When a slot begins, in the present round of its level.
    fn begin_of(&self, level: usize, slot: usize) -> u64 {
        let shift = shift(level);
        let round = self.now_ns >> (shift + SLOT_BITS);
        ((round << SLOT_BITS) | slot as u64) << shift
    }

    fn link(&mut self, place: u32) {
        let due_ns = self.nodes[place as usize].due_ns.max(self.now_ns);
        let (level, slot) = position(due_ns, self.now_ns);
        let first = self.levels[level].first[slot];
        let node = &mut self.nodes[place as usize];
        (node.level, node.slot) = (in_byte(level), in_byte(slot));
        (node.before, node.after) = (NOWHERE, first);
        if first != NOWHERE {
            self.nodes[first as usize].before = place;
        }
        self.levels[level].first[slot] = place;
        self.levels[level].occupied |= 1 << slot;
    }

    fn unlink(&mut self, place: u32) {
        let Node { level, slot, before, after, .. } = self.nodes[place as usize];
        if after != NOWHERE {
            self.nodes[after as usize].before = before;
        }
        if before != NOWHERE {
            self.nodes[before as usize].after = after;
            return;
        }
        let level = &mut self.levels[level as usize];
        level.first[slot as usize] = after;
        if after == NOWHERE {
            level.occupied &= !(1 << slot);
        }
    }

    fn release(&mut self, place: u32) -> T {
        let node = &mut self.nodes[place as usize];
        node.generation = node.generation.wrapping_add(1);
        self.free.push(place);
        node.what.take().expect("what is linked in holds something")
    }

    /// Empties a slot: fires what is due, and hands back the rest to be linked in anew.
    fn take_slot(
        &mut self,
        level: usize,
        slot: usize,
        now_ns: u64,
        each: &mut impl FnMut(T),
    ) -> (Vec<u32>, bool) {
        let places: Vec<u32> = self.places(level, slot).collect();
        self.levels[level].first[slot] = NOWHERE;
        self.levels[level].occupied &= !(1 << slot);
        let (mut due, later): (Vec<u32>, Vec<u32>) =
            places.into_iter().partition(|place| self.nodes[*place as usize].due_ns <= now_ns);
        // Whoever comes late finds a slot of a high level due as a whole, which may be seconds.
        due.sort_by_key(|place| self.nodes[*place as usize].due_ns);
        let fired = !due.is_empty();
        for place in due {
            each(self.release(place));
        }
        (later, fired)
    }

    fn places(&self, level: usize, slot: usize) -> impl Iterator<Item = u32> {
        let first = self.levels[level].first[slot];
        let present = |place: u32| (place != NOWHERE).then_some(place);
        std::iter::successors(present(first), move |place| present(self.nodes[*place as usize].after))
    }
}

/// The level and slot of a time, as seen from `now_ns`, which is not later.
fn position(due_ns: u64, now_ns: u64) -> (usize, usize) {
    let differs = (due_ns ^ now_ns) >> TICK_BITS;
    let level =
        if differs == 0 { 0 } else { ((u64::BITS - 1 - differs.leading_zeros()) / SLOT_BITS) as usize };
    (level, slot_of(due_ns, level))
}

fn slot_of(time_ns: u64, level: usize) -> usize {
    usize::try_from((time_ns >> shift(level)) & (SLOTS as u64 - 1)).expect("six bits")
}

fn shift(level: usize) -> u32 {
    TICK_BITS + SLOT_BITS * u32::try_from(level).expect("nine levels")
}

fn in_byte(number: usize) -> u8 {
    u8::try_from(number).expect("levels and slots are few")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_fires_before_its_time_and_nothing_is_forgotten() {
        let mut wheel = Wheel::new(1_000);
        for due_ns in [1_000, 1_001, 1_255, 1_256, 70_000, 5_000_000, 1 << 40, u64::MAX] {
            wheel.insert(due_ns, due_ns);
        }
        let mut fired = Vec::new();
        for now_ns in [1_000, 1_100, 1_256, 1_256, 69_999, 70_000, 1 << 39, (1 << 40) - 1, 1 << 40] {
            wheel.fire(now_ns, |due_ns| fired.push((now_ns, due_ns)));
        }
        assert_eq!(
            fired,
            [
                (1_000, 1_000),
                (1_100, 1_001),
                (1_256, 1_255),
                (1_256, 1_256),
                (70_000, 70_000),
                (1 << 39, 5_000_000),
                (1 << 40, 1 << 40)
            ]
        );
        assert_eq!(wheel.len(), 1);
    }

    #[test]
    fn what_was_taken_out_does_not_fire() {
        let mut wheel = Wheel::new(0);
        let entries = [10, 10, 10].map(|due_ns| wheel.insert(due_ns, due_ns));
        assert_eq!(wheel.remove(entries[1]), Some(10));
        assert_eq!(wheel.remove(entries[1]), None);
        let again = wheel.insert(20, 20);
        assert_eq!(wheel.remove(entries[1]), None, "its place belongs to another one");
        let mut fired = 0;
        wheel.fire(20, |_| fired += 1);
        assert_eq!((fired, wheel.remove(again)), (3, None));
    }

    #[test]
    fn the_next_deadline_is_exact_when_it_is_near() {
        let mut wheel = Wheel::new(0);
        assert_eq!(wheel.next_ns(), None);
        wheel.insert(1 << 30, ());
        let near = wheel.next_ns().unwrap();
        assert!(near <= 1 << 30);
        wheel.insert(200, ());
        wheel.insert(130, ());
        assert_eq!(wheel.next_ns(), Some(130));
    }

    proptest! {
        /// Against a map: the same fires at the same time, and waiting until the next deadline never oversleeps.
        #[test]
        fn fires_what_a_map_would(
            start in 0..1_u64 << 45,
            steps in prop::collection::vec((0..4_u8, 0..50_u32, any::<u64>()), 1..200),
        ) {
            let (mut wheel, mut map, mut now_ns) = (Wheel::new(start), BTreeMap::new(), start);
            for (number, (kind, bits, random)) in steps.into_iter().enumerate() {
                let distance = random % (1 << bits);
                if kind == 0 {
                    now_ns += distance;
                    let mut fired = Vec::new();
                    wheel.fire(now_ns, |what| fired.push(what));
                    let in_order = fired.clone();
                    fired.sort_unstable();
                    let dues: BTreeMap<usize, u64> = map.iter().map(|(what, (due_ns, _))| (*what, *due_ns)).collect();
                    let mut due: Vec<_> = Vec::new();
                    map.retain(|what, (due_ns, _)| {
                        let is_due = *due_ns <= now_ns;
                        if is_due { due.push(*what) }
                        !is_due
                    });
                    let at = |what: &usize| dues[what];
                    prop_assert!(in_order.is_sorted_by_key(at), "{in_order:?}");
                    prop_assert_eq!(fired, due);
                } else if kind == 1 && !map.is_empty() {
                    let place = usize::try_from(random).unwrap() % map.len();
                    let (what, entry) = map.iter().nth(place).map(|(what, (_, entry))| (*what, *entry)).unwrap();
                    map.remove(&what);
                    prop_assert_eq!(wheel.remove(entry), Some(what));
                } else {
                    let due_ns = now_ns + distance;
                    map.insert(number, (due_ns, wheel.insert(due_ns, number)));
                }
                let first = map.values().map(|(due_ns, _)| *due_ns).min();
                prop_assert_eq!(wheel.next_ns().is_some(), first.is_some());
                if let (Some(next_ns), Some(first)) = (wheel.next_ns(), first) {
                    prop_assert!(next_ns <= first.max(now_ns), "{next_ns} is later than {first}");
                }
            }
        }
    }
}
