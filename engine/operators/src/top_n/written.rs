//! How a Top-N is written down: its rows, those of each key in their order.

use arrow_array::RecordBatch;
use memory::Batch;
use runtime::subtask::Failure;
use shuffle::Place;
use state::{Restore, Slot, Snapshot};

use super::operator::KeyedTopN;
use crate::rows::BATCH_ROWS;

/// The name of its state.
const STATE: &str = "top-n";

pub(super) fn save(top: &KeyedTopN, to: &mut Snapshot) {
    let of = |slot: Slot| {
        let hash = top.keys.hash(slot);
        top.rankings.all(slot).into_iter().map(move |place| (place, hash))
    };
    let (places, hashes): (Vec<Place>, Vec<u64>) = top.keys.slots().into_iter().flat_map(of).unzip();
    let mut hashes = hashes.into_iter();
    for piece in places.chunks(BATCH_ROWS) {
        for rows in top.store.get(piece) {
            let hashes = hashes.by_ref().take(rows.num_rows()).collect();
            to.keyed(STATE, &rows, hashes);
        }
    }
}

pub(super) fn load(top: &mut KeyedTopN, from: &Restore) -> Result<(), Failure> {
    let batch = |(rows, hashes): (RecordBatch, Vec<u64>)| Batch::new(rows).with_hashes(Some(hashes.into()));
    from.keyed(STATE).map(batch).try_for_each(|batch| top.take_over(batch))
}
