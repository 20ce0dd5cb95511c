//! A batch of one side on its way through the rows of the other one.
//!
//! Rows of the batch change nothing at the rows that they meet, so that all of them meet the same ones. What they change is
//! how many pairs those have: that is counted for a row (if a filter or a bound of time says which pairs there are), or
//! follows from whether its key has rows on the other side.

use arrow_array::{BooleanArray, RecordBatch};
use memory::RowKinds;
use runtime::subtask::Failure;
use state::Slot;

use super::super::columns::{NONE, batch_of};
use super::changes::{Changes, picked};
use super::rules::{Rules, kind_of};
use super::side::{Entered, Side, only};
use super::sight::Sight;
use crate::rows::BATCH_ROWS;

/// The batch, and how far it is.
pub(super) struct Arrival {
    /// By which port it has come.
    pub(super) port: usize,
    pub(super) columns: RecordBatch,
    kinds: Option<RowKinds>,
    /// The slot of the key of each row; [`NONE`] if it has no pair.
    slots: Vec<Slot>,
    entered: Entered,
    row: usize,
    /// The next row of the other side with the key of this row, if it was begun.
    next: Option<u32>,
    /// How many pairs this row has so far.
    pairs: u32,
}

/// Rows that have the same key: those of a batch with those of the other side, both as they came.
#[derive(Default)]
pub(super) struct Candidates {
    pub(super) rows: Vec<u32>,
    pub(super) others: Vec<u32>,
}

impl Candidates {
    /// Those that are pairs, as a filter says of the columns that it sees.
    pub(super) fn filtered(self, at: &Arrival, other: &Side, sight: &mut Sight) -> Result<Self, Failure> {
        let mut pairs = Self::default();
        let mut start = 0;
        let mine = at.columns.project(&sight.columns[at.port]).map_err(Failure::lasting)?;
        for others in other.get_columns(&self.others, &sight.columns[1 - at.port]) {
            let end = start + others.num_rows();
            let rows = &self.rows[start..end];
            let mut parts = [picked(&mine, rows)?, others.columns().to_vec()];
            parts.rotate_left(at.port);
            let mask = (sight.filter)(&batch_of(&sight.schema, parts.concat(), rows.len())?)?;
            let holds = mask.iter().enumerate().filter(|(_, holds)| *holds == Some(true));
            for (place, _) in holds {
                pairs.rows.push(rows[place]);
                pairs.others.push(self.others[start + place]);
            }
            start = end;
        }
        Ok(pairs)
    }
}

impl Arrival {
    /// Of a batch whose rows have been entered. Those that take back what was never there have brought no pair, and are left
    /// out.
    pub(super) fn new(
        port: usize,
        columns: RecordBatch,
        kinds: Option<RowKinds>,
        slots: Vec<Slot>,
        mut entered: Entered,
    ) -> Result<Self, Failure> {
        let Some(strays) = entered.strays.take() else {
            return Ok(Self { port, columns, kinds, slots, entered, row: 0, next: None, pairs: 0 });
        };
        let rows: Vec<usize> = (0..slots.len()).filter(|row| !strays[*row]).collect();
        let keeps = BooleanArray::from_iter(strays.iter().map(|stray| Some(!stray)));
        let entered = Entered {
            numbers: rows.iter().map(|row| entered.numbers[*row]).collect(),
            turns: rows.iter().map(|row| entered.turns[*row]).collect(),
            strays: None,
        };
        Ok(Self {
            port,
            columns: only(&columns, &keeps)?,
            kinds: kinds.map(|kinds| RowKinds::new(rows.iter().map(|row| kinds.get(*row)))),
            slots: rows.iter().map(|row| slots[*row]).collect(),
            entered,
            row: 0,
            next: None,
            pairs: 0,
        })
    }

    /// The numbers of rows that are kept; [`NONE`] for others.
    pub(super) fn into_numbers(self) -> Vec<u32> {
        self.entered.numbers
    }

    /// Whether all rows have met all others.
    pub(super) fn is_over(&self) -> bool {
        self.row == self.slots.len()
    }

    fn adds(&self, row: usize) -> bool {
        self.kinds.as_ref().is_none_or(|kinds| kinds.get(row).adds())
    }

    /// Of each row, whether it is added and whether it has a null in its key: where nulls are unknown.
    pub(super) fn counts(&self) -> impl Iterator<Item = (bool, bool)> {
        self.slots.iter().enumerate().map(|(row, slot)| (self.adds(row), *slot == NONE))
    }

    /// The next row of the other side that the current row meets.
    fn begin(&mut self, other: &Side) -> u32 {
        let slot = self.slots[self.row];
        self.next.take().unwrap_or_else(|| if slot == NONE { NONE } else { other.first(slot) })
    }

    /// Notes where the current row is, or goes on to the next one.
    fn leave(&mut self, next: u32) {
        match next {
            NONE => self.row += 1,
            next => self.next = Some(next),
        }
    }

    /// Goes on for a batch of changes, where each row has a pair with every row of its key.
    pub(super) fn meet(&mut self, other: &Side, rules: &Rules, changes: &mut Changes) {
        while !self.is_over() && !changes.is_full() {
            let (row, is_first) = (self.row, self.next.is_none());
            let mut next = self.begin(other);
            let (in_batch, slot, is_added) = (number_of(row), self.slots[row], self.adds(row));
            if is_first && rules.alone(self.port, slot).is_some_and(|alone| alone.is_out(next != NONE)) {
                changes.push_alone(in_batch, (is_added, next != NONE));
            }
            // They have got their first pair, or lost their last one.
            let theirs = rules.alone(1 - self.port, slot);
            let turned = theirs.filter(|_| next != NONE && self.entered.turns[row]);
            let pair = rules.pairs.then_some(in_batch);
            if turned.is_none() && pair.is_none() {
                next = NONE;
            }
            while next != NONE && !changes.is_full() {
                match turned {
                    Some(alone) => changes.turn(pair, next, (is_added, alone)),
                    None => changes.push(in_batch, next, kind_of(is_added)),
                }
                next = other.next(next);
            }
            self.leave(next);
        }
    }

    /// The next rows that may have a pair.
    pub(super) fn candidates(&mut self, other: &Side) -> Candidates {
        let mut candidates = Candidates::default();
        while !self.is_over() && candidates.rows.len() < BATCH_ROWS {
            let mut next = self.begin(other);
            let in_batch = number_of(self.row);
            while next != NONE && candidates.rows.len() < BATCH_ROWS {
                candidates.rows.push(in_batch);
                candidates.others.push(next);
                next = other.next(next);
            }
            self.leave(next);
        }
        candidates
    }

    /// Of the candidates that came from row `from` on these are pairs: says so, and counts them.
    pub(super) fn settle(
        &mut self,
        (from, pairs): (usize, Candidates),
        [mine, other]: [&mut Side; 2],
        rules: &Rules,
        changes: &mut Changes,
    ) {
        let mut pairs = pairs.rows.into_iter().zip(pairs.others).peekable();
        if !rules.are_alone(0) && !rules.are_alone(1) {
            return pairs.for_each(|(row, next)| changes.push(row, next, kind_of(self.adds(row as usize))));
        }
        for row in from..self.slots.len().min(self.row + 1) {
            let (in_batch, slot, is_added) = (number_of(row), self.slots[row], self.adds(row));
            let theirs = rules.alone(1 - self.port, slot).filter(|_| !rules.wait(1 - self.port));
            while let Some((_, next)) = pairs.next_if(|pair| pair.0 == in_batch) {
                self.pairs += 1;
                let has_turned = rules.are_alone(1 - self.port) && other.counts_pair(next, is_added);
                match theirs.filter(|_| has_turned) {
                    Some(alone) => changes.turn(rules.pairs.then_some(in_batch), next, (is_added, alone)),
                    None if rules.pairs => changes.push(in_batch, next, kind_of(is_added)),
                    None => {}
                }
            }
            if row == self.row {
                return; // It has more of them.
            }
            let pairs = std::mem::take(&mut self.pairs);
            let number = self.entered.numbers.get(row).copied().unwrap_or(NONE);
            let waits = rules.wait(self.port) && number != NONE;
            if !waits && rules.alone(self.port, slot).is_some_and(|alone| alone.is_out(pairs > 0)) {
                changes.push_alone(in_batch, (is_added, pairs > 0));
            }
            mine.has_pairs(number, pairs);
        }
    }

    /// Where it is.
    pub(super) fn row(&self) -> usize {
        self.row
    }
}

fn number_of(row: usize) -> u32 {
    u32::try_from(row).expect("a batch has fewer than four billion rows")
}
