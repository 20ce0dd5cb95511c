//! How a join with versions is written down: the rows that wait, and the versions that are left.

use memory::Batch;
use runtime::subtask::Failure;
use shuffle::Place;
use state::{Restore, Slot, Snapshot};

use super::TemporalJoin;
use crate::rows::BATCH_ROWS;

/// The names of its states.
const STATES: [&str; 2] = ["waiting", "versions"];

pub(super) fn save(join: &TemporalJoin, to: &mut Snapshot) {
    let all: [Vec<(Slot, Place)>; 2] = [join.waiting.all().collect(), join.versions.all().collect()];
    for (port, (rows, name)) in all.into_iter().zip(STATES).enumerate() {
        for piece in rows.chunks(BATCH_ROWS) {
            let places: Vec<Place> = piece.iter().map(|(_, place)| *place).collect();
            let mut hashes = piece.iter().map(|(slot, _)| join.keys.hash(*slot));
            let got = if port == 0 { join.waiting.get(&places) } else { join.versions.get(&places) };
            for rows in got {
                let hashes = hashes.by_ref().take(rows.num_rows()).collect();
                to.keyed(name, &rows, hashes);
            }
        }
    }
}

pub(super) fn load(join: &mut TemporalJoin, from: &Restore) -> Result<(), Failure> {
    for (port, name) in STATES.into_iter().enumerate() {
        for (rows, hashes) in from.keyed(name) {
            join.enter(port, Batch::new(rows).with_hashes(Some(hashes.into())))?;
        }
    }
    Ok(())
}
