//! A place in a batch whose keys are at hand: which row comes next, and the slot of its key.

use std::vec::IntoIter;

use arrow_array::ArrayRef;
use arrow_buffer::ScalarBuffer;
use memory::Batch;
use runtime::subtask::Failure;
use state::Slot;
use state::keyed::Backend;

use crate::aggregate::keys::hashes_of;
use crate::layout::Layout;
use crate::rows::rows_of;

/// The rows of a batch that have not been served.
pub(crate) struct Place {
    pub(crate) keys: Vec<ArrayRef>,
    pub(crate) times: Option<ScalarBuffer<i64>>,
    rows: IntoIter<usize>,
    slots: IntoIter<Slot>,
}

impl Place {
    /// Brings the keys of a batch to hand.
    ///
    /// # Errors
    ///
    /// If a key cannot be hashed.
    pub(crate) fn begin(layout: &Layout, batch: &Batch, backend: &mut dyn Backend) -> Result<Self, Failure> {
        let keys = layout.key_columns(batch);
        let hashes = hashes_of(batch, &keys)?;
        let mut slots = Vec::with_capacity(batch.rows());
        backend.resolve(&keys, &hashes, &mut rows_of(batch), &mut slots);
        Ok(Self {
            keys,
            times: layout.time().map(|_| layout.times(batch)),
            rows: rows_of(batch).collect::<Vec<_>>().into_iter(),
            slots: slots.into_iter(),
        })
    }

    /// The slots of the keys of all rows that have not been served.
    pub(crate) fn slots(&self) -> &[Slot] {
        self.slots.as_slice()
    }

    /// The event time of a row, if the stream has one.
    #[inline]
    pub(crate) fn time(&self, row: usize) -> Option<i64> {
        self.times.as_ref().map(|times| times[row])
    }
}

/// The next row, and the slot of its key.
impl Iterator for Place {
    type Item = (usize, Slot);

    #[inline]
    fn next(&mut self) -> Option<(usize, Slot)> {
        self.rows.next().zip(self.slots.next())
    }
}
