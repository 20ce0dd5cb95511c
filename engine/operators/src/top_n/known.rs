//! The rows of an input that changes, by what they say: so one that is taken back is found among those of its key.

use arrow_array::RecordBatch;
use runtime::subtask::Failure;
use state::Slot;

use crate::equals::Equals;
use crate::layout::Layout;

/// The rows.
pub(super) struct Known {
    equals: Equals,
    /// How many numbers were given out.
    numbers: u32,
    free: Vec<u32>,
}

impl Known {
    /// None of this layout.
    ///
    /// # Errors
    ///
    /// If a column cannot be compared.
    pub(super) fn new(input: &Layout) -> Result<Self, Failure> {
        Ok(Self { equals: Equals::new(input)?, numbers: 0, free: Vec::new() })
    }

    /// The slots of what these rows say.
    pub(super) fn resolve(&mut self, rows: &RecordBatch) -> Result<Vec<Slot>, Failure> {
        self.equals.resolve(rows)
    }

    /// A number for a row.
    pub(super) fn number(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.numbers = self.numbers.checked_add(1).expect("fewer than four billion rows fit in memory");
            self.numbers - 1
        })
    }

    /// A row of this number, which says what is in this slot, has come.
    pub(super) fn keep(&mut self, record: Slot, number: u32) {
        self.equals.push(record, number);
    }

    /// A row which says what is in this slot is gone. Says its number, if there was one.
    pub(super) fn take_back(&mut self, record: Slot) -> Option<u32> {
        let number = self.equals.pop(record);
        self.equals.let_go(record);
        self.free.extend(number);
        number
    }

    /// A row is not asked for any more.
    pub(super) fn forget(&mut self, number: u32) {
        self.equals.remove(number);
        self.free.push(number);
    }

    /// A turn is over: what no row says is forgotten.
    pub(super) fn retire(&mut self) {
        self.equals.retire();
    }

    /// About how much memory they take.
    pub(super) fn bytes(&self) -> usize {
        self.equals.bytes() + self.free.capacity() * 4
    }
}
