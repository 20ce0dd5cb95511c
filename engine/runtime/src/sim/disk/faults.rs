//! What may go wrong with a simulated disk, how often, and how often it did.

use crate::random::Random;
use crate::seam::FileOperation;
use crate::sim::chance::{Delay, rate};

/// The longest a disk is believed to take: what cloud volumes do in their worst minutes. Longer would be a disk that
/// is gone, which is a machine that is gone.
const STALL_MAX_NS: u64 = 30_000_000_000;

/// The most errors that are drawn, of a thousand operations. With more, a run does nothing else but fail.
const ERRORS_MOST: u64 = 20;

/// What a disk does to those who use it. Rates are cases in a thousand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskFaults {
    /// How long an operation takes.
    pub delay: Delay,
    /// How often one takes longer than that.
    pub stalls_per_thousand: u64,
    /// By how much.
    pub stall: Delay,
    /// How often a file cannot be opened or created.
    pub open_errors_per_thousand: u64,
    /// How often it cannot be read.
    pub read_errors_per_thousand: u64,
    /// How often a write fails. Part of it may have been done.
    pub write_errors_per_thousand: u64,
    /// How often a sync fails. What it was about is lost, and looks as if it were not.
    pub sync_errors_per_thousand: u64,
    /// How often a rename, a removal, a listing or a new directory fails. Nothing of it was done.
    pub name_errors_per_thousand: u64,
    /// How often a bit of what is read has turned over, for good.
    pub flips_per_thousand: u64,
    /// How many bytes fit.
    pub capacity_bytes: u64,
}

/// How often something went wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskCounts {
    /// Operations that took longer than the usual delay.
    pub stalls: u64,
    /// Files that could not be opened or created.
    pub open_errors: u64,
    /// Failed reads.
    pub read_errors: u64,
    /// Failed writes.
    pub write_errors: u64,
    /// Failed syncs, of files and of directories.
    pub sync_errors: u64,
    /// Failed operations on names.
    pub name_errors: u64,
    /// Writes that did not fit.
    pub full: u64,
    /// Bits that turned over.
    pub flips: u64,
    /// Writes of which crashes and failed syncs left nothing.
    pub lost_writes: u64,
    /// Writes of which a crash left a part.
    pub torn_writes: u64,
    /// Changes of names that crashes and failed syncs undid.
    pub lost_names: u64,
}

impl DiskCounts {
    /// All of it.
    pub fn total(&self) -> u64 {
        let Self { stalls, open_errors, read_errors, write_errors, sync_errors, name_errors, .. } = self;
        let Self { full, flips, lost_writes, torn_writes, lost_names, .. } = self;
        let errors = open_errors + read_errors + write_errors + sync_errors + name_errors;
        stalls + errors + full + flips + lost_writes + torn_writes + lost_names
    }
}

impl DiskFaults {
    /// A fast disk without end on which nothing fails.
    pub const fn none() -> Self {
        Self {
            delay: Delay { least_ns: 10_000, most_ns: 2_000_000 },
            stalls_per_thousand: 0,
            stall: Delay::NONE,
            open_errors_per_thousand: 0,
            read_errors_per_thousand: 0,
            write_errors_per_thousand: 0,
            sync_errors_per_thousand: 0,
            name_errors_per_thousand: 0,
            flips_per_thousand: 0,
            capacity_bytes: u64::MAX,
        }
    }

    /// One of many disks: each kind of fault is there or not, and then more or less often. Never a bit that turns over
    /// and never an end, since not every design survives those: a test that wants them says so.
    pub fn drawn(random: &mut Random) -> Self {
        let most_ns = random.within(100_000, 20_000_000);
        Self {
            delay: Delay { least_ns: 10_000, most_ns },
            stalls_per_thousand: rate(10, random),
            stall: Delay { least_ns: most_ns, most_ns: STALL_MAX_NS },
            open_errors_per_thousand: rate(ERRORS_MOST, random),
            read_errors_per_thousand: rate(ERRORS_MOST, random),
            write_errors_per_thousand: rate(ERRORS_MOST, random),
            sync_errors_per_thousand: rate(ERRORS_MOST, random),
            name_errors_per_thousand: rate(ERRORS_MOST, random),
            ..Self::none()
        }
    }

    /// How often this operation fails. Closing and measuring a file, and its age, ask no device.
    pub(super) fn errors_per_thousand(&self, operation: &FileOperation) -> u64 {
        match operation {
            FileOperation::Open { .. } => self.open_errors_per_thousand,
            FileOperation::Read { .. } => self.read_errors_per_thousand,
            FileOperation::Write { .. } => self.write_errors_per_thousand,
            FileOperation::Sync { .. } | FileOperation::SyncDirectory { .. } => self.sync_errors_per_thousand,
            FileOperation::Rename { .. }
            | FileOperation::Remove { .. }
            | FileOperation::List { .. }
            | FileOperation::CreateDirectory { .. } => self.name_errors_per_thousand,
            FileOperation::Length { .. } | FileOperation::Modified { .. } | FileOperation::Close { .. } => 0,
        }
    }
}

impl DiskCounts {
    pub(super) fn count_error(&mut self, operation: &FileOperation) {
        *match operation {
            FileOperation::Open { .. } => &mut self.open_errors,
            FileOperation::Read { .. } => &mut self.read_errors,
            FileOperation::Write { .. } => &mut self.write_errors,
            FileOperation::Sync { .. } | FileOperation::SyncDirectory { .. } => &mut self.sync_errors,
            _ => &mut self.name_errors,
        } += 1;
    }
}
