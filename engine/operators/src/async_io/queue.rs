//! Rows under way, and in which order their results may leave.
//!
//! ```text
//!   0 1 2 │ 3 4 │ 5        rows by number, watermarks between them
//!   ✓ · ✓   ✓ ·   ✓        ordered: 0 may leave; unordered: 0 and 2, not 3, which is behind a watermark
//! ```
//!
//! Keeps each row until its result leaves, since it may be asked again. Never asks, and never reads a clock.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use runtime::plane::Leash;
use shuffle::Watermark;

use super::AsyncOrder;

/// Rows under way.
pub(super) struct Queue<I, O> {
    order: AsyncOrder,
    rows: BTreeMap<u64, Pending<I, O>>,
    /// Rows with a result.
    done: BTreeSet<u64>,
    /// Rows that nobody was asked about yet, or that are to be asked about again.
    unasked: VecDeque<u64>,
    /// Watermarks, each with the number of the first row behind it.
    marks: VecDeque<(u64, Watermark)>,
    /// When something must happen for which row.
    alarms: BTreeSet<(u64, u64)>,
    next: u64,
}

/// A row under way.
pub(super) struct Pending<I, O> {
    pub(super) row: I,
    /// Its event time.
    pub(super) time: i64,
    pub(super) deadline_ns: Option<u64>,
    /// How often the function has failed for it.
    pub(super) failures: u32,
    stage: Stage<O>,
}

enum Stage<O> {
    /// Nobody was asked.
    Unasked,
    /// The function works on it, as long as this is held.
    #[expect(dead_code, reason = "dropped, it ends the work")]
    Asked(Leash),
    /// It has failed, and is asked again at this time.
    Resting(u64),
    Done(Vec<O>),
}

/// What is due for a row.
pub(super) enum Due {
    /// It has taken too long.
    Timeout,
    /// Nothing else.
    Nothing,
}

/// What may leave next.
pub(super) enum Leaving<O> {
    /// Rows that were made of one of this time.
    Rows(i64, Vec<O>),
    Mark(Watermark),
    /// Nothing may.
    Nothing,
}

impl<I, O> Queue<I, O> {
    pub(super) fn new(order: AsyncOrder) -> Self {
        Self {
            order,
            rows: BTreeMap::new(),
            done: BTreeSet::new(),
            unasked: VecDeque::new(),
            marks: VecDeque::new(),
            alarms: BTreeSet::new(),
            next: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows, as they came.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Pending<I, O>> {
        self.rows.values()
    }

    /// Adds a row.
    pub(super) fn push(&mut self, row: I, time: i64, deadline_ns: Option<u64>) {
        let number = self.next;
        self.next += 1;
        self.alarms.extend(deadline_ns.map(|at_ns| (at_ns, number)));
        self.rows.insert(number, Pending { row, time, deadline_ns, failures: 0, stage: Stage::Unasked });
        self.unasked.push_back(number);
    }

    /// All rows have this deadline.
    pub(super) fn give_deadlines(&mut self, deadline_ns: Option<u64>) {
        for (number, pending) in &mut self.rows {
            pending.deadline_ns = deadline_ns;
            self.alarms.extend(deadline_ns.map(|at_ns| (at_ns, *number)));
        }
    }

    /// Adds a watermark behind all rows.
    pub(super) fn mark(&mut self, now: Watermark) {
        // Of two without a row between them only the later one says something.
        self.marks.pop_back_if(|(behind, _)| *behind == self.next);
        self.marks.push_back((self.next, now));
    }

    /// The next row to ask about.
    pub(super) fn first_unasked(&self) -> Option<&I> {
        self.unasked.front().map(|number| &self.rows[number].row)
    }

    /// That row was asked about. Says which it is.
    pub(super) fn asked(&mut self, leash: Leash) -> u64 {
        let number = self.unasked.pop_front().expect("a row that was not asked about");
        self.get(number).stage = Stage::Asked(leash);
        number
    }

    /// A row that the function works on; none if it has taken too long.
    pub(super) fn working(&mut self, number: u64) -> Option<&mut Pending<I, O>> {
        self.rows.get_mut(&number).filter(|pending| matches!(pending.stage, Stage::Asked(_)))
    }

    /// A row that is under way.
    ///
    /// # Panics
    ///
    /// If it is not.
    pub(super) fn get(&mut self, number: u64) -> &mut Pending<I, O> {
        self.rows.get_mut(&number).expect("a row that is under way")
    }

    /// A row is to be asked about again.
    pub(super) fn rest(&mut self, number: u64, until_ns: u64) {
        self.get(number).stage = Stage::Resting(until_ns);
        self.alarms.insert((until_ns, number));
    }

    /// A row has a result. What still works on it is let go.
    pub(super) fn finish(&mut self, number: u64, result: Vec<O>) {
        let pending = self.get(number);
        let former = std::mem::replace(&mut pending.stage, Stage::Done(result));
        let deadline_ns = pending.deadline_ns;
        if matches!(former, Stage::Unasked) {
            self.unasked.retain(|unasked| *unasked != number);
        }
        self.done.insert(number);
        if let Some(at_ns) = deadline_ns {
            self.alarms.remove(&(at_ns, number));
        }
    }

    /// When something must happen next.
    pub(super) fn next_ns(&self) -> Option<u64> {
        self.alarms.first().map(|(at_ns, _)| *at_ns)
    }

    /// Takes the next alarm that is due. Rows that have rested enough are to be asked about again.
    pub(super) fn due(&mut self, now_ns: u64) -> Option<(u64, Due)> {
        let (at_ns, number) = *self.alarms.first().filter(|(at_ns, _)| *at_ns <= now_ns)?;
        self.alarms.pop_first();
        let Some(pending) = self.rows.get_mut(&number) else { return Some((number, Due::Nothing)) };
        match pending.stage {
            Stage::Done(_) => return Some((number, Due::Nothing)),
            Stage::Resting(until_ns) if until_ns == at_ns => {
                pending.stage = Stage::Unasked;
                self.unasked.push_back(number);
            }
            _ => {}
        }
        let is_late = pending.deadline_ns == Some(at_ns);
        Some((number, if is_late { Due::Timeout } else { Due::Nothing }))
    }

    /// Takes out what may leave next.
    pub(super) fn leave(&mut self) -> Leaving<O> {
        let first = self.rows.first_key_value().map_or(self.next, |(number, _)| *number);
        if let Some((_, now)) = self.marks.pop_front_if(|(behind, _)| *behind <= first) {
            return Leaving::Mark(now);
        }
        let until = self.marks.front().map_or(u64::MAX, |(behind, _)| *behind);
        let done = self.done.first().copied().filter(|number| match self.order {
            AsyncOrder::Ordered => *number == first,
            AsyncOrder::Unordered => *number < until,
        });
        let Some(number) = done else { return Leaving::Nothing };
        self.done.remove(&number);
        let pending = self.rows.remove(&number).expect("a row with a result is under way");
        let Stage::Done(result) = pending.stage else { unreachable!("a row with a result") };
        Leaving::Rows(pending.time, result)
    }
}
