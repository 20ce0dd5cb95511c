//! What faults and crashes do to the disk, besides that somebody is told.

use super::file::surviving;
use super::{Disk, Handle, Pending};
use crate::seam::FileOperation;

impl<K: Copy> Disk<K> {
    /// What an error leaves behind: a part of a write, and nothing durable of what a sync was about.
    pub(super) fn fail(&mut self, pending: &Pending<K>) {
        match (&pending.operation, &pending.handle) {
            (FileOperation::Write { offset, bytes, .. }, Some(Handle { file, .. })) => {
                let done = self.chances.damage.within(0, bytes.len() as u64);
                let done = usize::try_from(done).expect("not above a length");
                let fitting = self.volume.fitting(*file, *offset, bytes, self.faults.capacity_bytes);
                // One that is too far out leaves nothing.
                let _ = self.volume.write(*file, *offset, &bytes.slice_with_length(0, done.min(fitting)));
            }
            (FileOperation::Sync { .. }, Some(Handle { file, .. })) => {
                self.counts.lost_writes += self.volume.lose(*file, pending.stamp);
            }
            (FileOperation::SyncDirectory { directory }, _) => {
                // A directory that is not there has lost nothing.
                self.counts.lost_names += self.volume.lose_directory(directory, pending.stamp).unwrap_or(0);
            }
            _ => {}
        }
    }

    pub(super) fn flip(&mut self, file: u64, offset: u64, length: usize) {
        let range = self.volume.file(file).clamp(offset, length);
        let (chance, rate) = (&mut self.chances.flip, self.faults.flips_per_thousand);
        let (flipped, place, bit) = (chance.chance(rate), chance.bits(), chance.bits());
        if flipped && !range.is_empty() {
            let place = usize::try_from(place % range.len() as u64).expect("below a length");
            self.volume.flip(file, range.start + place, bit);
            self.counts.flips += 1;
        }
    }

    /// What is under way in a crash: the kernel may have done it, and nobody knows.
    pub(super) fn abandon(&mut self, pending: &Pending<K>) {
        match (&pending.operation, &pending.handle) {
            _ if pending.allowed().is_err() => {}
            (FileOperation::Write { offset, bytes, .. }, Some(Handle { file, .. })) => {
                let start = usize::try_from(*offset).unwrap_or(usize::MAX).min(usize::MAX - bytes.len());
                for (place, bytes) in surviving(bytes, start, &mut self.chances.crash) {
                    // One that is too far out, or does not fit, is one that was not done.
                    let fitting =
                        self.volume.fitting(*file, place as u64, &bytes, self.faults.capacity_bytes);
                    if fitting == bytes.len() {
                        let _ = self.volume.write(*file, place as u64, &bytes);
                    }
                }
            }
            _ => {
                if self.chances.crash.chance(500) {
                    let _ = self.perform(pending);
                }
            }
        }
    }
}
