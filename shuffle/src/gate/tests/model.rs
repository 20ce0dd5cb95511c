//! A gate as one would explain it: everything that has come is kept, and every answer is looked up anew.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Alignment, Thing, Told};
use crate::bound::ALIGNMENTS_MAX;

/// What a gate must do, given which channel it serves next.
pub(super) struct Model {
    pub(super) lanes: Vec<Lane>,
    drift_max_ms: Option<u64>,
    announced: i64,
    idle: bool,
    pending: BTreeMap<u64, Checkpoint>,
    newest: u64,
    aborted: BTreeSet<u64>,
    pub(super) told: VecDeque<Told>,
}

#[derive(Clone)]
pub(super) struct Lane {
    input: usize,
    /// All that has come, taken or not.
    things: Vec<Thing>,
    pub(super) restored: usize,
    taken: usize,
    watermark: i64,
    aligned: bool,
    idle: bool,
    ended: bool,
}

struct Checkpoint {
    alignment: Alignment,
    brought: BTreeSet<usize>,
    /// What was taken of each lane when the first unaligned barrier came.
    cut: Option<Vec<usize>>,
    /// Where barriers stand that came by the control lane.
    ends: BTreeMap<usize, usize>,
}

impl Model {
    pub(super) fn open(inputs: &[usize], restored: &[Vec<Thing>], drift_max_ms: Option<u64>) -> Self {
        let inputs = inputs.iter().enumerate().flat_map(|(input, channels)| vec![input; *channels]);
        let lane = |(input, restored): (usize, &Vec<Thing>)| Lane {
            input,
            things: restored.clone(),
            restored: restored.len(),
            taken: 0,
            watermark: i64::MIN,
            aligned: true,
            idle: false,
            ended: false,
        };
        Self {
            lanes: inputs.zip(restored).map(lane).collect(),
            drift_max_ms,
            announced: i64::MIN,
            idle: false,
            pending: BTreeMap::new(),
            newest: 0,
            aborted: BTreeSet::new(),
            told: VecDeque::new(),
        }
    }

    pub(super) fn receive(&mut self, lane: usize, thing: Thing) {
        if let Thing::Barrier(checkpoint, Alignment::Unaligned) = thing {
            self.overtake(lane, checkpoint, self.lanes[lane].things.len());
        }
        self.lanes[lane].things.push(thing);
    }

    /// Whether this lane may be served: it has something, no barrier blocks it, nobody is restored before it, and it
    /// is not too far ahead of those that are waited for.
    pub(super) fn may_serve(&self, lane: usize) -> bool {
        let is_restoring = |lane: &Lane| lane.taken < lane.restored;
        let this = &self.lanes[lane];
        if is_restoring(this) {
            return true;
        }
        let waited_for = |other: &usize| self.lanes[*other].is_active() && !self.is_blocked(*other);
        let least = (0..self.lanes.len()).filter(waited_for).map(|other| self.lanes[other].watermark).min();
        let is_ahead = self.drift_max_ms.zip(least).is_some_and(|(drift, least)| {
            let far = i128::from(this.watermark) > i128::from(least) + i128::from(drift);
            far && this.is_active() && this.watermark != i64::MAX
        });
        let has_something = this.taken < this.things.len();
        has_something && !self.is_blocked(lane) && !is_ahead && !self.lanes.iter().any(is_restoring)
    }

    fn is_blocked(&self, lane: usize) -> bool {
        self.pending
            .values()
            .any(|pending| pending.alignment == Alignment::Aligned && pending.brought.contains(&lane))
    }

    /// Takes the next thing of a lane.
    pub(super) fn serve(&mut self, number: usize) {
        let lane = &mut self.lanes[number];
        lane.taken += 1;
        match lane.things[lane.taken - 1] {
            Thing::Row(row) => self.told.push_back(Told::Rows(number, vec![row])),
            Thing::NoRow | Thing::Barrier(_, Alignment::Unaligned) => {}
            Thing::Mark(mark) => self.told.push_back(Told::Mark(mark)),
            Thing::Barrier(checkpoint, alignment) => self.align(number, checkpoint, alignment),
            Thing::End => self.end(number),
            Thing::Watermark(time) if lane.is_active() && time > lane.watermark => {
                lane.watermark = time;
                lane.aligned |= time >= self.announced;
                self.announce_least();
            }
            Thing::Watermark(_) => {}
            Thing::Idle if lane.is_active() => {
                lane.idle = true;
                self.leave(number);
            }
            Thing::Active if lane.idle => {
                lane.idle = false;
                lane.aligned = lane.watermark >= self.announced;
                if std::mem::take(&mut self.idle) {
                    self.told.push_back(Told::Active);
                }
            }
            Thing::Idle | Thing::Active => {}
        }
    }

    fn leave(&mut self, number: usize) {
        let held_back = self.lanes[number].watermark == self.announced;
        if self.lanes.iter().any(Lane::is_active) {
            if held_back {
                self.announce_least();
            }
            return;
        }
        let lasting = self.lanes.iter().filter(|lane| !lane.ended);
        let Some(greatest) = lasting.map(|lane| lane.watermark).max() else { return };
        if held_back {
            self.announce(greatest);
        }
        self.idle = true;
        self.told.push_back(Told::Idle);
    }

    fn announce_least(&mut self) {
        let aligned = self.lanes.iter().filter(|lane| lane.is_active() && lane.aligned);
        if let Some(least) = aligned.map(|lane| lane.watermark).min() {
            self.announce(least);
        }
    }

    fn announce(&mut self, time: i64) {
        if time > self.announced {
            self.announced = time;
            self.told.push_back(Told::Watermark(time));
        }
    }

    fn end(&mut self, number: usize) {
        let was_active = self.lanes[number].is_active();
        self.lanes[number].ended = true;
        if was_active {
            self.leave(number);
        }
        self.complete();
        let input = self.lanes[number].input;
        let all =
            |lanes: &[Lane], of: &dyn Fn(&Lane) -> bool| lanes.iter().all(|lane| lane.ended || !of(lane));
        if all(&self.lanes, &|lane| lane.input == input) {
            self.told.push_back(Told::InputEnded(input));
        }
        if all(&self.lanes, &|_| true) {
            self.told.push_back(Told::End);
        }
    }

    /// A barrier was taken.
    fn align(&mut self, lane: usize, checkpoint: u64, alignment: Alignment) {
        if self.admits(checkpoint, alignment) {
            let pending = self.pending.get_mut(&checkpoint).unwrap();
            if pending.cut.is_none() {
                pending.brought.insert(lane);
            }
            self.complete();
        }
    }

    /// Begins a checkpoint, unless it is over.
    fn admits(&mut self, checkpoint: u64, alignment: Alignment) -> bool {
        if self.pending.contains_key(&checkpoint) {
            return true;
        }
        if checkpoint <= self.newest || self.aborted.contains(&checkpoint) {
            return false;
        }
        self.newest = checkpoint;
        let lax = |alignment| alignment == Alignment::AtLeastOnce;
        let stay = |pending: &Checkpoint| lax(pending.alignment) && lax(alignment);
        let mut given_up: Vec<u64> =
            self.pending.iter().filter(|(_, pending)| !stay(pending)).map(|(number, _)| *number).collect();
        if given_up.is_empty() && self.pending.len() == ALIGNMENTS_MAX {
            given_up.extend(self.pending.keys().next());
        }
        given_up.into_iter().for_each(|number| self.give_up(number));
        let begun = Checkpoint { alignment, brought: BTreeSet::new(), cut: None, ends: BTreeMap::new() };
        self.pending.insert(checkpoint, begun);
        true
    }

    fn give_up(&mut self, checkpoint: u64) {
        self.pending.remove(&checkpoint).unwrap();
        self.told.push_back(Told::Abandoned(checkpoint));
    }

    pub(super) fn abort(&mut self, checkpoint: u64) {
        if self.pending.contains_key(&checkpoint) {
            self.give_up(checkpoint);
        }
        self.aborted.insert(checkpoint);
    }

    fn complete(&mut self) {
        let has_all = |pending: &Checkpoint| {
            let brought = |(number, lane): (usize, &Lane)| lane.ended || pending.brought.contains(&number);
            pending.cut.is_none() && self.lanes.iter().enumerate().all(brought)
        };
        let complete: Vec<u64> =
            self.pending.iter().filter(|(_, pending)| has_all(pending)).map(|(number, _)| *number).collect();
        for checkpoint in complete {
            let older: Vec<u64> = self.pending.range(..checkpoint).map(|(number, _)| *number).collect();
            older.into_iter().for_each(|number| self.give_up(number));
            self.pending.remove(&checkpoint);
            self.told.push_back(Told::Barrier(checkpoint));
        }
    }

    /// An unaligned barrier has come; it stands before the thing with number `end`.
    pub(super) fn overtake(&mut self, lane: usize, checkpoint: u64, end: usize) {
        if self.lanes[lane].ended || !self.admits(checkpoint, Alignment::Unaligned) {
            return;
        }
        let taken: Vec<usize> = self.lanes.iter().map(|lane| lane.taken).collect();
        let pending = self.pending.get_mut(&checkpoint).unwrap();
        if pending.alignment == Alignment::AtLeastOnce {
            pending.brought.insert(lane);
            return self.complete();
        }
        if pending.alignment == Alignment::Aligned && pending.brought.contains(&lane) {
            return;
        }
        let begins = pending.cut.is_none();
        pending.alignment = Alignment::Unaligned;
        let cut = pending.cut.get_or_insert(taken)[lane];
        let first = pending.ends.get(&lane).map_or(end, |known| end.min(*known));
        pending.ends.insert(lane, first);
        if end < cut {
            self.give_up(checkpoint);
        } else if begins {
            self.told.push_back(Told::Barrier(checkpoint));
        }
    }

    /// Tells what the unaligned checkpoint has overtaken, once all of it has come.
    pub(super) fn finish_capture(&mut self) {
        let Some((&checkpoint, pending)) = self.pending.last_key_value() else { return };
        let Some(cut) = &pending.cut else { return };
        let mut captured = Vec::new();
        for (number, lane) in self.lanes.iter().enumerate() {
            let from = cut[number];
            let stands = |thing: &Thing| match thing {
                Thing::Barrier(number, _) => *number == checkpoint,
                thing => *thing == Thing::End,
            };
            let among_rows = lane.things[from..].iter().position(stands).map(|at| from + at);
            let before = (lane.ended && from == lane.things.len()) || pending.brought.contains(&number);
            let known = [before.then_some(from), among_rows, pending.ends.get(&number).copied()];
            let Some(end) = known.into_iter().flatten().min() else { return };
            if lane.things.len() < end {
                return;
            }
            let belongs = |thing: &&Thing| {
                matches!(thing, Thing::Row(_) | Thing::Watermark(_) | Thing::Idle | Thing::Active)
            };
            let things: Vec<Thing> = lane.things[from..end].iter().filter(belongs).copied().collect();
            captured.extend((!things.is_empty()).then_some((number, things)));
        }
        self.pending.remove(&checkpoint);
        self.told.push_back(Told::InFlight(checkpoint, captured));
    }
}

impl Lane {
    fn is_active(&self) -> bool {
        !self.idle && !self.ended
    }
}
